//! Status: what the engine has done and holds, for `status.json`. At most `ROOM` bytes, whatever the counts.

use crate::detect::Findings;
use crate::detection::Detect;
use crate::note::{Note, Notes};
use crate::policy::Policy;
use crate::severity::Severity;
use crate::text::Sink;
use crate::write::Writer;
use crate::{VERSION, detector, time};

/// Maximum length of a status in bytes.
pub const ROOM: usize = 18 << 10;
/// Rules that a status lists at most, those with the most findings.
const LISTED_RULES: usize = 64;

/// Counts since the instance started.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    pub records: u64,
    /// Auditward's own records that were redelivered.
    pub passed: u64,
    notes: Vec<u64>,
    /// The notes of the record before, and how many in a row had them, which `notes` does not count yet.
    last: Notes,
    in_a_row: u64,
    findings: [u64; 5],
    detectors: Vec<Counted>,
}

/// Findings of one detector.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    findings: [u64; 5],
    suppressed: u64,
}

impl Counters {
    /// Counts a record with its notes and findings.
    #[inline]
    pub fn count(&mut self, notes: Notes, findings: &Findings) {
        self.records = self.records.saturating_add(1);
        if notes != self.last {
            self.turn_to(notes);
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        // What a redelivered record was found to be is counted already.
        let is_new = !notes.has(Note::Repeated);
        if is_new && (findings.worst.is_some() || findings.is_suppressed) {
            self.count_findings(findings);
        }
    }

    #[inline(never)]
    fn turn_to(&mut self, notes: Notes) {
        let (last, times) =
            (std::mem::replace(&mut self.last, notes), std::mem::take(&mut self.in_a_row));
        last.iter().for_each(|note| self.add(note, times));
    }

    #[inline(never)]
    fn count_findings(&mut self, findings: &Findings) {
        self.detectors.resize(detector::ALL.len(), Counted::default());
        let more = |count: &mut u64, n: u64| *count = count.saturating_add(n);
        for mark in findings.marks() {
            let severity = usize::from(mark.severity);
            self.findings.get_mut(severity).into_iter().for_each(|count| more(count, 1));
            let counted = self
                .detectors
                .get_mut(usize::from(mark.detector))
                .and_then(|counted| counted.findings.get_mut(severity));
            counted.into_iter().for_each(|count| more(count, 1));
        }
        for (counted, &n) in self.detectors.iter_mut().zip(findings.suppressed()) {
            more(&mut counted.suppressed, u64::from(n));
        }
    }

    pub fn count_note(&mut self, note: Note) {
        self.add(note, 1);
    }

    fn add(&mut self, note: Note, times: u64) {
        if self.notes.is_empty() {
            self.notes = vec![0; Note::ALL.len()];
        }
        if let Some(count) = self.notes.get_mut(note as usize) {
            *count = count.saturating_add(times);
        }
    }

    /// How many records had the note.
    fn noted(&self, note: Note) -> u64 {
        let counted = self.notes.get(note as usize).copied().unwrap_or_default();
        if self.last.has(note) { counted.saturating_add(self.in_a_row) } else { counted }
    }
}

pub(crate) fn write(
    counters: &Counters,
    detect: &mut Detect,
    memory: usize,
    policy: &Policy,
    out: &mut Writer<'_>,
) {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    out.put(b"\"version\":");
    out.quoted(VERSION.as_bytes());
    out.put(b",\"policy\":");
    out.quoted(policy.digest.as_bytes());
    out.put(b",\"records\":");
    out.number(count(counters.records));
    out.put(b",\"passed\":");
    out.number(count(counters.passed));
    if detect.watermark > i64::MIN {
        out.put(b",\"watermark\":");
        out.quoted(&time::format(detect.watermark));
    }
    out.put(b",\"memory_bytes\":");
    out.number(count(memory as u64));
    out.put(b",\"evictions\":");
    out.number(count(detect.evictions()));
    out.put(b",\"findings\":");
    write_severities(counters.findings, out);
    out.put(b",\"detectors\":");
    write_detectors(counters, detect, out);
    out.put(b",\"rules\":");
    write_rules(detect, out);
    if !detect.not_restored.is_empty() {
        // Of the few dozen names, each is a few bytes of ours.
        let mut before: &[u8] = b",\"not_restored\":[";
        for id in &detect.not_restored {
            out.put(std::mem::replace(&mut before, b","));
            out.quoted(id.as_bytes());
        }
        out.put(b"]");
    }
    out.put(b",\"notes\":");
    write_counts(Note::ALL.iter().map(|note| (note.id(), counters.noted(*note))), out);
}

/// For each detector that runs or has found something: its findings by severity, how many were suppressed, the keys it holds, for how many there is
/// room, how many made room for others; how many records it could evaluate, how many of them lacked a field that it needs, and when it found something last.
fn write_detectors(counters: &Counters, detect: &mut Detect, out: &mut Writer<'_>) {
    let mut before = b"{";
    // Asked for once: each detector's takes a look at all kinds of records.
    let mut health = [None; detector::IDS.len()];
    for (at, _, reach) in detect.health() {
        health.get_mut(at).into_iter().for_each(|place| *place = Some(reach));
    }
    for (index, spec) in detector::ALL.iter().enumerate() {
        let counted = counters.detectors.get(index).copied().unwrap_or_default();
        let (mut keys, mut room, mut evictions) = (0u64, 0u64, 0u64);
        detect.tables(index, |table| {
            keys = keys.saturating_add(table.held());
            room = room.saturating_add(table.capacity());
            evictions = evictions.saturating_add(table.evictions());
        });
        let numbers = [
            ("suppressed", counted.suppressed),
            ("keys", keys),
            ("room", room),
            ("evictions", evictions),
        ];
        let health = health.get(index).copied().flatten();
        let reach = health.unwrap_or_default();
        let has_found = counted.findings.iter().any(|&count| count > 0);
        if !has_found && health.is_none() && numbers.iter().all(|(_, count)| *count == 0) {
            continue;
        }
        out.put(before);
        out.quoted(spec.id.as_bytes());
        out.put(b":{\"findings\":");
        write_severities(counted.findings, out);
        let reached = [("eligible", reach.eligible), ("lacking", reach.lacking)];
        for (name, count) in numbers.into_iter().chain(reached) {
            out.put(b",");
            out.quoted(name.as_bytes());
            out.put(b":");
            out.number(i64::try_from(count).unwrap_or(i64::MAX));
        }
        if let Some(last) = reach.last {
            out.put(b",\"last_found\":");
            out.quoted(&time::format(last));
        }
        out.put(b"}");
        before = b",";
    }
    out.put(if before == b"{" { b"{}" } else { b"}" });
}

/// How many rules are in use, how many of them have findings, and the findings of each of those with the most.
fn write_rules(detect: &Detect, out: &mut Writer<'_>) {
    let (mut in_use, mut fired) = (0i64, 0i64);
    let mut listed: Vec<(&str, u64)> = Vec::with_capacity(LISTED_RULES.saturating_add(1));
    for (id, count) in detect.rules() {
        in_use = in_use.saturating_add(1);
        if count == 0 {
            continue;
        }
        fired = fired.saturating_add(1);
        let at = listed.partition_point(|(_, held)| *held >= count);
        listed.insert(at, (id, count));
        listed.truncate(LISTED_RULES);
    }
    out.put(b"{\"in_use\":");
    out.number(in_use);
    out.put(b",\"fired\":");
    out.number(fired);
    out.put(b",\"findings\":");
    write_counts(listed.into_iter(), out);
    out.put(b"}");
}

fn write_severities(counts: [u64; 5], out: &mut Writer<'_>) {
    write_counts(Severity::ALL.into_iter().map(Severity::name).zip(counts), out);
}

/// An object of those counts that are not 0.
fn write_counts<'n>(counts: impl Iterator<Item = (&'n str, u64)>, out: &mut Writer<'_>) {
    let mut before = b"{";
    for (name, count) in counts.filter(|(_, count)| *count > 0) {
        out.put(before);
        out.quoted(name.as_bytes());
        out.put(b":");
        out.number(i64::try_from(count).unwrap_or(i64::MAX));
        before = b",";
    }
    out.put(if before == b"{" { b"{}" } else { b"}" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::Raw;
    use crate::sketch::HashKey;
    use crate::write::Output;
    use crate::{Engine, Secret};
    use std::collections::BTreeMap;

    #[test]
    fn it_stays_within_its_room_whatever_was_counted() {
        let detectors =
            vec![Counted { findings: [u64::MAX; 5], suppressed: u64::MAX }; detector::ALL.len()];
        let counters = Counters {
            records: u64::MAX,
            passed: u64::MAX,
            notes: vec![u64::MAX; Note::ALL.len()],
            last: Notes::default(),
            in_a_row: u64::MAX,
            findings: [u64::MAX; 5],
            detectors,
        };
        let policy = Policy::default();
        let mut detect = Detect::new(&policy, HashKey(1, 2));
        detect.watermark = 0;
        let all: BTreeMap<String, u64> =
            detect.rules().map(|(id, _)| (id.to_owned(), u64::MAX)).collect();
        detect.take_over(&all);
        // The host adds when it was written.
        let mut room = vec![0u8; ROOM - 192];
        let mut writer = Writer::new(&mut room);
        write(&counters, &mut detect, usize::MAX, &policy, &mut writer);
        assert!(writer.fits(), "{}", writer.len());
        let text = format!("{{{}}}", std::str::from_utf8(writer.written()).unwrap());
        assert!(
            text.contains("\"password-spray\":{\"findings\":{\"info\":9223372036854775807"),
            "{text}"
        );
    }

    fn rules(id: &str, more: &str) -> Policy {
        let rule = |id: &str, action: &str| {
            format!(
                "[[rule]]\nid = \"{id}\"\ntitle = \"T\"\nwhen = {{ source = \"aws.cloudtrail\", \"action.name\" = \"{action}\" }}\n"
            )
        };
        let text = format!(
            "[detector.rules]\nenable = \"test.*\"\n{}{}{more}",
            rule(id, "StopLogging"),
            rule("test.other", "Nothing")
        );
        Policy::parse(&text).unwrap_or_else(|issues| panic!("{issues:#?}"))
    }

    fn stop(engine: &mut Engine, trail: &str) {
        let record = format!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-01-09T23:00:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","userIdentity":{{"type":"IAMUser","userName":"ann"}},"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","requestParameters":{{"name":"{trail}"}},"eventID":"{trail}"}}"#
        );
        let now = 1_768_000_000_000;
        engine.process(
            Raw { bytes: record.as_bytes(), time: now, now, ..Raw::default() },
            &mut Output::default(),
        );
    }

    fn said(engine: &mut Engine) -> String {
        let mut room = vec![0; ROOM];
        let len = engine.status(&mut room).expect("room");
        room.truncate(len);
        String::from_utf8(room).expect("text")
    }

    #[test]
    fn findings_are_counted_by_rule_and_outlive_a_change_of_the_policy() {
        let mut engine = Engine::new(rules("test.stop", ""), Secret::default());
        assert!(said(&mut engine).contains(r#""rules":{"in_use":2,"fired":0,"findings":{}}"#));
        ["a", "b", "a"].iter().for_each(|trail| stop(&mut engine, trail));
        let counted = r#""rules":{"in_use":2,"fired":1,"findings":{"test.stop":2}}"#;
        assert!(said(&mut engine).contains(counted), "a redelivered record is not counted again");
        engine.set_policy(rules("test.stop", ""), Secret::default());
        assert!(said(&mut engine).contains(counted));
        let suppress =
            "[[suppress]]\ndetector = \"rules\"\nuntil = \"2099-01-01\"\nreason = \"a test\"\n";
        engine.set_policy(rules("test.stop", suppress), Secret::default());
        stop(&mut engine, "c");
        assert!(said(&mut engine).contains(counted), "what is suppressed is not found");
        engine.set_policy(rules("test.renamed", ""), Secret::default());
        assert!(said(&mut engine).contains(r#""fired":0,"findings":{}"#));
    }
}
