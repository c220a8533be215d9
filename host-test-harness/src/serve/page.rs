//! The live page: what is found, as it is found. Everything on it is in the one answer; nothing is fetched from elsewhere.

use super::board::{Board, PolicyInUse, Seen};
use super::history::{History, Span};
use crate::calendar::{self, local, unit, zone};
use crate::evaluator::Reload;
use crate::report::actors::{Portrait, portrait as portrait_of};
use crate::report::page::share;
use crate::wording::{counted, grouped, visible};
use auditward_core::VERSION;
use auditward_core::calendar::Zone;
use auditward_core::severity::Severity;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::hash::{BuildHasher, RandomState};

/// The look of the report.
const STYLE: &str = include_str!("../report/page.css");
const OWN_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Data of the page.
pub struct View<'a> {
    pub board: &'a Board,
    pub now: i64,
    /// True if downstream accepts, where there is one.
    pub is_up: Option<bool>,
    /// Downstream's answer, where it refuses every record.
    pub refusing: Option<String>,
}

/// Lets our own style and script run, and no other's.
pub fn nonce() -> String {
    let state = RandomState::new();
    format!("{:016x}{:016x}", state.hash_one(0u8), state.hash_one(1u8))
}

/// The whole page.
pub fn page(view: &View<'_>, nonce: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("auditward, live", nonce))
            body {
                header {
                    div {
                        h1 { "auditward, live" }
                        p.small { "version " (VERSION) ", all times in " (clock(view)) }
                    }
                    div.corner { span #link .badge { "connecting" } button #theme type="button" { "Light or dark" } }
                }
                main {
                    div #state { (state(view)) }
                    section #findings-section {
                        h2 { "New findings" }
                        (controls())
                        div #findings aria-live="polite" { (findings(view)) }
                    }
                    section #actor aria-live="polite" hidden {}
                    div #figures { (figures(view)) }
                }
                noscript { p.small { "Without scripts, this page does not update: reload it." } }
                script nonce=(nonce) { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn head(title: &str, nonce: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) }
            link rel="icon" href="data:,";
            style nonce=(nonce) { (PreEscaped(STYLE)) (PreEscaped(OWN_STYLE)) }
        }
    }
}

/// Filters of the list of findings; shown if scripts run.
fn controls() -> Markup {
    html! {
        div.controls {
            label { "Severity" select #severity { @for severity in 0..=4 { option value=(severity) { (name(severity)) @if severity < 4 { " and above" } } } } }
            label.wide { "Search" input #text type="search" placeholder="a name, an address, a detector"; }
            button #pause type="button" aria-pressed="false" { "Pause" }
        }
    }
}

/// How it goes: policy, downstream, refusals, uptime, and what does not go as it should.
pub fn state(view: &View<'_>) -> Markup {
    let (all, refused) = view.board.lately();
    let policy = view.board.policy();
    let (class, downstream) = match view.is_up {
        Some(true) => ("good", "accepts"),
        Some(false) => ("bad", "does not accept"),
        None => ("none", "none: records are the response"),
    };
    html! {
        (troubles(view))
        dl.state {
            div { dt { "downstream" } dd { span.badge.(class) { (downstream) } } }
            div { dt { "refused requests, last 5 min" } dd { @if all == 0 { "no requests" } @else { (share(refused, all)) " (" (grouped(refused)) " of " (grouped(all)) ")" } } }
            div { dt { "policy" } dd { code { (if policy.digest.is_empty() { "default" } else { &policy.digest }) } } }
            div { dt { "up for" } dd { (length(i64::try_from(view.board.uptime().as_millis()).unwrap_or(i64::MAX))) } }
        }
        (worst(view))
    }
}

/// Incidents shown at the head of the page.
const WORST: usize = 5;

/// The worst incidents, so that they stand before what is merely new.
fn worst(view: &View<'_>) -> Markup {
    let (incidents, policy) = (view.board.worst(WORST), view.board.policy());
    let more = view.board.incidents().saturating_sub(incidents.len() as u64);
    html! {
        @if !incidents.is_empty() {
            section #worst {
                h2 { "Incidents to look at, the worst first" }
                @for incident in &incidents {
                    article data-severity=(incident.severity) {
                        header {
                            span.badge.(format!("s{}", incident.severity)) { (name(incident.severity)) }
                            b { @if let Some(who) = incident.who().names.first() { bdi { (visible(who)) } } @else { "nobody named" } }
                            span { (incident.detectors.keys().map(|detector| visible(detector)).collect::<Vec<_>>().join(", ")) }
                            @if let Some(first) = incident.first { span.when { "since " (moment(first, &policy)) ", " (counted(incident.findings, "finding")) } }
                        }
                        p { (visible(&incident.worst.reason)) }
                    }
                }
                @if more > 0 { p.small { "and " (counted(more, "more incident")) ", none of them more severe" } }
            }
        }
    }
}

/// The zone of all times, by the policy's name and by how far it is ahead of UTC now.
fn clock(view: &View<'_>) -> String {
    let policy = view.board.policy();
    let ahead = zone(policy.zone.offset(view.now));
    if policy.zone_name == ahead { ahead } else { format!("{} ({ahead})", policy.zone_name) }
}

/// The clocks of the page.
pub fn clocks_of(view: &View<'_>) -> Zone {
    view.board.policy().zone
}

/// The page of one actor.
pub fn actor(portrait: &Portrait, why: Option<&str>, view: &View<'_>, nonce: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{}, auditward", portrait.name), nonce))
            body {
                main.alone {
                    p.small { a href="/" { "All findings" } }
                    section {
                        h2 { bdi { (portrait.name) } }
                        p.small { "Findings that are listed, and the records that have them; the baseline is that of the last snapshot. All times in " (clock(view)) "." }
                        (portrait_of(portrait, clocks_of(view), why))
                    }
                }
            }
        }
    }
}

