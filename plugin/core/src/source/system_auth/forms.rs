//! What the programs say, and what it means. Forms as in the sources of OpenSSH 7 to 10, Linux-PAM, shadow, util-linux, systemd and Dropbear.

use super::form::head;
use crate::event::{Category, Class, Outcome, Voice};

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
    /// What the target is, where the form has one.
    pub(super) target: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    None,
    By(Voice),
    /// Told before, or about to be.
    Told,
}

use Category::{Access, Authentication, Network, System};
use Class::{Create, Delete, Execute, Grant, Login, Logout, Other, Revoke, Update};
use Failure::{By, Told};
use Outcome::{Denied, Failure as Failed, Success};

const fn saying(form: &'static str, action: &'static str, class: Class, category: Category, outcome: Outcome) -> Saying {
    Saying { form, head: head(form), action, class, category, outcome, failure: Failure::None, target: "user" }
}

const fn failing(form: &'static str, action: &'static str, outcome: Outcome, failure: Failure) -> Saying {
    Saying { form, head: head(form), action, class: Login, category: Authentication, outcome, failure, target: "user" }
}

const fn on(target: &'static str, saying: Saying) -> Saying {
    Saying { target, ..saying }
}

pub(super) const FAILED: Saying = failing("Failed %m for %u from %a ssh%*", "ssh_login", Failed, By(Voice::Attempt));
pub(super) const ACCEPTED: Saying = saying("Accepted %m for %u from %a ssh%*", "ssh_login", Login, Authentication, Success);

