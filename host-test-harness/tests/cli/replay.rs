//! `replay`: records in, audit records out, by every format and clock.

use super::{EVENTS, fed, file, findings, out, records, run, said};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::process::Output;

#[test]
fn the_three_lanes_give_equal_bytes_and_find_the_brute_force() {
    let modes: Vec<Output> = ["raw", "component", "native"]
        .into_iter()
        .map(|mode| run(&["replay", EVENTS, "--mode", mode]))
        .collect();
    let records = records(&modes[0]);
    assert_eq!(records.len(), fs::read_to_string(EVENTS).unwrap().lines().count());
    let roles: Vec<&Value> = findings(&records).iter().map(|finding| &finding["key"]).collect();
    let dana = serde_json::json!({"account": "dana"});
    // The last one got in.
    assert_eq!(roles, [&dana, &serde_json::json!({"origin": "198.51.100.23"}), &dana]);
    assert!(modes.iter().all(|mode| mode.stdout == modes[0].stdout));
    let summary = said(&modes[0]);
    for part in [
        "60 records",
        "aws.cloudtrail 60",
        "high 3, medium 4, low 4",
        "brute-force 2",
        "fail-then-success 1",
        "actor-hidden 1",
        // Found by account and by origin, when it got in, and by a rule: one incident, reported by the worst of it.
        "incidents to look at, the worst first\n  2026-01-14T11:21:20.000Z  high  brute-force, fail-then-success, rules  'dana' got in after 8 failed",
        "  2026-01-14T09:30:00.000Z  high  rules  ",
    ] {
        assert!(summary.contains(part), "{part} in\n{summary}");
    }
}

#[test]
fn alerts_go_out_as_lines_beside_the_records_or_instead_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("alerts.cef");
    let replayed = run(&["replay", EVENTS, "--mode", "native", "--alerts", path.to_str().unwrap()]);
    assert_eq!(
        replayed.stdout,
        run(&["replay", EVENTS, "--mode", "native"]).stdout,
        "alerts change no record"
    );
    let severe = |finding: &&Value| {
        ["medium", "high", "critical"].contains(&finding["severity"].as_str().unwrap_or_default())
    };
    let records = records(&replayed);
    let alerts = records
        .iter()
        .filter_map(|record| record["anomaly"]["findings"].as_array())
        .flatten()
        .filter(severe)
        .count();
    let cef = fs::read_to_string(&path).unwrap();
    assert_eq!((alerts > 0, cef.lines().count()), (true, alerts));
    assert!(
        cef.lines().all(|line| line.starts_with("CEF:0|Auditward|auditward|"))
            && cef.contains("|brute-force|"),
        "{cef}"
    );
    let leef = out(&run(&[
        "replay",
        EVENTS,
        "--mode",
        "native",
        "--alerts",
        "-",
        "--alerts-format",
        "leef",
    ]));
    assert_eq!(
        leef.lines().filter(|line| line.starts_with("LEEF:2.0|") && line.contains("|x09|")).count(),
        alerts
    );
    assert_eq!(leef.lines().count(), alerts, "no records beside them");
    let refused = run(&["replay", EVENTS, "--alerts", EVENTS]);
    assert!(
        refused.status.code() == Some(2)
            && said(&refused).contains("is an input: name another file"),
        "{}",
        said(&refused)
    );
}

#[test]
fn a_fresh_engine_for_each_record_finds_nothing_that_takes_many() {
    let together = run(&["replay", EVENTS]);
    let apart = run(&["replay", EVENTS, "--independent"]);
    let apart = records(&apart);
    assert!(findings(&apart).is_empty());
    assert_eq!(apart.len(), records(&together).len());
    // Alone or not, the same event has the same fields.
    assert_eq!(apart[0], records(&together)[0]);
}

