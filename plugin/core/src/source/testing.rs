//! Shared code of tests of text sources: a record as the engine reads it, and its fields as one row.

use crate::detect::Facts;
use crate::event::{Field, Tag};
use crate::pattern::Patterns;
use crate::policy::Policy;
use crate::raw::Raw;
use crate::{Engine, Secret};
use std::cell::RefCell;

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

/// The engine of the tests of this thread: a new one reads all packs, which takes longer than a thousand records.
fn with_engine<T>(ask: impl FnOnce(&mut Engine) -> T) -> T {
    thread_local! {
        static ENGINE: RefCell<Engine> = RefCell::new(engine());
    }
    ENGINE.with_borrow_mut(ask)
}

fn engine() -> Engine {
    Engine::new(Policy::default(), Secret::default())
}

fn raw(record: &str) -> Raw<'_> {
    Raw { bytes: record.as_bytes(), time: NOW, now: NOW, ..Raw::default() }
}

/// Reads the record as far as detectors need it.
fn read(engine: &mut Engine, record: &str) {
    let raw = raw(record);
    engine.begin(raw.bytes.len());
    let parsed = engine.read(raw).expect("nothing is marked");
    engine.complete(raw, parsed);
}

/// Result of the engine for the record: the fields that matter, which report tells of a failure, and how often it counts.
pub(crate) fn said(record: &str) -> String {
    with_engine(|engine| row(engine, record))
}

/// As above, behind other records.
pub(crate) fn said_behind(others: &[&str], record: &str) -> String {
    let mut engine = engine();
    for other in others {
        engine.process(raw(other), &mut crate::write::Output::default());
    }
    row(&mut engine, record)
}

fn row(engine: &mut Engine, record: &str) -> String {
    read(engine, record);
    let event = &engine.event;
    let mut row: Vec<String> = Vec::new();
    for &(field, word) in SHOWN.iter().filter(|(field, _)| event.has(*field)) {
        let text = match event.tag(field.into()) {
            Tag::Int => (event.digest(field.into()) as i64).to_string(),
            _ => String::from_utf8_lossy(event.text(record.as_bytes(), field)).into_owned(),
        };
        row.push(if word.is_empty() { text } else { format!("{word}={text}") });
    }
    row.extend(event.failure_report.map(|report| format!("{report:?}")));
    row.extend((event.times != 1).then(|| format!("x{}", event.times)));
    row.join(" ")
}

/// Facts of the record for detectors.
pub(crate) fn facts(record: &str) -> Facts {
    with_engine(|engine| {
        read(engine, record);
        Facts::of(&engine.event, record.as_bytes(), &Patterns::default())
    })
}

/// True if the actor is a session whose name its user chose, and the role it acts in.
pub(crate) fn role(record: &str) -> (bool, String) {
    with_engine(|engine| {
        read(engine, record);
        let role = engine.event.text(record.as_bytes(), Field::ActorRole);
        (engine.event.is_role_session, String::from_utf8_lossy(role).into_owned())
    })
}

/// The time of the record, where it says one.
pub(crate) fn time(record: &str) -> Option<i64> {
    with_engine(|engine| {
        engine.begin(record.len());
        engine.read(raw(record));
        engine.event.time_ms
    })
}

/// How often each of these records counts, behind those before it.
pub(crate) fn times(records: &[String]) -> Vec<u32> {
    let (mut engine, mut out) = (engine(), crate::write::Output::default());
    let times = |record: &String| {
        engine.process(raw(record), &mut out);
        engine.event.times
    };
    records.iter().map(times).collect()
}
