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
        "high 3, medium 3, low 4",
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
        refused.status.code() == Some(2) && said(&refused).contains("--alerts is an input"),
        "{}",
        said(&refused)
    );
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
        6
    );
    let page = fs::read_to_string(&page).unwrap();
    assert!(
        page.starts_with("<!DOCTYPE html>")
            && page.contains("aws.cloudtrail")
            && !page.contains("<script"),
        "{page}"
    );
    assert_eq!(run(&["coverage", "nowhere.ndjson"]).status.code(), Some(2));
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
fn the_demo_finds_every_attack_of_several_weeks_and_wakes_nobody_for_little() {
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report.html");
    for seed in ["1", "2", "3", "4"] {
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

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/tests");

#[test]
fn the_example_cases_pass() {
    let told = out(&run(&["test", CASES]));
    assert!(told.ends_with("5 tests: 5 passed, 0 failed\n") && !told.contains('\u{1b}'), "{told}");
    assert_eq!(out(&run(&["test", CASES, "--mode", "component"])), told);
}

#[test]
fn a_case_that_fails_says_where_and_blessing_mends_it() {
    let directory = tempfile::tempdir().unwrap();
    let events: Vec<String> = fs::read_to_string(EVENTS)
        .unwrap()
        .lines()
        .take(49)
        .map(|line| format!("{line}\n"))
        .collect();
    let events = file(directory.path(), "events.ndjson", &events.concat());
    let text = fs::read_to_string(format!("{CASES}/brute-force.toml")).unwrap();
    let input = format!("\"{}\"\nfindings = {{ brute-force = 3 }}", events.display());
    let text = text
        .replace("\"../cloudtrail.ndjson\"", &input)
        .replace("= \"dana\", \"out", "= \"dora\", \"out");
    let case = file(
        directory.path(),
        "case.toml",
        &text.replace(
            "severity = \"medium\", key = { account",
            "severity = \"high\", key = { account",
        ),
    );
    let case = case.to_str().unwrap();
    let failed = run(&["test", case]);
    assert_eq!(failed.status.code(), Some(1));
    let told = String::from_utf8(failed.stdout).unwrap();
    for part in [
        "FAIL ",
        "case.toml (a burst",
        "  findings in all\n    - brute-force 3\n    + brute-force 2\n",
        "  line 49: actor.name\n    - \"dora\"\n    + \"dana\"\n",
        "  line 49: findings\n    - brute-force high or above account 'dana'\n    + brute-force medium account 'dana', brute-force medium origin",
        "1 test: 0 passed, 1 failed",
    ] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    assert!(out(&run(&["test", "--bless", case])).contains("updated"));
    assert!(out(&run(&["test", case])).contains("1 passed"));
    assert!(
        out(&run(&["test", "--bless", case])).contains("unchanged"),
        "blessing twice changes nothing"
    );
    assert!(
        fs::read_to_string(case).unwrap().contains("# The fifth failure."),
        "comments are kept"
    );
}

#[test]
fn a_case_without_expectations_is_written_from_what_comes() {
    let directory = tempfile::tempdir().unwrap();
    let case = file(directory.path(), "case.toml", &format!("input = {EVENTS:?}\n"));
    let case = case.to_str().unwrap();
    out(&run(&["test", "--bless", case]));
    let text = fs::read_to_string(case).unwrap();
    assert!(
        text.contains("brute-force = 2")
            && text.contains("number = 49")
            && text.contains("account = \"dana\""),
        "{text}"
    );
    assert!(out(&run(&["test", directory.path().to_str().unwrap()])).contains("1 passed"));
}

#[test]
fn blessing_says_of_every_field_that_was_asked_about_what_is_so() {
    let directory = tempfile::tempdir().unwrap();
    let event = fs::read_to_string(EVENTS).unwrap().lines().next().unwrap().replace('\'', "");
    let lines =
        |rest: &str| format!("lines = ['{event}', 'not json']\n[[line]]\nnumber = 1\n{rest}");
    for (name, asked) in [
        (
            "inline.toml",
            "fields = { \"source\" = \"x\" } # why\nabsent = [\"action.category\"]\n[[line]]\nnumber = 2\nfields = { \"actor.name\" = \"dana\" }\n",
        ),
        (
            "table.toml",
            "absent = [\"action.category\"]\n[line.fields]\n\"source\" = \"x\"\n[[line]]\nnumber = 2\n[line.fields]\n\"actor.name\" = \"dana\"\n",
        ),
        (
            "none.toml",
            "absent = [\"action.category\", \"source\"]\n[[line]]\nnumber = 2\nfields = { \"actor.name\" = \"dana\" }\n",
        ),
    ] {
        let case = file(directory.path(), name, &lines(asked));
        let case = case.to_str().unwrap();
        assert_eq!(run(&["test", case]).status.code(), Some(1));
        out(&run(&["test", "--bless", case]));
        let text = fs::read_to_string(case).unwrap();
        let table: toml::Table = text.parse().unwrap();
        let (first, second) = (&table["line"][0], &table["line"][1]);
        assert_eq!(first["fields"]["source"].as_str(), Some("aws.cloudtrail"), "{text}");
        assert!(
            first["fields"].get("action.category").is_some() && first.get("absent").is_none(),
            "{text}"
        );
        assert!(
            second.get("fields").is_none() && second["absent"][0].as_str() == Some("actor.name"),
            "{text}"
        );
        assert!(out(&run(&["test", case])).contains("1 passed"));
        assert!(out(&run(&["test", "--bless", case])).contains("unchanged"));
    }
}

#[test]
fn one_finding_does_not_meet_two_expectations() {
    let directory = tempfile::tempdir().unwrap();
    let case = |times: usize| {
        let asked = "{ detector = \"brute-force\" },".repeat(times);
        file(
            directory.path(),
            "case.toml",
            &format!("input = {EVENTS:?}\n[[line]]\nnumber = 49\nfindings = [{asked}]\n"),
        )
    };
    assert!(run(&["test", case(2).to_str().unwrap()]).status.success());
    let failed = run(&["test", case(3).to_str().unwrap()]);
    assert!(
        failed.status.code() == Some(1)
            && String::from_utf8_lossy(&failed.stdout)
                .contains("  line 49: findings\n    - brute-force\n"),
        "{failed:?}"
    );
}

#[test]
fn cases_that_can_not_be_read_are_all_shown_with_their_places() {
    let directory = tempfile::tempdir().unwrap();
    file(directory.path(), "a.toml", "lines = ['{}']\nno_findings = true\n");
    file(
        directory.path(),
        "b.toml",
        "lines = ['{}']\nfindings = { brute-forse = 1 }\n[[line]]\nnumber = 0\nfields = { \"actor.nam\" = 1 }\nnotes = [\"lat\"]\n",
    );
    file(directory.path(), "c.toml", "lines = [\n");
    file(directory.path(), "d.toml", "input = \"nowhere.ndjson\"\n");
    file(directory.path(), "e.toml", "lines = ['{}']\nexpect = 1\n");
    file(
        directory.path(),
        "f.toml",
        "lines = ['{}']\n[policy.detector.brute-force]\nfailures = 0\n",
    );
    file(directory.path(), "g.toml", "imput = \"events.ndjson\"\nfindings = { brute-force = 1 }\n");
    file(directory.path(), "policy.toml", "[output]\nraw = \"drop\"\n");
    out(&run(&["module", "--out", directory.path().join("module").to_str().unwrap()]));
    let told = run(&["test", directory.path().to_str().unwrap()]);
    assert_eq!(told.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&told.stdout)
            .contains("7 tests: 1 passed, 0 failed, 6 could not be run"),
        "{:?}",
        told.stdout
    );
    for part in [
        "b.toml:2:14",
        "did you mean `brute-force`?",
        "there is no line 0",
        "did you mean `actor.name`?",
        "did you mean `late`?",
        "c.toml:",
        "nowhere.ndjson cannot be opened",
        "e.toml:2:1",
        "detector.brute-force.failures",
        "g.toml:1:1",
        "unknown field `imput`",
    ] {
        assert!(said(&told).contains(part), "{part} in\n{}", said(&told));
    }
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(&["test", empty.path().to_str().unwrap()]).status.code(), Some(2));
}

