//! Rules of packs and of the policy: single records, thresholds, sequences.

use super::{Attributes, Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::finding::Named;
use crate::detect::inspect::Progress;
use crate::detect::threshold::{Counted, Due, Schedule};
use crate::detect::{Facts, Finding, Findings, Severity, Subject, joined, shorten, write_duration};
use crate::event::Field;
use crate::pack;
use crate::parse::text::Sink;
use crate::pattern::Patterns;
use crate::policy::option::{Kind, Opt};
use crate::policy::{Policy, Settings};
use crate::rule::condition::{Condition, Look, Scratch};
use crate::rule::index::{Entry, Index, Part};
use crate::rule::{Entity, MOST_RULES, MOST_STEPS, Measure, Rule, Trigger};
use crate::sketch::Words;
use crate::sketch::evidence::{Chain, Evidence};
use crate::sketch::table::{self, ALERT, Table};
use crate::time::{Millis, SECOND};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

pub const ID: &str = "rules";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Rules of packs and of the policy: actions that are forbidden or must be reviewed whenever they happen.",
    doc: "Evaluates each record against the rules for its source and action: privileges granted, protection disabled, logging stopped, secrets read, \
          data made public and others. `auditward rules list` lists them, `auditward rules show ID` explains one. A rule matches a single record, a \
          number of records within a window, or a sequence of records. The finding names the rule, the actor, the action and the target. Blind spots: \
          actions that no rule knows. Tune with `disable`, `enable` and `severities`. Example: an administrator stops a CloudTrail trail.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new(
            "disable",
            Kind::Patterns,
            "[]",
            "Rules that are disabled: ids, with `*` for any text.",
        ),
        Opt::new(
            "enable",
            Kind::Patterns,
            "[]",
            "Enable only these rules: ids, with `*` for any text. Empty: all.",
        ),
        Opt::new(
            "severities",
            Kind::Groups,
            "{}",
            "Severities that replace those of the rules themselves, e.g. `{ low = [\"aws.key-*\"] }`.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"info\"",
            "Minimum severity of a finding. Each rule has its own severity; a lower one is raised to this.",
        ),
        flat_cooldown("\"15m\""),
        ONLY,
        EXCEPT,
    ],
    share: 3,
    attributes: Attributes::NONE,
    build: |settings, policy, memory| Box::new(Rules::new(settings, policy, memory)),
};

struct Rules {
    /// Each with the severity of its findings.
    rules: Vec<(Cow<'static, Rule>, Severity)>,
    index: Index,
    state: State,
}

/// The rules that a policy uses, each with the severity of its findings, by the detector's settings. Rules of the policy replace built-in ones of the same id;
/// its exceptions are added to theirs.
pub fn in_use(
    settings: &Settings,
    policy: &Policy,
) -> impl Iterator<Item = (Cow<'static, Rule>, Severity)> {
    let own = policy.rules.as_slice();
    let exceptions: Vec<(Patterns, &[Condition])> = policy
        .exceptions
        .iter()
        .map(|exception| (Patterns::plain(&exception.rules), exception.when.as_slice()))
        .collect();
    let [enable, disable] = ["enable", "disable"].map(|key| Patterns::plain(settings.list(key)));
    let groups: Vec<(Severity, Patterns)> = settings
        .groups("severities")
        .iter()
        .map(|(severity, ids)| (Severity::from_name(severity), Patterns::plain(ids)))
        .collect();
    let is_on = move |rule: &Rule| {
        (enable.is_empty() || enable.is_match(rule.id.as_bytes()))
            && !disable.is_match(rule.id.as_bytes())
    };
    let severity = move |rule: &Rule| {
        groups
            .iter()
            .find(|(_, ids)| ids.is_match(rule.id.as_bytes()))
            .map_or(rule.severity, |(severity, _)| *severity)
    };
    let built_in = pack::rules()
        .iter()
        .filter(|rule| !own.iter().any(|own| own.id == rule.id))
        .map(Cow::Borrowed);
    own.iter()
        .cloned()
        .map(Cow::Owned)
        .chain(built_in)
        .filter(move |rule| is_on(rule))
        .take(MOST_RULES)
        .map(move |mut rule| {
            let severity = severity(&rule);
            for (ids, when) in &exceptions {
                if ids.is_match(rule.id.as_bytes()) {
                    rule.to_mut().unless.extend_from_slice(when);
                }
            }
            (rule, severity)
        })
}

/// State of entities.
struct State {
    schedule: Schedule,
    least: Severity,
    /// Alerts by rule and entity.
    alerts: Table,
    /// Counts and steps by rule and entity.
    counts: Table,
    evidence: Evidence,
    /// Findings of each rule since the start; a redelivered record is not counted again.
    fired: Vec<u64>,
    scratch: RefCell<Scratch>,
}

/// An entry of `counts`: an alert, then sixteen buckets, or sixteen values with their times, or the times of steps.
const PLACES: usize = 16;
const COUNTS: usize = ALERT + PLACES;
/// Seconds of inactivity after which an entity can be evicted for any other.
const KEPT_S: u32 = 7 * 24 * 3600;
const _: () = assert!(
    MOST_STEPS <= PLACES && crate::rule::MOST_DISTINCT as usize <= PLACES,
    "steps and values have places in an entry"
);

/// Match of a rule.
struct Hit {
    observed: u64,
    least: u64,
    window: Millis,
}

impl Rules {
    fn new(settings: &Settings, policy: &Policy, memory: usize) -> Rules {
        let rules: Vec<_> = in_use(settings, policy).collect();
        let eighth = memory / 8;
        let state = State {
            schedule: Schedule::steady(settings),
            least: Severity::from_name(settings.text("severity")),
            alerts: Table::new("rules.alerts", 1, ALERT, KEPT_S, eighth.saturating_mul(3)),
            counts: Table::new("rules.counts", 1, COUNTS, KEPT_S, eighth.saturating_mul(4)),
            evidence: Evidence::new("rules.evidence", eighth),
            fired: vec![0; rules.len()],
            scratch: RefCell::default(),
        };
        Rules { index: Index::new(rules.iter().map(|(rule, _)| &**rule)), rules, state }
    }
}

impl State {
    /// Holds the record against one condition of a rule.
    #[inline(never)]
    fn hold(
        &mut self,
        rule: &Rule,
        severity: Severity,
        entry: Entry,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let part = entry.part;
        if subject.facts.has_any(Facts::RETOLD) && !matches!(rule.trigger, Trigger::Event) {
            return;
        }
        let look = Look {
            event: subject.event,
            input: subject.input,
            record: subject.record,
            scratch: &self.scratch,
        };
        let is_met =
            rule.part(part).is_some_and(|condition| condition.holds_but(entry.settled, &look))
                && !rule.unless.iter().any(|known| known.holds(&look));
        if !is_met {
            return;
        }
        let key = rule.key(subject);
        let hit = match (&rule.trigger, part) {
            (Trigger::Event, _) => {
                Some(Hit { observed: subject.times().max(1), least: 1, window: 0 })
            }
            (Trigger::Threshold { measure, least, window }, _) => {
                let observed = count(&mut self.counts, key, *measure, *window, subject);
                findings.inspect(|inspection| {
                    let (what, observed) = (rule.id.clone(), observed.unwrap_or_default());
                    inspection.counts.push(Progress {
                        detector: subject.detector,
                        what,
                        entity: "",
                        observed,
                        threshold: *least,
                        window: *window,
                        share: None,
                    });
                });
                observed.filter(|observed| observed >= least).map(|observed| Hit {
                    observed,
                    least: *least,
                    window: *window,
                })
            }
            (Trigger::Sequence { steps, within, is_ordered }, Part::Step(step)) => {
                let is_whole = step_on(
                    &mut self.counts,
                    key,
                    usize::from(step),
                    steps.len(),
                    *within,
                    *is_ordered,
                    subject.time,
                );
                is_whole.then_some(Hit {
                    observed: steps.len() as u64,
                    least: steps.len() as u64,
                    window: *within,
                })
            }
            (Trigger::Without { within, .. }, Part::When) => {
                let is_recent = last_step(&mut self.counts, key)
                    .is_some_and(|at| subject.time.saturating_sub(at) <= *within);
                (!is_recent).then_some(Hit { observed: 1, least: 1, window: *within })
            }
            (Trigger::Without { within, .. }, _) => {
                step_on(&mut self.counts, key, 0, 1, *within, true, subject.time);
                None
            }
            _ => None,
        };
        if let Some(hit) = hit {
            self.state((rule, severity, entry.rule), key, &hit, subject, findings);
        }
    }

