//! Shared code of tests of text sources: a record as the engine reads it, and its fields as one row.

use crate::detect::Facts;
use crate::event::{Field, Tag};
use crate::pattern::Patterns;
use crate::policy::Policy;
use crate::{Engine, Raw, Secret};

/// 2026-01-20T00:00:00Z: the last January is that of 2026.
const NOW: i64 = 1_768_867_200_000;

/// The fields that a row shows, and by which word.
const SHOWN: &[(Field, &str)] = &[
    (Field::Source, ""),
    (Field::ActionName, ""),
    (Field::ActionClass, ""),
    (Field::OutcomeResult, ""),
    (Field::ActorName, "who"),
    (Field::ActorId, "uid"),
    (Field::TargetType, "on"),
    (Field::TargetName, "name"),
    (Field::TargetId, "target"),
    (Field::OriginIp, "ip"),
    (Field::OriginHost, "from"),
    (Field::OriginPort, "port"),
    (Field::OriginUserAgent, "agent"),
    (Field::AuthzRole, "as"),
    (Field::AuthzPolicy, "by"),
    (Field::RequestMethod, "method"),
    (Field::RequestUrl, "url"),
    (Field::RequestStatus, "status"),
    (Field::RequestBytes, "bytes"),
    (Field::RequestLatency, "ms"),
    (Field::RequestId, "request"),
    (Field::OutcomeCode, "code"),
    (Field::OutcomeReason, "why"),
    (Field::ActionCount, "count"),
    (Field::EnvHost, "host"),
    (Field::EnvService, "service"),
    (Field::ActorSession, "pid"),
];

/// Result of the engine for the record: the fields that matter, which voice tells of a failure, and how often it counts.
pub(crate) fn said(record: &str) -> String {
    said_behind(&[], record)
}

/// As above, behind other records.
pub(crate) fn said_behind(others: &[&str], record: &str) -> String {
    let mut engine = Engine::new(Policy::default(), Secret::default());
    for other in others {
        engine.process(
            Raw { bytes: other.as_bytes(), time: NOW, now: NOW, ..Raw::default() },
            &mut crate::write::Output::default(),
        );
    }
    let raw = Raw { bytes: record.as_bytes(), time: NOW, now: NOW, ..Raw::default() };
    engine.begin(raw.bytes.len());
    let parsed = engine.read(raw).expect("nothing is marked");
    engine.complete(raw, parsed);
    let event = &engine.event;
    let mut row: Vec<String> = Vec::new();
    for &(field, word) in SHOWN.iter().filter(|(field, _)| event.has(*field)) {
        let text = match event.tag(field.into()) {
            Tag::Int => (event.digest(field.into()) as i64).to_string(),
            _ => String::from_utf8_lossy(event.text(raw.bytes, field)).into_owned(),
        };
        row.push(if word.is_empty() { text } else { format!("{word}={text}") });
    }
    row.extend(event.voice.map(|voice| format!("{voice:?}")));
    row.extend((event.times != 1).then(|| format!("x{}", event.times)));
    row.join(" ")
}

/// Facts of the record for detectors.
pub(crate) fn facts(record: &str) -> Facts {
    let mut engine = Engine::new(Policy::default(), Secret::default());
    let raw = Raw { bytes: record.as_bytes(), time: NOW, now: NOW, ..Raw::default() };
    engine.begin(raw.bytes.len());
    let parsed = engine.read(raw).expect("nothing is marked");
    engine.complete(raw, parsed);
    Facts::of(&engine.event, raw.bytes, &Patterns::default())
}

/// The time of the record, where it says one.
pub(crate) fn time(record: &str) -> Option<i64> {
    let mut engine = Engine::new(Policy::default(), Secret::default());
    let raw = Raw { bytes: record.as_bytes(), time: NOW, now: NOW, ..Raw::default() };
    engine.begin(raw.bytes.len());
    engine.read(raw);
    engine.event.time_ms
}

/// How often each of these records counts, behind those before it.
pub(crate) fn times(records: &[String]) -> Vec<u32> {
    let mut engine = Engine::new(Policy::default(), Secret::default());
    let mut out = crate::write::Output::default();
    let times = |record: &String| {
        engine.process(
            Raw { bytes: record.as_bytes(), time: NOW, now: NOW, ..Raw::default() },
            &mut out,
        );
        engine.event.times
    };
    records.iter().map(times).collect()
}
