//! Wrappings: what shippers and buses put around an event. The event within is looked for where no source knows the record itself.

use super::atom::Atoms;
use super::json::{ScalarReader, scan};
use super::tape::{BROKEN, Node, Scalar, Tape};
use super::text::{begins, digits_len, is_plain, unescape};
use super::{key_value, line};
use crate::event::Event;
use crate::time::format::Format;
use crate::time::{self, Millis};
use crate::value::{Doc, Kind, Span};
use std::ops::Range;

/// Keys under which shippers and buses put the event, as an object or as JSON in a string:
/// Fluent Bit and Docker (`log`), Vector and rsyslog (`message`), journald (`MESSAGE`), OpenTelemetry (`body`), EventBridge (`detail`), Elastic (`event`, whose `original` holds the text), CloudTrail's LookupEvents (`CloudTrailEvent`).
pub const KEYS: &[&str] =
    &["log", "message", "MESSAGE", "msg", "body", "detail", "event", "original", "CloudTrailEvent"];

/// Keys under which shippers put what they read from syslog's header: host, program, process id, time. rsyslog's and syslog-ng's JSON, the journal's, also in
/// lower case as Fluent Bit has it.
pub const HEADER_KEYS: &[&[&str]; 4] = &[
    &["host", "hostname", "_HOSTNAME", "HOSTNAME", "HOST", "_hostname", "sysloghost"],
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
    ],
    &["pid", "procid", "_PID", "SYSLOG_PID", "PID", "_pid", "syslog_pid"],
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
    ],
];

/// Paths of program and host where they stand deeper: as Filebeat, Elastic Agent and others of ECS's have it, and Vector.
pub const PROGRAM_PATHS: &[&[&str]] =
    &[&["process", "name"], &["syslog", "appname"], &["log", "syslog", "appname"]];
pub const HOST_PATHS: &[&[&str]] = &[
    &["host", "hostname"],
    &["host", "name"],
    &["syslog", "hostname"],
    &["log", "syslog", "hostname"],
];

/// Keys under which the journal says which command a process runs: not what it calls itself.
pub const COMMAND_KEYS: &[&str] = &["_COMM", "_comm"];

/// Where Kubernetes' metadata say which container a line is from, and on which host: what lies beside the line says less.
pub const CONTAINER_KEYS: [&str; 7] = [
    "kubernetes",
    "container_name",
    "labels",
    "app",
    "app.kubernetes.io/name",
    "container",
    "name",
];

/// Keys under which shippers state the file that a line is from: Fluent Bit's and Fluentd's usual `Path_Key`s, Vector's `file`.
pub const FILE_KEYS: &[&str] = &["file", "filename", "file_path", "filepath", "path", "log_file"];

/// Keys that shippers put beside a line, or beside an event as text. Where a record has others too, an application wrote it, and the text in it is that
/// application's own: it does not make a line of sshd, nor an event of a cloud.
pub const SHIPPER_KEYS: &[&str] = &[
    "kubernetes",
    "input",
    "tags",
    "fields",
    "@metadata",
    "stream",
    "logtag",
    "_p",
    "time",
    "date",
    "timestamp",
    "@timestamp",
    "@version",
    "docker",
    "container_id",
    "container_name",
    "container",
    "source",
    "source_type",
    "tag",
    "file",
    "path",
    "filename",
    "file_path",
    "offset",
    "agent",
    "ecs",
    "beat",
    "prospector",
    "fileset",
    "host",
    "hostname",
    "process",
    "facility",
    "severity",
    "priority",
    "pri",
    "source_ip",
    "labels",
    "annotations",
    "collector",
    "logGroup",
    "logStream",
    "ingestionTime",
    "messageType",
    "subscriptionFilters",
    "partition",
    "topic",
    "structured-data",
    "syslog",
    "procid",
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
    "ec2_instance_id",
    "az",
    "EventId",
    "EventName",
    "EventTime",
    "EventSource",
    "Username",
    "Resources",
    "ReadOnly",
    "AccessKeyId",
    "detail-type",
    "data_stream",
    "elastic_agent",
    "log_group",
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
    "LEGACY_MSGHDR",
    "SEQNUM",
    "syslogfacility",
    "syslogseverity",
    "syslogpriority",
    "fromhost",
    "fromhost-ip",
    "inputname",
];

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