/// OpenSSH's server. Most frequent first.
pub(super) static SSHD: &[Saying] = &[
    failing("Failed none for %u from %a ssh%*", "ssh_login", Failed, Told),
    FAILED,
    ACCEPTED,
    failing("Invalid user %u from %a", "ssh_login", Failed, By(Voice::NoSuchUser)),
    failing("Illegal user %u from %a", "ssh_login", Failed, By(Voice::NoSuchUser)),
    failing("Invalid user from %a", "ssh_login", Failed, By(Voice::NoSuchUser)),
    failing("Connection closed by authenticating user %u %A", "ssh_disconnect", Failed, Told),
    failing("Connection closed by invalid user %u %A", "ssh_disconnect", Failed, Told),
    failing("Connection reset by authenticating user %u %A", "ssh_disconnect", Failed, Told),
    failing("Connection reset by invalid user %u %A", "ssh_disconnect", Failed, Told),
    saying("Connection closed by %a%*", "ssh_disconnect", Logout, Authentication, Success),
    saying("Connection reset by %a%*", "ssh_disconnect", Logout, Authentication, Success),
    saying("Received disconnect from %a:%r", "ssh_disconnect", Logout, Authentication, Success),
    saying("Received disconnect from %a%*", "ssh_disconnect", Logout, Authentication, Success),
    failing("Disconnected from authenticating user %u %A", "ssh_disconnect", Failed, Told),
    failing("Disconnected from invalid user %u %A", "ssh_disconnect", Failed, Told),
    saying("Disconnected from user %u %A", "ssh_disconnect", Logout, Authentication, Success),
    saying("Disconnected from %a%*", "ssh_disconnect", Logout, Authentication, Success),
    failing("PAM: %r for illegal user %u from %a%*", "ssh_login", Failed, By(Voice::Pam)),
    failing("PAM: Authentication failure for %u from %a%*", "ssh_login", Failed, By(Voice::Pam)),
    failing("PAM: Authentication error for %u from %a%*", "ssh_login", Failed, By(Voice::Pam)),
    failing("PAM: authentication error for %u from %a%*", "ssh_login", Failed, By(Voice::Pam)),
    failing("PAM: User not known to the underlying authentication module for %u from %a%*", "ssh_login", Failed, By(Voice::Pam)),
    failing("PAM: User account has expired for %u from %a%*", "ssh_login", Denied, By(Voice::Pam)),
    failing("PAM: Permission denied for %u from %a%*", "ssh_login", Denied, By(Voice::Pam)),
    failing("PAM %c more authentication failure%w%*", "ssh_login", Failed, By(Voice::Pam)),
    failing("PAM service(%t) ignoring max retries; %r", "ssh_login", Failed, Told),
    failing("User %u from %a not allowed because %r", "ssh_login", Denied, By(Voice::NoSuchUser)),
    failing("User %u not allowed because %r", "ssh_login", Denied, By(Voice::NoSuchUser)),
    failing("ROOT LOGIN REFUSED FROM %a%*", "ssh_login", Denied, By(Voice::Attempt)),
    failing("maximum authentication attempts exceeded for %u from %a%*", "ssh_login", Failed, Told),
    failing("Disconnecting authenticating user %u %A: %r", "ssh_disconnect", Failed, Told),
    failing("Disconnecting invalid user %u %A: %r", "ssh_disconnect", Failed, Told),
    failing("Disconnecting: Too many authentication failures for %u", "ssh_disconnect", Failed, Told),
    failing("Disconnecting: %r", "ssh_disconnect", Failed, Told),
    failing("input_userauth_request: invalid user %u", "ssh_login", Failed, Told),
    failing("Too many authentication failures for %u", "ssh_login", Failed, Told),
    failing("Access denied for user %u by PAM account configuration%*", "ssh_login", Denied, Told),
    failing("Login restricted for %u: %r", "ssh_login", Denied, Told),
    failing("Authentication refused: %r", "ssh_login", Denied, Told),
    failing("Authentication tried for %u with correct key but not from a permitted host (host=%*", "ssh_login", Denied, By(Voice::Attempt)),
    failing("Timeout before authentication for %a%*", "ssh_connect", Failed, Told),
    failing("Could not get shadow information for %u", "ssh_login", Failed, Told),
    saying("Did not receive identification string from %a%*", "ssh_probe", Other, Network, Failed),
    saying("Bad protocol version identification %t from %a", "ssh_probe", Other, Network, Failed),
    saying("Bad packet length %*", "ssh_probe", Other, Network, Failed),
    saying("banner exchange: Connection from %a: %r", "ssh_probe", Other, Network, Failed),
    saying("kex_exchange_identification: %r", "ssh_probe", Other, Network, Failed),
    saying("ssh_dispatch_run_fatal: Connection from %a: %r", "ssh_connect", Other, Network, Failed),
    saying("Unable to negotiate with %a: %r", "ssh_connect", Other, Network, Failed),
    saying("Unable to negotiate a key exchange method%*", "ssh_connect", Other, Network, Failed),
    saying("Read from socket failed: %r", "ssh_connect", Other, Network, Failed),
    saying("Protocol major versions differ for %a: %r", "ssh_probe", Other, Network, Failed),
    saying("reverse mapping checking getaddrinfo for %w [%a] failed%*", "ssh_reverse_mapping", Other, Network, Failed),
    saying("Address %a maps to %w but this does not map back to the address%*", "ssh_reverse_mapping", Other, Network, Failed),
    saying("Nasty PTR record \"%t\" is set up for %a%*", "ssh_reverse_mapping", Other, Network, Failed),
    saying("Starting session: %t for %u from %a%*", "ssh_session", Execute, System, Success),
    saying("Close session: user %u from %a%*", "ssh_session", Logout, Authentication, Success),
    saying("subsystem request for %t by user %u", "ssh_subsystem", Execute, System, Success),
    saying("subsystem request for %t", "ssh_subsystem", Execute, System, Success),
    saying("Accepted key %w %w found at %*", "ssh_key", Other, Authentication, Success),
    saying("Postponed %m for %u from %a%*", "ssh_key", Other, Authentication, Success),
    saying("Found matching %w key: %*", "ssh_key", Other, Authentication, Success),
    saying("Connection from %a on %*", "ssh_connect", Other, Network, Success),
    saying("Connection from %a", "ssh_connect", Other, Network, Success),
    saying("Transferred: %*", "ssh_session", Other, System, Success),
    saying("User child is on pid %w", "ssh_session", Other, System, Success),
    on("service", saying("Server listening on %*", "ssh_server", Other, System, Success)),
    on("service", saying("Received signal %r", "ssh_server", Other, System, Success)),
];

