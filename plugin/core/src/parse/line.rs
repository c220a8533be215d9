//! Lines of text: what sources read where a record is no JSON, and how they take it apart.

use crate::address::{self, Hop, Proxies};
use crate::event::{Cell, Event, Field, Tag};
use crate::parse::syslog::Voucher;
use crate::sketch::Words;
use crate::text::{
    equals, find_byte, first_mark, is_plain, not_digits, number, rfind_byte, specials, word_at,
    word_within,
};
use crate::time::{Days, Millis};
use crate::value::Val;
use std::net::Ipv6Addr;

/// A line on its way into an event.
pub struct Line<'a> {
    /// The text that cells point into; the message is within.
    pub text: &'a [u8],
    /// Text after the framing; the line where there is none.
    pub message: &'a [u8],
    /// The program that says so; empty where the framing does not tell.
    pub program: &'a [u8],
    /// Its process id.
    pub pid: &'a [u8],
    /// The framing is syslog's, though it names no program.
    pub is_nameless: bool,
    /// The interface's time, by which dates without a year are read.
    pub now: Millis,
    /// The routing tag: lines of different tags come from different files.
    pub tag: &'a [u8],
    /// The file that the line is from, where a shipper states it.
    pub file: &'a [u8],
    /// Who vouches for the program.
    pub voucher: Voucher<'a>,
    /// The text, where any part of it can stand between quotes as it is: known at once for the text of a JSON string without escapes. Else nothing.
    pub plain: &'a [u8],
    /// The days of the lines before.
    pub days: &'a mut Days,
    /// Whom is believed for whom they ask.
    pub proxies: &'a Proxies,
    /// Memory of the source that keeps one of lines.
    pub forms: &'a mut Words,
    pub event: &'a mut Event,
}

/// How many bytes before a text are none of it: a byte order mark, NULs and other control characters, control sequences of a terminal, characters without width;
/// the first and a terminal's also as JSON escapes.
pub fn unmarked(text: &[u8]) -> usize {
    let mut at = 0usize;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let len = match rest {
            [b' '..=b'[' | b']'..=b'~', ..] => 0,
            [b'\\', b'u', escape @ ..] => match escape.first_chunk::<4>() {
                Some(digits) if digits.eq_ignore_ascii_case(b"feff") || digits == b"0000" => 6,
                Some(digits) if digits.eq_ignore_ascii_case(b"001b") => {
                    let behind = escape.get(4..).unwrap_or_default();
                    sequence_len(behind).map_or(0, |len| len.saturating_add(6))
                }
                _ => 0,
            },
            _ => unseen_len(rest),
        };
        if len == 0 {
            return at;
        }
        at = at.saturating_add(len);
    }
}

/// How long what is not seen at the beginning of a text is. A tab and a line feed stay: they mark what goes on from the line before, which others may write.
#[cold]
#[inline(never)]
fn unseen_len(text: &[u8]) -> usize {
    match text {
        [0xef, 0xbb, 0xbf, ..] | [0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0, ..] => 3,
        [0x1b, behind @ ..] => sequence_len(behind).map_or(1, |len| len.saturating_add(1)),
        [0xc2, 0x9b, behind @ ..] => parameters_len(behind).map_or(2, |len| len.saturating_add(2)),
        [0xc2, 0x80..=0xa0, ..] => 2,
        [0..=0x08 | 0x0b..=0x1f | 0x7f, ..] => 1,
        _ => 0,
    }
}

/// How long a control sequence of a terminal is (ECMA-48), behind `ESC`.
fn sequence_len(behind: &[u8]) -> Option<usize> {
    let near = behind.get(..MOST_COLOURED).unwrap_or(behind);
    match near {
        [b'[', parameters @ ..] => Some(parameters_len(parameters)?.saturating_add(1)),
        // Text for the terminal, up to a bell or `ESC \`.
        [b']' | b'P' | b'X' | b'^' | b'_', text @ ..] => {
            let end = text.iter().position(|byte| matches!(byte, 0x07 | 0x1b))?;
            match text.get(end..)? {
                [0x07, ..] => Some(end.saturating_add(2)),
                [_, b'\\', ..] => Some(end.saturating_add(3)),
                _ => None,
            }
        }
        _ => {
            let end = near.iter().position(|byte| !matches!(byte, b' '..=b'/'))?;
            matches!(near.get(end), Some(b'0'..=b'~')).then(|| end.saturating_add(1))
        }
    }
}

