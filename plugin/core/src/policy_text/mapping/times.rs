//! Reads how mappings find the time of a record.

use super::draft::{Draft, list};
use crate::event::Field;
use crate::mapping::{Join, MOST_JOINED, Row, Take};
use crate::time::format::{DIRECTIVES, Format, NAMES};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

impl Draft<'_, '_> {
    /// A time, or a list of them in several formats.
    #[inline(never)]
    pub(super) fn time(&mut self, value: &Spanned<DeValue<'_>>) {
        let has_tables = value
            .get_ref()
            .as_array()
            .is_some_and(|items| items.iter().any(|item| item.get_ref().is_table()));
        if !has_tables {
            return self.one_time(value);
        }
        for item in list(value) {
            self.one_time(item);
        }
    }

    #[inline(never)]
    fn one_time(&mut self, value: &Spanned<DeValue<'_>>) {
        let (paths, formats) = match value.get_ref() {
            DeValue::Table(table) => {
                for (key, _) in table {
                    let name = key.get_ref().as_ref();
                    if !["path", "join", "format"].contains(&name) {
                        let path = self.path(&format!("time.{name}"));
                        self.reading.unknown(
                            &path,
                            key.span(),
                            "option",
                            name,
                            &["path", "join", "format"],
                        );
                    }
                }
                if let Some(joined) = table.get("join") {
                    return self.joined(joined, table);
                }
                let Some(paths) = table.get("path") else {
                    return self.issue(
                        "time",
                        value.span(),
                        "a time without its `path`",
                        "e.g. `time = { path = \"ts\", format = \"unix_ms\" }`",
                    );
                };
                (
                    self.paths("time.path", paths),
                    table
                        .get("format")
                        .map_or(vec![Format::Rfc3339], |format| self.formats(format)),
                )
            }
            _ => (self.paths("time", value), vec![Format::Rfc3339]),
        };
        // Times go before the other rows.
        for path in paths {
            for format in &formats {
                self.mapping.rows.push(Row {
                    path: path.clone(),
                    field: Field::Time,
                    parts: Vec::new(),
                    take: Take::Time(format.clone()),
                });
            }
        }
    }

    /// A time of several values.
    fn joined(&mut self, value: &Spanned<DeValue<'_>>, table: &DeTable<'_>) {
        let remedy = "e.g. `time = { join = [\"date\", \"clock\"], format = \"%Y-%m-%d %H:%M:%S\" }`: the values with a blank between them";
        let paths = self.paths("time.join", value);
        if !(2..=MOST_JOINED).contains(&paths.len()) || table.get("path").is_some() {
            return self.issue(
                "time.join",
                value.span(),
                format!("a time is joined of two to {MOST_JOINED} values, without a `path`"),
                remedy,
            );
        }
        let Some(formats) = table.get("format") else {
            return self.issue(
                "time.join",
                value.span(),
                "a time of several values without its `format`",
                remedy,
            );
        };
        let formats = self.formats(formats);
        self.mapping.joins.push(Join { paths, formats });
    }

    /// A format, or a list of which the first that reads the text counts.
    fn formats(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Format> {
        list(value).iter().filter_map(|item| self.format(item)).collect()
    }

    fn format(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Format> {
        let remedy = format!(
            "one of \"{}\", or a format out of {DIRECTIVES}, e.g. \"%d/%b/%Y:%H:%M:%S %z\"",
            NAMES.join("\", \"")
        );
        let text = self.text("time.format", value, &remedy)?;
        let format = Format::compile(text).and_then(|format| match format.lacks() {
            Some(what) => Err(format!("`{text}` lacks {what}")),
            None => Ok(format),
        });
        format.map_err(|wrong| self.issue("time.format", value.span(), wrong, remedy)).ok()
    }
}
