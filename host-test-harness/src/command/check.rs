//! `auditward check`: whether a policy is right, and what it means.

use super::Outcome;
use crate::calendar::{self, last_moment};
use crate::mode::native;
use crate::sigma::Collection;
use crate::wording::{counted, grouped, kib, table, visible, wrap};
use crate::{policy_file, problems, terminal, warnings};
use anyhow::Result;
use auditward_core::calendar::Zone;
use auditward_core::detection::Detect;
use auditward_core::detector::{self, Spec};
use auditward_core::enrich::files::File;
use auditward_core::mapping::Mapping;
use auditward_core::option::{Kind, Opt, duration, size};
use auditward_core::policy::{KeepRaw, Layout, Policy, Settings};
use auditward_core::sketch::HashKey;
use auditward_core::time::{DAY, Millis};
use auditward_core::{Engine, Secret, schema};
use std::io;
use std::path::{Path, PathBuf};

/// Check a policy: list every problem, or summarise the policy
///
/// Settings that are valid but have no effect are warnings on standard error. Exit status: 1 if the policy has problems, 2 if it cannot be read.
#[derive(clap::Args)]
pub struct Arguments {
    /// Policy file (auditward.toml)
    #[arg(required_unless_present = "named")]
    policy: Option<PathBuf>,
    // Other commands take the policy in this way.
    #[arg(long = "policy", value_name = "POLICY", hide = true, conflicts_with = "policy")]
    named: Option<PathBuf>,
    /// Show all options and the memory of each detector; without it, only options that differ from their defaults
    #[arg(long)]
    all: bool,
}

/// Checks.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let path = arguments.policy.or(arguments.named).unwrap_or_default();
    let (text, sigma) = policy_file::read_with_sigma(&path)?;
    match Policy::parse(&text) {
        Ok(policy) => {
            let now = native::now_ms();
            let warnings = warnings::of_policy(&policy, &text)?;
            let over =
                policy.suppressions.iter().filter(|suppression| suppression.until <= now).count();
            let presets = presets(&policy, &text)?;
            let gaps = policy.mappings.iter().filter(|mapping| !mapping.gaps().is_empty()).count();
            terminal::print(format!(
                "{}: no problems, {}\n",
                path.display(),
                counted((warnings.len() + gaps) as u64 + u64::from(over > 0), "warning")
            ))?;
            let sigma = sigma.map_or(String::new(), |rules| compiled(&path, &rules));
            let text_of_all = format!("{}{presets}{sigma}", describe(policy, now, arguments.all));
            terminal::print(terminal::fitting(&text_of_all, &io::stdout()))?;
            let name = path.display().to_string();
            for warning in warnings {
                let place = warnings::place::in_policy(&warning, &name, &text);
                let place = place.map_or_else(String::new, |place| {
                    format!("{}:{}: ", visible(&place.file), place.line)
                });
                terminal::say(format_args!("{place}warning: {warning}"));
            }
            if over > 0 {
                terminal::say(format!(
                    "warning: {} expired and without effect; remove, or set a new `until`",
                    counted(over as u64, "suppression")
                ));
            }
            Ok(Outcome::Fine)
        }
        Err(issues) => {
            problems::show(&path.display().to_string(), &text, &issues);
            Ok(Outcome::Found)
        }
    }
}

