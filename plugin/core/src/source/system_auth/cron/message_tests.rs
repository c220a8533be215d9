//! Lines as cron writes them, and what is read from them.

use crate::source::system_auth::tests::hold;

#[test]
fn messages() {
    hold(MESSAGES);
}

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "(systemd)[4242]",
        "pam_unix(systemd-user:session): session opened for user alice(uid=1000) by alice(uid=0)",
        "session_opened other success who=alice uid=0 on=user name=alice",
    ),
    (
        "systemd[4242]",
        "pam_unix(systemd-user:session): session opened for user alice(uid=1000) by (uid=0)",
        "session_opened other success uid=0 on=user name=alice",
    ),
    (
        "CRON[4242]",
        "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)",
        "cron_command execute success who=root on=command name=cd / && run-parts --report /etc/cron.hourly",
    ),
    (
        "/usr/sbin/cron[4242]",
        "(root) CMD (/usr/bin/x (y))",
        "cron_command execute success who=root on=command name=/usr/bin/x (y)",
    ),
    (
        "crontab[4242]",
        "(alice) REPLACE (alice)",
        "crontab_replace update success who=alice on=crontab name=alice",
    ),
    (
        "crontab[4242]",
        "(root) LIST (alice)",
        "crontab_list list success who=root on=crontab name=alice",
    ),
    (
        "crontab[4242]",
        "(alice) BEGIN EDIT (alice)",
        "crontab_edit other success who=alice on=crontab name=alice",
    ),
    (
        "crontab[4242]",
        "(mallory) AUTH (crontab command not allowed)",
        "crontab other denied who=mallory why=crontab command not allowed",
    ),
    (
        "crond[4242]",
        "pam_unix(crond:session): session opened for user root(uid=0) by (uid=0)",
        "session_opened other success uid=0 on=user name=root",
    ),
];
