//! What tests of sources that read text share: a record as the engine reads it, and what it says as one row.

use crate::detect::Facts;
use crate::event::{Slot, Tag};
use crate::pattern::Patterns;
use crate::policy::Policy;
use crate::{Engine, Raw, Secret};

/// 2026-01-20T00:00:00Z: the last January is that of 2026.
const NOW: i64 = 1_768_867_200_000;

/// The slots that a row shows, and by which word.
const SHOWN: &[(Slot, &str)] = &[
    (Slot::Source, ""),
    (Slot::ActionName, ""),
    (Slot::ActionClass, ""),
    (Slot::OutcomeResult, ""),
    (Slot::ActorName, "who"),
    (Slot::ActorId, "uid"),
    (Slot::TargetType, "on"),
    (Slot::TargetName, "name"),
    (Slot::TargetId, "target"),
    (Slot::OriginIp, "ip"),
    (Slot::OriginHost, "from"),
    (Slot::OriginPort, "port"),
    (Slot::OriginUserAgent, "agent"),
    (Slot::AuthzRole, "as"),
    (Slot::AuthzPolicy, "by"),
    (Slot::RequestMethod, "method"),
    (Slot::RequestUrl, "url"),
    (Slot::RequestStatus, "status"),
    (Slot::RequestBytes, "bytes"),
    (Slot::RequestLatency, "ms"),
    (Slot::RequestId, "request"),
    (Slot::OutcomeCode, "code"),
    (Slot::OutcomeReason, "why"),
    (Slot::ActionCount, "count"),
    (Slot::EnvHost, "host"),
    (Slot::EnvService, "service"),
    (Slot::ActorSession, "pid"),
];

/// What the engine makes of the record: the slots that matter, which voice tells of a failure, and how often it counts.
pub(crate) fn said(record: &str) -> String {
    said_behind(&[], record)
}

/// The same behind other records.
pub(crate) fn said_behind(others: &[&str], record: &str) -> String {
    let mut engine = Engine::new(Policy::default(), Secret::default());
    for other in others {
        engine.process(Raw { bytes: other.as_bytes(), time: NOW, now: NOW, ..Raw::default() }, &mut crate::write::Output::default());
    }
    let raw = Raw { bytes: record.as_bytes(), time: NOW, now: NOW, ..Raw::default() };
    engine.begin(raw.bytes.len());
    let parsed = engine.read(raw).expect("nothing is marked");
    engine.complete(raw, parsed);
    let event = &engine.event;
    let mut row: Vec<String> = Vec::new();
    for &(slot, word) in SHOWN.iter().filter(|(slot, _)| event.has(*slot)) {
        let text = match event.tag(slot.into()) {
            Tag::Int => (event.digest(slot.into()) as i64).to_string(),
            _ => String::from_utf8_lossy(event.text(raw.bytes, slot)).into_owned(),
        };
        row.push(if word.is_empty() { text } else { format!("{word}={text}") });
    }
    row.extend(event.voice.map(|voice| format!("{voice:?}")));
    row.extend((event.times != 1).then(|| format!("x{}", event.times)));
    row.join(" ")
}

/// What detectors are told of the record.
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
        engine.process(Raw { bytes: record.as_bytes(), time: NOW, now: NOW, ..Raw::default() }, &mut out);
        engine.event.times
    };
    records.iter().map(times).collect()
}
