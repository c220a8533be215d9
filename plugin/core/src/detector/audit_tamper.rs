//! Signs that the audit log itself was tampered with: numbers missing, a source silent after its logging was changed, and logs touched by whom they record.

use super::{Attributes, Detector, ENABLED, Spec};
use crate::detect::threshold::{Counted, Due, Schedule};
use crate::detect::{Facts, Finding, Findings, Subject, baseline, joined, shorten, write_duration};
use crate::entity::Entity;
use crate::event::{Class, Field, Outcome};
use crate::option::{Kind, Opt};
use crate::pattern::Patterns;
use crate::policy::{Policy, Settings};
use crate::severity::Severity;
use crate::sketch::evidence::Chain;
use crate::sketch::numbers::{Gap, NUMBERS, Numbers, Waits};
use crate::sketch::table::{ALERT, Table};
use crate::sketch::{Sketch, Visit, Words, pack, unpack};
use crate::text::{Sink, find_piece};
use crate::time::{DAY, MINUTE, Millis, SECOND};
use crate::write::Writer;

pub const ID: &str = "audit-tamper";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Signs that the audit log was tampered with: record numbers missing, a source silent after its logging was changed, audit logs changed by an actor whose actions they record.",
    doc: "Finds three signs. Numbers missing: a source that counts its records (`sequence.number`, per source, `env.host` and `sequence.stream`; auditd, the \
          Windows event log, PAN-OS, or any pack that maps it) skips `missing` numbers or more in a row, which do not arrive within `wait`. The \
          longest run of missing numbers so far is learned, and only four times as many are a finding, so that a shipper that samples or filters is \
          not reported. Silence: after a finding of `rules` that logging was stopped, changed or cleared, the source and the host of that record \
          report nothing for `silent`, and for twice as long as ever before, within a day; this needs the detector `silence`. Own logs: an actor who granted, \
          configured, shared or deleted something within `window` changes or clears audit logs (by such a finding, or a target of the data \
          class `audit-log`); reading them is reported as `low`. It matters because an attacker hides what they did. Blind spots: numbers that are \
          missing while the filter itself does not run; the first `after` records of a source; hosts that share one name; a source that is one of several accounts in a stream. \
          Tune `missing`, `wait` and `silent`; `only` and `except` name hosts, sources and actors. Example: the records 48,211 to 48,260 of auditd on `web1` never arrive.",
    technique: "T1070",
    options: &[
        ENABLED,
        Opt::new(
            "missing",
            Kind::Whole(1, 1_000_000),
            "5",
            "Threshold: record numbers missing in a row. The effective threshold is at least four times the longest run of missing numbers that was learned.",
        ),
        Opt::new(
            "after",
            Kind::Whole(10, 1_000_000_000),
            "1000",
            "Record numbers of a source on one host that must have arrived before its numbers are evaluated. A source that usually skips numbers is also learned for a week.",
        ),
        Opt::new(
            "wait",
            Kind::Duration(MINUTE, DAY),
            "\"15m\"",
            "Time to wait for records that arrive late or out of order, in event time, before their numbers count as missing.",
        ),
        Opt::new(
            "silent",
            Kind::Duration(MINUTE, DAY),
            "\"30m\"",
            "Minimum time without a record after a change of the logging.",
        ),
        Opt::new(
            "window",
            Kind::Duration(MINUTE, 7 * DAY),
            "\"1d\"",
            "Time after a change by an actor during which the same actor's actions on audit logs are reported.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "Minimum severity of a finding, except for reading audit logs. Raised one level for silence, for audit logs changed by an actor whose actions they record, and when 4 times \
             the threshold is missing; two levels at 16 times.",
        ),
        Opt::new(
            "cooldown",
            Kind::Duration(0, 7 * DAY),
            "\"1d\"",
            "Time after a finding during which the same host, source or actor is not reported again, unless twice as many numbers are missing.",
        ),
        Opt::new(
            "only",
            Kind::Patterns,
            "[]",
            "Evaluate only these hosts, sources and actors, with `*` for any text. Empty: all.",
        ),
        Opt::new(
            "except",
            Kind::Patterns,
            "[]",
            "Do not evaluate these hosts, sources and actors, with `*` for any text. Records of an excepted actor still count as arrived.",
        ),
    ],
    share: 0,
    attributes: Attributes::NARROW,
    build: |settings, policy, _| Box::new(Tamper::new(settings, policy)),
};

