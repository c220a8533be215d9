//! The company's own CRM: JSON that no source knows, read by the mapping in the demo's policy.

use super::Log;
use super::company::Person;
use crate::calendar::rfc3339;
use auditward_core::time::Millis;
use serde_json::json;

/// Action, its target, and the number of rows.
pub fn act(
    log: &mut Log,
    time: Millis,
    person: &Person,
    ip: &str,
    verb: &str,
    object: (&str, String),
    rows: u64,
) {
    let user = json!({ "login": person.login, "email": person.email() });
    entry(log, time, user, ip, verb, object, rows);
}

/// As above, by a service account, which has no mail address.
pub fn serve(
    log: &mut Log,
    time: Millis,
    login: &str,
    ip: &str,
    verb: &str,
    object: (&str, String),
    rows: u64,
) {
    entry(log, time, json!({ "login": login }), ip, verb, object, rows);
}

fn entry(
    log: &mut Log,
    time: Millis,
    user: serde_json::Value,
    ip: &str,
    verb: &str,
    (kind, id): (&str, String),
    rows: u64,
) {
    let event = log.uuid();
    let entry = json!({
        "app": "crm", "ts": rfc3339(time), "event": event, "user": user, "verb": verb, "object": { "type": kind, "id": id }, "rows": rows, "ip": ip, "status": "ok",
    });
    log.add(time, entry.to_string());
}

/// One of eighteen thousand.
pub fn contact(log: &mut Log) -> (&'static str, String) {
    ("contact", format!("contact/{}", log.chance.u32(10_000..28_000)))
}

pub fn deal(log: &mut Log) -> (&'static str, String) {
    ("deal", format!("deal/{}", log.chance.u32(500..3_000)))
}
