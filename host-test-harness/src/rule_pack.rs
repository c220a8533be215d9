//! Rule packs with what only people and tests read of them: why, blind spots, tuning, examples.

use crate::evaluated::Reader;
use crate::mode::native;
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use auditward_core::rule::read::{self, Problem};
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use std::fmt::Write;
use toml_edit::{DocumentMut, Item, Table};

/// The packs that come with the module: name and text.
pub static BUILT_IN: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/rule_packs.rs"));

/// A rule as people read it.
#[derive(Clone, Debug, Default)]
pub struct RuleDoc {
    pub pack: String,
    pub id: String,
    pub title: String,
    pub why: String,
    pub blind: String,
    pub tuning: String,
    pub severity: String,
    pub technique: String,
    pub controls: Vec<String>,
    pub sources: Vec<String>,
    /// The rule as the pack has it, without its examples.
    pub text: String,
    pub examples: Vec<Example>,
}

/// Records, one a line, and whether the rule fires on them.
#[derive(Clone, Debug)]
pub struct Example {
    pub input: String,
    pub fires: bool,
}

/// The rules of a pack. An error names what is wrong, and where.
pub fn read(pack: &str, text: &str) -> Result<Vec<RuleDoc>> {
    let root = toml::de::DeTable::parse(text).with_context(|| format!("{pack} is not TOML"))?;
    let mut problems = Vec::new();
    read::pack(root.get_ref(), &mut problems);
    if let Some(Problem { path, span, message, help }) = problems.first() {
        let line = text.get(..span.start).unwrap_or(text).matches('\n').count() + 1;
        bail!("{pack}:{line}: {path}: {message}; {help}");
    }
    let document: DocumentMut = text.parse()?;
    let shared = document.get("when").map(sources).unwrap_or_default();
    let rules = document
        .get("rule")
        .and_then(Item::as_array_of_tables)
        .with_context(|| format!("{pack} has no `[[rule]]`"))?;
    Ok(rules
        .iter()
        .map(|rule| RuleDoc { pack: pack.to_owned(), ..of_rule(rule, &shared) })
        .collect())
}

/// All built-in rules, by id.
pub fn all() -> Result<Vec<RuleDoc>> {
    let mut all = Vec::new();
    for (pack, text) in BUILT_IN {
        all.extend(read(pack, text)?);
    }
    all.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(all)
}

fn of_rule(rule: &Table, shared: &[String]) -> RuleDoc {
    let text = |key: &str| rule.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
    let own = rule.get("when").map(sources).unwrap_or_default();
    let examples = rule.get("example").and_then(Item::as_array_of_tables);
    let example = |table: &Table| Example {
        input: table.get("input").and_then(Item::as_str).unwrap_or_default().to_owned(),
        fires: table.get("fires").and_then(Item::as_bool).unwrap_or_default(),
    };
    let mut bare = rule.clone();
    bare.remove("example");
    RuleDoc {
        pack: String::new(),
        id: text("id"),
        title: text("title"),
        why: text("why"),
        blind: text("blind"),
        tuning: text("tuning"),
        severity: rule.get("severity").and_then(Item::as_str).unwrap_or("medium").to_owned(),
        technique: text("technique"),
        controls: rule.get("controls").map(texts).unwrap_or_default(),
        sources: if own.is_empty() { shared.to_vec() } else { own },
        text: bare.to_string(),
        examples: examples.into_iter().flat_map(|tables| tables.iter().map(example)).collect(),
    }
}

fn sources(when: &Item) -> Vec<String> {
    when.as_table_like().and_then(|table| table.get("source")).map(texts).unwrap_or_default()
}

fn texts(item: &Item) -> Vec<String> {
    let one = item.as_str().map(str::to_owned).into_iter();
    one.chain(
        item.as_array().into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)),
    )
    .collect()
}

/// The examples of which the rule makes something else than they say, under the engine's policy.
pub fn wrong_examples<'r>(rule: &'r RuleDoc, engine: &mut Engine) -> Vec<&'r Example> {
    rule.examples.iter().filter(|example| fires(rule, example, engine) != example.fires).collect()
}

/// True if the rule fires on one of the example's records, which an engine that has learned nothing reads in their order.
fn fires(rule: &RuleDoc, example: &Example, engine: &mut Engine) -> bool {
    engine.forget();
    let mut out = Output::default();
    let (wanted, now) = (format!("\"rule\":\"{}\"", rule.id), native::now_ms());
    let lines = example.input.lines().filter(|line| !line.trim().is_empty());
    lines.zip(0u64..).fold(false, |fired, (line, nonce)| {
        engine.process(
            Raw { tag: b"", bytes: line.trim().as_bytes(), time: now, now, nonce },
            &mut out,
        );
        fired | out.bytes().windows(wanted.len()).any(|part| part == wanted.as_bytes())
    })
}

/// The sources that recognise an example's records, compared with those that the rule names.
pub fn recognition(rule: &RuleDoc, example: &Example, policy: &Policy) -> String {
    let reader = Reader::new(policy);
    let mut engine = Engine::new(policy.clone(), Secret::default());
    let mut out = Output::default();
    let now = native::now_ms();
    let mut found: Vec<String> = Vec::new();
    for (line, nonce) in example.input.lines().filter(|line| !line.trim().is_empty()).zip(0u64..) {
        let bytes = line.trim().as_bytes();
        engine.process(Raw { tag: b"", bytes, time: now, now, nonce }, &mut out);
        let source = reader.read(out.bytes()).source;
        let source = source.map_or_else(|| "none".to_owned(), |source| format!("`{source}`"));
        if !found.contains(&source) {
            found.push(source);
        }
    }
    let wanted = match rule.sources.as_slice() {
        [] => String::new(),
        wanted => format!("; the rule requires `{}`", wanted.join("` or `")),
    };
    let hint = match found.iter().any(|source| source == "none") {
        true => "; name the pack of your source too, or --policy",
        false => "",
    };
    format!("source of the records: {}{wanted}{hint}", found.join(", "))
}

/// The list of all built-in rules, as `docs/rules.md` has it.
pub fn markdown() -> Result<String> {
    let mut text = String::from(
        "# Rules\n\nWritten from the packs by `BLESS=1 cargo test -p auditward-tests --test docs`; do not edit. How to write rules: [rule-packs.md](rule-packs.md).\n",
    );
    let all = all()?;
    writeln!(text, "\n{} rules in {} packs.", all.len(), BUILT_IN.len())?;
    for (pack, _) in BUILT_IN {
        writeln!(
            text,
            "\n## {pack}\n\n| rule | severity | ATT&CK | finds | why |\n|---|---|---|---|---|"
        )?;
        for rule in all.iter().filter(|rule| rule.pack == *pack) {
            let blind = if rule.blind.is_empty() {
                String::new()
            } else {
                format!(" Blind spot: {}", rule.blind)
            };
            let tuning = if rule.tuning.is_empty() {
                String::new()
            } else {
                format!(" Tuning: {}", rule.tuning)
            };
            writeln!(
                text,
                "| `{}` | {} | {} | {} | {}{blind}{tuning} |",
                rule.id, rule.severity, rule.technique, rule.title, rule.why
            )?;
        }
    }
    Ok(text)
}
