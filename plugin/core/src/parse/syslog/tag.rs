//! Tags: the host, the program and its process id before a message.

use super::{Header, Programs};
use crate::parse::line::{find, is_address, next_word, skip_blanks, split_once, word};
use crate::text::{begins, behind, ends, find_byte, number};

/// `host program[pid]: message`, `program[pid]: message`, `host [program] message`.
pub(super) fn tagged(text: &[u8]) -> Option<Header<'_>> {
    let (first, rest) = word(text);
    if let Some((program, pid)) = tag(first) {
        return in_brackets(first, rest).or(Some(Header {
            program,
            pid,
            message: rest,
            ..Header::default()
        }));
    }
    if matches!(first, [] | [.., b':']) {
        return None;
    }
    let (second, message) = word(rest);
    if let Some((program, pid)) = tag(second) {
        let host = if is_priority(first) { b"" } else { bare_host(first) };
        if pid.is_empty() && program.contains(&b'.') && is_priority(program) {
            let (third, message) = next_word(message);
            if let Some((program, pid)) = tag(third) {
                return Some(Header { host, program, pid, message, ..Header::default() });
            }
        }
        return Some(Header { host, program, pid, message, ..Header::default() });
    }
    if !matches!(second, [b'a'..=b'z', ..]) || !is_priority(second) {
        return None;
    }
    let (third, message) = word(message);
    tag(third).map(|(program, pid)| Header {
        host: bare_host(first),
        program,
        pid,
        message,
        ..Header::default()
    })
}

/// `[host] program[pid]: message`: what stands in brackets is a program where no other follows.
#[inline(always)]
fn in_brackets<'a>(first: &'a [u8], rest: &'a [u8]) -> Option<Header<'a>> {
    let [b'[', host @ .., b']'] = first else {
        return None;
    };
    let (second, message) = next_word(rest);
    let (program, pid) = tag(second).filter(|(_, pid)| number(pid).is_some())?;
    Some(Header { host, program, pid, message, ..Header::default() })
}

/// `host program[pid]:message`, `host %ASA-6-302013: message`, `host 123prog[4]: message`: only behind a time this is syslog for sure.
#[cold]
#[inline(never)]
pub(super) fn oddly_tagged<'a>(text: &'a [u8], programs: &Programs) -> Option<Header<'a>> {
    odd_tag(text).or_else(|| {
        let (host, rest) = next_word(text);
        // Some devices put a colon of its own before their tag.
        let header = odd_tag(behind(rest, b": ").unwrap_or(rest))
            .or_else(|| tag_without_colon(rest, programs));
        match header {
            Some(header) => (!matches!(host, [] | [.., b':'])).then_some(Header { host, ..header }),
            None => behind_relay_name(host, rest),
        }
    })
}

/// `relay1 web1 sshd[7]: message`, where a relay wrote its own name before that of the machine: both are called as machines are, so that no word of a message is
/// taken for one.
#[inline(never)]
fn behind_relay_name<'a>(relay: &[u8], text: &'a [u8]) -> Option<Header<'a>> {
    let (host, rest) = next_word(text);
    if !is_machine(relay) || !is_machine(bare_host(host)) {
        return None;
    }
    let (first, message) = next_word(rest);
    let header = match tag(first) {
        Some((program, pid)) => {
            number(pid)?;
            Header { program, pid, message, ..Header::default() }
        }
        None => odd_tag(rest).filter(|header| matches!(header.program, [b'%', ..]))?,
    };
    Some(Header { host: bare_host(host), ..header })
}

/// True if a machine is called so, and hardly anything else: with a digit, dot or hyphen within.
fn is_machine(name: &[u8]) -> bool {
    let fits =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    if name.contains(&b':') && is_address(name) {
        return true;
    }
    let is_number = name.iter().all(u8::is_ascii_digit);
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    !is_number
        && name.iter().all(fits)
        && ends(name.first())
        && ends(name.last())
        && name.iter().any(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}

/// A tag at the beginning, and what follows it: of a device, whose name begins with `%`; or with a process id, behind a name that begins with a digit,
/// or with no blank behind it.
#[inline(never)]
fn odd_tag(text: &[u8]) -> Option<Header<'_>> {
    let (first, _) = next_word(text);
    let end = if ends(first, b"]:") { None } else { find(first, b"]:") }
        .map_or(first.len(), |at| at.saturating_add(2));
    let (head, message) = text.split_at_checked(end)?;
    let (program, pid) = tag_parts(head)?;
    let is_odd = match program {
        [b'%', device @ ..] => matches!(device, [b'A'..=b'Z', ..]) && is_name(device),
        _ => {
            let has_pid = ends(head, b"]:") && (end == first.len() || number(pid).is_some());
            let name = without_path(program);
            has_pid && is_name(name) && name.iter().any(u8::is_ascii_alphabetic)
        }
    };
    let program = without_path(program);
    is_odd.then_some(Header { program, pid, message: skip_blanks(message), ..Header::default() })
}

