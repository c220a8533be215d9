//! JSON to a tape of spans in one strictly validating pass (RFC 8259): no recursion, no copy, no allocation once the tape has grown.
//!
//! Strictness is not pedantry: what goes out must be what every parser downstream accepts, and valid tokens are copied through.

use super::atom::{Atom, Atoms, ELEMENT, UNKNOWN};
use super::tape::{BEHIND, BROKEN, ESCAPED, IN_ARENA, KEY_ESCAPED, NO_PARENT, Node, Scalar, Tape};
use crate::text::{
    backslashes, digits_len, first_mark, hex4, not_digits, specials, unescape, utf8_len, word_at,
    word_within,
};
use crate::value::{Doc, Kind};

/// Why a text is not what every parser takes for JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    NotStrict,
    NotUtf8,
    NumberOutOfRange,
    TooManyValues,
    OutOfMemory,
}

/// Information about a text that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The root's node.
    pub root: u32,
    /// How many containers the deepest value is in, the root included.
    pub depth: u32,
    /// Line ends stand between tokens, which would break a line-framed output.
    pub has_line_ends: bool,
    /// The first place where the text is not strict, though its structure could be read. Such a text must not be copied through;
    /// its values are on the tape all the same, so that a stray `nan` hides no event from judgement.
    pub fault: Option<Fault>,
}

/// Appends the values of `text`, from `from` to its end, to the tape. An error where its structure cannot be read.
pub fn scan(
    text: &[u8],
    from: usize,
    doc: Doc,
    atoms: &Atoms,
    tape: &mut Tape,
) -> Result<Scan, Fault> {
    let mut scanner = Scanner { text, atoms, has_line_ends: false, fault: None };
    scanner.run(from, if doc == Doc::Arena { IN_ARENA } else { 0 }, tape)
}

/// True if the text is a list of objects, strict, on one line and not deep: what findings are.
pub fn is_list_of_objects(text: &[u8], atoms: &Atoms, tape: &mut Tape) -> bool {
    const DEEP: u32 = 4;
    tape.clear();
    let Ok(scan) = scan(text, 0, Doc::Input, atoms, tape) else {
        return false;
    };
    let is_list = tape.node(scan.root).is_some_and(|node| node.kind == Kind::Array);
    let holds_objects = tape
        .children(scan.root)
        .all(|child| tape.node(child).is_some_and(|node| node.kind == Kind::Object));
    is_list && holds_objects && scan.fault.is_none() && !scan.has_line_ends && scan.depth <= DEEP
}

/// Reads scalars at places that are known, without a tape.
pub struct ScalarReader<'a>(Scanner<'a>);

impl<'a> ScalarReader<'a> {
    pub fn new(text: &'a [u8], atoms: &'a Atoms) -> ScalarReader<'a> {
        ScalarReader(Scanner { text, atoms, has_line_ends: false, fault: None })
    }

    /// The string that begins at `start`: where it ends, and its flags, 0 for one that can be copied through.
    #[inline(always)]
    pub fn string(&mut self, text: &'a [u8], start: usize) -> Option<(usize, u8)> {
        match plain_string_at(text, start) {
            Ok(end) => Some((end, 0)),
            Err(at) => self.other_string(at),
        }
    }

    /// As above, from its first byte on that may not be plain.
    #[inline(never)]
    fn other_string(&mut self, at: usize) -> Option<(usize, u8)> {
        // Mostly it is the last one, whose end the record's is too near to.
        let word = word_within(self.0.text, at);
        let marks = specials(word);
        if word.wrapping_shr(marks.trailing_zeros() & 56) as u8 == b'"' {
            return Some((at.wrapping_add(first_mark(marks)).wrapping_add(1), 0));
        }
        let (close, flags) = self.0.string(self.0.text, at).ok()?;
        Some((close.wrapping_add(1), flags))
    }

    /// The scalar at `start`; `None` where none stands there, or not a strict one.
    pub fn scalar(&mut self, start: usize) -> Option<Scalar> {
        let (end, kind, flags) = self.other_scalar(start)?;
        let is_strict = flags & BROKEN == 0;
        is_strict.then_some(Scalar { start: start as u32, end: end as u32, kind, flags })
    }

    #[inline(never)]
    fn other_scalar(&mut self, start: usize) -> Option<(usize, Kind, u8)> {
        match self.0.value(self.0.text, start) {
            Ok(Read::Scalar { end, kind, flags }) => Some((end, kind, flags)),
            _ => None,
        }
    }
}

