//! Joins the state of two instances, and forgets a person.

use super::Detect;
use crate::detect::subject::PERSON;
use crate::detect::{account_key, joined};
use crate::detector;
use crate::sketch::Words;
use std::cmp::Ordering;

/// Sketches of baselines begin with this.
const LEARNED: &str = "baseline.";

impl Detect {
    /// Adds what another instance learned under the same policy. Baselines are merged; what else is kept for hours, as windows and the events seen, is that of
    /// the newer of both. False, and nothing is changed, if their hash keys differ: names would not meet.
    pub fn merge(&mut self, other: &mut Detect) -> bool {
        if self.key() != other.key() {
            return false;
        }
        let is_newer = match other.watermark.cmp(&self.watermark) {
            Ordering::Equal => self.first_difference(other) == Ordering::Less,
            order => order == Ordering::Greater,
        };
        if is_newer {
            self.take_others(other);
        }
        self.watermark = self.watermark.max(other.watermark);
        self.baselines.merge(&other.baselines);
        true
    }

    /// The order of the first sketch in which they differ.
    fn first_difference(&mut self, other: &mut Detect) -> Ordering {
        let mut index = 0usize;
        while let (Some(own), Some(theirs)) = (self.words(index), other.words(index)) {
            if is_short(own) && own.words != theirs.words {
                return own.words.cmp(&theirs.words);
            }
            index = index.saturating_add(1);
        }
        Ordering::Equal
    }

    fn take_others(&mut self, other: &mut Detect) {
        let mut index = 0usize;
        while let (Some(own), Some(theirs)) = (self.words(index), other.words(index)) {
            if is_short(own) && own.words.len() == theirs.words.len() {
                own.words.clone_from(&theirs.words);
            }
            index = index.saturating_add(1);
        }
    }

    /// Forgets an account of an environment, the person of that name, and all findings of the past, which may name them. Gives the places that were kept.
    pub fn forget_account(&mut self, environment: &str, account: &str) -> usize {
        let person = joined(PERSON, self.digest.of(account.as_bytes()));
        let keys = [account_key(&self.digest, environment.as_bytes(), account.as_bytes()), person];
        let forgotten = keys.into_iter().map(|key| self.forget(key)).fold(0, usize::saturating_add);
        self.past_findings.words.clear();
        forgotten
    }

    fn forget(&mut self, key: u64) -> usize {
        let forgotten = usize::from(self.baselines.forget(key));
        let mut tables = 0usize;
        for index in 0..detector::ALL.len() {
            self.tables(index, |table| {
                let places = table.words_of(key);
                places.iter().for_each(|place| table.words.set(*place, 0));
                tables = tables.saturating_add(usize::from(!places.is_empty()));
            });
        }
        forgotten.saturating_add(tables)
    }
}

fn is_short(words: &Words) -> bool {
    !words.id.starts_with(LEARNED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::sketch::HashKey;

    fn detect(key: u64) -> Detect {
        Detect::new(&Policy::default(), HashKey(key, 2))
    }

    fn all(detect: &mut Detect) -> Vec<Vec<u64>> {
        let mut words = Vec::new();
        while let Some(held) = detect.words(words.len()) {
            words.push(held.words.clone());
        }
        words
    }

    #[test]
    fn windows_are_those_of_the_newer_in_either_order() {
        for watermarks in [(5, 7), (7, 5), (7, 7)] {
            let of = |watermark: i64, mark: u64| {
                let mut detect = detect(1);
                detect.watermark = watermark;
                detect.words(0).unwrap().set(4, mark);
                detect
            };
            let (mut one, mut two) = (of(watermarks.0, 1), of(watermarks.1, 2));
            assert!(one.merge(&mut of(watermarks.1, 2)) && two.merge(&mut of(watermarks.0, 1)));
            assert!(all(&mut one) == all(&mut two) && one.watermark == 7);
            let kept = if watermarks.0 > watermarks.1 { 1 } else { 2 };
            assert_eq!(one.words(0).unwrap().get(4), kept);
        }
    }

    #[test]
    fn states_of_different_keys_do_not_meet() {
        let (mut one, mut two) = (detect(1), detect(3));
        two.watermark = 9;
        assert!(!one.merge(&mut two) && one.watermark != 9);
    }

    #[test]
    fn a_forgotten_account_has_no_place() {
        let mut detect = detect(1);
        let key = account_key(&detect.digest, b"", b"Anna");
        let entry = crate::detect::baseline::actor::ENTRY;
        detect.baselines.actors.place(key, entry, 1).unwrap().words[5] = 7;
        detect.past_findings.words.set(9, 9);
        assert_eq!(detect.forget_account("", "berta"), 0);
        assert_eq!(detect.forget_account("", "anna"), 1, "names are compared without case");
        assert!(detect.baselines.actors.find(key, entry).is_none());
        assert_eq!((detect.forget_account("", "anna"), detect.past_findings.words.get(9)), (0, 0));
    }
}
