//! Sets of a schema's properties, by their number.

/// Words of a set.
const WORDS: usize = 4;
/// Maximum number of properties of a schema, those that take the rest included; `schema.rs` refuses a schema with more when it is compiled.
pub(crate) const MOST: usize = WORDS * 64;

/// Some of a schema's properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties([u64; WORDS]);

impl Properties {
    /// The fields' own numbers, for a schema that has a property of each field and no other.
    pub(crate) fn of_fields(fields: u64) -> Properties {
        let mut properties = Properties::default();
        properties.0.iter_mut().take(1).for_each(|word| *word = fields);
        properties
    }

    pub(crate) fn insert(&mut self, property: usize) {
        if let Some(word) = self.0.get_mut(property / 64) {
            *word |= 1u64.wrapping_shl(property as u32 % 64);
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(crate) fn add(&mut self, more: &Properties) {
        self.0.iter_mut().zip(more.0).for_each(|(word, more)| *word |= more);
    }

    pub(crate) fn remove(&mut self, less: &Properties) {
        self.0.iter_mut().zip(less.0).for_each(|(word, less)| *word &= !less);
    }

    pub(crate) fn keep(&mut self, only: &Properties) {
        self.0.iter_mut().zip(only.0).for_each(|(word, only)| *word &= only);
    }

    /// Takes the property with the lowest number.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<usize> {
        let (number, word) = self.0.iter_mut().enumerate().find(|(_, word)| **word != 0)?;
        let bit = word.trailing_zeros() as usize;
        *word &= word.wrapping_sub(1);
        Some(number.wrapping_mul(64).wrapping_add(bit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_up_to_the_last_is_held_and_taken_in_order() {
        let mut properties = Properties::default();
        (0..MOST).rev().for_each(|property| properties.insert(property));
        let taken: Vec<usize> = std::iter::from_fn(|| properties.take()).collect();
        assert_eq!(taken, (0..MOST).collect::<Vec<_>>());
        assert!(properties.is_empty());
    }

    #[test]
    fn sets_are_joined_and_cut() {
        let of = |numbers: &[usize]| {
            let mut properties = Properties::default();
            numbers.iter().for_each(|&number| properties.insert(number));
            properties
        };
        let mut properties = of(&[1, 70]);
        properties.add(&of(&[130, 2]));
        properties.remove(&of(&[2]));
        assert_eq!(properties, of(&[1, 70, 130]));
        properties.keep(&of(&[70, 130, 131]));
        assert_eq!(properties, of(&[70, 130]));
        assert_eq!(Properties::of_fields(0b101), of(&[0, 2]));
    }
}
