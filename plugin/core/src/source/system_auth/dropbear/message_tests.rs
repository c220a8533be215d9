//! Lines as Dropbear writes them, and what is read from them.

use crate::source::system_auth::tests::hold;

#[test]
fn messages() {
    hold(MESSAGES);
}

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "dropbear[7]",
        "Bad password attempt for 'root' from 2001:db8::7:4711",
        "ssh_login login failure who=root ip=2001:db8::7 port=4711 Attempt",
    ),
    (
        "dropbear[7]",
        "Bad password attempt for 'root' from 2001:db8:0:0:1:2:3:4:4711",
        "ssh_login login failure who=root ip=2001:db8::1:2:3:4 port=4711 Attempt",
    ),
    (
        "dropbear[7]",
        "Exit before auth from <2001:db8::7:4711>: Max auth tries reached - user 'is invalid'",
        "ssh_disconnect login failure ip=2001:db8::7 port=4711 NoSuchUser",
    ),
    (
        "dropbear[7]",
        "Exit before auth from <192.0.2.1:4711>: Max auth tries reached - user 'bob'",
        "ssh_disconnect login failure who=bob ip=192.0.2.1 port=4711 NoSuchUser",
    ),
    (
        "dropbear[7]",
        "Exit before auth from <192.0.2.1:4711>: (user 'root', 0 fails): Exited normally",
        "ssh_disconnect other failure who=root ip=192.0.2.1 port=4711 why=Exited normally",
    ),
    (
        "dropbear[7]",
        "Bad PAM password attempt for 'root' from 192.0.2.1:4711",
        "ssh_login login failure who=root ip=192.0.2.1 port=4711 Attempt",
    ),
    (
        "dropbear[7]",
        "bad password attempt for 'root' from ::ffff:192.0.2.1:4711",
        "ssh_login login failure who=root ip=192.0.2.1 port=4711 Attempt",
    ),
    (
        "dropbear[7]",
        "login attempt for nonexistent user from [2001:db8::1]:4711",
        "ssh_login login failure ip=2001:db8::1 port=4711 NoSuchUser",
    ),
    (
        "dropbear[7]",
        "User 'bob' has blank password, rejected",
        "ssh_login login denied who=bob Attempt",
    ),
    (
        "dropbear[7]",
        "password auth succeeded for 'root' from 192.0.2.1:4711",
        "ssh_login login success who=root on=host name=web1 ip=192.0.2.1 port=4711",
    ),
    (
        "dropbear[7]",
        "pubkey auth succeeded for 'root' with key md5 01:02 from 192.0.2.1:4711",
        "ssh_login login success who=root on=host name=web1 ip=192.0.2.1 port=4711",
    ),
    (
        "dropbear[7]",
        "pam_authenticate() failed, rc=7, Authentication failure",
        "ssh_login login failure why=Authentication failure x0",
    ),
    (
        "dropbear[7]",
        "exit before auth (user 'root', 3 fails): Max auth tries reached - user 'root' from 192.0.2.1:4711",
        "ssh_disconnect login failure who=root why=Max auth tries reached - user 'root' from 192.0.2.1:4711 x0",
    ),
    (
        "dropbear[7]",
        "exit before auth: Exited normally",
        "ssh_disconnect other failure why=Exited normally",
    ),
    (
        "dropbear[7]",
        "exit after auth (root): Disconnect received",
        "ssh_disconnect logout success who=root why=Disconnect received",
    ),
    (
        "dropbear[1]",
        "Pubkey auth succeeded for 'root' with ssh-ed25519 key SHA256:abc from 192.0.2.1:4711",
        "ssh_login login success who=root on=host name=web1 ip=192.0.2.1 port=4711",
    ),
    (
        "dropbear[1]",
        "Login attempt for nonexistent user from 192.0.2.1:4711",
        "ssh_login login failure ip=192.0.2.1 port=4711 NoSuchUser",
    ),
    (
        "dropbear[1]",
        "Exit before auth from <192.0.2.1:4711>: (user 'root', 3 fails): Max auth tries reached - user 'root'",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=4711 why=Max auth tries reached - user 'root' x0",
    ),
    (
        "dropbear[1]",
        "Exit before auth (user 'root', 10 fails): Max auth tries reached - user 'root' from 192.0.2.1:4711",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=4711 why=Max auth tries reached x0",
    ),
    (
        "dropbear[1]",
        "Pubkey auth attempt with unknown algo for 'root' from 192.0.2.1:4711",
        "ssh_key login failure who=root ip=192.0.2.1 port=4711 x0",
    ),
    (
        "dropbear[1]",
        "Exit (root) from <192.0.2.1:4711>: Disconnect received",
        "ssh_disconnect logout success who=root ip=192.0.2.1 port=4711 why=Disconnect received",
    ),
    (
        "dropbear[1]",
        "Child connection from [2001:db8::1]:4711",
        "ssh_connect other success ip=2001:db8::1 port=4711",
    ),
    (
        "dropbear[1]",
        "Exit before auth from <192.0.2.1:4711>: Exited normally",
        "ssh_disconnect other failure ip=192.0.2.1 port=4711 why=Exited normally",
    ),
];
