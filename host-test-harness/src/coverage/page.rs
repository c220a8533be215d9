//! The report as one HTML page that fetches nothing and runs no script.

use super::text::{NEVER, percent};
use super::{Question, Report};
use crate::report::page::head;
use crate::wording::{counted, grouped, visible_lines};
use maud::{DOCTYPE, Markup, html};
use std::collections::BTreeMap;

const STYLE: &str = include_str!("page.css");

/// The page.
pub fn page(report: &Report) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("Audit coverage", STYLE, ""))
            body {
                h1 { "Audit coverage" }
                p { (counted(report.records, "record")) " of " (counted(report.sources.len() as u64, "source")) ". A share is that of the records that hold a value." }
                (sources(report))
                (levels(report))
                (demands(report))
                p.small { "Written by auditward " (env!("CARGO_PKG_VERSION")) ". A kind of event that was not seen may not have happened." }
            }
        }
    };
    visible_lines(&page.into_string())
}

fn sources(report: &Report) -> Markup {
    html! {
        h2 { "Answers in the records" }
        div.wide { table {
            thead { tr { th { "Source" } th.number { "Records" } @for question in Question::ALL { th.number { (question.word()) } } } }
            tbody {
                @for source in &report.sources {
                    tr { th { (source.source) } td.number { (grouped(source.records)) } (shares(&source.holds, &source.never)) }
                }
                tr.all { th { "all" } td.number { (grouped(report.records)) } (shares(&report.all, &[])) }
            }
        } }
    }
}

fn shares(holds: &BTreeMap<&'static str, f64>, never: &[&str]) -> Markup {
    html! {
        @for question in Question::ALL {
            @let share = holds.get(question.word()).copied().unwrap_or_default();
            @if never.contains(&question.word()) { td.number title="records of this source cannot contain it" { (NEVER) } }
            @else { td class={ "number " (class(share)) } { (percent(share)) } }
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
        div.wide { table {
            thead { tr { th { "Framework" } th { "Requirement" } th { "Asks" } th.number { "Answered" } th { "Not always answered" } th { "Not seen" } } }
            tbody { @for met in &report.demands {
                tr {
                    th { (met.framework) } td { (met.id) } td { (met.asks) }
                    @match met.share { Some(share) => { td class={ "number " (class(share)) } { (percent(share)) } } None => { td.number { "-" } } }
                    td { (met.missing.join(", ")) } td { (met.unseen.join(", ")) }
                }
            } }
        } }
    }
}
