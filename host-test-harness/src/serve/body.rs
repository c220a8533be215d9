//! Bodies: read within bounds, decompressed, cut into records; and compressed again.

use anyhow::{Context, Result, bail};
use axum::body::{Body, Bytes};
use flate2::Compression as Level;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use serde_json::value::RawValue;
use std::io::{Read, Write};
use std::time::Duration;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Coding {
    #[default]
    None,
    Gzip,
    Zstd,
    /// Only taken, never given.
    #[value(skip)]
    Deflate,
}

impl Coding {
    /// As `Content-Encoding` names it; nothing for what we do not read.
    pub fn from_name(name: &str) -> Option<Coding> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Coding::None),
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            "zstd" => Some(Coding::Zstd),
            "deflate" => Some(Coding::Deflate),
            _ => None,
        }
    }

    /// As `Content-Encoding` names it; nothing where there is none to name.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Coding::None => None,
            Coding::Gzip => Some("gzip"),
            Coding::Zstd => Some("zstd"),
            Coding::Deflate => Some("deflate"),
        }
    }

    /// The best that the client takes, by its `Accept-Encoding`.
    pub fn accepted(header: &str) -> Coding {
        let takes = |name: &str| {
            let mut parts = header.split(',').map(|part| part.split(';').map(str::trim).collect::<Vec<_>>());
            parts.any(|part| part.first() == Some(&name) && !part.iter().any(|weight| matches!(*weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000")))
        };
        if takes("zstd") {
            return Coding::Zstd;
        }
        if takes("gzip") { Coding::Gzip } else { Coding::None }
    }

    /// Decompressed, at most so many bytes: what grows beyond is refused before it is there.
    pub fn decode(self, body: &[u8], most: usize) -> Result<Option<Vec<u8>>> {
        let mut out = Vec::with_capacity(body.len().saturating_mul(4).min(most));
        let limit = (most as u64).saturating_add(1);
        let read = match self {
            Coding::None => return Ok((body.len() <= most).then(|| body.to_vec())),
            Coding::Gzip => MultiGzDecoder::new(body).take(limit).read_to_end(&mut out),
            Coding::Deflate => ZlibDecoder::new(body).take(limit).read_to_end(&mut out),
            // A window larger than the bound is refused by the decoder itself.
            Coding::Zstd => zstd::Decoder::with_buffer(body)?.take(limit).read_to_end(&mut out),
        };
        read.with_context(|| format!("the body is not what its Content-Encoding says ({})", self.name().unwrap_or("identity")))?;
        Ok((out.len() <= most).then_some(out))
    }

    /// Compressed.
    pub fn encode(self, body: Vec<u8>) -> Result<Vec<u8>> {
        match self {
            Coding::None => Ok(body),
            Coding::Zstd => Ok(zstd::encode_all(body.as_slice(), 1)?),
            Coding::Gzip => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Level::fast());
                encoder.write_all(&body)?;
                Ok(encoder.finish()?)
            }
            Coding::Deflate => bail!("deflate is taken, never given"),
        }
    }
}

/// Taken before a body comes.
const ROOM: usize = 1 << 20;

/// Why a body was not read.
#[derive(Debug)]
pub enum Unread {
    /// More bytes than allowed.
    TooLarge,
    /// The client went away, or did not send on.
    Cut(String),
}

