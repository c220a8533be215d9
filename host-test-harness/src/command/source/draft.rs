//! A draft of a pack from a sample of a log: `auditward source new`.

use super::lines::{self, Lines};
use crate::command::Outcome;
use crate::evaluated::Reader;
use crate::mode::native::{self, Native};
use crate::mode::{Input, Mode, Setup};
use crate::wording::counted;
use crate::{format, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use auditward_core::source;
use auditward_core::vocabulary::class_of;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Fields by what keys are mostly called, the most telling name first. A name matches the whole path or its end.
const NAMES: &[(&str, &[&str])] = &[
    ("id", &["event.id", "eventid", "event_id", "uuid", "log_id", "insertid", "id"]),
    (
        "actor.id",
        &[
            "actor.id",
            "user.id",
            "principal.id",
            "subject.id",
            "who.id",
            "userid",
            "user_id",
            "actor_id",
            "uid",
            "accountid",
        ],
    ),
    (
        "actor.name",
        &[
            "actor.name",
            "user.name",
            "username",
            "user_name",
            "login",
            "actor",
            "user",
            "principal",
        ],
    ),
    ("actor.email", &["actor.email", "user.email", "useremail", "user_email", "email", "mail"]),
    (
        "action.name",
        &[
            "eventname",
            "event_name",
            "eventtype",
            "event_type",
            "event.action",
            "action.name",
            "action",
            "operation",
            "verb",
            "event",
            "activity",
            "op",
            "what",
            "type",
        ],
    ),
    (
        "target.id",
        &[
            "target.id",
            "resource.id",
            "resourceid",
            "resource_id",
            "object.id",
            "obj.id",
            "entity.id",
            "object_id",
            "objectid",
            "target_id",
            "object.ref",
        ],
    ),
    (
        "target.name",
        &[
            "target.name",
            "resource.name",
            "resourcename",
            "object.name",
            "object.label",
            "obj.name",
            "obj.key",
            "resource",
            "object",
            "target",
            "obj",
        ],
    ),
    (
        "target.type",
        &[
            "target.type",
            "resource.type",
            "resourcetype",
            "resource_type",
            "object.type",
            "object.kind",
            "object.class",
            "obj.type",
            "obj.kind",
            "target.kind",
            "object_type",
            "entity_type",
        ],
    ),
    (
        "origin.ip",
        &[
            "client.ipaddress",
            "ipaddress",
            "ip_address",
            "source_ip",
            "sourceip",
            "client_ip",
            "clientip",
            "remote_addr",
            "remoteip",
            "src_ip",
            "client.addr",
            "client.address",
            "address",
            "addr",
            "ip",
        ],
    ),
    ("origin.user_agent", &["useragent", "user_agent", "rawuseragent", "agent"]),
    ("outcome.result", &["outcome.result", "result", "outcome", "res", "status", "success", "ok"]),
    (
        "outcome.reason",
        &["outcome.reason", "reason", "error_message", "errormessage", "error", "message"],
    ),
    (
        "request.id",
        &[
            "requestid",
            "request_id",
            "correlationid",
            "correlation_id",
            "traceid",
            "trace_id",
            "trace",
        ],
    ),
    (
        "env.account",
        &["account_id", "tenantid", "tenant_id", "org_id", "organization_id", "org", "tenant"],
    ),
    ("env.region", &["region"]),
    ("actor.session", &["sessionid", "session_id", "externalsessionid", "session"]),
];
const TIMES: &[&str] = &[
    "timestamp",
    "@timestamp",
    "published",
    "eventtime",
    "event_time",
    "time",
    "created_at",
    "createdat",
    "creationtime",
    "date",
    "ts",
    "when",
    "at",
    "occurred_at",
    "occurredat",
];
/// Keys whose values say how a record is logged, not whose it is.
const LEVELS: &[&str] = &["level", "lvl", "severity", "loglevel", "log_level", "priority", "env"];
/// Distinct values of an action's name that a draft classifies.
const MOST_ACTIONS: usize = 40;
/// Records of a sample that are read.
const MOST_RECORDS: u64 = 1000;

/// The scalar values of a sample, by path.
type Seen = BTreeMap<String, Held>;

/// The values at a path: how many records have one, the first of them, and whether others differ from it.
struct Held {
    count: usize,
    first: Value,
    varies: bool,
    /// Distinct texts, as many as a draft may classify.
    texts: BTreeSet<String>,
}

/// Drafts the pack and names what it lacks.
pub(super) fn new(file: &Path, id: &str) -> Result<Outcome> {
    let (mut records, texts) = sample(file)?;
    let lines = if records.is_empty() { lines::of(&texts) } else { None };
    if let Some(lines) = &lines {
        records.clone_from(&lines.records);
    }
    let Some(first) = records.first() else {
        bail!(
            "{} has no JSON object among its first {MOST_RECORDS} records, and its lines have no common form; write a pack with a pattern for each form (docs/packs.md, Lines of text)",
            file.display()
        )
    };
    let mut seen = Seen::new();
    records.iter().for_each(|record| gather(record, &mut seen));
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    if id.is_empty() || !id.bytes().all(fits) || source::ALL.iter().any(|source| source.id == id) {
        bail!(
            "`{id}` cannot be the id of a pack: write VENDOR.PRODUCT in small letters, digits and `_.-`"
        );
    }
    if auditward_core::pack::built_in().iter().any(|pack| pack.source == id) {
        terminal::say(format_args!(
            "warning: `{id}` is a built-in source, and a pack of this name replaces it"
        ));
    }
    let looked_at: Vec<Vec<u8>> = match &lines {
        Some(_) => texts.iter().take(LOOKED_AT).map(|line| line.as_bytes().to_vec()).collect(),
        None => records.iter().take(LOOKED_AT).map(serde_json::to_vec).collect::<Result<_, _>>()?,
    };
    if let Some((known, count)) = known(&looked_at)? {
        terminal::say(format_args!(
            "warning: the built-in source `{known}` reads {count} of the first {}; `auditward source show {known}` shows its fields",
            counted(looked_at.len() as u64, "record")
        ));
    }
    let example = lines.as_ref().map_or_else(|| first.to_string(), |lines| lines.example.clone());
    let (draft, gaps) = draft(id, &example, &seen, records.len(), lines.as_ref());
    terminal::print(draft)?;
    if let Some(lines) = &lines {
        terminal::say(format_args!(
            "`text` is drafted from the lines and reads {} of {}: name its fields, and add a pattern for each other form (docs/packs.md, Lines of text)",
            lines.records.len(),
            lines.of
        ));
    }
    if !gaps.is_empty() {
        terminal::say(format_args!(
            "no field of the sample resembles {}: add it from the vendor's documentation",
            gaps.join(", ")
        ));
    }
    Ok(Outcome::Fine)
}

/// Records of a sample that are held against the built-in sources.
const LOOKED_AT: usize = 20;

/// The built-in source that reads most of the first records, and how many: whoever has one needs no pack.
fn known(records: &[Vec<u8>]) -> Result<Option<(String, usize)>> {
    let policy = Policy::default();
    let (mut native, reader) = (Native::new(&Setup::default())?, Reader::new(&policy));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (nonce, bytes) in records.iter().enumerate() {
        let time_ms = native::now_ms();
        let answer = native.process(Input { tag: "", time_ms, nonce: nonce as u64, bytes })?;
        if let Some(source) = reader.read(&answer).source {
            *counts.entry(source).or_default() += 1;
        }
    }
    Ok(counts.into_iter().max_by_key(|(_, count)| *count))
}

/// The first records of a file in any format that `replay` reads: objects, and lines of text.
fn sample(file: &Path) -> Result<(Vec<Value>, Vec<String>)> {
    let (input, format) = format::open(file)?;
    let (mut records, mut sample, mut lines) = (format.records(input)?, Vec::new(), Vec::new());
    while records.count < MOST_RECORDS
        && let Some(record) =
            records.next().with_context(|| format!("{} cannot be read", file.display()))?
    {
        match serde_json::from_slice(record) {
            Ok(value @ Value::Object(_)) => sample.push(value),
            _ => lines.extend(
                std::str::from_utf8(record)
                    .ok()
                    .filter(|line| !line.trim().is_empty())
                    .map(str::to_owned),
            ),
        }
    }
    Ok((sample, lines))
}

/// Goes through a record without recursion.
fn gather(record: &Value, seen: &mut Seen) {
    let mut open = vec![(String::new(), record)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(members) => open.extend(members.iter().map(|(key, value)| {
                let key: String = key
                    .chars()
                    .flat_map(|letter| {
                        if ".[]:\\=".contains(letter) { vec!['\\', letter] } else { vec![letter] }
                    })
                    .collect();
                (if path.is_empty() { key } else { format!("{path}.{key}") }, value)
            })),
            Value::Array(items) => {
                open.extend(items.first().map(|item| (format!("{path}[]"), item)))
            }
            Value::Null => {}
            value => {
                let first = || Held {
                    count: 0,
                    first: value.clone(),
                    varies: false,
                    texts: BTreeSet::new(),
                };
                let held = seen.entry(path).or_insert_with(first);
                held.count += 1;
                held.varies |= held.first != *value;
                if let Some(text) = value.as_str().filter(|text| !text.is_empty())
                    && held.texts.len() <= MOST_ACTIONS
                {
                    held.texts.insert(text.to_owned());
                }
            }
        }
    }
}

