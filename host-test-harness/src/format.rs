//! The format of an input, found by its first bytes: compression, encoding, and how records stand in it.

mod envelope;
mod events;
mod place;
mod records;
mod utf16;

pub use envelope::{TooMany, unbundled, unbundled_within};
pub use events::Division;
pub use records::Records;

use anyhow::Context;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// How many bytes of an input are looked at, before and after decompression.
pub const HEAD: usize = 256 << 10;

/// Reason why an input cannot be read.
#[derive(Debug, Error)]
pub enum FormatError {
    #[error("it is {content}, which auditward does not read: run `{tool} | auditward replay`")]
    Foreign { content: &'static str, tool: &'static str },
    #[error("{} cannot be opened", .path.display())]
    Unopenable { path: PathBuf, source: io::Error },
    /// A file that was opened.
    #[error("{}", .path.display())]
    File { path: PathBuf, source: Box<FormatError> },
    #[error(transparent)]
    Io(#[from] io::Error),
}

type Result<T> = std::result::Result<T, FormatError>;

/// Format of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format {
    pub compression: Compression,
    pub encoding: Encoding,
    pub layout: Layout,
}

/// The compression around the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    #[default]
    None,
    Gzip,
    Zstd,
}

/// The encoding of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or bytes of any kind: they pass unchanged.
    #[default]
    Bytes,
    /// UTF-8 behind a byte order mark, which is taken off.
    Utf8Bom,
    Utf16 {
        is_big_endian: bool,
    },
}

/// How records stand in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One a line.
    #[default]
    Lines,
    /// JSON values over any number of lines, in arrays, or in lists inside an object.
    Values,
}

/// First bytes of formats that hold no text, with how to make text of them.
const UNREADABLE: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a zip archive", "unzip -p FILE"),
    (b"BZh", "compressed with bzip2", "bzip2 -dc FILE"),
    (b"\xfd7zXZ\0", "compressed with xz", "xz -dc FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x -so FILE"),
    (b"\x04\x22\x4d\x18", "compressed with lz4", "lz4 -dc FILE"),
    (b"PAR1", "a Parquet file", "duckdb -c \"COPY 'FILE' TO '/dev/stdout' (FORMAT json)\""),
    (b"Obj\x01", "an Avro file", "avro-tools tojson FILE"),
    (b"ElfFile\0", "a Windows event log", "evtx_dump -o jsonl FILE"),
];

impl Format {
    /// Finds the format by the first bytes. An error names a format that cannot be read, and the tool that reads it.
    pub fn detect(head: &[u8]) -> Result<Format> {
        if let Some(&(_, content, tool)) =
            UNREADABLE.iter().find(|(magic, ..)| head.starts_with(magic))
        {
            return Err(FormatError::Foreign { content, tool });
        }
        let compression = Compression::detect(head);
        let plain = compression.prefix(head);
        if let Some(tool) = compression.tool(&plain) {
            return Err(FormatError::Foreign { content: "an archive or compressed twice", tool });
        }
        let encoding = Encoding::detect(&plain);
        let mut text = Vec::new();
        // The end may be cut within a character.
        let _ = encoding.decoder(plain.as_slice()).take(HEAD as u64).read_to_end(&mut text);
        Ok(Format { compression, encoding, layout: Layout::detect(&text) })
    }

    /// Tells whether an input begins as a compressed one does.
    pub fn is_compressed(head: &[u8]) -> bool {
        Compression::detect(head) != Compression::None
    }

    /// Tells that the bytes are the lines of the log as they stand.
    pub fn is_plain(self) -> bool {
        self == Format::default()
    }

    /// The text of an input.
    pub fn text<'r>(self, input: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
        let mut plain = self.compression.decoder(input)?;
        if self.encoding == Encoding::Utf8Bom {
            plain.read_exact(&mut [0; BOM.len()])?;
        }
        Ok(self.encoding.decoder(plain))
    }

    /// The records of an input.
    pub fn records<'r>(self, input: impl Read + 'r) -> io::Result<Records<'r>> {
        Ok(Records::new(self.text(input)?, self.layout))
    }

    /// Conversions that were applied to read it, as a message; none if none was.
    pub fn in_words(self, layout: String) -> Option<String> {
        let compression = match self.compression {
            Compression::None => None,
            Compression::Gzip => Some("gzip".to_owned()),
            Compression::Zstd => Some("zstd".to_owned()),
        };
        let encoding = match self.encoding {
            Encoding::Bytes => None,
            Encoding::Utf8Bom => Some("UTF-8 with a byte order mark".to_owned()),
            Encoding::Utf16 { is_big_endian } => {
                Some(format!("UTF-16 {}", if is_big_endian { "BE" } else { "LE" }))
            }
        };
        (!self.is_plain()).then(|| {
            compression.into_iter().chain(encoding).chain([layout]).collect::<Vec<_>>().join(", ")
        })
    }
}

