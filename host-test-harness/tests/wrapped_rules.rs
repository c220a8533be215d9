//! Examples of rules in the wrappings in which events come too: a rule finds in them what it finds in the bare event.

use auditward::rule_pack::{self, Example, RuleDoc};
use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use serde_json::{Value, json};

/// The clock of examples: 2026-01-15T12:00:00Z.
const NOW: i64 = 1_768_478_400_000;

/// Every built-in rule.
const ALL_RULES: &str = "[detector.rules]\nenable = \"*\"\n";

fn rules() -> &'static [RuleDoc] {
    rule_pack::all().expect("the built-in rules can be read")
}

/// One built-in rule.
fn only(rule: &RuleDoc) -> String {
    format!("[detector.rules]\nenable = \"{}\"\n", rule.id)
}

fn engine(policy: &str) -> Engine {
    let policy = Policy::parse(policy).unwrap_or_else(|issues| panic!("{issues:#?}"));
    Engine::new(policy, Secret::default())
}

fn answer(engine: &mut Engine, record: &str, nonce: u64) -> String {
    let mut out = Output::default();
    let raw = Raw { tag: b"", bytes: record.as_bytes(), time: NOW, now: NOW, nonce };
    engine.process(raw, &mut out);
    String::from_utf8_lossy(out.bytes()).into_owned()
}

/// True for each engine, of the bare and of the wrapped example, in which the rule fires.
fn read(
    bare: &mut Engine,
    wrapped: &mut Engine,
    example: &Example,
    wanted: &str,
    source: Option<&str>,
    wrap: &impl Fn(&str, &Value) -> String,
) -> (bool, bool) {
    let lines = example.input.lines().map(str::trim).filter(|line| !line.is_empty());
    let (mut by_bare, mut by_wrapped) = (false, false);
    for (line, nonce) in lines.zip(0..) {
        let Ok(event @ Value::Object(_)) = serde_json::from_str(line) else {
            continue;
        };
        let out = answer(bare, line, nonce);
        by_bare |= out.contains(wanted);
        // An example may be of another source of the rule's, or be wrapped already: a line of text under a key of a shipper's.
        let is_line = event
            .as_object()
            .is_some_and(|object| object.len() == 1 && object.values().all(Value::is_string));
        let is_whole =
            !is_line && source.is_none_or(|id| out.contains(&format!("\"source\":\"{id}\"")));
        let record = if is_whole { wrap(line, &event) } else { line.to_owned() };
        by_wrapped |= answer(wrapped, &record, nonce).contains(wanted);
    }
    (by_bare, by_wrapped)
}

/// Asserts that rules fire on their examples in the wrapping as they fire on the bare ones: of one source, or of all. Both series are read by an engine each,
/// so that what one example leaves behind is the same for the next; of one source, a rule's by engines of their own, for in a wrapping other rules may fire too.
fn assert_alike(source: Option<&str>, least: usize, wrap: impl Fn(&str, &Value) -> String) {
    let (mut bare, mut wrapped) = (engine(ALL_RULES), engine(ALL_RULES));
    let (mut fired, mut missed) = (0usize, Vec::new());
    let of_source = |rule: &&RuleDoc| source.is_none_or(|id| rule.sources.iter().any(|s| s == id));
    for rule in rules().iter().filter(of_source) {
        if source.is_some() {
            (bare, wrapped) = (engine(&only(rule)), engine(&only(rule)));
        }
        let wanted = format!("\"rule\":\"{}\"", rule.id);
        for example in &rule.examples {
            let mut found = read(&mut bare, &mut wrapped, example, &wanted, source, &wrap);
            // What an earlier example left behind in one series alone is no difference.
            if found.0 != found.1 {
                let (mut bare, mut wrapped) = (engine(&only(rule)), engine(&only(rule)));
                found = read(&mut bare, &mut wrapped, example, &wanted, source, &wrap);
            }
            fired += usize::from(found.0);
            if found.0 != found.1 {
                missed.push(format!("{}: {} {}", rule.id, found.0, example.input));
            }
        }
    }
    assert!(missed.is_empty(), "{} of {fired}:\n{}", missed.len(), missed.join("\n"));
    assert!(fired >= least, "only {fired} fired");
}