/// The draft as text, and the fields that nothing in the sample resembles.
fn draft(
    id: &str,
    example: &str,
    seen: &Seen,
    records: usize,
    lines: Option<&Lines>,
) -> (String, Vec<&'static str>) {
    let Rows { text: rows, mapped, mut gaps } = rows(seen);
    let own_time = lines.and_then(|lines| lines.time.clone());
    let time = own_time.or_else(|| time_row(seen)).unwrap_or_else(|| {
        gaps.push("time");
        "# time = \"\"  # no field of the sample resembles it\n".to_owned()
    });
    let conditions = conditions(seen, records, &mapped, lines.is_some()).join(", ");
    let example = example.replace("'''", "''");
    let form = lines.map_or_else(String::new, |lines| format!("{}\n", lines.text));
    let text = format!(
        "source = \"{id}\"\ntitle = \"\"\ndocs = \"https://\"\n{form}# Keep what only this vendor's records have.\nmatch = {{ {conditions} }}\n{time}\n[fields]\n{rows}\n\
         [[example]]\ntitle = \"\"\ninput = '''{example}'''\nexpect = {{}}\n"
    );
    (text, gaps)
}

/// The rows of `[fields]`.
struct Rows<'s> {
    text: String,
    /// Paths that a row reads.
    mapped: Vec<&'s String>,
    /// Important fields without a path.
    gaps: Vec<&'static str>,
}