#[test]
fn schema_and_layout_are_set_on_the_command_line() {
    let ecs = records(&run(&["replay", EVENTS, "--schema", "ecs"]));
    assert_eq!(
        (ecs[0]["ecs"]["version"].as_str(), ecs[0]["event"]["dataset"].as_str()),
        (Some("8.17.0"), Some("aws.cloudtrail"))
    );
    let annotated = records(&run(&["replay", EVENTS, "--layout", "annotate"]));
    let event: Value =
        serde_json::from_str(fs::read_to_string(EVENTS).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(
        (&annotated[0]["eventID"], &annotated[0]["audit"]["id"]),
        (&event["eventID"], &event["eventID"])
    );
}

#[test]
fn every_line_gives_one_object_whatever_it_is() {
    let input = b"\n{\"a\":1}\r\nnot json\n\xff\xfe\n[1]\n\n{\"b\":";
    for mode in ["raw", "component", "native"] {
        let records = records(&fed(&["replay", "-", "--mode", mode], input));
        assert_eq!(records.len(), 7, "{mode}");
        assert!(records.iter().all(Value::is_object));
        assert_eq!(
            (&records[0]["raw"], &records[2]["raw"], &records[3]["raw_base64"]),
            (&"".into(), &"not json".into(), &"//4=".into())
        );
    }
    assert_eq!(out(&fed(&["replay"], b"")), "");
}

#[test]
fn bundles_are_unwrapped_where_asked() {
    let events: Vec<String> =
        fs::read_to_string(EVENTS).unwrap().lines().map(str::to_owned).collect();
    // Behind another line: the format is that of lines.
    let bundle = |list: &str| format!("{{}}\n{{\"{list}\":[{}]}}\n", events.join(","));
    for list in ["Records", "records", "items", "value", "events"] {
        let unwrapped = records(&fed(&["replay", "--unwrap"], bundle(list).as_bytes()));
        assert_eq!(unwrapped.len(), 61);
        assert_eq!(findings(&unwrapped).len(), 3, "{list}");
        assert_eq!(records(&fed(&["replay"], bundle(list).as_bytes())).len(), 2);
    }
}

#[test]
fn compressed_encoded_and_bundled_logs_are_read_as_their_records() {
    let directory = tempfile::tempdir().unwrap();
    let events = fs::read_to_string(EVENTS).unwrap();
    let list = events.lines().collect::<Vec<_>>().join(",\n");
    let utf16: Vec<u8> =
        format!("\u{feff}{events}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let plain = run(&["replay", EVENTS]);
    assert!(!said(&plain).contains("read as"), "{}", said(&plain));
    let pretty: String = events
        .lines()
        .map(|line| format!("{:#}\n", serde_json::from_str::<Value>(line).unwrap()))
        .collect();
    for (name, bytes, words) in [
        ("log.gz", gzip(events.as_bytes()), "read as gzip, 60 lines"),
        ("log.zst", zstd::encode_all(events.as_bytes(), 1).unwrap(), "read as zstd, 60 lines"),
        (
            "array.json.gz",
            gzip(format!("[{list}]").as_bytes()),
            "read as gzip, a JSON array of 60 records",
        ),
        (
            "trail.json",
            format!("{{\"Records\":[{list}]}}").into_bytes(),
            "read as a JSON object with 60 records in `Records`",
        ),
        (
            "bom.ndjson",
            format!("\u{feff}{events}").into_bytes(),
            "read as UTF-8 with a byte order mark, 60 lines",
        ),
        ("utf16.ndjson", utf16, "read as UTF-16 LE, 60 lines"),
    ] {
        let path = directory.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let from_file = run(&["replay", path.to_str().unwrap()]);
        assert!(said(&from_file).contains(&format!("{name}: {words}\n")), "{}", said(&from_file));
        assert!(
            said(&from_file).contains("evaluated as of 2026-01-14T11:40:00.000Z"),
            "{}",
            said(&from_file)
        );
        assert!(
            from_file.stdout == plain.stdout,
            "{name}: the records are the same, byte for byte"
        );
        for clock in [&[][..], &["--now", "2026-01-14T11:40:00Z"]] {
            let from_stream = fed(&[&["replay"], clock].concat(), &bytes);
            assert!(
                said(&from_stream).contains(&format!("standard input: {words}\n")),
                "{}",
                said(&from_stream)
            );
            assert!(from_stream.stdout == plain.stdout, "{name} as a stream");
        }
    }
    let pretty = file(directory.path(), "pretty.json", &pretty);
    let pretty = run(&["replay", pretty.to_str().unwrap()]);
    assert!(
        said(&pretty).contains("pretty.json: read as JSON over several lines, 60 records"),
        "{}",
        said(&pretty)
    );
    assert_eq!(findings(&records(&pretty)).len(), 3);
    let case = file(
        directory.path(),
        "case.toml",
        "input = \"array.json.gz\"\nfindings = { brute-force = 2, fail-then-success = 1, rules = 8 }\n",
    );
    assert!(out(&run(&["test", case.to_str().unwrap()])).contains("1 passed"));
    let drafted =
        out(&run(&["source", "new", directory.path().join("array.json.gz").to_str().unwrap()]));
    assert!(drafted.contains("\"action.name\" = \"eventName\""), "{drafted}");
    let other = run(&["replay", file(directory.path(), "log.xz", "\u{fd}7zXZ").to_str().unwrap()]);
    assert_eq!(other.status.code(), Some(0), "text that only resembles it");
    fs::write(directory.path().join("log.xz"), b"\xfd7zXZ\0\0\x04").unwrap();
    let refused = run(&["replay", directory.path().join("log.xz").to_str().unwrap()]);
    assert!(
        refused.status.code() == Some(2) && said(&refused).contains("xz -dc"),
        "{}",
        said(&refused)
    );
    let cut = gzip(events.as_bytes());
    fs::write(directory.path().join("cut.gz"), &cut[..cut.len() / 2]).unwrap();
    let cut = run(&["replay", directory.path().join("cut.gz").to_str().unwrap()]);
    assert!(
        cut.status.code() == Some(2) && said(&cut).contains("cut.gz cannot be read"),
        "{}",
        said(&cut)
    );
}

#[test]
fn a_log_of_unknown_records_is_told_what_to_try() {
    let unknown = fed(&["replay"], "{\"a\":1}\n".repeat(20).as_bytes());
    let told = said(&unknown);
    assert!(
        told.contains("0 of 20 records have a known source. Try:")
            && told.contains("auditward source new"),
        "{told}"
    );
    assert!(!said(&run(&["replay", EVENTS])).contains("Try:"));
}

#[test]
fn the_clock_is_the_latest_time_or_what_is_asked_for() {
    let said = said(&run(&["replay", EVENTS]));
    assert!(said.contains("evaluated as of 2026-01-14T11:40:00.000Z"), "{said}");
    let early = records(&run(&["replay", EVENTS, "--now", "2026-01-01T00:00:00Z"]));
    assert!(
        early
            .iter()
            .all(|record| { record["notes"].as_array().unwrap().contains(&"time-ahead".into()) })
    );
    let timeless = records(&fed(&["replay", "--now", "2026-01-01T00:00:00Z"], b"{}"));
    assert_eq!(timeless[0]["time"], "2026-01-01T00:00:00.000Z");
    assert_eq!(run(&["replay", EVENTS, "--now", "tomorrow"]).status.code(), Some(2));
}

/// A mistyped password now and then, through a day.
fn mistypings(day: u32) -> String {
    let line = |hour: u32, second: u32, what: &str| {
        format!(
            "2026-03-{day:02}T{hour:02}:00:{second:02}+00:00 web1 sshd[1]: {what} password for alice from 198.51.100.9 port 4022 ssh2\n"
        )
    };
    (0..24).map(|hour| line(hour, 0, "Failed") + &line(hour, 9, "Accepted")).collect()
}

#[test]
fn logs_in_any_order_are_read_by_the_clock_of_their_latest_time() {
    let directory = tempfile::tempdir().unwrap();
    let (new, old) = (
        file(directory.path(), "auth.log", &mistypings(8)),
        file(directory.path(), "auth.log.1", &mistypings(1)),
    );
    let (new, old) = (new.to_str().unwrap(), old.to_str().unwrap());
    let backdated = file(
        directory.path(),
        "backdated.log",
        &format!("{}{}", mistypings(8), mistypings(1).lines().next().unwrap()),
    );
    for arguments in [
        ["replay", new, old].as_slice(),
        &["replay", old, new],
        &["replay", backdated.to_str().unwrap()],
    ] {
        let replayed = run(arguments);
        assert!(
            said(&replayed).contains("evaluated as of 2026-03-08T23:00:09.000Z"),
            "{}",
            said(&replayed)
        );
        let records = records(&replayed);
        assert!(findings(&records).is_empty(), "{arguments:?}: {:?}", findings(&records)[0]);
        let is_ahead = |record: &Value| {
            record["notes"].as_array().is_some_and(|notes| notes.contains(&"time-ahead".into()))
        };
        assert!(!records.iter().any(is_ahead), "{arguments:?}");
        assert_eq!(
            said(&replayed).contains(&format!("the files are: {old} {new}\n")),
            arguments.get(1) == Some(&new),
            "{}",
            said(&replayed)
        );
    }
    assert!(
        said(&run(&["replay", new, old, "--now", "2026-03-09T00:00:00Z"]))
            .contains("older records should come first")
    );
    let case =
        file(directory.path(), "case.toml", "input = \"backdated.log\"\nno_findings = true\n");
    assert!(out(&run(&["test", case.to_str().unwrap()])).contains("1 passed"));
}

#[test]
fn a_directory_is_read_in_the_order_of_times() {
    let directory = tempfile::tempdir().unwrap();
    let within = directory.path().join("2026");
    fs::create_dir(&within).unwrap();
    let events = fs::read_to_string(EVENTS).unwrap();
    let at = events.match_indices('\n').nth(29).map(|(at, _)| at + 1).unwrap();
    file(directory.path(), "1.ndjson", &events[at..]);
    file(&within, "2.ndjson", &events[..at]);
    file(directory.path(), ".hidden", "x\n");
    let path = directory.path().to_str().unwrap();
    let replayed = run(&["replay", path]);
    assert_eq!(records(&replayed), records(&run(&["replay", EVENTS])));
    assert!(!said(&replayed).contains("older records"), "{}", said(&replayed));
    let counted = out(&run(&["coverage", path]));
    assert!(counted.contains("60 records of 1 source"), "{counted}");
}

#[test]
fn findings_of_redelivered_records_count_once() {
    let twice = said(&run(&["replay", EVENTS, EVENTS]));
    let counts =
        "findings   high 3, medium 4, low 4; 11 on redelivered records not counted again\n";
    assert!(twice.contains(counts) && twice.contains("repeated 60"), "{twice}");
}

#[test]
fn state_is_kept_from_one_replay_to_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state dir");
    let state = state.to_str().unwrap();
    let lines: Vec<String> =
        fs::read_to_string(EVENTS).unwrap().lines().map(|line| format!("{line}\n")).collect();
    let fifth = lines.iter().position(|line| line.contains("T11:21:20Z")).unwrap();
    for mode in ["raw", "component"] {
        let state = format!("{state} {mode}");
        let arguments =
            ["replay", "--state", &state, "--now", "2026-01-14T12:00:00Z", "--mode", mode];
        let first = records(&fed(&arguments, lines[..fifth].concat().as_bytes()));
        assert!(findings(&first).is_empty());
        let second = records(&fed(&arguments, lines[fifth..].concat().as_bytes()));
        assert_eq!(findings(&second).len(), 3, "{mode}");
        assert!(
            second.iter().all(|record| record["notes"].is_null()),
            "{mode}: {:?}",
            second[0]["notes"]
        );
        let status = out(&run(&["status", &state]));
        assert!(status.contains("medium 4") && status.contains("newest event"), "{status}");
        let json: Value = serde_json::from_str(&out(&run(&["status", &state, "--json"]))).unwrap();
        assert_eq!(json["records"], lines.len() - fifth);
    }
    let conflicting = file(directory.path(), "other.toml", "[output]\nraw = \"drop\"\n");
    let refused = fed(
        &["replay", "--state", &format!("{state} raw"), "--policy", conflicting.to_str().unwrap()],
        b"{}\n",
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        said(&refused).contains("other.toml")
            && said(&refused).contains("auditward.toml exists already"),
        "{}",
        said(&refused)
    );
}

#[test]
fn state_that_another_keeps_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    fs::create_dir(&state).unwrap();
    // As another instance renewed it a second ago.
    fs::write(state.join("lock"), "7 1767225599000\n").unwrap();
    let root = directory.path().to_str().unwrap();
    let replayed = fed(&["replay", "--state", root, "--now", "2026-01-01T00:00:00Z"], b"{}\n");
    assert!(records(&replayed)[0]["notes"].as_array().unwrap().contains(&"state-read-only".into()));
    assert!(
        said(&replayed).contains("another instance keeps its state here"),
        "{}",
        said(&replayed)
    );
    assert_eq!(fs::read_to_string(state.join("lock")).unwrap(), "7 1767225599000\n");
    assert!(!state.join("auditward.snapshot").exists());
}

