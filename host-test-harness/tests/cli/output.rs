//! Outputs, terminal and exit status of every command; and `pipe`.

use super::{CASES, EVENTS, auditward, fed, file, out, records, run, said};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

#[test]
fn files_of_the_users_are_not_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let log = file(
        directory.path(),
        "access.log",
        "192.0.2.1 - - [14/Jan/2026:11:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n",
    );
    let log = log.to_str().unwrap();
    for arguments in [
        &["replay", log, "--report", log][..],
        &["replay", "--report", log],
        &["demo", "--report", log],
    ] {
        let refused = run(arguments);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(
            said(&refused).contains("access.log is")
                && said(&refused).contains("name another file for the report"),
            "{}",
            said(&refused)
        );
        assert!(fs::read_to_string(log).unwrap().starts_with("192.0.2.1"));
    }
    let policy = file(directory.path(), "auditward.toml", "# mine\n");
    let refused = run(&["demo", "--out", directory.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        said(&refused).contains("auditward.toml exists already")
            && said(&refused).contains("name another directory"),
        "{}",
        said(&refused)
    );
    assert_eq!(
        (
            fs::read_to_string(policy).unwrap().as_str(),
            fs::read_dir(directory.path()).unwrap().count()
        ),
        ("# mine\n", 2)
    );
}

#[test]
fn no_command_writes_over_what_it_reads() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir(root.join("in")).unwrap();
    let text = fs::read_to_string(EVENTS).unwrap();
    for (name, text) in [
        ("in/log", text.as_str()),
        ("in/policy.toml", "packs = [\"x.mmdb\"]\n"),
        ("in/plain.toml", "[log]\nlevel = \"info\"\n"),
        ("in/x.mmdb", &text),
        (
            "in/rule.yml",
            "title: x\nlogsource:\n  product: aws\ndetection:\n  a:\n    b: c\n  condition: a\n",
        ),
    ] {
        file(root, name, text);
    }
    std::os::unix::fs::symlink(root.join("in/log"), root.join("link")).unwrap();
    let path = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let (log, policy, base) = (path("in/log"), path("in/policy.toml"), path("in/x.mmdb"));
    for (arguments, out) in [
        (vec!["replay", &log, "--alerts"], path("in/../in/log")),
        (vec!["replay", &log, "--alerts"], path("link")),
        (vec!["replay", &log, "--policy", &policy, "--alerts"], path("in/./policy.toml")),
        (vec!["replay", &log, "--policy", &policy, "--alerts"], path("in/./x.mmdb")),
        (vec!["replay", &log, "--report", &log, "--alerts"], path("new")),
        (vec!["geo", &base, "--out"], path("in/../in/x.mmdb")),
        (vec!["coverage", &log, "--html"], path("link")),
        (vec!["tune", &log, "--chart"], path("link")),
        (vec!["tune", &base, "--labels", &log, "--patch"], path("link")),
        (vec!["state", "merge", &log, &base, "--out"], path("link")),
        (vec!["demo", "--policy", &path("in/plain.toml"), "--keep-log"], path("in/./plain.toml")),
        (vec!["sigma", "compile", &path("in/rule.yml"), "--out"], path("in/./rule.yml")),
    ] {
        let arguments = [arguments, vec![out.as_str()]].concat();
        let refused = run(&arguments);
        assert!(
            refused.status.code() == Some(2)
                && said(&refused).contains("is an input: name another"),
            "{arguments:?}: {}",
            said(&refused)
        );
        assert_eq!(fs::read_to_string(&log).unwrap(), text, "{arguments:?}");
        assert_eq!(fs::read_to_string(&base).unwrap(), text, "{arguments:?}");
    }
    let twice = run(&["replay", &log, "--report", &path("a"), "--alerts", &path("in/../a")]);
    assert!(said(&twice).contains("written twice") && !root.join("a").exists(), "{}", said(&twice));
    let stream = auditward(&["replay", "--alerts", &path("link")])
        .stdin(fs::File::open(&log).unwrap())
        .output()
        .unwrap();
    assert!(said(&stream).contains("is an input"), "{}", said(&stream));
    let grown = auditward(&["replay", &path("link")])
        .stdout(fs::OpenOptions::new().append(true).open(&log).unwrap())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(said(&grown).contains("standard output is the input"), "{}", said(&grown));
    assert_eq!(fs::read_to_string(&log).unwrap(), text);
}

