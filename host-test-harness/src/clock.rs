//! The clock of a log that is read after the fact: the latest of its times. What lies ahead of the clock is not evaluated by its own time, so a log that is
//! not in order, or whose last line is of another day, must not be read by the clock of that line. Nor by a line that stands alone ahead of the others, be it the last.

use crate::evaluated::Reader;
use crate::format::unbundled;
use crate::mode::{Input, Mode, Setup, native};
use crate::policy_file::PolicyFile;
use anyhow::Result;
use auditward_core::time::{DAY, HOUR, Millis};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Period after which dates without a year repeat.
const YEAR: Millis = 365 * DAY;

/// How the times of lines are read.
pub struct Times<'a> {
    pub policy_file: &'a PolicyFile,
    pub tag: &'a str,
    pub unwraps: bool,
    /// Reference time for dates without a year, if nothing else gives the year.
    pub yearless_by: Millis,
}

impl Times<'_> {
    /// The latest time of these lines, where one has any. What lies ahead of the real clock counts where there is nothing else.
    pub fn latest(&self, lines: &[&[u8]]) -> Result<Option<Millis>> {
        let real = native::now_ms();
        let (times, before) = (
            self.of(lines, self.yearless_by)?,
            self.of(lines, self.yearless_by.saturating_sub(YEAR + DAY))?,
        );
        let is_yearless: Vec<bool> =
            times.iter().zip(&before).map(|(time, before)| time != before).collect();
        let dated = times
            .iter()
            .zip(&is_yearless)
            .filter(|(_, is_yearless)| !**is_yearless)
            .filter_map(|(time, _)| *time);
        let dated = newest(dated, real, ENOUGH);
        if !is_yearless.contains(&true) {
            return Ok(dated);
        }
        // Times that have a year tell which one is meant.
        let by = dated.map_or(self.yearless_by, |time| time.saturating_add(YEAR / 2).min(real));
        let yearless = self
            .of(lines, by)?
            .into_iter()
            .zip(&is_yearless)
            .filter(|(_, is_yearless)| **is_yearless)
            .filter_map(|(time, _)| time);
        let by = before_the_widest_gap(yearless.collect()).unwrap_or(by);
        Ok(newest(self.of(lines, by)?.into_iter().flatten(), real, ENOUGH))
    }

    /// The first time of each, as it is read by this clock.
    pub fn firsts<'l>(
        &self,
        lines: impl Iterator<Item = Option<&'l [u8]>>,
        clock: Millis,
    ) -> Result<Vec<Option<Millis>>> {
        // One engine for all: there may be thousands of files.
        let mut engine = TimeReader::new(self.policy_file)?;
        lines
            .map(|line| {
                for record in line.into_iter().flat_map(|line| records(line, self.unwraps)) {
                    if let Some(time) = engine.of(&record, self.tag, clock)? {
                        return Ok(Some(time));
                    }
                }
                Ok(None)
            })
            .collect()
    }

    /// Record by record; nothing for those that have no time of their own.
    fn of(&self, lines: &[&[u8]], clock: Millis) -> Result<Vec<Option<Millis>>> {
        let mut engine = TimeReader::new(self.policy_file)?;
        let records = lines.iter().flat_map(|line| records(line, self.unwraps));
        records.map(|record| engine.of(&record, self.tag, clock)).collect()
    }
}

/// The records of a line.
fn records(line: &[u8], unwraps: bool) -> Vec<Cow<'_, [u8]>> {
    if unwraps { unbundled(line) } else { vec![Cow::Borrowed(line)] }
}

/// An engine that is asked for nothing but times.
struct TimeReader {
    mode: native::Native,
    reader: Reader,
    clock: Arc<AtomicI64>,
}

impl TimeReader {
    fn new(policy_file: &PolicyFile) -> Result<TimeReader> {
        let clock = Arc::new(AtomicI64::new(0));
        let mode = native::Native::new(&Setup {
            policy: policy_file.text.clone(),
            clock: Some(clock.clone()),
            ..Setup::default()
        })?;
        Ok(TimeReader { mode, reader: Reader::new(&policy_file.policy), clock })
    }

    /// The time of a record by that clock, where it has one of its own.
    fn of(&mut self, bytes: &[u8], tag: &str, clock: Millis) -> Result<Option<Millis>> {
        self.clock.store(clock, Ordering::Relaxed);
        let evaluated =
            self.reader.read(&self.mode.process(Input { tag, time_ms: clock, nonce: 0, bytes })?);
        let has_time = !evaluated.notes.iter().any(|note| note == "no-time");
        Ok(evaluated.time_ms().filter(|_| has_time))
    }
}

