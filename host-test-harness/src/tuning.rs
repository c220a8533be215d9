//! A sweep of the alert budget and of thresholds over a history: alerts per day and, with labels, precision and recall.

use crate::calendar::rfc3339;
use crate::evaluated::Reader;
use crate::logs::Logs;
use crate::mode::native::Native;
use crate::mode::{Input, Mode, Setup};
use crate::policy_file::PolicyFile;
use anyhow::{Context, Result};
use auditward_core::detector::{self, Attributes};
use auditward_core::option::Kind;
use auditward_core::policy::Policy;
use auditward_core::policy_text::bundle;
use auditward_core::severity::Severity;
use auditward_core::time::{DAY, Millis};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One setting of the sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    pub alerts_per_day: i64,
    /// Factor of the thresholds of counting detectors.
    pub scale: f64,
}

/// Attacks by the places of their records: input file, record.
pub type Labels = BTreeMap<u64, String>;

/// The result of one setting.
#[derive(Clone, Debug)]
pub struct Run {
    pub setting: Setting,
    pub days: f64,
    pub records: u64,
    /// Records with an alert, and those of them that belong to an attack.
    pub alerts: u64,
    pub right: u64,
    /// Alerts with a finding of a baseline, which the budget bounds, and alerts with one of a rule or a threshold; a record may count as both.
    pub learned: u64,
    pub configured: u64,
    pub found: BTreeSet<String>,
    pub attacks: usize,
}

impl Run {
    pub fn per_day(&self) -> f64 {
        self.daily(self.alerts)
    }

    /// A count as a rate per day.
    pub fn daily(&self, count: u64) -> f64 {
        count as f64 / self.days.max(1.0)
    }

    /// Share of the alerts that belong to an attack; none without labels or alerts.
    pub fn precision(&self) -> Option<f64> {
        (self.attacks > 0 && self.alerts > 0).then(|| self.right as f64 / self.alerts as f64)
    }

    /// Share of the attacks with at least one alert; none without labels.
    pub fn recall(&self) -> Option<f64> {
        (self.attacks > 0).then(|| self.found.len() as f64 / self.attacks as f64)
    }

    pub fn json(&self) -> Value {
        json!({
            "alerts_per_day_budget": self.setting.alerts_per_day, "threshold_factor": self.setting.scale,
            "records": self.records, "days": self.days, "alerts": self.alerts, "alerts_per_day": self.per_day(),
            "of_baselines_per_day": self.daily(self.learned), "of_rules_and_thresholds_per_day": self.daily(self.configured),
            "precision": self.precision(), "recall": self.recall(), "attacks_found": self.found,
        })
    }
}

/// Reads labels, a JSON object a line: `{"line": 17, "attack": "night"}`, as `auditward simulate` writes them.
pub fn labels(path: &Path) -> Result<Labels> {
    #[derive(Deserialize)]
    struct Label {
        line: u64,
        #[serde(default)]
        attack: String,
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let label: Label = serde_json::from_str(line).with_context(|| {
                format!(
                    "{}:{}: not a label; write {{\"line\": 17, \"attack\": \"name\"}}",
                    path.display(),
                    number + 1
                )
            })?;
            Ok((label.line, label.attack))
        })
        .collect()
}

