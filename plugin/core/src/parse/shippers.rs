//! Keys that shippers and buses write around an event and beside it, by the names that their documentation gives to them.

/// Keys under which shippers and buses put the event, as an object or as JSON in a string:
/// Fluent Bit and Docker (`log`), Vector and rsyslog (`message`), journald (`MESSAGE`), OpenTelemetry (`body`), EventBridge (`detail`), Elastic (`event`, whose `original` holds the text), CloudTrail's LookupEvents (`CloudTrailEvent`), syslog-ng (`MSG`), SNS
/// (`Message`), Graylog (`short_message`, `full_message`), Google's Cloud Logging (`textPayload`, `jsonPayload`) and Pub/Sub (`data`, in base64), OTLP (`stringValue`), Kafka
/// (`value`), Fluentd (`record`), Event Hub (`properties`), Splunk (`_raw`, `result`), Filebeat (`json`, beside its own `log`), Elasticsearch's and OpenSearch's answers
/// (`_source`), CloudWatch Logs Insights (`@message`), Azure Monitor's tables (`SyslogMessage`, `RawData`), LogScale (`@rawstring`), Mezmo (`_line`), Loki (`line`), Kafka
/// Connect (`payload`), pipelines that put CloudTrail's events beside fields of their own (`cloudtrail`).
pub const KEYS: &[&str] = &[
    "log_processed",
    "json",
    "log",
    "message",
    "MESSAGE",
    "msg",
    "body",
    "Body",
    "_raw",
    "detail",
    "event",
    "original",
    "CloudTrailEvent",
    "MSG",
    "Message",
    "short_message",
    "full_message",
    "textPayload",
    "jsonPayload",
    "stringValue",
    "data",
    "value",
    "record",
    "properties",
    "result",
    "_source",
    "@message",
    "SyslogMessage",
    "RawData",
    "@rawstring",
    "_line",
    "line",
    "payload",
    "cloudtrail",
];

/// Those of them that applications use for other things too: they vouch for nothing.
pub const WIDE: &[&str] = &[
    "json",
    "Message",
    "full_message",
    "data",
    "value",
    "record",
    "properties",
    "result",
    "line",
    "payload",
];

/// Beginnings of the words by which programs are called that collect what others write and pass it on, those of three letters as words of their own: `log`, but
/// not `login`. Those of a cloud are stated by its sources.
pub const COLLECTORS: &[&str] = &[
    "log",
    "logg",
    "logst",
    "logfor",
    "logship",
    "logrout",
    "logcol",
    "logread",
    "logpipe",
    "logsync",
    "logag",
    "logsp",
    "logdna",
    "logz",
    "loki",
    "audit",
    "event",
    "trail",
    "collect",
    "forward",
    "ship",
    "relay",
    "ingest",
    "pull",
    "fetch",
    "poll",
    "export",
    "import",
    "sync",
    "stream",
    "siem",
    "syslog",
    "rsyslog",
    "fluent",
    "vector",
    "filebeat",
    "beat",
    "elastic",
    "otel",
    "opentelemetry",
    "promtail",
    "alloy",
    "telegraf",
    "nxlog",
    "cribl",
    "benthos",
    "redpanda",
    "kafka",
    "graylog",
    "wazuh",
    "splunk",
    "datadog",
    "cloud",
    "auditward",
];

