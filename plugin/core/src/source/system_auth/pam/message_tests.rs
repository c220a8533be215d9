//! Lines as PAM writes them, and what is read from them.

use crate::source::system_auth::tests::hold;

#[test]
fn messages() {
    hold(MESSAGES);
}

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "sshd[7]",
        "pam_ldap(sshd:auth): Authentication failure; user=bob",
        "authentication login failure who=bob OtherPam",
    ),
    (
        "sshd[7]",
        "pam_krb5(sshd:auth): authentication failure; logname=bob uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1",
        "authentication login failure who=bob ip=192.0.2.1 OtherPam",
    ),
    (
        "su[7]",
        "pam_krb5(su:auth): authentication failure; logname=root uid=1000 euid=0 tty=pts/0 ruser=bob rhost=",
        "authentication login failure who=bob on=user name=root OtherPam",
    ),
    (
        "sshd[7]",
        "pam_krb5[7]: authentication fails for 'bob' (bob@EXAMPLE.COM): Authentication failure (Cannot read password)",
        "authentication login failure who=bob x0",
    ),
    (
        "sshd[7]",
        "pam_krb5[7]: authentication succeeds for 'alice' (alice@EXAMPLE.COM)",
        "authentication other success who=alice",
    ),
    (
        "sshd[7]",
        "pam_unix(sshd:account): expired password for user alice (password aged)",
        "password_expired other unknown who=alice why=password aged",
    ),
    (
        "sshd[7]",
        "pam_winbind(sshd:auth): request wbcLogonUser failed: WBC_ERR_AUTH_ERROR, PAM error: PAM_AUTH_ERR (7), NTSTATUS: NT_STATUS_WRONG_PASSWORD, Error message was: Wrong Password",
        "authentication login failure why=WBC_ERR_AUTH_ERROR, PAM error: PAM_AUTH_ERR (7), NTSTATUS: NT_STATUS_WRONG_PASSWORD, Error message was: Wrong Password x0",
    ),
    (
        "sshd[7]",
        "pam_winbind(sshd:account): user `bob' account expired",
        "authentication login denied who=bob x0",
    ),
    (
        "sshd[7]",
        "pam_winbind(sshd:auth): user 'bob' not found",
        "authentication login failure who=bob x0",
    ),
    (
        "sshd[7]",
        "pam_ldap: error trying to bind as user \"uid=bob,dc=example\" (Invalid credentials)",
        "authentication login failure on=user name=uid=bob,dc=example why=Invalid credentials x0",
    ),
    ("su[7]", "pam_rootok(su:auth): authentication succeeded", "authentication other success"),
    (
        "unix_chkpwd[7]",
        "password check failed for user (bob)",
        "authentication login failure who=bob x0",
    ),
    (
        "unix_chkpwd[7]",
        "could not obtain user info (bob)",
        "authentication login failure who=bob x0",
    ),
    (
        "sshd(pam_unix)[4242]",
        "authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.1  user=root",
        "authentication login failure who=root ip=192.0.2.1 Pam",
    ),
    ("sshd(pam_unix)[4242]", "check pass; user unknown", "authentication login failure x0"),
    (
        "su(pam_unix)[4242]",
        "session opened for user alice by (uid=0)",
        "session_opened other success uid=0 on=user name=alice",
    ),
    (
        "su(pam_unix)[4242]",
        "session closed for user alice",
        "session_closed logout success who=alice",
    ),
    (
        "login(pam_unix)[4242]",
        "session opened for user root by LOGIN(uid=0)",
        "session_opened other success who=LOGIN uid=0 on=user name=root",
    ),
    (
        "sshd(pam_google_authenticator)[4242]",
        "Invalid verification code for alice",
        "second_factor login failure who=alice OtherPam",
    ),
    (
        "sshd(pam_google_authenticator)[4242]",
        "Accepted google_authenticator for alice",
        "second_factor other success who=alice",
    ),
    (
        "gdm-password]",
        "pam_unix(gdm-password:auth): authentication failure; logname= uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=alice",
        "authentication login failure who=alice Pam",
    ),
    (
        "gdm-password][4242]",
        "pam_unix(gdm-password:session): session opened for user alice(uid=1000) by (uid=0)",
        "session_opened other success uid=0 on=user name=alice",
    ),
    (
        "pam_duo[4242]",
        "Successful Duo login for 'alice' from 192.0.2.1",
        "second_factor other success who=alice ip=192.0.2.1",
    ),
    (
        "login_duo[4242]",
        "Failed Duo login for 'alice' from 192.0.2.1: Incorrect passcode. Please try again.",
        "second_factor login failure who=alice ip=192.0.2.1 why=Incorrect passcode. Please try again. Pam",
    ),
];