/// How long the rest of a control sequence is, behind `ESC [`.
fn parameters_len(text: &[u8]) -> Option<usize> {
    let near = text.get(..MOST_COLOURED).unwrap_or(text);
    let first = near.iter().position(|byte| !matches!(byte, b'0'..=b'?'))?;
    let more = near.get(first..)?.iter().position(|byte| !matches!(byte, b' '..=b'/'))?;
    let end = first.saturating_add(more);
    matches!(near.get(end), Some(b'@'..=b'~')).then(|| end.saturating_add(1))
}

/// The object that a record is, where nothing but what `unmarked` passes over stands around it.
#[cold]
#[inline(never)]
pub fn marked_object(record: &[u8]) -> Option<&[u8]> {
    let mut object = record.get(unmarked(record)..)?;
    loop {
        object = match object.trim_ascii_end() {
            [rest @ .., 0..=0x08 | 0x0b..=0x1a | 0x7f] => rest,
            rest @ [.., b'}'] => {
                let is_object = rest.first() == Some(&b'{') && rest.len() < record.len();
                return is_object.then_some(rest);
            }
            rest => {
                let near = rest.get(rest.len().saturating_sub(MOST_COLOURED)..)?;
                let code = near.get(rfind_byte(near, 0x1b, near.len())?.saturating_add(1)..)?;
                let start = rest.len().checked_sub(code.len())?.checked_sub(1)?;
                rest.get(..start).filter(|_| sequence_len(code) == Some(code.len()))?
            }
        }
    }
}

/// How far control sequences are looked for, and how long they are at most.
const MOST_COLOURED: usize = 64;

/// True if a control sequence of a terminal may stand near the beginning.
pub fn is_coloured(text: &[u8]) -> bool {
    let near = text.get(..MOST_COLOURED).unwrap_or(text);
    find_byte(near, 0x1b, 0) < near.len()
}

/// Takes the control sequences out: colours, and whatever else a terminal is told without text.
#[cold]
#[inline(never)]
pub fn take_colours_out(text: &mut Vec<u8>) {
    let (mut from, mut to) = (0usize, 0usize);
    while let Some(&byte) = text.get(from) {
        let len = match text.get(from..) {
            Some([0x1b, behind @ ..]) => sequence_in_line(behind),
            _ => None,
        };
        match len {
            Some(len) => from = from.saturating_add(len).saturating_add(1),
            None => {
                if let Some(place) = text.get_mut(to) {
                    *place = byte;
                }
                (from, to) = (from.saturating_add(1), to.saturating_add(1));
            }
        }
    }
    text.truncate(to);
}

/// How long a control sequence is behind `ESC`, where a line goes on around it: none that holds text, a blank or a mark, as what a client writes must not take
/// away what the program wrote behind it.
fn sequence_in_line(behind: &[u8]) -> Option<usize> {
    match behind {
        [b'[', parameters @ ..] => {
            let len = parameters
                .iter()
                .take(MOST_COLOURED)
                .position(|byte| !matches!(byte, b'0'..=b';' | b'?'))?;
            matches!(parameters.get(len), Some(b'A'..=b'Z' | b'a'..=b'z'))
                .then(|| len.saturating_add(2))
        }
        [b'(' | b')' | b'#', b'0'..=b'9' | b'A'..=b'Z', ..] => Some(2),
        [b'7' | b'8' | b'=' | b'c' | b'D' | b'E' | b'H' | b'M', ..] => Some(1),
        _ => None,
    }
}

impl<'a> Line<'a> {
    /// Puts a part of the line into a cell; an empty one is no value.
    #[inline(always)]
    pub fn put(&mut self, cell: impl Into<Cell>, part: &'a [u8]) {
        if part.is_empty() {
            return;
        }
        let start = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        // What begins in the text is a part of it.
        if start < self.plain.len() {
            return self.event.put(cell.into(), Tag::Bare, bare(start, part), 0);
        }
        self.put_other(cell.into(), part, start);
    }

    /// Values that may have to be copied.
    #[inline(never)]
    fn put_other(&mut self, cell: Cell, part: &[u8], start: usize) {
        // What stands elsewhere, as in another member of the record, is copied.
        if start < self.text.len() && is_plain(part) {
            return self.event.put(cell, Tag::Bare, bare(start, part), 0);
        }
        let quoted = self.event.quote_lossy(part).map_or(Val::None, Val::Json);
        self.event.set(cell, quoted);
    }