/// Where the string that begins at `start` ends, if it is plain; else up to where it surely is.
#[inline(always)]
fn plain_string_at(text: &[u8], start: usize) -> Result<usize, usize> {
    let mut at = start.wrapping_add(1);
    loop {
        let Some(word) = word_at(text, at) else {
            return Err(at);
        };
        let marks = specials(word);
        if marks != 0 {
            let end = at.wrapping_add(first_mark(marks));
            return if word.wrapping_shr(marks.trailing_zeros() & 56) as u8 == b'"' {
                Ok(end.wrapping_add(1))
            } else {
                Err(end)
            };
        }
        at = at.wrapping_add(8);
    }
}

/// Where a whole number of few digits ends, behind which a member or the object does; other numbers are left to the scanner.
#[inline(always)]
pub fn whole_number_at(text: &[u8], at: usize) -> Option<usize> {
    let word = word_at(text, at)?;
    let marks = not_digits(word);
    let len = first_mark(marks);
    // Behind a zero that leads stands nothing.
    if len == 0 || (word as u8 == b'0' && len > 1) {
        return None;
    }
    if marks == 0 {
        return longer_number_at(text, at.wrapping_add(8));
    }
    matches!(word.wrapping_shr((len as u32).wrapping_mul(8)) as u8, b',' | b'}')
        .then(|| at.wrapping_add(len))
}

/// As above, of one that goes on at `at`, by less than eight digits.
#[inline(never)]
fn longer_number_at(text: &[u8], at: usize) -> Option<usize> {
    let word = word_at(text, at)?;
    let marks = not_digits(word);
    let is_end = matches!(word.wrapping_shr(marks.trailing_zeros() & 56) as u8, b',' | b'}');
    (marks != 0 && is_end).then(|| at.wrapping_add(first_mark(marks)))
}

struct Scanner<'a> {
    text: &'a [u8],
    atoms: &'a Atoms,
    has_line_ends: bool,
    fault: Option<Fault>,
}

/// A key on its way to its value's node.
#[derive(Clone, Copy, Default)]
struct Key {
    start: u32,
    len: u32,
    atom: Atom,
    flags: u8,
}

impl Key {
    const OF_ELEMENT: Key = Key { start: 0, len: 0, atom: ELEMENT, flags: 0 };
}

/// State of a value before its node is pushed.
enum Read {
    Scalar { end: usize, kind: Kind, flags: u8 },
    Open(bool),
}

