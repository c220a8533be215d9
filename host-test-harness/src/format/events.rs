//! Records that hold several events beside what these share, as an activity of Google Workspace does: the list that `events` of a pack names.

use super::envelope::TooMany;
use super::place::{Place, most_of_parts};
use super::unbundled_within;
use crate::explanation::is_met;
use auditward_core::mapping::{Condition, Mapping, Pick};
use auditward_core::pack;
use auditward_core::parse::shippers::KEYS;
use auditward_core::parse::wrap::MOST as MOST_WRAPPINGS;
use auditward_core::policy::Policy;
use memchr::memmem::Finder;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Divides records: those that are a list, and those of packs with `events`.
#[derive(Clone, Default)]
pub struct Division {
    packs: Vec<Pack>,
}

/// A pack whose records hold several events.
#[derive(Clone)]
struct Pack {
    when: Condition,
    /// Keys from the event's root to the list.
    keys: Vec<String>,
    /// The last of them.
    finder: Finder<'static>,
}

/// Members of an object, each as it stands.
type Members<'r> = BTreeMap<String, &'r RawValue>;

impl Division {
    /// By the packs that the policy reads, and its own mappings.
    pub fn new(policy: &Policy) -> Division {
        let built_in = pack::built_in().iter().filter(|pack| policy.input.reads(&pack.source));
        Division { packs: policy.mappings.iter().chain(built_in).filter_map(Pack::of).collect() }
    }

    /// The records of a record, at most so many: the elements of a list, and of an event that holds several each with what they share.
    pub fn records_within<'r>(
        &self,
        record: &'r [u8],
        most: usize,
    ) -> Result<Vec<Cow<'r, [u8]>>, TooMany> {
        let mut records = Vec::new();
        for part in unbundled_within(record, most)? {
            match self.events(&part) {
                Some(events) => records.extend(events.into_iter().map(Cow::Owned)),
                None => records.push(part),
            }
            if records.len() > most {
                return Err(TooMany);
            }
        }
        Ok(records)
    }

    /// As above, however many there are.
    pub fn records<'r>(&self, record: &'r [u8]) -> Vec<Cow<'r, [u8]>> {
        self.records_within(record, usize::MAX).unwrap_or_else(|_| vec![Cow::Borrowed(record)])
    }

    /// The events of a record that holds several; nothing where it holds one, or where what they share is too long to be copied for each.
    fn events(&self, record: &[u8]) -> Option<Vec<Vec<u8>>> {
        self.within(record.trim_ascii(), most_of_parts(record), MOST_WRAPPINGS)
    }

    /// The events of an object, or of what is wrapped in it: as JSON, or as JSON in text.
    fn within(&self, text: &[u8], most: usize, wrappings: usize) -> Option<Vec<Vec<u8>>> {
        let is_likely = |pack: &Pack| pack.finder.find(text).is_some();
        if !text.starts_with(b"{") || !self.packs.iter().any(is_likely) {
            return None;
        }
        let members: Members<'_> = serde_json::from_slice(text).ok()?;
        for pack in self.packs.iter().filter(|pack| is_likely(pack)) {
            if let Some(events) = pack.events(text, &members, most) {
                return Some(events);
            }
        }
        let wrappings = wrappings.checked_sub(1)?;
        let held = KEYS.iter().filter_map(|key| members.get(*key));
        held.map(|held| held.get()).find_map(|held| {
            let place = Place::of(held.as_bytes(), text)?;
            let events = match held.starts_with('"') {
                true => {
                    let inner: String = serde_json::from_str(held).ok()?;
                    let events = self.within(inner.trim().as_bytes(), most, wrappings)?;
                    let quoted = |event: Vec<u8>| {
                        serde_json::to_vec(&String::from_utf8_lossy(&event)).unwrap_or_default()
                    };
                    events.into_iter().map(quoted).collect()
                }
                false => self.within(held.as_bytes(), most, wrappings)?,
            };
            place.each_with(&events, text, most)
        })
    }
}

impl Pack {
    fn of(mapping: &Mapping) -> Option<Pack> {
        let path = mapping.events.as_ref()?;
        // Without a condition on the record, any record with such a list would be one.
        let is_fit = !mapping.when.any.is_empty()
            && path.keys.iter().all(|key| key.pick == Pick::Whole && !key.is_json);
        let keys: Vec<String> = path.keys.iter().map(|key| key.name.clone()).collect();
        let finder = Finder::new(keys.last()?).into_owned();
        is_fit.then_some(Pack { when: mapping.when.clone(), keys, finder })
    }

