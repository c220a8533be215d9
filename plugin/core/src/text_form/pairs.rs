//! Pairs of keys and values, `user="ann lee" verb=view`: a value in quotes ends with them, any other before the next key.

use super::dissect::Dissect;
use super::object::{Escapes, Object, Piece, Signs, is_hex};
use crate::parse::line::skip_blanks;
use crate::text::{find_byte, number};
use std::borrow::Cow;

/// Longer ones are no keys.
const MOST_KEY: usize = 128;
/// Text before the values of an enriched record of Linux' audit is a blank as well.
const GROUP_SEPARATOR: u8 = 0x1d;

/// How pairs are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// Text between key and value.
    pub assign: Cow<'static, [u8]>,
    /// The sign between pairs, with blanks around it; none where blanks alone stand there.
    pub between: Option<u8>,
    pub quotes: Cow<'static, [u8]>,
    /// Text between a quote and its closing quote.
    pub quoted: Escapes,
    /// How values without quotes are written.
    pub bare: Escapes,
    /// A value that begins with this sign is more pairs, up to the same sign.
    pub nested: Option<u8>,
    /// Keys whose values are hexadecimal where they stand without quotes.
    pub hex: Vec<String>,
    /// The key before arguments `a0`, `a1` and so on, which are joined in the member `arguments`; empty where there are none.
    pub arguments: String,
    /// The field of the text before the pairs that names what each line of one event is; empty where an event is one line.
    pub joined: String,
}

/// The member that holds arguments.
pub const ARGUMENTS: &str = "arguments";

/// A key, from where what stands before it begins to where its value does.
struct Key<'t> {
    name: &'t [u8],
    gap: usize,
    value: usize,
}

impl Pairs {
    /// Those with values in quotes, and blanks between them.
    pub const QUOTED: Pairs =
        Pairs::new(None, b"\"", Escapes::Backslash(Signs::Quotes), Escapes::None);

    /// Those without quotes.
    pub const fn bare(between: Option<u8>, bare: Escapes) -> Pairs {
        Pairs::new(between, b"", Escapes::None, bare)
    }

    const fn new(
        between: Option<u8>,
        quotes: &'static [u8],
        quoted: Escapes,
        bare: Escapes,
    ) -> Pairs {
        Pairs {
            assign: Cow::Borrowed(b"="),
            between,
            quotes: Cow::Borrowed(quotes),
            quoted,
            bare,
            nested: None,
            hex: Vec::new(),
            arguments: String::new(),
            joined: String::new(),
        }
    }

    /// Reads pairs. Other text may stand before the first of them only where `is_within` says that the line was known by what stands before.
    pub fn read(&self, text: &[u8], is_within: bool, object: &mut Object<'_>) -> bool {
        let mut has_arguments = false;
        let is_read = self.each(text, is_within, |key, value| {
            has_arguments |= !self.arguments.is_empty() && key == self.arguments.as_bytes();
            object.put(key, value);
        });
        if is_read && has_arguments && object.begin_list(ARGUMENTS.as_bytes()) {
            let mut is_first = true;
            self.each(text, is_within, |key, value| {
                if let Some(value) = self.argument(key, value) {
                    object.add(value, is_first);
                    is_first = false;
                }
            });
            object.end_list();
        }
        is_read
    }

