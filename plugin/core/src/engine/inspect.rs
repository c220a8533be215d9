//! Inspection of the record that was processed last: natively alone.

use super::Engine;
use crate::detect::inspect::Inspection;
use crate::detection::Detect;
use crate::event::Event;
use crate::parse::wrap;
use crate::raw::Raw;
use crate::value::Doc;

impl Engine {
    /// From now on detectors record what they do with each record; the next record clears it.
    pub fn begin_inspection(&mut self) {
        self.findings.inspection = Some(Inspection::default());
    }

    /// Activity of the detectors on the last record.
    pub fn inspection(&self) -> Inspection {
        self.findings.inspection.clone().unwrap_or_default()
    }

    /// All that was learned.
    pub fn learned(&mut self) -> &mut Detect {
        &mut self.detect
    }

    /// Has each record read in full: nothing of the layouts that were learned is used.
    pub fn forget_layouts(&mut self) {
        self.normaliser.forget_layouts();
    }

    /// Tells that a source recognised the last record.
    pub fn is_recognised(&self) -> bool {
        self.event.source.is_some()
    }

    /// The object that the event was read from, or was looked for in last: the record itself, or what lies in its wrapping. None of a line by itself.
    pub fn object(&self, record: &[u8]) -> Option<Vec<u8>> {
        let node = self.tape.node(self.object?)?;
        let text = if node.doc() == Doc::Input { record } else { &self.event.arena };
        text.get(node.start as usize..node.end as usize).map(<[u8]>::to_vec)
    }

    /// Tells that the last record's event was read from a line of text.
    pub fn is_of_text(&mut self, raw: Raw<'_>) -> bool {
        let Some(object) = self.object else {
            return true;
        };
        if self.event.source.is_none() {
            return false;
        }
        // An object that is recognised by itself is the event, else the line in it was.
        let mut event = Event::new();
        event.arena.clone_from(&self.event.arena);
        !self.normaliser.apply(raw.tag, &self.tape, object, raw.bytes, &mut event)
    }

    /// The line of text in that object's wrapping key, where it holds one.
    pub fn wrapped_line(&self, record: &[u8]) -> Option<Vec<u8>> {
        let text = wrap::text(&self.tape, self.object?, &self.normaliser.wrapping)?;
        let from = if text.doc == Doc::Input { record } else { &self.event.arena };
        let (content, mut line) = (from.get(text.content)?, Vec::new());
        match text.is_list {
            true => wrap::put_list(content, &mut line)?,
            false => crate::text::unescape(content, &mut line).ok()?,
        }
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::write::Output;
    use crate::{Secret, detector};

    fn engine() -> Engine {
        let mut engine = Engine::new(Policy::default(), Secret::default());
        engine.begin_inspection();
        engine
    }

    fn process(engine: &mut Engine, bytes: &[u8], time: i64) {
        engine.forget_layouts();
        engine.process(Raw { bytes, time, now: time, ..Raw::default() }, &mut Output::default());
    }

    #[test]
    fn counts_are_told_beside_their_thresholds() {
        let (mut engine, brute_force) =
            (engine(), detector::IDS.iter().position(|id| *id == "brute-force").unwrap());
        let line = |second: i64| {
            format!(
                "Jan  2 15:04:{second:02} web1 sshd[100]: Failed password for alice from 198.51.100.9 port 4022 ssh2"
            )
        };
        for second in 1..4 {
            process(&mut engine, line(second).as_bytes(), 1_767_366_300_000);
            let inspection = engine.inspection();
            assert!(inspection.looked.contains(&(brute_force, true)), "{inspection:?}");
            let counts: Vec<(u64, u64)> = inspection
                .counts
                .iter()
                .filter(|count| count.what == "brute-force.counts")
                .map(|count| (count.observed, count.threshold))
                .collect();
            assert_eq!(counts, [(second as u64, 5); 2], "account and origin: {inspection:?}");
        }
        process(&mut engine, b"{}", 1_767_366_300_000);
        assert!(engine.inspection().counts.is_empty(), "of the last record alone");
    }

    #[test]
    fn the_object_and_the_line_are_those_within_the_wrapping() {
        let mut engine = engine();
        let event =
            br#"{"eventVersion":"1.08","eventTime":"2026-01-05T10:00:00Z","awsRegion":"x"}"#;
        process(&mut engine, event, 0);
        assert_eq!(engine.object(event).as_deref(), Some(event.as_slice()));
        let record = format!("{{\"log\":{}}}", serde_free(event));
        process(&mut engine, record.as_bytes(), 0);
        assert_eq!(engine.object(record.as_bytes()).as_deref(), Some(event.as_slice()));
        assert!(!engine.is_of_text(Raw { bytes: record.as_bytes(), ..Raw::default() }));
        let line = br#"{"stream":"stdout","log":"Jan  2 15:04:05 web1 sshd[1]: \"x\""}"#;
        process(&mut engine, line, 0);
        assert!(engine.is_of_text(Raw { bytes: line, ..Raw::default() }));
        assert_eq!(
            engine.wrapped_line(line).as_deref(),
            Some(br#"Jan  2 15:04:05 web1 sshd[1]: "x""#.as_slice())
        );
        process(&mut engine, b"text", 0);
        assert!(engine.object(b"text").is_none() && engine.wrapped_line(b"text").is_none());
    }

    /// The object as JSON text in a string.
    fn serde_free(object: &[u8]) -> String {
        format!("\"{}\"", String::from_utf8_lossy(object).replace('"', "\\\""))
    }
}
