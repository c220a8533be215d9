//! Laws that hold for every input, state and policy. Natively, for volume: golden.rs shows that the interfaces agree.

use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use auditward_tests::grow::{self, Rng};
use auditward_tests::{NOW, answer, failed_login, fixture, fuzz, typical};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;

const SECRET: Secret = Secret { mark: Some((11, 12)), hash: (13, 14) };

/// An engine with its buffer.
struct Filter {
    engine: Engine,
    out: Output,
}

impl Filter {
    fn new(policy: &str) -> Filter {
        let policy = Policy::parse(policy).unwrap_or_else(|issues| panic!("{issues:#?}"));
        Filter { engine: Engine::new(policy, SECRET), out: Output::default() }
    }

    fn answer(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.engine
            .process(Raw { tag: b"law", bytes, time: NOW, nonce: 0, now: NOW }, &mut self.out);
        self.out.bytes().to_vec()
    }

    fn object(&mut self, bytes: &[u8]) -> Map<String, Value> {
        answer::object(&self.answer(bytes), 63).unwrap()
    }
}

/// A policy for the tests: small tables, so that a filter is quickly made.
fn policy(schema: &str, layout: &str, max_depth: usize) -> String {
    format!(
        "[output]\nschema = \"{schema}\"\nlayout = \"{layout}\"\nmax_depth = {max_depth}\n[budget]\nmemory = \"256 KiB\"\n"
    )
}

const SHAPES: [(&str, &str); 6] = [
    ("audit", "record"),
    ("audit", "annotate"),
    ("ecs", "record"),
    ("ecs", "annotate"),
    ("ocsf", "record"),
    ("ocsf", "annotate"),
];

/// Values of `output.max_depth` that records of any shape are tried with.
const DEPTHS: [usize; 6] = [7, 8, 13, 16, 31, 63];

thread_local! {
    /// The filters of a test, one for each schema, layout and depth: making one takes longer than a thousand records, and no record may harm the next.
    static FILTERS: RefCell<BTreeMap<String, Filter>> = const { RefCell::new(BTreeMap::new()) };
}

fn by_filter<T>(
    schema: &str,
    layout: &str,
    max_depth: usize,
    ask: impl FnOnce(&mut Filter) -> T,
) -> T {
    FILTERS.with_borrow_mut(|filters| {
        let text = policy(schema, layout, max_depth);
        ask(filters.entry(text).or_insert_with_key(|text| Filter::new(text)))
    })
}

/// Invariants of every answer, for any input.
fn check(input: &[u8], schema: &str, layout: &str, max_depth: usize) -> Result<(), TestCaseError> {
    let [out, again] = by_filter(schema, layout, max_depth, |filter| {
        let out = filter.answer(input);
        let again = filter.answer(&out);
        [out, again]
    });
    let why = |why: anyhow::Error| {
        TestCaseError::fail(format!(
            "{schema} {layout} {max_depth}: {why:#}\n in {:?}\nout {:?}",
            show(input),
            show(&out)
        ))
    };
    let object = answer::object(&out, max_depth).map_err(why)?;
    let key = (layout == "annotate").then_some("audit");
    answer::carries(input, &object, key).map_err(why)?;
    let ours = key.map_or(Some(&object), |key| object.get(key).and_then(Value::as_object));
    let time = ours.and_then(|ours| ours.get(if schema == "ecs" { "@timestamp" } else { "time" }));
    if time.is_none() {
        return Err(why(anyhow::anyhow!("no time")));
    }
    answer::object(&again, max_depth).map_err(why)?;
    Ok(())
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..4000).unwrap_or(bytes)).into_owned()
}

