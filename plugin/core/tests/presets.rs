//! Presets: every rule of a preset fires on its examples and on no other. The examples are in `packs/presets/examples`, one file a preset with rules.

use auditward_core::policy::{Policy, preset};
use auditward_core::time;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use std::collections::BTreeMap;
use std::path::Path;

/// 2026-03-02T09:00:00Z, a Monday.
const START: i64 = 1_772_442_000_000;

/// A length of time such as `5m`, in milliseconds.
fn length(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let unit = match unit {
        "m" => 60_000,
        "h" => 3_600_000,
        _ => panic!("{text}: minutes or hours"),
    };
    number.parse::<i64>().unwrap() * unit
}

/// Findings of a rule on records that are repeated.
fn fired(policy: &str, rule: &str, example: &toml::de::DeTable<'_>) -> usize {
    let policy = Policy::parse(policy).unwrap_or_else(|issues| panic!("{issues:#?}"));
    let mut engine = Engine::new(policy, Secret::default());
    let text = |key: &str| example.get(key).and_then(|value| value.get_ref().as_str()).unwrap();
    let repeat = example.get("repeat").and_then(|value| value.get_ref().as_integer());
    let repeat: i64 = repeat.map_or(1, |repeat| repeat.as_str().parse().unwrap());
    let every = length(text("every"));
    let wanted = format!("\"rule\":\"{rule}\"");
    let (mut count, mut out) = (0, Output::default());
    for n in 0..repeat {
        let at = START + n * every;
        let time = String::from_utf8(time::format(at).to_vec()).unwrap();
        for line in text("input").lines() {
            let line = line.replace("{n}", &(n + 1).to_string());
            let line = line.replace("{ms}", &at.to_string()).replace("{time}", &time);
            let bytes = line.as_bytes();
            engine.process(Raw { bytes, time: at, now: at, ..Raw::default() }, &mut out);
            let answer = std::str::from_utf8(out.bytes()).unwrap();
            assert!(answer.contains("\"source\":\""), "no source reads {line}");
            count += answer.matches(&wanted).count();
        }
    }
    count
}

#[test]
fn every_rule_of_a_preset_fires_on_its_examples_and_on_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/presets/examples");
    let mut rules = 0;
    for preset in preset::ALL {
        let mut examples: BTreeMap<String, [usize; 2]> = preset
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'))
            .map(|id| (id.to_owned(), [0; 2]))
            .collect();
        rules += examples.len();
        if examples.is_empty() {
            continue;
        }
        let path = folder.join(format!("{}.toml", preset.id));
        let content = std::fs::read_to_string(&path).unwrap();
        let root = toml::de::DeTable::parse(&content).unwrap();
        let own = root.get_ref().get("policy").and_then(|value| value.get_ref().as_str());
        let policy = format!("preset = \"{}\"\n{}", preset.id, own.unwrap_or_default());
        for example in root.get_ref().get("example").unwrap().get_ref().as_array().unwrap().iter() {
            let example = example.get_ref().as_table().unwrap();
            let text = |key: &str| example.get(key).unwrap().get_ref().as_str().unwrap();
            let fires = example.get("fires").unwrap().get_ref().as_bool().unwrap();
            let (rule, title) = (text("rule"), text("title"));
            let count = fired(&policy, rule, example);
            assert_eq!(count > 0, fires, "{rule}: {title}: fires {count} times");
            examples.get_mut(rule).unwrap_or_else(|| panic!("no rule {rule}"))
                [usize::from(fires)] += 1;
        }
        for (rule, [safe, firing]) in examples {
            assert!(
                safe > 0 && firing > 0,
                "{rule} needs an example that fires and one that does not"
            );
        }
    }
    assert!(rules >= 4, "{rules}");
}