/// The path of an actor's page; nothing for who is no actor.
fn path_of(who: &str) -> Option<String> {
    let name = who.strip_prefix("actor ").or_else(|| who.strip_prefix("account "))?;
    Some(format!("/v1/actors/{}", utf8_percent_encode(name, NON_ALPHANUMERIC)))
}

/// A rate by the records of ten seconds; a small one has a digit behind the point.
fn rate_in_words(of_ten_seconds: u64) -> String {
    match of_ten_seconds {
        0..1000 => format!("{}.{}", of_ten_seconds / 10, of_ten_seconds % 10),
        more => grouped(more / 10),
    }
}

/// Values that change every second.
pub fn figures(view: &View<'_>) -> Markup {
    let incidents = view.board.incidents();
    let policy = view.board.policy();
    let history = view.board.history();
    let (records_in, records_out) = view.board.totals();
    let seconds = history.seconds(view.now - 1000, 120);
    let rate = rate_in_words(seconds.iter().rev().take(10).sum::<u64>());
    html! {
        section.figures {
            (figure(&rate, "records a second", ""))
            (figure(&grouped(records_in), "records evaluated since the start", ""))
            (figure(&grouped(records_out), "records passed on", ""))
            (figure(&length(history.watermark_lag_ms), "newest event behind the clock", ""))
            (figure(&grouped(incidents), "incidents to look at in the kept history", ""))
            @let today = history.days(view.now, 1, policy.zone.offset(view.now));
            @for severity in [4, 3, 2] { (figure(&grouped(count(&today, severity)), &format!("{} findings today", name(severity)), &format!("s{severity}"))) }
        }
        section { h2 { "Records a second, the last two minutes" } (rates(&seconds)) }
        section { h2 { "Findings by severity, the last two days" } (severities(&history.hourly(view.now, 48), &policy)) }
        div.columns {
            section { h2 { "Actors and origins with findings" } (actors(&history, view.now)) }
            section { h2 { "Totals" } (totals(&history, view.now, &policy)) }
        }
    }
}

/// Problems, as text.
fn troubles(view: &View<'_>) -> Markup {
    let troubles = [
        (view.is_up == Some(false)).then_some("Downstream does not accept: senders keep their records and send them again."),
        (!view.board.is_evaluating()).then_some("The module cannot be started: senders keep their records. The reason is on standard error."),
        match view.board.last_reload() {
            Reload::Same | Reload::Taken => None,
            Reload::Refused => Some("The policy that was looked at last has problems: the one before it stays in use."),
            Reload::Failed => {
                Some("The latest policy is valid but could not be loaded: the previous policy stays in use. The reason is on standard error.")
            }
        },
    ];
    let refusals = refusals(view);
    let troubles = troubles.into_iter().flatten().chain(refusals.iter().map(String::as_str));
    html! { @for trouble in troubles { p.trouble role="alert" { (trouble) } } }
}

