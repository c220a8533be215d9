//! Messages of sudo: `bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls`, or why not.

#[cfg(test)]
pub(super) mod message_tests;

use crate::event::{Category, Class, FailureReport, Field, LetIn, Outcome};
use crate::parse::line::{Line, find, rsplit_once, split_once};
use crate::text::{begins, behind, has_byte, number};
use crate::time::{self, Millis};

/// Reads a message of sudo's own.
pub(super) fn sudo(line: &mut Line<'_>) -> bool {
    if let [b'@', ..] = line.message {
        return behind(line.message, b"@cee:{\"sudo\":{\"").is_some_and(|event| json(event, line));
    }
    let Some((user, rest)) = split_once(line.message, b" : ") else {
        return false;
    };
    if user.is_empty() || has_byte(user, b'(') {
        return false;
    }
    line.event.put_word(Field::ActionName, "sudo");
    line.event.set_category(Category::Access);
    line.event.put_word(Field::TargetType, "command");
    line.put(Field::ActorName, user);
    if let [b'(', ..] = rest
        && let Some(more) = behind(rest, b"(command continued) ")
    {
        // The rest of a command that was too long for one line: it was run once.
        line.event.set_class(Class::Other);
        line.event.set_outcome(Outcome::Success);
        line.put(Field::TargetName, more);
        return true;
    }
    let rest = if begins(rest, b"HOST=") { behind_host(rest) } else { rest };
    let (head, command) = command(rest);
    line.put(Field::AuthzRole, role(head));
    if let Some((command, end)) = ended(command) {
        line.put(Field::TargetName, command);
        exit(end, line);
        return true;
    }
    line.event.set_class(Class::Execute);
    line.put(Field::TargetName, command);
    outcome(reason(head), line);
    true
}

/// Its own file, whose lines name no program: `Jan 15 11:30:00 : bob : TTY=pts/0 ; PWD=/ ; ..`.
pub(super) fn of_own_log(message: &[u8]) -> Option<&'static str> {
    split_once(message, b" ; PWD=").is_some().then_some("sudo")
}

/// Its own file where `log_year` is set: `Jan 15 11:30:00 2026 : bob : TTY=pts/0 ; ..`, of which no header is known.
pub(super) fn own_log(line: &mut Line<'_>) -> bool {
    let Some(message) = behind(line.message, b": ").filter(|message| {
        find(message, b" ; PWD=").is_some() || find(message, b" ; USER=").is_some()
    }) else {
        return false;
    };
    let Some(time) = stamp_before(line.message, line.text) else {
        return false;
    };
    let whole = std::mem::replace(&mut line.message, message);
    // What was taken for the host is the year.
    line.event.unfill();
    if !sudo(line) {
        line.message = whole;
        return false;
    }
    line.program = b"sudo";
    line.set_time(time);
    line.event.is_local_time = true;
    true
}

/// The time that stands in front of a part of the text, with its year.
fn stamp_before(part: &[u8], text: &[u8]) -> Option<Millis> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let stamp = text.get(start.checked_sub(STAMP)?..start)?;
    // As `ctime` writes it: behind the day of the week.
    let mut moment = [b' '; STAMP + 3];
    moment.get_mut(4..)?.copy_from_slice(stamp.strip_suffix(b" ")?);
    time::ctime(&moment)
}

/// The length of `Jan 15 11:30:00 2026 `.
const STAMP: usize = 21;

/// The command, and how it ended, where `log_exit_status` makes sudo say so: `/bin/ls ; EXIT=0`, `/bin/x ; SIGNAL=KILL`, `/bin/x ; SIGNAL=SEGV ; EXIT=139`.
fn ended(command: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, last) = rsplit_once(command, b" ; ")?;
    let is_word = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_alphanumeric);
    if let Some(signal) = behind(last, b"SIGNAL=") {
        return is_word(signal).then_some((head, last));
    }
    number(behind(last, b"EXIT=")?)?;
    let before = rsplit_once(head, b" ; ")
        .filter(|(_, signal)| behind(signal, b"SIGNAL=").is_some_and(is_word));
    Some((before.map_or(head, |(head, _)| head), last))
}

/// The end of a command that another line said was run: what it came to is the command's own, no answer of sudo's.
fn exit<'a>(end: &'a [u8], line: &mut Line<'a>) {
    line.event.put_word(Field::ActionName, "sudo_exit");
    line.event.set_class(Class::Other);
    let code = behind(end, b"EXIT=").unwrap_or_default();
    line.event.set_outcome(if code == b"0" { Outcome::Success } else { Outcome::Unknown });
    line.put(Field::OutcomeCode, code);
    if code.is_empty() {
        line.put(Field::OutcomeReason, end);
    }
}

/// Its own log has the host apart: `HOST=web1 : TTY=pts/0 ; ..`.
#[inline(never)]
fn behind_host(text: &[u8]) -> &[u8] {
    match split_once(text, b" : ") {
        Some((host, behind)) if find(host, b" ; ").is_none() => behind,
        _ => text,
    }
}

