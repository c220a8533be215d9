//! The fuzzers' entry points. Run on a stable compiler too, over fixtures and seeded inputs (laws.rs).

use crate::{NOW, answer};
use auditward_core::parse::atom::Atoms;
use auditward_core::parse::json::{Fault, scan};
use auditward_core::parse::line::marked_object;
use auditward_core::parse::tape::Tape;
use auditward_core::policy::Policy;
use auditward_core::value::Doc;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use serde_json::Value;
use siphasher::sip::SipHasher13;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The scanner agrees with serde_json on what is JSON, but for what serde_json alone gives up on.
pub fn scanner(data: &[u8]) {
    let atoms = Atoms::new(["audit", "eventTime"].into_iter());
    let mut tape = Tape::new(1 << 16);
    let Ok(ours) = scan(data, 0, Doc::Input, &atoms, &mut tape) else {
        assert!(serde_json::from_slice::<Value>(data).is_err(), "refused, though it is JSON");
        return;
    };
    let theirs = serde_json::from_slice::<Value>(data);
    // serde_json gives up beyond 127 containers, and takes numbers of which sixteen digits overflow.
    let is_near_overflow =
        ours.fault == Some(Fault::NumberOutOfRange) && overflows_in_sixteen_digits(data);
    let agrees = ours.fault.is_some() == theirs.is_err();
    assert!(
        agrees || is_near_overflow || ours.depth > 127,
        "fault {:?}, serde_json: {:?}",
        ours.fault,
        theirs.err()
    );
}

/// True if a number in it, written with sixteen digits, is beyond what a 64 bit float holds.
fn overflows_in_sixteen_digits(data: &[u8]) -> bool {
    let numbers = data
        .split(|byte| !b"0123456789+-.eE".contains(byte))
        .filter_map(|text| std::str::from_utf8(text).ok()?.parse::<f64>().ok());
    numbers
        .map(|number| format!("{number:.15e}").parse::<f64>())
        .any(|number| number.is_ok_and(f64::is_infinite))
}

/// A policy out of a few bits, with the depth it allows.
pub fn policy_of(bits: u8) -> (Policy, usize) {
    let depth = [7, 16, 63, 63][usize::from(bits >> 4 & 3)];
    let text = format!(
        "[output]\nschema = \"{}\"\nlayout = \"{}\"\nmax_depth = {depth}\nmax_record = \"{}\"\n[budget]\nmemory = \"256 KiB\"\n",
        if bits & 1 == 0 { "audit" } else { "ecs" },
        if bits & 2 == 0 { "record" } else { "annotate" },
        if bits & 4 == 0 { "1 MiB" } else { "1 KiB" },
    );
    (Policy::parse(&text).unwrap_or_default(), depth)
}

thread_local! {
    /// One engine for each policy: to make one costs as much as thousands of records.
    static ENGINES: RefCell<BTreeMap<u8, (Engine, usize)>> = const { RefCell::new(BTreeMap::new()) };
}

/// One record through the engine, and its answer once more.
pub fn engine(data: &[u8]) {
    let [bits, record @ ..] = data else { return };
    ENGINES.with_borrow_mut(|engines| {
        let (engine, depth) = engines.entry(bits & 0x37).or_insert_with(|| {
            let (policy, depth) = policy_of(*bits);
            (Engine::new(policy, Secret { mark: Some((1, 2)), hash: (3, 4) }), depth)
        });
        answers_twice(engine, *depth, *bits, record);
    });
}

fn answers_twice(engine: &mut Engine, depth: usize, bits: u8, record: &[u8]) {
    let mut out = Output::default();
    let mut answered = |bytes: &[u8]| {
        engine.process(Raw { tag: b"fuzz", bytes, time: NOW, nonce: 0, now: NOW }, &mut out);
        out.bytes().to_vec()
    };
    let answer = answered(record);
    let object = answer::object(&answer, depth)
        .unwrap_or_else(|why| panic!("{why:#}\n{}", String::from_utf8_lossy(&answer)));
    let is_annotated = bits & 2 != 0;
    // What ECS makes of a record that it keeps is its text; equality of values is left to laws.rs. A byte order mark and its like around an object are none of it.
    let key = is_annotated.then_some("audit");
    answer::carries(record, &object, key)
        .or_else(|why| {
            marked_object(record).map_or(Err(why), |alone| answer::carries(alone, &object, key))
        })
        .unwrap_or_else(|why| panic!("{why:#}\n{}", String::from_utf8_lossy(&answer)));
    answer::object(&answered(&answer), depth)
        .unwrap_or_else(|why| panic!("the second time: {why:#}"));
}