#[test]
fn a_case_says_the_tag_that_its_lines_come_under() {
    let directory = tempfile::tempdir().unwrap();
    let case = |name: &str, tag: &str, expected: &str| {
        let line = r#"{"app":"crm","ts":1768475000000,"event":{"kind":"audit"}}"#;
        let policy = "[[policy.mapping]]\nsource = \"acme.crm\"\nmatch = { app = \"crm\" }\ntag = \"crm.*\"\ntime = { path = \"ts\", format = \"unix_ms\" }\n\
                      [policy.mapping.fields]\n\"target.type\" = { value = \"contact\" }\n";
        file(
            directory.path(),
            name,
            &format!("{tag}lines = ['{line}']\n[[line]]\nnumber = 1\n{expected}\n{policy}"),
        );
    };
    // The clock is the record's time, which the mapping says.
    case(
        "a.toml",
        "tag = \"crm.eu\"\n",
        "fields = { \"source\" = \"acme.crm\", \"time\" = \"2026-01-15T11:03:20.000Z\" }",
    );
    case("b.toml", "", "absent = [\"source\"]");
    let told = out(&run(&["test", directory.path().to_str().unwrap()]));
    assert!(told.contains("2 tests: 2 passed"), "{told}");
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
        "input = \"array.json.gz\"\nfindings = { brute-force = 2, fail-then-success = 1, rules = 7 }\n",
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
fn a_source_is_checked_for_and_counted() {
    let wrong = run(&["replay", EVENTS, "--source", "aws.cloudtrial"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("did you mean `aws.cloudtrail`?"));
    let other = fed(&["replay", "--source", "aws.cloudtrail"], b"{}\n");
    assert!(
        out(&other).starts_with('{') && said(&other).contains("1 record not of aws.cloudtrail"),
        "{}",
        said(&other)
    );
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
        assert!(status.contains("medium 3") && status.contains("newest event"), "{status}");
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
fn check_shows_every_problem_and_what_is_fine() {
    let directory = tempfile::tempdir().unwrap();
    let bad = file(
        directory.path(),
        "bad.toml",
        "[output]\nschema = \"audti\"\n[detector.brute-forse]\n[budget]\nmemory = \"1 KiB\"\n",
    );
    let bad = bad.to_str().unwrap();
    let shown = run(&["check", bad]);
    assert_eq!((shown.status.code(), shown.stdout.len()), (Some(1), 0));
    for part in [
        "bad.toml:2:10",
        "bad.toml:3:11",
        "bad.toml:5:10",
        "did you mean `brute-force`?",
        "3 problems",
    ] {
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
    assert!(
        said(&missing).contains("nowhere.toml: no such file")
            && said(&missing).contains("auditward module"),
        "{}",
        said(&missing)
    );
}

#[test]
fn the_module_is_written_with_a_checksum_and_a_policy_that_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("made");
    let arguments = ["module", "--out", to.to_str().unwrap()];
    let said_first = said(&run(&arguments));
    assert!(
        said_first.contains("function_name: audit_filter")
            && said_first.contains("accessible_paths:"),
        "{said_first}"
    );
    let wasm = fs::read(to.join("auditward.wasm")).unwrap();
    assert_eq!(wasm, auditward::MODULE);
    let sum: String = Sha256::digest(&wasm).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        fs::read_to_string(to.join("SHA256SUMS")).unwrap(),
        format!("{sum}  auditward.wasm\n")
    );
    let policy = to.join("auditward.toml");
    assert_eq!(run(&["check", policy.to_str().unwrap()]).status.code(), Some(0));
    fs::write(&policy, "# mine\n").unwrap();
    fs::write(to.join("auditward.wasm"), "old").unwrap();
    assert!(said(&run(&arguments)).contains("kept"));
    assert_eq!(
        (fs::read_to_string(&policy).unwrap(), fs::read(to.join("auditward.wasm")).unwrap()),
        ("# mine\n".to_owned(), wasm)
    );
    run(&["module", "--force", "--out", to.to_str().unwrap()]);
    assert_ne!(fs::read_to_string(&policy).unwrap(), "# mine\n");
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
fn rules_that_cannot_fire_on_a_log_are_listed() {
    let output = run(&["rules", "list", "--against", EVENTS, "--json"]);
    let rules = records(&output);
    let of = |id: &str| rules.iter().find(|rule| rule["id"] == id);
    assert!(
        rules.iter().any(|rule| rule["names"][0] == "okta.system" && rule["lacks"] == "source")
    );
    assert!(rules.iter().any(|rule| rule["lacks"] == "fields"), "of a source that occurs");
    assert_eq!(of("aws.root-sign-in"), None, "fires on this log");
    let output = run(&["rules", "list", "okta", "--against", EVENTS]);
    let text = out(&output);
    assert!(text.starts_with("no record of the source\n"), "{text}");
    assert!(text.contains("  okta.system") && !text.contains("github"), "{text}");
    let told = said(&output);
    assert!(told.contains(" rules cannot fire on these 60 records"), "{told}");
    let policy = tempfile::NamedTempFile::new().unwrap();
    fs::write(policy.path(), "[detector.rules]\nenable = \"okta.*\"\n").unwrap();
    let path = policy.path().to_str().unwrap();
    let output = run(&["rules", "list", "--against", EVENTS, "--policy", path, "--json"]);
    assert!(records(&output).iter().all(|rule| rule["id"].as_str().unwrap().starts_with("okta.")));
    let output = run(&["rules", "list", "--policy", path]);
    assert_eq!(output.status.code(), Some(2), "a policy is in use only against a log");
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
fn one_record_is_taken_apart() {
    let directory = tempfile::tempdir().unwrap();
    let explained = out(&run(&["explain-record", EVENTS, "--record", "48"]));
    for part in [
        "framing    JSON object\n",
        "source     aws.cloudtrail, a built-in source\n",
        "matches    keys eventVersion",
        "actor.name",
        "from userIdentity.",
        "brute-force",
        "evaluated it: counts per account 4 of 5 within 5m; counts per origin 4 of 5 within 5m;",
        "looks at records of another kind",
        "findings: none",
    ] {
        assert!(explained.contains(part), "{part} in\n{explained}");
    }
    let json: Value =
        serde_json::from_str(&out(&run(&["explain-record", EVENTS, "--record", "49", "--json"])))
            .unwrap();
    // A failed sign-in proves nothing about its actor, so that no baseline of actors evaluates it.
    let did = |json: &Value, detector: &str| {
        let detectors = json["detectors"].as_array().unwrap();
        let looked = detectors.iter().find(|looked| looked["detector"] == detector).unwrap();
        looked["did"].as_str().unwrap().to_owned()
    };
    let dids = |json: &Value| ["new-value", "silence", "metric"].map(|id| did(json, id));
    assert_eq!(dids(&json), ["not_of_its_kind", "usual", "not_of_its_kind"]);
    let usual: Value =
        serde_json::from_str(&out(&run(&["explain-record", EVENTS, "--record", "1", "--json"])))
            .unwrap();
    assert_eq!(dids(&usual), ["usual", "usual", "not_of_its_kind"]);
    assert_eq!(json["source"]["source"], "aws.cloudtrail");
    assert!(
        json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["detector"] == "brute-force"),
        "{json:#}"
    );
    let fields = json["fields"].as_array().unwrap();
    let from = |field: &str| {
        fields
            .iter()
            .find(|known| known["field"] == field)
            .map(|known| known["from"].as_str().unwrap().to_owned())
            .unwrap()
    };
    assert_eq!(
        (from("action.name"), from("env.region"), from("time")),
        ("eventName".into(), "awsRegion".into(), "eventTime".into())
    );
    // A line of text within a wrapping.
    let line = r#"{"stream":"stdout","log":"Jan  2 15:04:05 web1 sshd[100]: Failed password for alice from 198.51.100.9 port 4022 ssh2"}"#;
    let text = String::from_utf8(fed(&["explain-record"], line.as_bytes()).stdout).unwrap();
    for part in [
        "line of text behind a header of syslog within `log`",
        "host web1, program sshd, pid 100",
        "source     system.auth",
        "from the line, by the code of system.auth",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    // The nearest source and the condition that fails.
    let policy = file(
        directory.path(),
        "p.toml",
        "[[mapping]]\nsource = \"acme.crm\"\nmatch = { app = \"crm\", \"event.kind\" = \"audit\" }\n[mapping.fields]\n\"actor.name\" = \"user\"\n\"action.class\" = { path = \"verb\", values = { view = \"read\" } }\n",
    );
    let policy = policy.to_str().unwrap();
    let near = String::from_utf8(
        fed(&["explain-record", "--policy", policy], br#"{"app":"crm","event":{"kind":"debug"}}"#)
            .stdout,
    )
    .unwrap();
    assert!(
        near.contains("source     none of ")
            && near.contains("acme.crm")
            && near.contains("fails: event.kind = \"audit\" (it is \"debug\")"),
        "{near}"
    );
    let mapped = String::from_utf8(
        fed(
            &["explain-record", "--policy", policy],
            br#"{"app":"crm","event":{"kind":"audit"},"user":"ann","verb":"view"}"#,
        )
        .stdout,
    )
    .unwrap();
    for part in [
        "acme.crm, a mapping or pack of the policy",
        "ann",
        "from user\n",
        "from verb, by a lookup table",
    ] {
        assert!(mapped.contains(part), "{part} in\n{mapped}");
    }
    let beyond = run(&["explain-record", EVENTS, "--record", "61"]);
    assert!(
        beyond.status.code() == Some(2)
            && said(&beyond).contains("holds 60 records: there is no number 61"),
        "{}",
        said(&beyond)
    );
}

#[test]
fn check_warns_about_what_does_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let policy = file(
        directory.path(),
        "p.toml",
        "[[mapping]]\nsource = \"acme.crm\"\nmatch = { app = \"crm-*\" }\n[mapping.fields]\n\"actor.name\" = \"user\"\n\"outcome.result\" = \"success\"\n",
    );
    let checked = run(&["check", policy.to_str().unwrap()]);
    assert!(out(&checked).contains("acme.crm"));
    assert!(
        said(&checked)
            .contains("warning: acme.crm: `success` of `outcome.result` is read as a path"),
        "{}",
        said(&checked)
    );
    let all = format!("{}{}", out(&checked), said(&checked));
    let told = format!("no problems, {} warnings\n", all.matches("warning: ").count());
    assert!(all.contains(&told), "{told} in\n{all}");
    // `*` is a pattern in `match`.
    let replayed = fed(
        &["replay", "--policy", policy.to_str().unwrap()],
        b"{\"app\":\"crm-eu\",\"user\":\"ann\"}\n",
    );
    assert_eq!(records(&replayed)[0]["source"], "acme.crm");
    let other =
        file(directory.path(), "other.toml", "{\"output\": {\n  \"schema\": \"audit\"\n}}\n");
    let refused = run(&["check", other.to_str().unwrap()]);
    assert!(
        refused.status.code() == Some(1)
            && said(&refused).contains("1 problem.")
            && said(&refused).contains("the file is not TOML"),
        "{}",
        said(&refused)
    );
}

#[test]
fn check_reports_names_that_do_not_exist_and_missing_files() {
    let directory = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        let policy = file(directory.path(), "p.toml", text);
        run(&["check", policy.to_str().unwrap()])
    };
    let valid = check("[log]\nlevel = \"info\"\n");
    assert!(out(&valid).lines().next().unwrap().ends_with("p.toml: no problems, 0 warnings"));
    let warned = check(
        "[detector.rules]\ndisable = [\"aws.nosuch-*\"]\n[[rule]]\nid = \"acme.x\"\ntitle = \"x\"\nwhen = { \"outcome.result\" = \"failed\" }\n",
    );
    assert!(out(&warned).contains("no problems, 2 warnings"), "{}", out(&warned));
    for part in
        ["no record has the value `failed` in `outcome.result`", "no rule is called `aws.nosuch-*`"]
    {
        assert!(said(&warned).contains(part), "{part} in {}", said(&warned));
    }
    let missing = check("packs = [\"nowhere.toml\"]\n[output]\nschema = \"audti\"\n");
    assert_eq!(missing.status.code(), Some(2));
    for part in ["nowhere.toml: no such file", "p.toml:1:10", "one of \"audit\"", "2 problems"] {
        assert!(said(&missing).contains(part), "{part} in {}", said(&missing));
    }
    let absent = run(&["check", "nowhere.toml"]);
    assert!(
        said(&absent).starts_with("auditward: nowhere.toml: no such file; `auditward module"),
        "{}",
        said(&absent)
    );
}

#[test]
fn rules_of_an_own_source_are_tested_with_its_pack() {
    let directory = tempfile::tempdir().unwrap();
    let source = file(
        directory.path(),
        "acme.crm.toml",
        "source = \"acme.crm\"\nmatch = { app = \"crm\" }\n[fields]\n\"actor.name\" = \"user\"\n\"action.name\" = \"verb\"\n",
    );
    let rules = file(
        directory.path(),
        "rules.toml",
        "[[rule]]\nid = \"acme.given\"\ntitle = \"Given\"\nwhen = { source = \"acme.crm\", \"action.name\" = \"give\" }\n\
         [[rule.example]]\nfires = true\ninput = '{\"app\":\"crm\",\"user\":\"ann\",\"verb\":\"give\"}'\n\
         [[rule.example]]\nfires = false\ninput = '{\"app\":\"crm\",\"user\":\"ann\",\"verb\":\"take\"}'\n",
    );
    let policy = file(directory.path(), "p.toml", "packs = [\"acme.crm.toml\"]\n");
    let [source, rules, policy] = [&source, &rules, &policy].map(|path| path.to_str().unwrap());
    for arguments in
        [&["rules", "test", source, rules][..], &["rules", "test", rules, "--policy", policy]]
    {
        assert_eq!(out(&run(arguments)), "1 rule, 2 examples, 0 wrong\n", "{arguments:?}");
    }
    let alone = run(&["rules", "test", rules]);
    assert_eq!(alone.status.code(), Some(1));
    let told = String::from_utf8_lossy(&alone.stdout);
    assert!(told.contains("source of the records: none; the rule requires `acme.crm`"), "{told}");
}

#[test]
fn feedback_refuses_a_verdict_without_effect() {
    let directory = tempfile::tempdir().unwrap();
    let policy = file(directory.path(), "auditward.toml", "");
    let give = |verdict: &str, until: &str, why: &str| {
        let policy = policy.to_str().unwrap();
        let id = "0123456789abcdef";
        let rest = ["--until", until, "--by", "anna", "--why", why];
        run(&[&["feedback", verdict, id, "--policy", policy][..], &rest].concat())
    };
    let past = give("benign", "2020-12-31", "a");
    assert!(past.status.code() == Some(2) && said(&past).contains("is in the past"));
    assert!(give("benign", "2999-12-31", "a").status.success());
    let opposite = give("malicious", "2999-12-31", "b");
    assert!(
        opposite.status.code() == Some(2) && said(&opposite).contains("has the opposite verdict"),
        "{}",
        said(&opposite)
    );
    assert_eq!(fs::read_to_string(&policy).unwrap().matches("[[suppress]]").count(), 1);
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = out(&run(&["completions", shell]));
        assert!(script.contains("explain-record") && script.contains("unwrap"), "{shell}");
    }
    let man = directory.path().join("man1");
    assert_eq!(out(&run(&["man", "--out", man.to_str().unwrap()])), "");
    for page in [
        "auditward.1",
        "auditward-replay.1",
        "auditward-explain-record.1",
        "auditward-source-new.1",
    ] {
        assert!(fs::read_to_string(man.join(page)).unwrap().contains(".TH"), "{page}");
    }
}

#[test]
fn explain_and_status_say_what_they_do_not_know() {
    assert!(out(&run(&["explain", "BRUTE-force"])).contains("failures = 5"));
    assert!(out(&run(&["explain"])).contains("detectors\n  brute-force"));
    assert!(out(&run(&["explain", "policy", "sections"])).starts_with("policy sections\n  "));
    assert!(out(&run(&["explain", "[[mapping]]"])).contains("    source = \"acme.crm\"\n"));
    assert!(out(&run(&["explain", "flags"])).starts_with("flags\n  "));
    assert!(out(&run(&["explain", "notes"])).starts_with("flags\n  "));
    assert!(out(&run(&["explain", "alerts_per_day"])).contains("baseline.alerts_per_day"));
    for (topic, command) in [
        ("aws.cloudtrail-logging-stopped", "auditward rules show"),
        ("okta.system", "auditward source show"),
    ] {
        assert!(said(&run(&["explain", topic])).contains(command), "{topic}");
    }
    let unknown = run(&["explain", "brute-forse"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("did you mean `brute-force`?"));
    let directory = tempfile::tempdir().unwrap();
    let none = run(&["status", directory.path().to_str().unwrap()]);
    assert_eq!(none.status.code(), Some(2));
    assert!(
        said(&none).contains("no status.json in") && said(&none).contains("accessible path"),
        "{}",
        said(&none)
    );
}

#[test]
fn usage_and_missing_files_end_with_2() {
    for arguments in [
        &["replay", "nowhere.ndjson"][..],
        &["replay", "--mode", "fast"],
        &["nothing"],
        &["replay", "."],
        &["replay", "--state", "x", "--mode", "native"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!said(&output).is_empty());
    }
}
