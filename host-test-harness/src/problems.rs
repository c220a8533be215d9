//! Problems of a policy, shown to people: every one with its line, its place, and what to do.

use crate::terminal;
use crate::wording::visible;
use auditward_core::policy::Issue;
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report,
    ThemeCharacters, ThemeStyles,
};
use std::fmt::Write;
use std::io;
use thiserror::Error;

/// Error whose message was printed already; only the exit status is left.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the policy has problems")]
pub struct Shown;

/// True if the message of an error was printed already.
pub fn is_shown(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.is::<Shown>())
}

/// How problems are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub is_colourful: bool,
    pub is_unicode: bool,
    pub width: usize,
}

impl Style {
    /// For files and tests.
    pub const PLAIN: Style = Style { is_colourful: false, is_unicode: true, width: 120 };

    /// As the terminal and the locale of standard error ask for.
    pub fn of_stderr() -> Style {
        Style {
            is_colourful: terminal::is_colourful(&io::stderr()),
            is_unicode: terminal::is_unicode(),
            width: terminal::width(),
        }
    }

    fn theme(&self) -> GraphicalTheme {
        let characters =
            if self.is_unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        let styles = if self.is_colourful { ThemeStyles::ansi() } else { ThemeStyles::none() };
        GraphicalTheme { characters, styles }
    }
}

/// Shows all of them on standard error.
pub fn show(name: &str, text: &str, issues: &[Issue]) {
    terminal::show(render(name, text, issues, &Style::of_stderr()).trim_end());
}

/// All of them, one report after the other, and how many there are.
pub fn render(name: &str, text: &str, issues: &[Issue], style: &Style) -> String {
    let effect = " A pipeline with this policy runs on its last good one, or on defaults.";
    reports(name, text, issues, style) + &total(name, issues, effect)
}

/// Shows all problems of a text that no pipeline reads by itself, such as a pack.
pub fn show_of_part(name: &str, text: &str, issues: &[Issue]) {
    let out = reports(name, text, issues, &Style::of_stderr()) + &total(name, issues, "");
    terminal::show(out.trim_end());
}

/// The number of problems.
fn total(name: &str, issues: &[Issue], effect: &str) -> String {
    let count = crate::wording::counted(issues.len() as u64, "problem");
    format!("{}: {count}.{effect}\n", visible(name))
}

/// One report after the other.
pub fn reports(name: &str, text: &str, issues: &[Issue], style: &Style) -> String {
    let handler =
        GraphicalReportHandler::new_themed(style.theme()).with_links(false).with_width(style.width);
    let mut out = String::new();
    for issue in issues {
        let is_rendered =
            handler.render_report(&mut out, report(name, text, issue).as_ref()).is_ok();
        if !is_rendered {
            let said = format!(
                "{name}:{}:{}: {}: {}",
                issue.line, issue.column, issue.message, issue.remedy
            );
            let _ = writeln!(out, "  {}", visible(&said));
        }
        out.push('\n');
    }
    out
}

fn report(name: &str, text: &str, issue: &Issue) -> Report {
    // A place in the text is one in what is shown of it.
    let place = |at: usize| shown(text.get(..at.min(text.len())).unwrap_or(text)).len();
    let (from, to) = (place(issue.span.start), place(issue.span.end));
    let title = match issue.path.as_str() {
        "" if text.parse::<toml::Table>().is_ok() => "the file".into(),
        "" => "not TOML".into(),
        path => visible(path),
    };
    let label = LabeledSpan::at(from..to.max(from), visible(&issue.message));
    let diagnostic =
        MietteDiagnostic::new(title).with_help(visible(&issue.remedy)).with_label(label);
    Report::new(diagnostic).with_source_code(NamedSource::new(visible(name), shown(text)))
}

/// The policy's text, line by line. Tabs are drawn as spaces.
fn shown(text: &str) -> String {
    let tabbed = |line: &str| line.split('\t').map(visible).collect::<Vec<_>>().join("\t");
    text.split('\n')
        .map(|line| tabbed(line.strip_suffix('\r').unwrap_or(line)))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy::Policy;

    #[test]
    fn frames_are_ascii_where_the_locale_is() {
        let text = "[output]\nschema = \"audti\"\n";
        let shown = render(
            "p.toml",
            text,
            &Policy::parse(text).unwrap_err(),
            &Style { is_unicode: false, ..Style::PLAIN },
        );
        assert!(shown.is_ascii() && shown.contains("p.toml:2:10"), "{shown}");
    }

    #[test]
    fn every_problem_has_its_place_and_remedy() {
        let text = "[output]\nschema = \"audti\"\n[detector.brute-forse]\n";
        let shown = render("p.toml", text, &Policy::parse(text).unwrap_err(), &Style::PLAIN);
        for part in [
            "output.schema",
            "p.toml:2:10",
            "`audti` is not one of the choices",
            "one of \"audit\", \"ecs\"",
            "p.toml:3:11",
            "did you mean `brute-force`?",
            "2 problems",
        ] {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
        assert!(!shown.contains('\u{1b}'));
        assert!(
            render(
                "p.toml",
                text,
                &Policy::parse(text).unwrap_err(),
                &Style { is_colourful: true, ..Style::PLAIN }
            )
            .contains('\u{1b}')
        );
    }

    #[test]
    fn nothing_of_a_policy_steers_the_terminal_and_places_stay_right() {
        let text = "# \u{1b}]0;a\u{7}\r\n[output]\r\n\tke\u{9b}y = \"\u{202e}\u{1b}[2J\"\n\"sche\\u001bma\" = 1\n";
        let shown =
            render("p\u{1b}\n.toml", text, &Policy::parse(text).unwrap_err(), &Style::PLAIN);
        assert!(
            shown.chars().all(|char| char == '\n'
                || visible(char.encode_utf8(&mut [0; 4])).len() == char.len_utf8()),
            "{shown}"
        );
        let text = "# \u{1b}\r\n[output] # \u{1b}\r\nschema = \"au\u{e9}dti\"\r\n";
        let shown = render("p.toml", text, &Policy::parse(text).unwrap_err(), &Style::PLAIN);
        assert!(shown.contains("p.toml:3:10") && shown.contains("# \\u{1b}\n"), "{shown}");
        let above = shown.lines().find(|line| line.contains("│ schema =")).unwrap();
        let under = shown.lines().find(|line| line.contains('┬')).unwrap();
        let column = |line: &str, mark: char| line.find(mark).map(|at| line[..at].chars().count());
        assert_eq!(column(under, '─'), column(above, '"'), "{shown}");
    }

    #[test]
    fn places_at_the_end_and_among_other_scripts() {
        for text in [
            "[output",
            "x = ",
            "[output]\nkey = \"ключ\"\n",
            "\"",
            "[output]\r\nschema = \"é\"",
            "=\n=\n",
        ] {
            let issues = Policy::parse(text).unwrap_err();
            assert!(
                render("p.toml", text, &issues, &Style::PLAIN).matches("help").count()
                    >= issues.len(),
                "{text}"
            );
        }
    }
}
