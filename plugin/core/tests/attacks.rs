//! Effects that an attacker, or a fault downstream, must not cause: alerts that vanish when records are sent again, equal lines that count once, made-up
//! names that hide who is attacked.

use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};

/// 2026-01-15T12:00:00Z.
const NOW: i64 = 1_768_478_400_000;

const SECRET: Secret = Secret { mark: None, hash: (13, 14) };

struct Filter {
    engine: Engine,
    out: Output,
}

impl Filter {
    fn new(policy: &str) -> Filter {
        let policy = Policy::parse(policy).unwrap_or_else(|issues| panic!("{issues:#?}"));
        Filter { engine: Engine::new(policy, SECRET), out: Output::default() }
    }

    fn answer(&mut self, bytes: &str, nonce: u64, now: i64) -> String {
        self.engine.process(
            Raw { tag: b"test", bytes: bytes.as_bytes(), time: now, nonce, now },
            &mut self.out,
        );
        String::from_utf8(self.out.bytes().to_vec()).unwrap()
    }
}

/// Findings, as written.
fn anomaly(answer: &str) -> &str {
    let behind = answer.split_once("\"anomaly\":").map_or("", |(_, behind)| behind);
    behind.split_once("]}]}").map_or("", |(findings, _)| findings)
}

fn findings(answer: &str) -> usize {
    anomaly(answer).matches("{\"detector\":").count()
}

fn of(answer: &str, detector: &str) -> usize {
    anomaly(answer).matches(&format!("{{\"detector\":\"{detector}\"")).count()
}

fn has(answer: &str, note: &str) -> bool {
    let notes = answer.split_once("\"notes\":[").map_or("", |(_, behind)| behind);
    notes.split(']').next().unwrap_or_default().contains(&format!("\"{note}\""))
}

fn failed_login(account: &str, address: &str, number: u64) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"userIdentity\":{{\"type\":\"IAMUser\",\"accountId\":\"123456789012\",\"userName\":\"{account}\"}},\
         \"eventTime\":\"{}\",\"eventSource\":\"signin.amazonaws.com\",\"eventName\":\"ConsoleLogin\",\"awsRegion\":\"us-east-1\",\
         \"sourceIPAddress\":\"{address}\",\"userAgent\":\"Mozilla/5.0\",\"errorMessage\":\"Failed authentication\",\
         \"responseElements\":{{\"ConsoleLogin\":\"Failure\"}},\"eventID\":\"{number:08x}-0000-4000-8000-000000000000\",\"eventType\":\"AwsConsoleSignIn\"}}",
        second_of(number % 3600).replace(".000", ""),
    )
}

fn second_of(n: u64) -> String {
    format!("2026-01-15T{:02}:{:02}:{:02}.000Z", 11 + n / 3600 % 12, n / 60 % 60, n % 60)
}

/// Records of three sources, each of which bears findings: the first of its account and of its origin that is watched.
fn watched(n: u64) -> String {
    let address = format!("{}.{}.{}.9", 20 + n % 200, n / 200 % 200, n % 7);
    match n % 3 {
        0 => failed_login(&format!("user-{n}@example.com"), &address, n),
        1 => format!(
            "{} web1 sshd[{}]: Accepted publickey for user-{n} from {address} port 4022 ssh2",
            second_of(n),
            1000 + n
        ),
        _ => format!(
            "{{\"log\":\"{address} - user-{n} [15/Jan/2026:11:00:00 +0000] \\\"GET /charts/{n} HTTP/1.1\\\" 200 512\"}}"
        ),
    }
}

const WATCH: &str = "[detector.watch]\nactors = \"user-*\"\n";