/// Techniques of rules that report a change of the logging itself.
const LOGGING: [&[u8]; 7] =
    [b"T1070", b"T1070.001", b"T1070.002", b"T1562.002", b"T1562.006", b"T1562.008", b"T1562.012"];
/// Seconds of inactivity after which an entry can be evicted for any other.
const KEPT_S: u32 = 14 * 24 * 3600;
/// An entry of `streams`: an alert, the numbers.
const STREAM: usize = ALERT + NUMBERS;
/// An entry of `changes`: an alert, when the actor last changed something and how often.
const CHANGES: usize = ALERT + 1;
/// Bytes of both tables at most; a small budget gives less.
const STREAMS_MEMORY: usize = 40 << 10;
const CHANGES_MEMORY: usize = 16 << 10;
/// An over-long run of missing numbers that is repeated after so many seconds is usual, and learned.
const REPEATED_S: u32 = 24 * 3600;

struct Tamper {
    waits: Waits,
    missing: u64,
    window: Millis,
    /// Minutes.
    silent: u32,
    schedule: Schedule,
    /// Of findings that do not grow.
    steady: Schedule,
    /// The place of the detector of rules in the list of all.
    rules: usize,
    only: Patterns,
    except: Patterns,
    streams: Table,
    changes: Table,
    /// How often the state was taken over: what arrived meanwhile is not known.
    starts: Words,
    start: u64,
}

impl Tamper {
    fn new(settings: &Settings, policy: &Policy) -> Tamper {
        let [only, except] = ["only", "except"].map(|key| Patterns::new(settings.list(key)));
        let memory = |most: usize| (policy.memory / 512).min(most);
        Tamper {
            waits: Waits {
                arrived: u32::try_from(settings.number("after")).unwrap_or(u32::MAX),
                wait: seconds(settings.number("wait")),
            },
            missing: settings.number("missing").unsigned_abs(),
            window: settings.number("window"),
            silent: u32::try_from(settings.number("silent") / MINUTE).unwrap_or(u32::MAX),
            schedule: Schedule::new(settings),
            steady: Schedule::steady(settings),
            rules: super::IDS.iter().position(|id| *id == super::rules::ID).unwrap_or(usize::MAX),
            only,
            except,
            streams: Table::new("audit-tamper.streams", 1, STREAM, KEPT_S, memory(STREAMS_MEMORY)),
            changes: Table::new("audit-tamper.changes", 1, CHANGES, KEPT_S, memory(CHANGES_MEMORY)),
            starts: Words::new("audit-tamper.starts", 1, 4),
            start: 0,
        }
    }

    fn passes(&self, name: &[u8]) -> bool {
        (self.only.is_empty() || self.only.is_match(name)) && !self.except.is_match(name)
    }

    /// Notes the record's number; adds a finding where others are missing.
    #[inline(never)]
    fn number(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let Some(number) = subject.number(Field::SequenceNumber) else { return };
        if self.start == 0 || self.starts.get(0) != self.start {
            self.start = self.starts.get(0).saturating_add(1);
            self.starts.set(0, self.start);
        }
        let (source, host) = (subject.text(Field::Source), subject.text(Field::EnvHost));
        let of_host = joined(subject.key_in(6, source), subject.key_in(0, host));
        let key = subject.key_in(of_host, subject.text(Field::SequenceStream));
        let second = second_of(subject.time);
        let Some(mut entry) = self.streams.place(key, STREAM, second) else { return };
        let newest = entry.stamp();
        entry.set_stamp(newest.max(second));
        let last = entry.alert();
        let Some(mut numbers) = entry.words.get_mut(ALERT..).and_then(Numbers::of) else { return };
        let Some(gap) = numbers.see(number, second, newest, self.start as u32, self.waits) else {
            return;
        };
        let least = self.missing.max(u64::from(gap.longest).saturating_mul(4));
        let is_known = gap.is_known && gap.missing >= least;
        let is_usual = numbers.since_long(second) >= REPEATED_S;
        if !is_known || is_usual {
            numbers.learn(gap.missing, second);
        }
        if is_known {
            numbers.set_long(second);
        }
        let due = self.schedule.due(last, gap.missing, subject.time);
        let (entity, name) =
            if host.is_empty() { (Entity::Source, source) } else { (Entity::Host, host) };
        if is_known && due != Due::Not && self.passes(source) && self.passes(name) {
            self.state_gap(key, &gap, (entity, name), least, due, subject, findings);
        }
    }

