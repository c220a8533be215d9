//! Values that are new for an actor: networks, countries and clients; services, actions and types of targets.

use super::actor::Actor;
use super::learner::{Learner, print};
use super::statement::write_experience;
use super::surprise::Surprise;
use super::values::shown;
use super::{
    ACTION, CLIENT, COUNTRY, DAY_SCALE, IDS, KINDS, NETWORK, NEW_VALUE, SERVICE, TARGET, WAIT,
    scores,
};
use crate::detect::{Subject, shorten, suppress};
use crate::event::Outcome;
use crate::policy::Verdict;
use crate::sketch::logarithm::log2;
use crate::text::Sink;
use crate::time::DAY;
use crate::write::Writer;

/// Values of one of these groups depend on each other: the most surprising of them counts.
const GROUPS: [&[usize]; 3] = [&[NETWORK, COUNTRY], &[CLIENT], &[SERVICE, ACTION, TARGET]];

/// Minutes of the fleet's experience that an actor begins with.
const PRIOR_MINUTES: f64 = 8.0;

/// A kind is evaluated once so many minutes of an actor had a value of it.
const LEAST_MINUTES: f64 = 10.0;

impl Learner<'_> {
    /// Learns from the values that the actor had before; gives the kinds of those that it has for the first time.
    pub(super) fn learn(&mut self, actor: &mut Actor<'_>, values: &[u64; KINDS]) -> u8 {
        let mut new = 0u8;
        for (kind, value) in values.iter().enumerate().filter(|(_, value)| **value != 0) {
            if !actor.seen.find(*value) {
                new |= 1u8.wrapping_shl(kind as u32);
            } else if self.when.is_new_minute {
                actor.see_value(kind, 1.0, 0.0);
                self.fleet.see_value(kind, false);
            }
        }
        new
    }

    #[cold]
    #[inline(never)]
    pub(super) fn new_values(
        &mut self,
        actor: &mut Actor<'_>,
        values: &[u64; KINDS],
        mut new: u8,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        let minute = self.when.minute;
        let (name, _) = subject.actor();
        let verdict = suppress::verdict_on(subject, IDS[NEW_VALUE], name);
        for (kind, value) in values.iter().enumerate() {
            let bit = 1u8.wrapping_shl(kind as u32);
            let since = actor.waits_since(print(*value));
            let is_repeated = since.is_some_and(|since| minute.saturating_sub(since) >= WAIT);
            let is_confirmed = since.is_some() && verdict == Verdict::Benign;
            if new & bit != 0 && (is_repeated && verdict != Verdict::Malicious || is_confirmed) {
                self.verdict = verdict;
                actor.release(print(*value));
                self.learn_value(actor, kind, *value);
                new &= !bit;
            }
        }
        let is_new = |kind: usize| new & 1u8.wrapping_shl(kind as u32) != 0;
        let age = actor.age();
        let (bits, test) =
            if age.is_mature() { self.novelty(actor, values, new) } else { (0.0, scores::PLACE) };
        self.novelty = bits;
        // Of several things that an actor begins with soon after each other, half of what each said counts too.
        let before = if test == scores::WORK && bits > 0.0 { actor.novelty() / 2.0 } else { 0.0 };
        let (own, bits) = (bits, bits + before);
        let threshold =
            if bits > 0.0 { self.score(actor, test, bits) } else { self.threshold(test) };
        if bits < threshold {
            if test == scores::WORK {
                actor.add_novelty(own);
            }
            for (kind, value) in values.iter().enumerate().filter(|(kind, _)| is_new(*kind)) {
                self.learn_value(actor, kind, *value);
            }
            return None;
        }
        for (kind, value) in values.iter().enumerate().filter(|(kind, _)| is_new(*kind)) {
            // A value that waits is known of the actor, so that others who begin with it are less surprising.
            if actor.waits_since(print(*value)).is_none() {
                self.fleet.shares.see_value(kind, self.common.estimate(*value) == 0);
                self.common.add(*value);
            }
            actor.wait(print(*value), minute);
        }
        let held = (0..KINDS).filter(|kind| is_new(*kind)).map(|kind| actor.value(kind));
        let (minutes, known) = held
            .fold((0.0, 0.0), |most: (f64, f64), held| (held.0.max(most.0), held.1.max(most.1)));
        self.may_state(actor, NEW_VALUE, bits).then(|| Surprise {
            bits,
            threshold,
            chance: self.own_threshold(),
            observed: 1,
            expected: (known / actor.exposure(DAY_SCALE).max(1.0) + 0.5) as u64,
            known: known.max(1.0) as u32,
            window: DAY,
            kinds: new,
            is_among_others: before >= 1.0,
            over: minutes as u32,
            days: u32::from(age.days),
            gap: actor.gap(),
            ..Surprise::default()
        })
    }

    /// Bits of values that are new together, and which test they are held against. Of what is less surprising half counts, for laptops and networks change
    /// together.
    fn novelty(&self, actor: &Actor<'_>, values: &[u64; KINDS], new: u8) -> (f64, usize) {
        let bits_of = |kind: usize| {
            let value = values.get(kind).copied().unwrap_or_default();
            if new & 1u8.wrapping_shl(kind as u32) == 0 {
                0.0
            } else {
                self.bits_of_value(actor, kind, value)
            }
        };
        let groups = GROUPS.map(|kinds| kinds.iter().copied().map(bits_of).fold(0.0, f64::max));
        let most = groups.into_iter().fold(0.0, f64::max);
        let [.., work] = groups;
        let test = if work >= most { scores::WORK } else { scores::PLACE };
        (most + (groups.into_iter().sum::<f64>() - most) / 2.0, test)
    }

    /// A value is new with a chance of as often as values were new before, or as often as other actors have it. Of what no other actor has, times the chance
    /// that a value new to its actor is new to all.
    fn bits_of_value(&self, actor: &Actor<'_>, kind: usize, value: u64) -> f64 {
        let (minutes, new) = actor.value(kind);
        if minutes < LEAST_MINUTES {
            return 0.0;
        }
        let new = new.max(1.0);
        let chance =
            (new + PRIOR_MINUTES * self.fleet.novelty(kind)) / (minutes + new + PRIOR_MINUTES);
        let own = u64::from(actor.waits_since(print(value)).is_some());
        match self.common.estimate(value).saturating_sub(own) {
            0 => {
                // It says no more that nobody had it than that the actor did not: with relays every network is new.
                let own = -log2(chance.min(1.0));
                own + own.min(-log2(self.fleet.shares.first(kind)))
            }
            others => -log2(chance.max(others as f64 / self.actors).min(1.0)),
        }
    }

    fn learn_value(&mut self, actor: &mut Actor<'_>, kind: usize, value: u64) {
        actor.seen.add(value);
        actor.see_value(kind, if self.when.is_new_minute { 1.0 } else { 0.0 }, 1.0);
        self.fleet.see_value(kind, true);
        // All values are new to a fleet that begins: only those of actors that are evaluated say how rare that is.
        if actor.age().is_mature() {
            self.fleet.shares.see_value(kind, self.common.estimate(value) == 0);
        }
        self.common.add(value);
    }
}

pub fn write_new_value(
    surprise: &Surprise,
    key: &[u8],
    subject: &Subject<'_>,
    out: &mut Writer<'_>,
) {
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' has a new ");
    let mut before: &[u8] = b"";
    for kind in (0..KINDS).filter(|kind| surprise.kinds & 1u8.wrapping_shl(*kind as u32) != 0) {
        let (name, value) = shown(subject, kind);
        out.put(before);
        out.put(name);
        out.put(b"'");
        out.put(crate::text::cut(value, 96));
        out.put(b"'");
        before = b", ";
    }
    out.put(b": not seen in ");
    write_experience(surprise, b" minutes of activity on ", out);
    out.put(b", which had ");
    out.number(i64::from(surprise.known));
    out.put(if surprise.known == 1 { b" such value" } else { &b" such values"[..] });
    if surprise.is_among_others {
        out.put(b"; others were new within the hour before");
    }
    match subject.event.outcome {
        Some(Outcome::Denied) => out.put(b"; the action was denied"),
        Some(Outcome::Failure) => out.put(b"; the action failed"),
        _ => {}
    }
}
