//! cron and crontab, of Vixie and all that come from it: `(user) EVENT (detail)`.

#[cfg(test)]
pub(super) mod message_tests;

use super::forms::{Sayings, on, saying};
use crate::event::Category::{Configuration, System};
use crate::event::Class::{Delete, Execute, List, Other, Update};
use crate::event::Outcome::{Denied, Failure, Success};

pub(super) static CRON: Sayings = Sayings::new(
    const {
        &[
            on("command", saying("(%b) CMD (%T)", "cron_command", Execute, System, Success)),
            on("command", saying("(%b) CMDEND (%T)", "cron_command_end", Other, System, Success)),
            on(
                "crontab",
                saying("(%b) REPLACE (%T)", "crontab_replace", Update, Configuration, Success),
            ),
            on(
                "crontab",
                saying("(%b) DELETE (%T)", "crontab_delete", Delete, Configuration, Success),
            ),
            on("crontab", saying("(%b) LIST (%T)", "crontab_list", List, Configuration, Success)),
            on(
                "crontab",
                saying("(%b) BEGIN EDIT (%T)", "crontab_edit", Other, Configuration, Success),
            ),
            on(
                "crontab",
                saying("(%b) END EDIT (%T)", "crontab_edit", Other, Configuration, Success),
            ),
            on(
                "crontab",
                saying("(%b) RELOAD (%T)", "crontab_reload", Other, Configuration, Success),
            ),
            saying("(%b) AUTH (%Q)", "crontab", Other, Configuration, Denied),
            saying(
                "(%b) FAILED to authorize user with PAM (%Q)",
                "cron_command",
                Execute,
                System,
                Denied,
            ),
            saying("(%b) PAM ERROR (%Q)", "cron_command", Execute, System, Failure),
        ]
    },
);