    /// As above, for one that may be `-`, as logs write what is absent.
    #[inline]
    pub fn put_known(&mut self, cell: impl Into<Cell>, part: &'a [u8]) {
        if !matches!(part, [b'-']) {
            self.put(cell, part);
        }
    }

    /// A whole number.
    pub fn put_number(&mut self, field: Field, digits: &[u8]) {
        self.put_count(field, number(digits));
    }

    /// The same, where it was read already.
    #[inline]
    pub fn put_count(&mut self, field: Field, number: Option<i64>) {
        if let Some(number) = number {
            self.event.put(field.into(), Tag::Int, number as u64, 0);
        }
    }

    /// An address, without the zone, which is an interface of the one who writes the log; or a host's name.
    pub fn put_origin(&mut self, origin: &'a [u8]) {
        if ipv4_len(origin) == Some(origin.len()) {
            return self.put(Field::OriginIp, origin);
        }
        match address::hop(origin) {
            Some(hop) => self.put_hop(&hop),
            None if address::is_name(origin) => self.put_known(Field::OriginHost, origin),
            None => {}
        }
    }

    /// An address in its one spelling, and its port.
    pub fn put_hop(&mut self, hop: &Hop<'a>) {
        let mut place = address::PLACE;
        match hop.respelled(&mut place) {
            Some(one) => {
                let quoted = self.event.quote(one).map_or(Val::None, Val::Json);
                self.event.set(Field::OriginIp, quoted);
            }
            None => self.put(Field::OriginIp, hop.text),
        }
        self.put_number(Field::OriginPort, hop.port);
    }

    pub fn set_time(&mut self, time: Millis) {
        self.event.time_ms = Some(time);
        self.event.is_local_time = false;
        self.event.put_time(time);
    }
}

/// Where a part of a text stands.
#[inline(always)]
fn bare(start: usize, part: &[u8]) -> u64 {
    start as u64 | (start.wrapping_add(part.len()) as u64).wrapping_shl(32)
}

/// True if it is an IPv4 or IPv6 address, which may name its zone.
pub fn is_address(text: &[u8]) -> bool {
    match text.first() {
        Some(b'0'..=b'9') if ipv4_len(text) == Some(text.len()) => true,
        _ => is_ipv6(text.get(..find_byte(text, b'%', 0)).unwrap_or_default()),
    }
}

