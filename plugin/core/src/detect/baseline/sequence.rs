//! Actions that hardly follow each other: transitions between the actions of an actor, learned for the actor and for all (order 1, with backoff).
//!
//! How surprising a transition is, is the chance that the actor does anything new after the action (Witten and Bell: of n transitions with d kinds, d/(n+d)),
//! times the share that all actors have of it. What nobody did after that action is as rare as that anybody does anything new after it, times the share of
//! the action among transitions that are new to an actor (Kneser and Ney): however many rows a machine writes, each of its transitions counts once there.

use super::actor::Actor;
use super::values::mixed;
use super::{KINDS, Learner, SEQUENCE, Surprise, WAIT, is_refused, print};
use crate::detect::{Subject, joined, shorten};
use crate::event::Field;
use crate::sketch::frequency::Frequency;
use crate::sketch::logarithm::log2;
use crate::sketch::names::{Name, Names};
use crate::sketch::{Words, pack, place, unpack};
use crate::text::{Sink, cut};
use crate::time::{HOUR, MINUTE};
use crate::write::Writer;
use std::cmp::Reverse;
use std::ops::Range;

/// An action follows another within so many minutes.
const WITHIN: u32 = (HOUR / MINUTE) as u32;
/// Transitions of an actor from an action before any of them is evaluated, and of all actors together.
const LEAST: f64 = 50.0;
const LEAST_OF_ALL: f64 = 1000.0;
/// Shares count so many times over: several others would have been as rare.
const AS_RARE: f64 = 4.0;
/// Words of a place: the actor's key; its newest action and minute.
const PLACE: usize = 2;
/// Places that a key may have: the one that was in use longest ago is given up.
const WAYS: usize = 4;
/// Transitions of all, minutes with one, transitions that were new to their actor beside kinds of actions.
const HEADER: usize = 3;
const TRANSITIONS: usize = 0;
const MINUTES: usize = 1;
const KINDS_SEEN: usize = 2;
/// When all are halved.
const MOST: u64 = 1 << 22;
/// Part of the memory for names of actions.
const NAMES_SHARE: usize = 32;
/// Roles of counts.
const FROM: u64 = 1;
const DISTINCT: u64 = 2;
const ENTERED: u64 = 3;

/// State of transitions.
pub struct Sequence {
    /// The newest action of each actor, and of each target.
    pub last: Words,
    pub counts: Frequency,
    /// Names of actions.
    pub names: Names,
    places: u64,
}

/// The first place that a key may have, of a half that has so many, and the end of those places.
#[inline]
fn ways(half_of: u64, half: u64, key: u64) -> (usize, usize) {
    let at = place(mixed(KINDS, key).wrapping_shr(32), half_of);
    let first = at.wrapping_sub(at % WAYS);
    let end = first.wrapping_add(WAYS).min(half_of as usize);
    let before = half.wrapping_mul(half_of) as usize;
    (before.wrapping_add(first), before.wrapping_add(end))
}

/// The place of a key among all; where it has none, an empty one, else the one that was in use longest ago.
#[inline]
fn place_in(words: &mut [u64], half_of: u64, half: u64, key: u64) -> Option<&mut [u64; PLACE]> {
    let (first, end) = ways(half_of, half, key);
    let places = words.get_mut(HEADER..)?.as_chunks_mut::<PLACE>().0.get_mut(first..end)?;
    let of_key = places.iter().position(|[held, _]| *held == key);
    let oldest = || (0..places.len()).min_by_key(|at| age(places.get(*at)));
    let at = of_key.or_else(oldest)?;
    places.get_mut(at)
}

/// By which places are compared: when they were in use.
fn age(place: Option<&[u64; PLACE]>) -> (u32, u64, u64) {
    place.map_or((0, 0, 0), |[key, newest]| (unpack(*newest).1, *key, *newest))
}

