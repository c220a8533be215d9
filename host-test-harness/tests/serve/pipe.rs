//! Tests of the same guarantees on standard input and output.

use crate::harness::{TAGGED, event, expected, id, tagged};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

struct Pipe {
    child: Child,
    stdin: ChildStdin,
    answers: Box<dyn Iterator<Item = Value>>,
}

fn start(state: &Path) -> Pipe {
    start_with(state, &[])
}

fn start_with(state: &Path, more: &[&str]) -> Pipe {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditward"));
    command
        .args(["pipe", "--state", state.to_str().unwrap()])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let answers = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok());
    Pipe { child, stdin, answers: Box::new(answers) }
}

fn signal(child: &Child, name: &str) {
    assert!(
        Command::new("kill")
            .args([&format!("-{name}"), &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

fn failures(count: u32) -> Vec<String> {
    (0..count).map(|number| event(number, "dana", true)).collect()
}

#[test]
fn signals_answer_what_was_read_and_write_state() {
    for name in ["TERM", "INT"] {
        let state = tempfile::tempdir().unwrap();
        let mut pipe = start(state.path());
        let lines = failures(5);
        // The last line has no end yet: it is one all the same.
        pipe.stdin.write_all(lines[..4].join("\n").as_bytes()).unwrap();
        assert_eq!((&mut pipe.answers).take(3).count(), 3);
        signal(&pipe.child, name);
        assert_eq!(
            (pipe.answers.count(), pipe.child.wait().unwrap().code()),
            (1, Some(0)),
            "{name}"
        );
        let mut pipe = start(state.path());
        writeln!(pipe.stdin, "{}", lines[4]).unwrap();
        assert!(pipe.answers.next().unwrap()["anomaly"].is_object(), "{name}");
    }
}

#[test]
fn after_a_kill_lines_that_come_again_have_the_same_findings() {
    let lines = failures(30);
    let wanted = expected(&lines, None);
    let state = tempfile::tempdir().unwrap();
    let mut sent = 0;
    // Each time, what came last comes again.
    for upto in [7, 13, 14, 26, 30] {
        let mut pipe = start(state.path());
        let from = sent - sent.min(3);
        for line in &lines[from..upto] {
            writeln!(pipe.stdin, "{line}").unwrap();
        }
        for record in (&mut pipe.answers).take(upto - from) {
            assert_eq!(record["anomaly"].to_string(), wanted[&id(&record)]);
        }
        pipe.child.kill().unwrap();
        pipe.child.wait().unwrap();
        sent = upto;
    }
}

#[test]
fn records_come_under_the_tag_that_is_asked_for_and_so_do_those_of_the_journal() {
    let state = tempfile::tempdir().unwrap();
    fs::write(state.path().join("auditward.toml"), TAGGED).unwrap();
    let lines = tagged(5);
    let mut pipe = start_with(state.path(), &["--tag", "crm.eu"]);
    writeln!(pipe.stdin, "{}", lines[..4].join("\n")).unwrap();
    for record in (&mut pipe.answers).take(4) {
        assert_eq!((&record["source"], &record["anomaly"]), (&"acme.crm".into(), &Value::Null));
    }
    pipe.child.kill().unwrap();
    pipe.child.wait().unwrap();
    let mut pipe = start_with(state.path(), &["--tag", "crm.eu"]);
    writeln!(pipe.stdin, "{}", lines[4]).unwrap();
    let fifth = pipe.answers.next().unwrap();
    assert_eq!(fifth["anomaly"]["findings"][0]["detector"], "brute-force", "{fifth}");
    drop(pipe.stdin);
    pipe.child.wait().unwrap();
    let mut pipe = start(state.path());
    writeln!(pipe.stdin, "{}", lines[0]).unwrap();
    assert!(pipe.answers.next().unwrap()["source"].is_null(), "without the tag nothing maps it");
}

#[test]
fn it_takes_no_more_than_can_be_written() {
    let state = tempfile::tempdir().unwrap();
    let mut pipe = start(state.path());
    let mut stdin = pipe.stdin;
    let writer = thread::spawn(move || {
        for number in 0..40_000 {
            writeln!(stdin, "{}", event(number, "a", false)).unwrap();
        }
    });
    thread::sleep(Duration::from_millis(1500));
    assert!(!writer.is_finished(), "nobody reads: it cannot have taken 20 MB");
    let began = Instant::now();
    assert_eq!(pipe.answers.count(), 40_000);
    writer.join().unwrap();
    assert!(pipe.child.wait().unwrap().success() && began.elapsed() < Duration::from_secs(60));
}

/// The tests here that look at what it says.
fn start_saying(arguments: &[&str]) -> (Pipe, thread::JoinHandle<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditward"));
    let mut child = command
        .arg("pipe")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdin, stdout, mut stderr) =
        (child.stdin.take().unwrap(), child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let answers = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok());
    let said = thread::spawn(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        said
    });
    (Pipe { child, stdin, answers: Box::new(answers) }, said)
}

#[test]
fn a_snapshot_that_cannot_be_written_stops_no_line() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("auditward.toml"), "[state]\nevery = \"1s\"\n").unwrap();
    let (mut pipe, said) = start_saying(&["--state", root.path().to_str().unwrap()]);
    let lines = failures(6);
    // A directory stands where the snapshot would be written.
    writeln!(pipe.stdin, "{}", lines[0]).unwrap();
    pipe.answers.next().unwrap();
    fs::create_dir(root.path().join("state/auditward.snapshot.tmp")).unwrap();
    for line in &lines[1..] {
        thread::sleep(Duration::from_millis(400));
        writeln!(pipe.stdin, "{line}").unwrap();
        assert!(pipe.answers.next().is_some());
    }
    drop(pipe.stdin);
    assert_eq!((pipe.answers.count(), pipe.child.wait().unwrap().code()), (0, Some(2)));
    let said = said.join().unwrap();
    assert!(said.matches("writing state to").count() >= 2, "{said}");
}

