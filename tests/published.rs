//! Schemas that others publish: what every OCSF event must be, for all fixtures and all examples of packs. The events and the fields of ECS are written below
//! the target directory too, where `published/ocsf.py` and `published/ecs.py` hold them against what is published.

use anyhow::{Context, Result, ensure};
use auditward::pack::Pack;
use auditward_core::event::Field;
use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret, schema};
use auditward_tests::{NOW, fixture};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Records that come one after the other, under one policy.
struct Stream {
    name: String,
    policy: String,
    records: Vec<Record>,
}

struct Record {
    /// Fixture or pack, and its number there.
    from: String,
    tag: String,
    bytes: Vec<u8>,
}

fn streams() -> Result<Vec<Stream>> {
    let mut streams = Vec::new();
    for fixture in fixture::all()? {
        let records = (1..).zip(&fixture.records).map(|(number, bytes)| Record {
            from: format!("{}:{number}", fixture.name),
            tag: "test".to_owned(),
            bytes: bytes.clone(),
        });
        streams.push(Stream {
            records: records.collect(),
            policy: fixture.policy,
            name: fixture.name,
        });
    }
    // One engine reads the examples of all packs: it takes as long to start as to read thousands.
    let mut examples = Vec::new();
    for path in fixture::source_packs()? {
        let pack = Pack::read(&path)?;
        examples.extend((1..).zip(pack.examples).map(|(number, example)| Record {
            from: format!("{}:{number}", pack.source),
            tag: example.tag,
            bytes: example.input.into_bytes(),
        }));
    }
    streams.push(Stream { name: "packs".to_owned(), policy: String::new(), records: examples });
    Ok(streams)
}

/// The stream's policy with these options of the output instead of its own.
fn with_output(policy: &str, options: &str) -> String {
    let mut is_output = false;
    let rest = policy.lines().filter(|line| {
        is_output = if line.starts_with('[') { *line == "[output]" } else { is_output };
        !is_output
    });
    format!("{}\n[output]\n{options}", rest.collect::<Vec<_>>().join("\n"))
}

fn answers(stream: &Stream, options: &str) -> Result<Vec<Map<String, Value>>> {
    let policy = Policy::parse(&with_output(&stream.policy, options))
        .map_err(|issues| anyhow::anyhow!("{}: {issues:#?}", stream.name))?;
    let mut engine = Engine::new(policy, Secret::default());
    let mut out = Output::default();
    let mut answer = |Record { from, tag, bytes }: &Record| -> Result<Map<String, Value>> {
        engine.process(Raw { tag: tag.as_bytes(), bytes, time: NOW, nonce: 0, now: NOW }, &mut out);
        serde_json::from_slice(out.bytes())
            .with_context(|| format!("{from}: {}", String::from_utf8_lossy(out.bytes())))
    };
    stream.records.iter().map(&mut answer).collect()
}

fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    target.join("published")
}

/// The three forms in which events are written for the validator.
const FORMS: [(&str, &str); 3] = [
    ("events", "schema = \"ocsf\"\nrouting_keys = false\n"),
    (
        "findings",
        "schema = \"ocsf\"\nrouting_keys = false\nocsf_findings = \"detection-finding\"\n",
    ),
    (
        "previous",
        "schema = \"ocsf\"\nrouting_keys = false\nocsf_version = \"1.8.0\"\nraw = \"drop\"\n",
    ),
];

#[test]
fn every_event_has_what_all_classes_require() -> Result<()> {
    fs::create_dir_all(target())?;
    let streams = streams()?;
    for (name, options) in FORMS {
        let (mut text, mut classes) = (String::new(), BTreeSet::new());
        for stream in &streams {
            for (Record { from, .. }, event) in stream.records.iter().zip(answers(stream, options)?)
            {
                classes.insert(required(&event).with_context(|| format!("{from} {name}"))?);
                let line = serde_json::json!({ "from": from, "event": event });
                text.push_str(&format!("{line}\n"));
            }
        }
        fs::write(target().join(format!("{name}.ndjson")), text)?;
        let expected: &[u64] = &[0, 3001, 3002, 3004, 3005, 3006, 4001, 4002, 6003, 6005, 6006];
        let missing: Vec<&u64> = expected.iter().filter(|class| !classes.contains(class)).collect();
        ensure!(missing.is_empty(), "{name}: no event of the classes {missing:?}");
        ensure!(
            classes.contains(&2004) == (name == "findings"),
            "{name}: Detection Findings come where they are asked for"
        );
    }
    Ok(())
}

