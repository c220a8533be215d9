//! The pipelines for Vector in `examples/vector`: every VRL program in them compiles without a warning and runs on events as its source makes them;
//! what they make goes through the service and comes to the webhook. With a Vector on the PATH or in `VECTOR`, the real thing too.

use auditward::serve::{Options, Serving};
use auditward_tests::failed_login;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use vrl::compiler::runtime::Runtime;
use vrl::compiler::state::ExternalEnv;
use vrl::compiler::{CompileConfig, Program, TargetValue, TimeZone};
use vrl::value::kind::Collection;
use vrl::value::{Kind, Secrets};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/vector")
}

fn pipeline(name: &str) -> Value {
    let path = directory().join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

const NAMES: [&str; 7] = [
    "auditward.yaml",
    "file.yaml",
    "syslog.yaml",
    "kubernetes.yaml",
    "s3.yaml",
    "http.yaml",
    "receiver.yaml",
];

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
    for name in NAMES {
        for (id, transform) in pipeline(name)["transforms"].as_object().into_iter().flatten() {
            if let Some(condition) = transform["condition"].as_str() {
                programs.insert(id.clone(), Vrl::new(id, condition));
            }
            if let Some(source) = transform["source"].as_str() {
                programs.insert(id.clone(), Vrl::new(id, source));
            }
            for (route, condition) in transform["route"].as_object().into_iter().flatten() {
                programs
                    .insert(format!("{id}.{route}"), Vrl::new(route, condition.as_str().unwrap()));
            }
        }
    }
    programs
}

fn events() -> Vec<String> {
    fs::read_to_string(directory().join("../cloudtrail.ndjson"))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
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

/// From 0.57 on Vector takes `${...}` for what it says; by default it discards lines that auditward would read.
#[test]
fn every_version_of_vector_reads_the_pipelines() {
    for name in NAMES {
        let text = fs::read_to_string(directory().join(name)).unwrap();
        assert!(!text.contains("${"), "{name}");
        for (id, source) in pipeline(name)["sources"].as_object().into_iter().flatten() {
            let reads_lines = matches!(source["type"].as_str(), Some("file" | "kubernetes_logs"));
            let most = auditward_core::policy::Policy::default().output.max_record;
            assert!(!reads_lines || source["max_line_bytes"] == most, "{id}");
        }
    }
    assert!(directory().join(pipeline("auditward.yaml")["data_dir"].as_str().unwrap()).is_dir());
}

#[test]
fn every_input_is_there_and_nothing_is_forgotten_on_its_way() {
    let mut ids = BTreeSet::new();
    let mut inputs = Vec::new();
    for name in NAMES {
        let pipeline = pipeline(name);
        for kind in ["sources", "transforms", "sinks"] {
            for (id, component) in pipeline[kind].as_object().into_iter().flatten() {
                assert!(ids.insert(id.clone()), "{id} is there twice");
                inputs.extend(
                    component["inputs"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|input| input.as_str().unwrap().to_owned()),
                );
                let is_acknowledged = component["acknowledgements"]["enabled"] == true;
                assert!(
                    kind != "sinks" || is_acknowledged || id == "pager_prints",
                    "{id} is not acknowledged"
                );
            }
        }
    }
    for input in inputs {
        let (base, route) = input.split_once('.').unwrap_or((&input, ""));
        let is_there = match base.strip_suffix('*') {
            Some(start) => ids.iter().any(|id| id.starts_with(start)),
            None => ids.contains(base),
        };
        let routes = &pipeline("auditward.yaml")["transforms"][base];
        let is_rest = route == "_unmatched" && routes["reroute_unmatched"] != false;
        assert!(
            is_there && (route.is_empty() || is_rest || routes["route"][route].is_string()),
            "{input} is not there"
        );
    }
    let there = fs::read_dir(directory())
        .unwrap()
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "yaml"))
        .count();
    assert_eq!(there, NAMES.len(), "a pipeline that this test does not know");
}

