//! Lines as programs that act for others write them, and what is read from them.

use crate::source::system_auth::tests::hold;

#[test]
fn messages() {
    hold(MESSAGES);
}

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "pkexec[7]",
        "alice: Executing command [USER=root] [TTY=unknown] [CWD=/home/alice] [COMMAND=/usr/bin/x]",
        "pkexec execute success who=alice on=command name=/usr/bin/x as=root",
    ),
    (
        "polkit-agent-helper-1[7]",
        "pam_unix(polkit-1:auth): authentication failure; logname= uid=1000 euid=0 tty= ruser=bob rhost=  user=root",
        "authentication login failure who=bob on=user name=root Pam",
    ),
    (
        "doas",
        "alice ran command as web: ls -l",
        "doas execute success who=alice on=command name=ls -l as=web",
    ),
    (
        "doas",
        "alice ran command cp a as b from c as root from /",
        "doas execute success who=alice on=command name=cp a as b from c as=root",
    ),
    (
        "doas",
        "failed command for mallory: cat /etc/shadow",
        "doas execute denied who=mallory on=command name=cat /etc/shadow",
    ),
    ("doas", "failed password for mallory", "doas login failure who=mallory Attempt"),
    ("xinetd[7]", "START: telnet pid=12 from=192.0.2.1", "connect other success ip=192.0.2.1"),
    (
        "xinetd[7]",
        "FAIL: telnet address from=::ffff:192.0.2.1",
        "connect other denied ip=192.0.2.1",
    ),
    (
        "polkitd(authority=local)[4242]",
        "Operator of unix-session:1 successfully authenticated as unix-user:alice to gain ONE-SHOT authorization for action org.freedesktop.policykit.exec for unix-process:1:2 [bash] (owned by unix-user:alice)",
        "authentication other success who=alice on=action name=org.freedesktop.policykit.exec",
    ),
    (
        "polkitd[4242]",
        "Operator of unix-session:c2 FAILED to authenticate to gain authorization for action org.freedesktop.systemd1.manage-units for system-bus-name::1.3 [systemctl stop x] (owned by unix-user:bob)",
        "authentication login failure who=bob on=action name=org.freedesktop.systemd1.manage-units why=system-bus-name::1.3 [systemctl stop x]",
    ),
    (
        "pkexec[4242]",
        "alice: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home/alice] [COMMAND=/usr/bin/id -u]",
        "pkexec execute success who=alice on=command name=/usr/bin/id -u as=root",
    ),
    (
        "pkexec[4242]",
        "mallory: Error executing command as another user: Not authorized [USER=root] [TTY=/dev/pts/0] [CWD=/home/m] [COMMAND=/usr/bin/id]",
        "pkexec execute denied who=mallory on=command name=/usr/bin/id why=Not authorized",
    ),
    (
        "pkexec",
        "pam_unix(polkit-1:session): session opened for user root(uid=0) by alice(uid=1000)",
        "session_opened other success who=alice uid=1000 on=user name=root",
    ),
    (
        "doas[4242]",
        "alice ran command ls -l as root as root from /home/alice",
        "doas execute success who=alice on=command name=ls -l as root as=root",
    ),
    (
        "doas",
        "command not permitted for mallory: cat /etc/shadow",
        "doas execute denied who=mallory on=command name=cat /etc/shadow",
    ),
    ("doas", "failed auth for mallory", "doas login failure who=mallory Attempt"),
    (
        "nologin",
        "Attempted login by bob (UID: 1001) on /dev/pts/1",
        "login login denied who=bob uid=1001 Attempt",
    ),
    (
        "in.telnetd[4242]",
        "connect from 192.0.2.1 (192.0.2.1)",
        "connect other success ip=192.0.2.1",
    ),
];
