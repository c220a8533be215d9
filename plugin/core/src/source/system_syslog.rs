//! Syslog of programs that no other source knows: when, where, and what the program said.

use super::Source;
use crate::event::{Category, Class, Slot};
use crate::parse::line::{Line, split_once};
use crate::parse::text::behind;

pub static SOURCE: Source = Source {
    id: "system.syslog",
    summary: "Syslog of any program, by its header alone",
    doc: "RFC 5424 and RFC 3164 (<https://www.rfc-editor.org/rfc/rfc5424>, <https://www.rfc-editor.org/rfc/rfc3164>). Time, host, program and process id are \
          read; the message goes to `outcome.reason` as it is. Who did what in it, only a mapping or a source of its own can tell.",
    keys: &[],
    rows: &[],
    finish: |_| {},
    text: Some(text),
};

/// Reads any line whose framing names a program, and what syslog itself says without one.
fn text(line: &mut Line<'_>) -> bool {
    if line.program.is_empty() {
        return repeated(line);
    }
    line.put(Slot::EnvService, line.program);
    line.put(Slot::ActionName, line.program);
    line.event.set_class(Class::Other);
    line.event.set_category(Category::System);
    line.event.put_word(Slot::ActorType, "system");
    line.put(Slot::OutcomeReason, line.message);
    true
}

/// `last message repeated 3 times`: what was repeated, an earlier line says.
fn repeated(line: &mut Line<'_>) -> bool {
    let Some((count, _)) = behind(line.message, b"last message repeated ").and_then(|rest| split_once(rest, b" time")) else { return false };
    line.event.put_word(Slot::ActionName, "message_repeated");
    line.put_number(Slot::ActionCount, count);
    line.event.set_class(Class::Other);
    line.event.set_category(Category::System);
    line.event.put_word(Slot::ActorType, "system");
    true
}
