//! Acting as someone else beside sudo and su: doas, pkexec and polkit; and shells that refuse.

#[cfg(test)]
pub(super) mod message_tests;

use super::forms::Failure::By;
use super::forms::{Sayings, acting_as, failing, of, on, saying};
use crate::event::Category::{Access, Authentication, Network};
use crate::event::Class::{Execute, Login, Other};
use crate::event::FailureReport;
use crate::event::Outcome::{Denied, Failure as Failed, Success};

/// `doas`, of OpenBSD and its port.
pub(super) static DOAS: Sayings = Sayings::new(
    const {
        &[
            on(
                "command",
                saying("command not permitted for %b: %t", "doas", Execute, Access, Denied),
            ),
            failing("failed auth for %u", "doas", Failed, By(FailureReport::Attempt)),
            failing("failed password for %u", "doas", Failed, By(FailureReport::Attempt)),
            // OpenBSD 5.8 said so of what its rules do not permit.
            on("command", saying("failed command for %b: %t", "doas", Execute, Access, Denied)),
            failing("tty required for %u", "doas", Denied, By(FailureReport::Attempt)),
            acting_as(on(
                "command",
                saying("%b ran command %T as %m from %*", "doas", Execute, Access, Success),
            )),
            // OpenBSD 5.8.
            acting_as(on(
                "command",
                saying("%b ran command as %m %t", "doas", Execute, Access, Success),
            )),
        ]
    },
);

/// `pkexec` puts what is run into brackets, the command last.
pub(super) static PKEXEC: Sayings = Sayings::new(
    const {
        &[
            acting_as(on(
                "command",
                saying(
                    "%b: Executing command [USER=%m [%x] [COMMAND=%T]",
                    "pkexec",
                    Execute,
                    Access,
                    Success,
                ),
            )),
            on(
                "command",
                saying(
                    "%b: Executing command [%x] [COMMAND=%T]",
                    "pkexec",
                    Execute,
                    Access,
                    Success,
                ),
            ),
            on(
                "command",
                saying(
                    "%b: Error executing command as another user: %R [%x] [COMMAND=%T]",
                    "pkexec",
                    Execute,
                    Access,
                    Denied,
                ),
            ),
            saying("%b: %r", "pkexec", Execute, Access, Denied),
        ]
    },
);

/// polkit's daemon: who proved who they are, to do what.
pub(super) static POLKIT: Sayings = Sayings::new(
    const {
        &[
            on(
                "action",
                saying(
                    "Operator of %x successfully authenticated as unix-user:%u to gain %x authorization for action %t for %*",
                    "authentication",
                    Other,
                    Authentication,
                    Success,
                ),
            ),
            // What the process is called is its owner's choice; the owner stands behind it.
            on(
                "action",
                saying(
                    "Operator of %x FAILED to authenticate to gain authorization for action %t for %Q (owned by unix-user:%u)",
                    "authentication",
                    Login,
                    Authentication,
                    Failed,
                ),
            ),
            on(
                "action",
                saying(
                    "Operator of %x FAILED to authenticate to gain authorization for action %t for %*",
                    "authentication",
                    Login,
                    Authentication,
                    Failed,
                ),
            ),
        ]
    },
);

/// `nologin`, in place of a shell.
pub(super) static NOLOGIN: Sayings = Sayings::new(
    const {
        &[failing(
            "Attempted login by %u (UID: %n) on %*",
            "login",
            Denied,
            By(FailureReport::Attempt),
        )]
    },
);

/// telnet's and its kin's daemons, by what libwrap, xinetd and they say.
pub(super) static DAEMONS: Sayings = Sayings::new(
    const {
        &[
            saying("connect from %w (%a)", "connect", Other, Network, Success),
            saying("connect from %a", "connect", Other, Network, Success),
            saying("refused connect from %w (%a)", "connect", Other, Network, Denied),
            saying("refused connect from %a", "connect", Other, Network, Denied),
            // xinetd, which starts them.
            saying("START: %w %xfrom=%a", "connect", Other, Network, Success),
            saying("FAIL: %w %w from=%a", "connect", Other, Network, Denied),
            of(
                b"root",
                failing(
                    "ROOT LOGIN REFUSED FROM %a%*",
                    "login",
                    Denied,
                    By(FailureReport::Attempt),
                ),
            ),
        ]
    },
);
