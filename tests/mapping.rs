//! Mappings of the policy: what a record becomes by their rows, what matches and what must not, and that shapes change nothing.

use auditward_core::policy::Policy;
use auditward_core::policy_text::mapping::EXAMPLE;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use auditward_tests::grow::Rng;
use auditward_tests::{NOW, answer, typical};
use serde_json::{Map, Value, json};

const SECRET: Secret = Secret { mark: Some((11, 12)), hash: (13, 14) };

struct Filter {
    engine: Engine,
    out: Output,
}

impl Filter {
    fn new(policy: &str) -> Filter {
        let policy = Policy::parse(policy).unwrap_or_else(|issues| panic!("{issues:#?}\n{policy}"));
        Filter { engine: Engine::new(policy, SECRET), out: Output::default() }
    }

    fn bytes(&mut self, tag: &str, record: &[u8]) -> Vec<u8> {
        self.engine.process(
            Raw { tag: tag.as_bytes(), bytes: record, time: NOW, nonce: 0, now: NOW },
            &mut self.out,
        );
        self.out.bytes().to_vec()
    }

    fn object(&mut self, tag: &str, record: &str) -> Map<String, Value> {
        answer::object(&self.bytes(tag, record.as_bytes()), 63).unwrap()
    }

    /// Twice, the second time by its shape where it has one: both the same.
    fn twice(&mut self, record: &str) -> Map<String, Value> {
        let (first, second) = (self.object("", record), self.object("", record));
        let without = |object: &Map<String, Value>| {
            let mut object = object.clone();
            object.remove("notes");
            object.remove("module");
            object
        };
        assert_eq!(without(&first), without(&second), "{record}");
        first
    }
}

fn at<'v>(object: &'v Map<String, Value>, path: &str) -> &'v Value {
    path.split('.')
        .fold(None, |at: Option<&Value>, key| at.map_or(object.get(key), |at| at.get(key)))
        .unwrap_or(&Value::Null)
}

fn mapping(rest: &str) -> String {
    format!("[[mapping]]\nsource = \"a.b\"\nmatch = {{ app = \"x\" }}\n{rest}")
}

#[test]
fn the_example_maps_its_record() {
    let record = r#"{"app":"crm","ts":1768475000123,"event":{"kind":"audit"},"user":{"login":"ann","email":""},"email":"ann@example.com","verb":"download","status":403,"items":[null,{"id":""},{"id":"c-1"},{"id":"c-2"}],"client":{"ip":"203.0.113.9"},"request":"r-1"}"#;
    let mut filter = Filter::new(EXAMPLE);
    for _ in 0..3 {
        let object = filter.object("crm.eu", record);
        for (path, value) in [
            ("time", json!("2026-01-15T11:03:20.123Z")),
            ("id", json!("r-1")),
            ("source", json!("acme.crm")),
            ("actor.name", json!("ann")),
            ("actor.email", json!("ann@example.com")),
            ("action.name", json!("download")),
            ("action.class", json!("export")),
            ("action.category", json!("data")),
            ("target.id", json!("c-1")),
            ("target.type", json!("contact")),
            ("origin.ip", json!("203.0.113.9")),
            ("outcome.result", json!("denied")),
        ] {
            assert_eq!(at(&object, path), &value, "{path}");
        }
        assert_eq!(at(&object, "raw"), &serde_json::from_str::<Value>(record).unwrap());
        assert!(answer::notes(&object).iter().all(|note| note == "repeated"));
    }
    assert_eq!(at(&filter.object("other", record), "source"), &Value::Null, "another tag");
    assert_eq!(
        at(&filter.object("crm.eu", &record.replace("audit", "debug")), "source"),
        &Value::Null,
        "another value, same shape"
    );
    assert_eq!(
        at(&filter.object("crm.eu", &record.replace("1768475000123", "null")), "source"),
        &Value::Null,
        "null is no value"
    );
    assert_eq!(at(&filter.object("crm.eu", record), "source"), &json!("acme.crm"));
}

