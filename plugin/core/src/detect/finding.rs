//! Findings: what detectors state, and what of it goes out with a record.

use super::baseline::Learned;
use super::suppress::covers;
use super::threshold::Due;
use super::{Spec, Subject};
use crate::entity::Entity;
use crate::event::Field;
use crate::severity::Severity;
use crate::sketch::HashKey;
use crate::sketch::evidence::Chain;
use crate::text::{Sink, cut, find_piece, hex16};
use crate::time::{DAY, HOUR, MINUTE, Millis, SECOND};
use crate::write::Writer;

/// A rule as its findings name it. Licences of shared rules ask that a match names the author.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    pub id: &'a str,
    /// Empty for rules of one's own.
    pub author: &'a str,
    pub reference: &'a str,
}

/// One finding, as a detector states it. Texts are JSON text between quotes.
#[derive(Clone, Copy)]
pub struct Finding<'a> {
    pub detector: &'static Spec,
    /// The rule that fired, where the detector has rules.
    pub rule: Option<Named<'a>>,
    /// MITRE ATT&CK technique, where it is not the detector's own.
    pub technique: Option<&'a str>,
    pub severity: Severity,
    pub observed: u64,
    /// The threshold that was reached; what is expected, where it was learned.
    pub limit: u64,
    pub window: Millis,
    pub entity: Entity,
    pub key: &'a [u8],
    /// A sentence a person can read.
    pub reason: &'a dyn Fn(&mut Writer<'_>),
    /// The events that led to it.
    pub evidence: Chain<'a>,
    pub due: Due,
}

/// How many ids a finding names.
const EVIDENCE: usize = 5;

impl Finding<'_> {
    /// Fingerprint: equal for the same detector and entity, on every node and after every restart. The entity of an account includes its environment.
    pub fn fingerprint(&self, subject: &Subject<'_>) -> u64 {
        let rule = self.rule.map(|rule| rule.id);
        fingerprint(self.detector.id, rule, self.entity, self.key, subject)
    }

    fn write(&self, subject: &Subject<'_>, learned: Option<Learned>, out: &mut Writer<'_>) {
        out.put(b"{\"detector\":\"");
        out.put(self.detector.id.as_bytes());
        if let Some(rule) = self.rule {
            out.put(b"\",\"rule\":\"");
            out.put(rule.id.as_bytes());
            for (key, text) in
                [(&b"\",\"author\":\""[..], rule.author), (b"\",\"reference\":\"", rule.reference)]
            {
                if !text.is_empty() {
                    out.put(key);
                    out.put(shorten(text.as_bytes()));
                }
            }
        }
        out.put(b"\",\"severity\":\"");
        out.put(self.severity.name().as_bytes());
        out.put(b"\",\"reason\":\"");
        (self.reason)(out);
        if self.due == Due::Continuing {
            out.put(b"; continuing");
        }
        out.put(b"\",\"observed\":");
        out.number(i64::try_from(self.observed).unwrap_or(i64::MAX));
        out.put(if learned.is_some() { b",\"expected\":" } else { b",\"threshold\":" });
        out.number(i64::try_from(self.limit).unwrap_or(i64::MAX));
        if let Some(Learned { bits, over, bound }) = learned {
            if bound > 0 {
                out.put(b",\"threshold\":");
                out.number(i64::from(bound));
            }
            out.put(b",\"bits\":");
            out.number(i64::from(bits));
            out.put(b",\"learned_over\":");
            out.number(i64::from(over));
        }
        out.put(b",\"window_s\":");
        out.number(self.window / 1000);
        out.put(b",\"key\":{\"");
        out.put(self.entity.name().as_bytes());
        out.put(b"\":\"");
        out.put(shorten(self.key));
        out.put(b"\"}");
        self.write_context(subject, out);
        out.put(b",\"technique\":\"");
        out.put(self.technique.unwrap_or(self.detector.technique).as_bytes());
        out.put(b"\",\"fingerprint\":\"");
        out.put(&hex16(self.fingerprint(subject)));
        out.put(b"\",\"evidence\":");
        let mut before = b"[";
        self.evidence.recall(EVIDENCE, &mut |event| {
            subject.recall(event, &mut |id| {
                out.put(before);
                out.quoted(id);
                before = b",";
            });
        });
        out.put(if before == b"[" { b"[]}" } else { b"]}" });
    }

    /// Who acted on what: the role of the actor, the class of the data, and how long the actor is known, where there is more than one day.
    fn write_context(&self, subject: &Subject<'_>, out: &mut Writer<'_>) {
        let is_of_actor = self.entity.is_actor();
        let role = if is_of_actor { subject.text(Field::ActorRole) } else { b"" };
        let class = subject.text(Field::TargetDataClass);
        for (key, text) in [(&b",\"actor_role\":\""[..], role), (b",\"data_class\":\"", class)] {
            if !text.is_empty() {
                out.put(key);
                out.put(cut(text, 96));
                out.put(b"\"");
            }
        }
        let history = subject.surprises.map(|surprises| surprises.history).unwrap_or_default();
        if is_of_actor && history.active_days > 1 {
            out.put(b",\"history\":{\"known_days\":");
            out.number(i64::from(history.known_days));
            out.put(b",\"active_days\":");
            out.number(i64::from(history.active_days));
            out.put(b",\"inactive_days\":");
            out.number(i64::from(history.inactive_days));
            out.put(b"}");
        }
    }
}

