//! From Sigma's log sources and field names to ours; the table is `aliases.toml`.

use anyhow::{Context, Result, bail};
use auditward_core::event::Field;
use rsigma_parser::LogSource;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Sources that rules of a log source apply to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aliases {
    #[serde(default = "none")]
    product: Vec<String>,
    #[serde(default = "none")]
    service: Vec<String>,
    #[serde(default = "none")]
    category: Vec<String>,
    pub sources: Vec<String>,
    /// Records that no source knows are held against the rules too.
    #[serde(default)]
    pub unknown: bool,
    #[serde(default = "none")]
    raw: Vec<String>,
    #[serde(default = "anywhere")]
    pub keywords: Vec<String>,
    #[serde(default)]
    fields: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    also: BTreeMap<String, Vec<String>>,
    /// Fields that all records of the log source have, where its sources have others too.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Fields with the sources that never have them: that it is missing there says nothing.
    #[serde(default)]
    never: BTreeMap<String, Vec<String>>,
    /// Fields that correlations count by.
    #[serde(default)]
    entities: BTreeMap<String, String>,
}

/// A place that may hold a field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `action.name`, `raw.requestParameters`.
    pub path: String,
    /// How the value is written there, `{}` being the value.
    pub form: Option<String>,
}

fn none() -> Vec<String> {
    vec![String::new()]
}

fn anywhere() -> Vec<String> {
    vec!["raw.*".to_owned()]
}

#[derive(Deserialize)]
struct Table {
    logsource: Vec<Aliases>,
}

static TABLE: LazyLock<Vec<Aliases>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("aliases.toml"))
        .map(|table| table.logsource)
        .unwrap_or_default()
});

impl Aliases {
    /// Those of a rule's log source; with sources given, they are held against those.
    pub fn of(logsource: &LogSource, sources: &[String]) -> Result<Aliases> {
        let given = |part: &Option<String>| part.as_deref().unwrap_or_default().to_lowercase();
        let (product, service, category) =
            (given(&logsource.product), given(&logsource.service), given(&logsource.category));
        let found = TABLE.iter().find(|entry| {
            let has = |list: &[String], given: &str| list.iter().any(|held| held == given);
            has(&entry.product, &product)
                && has(&entry.service, &service)
                && has(&entry.category, &category)
        });
        match (found, sources) {
            (Some(found), []) => Ok(found.clone()),
            (Some(found), sources) => {
                Ok(Aliases { sources: sources.to_vec(), unknown: false, ..found.clone() })
            }
            (None, []) => {
                let parts = [("product", &product), ("service", &service), ("category", &category)];
                let parts: Vec<String> = parts
                    .iter()
                    .filter(|(_, part)| !part.is_empty())
                    .map(|(name, part)| format!("{name} {part}"))
                    .collect();
                bail!(
                    "no source is known for the log source ({}); `source` of `[[sigma]]` names one",
                    parts.join(", ")
                )
            }
            (None, sources) => Ok(Aliases { sources: sources.to_vec(), ..Aliases::plain() }),
        }
    }

    /// Of a log source without names of its own: each field is that of the record.
    fn plain() -> Aliases {
        Aliases {
            product: none(),
            service: none(),
            category: none(),
            sources: Vec::new(),
            unknown: false,
            raw: none(),
            keywords: anywhere(),
            fields: BTreeMap::new(),
            also: BTreeMap::new(),
            requires: Vec::new(),
            never: BTreeMap::new(),
            entities: BTreeMap::new(),
        }
    }

    /// Places of a field, any of which may hold its value.
    pub fn places(&self, field: &str) -> Vec<Place> {
        let listed = self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
        match listed {
            Some((_, places)) => places.iter().map(|place| Place::read(place)).collect(),
            None => self
                .raw
                .iter()
                .map(|before| Place { path: format!("raw.{before}{field}"), form: None })
                .collect(),
        }
    }

    /// The field of the audit record that holds a field's value, where there is one.
    pub fn audit_field(&self, field: &str) -> Result<String> {
        if let Some((_, audit_field)) =
            self.entities.iter().find(|(name, _)| name.eq_ignore_ascii_case(field))
        {
            return Ok(audit_field.clone());
        }
        if Field::ALL.iter().any(|audit_field| audit_field.path() == field) {
            return Ok(field.to_owned());
        }
        let places = self.places(field);
        let audit_field = places
            .into_iter()
            .find(|place| !place.path.starts_with("raw.") && place.form.is_none());
        audit_field.map(|place| place.path).with_context(|| {
            format!(
                "`{field}` is not a field of the audit record; only those are compared and counted"
            )
        })
    }

    /// Sources that never have the field.
    pub fn never(&self, field: &str) -> &[String] {
        self.never
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(field))
            .map_or(&[], |(_, sources)| sources)
    }

    /// Other words for a value.
    pub fn also(&self, value: &str) -> &[String] {
        self.also
            .iter()
            .find(|(held, _)| held.eq_ignore_ascii_case(value))
            .map_or(&[], |(_, words)| words)
    }
}

impl Place {
    fn read(text: &str) -> Place {
        match text.split_once(" = ") {
            Some((path, form)) => Place { path: path.to_owned(), form: Some(form.to_owned()) },
            None => Place { path: text.to_owned(), form: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::{pack, source};

    #[test]
    fn the_table_names_fields_and_sources_that_exist() {
        assert!(TABLE.len() > 20, "the table is read");
        for entry in TABLE.iter() {
            for path in entry.fields.values().flatten().map(|place| Place::read(place).path).chain(
                entry
                    .keywords
                    .iter()
                    .chain(entry.entities.values())
                    .chain(&entry.requires)
                    .cloned(),
            ) {
                assert!(
                    path.starts_with("raw.")
                        || Field::ALL.iter().any(|audit_field| audit_field.path() == path),
                    "{path}"
                );
            }
            for id in entry.sources.iter().chain(entry.never.values().flatten()) {
                let is_known = source::ALL.iter().any(|source| source.id == id)
                    || pack::built_in().iter().any(|pack| pack.source == *id);
                assert!(is_known, "{id}");
            }
        }
    }

    #[test]
    fn fields_without_an_alias_are_those_of_the_record() {
        let logsource = LogSource {
            product: Some("azure".into()),
            service: Some("AuditLogs".into()),
            ..LogSource::default()
        };
        let aliases = Aliases::of(&logsource, &[]).unwrap();
        let paths = |field: &str| {
            aliases.places(field).into_iter().map(|place| place.path).collect::<Vec<_>>()
        };
        assert_eq!(paths("loggedbyservice"), ["env.service"]);
        assert_eq!(paths("TenantId"), ["raw.TenantId", "raw.properties.TenantId"]);
        let other = LogSource {
            product: Some("windows".into()),
            category: Some("process_creation".into()),
            ..LogSource::default()
        };
        assert!(
            Aliases::of(&other, &[])
                .unwrap_err()
                .to_string()
                .contains("product windows, category process_creation")
        );
        assert_eq!(
            Aliases::of(&other, &["acme.edr".to_owned()]).unwrap().places("Image")[0].path,
            "raw.Image"
        );
    }
}
