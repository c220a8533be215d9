//! The report as one HTML page that fetches nothing and runs no script.

use super::text::{NEVER, percent, seen};
use super::{Question, Report};
use crate::calendar::rfc3339;
use crate::report::page::head;
use crate::wording::{counted, grouped, visible_lines};
use auditward_core::time::Millis;
use maud::{DOCTYPE, Markup, html};
use std::collections::BTreeMap;

const STYLE: &str = include_str!("page.css");

/// Files that are named; of more, the number.
const MOST_FILES: usize = 20;

/// The page, as of this time.
pub fn page(report: &Report, now: Millis) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("Audit coverage", STYLE, ""))
            body {
                h1 { "Audit coverage" }
                p { (counted(report.records, "record")) " of " (counted(report.sources.len() as u64, "source")) "." }
                (basis(report, now))
                (sources(report))
                (levels(report))
                (demands(report))
                p.small { "A kind of event that was not seen may not have happened. The figures state what the records contain, not that a control is met." }
            }
        }
    };
    visible_lines(&page.into_string())
}

/// On what the figures are based, so that somebody else can repeat them.
fn basis(report: &Report, now: Millis) -> Markup {
    let mut files = report.files.iter().take(MOST_FILES).cloned().collect::<Vec<_>>().join(", ");
    if report.files.len() > MOST_FILES {
        files.push_str(&format!(" and {} more", report.files.len() - MOST_FILES));
    }
    html! {
        dl {
            dt { "Period" }
            @if let (Some(first), Some(last)) = (&report.first, &report.last) {
                dd { (first) " to " (last) ", by the times of the records" }
            } @else {
                dd { "no record has a time of its own" }
            }
            dt { "Files" } dd { (files) }
            dt { "Policy" } dd { (report.policy) }
            dt { "Written" } dd { (rfc3339(now)) " by auditward " (report.version) }
        }
    }
}

fn sources(report: &Report) -> Markup {
    html! {
        h2 { "Answers in the records" }
        p.small { "The share of the records of each source that answer a question; " i { (NEVER) } ": records of this source cannot contain the answer." }
        div.wide { table.shares {
            thead { tr { th { "Source" } th.number { "Records" } @for question in Question::ALL { th.number { (question.word()) } } } }
            tbody {
                @for source in &report.sources {
                    tr { th { (source.source) } td.number data-name="records" { (grouped(source.records)) } (shares(&source.holds, &source.never)) }
                }
                tr.all { th { "all" } td.number data-name="records" { (grouped(report.records)) } (shares(&report.all, &[])) }
            }
        } }
    }
}

fn shares(holds: &BTreeMap<&'static str, f64>, never: &[&str]) -> Markup {
    html! {
        @for question in Question::ALL {
            @let share = holds.get(question.word()).copied().unwrap_or_default();
            @if never.contains(&question.word()) { td.number data-name=(question.word()) { (NEVER) } }
            @else { td class={ "number " (class(share)) } data-name=(question.word()) { (percent(share)) } }
        }
    }
}

/// The class of a share: good from 95 %, poor below a half.
fn class(share: f64) -> &'static str {
    match share {
        share if share >= 0.95 => "good",
        share if share >= 0.5 => "fair",
        _ => "poor",
    }
}

fn levels(report: &Report) -> Markup {
    html! {
        @if !report.levels.is_empty() {
            h2 { "Audit levels that are too low" }
            ul { @for low in &report.levels { li { b { (low.source) } ": of " (counted(low.records, "record")) ", " (low.says) ". " (low.help) } } }
        }
    }
}

fn demands(report: &Report) -> Markup {
    html! {
        h2 { "Requirements of frameworks" }
        p.small { "Answered: the share of all records that answer every question of the requirement, or whether the kinds of events that it asks for were seen." }
        div.wide { table.demands {
            thead { tr { th { "Framework" } th { "Requirement" } th { "Asks for" } th.number { "Answered" } th { "Not always answered" } th { "Not seen" } } }
            tbody { @for met in &report.demands {
                tr {
                    th { (met.framework) } td.id { (met.id) } td.asks { (met.asks) }
                    @match met.share {
                        Some(share) => { td class={ "number " (class(share)) } { (percent(share)) } }
                        None => { td class={ "number " (class(if met.unseen.is_empty() { 1.0 } else { 0.0 })) } { (seen(met)) } }
                    }
                    td data-name="not always answered" { (met.missing.join(", ")) } td data-name="not seen" { (met.unseen.join(", ")) }
                }
            } }
        } }
    }
}