#[test]
fn only_findings_are_written_and_quiet_is_quiet() {
    let all = run(&["replay", EVENTS]);
    let few = run(&["replay", EVENTS, "--findings", "--quiet"]);
    assert_eq!(said(&few), "");
    let bearing: Vec<Value> = records(&all)
        .into_iter()
        .filter(|record| record["anomaly"]["findings"].is_array())
        .collect();
    assert!(!bearing.is_empty() && records(&few) == bearing);
    let summary = said(&all);
    let severities: Vec<&str> = summary
        .lines()
        .skip_while(|line| !line.starts_with("incidents to look at"))
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    let ranks: Vec<usize> = severities
        .iter()
        .map(|severity| {
            ["critical", "high", "medium"].iter().position(|known| known == severity).unwrap()
        })
        .collect();
    assert!(ranks.is_sorted() && ranks.len() == 2, "{summary}");
}

#[test]
fn alerts_of_redelivered_records_are_written_once() {
    let directory = tempfile::tempdir().unwrap();
    let once = fs::read_to_string(EVENTS).unwrap();
    let twice = file(directory.path(), "twice.ndjson", &format!("{once}{once}"));
    let alerts = directory.path().join("alerts.cef");
    let lines = |log: &str| {
        out(&run(&["replay", log, "--alerts", alerts.to_str().unwrap(), "--quiet"]));
        fs::read_to_string(&alerts).unwrap()
    };
    let expected = lines(EVENTS);
    assert!(expected.lines().count() >= 5, "{expected}");
    assert_eq!(lines(twice.to_str().unwrap()), expected);
}

