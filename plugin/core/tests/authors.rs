//! Who may write events of which source: what an application's container prints is the application's, whatever it looks like.

use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    /// By policy.
    static ENGINES: RefCell<BTreeMap<String, Engine>> = RefCell::default();
}

/// Events of sources whose writers are known, each with a container that writes them and one of its images.
const EVENTS: &[(&str, &str, &str, &str)] = &[
    (
        "windows.security",
        "winlogbeat",
        "example/winlogbeat:8",
        r#"{"EventID":4625,"Channel":"Security","Hostname":"DC1","TimeCreated":"2026-01-15T11:30:00.000Z","Provider":"Microsoft-Windows-Security-Auditing","TargetUserName":"bob","IpAddress":"192.0.2.77","LogonType":3,"Status":"0xc000006d"}"#,
    ),
    (
        "vault.audit",
        "vault",
        "registry.example/vault:1.17",
        r#"{"time":"2026-01-15T11:30:00Z","type":"response","auth":{"display_name":"bob","token_type":"service"},"request":{"id":"r1","operation":"update","path":"auth/userpass/login/bob","remote_address":"192.0.2.77"},"error":"invalid username or password"}"#,
    ),
    (
        "kubernetes.audit",
        "kube-apiserver",
        "registry.example:5000/kube-apiserver:v1.34",
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a1","stage":"ResponseComplete","requestURI":"/api/v1/secrets","verb":"list","user":{"username":"bob"},"sourceIPs":["192.0.2.77"],"objectRef":{"resource":"secrets"},"responseStatus":{"code":403},"stageTimestamp":"2026-01-15T11:30:00.000000Z"}"#,
    ),
    (
        "ecs",
        "filebeat",
        "example/filebeat:8",
        r#"{"@timestamp":"2026-01-15T11:30:00.000Z","ecs":{"version":"8.11.0"},"event":{"category":["authentication"],"action":"logon","outcome":"failure"},"user":{"name":"bob"},"source":{"ip":"192.0.2.77"}}"#,
    ),
    (
        "ocsf",
        "ocsf-writer",
        "example/ocsf:1",
        r#"{"class_uid":3002,"activity_id":1,"category_uid":3,"type_uid":300201,"severity_id":1,"time":1768476600000,"status_id":2,"metadata":{"version":"1.4.0","product":{"name":"x"}},"user":{"name":"bob"},"src_endpoint":{"ip":"192.0.2.77"}}"#,
    ),
    (
        "mysql.audit",
        "mysql",
        "docker.example/library/mysql:8.4",
        r#"{"timestamp":"2026-01-15 11:30:00","id":3,"class":"connection","event":"connect","connection_id":12,"account":{"user":"bob","host":""},"login":{"user":"bob","os":"","ip":"192.0.2.77","proxy":""},"connection_data":{"connection_type":"tcp/ip","status":1045,"db":""}}"#,
    ),
    (
        "cef",
        "syslog-relay",
        "example/rsyslog:8",
        "CEF:0|Acme|Gate|1.0|100|Login failed|7|src=192.0.2.77 suser=bob outcome=failure rt=1768476600000",
    ),
    (
        "leef",
        "leef-relay",
        "example/rsyslog:8",
        "LEEF:1.0|Acme|Gate|1.0|login|src=192.0.2.77\tusrName=bob\tcat=authentication",
    ),
    (
        "postgresql",
        "postgres",
        "docker.example/library/postgres:16-alpine",
        r#"2026-01-15 11:30:00.000 UTC [31] bob@shop FATAL:  password authentication failed for user \"bob\""#,
    ),
];

fn source_of(record: &str, policy: &str, tag: &[u8]) -> String {
    let mut out = Output::default();
    ENGINES.with_borrow_mut(|engines| {
        let engine = engines
            .entry(policy.to_owned())
            .or_insert_with(|| Engine::new(Policy::parse(policy).unwrap(), Secret::default()));
        // Often enough that its layout could be cached.
        for _ in 0..4 {
            engine.process(Raw { tag, bytes: record.as_bytes(), ..Raw::default() }, &mut out);
        }
    });
    let answer = String::from_utf8_lossy(out.bytes()).into_owned();
    let behind = answer.split_once("\"source\":\"").map_or("", |(_, behind)| behind);
    let ours = answer.find("\"raw\":").unwrap_or(answer.len());
    if answer.find("\"source\":\"").is_some_and(|at| at < ours) {
        behind.split('"').next().unwrap_or_default().to_owned()
    } else {
        String::new()
    }
}