impl Compression {
    fn detect(head: &[u8]) -> Compression {
        match head {
            [0x1f, 0x8b, 8, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            // A frame to be skipped stands before one of data.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// The tool that makes text of it, where what is inside is no text either.
    fn tool(self, plain: &[u8]) -> Option<&'static str> {
        let is_tar = plain.get(257..262) == Some(b"ustar");
        let is_again = Compression::detect(plain) != Compression::None;
        match self {
            Compression::None => is_tar.then_some("tar -xOf FILE"),
            Compression::Gzip if is_tar => Some("tar -xzOf FILE"),
            Compression::Zstd if is_tar => Some("tar --zstd -xOf FILE"),
            Compression::Gzip => is_again.then_some("gzip -dc FILE"),
            Compression::Zstd => is_again.then_some("zstd -dc FILE"),
        }
    }

    fn decoder<'r>(self, input: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
        let input = BufReader::with_capacity(PIECE, input);
        Ok(match self {
            Compression::None => Box::new(input),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(input)?),
        })
    }

    /// The first of the text, of the first of the input.
    fn prefix(self, head: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        if let Ok(decoder) = self.decoder(head) {
            // The end is cut: that is an error for the decoder.
            let _ = decoder.take(HEAD as u64).read_to_end(&mut text);
        }
        text
    }
}

const PIECE: usize = 64 << 10;
/// The byte order mark of UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

impl Encoding {
    fn detect(text: &[u8]) -> Encoding {
        let is_ascii = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
        match text {
            [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8Bom,
            [0xff, 0xfe, 0, 0, ..] => Encoding::Bytes,
            [0xff, 0xfe, ..] => Encoding::Utf16 { is_big_endian: false },
            [0xfe, 0xff, ..] => Encoding::Utf16 { is_big_endian: true },
            // Without a mark, every other byte of the first letters is zero.
            [a, 0, b, 0, c, 0, ..] if [a, b, c].into_iter().all(is_ascii) => {
                Encoding::Utf16 { is_big_endian: false }
            }
            [0, a, 0, b, 0, c, ..] if [a, b, c].into_iter().all(is_ascii) => {
                Encoding::Utf16 { is_big_endian: true }
            }
            _ => Encoding::Bytes,
        }
    }

    fn decoder<'r>(self, input: impl Read + 'r) -> Box<dyn Read + 'r> {
        match self {
            Encoding::Utf16 { is_big_endian } => {
                Box::new(utf16::Decoder::new(input, is_big_endian))
            }
            Encoding::Bytes | Encoding::Utf8Bom => Box::new(input),
        }
    }
}

impl Layout {
    /// Values where the first one is an array of objects, goes on over several lines, or holds a list of records. Else lines: a line that only looks like JSON is one.
    fn detect(text: &[u8]) -> Layout {
        let text = text.strip_prefix(BOM).unwrap_or(text).trim_ascii_start();
        match text.first() {
            Some(b'[') => match text.get(1..).unwrap_or_default().trim_ascii_start().first() {
                Some(b'{') => Layout::Values,
                _ => Layout::Lines,
            },
            Some(b'{') => first_value(text),
            _ => Layout::Lines,
        }
    }
}

fn first_value(text: &[u8]) -> Layout {
    let mut values =
        serde_json::Deserializer::from_slice(text).into_iter::<&serde_json::value::RawValue>();
    let is_values = match values.next() {
        Some(Ok(value)) => {
            value.get().contains('\n') || envelope::is_envelope(value.get().as_bytes())
        }
        // The rest of it lies behind the bytes that are looked at, unless another object begins a line without being
        // the next of a list: then the first line is a record that is cut.
        Some(Err(error)) if error.is_eof() => match memchr::memmem::find(text, b"\n{") {
            Some(at) => {
                matches!(text.get(..at).unwrap_or_default().trim_ascii_end(), [.., b',' | b'['])
            }
            None => text.contains(&b'\n') || envelope::begins(text),
        },
        _ => false,
    };
    if is_values { Layout::Values } else { Layout::Lines }
}

