//! Why a pack of lines does not read a line: how far its patterns fit, or which condition on the values fails.

use super::conditions::{met, shortened};
use crate::form_object;
use auditward_core::mapping::Mapping;
use auditward_core::text_form::dissect::Dissect;
use auditward_core::text_form::object::Object;
use auditward_core::text_form::{Form, Kind};

/// How far a pack gets with a line.
pub(super) struct Progress {
    pub met: usize,
    pub of: usize,
    pub failed: String,
}

/// Compares a pack with the forms in which a line may be read: the whole line, and the message behind a header.
pub(super) fn progress(mapping: &Mapping, lines: &[&str]) -> Progress {
    let each = || mapping.text.iter().flat_map(|form| lines.iter().map(move |line| (form, *line)));
    // As the engine does: the first form that reads the line gives the values.
    if let Some(values) = each().find_map(|(form, line)| form_object::read(form, line)) {
        let (met, of, failed) = met(&mapping.when, &values);
        let failed = failed.unwrap_or_else(|| {
            "its pattern and its conditions hold, but another source comes before it, or the lines are bound to other programs (`programs`, `writers`, `remote`)".to_owned()
        });
        return Progress { met: met + 1, of: of + 1, failed };
    }
    let furthest = each().map(|(form, line)| unread(form, line)).max_by_key(|(read, _)| *read);
    let failed =
        furthest.map_or_else(String::new, |(_, why)| format!("no `text` reads the line: {why}"));
    Progress { met: 0, of: 1, failed }
}

/// How many bytes of a line a form reads, and what stops it.
fn unread(form: &Form, line: &str) -> (usize, String) {
    let rest = match &form.after {
        None => line,
        Some(after) => match furthest(after.pattern(), line) {
            Stop::Nowhere(rest) => rest,
            Stop::At(read, why) => return (read, format!("`after` {why}")),
        },
    };
    let read = line.len() - rest.len();
    let behind = if form.after.is_some() { " behind `after`" } else { "" };
    let found = shortened(rest);
    match &form.kind {
        Kind::Line(dissect) => match furthest(dissect.pattern(), line) {
            Stop::Nowhere("") => (line.len(), "its last field is empty".to_owned()),
            Stop::Nowhere(rest) => (
                line.len() - rest.len(),
                format!("`{}` fits, but the line goes on with `{}`", dissect.pattern(), shortened(rest)),
            ),
            Stop::At(read, why) => (read, why),
        },
        Kind::Pairs(_) if form.after.is_some() => (read, format!("there are no pairs{behind}: `{found}`")),
        Kind::Pairs(_) => (read, "the line does not begin with two pairs; `after` is a pattern of what stands before them".to_owned()),
        Kind::Columns(columns) => (
            read,
            format!("fewer than {} columns{behind}, or other values than `where` asks for: `{found}`", columns.least),
        ),
        Kind::Cef => (read, format!("there is no CEF{behind}")),
        Kind::Leef => (read, format!("there is no LEEF{behind}")),
        Kind::EventLog => (read, format!("there is no Windows event{behind}")),
    }
}

/// Where a pattern ends to fit.
enum Stop<'l> {
    /// It fits; this is what stands behind it.
    Nowhere(&'l str),
    /// After so many bytes, and why.
    At(usize, String),
}

/// The longest beginning of a pattern that a line has.
fn furthest<'l>(pattern: &str, line: &'l str) -> Stop<'l> {
    let starts = pattern.match_indices("%{").map(|(at, _)| at).skip(1);
    let beginnings: Vec<&str> =
        starts.chain([pattern.len()]).filter_map(|end| pattern.get(..end)).collect();
    let mut fits: Option<(&str, &str)> = None;
    for beginning in &beginnings {
        let is_whole = beginning.len() == pattern.len();
        match Dissect::compile_head(beginning) {
            Ok(head) => match remaining(&head, line) {
                Some(rest) => fits = Some((beginning, rest)),
                None => break,
            },
            // It ends in a field, which reads the rest.
            Err(_) if is_whole => return Stop::Nowhere(""),
            Err(_) => {}
        }
    }
    match fits {
        Some((beginning, rest)) if beginning.len() == pattern.len() => Stop::Nowhere(rest),
        Some((beginning, rest)) => {
            let next = pattern.get(beginning.len()..).unwrap_or_default();
            Stop::At(
                line.len() - rest.len(),
                format!(
                    "`{beginning}` fits, then {} is not in `{}`",
                    literal(next),
                    shortened(rest)
                ),
            )
        }
        None if pattern.starts_with("%{") => {
            Stop::At(0, format!("{} is not in the line", literal(pattern)))
        }
        None => {
            let head = pattern.split("%{").next().unwrap_or_default();
            Stop::At(
                0,
                format!(
                    "the line does not begin with `{head}`, or {} does not follow",
                    literal(pattern)
                ),
            )
        }
    }
}

fn remaining<'l>(head: &Dissect, line: &'l str) -> Option<&'l str> {
    let mut arena = Vec::new();
    let rest = head.read_head(line.as_bytes(), &mut Object::begin(&mut arena))?;
    line.get(line.len() - rest.len()..)
}

/// The literal text behind the first field of a pattern.
fn literal(pattern: &str) -> String {
    let behind = pattern.split_once('}').map_or("", |(_, rest)| rest);
    format!("`{}`", behind.split("%{").next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy::Policy;

    fn stopped(text: &str, wanted: &str, line: &str) -> String {
        let text = format!(
            "[[mapping]]\nsource = \"acme.app\"\ntext = {text}\n{wanted}\n[mapping.fields]\n\"actor.name\" = \"user\"\n"
        );
        let policy = Policy::parse(&text).unwrap_or_else(|issues| panic!("{issues:#?}"));
        progress(&policy.mappings[0], &[line]).failed
    }

    #[test]
    fn the_place_where_a_pattern_stops_is_named() {
        let line = "2026-03-02 [auth] user=bob op=LOGIN ip=203.0.113.9";
        for (text, why) in [
            (
                "\"%{date} [%{part}] user=%{user} op=%{op} obj=%{obj} ip=%{ip}\"",
                "`%{date} [%{part}] user=%{user} op=` fits, then ` obj=` is not in `LOGIN ip=203.0.113.9`",
            ),
            ("\"%{date} <%{part}> %{rest}\"", "` <` is not in the line"),
            ("\"date %{date} x\"", "the line does not begin with `date `"),
            (
                "{ form = \"kv\", after = \"[%{part}]\" }",
                "`after` the line does not begin with `[`",
            ),
            ("{ form = \"kv\" }", "does not begin with two pairs"),
            ("{ form = \"cef\" }", "there is no CEF"),
            ("[{ form = \"cef\" }, \"%{date} [%{part}] x=%{x}\"]", "`%{date} [` fits, then `] x=`"),
        ] {
            let failed = stopped(text, "", line);
            assert!(failed.contains(why), "{text}: {why}\nin {failed}");
        }
    }

    #[test]
    fn a_condition_on_the_values_of_a_line_is_named() {
        let line = "2026-03-02 [auth] user=bob";
        let text = "\"%{date} [%{part}] user=%{user}\"";
        let failed = stopped(text, "match = { part = \"admin\" }", line);
        assert_eq!(failed, "part = \"admin\" (it is \"auth\")");
        assert!(stopped(text, "match = { part = \"auth\" }", line).contains("conditions hold"));
    }
}
