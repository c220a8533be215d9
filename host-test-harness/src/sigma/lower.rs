//! A rule's detections as a condition.

use super::alias::Aliases;
use super::expr::{Expr, Wanted};
use super::glob;
use anyhow::{Context, Result, bail};
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, FieldSpec, Modifier, Quantifier,
    SigmaValue,
};

/// The condition of a rule, without that on its source.
pub fn detections(detections: &Detections, aliases: &Aliases) -> Result<Expr> {
    if let Some(timeframe) = &detections.timeframe {
        bail!(
            "`timeframe: {timeframe}` is of the old form of aggregations; write a correlation document"
        );
    }
    let lower = Lower { detections, aliases };
    let any: Vec<Expr> = detections
        .conditions
        .iter()
        .map(|condition| lower.condition(condition))
        .collect::<Result<_>>()?;
    Ok(Expr::Any(any).simplified())
}

/// The condition that a record is of the log source.
pub fn source(aliases: &Aliases) -> Expr {
    let requires = aliases.requires.iter().map(|field| Expr::test(field, Wanted::Exists(true)));
    Expr::All(std::iter::once(of_sources(aliases)).chain(requires).collect()).simplified()
}

fn of_sources(aliases: &Aliases) -> Expr {
    let known = Expr::test("source", Wanted::Texts(aliases.sources.clone()));
    let unknown = aliases.unknown.then(|| Expr::test("source", Wanted::Exists(false)));
    Expr::Any(std::iter::once(known).chain(unknown).collect()).simplified()
}

struct Lower<'s> {
    detections: &'s Detections,
    aliases: &'s Aliases,
}

impl Lower<'_> {
    fn condition(&self, condition: &ConditionExpr) -> Result<Expr> {
        let each = |all: &[ConditionExpr]| {
            all.iter().map(|one| self.condition(one)).collect::<Result<Vec<Expr>>>()
        };
        match condition {
            ConditionExpr::And(all) => Ok(Expr::All(each(all)?)),
            ConditionExpr::Or(any) => Ok(Expr::Any(each(any)?)),
            ConditionExpr::Not(one) => Ok(self.condition(one)?.negated()),
            ConditionExpr::Identifier(name) => self.named(name),
            ConditionExpr::Selector { quantifier, pattern } => {
                let mut names: Vec<&String> = self
                    .detections
                    .named
                    .keys()
                    .filter(|name| pattern.matches_detection_name(name))
                    .collect();
                names.sort();
                let of_them =
                    names.iter().map(|name| self.named(name)).collect::<Result<Vec<Expr>>>()?;
                match quantifier {
                    _ if of_them.is_empty() => bail!("`{condition}` names no selection"),
                    Quantifier::Any | Quantifier::Count(1) => Ok(Expr::Any(of_them)),
                    Quantifier::All => Ok(Expr::All(of_them)),
                    Quantifier::Count(count)
                        if usize::try_from(*count).is_ok_and(|count| count == of_them.len()) =>
                    {
                        Ok(Expr::All(of_them))
                    }
                    Quantifier::Count(_) => {
                        bail!("`{condition}`: only `1 of` and `all of` are lowered")
                    }
                }
            }
        }
    }

    fn named(&self, name: &str) -> Result<Expr> {
        let detection = self
            .detections
            .named
            .get(name)
            .with_context(|| format!("the condition names `{name}`, which is not there"))?;
        self.detection(detection)
    }

    fn detection(&self, detection: &Detection) -> Result<Expr> {
        let each = |all: &[Detection]| {
            all.iter().map(|one| self.detection(one)).collect::<Result<Vec<Expr>>>()
        };
        match detection {
            Detection::AllOf(items) => {
                Ok(Expr::All(items.iter().map(|item| self.item(item)).collect::<Result<_>>()?))
            }
            Detection::AnyOf(any) => Ok(Expr::Any(each(any)?)),
            Detection::And(all) => Ok(Expr::All(each(all)?)),
            Detection::Keywords(values) => self.keywords(values, false),
            Detection::ArrayMatch { field, .. } => {
                bail!("`{field}` with a quantifier over elements")
            }
            Detection::Conditional { .. } => bail!("a condition within a selection"),
        }
    }

    fn keywords(&self, values: &[SigmaValue], all: bool) -> Result<Expr> {
        let of_value = |value: &SigmaValue| {
            let pattern = glob::pattern(value, true, true)?;
            Ok(Expr::Any(
                self.aliases
                    .keywords
                    .iter()
                    .map(|place| Expr::test(place, Wanted::Texts(vec![pattern.clone()])))
                    .collect(),
            ))
        };
        let made = values.iter().map(of_value).collect::<Result<Vec<Expr>>>()?;
        Ok(if all { Expr::All(made) } else { Expr::Any(made) })
    }

    fn item(&self, item: &DetectionItem) -> Result<Expr> {
        let field = &item.field;
        if let Some(modifier) = field.modifiers.iter().find(|modifier| !is_lowered(**modifier)) {
            bail!("the modifier {modifier:?} is not lowered");
        }
        let all = field.has_modifier(Modifier::All);
        let Some(name) = field.name.as_deref().filter(|name| !name.is_empty()) else {
            return self.keywords(&item.values, all);
        };
        let made = item
            .values
            .iter()
            .map(|value| self.value(name, field, value))
            .collect::<Result<Vec<Expr>>>()
            .with_context(|| format!("`{name}`"))?;
        Ok(if all { Expr::All(made) } else { Expr::Any(made) })
    }

    /// One value of a field, at any of the places that may hold it.
    fn value(&self, name: &str, field: &FieldSpec, value: &SigmaValue) -> Result<Expr> {
        let places = self.aliases.places(name);
        let has = |modifier| field.has_modifier(modifier);
        let at_any = |wanted: Wanted| {
            Expr::Any(places.iter().map(|place| Expr::test(&place.path, wanted.clone())).collect())
        };
        if has(Modifier::FieldRef) {
            let other = value.to_string();
            return Ok(Expr::test(
                self.aliases.audit_field(name)?,
                Wanted::Same(self.aliases.audit_field(&other)?),
            ));
        }
        if has(Modifier::Exists) {
            let exists = matches!(value, SigmaValue::Bool(true)) || value.to_string() == "true";
            let there = at_any(Wanted::Exists(true));
            return Ok(if exists { there } else { there.negated() });
        }
        if has(Modifier::Cidr) {
            return Ok(at_any(Wanted::Cidr(vec![value.to_string()])));
        }
        if let Some(bounds) = bounds(field, value)? {
            return Ok(at_any(bounds));
        }
        let texts = texts(field, value, self.aliases)?;
        let made = match texts.as_slice() {
            // Null and the empty text are one: there is no value.
            [] => {
                let missing = at_any(Wanted::Exists(true)).negated();
                match self.aliases.never(name) {
                    [] => missing,
                    sources => Expr::All(vec![
                        missing,
                        Expr::test("source", Wanted::Texts(sources.to_vec())).negated(),
                    ]),
                }
            }
            _ => {
                let written = |form: &Option<String>| match form {
                    Some(form) => texts.iter().map(|text| form.replace("{}", text)).collect(),
                    None => texts.clone(),
                };
                Expr::Any(
                    places
                        .iter()
                        .map(|place| Expr::test(&place.path, Wanted::Texts(written(&place.form))))
                        .collect(),
                )
            }
        };
        Ok(if has(Modifier::Neq) { made.negated() } else { made })
    }
}

