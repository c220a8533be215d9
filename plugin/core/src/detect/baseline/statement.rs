//! Findings of baselines: from a surprise to a finding with its sentence.

use super::surprise::Surprise;
use super::{DORMANT, ERROR_RATE, METRIC, SILENCE, failures, metrics, silence};
use crate::detect::threshold::Due;
use crate::detect::{Finding, Findings, Spec, Subject, suppress};
use crate::entity::Entity;
use crate::policy::Verdict;
use crate::severity::Severity;
use crate::sketch::evidence::Chain;
use crate::text::Sink;
use crate::write::Writer;

/// Writes the reason of a finding on this actor, up to its bits.
pub type Reason = fn(&Surprise, &[u8], &Subject<'_>, &mut Writer<'_>);

/// Adds the finding of a surprise.
#[cold]
#[inline(never)]
pub fn state(
    (learner, spec, write): (usize, &'static Spec, Reason),
    technique: Option<&'static str>,
    least: Severity,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let Some((surprises, surprise)) =
        subject.surprises.and_then(|surprises| Some((surprises, surprises.get(learner)?)))
    else {
        return;
    };
    let (surprise, (key, _)) = (&surprise, subject.actor());
    let mut finding = Finding {
        detector: spec,
        rule: None,
        technique,
        severity: least.raised(surprise.steps()),
        observed: surprise.observed,
        limit: surprise.expected,
        window: surprise.window,
        entity: Entity::Actor,
        key,
        reason: &|out| {
            write(surprise, key, subject, out);
            if let Some(days) = surprises.history.pause().filter(|_| learner != DORMANT) {
                out.put(b"; the first activity after ");
                out.number(i64::from(days));
                out.put(b" days without any");
            }
            write_bits(surprise, out);
        },
        evidence: Chain::only(subject.serial()),
        due: Due::Now,
    };
    let verdict = suppress::verdict(subject, &finding);
    if verdict != Verdict::Accepted {
        surprises.verdict.set(verdict);
        surprises.is_any.set(true);
    }
    if verdict == Verdict::Malicious {
        finding.severity = finding.severity.raised(1);
    }
    if findings.add_learned(
        subject,
        &finding,
        Learned { bits: surprise.bits as u32, over: surprise.over, bound: surprise.bound },
    ) {
        surprises.set_stated(learner);
    }
}

/// By how much it is a finding, where chance decides.
fn write_bits(surprise: &Surprise, out: &mut Writer<'_>) {
    if surprise.threshold > 0.0 {
        out.put(b"; ");
        out.number(surprise.bits as i64);
        out.put(b" bits (threshold ");
        out.number(surprise.threshold as i64);
        out.put(b")");
    }
}

/// Adds the finding of an entity that fell silent, after its logging was changed or without that, if its name passes.
#[cold]
#[inline(never)]
pub fn state_silence(
    spec: &'static Spec,
    is_after_change: bool,
    least: Severity,
    passes: impl Fn(&[u8]) -> bool,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let Some(silent) = subject.surprises.and_then(|surprises| surprises.silent.as_ref()) else {
        return;
    };
    if silent.is_after_change != is_after_change || !passes(silent.name()) {
        return;
    }
    let entity = if silent.is_host { Entity::Host } else { Entity::Source };
    let reason = |out: &mut Writer<'_>| silence::write(silent, out);
    let of = OfEntity { learner: SILENCE, entity, key: silent.name(), technique: None };
    state_entity(&of, &silent.surprise, &reason, (spec, least), subject, findings);
}

/// Adds the finding of a service or an actor that fails more than usual.
#[cold]
#[inline(never)]
pub fn state_failures(
    spec: &'static Spec,
    least: Severity,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let Some(failing) = subject.surprises.and_then(|surprises| surprises.failing.as_ref()) else {
        return;
    };
    let entity = if failing.is_service { Entity::Service } else { Entity::Actor };
    let (key, _) = subject.keyed(entity);
    let technique = if failing.is_service { "T1499" } else { "T1526" };
    let reason = |out: &mut Writer<'_>| failures::write(failing, key, out);
    let of = OfEntity { learner: ERROR_RATE, entity, key, technique: Some(technique) };
    state_entity(&of, &failing.surprise, &reason, (spec, least), subject, findings);
}

/// Adds the finding of an unusual metric.
#[cold]
#[inline(never)]
pub fn state_metric(
    spec: &'static Spec,
    least: Severity,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let Some(odd) = subject.surprises.and_then(|surprises| surprises.odd.as_ref()) else {
        return;
    };
    let (key, _) = subject.keyed(odd.entity);
    let reason = |out: &mut Writer<'_>| metrics::write(odd, key, out);
    let of = OfEntity { learner: METRIC, entity: odd.entity, key, technique: None };
    state_entity(&of, &odd.surprise, &reason, (spec, least), subject, findings);
}

/// Whose finding it is, where that need not be the event's actor.
struct OfEntity<'a> {
    learner: usize,
    entity: Entity,
    key: &'a [u8],
    technique: Option<&'static str>,
}

