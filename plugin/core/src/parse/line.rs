//! Lines of text: what sources read where a record is no JSON, and how they take it apart.

use crate::event::{Cell, Event, Slot, Tag};
use crate::parse::text::{specials, word_at};
use crate::sketch::Words;
use crate::time::Millis;
use crate::value::Val;

/// A line on its way into an event.
pub struct Line<'a> {
    /// The text that cells point into; the message is within.
    pub text: &'a [u8],
    /// What stands behind the framing; the line where there is none.
    pub message: &'a [u8],
    /// The program that says so; empty where the framing does not tell.
    pub program: &'a [u8],
    /// Its process id.
    pub pid: &'a [u8],
    /// The door's time, by which dates without a year are read.
    pub now: Millis,
    /// The routing tag: lines of different tags come from different files.
    pub tag: &'a [u8],
    /// What `#Fields:` lines said (see `w3c`).
    pub forms: &'a mut Words,
    pub event: &'a mut Event,
}

impl<'a> Line<'a> {
    /// Puts a part of the line into a cell; an empty one is no value.
    pub fn put(&mut self, cell: impl Into<Cell>, part: &'a [u8]) {
        let start = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let end = start.wrapping_add(part.len());
        if part.is_empty() {
            return;
        }
        let cell = cell.into();
        // What stands elsewhere, as in another member of the record, is copied.
        if end <= self.text.len() && start < end && is_plain(part) {
            return self.event.put(cell, Tag::Bare, start as u64 | (end as u64).wrapping_shl(32), 0);
        }
        let quoted = self.event.quote_lossy(part).map_or(Val::None, Val::Json);
        self.event.set(cell, quoted);
    }

    /// The same for one that may be `-`, as logs write what is absent.
    pub fn put_known(&mut self, cell: impl Into<Cell>, part: &'a [u8]) {
        if part != b"-" {
            self.put(cell, part);
        }
    }

    /// A whole number.
    pub fn put_number(&mut self, slot: Slot, digits: &[u8]) {
        if let Some(number) = number(digits) {
            self.event.set(slot, Val::Int(number));
        }
    }

    /// An address, or a host's name.
    pub fn put_origin(&mut self, origin: &'a [u8]) {
        self.put_known(if is_address(origin) { Slot::OriginIp } else { Slot::OriginHost }, origin);
    }

    pub fn set_time(&mut self, time: Millis) {
        self.event.time_ms = Some(time);
        self.event.set(Slot::Time, Val::Time(time));
    }
}

/// Whether the text can stand between quotes as it is.
#[inline]
pub fn is_plain(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    if words.iter().any(|word| specials(u64::from_le_bytes(*word)) != 0) {
        return false;
    }
    match text.len().checked_sub(8) {
        // The last eight bytes again: they hold the rest.
        Some(last) => word_at(text, last).is_none_or(|word| specials(word) == 0),
        None => rest.iter().all(|&byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'),
    }
}

/// Digits as a number that JSON parsers keep exactly.
pub fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    digits.iter().try_fold(0i64, |number, &digit| digit.is_ascii_digit().then(|| number.wrapping_mul(10).wrapping_add(i64::from(digit & 15))))
}

/// Whether it is an IPv4 or IPv6 address.
pub fn is_address(text: &[u8]) -> bool {
    match text {
        [b'0'..=b'9', ..] if !text.contains(&b':') => is_ipv4(text),
        _ => {
            let zone = text.iter().position(|&byte| byte == b'%').unwrap_or(text.len());
            let address = text.get(..zone).unwrap_or_default();
            let colons = address.iter().filter(|&&byte| byte == b':').count();
            (2..=8).contains(&colons) && address.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b':' || *byte == b'.')
        }
    }
}

