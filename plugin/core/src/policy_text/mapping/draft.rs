//! Reads mappings and packs and checks them: all problems at once, each with place and remedy.

use super::{lines, service};
use crate::event::Field;
use crate::mapping::{
    Condition, MOST_KEPT, MOST_MAPPINGS, MOST_ROWS, MOST_ROWS_IN_ALL, MOST_TESTS, MOST_TEXT,
    MOST_WITHIN, Mapping, Path, Row, Test, Wanted, When, cut,
};
use crate::parse::atom::MOST_KEYS;
use crate::policy::Issue;
use crate::policy_text::reading::Reading;
use crate::{option, source};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const OPTIONS: &[&str] = &[
    "source",
    "title",
    "docs",
    "remote",
    "collectors",
    "writers",
    "vendor",
    "cloud",
    "database",
    "witness",
    "match",
    "unless",
    "tag",
    "text",
    "programs",
    "json",
    "within",
    "events",
    "time",
    "fields",
    "when",
    "finish",
    "example",
];

/// One mapping while it is read.
pub(super) struct Draft<'r, 't> {
    pub(super) reading: &'r mut Reading<'t>,
    /// `mapping[2]`, as issues name it; empty for a pack.
    name: String,
    pub(super) mapping: Mapping,
}

/// Reads all of them.
#[inline(never)]
pub(in crate::policy_text) fn read(reading: &mut Reading<'_>, value: &Spanned<DeValue<'_>>) {
    let Some(items) = value.get_ref().as_array() else {
        let remedy = "write it as `[[mapping]]` with its options on lines of their own".to_owned();
        return reading.issue(
            "mapping",
            value.span(),
            "mappings are a list of tables".to_owned(),
            remedy,
        );
    };
    for (index, item) in items.iter().enumerate() {
        let name = format!("mapping[{}]", index.saturating_add(1));
        if index >= MOST_MAPPINGS {
            let remedy = "join those that differ in one value by a table of `values`".to_owned();
            return reading.issue(
                &name,
                item.span(),
                format!("more than {MOST_MAPPINGS} mappings"),
                remedy,
            );
        }
        let Some(table) = item.get_ref().as_table() else {
            reading.issue(
                &name,
                item.span(),
                "a mapping is a table".to_owned(),
                "write it as `[[mapping]]` with its options on lines of their own".to_owned(),
            );
            continue;
        };
        let mut draft = Draft { reading: &mut *reading, name, mapping: Mapping::default() };
        draft.options(table, item.span());
        let mapping = draft.mapping;
        reading.mappings.push(mapping);
    }
    totals(reading, value.span());
}

/// Reads a pack: a file of one mapping. All of its problems at once where it has any.
#[inline(never)]
pub fn read_pack(text: &str) -> Result<Mapping, Vec<Issue>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading { text, ..Reading::default() };
    let has_key = ["source", "match", "fields"].iter().any(|key| root.get_ref().contains_key(*key));
    reading.syntax(errors, has_key);
    let mut draft =
        Draft { reading: &mut reading, name: String::new(), mapping: Mapping::default() };
    if draft.reading.issues.is_empty() {
        draft.options(root.get_ref(), 0..0);
    }
    let mapping = draft.mapping;
    reading.issues.sort_by_key(|issue| issue.span.start);
    if reading.issues.is_empty() { Ok(mapping) } else { Err(reading.issues) }
}

/// Limits of all mappings and built-in packs together.
pub(in crate::policy_text) fn totals(reading: &mut Reading<'_>, span: Range<usize>) {
    let all = || reading.mappings.iter().chain(crate::pack::built_in());
    let rows: usize = all().map(Mapping::count).sum();
    // One by one: a set made at once sorts all of them, which goes deeper than the stack of a module in Fluent Bit.
    let mut keys = BTreeSet::new();
    for key in all().flat_map(Mapping::paths).flat_map(Path::names) {
        keys.insert(key);
    }
    let keys = keys.len();
    for (number, most, what) in
        [(rows, MOST_ROWS_IN_ALL, "rows"), (keys, MOST_KEYS, "different keys in their paths")]
    {
        if number > most {
            let message = format!(
                "all mappings and packs together have {number} {what}; at most {most} can be had"
            );
            reading.issue("mapping", span.clone(), message, "leave out what no one asks for, or give the records to two filters with a policy each".to_owned());
        }
    }
}

