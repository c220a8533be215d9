//! Text as people are shown it: sentences broken between words, columns aligned.

use auditward_core::similar::nearest;
use std::borrow::Cow;
use std::fmt::Display;

/// Text of a record, a policy or a file as people are shown it: what would steer a terminal or turn the line round stands there as `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_steering) {
        return Cow::Borrowed(text);
    }
    let written = |char: char| {
        if is_steering(char) { char.escape_unicode().to_string() } else { char.to_string() }
    };
    Cow::Owned(text.chars().map(written).collect())
}

/// As above, for text of several lines: their ends stay.
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// Control characters (C0, DEL, C1), ends of lines, and what sets the direction of text.
fn is_steering(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Lines of at most `width` characters, each behind `indent` spaces.
pub fn wrap(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let margin = " ".repeat(indent);
    lines.iter().map(|line| format!("{margin}{line}\n")).collect()
}

/// A long text in paragraphs: whole sentences, as many as fit in `most` characters.
pub fn paragraphs(text: &str, most: usize) -> Vec<String> {
    // A sentence begins with a capital letter or a quoted word; `e.g. x` and `etc. x` are within one.
    let begins = |rest: &str| rest.starts_with(|first: char| first.is_uppercase() || first == '`');
    let ends = text.match_indices(". ").map(|(at, _)| at + 2);
    let ends = ends.filter(|end| {
        let before = text.get(..end.saturating_sub(2)).unwrap_or_default();
        text.get(*end..).is_some_and(begins) && !before.ends_with("e.g") && !before.ends_with("i.e")
    });
    let (mut paragraphs, mut start) = (Vec::<String>::new(), 0);
    for end in ends.chain([text.len()]) {
        let sentence = text.get(start..end).unwrap_or_default();
        match paragraphs.last_mut() {
            Some(last) if last.chars().count() + sentence.chars().count() <= most => {
                last.push_str(sentence);
            }
            _ => paragraphs.push(sentence.to_owned()),
        }
        start = end;
    }
    paragraphs.iter_mut().for_each(|paragraph| paragraph.truncate(paragraph.trim_end().len()));
    paragraphs
}

/// Rows under one another, every column but the last as wide as its longest cell. A cell is one line, whatever it holds.
pub fn table(rows: &[Vec<String>], indent: usize) -> String {
    let rows: Vec<Vec<Cow<'_, str>>> =
        rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<Cow<'_, str>>| {
        let cells: String =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}  ")).collect();
        format!("{}{}\n", " ".repeat(indent), cells.trim_end())
    };
    rows.iter().map(line).collect()
}

/// Text of which no line is wider, where words allow it: the rest of a line stands below its last column, or its beginning.
pub fn fit(text: &str, width: usize) -> String {
    text.split('\n').map(|line| fit_line(line, width)).collect::<Vec<_>>().join("\n")
}

fn fit_line(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let leading = line.chars().take_while(|char| *char == ' ').count();
    let head: Vec<char> = line.chars().take(width / 2).collect();
    let column = head
        .windows(3)
        .rposition(|three| matches!(three, [' ', ' ', other] if *other != ' '))
        .filter(|at| *at >= leading);
    let indent = column.map_or(leading + 2, |at| at + 2).min(width / 2);
    let (mut lines, mut last, mut len) = (Vec::new(), String::new(), 0);
    // Spaces stay with the word before them, so that columns keep their places.
    for word in line.split_inclusive(' ') {
        let (word_len, shown) = (word.chars().count(), word.trim_end().chars().count());
        if len + shown > width && !last.trim().is_empty() && shown > 0 {
            lines.push(last.trim_end().to_owned());
            last = " ".repeat(indent);
            len = indent;
        }
        last.push_str(word);
        len += word_len;
    }
    lines.push(last.trim_end().to_owned());
    lines.join("\n")
}

/// A whole number with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in KiB, rounded up.
pub fn kib(bytes: u64) -> String {
    format!("{} KiB", grouped(bytes.div_ceil(1024)))
}

/// One thing, several things.
pub fn counted(number: u64, noun: &str) -> String {
    let nouns = match noun.strip_suffix("ry") {
        _ if number == 1 => noun.to_owned(),
        Some(stem) => format!("{stem}ries"),
        None => format!("{noun}s"),
    };
    format!("{} {nouns}", grouped(number))
}

/// Names with their counts: `brute-force 2, watch 1`.
pub fn listed<N: Display>(counts: impl IntoIterator<Item = (N, u64)>) -> String {
    let named: Vec<String> =
        counts.into_iter().map(|(name, count)| format!("{name} {}", grouped(count))).collect();
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}

