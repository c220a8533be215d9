use super::*;
use crate::detect::testing::{Harness, Made, START, Stated, found};
use crate::event::{Class, Outcome};
use crate::raw::Raw;
use crate::time::{HOUR, MINUTE};
use crate::write::Output;
use crate::{Engine, Secret};

fn harness(rule: &str) -> Harness {
    Harness::new(
        ID,
        &format!("enable = \"test.*\"\n[[rule]]\nid = \"test.one\"\ntitle = \"A test\"\n{rule}"),
    )
}

fn made(actor: &str, action: &str) -> Made {
    Made::new(Class::Other, Outcome::Success)
        .with(Field::Source, "acme.app")
        .with(Field::ActorName, actor)
        .with(Field::ActionName, action)
}

fn see(harness: &mut Harness, actor: &str, action: &str, time: Millis) -> Vec<Stated> {
    harness.see(made(actor, action), time)
}

const OPENED: &str =
    "when = { source = \"acme.app\", \"action.name\" = [\"vault.open\", \"safe.open\"] }\n";

#[test]
fn a_record_that_another_one_counts_fires_rules_of_single_records_alone() {
    let again = || made("ann", "vault.open").times(0);
    assert_eq!(harness(OPENED).see(again(), START), [found("actor", "medium", 1)]);
    let twice = format!("{OPENED}count = 2\nwindow = \"10m\"\n");
    let mut harness = harness(&twice);
    for second in 0..4 {
        assert_eq!(harness.see(again(), START + second * 1000), []);
    }
}

#[test]
fn fires_on_a_record_that_meets_all_conditions() {
    assert_eq!(
        see(&mut harness(OPENED), "ann", "vault.open", START),
        [found("actor", "medium", 1)]
    );
    assert_eq!(
        see(&mut harness(OPENED), "ann", "VAULT.open", START),
        [found("actor", "medium", 1)],
        "letters of any case"
    );
    for (source, action) in
        [("acme.app", "vault.close"), ("other.app", "vault.open"), ("acme.app", "")]
    {
        let other = Made::new(Class::Other, Outcome::Success)
            .with(Field::Source, source)
            .with(Field::ActionName, action);
        assert_eq!(harness(OPENED).see(other, START), [], "{source} {action}");
    }
}

#[test]
fn a_finding_names_what_the_record_has() {
    let reason = |actor: &str, action: &str, target: &str| {
        let mut harness = harness("when = { source = \"acme.app\" }\n");
        let mut made = Made::new(Class::Other, Outcome::Success).with(Field::Source, "acme.app");
        for (field, text) in
            [(Field::ActorName, actor), (Field::ActionName, action), (Field::TargetId, target)]
        {
            if !text.is_empty() {
                made = made.with(field, text);
            }
        }
        harness.see(made, START);
        let (_, behind) = harness.json().split_once("\"reason\":\"").unwrap();
        behind.split_once("\",\"").unwrap().0.to_owned()
    };
    assert_eq!(reason("ann", "open", "v-1"), "A test: 'ann' did 'open' on 'v-1'");
    assert_eq!(reason("", "GET", "/.env"), "A test: 'GET' on '/.env'");
    assert_eq!(reason("ann", "", "v-1"), "A test: 'ann' on 'v-1'");
    assert_eq!(reason("", "", "v-1"), "A test: 'v-1'");
    assert_eq!(reason("", "", ""), "A test");
}

