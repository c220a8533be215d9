//! Messages that stand for several.

use crate::event::Field;
use crate::parse::line::{Line, split_once};
use crate::text::{behind, number};

/// `message repeated 3 times: [ Failed password for ...]`, as rsyslog writes it, stands for three.
#[inline(always)]
pub(super) fn unfold(line: &mut Line<'_>) {
    if let Some(rest) = behind(line.message, b"message repeated ") {
        unfold_several(line, rest);
    }
}

#[inline(never)]
fn unfold_several<'a>(line: &mut Line<'a>, rest: &'a [u8]) {
    let Some((times, message)) = several(rest) else {
        return;
    };
    line.message = message;
    line.event.times = times;
    line.event.set(Field::ActionCount, crate::value::Val::Int(i64::from(times)));
}

/// How many messages a message stands for, and what they say.
pub fn folded(message: &[u8]) -> Option<(u32, &[u8])> {
    behind(message, b"message repeated ").and_then(several)
}

fn several(rest: &[u8]) -> Option<(u32, &[u8])> {
    let (count, rest) = split_once(rest, b" times: [")?;
    let times = number(count).and_then(|times| u32::try_from(times).ok())?;
    Some((times, rest.strip_suffix(b"]").unwrap_or(rest).trim_ascii()))
}
