//! Rules of packs and of the policy: single records, thresholds, sequences.

mod counting;
pub mod index;

use super::{Attributes, Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::finding::Named;
use crate::detect::inspect::Progress;
use crate::detect::threshold::{Counted, Due, Schedule};
use crate::detect::{Facts, Finding, Findings, Subject, joined, shorten, write_duration};
use crate::entity::Entity;
use crate::event::Field;
use crate::option::{Kind, Opt};
use crate::pack;
use crate::pattern::Patterns;
use crate::policy::{Policy, Settings};
use crate::rule::condition::{Condition, Look, Scratch};
use crate::rule::{MOST_RULES, Rule, Trigger};
use crate::severity::Severity;
use crate::sketch::evidence::{Chain, Evidence};
use crate::sketch::names::Names;
use crate::sketch::table::{ALERT, Table};
use crate::sketch::{Sketch, Visit};
use crate::text::Sink;
use crate::time::{Millis, SECOND};
use counting::{COUNTS, NAMED_STEPS, Step, last_step};
use index::{Entry, Index, Part};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

pub const ID: &str = "rules";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Rules of packs and of the policy: actions that are forbidden or must be reviewed whenever they happen.",
    doc: "Evaluates each record against the rules for its source and action: privileges granted, protection disabled, logging stopped, secrets read, \
          data made public and others. `auditward rules list` lists them, `auditward rules show ID` explains one. It matters because some actions need a \
          look whoever does them and however usual they are. A rule matches a single record, a number of records within a window, or a sequence of \
          records. The finding names the rule, the actor, the action and the target; of a sequence, the actions before it; its evidence is the newest five of the \
          records that led to it. Blind spots: actions that no rule knows. Tune with `disable`, \
          `enable` and `severities`. Example: an administrator stops a CloudTrail trail.",
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
            Kind::Severities,
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
    attributes: Attributes::COUNTING,
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
    /// Names of the actions that were steps.
    names: Names,
    /// Findings of each rule since the start; a redelivered record is not counted again.
    fired: Vec<u64>,
    scratch: RefCell<Scratch>,
}

/// Seconds of inactivity after which an entity can be evicted for any other.
const KEPT_S: u32 = 7 * 24 * 3600;

/// Match of a rule.
struct Hit {
    observed: u64,
    least: u64,
    window: Millis,
    /// The newest link to the records that count; 0 where it is one record.
    link: u32,
    /// Actions of the steps before the last.
    steps: [u32; NAMED_STEPS],
    is_without: bool,
}

impl Hit {
    const ONE: Hit = Hit {
        observed: 1,
        least: 1,
        window: 0,
        link: 0,
        steps: [0; NAMED_STEPS],
        is_without: false,
    };
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
            evidence: Evidence::new("rules.evidence", eighth.saturating_sub(eighth / 8)),
            names: Names::new("rules.action-names", eighth / 8),
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
            (Trigger::Event, _) => Some(Hit { observed: subject.times().max(1), ..Hit::ONE }),
            (Trigger::Threshold { measure, least, window }, _) => {
                let counted = self.count(key, *measure, *window, subject);
                let observed = counted.map(|(observed, _)| observed);
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
                counted.filter(|(observed, _)| observed >= least).map(|(observed, link)| Hit {
                    observed,
                    least: *least,
                    window: *window,
                    link,
                    ..Hit::ONE
                })
            }
            (Trigger::Sequence { steps, within, is_ordered }, Part::Step(step)) => {
                let step =
                    Step { number: usize::from(step), of: steps.len(), is_ordered: *is_ordered };
                self.step_on(key, step, *within, subject).map(|(link, actions)| Hit {
                    observed: steps.len() as u64,
                    least: steps.len() as u64,
                    window: *within,
                    link,
                    steps: actions,
                    ..Hit::ONE
                })
            }
            (Trigger::Without { within, .. }, Part::When) => {
                let is_recent = last_step(&mut self.counts, key)
                    .is_some_and(|at| subject.time.saturating_sub(at) <= *within);
                (!is_recent).then_some(Hit { window: *within, is_without: true, ..Hit::ONE })
            }
            (Trigger::Without { within, .. }, _) => {
                let step = Step { number: 0, of: 1, is_ordered: true };
                let _whole = self.step_on(key, step, *within, subject);
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
        let second = second_of(subject.time);
        // Without a place for it, it is stated each time: a table that somebody filled hides nothing.
        let mut place = self.alerts.place(key, ALERT, second);
        let held = place.as_ref().filter(|entry| !entry.is_new);
        let last = held.map(|entry| entry.alert()).unwrap_or_default();
        let due = self.schedule.due(last, hit.observed, subject.time);
        let earlier = place.as_ref().map(|entry| entry.own()).unwrap_or_default();
        if let Some(entry) = &mut place {
            entry.set_stamp(second.max(entry.stamp()));
        }
        if due == Due::Not {
            return;
        }
        let link = match hit.link {
            0 => self.evidence.keep(subject.serial(), earlier),
            link => link,
        };
        if let Some(mut entry) = place {
            entry.set_own(link);
            entry.set_alert(self.schedule.alert(last, hit.observed, subject.time));
        }
        let (entity, name) = rule.named(subject);
        let finding = Finding {
            detector: &SPEC,
            rule: Some(Named { id: &rule.id, author: &rule.author, reference: &rule.reference }),
            technique: Some(rule.technique.as_str()).filter(|technique| !technique.is_empty()),
            severity: severity.max(self.least),
            observed: hit.observed,
            limit: hit.least,
            window: hit.window,
            entity,
            key: name,
            reason: &|out| write(rule, hit, &self.names, subject, out),
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
        let own = self.per.iter().fold(rule, |key, entity| joined(key, subject.keyed(*entity).1));
        if !self.per.is_empty() {
            return own;
        }
        // Where each record counts by itself, it is another matter if another did it, did something else or to something else, or from or on somewhere else:
        // else who fires a rule again and again would hide all others.
        let own = joined(joined(own, subject.actor().1), subject.origin().1);
        [subject.text(Field::ActionName), subject.target(), subject.text(Field::EnvHost)]
            .into_iter()
            .fold(own, |key, text| subject.key_in(key, text))
    }

    /// Whom the finding is about: the first entity with a name.
    fn named<'s>(&self, subject: &Subject<'s>) -> (Entity, &'s [u8]) {
        let all = self
            .per
            .iter()
            .copied()
            .chain(Entity::OF_RULES)
            .map(|entity| (entity, subject.keyed(entity).0));
        all.into_iter().find(|(_, name)| !name.is_empty()).unwrap_or((Entity::Service, b"-"))
    }
}

