//! The page itself. Whatever comes from a log is text here, never markup.

use super::Heading;
use super::chart::{self, severity_name};
use super::gather::{Affected, BySeverity, Gathered, Incident, Source, UNRECOGNISED};
use super::tally::{Few, Tally};
use crate::prose::{counted, grouped};
use auditward_core::detect::Severity;
use auditward_core::note::Note;
use auditward_core::time::{self, DAY, HOUR, MINUTE, Millis, SECOND};
use base64::prelude::{BASE64_STANDARD, Engine};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// So many incidents are shown; the least severe are left out.
const INCIDENTS: usize = 250;
/// So many names are shown in a list of the most affected.
const AFFECTED: usize = 12;
/// The sources that get an hour table of their own.
const WEEKS: usize = 6;
/// What a record should say, and the note where it does not.
const GAPS: [(&str, &str); 6] =
    [("who", "no-actor"), ("what", "no-action"), ("when", "no-time"), ("where", "no-origin"), ("outcome", "no-outcome"), ("why allowed", "no-reason")];

/// The whole page. Its policy lets nothing be fetched, and no script but this one run, whatever a log line says.
pub fn page(heading: &Heading, gathered: &Gathered) -> Markup {
    let policy = format!("default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'", hash(STYLE), hash(SCRIPT));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="referrer" content="no-referrer";
                title { (heading.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    div {
                        h1 { (heading.title) }
                        div.small { (period(gathered)) }
                    }
                    button #theme type="button" { "Light or dark" }
                }
                main { (sections(heading, gathered)) }
                footer { p { "Written by auditward " (env!("CARGO_PKG_VERSION")) ", through " (heading.setting) ". Times are in " (zone(gathered.offset)) "." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

fn sections(heading: &Heading, gathered: &Gathered) -> Markup {
    html! {
        p.lead { (in_a_sentence(gathered)) }
        (figures(gathered))
        @if let Some(section) = &heading.section { (section) }
        section #over-time {
            h2 { "Over time" }
            (chart::over_time(&gathered.series))
            (legend(true))
        }
        @if !gathered.incidents.is_empty() {
            section #timeline {
                h2 { "When each detector spoke" }
                (chart::timeline(&gathered.series))
                (legend(false))
            }
        }
        (incidents(gathered))
        div.columns {
            (affected("Most affected actors", &gathered.actors))
            (affected("Most affected origins", &gathered.origins))
            (affected("Most affected targets", &gathered.targets))
        }
        (weeks(gathered))
        (completeness(gathered))
        (notes(gathered))
    }
}

/// What a reader in a hurry takes away.
fn in_a_sentence(gathered: &Gathered) -> Markup {
    let worst = gathered.incidents.sorted().first().map(|(_, incident)| incident.severity).filter(|severity| *severity >= Severity::Medium as usize);
    let most = gathered.actors.sorted().into_iter().find(|(_, affected)| alerting(&affected.findings) > 0);
    html! {
        (counted(gathered.records, "record")) " from " (counted(gathered.sources.keys().filter(|name| *name != UNRECOGNISED).count() as u64, "source")) ": "
        @match worst {
            None => "nothing that needs a look.",
            Some(worst) => {
                b { (gathered.alerts.counted("incident")) " to look at" } ", the worst of them " (severity_name(worst)) "."
                @if let Some((name, affected)) = most {
                    " Most findings concern " b { bdi { (name) } } " (" (grouped(alerting(&affected.findings))) ")."
                }
            }
        }
    }
}

fn alerting(findings: &BySeverity) -> u64 {
    findings.iter().skip(Severity::Medium as usize).sum()
}

fn figures(gathered: &Gathered) -> Markup {
    let figure = |value: String, name: &str, class: &str| html! { div class={ "figure " (class) } { b { (value) } span { (name) } } };
    html! {
        section.figures aria-label="Headline figures" {
            (figure(grouped(gathered.records), "records", ""))
            (figure(share(gathered.recognised, gathered.records), "recognised by a source", ""))
            (figure(gathered.alerts.number(), "incidents to look at", ""))
            @for severity in [Severity::Critical, Severity::High, Severity::Medium] {
                (figure(grouped(gathered.findings[severity as usize]), &format!("{} findings", severity.name()), &format!("s{}", severity as usize)))
            }
            (figure(share(gathered.alerting, gathered.records), "of the records alarming", ""))
            @if gathered.suppressed > 0 { (figure(grouped(gathered.suppressed), "records with a finding suppressed", "")) }
        }
    }
}

fn share(part: u64, of: u64) -> String {
    let percent = if of == 0 { 0.0 } else { part as f64 * 100.0 / of as f64 };
    match part {
        0 => "0 %".to_owned(),
        _ if part == of => "100 %".to_owned(),
        _ if percent < 0.1 => "< 0.1 %".to_owned(),
        _ => format!("{:.1} %", percent.min(99.9)),
    }
}

fn legend(with_records: bool) -> Markup {
    html! {
        ul.legend {
            @if with_records { li { i.records {} "records" } }
            @for (severity, name) in Severity::NAMES.iter().enumerate().rev() { li { i class=(format!("s{severity}")) {} (name) } }
        }
    }
}

fn incidents(gathered: &Gathered) -> Markup {
    let sorted = gathered.incidents.sorted();
    html! {
        section #findings {
            h2 { "Findings" }
            @if sorted.is_empty() {
                p { "No detector found anything." }
            } @else {
                p.small { "Grouped by fingerprint: the same detector about the same thing. The most severe first; medium and above are alerts, below is context." }
                (filter(gathered))
                @for (fingerprint, incident) in sorted.iter().take(INCIDENTS) { (article(fingerprint, incident, gathered.offset)) }
            }
            @if let Some(left_out) = gathered.incidents.names.beyond(INCIDENTS, "more group") { p.small { "Left out: " (left_out) ", none of them more severe than those shown." } }
        }
    }
}

fn filter(gathered: &Gathered) -> Markup {
    html! {
        div.filter {
            label { "Severity" select #severity {
                @for (severity, name) in Severity::NAMES.iter().enumerate() { option value=(severity) { (name) @if severity < 4 { " and above" } } }
            } }
            label { "Detector" select #detector {
                option value="" { "all" }
                @for name in gathered.detectors.keys() { option value=(name) { (name) } }
            } }
            label.wide { "Text" input #text type="search" placeholder="a name, an address, a word of the reason"; }
            span #shown aria-live="polite" {}
        }
    }
}

