//! Sigma's strings and plain regular expressions as patterns of ours: `*` is any text, `\*` a star.

use anyhow::{Result, bail};
use rsigma_parser::{SigmaValue, SpecialChar, StringPart};

/// A value as a pattern, with any text before or behind it.
pub fn pattern(value: &SigmaValue, before: bool, after: bool) -> Result<String> {
    let mut made = String::new();
    if before {
        made.push('*');
    }
    match value {
        SigmaValue::String(text) => {
            for part in &text.parts {
                match part {
                    StringPart::Plain(text) => made.push_str(&text.replace('*', "\\*")),
                    StringPart::Special(SpecialChar::WildcardMulti) => star(&mut made)?,
                    StringPart::Special(SpecialChar::WildcardSingle) => {
                        bail!("`{value}`: the wildcard `?` for one character")
                    }
                }
            }
        }
        other => made.push_str(&other.to_string()),
    }
    if after {
        star(&mut made)?;
    }
    Ok(made)
}

/// Adds a star that stands for any text.
fn star(pattern: &mut String) -> Result<()> {
    if pattern.ends_with('\\') {
        bail!("`{pattern}`: a backslash right before any text");
    }
    if !pattern.ends_with('*') || pattern.ends_with("\\*") {
        pattern.push('*');
    }
    Ok(())
}

/// With each dash that begins an option as the other signs that Windows takes for one.
pub fn with_dashes(pattern: String) -> Vec<String> {
    const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];
    let starts = |at: usize| {
        pattern
            .get(..at)
            .is_some_and(|before| before.trim_end_matches('*').is_empty() || before.ends_with(' '))
    };
    let Some(at) = pattern.char_indices().find(|(at, char)| DASHES.contains(char) && starts(*at))
    else {
        return vec![pattern];
    };
    let (head, tail) = (
        pattern.get(..at.0).unwrap_or_default(),
        pattern.get(at.0 + at.1.len_utf8()..).unwrap_or_default(),
    );
    DASHES.iter().map(|dash| format!("{head}{dash}{tail}")).collect()
}

/// A regular expression as patterns, where it is made of plain text, alternatives of it and `.*` alone; `.+` is taken for `.*`.
pub fn of_regex(regex: &str) -> Result<Vec<String>> {
    let text = regex.strip_prefix("(?i)").unwrap_or(regex);
    let (is_start, text) = text.strip_prefix('^').map_or((false, text), |text| (true, text));
    let is_end = text.ends_with('$') && !text.ends_with("\\$");
    let text = if is_end { text.get(..text.len() - 1).unwrap_or_default() } else { text };
    let mut made = vec![if is_start { String::new() } else { "*".to_owned() }];
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '.' if chars.next_if(|next| matches!(next, '*' | '+')).is_some() => {
                for pattern in &mut made {
                    star(pattern)?;
                }
            }
            '(' => {
                let inner: String = chars.by_ref().take_while(|char| *char != ')').collect();
                let inner = inner.strip_prefix("?:").unwrap_or(&inner);
                let words = inner
                    .split('|')
                    .map(|word| plain(word, regex))
                    .collect::<Result<Vec<String>>>()?;
                made = made
                    .iter()
                    .flat_map(|head| words.iter().map(move |word| format!("{head}{word}")))
                    .collect();
            }
            '\\' => {
                let next = chars.next().filter(|next| !next.is_ascii_alphanumeric());
                let Some(next) = next else {
                    bail!("the regular expression `{regex}` is not a plain pattern")
                };
                made.iter_mut().for_each(|pattern| pattern.push_str(&literal(next)));
            }
            '[' | ']' | '{' | '}' | '+' | '*' | '?' | '|' | ')' | '.' | '^' | '$' => {
                bail!("the regular expression `{regex}` is not a plain pattern")
            }
            char => made.iter_mut().for_each(|pattern| pattern.push(char)),
        }
        if chars.peek().is_some_and(|next| matches!(next, '*' | '+' | '?' | '{')) {
            bail!("the regular expression `{regex}` is not a plain pattern");
        }
    }
    if !is_end {
        for pattern in &mut made {
            star(pattern)?;
        }
    }
    Ok(made)
}

fn literal(char: char) -> String {
    if char == '*' { "\\*".to_owned() } else { char.to_string() }
}

/// A word of a group, which must be plain text.
fn plain(word: &str, regex: &str) -> Result<String> {
    let mut made = String::new();
    let mut chars = word.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next().filter(|next| !next.is_ascii_alphanumeric()) {
                Some(next) => made.push_str(&literal(next)),
                None => bail!("the regular expression `{regex}` is not a plain pattern"),
            },
            '.' | '*' | '+' | '?' | '[' | ']' | '{' | '}' | '(' | '^' | '$' => {
                bail!("the regular expression `{regex}` is not a plain pattern")
            }
            char => made.push(char),
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsigma_parser::SigmaString;

    fn made(text: &str, before: bool, after: bool) -> Result<String> {
        pattern(&SigmaValue::String(SigmaString::new(text)), before, after)
    }

    #[test]
    fn strings_with_wildcards_and_escapes() {
        for (text, before, after, expected) in [
            ("DeleteTrail", false, false, "DeleteTrail"),
            ("trail", true, true, "*trail*"),
            ("*trail*", true, true, "*trail*"),
            ("a*b", false, true, "a*b*"),
            (r"a\*", false, true, r"a\**"),
            (r"a\?b", false, false, "a?b"),
            (r"C:\Windows\x", false, false, r"C:\Windows\x"),
        ] {
            assert_eq!(made(text, before, after).unwrap(), expected, "{text}");
        }
        assert!(made("a?b", false, false).unwrap_err().to_string().contains("wildcard `?`"));
        assert!(made(r"C:\Temp\", false, true).unwrap_err().to_string().contains("backslash"));
    }

    #[test]
    fn plain_regular_expressions_and_no_others() {
        for (regex, expected) in [
            (".+:assumed-role/aws:.+", vec!["*:assumed-role/aws:*"]),
            ("^curl/7\\.1$", vec!["curl/7.1"]),
            ("(?i)a(b|c)d", vec!["*abd*", "*acd*"]),
            ("^a.*z", vec!["a*z*"]),
        ] {
            assert_eq!(of_regex(regex).unwrap(), expected, "{regex}");
        }
        for regex in ["[a-z]+", "a?", "(a|b)+", r"\d", "a|b", "a.b", "x{2}", "(a.b)"] {
            assert!(of_regex(regex).is_err(), "{regex}");
        }
    }

    #[test]
    fn dashes_of_options() {
        assert_eq!(
            with_dashes("* -enc*".to_owned()),
            ["* -enc*", "* /enc*", "* –enc*", "* —enc*", "* ―enc*"]
        );
        assert_eq!(with_dashes("a-b".to_owned()), ["a-b"]);
    }
}