/// Fixed cases, so that CI is deterministic; `PROPTEST_RNG_SEED` selects others.
fn config(cases: u32) -> ProptestConfig {
    let mut config =
        ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_260_115);
    }
    config
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn any_bytes_go_in_and_one_object_with_all_of_them_comes_out(bytes in prop::collection::vec(any::<u8>(), 0..300), shape in 0usize..6, depth in prop::sample::select(&DEPTHS)) {
        check(&bytes, SHAPES[shape].0, SHAPES[shape].1, depth)?;
    }

    #[test]
    fn any_text_does(text in "\\PC{0,80}", shape in 0usize..6) {
        check(text.as_bytes(), SHAPES[shape].0, SHAPES[shape].1, 16)?;
    }

    #[test]
    fn a_damaged_answer_of_ours_does(seed in any::<u64>(), shape in 0usize..6) {
        let mut rng = Rng::new(seed);
        let (schema, layout) = SHAPES[shape];
        let out = by_filter(schema, layout, 16, |filter| filter.answer(&grow::cloudtrail(&mut rng, 0)));
        let mut damaged = out.clone();
        grow::damage(&mut rng, &mut damaged);
        prop_assume!(damaged != out);
        check(&damaged, schema, layout, 16)?;
    }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn json_of_every_shape_does(seed in any::<u64>(), shape in 0usize..6, depth in prop::sample::select(&DEPTHS)) {
        let input = grow::record(&mut Rng::new(seed));
        check(&input, SHAPES[shape].0, SHAPES[shape].1, depth)?;
    }

    #[test]
    fn the_scanner_agrees_with_serde(seed in any::<u64>()) {
        fuzz::scanner(&grow::record(&mut Rng::new(seed)));
    }
}

/// Sign-ins that fail and succeed, some of them twice, a few against whom alerts come.
fn history(rng: &mut Rng, len: usize) -> Vec<Vec<u8>> {
    let mut records: Vec<Vec<u8>> = Vec::new();
    for number in 0..len as u32 {
        let account = *rng.pick(&[&"alice", &"bob", &"ma\\\"llory", &"é"]);
        let address = *rng.pick(&[&"203.0.113.5", &"203.0.113.6", &"2001:db8::5"]);
        let record = match rng.below(8) {
            0 => typical(number).into_bytes(),
            1 => grow::cloudtrail(rng, 0),
            2 if number > 0 => records[rng.below(records.len())].clone(),
            _ => failed_login(account, address, number, number * 3 + rng.below(200) as u32)
                .into_bytes(),
        };
        records.push(record);
    }
    records
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn a_restart_in_the_middle_changes_nothing(seed in any::<u64>(), split in 0usize..60) {
        let records = history(&mut Rng::new(seed), 60);
        let text = policy("audit", "record", 16);
        let mut whole = Filter::new(&text);
        let mut halves = Filter::new(&text);
        for (index, record) in records.iter().enumerate() {
            if index == split {
                let snapshot = halves.engine.snapshot();
                halves = Filter::new(&text);
                halves.engine.restore(&snapshot).unwrap();
                prop_assert_eq!(halves.engine.snapshot(), snapshot);
            }
            prop_assert_eq!(show(&whole.answer(record)), show(&halves.answer(record)));
        }
    }

    #[test]
    fn a_replay_gives_the_same_bytes(seed in any::<u64>()) {
        let records = history(&mut Rng::new(seed), 40);
        let text = policy("ecs", "annotate", 16);
        let (mut once, mut again) = (Filter::new(&text), Filter::new(&text));
        for record in &records {
            prop_assert_eq!(once.answer(record), again.answer(record));
        }
        prop_assert_eq!(once.engine.snapshot(), again.engine.snapshot());
    }

    #[test]
    fn an_event_that_comes_again_finds_the_same_and_teaches_nothing(seed in any::<u64>()) {
        let mut rng = Rng::new(seed);
        let records: Vec<Vec<u8>> = (0..60).map(|number| failed_login(["alice", "bob"][number as usize % 2], "203.0.113.5", number, number * 2).into_bytes()).collect();
        let text = policy("audit", "record", 16);
        let (mut once, mut often) = (Filter::new(&text), Filter::new(&text));
        let mut found = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let first = once.object(record);
            prop_assert_eq!(&first, &often.object(record));
            found.push(first.get("anomaly").cloned());
            for _ in 0..rng.below(3) {
                let earlier = rng.below(index + 1);
                let again = often.object(&records[earlier]);
                prop_assert_eq!(again.get("anomaly"), found[earlier].as_ref(), "event {} after {}", earlier, index);
                prop_assert!(answer::notes(&again).iter().any(|note| note == "repeated"));
            }
        }
        prop_assert!(found.iter().flatten().count() > 2);
    }
}