/// Advice on a name that is not known, to stand behind a sentence: the most similar name, else those that contain it, and where all are listed.
pub fn alike<'n>(name: &str, names: impl IntoIterator<Item = &'n str>, list: &str) -> String {
    const MOST: usize = 8;
    let names: Vec<&str> = names.into_iter().collect();
    let part = name.to_lowercase();
    let within = |name: &&str| !part.is_empty() && name.to_lowercase().contains(&part);
    let meant: Vec<&str> = match nearest(name, names.iter().copied()) {
        Some(near) => vec![near],
        None => names.into_iter().filter(within).take(MOST).collect(),
    };
    match meant.as_slice() {
        [] => format!("; {list}"),
        [one] => format!(": did you mean `{one}`? {list}"),
        several => format!(": did you mean one of `{}`? {list}", several.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_divided_between_sentences() {
        let text = "One is short. Two has e.g. A word. `three` is quoted. Four ends";
        assert_eq!(paragraphs(text, 1000), [text]);
        assert_eq!(
            paragraphs(text, 20),
            ["One is short.", "Two has e.g. A word.", "`three` is quoted.", "Four ends"]
        );
        assert_eq!(paragraphs(text, 40).len(), 2);
        assert_eq!(paragraphs(text, 40).join(" "), text);
        assert_eq!(paragraphs("", 40), [""]);
    }

    #[test]
    fn a_name_that_was_probably_meant() {
        let names = ["okta.system", "aws.root-sign-in", "aws.root-changed-something"];
        let alike = |name: &str| alike(name, names, "LIST");
        assert_eq!(alike("okta"), ": did you mean `okta.system`? LIST");
        assert_eq!(alike("okta.sistem"), ": did you mean `okta.system`? LIST");
        assert_eq!(
            alike("AWS.root"),
            ": did you mean one of `aws.root-sign-in`, `aws.root-changed-something`? LIST"
        );
        assert_eq!(alike("nothing"), "; LIST");
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(
            wrap("one two three four five six seven", 2, 22),
            "  one two three four\n  five six seven\n"
        );
        assert_eq!(wrap("", 2, 22), "");
    }

    #[test]
    fn wide_lines_go_on_below_their_last_column() {
        let text = "replayed   3 records\nthrough    raw mode, policy default, evaluated as of a day\n  a long sentence that goes on\n";
        assert_eq!(
            fit(text, 30),
            "replayed   3 records\nthrough    raw mode, policy\n           default, evaluated\n           as of a day\n  a long sentence that goes on\n"
        );
        assert_eq!(
            fit("  a long sentence that goes on", 20),
            "  a long sentence\n    that goes on"
        );
        assert_eq!(
            fit("averylongwordthatcannotbebroken x", 10),
            "averylongwordthatcannotbebroken\n  x"
        );
    }

    #[test]
    fn columns_stand_under_one_another() {
        let rows = [vec!["a".to_owned(), "1".to_owned()], vec!["bcd".to_owned(), "2".to_owned()]];
        assert_eq!(table(&rows, 1), " a    1\n bcd  2\n");
    }

    #[test]
    fn what_steers_is_written_out_and_the_rest_stays() {
        assert_eq!(
            visible("a\u{1b}[2J\u{7}\u{0}\u{7f}\u{9b}\r\n\t"),
            "a\\u{1b}[2J\\u{7}\\u{0}\\u{7f}\\u{9b}\\u{d}\\u{a}\\u{9}"
        );
        assert_eq!(
            visible("\u{202e}\u{202a}\u{200e}\u{200f}\u{2066}\u{2069}\u{2028}\u{2029}")
                .matches("\\u{20")
                .count(),
            8
        );
        assert!(matches!(visible("é😀 עברית ключ \"<&'\\"), Cow::Borrowed(_)));
        assert_eq!(visible_lines("a\n\u{1b}b\r\nc\n"), "a\n\\u{1b}b\\u{d}\nc\n");
        let row = |text: &str| vec![text.to_owned(), "1".to_owned()];
        assert_eq!(table(&[row("a\nb"), row("c")], 0), "a\\u{a}b  1\nc        1\n");
    }

    #[test]
    fn thousands() {
        assert_eq!(
            (grouped(0), grouped(999), grouped(1000), grouped(1_234_567)),
            ("0".into(), "999".into(), "1,000".into(), "1,234,567".into())
        );
        assert_eq!(
            (kib(0), kib(1), kib(2_147_954)),
            ("0 KiB".into(), "1 KiB".into(), "2,098 KiB".into())
        );
    }
}
