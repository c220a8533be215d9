//! Advice for a log, or files of it, of which almost nothing is recognised.

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
    /// Each input that has records, in the order in which they are read.
    inputs: Vec<InputCount>,
}

/// Records of one input, and those of them without a source.
struct InputCount {
    name: String,
    records: u64,
    unknown: u64,
}

/// Inputs that are listed.
const MOST_LISTED: usize = 10;

/// True if less than a tenth of the records have a source.
fn is_hardly_known(records: u64, unknown: u64) -> bool {
    records.saturating_sub(unknown).saturating_mul(10) < records
}

/// How many unknown records are looked into.
const LOOKED_INTO: u64 = 100;

impl Unrecognised {
    /// Counts one record of an input.
    pub fn add(&mut self, input: &str, record: &[u8], evaluated: &Evaluated) {
        if self.inputs.last().is_none_or(|last| last.name != input) {
            self.inputs.push(InputCount { name: input.to_owned(), records: 0, unknown: 0 });
        }
        let is_unknown = evaluated.source.is_none();
        if let Some(last) = self.inputs.last_mut() {
            last.records += 1;
            last.unknown += u64::from(is_unknown);
        }
        self.records += 1;
        if !is_unknown {
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

    /// Of several inputs, those of which less than a tenth was recognised, the largest first; none if there are none or it holds for all of them.
    pub fn list(&self) -> Option<String> {
        let is_listed = |input: &&InputCount| is_hardly_known(input.records, input.unknown);
        let mut listed: Vec<&InputCount> = self.inputs.iter().filter(is_listed).collect();
        if listed.is_empty() || listed.len() == self.inputs.len() {
            return None;
        }
        listed.sort_by_key(|input| std::cmp::Reverse(input.unknown));
        let row = |input: &&InputCount| {
            let known = grouped(input.records - input.unknown);
            vec![input.name.clone(), format!("{known} of {}", counted(input.records, "record"))]
        };
        let rows: Vec<Vec<String>> = listed.iter().take(MOST_LISTED).map(row).collect();
        let more = match listed.len().saturating_sub(MOST_LISTED) {
            0 => String::new(),
            more => format!("  and {}\n", counted(more as u64, "more file")),
        };
        Some(format!(
            "few or no records of these files have a known source; `auditward explain-record FILE` shows why\n{}{more}",
            table(&rows, 2)
        ))
    }

    /// Suggestion; none if at least a tenth was recognised.
    pub fn advice(&self, file: &str) -> Option<String> {
        let known = self.records - self.unknown;
        if !is_hardly_known(self.records, self.unknown) {
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
    fn inputs_that_are_hardly_recognised_are_listed_beside_others() {
        let known = Evaluated { source: Some("a".to_owned()), ..Evaluated::default() };
        let mut counts = Unrecognised::default();
        assert_eq!(counts.list(), None);
        (0..3).for_each(|_| counts.add("b.txt", b"a line", &Evaluated::default()));
        assert_eq!(counts.list(), None, "it is the only one, of which the advice is");
        (0..9).for_each(|_| counts.add("a.log", b"{}", &known));
        counts.add("a.log", b"a line", &Evaluated::default());
        (0..20).for_each(|_| counts.add("c.json", b"{}", &Evaluated::default()));
        counts.add("c.json", b"{}", &known);
        let listed = counts.list().unwrap();
        let listed: Vec<&str> = listed.lines().skip(1).collect();
        assert_eq!(listed, ["  c.json  1 of 21 records", "  b.txt   0 of 3 records"]);
        assert_eq!(counts.advice("a.log"), None);
        for number in 0..MOST_LISTED {
            counts.add(&number.to_string(), b"a line", &Evaluated::default());
        }
        assert!(counts.list().unwrap().ends_with("  and 2 more files\n"));
    }

    #[test]
    fn advice_is_given_below_a_tenth() {
        let mut one = Unrecognised::default();
        one.add("a", b"a line", &Evaluated::default());
        assert!(one.advice("a.json").unwrap().starts_with("0 of 1 record has a known source."));
        let known = Evaluated { source: Some("a".to_owned()), ..Evaluated::default() };
        let mut counts = Unrecognised::default();
        assert_eq!(counts.advice("a.json"), None);
        counts.add("a", b"{}", &known);
        (0..9).for_each(|_| counts.add("a", b"a line", &Evaluated::default()));
        assert_eq!(counts.advice("a.json"), None, "a tenth");
        let mut lines = Unrecognised::default();
        lines.add("a", b"<Event xmlns='http://schemas.microsoft.com/win'>", &Evaluated::default());
        let advice = lines.advice("a.log").unwrap();
        assert!(advice.contains("XML of the Windows event log over several lines"), "{advice}");
        assert!(
            advice.contains("source new a.log") && advice.contains("lines of text"),
            "{advice}"
        );
        counts.add("a", b"{}", &Evaluated::default());
        let advice = counts.advice("a.json").unwrap();
        assert!(
            advice.starts_with("1 of 11 records have a known source. Try:\n")
                && !advice.contains("--unwrap"),
            "{advice}"
        );
        counts.add("a", br#"{"items":[{"a":1},{"b":2}]}"#, &Evaluated::default());
        let advice = counts.advice("a.json").unwrap();
        for part in
            ["--unwrap", "source list", "source new a.json", "[[mapping]]", "explain-record a.json"]
        {
            assert!(advice.contains(part), "{part} in\n{advice}");
        }
    }
}
