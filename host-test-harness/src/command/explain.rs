//! `auditward explain`: the documentation that the code carries.

use super::Outcome;
use crate::prose::{nearest, table, wrap};
use anyhow::{Result, bail};
use auditward_core::detector::{self, Spec};
use auditward_core::event::{Cell, Form, Slot};
use auditward_core::note::Note;
use auditward_core::policy::option::Opt;
use auditward_core::policy::{SECTIONS, Section};
use auditward_core::schema::{self, From, Schema};
use auditward_core::source::{self, Source};
use std::io::{self, Write};

/// Explain a detector, source, schema, slot, note or policy section
#[derive(clap::Args)]
pub struct Arguments {
    /// What to explain; without it, all that can be
    topic: Option<String>,
}

/// How wide prose is set.
const WIDTH: usize = 100;

/// Something that can be explained.
#[derive(Clone, Copy)]
enum Topic {
    Detector(&'static Spec),
    Source(&'static Source),
    Schema(&'static Schema),
    Slot(Slot),
    Note(Note),
    Section(&'static Section),
}

/// Explains.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let text = match &arguments.topic {
        None => all(),
        Some(asked) => explain(asked)?,
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Outcome::Fine)
}

fn explain(asked: &str) -> Result<String> {
    let found: Vec<Topic> = topics().into_iter().filter(|topic| topic.id().eq_ignore_ascii_case(asked)).collect();
    if found.is_empty() {
        bail!("nothing is called `{asked}`; {}", hint(asked));
    }
    Ok(found.iter().map(Topic::explained).collect::<Vec<_>>().join("\n"))
}

/// What was probably meant: a word spelt nearly so, else all that have it within.
fn hint(asked: &str) -> String {
    let topics = topics();
    if let Some(near) = nearest(asked, topics.iter().map(Topic::id)) {
        return format!("did you mean `{near}`?");
    }
    let within = topics.iter().map(Topic::id).filter(|id| !asked.is_empty() && id.contains(&asked.to_lowercase()));
    match within.collect::<Vec<_>>().as_slice() {
        [] => "`auditward explain` lists all there is".to_owned(),
        found => format!("did you mean one of `{}`?", found.join("`, `")),
    }
}

fn topics() -> Vec<Topic> {
    let detectors = detector::ALL.iter().map(|spec| Topic::Detector(spec));
    let sources = source::ALL.iter().map(|source| Topic::Source(source));
    let schemas = schema::ALL.iter().map(|schema| Topic::Schema(schema));
    let slots = Slot::ALL.iter().map(|slot| Topic::Slot(*slot));
    let notes = Note::ALL.iter().map(|note| Topic::Note(*note));
    let sections = SECTIONS.iter().map(|section| Topic::Section(section));
    detectors.chain(sources).chain(schemas).chain(slots).chain(notes).chain(sections).collect()
}

fn all() -> String {
    let (mut text, mut group) = (String::new(), "");
    let topics = topics();
    let width = topics.iter().map(|topic| topic.id().len()).max().unwrap_or_default();
    for topic in topics {
        if topic.group() != group {
            group = topic.group();
            text.push_str(&format!("{}{group}s\n", if text.is_empty() { "" } else { "\n" }));
        }
        text.push_str(&format!("  {:width$}  {}\n", topic.id(), topic.summary()));
    }
    text
}

impl Topic {
    fn id(&self) -> &'static str {
        match self {
            Topic::Detector(spec) => spec.id,
            Topic::Source(source) => source.id,
            Topic::Schema(schema) => schema.id,
            Topic::Slot(slot) => slot.path(),
            Topic::Note(note) => note.id(),
            Topic::Section(section) => section.name,
        }
    }

    fn group(&self) -> &'static str {
        match self {
            Topic::Detector(_) => "detector",
            Topic::Source(_) => "source",
            Topic::Schema(_) => "schema",
            Topic::Slot(_) => "slot",
            Topic::Note(_) => "note",
            Topic::Section(_) => "policy section",
        }
    }

    fn summary(&self) -> &'static str {
        match self {
            Topic::Detector(spec) => spec.summary,
            Topic::Source(source) => source.summary,
            Topic::Schema(schema) => schema.summary,
            Topic::Slot(slot) => slot.doc(),
            Topic::Note(note) => note.doc(),
            Topic::Section(section) => section.doc,
        }
    }

    fn explained(&self) -> String {
        let more = match self {
            Topic::Detector(spec) => detector(spec),
            Topic::Source(source) => self::source(source),
            Topic::Schema(schema) => self::schema(schema),
            Topic::Slot(slot) => self::slot(*slot),
            Topic::Note(_) => String::new(),
            Topic::Section(section) if section.is_many => options(&format!("[{}]", section.name), section.options),
            Topic::Section(section) => options(section.name, section.options),
        };
        format!("{}, a {}\n{}{more}", self.id(), self.group(), wrap(self.summary(), 2, WIDTH))
    }
}

