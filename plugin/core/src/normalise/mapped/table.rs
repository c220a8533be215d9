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
    pub(crate) fn new(Lookup { values, default }: &Lookup, field: Field) -> Table {
        let mut exact: Vec<(u64, String, Constant)> = Vec::new();
        let mut patterns: Vec<(usize, Glob, Constant)> = Vec::new();
        // Each goes in at its place: sorting takes more of the host's stack the more there is.
        for (value, constant) in values {
            if value.contains('*') {
                let at = patterns.partition_point(|(len, ..)| *len >= value.len());
                patterns.insert(at, (value.len(), Glob::of(value), constant.clone()));
            } else {
                let head = word_within(value.as_bytes(), 0);
                let at = exact.partition_point(|(held, ..)| *held <= head);
                exact.insert(at, (head, value.clone(), constant.clone()));
            }
        }
        let patterns: Vec<(Glob, Constant)> =
            patterns.into_iter().map(|(_, pattern, constant)| (pattern, constant)).collect();
        let has_many = patterns.iter().filter(|(glob, _)| glob.has_pieces()).count() >= MANY;
        let words = Vocabulary::of(field)
            .filter(|words| default.is_none() && *words == Vocabulary::Outcome);
        Table { values: exact, patterns, has_many, default: default.clone(), words }
    }

    /// The constant that the text stands for; `letters` is room for those of the text.
    pub(crate) fn look_up(&self, text: &[u8], letters: &mut Trigrams) -> Option<&Constant> {
        let head = word_within(text, 0);
        let from = self.values.partition_point(|(known, ..)| *known < head);
        let alike = self
            .values
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|(known, ..)| *known == head);
        let exact = alike
            .map(|(_, value, constant)| (value, constant))
            .find(|(value, _)| is_same(value.as_bytes(), text))
            .map(|(_, constant)| constant);
        let by_pattern = move || {
            let letters = self.has_many.then(|| {
                letters.fill(text);
                &*letters
            });
            let may_match = |glob: &Glob| letters.is_none_or(|letters| glob.may_match(letters));
            self.patterns
                .iter()
                .find(|(glob, _)| may_match(glob) && glob.is_match(text))
                .map(|(_, constant)| constant)
        };
        let by_word = || OUTCOMES.get(usize::from(self.words?.meant(text)?));
        exact.or_else(by_pattern).or_else(by_word).or(self.default.as_ref())
    }
}
