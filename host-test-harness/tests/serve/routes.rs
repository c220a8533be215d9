//! Records go where their route says. A destination that is down or refuses takes nothing from the others, and nobody gets a record twice.

use super::harness::{Mood, Receiver, Shipper, dead_letters, event, id};
use auditward::serve::{Options, Serving};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const POLICY: &str = "[output]\nmax_record = \"4 KiB\"\n[[route]]\nname = \"archive\"\nwhen = { \"outcome.result\" = \"success\" }\n[[route]]\nname = \"siem\"\n";

struct Case {
    rest: Receiver,
    archive: Receiver,
    serving: Serving,
    directory: TempDir,
}

impl Case {
    fn new(archive: Receiver) -> Case {
        let directory = tempfile::tempdir().unwrap();
        let policy = directory.path().join("auditward.toml");
        std::fs::write(&policy, POLICY).unwrap();
        let rest = Receiver::new(|| Mood::Accept);
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            policy: Some(policy),
            forward: Some(rest.url().parse().unwrap()),
            routes: vec![("archive".to_owned(), archive.url().parse().unwrap(), None)],
            dead_letter: Some(directory.path().join("dead.ndjson")),
            deadline: Duration::from_secs(4),
            ..Options::default()
        };
        Case { rest, archive, serving: Serving::start(options).unwrap(), directory }
    }

    fn send(&self, lines: &[String]) -> u16 {
        Shipper::new(self.serving.address).send(lines).unwrap().status
    }

    fn ready(&self) -> (u16, String) {
        let answer = Shipper::new(self.serving.address).request("GET", "/readyz", &[], b"");
        let answer = answer.unwrap();
        (answer.status, answer.text())
    }
}

/// Every other one failed.
fn batch(count: u32) -> Vec<String> {
    (0..count).map(|number| event(number, "dana", number % 2 == 0)).collect()
}

/// How often each record arrived, all of which are of this route.
fn arrived(receiver: &Receiver, route: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in receiver.records() {
        assert_eq!(record["audit_route"], route, "{record}");
        *counts.entry(id(&record)).or_default() += 1;
    }
    counts
}

#[test]
fn each_record_goes_where_its_route_says_and_once() {
    let case = Case::new(Receiver::new(|| Mood::Accept));
    assert_eq!(case.send(&batch(200)), 200);
    for (receiver, route) in [(&case.rest, "siem"), (&case.archive, "archive")] {
        let arrived = arrived(receiver, route);
        assert!(arrived.len() == 100 && arrived.values().all(|count| *count == 1), "{route}");
    }
    assert_eq!(case.ready(), (200, "ready\n".to_owned()));
}

#[test]
fn one_that_is_down_holds_the_batch_and_keeps_nothing_from_the_others() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = is_down.clone();
    let mood = move || if down.load(Ordering::Relaxed) { Mood::Fail500 } else { Mood::Accept };
    let case = Case::new(Receiver::new(mood));
    let batch = batch(20);
    for _ in 0..2 {
        assert!(matches!(case.send(&batch), 429 | 503), "not done while one has not accepted");
        assert_eq!(arrived(&case.rest, "siem").len(), 10);
    }
    let (status, why) = case.ready();
    assert_eq!((status, why.as_str()), (503, "downstream of route archive does not accept\n"));
    is_down.store(false, Ordering::Relaxed);
    assert_eq!(case.send(&batch), 200);
    for (receiver, route) in [(&case.rest, "siem"), (&case.archive, "archive")] {
        let arrived = arrived(receiver, route);
        assert!(arrived.len() == 10 && arrived.values().all(|count| *count == 1), "{arrived:?}");
    }
    assert_eq!(case.ready().0, 200);
}

#[test]
fn what_one_refuses_is_put_aside_and_all_else_arrives() {
    let case = Case::new(Receiver::refusing(|body| body.contains("poison").then_some(400)));
    let mut batch = batch(40);
    batch.push(event(77, "poison", false));
    assert_eq!(case.send(&batch), 200);
    assert_eq!(
        (arrived(&case.rest, "siem").len(), arrived(&case.archive, "archive").len()),
        (20, 20)
    );
    let aside = dead_letters(&case.directory.path().join("dead.ndjson"));
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(aside[0]["record"]["audit_route"], "archive");
}

/// Records too long to be evaluated name no route, whatever they hold.
#[test]
fn a_record_that_was_not_evaluated_goes_with_the_rest() {
    let case = Case::new(Receiver::new(|| Mood::Accept));
    let long = format!("{{\"a\":\"{}\",\"audit_route\":\"archive\"}}", "x".repeat(5000));
    assert_eq!(case.send(&[long]), 200);
    assert_eq!((case.rest.records().len(), case.archive.records().len()), (1, 0));
}