/// `accept":{"submituser":"bob","command":"/bin/ls","runuser":"root", ..`: its form `json` through syslog. No value can hold a quote that is not escaped, so
/// none can pose as a member.
fn json<'a>(event: &'a [u8], line: &mut Line<'a>) -> bool {
    fn member<'t, const N: usize>(event: &'t [u8], key: &[u8; N]) -> &'t [u8] {
        let Some((_, value)) = split_once(event, key) else {
            return b"";
        };
        let mut is_kept = false;
        let end = value.iter().position(|&byte| {
            let is_end = byte == b'"' && !is_kept;
            is_kept = byte == b'\\' && !is_kept;
            is_end
        });
        end.and_then(|end| value.get(..end)).unwrap_or_default()
    }
    let is_exit = begins(event, b"exit\"");
    line.event.put_word(Field::ActionName, if is_exit { "sudo_exit" } else { "sudo" });
    line.event.set_class(if is_exit { Class::Other } else { Class::Execute });
    line.event.set_category(Category::Access);
    line.event.put_word(Field::TargetType, "command");
    line.put(Field::ActorName, member(event, b"\"submituser\":\""));
    line.put(Field::TargetName, member(event, b"\"command\":\""));
    line.put(Field::AuthzRole, member(event, b"\"runuser\":\""));
    outcome(member(event, b"\"reason\":\""), line);
    true
}

/// Text before the command, and the command.
fn command(text: &[u8]) -> (&[u8], &[u8]) {
    field(text, b"COMMAND=").unwrap_or((text, b""))
}

/// As whom it is run.
fn role(head: &[u8]) -> &[u8] {
    let role = field(head, b"USER=").map_or(&b""[..], |(_, role)| role);
    role.get(..find(role, b" ;").unwrap_or(role.len())).unwrap_or_default()
}

/// Text before a field, and from its value on.
#[inline(always)]
fn field<'t, const N: usize>(text: &'t [u8], name: &[u8; N]) -> Option<(&'t [u8], &'t [u8])> {
    let (head, value) = split_once(text, name)?;
    if is_before_field(head) { Some((head, value)) } else { later_field(text, name, head.len()) }
}

/// Directories and variables can have the field's name in them as well.
#[cold]
#[inline(never)]
fn later_field<'t, const N: usize>(
    text: &'t [u8],
    name: &[u8; N],
    at: usize,
) -> Option<(&'t [u8], &'t [u8])> {
    let mut at = at;
    loop {
        let from = at.saturating_add(1);
        at = from.saturating_add(find(text.get(from..)?, name)?);
        let (head, value) = text.split_at_checked(at)?;
        if is_before_field(head) {
            return Some((head, value.get(N..)?));
        }
    }
}

/// Fields end with ` ; `, behind which its own log may begin a new line.
#[inline(always)]
fn is_before_field(head: &[u8]) -> bool {
    matches!(head, [] | [.., b' ', b';', b' '])
        || matches!(head.trim_ascii_end(), [before @ .., b' ', b';'] if head.get(before.len().wrapping_add(2)) == Some(&b'\n'))
}

/// Why not: what stands before the fields.
fn reason(head: &[u8]) -> &[u8] {
    if is_field(head) {
        b""
    } else {
        head.get(..find(head, b" ; ").unwrap_or(head.len())).unwrap_or_default()
    }
}

#[inline]
fn is_field(head: &[u8]) -> bool {
    begins(head, b"TTY=")
        || begins(head, b"PWD=")
        || begins(head, b"HOST=")
        || begins(head, b"USER=")
        || begins(head, b"CHROOT=")
        || begins(head, b"TSID=")
}

#[inline(always)]
fn outcome<'a>(reason: &'a [u8], line: &mut Line<'a>) {
    if reason.is_empty() {
        line.event.let_in = Some(LetIn::Program);
        return line.event.set_outcome(Outcome::Success);
    }
    refusal(reason, line);
}

/// `3 incorrect password attempts` is three failures; most else that stands in the place of a reason is a refusal.
#[inline(never)]
fn refusal<'a>(reason: &'a [u8], line: &mut Line<'a>) {
    line.put(Field::OutcomeReason, reason);
    match find(reason, b" incorrect password attempt").and_then(|at| number(reason.get(..at)?)) {
        None if is_warning(reason) => line.event.set_outcome(Outcome::Unknown),
        None => line.event.set_outcome(Outcome::Denied),
        Some(attempts) => {
            line.event.set_category(Category::Authentication);
            line.event.set_outcome(Outcome::Failure);
            line.event.times =
                line.event.times.saturating_mul(u32::try_from(attempts).unwrap_or(1));
            line.event.failure_report = Some(FailureReport::Attempt);
        }
    }
}

/// Warnings of sudo after which it continues: another line reports whether the command was run.
fn is_warning(reason: &[u8]) -> bool {
    begins(reason, b"unable to resolve host")
        || begins(reason, b"problem with defaults entries")
        || begins(reason, b"timestamp too far in the future")
}
