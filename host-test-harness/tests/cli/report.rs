//! The HTML report and `coverage`.

use super::{EVENTS, fed, file, out, run, said};
use serde_json::Value;
use std::fs;

#[test]
fn a_report_tells_what_was_found_and_is_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report.html");
    let replayed =
        run(&["replay", EVENTS, "--schema", "ecs", "--report", report.to_str().unwrap()]);
    assert!(said(&replayed).contains("report.html"), "{}", said(&replayed));
    assert_eq!(
        replayed.stdout,
        run(&["replay", EVENTS, "--schema", "ecs"]).stdout,
        "a report changes no record"
    );
    let page = fs::read_to_string(&report).unwrap();
    for part in [
        "incidents to look at",
        "5 failed authentications against account",
        "198.51.100.23",
        "T1110",
        "4a2b7b9b-0e53-4b37-a4b9-f274578c0215",
        "no-actor",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let nowhere = run(&["replay", EVENTS, "--report", "nowhere/report.html"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(
        said(&nowhere).contains("nowhere/report.html cannot be written: No such file"),
        "{}",
        said(&nowhere)
    );
}

#[test]
fn a_report_tells_the_time_of_the_environment() {
    let directory = tempfile::tempdir().unwrap();
    let policy =
        file(directory.path(), "policy.toml", "[environment]\ntimezone = \"Asia/Kolkata\"\n");
    let report = directory.path().join("report.html");
    let arguments = [
        "replay",
        EVENTS,
        "--policy",
        policy.to_str().unwrap(),
        "--report",
        report.to_str().unwrap(),
    ];
    // The zone on the day of the events, whatever the clock.
    for more in [
        &[][..],
        &["--now", "2026-07-14T12:00:00Z"],
        &["--state", directory.path().join("state").to_str().unwrap()],
    ] {
        let _ = out(&run(&[&arguments[..], more].concat()));
        let page = fs::read_to_string(&report).unwrap();
        // The fifth failure came at 11:21:20 UTC.
        for part in [
            "Times are in Asia/Kolkata (UTC+5:30).",
            "Dot: at least one alert. UTC+5:30.",
            "2026-01-14 16:51:20",
            "<title>2026-01-14 16:45 to 17:00:",
            "<title>Wed 16:00: ",
        ] {
            assert!(page.contains(part), "{part}, {more:?}");
        }
        assert!(!page.contains("2026-01-14 11:21:20"));
    }
}

#[test]
fn coverage_is_a_table_json_and_a_page() {
    let table = out(&run(&["coverage", EVENTS]));
    for part in [
        "60 records of 1 source",
        "aws.cloudtrail",
        "PCI DSS 4.0.1",
        "10.2.2",
        "HIPAA",
        "164.312(b)",
    ] {
        assert!(table.contains(part), "{part} in\n{table}");
    }
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("coverage.html");
    let json: Value = serde_json::from_str(&out(&run(&[
        "coverage",
        EVENTS,
        "--json",
        "--html",
        page.to_str().unwrap(),
    ])))
    .unwrap();
    assert_eq!(
        (json["records"].as_u64(), json["sources"][0]["holds"]["when"].as_f64()),
        (Some(60), Some(1.0))
    );
    assert_eq!(
        json["demands"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|met| met["framework"] == "SOC 2")
            .count(),
        9
    );
    let page = fs::read_to_string(&page).unwrap();
    assert!(
        page.starts_with("<!DOCTYPE html>")
            && page.contains("aws.cloudtrail")
            && !page.contains("<script"),
        "{page}"
    );
    for part in [
        "2026-01-14T02:00:03.000Z to 2026-01-14T11:40:00.000Z, by the times of the records",
        "cloudtrail.ndjson",
        "<dd>default</dd>",
        "by auditward",
    ] {
        assert!(page.contains(part), "{part} in\n{page}");
    }
    assert_eq!(
        (json["policy"].as_str(), json["last"].as_str()),
        (Some("default"), Some("2026-01-14T11:40:00.000Z"))
    );
    for arguments in [["coverage", "-"].as_slice(), &["rules", "list", "--against", "-"]] {
        let empty = fed(arguments, b"");
        assert_eq!(empty.status.code(), Some(2), "{arguments:?}");
        assert!(said(&empty).contains("no record"), "{arguments:?}: {}", said(&empty));
    }
    assert_eq!(run(&["coverage", "nowhere.ndjson"]).status.code(), Some(2));
}