/// Puts what is held at the places that it has in so many words.
fn take_over(own: &mut [u64], old: &[u64], _: usize) -> bool {
    let halves = |words: &[u64]| (words.len().saturating_sub(HEADER) / (2 * PLACE)) as u64;
    let (half_of, old_half_of) = (halves(own), halves(old));
    own.iter_mut().zip(old).take(HEADER).for_each(|(own, old)| *own = *old);
    let places = old.get(HEADER..).unwrap_or_default().as_chunks::<PLACE>().0;
    for (at, place) in (0u64..).zip(places).filter(|(_, [key, _])| *key != 0) {
        let [key, _] = place;
        let own = place_in(own, half_of, u64::from(at >= old_half_of), *key);
        if let Some(own) = own.filter(|own| age(Some(own)) < age(Some(place))) {
            *own = *place;
        }
    }
    true
}

/// How often an action was left, by how many kinds of transitions, and how often by this one.
#[derive(Clone, Copy, Debug)]
struct Followers {
    all: f64,
    kinds: f64,
    this: f64,
}

impl Sequence {
    pub fn new(memory: usize) -> Sequence {
        let places = (memory / 4 / 8 / PLACE).clamp(8, 1 << 20);
        let words = places.saturating_mul(PLACE).saturating_add(HEADER);
        let names = memory / NAMES_SHARE;
        let counts = memory.saturating_sub(memory / 4).saturating_sub(names);
        Sequence {
            last: Words::new("baseline.last-action", 2, words).fitted_by(take_over, PLACE),
            counts: Frequency::new("baseline.transitions", counts),
            names: Names::new("baseline.action-names", names),
            places: places as u64,
        }
    }

    /// Adds the transitions of others. Where there are too many for their places, those in use last stay.
    pub fn merge(&mut self, other: &Sequence) {
        if self.last.words.len() != other.last.words.len() {
            return;
        }
        self.counts.merge(&other.counts);
        self.names.merge(&other.names);
        for part in 0..HEADER {
            self.last.set(part, self.last.get(part).saturating_add(other.last.get(part)));
        }
        let half_of = self.places / 2;
        for half in [0, 1] {
            for first in (0..half_of).step_by(WAYS) {
                let end = first.saturating_add(WAYS as u64).min(half_of);
                let before = half_of.wrapping_mul(half);
                let places = before.wrapping_add(first) as usize..before.wrapping_add(end) as usize;
                self.join(&other.last.words, places);
            }
        }
    }

    /// Joins places that the same keys may have: of each key the newer, of all the newest.
    fn join(&mut self, others: &[u64], places: Range<usize>) {
        let of = |words: &[u64]| {
            let all = words.get(HEADER..).unwrap_or_default().as_chunks::<PLACE>().0;
            all.get(places.clone()).unwrap_or_default().to_vec()
        };
        let mut all = [of(&self.last.words), of(others)].concat();
        all.retain(|[key, _]| *key != 0);
        all.sort_unstable_by_key(|place| Reverse(age(Some(place))));
        let mut known = Vec::new();
        all.retain(|[key, _]| {
            !known.contains(key) && {
                known.push(*key);
                true
            }
        });
        let own = self.last.words.get_mut(HEADER..).unwrap_or_default().as_chunks_mut::<PLACE>().0;
        let rest = std::iter::repeat([0; PLACE]);
        let own = own.get_mut(places).unwrap_or_default();
        own.iter_mut().zip(all.into_iter().chain(rest)).for_each(|(own, place)| *own = place);
    }

    /// Forgets the newest action of an actor.
    pub fn forget(&mut self, key: u64) {
        let places = self.last.words.get_mut(HEADER..).unwrap_or_default().as_chunks_mut::<PLACE>();
        places.0.iter_mut().filter(|[held, _]| *held == key).for_each(|place| *place = [0; PLACE]);
    }

    /// Gives the newest action on a target; notes this one where the target is to be held.
    pub(super) fn step(
        &mut self,
        key: u64,
        action: u32,
        minute: u32,
        is_held: bool,
    ) -> Option<u32> {
        let half_of = self.places / 2;
        let [held, newest] = place_in(&mut self.last.words, half_of, 1, key)?;
        let before = (*held == key).then(|| unpack(*newest).0);
        if is_held {
            (*held, *newest) = (key, pack(action, minute));
        }
        before
    }