/// Settings of the policy's presets, and whether each is in effect.
fn presets(policy: &Policy, text: &str) -> Result<String> {
    let own: toml::Table = text.parse()?;
    // In the order of precedence: the policy, then the last preset.
    let mut before = vec![("the policy".to_owned(), options(&own, ""))];
    let mut lists = Vec::new();
    for preset in policy.presets.iter().rev() {
        let root: toml::Table = preset.text.parse()?;
        let set = options(&root, "");
        let rows = set.iter().map(|(path, value)| {
            let by = before.iter().find(|(_, set)| set.iter().any(|(held, _)| held == path));
            let note = by.map_or_else(String::new, |(by, _)| format!("overridden by {by}"));
            vec![path.clone(), value.clone(), note]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        lists.push(format!("\npreset `{}`: {}\n{}", preset.id, preset.summary(), table(&rows, 2)));
        before.push((format!("`{}`", preset.id), set));
    }
    lists.reverse();
    Ok(lists.concat())
}

/// Each option of a policy's text with its value; of a rule, its id and title.
fn options(table: &toml::Table, path: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (key, value) in table {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            toml::Value::Table(table) => found.extend(options(table, &full)),
            toml::Value::Array(items) if key == "rule" => {
                let text = |item: &toml::Value, key: &str| {
                    item.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
                };
                let rules = items
                    .iter()
                    .map(|item| (format!("rule {}", text(item, "id")), text(item, "title")));
                found.extend(rules);
            }
            value => found.push((full, value.to_string())),
        }
    }
    found
}

/// A line on the Sigma rules that the policy asks for: how many compiled, how many were refused.
fn compiled(path: &Path, rules: &Collection) -> String {
    let (compiled, refused) = rules.counts();
    format!(
        "\nsigma      {}, {refused} refused; `auditward sigma list --policy {}` names them\n",
        counted(compiled as u64, "rule"),
        path.display()
    )
}

/// Summary of the policy, with all options if asked for.
pub fn describe(policy: Policy, now: Millis, all: bool) -> String {
    let row = |name: &str, what: String| vec![name.to_owned(), what];
    let output = &policy.output;
    let mut text = table(
        &[
            row("digest", format!("{} (`module.policy` in records)", policy.digest)),
            row(
                "input",
                format!(
                    "times without a zone are read as {}",
                    zone_in_words(&policy.input.timezone, now)
                ),
            ),
            row("output", output_in_words(&policy)),
            row(
                "limits",
                format!(
                    "records above {} are passed through as text; nesting depth at most {}",
                    size(output.max_record as i64),
                    output.max_depth
                ),
            ),
            row("environment", environment(&policy, now)),
            row(
                "state",
                format!(
                    "`{}`, a snapshot every {}",
                    policy.state.directory,
                    duration(policy.state.every)
                ),
            ),
            row("log", format!("{:?}", policy.log).to_lowercase()),
        ],
        0,
    );
    text.push_str(&memory(&policy, all));
    text.push_str(&files(&policy));
    if !policy.mappings.is_empty() {
        text.push_str("\nmappings, in the order they are tried\n");
        text.extend(policy.mappings.iter().map(mapped));
    }
    text.push_str(&detectors(&policy, all));
    text.push_str(&targets(&policy));
    text.push_str(&suppressions(&policy, now));
    text
}

fn environment(policy: &Policy, now: Millis) -> String {
    let settings = &policy.environment.settings;
    let tag = if policy.environment.tag.is_empty() {
        String::new()
    } else {
        format!("`{}`, ", policy.environment.tag)
    };
    let list = |key: &str, none: &str| {
        if settings.list(key).is_empty() { none.to_owned() } else { settings.list(key).join(", ") }
    };
    let hours = match policy.environment.calendar {
        None => "no business hours: `off-hours` uses learned hours".to_owned(),
        Some(_) => format!(
            "business hours {}, holidays {}",
            list("business_hours", "none"),
            list("holidays", "none")
        ),
    };
    format!("{tag}time zone {}, {hours}", zone_in_words(settings.text("timezone"), now))
}

/// A time zone, with its hours ahead of UTC: POSIX rules count the other way round, `CET+1` is an hour behind.
fn zone_in_words(name: &str, now: Millis) -> String {
    match Zone::read(name).map(|clocks| calendar::zone(clocks.offset(now))) {
        Some(ahead) if ahead != name => format!("{name} ({ahead} now)"),
        _ => name.to_owned(),
    }
}

fn targets(policy: &Policy) -> String {
    let mut rows: Vec<Vec<String>> = policy
        .targets
        .data_class
        .iter()
        .map(|(class, patterns)| vec![class.clone(), patterns.join(", ")])
        .collect();
    rows.push(vec!["restricted".to_owned(), policy.targets.restricted.join(", ")]);
    format!("\ntargets\n{}", table(&rows, 2))
}

/// Each with how long it holds, and why.
fn suppressions(policy: &Policy, now: Millis) -> String {
    let rows = policy.suppressions.iter().map(|suppression| {
        let until = last_moment(suppression.until);
        let age = now.saturating_sub(suppression.until);
        let state = match age {
            ..0 => format!("until {until}"),
            _ if age < 2 * DAY => format!("expired on {until}"),
            _ => format!("expired on {until}, {} days ago", age / DAY),
        };
        vec![suppression.about.clone(), state, suppression.reason.clone()]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() { String::new() } else { format!("\nsuppressed\n{}", table(&rows, 2)) }
}

fn output_in_words(policy: &Policy) -> String {
    let schema = schema::ALL.get(policy.output.schema).map_or("", |schema| schema.id);
    let layout = match policy.output.layout {
        Layout::Record => "record".to_owned(),
        Layout::Annotate => format!("annotate under `{}`", policy.output.key),
    };
    let raw = match policy.output.raw {
        KeepRaw::Keep => "the original kept",
        KeepRaw::OnFinding => "the original kept on findings",
        KeepRaw::Drop => "the original dropped",
    };
    format!("schema {schema}, layout {layout}, {raw}")
}

/// Memory of each detector and shared table within the budget, and memory beyond it.
fn memory(policy: &Policy, all: bool) -> String {
    let mut detect = Detect::new(policy, HashKey::default());
    let (mut rows, mut held, mut index) = (Vec::new(), 0, 0);
    // By owner: `brute-force.counts` is memory of `brute-force`.
    let mut owners: Vec<(String, usize)> = Vec::new();
    while let Some(words) = detect.words(index) {
        let owner = words.id.split('.').next().unwrap_or(words.id);
        match owners.iter_mut().find(|(name, _)| name == owner) {
            Some((_, memory)) => *memory += words.memory(),
            None => owners.push((owner.to_owned(), words.memory())),
        }
        held += words.memory();
        index += 1;
    }
    rows.extend(owners.into_iter().map(|(owner, memory)| vec![owner, kib(memory as u64)]));
    let budget = policy.memory.saturating_add(policy.baseline.memory);
    let engine = Engine::new(policy.clone(), Secret::default()).memory();
    rows.push(vec!["not used by any detector".to_owned(), kib(budget.saturating_sub(held) as u64)]);
    rows.push(vec![
        "buffers, in addition to the budget".to_owned(),
        format!("{} at start; they grow with the record", kib(engine.saturating_sub(held) as u64)),
    ]);
    let actors = format!(
        "{} actors of {} bytes",
        grouped(detect.baselines.actors.capacity()),
        detect.baselines.bytes_per_actor()
    );
    let budget = format!(
        "\nmemory     budget {} and {} for baselines of {actors}",
        size(policy.memory as i64),
        size(policy.baseline.memory as i64)
    );
    if all { format!("{budget}, of which\n{}", table(&rows, 2)) } else { format!("{budget}\n") }
}

/// Files that enrich records, with their memory.
fn files(policy: &Policy) -> String {
    let row = |file: &File| vec![file.name.clone(), file.describe(), kib(file.memory() as u64)];
    let rows: Vec<Vec<String>> = policy.files.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let held = kib(policy.files_memory() as u64);
    format!("\nfiles      {held}, in addition to the budget\n{}", table(&rows, 2))
}

/// Keys that identify it, and fields that its records lack.
fn mapped(mapping: &Mapping) -> String {
    let filled = counted(mapping.fields().len() as u64, "field");
    let warning = match mapping.gaps().as_slice() {
        [] => String::new(),
        gaps => format!(
            "    warning: nothing sets {}; each of its records will be flagged\n",
            gaps.join(", ")
        ),
    };
    format!(
        "  {}: {filled}, of records where {}\n{warning}",
        mapping.source,
        visible(&mapping.conditions().join(", "))
    )
}

/// The detectors: in short, those that are off, those whose options the policy or a preset changes, and the names of the rest.
fn detectors(policy: &Policy, all: bool) -> String {
    let defaults = Policy::default();
    let each = detector::ALL.iter().zip(&policy.detectors).zip(&defaults.detectors);
    let (mut text, mut unchanged) = ("\ndetectors\n".to_owned(), Vec::new());
    for ((spec, settings), default) in each {
        match settled(spec, settings, (!all).then_some(default)) {
            words if words.is_empty() => unchanged.push(spec.id),
            words => text.push_str(&words),
        }
    }
    if !unchanged.is_empty() {
        let names = format!("with default options: {}", unchanged.join(", "));
        text.push_str(&wrap(&names, 2, terminal::width()));
        text.push_str(
            "  `auditward check --all` lists all options and the memory of each detector\n",
        );
    }
    text
}

/// Options of a detector; with defaults to compare with, those that differ from them, and nothing where none does.
fn settled(spec: &Spec, settings: &Settings, default: Option<&Settings>) -> String {
    if !settings.bool("enabled") {
        return format!("  {} off\n", spec.id);
    }
    // Everyone is evaluated where nothing is said of that.
    let is_said = |option: &&Opt| {
        option.key != "enabled"
            && !(["only", "except"].contains(&option.key) && settings.list(option.key).is_empty())
            && default.is_none_or(|default| value(option, default) != value(option, settings))
    };
    let options = spec.options.iter().filter(is_said);
    let rows: Vec<Vec<String>> =
        options.map(|option| vec![option.key.to_owned(), value(option, settings)]).collect();
    if rows.is_empty() && default.is_some() {
        return String::new();
    }
    format!("  {} ({}): {}\n{}", spec.id, spec.technique, spec.summary, table(&rows, 4))
}

/// As it would be written in the policy.
fn value(option: &Opt, settings: &Settings) -> String {
    match option.kind {
        Kind::Bool => settings.bool(option.key).to_string(),
        Kind::Whole(..) => settings.number(option.key).to_string(),
        Kind::Duration(..) => duration(settings.number(option.key)),
        Kind::Size(..) => size(settings.number(option.key)),
        Kind::Text | Kind::Name | Kind::Choice(_) => settings.text(option.key).to_owned(),
        Kind::Patterns
        | Kind::Origins
        | Kind::Networks
        | Kind::Hours
        | Kind::Holidays
        | Kind::Files
            if settings.list(option.key).is_empty() =>
        {
            "none".to_owned()
        }
        Kind::Patterns
        | Kind::Origins
        | Kind::Networks
        | Kind::Hours
        | Kind::Holidays
        | Kind::Files => settings.list(option.key).join(", "),
        Kind::Groups | Kind::Severities | Kind::Lists | Kind::Ranges | Kind::Leavers
            if settings.groups(option.key).iter().all(|(_, names)| names.is_empty()) =>
        {
            "none".to_owned()
        }
        Kind::Groups | Kind::Severities | Kind::Lists | Kind::Ranges | Kind::Leavers => settings
            .groups(option.key)
            .iter()
            .map(|(word, names)| format!("{word}: {}", names.join(", ")))
            .collect::<Vec<_>>()
            .join("; "),
        Kind::Conditions => "given".to_owned(),
        Kind::Until | Kind::Fingerprint | Kind::Zone => settings.text(option.key).to_owned(),
        Kind::Many(words) => words
            .iter()
            .filter(|word| settings.has(option.key, word))
            .copied()
            .collect::<Vec<_>>()
            .join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::read;

    #[test]
    fn what_is_set_is_said() {
        let text = "[output]\nlayout = \"annotate\"\nkey = \"a\"\n[detector.brute-force]\nfailures = 7\nper = [\"origin\"]\n";
        let said = |all| describe(Policy::parse(text).unwrap(), 0, all);
        for part in [
            "annotate under `a`",
            "failures       7\n",
            "per            origin\n",
            "budget 4 MiB",
            "\n  brute-force               ",
            "a snapshot every 1m",
        ] {
            assert!(said(true).contains(part), "{part} in\n{}", said(true));
        }
        let short = said(false);
        for part in [
            "    failures  7\n",
            "    per       origin\n",
            "budget 4 MiB",
            "with default options: password",
        ] {
            assert!(short.contains(part), "{part} in\n{short}");
        }
        assert!(!short.contains("cooldown") && short.lines().count() < 30, "{short}");
        let mapped = describe(
            Policy::parse("[[mapping]]\nsource = \"acme.crm\"\nmatch = { app = \"crm\", ts = \"*\" }\n[mapping.fields]\n\"actor.name\" = \"user\"\n").unwrap(),
            0,
            false,
        );
        for part in [
            "acme.crm: 1 field, of records where app = \"crm\", ts exists\n",
            "warning: nothing sets what, when, where, outcome;",
        ] {
            assert!(mapped.contains(part), "{part} in\n{mapped}");
        }
        let off =
            describe(Policy::parse("[detector.brute-force]\nenabled = false\n").unwrap(), 0, false);
        assert!(off.contains("brute-force off") && !off.contains("\n  brute-force  "), "{off}");
    }

    #[test]
    fn files_are_listed_with_their_memory() {
        let people = b"actor,actor.person\nann,ann.lee\n".as_slice();
        let text = "[enrich]\nfiles = \"people.csv\"\n";
        let whole = auditward_core::policy_text::bundle::join(text, [("people.csv", people)]);
        let described = describe(Policy::parse(&whole).unwrap(), 0, false);
        assert!(described.contains("  people.csv  lookup of 1 rows  1 KiB"), "{described}");
    }

    #[test]
    fn presets_are_listed_with_what_overrides_them() {
        let text = "preset = [\"quiet\", \"insider\"]\n[detector.brute-force]\nfailures = 7\n[detector.risk]\nhalf_life = \"3d\"\n";
        let listed = presets(&Policy::parse(text).unwrap(), text).unwrap();
        let line = |start: &str| {
            listed
                .lines()
                .find(|line| line.trim_start().starts_with(start))
                .unwrap_or_else(|| panic!("{start} in\n{listed}"))
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert!(listed.starts_with("\npreset `quiet`: Few alerts"), "{listed}");
        assert_eq!(line("baseline"), "baseline.alerts_per_day 1");
        assert_eq!(
            line("detector.brute-force.failures"),
            "detector.brute-force.failures 20 overridden by the policy"
        );
        assert_eq!(
            line("detector.risk.half_life"),
            "detector.risk.half_life \"14d\" overridden by the policy"
        );
        assert!(line("rule insider.clones").ends_with("within ten days"));
        assert_eq!(presets(&Policy::default(), "").unwrap(), "");
        let two = "preset = [\"quiet\", \"strict\"]";
        let listed = presets(&Policy::parse(two).unwrap(), two).unwrap();
        assert!(listed.contains("overridden by `strict`"), "{listed}");
    }

    #[test]
    fn suppressions_are_listed_with_their_end() {
        let text = "[targets.data_class]\npii = [\"customers*\"]\n[[suppress]]\ndetector = \"brute-force\"\nactor = \"svc-*\"\nuntil = 2026-01-31\nreason = \"load test\"\n";
        let told = |day: &str| {
            describe(
                Policy::parse(text).unwrap(),
                read(&format!("{day}T00:00:00Z")).unwrap(),
                false,
            )
        };
        for part in [
            "detector brute-force, actor svc-*  until 2026-01-31  load test",
            "pii         customers*",
        ] {
            assert!(told("2026-01-31").contains(part), "{part} in\n{}", told("2026-01-31"));
        }
        assert!(told("2026-02-11").contains("expired on 2026-01-31, 10 days ago"));
    }
}
