//! Metrics that the policy names: a number of each record, learned for each entity as quantiles.

use super::scores::{Reached, Scores, Test};
use super::{DAY_MINUTES, METRIC, Surprise, WAIT};
use crate::detect::{Subject, joined, shorten};
use crate::entity::Entity;
use crate::policy::Policy;
use crate::policy::metric::{Metric, Place};
use crate::sketch::decayed::weight;
use crate::sketch::logarithm::log2;
use crate::sketch::quantiles::{self, Quantiles};
use crate::sketch::table::Table;
use crate::sketch::{Words, pack, unpack};
use crate::text::Sink;
use crate::time::DAY;
use crate::value::Val;
use crate::write::Writer;
use std::sync::Arc;

static TESTS: [Test; 1] = [Test { learner: METRIC, times: 1.0, rare: 400.0, least: 0.0 }];
/// Part of the budget of alerts that is theirs.
const BUDGET: f64 = 0.25;
/// First day and days with values, newest day; first minute of values that wait, newest finding; quantiles.
const HEAD: usize = 2;
const ENTRY: usize = HEAD + quantiles::WORDS;
const KEEPS: u32 = 60 * DAY_MINUTES;
/// An entity is evaluated after so many values, on so many days.
const LEAST_VALUES: f64 = 50.0;
const LEAST_DAYS: u32 = 5;
/// A value that waits for so long is forgotten.
const FORGOTTEN: u32 = 8 * DAY_MINUTES;
/// Fewer bits are no finding, however quiet a metric is.
const LEAST_BITS: f64 = 8.0;
/// Role of keys here.
const ROLE: u64 = 7;
/// Newest hour, values and days of all, decayed.
const TRAFFIC: usize = 3;

/// All that is held.
pub struct Metrics {
    list: Vec<Arc<Metric>>,
    pub table: Table,
    pub scores: Scores,
    pub traffic: Words,
    alerts_per_day: f64,
    half_life_days: u32,
    cooldown: u32,
}

/// An unusual value.
#[derive(Clone, Debug)]
pub struct Odd {
    metric: Arc<Metric>,
    pub entity: Entity,
    value: f64,
    usual: f64,
    most: f64,
    is_above: bool,
    key: u64,
    pub surprise: Surprise,
}

fn number(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    text.trim_end_matches(['%', ' ']).parse().ok().filter(|number: &f64| number.is_finite())
}

fn value(place: &Place, subject: &Subject<'_>) -> Option<f64> {
    match place {
        Place::Field(field) => match subject.event.get(*field) {
            Val::None => None,
            Val::Int(number) => Some(number as f64),
            _ => number(subject.text(*field)),
        },
        Place::Raw(path) => {
            let mut found = None;
            subject.record.any(path, subject.event, subject.input, &mut |value| {
                found = number(value.text);
                found.is_some()
            });
            found
        }
    }
}

