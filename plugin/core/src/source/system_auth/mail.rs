//! Sign-ins to mail: Dovecot, Postfix and Cyrus' saslauthd.

use super::forms::Failure::{By, Told};
use super::forms::{Saying, Sayings, failing, saying, served_by};
use super::{pam, says};
use crate::event::Category::{Authentication, Network};
use crate::event::Class::{Login, Logout, Other};
use crate::event::Outcome::{Denied, Failure as Failed, Success};
use crate::event::{Field, Voice};
use crate::parse::line::{Line, find, split_once};
use crate::parse::text::{begins, behind, find_byte};

/// Dovecot, whose processes serve many clients each.
pub(super) const DOVECOT_NAME: &str = "dovecot";

const fn login(form: &'static str) -> Saying {
    served_by(DOVECOT_NAME, failing(form, "mail_login", Failed, By(Voice::Attempt)))
}

/// Nobody was signed in when the connection ended: it tried nothing, or nothing that was taken.
const fn without_login(form: &'static str) -> Saying {
    served_by(DOVECOT_NAME, saying(form, "mail_disconnect", Other, Network, Failed))
}

/// Messages of the sign-in processes, after their name: `imap-login`, `pop3-login`, `submission-login`, `managesieve-login`.
static DOVECOT_LOGIN: Sayings = Sayings::new(
    const {
        &[
            served_by(
                DOVECOT_NAME,
                saying(
                    "Login: user=<%u>, method=%x, rip=%a%*",
                    "mail_login",
                    Login,
                    Authentication,
                    Success,
                ),
            ),
            served_by(
                DOVECOT_NAME,
                saying(
                    "proxy(%u): Login succeeded%*",
                    "mail_login",
                    Other,
                    Authentication,
                    Success,
                ),
            ),
            login("%x(auth failed, %c attempts%x: user=<%u>, %xrip=%a%*"),
            without_login("%x: user=<%u>, %xrip=%a%*"),
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
        _ if is_login(name) => says(&DOVECOT_LOGIN, line),
        b"auth" | b"auth-worker" | b"dovecot-auth" => pam(line) || looked_up(line),
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
    [&b"Info: "[..], b"Warning: ", b"Error: ", b"Debug: "]
        .iter()
        .find_map(|level| message.strip_prefix(*level))
        .unwrap_or(message)
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
    let Some((client, reason)) = split_once(rest, b"): ") else {
        return false;
    };
    if list.is_empty() || list.contains(&b' ') {
        return false;
    }
    let (account, origin) = split_once(client, b",").unwrap_or((client, b""));
    let origin = origin.get(..find_byte(origin, b',', 0)).unwrap_or_default();
    if origin.is_empty() {
        return false;
    }
    let outcome = match () {
        () if is_refusal(reason) => Failed,
        () if begins(reason, b"pam_acct_mgmt() failed")
            || begins(reason, b"User is disabled")
            || begins(reason, b"Account is locked") =>
        {
            Denied
        }
        () => return false,
    };
    line.event.put_word(Field::ActionName, "mail_login");
    line.event.set_class(Login);
    line.event.set_category(Authentication);
    line.event.set_outcome(outcome);
    line.event.times = 0;
    line.event.served_by = DOVECOT_NAME;
    if account != b"?" {
        line.put(Field::ActorName, account);
    }
    line.put_origin(origin);
    line.put(Field::OutcomeReason, reason);
    true
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
                By(Voice::Attempt),
            ),
            failing(
                "warning: %x[%a]: SASL %m authentication failed%*",
                "mail_login",
                Failed,
                By(Voice::Attempt),
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
        &[failing(
            "do_auth %x: auth failure: [user=%u] [service=%x] %r",
            "mail_login",
            Failed,
            Told,
        )]
    },
);
