//! Detect: shows the event to every detector, once. An event that comes again gets the findings it had, and teaches nothing.

use crate::Raw;
use crate::detector::{self, Detector, Spec};
use crate::event::{Category, Event, Outcome, Slot, Tag};
use crate::note::Note;
use crate::parse::text::{Sink, cut, hex16};
use crate::policy::Policy;
use crate::sketch::digest::Digest;
use crate::sketch::recent::{Recent, Seen};
use crate::sketch::verdicts::Verdicts;
use crate::sketch::voices::Voices;
use crate::sketch::{HashKey, Words};
use crate::source;
use crate::time::{DAY, HOUR, MINUTE, Millis, SECOND};
use crate::write::Writer;

/// How bad it is; medium and above are alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const NAMES: &'static [&'static str] = &["info", "low", "medium", "high", "critical"];
    pub const ALL: [Severity; 5] = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    pub fn name(self) -> &'static str {
        Severity::NAMES.get(self as usize).copied().unwrap_or("info")
    }

    pub fn from_name(name: &str) -> Severity {
        Severity::ALL.into_iter().find(|severity| severity.name() == name).unwrap_or(Severity::Medium)
    }

    /// So many steps up, `Critical` at most.
    pub fn raised(self, steps: usize) -> Severity {
        Severity::ALL.get((self as usize).saturating_add(steps)).copied().unwrap_or(Severity::Critical)
    }
}

/// What a detector looks at.
pub struct Subject<'a> {
    pub event: &'a Event,
    pub input: &'a [u8],
    /// Event time, as windows count it.
    pub time: Millis,
    pub key: HashKey,
}

impl Subject<'_> {
    /// A slot's text, as JSON has it between quotes.
    pub fn text(&self, slot: Slot) -> &[u8] {
        self.event.text(self.input, slot)
    }

    /// Someone failed to prove who they are.
    pub fn is_failed_authentication(&self) -> bool {
        let is_failed = matches!(self.event.outcome, Some(Outcome::Failure | Outcome::Denied));
        is_failed && (self.event.credential_failure || self.event.category == Some(Category::Authentication))
    }
}

/// Gives each id that led to a finding.
pub type Evidence<'a> = dyn Fn(&mut dyn FnMut(&[u8])) + 'a;

/// One finding, as a detector states it. Texts are JSON text between quotes.
pub struct Finding<'a> {
    pub detector: &'static Spec,
    pub severity: Severity,
    pub observed: u64,
    pub expected: u64,
    pub window: Millis,
    /// What it is about: `account`, `origin` ...
    pub role: &'static str,
    pub key: &'a [u8],
    /// A sentence a person can read.
    pub reason: &'a dyn Fn(&mut Writer<'_>),
    /// The ids that led to it, each given to the function.
    pub evidence: &'a Evidence<'a>,
}

impl Finding<'_> {
    /// The same for the same detector and key, on every node and after every restart.
    pub fn fingerprint(&self) -> u64 {
        let word = |text: &str| text.bytes().fold(0u64, |word, byte| word.rotate_left(8) ^ u64::from(byte));
        HashKey(word(self.detector.id), word(self.role)).hash(self.key)
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(b"{\"detector\":\"");
        out.put(self.detector.id.as_bytes());
        out.put(b"\",\"severity\":\"");
        out.put(self.severity.name().as_bytes());
        out.put(b"\",\"reason\":\"");
        (self.reason)(out);
        out.put(b"\",\"observed\":");
        out.number(i64::try_from(self.observed).unwrap_or(i64::MAX));
        out.put(b",\"expected\":");
        out.number(i64::try_from(self.expected).unwrap_or(i64::MAX));
        out.put(b",\"window_s\":");
        out.number(self.window / 1000);
        out.put(b",\"key\":{\"");
        out.put(self.role.as_bytes());
        out.put(b"\":\"");
        out.put(shorten(self.key));
        out.put(b"\"},\"technique\":\"");
        out.put(self.detector.technique.as_bytes());
        out.put(b"\",\"fingerprint\":\"");
        out.put(&hex16(self.fingerprint()));
        out.put(b"\",\"evidence\":");
        let mut before = b"[";
        (self.evidence)(&mut |id| {
            out.put(before);
            out.quoted(id);
            before = b",";
        });
        out.put(if before == b"[" { b"[]}" } else { b"]}" });
    }
}

