//! The incidents as rows that open: who, what, from where, how much, since when; within, the findings and their events.

use super::actors::anchor;
use super::chart::severity_name;
use super::gather::Gathered;
use crate::calendar::{clock_of, length, local, moment};
use crate::evaluated::Finding;
use crate::heavy_hitters::Few;
use crate::incident::{Event, Incident, plain};
use crate::technique;
use crate::wording::{counted, grouped};
use auditward_core::calendar::Zone;
use auditward_core::severity::Severity;
use auditward_core::time::{Millis, SECOND};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Incidents that are shown; of those beyond, the least severe are left out.
const INCIDENTS: usize = 250;
/// Incidents that are shown at once; the others are behind one more click.
const AT_ONCE: usize = 15;
/// Incidents on the first page of paper, A4 or Letter, which is shorter.
const ON_PAPER: usize = 9;
/// Names that a row shows; within there are more.
const IN_ROW: usize = 2;

/// The incidents, the worst first.
pub fn incidents(gathered: &Gathered) -> Markup {
    let sorted = gathered.incidents.sorted();
    let (shown, more) = sorted.split_at(sorted.len().min(AT_ONCE));
    let more = more.get(..more.len().min(INCIDENTS - AT_ONCE)).unwrap_or(more);
    let left_out = gathered.incidents.number().saturating_sub((shown.len() + more.len()) as u64);
    html! {
        section #incidents {
            h2 { "Incidents" }
            @if sorted.is_empty() { p { "No detector found anything." } } @else {
                (filter())
                div.heads aria-hidden="true" { span { "severity" } span { "what" } span { "who" } span { "from where" } span { "how much" } span { "since when" } }
                @for (index, incident) in shown.iter().enumerate() { (row(index + 1, incident, gathered)) }
                @if !more.is_empty() {
                    details #more {
                        summary { (counted(more.len() as u64, "more incident")) ", none of them more severe" }
                        @for (index, incident) in more.iter().enumerate() { (row(AT_ONCE + index + 1, incident, gathered)) }
                    }
                }
                @if left_out > 0 { p.small { "Left out: " (counted(left_out, "more incident")) ", none of them more severe than those shown." } }
            }
        }
    }
}

/// The first page of paper: the worst in a line each.
pub fn on_one_page(gathered: &Gathered) -> Markup {
    let sorted = gathered.incidents.sorted();
    let clocks = gathered.basis.clocks;
    html! {
        section #summary.paper {
            @let severities = gathered.incidents.by_severity();
            p {
                @for severity in (0..=4).rev() { (badge(severity)) " " (grouped(severities.get(severity).copied().unwrap_or_default())) " \u{2003}" }
                (grouped(gathered.incidents.number())) " incidents, " (grouped(gathered.findings.iter().sum())) " findings on " (grouped(gathered.records)) " records"
            }
            table {
                thead { tr { th { "severity" } th { "what" } th { "who" } th { "from where" } th { "since" } } }
                tbody {
                    @for incident in sorted.iter().take(ON_PAPER) {
                        tr {
                            td { (badge(incident.severity)) } td { (incident.worst.reason) } td { (who(incident)) } td { (names(&incident.origins, IN_ROW)) }
                            td.nowrap { (incident.first.map_or_else(String::new, |first| moment(local(first, clocks)))) @if incident.goes_on(gathered.last) { br; "ongoing" } }
                        }
                    }
                }
            }
            @let more = gathered.incidents.number().saturating_sub(sorted.len().min(ON_PAPER) as u64);
            @if more > 0 { p { "and " (counted(more, "more incident")) ", none of them more severe" } }
            p.small { "Details follow. To print the events of an incident, open it on the screen first." }
        }
    }
}

