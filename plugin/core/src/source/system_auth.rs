//! Authentication logs of Unix systems: sshd, sudo, su, PAM, login, account tools, logind and Dropbear, through syslog or the journal.

mod form;
mod forms;
mod sign_in;

use super::Source;
use crate::event::{Category, Class, Outcome, Slot};
use crate::parse::line::{Line, find, number, rsplit_once, skip_blanks, split_once};
use crate::parse::text::{begins, behind, ends, has_byte, word_within};
use form::Parts;
use forms::{ACCOUNTS, DROPBEAR, Failure, LOGIN, LOGIND, PAM, SSHD, SU, Saying};

pub static SOURCE: Source = Source {
    id: "system.auth",
    summary: "Authentication logs of Unix systems: sshd, sudo, su, PAM, login, useradd and its kin, logind, Dropbear",
    doc: "Lines of syslog (RFC 3164, RFC 5424, with or without its header), of the journal, and of shippers that took the header apart. \
          What one failure makes several programs or modules say is one failure: `PAM`, sshd's `Invalid user` and its `Failed password` of one \
          connection are counted once. `message repeated N times` stands for N. Sessions are known by host and process id. \
          Messages as in the sources of OpenSSH, Linux-PAM, sudo, shadow, util-linux, systemd and Dropbear.",
    keys: &[],
    rows: &[],
    finish: |_| {},
    text: Some(text),
};

/// What these programs say is shorter: syslog cuts lines at 1 to 8 KiB.
const LONGEST: usize = 8 << 10;

/// Reads the line if one of the programs wrote it.
fn text(line: &mut Line<'_>) -> bool {
    // Every form looks for its words: a text of any length must not be searched so often.
    if line.message.len() > LONGEST {
        return false;
    }
    line.message = stripped(line.message);
    let is_known = match program(line.program) {
        Program::Sshd => sshd(line),
        Program::Sudo => sudo(line) || pam(line),
        Program::Su => pam(line) || says(SU, line),
        Program::Login => pam(line) || says(LOGIN, line),
        Program::Dropbear => says(DROPBEAR, line),
        Program::Logind => says(LOGIND, line),
        Program::Accounts => pam(line) || says(ACCOUNTS, line),
        // A message without its header: PAM and sshd are known by what they say, which begins with no digit.
        Program::Untold => !matches!(line.message, [b'0'..=b'9', ..]) && (pam(line) || sshd(line)),
        Program::Other => return pam(line) && finish(line),
    };
    // Whatever else these programs say is theirs too, if it has a name to it.
    let is_theirs = is_known || (!line.program.is_empty() && known_program(line));
    is_theirs && finish(line)
}

/// Who says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Program {
    Sshd,
    Sudo,
    Su,
    Login,
    Dropbear,
    Logind,
    Accounts,
    /// The framing does not tell.
    Untold,
    Other,
}

/// Names of at most eight letters are compared as one word.
fn program(name: &[u8]) -> Program {
    const fn word(name: &[u8; 8]) -> u64 {
        u64::from_le_bytes(*name)
    }
    const SSHD: u64 = word(b"sshd\0\0\0\0");
    const SUDO: u64 = word(b"sudo\0\0\0\0");
    const SU: u64 = word(b"su\0\0\0\0\0\0");
    const SU_L: u64 = word(b"su-l\0\0\0\0");
    const RUNUSER: u64 = word(b"runuser\0");
    const LOGIN: u64 = word(b"login\0\0\0");
    const DROPBEAR: u64 = word(b"dropbear");
    match (name.len(), word_within(name, 0)) {
        (0, _) => return Program::Untold,
        (4, SSHD) => return Program::Sshd,
        (4, SUDO) => return Program::Sudo,
        (2, SU) | (4, SU_L) | (7, RUNUSER) => return Program::Su,
        (5, LOGIN) => return Program::Login,
        (8, DROPBEAR) => return Program::Dropbear,
        _ => {}
    }
    match name {
        b"sshd-session" | b"sshd-auth" => Program::Sshd,
        b"systemd-logind" => Program::Logind,
        b"useradd" | b"usermod" | b"userdel" | b"groupadd" | b"groupmod" | b"groupdel" | b"gpasswd" | b"passwd" | b"chage" | b"chfn" | b"chsh" | b"adduser"
        | b"newusers" | b"chpasswd" => Program::Accounts,
        _ => Program::Other,
    }
}