/// The clock of a stream that goes on while it is read: the latest of the last times, among which one that is forged is not believed for long.
pub struct Live {
    engine: TimeReader,
    tag: String,
    unwraps: bool,
    recent: VecDeque<Millis>,
}

/// Limits: times remembered, and lines read of those that came at once.
const MOST_RECENT: usize = 64;
const MOST_READ: usize = 16;

impl Live {
    pub fn new(policy_file: &PolicyFile, tag: &str, unwraps: bool) -> Result<Live> {
        Ok(Live {
            engine: TimeReader::new(policy_file)?,
            tag: tag.to_owned(),
            unwraps,
            recent: VecDeque::new(),
        })
    }

    /// The clock after these lines, by the one before them. Nothing of a live stream is ahead of the real clock.
    pub fn after(&mut self, lines: &[&[u8]], before: Millis) -> Result<Millis> {
        let real = native::now_ms();
        let last = lines.get(lines.len().saturating_sub(MOST_READ)..).unwrap_or_default();
        let records: Vec<Cow<'_, [u8]>> =
            last.iter().flat_map(|line| records(line, self.unwraps)).collect();
        // A date without a year is of the year about the clock.
        let by = before.saturating_add(YEAR / 2).min(real);
        for record in records.get(records.len().saturating_sub(MOST_READ)..).unwrap_or_default() {
            self.recent.extend(self.engine.of(record, &self.tag, by)?);
        }
        let surplus = self.recent.len().saturating_sub(MOST_RECENT);
        self.recent.drain(..surplus);
        Ok(newest(self.recent.iter().copied(), real, 1).unwrap_or(before).min(real))
    }
}

/// A log is read by the time of its end where so many of its last lines are as late: one might be forged.
const ENOUGH: usize = 3;

/// Clocks of hosts differ, but not by days.
fn newest(times: impl Iterator<Item = Millis>, real: Millis, enough: usize) -> Option<Millis> {
    let (past, ahead): (Vec<Millis>, Vec<Millis>) =
        times.partition(|time| *time <= real.saturating_add(DAY));
    believed(&past, enough).or(ahead.into_iter().max())
}

/// The latest of these times, in the order of the log: without those that lie so far ahead of nine tenths of them that they may be forged, and are
/// fewer than `enough` or have earlier ones behind them. Where there are fewer than ten, all count.
fn believed(times: &[Millis], enough: usize) -> Option<Millis> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = |place: usize| sorted.get(place).copied();
    let (usual, median) =
        (at(sorted.len().checked_sub(1 + sorted.len() / 10)?)?, at(sorted.len() / 2)?);
    let least = usual.saturating_add(usual.saturating_sub(median).saturating_mul(2).max(HOUR));
    let are_enough = sorted.iter().filter(|time| **time > least).count() >= enough;
    let last = times.last().copied().filter(|_| are_enough).unwrap_or(least);
    let limit = last.max(least);
    sorted.into_iter().rev().find(|time| *time <= limit)
}

/// Dates without a year lie on a circle; a log of less than half a year leaves its widest gap free, and ends before it.
fn before_the_widest_gap(mut times: Vec<Millis>) -> Option<Millis> {
    times.sort_unstable();
    let around = times.last()?.saturating_sub(YEAR);
    let behind = std::iter::once(&around).chain(&times);
    let (_, end) =
        behind.zip(&times).max_by_key(|(earlier, later)| later.saturating_sub(**earlier))?;
    times.iter().rev().find(|time| *time < end).or(times.last()).copied()
}

/// Lines of all inputs together that the clock is learned from.
const MOST_LINES: usize = 20_000;
const FEWEST_LINES: usize = 8;

/// How many lines are taken of each of so many inputs.
pub fn lines_of_each(inputs: usize) -> usize {
    (MOST_LINES / inputs.max(1)).max(FEWEST_LINES)
}

/// The first of these lines and so many of the last.
pub fn ends_of(mut lines: Vec<Vec<u8>>, most: usize) -> Vec<Vec<u8>> {
    let surplus = lines.len().saturating_sub(most.saturating_add(1));
    if surplus > 0 {
        lines.drain(1..=surplus);
    }
    lines
}

