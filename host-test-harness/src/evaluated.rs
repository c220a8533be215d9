//! Result of the filter for a record, read from its output in any schema and layout.

use crate::question::Question;
use auditward_core::encode::ROUTE;
use auditward_core::event::Field;
use auditward_core::note::Note;
use auditward_core::policy::{Layout, Policy};
use auditward_core::schema::{self, From, Schema};
use auditward_core::time::{self, Millis};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Knows where to look.
pub struct Reader {
    /// The key that `annotate` writes to.
    key: Option<String>,
    /// Where the schema puts each field that it has a place for, the likeliest place first.
    paths: Vec<(Field, String)>,
    own_group: &'static str,
}

/// Data of summaries and reports.
#[derive(Debug, Default)]
pub struct Evaluated {
    pub time: Option<String>,
    /// The event's id: its source's, else one made of the record.
    pub id: Option<String>,
    pub source: Option<String>,
    /// Who, by the name people use, else by mail address or id.
    pub actor: Option<String>,
    /// The record says that nobody in particular acted.
    pub is_anonymous: bool,
    pub action: Option<String>,
    pub class: Option<String>,
    pub target: Option<String>,
    pub data_class: Option<String>,
    /// From where: the address, else the host.
    pub origin: Option<String>,
    pub outcome: Option<String>,
    /// The questions of an audit that the record answers.
    pub answers: Vec<Question>,
    pub notes: Vec<String>,
    pub findings: Vec<Finding>,
    /// The name of the policy's route that takes the record.
    pub route: Option<String>,
    pub about: Circumstances,
}

impl Evaluated {
    /// The record's time, read as the filter reads it.
    pub fn time_ms(&self) -> Option<Millis> {
        time::parse(self.time.as_ref()?.as_bytes())
    }

    /// True if the event was delivered again, with the findings that it had before.
    pub fn is_repeated(&self) -> bool {
        self.notes.iter().any(|note| note == Note::Repeated.id())
    }
}

/// Data of actors' pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstances {
    /// Account, tenant or organisation: names of actors belong to it.
    pub environment: Option<String>,
    /// Type of the actor.
    pub kind: Option<String>,
    pub role: Option<String>,
    pub person: Option<String>,
    pub country: Option<String>,
    pub service: Option<String>,
}