#[test]
fn a_thousand_records_with_findings_keep_them_when_sent_again() {
    for (policy, least) in [(WATCH.to_owned(), 1), (format!("{WATCH}origins = \"0.0.0.0/0\"\n"), 2)]
    {
        let mut filter = Filter::new(&policy);
        let records: Vec<String> = (0..1000).map(watched).collect();
        let send = |filter: &mut Filter| {
            records.iter().map(|record| filter.answer(record, 0, NOW)).collect::<Vec<_>>()
        };
        let first = send(&mut filter);
        assert!(first.iter().all(|object| findings(object) >= least && !has(object, "repeated")));
        let is_same = |again: &[String]| {
            let kept = first.iter().zip(again).filter(|(first, again)| {
                anomaly(first) == anomaly(again) && has(again, "repeated")
            });
            kept.count()
        };
        assert_eq!(is_same(&send(&mut filter)), 1000, "{policy}");
        let snapshot = filter.engine.snapshot();
        let mut restarted = Filter::new(&policy);
        restarted.engine.restore(&snapshot).unwrap();
        assert_eq!(is_same(&send(&mut restarted)), 1000, "after a restart: {policy}");
    }
}

#[test]
fn findings_that_memory_no_longer_holds_are_told_of() {
    let mut filter = Filter::new(WATCH);
    let records: Vec<String> = (0..6000).map(watched).collect();
    for record in &records {
        assert!(findings(&filter.answer(record, 0, NOW)) > 0);
    }
    let again: Vec<String> = records.iter().map(|record| filter.answer(record, 0, NOW)).collect();
    assert!(again.iter().all(|object| (findings(object) > 0) != has(object, "findings-lost")));
    assert!(again.iter().filter(|object| findings(object) > 0).count() >= 1000);
}

/// As Fluent Bit hands records over whose time has seconds.
fn whole_second(n: u64) -> u64 {
    ((1_768_474_800 + n) * 1_000_000_000) | Raw::UNNUMBERED
}

fn refused(second: u64) -> String {
    format!(
        "{{\"log\":\"203.0.113.7 - bob [15/Jan/2026:11:00:{second:02} +0000] \\\"POST /login HTTP/1.1\\\" 401 12\"}}"
    )
}

#[test]
fn equal_lines_of_one_second_are_as_many_events() {
    let mut filter = Filter::new("");
    let mut send = |from: u64, to: u64, now: i64| {
        let records = (from..to)
            .map(|n| filter.answer(&refused(n / 500), whole_second(n / 500), now + n as i64 * 2));
        let (mut found, mut repeated) = (0, 0);
        for object in records {
            found += of(&object, "brute-force");
            repeated += usize::from(has(&object, "repeated"));
        }
        (found, repeated)
    };
    let (found, repeated) = send(0, 2000, NOW);
    assert!(found > 4 && repeated == 0, "{found} {repeated}");
    let again = send(0, 2000, NOW + 15_000);
    assert_eq!(
        again,
        (found, 2000),
        "the same chunk later: the same findings, nothing counted twice"
    );
    assert_eq!(send(1000, 2000, NOW + 60_000).1, 1000, "its second half");
}

#[test]
fn a_line_that_comes_again_after_a_pause_is_one_that_came() {
    let mut filter = Filter::new("");
    for n in 0..20 {
        let object = filter.answer(&refused(0), whole_second(0), NOW + n * 5000);
        assert_eq!((findings(&object), has(&object, "repeated")), (0, n > 0));
    }
    let mut numbered = Filter::new("");
    for n in 0..20 {
        assert_eq!(
            has(&numbered.answer(&refused(0), 7, NOW), "repeated"),
            n > 0,
            "a interface that numbers records says which are equal"
        );
    }
}

/// Accounts that are tried every twenty seconds while so many made-up names fail once each; how many of the accounts are found.
fn found_among(names: u64) -> usize {
    let mut filter = Filter::new("");
    let (accounts, rounds) = (60u64, 12);
    let mut found = std::collections::BTreeSet::new();
    for round in 0..rounds {
        let fail = |name: &str, address: &str, n: u64| {
            format!(
                "{} web1 sshd[{}]: Failed password for {name} from {address} port 4022 ssh2",
                second_of(round * 20),
                n
            )
        };
        for account in 0..accounts {
            let object = filter.answer(
                &fail(
                    &format!("owner{account}"),
                    &format!("203.0.113.{account}"),
                    90_000 + account + round * 100,
                ),
                0,
                NOW,
            );
            if of(&object, "brute-force") > 0 {
                found.insert(account);
            }
        }
        for n in 0..names / rounds {
            let made_up = round * 1_000_000 + n;
            let address = format!(
                "{}.{}.{}.{}",
                20 + made_up % 150,
                made_up / 150 % 250,
                made_up / 37_500 % 250,
                round + 1
            );
            filter.answer(&fail(&format!("x{made_up}"), &address, 1_000_000 + made_up), 0, NOW);
        }
    }
    found.len()
}

