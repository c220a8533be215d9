//! Headers of the machine that a line is from, behind that of a relay.

use super::tag::{is_priority, oddly_tagged, tagged};
use super::{Header, Programs, behind_time, device, is_host, rfc5424, without_priority};
use crate::parse::line::{next_word, split_once, word};
use crate::text::{begins, behind};
use crate::time::{self, Millis};

/// `relay1 <38>1 2026-01-15T11:30:00Z web1 sshd 7 - - message`, behind the relay's time.
#[inline(never)]
pub(super) fn behind_relay<'a>(
    text: &'a [u8],
    now: Millis,
    programs: &Programs,
) -> Option<Header<'a>> {
    let (host, message) = next_word(text);
    if !matches!(message, [b'<', b'0'..=b'9', ..]) || !is_host(host) {
        return None;
    }
    relayed(Header { host, message, ..Header::default() }, now, programs)
}

/// Reads the header of the machine that a line is from, where it stands behind that of a relay: with its priority, or by its date.
#[cold]
#[inline(never)]
pub(super) fn relayed<'a>(
    relay: Header<'a>,
    now: Millis,
    programs: &Programs,
) -> Option<Header<'a>> {
    let (line, version) = without_priority(relay.message);
    let header = match time::yearless(line, now) {
        _ if version => rfc5424::read(line)?,
        _ if begins(line, b"1 2") => {
            rfc5424::read(line.get(2..)?).filter(|header| header.time.is_some())?
        }
        // AIX
        _ if begins(behind_priority(line), b"Message forwarded from ") => {
            let (host, rest) =
                split_once(behind(behind_priority(line), b"Message forwarded from ")?, b": ")?;
            Header { host, ..tagged(rest).filter(|_| is_host(host))? }
        }
        Some((time, rest)) => {
            Header { time: Some(time), is_local: true, ..behind_time(rest, programs) }
        }
        None => {
            let (stamp, rest) = word(line);
            let time = time::parse(stamp).filter(|_| stamp.len() > 19);
            let has_priority = line.len() < relay.message.len();
            let header =
                tagged(rest).or_else(|| oddly_tagged(rest, programs)).filter(|_| time.is_some());
            header
                .or_else(|| tagged(line).filter(|_| has_priority))
                .map(|header| Header { time, ..header })
                .or_else(|| device::read(line, now))?
        }
    };
    (!header.program.is_empty()).then(|| header.or(&relay))
}

/// The text behind `auth|security:info `.
fn behind_priority(line: &[u8]) -> &[u8] {
    match next_word(line) {
        (first, rest) if is_priority(first) => rest,
        _ => line,
    }
}
