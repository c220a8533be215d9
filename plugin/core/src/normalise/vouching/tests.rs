//! Text that an application prints is its own, whatever it looks like and however it comes; those whose text it is are believed in the same wrappings.

use crate::source::testing;

/// A text, the source that it is of, and a name of a program or container that writes or collects such.
struct Text {
    source: &'static str,
    text: &'static str,
    writer: &'static str,
}

const TEXTS: &[Text] = &[
    Text {
        source: "aws.cloudtrail",
        text: r#"{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","userName":"bob"},"eventTime":"2026-01-15T11:30:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.77","responseElements":{"ConsoleLogin":"Failure"},"eventID":"e1"}"#,
        writer: "cloudtrail-forwarder",
    },
    Text {
        source: "kubernetes.audit",
        text: r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a1","stage":"ResponseComplete","requestURI":"/api/v1/secrets","verb":"list","user":{"username":"bob"},"sourceIPs":["192.0.2.77"],"responseStatus":{"code":403}}"#,
        writer: "kube-apiserver",
    },
    Text {
        source: "suricata.eve",
        text: r#"{"timestamp":"2026-01-15T11:30:00.000000+0000","flow_id":1,"event_type":"alert","src_ip":"192.0.2.77","src_port":1,"dest_ip":"10.0.0.1","dest_port":22,"proto":"TCP","alert":{"action":"blocked","signature_id":1,"signature":"scan","severity":1}}"#,
        writer: "suricata",
    },
    Text {
        source: "ecs",
        text: r#"{"@timestamp":"2026-01-15T11:30:00Z","ecs":{"version":"8.0.0"},"event":{"action":"user-login","category":["authentication"],"outcome":"failure"},"user":{"name":"bob"},"source":{"ip":"192.0.2.77"}}"#,
        writer: "filebeat",
    },
    Text {
        source: "cisco.asa",
        text: "%ASA-6-113015: AAA user authentication Rejected : reason = Invalid password : local database : user = bob : user IP = 192.0.2.77",
        writer: "cisco-asa",
    },
    Text {
        source: "cef",
        text: "CEF:0|Acme|Gate|1.0|100|login failed|5|src=192.0.2.77 suser=bob act=login outcome=failure",
        writer: "syslog-ng",
    },
    Text {
        source: "windows.security",
        text: r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4625</EventID><TimeCreated SystemTime="2026-01-15T11:30:00.000Z"/><EventRecordID>7</EventRecordID><Channel>Security</Channel><Computer>dc1</Computer></System><EventData><Data Name="TargetUserName">bob</Data><Data Name="IpAddress">192.0.2.77</Data></EventData></Event>"#,
        writer: "winlogbeat",
    },
    Text {
        source: "postgresql",
        text: r#"2026-01-15 11:30:00.000 UTC [77] bob@shop FATAL:  password authentication failed for user "bob""#,
        writer: "postgres",
    },
    Text {
        source: "mysql.error",
        text: "2026-01-15T11:30:00.000000Z 8 [Note] Access denied for user 'bob'@'192.0.2.77' (using password: YES)",
        writer: "mysqld",
    },
];

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// Each wrapping with this text, whose author it calls so.
fn wrapped(text: &str, name: &str) -> Vec<String> {
    let line = quoted(text);
    // Groups of CloudWatch Logs: a subscription, an element of it, and answers of its interfaces.
    let mut groups: Vec<String> = ["/aws/lambda/", "/ecs/", "/aws/ecs/", "/aws/codebuild/"]
        .iter()
        .map(|group| format!("{group}{name}"))
        .collect();
    groups.push(format!("/aws/apprunner/{name}/0123/application"));
    groups.push(format!("/aws/elasticbeanstalk/{name}/var/log/web.stdout.log"));
    let (mut all, id) = (Vec::new(), "3".repeat(56));
    for group in groups {
        all.push(format!(r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"{group}","logStream":"s","subscriptionFilters":["f"],"logEvents":[{{"id":"{id}","timestamp":1768476600000,"message":{line}}}]}}"#));
        all.push(format!(r#"{{"message":{line},"logGroup":"{group}","logStream":"s"}}"#));
        all.push(format!(
            r#"{{"message":{line},"log_group":"{}","log_stream":"s"}}"#,
            group.replace('/', r"\/")
        ));
        all.push(format!(
            r#"{{"@message":{line},"@log":"111122223333:{group}","@logStream":"s"}}"#
        ));
        all.push(format!(r#"{{"@timestamp":"2026-01-15T11:30:00Z","message":{line},"agent":{{"type":"filebeat"}},"awscloudwatch":{{"log_group":"{group}","log_stream":"s"}}}}"#));
    }
    // OpenTelemetry: attributes as a list, as an object, flat and in one another.
    for key in
        ["service.name", "k8s.container.name", "container.name", "k8s.deployment.name", "faas.name"]
    {
        let listed = format!(
            r#"{{"attributes":[{{"key":"host.name","value":{{"stringValue":"web1"}}}},{{"key":"{key}","value":{{"stringValue":"{name}"}}}}]}}"#
        );
        all.push(format!(r#"{{"timeUnixNano":"1768476600000000000","body":{{"stringValue":{line}}},"resource":{listed}}}"#));
        let nested = key
            .split('.')
            .rev()
            .fold(format!("\"{name}\""), |inner, key| format!(r#"{{"{key}":{inner}}}"#));
        for attributes in [format!(r#"{{"{key}":"{name}"}}"#), nested] {
            all.push(format!(
                r#"{{"Timestamp":"2026-01-15T11:30:00Z","Body":{line},"Resource":{attributes}}}"#
            ));
            all.push(format!(r#"{{"timestamp":"2026-01-15T11:30:00Z","body":{line},"attributes":{{"log.iostream":"stdout"}},"resource":{{"attributes":{attributes}}}}}"#));
            all.push(format!(r#"{{"timestamp":"2026-01-15T11:30:00Z","message":{line},"resources":{attributes},"source_type":"opentelemetry"}}"#));
        }
    }
    // Programs and applications, by the journal, syslog's header, Graylog, Datadog, Elastic, Docker, Loki and Google.
    all.extend([
        format!(r#"{{"MESSAGE":{line},"SYSLOG_IDENTIFIER":"{name}","_COMM":"{name}","_SYSTEMD_UNIT":"{name}.service"}}"#),
        format!(r#"{{"MESSAGE":{line},"_COMM":"{name}","_PID":"7"}}"#),
        format!(r#"{{"MESSAGE":{line},"_EXE":"/usr/bin/{name}","_PID":"7"}}"#),
        format!(r#"{{"MESSAGE":{line},"_SYSTEMD_UNIT":"{name}.service"}}"#),
        format!(r#"{{"version":"1.1","host":"web1","short_message":{line},"timestamp":1768476600,"_app":"{name}"}}"#),
        format!(r#"{{"message":{line},"programname":"{name}","hostname":"web1"}}"#),
        format!(r#"{{"message":{line},"ident":"{name}","host":"web1","pid":"7"}}"#),
        format!(r#"{{"message":{line},"service":"{name}","hostname":"web1","ddtags":"env:prod"}}"#),
        format!(r#"{{"message":{line},"ddsource":"{name}","hostname":"web1"}}"#),
        format!(r#"{{"@timestamp":"2026-01-15T11:30:00Z","message":{line},"agent":{{"type":"filebeat"}},"process":{{"name":"{name}"}}}}"#),
        format!(r#"{{"@timestamp":"2026-01-15T11:30:00Z","message":{line},"agent":{{"type":"filebeat"}},"service":{{"name":"{name}"}}}}"#),
        format!(r#"{{"log":{line},"stream":"stdout","attrs":{{"tag":"{name}"}}}}"#),
        format!(r#"{{"log":{line},"stream":"stdout","attrs":{{"com.docker.compose.service":"{name}"}}}}"#),
        format!(r#"{{"log":{line},"source":"stdout","ecs_task_definition":"{name}:1","ecs_cluster":"c"}}"#),
        format!(r#"{{"line":{line},"labels":{{"service_name":"{name}"}}}}"#),
        format!(r#"{{"line":{line},"labels":{{"job":"shop/{name}"}}}}"#),
        format!(r#"{{"textPayload":{line},"resource":{{"type":"k8s_container","labels":{{"container_name":"{name}"}}}},"logName":"projects/p/logs/stdout"}}"#),
        format!(r#"{{"log":{line},"stream":"stdout","tailed_path":"/var/log/containers/{name}-1_d_{name}-0123456789ab.log"}}"#),
    ]);
    for header in [
        format!("Jan 15 11:30:00 web1 {name}[7]: "),
        format!("<14>1 2026-01-15T11:30:00Z web1 {name} 7 - - "),
        format!("<40>1 2026-01-15T11:30:00+00:00 host {name} web.1 - "),
    ] {
        all.push(format!("{{\"log\":{}}}", quoted(&format!("{header}{text}"))));
        all.push(format!("{header}{text}"));
    }
    all
}

#[test]
fn text_of_an_application_is_of_no_other_source() {
    for Text { source, text, .. } in TEXTS {
        for record in wrapped(text, "guestbook") {
            let said = testing::said(&record);
            assert!(
                !said.starts_with(source) && !said.contains(" ip=192.0.2.77"),
                "{record}: {said}"
            );
        }
    }
}

#[test]
fn text_of_those_who_write_or_collect_it_is_believed() {
    for Text { source, text, writer } in TEXTS {
        for record in wrapped(text, writer) {
            let said = testing::said(&record);
            assert!(said.starts_with(source), "{record}: {said}");
        }
    }
}

/// The header of a line is its author's, too.
#[test]
fn a_line_with_a_header_is_of_the_program_only_where_no_application_wrote_it() {
    let line =
        "Jan 15 11:30:00 web1 sshd[7]: Failed password for root from 192.0.2.77 port 22 ssh2";
    for record in wrapped(line, "guestbook") {
        let said = testing::said(&record);
        assert!(
            !said.starts_with("system.auth") && !said.contains(" ip=192.0.2.77"),
            "{record}: {said}"
        );
    }
}

/// Groups, programs and attributes that are no application's.
#[test]
fn services_devices_and_machines_are_believed() {
    let [trail, audit, .., postgres, mysql] = TEXTS else { return };
    let ssh = "Jan 15 11:30:00 web1 sshd[7]: Failed password for root from 192.0.2.77 port 22 ssh2";
    for (group, source, text) in [
        ("/aws/cloudtrail/org", trail.source, trail.text),
        ("aws-cloudtrail-logs-111122223333", trail.source, trail.text),
        ("CloudTrail/DefaultLogGroup", trail.source, trail.text),
        ("/aws/eks/prod/cluster", audit.source, audit.text),
        ("/acme/prod/audit", audit.source, audit.text),
        ("/aws/rds/instance/db1/postgresql", postgres.source, postgres.text),
        ("/aws/rds/cluster/db1/error", mysql.source, mysql.text),
        ("/var/log/secure", "system.auth", ssh),
        ("acme-hosts", "system.auth", ssh),
        ("/aws/containerinsights/prod/host", "system.auth", ssh),
        ("/aws/elasticbeanstalk/shop/var/log/messages", "system.auth", ssh),
    ] {
        let line = quoted(text);
        for record in [
            format!(r#"{{"message":{line},"logGroup":"{group}","logStream":"s"}}"#),
            format!(r#"{{"@message":{line},"@log":"111122223333:{group}","@logStream":"s"}}"#),
        ] {
            let said = testing::said(&record);
            assert!(said.starts_with(source), "{record}: {said}");
        }
    }
    let asa = "%ASA-6-113015: AAA user authentication Rejected : reason = Invalid password : local database : user = bob : user IP = 192.0.2.77";
    for header in [
        "<166>Jan 15 11:30:00 fw1 : ",
        "<166>Jan 15 11:30:00 fw1 ",
        "Jan 15 11:30:00 fw1: ",
        "Jan 15 11:30:00 fw1 CiscoASA[999]: ",
        "<166>1 2026-01-15T11:30:00Z fw1 - - - - ",
        "",
    ] {
        let line = quoted(&format!("{header}{asa}"));
        for record in [
            format!(r#"{{"log":{line}}}"#),
            format!(r#"{{"message":{line},"source_type":"socket","host":"192.0.2.1","port":514}}"#),
            format!(r#"{{"message":{line},"ddsource":"syslog","service":"firewall"}}"#),
        ] {
            let said = testing::said(&record);
            assert!(said.starts_with("cisco.asa"), "{record}: {said}");
        }
    }
}

/// Devices have no programs, and ids say nothing.
#[test]
fn names_of_devices_and_ids_are_no_applications() {
    let Some(asa) = TEXTS.iter().find(|text| text.source == "cisco.asa") else { return };
    let line = quoted(asa.text);
    for name in ["FW-01", "fw1", "firewall", "3f4e5d6c7b8a", "%ASA-6-113015"] {
        let record = format!(r#"{{"message":{line},"programname":"{name}","hostname":"fw1"}}"#);
        let said = testing::said(&record);
        assert!(said.starts_with("cisco.asa"), "{record}: {said}");
    }
}

/// All containers of a cluster write into one group, and Fluent Bit names each within.
#[test]
fn a_container_within_a_clusters_group_counts() {
    let line =
        "Jan 15 11:30:00 web1 sshd[7]: Failed password for root from 192.0.2.77 port 22 ssh2";
    let record = |name: &str, group: &str| {
        let inner = format!(
            r#"{{"log":"{line}","stream":"stdout","kubernetes":{{"container_name":"{name}"}}}}"#
        );
        format!(r#"{{"message":{},"logGroup":"{group}","logStream":"s"}}"#, quoted(&inner))
    };
    let of_cluster = "/aws/containerinsights/prod/application";
    for (name, group, is_ours) in [
        ("sshd", of_cluster, true),
        ("guestbook", of_cluster, false),
        ("sshd", "/ecs/guestbook", false),
    ] {
        let said = testing::said(&record(name, group));
        assert_eq!(said.starts_with("system.auth "), is_ours, "{name} {group}: {said}");
    }
    let line = quoted(line);
    let bare = format!(r#"{{"message":{line},"logGroup":"{of_cluster}","logStream":"s"}}"#);
    assert!(!testing::said(&bare).starts_with("system.auth "));
}

/// A shipper may read what an application prints, and put its own keys beside those.
#[test]
fn keys_of_an_event_beside_those_of_a_shipper_are_the_authors() {
    for Text { source, text, writer } in TEXTS {
        let Some(members) = text.strip_prefix('{') else { continue };
        let beside = |name: &str| {
            [
                format!(r#""logGroup":"/ecs/{name}","logStream":"s""#),
                format!(r#""log_group":"/aws/lambda/{name}""#),
                format!(r#""ddsource":"{name}""#),
                format!(r#""attrs":{{"tag":"{name}"}}"#),
                format!(r#""ecs_task_definition":"{name}:1""#),
                format!(r#""_SYSTEMD_UNIT":"{name}.service""#),
            ]
        };
        for (name, is_theirs) in [("guestbook", false), (*writer, true)] {
            for keys in beside(name) {
                let record = format!("{{{keys},{members}");
                let said = testing::said(&record);
                assert_eq!(said.starts_with(source), is_theirs, "{record}: {said}");
            }
        }
        let record = format!(r#"{{"logGroup":"/aws/cloudtrail/org",{members}"#);
        assert!(testing::said(&record).starts_with(source), "{record}");
    }
}

/// Names that an application gives to a record do not make it another's.
#[test]
fn attributes_of_a_record_do_not_outweigh_those_of_its_author() {
    let [Text { source, text, writer }, ..] = TEXTS else { return };
    let line = quoted(text);
    let listed =
        |name: &str| format!(r#"[{{"key":"service.name","value":{{"stringValue":"{name}"}}}}]"#);
    let many: String = (0..300).map(|at| format!(r#""k{at}":"v","#)).collect();
    for (own, outer, is_theirs) in [(*writer, "guestbook", false), ("guestbook", *writer, true)] {
        for record in [
            format!(
                r#"{{"body":{line},"attributes":{{"service.name":"{own}"}},"resource":{{"service.name":"{outer}"}}}}"#
            ),
            format!(
                r#"{{"timeUnixNano":"1","body":{{"stringValue":{line}}},"attributes":{},"resource":{{"attributes":{}}}}}"#,
                listed(own),
                listed(outer)
            ),
            format!(
                r#"{{"body":{line},"attributes":{{{many}"service.name":"{own}"}},"resource":{{"service.name":"{outer}"}}}}"#
            ),
        ] {
            let said = testing::said(&record);
            assert_eq!(said.starts_with(source), is_theirs, "{record}: {said}");
        }
    }
    // Too many to look at them all.
    let record = format!(
        r#"{{"body":{line},"attributes":{{}},"resource":{{{many}"service.name":"{writer}"}}}}"#
    );
    assert!(!testing::said(&record).starts_with(source));
}
