//! Lines as login, su and systemd-logind write them, and what is read from them.

use crate::source::system_auth::tests::hold;

#[test]
fn messages() {
    hold(MESSAGES);
}

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "su[9]",
        "pam_wheel(su:auth): Access denied to 'alice' for root",
        "su login denied who=alice on=user name=root x0",
    ),
    (
        "login",
        "LOGIN FAILURE FROM 192.0.2.1, alice",
        "login login failure who=alice ip=192.0.2.1 Attempt",
    ),
    (
        "su[7]",
        "pam_sss(su:auth): authentication failure; logname=bob uid=1000 euid=0 tty=pts/1 ruser= rhost= user=root",
        "authentication login failure who=bob on=user name=root OtherPam",
    ),
    (
        "su-l[7]",
        "pam_unix(su-l:auth): authentication failure; logname= uid=1000 euid=0 tty=pts/1 ruser=bob rhost=  user=eve",
        "authentication login failure who=bob on=user name=eve Pam",
    ),
    (
        "su[7]",
        "FAILED SU (to root) bob on pts/1",
        "su login failure who=bob on=user name=root Attempt",
    ),
    ("su", "BAD SU bob to root", "su login failure who=bob on=user name=root Attempt"),
    (
        "su",
        "BAD SU from bob to root at /dev/pts/1",
        "su login failure who=bob on=user name=root Attempt",
    ),
    ("su", "from bob to root at /dev/pts/1", "su execute success who=bob on=user name=root"),
    ("su", "bob to root on UNKNOWN TTY", "su execute success who=bob on=user name=root"),
    ("su[7]", "+ pts/1 bob-root", "su execute success who=bob on=user name=root"),
    (
        "su",
        "pam_wheel(su:auth): Access denied to 'bob' for 'root'",
        "su login denied who=bob on=user name=root x0",
    ),
    (
        "login[7]",
        "FAILED LOGIN (1) on `tty1' FOR `root', Authentication failure",
        "login login failure who=root why=Authentication failure Attempt",
    ),
    (
        "login[7]",
        "`bob' logged in  on `pts/1' from `192.0.2.1'",
        "login login success who=bob on=host name=web1 ip=192.0.2.1",
    ),
    (
        "login[7]",
        "invalid password for 'bob' on 'pts/0' from '192.0.2.1'",
        "login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "login[7]",
        "root login on 'pts/0' from '192.0.2.1'",
        "login login success who=root on=host name=web1 ip=192.0.2.1",
    ),
    ("login[7]", "root login on 'tty1'", "login login success who=root"),
    (
        "login[7]",
        "LOGIN_FAILED: Login failed for user bob from host 192.0.2.1",
        "login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "login[7]",
        "LOGIN_INFORMATION: User ann logged in from host 192.0.2.1 on device ttyp0",
        "login login success who=ann on=host name=web1 ip=192.0.2.1",
    ),
    (
        "su[4242]",
        "DENIED su from 'bob' to 'root' (auth)",
        "su login denied who=bob on=user name=root Attempt",
    ),
    (
        "su[4242]",
        "Successful su for root by alice",
        "su execute success who=alice on=user name=root",
    ),
    (
        "su[4242]",
        "FAILED su for root by mallory",
        "su login failure who=mallory on=user name=root Attempt",
    ),
    ("su[4242]", "+ /dev/pts/0 alice:root", "su execute success who=alice on=user name=root"),
    ("su[4242]", "- ??? mallory:root", "su login failure who=mallory on=user name=root Attempt"),
    ("su", "alice to root on /dev/pts/0", "su execute success who=alice on=user name=root"),
    (
        "su",
        "BAD SU mallory to root on /dev/pts/0",
        "su login failure who=mallory on=user name=root Attempt",
    ),
    ("su[4242]", "(to root) alice on pts/0", "su execute success who=alice on=user name=root"),
    ("su[4242]", "(to root) alice on none", "su execute success who=alice on=user name=root"),
    (
        "su[4242]",
        "pam_unix(su:auth): authentication failure; logname=bob uid=1000 euid=0 tty=/dev/pts/0 ruser=bob rhost=  user=root",
        "authentication login failure who=bob on=user name=root Pam",
    ),
    (
        "su[4242]",
        "pam_unix(su:session): session opened for user root(uid=0) by bob(uid=1000)",
        "session_opened other success who=bob uid=1000 on=user name=root",
    ),
    (
        "login[4242]",
        "FAILED LOGIN (2) on '/dev/pts/1' from 'h.example.com' FOR 'x', Authentication failure",
        "login login failure who=x from=h.example.com why=Authentication failure Attempt",
    ),
    (
        "login[4242]",
        "FAILED LOGIN (2) on '/dev/tty1' FOR 'UNKNOWN', User not known to the underlying authentication module",
        "login login failure why=User not known to the underlying authentication module Attempt",
    ),
    (
        "login[4242]",
        "FAILED LOGIN 1 FROM tty1 FOR alice, Authentication failure",
        "login login failure who=alice why=Authentication failure Attempt",
    ),
    (
        "login[4242]",
        "FAILED LOGIN 1 FROM (null) FOR alice, Authentication failure",
        "login login failure who=alice why=Authentication failure Attempt",
    ),
    (
        "login[4242]",
        "TOO MANY LOGIN TRIES (3) on '/dev/tty1' from '192.0.2.1' FOR 'bob'",
        "login login failure who=bob ip=192.0.2.1 x0",
    ),
    (
        "login[4242]",
        "invalid password for 'bob'  on '/dev/tty1' from '192.0.2.1'",
        "login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "login[4242]",
        "invalid password for 'UNKNOWN'  on '/dev/tty1'",
        "login login failure Attempt",
    ),
    ("login[4242]", "ROOT LOGIN  on '/dev/tty1'", "login login success who=root"),
    ("login[4242]", "ROOT LOGIN ON tty1", "login login success who=root"),
    (
        "login",
        "2 LOGIN FAILURES FROM h.example.com, bob",
        "login login failure who=bob from=h.example.com Attempt x2",
    ),
    ("login", "1 LOGIN FAILURE ON ttyv0, bob, x", "login login failure who=bob, x Attempt"),
    ("login", "2 LOGIN FAILURES FROM 192.0.2.1", "login login failure ip=192.0.2.1 x0"),
    ("login", "2 LOGIN FAILURES ON ttyv0", "login login failure x0"),
    (
        "login",
        "LOGIN root REFUSED (NOROOT) ON TTY ttyp1",
        "login login denied who=root why=(NOROOT) Attempt",
    ),
    (
        "login",
        "LOGIN root REFUSED (HOST) FROM 192.0.2.1 ON TTY ttyp1",
        "login login denied who=root ip=192.0.2.1 why=(HOST) Attempt",
    ),
    (
        "login",
        "LOGIN bob REFUSED FROM h.example.com ON TTY ttyp1",
        "login login denied who=bob from=h.example.com Attempt",
    ),
    (
        "login",
        "login from 192.0.2.1 on ttyp1 as bob",
        "login login success who=bob on=host name=web1 ip=192.0.2.1",
    ),
    ("login", "login on ttyv0 as bob", "login login success who=bob"),
    ("login", "ROOT LOGIN (root) ON ttyv0", "login login success who=root"),
    (
        "login",
        "ROOT LOGIN (toor) ON ttyp1 FROM 192.0.2.1",
        "login login success who=toor on=host name=web1 ip=192.0.2.1",
    ),
    ("login[4242]", "LOGIN ON tty1 BY alice", "login login success who=alice"),
    (
        "login[4242]",
        "LOGIN ON pts/1 BY alice FROM 192.0.2.1",
        "login login success who=alice on=host name=web1 ip=192.0.2.1",
    ),
    (
        "login[4242]",
        "pam_securetty(login:auth): access denied: tty 'pts/1' is not secure !",
        "authentication login denied why=tty 'pts/1' is not secure ! x0",
    ),
    (
        "systemd-logind[600]",
        "New session 5 of user alice.",
        "session_opened other success who=alice",
    ),
    (
        "systemd-logind[600]",
        "New session '5' of user 'alice' with class 'user' and type 'tty'.",
        "session_opened other success who=alice",
    ),
    (
        "systemd-logind[600]",
        "Session 5 logged out. Waiting for processes to exit.",
        "session_closed logout success",
    ),
    ("systemd-logind[600]", "Removed session 5.", "session_closed logout success"),
];