/// The settings of a patch, by section and option.
pub type Changes = Vec<(String, &'static str, i64)>;

/// The options that a setting changes in a policy.
pub fn changes(policy: &Policy, setting: Setting) -> Changes {
    let mut changes: Changes =
        vec![("baseline".to_owned(), "alerts_per_day", setting.alerts_per_day)];
    if setting.scale == 1.0 {
        return changes;
    }
    for (spec, settings) in detector::ALL.iter().zip(&policy.detectors) {
        let Attributes { scaled, scaled_if_set, .. } = spec.attributes;
        let set = scaled_if_set.iter().filter(|key| settings.is_given(key));
        for &key in scaled.iter().chain(set) {
            let option = spec.options.iter().find(|option| option.key == key);
            let Some(Kind::Whole(least, most)) = option.map(|option| option.kind) else {
                continue;
            };
            let scaled = (settings.number(key) as f64 * setting.scale).round() as i64;
            changes.push((format!("detector.{}", spec.id), key, scaled.clamp(least, most)));
        }
    }
    changes
}

/// A policy's text with other values.
pub fn changed(text: &str, changes: &Changes) -> Result<String> {
    let (text, files) = bundle::split(text);
    let mut root: toml::Table = text.parse().context("reading the policy again")?;
    for (section, key, value) in changes {
        let mut table = &mut root;
        for part in section.split('.') {
            let entry = table.entry(part).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            table = entry.as_table_mut().with_context(|| format!("`{section}` is a section"))?;
        }
        table.insert((*key).to_owned(), toml::Value::Integer(*value));
    }
    let files = files.map(|(name, bytes)| (name, bytes.unwrap_or_default()));
    Ok(bundle::join(&root.to_string(), files))
}

/// The changes as lines of a policy.
pub fn patch(changes: &Changes) -> String {
    let mut text = String::new();
    let mut before = "";
    for (section, key, value) in changes {
        if section != before {
            text.push_str(&format!("{}[{section}]\n", if before.is_empty() { "" } else { "\n" }));
            before = section;
        }
        text.push_str(&format!("{key} = {value}\n"));
    }
    text
}

/// Plays the logs with a setting.
pub fn run(
    logs: &Logs,
    (policy_file, tag): (&PolicyFile, &str),
    setting: Setting,
    labels: &Labels,
    bar: &ProgressBar,
) -> Result<Run> {
    let text = policy_file.text.as_deref().unwrap_or_default();
    let policy = changed(text, &changes(&policy_file.policy, setting))?;
    let policy = PolicyFile::checked("the policy with other thresholds", policy)?;
    let reader = Reader::new(&policy.policy);
    let setup = Setup { policy: policy.text, now_ms: Some(logs.clock), ..Setup::default() };
    let mut engine = Native::new(&setup)?;
    let (mut first, mut last) = (Millis::MAX, Millis::MIN);
    let mut run = Run {
        setting,
        days: 0.0,
        records: 0,
        alerts: 0,
        right: 0,
        learned: 0,
        configured: 0,
        found: BTreeSet::new(),
        attacks: labels.values().collect::<BTreeSet<_>>().len(),
    };
    let mut counted = BTreeSet::new();
    logs.each(bar, |line| {
        run.records += 1;
        let answer = engine.process(Input {
            tag,
            time_ms: logs.clock,
            nonce: run.records,
            bytes: line.bytes,
        })?;
        // A record without a time has that of the end: it must not shorten the span.
        let watermark = engine.engine.learned().watermark;
        let begin = logs.first.unwrap_or(watermark).min(watermark);
        (first, last) = (first.min(begin), last.max(watermark));
        if !engine.engine.has_findings() {
            return Ok(());
        }
        let evaluated = reader.read(&answer);
        // What is expected is that of a baseline.
        let mut kinds = [false; 2];
        for finding in &evaluated.findings {
            kinds[usize::from(finding.expected.is_some())] |=
                Severity::from_name(&finding.severity) >= Severity::Medium;
        }
        let [is_configured, is_learned] = kinds;
        if (is_configured || is_learned) && evaluated.id.iter().all(|id| counted.insert(id.clone()))
        {
            run.alerts += 1;
            run.learned += u64::from(is_learned);
            run.configured += u64::from(is_configured);
            if let Some(attack) = labels.get(&run.records) {
                run.right += 1;
                run.found.insert(attack.clone());
            }
        }
        Ok(())
    })?;
    run.days = last.saturating_sub(first).max(0) as f64 / DAY as f64;
    Ok(run)
}

/// The best setting with at most so many alerts per day: the highest recall, then with labels the fewest alerts, without labels the most, then the thresholds
/// that change least.
pub fn best(runs: &[Run], most: f64) -> Option<&Run> {
    let within = runs.iter().filter(|run| run.per_day() <= most);
    within.max_by(|one, two| rank(one).partial_cmp(&rank(two)).unwrap_or(std::cmp::Ordering::Equal))
}

fn rank(run: &Run) -> (f64, f64, f64) {
    let alerts = run.per_day();
    // Of equal settings, the one that changes the thresholds least.
    let change = -run.setting.scale.ln().abs();
    (run.recall().unwrap_or_default(), if run.attacks > 0 { -alerts } else { alerts }, change)
}

/// The sweep as a drawing: alerts per day by setting and, with labels, recall.
pub fn drawing(runs: &[Run], best: Option<&Run>) -> String {
    const WIDTH: f64 = 720.0;
    const HEIGHT: f64 = 420.0;
    const LEFT: f64 = 70.0;
    const BOTTOM: f64 = 60.0;
    let most = runs.iter().map(Run::per_day).fold(1.0, f64::max);
    let has_recall = runs.iter().any(|run| run.recall().is_some());
    let budgets = runs.iter().map(|run| run.setting.alerts_per_day).max().unwrap_or(1).max(1);
    // With labels: recall over alerts per day. Else: alerts per day over the budget.
    let place = |run: &Run, alerts: u64| {
        let (x, y) = match run.recall() {
            Some(recall) => (run.daily(alerts) / most, recall),
            None => (run.setting.alerts_per_day as f64 / budgets as f64, run.daily(alerts) / most),
        };
        (LEFT + x * (WIDTH - LEFT - 90.0), HEIGHT - BOTTOM - y * (HEIGHT - BOTTOM - 30.0))
    };
    let (across, up, right, top) = if has_recall {
        ("alerts per day", "recall", format!("{most:.1}"), "1".to_owned())
    } else {
        (
            "alerts_per_day of the policy",
            "alerts per day",
            budgets.to_string(),
            format!("{most:.1}"),
        )
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>Alerts by alert budget and thresholds</title>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <path d=\"M{LEFT} 30V{y}H{x}\" fill=\"none\" stroke=\"#444\"/>\n\
         <text x=\"{x}\" y=\"{below}\" text-anchor=\"end\">{right}</text><text x=\"{LEFT}\" y=\"{below}\">0</text>\n\
         <text x=\"{beside}\" y=\"34\" text-anchor=\"end\">{top}</text><text x=\"{middle}\" y=\"{lowest}\" text-anchor=\"middle\">{across}</text>\n\
         <text x=\"8\" y=\"18\">{up}</text>\n\
         <text x=\"{x}\" y=\"18\" text-anchor=\"end\" fill=\"#444\">filled: all alerts; open: those of baselines alone</text>\n",
        y = HEIGHT - BOTTOM,
        x = WIDTH - 90.0,
        below = HEIGHT - BOTTOM + 18.0,
        beside = LEFT - 6.0,
        middle = WIDTH / 2.0,
        lowest = HEIGHT - 12.0,
    );
    for run in runs {
        let (x, y) = place(run, run.alerts);
        let (own_x, own_y) = place(run, run.learned);
        let is_best = best.is_some_and(|best| best.setting == run.setting);
        let colour = if is_best { "#b00020" } else { "#1f5fa8" };
        svg.push_str(&format!(
            "<path d=\"M{own_x:.1} {own_y:.1}L{x:.1} {y:.1}\" stroke=\"{colour}\"/><circle cx=\"{own_x:.1}\" cy=\"{own_y:.1}\" r=\"3\" fill=\"#fff\" stroke=\"{colour}\"/>\n\
             <circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{}\" fill=\"{colour}\"><title>budget {}, thresholds × {}: {:.2} alerts per day, {:.2} of baselines, {:.2} of rules and thresholds</title></circle>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#444\">{} ×{}</text>\n",
            if is_best { 6 } else { 4 },
            run.setting.alerts_per_day,
            run.setting.scale,
            run.per_day(),
            run.daily(run.learned),
            run.daily(run.configured),
            x + 8.0,
            y - 6.0,
            run.setting.alerts_per_day,
            run.setting.scale,
        ));
    }
    svg.push_str("</svg>\n");
    svg
}

/// The span of a run in words.
pub fn span(run: &Run, logs: &Logs) -> String {
    format!("{:.1} days until {}", run.days, rfc3339(logs.clock))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(
        alerts_per_day: i64,
        scale: f64,
        alerts: u64,
        found: &[&str],
        attacks: usize,
    ) -> Run {
        Run {
            setting: Setting { alerts_per_day, scale },
            days: 10.0,
            records: 1000,
            alerts,
            right: found.len() as u64,
            learned: alerts / 2,
            configured: alerts - alerts / 2,
            found: found.iter().map(|attack| (*attack).to_owned()).collect(),
            attacks,
        }
    }

    #[test]
    fn a_patch_is_a_policy_and_scales_no_threshold_that_would_stop_learning() {
        let policy = Policy::parse("[detector.mass-change]\ndeletes = 40\n").unwrap();
        let changes = changes(&policy, Setting { alerts_per_day: 4, scale: 0.5 });
        let text = patch(&changes);
        let patched = Policy::parse(&text).unwrap_or_else(|issues| panic!("{issues:#?}\n{text}"));
        assert_eq!(patched.baseline.alerts_per_day, 4);
        assert!(text.contains("deletes = 20\n") && !text.contains("updates"), "{text}");
        assert!(!text.contains("detector.volume") && text.contains("failures = 3\n"), "{text}");
        let whole = changed("[detector.brute-force]\nwindow = \"1h\"\n", &changes).unwrap();
        let whole = Policy::parse(&whole).unwrap();
        assert_eq!(
            (whole.detectors[0].number("failures"), whole.detectors[0].number("window")),
            (3, 3_600_000)
        );
        let alone = super::changes(&policy, Setting { alerts_per_day: 0, scale: 1.0 });
        assert_eq!(patch(&alone), "[baseline]\nalerts_per_day = 0\n");
    }

    #[test]
    fn the_best_finds_most_with_the_fewest_alerts_within_the_limit() {
        let runs = [
            outcome(1, 1.0, 10, &["a"], 3),
            outcome(2, 1.0, 30, &["a", "b"], 3),
            outcome(4, 1.0, 40, &["a", "b"], 3),
            outcome(8, 0.5, 900, &["a", "b", "c"], 3),
        ];
        assert_eq!(best(&runs, 5.0).unwrap().setting.alerts_per_day, 2);
        assert_eq!(best(&runs, 100.0).unwrap().setting.alerts_per_day, 8);
        assert!(best(&runs, 0.5).is_none());
        let equal = [0.5, 1.0, 2.0].map(|scale| outcome(1, scale, 10, &["a"], 3));
        assert_eq!(best(&equal, 5.0).unwrap().setting.scale, 1.0);
        let unlabelled = [outcome(1, 1.0, 10, &[], 0), outcome(2, 1.0, 30, &[], 0)];
        assert_eq!(best(&unlabelled, 5.0).unwrap().setting.alerts_per_day, 2);
        assert_eq!((unlabelled[0].recall(), unlabelled[0].precision()), (None, None));
        for runs in [&runs[..], &unlabelled] {
            let svg = drawing(runs, runs.first());
            assert_eq!(svg.matches("<circle").count(), 2 * runs.len());
            assert!(svg.contains("of baselines, "));
            assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
        }
    }
}
