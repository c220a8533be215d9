//! Which sources a record may be of: each alternative of a `match` is found by its rarest key, so that a record pays for its own keys alone, however
//! many sources there are.

use crate::mapping::Mapping;
use crate::pack;
use crate::parse::atom::{Atom, Atoms, UNKNOWN};
use crate::parse::tape::Tape;
use crate::parse::wrap;
use crate::source::{Source, keys_of};
use std::collections::BTreeMap;

/// The index of all alternatives, and what the record at hand has.
pub(super) struct Known {
    /// For each atom, the groups of names that it belongs to: each stands for whichever of its names a record has. They are numbered behind the atoms.
    groups: Vec<Vec<Atom>>,
    /// For each atom and group, its alternatives within `alternatives`.
    by_atom: Vec<(u16, u16)>,
    alternatives: Vec<Alternative>,
    /// The keys that alternatives need, one after the other.
    needed: Vec<Atom>,
    /// Sources that ask for no key.
    always: Vec<u16>,
    /// For each atom, the look that found it last.
    seen: Vec<u32>,
    looks: u32,
    /// The sources that the record may be of, in the order they are tried.
    found: Vec<u16>,
    /// The record, which has such a source, says beside its own keys which container wrote it.
    pub(super) is_of_container: bool,
    recent: Vec<Recent>,
}

/// Objects with so many known keys at most are remembered, where so many sources are found at most.
const MOST_KEYS: usize = 48;
const MOST_FOUND: usize = 8;
/// Lists of keys that are remembered, each in the one place that it names.
const PLACES: usize = 256;

/// Known keys of an object in their order, four a word, and what was found by them.
#[derive(Clone, Copy, Default)]
struct Recent {
    keys: RootKeys,
    found: [u16; MOST_FOUND],
    count: u16,
    is_of_container: bool,
}

#[derive(Clone, Copy, Default)]
struct RootKeys {
    words: [u64; MOST_KEYS / 4],
    count: u16,
}

impl RootKeys {
    /// The keys of an object that somebody asks for, and a number made of them; `None` where there are too many.
    #[inline(always)]
    fn of(tape: &Tape, object: u32) -> Option<(RootKeys, u64)> {
        let (mut keys, mut word, mut mixed) = (RootKeys::default(), 0u64, 0u64);
        for child in tape.children(object) {
            let atom = tape.node(child).map_or(UNKNOWN, |node| node.atom);
            if atom == UNKNOWN {
                continue;
            }
            word = word.wrapping_shl(16) | u64::from(atom);
            keys.count = keys.count.wrapping_add(1);
            if keys.count % 4 == 0 {
                *keys.words.get_mut(usize::from(keys.count / 4).wrapping_sub(1))? = word;
                mixed = mix(mixed, word);
                word = 0;
            }
        }
        if keys.count % 4 != 0 {
            *keys.words.get_mut(usize::from(keys.count / 4))? = word;
            mixed = mix(mixed, word);
        }
        Some((keys, mixed))
    }

    #[inline(always)]
    fn is(&self, other: &RootKeys) -> bool {
        let words = usize::from(self.count.div_ceil(4));
        self.count == other.count
            && self.words.iter().zip(&other.words).take(words).all(|(one, other)| one == other)
    }
}

