//! Authentication logs of Unix systems: sshd, sudo, su, PAM, login, account tools, logind and Dropbear, through syslog or the journal.

mod form;
mod forms;

use super::Source;
use crate::event::{Category, Class, Outcome, Slot};
use crate::parse::line::{Line, find, number, rsplit_once, skip_blanks, split_once};
use crate::value::Val;
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

/// Reads the line if one of the programs wrote it.
fn text(line: &mut Line<'_>) -> bool {
    line.message = stripped(line.message);
    let is_known = match line.program {
        b"sshd" | b"sshd-session" | b"sshd-auth" => sshd(line),
        b"sudo" => sudo(line) || pam(line),
        b"su" | b"su-l" | b"runuser" => pam(line) || says(SU, line),
        b"login" => pam(line) || says(LOGIN, line),
        b"dropbear" => says(DROPBEAR, line),
        b"systemd-logind" => says(LOGIND, line),
        b"useradd" | b"usermod" | b"userdel" | b"groupadd" | b"groupmod" | b"groupdel" | b"gpasswd" | b"passwd" | b"chage" | b"chfn" | b"chsh" | b"adduser"
        | b"newusers" | b"chpasswd" => pam(line) || says(ACCOUNTS, line),
        // A message without its header: PAM and sshd are known by what they say.
        b"" => pam(line) || sshd(line),
        _ => return pam(line) && finish(line),
    };
    // Whatever else these programs say is theirs too, if it has a name to it.
    let is_theirs = is_known || (!line.program.is_empty() && known_program(line));
    is_theirs && finish(line)
}

/// Programs that are looked into even where their message is of no known form.
fn known_program(line: &mut Line<'_>) -> bool {
    let is_ours = [&b"sshd"[..], b"sshd-session", b"sshd-auth", b"sudo", b"su", b"login", b"dropbear", b"systemd-logind", b"useradd", b"usermod", b"userdel", b"groupadd", b"groupmod", b"groupdel", b"gpasswd", b"passwd", b"chage", b"chfn", b"chsh"].contains(&line.program);
    if is_ours {
        line.event.set_class(Class::Other);
        line.event.set_category(Category::System);
        line.event.set_outcome(Outcome::Unknown);
        line.put(Slot::OutcomeReason, line.message);
    }
    is_ours
}

fn finish(line: &mut Line<'_>) -> bool {
    line.put(Slot::EnvService, line.program);
    line.put(Slot::ActorSession, line.pid);
    if !line.event.has(Slot::ActionName) {
        line.put(Slot::ActionName, line.program);
    }
    let is_named = line.event.has(Slot::ActorName) || line.event.has(Slot::ActorId);
    line.event.set(Slot::ActorType, Val::Word(if is_named { "user" } else { "system" }));
    true
}

/// Without what some systems put before and behind a message.
fn stripped(message: &[u8]) -> &[u8] {
    let message = message.trim_ascii();
    // Solaris: `[ID 800047 auth.info] `; Dropbear under some loggers: `[825] Jul 10 23:57:29 `.
    let message = match message.strip_prefix(b"[").and_then(|rest| split_once(rest, b"] ")) {
        Some((id, rest)) if id.starts_with(b"ID ") => rest,
        Some((pid, rest)) if number(pid).is_some() => crate::time::yearless(rest, 0).map_or(rest, |(_, rest)| rest),
        _ => message,
    };
    message.strip_suffix(b" [preauth]").unwrap_or(message)
}

fn sshd(line: &mut Line<'_>) -> bool {
    let mut message = line.message;
    for level in [&b"error: "[..], b"fatal: ", b"debug1: "] {
        message = message.strip_prefix(level).unwrap_or(message);
    }
    let whole = std::mem::replace(&mut line.message, message);
    let is_known = says(SSHD, line) || pam(line);
    line.message = whole;
    is_known
}

/// Looks the message up among the sayings.
fn says(sayings: &'static [Saying], line: &mut Line<'_>) -> bool {
    for saying in sayings {
        let mut parts = Parts::default();
        if saying.begins_like(line.message) && form::read(saying.form.as_bytes(), line.message, &mut parts) {
            said(saying, &parts, line);
            return true;
        }
    }
    false
}

