//! `[[metric]]`: numbers of records that are learned for each entity.

use super::reading::Reading;
use super::section::METRIC;
use crate::entity::Entity;
use crate::event::Field;
use crate::option::Value;
use crate::policy::metric::{MOST, Metric, Place};
use crate::rule::read::escaped;
use crate::similar::nearest;
use std::sync::Arc;
use toml::Spanned;
use toml::de::DeValue;

/// FNV-1a of the texts: the same in every build and under every key.
fn id(texts: [&str; 2]) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[inline(never)]
pub(super) fn read(reading: &mut Reading<'_>, value: &Spanned<DeValue<'_>>) {
    let Some(entries) = reading.entries(METRIC.name, value) else {
        return;
    };
    if let Some(beyond) = entries.get(MOST) {
        let message = format!("{} are more than the {MOST} there may be", entries.len());
        let remedy = "keep those whose values say that something is wrong".to_owned();
        return reading.issue(METRIC.name, beyond.span(), message, remedy);
    }
    for (index, entry) in entries.iter().enumerate() {
        let path = format!("{}[{}]", METRIC.name, index.saturating_add(1));
        let before = reading.given.len();
        reading.section(&path, METRIC.options, entry);
        let given = reading.given.split_off(before);
        let Some(table) = entry.get_ref().as_table() else { continue };
        let text = |wanted: &str| {
            given.iter().find_map(|(_, key, value)| match value {
                Value::Text(text) if *key == wanted => Some(text.as_str()),
                _ => None,
            })
        };
        let missing = ["field", "why"].into_iter().filter(|key| !table.contains_key(*key));
        for key in missing {
            let example = METRIC.options.iter().find(|option| option.key == key);
            let example = example.map_or("", |option| option.default);
            let remedy = format!("set it, e.g. `{key} = {example}`");
            reading.issue(
                &format!("{path}.{key}"),
                entry.span(),
                format!("`{key}` is missing"),
                remedy,
            );
        }
        let (Some(field), Some(why)) = (text("field"), text("why")) else { continue };
        let Some(place) = Place::read(field) else {
            let near = nearest(field, Field::ALL.iter().map(|field| field.path()));
            let near = near.map_or(String::new(), |name| format!("did you mean `{name}`? "));
            let span = table.get("field").map_or(entry.span(), |value| value.span());
            reading.issue(
                &format!("{path}.field"),
                span,
                format!("`{field}` is neither a field of the audit record nor a path"),
                format!("{near}values of the original record are `raw.` and their path"),
            );
            continue;
        };
        let entity = text("entity").and_then(Entity::of_metric).unwrap_or(Entity::Actor);
        let direction = text("direction").unwrap_or("above");
        let metric = Metric {
            field: escaped(field),
            place,
            entity,
            is_above: direction != "below",
            is_below: direction != "above",
            why: escaped(why),
            id: id([field, entity.name()]),
        };
        reading.metrics.push(Arc::new(metric));
    }
}

#[cfg(test)]
mod tests {
    use crate::entity::Entity;
    use crate::policy::Policy;

    #[test]
    fn a_metric_has_a_field_and_a_reason() {
        let policy = Policy::parse(
            "[[metric]]\nfield = \"raw.cpu.percent\"\nentity = \"host\"\ndirection = \"both\"\nwhy = \"a \\\"miner\\\" or a hang\"\n\
             [[metric]]\nfield = \"target.bytes\"\nwhy = \"taken\"\n",
        )
        .unwrap();
        let [cpu, bytes] = policy.metrics.as_slice() else { panic!("{:?}", policy.metrics) };
        assert_eq!((cpu.entity, cpu.is_above, cpu.is_below), (Entity::Host, true, true));
        assert_eq!(cpu.why, "a \\\"miner\\\" or a hang", "as JSON has it");
        assert_eq!((bytes.entity, bytes.is_above, bytes.is_below), (Entity::Actor, true, false));
        assert_ne!(cpu.id, bytes.id);
        let text = "[[metric]]\n[[metric]]\nfield = \"target.byte\"\nwhy = \"x\"\nentity = \"team\"\n[metric]\n";
        assert!(Policy::parse(text).is_err());
        let text =
            "[[metric]]\n[[metric]]\nfield = \"target.byte\"\nwhy = \"x\"\nentity = \"team\"\n";
        let issues = Policy::parse(text).unwrap_err();
        let found: Vec<String> = issues
            .iter()
            .map(|issue| format!("{} {} {}", issue.path, issue.message, issue.remedy))
            .collect();
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(
            found.iter().any(|issue| issue.contains("did you mean `target.bytes`?")),
            "{found:#?}"
        );
        let many = "[[metric]]\nfield = \"target.bytes\"\nwhy = \"x\"\n".repeat(33);
        assert_eq!(Policy::parse(&many).unwrap_err().len(), 1);
    }
}
