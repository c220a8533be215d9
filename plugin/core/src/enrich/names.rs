//! Many names and patterns of names, each with a value: a name is hashed once and found by one probe, whatever their number.

use crate::event::{Event, Field};
use crate::pattern::{Glob, folded, is_folded};

/// Maximum number of names with `*`: each of them is compared with each name of a record.
pub(super) const MOST_PATTERNS: usize = 1000;

/// A field of a record that holds a name, with the name's hash.
#[derive(Clone, Copy)]
pub(super) struct Name {
    field: Field,
    /// `None` if the field is empty.
    hash: Option<u32>,
}

impl Name {
    pub(super) fn new(field: Field, event: &Event, input: &[u8]) -> Name {
        let text = event.text(input, field);
        Name { field, hash: (!text.is_empty()).then(|| hash(text)) }
    }

    pub(super) fn field(self) -> Field {
        self.field
    }
}

/// FNV-1a of the text in lower case. Only the policy's author chooses the names in a table, so records cannot make them collide.
fn hash(text: &[u8]) -> u32 {
    text.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    })
}

/// Names, in lower case and as JSON has them between quotes, with their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Open addressing, at most half full: a place holds the number of an entry, counted from 1.
    places: Vec<u32>,
    entries: Vec<Entry>,
    /// The texts of all entries.
    text: Vec<u8>,
    /// In the order in which they are given.
    patterns: Vec<(Glob, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    start: u32,
    len: u32,
    value: u32,
}

impl Names {
    /// A table of names with a value each; `*` stands for any text. Returns an error that names a name with two values.
    pub(super) fn new(names: &[(String, u32)]) -> Result<Names, String> {
        let mut made = Names::with_room(names.len());
        for (name, value) in names {
            if made.add(name, *value).is_some_and(|held| held != *value) {
                return Err(format!("`{name}` is on two rows"));
            }
        }
        match made.patterns.len() > MOST_PATTERNS {
            true => Err(format!("more than {MOST_PATTERNS} names with `*`")),
            false => Ok(made),
        }
    }

    /// A table of the policy's lists, one value per list. The first list that has a name counts.
    pub(super) fn of_lists(lists: &[(String, Vec<String>)]) -> Names {
        let mut made = Names::with_room(lists.iter().map(|(_, names)| names.len()).sum());
        for (value, (_, names)) in (0u32..).zip(lists) {
            for name in names {
                made.add(name, value);
            }
        }
        made
    }

    fn with_room(count: usize) -> Names {
        let places = count.saturating_mul(2).next_power_of_two();
        Names { places: vec![0; if count == 0 { 0 } else { places }], ..Names::default() }
    }

    /// Adds a name. Returns the value that it has already.
    fn add(&mut self, name: &str, value: u32) -> Option<u32> {
        if name.contains('*') {
            self.patterns.push((Glob::of(name), value));
            return None;
        }
        let folded = folded(name);
        let hash = hash(&folded);
        let at = match self.probe(hash, &|| &folded) {
            Probe::Found(value) => return Some(value),
            Probe::Free(at) => at,
            Probe::Full => return None,
        };
        let place = self.places.get_mut(at)?;
        let start = u32::try_from(self.text.len()).ok()?;
        let len = u32::try_from(folded.len()).ok()?;
        self.text.extend_from_slice(&folded);
        self.entries.push(Entry { hash, start, len, value });
        *place = u32::try_from(self.entries.len()).ok()?;
        None
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        let entries = self.entries.len().saturating_mul(size_of::<Entry>());
        self.text.len().saturating_add(entries).saturating_add(self.places.len().saturating_mul(4))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.patterns.is_empty()
    }

