//! Why a rule does or does not match an event: each part of its condition, held against the event by the engine itself.

use super::expr::{Expr, Lists, Test, Wanted};
use crate::mode::native;
use crate::wording::visible;
use anyhow::{Context, Result, ensure};
use auditward_core::policy::Policy;
use auditward_core::rule::condition::Condition;
use auditward_core::rule::read;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use serde_json::Value as Json;
use std::fmt::Write;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// A record with what the engine makes of it.
pub struct Event<'a> {
    bytes: &'a [u8],
    raw: Option<Json>,
    audit: Json,
}

impl<'a> Event<'a> {
    pub fn new(bytes: &'a [u8], policy: &Policy) -> Result<Event<'a>> {
        let mut out = Output::default();
        Engine::new(policy.clone(), Secret::default()).process(raw(bytes), &mut out);
        let audit = serde_json::from_slice(out.bytes()).context("the audit record is JSON")?;
        Ok(Event { bytes, raw: serde_json::from_slice(bytes).ok(), audit })
    }

    /// The source that recognised it.
    pub fn source(&self) -> &str {
        self.audit["source"].as_str().unwrap_or("none")
    }

    /// The values at a place, as text.
    fn values(&self, place: &str) -> Vec<String> {
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut found = Vec::new();
        match (place.strip_prefix("raw."), &self.raw) {
            (Some(path), Some(raw)) => {
                collect(raw, &path.split('.').collect::<Vec<_>>(), &mut |value| {
                    found.push(text(value))
                })
            }
            (Some(_), None) => {}
            (None, _) => {
                collect(&self.audit, &place.split('.').collect::<Vec<_>>(), &mut |value| {
                    found.push(text(value))
                })
            }
        }
        found
    }
}

/// Values at a path, as conditions find them: keys of any case, arrays entered.
fn collect<'v>(value: &'v Json, path: &[&str], found: &mut dyn FnMut(&'v Json)) {
    match (path.split_first(), value) {
        (None, Json::Null) => {}
        (None, value) => found(value),
        (Some((key, rest)), Json::Object(map)) => {
            map.iter()
                .filter(|(held, _)| *key == "*" || held.eq_ignore_ascii_case(key))
                .for_each(|(_, value)| collect(value, rest, found));
        }
        (Some(_), Json::Array(items)) => items.iter().for_each(|item| collect(item, path, found)),
        _ => {}
    }
}

fn raw(bytes: &[u8]) -> Raw<'_> {
    let now = native::now_ms();
    Raw { bytes, time: now, now, ..Raw::default() }
}

/// Result of the condition on the event, with a line for each of its parts.
pub fn explain(expr: &Expr, event: &Event<'_>, policy: &Policy) -> Result<(bool, String)> {
    let mut parts = Vec::new();
    gather(expr, &mut parts);
    let conditions = conditions(&parts)?;
    let met = Engine::new(policy.clone(), Secret::default()).meets(raw(event.bytes), &conditions);
    ensure!(met.len() == parts.len(), "{} of {} parts were read", met.len(), parts.len());
    let mut text = String::new();
    let mut next = met.iter().copied();
    write(expr, event, &mut next, 0, &mut text);
    Ok((met.first().copied().unwrap_or_default(), text))
}

/// Every part, each before its own parts.
fn gather<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    parts.push(expr);
    match expr {
        Expr::All(all) | Expr::Any(all) => all.iter().for_each(|one| gather(one, parts)),
        Expr::Not(one) => gather(one, parts),
        Expr::Test(_) => {}
    }
}

/// Each as the engine reads it.
fn conditions(parts: &[&Expr]) -> Result<Vec<Condition>> {
    let (mut lists, mut rules) = (Lists::new("part"), ArrayOfTables::new());
    for (number, part) in parts.iter().enumerate() {
        let mut table = Table::new();
        table["id"] = value(format!("part.{number}"));
        table["title"] = value("part");
        table["when"] = value(part.table(&mut lists));
        rules.push(table);
    }
    let mut document = DocumentMut::new();
    let mut named = Table::new();
    for (name, list) in lists.values() {
        named.insert(&name, value(list));
    }
    document.insert("lists", Item::Table(named));
    document.insert("rule", Item::ArrayOfTables(rules));
    let text = document.to_string();
    let root = toml::de::DeTable::parse(&text).context("the parts are TOML")?;
    let mut problems = Vec::new();
    let rules = read::pack(root.get_ref(), &mut problems);
    ensure!(problems.is_empty(), "{problems:?}");
    Ok(rules.into_iter().map(|rule| rule.when).collect())
}

fn write(
    expr: &Expr,
    event: &Event<'_>,
    met: &mut dyn Iterator<Item = bool>,
    depth: usize,
    text: &mut String,
) {
    let sign = if met.next().unwrap_or_default() { "yes" } else { "no " };
    let line = match expr {
        Expr::All(_) => "all of".to_owned(),
        Expr::Any(_) => "one of".to_owned(),
        Expr::Not(_) => "not".to_owned(),
        Expr::Test(test) => in_words(test, event),
    };
    let _ = writeln!(text, "  {sign}  {}{}", "  ".repeat(depth), visible(&line));
    match expr {
        Expr::All(all) | Expr::Any(all) => {
            all.iter().for_each(|one| write(one, event, met, depth + 1, text))
        }
        Expr::Not(one) => write(one, event, met, depth + 1, text),
        Expr::Test(_) => {}
    }
}

/// `action.name = "A" or "B"; it is "C"`.
fn in_words(test: &Test, event: &Event<'_>) -> String {
    let quoted = |texts: &[String]| {
        let more = texts.len().saturating_sub(MOST_SHOWN);
        let shown: Vec<String> = texts
            .iter()
            .take(MOST_SHOWN)
            .map(|text| format!("\"{}\"", text.chars().take(100).collect::<String>()))
            .collect();
        format!(
            "{}{}",
            shown.join(" or "),
            if more > 0 { format!(" or {more} others") } else { String::new() }
        )
    };
    let wanted = match &test.wanted {
        Wanted::Texts(texts) => format!("= {}", quoted(texts)),
        Wanted::Exists(true) => "is there".to_owned(),
        Wanted::Exists(false) => "is not there".to_owned(),
        Wanted::Cidr(ranges) => format!("in {}", quoted(ranges)),
        Wanted::Number(least, most) => {
            let bound =
                |bound: &Option<f64>| bound.map_or(String::new(), |bound| bound.to_string());
            format!("from {} to {}", bound(least), bound(most))
        }
        Wanted::Same(other) => format!("is {other}"),
    };
    let is = match event.values(&test.place).as_slice() {
        _ if test.place == "raw.*" => String::new(),
        [] => "; it has none".to_owned(),
        values => format!("; it is {}", quoted(values)),
    };
    format!("{} {wanted}{is}", test.place)
}

const MOST_SHOWN: usize = 4;
