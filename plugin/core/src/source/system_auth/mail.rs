//! Sign-ins to mail: Dovecot, Postfix and Cyrus' saslauthd.

#[cfg(test)]
pub(super) mod message_tests;

use super::forms::Failure::{By, Told};
use super::forms::{Saying, Sayings, failing, saying, served_by};
use super::{pam, says};
use crate::event::Category::{Authentication, Network};
use crate::event::Class::{Login, Logout, Other};
use crate::event::Outcome::{Denied, Failure as Failed, Success};
use crate::event::{FailureReport, Field, Server};
use crate::parse::line::{Line, find, rsplit_once, split_once};
use crate::text::{begins, behind, find_byte, has_ignoring_case};
use crate::time::{self, Millis};

/// Dovecot, whose processes serve many clients each.
pub(super) static DOVECOT: Server =
    Server { name: "dovecot", is_anywhere: false, has_access_log: false };

const fn login(form: &'static str) -> Saying {
    served_by(&DOVECOT, failing(form, "mail_login", Failed, By(FailureReport::Attempt)))
}

const fn attempt(form: &'static str) -> Saying {
    failing(form, "mail_login", Failed, By(FailureReport::Attempt))
}

/// Nobody was signed in when the connection ended: it tried nothing, or nothing that was taken.
const fn without_login(form: &'static str) -> Saying {
    served_by(&DOVECOT, saying(form, "mail_disconnect", Other, Network, Failed))
}

const fn signed_in(form: &'static str) -> Saying {
    served_by(&DOVECOT, saying(form, "mail_login", Login, Authentication, Success))
}

/// Messages of the sign-in processes, after their name: `imap-login`, `pop3-login`, `submission-login`, `managesieve-login`.
static DOVECOT_LOGIN: Sayings = Sayings::new(
    const {
        &[
            signed_in("Login: user=<%u>, method=%x, rip=%a%*"),
            signed_in("Logged in: user=<%u>, %xrip=%a%*"),
            // What was refused is read before what was not: the name is what the client says.
            served_by(
                &DOVECOT,
                failing(
                    "proxy(%x: Login failed to %x: user=<%u>, %xrip=%a%*",
                    "mail_login",
                    Failed,
                    By(FailureReport::PamAnswer),
                ),
            ),
            served_by(
                &DOVECOT,
                failing("proxy(%u): Login failed to %r", "mail_login", Failed, Told),
            ),
            signed_in("proxy(%w started proxying to %w user=<%u>, %xrip=%a%*"),
            served_by(
                &DOVECOT,
                saying(
                    "proxy(%u): Login succeeded%*",
                    "mail_login",
                    Other,
                    Authentication,
                    Success,
                ),
            ),
            login("%x(auth failed, %c attempts%x: user=<%u>, %xrip=%a%*"),
            login("%x(auth failed%x: user=<%u>, %xrip=%a%*"),
            login("%x(proxy dest auth failed%x: user=<%u>, %xrip=%a%*"),
            without_login("%x: user=<%u>, %xrip=%a%*"),
        ]
    },
);

/// Messages of these where no name was told: nothing of them is the client's choice.
static DOVECOT_NAMELESS: Sayings = Sayings::new(
    const {
        &[
            login("%x(auth failed, %c attempts%x: method=%x, rip=%a%*"),
            login("%x(auth failed, %c attempts%x: rip=%a%*"),
            login("%x(auth failed%x: method=%x, rip=%a%*"),
            login("%x(auth failed%x: rip=%a%*"),
            without_login("%x: method=%x, rip=%a%*"),
            without_login("%x: rip=%a%*"),
        ]
    },
);

/// Messages of the processes that serve signed-in users, after `imap(`.
static DOVECOT_SESSION: Sayings = Sayings::new(
    const {
        &[
            saying("%u): Logged out%*", "mail_disconnect", Logout, Authentication, Success),
            saying("%u)<%x: Logged out%*", "mail_disconnect", Logout, Authentication, Success),
            saying("%u): Disconnected%*", "mail_disconnect", Logout, Authentication, Success),
            saying("%u)<%x: Disconnected%*", "mail_disconnect", Logout, Authentication, Success),
            saying("%u): Connection closed%*", "mail_disconnect", Logout, Authentication, Success),
            saying(
                "%u)<%x: Connection closed%*",
                "mail_disconnect",
                Logout,
                Authentication,
                Success,
            ),
        ]
    },
);

/// True if one of Dovecot's processes runs such a command, which the kernel cuts at 15 letters.
pub(super) fn is_of_dovecot(command: &[u8]) -> bool {
    is_dovecot(command)
        || begins(command, b"managesieve")
        || matches!(
            command,
            b"log" | b"anvil" | b"imap" | b"pop3" | b"lmtp" | b"submission" | b"config"
        )
        || begins(command, b"imap-")
        || begins(command, b"submission-")
}

