//! Actors with findings: what is usual for each, and what deviated. In the report, and on the live page.

use super::chart;
use super::list::badge;
use crate::actors::{Acting, Deviation, Names};
use crate::calendar::{length, local, moment};
use crate::heavy_hitters::Few;
use crate::profile;
use crate::wording::{counted, grouped};
use auditward_core::calendar::Zone;
use auditward_core::detect::baseline::profile::Profile;
use auditward_core::time::{Millis, SECOND};
use maud::{Markup, html};

/// Actors that are shown.
pub const SHOWN: usize = 50;

/// An actor with its profile, where one was kept.
pub struct Portrait {
    pub name: String,
    pub acting: Acting,
    pub profile: Option<Profile>,
}

/// The section of the report.
pub fn actors(portraits: &[Portrait], left_out: u64, clocks: Zone) -> Markup {
    html! {
        p.small { "Each actor with a finding, the worst first: what its records and its learned baseline show, and what deviated." }
        @for (index, held) in portraits.iter().enumerate() {
            details.actor {
                summary { b { bdi { (held.name) } } " " (badge(held.acting.worst)) " " (counted(held.acting.findings.iter().sum(), "finding")) }
                div.within id=(anchor(index)) { (portrait(held, clocks, None)) }
            }
        }
        @if left_out > 0 { p.small { "Left out: " (counted(left_out, "more actor")) " with findings, none of them more severe than those shown." } }
    }
}

/// Anchor of an actor's place on the page.
pub fn anchor(index: usize) -> String {
    format!("actor-{}", index + 1)
}

/// One actor; without a baseline, with the reason for that where it is known.
pub fn portrait(held: &Portrait, clocks: Zone, why: Option<&str>) -> Markup {
    let (acting, profile) = (&held.acting, held.profile.as_ref());
    let (usual, most) = acting.records_a_day();
    let seen = |time: Option<Millis>| {
        time.map_or("no time".to_owned(), |time| moment(local(time, clocks)))
    };
    html! {
        h3 { "What deviated" }
        (deviations(acting, clocks))
        div.columns {
                div {
                    h3 { "In the records" }
                    dl {
                        (few("Type", &acting.kinds)) (few("Role", &acting.roles)) (few("Person", &acting.persons)) (few("Account or tenant", &acting.environments))
                        (term("Records", grouped(acting.records))) (term("First", seen(acting.first))) (term("Last", seen(acting.last)))
                        (term("Records a day", format!("usually {}, at most {}", grouped(usual), grouped(most))))
                        (names("Origins", &acting.origins)) (names("Countries", &acting.countries)) (names("Services", &acting.services)) (names("Actions", &acting.actions))
                    }
                }
                div {
                    h3 { "Learned baseline" }
                    @match profile {
                        None => p.small {
                            @match why {
                                Some(why) => { "None: " (why) "." },
                                None => "None is kept: no event proves who acted, the actor was evicted from the full table, or learning is disabled.",
                            }
                        },
                        Some(profile) => {
                            dl { @for (name, what) in profile::facts(profile, clocks) { (term(name, what)) } }
                            p.small { "Means are decayed by the half-life of the policy. The stronger the colour, the more weeks the actor was active in that hour, in the policy's time zone." }
                            (chart::habits(&profile.hours, &held.name))
                        }
                    }
                }
        }
    }
}

fn deviations(acting: &Acting, clocks: Zone) -> Markup {
    html! {
        div.scroll {
            table.stack {
                thead { tr { th { "time" } th {} th { "finding" } th.count { "observed" } th.count { "expected" } th.count { "bits" } th { "within" } } }
                tbody { @for held in &acting.deviations { (deviation(held, clocks)) } }
            }
        }
        @if acting.more_findings() > 0 { p.small { "and " (counted(acting.more_findings(), "more finding")) } }
    }
}

fn deviation(held: &Deviation, clocks: Zone) -> Markup {
    let finding = &held.finding;
    let number = |number: &Option<serde_json::Number>| number.as_ref().map(ToString::to_string);
    let window = finding.window_s.as_ref().and_then(|window| window.as_i64());
    let expected = match number(&finding.expected) {
        Some(expected) => expected,
        // A fixed threshold is no expectation of the actor.
        None => {
            number(&finding.threshold).map_or_else(String::new, |most| format!("threshold {most}"))
        }
    };
    html! {
        tr {
            td.nowrap.beside { (held.time.map_or_else(String::new, |time| moment(local(time, clocks)))) }
            td.beside { (badge(held.severity)) }
            td { (finding.reason) " " span.small { (finding.rule.as_ref().unwrap_or(&finding.detector)) } }
            td.count.beside data-name="observed" { (number(&finding.observed).unwrap_or_default()) }
            td.count.beside data-name=[finding.expected.as_ref().map(|_| "expected")] { (expected) }
            td.count.beside data-name="bits" { (number(&finding.bits).unwrap_or_default()) }
            td.nowrap.beside { @if let Some(window) = window.filter(|window| *window > 0) { (length(window.saturating_mul(SECOND))) } }
        }
    }
}

fn term(name: &str, what: String) -> Markup {
    html! { div { dt { (name) } dd { (what) } } }
}

fn few(name: &str, few: &Few) -> Markup {
    html! {
        @if !few.names.is_empty() {
            div { dt { (name) } dd { @for (index, name) in few.names.iter().enumerate() { @if index > 0 { ", " } bdi { (name) } } @if few.has_more { " and others" } } }
        }
    }
}

fn names(name: &str, names: &Names) -> Markup {
    html! {
        @if !names.counts.is_empty() {
            div {
                dt { (name) }
                dd { @for (index, (name, count)) in names.sorted().into_iter().enumerate() { @if index > 0 { ", " } bdi { (name) } " (" (grouped(count)) ")" } @if names.has_more { " and others" } }
            }
        }
    }
}