#[test]
fn values_become_what_their_fields_hold() {
    let mut filter = Filter::new(&mapping(
        "time = { path = [\"when\", \"t\"], format = \"%d/%b/%Y:%H:%M:%S %z\" }\n[mapping.fields]\n\"target.count\" = \"n\"\n\"authz.mfa\" = \"mfa\"\n\"actor.id\" = \"uid\"\n\
         \"actor.groups\" = \"groups\"\naction.class = \"verb\"\noutcome.result = { path = \"end\", default = \"failure\" }\n\"origin.port\" = { value = 443 }\n\
         \"origin.geo.lat\" = { value = 1.5 }\nrequest.status = { path = \"s\", values = { ok = 200, \"7\" = 500 } }\n",
    ));
    let object =
        filter.twice(r#"{"app":"x","when":"never","t":"15/Jan/2026:12:00:00 +0100","n":"12","mfa":"yes","uid":7,"groups":["a","b"],"verb":"LOGIN","s":7}"#);
    for (path, value) in [
        ("time", json!("2026-01-15T11:00:00.000Z")),
        ("target.count", json!(12)),
        ("authz.mfa", json!(true)),
        ("actor.id", json!("7")),
        ("actor.groups", json!(["a", "b"])),
        ("action.class", json!("login")),
        ("outcome.result", json!("failure")),
        ("origin.port", json!(443)),
        ("origin.geo.lat", json!(1.5)),
        ("request.status", json!(500)),
    ] {
        assert_eq!(at(&object, path), &value, "{path}");
    }
    let object = filter.twice(
        r#"{"app":"x","n":"many","verb":"frobnicate","end":"SUCCESS","s":"o\u006b","uid":{"a":1}}"#,
    );
    for (path, value) in [
        ("target", Value::Null),
        ("action.class", json!("other")),
        ("outcome.result", json!("success")),
        ("request.status", json!(200)),
        ("actor", Value::Null),
    ] {
        assert_eq!(at(&object, path), &value, "{path}");
    }
    let notes = answer::notes(&object);
    for note in ["unknown-word", "value-dropped", "no-time"] {
        assert!(notes.iter().any(|held| held == note), "{note} in {notes:?}");
    }
}

#[test]
fn conditions_hold_or_do_not() {
    let fields = "[mapping.fields]\n\"action.name\" = { value = \"y\" }\n";
    for (conditions, record, is_met) in [
        ("a = 1", r#"{"a":1}"#, true),
        ("a = 1", r#"{"a":"1"}"#, true),
        ("a = 1", r#"{"a":1.0}"#, false),
        ("a = 1", r#"{"a":true}"#, false),
        ("a = \"1\"", r#"{"a":1}"#, false),
        ("a = true", r#"{"a":true}"#, true),
        ("a = true", r#"{"a":false}"#, false),
        ("a = \"x\"", r#"{"a":"\u0078"}"#, true),
        ("a = \"x\"", r#"{"\u0061":"x"}"#, true),
        ("a = \"x\"", r#"{"a":"y","a":"x"}"#, true),
        ("a = \"x\"", r#"{"a":"x","a":"y"}"#, false),
        ("a = \"x\"", r#"{"a":"x","a":null}"#, false),
        ("a = \"x\"", r#"{"a":["x"]}"#, false),
        ("a = \"*\"", r#"{"a":{}}"#, true),
        ("a = \"*\"", r#"{"a":""}"#, true),
        ("a = \"*\"", r#"{"a":null}"#, false),
        ("a = \"*\"", r#"{"b":1}"#, false),
        ("'a\\.b' = 1", r#"{"a.b":1}"#, true),
        ("'a\\.b' = 1", r#"{"a":{"b":1}}"#, false),
        ("a.b.c = 1", r#"{"a":{"b":{"c":1}}}"#, true),
        ("a.b = { c = 1, d = \"*\" }", r#"{"a":{"b":{"c":1}}}"#, false),
        ("'a[].b' = 1", r#"{"a":[{},{"b":1},{"b":2}]}"#, true),
        ("'a[].b' = 1", r#"{"a":[{"b":2},{"b":1}]}"#, false),
        ("'a[]' = 1", r#"{"a":[null,1]}"#, true),
    ] {
        let mut filter = Filter::new(&format!(
            "[[mapping]]\nsource = \"a.b\"\nmatch = {{ {conditions} }}\n{fields}"
        ));
        let object = filter.twice(record);
        assert_eq!(at(&object, "source") == &json!("a.b"), is_met, "{conditions} {record}");
        let wrapped = json!({ "log": record }).to_string();
        assert_eq!(
            at(&filter.twice(&wrapped), "source") == &json!("a.b"),
            is_met,
            "wrapped: {conditions} {record}"
        );
    }
}

const TWO: &str = "[[mapping]]\nsource = \"first.one\"\nmatch = { app = \"crm\", kind = \"audit\" }\n[mapping.fields]\n\"action.name\" = \"verb\"\n\
                   [[mapping]]\nsource = \"second.one\"\nmatch = { app = \"crm\" }\n[mapping.fields]\n\"actor.name\" = \"verb\"\n\
                   [[mapping]]\nsource = \"third.one\"\nmatch = { eventSource = \"s3.amazonaws.com\", eventName = \"PutObject\" }\n[mapping.fields]\n\"actor.name\" = \"eventName\"\n";

#[test]
fn the_first_that_matches_counts_whatever_was_seen_before() {
    let mut filter = Filter::new(TWO);
    for kind in ["debug", "audit", "debug", "debug", "audit", "audit"] {
        let object = filter.object("", &format!(r#"{{"app":"crm","kind":"{kind}","verb":"v"}}"#));
        assert_eq!(
            at(&object, "source"),
            &json!(if kind == "audit" { "first.one" } else { "second.one" })
        );
    }
    for number in 0..6 {
        let object = filter.object("", &typical(number));
        assert_eq!(
            at(&object, "source"),
            &json!(if number % 2 == 1 { "third.one" } else { "aws.cloudtrail" }),
            "{number}"
        );
    }
}

#[test]
fn text_of_pairs_is_mapped() {
    let mut filter = Filter::new(&mapping(
        "[mapping.fields]\n\"actor.name\" = \"user\"\n\"target.count\" = \"n\"\n\"authz.mfa\" = \"mfa\"\n",
    ));
    let text = "app=x user=\"ann \\\"a\\\" lee\" n=3 mfa";
    let object = filter.object("", text);
    for (path, value) in [
        ("source", json!("a.b")),
        ("actor.name", json!("ann \"a\" lee")),
        ("target.count", json!(3)),
        ("authz.mfa", json!(true)),
        ("raw", json!(text)),
    ] {
        assert_eq!(at(&object, path), &value, "{path}");
    }
    assert!(!answer::notes(&object).iter().any(|note| note == "not-json"));
    let wrapped = filter.object("", &json!({ "log": text, "stream": "stdout" }).to_string());
    assert_eq!(
        (at(&wrapped, "source"), at(&wrapped, "actor.name")),
        (&json!("a.b"), &json!("ann \"a\" lee"))
    );
    let other = filter.object("", "app=y user=ann");
    assert_eq!((at(&other, "source"), at(&other, "raw")), (&Value::Null, &json!("app=y user=ann")));
    assert_eq!(answer::notes(&other), ["not-json", "no-time"]);
}

/// A record of ours is redelivered under another tag, which a mapping asked for or asks for now: it passes as it is.
#[test]
fn a_mapped_record_that_comes_again_passes() {
    let policy = "[[mapping]]\nsource = \"a.b\"\nmatch = { app = \"x\" }\ntag = \"in.*\"\n[mapping.fields]\n\"actor.name\" = \"user\"\n\
                  [[mapping]]\nsource = \"c.d\"\nmatch = { app = \"*\" }\ntag = \"again\"\n[mapping.fields]\n\"actor.id\" = \"user\"\n";
    let lines = [
        "app=x user=ann",
        "Jan 15 11:30:00 web1 a[1]: app=x user=ann",
        r#"Jan 15 11:30:00 web1 a[1]: {"app":"y","user":"ann"}"#,
    ];
    for record in
        [r#"{"app":"x","user":"ann"}"#, r#"{"app":"y","user":"ann"}"#].into_iter().chain(lines)
    {
        let mut filter = Filter::new(policy);
        for (tag, next) in
            [("in.put", "again"), ("else", "again"), ("again", "in.put"), ("again", "else")]
        {
            let out = filter.bytes(tag, record.as_bytes());
            let again = filter.bytes(next, &out);
            assert_eq!(
                String::from_utf8_lossy(&again),
                String::from_utf8_lossy(&out),
                "{tag} {next} {record}"
            );
        }
    }
}

/// Elsewhere an address and its port, or a name, would be an origin of its own each time, and Elasticsearch would refuse the document.
#[test]
fn an_origin_is_an_address_or_a_host() {
    let mut filter = Filter::new(&mapping(
        "[mapping.fields]\n\"origin.ip\" = \"ip\"\n\"origin.port\" = \"port\"\n",
    ));
    for (ip, address, port, host) in [
        ("203.0.113.9", json!("203.0.113.9"), Value::Null, Value::Null),
        ("2001:db8::9", json!("2001:db8::9"), Value::Null, Value::Null),
        ("198.51.100.4:5000", json!("198.51.100.4"), json!(5000), Value::Null),
        ("198.51.100.4:99999", json!("198.51.100.4"), Value::Null, Value::Null),
        ("[2001:db8::9]:443", json!("2001:db8::9"), json!(443), Value::Null),
        ("203.0.113.9, 10.0.0.1", json!("203.0.113.9"), Value::Null, Value::Null),
        ("host.example", Value::Null, Value::Null, json!("host.example")),
        ("host.example:81", Value::Null, json!(81), json!("host.example")),
        ("02:42:ac:11:00:02", Value::Null, Value::Null, json!("02:42:ac:11:00:02")),
        ("-", Value::Null, Value::Null, Value::Null),
    ] {
        let object = filter.twice(&json!({ "app": "x", "ip": ip }).to_string());
        assert_eq!(
            (at(&object, "origin.ip"), at(&object, "origin.port"), at(&object, "origin.host")),
            (&address, &port, &host),
            "{ip}"
        );
        assert!(!answer::notes(&object).iter().any(|note| note == "value-dropped"), "{ip}");
        let pairs = filter.twice(&json!({ "log": format!("app=x ip={}", json!(ip)) }).to_string());
        assert_eq!(at(&pairs, "origin"), at(&object, "origin"), "{ip}");
    }
    // What is neither is no origin.
    let neither = filter.twice(&json!({ "app": "x", "ip": "a\u{e9}\"\\:81" }).to_string());
    assert_eq!(
        (at(&neither, "origin"), answer::notes(&neither).contains(&"value-dropped".to_owned())),
        (&Value::Null, true)
    );
    let object = filter.twice(r#"{"app":"x","ip":"198.51.100.4:5000","port":7}"#);
    assert_eq!(
        (at(&object, "origin.ip"), at(&object, "origin.port")),
        (&json!("198.51.100.4"), &json!(7))
    );
    for len in 250..260 {
        let name = "h".repeat(len);
        let object = filter.twice(&json!({ "app": "x", "ip": name }).to_string());
        assert_eq!(at(&object, "origin.host"), &json!(Some(name).filter(|_| len < 256)), "{len}");
        assert_eq!(
            answer::notes(&object).iter().any(|note| note == "value-dropped"),
            len > 255,
            "{len}"
        );
    }
    let mut full = Filter::new(&mapping(
        "[mapping.fields]\n\"origin.ip\" = \"ip\"\n\"origin.host\" = \"host\"\n",
    ));
    let object = full.twice(r#"{"app":"x","ip":"name","host":"host.example"}"#);
    assert_eq!(at(&object, "origin"), &json!({ "host": "host.example" }));
    assert!(answer::notes(&object).iter().any(|note| note == "value-dropped"));
}

#[test]
fn failures_from_one_address_are_of_one_origin_whatever_its_ports() {
    let fields = "\"actor.name\" = \"user\"\n\"action.category\" = { value = \"authentication\" }\n\"outcome.result\" = { value = \"failure\" }\n\"origin.ip\" = \"ip\"\n";
    let mut filter = Filter::new(&mapping(&format!("[mapping.fields]\n{fields}")));
    let found = (0..30).filter(|number| {
        let record = json!({ "app": "x", "user": format!("user{number}"), "ip": format!("198.51.100.4:{}", 5000 + number) });
        filter.object("", &record.to_string()).get("anomaly").is_some_and(|anomaly| anomaly.to_string().contains("brute-force"))
    });
    assert!(found.count() > 0);
}

#[test]
fn numbers_keep_within_what_their_fields_are_for() {
    let fields = ["target.count", "origin.port", "request.status", "origin.geo.lat"];
    let rows: String = fields.iter().map(|field| format!("\"{field}\" = \"n\"\n")).collect();
    let mut filter = Filter::new(&mapping(&format!("[mapping.fields]\n{rows}")));
    for (value, expected) in [
        (json!(-5), [Value::Null, Value::Null, Value::Null, json!(-5)]),
        (json!("-5"), [Value::Null, Value::Null, Value::Null, json!("-5")]),
        (json!(80), [json!(80), json!(80), Value::Null, json!(80)]),
        (json!(404), [json!(404), json!(404), json!(404), Value::Null]),
        (json!("70000"), [json!(70000), Value::Null, Value::Null, Value::Null]),
        (json!(512.0), [json!(512.0), json!(512.0), json!(512.0), Value::Null]),
        (json!(1e30), [Value::Null, Value::Null, Value::Null, Value::Null]),
        (json!(9_999_999_999_999_999u64), [Value::Null, Value::Null, Value::Null, Value::Null]),
        (json!("nan"), [Value::Null, Value::Null, Value::Null, Value::Null]),
    ] {
        let object = filter.twice(&json!({ "app": "x", "n": value }).to_string());
        assert_eq!(fields.map(|field| at(&object, field).clone()), expected, "{value}");
        assert_eq!(
            answer::notes(&object).iter().any(|note| note == "value-dropped"),
            expected.contains(&Value::Null),
            "{value}"
        );
    }
}

const SAID: &str = "[[mapping]]\nsource = \"deep.one\"\nmatch = { user = \"*\", 'more.kind' = \"audit\" }\n[mapping.fields]\n\"actor.id\" = \"user\"\n\
                    [[mapping]]\nsource = \"said.one\"\nmatch = { user = \"*\", action = \"*\" }\n[mapping.fields]\n\"actor.name\" = \"user\"\n\"action.name\" = \"action\"\n\
                    \"target.id\" = \"target\"\n\"env.service\" = \"service\"\n";

#[test]
fn what_a_program_says_through_syslog_is_mapped() {
    let mut filter = Filter::new(SAID);
    let pairs = "user=\"ann lee\" action=view target=7";
    let object = json!({ "user": "ann lee", "action": "view", "target": 7 }).to_string();
    for message in [pairs, &object, &format!("@cee: {object}")] {
        for record in [
            format!("Jan 15 11:04:10 web1 app[5]: {message}"),
            format!("<190>1 2026-01-15T11:04:10Z web1 app 5 - - {message}"),
            json!({ "log": format!("Jan 15 11:04:10 web1 app[5]: {message}") }).to_string(),
            json!({ "log": format!("Jan 15 11:04:10 web1 app[5]: {message}"), "stream": "stdout" }).to_string(),
            json!({ "message": message, "ident": "app", "host": "web1", "time": "2026-01-15T11:04:10Z" }).to_string(),
            json!({ "MESSAGE": message, "SYSLOG_IDENTIFIER": "app", "_HOSTNAME": "web1", "_PID": "5", "_SOURCE_REALTIME_TIMESTAMP": "1768475050000000" })
                .to_string(),
        ] {
            // JSON under a wrapping key is no line: it is unwrapped, and what stands beside it is not looked at.
            let is_line = !(message.starts_with('{') && record.contains("\"{"));
            let object = filter.twice(&record);
            let ours: Vec<Value> = ["source", "actor.name", "action.name", "target.id"].iter().map(|path| at(&object, path).clone()).collect();
            assert_eq!(ours, [json!("said.one"), json!("ann lee"), json!("view"), json!("7")], "{record}");
            if is_line {
                assert_eq!((at(&object, "env.host"), at(&object, "env.service")), (&json!("web1"), &json!("app")), "{record}");
                assert_eq!(at(&object, "time"), &json!("2026-01-15T11:04:10.000Z"), "{record}");
                assert_eq!(answer::notes(&object), ["no-outcome", "class-by-name"], "{record}");
            }
            assert_eq!(at(&object, "outcome"), &Value::Null, "nothing is left of the syslog: {record}");
        }
    }
}

#[test]
fn rows_come_before_the_header_and_syslog_stays_what_no_mapping_takes() {
    let mut filter = Filter::new(SAID);
    let own = filter.twice("Jan 15 11:04:10 web1 app[5]: user=ann action=view service=crm");
    assert_eq!(at(&own, "env"), &json!({ "host": "web1", "service": "crm" }));
    let several = filter
        .twice("Jan 15 11:04:10 web1 app[5]: message repeated 3 times: [ user=ann action=view]");
    assert_eq!(
        (at(&several, "source"), at(&several, "action.count")),
        (&json!("said.one"), &json!(3))
    );
    for (message, is_read) in [
        ("user=ann verb=view", true),
        ("the queue was taken up again", true),
        (r#"{"user":"ann","more":{"kind":"audit"}}"#, false),
        // Only the walk tells that it is not what the first mapping asks for.
        (r#"{"user":"ann","more":{"kind":"debug"}}"#, true),
        (r#"{"user":"ann","action":"view""#, true),
        (r#"["user","action"]"#, true),
        ("@cee: user", true),
    ] {
        let plain = Filter::new("").object("", &format!("Jan 15 11:04:10 web1 app[5]: {message}"));
        let object = filter.twice(&format!("Jan 15 11:04:10 web1 app[5]: {message}"));
        assert_eq!(
            at(&object, "source"),
            &json!(if is_read { "system.syslog" } else { "deep.one" }),
            "{message}"
        );
        for key in ["time", "actor", "action", "outcome", "env", "notes"].iter().filter(|_| is_read)
        {
            assert_eq!(at(&object, key), at(&plain, key), "{key} of {message}");
        }
    }
    // A program that a source knows is that source's.
    let sshd = filter.twice("Jan 15 11:04:10 web1 sshd[5]: user=ann action=view");
    assert_ne!(at(&sshd, "source"), &json!("said.one"));
}

/// A line that stands in as many members as the record before had values: what those rows were for says nothing of it.
#[test]
fn a_line_leaves_no_shape_of_the_record_before_it() {
    let line = |said: &str, more: usize| {
        let members: String = (0..more).map(|number| format!(",\"k{number}\":\"v\"")).collect();
        format!("{{\"message\":\"Jan 15 11:04:10 web1 app[5]: {said}\"{members}}}")
    };
    let record = r#"{"start_time":"2026-01-15T11:30:00.000Z","method":"GET","path":"/a","response_code":200,"downstream_remote_address":"203.0.113.9:51234","user":"eve","action":"put"}"#;
    for (policy, messages) in [
        ("", ["hello", "hello again"]),
        (SAID, ["hello", "hello again"]),
        (SAID, ["user=ann action=view", "user=bob action=put"]),
    ] {
        for more in 1..12 {
            let mut filter = Filter::new(policy);
            filter.object("", record);
            for said in messages {
                let object = filter.object("", &line(said, more));
                let alone = Filter::new(policy).object("", &line(said, more));
                for key in ["source", "actor", "action", "target", "origin", "outcome"] {
                    assert_eq!(
                        at(&object, key),
                        at(&alone, key),
                        "{key} of {said} with {more} more"
                    );
                }
            }
        }
    }
}

const PATHS: &[&str] = &["a", "b", "c", "d", "a.b", "b.c", "l[]", "l[].a", "c.d.a"];
const VALUES: &[&str] =
    &["1", "\"1\"", "\"x\"", "\"*\"", "true", "\"login\"", "\"2026-01-15T11:00:00Z\""];
const FIELDS: &[&str] = &[
    "actor.name",
    "actor.groups",
    "action.class",
    "action.category",
    "outcome.result",
    "actor.type",
    "target.count",
    "authz.mfa",
    "origin.ip",
    "origin.host",
    "change.after",
];
const TABLE: &str = "values = { x = VALUE, 1 = VALUE, true = VALUE }";

/// A value of the policy that fits the field.
fn fitting(field: &str) -> &'static str {
    match field {
        "action.class" => "\"login\"",
        "action.category" => "\"data\"",
        "outcome.result" => "\"denied\"",
        "actor.type" => "\"user\"",
        "target.count" => "5",
        "origin.ip" => "\"192.0.2.1\"",
        "authz.mfa" => "true",
        _ => "\"of the policy\"",
    }
}

fn policy_of_seed(rng: &mut Rng) -> String {
    let mut text = String::new();
    for number in 0..1 + rng.below(4) {
        text.push_str(&format!("[[mapping]]\nsource = \"m.{number}\"\n"));
        let first = rng.below(4);
        let conditions: Vec<String> = (first..=first + rng.below(2))
            .map(|at| format!("'{}' = {}", PATHS[at], rng.pick(VALUES)))
            .collect();
        text.push_str(&format!("match = {{ {} }}\n", conditions.join(", ")));
        if rng.below(4) == 0 {
            text.push_str("tag = \"l*\"\n");
        }
        if rng.below(2) == 0 {
            text.push_str(&format!(
                "time = {{ path = '{}', format = \"{}\" }}\n",
                rng.pick(PATHS),
                rng.pick(&["unix", "rfc3339", "%Y-%m-%dT%TZ"])
            ));
        }
        text.push_str("[mapping.fields]\n\"env.tag\" = { value = \"test\" }\n");
        for field in FIELDS {
            let (path, other, value) = (rng.pick(PATHS), rng.pick(PATHS), fitting(field));
            match rng.below(7) {
                0 | 1 => text.push_str(&format!("\"{field}\" = '{path}'\n")),
                2 => text.push_str(&format!("\"{field}\" = ['{path}', '{other}']\n")),
                3 => text.push_str(&format!(
                    "\"{field}\" = {{ path = '{path}', {}, default = {value} }}\n",
                    TABLE.replace("VALUE", value)
                )),
                4 => text.push_str(&format!(
                    "\"{field}\" = {{ path = ['{path}', '{other}'], {} }}\n",
                    TABLE.replace("VALUE", value)
                )),
                5 => text.push_str(&format!("\"{field}\" = {{ value = {value} }}\n")),
                _ => {}
            }
        }
    }
    text
}

const SCALARS: &[&str] = &[
    "1",
    "\"1\"",
    "\"x\"",
    "true",
    "null",
    "\"\"",
    "\"login\"",
    "\"LOGIN\"",
    "\"\\u0078\"",
    "1768475000",
    "\"2026-01-15T11:00:00Z\"",
    "1e400",
    "\"é\"",
    "-0.5",
    "\"192.0.2.7:5000\"",
    "\"host.example, [2001:db8::1]:5000\"",
    "\"host.example\"",
];
const CONTAINERS: &[&str] = &[
    "{}",
    "[]",
    "[{\"a\":V},{\"a\":V}]",
    "{\"b\":V}",
    "{\"c\":V,\"d\":{\"a\":V}}",
    "{\"d\":{\"a\":V},\"a\":V}",
    "[null,V]",
];

fn record_of_seed(rng: &mut Rng) -> String {
    let mut members = Vec::new();
    for key in ["a", "b", "c", "d", "l", "x"] {
        // Mostly of the same few, so that shapes come again.
        let mut value = match rng.below(8) {
            0 => CONTAINERS[rng.below(CONTAINERS.len())].to_owned(),
            1..4 => SCALARS[rng.below(SCALARS.len())].to_owned(),
            4 => continue,
            _ => (if key == "l" { CONTAINERS[2] } else { SCALARS[rng.below(3)] }).to_owned(),
        };
        while value.contains('V') {
            value = value.replacen('V', SCALARS[rng.below(SCALARS.len())], 1);
        }
        members.push(format!("\"{key}\":{value}"));
        if rng.below(40) == 0 {
            members.push(format!("\"{key}\":{}", rng.pick(SCALARS)));
        }
    }
    format!("{{{}}}", members.join(","))
}

/// A filter that knows few sources and no rules is soon made.
const FEW: &str = "[input]\nsources = [\"aws.cloudtrail\", \"http.access\", \"system.auth\", \"system.syslog\"]\n[detector.rules]\nenabled = false\n";

/// Cached layouts are a matter of speed for mappings too, and no policy nor record does harm.
#[test]
fn a_mapped_record_means_the_same_with_and_without_shapes() {
    let mut rng = Rng::new(20_260_118);
    let mut mapped = 0;
    for round in 0..16 {
        let sources = if round == 0 { "" } else { FEW };
        let text = format!("[budget]\nmemory = \"256 KiB\"\n{sources}{}", policy_of_seed(&mut rng));
        let mut learned = Filter::new(&text);
        for _ in 0..30 {
            let (record, tag) = (record_of_seed(&mut rng), *rng.pick(&[&"law", &"other"]));
            let line = format!("Jan 15 11:30:00 web1 a[1]: {record}");
            let record = match rng.below(12) {
                0 => line,
                1 => json!({ "log": line }).to_string(),
                2 => json!({ "log": line, "d": "1", "x": "2" }).to_string(),
                _ => record,
            };
            let with = learned.bytes(tag, record.as_bytes());
            let again = learned.bytes(tag, record.as_bytes());
            let without = Filter::new(&text).bytes(tag, record.as_bytes());
            let object = answer::object(&without, 63).unwrap_or_else(|why| {
                panic!("{why:#}\n{}\n{record}\n{text}", String::from_utf8_lossy(&without))
            });
            mapped +=
                usize::from(object.get("source").is_some_and(|source| source != "aws.cloudtrail"));
            answer::carries(record.as_bytes(), &object, None)
                .unwrap_or_else(|why| panic!("{why:#} {record}"));
            let meant = |bytes: &[u8]| {
                let mut object = answer::object(bytes, 63).unwrap();
                // What was seen before is not what the record means.
                let notes: Vec<String> = answer::notes(&object)
                    .into_iter()
                    .filter(|note| !["repeated", "late"].contains(&note.as_str()))
                    .collect();
                for key in ["anomaly", "audit_severity", "audit_message"] {
                    object.remove(key);
                }
                object.insert("notes".into(), json!(notes));
                object.remove("module");
                object
            };
            assert_eq!(meant(&with), meant(&without), "{record}\n{text}");
            assert_eq!(meant(&again), meant(&without), "again: {record}\n{text}");
        }
    }
    assert!(mapped > 60, "{mapped} of 480 records were mapped");
}
