//! Syslog's framing: RFC 5424, RFC 3164 as programs really write it, and rsyslog's high-precision form of it.

mod before;
mod dated;
mod device;
mod relay;
mod repeated;
mod rfc5424;
mod tag;

pub use before::Before;
pub use repeated::folded;
pub use tag::sender;

use super::line::{Line, is_address, next_word, skip_blanks, split_once, word};
use crate::event::Field;
use crate::text::begins;
use crate::time::{self, Millis};
use dated::{behind_zone, dated, has_tag};
use relay::{behind_relay, relayed};
use repeated::unfold;
use tag::{is_priority, oddly_tagged, tagged};

/// Who a line is from, and what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header<'a> {
    pub time: Option<Millis>,
    /// The time is that of the host's clock, and says no zone.
    pub is_local: bool,
    pub host: &'a [u8],
    pub program: &'a [u8],
    pub pid: &'a [u8],
    /// It is syslog's for its priority, though it names no program.
    pub is_nameless: bool,
    /// The file that the line is from, where a shipper states it.
    pub file: &'a [u8],
    /// Who vouches for the line's program.
    pub voucher: Voucher<'a>,
    /// The program or application that a shipper names beside the line: names, with a blank between them.
    pub author: &'a [u8],
    pub message: &'a [u8],
}

/// Who vouches that a line is of the program that it seems to be from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voucher<'a> {
    /// The file that the line was read from, a shipper that names the program, or the policy.
    #[default]
    Shipper,
    /// Nobody but the line itself: text under a key that applications write as well.
    Line,
    /// A container of this name wrote it.
    Container(&'a [u8]),
}

impl<'a> Header<'a> {
    /// With what stands beside the line where the line does not say it.
    #[inline(always)]
    pub fn or(mut self, beside: &Header<'a>) -> Header<'a> {
        if self.time.is_none() {
            (self.time, self.is_local) = (beside.time, beside.is_local);
        }
        if self.host.is_empty() {
            self.host = beside.host;
        }
        (self.file, self.voucher, self.author) = (beside.file, beside.voucher, beside.author);
        self
    }
}

/// Programs whose lines have a header of another form, as sources state them.
pub struct Programs {
    /// Names, in lists, that may stand before their message without a colon, which some relays take off.
    pub without_colon: &'static [&'static [&'static str]],
    /// The program that writes such a message to a log of its own, where the line names none; empty where none does.
    pub of_own_log: fn(&[u8]) -> &'static [u8],
}

impl Programs {
    fn is_without_colon(&self, name: &[u8]) -> bool {
        self.without_colon.iter().copied().flatten().any(|known| known.as_bytes() == name)
    }
}

/// Reads the header, if the line has one; dates without a year are taken to be near `now`.
#[inline(always)]
pub fn read<'a>(line: &'a [u8], now: Millis, before: &mut Before) -> Option<Header<'a>> {
    let line = without_count(line);
    let (behind, version) = without_priority(line);
    match before.sender.read_again(behind, now) {
        Some(header) if !version => Some(header),
        _ => read_anew(behind, version, behind.len() < line.len(), now, before),
    }
}

#[inline(never)]
fn read_anew<'a>(
    line: &'a [u8],
    version: bool,
    has_priority: bool,
    now: Millis,
    before: &mut Before,
) -> Option<Header<'a>> {
    let header = if version {
        // Some put the older form of it behind the version.
        rfc5424::read(line).or_else(|| without_version(line, has_priority, now, before))
    } else {
        without_version(line, has_priority, now, before)
    };
    let header = match header {
        Some(header) if header.program.is_empty() => {
            relayed(header, now, before.programs).unwrap_or(header)
        }
        Some(header) => header,
        None => device::read(line, now)?,
    };
    let is_nameless = has_priority
        && header.program.is_empty()
        && header.time.is_some()
        && (version || is_host(header.host));
    Some(Header { is_nameless, ..header })
}