/// The fingerprint of a detector's findings on a key.
pub fn fingerprint(
    detector: &str,
    rule: Option<&str>,
    entity: Entity,
    key: &[u8],
    subject: &Subject<'_>,
) -> u64 {
    let word =
        |text: &[u8]| text.iter().fold(0u64, |word, &byte| word.rotate_left(8) ^ u64::from(byte));
    let of_entity = word(entity.name().as_bytes());
    let environment = match subject.text(Field::EnvAccount) {
        // A person is the same in all environments.
        _ if key == subject.text(Field::ActorPerson) => 0,
        named @ [_, ..] if entity.is_actor() => HashKey(of_entity, 0).hash(named),
        _ => 0,
    };
    let rule = rule.map_or(0, |rule| HashKey(of_entity, 1).hash(rule.as_bytes()));
    HashKey(word(detector.as_bytes()), of_entity ^ environment ^ rule).hash(key)
}

/// A name as a finding shows it: one of any length must leave room for what is said of it.
pub fn shorten(name: &[u8]) -> &[u8] {
    cut(name, 256)
}

/// A duration as a person says it: in the largest unit that gives a whole number.
pub fn write_duration(length: Millis, out: &mut Writer<'_>) {
    let units: [(Millis, &[u8]); 4] =
        [(DAY, b" d"), (HOUR, b" h"), (MINUTE, b" min"), (SECOND, b" s")];
    let (scale, unit) = units
        .into_iter()
        .find(|(scale, _)| length.checked_rem(*scale) == Some(0))
        .unwrap_or((SECOND, b" s"));
    out.number(length.checked_div(scale).unwrap_or_default());
    out.put(unit);
}

/// A size as a person says it: in the largest unit that leaves a whole number above nine.
pub fn write_size(bytes: u64, out: &mut Writer<'_>) {
    let units: [(u32, &[u8]); 4] = [(40, b" TiB"), (30, b" GiB"), (20, b" MiB"), (10, b" KiB")];
    let (shift, unit) = units
        .into_iter()
        .find(|(shift, _)| bytes.wrapping_shr(*shift) > 9)
        .unwrap_or((0, b" bytes"));
    out.number(i64::try_from(bytes.wrapping_shr(shift)).unwrap_or(i64::MAX));
    out.put(unit);
}

/// Room for the findings of one record.
const ROOM: usize = 8192;
/// Text before the first of them.
const OPEN: &[u8] = b"[";
/// At most so many findings a record.
const MOST: usize = 32;

/// Data of a written finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The detector's place in the list of all.
    pub detector: u8,
    pub severity: u8,
    /// It is about the event's actor.
    pub is_of_actor: bool,
    /// Where it ends.
    pub end: u16,
}

/// The findings of one record, as they will be written.
pub struct Findings {
    json: Vec<u8>,
    len: usize,
    marks: [Mark; MOST],
    count: usize,
    /// How many findings of each detector were suppressed.
    suppressed: [u8; MOST],
    pub worst: Option<Severity>,
    pub is_cut: bool,
    /// An event came too late for a window, and was counted in one of its own time.
    pub is_late: bool,
    /// A table had no room for a key of the event.
    pub is_uncounted: bool,
    pub is_suppressed: bool,
    /// Filled where someone asked for it.
    #[cfg(not(target_family = "wasm"))]
    pub inspection: Option<super::inspect::Inspection>,
}