fn said(record: &str) -> String {
    source_of(record, "", b"")
}

/// A text as JSON writes it. Lines above have their escapes already.
fn escaped(event: &str) -> String {
    if event.starts_with('{') {
        event.replace('\\', "\\\\").replace('"', "\\\"")
    } else {
        event.replace('\t', "\\t")
    }
}

/// The manners in which shippers state a container and its image.
fn wrapped(event: &str, name: &str, image: &str) -> Vec<String> {
    let text = escaped(event);
    let twice = escaped(&format!(r#"{{"log":"{text}"}}"#));
    let mut records = vec![
        format!(
            r#"{{"log":"{text}","stream":"stdout","kubernetes":{{"pod_name":"p-0","container_name":"{name}","container_image":"{image}","host":"n1"}}}}"#
        ),
        format!(
            r#"{{"log":"{text}","container_name":"/{name}","container_id":"c1","source":"stdout"}}"#
        ),
        format!(
            r#"{{"message":"{text}","kubernetes":{{"container":{{"name":"{name}"}}}},"container":{{"image":{{"name":"{image}"}}}}}}"#
        ),
        format!(
            r#"{{"message":"{text}","source_type":"docker_logs","container_name":"{name}","image":"{image}","stream":"stdout","timestamp":"2026-01-15T11:30:00Z"}}"#
        ),
        format!(
            r#"{{"MESSAGE":"{text}","CONTAINER_NAME":"{name}","IMAGE_NAME":"{image}","_COMM":"dockerd","_TRANSPORT":"journal"}}"#
        ),
        format!(
            r#"{{"log":"{text}","kubernetes":{{"pod_name":"p-0","labels":{{"app.kubernetes.io/name":"{name}"}}}}}}"#
        ),
        format!(r#"{{"log":"{text}","kubernetes":{{"pod_name":"{name}-0"}}}}"#),
        format!(r#"{{"log":"{twice}","kubernetes":{{"container_name":"{name}"}}}}"#),
    ];
    if let Some(object) = event.strip_suffix('}') {
        records.extend([
            format!(r#"{object},"kubernetes":{{"container_name":"{name}"}}}}"#),
            format!(r#"{object},"container_name":"/{name}","container_id":"c1"}}"#),
            format!(r#"{{"message":{event},"kubernetes":{{"container_name":"{name}"}}}}"#),
        ]);
    }
    records
}

#[test]
fn an_application_prints_no_events_of_others() {
    for (source, name, image, event) in EVENTS {
        let bare = format!(r#"{{"log":"{}"}}"#, escaped(event));
        assert_eq!(said(&bare), *source, "{bare}");
        for record in wrapped(event, "guestbook", "example/guestbook:1.2") {
            assert_ne!(said(&record), *source, "{record}");
            assert_eq!(
                source_of(&record, "[input]\ntrust = \"old.*\"\n", b"old.guestbook"),
                *source,
                "{record}"
            );
        }
        // Text may say anything of where it is from.
        let inner =
            format!(r#"{{"log":"{}","kubernetes":{{"container_name":"{name}"}}}}"#, escaped(event));
        let record = format!(r#"{{"log":"{}","container_name":"guestbook"}}"#, escaped(&inner));
        assert_ne!(said(&record), *source, "{record}");
        for record in wrapped(event, name, image) {
            assert_eq!(said(&record), *source, "{record}");
        }
    }
}

#[test]
fn an_image_or_a_label_says_what_a_container_is() {
    for (source, _, image, event) in EVENTS {
        let text = escaped(event);
        let word = image.rsplit('/').next().unwrap().split(':').next().unwrap();
        for (stated, is_theirs) in [
            (format!(r#""container_name":"app","container_image":"{image}""#), true),
            (format!(r#""container_name":"app","labels":{{"app":"{word}"}}"#), true),
            (format!(r#""container_name":"app","container_image":"{word}/app:1""#), false),
            (format!(r#""container_name":"app","container_image":"registry/app:{word}""#), false),
            (
                r#""container_name":"app","labels":{"tier":"vault-postgres-mysql"}"#.to_owned(),
                false,
            ),
        ] {
            let record = format!(r#"{{"log":"{text}","kubernetes":{{{stated}}}}}"#);
            assert_eq!(said(&record) == *source, is_theirs, "{record}");
        }
    }
}

/// The paths and tags of a container's log, as Kubernetes and Fluent Bit call them.
fn places(name: &str) -> [String; 4] {
    let id = "0123456789abcdef".repeat(4);
    [
        format!("kube.var.log.containers.app-7d9f.x-0_default_{name}-{id}.log"),
        format!("kube.var.log.pods.default_app-7d9f_11-22.{name}.0.log"),
        format!("/var/log/containers/app-0_default_{name}-{id}.log"),
        format!("/var/log/pods/default_app-0_11-22/{name}/12.log"),
    ]
}

#[test]
fn the_tag_or_the_path_of_a_containers_log_says_what_it_is() {
    for (source, name, _, event) in EVENTS {
        let text = escaped(event);
        for who in [*name, "guestbook"] {
            for place in places(who) {
                let records = if place.starts_with('/') {
                    [
                        format!(r#"{{"log":"{text}","stream":"stdout","file":"{place}"}}"#),
                        format!(
                            r#"{{"message":"{text}","stream":"stdout","log":{{"file":{{"path":"{place}"}}}}}}"#
                        ),
                    ]
                } else {
                    [
                        format!(r#"{{"log":"{text}"}}"#),
                        format!(r#"{{"log":"{text}","stream":"stdout","logtag":"F"}}"#),
                    ]
                };
                let tag = if place.starts_with('/') { "tail.0" } else { place.as_str() };
                for record in records {
                    assert_eq!(
                        source_of(&record, "", tag.as_bytes()) == *source,
                        who == *name,
                        "{tag} {record}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_tag_with_the_name_of_a_container_is_no_operators_word() {
    let record = r#"{"log":"Failed password for root from 192.0.2.77 port 4711 ssh2"}"#;
    for (name, is_theirs) in
        [("guestbook", false), ("auth-service", false), ("ssh-keys", true), ("sshd", true)]
    {
        for place in places(name).iter().filter(|place| place.starts_with("kube")) {
            let said = source_of(record, "", place.as_bytes());
            assert_eq!(said == "system.auth", is_theirs, "{place}: {said}");
        }
    }
    assert_eq!(source_of(record, "", b"host.auth"), "system.auth");
}

/// Records of a cloud's collector and of an application, by the shippers that name either elsewhere than a container's metadata.
#[test]
fn whoever_a_shipper_names_wrote_the_event() {
    let event = r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"bob"},"eventTime":"2026-01-15T11:30:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"r","sourceIPAddress":"192.0.2.77","responseElements":{"ConsoleLogin":"Failure"},"eventID":"e"}"#;
    let text = escaped(event);
    let line = "Failed password for root from 192.0.2.77 port 4711 ssh2";
    for name in ["cloudtrail", "guestbook"] {
        for beside in [
            format!(
                r#""resource":{{"type":"k8s_container","labels":{{"container_name":"{name}"}}}},"insertId":"i","logName":"l""#
            ),
            format!(r#""resource":{{"k8s.container.name":"{name}"}}"#),
            format!(r#""attributes":{{"k8s.container.name":"{name}"}},"severity_text":"INFO""#),
            format!(r#""service":{{"name":"{name}"}},"agent":{{"type":"filebeat"}}"#),
            format!(r#""labels":{{"app":"{name}"}}"#),
        ] {
            let record = format!(r#"{{"message":"{text}",{beside}}}"#);
            let said = said(&record);
            // Beside keys of an unknown shipper no text is believed, whoever wrote it.
            assert!(name == "cloudtrail" || said != "aws.cloudtrail", "{record}");
            if !record.contains("resource") && !record.contains("attributes") {
                assert_eq!(said == "aws.cloudtrail", name == "cloudtrail", "{record}");
            }
            let record =
                format!(r#"{{"message":"{line}",{}}}"#, beside.replace("cloudtrail", "sshd"));
            assert_ne!(self::said(&record), "system.auth", "{record}");
        }
        for (journal, is_theirs) in [
            (format!(r#""_SYSTEMD_UNIT":"{name}.service","_COMM":"node""#), name == "cloudtrail"),
            (format!(r#""_SYSTEMD_UNIT":"{name}@1.service""#), name == "cloudtrail"),
            (
                format!(
                    r#""_SYSTEMD_UNIT":"{name}.service","_COMM":"node","SYSLOG_IDENTIFIER":"cloudtrail""#
                ),
                name == "cloudtrail",
            ),
            (
                format!(
                    r#""_SYSTEMD_UNIT":"cron.service","_COMM":"logger","SYSLOG_IDENTIFIER":"{name}""#
                ),
                name == "cloudtrail",
            ),
            (
                format!(
                    r#""_SYSTEMD_UNIT":"session-4.scope","_COMM":"{name}","SYSLOG_IDENTIFIER":"{name}""#
                ),
                name == "cloudtrail",
            ),
            // In a person's session a process may call itself anything.
            (
                r#""_SYSTEMD_UNIT":"session-4.scope","_COMM":"python3","SYSLOG_IDENTIFIER":"cloudtrail""#.to_owned(),
                false,
            ),
            (
                r#""_SYSTEMD_UNIT":"session-4.scope","_COMM":"logger","SYSLOG_IDENTIFIER":"cloudtrail""#.to_owned(),
                false,
            ),
        ] {
            for record in [
                format!(r#"{{"MESSAGE":"{text}",{journal}}}"#),
                format!("{},{journal}}}", event.strip_suffix('}').unwrap()),
            ] {
                assert_eq!(said(&record) == "aws.cloudtrail", is_theirs, "{record}");
            }
        }
    }
}

#[test]
fn programs_that_a_shipper_names_write_their_own_events_alone() {
    for (source, name, _, event) in EVENTS {
        let text = escaped(event);
        let record =
            |program: &str| format!(r#"{{"message":"{text}","ident":"{program}","host":"h"}}"#);
        assert_eq!(said(&record(name)), *source, "{name}");
        if ["vault.audit", "kubernetes.audit", "mysql.audit"].contains(source) {
            assert_ne!(said(&record("guestbook")), *source, "{source}");
        }
    }
}

/// Lines with a header of their own, as the daemon of syslog writes them, and a relay.
const HEADED: &[&str] = &[
    "Jan 15 11:30:05 web1 sshd[9]: Failed password for root from 192.0.2.77 port 22 ssh2",
    "Jan 15 11:30:05 web1 sshd[9]: message repeated 65535 times: [ Failed password for root from 192.0.2.77 port 22 ssh2]",
    "Jan 15 11:30:05 web1 sshd[9]: Accepted password for root from 192.0.2.77 port 22 ssh2",
    "<38>Jan 15 11:30:05 web1 sshd[9]: Failed password for root from 192.0.2.77 port 22 ssh2",
    "<38>1 2026-01-15T11:30:05Z web1 sshd 9 - - Failed password for root from 192.0.2.77 port 22 ssh2",
    "2026-01-15T11:30:05.123456+00:00 web1 sshd[9]: Failed password for root from 192.0.2.77 port 22 ssh2",
    "sshd[9]: Failed password for root from 192.0.2.77 port 22 ssh2",
    "Jan 15 11:30:05 web1 sudo:    bob : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
    "Jan 15 11:30:05 mx dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=192.0.2.77, lip=10.0.0.1",
    "2026-01-15T11:30:05Z stdout F Jan 15 11:30:05 web1 sshd[9]: Failed password for root from 192.0.2.77 port 22 ssh2",
];

/// Records of a line that a shipper names the writer of.
fn named(line: &str, name: &str) -> Vec<String> {
    let beside = [
        format!(
            r#""SYSLOG_IDENTIFIER":"{name}","_COMM":"node","_SYSTEMD_UNIT":"{name}.service","_TRANSPORT":"stdout""#
        ),
        format!(r#""SYSLOG_IDENTIFIER":"{name}""#),
        format!(r#""ident":"{name}","host":"web1","pid":"7""#),
        format!(r#""program":"{name}","logsource":"web1""#),
        format!(r#""appname":"{name}""#),
        format!(r#""programname":"{name}","syslogtag":"{name}:""#),
        format!(r#""process":{{"name":"{name}"}}"#),
        format!(r#""syslog":{{"appname":"{name}"}}"#),
        format!(r#""log":{{"syslog":{{"appname":"{name}"}}}}"#),
        format!(r#""ddsource":"{name}","hostname":"web1""#),
        format!(r#""service":"{name}","agent":{{"type":"x"}}"#),
        format!(r#""service":{{"name":"{name}"}},"agent":{{"type":"filebeat"}}"#),
        format!(r#""labels":{{"app":"{name}"}}"#),
        format!(
            r#""resource":{{"type":"k8s_container","labels":{{"container_name":"{name}"}}}},"insertId":"i","logName":"l""#
        ),
    ];
    let mut records = Vec::new();
    for beside in beside {
        let key = if beside.contains("SYSLOG") { "MESSAGE" } else { "message" };
        records.push(format!(r#"{{"{key}":"{line}",{beside}}}"#));
    }
    records.push(format!(
        r#"{{"MESSAGE":"{line}","SYSLOG_IDENTIFIER":"abc123","_COMM":"dockerd","CONTAINER_NAME":"{name}","CONTAINER_ID":"abc123"}}"#
    ));
    records.push(format!(r#"{{"Body":"{line}","Resource":{{"service.name":"{name}"}}}}"#));
    records
}

#[test]
fn an_application_does_not_write_the_header_of_another_program() {
    for line in HEADED {
        assert_eq!(said(&format!(r#"{{"message":"{line}"}}"#)), "system.auth", "{line}");
        for record in named(line, "guestbook") {
            assert_ne!(said(&record), "system.auth", "{record}");
        }
        // Fluent Bit puts what an application prints beside its container.
        let merged = format!(
            r#"{{"message":"{line}","ident":"sshd","kubernetes":{{"container_name":"guestbook"}}}}"#
        );
        assert_ne!(said(&merged), "system.auth", "{merged}");
    }
    let alone = "Failed password for root from 192.0.2.77 port 22 ssh2";
    let merged = format!(r#"{{"message":"{alone}","ident":"sshd","stream":"stdout"}}"#);
    assert_eq!(said(&merged), "system.auth");
    for place in places("guestbook").iter().filter(|place| place.starts_with("kube")) {
        assert_ne!(source_of(&merged, "", place.as_bytes()), "system.auth", "{place}");
    }
}

#[test]
fn who_passes_lines_on_leaves_them_their_header() {
    for line in HEADED {
        for name in ["rsyslogd", "syslog-ng", "fluentd", "log-relay", "vector", "syslog"] {
            for record in named(line, name) {
                let is_container = record.contains("CONTAINER_NAME") && !name.contains("syslog");
                // Of a container only one that syslog writes to passes on what syslog gets.
                assert!(is_container || said(&record) == "system.auth", "{record}");
            }
        }
        // Nobody is named, the program itself, or a machine; a policy trusts the tag.
        let program = ["sshd", "sudo", "dovecot"].iter().find(|name| line.contains(*name)).unwrap();
        for record in [
            format!(r#"{{"message":"{line}","host":"web1","file":"/var/log/app.log"}}"#),
            format!(
                r#"{{"message":"{line}","log":{{"file":{{"path":"/var/log/auth.log"}}}},"agent":{{"type":"filebeat"}}}}"#
            ),
            format!(
                r#"{{"message":"{line}","labels":{{"app":"edge"}},"file":"/var/log/secure-20260115"}}"#
            ),
            format!(r#"{{"message":"{line}","ident":"{program}","host":"web1"}}"#),
            format!(r#"{{"message":"{line}","labels":{{"app":"linux"}}}}"#),
            format!(r#"{{"message":"{line}","ident":"secure"}}"#),
        ] {
            assert_eq!(said(&record), "system.auth", "{record}");
        }
        for record in named(line, "guestbook") {
            let trusted = "[input]\ntrust = \"old.*\"\n";
            assert_eq!(source_of(&record, trusted, b"old.x"), "system.auth", "{record}");
        }
    }
    // A device's header is no program's, and may stand behind any name.
    let device = r#"{"message":"Jan 15 11:30:05 fw1 %ASA-6-113015: AAA user authentication Rejected : reason = Invalid password : local database : user = bob : user IP = 192.0.2.77","ident":"fw1"}"#;
    assert_eq!(said(device), "cisco.asa");
}

/// A policy's own mapping reads what its owner's applications print, unless it says who writes its events.
#[test]
fn a_mapping_binds_its_events_where_it_says_so() {
    let mapping = "[[mapping]]\nsource = \"acme.shop\"\nmatch = { app = \"shop\" }\nMORE[mapping.fields]\n\"action.name\" = \"verb\"\n";
    let record = |name: &str| {
        format!(
            r#"{{"log":"{{\"app\":\"shop\",\"verb\":\"buy\"}}","kubernetes":{{"container_name":"{name}"}}}}"#
        )
    };
    for (more, name, source) in [
        ("", "guestbook", "acme.shop"),
        ("writers = \"shop\"\n", "guestbook", ""),
        ("writers = \"shop\"\n", "shop-2", "acme.shop"),
        ("writers = \"shop\"\n", "workshop", ""),
        ("remote = true\n", "guestbook", ""),
        ("remote = true\n", "acme-reader", "acme.shop"),
    ] {
        let policy = mapping.replace("MORE", more);
        assert_eq!(source_of(&record(name), &policy, b""), source, "{more} {name}");
    }
}
