//! Counting names without end in bounded memory: the weightiest are kept, and what was left out is said.

use crate::wording::{counted, grouped};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Names with what was counted for each.
pub struct HeavyHitters<V> {
    entries: HashMap<String, V>,
    /// Minimum number kept; at twice this number, the lighter half is removed.
    room: usize,
    /// How many there were, those that went included; one that comes back is none more.
    pub names: Distinct,
}

/// How many different names there were; from so many on, at least how many.
#[derive(Default)]
pub struct Distinct {
    hashes: HashSet<u64>,
    has_more: bool,
}

/// Maximum number of distinct names.
const TOLD_APART: usize = 100_000;

impl Distinct {
    pub fn add(&mut self, name: &str) {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let hash = hasher.finish();
        match self.hashes.len() < TOLD_APART {
            true => drop(self.hashes.insert(hash)),
            false => self.has_more |= !self.hashes.contains(&hash),
        }
    }

    /// In words: `1,002`, `at least 100,000`.
    pub fn number(&self) -> String {
        format!("{}{}", self.least(), grouped(self.hashes.len() as u64))
    }

    /// As above, with what they are.
    pub fn counted(&self, noun: &str) -> String {
        format!("{}{}", self.least(), counted(self.hashes.len() as u64, noun))
    }

    /// How many more than those shown, in words; nothing where there are none.
    pub fn beyond(&self, shown: usize, noun: &str) -> Option<String> {
        let more = self.hashes.len().saturating_sub(shown) as u64;
        (more > 0).then(|| format!("{}{}", self.least(), counted(more, noun)))
    }

    fn least(&self) -> &'static str {
        if self.has_more { "at least " } else { "" }
    }
}

/// Weight that decides which entries stay.
pub trait Weight {
    fn weight(&self) -> (u64, u64);
}

impl<V: Weight + Default> HeavyHitters<V> {
    pub fn new(room: usize) -> HeavyHitters<V> {
        HeavyHitters { entries: HashMap::new(), room, names: Distinct::default() }
    }

    pub fn entry(&mut self, name: &str) -> &mut V {
        if !self.entries.contains_key(name) {
            if self.entries.len() >= self.room.saturating_mul(2) {
                self.prune();
            }
            self.names.add(name);
            self.entries.insert(name.to_owned(), V::default());
        }
        self.entries.entry(name.to_owned()).or_default()
    }

    /// The weightiest first, names deciding among equals.
    pub fn sorted(&self) -> Vec<(&str, &V)> {
        let mut sorted: Vec<(&str, &V)> =
            self.entries.iter().map(|(name, value)| (name.as_str(), value)).collect();
        sorted.sort_by(|(name, value), (other_name, other)| {
            other.weight().cmp(&value.weight()).then(name.cmp(other_name))
        });
        sorted
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn prune(&mut self) {
        let lightest: Vec<String> =
            self.sorted().into_iter().skip(self.room).map(|(name, _)| name.to_owned()).collect();
        lightest.iter().for_each(|name| drop(self.entries.remove(name)));
    }
}

/// A few names, in the order they came; how many more there were is not known, only that there were.
#[derive(Clone, Default)]
pub struct Few {
    pub names: Vec<String>,
    pub has_more: bool,
}

impl Few {
    pub fn add(&mut self, name: &str, room: usize) {
        if self.names.iter().any(|known| known == name) {
            return;
        }
        match self.names.len() < room {
            true => self.names.push(name.to_owned()),
            false => self.has_more = true,
        }
    }

    /// Takes those of another over.
    pub fn absorb(&mut self, other: Few, room: usize) {
        self.has_more |= other.has_more;
        other.names.iter().for_each(|name| self.add(name, room));
    }
}

/// At most so many characters: a line of any length must leave room for the others.
pub fn cut(text: &str, room: usize) -> String {
    match text.char_indices().nth(room) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Count(u64);

    impl Weight for Count {
        fn weight(&self) -> (u64, u64) {
            (self.0, 0)
        }
    }

    #[test]
    fn the_weightiest_stay_and_the_others_are_counted() {
        let mut hitters: HeavyHitters<Count> = HeavyHitters::new(10);
        for round in 0..2000 {
            hitters.entry("heavy").0 += 2;
            // Each of them comes back after it went.
            hitters.entry(&format!("light {}", round % 1000)).0 += 1;
        }
        assert!(hitters.len() <= 20);
        assert_eq!((hitters.sorted()[0].0, hitters.sorted()[0].1.0), ("heavy", 4000));
        assert_eq!(
            (
                hitters.names.number(),
                hitters.names.beyond(1, "other"),
                hitters.names.beyond(1001, "other")
            ),
            ("1,001".to_owned(), Some("1,000 others".to_owned()), None)
        );
    }

    #[test]
    fn names_are_told_apart_up_to_a_bound_and_beyond_it_that_is_said() {
        let mut distinct = Distinct::default();
        assert_eq!(distinct.counted("name"), "0 names");
        (0..TOLD_APART).for_each(|name| distinct.add(&name.to_string()));
        distinct.add("0");
        assert_eq!(distinct.number(), "100,000");
        distinct.add("one more");
        assert_eq!(
            (distinct.counted("name"), distinct.hashes.len()),
            ("at least 100,000 names".to_owned(), TOLD_APART)
        );
    }

    #[test]
    fn few_are_few_and_texts_are_cut_between_characters() {
        let mut few = Few::default();
        ["a", "b", "a", "c"].iter().for_each(|name| few.add(name, 2));
        assert_eq!((few.names, few.has_more), (vec!["a".to_owned(), "b".to_owned()], true));
        assert_eq!((cut("äöü", 2), cut("äö", 2)), ("äö...".to_owned(), "äö".to_owned()));
    }
}
