//! Rules that cannot fire on a log: no record of their sources was seen, or none of those has a field that they ask for.

use crate::wording::counted;
use anyhow::Result;
use auditward_core::detector::{self, rules};
use auditward_core::event::Field;
use auditward_core::policy::Policy;
use auditward_core::rule::condition::{Condition, Look, Wanted};
use auditward_core::rule::{Measure, Rule, Trigger};
use auditward_core::{Engine, Raw, Secret};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Records, as the rules in use see them.
///
/// Conditions are tried by the source of a record: once for each source that comes, and of what they ask for each value once until it is seen there.
pub struct Reach {
    engine: Engine,
    rules: Vec<Asked>,
    values: Vec<Value>,
    sources: HashMap<Vec<u8>, Source>,
    pub records: u64,
}

/// More sources than these begin anew; policies name fewer.
const MOST_SOURCES: usize = 4096;

/// The values that may still come in records of one source.
struct Source {
    /// Conditions that its records may meet, by rule and place.
    asks: Vec<(usize, usize)>,
    /// Values of these that it did not have so far.
    open: Vec<usize>,
}

/// A rule with its conditions.
struct Asked {
    id: String,
    title: String,
    conditions: Vec<Asks>,
}

/// One condition of a rule, with the sources that it asks for.
struct Asks {
    condition: Condition,
    sources: Vec<String>,
    is_source_seen: bool,
    need: Need,
    /// Places of the values that were seen.
    seen: BTreeSet<usize>,
}

/// A value that conditions ask for, each once.
struct Value {
    name: String,
    is_there: Condition,
}

/// The values that a record must have to meet a condition.
enum Need {
    All(Vec<Need>),
    Any(Vec<Need>),
    /// The value at this place.
    Value(usize),
}

/// A rule that cannot fire, with the reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreached {
    pub id: String,
    pub title: String,
    pub lacks: Lacks,
}

/// Missing part of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Lacks {
    /// No record of one of these sources.
    Source(Vec<String>),
    /// No record of its sources has one of these fields.
    Fields(Vec<String>),
}

impl Reach {
    /// For the rules that a policy uses.
    pub fn new(text: Option<&str>) -> Result<Reach> {
        let policy = text.map_or_else(|| Ok(Policy::default()), Policy::parse);
        let policy = policy.map_err(|issues| {
            anyhow::anyhow!("the policy has {}", counted(issues.len() as u64, "problem"))
        })?;
        let place = detector::IDS.iter().position(|id| *id == rules::ID);
        let settings = place.and_then(|place| policy.detectors.get(place));
        let settings = settings.filter(|settings| settings.bool("enabled"));
        let in_use = settings.into_iter().flat_map(|all| rules::in_use(all, &policy));
        let mut values = Values::default();
        let rules = in_use.map(|(rule, _)| Asked::new(&rule, &mut values)).collect();
        Ok(Reach {
            rules,
            values: values.all,
            sources: HashMap::new(),
            engine: Engine::new(policy, Secret::default()),
            records: 0,
        })
    }

    /// Looks at one record.
    pub fn add(&mut self, tag: &str, bytes: &[u8], now: i64) {
        self.records += 1;
        let raw = Raw { tag: tag.as_bytes(), bytes, time: now, now, ..Raw::default() };
        let Reach { engine, rules, values, sources, .. } = self;
        engine.look(raw, |look| {
            let name = look.event.text(look.input, Field::Source);
            if !sources.contains_key(name) {
                if sources.len() >= MOST_SOURCES {
                    sources.clear();
                }
                sources.insert(name.to_owned(), Source::new(rules, look));
            }
            if let Some(source) = sources.get_mut(name) {
                source.see(rules, values, look);
            }
        });
    }

    /// How many rules are in use.
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    /// The rules that cannot fire, in the order of their ids.
    pub fn unreached(&self) -> Vec<Unreached> {
        let mut all: Vec<Unreached> =
            self.rules.iter().filter_map(|rule| rule.unreached(&self.values)).collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        all
    }
}

