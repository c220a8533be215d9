//! Lookup tables: values that stand for others.

use crate::event::{Field, Outcome};
use crate::mapping::{Constant, Lookup};
use crate::pattern::trigrams::Trigrams;
use crate::pattern::{Glob, MANY};
use crate::text::{is_same, word_within};
use crate::vocabulary::Vocabulary;

/// The words of outcomes as constants.
static OUTCOMES: [Constant; Outcome::ALL.len()] =
    [Constant::Word(0), Constant::Word(1), Constant::Word(2), Constant::Word(3)];

/// Values looked up in place of a path's own.
pub(crate) struct Table {
    /// The first eight bytes of a value as a number, by which they are in order, and the value.
    values: Vec<(u64, String, Constant)>,
    /// The longest first.
    patterns: Vec<(Glob, Constant)>,
    /// True if many of them are looked for within a text: then its letters are looked at first.
    has_many: bool,
    default: Option<Constant>,
    /// The words that the field has, where the table does not say all.
    words: Option<Vocabulary>,
}

impl Table {
    pub(crate) fn new(lookup: &Lookup, field: Field) -> Table {
        let (values, default) = lookup.values();
        let mut exact: Vec<(u64, String, Constant)> = Vec::new();
        let mut patterns: Vec<(usize, Glob, Constant)> = Vec::new();
        // Each goes in at its place: sorting takes more of the host's stack the more there is.
        for (value, constant) in values {
            if value.contains('*') {
                let at = patterns.partition_point(|(len, ..)| *len >= value.len());
                patterns.insert(at, (value.len(), Glob::of(&value), constant));
            } else {
                let head = word_within(value.as_bytes(), 0);
                let at = exact.partition_point(|(held, ..)| *held <= head);
                exact.insert(at, (head, value, constant));
            }
        }
        let patterns: Vec<(Glob, Constant)> =
            patterns.into_iter().map(|(_, pattern, constant)| (pattern, constant)).collect();
        let has_many = patterns.iter().filter(|(glob, _)| glob.has_pieces()).count() >= MANY;
        let words = Vocabulary::of(field)
            .filter(|words| default.is_none() && *words == Vocabulary::Outcome);
        Table { values: exact, patterns, has_many, default, words }
    }

    /// True if a look-up may cost more than to know it from a record before.
    pub(crate) fn is_costly(&self) -> bool {
        self.patterns.len() >= MANY
    }

    /// The constant that the text stands for; `letters` is room for those of the text.
    pub(crate) fn look_up(&self, text: &[u8], letters: &mut Trigrams) -> Option<&Constant> {
        self.constant(self.find(text, letters))
    }

    /// The constant that a number of `find` stands for: those of values, then of patterns, then of words; behind them the default.
    pub(crate) fn constant(&self, number: usize) -> Option<&Constant> {
        let Some(pattern) = number.checked_sub(self.values.len()) else {
            return self.values.get(number).map(|(_, _, constant)| constant);
        };
        let Some(word) = pattern.checked_sub(self.patterns.len()) else {
            return self.patterns.get(pattern).map(|(_, constant)| constant);
        };
        OUTCOMES.get(word).or(self.default.as_ref())
    }

    /// The number of the constant that the text stands for.
    pub(crate) fn find(&self, text: &[u8], letters: &mut Trigrams) -> usize {
        let head = word_within(text, 0);
        let from = self.values.partition_point(|(known, ..)| *known < head);
        let alike = self
            .values
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|(known, ..)| *known == head);
        let exact = (from..)
            .zip(alike)
            .find(|(_, (_, value, _))| is_same(value.as_bytes(), text))
            .map(|(at, _)| at);
        let by_pattern = move || {
            let letters = self.has_many.then(|| {
                letters.fill(text);
                &*letters
            });
            let may_match = |glob: &Glob| letters.is_none_or(|letters| glob.may_match(letters));
            let at = self
                .patterns
                .iter()
                .position(|(glob, _)| may_match(glob) && glob.is_match(text))?;
            Some(self.values.len().saturating_add(at))
        };
        let behind = self.values.len().saturating_add(self.patterns.len());
        let by_word = || Some(behind.saturating_add(usize::from(self.words?.meant(text)?)));
        exact.or_else(by_pattern).or_else(by_word).unwrap_or(behind.saturating_add(OUTCOMES.len()))
    }
}

/// Shorter texts that were looked up, with what they stand for: most records have the action of one before. The texts themselves are compared.
pub(crate) struct LookedUp(Vec<Known>);

const LONGEST: usize = 64;
/// A power of two.
const PLACES: usize = 256;

#[derive(Clone, Copy)]
struct Known {
    table: u16,
    len: u16,
    number: u32,
    text: [u8; LONGEST],
}

impl LookedUp {
    pub(crate) fn new() -> LookedUp {
        LookedUp(vec![Known { table: 0, len: 0, number: 0, text: [0; LONGEST] }; PLACES])
    }

    /// The result of `table.find`, where `number` is the table's.
    #[inline]
    pub(crate) fn find(
        &mut self,
        (number, table): (u16, &Table),
        text: &[u8],
        letters: &mut Trigrams,
    ) -> usize {
        if !table.is_costly() || !(1..=LONGEST).contains(&text.len()) {
            return table.find(text, letters);
        }
        let last = word_within(text, text.len().saturating_sub(8)).rotate_left(29);
        let middle = word_within(text, text.len() / 2).rotate_left(17);
        let mixed = (word_within(text, 0) ^ middle ^ last ^ u64::from(number))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let Some(known) = self.0.get_mut(mixed.wrapping_shr(32) as usize % PLACES) else {
            return table.find(text, letters);
        };
        let is_known = known.table == number
            && known.text.get(..usize::from(known.len)).is_some_and(|held| is_same(held, text));
        if !is_known {
            let found = table.find(text, letters);
            (known.table, known.len, known.number) = (number, text.len() as u16, found as u32);
            if let Some(place) = known.text.get_mut(..text.len()) {
                place.copy_from_slice(text);
            }
        }
        known.number as usize
    }
}
