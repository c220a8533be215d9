//! Advice for a log of which almost nothing is recognised.

use crate::evaluated::Evaluated;
use crate::format::unbundled;
use crate::wording::{counted, grouped, table};

/// Counts of records without a source.
#[derive(Default)]
pub struct Unrecognised {
    records: u64,
    unknown: u64,
    /// Of the first unknown ones, those that hold several records.
    envelopes: u64,
    /// Of those, JSON objects, and XML of the Windows event log.
    objects: u64,
    windows_xml: u64,
}

/// How many unknown records are looked into.
const LOOKED_INTO: u64 = 100;

impl Unrecognised {
    /// Counts one record.
    pub fn add(&mut self, record: &[u8], evaluated: &Evaluated) {
        self.records += 1;
        if evaluated.source.is_some() {
            return;
        }
        self.unknown += 1;
        if self.unknown <= LOOKED_INTO {
            let is_object = record.trim_ascii_start().starts_with(b"{");
            self.objects += u64::from(is_object);
            self.windows_xml += u64::from(record.trim_ascii_start().starts_with(b"<Event"));
            self.envelopes += u64::from(unbundled(record).len() > 1);
        }
    }

    /// Suggestion; none if at least a tenth was recognised.
    pub fn advice(&self, file: &str) -> Option<String> {
        let known = self.records - self.unknown;
        if self.records == 0 || known.saturating_mul(10) >= self.records {
            return None;
        }
        let row = |command: String, what: &str| vec![command, what.to_owned()];
        let mut rows = Vec::new();
        if self.envelopes > 0 {
            rows.push(row("--unwrap".to_owned(), "splits records that hold a list of records"));
        }
        rows.push(row(
            format!("auditward explain-record {file}"),
            "shows why no source recognises the first record",
        ));
        rows.push(row(
            "auditward source list".to_owned(),
            "lists the built-in sources; your own source may match on a --tag",
        ));
        if self.windows_xml > 0 {
            rows.push(row(
                "one event per line".to_owned(),
                "XML of the Windows event log over several lines is not joined: `wevtutil qe LOG /f:xml` and shippers write an event per line",
            ));
        }
        let what = match self.objects {
            0 => "drafts a pack for lines of text (docs/packs.md, Lines of text)",
            _ => "drafts a pack for a new source (docs/packs.md)",
        };
        rows.push(row(format!("auditward source new {file}"), what));
        rows.push(row(
            "[[mapping]] in the policy".to_owned(),
            "is the inline form of a pack (auditward explain mapping)",
        ));
        Some(format!(
            "{} of {} {} a known source. Try:\n{}",
            grouped(known),
            counted(self.records, "record"),
            if self.records == 1 { "has" } else { "have" },
            table(&rows, 2)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_given_below_a_tenth() {
        let mut one = Unrecognised::default();
        one.add(b"a line", &Evaluated::default());
        assert!(one.advice("a.json").unwrap().starts_with("0 of 1 record has a known source."));
        let known = Evaluated { source: Some("a".to_owned()), ..Evaluated::default() };
        let mut counts = Unrecognised::default();
        assert_eq!(counts.advice("a.json"), None);
        counts.add(b"{}", &known);
        (0..9).for_each(|_| counts.add(b"a line", &Evaluated::default()));
        assert_eq!(counts.advice("a.json"), None, "a tenth");
        let mut lines = Unrecognised::default();
        lines.add(b"<Event xmlns='http://schemas.microsoft.com/win'>", &Evaluated::default());
        let advice = lines.advice("a.log").unwrap();
        assert!(advice.contains("XML of the Windows event log over several lines"), "{advice}");
        assert!(
            advice.contains("source new a.log") && advice.contains("lines of text"),
            "{advice}"
        );
        counts.add(b"{}", &Evaluated::default());
        let advice = counts.advice("a.json").unwrap();
        assert!(
            advice.starts_with("1 of 11 records have a known source. Try:\n")
                && !advice.contains("--unwrap"),
            "{advice}"
        );
        counts.add(br#"{"items":[{"a":1},{"b":2}]}"#, &Evaluated::default());
        let advice = counts.advice("a.json").unwrap();
        for part in
            ["--unwrap", "source list", "source new a.json", "[[mapping]]", "explain-record a.json"]
        {
            assert!(advice.contains(part), "{part} in\n{advice}");
        }
    }
}
