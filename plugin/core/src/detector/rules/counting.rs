//! State that rules over several records keep of an entity: counts, sums and distinct values within a window, and the steps of a sequence.

use super::{State, second_of};
use crate::detect::{Subject, joined};
use crate::event::Field;
use crate::rule::{MOST_DISTINCT, MOST_STEPS, Measure};
use crate::sketch::table::{self, ALERT, Table};
use crate::sketch::{pack, unpack};
use crate::time::{Millis, SECOND};

/// An entry of `counts`: the actions of up to four steps, then sixteen buckets, or sixteen values with their times, or the times of steps.
const PLACES: usize = 16;
pub(super) const COUNTS: usize = ALERT + PLACES;
const _: () = assert!(
    MOST_STEPS <= PLACES && MOST_DISTINCT as usize <= PLACES,
    "steps and values have places in an entry"
);

/// Steps whose actions are kept, two in a word.
pub(super) const NAMED_STEPS: usize = 2 * ALERT;

impl State {
    /// Counts one more record of the entity: the count within the window and the newest link to what counts, or `None` where nothing can be counted.
    pub(super) fn count(
        &mut self,
        key: u64,
        measure: Measure,
        window: Millis,
        subject: &Subject<'_>,
    ) -> Option<(u64, u32)> {
        let second = second_of(subject.time);
        let length = u32::try_from(window / SECOND).unwrap_or(u32::MAX).max(1);
        // What is before all that the entity's window reaches counts in a window of its own time, which no later record moves.
        let is_late = self
            .counts
            .find(key, COUNTS)
            .is_some_and(|entry| entry.stamp().saturating_sub(second) > length);
        let key = if is_late {
            joined(key, u64::from(second.checked_div(length).unwrap_or_default()))
        } else {
            key
        };
        let mut entry = self.counts.place(key, COUNTS, second)?;
        let newest = if entry.is_new { second } else { entry.stamp() };
        // Records of before the window are no evidence.
        let is_over = second.saturating_sub(newest) > length;
        let before = if entry.is_new || is_over { 0 } else { entry.own() };
        entry.set_stamp(newest.max(second));
        let count = match measure {
            Measure::Distinct(field) => {
                let text = subject.text(field);
                if text.is_empty() {
                    return None;
                }
                let since = newest.max(second).saturating_sub(length);
                distinct(places(&mut entry), subject.key_in(5, text) as u32, second, since)
            }
            Measure::Events => buckets(&mut entry, newest, second, length, subject.times().max(1))?,
            Measure::Sum(field) => {
                let more = subject.number(field).unwrap_or_default();
                buckets(&mut entry, newest, second, length, more)?
            }
        };
        let link = self.evidence.keep(subject.serial(), before);
        entry.set_own(link);
        Some((count, link))
    }

    /// Takes a step of a sequence. Where that is whole with it, the newest link to its records and the actions of its other steps; after that it begins again.
    pub(super) fn step_on(
        &mut self,
        key: u64,
        step: Step,
        within: Millis,
        subject: &Subject<'_>,
    ) -> Option<(u32, [u32; NAMED_STEPS])> {
        let (time, second) = (subject.time, second_of(subject.time));
        let mut entry = self.counts.place(key, COUNTS, second)?;
        entry.set_stamp(second.max(entry.stamp()));
        let (now, since) =
            (time.max(1).unsigned_abs(), time.saturating_sub(within).max(1).unsigned_abs());
        let held = places(&mut entry);
        // In order, a place holds when the sequence began that came as far; else, when the step was last taken.
        let began = match step.number.checked_sub(1).filter(|_| step.is_ordered) {
            Some(before) => held.get(before).copied().filter(|began| (since..=now).contains(began)),
            None => Some(now),
        }?;
        let is_taken = |at: &u64| *at >= since;
        let others = || held.iter().take(step.of).enumerate().filter(|(at, _)| *at != step.number);
        let is_begun = others().any(|(_, at)| is_taken(at));
        let is_again = step.number > 0 && held.get(step.number) == Some(&began)
            || !step.is_ordered && held.get(step.number).is_some_and(is_taken);
        let is_whole = match step.is_ordered {
            true => step.number.saturating_add(1) == step.of,
            false => others().all(|(_, at)| is_taken(at)),
        };
        if let Some(place) = held.get_mut(step.number) {
            *place = began;
        }
        if is_whole && step.of > 1 {
            held.fill(0);
        }
        if step.of == 1 {
            return None;
        }
        // Of a step that is repeated, the first record is evidence.
        let link = if is_again && !is_whole {
            entry.own()
        } else {
            let before = if is_begun { entry.own() } else { 0 };
            self.evidence.keep(subject.serial(), before)
        };
        entry.set_own(if is_whole { 0 } else { link });
        let mut actions = unpacked(entry.words);
        let name = subject.text(Field::ActionName);
        let print = subject.key_in(5, name) as u32;
        if let Some(action) = actions.get_mut(step.number) {
            *action = if name.is_empty() { 0 } else { print };
            self.names.keep(print, name);
        }
        let [first, second, third, fourth] = actions;
        let packed = [pack(first, second), pack(third, fourth)];
        entry.words.iter_mut().zip(packed).for_each(|(word, packed)| *word = packed);
        if let Some(own) = actions.get_mut(step.number) {
            *own = 0;
        }
        is_whole.then_some((link, actions))
    }
}

/// A step of a sequence.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub number: usize,
    pub of: usize,
    pub is_ordered: bool,
}

/// The actions of an entry's steps.
fn unpacked(words: &[u64]) -> [u32; NAMED_STEPS] {
    let [first, second] = words.first_chunk::<ALERT>().copied().unwrap_or_default().map(unpack);
    [first.0, first.1, second.0, second.1]
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

/// When the entity last took the first step.
pub(super) fn last_step(counts: &mut Table, key: u64) -> Option<Millis> {
    let entry = counts.find(key, COUNTS)?;
    entry.words.get(ALERT).copied().filter(|at| *at > 0).and_then(|at| i64::try_from(at).ok())
}
