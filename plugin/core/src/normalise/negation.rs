//! Patterns of lookup tables that match a word and its negation alike: `*success*` also matches `unsuccessful`.

use super::mapped::Table;
use crate::event::Field;
use crate::mapping::{Constant, Mapping, Row, Take};
use crate::pattern::trigrams::Trigrams;
use crate::vocabulary::Vocabulary;

/// Beginnings of words of success, and what negates them.
const NEGATIONS: &[(&str, &[&str])] = &[
    ("success", &["un", "not "]),
    ("succeed", &["not "]),
    ("allow", &["dis", "not "]),
    ("authori", &["un", "not "]),
    ("valid", &["in", "not "]),
    ("accept", &["not "]),
    ("grant", &["not "]),
    ("permit", &["not "]),
];

/// A shorter beginning is of too many words.
const SHORTEST_STEM: usize = 4;

impl Mapping {
    /// Patterns for `outcome.result` by which a negated word is a success: each with such a text.
    pub fn negated_successes(&self) -> Vec<(String, String)> {
        let rows = self.rows.iter().chain(self.whens.iter().flat_map(|when| &when.rows));
        let mut found: Vec<_> =
            rows.filter(|row| row.field == Field::OutcomeResult).flat_map(of_row).collect();
        found.sort();
        found.dedup();
        found
    }
}

fn of_row(row: &Row) -> Vec<(String, String)> {
    let Take::Table(lookup) = &row.take else {
        return Vec::new();
    };
    let table = Table::new(lookup, row.field);
    let success = Vocabulary::Outcome.number(b"success").map(Constant::Word);
    let mut letters = Trigrams::default();
    let mut is_success =
        |text: &str| table.look_up(text.as_bytes(), &mut letters) == success.as_ref();
    let (values, _) = lookup.values();
    values
        .iter()
        .map(|(pattern, _)| pattern)
        .filter_map(|pattern| {
            let negated = negations(pattern).into_iter().find(|text| is_success(text))?;
            Some((pattern.clone(), negated))
        })
        .collect()
}

/// Texts that a pattern matches although they negate its first word.
fn negations(pattern: &str) -> Vec<String> {
    let word = pattern.trim_start_matches('*').to_ascii_lowercase();
    if word.len() == pattern.len() {
        return Vec::new();
    }
    let rest = word.replace('*', "");
    let is_of = |stem: &str| {
        rest.starts_with(stem) || rest.len() >= SHORTEST_STEM && stem.starts_with(&rest)
    };
    let befores = NEGATIONS.iter().filter(|(stem, _)| is_of(stem));
    befores.flat_map(|(_, befores)| *befores).map(|before| format!("{before}{rest}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::policy_text::mapping::read_pack;

    fn found(values: &str) -> Vec<(String, String)> {
        let pack = format!(
            "source = \"a.b\"\nmatch = {{ a = \"*\" }}\n[fields]\n\"outcome.result\" = {{ path = \"a\", values = {{ {values} }} }}"
        );
        read_pack(&pack).expect("a pack").negated_successes()
    }

    #[test]
    fn a_negated_word_needs_a_longer_pattern() {
        let pair = |pattern: &str, text: &str| vec![(pattern.to_owned(), text.to_owned())];
        assert_eq!(found(r#""*success*" = "success""#), pair("*success*", "unsuccess"));
        assert_eq!(
            found(r#""*success*" = "success", "*unsuccess*" = "failure""#),
            pair("*success*", "not success")
        );
        // The longest is tried first.
        assert_eq!(
            found(
                r#""*successfully*" = "success", "*unsuccess*" = "failure", "*not success*" = "failure""#
            ),
            pair("*successfully*", "unsuccessfully")
        );
        assert_eq!(found(r#""*succ*" = "success""#), pair("*succ*", "unsucc"));
        assert_eq!(found(r#""*allowed" = "success""#), pair("*allowed", "disallowed"));
    }

    #[test]
    fn patterns_that_no_negation_matches_are_fine() {
        assert!(
            found(
                r#""*success*" = "success", "*unsuccess*" = "failure", "*not success*" = "failure""#
            )
            .is_empty()
        );
        assert!(
            found(r#""success*" = "success", "*_success" = "success", "*invalid*" = "failure""#)
                .is_empty()
        );
    }
}