/// Keys under which shippers put what they read from syslog's header: host, program, process id, time. rsyslog's and syslog-ng's JSON, the journal's, also in
/// lower case as Fluent Bit has it.
pub const HEADER_KEYS: &[&[&str]; 4] = &[
    &[
        "host",
        "hostname",
        "Hostname",
        "_HOSTNAME",
        "HOSTNAME",
        "HOST",
        "_hostname",
        "sysloghost",
        "HostName",
        "Computer",
        "_host",
    ],
    &[
        "ident",
        "appname",
        "app_name",
        "programname",
        "program",
        "SYSLOG_IDENTIFIER",
        "syslog_identifier",
        "PROGRAM",
        "app-name",
        "syslogtag",
        "_application_name",
        "SourceName",
        "ProcessName",
        "_app",
    ],
    &[
        "pid",
        "procid",
        "_PID",
        "SYSLOG_PID",
        "PID",
        "_pid",
        "syslog_pid",
        "ProcessID",
        "_process_id",
    ],
    &[
        "time",
        "timestamp",
        "@timestamp",
        "date",
        "_SOURCE_REALTIME_TIMESTAMP",
        "SOURCE_REALTIME_TIMESTAMP",
        "_source_realtime_timestamp",
        "source_realtime_timestamp",
        "__REALTIME_TIMESTAMP",
        "REALTIME_TIMESTAMP",
        "timereported",
        "ISODATE",
        "DATE",
        "timegenerated",
        "EventTime",
        "_time",
    ],
];

/// Paths of program and host where they stand deeper: as Filebeat, Elastic Agent and others of ECS's have it, and Vector.
pub const PROGRAM_PATHS: &[&[&str]] = &[
    &["process", "name"],
    &["process", "program"],
    &["syslog", "appname"],
    &["log", "syslog", "appname"],
    &["syslog", "identifier"],
];
pub const HOST_PATHS: &[&[&str]] = &[
    &["host", "hostname"],
    &["host", "name"],
    &["syslog", "hostname"],
    &["log", "syslog", "hostname"],
];

/// Keys under which the journal says which command a process runs: not what it calls itself.
pub const COMMAND_KEYS: &[&str] = &["_COMM", "_comm"];

/// Keys under which the journal says which unit a process is of, and commands that pass on what others write under a name of their choice.
pub const UNIT_KEYS: &[&str] =
    &["_SYSTEMD_USER_UNIT", "_systemd_user_unit", "_SYSTEMD_UNIT", "_systemd_unit"];
pub const RELAY_COMMANDS: &[&[u8]] = &[b"logger", b"systemd-cat"];

/// Keys under which it says which file a process runs, and with which arguments.
pub const EXECUTABLE_KEYS: &[&str] = &["_EXE", "_exe", "_CMDLINE", "_cmdline"];

/// Paths at which shippers name the application that wrote a record, beside what [`CONTAINER_KEYS`] state, in the record or in one of [`PLACES`]: OpenTelemetry, ECS,
/// Google's Cloud Logging, Datadog, Docker's drivers, FireLens, labels of Loki. A path may be one key too: `k8s.container.name`. Some of these an application may choose
/// itself: they bind it to its own events, and make a line of nobody.
pub const AUTHOR_PATHS: &[&[&str]] = &[
    &["service", "name"],
    &["k8s", "container", "name"],
    &["k8s", "deployment", "name"],
    &["k8s", "statefulset", "name"],
    &["k8s", "daemonset", "name"],
    &["k8s", "cronjob", "name"],
    &["k8s", "job", "name"],
    &["k8s", "pod", "name"],
    &["container", "name"],
    &["container", "image", "name"],
    &["faas", "name"],
    &["aws", "ecs", "container", "name"],
    &["aws", "ecs", "task", "family"],
    &["process", "executable", "name"],
    &["process", "executable", "path"],
    &["process", "executable"],
    &["process", "command"],
    &["kubernetes", "container", "name"],
    &["kubernetes", "pod", "name"],
    &["kubernetes", "container_name"],
    &["kubernetes", "pod_name"],
    &["kubernetes_container_name"],
    &["kubernetes_pod_name"],
    &["systemd", "unit"],
    &["log", "logger"],
    &["ddsource"],
    &["service_name"],
    &["ecs_task_definition"],
    &["ecs_task_family"],
    &["_tag"],
    &["_service"],
    &["_service_name"],
    &["com.docker.compose.service"],
    &["com.docker.swarm.service.name"],
    &["io.kubernetes.container.name"],
];

