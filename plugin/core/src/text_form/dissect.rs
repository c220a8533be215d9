//! Patterns of lines of text: `%{field}` between literal pieces, read in one pass without going back.

use super::object::{Object, Piece};
use crate::text::{find_byte, find_pair};

/// Fields of one pattern.
pub const MOST_FIELDS: usize = 64;

/// A compiled pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dissect {
    pattern: String,
    /// Text before the first field.
    head: Vec<u8>,
    fields: Vec<Field>,
}

/// A field and the literal piece behind it; an empty piece means the rest of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    /// Empty where the value is passed over.
    name: String,
    until: Vec<u8>,
    /// The value stands between quotes, within which `\"` is no end.
    is_quoted: bool,
}

impl Dissect {
    /// Reads a pattern of a whole line; what is wrong with it where it is none.
    pub fn compile(pattern: &str) -> Result<Dissect, String> {
        let made = Dissect::pieces(pattern)?;
        if made.fields.is_empty() {
            Err(format!("`{pattern}` has no `%{{field}}`"))
        } else {
            Ok(made)
        }
    }

    /// Reads a pattern of what stands before something else.
    pub fn compile_head(pattern: &str) -> Result<Dissect, String> {
        let made = Dissect::pieces(pattern)?;
        match made.fields.last() {
            Some(last) if last.until.is_empty() => {
                Err(format!("`{pattern}` ends in a field: end it in what stands before the rest"))
            }
            _ => Ok(made),
        }
    }

    fn pieces(pattern: &str) -> Result<Dissect, String> {
        let mut pieces = pattern.split("%{");
        let head = pieces.next().unwrap_or_default().as_bytes().to_vec();
        let mut fields: Vec<Field> = Vec::new();
        let mut before = head.clone();
        for piece in pieces {
            let Some((name, until)) = piece.split_once('}') else {
                return Err(format!("`{pattern}` has a `%{{` without its `}}`"));
            };
            let fits = name.len() <= 64
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
            if !fits {
                return Err(format!(
                    "`%{{{name}}}` is not a field: letters, digits, `_` and `-`, or nothing to pass the value over"
                ));
            }
            if before.is_empty() && !fields.is_empty() {
                return Err(format!("`{pattern}` has two fields with nothing between them"));
            }
            if !name.is_empty() && fields.iter().any(|field| field.name == name) {
                return Err(format!("`{pattern}` has `%{{{name}}}` twice"));
            }
            let is_quoted = before.ends_with(b"\"") && until.starts_with('"');
            before = until.as_bytes().to_vec();
            fields.push(Field { name: name.to_owned(), until: before.clone(), is_quoted });
        }
        let is_blank = head
            .iter()
            .chain(fields.iter().flat_map(|field| &field.until))
            .all(|byte| *byte == b' ');
        match fields.len() {
            MOST_FIELDS.. => Err(format!(
                "`{pattern}` has {} fields; at most {} can be had",
                fields.len(),
                MOST_FIELDS.saturating_sub(1)
            )),
            _ if is_blank => Err(format!(
                "`{pattern}` fits every line: it needs a letter or a sign that its lines have"
            )),
            _ => Ok(Dissect { pattern: pattern.to_owned(), head, fields }),
        }
    }

    /// The longest word that a line of this pattern has, with the blank before and behind it.
    pub fn word(&self) -> &[u8] {
        let pieces =
            std::iter::once(&self.head).chain(self.fields.iter().map(|field| &field.until));
        pieces.flat_map(|piece| words(piece)).max_by_key(|word| word.len()).unwrap_or_default()
    }

    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str()).filter(|name| !name.is_empty())
    }

    /// As the pack writes it.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Reads a line that fits as a whole; the values come in the order they stand.
    pub fn read(&self, line: &[u8], object: &mut Object<'_>) -> bool {
        self.read_head(line.trim_ascii_end(), object).is_some_and(<[u8]>::is_empty)
    }

    /// Reads what a line begins with; gives the rest.
    pub fn read_head<'t>(&self, line: &'t [u8], object: &mut Object<'_>) -> Option<&'t [u8]> {
        let mut rest = behind(line, &self.head)?;
        for field in &self.fields {
            let (text, behind) = if field.until.is_empty() {
                (rest, &b""[..])
            } else {
                split(rest, &field.until, field.is_quoted)?
            };
            if !field.name.is_empty() {
                object.put(field.name.as_bytes(), Piece::plain(text));
            }
            rest = behind;
        }
        Some(rest)
    }

    /// Reads what another line begins with, where it has the values of `head` but for that of one field: this value, and the rest of the line.
    pub fn read_like<'t>(
        &self,
        head: &[u8],
        line: &'t [u8],
        but: &str,
    ) -> Option<(&'t [u8], &'t [u8])> {
        let (mut known, mut rest) = (behind(head, &self.head)?, behind(line, &self.head)?);
        let mut own = None;
        for field in &self.fields {
            let (wanted, behind_known) = split(known, &field.until, field.is_quoted)?;
            let (text, behind) = split(rest, &field.until, field.is_quoted)?;
            if field.name == but {
                own = Some(text);
            } else if text != wanted && !field.name.is_empty() {
                return None;
            }
            (known, rest) = (behind_known, behind);
        }
        own.map(|own| (own, rest))
    }
}

