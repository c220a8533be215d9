//! A draft for lines of text: the form that reads the sample, and its lines as the objects that the form makes of them.

use crate::form_object;
use crate::mode::native;
use auditward_core::parse::syslog::{self, Before};
use auditward_core::source::PROGRAMS;
use auditward_core::text_form::dissect::Dissect;
use auditward_core::text_form::pairs::Pairs;
use auditward_core::text_form::{Form, Kind};
use serde_json::Value;

/// Parts of a draft that lines have besides fields.
pub(super) struct Lines {
    /// `text = ..`.
    pub text: String,
    /// `time = ..`, where a date and a clock time stand apart.
    pub time: Option<String>,
    /// The lines that the form reads, as objects.
    pub records: Vec<Value>,
    /// How many lines there are in all.
    pub of: usize,
    /// The first line that the form reads.
    pub example: String,
}

/// Levels of logs, which vary although a sample may have one alone.
const LEVELS: [&str; 12] = [
    "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "crit", "critical",
    "alert", "fatal",
];

/// The form that reads most of the lines; nothing where it is less than half.
pub(super) fn of(sample: &[String]) -> Option<Lines> {
    let messages: Vec<String> = sample.iter().map(|line| message(line)).collect();
    let (form, text, names) = pairs(&messages).or_else(|| pattern(&messages))?;
    let read = |line: &String| form_object::read(&form, line);
    let records: Vec<Value> = messages.iter().filter_map(read).collect();
    let first = messages.iter().position(|line| read(line).is_some())?;
    if records.len() * 2 < messages.len() {
        return None;
    }
    let time = time(&names, records.first()?);
    Some(Lines { text, time, records, of: sample.len(), example: sample.get(first)?.clone() })
}

/// The line behind its syslog header, if it has one.
fn message(line: &str) -> String {
    let mut before = Before::new(&PROGRAMS);
    match syslog::read(line.as_bytes(), native::now_ms(), &mut before) {
        Some(header) => String::from_utf8_lossy(header.message).into_owned(),
        None => line.trim().to_owned(),
    }
}

/// Where the first `key=` of a line begins, if it has two.
fn first_pair(line: &str) -> Option<usize> {
    let is_pair = |word: &str| {
        word.split_once('=').is_some_and(|(key, _)| {
            key.starts_with(|first: char| first.is_ascii_alphabetic())
                && key
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter))
        })
    };
    let mut words = line.split(' ');
    let first = words.find(|word| is_pair(word))?;
    words.any(is_pair).then(|| first.as_ptr() as usize - line.as_ptr() as usize)
}

type Drafted = (Form, String, Vec<String>);

/// Lines of pairs, behind a text of the same form in most of them.
fn pairs(lines: &[String]) -> Option<Drafted> {
    let heads: Vec<&str> = lines.iter().filter_map(|line| line.get(..first_pair(line)?)).collect();
    if heads.len() * 2 < lines.len() {
        return None;
    }
    if heads.iter().filter(|head| head.trim().is_empty()).count() * 2 > heads.len() {
        let form = Form { after: None, kind: Kind::Pairs(Pairs::QUOTED) };
        return Some((form, "text = { form = \"kv\" }".to_owned(), Vec::new()));
    }
    let (after, names) = common(&heads)?;
    // What stands before the pairs ends in a blank, which is theirs.
    let after = after.trim_end().to_owned();
    let head = Dissect::compile_head(&after)
        .or_else(|_| Dissect::compile_head(&format!("{after} ")))
        .ok()?;
    let text =
        format!("text = {{ form = \"kv\", after = {} }}", super::draft::quoted(head.pattern()));
    Some((Form { after: Some(head), kind: Kind::Pairs(Pairs::QUOTED) }, text, names))
}

/// Lines of one pattern.
fn pattern(lines: &[String]) -> Option<Drafted> {
    let whole: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (pattern, names) = common(&whole)?;
    let dissect = Dissect::compile(&pattern).ok()?;
    let text = format!("text = [{}]", super::draft::quoted(dissect.pattern()));
    Some((Form { after: None, kind: Kind::Line(dissect) }, text, names))
}

/// A pattern with a field for each word that varies, or whose kind does, by the lines that have as many words as most.
fn common(lines: &[&str]) -> Option<(String, Vec<String>)> {
    let words: Vec<Vec<&str>> = lines.iter().map(|line| words(line)).collect();
    let counts = |count: usize| words.iter().filter(|words| words.len() == count).count();
    let usual = words.iter().map(Vec::len).max_by_key(|count| counts(*count))?;
    let alike: Vec<&Vec<&str>> = words.iter().filter(|words| words.len() == usual).collect();
    let first = alike.first()?;
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    for (at, word) in first.iter().enumerate() {
        let (open, core, close) = bare(word);
        let is_same = alike.iter().all(|words| words.get(at) == Some(word));
        let name = match kind(core) {
            Some(name) => name,
            None if is_same && alike.len() > 1 && !core.is_empty() => {
                parts.push((*word).to_owned());
                continue;
            }
            None if open == "[" => "part",
            None => "word",
        };
        let name = match names.iter().filter(|held: &&String| held.starts_with(name)).count() {
            0 => name.to_owned(),
            held => format!("{name}{}", held + 1),
        };
        parts.push(format!("{open}%{{{name}}}{close}"));
        names.push(name);
    }
    Some((parts.join(" "), names))
}