/// Rules, each with the fields that it lacks.
type ByFields<'u> = Vec<(&'u Unreached, String)>;

/// Unreached rules by what they lack: the number of rules for each source that was not seen, and the fields of each other rule.
pub fn by_reason(unreached: &[Unreached]) -> (Vec<(String, u64)>, ByFields<'_>) {
    let mut sources: BTreeMap<String, u64> = BTreeMap::new();
    let mut fields = Vec::new();
    for rule in unreached {
        match &rule.lacks {
            Lacks::Source(names) => *sources.entry(names.join(" or ")).or_default() += 1,
            Lacks::Fields(names) => fields.push((rule, names.join(", "))),
        }
    }
    let mut sources: Vec<(String, u64)> = sources.into_iter().collect();
    sources.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    (sources, fields)
}

impl Source {
    /// At its first record.
    fn new(rules: &mut [Asked], look: &Look<'_>) -> Source {
        let (mut asks, mut open) = (Vec::new(), BTreeSet::new());
        for (rule, asked) in rules.iter_mut().enumerate() {
            for (place, one) in asked.conditions.iter_mut().enumerate() {
                if one.condition.holds_by(&[Field::Source], look) != Some(false) {
                    one.is_source_seen = true;
                    one.need.values(&mut open);
                    asks.push((rule, place));
                }
            }
        }
        Source { asks, open: open.into_iter().collect() }
    }

    fn see(&mut self, rules: &mut [Asked], values: &[Value], look: &Look<'_>) {
        self.open.retain(|at| {
            if !values.get(*at).is_some_and(|value| value.is_there.holds(look)) {
                return true;
            }
            for (rule, place) in &self.asks {
                let asks = rules.get_mut(*rule).and_then(|asked| asked.conditions.get_mut(*place));
                if let Some(asks) = asks {
                    asks.seen.insert(*at);
                }
            }
            false
        });
    }
}

impl Asked {
    fn new(rule: &Rule, values: &mut Values) -> Asked {
        let mut conditions: Vec<Asks> = match &rule.trigger {
            Trigger::Sequence { steps, .. } => {
                steps.iter().map(|step| Asks::new(step, values)).collect()
            }
            _ => vec![Asks::new(&rule.when, values)],
        };
        if let Trigger::Threshold {
            measure: Measure::Distinct(field) | Measure::Sum(field), ..
        } = rule.trigger
        {
            conditions.iter_mut().for_each(|asks| asks.also(field, values));
        }
        Asked { id: rule.id.clone(), title: rule.title.clone(), conditions }
    }

    fn unreached(&self, values: &[Value]) -> Option<Unreached> {
        let asks = self.conditions.iter().find(|asks| !asks.is_reached())?;
        let lacks = if asks.is_source_seen {
            let mut missing = BTreeSet::new();
            asks.missing(&asks.need, values, &mut missing);
            Lacks::Fields(missing.into_iter().collect())
        } else {
            Lacks::Source(asks.sources.clone())
        };
        Some(Unreached { id: self.id.clone(), title: self.title.clone(), lacks })
    }
}

impl Asks {
    fn new(condition: &Condition, values: &mut Values) -> Asks {
        let need = need(condition, values);
        let sources = condition.exact(Field::Source).unwrap_or_default();
        let sources: BTreeSet<String> =
            sources.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let sources = if sources.is_empty() {
            vec!["any that it matches".to_owned()]
        } else {
            sources.into_iter().collect()
        };
        let (condition, seen) = (condition.clone(), BTreeSet::new());
        Asks { condition, sources, is_source_seen: false, need, seen }
    }

    /// Asks for a value of this field too.
    fn also(&mut self, field: Field, values: &mut Values) {
        let value = values.place(Condition::Field(field, Wanted::Present));
        let need = std::mem::replace(&mut self.need, Need::All(Vec::new()));
        self.need = Need::All(vec![need, value]);
    }

