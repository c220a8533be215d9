//! `replay -`: lines come out as they come in, and nothing of them lies on disk.

use crate::harness::event;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

struct Replay {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<Value>,
}

fn start(arguments: &[&str]) -> Replay {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditward"));
    command.args(["replay", "-"]).args(arguments).env("TMPDIR", "/nonexistent");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    Replay { child, stdin, lines: read(stdout) }
}

fn read(stdout: ChildStdout) -> Receiver<Value> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = sender.send(serde_json::from_str(&line).unwrap());
        }
    });
    lines
}

impl Replay {
    fn write(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).unwrap();
        self.stdin.flush().unwrap();
    }

    /// The next line, though more may come.
    fn next(&self) -> Value {
        self.lines.recv_timeout(Duration::from_secs(60)).expect("a line while the input is open")
    }

    fn end(mut self) -> usize {
        drop(self.stdin);
        assert!(self.child.wait().unwrap().success());
        self.lines.iter().count()
    }
}

fn whole(arguments: &[&str], input: Stdio) -> Output {
    Command::new(env!("CARGO_BIN_EXE_auditward"))
        .arg("replay")
        .args(arguments)
        .env("TMPDIR", "/nonexistent")
        .stdin(input)
        .output()
        .unwrap()
}

#[test]
fn with_a_clock_lines_come_out_at_once() {
    for arguments in [&["--now", "2026-01-15T12:00:00Z"][..], &["--now", "now"]] {
        let mut replay = start(arguments);
        for number in 0..3 {
            replay.write(&format!("{}\n", event(number, "dana", false)));
            assert_eq!(replay.next()["id"], format!("{number:08x}-0000-4000-8000-000000000000"));
        }
        // Half a line waits for its other half.
        let line = event(9, "dana", false);
        let (half, rest) = line.split_at(100);
        replay.write(half);
        assert!(replay.lines.recv_timeout(Duration::from_millis(300)).is_err());
        replay.write(rest);
        assert_eq!(replay.end(), 1, "a last line needs no end");
    }
}

#[test]
fn with_state_the_real_clock_is_at_hand() {
    let state = tempfile::tempdir().unwrap();
    let mut replay = start(&["--state", state.path().to_str().unwrap()]);
    replay.write(&format!("{}\n", event(1, "dana", false)));
    assert!(replay.next()["id"].is_string());
    assert_eq!(replay.end(), 0);
}

#[test]
fn a_stream_that_pauses_is_live_and_its_clock_goes_on() {
    let mut replay = start(&[]);
    replay.write(&format!("{}\n", event(0, "dana", true)));
    assert!(replay.next()["id"].is_string());
    // 20 minutes later by their own time: they are not ahead of the clock, and what they show is found.
    let later: String = (1200..1205).map(|number| event(number, "eve", true) + "\n").collect();
    replay.write(&later);
    let found: Vec<Value> = (0..5).map(|_| replay.next()).collect();
    assert!(
        found[4]["anomaly"].is_object() && found.iter().all(|record| record["notes"].is_null()),
        "{found:?}"
    );
    assert_eq!(replay.end(), 0);
}

#[test]
fn a_stream_that_never_pauses_is_live_too() {
    let mut replay = start(&[]);
    let began = Instant::now();
    let mut number = 0;
    // For half a minute at most: lines come out long before.
    let first = loop {
        replay.write(&format!("{}\n", event(number, "dana", false)));
        number += 1;
        match replay.lines.recv_timeout(Duration::from_millis(300)) {
            Ok(first) => break first,
            Err(_) => assert!(
                began.elapsed() < Duration::from_secs(30),
                "nothing came out of {number} lines"
            ),
        }
    };
    assert_eq!(first["id"], "00000000-0000-4000-8000-000000000000");
    assert_eq!(replay.end(), number as usize - 1);
}

#[test]
fn one_forged_time_in_a_stream_hides_nothing() {
    let mut replay = start(&[]);
    let before: String = (0..30).map(|number| event(number, "dana", false) + "\n").collect();
    replay.write(&before);
    (0..30).for_each(|_| drop(replay.next()));
    replay.write(&format!("{}\n", event(40, "mallory", true).replace("T11:", "T23:")));
    assert!(replay.next()["id"].is_string());
    replay.write(&(60..65).map(|number| event(number, "eve", true) + "\n").collect::<String>());
    let found: Vec<bool> = (0..5).map(|_| replay.next()["audit_severity"].is_string()).collect();
    assert_eq!(found, [false, false, false, false, true]);
    // What comes then is not ahead of the clock, nor is the clock ahead of it.
    replay.write(&format!("{}\n", event(70, "frank", false)));
    assert_eq!(replay.next()["notes"], Value::Null);
    assert_eq!(replay.end(), 0);
}

#[test]
fn a_stream_that_ends_is_read_as_its_file_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.ndjson");
    let text: String = (0..3000)
        .map(|number| event(number, &format!("u{}", number % 50), number % 4 == 0) + "\n")
        .collect();
    fs::write(&path, &text).unwrap();
    let file = whole(&[path.to_str().unwrap()], Stdio::null());
    let redirected = whole(&["-"], fs::File::open(&path).unwrap().into());
    let mut cat = Command::new("cat").arg(&path).stdout(Stdio::piped()).spawn().unwrap();
    let piped = whole(&["-"], cat.stdout.take().unwrap().into());
    cat.wait().unwrap();
    assert!(
        file.status.success() && file.stdout.iter().filter(|byte| **byte == b'\n').count() == 3000,
        "{file:?}"
    );
    assert!(file.stdout == redirected.stdout && file.stdout == piped.stdout);
}
