//! Correlation documents as thresholds and sequences.

use super::expr::{Expr, Lists};
use anyhow::{Result, bail, ensure};
use auditward_core::entity::Entity;
use rsigma_parser::{
    ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, WindowMode,
};
use toml_edit::{Array, Table, Value, value};

use super::alias::Aliases;

/// A rule that a correlation refers to.
pub struct Referred {
    pub aliases: Aliases,
    /// Its condition, source included.
    pub expr: Expr,
    /// The names by which correlations refer to it.
    pub names: Vec<String>,
}

/// Writes what the correlation asks for into the rule's table.
pub fn write(
    correlation: &CorrelationRule,
    referred: &[Referred],
    lists: &mut Lists,
    table: &mut Table,
) -> Result<()> {
    ensure!(correlation.window == WindowMode::Sliding, "the window is not sliding");
    ensure!(
        !correlation.group_by.is_empty(),
        "without `group-by` it counts over all records; counts are kept per actor, origin, target or service"
    );
    let time = format!("{}s", correlation.timespan.seconds);
    let per = entities(correlation, referred)?;
    let any = || Expr::Any(referred.iter().map(|rule| rule.expr.clone()).collect()).simplified();
    match correlation.correlation_type {
        CorrelationType::EventCount => {
            table["when"] = value(any().table(lists));
            table["count"] = value(least(correlation)?);
            table["window"] = value(time);
        }
        CorrelationType::ValueCount | CorrelationType::ValueSum => {
            let key = if correlation.correlation_type == CorrelationType::ValueCount {
                "distinct"
            } else {
                "sum"
            };
            table["when"] = value(any().table(lists));
            table["count"] = value(least(correlation)?);
            table["window"] = value(time);
            table[key] = value(audit_field(field(correlation)?, correlation, referred)?);
        }
        CorrelationType::Temporal | CorrelationType::TemporalOrdered => {
            if let CorrelationCondition::Extended(condition) = &correlation.condition {
                bail!("the condition `{condition}` of a temporal correlation");
            }
            let steps: Array =
                referred.iter().map(|rule| Value::InlineTable(rule.expr.table(lists))).collect();
            table["steps"] = value(steps);
            table["within"] = value(time);
            if correlation.correlation_type == CorrelationType::Temporal {
                table["ordered"] = value(false);
            }
        }
        other => bail!("correlations of type `{}` are not counted", other.as_str()),
    }
    table["per"] = value(per.into_iter().collect::<Array>());
    Ok(())
}

/// From which number on it fires.
fn least(correlation: &CorrelationRule) -> Result<i64> {
    let CorrelationCondition::Threshold { predicates, .. } = &correlation.condition else {
        bail!("a count without a number")
    };
    match predicates.as_slice() {
        [(ConditionOperator::Gte, number)] => Ok(i64::try_from(*number)?),
        [(ConditionOperator::Gt, number)] => Ok(i64::try_from(*number)?.saturating_add(1)),
        _ => bail!(
            "only `gte` and `gt` are counted: a count that must stay below a number is known only afterwards"
        ),
    }
}

fn field(correlation: &CorrelationRule) -> Result<&str> {
    match &correlation.condition {
        CorrelationCondition::Threshold { field: Some(fields), .. } if fields.len() == 1 => {
            Ok(&fields[0])
        }
        _ => bail!("one `field` is counted"),
    }
}

/// The entities that it counts by.
fn entities(correlation: &CorrelationRule, referred: &[Referred]) -> Result<Vec<&'static str>> {
    let mut made: Vec<&'static str> = Vec::new();
    for name in &correlation.group_by {
        let audit_field = audit_field(name, correlation, referred)?;
        let entity = match audit_field.split('.').next().unwrap_or_default() {
            "env" if audit_field == "env.service" => Some(Entity::Service),
            "env" => None,
            part => Entity::of_rule(part),
        };
        let Some(entity) = entity else {
            bail!("`group-by: {name}` is no actor, origin, target or service")
        };
        if !made.contains(&entity.name()) {
            made.push(entity.name());
        }
    }
    Ok(made)
}

/// The field of the audit record that a name stands for, the same for all rules.
fn audit_field(name: &str, correlation: &CorrelationRule, referred: &[Referred]) -> Result<String> {
    let alias = correlation.aliases.iter().find(|alias| alias.alias == name);
    let mut made: Option<String> = None;
    for rule in referred {
        let own = alias
            .and_then(|alias| rule.names.iter().find_map(|name| alias.mapping.get(name)))
            .map_or(name, String::as_str);
        let audit_field = rule.aliases.audit_field(own)?;
        ensure!(
            made.as_ref().is_none_or(|held| *held == audit_field),
            "`{name}` is another field in each rule"
        );
        made = Some(audit_field);
    }
    made.ok_or_else(|| anyhow::anyhow!("the correlation refers to no rule"))
}
