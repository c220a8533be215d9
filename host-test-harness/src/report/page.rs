//! The page itself. Whatever comes from a log is text here, never markup.

use super::chart::{self, severity_name};
use super::gather::{Gathered, UNRECOGNISED};
use super::{Heading, actors, list, tables};
use crate::calendar::{last_moment, length, local, moment, zone};
use crate::wording::{counted, grouped};
use auditward_core::VERSION;
use auditward_core::severity::Severity;
use auditward_core::time::Millis;
use base64::prelude::{BASE64_STANDARD, Engine};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = concat!(include_str!("uplot/uPlot.min.css"), "\n", include_str!("page.css"));
/// In this order: the second and third lean on those before them.
const SCRIPTS: [&str; 3] = [
    include_str!("uplot/uPlot.iife.min.js"),
    include_str!("page.js"),
    include_str!("over_time.js"),
];

/// The whole page. Its policy lets nothing be fetched, and no scripts but these run, whatever a log line says.
pub fn page(heading: &Heading, gathered: &Gathered) -> Markup {
    let scripts = SCRIPTS.map(|script| format!("'{}'", hash(script))).join(" ");
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&heading.title, STYLE, &format!("script-src {scripts}; ")))
            body {
                header {
                    div {
                        h1 { (heading.title) }
                        div.small { (period(gathered)) }
                    }
                    button #theme type="button" { "Light or dark" }
                }
                (contents(heading, gathered))
                main { (sections(heading, gathered)) }
                @for script in SCRIPTS { script { (PreEscaped(script)) } }
            }
        }
    }
}

/// The head of a page that fetches nothing: its own style, and scripts only as `scripts` allows.
pub(crate) fn head(title: &str, style: &str, scripts: &str) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src '{}'; {scripts}base-uri 'none'; form-action 'none'",
        hash(style)
    );
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="referrer" content="no-referrer";
            title { (title) }
            style { (PreEscaped(style)) }
        }
    }
}

fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// The list of contents.
fn contents(heading: &Heading, gathered: &Gathered) -> Markup {
    let mut parts = vec![("#incidents", "Incidents"), ("#numbers", "Numbers")];
    parts.extend(heading.section.as_ref().map(|section| (section.anchor, section.name)));
    parts.push(("#over-time", "Over time"));
    parts.extend((!gathered.incidents.is_empty()).then_some(("#timeline", "Detectors")));
    parts.extend((!gathered.portraits.is_empty()).then_some(("#actors", "Actors")));
    parts.extend([
        ("#names", "Who and what"),
        ("#hours", "Hours"),
        ("#rules", "Rules"),
        ("#completeness", "Completeness"),
        ("#flags", "Flags"),
        ("#policy", "Policy"),
    ]);
    html! { nav.scroll aria-label="Contents" { @for (anchor, name) in parts { a href=(anchor) { (name) } " " } } }
}

