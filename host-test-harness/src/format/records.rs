//! Records of a text, one at a time: its lines, or its JSON values. Every byte of a value comes out as it stands; what is no JSON comes out as text.

use super::envelope::{is_author, is_beside, is_list};
use super::{Layout, read_line};
use crate::wording::counted;
use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};

/// The reader of an input's records.
pub struct Records<'r> {
    input: BufReader<Box<dyn Read + 'r>>,
    layout: Layout,
    record: Vec<u8>,
    list: Option<List>,
    /// The beginning of the object up to the list's first element, where it says who wrote them: each comes with it.
    shared: Vec<u8>,
    /// How many records were given.
    pub count: u64,
    arrays: u64,
    envelopes: u64,
    /// Keys of the lists that records were found in.
    keys: BTreeSet<String>,
    most: usize,
}

/// The list that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    /// An array of its own.
    Array,
    /// A member of an object.
    Envelope,
}

/// A value that goes on for longer is given in pieces, and lines follow it: a quote or bracket is missing, and the rest of the file would be one record.
const MOST_VALUE: usize = 64 << 20;

/// Where that is longer, the object stays whole.
const MOST_SHARED: usize = 4 << 10;

/// An element of XML that goes on for longer ends there: its end is missing.
const MOST_ELEMENT: usize = 64 << 10;

