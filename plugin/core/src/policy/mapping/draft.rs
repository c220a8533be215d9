//! Reads mappings out of the policy and checks them: all problems at once, each with place and remedy.

use super::{
    Constant, MOST_KEYS, MOST_MAPPINGS, MOST_MARKS, MOST_ROWS, MOST_ROWS_IN_ALL, MOST_TESTS, MOST_TEXT, MOST_VALUES, Mapping, OPTIONS, Path, Row, Take, Test,
    Wanted, Words, bounds, is_address, is_within,
};
use crate::event::{Form, Slot};
use crate::parse::text::quote;
use crate::policy::{Reading, option};
use crate::source;
use crate::time::format::{DIRECTIVES, Format, NAMES};
use crate::value::{Kind, Val};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mapping while it is read.
struct Draft<'r, 't> {
    reading: &'r mut Reading<'t>,
    /// `mapping[2]`, as issues name it.
    name: String,
    mapping: Mapping,
}

/// Reads all of them.
pub(in crate::policy) fn read(reading: &mut Reading<'_>, value: &Spanned<DeValue<'_>>) {
    let Some(items) = value.get_ref().as_array() else {
        let remedy = "write it as `[[mapping]]` with its options on lines of their own".to_owned();
        return reading.issue("mapping", value.span(), "mappings are a list of tables".to_owned(), remedy);
    };
    for (index, item) in items.iter().enumerate() {
        let name = format!("mapping[{}]", index.saturating_add(1));
        if index >= MOST_MAPPINGS {
            let remedy = "join those that differ in one value by a table of `values`".to_owned();
            return reading.issue(&name, item.span(), format!("more than {MOST_MAPPINGS} mappings"), remedy);
        }
        let Some(table) = item.get_ref().as_table() else {
            reading.issue(&name, item.span(), "a mapping is a table".to_owned(), "write it as `[[mapping]]` with its options on lines of their own".to_owned());
            continue;
        };
        let mapping = Mapping { source: String::new(), tag: None, tests: Vec::new(), rows: Vec::new(), constants: Vec::new() };
        let mut draft = Draft { reading: &mut *reading, name, mapping };
        draft.options(table, item.span());
        let mapping = draft.mapping;
        reading.mappings.push(mapping);
    }
    totals(reading, value.span());
}

/// What all of them may need together.
fn totals(reading: &mut Reading<'_>, span: Range<usize>) {
    let rows: usize = reading.mappings.iter().map(|mapping| mapping.rows.len()).sum();
    let keys: BTreeSet<&str> = reading.mappings.iter().flat_map(Mapping::paths).flat_map(|path| &path.keys).map(|(key, _)| key.as_str()).collect();
    let first = |test: &'_ Test| test.path.keys.first().map(|(key, _)| key.clone());
    let ours = reading.mappings.iter().flat_map(|mapping| &mapping.tests).filter_map(first);
    let theirs = source::ALL.iter().flat_map(|source| source.keys.iter().copied().flatten()).map(|key| (*key).to_owned());
    let marks: BTreeSet<String> = ours.chain(theirs).collect();
    let (keys, marks) = (keys.len(), marks.len());
    for (number, most, what) in [
        (rows, MOST_ROWS_IN_ALL, "rows"),
        (keys, MOST_KEYS, "different keys in their paths"),
        (marks, MOST_MARKS, "different keys at the root of what they and the sources of the list match on"),
    ] {
        if number > most {
            let message = format!("all mappings together have {number} {what}; at most {most} can be had");
            reading.issue("mapping", span.clone(), message, "match on fewer different keys, or give the records to two filters with a policy each".to_owned());
        }
    }
}

impl Draft<'_, '_> {
    fn issue(&mut self, path: &str, span: Range<usize>, message: impl Into<String>, remedy: impl Into<String>) {
        let path = if path.is_empty() { self.name.clone() } else { format!("{}.{path}", self.name) };
        self.reading.issue(&path, span, message.into(), remedy.into());
    }

