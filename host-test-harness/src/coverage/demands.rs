//! Demands of frameworks, and how the records meet them.

use super::Question;
use super::tally::{KINDS, Tally, share};
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table that comes with the program.
const TABLE: &str = include_str!("demands.toml");

/// Demands of frameworks, and levels of sources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demands {
    demand: Vec<Demand>,
    level: Vec<Level>,
}

/// One demand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Demand {
    framework: String,
    id: String,
    asks: String,
    #[serde(default)]
    holds: Vec<String>,
    #[serde(default)]
    shows: Vec<String>,
}

/// A sign that a source's audit level is high enough.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    source: String,
    pub field: String,
    pub values: Vec<String>,
    /// Number of records below which nothing is said.
    after: u64,
    says: String,
    help: String,
}

/// How the records meet a demand.
#[derive(Debug, Serialize)]
pub struct Met {
    pub framework: String,
    pub id: String,
    pub asks: String,
    /// Share of all records that answer every question of the demand; nothing where it has none.
    pub share: Option<f64>,
    /// Questions that some records do not answer.
    pub missing: Vec<&'static str>,
    /// Kinds of events that the demand asks for, with their number.
    pub seen: BTreeMap<String, u64>,
    /// Those of them that no record is.
    pub unseen: Vec<String>,
    /// Source by source, the share of records that answer every question.
    pub by_source: BTreeMap<String, f64>,
}

/// A source of which the records show that its audit level is too low.
#[derive(Debug, Serialize)]
pub struct Low {
    pub source: String,
    pub records: u64,
    pub says: String,
    pub help: String,
}

impl Demands {
    /// Reads the table, and checks that it names questions and kinds that there are.
    pub fn read() -> Result<Demands> {
        let demands: Demands = toml::from_str(TABLE).context("the table of demands")?;
        for demand in &demands.demand {
            demand.questions()?;
            ensure!(
                demand.shows.iter().all(|kind| KINDS.contains(&kind.as_str())),
                "{} {}: unknown kind in `shows`",
                demand.framework,
                demand.id
            );
        }
        Ok(demands)
    }

    /// The levels of a source, each with its number.
    pub fn levels_of(&self, source: &str) -> Vec<(usize, &Level)> {
        self.level.iter().enumerate().filter(|(_, level)| level.source == source).collect()
    }

    /// How the records of all sources together meet each demand.
    pub fn met_by(&self, sources: &BTreeMap<String, Tally>) -> Vec<Met> {
        let mut all = Tally::default();
        sources.values().for_each(|tally| all.join(tally));
        self.demand.iter().map(|demand| demand.met_by(&all, sources)).collect()
    }

    /// The sources whose records show a level that is too low.
    pub fn low(&self, sources: &BTreeMap<String, Tally>) -> Vec<Low> {
        let low = |(number, level): (usize, &Level)| {
            let tally = sources
                .get(&level.source)
                .filter(|tally| tally.records >= level.after && !tally.reached.contains(&number))?;
            Some(Low {
                source: level.source.clone(),
                records: tally.records,
                says: level.says.clone(),
                help: level.help.clone(),
            })
        };
        self.level.iter().enumerate().filter_map(low).collect()
    }
}

impl Demand {
    fn questions(&self) -> Result<Vec<Question>> {
        let question = |word: &String| match Question::ALL
            .iter()
            .find(|question| question.word() == word)
        {
            Some(question) => Ok(*question),
            None => bail!("{} {}: unknown question `{word}` in `holds`", self.framework, self.id),
        };
        self.holds.iter().map(question).collect()
    }

    fn met_by(&self, all: &Tally, sources: &BTreeMap<String, Tally>) -> Met {
        let questions = self.questions().unwrap_or_default();
        let share_of = |tally: &Tally| share(tally.with_all(&questions), tally.records);
        let seen: BTreeMap<String, u64> = self
            .shows
            .iter()
            .map(|kind| (kind.clone(), all.kinds.get(kind.as_str()).copied().unwrap_or_default()))
            .collect();
        Met {
            framework: self.framework.clone(),
            id: self.id.clone(),
            asks: self.asks.clone(),
            share: (!questions.is_empty()).then(|| share_of(all)),
            missing: all.missing(&questions),
            unseen: seen
                .iter()
                .filter(|(_, count)| **count == 0)
                .map(|(kind, _)| kind.clone())
                .collect(),
            seen,
            by_source: sources
                .iter()
                .filter(|_| !questions.is_empty())
                .map(|(name, tally)| (name.clone(), share_of(tally)))
                .collect(),
        }
    }
}
