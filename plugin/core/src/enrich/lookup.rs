//! Lookup files: rows in CSV or JSON beside the policy that complete the actor, target or origin of a record.
//!
//! The column `actor`, `target` or `origin`, which may occur several times, holds the names by which a row is found. Columns named after fields of the audit
//! record fill those; other columns are ignored.

use super::names::{Name, Names};
use super::networks::Networks;
use super::{Known, TARGETS, csv, fill_token, json, token};
use crate::address::Range;
use crate::calendar::end_of_day;
use crate::event::{Event, Field, Form};
use crate::time::Millis;

/// Maximum number of rows of a file.
const MOST_ROWS: usize = 200_000;
/// Separates several names in one cell.
pub(super) const BETWEEN: &str = ";";
/// The column of the last day on which an actor belongs to the organisation.
const LEFT: &str = "actor.left";

/// A lookup file.
#[derive(Clone, Debug)]
pub struct Lookup {
    key: Key,
    names: Names,
    networks: Networks,
    /// The fields that rows fill.
    fields: Vec<Field>,
    /// For each row and field, where its token is in `text`; empty if it has none.
    cells: Vec<(u32, u32)>,
    text: Vec<u8>,
    /// For each row, from when on the actor has left; empty if the file does not say.
    left: Vec<Millis>,
}

/// Subject of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Actor,
    Target,
    Origin,
}

/// Use of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Key,
    Fill,
    Left,
    Ignored,
}

impl Lookup {
    /// Reads a file. Returns the problem if there is one.
    pub fn read(bytes: &[u8], is_json: bool) -> Result<Lookup, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8")?;
        let mut draft: Option<Draft> = None;
        let each = |_: usize, cells: &[String]| match &mut draft {
            Some(draft) => draft.row(cells),
            None => {
                draft = Some(Draft::new(cells)?);
                Ok(())
            }
        };
        match is_json {
            true => json::rows(text, each)?,
            false => csv::rows(text, each)?,
        }
        draft.ok_or("an empty file")?.finish()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.cells.len().checked_div(self.fields.len()).unwrap_or(self.left.len())
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let tables = self.names.memory().saturating_add(self.networks.memory());
        let cells = self.cells.len().saturating_add(self.left.len()).saturating_mul(8);
        tables.saturating_add(cells).saturating_add(self.text.len())
    }

    /// Fills the fields that the record lacks from the row of its actor, target or origin.
    pub(super) fn fill(&self, known: &Known, event: &mut Event, input: &[u8]) {
        let Some(row) = self.find(known, event, input).map(|row| row as usize) else { return };
        let from = row.saturating_mul(self.fields.len());
        let cells = self.cells.get(from..).unwrap_or_default();
        for (field, (start, end)) in self.fields.iter().zip(cells) {
            let token = self.text.get(*start as usize..*end as usize).unwrap_or_default();
            if !token.is_empty() {
                fill_token(*field, token, event);
            }
        }
        super::fill_left(self.left.get(row), event);
    }

    fn find(&self, known: &Known, event: &Event, input: &[u8]) -> Option<u32> {
        match self.key {
            Key::Actor => self.names.find(known.actor.as_ref()?, event, input),
            Key::Target => {
                let names = TARGETS.map(|field| Name::new(field, event, input));
                self.names.find(&names, event, input)
            }
            Key::Origin => {
                let in_range = known.address.and_then(|address| self.networks.find(address));
                let host = || [Name::new(Field::OriginHost, event, input)];
                in_range.or_else(|| self.names.find(&host(), event, input))
            }
        }
    }
}

/// A file that is being read.
struct Draft {
    key: Key,
    columns: Vec<Column>,
    names: Vec<(String, u32)>,
    ranges: Vec<(Range, u32)>,
    rows: u32,
    lookup: Lookup,
}