    /// The value of `a0`, `a1` and so on: hexadecimal where it stands without quotes.
    fn argument<'t>(&self, key: &[u8], value: Piece<'t>) -> Option<Piece<'t>> {
        let [b'a', digits @ ..] = key else {
            return None;
        };
        number(digits)?;
        let is_coded = value.escapes == self.bare && is_hex(value.text);
        Some(Piece { escapes: if is_coded { Escapes::Hex } else { value.escapes }, ..value })
    }

    /// Reads an event that may have several lines, of which the first begins with `head`: the keys of the others are named after what such a line is. What
    /// follows a line of another event is passed over.
    pub fn read_joined(
        &self,
        head: &[u8],
        text: &[u8],
        after: &Dissect,
        object: &mut Object<'_>,
    ) -> bool {
        let (own, mut more) = first_line(text);
        let is_read = self.read(own, true, object);
        while is_read && !more.is_empty() {
            let (line, rest) = first_line(more);
            more = rest;
            match after.read_like(head, skip_blanks(line), &self.joined) {
                Some((name, pairs)) => {
                    object.name_after(name);
                    self.read(pairs, true, object);
                }
                None if line.trim_ascii().is_empty() => {}
                None => break,
            }
        }
        object.name_after(b"");
        is_read
    }

    /// Shows each pair, in one pass.
    pub fn each<'t>(
        &self,
        text: &'t [u8],
        is_within: bool,
        mut show: impl FnMut(&'t [u8], Piece<'t>),
    ) -> bool {
        let (mut at, mut is_start, mut is_nested, mut can_close) = (0usize, true, false, true);
        let mut count = 0usize;
        let mut open: Option<Key<'t>> = None;
        loop {
            if let (Some(key), Some(first)) = (&open, text.get(at)) {
                if self.nested == Some(*first) && !is_nested {
                    (is_nested, open, is_start) = (true, None, true);
                    at = at.wrapping_add(1);
                    continue;
                }
                if can_close && self.quotes.contains(first) {
                    let inner = at.wrapping_add(1);
                    let close = self.closing(text, inner, *first, is_nested);
                    can_close = close.is_some();
                    if let Some(close) = close {
                        show(
                            key.name,
                            Piece {
                                text: text.get(inner..close).unwrap_or_default(),
                                escapes: self.quoted,
                            },
                        );
                        (open, is_start) = (None, true);
                        at = close.wrapping_add(1);
                        continue;
                    }
                }
            }
            let next = self.next_key(text, at, is_start);
            let end = next.as_ref().map_or(text.len(), |next| next.gap);
            match open.take() {
                Some(key) => self.show_bare(
                    &key,
                    text.get(key.value..end).unwrap_or_default(),
                    is_nested,
                    &mut show,
                ),
                // Before the first pair nothing else stands, where nothing else tells that these are pairs.
                None if count == 0
                    && !is_within
                    && next.as_ref().is_none_or(|next| next.gap > 0) =>
                {
                    return false;
                }
                None => {}
            }
            let Some(next) = next else { break };
            count = count.wrapping_add(1);
            (at, is_start) = (next.value, false);
            open = Some(next);
        }
        count > 1 || is_within
    }

    fn show_bare<'t>(
        &self,
        key: &Key<'t>,
        value: &'t [u8],
        is_nested: bool,
        show: &mut impl FnMut(&'t [u8], Piece<'t>),
    ) {
        let value = value.trim_ascii();
        let value = match self.nested {
            Some(sign) if is_nested => value.strip_suffix(&[sign]).unwrap_or(value),
            _ => value,
        };
        let is_hex = !self.hex.is_empty()
            && self.hex.iter().any(|name| name.as_bytes() == key.name)
            && is_hex(value);
        show(
            key.name,
            Piece { text: value, escapes: if is_hex { Escapes::Hex } else { self.bare } },
        );
    }

    /// The next key whose value is given, at `at` or behind a sign that separates pairs.
    fn next_key<'t>(&self, text: &'t [u8], at: usize, is_start: bool) -> Option<Key<'t>> {
        let first = *self.assign.first()?;
        let mut sign = find_byte(text, first, at);
        while let Some(tail) = text.get(sign..).filter(|tail| !tail.is_empty()) {
            if tail.starts_with(self.assign.as_ref())
                && let Some((name, gap)) = self.key_before(text, at, sign, is_start)
            {
                let mut value = sign.wrapping_add(self.assign.len());
                // Blanks around signs are none of the value.
                while self.between.is_some() && text.get(value) == Some(&b' ') {
                    value = value.wrapping_add(1);
                }
                return Some(Key { name, gap, value });
            }
            sign = find_byte(text, first, sign.wrapping_add(1));
        }
        None
    }

    /// The key that ends at `end`, and where what separates it from the value before begins.
    fn key_before<'t>(
        &self,
        text: &'t [u8],
        from: usize,
        end: usize,
        is_start: bool,
    ) -> Option<(&'t [u8], usize)> {
        let before = text.get(from..end)?;
        let least = before.len().saturating_sub(MOST_KEY);
        let len = before.iter().skip(least).rev().take_while(|byte| self.is_of_key(**byte)).count();
        let (rest, name) = before.split_at_checked(before.len().saturating_sub(len))?;
        // Blanks within keys are part of them, those around are not.
        let name = name.trim_ascii();
        if name.is_empty() {
            return None;
        }
        // A tab may be the sign.
        let behind_blanks =
            if self.between.is_some() { without_blanks(rest) } else { rest.trim_ascii_end() };
        let gap = match (self.between, rest) {
            (_, []) => Some(0).filter(|_| is_start),
            (Some(sign), _) => behind_blanks
                .strip_suffix(&[sign])
                .or_else(|| Some(behind_blanks).filter(|rest| is_start && rest.is_empty()))
                .map(<[u8]>::len),
            (None, [.., last]) if *last == GROUP_SEPARATOR || self.nested == Some(*last) => {
                Some(rest.len().saturating_sub(1))
            }
            (None, [.., last]) => Some(behind_blanks.len()).filter(|_| last.is_ascii_whitespace()),
        };
        gap.map(|gap| (name, from.saturating_add(gap)))
    }

    fn is_of_key(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || b"_-.@[]/".contains(&byte)
            || byte == b' ' && self.between.is_some()
    }

    /// Where the quote stands that closes a value: behind it the pair ends.
    fn closing(&self, text: &[u8], from: usize, quote: u8, is_nested: bool) -> Option<usize> {
        let mut at = from;
        loop {
            let close = super::unescaped(text, quote, at)?;
            let behind = text.get(close.wrapping_add(1)..).unwrap_or_default();
            let ends = match (self.between, behind.first()) {
                (_, None) => true,
                (None, Some(next)) => {
                    next.is_ascii_whitespace()
                        || *next == GROUP_SEPARATOR
                        || is_nested && self.nested == Some(*next)
                        || closes_element(behind)
                        // The last attribute of an element of XML.
                        || behind.trim_ascii_end() == b"/>"
                }
                (Some(sign), Some(next)) => {
                    *next == sign
                        || closes_element(behind)
                        || *next == b' '
                            && behind.trim_ascii_start().first().is_none_or(|next| *next == sign)
                }
            };
            if ends {
                return Some(close);
            }
            at = close.wrapping_add(1);
        }
    }
}

