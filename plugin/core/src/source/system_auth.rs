//! Authentication logs of Unix systems: sshd, sudo, su, PAM, login, account tools, cron, servers of files and mail, through syslog or the journal.

mod accounts;
mod cron;
mod dropbear;
mod elevation;
mod files;
mod form;
mod forms;
mod login;
mod mail;
mod pam;
mod sign_in;
mod sshd;
mod sudo;
#[cfg(test)]
mod tests;

use super::{Lines, Source};
use crate::event::{Category, Class, FailureReport, Field, Outcome, Server};
use crate::parse::line::{Line, find, rsplit_once, skip_blanks, split_once, unmarked};
use crate::parse::syslog::Voucher;
use crate::parse::wrap;
use crate::text::{begins, behind, ends, find_byte, has_ignoring_case, number, word_within};
use accounts::ACCOUNTS;
use dropbear::DROPBEAR;
use form::Parts;
use forms::{Failure, Saying, Sayings};
use login::{LOGIN, LOGIND, SU};
use pam::PAM;
use sshd::SSHD;
use std::mem::discriminant;
use sudo::sudo;

pub static SOURCE: Source = Source {
    id: "system.auth",
    summary: "Authentication logs of Unix systems: sshd and sftp, sudo, su, doas, polkit, PAM, login, useradd and related tools, cron, logind, Dropbear, ftp and mail daemons",
    doc: "Lines of syslog (RFC 3164, RFC 5424, with or without the header), of the journal, and of shippers that parsed the header. One failure that \
          several programs or modules report is counted once: PAM's message, sshd's `Invalid user` and its `Failed password` of one connection. \
          `message repeated N times` counts N times. Sessions are identified by host and process id. A PAM module that refuses is not a failure if \
          another module accepts (`pam_unix` with `pam_sss`, `pam_ldap`, `pam_krb5`, `pam_winbind`): for each host, the source learns which programs \
          report their sign-ins themselves, and where another module decides. A connection that ends before a sign-in is not a logout. The end of a \
          command that sudo reports (`EXIT=`, `SIGNAL=`) is action `sudo_exit`. A failed `su` names the account that asked and counts against the \
          account that was asked for. The messages are those of OpenSSH, Linux-PAM, sudo, shadow, util-linux, systemd, Dropbear, cron, doas, ProFTPD \
          and Pure-FTPd; of Dovecot and vsftpd, whose own log files are read too, of Postfix, Sendmail, Courier, Cyrus and the University of Washington's servers; and of the PAM modules of Kerberos, Google Authenticator and \
          Duo.",
    says_why: true,
    lines: Some(Lines {
        is_of_command: Some(is_of_command),
        without_colon: &["sshd", "sshd-session", "sshd-auth", "dropbear"],
        of_own_log: Some(sudo::of_own_log),
        ..Lines::read_by(text)
    }),
    ..Source::BLANK
};

/// vsftpd, whose PAM lines and own lines are of two processes, and whose own log names no host.
static VSFTPD: Server = Server { name: "vsftpd", is_anywhere: true, has_access_log: false };

/// Maximum length of a message of these programs: syslog cuts lines at 1 to 8 KiB.
const LONGEST: usize = 8 << 10;

/// Reads the line if one of the programs wrote it.
fn text(line: &mut Line<'_>) -> bool {
    // Every form looks for its words: a text of any length must not be searched so often.
    if line.message.len() > LONGEST || !is_of_container(line) {
        return false;
    }
    let (message, is_preauth) = stripped(line.message);
    line.message = message;
    let is_read = by_program(line);
    if is_preauth && is_read {
        before_a_proof(line);
    }
    is_read
}

/// Nobody was signed in yet, so nobody signs out: a port check ends like this, and so does an attempt that other lines report.
fn before_a_proof(line: &mut Line<'_>) {
    if line.event.class == Some(Class::Logout) {
        line.event.set_class(Class::Other);
        line.event.set_category(Category::Network);
        line.event.set_outcome(Outcome::Failure);
    }
}

