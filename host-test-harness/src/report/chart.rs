//! Counts over time and over the week, and how they are drawn: inline SVG whose colours come from the page's style.

use crate::calendar::{clock, day, utc};
use crate::incident::BySeverity;
use crate::wording::{counted, grouped};
use auditward_core::severity::Severity;
use auditward_core::time::{DAY, HOUR, MINUTE, Millis, SECOND};
use chrono::{Datelike, NaiveDateTime, Timelike, Weekday};
use maud::{Markup, html};
use serde_json::json;
use std::collections::BTreeMap;

/// Widths of a bucket. They are lengths, not months or years of a calendar; each is a multiple of the one before, so that buckets can be joined.
const WIDTHS: [Millis; 13] = [
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    28 * DAY,
    364 * DAY,
    3640 * DAY,
];
/// Maximum number of buckets for any input.
const KEPT: usize = 1024;
/// Maximum number of columns drawn.
const DRAWN: Millis = 90;
/// Maximum number of distinct detectors in a bucket.
const LANES: usize = 32;

/// Events over time.
#[derive(Default)]
pub struct Series {
    /// Which of the widths.
    rung: usize,
    /// By their beginnings in local time, as if that were UTC.
    buckets: BTreeMap<Millis, Bucket>,
}

/// Events of one time bucket.
#[derive(Clone, Default)]
struct Bucket {
    records: u64,
    findings: BySeverity,
    /// How many findings each detector had, and the worst of them.
    detectors: BTreeMap<String, (u64, usize)>,
}

impl Series {
    /// Counts a record.
    pub fn record(&mut self, local: NaiveDateTime) {
        self.bucket(local).records += 1;
    }

    /// Counts a finding.
    pub fn finding(&mut self, local: NaiveDateTime, detector: &str, severity: usize) {
        let bucket = self.bucket(local);
        bucket.findings.get_mut(severity).into_iter().for_each(|count| *count += 1);
        let is_known = bucket.detectors.contains_key(detector) || bucket.detectors.len() < LANES;
        let lane = bucket
            .detectors
            .entry(if is_known { detector } else { "others" }.to_owned())
            .or_default();
        *lane = (lane.0 + 1, lane.1.max(severity));
    }

    fn bucket(&mut self, local: NaiveDateTime) -> &mut Bucket {
        while self.buckets.len() >= KEPT && self.rung + 1 < WIDTHS.len() {
            self.rung += 1;
            self.buckets = joined(&self.buckets, WIDTHS[self.rung]);
        }
        self.buckets
            .entry(start(local.and_utc().timestamp_millis(), WIDTHS[self.rung]))
            .or_default()
    }

    /// Range that is drawn: without the outermost thousandth at either end if it would take more than half of the width.
    fn drawn(&self) -> Drawn {
        let (first, last) = (self.quantile(0), self.quantile(1000));
        let (near_first, near_last) = (self.quantile(1), self.quantile(999));
        let is_stray = near_last - near_first < (last - first) / 2;
        let (first, last) = if is_stray { (near_first, near_last) } else { (first, last) };
        let rung = (self.rung..WIDTHS.len()).find(|&rung| {
            start(last, WIDTHS[rung]) - start(first, WIDTHS[rung]) < DRAWN * WIDTHS[rung]
        });
        let width = WIDTHS[rung.unwrap_or(WIDTHS.len() - 1)];
        let within: BTreeMap<Millis, Bucket> = self
            .buckets
            .range(first..=last)
            .map(|(time, bucket)| (*time, bucket.clone()))
            .collect();
        let all: u64 = self.buckets.values().map(|bucket| bucket.records).sum();
        let outside = all - within.values().map(|bucket| bucket.records).sum::<u64>();
        Drawn {
            first: start(first, width),
            columns: (start(last, width) - start(first, width)) / width + 1,
            width,
            buckets: joined(&within, width),
            outside,
        }
    }