/// The order is that of a reader's questions: what happened, how much, when, and what this page rests on.
fn sections(heading: &Heading, gathered: &Gathered) -> Markup {
    html! {
        p.lead { (in_a_sentence(gathered)) }
        (list::on_one_page(gathered))
        (list::incidents(gathered))
        (figures(gathered))
        @if let Some(section) = &heading.section { (section.markup) }
        (part("over-time", "Over time", html! {
            (chart::over_time(&gathered.series))
            (legend(true))
            p.small.hint { "Drag over the chart to zoom in" @if !gathered.incidents.is_empty() { " and to see the incidents of that time" } "; a double click shows all. " button #whole type="button" hidden { "Show all" } }
        }))
        @if !gathered.incidents.is_empty() {
            (part("timeline", "Findings of each detector over time", html! { (chart::timeline(&gathered.series)) (legend(false)) }))
        }
        @if !gathered.portraits.is_empty() {
            (part("actors", "Actors", actors::actors(&gathered.portraits, gathered.more_portraits, gathered.basis.clocks)))
        }
        (part("names", "Who and what", tables::names(gathered)))
        (part("hours", "Hours of the week", tables::weeks(gathered)))
        (part("rules", "Rules", tables::rules(gathered)))
        (part("completeness", "Completeness of the records", tables::completeness(gathered)))
        (part("flags", "Flags on records", tables::flags(gathered)))
        (part("policy", "Policy and version", about(heading, gathered)))
    }
}

/// A section that can be folded. All are open; on a phone the script folds them, and the contents open them.
pub fn part(id: &str, name: &str, content: Markup) -> Markup {
    html! { section id=(id) { details.part open { summary { h2 { (name) } } (content) } } }
}

/// Summary for a reader in a hurry.
fn in_a_sentence(gathered: &Gathered) -> Markup {
    let incidents = &gathered.incidents;
    let worst = incidents
        .sorted()
        .first()
        .map(|incident| incident.severity)
        .filter(|severity| *severity >= Severity::Medium as usize);
    let sources = gathered.sources.keys().filter(|name| *name != UNRECOGNISED).count() as u64;
    html! {
        (counted(gathered.records, "record")) " from " (counted(sources, "source")) ": "
        @match worst {
            None => "nothing that needs a look.",
            Some(worst) => {
                b { (counted(incidents.alerts(), "incident")) " to look at" } @if incidents.alerts() > 1 { ", the worst of them " } @else { ", " } (severity_name(worst)) "."
                @let ongoing = incidents.sorted().into_iter().filter(|incident| incident.severity >= Severity::Medium as usize && incident.goes_on(gathered.last)).count() as u64;
                @if ongoing > 0 { " " (counted(ongoing, "incident")) @if ongoing == 1 { " is" } @else { " are" } " ongoing at the end of the log." }
            }
        }
    }
}

/// The figures, each with a name under which a test finds it.
fn figures(gathered: &Gathered) -> Markup {
    let figure = |id: &str, value: String, name: &str, class: &str| html! { div class={ "figure " (class) } { b data-n=(id) { (value) } span { (name) } } };
    let severities = gathered.incidents.by_severity();
    html! {
        section #numbers.figures aria-label="Numbers" {
            (figure("records", grouped(gathered.records), "records", ""))
            (figure("recognised", share(gathered.recognised, gathered.records), "recognised by a source", ""))
            (figure("incidents", grouped(gathered.incidents.alerts()), "incidents to look at", ""))
            @for severity in [Severity::Critical, Severity::High, Severity::Medium] {
                @let (name, index) = (severity.name(), severity as usize);
                @let value = severities.get(index).copied().unwrap_or_default();
                (figure(name, grouped(value), &format!("{name} incidents"), &format!("s{index}")))
            }
            (figure("findings", grouped(gathered.findings.iter().sum()), "findings", ""))
            (figure("alerting", share(gathered.alerting, gathered.records), "of the records with an alert", ""))
        }
    }
}

fn about(heading: &Heading, gathered: &Gathered) -> Markup {
    let basis = &gathered.basis;
    html! {
        p { "Written by auditward " (VERSION) ", policy " code { (if basis.policy.is_empty() { "default" } else { &basis.policy }) } ", through " (heading.setting) ". Times are in " (zone_in_words(gathered)) "." }
        p { "Suppressed by the policy: findings on " b data-n="suppressed" { (grouped(gathered.suppressed)) } " of the records." }
        @if basis.suppressions.is_empty() { p.small { "The policy suppresses nothing." } } @else {
            div.scroll {
                table #suppressions {
                    thead { tr { th { "suppressed" } th { "reason" } th { "until" } } }
                    tbody {
                        @for held in &basis.suppressions {
                            tr {
                                td { (held.about) }
                                td { (held.reason) }
                                td.nowrap { (last_moment(held.until)) @if gathered.last.is_some_and(|last| last >= held.until) { " " span.badge.bad { "expired" } } }
                            }
                        }
                    }
                }
            }
        }
        p.small { "Severities: medium and above are alerts; low and info are context. Findings form one incident if they share an actor, an account, or an origin that a finding is about, within an hour. Technique names are those of MITRE ATT&CK." }
    }
}

