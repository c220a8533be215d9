//! Every VRL program in `examples/vector` compiles without a warning and runs on events as its source makes them; what they make goes through the
//! filter and comes to the webhook. The filter is the program in `AUDITWARD`, or the newest one in the workspace's `target`.

#![cfg(test)]

#[path = "../src/paged.rs"]
mod paged;

use paged::assert_paged;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, thread};
use vrl::compiler::runtime::Runtime;
use vrl::compiler::state::ExternalEnv;
use vrl::compiler::{CompileConfig, Program, TargetValue, TimeZone};
use vrl::value::kind::Collection;
use vrl::value::{Kind, Secrets};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn directory() -> PathBuf {
    workspace().join("examples/vector")
}

/// Every transform of every pipeline, by its name.
fn transforms() -> BTreeMap<String, Value> {
    let mut transforms = BTreeMap::new();
    for path in fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            let pipeline: Value = serde_saphyr::from_str(&text)
                .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            for (id, transform) in pipeline["transforms"].as_object().into_iter().flatten() {
                assert!(transforms.insert(id.clone(), transform.clone()).is_none(), "{id} twice");
            }
        }
    }
    transforms
}

/// A program of the examples, compiled as Vector compiles it.
struct Vrl(Program);

impl Vrl {
    fn new(name: &str, source: &str) -> Vrl {
        let compiled = vrl::compiler::compile(source, &vrl::stdlib::all());
        let compiled_as_any = compiled.unwrap_or_else(|problems| {
            panic!("{name}: {}", vrl::diagnostic::Formatter::new(source, problems))
        });
        assert!(
            compiled_as_any.warnings.is_empty(),
            "{name}: {}",
            vrl::diagnostic::Formatter::new(source, compiled_as_any.warnings)
        );
        // Where Vector knows the event's form (a message is text), what was fallible may not be any more, which it refuses too.
        let message = Kind::object(
            Collection::from(BTreeMap::from([("message".into(), Kind::bytes())]))
                .with_unknown(Kind::any()),
        );
        let known = ExternalEnv::new_with_kind(message, Kind::any_object());
        let compiled = vrl::compiler::compile_with_external(
            source,
            &vrl::stdlib::all(),
            &known,
            CompileConfig::default(),
        );
        if let Err(problems) = compiled {
            panic!(
                "{name}, with a message that is text: {}",
                vrl::diagnostic::Formatter::new(source, problems)
            );
        }
        Vrl(compiled_as_any.program)
    }

    /// Result for the event, and return value of the program.
    fn run(&self, event: &Value) -> (Value, Value) {
        let mut target = TargetValue {
            value: vrl::value::Value::from(event.clone()),
            metadata: vrl::value::Value::from(json!({})),
            secrets: Secrets::default(),
        };
        let given = Runtime::default().resolve(&mut target, &self.0, &TimeZone::default());
        let given = given.unwrap_or_else(|why| panic!("{why} on {event}"));
        (serde_json::to_value(target.value).unwrap(), serde_json::to_value(given).unwrap())
    }
}

/// Every program, by the name of its transform; conditions of routes by theirs too.
fn programs() -> BTreeMap<String, Vrl> {
    let mut programs = BTreeMap::new();
    for (id, transform) in transforms() {
        for source in
            [&transform["condition"], &transform["source"]].into_iter().flat_map(Value::as_str)
        {
            programs.insert(id.clone(), Vrl::new(&id, source));
        }
        for (route, condition) in transform["route"].as_object().into_iter().flatten() {
            programs.insert(format!("{id}.{route}"), Vrl::new(route, condition.as_str().unwrap()));
        }
    }
    programs
}

