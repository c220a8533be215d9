//! Objects that hold nothing but a list of records, as clouds deliver them.

use super::place::{Place, most_of_parts};
use auditward_core::parse::shippers::{AUTHORS_OF_LISTS, BESIDE_LISTS, LISTS};
use serde::Deserializer as _;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Tells whether a key is that of a list of records.
pub(super) fn is_list(key: &str) -> bool {
    LISTS.contains(&key)
}

/// Tells whether a key stands beside a list and belongs to its delivery.
pub(super) fn is_beside(key: &str) -> bool {
    BESIDE_LISTS.contains(&key)
}

/// Tells whether a key beside a list says who wrote its events.
pub(super) fn is_author(key: &str) -> bool {
    AUTHORS_OF_LISTS.contains(&key)
}

/// More records than are taken at once.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

/// The list of an object that holds nothing else of interest.
#[derive(Clone, Copy)]
struct List<'b> {
    elements: &'b [u8],
    /// True if a key around it says who wrote its events.
    has_author: bool,
}

/// Reads an object that holds nothing but one list and words of its delivery: the list. It stops at the first other key.
struct ListOf;

impl<'b> Visitor<'b> for ListOf {
    type Value = Option<List<'b>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list of records")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut list: Option<&RawValue> = None;
        let mut has_author = false;
        while let Some(key) = members.next_key::<Cow<'b, str>>()? {
            if is_list(&key) && list.is_none() {
                list = Some(members.next_value()?);
            } else if is_beside(&key) {
                has_author |= is_author(&key);
                members.next_value::<IgnoredAny>()?;
            } else {
                return Err(A::Error::custom("a key of an event"));
            }
        }
        Ok(list.map(|list| List { elements: list.get().as_bytes(), has_author }))
    }
}

fn list(value: &[u8]) -> Option<List<'_>> {
    let mut reader = serde_json::Deserializer::from_slice(value);
    let list = reader.deserialize_map(ListOf).ok()?;
    reader.end().ok()?;
    list
}

/// The list of an event hook of Okta, whose elements are events of their own: `{"cloudEventsVersion":"0.1","data":{"events":[..]},..}`.
fn hook(text: &[u8]) -> Option<List<'_>> {
    memchr::memmem::find(text, b"\"cloudEventsVersion\"")?;
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(text).ok()?;
    members.get("cloudEventsVersion")?;
    let data: BTreeMap<String, &RawValue> =
        serde_json::from_str(members.get("data")?.get()).ok()?;
    let events = data.get("events")?;
    Some(List { elements: events.get().as_bytes(), has_author: false })
}

/// Reads the elements of an array that holds objects, and nothing else; the one after the last that is allowed is an error.
struct Objects {
    most: usize,
}

impl<'b> Visitor<'b> for Objects {
    type Value = Result<Vec<&'b [u8]>, TooMany>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut objects = Vec::new();
        let mut is_over = false;
        while let Some(element) = elements.next_element::<&RawValue>()? {
            let element = element.get().as_bytes();
            if !element.starts_with(b"{") {
                return Err(A::Error::custom("an element that is no record"));
            }
            if objects.len() < self.most {
                objects.push(element);
            } else {
                is_over = true;
            }
        }
        Ok(if is_over { Err(TooMany) } else { Ok(objects) })
    }
}

/// The elements of an array that holds objects, and nothing else.
fn objects(value: &[u8], most: usize) -> Option<Result<Vec<&[u8]>, TooMany>> {
    let mut reader = serde_json::Deserializer::from_slice(value);
    let objects = reader.deserialize_seq(Objects { most }).ok()?;
    reader.end().ok()?;
    (objects != Ok(Vec::new())).then_some(objects)
}

/// Tells whether a JSON value is such an object.
pub(super) fn is_envelope(value: &[u8]) -> bool {
    list(value).and_then(|list| objects(list.elements, usize::MAX)).is_some()
}

/// Tells whether an object whose end is not known begins as such an object: with its list, or with what stands beside one.
pub(super) fn begins(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
    let key = rest
        .strip_prefix(b"\"")
        .and_then(|rest| rest.split(|&byte| byte == b'"').next())
        .and_then(|key| std::str::from_utf8(key).ok());
    key.is_some_and(|key| is_list(key) || is_beside(key))
}