impl Scanner<'_> {
    fn run(&mut self, from: usize, doc: u8, tape: &mut Tape) -> Result<Scan, Fault> {
        let text = self.text;
        let root = tape.len as u32;
        let (mut parent, mut in_object) = (NO_PARENT, false);
        let (mut depth, mut deepest) = (0u32, 0u32);
        let mut key = Key::default();
        let mut at = self.skip_blank(text, from);
        loop {
            let start = at;
            let index = tape.len as u32;
            // What the next key is guessed by: the key before it, or that of the container which begins or ended.
            let mut before = usize::from(key.atom);
            let is_begun = match self.value(text, at)? {
                Read::Scalar { end, kind, flags } => {
                    let link = index.wrapping_add(1);
                    tape.push(Node {
                        key_start: key.start,
                        key_len: key.len,
                        start: start as u32,
                        end: end as u32,
                        link,
                        parent,
                        atom: key.atom,
                        kind,
                        flags: key.flags | flags | doc,
                    })?;
                    at = end;
                    false
                }
                Read::Open(is_object) => {
                    let kind = if is_object { Kind::Object } else { Kind::Array };
                    tape.push(Node {
                        key_start: key.start,
                        key_len: key.len,
                        start: start as u32,
                        end: 0,
                        link: 0,
                        parent,
                        atom: key.atom,
                        kind,
                        flags: key.flags | doc,
                    })?;
                    (parent, in_object) = (index, is_object);
                    depth = depth.wrapping_add(1);
                    deepest = deepest.max(depth);
                    at = self.skip_blank(text, at.wrapping_add(1));
                    text.get(at) != Some(if is_object { &b'}' } else { &b']' })
                }
            };
            // Behind a value: a comma leads to the next one, a closing bracket is the end of another value.
            if !is_begun {
                loop {
                    let Some(&byte) = text.get(at).filter(|_| parent != NO_PARENT) else {
                        at = self.skip_blank(text, at);
                        let is_whole = parent == NO_PARENT && at == text.len();
                        let scan = Scan {
                            root,
                            depth: deepest,
                            has_line_ends: self.has_line_ends,
                            fault: self.fault,
                        };
                        return if is_whole { Ok(scan) } else { Err(Fault::NotStrict) };
                    };
                    if byte == b',' {
                        at = at.wrapping_add(1);
                        break;
                    }
                    if byte <= b' ' {
                        let next = self.skip_blanks(at);
                        if next == at {
                            return Err(Fault::NotStrict);
                        }
                        at = next;
                        continue;
                    }
                    if byte != if in_object { b'}' } else { b']' } {
                        return Err(Fault::NotStrict);
                    }
                    at = at.wrapping_add(1);
                    let behind = tape.len as u32;
                    let Some(node) = tape.nodes.get_mut(parent as usize) else {
                        return Err(Fault::NotStrict);
                    };
                    node.end = at as u32;
                    before = usize::from(node.atom).wrapping_add(BEHIND);
                    (node.link, parent) = (behind, node.parent);
                    depth = depth.wrapping_sub(1);
                    in_object = tape
                        .nodes
                        .get(parent as usize)
                        .is_some_and(|node| node.kind == Kind::Object);
                }
            }
            (key, at) = if in_object {
                self.key(text, at, before, tape)?
            } else {
                (Key::OF_ELEMENT, self.skip_blank(text, at))
            };
        }
    }

    #[inline(always)]
    fn value(&mut self, text: &[u8], at: usize) -> Result<Read, Fault> {
        match text.get(at) {
            Some(b'"') => {
                let (end, flags) = self.string(text, at.wrapping_add(1))?;
                Ok(Read::Scalar { end: end.wrapping_add(1), kind: Kind::String, flags })
            }
            Some(&open @ (b'{' | b'[')) => Ok(Read::Open(open == b'{')),
            Some(b't') if self.literal(at, b"true") => {
                Ok(Read::Scalar { end: at.wrapping_add(4), kind: Kind::True, flags: 0 })
            }
            Some(b'f') if self.literal(at, b"false") => {
                Ok(Read::Scalar { end: at.wrapping_add(5), kind: Kind::False, flags: 0 })
            }
            Some(b'n') if self.literal(at, b"null") => {
                Ok(Read::Scalar { end: at.wrapping_add(4), kind: Kind::Null, flags: 0 })
            }
            Some(_) => {
                let (end, fault) = self.number(at)?;
                self.fault = self.fault.or(fault);
                Ok(Read::Scalar {
                    end,
                    kind: Kind::Number,
                    flags: if fault.is_some() { BROKEN } else { 0 },
                })
            }
            None => Err(Fault::NotStrict),
        }
    }

    /// The key at `at` with its colon, and where its value is: the one that followed `before` last time, if it stands there again.
    #[inline(always)]
    fn key(
        &mut self,
        text: &[u8],
        at: usize,
        before: usize,
        tape: &mut Tape,
    ) -> Result<(Key, usize), Fault> {
        let guess = tape.foreseen(before);
        if let Some(len) = self.atoms.is_at(guess, text, at) {
            let key = Key {
                start: at.wrapping_add(1) as u32,
                len: len.wrapping_sub(3) as u32,
                atom: guess,
                flags: 0,
            };
            return Ok((key, self.skip_blank(text, at.wrapping_add(len))));
        }
        self.unforeseen_key(text, at, before, tape)
    }

    #[inline(always)]
    fn unforeseen_key(
        &mut self,
        text: &[u8],
        at: usize,
        before: usize,
        tape: &mut Tape,
    ) -> Result<(Key, usize), Fault> {
        let mut at = at;
        if text.get(at) != Some(&b'"') {
            at = self.skip_blank(text, at);
            if text.get(at) != Some(&b'"') {
                let (len, value) = self.bare_key(at)?;
                let (start, len) = (at as u32, len as u32);
                return Ok((Key { start, len, atom: UNKNOWN, flags: KEY_ESCAPED }, value));
            }
        }
        let start = at.wrapping_add(1);
        let (end, flags) = self.string(text, start)?;
        let len = end.wrapping_sub(start);
        let (atom, flags) = match flags {
            0 => (self.atoms.find_at(text, start, len), 0),
            _ => (self.escaped_atom(start, end), KEY_ESCAPED),
        };
        let behind = end.wrapping_add(1);
        // Mostly colon and value follow at once.
        let value = match text.get(behind..).and_then(|rest| rest.first_chunk()) {
            Some([b':', b'!'..=0xff]) => end.wrapping_add(2),
            _ => self.value_behind(behind)?,
        };
        if atom != UNKNOWN {
            tape.expect(before, atom);
        }
        Ok((Key { start: start as u32, len: len as u32, atom, flags }, value))
    }

    /// Where the value begins behind a key, with a colon and blanks before it.
    #[inline(never)]
    fn value_behind(&mut self, key_end: usize) -> Result<usize, Fault> {
        let colon = self.skip_blank(self.text, key_end);
        if self.text.get(colon) != Some(&b':') {
            return Err(Fault::NotStrict);
        }
        Ok(self.skip_blank(self.text, colon.wrapping_add(1)))
    }

    /// A key that is no string, as msgpack allows and Fluent Bit prints: `{5:"x"}`, `{null:1}`. How long it is, and where the value begins.
    #[cold]
    fn bare_key(&mut self, start: usize) -> Result<(usize, usize), Fault> {
        let rest = self.text.get(start..).unwrap_or_default();
        let len = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
            .count();
        if len == 0 {
            return Err(Fault::NotStrict);
        }
        let value = self.value_behind(start.wrapping_add(len))?;
        self.fault = self.fault.or(Some(Fault::NotStrict));
        Ok((len, value))
    }

    /// `\u0061udit` is `audit`: what parsers downstream see counts. Keys too long to be asked for are not unescaped.
    #[cold]
    fn escaped_atom(&self, start: usize, end: usize) -> Atom {
        let content = self.text.get(start..end).unwrap_or_default();
        let mut plain = Vec::new();
        match content.len() < 1024 && unescape(content, &mut plain).is_ok() {
            true => self.atoms.find(&plain),
            false => UNKNOWN,
        }
    }

    /// The string whose content starts at `start`: where its closing quote stands, and its flags.
    #[inline(always)]
    fn string(&mut self, text: &[u8], start: usize) -> Result<(usize, u8), Fault> {
        let (mut at, mut flags) = (start, 0u8);
        loop {
            if let Some(word) = word_at(text, at) {
                let marks = specials(word);
                if marks == 0 {
                    at = at.wrapping_add(8);
                    continue;
                }
                at = at.wrapping_add(first_mark(marks));
                if word.wrapping_shr(marks.trailing_zeros() & 56) as u8 == b'"' {
                    return Ok((at, flags));
                }
            }
            match text.get(at) {
                Some(b'"') => return Ok((at, flags)),
                Some(0x20..=0x5b | 0x5d..=0x7f) => at = at.wrapping_add(1),
                Some(_) => {
                    let (used, more) = self.unplain(at);
                    (at, flags) = (used, flags | more);
                }
                None => return Err(Fault::NotStrict),
            }
        }
    }

    /// Reads a character of a string that is not plain: an escape, a run of characters beyond ASCII, or something that should not be there.
    #[cold]
    fn unplain(&mut self, start: usize) -> (usize, u8) {
        let mut flags = 0u8;
        let rest = self.text.get(start..).unwrap_or_default();
        let (used, fault) = match rest {
            // Text that was wrapped often has many of them together.
            [b'\\', b'\\', ..] => {
                flags |= ESCAPED;
                (backslashes(rest) & !1, None)
            }
            [b'\\', escape @ ..] => {
                flags |= ESCAPED;
                escape_len(escape)
                    .map_or((2, Some(Fault::NotStrict)), |len| (len.wrapping_add(1), None))
            }
            [0x80..=0xff, ..] => {
                let mut at = 0usize;
                while let Some(more @ [0x80..=0xff, ..]) = rest.get(at..)
                    && let Some(len) = utf8_len(more)
                {
                    at = at.wrapping_add(len);
                }
                if at == 0 { (1, Some(Fault::NotUtf8)) } else { (at, None) }
            }
            _ => (1, Some(Fault::NotStrict)),
        };
        if fault.is_some() {
            flags |= BROKEN;
            self.fault = self.fault.or(fault);
        }
        (start.wrapping_add(used), flags)
    }

    /// A number: where it ends, and what is wrong with it. `nan` and the infinities, which Fluent Bit prints, end where their letters do.
    fn number(&self, start: usize) -> Result<(usize, Option<Fault>), Fault> {
        let digits = |from: usize| -> usize {
            let rest = self.text.get(from..).unwrap_or_default();
            from.wrapping_add(digits_len(rest))
        };
        let whole = start.wrapping_add(usize::from(self.text.get(start) == Some(&b'-')));
        let mut at = digits(whole);
        if at == whole || (self.text.get(whole) == Some(&b'0') && at != whole.wrapping_add(1)) {
            return self.loose_number(start);
        }
        let is_long = at.wrapping_sub(whole) > 300;
        if self.text.get(at) == Some(&b'.') {
            let fraction = at.wrapping_add(1);
            at = digits(fraction);
            if at == fraction {
                return self.loose_number(start);
            }
        }
        let has_exponent = matches!(self.text.get(at), Some(b'e' | b'E'));
        if has_exponent {
            let sign = at.wrapping_add(1);
            let exponent =
                sign.wrapping_add(usize::from(matches!(self.text.get(sign), Some(b'+' | b'-'))));
            at = digits(exponent);
            if at == exponent {
                return self.loose_number(start);
            }
        }
        let overflows = (is_long || has_exponent) && !self.is_finite(start, at);
        Ok((at, overflows.then_some(Fault::NumberOutOfRange)))
    }

    /// Reads a value that resembles a number and is none: `nan`, `-inf`, `+1`, `01`, `.5`, `0x10`.
    #[cold]
    fn loose_number(&self, start: usize) -> Result<(usize, Option<Fault>), Fault> {
        let rest = self.text.get(start..).unwrap_or_default();
        let len = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(byte))
            .count();
        if len == 0 {
            Err(Fault::NotStrict)
        } else {
            Ok((start.wrapping_add(len), Some(Fault::NotStrict)))
        }
    }

    /// True if the number stays finite as a 64 bit float, read by a host that writes sixteen digits of it and reads those again, as Fluent Bit does.
    #[cold]
    fn is_finite(&self, start: usize, end: usize) -> bool {
        let token = self.text.get(start..end).and_then(|token| std::str::from_utf8(token).ok());
        token
            .and_then(|token| token.parse::<f64>().ok())
            .is_some_and(|number| number.abs() < SIXTEEN_DIGITS_OVERFLOW)
    }

    fn literal(&self, at: usize, word: &[u8]) -> bool {
        self.text.get(at..at.wrapping_add(word.len())) == Some(word)
    }

    #[inline(always)]
    fn skip_blank(&mut self, text: &[u8], at: usize) -> usize {
        match text.get(at) {
            Some(0..=0x20) => self.skip_blanks(at),
            _ => at,
        }
    }

    #[cold]
    fn skip_blanks(&mut self, start: usize) -> usize {
        let mut at = start;
        while let Some(&byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.text.get(at) {
            self.has_line_ends |= byte == b'\n' || byte == b'\r';
            at = at.wrapping_add(1);
        }
        at
    }
}

