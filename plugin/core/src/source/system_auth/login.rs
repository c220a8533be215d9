//! `su`, `login` and systemd's logind: messages as in the sources of shadow, util-linux, coreutils and systemd.

#[cfg(test)]
pub(super) mod message_tests;

use super::forms::Failure::{By, Told};
use super::forms::{Sayings, admitting, failing, of, saying};
use crate::event::Category::{Access, Authentication};
use crate::event::Class::{Execute, Login, Logout, Other};
use crate::event::FailureReport;
use crate::event::Outcome::{Denied, Failure as Failed, Success};

/// `su`, of shadow, util-linux, coreutils and the BSDs.
pub(super) static SU: Sayings = Sayings::new(
    const {
        &[
            admitting(saying("Successful su for %t by %b", "su", Execute, Access, Success)),
            failing("SU by %b to restricted account %t", "su", Denied, By(FailureReport::Attempt)),
            failing("FAILED su for %t by %b", "su", Failed, By(FailureReport::Attempt)),
            failing("FAILED SU (to %t) %b on %*", "su", Failed, By(FailureReport::Attempt)),
            failing("FAILED RUNUSER (to %t) %b on %*", "su", Failed, By(FailureReport::Attempt)),
            admitting(saying("(to %t) %b on %*", "su", Execute, Access, Success)),
            admitting(saying("+ %w %b:%t", "su", Execute, Access, Success)),
            admitting(saying("+ %w %b-%t", "su", Execute, Access, Success)),
            failing("- %w %b:%t", "su", Failed, By(FailureReport::Attempt)),
            failing("- %w %b-%t", "su", Failed, By(FailureReport::Attempt)),
            failing("BAD SU from %b to %t at %*", "su", Failed, By(FailureReport::Attempt)),
            failing("BAD SU %b to %t on %*", "su", Failed, By(FailureReport::Attempt)),
            failing("BAD SU %b to %t", "su", Failed, By(FailureReport::Attempt)),
            admitting(saying("'su %t' succeeded for %b on %*", "su", Execute, Access, Success)),
            failing("'su %t' failed for %b on %*", "su", Failed, By(FailureReport::Attempt)),
            failing("DENIED su from '%b' to '%t' (%*", "su", Denied, By(FailureReport::Attempt)),
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
                By(FailureReport::Attempt),
            ),
            failing(
                "FAILED LOGIN %w on %'%w FOR %'%u', %r",
                "login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing("FAILED LOGIN %w FOR %'%u', %r", "login", Failed, By(FailureReport::Attempt)),
            failing(
                "FAILED LOGIN %w FROM (null) FOR %u, %r",
                "login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "FAILED LOGIN %w FROM %a FOR %u, %r",
                "login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "FAILED LOGIN SESSION FROM %a FOR %u, %r",
                "login",
                Failed,
                By(FailureReport::Attempt),
            ),
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
                By(FailureReport::Attempt),
            ),
            failing(
                "invalid password for %'%u'  on %'%*",
                "login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "invalid password for %'%u' on %'%w from %'%a'",
                "login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "invalid password for %'%u' on %'%*",
                "login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "invalid login time for %'%u' on %'%*",
                "login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing(
                "LOGIN %'%u' REFUSED  on %'%w from %'%a'",
                "login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing("LOGIN %'%u' REFUSED %*", "login", Denied, By(FailureReport::Attempt)),
            // FreeBSD and macOS; other BSDs give no reason.
            failing(
                "LOGIN %U REFUSED%R FROM %a ON TTY %*",
                "login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing("LOGIN %U REFUSED%R ON TTY %*", "login", Denied, By(FailureReport::Attempt)),
            failing("LOGIN FAILURE FROM %a, %u", "login", Failed, By(FailureReport::Attempt)),
            failing("LOGIN FAILURE ON %x, %u", "login", Failed, By(FailureReport::Attempt)),
            failing("LOGIN FAILURE FROM %a", "login", Failed, Told),
            failing("LOGIN FAILURE ON %w", "login", Failed, Told),
            // Junos.
            failing(
                "LOGIN_FAILED: Login failed for user %u from host %a",
                "login",
                Failed,
                By(FailureReport::Attempt),
            ),
            saying(
                "LOGIN_INFORMATION: User %u logged in from host %a on device %w",
                "login",
                Login,
                Authentication,
                Success,
            ),
            saying("LOGIN ON %w BY %u FROM %a", "login", Login, Authentication, Success),
            saying("LOGIN ON %w BY %u", "login", Login, Authentication, Success),
            of(
                b"root",
                failing(
                    "ILLEGAL ROOT LOGIN  on %'%w from %'%a'",
                    "login",
                    Denied,
                    By(FailureReport::Attempt),
                ),
            ),
            of(
                b"root",
                failing("ILLEGAL ROOT LOGIN %*", "login", Denied, By(FailureReport::Attempt)),
            ),
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
            failing("%c LOGIN FAILURE%x FROM %a, %u", "login", Failed, By(FailureReport::Attempt)),
            failing("%c LOGIN FAILURE%x ON %x, %u", "login", Failed, By(FailureReport::Attempt)),
            failing("%c LOGIN FAILURE%x FROM %a", "login", Failed, Told),
            failing("%c LOGIN FAILURE%*", "login", Failed, Told),
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
