//! History of findings: bounded, kept per hour for a month.

use super::board::Seen;
use crate::calendar::{instant, local_at};
use auditward_core::time::HOUR;
use chrono::{Days, FixedOffset, NaiveTime};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, VecDeque};

/// A month of hours.
const HOURS: usize = 31 * 24;
/// How many keys an hour remembers, how many actors are ranked, how many findings are listed, how many seconds drawn.
const AFFECTED: usize = 50;
const RANKED: usize = 500;
const LISTED: usize = 2000;
/// Findings that outlive the process.
const KEPT: usize = 200;
const SECONDS: usize = 300;
/// A surprise counts half after so long.
const HALF_LIFE: i64 = 6 * HOUR;
/// Weight of a finding by severity.
const WEIGHTS: [f64; 5] = [1.0, 2.0, 8.0, 32.0, 128.0];

/// All of it.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    hours: VecDeque<Hour>,
    #[serde(serialize_with = "newest")]
    recent: VecDeque<Seen>,
    /// The number of the newest finding.
    number: u64,
    actors: BTreeMap<String, Actor>,
    /// When the newest batch came that is counted here.
    pub until_ms: i64,
    /// Records of each of the last seconds; only for the page.
    #[serde(skip)]
    seconds: VecDeque<(i64, u64)>,
    #[serde(skip)]
    pub watermark_lag_ms: i64,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Hour {
    /// Hours since 1970.
    number: i64,
    records: u64,
    findings: [u64; 5],
    /// Findings by how long after the event they came: up to 2^n seconds.
    delays: [u64; 28],
    /// The longest of them, in seconds.
    #[serde(default)]
    longest_s: u64,
    affected: BTreeMap<String, u64>,
}

/// Whose findings surprise.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Actor {
    score: f64,
    at: i64,
    pub findings: u64,
    pub worst: usize,
    pub reason: String,
}

impl Actor {
    /// As of now.
    pub fn score(&self, now: i64) -> f64 {
        self.score * 0.5f64.powf(now.saturating_sub(self.at).max(0) as f64 / HALF_LIFE as f64)
    }
}

/// A span of time in figures.
#[derive(Default)]
pub struct Span {
    pub records: u64,
    pub findings: [u64; 5],
    /// Half of the findings came within so many seconds of their event.
    pub delay_s: Option<u64>,
    /// Most findings first.
    pub affected: Vec<(String, u64)>,
}

impl History {
    /// Counts records.
    pub fn records(&mut self, count: u64, now: i64) {
        self.hour(now).records += count;
        let second = now.div_euclid(1000);
        match self.seconds.back_mut() {
            // A clock that went back goes on counting where it was.
            Some((at, records)) if *at >= second => *records += count,
            _ => self.seconds.push_back((second, count)),
        }
        while self.seconds.len() > SECONDS {
            self.seconds.pop_front();
        }
    }

    /// Counts a finding, and gives it its number.
    pub fn finding(&mut self, seen: &mut Seen) {
        self.number += 1;
        seen.number = self.number;
        let delay_s =
            seen.seen_ms.saturating_sub(seen.event_ms).max(0).div_euclid(1000).unsigned_abs();
        let hour = self.hour(seen.seen_ms);
        if let Some(count) = hour.findings.get_mut(seen.severity) {
            *count += 1;
        }
        hour.longest_s = hour.longest_s.max(delay_s);
        let step = (u64::BITS - delay_s.leading_zeros()) as usize;
        let last = hour.delays.len() - 1;
        if let Some(count) = hour.delays.get_mut(step.min(last)) {
            *count += 1;
        }
        if hour.affected.len() < AFFECTED || hour.affected.contains_key(&seen.who) {
            *hour.affected.entry(seen.who.clone()).or_default() += 1;
        }
        self.rank(seen);
        self.recent.push_front(seen.clone());
        self.recent.truncate(LISTED);
    }

    fn rank(&mut self, seen: &Seen) {
        let now = seen.seen_ms;
        if self.actors.len() >= RANKED && !self.actors.contains_key(&seen.who) {
            let least = self
                .actors
                .iter()
                .min_by(|a, b| a.1.score(now).total_cmp(&b.1.score(now)))
                .map(|(name, _)| name.clone());
            least.and_then(|name| self.actors.remove(&name));
        }
        let actor = self.actors.entry(seen.who.clone()).or_default();
        actor.score = actor.score(now) + WEIGHTS.get(seen.severity).copied().unwrap_or_default();
        actor.at = actor.at.max(now);
        actor.findings += 1;
        if seen.severity >= actor.worst {
            (actor.worst, actor.reason) = (seen.severity, seen.reason.clone());
        }
    }