/// True if a process that runs this command may call itself so: the programs write their own lines. Modules of PAM write from whichever program asks them.
fn is_of_command(name: &[u8], command: &[u8]) -> bool {
    match (program(name), program(command)) {
        (Program::Untold | Program::Other, _) => true,
        (Program::Of(sayings), _) if std::ptr::eq(sayings, &PAM) => true,
        (Program::Of(sayings), Program::Sshd) if std::ptr::eq(sayings, &files::SFTP) => true,
        (Program::Of(one), Program::Of(other)) => std::ptr::eq(one, other),
        (Program::Dovecot, _) => mail::is_of_dovecot(command),
        (one, other) => discriminant(&one) == discriminant(&other),
    }
}

/// True if a program may write what PAM says for a service: programs that people sign in by write their own lines; others write for them, or under another name.
fn may_speak_for(service: &[u8], speaker: &[u8]) -> bool {
    use Program::{Dropbear, Login, Logind, Sshd, Su, Sudo};
    let named = program(service);
    let speaks_for_itself = matches!(named, Sshd | Sudo | Su | Login | Dropbear | Logind);
    !speaks_for_itself || discriminant(&named) == discriminant(&program(speaker))
}

/// Words in a tag by which an operator says that its lines are of sign-ins.
const TAG_WORDS: [&[u8]; 6] = [b"sshd", b"ssh", b"auth", b"authlog", b"authpriv", b"secure"];

