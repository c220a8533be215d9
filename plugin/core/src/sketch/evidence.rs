//! The events that led to a finding. The id of an event is kept once, in a ring; what stands under a key is a chain of links, each to an event and to
//! the link before it. Each detector has a ring of links of its own.

use super::{EDITION, Words, pack, unpack};
use crate::text::{cut, hex16, word_within};

/// Words of an id: serial and length, 48 bytes of text.
const CELL: usize = 7;
const TEXT: usize = 48;
/// Stands for the length of an id that we made: its digest is kept.
const MADE: u32 = u32::MAX;

/// An event's id.
#[derive(Clone, Copy, Debug)]
pub enum Id<'a> {
    /// As its source wrote it.
    Text(&'a [u8]),
    /// A digest of the record.
    Made(u64),
}

impl Id<'_> {
    /// The id as a finding names it: cut to 48 bytes.
    pub fn say(self, each: &mut dyn FnMut(&[u8])) {
        match self {
            Id::Text(text) => each(cut(text, TEXT)),
            Id::Made(digest) => each(&hex16(digest)),
        }
    }
}

/// The ids of the events that detectors refer to.
pub struct Ids {
    pub words: Words,
}

impl Ids {
    pub fn new(memory: usize) -> Ids {
        let cells = (memory / (CELL * 8)).max(8);
        // The first word holds the last serial given.
        let len = cells.saturating_mul(CELL).saturating_add(1);
        Ids { words: Words::new("ids", EDITION | 1, len).fitted_by(take_over, CELL) }
    }

    /// The serial of the next event to be kept; never 0.
    pub fn next(&self) -> u32 {
        (self.words.get(0) as u32).wrapping_add(1).max(1)
    }

    fn cell(&self, serial: u32) -> usize {
        let cells = self.words.words.len() / CELL;
        (serial as usize).checked_rem(cells).unwrap_or_default().wrapping_mul(CELL).wrapping_add(1)
    }

    pub fn keep(&mut self, id: Id<'_>) {
        let serial = self.next();
        self.words.set(0, u64::from(serial));
        let cell = self.cell(serial);
        let Some([head, text @ ..]) =
            self.words.words.get_mut(cell..).and_then(|cells| cells.first_chunk_mut::<CELL>())
        else {
            return;
        };
        let len = match id {
            Id::Made(digest) => {
                let [first, ..] = text;
                *first = digest;
                MADE
            }
            Id::Text(id) => {
                let id = cut(id, TEXT);
                for (index, word) in text.iter_mut().enumerate().take(id.len().div_ceil(8)) {
                    *word = word_within(id, index.wrapping_mul(8));
                }
                id.len() as u32
            }
        };
        *head = pack(serial, len);
    }

    /// The id of that serial, if it is still held.
    pub fn recall(&self, serial: u32, each: &mut dyn FnMut(&[u8])) {
        let Some([head, words @ ..]) =
            self.words.words.get(self.cell(serial)..).and_then(|cells| cells.first_chunk::<CELL>())
        else {
            return;
        };
        let mut text = [0u8; TEXT];
        for (place, word) in text.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        match (unpack(*head), words) {
            ((held, _), _) if held != serial => {}
            ((_, MADE), [digest, ..]) => Id::Made(*digest).say(each),
            ((_, len), _) => each(text.get(..(len as usize).min(TEXT)).unwrap_or_default()),
        }
    }
}

/// A ring of links.
pub struct Evidence {
    pub words: Words,
}

/// The links of one key, as a finding follows them.
#[derive(Clone, Copy, Default)]
pub struct Chain<'a> {
    ring: Option<&'a Evidence>,
    serial: u32,
}

impl<'a> Chain<'a> {
    pub fn new(ring: &'a Evidence, serial: u32) -> Chain<'a> {
        Chain { ring: Some(ring), serial }
    }

    /// A single event, by its own serial.
    pub fn only(event: u32) -> Chain<'a> {
        Chain { ring: None, serial: event }
    }

    /// The serials of the events, newest first, at most `most`.
    pub fn recall(&self, most: usize, each: &mut impl FnMut(u32)) {
        match self.ring {
            Some(ring) => ring.recall(self.serial, most, each),
            None if self.serial != 0 => each(self.serial),
            None => {}
        }
    }
}

impl Evidence {
    /// One link for each 64 bytes of `memory`: the seven words that are left are for an id.
    pub fn new(id: &'static str, memory: usize) -> Evidence {
        // The first word holds the last serial given.
        let len = (memory / 64).max(8).saturating_add(1);
        Evidence { words: Words::new(id, EDITION | 2, len).fitted_by(take_over, 1) }
    }

