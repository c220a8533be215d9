//! Thresholds: counts per key over a window, and when a count is worth a finding: once it is reached, then again when it has doubled or after the cooldown.

use super::inspect::Progress;
use super::{Finding, Findings, Spec, Subject, shorten, write_duration, write_size};
use crate::entity::Entity;
use crate::policy::Settings;
use crate::severity::Severity;
use crate::sketch::evidence::{Chain, Evidence};
use crate::sketch::window::Window;
use crate::sketch::{Alert, Sketch, Visit};
use crate::text::Sink;
use crate::time::{DAY, HOUR, Millis, SECOND};
use crate::write::Writer;

/// Alerts keep their times in seconds from here on, so that those of before 1970 have one too.
const LONG_BEFORE_S: Millis = 1 << 36;

/// A cause that has not shown itself for so long has ended.
const PAUSE: Millis = 12 * HOUR;

/// Decision whether a finding is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Due {
    #[default]
    Not,
    Now,
    /// Once more, for a cause that lasts.
    Continuing,
    /// Only because the one before was suppressed: where this one is too, that need not be told again.
    Again,
}

/// When a finding is said again, and how severe it is.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    cooldown: Millis,
    severity: Severity,
    /// Description again when the count has doubled, and more severe the more there are.
    grows: bool,
}

impl Schedule {
    pub fn new(settings: &Settings) -> Schedule {
        Schedule {
            cooldown: settings.number("cooldown"),
            severity: Severity::from_name(settings.text("severity")),
            grows: true,
        }
    }

    /// One finding per cooldown, however many events there are.
    pub fn steady(settings: &Settings) -> Schedule {
        Schedule { grows: false, ..Schedule::new(settings) }
    }

    /// Quiet for at least so long.
    pub fn with_cooldown(self, least: Millis) -> Schedule {
        Schedule { cooldown: self.cooldown.max(least), ..self }
    }

    pub fn with_severity(self, severity: Severity) -> Schedule {
        Schedule { severity, ..self }
    }

    /// Either not yet said, said long ago, or twice as bad by now. A cause that lasts is said again at intervals that double, up to a day. What was suppressed
    /// was not said: it is due again with the next event, which may not be one that the policy suppresses.
    pub fn due(&self, last: Alert, count: u64, time: Millis) -> Due {
        if self.has_ended(last, time) || self.grows && count >= last.count.saturating_mul(2) {
            Due::Now
        } else if self.since(last, time) >= self.interval(last) {
            Due::Continuing
        } else if last.is_suppressed {
            Due::Again
        } else {
            Due::Not
        }
    }

    /// True if there was no alert, or the cause of the last one has paused since: it would have been said again. One that shows itself each hour lasts as well.
    fn has_ended(&self, last: Alert, time: Millis) -> bool {
        let pause = self.interval(last).saturating_mul(2).max(PAUSE);
        last.at_s == 0 || self.since(last, time) >= pause
    }

    /// Time since an alert.
    fn since(&self, last: Alert, time: Millis) -> Millis {
        let at = Millis::try_from(last.at_s).unwrap_or_default().saturating_sub(LONG_BEFORE_S);
        time.saturating_sub(at.saturating_mul(SECOND))
    }

    /// Time from an alert to the next for the same cause: a day at most, where the cooldown is no longer.
    fn interval(&self, last: Alert) -> Millis {
        let doubled =
            self.cooldown.saturating_mul(1i64.wrapping_shl(u32::from(last.repeats.min(20))));
        doubled.min(DAY.max(self.cooldown))
    }

    /// State of an alert to store, after the one before.
    pub fn alert(&self, last: Alert, count: u64, time: Millis) -> Alert {
        let at_s = time.wrapping_div_euclid(SECOND).saturating_add(LONG_BEFORE_S);
        let repeats = if self.has_ended(last, time) {
            0
        } else {
            let is_repeated = self.since(last, time) >= self.interval(last);
            last.repeats.saturating_add(u8::from(is_repeated))
        };
        Alert {
            at_s: u64::try_from(at_s).unwrap_or_default().max(1),
            count,
            repeats,
            is_suppressed: false,
        }
    }

