//! Copies of a text with another value in one place.

/// Bytes that a record's parts may have for each of its own: what they share is copied for each of them.
const GROWTH: usize = 8;

/// The most bytes that the parts of such a record may have.
pub(super) fn most_of_parts(record: &[u8]) -> usize {
    record.len().saturating_mul(GROWTH)
}

/// A value's place in the text that it was read from.
pub(super) struct Place {
    from: usize,
    end: usize,
}

impl Place {
    pub(super) fn of(value: &[u8], text: &[u8]) -> Option<Place> {
        let from = value.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
        let end = from.checked_add(value.len()).filter(|end| *end <= text.len())?;
        Some(Place { from, end })
    }

    /// The text with each of the list's elements alone in it, in place of the list.
    pub(super) fn each_alone<'e>(
        &self,
        elements: impl Iterator<Item = &'e [u8]>,
        text: &[u8],
        most: usize,
    ) -> Option<Vec<Vec<u8>>> {
        let alone: Vec<Vec<u8>> = elements.map(|element| [b"[", element, b"]"].concat()).collect();
        self.each_with(&alone, text, most)
    }

    /// The text with each of these in place of the value, within so many bytes in all.
    pub(super) fn each_with(
        &self,
        values: &[Vec<u8>],
        text: &[u8],
        most: usize,
    ) -> Option<Vec<Vec<u8>>> {
        let (before, behind) = (text.get(..self.from)?, text.get(self.end..)?);
        let shared = before.len().saturating_add(behind.len()).saturating_mul(values.len());
        let own: usize = values.iter().map(Vec::len).sum();
        if shared.saturating_add(own) > most {
            return None;
        }
        Some(values.iter().map(|value| [before, value, behind].concat()).collect())
    }
}