/// True if more than the line says whose it is. A line without a header, under a key that applications write too, is the application's.
fn is_vouched_for(line: &Line<'_>) -> bool {
    let is_named = || {
        wrap::without_container(line.tag)
            .split(|byte| !byte.is_ascii_alphanumeric())
            .any(|word| TAG_WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    match line.voucher {
        Voucher::Shipper => true,
        Voucher::Line => is_named(),
        Voucher::Container(names) => writes_as(names, b"sshd") || is_named(),
    }
}

/// Programs that people run: no container is one of them, though an application may be called so.
const RUN_BY_PEOPLE: [&[u8]; 6] = [b"su", b"sg", b"login", b"passwd", b"sudo", b"doas"];

/// True if a container of these names may write what this program writes: a word of one is the program's name, or it passes on what syslog gets.
fn writes_as(names: &[u8], program: &[u8]) -> bool {
    let is_sshd = begins(program, b"sshd");
    let is_programs = |word: &[u8]| {
        word.eq_ignore_ascii_case(program)
            || is_sshd
                && [&b"ssh"[..], b"sshd", b"openssh"]
                    .iter()
                    .any(|ssh| word.eq_ignore_ascii_case(ssh))
    };
    let passes_on = |word: &[u8]| has_ignoring_case(word, b"syslog");
    let mut words = names.split(|byte| !byte.is_ascii_alphanumeric());
    let is_run = RUN_BY_PEOPLE.contains(&program);
    // A name such as `pure-ftpd` is of several words.
    let has_whole =
        || names.split(|&byte| byte == b' ').any(|name| name.eq_ignore_ascii_case(program));
    words.any(|word| passes_on(word) || !is_run && is_programs(word)) || !is_run && has_whole()
}

/// True if the container that wrote the line, if it was one, may be of the program that its header names.
fn is_of_container(line: &Line<'_>) -> bool {
    match line.voucher {
        Voucher::Container(names) if !line.program.is_empty() => writes_as(names, line.program),
        _ => true,
    }
}

fn by_program(line: &mut Line<'_>) -> bool {
    if let [.., b')'] = line.program
        && let Some(is_known) = by_module(line)
    {
        return is_known && finish(line);
    }
    let is_known = match program(line.program) {
        Program::Sshd => sshd(line),
        Program::Sudo => elevates(sudo(line) || pam(line), line),
        Program::Su => elevates(pam(line) || says(&SU, line) || pam_without_module(line), line),
        Program::Login => pam(line) || says(&LOGIN, line) || pam_without_module(line),
        Program::Dropbear => says(&DROPBEAR, line),
        Program::Logind => says(&LOGIND, line),
        Program::Accounts => pam(line) || says(&ACCOUNTS, line),
        Program::Dovecot => return (pam(line) || mail::dovecot(line)) && finish(line),
        Program::Of(sayings) => {
            let is_known = pam(line)
                || says(sayings, line)
                || pam_without_module(line)
                || line.program == b"vsftpd" && own_log(line);
            if is_known && line.program == b"vsftpd" {
                line.event.served_by = Some(&VSFTPD);
            }
            return is_known && finish(line);
        }
        // A message without its header: PAM and sshd are known by what they say, which begins with no digit.
        Program::Untold => {
            if let [b'0'..=b'9', _, _, _, b'-', ..] | [b'@', b'4', ..] = line.message {
                return dovecots_log(line) && finish(line) || of_label(line);
            }
            !matches!(line.message, [b'0'..=b'9', ..])
                && ((is_vouched_for(line) && (pam(line) || sshd_alone(line)))
                    || own_log(line)
                    || elevates(sudo::own_log(line), line))
        }
        Program::Other => return pam(line) && finish(line),
    };
    // Whatever else these programs say is theirs too, if it has a name to it.
    let is_theirs = is_known || (!line.program.is_empty() && known_program(line));
    is_theirs && finish(line)
}

/// A line of the file that vsftpd writes itself.
fn own_log(line: &mut Line<'_>) -> bool {
    let Some((time, pid, message)) = files::own_log(line.message) else {
        return false;
    };
    let whole = std::mem::replace(&mut line.message, message);
    if !says(&files::FTP, line) {
        line.message = whole;
        return false;
    }
    (line.program, line.pid) = (b"vsftpd", pid);
    line.event.served_by = Some(&VSFTPD);
    line.set_time(time);
    line.event.is_local_time = true;
    true
}

/// A line with a TAI64N label for its header, whose program names itself.
#[cold]
#[inline(never)]
fn of_label(line: &mut Line<'_>) -> bool {
    let Some((time, name, message)) = mail::labelled(line.message) else {
        return false;
    };
    if !matches!(line.voucher, Voucher::Shipper) || matches!(program(name), Program::Untold) {
        return false;
    }
    let whole = std::mem::replace(&mut line.message, message);
    line.program = name;
    line.set_time(time);
    // A program has a name here, so this is one step deep.
    if by_program(line) {
        return true;
    }
    (line.message, line.program) = (whole, b"");
    false
}

/// A line of the file that Dovecot writes itself.
fn dovecots_log(line: &mut Line<'_>) -> bool {
    let Some((time, process, message)) = mail::own_log(line.message) else {
        return false;
    };
    let whole = std::mem::replace(&mut line.message, message);
    line.program = process;
    if !mail::dovecot(line) {
        (line.message, line.program) = (whole, b"");
        return false;
    }
    line.program = process.get(..find_byte(process, b'(', 0)).unwrap_or(process);
    line.set_time(time);
    line.event.is_local_time = true;
    true
}

fn elevates(is_known: bool, line: &mut Line<'_>) -> bool {
    line.event.is_elevation = is_known;
    is_known
}

/// Who says it.
#[derive(Clone, Copy)]
enum Program {
    Sshd,
    Sudo,
    Su,
    Login,
    Dropbear,
    Logind,
    Accounts,
    Dovecot,
    /// One that writes much else, too, which is left to others.
    Of(&'static Sayings),
    /// The framing does not tell.
    Untold,
    Other,
}

/// The first eight letters of a name as one word.
const fn word(name: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*name)
}

/// Names of at most eight letters are compared as one word.
fn program(name: &[u8]) -> Program {
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
        b"useradd" | b"usermod" | b"userdel" | b"groupadd" | b"groupmod" | b"groupdel"
        | b"gpasswd" | b"passwd" | b"chage" | b"chfn" | b"chsh" | b"adduser" | b"newusers"
        | b"chpasswd" => Program::Accounts,
        _ => more(name),
    }
}

/// Programs of which only what is known is read.
fn more(name: &[u8]) -> Program {
    const CRON: u64 = word(b"cron\0\0\0\0");
    const CRON_CHILD: u64 = word(b"CRON\0\0\0\0");
    const CROND: u64 = word(b"crond\0\0\0");
    const CROND_CHILD: u64 = word(b"CROND\0\0\0");
    const CRONTAB: u64 = word(b"crontab\0");
    const VSFTPD: u64 = word(b"vsftpd\0\0");
    const PROFTPD: u64 = word(b"proftpd\0");
    const FTPD: u64 = word(b"ftpd\0\0\0\0");
    const IN_FTPD: u64 = word(b"in.ftpd\0");
    const SMTPD: u64 = word(b"smtpd\0\0\0");
    const WU_FTPD: u64 = word(b"wu-ftpd\0");
    const SM_MTA: u64 = word(b"sm-mta\0\0");
    const DOAS: u64 = word(b"doas\0\0\0\0");
    const PKEXEC: u64 = word(b"pkexec\0\0");
    const POLKITD: u64 = word(b"polkitd\0");
    const NOLOGIN: u64 = word(b"nologin\0");
    const TELNETD: u64 = word(b"telnetd\0");
    const RLOGIND: u64 = word(b"rlogind\0");
    const XINETD: u64 = word(b"xinetd\0\0");
    const RSHD: u64 = word(b"rshd\0\0\0\0");
    const PAM_DUO: u64 = word(b"pam_duo\0");
    const NEWGRP: u64 = word(b"newgrp\0\0");
    const SG: u64 = word(b"sg\0\0\0\0\0\0");
    const VIPW: u64 = word(b"vipw\0\0\0\0");
    const VIGR: u64 = word(b"vigr\0\0\0\0");
    // Shorter than eight letters, so that the word is all of the name.
    let sayings = match word_within(name, 0) {
        CRON | CRON_CHILD | CROND | CROND_CHILD | CRONTAB => &cron::CRON,
        VSFTPD | PROFTPD | FTPD | IN_FTPD | WU_FTPD => &files::FTP,
        SMTPD => &mail::POSTFIX,
        SM_MTA => &mail::SENDMAIL,
        DOAS => &elevation::DOAS,
        PKEXEC => &elevation::PKEXEC,
        POLKITD => &elevation::POLKIT,
        NOLOGIN => &elevation::NOLOGIN,
        TELNETD | RLOGIND | RSHD | XINETD => &elevation::DAEMONS,
        PAM_DUO => &PAM,
        NEWGRP | SG | VIPW | VIGR => &ACCOUNTS,
        _ => match name {
            b"sftp-server" | b"internal-sftp" => &files::SFTP,
            b"pure-ftpd" => &files::FTP,
            b"saslauthd" => &mail::SASLAUTHD,
            b"imapd" | b"pop3d" | b"ipop3d" | b"imapd-ssl" | b"pop3d-ssl" | b"imaplogin"
            | b"pop3login" | b"courierimaplogin" | b"courierpop3login" | b"courieresmtpd"
            | b"imap" | b"imaps" | b"pop3" | b"pop3s" => &mail::COURIER,
            b"sendmail" | b"sm-acceptingconnections" => &mail::SENDMAIL,
            b"in.telnetd" => &elevation::DAEMONS,
            b"unix_chkpwd" => &PAM,
            b"login_duo" => &PAM,
            _ if mail::is_dovecot(name) => return Program::Dovecot,
            _ => return Program::Other,
        },
    };
    Program::Of(sayings)
}

/// Programs that are looked into even where their message is of no known form.
fn known_program(line: &mut Line<'_>) -> bool {
    // Those that write much else are left to what they are known for.
    let is_ours = match program(line.program) {
        Program::Untold | Program::Other | Program::Dovecot | Program::Of(_) => false,
        _ => ![&b"su-l"[..], b"runuser", b"adduser", b"newusers", b"chpasswd"]
            .contains(&line.program),
    };
    if is_ours {
        unread(Category::System, line.message, line);
    }
    is_ours
}

/// Message of an unknown form: only its text is kept.
fn unread<'a>(category: Category, words: &'a [u8], line: &mut Line<'a>) {
    line.event.set_class(Class::Other);
    line.event.set_category(category);
    line.event.set_outcome(Outcome::Unknown);
    line.put(Field::OutcomeReason, words);
}

