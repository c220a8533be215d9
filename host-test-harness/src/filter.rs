//! The filter as commands use it: behind one interface, and no line lost even where the module traps.

use crate::mode::{self, Factory, Input, Kind, Mode, Setup};
use crate::state::Held;
use anyhow::{Context, Error, Result};
use auditward_core::encode;
use auditward_core::parse::Carry;
use auditward_core::text::Sink;
use auditward_core::write::Writer;

/// Where a summary finds that a line was answered by the host, not by the module.
pub const TRAP_NOTE: &str = "trap";

/// Starts an engine.
type Open = Box<dyn Fn(&Setup) -> mode::Result<Box<dyn Mode>>>;

/// One engine for all records, or a fresh one for each.
pub struct Filter {
    open: Open,
    setup: Setup,
    is_independent: bool,
    mode: Option<Box<dyn Mode>>,
    held: Option<Held>,
}

/// Result of one record.
pub struct Answer {
    /// One JSON object.
    pub bytes: Vec<u8>,
    /// Why the module did not give it, where it did not.
    pub trap: Option<Error>,
}

impl Filter {
    /// Compiles the module; `is_independent` gives each record an engine of its own.
    pub fn new(kind: Kind, setup: Setup, is_independent: bool) -> Result<Filter> {
        let factory = Factory::new(kind, false)
            .with_context(|| format!("compiling the module for the {} mode", kind.name()))?;
        Ok(Filter::over(Box::new(move |setup| factory.open(setup)), setup, is_independent))
    }

    fn over(open: Open, setup: Setup, is_independent: bool) -> Filter {
        Filter { open, setup, is_independent, mode: None, held: None }
    }

    /// One record in, one JSON object out, trap or not. An error means that no engine could be started at all.
    pub fn process(&mut self, input: Input<'_>) -> Result<Answer> {
        let is_first = self.mode.is_none();
        let mut mode = match self.mode.take() {
            Some(mode) => mode,
            None => self.start()?,
        };
        match mode.process(input) {
            Ok(bytes) => {
                if is_first {
                    self.held.iter_mut().for_each(Held::look);
                }
                self.mode = Some(mode).filter(|_| !self.is_independent);
                Ok(Answer { bytes, trap: None })
            }
            // What trapped is not asked again: its memory may be anything.
            Err(trap) => {
                Ok(Answer { bytes: unprocessed(input.bytes, TRAP_NOTE), trap: Some(trap.into()) })
            }
        }
    }

    /// A snapshot of all that the engine learned; none if no engine is at work.
    pub fn learned(&mut self) -> Option<Vec<u8>> {
        self.mode.as_mut()?.learned().ok()
    }

    /// Writes what was learned to the state directory, where there is one that is ours, and leaves it to others.
    pub fn close(mut self) -> Result<()> {
        let Some((held, mode)) = self.held.take().zip(self.mode.as_mut()) else {
            return Ok(());
        };
        held.close(mode.as_mut())
    }

    fn start(&mut self) -> Result<Box<dyn Mode>> {
        // An instance that trapped left its lock behind, which would keep the next one from writing.
        if let Some(held) = self.held.take() {
            held.release();
        }
        self.held = self.setup.directory.as_deref().map(Held::before);
        (self.open)(&self.setup).context("starting the module")
    }
}

/// A record that the host passes through unprocessed: as text, or as base64 where it is not UTF-8, with a flag that names the reason.
pub fn unprocessed(record: &[u8], note: &str) -> Vec<u8> {
    let is_text = std::str::from_utf8(record).is_ok();
    let write = |writer: &mut Writer<'_>| {
        writer.put(if is_text { b"{\"raw\":" } else { b"{\"raw_base64\":" });
        encode::carry(record, if is_text { Carry::Text } else { Carry::Base64 }, writer);
        writer.put(format!(",\"notes\":[\"{note}\"]}}").as_bytes());
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
    use crate::mode::ModeError;
    use anyhow::anyhow;

    #[test]
    fn what_the_module_did_not_answer_is_passed_through() {
        assert_eq!(
            unprocessed(b"a \"b\"\n", TRAP_NOTE),
            br#"{"raw":"a \"b\"\n","notes":["trap"]}"#
        );
        assert_eq!(
            unprocessed(b"\xff\xfe", TRAP_NOTE),
            br#"{"raw_base64":"//4=","notes":["trap"]}"#
        );
    }

    /// Counts its records, and traps on one that asks for it.
    struct Fragile(u64);

    impl Mode for Fragile {
        fn process(&mut self, input: Input<'_>) -> mode::Result<Vec<u8>> {
            self.0 += 1;
            match input.bytes {
                b"trap" => Err(ModeError::Trap(anyhow!("wasm trap: unreachable"))),
                _ => Ok(self.0.to_string().into_bytes()),
            }
        }

        fn learned(&mut self) -> mode::Result<Vec<u8>> {
            Ok(Vec::new())
        }
    }

    fn answers(is_independent: bool) -> Vec<(String, bool)> {
        let mut filter =
            Filter::over(Box::new(|_| Ok(Box::new(Fragile(0)))), Setup::default(), is_independent);
        let mut answer =
            |bytes: &[u8]| filter.process(Input { bytes, ..Input::default() }).unwrap();
        let answers = [&b"a"[..], b"b", b"trap", b"c", b"d"].map(&mut answer);
        answers
            .into_iter()
            .map(|answer| (String::from_utf8(answer.bytes).unwrap(), answer.trap.is_some()))
            .collect()
    }

    #[test]
    fn a_trap_loses_no_line_and_a_fresh_instance_goes_on() {
        let trap = (r#"{"raw":"trap","notes":["trap"]}"#, true);
        let expect = |expected: [(&str, bool); 5]| {
            expected.map(|(text, is_trap)| (text.to_owned(), is_trap)).to_vec()
        };
        assert_eq!(
            answers(false),
            expect([("1", false), ("2", false), trap, ("1", false), ("2", false)])
        );
        assert_eq!(
            answers(true),
            expect([("1", false), ("1", false), trap, ("1", false), ("1", false)])
        );
    }
}
