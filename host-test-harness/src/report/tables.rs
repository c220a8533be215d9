//! The tables behind the incidents: names, hours, completeness, flags.

use super::gather::{Gathered, Named, QUESTIONS, Source, UNRECOGNISED, WHY};
use super::page::{ahead, share};
use crate::heavy_hitters::HeavyHitters;
use crate::incident::BySeverity;
use crate::reach::{self, Unreached};
use crate::rule_pack::{self, RuleDoc};
use crate::wording::{counted, grouped};
use auditward_core::note::Note;
use auditward_core::severity::Severity;
use maud::{Markup, html};

/// Names that a list shows.
const SHOWN: usize = 10;
/// The sources that get an hour table of their own.
const WEEKS: usize = 6;

/// Who acted, and who and what it was done to.
pub fn names(gathered: &Gathered) -> Markup {
    html! {
        p.small { "Sorted by alerts, then by findings. Most active: the entities that act. Most affected: the entities that are acted on, such as an account whose sign-ins are attempted." }
        div.columns {
            (named("Most active: who", "actors", &gathered.actors))
            (named("Most active: from where", "origins", &gathered.origins))
            (named("Most affected: accounts", "accounts", &gathered.accounts))
            (named("Most affected: targets", "targets", &gathered.targets))
        }
    }
}

fn alerting(findings: &BySeverity) -> u64 {
    findings.iter().skip(Severity::Medium as usize).sum()
}

fn named(title: &str, id: &str, hitters: &HeavyHitters<Named>) -> Markup {
    let sorted = hitters.sorted();
    html! {
        div {
            h3 { (title) }
            @if sorted.is_empty() { p.small { "None." } } @else {
                table data-n=(id) {
                    thead { tr { th { "name" } th { "detectors" } th.count { "alerts" } th.count { "findings" } } }
                    tbody {
                        @for (name, named) in sorted.iter().take(SHOWN) {
                            tr {
                                td.name { (name) }
                                td.small { (named.detectors.names.join(", ")) @if named.detectors.has_more { " ..." } }
                                td.count { (grouped(alerting(&named.findings))) }
                                td.count { (grouped(named.findings.iter().sum())) }
                            }
                        }
                    }
                }
                @if let Some(more) = hitters.names.beyond(SHOWN, "other") { p.small { "and " (more) } }
            }
        }
    }
}

/// The busiest sources first.
fn by_records(gathered: &Gathered) -> Vec<(&str, &Source)> {
    let mut sorted: Vec<(&str, &Source)> =
        gathered.sources.iter().map(|(name, source)| (name.as_str(), source)).collect();
    sorted.sort_by_key(|(_, source)| std::cmp::Reverse(source.records));
    sorted
}

/// Records by hour of the week.
pub fn weeks(gathered: &Gathered) -> Markup {
    let sources = by_records(gathered);
    html! {
        p.small { "The stronger the colour, the more records. Dot: at least one alert. " (ahead(gathered)) "." }
        div.weeks {
            @if sources.len() != 1 { div { h3 { "All sources" } (gathered.week.drawing("all sources")) } }
            @for (name, source) in sources.iter().take(WEEKS) { div { h3 { (name) } (source.week.drawing(name)) } }
        }
    }
}

/// Which share of each source's records answers each question.
pub fn completeness(gathered: &Gathered) -> Markup {
    html! {
        p.small { "Share of each source's records that contain who did what, when, from where, with what outcome, and why it was allowed (role, permission, policy, or second factor)." }
        div.scroll {
            table data-n="completeness" {
                thead { tr { th { "source" } th.count { "records" } th.count { "with an alert" } @for (_, question) in QUESTIONS { th.count { (question) } } } }
                tbody { @for (name, source) in by_records(gathered) { (answers(name, source, gathered)) } }
            }
        }
    }
}

fn answers(name: &str, source: &Source, gathered: &Gathered) -> Markup {
    let has_none = |question: usize, count: u64| {
        question == WHY && count == 0 && gathered.basis.says_why(name) == Some(false)
    };
    html! {
        tr {
            td { (name) }
            td.count { (grouped(source.records)) }
            td.count { (grouped(source.alerting)) }
            @for (question, count) in source.answers.iter().enumerate() {
                @if name == UNRECOGNISED { td.count { "–" } }
                @else if has_none(question, *count) { td.count.small title="records of this source never contain the reason" { "has none" } }
                @else { td.count.lacking[count * 2 < source.records] { (share(*count, source.records)) } }
            }
        }
    }
}