/// Programs that are looked into even where their message is of no known form.
fn known_program(line: &mut Line<'_>) -> bool {
    // Those that write much else are left to what they are known for.
    let is_ours = match program(line.program) {
        Program::Untold | Program::Other => false,
        _ => ![&b"su-l"[..], b"runuser", b"adduser", b"newusers", b"chpasswd"].contains(&line.program),
    };
    if is_ours {
        unread(Category::System, line.message, line);
    }
    is_ours
}

/// What is of no known form: its words are all that is told.
fn unread<'a>(category: Category, words: &'a [u8], line: &mut Line<'a>) {
    line.event.set_class(Class::Other);
    line.event.set_category(category);
    line.event.set_outcome(Outcome::Unknown);
    line.put(Slot::OutcomeReason, words);
}

fn finish(line: &mut Line<'_>) -> bool {
    line.put(Slot::EnvService, line.program);
    line.put(Slot::ActorSession, line.pid);
    if !line.event.has(Slot::ActionName) {
        line.put(Slot::ActionName, line.program);
    }
    let is_named = line.event.has(Slot::ActorName) || line.event.has(Slot::ActorId);
    line.event.put_word(Slot::ActorType, if is_named { "user" } else { "system" });
    true
}

/// Without what some systems put before and behind a message.
fn stripped(message: &[u8]) -> &[u8] {
    let message = message.trim_ascii();
    // Solaris: `[ID 800047 auth.info] `; Dropbear under some loggers: `[825] Jul 10 23:57:29 `.
    let message = match behind(message, b"[").and_then(|rest| split_once(rest, b"] ")) {
        Some((id, rest)) if begins(id, b"ID ") => rest,
        Some((pid, rest)) if number(pid).is_some() => crate::time::yearless(rest, 0).map_or(rest, |(_, rest)| rest),
        _ => message,
    };
    match message.split_last_chunk::<10>() {
        Some((before, _)) if matches!(message, [.., b']']) && ends(message, b" [preauth]") => before,
        _ => message,
    }
}

fn sshd(line: &mut Line<'_>) -> bool {
    if sign_in::read(line) {
        return true;
    }
    let mut message = line.message;
    message = behind(message, b"error: ").unwrap_or(message);
    message = behind(message, b"fatal: ").unwrap_or(message);
    message = behind(message, b"debug1: ").unwrap_or(message);
    let whole = std::mem::replace(&mut line.message, message);
    let is_known = says(SSHD, line) || pam(line);
    line.message = whole;
    is_known
}

/// Looks the message up among the sayings.
fn says(sayings: &'static [Saying], line: &mut Line<'_>) -> bool {
    let first = word_within(line.message, 0);
    for saying in sayings {
        let (head, mask) = saying.head;
        if (first ^ head) & mask == 0 {
            let mut parts = Parts::default();
            if form::read(saying.form.as_bytes(), line.message, &mut parts) {
                said(saying, &parts, line);
                return true;
            }
        }
    }
    false
}

/// Fills the event with what was said.
fn said<'a>(saying: &'static Saying, parts: &Parts<'a>, line: &mut Line<'a>) {
    let account = real_name(parts.account);
    if saying.target == "group" && !account.is_empty() && parts.by.is_empty() {
        // Who was put into the group; by whom, these tools do not say.
        line.put(Slot::TargetId, account);
    } else {
        line.put(Slot::ActorName, if parts.by.is_empty() { account } else { parts.by });
    }
    line.put(Slot::ActorId, parts.id);
    line.put(Slot::TargetName, parts.target);
    if !parts.target.is_empty() {
        line.event.put_word(Slot::TargetType, saying.target);
    }
    if parts.is_ipv4 {
        line.put(Slot::OriginIp, parts.address);
    } else {
        line.put_origin(parts.address);
    }
    line.put_number(Slot::OriginPort, parts.port);
    line.put(Slot::AuthzPolicy, parts.method);
    line.put(Slot::OutcomeReason, skip_blanks(parts.reason));
    let more = number(parts.count).and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    meant(saying, !parts.address.is_empty(), more, line);
    if begins(saying.form.as_bytes(), b"PAM %c") || begins(saying.form.as_bytes(), b"authentication failure;") {
        pam_fields(line);
    }
}