#[test]
fn its_lock_is_renewed_though_no_line_comes() {
    let root = tempfile::tempdir().unwrap();
    let mut pipe = start(root.path());
    writeln!(pipe.stdin, "a line").unwrap();
    pipe.answers.next().unwrap();
    let lock = || fs::read_to_string(root.path().join("state/lock")).unwrap();
    let before = lock();
    let until = Instant::now() + Duration::from_secs(15);
    while lock() == before {
        assert!(
            Instant::now() < until,
            "not within 15 s, of the 30 s after which it is taken for another's"
        );
        thread::sleep(Duration::from_millis(100));
    }
    drop(pipe.stdin);
    assert!(pipe.child.wait().unwrap().success());
}

#[test]
fn told_to_stop_it_does_not_wait_for_a_reader_for_ever() {
    let root = tempfile::tempdir().unwrap();
    let (mut pipe, said) = start_saying(&["--state", root.path().to_str().unwrap()]);
    let mut stdin = pipe.stdin;
    let writer = thread::spawn(move || {
        (0..40_000)
            .take_while(|number| writeln!(stdin, "{}", event(*number, "a", false)).is_ok())
            .count()
    });
    pipe.answers.next().unwrap();
    thread::sleep(Duration::from_millis(1500));
    let began = Instant::now();
    signal(&pipe.child, "TERM");
    let status = pipe.child.wait().unwrap();
    assert!(began.elapsed() < Duration::from_secs(20) && status.code() == Some(2), "{status}");
    assert!(said.join().unwrap().contains("nobody reads"));
    assert!(
        writer.join().unwrap() < 40_000 && root.path().join("state/auditward.snapshot").exists()
    );
    // A reader who is slow gets all that was read.
    let mut pipe = start(root.path());
    let lines: Vec<String> = (0..100).map(|number| event(number, "b", false)).collect();
    writeln!(pipe.stdin, "{}", lines[0]).unwrap();
    pipe.answers.next().unwrap();
    writeln!(pipe.stdin, "{}", lines[1..].join("\n")).unwrap();
    thread::sleep(Duration::from_millis(1000));
    signal(&pipe.child, "TERM");
    thread::sleep(Duration::from_millis(1500));
    assert_eq!((pipe.answers.count(), pipe.child.wait().unwrap().code()), (99, Some(0)));
}

#[test]
fn a_hangup_takes_a_changed_policy() {
    let root = tempfile::tempdir().unwrap();
    let policy = root.path().join("p.toml");
    fs::write(&policy, "[detector.brute-force]\nfailures = 9\n").unwrap();
    let mut pipe = start_saying(&["--policy", policy.to_str().unwrap()]).0;
    let lines = failures(3);
    let evaluated = |pipe: &mut Pipe, line: &str| {
        writeln!(pipe.stdin, "{line}").unwrap();
        pipe.answers.next().unwrap()["anomaly"].is_object()
    };
    assert!(!evaluated(&mut pipe, &lines[0]) && !evaluated(&mut pipe, &lines[1]));
    fs::write(&policy, "[detector.brute-force]\nfailures = 3\n").unwrap();
    signal(&pipe.child, "HUP");
    thread::sleep(Duration::from_millis(500));
    assert!(evaluated(&mut pipe, &lines[2]));
    drop(pipe.stdin);
    assert_eq!(pipe.child.wait().unwrap().code(), Some(0));
}
