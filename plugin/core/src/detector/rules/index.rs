//! The index of rules: which of them a record may meet. What rules ask of fields that tell kinds of records apart, such as the action, is answered once for
//! each kind and remembered; so a record pays for one lookup, and for the few rules that may match it.

use crate::detect::{Subject, joined};
use crate::event::{Cell, Field, Tag};
use crate::pattern::FOLD;
use crate::pattern::finder::hash_of;
use crate::rule::condition::{Condition, Look};
use crate::rule::pieces::{KIND, Pieces};
use crate::rule::{Rule, Trigger};
use std::collections::{BTreeMap, BTreeSet};

/// A rule's condition that a record may meet: the rule's number, and which of its conditions it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub rule: u16,
    pub part: Part,
    /// By which pieces of text tell whether a record could meet it.
    pub trigger: Option<u16>,
    /// The place of a key that such a record has.
    pub key: Option<u16>,
    /// The parts of the condition that follow from the kind of record, as bits.
    pub settled: u16,
}

/// Which condition of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    When,
    Step(u8),
    Before,
}

/// Entries by source; the rest, which records of any source may meet; and what was found for kinds of records.
#[derive(Debug)]
pub struct Index {
    /// Sorted by key.
    by_source: Vec<(u64, Indexed)>,
    open: Vec<Indexed>,
    kinds: Kinds,
    pub pieces: Pieces,
}

/// An entry, with the actions that it asks for as a set of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Indexed {
    entry: Entry,
    actions: Actions,
}

/// The entries to hold a record against.
#[derive(Clone, Copy, Debug)]
pub enum Selection {
    /// Those kept behind so many others, so many; and how many patterns they look for in the whole record.
    Kept(u64, u16, usize),
    /// All that its source may meet, which is more than a place holds: those from here on in the list, so many, and those of any source.
    OfSource(usize, usize),
}

impl Selection {
    /// How many patterns are looked for in the whole record.
    pub fn in_record(self) -> usize {
        match self {
            Selection::Kept(_, _, patterns) => patterns,
            Selection::OfSource(..) => usize::MAX,
        }
    }
}

impl Index {
    #[inline(never)]
    pub fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Index {
        let mut index = Index {
            by_source: Vec::new(),
            open: Vec::new(),
            kinds: Kinds::new(),
            pieces: Pieces::default(),
        };
        let mut keys = Keys::default();
        for (number, rule) in (0u16..).zip(rules) {
            let mut add = |part, condition| {
                let trigger = index.pieces.add(condition);
                let key = keys.add(condition);
                index.add(Entry { rule: number, part, trigger, key, settled: 0 }, condition);
            };
            match &rule.trigger {
                Trigger::Sequence { steps, .. } => (0u8..)
                    .zip(steps)
                    .for_each(|(step, condition)| add(Part::Step(step), condition)),
                Trigger::Without { before, .. } => {
                    // What came before counts before the match itself.
                    add(Part::When, &rule.when);
                    add(Part::Before, before);
                }
                Trigger::Event | Trigger::Threshold { .. } => add(Part::When, &rule.when),
            }
        }
        // Sorting in place goes deep where there is much.
        let mut sorted = BTreeSet::new();
        for entry in index.by_source.drain(..) {
            sorted.insert(entry);
        }
        index.by_source.extend(sorted);
        index.pieces.finish();
        index
    }

    fn add(&mut self, entry: Entry, condition: &Condition) {
        let actions = condition.exact(Field::ActionName).map_or(Actions::ANY, |names| {
            names.iter().fold(Actions::default(), |set, name| set.with(action(name)))
        });
        let indexed = Indexed { entry, actions };
        match condition.exact(Field::Source) {
            None => self.open.push(indexed),
            Some(sources) => {
                self.by_source.extend(sources.iter().map(|source| (key(source), indexed)))
            }
        }
    }