impl<'r> Records<'r> {
    /// A reader of a text.
    pub(super) fn new(text: Box<dyn Read + 'r>, layout: Layout) -> Records<'r> {
        let input = BufReader::with_capacity(256 << 10, text);
        Records {
            input,
            layout,
            record: Vec::new(),
            list: None,
            shared: Vec::new(),
            count: 0,
            arrays: 0,
            envelopes: 0,
            keys: BTreeSet::new(),
            most: MOST_VALUE,
        }
    }

    /// The next record; `None` at the end.
    // An iterator cannot lend its items.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let is_read = match self.layout {
            Layout::Lines => {
                read_line(&mut self.input, &mut self.record)? && self.rest_of_element()?
            }
            Layout::Values => self.value()?,
        };
        self.count += u64::from(is_read);
        Ok(is_read.then_some(self.record.as_slice()))
    }

    /// How the records stood in the text, for people.
    pub fn in_words(&self) -> String {
        if self.layout == Layout::Lines {
            return counted(self.count, "line");
        }
        let records = counted(self.count, "record");
        let of = |number: u64, noun: &str| {
            if number == 1 { format!("a {noun}") } else { counted(number, noun) }
        };
        match (self.arrays, self.envelopes) {
            (0, 0) => format!("JSON over several lines, {records}"),
            (arrays, 0) => format!("{} of {records}", of(arrays, "JSON array")),
            (0, envelopes) => {
                let keys: Vec<String> = self.keys.iter().map(|key| format!("`{key}`")).collect();
                format!("{} with {records} in {}", of(envelopes, "JSON object"), keys.join(" and "))
            }
            (arrays, envelopes) => format!(
                "{} and {} of {records}",
                of(arrays, "JSON array"),
                of(envelopes, "JSON object")
            ),
        }
    }

    /// Adds the further lines of a record of MySQL's audit log, which writes each as XML over several; `true` in any case.
    fn rest_of_element(&mut self) -> io::Result<bool> {
        let text = self.record.trim_ascii_start();
        if !text.starts_with(b"<AUDIT_RECORD") {
            return Ok(true);
        }
        let has_attributes = !text.starts_with(b"<AUDIT_RECORD>");
        let is_whole = |record: &[u8]| {
            let text = record.trim_ascii_end();
            text.ends_with(b"</AUDIT_RECORD>") || has_attributes && text.ends_with(b"/>")
        };
        let mut line = Vec::new();
        while !is_whole(&self.record)
            && self.record.len() < MOST_ELEMENT
            && read_line(&mut self.input, &mut line)?
        {
            self.record.push(b'\n');
            self.record.extend_from_slice(&line);
        }
        Ok(true)
    }

    fn value(&mut self) -> io::Result<bool> {
        loop {
            self.record.clear();
            let Some(byte) = self.skip(|byte| byte.is_ascii_whitespace() || byte == b',')? else {
                return Ok(false);
            };
            match (byte, self.list) {
                (b'{', None) => {
                    if self.object()? {
                        return Ok(true);
                    }
                }
                (b'[', None) => {
                    self.input.consume(1);
                    self.list = Some(List::Array);
                    self.arrays += 1;
                }
                (b'{' | b'[', Some(_)) => {
                    let has_author = byte == b'{' && !self.shared.is_empty();
                    if has_author {
                        self.record.extend_from_slice(&self.shared);
                    }
                    self.rest_of_value(0)?;
                    if has_author {
                        self.record.extend_from_slice(b"]}");
                    }
                    return Ok(true);
                }
                (b']', Some(list)) => {
                    self.input.consume(1);
                    self.list = None;
                    self.shared.clear();
                    if list == List::Envelope && self.end_of_envelope()? {
                        return Ok(true);
                    }
                }
                _ => {
                    self.text()?;
                    return Ok(true);
                }
            }
        }
    }

    /// Reads an object, or its beginning up to the first element of its list: then there is no record yet.
    fn object(&mut self) -> io::Result<bool> {
        self.take()?;
        let mut has_author = false;
        loop {
            let is_key =
                self.keep(|byte| byte.is_ascii_whitespace() || byte == b',')? == Some(b'"');
            if !is_key {
                break;
            }
            let from = self.record.len();
            self.rest_of_string()?;
            let quoted = self.record.get(from..).unwrap_or_default();
            let key: String = serde_json::from_slice(quoted).unwrap_or_default();
            if self.keep(|byte| byte.is_ascii_whitespace() || byte == b':')? == Some(b'[')
                && is_list(&key)
            {
                self.take()?;
                let is_too_long = has_author && self.record.len() > MOST_SHARED;
                if has_author && !is_too_long {
                    self.shared.extend_from_slice(&self.record);
                }
                if is_too_long || self.keep(|byte| byte.is_ascii_whitespace())? != Some(b'{') {
                    self.rest_of_value(2)?;
                    return Ok(true);
                }
                self.list = Some(List::Envelope);
                self.envelopes += 1;
                self.keys.insert(key);
                return Ok(false);
            }
            if !is_beside(&key) {
                break;
            }
            has_author |= is_author(&key);
            self.member()?;
        }
        self.rest_of_value(1)?;
        Ok(true)
    }

    /// Keeps the value of a member whole.
    fn member(&mut self) -> io::Result<()> {
        match self.peek()? {
            Some(b'{' | b'[') => self.rest_of_value(0),
            Some(b'"') => self.rest_of_string(),
            _ => self.keep(|byte| !matches!(byte, b',' | b'}' | b']' | b'"' | b'\n')).map(drop),
        }
    }

    /// Reads what stands behind the list. Where it is more than how the list was delivered, it is a record of its own.
    fn end_of_envelope(&mut self) -> io::Result<bool> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b',')?;
        self.record.push(b'{');
        self.rest_of_value(1)?;
        if self.record.len() == 1 {
            return Ok(false);
        }
        let members: Option<std::collections::BTreeMap<String, serde::de::IgnoredAny>> =
            serde_json::from_slice(&self.record).ok();
        Ok(!members.is_some_and(|members| members.keys().all(|key| is_beside(key))))
    }

    /// Appends a value from inside so many brackets up to their end, or to the end of the text.
    fn rest_of_value(&mut self, mut depth: usize) -> io::Result<()> {
        let (mut is_string, mut is_escaped) = (false, false);
        loop {
            let block = self.input.fill_buf()?;
            let mut end = None;
            for (at, &byte) in block.iter().enumerate() {
                match byte {
                    _ if is_escaped => is_escaped = false,
                    b'\\' if is_string => is_escaped = true,
                    b'"' => is_string = !is_string,
                    // No string goes over a line: its end is missing.
                    b'\n' => is_string = false,
                    _ if is_string => {}
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth == 0 {
                    end = Some(at + 1);
                    break;
                }
            }
            let count = end.unwrap_or(block.len());
            self.record.extend_from_slice(block.get(..count).unwrap_or_default());
            self.input.consume(count);
            if self.record.len() > self.most {
                self.layout = Layout::Lines;
                return Ok(());
            }
            if end.is_some() || count == 0 {
                return Ok(());
            }
        }
    }

    /// Appends a string, its quotes included.
    fn rest_of_string(&mut self) -> io::Result<()> {
        self.take()?;
        let mut is_escaped = false;
        while let Some(byte) = self.peek()? {
            if byte == b'\n' || self.record.len() > self.most {
                break;
            }
            self.take()?;
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => break,
                _ => {}
            }
        }
        Ok(())
    }

    /// Appends what is no object: up to the end of the line, or of the element.
    fn text(&mut self) -> io::Result<()> {
        let (mut is_string, mut is_escaped) = (false, false);
        while let Some(byte) = self.peek()? {
            match byte {
                b'\n' => break,
                _ if is_escaped => is_escaped = false,
                b'\\' if is_string => is_escaped = true,
                b'"' => is_string = !is_string,
                b',' | b']' if self.list.is_some() && !is_string => break,
                _ => {}
            }
            self.take()?;
        }
        let end = self.record.trim_ascii_end().len();
        self.record.truncate(end);
        Ok(())
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    /// Appends one byte.
    fn take(&mut self) -> io::Result<()> {
        if let Some(byte) = self.peek()? {
            self.record.push(byte);
            self.input.consume(1);
        }
        Ok(())
    }

    /// Passes over bytes of that kind, up to the next that is of another.
    fn skip(&mut self, is_it: impl Fn(u8) -> bool) -> io::Result<Option<u8>> {
        loop {
            match self.peek()? {
                Some(byte) if is_it(byte) => self.input.consume(1),
                other => return Ok(other),
            }
        }
    }

    /// Appends bytes of that kind, up to the next that is of another.
    fn keep(&mut self, is_it: impl Fn(u8) -> bool) -> io::Result<Option<u8>> {
        loop {
            match self.peek()? {
                Some(byte) if is_it(byte) && self.record.len() <= self.most => self.take()?,
                other => return Ok(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        let mut records = Records::new(Box::new(text.as_bytes()), Layout::Values);
        let mut read = Vec::new();
        while let Some(record) = records.next().unwrap() {
            read.push(String::from_utf8(record.to_vec()).unwrap());
        }
        read
    }

    #[test]
    fn values_are_cut_at_their_ends() {
        assert_eq!(
            values(r#" {"a":"}"} {"b":[1]},{"c":{}}"#),
            [r#"{"a":"}"}"#, r#"{"b":[1]}"#, r#"{"c":{}}"#]
        );
        assert_eq!(values(r#"[{"a":1},[2],"x, ]y",3]"#), [r#"{"a":1}"#, "[2]", "\"x, ]y\"", "3"]);
        assert_eq!(
            values(r#"{"events":["a"],"b":1}{"items":[]}"#),
            [r#"{"events":["a"],"b":1}"#, r#"{"items":[]}"#]
        );
        assert_eq!(
            values(r#"{"next":null,"count":2,"events":[{"a":1}],"total":2}"#),
            [r#"{"a":1}"#]
        );
        assert_eq!(values(r#"{"id":1,"events":[{"a":1}]}"#), [r#"{"id":1,"events":[{"a":1}]}"#]);
        let of = |events: &str| format!(r#"{{"owner":"1","logGroup":"g","logEvents":[{events}]}}"#);
        let two = of(r#"{"a":1}, {"b":[]}"#);
        let each = [of(r#"{"a":1}"#), of(r#"{"b":[]}"#)];
        assert_eq!(
            values(&format!("{two}{two}[{{}}]")),
            [&each[..], &each, &["{}".into()]].concat()
        );
    }

    #[test]
    fn what_is_broken_spoils_little_and_is_never_lost() {
        assert_eq!(
            values("{\"a\":1}\nnot json {\n{\"b\":2}"),
            ["{\"a\":1}", "not json {", "{\"b\":2}"]
        );
        assert_eq!(
            values("[{\"a\":\"x\n},{\"b\":2}]"),
            ["{\"a\":\"x\n}", "{\"b\":2}"],
            "a quote is missing"
        );
        assert_eq!(values("[{\"a\":1},{\"b\":"), ["{\"a\":1}", "{\"b\":"], "the file is cut");
        assert_eq!(
            values("{\"Records\":[{\"a\":1}],\"owner\":\"x\",\"more\":[1]}"),
            ["{\"a\":1}", "{\"owner\":\"x\",\"more\":[1]}"]
        );
        assert_eq!(values("{\"Records\":[{\"a\":1}"), ["{\"a\":1}"]);
        assert_eq!(values("]\n}"), ["]", "}"]);
    }

    #[test]
    fn a_value_without_end_is_given_in_pieces() {
        let text = format!("{{\"a\":[{}\nlast", "1,".repeat(400_000));
        let mut records = Records::new(Box::new(text.as_bytes()), Layout::Values);
        records.most = 1000;
        let mut read = Vec::new();
        while let Some(record) = records.next().unwrap() {
            assert!(record.len() < text.len());
            read.extend_from_slice(record);
        }
        assert!(records.count >= 3);
        assert_eq!(read, text.replace('\n', "").into_bytes());
    }

    #[test]
    fn an_empty_line_is_a_line_and_the_end_is_none() {
        let mut records = Records::new(Box::new(&b"a\r\n\nb"[..]), Layout::Lines);
        let mut lines = Vec::new();
        while let Some(line) = records.next().unwrap() {
            lines.push(line.to_vec());
        }
        assert_eq!(lines, [b"a".to_vec(), b"".to_vec(), b"b".to_vec()]);
    }
}