    fn options(&mut self, table: &DeTable<'_>, span: Range<usize>) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "source" => self.source(value),
                "tag" => self.tag(value),
                "match" => self.tests(value),
                "time" => self.time(value),
                "slots" => self.slots(value),
                other => {
                    let path = format!("{}.{other}", self.name);
                    // A slot beside `slots` is mostly a slot before it.
                    let is_slot = Slot::ALL.iter().any(|slot| slot.path() == other || slot.path().split('.').next() == Some(other));
                    match is_slot {
                        true => self.issue(other, key.span(), format!("`{other}` is no option of a mapping"), "put slots under `[mapping.slots]`"),
                        false => self.reading.unknown(&path, key.span(), "option", other, OPTIONS),
                    }
                }
            }
        }
        for (option, remedy) in [
            ("source", "name the vendor and the product, e.g. `source = \"acme.crm\"`"),
            ("match", "say what its records have that others have not, e.g. `match = { app = \"crm\" }`"),
            ("slots", "say where the slots' values come from, under `[mapping.slots]`"),
        ] {
            if table.get(option).is_none() {
                self.issue("", span.clone(), format!("a mapping without `{option}`"), remedy);
            }
        }
        if self.mapping.rows.len() > MOST_ROWS {
            self.issue(
                "",
                span,
                format!("{} rows, alternatives counted; at most {MOST_ROWS} can be had", self.mapping.rows.len()),
                "leave out what no one asks for",
            );
        }
    }

    fn text<'v>(&mut self, path: &str, value: &'v Spanned<DeValue<'_>>, remedy: &str) -> Option<&'v str> {
        match value.get_ref() {
            DeValue::String(text) if text.len() <= MOST_TEXT => Some(text.as_ref()),
            DeValue::String(_) => {
                self.issue(path, value.span(), format!("a text of more than {MOST_TEXT} bytes"), remedy);
                None
            }
            other => {
                self.issue(path, value.span(), format!("{} is not a string", option::with_article(other.type_str())), remedy);
                None
            }
        }
    }

    fn source(&mut self, value: &Spanned<DeValue<'_>>) {
        let remedy = "vendor and product, of small letters, digits and `_.-`, e.g. `source = \"acme.crm\"`";
        let Some(id) = self.text("source", value, remedy) else { return };
        let fits = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte));
        if !fits {
            return self.issue("source", value.span(), format!("`{}` can't be the id of a source", cut(id)), remedy);
        }
        if source::ALL.iter().any(|source| source.id == id) {
            return self.issue("source", value.span(), format!("`{id}` is a source of the list"), "give the mapping an id of its own");
        }
        if self.reading.mappings.iter().any(|mapping| mapping.source == id) {
            return self.issue("source", value.span(), format!("`{id}` is another mapping's already"), "give each mapping an id of its own");
        }
        self.mapping.source = id.to_owned();
    }

    fn tag(&mut self, value: &Spanned<DeValue<'_>>) {
        let tag = self.text("tag", value, "a tag, with `*` for anything, e.g. `tag = \"crm.*\"`").map(str::to_owned);
        self.mapping.tag = tag;
    }

    fn tests(&mut self, value: &Spanned<DeValue<'_>>) {
        let remedy = "paths with the values that must stand there, e.g. `match = { app = \"crm\", ts = \"*\" }`";
        let Some(table) = value.get_ref().as_table() else {
            return self.issue("match", value.span(), format!("{} is not a table", option::with_article(value.get_ref().type_str())), remedy);
        };
        // Tables within tables, without recursion: each with the path to it.
        let mut open: Vec<(Option<Path>, &DeTable<'_>)> = vec![(None, table)];
        while let Some((outer, table)) = open.pop() {
            for (key, value) in table {
                match (Path::within(outer.as_ref(), key.get_ref()), value.get_ref()) {
                    (Ok(path), DeValue::Table(inner)) => open.push((Some(path), inner)),
                    (Ok(path), _) => self.test(path, value),
                    (Err(wrong), _) => self.issue("match", key.span(), wrong, PATHS),
                }
            }
        }
        if self.mapping.tests.is_empty() {
            self.issue("match", value.span(), "nothing to match on would match everything", remedy);
        }
        if self.mapping.tests.len() > MOST_TESTS {
            self.issue(
                "match",
                value.span(),
                format!("{} conditions; at most {MOST_TESTS} can be had", self.mapping.tests.len()),
                "leave out what is said by others",
            );
        }
    }

    fn test(&mut self, path: Path, value: &Spanned<DeValue<'_>>) {
        let remedy = "a string, a number, true or false; `\"*\"` for any value";
        let wanted = match value.get_ref() {
            DeValue::String(text) if text.as_ref() == "*" => Some(Wanted::Any),
            DeValue::String(text) => Some(Wanted::Text(text.to_string())).filter(|_| text.len() <= MOST_TEXT),
            DeValue::Boolean(bool) => Some(Wanted::Bool(*bool)),
            number => json_number(number).map(Wanted::Number),
        };
        if self.mapping.tests.iter().any(|test| test.path.keys == path.keys) {
            return self.issue("match", value.span(), format!("`{}` is asked for twice", path.text), "leave one of them");
        }
        match wanted {
            Some(wanted) => self.mapping.tests.push(Test { path, wanted }),
            None => self.issue("match", value.span(), format!("`{}` can't be compared with that", path.text), remedy),
        }
    }

    fn time(&mut self, value: &Spanned<DeValue<'_>>) {
        let (paths, format) = match value.get_ref() {
            DeValue::Table(table) => {
                for (key, _) in table {
                    let name = key.get_ref().as_ref();
                    if !["path", "format"].contains(&name) {
                        let path = format!("{}.time.{name}", self.name);
                        self.reading.unknown(&path, key.span(), "option", name, &["path", "format"]);
                    }
                }
                let Some(paths) = table.get("path") else {
                    return self.issue("time", value.span(), "a time without its `path`", "e.g. `time = { path = \"ts\", format = \"unix_ms\" }`");
                };
                (self.paths("time.path", paths), table.get("format").map_or(Some(Format::Rfc3339), |format| self.format(format)))
            }
            _ => (self.paths("time", value), Some(Format::Rfc3339)),
        };
        let Some(format) = format else { return };
        for path in paths {
            self.mapping.rows.push(Row { path, slot: Slot::Time, take: Take::Time(format.clone()) });
        }
    }

    fn format(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Format> {
        let remedy = format!("one of \"{}\", or a format out of {DIRECTIVES}, e.g. \"%d/%b/%Y:%H:%M:%S %z\"", NAMES.join("\", \""));
        let text = self.text("time.format", value, &remedy)?;
        let format = Format::compile(text).and_then(|format| match format.lacks() {
            Some(what) => Err(format!("`{text}` lacks {what}")),
            None => Ok(format),
        });
        format.map_err(|wrong| self.issue("time.format", value.span(), wrong, remedy)).ok()
    }

    /// A path, or a list of them.
    fn paths(&mut self, at: &str, value: &Spanned<DeValue<'_>>) -> Vec<Path> {
        let one = std::slice::from_ref(value);
        let items = value.get_ref().as_array().map_or(one, |array| array);
        if items.is_empty() {
            self.issue(at, value.span(), "a list without a path", PATHS);
        }
        let mut paths = Vec::new();
        for item in items {
            let Some(text) = self.text(at, item, PATHS) else { continue };
            match Path::parse(text) {
                Ok(path) => paths.push(path),
                Err(wrong) => self.issue(at, item.span(), wrong, PATHS),
            }
        }
        paths
    }

    fn slots(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(table) = value.get_ref().as_table() else {
            let message = format!("{} is not a table", option::with_article(value.get_ref().type_str()));
            return self.issue("slots", value.span(), message, "write `[mapping.slots]` with a slot on each line");
        };
        if table.is_empty() {
            self.issue("slots", value.span(), "a mapping that fills no slot", "say where the slots' values come from, e.g. `\"actor.name\" = \"user\"`");
        }
        let mut open: Vec<(String, &DeTable<'_>)> = vec![(String::new(), table)];
        while let Some((outer, table)) = open.pop() {
            for (key, value) in table {
                let name = match outer.is_empty() {
                    true => key.get_ref().to_string(),
                    false => format!("{outer}.{}", key.get_ref()),
                };
                let is_group = Slot::ALL.iter().any(|slot| slot.path().strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')));
                match (Slot::ALL.iter().find(|slot| slot.path() == name), value.get_ref()) {
                    (Some(slot), _) => self.slot(*slot, value, key.span()),
                    (None, DeValue::Table(inner)) if is_group => open.push((name, inner)),
                    _ => {
                        let path = format!("{}.slots.{name}", self.name);
                        let known: Vec<&str> = Slot::ALL.iter().map(|slot| slot.path()).collect();
                        self.reading.unknown(&path, key.span(), "slot", &name, &known);
                    }
                }
            }
        }
    }

    fn slot(&mut self, slot: Slot, value: &Spanned<DeValue<'_>>, key: Range<usize>) {
        let at = format!("slots.{}", slot.path());
        if slot == Slot::Time || slot == Slot::Source {
            let option = slot.path();
            return self.issue(&at, key, format!("`{option}` is an option of the mapping"), format!("put `{option} = ..` above `[mapping.slots]`"));
        }
        if self.mapping.slots().contains(&slot) {
            return self.issue(&at, key, format!("`{}` is filled twice", slot.path()), "join both to a list of paths");
        }
        match value.get_ref() {
            DeValue::Table(table) => self.slot_by_table(slot, &at, table, value.span()),
            _ => {
                let take = Words::of(slot).map_or(Take::AsItIs, |words| Take::Word(words, None));
                for path in self.paths(&at, value) {
                    self.mapping.rows.push(Row { path, slot, take: take.clone() });
                }
            }
        }
    }

    /// `{ value = .. }`, or `{ path = .., values = .., default = .. }`.
    fn slot_by_table(&mut self, slot: Slot, at: &str, table: &DeTable<'_>, span: Range<usize>) {
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !["value", "path", "values", "default"].contains(&name) {
                let path = format!("{}.{at}.{name}", self.name);
                self.reading.unknown(&path, key.span(), "option", name, &["value", "path", "values", "default"]);
            }
        }
        let constant = |draft: &mut Self, name: &str| table.get(name).and_then(|value| draft.constant(slot, &format!("{at}.{name}"), value));
        let (value, default) = (constant(self, "value"), constant(self, "default"));
        match (table.get("value"), table.get("path")) {
            (Some(_), None) if table.get("values").is_none() && table.get("default").is_none() => {
                self.mapping.constants.extend(value.map(|value| (slot, value)))
            }
            (Some(given), _) => self.issue(
                at,
                given.span(),
                "a constant beside a path",
                "write `{ value = .. }` alone, or `default = ..` for what stands where no path has a value",
            ),
            (None, None) => {
                self.issue(at, span, "neither a path nor a value", "e.g. `{ path = \"verb\", values = { view = \"read\" } }` or `{ value = \"data\" }`")
            }
            (None, Some(paths)) => {
                let paths = self.paths(&format!("{at}.path"), paths);
                let take = match (table.get("values"), Words::of(slot), &default) {
                    (Some(values), ..) => Take::Table { values: self.values(slot, at, values), default: default.clone() },
                    (None, Some(words), Some(Constant::Word(number))) => Take::Word(words, Some(*number)),
                    (None, Some(words), _) => Take::Word(words, None),
                    (None, None, _) => Take::AsItIs,
                };
                for path in paths {
                    self.mapping.rows.push(Row { path, slot, take: take.clone() });
                }
                self.mapping.constants.extend(default.map(|default| (slot, default)));
            }
        }
    }

    fn values(&mut self, slot: Slot, at: &str, value: &Spanned<DeValue<'_>>) -> Vec<(String, Constant)> {
        let at = format!("{at}.values");
        let Some(table) = value.get_ref().as_table().filter(|table| !table.is_empty()) else {
            self.issue(&at, value.span(), "no table of values", "what stands at the path, and what becomes of it, e.g. `values = { view = \"read\" }`");
            return Vec::new();
        };
        if table.len() > MOST_VALUES {
            self.issue(&at, value.span(), format!("{} values; at most {MOST_VALUES} can be had", table.len()), "let `default` stand for the most frequent");
            return Vec::new();
        }
        let mut values: Vec<(String, Constant)> = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if name.len() > MOST_TEXT {
                self.issue(&at, key.span(), format!("a value of more than {MOST_TEXT} bytes"), "values are compared as a whole");
                continue;
            }
            let constant = self.constant(slot, &format!("{at}.{name}"), value);
            values.extend(constant.map(|constant| (name.to_owned(), constant)));
        }
        values.sort_by(|(a, _), (b, _)| a.cmp(b));
        values
    }

    /// A value that fits the slot.
    fn constant(&mut self, slot: Slot, at: &str, value: &Spanned<DeValue<'_>>) -> Option<Constant> {
        if let Some(words) = Words::of(slot) {
            return self.word(words, at, value);
        }
        let made = match (value.get_ref(), slot.form()) {
            (DeValue::String(text), Form::Text | Form::Any) if !text.is_empty() => token(text),
            (DeValue::Boolean(bool), Form::Text) => token(&bool.to_string()),
            (DeValue::Boolean(bool), Form::Bool | Form::Any) => Some(Constant::Bool(*bool)),
            (number, Form::Text) => json_number(number).and_then(|number| token(&number)),
            (number, Form::Any) => json_number(number).map(|number| Constant::Token(number.into_bytes(), Kind::Number)),
            (DeValue::Integer(_), Form::Number) => json_number(value.get_ref()).and_then(|number| number.parse().ok()).map(Constant::Int),
            _ => None,
        };
        let made = made.filter(|_| is_meant(slot, value.get_ref()));
        if made.is_none() {
            let expected = match (slot, slot.form()) {
                (Slot::OriginIp, _) => "an IPv4 or IPv6 address".to_owned(),
                (Slot::OriginCountry, _) => "an ISO 3166-1 code of two letters".to_owned(),
                (_, Form::Text) => format!("a string, not empty, at most {MOST_TEXT} bytes"),
                (_, Form::Bool) => "true or false".to_owned(),
                (_, form) => match (bounds(slot), if form == Form::Number { "a whole number" } else { "a number" }) {
                    (Some((least, most)), what) => format!("{what} from {least} to {most}"),
                    (None, _) => "a string, a number, true or false".to_owned(),
                },
            };
            self.issue(at, value.span(), format!("that does not fit `{}`", slot.path()), expected);
        }
        made
    }

    fn word(&mut self, words: Words, at: &str, value: &Spanned<DeValue<'_>>) -> Option<Constant> {
        let text = value.get_ref().as_str().unwrap_or_default();
        let number = words.number(text.as_bytes()).filter(|number| words.word(*number) == Some(text));
        if number.is_none() {
            let list = words.list();
            let nearest = list.iter().map(|word| (option::distance(text, word), *word)).min().filter(|(distance, _)| !text.is_empty() && *distance <= 2);
            let near = nearest.map_or(String::new(), |(_, word)| format!("did you mean `{word}`? "));
            let message = match value.get_ref() {
                DeValue::String(_) => format!("`{}` is none of the words of `{}`", cut(text), words.slot().path()),
                other => format!("{} is not a string", option::with_article(other.type_str())),
            };
            self.issue(at, value.span(), message, format!("{near}there are: {}", list.join(", ")));
        }
        number.map(Constant::Word)
    }
}

const PATHS: &str = "keys joined by dots, at most 10, e.g. `user.login` or `items[].id`; a dot or a bracket within a key is written `\\.` or `\\[`";

/// Whether a value of the right form is what the slot is for.
fn is_meant(slot: Slot, value: &DeValue<'_>) -> bool {
    let text = value.as_str().unwrap_or_default();
    match slot {
        Slot::OriginIp => is_address(text.as_bytes()),
        Slot::OriginCountry => text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_alphabetic()),
        _ => text.len() <= MOST_TEXT && is_within(slot, Val::None, json_number(value).unwrap_or_default().as_bytes()),
    }
}

/// Text as a JSON token.
fn token(text: &str) -> Option<Constant> {
    let mut token = Vec::new();
    quote(text.as_bytes(), &mut token).ok()?;
    Some(Constant::Token(token, Kind::String))
}

/// A number as JSON writes it; none for what is no number, nor finite.
fn json_number(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|number| number.to_string()),
        DeValue::Float(float) => float.as_str().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.to_string()),
        _ => None,
    }
}

/// The beginning of a text that may be long.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}
