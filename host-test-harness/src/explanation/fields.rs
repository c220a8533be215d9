//! Where the fields of a record come from.

use super::conditions::{at, is_met, resolve};
use super::{Filled, Found, Kind, all};
use crate::evaluated::{Evaluated, Reader};
use auditward_core::event::{Cell, Field};
use auditward_core::mapping::{Constant, Mapping, Row, Take};
use auditward_core::policy::Policy;
use auditward_core::source::{Source, Via, keys_of};
use serde_json::Value;

/// The fields of an output, each with its origin.
pub(super) fn of(
    reader: &Reader,
    output: &[u8],
    policy: &Policy,
    evaluated: &Evaluated,
    found: &Found,
) -> Vec<Filled> {
    let kind = evaluated.source.as_deref().and_then(|id| all(policy).find(|kind| kind.id() == id));
    let filled = Field::ALL.iter().filter_map(|&field| Some((field, reader.field(output, field)?)));
    filled
        .map(|(field, value)| Filled {
            field: field.path(),
            from: from(field, &value, policy, evaluated, found, kind.as_ref()),
            value,
        })
        .collect()
}

fn from(
    field: Field,
    value: &Value,
    policy: &Policy,
    evaluated: &Evaluated,
    found: &Found,
    kind: Option<&Kind<'_>>,
) -> String {
    let has_flag = |id: &str| evaluated.notes.iter().any(|note| note == id);
    match field {
        Field::Id if found.event.is_none() && is_digest(value) => {
            return "a digest of the record, which has no id".to_owned();
        }
        Field::Source => return "recognition".to_owned(),
        Field::Time if has_flag("no-time") => {
            return "the time of reading: the record has none".to_owned();
        }
        Field::Time if has_flag("time-ahead") => {}
        Field::ActionClass if has_flag("class-by-name") => {
            return "a word in the action's name".to_owned();
        }
        Field::EnvTag => return "`[environment] tag` of the policy".to_owned(),
        Field::TargetDataClass if is_by_policy(value, policy) => {
            return "`[targets.data_class]` of the policy".to_owned();
        }
        _ => {}
    }
    let known = match (kind, &found.event) {
        (Some(Kind::Mapping(mapping) | Kind::Pack(mapping)), Some(event)) => {
            of_mapping(field, mapping, event)
        }
        (Some(Kind::Mapping(mapping) | Kind::Pack(mapping)), None) => of_line(field, mapping),
        (Some(Kind::Source(source)), Some(event)) => of_source(field, source, event),
        (Some(Kind::Source(source)), None) => {
            Some(format!("the line, by the code of {}", source.id))
        }
        (None, _) => None,
    };
    let otherwise = match (field, kind) {
        (Field::Id, _) => "a digest of the record, which has no id".to_owned(),
        (Field::OriginPort, Some(Kind::Mapping(_) | Kind::Pack(_))) => {
            "the value of origin.ip, which has a port".to_owned()
        }
        (_, Some(Kind::Mapping(_) | Kind::Pack(_))) => "other fields of the record".to_owned(),
        (_, Some(kind)) => format!("the code of {}", kind.id()),
        (_, None) => "what every record has".to_owned(),
    };
    known.unwrap_or(otherwise)
}

/// Tells whether an id has the form of a digest.
fn is_digest(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_by_policy(value: &Value, policy: &Policy) -> bool {
    value
        .as_str()
        .is_some_and(|value| policy.targets.data_class.iter().any(|(class, _)| class == value))
}

fn of_mapping(field: Field, mapping: &Mapping, event: &Value) -> Option<String> {
    let whens = mapping.whens.iter().filter(|when| is_met(&when.when, event));
    let conditional =
        whens.clone().flat_map(|when| &when.rows).map(|row| (row, " under a condition"));
    let mut rows = conditional
        .chain(mapping.rows.iter().map(|row| (row, "")))
        .filter(|(row, _)| row.field == field);
    let is_there =
        |row: &Row| resolve(event, &row.path).is_some_and(|value| value.as_str() != Some(""));
    if let Some((row, under)) = rows.find(|(row, _)| is_there(row)) {
        return Some(format!("{}{}{under}", row.path.text, how(row)));
    }
    if field == Field::Time
        && let Some(join) = mapping
            .joins
            .iter()
            .find(|join| join.paths.iter().all(|path| resolve(event, path).is_some()))
    {
        return Some(format!(
            "{}, joined",
            join.paths.iter().map(|path| path.text.as_str()).collect::<Vec<_>>().join(" and ")
        ));
    }
    let constants = whens.flat_map(|when| &when.constants).chain(&mapping.constants);
    constants
        .map(|(field, _): &(Field, Constant)| *field)
        .any(|filled| filled == field)
        .then(|| format!("a constant of {}", mapping.source))
        .or_else(|| {
            let finish = mapping.finish.as_ref()?;
            Some(format!("`finish = \"{}\"`", finish.name))
        })
}

/// How the value at the path becomes the field's.
fn how(row: &Row) -> &'static str {
    match (&row.take, row.parts.is_empty()) {
        (Take::AsItIs, true) => "",
        (Take::AsItIs, false) => ", a part of it",
        (Take::Time(_), _) => ", by its format",
        (Take::Table(_), _) => ", by a lookup table",
        (Take::Word(..), _) => ", one of the field's words",
        (Take::Present(_), _) => ", since it is there",
    }
}

fn of_line(field: Field, mapping: &Mapping) -> Option<String> {
    let rows = mapping
        .rows
        .iter()
        .chain(mapping.whens.iter().flat_map(|when| &when.rows))
        .filter(|row| row.field == field);
    let paths: Vec<&str> = rows.map(|row| row.path.text.as_str()).collect();
    if !paths.is_empty() {
        return Some(format!("the line's {}", paths.join(" or ")));
    }
    let is_constant = mapping.constants.iter().any(|(filled, _)| *filled == field);
    Some(if is_constant {
        format!("a constant of {}", mapping.source)
    } else {
        "the header of the line".to_owned()
    })
}

fn of_source(field: Field, source: &Source, event: &Value) -> Option<String> {
    let rows =
        source.rows.iter().filter(|row| row.cell == Cell::field(field) && row.via != Via::Keep);
    let found = rows
        .map(|row| row.path)
        .find(|path| at(event, keys_of(path)).is_some_and(|value| value.as_str() != Some("")));
    found.map(|path| path.trim_start_matches('\'').to_owned())
}
