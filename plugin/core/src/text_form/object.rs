//! The flat object that a line of text is read as, written as JSON while the line is read.

use crate::text::{Full, Sink, escape, hex, put};

/// Members of one object; what a line has beyond them is passed over.
pub const MOST_MEMBERS: usize = 512;

/// A value as it stands in a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Piece<'t> {
    pub text: &'t [u8],
    pub escapes: Escapes,
}

/// Rules for a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// Quotes of both kinds, and itself.
    Quotes,
    /// Rules of CEF's header and extension.
    Cef,
}

impl Signs {
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Signs::Quotes => b"\\'\"",
            Signs::Cef => b"=\\|\"",
        }
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Escapes {
    /// As it stands.
    #[default]
    None,
    /// This sign stands twice for itself.
    Doubled(u8),
    /// A backslash before one of these signs is taken off; any other is kept.
    Backslash(Signs),
    /// As above, and `\n`, `\r` and `\t` are control characters.
    Breaks(Signs),
    /// Two hexadecimal digits a byte.
    Hex,
    /// Entities of XML.
    Xml,
}

impl<'t> Piece<'t> {
    pub fn plain(text: &'t [u8]) -> Piece<'t> {
        Piece { text, escapes: Escapes::None }
    }
}

/// An object on its way to the end of a buffer.
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    members: usize,
    /// A comma is due before the next member.
    is_behind: bool,
    is_full: bool,
    is_cut: bool,
    /// A value stands otherwise in the line.
    is_decoded: bool,
    /// Stands before each key, in lower case, with `_` behind it.
    prefix: [u8; LONGEST_PREFIX],
    prefix_len: usize,
}

/// Longer ones are cut, and before a letter that is not ASCII.
const LONGEST_PREFIX: usize = 24;

