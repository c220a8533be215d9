//! Invariants of every answer, for any input (docs: the invariants in ARCHITECTURE.md).

use anyhow::{Context, Result, bail, ensure};
use auditward_core::encode::ROUTING;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The answer as one strict JSON object without line ends or NUL, at most `max_depth` containers deep.
pub fn object(answer: &[u8], max_depth: usize) -> Result<Map<String, Value>> {
    ensure!(
        !answer.iter().any(|byte| *byte < 0x20 && *byte != b'\t'),
        "a control character stands in it"
    );
    let deep = depth(answer);
    ensure!(deep <= max_depth, "{deep} containers deep, {max_depth} are allowed");
    let mut reader = serde_json::Deserializer::from_slice(answer);
    let value: Value =
        serde::de::Deserialize::deserialize(&mut reader).context("not strict JSON")?;
    reader.end().context("something follows the object")?;
    match value {
        Value::Object(members) => Ok(members),
        _ => bail!("not an object"),
    }
}

/// Groups in which ECS and OCSF hold what they have no field for.
const OWN_GROUPS: [&str; 2] = ["auditward", "unmapped"];

/// How many containers the deepest value is in.
pub fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut is_escaped) = (0usize, 0usize, false, false);
    for &byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// True if the answer contains the whole input: as a value, as text, or as base64. `key` is that of the annotate layout.
pub fn carries(input: &[u8], answer: &Map<String, Value>, key: Option<&str>) -> Result<()> {
    if std::str::from_utf8(input).is_err() {
        let own = OWN_GROUPS.iter().find_map(|group| answer.get(*group)?.get("raw_base64"));
        let text = answer.get("raw_base64").or(own).context("no raw_base64")?;
        let decoded = STANDARD
            .decode(text.as_str().context("raw_base64 is text")?)
            .ok()
            .context("raw_base64 is base64")?;
        ensure!(decoded == input, "raw_base64 differs from the input");
        return Ok(());
    }
    let meant = serde_json::from_slice::<Value>(input).ok();
    if let Some(text) = answer
        .get("event")
        .filter(|_| key.is_none() && answer.contains_key("ecs"))
        .and_then(|event| event.get("original"))
    {
        ensure!(
            text.as_str().map(str::as_bytes) == Some(input),
            "event.original differs from the input"
        );
        return Ok(());
    }
    if let Some(text) =
        answer.get("raw_data").filter(|_| key.is_none() && answer.contains_key("class_uid"))
    {
        ensure!(text.as_str().map(str::as_bytes) == Some(input), "raw_data differs from the input");
        return Ok(());
    }
    match (key, answer.get("raw"), meant) {
        (_, Some(Value::String(text)), _) if text.as_bytes() == input => Ok(()),
        (None, Some(raw), Some(meant)) => {
            ensure!(*raw == meant, "raw differs from the input");
            Ok(())
        }
        (Some(key), _, Some(Value::Object(members))) => {
            let ours: Vec<&str> = std::iter::once(key).chain(ROUTING).collect();
            let has_ours = ours.iter().any(|own| members.contains_key(*own));
            let is_like = |name: &str, own: &&str| {
                name.strip_prefix(own).is_some_and(|rest| rest.chars().all(|letter| letter == '_'))
            };
            members.iter().try_for_each(|(name, value)| {
                let is_moved = has_ours && ours.iter().any(|own| is_like(name, own));
                let renamed = if is_moved { format!("{name}_") } else { name.clone() };
                ensure!(
                    answer.get(&renamed) == Some(value),
                    "the member {name:?} is missing or differs"
                );
                Ok(())
            })
        }
        (Some(_), Some(raw), Some(meant)) => {
            ensure!(*raw == meant, "raw differs from the input");
            Ok(())
        }
        (_, raw, meant) => bail!(
            "the input is not in it: raw is {}, the input {} JSON",
            raw.is_some(),
            if meant.is_some() { "is" } else { "is not" }
        ),
    }
}

/// The notes of an answer, wherever its schema puts them.
pub fn notes(answer: &Map<String, Value>) -> Vec<String> {
    own(answer)
        .and_then(|own| own.get("notes"))
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |notes| {
            notes.iter().filter_map(|note| note.as_str().map(str::to_owned)).collect()
        })
}

/// The group that holds findings, notes and module.
pub fn own(answer: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let has_own = |map: &Map<String, Value>| {
        map.get("module").is_some_and(Value::is_object) || map.contains_key("notes")
    };
    let nested = |map: &Map<String, Value>, key: &str| {
        map.get(key).and_then(Value::as_object).filter(|map| has_own(map)).is_some()
    };
    let holds_own = |audit: &Value| OWN_GROUPS.iter().any(|group| audit.get(*group).is_some());
    let outer = if nested(answer, "audit") || answer.get("audit").is_some_and(holds_own) {
        answer.get("audit").and_then(Value::as_object)?
    } else {
        answer
    };
    OWN_GROUPS
        .iter()
        .find_map(|group| outer.get(*group)?.as_object().filter(|map| has_own(map)))
        .or(Some(outer))
}

/// The findings of an answer.
pub fn findings(answer: &Map<String, Value>) -> Vec<Value> {
    let anomaly = own(answer).and_then(|own| own.get("anomaly"));
    anomaly
        .and_then(|anomaly| anomaly.get("findings"))
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}
