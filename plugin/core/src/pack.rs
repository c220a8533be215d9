//! Packs: sources described by data. The built-in ones are embedded, examples stripped, by the build script.

pub mod dissect;
pub mod words;

use crate::policy::mapping::{Mapping, read_pack};
use crate::rule::{self, Rule};
use std::sync::OnceLock;
use toml::de::DeTable;

/// A built-in pack: its file, and its text without examples, compressed.
pub struct BuiltIn {
    pub file: &'static str,
    len: usize,
    packed: &'static [u8],
}

impl BuiltIn {
    /// The text, which the build script packed.
    pub fn text(&self) -> String {
        lz4_flex::block::decompress(self.packed, self.len).ok().and_then(|text| String::from_utf8(text).ok()).unwrap_or_default()
    }
}

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The built-in packs, read once. A test holds each of them to having no problems; one that had any would be left out.
pub fn built_in() -> &'static [Mapping] {
    static PACKS: OnceLock<Vec<Mapping>> = OnceLock::new();
    PACKS.get_or_init(|| FILES.iter().filter_map(|pack| read_pack(&pack.text()).ok()).collect())
}

/// The built-in rules, read once. A test holds each pack to having no problems; what had any would be left out.
pub fn rules() -> &'static [Rule] {
    static READ: OnceLock<Vec<Rule>> = OnceLock::new();
    READ.get_or_init(|| {
        let of = |text: String| DeTable::parse(&text).map_or(Vec::new(), |root| rule::read::pack(root.get_ref(), &mut Vec::new()));
        RULES.iter().map(BuiltIn::text).flat_map(of).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, with_packs};
    use crate::write::Output;
    use crate::{Engine, Raw, Secret};
    use std::collections::BTreeSet;

    const HEAD: &str = "source = \"acme.app\"\ntitle = \"Acme\"\ndocs = \"https://example.com\"\n";

    /// What becomes of a record under a pack, the same at the second time, when it may be read by its cached layout.
    fn made(pack: &str, record: &str) -> String {
        let policy = Policy::parse(&with_packs("[output]\nraw = \"drop\"\n", [("acme.toml", format!("{HEAD}{pack}").as_str())]));
        let mut engine = Engine::new(policy.unwrap_or_else(|issues| panic!("{issues:#?}")), Secret::default());
        let mut answer = |nonce| {
            let mut out = Output::default();
            engine.process(Raw { bytes: record.as_bytes(), nonce, ..Raw::default() }, &mut out);
            // An event that comes twice is known by its id.
            String::from_utf8_lossy(out.bytes()).replace(",\"repeated\"", "").replace("\"notes\":[\"repeated\"],", "")
        };
        let (first, second) = (answer(1), answer(2));
        assert_eq!(first, second, "{record}");
        first
    }

    fn holds(pack: &str, record: &str, parts: &[&str]) {
        let made = made(pack, record);
        for part in parts {
            assert!(made.contains(part), "{part} in {made}");
        }
    }

    #[test]
    fn elements_by_condition_are_one_element_for_all_rows() {
        let pack = "match = { kind = \"a\" }\n[fields]\n\"target.id\" = \"t[type=User].id\"\n\"target.name\" = \"t[type=User].name\"\n\"origin.host\" = \"t[n.k=x*].v\"\n";
        let list = r#"{"kind":"a","t":[{"id":"1","type":"App","name":"no"},{"id":"2","type":"User"},{"id":"3","type":"User","name":"late"},{"n":{"k":"xy"},"v":"h"}]}"#;
        let record = made(pack, list);
        assert!(record.contains(r#""target":{"id":"2"},"origin":{"host":"h"}"#), "{record}");
        holds(pack, r#"{"kind":"a","t":{"id":"9","name":"one","type":"User"}}"#, &[r#""target":{"id":"9","name":"one"}"#]);
        for other in [r#"{"kind":"a","t":[]}"#, r#"{"kind":"a","t":"User"}"#, r#"{"kind":"a","t":[[{"type":"User","id":"1"}],null,7]}"#] {
            assert!(!made(pack, other).contains("target"), "{other}");
        }
    }

    #[test]
    fn json_inside_text_is_read_within_bounds() {
        let pack = "match = { kind = \"a\" }\n[fields]\n\"env.region\" = \"json:d.region\"\n\"origin.ip\" = \"json:d.ips[]\"\n\"target.id\" = \"json:d.json:deep.id\"\n";
        let record = r#"{"kind":"a","d":"{\"region\":\"eu\",\"ips\":[\"192.0.2.1\"],\"deep\":\"{\\\"id\\\":\\\"x\\\"}\"}"}"#;
        holds(pack, record, &[r#""region":"eu""#, r#""ip":"192.0.2.1""#, r#""target":{"id":"x"}"#]);
        for other in [r#"{"kind":"a","d":"{"}"#, r#"{"kind":"a","d":"text"}"#, r#"{"kind":"a","d":{"region":"eu"}}"#, r#"{"kind":"a","d":null}"#] {
            assert!(!made(pack, other).contains("region\":\"eu"), "{other}");
        }
    }

    #[test]
    fn conditions_with_alternatives_lists_and_patterns() {
        let pack = "match = [{ kind = [\"audit\", \"sec*\"], id = \"*\" }, { other = 1 }]\nunless = { test = true }\n[fields]\nid = \"id\"\n";
        for (record, is_ours) in [
            (r#"{"kind":"audit","id":"1"}"#, true),
            (r#"{"kind":"SECURITY","id":{"a":1}}"#, true),
            (r#"{"kind":"audit"}"#, false),
            (r#"{"kind":"other","id":"1"}"#, false),
            (r#"{"other":1}"#, true),
            (r#"{"other":"1"}"#, true),
            (r#"{"other":2}"#, false),
            (r#"{"other":1,"test":true}"#, false),
            (r#"{"other":1,"test":false}"#, true),
        ] {
            assert_eq!(made(pack, record).contains("acme.app"), is_ours, "{record}");
        }
    }

    #[test]
    fn conditional_rows_go_before_others() {
        let pack = "match = { v = \"*\" }\n[fields]\n\"action.name\" = \"v\"\n\"action.class\" = { path = \"v\", values = { \"*.x\" = \"read\" }, default = \"other\" }\n\
                    [[when]]\nmatch = { v = \"role.*\" }\nfields = { \"action.class\" = { value = \"grant\" }, \"change.after\" = [\"r\", \"s\"] }\n\
                    [[when]]\nmatch = { v = \"role.add\" }\nfields = { \"action.class\" = { value = \"share\" }, \"change.before\" = \"b\" }\n";
        holds(pack, r#"{"s":"admin","b":1,"v":"role.add"}"#, &[r#""class":"grant""#, r#""change":{"before":1,"after":"admin"}"#]);
        holds(pack, r#"{"r":"admin","v":"other.x"}"#, &[r#""class":"read""#]);
        assert!(!made(pack, r#"{"r":"admin","v":"other.x"}"#).contains("change"));
    }

    #[test]
    fn parts_presence_and_words() {
        let pack = "match = { v = \"*\" }\n[fields]\n\"actor.name\" = [{ path = \"arn\", part = { after_last = \"/\" } }, { path = \"mail\", part = { before = \"@\" }, lower = true }]\n\
                    \"target.name\" = { path = \"csv\", part = { split = \",\", index = -2 } }\n\"authz.mfa\" = { path = \"mfa\", present = true, absent = false }\n\"outcome.result\" = \"r\"\n";
        holds(
            pack,
            r#"{"v":1,"arn":"a:b/c/ann","csv":"x,y,z","mfa":{"a":1},"r":"SUCCEEDED"}"#,
            &[r#""name":"ann""#, r#""name":"y""#, r#""mfa":true"#, r#""result":"success""#],
        );
        holds(pack, r#"{"v":1,"arn":"ann","mail":"Bob@x","csv":"x","r":"Blocked"}"#, &[r#""name":"bob""#, r#""mfa":false"#, r#""result":"denied""#]);
        holds(pack, r#"{"v":1,"r":"maybe"}"#, &[r#""result":"unknown""#, "unknown-word"]);
    }

    #[test]
    fn lines_of_text_bare_wrapped_and_behind_a_header() {
        let pack = "text = \"ACME [%{level}] user=%{user} did %{verb}: %{r}\"\n[fields]\n\"actor.name\" = \"user\"\n\"action.name\" = \"verb\"\n\"outcome.result\" = \"r\"\n";
        let line = "ACME [INFO] user=ann did export: ok";
        for record in [line.to_owned(), format!(r#"{{"log":"{line}"}}"#), format!("Jan  3 10:00:00 web acme[12]: {line}")] {
            holds(pack, &record, &["acme.app", r#""name":"ann""#, r#""class":"export""#, "class-by-name"]);
        }
        assert!(!made(pack, "ACME [INFO] user=ann").contains("acme.app"));
    }

    #[test]
    fn built_in_packs_have_no_problems() {
        let mut sources = BTreeSet::new();
        for pack in FILES {
            let mapping = read_pack(&pack.text()).unwrap_or_else(|issues| panic!("{}: {issues:#?}", pack.file));
            assert_eq!(format!("{}.toml", mapping.source), pack.file, "a pack's file is named by its source");
            assert!(!mapping.title.is_empty() && mapping.docs.starts_with("https://"), "{}: `title` and `docs`", pack.file);
            assert!(sources.insert(mapping.source), "{}", pack.file);
        }
    }
}