fn article(fingerprint: &str, incident: &Incident, offset: Millis) -> Markup {
    let worst = &incident.worst;
    html! {
        article data-severity=(incident.severity) data-detector=(incident.detector) {
            header {
                (badge(incident.severity))
                b { (incident.detector) }
                @if incident.count > 1 { span.small { (counted(incident.count, "finding")) } }
                span.when { (when(incident, offset)) }
            }
            p { (worst.reason) }
            dl {
                @if let Some(observed) = &worst.observed {
                    (term("Observed", html! {
                        (observed.to_string())
                        @if let Some(expected) = &worst.expected { ", expected " (expected.to_string()) }
                        @if let Some(window) = worst.window_s.as_ref().and_then(|window| window.as_i64()).filter(|window| *window > 0) { " within " (length(window.saturating_mul(SECOND))) }
                    }))
                }
                @if let Some(technique) = worst.technique.as_ref().filter(|technique| !technique.is_empty()) { (term("ATT&CK", html! { (technique) })) }
                @for (role, value) in &incident.key { (term(&format!("Counted by {role}"), html! { (value) })) }
                (few("Actor", &incident.actors)) (few("Origin", &incident.origins)) (few("Target", &incident.targets)) (few("Data class", &incident.data_classes))
                (few("Action", &incident.actions)) (few("Source", &incident.sources))
                (term("Fingerprint", html! { span.id { (fingerprint) } }))
            }
            @if !incident.evidence.names.is_empty() {
                details {
                    summary { "Evidence: " (counted(incident.evidence.names.len() as u64, "event")) @if incident.evidence.has_more { " and more" } }
                    @for id in &incident.evidence.names { span.id { (id) } " " }
                }
            }
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
    html! { @if !few.names.is_empty() { (term(name, html! { @for (index, name) in few.names.iter().enumerate() { @if index > 0 { ", " } bdi { (name) } } @if few.has_more { " and others" } })) } }
}

fn when(incident: &Incident, offset: Millis) -> Markup {
    html! {
        @match incident.first.zip(incident.last) {
            None => "no time of its own",
            Some((first, last)) => {
                (moment(first + offset))
                @if last > first { " to " (if last - first < DAY && day(last + offset) == day(first + offset) { clock_of(last + offset) } else { moment(last + offset) }) }
            }
        }
    }
}

fn affected(title: &str, tally: &Tally<Affected>) -> Markup {
    let sorted = tally.sorted();
    html! {
        section {
            h2 { (title) }
            @if sorted.is_empty() { p.small { "None." } } @else {
                table {
                    thead { tr { th { "name" } th { "detectors" } th.count { "alerts" } th.count { "findings" } } }
                    tbody {
                        @for (name, affected) in sorted.iter().take(AFFECTED) {
                            tr {
                                td.name { (name) }
                                td.small { (affected.detectors.names.join(", ")) @if affected.detectors.has_more { " ..." } }
                                td.count { (grouped(alerting(&affected.findings))) }
                                td.count { (grouped(affected.findings.iter().sum())) }
                            }
                        }
                    }
                }
                @if let Some(more) = tally.names.beyond(AFFECTED, "other") { p.small { "and " (more) } }
            }
        }
    }
}

/// The busiest sources first.
fn by_records(gathered: &Gathered) -> Vec<(&str, &Source)> {
    let mut sorted: Vec<(&str, &Source)> = gathered.sources.iter().map(|(name, source)| (name.as_str(), source)).collect();
    sorted.sort_by_key(|(_, source)| std::cmp::Reverse(source.records));
    sorted
}

fn weeks(gathered: &Gathered) -> Markup {
    let sources = by_records(gathered);
    html! {
        section #hours {
            h2 { "Hours of the week" }
            p.small { "The busier the darker; a dot where there were alerts. " (zone(gathered.offset)) "." }
            div.weeks {
                @if sources.len() != 1 { div { h3 { "All sources" } (gathered.week.drawing("all sources")) } }
                @for (name, source) in sources.iter().take(WEEKS) { div { h3 { (name) } (source.week.drawing(name)) } }
            }
        }
    }
}

fn completeness(gathered: &Gathered) -> Markup {
    html! {
        section #completeness {
            h2 { "How complete the records are" }
            p.small { "What share of each source's records says who did what, when, from where, with what outcome, and why it was allowed." }
            div.scroll {
                table {
                    thead { tr { th { "source" } th.count { "records" } th.count { "alarming" } @for (question, _) in GAPS { th.count { (question) } } } }
                    tbody { @for (name, source) in by_records(gathered) { (answers(name, source)) } }
                }
            }
        }
    }
}