/// The words of a literal piece. Of the blanks between them, one on each side is there, however many a line has.
fn words(piece: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut from = 0usize;
    piece.split(|byte| *byte == b' ').filter_map(move |word| {
        let start = from;
        from = start.wrapping_add(word.len()).wrapping_add(1);
        piece.get(start.saturating_sub(1)..from.min(piece.len())).filter(|_| !word.is_empty())
    })
}

/// Text after the literal piece, if the text begins with it: a blank stands for one or more of them.
fn behind<'t>(text: &'t [u8], piece: &[u8]) -> Option<&'t [u8]> {
    let (mut at, mut was_blank) = (0usize, false);
    for byte in piece {
        let is_blank = *byte == b' ';
        if !(is_blank && was_blank) {
            if text.get(at) != Some(byte) {
                return None;
            }
            at = at.wrapping_add(1);
        }
        while is_blank && text.get(at) == Some(&b' ') {
            at = at.wrapping_add(1);
        }
        was_blank = is_blank;
    }
    text.get(at..)
}

/// The text before the first place where the piece stands, and what follows it.
fn split<'t>(text: &'t [u8], piece: &[u8], is_quoted: bool) -> Option<(&'t [u8], &'t [u8])> {
    let at_place = |at: usize| {
        let (before, tail) = text.split_at_checked(at)?;
        let is_escaped =
            is_quoted && before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        behind(tail, piece).filter(|_| !is_escaped).map(|rest| (before, rest))
    };
    let blanks = piece.iter().take_while(|byte| **byte == b' ').count();
    match (blanks, piece.get(blanks..)?) {
        (_, []) | (0, [_]) => {
            let first = *piece.first()?;
            let mut at = find_byte(text, first, 0);
            while at < text.len() {
                if let Some(parts) = at_place(at) {
                    return Some(parts);
                }
                at = find_byte(text, first, at.saturating_add(1));
            }
            None
        }
        (0, [first, second, ..]) => find_pair(text, [*first, *second], 0, at_place),
        // What stands before a word is short of the blanks before it, however many.
        (_, [first, ..]) => find_pair(text, [b' ', *first], 0, |at| {
            let before = text.get(..at).unwrap_or_default();
            let blanks = before.iter().rev().take_while(|byte| **byte == b' ').count();
            at_place(at.saturating_sub(blanks))
        }),
    }
}

crate::stored::stored!(struct Dissect { pattern, head, fields });
crate::stored::stored!(struct Field { name, until, is_quoted });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_form::{Form, Kind, object_of};

    fn read(pattern: &str, line: &str) -> Option<String> {
        let pattern = Dissect::compile(pattern).unwrap_or_else(|wrong| panic!("{wrong}"));
        object_of(&Form { after: None, kind: Kind::Line(pattern) }, line)
    }

    #[test]
    fn lines_that_fit_and_lines_that_do_not() {
        for (pattern, line, values) in [
            (
                "%{when} [%{level}] %{user}: %{rest}",
                "2026 [INFO] ann: did a thing",
                Some(r#"{"when":"2026","level":"INFO","user":"ann","rest":"did a thing"}"#),
            ),
            ("%{when} [%{level}] %{user}: %{rest}", "2026 INFO ann: did a thing", None),
            (
                "login of %{user} from %{ip}",
                "login of ann   from 192.0.2.1",
                Some(r#"{"user":"ann","ip":"192.0.2.1"}"#),
            ),
            (
                "user=\"%{user}\" ip=%{ip}",
                "user=\"a \\\" ip=b\" ip=1",
                Some(r#"{"user":"a \\\" ip=b","ip":"1"}"#),
            ),
            ("%{}: %{message}", "x: y: z", Some(r#"{"message":"y: z"}"#)),
            ("done %{user}.", "done ann.", Some(r#"{"user":"ann"}"#)),
            ("done %{user}.", "done ann. really", None),
            ("%{a},%{b},%{c}", ",,", Some(r#"{"a":"","b":"","c":""}"#)),
        ] {
            assert_eq!(read(pattern, line).as_deref(), values, "{pattern} {line}");
        }
    }

    #[test]
    fn patterns_that_are_none() {
        for pattern in ["", "no field", "%{a", "%{a}%{b}", "%{a b}", "%{a} %{b}", "%{a}-%{a}"] {
            assert!(Dissect::compile(pattern).is_err(), "{pattern}");
        }
    }
}
