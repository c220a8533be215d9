//! `demo`: the attacks of a generated week.

use super::{file, out, run, said};
use serde_json::Value;
use std::fs;

#[test]
fn the_demo_finds_every_attack_of_several_weeks_and_wakes_nobody_for_little() {
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report.html");
    for seed in ["2", "3"] {
        let told = out(&run(&[
            "demo",
            "--strict",
            "--mode",
            "native",
            "--seed",
            seed,
            "--report",
            report.to_str().unwrap(),
        ]));
        assert!(told.contains("attacks were found.") && !told.contains("MISSED"), "{told}");
    }
}

#[test]
fn a_demo_tells_what_it_found_and_missed_and_keeps_what_it_is_asked_to() {
    let directory = tempfile::tempdir().unwrap();
    let made = directory.path().join("made");
    // Blind on purpose: with all detectors but this one unable to see, attacks are missed, and that is what is told.
    let policy = file(directory.path(), "blind.toml", "[detector.brute-force]\nfailures = 60\n");
    let arguments = [
        "demo",
        "--mode",
        "native",
        "--policy",
        policy.to_str().unwrap(),
        "--out",
        made.to_str().unwrap(),
    ];
    let (fine, strict) = (run(&arguments), run(&[&arguments[..], &["--strict"]].concat()));
    assert_eq!((fine.status.code(), strict.status.code()), (Some(0), Some(1)), "{}", said(&fine));
    assert_eq!(fine.stdout, strict.stdout, "the same seed gives the same week and the same words");
    let told = out(&fine);
    assert!(
        told.contains("  MISSED  ") && told.contains("benign records raised an alert"),
        "{told}"
    );
    let lines = |name: &str| fs::read_to_string(made.join(name)).unwrap().lines().count();
    assert!(lines("log.ndjson") > 30_000 && lines("log.ndjson") == lines("records.ndjson"));
    let truth: Vec<Value> = fs::read_to_string(made.join("truth.ndjson"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        truth.len() >= 10
            && truth.iter().all(|attack| attack["lines"].as_array().unwrap().len() >= 5)
    );
    let page = fs::read_to_string(made.join("report.html")).unwrap();
    assert!(page.contains("Attacks hidden in this week") && page.contains("missed"));
}