    /// Counts something under a key.
    pub(super) fn count(&mut self, key: u64) {
        self.counts.add(mixed(KINDS, key));
    }

    /// Notes the actor's action; gives the one before it, where that is another and not long ago.
    fn follow(&mut self, key: u64, action: u32, minute: u32) -> Option<u32> {
        let half_of = self.places / 2;
        let [held, newest] = place_in(&mut self.last.words, half_of, 0, key)?;
        let ((before, since), is_own) = (unpack(*newest), *held == key);
        if is_own && minute < since {
            return None;
        }
        (*held, *newest) = (key, pack(action, minute));
        let is_near = is_own && minute.saturating_sub(since) <= WITHIN;
        (is_near && before != action).then_some(before)
    }

    fn header(&self, part: usize) -> f64 {
        self.last.get(part) as f64
    }

    /// Transitions that were new to their actor, and kinds of actions.
    fn kinds_seen(&self) -> (u32, u32) {
        unpack(self.last.get(KINDS_SEEN))
    }

    fn raise(&mut self, part: usize) {
        let raised = self.last.get(part).saturating_add(1);
        self.last.set(part, raised);
        if raised >= MOST {
            let (entered, kinds) = self.kinds_seen();
            for part in [TRANSITIONS, MINUTES] {
                self.last.set(part, self.last.get(part) / 2);
            }
            self.last.set(KINDS_SEEN, pack(entered / 2, kinds / 2));
        }
    }

    pub(super) fn estimate(&self, key: u64) -> f64 {
        self.counts.estimate(mixed(KINDS, key)) as f64
    }

    /// `who` is an actor's key, or 0 for all.
    fn followers(&self, who: u64, from: u32, to: u32) -> Followers {
        let left = joined(who, u64::from(from));
        Followers {
            all: self.estimate(joined(left, FROM)),
            kinds: self.estimate(joined(left, DISTINCT)),
            this: self.estimate(joined(left, u64::from(to) << 8)),
        }
    }

    fn learn(&mut self, key: u64, from: u32, to: u32) {
        for who in [key, 0] {
            let left = joined(who, u64::from(from));
            let this = joined(left, u64::from(to) << 8);
            if self.estimate(this) == 0.0 {
                self.counts.add(mixed(KINDS, joined(left, DISTINCT)));
                if who != 0 {
                    self.counts.add(mixed(KINDS, joined(ENTERED, u64::from(to))));
                    let (entered, kinds) = self.kinds_seen();
                    self.last.set(KINDS_SEEN, pack(entered.saturating_add(1), kinds));
                }
            }
            self.counts.add(mixed(KINDS, this));
            self.counts.add(mixed(KINDS, joined(left, FROM)));
        }
        let action = joined(DISTINCT, u64::from(to));
        if self.estimate(action) == 0.0 {
            let (entered, kinds) = self.kinds_seen();
            self.last.set(KINDS_SEEN, pack(entered, kinds.saturating_add(1)));
        }
        self.counts.add(mixed(KINDS, action));
        self.raise(TRANSITIONS);
    }

    /// Bits of a transition that is new to the actor.
    fn bits(&self, own: Followers, key_of_action: u32, from: u32) -> f64 {
        let escape = |of: Followers| (of.kinds + 1.0) / (of.all + of.kinds + 1.0);
        let all = self.followers(0, from, key_of_action);
        // As if it had been done once where nobody did it.
        let share = AS_RARE * all.this.max(1.0) / (all.all + all.kinds).max(1.0);
        let as_others = escape(own) * share.min(1.0);
        if all.this > 0.0 {
            return -log2(as_others);
        }
        let (entered, kinds) = self.kinds_seen();
        let (entered, kinds) = (f64::from(entered), f64::from(kinds));
        let of_action = if self.estimate(joined(DISTINCT, u64::from(key_of_action))) > 0.0 {
            let of_this = self.estimate(joined(ENTERED, u64::from(key_of_action)));
            AS_RARE * (of_this + 1.0) / (entered + kinds + 1.0)
        } else {
            (kinds + 1.0) / (self.header(TRANSITIONS) + kinds + 1.0)
        };
        // What is new to all is new to the actor: that is one chance, not two.
        let chance = escape(own).min(escape(all)) * of_action.min(1.0);
        -log2(chance.min(as_others))
    }
}

