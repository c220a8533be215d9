//! Bodies: read within bounds, decompressed, cut into records; and compressed again.

use super::capacity::Held;
use crate::format::{Division, TooMany};
use crate::numbering::{Record, numbered};
use anyhow::{Context, Result, bail};
use axum::body::{Body, Bytes};
use flate2::Compression as Level;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::Deserializer;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

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
            let mut parts =
                header.split(',').map(|part| part.split(';').map(str::trim).collect::<Vec<_>>());
            parts.any(|part| {
                part.first() == Some(&name)
                    && !part
                        .iter()
                        .any(|weight| matches!(*weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
            })
        };
        if takes("zstd") {
            return Coding::Zstd;
        }
        if takes("gzip") { Coding::Gzip } else { Coding::None }
    }

    /// Decompressed, at most so many bytes: what grows beyond is refused before it is there.
    pub fn decode(self, body: &[u8], most: usize) -> Result<Option<Vec<u8>>> {
        Ok(self.decode_within(body, most, &mut |_| true)?.ok())
    }

    /// The same, piece by piece: for each there has to be room.
    pub fn decode_within(
        self,
        body: &[u8],
        most: usize,
        has_room: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Result<Vec<u8>, Unread>> {
        let mut decoder: Box<dyn Read + '_> = match self {
            Coding::None => Box::new(body),
            Coding::Gzip => Box::new(MultiGzDecoder::new(body)),
            Coding::Deflate => Box::new(ZlibDecoder::new(body)),
            // A window larger than the bound is refused by the decoder itself.
            Coding::Zstd => Box::new(zstd::Decoder::with_buffer(body)?),
        };
        let mut out = Vec::with_capacity(body.len().saturating_mul(4).min(most).min(ROOM));
        loop {
            let read = (&mut decoder).take(PIECE).read_to_end(&mut out);
            let read = read.with_context(|| {
                format!(
                    "the body does not match its Content-Encoding ({})",
                    self.name().unwrap_or("identity")
                )
            })?;
            if out.len() > most {
                return Ok(Err(Unread::TooLarge));
            }
            if read == 0 {
                return Ok(Ok(out));
            }
            if !has_room(read) {
                return Ok(Err(Unread::NoRoom));
            }
        }
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

/// How much is decompressed before room is asked for.
const PIECE: u64 = 256 << 10;
/// Taken before a body comes.
const ROOM: usize = 1 << 20;
/// How long a client may send nothing, or less than its rate allows.
const GRACE: Duration = Duration::from_secs(5);
/// The least that a client has to send, in bytes a second.
const LEAST_RATE: u64 = 16 << 10;

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// More bytes than allowed.
    TooLarge,
    /// The client went away.
    Cut(String),
    /// The client sent too little in the time.
    Slow,
    /// The time for the whole request was up.
    Late,
    /// No room became free for it.
    NoRoom,
}

/// Reads the bytes as they come, at most so many, and holds room for those that have come, not for those that were promised.
pub async fn read(
    mut body: Body,
    most: usize,
    left: Duration,
    held: &mut Held,
    wait: Duration,
) -> Result<Vec<u8>, Unread> {
    let mut bytes =
        Vec::with_capacity(body.size_hint().lower().min(most.min(ROOM) as u64) as usize);
    let until = Instant::now() + left;
    // What was sent quickly gives no right to pause for longer.
    let mut credit = GRACE;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let began = Instant::now();
        let frame = tokio::time::timeout(credit.min(left), body.frame()).await;
        let Ok(frame) = frame else {
            return Err(if left <= credit { Unread::Late } else { Unread::Slow });
        };
        let Some(frame) = frame else { return Ok(bytes) };
        let piece: Bytes =
            frame.map_err(|why| Unread::Cut(why.to_string()))?.into_data().unwrap_or_default();
        let earned =
            Duration::from_micros((piece.len() as u64).saturating_mul(1_000_000) / LEAST_RATE);
        credit = credit.saturating_sub(began.elapsed()).saturating_add(earned).min(GRACE);
        if bytes.len().saturating_add(piece.len()) > most {
            return Err(Unread::TooLarge);
        }
        if !held.grow(piece.len(), wait).await {
            return Err(Unread::NoRoom);
        }
        bytes.extend_from_slice(&piece);
    }
}