/// Records whose marks are looked at: known, unknown, with a finding, as text.
fn marked() -> Vec<Vec<u8>> {
    vec![
        typical(7).into_bytes(),
        b"{\"app\":\"billing\",\"n\":1}".to_vec(),
        b"{}".to_vec(),
        failed_login("alice", "203.0.113.5", 4, 4).into_bytes(),
        b"plain \"text\"".to_vec(),
        b"{\"x\":nan}".to_vec(),
    ]
}

/// A filter just before an alert on the next failed sign-in.
fn alarmed(schema: &str, layout: &str) -> Filter {
    let mut filter = Filter::new(&policy(schema, layout, 16));
    for number in 0..4 {
        filter.answer(failed_login("alice", "203.0.113.5", number, number).as_bytes());
    }
    filter
}

#[test]
fn a_record_that_comes_again_as_it_was_passes() {
    for (schema, layout) in SHAPES {
        for record in marked() {
            let mut filter = alarmed(schema, layout);
            let out = filter.answer(&record);
            assert_eq!(show(&filter.answer(&out)), show(&out), "{schema} {layout}");
            let with_more =
                [&out[..out.len() - 1], b",\"hostname\":\"added by a filter\"}"].concat();
            assert_eq!(show(&filter.answer(&with_more)), show(&with_more), "{schema} {layout}");
        }
    }
}

#[test]
fn a_record_changed_by_one_byte_is_not_believed() {
    for (schema, layout) in SHAPES {
        for record in marked() {
            let mut filter = alarmed(schema, layout);
            let out = filter.answer(&record);
            let mut believed = Vec::new();
            for at in 0..out.len() {
                for flip in [0x01, 0x02, 0x20] {
                    let mut changed = out.clone();
                    changed[at] ^= flip;
                    if filter.answer(&changed) == changed {
                        believed.push(format!(
                            "{at}: {}",
                            show(&changed[at.saturating_sub(20)..out.len().min(at + 20)])
                        ));
                    }
                }
            }
            assert!(
                believed.is_empty(),
                "{schema} {layout}: {} believed: {believed:#?}",
                believed.len()
            );
        }
    }
}

/// Where members of an object begin and end: behind braces and before commas, strings aside.
fn seams(json: &[u8]) -> Vec<(usize, bool)> {
    let (mut places, mut in_string, mut is_escaped) = (Vec::new(), false, false);
    for (at, &byte) in json.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => places.push((at + 1, true)),
            b',' | b'}' if !in_string => places.push((at, false)),
            _ => {}
        }
    }
    places
}

#[test]
fn a_record_with_a_key_slipped_in_is_not_believed() {
    let names = [
        "time",
        "actor",
        "raw",
        "module",
        "mark",
        "anomaly",
        "notes",
        "audit",
        "auditward",
        "event",
        "@timestamp",
        "\\u0074ime",
        "\\u006dodule",
    ];
    for (schema, layout) in SHAPES {
        for record in marked() {
            let mut filter = alarmed(schema, layout);
            let out = filter.answer(&record);
            let plain = answer::object(&out, 16).unwrap();
            for (at, is_first) in seams(&out) {
                for name in names {
                    let member = if is_first {
                        format!("\"{name}\":{{\"name\":\"forged\"}},")
                    } else {
                        format!(",\"{name}\":{{\"name\":\"forged\"}}")
                    };
                    let forged = [&out[..at], member.as_bytes(), &out[at..]].concat();
                    // Behind ours, under a name that stands nowhere in the record, other filters may add.
                    let Ok(Value::Object(meant)) = serde_json::from_slice(&forged) else {
                        continue;
                    };
                    let is_addition =
                        plain.iter().all(|(name, value)| meant.get(name) == Some(value))
                            && meant.len() > plain.len()
                            && at == out.len() - 1;
                    let is_passed = filter.answer(&forged) == forged;
                    assert!(
                        !is_passed || is_addition,
                        "{schema} {layout}: believed with {member} at {at}:\n{}",
                        show(&forged)
                    );
                }
            }
        }
    }
}