/// True if one of Dovecot's processes is called so, where it logs under its own name: `imap-login`, `auth-worker(22401)`.
pub(super) fn is_dovecot(program: &[u8]) -> bool {
    let name = program.get(..find_byte(program, b'(', 0)).unwrap_or_default();
    program == b"dovecot"
        || is_login(name)
        || matches!(name, b"auth" | b"auth-worker" | b"dovecot-auth")
}

fn is_login(process: &[u8]) -> bool {
    matches!(
        process,
        b"imap-login"
            | b"pop3-login"
            | b"submission-login"
            | b"managesieve-login"
            | b"imap-urlauth-login"
    )
}

/// `@400000004c91b044077a9e94 dovecot-auth: ..`, as multilog writes what a program says: the time, the program, and what it says.
pub(super) fn labelled(text: &[u8]) -> Option<(Millis, &[u8], &[u8])> {
    let (label, rest) = split_once(behind(text, b"@")?, b" ")?;
    let (program, message) = split_once(rest, b": ")?;
    let is_name = !program.is_empty() && !program.contains(&b' ');
    is_name.then_some((tai64n(label)?, program, message))
}

/// Reads a message of Dovecot's.
pub(super) fn dovecot(line: &mut Line<'_>) -> bool {
    let whole = line.message;
    let is_known = by_process(line);
    line.message = whole;
    is_known
}

fn by_process(line: &mut Line<'_>) -> bool {
    let whole = behind(line.message, b"dovecot: ").unwrap_or(line.message);
    let (process, message) = if line.program == b"dovecot" {
        let Some((process, rest)) = split_once(whole, b": ") else {
            return false;
        };
        (process, rest)
    } else {
        (line.program, whole)
    };
    line.message = without_level(message);
    let name = process.get(..find_byte(process, b'(', 0)).unwrap_or_default();
    match name {
        _ if is_login(name) && find(line.message, b"user=<").is_none() => {
            says(&DOVECOT_LOGIN, line) || says(&DOVECOT_NAMELESS, line)
        }
        _ if is_login(name) => says(&DOVECOT_LOGIN, line),
        b"auth" | b"auth-worker" | b"dovecot-auth" => {
            pam(line) || asked_for(in_full(process, line), line) || looked_up(line)
        }
        b"imap" | b"pop3" | b"managesieve" | b"submission" => {
            // The account stands in the name.
            let Some(rest) = whole.get(name.len().saturating_add(1)..) else {
                return false;
            };
            line.message = rest;
            says(&DOVECOT_SESSION, line)
        }
        _ => false,
    }
}

/// Its own files put the severity before the message.
fn without_level(message: &[u8]) -> &[u8] {
    leveled(message).unwrap_or(message)
}

fn leveled(message: &[u8]) -> Option<&[u8]> {
    [&b"Info: "[..], b"Warning: ", b"Error: ", b"Debug: "]
        .iter()
        .find_map(|level| message.strip_prefix(*level))
}

/// `2026-01-15 11:30:00 imap-login: Info: ..`, as Dovecot writes its own file, also with a TAI64N label as the time: the time, the process, and what it says.
#[inline(never)]
pub(super) fn own_log(text: &[u8]) -> Option<(Millis, &[u8], &[u8])> {
    let (time, rest) = match text {
        [b'@', label @ ..] => {
            let (label, rest) = split_once(label, b" ")?;
            (tai64n(label)?, rest)
        }
        _ => {
            let (stamp, rest) = text.split_at_checked(find_byte(text, b' ', 11))?;
            (time::parse(stamp)?, rest.strip_prefix(b" ")?)
        }
    };
    let (process, message) = split_once(rest, b": ")?;
    leveled(message)?;
    is_dovecot(process).then_some((time, process, message))
}

/// `400000004c91b044077a9e94`: seconds of TAI since 1970, and nanoseconds.
fn tai64n(label: &[u8]) -> Option<Millis> {
    // As daemontools reckon: TAI was ten seconds ahead in 1970, and leap seconds are not looked up.
    const AHEAD_S: i64 = 10;
    if label.len() != 24 {
        return None;
    }
    let hex = |digits: &[u8]| {
        digits.iter().try_fold(0i64, |number, &digit| {
            let digit = char::from(digit).to_digit(16)?;
            Some(number.wrapping_mul(16).wrapping_add(i64::from(digit)))
        })
    };
    let (seconds, nanoseconds) = label.strip_prefix(b"40000000")?.split_at_checked(8)?;
    let seconds = hex(seconds)?.wrapping_sub(AHEAD_S);
    Some(seconds.wrapping_mul(time::SECOND).wrapping_add(hex(nanoseconds)? / 1_000_000))
}

