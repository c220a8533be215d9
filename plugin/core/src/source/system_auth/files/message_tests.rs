//! Lines as servers of files write them, and what is read from them.

use crate::source::system_auth::tests::hold;
use crate::source::testing;

#[test]
fn messages() {
    hold(MESSAGES);
}

/// vsftpd's own file has no header of syslog's.
#[test]
fn files_of_their_own() {
    let noon = 1_768_476_600_000;
    for (line, row) in [
        (
            r#"Thu Jan 15 11:30:00 2026 [pid 7] [anonymous] FAIL LOGIN: Client "192.0.2.1""#,
            "system.auth ftp_login login failure who=anonymous ip=192.0.2.1 service=vsftpd pid=7 Attempt",
        ),
        (
            r#"Thu Jan 15 11:30:00 2026 [pid 7] [alice] OK LOGIN: Client "::ffff:192.0.2.1""#,
            "system.auth ftp_login login success who=alice on=host ip=192.0.2.1 service=vsftpd pid=7",
        ),
        (
            r#"Thu Jan 15 11:30:00 2026 [pid 7] CONNECT: Client "2001:db8::1""#,
            "system.auth ftp_connect other success ip=2001:db8::1 service=vsftpd pid=7",
        ),
        (
            r#"Thu Jan 15 11:30:00 2026 [pid 7] [alice] OK DELETE: Client "192.0.2.1", "/srv/x""#,
            "system.auth ftp_delete delete success who=alice on=file name=/srv/x ip=192.0.2.1 service=vsftpd pid=7",
        ),
    ] {
        assert_eq!(
            (testing::said(line), testing::time(line)),
            (row.to_owned(), Some(noon)),
            "{line}"
        );
    }
    for (line, row) in [
        (
            r#"Mon Jun 8 12:08:53 2020 [pid 7] [alice] FAIL LOGIN: Client "192.0.2.1""#,
            "system.auth ftp_login login failure who=alice ip=192.0.2.1 service=vsftpd pid=7 Attempt",
        ),
        (
            r#"Mon Jun  8 12:08:53 2020 [pid 7] CONNECT: Client "::ffff:192.0.2.1", "Connection refused: too many sessions for this address.""#,
            "system.auth ftp_connect other denied ip=192.0.2.1 service=vsftpd pid=7",
        ),
        (
            r#"Mon Jun 8 12:08:53 2020 [pid 7] [alice] FTP response: Client "192.0.2.1", "530 Login incorrect.""#,
            "system.auth ftp_login login failure who=alice ip=192.0.2.1 service=vsftpd pid=7 x0",
        ),
        (
            r#"Jun  8 12:08:53 web1 vsftpd: Mon Jun  8 12:08:53 2020 [pid 7] [alice] FAIL LOGIN: Client "192.0.2.1""#,
            "system.auth ftp_login login failure who=alice ip=192.0.2.1 host=web1 service=vsftpd pid=7 Attempt",
        ),
        // Neither a name nor a command says what happened, or where from.
        (
            r#"Mon Jun  8 12:08:53 2020 [pid 7] [x] OK LOGIN: Client "10.9.9.9"] FTP response: Client "192.0.2.1", "530 Login incorrect.""#,
            r#"system.auth ftp_login login failure who=x] OK LOGIN: Client \"10.9.9.9\" ip=192.0.2.1 service=vsftpd pid=7 x0"#,
        ),
        (
            r#"Mon Jun  8 12:08:53 2020 [pid 7] [alice] FTP command: Client "192.0.2.1", "USER x] OK LOGIN: Client "10.9.9.9"""#,
            "system.auth ftp_command other unknown service=vsftpd pid=7",
        ),
    ] {
        let at = 1_591_618_133_000;
        assert_eq!(
            (testing::said(line), testing::time(line)),
            (row.to_owned(), Some(at)),
            "{line}"
        );
    }
    for line in [
        r#"Thu Jan 15 11:30:00 2026 [pid x] [alice] OK LOGIN: Client "192.0.2.1""#,
        r#"Thu Jan 35 11:30:00 2026 [pid 7] [alice] OK LOGIN: Client "192.0.2.1""#,
        "Thu Jan 15 11:30:00 2026 [pid 7] something else",
    ] {
        assert_eq!(testing::said(line), "", "{line}");
    }
}

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "ftpd[1]",
        "FTP LOGIN REFUSED (access denied) FROM h.example [192.0.2.1], bob",
        "ftp_login login denied who=bob ip=192.0.2.1 why=access denied Attempt",
    ),
    // Names are what a client says they are, with the words of the line in them.
    (
        "vsftpd[7]",
        "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=a rhost=192.0.2.99  user=b rhost=192.0.2.1",
        "authentication login failure who=a rhost=192.0.2.99  user=b ip=192.0.2.1 Pam",
    ),
    (
        "vsftpd[7]",
        "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=a rhost=192.0.2.99  user=a rhost=192.0.2.1  user=a rhost=192.0.2.99  user=a",
        "authentication login failure who=a rhost=192.0.2.99  user=a ip=192.0.2.1 Pam",
    ),
    // More places than are tried: no address is taken out of the name.
    (
        "vsftpd[7]",
        "pam_sss(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=a user=b user=b user=b user=b user=b user=b user=b user=b rhost=192.0.2.99 rhost=192.0.2.1 user=a user=b user=b user=b user=b user=b user=b user=b user=b rhost=192.0.2.99",
        "authentication login failure who=a user=b user=b user=b user=b user=b user=b user=b user=b rhost=192.0.2.99 rhost=192.0.2.1 user=a user=b user=b user=b user=b user=b user=b user=b user=b rhost=192.0.2.99 OtherPam",
    ),
    (
        "rlogind[7]",
        "pam_unix(rlogin:auth): authentication failure; logname= uid=0 euid=0 tty=x ruser=a rhost=192.0.2.1  user=b rhost=192.0.2.99  user=c",
        "authentication login failure who=a rhost=192.0.2.1  user=b rhost=192.0.2.99  user=c Pam",
    ),
    (
        "wu-ftpd[7]",
        "failed login from mail.example [192.0.2.1]",
        "ftp_login login failure ip=192.0.2.1 Attempt",
    ),
    (
        "ftpd[5]",
        "FTP LOGIN FAILED FROM h.example.com [192.0.2.1], bob",
        "ftp_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "proftpd[5]",
        "web1 (192.0.2.1[192.0.2.1]) - ANONYMOUS bob (Login failed): Incorrect password.",
        "ftp_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
    (
        "vsftpd[7]",
        "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=root rhost=192.0.2.1  user=bob",
        "authentication login failure who=bob ip=192.0.2.1 Pam",
    ),
    // A name that was refused is what the client says it is.
    (
        "vsftpd[7]",
        r#"[root] OK LOGIN: Client "10.9.9.9"] FAIL LOGIN: Client "192.0.2.1""#,
        r#"ftp_login login failure who=root] OK LOGIN: Client \"10.9.9.9\" ip=192.0.2.1 Attempt"#,
    ),
    (
        "vsftpd[7]",
        r#"[alice] FAIL DOWNLOAD: Client "192.0.2.1", "/srv/x", 0.00Kbyte/sec"#,
        "ftp_download read failure who=alice on=file name=/srv/x ip=192.0.2.1",
    ),
    (
        "vsftpd[7]",
        r#"[alice] OK MKDIR: Client "192.0.2.1", "/srv/x""#,
        "ftp_mkdir create success who=alice on=file name=/srv/x ip=192.0.2.1",
    ),
    (
        "proftpd[7]",
        "ftp.example.com (h.example.com[192.0.2.1]): USER x (Login failed): Incorrect password",
        "ftp_login login failure who=x ip=192.0.2.1 why=Incorrect password Attempt",
    ),
    (
        "proftpd[7]",
        "ftp.example.com (::ffff:192.0.2.1[::ffff:192.0.2.1]): USER alice: Login successful.",
        "ftp_login login success who=alice on=host name=web1 ip=192.0.2.1",
    ),
    (
        "pure-ftpd",
        "(?@192.0.2.1) [ERROR] Too many authentication failures",
        "ftp_login login failure ip=192.0.2.1 x0",
    ),
    (
        "sftp-server[4242]",
        "session opened for local user alice from [192.0.2.1]",
        "session_opened other success who=alice ip=192.0.2.1",
    ),
    (
        "internal-sftp[4242]",
        "session closed for local user alice from [2001:db8::1]",
        "session_closed logout success who=alice ip=2001:db8::1",
    ),
    (
        "internal-sftp[4242]",
        r#"open "/srv/x" flags WRITE,CREATE mode 0100644" flags READ mode 0666"#,
        r#"open read success on=file name=/srv/x\" flags WRITE,CREATE mode 0100644"#,
    ),
    (
        "internal-sftp[4242]",
        r#"open "/srv/x" flags WRITE,CREATE,TRUNCATE mode 0100644"#,
        "open update success on=file name=/srv/x",
    ),
    (
        "internal-sftp[4242]",
        r#"close "/srv/x" bytes read 0 written 12"#,
        "close other success on=file name=/srv/x",
    ),
    ("internal-sftp[4242]", r#"remove name "/srv/x""#, "remove delete success on=file name=/srv/x"),
    ("internal-sftp[4242]", r#"rename old "/a" new "/b""#, "rename update success on=file name=/a"),
    ("internal-sftp[4242]", "sent status Permission denied", "status other denied"),
    (
        "vsftpd[4242]",
        r#"[alice] OK LOGIN: Client "192.0.2.1""#,
        "ftp_login login success who=alice on=host name=web1 ip=192.0.2.1",
    ),
    (
        "vsftpd[4242]",
        r#"[x] FAIL LOGIN: Client "::ffff:192.0.2.1""#,
        "ftp_login login failure who=x ip=192.0.2.1 Attempt",
    ),
    ("vsftpd[4242]", r#"CONNECT: Client "192.0.2.1""#, "ftp_connect other success ip=192.0.2.1"),
    (
        "vsftpd[4242]",
        r#"[alice] OK DOWNLOAD: Client "192.0.2.1", "/srv/x, y", 12 bytes, 3.4Kbyte/sec"#,
        "ftp_download read success who=alice on=file name=/srv/x, y ip=192.0.2.1",
    ),
    (
        "vsftpd",
        "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=alice rhost=192.0.2.1  user=alice",
        "authentication login failure who=alice ip=192.0.2.1 Pam",
    ),
    (
        "proftpd[4242]",
        "ftp.example.com (client.example.com[192.0.2.1]) - USER alice: Login successful.",
        "ftp_login login success who=alice on=host name=web1 ip=192.0.2.1",
    ),
    (
        "proftpd[4242]",
        "198.51.100.1 (192.0.2.1[192.0.2.1]) - USER x (Login failed): Incorrect password",
        "ftp_login login failure who=x ip=192.0.2.1 why=Incorrect password Attempt",
    ),
    (
        "proftpd[4242]",
        "198.51.100.1 (192.0.2.1[192.0.2.1]) - USER x: no such user found from 192.0.2.1 [192.0.2.1] to 198.51.100.1:21",
        "ftp_login login failure who=x ip=192.0.2.1 NoSuchUser",
    ),
    (
        "proftpd[4242]",
        "198.51.100.1 (192.0.2.1[192.0.2.1]) - FTP session opened.",
        "ftp_connect other success ip=192.0.2.1",
    ),
    (
        "pure-ftpd",
        "(?@192.0.2.1) [WARNING] Authentication failed for user [x]",
        "ftp_login login failure who=x ip=192.0.2.1 Attempt",
    ),
    (
        "pure-ftpd",
        "(?@192.0.2.1) [INFO] alice is now logged in",
        "ftp_login login success who=alice on=host name=web1 ip=192.0.2.1",
    ),
    (
        "pure-ftpd",
        "(alice@192.0.2.1) [INFO] Logout.",
        "ftp_disconnect logout success who=alice ip=192.0.2.1",
    ),
    (
        "ftpd[4242]",
        "connection from 192.0.2.1 (host.example.com) at Mon Jan 15 11:30:00 2026",
        "ftp_connect other success ip=192.0.2.1",
    ),
    (
        "ftpd[4242]",
        "ANONYMOUS FTP LOGIN FROM 192.0.2.1, (anonymous)",
        "ftp_login login success who=anonymous on=host name=web1 ip=192.0.2.1",
    ),
    (
        "ftpd[4242]",
        "FTP LOGIN FAILED FROM 192.0.2.1, bob",
        "ftp_login login failure who=bob ip=192.0.2.1 Attempt",
    ),
];