#[test]
fn a_mark_of_another_record_or_instance_is_not_believed() {
    let other = Secret { mark: Some((11, 13)), ..SECRET };
    for (schema, layout) in SHAPES {
        let text = policy(schema, layout, 16);
        let mut filter = Filter::new(&text);
        let (one, two) =
            (filter.answer(typical(1).as_bytes()), filter.answer(typical(2).as_bytes()));
        let mark_at =
            |out: &[u8]| out.windows(8).rposition(|part| part == b"\"mark\":\"").unwrap() + 8;
        let mut forged = two.clone();
        forged[mark_at(&two)..mark_at(&two) + 16]
            .copy_from_slice(&one[mark_at(&one)..mark_at(&one) + 16]);
        assert_ne!(filter.answer(&forged), forged, "{schema} {layout}: copied");
        let mut elsewhere = Engine::new(Policy::parse(&text).unwrap(), other);
        let mut out = Output::default();
        elsewhere.process(
            Raw { tag: b"", bytes: typical(1).as_bytes(), time: NOW, nonce: 0, now: NOW },
            &mut out,
        );
        assert_ne!(
            filter.answer(out.bytes()),
            out.bytes(),
            "{schema} {layout}: of another instance"
        );
    }
}

/// Whatever keys the input has, readers for which the last of equal keys wins see ours.
#[test]
fn no_key_of_the_input_reads_as_ours() {
    let mut filter = Filter::new(&policy("audit", "annotate", 16));
    let spellings = ["audit", "\\u0061udit", "\\u0061\\u0075\\u0064\\u0069\\u0074", "audi\\u0074"];
    for spelling in spellings {
        for input in [
            format!("{{\"{spelling}\":1}}"),
            format!("{{\"{spelling}\":{{\"id\":\"x\"}},\"b\":2}}"),
            format!("{{\"b\":2,\"{spelling}\":[1],\"{spelling}\":2}}"),
        ] {
            let object = filter.object(input.as_bytes());
            assert!(object["audit"].get("module").is_some(), "{input}");
            assert!(answer::notes(&object).contains(&"key-renamed".to_owned()), "{input}");
        }
    }
}

/// A key renamed out of our way must not push out another of the input's.
#[test]
fn a_renamed_key_shadows_no_other() {
    let mut filter = Filter::new(&policy("audit", "annotate", 16));
    for input in [
        "{\"audit\":1,\"audit_\":2}",
        "{\"audit_\":2,\"audit\":1}",
        "{\"audit\":1,\"audit_\":2,\"audit__\":3}",
    ] {
        let object = filter.object(input.as_bytes());
        let values: Vec<i64> = object.values().filter_map(Value::as_i64).collect();
        let wanted = serde_json::from_str::<Map<String, Value>>(input).unwrap().len();
        assert_eq!(values.len(), wanted, "{input} became {object:?}");
    }
}

/// A record whose key was renamed is known when it is redelivered, like any other.
#[test]
fn a_record_with_a_renamed_key_passes_too() {
    for (schema, layout) in SHAPES {
        let mut filter = Filter::new(&policy(schema, layout, 16));
        let out = filter.answer(b"{\"audit\":1,\"b\":2}");
        assert_eq!(show(&filter.answer(&out)), show(&out), "{schema} {layout}");
    }
}

/// The key of `annotate` may be any; the record is carried all the same.
#[test]
fn any_key_may_be_ours() {
    for key in ["raw", "raw_base64"] {
        assert!(Policy::parse(&format!("[output]\nkey = \"{key}\"\n")).is_err(), "{key} is taken");
    }
    for key in ["audit", "module", "auditward", "event", "mark"] {
        for input in [&b"plain text"[..], b"\xff\xfe", b"{\"raw\":1}", b"[1]"] {
            let mut filter =
                Filter::new(&format!("[output]\nlayout = \"annotate\"\nkey = \"{key}\"\n"));
            let object = filter.object(input);
            answer::carries(input, &object, Some(key))
                .unwrap_or_else(|why| panic!("{key}: {why:#}: {object:?}"));
        }
    }
}

/// The deepest of our own structures fits the least depth that a policy may ask for.
#[test]
fn findings_fit_the_least_depth() {
    for (schema, layout) in SHAPES {
        let mut filter = Filter::new(&policy(schema, layout, 7));
        for number in 0..6 {
            let out =
                filter.answer(failed_login("alice", "203.0.113.5", number, number).as_bytes());
            answer::object(&out, 7).unwrap_or_else(|why| panic!("{schema} {layout}: {why:#}"));
        }
    }
}

