//! Conditions, keys and lines that can match nothing, and options of rules that do nothing without another.

use auditward_core::mapping::{Condition, Mapping, Part, Row, Take, Test, Wanted};
use auditward_core::text_form::object::Object;
use auditward_core::text_form::{Form, Kind};
use toml::{Table, Value};

/// Warnings about a mapping or pack.
pub(super) fn of_mapping(mapping: &Mapping) -> Vec<String> {
    let name = &mapping.source;
    let mut warnings = Vec::new();
    let conditions = std::iter::once(&mapping.when).chain(mapping.whens.iter().map(|w| &w.when));
    for test in conditions.flat_map(tests) {
        let path = &test.path.text;
        for wanted in &test.wanted {
            match wanted {
                Wanted::Text(text) | Wanted::Pattern(text) => {
                    warnings.extend(of_expression(text, &format!("{name}: `{path}`")));
                }
                Wanted::Any | Wanted::Number(_) | Wanted::Bool(_) => {}
            }
        }
    }
    let rows = mapping.rows.iter().chain(mapping.whens.iter().flat_map(|when| &when.rows));
    warnings.extend(rows.flat_map(|row| of_row(row, name)));
    // Where a condition fails on the values of one pattern, the next is tried.
    if mapping.when.any.iter().all(Vec::is_empty) && mapping.when.unless.is_empty() {
        warnings.extend(hidden(&mapping.text, name));
    }
    warnings
}

fn tests(condition: &Condition) -> impl Iterator<Item = &Test> {
    condition.any.iter().flatten().chain(&condition.unless)
}

/// Keys of a lookup table that no value equals.
fn of_row(row: &Row, name: &str) -> Vec<String> {
    let Take::Table(lookup) = &row.take else {
        return Vec::new();
    };
    let field = row.field.path();
    let is_lower = row.parts.contains(&Part::Lower);
    let mut warnings = Vec::new();
    let (values, _) = lookup.values();
    for (key, _) in &values {
        if key.is_empty() {
            warnings.push(format!(
                "{name}: the key `\"\"` of `{field}` matches no value, because an empty text counts as no value; `default` is for records without a value"
            ));
        } else if is_lower && !key.contains('*') && key.chars().any(char::is_uppercase) {
            warnings.push(format!(
                "{name}: `{key}` of `{field}` matches no value, because `lower = true` makes values small letters; write `{}`",
                key.to_lowercase()
            ));
        }
        warnings.extend(of_expression(key, &format!("{name}: `{field}`")));
    }
    warnings
}

/// Lines that an earlier pattern of the same pack reads first.
fn hidden(forms: &[Form], name: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    for (at, form) in forms.iter().enumerate() {
        let Kind::Line(dissect) = &form.kind else { continue };
        let line = sample(dissect.pattern());
        let earlier = forms.iter().take(at).find_map(|earlier| match &earlier.kind {
            Kind::Line(first) if reads(earlier, &line) => Some(first.pattern()),
            _ => None,
        });
        if let Some(earlier) = earlier {
            warnings.push(format!(
                "{name}: `{}` of `text` reads no line, because `{earlier}` before it reads the same lines; put the more special pattern first",
                dissect.pattern()
            ));
        }
    }
    warnings
}

/// A line of that pattern, whose values no literal text of a pattern contains.
fn sample(pattern: &str) -> String {
    let mut pieces = pattern.split("%{");
    let mut line = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        line.push('\u{1}');
        line.push_str(piece.split_once('}').map_or("", |(_, literal)| literal));
    }
    line
}

fn reads(form: &Form, line: &str) -> bool {
    let mut arena = Vec::new();
    let mut object = Object::begin(&mut arena);
    form.read(line.as_bytes(), &mut object)
}

/// A pattern that is written as a regular expression: only `*` has a meaning.
fn of_expression(pattern: &str, place: &str) -> Option<String> {
    let is_choice = pattern
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .is_some_and(|(within, _)| within.contains('|'));
    let is_expression = pattern.starts_with('^')
        || pattern.starts_with(".*")
        || pattern.ends_with(".*$")
        || is_choice
        || ["\\d+", "\\w+", "\\s+", "\\d{", "\\w{", "[a-z]", "[A-Z]", "[0-9]", "(?"]
            .iter()
            .any(|part| pattern.contains(part));
    is_expression.then(|| {
        format!(
            "{place}: `{pattern}` is read as text, not as a regular expression; only `*` stands for any text, and a list stands for one of several values"
        )
    })
}

