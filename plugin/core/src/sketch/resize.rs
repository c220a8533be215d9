//! Takes over the words of a sketch that had another length: under another budget of memory.

use super::{Words, frequency, past_findings, recent, table};

/// How the words of a sketch are laid out, as far as their length can change.
#[derive(Clone, Copy, Debug)]
pub enum Resize {
    /// They cannot be taken over.
    No,
    /// Sets of keys.
    Table { entry: usize },
    /// A ring of cells of so many words, behind the last serial.
    Serials { cell: usize },
    /// Hashes of events.
    Recent,
    /// Findings of the past.
    Findings,
    /// Counts of values.
    Frequency,
    /// By its owner.
    Own(fn(&mut [u64], &[u64])),
}

impl Words {
    /// Fills empty words with what `old` words of another length hold, as far as there is room. False if they cannot be taken over.
    pub fn take_over(&mut self, old: &[u64]) -> bool {
        match self.resize {
            Resize::No => false,
            Resize::Table { entry } => table::take_over(&mut self.words, old, entry),
            Resize::Serials { cell } => serials(&mut self.words, old, cell),
            Resize::Recent => recent::take_over(&mut self.words, old),
            Resize::Frequency => frequency::take_over(&mut self.words, old),
            Resize::Own(take_over) => {
                take_over(&mut self.words, old);
                true
            }
            Resize::Findings => past_findings::take_over(&mut self.words, old),
        }
    }
}

fn serials(own: &mut [u64], old: &[u64], cell: usize) -> bool {
    let (Some((last, own)), Some((old_last, old))) = (own.split_first_mut(), old.split_first())
    else {
        return false;
    };
    *last = *old_last;
    let count = |words: &[u64]| words.len().checked_div(cell).unwrap_or_default();
    let (room, held) = (count(own), count(old));
    // Before the first serial there is nothing: its places would be those of others.
    for age in 0..room.min(held).min(*old_last as usize) as u32 {
        let serial = (*old_last as u32).wrapping_sub(age) as usize;
        let (Some(to), Some(from)) = (serial.checked_rem(room), serial.checked_rem(held)) else {
            return false;
        };
        let from = old.get(from.saturating_mul(cell)..).and_then(|old| old.get(..cell));
        let to = own.get_mut(to.saturating_mul(cell)..).and_then(|own| own.get_mut(..cell));
        if let (Some(to), Some(from)) = (to, from) {
            to.copy_from_slice(from);
        }
    }
    true
}