    /// Keeps a link to the event behind the one with serial `before`; gives its serial.
    #[inline]
    pub fn keep(&mut self, event: u32, before: u32) -> u32 {
        let Some((last, links)) = self.words.words.split_first_mut() else {
            return 0;
        };
        let serial = (*last as u32).wrapping_add(1).max(1);
        *last = u64::from(serial);
        let at = serial.checked_rem(links.len() as u32).unwrap_or_default();
        if let Some(link) = links.get_mut(at as usize) {
            *link = pack(before, event);
        }
        serial
    }

    /// The events from link `serial` back, newest first, at most `most`, as far as the links are still held.
    fn recall(&self, serial: u32, most: usize, each: &mut impl FnMut(u32)) {
        let Some((last, links)) = self.words.words.split_first() else {
            return;
        };
        let mut next = serial;
        for _ in 0..most {
            let is_held = next != 0 && ((*last as u32).wrapping_sub(next) as usize) < links.len();
            let at = next.checked_rem(links.len() as u32).unwrap_or_default() as usize;
            let Some(link) = links.get(at).filter(|_| is_held) else {
                return;
            };
            let (before, event) = unpack(*link);
            each(event);
            next = before;
        }
    }
}

/// Copies the newest cells of a ring of another length.
fn take_over(own: &mut [u64], old: &[u64], cell: usize) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn recalled(evidence: &Evidence, serial: u32) -> Vec<u32> {
        let mut events = Vec::new();
        evidence.recall(serial, 5, &mut |event| events.push(event));
        events
    }

    fn said(ids: &Ids, serial: u32) -> Option<String> {
        let mut said = None;
        ids.recall(serial, &mut |id| said = Some(String::from_utf8(id.to_vec()).unwrap()));
        said
    }

    #[test]
    fn chains_of_several_keys_share_the_ring() {
        let mut evidence = Evidence::new("test", 0);
        let (mut a, mut b) = (0, 0);
        for n in 0..3 {
            a = evidence.keep(n, a);
            b = evidence.keep(10 + n, b);
        }
        assert_eq!(recalled(&evidence, a), [2, 1, 0]);
        for n in 20..28 {
            b = evidence.keep(n, b);
        }
        assert_eq!(recalled(&evidence, a), [], "overwritten: not mistaken for another's");
        assert_eq!(recalled(&evidence, b), [27, 26, 25, 24, 23]);
        assert_eq!(recalled(&evidence, b + 1), [], "not given yet");
    }

    #[test]
    fn ids_are_held_until_others_take_their_place() {
        let mut ids = Ids::new(0);
        for n in 0..20u32 {
            let serial = ids.next();
            let text = if n % 2 == 0 { format!("id-{n}") } else { format!("{n:016x}") };
            ids.keep(if n % 2 == 0 { Id::Text(text.as_bytes()) } else { Id::Made(u64::from(n)) });
            assert_eq!(said(&ids, serial), Some(text));
            assert_eq!(said(&ids, serial + 1), None);
            let held = (1..=serial).filter(|&serial| said(&ids, serial).is_some()).count();
            assert_eq!(held, (n as usize + 1).min(8), "the newest");
        }
    }

    #[test]
    fn long_ids_are_cut_between_characters() {
        let mut ids = Ids::new(0);
        for (id, cut) in [
            ("é".repeat(40), "é".repeat(24)),
            (format!("{}é", "x".repeat(47)), "x".repeat(47)),
            (format!("{}\\u0001\\u0002", "x".repeat(45)), "x".repeat(45)),
        ] {
            let serial = ids.next();
            ids.keep(Id::Text(id.as_bytes()));
            assert_eq!(said(&ids, serial), Some(cut));
        }
    }

    #[test]
    fn under_another_size_the_newest_ids_and_links_are_held() {
        let (mut ids, mut evidence, mut last) =
            (Ids::new(2 << 10), Evidence::new("test", 2 << 10), 0);
        for n in 0..100u32 {
            ids.keep(Id::Text(format!("id-{n}").as_bytes()));
            last = evidence.keep(n, last);
        }
        for memory in [0, 1 << 10, 2 << 10, 8 << 10] {
            let (mut more_ids, mut more) = (Ids::new(memory), Evidence::new("test", memory));
            assert!(more_ids.words.take_over(&ids.words.words));
            assert!(more.words.take_over(&evidence.words.words));
            assert_eq!(recalled(&more, last), [99, 98, 97, 96, 95], "{memory}");
            let held = |ids: &Ids| (1..=100).filter(|serial| said(ids, *serial).is_some()).count();
            let room = (memory / (CELL * 8)).max(8);
            assert_eq!(held(&more_ids), held(&ids).min(room), "{memory}");
            for serial in 1..=100 {
                let text = said(&more_ids, serial);
                assert!(text.is_none_or(|text| text == format!("id-{}", serial - 1)), "{serial}");
            }
            assert_eq!((more_ids.next(), more.keep(100, last)), (101, last + 1), "serials go on");
        }
    }
}