/// `sql(bob,192.0.2.1,<session>): unknown user`: one of the lists of accounts that are asked, one after the other. What the client is told, the process says that
/// signs people in.
fn looked_up<'a>(line: &mut Line<'a>) -> bool {
    let message = line.message;
    // `conn unix:auth-worker (pid=7,uid=97): auth-worker<3>: sql(..`
    let message = behind(message, b"conn unix:")
        .and_then(|rest| split_once(rest, b">: "))
        .map_or(message, |(_, rest)| rest);
    let Some((list, rest)) = split_once(message, b"(") else {
        return false;
    };
    // The name may hold the words of the line: nothing of it stands behind the last bracket.
    let Some((client, reason)) = rsplit_once(rest, b"): ") else {
        return false;
    };
    if list.is_empty() || list.contains(&b' ') {
        return false;
    }
    let (account, origin) = client_of(client);
    !origin.is_empty() && answered(account, origin, reason, line)
}

/// The account and the address of `bob,192.0.2.1,<session>`: the name, which the client says, may hold any number of commas.
fn client_of(client: &[u8]) -> (&[u8], &[u8]) {
    let client = match rsplit_once(client, b",") {
        Some((before, [b'<', ..] | [])) => before,
        _ => client,
    };
    rsplit_once(client, b",").unwrap_or((client, b""))
}

/// The text in brackets behind the process as well, which is no part of a program's name where the process logs under its own.
fn in_full<'a>(process: &'a [u8], line: &Line<'a>) -> &'a [u8] {
    let len = (line.message.as_ptr() as usize).wrapping_sub(line.text.as_ptr() as usize);
    let before = line.text.get(..len).unwrap_or_default();
    match rsplit_once(before, b" auth(") {
        Some((head, _)) if process == b"auth" => {
            before.get(head.len().saturating_add(1)..).unwrap_or_default()
        }
        _ => process,
    }
}

/// `auth(bob,192.0.2.1,sasl:plain)<session>: sql: Password mismatch`, as versions since 2.4 write it: `process` holds who asks.
fn asked_for<'a>(process: &'a [u8], line: &mut Line<'a>) -> bool {
    let Some((client, _)) = behind(process, b"auth(").and_then(|rest| rsplit_once(rest, b",sasl:"))
    else {
        return false;
    };
    let Some((list, reason)) = split_once(line.message, b": ") else {
        return false;
    };
    let (account, origin) = client_of(client);
    let is_list = !list.is_empty()
        && list.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_list && answered(account, origin, reason, line)
}

/// Takes one of the answers of a list of accounts that refuse.
fn answered<'a>(
    account: &'a [u8],
    origin: &'a [u8],
    reason: &'a [u8],
    line: &mut Line<'a>,
) -> bool {
    let outcome = match () {
        () if is_refusal(reason) => Failed,
        () if is_denial(reason) => Denied,
        // What it looks up may hold any word.
        () if find(line.text, b" Debug: ").is_some() => return false,
        () if speaks_of(reason, DENIALS) => Denied,
        () if speaks_of(reason, FAILURES) => Failed,
        () => return false,
    };
    line.event.put_word(Field::ActionName, "mail_login");
    line.event.set_class(Login);
    line.event.set_category(Authentication);
    line.event.set_outcome(outcome);
    line.event.times = 0;
    line.event.served_by = Some(&DOVECOT);
    if account != b"?" {
        line.put(Field::ActorName, account);
    }
    line.put_origin(origin);
    line.put(Field::OutcomeReason, reason);
    true
}

/// Words by which a list of accounts says that it refuses, whatever the rest of the reason.
const DENIALS: &[&[u8]] = &[
    b"not allowed",
    b"not in allowed",
    b"not permitted",
    b"denied",
    b"deny passdb",
    b"disabled",
    b"expired",
    b"locked",
    b"refusal",
    b"reject",
];

const FAILURES: &[&[u8]] = &[b" failed", b"mismatch", b"not found", b"not valid"];

fn speaks_of(reason: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| has_ignoring_case(reason, word))
}

/// True if the account exists and may not sign in.
fn is_denial(reason: &[u8]) -> bool {
    const REASONS: &[&[u8]] = &[
        b"pam_acct_mgmt() failed",
        b"User is disabled",
        b"Account is locked",
        b"Account expired",
        b"Account is expired",
        b"Password expired",
    ];
    REASONS.iter().any(|known| reason.starts_with(known))
}

/// The beginnings of what the lists of accounts answer where a password is wrong, or an account is not among theirs.
fn is_refusal(reason: &[u8]) -> bool {
    const REASONS: &[&[u8]] = &[
        b"unknown user",
        b"Unknown user",
        b"user not found",
        b"Password mismatch",
        b"password mismatch",
        b"pam_authenticate() failed",
        b"invalid credentials",
        b"Invalid credentials",
        b"Login failed",
        b"Authentication failure",
        b"authentication failed",
        b"Username contains disallowed character",
        b"Username character disallowed",
        b"Empty username",
        b"Empty password",
        b"invalid base64 data",
        b"Invalid base64 data",
        b"oauth2 failed",
    ];
    REASONS.iter().any(|known| reason.starts_with(known))
        || find(reason, b" password mismatch").is_some()
}