/// True if a host may be called so.
fn is_host(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
        // With the zone of an IPv6 address.
        || name.contains(&b'%') && is_address(name)
}

#[inline(always)]
fn without_version<'a>(
    line: &'a [u8],
    has_priority: bool,
    now: Millis,
    before: &mut Before,
) -> Option<Header<'a>> {
    let programs = before.programs;
    if let Some((time, rest)) = before.days.yearless(line, now) {
        before.sender.learn_time(line, rest, time);
        return Some(before.sender.read(rest, time).unwrap_or_else(|| {
            let header = behind_time(rest, programs);
            if header.program.is_empty()
                && let Some(header) =
                    behind_zone(line, rest, time, programs).or_else(|| device::read(line, now))
            {
                return header;
            }
            before.sender.learn(rest, &header);
            Header { time: Some(time), is_local: true, ..header }
        }));
    }
    let (stamp, rest) = word(line);
    match before.days.parse(stamp) {
        Some(time) if stamp.len() > 19 => {
            let header = tagged(rest).or_else(|| oddly_tagged(rest, programs)).or_else(|| {
                if has_priority {
                    Some(behind_time(rest, programs)).filter(|header| is_host(header.host))
                } else {
                    behind_relay(rest, now, programs).or_else(|| before_pairs(rest))
                }
            });
            header.map(|header| match header.time {
                None => Header { time: Some(time), ..header },
                Some(_) => header,
            })
        }
        _ if is_led(stamp) => led(line, now).or_else(|| tagged(line)).filter(has_pid),
        _ if matches!(line, [b'[', b'0'..=b'9' | b'A'..=b'Z', ..]) => {
            in_brackets(line, now, programs).or_else(|| tagged(line)).filter(has_pid)
        }
        // `host program[pid]: message`, as forwarders leave it that take the time off.
        _ => match line {
            // W3C lines begin with a date as well, and are many: they have no `program[pid]:`.
            [b'0'..=b'9' | b'A'..=b'Z', ..] if has_tag(line) => {
                dated(line, now, programs).or_else(|| tagged(line))
            }
            _ => tagged(line),
        }
        .filter(has_pid),
    }
}

/// `[2026-01-15T11:30:00Z] HOST TAG: message`, `[Jan 15 11:30:00] HOST TAG: message`.
#[inline(never)]
fn in_brackets<'a>(line: &'a [u8], now: Millis, programs: &Programs) -> Option<Header<'a>> {
    let (stamp, rest) = split_once(line.get(1..)?, b"] ")?;
    let (time, is_local) = match time::parse(stamp) {
        Some(time) => {
            let zone = stamp.get(19..).unwrap_or_default();
            (time, !zone.iter().any(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-' | b'U')))
        }
        None => (time::yearless(stamp, now).filter(|(_, rest)| rest.is_empty())?.0, true),
    };
    let rest = skip_blanks(rest);
    let header = tagged(rest).or_else(|| oddly_tagged(rest, programs))?;
    is_host(header.host).then_some(Header { time: Some(time), is_local, ..header })
}

/// `HOST date=2026-01-15 time=11:30:00 ..`, as a relay writes the pairs of a firewall, which names no program.
#[cold]
#[inline(never)]
fn before_pairs(text: &[u8]) -> Option<Header<'_>> {
    let (host, message) = next_word(text);
    (is_host(host) && begins(message, b"date=2")).then(|| Header {
        host,
        message,
        ..Header::default()
    })
}

fn has_pid(header: &Header<'_>) -> bool {
    !header.pid.is_empty()
}

/// True if a header may stand behind this first word: a blank, the mark of a clock that is not set, or the priority in words.
#[inline(always)]
fn is_led(word: &[u8]) -> bool {
    matches!(word, [] | [b'*' | b'.', b'A'..=b'Z', ..] | [b'<', b'a'..=b'z', ..])
        || matches!(word, [b'a'..=b'z', ..]) && is_priority(word)
}