    /// Adds the finding, unless it was stated for the entity within the cooldown.
    #[cold]
    #[inline(never)]
    fn state(
        &mut self,
        (rule, severity, number): (&Rule, Severity, u16),
        key: u64,
        hit: &Hit,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let Some(mut entry) = self.alerts.place(key, ALERT, second_of(subject.time)) else {
            return;
        };
        let last = if entry.is_new { Default::default() } else { entry.alert() };
        let second = second_of(subject.time);
        entry.set_stamp(second.max(entry.stamp()));
        let due = self.schedule.due(last, hit.observed, subject.time);
        if due == Due::Not {
            return;
        }
        let link = self.evidence.keep(subject.serial(), entry.own());
        entry.set_own(link);
        entry.set_alert(self.schedule.alert(last, hit.observed, subject.time));
        let (role, name) = rule.named(subject);
        let finding = Finding {
            detector: &SPEC,
            rule: Some(Named { id: &rule.id, author: &rule.author, reference: &rule.reference }),
            technique: Some(rule.technique.as_str()).filter(|technique| !technique.is_empty()),
            severity: severity.max(self.least),
            observed: hit.observed,
            limit: hit.least,
            window: hit.window,
            role,
            key: name,
            reason: &|out| write(rule, hit, subject, out),
            evidence: Chain::new(&self.evidence, link),
            due,
        };
        if findings.add(subject, &finding) {
            if let Some(fired) = self.fired.get_mut(usize::from(number)) {
                *fired = fired.saturating_add(1);
            }
        } else if let Some(mut entry) = self.alerts.find(key, ALERT) {
            let counted = Counted { count: hit.observed, due, last, ..Counted::default() };
            entry.set_alert(self.schedule.suppressed(&counted, subject.time));
        }
    }
}

impl Rule {
    /// The key under which the rule keeps state for the record's entity.
    fn key(&self, subject: &Subject<'_>) -> u64 {
        let rule = subject.key_in(4, self.id.as_bytes());
        let own =
            self.per.iter().fold(rule, |key, entity| joined(key, subject.keyed(entity.name()).1));
        // What is done to another thing is another matter, where each record counts by itself.
        if self.trigger == Trigger::Event { subject.key_in(own, subject.target()) } else { own }
    }