    #[cold]
    #[inline(never)]
    fn state_gap(
        &mut self,
        key: u64,
        gap: &Gap,
        (entity, name): (Entity, &[u8]),
        least: u64,
        due: Due,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let finding = Finding {
            detector: &SPEC,
            rule: None,
            technique: None,
            severity: self.schedule.severity_of(gap.missing, least),
            observed: gap.missing,
            limit: least,
            window: Millis::from(self.waits.wait).saturating_mul(SECOND),
            entity,
            key: name,
            reason: &|out| write_gap(gap, subject, out),
            evidence: Chain::only(subject.serial()),
            due,
        };
        let is_stated = findings.add(subject, &finding);
        let Some(mut entry) = self.streams.find(key, STREAM) else { return };
        let counted =
            Counted { count: gap.missing, due, last: entry.alert(), ..Counted::default() };
        entry.set_alert(match is_stated {
            true => self.schedule.alert(counted.last, gap.missing, subject.time),
            false => self.schedule.suppressed(&counted, subject.time),
        });
    }

    /// Counts what actors change, and reports those that act on audit logs after that.
    #[inline(never)]
    fn act(&mut self, acts: Acts, subject: &Subject<'_>, findings: &mut Findings) {
        let (actor, key) = subject.actor();
        if actor.is_empty() {
            return;
        }
        let (key, second) = (joined(7, key), second_of(subject.time));
        if acts == Acts::OnOthers {
            let Some(mut entry) = self.changes.place(key, CHANGES, second) else { return };
            entry.set_stamp(entry.stamp().max(second));
            if let Some(word) = entry.words.get_mut(ALERT) {
                let (last, count) = unpack(*word);
                let is_recent = second.saturating_sub(last) <= seconds(self.window);
                let count = if is_recent { count.saturating_add(1) } else { 1 };
                *word = pack(last.max(second), count);
            }
            return;
        }
        let Some(entry) = self.changes.find(key, CHANGES) else { return };
        let (changed, count) = unpack(entry.words.get(ALERT).copied().unwrap_or_default());
        let last = entry.alert();
        let is_recent = changed > 0 && second.saturating_sub(changed) <= seconds(self.window);
        let count = u64::from(count);
        let due = self.steady.due(last, count, subject.time);
        let is_reading = acts == Acts::ReadsLogs;
        // What was only read does not keep a change from being reported.
        if !is_recent || due == Due::Not && (is_reading || last.count != 0) || !self.passes(actor) {
            return;
        }
        let severity = match is_reading {
            true => Severity::Low,
            false => self.schedule.severity_of(0, 1).raised(1),
        };
        let finding = Finding {
            detector: &SPEC,
            rule: None,
            technique: None,
            severity,
            observed: count,
            limit: 1,
            window: self.window,
            entity: Entity::Actor,
            key: actor,
            reason: &|out| write_own(actor, count, is_reading, self.window, subject, out),
            evidence: Chain::only(subject.serial()),
            due: Due::Now,
        };
        if findings.add(subject, &finding)
            && let Some(mut entry) = self.changes.find(key, CHANGES)
        {
            // The count of an alert is 0 where logs were read.
            entry.set_alert(self.steady.alert(last, u64::from(!is_reading), subject.time));
        }
    }
}

/// Action of a record, as far as audit logs are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acts {
    /// Changes something that is no audit log.
    OnOthers,
    ReadsLogs,
    ChangesLogs,
}