    /// The value of the first of these names that the table has, else of the first that a pattern matches.
    pub(super) fn find(&self, names: &[Name], event: &Event, input: &[u8]) -> Option<u32> {
        let known = || names.iter().filter_map(|name| Some((name.field, name.hash?)));
        let exact = known().find_map(|(field, hash)| {
            match self.probe(hash, &|| event.text(input, field)) {
                Probe::Found(value) => Some(value),
                _ => None,
            }
        });
        if exact.is_some() || self.patterns.is_empty() {
            return exact;
        }
        known().find_map(|(field, _)| {
            let text = event.text(input, field);
            let found = self.patterns.iter().find(|(glob, _)| glob.is_match(text));
            found.map(|(_, value)| *value)
        })
    }

    fn probe<'t>(&self, hash: u32, text: &dyn Fn() -> &'t [u8]) -> Probe {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        for _ in 0..self.places.len() {
            let held = self.places.get(at).copied().unwrap_or_default();
            let Some(nth) = held.checked_sub(1) else { return Probe::Free(at) };
            if let Some(entry) = self.entries.get(nth as usize)
                && entry.hash == hash
                && self.is_text(entry, text())
            {
                return Probe::Found(entry.value);
            }
            at = at.wrapping_add(1) & mask;
        }
        Probe::Full
    }

    fn is_text(&self, entry: &Entry, text: &[u8]) -> bool {
        let start = entry.start as usize;
        let held = self.text.get(start..start.saturating_add(entry.len as usize));
        held.is_some_and(|held| held.len() == text.len() && is_folded(held, text))
    }
}

enum Probe {
    Found(u32),
    Free(usize),
    Full,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Val;

    fn find(names: &Names, text: &str) -> Option<u32> {
        let mut event = Event::new();
        if let Some(span) = event.quote(text.as_bytes()).filter(|_| !text.is_empty()) {
            event.set(Field::ActorName, Val::Json(span));
        }
        let name = Name::new(Field::ActorName, &event, b"");
        names.find(&[name], &event, b"")
    }

    fn pairs(pairs: &[(&str, u32)]) -> Vec<(String, u32)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn names_are_found_before_patterns_in_any_case() {
        let names =
            pairs(&[("*@example.com", 2), ("Ann@Example.com", 1), ("corp\\ann", 1), ("svc-*", 3)]);
        let names = Names::new(&names).unwrap();
        for (name, value) in [
            ("ann@example.COM", Some(1)),
            ("bob@example.com", Some(2)),
            ("CORP\\ann", Some(1)),
            ("svc-backup", Some(3)),
            ("ann", None),
            ("", None),
        ] {
            assert_eq!(find(&names, name), value, "{name}");
        }
        assert!(Names::default().is_empty() && !names.is_empty());
        assert_eq!(find(&Names::default(), "ann"), None);
    }

    #[test]
    fn the_first_list_with_a_name_counts() {
        let list = |value: &str, names: &[&str]| {
            (value.to_owned(), names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let names = Names::of_lists(&[list("a", &["ann", "svc-*"]), list("b", &["Ann", "svc-x"])]);
        let found = ["ann", "svc-x", "svc-y"].map(|name| find(&names, name));
        assert_eq!(found, [Some(0), Some(1), Some(0)]);
    }

    #[test]
    fn a_name_has_one_value() {
        assert!(Names::new(&pairs(&[("ann", 1), ("ANN", 1)])).is_ok());
        let twice = Names::new(&pairs(&[("ann", 1), ("ANN", 2)])).unwrap_err();
        assert_eq!(twice, "`ANN` is on two rows");
        let many: Vec<(String, u32)> =
            (0..=MOST_PATTERNS).map(|nth| (format!("a{nth}*"), 1)).collect();
        assert!(Names::new(&many).is_err());
    }

    #[test]
    fn each_of_many_names_is_found() {
        let many: Vec<(String, u32)> =
            (0..5000).map(|nth| (format!("user{nth}@example.com"), nth)).collect();
        let names = Names::new(&many).unwrap();
        for (name, value) in &many {
            assert_eq!(find(&names, name), Some(*value), "{name}");
        }
        assert_eq!(find(&names, "user5000@example.com"), None);
        assert!(names.memory() > 5000 * size_of::<Entry>());
    }
}
