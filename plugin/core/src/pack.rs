//! Packs: sources and rules as data. One file each under `plugin/packs`; the build script reads them, so that nothing is read at start but what it made of them.

use crate::built;
use crate::mapping::Mapping;
use crate::rule::Rule;
use crate::stored::Stored;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Compiled packs of a kind, compressed.
#[derive(Debug)]
pub struct Packed {
    /// Bytes before compression.
    pub len: usize,
    pub bytes: &'static [u8],
}

/// The built-in packs.
pub fn built_in() -> &'static [Mapping] {
    static READ: Once<Mapping> = Once::new();
    READ.get_or_read(&built::SOURCES)
}

/// The rules of the built-in packs.
pub fn rules() -> &'static [Rule] {
    static READ: Once<Rule> = Once::new();
    READ.get_or_read(&built::RULES)
}

/// Unpacks all of them. A host whose stack is small calls it before anything else, where little of the stack is taken.
pub fn prepare() {
    built_in();
    rules();
}

/// Things unpacked at the first use.
struct Once<T> {
    read: OnceLock<Vec<T>>,
    is_begun: AtomicBool,
}

impl<T: Stored> Once<T> {
    const fn new() -> Once<T> {
        Once { read: OnceLock::new(), is_begun: AtomicBool::new(false) }
    }

    /// Where unpacking was cut short, as by a trap, there is nothing: what is tried again traps again, with each record.
    fn get_or_read(&self, packed: &Packed) -> &[T] {
        // Threads that come meanwhile unpack for themselves; the first one's is kept.
        if self.read.get().is_none()
            && !(cfg!(target_family = "wasm") && self.is_begun.swap(true, Ordering::Relaxed))
        {
            let _ = self.read.set(unpack(packed).unwrap_or_default());
        }
        self.read.get().map_or(&[], Vec::as_slice)
    }
}