/// One finding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    pub detector: String,
    /// The rule that fired, of a detector that has rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    pub severity: String,
    pub reason: String,
    pub observed: Option<Number>,
    /// The threshold that was reached.
    pub threshold: Option<Number>,
    /// Expected value of the actor's baseline.
    pub expected: Option<Number>,
    /// How surprising it is to the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<Number>,
    pub window_s: Option<Number>,
    /// Role of the actor, class of the data, how long the actor is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<serde_json::Value>,
    /// Entity of the count, and its value.
    pub key: BTreeMap<String, serde_json::Value>,
    pub technique: Option<String>,
    pub fingerprint: Option<String>,
    pub evidence: Vec<String>,
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
        let schema =
            schema::ALL.get(policy.output.schema).copied().unwrap_or(&schema::audit::SCHEMA);
        Reader {
            key: (policy.output.layout == Layout::Annotate).then(|| policy.output.key.clone()),
            paths: Field::ALL
                .iter()
                .flat_map(|&field| paths_of(schema, field).map(move |path| (field, path)))
                .collect(),
            own_group: schema.own_group,
        }
    }

    /// Reads the values; missing values are absent.
    pub fn read(&self, output: &[u8]) -> Evaluated {
        let Some(mut record) = self.open(output) else {
            return Evaluated::default();
        };
        let mut first = |fields: &[Field]| {
            fields.iter().flat_map(|&field| self.paths(field)).find_map(|path| record.text(path))
        };
        let about = Circumstances {
            environment: first(&[Field::EnvAccount]),
            kind: first(&[Field::ActorType]),
            role: first(&[Field::ActorRole, Field::AuthzRole]),
            person: first(&[Field::ActorPerson]),
            country: first(&[Field::OriginCountry]),
            service: first(&[Field::EnvService]),
        };
        let is_anonymous = about.kind.as_deref() == Some("anonymous");
        let outcome = first(&[Field::OutcomeResult]);
        let mut answers = Question::ALL.to_vec();
        answers.retain(|question| match question {
            Question::Who => !is_anonymous && first(question.fields()).is_some(),
            Question::Outcome => outcome.as_ref().is_some_and(|result| result != "unknown"),
            _ => first(question.fields()).is_some(),
        });
        let mut evaluated = Evaluated {
            time: first(&[Field::Time]),
            id: first(&[Field::Id]),
            is_anonymous,
            answers,
            source: first(&[Field::Source]),
            actor: first(&[Field::ActorName, Field::ActorEmail, Field::ActorId]),
            action: first(&[Field::ActionName]),
            class: first(&[Field::ActionClass]),
            target: first(&[Field::TargetName, Field::TargetId, Field::TargetType]),
            data_class: first(&[Field::TargetDataClass]),
            origin: first(&[Field::OriginIp, Field::OriginHost]),
            outcome,
            notes: self
                .own(&mut record, "notes")
                .and_then(|notes| serde_json::from_str(notes.get()).ok())
                .unwrap_or_default(),
            findings: self
                .own(&mut record, "anomaly")
                .and_then(|found| serde_json::from_str::<Anomaly>(found.get()).ok())
                .map_or_else(Vec::new, |found| found.findings),
            about,
            route: record.route.and_then(|route| serde_json::from_str(route.get()).ok()),
        };
        // It is the host's.
        if evaluated.notes.iter().any(|note| note == "no-time") {
            evaluated.answers.retain(|question| *question != Question::When);
        }
        evaluated
    }

    /// The field of that path, as JSON.
    pub fn field(&self, output: &[u8], field: Field) -> Option<serde_json::Value> {
        let mut record = self.open(output)?;
        let value = self.paths(field).find_map(|path| record.find(path))?;
        serde_json::from_str(value.get()).ok()
    }

    fn open<'a>(&'a self, output: &'a [u8]) -> Option<Record<'a>> {
        let root = std::str::from_utf8(output).ok().and_then(members)?;
        // The host's own answers and those of an engine short of memory have their notes at the root.
        let ours =
            self.key.as_ref().and_then(|key| root.get(key)).and_then(|ours| members(ours.get()));
        let route = root.get(ROUTE).copied();
        Some(Record { root: ours.unwrap_or(root), route, groups: BTreeMap::new() })
    }

    /// Value of that name without a field in the schema.
    fn own<'a>(&'a self, record: &mut Record<'a>, name: &'static str) -> Option<&'a RawValue> {
        record.member(self.own_group, name).or_else(|| record.find(name))
    }

    fn paths(&self, wanted: Field) -> impl Iterator<Item = &str> {
        self.paths.iter().filter(move |(field, _)| *field == wanted).map(|(_, path)| path.as_str())
    }
}

/// One output, of which each group is looked into once.
struct Record<'a> {
    root: Members<'a>,
    /// Stands at the root of the whole, whatever the layout.
    route: Option<&'a RawValue>,
    groups: BTreeMap<&'a str, Members<'a>>,
}

impl<'a> Record<'a> {
    fn find(&mut self, path: &'a str) -> Option<&'a RawValue> {
        match path.rsplit_once('.') {
            Some((group, name)) => self.member(group, name),
            None => self.root.get(path).copied(),
        }
    }

    fn member(&mut self, group: &'a str, name: &str) -> Option<&'a RawValue> {
        if group.is_empty() {
            return None;
        }
        if !self.groups.contains_key(group) {
            let members = match group.strip_suffix("[]") {
                Some(list) => self.find(list).and_then(|list| first(list.get())),
                None => self.find(group).and_then(|group| members(group.get())),
            };
            let members = members.unwrap_or_default();
            self.groups.insert(group, members);
        }
        self.groups.get(group)?.get(name).copied()
    }

    fn text(&mut self, path: &'a str) -> Option<String> {
        match serde_json::from_str(self.find(path)?.get()).ok()? {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Null => None,
            other => Some(other.to_string()),
        }
    }
}

fn paths_of(schema: &Schema, wanted: Field) -> impl Iterator<Item = String> {
    let is_it = move |from: &From| match from {
        From::Field(field) | From::First([field, ..]) | From::List([field]) => *field == wanted,
        _ => false,
    };
    let rest = schema.keeps_rest.then(|| format!("{}.{}", schema.own_group, wanted.path()));
    schema
        .properties
        .iter()
        .filter(move |field| is_it(&field.from))
        .map(|field| field.path.to_owned())
        .chain(rest)
}

/// The members of the first object of a list.
fn first(json: &str) -> Option<Members<'_>> {
    serde_json::from_str::<Vec<Members<'_>>>(json).ok()?.into_iter().next()
}

fn members(json: &str) -> Option<Members<'_>> {
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::{Input, Mode, Setup, native::Native};