fn finish(line: &mut Line<'_>) -> bool {
    line.put(Field::EnvService, line.program);
    line.put(Field::ActorSession, line.pid);
    if !line.event.has(Field::ActionName) {
        line.put(Field::ActionName, line.program);
    }
    let is_named = line.event.has(Field::ActorName) || line.event.has(Field::ActorId);
    line.event.put_word(Field::ActorType, if is_named { "user" } else { "system" });
    true
}

/// Without what some systems put before and behind a message; and whether that says that nobody was signed in yet.
fn stripped(message: &[u8]) -> (&[u8], bool) {
    let message = match message.trim_ascii() {
        coloured @ ([..=0x1f | 0x7f.., ..]
        | [.., 0x1b, b'[', b'0', b'm']
        | [.., 0x1b, b'[', b'm']) => without_colour(coloured),
        message => message,
    };
    // Solaris: `[ID 800047 auth.info] `; Dropbear under some loggers: `[825] Jul 10 23:57:29 `.
    let message = match behind(message, b"[").and_then(|rest| split_once(rest, b"] ")) {
        Some((id, rest)) if begins(id, b"ID ") => rest,
        Some((pid, rest)) if number(pid).is_some() => {
            crate::time::yearless(rest, 0).map_or(rest, |(_, rest)| rest)
        }
        _ => message,
    };
    match message {
        [before @ .., _, _, _, _, _, _, _, _, _, b']'] if ends(message, b" [preauth]") => {
            (before, true)
        }
        [before @ .., _, _, _, _, _, _, _, _, _, _, b']'] if ends(message, b" [postauth]") => {
            (before, false)
        }
        _ => (message, false),
    }
}