/// A name as a finding shows it: one of any length must leave room for what is said of it.
pub fn shorten(name: &[u8]) -> &[u8] {
    cut(name, 256)
}

/// A duration as a person says it: in the largest unit that gives a whole number.
pub fn write_duration(length: Millis, out: &mut Writer<'_>) {
    let units: [(Millis, &[u8]); 4] = [(DAY, b" d"), (HOUR, b" h"), (MINUTE, b" min"), (SECOND, b" s")];
    let (scale, unit) = units.into_iter().find(|(scale, _)| length.checked_rem(*scale) == Some(0)).unwrap_or((SECOND, b" s"));
    out.number(length.checked_div(scale).unwrap_or_default());
    out.put(unit);
}

/// Room for the findings of one record.
const ROOM: usize = 8192;
/// What stands before the first of them.
const OPEN: &[u8] = b"[";

/// The findings of one record, as they will be written.
pub struct Findings {
    json: Vec<u8>,
    len: usize,
    pub worst: Option<Severity>,
    /// How many of each severity.
    pub counts: [u32; 5],
    pub is_cut: bool,
    /// An event came too late for a window.
    pub is_late: bool,
}

impl Findings {
    pub fn new() -> Findings {
        Findings { json: [OPEN, &[0; ROOM][..]].concat(), len: OPEN.len(), worst: None, counts: [0; 5], is_cut: false, is_late: false }
    }

    pub fn clear(&mut self) {
        (self.len, self.worst, self.counts) = (OPEN.len(), None, [0; 5]);
        (self.is_cut, self.is_late) = (false, false);
    }

    /// The findings, separated by commas.
    pub fn json(&self) -> &[u8] {
        self.json.get(..self.len).and_then(|json| json.split_at_checked(OPEN.len())).map_or(b"", |(_, findings)| findings)
    }

    /// The findings as a list.
    pub fn list(&mut self) -> &[u8] {
        if let Some(end) = self.json.get_mut(self.len) {
            *end = b']';
        }
        self.json.get(..=self.len).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.len <= OPEN.len()
    }

    /// Writes a finding; one that does not fit is left out, which is noted.
    pub fn add(&mut self, finding: &Finding<'_>) {
        let is_first = self.is_empty();
        // The last byte is for the end of the list.
        let room = self.json.len().saturating_sub(1);
        let mut writer = Writer::new(self.json.get_mut(self.len..room).unwrap_or_default());
        if !is_first {
            writer.put(b",");
        }
        finding.write(&mut writer);
        if !writer.fits() {
            self.is_cut = true;
            return;
        }
        let written = writer.len();
        self.len = self.len.saturating_add(written);
        self.count(finding.severity);
    }

    fn count(&mut self, severity: Severity) {
        self.worst = self.worst.max(Some(severity));
        if let Some(count) = self.counts.get_mut(severity as usize) {
            *count = count.saturating_add(1);
        }
    }
}

impl Default for Findings {
    fn default() -> Findings {
        Findings::new()
    }
}

/// All that detection remembers.
pub struct Detect {
    digest: Digest,
    /// The highest event time seen.
    pub watermark: Millis,
    pub recent: Recent,
    pub verdicts: Verdicts,
    /// What `#Fields:` lines said, by which lines of text are read.
    pub forms: Words,
    voices: Voices,
    detectors: Vec<Box<dyn Detector>>,
}

impl Detect {
    pub fn new(policy: &Policy, key: HashKey) -> Detect {
        let share = |parts: usize| (policy.memory / 64).saturating_mul(parts);
        let specs = detector::ALL.iter().zip(&policy.detectors).filter(|(_, settings)| settings.bool("enabled"));
        Detect {
            digest: Digest::new(key),
            watermark: Millis::MIN,
            recent: Recent::new(share(4)),
            verdicts: Verdicts::new(share(4)),
            forms: source::http_access::forms(),
            voices: Voices::new(share(1)),
            detectors: specs.map(|(spec, settings)| (spec.build)(settings, share(spec.share))).collect(),
        }
    }