/// `auth.info Jan 15 11:30:00 HOST TAG: message`, `<auth.info> Jan 15 ..`, `*Jan 15 ..`, and with blanks before it.
#[cold]
#[inline(never)]
fn led(line: &[u8], now: Millis) -> Option<Header<'_>> {
    let (first, behind) = next_word(line);
    let rest = match first {
        [b'*' | b'.', ..] => line.get(1..)?,
        [b'<', priority @ .., b'>'] if is_priority(priority) => behind,
        // No blank stands between, and no time.
        [b'<', ..] => {
            let (priority, rest) = split_once(line.get(1..)?, b">")?;
            return tagged(rest).filter(|_| is_priority(priority));
        }
        [] => behind,
        _ if is_priority(first) => behind,
        _ => return None,
    };
    match time::yearless(rest, now) {
        Some((time, rest)) => {
            tagged(rest).map(|header| Header { time: Some(time), is_local: true, ..header })
        }
        None => {
            let (stamp, behind) = next_word(rest);
            let time = time::parse(stamp).filter(|_| stamp.len() > 19)?;
            tagged(behind).map(|header| Header { time: Some(time), ..header })
        }
    }
}

/// Without the length that RFC 6587 puts before a message: `83 <38>1 ..`; and without blanks before a priority. A tab stays: it marks what goes on from the line
/// before, which others may write.
fn without_count(line: &[u8]) -> &[u8] {
    if matches!(line, [b' ', ..]) {
        let rest = skip_blanks(line);
        return if matches!(rest, [b'<', b'0'..=b'9', ..]) { rest } else { line };
    }
    if !matches!(line, [b'1'..=b'9', ..]) {
        return line;
    }
    let digits = line.iter().take(7).take_while(|byte| byte.is_ascii_digit()).count();
    match line.get(digits..) {
        Some([b' ', rest @ ..]) if matches!(rest, [b'<', ..]) => rest,
        _ => line,
    }
}

/// Takes over what the header says, and a message that stands for several.
#[inline(always)]
pub fn apply<'a>(header: &Header<'a>, line: &mut Line<'a>) {
    if let Some(time) = header.time {
        line.set_time(time);
        line.event.is_local_time = header.is_local;
    }
    line.put_known(Field::EnvHost, header.host);
    (line.program, line.pid, line.is_nameless) = (header.program, header.pid, header.is_nameless);
    (line.file, line.voucher) = (header.file, header.voucher);
    line.message = header.message;
    unfold(line);
}

/// The line without the length and the priority before it, which may stand where no header does.
pub fn unframed(line: &[u8]) -> &[u8] {
    without_priority(without_count(line)).0
}

/// Takes `<86>` off, and the version behind it; whether there was a version.
fn without_priority(line: &[u8]) -> (&[u8], bool) {
    let [b'<', rest @ ..] = line else {
        return (line, false);
    };
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    match rest.get(digits..) {
        Some([b'>', b'1', b' ', rest @ ..]) if digits > 0 => (rest, true),
        Some([b'>', rest @ ..]) if digits > 0 => (skip_blanks(rest), false),
        _ => (line, false),
    }
}

/// `HOST TAG: message`; the host may be missing.
fn behind_time<'a>(text: &'a [u8], programs: &Programs) -> Header<'a> {
    tagged(text).or_else(|| oddly_tagged(text, programs)).unwrap_or_else(|| match next_word(text) {
        // A program's own log: `Jan 15 11:30:00 : bob : TTY=pts/0 ; PWD=/ ; ..`.
        (b":", message) => {
            Header { program: (programs.of_own_log)(message), message, ..Header::default() }
        }
        // AIX
        (b"Message", rest) if begins(rest, b"forwarded from ") => {
            Header { message: text, ..Header::default() }
        }
        (host, message) => Header { host, message, ..Header::default() },
    })
}

#[cfg(test)]
mod tests;
