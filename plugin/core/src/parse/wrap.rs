//! Wrappings: what shippers and buses put around an event. The event within is looked for where no source knows the record itself.

use super::atom::Atoms;
use super::json::scan;
use super::tape::Tape;
use super::text::unescape;
use crate::event::Event;
use crate::value::{Doc, Kind};

/// Keys under which shippers and buses put the event, as an object or as JSON in a string:
/// Fluent Bit and Docker (`log`), Vector and rsyslog (`message`), journald (`MESSAGE`), OpenTelemetry (`body`), EventBridge (`detail`), Elastic (`event`, whose `original` holds the text).
pub const KEYS: &[&str] = &["log", "message", "MESSAGE", "msg", "body", "detail", "event", "original"];

/// How many wrappings are taken off at most.
pub const MOST: usize = 4;

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
    let inner = match copied.is_ok() && is_object {
        true => scan(&arena, start, Doc::Arena, atoms, tape).ok().map(|scan| scan.root),
        false => None,
    };
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
