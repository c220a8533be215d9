//! Atoms: the keys that some source asks for, numbered, so that a key is looked up once while it is scanned.
//!
//! A key is compared as (length, first eight bytes, last eight bytes), which is exact up to sixteen bytes; longer ones by the eight between, then whole.

use super::spelling::Spelling;
use crate::text::{word_at, word_within};

/// The number of a key that some source asks for; 0 is a key that none does.
pub type Atom = u16;

/// No source asks for this key.
pub const UNKNOWN: Atom = 0;

/// Stands for "an element of the array" where a member has its key's atom.
pub const ELEMENT: Atom = Atom::MAX;

/// Places of the table; a power of two, so that a place is found by a mask.
const PLACES: usize = 16_384;
/// Half full at most: a search always ends.
pub const MOST: usize = PLACES / 2;
/// Different keys in the paths of all mappings and packs.
pub const MOST_KEYS: usize = 6000;
// Packs, then the sources written in Rust and what others look for.
const _: () = assert!(MOST_KEYS + 2048 <= MOST, "every key that may be asked for has a place");

#[derive(Clone, Copy, Default)]
struct Entry {
    first: u64,
    last: u64,
    len: u32,
    atom: Atom,
}

/// Built once from the sources' paths; open addressing.
pub struct Atoms {
    table: Box<[Entry; PLACES]>,
    keys: Vec<Box<[u8]>>,
    /// By atom: the key as it stands in compact JSON, `"key":`. A last one would have the place of the key that nobody asks for, which stands nowhere.
    spellings: Box<[Spelling; MOST]>,
    /// By atom: its bit in a set of keys.
    bits: Vec<u16>,
}

/// A set of keys, whatever their case, has so many bits: each key sets one, which other keys may set too.
pub const KEY_BITS: usize = 512;

/// The bit of the key that stands in the text, whose neighbours may be read: by its length, its first eight letters and its last.
#[inline(always)]
pub fn key_bit(text: &[u8], start: usize, len: usize) -> u16 {
    const LETTERS: u64 = 0x2020_2020_2020_2020;
    let key = text.get(start..start.wrapping_add(len)).unwrap_or_default();
    let first = match key.first_chunk() {
        Some(first) => u64::from_le_bytes(*first) | LETTERS,
        None => {
            let all = u64::MAX.wrapping_shl((len as u32).wrapping_mul(8));
            (word_within(text, start) | LETTERS) & !all
        }
    };
    let last = u64::from(key.last().copied().unwrap_or_default() | 0x20);
    let mixed = first ^ ((len as u64).wrapping_shl(8) ^ last).wrapping_shl(32);
    mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_shr(55) as u16
}

impl Atoms {
    pub fn new<'k>(keys: impl Iterator<Item = &'k str>) -> Atoms {
        let mut atoms =
            Atoms { table: places(), keys: Vec::new(), spellings: nowhere(), bits: vec![0] };
        for key in keys {
            atoms.add(key.as_bytes());
        }
        atoms
    }

    fn add(&mut self, key: &[u8]) {
        if self.find(key) != UNKNOWN {
            return;
        }
        debug_assert!(self.keys.len() < MOST, "the policy's checks hold keys down to {MOST}");
        if self.keys.len() >= MOST {
            return;
        }
        self.keys.push(key.into());
        if let Some(place) = self.spellings.get_mut(self.keys.len()) {
            *place = Spelling::of(&[b"\"", key, b"\":"].concat());
        }
        self.bits.push(key_bit(key, 0, key.len()));
        let entry = Entry { atom: self.count(), ..signature(key, key, 0) };
        let mut place = home(entry.first, entry.last, entry.len);
        while self.table.get(place).is_some_and(|taken| taken.atom != UNKNOWN) {
            place = next(place);
        }
        if let Some(free) = self.table.get_mut(place) {
            *free = entry;
        }
    }

    /// How many keys there are: atoms run from 1 to this.
    pub fn count(&self) -> Atom {
        Atom::try_from(self.keys.len()).unwrap_or(Atom::MAX)
    }

    /// The key's bit in a set of keys; `None` for a key that nobody asks for.
    #[inline(always)]
    pub fn bit(&self, atom: Atom) -> Option<u16> {
        self.bits.get(usize::from(atom)).copied().filter(|_| atom != UNKNOWN)
    }

    /// The atom of a key written without escapes.
    pub fn find(&self, key: &[u8]) -> Atom {
        self.find_at(key, 0, key.len())
    }

    /// As above, for the key of `len` bytes at `at` in `text`, whose neighbours may be read.
    #[inline(always)]
    pub fn find_at(&self, text: &[u8], at: usize, len: usize) -> Atom {
        let Some(key) = text.get(at..at.wrapping_add(len)) else {
            return UNKNOWN;
        };
        let wanted = signature(key, text, at);
        let mut place = home(wanted.first, wanted.last, wanted.len);
        loop {
            let Some(entry) = self.table.get(place) else {
                return UNKNOWN;
            };
            if entry.atom == UNKNOWN {
                return UNKNOWN;
            }
            if entry.first == wanted.first
                && entry.last == wanted.last
                && entry.len == wanted.len
                && (len <= 16 || self.is_whole(entry.atom, text, at, len))
            {
                return entry.atom;
            }
            place = next(place);
        }
    }

    /// How long the key `atom` is where it stands at `at` as `"key":`; `None` where another stands there, or may.
    #[inline(always)]
    pub fn is_at(&self, atom: Atom, text: &[u8], at: usize) -> Option<usize> {
        let spelling = self.spellings.get(usize::from(atom) % MOST)?;
        spelling.is_at(text, at).then_some(spelling.len())
    }

    /// True if what lies between the first and the last eight bytes is the same too.
    fn is_whole(&self, atom: Atom, text: &[u8], at: usize, len: usize) -> bool {
        let Some(key) = self.keys.get(usize::from(atom).wrapping_sub(1)) else {
            return false;
        };
        let mut between = 8usize;
        while between < len {
            if word_at(key, between.min(len.wrapping_sub(8)))
                != word_at(text, at.wrapping_add(between.min(len.wrapping_sub(8))))
            {
                return false;
            }
            between = between.wrapping_add(8);
        }
        true
    }
}

