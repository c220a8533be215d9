//! Messages of the programs, and their meaning. Forms as in the sources of OpenSSH 7 to 10, Linux-PAM, shadow, util-linux, systemd and Dropbear.

use super::form::head;
use crate::event::{Category, Class, LetIn, Outcome, Server, Voice};

/// One message.
pub(super) struct Saying {
    /// See `form`.
    pub(super) form: &'static str,
    /// The form's first bytes, and which of a word's they are.
    pub(super) head: (u64, u64),
    pub(super) action: &'static str,
    pub(super) class: Class,
    pub(super) category: Category,
    pub(super) outcome: Outcome,
    /// A failure to prove who one is, and which voice tells of it; `Told` ones only say again what another line said.
    pub(super) failure: Failure,
    /// Type of the target, if the form has one.
    pub(super) target: &'static str,
    /// Whose account it is, where the message always means the same one.
    pub(super) account: &'static [u8],
    /// Who reports that a name was proved.
    pub(super) let_in: Option<LetIn>,
    /// See `Event`.
    pub(super) served_by: Option<&'static Server>,
    /// The form's method is whom the command is run as.
    pub(super) has_role: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    None,
    By(Voice),
    /// Told before, or about to be.
    Told,
}

/// Messages of one program. Messages with the same first letter are grouped, most frequent first, so that only one group is searched.
pub(super) struct Sayings {
    list: &'static [Saying],
    /// For each letter, from where to where.
    by_letter: [(u8, u8); 128],
}

impl Sayings {
    /// Fails to compile where one stands apart from others of its letter.
    pub(super) const fn new(list: &'static [Saying]) -> Sayings {
        let mut by_letter = [(0u8, 0u8); 128];
        let (mut index, mut rest) = (0u8, list);
        while let [saying, more @ ..] = rest {
            let letter = match saying.form.as_bytes() {
                [letter @ 0..=127, ..] => *letter as usize,
                // Never: it would stand apart.
                _ => 0,
            };
            let (_, from_letter) = by_letter.split_at_mut(letter);
            if let [(start, end), ..] = from_letter {
                assert!(
                    *end == 0 || *end == index,
                    "what begins with the same letter stands together"
                );
                *start = if *end == 0 { index } else { *start };
                *end = index.wrapping_add(1);
            }
            (index, rest) = (index.wrapping_add(1), more);
        }
        assert!(list.len() < 256);
        Sayings { list, by_letter }
    }

    /// Those that begin with the letter; `%` stands for any.
    #[inline]
    pub(super) fn beginning_with(&self, letter: u8) -> &'static [Saying] {
        let (start, end) = self.by_letter.get(usize::from(letter)).copied().unwrap_or_default();
        self.list.get(usize::from(start)..usize::from(end)).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> std::slice::Iter<'static, Saying> {
        self.list.iter()
    }
}

use Category::{Access, Authentication, Network, System};
use Class::{Create, Delete, Execute, Grant, Login, Logout, Other, Revoke, Update};
use Failure::{By, Told};
use Outcome::{Denied, Failure as Failed, Success, Unknown};

pub(super) const fn saying(
    form: &'static str,
    action: &'static str,
    class: Class,
    category: Category,
    outcome: Outcome,
) -> Saying {
    let let_in =
        if matches!((class, outcome), (Login, Success)) { Some(LetIn::Program) } else { None };
    Saying {
        form,
        head: head(form),
        action,
        class,
        category,
        outcome,
        failure: Failure::None,
        target: "user",
        account: b"",
        let_in,
        served_by: None,
        has_role: false,
    }
}

pub(super) const fn failing(
    form: &'static str,
    action: &'static str,
    outcome: Outcome,
    failure: Failure,
) -> Saying {
    Saying { failure, ..saying(form, action, Login, Authentication, outcome) }
}

/// The program let someone in, though it is no sign-in of its own.
const fn admitting(saying: Saying) -> Saying {
    Saying { let_in: Some(LetIn::Program), ..saying }
}

/// A module accepted.
const fn accepting(form: &'static str, action: &'static str) -> Saying {
    Saying { let_in: Some(LetIn::Module), ..saying(form, action, Other, Authentication, Success) }
}

/// A module opened a session for someone who was let in.
const fn opening(form: &'static str) -> Saying {
    Saying {
        let_in: Some(LetIn::Session),
        ..saying(form, "session_opened", Other, Authentication, Success)
    }
}

/// Whose `%m` is whom a command is run as.
pub(super) const fn acting_as(saying: Saying) -> Saying {
    Saying { has_role: true, ..saying }
}

/// Of a program whose processes serve many clients each.
pub(super) const fn served_by(server: &'static Server, saying: Saying) -> Saying {
    Saying { served_by: Some(server), ..saying }
}

pub(super) const fn on(target: &'static str, saying: Saying) -> Saying {
    Saying { target, ..saying }
}

/// Of the one account that the message is about.
pub(super) const fn of(account: &'static [u8], saying: Saying) -> Saying {
    Saying { account, ..saying }
}

pub(super) const FAILED: Saying =
    failing("Failed %m for %U from %a ssh%*", "ssh_login", Failed, By(Voice::Attempt));
pub(super) const ACCEPTED: Saying =
    saying("Accepted %m for %U from %a ssh%*", "ssh_login", Login, Authentication, Success);

/// A connection that ended before its user, who exists, had proved who they are. Where only keys are taken, nothing else is said of it at sshd's own log level;
/// where another line told of the attempts, this is no further one. It is said once, as `Invalid user` is of those who do not exist.
const UNPROVEN: Failure = By(Voice::NoSuchUser);