/// Without control characters before it and a terminal's colour codes around it.
#[cold]
#[inline(never)]
fn without_colour(message: &[u8]) -> &[u8] {
    let message = message.get(unmarked(message)..).unwrap_or_default();
    let message = message.strip_suffix(b"\x1b[0m").unwrap_or(message);
    message.strip_suffix(b"\x1b[m").unwrap_or(message).trim_ascii()
}

/// `sshd(pam_unix)[4242]: authentication failure; ..`, as PAM wrote before its modules named the service themselves. `None` where it is no module's.
fn by_module(line: &mut Line<'_>) -> Option<bool> {
    let (program, module) = line.program.split_at_checked(find_byte(line.program, b'(', 0))?;
    if !begins(module, b"(pam_") {
        return None;
    }
    line.program = program;
    read_pam_module(module.get(5..).unwrap_or_default(), line.message, line);
    Some(true)
}

fn sshd(line: &mut Line<'_>) -> bool {
    sshd_alone(line)
        || without_level(line, |line| {
            says_among(SSHD.beginning_with(b'%'), word_within(line.message, 0), line)
                || pam(line)
                || pam_without_module(line)
        })
}

/// Messages that their beginning identifies as sshd's.
fn sshd_alone(line: &mut Line<'_>) -> bool {
    if sign_in::read(line) {
        return true;
    }
    without_level(line, |line| {
        let first = word_within(line.message, 0);
        says_among(SSHD.beginning_with(first as u8), first, line)
    })
}

/// With the message behind what sshd puts before it when it logs to its error output.
#[inline(always)]
fn without_level(line: &mut Line<'_>, read: impl FnOnce(&mut Line<'_>) -> bool) -> bool {
    let mut message = line.message;
    message = behind(message, b"error: ").unwrap_or(message);
    message = behind(message, b"fatal: ").unwrap_or(message);
    message = behind(message, b"debug1: ").unwrap_or(message);
    let whole = std::mem::replace(&mut line.message, message);
    let is_known = read(line);
    line.message = whole;
    is_known
}

/// Looks the message up among the sayings.
fn says(sayings: &'static Sayings, line: &mut Line<'_>) -> bool {
    let first = word_within(line.message, 0);
    says_among(sayings.beginning_with(first as u8), first, line)
        || says_among(sayings.beginning_with(b'%'), first, line)
}

fn says_among(sayings: &'static [Saying], first: u64, line: &mut Line<'_>) -> bool {
    for saying in sayings {
        let (head, mask) = saying.head;
        if (first ^ head) & mask == 0 {
            let mut parts = Parts::default();
            if form::read(saying.form.as_bytes(), line.message, &mut parts) {
                fill(saying, &parts, line);
                return true;
            }
        }
    }
    false
}