fn answers(name: &str, source: &Source) -> Markup {
    html! {
        tr {
            td { (name) }
            td.count { (grouped(source.records)) }
            td.count { (grouped(source.alerting)) }
            @for (_, note) in GAPS {
                @let lacking = source.notes.get(note).copied().unwrap_or_default().min(source.records);
                @if name == UNRECOGNISED { td.count { "–" } }
                @else { td.count.lacking[lacking * 2 > source.records] { (share(source.records - lacking, source.records)) } }
            }
        }
    }
}

fn notes(gathered: &Gathered) -> Markup {
    let mut sorted: Vec<(&String, &u64)> = gathered.notes.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let meaning = |id: &str| Note::ALL.iter().find(|note| note.id() == id).map_or("", |note| note.doc());
    html! {
        section #notes {
            h2 { "Notes" }
            @if gathered.suppressed > 0 {
                p { "Suppressed by the policy: findings on " (counted(gathered.suppressed, "record")) "." }
            }
            @if sorted.is_empty() { p.small { "None: every record was read without a gap." } } @else {
                table {
                    thead { tr { th { "note" } th { "means" } th.count { "records" } } }
                    tbody { @for (id, count) in sorted { tr { td.nowrap { code { (id) } } td.small { (meaning(id)) } td.count { (grouped(*count)) } } } }
                }
            }
            @if gathered.untimed > 0 { p.small { (counted(gathered.untimed, "record")) " without a time to trust: not in the charts." } }
        }
    }
}

fn period(gathered: &Gathered) -> String {
    match gathered.first.zip(gathered.last) {
        None => "no times".to_owned(),
        Some((first, last)) => {
            format!("{} to {} ({}), {}", moment(first + gathered.offset), moment(last + gathered.offset), zone(gathered.offset), length(last - first))
        }
    }
}

/// `UTC+1:00`
pub fn zone(offset: Millis) -> String {
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / MINUTE);
    match minutes {
        0 => "UTC".to_owned(),
        _ => format!("UTC{sign}{}:{:02}", minutes / 60, minutes % 60),
    }
}

/// A length of time in its largest unit that leaves a number to tell.
pub fn length(length: Millis) -> String {
    let (scale, unit) = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min")].into_iter().find(|(scale, _)| length >= 2 * scale).unwrap_or((SECOND, "s"));
    format!("{} {unit}", (length + scale / 2) / scale)
}

/// `2026-03-02 08:14:03`
pub fn moment(time: Millis) -> String {
    let text = time::format(time);
    String::from_utf8_lossy(&text).get(..19).unwrap_or_default().replace('T', " ")
}

fn clock_of(time: Millis) -> String {
    moment(time).get(11..).unwrap_or_default().to_owned()
}

/// `08:14`
pub fn clock(time: Millis) -> String {
    moment(time).get(11..16).unwrap_or_default().to_owned()
}

