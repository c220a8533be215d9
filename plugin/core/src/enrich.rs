//! Enrich: what the policy knows of the event and its source does not say. Costs nothing where nothing is configured.

use crate::event::{Event, Field};
use crate::pattern::Patterns;
use crate::policy::Policy;
use crate::value::{Kind, Val};

/// Settings of the policy.
pub struct Enrich {
    /// Tokens of classes, each with the targets that hold such data.
    classes: Vec<(Vec<u8>, Patterns)>,
    /// The token of the environment's tag.
    tag: Option<Vec<u8>>,
    is_idle: bool,
}

/// Where a target's name may stand.
const NAMES: [Field; 4] =
    [Field::TargetId, Field::TargetName, Field::TargetType, Field::RequestPath];

impl Enrich {
    pub fn new(policy: &Policy) -> Enrich {
        let classes: Vec<_> = policy
            .targets
            .data_class
            .iter()
            .map(|(class, names)| (token(class), Patterns::new(names)))
            .collect();
        let tag = Some(&policy.environment.tag).filter(|tag| !tag.is_empty()).map(|tag| token(tag));
        Enrich { is_idle: classes.is_empty() && tag.is_none(), classes, tag }
    }

    /// Fills fields that the source left empty.
    #[inline]
    pub fn apply(&self, event: &mut Event, input: &[u8]) {
        if !self.is_idle {
            self.fill(event, input);
        }
    }

    #[inline(never)]
    fn fill(&self, event: &mut Event, input: &[u8]) {
        if event.source.is_none() {
            return;
        }
        if let Some(tag) = &self.tag {
            put(event, Field::EnvTag, tag);
        }
        if !self.classes.is_empty() && !event.has(Field::TargetDataClass) {
            let is_in = |patterns: &Patterns| {
                NAMES.into_iter().any(|field| patterns.is_match(event.text(input, field)))
            };
            if let Some((class, _)) = self.classes.iter().find(|(_, patterns)| is_in(patterns)) {
                put(event, Field::TargetDataClass, class);
            }
        }
    }
}

/// As JSON.
fn token(text: &str) -> Vec<u8> {
    let mut token = Vec::new();
    // Short, and not on the way of a record.
    let _ = crate::parse::text::quote(text.as_bytes(), &mut token);
    token
}

fn put(event: &mut Event, field: Field, token: &[u8]) {
    if !event.has(field)
        && let Some(span) = event.token(token, Kind::String)
    {
        event.set(field, Val::Json(span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "[environment]\ntag = \"prod\"\n[targets.data_class]\nphi = [\"patients*\", \"*/charts/*\"]\npii = [\"Customers*\", \"AWS::Personal*\"]\n";

    fn enriched(policy: &str, fields: &[(Field, &str)]) -> (String, String) {
        let mut event = Event::new();
        event.source = Some(0);
        for (field, text) in fields {
            let span = event.quote(text.as_bytes()).unwrap();
            event.set(*field, Val::Json(span));
        }
        Enrich::new(&Policy::parse(policy).unwrap()).apply(&mut event, b"");
        let text = |field| String::from_utf8(event.text(b"", field).to_vec()).unwrap();
        (text(Field::TargetDataClass), text(Field::EnvTag))
    }

    #[test]
    fn classes_follow_from_ids_names_types_and_paths() {
        for (field, name, class) in [
            (Field::TargetId, "patients-2026", "phi"),
            (Field::TargetName, "CUSTOMERS", "pii"),
            (Field::TargetType, "AWS::Personalize", "pii"),
            (Field::RequestPath, "/v1/charts/7", "phi"),
            (Field::TargetId, "logs", ""),
        ] {
            assert_eq!(
                enriched(POLICY, &[(field, name)]),
                (class.to_owned(), "prod".to_owned()),
                "{name}"
            );
        }
    }

    #[test]
    fn what_the_source_says_stands() {
        let said = [
            (Field::TargetId, "patients"),
            (Field::TargetDataClass, "public"),
            (Field::EnvTag, "staging"),
        ];
        assert_eq!(enriched(POLICY, &said), ("public".to_owned(), "staging".to_owned()));
    }

    #[test]
    fn nothing_is_filled_where_nothing_is_known() {
        assert_eq!(enriched("", &[(Field::TargetId, "patients")]), (String::new(), String::new()));
        let mut event = Event::new();
        Enrich::new(&Policy::parse(POLICY).unwrap()).apply(&mut event, b"");
        assert_eq!(event.filled(), 0, "a record of no source has no fields of ours");
    }
}
