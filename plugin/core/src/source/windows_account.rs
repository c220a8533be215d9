//! Accounts of Windows: what kind of account acted, by its SID and its name, and values that only say that there is none.

use super::Fields;
use crate::event::{Event, Field};

/// Fields in which Windows writes `-` or the SID of nobody where there is nothing.
const ABSENT: [Field; 9] = [
    Field::ActorId,
    Field::ActorName,
    Field::TargetId,
    Field::TargetName,
    Field::TargetType,
    Field::ChangeBefore,
    Field::ChangeAfter,
    Field::EnvAccount,
    Field::OutcomeReason,
];
/// Nobody.
const NULL_SID: &[u8] = b"S-1-0-0";
/// The system, its services, application pools, the window manager and the font driver.
const SYSTEM_SIDS: [&[u8]; 7] =
    [b"S-1-5-18", b"S-1-5-19", b"S-1-5-20", b"S-1-5-80-", b"S-1-5-82-", b"S-1-5-90-", b"S-1-5-96-"];
const SYSTEM_NAMES: [&[u8]; 6] = [
    b"SYSTEM",
    b"LOCAL SERVICE",
    b"NETWORK SERVICE",
    b"LOCALSYSTEM",
    b"LOCALSERVICE",
    b"NETWORKSERVICE",
];
const ANONYMOUS_SID: &[u8] = b"S-1-5-7";
const ANONYMOUS_NAME: &[u8] = b"ANONYMOUS LOGON";

/// Takes out what is absent, and sets the type of the actor.
pub(super) fn settle(fields: &mut Fields<'_>) {
    let Fields { input, event, .. } = fields;
    for field in ABSENT {
        if event.has(field) && is_absent(event.text(input, field)) {
            event.unset(field);
        }
    }
    if let Some(kind) = kind(input, event) {
        event.set(Field::ActorType, crate::value::Val::Word(kind));
    }
}

fn is_absent(text: &[u8]) -> bool {
    matches!(text, b"-" | b"" | b"NULL SID" | b"N/A") || text == NULL_SID
}

fn kind(input: &[u8], event: &Event) -> Option<&'static str> {
    let sid = event.text(input, Field::ActorId);
    let name = event.text(input, Field::ActorName);
    let is_system_sid = |known: &&[u8]| {
        if known.ends_with(b"-") { sid.starts_with(known) } else { sid == *known }
    };
    let is_name = |known: &&[u8]| known.eq_ignore_ascii_case(name);
    if sid == ANONYMOUS_SID || is_name(&ANONYMOUS_NAME) {
        Some("anonymous")
    } else if SYSTEM_SIDS.iter().any(is_system_sid)
        || SYSTEM_NAMES.iter().any(is_name)
        || name.ends_with(b"$")
    {
        Some("system")
    } else if name.is_empty() && sid.is_empty() {
        None
    } else {
        Some("user")
    }
}