fn events() -> Vec<String> {
    let text = fs::read_to_string(workspace().join("examples/cloudtrail.ndjson")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn json_text(event: &Value) -> String {
    event["message"].as_str().unwrap_or_else(|| panic!("{event}")).to_owned()
}

/// Program under test: the one that `AUDITWARD` names, else the one that was built last.
fn auditward() -> PathBuf {
    if let Some(path) = env::var_os("AUDITWARD") {
        return path.into();
    }
    let built = |profile: &str| workspace().join("target").join(profile).join("auditward");
    let age = |path: &PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    let newest = [built("debug"), built("release")].into_iter().max_by_key(age).unwrap();
    assert!(
        newest.is_file(),
        "no program to test: run `cargo build` in the workspace first, or name one in AUDITWARD"
    );
    newest
}

/// All that `output.schema` takes, as the program explains it.
fn schemas() -> Vec<String> {
    let explained =
        Command::new(auditward()).args(["explain", "output.schema"]).output().unwrap().stdout;
    let explained = String::from_utf8(explained).unwrap();
    let names =
        explained.lines().find_map(|line| line.trim().strip_prefix("Takes one of ")).unwrap();
    let schemas: Vec<String> = names.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(schemas.len() > 1, "{explained}");
    schemas
}

/// Lines as the filter gives them back under a policy.
fn filtered(policy: &Path, lines: &str) -> String {
    let mut child = Command::new(auditward())
        .args(["replay", "-", "--quiet", "--policy"])
        .arg(policy)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = lines.to_owned();
    let writes = thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writes.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// As Vector's sources wrap a line.
fn wrapped(line: &str) -> Value {
    json!({ "message": line, "file": "/var/log/x", "host": "h", "source_type": "file", "timestamp": "2026-01-15T11:00:00Z" })
}

#[test]
fn every_program_compiles_and_makes_of_each_event_what_it_should() {
    let programs = programs();
    assert_eq!(programs.len(), 12, "{:?}", programs.keys());
    let sent = |name: &str, event: &Value| -> Value { programs[name].run(event).0 };
    // What comes is sent on as it came, JSON or not.
    for name in [
        "for_auditward_file",
        "for_auditward_http",
        "for_auditward_kubernetes_audit",
        "for_auditward_s3",
    ] {
        for line in [events()[0].as_str(), "not json", "[1]", "7", ""] {
            assert_eq!(sent(name, &wrapped(line)), json!({ "message": line }), "{name}");
        }
    }
    let bundle = format!("{{\"Records\":[{}]}}", events().join(","));
    let records = sent("for_auditward_s3", &wrapped(&bundle));
    assert_eq!(
        (records.as_array().unwrap().len(), json_in(&records[0])),
        (60, serde_json::from_str(&events()[0]).unwrap())
    );
    // One line for one event, whatever is in it.
    let line = "<38>Jan 15 11:00:00 host sshd[7]: Failed password for dana\n<38>forged from 192.0.2.1 port 22 ssh2";
    let syslog = sent("for_auditward_syslog", &wrapped(&format!("{line}\r\n\0")));
    assert_eq!(json_in(&syslog), json!({ "message": line, "host": "h" }));
    let mut container = wrapped("hello\nthere");
    container["kubernetes"] = json!({ "pod_namespace": "n", "pod_name": "p", "container_name": "c", "pod_node_name": "w", "pod_labels": { "a": "b" } });
    let containers = sent("for_auditward_kubernetes_containers", &container);
    let record = json_in(&containers);
    assert_eq!(
        (&record["message"], &record["kubernetes"]["pod"], &record["kubernetes"]["pod_labels"]),
        (&json!("hello\nthere"), &json!("p"), &Value::Null)
    );
    for event in [syslog, containers] {
        assert!(!event["message"].as_str().unwrap().contains('\n'), "{event}");
    }
}

/// The JSON that an event's message is.
fn json_in(event: &Value) -> Value {
    serde_json::from_str(event["message"].as_str().unwrap())
        .unwrap_or_else(|why| panic!("{why}: {event}"))
}

/// Alerts follow one key, whatever else of a record looks like it.
#[test]
fn what_pages_and_what_does_not() {
    let programs = programs();
    let passes = |line: &str| programs["with_finding"].run(&json!({ "message": line })).1 == true;
    let routes = |record: &Value| {
        let parsed = programs["parsed_findings"].run(&json!({ "message": record.to_string() })).0;
        assert_eq!(&parsed, record);
        ["by_severity.alert", "by_severity.page"]
            .map(|route| programs[route].run(&parsed).1 == true)
    };
    for (severity, wanted) in [
        ("low", [false, false]),
        ("medium", [true, false]),
        ("high", [true, true]),
        ("critical", [true, true]),
        ("other", [false, false]),
    ] {
        for record in [
            json!({ "audit_severity": severity }),
            json!({ "audit_severity": severity, "event": { "severity": 1 } }),
        ] {
            assert!(passes(&record.to_string()));
            assert_eq!(routes(&record), wanted, "{record}");
        }
    }
    for record in [
        json!({ "id": 1 }),
        json!({ "anomaly": { "severity": "critical" } }),
        json!({ "raw": { "audit_severity": "critical" } }),
        json!({ "raw": "\"audit_severity\":\"critical\"" }),
    ] {
        assert!(!passes(&record.to_string()) || routes(&record) == [false, false], "{record}");
    }
    let page = programs["page"].run(&json!({ "audit_severity": "high", "audit_message": "high: eve tries", "actor": { "name": "eve" }, "raw": {} })).0;
    assert_eq!(
        page,
        json!({ "text": "high: eve tries", "severity": "high", "id": null, "time": null, "actor": "eve", "origin": null })
    );
}

/// The route at the end of a line, and nothing that looks like it elsewhere.
#[test]
fn records_of_the_archive_are_told_by_the_end_of_their_line() {
    let programs = programs();
    let is_archived = |line: &str| {
        let (event, taken) = programs["by_route.archive"].run(&json!({ "message": line }));
        assert_eq!(event, json!({ "message": line }));
        taken == true
    };
    assert!(is_archived(r#"{"id":"a","module":{},"audit_route":"archive"}"#));
    for line in [
        r#"{"id":"a","module":{},"audit_route":"siem"}"#,
        r#"{"id":"a","module":{}}"#,
        r#"{"raw":{"audit_route":"archive"},"module":{}}"#,
        r#"{"raw":{"audit_route":"archive"}}"#,
        "",
    ] {
        assert!(!is_archived(line), "{line}");
    }
}

/// Webhook messages for the example's events under a policy, through the filter and the programs.
fn paged(programs: &BTreeMap<String, Vrl>, policy: &Path) -> Vec<Value> {
    let sent: Vec<String> = events()
        .iter()
        .map(|line| json_text(&programs["for_auditward_file"].run(&wrapped(line)).0))
        .collect();
    let back = filtered(policy, &sent.join("\n"));
    assert_eq!(back.lines().count(), 60);
    let mut paged = Vec::new();
    for line in back.lines() {
        // As the `http_server` source makes it an event.
        let event = json!({ "message": line, "path": "/", "source_type": "http_server", "timestamp": "2026-01-15T11:00:00Z" });
        if programs["with_finding"].run(&event).1 != true {
            assert!(!line.contains("\"anomaly\""), "{line}");
            continue;
        }
        let record = programs["parsed_findings"].run(&event).0;
        assert_eq!(record, serde_json::from_str::<Value>(line).unwrap());
        if programs["by_severity.page"].run(&record).1 == true {
            assert_eq!(programs["by_severity.alert"].run(&record).1, true);
            paged.push(programs["page"].run(&record).0);
        }
    }
    paged
}

#[test]
fn the_tour_pages_somebody() {
    assert_paged(&paged(&programs(), &directory().join("auditward.toml")));
}

#[test]
fn every_schema_and_layout_pages_alike() {
    let programs = programs();
    let texts =
        |pages: &[Value]| -> Vec<Value> { pages.iter().map(|page| page["text"].clone()).collect() };
    let tour = directory().join("auditward.toml");
    let wanted = texts(&paged(&programs, &tour));
    let own = tempfile::tempdir().unwrap();
    let policy = own.path().join("auditward.toml");
    for schema in schemas() {
        for layout in ["record", "annotate"] {
            fs::write(
                &policy,
                format!(
                    "{}\n[output]\nschema = \"{schema}\"\nlayout = \"{layout}\"\n",
                    fs::read_to_string(&tour).unwrap()
                ),
            )
            .unwrap();
            assert_eq!(texts(&paged(&programs, &policy)), wanted, "{schema} {layout}");
        }
    }
}