fn detector(spec: &Spec) -> String {
    let technique = format!("\n  ATT&CK technique {}: https://attack.mitre.org/techniques/{}/\n", spec.technique, spec.technique.replace('.', "/"));
    format!("\n{}{technique}{}", wrap(spec.doc, 2, WIDTH), options(&format!("detector.{}", spec.id), spec.options))
}

fn options(section: &str, options: &[Opt]) -> String {
    let mut text = format!("\n  Options, under [{section}] of the policy:\n");
    for option in options {
        let expected = option.kind.expected();
        text.push_str(&format!("\n  {} = {}\n{}{}", option.key, option.default, wrap(option.doc, 6, WIDTH), wrap(&format!("Takes {expected}."), 6, WIDTH)));
    }
    text
}

fn source(source: &Source) -> String {
    let slot_of = |cell: Cell| Slot::ALL.iter().find(|slot| Cell::slot(**slot) == cell);
    let rows = source.rows.iter().map(|row| vec![row.path.to_owned(), slot_of(row.cell).map_or("read by the source itself", |slot| slot.path()).to_owned()]);
    let rows: Vec<Vec<String>> = rows.collect();
    let keys = source.keys.iter().map(|keys| format!("`{}`", keys.join("`, `"))).collect::<Vec<_>>().join(", or ");
    let mut text = format!("\n{}", wrap(source.doc, 2, WIDTH));
    if source.text.is_some() {
        text.push_str("\n  Reads lines of text, bare or wrapped by a shipper.\n");
    }
    if !source.rows.is_empty() {
        text.push_str(&format!(
            "\n{}\n  Where their fields go, the first that has a value wins:\n\n{}",
            wrap(&format!("Objects are recognised by the keys {keys}."), 2, WIDTH),
            table(&rows, 4)
        ));
    }
    text
}

fn schema(schema: &Schema) -> String {
    let rows: Vec<Vec<String>> = schema.fields.iter().map(|field| vec![field.path.to_owned(), filled(&field.from)]).collect();
    format!("\n{}\n  Fields, and what fills them:\n\n{}", wrap(schema.doc, 2, WIDTH), table(&rows, 4))
}

fn filled(from: &From) -> String {
    match from {
        From::Slot(slot) => slot.path().to_owned(),
        From::Map(slot, _) | From::MapInstead(_, slot, _) => format!("{}, by table", slot.path()),
        From::List(slots) => slots.iter().map(|slot| slot.path()).collect::<Vec<_>>().join(", "),
        From::Always(json) => format!("always {json}"),
        From::IfFindings(yes, no) => format!("{yes} where something was found, else {no}"),
        From::Raw => "the original record as text".to_owned(),
    }
}

fn slot(slot: Slot) -> String {
    let form = match slot.form() {
        Form::Text => "a string",
        Form::Number => "a whole number",
        Form::Bool => "true or false",
        Form::Any => "any JSON value",
    };
    let places = schema::ALL.iter().flat_map(|schema| {
        let fields = schema.fields.iter().filter(|field| reads(&field.from, slot));
        fields.map(|field| vec![format!("in {}", schema.id), field.path.to_owned()])
    });
    let fillers = source::ALL.iter().flat_map(|source| {
        let rows = source.rows.iter().filter(|row| row.cell == Cell::slot(slot));
        rows.map(|row| vec![format!("from {}", source.id), row.path.to_owned()])
    });
    let rows: Vec<Vec<String>> = places.chain(fillers).collect();
    format!("\n  It holds {form}.\n\n{}", table(&rows, 2))
}

fn reads(from: &From, wanted: Slot) -> bool {
    match from {
        From::Slot(slot) | From::Map(slot, _) | From::MapInstead(_, slot, _) => *slot == wanted,
        From::List(slots) => slots.contains(&wanted),
        From::Always(_) | From::IfFindings(..) | From::Raw => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_listed_is_explained() {
        let listed = all();
        for topic in topics() {
            assert!(listed.contains(topic.id()));
            assert!(explain(&topic.id().to_uppercase()).unwrap().contains(topic.id()), "{}", topic.id());
        }
    }

    #[test]
    fn a_detector_with_its_options() {
        let text = explain("brute-force").unwrap();
        for part in ["failures = 5", "Takes a whole number from 2 to 10000.", "https://attack.mitre.org/techniques/T1110/", "[detector.brute-force]"] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn a_guess_at_what_is_not_known() {
        assert!(explain("brute-forse").unwrap_err().to_string().contains("did you mean `brute-force`?"));
        assert!(explain("user_agent").unwrap_err().to_string().contains("one of `origin.user_agent`?"));
        assert!(explain("nothing at all like it").unwrap_err().to_string().contains("lists all"));
    }
}