/// From here on the sixteen digits nearest to a number are `1.797693134862316e+308`, which overflows.
const SIXTEEN_DIGITS_OVERFLOW: f64 = 1.797_693_134_862_315_5e308;

/// How long the escape behind a backslash is; surrogates must come in pairs, since parsers refuse lone ones.
fn escape_len(escape: &[u8]) -> Option<usize> {
    match escape {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(1),
        [b'u', digits @ ..] => match hex4(digits)? {
            0xd800..=0xdbff => match digits.get(4..)? {
                [b'\\', b'u', low @ ..] if matches!(hex4(low), Some(0xdc00..=0xdfff)) => Some(11),
                _ => None,
            },
            0xdc00..=0xdfff => None,
            _ => Some(5),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scan, or why the text cannot be copied through.
    fn scanned(text: &[u8]) -> Result<Scan, Fault> {
        let atoms = Atoms::new(["audit", "a"].into_iter());
        let scan = scan(text, 0, Doc::Input, &atoms, &mut Tape::new(1 << 16))?;
        scan.fault.map_or(Ok(scan), Err)
    }

    #[test]
    fn reads_on_behind_what_is_not_strict() {
        let atoms = Atoms::new(["a", "b"].into_iter());
        for odd in ["nan", "-inf", "1e999", "\"\\x01\"", "\"\\ud800\"", "01", "\"\u{1}\""] {
            let mut tape = Tape::new(100);
            let text = format!("{{\"a\":{odd},5:1,\"b\":\"seen\"}}");
            let scan = scan(text.as_bytes(), 0, Doc::Input, &atoms, &mut tape).expect(&text);
            assert!(scan.fault.is_some(), "{text}");
            let a = tape.node(tape.member(scan.root, atoms.find(b"a")).unwrap()).unwrap();
            assert!(a.is_broken(), "{text}");
            let b = tape.node(tape.member(scan.root, atoms.find(b"b")).unwrap()).unwrap();
            assert_eq!(&text.as_bytes()[b.start as usize..b.end as usize], b"\"seen\"");
            assert!(!b.is_broken());
        }
    }

    #[test]
    fn takes_what_is_json() {
        for text in [
            "{}",
            "[]",
            "null",
            "true",
            "false",
            "0",
            "-0",
            "1.5e-7",
            "\"\"",
            " { } ",
            "[1,2 , 3]",
            r#"{"a":{"b":[{}]},"a":1}"#,
            r#"{"a":"\u00e9\ud83d\ude00\n"}"#,
            "{\"a\":\"é€😀\"}",
            "1e308",
            "1.79769313486231e308",
            "123456789012345678901234567890",
            "{\"1234567\":\"12345678\"}",
            "1e-400",
            "0e999999999",
        ] {
            assert!(scanned(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "{5:1}",
            "{null:1}",
            "{{}:1}",
            "01",
            "+1",
            "1.",
            ".5",
            "1e",
            "--1",
            "NaN",
            "nan",
            "inf",
            "-inf",
            "Infinity",
            "\"\\x41\"",
            "\"\\u12g4\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"a\tb\"",
            "\"a",
            "'a'",
            "tru",
            "nul",
            "truee",
            "{}{}",
            "{} x",
            "[}",
            "{]",
            "\u{feff}{}",
            "[1 2]",
            "{\"a\" 1}",
            "\"\u{0}\"",
            "{\"a\":1\u{0}}",
            "[\u{b}1]",
            "0x10",
            "1_000",
        ] {
            assert_eq!(scanned(text.as_bytes()).map(|_| ()), Err(Fault::NotStrict), "{text:?}");
        }
    }

    #[test]
    fn a_whole_number_of_few_digits_ends_where_the_scanner_says() {
        let atoms = Atoms::new([].into_iter());
        let mut known = 0;
        for number in [
            "0",
            "00",
            "7",
            "07",
            "200",
            "1234567",
            "12345678",
            "123456789012",
            "-1",
            "1.5",
            "1e5",
            "1E5",
            "",
            "nan",
            "1x",
            "\u{39}9",
        ] {
            for behind in [",", "}", " ,", "]", ".", "", ",\"a\":1}", "}}}}}}}}", ",        "] {
                let text = format!("{number}{behind}");
                let Some(end) = whole_number_at(text.as_bytes(), 0) else {
                    continue;
                };
                let scalar = ScalarReader::new(text.as_bytes(), &atoms).scalar(0).unwrap();
                assert_eq!(
                    (scalar.end as usize, scalar.kind, scalar.is_broken()),
                    (end, Kind::Number, false),
                    "{text}"
                );
                known += 1;
            }
        }
        assert!(known >= 10, "{known}");
    }

    #[test]
    fn numbers_that_overflow_are_told_apart() {
        for text in [
            "1e309",
            "1e400",
            "-1e400",
            "1.79769313486231565536e308",
            "-1.7976931348623157e308",
            "1.797693134862316e+308",
            "1.797693134862315808e308",
            &"9".repeat(400),
        ] {
            assert_eq!(scanned(text.as_bytes()), Err(Fault::NumberOutOfRange), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_told_apart() {
        for text in [
            &b"\"\xff\""[..],
            b"\"\xc0\x80\"",
            b"\"\xed\xa0\x80\"",
            b"\"abcdefgh\xe2\x82\"",
            b"{\"\xf5\x80\x80\x80\":1}",
        ] {
            assert_eq!(scanned(text), Err(Fault::NotUtf8), "{text:x?}");
        }
    }

    #[test]
    fn links_lead_behind_subtrees() {
        let atoms = Atoms::new(["audit", "a"].into_iter());
        let mut tape = Tape::new(100);
        let scan = scan(
            br#"{"x":{"y":[1,{"z":2}],"e":{}},"\u0061udit":3,"a":[]}"#,
            0,
            Doc::Input,
            &atoms,
            &mut tape,
        )
        .unwrap();
        assert_eq!(scan.depth, 4);
        let root: Vec<u32> = tape.children(scan.root).collect();
        assert_eq!(root, [1, 7, 8]);
        assert_eq!(tape.node(7).unwrap().atom, atoms.find(b"audit"));
        assert_eq!(tape.children(1).count(), 2);
        assert_eq!(tape.children(6).count(), 0);
        assert_eq!(tape.children(8).count(), 0);
        assert_eq!(tape.member(scan.root, atoms.find(b"a")), Some(8));
    }

    #[test]
    fn thousands_of_levels_are_only_many_values() {
        let mut deep = "[".repeat(5000);
        deep.push_str(&"]".repeat(5000));
        assert_eq!(scanned(deep.as_bytes()).unwrap().depth, 5000);
        let mut tape = Tape::new(100);
        let atoms = Atoms::new([].into_iter());
        assert_eq!(
            scan(deep.as_bytes(), 0, Doc::Input, &atoms, &mut tape),
            Err(Fault::TooManyValues)
        );
    }
}