#[test]
fn made_up_names_hide_no_account_that_is_guessed_at() {
    assert_eq!([0, 8000, 16_000].map(found_among), [60, 60, 60]);
}

/// Each machine is an origin of its own for itself, and a placeholder is none at all.
#[test]
fn many_hosts_have_no_common_origin_in_themselves_nor_in_a_dash() {
    let names = ["ann", "ben", "cleo", "dan", "eve", "fay", "gus", "hal"];
    let windows = |host: usize, address: &str| {
        format!(
            "{{\"EventID\":4625,\"Channel\":\"Security\",\"Computer\":\"pc{host}\",\"TimeCreated\":\"2026-01-15T11:50:{host:02}Z\",\"TargetUserName\":\"{}\",\
             \"IpAddress\":\"{address}\",\"WorkstationName\":\"-\",\"LogonType\":\"2\",\"Status\":\"0xc000006d\"}}",
            names[host]
        )
    };
    let sshd = |host: usize, address: &str| {
        format!(
            "Jan 15 11:50:{host:02} web{host} sshd[7]: Failed password for {} from {address} port 22 ssh2",
            names[host]
        )
    };
    for (kind, line) in [("windows", &windows as &dyn Fn(usize, &str) -> String), ("sshd", &sshd)] {
        for address in ["127.0.0.1", "::1", "-"] {
            if kind == "sshd" && address == "-" {
                continue;
            }
            let mut filter = Filter::new("");
            for host in 0..names.len() {
                let answer = filter.answer(&line(host, address), host as u64, NOW);
                assert!(answer.contains("\"source\":"), "{answer}");
                assert_eq!(findings(&answer), 0, "{kind} {address}: {answer}");
                assert!(!answer.contains("\"origin\":{\"host\":\"-\"}"), "{answer}");
            }
        }
        // From elsewhere it is a spray.
        let mut filter = Filter::new("");
        let found: usize = (0..names.len())
            .map(|host| findings(&filter.answer(&line(host, "198.51.100.7"), host as u64, NOW)))
            .sum();
        assert!(found >= 1, "{kind}");
    }
    // On one machine, guessing from itself is found.
    let mut filter = Filter::new("");
    let found: usize = (0..12)
        .map(|number| {
            let line = format!(
                "Jan 15 11:50:{number:02} web1 sshd[{number}]: Failed password for root from 127.0.0.1 port 22 ssh2"
            );
            of(&filter.answer(&line, number, NOW), "brute-force")
        })
        .sum();
    assert!(found >= 1);
}

const MARKED: Secret = Secret { mark: Some((11, 12)), hash: (13, 14) };