/// What a saying means, by itself: of one from elsewhere, and of so many failures.
#[inline]
fn meant(saying: &Saying, is_from_elsewhere: bool, more: u32, line: &mut Line<'_>) {
    line.event.put_word(Slot::ActionName, saying.action);
    line.event.set_class(saying.class);
    line.event.set_category(saying.category);
    line.event.set_outcome(saying.outcome);
    if saying.class == Class::Login && saying.outcome == Outcome::Success && is_from_elsewhere {
        line.event.put_word(Slot::TargetType, "host");
        line.event.fill_from(Slot::TargetName, Slot::EnvHost.into());
    }
    match saying.failure {
        Failure::None => {}
        Failure::Told => line.event.times = 0,
        Failure::By(voice) => {
            line.event.voice = Some(voice);
            line.event.times = line.event.times.saturating_mul(more);
        }
    }
}

/// The name behind what sshd puts before one that no account has.
fn real_name(account: &[u8]) -> &[u8] {
    let name = behind(account, b"invalid user ").or_else(|| behind(account, b"illegal user ")).unwrap_or(account);
    if name == b"<invalid username>" { b"" } else { name }
}

/// `pam_unix(sshd:auth): ...`, of any PAM module, in any program.
fn pam(line: &mut Line<'_>) -> bool {
    let Some(rest) = behind(line.message, b"pam_").or_else(|| behind(line.message, b"(pam_")) else { return false };
    let Some(at) = find(rest, b")") else { return false };
    let behind = rest.get(at.saturating_add(1)..).unwrap_or_default();
    let behind = skip_blanks(behind.strip_prefix(b":").unwrap_or(behind));
    let whole = std::mem::replace(&mut line.message, behind);
    let is_known = says(PAM, line);
    line.message = whole;
    if !is_known {
        unread(Category::Authentication, behind, line);
    }
    true
}

/// `logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root`: what the remote side says comes before what PAM says of it.
fn pam_fields(line: &mut Line<'_>) {
    let message = line.message;
    let (head, user) = match rsplit_once(message, b" user=") {
        Some((head, user)) => (head, user),
        None => (message, &b""[..]),
    };
    let (head, host) = rsplit_once(head, b" rhost=").unwrap_or((head, b""));
    let remote_user = split_once(head, b" ruser=").map_or(&b""[..], |(_, user)| user).trim_ascii();
    line.put(Slot::ActorName, if user.is_empty() { remote_user } else { user });
    if !host.trim_ascii().is_empty() {
        line.put_origin(host.trim_ascii());
    }
}

/// `bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls`, or why not.
fn sudo(line: &mut Line<'_>) -> bool {
    let Some((user, rest)) = split_once(line.message, b" : ") else { return false };
    if user.is_empty() || has_byte(user, b'(') {
        return false;
    }
    let (head, command) = match split_once(rest, b"COMMAND=") {
        Some((head, command)) => (head, command),
        None => (rest, &b""[..]),
    };
    let reason = if begins(head, b"TTY=") || begins(head, b"PWD=") || begins(head, b"HOST=") || begins(head, b"(command continued)") {
        b""
    } else {
        head.get(..find(head, b" ; ").unwrap_or(head.len())).unwrap_or_default()
    };
    line.event.put_word(Slot::ActionName, "sudo");
    line.event.set_class(Class::Execute);
    line.event.set_category(Category::Access);
    line.put(Slot::ActorName, user);
    line.put(Slot::TargetName, command);
    line.event.put_word(Slot::TargetType, "command");
    if let Some((_, role)) = split_once(head, b"USER=") {
        line.put(Slot::AuthzRole, role.get(..find(role, b" ; ").unwrap_or(role.len())).unwrap_or_default());
    }
    sudo_outcome(reason, line);
    true
}

/// `3 incorrect password attempts` is three failures; anything else that stands in the place of a reason is a refusal.
fn sudo_outcome<'a>(reason: &'a [u8], line: &mut Line<'a>) {
    if reason.is_empty() {
        return line.event.set_outcome(Outcome::Success);
    }
    line.put(Slot::OutcomeReason, reason);
    let attempts = find(reason, b" incorrect password attempt").and_then(|at| number(reason.get(..at)?));
    match attempts {
        None => line.event.set_outcome(Outcome::Denied),
        Some(attempts) => {
            line.event.set_category(Category::Authentication);
            line.event.set_outcome(Outcome::Failure);
            line.event.times = line.event.times.saturating_mul(u32::try_from(attempts).unwrap_or(1));
            line.event.voice = Some(crate::event::Voice::Attempt);
        }
    }
}