impl Learner<'_> {
    /// An action that hardly follows the actor's action before it.
    #[inline]
    pub(super) fn transition(
        &mut self,
        actor: &mut Actor<'_>,
        key: u64,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        let is_learned = self.options.learns.get(SEQUENCE).copied().unwrap_or_default();
        let name = subject.text(Field::ActionName);
        if !is_learned || name.is_empty() || is_refused(subject) {
            return None;
        }
        let to = print(mixed(KINDS, subject.digest.of(name)));
        self.sequence.names.keep(to, name);
        let from = self.sequence.follow(key, to, self.when.minute)?;
        if self.when.is_new_minute {
            self.sequence.raise(MINUTES);
        }
        let own = self.sequence.followers(key, from, to);
        if own.this > 0.0 {
            self.sequence.learn(key, from, to);
            return None;
        }
        self.new_transition(actor, (key, from, to), own)
    }

    #[cold]
    #[inline(never)]
    fn new_transition(
        &mut self,
        actor: &mut Actor<'_>,
        (key, from, to): (u64, u32, u32),
        own: Followers,
    ) -> Option<Surprise> {
        let is_known = own.all >= LEAST
            && self.sequence.header(TRANSITIONS) >= LEAST_OF_ALL
            && actor.age().is_mature();
        let waiting = print(mixed(KINDS, joined(u64::from(from), u64::from(to))));
        let minute = self.when.minute;
        let since = actor.waits_since(waiting);
        let is_repeated = since.is_some_and(|since| minute.saturating_sub(since) >= WAIT);
        let bits = if is_known { self.sequence.bits(own, to, from) } else { 0.0 };
        // There are more transitions than minutes by which thresholds count.
        let busy = self.sequence.header(TRANSITIONS) / self.sequence.header(MINUTES).max(1.0);
        let chance = self.own_threshold() + log2(busy.max(1.0));
        let threshold = self.fleet.raised(SEQUENCE, chance);
        if bits < threshold || is_repeated {
            actor.release(waiting);
            self.sequence.learn(key, from, to);
            return None;
        }
        actor.wait(waiting, minute);
        self.may_state(actor, SEQUENCE, bits).then(|| Surprise {
            bits,
            threshold,
            observed: 0,
            expected: own.kinds as u64,
            window: HOUR,
            over: own.all as u32,
            days: u32::from(actor.age().days),
            gap: actor.gap(),
            after: from,
            ..Surprise::default()
        })
    }
}

