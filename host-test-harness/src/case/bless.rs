//! Expectations written anew from what came: what the case asks about stays, its answers change, and comments are kept.

use super::expect::{field, totals};
use super::{Line, Outputs, Read};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

/// Maximum number of lines with findings that are written into a test without expectations.
const WRITTEN: usize = 20;

impl Read {
    /// The case's text with what came in place of what was expected.
    pub fn blessed(&self, outputs: &Outputs) -> Result<String> {
        let mut document: DocumentMut =
            self.text.parse().with_context(|| format!("reading {} again", self.path.display()))?;
        let asks_nothing =
            self.case.findings.is_none() && !self.case.no_findings && self.case.line.is_empty();
        if self.case.findings.is_some() || self.case.no_findings || asks_nothing {
            bless_totals(&mut document, outputs);
        }
        if asks_nothing {
            write_lines(&mut document, outputs);
        }
        if let Some(tables) = document.get_mut("line").and_then(Item::as_array_of_tables_mut) {
            tables
                .iter_mut()
                .zip(&self.case.line)
                .for_each(|(table, line)| bless_line(table, line, outputs));
        }
        Ok(document.to_string())
    }
}

fn bless_totals(document: &mut DocumentMut, outputs: &Outputs) {
    let totals = totals(outputs);
    if totals.is_empty() {
        document.remove("findings");
        document["no_findings"] = value(true);
        return;
    }
    document.remove("no_findings");
    let mut table = InlineTable::new();
    totals.iter().for_each(|(name, count)| {
        drop(table.insert(name, i64::try_from(*count).unwrap_or(i64::MAX).into()))
    });
    document["findings"] = value(table);
}

fn write_lines(document: &mut DocumentMut, outputs: &Outputs) {
    let mut tables = ArrayOfTables::new();
    let found =
        (1i64..).zip(&outputs.lines).filter(|(_, (_, evaluated))| !evaluated.findings.is_empty());
    for (number, (_, evaluated)) in found.take(WRITTEN) {
        let mut table = Table::new();
        table.insert("number", value(number));
        table.insert("findings", value(findings(evaluated)));
        tables.push(table);
    }
    if !tables.is_empty() {
        document.insert("line", Item::ArrayOfTables(tables));
    }
}

fn bless_line(table: &mut Table, line: &Line, outputs: &Outputs) {
    let Some((output, evaluated)) =
        line.number.get_ref().checked_sub(1).and_then(|index| outputs.lines.get(index))
    else {
        return;
    };
    bless_fields(table, line, outputs, output);
    set_list(
        table,
        "notes",
        !line.notes.is_empty(),
        evaluated.notes.iter().map(String::as_str).collect(),
    );
    if line.no_findings || !line.findings.is_empty() {
        table.remove("no_findings");
        table.remove("findings");
        match evaluated.findings.is_empty() {
            true => table.insert("no_findings", value(true)),
            false => table.insert("findings", value(findings(evaluated))),
        };
    }
}

/// Writes the actual values of what the test asks about: a field with its value, or as absent.
fn bless_fields(table: &mut Table, line: &Line, outputs: &Outputs, output: &[u8]) {
    let asked: BTreeSet<&str> =
        line.fields.keys().chain(&line.absent).map(|path| path.get_ref().as_str()).collect();
    let (here, absent): (Vec<_>, Vec<_>) = asked
        .into_iter()
        .map(|path| (path, field(outputs, output, path)))
        .partition(|(_, found)| found.is_some());
    if here.is_empty() {
        table.remove("fields");
    } else if let Some(fields) =
        table.entry("fields").or_insert(value(InlineTable::new())).as_table_like_mut()
    {
        absent.iter().for_each(|(path, _)| drop(fields.remove(path)));
        here.iter().for_each(|(path, found)| {
            drop(fields.insert(path, Item::Value(edited(found.as_ref().unwrap_or(&Value::Null)))))
        });
    }
    set_list(
        table,
        "absent",
        !line.absent.is_empty() || !absent.is_empty(),
        absent.iter().map(|(path, _)| *path).collect(),
    );
}

fn set_list(table: &mut Table, key: &str, is_asked: bool, names: Vec<&str>) {
    match (is_asked, names.is_empty()) {
        (false, _) => {}
        (true, true) => drop(table.remove(key)),
        (true, false) => drop(table.insert(key, value(Array::from_iter(names)))),
    }
}

fn findings(evaluated: &crate::evaluated::Evaluated) -> Array {
    let one = |finding: &crate::evaluated::Finding| {
        let (mut table, mut key) = (InlineTable::new(), InlineTable::new());
        table.insert("detector", finding.detector.as_str().into());
        table.insert("severity", finding.severity.as_str().into());
        finding.key.iter().for_each(|(role, value)| drop(key.insert(role, edited(value))));
        table.insert("key", key.into());
        toml_edit::Value::from(table)
    };
    evaluated.findings.iter().map(one).collect()
}

fn edited(json: &Value) -> toml_edit::Value {
    match json {
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| number.as_f64().unwrap_or_default().into(), Into::into)
        }
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(edited).collect::<Array>().into(),
        other => other.to_string().into(),
    }
}
