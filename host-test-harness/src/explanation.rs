//! One record taken apart: how it is framed, which source it is of and why, where its fields come from, and what detectors did with it.
//! The decisions come from the engine itself; conditions are evaluated a second time only to name the one that failed.

mod conditions;
mod fields;
mod lines;
mod words;

pub(crate) use conditions::is_met;

pub use words::in_words;

use crate::calendar::rfc3339;
use crate::evaluated::{Finding, Reader};
use crate::mode::{Input, Mode, Setup, native::Native};
use crate::policy_file::PolicyFile;
use anyhow::Result;
use auditward_core::mapping::Mapping;
use auditward_core::parse::line::unmarked;
use auditward_core::parse::syslog::{self, Before};
use auditward_core::parse::{shippers, wrap};
use auditward_core::policy::Policy;
use auditward_core::source::{self, Source};
use auditward_core::text::decode_base64;
use auditward_core::time::{self, Millis};
use auditward_core::{Raw, detector, note, pack};
use serde::Serialize;
use serde_json::Value;

/// Information about a record.
#[derive(Debug, Serialize)]
pub struct Explanation {
    pub bytes: usize,
    pub framing: Framing,
    pub source: Option<Recognised>,
    /// Sources that it is not of, those that lack least first.
    pub tried: Vec<Tried>,
    /// How many sources there are in all.
    pub sources: usize,
    pub fields: Vec<Filled>,
    pub flags: Vec<Flag>,
    pub detectors: Vec<Looked>,
    pub findings: Vec<Reported>,
}

/// Framing of the event.
#[derive(Debug, Default, Serialize)]
pub struct Framing {
    /// The form of the event itself.
    pub form: &'static str,
    /// Keys that it was found under, the outermost first.
    pub wrapped_in: Vec<String>,
    /// The line, where it is one.
    pub line: Option<String>,
    pub header: Option<Header>,
}

/// Fields of the syslog header.
#[derive(Debug, Serialize)]
pub struct Header {
    pub time: Option<String>,
    pub host: String,
    pub program: String,
    pub pid: String,
    pub message: String,
}

/// The source that the record is of.
#[derive(Debug, Serialize)]
pub struct Recognised {
    pub source: String,
    pub kind: &'static str,
    /// Keys that identify it.
    pub conditions: Vec<String>,
}

/// A source that the record is not of.
#[derive(Debug, Serialize)]
pub struct Tried {
    pub source: String,
    pub kind: &'static str,
    /// Conditions that hold, of so many.
    pub met: usize,
    pub of: usize,
    /// The first that fails, and what stands in the record.
    pub failed: String,
}

/// A field of the audit record.
#[derive(Debug, Serialize)]
pub struct Filled {
    pub field: &'static str,
    pub value: Value,
    /// The path or rule that it came from.
    pub from: String,
}

/// A flag on the record.
#[derive(Debug, Serialize)]
pub struct Flag {
    pub flag: String,
    pub meaning: &'static str,
}

/// Activity of a detector.
#[derive(Debug, Serialize)]
pub struct Looked {
    pub detector: &'static str,
    pub did: Did,
    pub counts: Vec<Count>,
}

/// Outcome of a detector on the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Did {
    Disabled,
    /// It looks at records of another kind.
    NotOfItsKind,
    /// Its baseline evaluated the record and learned from it: nothing was unusual.
    Usual,
    /// `only` or `except` leave the actor out.
    Exempt,
    Evaluated,
}

/// A count beside its threshold.
#[derive(Debug, Serialize)]
pub struct Count {
    pub count: String,
    /// Whom it counts; empty where that is neither account nor origin.
    pub entity: &'static str,
    pub observed: u64,
    pub threshold: u64,
    pub window_s: i64,
    /// The share that the count has to be of all, in percent, and how many those are.
    pub share: Option<(u64, u64)>,
}

/// A finding.
#[derive(Debug, Serialize)]
pub struct Reported {
    pub detector: String,
    pub severity: String,
    pub reason: String,
}

/// How many sources that a record is not of are shown.
const NEAREST: usize = 5;

/// An engine that explains.
pub struct Explainer<'c> {
    policy: &'c Policy,
    mode: Native,
    reader: Reader,
    tag: String,
    now: Millis,
    records: u64,
}