    /// Whom the finding is about: the first entity with a name.
    fn named<'s>(&self, subject: &Subject<'s>) -> (&'static str, &'s [u8]) {
        let all = self
            .per
            .iter()
            .copied()
            .chain(Entity::ALL)
            .map(|entity| (entity.name(), subject.keyed(entity.name()).0));
        all.into_iter().find(|(_, name)| !name.is_empty()).unwrap_or(("service", b"-"))
    }
}

/// Seconds since 1970.
fn second_of(time: Millis) -> u32 {
    u32::try_from(time.max(0) / SECOND).unwrap_or(u32::MAX)
}

/// `Title: 'actor' did 'action' on 'target'; 12 within 10 min (threshold 10)`, without the parts that the record does not have.
fn write(rule: &Rule, hit: &Hit, subject: &Subject<'_>, out: &mut crate::write::Writer<'_>) {
    out.put(rule.title.as_bytes());
    let (who, what, target) =
        (subject.account(), subject.text(Field::ActionName), subject.target());
    let mut is_first = true;
    for (before, text) in [(&b": '"[..], who), (&b"' did '"[..], what), (&b"' on '"[..], target)] {
        if !text.is_empty() {
            // Without an actor, the sentence begins with the action, or with the target.
            out.put(if is_first { b": '" } else { before });
            out.put(shorten(text));
            is_first = false;
        }
    }
    if !is_first {
        out.put(b"'");
    }
    if hit.window > 0 {
        out.put(b"; ");
        out.number(i64::try_from(hit.observed).unwrap_or(i64::MAX));
        out.put(b" within ");
        write_duration(hit.window, out);
        out.put(b" (threshold ");
        out.number(i64::try_from(hit.least).unwrap_or(i64::MAX));
        out.put(b")");
    }
}

/// Counts one more record of the entity; the count within the window, or `None` where nothing can be counted.
fn count(
    counts: &mut Table,
    key: u64,
    measure: Measure,
    window: Millis,
    subject: &Subject<'_>,
) -> Option<u64> {
    let second = second_of(subject.time);
    let length = u32::try_from(window / SECOND).unwrap_or(u32::MAX).max(1);
    // What is before all that the entity's window reaches counts in a window of its own time, which no later record moves.
    let is_late =
        counts.find(key, COUNTS).is_some_and(|entry| entry.stamp().saturating_sub(second) > length);
    let key = if is_late {
        joined(key, u64::from(second.checked_div(length).unwrap_or_default()))
    } else {
        key
    };
    let mut entry = counts.place(key, COUNTS, second)?;
    let newest = if entry.is_new { second } else { entry.stamp() };
    entry.set_stamp(newest.max(second));
    match measure {
        Measure::Distinct(field) => {
            let text = subject.text(field);
            if text.is_empty() {
                return None;
            }
            let since = newest.max(second).saturating_sub(length);
            Some(distinct(places(&mut entry), subject.key_in(5, text) as u32, second, since))
        }
        Measure::Events => buckets(&mut entry, newest, second, length, subject.times().max(1)),
        Measure::Sum(field) => {
            buckets(&mut entry, newest, second, length, subject.number(field).unwrap_or_default())
        }
    }
}

fn places<'e>(entry: &'e mut table::Entry<'_>) -> &'e mut [u64] {
    entry.words.get_mut(ALERT..).unwrap_or_default()
}

/// Remembers a value and the second it was seen in; how many different ones were seen since. The oldest is evicted.
fn distinct(places: &mut [u64], value: u32, second: u32, since: u32) -> u64 {
    let head = |place: u64| place.wrapping_shr(32) as u32;
    let at = places.iter().position(|&place| place != 0 && head(place) == value).or_else(|| {
        let oldest = places.iter().enumerate().min_by_key(|(_, place)| **place as u32);
        oldest.map(|(at, _)| at)
    });
    if let Some(place) = at.and_then(|at| places.get_mut(at)) {
        let seen = if head(*place) == value { (*place as u32).max(second) } else { second };
        *place = u64::from(value).wrapping_shl(32) | u64::from(seen.max(1));
    }
    places.iter().filter(|place| **place as u32 >= since.max(1)).count() as u64
}

/// Sixteen buckets of a window, of which fifteen reach as far back as asked.
fn buckets(
    entry: &mut table::Entry<'_>,
    newest: u32,
    second: u32,
    window: u32,
    n: u64,
) -> Option<u64> {
    let length = u64::from(window).div_ceil(15).max(1);
    let of = |second: u32| u64::from(second).checked_div(length).unwrap_or_default();
    let (head, bucket) = (of(newest), of(second));
    if head.saturating_sub(bucket) >= PLACES as u64 {
        return None;
    }
    let places = places(entry);
    for passed in
        (1..=bucket.saturating_sub(head).min(PLACES as u64)).map(|step| head.saturating_add(step))
    {
        if let Some(place) = places.get_mut(passed as usize % PLACES) {
            *place = 0;
        }
    }
    if bucket.saturating_sub(head) > PLACES as u64 {
        places.fill(0);
    }
    if let Some(place) = places.get_mut(bucket as usize % PLACES) {
        *place = place.saturating_add(n);
    }
    Some(places.iter().fold(0, |sum, place| sum.saturating_add(*place)))
}