/// Filled by the script from the rows: without it there is nothing to choose.
fn filter() -> Markup {
    let chooser = |id: &str, name: &str| html! { label { (name) select id=(id) { option value="" { "all" } } } };
    html! {
        details.filter {
            summary { "Filter" span #shown aria-live="polite" {} }
            div.fields {
                label { "Severity" select #severity {
                    @for (severity, name) in Severity::NAMES.iter().enumerate() { option value=(severity) { (name) @if severity < 4 { " and above" } } }
                } }
                (chooser("detector", "Detector")) (chooser("source", "Source")) (chooser("actor", "Actor")) (chooser("origin", "Origin"))
                label { "Since" input #since type="datetime-local"; }
                label { "Until" input #until type="datetime-local"; }
                label.wide { "Text" input #text type="search" placeholder="a name, an address, a word"; }
                button #unfold type="button" { "Open or close all" }
            }
        }
    }
}

fn row(number: usize, incident: &Incident, gathered: &Gathered) -> Markup {
    let clocks = gathered.basis.clocks;
    let as_if_utc = |time: Millis| local(time, clocks).and_utc().timestamp_millis();
    html! {
        details.incident id=(format!("incident-{number}")) data-severity=(incident.severity) data-facets=(facets(incident))
            data-first=[incident.first.map(as_if_utc)] data-last=[incident.last.map(as_if_utc)] {
            summary {
                span.severity { (badge(incident.severity)) }
                span.what { b { (incident.worst.reason) } " " span.small { (detectors(incident)) } }
                span.who { (who(incident)) }
                span.origin { (names(&incident.origins, IN_ROW)) }
                span.much { span data-n="incident-findings" { (grouped(incident.findings)) } @if incident.findings == 1 { " finding" } @else { " findings" } }
                span.when { (when(incident, clocks)) @if incident.goes_on(gathered.last) { " " span.badge.bad { "ongoing" } } }
            }
            (within(incident, gathered))
        }
    }
}

/// Who acted or was tried, as a row shows it.
fn who(incident: &Incident) -> Markup {
    html! { @if incident.who().names.is_empty() { span.small { "nobody named" } } @else { (names(incident.who(), IN_ROW)) } }
}

/// Inputs of the filter on the page: detectors, sources, who, origins; as JSON.
fn facets(incident: &Incident) -> String {
    let detectors: Vec<&String> = incident.detectors.keys().collect();
    let who: Vec<&String> = incident.actors.names.iter().chain(&incident.accounts.names).collect();
    serde_json::json!([detectors, incident.sources.names, who, incident.origins.names]).to_string()
}

fn detectors(incident: &Incident) -> String {
    incident.detectors.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn within(incident: &Incident, gathered: &Gathered) -> Markup {
    let clocks = gathered.basis.clocks;
    let who = incident.actors.names.iter().chain(&incident.accounts.names);
    let pages: BTreeMap<usize, &String> = who
        .filter_map(|name| {
            Some((gathered.portraits.iter().position(|held| held.name == **name)?, name))
        })
        .collect();
    html! {
        div.within {
            dl {
                (few("Actors", &incident.actors)) (few("Attempted accounts", &incident.accounts)) (few("Origins", &incident.origins))
                (few("Targets", &incident.targets)) (few("Class of data", &incident.data_classes)) (few("Actions", &incident.actions)) (few("Source", &incident.sources))
                @if !incident.techniques.names.is_empty() {
                    (term("ATT&CK", html! { @for (index, id) in incident.techniques.names.iter().enumerate() { @if index > 0 { br; } (technique_link(id)) } }))
                }
                @if !pages.is_empty() {
                    (term("What is usual", html! { @for (index, name) in &pages { a href=(format!("#{}", anchor(*index))) { bdi { (name) } } " " } }))
                }
                (term("How much", html! { (counted(incident.findings, "finding")) " on " (counted(incident.records, "record")) }))
            }
            h3 { "Found by" }
            div.scroll {
                table {
                    thead { tr { th {} th { "detector" } th { "finding" } th { "about" } th.count { "observed" } th.count { "threshold" } th { "within" } th.count { "findings" } } }
                    tbody { @for (finding, count) in &incident.subjects { (finding_row(finding, *count)) } }
                }
            }
            @if incident.has_more_subjects { p.small { "and more findings of the same detectors on other entities" } }
            @if !incident.changes.is_empty() { (changes(incident, clocks)) }
            h3 { "Events" }
            div.scroll {
                table.events {
                    thead { tr { th { "time" } th { "who" } th { "action" } th { "target" } th { "from" } th { "outcome" } } }
                    tbody { @for event in &incident.events { (event_row(event, clocks)) } }
                }
            }
            @if incident.more_events > 0 { p.small { "and " (counted(incident.more_events, "more event")) } }
        }
    }
}

/// Changes after which the service failed: the newest is the likeliest cause.
fn changes(incident: &Incident, clocks: Zone) -> Markup {
    let failed = incident.first.unwrap_or_default();
    html! {
        h3 { "Changes in the hour before" }
        div.scroll {
            table.events {
                thead { tr { th { "before" } th { "time" } th { "who" } th { "action" } th { "target" } th { "from" } th { "outcome" } } }
                tbody {
                    @for event in &incident.changes {
                        tr { td.nowrap { (length(failed.saturating_sub(event.time.unwrap_or(failed)).max(0))) } (cells(event, clocks)) }
                    }
                }
            }
        }
    }
}

fn finding_row(finding: &Finding, count: u64) -> Markup {
    let number = |number: &Option<serde_json::Number>| {
        number.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    let window =
        finding.window_s.as_ref().and_then(|window| window.as_i64()).filter(|window| *window > 0);
    html! {
        tr {
            td { (badge(Severity::from_name(&finding.severity) as usize)) }
            td { (finding.detector) @if let Some(rule) = &finding.rule { br; code { (rule) } } }
            td { (finding.reason) }
            td { @for (role, value) in &finding.key { (role) " " bdi { (plain(value)) } " " } }
            td.count { (number(&finding.observed)) }
            td.count { (number(finding.threshold.as_ref().map_or(&finding.expected, |_| &finding.threshold))) }
            td.nowrap { @if let Some(window) = window { (length(window.saturating_mul(SECOND))) } }
            td.count { (grouped(count)) }
        }
    }
}

/// Of an event that is no longer remembered, its id.
fn event_row(event: &Event, clocks: Zone) -> Markup {
    html! { tr { (cells(event, clocks)) } }
}

fn cells(event: &Event, clocks: Zone) -> Markup {
    let cell =
        |text: &Option<String>| html! { td { @if let Some(text) = text { bdi { (text) } } } };
    html! {
        @match event.time {
            Some(time) => td.nowrap title=[event.id.as_deref()] { (moment(local(time, clocks))) },
            None => td.id { (event.id.as_deref().unwrap_or_default()) },
        }
        (cell(&event.actor)) (cell(&event.action)) (cell(&event.target)) (cell(&event.origin)) (cell(&event.outcome))
    }
}

/// A technique with its name, linked to its page.
fn technique_link(id: &str) -> Markup {
    let name = technique::name(id).map(|name| format!(" {name}"));
    html! {
        @match technique::page(id) {
            Some(page) => a href=(page) rel="noopener noreferrer" { (id) (name.unwrap_or_default()) },
            None => (id),
        }
    }
}

pub fn badge(severity: usize) -> Markup {
    html! { span class=(format!("badge s{severity}")) { (severity_name(severity)) } }
}

fn term(name: &str, what: Markup) -> Markup {
    html! { div { dt { (name) } dd { (what) } } }
}

fn few(name: &str, few: &Few) -> Markup {
    html! { @if !few.names.is_empty() { (term(name, names(few, usize::MAX))) } }
}

/// The first names, and how many more there are, as far as is known.
fn names(few: &Few, most: usize) -> Markup {
    let more = few.names.len().saturating_sub(most);
    html! {
        @for (index, name) in few.names.iter().take(most).enumerate() { @if index > 0 { ", " } bdi { (breakable(name)) } }
        @if few.has_more { " and others" } @else if more > 0 { " and " (more) " more" }
    }
}

/// A mail address may break at its `@`, rather than within a word.
fn breakable(name: &str) -> Markup {
    html! {
        @match name.split_once('@') {
            Some((account, domain)) => { (account) wbr; "@" (domain) },
            None => (name),
        }
    }
}

fn when(incident: &Incident, clocks: Zone) -> Markup {
    html! {
        @match incident.first.zip(incident.last) {
            None => "no time of its own",
            Some((first, last)) => {
                @let (begin, end) = (local(first, clocks), local(last, clocks));
                (moment(begin))
                @if last > first { " to " (if begin.date() == end.date() { clock_of(end) } else { moment(end) }) }
            }
        }
    }
}
