//! `explain`, `explain-record`, `status`, `module`, manual pages and completions.

use super::{EVENTS, fed, file, out, run, said};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;

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
        "counts per account: 4 of 5 within 5m; counts per origin: 4 of 5 within 5m;",
        "evaluate only records of other kinds",
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
        "line of text after a syslog header within `log`",
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
fn explain_and_status_say_what_they_do_not_know() {
    assert!(out(&run(&["explain", "BRUTE-force"])).contains("failures = 5"));
    assert!(out(&run(&["explain"])).contains("detectors\n  brute-force"));
    assert!(out(&run(&["explain", "policy", "sections"])).starts_with("policy sections\n  "));
    assert!(out(&run(&["explain", "[[mapping]]"])).contains("    source = \"acme.crm\"\n"));
    assert!(out(&run(&["explain", "flags"])).starts_with("flags\n  "));
    assert!(out(&run(&["explain", "notes"])).starts_with("flags\n  "));
    assert!(out(&run(&["explain", "alerts_per_day"])).contains("baseline.alerts_per_day"));
    let pack = out(&run(&["explain", "okta.system"]));
    for part in [
        "okta.system, a source",
        "Recognised by",
        "actor.name",
        "auditward source show okta.system",
    ] {
        assert!(pack.contains(part), "{part} in\n{pack}");
    }
    let rule = "aws.cloudtrail-logging-stopped";
    assert_eq!(out(&run(&["explain", rule])), out(&run(&["rules", "show", rule])));
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