/// What PAM's modules say behind `pam_unix(service:type): `. That a session was opened is no second login: the program said that it let someone in.
pub(super) static PAM: &[Saying] = &[
    failing("authentication failure; %*", "authentication", Failed, By(Voice::Pam)),
    saying("session opened for user %t(uid=%w by %b(uid=%n)", "session_opened", Other, Authentication, Success),
    saying("session opened for user %t by %b(uid=%n)", "session_opened", Other, Authentication, Success),
    saying("session opened for user %t by %b", "session_opened", Other, Authentication, Success),
    saying("session closed for user %u", "session_closed", Logout, Authentication, Success),
    failing("check pass; user unknown", "authentication", Failed, Told),
    failing("bad username [%u]", "authentication", Failed, Told),
    failing("account %u has expired%*", "authentication", Denied, Told),
    failing("access denied for user %u%*", "authentication", Denied, Told),
    failing("user %u not allowed%*", "authentication", Denied, Told),
    failing("user %u (%w has time limit%*", "authentication", Denied, Told),
    failing("User %u not in allowed group%*", "authentication", Denied, Told),
    failing("auth could not identify password for [%u]", "authentication", Failed, Told),
    failing("conversation failed", "authentication", Failed, Told),
    failing("received for user %u: %r", "authentication", Failed, Told),
    failing("Consecutive login failures for user %u account temporarily locked", "authentication", Denied, Told),
    saying("expired password for user %u%*", "password_expired", Other, Access, Success),
    saying("password changed for %t", "password_changed", Update, Access, Success),
    saying("requirement \"%*", "authentication", Other, Authentication, Failed),
    saying("Failed to create session: %r", "session_opened", Other, System, Failed),
];

/// `su`, of shadow, util-linux, coreutils and the BSDs.
pub(super) static SU: &[Saying] = &[
    saying("Successful su for %t by %b", "su", Execute, Access, Success),
    failing("FAILED su for %t by %b", "su", Failed, By(Voice::Attempt)),
    failing("FAILED SU (to %t) %b on %*", "su", Failed, By(Voice::Attempt)),
    saying("(to %t) %b on %*", "su", Execute, Access, Success),
    saying("+ %w %b:%t", "su", Execute, Access, Success),
    failing("- %w %b:%t", "su", Failed, By(Voice::Attempt)),
    failing("BAD SU %b to %t on %*", "su", Failed, By(Voice::Attempt)),
    saying("'su %t' succeeded for %b on %*", "su", Execute, Access, Success),
    failing("'su %t' failed for %b on %*", "su", Failed, By(Voice::Attempt)),
    failing("pam_authenticate: %r", "su", Failed, Told),
];

/// `login` at a console.
pub(super) static LOGIN: &[Saying] = &[
    failing("FAILED LOGIN %w on '%w FOR '%u', %r", "login", Failed, By(Voice::Attempt)),
    failing("FAILED LOGIN %w FROM %a FOR %u, %r", "login", Failed, By(Voice::Attempt)),
    failing("FAILED LOGIN SESSION FROM %a FOR %u, %r", "login", Failed, By(Voice::Attempt)),
    failing("TOO MANY LOGIN TRIES (%c) on '%w FOR '%u'%*", "login", Failed, Told),
    failing("TOO MANY LOGIN TRIES (%c) FROM %a FOR %u, %r", "login", Failed, Told),
    failing("invalid password for '%u' on '%*", "login", Failed, By(Voice::Attempt)),
    failing("pam_authenticate: %r", "login", Failed, Told),
    saying("LOGIN ON %w BY %u FROM %a", "login", Login, Authentication, Success),
    saying("LOGIN ON %w BY %u", "login", Login, Authentication, Success),
    saying("ROOT LOGIN ON %w FROM %a", "login", Login, Authentication, Success),
    saying("ROOT LOGIN ON %w", "login", Login, Authentication, Success),
    saying("ROOT LOGIN  on '%*", "login", Login, Authentication, Success),
    saying("DIALUP AT %w BY %u", "login", Login, Authentication, Success),
];