    /// The entries for a record's kind. `may` gives what the kind settles of an entry that a record of it may meet; it is asked once for each kind that is remembered.
    pub fn select(
        &mut self,
        subject: &Subject<'_>,
        may: impl Fn(Entry) -> Option<u16>,
    ) -> Selection {
        let kind = kind(subject);
        if let Some(place) = self.kinds.find(kind) {
            return place;
        }
        let place = self.kinds.evict(kind);
        let source = key(subject.text(Field::Source));
        let first = self.by_source.partition_point(|(held, _)| *held < source);
        let count = self
            .by_source
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(|(held, _)| *held == source)
            .count();
        let all = Selection::OfSource(first, count);
        let name = subject.text(Field::ActionName);
        // Texts with escapes are held against names when they are without.
        let is_plain = !name.is_empty() && !name.contains(&b'\\');
        let action = is_plain.then(|| action(name));
        let of_source = self.by_source.get(first..first.saturating_add(count)).unwrap_or_default();
        for Indexed { entry, actions } in of_source.iter().map(|(_, held)| held).chain(&self.open) {
            if action.is_some_and(|action| !actions.has(action)) {
                continue;
            }
            if let Some(settled) = may(*entry)
                && !self.kinds.push(
                    place,
                    Entry { settled, ..*entry },
                    self.pieces.in_record(entry.trigger),
                )
            {
                self.kinds.overflow(place, all);
                return all;
            }
        }
        self.kinds.selection(place)
    }

    /// The entry at this place of a selection.
    pub fn selected(&self, selection: Selection, at: usize) -> Option<Entry> {
        let (first, count) = match selection {
            Selection::Kept(first, count, _) if at < usize::from(count) => {
                return self.kinds.entry(first.wrapping_add(at as u64));
            }
            Selection::Kept(..) => return None,
            Selection::OfSource(first, count) => (first, count),
        };
        let indexed = match at.checked_sub(count) {
            None => self.by_source.get(first.checked_add(at)?).map(|(_, indexed)| indexed),
            Some(at) => self.open.get(at),
        };
        indexed.map(|indexed| indexed.entry)
    }
}

/// How often conditions asked for each key so far.
#[derive(Default)]
struct Keys {
    uses: BTreeMap<u16, u32>,
    asked: Vec<u16>,
}

impl Keys {
    /// Of the keys that a record needs to meet the condition, the one that others asked for least often.
    fn add(&mut self, condition: &Condition) -> Option<u16> {
        self.asked.clear();
        condition.keys(&mut self.asked);
        for place in &self.asked {
            let uses = self.uses.entry(*place).or_default();
            *uses = uses.saturating_add(1);
        }
        self.asked.iter().copied().min_by_key(|place| self.uses.get(place).copied())
    }
}

/// The kind of a record as a number, by the values of its fields. Nobody outside can make two kinds one: texts are hashed under the state's key.
fn kind(subject: &Subject<'_>) -> u64 {
    let mut kind = 0;
    for field in KIND {
        let cell = Cell::field(*field);
        let value = match subject.event.tag(cell) {
            _ if !subject.event.has(*field) => 0,
            // Words of our own are told apart by where they stand.
            Tag::Word => subject.event.word(cell).as_ptr().addr() as u64,
            _ => subject.key_in(0, subject.text(*field)),
        };
        kind = joined(kind, value);
    }
    kind.max(1)
}

const SETS: usize = 256;
const WAYS: usize = 4;
/// Entries kept for all kinds, and for one.
const ENTRIES: usize = 1 << 15;
const MOST: u16 = 1024;

/// Kinds seen of late, with the entries they may meet: sets of four places, of which the one filled longest ago is filled next.
#[derive(Debug)]
struct Kinds {
    places: Vec<Place>,
    /// A ring: the entries of each kind stand together, and the newest take the room of the oldest.
    entries: Vec<Entry>,
    /// How many were ever added.
    added: u64,
    /// For each set, the place that is filled next.
    next: Vec<u8>,
}

/// One kind.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// 0 where the place is free.
    kind: u64,
    /// How many entries were added before its own.
    first: u64,
    count: u16,
    /// How many patterns they look for in the whole record.
    in_record: usize,
    /// Selection that is used if the kind has more than can be kept.
    more: Option<Selection>,
}

impl Place {
    fn selection(&self) -> Selection {
        self.more.unwrap_or(Selection::Kept(self.first, self.count, self.in_record))
    }
}

impl Kinds {
    fn new() -> Kinds {
        let none = Entry { rule: 0, part: Part::When, trigger: None, key: None, settled: 0 };
        Kinds {
            places: vec![Place::default(); SETS * WAYS],
            entries: vec![none; ENTRIES],
            added: 0,
            next: vec![0; SETS],
        }
    }

