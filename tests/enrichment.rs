//! Files beside the policy: the same through every interface, taken over after a change, and harmless where they are damaged.

use auditward::mode::raw::{Compiled, Raw};
use auditward::mode::{Factory, Input, Kind, Mode, Setup};
use auditward_core::policy::Policy;
use auditward_core::policy_text::bundle;
use auditward_tests::NOW;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

#[path = "../plugin/core/src/enrich/mmdb/testing.rs"]
#[allow(dead_code, reason = "the core's tests use more of it")]
mod mmdb;

const POLICY: &str = "[enrich]\nfiles = [\"lists/people.csv\", \"city.mmdb\"]\n";
const PEOPLE: &str = "actor,actor.person\nann,ann.lee\n";
const RECORD: &[u8] = br#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE1","accountId":"111122223333","userName":"ann"},"eventTime":"2026-01-14T11:40:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","eventID":"e1"}"#;

fn cities() -> Vec<u8> {
    mmdb::file(28, 6, &[("192.0.2.0/24", mmdb::city("DE", "Bavaria", "Munich", 48.1374, 11.5755))])
}

fn process(mode: &mut dyn Mode, nonce: u64) -> Value {
    let input = Input { tag: "test", time_ms: NOW, nonce, bytes: RECORD };
    serde_json::from_slice(&mode.process(input).unwrap()).unwrap()
}

fn is_enriched(record: &Value) -> (bool, bool) {
    (
        record["actor"]["person"] == "ann.lee",
        record["origin"]["geo"]["city"] == "Munich" && record["origin"]["geo"]["lat"] == 48.1374,
    )
}

fn is_flagged(record: &Value) -> bool {
    let notes = record["notes"].as_array().into_iter().flatten();
    notes.into_iter().any(|note| note == "enrichment-missing")
}

#[test]
fn every_interface_enriches_from_the_same_files() {
    let cities = cities();
    let files = [("lists/people.csv", PEOPLE.as_bytes()), ("city.mmdb", &cities)];
    let policy = bundle::join(POLICY, files);
    let digest = Policy::parse(&policy).unwrap().digest;
    let setup = Setup { policy: Some(policy), seed: 7, now_ms: Some(NOW), ..Setup::default() };
    let records: Vec<Value> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let mut mode = Factory::new(kind, false).unwrap().open(&setup).unwrap();
            process(mode.as_mut(), 0)
        })
        .collect();
    for record in &records {
        assert_eq!(record, &records[0]);
        assert_eq!((is_enriched(record), is_flagged(record)), ((true, true), false), "{record}");
        assert_eq!(record["module"]["policy"], digest.as_str());
    }
}

/// The module over a directory, as Fluent Bit opens it.
struct Module {
    mode: Raw,
    clock: Arc<AtomicI64>,
    records: u64,
}

impl Module {
    fn open(directory: &Path) -> Module {
        let clock = Arc::new(AtomicI64::new(NOW));
        let setup = Setup {
            directory: Some(directory.into()),
            seed: 7,
            clock: Some(clock.clone()),
            ..Setup::default()
        };
        let mode = Compiled::new(false).unwrap().open(&setup).unwrap();
        Module { mode, clock, records: 0 }
    }

    /// The next record, a minute later.
    fn next(&mut self) -> Value {
        self.clock.fetch_add(60_000, Ordering::Relaxed);
        // The clock is read again with each record that has another time; the files are looked at before the record after.
        for _ in 0..130 {
            self.records += 1;
            process(&mut self.mode, self.records);
        }
        self.records += 1;
        process(&mut self.mode, self.records)
    }
}

fn directory(people: &[u8], cities: &[u8]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("lists")).unwrap();
    fs::write(path("auditward.toml"), POLICY).unwrap();
    fs::write(path("lists/people.csv"), people).unwrap();
    fs::write(path("city.mmdb"), cities).unwrap();
    directory
}

