//! Patterns of lines of text: `%{field}` between literal pieces, read in one pass without going back.

use crate::parse::text::find_byte;

/// Fields of one pattern.
pub const MOST_FIELDS: usize = 64;

/// A compiled pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dissect {
    pattern: String,
    /// What stands before the first field.
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
    /// Reads a pattern; what is wrong with it where it is none.
    pub fn compile(pattern: &str) -> Result<Dissect, String> {
        let mut pieces = pattern.split("%{");
        let head = pieces.next().unwrap_or_default().as_bytes().to_vec();
        let mut fields: Vec<Field> = Vec::new();
        let mut before = head.clone();
        for piece in pieces {
            let Some((name, until)) = piece.split_once('}') else { return Err(format!("`{pattern}` has a `%{{` without its `}}`")) };
            let fits = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
            if !fits {
                return Err(format!("`%{{{name}}}` is no field: letters, digits, `_` and `-`, or nothing to pass the value over"));
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
        let is_blank = head.iter().chain(fields.iter().flat_map(|field| &field.until)).all(|byte| *byte == b' ');
        match fields.len() {
            0 => Err(format!("`{pattern}` has no `%{{field}}`")),
            MOST_FIELDS.. => Err(format!("`{pattern}` has {} fields; at most {} can be had", fields.len(), MOST_FIELDS.saturating_sub(1))),
            _ if is_blank => Err(format!("`{pattern}` fits every line: it needs a letter or a sign that its lines have")),
            _ => Ok(Dissect { pattern: pattern.to_owned(), head, fields }),
        }
    }

    /// As the pack writes it.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Reads a line that fits as a whole; the values come in the order they stand.
    pub fn read<'p, 't>(&'p self, line: &'t [u8], mut value: impl FnMut(&'p str, &'t [u8])) -> bool {
        if self.values(line, |_, _| {}).is_none() {
            return false;
        }
        self.values(line, &mut value).is_some()
    }

    fn values<'p, 't>(&'p self, line: &'t [u8], mut value: impl FnMut(&'p str, &'t [u8])) -> Option<()> {
        let mut rest = behind(line, &self.head)?;
        for field in &self.fields {
            let (text, behind) = if field.until.is_empty() { (rest, &b""[..]) } else { split(rest, &field.until, field.is_quoted)? };
            if !field.name.is_empty() {
                value(&field.name, text);
            }
            rest = behind;
        }
        rest.is_empty().then_some(())
    }
}

/// What follows the literal piece where the text begins with it: a blank stands for one or more of them.
fn behind<'t>(text: &'t [u8], piece: &[u8]) -> Option<&'t [u8]> {
    let mut rest = text;
    let mut was_blank = false;
    for byte in piece {
        if *byte == b' ' {
            if !was_blank {
                rest = rest.strip_prefix(b" ")?;
            }
            while let Some(more) = rest.strip_prefix(b" ") {
                rest = more;
            }
            was_blank = true;
        } else {
            rest = rest.strip_prefix(std::slice::from_ref(byte))?;
            was_blank = false;
        }
    }
    Some(rest)
}

/// The text before the first place where the piece stands, and what follows it.
fn split<'t>(text: &'t [u8], piece: &[u8], is_quoted: bool) -> Option<(&'t [u8], &'t [u8])> {
    let first = *piece.first()?;
    let mut at = find_byte(text, first, 0);
    while let Some((before, tail)) = text.split_at_checked(at).filter(|(_, tail)| !tail.is_empty()) {
        let is_escaped = is_quoted && before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        if let Some(rest) = behind(tail, piece).filter(|_| !is_escaped) {
            return Some((before, rest));
        }
        at = find_byte(text, first, at.saturating_add(1));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, line: &str) -> Option<String> {
        let pattern = Dissect::compile(pattern).unwrap_or_else(|wrong| panic!("{wrong}"));
        let mut values = Vec::new();
        let fits = pattern.read(line.as_bytes(), |name, value| values.push(format!("{name}={}", String::from_utf8_lossy(value))));
        fits.then(|| values.join("|"))
    }

    #[test]
    fn lines_that_fit_and_lines_that_do_not() {
        for (pattern, line, values) in [
            ("%{when} [%{level}] %{user}: %{rest}", "2026 [INFO] ann: did a thing", Some("when=2026|level=INFO|user=ann|rest=did a thing")),
            ("%{when} [%{level}] %{user}: %{rest}", "2026 INFO ann: did a thing", None),
            ("login of %{user} from %{ip}", "login of ann   from 192.0.2.1", Some("user=ann|ip=192.0.2.1")),
            ("user=\"%{user}\" ip=%{ip}", "user=\"a \\\" ip=b\" ip=1", Some("user=a \\\" ip=b|ip=1")),
            ("%{}: %{message}", "x: y: z", Some("message=y: z")),
            ("done %{user}.", "done ann.", Some("user=ann")),
            ("done %{user}.", "done ann. really", None),
            ("%{a},%{b},%{c}", ",,", Some("a=|b=|c=")),
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