/// The records of a body, each as its place in it.
pub struct Cut {
    pub body: Vec<u8>,
    /// Bytes of it that were copied: what events of one record share.
    pub copied: usize,
    places: Vec<Place>,
}

/// Bytes of copies for each of a body, beside `ROOM`.
const COPIED: usize = 2;

/// A record's number among its equals, and where it is.
struct Place {
    nonce: u64,
    from: usize,
    end: usize,
}

impl Cut {
    /// Cuts a body into at most so many records; one that holds several is divided, where there is a division.
    pub fn new(
        mut body: Vec<u8>,
        is_ndjson: bool,
        division: Option<&Division>,
        most: usize,
    ) -> Result<Cut, TooMany> {
        let (start, len) = (body.as_ptr().addr(), body.len());
        let (mut spans, mut copies) = (Vec::new(), Vec::new());
        let most_copied = len.saturating_mul(COPIED).saturating_add(ROOM);
        for record in records(&body, is_ndjson, most)? {
            let left = most.saturating_sub(spans.len());
            let whole = || Ok(vec![Cow::Borrowed(record)]);
            let parts =
                division.map_or_else(whole, |division| division.records_within(record, left))?;
            let copied: usize = parts
                .iter()
                .filter(|part| matches!(part, Cow::Owned(_)))
                .map(|part| part.len())
                .sum();
            let is_fit = copies.len().saturating_add(copied) <= most_copied;
            let parts = if is_fit { parts } else { vec![Cow::Borrowed(record)] };
            for part in parts {
                if spans.len() >= most {
                    return Err(TooMany);
                }
                let from = match &part {
                    Cow::Borrowed(part) => part.as_ptr().addr().saturating_sub(start),
                    Cow::Owned(_) => len.saturating_add(copies.len()),
                };
                spans.push((from, from.saturating_add(part.len())));
                if matches!(part, Cow::Owned(_)) {
                    copies.extend_from_slice(&part);
                }
            }
        }
        body.append(&mut copies);
        let of = |&(from, end): &(usize, usize)| body.get(from..end).unwrap_or_default();
        let nonces = numbered(spans.iter().map(of)).into_iter().map(|record| record.nonce);
        let place = |(nonce, (from, end))| Place { nonce, from, end };
        let places = nonces.zip(spans.iter().copied()).map(place).collect();
        Ok(Cut { copied: body.len().saturating_sub(len), body, places })
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Tells that there is no record.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The next records from that place on: so many, and so many bytes but for a single record that is longer.
    pub fn piece(&self, from: usize, most: usize, most_bytes: usize) -> Vec<Record<'_>> {
        let mut bytes = 0usize;
        let rest = self.places.get(from..).unwrap_or_default();
        let piece = rest.iter().take(most).take_while(|place| {
            let is_first = bytes == 0;
            bytes = bytes.saturating_add(place.end.saturating_sub(place.from));
            is_first || bytes <= most_bytes
        });
        piece
            .map(|place| Record {
                nonce: place.nonce,
                bytes: self.body.get(place.from..place.end).unwrap_or_default(),
            })
            .collect()
    }
}

/// The records of a body: the elements of a JSON array, the one JSON value that it is, or its lines.
///
/// Lines are what `application/x-ndjson` says they are; without that a body that is one JSON value is taken as such, over however many lines it goes.
/// A body that is neither is read as lines too: one bad line affects only itself. Empty lines are no records.
pub fn records(body: &[u8], is_ndjson: bool, most: usize) -> Result<Vec<&[u8]>, TooMany> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    if !is_ndjson && let Some(values) = values(text, most)? {
        return Ok(values);
    }
    let end = |line: &'_ [u8]| line.strip_suffix(b"\r").map_or(line.len(), <[u8]>::len);
    let mut lines = Vec::new();
    let mut from = 0;
    for at in memchr::memchr_iter(b'\n', body).chain([body.len()]) {
        let line = body.get(from..at).unwrap_or_default();
        let line = line.get(..end(line)).unwrap_or_default();
        if !line.is_empty() {
            push(&mut lines, line, most)?;
        }
        from = at.saturating_add(1);
    }
    Ok(lines)
}

fn push<'b>(records: &mut Vec<&'b [u8]>, record: &'b [u8], most: usize) -> Result<(), TooMany> {
    if records.len() >= most {
        return Err(TooMany);
    }
    records.push(record);
    Ok(())
}

