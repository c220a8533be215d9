//! Events that are not of their key's window, for windows of counts and of different values alike.
//!
//! Before an event moves a window that holds events far on, the window is kept as it is under a key of its own, and what is far behind the newest event counts
//! there too. What neither reaches counts in windows of its own time, two that overlap by half and never move. So no event of another time closes a window
//! that others are part of, and a run of half a window's length lies within one.

use super::Alert;
use super::part::is_after;
use super::table::{ALERT, Table};

/// A window with so many events is kept.
pub const WORTH_KEEPING: u64 = 4;
/// Words of the longest entry.
pub const MOST_WORDS: usize = ALERT + 32;

/// Words of a key's entry, and parts of its window.
#[derive(Clone, Copy)]
pub struct Layout {
    pub entry: usize,
    pub parts: u32,
}

impl Layout {
    pub const fn new(entry: usize, parts: usize) -> Layout {
        assert!(entry <= MOST_WORDS, "an entry fits where it is kept");
        Layout { entry, parts: parts as u32 }
    }

    /// Parts from the newest on, or back, from which on an event is not of the window without more ado.
    pub const fn far(self) -> u32 {
        self.parts / 4
    }
}

/// Where an event counts that is not of its key's window.
pub enum Place {
    /// In the key's window, which it moves on; that is kept.
    Own,
    /// In the windows of these keys. It came late where the key's own is none of them.
    Besides { keys: [Option<u64>; 2], is_late: bool },
}

/// Finds the place of an event in this part, and keeps the window where it is going to be moved on.
pub fn place(table: &mut Table, layout: Layout, key: u64, part: u32) -> Place {
    let head = table.find(key, layout.entry).map(|entry| entry.stamp());
    let Some(head) = head.filter(|head| !is_after(part, *head)) else {
        keep(table, layout, key, part);
        return Place::Own;
    };
    let is_reached = head.wrapping_sub(part) < layout.parts;
    // The window holds what came before, unless an event moved it on; the one that was kept, what came before that.
    let keys = match (is_reached, kept(table, layout, key, part)) {
        (false, None) => keys_of(key, part, layout.parts).map(Some),
        (_, kept) => [Some(key).filter(|_| is_reached), kept],
    };
    Place::Besides { keys, is_late: !is_reached }
}

/// One of the windows of a key, after an event was counted there.
#[derive(Clone, Copy)]
pub struct Counted {
    pub key: u64,
    pub total: u64,
    pub alert: Alert,
}

/// Which window tells, the fuller one, and the newest alert of both.
pub fn fuller(counted: [Option<Counted>; 2]) -> Option<Counted> {
    counted.into_iter().flatten().reduce(|one, two| Counted {
        alert: newer(one.alert, two.alert),
        ..if two.total > one.total { two } else { one }
    })
}

/// Of two alerts of a key the later one, of the same time the greater one.
pub fn newer(one: Alert, two: Alert) -> Alert {
    if (two.at_s, two.count) > (one.at_s, one.count) { two } else { one }
}

/// The key of the window that was kept, where that reaches the part.
pub fn kept(table: &mut Table, layout: Layout, key: u64, part: u32) -> Option<u64> {
    let key = kept_key(key);
    let head = table.find(key, layout.entry)?.stamp();
    let is_reached = !is_after(part, head.wrapping_add(layout.parts).wrapping_sub(1))
        && is_after(part.wrapping_add(layout.parts), head);
    is_reached.then_some(key)
}

fn keep(table: &mut Table, layout: Layout, key: u64, part: u32) -> Option<()> {
    let mut words = [0u64; MOST_WORDS];
    let words = words.get_mut(..layout.entry)?;
    let entry = table.find(key, layout.entry)?;
    words.copy_from_slice(entry.words);
    let (head, own) = (entry.stamp(), entry.own());
    let mut kept = table.place(kept_key(key), layout.entry, part)?;
    kept.words.copy_from_slice(words);
    kept.set_head(head, own);
    Some(())
}

/// The key of a window as it was before an event moved it far on.
pub fn kept_key(key: u64) -> u64 {
    (key ^ 0xd1b5_4a32_d192_ed03).max(1)
}

/// The keys of the windows that hold what came late: so many parts each, from a multiple of as many on, and from half as many before it.
pub fn keys_of(key: u64, part: u32, parts: u32) -> [u64; 2] {
    let window = |from: u32| u64::from(from.checked_div(parts).unwrap_or_default());
    [
        window(part).wrapping_mul(2),
        window(part.wrapping_add(parts / 2)).wrapping_mul(2).wrapping_add(1),
    ]
    .map(|window| (window.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ key).max(1))
}