/// As above, of keys that elsewhere are something else: in the record itself, and in a place.
pub const AUTHOR_KEYS: &[&str] = &["service"];
pub const LABEL_KEYS: &[&str] = &[
    "app",
    "app.kubernetes.io/name",
    "app_kubernetes_io_name",
    "k8s-app",
    "k8s-pod/app",
    "k8s-pod/app_kubernetes_io/name",
    "container",
    "container_name",
    "compose_service",
    "swarm_service",
    "pod",
    "pod_name",
    "tag",
    "function_name",
    "module_id",
    "job_name",
];

/// The label that names a job: of pods, their application behind its namespace.
pub const JOB_KEY: &str = "job";

/// Keys of objects, or of lists of keys and values, in which shippers put attributes of who wrote a record.
pub const PLACES: &[&str] = &[
    "resource",
    "Resource",
    "resources",
    "attributes",
    "Attributes",
    "resource_attributes",
    "resourceAttributes",
    "ResourceAttributes",
    "LogAttributes",
    "labels",
    "attrs",
    "label",
    "fields",
];

/// Those of them in which an application puts what it says of a record: what it calls itself there counts only where nothing else does.
pub const RECORD_PLACES: &[&str] = &["attributes", "Attributes", "LogAttributes", "fields"];

/// Keys that stand beside the keys of an event itself, where a shipper reads what an application prints: no event has them.
pub const OUTRIGHT_KEYS: &[&str] = &[
    "logGroup",
    "log_group",
    "logGroupName",
    "@log",
    "ddsource",
    "attrs",
    "ecs_task_definition",
    "ecs_task_family",
    "kubernetes_container_name",
    "kubernetes_pod_name",
];

/// Keys of one attribute in such a list, and of its value where that has a type: OTLP's JSON, and the exporters of OpenTelemetry's libraries.
pub const ATTRIBUTE_KEYS: [&str; 4] = ["key", "Key", "value", "Value"];
pub const ATTRIBUTE_VALUES: &[&str] =
    &["stringValue", "string_value", "StringValue", "Value", "value", "arrayValue", "values"];

/// Paths at which shippers state the group or the resource that a record was taken from: CloudWatch Logs, and Azure's diagnostic settings.
pub const GROUP_PATHS: &[&[&str]] = &[
    &["logGroup"],
    &["log_group"],
    &["logGroupName"],
    &["log_group_name"],
    &["@log"],
    &["awscloudwatch", "log_group"],
    &["aws", "cloudwatch", "log_group"],
    &["aws", "awslogs", "logGroup"],
    &["cloudwatch", "log", "group", "name"],
    &["cloudwatch", "log_group"],
    &["cloudwatch_logs", "log_group"],
    &["aws", "log", "group", "names"],
    &["aws", "log", "group", "name"],
    &["log", "file", "path"],
    &["source"],
    &["sourcetype"],
    &["resourceId"],
    &["_ResourceId"],
];

/// A group of CloudWatch Logs, or another place, by whose name it holds what an application prints.
pub struct Group {
    /// The name begins so, whatever stands before its first `/`; `*` is a part of any name, and Azure's are in any letter case.
    pub begins: &'static str,
    /// Which part behind that names the application, from 0 on: where there is none, the last part of the beginning does.
    pub names: usize,
    /// It holds what all of a cluster's containers print.
    pub is_coarse: bool,
}

const fn group(begins: &'static str) -> Group {
    Group { begins, names: 0, is_coarse: false }
}