fn state_entity(
    of: &OfEntity<'_>,
    surprise: &Surprise,
    reason: &dyn Fn(&mut Writer<'_>),
    (spec, least): (&'static Spec, Severity),
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let finding = Finding {
        detector: spec,
        rule: None,
        technique: of.technique,
        severity: least.raised(surprise.steps()),
        observed: surprise.observed,
        limit: surprise.expected,
        window: surprise.window,
        entity: of.entity,
        key: of.key,
        reason: &|out| {
            reason(out);
            write_bits(surprise, out);
        },
        evidence: Chain::only(subject.serial()),
        due: Due::Now,
    };
    let learned = Learned { bits: surprise.bits as u32, over: surprise.over, bound: 0 };
    if findings.add_learned(subject, &finding, learned)
        && let Some(surprises) = subject.surprises
    {
        surprises.set_stated(of.learner);
    }
}

/// Additional values of a baseline finding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Learned {
    pub bits: u32,
    /// Active minutes, hours or days that the baseline was learned over.
    pub over: u32,
    /// The fixed threshold of a sum, else 0.
    pub bound: u32,
}

/// How long an actor is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    /// Days since the first one, and on how many it was active.
    pub known_days: u16,
    pub active_days: u16,
    /// Days without activity before the current day.
    pub inactive_days: u16,
}

/// A pause is worth a word from so many days on, and from so many times what usually lies between two active days.
const PAUSE_DAYS: u16 = 7;
const PAUSE_TIMES: u16 = 4;

impl History {
    /// Days without activity before the current day, where it is usually active much more often.
    pub fn pause(self) -> Option<u16> {
        let before = self.known_days.saturating_sub(self.inactive_days);
        let between = before.checked_div(self.active_days.saturating_sub(1)).unwrap_or(u16::MAX);
        let is_long = self.inactive_days >= PAUSE_DAYS
            && self.inactive_days >= between.max(1).saturating_mul(PAUSE_TIMES);
        is_long.then_some(self.inactive_days)
    }
}

/// How many are usual, up to the experience that this follows from.
pub(super) fn write_usual(surprise: &Surprise, out: &mut Writer<'_>) {
    if surprise.expected == 0 {
        out.put(b"fewer than 1 is usual (");
    } else {
        out.put(b"about ");
        out.number(i64::try_from(surprise.expected).unwrap_or(i64::MAX));
        out.put(if surprise.expected == 1 { b" is usual (" } else { &b" are usual ("[..] });
    }
}

/// How much the baseline was learned from.
pub(super) fn write_experience(surprise: &Surprise, unit: &[u8], out: &mut Writer<'_>) {
    out.number(i64::from(surprise.over));
    out.put(unit);
    out.number(i64::from(surprise.days));
    out.put(b" days");
}
