//! Texts in the spelling that patterns are written in: JSON without blanks between its values, other text with single blanks and without comments of SQL.
//! Whoever writes a text chooses its blanks, and must not choose by them whether a rule matches.

use crate::pattern::{BLANKS, QUOTES};
use crate::text::{Full, find_below_digits, find_byte, find_either, hex4};

/// From this length on, what lies between two signs is copied at once.
const LONG: usize = 512;

/// Capacity that is kept from record to record.
const KEPT: usize = 64 << 10;

/// Texts of one record that are known, each respelled once at most: patterns of many rules ask for the same few.
const KNOWN: usize = 16;

/// The texts of a record that were asked for, respelled where they must be.
#[derive(Debug, Default)]
pub struct Spelling {
    /// All that was respelled, one behind the other.
    text: Vec<u8>,
    known: [Known; KNOWN],
    used: usize,
}

/// One text of the record.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Address and length of the text in the record.
    key: (usize, usize),
    /// Where it stands respelled; empty where patterns spell it as it is.
    start: usize,
    end: usize,
}

impl Spelling {
    /// Forgets the record before.
    pub fn forget(&mut self) {
        self.used = 0;
        if self.text.capacity() > KEPT {
            self.text = Vec::new();
        }
        self.text.clear();
    }

    /// The text as patterns spell it, if it is spelled otherwise. `written` is the text as it stands in the record, by which it is known again.
    pub fn of(&mut self, written: &[u8], text: &[u8], asks: u8) -> Option<&[u8]> {
        if asks & if is_json(text) { QUOTES } else { BLANKS } == 0 {
            return None;
        }
        let key = (written.as_ptr() as usize, written.len());
        let known = self.known.get(..self.used).unwrap_or_default();
        let known = match known.iter().find(|known| known.key == key) {
            Some(known) => *known,
            None => self.learn(key, text),
        };
        self.text.get(known.start..known.end).filter(|text| !text.is_empty())
    }

    #[inline(never)]
    fn learn(&mut self, key: (usize, usize), text: &[u8]) -> Known {
        if self.used == KNOWN {
            self.used = 0;
            self.text.clear();
        }
        let start = self.text.len();
        let is_other = may_differ(text) && respell(text, &mut self.text).unwrap_or(false);
        if !is_other {
            self.text.truncate(start);
        }
        let known = Known { key, start, end: self.text.len() };
        self.known.get_mut(self.used).into_iter().for_each(|place| *place = known);
        self.used = self.used.saturating_add(1);
        known
    }
}

fn is_json(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start(), [b'{' | b'[', ..])
}

/// False if the text is spelled as patterns are; told without copying it.
fn may_differ(text: &[u8]) -> bool {
    if is_json(text) {
        let has = |byte: u8| find_byte(text, byte, 0) < text.len();
        return [b' ', b'\n', b'\\', b'\t'].into_iter().any(has);
    }
    text.starts_with(b" ") || text.ends_with(b" ") || has_odd_blanks(text)
}

/// True if two blanks stand together, or there is other white space, or a star, without which there is no comment.
fn has_odd_blanks(text: &[u8]) -> bool {
    let mut is_blank = false;
    let mut is_odd = |byte: u8| {
        let before = std::mem::replace(&mut is_blank, byte == b' ');
        before && byte == b' ' || byte < b' ' || byte == b'*'
    };
    let (words, rest) = text.as_chunks::<8>();
    let mut behind = 0u64;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let blanks = zeros(word ^ ONES.wrapping_mul(b' '.into()));
        let stars = zeros(word ^ ONES.wrapping_mul(b'*'.into()));
        let control = !((word & LOW).wrapping_add(ONES.wrapping_mul(0x60)) | word) & HIGH;
        if stars | control | blanks & (blanks << 8 | behind) != 0 {
            return true;
        }
        behind = blanks >> 56;
    }
    is_odd(if behind == 0 { b'a' } else { b' ' });
    rest.iter().any(|byte| is_odd(*byte))
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;
const LOW: u64 = !HIGH;

/// The highest bit of each byte that is zero.
fn zeros(word: u64) -> u64 {
    !((word & LOW).wrapping_add(LOW) | word) & HIGH
}

/// Appends the text as patterns spell it; false if it was so already.
fn respell(text: &[u8], out: &mut Vec<u8>) -> Result<bool, Full> {
    let start = out.len();
    // It grows no longer.
    out.try_reserve(text.len()).map_err(|_| Full)?;
    if is_json(text) {
        without_blanks(text, out);
    } else {
        with_single_blanks(text, out);
    }
    Ok(out.get(start..) != Some(text))
}