#[test]
fn records_go_to_a_file_and_by_severity() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("records.ndjson");
    let path = path.to_str().unwrap();
    let whole = out(&run(&["replay", EVENTS, "--quiet"]));
    for option in ["--out", "-o", "--output"] {
        let written = run(&["replay", EVENTS, "--quiet", option, path]);
        assert_eq!(out(&written), "", "{option}");
        assert_eq!(fs::read_to_string(path).unwrap(), whole, "{option}");
    }
    let of = |level: &str| records(&run(&["replay", EVENTS, "--quiet", "--severity", level]));
    let severe = of("high");
    assert!(!severe.is_empty());
    assert!(severe.iter().all(|record| record["audit_severity"] == "high"));
    assert!(of("medium").len() > severe.len() && of("info").len() > of("medium").len());
    assert_eq!(of("info"), records(&run(&["replay", EVENTS, "--quiet", "--findings"])));
    for (arguments, why) in [
        (vec!["replay", EVENTS, "--out", EVENTS], "is an input"),
        (vec!["replay", EVENTS, "--out", path, "--alerts", path], "written twice"),
        (vec!["replay", EVENTS, "--out", path, "--alerts", "-"], "name a file for the alerts"),
        (vec!["replay", EVENTS, "--out", "nowhere/records"], "nowhere/records cannot be written"),
        (vec!["replay", EVENTS, "--severity", "grave"], "possible values: info, low"),
    ] {
        let refused = run(&arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(said(&refused).contains(why), "{arguments:?}: {}", said(&refused));
    }
}

#[test]
fn what_people_try_leads_to_what_there_is() {
    for (arguments, hint) in [
        (vec!["validate", "p.toml"], "`auditward check POLICY`"),
        (vec!["coverage", EVENTS, "--format", "json"], "write `--json`"),
        (vec!["serve", "--port", "80"], "write `--listen <HOST:PORT>`"),
    ] {
        let refused = run(&arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(said(&refused).contains(hint), "{arguments:?}: {}", said(&refused));
        assert!(!said(&refused).contains("as a value"), "{arguments:?}: {}", said(&refused));
    }
}