impl Findings {
    pub fn new() -> Findings {
        Findings {
            json: [OPEN, &[0; ROOM][..]].concat(),
            len: OPEN.len(),
            marks: [Mark::default(); MOST],
            count: 0,
            suppressed: [0; MOST],
            worst: None,
            is_cut: false,
            is_late: false,
            is_uncounted: false,
            is_suppressed: false,
            #[cfg(not(target_family = "wasm"))]
            inspection: None,
        }
    }

    /// Adds to the inspection, where someone asked for one.
    #[cfg(not(target_family = "wasm"))]
    #[inline]
    pub fn inspect(&mut self, add: impl FnOnce(&mut super::inspect::Inspection)) {
        if let Some(inspection) = &mut self.inspection {
            add(inspection);
        }
    }

    /// Nobody asks within the module.
    #[cfg(target_family = "wasm")]
    #[inline(always)]
    pub fn inspect(&mut self, _: impl FnOnce(&mut super::inspect::Inspection)) {}

    pub fn clear(&mut self) {
        (self.len, self.count, self.worst) = (OPEN.len(), 0, None);
        if self.is_suppressed {
            self.suppressed = [0; MOST];
        }
        (self.is_cut, self.is_late, self.is_uncounted, self.is_suppressed) =
            (false, false, false, false);
        self.inspect(|inspection| *inspection = super::inspect::Inspection::default());
    }

    /// The findings, separated by commas.
    pub fn json(&self) -> &[u8] {
        self.json
            .get(..self.len)
            .and_then(|json| json.split_at_checked(OPEN.len()))
            .map_or(b"", |(_, findings)| findings)
    }

    /// The findings as a list.
    pub fn list(&mut self) -> &[u8] {
        if let Some(end) = self.json.get_mut(self.len) {
            *end = b']';
        }
        self.json.get(..=self.len).unwrap_or_default()
    }

    /// The sentence of the first finding of that severity, as JSON text between quotes.
    pub fn reason_of(&self, severity: Severity) -> &[u8] {
        reason_in(self.json(), severity)
    }

    pub fn is_empty(&self) -> bool {
        self.len <= OPEN.len()
    }

    /// Of which detector and how severe each one is.
    pub fn marks(&self) -> &[Mark] {
        self.marks.get(..self.count).unwrap_or_default()
    }

    /// Each finding with its JSON.
    pub fn each(&self) -> impl Iterator<Item = (&Mark, &[u8])> {
        let starts = std::iter::once(OPEN.len())
            .chain(self.marks().iter().map(|mark| usize::from(mark.end)));
        starts.zip(self.marks()).map(|(start, mark)| {
            (mark, self.json.get(start..usize::from(mark.end)).unwrap_or_default())
        })
    }

    /// How many findings of each detector were suppressed.
    pub fn suppressed(&self) -> &[u8] {
        &self.suppressed
    }

    /// Writes a finding, unless the policy suppresses it, which it tells. Where there is no room, the least severe make it; what is left out is noted.
    pub fn add(&mut self, subject: &Subject<'_>, finding: &Finding<'_>) -> bool {
        self.add_any(subject, finding, None)
    }

    /// As above, of a baseline.
    pub fn add_learned(
        &mut self,
        subject: &Subject<'_>,
        finding: &Finding<'_>,
        learned: Learned,
    ) -> bool {
        self.add_any(subject, finding, Some(learned))
    }

    fn add_any(
        &mut self,
        subject: &Subject<'_>,
        finding: &Finding<'_>,
        learned: Option<Learned>,
    ) -> bool {
        if covers(subject, finding) {
            if finding.due != Due::Again {
                self.is_suppressed = true;
                self.suppressed
                    .get_mut(subject.detector)
                    .into_iter()
                    .for_each(|count| *count = count.saturating_add(1));
            }
            return false;
        }
        let is_raised = finding.entity.is_actor() && subject.is_important();
        let severity = finding.severity.raised(usize::from(is_raised));
        let finding = &Finding { severity, ..*finding };
        while !self.write(subject, finding, learned) {
            self.is_cut = true;
            if !self.drop_below(finding.severity) {
                return true;
            }
        }
        self.worst = self.worst.max(Some(finding.severity));
        true
    }