pub(super) static POSTFIX: Sayings = Sayings::new(
    const {
        &[
            failing(
                "warning: %x[%a]: SASL %m authentication failed: %x, sasl_username=%u",
                "mail_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            // With `smtpd_client_port_logging`.
            failing(
                "warning: %x[%a]:%w SASL %m authentication failed: %x, sasl_username=%u",
                "mail_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "warning: %x[%a]:%w SASL %m authentication failed%*",
                "mail_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "warning: %x[%a]: SASL %m authentication failed%*",
                "mail_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "warning: %x[%a]: SASL %m authentication aborted%*",
                "mail_login",
                Failed,
                Told,
            ),
            failing(
                "warning: %x[%a]:%w SASL %m authentication aborted%*",
                "mail_login",
                Failed,
                Told,
            ),
            failing("warning: SASL authentication failure: %r", "mail_login", Failed, Told),
            failing("warning: SASL authentication problem: %r", "mail_login", Failed, Told),
            saying("connect from %x[%a]", "mail_connect", Other, Network, Success),
            saying(
                "lost connection after AUTH from %x[%a]",
                "mail_disconnect",
                Other,
                Network,
                Failed,
            ),
            saying(
                "too many errors after AUTH from %x[%a]",
                "mail_disconnect",
                Other,
                Network,
                Failed,
            ),
            saying(
                "%w client=%x[%a], sasl_method=%w sasl_username=%u",
                "mail_login",
                Login,
                Authentication,
                Success,
            ),
        ]
    },
);

pub(super) static SASLAUTHD: Sayings = Sayings::new(
    const {
        &[
            failing(
                "do_auth %x: auth failure: [user=%u] [service=%x] %r",
                "mail_login",
                Failed,
                Told,
            ),
            failing(": auth failure: [user=%u] [service=%x] %r", "mail_login", Failed, Told),
        ]
    },
);

/// Courier's servers, Cyrus', and those of the University of Washington.
pub(super) static COURIER: Sayings = Sayings::new(
    const {
        &[
            attempt("LOGIN FAILED, user=%u, ip=[%a]%*"),
            attempt("LOGIN FAILED, method=%x, ip=[%a]%*"),
            attempt("LOGIN FAILED, ip=[%a]%*"),
            saying("LOGIN, user=%U, ip=[%a]%*", "mail_login", Login, Authentication, Success),
            saying(
                "LOGOUT, user=%U, ip=[%a]%*",
                "mail_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            attempt("Login failed user=%u auth=%x host=%x[%a]"),
            failing(
                "Login excessive login failures user=%u auth=%x host=%x[%a]",
                "mail_login",
                Denied,
                Told,
            ),
            failing("Login disabled user=%u auth=%x host=%x[%a]", "mail_login", Denied, Told),
            saying("Login user=%U host=%x[%a]%*", "mail_login", Login, Authentication, Success),
            saying(
                "DISCONNECTED, user=%U, ip=[%a]%*",
                "mail_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            attempt("AUTHENTICATE %m failure host=%x[%a]"),
            saying(
                "Authenticated user=%U host=%x[%a]%*",
                "mail_login",
                Login,
                Authentication,
                Success,
            ),
            attempt("error,relay=%a,msg=\"535 %x\",cmd: %*"),
            // The name is what the client says it is, and the host what its address is called.
            attempt("badlogin: [%a] %m %U SASL(%r"),
            attempt("badlogin: [%a] %m %r"),
            attempt("badlogin: %w [%a] %m %U SASL(%r"),
            attempt("badlogin: %w [%a] %m %r"),
            attempt("badlogin: %x[%a] %m %U SASL(%r"),
            attempt("badlogin: %x[%a] %m %r"),
            saying("login: %w [%a] %U %m %*", "mail_login", Login, Authentication, Success),
        ]
    },
);

/// Sendmail, whose messages begin with a message's id.
pub(super) static SENDMAIL: Sayings = Sayings::new(
    const {
        &[
            attempt("%w AUTH failure (%x): %x, user=%u, relay=%x[%a]%*"),
            attempt("%w AUTH failure (%x): %x, relay=%x[%a]%*"),
            failing(
                "%w %x[%a]%x: possible SMTP attack: command=AUTH, %*",
                "mail_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            saying(
                "%w AUTH=server, relay=%x[%a]%x, authid=%U, mech=%x",
                "mail_login",
                Login,
                Authentication,
                Success,
            ),
        ]
    },
);