impl Acts {
    fn of(subject: &Subject<'_>) -> Option<Acts> {
        if subject.event.outcome != Some(Outcome::Success) {
            return None;
        }
        let is_log = subject.event.has(Field::TargetDataClass)
            && subject.text(Field::TargetDataClass) == b"audit-log";
        match (subject.event.class?, is_log) {
            (Class::Delete | Class::Configure | Class::Update, true) => Some(Acts::ChangesLogs),
            (Class::Read | Class::List | Class::Export, true) => Some(Acts::ReadsLogs),
            (Class::Grant | Class::Configure | Class::Share | Class::Delete, false) => {
                Some(Acts::OnOthers)
            }
            _ => None,
        }
    }
}

/// True if a rule found that logging was stopped, changed or cleared.
fn changes_logging(rules: usize, findings: &Findings) -> bool {
    const KEY: &[u8] = b"\"technique\":\"";
    findings.each().filter(|(mark, _)| usize::from(mark.detector) == rules).any(|(_, json)| {
        let at = find_piece(json, KEY, 0);
        let from = at.map_or(json.len(), |at| at.saturating_add(KEY.len()));
        let rest = json.get(from..).unwrap_or_default();
        LOGGING.contains(&rest.split(|byte| *byte == b'"').next().unwrap_or_default())
    })
}

/// `numbers 48211 to 48260 of source 'linux.auditd' on host 'web1' never arrived: 50 missing, 0 in a row at most before`
fn write_gap(gap: &Gap, subject: &Subject<'_>, out: &mut Writer<'_>) {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    out.put(b"record numbers ");
    out.number(number(gap.from()));
    out.put(b" to ");
    out.number(number(gap.last));
    for (before, field) in [
        (&b" of source '"[..], Field::Source),
        (b" on host '", Field::EnvHost),
        (b" in stream '", Field::SequenceStream),
    ] {
        let text = subject.text(field);
        if !text.is_empty() {
            out.put(before);
            out.put(shorten(text));
            out.put(b"'");
        }
    }
    out.put(b" never arrived: ");
    out.number(number(gap.missing));
    out.put(b" missing, at most ");
    out.number(i64::from(gap.longest));
    out.put(b" in a row before, over ");
    out.number(i64::from(gap.arrived));
    out.put(b" that arrived");
}

/// `'ann' changed the logging of their own actions: 12 changes by them within 1 d before it`
fn write_own(
    actor: &[u8],
    count: u64,
    is_reading: bool,
    window: Millis,
    subject: &Subject<'_>,
    out: &mut Writer<'_>,
) {
    out.put(b"'");
    out.put(shorten(actor));
    out.put(if is_reading { b"' read audit logs (" } else { b"' acted on audit logs (" });
    out.put(shorten(subject.text(Field::ActionName)));
    out.put(b") after ");
    out.number(i64::try_from(count).unwrap_or(i64::MAX));
    out.put(if count == 1 { b" change" } else { b" changes" });
    out.put(b" of their own, the last within ");
    write_duration(window, out);
}

fn seconds(length: Millis) -> u32 {
    u32::try_from(length / SECOND).unwrap_or(u32::MAX)
}

fn second_of(time: Millis) -> u32 {
    seconds(time.max(0))
}

impl Detector for Tamper {
    fn interest(&self) -> Facts {
        Facts::ANY
    }

    fn filters(&self) -> bool {
        true
    }

    #[inline]
    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let is_logging = !findings.is_empty() && changes_logging(self.rules, findings);
        if let (true, Some(surprises)) = (is_logging, subject.surprises) {
            surprises.watch(self.silent);
        }
        if let Some(acts) = if is_logging { Some(Acts::ChangesLogs) } else { Acts::of(subject) } {
            self.act(acts, subject, findings);
        }
        if subject.event.has(Field::SequenceNumber) {
            self.number(subject, findings);
        }
        if subject.facts.has_any(Facts::UNUSUAL) {
            let severity = self.schedule.severity_of(0, 1).raised(1);
            let passes = |name: &[u8]| self.passes(name);
            baseline::state_silence(&SPEC, true, severity, passes, subject, findings);
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        visit(Sketch::Table(&mut self.streams));
        visit(Sketch::Table(&mut self.changes));
        visit(Sketch::Words(&mut self.starts));
    }
}

#[cfg(test)]
mod tests;