/// JSON without blanks outside of its strings, and with letters in place of their codes.
fn without_blanks(text: &[u8], out: &mut Vec<u8>) {
    let (mut at, mut is_string) = (0usize, false);
    loop {
        if is_string {
            let end = find_either(text, b'"', b'\\', at);
            out.extend_from_slice(text.get(at..end).unwrap_or_default());
            at = end;
        }
        let Some(&byte) = text.get(at) else { break };
        let next = at.wrapping_add(1);
        at = next;
        match (byte, text.get(next)) {
            (b'"', _) => {
                is_string = !is_string;
                out.push(byte);
            }
            (b'\\', Some(b'/')) => {}
            (b'\\', Some(b'u')) if letter(text, next).is_some() => {
                out.extend(letter(text, next));
                at = next.saturating_add(5);
            }
            (b'\\', Some(&escaped)) => {
                out.extend([byte, escaped]);
                at = next.saturating_add(1);
            }
            _ if is_string || !byte.is_ascii_whitespace() => out.push(byte),
            _ => {}
        }
    }
}

/// The printable letter whose code stands behind the `u`, unless JSON must escape it.
fn letter(text: &[u8], at: usize) -> Option<u8> {
    let code = hex4(text.get(at.saturating_add(1)..)?)?;
    let letter = u8::try_from(code).ok()?;
    ((b' '..0x7f).contains(&letter) && !b"\"\\".contains(&letter)).then_some(letter)
}

/// Text with one blank for each run of white space and comments, and none at its ends.
fn with_single_blanks(text: &[u8], out: &mut Vec<u8>) {
    let (mut at, mut quote, mut is_open) = (0usize, None, false);
    let start = out.len();
    let last_line = text.iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
    loop {
        // All that matters here is below the digits. Short texts are words between blanks, which cost less byte by byte.
        let end = if text.len() >= LONG { find_below_digits(text, at) } else { at };
        if end > at {
            if std::mem::take(&mut is_open) {
                out.push(b' ');
            }
            out.extend_from_slice(text.get(at..end).unwrap_or_default());
            at = end;
        }
        let Some(&byte) = text.get(at) else { break };
        let next = at.wrapping_add(1);
        let comment = if quote.is_none() { comment(text, at, last_line) } else { None };
        if byte.is_ascii_whitespace() || comment.is_some() {
            is_open = out.len() > start;
            at = comment.unwrap_or(next);
            continue;
        }
        if std::mem::take(&mut is_open) {
            out.push(b' ');
        }
        out.push(byte);
        quote = match quote {
            None if b"'\"".contains(&byte) => Some(byte),
            Some(open) if open == byte => None,
            open => open,
        };
        at = next;
    }
}

/// The end of a comment that begins here: `/* .. */`, or `--` up to the end of a line that another follows. `last_line` is where the last line ends that has
/// one: each byte is looked at once, however many comments seem to begin.
fn comment(text: &[u8], at: usize, last_line: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let end = match rest {
        [b'/', b'*', inside @ ..] => {
            let end = inside.windows(2).position(|pair| pair == b"*/");
            end.map_or(rest.len(), |end| end.saturating_add(4))
        }
        [b'-', b'-', inside @ ..] if at < last_line => {
            inside.iter().position(|byte| *byte == b'\n')?.saturating_add(3)
        }
        _ => return None,
    };
    Some(at.saturating_add(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respelled(text: &str) -> Option<String> {
        let mut spelling = Spelling::default();
        let text = text.as_bytes();
        let found = spelling.of(text, text, BLANKS | QUOTES);
        found.map(|text| String::from_utf8_lossy(text).into_owned())
    }

    #[test]
    fn json_is_compact_and_other_text_has_single_blanks() {
        for (text, wanted) in [
            (r#"{"Action":"*"}"#, None),
            ("{\n  \"Action\": [\n    \"*\"\n  ]\n}", Some(r#"{"Action":["*"]}"#)),
            (r#"{"a b" : "c  d", "e":"\"  f"}"#, Some(r#"{"a b":"c  d","e":"\"  f"}"#)),
            (r#"["i\u0061m:*","\u0022","a\/b"]"#, Some(r#"["iam:*","\u0022","a/b"]"#)),
            ("copy into 's3://b'", None),
            (" copy\n\tinto  's3://a  b' ", Some("copy into 's3://a b'")),
            ("/* x */ copy/**/into -- y\n t", Some("copy into t")),
            ("select '-- /* a' from\nt", Some("select '-- /* a' from t")),
            ("rm --no-preserve-root /", None),
            ("a /* b", Some("a")),
            ("", None),
            ("seven b  two", Some("seven b two")),
            ("1234567  9", Some("1234567 9")),
            ("a b c d e f g h i j", None),
            ("12345678901234\t6", Some("12345678901234 6")),
        ] {
            assert_eq!(respelled(text).as_deref(), wanted, "{text}");
        }
    }

    proptest::proptest! {
        /// Texts that differ in blanks alone are spelled alike, and what is respelled stays so.
        #[test]
        fn spelling_is_settled(text in "[ \t\na-c'\"{}:,\\\\/*-]{0,40}") {
            if let Some(once) = respelled(&text) {
                let mut again = Vec::new();
                proptest::prop_assert!(once.len() <= text.len());
                if !is_json(once.as_bytes()) && !once.contains(['\'', '"', '*', '-', '/']) {
                    proptest::prop_assert_eq!(respell(once.as_bytes(), &mut again).ok(), Some(false));
                }
            }
        }
    }
}