    fn hour(&mut self, now: i64) -> &mut Hour {
        let number = now.div_euclid(HOUR);
        let at = match self.hours.binary_search_by_key(&number, |hour| hour.number) {
            Ok(at) => at,
            // Before all that is remembered: counted with the oldest.
            Err(0) if self.hours.len() >= HOURS => 0,
            Err(at) => {
                self.hours.insert(at, Hour { number, ..Hour::default() });
                if self.hours.len() > HOURS {
                    self.hours.pop_front();
                    at - 1
                } else {
                    at
                }
            }
        };
        &mut self.hours[at]
    }

    /// The number of the newest finding.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The findings after that number, the oldest first, and how many between are no longer here.
    pub fn since(&self, number: u64) -> (u64, Vec<Seen>) {
        let mut found: Vec<Seen> =
            self.recent.iter().take_while(|seen| seen.number > number).cloned().collect();
        found.reverse();
        let missing =
            found.first().map_or(0, |first| first.number.saturating_sub(number.saturating_add(1)));
        (missing, found)
    }

    /// The newest first.
    pub fn recent(&self) -> impl Iterator<Item = &Seen> {
        self.recent.iter()
    }

    /// The most surprising first.
    pub fn actors(&self, now: i64, most: usize) -> Vec<(&str, &Actor)> {
        let mut actors: Vec<(&str, &Actor)> =
            self.actors.iter().map(|(name, actor)| (name.as_str(), actor)).collect();
        actors.sort_by(|a, b| b.1.score(now).total_cmp(&a.1.score(now)));
        actors.truncate(most);
        actors
    }

    /// Records of each of the last seconds, the oldest first.
    pub fn seconds(&self, now: i64, most: usize) -> Vec<u64> {
        let last = now.div_euclid(1000);
        let count = |second: i64| {
            self.seconds
                .binary_search_by_key(&second, |(at, _)| *at)
                .ok()
                .and_then(|at| self.seconds.get(at))
                .map_or(0, |(_, count)| *count)
        };
        (0..most as i64).rev().map(|back| count(last - back)).collect()
    }

    /// Findings by severity of each of the last hours, the oldest first.
    pub fn hourly(&self, now: i64, most: usize) -> Vec<(i64, [u64; 5])> {
        let last = now.div_euclid(HOUR);
        let findings = |number: i64| {
            self.hours
                .binary_search_by_key(&number, |hour| hour.number)
                .ok()
                .and_then(|at| self.hours.get(at))
                .map_or([0; 5], |hour| hour.findings)
        };
        (0..most as i64)
            .rev()
            .map(|back| last - back)
            .map(|number| (number * HOUR, findings(number)))
            .collect()
    }

    /// The last so many days, today being the first of them: days of a clock that is so far from UTC.
    pub fn days(&self, now: i64, days: u64, offset: FixedOffset) -> Span {
        let today = local_at(now, offset).date();
        let first = today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(today);
        let from = instant(first.and_time(NaiveTime::MIN), offset).div_euclid(HOUR);
        let (mut span, mut delays, mut affected) =
            (Span::default(), [0u64; 28], BTreeMap::<&str, u64>::new());
        let mut longest_s = 0;
        for hour in self.hours.iter().filter(|hour| hour.number >= from) {
            span.records += hour.records;
            longest_s = hour.longest_s.max(longest_s);
            span.findings.iter_mut().zip(hour.findings).for_each(|(sum, count)| *sum += count);
            delays.iter_mut().zip(hour.delays).for_each(|(sum, count)| *sum += count);
            hour.affected
                .iter()
                .for_each(|(name, count)| *affected.entry(name).or_default() += count);
        }
        // A step's end is later than any of its delays may be.
        span.delay_s =
            median(&delays).map(|end| if longest_s > 0 { end.min(longest_s) } else { end });
        span.affected =
            affected.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        span.affected.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        span
    }
}

fn newest<S: Serializer>(recent: &VecDeque<Seen>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(recent.iter().take(KEPT))
}