/// The class of an event, where its numbers fit together.
fn required(event: &Map<String, Value>) -> Result<u64> {
    let number = |name: &str| {
        event.get(name).and_then(Value::as_u64).with_context(|| format!("no number {name}"))
    };
    let (class, activity) = (number("class_uid")?, number("activity_id")?);
    ensure!(number("type_uid")? == class * 100 + activity, "type_uid");
    ensure!(number("category_uid")? == class / 1000, "category_uid");
    ensure!((1..=5).contains(&number("severity_id")?), "severity_id");
    ensure!(event.get("time").is_some_and(Value::is_i64), "time");
    let metadata = event.get("metadata").and_then(Value::as_object).context("metadata")?;
    ensure!(
        ["1.9.0", "1.8.0"].contains(
            &metadata.get("version").and_then(Value::as_str).context("metadata.version")?
        )
    );
    ensure!(
        metadata
            .get("product")
            .and_then(|product| product.get("name"))
            .is_some_and(Value::is_string),
        "metadata.product.name"
    );
    ensure!(event.get("unmapped").and_then(|own| own.get("module")).is_some(), "unmapped.module");
    Ok(class)
}

/// Each field of the audit record stands in the OCSF event: under an attribute, or in `unmapped`.
#[test]
fn no_field_is_lost() -> Result<()> {
    for stream in streams()? {
        let audit = answers(&stream, "schema = \"audit\"\nraw = \"drop\"\n")?;
        for (_, options) in FORMS {
            let events = answers(
                &stream,
                &format!(
                    "{options}{}",
                    if options.contains("raw =") { "" } else { "raw = \"drop\"\n" }
                ),
            )?;
            for ((record, event), Record { from, .. }) in
                audit.iter().zip(&events).zip(&stream.records)
            {
                let (mut values, root) = (Vec::new(), Value::Object(event.clone()));
                collect(&root, &mut values);
                for field in
                    Field::ALL.iter().filter(|field| !matches!(field, Field::ActionCategory))
                {
                    let Some(value) = at(record, field.path()) else {
                        continue;
                    };
                    ensure!(
                        values.contains(&value),
                        "{from}: {} {value} is not in {root}",
                        field.path()
                    );
                }
            }
        }
    }
    Ok(())
}

fn at<'v>(record: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let (first, rest) =
        path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    rest.map_or_else(|| record.get(first), |rest| at(record.get(first)?.as_object()?, rest))
}

fn collect<'v>(value: &'v Value, values: &mut Vec<&'v Value>) {
    values.push(value);
    match value {
        Value::Object(members) => members.values().for_each(|member| collect(member, values)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, values)),
        _ => {}
    }
}

/// Writes the fields of ECS, without those of our own group.
#[test]
fn the_fields_of_ecs_are_listed() -> Result<()> {
    fs::create_dir_all(target())?;
    let own = format!("{}.", schema::ecs::SCHEMA.own_group);
    let fields: BTreeSet<&str> = schema::ecs::SCHEMA
        .properties
        .iter()
        .map(|field| field.path)
        .filter(|path| !path.starts_with(&own))
        .collect();
    ensure!(fields.len() > 40, "{} fields", fields.len());
    fs::write(
        target().join("ecs.txt"),
        fields.into_iter().map(|field| format!("{field}\n")).collect::<String>(),
    )?;
    Ok(())
}

/// The routing keys stand behind the event and change nothing else.
#[test]
fn routing_keys_are_the_only_attributes_that_ocsf_does_not_define() -> Result<()> {
    let mut routed = 0;
    for stream in streams()? {
        let (with, without) = (
            answers(&stream, "schema = \"ocsf\"\n")?,
            answers(&stream, "schema = \"ocsf\"\nrouting_keys = false\n")?,
        );
        for (mut with, mut without) in with.into_iter().zip(without) {
            let keys = ["audit_severity", "audit_message"].map(|key| with.remove(key).is_some());
            ensure!(keys == [with.contains_key("is_alert"); 2], "{keys:?}");
            routed += usize::from(keys[0]);
            // The digest of the policy is another.
            for event in [&mut with, &mut without] {
                event
                    .get_mut("unmapped")
                    .and_then(Value::as_object_mut)
                    .map(|own| own.remove("module"));
            }
            ensure!(with == without);
        }
    }
    ensure!(routed > 10, "{routed} records have findings");
    Ok(())
}
