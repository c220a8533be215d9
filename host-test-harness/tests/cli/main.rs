//! The command line from outside: what comes out, what is said, and how it ends.

mod cases;
mod check;
mod demo;
mod explain;
mod output;
mod replay;
mod report;

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/cloudtrail.ndjson");
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/tests");

fn auditward(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditward"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    auditward(arguments).output().unwrap()
}

/// Answer to an input.
fn fed(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = auditward(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
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
    // Built-in rules have tests of their own.
    let all =
        records.iter().filter_map(|record| record["anomaly"]["findings"].as_array()).flatten();
    all.filter(|finding| finding["detector"] != "rules").collect()
}

fn file(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    path
}