    /// Judges one event, whose bytes have this `hash`; `time` is the event's or the door's.
    pub fn judge(&mut self, event: &mut Event, raw: Raw<'_>, hash: u64, time: Millis, findings: &mut Findings) {
        // Source, id and time are part of the bytes. Equal lines of a source without ids are as many events.
        let has_own_id = event.tag(Slot::Id.into()) != Tag::Digest;
        let identity = if has_own_id { hash } else { hash ^ raw.nonce.wrapping_mul(0x9e37_79b9_7f4a_7c15) };
        match self.recent.look(identity) {
            Seen::New => {}
            seen => {
                event.note(Note::Repeated);
                if seen == Seen::WithFindings {
                    self.repeat(identity, findings);
                }
                return;
            }
        }
        let time = self.advance(event, raw.now, time);
        self.voices.weigh(event, raw.bytes, self.digest.key(), time);
        let subject = Subject { event, input: raw.bytes, time, key: self.digest.key() };
        for detector in &mut self.detectors {
            detector.judge(&subject, findings);
        }
        if findings.is_late {
            event.note(Note::Late);
        }
        if findings.is_cut {
            event.note(Note::FindingsCut);
        }
        self.recent.add(identity, !findings.is_empty());
        if let Some(worst) = findings.worst {
            let head = [worst as u8];
            let counts = findings.counts.map(|count| u8::try_from(count).unwrap_or(u8::MAX));
            self.verdicts.keep(identity, &[&head, &counts, findings.json()]);
        }
    }

    /// The hash of a record's bytes, by which it is known when it comes again.
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        self.digest.of(bytes)
    }

    pub fn key(&self) -> HashKey {
        self.digest.key()
    }

    /// Hashes under another key from now on: that of a snapshot, whose hashes were made with it.
    pub fn set_key(&mut self, key: HashKey) {
        self.digest = Digest::new(key);
    }

    /// Moves the watermark on. A time far ahead of the clock does not, lest one forged record close every window.
    fn advance(&mut self, event: &mut Event, now: Millis, time: Millis) -> Millis {
        if time > now.saturating_add(DAY) {
            event.note(Note::TimeAhead);
            return now;
        }
        self.watermark = self.watermark.max(time);
        time
    }

    fn repeat(&self, identity: u64, findings: &mut Findings) {
        let mut at = 0usize;
        let Findings { json, len, worst, counts, .. } = findings;
        self.verdicts.recall(identity, &mut |bytes| {
            for &byte in bytes {
                match at {
                    0 => *worst = Severity::ALL.get(usize::from(byte)).copied(),
                    1..=5 => counts.get_mut(at.wrapping_sub(1)).into_iter().for_each(|count| *count = u32::from(byte)),
                    _ => {
                        if let Some(place) = json.get_mut(*len).filter(|_| *len < ROOM) {
                            *place = byte;
                            *len = len.wrapping_add(1);
                        }
                    }
                }
                at = at.wrapping_add(1);
            }
        });
    }

    /// Every sketch, in a fixed order.
    pub fn words(&mut self, index: usize) -> Option<&mut Words> {
        match index {
            0 => Some(&mut self.recent.words),
            1 => Some(&mut self.verdicts.words),
            2 => Some(&mut self.forms),
            3 => Some(&mut self.voices.words),
            _ => {
                let mut left = index.saturating_sub(4);
                for detector in &mut self.detectors {
                    let mut own = 0usize;
                    while detector.words(own).is_some() {
                        if own == left {
                            return detector.words(own);
                        }
                        own = own.saturating_add(1);
                    }
                    left = left.saturating_sub(own);
                }
                None
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.watermark = Millis::MIN;
        let mut index = 0usize;
        while let Some(words) = self.words(index) {
            words.clear();
            index = index.saturating_add(1);
        }
    }

    /// Bytes held by sketches.
    pub fn memory(&mut self) -> usize {
        let (mut index, mut bytes) = (0usize, 0usize);
        while let Some(words) = self.words(index) {
            bytes = bytes.saturating_add(words.memory());
            index = index.saturating_add(1);
        }
        bytes
    }

    pub fn evictions(&self) -> u64 {
        self.detectors.iter().map(|detector| detector.evictions()).fold(0, u64::saturating_add)
    }
}