impl Saying {
    /// Tells most of them apart by the first letter.
    fn begins_like(&self, message: &[u8]) -> bool {
        let first = self.form.as_bytes().first();
        first == Some(&b'%') || first == message.first()
    }
}

/// Fills the event with what was said.
fn said<'a>(saying: &'static Saying, parts: &Parts<'a>, line: &mut Line<'a>) {
    line.event.set(Slot::ActionName, Val::Word(saying.action));
    line.event.set_class(saying.class);
    line.event.set_category(saying.category);
    line.event.set_outcome(saying.outcome);
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
        line.event.set(Slot::TargetType, Val::Word(saying.target));
    }
    line.put_origin(parts.address);
    line.put_number(Slot::OriginPort, parts.port);
    line.put(Slot::AuthzPolicy, parts.method);
    line.put(Slot::OutcomeReason, skip_blanks(parts.reason));
    if saying.class == Class::Login && saying.outcome == Outcome::Success && !parts.address.is_empty() {
        line.event.set(Slot::TargetType, Val::Word("host"));
        line.event.fill_from(Slot::TargetName, Slot::EnvHost.into());
    }
    count(saying, parts, line);
    if saying.form.starts_with("PAM %c") || saying.form.starts_with("authentication failure;") {
        pam_fields(line);
    }
}

/// How many failures the line stands for.
fn count(saying: &Saying, parts: &Parts<'_>, line: &mut Line<'_>) {
    let more = number(parts.count).and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
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
    let name = account.strip_prefix(b"invalid user ").or_else(|| account.strip_prefix(b"illegal user ")).unwrap_or(account);
    if name == b"<invalid username>" { b"" } else { name }
}

/// `pam_unix(sshd:auth): ...`, of any PAM module, in any program.
fn pam(line: &mut Line<'_>) -> bool {
    let Some(rest) = line.message.strip_prefix(b"pam_").or_else(|| line.message.strip_prefix(b"(pam_")) else { return false };
    let Some(at) = find(rest, b")") else { return false };
    let behind = rest.get(at.saturating_add(1)..).unwrap_or_default();
    let behind = skip_blanks(behind.strip_prefix(b":").unwrap_or(behind));
    let whole = std::mem::replace(&mut line.message, behind);
    let is_known = says(PAM, line);
    line.message = whole;
    if !is_known {
        line.event.set_class(Class::Other);
        line.event.set_category(Category::Authentication);
        line.event.set_outcome(Outcome::Unknown);
        line.put(Slot::OutcomeReason, behind);
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
    if user.is_empty() || user.contains(&b'(') {
        return false;
    }
    let (head, command) = match split_once(rest, b"COMMAND=") {
        Some((head, command)) => (head, command),
        None => (rest, &b""[..]),
    };
    let reason = if head.starts_with(b"TTY=") || head.starts_with(b"PWD=") || head.starts_with(b"HOST=") || head.starts_with(b"(command continued)") {
        b""
    } else {
        head.get(..find(head, b" ; ").unwrap_or(head.len())).unwrap_or_default()
    };
    line.event.set(Slot::ActionName, Val::Word("sudo"));
    line.event.set_class(Class::Execute);
    line.event.set_category(Category::Access);
    line.put(Slot::ActorName, user);
    line.put(Slot::TargetName, command);
    line.event.set(Slot::TargetType, Val::Word("command"));
    if let Some((_, role)) = split_once(head, b"USER=") {
        line.put(Slot::AuthzRole, role.get(..find(role, b" ; ").unwrap_or(role.len())).unwrap_or_default());
    }
    sudo_outcome(reason, line);
    true
}

/// `3 incorrect password attempts` is three failures; anything else that stands in the place of a reason is a refusal.
fn sudo_outcome<'a>(reason: &'a [u8], line: &mut Line<'a>) {
    line.put(Slot::OutcomeReason, reason);
    let attempts = find(reason, b" incorrect password attempt").and_then(|at| number(reason.get(..at)?));
    match attempts {
        _ if reason.is_empty() => line.event.set_outcome(Outcome::Success),
        None => line.event.set_outcome(Outcome::Denied),
        Some(attempts) => {
            line.event.set_category(Category::Authentication);
            line.event.set_outcome(Outcome::Failure);
            line.event.times = line.event.times.saturating_mul(u32::try_from(attempts).unwrap_or(1));
            line.event.voice = Some(crate::event::Voice::Attempt);
        }
    }
}
