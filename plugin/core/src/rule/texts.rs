//! Texts of a record that conditions look at again and again: without their escapes, and by their letters. Each is made once for all conditions.

use crate::pattern::trigrams::Trigrams;
use crate::text::unescape;

/// Capacity that is kept from record to record.
const KEPT: usize = 64 << 10;
/// Texts that are known at a time.
const KNOWN: usize = 16;
/// Texts whose letters are known at a time.
const LOOKED_UP: usize = 4;

/// A text by where it stands in the record, and how it was changed since.
type Key = (usize, usize, Form);

/// How a text is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Written,
    Unescaped,
    /// Each of the two as patterns spell it.
    Respelled,
    UnescapedRespelled,
}

/// Texts without their escapes.
#[derive(Debug, Default)]
pub struct Unescaped {
    /// One behind the other.
    text: Vec<u8>,
    known: [(usize, usize, usize, usize); KNOWN],
    used: usize,
}

impl Unescaped {
    /// Forgets the record before.
    pub fn forget(&mut self) {
        self.used = 0;
        if self.text.capacity() > KEPT {
            self.text = Vec::new();
        }
        self.text.clear();
    }

    /// Meaning of a text that stands in the record; the text itself where memory is short.
    pub fn of<'t>(&'t mut self, written: &'t [u8]) -> &'t [u8] {
        let (at, len) = (written.as_ptr() as usize, written.len());
        let known = self.known.get(..self.used).unwrap_or_default();
        let known = known.iter().find(|known| known.0 == at && known.1 == len);
        let (start, end) = match known {
            Some((_, _, start, end)) => (*start, *end),
            None => match self.learn(written) {
                Some(part) => part,
                None => return written,
            },
        };
        self.text.get(start..end).unwrap_or(written)
    }

    #[inline(never)]
    fn learn(&mut self, written: &[u8]) -> Option<(usize, usize)> {
        if self.used == KNOWN {
            self.used = 0;
            self.text.clear();
        }
        let start = self.text.len();
        if unescape(written, &mut self.text).is_err() {
            self.text.truncate(start);
            return None;
        }
        let end = self.text.len();
        if let Some(place) = self.known.get_mut(self.used) {
            *place = (written.as_ptr() as usize, written.len(), start, end);
        }
        self.used = self.used.saturating_add(1);
        Some((start, end))
    }
}

/// The letters of long texts.
#[derive(Debug, Default)]
pub struct Letters {
    known: [(Key, Trigrams); LOOKED_UP],
    used: usize,
    next: usize,
}

impl Letters {
    /// Forgets the record before.
    pub fn forget(&mut self) {
        (self.used, self.next) = (0, 0);
    }

    /// Those of `text`, which is `written` in that form.
    pub fn of(&mut self, written: &[u8], form: Form, text: &[u8]) -> Option<&Trigrams> {
        let key = (written.as_ptr() as usize, written.len(), form);
        let known = self.known.get(..self.used).unwrap_or_default();
        let at = match known.iter().position(|known| known.0 == key) {
            Some(at) => at,
            None => {
                let at = self.next % LOOKED_UP;
                let place = self.known.get_mut(at)?;
                place.0 = key;
                place.1.fill(text);
                self.next = at.wrapping_add(1);
                self.used = self.used.max(self.next);
                at
            }
        };
        self.known.get(at).map(|known| &known.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::trigrams::Windows;

    #[test]
    fn texts_are_told_apart_and_forgotten_with_their_record() {
        let record = br"one\\two\nthree\\\\four".to_vec();
        let mut unescaped = Unescaped::default();
        for _ in 0..2 {
            for len in 0..=record.len() {
                let mut wanted = Vec::new();
                assert!(unescape(&record[..len], &mut wanted).is_ok());
                assert_eq!(unescaped.of(&record[..len]), wanted, "{len}");
            }
        }
        unescaped.forget();
        let mut other = record;
        other[..3].copy_from_slice(b"six");
        assert!(unescaped.of(&other).starts_with(br"six\two"));
    }

    #[test]
    fn letters_are_those_of_the_form_asked_for() {
        let record = *br"abc\u0064ef";
        let mut letters = Letters::default();
        for _ in 0..3 {
            let of = letters.of(&record, Form::Written, &record);
            assert!(of.is_some_and(|of| !of.may_have(&Windows::of(b"cdef"))));
            let of = letters.of(&record, Form::Unescaped, b"abcdef");
            assert!(of.is_some_and(|of| of.may_have(&Windows::of(b"cdef"))));
            for len in 3..record.len() {
                let of = letters.of(&record[..len], Form::Written, &record[..len]);
                assert!(of.is_some_and(|of| of.may_have(&Windows::of(&record[..len]))), "{len}");
            }
        }
    }
}