impl<'c> Explainer<'c> {
    /// For records under a tag, by that clock. The output of the policy must have the schema that holds every field.
    pub fn new(policy_file: &'c PolicyFile, tag: &str, now: Millis) -> Result<Explainer<'c>> {
        let mut mode = Native::new(&Setup {
            policy: policy_file.text.clone(),
            now_ms: Some(now),
            ..Setup::default()
        })?;
        mode.engine.begin_inspection();
        Ok(Explainer {
            policy: &policy_file.policy,
            mode,
            reader: Reader::new(&policy_file.policy),
            tag: tag.to_owned(),
            now,
            records: 0,
        })
    }

    /// Evaluates a record that stands before the one to be explained.
    pub fn pass(&mut self, record: &[u8]) -> Result<Vec<u8>> {
        // Layouts change nothing but speed, and leave no trace of where the event was found.
        self.mode.engine.forget_layouts();
        let output = self.mode.process(Input {
            tag: &self.tag,
            time_ms: self.now,
            nonce: self.records,
            bytes: record,
        })?;
        self.records += 1;
        Ok(output)
    }

    /// Evaluates a record and takes it apart.
    pub fn explain(&mut self, record: &[u8]) -> Result<Explanation> {
        let output = self.pass(record)?;
        let evaluated = self.reader.read(&output);
        let found = Found::new(&mut self.mode, &self.tag, record);
        let framing = self.framing(record, &found);
        let message = framing.header.as_ref().map(|header| header.message.as_str());
        let conditions = conditions::Conditions {
            policy: self.policy,
            tag: &self.tag,
            events: found.events(),
            lines: message.into_iter().chain(framing.line.as_deref()).collect(),
        };
        let source = evaluated.source.as_deref();
        Ok(Explanation {
            bytes: record.len(),
            source: source.map(|id| recognised(id, &conditions)),
            tried: conditions.nearest(source, NEAREST),
            sources: all(self.policy).count(),
            fields: fields::of(&self.reader, &output, self.policy, &evaluated, &found),
            flags: evaluated.notes.iter().map(flag).collect(),
            detectors: self.detectors(),
            findings: evaluated.findings.iter().map(reported).collect(),
            framing,
        })
    }

    fn framing(&self, record: &[u8], found: &Found) -> Framing {
        let line =
            match &found.event {
                Some(_) => None,
                None => Some(found.line.clone().unwrap_or_else(|| {
                    record.get(unmarked(record)..).unwrap_or_default().to_vec()
                })),
            };
        let header = line.as_deref().and_then(|line| {
            let mut before = Before::new(&source::PROGRAMS);
            let header = syslog::read(line, self.now, &mut before)?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Some(Header {
                time: header.time.map(rfc3339),
                host: text(header.host),
                program: text(header.program),
                pid: text(header.pid),
                message: text(header.message),
            })
        });
        let form = match (&found.event, &header) {
            (Some(_), _) if found.is_of_pairs => "pairs of keys and values",
            (Some(_), _) => "JSON object",
            (None, Some(_)) => "line of text after a syslog header",
            (None, None) => "line of text",
        };
        Framing {
            form,
            wrapped_in: found.wrapped_in.clone(),
            line: line.map(|line| String::from_utf8_lossy(&line).into_owned()),
            header,
        }
    }

    fn detectors(&self) -> Vec<Looked> {
        let inspection = self.mode.engine.inspection();
        let did = |index: usize, is_enabled: bool| match inspection
            .looked
            .iter()
            .find(|(looked, _)| *looked == index)
        {
            _ if !is_enabled => Did::Disabled,
            Some((_, true)) => Did::Evaluated,
            Some((_, false)) => Did::Exempt,
            None if inspection.learned.contains(&index) => Did::Usual,
            None => Did::NotOfItsKind,
        };
        let all = detector::ALL.iter().zip(&self.policy.detectors).enumerate();
        let looked = all.map(|(index, (spec, settings))| Looked {
            detector: spec.id,
            did: did(index, settings.bool("enabled")),
            counts: inspection
                .counts
                .iter()
                .filter(|count| count.detector == index)
                .map(|count| Count {
                    count: count
                        .what
                        .strip_prefix(spec.id)
                        .and_then(|name| name.strip_prefix('.'))
                        .unwrap_or(&count.what)
                        .to_owned(),
                    entity: count.entity,
                    observed: count.observed,
                    threshold: count.threshold,
                    window_s: count.window / time::SECOND,
                    share: count.share.map(|(all, share)| (share, all)),
                })
                .collect(),
        });
        looked.collect()
    }
}

/// Where the event was found in the record.
pub struct Found {
    /// The event, where it is an object.
    pub event: Option<Value>,
    /// It is text of pairs that was read as an object.
    pub is_of_pairs: bool,
    /// The line that a shipper wrapped.
    pub line: Option<Vec<u8>>,
    pub wrapped_in: Vec<String>,
    /// Content of the record's wrapping keys, if no source recognises it.
    pub inner: Option<Value>,
}

impl Found {
    /// The objects that may be the event.
    fn events(&self) -> Vec<&Value> {
        self.event.iter().chain(&self.inner).collect()
    }