/// Fields that a draft mentions even if nothing in the sample resembles them.
const IMPORTANT: [&str; 4] = ["actor.name", "action.name", "origin.ip", "outcome.result"];

fn rows(seen: &Seen) -> Rows<'_> {
    let mut rows = Rows { text: String::new(), mapped: Vec::new(), gaps: Vec::new() };
    for (field, names) in NAMES {
        let by_name = names.iter().find_map(|name| best(name, field, seen));
        match by_name.or_else(|| by_kind(field, seen)) {
            None if IMPORTANT.contains(field) => {
                rows.gaps.push(*field);
                rows.text.push_str(&format!(
                    "# \"{field}\" = \"\"  # no field of the sample resembles it\n"
                ));
            }
            None => {}
            Some(path) => {
                rows.mapped.push(path);
                let row = format!("\"{field}\" = {}  # {}\n", quoted(path), shown(seen, path));
                rows.text.push_str(&row);
                if *field == "action.name" {
                    rows.text.push_str(&classes(path, seen));
                }
            }
        }
    }
    rows
}

/// The row of the record's time, if a path has one.
fn time_row(seen: &Seen) -> Option<String> {
    let by_name = TIMES.iter().find_map(|name| best(name, "time", seen));
    let path = by_name.or_else(|| by_kind("time", seen))?;
    let format = format_of(seen, path);
    Some(format!("time = {{ path = {}, format = \"{format}\" }}\n", quoted(path)))
}

/// Conditions of a draft: as many as identify a source by rule of thumb.
const MOST_CONDITIONS: usize = 3;

/// Conditions by which a record is of the source: of keys that each record of the sample has.
fn conditions(seen: &Seen, records: usize, mapped: &[&String], are_lines: bool) -> Vec<String> {
    // Of lines, dates and times are of the log as well: a sample of one day has one date.
    let is_of_log = |path: &str| are_lines && ["date", "clock", "stamp"].contains(&path);
    let is_level = |path: &str| {
        LEVELS.contains(&path.rsplit('.').next().unwrap_or(path).to_lowercase().as_str())
    };
    let is_found = |path: &str, held: &Held| {
        held.count == records && !path.contains('[') && !is_of_log(path) && !is_level(path)
    };
    // A text that is the same in several records identifies them better than the presence of a key, unless it is the value of a field.
    let constant = |path: &String, held: &Held| {
        let text = held.first.as_str().filter(|text| !text.is_empty())?;
        (records > 1 && !held.varies && !mapped.contains(&path)).then(|| quoted(text))
    };
    let found = seen.iter().filter(|(path, held)| is_found(path, held));
    let mut conditions: Vec<(&String, Option<String>)> =
        found.map(|(path, held)| (path, constant(path, held))).collect();
    // Packs are indexed by keys at the root of the record: those come first.
    conditions.sort_by_key(|(path, constant)| (constant.is_none(), path.contains('.')));
    conditions
        .into_iter()
        .take(MOST_CONDITIONS)
        .map(|(path, constant)| {
            format!("{} = {}", quoted(path), constant.as_deref().unwrap_or("\"*\""))
        })
        .collect()
}

