//! The list of all sources, as `docs/sources.md` has it: which fields each fills, and which of its actions are classified.

use crate::pack::BUILT_IN;
use crate::question::Question;
use anyhow::{Context, Result};
use auditward_core::source;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use toml::{Table, Value};

const BEGINNING: &str = "# Sources

Written from the packs by `BLESS=1 cargo test -p auditward-tests --test docs`; do not edit. How to write a pack: [packs.md](packs.md).

An action that a pack does not name is classified by a word in its name (`create`, `delete` ...), and the record is flagged `class-by-name`; without such a word its class is `other`.
";

/// A question of an audit, as the table names it.
const QUESTIONS: &[(&str, Question)] = &[
    ("who", Question::Who),
    ("what", Question::What),
    ("on what", Question::Target),
    ("when", Question::When),
    ("where", Question::Where),
    ("outcome", Question::Outcome),
    ("why allowed", Question::Why),
];

/// A source as its pack describes it.
struct Listed {
    id: String,
    title: String,
    docs: String,
    fields: BTreeSet<String>,
    /// By class, the actions that the pack names for it.
    classes: BTreeMap<String, BTreeSet<String>>,
}

impl Listed {
    fn of(name: &str, text: &str) -> Result<Listed> {
        let pack: Table = text.parse().with_context(|| format!("the pack {name}"))?;
        let text = |key: &str| pack.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut listed = Listed {
            id: text("source"),
            title: text("title"),
            docs: text("docs"),
            fields: BTreeSet::new(),
            classes: BTreeMap::new(),
        };
        let has_time = pack.contains_key("time") || pack.contains_key("text");
        listed.fields.extend(has_time.then(|| "time".to_owned()));
        listed.add(pack.get("fields"));
        for when in pack.get("when").and_then(Value::as_array).into_iter().flatten() {
            listed.add(when.get("fields"));
        }
        Ok(listed)
    }

    fn add(&mut self, fields: Option<&Value>) {
        for (field, from) in fields.and_then(Value::as_table).into_iter().flatten() {
            self.fields.insert(field.clone());
            if field == "action.class" {
                self.add_classes(from);
            }
        }
    }

    /// From a lookup table, a constant, or a list of either.
    fn add_classes(&mut self, from: &Value) {
        from.as_array().into_iter().flatten().for_each(|one| self.add_classes(one));
        let mut add = |class: Option<&str>, action: &str| {
            if let Some(class) = class {
                self.classes.entry(class.to_owned()).or_default().insert(action.to_owned());
            }
        };
        add(from.get("value").and_then(Value::as_str), "by the kind of record");
        add(from.get("default").and_then(Value::as_str), "any other");
        for (action, class) in from.get("values").and_then(Value::as_table).into_iter().flatten() {
            add(class.as_str(), &format!("`{action}`"));
        }
    }

    fn answers(&self, question: Question) -> bool {
        question.fields().iter().any(|field| self.fields.contains(field.path()))
    }
}

/// The whole page.
pub fn markdown() -> Result<String> {
    let packs =
        BUILT_IN.iter().map(|(name, text)| Listed::of(name, text)).collect::<Result<Vec<_>>>()?;
    let mut text = String::from(BEGINNING);
    writeln!(
        text,
        "\n{} sources: {} packs, {} in code.",
        packs.len() + source::ALL.len(),
        packs.len(),
        source::ALL.len()
    )?;
    writeln!(text, "\n## In code\n\n| source | reads |\n|---|---|")?;
    for source in source::ALL {
        writeln!(text, "| `{}` | {}. {} |", source.id, source.summary, source.doc)?;
    }
    let heads: Vec<&str> = QUESTIONS.iter().map(|(name, _)| *name).collect();
    writeln!(
        text,
        "\n## Packs\n\n| source | {} |\n|---|{}",
        heads.join(" | "),
        "---|".repeat(heads.len())
    )?;
    for pack in &packs {
        let answers =
            QUESTIONS.iter().map(|(_, question)| if pack.answers(*question) { "yes" } else { "" });
        writeln!(
            text,
            "| [`{}`](#{}) | {} |",
            pack.id,
            anchor(&pack.id),
            answers.collect::<Vec<_>>().join(" | ")
        )?;
    }
    for pack in &packs {
        let fields: Vec<String> = pack.fields.iter().map(|field| format!("`{field}`")).collect();
        writeln!(
            text,
            "\n### {}\n\n[{}]({}). Fields: {}.",
            pack.id,
            pack.title,
            pack.docs,
            fields.join(", ")
        )?;
        if !pack.classes.is_empty() {
            writeln!(text, "\n| class | actions |\n|---|---|")?;
        }
        for (class, actions) in &pack.classes {
            let actions: Vec<String> =
                actions.iter().map(|action| action.replace('|', "\\|")).collect();
            writeln!(text, "| `{class}` | {} |", actions.join(", "))?;
        }
    }
    Ok(text)
}

/// The anchor that a heading gets on the usual hosts.
fn anchor(heading: &str) -> String {
    heading.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
}