    fn write(
        &mut self,
        subject: &Subject<'_>,
        finding: &Finding<'_>,
        learned: Option<Learned>,
    ) -> bool {
        let is_first = self.is_empty();
        // The last byte is for the end of the list.
        let room = self.json.len().saturating_sub(1);
        let Some(mark) = self.marks.get_mut(self.count) else {
            return false;
        };
        let mut writer = Writer::new(self.json.get_mut(self.len..room).unwrap_or_default());
        if !is_first {
            writer.put(b",");
        }
        finding.write(subject, learned, &mut writer);
        if !writer.fits() {
            return false;
        }
        self.len = self.len.saturating_add(writer.len());
        *mark = Mark {
            detector: subject.detector as u8,
            severity: finding.severity as u8,
            is_of_actor: finding.entity.is_actor(),
            end: self.len as u16,
        };
        self.count = self.count.saturating_add(1);
        true
    }

    /// Takes out the last of the least severe, if it is less severe than this; whether there was one.
    fn drop_below(&mut self, severity: Severity) -> bool {
        let least = self
            .marks()
            .iter()
            .enumerate()
            .rev()
            .min_by_key(|(_, mark)| mark.severity)
            .map(|(index, mark)| (index, *mark));
        let Some((index, mark)) = least.filter(|(_, mark)| mark.severity < severity as u8) else {
            return false;
        };
        let from = index
            .checked_sub(1)
            .and_then(|before| self.marks.get(before))
            .map_or(OPEN.len(), |before| usize::from(before.end));
        // With the comma behind it where it is the first, else with the one before it.
        let end = usize::from(mark.end).saturating_add(usize::from(index == 0 && self.count > 1));
        if end > self.len || from > end {
            return false;
        }
        let taken = end.saturating_sub(from);
        self.json.copy_within(end..self.len, from);
        self.len = self.len.saturating_sub(taken);
        self.marks.copy_within(index.saturating_add(1)..self.count, index);
        self.count = self.count.saturating_sub(1);
        for mark in self.marks.get_mut(index..self.count).unwrap_or_default() {
            mark.end = mark.end.saturating_sub(taken as u16);
        }
        true
    }

    /// Stored form of the findings, so that a redelivered event gets them again.
    pub fn head(&self) -> [u8; HEAD] {
        let mut head = [0u8; HEAD];
        let (count, pairs) = head.split_at_mut(1);
        count.fill(self.count as u8);
        for (pair, mark) in pairs.as_chunks_mut::<2>().0.iter_mut().zip(self.marks()) {
            *pair = [mark.detector, mark.severity];
        }
        head
    }

    /// Takes over what was kept, byte by byte.
    pub fn restore(&mut self, at: usize, byte: u8) {
        let mark = at.checked_sub(1).and_then(|at| self.marks.get_mut(at / 2));
        match mark {
            None if at == 0 => self.count = usize::from(byte).min(MOST),
            Some(mark) if at < HEAD && at % 2 == 1 => mark.detector = byte,
            Some(mark) if at < HEAD => {
                mark.severity = byte;
                let is_held = at / 2 <= self.count;
                self.worst = self
                    .worst
                    .max(Severity::ALL.get(usize::from(byte)).copied().filter(|_| is_held));
            }
            _ => {
                if let Some(place) = self.json.get_mut(self.len).filter(|_| self.len < ROOM) {
                    *place = byte;
                    self.len = self.len.wrapping_add(1);
                }
            }
        }
    }
}

/// The sentence of the first finding of that severity among findings as they are written.
pub fn reason_in(findings: &[u8], severity: Severity) -> &[u8] {
    // Quotes within strings are escaped: these words stand nowhere but where findings have them.
    let mut rest = findings;
    while let Some((_, behind)) = behind(rest, b"\"severity\":\"") {
        rest = behind;
        if behind
            .strip_prefix(severity.name().as_bytes())
            .is_some_and(|behind| behind.starts_with(b"\""))
        {
            return self::behind(behind, b"\"reason\":\"")
                .map_or(b"", |(_, reason)| until_quote(reason));
        }
    }
    b""
}

/// The values of a key among findings as they are written, as JSON has them between quotes.
pub fn texts_in<'f>(findings: &'f [u8], key: &str) -> impl Iterator<Item = &'f [u8]> {
    let (mut rest, opening) = (findings, format!("\"{key}\":\""));
    std::iter::from_fn(move || {
        let (_, text) = behind(rest, opening.as_bytes())?;
        rest = text;
        Some(until_quote(text))
    })
}

/// Text before a text, and behind it.
fn behind<'t>(text: &'t [u8], part: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = find_piece(text, part, 0)?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(part.len()..)?))
}

