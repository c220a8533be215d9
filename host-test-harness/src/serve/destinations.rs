//! Where evaluated records go: one place for each route that is named by `--forward NAME=URL`, and one for the rest.

use super::delivery::Refusals;
use super::evaluating::Evaluated;
use super::forward::Downstream;
use auditward_core::encode::ROUTE;
use tokio::sync::SemaphorePermit;

/// One receiver, and what is known of what it refuses.
pub struct Destination {
    /// The route whose records it takes; empty for the one that takes the rest.
    pub name: String,
    pub downstream: Downstream,
    pub refusals: Refusals,
}

impl Destination {
    /// Name in messages.
    pub fn in_words(&self) -> String {
        if self.name.is_empty() {
            "downstream".to_owned()
        } else {
            format!("downstream of route {}", self.name)
        }
    }
}

/// All of them; the first takes what no other does.
pub struct Destinations(Vec<Destination>);

impl Destinations {
    /// Each with its route; the first is that of the rest.
    pub fn new(all: Vec<(String, Downstream)>) -> Destinations {
        let made = all.into_iter().map(|(name, downstream)| Destination {
            name,
            downstream,
            refusals: Refusals::default(),
        });
        Destinations(made.collect())
    }

    /// True if a batch may be evaluated now; where a receiver is down, it is the one that tries it. A batch is done when all have accepted, so one that is
    /// down holds the others' records up too: they would be redelivered.
    pub fn admit(&self) -> Option<Vec<SemaphorePermit<'_>>> {
        let permits: Option<Vec<Option<SemaphorePermit<'_>>>> =
            self.0.iter().map(|one| one.downstream.admit()).collect();
        permits.map(|permits| permits.into_iter().flatten().collect())
    }

    /// True if all accepted last time.
    pub fn is_up(&self) -> bool {
        self.0.iter().all(|one| one.downstream.is_up())
    }

    /// Why no records should be sent here: who refuses everything, or does not accept.
    pub fn not_ready(&self) -> Option<String> {
        self.refusing().map(|why| format!("nothing gets through: {why}")).or_else(|| {
            let down = self.0.iter().find(|one| !one.downstream.is_up())?;
            Some(format!("{} does not accept", down.in_words()))
        })
    }

    /// Who refuses every record, and why.
    pub fn refusing(&self) -> Option<String> {
        self.0.iter().find_map(|one| {
            let why = one.refusals.refusing()?;
            Some(format!("{} refuses every record: {why}", one.in_words()))
        })
    }

    /// The one that takes every line of a batch.
    pub fn of_all(&self, lines: &Evaluated) -> Option<&Destination> {
        let first = lines.places.first().copied().unwrap_or_default();
        let is_sole = lines.places.iter().all(|place| *place == first);
        is_sole.then(|| self.0.get(usize::from(first))).flatten()
    }

    /// Each that takes lines of a batch, with their indices.
    pub fn parts(&self, lines: &Evaluated) -> Vec<(&Destination, Vec<usize>)> {
        let indices = |place: usize| -> Vec<usize> {
            let of_it = |(_, held): &(usize, &u8)| usize::from(**held) == place;
            lines.places.iter().enumerate().filter(of_it).map(|(index, _)| index).collect()
        };
        self.0
            .iter()
            .enumerate()
            .map(|(place, one)| (one, indices(place)))
            .filter(|(_, indices)| !indices.is_empty())
            .collect()
    }
}

/// The place of a line that the module wrote among destinations of these routes; 0 for the rest.
pub fn place(routes: &[String], line: &[u8]) -> u8 {
    let Some(name) = route(line) else {
        return 0;
    };
    let place = routes.iter().position(|route| route.as_bytes() == name);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
}

/// The route at the end of a line that the module wrote, where it stands in every schema and layout.
fn route(line: &[u8]) -> Option<&[u8]> {
    let text = line.strip_suffix(b"\"}")?;
    let from = text.iter().rposition(|&byte| byte == b'"')?.checked_add(1)?;
    let (before, name) = text.split_at_checked(from)?;
    let key = before.strip_suffix(b"\":\"")?.strip_suffix(ROUTE.as_bytes())?;
    key.ends_with(b",\"").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_is_read_where_the_module_writes_it() {
        let routes = ["".to_owned(), "archive".to_owned()];
        let of = |line: &str| place(&routes, line.as_bytes());
        assert_eq!(of(r#"{"a":1,"audit_route":"archive"}"#), 1);
        for line in [
            r#"{"a":1,"audit_route":"siem"}"#,
            r#"{"a":1}"#,
            r#"{"raw":{"audit_route":"archive"}}"#,
            r#"{"a":{"b":1,"audit_route":"archive"}}"#,
            r#"{"audit_message":"x \",\"audit_route\":\"archive\"}"#,
            "",
        ] {
            assert_eq!(of(line), 0, "{line}");
        }
    }
}