/// Records that downstream refuses.
fn refusals(view: &View<'_>) -> Vec<String> {
    let (dead_letters, held) = view.board.refused();
    let all = view.refusing.as_ref().map(|why| {
        format!("Nothing gets through: {why}. Are its address, token and schema right?")
    });
    let some = (dead_letters > 0).then(|| {
        format!(
            "{} refused by downstream since the start: in the dead-letter file, with the reason.",
            counted(dead_letters, "record")
        )
    });
    let unkept = (held > 0).then(|| "Downstream refuses records that are retried again and again: --dead-letter FILE puts them aside.".to_owned());
    all.into_iter().chain(some).chain(unkept).collect()
}

fn figure(value: &str, what: &str, class: &str) -> Markup {
    html! { div.figure.(class) { b { (value) } span { (what) } } }
}

/// One finding.
pub fn finding(seen: &Seen, policy: &PolicyInUse) -> Markup {
    html! {
        article data-severity=(seen.severity) {
            header {
                span.badge.(format!("s{}", seen.severity)) { (name(seen.severity)) }
                b { (seen.who) }
                span { (seen.detector) }
                span.when { (moment(seen.event_ms, policy)) ", found " (length(seen.seen_ms - seen.event_ms)) " later" }
            }
            @let target = seen.target.as_ref().filter(|target| !seen.reason.contains(&format!("'{target}'")));
            p { (seen.reason) @if let Some(target) = target { span.small { " (at " bdi { (target) } ")" } } }
        }
    }
}

/// Findings that the page begins with.
const LISTED: usize = 50;

fn findings(view: &View<'_>) -> Markup {
    let policy = view.board.policy();
    let history = view.board.history();
    html! {
        @for seen in history.recent().take(LISTED) { (finding(seen, &policy)) }
        @if history.recent().next().is_none() { p.small #none { "Nothing yet." } }
    }
}

fn actors(history: &History, now: i64) -> Markup {
    let mut actors = history.actors(now, 10);
    actors.sort_by_key(|(_, actor)| std::cmp::Reverse(actor.worst));
    html! {
        @if actors.is_empty() { p.small { "Nobody yet." } } @else {
            div.scroll {
                table.stack {
                    thead { tr { th { "who" } th { "worst" } th { "why" } th.count { "findings" } } }
                    tbody {
                        @for (who, actor) in actors {
                            tr {
                                td.who.beside { @match path_of(who) { Some(path) => a.actor href=(path) { (who) }, None => b { (who) } } }
                                td.beside { span.badge.(format!("s{}", actor.worst)) { (name(actor.worst)) } }
                                td.why { (actor.reason) }
                                td.count { span.unit { "findings: " } (grouped(actor.findings)) }
                            }
                        }
                    }
                }
            }
            p.small { "The worst first, of the ten with the most severe and most recent findings: a finding counts half after six hours." }
        }
    }
}

fn totals(history: &History, now: i64, policy: &PolicyInUse) -> Markup {
    let spans = [("today", 1), ("7 days", 7), ("30 days", 30)]
        .map(|(title, days)| (title, history.days(now, days, policy.zone.offset(now))));
    html! {
        div.scroll {
            table {
                thead { tr { th { "" } @for (title, _) in &spans { th.count { (title) } } } }
                tbody {
                    @for severity in (0..=4).rev() {
                        tr { td { span.badge.(format!("s{severity}")) { (name(severity)) } } @for (_, span) in &spans { td.count { (grouped(count(span, severity))) } } }
                    }
                    tr { td { "records" } @for (_, span) in &spans { td.count { (grouped(span.records)) } } }
                    tr { td { "time to detect" } @for (_, span) in &spans { td.count { (span.delay_s.map_or("none yet".to_owned(), |delay| length(delay as i64 * 1000))) } } }
                }
            }
        }
        h3 { "Most findings" }
        @for (title, span) in &spans {
            p.small {
                (title) ": "
                @if span.affected.is_empty() { "nobody" }
                @for (index, (who, count)) in span.affected.iter().take(3).enumerate() { @if index > 0 { ", " } bdi { (who) } " (" (grouped(*count)) ")" }
            }
        }
        p.small { "Time to detect: the median time from an event to its finding." }
    }
}

/// A bar for each second.
fn rates(seconds: &[u64]) -> Markup {
    let most = seconds.iter().copied().max().unwrap_or_default().max(1);
    html! {
        svg.bars viewBox="0 0 720 66" preserveAspectRatio="none" role="img" aria-label=(format!("at most {} records a second", grouped(most))) {
            line.axis x1="0" y1="65" x2="720" y2="65" {}
            @for (index, count) in seconds.iter().enumerate() {
                @let height = *count as f64 * 60.0 / most as f64;
                rect.records x=(index * 6) y=(format!("{:.1}", 65.0 - height)) width="5" height=(format!("{height:.1}")) {}
            }
        }
        div.ends { span { "two minutes ago" } span { "now; at most " (grouped(most)) } }
    }
}

/// A stack for each hour.
fn severities(hours: &[(i64, [u64; 5])], policy: &PolicyInUse) -> Markup {
    let most = hours
        .iter()
        .map(|(_, findings)| findings.iter().sum::<u64>())
        .max()
        .unwrap_or_default()
        .max(1);
    let unit = 100.0 / most as f64;
    html! {
        svg.bars viewBox="0 0 720 111" preserveAspectRatio="none" role="img" aria-label=(format!("at most {} findings an hour", grouped(most))) {
            line.axis x1="0" y1="110" x2="720" y2="110" {}
            @for (index, (hour, findings)) in hours.iter().enumerate() {
                g {
                    title { (moment(*hour, policy)) ": " @for severity in (0..5).rev() { (findings[severity]) " " (name(severity)) " " } }
                    @for severity in 0..5 {
                        @let below = findings[..severity].iter().sum::<u64>() as f64 * unit;
                        @let height = findings[severity] as f64 * unit;
                        @if height > 0.0 { rect.(format!("s{severity}")) x=(index * 15) y=(format!("{:.1}", 110.0 - below - height)) width="13" height=(format!("{height:.1}")) {} }
                    }
                }
            }
        }
        div.ends { span { (hours.first().map_or(String::new(), |(hour, _)| moment(*hour, policy))) } span { "this hour; at most " (grouped(most)) } }
        ul.legend { @for severity in (0..5).rev() { li { i.(format!("s{severity}")) {} (name(severity)) } } }
    }
}

fn count(span: &Span, severity: usize) -> u64 {
    span.findings.get(severity).copied().unwrap_or_default()
}

fn name(severity: usize) -> &'static str {
    Severity::NAMES.get(severity).copied().unwrap_or("info")
}

