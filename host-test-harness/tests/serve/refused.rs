//! Records that downstream refuses: the others go on, once; what is refused is put aside or held, and none is lost.

use crate::harness::{Process, Receiver, Shipper, dead_letters, event, id};
use auditward::serve::{Options, Serving};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// The service before a receiver, with a dead-letter file if asked for.
struct Case {
    receiver: Receiver,
    serving: Serving,
    directory: TempDir,
}

impl Case {
    fn new(receiver: Receiver, has_file: bool) -> Case {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            forward: Some(receiver.url().parse().unwrap()),
            dead_letter: has_file.then(|| directory.path().join("dead.ndjson")),
            deadline: Duration::from_secs(20),
            ..Options::default()
        };
        Case { receiver, serving: Serving::start(options).unwrap(), directory }
    }

    fn send(&self, lines: &[String]) -> (u16, String) {
        let answer = Shipper::new(self.serving.address).send(lines).unwrap();
        (answer.status, answer.text())
    }

    fn get(&self, path: &str) -> (u16, String) {
        let answer = Shipper::new(self.serving.address).request("GET", path, &[], b"").unwrap();
        (answer.status, answer.text())
    }

    fn aside(&self) -> Vec<Value> {
        dead_letters(&self.directory.path().join("dead.ndjson"))
    }

    /// How often each record arrived.
    fn arrived(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        self.receiver
            .records()
            .iter()
            .for_each(|record| *counts.entry(id(record)).or_default() += 1);
        counts
    }

    fn requests(&self) -> usize {
        self.receiver.headers.lock().unwrap().len()
    }
}

/// Events of which those with these numbers are of an account that downstream does not like.
fn batch(count: u32, poisoned: &[u32]) -> Vec<String> {
    (0..count)
        .map(|number| {
            event(number, if poisoned.contains(&number) { "poison" } else { "dana" }, false)
        })
        .collect()
}

fn dislikes(body: &str) -> Option<u16> {
    body.contains("poison").then_some(400)
}

#[test]
fn one_record_of_many_is_put_aside_and_the_others_arrive_once() {
    for (count, poisoned) in [
        (900, vec![417]),
        (900, vec![0]),
        (900, vec![899]),
        (2, vec![1]),
        (300, vec![0, 1, 150, 298, 299]),
        (64, (8..40).collect()),
    ] {
        let case = Case::new(Receiver::refusing(dislikes), true);
        assert_eq!(case.send(&batch(count, &poisoned)).0, 200, "{poisoned:?}");
        let arrived = case.arrived();
        assert!(
            arrived.len() == count as usize - poisoned.len()
                && arrived.values().all(|count| *count == 1),
            "{poisoned:?}"
        );
        let aside = case.aside();
        let wanted: Vec<String> = poisoned
            .iter()
            .map(|number| format!("{number:08x}-0000-4000-8000-000000000000"))
            .collect();
        let mut ids: Vec<String> = aside.iter().map(|letter| id(&letter["record"])).collect();
        ids.sort();
        assert_eq!(ids, wanted);
        assert!(
            aside.iter().all(|letter| letter["status"].as_str().unwrap().starts_with("400")
                && letter["answer"] == "not like this"),
            "{aside:?}"
        );
        assert!(case.requests() <= 2 + poisoned.len() * 24, "{} requests", case.requests());
        assert_eq!(case.get("/readyz").0, 200);
        let metrics = case.get("/metrics").1;
        assert!(
            metrics.contains(&format!("auditward_dead_letters_total {}\n", poisoned.len())),
            "{metrics}"
        );
        assert!(metrics.contains(&format!("auditward_records_out_total {count}\n")), "{metrics}");
        assert!(case.get("/").1.contains("refused by downstream since the start"));
    }
}