/// OpenSSH's server. Most frequent first.
///
/// Behind `ssh2: ` stands the key, and with it what others made up: a certificate's id, the user of another host. An account that exists is never
/// called so as to be mistaken for that; one that does not has no key.
pub(super) static SSHD: Sayings = Sayings::new(
    const {
        &[
            failing("Failed none for %u from %a ssh%*", "ssh_login", Failed, Told),
            failing(
                "Failed %m for invalid user %u from %a ssh%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            failing(
                "Failed %m for illegal user %u from %a ssh%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            FAILED,
            failing("Failed %m for %u from %A", "ssh_login", Failed, By(Voice::Attempt)),
            failing("Failed none for %u from %a", "ssh_login", Failed, Told),
            failing("Failed %m for %u from %a", "ssh_login", Failed, By(Voice::Attempt)),
            saying("Found matching %w key: %*", "ssh_key", Other, Authentication, Success),
            ACCEPTED,
            saying("Accepted %m for %U from %A", "ssh_login", Login, Authentication, Success),
            saying("Accepted %m for %U from %a", "ssh_login", Login, Authentication, Success),
            failing(
                "Access denied for user %u by PAM account configuration%*",
                "ssh_login",
                Denied,
                Told,
            ),
            failing("Access denied for user %u.", "ssh_login", Denied, Told),
            failing("Authentication refused: %r", "ssh_login", Denied, Told),
            failing("Authentication refused for %U: %r", "ssh_login", Denied, Told),
            failing("Authentication key %R revoked by file %*", "ssh_login", Denied, Told),
            failing(
                "Authentication tried for %U with correct key but not from a permitted host (host=%w ip=%a,%*",
                "ssh_login",
                Denied,
                By(Voice::Attempt),
            ),
            saying(
                "Address %a maps to %w but this does not map back to the address%*",
                "ssh_reverse_mapping",
                Other,
                Network,
                Failed,
            ),
            saying("Accepted key %w %w found at %*", "ssh_key", Other, Authentication, Success),
            on(
                "certificate",
                saying(
                    "Accepted certificate ID \"%t\" %*",
                    "ssh_key",
                    Other,
                    Authentication,
                    Success,
                ),
            ),
            saying("Accepted %w public key %w from %*", "ssh_key", Other, Authentication, Success),
            saying(
                "Authorized to %U, krb5 principal %*",
                "ssh_key",
                Other,
                Authentication,
                Success,
            ),
            failing("Invalid user %u from %a", "ssh_login", Failed, By(Voice::NoSuchUser)),
            failing("Illegal user %u from %a", "ssh_login", Failed, By(Voice::NoSuchUser)),
            failing("Invalid user from %a", "ssh_login", Failed, By(Voice::NoSuchUser)),
            failing(
                "Connection closed by authenticating user %u %A",
                "ssh_disconnect",
                Failed,
                UNPROVEN,
            ),
            failing("Connection closed by invalid user %u %A", "ssh_disconnect", Failed, Told),
            failing(
                "Connection reset by authenticating user %u %A",
                "ssh_disconnect",
                Failed,
                UNPROVEN,
            ),
            failing("Connection reset by invalid user %u %A", "ssh_disconnect", Failed, Told),
            saying(
                "Connection closed by user %u %A",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying(
                "Connection reset by user %u %A",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying("Connection closed by %a%*", "ssh_disconnect", Logout, Authentication, Success),
            saying("Connection reset by %a%*", "ssh_disconnect", Logout, Authentication, Success),
            failing("Certificate invalid: %r", "ssh_login", Denied, Told),
            saying("Could not write ident string to %a%*", "ssh_probe", Other, Network, Failed),
            saying(
                "Could not reverse map address %a%*",
                "ssh_reverse_mapping",
                Other,
                Network,
                Failed,
            ),
            failing("Could not get shadow information for %u", "ssh_login", Failed, Told),
            saying("Corrupted MAC on input%*", "ssh_probe", Other, Network, Failed),
            saying(
                "Close session: user %u from %a%*",
                "ssh_session",
                Logout,
                Authentication,
                Success,
            ),
            saying("Connection from %a on %*", "ssh_connect", Other, Network, Success),
            saying("Connection from %a", "ssh_connect", Other, Network, Success),
            failing(
                "Connection from authenticating user %U %A timed out",
                "ssh_disconnect",
                Failed,
                UNPROVEN,
            ),
            failing("Connection from invalid user %u %A timed out", "ssh_disconnect", Failed, Told),
            saying(
                "Connection from user %U %A timed out",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying(
                "Connection to %a timed out%*",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying(
                "Connection from %a timed out",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying("Connection from %a: refusing %r", "ssh_connect", Other, Network, Denied),
            saying("Connection from %a with IP %*", "ssh_connect", Other, Network, Denied),
            saying("Closing connection to %a", "ssh_disconnect", Logout, Authentication, Success),
            saying(
                "Received disconnect from %a:%r",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying(
                "Received disconnect from %a%*",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            of(
                b"root",
                failing("ROOT LOGIN REFUSED FROM %a%*", "ssh_login", Denied, By(Voice::Attempt)),
            ),
            failing("Rhosts authentication refused for %U: %r", "ssh_login", Denied, Told),
            failing("Refusing certificate ID %r", "ssh_login", Denied, Told),
            saying("Read from socket failed: %r", "ssh_connect", Other, Network, Failed),
            saying(
                "Read error from remote host %a: %r",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            on(
                "host",
                saying(
                    "Received request from %a to remote forward to host %t port %x but the request was denied%*",
                    "ssh_forward",
                    Other,
                    Network,
                    Denied,
                ),
            ),
            on(
                "host",
                saying(
                    "Received request to connect to host %t port %x but the request was denied%*",
                    "ssh_forward",
                    Other,
                    Network,
                    Denied,
                ),
            ),
            on("service", saying("Received signal %r", "ssh_server", Other, System, Success)),
            failing(
                "Disconnected from authenticating user %u %A",
                "ssh_disconnect",
                Failed,
                UNPROVEN,
            ),
            failing("Disconnected from invalid user %u %A", "ssh_disconnect", Failed, Told),
            saying(
                "Disconnected from user %u %A",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying("Disconnected from %a%*", "ssh_disconnect", Logout, Authentication, Success),
            failing(
                "Disconnecting authenticating user %U %A: %r",
                "ssh_disconnect",
                Failed,
                UNPROVEN,
            ),
            // The reason is cut at 100 bytes: the names in it are too short to say this again.
            failing(
                "Disconnecting invalid user %u %A: Change of username or service not allowed: %r",
                "ssh_disconnect",
                Failed,
                Told,
            ),
            failing("Disconnecting invalid user %u %A: %r", "ssh_disconnect", Failed, Told),
            saying(
                "Disconnecting user %U %A: %r",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            failing(
                "Disconnecting: Too many authentication failures for %u from %a ssh%*",
                "ssh_disconnect",
                Failed,
                Told,
            ),
            failing(
                "Disconnecting: Too many authentication failures for %u",
                "ssh_disconnect",
                Failed,
                Told,
            ),
            failing("Disconnecting: %r", "ssh_disconnect", Failed, Told),
            failing("Disconnecting %A: %r", "ssh_disconnect", Failed, Told),
            failing("Disconnecting %a: %r", "ssh_disconnect", Failed, Told),
            saying("Did not receive ident string from %a%*", "ssh_probe", Other, Network, Failed),
            saying(
                "Did not receive identification string from %a%*",
                "ssh_probe",
                Other,
                Network,
                Failed,
            ),
            failing(
                "PAM: Authentication failure for %u from %a%*",
                "ssh_login",
                Failed,
                By(Voice::PamAnswer),
            ),
            failing(
                "PAM: Authentication error for %u from %a%*",
                "ssh_login",
                Failed,
                By(Voice::PamAnswer),
            ),
            failing(
                "PAM: authentication error for %u from %a%*",
                "ssh_login",
                Failed,
                By(Voice::PamAnswer),
            ),
            failing(
                "PAM: User not known to the underlying authentication module for %u from %a%*",
                "ssh_login",
                Failed,
                By(Voice::PamAnswer),
            ),
            failing(
                "PAM: User account has expired for %u from %a%*",
                "ssh_login",
                Denied,
                By(Voice::PamAnswer),
            ),
            failing(
                "PAM: Permission denied for %u from %a%*",
                "ssh_login",
                Denied,
                By(Voice::PamAnswer),
            ),
            failing(
                "PAM: Have exhausted maximum number of retries for service for %u from %a%*",
                "ssh_login",
                Failed,
                By(Voice::PamAnswer),
            ),
            failing(
                "PAM: Have exhausted maximum number of retries for service. for %u from %a%*",
                "ssh_login",
                Failed,
                By(Voice::PamAnswer),
            ),
            failing(
                "PAM: Cannot make/remove an entry for the specified session for %u from %a%*",
                "ssh_login",
                Failed,
                By(Voice::PamAnswer),
            ),
            failing("PAM: %R. for %u from %a%*", "ssh_login", Failed, By(Voice::PamAnswer)),
            failing("PAM: %R for %u from %a%*", "ssh_login", Failed, By(Voice::PamAnswer)),
            failing("PAM %c more authentication failure%w%*", "ssh_login", Failed, By(Voice::Pam)),
            failing("PAM service(%x) ignoring max retries; %r", "ssh_login", Failed, Told),
            saying(
                "Protocol major versions differ for %a: %r",
                "ssh_probe",
                Other,
                Network,
                Failed,
            ),
            saying("Protocol major versions differ: %r", "ssh_probe", Other, Network, Failed),
            saying(
                "Postponed %m for invalid user %u from %a%*",
                "ssh_key",
                Other,
                Authentication,
                Unknown,
            ),
            saying("Postponed %m for %U from %a%*", "ssh_key", Other, Authentication, Unknown),
            saying(
                "Partial %m for invalid user %u from %a%*",
                "ssh_key",
                Other,
                Authentication,
                Success,
            ),
            saying("Partial %m for %U from %a%*", "ssh_key", Other, Authentication, Success),
            failing(
                "User %u from %a not allowed because %r",
                "ssh_login",
                Denied,
                By(Voice::NoSuchUser),
            ),
            failing("User %u not allowed because %r", "ssh_login", Denied, By(Voice::NoSuchUser)),
            saying("User %u password has expired (%*", "password_expired", Other, Access, Success),
            failing("Username too long from %a", "ssh_login", Failed, By(Voice::Attempt)),
            saying("Unable to negotiate with %A: %r", "ssh_connect", Other, Network, Failed),
            saying(
                "Unable to negotiate with authenticating user %U %A: %r",
                "ssh_connect",
                Other,
                Network,
                Failed,
            ),
            saying(
                "Unable to negotiate with invalid user %u %A: no matching %r",
                "ssh_connect",
                Other,
                Network,
                Failed,
            ),
            saying("Unable to negotiate with %a: %r", "ssh_connect", Other, Network, Failed),
            saying(
                "Unable to negotiate a key exchange method%*",
                "ssh_connect",
                Other,
                Network,
                Failed,
            ),
            saying("User child is on pid %w", "ssh_session", Other, System, Success),
            failing(
                "maximum authentication attempts exceeded for %u from %a%*",
                "ssh_login",
                Failed,
                Told,
            ),
            failing("input_userauth_request: invalid user %u", "ssh_login", Failed, Told),
            failing(
                "Too many authentication failures for %u from %a ssh%*",
                "ssh_login",
                Failed,
                Told,
            ),
            failing("Too many authentication failures for %u", "ssh_login", Failed, Told),
            failing(
                "Timeout before authentication for connection from %a to %*",
                "ssh_connect",
                Failed,
                Told,
            ),
            failing("Timeout before authentication for %a%*", "ssh_connect", Failed, Told),
            saying(
                "Timeout, client not responding from user %U %A",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying(
                "Timeout, client not responding%*",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying("Transferred: %*", "ssh_session", Other, System, Success),
            failing(
                "administratively prohibited connection for %u from %A",
                "ssh_login",
                Denied,
                Told,
            ),
            failing("Login restricted for %u: %r", "ssh_login", Denied, Told),
            failing(
                "WARNING: revoked key for %u attempted authentication",
                "ssh_login",
                Denied,
                Told,
            ),
            saying("Write failed: %r", "ssh_connect", Other, Network, Failed),
            failing(
                "public key %w %w signature for %u from %A rejected: %r",
                "ssh_login",
                Denied,
                Told,
            ),
            saying("padding error: %r", "ssh_probe", Other, Network, Failed),
            saying("probed from %a with %r", "ssh_probe", Other, Network, Failed),
            saying(
                "Bad protocol version identification '%Q' from %a",
                "ssh_probe",
                Other,
                Network,
                Failed,
            ),
            saying(
                "Bad remote protocol version identification: %r",
                "ssh_probe",
                Other,
                Network,
                Failed,
            ),
            saying("Bad packet length %*", "ssh_probe", Other, Network, Failed),
            saying("scanned from %a with %r", "ssh_probe", Other, Network, Failed),
            // Other lengths name a network, not a client.
            saying("srclimit_penalise: ipv4: new %a/32 %*", "ssh_penalty", Other, Network, Unknown),
            saying(
                "srclimit_penalise: ipv6: new %a/128 %*",
                "ssh_penalty",
                Other,
                Network,
                Unknown,
            ),
            saying("srclimit_penalise: %*", "ssh_penalty", Other, Network, Unknown),
            saying(
                "ssh_dispatch_run_fatal: Connection from %A: %r",
                "ssh_connect",
                Other,
                Network,
                Failed,
            ),
            on(
                "service",
                saying(
                    "subsystem request for %T by user %U failed, %r",
                    "ssh_subsystem",
                    Execute,
                    System,
                    Failed,
                ),
            ),
            on(
                "service",
                saying(
                    "subsystem request for %T by user %U",
                    "ssh_subsystem",
                    Execute,
                    System,
                    Success,
                ),
            ),
            on(
                "service",
                saying("subsystem request for %t", "ssh_subsystem", Execute, System, Success),
            ),
            saying("banner exchange: Connection from %a: %r", "ssh_probe", Other, Network, Failed),
            saying("kex_exchange_identification: %r", "ssh_probe", Other, Network, Failed),
            saying("kex_protocol_error: %r", "ssh_probe", Other, Network, Failed),
            saying(
                "reverse mapping checking getaddrinfo for %w [%a] failed%*",
                "ssh_reverse_mapping",
                Other,
                Network,
                Failed,
            ),
            saying("refused connect from %w (%a)", "ssh_connect", Other, Network, Denied),
            saying("refused connect from %a", "ssh_connect", Other, Network, Denied),
            on(
                "host",
                saying(
                    "refused local port forward: originator %a, target %t port %*",
                    "ssh_forward",
                    Other,
                    Network,
                    Denied,
                ),
            ),
            on(
                "host",
                saying(
                    "Nasty PTR record \"%t\" is set up for %a%*",
                    "ssh_reverse_mapping",
                    Other,
                    Network,
                    Failed,
                ),
            ),
            on(
                "session",
                saying(
                    "Starting session: %T for %U from %a%*",
                    "ssh_session",
                    Execute,
                    System,
                    Success,
                ),
            ),
            on("service", saying("Server listening on %*", "ssh_server", Other, System, Success)),
            saying("Magic value check failed%x from %A%*", "ssh_probe", Other, Network, Failed),
            saying(
                "terminating inactive connection from user %U %A",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying("drop connection #%w from %a on %w %r", "ssh_connect", Other, Network, Denied),
            on(
                "host",
                saying("connect_to %t port %w failed%*", "ssh_forward", Other, Network, Failed),
            ),
            on("host", saying("connect_to %t: %r", "ssh_forward", Other, Network, Failed)),
            on("service", saying("Exiting on signal %r", "ssh_server", Other, System, Success)),
            saying("no matching %r", "ssh_connect", Other, Network, Failed),
            failing(
                "%w Authentication tried for %U with correct key but not from a permitted host (host=%w ip=%a,%*",
                "ssh_login",
                Denied,
                By(Voice::Attempt),
            ),
            failing(
                "%w Authentication tried for %U with valid certificate but not from a permitted source address (%a)%*",
                "ssh_login",
                Denied,
                By(Voice::Attempt),
            ),
            // `packet_write_wait: Connection from ..` and its like.
            failing(
                "%w Connection from authenticating user %U %A: %r",
                "ssh_connect",
                Failed,
                UNPROVEN,
            ),
            failing("%w Connection from invalid user %u %A: %r", "ssh_connect", Failed, Told),
            saying(
                "%w Connection from user %U %A: %r",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying("%w Connection from %A: %r", "ssh_connect", Other, Network, Failed),
        ]
    },
);

/// Messages of PAM's modules after `pam_unix(service:type): `. An opened session is not counted as a second login, because the program reports the login.
pub(super) static PAM: Sayings = Sayings::new(
    const {
        &[
            failing("authentication failure; %*", "authentication", Failed, By(Voice::Pam)),
            accepting("authentication success; %*", "authentication"),
            saying(
                "account %u has password changed in future",
                "authentication",
                Other,
                Access,
                Success,
            ),
            failing("account %u has expired%*", "authentication", Denied, Told),
            failing("access denied for user `%u' from `%a'%*", "authentication", Denied, Told),
            failing("access denied for user %u: %r", "authentication", Denied, Told),
            failing("access denied for user %u%*", "authentication", Denied, Told),
            failing("access denied: %r", "authentication", Denied, Told),
            accepting("allowed access to %x as %u", "authentication"),
            failing("auth could not identify password for [%u]", "authentication", Failed, Told),
            failing("authentication fails for '%u' (%*", "authentication", Failed, Told),
            accepting("authentication succeeds for '%u' (%*", "authentication"),
            failing("Authentication failure; %*", "authentication", Failed, By(Voice::Pam)),
            failing("Access denied to '%b' for '%t'", "su", Denied, Told),
            failing("Access denied to '%b' for %t", "su", Denied, Told),
            saying("Access granted to '%b' for '%t'", "su", Other, Authentication, Success),
            saying("Access granted to '%b' for %t", "su", Other, Authentication, Success),
            failing("Access denied for user %u: %r", "authentication", Denied, Told),
            saying(
                "Accepted google_authenticator for %u",
                "second_factor",
                Other,
                Authentication,
                Success,
            ),
            failing("Aborted Duo login for '%u' from %a: %r", "second_factor", Failed, Told),
            opening("session opened for user %t(uid=%w by %b(uid=%n)"),
            opening("session opened for user %t by %b(uid=%n)"),
            opening("session opened for user %t by %b"),
            opening("session opened for user %t"),
            saying("session closed for user %u", "session_closed", Logout, Authentication, Success),
            failing("check pass; user (%u) unknown", "authentication", Failed, Told),
            failing("could not identify user (from getpwnam(%u))", "authentication", Failed, Told),
            failing("could not obtain user info (%u)", "authentication", Failed, Told),
            failing("check pass; user unknown", "authentication", Failed, Told),
            failing("conversation failed", "authentication", Failed, Told),
            failing("bad username [%u]", "authentication", Failed, Told),
            failing("denied access to %x as %u", "authentication", Denied, Told),
            failing("user %u not allowed%*", "authentication", Denied, Told),
            failing("user %u (%w has time limit%*", "authentication", Denied, Told),
            failing("user %u (%w tally %r", "authentication", Denied, Told),
            failing("user %u inactive for %x days - denied", "authentication", Denied, Told),
            failing("user '%u' denied access (%r", "authentication", Denied, Told),
            accepting("user '%u' granted access", "authentication"),
            accepting("user %u authenticated as %t", "authentication"),
            failing("user \"%u\" does not exist%*", "authentication", Failed, Told),
            failing("user unknown", "authentication", Failed, Told),
            failing("User unknown: %u", "authentication", Failed, Told),
            failing("User unknown", "authentication", Failed, Told),
            failing("User %u not in allowed group%*", "authentication", Denied, Told),
            failing("User has an invalid shell '%x'", "authentication", Denied, Told),
            saying("User %u bypassed Duo 2FA %r", "second_factor", Other, Authentication, Success),
            failing("Refused user %u for service %w", "authentication", Denied, Told),
            failing("Too many logins (max %w for %u", "authentication", Denied, Told),
            failing("No logins allowed for '%u'", "authentication", Denied, Told),
            failing("received for user %u: %r", "authentication", Failed, Told),
            failing("requirement \"%Q\" not met by user \"%u\"", "authentication", Failed, Told),
            saying(
                "requirement \"%Q\" was met by user \"%u\"",
                "authentication",
                Other,
                Authentication,
                Success,
            ),
            saying("requirement \"%*", "authentication", Other, Authentication, Failed),
            failing(
                "Consecutive login failures for user %u account temporarily locked",
                "authentication",
                Denied,
                Told,
            ),
            failing(
                "Consecutive login failures for user %u account %*",
                "authentication",
                Denied,
                Told,
            ),
            saying("Cannot create session: %r", "session_opened", Other, System, Failed),
            failing("Invalid verification code for %u", "second_factor", Failed, By(Voice::Pam)),
            saying(
                "Successful Duo login for '%u' from %a%*",
                "second_factor",
                Other,
                Authentication,
                Success,
            ),
            saying(
                "Successful Duo login for '%u'%*",
                "second_factor",
                Other,
                Authentication,
                Success,
            ),
            saying(
                "Skipped Duo login for '%u' from %a%*",
                "second_factor",
                Other,
                Authentication,
                Success,
            ),
            failing(
                "Failed Duo login for '%u' from %a: %r",
                "second_factor",
                Failed,
                By(Voice::Pam),
            ),
            failing("Failed Duo login for '%u'%*", "second_factor", Failed, By(Voice::Pam)),
            saying(
                "Failsafe Duo login for '%u' from %a: %r",
                "second_factor",
                Other,
                Authentication,
                Success,
            ),
            failing("Failsecure Duo login for '%u' from %a: %r", "second_factor", Denied, Told),
            saying("Failed to create session: %r", "session_opened", Other, System, Failed),
            failing("Error in Duo login for '%u' from %a: %r", "second_factor", Failed, Told),
            saying("expired password for user %u%*", "password_expired", Other, Access, Success),
            failing("password check failed for user (%u)", "authentication", Failed, Told),
            saying(
                "password for user %u will expire in %*",
                "password_expires",
                Other,
                Access,
                Success,
            ),
            saying(
                "password for (%t/%w changed by (%b/%*",
                "password_changed",
                Update,
                Access,
                Success,
            ),
            saying("password changed for %t on %*", "password_changed", Update, Access, Success),
            saying("password changed for %t", "password_changed", Update, Access, Success),
            saying("password not changed for %t on %*", "password_changed", Update, Access, Failed),
        ]
    },
);

/// `su`, of shadow, util-linux, coreutils and the BSDs.
pub(super) static SU: Sayings = Sayings::new(
    const {
        &[
            admitting(saying("Successful su for %t by %b", "su", Execute, Access, Success)),
            failing("SU by %b to restricted account %t", "su", Denied, By(Voice::Attempt)),
            failing("FAILED su for %t by %b", "su", Failed, By(Voice::Attempt)),
            failing("FAILED SU (to %t) %b on %*", "su", Failed, By(Voice::Attempt)),
            failing("FAILED RUNUSER (to %t) %b on %*", "su", Failed, By(Voice::Attempt)),
            admitting(saying("(to %t) %b on %*", "su", Execute, Access, Success)),
            admitting(saying("+ %w %b:%t", "su", Execute, Access, Success)),
            admitting(saying("+ %w %b-%t", "su", Execute, Access, Success)),
            failing("- %w %b:%t", "su", Failed, By(Voice::Attempt)),
            failing("- %w %b-%t", "su", Failed, By(Voice::Attempt)),
            failing("BAD SU from %b to %t at %*", "su", Failed, By(Voice::Attempt)),
            failing("BAD SU %b to %t on %*", "su", Failed, By(Voice::Attempt)),
            failing("BAD SU %b to %t", "su", Failed, By(Voice::Attempt)),
            admitting(saying("'su %t' succeeded for %b on %*", "su", Execute, Access, Success)),
            failing("'su %t' failed for %b on %*", "su", Failed, By(Voice::Attempt)),
            failing("DENIED su from '%b' to '%t' (%*", "su", Denied, By(Voice::Attempt)),
            failing("Authentication failed for %t", "su", Failed, Told),
            failing("incorrect password for `%t'", "su", Failed, Told),
            failing("No passwd entry for user '%t'", "su", Failed, Told),
            failing("pam_authenticate: %r", "su", Failed, Told),
            failing("pam_acct_mgmt: %r", "su", Denied, Told),
            admitting(saying("from %b to %t at %*", "su", Execute, Access, Success)),
            admitting(saying("%b to %t on /dev/%*", "su", Execute, Access, Success)),
            admitting(saying("%b to %t on UNKNOWN TTY", "su", Execute, Access, Success)),
        ]
    },
);

/// `login` at a console. What stands in quotes is the terminal, and the host behind it.
pub(super) static LOGIN: Sayings = Sayings::new(
    const {
        &[
            failing(
                "FAILED LOGIN %w on %'%w from %'%a' FOR %'%u', %r",
                "login",
                Failed,
                By(Voice::Attempt),
            ),
            failing("FAILED LOGIN %w on %'%w FOR %'%u', %r", "login", Failed, By(Voice::Attempt)),
            failing("FAILED LOGIN %w FOR %'%u', %r", "login", Failed, By(Voice::Attempt)),
            failing("FAILED LOGIN %w FROM (null) FOR %u, %r", "login", Failed, By(Voice::Attempt)),
            failing("FAILED LOGIN %w FROM %a FOR %u, %r", "login", Failed, By(Voice::Attempt)),
            failing("FAILED LOGIN SESSION FROM %a FOR %u, %r", "login", Failed, By(Voice::Attempt)),
            failing(
                "TOO MANY LOGIN TRIES (%c) on %'%w from %'%a' FOR %'%u'",
                "login",
                Failed,
                Told,
            ),
            failing("TOO MANY LOGIN TRIES (%c) on %'%w FOR %'%u'%*", "login", Failed, Told),
            failing("TOO MANY LOGIN TRIES (%c) FROM %a FOR %u, %r", "login", Failed, Told),
            failing(
                "invalid password for %'%u'  on %'%w from %'%a'",
                "login",
                Failed,
                By(Voice::Attempt),
            ),
            failing("invalid password for %'%u'  on %'%*", "login", Failed, By(Voice::Attempt)),
            failing(
                "invalid password for %'%u' on %'%w from %'%a'",
                "login",
                Failed,
                By(Voice::Attempt),
            ),
            failing("invalid password for %'%u' on %'%*", "login", Failed, By(Voice::Attempt)),
            failing("invalid login time for %'%u' on %'%*", "login", Denied, By(Voice::Attempt)),
            failing("LOGIN %'%u' REFUSED  on %'%w from %'%a'", "login", Denied, By(Voice::Attempt)),
            failing("LOGIN %'%u' REFUSED %*", "login", Denied, By(Voice::Attempt)),
            // FreeBSD and macOS; other BSDs give no reason.
            failing("LOGIN %U REFUSED%R FROM %a ON TTY %*", "login", Denied, By(Voice::Attempt)),
            failing("LOGIN %U REFUSED%R ON TTY %*", "login", Denied, By(Voice::Attempt)),
            failing("LOGIN FAILURE FROM %a, %u", "login", Failed, By(Voice::Attempt)),
            failing("LOGIN FAILURE ON %x, %u", "login", Failed, By(Voice::Attempt)),
            failing("LOGIN FAILURE FROM %a", "login", Failed, Told),
            failing("LOGIN FAILURE ON %w", "login", Failed, Told),
            saying("LOGIN ON %w BY %u FROM %a", "login", Login, Authentication, Success),
            saying("LOGIN ON %w BY %u", "login", Login, Authentication, Success),
            of(
                b"root",
                failing(
                    "ILLEGAL ROOT LOGIN  on %'%w from %'%a'",
                    "login",
                    Denied,
                    By(Voice::Attempt),
                ),
            ),
            of(b"root", failing("ILLEGAL ROOT LOGIN %*", "login", Denied, By(Voice::Attempt))),
            failing("exceeded failure limit for %'%u' %*", "login", Denied, Told),
            failing("REPEATED login failures on %'%w from %'%a'", "login", Failed, Told),
            failing("REPEATED login failures%*", "login", Failed, Told),
            saying("ROOT LOGIN (%U) ON %w FROM %a", "login", Login, Authentication, Success),
            saying("ROOT LOGIN (%U) ON %w", "login", Login, Authentication, Success),
            of(
                b"root",
                saying("ROOT LOGIN ON %w FROM %a", "login", Login, Authentication, Success),
            ),
            of(b"root", saying("ROOT LOGIN ON %w", "login", Login, Authentication, Success)),
            of(
                b"root",
                saying("ROOT LOGIN  on %'%w from %'%a'", "login", Login, Authentication, Success),
            ),
            of(b"root", saying("ROOT LOGIN  on %'%*", "login", Login, Authentication, Success)),
            failing("pam_authenticate: %r", "login", Failed, Told),
            of(
                b"root",
                saying("root login on %'%w from %'%a'", "login", Login, Authentication, Success),
            ),
            of(b"root", saying("root login on %'%*", "login", Login, Authentication, Success)),
            saying("login from %a on %w as %U", "login", Login, Authentication, Success),
            saying("login on %w as %U", "login", Login, Authentication, Success),
            saying("DIALUP AT %w BY %u", "login", Login, Authentication, Success),
            saying("%'%u' logged in  on %'%w from %'%a'", "login", Login, Authentication, Success),
            saying("%'%u' logged in  on %'%*", "login", Login, Authentication, Success),
            // Said twice, the second time with the name, for those who may see it.
            failing("%c LOGIN FAILURE%x FROM %a, %u", "login", Failed, By(Voice::Attempt)),
            failing("%c LOGIN FAILURE%x ON %x, %u", "login", Failed, By(Voice::Attempt)),
            failing("%c LOGIN FAILURE%x FROM %a", "login", Failed, Told),
            failing("%c LOGIN FAILURE%*", "login", Failed, Told),
        ]
    },
);

/// shadow's tools: useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd, passwd, chage, chfn, chsh, newgrp, vipw.
pub(super) static ACCOUNTS: Sayings = Sayings::new(
    const {
        &[
            saying("new user: name=%t, %*", "create_user", Create, Access, Success),
            on("group", saying("new group: name=%t, %*", "create_group", Create, Access, Success)),
            on("group", saying("new group: name=%t", "create_group", Create, Access, Success)),
            on(
                "group",
                saying(
                    "group added to %w name=%t, GID=%*",
                    "create_group",
                    Create,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("group added to %w name=%t", "create_group", Create, Access, Success),
            ),
            on(
                "group",
                saying("group %'%t' removed from %*", "delete_group", Delete, Access, Success),
            ),
            on("group", saying("group %'%t' removed", "delete_group", Delete, Access, Success)),
            on(
                "group",
                saying("group changed in %w (group %t/%*", "change_group", Update, Access, Success),
            ),
            on(
                "group",
                saying("group changed in %w (group %t,%*", "change_group", Update, Access, Success),
            ),
            on("group", saying("group changed in %*", "change_group", Update, Access, Success)),
            on("group", saying("add %'%u' to group %'%t'", "add_to_group", Grant, Access, Success)),
            on(
                "group",
                saying("add %'%u' to shadow group %'%t'", "add_to_group", Grant, Access, Success),
            ),
            on(
                "group",
                saying(
                    "administrators of group %t set by %b to %*",
                    "set_group_administrators",
                    Grant,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "access to group %t restricted by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("add member %u to group %t by %b", "add_to_group", Grant, Access, Success),
            ),
            on(
                "group",
                saying(
                    "user %u added by %b to group %t in /%*",
                    "add_to_group",
                    Grant,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("user %u added by %b to group %t", "add_to_group", Grant, Access, Success),
            ),
            on(
                "group",
                saying(
                    "user %u removed by %b from group %t in /%*",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "user %u removed by %b from group %t",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            saying("unlock user %'%t' password", "unlock_user", Update, Access, Success),
            on(
                "group",
                saying(
                    "user %'%b' (login %'%x) switched to group %'%t'",
                    "switch_group",
                    Execute,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "user %'%b' (login %'%x) returned to group %'%t'",
                    "switch_group",
                    Execute,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "delete %'%u' from group %'%t'",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "delete %'%u' from shadow group %'%t'",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            saying("delete user %'%t'", "delete_user", Delete, Access, Success),
            on(
                "group",
                saying(
                    "members of group %t set by %b to %*",
                    "set_group_members",
                    Grant,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("removed group %'%t' owned by %*", "delete_group", Delete, Access, Success),
            ),
            on(
                "group",
                saying(
                    "removed shadow group %'%t' owned by %*",
                    "delete_group",
                    Delete,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "remove member %u from group %t by %b",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "remove password from group %t by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on("group", saying("remove group %'%t'", "delete_group", Delete, Access, Success)),
            on(
                "group",
                saying(
                    "restrict access to group %t by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on("group", saying("removed group %'%t'", "delete_group", Delete, Access, Success)),
            on(
                "group",
                saying(
                    "change the password for group %t by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("change GID for %'%t' to %*", "change_group", Update, Access, Success),
            ),
            on("group", saying("change group %'%t' %*", "change_group", Update, Access, Success)),
            saying("change user name %'%t' to %'%*", "change_user", Update, Access, Success),
            saying("change user %'%t' password", "password_changed", Update, Access, Success),
            saying("change user %'%t' %*", "change_user", Update, Access, Success),
            saying("changed user %'%t' %*", "change_user", Update, Access, Success),
            on(
                "group",
                saying(
                    "change %'%u' to %'%w in group %'%t'",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "change %'%u' to %'%w in shadow group %'%t'",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "change admin %'%u' to %'%w in shadow group %'%t'",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            saying("changed password expiry for %t", "change_user", Update, Access, Success),
            saying(
                "can't view or modify password information for %t",
                "password_changed",
                Update,
                Access,
                Denied,
            ),
            saying("lock user %'%t' password", "lock_user", Update, Access, Success),
            saying(
                "password for %'%t' changed by %'%b'",
                "password_changed",
                Update,
                Access,
                Success,
            ),
            saying(
                "password of %'%t' changed by %'%b'",
                "password_changed",
                Update,
                Access,
                Success,
            ),
            on(
                "group",
                saying(
                    "password of group %t changed by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "password of group %t removed by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            saying("password for %t changed by %b", "password_changed", Update, Access, Success),
            saying("password locked for %'%t'", "password_changed", Update, Access, Denied),
            failing("incorrect password for %u", "password_changed", Failed, By(Voice::Attempt)),
            on(
                "group",
                saying(
                    "Invalid password for group %'%t' from %'%b'",
                    "switch_group",
                    Execute,
                    Access,
                    Failed,
                ),
            ),
            on("file", saying("file %t edited", "edit_accounts", Update, Access, Success)),
            saying("failed adding user %'%t'%*", "create_user", Create, Access, Failed),
            on(
                "group",
                saying("failed adding group %'%t'%*", "create_group", Create, Access, Failed),
            ),
            on(
                "group",
                saying(
                    "set administrators of %t to %*",
                    "set_group_administrators",
                    Grant,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("set members of %t to %*", "set_group_members", Grant, Access, Success),
            ),
            on(
                "group",
                saying(
                    "%b failed to add user %u to group %t",
                    "add_to_group",
                    Grant,
                    Access,
                    Failed,
                ),
            ),
            on(
                "group",
                saying(
                    "%b failed to remove user %u from group %t",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Failed,
                ),
            ),
            on(
                "group",
                saying(
                    "%b failed to set the %w of group %t to %*",
                    "set_group_members",
                    Grant,
                    Access,
                    Failed,
                ),
            ),
            on(
                "group",
                saying("%b failed to %x of group %t", "change_group", Update, Access, Failed),
            ),
        ]
    },
);

/// systemd's logind.
pub(super) static LOGIND: Sayings = Sayings::new(
    const {
        &[
            saying(
                "New session '%w of user '%u' with %*",
                "session_opened",
                Other,
                Authentication,
                Success,
            ),
            saying("New session %w of user %u.", "session_opened", Other, Authentication, Success),
            saying("Session %w logged out. %*", "session_closed", Logout, Authentication, Success),
            saying("Removed session %w", "session_closed", Logout, Authentication, Success),
        ]
    },
);

/// Dropbear, the SSH server of small devices.
pub(super) static DROPBEAR: Sayings = Sayings::new(
    const {
        &[
            failing(
                "Bad password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            failing(
                "Bad PAM password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            failing(
                "bad password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            failing(
                "bad PAM password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            failing(
                "Too-long password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            failing(
                "Pubkey auth bad signature for '%u' with %x from %d%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            saying(
                "Password auth succeeded for '%u' from %d, extra auth required",
                "ssh_key",
                Other,
                Authentication,
                Success,
            ),
            saying(
                "Password auth succeeded for '%u' from %d%*",
                "ssh_login",
                Login,
                Authentication,
                Success,
            ),
            saying(
                "PAM password auth succeeded for '%u' from %d, extra auth required",
                "ssh_key",
                Other,
                Authentication,
                Success,
            ),
            saying(
                "PAM password auth succeeded for '%u' from %d%*",
                "ssh_login",
                Login,
                Authentication,
                Success,
            ),
            saying(
                "Pubkey auth succeeded for '%u' with %x from %d, extra auth required",
                "ssh_key",
                Other,
                Authentication,
                Success,
            ),
            saying(
                "Pubkey auth succeeded for '%u' with %x from %d%*",
                "ssh_login",
                Login,
                Authentication,
                Success,
            ),
            failing(
                "pubkey auth bad signature for '%u' with %x from %d%*",
                "ssh_login",
                Failed,
                By(Voice::Attempt),
            ),
            saying(
                "password auth succeeded for '%u' from %d%*",
                "ssh_login",
                Login,
                Authentication,
                Success,
            ),
            saying(
                "pubkey auth succeeded for '%u' with %x from %d%*",
                "ssh_login",
                Login,
                Authentication,
                Success,
            ),
            failing("pam_authenticate() failed, rc=%x, %r", "ssh_login", Failed, Told),
            failing("pam_acct_mgmt() failed, rc=%x, %r", "ssh_login", Denied, Told),
            failing(
                "Login attempt for nonexistent user '%u' from %d%*",
                "ssh_login",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "Login attempt for nonexistent user from %d%*",
                "ssh_login",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "Login attempt for nonexistent user",
                "ssh_login",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "Login attempt with wrong user %u from %d%*",
                "ssh_login",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "Logins are restricted to the group %w but user '%u' is not a member",
                "ssh_login",
                Denied,
                By(Voice::Attempt),
            ),
            failing(
                "login attempt for nonexistent user '%u' from %d%*",
                "ssh_login",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "login attempt for nonexistent user from %d%*",
                "ssh_login",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "login attempt for nonexistent user",
                "ssh_login",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "login attempt with wrong user %u from %d%*",
                "ssh_login",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing("User '%u' rejected%*", "ssh_login", Denied, By(Voice::NoSuchUser)),
            failing("User '%u' has invalid shell%*", "ssh_login", Denied, By(Voice::Attempt)),
            failing("User '%u' has blank password%*", "ssh_login", Denied, By(Voice::Attempt)),
            failing("User account '%u' is locked%*", "ssh_login", Denied, By(Voice::Attempt)),
            on(
                "command",
                saying("User %u executing '%t'", "ssh_session", Execute, System, Success),
            ),
            on("session", saying("User %u executing %t", "ssh_session", Execute, System, Success)),
            failing("user '%u' has invalid shell%*", "ssh_login", Denied, By(Voice::Attempt)),
            failing("user '%u' has blank password%*", "ssh_login", Denied, By(Voice::Attempt)),
            failing("user '%u' is locked%*", "ssh_login", Denied, By(Voice::Attempt)),
            of(b"root", failing("root login rejected%*", "ssh_login", Denied, By(Voice::Attempt))),
            saying(
                "Auth succeeded with blank password for '%u' from %d%*",
                "ssh_login",
                Login,
                Authentication,
                Success,
            ),
            failing(
                "Exit before auth from %d: Max auth tries reached - user 'is invalid'%*",
                "ssh_disconnect",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "Exit before auth from %d: Max auth tries reached - user '%u'%*",
                "ssh_disconnect",
                Failed,
                By(Voice::NoSuchUser),
            ),
            saying(
                "Exit before auth from %d: (user '%u', 0 fails): %r",
                "ssh_disconnect",
                Other,
                Network,
                Failed,
            ),
            failing(
                "Exit before auth from %d: (user '%u', %c fails): %r",
                "ssh_disconnect",
                Failed,
                Told,
            ),
            failing(
                "Exit before auth (user '%u', %c fails): %R - user '%x' from %d",
                "ssh_disconnect",
                Failed,
                Told,
            ),
            saying(
                "Exit before auth (user '%u', 0 fails): %r",
                "ssh_disconnect",
                Other,
                Network,
                Failed,
            ),
            failing("Exit before auth (user '%u', %c fails): %r", "ssh_disconnect", Failed, Told),
            saying("Exit before auth from %d: %r", "ssh_disconnect", Other, Network, Failed),
            saying("Exit before auth from %d%*", "ssh_disconnect", Other, Network, Failed),
            saying("Exit before auth: %r", "ssh_disconnect", Other, Network, Failed),
            saying("Exit (%u) from %d: %r", "ssh_disconnect", Logout, Authentication, Success),
            saying("Exit (%u) from %d%*", "ssh_disconnect", Logout, Authentication, Success),
            saying("Exit (%u): %r", "ssh_disconnect", Logout, Authentication, Success),
            failing(
                "exit before auth from %d: Max auth tries reached - user 'is invalid'%*",
                "ssh_disconnect",
                Failed,
                By(Voice::NoSuchUser),
            ),
            failing(
                "exit before auth from %d: Max auth tries reached - user '%u'%*",
                "ssh_disconnect",
                Failed,
                By(Voice::NoSuchUser),
            ),
            saying(
                "exit before auth from %d: (user '%u', 0 fails): %r",
                "ssh_disconnect",
                Other,
                Network,
                Failed,
            ),
            failing(
                "exit before auth from %d: (user '%u', %c fails): %r",
                "ssh_disconnect",
                Failed,
                Told,
            ),
            failing("exit before auth (user '%u', %c fails): %r", "ssh_disconnect", Failed, Told),
            saying("exit before auth from %d: %r", "ssh_disconnect", Other, Network, Failed),
            saying("exit before auth: %r", "ssh_disconnect", Other, Network, Failed),
            saying(
                "exit after auth (%u) from %d: %r",
                "ssh_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            saying("exit after auth (%u): %r", "ssh_disconnect", Logout, Authentication, Success),
            saying("Child connection from %d%*", "ssh_connect", Other, Network, Success),
        ]
    },
);