    fn is_reached(&self) -> bool {
        self.is_source_seen && self.is_met(&self.need)
    }

    fn is_met(&self, need: &Need) -> bool {
        match need {
            Need::All(all) => all.iter().all(|one| self.is_met(one)),
            Need::Any(any) => any.iter().any(|one| self.is_met(one)),
            Need::Value(at) => self.seen.contains(at),
        }
    }

    /// The names of values that are not there.
    fn missing(&self, need: &Need, values: &[Value], names: &mut BTreeSet<String>) {
        if self.is_met(need) {
            return;
        }
        match need {
            Need::All(all) | Need::Any(all) => {
                all.iter().for_each(|one| self.missing(one, values, names));
            }
            Need::Value(at) => names.extend(values.get(*at).map(|value| value.name.clone())),
        }
    }
}

impl Need {
    /// Places of all its values.
    fn values(&self, places: &mut BTreeSet<usize>) {
        match self {
            Need::All(all) | Need::Any(all) => all.iter().for_each(|one| one.values(places)),
            Need::Value(at) => drop(places.insert(*at)),
        }
    }
}

/// Fields and values without which no record meets a condition; conditions nest as deep as rules may.
fn need(condition: &Condition, values: &mut Values) -> Need {
    match condition {
        Condition::All(all) => Need::All(all.iter().map(|one| need(one, values)).collect()),
        Condition::Any(any) => Need::Any(any.iter().map(|one| need(one, values)).collect()),
        Condition::Not(_) | Condition::Field(Field::Source, _) => Need::All(Vec::new()),
        Condition::Field(field, _) => values.place(Condition::Field(*field, Wanted::Present)),
        Condition::Raw(path, _) | Condition::Foreign(path, _) => {
            values.place(Condition::Raw(path.clone(), Wanted::Present))
        }
        Condition::Same(one, other) => Need::All(
            [one, other]
                .map(|field| values.place(Condition::Field(*field, Wanted::Present)))
                .into(),
        ),
    }
}

/// Values, each at one place.
#[derive(Default)]
struct Values {
    all: Vec<Value>,
    places: HashMap<String, usize>,
}