/// shadow's tools: useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd, passwd, chage, chfn, chsh.
pub(super) static ACCOUNTS: &[Saying] = &[
    saying("new user: name=%t, %*", "create_user", Create, Access, Success),
    on("group", saying("new group: name=%t, %*", "create_group", Create, Access, Success)),
    on("group", saying("new group: name=%t", "create_group", Create, Access, Success)),
    on("group", saying("group added to %w name=%t, GID=%*", "create_group", Create, Access, Success)),
    on("group", saying("group added to %w name=%t", "create_group", Create, Access, Success)),
    on("group", saying("add '%u' to group '%t'", "add_to_group", Grant, Access, Success)),
    on("group", saying("add '%u' to shadow group '%t'", "add_to_group", Grant, Access, Success)),
    on("group", saying("user %u added by %b to group %t", "add_to_group", Grant, Access, Success)),
    on("group", saying("user %u removed by %b from group %t", "remove_from_group", Revoke, Access, Success)),
    on("group", saying("delete '%u' from group '%t'", "remove_from_group", Revoke, Access, Success)),
    on("group", saying("delete '%u' from shadow group '%t'", "remove_from_group", Revoke, Access, Success)),
    on("group", saying("members of group %t set by %b to %*", "set_group_members", Grant, Access, Success)),
    on("group", saying("group '%t' removed from %*", "delete_group", Delete, Access, Success)),
    on("group", saying("group '%t' removed", "delete_group", Delete, Access, Success)),
    on("group", saying("removed group '%t' owned by %*", "delete_group", Delete, Access, Success)),
    on("group", saying("removed shadow group '%t' owned by %*", "delete_group", Delete, Access, Success)),
    on("group", saying("removed group '%t'", "delete_group", Delete, Access, Success)),
    on("group", saying("group changed in %*", "change_group", Update, Access, Success)),
    on("group", saying("change group '%t' %*", "change_group", Update, Access, Success)),
    saying("delete user '%t'", "delete_user", Delete, Access, Success),
    saying("change user '%t' %*", "change_user", Update, Access, Success),
    saying("changed user '%t' %*", "change_user", Update, Access, Success),
    saying("changed password expiry for %t", "change_user", Update, Access, Success),
    saying("lock user '%t' password", "lock_user", Update, Access, Success),
    saying("unlock user '%t' password", "unlock_user", Update, Access, Success),
    saying("password for '%t' changed by '%b'", "password_changed", Update, Access, Success),
    saying("password of '%t' changed by '%b'", "password_changed", Update, Access, Success),
    saying("password for %t changed by %b", "password_changed", Update, Access, Success),
    on("group", saying("password of group %t changed by %b", "change_group", Update, Access, Success)),
    saying("failed adding user '%t'%*", "create_user", Create, Access, Failed),
    on("group", saying("failed adding group '%t'%*", "create_group", Create, Access, Failed)),
];

/// systemd's logind.
pub(super) static LOGIND: &[Saying] = &[
    saying("New session %w of user %u.", "session_opened", Other, Authentication, Success),
    saying("New session '%w of user '%u' with %*", "session_opened", Other, Authentication, Success),
    saying("Session %w logged out. %*", "session_closed", Logout, Authentication, Success),
    saying("Removed session %w", "session_closed", Logout, Authentication, Success),
];

/// Dropbear, the SSH server of small devices.
pub(super) static DROPBEAR: &[Saying] = &[
    failing("Bad password attempt for '%u' from %a%*", "ssh_login", Failed, By(Voice::Attempt)),
    failing("Bad PAM password attempt for '%u' from %a%*", "ssh_login", Failed, By(Voice::Attempt)),
    failing("Login attempt for nonexistent user '%u' from %a%*", "ssh_login", Failed, By(Voice::NoSuchUser)),
    failing("Login attempt for nonexistent user from %a%*", "ssh_login", Failed, By(Voice::NoSuchUser)),
    failing("login attempt for nonexistent user '%u' from %a%*", "ssh_login", Failed, By(Voice::NoSuchUser)),
    failing("login attempt for nonexistent user from %a%*", "ssh_login", Failed, By(Voice::NoSuchUser)),
    saying("Password auth succeeded for '%u' from %a%*", "ssh_login", Login, Authentication, Success),
    saying("PAM password auth succeeded for '%u' from %a%*", "ssh_login", Login, Authentication, Success),
    saying("Pubkey auth succeeded for '%u' with %t from %a%*", "ssh_login", Login, Authentication, Success),
    failing("Exit before auth from %a: (user '%u', %c fails): %r", "ssh_disconnect", Failed, Told),
    failing("Exit before auth (user '%u', %c fails): %r", "ssh_disconnect", Failed, Told),
    saying("Exit before auth from %a%*", "ssh_disconnect", Logout, Authentication, Failed),
    saying("Exit before auth: %r", "ssh_disconnect", Logout, Authentication, Failed),
    saying("Exit (%u) from %a%*", "ssh_disconnect", Logout, Authentication, Success),
    saying("Exit (%u): %r", "ssh_disconnect", Logout, Authentication, Success),
    saying("Child connection from %a%*", "ssh_connect", Other, Network, Success),
];