    fn find(&self, kind: u64) -> Option<Selection> {
        let first = set(kind).wrapping_mul(WAYS);
        let set = self.places.get(first..first.wrapping_add(WAYS))?;
        let at = set.iter().position(|held| held.kind == kind)?;
        let place = set.get(at)?;
        // Its entries may have been written over.
        let is_kept = self.added.wrapping_sub(place.first) <= ENTRIES as u64;
        is_kept.then(|| place.selection())
    }

    /// Those of a place that was filled just now.
    fn selection(&self, place: usize) -> Selection {
        self.places.get(place).map_or(Selection::Kept(0, 0, 0), Place::selection)
    }

    /// A place for a kind that is not held, empty.
    fn evict(&mut self, kind: u64) -> usize {
        let set = set(kind);
        let first = set.wrapping_mul(WAYS);
        let held = self.places.get(first..first.wrapping_add(WAYS)).unwrap_or_default();
        let way = match held.iter().position(|held| held.kind == kind) {
            Some(at) => at,
            None => self.next.get_mut(set).map_or(0, |next| {
                let way = usize::from(*next);
                *next = (way.wrapping_add(1) % WAYS) as u8;
                way
            }),
        };
        let place = first.wrapping_add(way);
        if let Some(held) = self.places.get_mut(place) {
            *held = Place { kind, first: self.added, ..Place::default() };
        }
        place
    }

    /// True if there was room.
    fn push(&mut self, place: usize, entry: Entry, in_record: usize) -> bool {
        let Some(held) = self.places.get_mut(place).filter(|held| held.count < MOST) else {
            return false;
        };
        if let Some(kept) = self.entries.get_mut(self.added as usize % ENTRIES) {
            *kept = entry;
        }
        self.added = self.added.wrapping_add(1);
        held.count = held.count.wrapping_add(1);
        held.in_record = held.in_record.saturating_add(in_record);
        true
    }

    fn overflow(&mut self, place: usize, all: Selection) {
        self.places.get_mut(place).into_iter().for_each(|held| held.more = Some(all));
    }

    /// The one that was added behind so many.
    fn entry(&self, at: u64) -> Option<Entry> {
        self.entries.get(at as usize % ENTRIES).copied()
    }
}

fn set(kind: u64) -> usize {
    (kind.wrapping_shr(32) as usize) % SETS
}

/// A source as a number, whatever the letters' case. Two that collide cost a look at a rule more.
fn key(source: &[u8]) -> u64 {
    hash_of(source, FOLD)
}

/// A set of actions: each sets one bit, which other actions may set too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Actions([u64; Actions::WORDS]);

impl Actions {
    /// Some rules ask for forty actions: with fewer bits, every other record would be held against them.
    const WORDS: usize = 4;
    /// Of a rule that asks for no action by its whole name.
    const ANY: Actions = Actions([u64::MAX; Actions::WORDS]);

    fn with(mut self, action: u8) -> Actions {
        let word = self.0.get_mut(usize::from(action / 64));
        word.into_iter().for_each(|word| *word |= 1u64.wrapping_shl(u32::from(action)));
        self
    }

    fn has(&self, action: u8) -> bool {
        let word = self.0.get(usize::from(action / 64)).copied().unwrap_or_default();
        word.wrapping_shr(u32::from(action)) & 1 == 1
    }
}

/// An action as a number, whatever the letters' case.
fn action(name: &[u8]) -> u8 {
    key(name).wrapping_shr(40) as u8
}

impl Rule {
    /// Parts of an entry's condition that the kind of a record decides; `None` if no record of the kind meets it.
    pub fn may(&self, part: Part, look: &Look<'_>) -> Option<u16> {
        let by_kind = |condition: &Condition| condition.holds_by(KIND, look);
        let condition = self.part(part).filter(|condition| by_kind(condition) != Some(false))?;
        let is_known = self.unless.iter().any(|known| by_kind(known) == Some(true));
        (!is_known).then(|| condition.settled(KIND, look))
    }

    /// The condition of an entry.
    pub fn part(&self, part: Part) -> Option<&Condition> {
        match (&self.trigger, part) {
            (Trigger::Sequence { steps, .. }, Part::Step(step)) => steps.get(usize::from(step)),
            (Trigger::Without { before, .. }, Part::Before) => Some(before),
            (_, Part::When) => Some(&self.when),
            _ => None,
        }
    }
}