    fn new(mode: &mut Native, tag: &str, record: &[u8]) -> Found {
        let root: Option<Value> = serde_json::from_slice(record).ok().filter(Value::is_object);
        let object = mode
            .engine
            .object(record)
            .and_then(|object| serde_json::from_slice::<Value>(&object).ok());
        let sole = || {
            wrap::SOLE
                .iter()
                .find_map(|key| root.as_ref()?.get(key)?.as_str())
                .map(|line| line.as_bytes().to_vec())
        };
        let is_text =
            mode.engine.is_of_text(Raw { tag: tag.as_bytes(), bytes: record, ..Raw::default() });
        // A line with nothing beside it is read where it stands: no object was looked at.
        let line = if is_text { mode.engine.wrapped_line(record).or_else(sole) } else { None };
        let is_known = mode.engine.is_recognised();
        let (event, inner) = match (is_text, is_known) {
            (true, _) => (None, None),
            (false, true) => (object.or_else(|| root.clone()), None),
            // All levels were tried: the outermost is the record.
            (false, false) => (root.clone().or_else(|| object.clone()), object),
        };
        let mut wrapped_in = Vec::new();
        let is_it = |value: &Value| match (&event, &line) {
            (Some(event), _) => value == event,
            (None, Some(line)) => value.as_str().is_some_and(|text| text.as_bytes() == line),
            _ => false,
        };
        if let Some(root) = &root {
            follow(root, &is_it, &mut wrapped_in);
        }
        Found {
            is_of_pairs: event.is_some() && wrapped_in.is_empty() && root.is_none(),
            event,
            line,
            wrapped_in,
            inner,
        }
    }
}

/// The wrapping keys from a value to the one that is looked for.
fn follow(value: &Value, is_it: &dyn Fn(&Value) -> bool, keys: &mut Vec<String>) -> bool {
    if is_it(value) {
        return true;
    }
    if keys.len() > wrap::MOST {
        return false;
    }
    let decoded = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        decode_base64(&mut bytes, 0);
        serde_json::from_slice(&bytes).ok()
    };
    shippers::KEYS.iter().chain(shippers::LISTS).any(|key| {
        let Some(inner) = value.get(key) else {
            return false;
        };
        keys.push((*key).to_owned());
        let is_found = match inner {
            Value::String(text) => {
                is_it(inner) || decoded(text).is_some_and(|value| follow(&value, is_it, keys))
            }
            Value::Array(elements) => {
                elements.first().is_some_and(|first| follow(first, is_it, keys))
            }
            other => follow(other, is_it, keys),
        };
        if !is_found {
            keys.pop();
        }
        is_found
    })
}

/// Something that records can be of.
#[derive(Clone, Copy)]
pub enum Kind<'p> {
    Mapping(&'p Mapping),
    Pack(&'p Mapping),
    Source(&'static Source),
}

impl Kind<'_> {
    pub fn id(&self) -> &str {
        match self {
            Kind::Mapping(mapping) | Kind::Pack(mapping) => &mapping.source,
            Kind::Source(source) => source.id,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Kind::Mapping(_) => "mapping of the policy",
            Kind::Pack(_) => "built-in pack",
            Kind::Source(_) => "built-in source",
        }
    }
}

/// Everything that records can be of, in the order it is tried.
pub fn all(policy: &Policy) -> impl Iterator<Item = Kind<'_>> {
    let is_replaced =
        |pack: &&Mapping| policy.mappings.iter().any(|mapping| mapping.source == pack.source);
    let packs = pack::built_in().iter().filter(move |pack| !is_replaced(pack)).map(Kind::Pack);
    policy
        .mappings
        .iter()
        .map(Kind::Mapping)
        .chain(packs)
        .chain(source::ALL.iter().map(|source| Kind::Source(source)))
}

fn recognised(id: &str, held: &conditions::Conditions<'_>) -> Recognised {
    let found = all(held.policy).find(|kind| kind.id() == id);
    let conditions = match &found {
        Some(Kind::Mapping(mapping) | Kind::Pack(mapping)) => mapping.conditions(),
        Some(Kind::Source(source)) => vec![match held.keys_of(source) {
            Some(keys) => format!("keys {}", keys.join(", ")),
            None => "the form of its lines".to_owned(),
        }],
        None => Vec::new(),
    };
    Recognised { source: id.to_owned(), kind: found.map_or("", |kind| kind.name()), conditions }
}

fn flag(id: &String) -> Flag {
    let known = note::Note::ALL.iter().find(|note| note.id() == id);
    Flag { flag: id.clone(), meaning: known.map_or("", |note| note.doc()) }
}

fn reported(finding: &Finding) -> Reported {
    Reported {
        detector: finding.detector.clone(),
        severity: finding.severity.clone(),
        reason: finding.reason.clone(),
    }
}