/// The bytes as they come, at most so many, each piece within the time.
pub async fn read(mut body: Body, most: usize, patience: Duration) -> Result<Vec<u8>, Unread> {
    // What a client says is coming may not come.
    let mut bytes = Vec::with_capacity(most.min(ROOM));
    loop {
        let frame = tokio::time::timeout(patience, body.frame()).await.map_err(|_| Unread::Cut("the body did not come on".into()))?;
        let Some(frame) = frame else { return Ok(bytes) };
        let piece: Bytes = frame.map_err(|why| Unread::Cut(why.to_string()))?.into_data().unwrap_or_default();
        if bytes.len().saturating_add(piece.len()) > most {
            return Err(Unread::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
}

/// The records of a body: the elements of a JSON array, the one JSON value that it is, or its lines.
///
/// Lines are what `application/x-ndjson` says they are; without that a body that is one JSON value is taken as such, over however many lines it goes.
/// What is neither is lines too: one bad line spoils nothing but itself. Empty lines are no records.
pub fn records(body: &[u8], is_ndjson: bool) -> Vec<&[u8]> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    if !is_ndjson && let Some(values) = values(text) {
        return values;
    }
    let end = |line: &'_ [u8]| line.strip_suffix(b"\r").map_or(line.len(), <[u8]>::len);
    let mut lines = Vec::with_capacity(memchr::memchr_iter(b'\n', body).count().saturating_add(1));
    let mut from = 0;
    for at in memchr::memchr_iter(b'\n', body).chain([body.len()]) {
        let line = body.get(from..at).unwrap_or_default();
        lines.push(line.get(..end(line)).unwrap_or_default());
        from = at.saturating_add(1);
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn values(text: &[u8]) -> Option<Vec<&[u8]>> {
    match text.first()? {
        b'[' => match serde_json::from_slice::<Vec<&RawValue>>(text) {
            Ok(values) => Some(values.iter().map(|value| value.get().as_bytes()).collect()),
            Err(_) => elements(text),
        },
        // One object over several lines; of those on one line each the first is followed by another.
        b'{' if text.contains(&b'\n') => serde_json::from_slice::<&RawValue>(text).ok().map(|_| vec![text]),
        _ => None,
    }
}

/// The elements of an array that is not strict JSON, cut at its commas: what is wrong with one spoils only that one. Where the end is missing, the rest is one.
/// Lines that only look like an array hold no object, or end before the body does.
fn elements(text: &[u8]) -> Option<Vec<&[u8]>> {
    let (mut depth, mut from, mut end) = (0usize, 1usize, None);
    let (mut is_text, mut is_escaped) = (false, false);
    let mut elements = Vec::new();
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => {
                elements.push(text.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
        if depth == 0 {
            end = Some(at);
            break;
        }
    }
    elements.push(text.get(from..end.unwrap_or(text.len())).unwrap_or_default());
    let is_object = |element: &&[u8]| element.starts_with(b"{") && element.ends_with(b"}");
    elements.iter_mut().for_each(|element| *element = element.trim_ascii());
    elements.retain(|element| !element.is_empty());
    // One that is not closed on its line would take all lines behind it for its last element.
    let is_closed = end.map_or(!text.contains(&b'\n'), |end| end + 1 == text.len());
    let is_lines = |element: &[u8]| element.contains(&b'\n') && serde_json::from_slice::<&RawValue>(element).is_err();
    (is_closed && elements.iter().any(is_object) && !elements.iter().any(|element| is_lines(element))).then_some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str, is_ndjson: bool) -> Vec<String> {
        records(body.as_bytes(), is_ndjson).iter().map(|record| String::from_utf8(record.to_vec()).unwrap()).collect()
    }

    #[test]
    fn lines_arrays_and_single_values() {
        assert_eq!(texts("{\"a\":1}\n{\"b\":2}", true), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(texts("{\"a\":1}\r\n\n{\"b\":2}\n", false), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(texts("[{\"a\":1},\n {\"b\":[2]}, 3]", false), ["{\"a\":1}", "{\"b\":[2]}", "3"]);
        assert_eq!(texts("[1]\n[2]", false), ["[1]", "[2]"]);
        assert_eq!(texts("[1]\n", true), ["[1]"]);
        assert_eq!(texts("{\n \"a\": 1\n}\n", false), ["{\n \"a\": 1\n}"]);
        assert_eq!(texts("{\n \"a\": \n}\n", false), ["{", " \"a\": ", "}"]);
        assert!(texts("", false).is_empty() && texts("[]", false).is_empty() && texts("\n\r\n", true).is_empty());
        assert_eq!(texts("text\nnot {json", false), ["text", "not {json"]);
    }

    #[test]
    fn one_bad_element_spoils_only_itself() {
        let cut = |body: &'static [u8]| -> Vec<&'static [u8]> { records(body, false) };
        assert_eq!(
            cut(b"[{\"message\":\"a\"},{\"message\":\"bad \x80 byte\"},{\"message\":\"x\"}]"),
            [b"{\"message\":\"a\"}".as_slice(), b"{\"message\":\"bad \x80 byte\"}", b"{\"message\":\"x\"}"]
        );
        assert_eq!(
            texts("[{\"a\":\"a\tb\"} ,\n{\"b\":[nan,{\"c\":\"],\\\"\"}]},{\"d\":1},]", false),
            ["{\"a\":\"a\tb\"}", "{\"b\":[nan,{\"c\":\"],\\\"\"}]}", "{\"d\":1}"]
        );
        assert_eq!(texts("[nan,{\"a\":1}]", false), ["nan", "{\"a\":1}"]);
        // Cut short, or with a quote too many: those before it are whole, and nothing of the rest is lost.
        assert_eq!(texts("[{\"a\":1},{\"b\":", false), ["{\"a\":1}", "{\"b\":"]);
        assert_eq!(texts("[{\"a\":1},{\"b\":\"\"\"},{\"c\":1}]", false), ["{\"a\":1}", "{\"b\":\"\"\"},{\"c\":1}]"]);
        // Lines that begin as arrays do.
        assert_eq!(texts("[{\"a\":1}]\n[{\"b\":nan}]", false), ["[{\"a\":1}]", "[{\"b\":nan}]"]);
        assert_eq!(texts("[error, core] a, b\n[warn, a", false), ["[error, core] a, b", "[warn, a"]);
        assert_eq!(texts("[error, core\na, b", false), ["[error, core", "a, b"]);
        // A first line that looks like the beginning of an array swallows nothing, whatever the last one looks like.
        assert_eq!(texts("[x,{},\n{\"a\":1}\n{\"b\":2}", false), ["[x,{},", "{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(texts("[x,{},\n{\"a\":1}\n{\"b\":2}\n]", false), ["[x,{},", "{\"a\":1}", "{\"b\":2}", "]"]);
    }

    #[test]
    fn what_is_compressed_comes_back_and_bombs_are_refused() {
        let body = b"{\"a\":1}\n".repeat(10_000);
        for coding in [Coding::None, Coding::Gzip, Coding::Zstd] {
            let packed = coding.encode(body.clone()).unwrap();
            assert_eq!(coding.decode(&packed, body.len()).unwrap().unwrap(), body);
            assert_eq!(coding.decode(&packed, body.len() - 1).unwrap(), None, "{coding:?}");
            assert_eq!(coding.name().map_or(Coding::None, |name| Coding::from_name(name).unwrap()), coding);
            if coding != Coding::None {
                assert!(coding.decode(&packed[..packed.len() / 2], body.len()).is_err());
                assert!(coding.decode(b"not packed", 100).is_err());
            }
        }
        let two = [Coding::Gzip.encode(b"a\n".to_vec()).unwrap(), Coding::Gzip.encode(b"b\n".to_vec()).unwrap()].concat();
        assert_eq!(Coding::Gzip.decode(&two, 100).unwrap().unwrap(), b"a\nb\n");
    }

    #[test]
    fn what_the_client_takes() {
        for (header, coding) in
            [("gzip, zstd", Coding::Zstd), ("gzip;q=1.0, *", Coding::Gzip), ("zstd;q=0, gzip", Coding::Gzip), ("", Coding::None), ("br", Coding::None)]
        {
            assert_eq!(Coding::accepted(header), coding, "{header}");
        }
        assert_eq!(Coding::from_name("snappy"), None);
    }
}