#[test]
fn what_was_accepted_before_shows_that_a_record_alone_is_at_fault() {
    let case = Case::new(Receiver::refusing(dislikes), true);
    assert_eq!(case.send(&batch(3, &[])).0, 200);
    for _ in 0..2 {
        assert_eq!(case.send(&[event(7, "poison", false)]).0, 200);
    }
    assert_eq!((case.aside().len(), case.get("/readyz").0), (2, 200));
}

#[test]
fn a_downstream_that_begins_to_refuse_all_is_held_and_said_soon() {
    let is_strict = Arc::new(AtomicBool::new(false));
    let strict = is_strict.clone();
    let case = Case::new(
        Receiver::refusing(move |_| Some(400).filter(|_| strict.load(Ordering::Relaxed))),
        true,
    );
    assert_eq!(case.send(&batch(3, &[])).0, 200);
    is_strict.store(true, Ordering::Relaxed);
    let lines: Vec<String> = (10..110).map(|number| event(number, "dana", false)).collect();
    let taken = lines.chunks(2).take_while(|batch| case.send(batch).0 == 200).count();
    assert!(
        (1..=24).contains(&taken) && case.aside().len() == 2 * taken,
        "{taken} batches, {} put aside",
        case.aside().len()
    );
    let (ready, why) = case.get("/readyz");
    assert!(ready == 503 && why.contains("nothing gets through"), "{why}");
    is_strict.store(false, Ordering::Relaxed);
    lines.chunks(2).skip(taken).for_each(|batch| assert_eq!(case.send(batch).0, 200));
    assert_eq!((case.arrived().len() + case.aside().len(), case.get("/readyz").0), (103, 200));
}

#[test]
fn without_a_file_the_record_is_held_and_the_others_arrive_once() {
    let is_strict = Arc::new(AtomicBool::new(true));
    let strict = is_strict.clone();
    let case = Case::new(
        Receiver::refusing(move |body| dislikes(body).filter(|_| strict.load(Ordering::Relaxed))),
        false,
    );
    let lines = batch(200, &[77]);
    for _ in 0..3 {
        let (status, why) = case.send(&lines);
        assert!(
            status == 503 && why.contains("refuses 1 record") && why.contains("--dead-letter"),
            "{why}"
        );
        assert_eq!((case.arrived().len(), case.get("/readyz").0), (199, 200));
    }
    // Other batches go on.
    assert_eq!(case.send(&[event(500, "dana", false)]).0, 200);
    assert!(
        case.get("/metrics").1.contains("auditward_held_total 3\n")
            && case.get("/").1.contains("--dead-letter FILE puts them aside")
    );
    is_strict.store(false, Ordering::Relaxed);
    assert_eq!(case.send(&lines).0, 200);
    let arrived = case.arrived();
    assert!(arrived.len() == 201 && arrived.values().all(|count| *count == 1), "{arrived:?}");
}

#[test]
fn where_nothing_gets_through_all_is_held_and_said() {
    for status in [400, 422, 401, 403, 404] {
        let is_strict = Arc::new(AtomicBool::new(true));
        let strict = is_strict.clone();
        let case = Case::new(
            Receiver::refusing(move |_| Some(status).filter(|_| strict.load(Ordering::Relaxed))),
            true,
        );
        let lines = batch(1000, &[]);
        for _ in 0..2 {
            assert_eq!(case.send(&lines).0, 503, "{status}");
        }
        assert!(
            case.aside().is_empty() && case.requests() <= 2 * 52,
            "{status}: {} requests",
            case.requests()
        );
        let (ready, why) = case.get("/readyz");
        assert!(
            ready == 503
                && why.contains("nothing gets through")
                && why.contains(&status.to_string()),
            "{status}: {why}"
        );
        assert!(case.get("/").1.contains("Nothing gets through"), "{status}");
        is_strict.store(false, Ordering::Relaxed);
        assert_eq!(
            (case.send(&lines).0, case.get("/readyz").0, case.arrived().len()),
            (200, 200, 1000),
            "{status}"
        );
    }
}