/// Webhook messages for the example's events under a policy, through the service and the programs.
fn paged(programs: &BTreeMap<String, Vrl>, policy: &Path) -> Vec<Value> {
    let serving = Serving::start(Options {
        listen: ([127, 0, 0, 1], 0).into(),
        policy: Some(policy.to_owned()),
        ..Options::default()
    })
    .unwrap();
    let there: Vec<String> = events()
        .iter()
        .map(|line| {
            programs["for_auditward_file"].run(&wrapped(line)).0["message"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let back = posted(serving.address, &there.join("\n"));
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
    for schema in auditward_core::schema::IDS {
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

/// Pages about dana's account.
fn of_dana(paged: &[Value]) -> Vec<&Value> {
    paged.iter().filter(|page| page["actor"] == "dana").collect()
}

/// The password that is tried, and the break-in that follows.
fn assert_paged(paged: &[Value]) {
    let paged = of_dana(paged);
    assert_eq!(paged.len(), 2, "{paged:?}");
    for (page, (severity, words)) in paged.iter().zip([
        ("critical", "5 failed authentications against account 'dana'"),
        ("high", "'dana' got in after 8 failed"),
    ]) {
        assert_eq!(
            (&page["origin"], &page["severity"]),
            (&json!("198.51.100.23"), &json!(severity))
        );
        let text = page["text"].as_str().unwrap();
        assert!(text.starts_with(&format!("{severity}: ")) && text.contains(words), "{page}");
    }
}

fn posted(address: SocketAddr, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /v1/filter HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn vector() -> Option<PathBuf> {
    let named = env::var_os("VECTOR").map(PathBuf::from);
    let found = named.or_else(|| {
        env::split_paths(&env::var_os("PATH")?)
            .map(|directory| directory.join("vector"))
            .find(|path| path.is_file())
    });
    if found.is_none() {
        println!("SKIPPED: no Vector; set VECTOR or put vector on the PATH");
    }
    found
}

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn auditward_binary() -> Option<PathBuf> {
    // Beside this test, where `cargo test --workspace` puts it.
    let path = env::current_exe().ok()?.parent()?.parent()?.join("auditward");
    path.is_file().then_some(path)
}

fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The tour's pipelines in a directory and on ports of their own, with a real Vector and a real filter.
struct Tour {
    directory: TempDir,
    vector: PathBuf,
    auditward: PathBuf,
    /// Where the filter listens, where Vector takes its answers, and where the webhook would be.
    ports: [u16; 3],
}

impl Tour {
    /// `None` where there is no Vector.
    fn new() -> Option<Tour> {
        Some(Tour {
            vector: vector()?,
            auditward: auditward_binary()?,
            directory: tempfile::tempdir().unwrap(),
            ports: [port(), port(), port()],
        })
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn serve(&self) -> Running {
        let [there, back, _] = self.ports;
        let arguments = [
            "serve",
            "--listen",
            &format!("127.0.0.1:{there}"),
            "--forward",
            &format!("http://127.0.0.1:{back}/"),
            "--state",
            &self.path("state"),
        ];
        let policy = directory().join("auditward.toml");
        Running(
            Command::new(&self.auditward)
                .args(arguments)
                .arg("--policy")
                .arg(policy)
                .spawn()
                .unwrap(),
        )
    }

    /// Vector with these of the tour's files, reading `input`; what its console sink prints is in `printed`.
    fn vector(&self, names: &[&str], input: &Path) -> Running {
        let mut command = Command::new(&self.vector);
        for name in names {
            let mut text = fs::read_to_string(directory().join(name)).unwrap();
            for (from, to) in ["8686", "8687", "8688"].iter().zip(self.ports) {
                text = text.replace(from, &to.to_string());
            }
            let text = text
                .replace("data_dir: data", &format!("data_dir: {}", self.path("")))
                .replace("../cloudtrail.ndjson", &input.display().to_string());
            fs::write(self.path(name), text).unwrap();
            command.arg("--config").arg(self.path(name));
        }
        let printed = fs::File::create(self.path("printed")).unwrap();
        Running(
            command
                .current_dir(self.directory.path())
                .stdout(printed)
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    /// Waits until as many records have arrived, told apart by id.
    fn arrived(&self, wanted: usize) {
        let arrived = || -> usize {
            let text = fs::read_to_string(self.path("records.ndjson")).unwrap_or_default();
            let ids: BTreeSet<String> = text
                .lines()
                .filter_map(|line| {
                    Some(serde_json::from_str::<Value>(line).ok()?["id"].as_str()?.to_owned())
                })
                .collect();
            ids.len()
        };
        until(|| arrived() >= wanted, || format!("{} of {wanted} arrived", arrived()));
    }
}

fn until(holds: impl Fn() -> bool, or: impl Fn() -> String) {
    let end = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < end, "{}", or());
        thread::sleep(Duration::from_millis(100));
    }
}

/// file -> http sink -> serve -> http_server -> file, acknowledged, with a kill -9 in the middle and nobody at the webhook's address.
#[test]
fn a_real_vector_loses_nothing_when_the_filter_is_killed() {
    let Some(tour) = Tour::new() else { return };
    let count = 20_000;
    let lines: Vec<String> = (0..count)
        .map(|number| failed_login(&format!("u{}", number % 40), "192.0.2.1", number, number / 20))
        .collect();
    let input = tour.directory.path().join("in.ndjson");
    fs::write(&input, lines.join("\n") + "\n").unwrap();
    let mut filter = tour.serve();
    let _vector = tour.vector(&["auditward.yaml", "file.yaml"], &input);
    tour.arrived(2_000);
    filter.0.kill().unwrap();
    thread::sleep(Duration::from_secs(1));
    drop(std::mem::replace(&mut filter, tour.serve()));
    tour.arrived(count as usize);
}

/// The tour as its README has it: the pager hears of the guessing and of the break-in, the files hold all records and the alerts among them.
#[test]
fn a_real_vector_pages_somebody() {
    let Some(tour) = Tour::new() else { return };
    let _filter = tour.serve();
    let _vector = tour.vector(
        &["auditward.yaml", "file.yaml", "receiver.yaml"],
        &directory().join("../cloudtrail.ndjson"),
    );
    tour.arrived(60);
    let printed = || fs::read_to_string(tour.path("printed")).unwrap_or_default();
    // The last line may not be whole yet.
    let paged = || -> Vec<Value> {
        printed().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    until(|| of_dana(&paged()).len() >= 2, || format!("not paged as it should be: {}", printed()));
    assert_paged(&paged());
    let alerts = || fs::read_to_string(tour.path("alerts.ndjson")).unwrap_or_default();
    until(|| alerts().ends_with('\n'), || "no alert was written".to_owned());
    assert!(alerts().contains("\"fail-then-success\""), "{}", alerts());
}