#[test]
fn conditions_of_every_kind() {
    let holds = |condition: &str| {
        let event = made("ann", "vault.open")
            .with(Field::OriginIp, "198.51.100.7")
            .with(Field::TargetName, "Ann")
            .with(Field::OutcomeReason, "a \"quoted\" reason")
            .number(Field::TargetCount, 12);
        !harness(&format!("when = {{ source = \"acme.app\", {condition} }}\n"))
            .see(event, START)
            .is_empty()
    };
    for condition in [
        "\"action.name\" = \"vault.*\"",
        "\"action.name\" = { not = \"safe.*\" }",
        "\"origin.ip\" = { cidr = \"198.51.100.0/24\" }",
        "\"origin.ip\" = { not = { cidr = [\"10.0.0.0/8\", \"192.168.0.0/16\"] } }",
        "\"target.count\" = { min = 10, max = 12 }",
        "\"target.count\" = 12",
        "\"target.id\" = { exists = false }",
        "\"target.name\" = { exists = true }",
        "\"actor.name\" = { same = \"target.name\" }",
        "\"outcome.reason\" = \"*\\\"quoted\\\"*\"",
        "\"outcome.reason\" = { all = [\"a *\", \"*reason\"] }",
        "any = [{ \"actor.name\" = \"bob\" }, { \"actor.name\" = \"ann\" }]",
        "not = { \"actor.name\" = \"bob\" }",
    ] {
        assert!(holds(condition), "{condition}");
    }
    for condition in [
        "\"action.name\" = \"safe.*\"",
        "\"action.name\" = { not = \"vault.*\" }",
        "\"origin.ip\" = { cidr = \"10.0.0.0/8\" }",
        "\"target.count\" = { min = 13 }",
        "\"target.count\" = { max = 11.5 }",
        "\"target.id\" = { exists = true }",
        "\"actor.name\" = { same = \"actor.id\" }",
        "\"outcome.reason\" = { all = [\"a *\", \"b*\"] }",
        "any = [{ \"actor.name\" = \"bob\" }, { \"actor.name\" = \"eve\" }]",
        "not = [{ \"actor.name\" = \"bob\" }, { \"actor.name\" = \"ann\" }]",
    ] {
        assert!(!holds(condition), "{condition}");
    }
}

#[test]
fn values_seen_before_are_judged_as_new_ones() {
    let rule = "when = { source = \"acme.app\", \"outcome.reason\" = [\"*kaboom*\", \"*sql error*\", \"*..%2f*\", \"*a*bc def*\"] }";
    let pieces = [
        "kaboom",
        "KaBoom",
        "sql error",
        "sql  error",
        "..%2F",
        "bc def",
        "a",
        "kab",
        "oom",
        "words of no interest ",
        "\\\\",
        "\\\"",
        " ",
        "kabo\\nom",
    ];
    let mut remembering = harness(rule);
    let (mut number, mut found, mut values) = (7u64, 0, Vec::new());
    for round in 0..400i64 {
        let mut next = |bound: usize| {
            number = number.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (number >> 40) as usize % bound
        };
        // Values come again, and those that differ by little.
        let value = if round % 3 == 0 || values.is_empty() {
            (0..5).map(|_| pieces[next(pieces.len())]).collect::<String>()
        } else {
            let known: &String = &values[next(values.len())];
            if round % 3 == 1 { known.clone() } else { known.replacen("a", "b", 1) }
        };
        let target = format!("t-{round}");
        let record = || {
            made("ann", "vault.open")
                .with(Field::OutcomeReason, &value)
                .with(Field::TargetId, &target)
        };
        let seen = remembering.see(record(), START + round * MINUTE);
        let fresh = harness(rule).see(record(), START + round * MINUTE);
        assert_eq!(seen, fresh, "{value}");
        found += fresh.len();
        values.push(value);
    }
    assert!((40..390).contains(&found), "{found}");
}

#[test]
fn known_good_is_not_flagged() {
    let rule = format!(
        "{OPENED}unless = [{{ \"actor.name\" = \"svc-*\" }}, {{ \"outcome.result\" = \"failure\" }}]"
    );
    assert_eq!(see(&mut harness(&rule), "svc-backup", "vault.open", START), []);
    assert_eq!(see(&mut harness(&rule), "ann", "vault.open", START).len(), 1);
}

#[test]
fn the_same_on_the_same_thing_is_stated_once_a_cooldown() {
    let mut harness = harness(OPENED);
    let on = |target: &str| made("ann", "vault.open").with(Field::TargetId, target);
    let counts: Vec<usize> = [("v-1", 0), ("v-1", 1), ("v-2", 2), ("v-1", 20)]
        .map(|(target, minute)| harness.see(on(target), START + minute * MINUTE).len())
        .into();
    assert_eq!(counts, [1, 0, 1, 1]);
}

