//! Wrappings: what shippers and buses put around an event. The event within is looked for where no source knows the record itself.

use super::atom::Atoms;
use super::json::{ScalarReader, scan};
use super::key_value;
use super::tape::{BROKEN, Tape};
use super::text::{begins, is_plain, unescape};
use crate::event::Event;
use crate::value::{Doc, Kind};
use std::ops::Range;

/// Keys under which shippers and buses put the event, as an object or as JSON in a string:
/// Fluent Bit and Docker (`log`), Vector and rsyslog (`message`), journald (`MESSAGE`), OpenTelemetry (`body`), EventBridge (`detail`), Elastic (`event`, whose `original` holds the text).
pub const KEYS: &[&str] = &["log", "message", "MESSAGE", "msg", "body", "detail", "event", "original"];

/// Keys under which shippers put what they read from syslog's header: host, program, process id, time.
pub const HEADER_KEYS: &[&[&str]] = &[
    &["host", "hostname", "_HOSTNAME", "HOSTNAME"],
    &["ident", "appname", "app_name", "programname", "program", "SYSLOG_IDENTIFIER", "syslog_identifier"],
    &["pid", "procid", "_PID", "SYSLOG_PID", "PID"],
    &["time", "timestamp", "@timestamp", "date", "_SOURCE_REALTIME_TIMESTAMP", "SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP", "REALTIME_TIMESTAMP"],
];

/// How many wrappings are taken off at most.
pub const MOST: usize = 4;

/// Text that a record carries: where it stands in it, and whether it has escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    pub content: Range<usize>,
    pub is_escaped: bool,
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

/// The text that begins at `start`, where nothing follows it in the record.
pub fn sole_text(record: &[u8], start: usize, atoms: &Atoms) -> Option<Wrapped> {
    let record = record.trim_ascii_end();
    let inside = record.get(start..)?;
    if let [content @ .., b'"', b'}'] = inside
        && is_plain(content)
    {
        return Some(Wrapped { content: start..start.wrapping_add(content.len()), is_escaped: false, doc: Doc::Input });
    }
    let (end, flags) = ScalarReader::new(record, atoms).string(record, start.wrapping_sub(1))?;
    let is_alone = matches!(record.get(end..), Some([b'}'])) && flags & BROKEN == 0;
    is_alone.then_some(Wrapped { content: start..end.wrapping_sub(1), is_escaped: flags != 0, doc: Doc::Input })
}

/// The text in one of the wrapping keys of `object`, where it holds no JSON.
pub fn text(tape: &Tape, object: u32, atoms: &Atoms) -> Option<Wrapped> {
    let node = KEYS.iter().find_map(|key| tape.node(tape.member(object, atoms.find(key.as_bytes()))?).filter(|node| node.kind == Kind::String))?;
    let content = (node.start as usize).saturating_add(1)..(node.end as usize).saturating_sub(1);
    (!node.is_broken()).then_some(Wrapped { content, is_escaped: node.is_escaped(), doc: node.doc() })
}

/// What shippers read from a header: the plain text, or the number, of a member by one of these keys.
pub fn header_part<'a>(tape: &Tape, object: u32, input: &'a [u8], keys: &[&str], atoms: &Atoms) -> &'a [u8] {
    let member = keys.iter().find_map(|key| tape.node(tape.member(object, atoms.find(key.as_bytes()))?));
    let plain = member.filter(|node| matches!(node.kind, Kind::String | Kind::Number) && !node.is_escaped() && node.doc() == Doc::Input);
    plain.and_then(|node| input.get(node.start as usize..node.end as usize)).map_or(b"", crate::value::unquote)
}

/// The object within `object`, if one of the wrapping keys holds one.
pub fn unwrap(tape: &mut Tape, object: u32, input: &[u8], atoms: &Atoms, event: &mut Event) -> Option<u32> {
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
        Doc::Input => unescape(crate::value::unquote(input.get(node.start as usize..node.end as usize).unwrap_or_default()), &mut arena),
        Doc::Arena => unescape_within(&mut arena, node.start as usize..node.end as usize),
    };
    let is_object = matches!(arena.get(start..).unwrap_or_default().trim_ascii_start(), [b'{', ..]);
    let object = match copied.is_ok() {
        true if is_object => Some(start),
        true => key_value::frame(&mut arena, start),
        false => None,
    };
    let inner = object.and_then(|object| scan(&arena, object, Doc::Arena, atoms, tape).ok()).map(|scan| scan.root);
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
    let start = event.arena.len();
    let mut arena = std::mem::take(&mut event.arena);
    let copied = super::text::put(input, &mut arena);
    let object = copied.ok().and_then(|()| key_value::frame(&mut arena, start));
    let inner = object.and_then(|object| scan(&arena, object, Doc::Arena, atoms, tape).ok()).map(|scan| scan.root);
    if inner.is_none() {
        arena.truncate(start);
    }
    event.arena = arena;
    inner
}

/// Unescapes a string that stands in the arena itself to the arena's end.
fn unescape_within(arena: &mut Vec<u8>, token: std::ops::Range<usize>) -> Result<(), super::text::Full> {
    let mut copy = Vec::new();
    super::text::put(arena.get(token).unwrap_or_default(), &mut copy)?;
    unescape(crate::value::unquote(&copy), arena)
}