/// Services that run what customers write. Other groups are of services that write themselves (`/aws/cloudtrail`, `/aws/eks/CLUSTER/cluster`, `/aws/rds/..`), of files of
/// a machine (`/var/log/secure`), or called as customers like.
pub const GROUPS: &[Group] = &[
    Group { is_coarse: true, ..group("/aws/containerinsights/*/application") },
    group("/aws/containerinsights/*/performance"),
    group("/aws/ecs/containerinsights/"),
    group("/aws/lambda/"),
    group("/aws/ecs/"),
    group("/aws/apprunner/"),
    group("/aws/batch/"),
    group("/aws/codebuild/"),
    group("/aws/elasticbeanstalk/"),
    group("/aws/amplify/"),
    Group { names: usize::MAX, ..group("/aws/vendedlogs/states/") },
    Group { names: usize::MAX, ..group("/aws/states/") },
    group("/aws/glue/"),
    group("/aws-glue/"),
    group("/aws/sagemaker/"),
    group("/aws/emr-serverless"),
    group("/aws/emr-containers"),
    group("/aws/lightsail/"),
    group("/aws/bedrock-agentcore/"),
    group("/aws/kinesis-analytics/"),
    group("/aws/gamelift/"),
    group("/aws/robomaker/"),
    group("/aws/greengrass/"),
    group("/aws/ssm/"),
    group("/aws/imagebuilder/"),
    group("/aws/deadline/"),
    group("/ecs/"),
    group("/fargate/"),
    group("/copilot/"),
    group("/providers/microsoft.web/sites/"),
    group("/providers/microsoft.app/containerapps/"),
    group("/providers/microsoft.app/jobs/"),
    group("/providers/microsoft.containerinstance/containergroups/"),
    group("/providers/microsoft.batch/batchaccounts/"),
];

/// Names by which operators call what devices write that have no names of programs.
pub const DEVICES: &[&[u8]] = &[
    b"firewall",
    b"fw",
    b"ngfw",
    b"switch",
    b"router",
    b"network",
    b"netdevice",
    b"netdevices",
    b"network-devices",
    b"appliance",
    b"vpn",
    b"ids",
    b"ips",
    b"waf",
    b"proxy",
];

/// Names by which operators call all lines of a machine, not an application.
pub const MACHINES: &[&[u8]] = &[
    b"system",
    b"linux",
    b"unix",
    b"host",
    b"os",
    b"secure",
    b"messages",
    b"authlog",
    b"authpriv",
    b"maillog",
    b"journald",
    b"journalctl",
];

/// Names of files, up to a dot or a dash, that the daemon of syslog writes: the header of a line in them is its own.
pub const SYSTEM_LOGS: &[&[u8]] = &[
    b"auth",
    b"authlog",
    b"secure",
    b"messages",
    b"syslog",
    b"maillog",
    b"mail",
    b"daemon",
    b"cron",
    b"kern",
    b"user",
];

/// Keys under which the journal says how a record came to it.
pub const TRANSPORT_KEYS: &[&str] = &["_TRANSPORT", "_transport"];

/// Meaning of a key in what shippers and container runtimes state of the container that a record is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    /// An object of all that Kubernetes knows of it.
    Kubernetes,
    /// The container's name.
    Name,
    /// The name of its image.
    Image,
    /// An object of the container, with `name` and `image`.
    Container,
    Called,
    Held,
    Labels,
    /// A label that names the application.
    Label,
    /// The pod: its name, or an object that has it.
    PodName,
    Pod,
    /// The host that it runs on.
    Host,
}

/// Keys of such metadata: Fluent Bit's and Filebeat's filters for Kubernetes, Vector, Docker's drivers for Fluentd, Graylog and the journal, OpenTelemetry.
pub const CONTAINER_KEYS: &[(&str, Metadata)] = &[
    ("kubernetes", Metadata::Kubernetes),
    ("k8s", Metadata::Kubernetes),
    ("container_name", Metadata::Name),
    ("CONTAINER_NAME", Metadata::Name),
    ("_container_name", Metadata::Name),
    ("k8s.container.name", Metadata::Name),
    ("container_image", Metadata::Image),
    ("image_name", Metadata::Image),
    ("IMAGE_NAME", Metadata::Image),
    ("_image_name", Metadata::Image),
    ("container", Metadata::Container),
    ("name", Metadata::Called),
    ("image", Metadata::Held),
    ("labels", Metadata::Labels),
    ("pod_labels", Metadata::Labels),
    ("app", Metadata::Label),
    ("app.kubernetes.io/name", Metadata::Label),
    ("app_kubernetes_io/name", Metadata::Label),
    ("k8s-app", Metadata::Label),
    ("pod_name", Metadata::PodName),
    ("pod", Metadata::Pod),
    ("host", Metadata::Host),
];