/// Takes a step of a sequence; whether the sequence is whole with it, after which it begins again.
fn step_on(
    counts: &mut Table,
    key: u64,
    step: usize,
    steps: usize,
    within: Millis,
    is_ordered: bool,
    time: Millis,
) -> bool {
    let second = second_of(time);
    let Some(mut entry) = counts.place(key, COUNTS, second) else {
        return false;
    };
    entry.set_stamp(second.max(entry.stamp()));
    let places = places(&mut entry);
    let (now, since) =
        (time.max(1).unsigned_abs(), time.saturating_sub(within).max(1).unsigned_abs());
    // In order, a place holds when the sequence began that came as far; else, when the step was last taken.
    let began = match step.checked_sub(1).filter(|_| is_ordered) {
        Some(before) => places.get(before).copied().filter(|began| (since..=now).contains(began)),
        None => Some(now),
    };
    let Some(began) = began else { return false };
    if let Some(place) = places.get_mut(step) {
        *place = began;
    }
    let is_whole = match is_ordered {
        true => step.saturating_add(1) == steps,
        false => places.get(..steps).is_some_and(|places| places.iter().all(|at| *at >= since)),
    };
    if is_whole && steps > 1 {
        places.fill(0);
    }
    is_whole
}

/// When the entity last took the first step.
fn last_step(counts: &mut Table, key: u64) -> Option<Millis> {
    let entry = counts.find(key, COUNTS)?;
    entry.words.get(ALERT).copied().filter(|at| *at > 0).and_then(|at| i64::try_from(at).ok())
}

impl Detector for Rules {
    fn interest(&self) -> Facts {
        if self.rules.is_empty() { Facts::NONE } else { Facts::ANY | Facts::RETOLD }
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        self.state.scratch.get_mut().forget();
        let look = Look {
            event: subject.event,
            input: subject.input,
            record: subject.record,
            scratch: &self.state.scratch,
        };
        let may = |entry: Entry| {
            self.rules
                .get(usize::from(entry.rule))
                .and_then(|(rule, _)| rule.may(entry.part, &look))
        };
        let selection = self.index.select(subject, may);
        self.index.pieces.clear();
        for at in 0.. {
            let Some(entry) = self.index.selected(selection, at) else {
                break;
            };
            let Some((rule, severity)) = self.rules.get(usize::from(entry.rule)) else {
                continue;
            };
            let look = Look {
                event: subject.event,
                input: subject.input,
                record: subject.record,
                scratch: &self.state.scratch,
            };
            // A record that is read already tells by its keys, at less cost than by anything else.
            let lacks = |key| look.record.lacks_key(key, look.event, look.input);
            if look.record.is_read() && entry.key.is_some_and(lacks) {
                continue;
            }
            if entry.trigger.is_none_or(|trigger| self.index.pieces.may(trigger, &look)) {
                self.state.hold(rule, *severity, entry, subject, findings);
            }
        }
    }

    fn words(&mut self, index: usize) -> Option<&mut Words> {
        match index {
            0 => Some(&mut self.state.alerts.words),
            1 => Some(&mut self.state.counts.words),
            2 => Some(&mut self.state.evidence.words),
            _ => None,
        }
    }

    fn table(&self, index: usize) -> Option<&Table> {
        match index {
            0 => Some(&self.state.alerts),
            1 => Some(&self.state.counts),
            _ => None,
        }
    }

    fn rule(&self, index: usize) -> Option<(&str, u64)> {
        let (rule, _) = self.rules.get(index)?;
        Some((&rule.id, self.state.fired.get(index).copied().unwrap_or_default()))
    }