/// As Fluent Bit hands on what it has read: all that is not ASCII is escaped.
fn passed_on(json: &str) -> String {
    let mut out = String::new();
    for letter in json.chars() {
        if (' '..'\u{7f}').contains(&letter) {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// A failed sign-in as deep as this.
fn deep(depth: usize, number: u64) -> String {
    let (open, close) = ("{\"a\":".repeat(depth - 2), "}".repeat(depth - 2));
    failed_login("alice", "203.0.113.5", number).replacen(
        "\"userAgent\":",
        &format!("\"requestParameters\":{{\"p\":{open}1{close}}},\"userAgent\":"),
        1,
    )
}

/// A record with findings that `rewrite_tag` hands to the filter again passes as it is, whatever its fields follow from.
#[test]
fn an_alert_survives_another_tag() {
    let w3c = |number: u64| match number {
        0 => r##"{"log":"#Fields: date time c-ip cs-username cs-method cs-uri-stem sc-status"}"##
            .to_owned(),
        _ => format!(r#"{{"log":"2026-01-15 11:30:{number:02} 203.0.113.5 bob GET /login 401"}}"#),
    };
    let ssh = |user: &str, number: u64| {
        format!(
            r#"{{"message":"Failed password for {user} from 203.0.113.5 port {number} ssh2","time":"2026-01-15T11:30:{number:02}Z"}}"#
        )
    };
    let root = |number| ssh("root", number);
    let headed = |number: u64| {
        format!(
            r#"{{"log":"Jan 15 11:30:{number:02} web1 sshd[7]: Failed password for ren\u00e9e\ud83d\ude00 from 203.0.113.5 port {number} ssh2"}}"#
        )
    };
    let (deepest, beside) = (|number| deep(12, number), |number| deep(11, number));
    let kinds: [(&str, &dyn Fn(u64) -> String); 6] = [
        ("iis.log", &w3c),
        ("edge.q", &root),
        ("authlog", &root),
        ("a", &headed),
        ("a", &deepest),
        ("a", &beside),
    ];
    for (schema, layout) in ["audit", "ecs", "ocsf"]
        .iter()
        .flat_map(|schema| ["record", "annotate"].map(|layout| (schema, layout)))
    {
        let policy = format!(
            "[input]\ntrust = \"edge.*\"\n[output]\nschema = \"{schema}\"\nlayout = \"{layout}\"\n"
        );
        let policy = Policy::parse(&policy).unwrap_or_else(|issues| panic!("{issues:#?}"));
        for (tag, record) in kinds {
            let (mut engine, mut out) = (Engine::new(policy.clone(), MARKED), Output::default());
            let mut answer = |tag: &str, bytes: &str| {
                let (tag, bytes) = (tag.as_bytes(), bytes.as_bytes());
                engine.process(Raw { tag, bytes, time: NOW, nonce: 0, now: NOW }, &mut out);
                String::from_utf8(out.bytes().to_vec()).unwrap()
            };
            let mut alerts = 0;
            for number in 0..12 {
                let first = answer(tag, &record(number));
                let came = passed_on(&first);
                if findings(&first) == 0 {
                    continue;
                }
                alerts += 1;
                for next in ["alert.x".to_owned(), format!("alert.{tag}"), tag.to_owned()] {
                    assert_eq!(answer(&next, &came), came, "{schema} {layout} {tag} {next}");
                }
                // Nobody else can say so.
                let forged = came.replacen("203.0.113.5", "203.0.113.6", 1);
                assert_ne!(answer("alert.x", &forged), forged, "{schema} {layout} {tag}");
                let deeper = came.replacen(
                    '{',
                    &format!("{{\"b\":{}1{},", "[".repeat(12), "]".repeat(12)),
                    1,
                );
                assert_ne!(answer("alert.x", &deeper), deeper, "{schema} {layout} {tag}");
                for at in (0..came.len()).filter(|_| alerts == 1) {
                    let mut changed = came.clone().into_bytes();
                    changed[at] ^= 1;
                    let changed = String::from_utf8(changed).unwrap();
                    assert_ne!(answer("alert.x", &changed), changed, "{schema} {layout} {at}");
                }
            }
            assert!(alerts > 0, "{schema} {layout} {tag}");
        }
    }
}

/// The columns of one site's log say nothing of another's, whatever the path looks like and wherever a shipper states it.
#[test]
fn columns_are_those_of_the_file_that_a_line_is_from() {
    let one = "#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status";
    let two = "#Fields: date time c-ip cs-method cs-uri-stem s-ip sc-status";
    let line = "2026-01-15 11:30:00 192.0.2.1 GET / 203.0.113.9 401";
    for path in [r"C:\\inetpub\\logs\\SITE\\u_ex260115.log", "/var/log/SITE/u_ex.log"] {
        for beside in [
            r#""file":"PATH""#,
            r#""path":"PATH""#,
            r#""filename":"PATH""#,
            r#""log_file":"PATH""#,
            r#""source":"PATH""#,
            r#""log":{"file":{"path":"PATH"}},"agent":{"type":"filebeat"}"#,
        ] {
            let key = if beside.contains("agent") { "message" } else { "log" };
            let record = |site: &str, text: &str| {
                let beside = beside.replace("PATH", &path.replace("SITE", site));
                format!(r#"{{"{key}":"{text}",{beside}}}"#)
            };
            let mut filter = Filter::new("");
            let mut origin = |record: &str| {
                let answer = filter.answer(record, 0, NOW);
                let behind = answer.split_once("\"ip\":\"").map_or("", |(_, behind)| behind);
                behind.split('"').next().unwrap().to_owned()
            };
            origin(&record("W3SVC1", one));
            origin(&record("W3SVC2", two));
            for _ in 0..3 {
                assert_eq!(origin(&record("W3SVC1", line)), "203.0.113.9", "{path} {beside}");
                assert_eq!(origin(&record("W3SVC2", line)), "192.0.2.1", "{path} {beside}");
            }
        }
    }
}

#[test]
fn an_application_does_not_say_what_the_columns_of_a_log_are() {
    let good = "#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status";
    let evil = "#Fields: date time c-ip cs-method cs-uri-stem s-ip sc-status";
    let line = "2026-01-15 11:30:00 192.0.2.1 GET / 203.0.113.9 401";
    type Wrap = fn(&str) -> String;
    let of_server: [Wrap; 4] = [
        |text| text.to_owned(),
        |text| format!(r#"{{"log":"{text}"}}"#),
        |text| format!(r#"{{"message":"{text}"}}"#),
        |text| {
            format!(
                r#"{{"message":"{text}","log":{{"file":{{"path":"C:\\\\u.log"}}}},"agent":{{"type":"x"}}}}"#
            )
        },
    ];
    let of_application: [Wrap; 9] = [
        |text| format!(r#"{{"msg":"{text}"}}"#),
        |text| format!(r#"{{"log":"{text}","stream":"stdout","time":"2026-01-15T11:30:00Z"}}"#),
        |text| format!(r#"{{"log":"{{\"log\":\"{text}\"}}"}}"#),
        |text| format!(r#"{{"message":"{{\"message\":\"{text}\"}}"}}"#),
        |text| format!(r#"{{"log":"2026-01-15T11:30:00Z stdout F {text}"}}"#),
        |text| format!("2026-01-15T11:30:00Z stdout F {text}"),
        |text| format!(r#"{{"msg":"\ufeff{text}"}}"#),
        |text| format!(r#"{{"log":"{text}","file":"/var/log/app.log"}}"#),
        |text| format!(r#"{{"MESSAGE":"{text}","SYSLOG_IDENTIFIER":"app"}}"#),
    ];
    for (server, wrap) in of_server.iter().enumerate() {
        for (application, forge) in of_application.iter().enumerate() {
            // Before the server's own directive, and behind it.
            let mut filter = Filter::new("");
            for text in [forge(evil), wrap(good), forge(evil)] {
                filter.answer(&text, 0, NOW);
            }
            let answer = filter.answer(&wrap(line), 0, NOW);
            assert!(answer.contains("\"ip\":\"203.0.113.9\""), "{server} {application} {answer}");
        }
    }
}

/// How many findings of a detector there are on requests, one every five seconds: address, method, path, status.
fn on_requests(detector: &str, requests: impl Iterator<Item = (String, u16)>) -> usize {
    let mut filter = Filter::new("");
    let found = requests.zip(0u64..).map(|((request, status), number)| {
        let (minute, second) = (number * 5 / 60, number * 5 % 60);
        let line = format!(
            r#"{{"log":"203.0.113.7 - - [15/Jan/2026:11:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" {status} 12"}}"#
        );
        of(&filter.answer(&line, number, NOW), detector)
    });
    found.sum()
}

/// A POST that is answered elsewhere says nothing of a sign-in.
#[test]
fn answers_elsewhere_do_not_hide_guesses_at_a_sign_in() {
    let mixed = |path: &'static str, refused: u16, decoy: &'static str, every: u64| {
        let each = move |n: u64| {
            let guess = (format!("POST {path}?n={n}"), refused);
            let answered = (format!("POST {decoy}"), 200);
            std::iter::once(guess).chain((n % every == every - 1).then_some(answered))
        };
        on_requests("brute-force", (0..60).flat_map(each))
    };
    for (path, refused) in [("/login", 401), ("/api/Session", 403), ("/wp-login.php", 401)] {
        for (decoy, every) in [("/search", 4), ("/search", 1), ("/", 2), ("/x", 60)] {
            assert!(mixed(path, refused, decoy, every) > 0, "{path} {decoy} {every}");
        }
        assert!(mixed(path, refused, "/search", 1000) > 0, "{path}");
        // Clients that ask without credentials at first are let in there thereafter.
        assert_eq!(mixed(path, refused, path, 1), 0, "{path}");
        assert_eq!(mixed(path, refused, path, 4), 0, "{path}");
    }
    // A page whose session has ended goes on asking.
    assert_eq!(mixed("/api/graphql", 401, "/track", 4), 0);
}

/// Findings of a detector on lines of seconds and text, read at a clock time, with a line of tomorrow behind so many of them.
fn with_tomorrow(
    detector: &str,
    now: i64,
    behind: usize,
    lines: &[(u64, String)],
    line: impl Fn(&str, u64, &str) -> String,
) -> usize {
    let mut filter = Filter::new("");
    let mut found = 0;
    for (index, (second, text)) in lines.iter().enumerate() {
        if index == behind {
            found += of(&filter.answer(&line("16", 12 * 3600 - 7200, text), 90_000, now), detector);
        }
        found += of(&filter.answer(&line("15", *second, text), index as u64, now), detector);
    }
    found
}

/// A record of another time in the middle of an attack that is read late hides nothing of it.
#[test]
fn a_record_of_tomorrow_does_not_cut_an_attack_in_two() {
    let at = |second: u64| {
        format!("{:02}:{:02}:{:02}", 10 + second / 3600, second / 60 % 60, second % 60)
    };
    let web = |status: u16| {
        move |day: &str, second: u64, address: &str| {
            format!(
                r#"{{"log":"{address} - - [{day}/Jan/2026:{} +0000] \"GET /x{second} HTTP/1.1\" {status} 12"}}"#,
                at(second)
            )
        }
    };
    let sign_in = |day: &str, second: u64, who: &str| {
        format!(
            r#"{{"log":"2026-01-{day}T{}.000000+00:00 web1 sshd[{second}]: Failed password for {who} port 22 ssh2"}}"#,
            at(second)
        )
    };
    let scan: Vec<_> = (0..160).map(|n| (1800 + n / 4, "203.0.113.7".to_owned())).collect();
    let outage: Vec<_> = (0..80).map(|n| (1800 + n / 2, format!("203.0.113.{n}"))).collect();
    let stuffing: Vec<_> =
        (0..130).map(|n| (1800 + n, format!("user{n} from {}.1.2.3", 20 + n))).collect();
    // 10:30:00 is when the attacks begin.
    let begin = NOW - 5_400_000;
    for minutes in [1, 6, 15, 120] {
        let now = begin + minutes * 60_000 + 180_000;
        for quarter in 0..4 {
            let behind = |lines: &[(u64, String)]| lines.len() * quarter / 4;
            let case = format!("{minutes} {quarter}");
            let found = with_tomorrow("error-rate", now, behind(&scan), &scan, web(404));
            assert!(found > 0, "scan {case}");
            let found = with_tomorrow("error-rate", now, behind(&outage), &outage, web(503));
            assert!(found > 0, "outage {case}");
            let id = "credential-stuffing";
            let found = with_tomorrow(id, now, behind(&stuffing), &stuffing, sign_in);
            assert!(found > 0, "stuffing {case}");
        }
    }
}
