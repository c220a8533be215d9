//! Reads the rows and constants of mappings, by the fields that they fill.

use super::draft::{Draft, PATHS, json_number, list};
use crate::event::{Field, Form};
use crate::mapping::{
    Constant, Lookup, MOST_TEXT, MOST_VALUES, Part, Row, Take, bounds, cut, is_address, is_within,
};
use crate::option;
use crate::similar::nearest;
use crate::text::quote;
use crate::value::{Kind, Val};
use crate::vocabulary::Vocabulary;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

impl Draft<'_, '_> {
    /// Rows and constants, by the fields that they fill.
    #[inline(never)]
    pub(super) fn fields(
        &mut self,
        at: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> (Vec<Row>, Vec<(Field, Constant)>) {
        let mut made = (Vec::new(), Vec::new());
        let Some(table) = value.get_ref().as_table() else {
            let message =
                format!("{} is not a table", option::with_article(value.get_ref().type_str()));
            self.issue(
                at,
                value.span(),
                message,
                "write `[mapping.fields]`, in a pack `[fields]`, with a field on each line",
            );
            return made;
        };
        if table.is_empty() {
            let message = format!("{} that fills no field", self.what());
            self.issue(
                at,
                value.span(),
                message,
                "say where the fields' values come from, e.g. `\"actor.name\" = \"user\"`",
            );
        }
        let mut seen: BTreeSet<Field> = BTreeSet::new();
        let mut open: Vec<(String, &DeTable<'_>)> = vec![(String::new(), table)];
        while let Some((outer, table)) = open.pop() {
            for (key, value) in table {
                let name = match outer.is_empty() {
                    true => key.get_ref().to_string(),
                    false => format!("{outer}.{}", key.get_ref()),
                };
                let is_group = Field::ALL.iter().any(|field| {
                    field
                        .path()
                        .strip_prefix(name.as_str())
                        .is_some_and(|rest| rest.starts_with('.'))
                });
                let at = format!("{at}.{name}");
                match (Field::ALL.iter().find(|field| field.path() == name), value.get_ref()) {
                    (Some(field @ (Field::Time | Field::Source)), _) => {
                        let option = field.path();
                        let remedy = format!(
                            "put `{option} = ..` above `[mapping.fields]`, in a pack above `[fields]`"
                        );
                        self.issue(
                            &at,
                            key.span(),
                            format!(
                                "`{option}` is an option of {}",
                                self.what().replace("a ", "the ")
                            ),
                            remedy,
                        );
                    }
                    (Some(field), _) if !seen.insert(*field) => {
                        self.issue(
                            &at,
                            key.span(),
                            format!("`{}` is filled twice", field.path()),
                            "join both to a list of paths",
                        );
                    }
                    (Some(field), _) => self.field(*field, &at, value, &mut made),
                    (None, DeValue::Table(inner)) if is_group => open.push((name, inner)),
                    _ => {
                        let path = self.path(&at);
                        let known: Vec<&str> =
                            Field::ALL.iter().map(|field| field.path()).collect();
                        self.reading.unknown(&path, key.span(), "field", &name, &known);
                    }
                }
            }
        }
        made
    }

    /// A path, a table, or a list of both of which the first that has a value counts.
    fn field(
        &mut self,
        field: Field,
        at: &str,
        value: &Spanned<DeValue<'_>>,
        made: &mut (Vec<Row>, Vec<(Field, Constant)>),
    ) {
        if value.get_ref().as_array().is_some_and(|items| items.is_empty()) {
            self.issue(at, value.span(), "a list without a path", PATHS);
        }
        for item in list(value) {
            match item.get_ref() {
                DeValue::Table(table) => self.field_by_table(field, at, table, item.span(), made),
                _ => {
                    let take =
                        Vocabulary::of(field).map_or(Take::AsItIs, |words| Take::Word(words, None));
                    for path in self.paths(at, item) {
                        made.0.push(Row { path, field, parts: Vec::new(), take: take.clone() });
                    }
                }
            }
        }
    }

    /// `{ value = .. }`, or `{ path = .., part = .., values = .., default = .. }`.
    #[inline(never)]
    fn field_by_table(
        &mut self,
        field: Field,
        at: &str,
        table: &DeTable<'_>,
        span: Range<usize>,
        made: &mut (Vec<Row>, Vec<(Field, Constant)>),
    ) {
        const KEYS: [&str; 8] =
            ["value", "path", "values", "default", "present", "absent", "part", "lower"];
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !KEYS.contains(&name) {
                let path = self.path(&format!("{at}.{name}"));
                self.reading.unknown(&path, key.span(), "option", name, &KEYS);
            }
        }
        let constant = |draft: &mut Self, name: &str| {
            table.get(name).and_then(|value| draft.constant(field, &format!("{at}.{name}"), value))
        };
        let (value, default) =
            (constant(self, "value"), constant(self, "default").or(constant(self, "absent")));
        match (table.get("value"), table.get("path")) {
            (Some(_), None) if table.len() == 1 => made.1.extend(value.map(|value| (field, value))),
            (Some(given), _) => self.issue(
                at,
                given.span(),
                "a constant beside a path",
                "write `{ value = .. }` alone, or `default = ..` for a value if no path has one",
            ),
            (None, None) => {
                self.issue(at, span, "neither a path nor a value", "e.g. `{ path = \"verb\", values = { view = \"read\" } }` or `{ value = \"data\" }`")
            }
            (None, Some(paths)) => {
                let paths = self.paths(&format!("{at}.path"), paths);
                let take = match (table.get("values"), Vocabulary::of(field), &default) {
                    _ if table.get("present").is_some() => match constant(self, "present") {
                        Some(present) => Take::Present(present),
                        None => return,
                    },
                    (Some(values), ..) => Take::Table(Arc::new(Lookup::new(&(self.values(field, at, values), default.clone())))),
                    (None, Some(words), Some(Constant::Word(number))) => Take::Word(words, Some(*number)),
                    (None, Some(words), _) => Take::Word(words, None),
                    (None, None, _) => Take::AsItIs,
                };
                let parts = self.parts(at, table);
                for path in paths {
                    made.0.push(Row { path, field, parts: parts.clone(), take: take.clone() });
                }
                made.1.extend(default.map(|default| (field, default)));
            }
        }
    }

    /// The steps to the part of a text that is meant.
    #[inline(never)]
    fn parts(&mut self, at: &str, table: &DeTable<'_>) -> Vec<Part> {
        let at = format!("{at}.part");
        let remedy = "e.g. `part = { after_last = \"/\" }`, `{ before = \"@\" }`, `{ split = \",\", index = 2 }`, or a list of them";
        let mut parts = Vec::new();
        for item in table.get("part").map_or(&[][..], |value| list(value)) {
            let Some(steps) = item.get_ref().as_table() else {
                self.issue(&at, item.span(), "a part is a table", remedy);
                continue;
            };
            for (key, value) in steps {
                let name = key.get_ref().as_ref();
                if name == "index" {
                    continue;
                }
                let Some(text) = self
                    .text(&at, value, remedy)
                    .filter(|text| !text.is_empty())
                    .map(str::to_owned)
                else {
                    continue;
                };
                let index = steps
                    .get("index")
                    .and_then(|index| json_number(index.get_ref()))
                    .and_then(|index| index.parse().ok())
                    .unwrap_or_default();
                match name {
                    "after" => parts.push(Part::After(text)),
                    "after_last" => parts.push(Part::AfterLast(text)),
                    "before" => parts.push(Part::Before(text)),
                    "before_last" => parts.push(Part::BeforeLast(text)),
                    "split" => parts.push(Part::Split(text, index)),
                    _ => {
                        let path = self.path(&format!("{at}.{name}"));
                        self.reading.unknown(
                            &path,
                            key.span(),
                            "option",
                            name,
                            &["after", "after_last", "before", "before_last", "split", "index"],
                        );
                    }
                }
            }
        }
        if matches!(table.get("lower").map(Spanned::get_ref), Some(DeValue::Boolean(true))) {
            parts.push(Part::Lower);
        }
        parts
    }

    #[inline(never)]
    fn values(
        &mut self,
        field: Field,
        at: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Vec<(String, Constant)> {
        let at = format!("{at}.values");
        let Some(table) = value.get_ref().as_table().filter(|table| !table.is_empty()) else {
            self.issue(&at, value.span(), "not a lookup table", "a table of values at the path and their replacements, e.g. `values = { view = \"read\" }`");
            return Vec::new();
        };
        if table.len() > MOST_VALUES {
            self.issue(
                &at,
                value.span(),
                format!("{} values; at most {MOST_VALUES} can be had", table.len()),
                "let `default` stand for the most frequent",
            );
            return Vec::new();
        }
        let mut values: Vec<(String, Constant)> = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if name.len() > MOST_TEXT {
                self.issue(
                    &at,
                    key.span(),
                    format!("a value of more than {MOST_TEXT} bytes"),
                    "values are compared as a whole",
                );
                continue;
            }
            let constant = self.constant(field, &format!("{at}.{name}"), value);
            values.extend(constant.map(|constant| (name.to_owned(), constant)));
        }
        values.sort_by(|(a, _), (b, _)| a.cmp(b));
        values
    }

    /// A value that fits the field.
    #[inline(never)]
    fn constant(
        &mut self,
        field: Field,
        at: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Constant> {
        if let Some(words) = Vocabulary::of(field) {
            return self.word(words, at, value);
        }
        let made = match (value.get_ref(), field.form()) {
            (DeValue::String(text), Form::Text | Form::Any) if !text.is_empty() => token(text),
            (DeValue::Boolean(bool), Form::Text) => token(&bool.to_string()),
            (DeValue::Boolean(bool), Form::Bool | Form::Any) => Some(Constant::Bool(*bool)),
            (number, Form::Text) => json_number(number).and_then(|number| token(&number)),
            (number, Form::Any) => {
                json_number(number).map(|number| Constant::Token(number.into_bytes(), Kind::Number))
            }
            (DeValue::Integer(_), Form::Number) => json_number(value.get_ref())
                .and_then(|number| number.parse().ok())
                .map(Constant::Int),
            _ => None,
        };
        let made = made.filter(|_| is_meant(field, value.get_ref()));
        if made.is_none() {
            let expected = match (field, field.form()) {
                (Field::OriginIp, _) => "an IPv4 or IPv6 address".to_owned(),
                (Field::OriginCountry, _) => "an ISO 3166-1 code of two letters".to_owned(),
                (_, Form::Text) => format!("a string, not empty, at most {MOST_TEXT} bytes"),
                (_, Form::Bool) => "true or false".to_owned(),
                (_, form) => match (
                    bounds(field),
                    if form == Form::Number { "a whole number" } else { "a number" },
                ) {
                    (Some((least, most)), what) => format!("{what} from {least} to {most}"),
                    (None, _) => "a string, a number, true or false".to_owned(),
                },
            };
            self.issue(at, value.span(), format!("that does not fit `{}`", field.path()), expected);
        }
        made
    }

    fn word(
        &mut self,
        words: Vocabulary,
        at: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Constant> {
        let text = value.get_ref().as_str().unwrap_or_default();
        let number =
            words.number(text.as_bytes()).filter(|number| words.word(*number) == Some(text));
        if number.is_none() {
            let list = words.list();
            let near = nearest(text, list.iter().copied())
                .map_or(String::new(), |word| format!("did you mean `{word}`? "));
            let message = match value.get_ref() {
                DeValue::String(_) => {
                    format!("`{}` is not a value of `{}`", cut(text), words.field().path())
                }
                other => format!("{} is not a string", option::with_article(other.type_str())),
            };
            self.issue(at, value.span(), message, format!("{near}there are: {}", list.join(", ")));
        }
        number.map(Constant::Word)
    }
}

/// True if a value of the right form is what the field is for.
fn is_meant(field: Field, value: &DeValue<'_>) -> bool {
    let text = value.as_str().unwrap_or_default();
    match field {
        Field::OriginIp => is_address(text.as_bytes()),
        Field::OriginCountry => {
            text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_alphabetic())
        }
        _ => {
            text.len() <= MOST_TEXT
                && is_within(field, Val::None, json_number(value).unwrap_or_default().as_bytes())
        }
    }
}

/// Text as a JSON token.
fn token(text: &str) -> Option<Constant> {
    let mut token = Vec::new();
    quote(text.as_bytes(), &mut token).ok()?;
    Some(Constant::Token(token, Kind::String))
}