/// Seconds since 1970.
fn second_of(time: Millis) -> u32 {
    u32::try_from(time.max(0) / SECOND).unwrap_or(u32::MAX)
}

/// `Title: 'actor' did 'action' on 'target'; 12 within 10 min (threshold 10)`, without the parts that the record does not have.
fn write(
    rule: &Rule,
    hit: &Hit,
    names: &Names,
    subject: &Subject<'_>,
    out: &mut crate::write::Writer<'_>,
) {
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
    if hit.is_without {
        out.put(b"; nothing that has to come before it within ");
        write_duration(hit.window, out);
    } else if matches!(rule.trigger, Trigger::Sequence { .. }) {
        let mut before: &[u8] = b"; after '";
        for name in hit.steps.iter().filter(|step| **step != 0).map(|step| names.recall(*step)) {
            if !name.text().is_empty() {
                out.put(before);
                out.put(name.text());
                before = b"', '";
            }
        }
        out.put(if before == b"; after '" { b"; " } else { &b"'; "[..] });
        out.number(i64::try_from(hit.observed).unwrap_or(i64::MAX));
        out.put(b" steps within ");
        write_duration(hit.window, out);
    } else if hit.window > 0 {
        out.put(b"; ");
        out.number(i64::try_from(hit.observed).unwrap_or(i64::MAX));
        out.put(b" within ");
        write_duration(hit.window, out);
        out.put(b" (threshold ");
        out.number(i64::try_from(hit.least).unwrap_or(i64::MAX));
        out.put(b")");
    }
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
        self.index.pieces.begin(subject.text(Field::Source), selection.in_record());
        for at in 0.. {
            let Some(entry) = self.index.selected(selection, at) else {
                break;
            };
            // A record that is read already tells by its keys, at less cost than by anything else.
            let lacks = |key| subject.record.lacks_key(key, subject.event, subject.input);
            if subject.record.is_read() && entry.key.is_some_and(lacks) {
                continue;
            }
            if let Some(trigger) = entry.trigger {
                let look = Look {
                    event: subject.event,
                    input: subject.input,
                    record: subject.record,
                    scratch: &self.state.scratch,
                };
                if !self.index.pieces.may(trigger, &look) {
                    continue;
                }
            }
            if let Some((rule, severity)) = self.rules.get(usize::from(entry.rule)) {
                self.state.hold(rule, *severity, entry, subject, findings);
            }
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        visit(Sketch::Table(&mut self.state.alerts));
        visit(Sketch::Table(&mut self.state.counts));
        visit(Sketch::Words(&mut self.state.evidence.words));
        visit(Sketch::Words(&mut self.state.names.words));
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
mod tests;
