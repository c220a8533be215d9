//! The report for a terminal.

use super::demands::Met;
use super::{Question, Report};
use crate::wording::{counted, grouped, table, wrap};

const WIDTH: usize = 100;
/// In place of the share of a question that records of a source cannot answer, as in the HTML report of `replay`.
pub const NEVER: &str = "has none";

/// The tables of a report.
pub fn text(report: &Report) -> String {
    let mut text = format!(
        "{} of {}{}\n\n",
        counted(report.records, "record"),
        counted(report.sources.len() as u64, "source"),
        match (&report.first, &report.last) {
            (Some(first), Some(last)) => format!(", {first} to {last}"),
            _ => String::new(),
        }
    );
    text.push_str(&table(&sources(report), 0));
    if report.sources.iter().any(|source| !source.never.is_empty()) {
        text.push_str(&format!("{NEVER}: records of this source cannot contain the answer\n"));
    }
    text.push_str("\nRequirements of frameworks: the share of records that answer all of their questions, and kinds of events not seen.\n\n");
    text.push_str(&table(&demands(report), 0));
    text.push_str("\nA missing kind may simply not have occurred: perform such an action and run `coverage` again.\n");
    if !report.levels.is_empty() {
        text.push_str("\nAudit levels that are too low\n\n");
    }
    for low in &report.levels {
        text.push_str(&format!(
            "{}: of {}, {}\n{}",
            low.source,
            counted(low.records, "record"),
            low.says,
            wrap(&low.help, 2, WIDTH)
        ));
    }
    text
}

fn sources(report: &Report) -> Vec<Vec<String>> {
    let mut rows = vec![
        ["source", "records"]
            .into_iter()
            .chain(Question::ALL.iter().map(|question| question.word()))
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    ];
    let shares = |holds: &std::collections::BTreeMap<&'static str, f64>, never: &[&str]| {
        Question::ALL
            .iter()
            .map(|question| match never.contains(&question.word()) {
                true => NEVER.to_owned(),
                false => percent(holds.get(question.word()).copied().unwrap_or_default()),
            })
            .collect::<Vec<_>>()
    };
    for source in &report.sources {
        let shares = shares(&source.holds, &source.never);
        rows.push([vec![source.source.clone(), grouped(source.records)], shares].concat());
    }
    rows.push([vec!["all".to_owned(), grouped(report.records)], shares(&report.all, &[])].concat());
    rows
}

fn demands(report: &Report) -> Vec<Vec<String>> {
    let mut rows = vec![
        ["framework", "requirement", "answered", "not always answered", "not seen"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for met in &report.demands {
        let share = met.share.map_or_else(|| seen(met).to_owned(), percent);
        rows.push(vec![
            met.framework.clone(),
            met.id.clone(),
            share,
            listed(&met.missing),
            listed(&met.unseen),
        ]);
    }
    rows
}

/// States if the kinds of events were seen that a requirement without questions asks for.
pub fn seen(met: &Met) -> &'static str {
    if met.unseen.is_empty() { "seen" } else { "not seen" }
}

fn listed(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

/// A share; 100 % only where all of it is there, 0 % only where nothing is.
pub fn percent(share: f64) -> String {
    match share {
        share if share <= 0.0 => "0 %".to_owned(),
        share if share >= 1.0 => "100 %".to_owned(),
        share => format!("{:.1} %", (share * 100.0).clamp(0.1, 99.9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_rounded_to_all_or_nothing() {
        assert_eq!(
            [0.0, 1e-9, 0.5, 0.999_999, 1.0].map(percent),
            ["0 %", "0.1 %", "50.0 %", "99.9 %", "100 %"]
        );
    }
}
