//! Which sources a record is not of, and the condition that fails for each.

use super::lines::{self, Progress};
use super::{Kind, Tried, all};
use auditward_core::mapping::{Condition, Mapping, Path, Pick, Test, Wanted};
use auditward_core::pattern::Patterns;
use auditward_core::policy::Policy;
use auditward_core::source::{Source, keys_of};
use serde_json::Value;
use std::borrow::Cow;

/// The record that conditions are held against.
pub(super) struct Conditions<'a> {
    pub policy: &'a Policy,
    pub tag: &'a str,
    /// The objects that may be the event: the record, and what lies in its wrappings. None of a line of text.
    pub events: Vec<&'a Value>,
    /// The line of text, and the message behind its header.
    pub lines: Vec<&'a str>,
}

/// Values of a condition that are listed.
const MOST_VALUES: usize = 4;

/// How far the conditions of a source hold.
struct Outcome {
    met: usize,
    of: usize,
    failed: String,
}

impl Conditions<'_> {
    /// The sources that lack least, without the one that the record is of.
    pub(super) fn nearest(&self, known: Option<&str>, most: usize) -> Vec<Tried> {
        // Those of the policy are always shown: the person who asks may be writing one.
        let own: Vec<&str> =
            self.policy.mappings.iter().map(|mapping| mapping.source.as_str()).collect();
        let others = all(self.policy).filter(|kind| Some(kind.id()) != known);
        let mut tried: Vec<Tried> = others
            .filter_map(|kind| {
                let Outcome { met, of, failed } = self.of(&kind)?;
                Some(Tried { source: kind.id().to_owned(), kind: kind.name(), met, of, failed })
            })
            .filter(|tried| tried.met > 0 || tried.of == 0 || own.contains(&tried.source.as_str()))
            .collect();
        let is_own = |tried: &Tried| own.contains(&tried.source.as_str());
        tried.sort_by(|a, b| {
            let nearer = (b.met * a.of).cmp(&(a.met * b.of)).then(b.of.cmp(&a.of));
            is_own(b).cmp(&is_own(a)).then(nearer)
        });
        tried.truncate(most);
        tried
    }

    /// Nothing where the source reads no records of this form.
    fn of(&self, kind: &Kind<'_>) -> Option<Outcome> {
        let mut outcome = match kind {
            Kind::Mapping(mapping) | Kind::Pack(mapping) => self.of_mapping(mapping)?,
            Kind::Source(source) => self.of_source(source)?,
        };
        if !matches!(kind, Kind::Mapping(_)) && !self.policy.input.reads(kind.id()) {
            outcome.failed = "`[input] sources` of the policy disables it".to_owned();
        }
        Some(outcome)
    }

    fn of_mapping(&self, mapping: &Mapping) -> Option<Outcome> {
        if !mapping.text.is_empty() && self.events.is_empty() {
            let Progress { met, of, failed } = lines::progress(mapping, &self.lines);
            return Some(Outcome { met, of, failed });
        }
        // Conditions of a pack of lines are on values of the line, not on keys of JSON.
        if !mapping.text.is_empty() {
            return None;
        }
        let held = self.events.iter().rev().map(|event| met(&mapping.when, event));
        let (met, of, failed) = held.max_by_key(|(met, of, _)| met * 1000 / (*of).max(1))?;
        let tag = mapping
            .tag
            .as_ref()
            .filter(|pattern| !Patterns::new([pattern]).is_match(self.tag.as_bytes()));
        let failed = match (failed, tag) {
            (Some(failed), _) => failed,
            (None, Some(pattern)) => {
                format!("tag {pattern} (the record's tag is \"{}\": --tag sets it)", self.tag)
            }
            (None, None) => "its conditions hold, but another source comes before it".to_owned(),
        };
        Some(Outcome {
            met: met + usize::from(mapping.tag.is_some() && tag.is_none()),
            of: of + usize::from(mapping.tag.is_some()),
            failed,
        })
    }

    fn of_source(&self, source: &Source) -> Option<Outcome> {
        if self.events.is_empty() {
            let failed = "it does not read this line".to_owned();
            return source.lines.is_some().then_some(Outcome { met: 0, of: 0, failed });
        }
        let all = self
            .events
            .iter()
            .rev()
            .flat_map(|event| source.keys.iter().map(move |keys| of_keys(source, keys, event)));
        all.max_by_key(|outcome| outcome.met * 1000 / outcome.of.max(1))
    }

    /// The keys of the record by which it is of that source; nothing for a line of text.
    pub(super) fn keys_of(&self, source: &Source) -> Option<Vec<String>> {
        let of_event = |event: &Value| {
            source
                .keys
                .iter()
                .find_map(|keys| keys.iter().map(|key| key_held(source, key, event)).collect())
        };
        self.events.iter().rev().find_map(|event| of_event(event))
    }
}

