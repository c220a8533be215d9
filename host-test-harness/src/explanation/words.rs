//! An explanation for people.

use super::conditions::shortened;
use super::{Did, Explanation, Looked, Tried};
use crate::wording::{counted, grouped, table, visible};
use auditward_core::option::duration;

/// All of it, in sections.
pub fn in_words(explanation: &Explanation, name: &str) -> String {
    let mut text = table(
        &[
            row("record", format!("{name}, {}", counted(explanation.bytes as u64, "byte"))),
            row("framing", framing(explanation)),
        ],
        0,
    );
    if let Some(header) = &explanation.framing.header {
        let pairs = [
            ("time", header.time.as_deref().unwrap_or_default()),
            ("host", &header.host),
            ("program", &header.program),
            ("pid", &header.pid),
        ];
        let said: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        text.push_str(&table(
            &[row("header", said.join(", ")), row("message", shortened(&header.message))],
            0,
        ));
    }
    text.push_str(&source(explanation));
    let fields = explanation.fields.iter().map(|field| {
        vec![field.field.to_owned(), plain(&field.value), format!("from {}", field.from)]
    });
    section(&mut text, "fields", fields.collect());
    section(
        &mut text,
        "flags",
        explanation
            .flags
            .iter()
            .map(|flag| vec![flag.flag.clone(), flag.meaning.to_owned()])
            .collect(),
    );
    let has_finding =
        |looked: &Looked| explanation.findings.iter().any(|one| one.detector == looked.detector);
    // Detectors that have nothing to do with the record: one line in place of a list.
    let is_shown = |looked: &&Looked| !matches!(looked.did, Did::NotOfItsKind);
    let mut rows: Vec<Vec<String>> = explanation
        .detectors
        .iter()
        .filter(is_shown)
        .map(|looked| vec![looked.detector.to_owned(), did(looked, has_finding(looked))])
        .collect();
    if rows.len() < explanation.detectors.len() {
        let others = match explanation.source {
            Some(_) => "evaluate only records of other kinds",
            None => "not evaluated, because no source recognised the record",
        };
        rows.push(vec!["all others".to_owned(), others.to_owned()]);
    }
    section(&mut text, "detectors", rows);
    let findings = explanation.findings.iter().map(|finding| {
        vec![finding.severity.clone(), finding.detector.clone(), finding.reason.clone()]
    });
    section(&mut text, "findings", findings.collect());
    text
}

fn row(name: &str, what: String) -> Vec<String> {
    vec![format!("{name:9}"), what]
}

fn section(text: &mut String, title: &str, rows: Vec<Vec<String>>) {
    match rows.is_empty() {
        true => text.push_str(&format!("\n{title}: none\n")),
        false => text.push_str(&format!("\n{title}\n{}", table(&rows, 2))),
    }
}

fn framing(explanation: &Explanation) -> String {
    let framing = &explanation.framing;
    let keys: Vec<String> = framing.wrapped_in.iter().map(|key| format!("`{key}`")).collect();
    if keys.is_empty() {
        framing.form.to_owned()
    } else {
        format!("{} within {}", framing.form, keys.join(", "))
    }
}

fn source(explanation: &Explanation) -> String {
    let mut text = match &explanation.source {
        Some(known) => table(
            &[
                row("source", format!("{}, a {}", known.source, kind(known.kind))),
                row("matches", known.conditions.join("; ")),
            ],
            0,
        ),
        None => table(
            &[row("source", format!("none of {}", counted(explanation.sources as u64, "source")))],
            0,
        ),
    };
    let tried = explanation
        .tried
        .iter()
        .map(|tried| vec![tried.source.clone(), held(tried), format!("fails: {}", tried.failed)]);
    let title = if explanation.source.is_some() {
        "other sources, the nearest first"
    } else {
        "sources, the nearest first"
    };
    section(&mut text, title, tried.collect());
    text
}

/// A pack of the policy is read as a mapping.
fn kind(kind: &str) -> &str {
    if kind == "mapping of the policy" { "mapping or pack of the policy" } else { kind }
}

/// How many conditions hold; a source of lines has none to count.
fn held(tried: &Tried) -> String {
    if tried.of == 0 { "tried".to_owned() } else { format!("{} of {} hold", tried.met, tried.of) }
}

fn plain(value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    shortened(&visible(&text))
}

fn did(looked: &Looked, has_finding: bool) -> String {
    let mut counts: Vec<String> = looked
        .counts
        .iter()
        .map(|count| {
            let window = if count.window_s > 0 {
                format!(" within {}", duration(count.window_s.saturating_mul(1000)))
            } else {
                String::new()
            };
            let share = count.share.map_or_else(String::new, |(share, all)| {
                format!(", at least {share} % of {}", grouped(all))
            });
            let entity = if count.entity.is_empty() {
                String::new()
            } else {
                format!(" per {}", count.entity)
            };
            format!(
                "{}{entity}: {} of {}{window}{share}",
                count.count,
                grouped(count.observed),
                grouped(count.threshold)
            )
        })
        .collect();
    // Several tables of one kind may hold the same count.
    counts.dedup();
    match looked.did {
        Did::Disabled => "disabled by the policy".to_owned(),
        Did::NotOfItsKind => "evaluates only records of other kinds".to_owned(),
        Did::Usual => "compared with the baseline: nothing unusual".to_owned(),
        Did::Exempt => "not evaluated: `only` or `except` exempts this actor".to_owned(),
        Did::Evaluated if counts.is_empty() && has_finding => "a finding".to_owned(),
        Did::Evaluated if counts.is_empty() => "evaluated: no finding, nothing counted".to_owned(),
        Did::Evaluated => counts.join("; "),
    }
}