#[test]
fn a_changed_file_is_taken_over_and_a_damaged_one_leaves_the_old_in_use() {
    let directory = directory(PEOPLE.replace("ann.lee", "other").as_bytes(), &cities());
    let people = directory.path().join("lists/people.csv");
    let mut module = Module::open(directory.path());
    assert_eq!(is_enriched(&module.next()), (false, true));
    fs::write(&people, PEOPLE).unwrap();
    let record = module.next();
    assert_eq!((is_enriched(&record), is_flagged(&record)), ((true, true), false));
    fs::write(&people, "actor,nothing\n").unwrap();
    let record = module.next();
    assert_eq!((is_enriched(&record), is_flagged(&record)), ((true, true), true));
    fs::remove_file(&people).unwrap();
    assert_eq!(is_enriched(&module.next()), (true, true));
    fs::write(&people, format!("{PEOPLE}bob,bob.day\n")).unwrap();
    let record = module.next();
    assert_eq!((is_enriched(&record), is_flagged(&record)), ((true, true), false));
}

#[test]
fn records_pass_unharmed_beside_files_of_any_content() {
    let good = cities();
    let cut = &good[..good.len() / 2];
    for (people, cities, enriched) in [
        (&b"\xff\xfe"[..], &good[..], (false, true)),
        (PEOPLE.as_bytes(), cut, (true, false)),
        (b"", b"", (false, false)),
        (b"actor,actor.person\n\"ann", b"AWGEO\0\0\x01", (false, false)),
    ] {
        let directory = directory(people, cities);
        let record = Module::open(directory.path()).next();
        assert_eq!((is_enriched(&record), is_flagged(&record)), (enriched, true), "{record}");
        assert_eq!(record["raw"]["eventID"], "e1");
    }
}

/// Files that would hold a reader forever, or lead it elsewhere.
#[cfg(unix)]
#[test]
fn files_that_are_none_are_not_read() {
    let directory = directory(PEOPLE.as_bytes(), &cities());
    let city = directory.path().join("city.mmdb");
    fs::remove_file(&city).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&city).status().unwrap().success());
    let record = Module::open(directory.path()).next();
    assert_eq!((is_enriched(&record), is_flagged(&record)), ((true, false), true));
    fs::remove_file(&city).unwrap();
    fs::create_dir(&city).unwrap();
    let record = Module::open(directory.path()).next();
    assert_eq!((is_enriched(&record), is_flagged(&record)), ((true, false), true));
}

/// Operations of a record under a policy, once the module is warm.
fn operations(policy: &str) -> u64 {
    let setup = Setup {
        policy: Some(policy.to_owned()),
        seed: 7,
        now_ms: Some(NOW),
        is_metered: true,
        ..Setup::default()
    };
    let mut mode = Compiled::new(true).unwrap().open(&setup).unwrap();
    let mut spent = Vec::new();
    for nonce in 0..200 {
        mode.spent().unwrap();
        process(&mut mode, nonce);
        spent.push(mode.spent().unwrap());
    }
    let mut warm = spent.split_off(100);
    warm.sort_unstable();
    warm[50]
}

/// The number of names, networks and locations adds nothing: each is one search.
#[test]
fn thousands_of_names_and_networks_cost_little() {
    let person = |nth: usize| format!("user{nth}@example.com;user{nth},user{nth},high\n");
    let people: String = (0..5000).map(person).collect();
    let people = format!("actor,actor.person,actor.importance\nann,ann.lee,low\n{people}");
    let range = |nth: usize| format!("\"10.{}.{}.0/24\"", nth / 256, nth % 256);
    let networks: Vec<String> = (0..900).map(range).collect();
    let networks = networks.join(", ");
    let text =
        format!("{POLICY}[networks]\nspecial = true\n[networks.named]\noffice = [{networks}]\n");
    let cities = cities();
    let files = [("lists/people.csv", people.as_bytes()), ("city.mmdb", &cities)];
    let (without, with) = (operations("[log]\n"), operations(&bundle::join(&text, files)));
    println!("{without} operations without enrichment, {with} with");
    assert!(with > without && with - without < MOST_OPERATIONS, "{without} and {with}");
}

/// Of names, network, city and the writing of eight more fields.
const MOST_OPERATIONS: u64 = 16_000;