/// The records of a JSON array, or of an object that holds a list of records, each as it stands, or beside what says who wrote it; any other record as it is.
pub fn unbundled(record: &[u8]) -> Vec<Cow<'_, [u8]>> {
    unbundled_within(record, usize::MAX).unwrap_or_else(|_| vec![Cow::Borrowed(record)])
}

/// As above, where there are at most so many.
pub fn unbundled_within(record: &[u8], most: usize) -> Result<Vec<Cow<'_, [u8]>>, TooMany> {
    let text = record.trim_ascii();
    let list = match text.first() {
        // Most records end it with their first key.
        Some(b'{') if begins(text) => list(text).or_else(|| hook(text)),
        Some(b'{') => hook(text),
        Some(b'[') => Some(List { elements: text, has_author: false }),
        _ => None,
    };
    let whole = || vec![Cow::Borrowed(record)];
    let Some(list) = list else { return Ok(whole()) };
    let Some(elements) = objects(list.elements, most).transpose()? else { return Ok(whole()) };
    if !list.has_author {
        return Ok(elements.into_iter().map(Cow::Borrowed).collect());
    }
    let events = Place::of(list.elements, text)
        .and_then(|place| place.each_alone(elements.into_iter(), text, most_of_parts(text)));
    Ok(events.map_or_else(whole, |events| events.into_iter().map(Cow::Owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_envelopes_stand_as_they_are() {
        for text in [
            r#"{"Records":[{"a": 1},{"b":[]}]}"#,
            r#" [{"a": 1} , {"b":[]}]"#,
            r#"{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{"a": 1},{"b":[]}]}"#,
            r#"{"records":[{"a": 1},{"b":[]}]}"#,
            r#"{"@odata.context":"x","value":[{"a": 1},{"b":[]}]}"#,
            r#"{"eventType":"com.okta.event_hook","cloudEventsVersion":"0.1","eventId":"1","data":{"events":[{"a": 1},{"b":[]}]},"contentType":"application/json"}"#,
        ] {
            assert_eq!(
                unbundled(text.as_bytes()),
                [br#"{"a": 1}"#.as_slice(), br#"{"b":[]}"#],
                "{text}"
            );
        }
    }

    #[test]
    fn what_says_who_wrote_a_record_stays_beside_it() {
        let of = |events: &str| {
            format!(
                r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":{events},"logStream":"s"}}"#
            )
        };
        let text = of(r#"[{"a": 1}, {"b":[]}]"#);
        let expected = [of(r#"[{"a": 1}]"#), of(r#"[{"b":[]}]"#)];
        assert_eq!(unbundled(text.as_bytes()), expected.map(String::into_bytes));
        assert_eq!(unbundled_within(text.as_bytes(), 1), Err(TooMany));
        // Where it would be many times the record, that stays whole.
        let long = of(&format!("[{}{{}}]", "{},".repeat(500)))
            .replace("\"g\"", &format!("{:?}", "g".repeat(500)));
        assert_eq!(unbundled(long.as_bytes()), [long.as_bytes()]);
    }

    #[test]
    fn a_record_with_a_list_of_its_own_is_one_record() {
        for line in [
            r#"{"Records":[]}"#,
            r#"{"Records":[{}],"more":1}"#,
            r#"{"cloudEventsVersion":"0.1","data":{"events":["a"]}}"#,
            r#"{"note":"\"cloudEventsVersion\"","data":{"events":[{}]}}"#,
            r#"{"cloudEventsVersion":"0.1","data":[{}]}"#,
            r#"{"Records":[{}],"items":[{}]}"#,
            r#"{"kind":"admin#reports#activity","id":{"time":"t"},"actor":{},"events":[{"name":"e"}]}"#,
            r#"{"events":["a"]}"#,
            r#"{"kind":"Event","metadata":{}}"#,
            "",
            "text",
            "[1]",
            "[]",
            r#"{"Records":{}}"#,
            r#"{"Records":[{}]"#,
        ] {
            assert_eq!(unbundled(line.as_bytes()), [line.as_bytes()], "{line}");
        }
    }
}