impl Draft {
    /// Reads the names of the columns.
    fn new(cells: &[String]) -> Result<Draft, String> {
        let (mut key, mut columns, mut fields) = (None, Vec::new(), Vec::new());
        for cell in cells {
            let found = match cell.as_str() {
                "actor" => Some(Key::Actor),
                "target" => Some(Key::Target),
                "origin" => Some(Key::Origin),
                _ => None,
            };
            if found.is_some() && key.is_some() && found != key {
                return Err(
                    "two of the columns `actor`, `target` and `origin`: make one file for each"
                        .to_owned(),
                );
            }
            key = key.or(found);
            columns.push(match (found, fillable(cell)) {
                (Some(_), _) => Column::Key,
                (None, _) if cell == LEFT => Column::Left,
                (None, Some(field)) if fields.contains(&field) => {
                    return Err(format!("two columns `{cell}`"));
                }
                (None, Some(field)) => {
                    fields.push(field);
                    Column::Fill
                }
                (None, None) if cell.contains('.') => {
                    return Err(format!("`{cell}` is not a field that a lookup can fill"));
                }
                (None, None) => Column::Ignored,
            });
        }
        let key = key.ok_or("no column is named `actor`, `target` or `origin`")?;
        if fields.is_empty() && !columns.contains(&Column::Left) {
            return Err("no column is named after a field, such as `actor.person`".to_owned());
        }
        let lookup = Lookup {
            key,
            names: Names::default(),
            networks: Networks::default(),
            fields,
            cells: Vec::new(),
            text: Vec::new(),
            left: Vec::new(),
        };
        let (names, ranges) = (Vec::new(), Vec::new());
        Ok(Draft { key, columns, names, ranges, rows: 0, lookup })
    }

    fn row(&mut self, cells: &[String]) -> Result<(), String> {
        if self.rows as usize >= MOST_ROWS {
            return Err(format!("more than {MOST_ROWS} rows"));
        }
        let none = String::new();
        let mut fields = self.lookup.fields.clone().into_iter();
        let cells = cells.iter().chain(std::iter::repeat(&none));
        for (column, cell) in self.columns.clone().into_iter().zip(cells) {
            match column {
                Column::Key => self.keys(cell),
                Column::Fill => {
                    let field = fields.next().unwrap_or(Field::EnvTag);
                    self.cell(&cell_token(field, cell)?)?;
                }
                Column::Left if cell.is_empty() => self.lookup.left.push(Millis::MAX),
                Column::Left => self.lookup.left.push(end_of_day(cell)?),
                Column::Ignored => {}
            }
        }
        self.rows = self.rows.saturating_add(1);
        Ok(())
    }

    fn keys(&mut self, cell: &str) {
        for name in cell.split(BETWEEN).map(str::trim).filter(|name| !name.is_empty()) {
            match Range::read(name).filter(|_| self.key == Key::Origin) {
                Some(range) => self.ranges.push((range, self.rows)),
                None => self.names.push((name.to_owned(), self.rows)),
            }
        }
    }

    fn cell(&mut self, token: &[u8]) -> Result<(), String> {
        let text = &mut self.lookup.text;
        let at = |text: &Vec<u8>| u32::try_from(text.len()).map_err(|_| "too large".to_owned());
        let start = at(text)?;
        text.extend_from_slice(token);
        let end = at(text)?;
        self.lookup.cells.push((start, end));
        Ok(())
    }

    fn finish(self) -> Result<Lookup, String> {
        Ok(Lookup {
            names: Names::new(&self.names)?,
            networks: Networks::new(self.ranges),
            ..self.lookup
        })
    }
}

/// The field with that path, if a lookup may fill it. A lookup completes actor, target, origin and environment, never the action and its outcome.
fn fillable(path: &str) -> Option<Field> {
    let field = Field::ALL.iter().copied().find(|field| field.path() == path)?;
    let is_about =
        ["actor.", "target.", "origin.", "env."].iter().any(|group| path.starts_with(group));
    (is_about && matches!(field.form(), Form::Text | Form::Number)).then_some(field)
}