/// Any text as a policy: read, or refused with places that lie within it.
pub fn policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let read = Policy::parse(text);
    if let Ok(policy) = &read {
        mapped(policy);
    }
    if let Err(issues) = read {
        assert!(!issues.is_empty());
        for issue in issues {
            assert!(
                issue.line >= 1
                    && issue.column >= 1
                    && !issue.message.is_empty()
                    && !issue.remedy.is_empty(),
                "{issue:?}"
            );
            assert!(
                issue.span.end <= text.len() && text.get(issue.span.clone()).is_some(),
                "{issue:?}"
            );
        }
    }
}

/// Whatever mappings a policy has, records that have their keys get proper answers, first and by their shape.
fn mapped(policy: &Policy) {
    let Some(mapping) = policy.mappings.first() else {
        return;
    };
    let depth = policy.output.max_depth as usize;
    let mut engine = Engine::new(
        Policy { memory: 256 << 10, ..policy.clone() },
        Secret { mark: Some((1, 2)), hash: (3, 4) },
    );
    let mut out = Output::default();
    let keys: Vec<&str> = mapping.paths().map(|path| path.root()).collect();
    for value in [serde_json::json!("x"), serde_json::json!(1), serde_json::json!([{ "id": null }])]
    {
        let record: serde_json::Map<String, Value> =
            keys.iter().map(|key| ((*key).to_owned(), value.clone())).collect();
        let record = Value::Object(record).to_string();
        for _ in 0..2 {
            engine.process(
                Raw { tag: b"fuzz", bytes: record.as_bytes(), time: NOW, nonce: 0, now: NOW },
                &mut out,
            );
            answer::object(out.bytes(), depth)
                .unwrap_or_else(|why| panic!("{why:#}\n{}", String::from_utf8_lossy(out.bytes())));
        }
    }
}

fn of_few_sources() -> Policy {
    let text = "[input]\nsources = [\"aws.cloudtrail\"]\n[budget]\nmemory = \"256 KiB\"\n";
    Policy::parse(text).unwrap_or_default()
}

/// Any bytes as a snapshot: records after it get proper answers. An engine that knows few sources is soon made.
pub fn snapshot(data: &[u8]) {
    let policy = of_few_sources();
    let depth = policy.output.max_depth as usize;
    let mut engine = Engine::new(policy, Secret { mark: None, hash: (3, 4) });
    let _ = engine.restore(data);
    let mut out = Output::default();
    for number in 0..36 {
        // Failures, successes, deletions and refusals, so that every detector's state is read.
        let failure = crate::failed_login("alice", "203.0.113.5", number / 2, number / 2);
        let record = match number % 4 {
            0 => failure.replace("\"Failure\"", "\"Success\""),
            1 => crate::typical(number).replace("PutObject", "DeleteObject"),
            2 => crate::typical(number).replace(
                "\"responseElements\"",
                "\"errorCode\":\"AccessDenied\",\"responseElements\"",
            ),
            _ => failure,
        };
        engine.process(
            Raw { tag: b"", bytes: record.as_bytes(), time: NOW, nonce: 0, now: NOW },
            &mut out,
        );
        answer::object(out.bytes(), depth)
            .unwrap_or_else(|why| panic!("{why:#}\n{}", String::from_utf8_lossy(out.bytes())));
    }
    let _ = engine.snapshot();
}

/// As above, with a checksum that fits, as whoever can write the state directory can make one.
pub fn forged_snapshot(data: &[u8]) {
    let body = data.get(..data.len().saturating_sub(8)).unwrap_or_default();
    snapshot(&[body, &SipHasher13::new().hash(body).to_le_bytes()].concat());
}

/// Snapshot of an engine that has seen a few failures, as a seed for a fuzzer.
pub fn some_snapshot() -> Vec<u8> {
    let mut engine = Engine::new(of_few_sources(), Secret { mark: None, hash: (3, 4) });
    let mut out = Output::default();
    for number in 0..8 {
        let record = crate::failed_login("alice", "203.0.113.5", number, number);
        engine.process(
            Raw { tag: b"", bytes: record.as_bytes(), time: NOW, nonce: 0, now: NOW },
            &mut out,
        );
    }
    engine.snapshot()
}
