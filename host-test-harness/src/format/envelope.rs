//! Objects that hold nothing but a list of records, as clouds deliver them.

use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Keys of the list: CloudTrail, Azure Event Hub, Kubernetes and Google, DynamoDB-like APIs, Microsoft Graph, CloudWatch Logs.
const LISTS: &[&str] =
    &["Records", "records", "Items", "items", "value", "events", "Events", "logEvents"];

/// Keys beside the list that say how it was delivered, and nothing of an event.
const BESIDE: &[&str] = &[
    // Pages of an API.
    "nextToken",
    "NextToken",
    "nextPageToken",
    "next_page_token",
    "next",
    "previous",
    "prev",
    "cursor",
    "next_cursor",
    "has_more",
    "hasMore",
    "count",
    "Count",
    "total",
    "total_count",
    "size",
    "limit",
    "offset",
    "page",
    "links",
    "_links",
    "@odata.context",
    "@odata.nextLink",
    "@odata.count",
    // Kubernetes and Google.
    "kind",
    "apiVersion",
    "metadata",
    "etag",
    // CloudWatch Logs.
    "messageType",
    "owner",
    "logGroup",
    "logStream",
    "subscriptionFilters",
];

/// Tells whether a key is that of a list of records.
pub(super) fn is_list(key: &str) -> bool {
    LISTS.contains(&key)
}

/// Tells whether a key stands beside a list and belongs to its delivery.
pub(super) fn is_beside(key: &str) -> bool {
    BESIDE.contains(&key)
}

type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The list of an object that holds nothing else of interest.
fn list(value: &[u8]) -> Option<Vec<&RawValue>> {
    let members: Members<'_> = serde_json::from_slice(value).ok()?;
    let mut lists = members.iter().filter(|(key, _)| !is_beside(key));
    let (key, value) = lists.next()?;
    if !is_list(key) || lists.next().is_some() {
        return None;
    }
    objects(value.get().as_bytes())
}

/// The elements of an array that holds objects, and nothing else.
fn objects(value: &[u8]) -> Option<Vec<&RawValue>> {
    let elements: Vec<&RawValue> = serde_json::from_slice(value).ok()?;
    let are_objects =
        !elements.is_empty() && elements.iter().all(|element| element.get().starts_with('{'));
    are_objects.then_some(elements)
}

/// Tells whether a JSON value is such an object.
pub(super) fn is_envelope(value: &[u8]) -> bool {
    list(value).is_some()
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
    let text = record.trim_ascii();
    let elements = match text.first() {
        // Most records end it with their first key.
        Some(b'{') if begins(text) => list(text),
        Some(b'[') => objects(text),
        _ => None,
    };
    match elements {
        Some(elements) => elements.into_iter().map(|element| element.get().as_bytes()).collect(),
        None => vec![record],
    }
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