/// `proftpd[12345] message`, and `syslogd 1.4.1: message`, which names its version.
#[inline(never)]
fn tag_without_colon<'a>(text: &'a [u8], programs: &Programs) -> Option<Header<'a>> {
    let (first, rest) = next_word(text);
    let (program, pid, message) = match first {
        [tag @ .., b']'] => {
            let (program, pid) = split_once(tag, b"[").filter(|(_, pid)| number(pid).is_some())?;
            (program, pid, rest)
        }
        // Some relays take the colon off.
        _ if programs.is_without_colon(first) => (first, &b""[..], rest),
        _ => {
            let (version, message) = next_word(rest);
            let [b'0'..=b'9', .., b':'] = version else {
                return None;
            };
            (
                first,
                &b""[..],
                if version.contains(&b'.') {
                    message
                } else {
                    return None;
                },
            )
        }
    };
    let program = called(program);
    let fits = matches!(program, [b'a'..=b'z' | b'A'..=b'Z', ..]) && is_name(program);
    fits.then(|| Header { program, pid, message: skip_blanks(message), ..Header::default() })
}

/// `authpriv.info`, as BusyBox writes it before the program, or `auth|security:info`, as AIX does.
pub(super) fn is_priority(text: &[u8]) -> bool {
    let Some(end) = text.iter().position(|byte| matches!(byte, b'.' | b':')) else {
        return false;
    };
    let (facility, severity) = (
        text.get(..end).unwrap_or_default(),
        text.get(end.saturating_add(1)..).unwrap_or_default(),
    );
    let is_facility = matches!(
        facility.get(..find_byte(facility, b'|', 0)).unwrap_or_default(),
        b"kern"
            | b"user"
            | b"mail"
            | b"daemon"
            | b"auth"
            | b"authpriv"
            | b"syslog"
            | b"cron"
            | b"ftp"
            | [b'l', b'o', b'c', b'a', b'l', b'0'..=b'7']
    );
    is_facility
        && matches!(
            severity,
            b"emerg"
                | b"alert"
                | b"crit"
                | b"err"
                | b"error"
                | b"warn"
                | b"warning"
                | b"notice"
                | b"info"
                | b"debug"
        )
}

/// `program[pid]:`, `program:`, `[program]`, `[program]:`, with or without the path it was started by.
pub(super) fn tag(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, pid) = match text {
        [b'[', name @ .., b']', b':'] => (name, &b""[..]),
        _ => tag_parts(text)?,
    };
    let name = called(name);
    let fits = matches!(name, [b'a'..=b'z' | b'A'..=b'Z' | b'(', ..]) && is_name(name);
    fits.then_some((name, pid))
}

fn tag_parts(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text {
        [b'[', name @ .., b']'] => Some((name, b"")),
        [tag @ .., b':'] => match split_once(tag, b"[") {
            Some((name, pid)) => {
                Some((name, pid.strip_suffix(b"]").or_else(|| before_severity(pid))?))
            }
            None => Some((tag, b"")),
        },
        _ => None,
    }
}

/// The process id of `krb5kdc[812](info):`, where the severity stands behind it.
#[cold]
fn before_severity(text: &[u8]) -> Option<&[u8]> {
    let (pid, severity) = split_once(text, b"](")?;
    let severity = severity.strip_suffix(b")")?;
    let is_word = !severity.is_empty()
        && severity.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b' ');
    (is_word && number(pid).is_some()).then_some(pid)
}

/// A host without the brackets that an IPv6 address may stand in.
#[inline(always)]
pub(super) fn bare_host(host: &[u8]) -> &[u8] {
    match host {
        [b'[', inner @ .., b']'] => inner,
        _ => host,
    }
}

/// True if it is made of what names of programs are made of.
fn is_name(name: &[u8]) -> bool {
    name.len() <= 48
        && name.iter().all(|&byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'(' | b')' | b'@')
        })
}

/// The program and its process id, as shippers give them: by name, or as the tag that stood in the line.
pub fn sender(text: &[u8]) -> (&[u8], &[u8]) {
    match text {
        [.., b':'] => tag_parts(text).map_or((text, b""), |(name, pid)| (called(name), pid)),
        _ => (called(text), b""),
    }
}

/// Name of a program, without decoration.
pub(super) fn called(name: &[u8]) -> &[u8] {
    // Worker processes of gdm are called after the end of their title: `gdm-password]`.
    let name = name.strip_suffix(b"]").unwrap_or(name);
    let (called, more) = name
        .split_at_checked(find_byte(name, b'(', 0))
        .filter(|(called, _)| !called.is_empty())
        .unwrap_or((name, b""));
    let called = without_path(called);
    // `sshd(pam_unix)` says which module speaks; `polkitd(authority=local)` and `run-parts(/etc/cron.daily)` say nothing that is looked for.
    let whole = name.len().wrapping_sub(called.len()).wrapping_sub(more.len());
    if begins(more, b"(pam_") { name.get(whole..).unwrap_or_default() } else { called }
}

/// A program without the directory it was started from.
fn without_path(program: &[u8]) -> &[u8] {
    match find_byte(program, b'/', 0) {
        at if at < program.len() => program.rsplit(|&byte| byte == b'/').next().unwrap_or_default(),
        _ => program,
    }
}
