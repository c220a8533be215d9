//! Named scenarios with real records: what must be found, and what must not.

use auditward_core::policy::Policy;
use auditward_core::time;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2026-01-12T00:00:00Z, a Monday.
const MONDAY: i64 = 1_768_176_000_000;

const MAPPING: &str = r#"
[targets.data_class]
phi = ["patient*"]
[[mapping]]
source = "acme.records"
match = { app = "records", at = "*", verb = "*" }
time = { path = "at", format = "rfc3339" }
[mapping.fields]
"id" = "event"
"actor.name" = "user"
"actor.type" = { value = "user" }
"action.name" = "verb"
"action.class" = { path = "verb", values = { view = "read", update = "update" }, default = "other" }
"target.type" = "object"
"target.id" = "number"
"origin.ip" = "ip"
"origin.user_agent" = "agent"
"origin.geo.country" = "country"
"outcome.result" = { value = "success" }
"#;
const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0";

/// An engine that is shown records at their time.
struct Filter {
    engine: Engine,
    out: Output,
    number: u64,
    /// Findings so far, as they are written.
    found: Vec<String>,
}

impl Filter {
    fn new(policy: &str) -> Filter {
        let policy = Policy::parse(policy).unwrap_or_else(|issues| panic!("{issues:#?}"));
        let engine = Engine::new(policy, Secret { mark: None, hash: (1, 2) });
        Filter { engine, out: Output::default(), number: 0, found: Vec::new() }
    }

    fn see(&mut self, line: &str, at: i64) {
        self.number += 1;
        let raw = Raw { bytes: line.as_bytes(), time: at, now: at, nonce: self.number, tag: b"" };
        self.engine.process(raw, &mut self.out);
        let answer = std::str::from_utf8(self.out.bytes()).unwrap();
        assert!(answer.contains("\"source\":\""), "no source reads {line}");
        self.found.extend(answer.split("{\"detector\":").skip(1).map(str::to_owned));
    }

    /// Findings of severity medium and above.
    fn alerts(&self) -> Vec<&String> {
        let is_alert = |found: &&String| {
            !["info", "low"].iter().any(|name| found.contains(&format!("\"severity\":\"{name}\"")))
        };
        self.found.iter().filter(is_alert).collect()
    }
}

fn moment(at: i64) -> String {
    String::from_utf8(time::format(at).to_vec()).unwrap()
}

fn github(actor: &str, action: &str, repository: &str, at: i64) -> String {
    format!(
        r#"{{"@timestamp":{at},"_document_id":"{actor}-{at}","action":"{action}","actor":"{actor}","actor_ip":"192.0.2.10","org":"acme","repo":"acme/{repository}","operation_type":"access"}}"#
    )
}

/// Somebody who takes repositories along over ten evenings, among colleagues who clone what they work on and download an archive a week.
fn left(options: &str) -> Filter {
    let mut filter = Filter::new(options);
    for day in 0..30 {
        for person in ["ann", "bob", "cem"] {
            let at = MONDAY + day * DAY + 9 * HOUR;
            filter.see(&github(person, "git.clone", &format!("{person}-{}", day % 3), at), at);
            if day % 7 == 0 {
                filter.see(&github(person, "repo.download_zip", "site", at + HOUR), at + HOUR);
            }
        }
    }
    assert!(filter.found.is_empty(), "{:#?}", filter.found);
    for number in 0..51i64 {
        let at = MONDAY + (31 + number / 5) * DAY + 18 * HOUR + number % 5 * 20 * MINUTE;
        let action = if number % 18 < 5 && number < 40 { "git.clone" } else { "repo.download_zip" };
        filter.see(&github("lea", action, &format!("r{number}"), at), at);
    }
    filter
}

fn is_found_by(filter: &Filter, rule: &str, severity: &str) {
    let rule = &format!("\"rule\":\"{rule}\"");
    let of: Vec<&String> = filter.found.iter().filter(|found| found.contains(rule)).collect();
    assert!((1..=24).contains(&of.len()), "{rule}: {:#?}", filter.found);
    let is_right = |found: &&&String| {
        found.contains(&format!("\"severity\":\"{severity}\""))
            && found.contains("\"key\":{\"actor\":\"lea\"}")
    };
    assert_eq!(of.iter().filter(is_right).count(), of.len(), "{of:#?}");
}

#[test]
fn a_leavers_14_clones_and_37_downloads_over_ten_days_are_found() {
    let filter = left("preset = \"insider\"");
    is_found_by(&filter, "insider.clones", "high");
    is_found_by(&filter, "insider.downloads", "high");
    is_found_by(&left(""), "insider.archives", "medium");
}

#[test]
fn a_typo_before_a_good_password_is_no_finding() {
    let sign_in = |person: &str, result: &str, number: i64, at: i64| {
        let message =
            if result == "Failure" { r#""errorMessage":"Failed authentication","# } else { "" };
        format!(
            r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","accountId":"123456789012","userName":"{person}"}},"eventTime":"{}Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"{BROWSER}",{message}"responseElements":{{"ConsoleLogin":"{result}"}},"eventID":"{number:08x}-0000-4000-8000-000000000000","eventType":"AwsConsoleSignIn"}}"#,
            &moment(at)[..19]
        )
    };
    let (mut filter, mut number) = (Filter::new(""), 0);
    for day in 0..14 {
        for person in 0..8i64 {
            // Nobody twice in an hour from the office; on some days the password is wrong once, on a few twice.
            let typos = i64::from((day + person) % 3 == 0) + i64::from((day + person) % 9 == 0);
            let at = MONDAY + day * DAY + (8 + person) * HOUR;
            for attempt in 0..=typos {
                number += 1;
                let result = if attempt < typos { "Failure" } else { "Success" };
                let at = at + attempt * 9_000;
                filter.see(&sign_in(&format!("person{person}"), result, number, at), at);
            }
        }
    }
    assert!(filter.found.is_empty(), "{:#?}", filter.found);
}

/// A record of a person's work on patients.
fn view(person: i64, ip: &str, country: &str, number: u64, at: i64) -> String {
    format!(
        r#"{{"app":"records","at":"{}","event":"e{number}","user":"staff{person}","verb":"view","object":"patient","number":"p{}","ip":"{ip}","agent":"{BROWSER}","country":"{country}"}}"#,
        moment(at),
        number % 9,
    )
}

#[test]
fn plane_wifi_is_no_alert() {
    let mut filter = Filter::new(MAPPING);
    let mut number = 0;
    for day in (0..28).filter(|day| day % 7 < 5) {
        for slot in 0..36 {
            for person in 0..12 {
                number += 1;
                let at = MONDAY + day * DAY + 8 * HOUR + slot * 15 * MINUTE + person * 1_000;
                let ip = format!("198.51.100.{person}");
                filter.see(&view(person, &ip, "DE", number, at), at);
            }
        }
    }
    assert!(filter.alerts().is_empty(), "{:#?}", filter.alerts());
    // In the air for five hours: the provider's network, which is placed in its country; then at home again.
    for slot in 0..30 {
        number += 1;
        let at = MONDAY + 28 * DAY + 9 * HOUR + slot * 10 * MINUTE;
        filter.see(&view(5, "203.0.113.50", "US", number, at), at);
    }
    let at = MONDAY + 28 * DAY + 15 * HOUR;
    filter.see(&view(5, "198.51.100.5", "DE", number + 1, at), at);
    assert!(filter.alerts().is_empty(), "{:#?}", filter.alerts());
}