impl<'a> Object<'a> {
    pub fn begin(out: &'a mut Vec<u8>) -> Object<'a> {
        let is_full = put(b"{", out).is_err();
        Object {
            out,
            members: 0,
            is_behind: false,
            is_full,
            is_cut: false,
            is_decoded: false,
            prefix: [0; LONGEST_PREFIX],
            prefix_len: 0,
        }
    }

    /// Adds a member, unless there are too many.
    pub fn put(&mut self, key: &[u8], value: Piece<'_>) {
        if self.members >= MOST_MEMBERS {
            self.is_cut = true;
            return;
        }
        self.key(key);
        self.raw(b"\"");
        self.value(value);
        self.raw(b"\"");
    }

    /// Names the members that follow after this text, or by their own keys where it is empty.
    pub fn name_after(&mut self, text: &[u8]) {
        let ascii = text.iter().take_while(|byte| byte.is_ascii()).count();
        let prefix = match text.get(..ascii) {
            Some(ascii @ [_, ..]) => ascii,
            _ if text.is_empty() => b"",
            // Never by their own keys, which stand for the first line's.
            _ => b"other",
        };
        let len = prefix.len().min(LONGEST_PREFIX);
        for (place, byte) in self.prefix.iter_mut().zip(prefix) {
            *place = byte.to_ascii_lowercase();
        }
        self.prefix_len = len;
    }

    /// Begins a member of several values with a blank between them, unless there are too many.
    pub fn begin_list(&mut self, key: &[u8]) -> bool {
        let fits = self.members < MOST_MEMBERS;
        self.is_cut |= !fits;
        if fits {
            self.key(key);
            self.raw(b"\"");
        }
        fits
    }

    /// Adds a value to such a member.
    pub fn add(&mut self, value: Piece<'_>, is_first: bool) {
        if !is_first {
            self.raw(b" ");
        }
        self.value(value);
    }

    pub fn end_list(&mut self) {
        self.raw(b"\"");
    }

    /// Opens an object within.
    pub fn open(&mut self, key: &[u8]) {
        self.key(key);
        self.raw(b"{");
        self.is_behind = false;
    }

    pub fn close(&mut self) {
        self.raw(b"}");
        self.is_behind = true;
    }

    /// True if the line had more than was read.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// True if a value stands otherwise in the line.
    pub fn is_decoded(&self) -> bool {
        self.is_decoded
    }

    /// Closes the object: how many members it has. An error where memory was short.
    pub fn end(&mut self) -> Result<usize, Full> {
        self.raw(b"}");
        if self.is_full { Err(Full) } else { Ok(self.members) }
    }

    fn key(&mut self, key: &[u8]) {
        self.raw(if self.is_behind { b",\"" } else { b"\"" });
        if self.prefix_len > 0 {
            let prefix = self.prefix;
            escape(prefix.get(..self.prefix_len).unwrap_or_default(), self);
            self.raw(b"_");
        }
        escape(key, self);
        self.raw(b"\":");
        self.is_behind = true;
        self.members = self.members.wrapping_add(1);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.is_full |= put(bytes, self.out).is_err();
    }

    /// The content of a value, run by run between what is escaped.
    fn value(&mut self, value: Piece<'_>) {
        let (sign, mut rest) = match value.escapes {
            Escapes::None => return escape(value.text, self),
            Escapes::Hex => {
                self.is_decoded = true;
                return self.hex(value.text);
            }
            Escapes::Xml => return self.xml(value.text),
            Escapes::Doubled(sign) => (sign, value.text),
            Escapes::Backslash(_) | Escapes::Breaks(_) => (b'\\', value.text),
        };
        loop {
            let at = crate::text::find_byte(rest, sign, 0);
            let Some((plain, [first, next, behind @ ..])) = rest.split_at_checked(at) else {
                return escape(rest, self);
            };
            escape(plain, self);
            match meant(value.escapes, *next) {
                Some(byte) => {
                    escape(&[byte], self);
                    rest = behind;
                }
                None => {
                    escape(&[*first], self);
                    rest = rest.get(at.wrapping_add(1)..).unwrap_or_default();
                }
            }
        }
    }

    /// Replaces entities of XML, those that have a name and those that have a number; others stay as they stand.
    fn xml(&mut self, text: &[u8]) {
        let mut rest = text;
        loop {
            let at = crate::text::find_byte(rest, b'&', 0);
            let (plain, entity) = rest.split_at_checked(at).unwrap_or((rest, b""));
            escape(plain, self);
            if entity.is_empty() {
                return;
            }
            let end = entity.iter().take(LONGEST_ENTITY).position(|byte| *byte == b';');
            let name = end.and_then(|end| entity.get(1..end));
            match (name.and_then(character), end) {
                (Some(character), Some(end)) => {
                    self.is_decoded = true;
                    escape(character.encode_utf8(&mut [0; 4]).as_bytes(), self);
                    rest = entity.get(end.wrapping_add(1)..).unwrap_or_default();
                }
                _ => {
                    escape(b"&", self);
                    rest = entity.get(1..).unwrap_or_default();
                }
            }
        }
    }

    /// Replaces bytes that are not UTF-8 with U+FFFD, and zeros, which separate arguments, with blanks.
    fn hex(&mut self, digits: &[u8]) {
        // Characters are at most four bytes long: those that a chunk ends within wait for the next.
        let mut held = [0u8; 68];
        let mut len = 0usize;
        for pair in digits.as_chunks::<2>().0 {
            let byte = byte_of(*pair).unwrap_or_default();
            if let Some(place) = held.get_mut(len) {
                *place = if byte == 0 { b' ' } else { byte };
            }
            len = len.wrapping_add(1);
            if len == held.len() {
                len = self.lossy(&mut held, len, false);
            }
        }
        self.lossy(&mut held, len, true);
    }

    /// Writes what is complete; what is not, moves to the beginning, and its length comes back.
    fn lossy(&mut self, held: &mut [u8; 68], len: usize, is_last: bool) -> usize {
        let text = held.get(..len).unwrap_or_default();
        let left = if is_last { 0 } else { unfinished(text) };
        let end = len.saturating_sub(left);
        for chunk in text.get(..end).unwrap_or_default().utf8_chunks() {
            escape(chunk.valid().as_bytes(), self);
            if !chunk.invalid().is_empty() {
                escape("\u{fffd}".as_bytes(), self);
            }
        }
        held.copy_within(end..len, 0);
        left
    }
}

impl Sink for Object<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.raw(bytes);
    }
}

const LONGEST_ENTITY: usize = 12;

/// The character that an entity of XML stands for.
fn character(entity: &[u8]) -> Option<char> {
    let by_number = |digits: &[u8], radix| {
        let digits = std::str::from_utf8(digits).ok()?;
        char::from_u32(u32::from_str_radix(digits, radix).ok()?)
    };
    match entity {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x' | b'X', digits @ ..] => by_number(digits, 16),
        [b'#', digits @ ..] => by_number(digits, 10),
        _ => None,
    }
}

/// Meaning of the byte after the escape character, if the two are an escape.
fn meant(escapes: Escapes, next: u8) -> Option<u8> {
    match (escapes, next) {
        (Escapes::Doubled(sign), _) => Some(sign).filter(|sign| *sign == next),
        (Escapes::Breaks(_), b'n') => Some(b'\n'),
        (Escapes::Breaks(_), b'r') => Some(b'\r'),
        (Escapes::Breaks(_), b't') => Some(b'\t'),
        (Escapes::Backslash(signs) | Escapes::Breaks(signs), _) => {
            Some(next).filter(|next| signs.bytes().contains(next))
        }
        _ => None,
    }
}