/// How many wrappings are taken off at most.
pub const MOST: usize = 4;

/// Text that a record carries: where it stands in it, and whether it has escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    pub content: Range<usize>,
    pub is_escaped: bool,
    /// It is an array of the text's bytes, as the journal writes what is not plain: whoever puts a control character into a command hides nothing.
    pub is_list: bool,
    pub doc: Doc,
}

/// Keys under which shippers put a line that no parser took.
pub const SOLE: [&str; 2] = ["log", "message"];

/// Where the text begins, behind its quote, in a record that begins with `{"log":"`, or `message`, as shippers write lines that no parser took.
pub fn sole_start(record: &[u8]) -> Option<usize> {
    if begins(record, b"{\"log\":\"") {
        Some(8)
    } else if begins(record, b"{\"message\":\"") {
        Some(12)
    } else {
        None
    }
}

/// True if a text that begins there stands under the key of lines that Fluent Bit reads from files: applications call theirs otherwise.
pub fn is_sole_of_tail(start: usize) -> bool {
    start == 8
}

/// Stands for the file of a sole text that begins there, which names none.
pub fn file_of_sole(start: usize) -> &'static [u8] {
    if is_sole_of_tail(start) { LOG_FRAME } else { MESSAGE_FRAME }
}

/// Stands for the file of a text that names none, so that lines in one kind of record say nothing of lines in another. No file has such a name.
pub fn file_of(tape: &Tape, object: u32, is_alone: bool, atoms: &Atoms) -> &'static [u8] {
    match tape.children(object).next().and_then(|only| tape.node(only)) {
        Some(only) if is_alone && only.atom == atoms.find(b"log") => LOG_FRAME,
        Some(only) if is_alone && only.atom == atoms.find(b"message") => MESSAGE_FRAME,
        _ => OTHER_FRAME,
    }
}

const LOG_FRAME: &[u8] = b"\0log";
const MESSAGE_FRAME: &[u8] = b"\0message";
const OTHER_FRAME: &[u8] = b"\0other";
/// Stands for the file of what a container runtime wrote.
pub const STREAM_FRAME: &[u8] = b"\0stream";

/// As above, of an object's text.
pub fn is_of_tail(tape: &Tape, object: u32, atoms: &Atoms) -> bool {
    let [log, _] = SOLE;
    tape.member(object, atoms.find(log.as_bytes()))
        .and_then(|at| tape.node(at))
        .is_some_and(|node| node.kind == Kind::String)
}

/// The text that begins at `start`, where nothing follows it in the record.
pub fn sole_text(record: &[u8], start: usize, atoms: &Atoms) -> Option<Wrapped> {
    let record = record.trim_ascii_end();
    let inside = record.get(start..)?;
    if let [content @ .., b'"', b'}'] = inside
        && is_plain(content)
    {
        return Some(Wrapped {
            content: start..start.wrapping_add(content.len()),
            is_escaped: false,
            is_list: false,
            doc: Doc::Input,
        });
    }
    let (end, flags) = ScalarReader::new(record, atoms).string(record, start.wrapping_sub(1))?;
    let is_alone = matches!(record.get(end..), Some([b'}'])) && flags & BROKEN == 0;
    is_alone.then_some(Wrapped {
        content: start..end.wrapping_sub(1),
        is_escaped: flags != 0,
        is_list: false,
        doc: Doc::Input,
    })
}

