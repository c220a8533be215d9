//! Dropbear: messages as in its sources.

#[cfg(test)]
pub(super) mod message_tests;

use super::forms::Failure::{By, Told};
use super::forms::{Sayings, failing, of, on, saying};
use crate::event::Category::{Authentication, Network, System};
use crate::event::Class::{Execute, Login, Logout, Other};
use crate::event::FailureReport;
use crate::event::Outcome::{Denied, Failure as Failed, Success};

/// Dropbear, the SSH server of small devices.
pub(super) static DROPBEAR: Sayings = Sayings::new(
    const {
        &[
            failing(
                "Bad password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "Bad PAM password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "bad password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "bad PAM password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "Too-long password attempt for '%u' from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "Pubkey auth bad signature for '%u' with %x from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "Pubkey auth attempt with unknown algo for '%u' from %d%*",
                "ssh_key",
                Failed,
                Told,
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
                By(FailureReport::Attempt),
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
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "Login attempt for nonexistent user from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "Login attempt for nonexistent user",
                "ssh_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "Login attempt with wrong user %u from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "Logins are restricted to the group %w but user '%u' is not a member",
                "ssh_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing(
                "login attempt for nonexistent user '%u' from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "login attempt for nonexistent user from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "login attempt for nonexistent user",
                "ssh_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "login attempt with wrong user %u from %d%*",
                "ssh_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing("User '%u' rejected%*", "ssh_login", Denied, By(FailureReport::NoSuchUser)),
            failing(
                "User '%u' has invalid shell%*",
                "ssh_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing(
                "User '%u' has blank password%*",
                "ssh_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing(
                "User account '%u' is locked%*",
                "ssh_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            on(
                "command",
                saying("User %u executing '%t'", "ssh_session", Execute, System, Success),
            ),
            on("session", saying("User %u executing %t", "ssh_session", Execute, System, Success)),
            failing(
                "user '%u' has invalid shell%*",
                "ssh_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing(
                "user '%u' has blank password%*",
                "ssh_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing("user '%u' is locked%*", "ssh_login", Denied, By(FailureReport::Attempt)),
            of(
                b"root",
                failing("root login rejected%*", "ssh_login", Denied, By(FailureReport::Attempt)),
            ),
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
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "Exit before auth from %d: Max auth tries reached - user '%u'%*",
                "ssh_disconnect",
                Failed,
                By(FailureReport::NoSuchUser),
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
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "exit before auth from %d: Max auth tries reached - user '%u'%*",
                "ssh_disconnect",
                Failed,
                By(FailureReport::NoSuchUser),
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