/// The path of the record that stands for a key, if it is there.
fn key_held(source: &Source, key: &str, event: &Value) -> Option<String> {
    match source.aliases.iter().find(|(name, _)| *name == key) {
        None => event.get(key).map(|_| key.to_owned()),
        Some((_, paths)) => paths
            .iter()
            .find(|path| at(event, keys_of(path)).is_some())
            .map(|path| path.trim_start_matches('\'').to_owned()),
    }
}

/// How many of the keys an object has.
fn of_keys(source: &Source, keys: &[&str], event: &Value) -> Outcome {
    let lacking: Vec<&str> =
        keys.iter().copied().filter(|key| key_held(source, key, event).is_none()).collect();
    let failed = match lacking.as_slice() {
        [] => "it has the keys, but its values are those of no such record, or another source comes before it".to_owned(),
        lacking => format!("no key `{}`", lacking.join("`, `")),
    };
    Outcome { met: keys.len() - lacking.len(), of: keys.len(), failed }
}

/// How many conditions of the best alternative hold, and the first that does not.
pub(super) fn met(condition: &Condition, event: &Value) -> (usize, usize, Option<String>) {
    let of_alternative = |tests: &Vec<Test>| {
        let failed = tests.iter().find(|test| !holds(test, event));
        (
            tests.iter().filter(|test| holds(test, event)).count(),
            tests.len(),
            failed.map(|test| in_words(test, event)),
        )
    };
    let best = condition
        .any
        .iter()
        .map(of_alternative)
        .max_by_key(|(met, of, _)| met * 1000 / (*of).max(1));
    let (met, of, failed) = best.unwrap_or((0, 0, None));
    let excluded = condition
        .unless
        .iter()
        .find(|test| holds(test, event))
        .map(|test| format!("not {}", test.in_words()));
    (met, of, failed.or(excluded))
}

fn in_words(test: &Test, event: &Value) -> String {
    let there = match resolve(event, &test.path) {
        None => "missing".to_owned(),
        Some(value) => format!("it is {}", shortened(&value.to_string())),
    };
    format!("{} ({there})", test.in_short(MOST_VALUES))
}

/// Text of a record, cut for a line.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain("...".chars()).collect()
    }
}

/// Tells whether a condition of a mapping holds.
pub(super) fn holds(test: &Test, event: &Value) -> bool {
    resolve(event, &test.path)
        .is_some_and(|value| test.wanted.iter().any(|wanted| is(wanted, &value)))
}

/// Tells whether all of a condition holds.
pub(crate) fn is_met(condition: &Condition, event: &Value) -> bool {
    let any = condition.any.is_empty()
        || condition.any.iter().any(|tests| tests.iter().all(|test| holds(test, event)));
    any && !condition.unless.iter().any(|test| holds(test, event))
}

fn is(wanted: &Wanted, value: &Value) -> bool {
    match (wanted, value) {
        (_, Value::Null) => false,
        (Wanted::Any, _) => true,
        (Wanted::Text(text), Value::String(found)) => text == found,
        (Wanted::Pattern(pattern), Value::String(found)) => {
            Patterns::new([pattern]).is_match(found.as_bytes())
        }
        (Wanted::Number(number), Value::String(found)) => number == found,
        (Wanted::Number(number), Value::Number(found)) => *number == found.to_string(),
        (Wanted::Bool(bool), Value::Bool(found)) => bool == found,
        (Wanted::Bool(bool), Value::String(found)) => *found == bool.to_string(),
        _ => false,
    }
}