fn has(event: &Value, keys: &[&str]) -> bool {
    keys.iter().any(|key| event.get(key).is_some())
}

#[test]
fn microsoft_365_as_search_unified_audit_log_exports_it() {
    assert_alike(Some("m365.audit"), 20, |line, event| {
        if has(event, &["AuditData", "o365audit"]) {
            return line.to_owned();
        }
        json!({
            "CreationDate": "2026-01-15T11:59:00Z",
            "UserIds": event.get("UserId").unwrap_or(&json!("ann@example.com")),
            "Operations": event.get("Operation"),
            "AuditData": line,
        })
        .to_string()
    });
}

#[test]
fn microsoft_365_as_filebeat_ships_it() {
    assert_alike(Some("m365.audit"), 20, |line, event| {
        match has(event, &["AuditData", "o365audit"]) {
            true => line.to_owned(),
            false => {
                json!({ "@timestamp": "2026-01-15T11:59:00Z", "o365audit": event }).to_string()
            }
        }
    });
}

#[test]
fn kubernetes_as_the_control_plane_of_aks_logs_it() {
    assert_alike(Some("kubernetes.audit"), 50, |line, event| {
        match has(event, &["category", "Category"]) {
            true => line.to_owned(),
            false => json!({
                "category": "kube-audit",
                "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
                "time": "2026-01-15T11:59:00Z",
                "properties": { "log": line, "stream": "stdout", "pod": "kube-apiserver-1" },
            })
            .to_string(),
        }
    });
}

#[test]
fn kubernetes_as_log_analytics_exports_it() {
    assert_alike(Some("kubernetes.audit"), 50, |line, event| {
        match has(event, &["category", "Category"]) {
        true => line.to_owned(),
        false => json!({ "Category": "kube-audit", "TimeGenerated": "2026-01-15T11:59:00Z", "log_s": line }).to_string(),
    }
    });
}

#[test]
fn any_event_as_lookup_events_answers() {
    assert_alike(None, 700, |line, _| {
        json!({ "EventId": "1", "EventName": "x", "Username": "u", "CloudTrailEvent": line })
            .to_string()
    });
}

#[test]
fn any_event_as_text_of_a_shipper() {
    assert_alike(None, 700, |line, _| json!({ "log": line }).to_string());
}

#[test]
fn any_event_as_text_of_graylog() {
    assert_alike(None, 700, |line, _| {
        json!({ "version": "1.1", "host": "h", "short_message": line }).to_string()
    });
}

#[test]
fn any_event_as_full_text_of_graylog() {
    assert_alike(None, 700, |line, _| {
        json!({ "version": "1.1", "host": "h", "short_message": "x", "full_message": line })
            .to_string()
    });
}

#[test]
fn any_event_in_base64() {
    use base64::Engine as _;
    assert_alike(None, 700, |line, _| {
        json!({ "publishTime": "2026-01-15T11:59:00Z", "data": base64::engine::general_purpose::STANDARD.encode(line), "messageId": "1" }).to_string()
    });
}

#[test]
fn any_event_behind_a_header_of_syslog() {
    assert_alike(None, 700, |line, _| format!("<13>Jan 15 11:59:00 relay forward: {line}"));
}

#[test]
fn any_event_behind_the_header_of_a_container_runtime() {
    assert_alike(None, 700, |line, _| {
        json!({ "log": format!("2026-01-15T11:59:00.000000000Z stdout F {line}") }).to_string()
    });
}

#[test]
fn any_event_wrapped_twice() {
    assert_alike(None, 700, |line, _| {
        json!({ "message": json!({ "log": line }).to_string() }).to_string()
    });
}

