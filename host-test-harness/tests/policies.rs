//! The policies to start from: each is right, each is told of, and each changes something.

use auditward::demo;
use auditward::evaluated::Reader;
use auditward::mode::native::Native;
use auditward::mode::{Input, Mode, Setup};
use auditward_core::policy::Policy;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn policies() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies");
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut policies: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    policies.sort();
    policies
}

#[test]
fn every_policy_is_right_and_none_is_the_default_in_disguise() {
    let all = policies();
    assert!(all.len() >= 9);
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        match Policy::parse(&text) {
            Ok(policy) => assert_ne!(policy.digest, Policy::default().digest, "{}", path.display()),
            Err(issues) => panic!(
                "{}",
                auditward::problems::render(
                    &path.display().to_string(),
                    &text,
                    &issues,
                    &auditward::problems::Style::PLAIN
                )
            ),
        }
    }
}

/// The demo's week under the starter policy: what the archive gets has no finding, and changes, denies and signs in nobody, by the record's own words too.
#[test]
fn only_routine_reads_go_to_the_archive() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies");
    let text = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    let policy = format!("{}\n{}", text("demo.toml"), text("routing.toml"));
    let reader = Reader::new(&Policy::parse(&policy).unwrap());
    let setup = Setup { policy: Some(policy), ..Setup::default() };
    let mut engine = Native::new(&setup).unwrap();
    let (mut siem, mut archive, mut findings) = (0, 0, 0);
    for (nonce, event) in (0u64..).zip(demo::week(1).events) {
        let bytes = event.line.as_bytes();
        let output = engine
            .process(Input { bytes, time_ms: event.time, nonce, ..Input::default() })
            .unwrap();
        let evaluated = reader.read(&output);
        findings += evaluated.findings.len();
        match evaluated.route.as_deref() {
            Some("siem") => siem += bytes.len(),
            Some("archive") => {
                archive += bytes.len();
                assert!(evaluated.findings.is_empty() && evaluated.data_class.is_none());
                assert_eq!(evaluated.outcome.as_deref(), Some("success"), "{}", event.line);
                assert!(matches!(evaluated.class.as_deref(), Some("read" | "list")));
                assert!(is_read(&event.line), "{}", event.line);
            }
            route => panic!("{route:?}: {}", event.line),
        }
    }
    assert!(findings > 20, "{findings} findings");
    let share = archive * 100 / (siem + archive);
    assert!((30..80).contains(&share), "{share} % of the bytes go to the archive");
}

/// True if a line of the demo asks for something and gets it, by its own words.
fn is_read(line: &str) -> bool {
    let Ok(record) = serde_json::from_str::<Value>(line) else {
        panic!("no JSON: {line}");
    };
    if let Some(line) = record["log"].as_str() {
        return ["\"GET ", "\"HEAD "].iter().any(|method| line.contains(method));
    };
    let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
    match record["eventName"].as_str() {
        Some(name) => {
            record["errorCode"].is_null()
                && ["Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Filter"]
                    .iter()
                    .any(|verb| name.starts_with(verb))
        }
        None => {
            let call = record["protoPayload"]["methodName"].as_str().unwrap_or_default();
            let words = ["action", "event", "verb", "op", "method"].map(text).join(" ") + call;
            ["view", "read", "list", "search", "get", "open", "fetch"]
                .iter()
                .any(|verb| words.to_lowercase().contains(verb))
        }
    }
}

#[test]
fn the_table_names_every_policy_and_no_other() {
    let readme = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies/README.md"),
    )
    .unwrap();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [")).collect();
    let named = |path: &PathBuf| {
        rows.iter()
            .any(|row| row.contains(&format!("({})", path.file_name().unwrap().to_string_lossy())))
    };
    assert!(policies().iter().all(named), "{rows:?}");
    assert_eq!(rows.len(), policies().len());
}