#[test]
fn a_token_that_is_revoked_puts_nothing_aside() {
    for status in [401, 403, 404, 405] {
        let is_revoked = Arc::new(AtomicBool::new(false));
        let revoked = is_revoked.clone();
        let case = Case::new(
            Receiver::refusing(move |_| Some(status).filter(|_| revoked.load(Ordering::Relaxed))),
            true,
        );
        assert_eq!(case.send(&batch(5, &[])).0, 200);
        is_revoked.store(true, Ordering::Relaxed);
        for lines in [batch(5, &[]), vec![event(9, "dana", false)]] {
            assert_eq!(case.send(&lines).0, 503, "{status}");
        }
        assert!(case.aside().is_empty(), "{status}: {:?}", case.aside());
    }
}

#[test]
fn a_firewall_before_downstream_refuses_records_not_batches() {
    let case = Case::new(Receiver::refusing(|body| body.contains("poison").then_some(403)), true);
    assert_eq!(case.send(&batch(100, &[50])).0, 200);
    assert_eq!((case.aside().len(), case.arrived().len()), (1, 99));
}

#[test]
fn what_is_too_much_at_once_goes_in_parts() {
    let case = Case::new(Receiver::refusing(|body| (body.len() > 20_000).then_some(413)), true);
    assert_eq!(case.send(&batch(300, &[])).0, 200);
    let arrived = case.arrived();
    assert!(
        arrived.len() == 300
            && arrived.values().all(|count| *count == 1)
            && case.aside().is_empty()
    );
}

#[test]
fn a_batch_that_was_cut_short_goes_on_where_it_was() {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    // Down from the fifth request on, for a while.
    let case = Case::new(
        Receiver::refusing(move |body| match count.fetch_add(1, Ordering::Relaxed) {
            5..=40 => Some(501),
            _ => dislikes(body),
        }),
        true,
    );
    let lines = batch(400, &[399]);
    let mut shipper = Shipper::new(case.serving.address);
    for _ in 0..60 {
        if shipper.send(&lines).is_some_and(|answer| answer.status == 200) {
            break;
        }
        requests.fetch_max(41, Ordering::Relaxed);
    }
    let arrived = case.arrived();
    assert!(
        arrived.len() == 399 && arrived.values().all(|count| *count == 1),
        "{} arrived",
        arrived.len()
    );
    assert_eq!(case.aside().len(), 1);
}

#[test]
fn in_a_state_directory_the_file_is_there_without_being_asked_for() {
    let receiver = Receiver::refusing(dislikes);
    let state = tempfile::tempdir().unwrap();
    let mut process = Process::start(&[
        "--listen",
        "127.0.0.1:0",
        "--forward",
        &receiver.url(),
        "--state",
        state.path().to_str().unwrap(),
    ]);
    assert_eq!(Shipper::new(process.address).send(&batch(10, &[4])).unwrap().status, 200);
    assert_eq!(process.stop(), Some(0));
    let file = auditward::state::directory(state.path()).join("dead-letter.ndjson");
    assert_eq!(dead_letters(&file).len(), 1);
    assert!(process.said().contains("dead-letter.ndjson"), "{}", process.said());
}

#[test]
fn what_is_found_in_a_record_is_kept_with_it() {
    let case = Case::new(Receiver::refusing(|body| body.contains("poison").then_some(400)), true);
    let lines: Vec<String> = (0..5)
        .map(|number| event(number, "poison", true))
        .chain([event(9, "dana", false)])
        .collect();
    assert_eq!(case.send(&lines).0, 200);
    assert!(case.aside()[4]["record"]["anomaly"].is_object(), "{:?}", case.aside());
}

#[test]
fn a_file_for_dead_letters_that_is_none_is_refused_at_start() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        listen: ([127, 0, 0, 1], 0).into(),
        forward: Some("http://127.0.0.1:9/".parse().unwrap()),
        dead_letter: Some(directory.path().to_owned()),
        ..Options::default()
    };
    assert!(Serving::start(options).is_err());
}
