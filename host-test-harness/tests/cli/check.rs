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
    assert!(summary.contains("failures  7") && summary.contains("budget 4 MiB"), "{summary}");
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

#[test]
fn all_problems_of_rules_are_reported_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let rules = "title = \"Acme\"\n\n[[rule]]\nid = \"acme.x\"\ntitle = \"X\"\nseverity = \"urgent\"\ncount = 3\nwhen = { \"action.nme\" = \"a\" }\nper = \"actr\"\n\n\
                 [[rule]]\nid = \"acme.x\"\nsteps = [{ \"action.name\" = \"@none\" }]\n\n[[rule]]\ntitle = \"No id\"\nwhen = { \"action.name\" = { cdir = \"x\" } }\n";
    let rules = file(directory.path(), "rules.toml", rules);
    let policy = file(directory.path(), "p.toml", "packs = [\"rules.toml\"]\n");
    for arguments in [
        ["rules", "test", rules.to_str().unwrap()].as_slice(),
        &["check", policy.to_str().unwrap()],
    ] {
        let refused = said(&run(arguments));
        for part in [
            "rules.toml:6:",
            "`urgent` is not a severity",
            "`action.nme` is not a field",
            "`window` is missing",
            "not an entity",
            "a second rule `acme.x`",
            "a rule without `title`",
            "1 steps",
            "`within` is missing",
            "there is no list `none`",
            "a rule without `id`",
            "`cdir` is not a comparison",
        ] {
            assert!(refused.contains(part), "{arguments:?}: {part} in\n{refused}");
        }
        assert!(refused.contains(": 11 problems."), "{arguments:?}: {refused}");
    }
}

#[test]
fn warnings_name_file_and_line() {
    let directory = tempfile::tempdir().unwrap();
    file(
        directory.path(),
        "app.toml",
        "source = \"acme.app\"\nmatch = { app = \"x\" }\n\n[fields]\n\"actor.name\" = \"user\"\n\"action.class\" = { path = \"verb\", values = { \"^view\" = \"read\" } }\n",
    );
    let policy = file(
        directory.path(),
        "p.toml",
        "packs = [\"app.toml\"]\n[detector.rules]\ndisable = [\n  \"aws.*\",\n  \"aws.nosuch\",\n]\n",
    );
    let warned = said(&run(&["check", policy.to_str().unwrap()]));
    assert!(
        warned
            .contains("p.toml:5: warning: detector.rules.disable: no rule is called `aws.nosuch`"),
        "{warned}"
    );
    assert!(
        warned.contains("app.toml:6: warning: acme.app: `action.class`: `^view` is read as text"),
        "{warned}"
    );
    let linted = out_or_found(&run(&[
        "source",
        "lint",
        directory.path().join("app.toml").to_str().unwrap(),
    ]));
    assert!(linted.contains("app.toml:6: acme.app: `action.class`: `^view`"), "{linted}");
}

/// Standard output of a command that found something.
fn out_or_found(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_check_is_short_unless_all_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let policy = file(directory.path(), "p.toml", "[detector.volume]\nrecords = 70\n");
    let path = policy.to_str().unwrap();
    let short = out(&run(&["check", path]));
    assert!(
        short.contains("    records  70\n") && short.contains("with default options: "),
        "{short}"
    );
    assert!(short.lines().count() < 30 && short.contains("--all"), "{short}");
    let whole = out(&run(&["check", "--policy", path, "--all"]));
    for part in ["    cooldown", "  past_findings ", "password-spray (T1110.003): One origin"] {
        assert!(whole.contains(part), "{part} in\n{whole}");
    }
    assert!(said(&run(&["check"])).contains("<POLICY>"));
}