impl Values {
    fn place(&mut self, is_there: Condition) -> Need {
        let name = match &is_there {
            Condition::Raw(path, _) => format!("raw.{}", path.text()),
            Condition::Field(field, _) => field.path().to_owned(),
            _ => String::new(),
        };
        let at = *self.places.entry(name).or_insert_with_key(|name| {
            self.all.push(Value { name: name.clone(), is_there });
            self.all.len() - 1
        });
        Need::Value(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
[detector.rules]
enable = "test.*"
[[rule]]
id = "test.path"
title = "A path"
when = { source = "aws.cloudtrail", "raw.requestParameters.name" = "*" }
[[rule]]
id = "test.either"
title = "One of two"
when = { source = "aws.cloudtrail", any = [{ "raw.a\\.b.c" = "x" }, { "actor.email" = "x" }], not = { "raw.q" = "x" } }
[[rule]]
id = "test.other"
title = "Another source"
when = { source = ["okta.system", "google.workspace"] }
[[rule]]
id = "test.steps"
title = "Steps"
within = "1h"
steps = [{ source = "aws.cloudtrail" }, { source = "okta.system" }]
[[rule]]
id = "test.count"
title = "A count"
when = { source = "aws.cloudtrail" }
count = 3
distinct = "origin.host"
window = "1h"
"#;

    const RECORD: &str = r#"{"eventVersion":"1.08","eventTime":"2026-01-05T10:00:00Z","awsRegion":"eu-west-1","eventName":"GetTrail","eventSource":"cloudtrail.amazonaws.com","userIdentity":{"type":"IAMUser","userName":"dana","arn":"a"},"requestParameters":PARAMETERS,"sourceIPAddress":"192.0.2.1"}"#;

    fn lacking(parameters: &[&str]) -> Vec<(String, Lacks)> {
        let mut reach = Reach::new(Some(POLICY)).unwrap();
        for parameters in parameters {
            reach.add("", RECORD.replace("PARAMETERS", parameters).as_bytes(), 0);
        }
        assert_eq!((reach.rules(), reach.records), (5, parameters.len() as u64));
        reach.unreached().into_iter().map(|rule| (rule.id, rule.lacks)).collect()
    }

    fn fields(names: &[&str]) -> Lacks {
        Lacks::Fields(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_rule_is_reached_once_its_source_and_its_fields_were_seen() {
        let lacks = |id: &str, parameters: &[&str]| {
            lacking(parameters).into_iter().find(|(held, _)| held == id).map(|(_, lacks)| lacks)
        };
        let trail = Lacks::Source(vec!["aws.cloudtrail".to_owned()]);
        assert_eq!(lacks("test.path", &[]), Some(trail));
        assert_eq!(lacks("test.path", &["null"]), Some(fields(&["raw.requestparameters.name"])));
        assert_eq!(lacks("test.path", &["null", r#"{"name":"t"}"#]), None);
        assert_eq!(
            lacks("test.either", &["null"]),
            Some(fields(&["actor.email", "raw.a\\.b.c"])),
            "what must not be there is not asked for"
        );
        assert_eq!(
            lacks("test.other", &["null"]),
            Some(Lacks::Source(vec!["google.workspace".to_owned(), "okta.system".to_owned()]))
        );
        assert_eq!(
            lacks("test.steps", &["null"]),
            Some(Lacks::Source(vec!["okta.system".to_owned()])),
            "each step counts"
        );
        assert_eq!(lacks("test.count", &["null"]), Some(fields(&["origin.host"])));
    }

    /// Every rule tried on every record, as the definition says.
    fn tried_on_all(lines: &[&[u8]]) -> Vec<Unreached> {
        let mut reach = Reach::new(None).unwrap();
        let Reach { engine, rules, values, .. } = &mut reach;
        for bytes in lines {
            engine.look(Raw { bytes, ..Raw::default() }, |look| {
                for asks in rules.iter_mut().flat_map(|rule| &mut rule.conditions) {
                    if asks.condition.holds_by(&[Field::Source], look) != Some(false) {
                        asks.is_source_seen = true;
                        let mut places = BTreeSet::new();
                        asks.need.values(&mut places);
                        places.retain(|at| values[*at].is_there.holds(look));
                        asks.seen.extend(places);
                    }
                }
            });
        }
        reach.unreached()
    }

    #[test]
    fn grouped_by_source_the_same_rules_are_reached_on_the_demo_week() {
        let week = crate::demo::week(7);
        let lines: Vec<&[u8]> =
            week.events.iter().step_by(23).map(|event| event.line.as_bytes()).collect();
        let mut reach = Reach::new(None).unwrap();
        lines.iter().for_each(|line| reach.add("", line, 0));
        let unreached = reach.unreached();
        assert!(unreached.len() > 100 && unreached.len() < reach.rules() - 100);
        assert_eq!(unreached, tried_on_all(&lines));
    }

    #[test]
    fn reasons_are_grouped() {
        let mut reach = Reach::new(Some(POLICY)).unwrap();
        reach.add("", RECORD.replace("PARAMETERS", "null").as_bytes(), 0);
        let unreached = reach.unreached();
        let (sources, fields) = by_reason(&unreached);
        assert_eq!(
            sources,
            [("google.workspace or okta.system".to_owned(), 1), ("okta.system".to_owned(), 1)]
        );
        assert_eq!(fields.len(), 3);
    }

    #[test]
    fn without_the_detector_no_rule_is_in_use() {
        assert_eq!(Reach::new(Some("[detector.rules]\nenabled = false\n")).unwrap().rules(), 0);
        assert!(Reach::new(None).unwrap().rules() > 300);
    }
}
