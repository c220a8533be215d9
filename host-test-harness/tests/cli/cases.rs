//! `test`: cases, their problems, and their update.

use super::{CASES, EVENTS, file, out, run, said};
use std::fs;

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
