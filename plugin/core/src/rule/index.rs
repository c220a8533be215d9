//! The index of rules: which of them a record may meet. What rules ask of fields that tell kinds of records apart, such as the action, is answered once for
//! each kind and remembered; so a record pays for one lookup, and for the few rules that may match it.

use super::condition::{Condition, Look, Wanted};
use super::pieces::Pieces;
use super::{Rule, Trigger};
use crate::detect::{Subject, joined};
use crate::event::{Cell, Field, Tag};
use std::collections::BTreeSet;

/// A rule's condition that a record may meet: the rule's number, and which of its conditions it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub rule: u16,
    pub part: Part,
    /// By which pieces of text tell whether a record could meet it.
    pub trigger: Option<u16>,
}

/// Which condition of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    When,
    Step(u8),
    Before,
}

/// Fields with few values each. What rules ask of them alone follows from the kind of record.
pub const KIND: &[Field] = &[
    Field::Source,
    Field::ActionName,
    Field::ActionClass,
    Field::ActionCategory,
    Field::OutcomeResult,
    Field::ActorType,
    Field::TargetType,
    Field::RequestMethod,
    Field::EnvService,
];

/// Entries by source; the rest, which records of any source may meet; and what was found for kinds of records.
#[derive(Debug)]
pub struct Index {
    /// Sorted by key.
    by_source: Vec<(u64, Entry)>,
    open: Vec<Entry>,
    kinds: Kinds,
    pub pieces: Pieces,
}

/// The entries to hold a record against.
#[derive(Clone, Copy, Debug)]
pub enum Selection {
    /// Those kept at this place.
    Kept(usize),
    /// All that its source may meet, which is more than a place holds: those from here on in the list, so many, and those of any source.
    OfSource(usize, usize),
}

impl Index {
    pub fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Index {
        let mut index = Index {
            by_source: Vec::new(),
            open: Vec::new(),
            kinds: Kinds::new(),
            pieces: Pieces::default(),
        };
        for (number, rule) in (0u16..).zip(rules) {
            let mut add = |part, condition| {
                let trigger = index.pieces.add(condition);
                index.add(Entry { rule: number, part, trigger }, condition);
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
        match exact(condition, Field::Source) {
            None => self.open.push(entry),
            Some(sources) => {
                self.by_source.extend(sources.iter().map(|source| (key(source), entry)))
            }
        }
    }

    /// The entries for a record's kind. `may` tells whether a record of the kind may meet an entry; it is asked once for each kind that is remembered.
    pub fn select(&mut self, subject: &Subject<'_>, may: impl Fn(Entry) -> bool) -> Selection {
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
        for at in 0.. {
            let Some(entry) = self.selected(all, at) else {
                break;
            };
            if may(entry) && !self.kinds.push(place, entry) {
                self.kinds.overflow(place, all);
                return all;
            }
        }
        Selection::Kept(place)
    }

    /// The entry at this place of a selection.
    pub fn selected(&self, selection: Selection, at: usize) -> Option<Entry> {
        match selection {
            Selection::Kept(place) => self.kinds.entries(place).get(at).copied(),
            Selection::OfSource(first, count) => {
                let of_source =
                    self.by_source.get(first..first.saturating_add(count)).unwrap_or_default();
                of_source
                    .get(at)
                    .map(|(_, entry)| *entry)
                    .or_else(|| self.open.get(at.checked_sub(count)?).copied())
            }
        }
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
/// Entries kept for one kind.
const MOST: usize = 24;

/// Kinds seen of late, with the entries they may meet: sets of four places, of which the one filled longest ago is filled next.
#[derive(Debug)]
struct Kinds {
    /// 0 where a place is free.
    keys: Vec<u64>,
    counts: Vec<u8>,
    /// What is selected instead where a place did not hold all.
    more: Vec<Option<Selection>>,
    entries: Vec<Entry>,
    /// For each set, the place that is filled next.
    next: Vec<u8>,
}

impl Kinds {
    fn new() -> Kinds {
        const PLACES: usize = SETS * WAYS;
        Kinds {
            keys: vec![0; PLACES],
            counts: vec![0; PLACES],
            more: vec![None; PLACES],
            entries: vec![Entry { rule: 0, part: Part::When, trigger: None }; PLACES * MOST],
            next: vec![0; SETS],
        }
    }

    fn find(&self, kind: u64) -> Option<Selection> {
        let first = set(kind).wrapping_mul(WAYS);
        let at = self
            .keys
            .get(first..first.wrapping_add(WAYS))?
            .iter()
            .position(|held| *held == kind)?;
        let place = first.wrapping_add(at);
        self.more.get(place).copied().flatten().or(Some(Selection::Kept(place)))
    }

    /// A place for a kind that is not held, empty.
    fn evict(&mut self, kind: u64) -> usize {
        let set = set(kind);
        let way = self.next.get_mut(set).map_or(0, |next| {
            let way = *next;
            *next =
                if usize::from(way) >= WAYS.saturating_sub(1) { 0 } else { way.wrapping_add(1) };
            usize::from(way)
        });
        let place = set.wrapping_mul(WAYS).wrapping_add(way);
        if let (Some(key), Some(count), Some(more)) =
            (self.keys.get_mut(place), self.counts.get_mut(place), self.more.get_mut(place))
        {
            (*key, *count, *more) = (kind, 0, None);
        }
        place
    }

    /// Whether there was room.
    fn push(&mut self, place: usize, entry: Entry) -> bool {
        let Some(count) = self.counts.get_mut(place).filter(|count| usize::from(**count) < MOST)
        else {
            return false;
        };
        if let Some(held) =
            self.entries.get_mut(place.wrapping_mul(MOST).wrapping_add(usize::from(*count)))
        {
            *held = entry;
        }
        *count = count.wrapping_add(1);
        true
    }

    fn overflow(&mut self, place: usize, all: Selection) {
        self.more.get_mut(place).into_iter().for_each(|more| *more = Some(all));
    }

    fn entries(&self, place: usize) -> &[Entry] {
        let count = self.counts.get(place).map_or(0, |count| usize::from(*count));
        let first = place.wrapping_mul(MOST);
        self.entries.get(first..first.wrapping_add(count)).unwrap_or_default()
    }
}

fn set(kind: u64) -> usize {
    (kind.wrapping_shr(32) as usize) % SETS
}

/// The texts that a field must have, where the condition names them one by one.
fn exact(condition: &Condition, field: Field) -> Option<Vec<Vec<u8>>> {
    match condition {
        Condition::Field(asked, Wanted::Text(patterns)) if *asked == field => patterns.exact_only(),
        Condition::All(all) => all.iter().find_map(|one| exact(one, field)),
        // Each alternative must name some.
        Condition::Any(any) => any
            .iter()
            .map(|one| exact(one, field))
            .collect::<Option<Vec<_>>>()
            .map(|lists| lists.concat())
            .filter(|list| !list.is_empty()),
        _ => None,
    }
}

/// A source as a number, whatever the letters' case. Two that collide cost a look at a rule more.
fn key(source: &[u8]) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    source.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| mix(hash, byte.to_ascii_lowercase()))
}

impl Rule {
    /// Whether a record of this kind may meet the entry's condition.
    pub fn may(&self, part: Part, look: &Look<'_>) -> bool {
        let by_kind = |condition: &Condition| condition.holds_by(KIND, look);
        self.part(part).is_some_and(|condition| by_kind(condition) != Some(false))
            && !self.unless.iter().any(|known| by_kind(known) == Some(true))
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