/// To the second, by the page's clock.
fn moment(at: i64, policy: &PolicyInUse) -> String {
    calendar::moment(local(at, policy.zone))
}

fn length(ms: i64) -> String {
    let (scale, unit) = unit(ms);
    format!("{} {unit}", ms.max(0) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluated::{Evaluated, Finding};
    use auditward_core::policy::Policy;

    #[test]
    fn nothing_that_a_record_says_becomes_markup() {
        let board = Board::new(None);
        let hostile = "<script>alert(1)</script>\n\"'&\u{202e}\u{1b}\u{0}";
        let found = Finding {
            detector: hostile.into(),
            severity: "critical".into(),
            reason: hostile.into(),
            ..Finding::default()
        };
        let evaluated = Evaluated {
            time: Some("1970-01-01T00:00:01Z".into()),
            actor: Some(hostile.into()),
            target: Some(hostile.into()),
            ..Evaluated::default()
        };
        let seen = Seen::new(9_000, &evaluated, &found);
        board.set_policy(&Policy::parse("[environment]\ntimezone = \"Europe/Berlin\"\n").unwrap());
        board.answered("busy", 0, std::time::Duration::ZERO);
        board.evaluated(7, vec![seen], 9_000);
        let view = View {
            board: &board,
            now: 10_000,
            is_up: Some(false),
            refusing: Some("400 Bad Request".into()),
        };
        let page = page(&view, "n").into_string();
        assert!(
            !page.contains("<script>alert") && page.matches("&lt;script&gt;alert(1)").count() >= 3,
            "{page}"
        );
        assert!(
            !page.contains(['\u{202e}', '\u{1b}', '\u{0}'])
                && page.matches("\\u{202e}\\u{1b}\\u{0}").count() >= 4,
            "{page}"
        );
        for part in [
            "critical",
            "1970-01-01 01:00:01, found 8 s later",
            "Europe/Berlin (UTC+1:00)",
            "Downstream does not accept",
            "100 % (1 of 1)",
            "<b>1</b><span>incidents to look at in the kept history",
            "Actors and origins with findings",
            "time to detect",
            ">8 s<",
        ] {
            assert!(page.contains(part), "{part} in\n{page}");
        }
        assert!(
            !page.contains("src=")
                && page.matches("href=").count() == 1 + page.matches("href=\"/v1/actors/").count(),
            "nothing is fetched"
        );
        assert_ne!(nonce(), nonce());
    }
}