#[test]
fn who_fires_a_rule_again_and_again_hides_no_other() {
    let by = |actor: &str, origin: &str, host: &str| {
        made(actor, "vault.open")
            .with(Field::OriginIp, origin)
            .with(Field::EnvHost, host)
            .with(Field::TargetId, "v-1")
    };
    let others =
        [("eve", "203.0.113.9", "h1"), ("ann", "198.51.100.7", "h1"), ("ann", "203.0.113.9", "h2")];
    let mut all = harness(OPENED);
    for round in 0..12 {
        all.see(by("ann", "203.0.113.9", "h1"), START + round * 14 * MINUTE);
    }
    for (actor, origin, host) in others {
        let found = all.see(by(actor, origin, host), START + 170 * MINUTE);
        assert_eq!(found.len(), 1, "{actor} from {origin} on {host}");
    }
    // With `per`, these entities alone tell findings apart.
    let mut of_origin = harness(&format!("{OPENED}per = \"origin\""));
    let counts = [
        of_origin.see(by("ann", "203.0.113.9", "h1"), START).len(),
        of_origin.see(by("eve", "203.0.113.9", "h2"), START + MINUTE).len(),
        of_origin.see(by("ann", "198.51.100.7", "h1"), START + 2 * MINUTE).len(),
    ];
    assert_eq!(counts, [1, 0, 1]);
}

#[test]
fn a_table_without_room_hides_nothing() {
    let mut crowded = harness(OPENED);
    let mut found = 0;
    for number in 0..20_000 {
        let target = format!("t-{number}");
        let record = made("ann", "vault.open").with(Field::TargetId, &target);
        found += crowded.see(record, START + number).len();
    }
    assert_eq!(found, 20_000);
}

#[test]
fn thresholds_count_per_entity_within_a_window() {
    let rule = format!("{OPENED}count = 3\nwindow = \"10m\"\nseverity = \"high\"");
    let mut harness = harness(&rule);
    for (minute, actor, expected) in
        [(0, "ann", 0), (1, "bob", 0), (2, "ann", 0), (3, "ann", 1), (4, "bob", 0), (30, "bob", 0)]
    {
        assert_eq!(
            see(&mut harness, actor, "vault.open", START + minute * MINUTE).len(),
            expected,
            "{actor} at {minute}"
        );
    }
    assert!(see(&mut harness, "ann", "vault.close", START + 31 * MINUTE).is_empty());
}

#[test]
fn thresholds_count_distinct_values_and_sums() {
    let rule = format!("{OPENED}count = 3\nwindow = \"10m\"\ndistinct = \"target.id\"");
    let mut distinct = harness(&rule);
    let on = |target: &str| made("ann", "vault.open").with(Field::TargetId, target);
    let counts: Vec<usize> =
        ["a", "a", "b", "b", "a", "c"].map(|target| distinct.see(on(target), START).len()).into();
    assert_eq!(counts, [0, 0, 0, 0, 0, 1]);
    let mut late = harness(&rule);
    let counts: Vec<usize> = [("a", 0), ("b", 1), ("c", 15)]
        .map(|(target, minute)| late.see(on(target), START + minute * MINUTE).len())
        .into();
    assert_eq!(counts, [0, 0, 0], "the first two are out of the window");
    let mut sum =
        harness(&format!("{OPENED}count = 1000\nwindow = \"1h\"\nsum = \"target.bytes\""));
    let of = |bytes: i64| made("ann", "vault.open").number(Field::TargetBytes, bytes);
    assert_eq!([400, 500, 200].map(|bytes| sum.see(of(bytes), START).len()), [0, 0, 1]);
}