impl Draft<'_, '_> {
    pub(super) fn path(&self, path: &str) -> String {
        match (self.name.is_empty(), path.is_empty()) {
            (true, _) => path.to_owned(),
            (_, true) => self.name.clone(),
            _ => format!("{}.{path}", self.name),
        }
    }

    pub(super) fn issue(
        &mut self,
        path: &str,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let path = self.path(path);
        self.reading.issue(&path, span, message.into(), remedy.into());
    }

    /// The name for it in messages.
    pub(super) fn what(&self) -> &'static str {
        if self.name.is_empty() { "a pack" } else { "a mapping" }
    }

    #[inline(never)]
    fn options(&mut self, table: &DeTable<'_>, span: Range<usize>) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "source" => self.source(value),
                "title" => {
                    self.mapping.title = self
                        .text("title", value, "one line that names the product")
                        .unwrap_or_default()
                        .to_owned()
                }
                "docs" => {
                    self.mapping.docs = self
                        .text("docs", value, "the vendor's page that defines the format")
                        .unwrap_or_default()
                        .to_owned()
                }
                "remote" => service::remote(self, value),
                "collectors" => service::collectors(self, value),
                "writers" => service::writers(self, value),
                "vendor" => service::vendor(self, value),
                "cloud" => service::cloud(self, value),
                "database" => service::database(self, value),
                "witness" => service::witness(self, value),
                "tag" => self.tag(value),
                "text" => lines::read(self, value),
                "programs" => lines::programs(self, value),
                "json" => self.json(value),
                "within" => self.within(value),
                "events" => self.events(value),
                "match" => self.mapping.when.any = self.alternatives("match", value),
                "unless" => self.mapping.when.unless = self.alternatives("unless", value).concat(),
                "time" => self.time(value),
                "fields" => {
                    let (rows, constants) = self.fields("fields", value);
                    let times = std::mem::take(&mut self.mapping.rows);
                    self.mapping.rows = times.into_iter().chain(rows).collect();
                    self.mapping.constants.extend(constants);
                }
                "when" => self.whens(value),
                "finish" => self.finish(value),
                // Read by the tests of packs alone.
                "example" => {}
                other => self.unknown(other, key.span()),
            }
        }
        self.missing(table, &span);
        self.limits(span);
    }

    /// An option that there is not.
    #[inline(never)]
    fn unknown(&mut self, name: &str, span: Range<usize>) {
        // A field beside `fields` is mostly one before it.
        let is_field = Field::ALL
            .iter()
            .any(|field| field.path() == name || field.path().split('.').next() == Some(name));
        if !is_field {
            let path = self.path(name);
            return self.reading.unknown(&path, span, "option", name, OPTIONS);
        }
        let place = if self.name.is_empty() { "[fields]" } else { "[mapping.fields]" };
        let message = format!("`{name}` is not an option of {}", self.what());
        self.issue(name, span, message, format!("put fields under `{place}`"));
    }

    /// Options without which there is no mapping.
    #[inline(never)]
    fn missing(&mut self, table: &DeTable<'_>, span: &Range<usize>) {
        let has = |names: &[&str]| names.iter().any(|name| table.get(*name).is_some());
        for (options, remedy) in [
            (&["source"][..], "name the vendor and the product, e.g. `source = \"acme.crm\"`"),
            (
                &["match", "tag", "text"],
                "say what its records have that others have not, e.g. `match = { app = \"crm\" }`",
            ),
            (
                &["fields"],
                "say where the fields' values come from, under `[mapping.fields]`, in a pack `[fields]`",
            ),
        ] {
            if !has(options) {
                self.issue(
                    "",
                    span.clone(),
                    format!(
                        "{} without `{}`",
                        self.what(),
                        options.first().copied().unwrap_or_default()
                    ),
                    remedy,
                );
            }
        }
    }

    /// Limits of one mapping.
    #[inline(never)]
    fn limits(&mut self, span: Range<usize>) {
        let rows = self.mapping.count();
        if rows > MOST_ROWS {
            let message =
                format!("{rows} rows, alternatives counted; at most {MOST_ROWS} can be had");
            self.issue("", span.clone(), message, "leave out what no one asks for");
        }
        let conditions = std::iter::once(&self.mapping.when)
            .chain(self.mapping.whens.iter().map(|when| &when.when));
        let tested = conditions
            .flat_map(|condition| condition.any.iter().flatten().chain(&condition.unless))
            .map(|test| &test.path);
        let tests: BTreeSet<&Path> =
            tested.chain(self.mapping.joins.iter().flat_map(|join| &join.paths)).collect();
        let tests = tests.len();
        if tests > MOST_TESTS {
            let message = format!("{tests} conditions; at most {MOST_TESTS} can be had");
            self.issue("match", span.clone(), message, "remove tests that others imply");
        }
        // Rows that several conditions have in common are kept once.
        let mut kept: Vec<(Field, Vec<&Row>)> = Vec::new();
        for when in &self.mapping.whens {
            for row in &when.rows {
                let rows = when.rows_of(row.field);
                if !kept.iter().any(|(field, held)| *field == row.field && *held == rows) {
                    kept.push((row.field, rows));
                }
            }
        }
        let kept = kept.len();
        if kept.saturating_add(tests) > MOST_KEPT {
            let message = format!(
                "{kept} conditional fields and {tests} conditions; at most {MOST_KEPT} together can be had"
            );
            self.issue(
                "when",
                span,
                message,
                "join conditions that fill the same fields, or write two packs",
            );
        }
    }

    #[inline(never)]
    fn finish(&mut self, value: &Spanned<DeValue<'_>>) {
        let names: Vec<&str> = source::FINISH.iter().map(|finish| finish.name).collect();
        let Some(name) = self.text("finish", value, "the name of a function") else {
            return;
        };
        self.mapping.finish = source::FINISH.iter().find(|finish| finish.name == name).copied();
        if self.mapping.finish.is_none() {
            let path = self.path("finish");
            self.reading.unknown(&path, value.span(), "function", name, &names);
        }
    }

    /// Rows under conditions.
    #[inline(never)]
    fn whens(&mut self, value: &Spanned<DeValue<'_>>) {
        let remedy = "e.g. `[[when]]` with `match = { event = \"grant\" }` and `fields = { \"change.after\" = \"role\" }`";
        for (index, item) in list(value).iter().enumerate() {
            let at = format!("when[{}]", index.saturating_add(1));
            let Some(table) = item.get_ref().as_table() else {
                self.issue(&at, item.span(), "rows under a condition are a table", remedy);
                continue;
            };
            let mut when = When::default();
            for (key, value) in table {
                match key.get_ref().as_ref() {
                    "match" => when.when.any = self.alternatives(&format!("{at}.match"), value),
                    "unless" => {
                        when.when.unless =
                            self.alternatives(&format!("{at}.unless"), value).concat()
                    }
                    "fields" => {
                        (when.rows, when.constants) = self.fields(&format!("{at}.fields"), value)
                    }
                    other => {
                        let path = self.path(&format!("{at}.{other}"));
                        self.reading.unknown(
                            &path,
                            key.span(),
                            "option",
                            other,
                            &["match", "unless", "fields"],
                        );
                    }
                }
            }
            if when.when == Condition::default() {
                self.issue(&at, item.span(), "rows without a condition", remedy);
            }
            if when.rows.is_empty() && when.constants.is_empty() {
                self.issue(&at, item.span(), "a condition without fields", remedy);
            }
            self.mapping.whens.push(when);
        }
    }

    pub(super) fn text<'v>(
        &mut self,
        path: &str,
        value: &'v Spanned<DeValue<'_>>,
        remedy: &str,
    ) -> Option<&'v str> {
        match value.get_ref() {
            DeValue::String(text) if text.len() <= MOST_TEXT => Some(text.as_ref()),
            DeValue::String(_) => {
                self.issue(
                    path,
                    value.span(),
                    format!("a text of more than {MOST_TEXT} bytes"),
                    remedy,
                );
                None
            }
            other => {
                self.issue(
                    path,
                    value.span(),
                    format!("{} is not a string", option::with_article(other.type_str())),
                    remedy,
                );
                None
            }
        }
    }

    #[inline(never)]
    fn source(&mut self, value: &Spanned<DeValue<'_>>) {
        let remedy =
            "vendor and product, of small letters, digits and `_.-`, e.g. `source = \"acme.crm\"`";
        let Some(id) = self.text("source", value, remedy) else {
            return;
        };
        let fits = !id.is_empty()
            && id.len() <= 64
            && id.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte)
            });
        if !fits {
            return self.issue(
                "source",
                value.span(),
                format!("`{}` cannot be the id of a source", cut(id)),
                remedy,
            );
        }
        if source::ALL.iter().any(|source| source.id == id) {
            return self.issue(
                "source",
                value.span(),
                format!("`{id}` is a built-in source"),
                "give the mapping an id of its own",
            );
        }
        if !self.name.is_empty() && self.reading.mappings.iter().any(|mapping| mapping.source == id)
        {
            return self.issue(
                "source",
                value.span(),
                format!("`{id}` is another mapping's already"),
                "give each mapping an id of its own",
            );
        }
        self.mapping.source = id.to_owned();
    }

    fn tag(&mut self, value: &Spanned<DeValue<'_>>) {
        let tag = self
            .text("tag", value, "a tag, with `*` for anything, e.g. `tag = \"crm.*\"`")
            .map(str::to_owned);
        self.mapping.tag = tag;
    }

    /// Conditions: a table of them, or a list of tables of which one must hold.
    #[inline(never)]
    fn alternatives(&mut self, at: &str, value: &Spanned<DeValue<'_>>) -> Vec<Vec<Test>> {
        let remedy = "paths with the values that must stand there, e.g. `match = { app = \"crm\", ts = \"*\" }`; a list of such tables for alternatives";
        let mut all = Vec::new();
        for item in list(value) {
            match item.get_ref().as_table() {
                Some(table) => all.push(self.tests(at, table)),
                None => self.issue(
                    at,
                    item.span(),
                    format!("{} is not a table", option::with_article(item.get_ref().type_str())),
                    remedy,
                ),
            }
        }
        if all.iter().any(Vec::is_empty) {
            self.issue(at, value.span(), "nothing to match on would match everything", remedy);
        }
        all.retain(|tests| !tests.is_empty());
        all
    }

    #[inline(never)]
    fn tests(&mut self, at: &str, table: &DeTable<'_>) -> Vec<Test> {
        let mut tests: Vec<Test> = Vec::new();
        // Tables within tables, without recursion: each with the path to it.
        let mut open: Vec<(Option<Path>, &DeTable<'_>)> = vec![(None, table)];
        while let Some((outer, table)) = open.pop() {
            for (key, value) in table {
                match (Path::within(outer.as_ref(), key.get_ref()), value.get_ref()) {
                    (Ok(path), DeValue::Table(inner)) => open.push((Some(path), inner)),
                    (Ok(path), _) if tests.iter().any(|test| test.path.keys == path.keys) => {
                        self.issue(
                            at,
                            value.span(),
                            format!("`{}` is asked for twice", path.text),
                            "leave one of them, or give a list of values",
                        );
                    }
                    (Ok(path), _) => {
                        let wanted = self.wanted(at, &path, value);
                        // One that has problems is no condition.
                        tests.extend(
                            Some(Test { path, wanted }).filter(|test| !test.wanted.is_empty()),
                        );
                    }
                    (Err(wrong), _) => self.issue(at, key.span(), wrong, PATHS),
                }
            }
        }
        tests
    }

    /// A value, or a list of them.
    fn wanted(&mut self, at: &str, path: &Path, value: &Spanned<DeValue<'_>>) -> Vec<Wanted> {
        let remedy = "a string, a number, true or false; `\"*\"` for any value; a list of them";
        let mut all = Vec::new();
        for item in list(value) {
            let wanted = match item.get_ref() {
                DeValue::String(text) if text.as_ref() == "*" => Some(Wanted::Any),
                DeValue::String(text) if text.contains('*') => {
                    Some(Wanted::Pattern(text.to_string())).filter(|_| text.len() <= MOST_TEXT)
                }
                DeValue::String(text) => {
                    Some(Wanted::Text(text.to_string())).filter(|_| text.len() <= MOST_TEXT)
                }
                DeValue::Boolean(bool) => Some(Wanted::Bool(*bool)),
                number => json_number(number).map(Wanted::Number),
            };
            match wanted {
                Some(wanted) => all.push(wanted),
                None => self.issue(
                    at,
                    item.span(),
                    format!("`{}` cannot be compared with that", path.text),
                    remedy,
                ),
            }
        }
        if all.is_empty() && list(value).is_empty() {
            self.issue(
                at,
                value.span(),
                format!("`{}` is compared with nothing", path.text),
                remedy,
            );
        }
        all
    }

    /// The keys in which a record may hold the event.
    #[inline(never)]
    fn within(&mut self, value: &Spanned<DeValue<'_>>) {
        let remedy = "keys joined by dots, e.g. `within = \"detail\"`, or `within = [\"data\", \"json:AuditData\"]` for JSON inside text";
        let items = list(value);
        if items.len() > MOST_WITHIN {
            let message = format!("{} keys; at most {MOST_WITHIN} can be had", items.len());
            return self.issue("within", value.span(), message, remedy);
        }
        for item in items {
            let path = self.place("within", item, remedy);
            self.mapping.within.extend(path);
        }
    }

    /// The key of an array of events.
    #[inline(never)]
    fn events(&mut self, value: &Spanned<DeValue<'_>>) {
        let remedy = "the key of an array, e.g. `events = \"events\"`; its fields are then read by `events[].name`";
        let path = self.place("events", value, remedy);
        if path.as_ref().is_some_and(Path::is_in_text) {
            let message = "an array of events in JSON inside text";
            return self.issue("events", value.span(), message, remedy);
        }
        self.mapping.events = path;
    }

    /// The path of a value that is an event, or holds some.
    fn place(&mut self, at: &str, value: &Spanned<DeValue<'_>>, remedy: &str) -> Option<Path> {
        let text = self.text(at, value, remedy)?;
        Path::of_value(text).map_err(|wrong| self.issue(at, value.span(), wrong, remedy)).ok()
    }

    fn json(&mut self, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Boolean(is_json) => self.mapping.is_json = *is_json,
            _ => self.issue(
                "json",
                value.span(),
                "neither true nor false",
                "`json = true` if the source writes objects with the same keys too",
            ),
        }
    }

    /// A path, or a list of them.
    pub(super) fn paths(&mut self, at: &str, value: &Spanned<DeValue<'_>>) -> Vec<Path> {
        let one = std::slice::from_ref(value);
        let items = value.get_ref().as_array().map_or(one, |array| array);
        if items.is_empty() {
            self.issue(at, value.span(), "a list without a path", PATHS);
        }
        let mut paths = Vec::new();
        for item in items {
            let Some(text) = self.text(at, item, PATHS) else {
                continue;
            };
            match Path::parse(text) {
                Ok(path) => paths.push(path),
                Err(wrong) => self.issue(at, item.span(), wrong, PATHS),
            }
        }
        paths
    }
}

pub(super) const PATHS: &str = "keys joined by dots, at most 10, e.g. `user.login` or `items[].id`; a dot or a bracket within a key is written `\\.` or `\\[`";

/// The items of a list, or the one value.
pub(super) fn list<'v, 't>(value: &'v Spanned<DeValue<'t>>) -> &'v [Spanned<DeValue<'t>>] {
    value.get_ref().as_array().map_or(std::slice::from_ref(value), |items| items)
}

/// A number as JSON writes it; none for what is no number, nor finite.
pub(super) fn json_number(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(integer) => option::whole(integer).map(|number| number.to_string()),
        DeValue::Float(float) => float
            .as_str()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(|number| number.to_string()),
        _ => None,
    }
}
