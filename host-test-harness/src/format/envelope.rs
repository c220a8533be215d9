//! Objects that hold nothing but a list of records, as clouds deliver them.

use auditward_core::parse::shippers::{BESIDE_LISTS, LISTS};
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

/// More records than are taken at once.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

/// Reads an object that holds nothing but one list and words of its delivery: the list. It stops at the first other key.
struct ListOf;

impl<'b> Visitor<'b> for ListOf {
    type Value = Option<&'b RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list of records")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut list = None;
        while let Some(key) = members.next_key::<Cow<'b, str>>()? {
            if is_list(&key) && list.is_none() {
                list = Some(members.next_value()?);
            } else if is_beside(&key) {
                members.next_value::<IgnoredAny>()?;
            } else {
                return Err(A::Error::custom("a key of an event"));
            }
        }
        Ok(list)
    }
}

/// The list of an object that holds nothing else of interest.
fn list(value: &[u8]) -> Option<&[u8]> {
    let mut reader = serde_json::Deserializer::from_slice(value);
    let list = reader.deserialize_map(ListOf).ok()?;
    reader.end().ok()?;
    list.map(|list| list.get().as_bytes())
}

/// The list of an event hook of Okta, whose elements are events of their own: `{"cloudEventsVersion":"0.1","data":{"events":[..]},..}`.
fn hook(text: &[u8]) -> Option<&[u8]> {
    memchr::memmem::find(text, b"\"cloudEventsVersion\"")?;
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(text).ok()?;
    members.get("cloudEventsVersion")?;
    let data: BTreeMap<String, &RawValue> =
        serde_json::from_str(members.get("data")?.get()).ok()?;
    data.get("events").map(|events| events.get().as_bytes())
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
    list(value).and_then(|list| objects(list, usize::MAX)).is_some()
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

/// The records of a JSON array, or of an object that holds a list of records, each as it stands; any other record as it is.
pub fn unbundled(record: &[u8]) -> Vec<&[u8]> {
    unbundled_within(record, usize::MAX).unwrap_or_else(|_| vec![record])
}

/// As above, where there are at most so many.
pub fn unbundled_within(record: &[u8], most: usize) -> Result<Vec<&[u8]>, TooMany> {
    let text = record.trim_ascii();
    let elements = match text.first() {
        // Most records end it with their first key.
        Some(b'{') if begins(text) => {
            list(text).or_else(|| hook(text)).and_then(|list| objects(list, most))
        }
        Some(b'{') => hook(text).and_then(|list| objects(list, most)),
        Some(b'[') => objects(text, most),
        _ => None,
    };
    elements.unwrap_or_else(|| Ok(vec![record]))
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
            r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":[],"logEvents":[{"a": 1},{"b":[]}]}"#,
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