fn cell_token(field: Field, cell: &str) -> Result<Vec<u8>, String> {
    match field.form() {
        _ if cell.is_empty() => Ok(Vec::new()),
        Form::Number => match cell.parse::<u32>() {
            Ok(number) => Ok(number.to_string().into_bytes()),
            Err(_) => Err(format!("`{cell}` is not a whole number")),
        },
        _ => Ok(token(cell)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Val;

    const PEOPLE: &str = "actor,actor,actor.person,actor.role,actor.left,cost centre\n\
        ann@example.com,*:ann.lee;alee,ann.lee,admin,,1\n\
        bob@example.com,bob,bob.day,,2026-03-31,2\n";

    fn filled(file: &str, known: &[(Field, &str)], day: &str) -> Vec<(&'static str, String)> {
        let mut event = Event::new();
        for (field, text) in known {
            let span = event.quote(text.as_bytes()).unwrap();
            event.set(*field, Val::Json(span));
        }
        event.time_ms = crate::time::parse(format!("{day}T12:00:00Z").as_bytes());
        let lookup = Lookup::read(file.as_bytes(), file.starts_with(['[', '{'])).unwrap();
        let read = Known {
            actor: Some(super::super::ACTORS.map(|field| Name::new(field, &event, b""))),
            address: super::super::address_of(&event, b""),
        };
        lookup.fill(&read, &mut event, b"");
        let is_new =
            |field: &&Field| event.has(**field) && !known.iter().any(|(held, _)| held == *field);
        let value = |field: Field| match event.get(field) {
            Val::Word(word) => word.to_owned(),
            _ => String::from_utf8_lossy(event.text(b"", field)).into_owned(),
        };
        Field::ALL.iter().filter(is_new).map(|field| (field.path(), value(*field))).collect()
    }

    #[test]
    fn one_person_is_found_by_each_of_their_names() {
        let ann = [("actor.role", "admin".to_owned()), ("actor.person", "ann.lee".to_owned())];
        for known in [
            (Field::ActorEmail, "Ann@example.com"),
            (Field::ActorId, "AROAEXAMPLE:ann.lee"),
            (Field::ActorName, "alee"),
        ] {
            assert_eq!(filled(PEOPLE, &[known], "2026-04-01"), ann, "{known:?}");
        }
        assert_eq!(filled(PEOPLE, &[(Field::ActorName, "eve")], "2026-04-01"), []);
        let role = [(Field::ActorName, "alee"), (Field::ActorRole, "guest")];
        assert_eq!(filled(PEOPLE, &role, "2026-04-01"), ann[1..], "the source's role is kept");
    }

    #[test]
    fn json_and_csv_say_the_same() {
        let json = r#"[{"actor":["ann@example.com","alee"],"actor.person":"ann.lee","age":7}]"#;
        for name in ["alee", "ANN@example.com"] {
            let found = filled(json, &[(Field::ActorName, name)], "2026-01-01");
            assert_eq!(found, [("actor.person", "ann.lee".to_owned())]);
        }
        let lookup = Lookup::read(json.as_bytes(), true).unwrap();
        assert!(lookup.rows() == 1 && lookup.memory() > 0);
    }

    #[test]
    fn leavers_have_left_from_the_day_behind_their_last() {
        let bob = |day| filled(PEOPLE, &[(Field::ActorName, "bob")], day);
        assert_eq!(bob("2026-03-31"), [("actor.person", "bob.day".to_owned())]);
        assert_eq!(
            bob("2026-04-01"),
            [("actor.person", "bob.day".to_owned()), ("actor.status", "left".to_owned())]
        );
    }

    #[test]
    fn targets_and_networks() {
        let tables = "target,target.data_class\nhr_*,pii\n\"say \"\"x\"\"\",public\n";
        assert_eq!(
            filled(tables, &[(Field::TargetId, "HR_salaries")], "2026-01-01"),
            [("target.data_class", "pii".to_owned())]
        );
        let sites =
            "origin,origin.network,origin.asn\n192.0.2.0/24,office,64500\nvpn.example.com,vpn,\n";
        assert_eq!(filled(sites, &[(Field::OriginIp, "192.0.2.7")], "2026-01-01").len(), 2);
        assert_eq!(
            filled(sites, &[(Field::OriginHost, "vpn.example.com")], "2026-01-01"),
            [("origin.network", "vpn".to_owned())]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (file, wrong) in [
            ("", "an empty file"),
            ("name,actor.role\na,b\n", "line 1: no column is named `actor`"),
            ("actor,name\na,b\n", "line 1: no column is named after a field"),
            ("actor,target,actor.role\n", "line 1: two of the columns"),
            ("actor,actor.rolle\n", "line 1: `actor.rolle` is not a field"),
            ("actor,outcome.result\n", "line 1: `outcome.result` is not a field"),
            ("actor,actor.role,actor.role\n", "line 1: two columns"),
            ("origin,origin.asn\n192.0.2.1,x\n", "line 2: `x` is not a whole number"),
            ("actor,actor.left\na,soon\n", "line 2: `soon` is not a day"),
            ("actor,actor.person\nann,1\nann,2\n", "`ann` is on two rows"),
        ] {
            let found = Lookup::read(file.as_bytes(), false).unwrap_err();
            assert!(found.starts_with(wrong), "{found}");
        }
        assert!(Lookup::read(b"actor,actor.role\n\xff", false).is_err());
    }
}
