//! Problems of a policy, shown to people: every one with its line, its place, and what to do.

use crate::terminal;
use crate::wording::visible;
use auditward_core::policy::Issue;
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report,
    ThemeCharacters, ThemeStyles,
};
use std::borrow::Cow;
use std::fmt::Write;
use std::io;
use std::ops::Range;
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
    let (mut out, packs) = (String::new(), packs(text));
    for issue in issues {
        let within = packs.iter().find_map(|(file, pack)| of_pack(file, pack, issue));
        let report = match &within {
            Some((file, pack, issue)) => report(file, pack, issue),
            None => report(name, text, issue),
        };
        let is_rendered = handler.render_report(&mut out, report.as_ref()).is_ok();
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

/// The packs that a policy's text carries, each with its file.
pub fn packs(text: &str) -> Vec<(String, String)> {
    let root: toml::Table = text.parse().unwrap_or_default();
    let packs = root.get("pack").and_then(toml::Value::as_array).into_iter().flatten();
    let part = |pack: &toml::Value, key: &str| Some(pack.get(key)?.as_str()?.to_owned());
    packs.filter_map(|pack| Some((part(pack, "file")?, part(pack, "text")?))).collect()
}

/// A problem in that pack with its place there: `packs/acme.toml:17:1 fields.origin.ip` stands in its path.
fn of_pack<'p>(file: &'p str, pack: &'p str, issue: &Issue) -> Option<(&'p str, &'p str, Issue)> {
    let rest = issue.path.strip_prefix(file)?.strip_prefix(':')?;
    let (place, path) = rest.split_once(' ').unwrap_or((rest, ""));
    let (line, column) = match place.split_once(':') {
        Some((line, column)) => (line.parse::<usize>().ok()?, column.parse::<usize>().ok()),
        None => (place.parse::<usize>().ok()?, None),
    };
    let start: usize = pack.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let whole = pack.get(start..)?.lines().next().unwrap_or_default();
    let skipped = whole.chars().take(column.map_or(0, |column| column.saturating_sub(1)));
    let from: usize = skipped.map(char::len_utf8).sum();
    let marked = whole.get(from..).unwrap_or_default();
    let len = match (column, marked.chars().next()) {
        (Some(_), Some(quote @ ('"' | '\''))) => {
            marked.get(1..).and_then(|rest| rest.find(quote)).map_or(marked.len(), |end| end + 2)
        }
        (Some(_), _) => marked.find([' ', '=', ',', '}', ']']).unwrap_or(marked.len()),
        (None, _) => marked.trim_end().len(),
    };
    let span = start + from..start + from + len;
    let path = path.to_owned();
    Some((file, pack, Issue { path, span, line, column: column.unwrap_or(1), ..issue.clone() }))
}

/// A line is shown as a whole up to this length, in bytes.
const LONGEST_LINE: usize = 1000;
/// Of a longer one, so much before the place and behind it.
const AROUND: usize = 100;

/// The text with long lines cut, and the place in it.
fn cut(text: &str, span: Range<usize>) -> (Cow<'_, str>, Range<usize>) {
    if text.split('\n').all(|line| line.len() <= LONGEST_LINE) {
        return (Cow::Borrowed(text), span);
    }
    let (mut out, mut start, mut place) = (String::new(), 0, span.clone());
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        // A place at the end of the text is one of its last line.
        let is_here = span.start >= start && (span.start < end || end == text.len());
        let kept = match line.len() <= LONGEST_LINE {
            true => 0..line.len(),
            false if is_here => {
                let at = span.start - start;
                boundary(line, at.saturating_sub(AROUND))..boundary(line, at + AROUND)
            }
            false => 0..boundary(line, AROUND),
        };
        if kept.start > 0 {
            out.push_str("...");
        }
        if is_here {
            let from = out.len() + (span.start - start - kept.start);
            let to = span.end.min(start + kept.end).saturating_sub(span.start);
            place = from..from + to;
        }
        out.push_str(line.get(kept.clone()).unwrap_or_default());
        if kept.end < line.len() {
            out.push_str("...\n");
        }
        start = end;
    }
    (Cow::Owned(out), place)
}

/// The end of a letter at or before this byte.
fn boundary(line: &str, at: usize) -> usize {
    (0..=at.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or_default()
}

fn report(name: &str, text: &str, issue: &Issue) -> Report {
    let is_toml = issue.path.is_empty() && text.parse::<toml::Table>().is_ok();
    let (text, span) = cut(text, issue.span.clone());
    let text = text.as_ref();
    // A place in the text is one in what is shown of it.
    let place = |at: usize| shown(text.get(..at.min(text.len())).unwrap_or(text)).len();
    let (from, to) = (place(span.start), place(span.end));
    let title = match issue.path.as_str() {
        "" if is_toml => "the file".into(),
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
    fn long_lines_are_cut_around_the_place() {
        let long = "ä".repeat(3000);
        let text = format!(
            "[log]\n# {long}\nlevel = \"info\" # {long}\n[targets]\nrestricted = [\"{long}\", 5, \"{long}\"]\nx = 1\n"
        );
        let issues = Policy::parse(&text).unwrap_err();
        let shown = render("p.toml", &text, &issues, &Style::PLAIN);
        assert!(shown.contains("p.toml:5:") && shown.contains("p.toml:6:1"), "{shown}");
        assert!(shown.contains("...") && shown.contains("2 problems"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() < 500), "{shown}");
        // The end of a file, as of one that is no TOML at all.
        let text = "a".repeat(5000);
        let shown = render("p.toml", &text, &Policy::parse(&text).unwrap_err(), &Style::PLAIN);
        assert!(shown.contains("1 problem") && shown.len() < 2000, "{shown}");
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
    fn a_problem_of_a_pack_is_shown_in_its_file() {
        use auditward_core::policy_text::with_packs;
        let pack =
            "source = \"acme.app\"\nmatch = { app = \"x\" }\n[fields]\n\"origin.ipp\" = \"ip\"\n";
        let rules = "[[rule]]\nid = \"acme.x\"\ntitle = \"X\"\nseverity = \"hi\"\nwhen = { \"action.name\" = \"x\" }\n";
        let text = with_packs("[log]\n", [("packs/app.toml", pack), ("rules.toml", rules)]);
        let issues = Policy::parse(&text).unwrap_err();
        let shown = render("p.toml", &text, &issues, &Style::PLAIN);
        for part in
            ["packs/app.toml:4:1", "\"origin.ipp\" = \"ip\"", "rules.toml:4:1", "severity = \"hi\""]
        {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
        assert!(!shown.contains("[[pack]]") && shown.contains("p.toml: 2 problems"), "{shown}");
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