/// How far the clocks are ahead of UTC at the first record, and at the last where that differs.
pub fn ahead(gathered: &Gathered) -> String {
    let at = |time: Option<Millis>| zone(gathered.basis.clocks.offset(time.unwrap_or_default()));
    let (first, last) = (at(gathered.first), at(gathered.last));
    if first == last { last } else { format!("{first}, later {last}") }
}

/// The zone that the policy names, and how far it is ahead of UTC.
fn zone_in_words(gathered: &Gathered) -> String {
    let (name, ahead) = (&gathered.basis.zone, ahead(gathered));
    if name.is_empty() || *name == ahead { ahead } else { format!("{name} ({ahead})") }
}

fn period(gathered: &Gathered) -> String {
    let clocks = gathered.basis.clocks;
    match gathered.first.zip(gathered.last) {
        None => "no times".to_owned(),
        Some((first, last)) => format!(
            "{} to {}, {}, {}",
            moment(local(first, clocks)),
            moment(local(last, clocks)),
            zone_in_words(gathered),
            length(last - first)
        ),
    }
}

/// A share in percent: never 100 or 0 where it is not all or nothing.
pub fn share(part: u64, of: u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluated::{Circumstances, Evaluated, Finding};
    use crate::report::Basis;
    use crate::wording::visible;

    fn rendered(evaluated: &[Evaluated]) -> String {
        let mut gathered = Gathered::new(Basis::default());
        evaluated.iter().for_each(|evaluated| gathered.add(evaluated));
        gathered.portray(None);
        crate::report::render(&Heading { title: "Test".into(), ..Heading::default() }, &gathered)
    }

    /// The page without its scripts and style.
    fn without_our_own(page: &str) -> String {
        SCRIPTS.iter().fold(page.replace(STYLE, ""), |page, script| page.replace(script, ""))
    }

    fn hostile(text: &str) -> Evaluated {
        let finding = Finding {
            detector: text.into(),
            rule: Some(text.into()),
            severity: "high".into(),
            reason: text.into(),
            key: [(text.to_owned(), text.into())].into(),
            technique: Some(text.into()),
            fingerprint: Some(text.into()),
            evidence: vec![text.into()],
            ..Finding::default()
        };
        let text = || Some(text.to_owned());
        Evaluated {
            time: Some("2026-01-05T10:00:00.000Z".into()),
            id: text(),
            source: text(),
            actor: text(),
            is_anonymous: false,
            answers: Vec::new(),
            action: text(),
            class: text(),
            target: text(),
            data_class: text(),
            origin: text(),
            outcome: text(),
            notes: vec![text().unwrap_or_default()],
            route: text(),
            about: Circumstances { country: text(), role: text(), ..Circumstances::default() },
            findings: vec![finding],
        }
    }

    #[test]
    fn hostile_text_stays_text_wherever_it_stands() {
        for text in [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "' onload='x",
            "</style><b>",
            "</title><svg/onload=x>",
            "<!--",
            "]]>",
        ] {
            let page = rendered(&[hostile(text)]);
            let plain = rendered(&[hostile("x")]);
            assert_eq!(page.matches('<').count(), plain.matches('<').count(), "{text}");
            assert!(text == "' onload='x" || !without_our_own(&page).contains(text), "{text}");
            assert_eq!(page.matches('"').count(), plain.matches('"').count(), "{text}");
        }
    }

    #[test]
    fn no_character_of_a_log_turns_a_sentence_round() {
        let page = rendered(&[hostile("\u{202e}a\u{1b}[2J\u{0}\u{2069}\u{9b}")]);
        let steering = page.chars().find(|&char| {
            char != '\n' && visible(char.encode_utf8(&mut [0; 4])).starts_with('\\') && char != '\\'
        });
        assert_eq!(steering, None);
        assert!(page.contains("<bdi>\\u{202e}a\\u{1b}[2J\\u{0}\\u{2069}\\u{9b}</bdi>"));
        assert!(
            SCRIPTS.iter().all(|script| page.contains(script)) && page.contains(STYLE),
            "what the policy of the page names by its checksum is as it was"
        );
    }

    #[test]
    fn nothing_is_fetched_and_no_style_or_script_stands_inline_in_an_element() {
        let mut found = hostile("x");
        found.findings.iter_mut().for_each(|finding| finding.technique = Some("T1110.003".into()));
        let page = without_our_own(&rendered(&[found, hostile("javascript:alert(1)")]));
        for forbidden in ["http://", "src=", "url(", "@import", " style=", "onclick"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        let technique = "<a href=\"https://attack.mitre.org/techniques/T1110/003/\" rel=\"noopener noreferrer\">T1110.003 Brute Force: Password Spraying</a>";
        assert!(page.contains(technique));
        let links = page.matches("href=\"").count();
        assert_eq!(
            (links, page.matches("https://").count()),
            (page.matches("href=\"#").count() + 1, 1),
            "all other links lead within the page"
        );
    }

    #[test]
    fn the_event_of_a_finding_is_not_listed_as_a_bare_id_too() {
        let page = rendered(&[hostile("x"), hostile(&"y".repeat(99))]);
        assert!(page.contains("class=\"events\"") && !page.contains("td class=\"id\""), "{page}");
    }

    #[test]
    fn an_empty_log_has_a_page() {
        let page = rendered(&[]);
        assert!(
            page.contains("nothing that needs a look")
                && page.contains("No detector found anything")
        );
    }

    #[test]
    fn many_incidents_are_cut_and_said_to_be() {
        let many: Vec<Evaluated> =
            (0..400).map(|number| hostile(&format!("name {number}"))).collect();
        let page = rendered(&many);
        assert_eq!(page.matches("class=\"incident\"").count(), 250);
        assert!(
            page.contains("400 incidents")
                && page.contains("Left out: 150 more incidents")
                && page.contains("235 more incidents, none of them")
        );
    }

    #[test]
    fn incidents_are_counted_once_however_many_there_are() {
        for number in [1, 1999, 2000, 2001, 3001] {
            // Each of them comes twice.
            let many: Vec<Evaluated> =
                (0..2 * number).map(|round| hostile(&format!("name {}", round % number))).collect();
            let page = rendered(&many);
            let incidents = counted(number, "incident");
            assert!(page.contains(&format!("<b>{incidents} to look at</b>")), "{incidents}");
            assert!(
                page.contains(&format!("<b data-n=\"incidents\">{}</b>", grouped(number))),
                "{incidents}"
            );
            assert_eq!(
                page.contains(&format!(
                    "Left out: {}",
                    counted(number.saturating_sub(250), "more incident")
                )),
                number > 250,
                "{incidents}"
            );
            assert_eq!(
                page.contains(&format!("and {} others", grouped(number.saturating_sub(10)))),
                number > 10,
                "{incidents}"
            );
        }
    }

    #[test]
    fn the_parts_that_the_contents_name_are_there() {
        let page = rendered(&[hostile("x")]);
        let anchors: Vec<&str> =
            page.split("<a href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(anchors.len(), 12, "ten parts, that of actors and the incident's link");
        for anchor in anchors {
            assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        }
    }

    #[test]
    fn figures_in_words() {
        assert_eq!(
            [share(0, 5), share(5, 5), share(1, 100_000), share(99_999, 100_000), share(0, 0)],
            ["0 %", "100 %", "< 0.1 %", "99.9 %", "0 %"]
        );
    }
}
