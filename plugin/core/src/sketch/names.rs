//! Texts of names that are known by a part of their hash, so that a sentence can name what a count was kept for. A name has one place: another one of that
//! place takes it, so that a few names are recalled and none is mistaken for another.

use super::{EDITION, Words};
use crate::text::{cut, word_within};

/// Words of a name: what it is known by and its length, 56 bytes of text.
const NAME: usize = 8;
const TEXT: usize = (NAME - 1) * 8;

pub struct Names {
    pub words: Words,
}

impl Names {
    /// A place for each 64 bytes of `memory`, at least one.
    pub fn new(id: &'static str, memory: usize) -> Names {
        let places = (memory / (NAME * 8)).max(1);
        Names {
            words: Words::new(id, EDITION | 1, places.saturating_mul(NAME))
                .fitted_by(take_over, NAME),
        }
    }

    /// Keeps a name.
    #[inline]
    pub fn keep(&mut self, print: u32, name: &[u8]) {
        let Some(place) = place(&mut self.words.words, print) else { return };
        if super::unpack(place.first().copied().unwrap_or_default()).0 != print {
            write(place, print, name);
        }
    }

    /// The name that was kept, cut to 56 bytes; empty where another has its place.
    pub fn recall(&self, print: u32) -> Name {
        let mut name = Name { text: [0; TEXT], len: 0 };
        let places = self.words.words.as_chunks::<NAME>().0;
        let at = (print as usize).checked_rem(places.len()).unwrap_or_default();
        if let Some([head, text @ ..]) = places.get(at)
            && let (held, len) = super::unpack(*head)
            && held == print
        {
            for (bytes, word) in name.text.as_chunks_mut::<8>().0.iter_mut().zip(text) {
                *bytes = word.to_le_bytes();
            }
            name.len = (len as usize).min(TEXT);
        }
        name
    }

    /// Takes over the names of another of the same size. Of two at one place, either order gives the same.
    pub fn merge(&mut self, other: &Names) {
        let own = self.words.words.as_chunks_mut::<NAME>().0;
        for (own, other) in own.iter_mut().zip(other.words.words.as_chunks::<NAME>().0) {
            *own = (*own).max(*other);
        }
    }
}

/// A name as it was kept.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    text: [u8; TEXT],
    len: usize,
}

impl Name {
    pub fn text(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

fn place(words: &mut [u64], print: u32) -> Option<&mut [u64; NAME]> {
    let places = words.as_chunks_mut::<NAME>().0;
    let at = (print as usize).checked_rem(places.len())?;
    places.get_mut(at)
}

#[cold]
#[inline(never)]
fn write(place: &mut [u64; NAME], print: u32, name: &[u8]) {
    let name = cut(name, TEXT);
    let [head, text @ ..] = place;
    *head = super::pack(print, name.len() as u32);
    for (at, word) in text.iter_mut().enumerate() {
        *word = word_within(name, at.wrapping_mul(8));
    }
}

/// Puts what is held at the places that it has in so many words.
fn take_over(own: &mut [u64], old: &[u64], _: usize) -> bool {
    for held in old.as_chunks::<NAME>().0.iter().filter(|held| held.first() != Some(&0)) {
        let print = super::unpack(held.first().copied().unwrap_or_default()).0;
        if let Some(place) = place(own, print) {
            *place = *held;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_recalled_until_another_takes_its_place() {
        let mut names = Names::new("test", 4 * 64);
        names.keep(5, b"DeleteTrail");
        names.keep(6, "\u{e9}".repeat(40).as_bytes());
        names.keep(5, b"never written, for the print is held");
        assert_eq!(names.recall(5).text(), b"DeleteTrail");
        assert_eq!(names.recall(6).text(), "\u{e9}".repeat(28).as_bytes());
        assert_eq!(names.recall(9).text(), b"", "not another's name");
        names.keep(9, b"GetObject");
        assert_eq!((names.recall(9).text(), names.recall(5).text()), (&b"GetObject"[..], &b""[..]));
    }

    #[test]
    fn names_survive_another_size_and_merge_in_either_order() {
        let (mut one, mut two) = (Names::new("test", 2 * 64), Names::new("test", 2 * 64));
        one.keep(1, b"a");
        two.keep(3, b"b");
        two.keep(4, b"c");
        let mut larger = Names::new("test", 8 * 64);
        assert!(larger.words.take_over(&two.words.words));
        assert_eq!((larger.recall(3).text(), larger.recall(4).text()), (&b"b"[..], &b"c"[..]));
        let merged = |one: &Names, two: &Names| {
            let mut all = Names::new("test", 2 * 64);
            all.merge(one);
            all.merge(two);
            all.words.words
        };
        assert_eq!(merged(&one, &two), merged(&two, &one));
    }
}