fn is_ipv4(text: &[u8]) -> bool {
    let (mut dots, mut value, mut digits) = (0u32, 0u32, 0u32);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                value = value.saturating_mul(10).saturating_add(u32::from(byte & 15));
                digits = digits.saturating_add(1);
            }
            b'.' if digits > 0 => (dots, value, digits) = (dots.saturating_add(1), 0, 0),
            _ => return false,
        }
        if value > 255 || digits > 3 {
            return false;
        }
    }
    dots == 3 && digits > 0
}

/// What stands before the first blank, and what behind the blanks; all of it where there is none.
#[inline]
pub fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, b""));
    (word, skip_blanks(rest))
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

/// What stands before the first such text, and what behind it.
pub fn split_once<'t>(text: &'t [u8], at: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let found = find(text, at)?;
    Some((text.get(..found)?, text.get(found.wrapping_add(at.len())..)?))
}

/// The same for the last one.
pub fn rsplit_once<'t>(text: &'t [u8], at: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let found = rfind(text, at)?;
    Some((text.get(..found)?, text.get(found.wrapping_add(at.len())..)?))
}

/// Where `wanted`, which is not empty, stands first.
pub fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, rest) = wanted.split_first()?;
    let mut from = 0usize;
    loop {
        let tail = text.get(from..)?;
        let found = from.wrapping_add(tail.iter().position(|byte| byte == first)?);
        from = found.wrapping_add(1);
        if text.get(from..)?.starts_with(rest) {
            return Some(found);
        }
    }
}

/// Where it stands last.
pub fn rfind(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut head = text.get(..text.len().checked_sub(wanted.len())?.wrapping_add(1))?;
    loop {
        let found = head.iter().rposition(|byte| byte == first)?;
        if text.get(found..)?.starts_with(wanted) {
            return Some(found);
        }
        head = head.get(..found)?;
    }
}

/// The content of a text in quotes at the beginning, where a backslash keeps a quote from ending it, and what follows it and the blanks.
pub fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let mut at = 0usize;
    loop {
        match inner.get(at)? {
            b'"' => return Some((inner.get(..at)?, skip_blanks(inner.get(at.wrapping_add(1)..)?))),
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
    fn plain_is_what_needs_no_escape() {
        for (text, plain) in [
            ("", true),
            ("short", true),
            ("a\"", false),
            ("eight ch", true),
            ("eight\\ch", false),
            ("more than eight", true),
            ("more than eigh\t", false),
            ("é", false),
            ("long and not ascii é", false),
        ] {
            assert_eq!(is_plain(text.as_bytes()), plain, "{text}");
        }
    }

    #[test]
    fn addresses() {
        for (text, is) in [
            ("1.2.3.4", true),
            ("1.2.3", false),
            ("1.2.3.256", false),
            ("1..2.3", false),
            ("::1", true),
            ("fe80::1%eth0", true),
            ("::ffff:1.2.3.4", true),
            ("host", false),
            ("dead:beef", false),
            ("12:30:11", true),
            ("", false),
            ("1.2.3.4.5", false),
        ] {
            assert_eq!(is_address(text.as_bytes()), is, "{text}");
        }
    }

    #[test]
    fn finds_the_first_and_the_last() {
        assert_eq!((find(b"a from b from c", b" from "), rfind(b"a from b from c", b" from ")), (Some(1), Some(8)));
        assert_eq!((find(b"aab", b"ab"), rfind(b"aba", b"ab"), find(b"", b"x"), rfind(b"x", b"xy")), (Some(1), Some(0), None, None));
    }

    #[test]
    fn quotes_end_where_no_backslash_stands_before() {
        assert_eq!(quoted(br#""a \" b\\" rest"#), Some((&br#"a \" b\\"#[..], &b"rest"[..])));
        assert_eq!((quoted(b"\"open"), quoted(b"\"open\\"), quoted(b"none")), (None, None, None));
    }

    #[test]
    fn numbers_stay_exact() {
        assert_eq!((number(b"0042"), number(b""), number(b"1a"), number(b"1234567890123456")), (Some(42), None, None, None));
    }
}