/// The places of inputs in the order of their first times, where that is not the one they were given in. What has no time stays behind what it stood behind.
pub fn better_order(firsts: &[Option<Millis>]) -> Option<Vec<usize>> {
    let known = firsts.iter().scan(Millis::MIN, |last, first| {
        *last = first.unwrap_or(*last);
        Some(*last)
    });
    let known: Vec<Millis> = known.collect();
    let mut order: Vec<usize> = (0..known.len()).collect();
    order.sort_by_key(|index| known.get(*index));
    (!order.is_sorted()).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{read, rfc3339};
    use auditward_core::policy::Policy;

    fn latest(lines: &[&str], yearless_by: &str) -> Option<String> {
        let policy_file = PolicyFile { text: None, policy: Policy::default() };
        let times = Times {
            policy_file: &policy_file,
            tag: "",
            unwraps: false,
            yearless_by: read(yearless_by).unwrap(),
        };
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        times.latest(&lines).unwrap().map(rfc3339)
    }

    fn line(time: &str) -> String {
        format!("{time} web1 sshd[100]: Failed password for alice from 198.51.100.9 port 4022 ssh2")
    }

    /// The latest of these dates without a year, where the clock says this.
    fn yearless(days: &[&str], now: &str) -> String {
        let lines: Vec<String> = days.iter().map(|day| line(&format!("{day} 05:00:00"))).collect();
        latest(&lines.iter().map(String::as_str).collect::<Vec<_>>(), &format!("{now}T00:00:00Z"))
            .unwrap()[..10]
            .to_owned()
    }

    #[test]
    fn the_latest_wherever_it_stands() {
        let (old, new) = (line("2026-03-01T05:00:00+00:00"), line("2026-03-08T05:00:00+00:00"));
        let (old, new) = (old.as_str(), new.as_str());
        for lines in [[old, new, "text"], [new, "text", old], ["text", new, old]] {
            assert_eq!(
                latest(&lines, "2026-07-01T00:00:00Z").as_deref(),
                Some("2026-03-08T05:00:00.000Z")
            );
        }
        assert_eq!(latest(&["text", "{}"], "2026-07-01T00:00:00Z"), None);
        assert_eq!(latest(&[], "2026-07-01T00:00:00Z"), None);
    }

    #[test]
    fn what_lies_ahead_counts_where_there_is_nothing_else() {
        let (past, ahead, far) = (
            line("2026-03-01T05:00:00+00:00"),
            line("2999-01-01T00:00:00+00:00"),
            line("2999-01-02T00:00:00+00:00"),
        );
        assert_eq!(
            latest(&[&past, &far], "2026-07-01T00:00:00Z").as_deref(),
            Some("2026-03-01T05:00:00.000Z")
        );
        assert_eq!(
            latest(&[&far, &ahead], "2026-07-01T00:00:00Z").as_deref(),
            Some("2999-01-02T00:00:00.000Z")
        );
    }

    #[test]
    fn a_line_alone_ahead_of_the_others_is_not_the_clock() {
        let lines: Vec<String> =
            (0..30).map(|n| line(&format!("2026-03-01T05:{n:02}:00+00:00"))).collect();
        let forged = line("2026-03-02T04:00:00+00:00");
        for place in [0, 12, 29, 30] {
            let mut log: Vec<&str> = lines.iter().map(String::as_str).collect();
            log.insert(place, &forged);
            let expected = "2026-03-01T05:29:00.000Z";
            assert_eq!(
                latest(&log, "2026-07-01T00:00:00Z").as_deref(),
                Some(expected),
                "{place}, the last line too"
            );
            log.reverse();
            assert_eq!(
                latest(&log, "2026-07-01T00:00:00Z").as_deref(),
                Some(expected),
                "{place}, the newest first"
            );
        }
        let mut log: Vec<&str> = lines.iter().map(String::as_str).collect();
        log.extend([&forged; 3].map(String::as_str));
        assert_eq!(
            latest(&log, "2026-07-01T00:00:00Z").as_deref(),
            Some("2026-03-02T04:00:00.000Z"),
            "three lines of another day at the end"
        );
        let spread: Vec<String> =
            (1..28).map(|day| line(&format!("2026-03-{day:02}T05:00:00+00:00"))).collect();
        let mut log: Vec<&str> = spread.iter().map(String::as_str).collect();
        log.swap(3, 26);
        assert_eq!(
            latest(&log, "2026-07-01T00:00:00Z").as_deref(),
            Some("2026-03-27T05:00:00.000Z")
        );
    }

    #[test]
    fn a_live_clock_follows_the_lines_and_not_one_of_them() {
        let at = |text: &str| read(text).unwrap();
        let mut live =
            Live::new(&PolicyFile { text: None, policy: Policy::default() }, "", false).unwrap();
        let mut clock = at("2026-03-01T05:00:00Z");
        let mut after = |times: &[&str]| {
            let lines: Vec<String> = times.iter().map(|time| line(time)).collect();
            clock =
                live.after(&lines.iter().map(String::as_bytes).collect::<Vec<_>>(), clock).unwrap();
            clock
        };
        for minute in 0..30 {
            let time = format!("2026-03-01T05:{minute:02}:00Z");
            assert_eq!(after(&[&time]), at(&time));
        }
        after(&["2026-03-02T04:00:00Z"]);
        assert_eq!(after(&["2026-03-01T05:30:00Z"]), at("2026-03-01T05:30:00Z"), "one forged time");
        assert_eq!(after(&["text", ""]), at("2026-03-01T05:30:00Z"));
        assert_eq!(after(&["2026-03-01T19:00:00Z"]), at("2026-03-01T19:00:00Z"), "a quiet day");
        assert_eq!(after(&["Mar  1 20:00:00"]), at("2026-03-01T20:00:00Z"), "without a year");
        let many: Vec<String> = (0..2000)
            .map(|second| format!("2026-03-03T05:{:02}:{:02}Z", second / 60, second % 60))
            .collect();
        assert_eq!(
            after(&many.iter().map(String::as_str).collect::<Vec<_>>()),
            at("2026-03-03T05:33:19Z")
        );
        assert!(
            after(&["2999-01-01T00:00:00Z"]) <= native::now_ms(),
            "the real clock is the limit"
        );
    }

    #[test]
    fn dates_without_a_year_are_of_one_log() {
        for days in [["Mar  1", "Mar 14", "Mar  8"], ["Mar  8", "Mar  1", "Mar 14"]] {
            assert_eq!(yearless(&days, "2026-07-01"), "2026-03-14");
            assert_eq!(
                yearless(&days, "2026-03-10"),
                "2025-03-14",
                "the clock is within the log's days: it is last year's"
            );
        }
        assert_eq!(yearless(&["Dec 28", "Jan  3"], "2026-07-01"), "2026-01-03");
        assert_eq!(yearless(&["Jan  3", "Dec 28"], "2026-07-01"), "2026-01-03");
        assert_eq!(
            yearless(&["Dec 28", "Jan  3", "Jan  3"], "1970-01-01"),
            "1969-01-03",
            "as cases read them"
        );
        assert_eq!(yearless(&["Feb 29"], "2026-07-01"), "2024-02-29");
    }

    #[test]
    fn times_with_a_year_tell_the_year_of_those_without() {
        let (dated, later) = (line("2024-03-07T05:00:00+00:00"), line("Mar  9 05:00:00"));
        assert_eq!(
            latest(&[&later, &dated], "2026-07-01T00:00:00Z").as_deref(),
            Some("2024-03-09T05:00:00.000Z")
        );
    }

    #[test]
    fn bundles_tags_and_mappings_are_read_as_replay_reads_them() {
        let bundle = br#"{"Records":[{"eventVersion":"1.08","eventTime":"2026-01-05T10:00:00Z","awsRegion":"x"},{"eventVersion":"1.08","eventTime":"2026-01-05T09:00:00Z","awsRegion":"x"}]}"#;
        let default = PolicyFile { text: None, policy: Policy::default() };
        let times = |unwraps| Times { policy_file: &default, tag: "", unwraps, yearless_by: 0 };
        assert_eq!(times(true).latest(&[bundle]).unwrap(), read("2026-01-05T10:00:00Z"));
        assert_eq!(times(false).latest(&[bundle]).unwrap(), read("2026-01-05T10:00:00Z"));
        assert_eq!(
            times(true).firsts([Some(bundle.as_slice()), None].into_iter(), 0).unwrap(),
            [read("2026-01-05T10:00:00Z"), None]
        );
        let text = auditward_core::policy_text::mapping::EXAMPLE;
        let mapped =
            PolicyFile { text: Some(text.to_owned()), policy: Policy::parse(text).unwrap() };
        let line = br#"{"app":"crm","ts":1768475000000,"event":{"kind":"audit"}}"#;
        let times = |tag| Times { policy_file: &mapped, tag, unwraps: false, yearless_by: 0 };
        assert_eq!(times("crm.eu").latest(&[line]).unwrap(), Some(1_768_475_000_000));
        assert_eq!(times("").latest(&[line]).unwrap(), None);
    }

    #[test]
    fn the_order_of_inputs() {
        assert_eq!(better_order(&[Some(1), None, Some(1), Some(2)]), None);
        assert_eq!(better_order(&[Some(8), None, Some(1)]), Some(vec![2, 0, 1]));
        assert_eq!(better_order(&[None, Some(8), Some(1)]), Some(vec![0, 2, 1]));
        assert_eq!(better_order(&[]), None);
        let lines = |text: &str| text.bytes().map(|byte| vec![byte]).collect::<Vec<_>>();
        assert_eq!(ends_of(lines("abcdef"), 2), lines("aef"));
        assert_eq!(ends_of(lines("abc"), 2), lines("abc"));
        assert!(ends_of(lines(""), 2).is_empty() && lines_of_each(0) >= lines_of_each(100_000));
    }
}