    /// The bucket below which so many thousandths of the records lie.
    fn quantile(&self, thousandths: u64) -> Millis {
        let all: u64 = self.buckets.values().map(|bucket| bucket.records).sum();
        let (mut seen, wanted) = (0, (u128::from(all) * u128::from(thousandths) / 1000) as u64);
        for (time, bucket) in &self.buckets {
            seen += bucket.records;
            if seen >= wanted.max(1) {
                return *time;
            }
        }
        self.buckets.last_key_value().map_or(0, |(time, _)| *time)
    }
}

fn start(time: Millis, width: Millis) -> Millis {
    time.div_euclid(width) * width
}

fn joined(buckets: &BTreeMap<Millis, Bucket>, width: Millis) -> BTreeMap<Millis, Bucket> {
    let mut joined: BTreeMap<Millis, Bucket> = BTreeMap::new();
    for (time, bucket) in buckets {
        let into = joined.entry(start(*time, width)).or_default();
        into.records += bucket.records;
        into.findings.iter_mut().zip(bucket.findings).for_each(|(sum, count)| *sum += count);
        for (detector, (count, worst)) in &bucket.detectors {
            let lane = into.detectors.entry(detector.clone()).or_default();
            *lane = (lane.0 + count, lane.1.max(*worst));
        }
    }
    joined
}

/// A stretch of time cut into columns.
struct Drawn {
    first: Millis,
    columns: Millis,
    width: Millis,
    buckets: BTreeMap<Millis, Bucket>,
    outside: u64,
}

/// Of every drawing over time.
const WIDE: f64 = 960.0;
const LEFT: f64 = 118.0;
const RIGHT: f64 = 12.0;

impl Drawn {
    fn step(&self) -> f64 {
        (WIDE - LEFT - RIGHT) / self.columns as f64
    }

    fn x(&self, time: Millis) -> f64 {
        LEFT + (time - self.first) as f64 / self.width as f64 * self.step()
    }

    /// When a column is, in words.
    fn span(&self, time: Millis) -> String {
        match self.width {
            DAY.. => format!("{} to {}", day(utc(time)), day(utc(time + self.width - 1))),
            _ => {
                let (from, to) = (utc(time), utc(time + self.width));
                format!("{} {} to {}", day(from), clock(from), clock(to))
            }
        }
    }

    /// Where the axis is labelled: days where there are some, else clock times; at most ten.
    fn ticks(&self) -> Vec<(Millis, String)> {
        let end = self.first + self.columns * self.width;
        let unit = if end - self.first >= 2 * DAY { DAY.max(self.width) } else { self.width };
        let units = ((end - self.first) / unit).max(1);
        let every =
            unit * units.div_euclid(10).max(i64::from(units % 10 != 0 && units > 10)).max(1);
        let every = if (end - self.first) / every > 10 { every * 2 } else { every };
        let label = |time: Millis| if unit >= DAY { day(utc(time)) } else { clock(utc(time)) };
        let from =
            if unit >= DAY { (self.first + DAY - 1).div_euclid(DAY) * DAY } else { self.first };
        (0..=10)
            .map(|tick| from + tick * every)
            .filter(|&time| time < end)
            .map(|time| (time, label(time)))
            .collect()
    }

    fn axis(&self, top: f64, bottom: f64) -> Markup {
        html! {
            @for (time, label) in self.ticks() {
                line.grid x1=(px(self.x(time))) x2=(px(self.x(time))) y1=(px(top)) y2=(px(bottom)) {}
                text x=(px(self.x(time) + 3.0)) y=(px(bottom + 15.0)) { (label) }
            }
            line.axis x1=(px(LEFT)) x2=(px(WIDE - RIGHT)) y1=(px(bottom)) y2=(px(bottom)) {}
        }
    }
}