/// The text in one of the wrapping keys of `object`, where it holds no JSON.
pub fn text(tape: &Tape, object: u32, atoms: &Atoms) -> Option<Wrapped> {
    let node = KEYS.iter().find_map(|key| {
        tape.node(tape.member(object, atoms.find(key.as_bytes()))?)
            .filter(|node| is_text(node, key))
    })?;
    let content = (node.start as usize).saturating_add(1)..(node.end as usize).saturating_sub(1);
    (!node.is_broken()).then_some(Wrapped {
        content,
        is_escaped: node.is_escaped(),
        is_list: node.kind == Kind::Array,
        doc: node.doc(),
    })
}

/// Apart, so that the keys are looked up by what is known of each.
#[inline(never)]
fn is_text(node: &Node, key: &str) -> bool {
    node.kind == Kind::String || node.kind == Kind::Array && key == "MESSAGE"
}

/// Appends the bytes whose numbers stand in a list: `83, 117, 100`.
pub fn put_bytes(list: &[u8], out: &mut Vec<u8>) -> Option<()> {
    for number in list.split(|byte| *byte == b',') {
        let byte = u8::try_from(line::number(number.trim_ascii())?).ok()?;
        super::text::put(&[byte], out).ok()?;
    }
    Some(())
}

/// Value that shippers read from a header: the first of the members by these keys that is plain text or a number, and not a lone dash, and from which `read` makes something.
pub fn header_part<'a, T>(
    tape: &Tape,
    object: u32,
    input: &'a [u8],
    keys: &[&str],
    atoms: &Atoms,
    mut read: impl FnMut(&'a [u8]) -> Option<T>,
) -> Option<T> {
    keys.iter().find_map(|key| {
        let member = tape.node(tape.member(object, atoms.find(key.as_bytes()))?)?;
        let is_plain = matches!(member.kind, Kind::String | Kind::Number)
            && !member.is_escaped()
            && member.doc() == Doc::Input;
        let text = crate::value::unquote(
            input.get(member.start as usize..member.end as usize).filter(|_| is_plain)?,
        );
        read(text).filter(|_| !matches!(text, [] | [b'-']))
    })
}

/// Plain text at a path.
pub fn within<'a>(
    tape: &Tape,
    object: u32,
    input: &'a [u8],
    path: &[&str],
    atoms: &Atoms,
) -> Option<&'a [u8]> {
    let (last, way) = path.split_last()?;
    let parent =
        way.iter().try_fold(object, |at, key| tape.member(at, atoms.find(key.as_bytes())))?;
    header_part(tape, parent, input, &[last], atoms, Some)
}

/// The moment that a shipper's time says, in one of the forms that they have.
pub fn moment(text: &[u8]) -> Option<Millis> {
    let seconds = || Format::Count(1).read(text).filter(|_| matches!(digits_len(text), 9 | 10));
    time::parse(text)
        .or_else(|| time::microseconds(text))
        .or_else(|| time::common_log(text))
        .or_else(seconds)
}

/// The container's name, else what its labels call it, and its host: tokens of text in the record.
pub fn container(tape: &Tape, object: u32, atoms: &Atoms) -> (Option<Span>, Option<Span>) {
    let member = |of: u32, key: &str| tape.member(of, atoms.find(key.as_bytes()));
    let text = |of: u32, key: &str| {
        tape.node(member(of, key)?)
            .map(Node::scalar)
            .filter(|node| node.is_plain_text() && node.doc() == Doc::Input)
            .map(Scalar::span)
    };
    let [kubernetes, name, labels, app, app_name, container, called] = CONTAINER_KEYS;
    // As Filebeat has it.
    let nested = |of: u32| text(member(of, container)?, called);
    let Some(pod) = member(object, kubernetes) else {
        // Docker's driver for Fluentd puts it beside the line.
        let has_object = tape
            .children(object)
            .any(|child| tape.node(child).is_some_and(|node| node.kind == Kind::Object));
        let within = || if has_object { nested(object) } else { None };
        return (text(object, name).or_else(within), None);
    };
    let labelled = || {
        let labels = member(pod, labels)?;
        text(labels, app).or_else(|| text(labels, app_name))
    };
    (text(pod, name).or_else(|| nested(pod)).or_else(labelled), text(pod, "host"))
}