fn mix(mixed: u64, word: u64) -> u64 {
    (mixed.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// One set of keys by which a source is known.
struct Alternative {
    source: u16,
    /// Its keys but the rarest within `needed`.
    first: u32,
    count: u32,
}

/// The built-in packs that are enabled and that no mapping of the policy replaces, those that ask for more before those that ask for less.
pub(super) fn packs(
    mappings: &[Mapping],
    enabled: &impl Fn(&str) -> bool,
) -> Vec<&'static Mapping> {
    let is_replaced =
        |pack: &&Mapping| mappings.iter().any(|mapping| mapping.source == pack.source);
    let mut packs: Vec<&Mapping> = pack::built_in()
        .iter()
        .filter(|pack| enabled(&pack.source) && !is_replaced(pack))
        .collect();
    packs.sort_by_key(|pack| std::cmp::Reverse(pack.weight()));
    packs
}

impl Known {
    /// Mappings in order, then sources.
    pub(super) fn new(mappings: &[&Mapping], sources: &[&Source], atoms: &Atoms) -> Known {
        let mut all: Vec<(u16, Vec<Atom>)> = Vec::new();
        let atom = |key: &str| atoms.find(key.as_bytes());
        // A line is what its forms make of it: an object with such keys is some application's.
        let read_objects = |mapping: &Mapping| mapping.text.is_empty() || mapping.is_json;
        for (source, mapping) in (0u16..).zip(mappings).filter(|(_, mapping)| read_objects(mapping))
        {
            all.extend(
                mapping.when.any.iter().map(|tests| {
                    (source, tests.iter().map(|test| atom(test.path.root())).collect())
                }),
            );
            if mapping.when.any.is_empty() && mapping.text.is_empty() {
                all.push((source, Vec::new()));
            }
        }
        debug_assert!(u16::try_from(mappings.len()).is_ok(), "more mappings than a place can name");
        let mut groups: Vec<Vec<Atom>> =
            vec![Vec::new(); usize::from(atoms.count()).saturating_add(1)];
        let mut last = atoms.count();
        for (source, known) in (u16::try_from(mappings.len()).unwrap_or(u16::MAX)..).zip(sources) {
            let mut named: Vec<(&str, Atom)> = Vec::new();
            for (name, paths) in known
                .aliases
                .iter()
                .filter(|(name, _)| known.keys.iter().any(|keys| keys.contains(name)))
            {
                last = last.saturating_add(1);
                named.push((name, last));
                let spelled: Vec<String> =
                    paths.iter().copied().flat_map(known.spellings).collect();
                let roots = spelled.iter().filter_map(|path| {
                    let mut keys = keys_of(path);
                    keys.next().filter(|_| keys.next().is_none())
                });
                for root in roots.map(atom) {
                    if let Some(group) = groups.get_mut(usize::from(root)) {
                        group.push(last);
                    }
                }
            }
            let of = |key: &&str| {
                named
                    .iter()
                    .find(|(name, _)| name == key)
                    .map_or_else(|| atom(key), |(_, group)| *group)
            };
            all.extend(known.keys.iter().map(|keys| (source, keys.iter().map(of).collect())));
        }
        Known::index(
            all,
            groups,
            usize::from(last).saturating_add(1),
            mappings.len().saturating_add(sources.len()),
        )
    }

    fn index(
        mut all: Vec<(u16, Vec<Atom>)>,
        groups: Vec<Vec<Atom>>,
        places: usize,
        sources: usize,
    ) -> Known {
        let mut uses: BTreeMap<Atom, usize> = BTreeMap::new();
        for (_, keys) in &mut all {
            keys.sort_unstable();
            keys.dedup();
            for key in keys.iter() {
                let count = uses.entry(*key).or_default();
                *count = count.saturating_add(1);
            }
        }
        let rarest = |keys: &[Atom]| {
            keys.iter()
                .copied()
                .min_by_key(|key| uses.get(key).copied().unwrap_or_default())
                .unwrap_or(UNKNOWN)
        };
        let mut by_key: BTreeMap<Atom, Vec<(u16, Vec<Atom>)>> = BTreeMap::new();
        for (source, keys) in all {
            by_key.entry(rarest(&keys)).or_default().push((source, keys));
        }
        let always = by_key
            .remove(&UNKNOWN)
            .unwrap_or_default()
            .into_iter()
            .map(|(source, _)| source)
            .collect();
        let mut known = Known {
            groups,
            by_atom: vec![(0, 0); places],
            alternatives: Vec::new(),
            needed: Vec::new(),
            always,
            seen: vec![0; places],
            looks: 0,
            found: Vec::with_capacity(sources),
            is_of_container: false,
            recent: vec![Recent::default(); PLACES],
        };
        for (key, alternatives) in by_key {
            if let Some(place) = known.by_atom.get_mut(usize::from(key)) {
                *place = (known.alternatives.len() as u16, alternatives.len() as u16);
            }
            for (source, keys) in alternatives {
                let first = known.needed.len() as u32;
                known.needed.extend(keys.into_iter().filter(|other| *other != key));
                known.alternatives.push(Alternative {
                    source,
                    first,
                    count: (known.needed.len() as u32).wrapping_sub(first),
                });
            }
        }
        known
    }

    /// Looks at the object's keys and gathers the sources it may be of.
    pub(super) fn look(&mut self, tape: &Tape, object: u32, wrapping: &wrap::Keys) {
        let keys = RootKeys::of(tape, object).filter(|(keys, _)| keys.count > 0);
        let place = keys.map_or(0, |(_, mixed)| mixed.wrapping_shr(56) as usize % PLACES);
        let recent = self.recent.get(place);
        if let Some(((keys, _), recent)) = keys.as_ref().zip(recent)
            && keys.is(&recent.keys)
        {
            self.found.clear();
            self.found.extend(recent.found.iter().copied().take(usize::from(recent.count)));
            self.is_of_container = recent.is_of_container;
            return;
        }
        self.look_anew(tape, object);
        // Fluent Bit can put what a container wrote beside its name.
        self.is_of_container = !self.found.is_empty() && wrapping.has_container(tape, object);
        if let Some((keys, _)) = keys.filter(|_| self.found.len() <= MOST_FOUND)
            && let Some(recent) = self.recent.get_mut(place)
        {
            *recent = Recent {
                keys,
                count: self.found.len() as u16,
                is_of_container: self.is_of_container,
                ..Recent::default()
            };
            recent.found.iter_mut().zip(&self.found).for_each(|(place, found)| *place = *found);
        }
    }

    #[inline(never)]
    fn look_anew(&mut self, tape: &Tape, object: u32) {
        self.found.clear();
        self.looks = self.looks.wrapping_add(1);
        if self.looks == 0 {
            self.seen.fill(0);
            self.looks = 1;
        }
        let mut is_asked_for = false;
        for child in tape.children(object) {
            let atom = tape.node(child).map_or(UNKNOWN, |node| node.atom);
            if atom == UNKNOWN {
                continue;
            }
            let groups = self.groups.get(usize::from(atom)).map_or(&[][..], Vec::as_slice);
            for key in std::iter::once(&atom).chain(groups) {
                if let Some(seen) = self.seen.get_mut(usize::from(*key)) {
                    *seen = self.looks;
                }
                is_asked_for |=
                    self.by_atom.get(usize::from(*key)).is_some_and(|(_, count)| *count > 0);
            }
        }
        if is_asked_for {
            self.gather(tape, object);
        }
        for source in &self.always {
            push(&mut self.found, *source);
        }
        self.found.sort_unstable();
    }

    fn gather(&mut self, tape: &Tape, object: u32) {
        for child in tape.children(object) {
            let atom = tape.node(child).map_or(UNKNOWN, |node| node.atom);
            let groups = self.groups.get(usize::from(atom)).map_or(&[][..], Vec::as_slice);
            for key in std::iter::once(&atom).chain(groups) {
                let (first, count) =
                    self.by_atom.get(usize::from(*key)).copied().unwrap_or_default();
                for index in first..first.wrapping_add(count) {
                    let Some(alternative) = self.alternatives.get(usize::from(index)) else {
                        break;
                    };
                    let needed = self
                        .needed
                        .get(
                            alternative.first as usize
                                ..alternative.first.wrapping_add(alternative.count) as usize,
                        )
                        .unwrap_or_default();
                    if needed
                        .iter()
                        .all(|key| self.seen.get(usize::from(*key)) == Some(&self.looks))
                    {
                        push(&mut self.found, alternative.source);
                    }
                }
            }
        }
    }

    /// The candidate of that number.
    #[inline]
    pub(super) fn candidate(&self, number: usize) -> Option<u16> {
        self.found.get(number).copied()
    }
}

/// Within the room reserved at start: each source once.
fn push(found: &mut Vec<u16>, source: u16) {
    if found.contains(&source) {
        return;
    }
    debug_assert!(found.len() < found.capacity(), "every source has a place");
    if found.len() < found.capacity() {
        found.push(source);
    }
}