/// Records and findings over time, one above the other.
pub fn over_time(series: &Series) -> Markup {
    let drawn = series.drawn();
    let most =
        |count: fn(&Bucket) -> u64| drawn.buckets.values().map(count).max().unwrap_or_default();
    let (records, findings) =
        (nice(most(|bucket| bucket.records)), nice(most(|bucket| bucket.findings.iter().sum())));
    html! {
        div #zoom role="img" aria-label="Records and findings over time" data-series=(in_seconds(series, &drawn)) {}
        p #at-cursor { "\u{a0}" }
        div.scroll.still {
            svg.chart viewBox="0 0 960 300" role="img" aria-label="Records and findings over time" {
                (scale("records", records, 16.0, 90.0))
                (scale("findings", findings, 116.0, 270.0))
                (drawn.axis(16.0, 270.0))
                @for (time, bucket) in &drawn.buckets {
                    g {
                        title { (column_in_words(&drawn, *time, bucket)) }
                        rect.hit x=(px(drawn.x(*time))) y="16" width=(px(drawn.step())) height="254" {}
                        (bar("records", &drawn, *time, 90.0, 74.0 * part(bucket.records, records)))
                        (stack(&drawn, *time, &bucket.findings, findings))
                    }
                }
            }
        }
        @if drawn.outside > 0 {
            p.small { (counted(drawn.outside, "record")) " with a time far from all others are not drawn." }
        }
    }
}

/// The counts as the script draws them: times in seconds, every column that is kept of the range that is drawn.
fn in_seconds(series: &Series, drawn: &Drawn) -> String {
    let (from, to) = (drawn.first, drawn.first + drawn.columns * drawn.width);
    let kept: Vec<(&Millis, &Bucket)> = series.buckets.range(from..to).collect();
    json!({
        "from": from / SECOND,
        "to": to / SECOND,
        "width": WIDTHS[series.rung] / SECOND,
        "widths": WIDTHS.map(|width| width / SECOND),
        "times": kept.iter().map(|(time, _)| **time / SECOND).collect::<Vec<_>>(),
        "records": kept.iter().map(|(_, bucket)| bucket.records).collect::<Vec<_>>(),
        "findings": kept.iter().map(|(_, bucket)| bucket.findings).collect::<Vec<_>>(),
        "names": Severity::NAMES,
    })
    .to_string()
}

fn column_in_words(drawn: &Drawn, time: Millis, bucket: &Bucket) -> String {
    let mut words = format!("{}: {}", drawn.span(time), counted(bucket.records, "record"));
    for (name, count) in
        Severity::NAMES.iter().zip(bucket.findings).rev().filter(|(_, count)| *count > 0)
    {
        words.push_str(&format!(", {} {name}", grouped(count)));
    }
    words
}

fn stack(drawn: &Drawn, time: Millis, counts: &BySeverity, most: u64) -> Markup {
    let mut bottom = 270.0;
    let mut parts = Vec::new();
    for (severity, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let tall = (154.0 * part(*count, most)).max(1.5);
        parts.push((severity, bottom, tall));
        bottom -= tall;
    }
    html! { @for (severity, bottom, tall) in parts { (bar(&format!("s{severity}"), drawn, time, bottom, tall)) } }
}

fn bar(class: &str, drawn: &Drawn, time: Millis, bottom: f64, tall: f64) -> Markup {
    let gap = (drawn.step() * 0.12).min(2.0);
    html! { rect class=(class) x=(px(drawn.x(time) + gap)) y=(px(bottom - tall)) width=(px(drawn.step() - 2.0 * gap)) height=(px(tall)) {} }
}

/// A scale of three numbers, with its name.
fn scale(name: &str, most: u64, top: f64, bottom: f64) -> Markup {
    let middle = if most.is_multiple_of(2) { Some(most / 2) } else { None };
    html! {
        text.name x="0" y=(px((top + bottom) / 2.0 + 4.0)) { (name) }
        @for value in [Some(0), middle, Some(most)].into_iter().flatten() {
            @let y = bottom - (bottom - top) * part(value, most);
            line.grid x1=(px(LEFT)) x2=(px(WIDE - RIGHT)) y1=(px(y)) y2=(px(y)) {}
            text.number x=(px(LEFT - 6.0)) y=(px(y + 4.0)) { (grouped(value)) }
        }
    }
}