    /// As above, of one that was suppressed. Where the one before it was, that one's cooldown goes on.
    pub fn suppressed(&self, counted: &Counted, time: Millis) -> Alert {
        if counted.due == Due::Again {
            counted.last
        } else {
            Alert { is_suppressed: true, ..self.alert(counted.last, counted.count, time) }
        }
    }

    pub fn severity_of(&self, count: u64, least: u64) -> Severity {
        let times = count.checked_div(least).unwrap_or_default();
        self.severity.raised(
            usize::from(self.grows && times >= 4)
                .saturating_add(usize::from(self.grows && times >= 16)),
        )
    }
}

/// A count per key that is a finding from `least` on. A second track counts all events of the key, of which those that matter must be a share.
pub struct Threshold<const LANES: usize, const TRACKS: usize = 1> {
    id: &'static str,
    least: u64,
    /// At least so many of a hundred; 0 where the share does not matter.
    share: u64,
    window: Millis,
    schedule: Schedule,
    counts: Window<LANES, TRACKS>,
    evidence: Evidence,
}

/// Count of an entity.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// By which the entry is found again.
    pub key: u64,
    pub count: u64,
    /// All of which the count is a share.
    pub all: u64,
    /// The newest piece of evidence.
    pub serial: u32,
    /// True if a finding is due.
    pub due: Due,
    /// The alert before it.
    pub last: Alert,
    /// From which count on it is a finding.
    pub least: u64,
}

/// A key's own additions to the threshold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beyond {
    /// The number that is usual, which is added to the threshold.
    pub usual: u64,
    /// The number that a finding on another entity has reported: only more than that is a finding on this one.
    pub reported: u64,
}

/// Text of a finding on a count.
pub struct Description<'a> {
    pub detector: &'static Spec,
    pub technique: Option<&'static str>,
    pub entity: Entity,
    pub key: &'a [u8],
    pub reason: Reason<'a>,
}

/// The sentence of a finding. Texts stand between the count and the key: ` deletions by actor '`.
#[derive(Clone, Copy)]
pub enum Reason<'a> {
    Count(&'static str),
    /// The count is bytes.
    Size(&'static str),
    Words(&'a dyn Fn(&mut Writer<'_>)),
}

/// The counts that make a finding, and all of which they are a share.
const COUNTED: usize = 0;
const ALL: usize = 1;

impl<const LANES: usize, const TRACKS: usize> Threshold<LANES, TRACKS> {
    /// The ids name its sketches in a snapshot.
    pub fn new(
        ids: [&'static str; 2],
        least: i64,
        window: Millis,
        schedule: Schedule,
        memory: usize,
    ) -> Threshold<LANES, TRACKS> {
        let [counts, evidence] = ids;
        Threshold {
            id: counts,
            least: u64::try_from(least).unwrap_or(1).max(1),
            share: 0,
            window,
            schedule,
            counts: Window::new(counts, window, memory.saturating_sub(memory / 8)),
            evidence: Evidence::new(evidence, memory / 8),
        }
    }

    pub fn window(&self) -> Millis {
        self.window
    }

    /// At least so many of a hundred.
    pub fn with_share(self, share: i64) -> Threshold<LANES, TRACKS> {
        Threshold { share: u64::try_from(share).unwrap_or_default(), ..self }
    }

    /// Counts what only adds to all.
    #[inline(never)]
    pub fn count_other(&mut self, key: u64, n: u64, subject: &Subject<'_>) {
        let mut more = [0; TRACKS];
        if let Some(all) = more.get_mut(ALL) {
            *all = n;
        }
        let _count = self.counts.count_total(key, subject.time, more);
    }

    /// Counts `n` more of the key; what they may be worth is asked with a later event. Gives the count.
    #[inline(never)]
    pub fn count_quietly(&mut self, key: u64, n: u64, subject: &Subject<'_>) -> u64 {
        self.counts.count_total(key, subject.time, [n; TRACKS]).unwrap_or_default()
    }

    /// Counts `n` more of the key; adds a finding where one is due. Gives the count.
    #[inline]
    pub fn count<'s>(
        &mut self,
        key: u64,
        n: u64,
        subject: &Subject<'_>,
        findings: &mut Findings,
        description: impl FnOnce() -> Description<'s>,
    ) -> u64 {
        self.count_beyond(Beyond::default(), (key, n), subject, findings, description)
    }

