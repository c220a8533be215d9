//! Sets of a schema's fields, by their number.

/// Words of a set.
const WORDS: usize = 3;
/// Maximum number of fields of a schema, those that take the rest included; `schema.rs` refuses a schema with more when it is compiled.
pub(crate) const MOST: usize = WORDS * 64;

/// Some of a schema's fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields([u64; WORDS]);

impl Fields {
    /// The slots' own numbers, for a schema that has a field of each slot and no other.
    pub(super) fn of_slots(slots: u64) -> Fields {
        let mut fields = Fields::default();
        fields.0.iter_mut().take(1).for_each(|word| *word = slots);
        fields
    }

    pub(super) fn insert(&mut self, field: usize) {
        if let Some(word) = self.0.get_mut(field / 64) {
            *word |= 1u64.wrapping_shl(field as u32 % 64);
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn add(&mut self, more: &Fields) {
        self.0.iter_mut().zip(more.0).for_each(|(word, more)| *word |= more);
    }

    pub(super) fn remove(&mut self, less: &Fields) {
        self.0.iter_mut().zip(less.0).for_each(|(word, less)| *word &= !less);
    }

    pub(super) fn keep(&mut self, only: &Fields) {
        self.0.iter_mut().zip(only.0).for_each(|(word, only)| *word &= only);
    }

    /// Takes the field with the lowest number.
    #[inline]
    pub(super) fn take(&mut self) -> Option<usize> {
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
        let mut fields = Fields::default();
        (0..MOST).rev().for_each(|field| fields.insert(field));
        let taken: Vec<usize> = std::iter::from_fn(|| fields.take()).collect();
        assert_eq!(taken, (0..MOST).collect::<Vec<_>>());
        assert!(fields.is_empty());
    }

    #[test]
    fn sets_are_joined_and_cut() {
        let of = |numbers: &[usize]| {
            let mut fields = Fields::default();
            numbers.iter().for_each(|&number| fields.insert(number));
            fields
        };
        let mut fields = of(&[1, 70]);
        fields.add(&of(&[130, 2]));
        fields.remove(&of(&[2]));
        assert_eq!(fields, of(&[1, 70, 130]));
        fields.keep(&of(&[70, 130, 131]));
        assert_eq!(fields, of(&[70, 130]));
        assert_eq!(Fields::of_slots(0b101), of(&[0, 2]));
    }
}