/// Warnings about the rules of a policy's text and of its packs, each a text of its own.
pub(super) fn of_rules<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut warnings = Vec::new();
    for text in texts {
        let root: Table = text.parse().unwrap_or_default();
        let rules = root.get("rule").and_then(Value::as_array);
        for rule in rules.into_iter().flatten().filter_map(Value::as_table) {
            of_rule(rule, &mut warnings);
        }
    }
    warnings
}

/// Options that only count beside another, each with those.
const BESIDE: [(&str, &[&str]); 5] = [
    ("window", &["count"]),
    ("distinct", &["count"]),
    ("sum", &["count"]),
    ("within", &["steps", "without"]),
    ("ordered", &["steps"]),
];

fn of_rule(rule: &Table, warnings: &mut Vec<String>) {
    let id = rule.get("id").and_then(Value::as_str).unwrap_or_default();
    let place = format!("rule `{id}`");
    for (option, beside) in BESIDE {
        if rule.contains_key(option) && !beside.iter().any(|other| rule.contains_key(*other)) {
            let beside: Vec<String> = beside.iter().map(|other| format!("`{other}`")).collect();
            warnings
                .push(format!("{place}: `{option}` has no effect without {}", beside.join(" or ")));
        }
    }
    let conditions = ["when", "unless", "steps", "without"];
    let mut open: Vec<&Value> = conditions.iter().filter_map(|key| rule.get(*key)).collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Table(table) => open.extend(table.values()),
            Value::Array(items) => open.extend(items),
            Value::String(text) => warnings.extend(of_expression(text, &place)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy::Policy;

    fn warned(mapping: &str) -> Vec<String> {
        let text = format!("[[mapping]]\nsource = \"acme.app\"\n{mapping}");
        let policy = Policy::parse(&text).unwrap_or_else(|issues| panic!("{issues:#?}"));
        of_mapping(&policy.mappings[0])
    }

    #[test]
    fn conditions_and_keys_that_match_nothing_are_reported() {
        let found = warned(
            "match = { app = \"x\", level = \"^audit\"}\n[mapping.fields]\n\"action.name\" = \"verb\"\n\
             \"action.class\" = { path = \"verb\", lower = true, values = { \"\" = \"list\", VIEW = \"read\", \"DEL*\" = \"delete\", \"(a|b)\" = \"create\" } }\n",
        );
        for part in [
            "acme.app: `level`: `^audit` is read as text",
            "`VIEW` of `action.class` matches no value",
            "the key `\"\"` of `action.class` matches no value",
            "`action.class`: `(a|b)` is read as text",
        ] {
            assert!(found.iter().any(|one| one.contains(part)), "{part}\nin {found:#?}");
        }
        assert_eq!(found.len(), 4, "{found:#?}");
        let fine = "match = { app = \"x.*\", host = \"*$\" }\n[mapping.fields]\n\"action.class\" = { path = \"verb\", lower = true, values = { view = \"read\", \"DEL*\" = \"delete\" } }\n";
        assert!(warned(fine).is_empty(), "{:#?}", warned(fine));
    }

    #[test]
    fn a_line_that_an_earlier_pattern_reads_is_reported() {
        let lines = |text: &str| {
            warned(&format!("text = [{text}]\n[mapping.fields]\n\"actor.name\" = \"user\"\n"))
        };
        let found = lines(
            "\"%{stamp} [%{level}] %{message}\", \"%{stamp} [%{level}] %{user} did %{verb}\"",
        );
        assert!(
            found.len() == 1
                && found[0]
                    .contains("`%{stamp} [%{level}] %{user} did %{verb}` of `text` reads no line"),
            "{found:#?}"
        );
        let found = lines(
            "\"%{stamp} [%{level}] %{user} did %{verb}\", \"%{stamp} [%{level}] %{message}\"",
        );
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn options_of_rules_without_effect_are_reported() {
        let rule = "[[rule]]\nid = \"acme.x\"\ntitle = \"X\"\nwindow = \"10m\"\nwithin = \"1h\"\nwhen = { \"action.name\" = [\"a\", \".*Delete.*\"], any = [{ \"raw.x\" = \"[0-9]+\" }] }\n";
        let found = of_rules([rule]);
        for part in [
            "rule `acme.x`: `window` has no effect without `count`",
            "`within` has no effect without `steps` or `without`",
            "`.*Delete.*` is read as text",
            "`[0-9]+` is read as text",
        ] {
            assert!(found.iter().any(|one| one.contains(part)), "{part}\nin {found:#?}");
        }
        assert_eq!(found.len(), 4, "{found:#?}");
        let counted = "[[rule]]\nid = \"acme.x\"\ncount = 3\nwindow = \"10m\"\nwhen = { \"actor.name\" = \"*$\", \"action.name\" = \"role.*\" }\n";
        assert!(of_rules([counted]).is_empty());
    }
}