#[test]
fn sequences_by_one_entity_in_their_order_or_in_any() {
    let steps = |more: &str| {
        format!(
            "steps = [{{ \"action.name\" = \"a\" }}, {{ \"action.name\" = \"b\" }}, {{ \"action.name\" = \"c\" }}]\nwithin = \"10m\"\n{more}"
        )
    };
    let play = |rule: &str, events: &[(&str, &str, i64)]| -> usize {
        let mut harness = harness(rule);
        events
            .iter()
            .map(|(actor, action, minute)| {
                see(&mut harness, actor, action, START + minute * MINUTE).len()
            })
            .sum()
    };
    let ordered = steps("");
    assert_eq!(play(&ordered, &[("ann", "a", 0), ("ann", "b", 1), ("ann", "c", 2)]), 1);
    assert_eq!(
        play(
            &ordered,
            &[("ann", "a", 0), ("ann", "x", 1), ("ann", "b", 1), ("bob", "c", 2), ("ann", "c", 3)]
        ),
        1,
        "others in between"
    );
    assert_eq!(
        play(&ordered, &[("ann", "a", 0), ("bob", "b", 1), ("ann", "c", 2)]),
        0,
        "another entity's step"
    );
    assert_eq!(
        play(&ordered, &[("ann", "b", 0), ("ann", "a", 1), ("ann", "c", 2)]),
        0,
        "out of order"
    );
    assert_eq!(
        play(&ordered, &[("ann", "a", 0), ("ann", "b", 8), ("ann", "c", 11)]),
        0,
        "too slow"
    );
    let unordered = steps("ordered = false");
    assert_eq!(play(&unordered, &[("ann", "c", 0), ("ann", "a", 1), ("ann", "b", 2)]), 1);
    assert_eq!(
        play(&unordered, &[("ann", "c", 0), ("ann", "a", 1), ("ann", "b", 12)]),
        0,
        "too slow"
    );
}