/// `2026-03-02`
pub fn day(time: Millis) -> String {
    moment(time).get(..10).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judged::{Finding, Judged};
    use crate::prose::visible;

    fn rendered(judged: &[Judged]) -> String {
        let mut gathered = Gathered::new(0);
        judged.iter().for_each(|judged| gathered.add(judged));
        crate::report::render(&Heading { title: "Test".into(), ..Heading::default() }, &gathered)
    }

    fn hostile(text: &str) -> Judged {
        let finding = Finding {
            detector: text.into(),
            severity: "high".into(),
            reason: text.into(),
            key: [(text.to_owned(), text.into())].into(),
            technique: Some(text.into()),
            fingerprint: Some(text.into()),
            evidence: vec![text.into()],
            ..Finding::default()
        };
        let text = || Some(text.to_owned());
        Judged {
            time: Some("2026-01-05T10:00:00.000Z".into()),
            source: text(),
            actor: text(),
            action: text(),
            class: text(),
            target: text(),
            data_class: text(),
            origin: text(),
            outcome: text(),
            notes: vec![text().unwrap_or_default()],
            findings: vec![finding],
        }
    }

    #[test]
    fn hostile_text_stays_text_wherever_it_stands() {
        for text in ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='x", "</style><b>", "</title><svg/onload=x>", "<!--", "]]>"] {
            let page = rendered(&[hostile(text)]);
            let plain = rendered(&[hostile("x")]);
            assert_eq!(page.matches('<').count(), plain.matches('<').count(), "{text}");
            assert!(text == "' onload='x" || !page.replace(SCRIPT, "").replace(STYLE, "").contains(text), "{text}");
            assert_eq!(page.matches('"').count(), plain.matches('"').count(), "{text}");
        }
    }

    #[test]
    fn no_character_of_a_log_turns_a_sentence_round() {
        let page = rendered(&[hostile("\u{202e}a\u{1b}[2J\u{0}\u{2069}\u{9b}")]);
        let steering = page.chars().find(|&char| char != '\n' && visible(char.encode_utf8(&mut [0; 4])).starts_with('\\') && char != '\\');
        assert_eq!(steering, None);
        assert!(page.contains("concern <b><bdi>\\u{202e}a\\u{1b}[2J\\u{0}\\u{2069}\\u{9b}</bdi></b> ("));
        assert!(page.contains(SCRIPT) && page.contains(STYLE), "what the policy of the page names by its checksum is as it was");
    }

    #[test]
    fn nothing_is_fetched_and_no_style_or_script_stands_inline_in_an_element() {
        let page = rendered(&[hostile("x")]);
        for forbidden in ["http://", "https://", "src=", "url(", "@import", " style=", "onclick", "<a "] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn an_empty_log_has_a_page() {
        let page = rendered(&[]);
        assert!(page.contains("nothing that needs a look") && page.contains("No detector found anything"));
    }

    #[test]
    fn many_incidents_are_cut_and_said_to_be() {
        let many: Vec<Judged> = (0..400).map(|number| hostile(&format!("name {number}"))).collect();
        let page = rendered(&many);
        assert_eq!(page.matches("<article").count(), INCIDENTS);
        assert!(page.contains("400 incidents") && page.contains("Left out: 150 more groups"));
    }

    #[test]
    fn incidents_are_counted_once_however_many_there_are() {
        for number in [1, 1999, 2000, 2001, 3001] {
            // Each of them comes twice.
            let many: Vec<Judged> = (0..2 * number).map(|round| hostile(&format!("name {}", round % number))).collect();
            let page = rendered(&many);
            let incidents = counted(number, "incident");
            assert!(page.contains(&format!("<b>{incidents} to look at</b>")), "{incidents}");
            assert!(page.contains(&format!("<b>{}</b><span>incidents to look at</span>", grouped(number))), "{incidents}");
            assert_eq!(page.contains(&format!("Left out: {}", counted(number.saturating_sub(250), "more group"))), number > 250, "{incidents}");
            assert_eq!(page.contains(&format!("and {} others", grouped(number.saturating_sub(12)))), number > 12, "{incidents}");
        }
    }

    #[test]
    fn figures_in_words() {
        assert_eq!([share(0, 5), share(5, 5), share(1, 100_000), share(99_999, 100_000), share(0, 0)], ["0 %", "100 %", "< 0.1 %", "99.9 %", "0 %"]);
        assert_eq!((zone(0), zone(HOUR), zone(-90 * MINUTE)), ("UTC".into(), "UTC+1:00".into(), "UTC-1:30".into()));
        assert_eq!([length(300_000), length(59_000), length(7 * DAY - HOUR)], ["5 min", "59 s", "7 d"]);
    }
}