fn values(text: &[u8], most: usize) -> Result<Option<Vec<&[u8]>>, TooMany> {
    match text.first() {
        Some(b'[') => {
            let mut values = Vec::new();
            let mut reader = serde_json::Deserializer::from_slice(text);
            let read = Elements { values: &mut values, most }
                .deserialize(&mut reader)
                .and_then(|()| reader.end());
            match read {
                Ok(()) => Ok(Some(values)),
                Err(_) => elements(text, most),
            }
        }
        // One object over several lines; of those on one line each the first is followed by another.
        Some(b'{') if text.contains(&b'\n') => {
            Ok(serde_json::from_slice::<&RawValue>(text).ok().map(|_| vec![text]))
        }
        _ => Ok(None),
    }
}

/// Reads the elements of a strict JSON array, at most so many; the one after the last is an error.
struct Elements<'v, 'b> {
    values: &'v mut Vec<&'b [u8]>,
    most: usize,
}

impl<'b> DeserializeSeed<'b> for Elements<'_, 'b> {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'b> Visitor<'b> for Elements<'_, 'b> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(value) = elements.next_element::<&RawValue>()? {
            push(self.values, value.get().as_bytes(), self.most)
                .map_err(|_| serde::de::Error::custom("too many records"))?;
        }
        Ok(())
    }
}

/// The elements of an array that is not strict JSON, cut at its commas: what is wrong with one spoils only that one.
/// Lines that only look like an array hold no object, end before the body does, or never end.
fn elements(text: &[u8], most: usize) -> Result<Option<Vec<&[u8]>>, TooMany> {
    let (mut depth, mut from, mut end) = (0usize, 1usize, None);
    let (mut is_text, mut is_escaped) = (false, false);
    let mut found = Found::default();
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => {
                found.push(text.get(from..at).unwrap_or_default(), most);
                from = at + 1;
            }
            _ => {}
        }
        if depth == 0 {
            end = Some(at);
            break;
        }
    }
    found.push(text.get(from..end.unwrap_or(text.len())).unwrap_or_default(), most);
    // One that is not closed on its line would take all lines behind it for its last element.
    let is_closed = end.map_or(!text.contains(&b'\n'), |end| end + 1 == text.len());
    match found {
        Found { has_object: true, has_lines: false, .. } if is_closed => found.elements.map(Some),
        // Of lines, however many elements one of them seems to have.
        _ => Ok(None),
    }
}

/// The elements of what may be an array.
struct Found<'b> {
    elements: Result<Vec<&'b [u8]>, TooMany>,
    has_object: bool,
    /// One of them is several lines, and no JSON value over several lines.
    has_lines: bool,
}

impl Default for Found<'_> {
    fn default() -> Self {
        Found { elements: Ok(Vec::new()), has_object: false, has_lines: false }
    }
}

