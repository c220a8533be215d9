//! The filter as commands use it: behind one door, and no line lost even where the module traps.

use crate::lane::{Factory, Input, Kind, Lane, Setup};
use crate::state::Held;
use anyhow::{Context, Error, Result};
use auditward_core::encode;
use auditward_core::parse::Carry;
use auditward_core::parse::text::Sink;
use auditward_core::write::Writer;

/// Where a summary finds that a line was answered by the host, not by the module.
pub const TRAP_NOTE: &str = "trap";

/// One engine for all records, or a fresh one for each.
pub struct Filter {
    factory: Factory,
    setup: Setup,
    is_independent: bool,
    lane: Option<Box<dyn Lane>>,
    held: Option<Held>,
}

/// What became of one record.
pub struct Answer {
    /// One JSON object.
    pub bytes: Vec<u8>,
    /// Why the module did not give it, where it did not.
    pub trap: Option<Error>,
}

impl Filter {
    /// Compiles the module; `is_independent` gives each record an engine of its own.
    pub fn new(kind: Kind, setup: Setup, is_independent: bool) -> Result<Filter> {
        let factory = Factory::new(kind, false).with_context(|| format!("compiling the module for the {} lane", kind.name()))?;
        Ok(Filter { factory, setup, is_independent, lane: None, held: None })
    }

    /// One record in, one JSON object out, trap or not. An error means that no engine could be started at all.
    pub fn process(&mut self, input: Input<'_>) -> Result<Answer> {
        let is_first = self.lane.is_none();
        let mut lane = match self.lane.take() {
            Some(lane) => lane,
            None => self.open()?,
        };
        match lane.process(input) {
            Ok(bytes) => {
                if is_first {
                    self.held.iter_mut().for_each(Held::look);
                }
                self.lane = Some(lane).filter(|_| !self.is_independent);
                Ok(Answer { bytes, trap: None })
            }
            // What trapped is not asked again: its memory may be anything.
            Err(trap) => Ok(Answer { bytes: carried(input.bytes), trap: Some(trap) }),
        }
    }

    /// Writes what was learned to the state directory, where there is one that is ours, and leaves it to others.
    pub fn close(mut self) -> Result<()> {
        let Some((held, lane)) = self.held.take().zip(self.lane.as_mut()) else { return Ok(()) };
        held.close(lane.as_mut())
    }

    fn open(&mut self) -> Result<Box<dyn Lane>> {
        // An instance that trapped left its lock behind, which would keep the next one from writing.
        if let Some(held) = self.held.take() {
            held.release();
        }
        self.held = self.setup.directory.as_deref().map(Held::before);
        self.factory.open(&self.setup).context("starting the module")
    }
}

/// The record as the host itself carries it through: as text, or as base64 where it is not UTF-8.
fn carried(record: &[u8]) -> Vec<u8> {
    let is_text = std::str::from_utf8(record).is_ok();
    let write = |writer: &mut Writer<'_>| {
        writer.put(if is_text { b"{\"raw\":" } else { b"{\"raw_base64\":" });
        encode::carry(record, if is_text { Carry::Text } else { Carry::Base64 }, writer);
        writer.put(format!(",\"notes\":[\"{TRAP_NOTE}\"]}}").as_bytes());
    };
    let mut counted = Writer::new(&mut []);
    write(&mut counted);
    let mut bytes = vec![0; counted.len()];
    write(&mut Writer::new(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_module_did_not_answer_is_carried() {
        assert_eq!(carried(b"a \"b\"\n"), br#"{"raw":"a \"b\"\n","notes":["trap"]}"#);
        assert_eq!(carried(b"\xff\xfe"), br#"{"raw_base64":"//4=","notes":["trap"]}"#);
    }

    #[test]
    fn a_trap_loses_no_line_and_the_next_goes_on() {
        let setup = Setup { memory: Some(24 << 20), now_ms: Some(0), ..Setup::default() };
        let mut filter = Filter::new(Kind::Raw, setup, false).unwrap();
        let process = |filter: &mut Filter, bytes: &[u8]| filter.process(Input { bytes, ..Input::default() }).unwrap();
        assert!(process(&mut filter, b"{}").trap.is_none());
        // The host can't even copy it in.
        let large = vec![b'x'; 48 << 20];
        let answer = process(&mut filter, &large);
        assert!(answer.bytes.len() > large.len() || answer.bytes.starts_with(b"{\"notes\":[\"record-lost\"]"), "{:?}", answer.trap);
        assert!(process(&mut filter, b"{}").trap.is_none());
    }
}