/// Fills the event by a form of message and its parts.
fn fill<'a>(saying: &'static Saying, parts: &Parts<'a>, line: &mut Line<'a>) {
    let account = if saying.account.is_empty() { real_name(parts.account) } else { saying.account };
    let by = if saying.target == "group" {
        // Who was put into the group; by whom, most of these tools do not say.
        line.put(Field::TargetId, account);
        parts.by
    } else if parts.by.is_empty() {
        account
    } else {
        parts.by
    };
    line.put(Field::ActorName, by);
    line.put(Field::ActorId, parts.id);
    line.put(Field::TargetName, skip_blanks(parts.target));
    if !parts.target.is_empty() {
        line.event.put_word(Field::TargetType, saying.target);
    }
    if parts.is_ipv4 {
        line.put(Field::OriginIp, parts.address);
    } else if !is_terminal(parts.address) {
        line.put_origin(parts.address);
    }
    line.put_number(Field::OriginPort, parts.port);
    if saying.has_role {
        let role = parts.method;
        let role = role.strip_suffix(b":").or_else(|| role.strip_suffix(b"]")).unwrap_or(role);
        line.put(Field::AuthzRole, role);
    } else {
        line.put(Field::AuthzPolicy, parts.method);
    }
    line.put(Field::OutcomeReason, skip_blanks(parts.reason));
    let more = number(parts.count).and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    // Who may become someone else has to know the password of that account.
    line.event.is_against_target =
        saying.class == Class::Login && saying.target == "user" && !parts.target.is_empty();
    line.event.served_by = saying.served_by;
    meant(saying, !parts.address.is_empty(), more, line);
    if saying.class == Class::Logout && gave_up(parts.reason) {
        before_a_proof(line);
    }
    if parts.method == KEY {
        offered(line);
    }
    // What ends in pairs is taken apart on its own.
    if ends(saying.form.as_bytes(), b"; %*") || begins(saying.form.as_bytes(), b"PAM %c") {
        pam_fields(line);
    }
}

/// True if a client says that it leaves because nothing proved who it is, as versions do that do not say `[preauth]`.
fn gave_up(reason: &[u8]) -> bool {
    !reason.is_empty()
        && (find(reason, b"Auth fail").is_some()
            || find(reason, b"Auth cancel").is_some()
            || find(reason, b"o supported authentication methods").is_some()
            || find(reason, b"anceled authentication").is_some()
            || find(reason, b"ancelled authentication").is_some()
            || find(reason, b"oo many authentication failures").is_some()
            || find(reason, b"uthentication failed").is_some()
            || find(reason, b"uthentication failure").is_some()
            || find(reason, b"ermission denied").is_some()
            || find(reason, b"nable to authenticate").is_some())
}

/// Values in place of a host for a local user, or if no host is known.
fn is_terminal(origin: &[u8]) -> bool {
    begins(origin, b"tty")
        || begins(origin, b"pts/")
        || begins(origin, b"/dev/")
        || begins(origin, b":") && !begins(origin, b"::")
        || origin == b"UNKNOWN"
}

/// Effects of a message: on an event from elsewhere, and on a number of failures.
#[inline]
fn meant(saying: &Saying, is_from_elsewhere: bool, more: u32, line: &mut Line<'_>) {
    line.event.put_word(Field::ActionName, saying.action);
    line.event.set_class(saying.class);
    line.event.set_category(saying.category);
    line.event.set_outcome(saying.outcome);
    if saying.class == Class::Login && saying.outcome == Outcome::Success && is_from_elsewhere {
        line.event.put_word(Field::TargetType, "host");
        line.event.fill_from(Field::TargetName, Field::EnvHost.into());
    }
    line.event.let_in = saying.let_in;
    match saying.failure {
        Failure::None => {}
        Failure::Told => line.event.times = 0,
        Failure::By(report) => {
            line.event.failure_report = Some(report);
            line.event.times = line.event.times.saturating_mul(more);
        }
    }
}