/// Every record of these files, in order; `-` is standard input. An error of `add` ends it.
pub fn each(
    files: &[PathBuf],
    division: Option<&Division>,
    add: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for path in files {
        let mut records = records_of(path)?;
        let mut number = 0u64;
        while let Some(record) = records.next().with_context(|| {
            format!("{} cannot be read on after record {number}", path.display())
        })? {
            number += 1;
            let whole = || vec![Cow::Borrowed(record)];
            let records = division.map_or_else(whole, |division| division.records(record));
            records
                .iter()
                .filter(|record| !record.is_empty())
                .try_for_each(|record| add(record))?;
        }
    }
    Ok(())
}

/// The records of a file or of standard input.
fn records_of(path: &Path) -> anyhow::Result<Records<'static>> {
    let name = || format!("{} cannot be read", path.display());
    if path != Path::new("-") {
        let (file, format) = open(path)?;
        return format.records(file).with_context(name);
    }
    let mut input = BufReader::with_capacity(256 << 10, io::stdin());
    let format = Format::detect(input.fill_buf().with_context(name)?)?;
    format.records(input).with_context(name)
}

/// Opens a file and finds its format.
pub fn open(path: &Path) -> Result<(File, Format)> {
    let mut file = File::open(path)
        .map_err(|source| FormatError::Unopenable { path: path.to_owned(), source })?;
    match of_file(&mut file) {
        Ok(format) => Ok((file, format)),
        Err(why) => Err(FormatError::File { path: path.to_owned(), source: Box::new(why) }),
    }
}

/// The format of a file, which stands at its start again afterwards.
pub fn of_file(file: &mut File) -> Result<Format> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Format::detect(&head)
}

