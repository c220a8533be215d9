//! Problems of a policy, shown to people: every one with its line, its place, and what to do.

use crate::terminal;
use auditward_core::policy::Issue;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use std::fmt::Write;
use std::io;

/// What went wrong was said already: all that is left is the exit status.
#[derive(Debug)]
pub struct Told;

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the policy has problems")
    }
}

impl std::error::Error for Told {}

/// Shows all of them on standard error.
pub fn show(name: &str, text: &str, issues: &[Issue]) {
    terminal::say(render(name, text, issues, terminal::is_colourful(&io::stderr())).trim_end());
}

/// All of them, one report after the other, and how many there are.
pub fn render(name: &str, text: &str, issues: &[Issue], is_colourful: bool) -> String {
    let mut out = reports(name, text, issues, is_colourful);
    let count = crate::prose::counted(issues.len() as u64, "problem");
    let _ = writeln!(out, "{name}: {count}. A pipeline with this policy runs on its last good one, or on defaults.");
    out
}

/// One report after the other.
pub fn reports(name: &str, text: &str, issues: &[Issue], is_colourful: bool) -> String {
    let theme = if is_colourful { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(120);
    let mut out = String::new();
    for issue in issues {
        let is_rendered = handler.render_report(&mut out, report(name, text, issue).as_ref()).is_ok();
        if !is_rendered {
            let _ = writeln!(out, "  {name}:{}:{}: {}: {}", issue.line, issue.column, issue.message, issue.remedy);
        }
        out.push('\n');
    }
    out
}

fn report(name: &str, text: &str, issue: &Issue) -> Report {
    let from = issue.span.start.min(text.len());
    let len = issue.span.end.saturating_sub(from).min(text.len() - from);
    let title = if issue.path.is_empty() { "not TOML".to_owned() } else { issue.path.clone() };
    let diagnostic = MietteDiagnostic::new(title).with_help(issue.remedy.clone()).with_label(LabeledSpan::at(from..from + len, issue.message.clone()));
    Report::new(diagnostic).with_source_code(NamedSource::new(name, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy::Policy;

    #[test]
    fn every_problem_has_its_place_and_remedy() {
        let text = "[output]\nschema = \"audti\"\n[detector.brute-forse]\n";
        let shown = render("p.toml", text, &Policy::parse(text).unwrap_err(), false);
        for part in [
            "output.schema",
            "p.toml:2:10",
            "`audti` is none of the choices",
            "one of \"audit\", \"ecs\"",
            "p.toml:3:11",
            "did you mean `brute-force`?",
            "2 problems",
        ] {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
        assert!(!shown.contains('\u{1b}'));
        assert!(render("p.toml", text, &Policy::parse(text).unwrap_err(), true).contains('\u{1b}'));
    }

    #[test]
    fn places_at_the_end_and_among_other_scripts() {
        for text in ["[output", "x = ", "[output]\nkey = \"ключ\"\n", "\"", "[output]\r\nschema = \"é\"", "=\n=\n"] {
            let issues = Policy::parse(text).unwrap_err();
            assert!(render("p.toml", text, &issues, false).matches("help").count() >= issues.len(), "{text}");
        }
    }
}