/// True of what stands behind the last pair of structured data (RFC 5424): `] message`.
fn closes_element(behind: &[u8]) -> bool {
    matches!(behind, [b']'] | [b']', b' ', ..])
}

/// A line, and what stands behind its end.
fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let at = find_byte(text, b'\n', 0);
    (text.get(..at).unwrap_or_default(), text.get(at.saturating_add(1)..).unwrap_or_default())
}

/// Without the blanks that it ends with.
fn without_blanks(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

crate::stored::stored!(struct Pairs { assign, between, quotes, quoted, bare, nested, hex, arguments, joined });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_form::{Form, Kind, object_of};

    fn read(pairs: &Pairs, line: &str) -> Option<String> {
        object_of(&Form { after: None, kind: Kind::Pairs(pairs.clone()) }, line)
    }

    #[test]
    fn values_end_before_the_next_key() {
        for (line, object) in [
            ("a=1 b=2", Some(r#"{"a":"1","b":"2"}"#)),
            (
                "a=\"x y\" b=of several words c=d=e",
                Some(r#"{"a":"x y","b":"of several words","c":"d=e"}"#),
            ),
            (r#"a="say \"hi\", C:\new" b=2"#, Some(r#"{"a":"say \"hi\", C:\\new","b":"2"}"#)),
            (r#"a="" b= c=3"#, Some(r#"{"a":"","b":"","c":"3"}"#)),
            ("a=\"not closed b=2", Some(r#"{"a":"\"not closed","b":"2"}"#)),
            // The end of structured data, with a message behind it.
            (r#"a="1" b="x y"] told of"#, Some(r#"{"a":"1","b":"x y"}"#)),
            (r#"a="1" b="x"]"#, Some(r#"{"a":"1","b":"x"}"#)),
            (r#"a="x]y" b="x] y""#, Some(r#"{"a":"x]y","b":"x] y"}"#)),
            ("url=http://x/?p=1&q=2 b=2", Some(r#"{"url":"http://x/?p=1&q=2","b":"2"}"#)),
            ("a=1", None),
            ("words a=1 b=2", None),
            ("no pairs", None),
            ("", None),
        ] {
            assert_eq!(read(&Pairs::QUOTED, line).as_deref(), object, "{line}");
        }
    }

    #[test]
    fn pairs_with_signs_between() {
        let commas = Pairs { between: Some(b','), ..Pairs::QUOTED };
        assert_eq!(
            read(&commas, r#"date=2026-01-02,msg="a, b=c",level=x, y, last=1"#).as_deref(),
            Some(r#"{"date":"2026-01-02","msg":"a, b=c","level":"x, y","last":"1"}"#)
        );
        let colons = Pairs { assign: Cow::Borrowed(b": "), ..commas };
        assert_eq!(
            read(&colons, "SrcIP: 192.0.2.1, Prefilter Policy: Default Policy, URL: http://x:80/, Reason: A, B, Empty: , User: ann").as_deref(),
            Some(r#"{"SrcIP":"192.0.2.1","Prefilter Policy":"Default Policy","URL":"http://x:80/","Reason":"A, B","Empty":"","User":"ann"}"#)
        );
        for (line, object) in [
            (r#"A="x y" B="0"/>"#, r#"{"A":"x y","B":"0"}"#),
            ("A=\"\" B=\"0\"/>\n", r#"{"A":"","B":"0"}"#),
            (r#"Z=1 A="a"/> C="c""#, r#"{"Z":"1","A":"a\"/> C=\"c"}"#),
        ] {
            assert_eq!(read(&Pairs::QUOTED, line).as_deref(), Some(object), "{line}");
        }
        assert_eq!(
            read(&Pairs::bare(Some(b'\t'), Escapes::None), "usr=ann lee\tq=\"a\"\tx=1 y=2")
                .as_deref(),
            Some(r#"{"usr":"ann lee","q":"\"a\"","x":"1 y=2"}"#)
        );
    }

    #[test]
    fn pairs_within_pairs_and_hexadecimal() {
        let nested = Pairs { nested: Some(b'\''), hex: vec!["cmd".to_owned()], ..Pairs::QUOTED };
        let form = Form {
            after: Some(
                Dissect::compile_head("type=%{type} msg=audit(%{stamp}:%{serial}):").unwrap(),
            ),
            kind: Kind::Pairs(nested),
        };
        for (line, object) in [
            (
                "type=USER_CMD msg=audit(1700000000.123:45): user pid=1 uid=0 msg='cwd=\"/\" cmd=6c73202d6c terminal=? res=success'",
                r#"{"type":"USER_CMD","stamp":"1700000000.123","serial":"45","pid":"1","uid":"0","cwd":"/","cmd":"ls -l","terminal":"?","res":"success"}"#,
            ),
            (
                "type=ADD_USER msg=audit(1.2:3): pid=1 msg='op=adding user id=1000 exe=\"/usr/sbin/useradd\" acct=\"bob\"'\u{1d}UID=\"root\" AUID=\"ann\"",
                r#"{"type":"ADD_USER","stamp":"1.2","serial":"3","pid":"1","op":"adding user","id":"1000","exe":"/usr/sbin/useradd","acct":"bob","UID":"root","AUID":"ann"}"#,
            ),
            (
                "type=X msg=audit(1.2:3): msg='res=ok'UID=\"root\"",
                r#"{"type":"X","stamp":"1.2","serial":"3","res":"ok","UID":"root"}"#,
            ),
            ("type=EOE msg=audit(1.2:3): ", r#"{"type":"EOE","stamp":"1.2","serial":"3"}"#),
            (
                "type=PATH msg=audit(1.2:3): cmd=\"6c73\" x=1",
                r#"{"type":"PATH","stamp":"1.2","serial":"3","cmd":"6c73","x":"1"}"#,
            ),
        ] {
            assert_eq!(object_of(&form, line).as_deref(), Some(object), "{line}");
        }
        assert_eq!(object_of(&form, "type=UNKNOWN[1329] msg=g"), None);
    }

    #[test]
    fn lines_of_one_event_are_read_together() {
        let joined =
            Pairs { arguments: "argc".to_owned(), joined: "type".to_owned(), ..Pairs::QUOTED };
        let form = Form {
            after: Some(
                Dissect::compile_head("type=%{type} msg=audit(%{stamp}:%{serial}):").unwrap(),
            ),
            kind: Kind::Pairs(joined),
        };
        for (line, object) in [
            (
                "type=SYSCALL msg=audit(1.2:3): uid=0 a0=1\ntype=EXECVE msg=audit(1.2:3): argc=3 a0=\"ls\" a1=\"-l\" a2=2F76617220616E64\r\n\n type=CWD msg=audit(1.2:3): cwd=\"/\"\n",
                r#"{"type":"SYSCALL","stamp":"1.2","serial":"3","uid":"0","a0":"1","execve_argc":"3","execve_a0":"ls","execve_a1":"-l","execve_a2":"2F76617220616E64","execve_arguments":"ls -l /var and","cwd_cwd":"/"}"#,
            ),
            // Another event's line, and what stands behind it.
            (
                "type=PATH msg=audit(1.2:3): name=\"/a\"\ntype=PATH msg=audit(1.2:4): name=\"/b\"\ntype=CWD msg=audit(1.2:3): cwd=\"/\"",
                r#"{"type":"PATH","stamp":"1.2","serial":"3","name":"/a"}"#,
            ),
            (
                "type=PATH msg=audit(1.2:3): name=\"/a\"\nuid=0 name=\"/b\"",
                r#"{"type":"PATH","stamp":"1.2","serial":"3","name":"/a"}"#,
            ),
            (
                "type=EXECVE msg=audit(1.2:3): argc=1 a0=10 a1=\"x",
                r#"{"type":"EXECVE","stamp":"1.2","serial":"3","argc":"1","a0":"10","a1":"\"x","arguments":"10 \"x"}"#,
            ),
        ] {
            assert_eq!(object_of(&form, line).as_deref(), Some(object), "{line}");
        }
    }
}
