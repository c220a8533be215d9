//! Status: what the engine has done and holds, for `status.json`.

use crate::VERSION;
use crate::detect::{Detect, Findings, Severity};
use crate::note::{Note, Notes};
use crate::parse::text::Sink;
use crate::policy::Policy;
use crate::time;
use crate::write::Writer;

/// Counts since the instance started.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    pub records: u64,
    /// Records of our own that came again.
    pub passed: u64,
    notes: Vec<u64>,
    findings: [u64; 5],
}

impl Counters {
    /// Counts a record with its notes and findings.
    #[inline]
    pub fn count(&mut self, notes: Notes, findings: &Findings) {
        self.records = self.records.saturating_add(1);
        if !notes.is_empty() || findings.worst.is_some() {
            self.count_more(notes, findings);
        }
    }

    #[inline(never)]
    fn count_more(&mut self, notes: Notes, findings: &Findings) {
        if !notes.is_empty() {
            notes.iter().for_each(|note| self.count_note(note));
        }
        if findings.worst.is_some() {
            for (count, more) in self.findings.iter_mut().zip(findings.counts) {
                *count = count.saturating_add(u64::from(more));
            }
        }
    }

    pub fn count_note(&mut self, note: Note) {
        if self.notes.is_empty() {
            self.notes = vec![0; Note::ALL.len()];
        }
        if let Some(count) = self.notes.get_mut(note as usize) {
            *count = count.saturating_add(1);
        }
    }
}

pub(crate) fn write(counters: &Counters, detect: &Detect, memory: usize, policy: &Policy, out: &mut Writer<'_>) {
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
    let names = Severity::ALL.into_iter().map(Severity::name);
    write_counts(names.zip(counters.findings.iter().copied()), out);
    out.put(b",\"notes\":");
    let ids = Note::ALL.iter().map(|note| note.id());
    write_counts(ids.zip(counters.notes.iter().copied()), out);
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