/// True if the text is a value in hexadecimal digits, as the audit daemon writes one that has blanks, quotes or other signs than printable ones. Numbers and
/// addresses in memory are written with such digits too: they are at most eight bytes and make no text.
pub fn is_hex(text: &[u8]) -> bool {
    let (pairs, rest) = text.as_chunks::<2>();
    let is_digits = rest.is_empty() && pairs.iter().all(|pair| byte_of(*pair).is_some());
    is_digits && if pairs.len() <= ADDRESS { is_text(pairs) } else { true }
}

/// Bytes of an address in memory.
const ADDRESS: usize = 8;

fn is_text(pairs: &[[u8; 2]]) -> bool {
    let mut held = [0u8; ADDRESS];
    for (place, pair) in held.iter_mut().zip(pairs) {
        *place = byte_of(*pair).unwrap_or_default();
    }
    let bytes = held.get(..pairs.len()).unwrap_or_default();
    // Zeros stand between arguments, ones between keys.
    let is_control = |byte: &u8| *byte < b' ' && !b"\0\x01\t\n\r".contains(byte) || *byte == 0x7f;
    let is_encoded = |byte: &u8| !(b'!'..=b'~').contains(byte) || *byte == b'"';
    std::str::from_utf8(bytes).is_ok()
        && !bytes.iter().any(is_control)
        && bytes.iter().any(is_encoded)
        && bytes.iter().any(|byte| *byte > b' ')
}

pub fn byte_of(pair: [u8; 2]) -> Option<u8> {
    hex(&pair).and_then(|byte| u8::try_from(byte).ok())
}

/// How many bytes at the end may be the beginning of a character.
fn unfinished(text: &[u8]) -> usize {
    let is_begun = |back: &usize| {
        text.len().checked_sub(*back).and_then(|at| text.get(at)).is_some_and(|byte| *byte >= 0xc0)
    };
    (1..=3usize)
        .find(is_begun)
        .filter(|back| {
            std::str::from_utf8(text.get(text.len().saturating_sub(*back)..).unwrap_or_default())
                .is_err()
        })
        .unwrap_or_default()
}

crate::stored::stored!(enum Signs { 0 Quotes {}, 1 Cef {} });
crate::stored::stored!(enum Escapes { 0 None {}, 1 Doubled { 0: sign }, 2 Backslash { 0: signs }, 3 Breaks { 0: signs }, 4 Hex {}, 5 Xml {} });

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, escapes: Escapes) -> String {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.put(b"k", Piece { text: text.as_bytes(), escapes });
        assert_eq!(object.end(), Ok(1));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_without_their_escapes() {
        for (text, escapes, value) in [
            ("a\"b\\c\n", Escapes::None, r#"a\"b\\c\n"#),
            ("a\"\"b\"", Escapes::Doubled(b'"'), r#"a\"b\""#),
            (r#"C:\Users\\x \"y\""#, Escapes::Backslash(Signs::Quotes), r#"C:\\Users\\x \"y\""#),
            (r"a\=b\nc\\d\e\", Escapes::Breaks(Signs::Cef), r"a=b\nc\\d\\e\\"),
            ("6c73002d6c", Escapes::Hex, "ls -l"),
            ("c3a9ff41", Escapes::Hex, "é\u{fffd}A"),
            ("c3", Escapes::Hex, "\u{fffd}"),
            ("a&amp;b &lt;&#65;&#x42;&no; &", Escapes::Xml, "a&b <AB&no; &"),
        ] {
            assert_eq!(written(text, escapes), format!("{{\"k\":\"{value}\"}}"), "{text}");
        }
    }

    #[test]
    fn hexadecimal_of_any_length_is_what_std_makes_of_it() {
        for len in 0..160usize {
            let text: String = std::iter::repeat_n('x', len % 5)
                .chain("aé€😀".chars().cycle().take(len))
                .collect();
            let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(written(&digits, Escapes::Hex), format!("{{\"k\":\"{text}\"}}"), "{len}");
        }
        assert!(!is_hex(b"0") && !is_hex(b"") && !is_hex(b"0g"));
    }

    #[test]
    fn numbers_are_not_hexadecimal_text() {
        for text in ["6c73002d6c", "c3a92041", "612062", "6b31016b32", "2f746d702ff0909090909090"] {
            assert!(is_hex(text.as_bytes()), "{text}");
        }
        for number in ["10", "89ed", "61", "20", "7ffd0a0b", "237f568a", "ffffff9c", "00fF", "0"] {
            assert!(!is_hex(number.as_bytes()), "{number}");
        }
    }
}
