//! Thresholds: counts per key over a window, and when a count is worth a finding: once it is reached, then again when it has doubled or after the cooldown.

use super::inspect::Progress;
use super::{Finding, Findings, Severity, Subject, shorten, write_duration, write_size};
use crate::detector::Spec;
use crate::parse::text::Sink;
use crate::policy::Settings;
use crate::sketch::evidence::{Chain, Evidence};
use crate::sketch::table::Table;
use crate::sketch::window::Window;
use crate::sketch::{Alert, Words};
use crate::time::{Millis, SECOND};
use crate::write::Writer;

/// Alerts keep their times in seconds from here on, so that those of before 1970 have one too.
const LONG_BEFORE_S: Millis = 1 << 36;

/// Decision whether a finding is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Due {
    #[default]
    Not,
    Now,
    /// Only because the one before was suppressed: where this one is too, that need not be told again.
    Again,
}

/// When a finding is said again, and how severe it is.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    cooldown: Millis,
    severity: Severity,
    /// Said again when the count has doubled, and more severe the more there are.
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

    /// Either not yet said, said long ago, or twice as bad by now. What was suppressed was not said: it is due again with the next event, which may not be one
    /// that the policy suppresses.
    pub fn due(&self, last: Alert, count: u64, time: Millis) -> Due {
        let quiet_until = Millis::try_from(last.at_s)
            .unwrap_or_default()
            .saturating_sub(LONG_BEFORE_S)
            .saturating_mul(SECOND)
            .saturating_add(self.cooldown);
        match last.at_s == 0
            || time >= quiet_until
            || self.grows && count >= last.count.saturating_mul(2)
        {
            true => Due::Now,
            false if last.is_suppressed => Due::Again,
            false => Due::Not,
        }
    }

    /// State of an alert to store.
    pub fn alert(&self, count: u64, time: Millis) -> Alert {
        let at_s = time.wrapping_div_euclid(SECOND).saturating_add(LONG_BEFORE_S);
        Alert { at_s: u64::try_from(at_s).unwrap_or_default().max(1), count, is_suppressed: false }
    }

    /// As above, of one that was suppressed. Where the one before it was, that one's cooldown goes on.
    pub fn suppressed(&self, counted: &Counted, time: Millis) -> Alert {
        if counted.due == Due::Again {
            counted.last
        } else {
            Alert { is_suppressed: true, ..self.alert(counted.count, time) }
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
}

/// Text of a finding on a count.
pub struct Said<'a> {
    pub detector: &'static Spec,
    pub technique: Option<&'static str>,
    pub role: &'static str,
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
        self.put(key, more, subject);
    }

    /// Counts `n` more of the key; what they may be worth is asked with a later event.
    #[inline(never)]
    pub fn count_quietly(&mut self, key: u64, n: u64, subject: &Subject<'_>) {
        self.put(key, [n; TRACKS], subject);
    }

    fn put(&mut self, key: u64, more: [u64; TRACKS], subject: &Subject<'_>) {
        if self.counts.count(key, subject.time, more).is_some_and(|counts| counts.is_late) {
            self.counts.count_late(key, subject.time, more);
        }
    }

    /// Counts `n` more of the key; adds a finding where one is due. Gives the count.
    #[inline]
    pub fn count<'s>(
        &mut self,
        key: u64,
        n: u64,
        subject: &Subject<'_>,
        findings: &mut Findings,
        said: impl FnOnce() -> Said<'s>,
    ) -> u64 {
        let counted = self.tally(key, n, subject, findings);
        if counted.due != Due::Not {
            self.state(&counted, &said(), subject, findings);
        }
        counted.count
    }

    /// Counts `n` more of the key. What is due is taken for said.
    #[inline(never)]
    pub fn tally(
        &mut self,
        key: u64,
        n: u64,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) -> Counted {
        if n == 0 {
            return Counted::default();
        }
        let more = [n; TRACKS];
        let entity = key;
        let mut placed = self.counts.count(key, subject.time, more);
        if placed.as_ref().is_some_and(|counts| counts.is_late) {
            findings.is_late = true;
            placed = self.counts.count_late(key, subject.time, more);
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
            let (threshold, window) = (self.least, self.window);
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
        if count < self.least {
            return Counted { count, ..Counted::default() };
        }
        let all = if TRACKS > ALL { counts.total(ALL) } else { 0 };
        let is_share = count.saturating_mul(100) >= all.saturating_mul(self.share);
        let last = counts.alert();
        let due = if is_share { self.schedule.due(last, count, subject.time) } else { Due::Not };
        if due != Due::Not {
            counts.set_alert(self.schedule.alert(count, subject.time));
        }
        Counted { key, count, all, serial, due, last }
    }

    /// Adds the finding that is due.
    #[cold]
    #[inline(never)]
    pub fn state(
        &mut self,
        counted: &Counted,
        said: &Said<'_>,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let finding = Finding {
            detector: said.detector,
            rule: None,
            technique: said.technique,
            severity: self.schedule.severity_of(counted.count, self.least),
            observed: counted.count,
            limit: self.least,
            window: self.window,
            role: said.role,
            key: said.key,
            reason: &|out| self.write(said, counted, out),
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

    fn write(&self, said: &Said<'_>, counted: &Counted, out: &mut Writer<'_>) {
        let (number, text): (fn(u64, &mut Writer<'_>), _) = match said.reason {
            Reason::Words(write) => return write(out),
            Reason::Count(text) => {
                (|count, out| out.number(i64::try_from(count).unwrap_or(i64::MAX)), text)
            }
            Reason::Size(text) => (write_size, text),
        };
        number(counted.count, out);
        out.put(text.as_bytes());
        out.put(shorten(said.key));
        out.put(b"' within ");
        write_duration(self.window, out);
        if TRACKS > ALL {
            out.put(b", of ");
            number(counted.all, out);
            out.put(b" in all");
        }
        out.put(b" (threshold ");
        number(self.least, out);
        out.put(b")");
    }

    pub fn words(&mut self, index: usize) -> Option<&mut Words> {
        match index {
            0 => Some(self.counts.words()),
            1 => Some(&mut self.evidence.words),
            _ => None,
        }
    }

    pub fn table(&self) -> &Table {
        self.counts.table()
    }
}