    #[test]
    fn every_schema_and_layout_tells_the_same() {
        let event = br#"{"eventVersion":"1.08","eventTime":"2026-01-05T10:00:00Z","awsRegion":"eu-west-1","eventName":"GetObject","eventSource":"s3.amazonaws.com",
            "userIdentity":{"type":"IAMUser","userName":"dana","arn":"a"},"eventID":"e-1","requestParameters":{"bucketName":"b","key":"k","policyArns":[{"arn":"p"}]},"sourceIPAddress":"192.0.2.1","audit":1}"#;
        for schema in schema::IDS {
            for layout in ["record", "annotate"] {
                let text = format!(
                    "[output]\nschema = \"{schema}\"\nlayout = \"{layout}\"\n[detector.brute-force]\nfailures = 2\n"
                );
                let reader = Reader::new(&Policy::parse(&text).unwrap());
                let mut mode =
                    Native::new(&Setup { policy: Some(text), ..Setup::default() }).unwrap();
                let evaluated =
                    reader.read(&mode.process(Input { bytes: event, ..Input::default() }).unwrap());
                assert_eq!(
                    evaluated.time.as_deref(),
                    Some("2026-01-05T10:00:00.000Z"),
                    "{schema} {layout}"
                );
                assert_eq!(
                    evaluated.source.as_deref(),
                    Some("aws.cloudtrail"),
                    "{schema} {layout}"
                );
                assert_eq!(
                    (
                        evaluated.id.as_deref(),
                        evaluated.answers.contains(&Question::Why),
                        evaluated.is_anonymous
                    ),
                    (Some("e-1"), true, false),
                    "{schema} {layout}"
                );
                assert_eq!(
                    [evaluated.actor, evaluated.action, evaluated.class, evaluated.target]
                        .map(Option::unwrap),
                    ["dana", "GetObject", "read", "k"],
                    "{schema} {layout}"
                );
                assert_eq!(
                    [evaluated.origin, evaluated.outcome].map(Option::unwrap),
                    ["192.0.2.1", "success"],
                    "{schema} {layout}"
                );
                let output =
                    mode.process(Input { bytes: br#"{"eventVersion":"1.08","eventTime":"2026-01-05T10:00:00Z","awsRegion":"x"}"#, ..Input::default() });
                let evaluated = reader.read(&output.unwrap());
                assert!(
                    evaluated.notes.contains(&"no-origin".to_owned())
                        && evaluated.origin.is_none()
                        && !evaluated.answers.contains(&Question::Why),
                    "{evaluated:?}"
                );
                let line = br#"{"log":"192.0.2.1 - - [05/Jan/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl/8\""}"#;
                let evaluated =
                    reader.read(&mode.process(Input { bytes: line, ..Input::default() }).unwrap());
                assert!(
                    evaluated.is_anonymous && !evaluated.answers.contains(&Question::Why),
                    "{schema} {layout}: {evaluated:?}"
                );
            }
        }
    }

    #[test]
    fn findings_are_read_and_nonsense_is_nothing() {
        let reader = Reader::new(&Policy::default());
        let evaluated =
            reader.read(br#"{"anomaly":{"severity":"high","findings":[{"detector":"d","severity":"high","reason":"r","observed":1,"key":{"account":"a"}}]},"notes":["late"]}"#);
        assert_eq!((evaluated.findings.len(), evaluated.notes), (1, vec!["late".to_owned()]));
        assert!(reader.read(b"\xff").notes.is_empty() && reader.read(b"[]").notes.is_empty());
    }
}