/// Keys that container runtimes put beside a container's name: with both, the record is that container's even where its own keys stand beside them.
pub const RUNTIME_KEYS: &[&str] =
    &["container_id", "CONTAINER_ID", "CONTAINER_ID_FULL", "_container_id"];

/// The key under which container runtimes state whether a line went to the standard output or error.
pub const STREAM_KEY: &str = "stream";

/// Keys under which shippers state the file that a line is from: Fluent Bit's and Fluentd's usual `Path_Key`s, Vector's `file`.
pub const FILE_KEYS: &[&str] =
    &["file", "filename", "file_path", "filepath", "path", "log_file", "tailed_path"];

/// Keys under which they put the tag, which may be made of such a path.
pub const TAG_KEYS: &[&str] = &["tag", "fluentd_tag"];

/// Paths of it where it stands deeper: Beats and Elastic Agent, OpenTelemetry.
pub const FILE_PATHS: &[&[&str]] = &[
    &["log", "file", "path"],
    &["attributes", "log.file.path"],
    &["attributes", "log.file.name"],
    &["resource", "attributes", "log.file.path"],
];

/// The key under which Filebeat stated it before version 7, and Splunk does; others state a stream or a kind of log.
pub const SOURCE_KEY: &str = "source";

/// Keys that shippers put beside a line, or beside an event as text. Where a record has others too, an application wrote it, and the text in it is that
/// application's own: it does not make a line of sshd, nor an event of a cloud. Those of a header and those that show a shipper come on top.
pub const BESIDE: &[&str] = &[
    "kubernetes",
    "input",
    "tags",
    "fields",
    "logtag",
    "_p",
    "docker",
    "container_id",
    "container_name",
    "container",
    "source",
    "file",
    "path",
    "filename",
    "file_path",
    "filepath",
    "log_file",
    "offset",
    "ecs",
    "prospector",
    "fileset",
    "process",
    "facility",
    "severity",
    "priority",
    "pri",
    "source_ip",
    "source_address",
    "source_host",
    "labels",
    "annotations",
    "collector",
    "logStream",
    "messageType",
    "subscriptionFilters",
    "structured-data",
    "syslog",
    "msgid",
    "journald",
    "systemd",
    "observed_timestamp",
    "severity_text",
    "severity_number",
    "trace_id",
    "span_id",
    "fluentd_tag",
    "tailed_path",
    "stdout",
    "partial_message",
    "aws",
    "kinesis",
    "ecs_cluster",
    "ecs_task_arn",
    "ecs_task_definition",
    "az",
    "EventId",
    "EventName",
    "EventSource",
    "Username",
    "Resources",
    "ReadOnly",
    "AccessKeyId",
    "data_stream",
    "elastic_agent",
    "log_stream",
    "module",
    "dataset",
    "rawmsg",
    "msg_raw",
    "PRIORITY",
    "FACILITY",
    "SEVERITY",
    "LEVEL",
    "SOURCEIP",
    "TAGS",
    "SEQNUM",
    "syslogseverity",
    "syslogpriority",
    "fromhost",
    "inputname",
    "extradata",
    "container_created_at",
    "logtype",
];

/// A shipper whose records have keys that applications write as well.
pub struct Shipper {
    /// Keys that no one else writes: one of them in a record shows whose it is. They stand beside a text as those of [`BESIDE`] do.
    pub by: &'static [&'static str],
    /// Keys that others write as well: two of them in a record show whose it is.
    pub by_two: &'static [&'static str],
    /// Keys that are the shipper's own in such a record.
    pub beside: &'static [&'static str],
    /// Further keys that are, whatever they are called.
    pub more: Option<More>,
}

/// Keys of a shipper's records that no table can list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// Those that begin with `_`.
    Underscored,
    /// Names of RFC 5424's structured data, `origin` or `name@32473`, each with an object.
    StructuredData,
}

impl Shipper {
    const BLANK: Shipper = Shipper { by: &[], by_two: &[], beside: &[], more: None };
}