/// A round number that is not less: 1, 2, 4 or 10 times a power of ten.
fn nice(most: u64) -> u64 {
    let mut power = 1u64;
    while power.saturating_mul(10) < most {
        power = power.saturating_mul(10);
    }
    [1, 2, 4, 6, 8, 10]
        .into_iter()
        .map(|step| power.saturating_mul(step))
        .find(|&round| round >= most)
        .unwrap_or(most)
        .max(1)
}

fn part(count: u64, most: u64) -> f64 {
    count as f64 / most.max(1) as f64
}

fn px(length: f64) -> String {
    format!("{:.1}", length)
}

/// Each detector's findings along the time, larger where there are more.
pub fn timeline(series: &Series) -> Markup {
    let drawn = series.drawn();
    let mut lanes: Vec<&str> = drawn
        .buckets
        .values()
        .flat_map(|bucket| bucket.detectors.keys().map(String::as_str))
        .collect();
    lanes.sort_unstable();
    lanes.dedup();
    let bottom = 8.0 + 26.0 * lanes.len() as f64;
    html! {
        div.scroll {
            svg.chart viewBox=(format!("0 0 960 {}", bottom + 24.0)) role="img" aria-label="Findings of each detector over time" {
                (drawn.axis(4.0, bottom))
                @for (lane, name) in lanes.iter().enumerate() {
                    @let y = 20.0 + 26.0 * lane as f64;
                    text.lane x="0" y=(px(y + 4.0)) { (name) }
                    line.grid x1=(px(LEFT)) x2=(px(WIDE - RIGHT)) y1=(px(y)) y2=(px(y)) {}
                    @for (time, bucket) in &drawn.buckets {
                        @if let Some((count, worst)) = bucket.detectors.get(*name) {
                            circle class=(format!("s{worst}")) cx=(px(drawn.x(*time) + drawn.step() / 2.0)) cy=(px(y)) r=(px(radius(*count))) {
                                title { (drawn.span(*time)) ": " (name) ", " (counted(*count, "finding")) ", most severe " (severity_name(*worst)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn radius(count: u64) -> f64 {
    (3.5 + (count as f64).ln() * 1.4).min(11.0)
}

pub fn severity_name(severity: usize) -> &'static str {
    Severity::NAMES.get(severity).copied().unwrap_or_default()
}

/// Records by hour of the week, and those with alerts.
pub struct Week {
    records: [u64; 168],
    alerting: [u64; 168],
}

impl Default for Week {
    fn default() -> Week {
        Week { records: [0; 168], alerting: [0; 168] }
    }
}

impl Week {
    /// Counts a record, by local time.
    pub fn record(&mut self, local: NaiveDateTime, is_alert: bool) {
        let hour = (local.weekday().num_days_from_monday() * 24 + local.hour()) as usize;
        self.records.get_mut(hour).into_iter().for_each(|count| *count += 1);
        self.alerting.get_mut(hour).into_iter().for_each(|count| *count += u64::from(is_alert));
    }

    /// Seven days of 24 hours: the busier the darker, with a dot where there were alerts.
    pub fn drawing(&self, name: &str) -> Markup {
        let most = self.records.iter().copied().max().unwrap_or_default();
        let cells = self.records.iter().zip(&self.alerting).enumerate();
        let cells = cells.map(|(hour, (records, alerting))| {
            let words =
                format!("{}, {} with alerts", counted(*records, "record"), grouped(*alerting));
            cell(hour, &words, part(*records, most).sqrt(), *alerting > 0)
        });
        heat(name, cells.collect())
    }
}

/// The hours of the week of an actor, from Sunday midnight on: the more weeks, the darker.
pub fn habits(weeks: &[u8], name: &str) -> Markup {
    let most = weeks.iter().copied().max().unwrap_or_default();
    let (sunday, others) = weeks.split_at(weeks.len().min(24));
    let cells = others.iter().chain(sunday).enumerate().map(|(hour, weeks)| {
        let words = if *weeks == 0 { "not active".to_owned() } else { "active".to_owned() };
        cell(hour, &words, part(u64::from(*weeks), u64::from(most)), false)
    });
    heat(name, cells.collect())
}

fn heat(name: &str, cells: Vec<Markup>) -> Markup {
    html! {
        div.scroll {
            svg.heat viewBox="0 0 468 172" role="img" aria-label=(format!("Hours of the week: {name}")) {
                @for row in 0..7 {
                    text x="0" y=(row * 22 + 15) { (weekday(row)) }
                }
                @for hour in (0..24).step_by(3) {
                    text x=(36 + hour * 18) y="168" { (format!("{hour:02}")) }
                }
                @for cell in cells { (cell) }
            }
        }
    }
}

/// The name of a weekday, by its number from Monday on.
fn weekday(number: usize) -> String {
    u8::try_from(number)
        .ok()
        .and_then(|number| Weekday::try_from(number).ok())
        .map_or_else(String::new, |weekday| weekday.to_string())
}

/// An hour of the week, from Monday midnight on; `share` of the busiest.
fn cell(hour: usize, words: &str, share: f64, is_alert: bool) -> Markup {
    let (x, y) = (36 + hour % 24 * 18, hour / 24 * 22);
    html! {
        g {
            title { (weekday(hour / 24)) " " (format!("{:02}:00", hour % 24)) ": " (words) }
            rect.empty x=(x) y=(y) width="16" height="20" rx="2" {}
            @if share > 0.0 {
                rect.busy x=(x) y=(y) width="16" height="20" rx="2" fill-opacity=(format!("{:.2}", 0.12 + 0.88 * share)) {}
            }
            @if is_alert { circle.alert cx=(x + 8) cy=(y + 10) r="4" {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_joined_when_there_are_too_many_and_lose_nothing() {
        let mut series = Series::default();
        for minute in 0..20_000 {
            series.record(utc(minute * MINUTE));
            series.finding(utc(minute * MINUTE), "d", 2);
        }
        assert!(series.buckets.len() <= KEPT);
        let drawn = series.drawn();
        assert!((20..=DRAWN).contains(&drawn.columns));
        assert_eq!(
            drawn
                .buckets
                .values()
                .map(|bucket| (bucket.records, bucket.findings[2]))
                .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1)),
            (20_000, 20_000)
        );
    }

    #[test]
    fn one_stray_record_does_not_flatten_the_rest() {
        let mut series = Series::default();
        (0..5000).for_each(|second| series.record(utc(1_767_225_600_000 + second * 1000)));
        series.record(utc(0));
        let drawn = series.drawn();
        assert_eq!((drawn.outside, drawn.width), (1, MINUTE));
        assert!(drawn.first > 1_767_000_000_000);
    }

    #[test]
    fn nothing_and_the_ends_of_time_are_drawn() {
        over_time(&Series::default());
        let mut series = Series::default();
        [-62_135_596_800_000, 253_402_300_799_999]
            .into_iter()
            .for_each(|time| series.record(utc(time)));
        assert!(over_time(&series).into_string().contains("<svg"));
        assert!(timeline(&series).into_string().contains("<svg"));
    }

    #[test]
    fn ticks_are_few_and_within() {
        for columns in [1, 2, 7, 84, 90] {
            for width in WIDTHS {
                let drawn =
                    Drawn { first: 0, columns, width, buckets: BTreeMap::new(), outside: 0 };
                let ticks = drawn.ticks();
                assert!((1..=11).contains(&ticks.len()), "{columns} {width}: {ticks:?}");
                assert!(ticks.iter().all(|(time, _)| *time < columns * width));
            }
        }
    }

    #[test]
    fn hours_of_the_week() {
        let mut week = Week::default();
        // Monday, the fifth of January 2026, ten o'clock.
        week.record("2026-01-05T10:00:00".parse().unwrap(), true);
        assert_eq!((week.records[10], week.alerting[10]), (1, 1));
    }

    #[test]
    fn round_numbers() {
        assert_eq!([0, 1, 3, 11, 45, 100, 101].map(nice), [1, 1, 4, 20, 60, 100, 200]);
    }
}