/// System values of Windows events; what else a flat example has is the event's data.
const SYSTEM: [&str; 12] = [
    "EventID",
    "Channel",
    "Computer",
    "EventRecordID",
    "TimeCreated",
    "ProviderName",
    "Provider",
    "SourceName",
    "Keywords",
    "UserID",
    "Level",
    "Message",
];

/// A flat example in another collector's shape, by its system values and its data; any other example as it is.
fn assert_alike_on_windows(wrap: impl Fn(&dyn Fn(&str) -> String, &[(&str, String)]) -> String) {
    assert_alike(Some("windows.security"), 150, |line, event| {
        let is_flat = |value: &Value| !value.is_object() && !value.is_array();
        let Some(members) = event.as_object().filter(|members| {
            members.values().all(is_flat)
                && has(event, &["EventID"])
                && has(event, &["Channel"])
                && !has(event, &["Message"])
        }) else {
            return line.to_owned();
        };
        let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let system = |name: &str| {
            let names: &[&str] = match name {
                "ProviderName" => &["ProviderName", "Provider", "SourceName"],
                name => &[name],
            };
            names.iter().find_map(|name| members.get(*name)).map(text).unwrap_or_default()
        };
        let data: Vec<(&str, String)> = members
            .iter()
            .filter(|(name, _)| !SYSTEM.contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), text(value)))
            .collect();
        wrap(&system, &data)
    });
}

#[test]
fn windows_events_as_xml() {
    let escaped = |text: &str| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;")
    };
    assert_alike_on_windows(|system, data| {
        let of = |name: &str| escaped(&system(name));
        let data: String = data
            .iter()
            .map(|(name, value)| format!("<Data Name='{name}'>{}</Data>", escaped(value)))
            .collect();
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{}'/><EventID>{}</EventID><Keywords>{}</Keywords><TimeCreated SystemTime='{}'/><EventRecordID>{}</EventRecordID><Channel>{}</Channel><Computer>{}</Computer><Security UserID='{}'/></System><EventData>{data}</EventData></Event>",
            of("ProviderName"),
            of("EventID"),
            of("Keywords"),
            of("TimeCreated"),
            of("EventRecordID"),
            of("Channel"),
            of("Computer"),
            of("UserID"),
        )
    });
}

#[test]
fn windows_events_as_wazuh_has_them() {
    assert_alike_on_windows(|system, data| {
        let small = |name: &str| {
            let (first, rest) = name.split_at(1);
            format!("{}{rest}", first.to_lowercase())
        };
        let data: serde_json::Map<String, Value> =
            data.iter().map(|(name, value)| (small(name), json!(value))).collect();
        json!({
            "timestamp": "2026-01-15T11:59:00.000+0000",
            "agent": { "id": "001", "name": "pc1" },
            "decoder": { "name": "windows_eventchannel" },
            "data": { "win": {
                "system": {
                    "providerName": system("ProviderName"),
                    "eventID": system("EventID"),
                    "keywords": system("Keywords"),
                    "systemTime": system("TimeCreated"),
                    "eventRecordID": system("EventRecordID"),
                    "channel": system("Channel"),
                    "computer": system("Computer"),
                    "userID": system("UserID"),
                },
                "eventdata": data,
            } },
            "location": "EventChannel",
        })
        .to_string()
    });
}

#[test]
fn windows_events_as_opentelemetry_has_them() {
    assert_alike_on_windows(|system, data| {
        let data: Vec<Value> = data
            .iter()
            .map(|(name, value)| {
                Value::Object([((*name).to_owned(), json!(value))].into_iter().collect())
            })
            .collect();
        json!({
            "body": {
                "event_id": { "id": system("EventID").parse::<u64>().ok(), "qualifiers": 0 },
                "provider": { "name": system("ProviderName"), "guid": "" },
                "channel": system("Channel"),
                "computer": system("Computer"),
                "system_time": system("TimeCreated"),
                "record_id": system("EventRecordID"),
                "keywords": [system("Keywords")],
                "security": { "user_id": system("UserID") },
                "event_data": { "data": data },
            },
            "attributes": {},
            "resource": {},
        })
        .to_string()
    });
}