/// Such shippers, by the names that their documentation gives to the keys.
pub const SHIPPERS: &[Shipper] = &[
    // Elastic's agents and Beats, Logstash's plugins in ECS mode.
    Shipper {
        by: &["agent", "beat", "@metadata", "@version"],
        beside: &[
            "cloud",
            "azure",
            "awscloudwatch",
            "service",
            "type",
            "gcp",
            "orchestrator",
            "network",
            "json",
        ],
        ..Shipper::BLANK
    },
    // Okta's event hooks.
    Shipper {
        by: &["cloudEventsVersion"],
        beside: &["eventType", "eventTypeVersion", "contentType", "eventId", "eventTime", "data"],
        ..Shipper::BLANK
    },
    // Logstash's input for syslog.
    Shipper {
        by: &["logsource", "facility_label", "severity_label"],
        beside: &["type", "service"],
        ..Shipper::BLANK
    },
    // rsyslog's templates.
    Shipper {
        by: &["syslogtag", "syslogfacility", "syslogfacility-text", "fromhost-ip"],
        beside: &["type", "protocol-version", "uuid", "$!", "rawmsg-after-pri"],
        ..Shipper::BLANK
    },
    // syslog-ng's `format-json`.
    Shipper {
        by: &["HOST_FROM", "MSGHDR", "LEGACY_MSGHDR", "FULLDATE", "MSGID"],
        beside: &["SOURCE", "TRANSPORT"],
        ..Shipper::BLANK
    },
    // Vector's sources.
    Shipper {
        more: Some(More::StructuredData),
        by: &["source_type"],
        beside: &[
            "headers",
            "message_key",
            "image",
            "label",
            "bucket",
            "object",
            "region",
            "message_id",
            "attributes",
            "request_id",
            "source_arn",
            "port",
            "id",
            "message_type",
            "owner",
            "subscription_filters",
            "version",
            "msg_id",
            "scope",
            "resources",
            "dropped_attributes_count",
            "flags",
        ],
        by_two: &[],
    },
    // CloudWatch Logs: elements of `logEvents`, answers of its interface.
    Shipper {
        by: &[
            "ingestionTime",
            "logStreamName",
            "logGroupName",
            "logGroup",
            "log_group",
            "extractedFields",
        ],
        beside: &["id", "eventId", "owner", "logEvents"],
        ..Shipper::BLANK
    },
    // EventBridge.
    Shipper {
        by: &["detail-type"],
        beside: &["version", "id", "account", "region", "resources", "replay-name"],
        ..Shipper::BLANK
    },
    // Fluentd's records with their tag.
    Shipper { by: &["tag"], beside: &["record"], ..Shipper::BLANK },
    // Azure's Event Hub.
    Shipper {
        by: &["resourceId", "EventProcessedUtcTime", "EventEnqueuedUtcTime"],
        beside: &["properties", "category", "PartitionId"],
        ..Shipper::BLANK
    },
    // Amazon SQS and SNS.
    Shipper {
        by: &["receiptHandle", "md5OfBody", "eventSourceARN"],
        beside: &["messageId", "attributes", "messageAttributes", "eventSource", "awsRegion"],
        ..Shipper::BLANK
    },
    Shipper {
        by: &["TopicArn"],
        beside: &[
            "Message",
            "Type",
            "MessageId",
            "Subject",
            "Timestamp",
            "SignatureVersion",
            "Signature",
            "SigningCertURL",
            "UnsubscribeURL",
            "MessageAttributes",
        ],
        ..Shipper::BLANK
    },
    // Google's Pub/Sub and Cloud Logging.
    Shipper {
        by: &["publishTime", "publish_time", "ackId", "subscription"],
        beside: &[
            "data",
            "messageId",
            "message_id",
            "attributes",
            "orderingKey",
            "deliveryAttempt",
        ],
        ..Shipper::BLANK
    },
    Shipper {
        by: &["insertId", "logName", "receiveTimestamp"],
        beside: &["resource", "trace", "spanId", "sourceLocation"],
        ..Shipper::BLANK
    },
    // Kafka's connectors.
    Shipper { by: &["topic", "partition"], beside: &["key", "value", "headers"], ..Shipper::BLANK },
    // Splunk's collector, New Relic, Graylog, OpenTelemetry.
    Shipper {
        by: &["sourcetype", "_indextime", "_sourcetype", "cribl_pipe", "cribl_breaker"],
        by_two: &["_raw", "_time"],
        beside: &[
            "index",
            "splunk_server",
            "linecount",
            "punct",
            "_bkt",
            "_cd",
            "_serial",
            "_si",
            "_subsecond",
            "_meta",
        ],
        ..Shipper::BLANK
    },
    // Answers of Splunk's interface.
    Shipper { by: &["preview"], beside: &["result", "lastrow"], ..Shipper::BLANK },
    Shipper {
        by: &["short_message", "_application_name"],
        beside: &["version", "level", "full_message"],
        more: Some(More::Underscored),
        ..Shipper::BLANK
    },
    // Docker: its own files with the labels of containers, and its driver for Graylog behind Logstash.
    Shipper { by: &["stream"], beside: &["attrs"], ..Shipper::BLANK },
    Shipper { by: &["image_name", "image_id"], beside: &["command", "created"], ..Shipper::BLANK },
    // Fluent Bit's filters for Kubernetes, where it reads the line too, and for AWS.
    Shipper { by: &["log_processed", "container_image", "k8s.container.name"], ..Shipper::BLANK },
    Shipper {
        by: &["ec2_instance_id", "ec2_instance_type"],
        beside: &["private_ip", "vpc_id", "ami_id", "account_id"],
        ..Shipper::BLANK
    },
    // NXLog.
    Shipper {
        by: &[
            "SourceModuleName",
            "SourceModuleType",
            "EventReceivedTime",
            "SyslogFacilityValue",
            "SyslogSeverityValue",
        ],
        beside: &[
            "SyslogFacility",
            "SyslogSeverity",
            "SeverityValue",
            "Severity",
            "MessageSourceAddress",
            "MessageID",
            "Message",
            "raw_event",
        ],
        ..Shipper::BLANK
    },
    // Datadog.
    Shipper { by: &["ddtags", "ddsource"], beside: &["service", "status"], ..Shipper::BLANK },
    // OpenTelemetry's model of logs, as JSON of any letter case.
    Shipper {
        by: &["instrumentationScope", "InstrumentationScope", "SeverityText", "SeverityNumber"],
        by_two: &["attributes", "resource", "Attributes", "Resource", "Body"],
        beside: &[
            "TraceId",
            "SpanId",
            "TraceFlags",
            "Timestamp",
            "ObservedTimestamp",
            "trace_flags",
        ],
        ..Shipper::BLANK
    },
    Shipper {
        by: &["timeUnixNano", "observedTimeUnixNano"],
        beside: &[
            "severityText",
            "severityNumber",
            "traceId",
            "spanId",
            "attributes",
            "resource",
            "flags",
        ],
        ..Shipper::BLANK
    },
    // Hits of Elasticsearch and OpenSearch.
    Shipper {
        by: &["_index"],
        beside: &[
            "_id",
            "_type",
            "_score",
            "_version",
            "_seq_no",
            "_primary_term",
            "_routing",
            "_ignored",
            "found",
            "sort",
            "highlight",
        ],
        ..Shipper::BLANK
    },
    // Events of CloudWatch Logs Insights, and of LogScale.
    Shipper { by: &["@logStream", "@log", "@ptr", "@ingestionTime"], ..Shipper::BLANK },
    Shipper {
        by: &["@rawstring", "@ingesttimestamp", "#repo"],
        beside: &["@id", "@timezone", "@timestamp.nanos", "@error", "@error_msg", "#type"],
        ..Shipper::BLANK
    },
    // Tables of a Log Analytics workspace for syslog and lines of files.
    Shipper {
        by: &["SyslogMessage", "RawData"],
        beside: &[
            "TenantId",
            "SourceSystem",
            "TimeGenerated",
            "MG",
            "Type",
            "HostIP",
            "CollectorHostName",
            "Facility",
            "SeverityLevel",
            "FilePath",
            "_ResourceId",
            "_SubscriptionId",
        ],
        ..Shipper::BLANK
    },
    // CloudEvents, Event Grid's own schema, Firehose's records on their way through a function.
    Shipper {
        by: &["specversion"],
        beside: &["data", "type", "id", "subject", "datacontenttype", "dataschema"],
        ..Shipper::BLANK
    },
    Shipper {
        by: &["dataVersion", "metadataVersion"],
        beside: &["data", "subject", "eventType", "id", "eventTime"],
        ..Shipper::BLANK
    },
    Shipper {
        by: &["approximateArrivalTimestamp"],
        beside: &["data", "recordId", "kinesisRecordMetadata"],
        ..Shipper::BLANK
    },
    // Sumo Logic, Mezmo, Axiom.
    Shipper {
        by: &["_messagetime", "_receipttime", "_sourcecategory"],
        more: Some(More::Underscored),
        ..Shipper::BLANK
    },
    Shipper { by: &["_line"], more: Some(More::Underscored), ..Shipper::BLANK },
    Shipper { by: &["_sysTime", "_rowId"], beside: &["data"], ..Shipper::BLANK },
    // Loki's client, Kafka Connect's JSON with its schema.
    Shipper { by_two: &["line", "labels"], ..Shipper::BLANK },
    Shipper { by_two: &["schema", "payload"], ..Shipper::BLANK },
    // Copies in an object store, as Fluentd names them.
    Shipper { by: &["s3_bucket", "s3_key"], beside: &[], ..Shipper::BLANK },
];