#[test]
fn evidence_holds_every_record_that_led_to_a_finding() {
    let of = |rule: &str, actions: &[&str]| {
        let mut harness = harness(rule);
        let found = actions.iter().enumerate().map(|(n, action)| {
            see(&mut harness, "ann", action, START + n as i64 * MINUTE);
            harness.json().to_owned()
        });
        found.last().unwrap()
    };
    let opened = of(
        &format!("{OPENED}count = 3\nwindow = \"10m\""),
        &["vault.open", "vault.close", "safe.open", "vault.open"],
    );
    assert!(opened.contains(r#""evidence":["id-4","id-3","id-1"]"#), "{opened}");
    assert!(opened.contains("; 3 within 10 min (threshold 3)"), "{opened}");
    let steps = "steps = [{ \"action.name\" = \"a\" }, { \"action.name\" = \"b\" }, { \"action.name\" = \"c\" }]\nwithin = \"10m\"\n";
    let whole = of(steps, &["a", "b", "b", "x", "c"]);
    assert!(
        whole.contains(r#""evidence":["id-5","id-2","id-1"]"#),
        "the first of a repeated step: {whole}"
    );
    assert!(whole.contains("'ann' did 'c'; after 'a', 'b'; 3 steps within 10 min\""), "{whole}");
    let in_any = of(&format!("{steps}ordered = false"), &["c", "a", "a", "b"]);
    assert!(in_any.contains(r#""evidence":["id-4","id-2","id-1"]"#), "{in_any}");
    assert!(in_any.contains("'ann' did 'b'; after 'a', 'c'; 3 steps within 10 min\""), "{in_any}");
    let without = "when = { \"action.name\" = \"deploy\" }\nwithout = { \"action.name\" = \"approve\" }\nwithin = \"1h\"\nper = \"actor\"";
    let missing = of(without, &["deploy"]);
    assert!(
        missing.contains("did 'deploy'; nothing that has to come before it within 1 h\""),
        "{missing}"
    );
    assert_eq!(of(without, &["approve", "deploy"]), "");
    // A sequence that begins again names none of the records of the one before.
    let again = of(steps, &["a", "b", "c", "b", "a", "b", "a"]);
    assert_eq!(again, "");
}

/// The findings of a policy with one rule on a record, as the engine writes them.
fn stated(rule: &str, record: &str) -> String {
    let policy = format!(
        "[detector.rules]\nenable = \"test.*\"\n[[rule]]\nid = \"test.one\"\ntitle = \"A test\"\n{rule}"
    );
    let mut engine = Engine::new(
        Policy::parse(&policy).unwrap_or_else(|issues| panic!("{issues:#?}")),
        Secret::default(),
    );
    let mut out = Output::default();
    engine.process(Raw { bytes: record.as_bytes(), ..Raw::default() }, &mut out);
    String::from_utf8_lossy(out.bytes()).into_owned()
}

#[test]
fn findings_name_author_and_reference() {
    let rule = "author = \"Ann \\\"A\\\" Lee\"\nreference = \"https://example.com/r\"\nwhen = { \"raw.kind\" = \"x\" }\n";
    let made = stated(rule, r#"{"kind":"x"}"#);
    assert!(made.contains(r#""rule":"test.one","author":"Ann \"A\" Lee","reference":"https://example.com/r","severity""#), "{made}");
    assert!(!stated("when = { \"raw.kind\" = \"x\" }\n", r#"{"kind":"x"}"#).contains("author"));
}

#[test]
fn any_value_of_a_record_or_of_a_line() {
    let rule = "when = { \"raw.*\" = [\"*secret word*\"] }\n";
    for record in [
        r#"{"a":1,"b":"the Secret Word here"}"#,
        r#"{"a":{"b":["x","a secret word"]}}"#,
        r#"{"a":"the \u0073ecret word"}"#,
        "May  4 10:00:00 web1 app[1]: a secret word",
        r#"{"log":"May  4 10:00:00 web1 app[1]: a secret word"}"#,
    ] {
        assert!(stated(rule, record).contains("test.one"), "{record}");
    }
    for record in [
        r#"{"a":1,"b":"the secret"}"#,
        "May  4 10:00:00 web1 app[1]: a word",
        r#"{"secret word":1}"#,
    ] {
        assert!(!stated(rule, record).contains("test.one"), "{record}");
    }
}

/// Many patterns are told apart by one pass over the text, which must not pass over what is spelled otherwise.
#[test]
fn blanks_and_comments_hide_nothing() {
    let patterns = r#"["*drop table*", "*drop user*", "*grant all on*", "*alter system*", "*copy to program*"]"#;
    let rules = ["raw.*", "raw.sql", "change.after"]
        .map(|place| format!("when = {{ \"{place}\" = {patterns} }}\n"));
    let mapping = "[[mapping]]\nsource = \"app\"\nmatch = { sql = \"*\" }\n[mapping.fields]\n\"change.after\" = \"sql\"\n";
    for rule in rules.map(|rule| format!("{rule}{mapping}")) {
        for sql in ["DROP TABLE a", "drop  table a", r"grant\n\tall  on a", "x; alter/**/system y"]
        {
            let record = format!(r#"{{"sql":"{sql}"}}"#);
            assert!(stated(&rule, &record).contains("test.one"), "{rule} {record}");
        }
        for sql in ["droptable a", "drop a table", "grant al l on"] {
            let record = format!(r#"{{"sql":"{sql}"}}"#);
            assert!(!stated(&rule, &record).contains("test.one"), "{rule} {record}");
        }
    }
}

#[test]
fn fields_of_a_line_are_the_records() {
    let rule =
        "when = { source = \"linux.auditd\", \"raw.a0\" = \"chmod\", \"raw.a1\" = \"*+s\" }\n";
    for record in [
        r#"type=EXECVE msg=audit(1777888800.100:500): argc=3 a0="chmod" a1="u+s" a2="/bin/x""#,
        r#"type=EXECVE msg=audit(1777888800.100:500): argc=3 a0="chmod" a1=C3A92B73 a2="/bin/x""#,
        r#"{"log":"type=EXECVE msg=audit(1777888800.100:500): argc=3 a0=\"chmod\" a1=\"u+s\" a2=\"/bin/x\""}"#,
    ] {
        assert!(stated(rule, record).contains("test.one"), "{record}");
    }
    assert!(
        !stated(
            rule,
            r#"type=EXECVE msg=audit(1777888800.100:500): argc=3 a0="chmod" a1="755" a2="u+s""#
        )
        .contains("test.one")
    );
}

#[test]
fn a_match_without_what_must_come_before() {
    let rule = "when = { \"action.name\" = \"deploy\" }\nwithout = { \"action.name\" = \"approve\" }\nwithin = \"1h\"\nper = \"target\"";
    let act = |harness: &mut Harness, action: &str, time| {
        harness.see(made("ann", action).with(Field::TargetId, "app-1"), time).len()
    };
    let mut approved = harness(rule);
    assert_eq!(
        [act(&mut approved, "approve", START), act(&mut approved, "deploy", START + MINUTE)],
        [0, 0]
    );
    assert_eq!(act(&mut approved, "deploy", START + 2 * HOUR), 1, "approved long ago");
    assert_eq!(act(&mut harness(rule), "deploy", START), 1);
}

#[test]
fn the_policy_switches_rules_and_changes_severities() {
    let with = |options: &str| {
        let mut harness = Harness::new(
            ID,
            &format!("{options}\n[[rule]]\nid = \"test.one\"\ntitle = \"A test\"\n{OPENED}"),
        );
        see(&mut harness, "ann", "vault.open", START)
    };
    assert_eq!(with("disable = \"test.*\""), []);
    assert_eq!(with("enable = \"other.*\""), []);
    assert_eq!(with("severities = { critical = [\"test.o*\"] }"), [found("actor", "critical", 1)]);
    assert_eq!(with("severity = \"high\""), [found("actor", "high", 1)]);
}

/// Polarity: every further condition that a record does not meet silences the rule.
#[test]
fn exceptions_of_the_policy_are_the_rules() {
    let rules = "[[rule]]\nid = \"test.one\"\ntitle = \"x\"\nwhen = { \"action.name\" = \"open\" }\n\
                 [[rule]]\nid = \"test.two\"\ntitle = \"y\"\nwhen = { \"action.name\" = \"open\" }\n";
    let exception = |ids: &str| {
        format!(
            "{rules}[[exception]]\nrules = {ids}\nwhen = [{{ \"actor.name\" = \"svc-*\" }}, {{ \"action.name\" = \"shut\" }}]\n"
        )
    };
    for (ids, of_service, of_person) in
        [("\"test.one\"", 1, 2), ("\"test.*\"", 0, 2), ("[\"nope\"]", 2, 2)]
    {
        let mut harness = Harness::new(ID, &exception(ids));
        assert_eq!(see(&mut harness, "svc-a", "open", 0).len(), of_service, "{ids}");
        assert_eq!(see(&mut harness, "ann", "open", 0).len(), of_person, "{ids}");
    }
    for (text, expected) in [
        ("[[exception]]\nwhen = { source = \"x\" }\n", "`rules` is missing"),
        ("[[exception]]\nrules = \"a\"\n", "`when` is missing"),
        ("[[exception]]\nrules = \"a\"\nwhen = []\n", "an empty list takes no record"),
        ("[[exception]]\nrules = \"a\"\nwhen = { sorce = \"x\" }\n", "`sorce` is not a field"),
    ] {
        let issues = Policy::parse(text).unwrap_err();
        assert!(issues.iter().any(|issue| issue.message.contains(expected)), "{issues:?}");
    }
}

#[test]
fn the_more_is_asked_the_less_is_found() {
    let asked =
        ["source = \"acme.app\"", "\"action.name\" = \"vault.open\"", "\"actor.name\" = \"bob\""];
    let counts: Vec<usize> = (1..=3)
        .map(|n| {
            see(
                &mut harness(&format!("when = {{ {} }}", asked[..n].join(", "))),
                "ann",
                "vault.open",
                START,
            )
            .len()
        })
        .collect();
    assert_eq!(counts, [1, 1, 0]);
}

/// Through the engine, where the original record is at hand.
fn findings(condition: &str, record: &str) -> usize {
    let rule = format!(
        "[detector.rules]\nenable = \"test.*\"\n[[rule]]\nid = \"test.raw\"\ntitle = \"A test\"\nwhen = {{ {condition} }}\n"
    );
    let policy = Policy::parse(&rule).unwrap_or_else(|issues| panic!("{issues:#?}"));
    let mut engine = Engine::new(policy, Secret::default());
    let mut out = Output::default();
    let mut count = 0;
    // The second time the record may be read by what was learned of the first.
    for nonce in 0..2 {
        let record = record.replace("NONCE", &nonce.to_string());
        engine.process(
            Raw { bytes: record.as_bytes(), time: START, now: START, ..Raw::default() },
            &mut out,
        );
        count += std::str::from_utf8(out.bytes()).unwrap().matches("\"rule\":\"test.raw\"").count();
    }
    count
}

const EVENT: &str = r#"{"eventVersion":"1.11","eventTime":"2026-01-09T23:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","userIdentity":{"type":"IAMUser","userName":"ann"},"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","requestParameters":{"groupId":"sg-NONCE","ipPermissions":{"items":[{"fromPort":80,"ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"},{"cidrIp":"0.0.0.0/0"}]}}]},"policy":"{\"Effect\":\"Allow\",\"Principal\":\"*\"}"},"responseElements":null,"eventID":"id-NONCE"}"#;

#[test]
fn conditions_on_the_original_record() {
    for condition in [
        "\"raw.requestParameters.ipPermissions.items.ipRanges.items.cidrIp\" = \"0.0.0.0/0\"",
        "\"raw.requestparameters.ippermissions.items[].ipRanges.items[].cidrIp\" = [\"::/0\", \"0.0.0.0/0\"]",
        "\"raw.requestParameters.*.items.fromPort\" = { max = 80 }",
        "\"raw.requestParameters.policy\" = \"*\\\"Principal\\\":\\\"\\\\*\\\"*\"",
        "\"raw.requestParameters.ipPermissions\" = \"*0.0.0.0/0*\"",
        "\"raw.responseElements\" = { exists = false }",
    ] {
        assert_eq!(findings(condition, EVENT), 2, "{condition}");
        let wrapped = format!("{{\"detail-type\":\"AWS API Call\",\"detail\":{EVENT}}}");
        assert_eq!(findings(condition, &wrapped), 2, "wrapped: {condition}");
        let as_text =
            format!("{{\"log\":\"{}\"}}", EVENT.replace('\\', "\\\\").replace('"', "\\\""));
        assert_eq!(findings(condition, &as_text), 2, "as text: {condition}");
    }
    for condition in [
        "\"raw.requestParameters.ipPermissions.items.ipRanges.items.cidrIp\" = \"::/0\"",
        "\"raw.requestParameters.cidrIp\" = \"0.0.0.0/0\"",
        "\"raw.responseElements\" = { exists = true }",
        "\"raw.nothing.at.all\" = \"*\"",
    ] {
        assert_eq!(findings(condition, EVENT), 0, "{condition}");
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_said_with_its_place() {
    let issues = Policy::parse(
        "[[rule]]\nid = \"A b\"\ntitle = \"x\"\nwhen = { sorce = \"x\" }\n[[rule]]\ntitle = \"x\"\n[[rule]]\nid = \"c\"\ntitle = \"x\"\nwhn = 1\n\
         severity = \"bad\"\nwhen = { source = [] }\ncount = 3\n[[rule]]\nid = \"d\"\ntitle = \"x\"\n",
    )
    .unwrap_err();
    let said: Vec<String> = issues
        .iter()
        .map(|issue| format!("{}: {} ({})", issue.path, issue.message, issue.remedy))
        .collect();
    for part in [
        "`A b` cannot be the id",
        "did you mean `source`?",
        "without `id`",
        "did you mean `when`?",
        "`bad` is not a severity",
        "never matches",
        "`window` is missing",
        "match every record",
    ] {
        assert!(said.iter().any(|issue| issue.contains(part)), "{part}: {said:#?}");
    }
}