/// True if it is an IPv6 address, without a zone.
#[inline(never)]
pub fn is_ipv6(text: &[u8]) -> bool {
    text.len() <= LONGEST_IPV6
        && std::str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`
const LONGEST_IPV6: usize = 45;

/// How long the IPv4 address at the beginning is; `None` where there is none, or digits and dots go on behind it.
pub fn ipv4_len(text: &[u8]) -> Option<usize> {
    let mut at = 0usize;
    for left in [3u8, 2, 1, 0] {
        let word = word_within(text, at);
        let digits = word ^ 0x3030_3030_3030_3030;
        let len = first_mark(not_digits(word));
        let digit = |index: u32| digits.wrapping_shr(index.wrapping_mul(8)) as u32 & 15;
        match len {
            1 => {}
            // A number that begins with a zero is octal to some.
            2 | 3 if digit(0) == 0 => return None,
            2 => {}
            3 if digit(0)
                .wrapping_mul(100)
                .wrapping_add(digit(1).wrapping_mul(10))
                .wrapping_add(digit(2))
                <= 255 => {}
            _ => return None,
        }
        at = at.wrapping_add(len);
        let is_dot = word.wrapping_shr((len as u32).wrapping_mul(8)) as u8 == b'.';
        if is_dot != (left > 0) {
            return None;
        }
        at = at.wrapping_add(usize::from(is_dot));
    }
    Some(at)
}

/// Text before the first blank, and what behind the blanks; all of it where there is none.
#[inline]
pub fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let (word, rest) = text.split_at_checked(find_byte(text, b' ', 0)).unwrap_or((text, b""));
    (word, skip_blanks(rest))
}

/// As above, where many words are taken from a line that is not so frequent: one copy of it instead of one for each word.
#[inline(never)]
pub fn next_word(text: &[u8]) -> (&[u8], &[u8]) {
    word(text)
}

/// Without the blanks that it begins with.
#[inline]
pub fn skip_blanks(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let [b' ', more @ ..] = rest {
        rest = more;
    }
    rest
}

/// Text before the first such text, and what behind it.
#[inline]
pub fn split_once<'t, const N: usize>(
    text: &'t [u8],
    at: &[u8; N],
) -> Option<(&'t [u8], &'t [u8])> {
    let found = find(text, at)?;
    Some((text.get(..found)?, text.get(found.wrapping_add(N)..)?))
}

/// As above, for the last one.
#[inline]
pub fn rsplit_once<'t, const N: usize>(
    text: &'t [u8],
    at: &[u8; N],
) -> Option<(&'t [u8], &'t [u8])> {
    let found = Wanted::new(at).rfind(text)?;
    Some((text.get(..found)?, text.get(found.wrapping_add(N)..)?))
}

/// Where `wanted`, which is not empty, stands first.
#[inline(always)]
pub fn find<const N: usize>(text: &[u8], wanted: &[u8; N]) -> Option<usize> {
    Wanted::new(wanted).find(text)
}

/// A text that is looked for: neither empty nor with zeros in it.
#[derive(Clone, Copy)]
pub struct Wanted<'w> {
    text: &'w [u8],
    /// Its first eight bytes, or fewer.
    head: u64,
    mask: u64,
}

impl<'w> Wanted<'w> {
    #[inline(always)]
    pub fn new<const N: usize>(text: &'w [u8; N]) -> Wanted<'w> {
        let mut head = [0u8; 8];
        for (place, byte) in head.iter_mut().zip(text) {
            *place = *byte;
        }
        Wanted { text, head: u64::from_le_bytes(head), mask: low_bytes(N) }
    }

    /// As above, of a text whose length is not known before.
    pub fn of(text: &'w [u8]) -> Wanted<'w> {
        Wanted { text, head: word_within(text, 0), mask: low_bytes(text.len()) }
    }

    /// Where it stands first.
    #[inline(always)]
    pub fn find(self, text: &[u8]) -> Option<usize> {
        find_begun(text, self.head, self.mask, self.text)
    }

    /// Where it stands last.
    pub fn rfind(self, text: &[u8]) -> Option<usize> {
        let mut end = text.len().checked_sub(self.text.len())?.wrapping_add(1);
        loop {
            end = rfind_byte(text, self.head as u8, end)?;
            if is_at(text, end, self.head, self.mask, self.text) {
                return Some(end);
            }
        }
    }
}

/// Where the text `wanted` stands first, which begins with these bytes: wherever its first byte is, the others are looked for.
#[inline(never)]
fn find_begun(text: &[u8], head: u64, mask: u64, wanted: &[u8]) -> Option<usize> {
    let mut at = 0usize;
    while at < text.len() {
        let mut marks = equals(word_within(text, at), head as u8);
        while marks != 0 {
            let found = at.wrapping_add(first_mark(marks));
            if is_at(text, found, head, mask, wanted) {
                return Some(found);
            }
            marks &= marks.wrapping_sub(1);
        }
        at = at.wrapping_add(8);
    }
    None
}

#[inline(always)]
fn is_at(text: &[u8], at: usize, head: u64, mask: u64, wanted: &[u8]) -> bool {
    let is_begun = (word_within(text, at) ^ head) & mask == 0;
    is_begun && (wanted.len() <= 8 || text.get(at..).is_some_and(|rest| rest.starts_with(wanted)))
}

/// The lowest bytes of a word, all eight where it is more.
#[inline(always)]
pub fn low_bytes(len: usize) -> u64 {
    if len >= 8 { u64::MAX } else { !u64::MAX.wrapping_shl((len as u32).wrapping_mul(8)) }
}

/// The content of a text in quotes at the beginning, where a backslash keeps a quote from ending it, and what follows it and the blanks.
pub fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'"', inner @ ..] = text else {
        return None;
    };
    let mut at = 0usize;
    loop {
        // Bytes that are neither are passed over by eights.
        while let Some(word) = word_at(inner, at) {
            let marks = specials(word);
            if marks != 0 {
                at = at.wrapping_add(first_mark(marks));
                break;
            }
            at = at.wrapping_add(8);
        }
        match inner.get(at)? {
            b'"' => {
                return Some((inner.get(..at)?, skip_blanks(inner.get(at.wrapping_add(1)..)?)));
            }
            b'\\' => at = at.wrapping_add(2),
            _ => at = at.wrapping_add(1),
        }
    }
}

/// A token: in quotes, in brackets, or up to a blank; and what follows it.
pub fn token(text: &[u8]) -> (&[u8], &[u8]) {
    match text {
        [b'"', ..] => quoted(text).unwrap_or_else(|| word(text)),
        _ => word(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        for (text, left) in [
            ("a\x1b[1msshd[42]\x1b[0m: x", "asshd[42]: x"),
            ("\x1b[32;1mweb1\x1b[m b", "web1 b"),
            ("a\x1b[2Jb\x1b[?25hc\x1b(Bd", "abcd"),
            // What a client writes takes away nothing behind it.
            ("a\x1b[ from 1.2.3.4", "a\x1b[ from 1.2.3.4"),
            ("a\x1b]0;, rip=1.2.3.4\x07", "a\x1b]0;, rip=1.2.3.4\x07"),
            ("\x1b[", "\x1b["),
            ("plain", "plain"),
        ] {
            let mut held = text.as_bytes().to_vec();
            assert_eq!(is_coloured(&held), text.contains('\x1b'));
            take_colours_out(&mut held);
            assert_eq!(held, left.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_seen_is_no_part_of_a_line() {
        for before in [
            "\u{feff}",
            "\0",
            "\x07",
            "\r",
            "\x0c",
            "\u{200b}",
            "\u{2060}",
            "\x1b[0m",
            "\x1b[?25h",
            "\x1b[38:2:1:2:3m",
            "\x1b(B",
            "\x1b]0;t\x07",
            "\x1b]8;;http://x\x1b\\",
            "\u{9b}0m",
            "\\u001b[2J",
        ] {
            assert_eq!(unmarked([before, "Jan"].concat().as_bytes()), before.len(), "{before:?}");
        }
        for text in ["Jan", "\tat x", "\nJan", "{\"a\":1}", "[1]", ""] {
            assert_eq!(unmarked(text.as_bytes()), 0, "{text:?}");
        }
        for (record, object) in [
            ("\x1b[2J{}\x1b[?25h\n", Some("{}")),
            ("\u{200b}{}", Some("{}")),
            ("{}\x07", Some("{}")),
            ("\x07{}x", None),
            ("{}", None),
        ] {
            assert_eq!(marked_object(record.as_bytes()), object.map(str::as_bytes), "{record:?}");
        }
    }

    #[test]
    fn addresses() {
        for (text, is) in [
            ("1.2.3.4", true),
            ("1.2.3", false),
            ("1.20.0.255", true),
            ("203.000.113.9", false),
            ("203.0.113.009", false),
            ("1.2.3.04", false),
            ("1.2.3.256", false),
            ("1..2.3", false),
            ("::1", true),
            ("fe80::1%eth0", true),
            ("::ffff:1.2.3.4", true),
            ("host", false),
            ("dead:beef", false),
            ("12:30:11", false),
            ("1::2::3", false),
            ("", false),
            ("1.2.3.4.5", false),
        ] {
            assert_eq!(is_address(text.as_bytes()), is, "{text}");
        }
    }

    #[test]
    fn finds_the_first_and_the_last() {
        assert_eq!(
            (find(b"a from b from c", b" from "), Wanted::new(b" from ").rfind(b"a from b from c")),
            (Some(1), Some(8))
        );
        assert_eq!(
            (
                find(b"aab", b"ab"),
                Wanted::new(b"ab").rfind(b"aba"),
                find(b"", b"x"),
                Wanted::new(b"xy").rfind(b"x")
            ),
            (Some(1), Some(0), None, None)
        );
        let long = b"this one is longer than eight";
        for text in [
            "",
            "this one",
            "this one is longer than eight",
            "x this one is longer than eight this one is longer than eighu",
        ] {
            let found = text.find("this one is longer than eight");
            assert_eq!(
                (
                    find(text.as_bytes(), long),
                    Wanted::of(long).find(text.as_bytes()),
                    Wanted::of(long).rfind(text.as_bytes())
                ),
                (found, found, found),
                "{text}"
            );
        }
    }

    #[test]
    fn quotes_end_where_no_backslash_stands_before() {
        assert_eq!(quoted(br#""a \" b\\" rest"#), Some((&br#"a \" b\\"#[..], &b"rest"[..])));
        assert_eq!((quoted(b"\"open"), quoted(b"\"open\\"), quoted(b"none")), (None, None, None));
    }

    #[test]
    fn numbers_stay_exact() {
        assert_eq!(
            (number(b"0042"), number(b""), number(b"1a"), number(b"1234567890123456")),
            (Some(42), None, None, None)
        );
    }
}
