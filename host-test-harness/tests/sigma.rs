//! Sigma rules from outside: what fires, what must not, what is refused and why.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/sigma");

fn auditward(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_auditward")).args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A rule with this log source and these detections.
fn rule(logsource: &str, detection: &str) -> String {
    format!(
        "title: A Rule\nid: 00000000-0000-4000-8000-000000000001\nlogsource:\n    {logsource}\ndetection:\n{detection}\nlevel: high\n"
    )
}

/// Output of `list --json` for one rule.
fn state(text: &str) -> (String, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rule.yml");
    fs::write(&path, text).unwrap();
    let output = auditward(&["sigma", "list", "--json", path.to_str().unwrap()]);
    let first: Value = serde_json::from_str(
        out(&output).lines().next().unwrap_or_else(|| panic!("{}", said(&output))),
    )
    .unwrap();
    (first["state"].as_str().unwrap().to_owned(), first["reason"].as_str().unwrap().to_owned())
}

#[test]
fn the_examples_fire_where_they_must_and_nowhere_else() {
    let output = auditward(&["sigma", "test", RULES]);
    assert!(output.status.success(), "{}{}", out(&output), said(&output));
    assert_eq!(out(&output), "5 rules, 10 files of events, 0 wrong\n");
}

#[test]
fn a_wrong_expectation_fails() {
    let directory = tempfile::tempdir().unwrap();
    let copy = |name: &str, to: &str| {
        fs::copy(Path::new(RULES).join(name), directory.path().join(to)).unwrap()
    };
    copy("web_repository_read.yml", "a.yml");
    copy("web_repository_read.silent.ndjson", "a.fires.ndjson");
    copy("web_repository_read.fires.ndjson", "a.silent.ndjson");
    let output = auditward(&["sigma", "test", directory.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(out(&output).matches("FAIL").count(), 2, "{}", out(&output));
}

#[test]
fn every_kind_of_condition_is_lowered_or_refused_with_a_reason() {
    let aws = "product: aws\n    service: cloudtrail";
    for detection in [
        "    a:\n        eventName|contains|all: [Delete, Trail]\n    condition: a",
        "    a:\n        sourceIPAddress|cidr: 10.0.0.0/8\n    b:\n        - eventName: x\n        - errorCode|exists: false\n    condition: a and not b",
        "    a_1:\n        eventName: [x, y]\n    a_2:\n        userAgent|endswith: z\n    f:\n        requestParameters.x: null\n    condition: (1 of a_* or all of a_*) and not f",
        "    a:\n        requestParameters.n|gte: 10\n        requestParameters.n|lt: 20\n    condition: a",
        "    a:\n        eventName|re: ^Delete.*Trail$\n    condition: a",
        "    a:\n        requestParameters.p|contains|windash: ' -enc'\n        eventName|cased: X\n    condition: a",
        "    a:\n        requestParameters.mail|startswith: '@example'\n    condition: a",
        "    k:\n        - one\n        - two\n    condition: k",
    ] {
        assert_eq!(state(&rule(aws, detection)), ("compiled".into(), String::new()), "{detection}");
    }
    for (logsource, detection, reason) in [
        (aws, "    a:\n        eventName|re: '[a-z]+'\n    condition: a", "regular expression"),
        (aws, "    a:\n        eventName: 'a?b'\n    condition: a", "wildcard `?`"),
        (aws, "    a:\n        eventName|base64: x\n    condition: a", "Base64"),
        (
            aws,
            "    a:\n        userIdentity.x|fieldref: requestParameters.y\n    condition: a",
            "not a field of the audit record",
        ),
        (aws, "    a:\n        eventName: x\n    condition: b", "`b`"),
        (
            aws,
            "    a:\n        eventName: x\n    timeframe: 5m\n    condition: a",
            "correlation document",
        ),
        (
            "product: windows\n    category: process_creation",
            "    a:\n        Image: x\n    condition: a",
            "product windows, category process_creation",
        ),
    ] {
        let (state, why) = state(&rule(logsource, detection));
        assert!(state == "refused" && why.contains(reason), "{state}: {why}");
    }
    assert_eq!(state("title: no rule\n").0, "refused");
}

#[test]
fn correlations_that_cannot_be_counted_are_refused() {
    let base = "title: One\nname: one\nlogsource:\n    product: okta\n    service: okta\ndetection:\n    a:\n        eventType: x\n    condition: a\n---\n";
    let correlation = |body: &str| format!("title: Many\ncorrelation:\n{body}");
    for (body, reason) in [
        (
            "    type: event_count\n    rules: [one]\n    timespan: 1h\n    condition:\n        gte: 5\n",
            "group-by",
        ),
        (
            "    type: event_count\n    rules: [one]\n    group-by: [client.ipAddress]\n    timespan: 1h\n    condition:\n        lt: 5\n",
            "gte",
        ),
        (
            "    type: event_count\n    rules: [two]\n    group-by: [client.ipAddress]\n    timespan: 1h\n    condition:\n        gte: 5\n",
            "no rule `two`",
        ),
        (
            "    type: value_count\n    rules: [one]\n    group-by: [client.ipAddress]\n    timespan: 1h\n    condition:\n        gte: 50\n        field: actor.id\n",
            "at most 16",
        ),
        (
            "    type: event_count\n    rules: [one]\n    group-by: [debugContext.x]\n    timespan: 1h\n    condition:\n        gte: 5\n",
            "debugContext.x",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rule.yml");
        fs::write(&path, format!("{base}{}", correlation(body))).unwrap();
        let list = out(&auditward(&["sigma", "list", path.to_str().unwrap()]));
        assert!(list.contains("refused") && list.contains(reason), "{reason}: {list}");
    }
    let steps = "    type: temporal_ordered\n    rules: [one, two]\n    group-by: [actor.id]\n    timespan: 1h\n";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rule.yml");
    fs::write(
        &path,
        format!(
            "{base}{}---\n{}",
            base.replace("One", "Two").replace("one", "two"),
            correlation(steps)
        )
        .replace("---\n---\n", "---\n"),
    )
    .unwrap();
    let pack = out(&auditward(&["sigma", "compile", path.to_str().unwrap()]));
    for part in ["steps = [", "within = \"3600s\"", "per = [\"actor\"]"] {
        assert!(pack.contains(part), "{part} in\n{pack}");
    }
    assert_eq!(
        pack.matches("[[rule]]").count(),
        1,
        "rules of a correlation raise nothing themselves\n{pack}"
    );
}

#[test]
fn findings_bear_author_and_reference_in_a_policy() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("sigma")).unwrap();
    for file in fs::read_dir(RULES).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, directory.path().join("sigma").join(path.file_name().unwrap())).unwrap();
    }
    let policy = directory.path().join("auditward.toml");
    fs::write(
        &policy,
        "[detector.rules]\nenable = [\"sigma.*\"]\n[[sigma]]\npath = \"sigma/**/*.yml\"\nlevels = [\"high\", \"critical\"]\nexcept = [\"Netcat*\"]\n",
    )
    .unwrap();
    let checked = auditward(&["check", policy.to_str().unwrap()]);
    assert!(
        out(&checked).contains("sigma      3 rules, 0 refused"),
        "{}{}",
        out(&checked),
        said(&checked)
    );
    let events = Path::new(RULES).join("aws_budget_alarm_removed.fires.ndjson");
    let replayed = auditward(&[
        "replay",
        events.to_str().unwrap(),
        "--policy",
        policy.to_str().unwrap(),
        "--mode",
        "native",
    ]);
    let record: Value = serde_json::from_str(
        out(&replayed).lines().next().unwrap_or_else(|| panic!("{}", said(&replayed))),
    )
    .unwrap();
    let finding = &record["anomaly"]["findings"][0];
    assert_eq!(finding["rule"], "sigma.6f0f5c1e-3b0b-4f0e-9a36-0a6f3f1f7a01");
    assert_eq!(
        (&finding["author"], &finding["severity"], &finding["technique"]),
        (&"The auditward authors".into(), &"high".into(), &"T1496".into())
    );
    assert!(finding["reference"].as_str().unwrap().starts_with("https://docs.aws.amazon.com/"));
    assert!(finding["reason"].as_str().unwrap().starts_with("Cost Alarm Removed"));
    // A state directory keeps the policy with what was compiled: it is the same at the next start.
    let state = directory.path().join("kept");
    for _ in 0..2 {
        let arguments = [
            "replay",
            events.to_str().unwrap(),
            "--policy",
            policy.to_str().unwrap(),
            "--mode",
            "raw",
            "--state",
            state.to_str().unwrap(),
        ];
        let replayed = auditward(&arguments);
        assert!(replayed.status.success(), "{}", said(&replayed));
    }
    // The module reads the pack that is written beside the policy.
    let written = auditward(&["module", "--out", directory.path().to_str().unwrap()]);
    assert!(written.status.success(), "{}", said(&written));
    let pack = fs::read_to_string(directory.path().join("sigma.toml")).unwrap();
    assert_eq!(pack.matches("[[rule]]").count(), 3, "{pack}");
    fs::write(&policy, "packs = [\"sigma.toml\"]\n").unwrap();
    let named = auditward(&["check", policy.to_str().unwrap()]);
    assert!(named.status.success() && !out(&named).contains("\nsigma "), "{}", said(&named));
    fs::write(&policy, "[[sigma]]\npaht = \"x\"\n").unwrap();
    let wrong = auditward(&["check", policy.to_str().unwrap()]);
    assert!(!wrong.status.success());
}

#[test]
fn explains_which_part_is_not_met() {
    let events = Path::new(RULES).join("aws_budget_alarm_removed.silent.ndjson");
    let output =
        auditward(&["sigma", "explain", "Cost Alarm Removed", events.to_str().unwrap(), RULES]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let text = out(&output);
    for part in [
        "does not match event 1",
        "no     action.name = \"DeleteBudget*\" or \"DeleteNotification*\"; it is \"DescribeBudget\"",
        "yes    env.service = \"budgets.amazonaws.com\"",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let fires = Path::new(RULES).join("aws_budget_alarm_removed.fires.ndjson");
    let output = auditward(&[
        "sigma",
        "explain",
        "6f0f5c1e-3b0b-4f0e-9a36-0a6f3f1f7a01",
        fires.to_str().unwrap(),
        RULES,
    ]);
    assert!(
        output.status.success()
            && out(&output)
                .contains("Cost Alarm Removed matches event 1, of source aws.cloudtrail"),
        "{}",
        out(&output)
    );
}