/// As sshd names the method.
const KEY: &[u8] = b"publickey";

/// A key that was refused: agents offer one after the other, and nobody guesses them. Where none is taken, sshd tells of the connection's end.
#[inline]
fn offered(line: &mut Line<'_>) {
    if line.event.outcome != Some(Outcome::Success) {
        line.event.times = 0;
    }
}

/// The name behind what sshd puts before one that no account has.
fn real_name(account: &[u8]) -> &[u8] {
    let name = behind(account, b"invalid user ")
        .or_else(|| behind(account, b"illegal user "))
        .unwrap_or(account);
    match name {
        // What stands for a name that was none.
        b"<invalid username>" | b"NOUSER" | b"UNKNOWN" | b"(unknown)" => b"",
        _ => name,
    }
}

/// `pam_unix(sshd:auth): ...`, of any PAM module, in any program.
fn pam(line: &mut Line<'_>) -> bool {
    let Some(rest) = behind(line.message, b"pam_").or_else(|| behind(line.message, b"(pam_"))
    else {
        return false;
    };
    // `pam_krb5[12]: authentication fails for 'bob' (bob@EXAMPLE.COM): ..`
    if let Some((pid, message)) = behind(rest, b"krb5[").and_then(|rest| split_once(rest, b"]: "))
        && number(pid).is_some()
    {
        read_pam_module(b"krb5", message, line);
        return true;
    }
    // Neither a module nor a service has a blank in its name: what has one is the message, and a name in it may hold anything.
    let Some(at) = find(rest, b")").filter(|at| find_byte(rest, b' ', 0) > *at) else {
        return false;
    };
    let behind = rest.get(at.saturating_add(1)..).unwrap_or_default();
    if !may_ask(line.program, rest) {
        return false;
    }
    read_pam_module(rest, skip_blanks(behind.strip_prefix(b":").unwrap_or(behind)), line);
    true
}

/// True if the program may speak for the service that a module's text names in `unix(sshd:auth)`: those that people sign in by speak for themselves.
fn may_ask(program: &[u8], module: &[u8]) -> bool {
    let service = module.get(find_byte(module, b'(', 0).saturating_add(1)..).unwrap_or_default();
    let service = service.get(..find_byte(service, b':', 0)).unwrap_or_default();
    program.is_empty() || may_speak_for(service, program)
}

/// `authentication failure; logname= ..`, and `pam_unix: authentication failure; ..`, as older modules write that name no service: only of programs that are known.
fn pam_without_module(line: &mut Line<'_>) -> bool {
    if let Some(message) = behind(line.message, b"pam_ldap: ") {
        read_pam_module(b"ldap", message, line);
        return true;
    }
    let message = behind(line.message, b"pam_unix: ").unwrap_or(line.message);
    if !begins(message, b"authentication failure; logname=") {
        return false;
    }
    read_pam_module(b"unix", message, line);
    true
}

/// Message of a PAM module whose name begins with this text after `pam_`. If several modules are asked, each reports the same failure.
fn read_pam_module<'a>(module: &[u8], message: &'a [u8], line: &mut Line<'a>) {
    let whole = std::mem::replace(&mut line.message, message);
    if !says(&PAM, line) {
        unread(Category::Authentication, message, line);
    }
    line.message = whole;
    // This module calls the account so that it was asked for, and never says `user=`.
    if begins(module, b"krb5") && begins(message, b"authentication failure; logname=") {
        let account = real_name(pam_field(message, b"logname="));
        let is_named = line.event.has(Field::ActorName);
        if !is_named {
            line.put(Field::ActorName, account);
        } else if !line.event.has(Field::TargetName)
            && matches!(program(line.program), Program::Su | Program::Sudo)
        {
            line.put(Field::TargetName, account);
            line.event.put_word(Field::TargetType, "user");
            line.event.is_against_target = true;
        }
    }
    if line.event.failure_report == Some(FailureReport::Pam) && !begins(module, b"unix") {
        line.event.failure_report = Some(FailureReport::OtherPam);
    }
    let service = module.get(find_byte(module, b'(', 0)..).unwrap_or_default();
    if begins(service, b"(dovecot:") {
        line.event.served_by = Some(&mail::DOVECOT);
    }
}