/// A string's content up to the quote that ends it.
fn until_quote(text: &[u8]) -> &[u8] {
    let mut is_escaped = false;
    let end = text.iter().position(|&byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// How many findings, then detector and severity of each.
pub const HEAD: usize = 1 + 2 * MOST;
/// Maximum size of a record's stored findings.
pub const KEPT: usize = HEAD + ROOM;

impl Default for Findings {
    fn default() -> Findings {
        Findings::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::subject;
    use super::*;
    use crate::detector::brute_force;
    use crate::event::Event;

    fn add(findings: &mut Findings, severity: Severity, key: &str) {
        let event = Event::new();
        let finding = Finding {
            detector: &brute_force::SPEC,
            rule: None,
            technique: None,
            severity,
            observed: 1,
            limit: 1,
            window: SECOND,
            entity: Entity::Account,
            key: key.as_bytes(),
            reason: &|out| out.put(&[b'x'; 1500]),
            evidence: Chain::default(),
            due: Due::Now,
        };
        assert!(findings.add(&subject(&event), &finding));
    }

    fn keys(findings: &Findings) -> Vec<String> {
        let text = std::str::from_utf8(findings.json()).unwrap();
        text.split("\"account\":\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    }

    fn is_list(findings: &mut Findings) -> bool {
        let atoms = crate::parse::atom::Atoms::new(std::iter::empty());
        crate::parse::json::is_list_of_objects(
            findings.list(),
            &atoms,
            &mut crate::parse::tape::Tape::new(4096),
        )
    }

    #[test]
    fn the_most_severe_are_kept() {
        let mut findings = Findings::new();
        for (severity, key) in [
            (Severity::Low, "a"),
            (Severity::High, "b"),
            (Severity::Low, "c"),
            (Severity::Medium, "d"),
        ] {
            add(&mut findings, severity, key);
        }
        assert!(!findings.is_cut);
        add(&mut findings, Severity::Medium, "e");
        assert_eq!(
            (keys(&findings), findings.is_cut),
            (vec!["a".into(), "b".into(), "d".into(), "e".into()], true),
            "the later of the least severe goes"
        );
        add(&mut findings, Severity::Critical, "f");
        assert_eq!(keys(&findings), ["b", "d", "e", "f"], "the first one, with its comma");
        assert!(is_list(&mut findings));
        add(&mut findings, Severity::Medium, "g");
        assert_eq!(keys(&findings), ["b", "d", "e", "f"], "equals do not push each other out");
        add(&mut findings, Severity::High, "h");
        assert_eq!(keys(&findings), ["b", "d", "f", "h"]);
        let severities: Vec<u8> = findings.marks().iter().map(|mark| mark.severity).collect();
        assert_eq!(severities, [3, 2, 4, 3]);
        assert!(is_list(&mut findings) && findings.worst == Some(Severity::Critical));
    }

    #[test]
    fn the_sentence_of_the_worst_is_found() {
        let mut findings = Findings::new();
        let event = Event::new();
        let mut state = |severity, reason: &'static str| {
            let finding = Finding {
                detector: &brute_force::SPEC,
                rule: None,
                technique: None,
                severity,
                observed: 1,
                limit: 1,
                window: SECOND,
                entity: Entity::Account,
                key: b"a",
                reason: &move |out| out.put(reason.as_bytes()),
                evidence: Chain::default(),
                due: Due::Now,
            };
            assert!(findings.add(&subject(&event), &finding));
        };
        state(Severity::Low, r#"by \"x\",\"severity\":\"high\",\"reason\":\"forged\" it"#);
        state(Severity::High, r#"a name with \"quotes\" and a \\"#);
        state(Severity::High, "another");
        assert_eq!(findings.reason_of(Severity::High), br#"a name with \"quotes\" and a \\"#);
        assert_eq!(findings.reason_of(Severity::Critical), b"");
    }

    #[test]
    fn what_is_kept_comes_back() {
        let mut findings = Findings::new();
        add(&mut findings, Severity::Low, "a");
        add(&mut findings, Severity::High, "b");
        let kept = [&findings.head()[..], findings.json()].concat();
        let mut again = Findings::new();
        kept.iter().enumerate().for_each(|(at, &byte)| again.restore(at, byte));
        assert_eq!((again.json(), again.worst), (findings.json(), findings.worst));
        let pairs = |findings: &Findings| {
            findings.marks().iter().map(|mark| (mark.detector, mark.severity)).collect::<Vec<_>>()
        };
        assert_eq!(pairs(&again), pairs(&findings));
    }
}