pub fn write(surprise: &Surprise, key: &[u8], subject: &Subject<'_>, out: &mut Writer<'_>) {
    if surprise.is_step {
        return super::steps::write(surprise, key, subject, out);
    }
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' did '");
    out.put(cut(subject.text(Field::ActionName), 96));
    out.put(b"' right after ");
    let after = subject.surprises.and_then(|surprises| surprises.after.as_ref());
    match after.map(Name::text).filter(|name| !name.is_empty()) {
        Some(name) => {
            out.put(b"'");
            out.put(name);
            out.put(b"'");
        }
        None => out.put(b"another action"),
    }
    out.put(b" for the first time; what followed it ");
    out.number(i64::from(surprise.over));
    out.put(b" times on ");
    out.number(i64::from(surprise.days));
    out.put(b" days was one of ");
    out.number(i64::try_from(surprise.expected).unwrap_or(i64::MAX));
    out.put(b" other actions");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Actors who go round in a circle of ten actions, so many times.
    fn learned(rounds: u64) -> Sequence {
        let mut sequence = Sequence::new(64 << 10);
        for _ in 0..rounds {
            for actor in 1..=4u64 {
                for action in 1..=10u32 {
                    sequence.learn(actor, action, action % 10 + 1);
                }
            }
        }
        sequence
    }

    fn bits(sequence: &Sequence, actor: u64, from: u32, to: u32) -> f64 {
        sequence.bits(sequence.followers(actor, from, to), to, from)
    }

    #[test]
    fn what_nobody_did_is_rarer_than_what_others_did() {
        let mut sequence = learned(60);
        (0..20).for_each(|_| sequence.learn(9, 3, 7));
        let (others, nobody, unknown) =
            (bits(&sequence, 1, 3, 7), bits(&sequence, 1, 3, 8), bits(&sequence, 1, 3, 99));
        assert!(4.0 < others && others < nobody && nobody < unknown, "{others} {nobody} {unknown}");
    }

    #[test]
    fn more_experience_has_more_bits() {
        assert!(bits(&learned(20), 1, 3, 8) < bits(&learned(200), 1, 3, 8));
    }

    #[test]
    fn an_action_follows_another_of_the_same_actor_within_an_hour() {
        let mut sequence = Sequence::new(64 << 10);
        let key = |n: u64| n << 40 | n;
        assert_eq!(sequence.follow(key(1), 5, 100), None);
        assert_eq!(sequence.follow(key(1), 5, 101), None, "the same action");
        assert_eq!(sequence.follow(key(1), 6, 102), Some(5));
        assert_eq!(sequence.follow(key(1), 7, 90), None, "late");
        assert_eq!(sequence.follow(key(1), 7, 163), None, "an hour later");
        assert_eq!(sequence.follow(key(2000), 8, 164), None, "another actor");
    }

    /// Targets that are in use every hour keep their places, however many others are touched once.
    #[test]
    fn targets_in_use_are_not_forgotten_for_others() {
        let mut sequence = Sequence::new(1 << 20);
        let mut forgotten = 0;
        for hour in 0..720u32 {
            for target in 1..=36u64 {
                let before = sequence.step(target, 1, hour * 60, true);
                forgotten += u32::from(hour > 0 && before.is_none());
            }
            (0..20u64).for_each(|n| {
                sequence.step(1 << 32 | u64::from(hour) << 8 | n, 2, hour * 60 + 30, true);
            });
        }
        assert_eq!(forgotten, 0);
    }

    #[test]
    fn merged_in_either_order_the_newest_places_stay() {
        let of = |from: u64, minute: u32| {
            let mut sequence = Sequence::new(4 << 10);
            for key in from..from + 60 {
                let minute = minute + key as u32;
                sequence.follow(key, 7, minute);
                sequence.step(key, 8, minute, true);
            }
            sequence
        };
        let (mut one, mut two) = (of(1, 100), of(40, 110));
        let (newer, older) = (of(40, 110), of(1, 100));
        one.merge(&newer);
        two.merge(&older);
        assert_eq!(one.last.words, two.last.words);
        assert_eq!(one.step(99, 8, 300, false), Some(8), "the newest");
        let mut again = of(40, 110);
        again.merge(&newer);
        let sorted = |sequence: &Sequence| {
            let mut places = sequence.last.words[HEADER..].as_chunks::<PLACE>().0.to_vec();
            places.sort_unstable();
            places
        };
        assert_eq!(sorted(&again), sorted(&newer), "with itself");
    }

    #[test]
    fn under_another_size_the_newest_actions_are_held() {
        let mut old = Sequence::new(64 << 10);
        let key = |n: u64| mixed(7, n);
        for n in 0..300 {
            old.follow(key(n), 5, 1000 + n as u32);
            old.step(key(n), 6, 1000 + n as u32, true);
        }
        let held = |sequence: &mut Sequence| {
            (0..300).filter(|n| sequence.step(key(*n), 6, 1300, false) == Some(6)).count()
        };
        let before = held(&mut old);
        assert!(before >= 250, "{before}");
        for (memory, least) in [(128 << 10, before), (16 << 10, 60)] {
            let mut new = Sequence::new(memory);
            assert!(new.last.take_over(&old.last.words));
            assert!(held(&mut new) >= least, "{} in {memory}", held(&mut new));
            assert_eq!(new.follow(key(299), 9, 1310), Some(5), "of an actor too");
        }
    }
}
