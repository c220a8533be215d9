//! The command line from outside: what comes out, what is said, and how it ends.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/cloudtrail.ndjson");

fn auditward(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditward"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    auditward(arguments).output().unwrap()
}

/// What it answers to an input.
fn fed(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = auditward(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn out(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn records(output: &Output) -> Vec<Value> {
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn findings(records: &[Value]) -> Vec<&Value> {
    records.iter().filter_map(|record| record["anomaly"]["findings"].as_array()).flatten().collect()
}

fn file(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_three_lanes_give_equal_bytes_and_find_the_brute_force() {
    let lanes: Vec<Output> = ["raw", "component", "native"].into_iter().map(|lane| run(&["replay", EVENTS, "--lane", lane])).collect();
    let records = records(&lanes[0]);
    assert_eq!(records.len(), fs::read_to_string(EVENTS).unwrap().lines().count());
    let roles: Vec<&Value> = findings(&records).iter().map(|finding| &finding["key"]).collect();
    let dana = serde_json::json!({"account": "dana"});
    // The last one got in.
    assert_eq!(roles, [&dana, &serde_json::json!({"origin": "198.51.100.23"}), &dana]);
    assert!(lanes.iter().all(|lane| lane.stdout == lanes[0].stdout));
    let summary = said(&lanes[0]);
    for part in [
        "60 records",
        "aws.cloudtrail 60",
        "high 1, medium 2",
        "brute-force 2",
        "fail-then-success 1",
        "actor-hidden 1",
        "2026-01-14T11:21:20.000Z  medium  brute-force        5 failed",
    ] {
        assert!(summary.contains(part), "{part} in\n{summary}");
    }
}

#[test]
fn a_fresh_engine_for_each_record_finds_nothing_that_takes_many() {
    let together = run(&["replay", EVENTS]);
    let apart = run(&["replay", EVENTS, "--independent"]);
    let apart = records(&apart);
    assert!(findings(&apart).is_empty());
    assert_eq!(apart.len(), records(&together).len());
    // Alone or not, the same event has the same slots.
    assert_eq!(apart[0], records(&together)[0]);
}

#[test]
fn schema_and_layout_are_set_on_the_command_line() {
    let ecs = records(&run(&["replay", EVENTS, "--schema", "ecs"]));
    assert_eq!((ecs[0]["ecs"]["version"].as_str(), ecs[0]["event"]["dataset"].as_str()), (Some("8.17.0"), Some("aws.cloudtrail")));
    let annotated = records(&run(&["replay", EVENTS, "--layout", "annotate"]));
    let event: Value = serde_json::from_str(fs::read_to_string(EVENTS).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!((&annotated[0]["eventID"], &annotated[0]["audit"]["id"]), (&event["eventID"], &event["eventID"]));
}

#[test]
fn every_line_gives_one_object_whatever_it_is() {
    let input = b"\n{\"a\":1}\r\nnot json\n\xff\xfe\n[1]\n\n{\"b\":";
    for lane in ["raw", "component", "native"] {
        let records = records(&fed(&["replay", "-", "--lane", lane], input));
        assert_eq!(records.len(), 7, "{lane}");
        assert!(records.iter().all(Value::is_object));
        assert_eq!((&records[0]["raw"], &records[2]["raw"], &records[3]["raw_base64"]), (&"".into(), &"not json".into(), &"//4=".into()));
    }
    assert_eq!(out(&fed(&["replay"], b"")), "");
}

#[test]
fn bundles_are_unwrapped_where_asked() {
    let events: Vec<String> = fs::read_to_string(EVENTS).unwrap().lines().map(str::to_owned).collect();
    let bundle = format!("{{\"Records\":[{}]}}\n", events.join(","));
    assert_eq!(fed(&["replay", "--unwrap"], bundle.as_bytes()).stdout, run(&["replay", EVENTS]).stdout);
    assert_eq!(records(&fed(&["replay"], bundle.as_bytes())).len(), 1);
}

#[test]
fn the_clock_is_the_last_lines_time_or_what_is_asked_for() {
    let said = said(&run(&["replay", EVENTS]));
    assert!(said.contains("clock at 2026-01-14T11:40:00.000Z"), "{said}");
    let early = records(&run(&["replay", EVENTS, "--now", "2026-01-01T00:00:00Z"]));
    assert!(early.iter().all(|record| record["notes"].as_array().unwrap().contains(&"time-ahead".into())));
    let timeless = records(&fed(&["replay", "--now", "2026-01-01T00:00:00Z"], b"{}"));
    assert_eq!(timeless[0]["time"], "2026-01-01T00:00:00.000Z");
    assert_eq!(run(&["replay", EVENTS, "--now", "tomorrow"]).status.code(), Some(2));
}

#[test]
fn a_source_is_checked_for_and_counted() {
    let wrong = run(&["replay", EVENTS, "--source", "aws.cloudtrial"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("did you mean `aws.cloudtrail`?"));
    let other = fed(&["replay", "--source", "aws.cloudtrail"], b"{}\n");
    assert!(out(&other).starts_with('{') && said(&other).contains("1 record not of aws.cloudtrail"), "{}", said(&other));
}

#[test]
fn state_is_kept_from_one_replay_to_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state dir");
    let state = state.to_str().unwrap();
    let lines: Vec<String> = fs::read_to_string(EVENTS).unwrap().lines().map(|line| format!("{line}\n")).collect();
    let fifth = lines.iter().position(|line| line.contains("T11:21:20Z")).unwrap();
    for lane in ["raw", "component"] {
        let state = format!("{state} {lane}");
        let arguments = ["replay", "--state", &state, "--now", "2026-01-14T12:00:00Z", "--lane", lane];
        let first = records(&fed(&arguments, lines[..fifth].concat().as_bytes()));
        assert!(findings(&first).is_empty());
        let second = records(&fed(&arguments, lines[fifth..].concat().as_bytes()));
        assert_eq!(findings(&second).len(), 3, "{lane}");
        assert!(second.iter().all(|record| record["notes"].is_null()), "{lane}: {:?}", second[0]["notes"]);
        let status = out(&run(&["status", &state]));
        assert!(status.contains("medium 2") && status.contains("watermark"), "{status}");
        let json: Value = serde_json::from_str(&out(&run(&["status", &state, "--json"]))).unwrap();
        assert_eq!(json["records"], lines.len() - fifth);
    }
    let conflicting = file(directory.path(), "other.toml", "[output]\nraw = \"drop\"\n");
    let refused = fed(&["replay", "--state", &format!("{state} raw"), "--policy", conflicting.to_str().unwrap()], b"{}\n");
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("other.toml") && said(&refused).contains("auditward.toml is there already"), "{}", said(&refused));
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
    assert!(said(&replayed).contains("another instance keeps its state here"), "{}", said(&replayed));
    assert_eq!(fs::read_to_string(state.join("lock")).unwrap(), "7 1767225599000\n");
    assert!(!state.join("auditward.snapshot").exists());
}

#[test]
fn check_shows_every_problem_and_what_is_fine() {
    let directory = tempfile::tempdir().unwrap();
    let bad = file(directory.path(), "bad.toml", "[output]\nschema = \"audti\"\n[detector.brute-forse]\n[budget]\nmemory = \"1 KiB\"\n");
    let bad = bad.to_str().unwrap();
    let shown = run(&["check", bad]);
    assert_eq!((shown.status.code(), shown.stdout.len()), (Some(1), 0));
    for part in ["bad.toml:2:10", "bad.toml:3:11", "bad.toml:5:10", "did you mean `brute-force`?", "3 problems"] {
        assert!(said(&shown).contains(part), "{part} in\n{}", said(&shown));
    }
    assert!(!said(&shown).contains('\u{1b}'), "colour is for terminals");
    let replayed = run(&["replay", EVENTS, "--policy", bad]);
    assert_eq!((replayed.status.code(), replayed.stdout.len()), (Some(2), 0));
    assert!(said(&replayed).contains("bad.toml:5:10"));
    let good = file(directory.path(), "good.toml", "[detector.brute-force]\nfailures = 7\n");
    let summary = out(&run(&["check", good.to_str().unwrap()]));
    assert!(summary.contains("failures       7") && summary.contains("budget 4 MiB"), "{summary}");
    let missing = run(&["check", "nowhere.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(said(&missing).contains("nowhere.toml can't be read") && said(&missing).contains("auditward module"), "{}", said(&missing));
}

#[test]
fn the_module_is_written_with_a_checksum_and_a_policy_that_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("made");
    let arguments = ["module", "--out", to.to_str().unwrap()];
    let said_first = said(&run(&arguments));
    assert!(said_first.contains("function_name: audit_filter") && said_first.contains("accessible_paths:"), "{said_first}");
    let wasm = fs::read(to.join("auditward.wasm")).unwrap();
    assert_eq!(wasm, auditward::MODULE);
    let sum: String = Sha256::digest(&wasm).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(fs::read_to_string(to.join("SHA256SUMS")).unwrap(), format!("{sum}  auditward.wasm\n"));
    let policy = to.join("auditward.toml");
    assert_eq!(run(&["check", policy.to_str().unwrap()]).status.code(), Some(0));
    fs::write(&policy, "# mine\n").unwrap();
    fs::write(to.join("auditward.wasm"), "old").unwrap();
    assert!(said(&run(&arguments)).contains("kept"));
    assert_eq!((fs::read_to_string(&policy).unwrap(), fs::read(to.join("auditward.wasm")).unwrap()), ("# mine\n".to_owned(), wasm));
    run(&["module", "--force", "--out", to.to_str().unwrap()]);
    assert_ne!(fs::read_to_string(&policy).unwrap(), "# mine\n");
}

#[test]
fn a_pipe_answers_line_by_line_and_ends_with_its_input() {
    let mut child = auditward(&["pipe"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    for line in fs::read_to_string(EVENTS).unwrap().lines().take(5) {
        // The start of the next line is there already: the answer comes all the same.
        write!(stdin, "{line}\n ").unwrap();
        stdin.flush().unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["source"], "aws.cloudtrail");
    }
    drop(stdin);
    assert!(answers.next().unwrap().unwrap().contains("not-json"));
    assert!(answers.next().is_none() && child.wait().unwrap().success());
}

#[test]
fn output_that_nobody_reads_ends_it_quietly() {
    let directory = tempfile::tempdir().unwrap();
    let many = file(directory.path(), "many.ndjson", &fs::read_to_string(EVENTS).unwrap().repeat(50));
    for arguments in [&["replay", many.to_str().unwrap()][..], &["pipe"], &["explain"]] {
        let mut command = auditward(arguments);
        command.stdin(fs::File::open(&many).unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn explain_and_status_say_what_they_do_not_know() {
    assert!(out(&run(&["explain", "BRUTE-force"])).contains("failures = 5"));
    assert!(out(&run(&["explain"])).contains("detectors\n  brute-force"));
    let unknown = run(&["explain", "brute-forse"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("did you mean `brute-force`?"));
    let directory = tempfile::tempdir().unwrap();
    let none = run(&["status", directory.path().to_str().unwrap()]);
    assert_eq!(none.status.code(), Some(2));
    assert!(said(&none).contains("no status.json in") && said(&none).contains("accessible path"), "{}", said(&none));
}

#[test]
fn usage_and_missing_files_end_with_2() {
    for arguments in
        [&["replay", "nowhere.ndjson"][..], &["replay", "--lane", "fast"], &["nothing"], &["replay", "."], &["replay", "--state", "x", "--lane", "native"]]
    {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!said(&output).is_empty());
    }
}
