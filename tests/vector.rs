//! The pipelines for Vector in `examples/vector`: every input is there, and with a Vector on the PATH or in `VECTOR` they run. Their VRL programs are
//! tested in `vrl/`, which has its own dependencies.

use auditward_tests::failed_login;
use auditward_tests::paged::{assert_paged, of_dana};
use serde_json::Value;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

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