/// Rules that fired, and those that cannot fire on these records.
pub fn rules(gathered: &Gathered) -> Markup {
    let mut fired: Vec<(&String, &BySeverity)> = gathered.rules.iter().collect();
    let all = |findings: &BySeverity| findings.iter().sum::<u64>();
    fired.sort_by_key(|(_, findings)| std::cmp::Reverse((alerting(findings), all(findings))));
    // Rules of a policy's own pack are not among the built-in ones, and have their id alone.
    let docs = match fired.is_empty() {
        true => &[],
        false => rule_pack::all().unwrap_or_default(),
    };
    let alerted =
        fired.iter().filter(|(_, findings)| alerting(findings) > 0).map(|(id, _)| id.as_str());
    html! {
        @if fired.is_empty() { p.small { "No rule fired." } } @else {
            div.scroll {
                table data-n="rules" {
                    thead { tr { th { "rule" } th.count { "alerts" } th.count { "findings" } } }
                    tbody {
                        @for (id, findings) in &fired {
                            tr { td { code { (id) } } td.count { (grouped(alerting(findings))) } td.count { (grouped(all(findings))) } }
                        }
                    }
                }
            }
            @for rule in alerted.filter_map(|id| docs.iter().find(|rule| rule.id == *id)) { (about(rule)) }
        }
        @if let Some((in_use, unreached)) = &gathered.unreached { (cannot_fire(*in_use, unreached)) }
    }
}

/// Reasons for a rule, its blind spots, tuning and controls, folded.
fn about(rule: &RuleDoc) -> Markup {
    html! {
        details {
            summary { code { (rule.id) } " " (rule.title) }
            p { (rule.why) }
            @for (heading, texts) in [("Blind spots", rule.blind_spots()), ("Tuning", rule.tunings())] {
                p { b { (heading) } }
                ul { @for (about, text) in texts { li { @if !about.is_empty() { (about) ": " } (text) } } }
            }
            p { b { "Controls" } br; (rule.controls.join(", ")) }
        }
    }
}

fn cannot_fire(in_use: usize, unreached: &[Unreached]) -> Markup {
    let (sources, fields) = reach::by_reason(unreached);
    html! {
        p {
            b data-n="unreached" { (grouped(unreached.len() as u64)) } " of " (counted(in_use as u64, "rule"))
            " cannot fire on these records: their source, or a field that they ask for, does not occur."
        }
        @if !sources.is_empty() {
            details {
                summary { "Sources that do not occur" }
                div.scroll {
                    table data-n="unreached-sources" {
                        thead { tr { th { "source" } th.count { "rules" } } }
                        tbody { @for (source, count) in &sources { tr { td { (source) } td.count { (grouped(*count)) } } } }
                    }
                }
            }
        }
        @if !fields.is_empty() {
            details {
                summary { "Fields that do not occur in records of the rule's source" }
                div.scroll {
                    table data-n="unreached-fields" {
                        thead { tr { th { "rule" } th { "field" } } }
                        tbody { @for (rule, names) in &fields { tr { td { code { (rule.id) } } td { code { (names) } } } } }
                    }
                }
            }
        }
    }
}

/// Flags on records.
pub fn flags(gathered: &Gathered) -> Markup {
    let mut sorted: Vec<(&String, &u64)> = gathered.notes.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let meaning =
        |id: &str| Note::ALL.iter().find(|note| note.id() == id).map_or("", |note| note.doc());
    html! {
        @if sorted.is_empty() { p.small { "None: no record has a flag." } } @else {
            table data-n="flags" {
                thead { tr { th { "flag" } th { "means" } th.count { "records" } } }
                tbody { @for (id, count) in sorted { tr { td.nowrap { code { (id) } } td.small { (meaning(id)) } td.count { (grouped(*count)) } } } }
            }
        }
        @if gathered.untimed > 0 { p.small { (counted(gathered.untimed, "record")) " without a reliable time: not in the charts." } }
    }
}