/// `logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root`: where the remote side said a name of its own, that comes before what PAM says of it.
/// Who asks at the machine itself to act as someone else is named by the system: `logname=bob uid=1000 euid=0 tty=pts/0 ruser=bob rhost=  user=root`.
fn pam_fields(line: &mut Line<'_>) {
    let message = line.message;
    let is_elevation = matches!(program(line.program), Program::Su | Program::Sudo);
    let (head, host, user, remote_user) = match split_once(message, b" ruser= rhost=") {
        // The system names who asks and from where, and they whom they ask for.
        _ if is_elevation => {
            let (head, rest) = split_once(message, b" ruser=").unwrap_or((message, b""));
            let (remote_user, rest) = split_once(rest, b" rhost=").unwrap_or((rest, b""));
            let (host, rest) = crate::parse::line::word(rest);
            (head, host, behind(rest, b"user=").unwrap_or_default(), remote_user)
        }
        Some((head, rest)) => {
            let (host, rest) = crate::parse::line::word(rest);
            (head, host, behind(rest, b"user=").unwrap_or_default(), &b""[..])
        }
        None => match split_once(message, b" ruser=") {
            Some((head, rest)) => {
                let (remote_user, host, user) = between_names(rest);
                (head, host, user, remote_user)
            }
            None => {
                let (head, user) = rsplit_once(message, b" user=").unwrap_or((message, b""));
                let (head, host) = rsplit_once(head, b" rhost=").unwrap_or((head, b""));
                (head, host.trim_ascii(), user, &b""[..])
            }
        },
    };
    let asker = if host.is_empty() || is_elevation { remote_user } else { b"" };
    let asker = if asker.is_empty() && is_elevation { pam_field(head, b"logname=") } else { asker };
    if asker.is_empty() || user.is_empty() || asker == user {
        line.put(Field::ActorName, if user.is_empty() { remote_user } else { user });
    } else {
        line.put(Field::ActorName, asker);
        line.put(Field::TargetName, user);
        line.event.put_word(Field::TargetType, "user");
        line.event.is_against_target = true;
    }
    if !host.is_empty() && !is_terminal(host) {
        line.put_origin(host);
    }
}

/// How many places are tried where the second of two equal names may begin.
const MOST_NAMES: usize = 8;

/// The three values of `bob rhost=192.0.2.1  user=bob`, of which a client may have chosen both names, with the words of the line in them. The address stands
/// where there is one such word, else between two equal names, as servers say that ask for a name themselves, else at the end, else it is not known: where more places would have to be tried, too.
fn between_names(text: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let Some((remote_user, rest)) = split_once(text, b" rhost=") else {
        return (text.trim_ascii(), b"", b"");
    };
    if find(rest, b" rhost=").is_none() {
        let (host, user) = split_once(rest, b" user=").unwrap_or((rest, b""));
        return (remote_user.trim_ascii(), host.trim_ascii(), user);
    }
    let mut from = 0usize;
    for _ in 0..MOST_NAMES {
        let Some((_, user)) = text.get(from..).and_then(|rest| split_once(rest, b" user=")) else {
            // All places were tried: there is no second name, and the address is at the end.
            return match rsplit_once(text, b" rhost=") {
                Some((remote_user, host)) if find(host, b" user=").is_none() => {
                    (remote_user.trim_ascii(), host.trim_ascii(), b"")
                }
                _ => (text.trim_ascii(), b"", b""),
            };
        };
        if let Some((b"", rest)) =
            text.strip_prefix(user).and_then(|rest| split_once(rest, b" rhost="))
            && !user.is_empty()
        {
            return (user, crate::parse::line::word(rest).0, user);
        }
        from = text.len().saturating_sub(user.len());
    }
    (text.trim_ascii(), b"", b"")
}

/// The value of a field that a blank ends.
fn pam_field<'a, const N: usize>(fields: &'a [u8], name: &[u8; N]) -> &'a [u8] {
    split_once(fields, name)
        .map_or(&b""[..], |(_, value)| value.get(..find_byte(value, b' ', 0)).unwrap_or_default())
}