    /// As above, where more is asked of the key than of others.
    #[inline]
    pub fn count_beyond<'s>(
        &mut self,
        beyond: Beyond,
        (key, n): (u64, u64),
        subject: &Subject<'_>,
        findings: &mut Findings,
        description: impl FnOnce() -> Description<'s>,
    ) -> u64 {
        let counted = self.add_beyond(beyond, (key, n), subject, findings);
        if counted.due != Due::Not {
            self.state(&counted, &description(), subject, findings);
        }
        counted.count
    }

    /// Counts `n` more of the key. What is due is taken for said.
    #[inline(always)]
    pub fn add(
        &mut self,
        key: u64,
        n: u64,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) -> Counted {
        self.add_beyond(Beyond::default(), (key, n), subject, findings)
    }

    /// As above, where more is asked of the key than of others.
    #[inline(never)]
    pub fn add_beyond(
        &mut self,
        beyond: Beyond,
        (key, n): (u64, u64),
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) -> Counted {
        let least = self.least.saturating_add(beyond.usual);
        if n == 0 {
            return Counted::default();
        }
        let more = [n; TRACKS];
        let entity = key;
        let mut placed = self.counts.count(key, subject.time, more);
        if placed.as_ref().is_some_and(|counts| counts.is_late) {
            placed = self.counts.count_late(key, subject.time, more);
            findings.is_late |= placed.as_ref().is_some_and(|counts| counts.is_late);
        }
        let Some(mut counts) = placed else {
            findings.is_uncounted = true;
            return Counted::default();
        };
        let key = counts.key;
        let serial = self.evidence.keep(subject.serial(), counts.link());
        counts.set_link(serial);
        let count = counts.total(COUNTED);
        findings.inspect(|inspection| {
            let share = (TRACKS > ALL && self.share > 0).then(|| (counts.total(ALL), self.share));
            let (threshold, window) = (least, self.window);
            inspection.counts.push(Progress {
                detector: subject.detector,
                what: self.id.to_owned(),
                entity: subject.entity_of(entity),
                observed: count,
                threshold,
                window,
                share,
            });
        });
        if count < least || count <= beyond.reported {
            return Counted { count, ..Counted::default() };
        }
        let all = if TRACKS > ALL { counts.total(ALL) } else { 0 };
        let is_share = count.saturating_mul(100) >= all.saturating_mul(self.share);
        let last = counts.alert();
        let due = if is_share { self.schedule.due(last, count, subject.time) } else { Due::Not };
        if due != Due::Not {
            counts.set_alert(self.schedule.alert(last, count, subject.time));
        }
        Counted { key, count, all, serial, due, last, least }
    }

    /// Adds the finding that is due.
    #[cold]
    #[inline(never)]
    pub fn state(
        &mut self,
        counted: &Counted,
        description: &Description<'_>,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let finding = Finding {
            detector: description.detector,
            rule: None,
            technique: description.technique,
            severity: self.schedule.severity_of(counted.count, counted.least),
            observed: counted.count,
            limit: counted.least,
            window: self.window,
            entity: description.entity,
            key: description.key,
            reason: &|out| self.write(description, counted, out),
            evidence: Chain::new(&self.evidence, counted.serial),
            due: counted.due,
        };
        if findings.add(subject, &finding) {
            return;
        }
        if let Some(mut counts) = self.counts.find(counted.key) {
            counts.set_alert(self.schedule.suppressed(counted, subject.time));
        }
    }

    fn write(&self, description: &Description<'_>, counted: &Counted, out: &mut Writer<'_>) {
        let (number, text): (fn(u64, &mut Writer<'_>), _) = match description.reason {
            Reason::Words(write) => return write(out),
            Reason::Count(text) => {
                (|count, out| out.number(i64::try_from(count).unwrap_or(i64::MAX)), text)
            }
            Reason::Size(text) => (write_size, text),
        };
        number(counted.count, out);
        out.put(text.as_bytes());
        out.put(shorten(description.key));
        out.put(b"' within ");
        write_duration(self.window, out);
        if TRACKS > ALL {
            out.put(b", of ");
            number(counted.all, out);
            out.put(b" in all");
        }
        out.put(b" (threshold ");
        number(counted.least, out);
        out.put(b")");
    }

    pub fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        visit(self.counts.sketch());
        visit(Sketch::Words(&mut self.evidence.words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    const COOLDOWN: Millis = 15 * MINUTE;

    fn schedule(grows: bool) -> Schedule {
        Schedule { cooldown: COOLDOWN, severity: Severity::Medium, grows }
    }

    /// When a cause that shows itself each minute is said, by minutes, with what is due.
    fn said(schedule: Schedule, minutes: impl Iterator<Item = i64>) -> Vec<(i64, Due)> {
        let mut last = Alert::default();
        minutes
            .filter_map(|minute| {
                let due = schedule.due(last, 5, minute * MINUTE);
                if due == Due::Not {
                    return None;
                }
                last = schedule.alert(last, 5, minute * MINUTE);
                Some((minute, due))
            })
            .collect()
    }

    #[test]
    fn a_cause_that_lasts_is_said_at_intervals_that_double_up_to_a_day() {
        let said = said(schedule(false), 0..10 * 24 * 60);
        let minutes: Vec<i64> = said.iter().map(|(minute, _)| *minute).collect();
        assert_eq!(minutes[..7], [0, 15, 45, 105, 225, 465, 945]);
        assert!(minutes.len() < 17, "{minutes:?}");
        assert!(minutes.windows(2).all(|pair| pair[1] - pair[0] <= 24 * 60), "{minutes:?}");
        assert!(said[1..].iter().all(|(_, due)| *due == Due::Continuing));
    }

    #[test]
    fn one_that_shows_itself_each_hour_lasts_as_well() {
        for every in [20, 31, 60, 120, 360] {
            let said = said(schedule(false), (0..7 * 24 * 60).step_by(every));
            assert!(said.len() < 18, "each {every} min: {said:?}");
            assert!(said[1..].iter().all(|(_, due)| *due == Due::Continuing), "{said:?}");
        }
    }

    #[test]
    fn behind_a_pause_it_is_a_new_one() {
        let minutes = (0..60).chain(24 * 60..24 * 60 + 20);
        let said = said(schedule(false), minutes);
        let day = 24 * 60;
        assert_eq!(
            said,
            [
                (0, Due::Now),
                (15, Due::Continuing),
                (45, Due::Continuing),
                (day, Due::Now),
                (day + 15, Due::Continuing)
            ]
        );
    }

    #[test]
    fn twice_as_many_are_said_at_once() {
        let schedule = schedule(true);
        let first = schedule.alert(Alert::default(), 5, 0);
        assert_eq!(schedule.due(first, 9, MINUTE), Due::Not);
        assert_eq!(schedule.due(first, 10, MINUTE), Due::Now);
        assert_eq!(schedule.alert(first, 10, MINUTE).repeats, 0);
    }
}
