//! Conditions of mappings and packs, on values that stand in cells; and which cell holds what.

use crate::event::{Cell, Event, Field, Tag};
use crate::mapping::{Condition, Mapping, Path, Row, Test, Wanted, When};
use crate::pattern::Glob;
use crate::text::{is_same, quote};
use crate::value::Kind;

/// Conditions on values in cells.
pub(super) struct Checks {
    any: Vec<Vec<CellCheck>>,
    unless: Vec<CellCheck>,
}

/// Type of the value in a cell.
struct CellCheck {
    cell: u8,
    wanted: Vec<Check>,
}

/// Type of a value in JSON.
pub(super) enum Check {
    Any,
    /// An object or an array, which something is looked for in.
    Container,
    Text(Vec<u8>),
    Pattern(Glob),
    Number(Vec<u8>),
    Bool(bool),
}

/// Which cell holds what while a mapping is made ready.
#[derive(Default)]
pub(in crate::normalise) struct Cells<'m> {
    pub(super) paths: Vec<&'m Path>,
    /// Rows of one field under a condition: several conditions may share them.
    rows: Vec<(Field, Vec<&'m Row>, u8)>,
}

impl<'m> Cells<'m> {
    pub(in crate::normalise) fn of(mapping: &'m Mapping) -> Cells<'m> {
        let mut cells = Cells::default();
        let conditions =
            std::iter::once(&mapping.when).chain(mapping.whens.iter().map(|when| &when.when));
        let tested = conditions
            .flat_map(|condition| condition.any.iter().flatten().chain(&condition.unless))
            .map(|test| &test.path);
        for path in tested.chain(mapping.joins.iter().flat_map(|join| &join.paths)) {
            if !cells.paths.iter().any(|known| known.keys == path.keys) {
                cells.paths.push(path);
            }
        }
        for when in &mapping.whens {
            for row in &when.rows {
                let rows = when.rows_of(row.field);
                if !cells.rows.iter().any(|(field, held, _)| *field == row.field && *held == rows) {
                    let cell = u8::try_from(cells.paths.len().saturating_add(cells.rows.len()))
                        .unwrap_or(u8::MAX);
                    cells.rows.push((row.field, rows, cell));
                }
            }
        }
        cells
    }

    /// The paths whose values conditions look at and times are joined of, each with its cell.
    pub(in crate::normalise) fn conditions(&self) -> impl Iterator<Item = (u8, &'m Path)> {
        (0u8..).zip(self.paths.iter().copied())
    }

    /// Rows under conditions, each with its cell and its rank there.
    pub(in crate::normalise) fn rows(&self) -> impl Iterator<Item = (u8, usize, &'m Row)> {
        self.rows.iter().flat_map(|(_, rows, cell)| {
            rows.iter().enumerate().map(|(rank, row)| (*cell, rank, *row))
        })
    }

    pub(super) fn of_path(&self, path: &Path) -> u8 {
        self.conditions().find(|(_, held)| held.keys == path.keys).map_or(u8::MAX, |(cell, _)| cell)
    }

    pub(super) fn of_when(&self, when: &When) -> Vec<(Field, u8)> {
        let mut cells: Vec<(Field, u8)> = Vec::new();
        for row in &when.rows {
            let rows = when.rows_of(row.field);
            let found =
                self.rows.iter().find(|(field, held, _)| *field == row.field && *held == rows);
            cells.extend(
                found
                    .map(|(field, _, cell)| (*field, *cell))
                    .filter(|found| !cells.contains(found)),
            );
        }
        cells
    }

    pub(super) fn checks(&self, condition: &Condition) -> Checks {
        let checks = |tests: &[Test]| -> Vec<CellCheck> {
            tests
                .iter()
                .map(|test| CellCheck {
                    cell: self.of_path(&test.path),
                    wanted: test.wanted.iter().map(Check::new).collect(),
                })
                .collect()
        };
        let cost = |checks: &Vec<CellCheck>| cost_of(checks.iter().map(|check| &check.wanted));
        Checks {
            any: cheapest_first(condition.any.iter().map(|tests| checks(tests)), cost),
            unless: checks(&condition.unless),
        }
    }
}

/// In the order of what they cost: of alternatives the order does not matter. Each goes in at its place, for sorting takes more of the host's stack.
pub(super) fn cheapest_first<T>(
    all: impl Iterator<Item = T>,
    cost: impl Fn(&T) -> usize,
) -> Vec<T> {
    let mut sorted: Vec<T> = Vec::new();
    for one in all {
        let own = cost(&one);
        let at = sorted.partition_point(|held| cost(held) <= own);
        sorted.insert(at, one);
    }
    sorted
}

/// Cost of holding values against all of these: as many looks as there are.
pub(super) fn cost_of<'c>(wanted: impl Iterator<Item = &'c Vec<Check>>) -> usize {
    wanted.map(Vec::len).fold(0, usize::saturating_add)
}

impl Check {
    pub(super) fn new(wanted: &Wanted) -> Check {
        match wanted {
            Wanted::Any => Check::Any,
            Wanted::Text(text) => Check::Text(json_content(text)),
            Wanted::Pattern(pattern) => Check::Pattern(Glob::of(pattern)),
            Wanted::Number(number) => Check::Number(number.clone().into_bytes()),
            Wanted::Bool(bool) => Check::Bool(*bool),
        }
    }

    /// True if a scalar of that kind and content is the value asked for.
    pub(super) fn is_met(&self, kind: Kind, content: &[u8]) -> bool {
        let is_text = kind == Kind::String;
        match self {
            Check::Any => true,
            Check::Container => false,
            Check::Text(text) => is_text && is_same(content, text),
            Check::Pattern(glob) => is_text && glob.is_match(content),
            // In text that is read as pairs, all values are strings.
            Check::Number(number) => (is_text || kind == Kind::Number) && is_same(content, number),
            Check::Bool(bool) => {
                kind != Kind::Number && is_same(content, if *bool { b"true" } else { b"false" })
            }
        }
    }
}

/// Text as JSON has it between quotes.
fn json_content(text: &str) -> Vec<u8> {
    let mut token = Vec::new();
    let _ = quote(text.as_bytes(), &mut token);
    token.get(1..token.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

impl CellCheck {
    /// True if the condition holds: by the value in its cell, or, as its bit of `stands` says, for the record's layout has a container there.
    fn is_met(&self, stands: u64, input: &[u8], event: &Event) -> bool {
        let cell = Cell::kept(self.cell);
        let is_container = stands.wrapping_shr(u32::from(self.cell)) & 1 == 1;
        if is_container || !event.has(cell) {
            return is_container && self.takes_container();
        }
        match event.tag(cell) {
            Tag::Int => self.takes_container(),
            Tag::Input(kind) | Tag::Arena(kind) => {
                let content = event.text(input, cell);
                self.wanted.iter().any(|wanted| wanted.is_met(kind, content))
            }
            _ => false,
        }
    }

    fn takes_container(&self) -> bool {
        self.wanted.iter().any(|wanted| matches!(wanted, Check::Any))
    }
}

impl Checks {
    pub(super) fn is_met(&self, stands: u64, input: &[u8], event: &Event) -> bool {
        let all =
            |checks: &[CellCheck]| checks.iter().all(|check| check.is_met(stands, input, event));
        (self.any.is_empty() || self.any.iter().any(|checks| all(checks)))
            && !self.unless.iter().any(|check| check.is_met(stands, input, event))
    }
}