fn median(delays: &[u64; 28]) -> Option<u64> {
    let half = delays.iter().sum::<u64>().div_ceil(2);
    let mut sum = 0;
    let step = delays.iter().position(|count| {
        sum += count;
        sum >= half && half > 0
    })?;
    Some(if step == 0 { 1 } else { 1 << step })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::UTC;
    use auditward_core::time::DAY;

    fn seen(at: i64, delay_ms: i64, severity: usize, who: &str) -> Seen {
        Seen {
            seen_ms: at,
            event_ms: at - delay_ms,
            detector: "d".into(),
            severity,
            reason: format!("why {who}"),
            who: who.into(),
            ..Seen::default()
        }
    }

    #[test]
    fn days_weeks_and_months() {
        let now = 20_000 * DAY + 5 * HOUR;
        let mut history = History::default();
        for (ago, severity) in [(0, 4), (HOUR, 2), (6 * HOUR, 2), (5 * DAY, 3), (20 * DAY, 1)] {
            history.records(10, now - ago);
            history.finding(&mut seen(
                now - ago,
                3000,
                severity,
                if severity == 2 { "account b" } else { "account a" },
            ));
        }
        assert_eq!(history.days(now, 1, UTC).findings, [0, 0, 1, 0, 1]);
        assert_eq!(history.days(now, 7, UTC).findings, [0, 0, 2, 1, 1]);
        let month = history.days(now, 30, UTC);
        assert_eq!((month.records, month.findings, month.delay_s), (50, [0, 1, 2, 1, 1], Some(3)));
        assert_eq!(month.affected[0], ("account a".to_owned(), 3));
        let ahead = |hours: i32| FixedOffset::east_opt(hours * 3600).unwrap();
        // Where clocks are twenty hours ahead, today began an hour ago.
        assert_eq!(history.days(now, 1, ahead(20)).findings, [0, 0, 1, 0, 1]);
        assert_eq!(history.days(now, 1, ahead(18)).findings.iter().sum::<u64>(), 3);
        assert_eq!(history.days(now, 1, ahead(-6)).findings, [0, 0, 2, 0, 1]);
        assert_eq!(
            history
                .hourly(now, 3)
                .iter()
                .map(|(_, findings)| findings.iter().sum::<u64>())
                .collect::<Vec<_>>(),
            [0, 1, 1]
        );
    }

    #[test]
    fn the_most_surprising_fade_and_all_is_bounded() {
        let mut history = History::default();
        let start = 20_000 * DAY;
        history.finding(&mut seen(start, 0, 4, "account old"));
        for n in 0..2000 {
            history.finding(&mut seen(start + n * HOUR, 0, 2, &format!("account {n}")));
            history.records(1, start + n * HOUR);
        }
        let now = start + 2000 * HOUR;
        assert_eq!(history.actors(now, 1)[0].0, "account 1999");
        assert!(
            history.actors.len() <= RANKED
                && history.hours.len() <= HOURS
                && history.recent.len() <= LISTED
                && history.seconds.len() <= SECONDS
        );
        history.records(1, 0);
        history.finding(&mut seen(0, -50_000, 9, "clock that went back"));
        assert!(history.hours.len() <= HOURS);
    }

    #[test]
    fn findings_are_numbered_and_those_that_are_gone_are_told() {
        let mut history = History::default();
        (0..LISTED as i64 + 10).for_each(|n| history.finding(&mut seen(n, 0, 2, "account a")));
        let (lost, found) = history.since(3);
        assert_eq!(
            (lost, found.len(), found[0].number, history.number()),
            (7, LISTED, 11, LISTED as u64 + 10)
        );
        assert_eq!(history.since(LISTED as u64 + 8).1.len(), 2);
        let again: History =
            serde_json::from_slice(&serde_json::to_vec(&history).unwrap()).unwrap();
        assert_eq!(
            (again.number(), again.recent().count(), again.recent().next().unwrap().number),
            (LISTED as u64 + 10, KEPT, LISTED as u64 + 10)
        );
        assert_eq!(history.since(LISTED as u64 + 10).1.len(), 0);
    }

    #[test]
    fn seconds_are_drawn_in_order() {
        let mut history = History::default();
        for (at, count) in [(1000, 1), (1500, 2), (3000, 4), (2000, 8)] {
            history.records(count, at);
        }
        assert_eq!(history.seconds(4000, 4), [3, 0, 12, 0]);
    }
}