/// Made on the heap: it is too large for a module's stack.
fn places() -> Box<[Entry; PLACES]> {
    match vec![Entry::default(); PLACES].into_boxed_slice().try_into() {
        Ok(table) => table,
        Err(_) => Box::new([Entry::default(); PLACES]),
    }
}

/// As above.
fn nowhere() -> Box<[Spelling; MOST]> {
    match vec![Spelling::default(); MOST].into_boxed_slice().try_into() {
        Ok(spellings) => spellings,
        Err(_) => Box::new([Spelling::default(); MOST]),
    }
}

#[inline(always)]
fn home(first: u64, last: u64, len: u32) -> usize {
    let mixed = (first ^ last.rotate_left(29))
        .wrapping_add(u64::from(len))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed.wrapping_shr(48) as usize % PLACES
}

#[inline(always)]
fn next(place: usize) -> usize {
    place.wrapping_add(1) % PLACES
}

/// Of a key that stands at `at` in the text.
#[inline(always)]
fn signature(key: &[u8], text: &[u8], at: usize) -> Entry {
    let len = key.len();
    let (first, last) = match (key.first_chunk(), key.last_chunk()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => {
            let letters = !u64::MAX.wrapping_shl((len as u32).wrapping_mul(8));
            (word_within(text, at) & letters, 0)
        }
    };
    Entry { first, last, len: len as u32, atom: UNKNOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_key_and_nothing_else() {
        let keys = [
            "",
            "a",
            "eventID",
            "eventName",
            "requestParameters",
            "requestParametera",
            "requestXarameters",
            "sixteen bytes ok",
            "é",
        ];
        let atoms = Atoms::new(keys.iter().copied());
        let found: Vec<Atom> = keys.iter().map(|key| atoms.find(key.as_bytes())).collect();
        let mut sorted = found.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), keys.len(), "{found:?}");
        assert!(!found.contains(&UNKNOWN));
        for other in ["b", "eventIE", "requestParamXters", "eventNam", "eventNamee", "\0", "a\0"] {
            assert_eq!(atoms.find(other.as_bytes()), UNKNOWN, "{other:?}");
        }
    }

    #[test]
    fn spellings_are_found_where_they_stand_and_nowhere_else() {
        let keys = [
            "",
            "a",
            "type",
            "sixch",
            "sevench",
            "eventName",
            "requestParameters",
            "recipientAccountIdOf",
            "recipientAccountIdOfX",
            "far too long to be compared so",
        ];
        let atoms = Atoms::new(keys.iter().copied());
        for (key, other) in keys.iter().flat_map(|key| keys.iter().map(move |other| (key, other))) {
            let text = format!(" \"{other}\":\"value behind it, of some length\"");
            let found = atoms.is_at(atoms.find(key.as_bytes()), text.as_bytes(), 1);
            let expected = (key == other && key.len() <= 21).then_some(key.len() + 3);
            assert_eq!(found, expected, "{key} {other}");
        }
        let atom = atoms.find(b"requestParameters");
        assert_eq!(atoms.is_at(atom, b"\"requestParametern\":1", 0), None);
        assert_eq!(atoms.is_at(atom, b"\"requestXarameters\":1", 0), None);
        assert_eq!(atoms.is_at(atom, b"\"requestParameters\" :1", 0), None);
        assert_eq!(atoms.is_at(atom, b"\"requestParameters", 0), None);
    }

    #[test]
    fn neighbours_do_not_matter() {
        let atoms = Atoms::new(["user", "type"].into_iter());
        assert_eq!(atoms.find_at(b"\"user\":1,\"type\":2", 1, 4), atoms.find(b"user"));
        assert_eq!(atoms.find_at(b"\"user\":1,\"type\"", 10, 4), atoms.find(b"type"));
    }
}
