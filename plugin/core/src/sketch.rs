//! Sketches: bounded memory. Each is a fixed number of words, so that its cost is known before the first record and a snapshot is a copy.

pub mod decayed;
pub mod digest;
pub mod distinct;
pub mod evidence;
pub mod failure_reports;
pub mod frequency;
pub mod hours;
pub mod late;
pub mod logarithm;
pub mod names;
pub mod numbers;
pub mod occurrences;
pub mod part;
pub mod past_findings;
pub mod quantiles;
pub mod recent;
pub mod seen;
pub mod table;
pub mod tail;
pub mod window;

use crate::siphash::siphash;
use table::Table;

/// Stands above the shapes of sketches that hold digests; raised when those are made, or kept, in another way.
const EDITION: u64 = 3 << 56;

/// Fills empty words with those of a sketch that had another length, under another budget of memory; both have entries of so many words. False if they
/// cannot be taken over.
pub type Fit = fn(own: &mut [u64], old: &[u64], entry: usize) -> bool;

/// The words of one sketch, as a snapshot keeps them.
pub struct Words {
    /// Names the sketch in a snapshot.
    pub id: &'static str,
    /// Format of the words: words of another format are not loaded.
    pub shape: u64,
    pub words: Vec<u64>,
    /// How words of another length are taken over, and the words of an entry.
    fit: Option<(Fit, usize)>,
}

impl Words {
    pub fn new(id: &'static str, shape: u64, len: usize) -> Words {
        Words { id, shape, words: vec![0; len], fit: None }
    }

    /// Words of another length can be taken over like this.
    pub fn fitted_by(self, fit: Fit, entry: usize) -> Words {
        Words { fit: Some((fit, entry)), ..self }
    }

    /// True if the length is the same under every policy and in every version.
    pub fn is_fixed(&self) -> bool {
        self.fit.is_none()
    }

    /// Fills empty words with what `old` words of another length hold, as far as there is room. False if they cannot be taken over.
    pub fn take_over(&mut self, old: &[u64]) -> bool {
        self.fit.is_some_and(|(fit, entry)| fit(&mut self.words, old, entry))
    }

    #[inline]
    pub fn get(&self, index: usize) -> u64 {
        self.words.get(index).copied().unwrap_or_default()
    }

    #[inline]
    pub fn set(&mut self, index: usize, word: u64) {
        if let Some(place) = self.words.get_mut(index) {
            *place = word;
        }
    }

    /// A word that is a decayed sum. A word of a foreign snapshot may be anything.
    pub fn sum(&self, index: usize) -> f64 {
        let sum = f64::from_bits(self.get(index));
        if sum > 0.0 && sum.is_finite() { sum } else { 0.0 }
    }

    pub fn add_sum(&mut self, index: usize, more: f64) {
        let sum = self.sum(index) + more;
        self.set(index, sum.to_bits());
    }

    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.words.capacity().saturating_mul(8)
    }
}

/// A sketch as its owner lists it.
pub enum Sketch<'a> {
    /// A table of keys.
    Table(&'a mut Table),
    Words(&'a mut Words),
}

impl<'a> Sketch<'a> {
    pub fn words(self) -> &'a mut Words {
        match self {
            Sketch::Table(table) => &mut table.words,
            Sketch::Words(words) => words,
        }
    }
}

/// Called with each sketch of an owner, in a fixed order.
pub type Visit<'v, 'a> = &'v mut dyn FnMut(Sketch<'a>);

/// Hash of text that must not be guessed: SipHash-1-3 under the state's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashKey(pub u64, pub u64);

impl HashKey {
    /// Never 0, which marks a free place.
    #[inline]
    pub fn hash(self, bytes: &[u8]) -> u64 {
        siphash::<1, 3>((self.0, self.1), bytes).max(1)
    }
}

/// State of an entity's last alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// Event time in seconds, counted from long before 1970; 0 for none.
    pub at_s: u64,
    pub count: u64,
    /// How often it was repeated for a cause that lasts, which doubles the time to the next.
    pub repeats: u8,
    /// The policy kept it back, so that nobody was told.
    pub is_suppressed: bool,
}

/// A half of a hash as a share of so many places.
#[inline(always)]
pub fn place(half: u64, places: u64) -> usize {
    half.wrapping_mul(places).wrapping_shr(32) as usize
}

/// Halves of a word.
pub fn pack(high: u32, low: u32) -> u64 {
    u64::from(high).wrapping_shl(32) | u64::from(low)
}

pub fn unpack(word: u64) -> (u32, u32) {
    (word.wrapping_shr(32) as u32, word as u32)
}

/// How laws of sketches are tested: the same cases each time.
#[cfg(test)]
pub fn laws() -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(14),
        ..Default::default()
    }
}