#[test]
fn a_closed_output_is_said() {
    let shell = |redirected: &str| {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &format!("exec \"$@\" {redirected}"), "sh"]);
        command.arg(env!("CARGO_BIN_EXE_auditward"));
        command
    };
    for arguments in [&["replay", EVENTS][..], &["pipe"]] {
        let closed = shell("<&- >&-").args(arguments).output().unwrap();
        assert!(
            said(&closed).contains("standard output is closed"),
            "{arguments:?}: {}",
            said(&closed)
        );
    }
    let dropped = shell("> /dev/null").args(["replay", EVENTS]).output().unwrap();
    assert!(
        dropped.status.success() && !said(&dropped).contains("is closed"),
        "{}",
        said(&dropped)
    );
}

/// Names that would paint over the terminal, forge a row, or turn one round.
const STEERING: &str = r"\u001b[2J\u0007\r\n2026-01-14  high  nothing\u009b31m\u202e";

fn steered(text: &str) -> Vec<char> {
    text.chars()
        .filter(|&char| {
            char != '\n' && (char.is_control() || ('\u{2028}'..='\u{202e}').contains(&char))
        })
        .collect()
}

#[test]
fn names_in_records_and_policies_do_not_steer_the_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let log =
        fs::read_to_string(EVENTS).unwrap().replace("\"dana\"", &format!("\"dana{STEERING}\""));
    let log = file(directory.path(), "log.ndjson", &log);
    let told = said(&run(&["replay", log.to_str().unwrap()]));
    assert!(
        steered(&told).is_empty()
            && told.contains(
                r"account 'dana\u{1b}[2J\u{7}\u{d}\u{a}2026-01-14  high  nothing\u{9b}31m\u{202e}'"
            ),
        "{told}"
    );
    assert_eq!(
        told.lines().count(),
        said(&run(&["replay", EVENTS])).lines().count(),
        "no row is forged"
    );
    let case = file(
        directory.path(),
        "case.toml",
        &format!(
            "name = \"a{STEERING}\"\ninput = \"log.ndjson\"\n[[line]]\nnumber = 49\nno_findings = true\nfields = {{ \"actor.name\" = \"b\\u001b\\u202e\" }}\n"
        ),
    );
    let failed = run(&["test", case.to_str().unwrap()]);
    let told = String::from_utf8(failed.stdout).unwrap();
    assert!(
        failed.status.code() == Some(1)
            && steered(&told).is_empty()
            && told.contains(r"account 'dana\u{1b}[2J"),
        "{told}"
    );
    assert!(told.contains("    - \"b\\u001b\\u{202e}\"\n"), "{told}");
    let mapping = format!(
        "[[mapping]]\nsource = \"a.b\"\nmatch = {{ app = \"{STEERING}\" }}\n[mapping.fields]\nid = \"id\"\n[environment]\ntag = \"{STEERING}\"\n"
    );
    let policy = file(directory.path(), "policy.toml", &mapping);
    let told = out(&run(&["check", policy.to_str().unwrap()]));
    assert!(steered(&told).is_empty() && told.contains("\\u{202e}"), "{told}");
    let unknown = run(&["explain", "\u{1b}[2J\u{202e}"]);
    assert!(
        steered(&said(&unknown)).is_empty() && said(&unknown).contains(r"`\u{1b}[2J\u{202e}`"),
        "{}",
        said(&unknown)
    );
}