/// However long the name that is attacked, the alert goes out.
#[test]
fn a_long_name_hides_no_finding() {
    for len in [100, 1000, 4000, 10_000] {
        let mut filter = Filter::new(&policy("audit", "record", 16));
        let account = "a".repeat(len);
        let found: usize = (0..6)
            .map(|number| {
                answer::findings(
                    &filter.object(
                        failed_login(&account, &format!("203.0.113.{number}"), number, number)
                            .as_bytes(),
                    ),
                )
                .len()
            })
            .sum();
        assert!(found > 0, "a name of {len} bytes hides the alert");
    }
}

#[test]
fn the_fuzzers_entry_points_hold_over_fixtures_and_seeds() {
    let mut rng = Rng::new(20_260_115);
    let mut policies =
        vec![Policy::template(), auditward_core::policy_text::mapping::EXAMPLE.to_owned()];
    for fixture in fixture::all().unwrap() {
        policies.push(fixture.policy.clone());
        for record in &fixture.records {
            fuzz::scanner(record);
            for bits in 0..8u8 {
                fuzz::engine(&[&[bits | rng.draw() as u8 & 0x30], &record[..]].concat());
            }
        }
    }
    for _ in 0..300 {
        let mut text = policies[rng.below(policies.len())].clone().into_bytes();
        grow::damage(&mut rng, &mut text);
        fuzz::policy(&text);
        let mut record = grow::record(&mut rng);
        record.insert(0, rng.draw() as u8);
        fuzz::engine(&record);
    }
    let snapshot = fuzz::some_snapshot();
    fuzz::snapshot(&snapshot);
    for _ in 0..60 {
        let mut damaged = snapshot.clone();
        grow::damage(&mut rng, &mut damaged);
        fuzz::snapshot(&damaged);
    }
}

/// Whoever can write the state directory can also make a checksum: what a snapshot puts into findings is checked as input is.
#[test]
fn a_forged_snapshot_makes_no_invalid_answer() {
    let mut rng = Rng::new(20_260_116);
    let snapshot = fuzz::some_snapshot();
    for _ in 0..200 {
        let mut damaged = snapshot.clone();
        let at = rng.below(damaged.len());
        damaged[at] = rng.draw() as u8;
        fuzz::forged_snapshot(&damaged);
    }
}

/// A container where text belongs is dropped from its field, at whatever depth it holds what kills a host.
#[test]
fn a_container_fills_no_field_of_text() {
    let (schema, layout) = SHAPES[0];
    for hostile in [
        "{\"x\":nan}",
        "[1e400]",
        "{\n\"x\":1\n}",
        "[[[[[[[[[[[[[]]]]]]]]]]]]]",
        "[\"\\x41\"]",
        "5",
        "true",
    ] {
        for path in
            ["sourceIPAddress", "eventID", "eventName", "userAgent", "errorCode", "awsRegion"]
        {
            let record = format!(
                "{{\"eventVersion\":\"1\",\"eventTime\":\"2026-01-15T11:00:00Z\",\"awsRegion\":\"x\",\"{path}\":{hostile}}}"
            );
            check(record.as_bytes(), schema, layout, 16).unwrap();
        }
        for member in ["type", "arn", "invokedBy", "userName", "principalId"] {
            let record = format!(
                "{{\"eventVersion\":\"1\",\"eventTime\":\"2026-01-15T11:00:00Z\",\"awsRegion\":\"x\",\"userIdentity\":{{\"{member}\":{hostile}}}}}"
            );
            check(record.as_bytes(), schema, layout, 16).unwrap();
        }
    }
}

/// Values of every kind, and invalid ones.
const TOKENS: &[&str] = &[
    "\"plain\"",
    "\"of some more length than a word\"",
    "\"\"",
    "null",
    "true",
    "-1.5e3",
    "7",
    "\"\\u00e9\\n\\\"\"",
    "\"é€😀\"",
    "1e400",
    "nan",
    "{}",
    "[]",
    "[1,\"x\"]",
    "{\"a\":1}",
    "{\"a\":{\"b\":\"c\"}}",
    "\"\\ud800\"",
    "\"2026-01-15T11:00:00Z\"",
    "\"10.0.0.1\"",
];

