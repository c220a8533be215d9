//! Values that a pass was made over already, with what it found: most records have the client, the action and the reason of one before.
//! The values themselves are compared, so nothing is taken for another.

use crate::pattern::finder::Groups;
use crate::text::{is_same, word_within};

/// Shorter values are passed over at the same cost, longer ones are seldom there again.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=LONGEST;
const LONGEST: usize = 240;
/// A value in whose pass more was found is passed over each time.
const MOST_FOUND: usize = 6;
/// A power of two.
const PLACES: usize = 512;

/// One value in each place; a newer one takes it.
#[derive(Debug, Default)]
pub(super) struct Passed(Vec<Value>);

#[derive(Clone, Debug)]
struct Value {
    finder: u16,
    groups: Groups,
    len: u16,
    count: u16,
    found: [u16; MOST_FOUND],
    text: [u8; LONGEST],
}

const NONE: Value =
    Value { finder: 0, groups: 0, len: 0, count: 0, found: [0; MOST_FOUND], text: [0; LONGEST] };

impl Passed {
    pub(super) fn new() -> Passed {
        Passed(vec![NONE; PLACES])
    }

    /// Numbers of what this finder found in the text for these groups, if it is known.
    pub(super) fn of(&self, finder: usize, groups: Groups, text: &[u8]) -> Option<&[u16]> {
        let value = self.0.get(place_of(finder, groups, text)?)?;
        let is_known = usize::from(value.finder) == finder
            && value.groups == groups
            && value.text.get(..usize::from(value.len)).is_some_and(|held| is_same(held, text));
        value.found.get(..usize::from(value.count)).filter(|_| is_known)
    }

    /// Keeps what this finder found in the text, where it is little.
    pub(super) fn keep(
        &mut self,
        finder: usize,
        groups: Groups,
        text: &[u8],
        found: impl Iterator<Item = u16>,
    ) {
        let Some(value) = place_of(finder, groups, text).and_then(|place| self.0.get_mut(place))
        else {
            return;
        };
        let (mut numbers, mut count) = ([0; MOST_FOUND], 0u16);
        for number in found {
            let Some(place) = numbers.get_mut(usize::from(count)) else {
                return;
            };
            *place = number;
            count = count.wrapping_add(1);
        }
        let (Ok(finder), Some(held)) = (u16::try_from(finder), value.text.get_mut(..text.len()))
        else {
            return;
        };
        held.copy_from_slice(text);
        (value.finder, value.groups, value.len) = (finder, groups, text.len() as u16);
        (value.count, value.found) = (count, numbers);
    }
}

/// The place of a text by words of it: names of clients begin and end alike.
fn place_of(finder: usize, groups: Groups, text: &[u8]) -> Option<usize> {
    if !LENGTHS.contains(&text.len()) {
        return None;
    }
    let seed =
        (finder as u64).wrapping_shl(32) ^ u64::from(groups).wrapping_shl(16) ^ text.len() as u64;
    let quarter = text.len().saturating_sub(8) / 4;
    let hash = (0..5usize).fold(seed, |hash, part| {
        (hash ^ word_within(text, quarter.wrapping_mul(part)))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_right(29)
    });
    Some(hash.wrapping_shr(32) as usize % PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_known_of_the_same_text_and_finder_alone() {
        let mut passed = Passed::new();
        let text = b"Mozilla/5.0 (X11; Linux x86_64)";
        assert_eq!(passed.of(3, 1, text), None);
        passed.keep(3, 1, text, [7, 9].into_iter());
        assert_eq!(passed.of(3, 1, text), Some(&[7, 9][..]));
        assert_eq!((passed.of(2, 1, text), passed.of(3, 1, &text[..30])), (None, None));
        passed.keep(3, 1, text, [].into_iter());
        assert_eq!(passed.of(3, 1, text), Some(&[][..]));
        for text in [&text[..15], &text.repeat(8)] {
            passed.keep(3, 1, text, [1].into_iter());
            assert_eq!(passed.of(3, 1, text), None, "too short or too long");
        }
        assert_eq!(passed.of(3, 2, text), None, "other groups");
        let other = b"another client of thirty letter";
        passed.keep(3, 1, other, 0..7);
        assert_eq!(passed.of(3, 1, other), None, "too much");
    }

    proptest::proptest! {
        /// However many texts take one another's places, what is known of a text is what was kept of it last.
        #[test]
        fn no_text_is_taken_for_another(texts in proptest::collection::vec("[ab]{14,24}", 1..2000)) {
            let mut passed = Passed::new();
            let of = |text: &str| text.bytes().filter(|byte| *byte == b'a').count() as u16;
            for text in &texts {
                let known = passed.of(1, 1, text.as_bytes()).map(<[u16]>::to_vec);
                proptest::prop_assert!(known.is_none_or(|known| known == [of(text)]));
                passed.keep(1, 1, text.as_bytes(), [of(text)].into_iter());
            }
        }
    }
}