    /// Each event of an object of this pack, with what stands around the list.
    fn events(&self, text: &[u8], members: &Members<'_>, most: usize) -> Option<Vec<Vec<u8>>> {
        let (first, rest) = self.keys.split_first()?;
        let mut list = members.get(first)?.get();
        for key in rest {
            let inner: Members<'_> = serde_json::from_str(list).ok()?;
            list = inner.get(key)?.get();
        }
        if !list.starts_with('[') {
            return None;
        }
        let elements: Vec<&RawValue> = serde_json::from_str(list).ok()?;
        let is_several =
            elements.len() > 1 && elements.iter().all(|element| element.get().starts_with('{'));
        if !is_several || !is_met(&self.when, &serde_json::from_slice::<Value>(text).ok()?) {
            return None;
        }
        let elements = elements.iter().map(|element| element.get().as_bytes());
        Place::of(list.as_bytes(), text)?.each_alone(elements, text, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(policy: &str, record: &str) -> Vec<String> {
        let division = Division::new(&Policy::parse(policy).unwrap());
        let records = division.records(record.as_bytes());
        records.iter().map(|record| String::from_utf8_lossy(record).into_owned()).collect()
    }

    const ACTIVITY: &str = r#"{"kind":"admin#reports#activity","id":{"time":"2026-01-15T11:30:00Z","applicationName":"admin"},"actor":{"email":"a@example.com"},"events":[EVENTS],"ipAddress":"192.0.2.1"}"#;

    fn activity(events: &str) -> String {
        ACTIVITY.replace("EVENTS", events)
    }

    #[test]
    fn each_event_comes_with_what_they_share() {
        let (one, two) = (r#"{"name":"CREATE_USER"}"#, r#"{"name":"ASSIGN_ROLE","x":[1, 2]}"#);
        let both = activity(&format!("{one} , {two}"));
        let expected = [activity(one), activity(two)];
        assert_eq!(texts("", &both), expected);
        assert_eq!(texts("", &format!(r#"{{"items":[{both},{}]}}"#, activity(one))).len(), 3);
        let wrapped = |inner: &str| format!(r#"{{"date":1.5,"log":{inner}}}"#);
        assert_eq!(texts("", &wrapped(&both)), expected.clone().map(|one| wrapped(&one)));
        let quoted = |inner: &str| wrapped(&serde_json::to_string(inner).unwrap());
        assert_eq!(texts("", &quoted(&both)), expected.map(|one| quoted(&one)));
    }

    #[test]
    fn a_pack_of_the_policy_divides_its_records_too() {
        let policy = "[[mapping]]\nsource = \"acme.app\"\nmatch = { app = \"acme\" }\nevents = \"body.list\"\n[mapping.fields]\n\"action.name\" = \"body.list[].what\"\n";
        let record = |list: &str| format!(r#"{{"app":"acme","body":{{"list":[{list}]}}}}"#);
        assert_eq!(
            texts(policy, &record(r#"{"what":1},{"what":2}"#)),
            [record(r#"{"what":1}"#), record(r#"{"what":2}"#)]
        );
    }

    #[test]
    fn other_records_stay_whole() {
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(100_000));
        let shared = activity(&vec![r#"{"name":"e"}"#; 50].join(",")).replace("192.0.2.1", &long);
        for record in [
            activity(r#"{"name":"e"}"#),
            activity(""),
            activity(r#"{"name":"e"},5"#),
            r#"{"app":"other","events":[{"name":"e"},{"name":"f"}],"more":1}"#.to_owned(),
            r#"{"events":"#.to_owned(),
            shared.replace("\"ipAddress\":\"{", "\"ipAddress\":{").replace("}\"}", "}}"),
            "events".to_owned(),
            String::new(),
        ] {
            assert_eq!(texts("", &record).len(), 1, "{record:.200}");
        }
        let none = "[input]\nsources = [\"aws.cloudtrail\"]\n";
        assert_eq!(texts(none, &activity(r#"{"name":"e"},{"name":"f"}"#)).len(), 1);
        let division = Division::new(&Policy::default());
        let both = activity(r#"{"name":"e"},{"name":"f"}"#);
        assert!(division.records_within(both.as_bytes(), 1).is_err());
    }
}
