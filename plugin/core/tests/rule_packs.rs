//! The rule packs: every rule has examples that fire and that do not, and what people read of it.

use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn packs() -> Vec<(String, String)> {
    entries(&folder("packs/rules"))
        .iter()
        .flat_map(|group| entries(group))
        .map(|path| (name(&path), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn groups_of_packs_are_features_of_every_crate_that_builds_them() {
    let mut groups: Vec<String> =
        entries(&folder("packs/sources")).iter().map(|group| name(group)).collect();
    for group in entries(&folder("packs/rules")) {
        assert!(groups.contains(&name(&group)), "{}", group.display());
    }
    groups.insert(0, "default".to_owned());
    for manifest in ["core", ".", "../host-test-harness"] {
        let text = std::fs::read_to_string(folder(manifest).join("Cargo.toml")).unwrap();
        let root = DeTable::parse(&text).unwrap().into_inner();
        let features = root.get("features").unwrap().get_ref().as_table().unwrap();
        let mut names: Vec<_> = features.keys().map(|key| key.get_ref().to_string()).collect();
        names.sort();
        let mut wanted = groups.clone();
        wanted.sort();
        assert_eq!(names, wanted, "{manifest}");
        let all = features.get("default").unwrap().get_ref().as_array().unwrap();
        let all: Vec<_> = all.iter().filter_map(|group| group.get_ref().as_str()).collect();
        let is_default = |group: &&String| all.contains(&group.as_str());
        assert_eq!(groups.iter().skip(1).find(|group| !is_default(group)), None, "{manifest}");
    }
}

fn text<'v>(table: &'v DeTable<'_>, key: &str) -> &'v str {
    table.get(key).and_then(|value| value.get_ref().as_str()).unwrap_or_default()
}

/// An engine that states each finding, however often.
fn engine() -> Engine {
    Engine::new(
        Policy::parse("[detector.rules]\ncooldown = \"0s\"\nenable = \"*\"\n").unwrap(),
        Secret::default(),
    )
}

/// How many findings of the rule the lines get.
fn fired(engine: &mut Engine, rule: &str, lines: &str) -> usize {
    let mut out = Output::default();
    let wanted = format!("\"rule\":\"{rule}\"");
    // 2026-06-01, after every example's time.
    let now = 1_780_272_000_000;
    let lines = lines.lines().filter(|line| !line.trim().is_empty()).enumerate();
    lines
        .map(|(number, line)| {
            engine.process(
                Raw {
                    tag: b"test",
                    bytes: line.trim().as_bytes(),
                    time: now,
                    now,
                    nonce: number as u64,
                },
                &mut out,
            );
            std::str::from_utf8(out.bytes()).unwrap().matches(&wanted).count()
        })
        .sum()
}

#[test]
fn every_rule_fires_on_its_examples_and_on_no_other() {
    let mut wrong = Vec::new();
    let mut shared = engine();
    for (pack, content) in packs() {
        let root = DeTable::parse(&content).unwrap_or_else(|error| panic!("{pack}: {error}"));
        let rules = root
            .get_ref()
            .get("rule")
            .and_then(|value| value.get_ref().as_array())
            .unwrap_or_else(|| panic!("{pack}: no rules"));
        for rule in rules.iter().filter_map(|rule| rule.get_ref().as_table()) {
            let id = text(rule, "id");
            for option in ["why", "technique"] {
                if text(rule, option).is_empty() {
                    wrong.push(format!("{id}: no `{option}`"));
                }
            }
            let examples: Vec<_> = rule
                .get("example")
                .and_then(|value| value.get_ref().as_array())
                .into_iter()
                .flat_map(|list| list.iter())
                .collect();
            let mut seen = [false; 2];
            for example in examples.iter().filter_map(|example| example.get_ref().as_table()) {
                let fires = matches!(
                    example.get("fires").map(|value| value.get_ref()),
                    Some(DeValue::Boolean(true))
                );
                seen[usize::from(fires)] = true;
                // What a rule counts, it counts from nothing.
                let counts =
                    ["count", "steps", "without"].iter().any(|option| rule.contains_key(*option));
                let mut count =
                    if counts { 0 } else { fired(&mut shared, id, text(example, "input")) };
                // A record that another rule's example had already is that one again.
                if counts || (count > 0) != fires {
                    count = fired(&mut engine(), id, text(example, "input"));
                }
                if (count > 0) != fires {
                    wrong.push(format!(
                        "{id}: fires {count} times, expected {fires}: {}",
                        text(example, "input").chars().take(300).collect::<String>()
                    ));
                }
            }
            if seen != [true; 2] {
                wrong.push(format!("{id}: needs an example that fires and one that does not"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