/// True if what one of the wrapping keys holds is an object, not text.
pub fn holds_object(tape: &Tape, object: u32, atoms: &Atoms) -> bool {
    let is_held = |node: &&Node| matches!(node.kind, Kind::Object | Kind::String);
    let found = KEYS.iter().find_map(|key| {
        tape.node(tape.member(object, atoms.find(key.as_bytes()))?).filter(is_held)
    });
    found.is_some_and(|node| node.kind == Kind::Object)
}

/// The object within `object`, if one of the wrapping keys holds one.
pub fn unwrap(
    tape: &mut Tape,
    object: u32,
    input: &[u8],
    atoms: &Atoms,
    event: &mut Event,
) -> Option<u32> {
    let (index, node) = KEYS.iter().find_map(|key| {
        let index = tape.member(object, atoms.find(key.as_bytes()))?;
        let node = *tape.node(index)?;
        matches!(node.kind, Kind::Object | Kind::String).then_some((index, node))
    })?;
    if node.kind == Kind::Object {
        return Some(index);
    }
    let start = event.arena.len();
    let mut arena = std::mem::take(&mut event.arena);
    let copied = match node.doc() {
        Doc::Input => unescape(
            crate::value::unquote(
                input.get(node.start as usize..node.end as usize).unwrap_or_default(),
            ),
            &mut arena,
        ),
        Doc::Arena => unescape_within(&mut arena, node.start as usize..node.end as usize),
    };
    let begin = start.saturating_add(line::unmarked(arena.get(start..).unwrap_or_default()));
    let is_object = matches!(arena.get(begin..).unwrap_or_default().trim_ascii_start(), [b'{', ..]);
    let object = match copied.is_ok() {
        true if is_object => Some(begin),
        true => key_value::frame(&mut arena, start),
        false => None,
    };
    let inner = object
        .and_then(|object| scan(&arena, object, Doc::Arena, atoms, tape).ok())
        .map(|scan| scan.root);
    if inner.is_none() {
        arena.truncate(start);
    }
    event.arena = arena;
    inner
}

/// The object that a record of text reads as; nothing where it is of no known form.
pub fn of_text(tape: &mut Tape, input: &[u8], atoms: &Atoms, event: &mut Event) -> Option<u32> {
    if !key_value::begins_with_pairs(input) {
        return None;
    }
    object_of(tape, input, atoms, event)
}

/// As above, of text that may be JSON as well.
#[inline(never)]
pub fn object_of(tape: &mut Tape, text: &[u8], atoms: &Atoms, event: &mut Event) -> Option<u32> {
    let start = event.arena.len();
    let mut arena = std::mem::take(&mut event.arena);
    let object = match super::text::put(text, &mut arena) {
        Ok(()) if matches!(text, [b'{', ..]) => Some(start),
        Ok(()) => key_value::frame(&mut arena, start),
        Err(_) => None,
    };
    let inner = object
        .and_then(|object| scan(&arena, object, Doc::Arena, atoms, tape).ok())
        .map(|scan| scan.root);
    if inner.is_none() {
        arena.truncate(start);
    }
    event.arena = arena;
    inner
}

/// Unescapes a string that stands in the arena itself to the arena's end.
fn unescape_within(
    arena: &mut Vec<u8>,
    token: std::ops::Range<usize>,
) -> Result<(), super::text::Full> {
    let mut copy = Vec::new();
    super::text::put(arena.get(token).unwrap_or_default(), &mut copy)?;
    unescape(crate::value::unquote(&copy), arena)
}