#[test]
fn output_that_nobody_reads_ends_it_quietly() {
    let directory = tempfile::tempdir().unwrap();
    let many =
        file(directory.path(), "many.ndjson", &fs::read_to_string(EVENTS).unwrap().repeat(50));
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
fn outputs_that_fail_give_the_reason_first() {
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for arguments in [
        &["replay", EVENTS][..],
        &["explain"],
        &["source", "list"],
        &["test", CASES],
        &["rules", "list"],
    ] {
        let output = auditward(arguments).stdout(full()).stderr(Stdio::piped()).output().unwrap();
        let told = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(
            told.contains("standard output cannot be written: No space left on device")
                && !told.contains("panicked"),
            "{arguments:?}: {told}"
        );
        // Nobody reads what is said.
        assert_eq!(
            auditward(arguments).stdout(full()).stderr(full()).status().unwrap().code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let piped = auditward(&["pipe"])
        .stdin(fs::File::open(EVENTS).unwrap())
        .stdout(full())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(
        piped.status.code() == Some(2) && said(&piped).contains("No space left on device"),
        "{}",
        said(&piped)
    );
    let missing = run(&["replay", "nowhere.ndjson"]);
    assert!(
        said(&missing)
            .starts_with("auditward: nowhere.ndjson cannot be opened: No such file or directory"),
        "{}",
        said(&missing)
    );
    let report = run(&["replay", EVENTS, "--report", "/dev/full"]);
    assert!(
        report.status.code() == Some(2)
            && said(&report).contains("/dev/full cannot be written: No space left"),
        "{}",
        said(&report)
    );
    let directory = tempfile::tempdir().unwrap();
    let log = file(directory.path(), "log", "");
    for arguments in [
        &["replay", EVENTS, "--report", directory.path().to_str().unwrap()][..],
        &["replay", EVENTS, "--state", log.join("state").to_str().unwrap()],
        &["demo", "--keep-log", "nowhere/log"],
    ] {
        let refused = run(arguments);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(
            !said(&refused).contains('?') && !said(&refused).contains("records"),
            "before the work: {}",
            said(&refused)
        );
    }
}

#[test]
fn usage_and_missing_files_end_with_2() {
    for arguments in [
        &["replay", "nowhere.ndjson"][..],
        &["replay", "--mode", "fast"],
        &["nothing"],
        &["explain-record", "."],
        &["replay", "--state", "x", "--mode", "native"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!said(&output).is_empty());
    }
}

#[test]
fn a_line_that_holds_several_records_becomes_several() {
    let activity = |events: &str| {
        format!(
            r#"{{"kind":"admin#reports#activity","id":{{"time":"2026-01-15T11:30:00.000Z","uniqueQualifier":"1","applicationName":"admin"}},"actor":{{"email":"a@example.com","profileId":"7"}},"ipAddress":"192.0.2.1","events":[{events}]}}"#
        )
    };
    let event = |name: &str| format!(r#"{{"type":"USER_SETTINGS","name":"{name}"}}"#);
    let both = activity(&format!("{},{}", event("CREATE_USER"), event("ASSIGN_ROLE")));
    let lines = format!("[{},{}]\n{both}\ntext\n", activity(&event("A")), activity(&event("B")));
    let actions = |arguments: &[&str]| -> Vec<String> {
        let records = records(&fed(arguments, lines.as_bytes()));
        let action = |record: &Value| {
            let is_several = record["notes"].to_string().contains("several-events");
            let name = record["action"]["name"].as_str().unwrap_or("none");
            format!("{name}{}", if is_several { ", several" } else { "" })
        };
        records.iter().map(action).collect()
    };
    let split = ["A", "B", "CREATE_USER", "ASSIGN_ROLE", "none"];
    assert_eq!(actions(&["pipe"]), split);
    assert_eq!(actions(&["pipe", "--no-unwrap"]), ["none", "CREATE_USER, several", "none"]);
    assert_eq!(actions(&["replay", "--unwrap"]), split);
}

#[test]
fn a_pipe_answers_line_by_line_and_ends_with_its_input() {
    let mut child =
        auditward(&["pipe"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut answers) =
        (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
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
