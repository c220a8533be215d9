//! Results of a history: recall and time to detect per attack, benign alerts per day against the budget.

use crate::evaluated::{Evaluated, Finding, Reader};
use crate::history::attack::{Attack, Strength};
use crate::history::catalogue::{SPECS, Spec};
use crate::history::{Event, Group, History, Plan};
use crate::mode::native::Native;
use crate::mode::{Input, Mode, Setup};
use crate::policy_file::PolicyFile;
use anyhow::Result;
use auditward_core::detector;
use auditward_core::severity::Severity;
use auditward_core::time::{DAY, HOUR, Millis};
use serde_json::{Number, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How an attack went.
#[derive(Clone, Debug, Default)]
pub struct Course {
    pub records: u64,
    /// The day of the attack, and whom it is about.
    pub day: i64,
    pub group: Option<Group>,
    first: Option<Millis>,
    last: Millis,
    /// The first alert of a detector that names a right reason: detector, sentence, records so far, time since the first record.
    pub found: Option<(String, String, u64, Millis)>,
    /// A finding of such a detector, medium or above, says by a word or a name what the attack is.
    pub is_named: bool,
    /// Other detectors that alerted on its records.
    pub others: BTreeSet<String>,
    /// Detectors with a finding on its records, or on others for its sake, however slight.
    pub detectors: BTreeSet<String>,
}

/// Alerts on benign records of one day.
#[derive(Clone, Copy, Debug, Default)]
pub struct Daily {
    /// Of baselines, which the budget is about.
    pub learned: u64,
    /// Of rules and configured thresholds.
    pub configured: u64,
}

/// The result of one or more histories with the same plan but for the seed.
#[derive(Default)]
pub struct Evaluation {
    pub courses: Vec<(&'static Spec, Strength, Course)>,
    /// By day, summed over the histories.
    pub days: Vec<Daily>,
    pub groups: BTreeMap<Group, Daily>,
    pub detectors: BTreeMap<String, u64>,
    /// Sentences of benign alerts, a few of each detector.
    pub examples: BTreeMap<String, Vec<String>>,
    pub records: u64,
    pub histories: u64,
    pub budget: f64,
    pub reorganisation: i64,
    /// After which half of what was learned is forgotten.
    pub half_life_days: i64,
}

/// Sentences that are kept of each detector.
const EXAMPLES: usize = 3;

impl Evaluation {
    pub fn new(plan: &Plan, policy: &PolicyFile) -> Evaluation {
        Evaluation {
            days: vec![Daily::default(); plan.days.max(0) as usize],
            budget: policy.policy.baseline.alerts_per_day as f64,
            reorganisation: plan.reorganisation(),
            half_life_days: policy.policy.baseline.half_life / DAY,
            ..Evaluation::default()
        }
    }

    /// Plays histories of a company, over which the attacks are spread, so that a small one is not attacked all the time.
    pub fn of(
        plan: Plan,
        histories: usize,
        attacks: &[(&'static Spec, Strength)],
        policy: &PolicyFile,
    ) -> Result<Evaluation> {
        let mut evaluation = Evaluation::new(&plan, policy);
        for part in 0..histories {
            let injected: Vec<_> = attacks.iter().copied().skip(part).step_by(histories).collect();
            let seed = plan.seed.wrapping_mul(1_000).wrapping_add(part as u64);
            let history = History::new(Plan { seed, ..plan }, &injected);
            evaluation.play(history, policy, |_, _, _| Ok(()))?;
        }
        Ok(evaluation)
    }

    /// Plays a history through the engine; `see` gets every line in order, with what was found on it.
    pub fn play(
        &mut self,
        mut history: History,
        policy: &PolicyFile,
        mut see: impl FnMut(&Event, &Evaluated, &[Attack]) -> Result<()>,
    ) -> Result<()> {
        let setup =
            Setup { policy: policy.text.clone(), seed: history.plan.seed, ..Setup::default() };
        let reader = Reader::new(&policy.policy);
        let mut engine = Clocked::new(&setup)?;
        let begun = |attack: &Attack| Course {
            day: attack.day,
            group: attack.group(&history.actors),
            ..Course::default()
        };
        let mut courses: Vec<Course> = history.attacks.iter().map(begun).collect();
        let victims: Vec<String> = (history.attacks.iter())
            .map(|attack| (attack.spec.stage, history.actors.get(attack.victim)))
            .map(|(stage, actor)| match (stage, actor) {
                (Some(stage), _) if !stage.entity.is_empty() => stage.entity.to_owned(),
                (_, actor) => actor.map_or_else(String::new, |actor| actor.login.clone()),
            })
            .collect();
        // Alerts of a record are counted once, however often it is delivered.
        let mut counted = BTreeSet::new();
        let mut day = 0;
        while let Some(events) = history.next_day() {
            for event in &events {
                let evaluated = engine.evaluate(event, &reader)?;
                let of = (day, history.attacks.as_slice(), victims.as_slice());
                self.add(event, &evaluated, of, &mut courses, &mut counted);
                see(event, &evaluated, &history.attacks)?;
            }
            day += 1;
        }
        self.histories += 1;
        let of = |(attack, course): (&Attack, Course)| (attack.spec, attack.strength, course);
        self.courses.extend(history.attacks.iter().zip(courses).map(of));
        Ok(())
    }

    fn add(
        &mut self,
        event: &Event,
        evaluated: &Evaluated,
        (day, attacks, victims): (usize, &[Attack], &[String]),
        courses: &mut [Course],
        counted: &mut BTreeSet<String>,
    ) {
        self.records += 1;
        if let Some((attack, course)) =
            event.attack.and_then(|at| attacks.get(at).zip(courses.get_mut(at)))
        {
            return course.add(event, evaluated, attack.spec);
        }
        let alerts = || evaluated.findings.iter().filter(|finding| is_alert(&finding.severity));
        if alerts().next().is_none() || !evaluated.id.iter().all(|id| counted.insert(id.clone())) {
            return;
        }
        for finding in alerts() {
            let mut of_victims = courses.iter_mut().zip(attacks.iter().zip(victims));
            if of_victims.any(|(course, (at, victim))| course.counts(event, finding, at, victim)) {
                continue;
            }
            let spec = detector::find(finding.detector.as_bytes());
            let is_learned =
                finding.expected.is_some() || spec.is_some_and(|spec| spec.attributes.is_learned);
            let more = Daily { learned: u64::from(is_learned), configured: u64::from(!is_learned) };
            self.days.get_mut(day).into_iter().for_each(|daily| daily.add(more));
            self.groups.entry(event.group).or_default().add(more);
            let kind = if is_learned { "learned" } else { "configured" };
            let name = format!("{} ({kind})", finding.detector);
            *self.detectors.entry(name.clone()).or_default() += 1;
            let examples = self.examples.entry(name).or_default();
            if examples.len() < EXAMPLES {
                examples.push(finding.reason.clone());
            }
        }
    }

    /// Found and injected, of a strength, or of one attack at a strength.
    pub fn recall(&self, spec: Option<&str>, strength: Strength) -> (usize, usize) {
        let of = || {
            self.courses
                .iter()
                .filter(|(at, of, _)| *of == strength && spec.is_none_or(|spec| spec == at.id))
        };
        (of().filter(|(_, _, course)| course.found.is_some()).count(), of().count())
    }

    /// Found and injected of a strength, of those whose course is one of these.
    pub fn recall_of(&self, strength: Strength, is_of: impl Fn(&Course) -> bool) -> (usize, usize) {
        let of = || self.courses.iter().filter(|(_, of, course)| *of == strength && is_of(course));
        (of().filter(|(_, _, course)| course.found.is_some()).count(), of().count())
    }

    /// Recall by the time of the attack: before and after the reorganisation.
    pub fn recall_by_period(&self, strength: Strength) -> [(&'static str, usize, usize); 2] {
        let split = self.reorganisation;
        let (before, all_before) = self.recall_of(strength, |course| course.day < split);
        let (after, all_after) = self.recall_of(strength, |course| course.day >= split);
        [
            ("before the reorganisation", before, all_before),
            ("after the reorganisation", after, all_after),
        ]
    }

    /// Recall by whom the attack is about.
    pub fn recall_by_group(&self, strength: Strength) -> Vec<(Group, usize, usize)> {
        let groups: BTreeSet<Group> =
            self.courses.iter().filter_map(|(_, _, course)| course.group).collect();
        let of = |group: Group| {
            let (found, injected) = self.recall_of(strength, |course| course.group == Some(group));
            (group, found, injected)
        };
        groups.into_iter().map(of).collect()
    }

    /// Attacks of which a finding says by a word or a name what they are, and those injected.
    pub fn named(&self, spec: Option<&str>, strength: Strength) -> (usize, usize) {
        let (_, injected) = self.recall(spec, strength);
        let is_named = |(at, of, course): &&(&'static Spec, Strength, Course)| {
            *of == strength && spec.is_none_or(|spec| spec == at.id) && course.is_named
        };
        (self.courses.iter().filter(is_named).count(), injected)
    }

    /// Benign alerts a day between two days, per history.
    pub fn per_day(&self, from: i64, to: i64) -> (f64, f64) {
        let days = self
            .days
            .get(from.max(0) as usize..(to.max(0) as usize).min(self.days.len()))
            .unwrap_or_default();
        let over = (days.len() as u64 * self.histories).max(1) as f64;
        let sum = |of: fn(&Daily) -> u64| days.iter().map(of).sum::<u64>() as f64 / over;
        (sum(|daily| daily.learned), sum(|daily| daily.configured))
    }

    /// Periods of the time split: name, first day, day after the last.
    pub fn periods(&self) -> [(&'static str, i64, i64); 4] {
        let (end, change) = (self.days.len() as i64, self.reorganisation);
        [
            ("days 1 and 2", 0, 2),
            ("after day 2", 2, end),
            ("before the reorganisation", 2, change),
            ("after the reorganisation", change, end),
        ]
    }

    /// Days after the reorganisation until the benign alerts of a day are at most twice the budget, and stay so on average.
    pub fn days_to_recover(&self) -> Option<i64> {
        let end = self.days.len() as i64;
        (self.reorganisation..end)
            .find(|&day| self.is_within_budget(day, end))
            .map(|day| day - self.reorganisation)
    }

    /// The budget is met again within two half-lives of the reorganisation.
    pub fn recovers(&self) -> bool {
        self.days_to_recover().is_some_and(|days| days <= 2 * self.half_life_days)
    }

    /// The benign alerts after the second day, those of rules and thresholds included, are at most twice the budget.
    pub fn keeps_budget(&self) -> bool {
        self.is_within_budget(2, self.days.len() as i64)
    }

    fn is_within_budget(&self, from: i64, to: i64) -> bool {
        let (learned, configured) = self.per_day(from, to);
        learned + configured <= 2.0 * self.budget
    }

    /// Median of records and seconds until an attack is found.
    pub fn time_to_detect(&self, spec: &str, strength: Strength) -> Option<(u64, Millis)> {
        let mut found: Vec<(u64, Millis)> = self
            .courses
            .iter()
            .filter(|(at, of, _)| at.id == spec && *of == strength)
            .filter_map(|(_, _, course)| {
                course.found.as_ref().map(|found| (found.2, found.3 / 1000))
            })
            .collect();
        found.sort_unstable();
        found.get(found.len() / 2).copied()
    }

    /// All of it.
    pub fn json(&self) -> Value {
        let attack = |(spec, strength): (&Spec, Strength)| {
            let (found, injected) = self.recall(Some(spec.id), strength);
            let time = self.time_to_detect(spec.id, strength);
            json!({
                "attack": spec.id, "title": spec.title, "strength": strength.name(), "detectors": spec.detectors, "found": found, "injected": injected,
                "recall": share(found, injected), "named": self.named(Some(spec.id), strength).0, "records_to_detect": time.map(|time| time.0), "seconds_to_detect": time.map(|time| time.1),
            })
        };
        let both = |spec| Strength::ALL.map(|strength| (spec, strength));
        let total = |strength| {
            let (found, injected) = self.recall(None, strength);
            share(found, injected)
        };
        let named = |strength| {
            let (named, injected) = self.named(None, strength);
            share(named, injected)
        };
        let period = |(name, from, to): (&str, i64, i64)| {
            let (learned, configured) = self.per_day(from, to);
            json!({ "period": name, "learned_per_day": learned, "configured_per_day": configured })
        };
        let group = |(group, daily): (&Group, &Daily)| {
            (
                group.name().to_owned(),
                json!({ "learned": daily.learned, "configured": daily.configured }),
            )
        };
        let by_period = |strength| {
            let rows = self.recall_by_period(strength).into_iter();
            rows.map(|(name, found, injected)| {
                (name.to_owned(), json!({ "found": found, "injected": injected }))
            })
            .collect::<serde_json::Map<_, _>>()
        };
        let by_group = |strength| {
            let rows = self.recall_by_group(strength).into_iter();
            rows.map(|(group, found, injected)| {
                (group.name().to_owned(), json!({ "found": found, "injected": injected }))
            })
            .collect::<serde_json::Map<_, _>>()
        };
        json!({
            "records": self.records, "histories": self.histories, "alerts_per_day": self.budget, "keeps_budget": self.keeps_budget(),
            "recall": { "strong": total(Strength::Strong), "weak": total(Strength::Weak) },
            "recall_by_period": { "strong": by_period(Strength::Strong), "weak": by_period(Strength::Weak) },
            "recall_by_identity": { "strong": by_group(Strength::Strong), "weak": by_group(Strength::Weak) },
            "named": { "strong": named(Strength::Strong), "weak": named(Strength::Weak) },
            "attacks": SPECS.iter().flat_map(both).map(attack).collect::<Vec<_>>(),
            "benign": {
                "periods": self.periods().into_iter().map(period).collect::<Vec<_>>(),
                "identities": self.groups.iter().map(group).collect::<serde_json::Map<_, _>>(),
                "detectors": self.detectors, "examples": self.examples,
            },
            "drift": { "reorganisation_on_day": self.reorganisation + 1, "days_to_recover": self.days_to_recover(), "half_life_days": self.half_life_days, "recovers": self.recovers() },
        })
    }
}

/// A share, or nothing of nothing.
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn is_alert(severity: &str) -> bool {
    Severity::from_name(severity) >= Severity::Medium
}

impl Daily {
    fn add(&mut self, more: Daily) {
        self.learned += more.learned;
        self.configured += more.configured;
    }
}

/// A count goes on for so long behind the newest record of an attack.
const COUNTED: Millis = HOUR;

impl Course {
    /// A count of the victim's records may reach a threshold on one of its own that comes between those of the attack: that finds the attack.
    fn counts(&mut self, event: &Event, finding: &Finding, attack: &Attack, victim: &str) -> bool {
        let since = event.time - self.last;
        let is_of_victim = finding.key.values().any(|name| name == victim);
        let is_count = finding.observed.as_ref().and_then(Number::as_u64) > Some(1);
        let is_right = attack.spec.detectors.contains(&finding.detector.as_str());
        let within = attack.spec.stage.map_or(COUNTED, |stage| stage.within);
        if self.first.is_none() || !(0..=within).contains(&since) {
            return false;
        }
        let is_found = is_of_victim && is_count && is_right;
        if is_found {
            self.find(event, finding, attack.spec);
        }
        is_found
    }

    fn find(&mut self, event: &Event, finding: &Finding, spec: &Spec) {
        self.is_named |= spec.words.iter().any(|word| finding.reason.contains(word));
        self.detectors.insert(finding.detector.clone());
        if self.found.is_none() {
            let after = (event.time - self.first.unwrap_or(event.time)).max(0);
            self.found =
                Some((finding.detector.clone(), finding.reason.clone(), self.records, after));
        }
    }

    fn add(&mut self, event: &Event, evaluated: &Evaluated, spec: &Spec) {
        self.records += 1;
        self.first.get_or_insert(event.time);
        self.last = self.last.max(event.time);
        self.detectors.extend(evaluated.findings.iter().map(|finding| finding.detector.clone()));
        for finding in evaluated.findings.iter().filter(|finding| is_alert(&finding.severity)) {
            if !spec.detectors.contains(&finding.detector.as_str()) {
                self.others.insert(finding.detector.clone());
            } else {
                self.find(event, finding, spec);
            }
        }
    }
}

/// The engine, whose clock is each record's arrival.
struct Clocked {
    native: Native,
    clock: std::sync::Arc<std::sync::atomic::AtomicI64>,
    number: u64,
}

impl Clocked {
    fn new(setup: &Setup) -> Result<Clocked> {
        let clock = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
        let native = Native::new(&Setup { clock: Some(clock.clone()), ..setup.clone() })?;
        Ok(Clocked { native, clock, number: 0 })
    }

    /// Findings of a record, which is read only where it has some.
    fn evaluate(&mut self, event: &Event, reader: &Reader) -> Result<Evaluated> {
        self.clock.store(event.arrival, std::sync::atomic::Ordering::Relaxed);
        self.number += 1;
        let bytes = event.line.as_bytes();
        let answer = self.native.process(Input {
            tag: "",
            time_ms: event.arrival,
            nonce: self.number,
            bytes,
        })?;
        Ok(match self.native.engine.has_findings() {
            true => reader.read(&answer),
            false => Evaluated::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluated::Finding;
    use crate::history::POLICY;

    fn policy() -> PolicyFile {
        PolicyFile::checked("policy", POLICY.to_owned()).unwrap()
    }

    fn event(time: Millis, attack: Option<usize>) -> Event {
        Event { time, arrival: time, line: String::new(), attack, group: Group::Person }
    }

    fn found(id: &str, detector: &str, expected: Option<u64>) -> Evaluated {
        let finding = Finding {
            detector: detector.into(),
            severity: "high".into(),
            expected: expected.map(Into::into),
            ..Finding::default()
        };
        Evaluated { id: Some(id.into()), findings: vec![finding], ..Evaluated::default() }
    }

    #[test]
    fn only_a_right_reason_counts_and_a_redelivered_record_counts_once() {
        let plan = Plan { actors: 10, days: 9, seed: 1, skew: 1.0 };
        let mut evaluation = Evaluation::new(&plan, &policy());
        evaluation.histories = 1;
        let spec = Spec::find("night").unwrap();
        let attacks = [Attack { spec, strength: Strength::Weak, victim: 0, day: 8 }];
        let (mut courses, mut counted) = (vec![Course::default()], BTreeSet::new());
        let victims = ["ann".to_owned()];
        let mut add = |event: &Event, evaluated: &Evaluated| {
            let of = (3, attacks.as_slice(), victims.as_slice());
            evaluation.add(event, evaluated, of, &mut courses, &mut counted);
        };
        add(&event(1_000, Some(0)), &found("a", "volume", None));
        add(&event(4_000, Some(0)), &found("b", "off-hours", None));
        add(&event(5_000, None), &found("c", "volume", Some(3)));
        add(&event(5_000, None), &found("c", "volume", Some(3)));
        add(&event(6_000, None), &found("d", "volume", None));
        assert_eq!(courses[0].found.as_ref().map(|found| (found.2, found.3)), Some((2, 3_000)));
        assert!(courses[0].others.contains("volume"));
        assert_eq!(evaluation.per_day(3, 4), (1.0, 1.0));
        assert!(evaluation.keeps_budget());
    }

    #[test]
    fn a_count_of_the_victims_records_finds_the_attack_on_a_record_between_its_own() {
        let plan = Plan { actors: 10, days: 9, seed: 1, skew: 1.0 };
        let mut evaluation = Evaluation::new(&plan, &policy());
        let spec = Spec::find("mass-delete").unwrap();
        let attacks = [Attack { spec, strength: Strength::Weak, victim: 0, day: 8 }];
        let victims = ["ann".to_owned()];
        let (mut courses, mut counted) = (vec![Course::default()], BTreeSet::new());
        let mut add = |time: Millis, attack, evaluated: &Evaluated| {
            let of = (3, attacks.as_slice(), victims.as_slice());
            let event = event(time, attack);
            evaluation.add(&event, evaluated, of, &mut courses, &mut counted);
        };
        let of = |id: &str, name: &str, observed: u64| {
            let mut evaluated = found(id, "mass-change", Some(1));
            for finding in &mut evaluated.findings {
                finding.key.insert("actor".into(), name.into());
                finding.observed = Some(observed.into());
            }
            evaluated
        };
        add(1_000, None, &of("a", "ann", 20));
        add(2_000, Some(0), &Evaluated::default());
        add(3_000, None, &of("b", "bob", 20));
        add(4_000, None, &of("c", "ann", 1));
        add(5_000 + HOUR, None, &of("d", "ann", 20));
        add(6_000, None, &of("e", "ann", 20));
        assert_eq!(courses[0].found.as_ref().map(|found| (found.2, found.3)), Some((1, 4_000)));
        let days: u64 = evaluation.days.iter().map(|daily| daily.learned).sum();
        assert_eq!(days, 4, "before it, of another, no count, long after");
    }

    /// A company of ten over ten days: the lines are read by the sources that they are shaped after, and attacks of the loud kind are found.
    #[test]
    fn a_small_history_is_understood_and_loud_attacks_are_found() {
        let policy = policy();
        let injected: Vec<_> = ["guessing", "guessed", "logging-stopped", "privilege"]
            .into_iter()
            .filter_map(|id| Some((Spec::find(id)?, Strength::Strong)))
            .collect();
        let plan = Plan { actors: 10, days: 10, seed: 5, skew: 1.0 };
        let mut evaluation = Evaluation::new(&plan, &policy);
        let history = History::new(plan, &injected);
        evaluation.play(history, &policy, |_, _, _| Ok(())).unwrap();
        for (spec, _, course) in &evaluation.courses {
            assert!(course.found.is_some(), "{}: {course:?}", spec.id);
        }
        assert!(evaluation.records > 1_000, "{}", evaluation.records);
    }

    #[test]
    fn every_line_is_of_a_source_that_is_known() {
        let policy = policy();
        let reader = Reader::new(&policy.policy);
        let setup = Setup { policy: policy.text.clone(), ..Setup::default() };
        let mut engine = Native::new(&setup).unwrap();
        let plan = Plan { actors: 20, days: 2, seed: 2, skew: 0.5 };
        let mut history = History::new(plan, &[]);
        let mut sources = BTreeSet::new();
        while let Some(events) = history.next_day() {
            for event in events {
                let input = Input {
                    tag: "",
                    time_ms: event.arrival,
                    nonce: 0,
                    bytes: event.line.as_bytes(),
                };
                let answer = engine.process(input).unwrap();
                let evaluated = reader.read(&answer);
                assert_eq!(
                    evaluated.time_ms().map(|time| time / 1000),
                    Some(event.time / 1000),
                    "{}",
                    event.line
                );
                sources.extend(evaluated.source);
            }
        }
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        assert_eq!(
            sources,
            [
                "acme.records",
                "aws.cloudtrail",
                "github.audit",
                "http.access",
                "okta.system",
                "system.auth"
            ]
        );
    }

    /// Drift: where a third of the people changes department, the budget is met again within days.
    #[test]
    fn the_budget_is_met_again_after_a_reorganisation() {
        let plan = Plan { actors: 500, days: 30, seed: 3, skew: 0.1 };
        let mut found = Evaluation::of(plan, 1, &[], &policy()).unwrap();
        assert!(found.keeps_budget() && found.recovers(), "{:?}", found.days);
        assert!(found.days_to_recover().is_some_and(|days| days <= 5), "{:?}", found.days);
        for daily in &mut found.days {
            daily.learned += 5;
        }
        assert!(!found.recovers() && found.days_to_recover().is_none());
    }

    /// The figures of `auditward evaluate` for a small company: a change that finds less, or alerts more, must say so here.
    #[test]
    fn the_figures_of_small_histories_do_not_get_worse() {
        let plan = Plan { actors: 10, days: 30, seed: 1, skew: 9.0 };
        let found = Evaluation::of(plan, 8, &History::all_attacks(1), &policy()).unwrap();
        let missed: Vec<_> = found
            .courses
            .iter()
            .filter(|(_, _, course)| course.found.is_none())
            .map(|(spec, strength, _)| (spec.id, strength.name()))
            .collect();
        let recall = Strength::ALL.map(|strength| found.recall(None, strength).0);
        assert!(recall[0] >= 15 && recall[1] >= 12, "{recall:?}, missed: {missed:?}");
        assert!(found.recovers(), "after the reorganisation: {:?}", found.days);
        for strength in Strength::ALL {
            let all = found.recall(None, strength);
            let [before, after] = found.recall_by_period(strength);
            assert_eq!((before.1 + after.1, before.2 + after.2), all);
            let by_group = found.recall_by_group(strength).into_iter();
            let sum = by_group.fold((0, 0), |sum, of| (sum.0 + of.1, sum.1 + of.2));
            assert_eq!(sum, all);
        }
        let benign = found.per_day(2, plan.days).0;
        assert!(benign <= 0.2, "{benign} benign alerts a day: {:?}", found.detectors);
    }
}
