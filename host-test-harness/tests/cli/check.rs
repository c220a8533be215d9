//! `check`, `source check`, `rules unused` and `feedback`: what is wrong with a policy.

use super::{EVENTS, fed, file, out, records, run, said};
use std::fs;

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
fn check_warns_about_what_does_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let policy = file(
        directory.path(),
        "p.toml",
        "[[mapping]]\nsource = \"acme.crm\"\nmatch = { app = \"crm-*\" }\n[mapping.fields]\n\"actor.name\" = \"user\"\n\"action.class\" = \"login\"\n",
    );
    let checked = run(&["check", policy.to_str().unwrap()]);
    assert!(out(&checked).contains("acme.crm"));
    assert!(
        said(&checked).contains(
            "warning: acme.crm: `login` of `action.class` is read as a key of the record"
        ),
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
    let lines = file(directory.path(), "log.ndjson", &"{\"output\":{\"a\":1}}\n".repeat(4));
    for arguments in [&["check"][..], &["source", "lint"]] {
        let refused = run(&[arguments, &[lines.to_str().unwrap()]].concat());
        assert!(
            said(&refused).contains(": 1 problem.")
                && said(&refused).contains("the file is not TOML"),
            "{}",
            said(&refused)
        );
    }
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
fn feedback_takes_verdicts_on_the_past_and_refuses_opposite_ones() {
    let directory = tempfile::tempdir().unwrap();
    let policy = file(directory.path(), "auditward.toml", "");
    let give = |verdict: &str, until: &str, why: &str| {
        let policy = policy.to_str().unwrap();
        let id = "0123456789abcdef";
        let rest = ["--until", until, "--by", "anna", "--why", why];
        run(&[&["feedback", verdict, id, "--policy", policy][..], &rest].concat())
    };
    let past = give("benign", "2020-12-31", "a");
    assert!(past.status.success() && said(&past).contains("only records before that time"));
    let opposite = give("malicious", "2019-12-31", "b");
    assert_eq!(opposite.status.code(), Some(2), "both are about records of 2019");
    assert!(give("benign", "2999-12-31", "a").status.success());
    let opposite = give("malicious", "2999-12-31", "b");
    assert!(
        opposite.status.code() == Some(2) && said(&opposite).contains("has the opposite verdict"),
        "{}",
        said(&opposite)
    );
    assert_eq!(fs::read_to_string(&policy).unwrap().matches("[[suppress]]").count(), 2);
}