/// Keys of a list of records, each an event: CloudTrail, Azure Event Hub, Kubernetes and Google, interfaces like DynamoDB's, Microsoft Graph, CloudWatch Logs,
/// Duo, Slack.
pub const LISTS: &[&str] = &[
    "Records",
    "records",
    "Items",
    "items",
    "value",
    "events",
    "Events",
    "logEvents",
    "authlogs",
    "entries",
];

/// Keys beside a list that say how it was delivered, and nothing of an event.
pub const BESIDE_LISTS: &[&str] = &[
    // Pages of an interface.
    "nextToken",
    "NextToken",
    "nextPageToken",
    "next_page_token",
    "next",
    "previous",
    "prev",
    "cursor",
    "next_cursor",
    "has_more",
    "hasMore",
    "count",
    "Count",
    "total",
    "total_count",
    "size",
    "limit",
    "offset",
    "page",
    "links",
    "_links",
    "response_metadata",
    "@odata.context",
    "@odata.nextLink",
    "@odata.count",
    // Kubernetes and Google.
    "kind",
    "apiVersion",
    "metadata",
    "etag",
    // CloudWatch Logs.
    "messageType",
    "owner",
    "logGroup",
    "logStream",
    "subscriptionFilters",
];

/// Those of them that say who wrote the events: a record that is divided keeps them beside each.
pub const AUTHORS_OF_LISTS: &[&str] = &["logGroup"];

/// Keys of the journal, which writes them itself.
pub const JOURNAL_KEYS: &[&str] = &[
    "_TRANSPORT",
    "_SYSTEMD_UNIT",
    "_COMM",
    "_EXE",
    "_PID",
    "_BOOT_ID",
    "_MACHINE_ID",
    "_transport",
    "_systemd_unit",
    "_comm",
    "_exe",
    "_pid",
    "_boot_id",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_every_shipper_may_write_stands_once() {
        let shown = SHIPPERS.iter().flat_map(|shipper| shipper.by);
        let headers = HEADER_KEYS.iter().flat_map(|keys| keys.iter());
        let wrapping = KEYS.iter().filter(|key| !WIDE.contains(key));
        let others: Vec<&str> = shown.chain(headers).chain(wrapping).copied().collect();
        for key in BESIDE {
            assert!(!others.contains(key), "{key}");
        }
        for key in SHIPPERS.iter().flat_map(|shipper| shipper.beside) {
            assert!(!others.contains(key) && !BESIDE.contains(key), "{key}");
        }
    }
}
