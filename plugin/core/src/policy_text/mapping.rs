//! Mappings and packs as the policy and files of packs write them: read, and checked.

mod draft;
mod lines;
mod rows;
mod service;
mod times;

pub use draft::read_pack;
pub(super) use draft::{read, totals};

/// An example, as the template and the reference show it.
pub const EXAMPLE: &str = r#"[[mapping]]
source = "acme.crm"
match = { app = "crm", "event.kind" = "audit", ts = "*" }
tag = "crm.*"
time = { path = "ts", format = "unix_ms" }
[mapping.fields]
id = "request"
"actor.name" = "user.login"
"actor.email" = ["user.email", "email"]
"action.name" = "verb"
"action.class" = { path = "verb", values = { view = "read", download = "export" }, default = "other" }
"action.category" = { value = "data" }
"target.id" = "items[].id"
"target.type" = { value = "contact" }
"origin.ip" = "client.ip"
"outcome.result" = { path = "status", values = { 200 = "success", 403 = "denied" }, default = "failure" }
"#;

/// Documentation of mappings, one paragraph per item.
pub const DOC: &[&str] = &[
    "A record that meets all conditions of `match` belongs to this source. Mappings are tried before the built-in sources, in the order of the \
     file. For a wrapped record, the outer object is tried first.",
    "`source`: the id written to the record. Letters, digits and `_.-`. Must be unique and must not be the id of a built-in source.",
    "`match`: paths and the value that each must have: a string, a number (also if the record has it as a string), `true` or `false`; `\"*\"` for \
     any value but null; `*` within a text for any text; a list of alternatives.",
    "`tag`: only records with this tag match; `*` stands for any text.",
    "`time`: the path of the event's time, or `{ path = .., format = .. }`. Use `{ join = [\"date\", \"clock\"], format = .. }` for a time that \
     is split over several values.",
    "A pack is a file with one mapping. `packs = [\"packs/*.toml\"]` at the beginning of the policy loads the packs beside it. docs/packs.md \
     describes all features of packs and mappings: alternatives and patterns in `match`, `unless`, elements of arrays by condition, JSON inside \
     text, parts of values, conditional rows (`when`), lines of text (`text`).",
    "`within`: the key in which records may hold the whole event, as an object or, with `json:`, as text; or a list of such keys. The paths of \
     `match`, `time` and `fields` begin at the record all the same; a rule's `raw.` paths are looked up in the record and in the event.",
    "`events`: the key of an array of which each element is an event of its own. `serve`, `pipe` and `replay --unwrap` \
     make a record of each, with the other keys. Elsewhere the first element is read, and a record with several has the flag `several-events`.",
    "`fields`: the origin of each field's value. A path; or a list of paths, of which the first with a value is used; or `{ path = .., values = { \
     .. }, default = .. }`, a lookup table; or `{ value = .. }`, a constant. Add `path` to use the constant only if the path has no value. Empty \
     strings and null count as no value. A value that is not in the table is dropped unless `default` is set.",
    "Paths: keys joined by dots. `name[]` is the first element of an array that has a value. Write a dot or a bracket within a key as `\\.` or \
     `\\[` (in TOML best between single quotes: `'a\\.b'`).",
    "A path without a table into `action.class`, `action.category`, `outcome.result` or `actor.type` copies the value if it is one of the field's \
     words, in upper or lower case. Otherwise the class is `other`, the outcome `unknown`, the other fields stay empty, and the record is flagged \
     `unknown-word`.",
    "A value of `origin.ip` may also be `ADDRESS:PORT`, a list, or a host name: the port is written to `origin.port`, and a name to `origin.host`, if \
     these fields are empty. Of a list as in `X-Forwarded-For`, and of an array that the path ends in (`sourceIPs[]`), the last address is used that is \
     not a trusted proxy's (`input.trusted_proxies`), because the client may have written those before it; if all are trusted proxies, the first. Numbers that are invalid for a field, such as a negative count or a port \
     above 65535, are dropped.",
    "Text that begins with two pairs such as `user=ann verb=view` (logfmt) is read as a flat object of strings, also within a wrapping key or \
     after a syslog header; words without a value are `true`. If JSON or pairs follow a header and no built-in source recognises the record, the \
     header sets `time`, `env.host` and `env.service`, unless the mapping sets them.",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Pick;
    use crate::policy::Policy;

    fn said(text: &str) -> Vec<String> {
        let issues = Policy::parse(text).err().unwrap_or_default();
        issues
            .iter()
            .map(|issue| {
                format!(
                    "{}:{} {}: {} ({})",
                    issue.line, issue.column, issue.path, issue.message, issue.remedy
                )
            })
            .collect()
    }

    #[test]
    fn the_example_is_a_mapping() {
        let policy = Policy::parse(EXAMPLE).unwrap_or_else(|issues| panic!("{issues:#?}"));
        let mapping = &policy.mappings[0];
        assert_eq!(
            mapping.conditions(),
            ["tag crm.*", "app = \"crm\"", "event.kind = \"audit\"", "ts exists"]
        );
        assert!(mapping.gaps().is_empty(), "{:?}", mapping.gaps());
        let bare = Policy::parse("[[mapping]]\nsource = \"a.b\"\nmatch = { a = 1.50, b.c = true }\n[mapping.fields]\nactor.id = 'x\\.y.z[]'\n").unwrap();
        assert_eq!(bare.mappings[0].gaps(), ["what", "when", "where", "outcome"]);
        assert_eq!(bare.mappings[0].conditions(), ["a = 1.5", "b.c = true"]);
        let keys: Vec<_> = bare.mappings[0].rows[0]
            .path
            .keys
            .iter()
            .map(|key| (key.name.as_str(), key.pick == Pick::First))
            .collect();
        assert_eq!(keys, [("x.y", false), ("z", true)]);
    }

    #[test]
    fn all_problems_at_once_each_with_place_and_remedy() {
        let text = "[[mapping]]\nsource = \"aws.cloudtrail\"\nmatch = { a = [1979-05-27], 'b..c' = 1 }\nmacth = 1\n\"actor.name\" = \"x\"\ntime = { path = \"t\", format = \"%H:%Q\" }\n\
                    [mapping.fields]\n\"actor.nane\" = \"x\"\n\"action.class\" = { path = \"v\", values = { a = \"raed\" }, default = \"nothing\" }\n\
                    \"target.count\" = { value = \"many\" }\ntime = \"t\"\n\"actor.id\" = []\n\"origin.ip\" = { path = \"x\", value = \"192.0.2.1\" }\n\
                    [[mapping]]\nsource = \"A B\"\ntime = { path = \"t\", format = \"%H\" }\n[mapping.fields]\n";
        let said = said(text);
        let expected = [
            "2:10 mapping[1].source: `aws.cloudtrail` is a built-in source (give the mapping an id of its own)",
            "3:16 mapping[1].match: `a` cannot be compared with that (a string, a number, true or false; `\"*\"` for any value; a list of them)",
            "3:29 mapping[1].match: `b..c` is not a path (keys joined by dots",
            "3:9 mapping[1].match: nothing to match on would match everything",
            "4:1 mapping[1].macth: unknown option `macth` (did you mean `match`?)",
            "5:1 mapping[1].actor.name: `actor.name` is not an option of a mapping (put fields under `[mapping.fields]`)",
            "6:31 mapping[1].time.format: `%Q` is not part of a time format (one of \"rfc3339\"",
            "8:1 mapping[1].fields.actor.nane: unknown field `actor.nane` (did you mean `actor.name`?)",
            "9:47 mapping[1].fields.action.class.values.a: `raed` is not a value of `action.class` (did you mean `read`? there are: login, logout",
            "9:67 mapping[1].fields.action.class.default: `nothing` is not a value of `action.class` (there are: login",
            "10:28 mapping[1].fields.target.count.value: that does not fit `target.count` (a whole number from 0 to 999999999999999)",
            "11:1 mapping[1].fields.time: `time` is an option of the mapping (put `time = ..` above `[mapping.fields]`, in a pack above `[fields]`)",
            "12:14 mapping[1].fields.actor.id: a list without a path (keys joined",
            "13:37 mapping[1].fields.origin.ip: a constant beside a path (write",
            "15:10 mapping[2].source: `A B` cannot be the id of a source (vendor and product",
            "mapping[2]: a mapping without `match` (say what",
            "16:31 mapping[2].time.format: `%H` lacks the year (%Y) (one of",
            "mapping[2].fields: a mapping that fills no field (say where",
        ];
        for part in expected {
            assert!(said.iter().any(|said| said.contains(part)), "{part}\nin {said:#?}");
        }
        assert_eq!(said.len(), expected.len(), "{said:#?}");
    }

    #[test]
    fn constants_are_what_their_fields_are_for() {
        let of = |field: &str, value: &str| {
            let sections = [
                "value = VALUE",
                "path = \"p\", default = VALUE",
                "path = \"p\", values = { a = VALUE }",
            ];
            let text = |section: &str| {
                format!(
                    "[[mapping]]\nsource = \"a.b\"\nmatch = {{ a = 1 }}\n[mapping.fields]\n\"{field}\" = {{ {section} }}\n"
                )
            };
            sections.map(|section| said(&text(&section.replace("VALUE", value))))
        };
        for (field, value, expected) in [
            ("origin.ip", "\"not-an-ip\"", "an IPv4 or IPv6 address"),
            ("origin.ip", "\"192.0.2.1:80\"", "an IPv4 or IPv6 address"),
            ("origin.ip", "12", "an IPv4 or IPv6 address"),
            ("origin.port", "70000", "a whole number from 0 to 65535"),
            ("origin.port", "80.5", "a whole number from 0 to 65535"),
            ("origin.port", "\"80\"", "a whole number from 0 to 65535"),
            ("request.status", "9999", "a whole number from 100 to 599"),
            ("target.count", "-1", "a whole number from 0 to 999999999999999"),
            ("request.bytes", "9223372036854775807", "a whole number from 0 to 999999999999999"),
            ("origin.geo.lat", "\"x\"", "a number from -90 to 90"),
            ("origin.geo.lat", "90.5", "a number from -90 to 90"),
            ("origin.geo.lon", "true", "a number from -180 to 180"),
            ("origin.geo.country", "\"Germany\"", "an ISO 3166-1 code of two letters"),
            ("origin.geo.country", "49", "an ISO 3166-1 code of two letters"),
        ] {
            for said in of(field, value) {
                assert!(
                    matches!(said.as_slice(), [one] if one.contains(&format!("that does not fit `{field}` ({expected})"))),
                    "{field} {value} {said:?}"
                );
            }
        }
        for (field, value) in [
            ("origin.ip", "\"192.0.2.1\""),
            ("origin.ip", "\"2001:db8::1\""),
            ("origin.port", "0"),
            ("request.status", "599"),
            ("target.bytes", "0"),
            ("origin.geo.lat", "-90"),
            ("origin.geo.lon", "179.5"),
            ("origin.geo.country", "\"DE\""),
        ] {
            assert_eq!(of(field, value).concat(), [""; 0], "{field} {value}");
        }
    }

    #[test]
    fn counts_are_limited_and_ids_are_unique() {
        let one = |id: &str, rest: &str| {
            format!(
                "[[mapping]]\nsource = \"{id}\"\nmatch = {{ app = \"x\" }}\n[mapping.fields]\nid = \"i\"\n{rest}"
            )
        };
        assert!(
            said(&[one("a.b", ""), one("a.b", "")].concat())[0]
                .contains("another mapping's already")
        );
        let many: String = (0..257).map(|number| one(&format!("a.{number}"), "")).collect();
        assert!(said(&many)[0].contains("more than 256 mappings"), "{:?}", said(&many));
        let list = |count: usize| format!("\"actor.id\" = [{}]\n", vec!["\"p\""; count].join(", "));
        assert!(said(&one("a.b", &list(999))).is_empty());
        assert!(
            said(&one("a.b", &list(1000)))[0]
                .contains("1001 rows, alternatives counted; at most 1000")
        );
        let values: String = (0..1025).map(|number| format!("v{number} = \"x\", ")).collect();
        assert!(
            said(&one(
                "a.b",
                &format!("\"actor.id\" = {{ path = \"p\", values = {{ {values} }} }}\n")
            ))[0]
                .contains("1025 values; at most 1024")
        );
        let paths: Vec<String> = (0..10)
            .map(|m| {
                one(
                    &format!("a.{m}"),
                    &format!(
                        "\"actor.id\" = [{}]\n",
                        (0..800).map(|n| format!("\"k{m}x{n}\"")).collect::<Vec<_>>().join(", ")
                    ),
                )
            })
            .collect();
        assert!(
            said(&paths.concat())
                .iter()
                .any(|problem| problem.contains("different keys in their paths; at most 6000")),
            "{:?}",
            said(&paths.concat())
        );
        let tests: Vec<String> = (0..65).map(|n| format!("m{n} = 1")).collect();
        assert!(
            said(&format!(
                "[[mapping]]\nsource = \"a.b\"\nmatch = {{ {} }}\n[mapping.fields]\nid = \"i\"\n",
                tests.join(", ")
            ))[0]
                .contains("65 conditions; at most 64")
        );
        assert!(
            said(&one("a.b", &format!("\"actor.id\" = \"{}a\"\n", "a.".repeat(10))))[0]
                .contains("too long a path")
        );
        assert!(said("mapping = 1\n")[0].contains("[[mapping]]"));
        assert!(said("[mapping]\nsource = \"a.b\"\n")[0].contains("[[mapping]]"));
    }
}