impl<'b> Found<'b> {
    fn push(&mut self, element: &'b [u8], most: usize) {
        let element = element.trim_ascii();
        if element.is_empty() {
            return;
        }
        self.has_object |= element.starts_with(b"{") && element.ends_with(b"}");
        self.has_lines |=
            element.contains(&b'\n') && serde_json::from_slice::<&RawValue>(element).is_err();
        if let Ok(elements) = &mut self.elements
            && let Err(too_many) = push(elements, element, most)
        {
            self.elements = Err(too_many);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy::Policy;

    fn texts(body: &str, is_ndjson: bool) -> Vec<String> {
        records(body.as_bytes(), is_ndjson, 100)
            .unwrap()
            .iter()
            .map(|record| String::from_utf8(record.to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn lines_arrays_and_single_values() {
        assert_eq!(texts("{\"a\":1}\n{\"b\":2}", true), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(texts("{\"a\":1}\r\n\n{\"b\":2}\n", false), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(
            texts("[{\"a\":1},\n {\"b\":[2]}, 3]", false),
            ["{\"a\":1}", "{\"b\":[2]}", "3"]
        );
        assert_eq!(texts("[1]\n[2]", false), ["[1]", "[2]"]);
        assert_eq!(texts("[1]\n", true), ["[1]"]);
        assert_eq!(texts("{\n \"a\": 1\n}\n", false), ["{\n \"a\": 1\n}"]);
        assert_eq!(texts("{\n \"a\": \n}\n", false), ["{", " \"a\": ", "}"]);
        assert!(
            texts("", false).is_empty()
                && texts("[]", false).is_empty()
                && texts("\n\r\n", true).is_empty()
        );
        assert_eq!(texts("text\nnot {json", false), ["text", "not {json"]);
    }

    #[test]
    fn one_bad_element_spoils_only_itself() {
        let cut =
            |body: &'static [u8]| -> Vec<&'static [u8]> { records(body, false, 100).unwrap() };
        assert_eq!(
            cut(b"[{\"message\":\"a\"},{\"message\":\"bad \x80 byte\"},{\"message\":\"x\"}]"),
            [
                b"{\"message\":\"a\"}".as_slice(),
                b"{\"message\":\"bad \x80 byte\"}",
                b"{\"message\":\"x\"}"
            ]
        );
        assert_eq!(
            texts("[{\"a\":\"a\tb\"} ,\n{\"b\":[nan,{\"c\":\"],\\\"\"}]},{\"d\":1},]", false),
            ["{\"a\":\"a\tb\"}", "{\"b\":[nan,{\"c\":\"],\\\"\"}]}", "{\"d\":1}"]
        );
        assert_eq!(texts("[nan,{\"a\":1}]", false), ["nan", "{\"a\":1}"]);
        // Cut short, or with a quote too many: those before it are whole, and nothing of the rest is lost.
        assert_eq!(texts("[{\"a\":1},{\"b\":", false), ["{\"a\":1}", "{\"b\":"]);
        assert_eq!(
            texts("[{\"a\":1},{\"b\":\"\"\"},{\"c\":1}]", false),
            ["{\"a\":1}", "{\"b\":\"\"\"},{\"c\":1}]"]
        );
        // Lines that begin as arrays do.
        assert_eq!(texts("[{\"a\":1}]\n[{\"b\":nan}]", false), ["[{\"a\":1}]", "[{\"b\":nan}]"]);
        assert_eq!(
            texts("[error, core] a, b\n[warn, a", false),
            ["[error, core] a, b", "[warn, a"]
        );
        assert_eq!(texts("[error, core\na, b", false), ["[error, core", "a, b"]);
        // A first line that looks like the beginning of an array swallows nothing, whatever the last one looks like.
        assert_eq!(
            texts("[x,{},\n{\"a\":1}\n{\"b\":2}", false),
            ["[x,{},", "{\"a\":1}", "{\"b\":2}"]
        );
        assert_eq!(
            texts("[x,{},\n{\"a\":1}\n{\"b\":2}\n]", false),
            ["[x,{},", "{\"a\":1}", "{\"b\":2}", "]"]
        );
    }

    #[test]
    fn nobodys_first_line_swallows_the_others() {
        let event = "{\"a\":[1,{}]}";
        for first in ["[x,{},", "[{},", "[{\"b\":nan},", "[", "[\"", "[{}, {\"", "[[{}],{}"] {
            let body = format!("{first}\n{event}\n{event}");
            assert_eq!(texts(&body, false), [first, event, event], "{first}");
            assert_eq!(
                texts(&format!("{first}\r\n\r\n{event}\n"), false),
                [first, event],
                "{first}"
            );
        }
        assert_eq!(
            texts("[\n{\"a\":nan},\n{\"b\":1}\n]", false),
            ["{\"a\":nan}", "{\"b\":1}"],
            "an array over several lines is one"
        );
    }

    #[test]
    fn more_records_than_allowed_are_refused_before_they_take_memory() {
        for (body, is_ndjson) in [
            ("{}\n{}\n\n{}", true),
            ("[{},{},{}]", false),
            ("[{},nan,{}]", false),
            ("a\nb\nc", false),
            ("[1]\n[2]\n[3]", false),
        ] {
            assert_eq!(records(body.as_bytes(), is_ndjson, 2), Err(TooMany), "{body}");
            assert_eq!(records(body.as_bytes(), is_ndjson, 3).unwrap().len(), 3, "{body}");
        }
        assert_eq!(
            records(b"\n\n\n\n{}\n\n", true, 1).unwrap(),
            [b"{}"],
            "empty lines are no records"
        );
    }

    #[test]
    fn records_that_hold_a_list_are_divided_within_the_bound() {
        let body = br#"{"Records":[{"a":1},{"a":2}]}
{"a":3}
{"logGroup":"g","logEvents":[{"a":4}]}
"#;
        let texts = |unwraps, most| {
            let division = Division::default();
            let division = Some(&division).filter(|_| unwraps);
            Cut::new(body.to_vec(), true, division, most).map(|cut| {
                let piece = cut.piece(0, 9, 900);
                piece
                    .iter()
                    .map(|record| String::from_utf8_lossy(record.bytes).into_owned())
                    .collect::<Vec<_>>()
            })
        };
        let divided =
            [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, r#"{"logGroup":"g","logEvents":[{"a":4}]}"#];
        assert_eq!(texts(true, 4).unwrap(), divided);
        assert_eq!(texts(true, 3), Err(TooMany));
        assert_eq!(texts(false, 4).unwrap().len(), 3);
        let many = format!(r#"{{"Records":[{}{{}}]}}"#, "{},".repeat(1_000_000));
        let division = Division::new(&Policy::default());
        assert!(Cut::new(many.into_bytes(), false, Some(&division), 1000).is_err());
        let event = r#"{"kind":"admin#reports#activity","id":{"applicationName":"admin"},"events":[{"name":"A"},{"name":"B"}]}"#;
        let body = [event; 3].join("\n").into_bytes();
        let cut = Cut::new(body.clone(), true, Some(&division), 6).unwrap();
        let piece = cut.piece(0, 9, 9000);
        let nonces: Vec<u64> = piece.iter().map(|record| record.nonce).collect();
        assert_eq!(nonces, [0, 0, 1, 1, 2, 2]);
        assert!(piece[1].bytes.ends_with(br#""events":[{"name":"B"}]}"#) && cut.copied > 0);
        assert!(Cut::new(body, true, Some(&division), 5).is_err());
    }

    #[test]
    fn records_are_cut_in_pieces_of_bounded_count_and_size() {
        let cut = Cut::new(b"aa\n\naa\r\nbbbb\nc".to_vec(), true, None, 9).unwrap();
        let piece = |from, most, bytes| -> Vec<(u64, &[u8])> {
            cut.piece(from, most, bytes).iter().map(|record| (record.nonce, record.bytes)).collect()
        };
        assert_eq!(piece(0, 2, 99), [(0, b"aa".as_slice()), (1, b"aa")]);
        assert_eq!(piece(0, 9, 3), [(0, b"aa".as_slice())]);
        assert_eq!(piece(2, 9, 1), [(0, b"bbbb".as_slice())], "at least one");
        assert_eq!((piece(2, 9, 99).len(), piece(4, 9, 99).len(), cut.len()), (2, 0, 4));
    }

    #[test]
    fn what_is_compressed_comes_back_and_bombs_are_refused() {
        let body = b"{\"a\":1}\n".repeat(10_000);
        for coding in [Coding::None, Coding::Gzip, Coding::Zstd] {
            let packed = coding.encode(body.clone()).unwrap();
            assert_eq!(coding.decode(&packed, body.len()).unwrap().unwrap(), body);
            assert_eq!(coding.decode(&packed, body.len() - 1).unwrap(), None, "{coding:?}");
            assert_eq!(
                coding.name().map_or(Coding::None, |name| Coding::from_name(name).unwrap()),
                coding
            );
            if coding != Coding::None {
                assert!(coding.decode(&packed[..packed.len() / 2], body.len()).is_err());
                assert!(coding.decode(b"not packed", 100).is_err());
            }
        }
        let two = [
            Coding::Gzip.encode(b"a\n".to_vec()).unwrap(),
            Coding::Gzip.encode(b"b\n".to_vec()).unwrap(),
        ]
        .concat();
        assert_eq!(Coding::Gzip.decode(&two, 100).unwrap().unwrap(), b"a\nb\n");
    }

    #[test]
    fn what_the_client_takes() {
        for (header, coding) in [
            ("gzip, zstd", Coding::Zstd),
            ("gzip;q=1.0, *", Coding::Gzip),
            ("zstd;q=0, gzip", Coding::Gzip),
            ("", Coding::None),
            ("br", Coding::None),
        ] {
            assert_eq!(Coding::accepted(header), coding, "{header}");
        }
        assert_eq!(Coding::from_name("snappy"), None);
    }
}
