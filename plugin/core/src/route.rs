//! Routes: the name that a record gets by its values, by which shippers send it to one place or another. The first route that takes a record names it;
//! nothing is dropped.

use crate::detect::{Findings, finding};
use crate::policy::Route;
use crate::rule::condition::Look;

impl Route {
    fn takes(&self, look: &Look<'_>, found: &Findings) -> bool {
        let is_found = || {
            ["detector", "rule"].into_iter().any(|key| {
                finding::texts_in(found.json(), key).any(|id| self.findings.is_match(id))
            })
        };
        self.has_findings.is_none_or(|wanted| wanted == found.worst.is_some())
            && self.severity.is_none_or(|least| found.worst >= Some(least))
            && (self.findings.is_empty() || is_found())
            && (self.when.is_empty() || self.when.iter().any(|one| one.holds(look)))
    }
}

/// The place of the first route that takes a record.
pub fn choose(routes: &[Route], look: &Look<'_>, found: &Findings) -> Option<usize> {
    routes.iter().position(|route| route.takes(look, found))
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;
    use crate::raw::Raw;
    use crate::write::Output;
    use crate::{Engine, Secret};

    /// The route and the severity that an engine of this policy writes for each record.
    fn routes(policy: &str, records: &[&str]) -> Vec<(String, String)> {
        let policy = Policy::parse(policy).unwrap_or_else(|issues| panic!("{issues:#?}"));
        let mut engine = Engine::new(policy, Secret::default());
        let mut out = Output::default();
        records
            .iter()
            .map(|record| {
                engine.process(Raw { bytes: record.as_bytes(), ..Raw::default() }, &mut out);
                let text = std::str::from_utf8(out.bytes()).unwrap();
                let value = |key: &str| {
                    let behind = text.rsplit_once(&format!(",\"{key}\":\"")).map(|(_, rest)| rest);
                    behind
                        .and_then(|rest| rest.split_once('"'))
                        .map_or(String::new(), |(value, _)| value.to_owned())
                };
                (value("audit_route"), value("audit_severity"))
            })
            .collect()
    }

    const RULE: &str = "[[rule]]\nid = \"test.leak\"\ntitle = \"A leak\"\nseverity = \"low\"\nwhen = { \"raw.kind\" = \"leak\" }\n";

    #[test]
    fn the_first_that_takes_a_record_names_it() {
        let policy = format!(
            "{RULE}[[route]]\nname = \"page\"\nseverity = \"medium\"\n[[route]]\nname = \"soc\"\nfindings = \"test.*\"\n\
             [[route]]\nname = \"archive\"\nhas_findings = false\nwhen = [{{ \"raw.kind\" = \"read\" }}, {{ \"raw.size\" = {{ max = 5 }} }}]\n\
             [[route]]\nname = \"siem\"\n"
        );
        let seen = routes(
            &policy,
            &[
                r#"{"kind":"leak"}"#,
                r#"{"kind":"read"}"#,
                r#"{"kind":"x","size":3}"#,
                r#"{"kind":"write","size":30}"#,
                "no json",
            ],
        );
        let names: Vec<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["soc", "archive", "archive", "siem", "siem"]);
        assert_eq!(seen[0].1, "low");
    }

    #[test]
    fn without_a_route_or_without_one_that_takes_it_a_record_has_none() {
        assert_eq!(routes("", &["{}"])[0].0, "");
        let policy = "[[route]]\nname = \"a\"\nwhen = { \"raw.kind\" = \"x\" }\n";
        assert_eq!(routes(policy, &["{}"])[0].0, "");
        let without_keys = format!("{policy}[output]\nrouting_keys = false\n");
        assert_eq!(routes(&without_keys, &[r#"{"kind":"x"}"#])[0].0, "");
    }

    #[test]
    fn the_name_stands_behind_all_else_in_every_schema_and_layout() {
        for schema in crate::schema::IDS {
            for layout in ["record", "annotate"] {
                let policy = format!(
                    "[output]\nschema = \"{schema}\"\nlayout = \"{layout}\"\n{RULE}[[route]]\nname = \"a\"\n"
                );
                let policy = Policy::parse(&policy).unwrap_or_else(|issues| panic!("{issues:#?}"));
                let mut engine = Engine::new(policy, Secret::default());
                let mut out = Output::default();
                // A key of that name in the record takes no place of ours.
                for record in [r#"{"kind":"x","audit_route":"evil"}"#, r#"{"kind":"leak"}"#] {
                    engine.process(Raw { bytes: record.as_bytes(), ..Raw::default() }, &mut out);
                    let text = std::str::from_utf8(out.bytes()).unwrap();
                    assert!(text.ends_with(",\"audit_route\":\"a\"}"), "{text}");
                    if layout == "annotate" {
                        assert!(!text.contains("\"audit_route\":\"evil\""), "{text}");
                    }
                }
            }
        }
    }

    /// A record that is redelivered keeps its route; one whose route was changed on the way, or taken away, is none of ours.
    #[test]
    fn the_mark_vouches_for_the_route() {
        for (schema, layout) in
            [("audit", "record"), ("audit", "annotate"), ("ecs", "record"), ("ocsf", "record")]
        {
            let policy = Policy::parse(&format!(
                "[output]\nschema = \"{schema}\"\nlayout = \"{layout}\"\n{RULE}[[route]]\nname = \"a\"\nwhen = {{ \"raw.kind\" = [\"x\", \"leak\"] }}\n"
            ))
            .unwrap_or_else(|issues| panic!("{issues:#?}"));
            let secret = Secret { mark: Some((3, 4)), hash: (1, 2) };
            let mut engine = Engine::new(policy, secret);
            let mut process = |bytes: &[u8]| {
                let mut out = Output::default();
                engine.process(Raw { bytes, ..Raw::default() }, &mut out);
                String::from_utf8(out.bytes().to_vec()).unwrap()
            };
            for record in [r#"{"kind":"x"}"#, r#"{"kind":"leak"}"#, r#"{"kind":"y"}"#] {
                let once = process(record.as_bytes());
                assert_eq!(process(once.as_bytes()), once, "{schema} {layout}");
                let of_another = once.replace("\"audit_route\":\"a\"", "\"audit_route\":\"b\"");
                let added = format!("{},\"audit_route\":\"a\"}}", once.strip_suffix('}').unwrap());
                let gone = once.replace(",\"audit_route\":\"a\"", "");
                for forged in [of_another, added, gone] {
                    if forged != once {
                        assert_ne!(process(forged.as_bytes()), forged, "{schema} {layout}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_route_is_reported_with_its_place() {
        let issues = Policy::parse(
            "[[route]]\nwhen = { sorce = \"x\" }\n[[route]]\nname = \"a b\"\n[[route]]\nname = \"c\"\nwhn = {}\nseverity = \"bad\"\n[[route]]\nname = \"d\"\nwhen = []\n",
        )
        .unwrap_err();
        let reported: Vec<String> = issues
            .iter()
            .map(|issue| format!("{}: {} ({})", issue.path, issue.message, issue.remedy))
            .collect();
        for part in [
            "route[1]: `name` is missing",
            "route[1].when.sorce: `sorce` is not a field of the audit record (did you mean `source`?",
            "route[2].name: `a b` cannot be a key",
            "route[3].whn: unknown option `whn` (did you mean `when`?)",
            "route[3].severity: `bad` is not one of the choices",
            "route[4].when: an empty list takes no record",
        ] {
            assert!(reported.iter().any(|issue| issue.contains(part)), "{part}: {reported:#?}");
        }
    }
}
