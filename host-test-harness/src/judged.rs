//! What the filter said about a record, read back from what it wrote, whatever schema and layout the policy asks for.

use auditward_core::event::Slot;
use auditward_core::policy::{Layout, Policy};
use auditward_core::schema::{self, From, Schema};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Knows where to look.
pub struct Reader {
    /// The key that `annotate` writes to.
    key: Option<String>,
    time: &'static str,
    source: &'static str,
    own_group: &'static str,
}

/// What the summary of a replay is made of.
#[derive(Debug, Default)]
pub struct Judged {
    pub time: Option<String>,
    pub source: Option<String>,
    pub notes: Vec<String>,
    pub findings: Vec<Finding>,
}

/// One finding.
#[derive(Clone, Debug, Deserialize)]
pub struct Finding {
    pub detector: String,
    pub severity: String,
    pub reason: String,
}

#[derive(Deserialize)]
struct Anomaly {
    #[serde(default)]
    findings: Vec<Finding>,
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

impl Reader {
    /// For what an engine with this policy writes.
    pub fn new(policy: &Policy) -> Reader {
        let schema = schema::ALL.get(policy.output.schema).copied().unwrap_or(&schema::audit::SCHEMA);
        Reader {
            key: (policy.output.layout == Layout::Annotate).then(|| policy.output.key.clone()),
            time: path_of(schema, Slot::Time),
            source: path_of(schema, Slot::Source),
            own_group: schema.own_group,
        }
    }

    /// What can't be found is absent.
    pub fn read(&self, output: &[u8]) -> Judged {
        let Some(root) = std::str::from_utf8(output).ok().and_then(members) else { return Judged::default() };
        // The host's own answers and those of an engine short of memory have their notes at the root.
        let ours = self.key.as_ref().and_then(|key| root.get(key)).and_then(|ours| members(ours.get()));
        let root = ours.unwrap_or(root);
        let group = root.get(self.own_group).and_then(|group| members(group.get()));
        let own = |name: &str| group.as_ref().and_then(|group| group.get(name)).or_else(|| root.get(name)).copied();
        Judged {
            time: text(&root, self.time),
            source: text(&root, self.source),
            notes: own("notes").and_then(|notes| serde_json::from_str(notes.get()).ok()).unwrap_or_default(),
            findings: own("anomaly").and_then(|anomaly| serde_json::from_str::<Anomaly>(anomaly.get()).ok()).map_or_else(Vec::new, |anomaly| anomaly.findings),
        }
    }
}

fn path_of(schema: &Schema, wanted: Slot) -> &'static str {
    let field = schema.fields.iter().find(|field| matches!(field.from, From::Slot(slot) if slot == wanted));
    field.map_or("", |field| field.path)
}

fn members(json: &str) -> Option<Members<'_>> {
    serde_json::from_str(json).ok()
}

fn text(members: &Members<'_>, path: &str) -> Option<String> {
    match path.split_once('.') {
        Some((first, rest)) => text(&self::members(members.get(first)?.get())?, rest),
        None => serde_json::from_str(members.get(path)?.get()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::{Input, Lane, Setup, native::Native};

    #[test]
    fn every_schema_and_layout_tells_the_same() {
        let event = br#"{"eventVersion":"1.08","eventTime":"2026-01-05T10:00:00Z","awsRegion":"eu-west-1","eventName":"ListUsers","audit":1}"#;
        for schema in schema::IDS {
            for layout in ["record", "annotate"] {
                let text = format!("[output]\nschema = \"{schema}\"\nlayout = \"{layout}\"\n[detector.brute-force]\nfailures = 2\n");
                let reader = Reader::new(&Policy::parse(&text).unwrap());
                let mut lane = Native::new(&Setup { policy: Some(text), ..Setup::default() }).unwrap();
                let judged = reader.read(&lane.process(Input { bytes: event, ..Input::default() }).unwrap());
                assert_eq!(judged.time.as_deref(), Some("2026-01-05T10:00:00.000Z"), "{schema} {layout}");
                assert_eq!(judged.source.as_deref(), Some("aws.cloudtrail"), "{schema} {layout}");
                assert!(judged.notes.contains(&"no-actor".to_owned()) || judged.notes.contains(&"no-origin".to_owned()), "{judged:?}");
            }
        }
    }

    #[test]
    fn findings_are_read_and_nonsense_is_nothing() {
        let reader = Reader::new(&Policy::default());
        let judged =
            reader.read(br#"{"anomaly":{"severity":"high","findings":[{"detector":"d","severity":"high","reason":"r","observed":1}]},"notes":["late"]}"#);
        assert_eq!((judged.findings.len(), judged.notes), (1, vec!["late".to_owned()]));
        assert!(reader.read(b"\xff").notes.is_empty() && reader.read(b"[]").notes.is_empty());
    }
}