impl Metrics {
    #[inline(never)]
    pub fn new(policy: &Policy, is_on: bool, memory: usize, cooldown: u32) -> Metrics {
        let list = if is_on { policy.metrics.clone() } else { Vec::new() };
        let memory = if list.is_empty() { 0 } else { memory };
        let alerts_per_day = f64::from(policy.baseline.alerts_per_day) * BUDGET;
        let scores = Scores::new("baseline.metric-scores", alerts_per_day, &TESTS, (METRIC, 1));
        Metrics {
            list,
            table: Table::new("baseline.metrics", 1, ENTRY, KEEPS, memory),
            scores,
            traffic: Words::new("baseline.metric-traffic", 1, TRAFFIC),
            alerts_per_day,
            half_life_days: u32::try_from(policy.baseline.half_life / DAY).unwrap_or(30).max(1),
            cooldown,
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Moves on to the hour: forgets.
    fn advance(&mut self, hour: u32) {
        let newest = self.traffic.get(0) as u32;
        if hour <= newest {
            return;
        }
        self.traffic.set(0, u64::from(hour));
        if newest == 0 {
            return;
        }
        let passed = hour.wrapping_sub(newest);
        let half_life = self.half_life_days.saturating_mul(24);
        let left = weight(passed, half_life);
        let (values, days) = (self.traffic.sum(1) * left, self.traffic.sum(2) * left);
        self.traffic.set(1, values.to_bits());
        self.traffic.set(2, (days + f64::from(passed.min(24)) / 24.0).to_bits());
        self.scores.pass(passed);
        let days = (hour / 24).wrapping_sub(newest / 24);
        if days > 0 {
            self.scores.turn(weight(days.saturating_mul(24), half_life));
        }
    }

    /// As rare as their part of the budget allows among all values.
    fn chance(&self) -> f64 {
        let a_day = self.traffic.sum(1) / self.traffic.sum(2).max(1.0);
        log2((a_day / self.alerts_per_day.max(0.01)).max(64.0))
    }

    /// Learns the metrics of an event; gives the first one that is unusual.
    #[inline(never)]
    pub fn see(&mut self, subject: &Subject<'_>, minute: u32) -> Option<Odd> {
        let mut found = None;
        for at in 0..self.list.len() {
            let Some(metric) = self.list.get(at).cloned() else { continue };
            let Some(value) = value(&metric.place, subject) else { continue };
            let (name, key) = subject.keyed(metric.entity);
            if name.is_empty() {
                continue;
            }
            let key = joined(ROLE, joined(metric.id, key));
            self.advance(minute / 60);
            let odd = self.see_value(metric, key, value, minute);
            found = found.or(odd);
        }
        found
    }

    fn see_value(&mut self, metric: Arc<Metric>, key: u64, value: f64, minute: u32) -> Option<Odd> {
        let (half_life, chance) = (self.half_life_days, self.chance());
        let mut place = self.table.place(key, ENTRY, minute)?;
        let (day, is_new) = (minute / DAY_MINUTES, place.is_new);
        if is_new || minute > place.stamp() {
            place.set_stamp(minute);
        }
        let reached = Reached(place.own());
        let (head, rest) = place.words.split_first_chunk_mut::<HEAD>()?;
        let mut sketch = Quantiles(rest.first_chunk_mut()?);
        let [held, times] = head.map(unpack);
        let (first, days, last) = (held.0.wrapping_shr(16), held.0 & 0xffff, held.1);
        let (waits, stated) = times;
        let is_other_day = !is_new && day > last;
        if is_other_day && day.checked_div(half_life) != last.checked_div(half_life) {
            sketch.fade();
        }
        let (first, days) = match (is_new, is_other_day) {
            (true, _) => (day, 1),
            (_, true) => (first, days.saturating_add(1).min(0xffff)),
            _ => (first, days),
        };
        let total = sketch.total();
        let is_known = days >= LEAST_DAYS && total >= LEAST_VALUES;
        let above = if metric.is_above { sketch.bits(value, true) } else { 0.0 };
        let below = if metric.is_below { sketch.bits(value, false) } else { 0.0 };
        let is_above = above >= below;
        // One of two tests where both ends count.
        let both = metric.is_above && metric.is_below;
        let bits = above.max(below) - if both { 1.0 } else { 0.0 };
        let (usual, most) = (
            sketch.quantile(0.5),
            if is_above { sketch.quantile(1.0) } else { sketch.quantile(0.0) },
        );
        let mut reached = if is_other_day { Reached::default() } else { reached };
        if is_other_day && is_known {
            self.scores.begin();
        }
        if is_known && bits > 0.0 {
            self.scores.see(0, &mut reached, bits);
        }
        let over = self.scores.over(METRIC);
        let raised = if over > 1.0 { (2.0 * log2(over)).min(8.0) } else { 0.0 };
        let threshold = self.scores.limit(0).unwrap_or(chance).max(LEAST_BITS) + raised;
        let waited = minute.saturating_sub(waits);
        let is_waiting = waits > 0 && waited < FORGOTTEN;
        let is_odd = is_known && bits >= threshold && !(is_waiting && waited >= WAIT);
        if !is_odd {
            sketch.add(value);
        }
        let waits = if is_odd && !is_waiting { minute } else { waits };
        *head = [pack(first.wrapping_shl(16) | days, day.max(last)), pack(waits, stated)];
        place.set_own(reached.0);
        let values = self.traffic.sum(1) + 1.0;
        self.traffic.set(1, values.to_bits());
        let is_due = stated == 0 || minute.saturating_sub(stated) >= self.cooldown;
        if !is_odd || !is_due {
            return None;
        }
        let surprise = Surprise {
            bits,
            threshold,
            observed: value.max(0.0) as u64,
            expected: (usual + 0.5) as u64,
            window: DAY,
            over: total as u32,
            days: day.saturating_sub(first),
            ..Surprise::default()
        };
        let entity = metric.entity;
        Some(Odd { metric, entity, value, usual, most, is_above, key, surprise })
    }

    /// Remembers that a finding was stated.
    #[cold]
    #[inline(never)]
    pub fn settle(&mut self, odd: &Odd, minute: u32) {
        let words = self.table.find(odd.key, ENTRY).map(|entry| entry.words);
        let Some([_, times, ..]) = words else { return };
        let (waits, stated) = unpack(*times);
        *times = pack(waits, minute);
        if stated / DAY_MINUTES != minute / DAY_MINUTES {
            self.scores.found(METRIC);
        }
    }

    /// Adds what another instance learned.
    pub fn merge(&mut self, other: &Metrics) {
        self.table.merge(&other.table, merged);
        let newest = self.traffic.get(0).max(other.traffic.get(0));
        let (values, days) = (
            self.traffic.sum(1) + other.traffic.sum(1),
            self.traffic.sum(2).max(other.traffic.sum(2)),
        );
        self.traffic.set(0, newest);
        self.traffic.set(1, values.to_bits());
        self.traffic.set(2, days.to_bits());
        self.scores.merge(&other.scores, true);
    }

    /// Forgets an actor.
    pub fn forget(&mut self, actor: u64) {
        for metric in self.list.clone() {
            let key = joined(ROLE, joined(metric.id, actor));
            for place in self.table.words_of(key) {
                self.table.words.set(place, 0);
            }
        }
    }
}

/// One entry of two of the same entity.
fn merged(one: &[u64], two: &[u64]) -> Vec<u64> {
    let mut words = one.to_vec();
    let heads = (one.first_chunk::<HEAD>(), two.first_chunk::<HEAD>());
    let more = two.get(HEAD..).and_then(|rest| rest.first_chunk::<{ quantiles::WORDS }>());
    if let ((Some(one), Some(two)), Some(more)) = (heads, more)
        && let Some((head, rest)) = words.split_first_chunk_mut::<HEAD>()
        && let Some(sketch) = rest.first_chunk_mut()
    {
        let [(left, last), (waits, stated)] = one.map(unpack);
        let [(right, more_last), (more_waits, more_stated)] = two.map(unpack);
        let first = left.wrapping_shr(16).min(right.wrapping_shr(16));
        let days = (left & 0xffff).max(right & 0xffff);
        *head = [
            pack(first.wrapping_shl(16) | days, last.max(more_last)),
            pack(waits.max(more_waits), stated.max(more_stated)),
        ];
        Quantiles(sketch).merge(more);
    }
    words
}

/// A number with at most two decimal places.
fn write_number(number: f64, out: &mut Writer<'_>) {
    out.number(number as i64);
    let hundredths = ((number - number.trunc()).abs() * 100.0) as i64;
    if number.abs() < 100.0 && hundredths > 0 {
        out.put(if hundredths < 10 { b".0" } else { b"." });
        out.number(hundredths);
    }
}

pub fn write(odd: &Odd, key: &[u8], out: &mut Writer<'_>) {
    let surprise = &odd.surprise;
    out.put(odd.metric.field.as_bytes());
    out.put(b" of ");
    out.put(odd.entity.name().as_bytes());
    out.put(b" '");
    out.put(shorten(key));
    out.put(b"' is ");
    write_number(odd.value, out);
    out.put(b"; about ");
    write_number(odd.usual, out);
    out.put(if odd.is_above { b" is usual, at most " } else { b" is usual, at least " });
    write_number(odd.most, out);
    out.put(b" in ");
    out.number(i64::from(surprise.over));
    out.put(b" values of ");
    out.number(i64::from(surprise.days));
    out.put(b" days; ");
    out.put(odd.metric.why.as_bytes());
}