/// The next line without its end (`\n` or `\r\n`); `false` at the end of the input.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    if input.read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use std::io::Write;

    /// The records of an input and what is said of it.
    fn read(input: &[u8]) -> (Vec<String>, String) {
        let format = Format::detect(input.get(..HEAD).unwrap_or(input)).unwrap();
        let mut records = format.records(input).unwrap();
        let mut texts = Vec::new();
        while let Some(record) = records.next().unwrap() {
            texts.push(String::from_utf8_lossy(record).into_owned());
        }
        let words = format.in_words(records.in_words()).unwrap_or_default();
        (texts, words)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn utf16(text: &str, is_big_endian: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn records_of_mysql_are_one_each() {
        let of = |name: &str| {
            format!(" <AUDIT_RECORD>\n  <NAME>{name}</NAME>\n  <OS_LOGIN/>\n </AUDIT_RECORD>")
        };
        let old = "<AUDIT_RECORD\n  NAME=\"Quit\"\n/>";
        let text = format!("<AUDIT>\n{}\n{old}\n{}\n</AUDIT>\n", of("Query"), of("Quit"));
        let expected = ["<AUDIT>", &of("Query"), old, &of("Quit"), "</AUDIT>"];
        assert_eq!(read(text.as_bytes()).0, expected);
        let line = "<AUDIT_RECORD NAME=\"Quit\"/>";
        assert_eq!(read(format!("{line}\n{line}").as_bytes()).0, [line, line]);
        // Without an end it takes no more than a record may have.
        let cut = format!("<AUDIT_RECORD>\n{}", "x\n".repeat(100_000));
        assert!(read(cut.as_bytes()).0.len() > 60_000);
    }

    #[test]
    fn lines_are_left_as_they_stand() {
        for text in [
            "",
            "\n",
            "text\nmore",
            "{\"a\":1}\r\n{\"b\":2}",
            "[1]\n[2]",
            "[2026-01-01 10:00] a",
            "{\"b\":\n{\"a\":1}\n",
            "{\"a\":\"x\n{\"b\":1}\n",
            "{a}\n",
        ] {
            let (records, words) = read(text.as_bytes());
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(
                (records, words.as_str()),
                (lines.into_iter().map(str::to_owned).collect(), ""),
                "{text}"
            );
        }
    }

    #[test]
    fn compressed_and_encoded_lines() {
        let text = "{\"a\":\"\u{e4}\u{1f600}\"}\n{\"b\":2}\n";
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let two = |words: &str| (lines.clone(), format!("{words}, 2 lines"));
        assert_eq!(read(&gzip(text.as_bytes())), two("gzip"));
        assert_eq!(
            read(&[gzip(b"{\"a\":\"\xc3\xa4\xf0\x9f\x98\x80\"}\n"), gzip(b"{\"b\":2}\n")].concat()),
            two("gzip")
        );
        let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
        assert_eq!(read(&zstd(text)), two("zstd"));
        assert_eq!(
            read(&[zstd(&format!("{}\n", lines[0])), zstd(&lines[1])].concat()),
            two("zstd")
        );
        assert_eq!(read(&[BOM, text.as_bytes()].concat()), two("UTF-8 with a byte order mark"));
        for (is_big_endian, words) in [(false, "UTF-16 LE"), (true, "UTF-16 BE")] {
            assert_eq!(read(&utf16(text, is_big_endian)), two(words));
            assert_eq!(read(&utf16(&format!("\u{feff}{text}"), is_big_endian)), two(words));
            let gzipped = gzip(&utf16(text, is_big_endian));
            assert_eq!(read(&gzipped), two(&format!("gzip, {words}")));
        }
    }

    #[test]
    fn arrays_lists_and_values_over_several_lines() {
        let (one, two) = ("{\"a\": 1.0, \"t\":\"],}{\\\"\"}", "{\n  \"b\": [\n {}\n ]\n}");
        let expected = vec![one.to_owned(), two.to_owned()];
        let swapped = vec![two.to_owned(), one.to_owned()];
        for (text, words) in [
            (format!("[{one},{two}]"), "a JSON array of 2 records"),
            (format!("\n[\n {one} ,\n {two}\n]\n"), "a JSON array of 2 records"),
            (format!("[{one}]\n[{two}]"), "2 JSON arrays of 2 records"),
            (format!("{{\"Records\":[{one},{two}]}}"), "a JSON object with 2 records in `Records`"),
            (
                format!(
                    "{{\n\"kind\": \"EventList\", \"metadata\": {{\"a\": [1]}}, \"items\": [ {one},\n{two} ]\n}}"
                ),
                "a JSON object with 2 records in `items`",
            ),
            (
                format!("{{\"value\":[{one}],\"@odata.nextLink\":\"x\"}}\n{{\"value\":[{two}]}}"),
                "2 JSON objects with 2 records in `value`",
            ),
        ] {
            assert_eq!(read(text.as_bytes()), (expected.clone(), words.to_owned()), "{text}");
        }
        assert_eq!(
            read(format!("{two}\n{one}").as_bytes()),
            (swapped, "JSON over several lines, 2 records".to_owned())
        );
        let gzipped = gzip(format!("[{one},{two}]").as_bytes());
        assert_eq!(read(&gzipped), (expected, "gzip, a JSON array of 2 records".to_owned()));
    }

    #[test]
    fn a_list_whose_end_is_not_seen_yet_is_one() {
        for text in [
            "{\"Records\":[{\"a\":1},\n{\"b\":",
            "{\"kind\":\"EventList\",\"items\":[\n{\"a\":1},\n{\"b\":",
        ] {
            assert_eq!(Layout::detect(text.as_bytes()), Layout::Values, "{text}");
        }
    }

    #[test]
    fn formats_of_others_are_named_with_their_tool() {
        let refused = Format::detect(b"\xfd7zXZ\0\0\x04").unwrap_err().to_string();
        assert!(
            refused.contains("compressed with xz")
                && refused.contains("`xz -dc FILE | auditward replay`"),
            "{refused}"
        );
    }

    #[test]
    fn a_large_array_is_read_record_by_record() {
        let record = format!("{{\"n\":\"{}\"}}", "x".repeat(1000));
        let text = format!("[{}]", vec![record.as_str(); 2000].join(",\n"));
        let (records, words) = read(&gzip(text.as_bytes()));
        assert!(records.len() == 2000 && records.iter().all(|read| *read == record));
        assert_eq!(words, "gzip, a JSON array of 2,000 records");
        // The list begins before the end of what is looked at, its end lies behind it.
        let text = format!("{{\"Records\":[{}]}}", vec![record.as_str(); 2000].join(","));
        assert_eq!(read(text.as_bytes()).1, "a JSON object with 2,000 records in `Records`");
    }
}
