//! Reads the `text` of mappings and packs: which forms their lines of text have.

use super::draft::{Draft, list};
use crate::mapping::MOST_TEXT;
use crate::option;
use crate::text_form::columns::{Columns, MOST_COLUMNS};
use crate::text_form::dissect::Dissect;
use crate::text_form::pairs::Pairs;
use crate::text_form::{Form, Kind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Forms of one pack.
const MOST_FORMS: usize = 64;
/// Values that one column is compared with, and keys with hexadecimal values.
const MOST_NAMES: usize = 64;
const FORMS: [&str; 5] = ["csv", "kv", "cef", "leef", "eventlog"];
const PATTERN: &str = "a line with `%{field}` in place of values, e.g. `text = \"%{time} [%{level}] %{user}: %{action}\"`, or a form such as `text = { form = \"cef\" }`";
const COLUMNS: &str = "e.g. `{ form = \"csv\", columns = [\"time\", \"\", \"user\"] }`; an empty name passes a column over";

/// Reads one form, or a list of which the first that fits counts.
pub(super) fn read(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let items = list(value);
    if items.len() > MOST_FORMS {
        draft.issue(
            "text",
            value.span(),
            format!("{} forms of lines; at most {MOST_FORMS} can be had", items.len()),
            "join those that differ in one piece",
        );
        return;
    }
    for item in items {
        let made = match item.get_ref() {
            DeValue::Table(table) => form(draft, item, table),
            _ => line(draft, item),
        };
        draft.mapping.text.extend(made);
    }
}

/// Reads the programs whose lines are read behind a syslog header.
pub(super) fn programs(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let remedy = "names of programs in syslog headers, e.g. `programs = [\"auditd\", \"audisp*\"]`";
    draft.mapping.programs =
        strings(draft, "programs", value, MOST_NAMES, remedy).unwrap_or_default();
}

fn line(draft: &mut Draft<'_, '_>, item: &Spanned<DeValue<'_>>) -> Option<Form> {
    let text = draft.text("text", item, PATTERN)?;
    let made =
        Dissect::compile(text).map_err(|wrong| draft.issue("text", item.span(), wrong, PATTERN));
    made.ok().map(|pattern| Form { after: None, kind: Kind::Line(pattern) })
}

fn form(
    draft: &mut Draft<'_, '_>,
    item: &Spanned<DeValue<'_>>,
    table: &DeTable<'_>,
) -> Option<Form> {
    let Some(name) = table.get("form") else {
        draft.issue(
            "text",
            item.span(),
            "a form of lines without its `form`",
            format!("one of \"{}\"", FORMS.join("\", \"")),
        );
        return None;
    };
    let text = draft.text("text.form", name, PATTERN)?.to_owned();
    let options: &[&str] = match text.as_str() {
        "csv" => &["form", "after", "columns", "delimiter", "quote", "backslash", "where", "least"],
        "kv" => &[
            "form",
            "after",
            "assign",
            "between",
            "quotes",
            "nested",
            "hex",
            "arguments",
            "joined",
        ],
        "cef" | "leef" | "eventlog" => &["form", "after"],
        _ => {
            let path = draft.path("text.form");
            draft.reading.unknown(&path, name.span(), "form", &text, &FORMS);
            return None;
        }
    };
    for (key, _) in table {
        let name = key.get_ref().as_ref();
        if !options.contains(&name) {
            let path = draft.path(&format!("text.{name}"));
            draft.reading.unknown(&path, key.span(), "option", name, options);
        }
    }
    let after = match table.get("after") {
        Some(value) => Some(head(draft, value)?),
        None => None,
    };
    let kind = match text.as_str() {
        "csv" => Kind::Columns(columns(draft, item, table)?),
        "kv" => Kind::Pairs(pairs(draft, table)?),
        "cef" => Kind::Cef,
        "eventlog" => Kind::EventLog,
        _ => Kind::Leef,
    };
    Some(Form { after, kind })
}

/// Text before columns and pairs.
fn head(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<Dissect> {
    let remedy =
        "a pattern of the text before the rest of the line, e.g. `after = \"audit[%{pid}]: \"`";
    let text = draft.text("text.after", value, remedy)?;
    Dissect::compile_head(text)
        .map_err(|wrong| draft.issue("text.after", value.span(), wrong, remedy))
        .ok()
}

fn columns(
    draft: &mut Draft<'_, '_>,
    item: &Spanned<DeValue<'_>>,
    table: &DeTable<'_>,
) -> Option<Columns> {
    let names = table
        .get("columns")
        .map(|value| (strings(draft, "text.columns", value, MOST_COLUMNS, COLUMNS), value.span()));
    let Some((names, span)) = names.and_then(|(names, span)| Some((names?, span))) else {
        if table.get("columns").is_none() {
            draft.issue("text", item.span(), "columns without their names", COLUMNS);
        }
        return None;
    };
    if let Some(twice) = names
        .iter()
        .enumerate()
        .find(|(at, name)| !name.is_empty() && names.get(..*at).unwrap_or_default().contains(name))
    {
        draft.issue(
            "text.columns",
            span,
            format!("the column `{}` stands twice", twice.1),
            COLUMNS,
        );
        return None;
    }
    let made = Columns::default();
    let least = match table.get("least").map(|value| (value.span(), whole(value))) {
        None => names.len(),
        Some((_, Some(least))) if (1..=names.len()).contains(&least) => least,
        Some((span, _)) => {
            draft.issue(
                "text.least",
                span,
                "no number of columns",
                format!(
                    "how many columns a line has at least: a whole number from 1 to {}",
                    names.len()
                ),
            );
            return None;
        }
    };
    let mut wanted = Vec::new();
    let remedy = "a column with its value, or a list of them, e.g. `where = { type = [\"LOGIN\", \"LOGOUT\"] }`";
    for (column, value) in
        table.get("where").and_then(|value| value.get_ref().as_table()).into_iter().flatten()
    {
        let at = names.iter().position(|name| name == column.get_ref());
        let values = strings(draft, "text.where", value, MOST_NAMES, remedy)?;
        match at {
            Some(at) => wanted.push((at, values)),
            None => draft.issue(
                "text.where",
                column.span(),
                format!("`{}` is not one of the columns", column.get_ref()),
                remedy,
            ),
        }
    }
    if least < 3 && wanted.is_empty() && table.get("after").is_none() {
        draft.issue(
            "text",
            item.span(),
            "so few columns fit most lines",
            "say by `where` what a column holds, or by `least` how many there are: three or more",
        );
        return None;
    }
    let has_backslash = table
        .get("backslash")
        .is_some_and(|value| matches!(value.get_ref(), DeValue::Boolean(true)));
    let delimiter = sign(draft, table, "delimiter")?.unwrap_or(made.delimiter);
    let quote = sign(draft, table, "quote")?.unwrap_or(made.quote);
    Some(Columns { names, delimiter, quote, has_backslash, wanted, least })
}

fn pairs(draft: &mut Draft<'_, '_>, table: &DeTable<'_>) -> Option<Pairs> {
    let made = Pairs::QUOTED;
    let assign = match table.get("assign") {
        None => made.assign,
        Some(value) => {
            let remedy = "the text between a key and its value, e.g. `assign = \": \"`";
            let text = draft.text("text.assign", value, remedy)?.to_owned();
            let fits = (1..=8).contains(&text.len())
                && !text.starts_with([' ', '\t'])
                && text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
            if !fits {
                draft.issue(
                    "text.assign",
                    value.span(),
                    "that cannot stand between key and value",
                    remedy,
                );
                return None;
            }
            text.into_bytes().into()
        }
    };
    let between = sign(draft, table, "between")?.filter(|sign| *sign != b' ');
    let nested = sign(draft, table, "nested")?;
    let quotes = match table.get("quotes") {
        None => made.quotes,
        Some(value) => {
            let remedy = "the quotes of values, of `\"` and `'`, e.g. `quotes = \"\\\"'\"`";
            let text = draft.text("text.quotes", value, remedy)?.to_owned();
            if !text.bytes().all(|byte| matches!(byte, b'"' | b'\'')) {
                draft.issue("text.quotes", value.span(), "these are no quotes", remedy);
                return None;
            }
            text.into_bytes().into()
        }
    };
    let hex = match table.get("hex") {
        None => Vec::new(),
        Some(value) => strings(
            draft,
            "text.hex",
            value,
            MOST_NAMES,
            "keys whose values are hexadecimal if they have no quotes, e.g. `hex = [\"cmd\"]`",
        )?,
    };
    let mut name = |option: &str, remedy: &str| match table.get(option) {
        None => Some(String::new()),
        Some(value) => draft.text(&format!("text.{option}"), value, remedy).map(str::to_owned),
    };
    let arguments = name(
        "arguments",
        "the key before arguments `a0`, `a1`, which `arguments` holds, e.g. `arguments = \"argc\"`",
    )?;
    let joined = name(
        "joined",
        "the field of `after` that names each line of an event of several, e.g. `joined = \"type\"`",
    )?;
    Some(Pairs { assign, between, quotes, nested, hex, arguments, joined, ..made })
}

/// A single sign, if one is given; nothing where it is none.
fn sign(draft: &mut Draft<'_, '_>, table: &DeTable<'_>, name: &str) -> Option<Option<u8>> {
    let Some(value) = table.get(name) else {
        return Some(None);
    };
    let at = format!("text.{name}");
    let remedy = "one ASCII character that is no letter and no digit, e.g. `\";\"` or `\"\\t\"`";
    let text = draft.text(&at, value, remedy)?.as_bytes().to_vec();
    match text.as_slice() {
        [sign] if sign.is_ascii() && !sign.is_ascii_alphanumeric() => Some(Some(*sign)),
        _ => {
            draft.issue(&at, value.span(), "no single sign", remedy);
            None
        }
    }
}

pub(super) fn strings(
    draft: &mut Draft<'_, '_>,
    at: &str,
    value: &Spanned<DeValue<'_>>,
    most: usize,
    remedy: &str,
) -> Option<Vec<String>> {
    let items = list(value);
    if items.is_empty() || items.len() > most {
        draft.issue(
            at,
            value.span(),
            format!("{} values; from one to {most} can be had", items.len()),
            remedy,
        );
        return None;
    }
    let mut all = Vec::new();
    for item in items {
        match item.get_ref() {
            DeValue::String(text) if text.len() <= MOST_TEXT => all.push(text.to_string()),
            other => draft.issue(
                at,
                item.span(),
                format!("{} is not such a string", option::with_article(other.type_str())),
                remedy,
            ),
        }
    }
    (all.len() == items.len()).then_some(all)
}

fn whole(value: &Spanned<DeValue<'_>>) -> Option<usize> {
    value
        .get_ref()
        .as_integer()
        .and_then(option::whole)
        .and_then(|number| usize::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::super::read_pack;

    fn said(text: &str) -> String {
        let pack = format!("source = \"acme.app\"\ntext = {text}\n[fields]\nid = \"i\"\n");
        let issues = read_pack(&pack).err().unwrap_or_default();
        issues
            .iter()
            .map(|issue| format!("{}: {}", issue.path, issue.message))
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn forms_and_what_is_wrong_with_others() {
        let many: Vec<String> = (0..257).map(|number| format!("\"c{number}\"")).collect();
        for (text, wrong) in [
            (r#""%{a}: %{b}""#, ""),
            (r#"["%{a}: %{b}", { form = "cef" }, { form = "leef", after = "x " }]"#, ""),
            (
                r#"{ form = "csv", columns = ["a", "", "c"], delimiter = ";", quote = "'", backslash = true, least = 3 }"#,
                "",
            ),
            (
                r#"{ form = "csv", columns = ["a", "b"], where = { b = ["x", "y"] }, least = 2 }"#,
                "",
            ),
            (
                r#"{ form = "kv", assign = ": ", between = ",", quotes = "", hex = ["x"], nested = "'", after = "%{}-%{n}: " }"#,
                "",
            ),
            (r#"{ form = "xml" }"#, "unknown form `xml`"),
            (r#"{ columns = ["a"] }"#, "without its `form`"),
            (r#"{ form = "cef", columns = ["a"] }"#, "unknown option `columns`"),
            (r#"{ form = "csv" }"#, "columns without their names"),
            (r#"{ form = "csv", columns = ["a", "b"] }"#, "so few columns"),
            (r#"{ form = "csv", columns = ["a", "b", "a"] }"#, "`a` stands twice"),
            (r#"{ form = "csv", columns = ["a", "b", "c"], least = 4 }"#, "no number of columns"),
            (
                r#"{ form = "csv", columns = ["a", "b", "c"], where = { d = "x" } }"#,
                "`d` is not one of the columns",
            ),
            (r#"{ form = "csv", columns = ["a", "b", "c"], delimiter = "ab" }"#, "no single sign"),
            (
                &format!("{{ form = \"csv\", columns = [{}] }}", many.join(", ")),
                "257 values; from one to 256",
            ),
            (r#"{ form = "kv", assign = "a" }"#, "cannot stand between"),
            (r#"{ form = "kv", after = "x %{a}" }"#, "ends in a field"),
            (r#"{ form = "kv", quotes = "x" }"#, "no quotes"),
            (
                &format!("[{}]", vec!["\"%{a}: %{b}\""; 65].join(", ")),
                "65 forms of lines; at most 64",
            ),
            ("1", "an integer is not a string"),
        ] {
            let said = said(text);
            assert!(
                if wrong.is_empty() { said.is_empty() } else { said.contains(wrong) },
                "{text}: {said}"
            );
        }
    }
}