/// A record whose values are picked by the seed, and now and then its keys too.
fn record_of_tokens(rng: &mut Rng, number: usize) -> String {
    let keys = [
        "eventVersion",
        "eventTime",
        "awsRegion",
        "eventID",
        "eventName",
        "eventSource",
        "sourceIPAddress",
        "userAgent",
        "requestID",
        "readOnly",
        "x",
        "errorCode",
    ];
    let mut members = vec![format!("\"eventID\":\"{number}\"")];
    for key in keys {
        // Mostly of the same few kinds, so that shapes come again.
        let token =
            if rng.below(4) == 0 { TOKENS[rng.below(TOKENS.len())] } else { TOKENS[rng.below(2)] };
        if rng.below(12) > 0 {
            members.push(format!("\"{key}\":{token}"));
        }
    }
    let inner = TOKENS[if rng.below(3) == 0 { rng.below(TOKENS.len()) } else { 0 }];
    members.push(format!("\"userIdentity\":{{\"type\":\"IAMUser\",\"userName\":{inner},\"arn\":\"arn:aws:iam::111122223333:user/{number}\"}}"));
    members.push(format!("\"resources\":[{{\"ARN\":{inner}}},{{\"ARN\":\"second\"}}]"));
    format!("{{{}}}{}", members.join(","), if rng.below(20) == 0 { " " } else { "" })
}

/// Rules read what was read: without them an engine is made in half the time.
const NO_RULES: &str = "[detector.rules]\nenabled = false\n";

/// Cached layouts are a matter of speed: what an engine makes of a record does not depend on the records whose shapes it learned before.
#[test]
fn a_record_means_the_same_with_and_without_shapes() {
    for (schema, layout) in SHAPES {
        let policy = || Policy::parse(&(policy(schema, layout, 16) + NO_RULES)).unwrap();
        let mut learned = Engine::new(policy(), SECRET);
        let mut rng = Rng::new(20_260_117);
        let (mut with, mut without) = (Output::default(), Output::default());
        for number in 0..60 {
            let record = record_of_tokens(&mut rng, number);
            let raw = Raw { tag: b"", bytes: record.as_bytes(), time: NOW, nonce: 0, now: NOW };
            learned.process(raw, &mut with);
            Engine::new(policy(), SECRET).process(raw, &mut without);
            assert_eq!(show(with.bytes()), show(without.bytes()), "{schema} {layout} {record}");
        }
    }
}

/// Content of an answer, without values that depend only on the record's bytes.
fn meaning(answer: &[u8]) -> Map<String, Value> {
    let mut object = answer::object(answer, 63).unwrap();
    for key in ["id", "raw", "module", "anomaly", "audit_severity", "audit_message"] {
        object.remove(key);
    }
    object
}

/// Headers, days and templates that are known again are a matter of speed, and so is reading a line where it stands in its record.
#[test]
fn a_line_means_the_same_whatever_came_before_and_however_it_is_wrapped() {
    let mut rng = Rng::new(20_260_118);
    let text = policy("audit", "record", 16) + NO_RULES;
    let alone = |record: &str| meaning(&Filter::new(&text).answer(record.as_bytes()));
    let mut learned = Filter::new(&text);
    let mut known = 0;
    for _ in 0..300 {
        let line = grow::line(&mut rng);
        let quoted = serde_json::to_string(&line).unwrap();
        let record = format!("{{\"log\":{quoted}}}");
        let expected = alone(&record);
        known += usize::from(expected.contains_key("source"));
        // A blank before the brace, and quotes spelled otherwise, lead the long way.
        let spelled = quoted.replace("\\\"", "\\u0022");
        assert_eq!(alone(&format!("{{\"log\":{spelled} }}")), expected, "{record}");
        // That it came before is noted; what it means is not changed by it.
        let (mut after_others, mut expected) =
            (meaning(&learned.answer(record.as_bytes())), expected);
        after_others.remove("notes");
        expected.remove("notes");
        assert_eq!(after_others, expected, "{record}");
    }
    assert!(known > 150, "only {known} lines were of a known form");
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn damaged_lines_come_out_whole(seed in any::<u64>(), shape in 0usize..6) {
        let mut rng = Rng::new(seed);
        let line = grow::line(&mut rng);
        let mut input = if rng.below(3) == 0 { line.into_bytes() } else { format!("{{\"log\":{}}}", serde_json::to_string(&line).unwrap()).into_bytes() };
        grow::damage(&mut rng, &mut input);
        check(&input, SHAPES[shape].0, SHAPES[shape].1, 16)?;
    }
}