    fn take_over(&mut self, fired: &BTreeMap<String, u64>) {
        for ((rule, _), count) in self.rules.iter().zip(&mut self.state.fired) {
            *count = fired.get(&rule.id).copied().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::{Class, Outcome};
    use crate::time::{HOUR, MINUTE};
    use crate::{Engine, Raw, Secret, write::Output};

    fn harness(rule: &str) -> Harness {
        Harness::new(
            ID,
            &format!(
                "enable = \"test.*\"\n[[rule]]\nid = \"test.one\"\ntitle = \"A test\"\n{rule}"
            ),
        )
    }

    fn made(actor: &str, action: &str) -> Made {
        Made::new(Class::Other, Outcome::Success)
            .with(Field::Source, "acme.app")
            .with(Field::ActorName, actor)
            .with(Field::ActionName, action)
    }

    fn see(harness: &mut Harness, actor: &str, action: &str, time: Millis) -> Vec<Stated> {
        harness.see(made(actor, action), time)
    }

    const OPENED: &str =
        "when = { source = \"acme.app\", \"action.name\" = [\"vault.open\", \"safe.open\"] }\n";

    #[test]
    fn a_record_that_another_one_counts_fires_rules_of_single_records_alone() {
        let again = || made("ann", "vault.open").times(0);
        assert_eq!(harness(OPENED).see(again(), START), [found("actor", "medium", 1)]);
        let twice = format!("{OPENED}count = 2\nwindow = \"10m\"\n");
        let mut harness = harness(&twice);
        for second in 0..4 {
            assert_eq!(harness.see(again(), START + second * 1000), []);
        }
    }

    #[test]
    fn fires_on_a_record_that_meets_all_conditions() {
        assert_eq!(
            see(&mut harness(OPENED), "ann", "vault.open", START),
            [found("actor", "medium", 1)]
        );
        assert_eq!(
            see(&mut harness(OPENED), "ann", "VAULT.open", START),
            [found("actor", "medium", 1)],
            "letters of any case"
        );
        for (source, action) in
            [("acme.app", "vault.close"), ("other.app", "vault.open"), ("acme.app", "")]
        {
            let other = Made::new(Class::Other, Outcome::Success)
                .with(Field::Source, source)
                .with(Field::ActionName, action);
            assert_eq!(harness(OPENED).see(other, START), [], "{source} {action}");
        }
    }

    #[test]
    fn a_finding_names_what_the_record_has() {
        let reason = |actor: &str, action: &str, target: &str| {
            let mut harness = harness("when = { source = \"acme.app\" }\n");
            let mut made =
                Made::new(Class::Other, Outcome::Success).with(Field::Source, "acme.app");
            for (field, text) in
                [(Field::ActorName, actor), (Field::ActionName, action), (Field::TargetId, target)]
            {
                if !text.is_empty() {
                    made = made.with(field, text);
                }
            }
            harness.see(made, START);
            let (_, behind) = harness.json().split_once("\"reason\":\"").unwrap();
            behind.split_once("\",\"").unwrap().0.to_owned()
        };
        assert_eq!(reason("ann", "open", "v-1"), "A test: 'ann' did 'open' on 'v-1'");
        assert_eq!(reason("", "GET", "/.env"), "A test: 'GET' on '/.env'");
        assert_eq!(reason("ann", "", "v-1"), "A test: 'ann' on 'v-1'");
        assert_eq!(reason("", "", "v-1"), "A test: 'v-1'");
        assert_eq!(reason("", "", ""), "A test");
    }

    #[test]
    fn conditions_of_every_kind() {
        let holds = |condition: &str| {
            let event = made("ann", "vault.open")
                .with(Field::OriginIp, "198.51.100.7")
                .with(Field::TargetName, "Ann")
                .with(Field::OutcomeReason, "a \"quoted\" reason")
                .number(Field::TargetCount, 12);
            !harness(&format!("when = {{ source = \"acme.app\", {condition} }}\n"))
                .see(event, START)
                .is_empty()
        };
        for condition in [
            "\"action.name\" = \"vault.*\"",
            "\"action.name\" = { not = \"safe.*\" }",
            "\"origin.ip\" = { cidr = \"198.51.100.0/24\" }",
            "\"origin.ip\" = { not = { cidr = [\"10.0.0.0/8\", \"192.168.0.0/16\"] } }",
            "\"target.count\" = { min = 10, max = 12 }",
            "\"target.count\" = 12",
            "\"target.id\" = { exists = false }",
            "\"target.name\" = { exists = true }",
            "\"actor.name\" = { same = \"target.name\" }",
            "\"outcome.reason\" = \"*\\\"quoted\\\"*\"",
            "\"outcome.reason\" = { all = [\"a *\", \"*reason\"] }",
            "any = [{ \"actor.name\" = \"bob\" }, { \"actor.name\" = \"ann\" }]",
            "not = { \"actor.name\" = \"bob\" }",
        ] {
            assert!(holds(condition), "{condition}");
        }
        for condition in [
            "\"action.name\" = \"safe.*\"",
            "\"action.name\" = { not = \"vault.*\" }",
            "\"origin.ip\" = { cidr = \"10.0.0.0/8\" }",
            "\"target.count\" = { min = 13 }",
            "\"target.count\" = { max = 11.5 }",
            "\"target.id\" = { exists = true }",
            "\"actor.name\" = { same = \"actor.id\" }",
            "\"outcome.reason\" = { all = [\"a *\", \"b*\"] }",
            "any = [{ \"actor.name\" = \"bob\" }, { \"actor.name\" = \"eve\" }]",
            "not = [{ \"actor.name\" = \"bob\" }, { \"actor.name\" = \"ann\" }]",
        ] {
            assert!(!holds(condition), "{condition}");
        }
    }

    #[test]
    fn values_seen_before_are_judged_as_new_ones() {
        let rule = "when = { source = \"acme.app\", \"outcome.reason\" = [\"*kaboom*\", \"*sql error*\", \"*..%2f*\", \"*a*bc def*\"] }";
        let pieces = [
            "kaboom",
            "KaBoom",
            "sql error",
            "sql  error",
            "..%2F",
            "bc def",
            "a",
            "kab",
            "oom",
            "words of no interest ",
            "\\\\",
            "\\\"",
            " ",
            "kabo\\nom",
        ];
        let mut remembering = harness(rule);
        let (mut number, mut found, mut values) = (7u64, 0, Vec::new());
        for round in 0..400i64 {
            let mut next = |bound: usize| {
                number = number.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (number >> 40) as usize % bound
            };
            // Values come again, and those that differ by little.
            let value = if round % 3 == 0 || values.is_empty() {
                (0..5).map(|_| pieces[next(pieces.len())]).collect::<String>()
            } else {
                let known: &String = &values[next(values.len())];
                if round % 3 == 1 { known.clone() } else { known.replacen("a", "b", 1) }
            };
            let target = format!("t-{round}");
            let record = || {
                made("ann", "vault.open")
                    .with(Field::OutcomeReason, &value)
                    .with(Field::TargetId, &target)
            };
            let seen = remembering.see(record(), START + round * MINUTE);
            let fresh = harness(rule).see(record(), START + round * MINUTE);
            assert_eq!(seen, fresh, "{value}");
            found += fresh.len();
            values.push(value);
        }
        assert!((40..390).contains(&found), "{found}");
    }

    #[test]
    fn known_good_is_not_flagged() {
        let rule = format!(
            "{OPENED}unless = [{{ \"actor.name\" = \"svc-*\" }}, {{ \"outcome.result\" = \"failure\" }}]"
        );
        assert_eq!(see(&mut harness(&rule), "svc-backup", "vault.open", START), []);
        assert_eq!(see(&mut harness(&rule), "ann", "vault.open", START).len(), 1);
    }

    #[test]
    fn the_same_on_the_same_thing_is_stated_once_a_cooldown() {
        let mut harness = harness(OPENED);
        let on = |target: &str| made("ann", "vault.open").with(Field::TargetId, target);
        let counts: Vec<usize> = [("v-1", 0), ("v-1", 1), ("v-2", 2), ("v-1", 20)]
            .map(|(target, minute)| harness.see(on(target), START + minute * MINUTE).len())
            .into();
        assert_eq!(counts, [1, 0, 1, 1]);
    }

    #[test]
    fn thresholds_count_per_entity_within_a_window() {
        let rule = format!("{OPENED}count = 3\nwindow = \"10m\"\nseverity = \"high\"");
        let mut harness = harness(&rule);
        for (minute, actor, expected) in [
            (0, "ann", 0),
            (1, "bob", 0),
            (2, "ann", 0),
            (3, "ann", 1),
            (4, "bob", 0),
            (30, "bob", 0),
        ] {
            assert_eq!(
                see(&mut harness, actor, "vault.open", START + minute * MINUTE).len(),
                expected,
                "{actor} at {minute}"
            );
        }
        assert!(see(&mut harness, "ann", "vault.close", START + 31 * MINUTE).is_empty());
    }

    #[test]
    fn thresholds_count_distinct_values_and_sums() {
        let rule = format!("{OPENED}count = 3\nwindow = \"10m\"\ndistinct = \"target.id\"");
        let mut distinct = harness(&rule);
        let on = |target: &str| made("ann", "vault.open").with(Field::TargetId, target);
        let counts: Vec<usize> = ["a", "a", "b", "b", "a", "c"]
            .map(|target| distinct.see(on(target), START).len())
            .into();
        assert_eq!(counts, [0, 0, 0, 0, 0, 1]);
        let mut late = harness(&rule);
        let counts: Vec<usize> = [("a", 0), ("b", 1), ("c", 15)]
            .map(|(target, minute)| late.see(on(target), START + minute * MINUTE).len())
            .into();
        assert_eq!(counts, [0, 0, 0], "the first two are out of the window");
        let mut sum =
            harness(&format!("{OPENED}count = 1000\nwindow = \"1h\"\nsum = \"target.bytes\""));
        let of = |bytes: i64| made("ann", "vault.open").number(Field::TargetBytes, bytes);
        assert_eq!([400, 500, 200].map(|bytes| sum.see(of(bytes), START).len()), [0, 0, 1]);
    }

    #[test]
    fn sequences_by_one_entity_in_their_order_or_in_any() {
        let steps = |more: &str| {
            format!(
                "steps = [{{ \"action.name\" = \"a\" }}, {{ \"action.name\" = \"b\" }}, {{ \"action.name\" = \"c\" }}]\nwithin = \"10m\"\n{more}"
            )
        };
        let play = |rule: &str, events: &[(&str, &str, i64)]| -> usize {
            let mut harness = harness(rule);
            events
                .iter()
                .map(|(actor, action, minute)| {
                    see(&mut harness, actor, action, START + minute * MINUTE).len()
                })
                .sum()
        };
        let ordered = steps("");
        assert_eq!(play(&ordered, &[("ann", "a", 0), ("ann", "b", 1), ("ann", "c", 2)]), 1);
        assert_eq!(
            play(
                &ordered,
                &[
                    ("ann", "a", 0),
                    ("ann", "x", 1),
                    ("ann", "b", 1),
                    ("bob", "c", 2),
                    ("ann", "c", 3)
                ]
            ),
            1,
            "others in between"
        );
        assert_eq!(
            play(&ordered, &[("ann", "a", 0), ("bob", "b", 1), ("ann", "c", 2)]),
            0,
            "another entity's step"
        );
        assert_eq!(
            play(&ordered, &[("ann", "b", 0), ("ann", "a", 1), ("ann", "c", 2)]),
            0,
            "out of order"
        );
        assert_eq!(
            play(&ordered, &[("ann", "a", 0), ("ann", "b", 8), ("ann", "c", 11)]),
            0,
            "too slow"
        );
        let unordered = steps("ordered = false");
        assert_eq!(play(&unordered, &[("ann", "c", 0), ("ann", "a", 1), ("ann", "b", 2)]), 1);
        assert_eq!(
            play(&unordered, &[("ann", "c", 0), ("ann", "a", 1), ("ann", "b", 12)]),
            0,
            "too slow"
        );
    }

    /// The findings of a policy with one rule on a record, as the engine writes them.
    fn stated(rule: &str, record: &str) -> String {
        let policy = format!(
            "[detector.rules]\nenable = \"test.*\"\n[[rule]]\nid = \"test.one\"\ntitle = \"A test\"\n{rule}"
        );
        let mut engine = Engine::new(
            Policy::parse(&policy).unwrap_or_else(|issues| panic!("{issues:#?}")),
            Secret::default(),
        );
        let mut out = Output::default();
        engine.process(Raw { bytes: record.as_bytes(), ..Raw::default() }, &mut out);
        String::from_utf8_lossy(out.bytes()).into_owned()
    }

    #[test]
    fn findings_name_author_and_reference() {
        let rule = "author = \"Ann \\\"A\\\" Lee\"\nreference = \"https://example.com/r\"\nwhen = { \"raw.kind\" = \"x\" }\n";
        let made = stated(rule, r#"{"kind":"x"}"#);
        assert!(made.contains(r#""rule":"test.one","author":"Ann \"A\" Lee","reference":"https://example.com/r","severity""#), "{made}");
        assert!(!stated("when = { \"raw.kind\" = \"x\" }\n", r#"{"kind":"x"}"#).contains("author"));
    }

    #[test]
    fn any_value_of_a_record_or_of_a_line() {
        let rule = "when = { \"raw.*\" = [\"*secret word*\"] }\n";
        for record in [
            r#"{"a":1,"b":"the Secret Word here"}"#,
            r#"{"a":{"b":["x","a secret word"]}}"#,
            r#"{"a":"the \u0073ecret word"}"#,
            "May  4 10:00:00 web1 app[1]: a secret word",
            r#"{"log":"May  4 10:00:00 web1 app[1]: a secret word"}"#,
        ] {
            assert!(stated(rule, record).contains("test.one"), "{record}");
        }
        for record in [
            r#"{"a":1,"b":"the secret"}"#,
            "May  4 10:00:00 web1 app[1]: a word",
            r#"{"secret word":1}"#,
        ] {
            assert!(!stated(rule, record).contains("test.one"), "{record}");
        }
    }

    /// Many patterns are told apart by one pass over the text, which must not pass over what is spelled otherwise.
    #[test]
    fn blanks_and_comments_hide_nothing() {
        let patterns = r#"["*drop table*", "*drop user*", "*grant all on*", "*alter system*", "*copy to program*"]"#;
        let rules = ["raw.*", "raw.sql", "change.after"]
            .map(|place| format!("when = {{ \"{place}\" = {patterns} }}\n"));
        let mapping = "[[mapping]]\nsource = \"app\"\nmatch = { sql = \"*\" }\n[mapping.fields]\n\"change.after\" = \"sql\"\n";
        for rule in rules.map(|rule| format!("{rule}{mapping}")) {
            for sql in
                ["DROP TABLE a", "drop  table a", r"grant\n\tall  on a", "x; alter/**/system y"]
            {
                let record = format!(r#"{{"sql":"{sql}"}}"#);
                assert!(stated(&rule, &record).contains("test.one"), "{rule} {record}");
            }
            for sql in ["droptable a", "drop a table", "grant al l on"] {
                let record = format!(r#"{{"sql":"{sql}"}}"#);
                assert!(!stated(&rule, &record).contains("test.one"), "{rule} {record}");
            }
        }
    }

    #[test]
    fn fields_of_a_line_are_the_records() {
        let rule =
            "when = { source = \"linux.auditd\", \"raw.a0\" = \"chmod\", \"raw.a1\" = \"*+s\" }\n";
        for record in [
            r#"type=EXECVE msg=audit(1777888800.100:500): argc=3 a0="chmod" a1="u+s" a2="/bin/x""#,
            r#"type=EXECVE msg=audit(1777888800.100:500): argc=3 a0="chmod" a1=752B73 a2="/bin/x""#,
            r#"{"log":"type=EXECVE msg=audit(1777888800.100:500): argc=3 a0=\"chmod\" a1=\"u+s\" a2=\"/bin/x\""}"#,
        ] {
            assert!(stated(rule, record).contains("test.one"), "{record}");
        }
        assert!(
            !stated(
                rule,
                r#"type=EXECVE msg=audit(1777888800.100:500): argc=3 a0="chmod" a1="755" a2="u+s""#
            )
            .contains("test.one")
        );
    }

    #[test]
    fn a_match_without_what_must_come_before() {
        let rule = "when = { \"action.name\" = \"deploy\" }\nwithout = { \"action.name\" = \"approve\" }\nwithin = \"1h\"\nper = \"target\"";
        let act = |harness: &mut Harness, action: &str, time| {
            harness.see(made("ann", action).with(Field::TargetId, "app-1"), time).len()
        };
        let mut approved = harness(rule);
        assert_eq!(
            [act(&mut approved, "approve", START), act(&mut approved, "deploy", START + MINUTE)],
            [0, 0]
        );
        assert_eq!(act(&mut approved, "deploy", START + 2 * HOUR), 1, "approved long ago");
        assert_eq!(act(&mut harness(rule), "deploy", START), 1);
    }

    #[test]
    fn the_policy_switches_rules_and_changes_severities() {
        let with = |options: &str| {
            let mut harness = Harness::new(
                ID,
                &format!("{options}\n[[rule]]\nid = \"test.one\"\ntitle = \"A test\"\n{OPENED}"),
            );
            see(&mut harness, "ann", "vault.open", START)
        };
        assert_eq!(with("disable = \"test.*\""), []);
        assert_eq!(with("enable = \"other.*\""), []);
        assert_eq!(
            with("severities = { critical = [\"test.o*\"] }"),
            [found("actor", "critical", 1)]
        );
        assert_eq!(with("severity = \"high\""), [found("actor", "high", 1)]);
    }

    /// Polarity: every further condition that a record does not meet silences the rule.
    #[test]
    fn exceptions_of_the_policy_are_the_rules() {
        let rules = "[[rule]]\nid = \"test.one\"\ntitle = \"x\"\nwhen = { \"action.name\" = \"open\" }\n\
                     [[rule]]\nid = \"test.two\"\ntitle = \"y\"\nwhen = { \"action.name\" = \"open\" }\n";
        let exception = |ids: &str| {
            format!(
                "{rules}[[exception]]\nrules = {ids}\nwhen = [{{ \"actor.name\" = \"svc-*\" }}, {{ \"action.name\" = \"shut\" }}]\n"
            )
        };
        for (ids, of_service, of_person) in
            [("\"test.one\"", 1, 2), ("\"test.*\"", 0, 2), ("[\"nope\"]", 2, 2)]
        {
            let mut harness = Harness::new(ID, &exception(ids));
            assert_eq!(see(&mut harness, "svc-a", "open", 0).len(), of_service, "{ids}");
            assert_eq!(see(&mut harness, "ann", "open", 0).len(), of_person, "{ids}");
        }
        for (text, expected) in [
            ("[[exception]]\nwhen = { source = \"x\" }\n", "`rules` is missing"),
            ("[[exception]]\nrules = \"a\"\n", "`when` is missing"),
            ("[[exception]]\nrules = \"a\"\nwhen = []\n", "an empty list takes no record"),
            ("[[exception]]\nrules = \"a\"\nwhen = { sorce = \"x\" }\n", "`sorce` is not a field"),
        ] {
            let issues = Policy::parse(text).unwrap_err();
            assert!(issues.iter().any(|issue| issue.message.contains(expected)), "{issues:?}");
        }
    }

    #[test]
    fn the_more_is_asked_the_less_is_found() {
        let asked = [
            "source = \"acme.app\"",
            "\"action.name\" = \"vault.open\"",
            "\"actor.name\" = \"bob\"",
        ];
        let counts: Vec<usize> = (1..=3)
            .map(|n| {
                see(
                    &mut harness(&format!("when = {{ {} }}", asked[..n].join(", "))),
                    "ann",
                    "vault.open",
                    START,
                )
                .len()
            })
            .collect();
        assert_eq!(counts, [1, 1, 0]);
    }

    /// Through the engine, where the original record is at hand.
    fn findings(condition: &str, record: &str) -> usize {
        let rule = format!(
            "[detector.rules]\nenable = \"test.*\"\n[[rule]]\nid = \"test.raw\"\ntitle = \"A test\"\nwhen = {{ {condition} }}\n"
        );
        let policy = Policy::parse(&rule).unwrap_or_else(|issues| panic!("{issues:#?}"));
        let mut engine = Engine::new(policy, Secret::default());
        let mut out = Output::default();
        let mut count = 0;
        // The second time the record may be read by what was learned of the first.
        for nonce in 0..2 {
            let record = record.replace("NONCE", &nonce.to_string());
            engine.process(
                Raw { bytes: record.as_bytes(), time: START, now: START, ..Raw::default() },
                &mut out,
            );
            count +=
                std::str::from_utf8(out.bytes()).unwrap().matches("\"rule\":\"test.raw\"").count();
        }
        count
    }

    const EVENT: &str = r#"{"eventVersion":"1.11","eventTime":"2026-01-09T23:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","userIdentity":{"type":"IAMUser","userName":"ann"},"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","requestParameters":{"groupId":"sg-NONCE","ipPermissions":{"items":[{"fromPort":80,"ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"},{"cidrIp":"0.0.0.0/0"}]}}]},"policy":"{\"Effect\":\"Allow\",\"Principal\":\"*\"}"},"responseElements":null,"eventID":"id-NONCE"}"#;

    #[test]
    fn conditions_on_the_original_record() {
        for condition in [
            "\"raw.requestParameters.ipPermissions.items.ipRanges.items.cidrIp\" = \"0.0.0.0/0\"",
            "\"raw.requestparameters.ippermissions.items[].ipRanges.items[].cidrIp\" = [\"::/0\", \"0.0.0.0/0\"]",
            "\"raw.requestParameters.*.items.fromPort\" = { max = 80 }",
            "\"raw.requestParameters.policy\" = \"*\\\"Principal\\\":\\\"\\\\*\\\"*\"",
            "\"raw.requestParameters.ipPermissions\" = \"*0.0.0.0/0*\"",
            "\"raw.responseElements\" = { exists = false }",
        ] {
            assert_eq!(findings(condition, EVENT), 2, "{condition}");
            let wrapped = format!("{{\"detail-type\":\"AWS API Call\",\"detail\":{EVENT}}}");
            assert_eq!(findings(condition, &wrapped), 2, "wrapped: {condition}");
            let as_text =
                format!("{{\"log\":\"{}\"}}", EVENT.replace('\\', "\\\\").replace('"', "\\\""));
            assert_eq!(findings(condition, &as_text), 2, "as text: {condition}");
        }
        for condition in [
            "\"raw.requestParameters.ipPermissions.items.ipRanges.items.cidrIp\" = \"::/0\"",
            "\"raw.requestParameters.cidrIp\" = \"0.0.0.0/0\"",
            "\"raw.responseElements\" = { exists = true }",
            "\"raw.nothing.at.all\" = \"*\"",
        ] {
            assert_eq!(findings(condition, EVENT), 0, "{condition}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_said_with_its_place() {
        let issues = Policy::parse(
            "[[rule]]\nid = \"A b\"\ntitle = \"x\"\nwhen = { sorce = \"x\" }\n[[rule]]\ntitle = \"x\"\n[[rule]]\nid = \"c\"\ntitle = \"x\"\nwhn = 1\n\
             severity = \"bad\"\nwhen = { source = [] }\ncount = 3\n[[rule]]\nid = \"d\"\ntitle = \"x\"\n",
        )
        .unwrap_err();
        let said: Vec<String> = issues
            .iter()
            .map(|issue| format!("{}: {} ({})", issue.path, issue.message, issue.remedy))
            .collect();
        for part in [
            "`A b` cannot be the id",
            "did you mean `source`?",
            "without `id`",
            "did you mean `when`?",
            "`bad` is not a severity",
            "never matches",
            "`window` is missing",
            "match every record",
        ] {
            assert!(said.iter().any(|issue| issue.contains(part)), "{part}: {said:#?}");
        }
    }
}