/// The value at a path of a mapping; null is none.
pub(super) fn resolve<'v>(event: &'v Value, path: &Path) -> Option<Cow<'v, Value>> {
    let mut value = Cow::Borrowed(event);
    for (at, key) in path.keys.iter().enumerate() {
        value = member(value, &key.name)?;
        if key.is_json
            && let Value::String(text) = value.as_ref()
        {
            value = Cow::Owned(serde_json::from_str(text).ok()?);
        }
        let rest = Path {
            text: String::new(),
            keys: path.keys.get(at + 1..).unwrap_or_default().to_vec(),
        };
        match (&key.pick, value.as_ref()) {
            (Pick::Whole, _) => {}
            (pick, Value::Array(elements)) => {
                let is_meant = |element: &&Value| match pick {
                    Pick::Where(path, wanted) => at_path(element, path.iter().map(String::as_str))
                        .is_some_and(|value| is_text(value, wanted)),
                    _ => true,
                };
                return elements
                    .iter()
                    .filter(is_meant)
                    .find_map(|element| resolve(element, &rest))
                    .map(|value| Cow::Owned(value.into_owned()));
            }
            // Where there is one alone, some write no array around it.
            (Pick::Where(path, wanted), element) => {
                if !at_path(element, path.iter().map(String::as_str))
                    .is_some_and(|value| is_text(value, wanted))
                {
                    return None;
                }
            }
            (Pick::First, _) => {}
        }
    }
    Some(value).filter(|value| !value.is_null())
}

fn member<'v>(value: Cow<'v, Value>, key: &str) -> Option<Cow<'v, Value>> {
    match value {
        Cow::Borrowed(value) => value.get(key).map(Cow::Borrowed),
        Cow::Owned(value) => value.get(key).cloned().map(Cow::Owned),
    }
}

fn at_path<'v, 'k>(value: &'v Value, mut keys: impl Iterator<Item = &'k str>) -> Option<&'v Value> {
    keys.try_fold(value, |value, key| value.get(key))
}

fn is_text(value: &Value, wanted: &str) -> bool {
    // Numbers are compared by how they are written.
    let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    written == wanted
}

/// The value at a path of a source; `name[]` is the first element that has one.
pub(super) fn at<'v, 'k>(
    event: &'v Value,
    keys: impl Iterator<Item = &'k str>,
) -> Option<&'v Value> {
    let keys: Vec<&str> = keys.collect();
    let (first, rest) = keys.split_first()?;
    let (name, is_list) = first.strip_suffix("[]").map_or((*first, false), |name| (name, true));
    let value = event.get(name)?;
    let below = |value: &'v Value| {
        if rest.is_empty() {
            Some(value).filter(|value| !value.is_null())
        } else {
            at(value, rest.iter().copied())
        }
    };
    match value {
        Value::Array(elements) if is_list => elements.iter().find_map(below),
        value => below(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at_text(event: &Value, path: &str) -> Option<String> {
        resolve(event, &Path::parse(path).unwrap()).map(|value| value.to_string())
    }

    #[test]
    fn paths_are_followed_as_the_engine_does() {
        let event = json!({"a": {"b": 1, "x.y": 2}, "l": [{"k": "n"}, {"k": "u", "v": "w"}], "j": "{\"in\":{\"x\":3}}", "n": null});
        assert_eq!(at_text(&event, "a.b").as_deref(), Some("1"));
        assert_eq!(at_text(&event, "a.x\\.y").as_deref(), Some("2"));
        assert_eq!(at_text(&event, "l[].v").as_deref(), Some("\"w\""));
        assert_eq!(at_text(&event, "l[k=u].v").as_deref(), Some("\"w\""));
        assert_eq!(at_text(&event, "json:j.in.x").as_deref(), Some("3"));
        for path in ["n", "a.c", "l[k=z].v", "j.in"] {
            assert_eq!(at_text(&event, path), None, "{path}");
        }
    }

    #[test]
    fn the_nearest_source_and_the_condition_that_fails() {
        let text = auditward_core::policy_text::mapping::EXAMPLE;
        let policy = Policy::parse(text).unwrap();
        let nearest = |event: Value, tag: &str| {
            let conditions =
                Conditions { policy: &policy, tag, events: vec![&event], lines: Vec::new() };
            conditions
                .nearest(None, 3)
                .into_iter()
                .find(|tried| tried.source == "acme.crm")
                .unwrap()
        };
        let other = nearest(json!({"app": "crm", "event": {"kind": "debug"}, "ts": 1}), "crm.eu");
        assert_eq!(
            (other.met, other.of, other.failed.as_str()),
            (3, 4, "event.kind = \"audit\" (it is \"debug\")")
        );
        let none = nearest(json!({"app": "crm", "event": {"kind": "audit"}}), "crm.eu");
        assert_eq!(none.failed, "ts exists (missing)");
        let tag = nearest(json!({"app": "crm", "event": {"kind": "audit"}, "ts": 1}), "");
        assert!(tag.failed.contains("tag crm.*") && tag.failed.contains("--tag"), "{tag:?}");
    }
}
