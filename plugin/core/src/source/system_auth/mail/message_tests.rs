//! Lines as mail servers write them, and what is read from them.

use crate::source::system_auth::tests::hold;
use crate::source::testing;

#[test]
fn messages() {
    hold(MESSAGES);
}

/// Dovecot's own file has no header of syslog's.
#[test]
fn a_file_of_dovecots_own() {
    let noon = 1_768_476_600_000;
    for (line, row) in [
        (
            "2026-01-15 11:30:00 imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): user=<alice>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
            "system.auth mail_login login failure who=alice ip=192.0.2.1 service=imap-login Attempt",
        ),
        (
            "@400000006968cfc200000000 pop3-login: Info: Aborted login (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=2001:db8::1, lip=198.51.100.1",
            "system.auth mail_login login failure who=bob ip=2001:db8::1 service=pop3-login Attempt",
        ),
        (
            "2026-01-15 11:30:00 auth-worker(default): Info: pam(alice,192.0.2.1): unknown user",
            "system.auth mail_login login failure who=alice ip=192.0.2.1 why=unknown user service=auth-worker x0",
        ),
        (
            "2026-01-15 11:30:00 imap-login: Info: Login: user=<alice>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
            "system.auth mail_login login success who=alice on=host ip=192.0.2.1 service=imap-login",
        ),
    ] {
        assert_eq!(
            (testing::said(line), testing::time(line)),
            (row.to_owned(), Some(noon)),
            "{line}"
        );
    }
    // multilog puts the label before what any program says.
    let labelled = "@400000006968cfc200000000 dovecot-auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=bob rhost=192.0.2.1";
    assert_eq!(
        (testing::said(labelled), testing::time(labelled)),
        (
            "system.auth authentication login failure who=bob ip=192.0.2.1 service=dovecot-auth Pam"
                .to_owned(),
            Some(noon)
        )
    );
    for line in [
        "@400000006968cfc200000000 hello",
        "@400000006968cfc200000000 other: Failed password for bob from 192.0.2.1 port 1 ssh2",
        "2026-01-15 11:30:00 imap-login: Disconnected (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1",
        "2026-01-15 11:30:00 worker: Info: Disconnected (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1",
        "2026-01-15 11:30:00 imap-login: Info: hello",
        "@400000006968cfc20000000 imap-login: Info: Aborted login (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1",
        "@alice imap-login: Info: Aborted login (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1",
    ] {
        assert_eq!(testing::said(line), "", "{line}");
    }
}

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "postfix/smtpd[7]",
        "warning: unknown[192.0.2.1]:51514: SASL LOGIN authentication failed: authentication failure",
        "mail_login login failure ip=192.0.2.1 by=LOGIN Attempt",
    ),
    (
        "postfix/smtps/smtpd[7]",
        "warning: unknown[2001:db8::1]:51514: SASL PLAIN authentication failed: (reason unavailable), sasl_username=bob",
        "mail_login login failure who=bob ip=2001:db8::1 by=PLAIN Attempt",
    ),
    (
        "saslauthd[7]",
        ": auth failure: [user=bob] [service=imap] [realm=] [mech=shadow] [reason=Unknown]",
        "mail_login login failure who=bob why=[realm=] [mech=shadow] [reason=Unknown] x0",
    ),
    (
        "courierpop3login",
        "LOGIN FAILED, user=bob, ip=[::ffff:192.0.2.1]",
        "mail_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "courieresmtpd",
        "error,relay=::ffff:192.0.2.1,msg=\"535 Authentication failed.\",cmd: AUTH LOGIN",
        "mail_login login failure ip=192.0.2.1 Attempt",
    ),
    (
        "imaps[7]",
        "badlogin: mail.example[192.0.2.1] plaintext bob SASL(-13): authentication failure: checkpass failed",
        "mail_login login failure who=bob ip=192.0.2.1 by=plaintext why=-13): authentication failure: checkpass failed Attempt",
    ),
    (
        "imapd[7]",
        "badlogin: mail.example[192.0.2.1] OTP [SASL(-13): authentication failure: External SSF not good enough]",
        "mail_login login failure ip=192.0.2.1 by=OTP why=[SASL(-13): authentication failure: External SSF not good enough] Attempt",
    ),
    (
        "ipop3d[7]",
        "Login failed user=bob auth=bob host=mail.example [192.0.2.1]",
        "mail_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "imapd[7]",
        "Login excessive login failures user=bob auth=bob host=[192.0.2.1]",
        "mail_login login denied who=bob ip=192.0.2.1 x0",
    ),
    (
        "imapd[7]",
        "Login user=alice host=mail.example [192.0.2.1]",
        "mail_login login success who=alice on=host name=web1 ip=192.0.2.1",
    ),
    (
        "imapd[7]",
        "AUTHENTICATE LOGIN failure host=mail.example [192.0.2.1]",
        "mail_login login failure ip=192.0.2.1 by=LOGIN Attempt",
    ),
    (
        "sendmail[7]",
        "06I02CNi016764: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=bob, relay=mail.example [192.0.2.1] (may be forged)",
        "mail_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "sm-mta[7]",
        "06I02CNi016765: AUTH failure (PLAIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=bob, relay=[192.0.2.99], relay=[192.0.2.1]",
        "mail_login login failure who=bob, relay=[192.0.2.99] ip=192.0.2.1 Attempt",
    ),
    (
        "sm-mta[7]",
        "06I02CNi016766: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, relay=[192.0.2.1]",
        "mail_login login failure ip=192.0.2.1 Attempt",
    ),
    (
        "sm-mta[7]",
        "s1GNeNqe005178: mail.example [192.0.2.1] (may be forged): possible SMTP attack: command=AUTH, count=5",
        "mail_login login failure ip=192.0.2.1 Attempt",
    ),
    (
        "sendmail[7]",
        "06I02CNi016767: AUTH=server, relay=mail.example [192.0.2.1], authid=alice, mech=PLAIN, bits=0",
        "mail_login login success who=alice on=host name=web1 ip=192.0.2.1",
    ),
    (
        "dovecot",
        "auth: ldap(bob,192.0.2.1,): invalid credentials",
        "mail_login login failure who=bob ip=192.0.2.1 why=invalid credentials x0",
    ),
    (
        "dovecot",
        "auth: oauth2(bob,192.0.2.1,<s>): oauth2 failed: Invalid token",
        "mail_login login failure who=bob ip=192.0.2.1 why=oauth2 failed: Invalid token x0",
    ),
    (
        "dovecot",
        "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
        "mail_login login failure ip=192.0.2.1 Attempt",
    ),
    (
        "dovecot",
        "pop3-login: Disconnected: Too many invalid commands (auth failed, 3 attempts in 9 secs): rip=2001:db8::1, lip=198.51.100.1",
        "mail_login login failure ip=2001:db8::1 Attempt x3",
    ),
    (
        "dovecot",
        "imap-login: Aborted login (tried to use disabled plaintext auth): rip=192.0.2.1, lip=198.51.100.1",
        "mail_disconnect other failure ip=192.0.2.1",
    ),
    (
        "dovecot",
        "auth(alice,192.0.2.1,sasl:plain)<abc>: sql: Password mismatch",
        "mail_login login failure who=alice ip=192.0.2.1 why=Password mismatch x0",
    ),
    (
        "dovecot",
        "auth(alice,10.9.9.9,sasl:plain)<a>,2001:db8::1,sasl:login)<abc>: passwd-file: unknown user",
        "mail_login login failure who=alice,10.9.9.9,sasl:plain)<a> ip=2001:db8::1 why=unknown user x0",
    ),
    (
        "auth(alice@shop.example,192.0.2.1,sasl:login)<abc>",
        "Info: sql: Password mismatch",
        "mail_login login failure who=alice@shop.example ip=192.0.2.1 why=Password mismatch x0",
    ),
    (
        "dovecot",
        "auth: sql(x,10.9.9.9,<s>): unknown user,192.0.2.1,<abc>): unknown user",
        "mail_login login failure who=x,10.9.9.9,<s>): unknown user ip=192.0.2.1 why=unknown user x0",
    ),
    (
        "dovecot",
        "auth: sql(alice,10.9.9.9,192.0.2.1,<abc>): unknown user",
        "mail_login login failure who=alice,10.9.9.9 ip=192.0.2.1 why=unknown user x0",
    ),
    (
        "dovecot",
        "auth: pam(bob,192.0.2.1): Account expired",
        "mail_login login denied who=bob ip=192.0.2.1 why=Account expired x0",
    ),
    (
        "dovecot",
        "auth: passwd-file(bob,192.0.2.1,<s>): allow_nets check failed: IP 192.0.2.1 not in allowed networks",
        "mail_login login denied who=bob ip=192.0.2.1 why=allow_nets check failed: IP 192.0.2.1 not in allowed networks x0",
    ),
    (
        "dovecot",
        "auth: passwd-file(bob,192.0.2.1): User found from deny passdb",
        "mail_login login denied who=bob ip=192.0.2.1 why=User found from deny passdb x0",
    ),
    (
        "dovecot",
        "auth: Error: ldap(bob,192.0.2.1,<s>): ldap_bind() failed: Constraint violation",
        "mail_login login failure who=bob ip=192.0.2.1 why=ldap_bind() failed: Constraint violation x0",
    ),
    (
        "postfix/smtpd[1]",
        "warning: unknown[192.0.2.1]: SASL PLAIN authentication aborted",
        "mail_login login failure ip=192.0.2.1 by=PLAIN x0",
    ),
    (
        "dovecot",
        "auth: login(?,192.0.2.1): invalid base64 data",
        "mail_login login failure ip=192.0.2.1 why=invalid base64 data x0",
    ),
    (
        "dovecot",
        "imap-login: proxy(bob): Login failed to 198.51.100.3:143: Authentication failed.: user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
        "mail_login login failure who=bob ip=192.0.2.1 PamAnswer",
    ),
    (
        "dovecot",
        "imap-login: proxy(a): started proxying to b: user=<root>, rip=10.9.9.9, ): Login failed to 198.51.100.3:143: Authentication failed.: user=<a): started proxying to b: user=<root>, rip=10.9.9.9, >, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
        "mail_login login failure who=a): started proxying to b: user=<root>, rip=10.9.9.9,  ip=192.0.2.1 PamAnswer",
    ),
    (
        "dovecot",
        "imap-login: Disconnected (proxy dest auth failed): user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
        "mail_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "dovecot",
        "imap-login: Logged in: user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
        "mail_login login success who=bob on=host name=web1 ip=192.0.2.1",
    ),
    (
        "dovecot",
        "imap-login: proxy(bob): started proxying to 198.51.100.3:143: user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
        "mail_login login success who=bob on=host name=web1 ip=192.0.2.1",
    ),
    (
        "imapd",
        "LOGIN FAILED, user=alice, ip=[::ffff:192.0.2.1]",
        "mail_login login failure who=alice ip=192.0.2.1 Attempt",
    ),
    (
        "pop3d-ssl",
        "LOGIN FAILED, user=a, ip=[10.9.9.9], ip=[2001:db8::1]",
        "mail_login login failure who=a, ip=[10.9.9.9] ip=2001:db8::1 Attempt",
    ),
    (
        "imap[7]",
        "badlogin: h.example.com [192.0.2.1] plaintext alice SASL(-13): authentication failure: checkpass failed",
        "mail_login login failure who=alice ip=192.0.2.1 by=plaintext why=-13): authentication failure: checkpass failed Attempt",
    ),
    (
        "imap[7]",
        "badlogin: [192.0.2.1] PLAIN SASL(-13): user not found",
        "mail_login login failure ip=192.0.2.1 by=PLAIN why=SASL(-13): user not found Attempt",
    ),
    (
        "dovecot",
        "submission-login: Remote closed connection (auth failed, 2 attempts in 2 secs): user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
        "mail_login login failure who=bob ip=192.0.2.1 Attempt x2",
    ),
    (
        "managesieve-login",
        "Info: Login aborted: Connection closed (auth failed, 1 attempts in 3 secs) (auth_failed): user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, TLS",
        "mail_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "pop3-login",
        "Info: Disconnected: Inactivity (auth failed, 1 attempts in 178 secs): user=<bob>, method=PLAIN, rip=192.0.2.1",
        "mail_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "dovecot",
        "imap-login: Info: Login: user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=4",
        "mail_login login success who=bob on=host name=web1 ip=192.0.2.1",
    ),
    (
        "dovecot",
        "imap-login: Disconnected (no auth attempts in 3 secs): user=<>, rip=192.0.2.1, lip=198.51.100.1, TLS",
        "mail_disconnect other failure ip=192.0.2.1",
    ),
    (
        "dovecot",
        "pop3-login: Aborted login (tried to use disallowed plaintext auth): user=<>, rip=192.0.2.1, lip=198.51.100.1",
        "mail_disconnect other failure ip=192.0.2.1",
    ),
    (
        "dovecot",
        "imap(bob)<7><abc>: Disconnected: Logged out in=12 out=34",
        "mail_disconnect logout success who=bob",
    ),
    ("dovecot", "imap(bob): Logged out in=12 out=34", "mail_disconnect logout success who=bob"),
    (
        "dovecot",
        "auth-worker(7): sql(bob,192.0.2.1): unknown user",
        "mail_login login failure who=bob ip=192.0.2.1 why=unknown user x0",
    ),
    (
        "dovecot",
        "auth-worker(7): conn unix:auth-worker (pid=6,uid=97): auth-worker<3>: sql(bob,192.0.2.1,<abc>): Password mismatch",
        "mail_login login failure who=bob ip=192.0.2.1 why=Password mismatch x0",
    ),
    (
        "auth-worker(7)",
        "Info: ldap(bob,2001:db8::1,<abc>): invalid credentials",
        "mail_login login failure who=bob ip=2001:db8::1 why=invalid credentials x0",
    ),
    (
        "dovecot",
        "auth: pam(bob,192.0.2.1): pam_authenticate() failed: Authentication failure (password mismatch?)",
        "mail_login login failure who=bob ip=192.0.2.1 why=pam_authenticate() failed: Authentication failure (password mismatch?) x0",
    ),
    (
        "dovecot",
        "auth: passwd-file(?,192.0.2.1): Username contains disallowed character: 0x20",
        "mail_login login failure ip=192.0.2.1 why=Username contains disallowed character: 0x20 x0",
    ),
    (
        "postfix/smtpd[7]",
        "warning: SASL authentication failure: Password verification failed",
        "mail_login login failure why=Password verification failed x0",
    ),
    (
        "postfix/smtps/smtpd[7]",
        "lost connection after AUTH from unknown[192.0.2.1]",
        "mail_disconnect other failure ip=192.0.2.1",
    ),
    (
        "dovecot",
        "imap-login: Login: user=<alice>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=4, TLS, session=<abc>",
        "mail_login login success who=alice on=host name=web1 ip=192.0.2.1",
    ),
    (
        "dovecot",
        "imap-login: Disconnected (auth failed, 3 attempts in 14 secs): user=<x>, method=PLAIN, rip=10.9.9.9, lip=y>, method=LOGIN, rip=192.0.2.1, lip=198.51.100.1, session=<abc>",
        "mail_login login failure who=x>, method=PLAIN, rip=10.9.9.9, lip=y ip=192.0.2.1 Attempt x3",
    ),
    (
        "dovecot",
        "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, TLS",
        "mail_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "postfix/smtpd[4242]",
        "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
        "mail_login login failure ip=192.0.2.1 by=LOGIN Attempt",
    ),
    (
        "postfix/submission/smtpd[4242]",
        "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=bob",
        "mail_login login failure who=bob ip=192.0.2.1 by=LOGIN Attempt",
    ),
    (
        "postfix/smtpd[4242]",
        "4F9D195432C: client=h.example.com[192.0.2.1], sasl_method=PLAIN, sasl_username=bob",
        "mail_login login success who=bob on=host name=web1 ip=192.0.2.1",
    ),
    (
        "saslauthd[4242]",
        "do_auth         : auth failure: [user=bob] [service=smtp] [realm=] [mech=pam] [reason=PAM auth error]",
        "mail_login login failure who=bob why=[realm=] [mech=pam] [reason=PAM auth error] x0",
    ),
];