/// The path whose end is the name, of the value's kind that the field has; the shortest of several.
fn best<'s>(name: &str, field: &str, seen: &'s Seen) -> Option<&'s String> {
    let is_like = |path: &str| {
        let path = path.replace("[]", "").to_lowercase();
        // An `id` within another object identifies that object, not the event.
        path == name
            || (field, name) != ("id", "id")
                && path.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
    };
    let fits = |value: &Value| match field {
        "origin.ip" => value.as_str().is_some_and(|text| {
            text.parse::<std::net::IpAddr>().is_ok() || text.contains(':') || text.contains('.')
        }),
        "actor.email" => value.as_str().is_some_and(|text| text.contains('@')),
        "time" => value.is_string() || is_time(value),
        _ => true,
    };
    seen.iter()
        .filter(|(path, held)| is_like(path) && fits(&held.first))
        .map(|(path, _)| path)
        .min_by_key(|path| path.len())
}

/// The path of a field whose values are told by their kind, whatever they are called.
fn by_kind<'s>(field: &str, seen: &'s Seen) -> Option<&'s String> {
    let is_address = |value: &Value| {
        value.as_str().is_some_and(|text| {
            text.parse::<std::net::IpAddr>().is_ok() || text.parse::<std::net::SocketAddr>().is_ok()
        })
    };
    let is_meant = |value: &Value| match field {
        "origin.ip" => is_address(value),
        "time" => is_time(value),
        _ => false,
    };
    seen.iter().find(|(_, held)| is_meant(&held.first)).map(|(path, _)| path)
}

/// A date and time as text, or a number of seconds or their fractions since 1970 that is a time of this century.
fn is_time(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let bytes = text.as_bytes();
            let is_date = bytes.get(..10).is_some_and(|date| {
                date.iter().enumerate().all(|(at, byte)| match at {
                    4 | 7 => *byte == b'-',
                    _ => byte.is_ascii_digit(),
                })
            });
            is_date && bytes.get(10).is_some_and(|byte| b"T ".contains(byte))
        }
        Value::Number(number) => {
            let seconds = number.as_f64().unwrap_or_default();
            [1.0, 1e3, 1e6, 1e9].iter().any(|unit| (1e9..4.1e9).contains(&(seconds / unit)))
        }
        _ => false,
    }
}

/// The lookup table of the action's class, drafted from the words in the actions' names.
fn classes(path: &str, seen: &Seen) -> String {
    let Some(held) = seen.get(path).filter(|held| !held.texts.is_empty()) else {
        return String::new();
    };
    let rows: Vec<String> = held
        .texts
        .iter()
        .take(MOST_ACTIONS)
        .map(|text| {
            let class = class_of(text.as_bytes()).map_or("other", |class| class.word());
            format!("{} = \"{class}\"", quoted(text))
        })
        .collect();
    format!(
        "# Guessed from the names in the sample: check each, and add the other actions of the vendor's documentation.\n\"action.class\" = {{ path = {}, values = {{ {} }}, default = \"other\" }}\n",
        quoted(path),
        rows.join(", ")
    )
}

fn format_of(seen: &Seen, path: &str) -> &'static str {
    match seen.get(path).map(|held| &held.first) {
        Some(Value::Number(number)) => match number.as_f64().unwrap_or_default() {
            1e17.. => "unix_ns",
            1e14.. => "unix_us",
            1e11.. => "unix_ms",
            _ => "unix",
        },
        // A blank in place of the `T`, with or without a fraction of a second.
        Some(Value::String(text)) if text.as_bytes().get(10) == Some(&b' ') => {
            if text.get(19..).is_some_and(|rest| rest.starts_with('.')) {
                "%Y-%m-%d %H:%M:%S.%f"
            } else {
                "%Y-%m-%d %H:%M:%S"
            }
        }
        _ => "rfc3339",
    }
}

fn shown(seen: &Seen, path: &str) -> String {
    let value = seen.get(path).map(|held| held.first.to_string()).unwrap_or_default();
    value.chars().take(60).filter(|letter| !letter.is_control()).collect()
}

pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy_text::mapping::read_pack;

    #[test]
    fn an_address_is_found_by_its_kind() {
        let record: Value = serde_json::json!({"what": "view", "from": "192.0.2.1", "ok": true, "who": {"login": "ann"}});
        let mut seen = Seen::new();
        gather(&record, &mut seen);
        let (text, gaps) = draft("acme.app", &record.to_string(), &seen, 1, None);
        assert_eq!(gaps, ["time"]);
        for part in [
            "\"origin.ip\" = \"from\"",
            "\"action.name\" = \"what\"",
            "\"outcome.result\" = \"ok\"",
            "\"actor.name\" = \"who.login\"",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn a_constant_and_short_names_are_found() {
        let record = |verb: &str| serde_json::json!({"svc": "bolt", "when": 1795860000123u64, "op": verb, "client": {"addr": "10.0.0.5:53211"}, "res": "ok", "obj": {"key": "a"}});
        let mut seen = Seen::new();
        [record("put"), record("get")].iter().for_each(|record| gather(record, &mut seen));
        let (text, _) = draft("acme.bolt", &record("put").to_string(), &seen, 2, None);
        for part in [
            "match = { \"svc\" = \"bolt\"",
            "time = { path = \"when\", format = \"unix_ms\" }",
            "\"action.name\" = \"op\"",
            "\"origin.ip\" = \"client.addr\"",
            "\"outcome.result\" = \"res\"",
            "\"target.name\" = \"obj.key\"",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn what_only_looks_like_an_id_or_a_constant_is_left_out() {
        let record = |verb: &str| serde_json::json!({"app": "ledger", "lvl": "info", "msg": "", "at": 1767225600123u64, "event": verb, "object": {"kind": "entry", "id": "E-1"}});
        let mut seen = Seen::new();
        ["entry.view", "entry.void", "role.assign"]
            .iter()
            .for_each(|verb| gather(&record(verb), &mut seen));
        let (text, gaps) = draft("acme.ledger", &record("entry.view").to_string(), &seen, 3, None);
        for part in [
            "match = { \"app\" = \"ledger\"",
            "time = { path = \"at\", format = \"unix_ms\" }",
            "\"target.id\" = \"object.id\"",
            "\"target.type\" = \"object.kind\"",
            "\"entry.view\" = \"read\"",
            "\"role.assign\" = \"grant\"",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        for part in ["\"lvl\"", "\"msg\" = \"\"", "\n\"id\" = "] {
            assert!(!text.split("[[example]]").next().unwrap().contains(part), "{part} in\n{text}");
        }
        assert_eq!(gaps, ["actor.name", "origin.ip", "outcome.result"]);
        read_pack(&text).unwrap_or_else(|issues| panic!("{issues:#?}\n{text}"));
    }

    #[test]
    fn a_draft_of_lines_is_a_pack_that_reads_them() {
        let lines: Vec<String> = ["VIEW ip=198.51.100.7 res=OK", "LOGIN ip=203.0.113.9 res=FAILED"]
            .map(|rest| format!("2026-03-02 09:14:03,221 INFO [ledger] user=\"mira.k\" op={rest}"))
            .to_vec();
        let found = lines::of(&lines).unwrap();
        let mut seen = Seen::new();
        found.records.iter().for_each(|record| gather(record, &mut seen));
        let (text, gaps) = draft("acme.ledger", &found.example, &seen, 2, Some(&found));
        assert!(gaps.is_empty(), "{gaps:?}\n{text}");
        for part in [
            "text = { form = \"kv\", after = ",
            "time = { join = [\"date\", \"clock\"]",
            "\"actor.name\" = \"user\"",
            "\"action.name\" = \"op\"",
            "\"origin.ip\" = \"ip\"",
            "\"outcome.result\" = \"res\"",
            "match = { \"ip\" = \"*\", \"op\" = \"*\"",
            "input = '''2026-03-02 09:14:03,221",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        let pack = read_pack(&text).unwrap_or_else(|issues| panic!("{issues:#?}\n{text}"));
        assert!(!pack.text.is_empty());
    }

    #[test]
    fn a_draft_is_a_pack_and_names_its_gaps() {
        let record: Value = serde_json::json!({"event_type": "login", "user": {"name": "ann", "id": 7}, "ts": 1767225600000u64, "a.b": 1, "client_ip": "192.0.2.1"});
        let mut seen = Seen::new();
        gather(&record, &mut seen);
        let (text, gaps) = draft("acme.app", &record.to_string(), &seen, 1, None);
        assert_eq!(gaps, ["outcome.result"]);
        for part in [
            "\"action.name\" = \"event_type\"",
            "\"actor.name\" = \"user.name\"",
            "format = \"unix_ms\"",
            "\"origin.ip\" = \"client_ip\"",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        let pack = read_pack(&text).unwrap_or_else(|issues| panic!("{issues:#?}\n{text}"));
        assert_eq!(pack.source, "acme.app");
    }
}