/// Words between blanks; quotes and brackets hold blanks together.
fn words(line: &str) -> Vec<&str> {
    let (mut found, mut start, mut until) = (Vec::new(), None, None);
    for (at, letter) in line.char_indices() {
        match (letter, until) {
            (_, Some(end)) if letter == end => until = None,
            (_, Some(_)) => {}
            ('"', None) => until = Some('"'),
            ('[', None) => until = Some(']'),
            _ => {}
        }
        if letter == ' ' && until.is_none() {
            found.extend(start.take().and_then(|start| line.get(start..at)));
        } else {
            start = start.or(Some(at));
        }
    }
    found.extend(start.and_then(|start| line.get(start..)));
    found
}

/// A word without the signs around it.
fn bare(word: &str) -> (&str, &str, &str) {
    let core = word.trim_start_matches(['[', '(', '"', '<']);
    let open = word.len() - core.len();
    let inner = core.trim_end_matches([']', ')', '"', '>', ',', ';', ':']);
    let close = open + inner.len();
    (word.get(..open).unwrap_or_default(), inner, word.get(close..).unwrap_or_default())
}

/// The name of a field by what its value looks like.
fn kind(word: &str) -> Option<&'static str> {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_of = |signs: &str| {
        digits > 0 && word.chars().all(|letter| letter.is_ascii_digit() || signs.contains(letter))
    };
    if LEVELS.contains(&word.to_lowercase().as_str()) {
        return Some("level");
    }
    if word.parse::<std::net::IpAddr>().is_ok() {
        return Some("ip");
    }
    if word.len() >= 19 && digits >= 14 && word.as_bytes().get(10) == Some(&b'T') {
        return Some("stamp");
    }
    if word.len() == 10 && digits == 8 && is_of("-/") {
        return Some("date");
    }
    if word.len() >= 8 && word.as_bytes().get(2) == Some(&b':') && is_of(":.,") {
        return Some("clock");
    }
    (!word.is_empty() && digits == word.len()).then_some("number")
}

/// The time of a date and a clock time that stand apart.
fn time(names: &[String], record: &Value) -> Option<String> {
    let has = |name: &str| names.iter().any(|held| held == name);
    if has("stamp") {
        return Some("time = { path = \"stamp\", format = \"rfc3339\" }\n".to_owned());
    }
    if !has("date") || !has("clock") {
        return None;
    }
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let date = match text("date").as_bytes() {
        [_, _, _, _, b'/', ..] => "%Y/%m/%d",
        [_, _, b'/', ..] => "%d/%m/%Y",
        _ => "%Y-%m-%d",
    };
    let fraction = match text("clock").as_bytes().get(8) {
        Some(b'.') => ".%f",
        Some(b',') => ",%f",
        _ => "",
    };
    Some(format!(
        "time = {{ join = [\"date\", \"clock\"], format = \"{date} %H:%M:%S{fraction}\" }}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drafted(lines: &[&str]) -> Lines {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        of(&lines).expect("a draft")
    }

    #[test]
    fn pairs_behind_a_text_are_found() {
        let found = drafted(&[
            "2026-03-02 09:14:03,221 INFO  [ledger-api] user=\"mira.k\" op=INVOICE.VIEW ip=198.51.100.7 res=OK",
            "2026-03-02 09:15:11,002 WARN  [ledger-auth] user=\"bob\" op=LOGIN ip=203.0.113.9 res=REJECTED reason=\"bad password\"",
        ]);
        assert_eq!(
            found.text,
            "text = { form = \"kv\", after = \"%{date} %{clock} %{level} [%{part}]\" }"
        );
        assert_eq!(
            found.time.as_deref(),
            Some("time = { join = [\"date\", \"clock\"], format = \"%Y-%m-%d %H:%M:%S,%f\" }\n")
        );
        assert_eq!(found.records.len(), 2);
        assert_eq!(found.records[1]["reason"], "bad password");
        let bare = drafted(&["user=ann verb=view", "user=bob verb=drop"]);
        assert_eq!((bare.text.as_str(), bare.time), ("text = { form = \"kv\" }", None));
        // A syslog header is not the pack's.
        let header = "<13>Mar  2 09:14:03 host app[7]: user=ann verb=view";
        assert_eq!(drafted(&[header]).text, "text = { form = \"kv\" }");
    }

    #[test]
    fn words_that_vary_are_fields() {
        let found = drafted(&[
            "event 2026-03-02T09:14:03Z [api] user ann did VIEW on \"doc one\" from 198.51.100.7: ok",
            "event 2026-03-02T09:14:04Z [api] user bob did DROP on \"doc two\" from 198.51.100.8: denied",
        ]);
        for part in [
            "event %{stamp} [api] user %{word} did %{word2} on ",
            "%{word3}",
            " from %{ip}: %{word4}",
        ] {
            assert!(found.text.contains(part), "{part} in {}", found.text);
        }
        assert_eq!(found.records[0]["word3"], "doc one");
        assert_eq!(
            found.time.as_deref(),
            Some("time = { path = \"stamp\", format = \"rfc3339\" }\n")
        );
    }

    #[test]
    fn lines_without_a_common_form_have_no_draft() {
        for lines in [
            &[][..],
            &["".to_owned()][..],
            &[
                "# Title".to_owned(),
                "".to_owned(),
                "some prose, of this and that".to_owned(),
                "more".to_owned(),
            ][..],
        ] {
            assert!(of(lines).is_none(), "{lines:?}");
        }
    }
}
