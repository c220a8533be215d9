//! Parse: bytes to a tape of borrowed spans, and how the record can be carried out again. Gives values and notes, never an error.

pub mod atom;
pub mod authors;
pub mod json;
pub mod key_value;
pub mod line;
pub mod shippers;
pub mod spelling;
pub mod syslog;
pub mod tape;
pub mod wrap;

use crate::event::Event;
use crate::note::Note;
use crate::value::{Doc, Kind};
use atom::Atoms;
use json::Fault;
use tape::Tape;

/// Limits of the policy on a record.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longer records are carried, not looked into.
    pub max_record: usize,
    /// How many containers deep an output may be.
    pub max_depth: u32,
}

/// How the received bytes go out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// As the JSON value they are.
    Json,
    /// As the JSON value they are, without the line ends between its tokens.
    JsonOneLine,
    /// As text in one escaped string.
    Text,
    /// As base64: they are not UTF-8.
    Base64,
}

/// Information about a record's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Parsed {
    pub carry: Carry,
    /// The root object's node; none where there is no tape.
    pub object: Option<u32>,
    /// Read by its cached layout: an object that was not put on the tape.
    pub by_layout: bool,
}

/// Reads the record onto the tape.
pub fn parse(
    input: &[u8],
    limits: Limits,
    atoms: &Atoms,
    tape: &mut Tape,
    event: &mut Event,
) -> Parsed {
    if input.len() > limits.max_record {
        event.note(Note::RecordTooLarge);
        return Parsed { carry: as_text(input, event), object: None, by_layout: false };
    }
    let looks_like_json = matches!(input.trim_ascii_start(), [b'{' | b'[', ..]);
    let scanned = json::scan(input, 0, Doc::Input, atoms, tape).and_then(|scan| match scan.fault {
        // A lone word can be read as a number gone wrong; it is text.
        Some(fault) if !looks_like_json => Err(fault),
        _ => Ok(scan),
    });
    match scanned {
        Ok(scan) => {
            let object = Some(scan.root)
                .filter(|&root| tape.node(root).is_some_and(|node| node.kind == Kind::Object));
            if object.is_none() {
                event.note(Note::NotAnObject);
            }
            (tape.has_line_ends, tape.depth) = (scan.has_line_ends, scan.depth);
            let carry = if let Some(fault) = scan.fault {
                event.note(note_of(fault));
                as_text(input, event)
            } else if scan.depth.saturating_add(1) > limits.max_depth {
                event.note(Note::TooDeep);
                as_text(input, event)
            } else if scan.has_line_ends {
                Carry::JsonOneLine
            } else {
                Carry::Json
            };
            Parsed { carry, object, by_layout: false }
        }
        Err(fault) => {
            event.note(if fault == Fault::NotStrict && !looks_like_json {
                Note::NotJson
            } else {
                note_of(fault)
            });
            Parsed { carry: as_text(input, event), object: None, by_layout: false }
        }
    }
}

fn note_of(fault: Fault) -> Note {
    match fault {
        Fault::NotStrict => Note::NotStrictJson,
        Fault::NotUtf8 => Note::NotUtf8,
        Fault::NumberOutOfRange => Note::NumberOutOfRange,
        Fault::TooManyValues => Note::TooManyValues,
        Fault::OutOfMemory => Note::OutOfMemory,
    }
}

fn as_text(input: &[u8], event: &mut Event) -> Carry {
    match std::str::from_utf8(input) {
        Ok(_) => Carry::Text,
        Err(_) => {
            event.note(Note::NotUtf8);
            Carry::Base64
        }
    }
}
