//! Steps that others take before an action on the same target, and that this time nobody took: an order that is approved without a review.
//!
//! For each type of target and each action that changes one it is learned how often another action came before it on the same target, whoever did it. An
//! action that hardly ever comes first, and does, has the bits of that chance. Targets are held only where an action on them is usually followed by another:
//! most are changed once and never again.

use super::actor::Actor;
use super::values::mixed;
use super::{KINDS, Learner, SEQUENCE, Surprise, WAIT, is_refused, print, scores};
use crate::detect::{Facts, Subject, joined, shorten};
use crate::event::{Class, Field};
use crate::sketch::logarithm::log2;
use crate::text::{Sink, cut};
use crate::time::DAY;
use crate::write::Writer;

/// Classes of actions that are steps.
const CHANGES: [Class; 8] = [
    Class::Create,
    Class::Update,
    Class::Delete,
    Class::Approve,
    Class::Share,
    Class::Grant,
    Class::Revoke,
    Class::Execute,
];
/// Actions of a kind before one of them is evaluated: of eight that all came second, a ninth that comes first has four bits.
const LEAST: f64 = 8.0;
/// Actions of a kind before targets are held by what follows on them.
const LEAST_FOLLOWED: f64 = 20.0;
/// A target is held where at least one of so many of its actions is followed by another.
const FOLLOWED: f64 = 8.0;
/// Roles of counts.
const ALL: u64 = 11;
const FIRST: u64 = 12;
const BEFORE: u64 = 13;
/// The role of targets in keys.
const TARGETS: u64 = 14;

/// The facts of events that are steps.
pub(super) fn changes() -> Facts {
    CHANGES.iter().fold(Facts::NONE, |all, class| all | Facts::class(*class))
}

impl Learner<'_> {
    /// An action that comes first on its target, where another one usually came before it.
    #[inline]
    pub(super) fn step(
        &mut self,
        actor: &mut Actor<'_>,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        let is_learned = self.options.learns.get(SEQUENCE).copied().unwrap_or_default();
        if !is_learned || !subject.facts.has_any(self.options.changes) || is_refused(subject) {
            return None;
        }
        let (name, target) = (subject.text(Field::ActionName), subject.target());
        if name.is_empty() || target.is_empty() {
            return None;
        }
        self.stepped(actor, name, target, subject)
    }

    #[inline(never)]
    fn stepped(
        &mut self,
        actor: &mut Actor<'_>,
        name: &[u8],
        target: &[u8],
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        let kind = subject.digest.of(subject.text(Field::TargetType));
        let action = print(mixed(KINDS, subject.digest.of(name)));
        let of = |role: u64, action: u32| joined(joined(role, kind), u64::from(action));
        let (all, first, before) = (of(ALL, action), of(FIRST, action), of(BEFORE, action));
        let place = joined(joined(TARGETS, kind), subject.digest.of(target));
        let minute = self.when.minute;
        let known = self.sequence.estimate(all);
        let is_held = known < LEAST_FOLLOWED || self.sequence.estimate(before) * FOLLOWED >= known;
        let step = self.sequence.step(place, action, minute, is_held);
        if step == Some(action) {
            return None;
        }
        if let Some(step) = step {
            self.sequence.count(of(BEFORE, step));
            self.sequence.count(all);
            return None;
        }
        let alone = self.sequence.estimate(first);
        let bits =
            if known < LEAST { 0.0 } else { -log2((alone + 0.5).min(known) / (known + 1.0)) };
        let waiting = print(mixed(KINDS, first));
        let since = actor.waits_since(waiting);
        let is_repeated = since.is_some_and(|since| minute.saturating_sub(since) >= WAIT);
        let threshold = if bits < scores::LEAST_LIMIT {
            f64::MAX
        } else {
            self.score(actor, scores::SKIPPED, bits)
        };
        if bits < threshold || is_repeated {
            if is_repeated {
                actor.release(waiting);
            }
            self.sequence.count(first);
            self.sequence.count(all);
            return None;
        }
        actor.wait(waiting, minute);
        self.may_state(actor, SEQUENCE, bits).then(|| Surprise {
            bits,
            threshold,
            is_step: true,
            observed: alone as u64,
            expected: known as u64,
            window: DAY,
            over: known as u32,
            days: u32::from(actor.age().days),
            gap: actor.gap(),
            ..Surprise::default()
        })
    }
}

pub(super) fn write(surprise: &Surprise, key: &[u8], subject: &Subject<'_>, out: &mut Writer<'_>) {
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' did '");
    out.put(cut(subject.text(Field::ActionName), 96));
    out.put(b"' on '");
    out.put(shorten(subject.target()));
    out.put(b"', on which nobody did anything before: of ");
    out.number(i64::from(surprise.over));
    out.put(b" times on targets of type '");
    out.put(cut(subject.text(Field::TargetType), 96));
    out.put(b"', that was so ");
    out.number(i64::try_from(surprise.observed).unwrap_or(i64::MAX));
    out.put(b" times");
}
