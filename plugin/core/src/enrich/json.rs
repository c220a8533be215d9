//! Lookups in JSON: an array of flat objects, or an object on each line. A list of texts is the same as its texts with `;` between them.

use super::lookup::BETWEEN;
use crate::parse::atom::Atoms;
use crate::parse::json::scan;
use crate::parse::tape::{Node, Tape};
use crate::text::unescape;
use crate::value::{Doc, Kind};

/// A member's key and value.
type Members = Vec<(String, String)>;

/// Calls with the names of all columns first, then with each object's values in that order; stops at an error.
pub(super) fn rows(
    text: &str,
    mut each: impl FnMut(usize, &[String]) -> Result<(), String>,
) -> Result<(), String> {
    let mut columns: Vec<String> = Vec::new();
    objects(text, &mut |_, members| {
        columns.extend(members.into_iter().map(|(key, _)| key));
        columns.sort_unstable();
        columns.dedup();
        Ok(())
    })?;
    if columns.is_empty() {
        return Ok(());
    }
    each(1, &columns)?;
    objects(text, &mut |nth, members| {
        let cell = |column: &String| {
            let member = members.iter().find(|(key, _)| key == column);
            member.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        each(nth, &cells).map_err(|why| format!("object {nth}: {why}"))
    })
}

/// Calls with each object and its number, counted from 1.
fn objects(
    text: &str,
    each: &mut dyn FnMut(usize, Members) -> Result<(), String>,
) -> Result<(), String> {
    let atoms = Atoms::new(std::iter::empty());
    let mut tape = Tape::new(text.len());
    let text = text.trim_start_matches('\u{feff}').trim();
    if !text.starts_with('[') {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        return lines.zip(1..).try_for_each(|(line, nth)| {
            let root = read(line, &atoms, &mut tape).ok_or_else(|| no_object(nth))?;
            each(nth, members(line, &tape, root).ok_or_else(|| no_object(nth))?)
        });
    }
    let root = read(text, &atoms, &mut tape).ok_or("not an array of JSON objects")?;
    tape.children(root).zip(1..).try_for_each(|(object, nth)| {
        each(nth, members(text, &tape, object).ok_or_else(|| no_object(nth))?)
    })
}

fn no_object(nth: usize) -> String {
    format!("object {nth}: not a flat JSON object")
}

fn read(text: &str, atoms: &Atoms, tape: &mut Tape) -> Option<u32> {
    tape.clear();
    let scan = scan(text.as_bytes(), 0, Doc::Input, atoms, tape).ok()?;
    scan.fault.is_none().then_some(scan.root)
}

/// The members of an object that have a value; `None` if it is no object or has objects within.
fn members(text: &str, tape: &Tape, object: u32) -> Option<Members> {
    tape.node(object).filter(|node| node.kind == Kind::Object)?;
    let mut members = Vec::new();
    for at in tape.children(object) {
        let node = tape.node(at)?;
        let start = node.key_start as usize;
        let key = plain(text.as_bytes().get(start..start.checked_add(node.key_len as usize)?)?)?;
        let value = match node.kind {
            Kind::Array => {
                let parts = tape.children(at).map(|part| scalar(text, tape.node(part)?));
                parts.collect::<Option<Vec<String>>>()?.join(BETWEEN)
            }
            _ => scalar(text, node)?,
        };
        members.push((key, value));
    }
    Some(members)
}

fn scalar(text: &str, node: &Node) -> Option<String> {
    let token = text.as_bytes().get(node.start as usize..node.end as usize)?;
    match node.kind {
        Kind::Array | Kind::Object => None,
        Kind::Null => Some(String::new()),
        Kind::String => plain(token.get(1..token.len().checked_sub(1)?)?),
        _ => String::from_utf8(token.to_vec()).ok(),
    }
}

/// The meaning of a string's content.
fn plain(content: &[u8]) -> Option<String> {
    let mut meant = Vec::new();
    unescape(content, &mut meant).ok()?;
    String::from_utf8(meant).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Vec<String>>, String> {
        let mut read = Vec::new();
        rows(text, |_, cells| {
            read.push(cells.to_vec());
            Ok(())
        })?;
        Ok(read)
    }

    #[test]
    fn arrays_and_lines_have_the_same_rows() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let expected =
            [row(&["actor", "age", "role"]), row(&["ann;a\"l", "7", ""]), row(&["bob", "", "x"])];
        let one = r#"{"actor":["ann","a\"l"],"age":7}"#;
        let two = r#"{"role":"x", "actor":"bob","age":null}"#;
        assert_eq!(read(&format!("[{one},\n {two}]")).unwrap(), expected);
        assert_eq!(read(&format!("{one}\n\n{two}\n")).unwrap(), expected);
        assert!(read("").unwrap().is_empty() && read("[]").unwrap().is_empty());
    }

    #[test]
    fn what_is_not_flat_is_refused_with_its_number() {
        for (text, wrong) in [
            ("[1]", "object 1: not a flat JSON object"),
            ("{\"a\":1}\n{\"a\":{\"b\":1}}", "object 2: not a flat JSON object"),
            ("{\"a\":[[1]]}", "object 1"),
            ("[{]", "not an array"),
            ("nothing", "object 1"),
        ] {
            let found = read(text).unwrap_err();
            assert!(found.starts_with(wrong), "{text}: {found}");
        }
    }
}