fn unpack<T: Stored>(packed: &Packed) -> Option<Vec<T>> {
    let bytes = lz4_flex::block::decompress(packed.bytes, packed.len).ok()?;
    Stored::load(&mut bytes.as_slice())
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;
    use crate::policy_text::with_packs;
    use crate::raw::Raw;
    use crate::write::Output;
    use crate::{Engine, Secret};

    const HEAD: &str = "source = \"acme.app\"\ntitle = \"Acme\"\ndocs = \"https://example.com\"\n";

    /// Asserts that a pack gives the same result for a repeated record, which may be read by its cached layout.
    fn made(pack: &str, record: &str) -> String {
        let policy = Policy::parse(&with_packs(
            "[output]\nraw = \"drop\"\n",
            [("acme.toml", format!("{HEAD}{pack}").as_str())],
        ));
        let mut engine =
            Engine::new(policy.unwrap_or_else(|issues| panic!("{issues:#?}")), Secret::default());
        let mut answer = |nonce| {
            let mut out = Output::default();
            engine.process(Raw { bytes: record.as_bytes(), nonce, ..Raw::default() }, &mut out);
            // An event that comes twice is known by its id, and was evaluated by a clock that stands at 0 the first time alone.
            let gone = [
                ",\"repeated\"",
                "\"notes\":[\"repeated\"],",
                ",\"time-ahead\"",
                "\"notes\":[\"time-ahead\"],",
            ];
            gone.iter().fold(String::from_utf8_lossy(out.bytes()).into_owned(), |text, gone| {
                text.replace(gone, "")
            })
        };
        // Its layout is learned at the second time, and used at the third.
        let (first, second, third) = (answer(1), answer(2), answer(3));
        assert_eq!(first, second, "{record}");
        assert_eq!(first, third, "{record}");
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
        holds(
            pack,
            r#"{"kind":"a","t":{"id":"9","name":"one","type":"User"}}"#,
            &[r#""target":{"id":"9","name":"one"}"#],
        );
        for other in [
            r#"{"kind":"a","t":[]}"#,
            r#"{"kind":"a","t":"User"}"#,
            r#"{"kind":"a","t":[[{"type":"User","id":"1"}],null,7]}"#,
        ] {
            assert!(!made(pack, other).contains("target"), "{other}");
        }
    }

    #[test]
    fn json_inside_text_is_read_within_bounds() {
        let pack = "match = { kind = \"a\" }\n[fields]\n\"env.region\" = \"json:d.region\"\n\"origin.ip\" = \"json:d.ips[]\"\n\"target.id\" = \"json:d.json:deep.id\"\n";
        let record = r#"{"kind":"a","d":"{\"region\":\"eu\",\"ips\":[\"192.0.2.1\"],\"deep\":\"{\\\"id\\\":\\\"x\\\"}\"}"}"#;
        holds(pack, record, &[r#""region":"eu""#, r#""ip":"192.0.2.1""#, r#""target":{"id":"x"}"#]);
        for other in [
            r#"{"kind":"a","d":"{"}"#,
            r#"{"kind":"a","d":"text"}"#,
            r#"{"kind":"a","d":{"region":"eu"}}"#,
            r#"{"kind":"a","d":null}"#,
        ] {
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
        holds(
            pack,
            r#"{"s":"admin","b":1,"v":"role.add"}"#,
            &[r#""class":"grant""#, r#""change":{"before":1,"after":"admin"}"#],
        );
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
        holds(
            pack,
            r#"{"v":1,"arn":"ann","mail":"Bob@x","csv":"x","r":"Blocked"}"#,
            &[r#""name":"bob""#, r#""mfa":false"#, r#""result":"denied""#],
        );
        holds(pack, r#"{"v":1,"r":"maybe"}"#, &[r#""result":"unknown""#, "unknown-word"]);
    }

    #[test]
    fn an_action_that_another_record_counts_is_not_counted() {
        let record = |kind: &str| {
            format!(
                r#"{{"time":"2026-01-10T08:00:00Z","type":"{kind}","auth":{{"display_name":"ann"}},"request":{{"id":"r1","operation":"delete","path":"secret/data/app"}}}}"#
            )
        };
        let wrapped = format!(r#"{{"log":{:?}}}"#, record("request"));
        let records = [record("request"), record("response"), wrapped, record("request")];
        assert_eq!(crate::source::testing::times(&records), [0, 1, 0, 0]);
        // A number in the record is no statement of the pack.
        let cef = "CEF:0|V|P|1|7|Delete|3|suser=ann cnt=0 act=delete outcome=success".to_owned();
        assert_eq!(crate::source::testing::times(&[cef]), [1]);
    }

    #[test]
    fn numbers_of_things_have_no_fraction() {
        let pack = "match = { v = 1 }\n[fields]\n\"action.name\" = \"v\"\n\"origin.port\" = \"p\"\n\"request.latency_ms\" = \"ms\"\n";
        holds(pack, r#"{"v":1,"p":1.5}"#, &["acme.app", "value-dropped"]);
        holds(pack, r#"{"v":1,"p":2.0,"ms":1.5}"#, &[r#""port":2"#, r#""latency_ms":1.5"#]);
    }

    #[test]
    fn an_object_of_a_list_is_read_with_the_comma_behind_it() {
        let pack = "match = { v = 1 }\n[fields]\n\"actor.name\" = \"u\"\n";
        let line = r#"{"v":1,"u":"ann"},"#;
        for record in [line.to_owned(), format!("{line}\n"), format!("{{\"log\":{line:?}}}")] {
            holds(pack, &record, &["acme.app", r#""name":"ann""#]);
        }
        assert!(!made(pack, r#"{"v":1,"u":"ann"},{"v":2},"#).contains(r#""name":"ann""#));
    }

    #[test]
    fn lines_of_text_bare_wrapped_and_behind_a_header() {
        let pack = "text = \"ACME [%{level}] user=%{user} did %{verb}: %{r}\"\n[fields]\n\"actor.name\" = \"user\"\n\"action.name\" = \"verb\"\n\"outcome.result\" = \"r\"\n";
        let line = "ACME [INFO] user=ann did export: ok";
        for record in [
            line.to_owned(),
            format!(r#"{{"log":"{line}"}}"#),
            format!("Jan  3 10:00:00 web acme[12]: {line}"),
        ] {
            holds(
                pack,
                &record,
                &["acme.app", r#""name":"ann""#, r#""class":"export""#, "class-by-name"],
            );
        }
        assert!(!made(pack, "ACME [INFO] user=ann").contains("acme.app"));
    }

    #[test]
    fn columns_and_pairs_are_read_by_the_packs_rows() {
        let columns = "text = [{ form = \"csv\", columns = [\"\", \"stamp\", \"kind\", \"user\", \"ip\"], where = { kind = \"LOGIN\" }, least = 4 }, { form = \"csv\", columns = [\"\", \"stamp\", \"kind\", \"path\"], where = { kind = \"FILE\" } }]\n\
                       time = { path = \"stamp\", format = \"%Y/%m/%d %H:%M:%S\" }\n[fields]\n\"actor.name\" = \"user\"\n\"origin.ip\" = \"ip\"\n\"target.name\" = \"path\"\n\"action.name\" = \"kind\"\n";
        for line in [
            "1,2026/01/02 03:04:05,LOGIN,ann lee,192.0.2.1",
            "<14>Jan  2 03:04:06 1,2026/01/02 03:04:05,LOGIN,ann lee,192.0.2.1,more",
            "Jan  2 03:04:06 fw1 1,2026/01/02 03:04:05,LOGIN,\\\"ann lee\\\",192.0.2.1",
        ] {
            holds(
                columns,
                &format!("{{\"log\":\"{line}\"}}"),
                &["2026-01-02T03:04:05", r#""name":"ann lee""#, r#""ip":"192.0.2.1""#, "acme.app"],
            );
        }
        holds(columns, "1,2026/01/02 03:04:05,FILE,/etc/x", &[r#""target":{"name":"/etc/x"}"#]);
        assert!(!made(columns, "1,2026/01/02 03:04:05,OTHER,/etc/x").contains("acme.app"));
        let pairs = "text = { form = \"kv\", after = \"AUDIT[%{n}]:\" }\ntime = { join = [\"date\", \"clock\"], format = \"%Y-%m-%d %H:%M:%S\" }\n[fields]\nid = \"n\"\n\"actor.name\" = \"user\"\n";
        for line in [
            "AUDIT[7]: date=2026-01-02 clock=03:04:05 user=\"ann lee\"",
            "<13>Jan  2 03:04:06 web1 AUDIT[7]: date=2026-01-02 clock=03:04:05 user=ann lee x=1",
        ] {
            holds(pairs, line, &["2026-01-02T03:04:05", r#""id":"7""#, r#""name":"ann lee""#]);
        }
        let nanos = "match = { kind = \"a\" }\ntime = { join = [\"instant.epochSecond\", \"instant.nano\"], format = \"%s %N\" }\n[fields]\nid = \"i\"\n";
        holds(
            nanos,
            r#"{"kind":"a","i":"1","instant":{"epochSecond":1700000000,"nano":5000000}}"#,
            &["2023-11-14T22:13:20.005Z"],
        );
        assert!(
            made(nanos, r#"{"kind":"a","i":"1","instant":{"epochSecond":1700000000}}"#)
                .contains("no-time")
        );
    }

    #[test]
    fn events_in_cef_and_leef_whatever_stands_before_them() {
        let cef = "text = { form = \"cef\" }\nmatch = { deviceVendor = \"Acme\" }\ntime = { path = \"rt\", format = \"unix_ms\" }\n[fields]\n\"actor.name\" = \"suser\"\n\"authz.policy\" = \"labels.Policy name\"\n";
        let event = "CEF:0|Acme|Gate|1.0|100|Login|5|rt=1700000000000 suser=ann lee cs1=intern cs1Label=Policy name";
        for line in [
            event.to_owned(),
            format!("Jan 02 15:04:05 fw1 {event}"),
            format!("<14>Jan 02 15:04:05 fw1 {event}"),
            format!("<14>1 2026-01-02T15:04:05Z fw1 app - - - {event}"),
            format!("{{\"log\":\"{event}\"}}"),
            format!("{{\"message\":\"Jan 02 15:04:05 fw1 {event}\",\"host\":\"relay\"}}"),
        ] {
            holds(
                cef,
                &line,
                &[
                    "2023-11-14T22:13:20.000Z",
                    r#""actor":{"name":"ann lee"}"#,
                    r#""policy":"intern""#,
                ],
            );
            assert_eq!(
                made(cef, &line).contains(r#""host":"fw1""#),
                line.contains("fw1"),
                "{line}"
            );
        }
        assert!(!made(cef, &event.replace("Acme", "Other")).contains("acme.app"));
        let leef = "text = { form = \"leef\" }\nmatch = { deviceVendor = \"Acme\" }\n[fields]\n\"actor.name\" = \"usrName\"\n\"action.name\" = \"eventId\"\n";
        holds(
            leef,
            "<13>Jan  2 15:04:05 fw1 LEEF:2.0|Acme|Gate|1.0|42|^|usrName=ann lee^src=192.0.2.1",
            &[r#""actor":{"name":"ann lee"},"action":{"name":"42""#, r#""host":"fw1""#],
        );
    }

    #[test]
    fn reports_of_a_witness_are_one_attempt() {
        let pack = |witness: &str| {
            format!(
                "{HEAD}{witness}match = {{ app = \"x\" }}\n[fields]\nid = \"i\"\n\"action.name\" = \"a\"\n\"actor.name\" = \"u\"\n\"origin.ip\" = \"ip\"\n\
                 \"action.class\" = {{ value = \"login\" }}\n\"action.category\" = {{ value = \"authentication\" }}\n\"outcome.result\" = {{ value = \"failure\" }}\n"
            )
        };
        // Two attempts, each of which is reported by three records: two kinds by name, and one of any other.
        let counted = |witness: &str| {
            let policy = "[detector.brute-force]\nfailures = 3\n";
            let policy =
                Policy::parse(&with_packs(policy, [("acme.toml", pack(witness).as_str())]));
            let mut engine = Engine::new(
                policy.unwrap_or_else(|issues| panic!("{issues:#?}")),
                Secret::default(),
            );
            let records = (0..2).flat_map(|_| ["try", "end", "more"]).zip(1u64..);
            let found = records.map(|(action, number)| {
                let record = format!(
                    "{{\"app\":\"x\",\"i\":\"{number}\",\"a\":\"{action}\",\"u\":\"bob\",\"ip\":\"203.0.113.9\"}}"
                );
                let mut out = Output::default();
                let raw = Raw { bytes: record.as_bytes(), nonce: number, ..Raw::default() };
                engine.process(raw, &mut out);
                String::from_utf8_lossy(out.bytes()).contains("\"detector\":\"brute-force\"")
            });
            found.filter(|is_found| *is_found).count()
        };
        assert!(counted("") > 0);
        assert_eq!(counted("witness = [\"try\", \"end\"]\n"), 0);
    }

    #[test]
    fn a_value_that_another_takes_the_place_of_is_not_dropped() {
        let pack = "match = { kind = \"a\" }\n[fields]\n\"action.name\" = [\"e.name\", \"e\"]\n\"request.bytes\" = \"sent\"\n\
                    [[when]]\nmatch = { size = \"1*\" }\nfields = { \"target.bytes\" = \"size\" }\n";
        let flag = "value-dropped";
        for (record, is_flagged) in [
            (r#"{"kind":"a","e":{"name":"x.read"},"size":"12","sent":"7"}"#, false),
            (r#"{"kind":"a","e":{"name":"x.read"},"size":"none","sent":"-"}"#, false),
            (r#"{"kind":"a","e":"x.read"}"#, false),
            (r#"{"kind":"a","e":{"title":"x.read"}}"#, true),
            (r#"{"kind":"a","size":"1 KiB"}"#, true),
            (r#"{"kind":"a","sent":"many"}"#, true),
            (r#"{"kind":"a","sent":{"n":1}}"#, true),
        ] {
            let made = made(pack, record);
            assert_eq!(made.contains(flag), is_flagged, "{record} {made}");
        }
    }

    #[test]
    fn of_several_events_the_first_is_read() {
        let pack = "match = { kind = \"a\" }\nevents = \"list\"\n[fields]\n\"action.name\" = \"list[].name\"\n\"target.id\" = [\"list[].p[name=id].value\", \"other\"]\n\"target.name\" = \"list[].title\"\n";
        let flag = "several-events";
        for (record, is_flagged) in [
            (r#"{"kind":"a","list":[{"name":"x.read"}],"other":"o"}"#, false),
            (r#"{"kind":"a","list":{"name":"x.read"},"other":"o"}"#, false),
            (
                r#"{"kind":"a","list":[{"name":"x.read"},{"name":"y","title":"t","p":[{"name":"id","value":"2"}]}],"other":"o"}"#,
                true,
            ),
            (
                r#"{"list":[{"name":"x.read","q":[[1],{}]},{"list":[{"title":"t"}]},{}],"kind":"a","other":"o"}"#,
                true,
            ),
        ] {
            let made = made(pack, record);
            assert_eq!(made.contains(flag), is_flagged, "{record} {made}");
            assert!(made.contains(r#""action":{"name":"x.read""#), "{made}");
            assert!(made.contains(r#""target":{"id":"o"}"#), "{made}");
        }
        assert!(!made(pack, r#"{"kind":"a","list":[]}"#).contains(flag));
    }

    #[test]
    fn an_object_with_the_keys_of_a_line_is_an_applications_own() {
        let fields = "match = { verb = \"*\" }\n[fields]\n\"actor.name\" = \"user\"\n\"action.name\" = \"verb\"\n";
        let text = "text = \"ACME user=%{user} did %{verb}\"\n";
        let object = r#"{"user":"ann","verb":"export"}"#;
        let wrapped = r#"{"log":"{\"user\":\"ann\",\"verb\":\"export\"}"}"#;
        let line = "ACME user=ann did export";
        for (pack, records, is_ours) in [
            (format!("{text}{fields}"), [object, wrapped], false),
            (format!("{text}json = true\n{fields}"), [object, wrapped], true),
            (format!("{text}{fields}"), [line, r#"{"log":"ACME user=ann did export"}"#], true),
            (fields.to_owned(), [object, wrapped], true),
        ] {
            for record in records {
                assert_eq!(made(&pack, record).contains("acme.app"), is_ours, "{pack}{record}");
            }
        }
    }

    /// True if a rule fires that asks for this path of the original record.
    fn finds(pack: &str, path: &str, record: &str) -> bool {
        let rule = format!(
            "[output]\nraw = \"drop\"\n[detector.rules]\nenable = \"test.*\"\n[[rule]]\nid = \"test.one\"\ntitle = \"A test\"\n\
             when = {{ source = \"acme.app\", \"{path}\" = \"wanted\" }}\n"
        );
        let pack = format!("{HEAD}{pack}");
        let policy = Policy::parse(&with_packs(&rule, [("acme.toml", pack.as_str())]));
        let mut engine =
            Engine::new(policy.unwrap_or_else(|issues| panic!("{issues:#?}")), Secret::default());
        // Its layout is learned from others.
        let other = record.replace("wanted", "unused").replace("w\\\\u0061nted", "unused");
        let mut found =
            [other.as_str(), other.as_str(), record].into_iter().zip(0..).map(|(record, nonce)| {
                let mut out = Output::default();
                engine.process(Raw { bytes: record.as_bytes(), nonce, ..Raw::default() }, &mut out);
                String::from_utf8_lossy(out.bytes()).contains(r#""rule":"test.one""#)
            });
        assert!(!found.by_ref().take(2).any(|found| found), "{other}");
        found.any(|found| found)
    }

    #[test]
    fn rules_look_for_their_paths_in_the_event_wherever_a_record_holds_it() {
        let pack = "match = { kind = \"a\" }\nwithin = [\"outer.held\", \"json:text\", \"outer.json:deep\"]\n[fields]\n\"action.name\" = [\"verb\", \"outer.held.verb\", \"json:text.verb\"]\n";
        for (record, is_found) in [
            (r#"{"kind":"a","x":{"y":"wanted"}}"#, true),
            (r#"{"kind":"a","outer":{"held":{"x":{"y":"wanted"}}}}"#, true),
            (r#"{"kind":"a","text":"{\"x\":{\"y\":\"wanted\"}}"}"#, true),
            (
                r#"{"kind":"a","text":" {\"verb\":\"v\",\"x\":[{\"Y\":[\"no\",\"w\\u0061nted\"]}]}"}"#,
                true,
            ),
            (r#"{"kind":"a","outer":{"deep":"{\"x\":{\"y\":\"wanted\"}}"}}"#, true),
            (
                r#"{"log":"{\"kind\":\"a\",\"text\":\"{\\\"x\\\":{\\\"y\\\":\\\"wanted\\\"}}\"}"}"#,
                true,
            ),
            (r#"<13>Jan 15 11:59:00 relay forward: {"kind":"a","x":{"y":"wanted"}}"#, true),
            (
                r#"<13>Jan 15 11:59:00 relay forward: {"kind":"a","outer":{"held":{"x":{"y":"wanted"}}}}"#,
                true,
            ),
            (
                r#"<13>Jan 15 11:59:00 relay forward: {"kind":"a","text":"{\"x\":{\"y\":\"wanted\"}}"}"#,
                true,
            ),
            // Not there, not JSON, text once more in text, another key.
            (r#"{"kind":"a","text":"{\"x\":{\"y\":\"other\"}}"}"#, false),
            (r#"{"kind":"a","text":"{\"x\":{\"y\":\"wanted\"}"}"#, false),
            (r#"{"kind":"a","text":"\"{\\\"x\\\":{\\\"y\\\":\\\"wanted\\\"}}\""}"#, false),
            (r#"{"kind":"a","other":"{\"x\":{\"y\":\"wanted\"}}"}"#, false),
            (r#"{"kind":"a","held":{"x":{"y":"wanted"}}}"#, false),
            (r#"{"kind":"a","text":null,"outer":{"held":7}}"#, false),
        ] {
            assert_eq!(finds(pack, "raw.x.y", record), is_found, "{record}");
            assert_eq!(finds(pack, "raw.*.y", record), is_found, "{record}");
        }
        // What a record before held is none of this one's.
        let text = r#"{"kind":"a","text":"{\"y\":\"wanted\"}"}"#;
        assert!(finds(pack, "raw.*", text) && finds(pack, "raw.y", text));
        assert!(!finds(pack, "raw.y", &text.replace("text", "none")));
    }

    #[test]
    fn a_hostile_event_in_text_costs_no_more_than_its_length() {
        let pack = "match = { kind = \"a\" }\nwithin = \"json:text\"\n[fields]\n\"action.name\" = \"json:text.verb\"\n";
        let record =
            |text: &str| format!(r#"{{"kind":"a","text":"{}"}}"#, text.replace('"', "\\\""));
        for text in [
            "[".repeat(50_000),
            format!("{}{}", r#"{"x":"#.repeat(400), "}".repeat(400)),
            format!(r#"{{"x":{{"y":"wanted"}},"z":[{}0]}}"#, "0,".repeat(20_000)),
            format!(r#"{{"x":{}"wanted"{}}}"#, "[".repeat(900), "]".repeat(900)),
        ] {
            assert!(!finds(pack, "raw.x.y", &record(&text)), "{}", text.len());
        }
        let most = format!(r#"{{"z":[{}0],"x":{{"y":"wanted"}}}}"#, "0,".repeat(900));
        assert!(finds(pack, "raw.x.y", &record(&most)));
        let more = format!(r#"{{"z":[{}0],"x":{{"y":"wanted"}}}}"#, "0,".repeat(2000));
        holds(pack, &record(&more), &["part-limit"]);
    }

    #[test]
    fn what_a_line_has_beyond_the_bound_is_flagged() {
        let pack =
            "text = { form = \"kv\", after = \"AUDIT:\" }\n[fields]\n\"actor.name\" = \"k1\"\n";
        let line: String = (0..600).map(|number| format!(" k{number}=v{number}")).collect();
        holds(pack, &format!("AUDIT:{line}"), &[r#""name":"v1""#, "part-limit"]);
    }
}