fn is_lowered(modifier: Modifier) -> bool {
    use Modifier::*;
    matches!(
        modifier,
        Contains
            | StartsWith
            | EndsWith
            | All
            | Re
            | Cidr
            | Cased
            | Exists
            | FieldRef
            | Gt
            | Gte
            | Lt
            | Lte
            | Neq
            | WindAsh
            | IgnoreCase
            | Multiline
            | DotAll
    )
}

/// Bounds of a number, where the field asks for some.
fn bounds(field: &FieldSpec, value: &SigmaValue) -> Result<Option<Wanted>> {
    let Some(modifier) = field.modifiers.iter().find(|modifier| {
        matches!(modifier, Modifier::Gt | Modifier::Gte | Modifier::Lt | Modifier::Lte)
    }) else {
        return Ok(None);
    };
    let number: f64 =
        value.to_string().parse().with_context(|| format!("`{value}` is not a number"))?;
    Ok(Some(match modifier {
        Modifier::Gt => Wanted::Number(Some(number.next_up()), None),
        Modifier::Gte => Wanted::Number(Some(number), None),
        Modifier::Lt => Wanted::Number(None, Some(number.next_down())),
        _ => Wanted::Number(None, Some(number)),
    }))
}

/// The patterns that a value amounts to; none for null and the empty text.
fn texts(field: &FieldSpec, value: &SigmaValue, aliases: &Aliases) -> Result<Vec<String>> {
    let has = |modifier| field.has_modifier(modifier);
    if has(Modifier::Re) {
        return glob::of_regex(&value.to_string());
    }
    let (before, after) = (
        has(Modifier::Contains) || has(Modifier::EndsWith),
        has(Modifier::Contains) || has(Modifier::StartsWith),
    );
    if *value == SigmaValue::Null || value.to_string().is_empty() {
        return Ok(if before || after { vec!["*".to_owned()] } else { Vec::new() });
    }
    let mut made = vec![glob::pattern(value, before, after)?];
    if has(Modifier::WindAsh) {
        made = glob::with_dashes(made.swap_remove(0));
    }
    if !before && !after {
        made.extend(aliases.also(&value.to_string()).iter().cloned());
    }
    Ok(made)
}
