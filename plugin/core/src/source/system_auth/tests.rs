//! Lines as the programs' sources say that they are written, and what is read from them.

use crate::source::testing;

/// Fields of the message of this program, without those of its header.
fn said(tag: &str, message: &str) -> String {
    let row = testing::said(&format!("Jan 15 11:30:00 web1 {tag}: {message}"));
    let mut words: Vec<&str> =
        row.strip_prefix("system.auth ").unwrap_or(&row).split(' ').collect();
    words.retain(|word| {
        !word.starts_with("service=") && !word.starts_with("pid=") && *word != "host=web1"
    });
    words.join(" ")
}

#[test]
fn openssh() {
    for (message, row) in SSHD {
        assert_eq!(said("sshd[4242]", message), *row, "{message}");
        // Who and where do not depend on how the line came.
        assert_eq!(said("sshd-session[4242]", message), *row, "{message}");
    }
}

#[test]
fn other_programs() {
    for (tag, message, row) in OTHERS {
        assert_eq!(said(tag, message), *row, "{tag}: {message}");
    }
}

/// Where only keys are taken, the end of a connection is all that is said of a try; where more is said, it is no further one.
#[test]
fn connections_that_end_before_a_proof() {
    let (closed, failed) = (
        "Connection closed by authenticating user root 192.0.2.1 port 22 [preauth]",
        "Failed password for root from 192.0.2.1 port 22 ssh2",
    );
    let (pam, many) = (
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
        "Disconnecting authenticating user root 192.0.2.1 port 22: Too many authentication failures [preauth]",
    );
    for (lines, times) in [
        (&[closed][..], &[1][..]),
        (&[many], &[1]),
        (
            &[
                "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 22 ssh2 [preauth]",
                many,
            ],
            &[0, 1],
        ),
        (
            &[
                "Received disconnect from 192.0.2.1 port 22:11: Bye [preauth]",
                "Disconnected from authenticating user root 192.0.2.1 port 22 [preauth]",
            ],
            &[1, 1],
        ),
        (&[pam, failed, failed, closed], &[1, 0, 1, 0]),
        (
            &[
                "Invalid user x from 192.0.2.1 port 22",
                "Connection closed by invalid user x 192.0.2.1 port 22 [preauth]",
            ],
            &[1, 0],
        ),
    ] {
        let lines: Vec<String> = lines
            .iter()
            .zip(10..)
            .map(|(line, second)| format!("Jan 15 11:30:{second} web1 sshd[7]: {line}"))
            .collect();
        assert_eq!(testing::times(&lines), times, "{lines:?}");
    }
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
    for line in [
        "2026-01-15 11:30:00 imap-login: Disconnected (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1",
        "2026-01-15 11:30:00 worker: Info: Disconnected (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1",
        "2026-01-15 11:30:00 imap-login: Info: hello",
        "@400000006968cfc20000000 imap-login: Info: Aborted login (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1",
        "@alice imap-login: Info: Aborted login (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=192.0.2.1",
    ] {
        assert_eq!(testing::said(line), "", "{line}");
    }
}

/// sudo's own file says the year where it is told to, and the host.
#[test]
fn a_file_of_sudos_own() {
    let noon = 1_768_476_600_000;
    let row =
        "system.auth sudo execute success who=alice on=command name=/bin/ls as=root service=sudo";
    let refused = "system.auth sudo execute failure who=alice on=command name=/bin/ls as=root why=3 incorrect password attempts service=sudo Attempt x3";
    for (line, row) in [
        ("Jan 15 11:30:00 : alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls", row),
        ("Jan 15 11:30:00 2026 : alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls", row),
        (
            "Jan 15 11:30:00 2026 : alice : HOST=web1 : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
            row,
        ),
        (
            "Jan 15 11:30:00 2026 : alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
            refused,
        ),
    ] {
        let record = format!(r#"{{"log":"{line}\n"}}"#);
        assert_eq!(
            (testing::said(line), testing::time(line)),
            (row.to_owned(), Some(noon)),
            "{line}"
        );
        assert_eq!(
            (testing::said(&record), testing::time(&record)),
            (row.to_owned(), Some(noon)),
            "{record}"
        );
    }
    for line in [
        "Jan 15 11:30:00 2026 : alice : hello",
        "Jan 35 11:30:00 2026 : alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
    ] {
        assert!(!testing::said(line).contains("sudo"), "{line}");
    }
}

/// Where sudo's own file folds its lines, and a shipper puts them together again.
#[test]
fn folded_commands() {
    for line in [
        "alice : TTY=pts/0 ; PWD=/ ; USER=root ;\\n    COMMAND=/bin/ls",
        "alice : TTY=pts/0 ; PWD=/ ;\\n    USER=root ; COMMAND=/bin/ls",
    ] {
        let record = format!(r#"{{"message":"{line}","ident":"sudo","host":"web1"}}"#);
        assert_eq!(
            testing::said(&record),
            "system.auth sudo execute success who=alice on=command name=/bin/ls as=root host=web1 service=sudo",
            "{record}"
        );
    }
}

const STACK: &[(&str, &str)] = &[
    (
        "pam_sss",
        "authentication success; logname= uid=0 euid=0 tty=ssh ruser= rhost=ORIGIN user=NAME",
    ),
    ("pam_winbind", "user 'NAME' granted access"),
    ("pam_krb5", "user NAME authenticated as NAME@EXAMPLE.COM"),
];

/// One sign-in through `pam_unix`, which refuses, and another module; with what the program itself says of it.
fn stacked(
    program: &str,
    (module, accepts): (&str, &str),
    name: &str,
    own: Option<&str>,
    at: usize,
) -> Vec<String> {
    let line = |message: String| {
        format!(
            "Jan 15 11:{:02}:{:02} web1 {program}[{}]: {message}",
            at / 2,
            at % 2 * 30,
            5000 + at
        )
        .replace("NAME", name)
        .replace("ORIGIN", "192.0.2.200")
    };
    let service = program.trim_end_matches(']');
    let refused = format!(
        "pam_unix({service}:auth): authentication failure; logname= uid=0 euid=0 tty=x ruser= rhost=ORIGIN  user=NAME"
    );
    let accepted = format!("{module}({service}:auth): {accepts}");
    let opened =
        format!("pam_unix({service}:session): session opened for user NAME(uid=1000) by (uid=0)");
    [Some(refused), (!accepts.is_empty()).then_some(accepted), own.map(str::to_owned), Some(opened)]
        .into_iter()
        .flatten()
        .map(line)
        .collect()
}

/// How many of the failures were counted, over all records.
fn counted(records: &[String]) -> u32 {
    testing::times(records)
        .iter()
        .zip(records)
        .filter(|(_, record)| record.contains("failure") || record.contains("Failed"))
        .map(|(times, _)| times)
        .sum()
}

const ACCEPTED_BY_SSHD: Option<&str> =
    Some("Accepted password for NAME from ORIGIN port 50600 ssh2");

/// A module that does not know the account refuses, another one accepts: only the first is counted, by which it is learned.
#[test]
fn another_module_accepts() {
    for module in STACK {
        for (program, own) in [
            ("sshd", ACCEPTED_BY_SSHD),
            ("gdm-password]", None),
            ("lightdm", None),
            ("su", Some("(to NAME) bob on pts/0")),
            ("sudo", Some("NAME : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls")),
            ("login", Some("LOGIN ON tty1 BY NAME")),
            ("vsftpd", Some(r#"[NAME] OK LOGIN: Client "ORIGIN""#)),
        ] {
            let records: Vec<String> = (0..8)
                .flat_map(|at| stacked(program, *module, &format!("user{at}"), own, at))
                .collect();
            assert_eq!(counted(&records), 1, "{program} {module:?}");
        }
    }
    // Modules that accept without a word.
    for (program, own, most) in [("sshd", ACCEPTED_BY_SSHD, 1), ("gdm-password]", None, 2)] {
        let records: Vec<String> = (0..8)
            .flat_map(|at| stacked(program, ("", ""), &format!("user{at}"), own, at))
            .collect();
        assert_eq!(counted(&records), most, "{program}");
    }
}

/// Who guesses is found through the same modules, however much else signs in there.
#[test]
fn another_module_refuses_too() {
    let good: Vec<String> =
        (0..3).flat_map(|at| stacked("sshd", STACK[0], "carla", ACCEPTED_BY_SSHD, at)).collect();
    let failed = |at: usize| {
        let line = |message: &str| {
            format!("Jan 15 11:{:02}:00 web1 sshd[{}]: {message}", 20 + at, 6000 + at)
        };
        [
            line(
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=carla",
            ),
            line(
                "pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9 user=carla",
            ),
            line("Failed password for carla from 203.0.113.9 port 4711 ssh2"),
        ]
    };
    let attack: Vec<String> = (0..8).flat_map(failed).collect();
    assert_eq!(counted(&[&good[..], &attack].concat()), 1 + 8, "once a connection");
    assert_eq!(counted(&attack), 8, "by itself");

    // A display manager does not say itself that it refused: the module that decides does.
    let good: Vec<String> =
        (0..3).flat_map(|at| stacked("gdm-password]", STACK[0], "carla", None, at)).collect();
    let failed = |at: usize| {
        let line = |module: &str| {
            format!(
                "Jan 15 11:{:02}:00 web1 gdm-password][{}]: {module}(gdm-password:auth): authentication failure; logname= uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=carla",
                20 + at,
                6000 + at
            )
        };
        [line("pam_unix"), line("pam_sss")]
    };
    let attack: Vec<String> = (0..8).flat_map(failed).collect();
    assert_eq!(counted(&[&good[..], &attack].concat()), 1 + 8);
}

/// A report that is held back for a program that reports failures itself is counted if the program does not report.
#[test]
fn a_program_that_falls_silent() {
    let accepted = |host: &str| {
        format!(
            "Jan 15 11:00:00 {host} sshd[1]: Accepted password for carla from 192.0.2.1 port 22 ssh2"
        )
    };
    let refused: Vec<String> = (0..30)
        .map(|at| format!("Jan 15 11:10:{at:02} web1 sshd[{}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root", 7000 + at))
        .collect();
    for (before, least) in
        [(vec![], 30), (vec![accepted("web1")], 14), (vec![accepted("web2")], 26)]
    {
        assert_eq!(counted(&[&before[..], &refused].concat()), least, "{before:?}");
    }
}

/// Who mistypes first and gets in then has failed once; no module is believed to decide less for that.
#[test]
fn a_second_try_teaches_nothing() {
    let line = |second: usize, pid: usize, message: &str| {
        format!("Jan 15 11:30:{second:02} web1 lightdm[{pid}]: {message}")
    };
    let refused = "pam_unix(lightdm:auth): authentication failure; logname= uid=0 euid=0 tty=:0 ruser= rhost=  user=carla";
    let opened = "pam_unix(lightdm:session): session opened for user carla(uid=1000) by (uid=0)";
    let mistyped: Vec<String> = (0..4)
        .flat_map(|at| [line(at * 10, 10 + at, refused), line(at * 10 + 5, 10 + at, opened)])
        .collect();
    let guessed: Vec<String> = (0..8).map(|at| line(50 + at, 30 + at, refused)).collect();
    assert_eq!(counted(&[&mistyped[..], &guessed].concat()), 12);
}

/// Dovecot's workers and the processes that sign people in report one attempt; many clients share each of them.
#[test]
fn one_attempt_told_by_dovecot_and_its_modules() {
    let line = |tag: &str, message: &str| format!("Jan 15 11:30:00 web1 {tag}: {message}");
    let of = |account: &str| {
        [
            line(
                "auth[70]",
                &format!(
                    "pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser={account} rhost=192.0.2.1  user={account}"
                ),
            ),
            line(
                "dovecot[60]",
                &format!(
                    "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<{account}>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1"
                ),
            ),
        ]
    };
    let failed: Vec<String> = (0..6).flat_map(|at| of(&format!("user{at}"))).collect();
    assert_eq!(testing::times(&failed).iter().sum::<u32>(), 6);
}

/// One login, however it comes.
#[test]
fn framings() {
    let message = "Accepted password for alice from 192.0.2.1 port 22 ssh2";
    // 2026-01-15T11:30:00Z
    let noon = 1_768_476_600_000;
    let hour = 3_600_000;
    for (framing, host, pid, time) in [
        ("Jan 15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("<86>Jan 15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("<86>Jan 15 2026 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("Jan 15 11:30:00 2001:db8::7 sshd: MESSAGE", "2001:db8::7", "", Some(noon)),
        (
            "Jan 15 11:30:00 web1.example.com /usr/sbin/sshd[7]: MESSAGE",
            "web1.example.com",
            "7",
            Some(noon),
        ),
        ("Jan 15 11:30:00 web1 auth.info sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("Jan 15 11:30:00 authpriv.info sshd[7]: MESSAGE", "", "7", Some(noon)),
        ("Thu Jan 15 11:30:00 2026 authpriv.info sshd[7]: MESSAGE", "", "7", Some(noon)),
        ("2026 Jan 15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("Thu Jan 15 11:30:00 2016 web1 sshd[7]: MESSAGE", "web1", "7", Some(1_452_857_400_000)),
        (
            "Thu Jan 15 11:30:00 UTC 2016 web1 sshd[7]: MESSAGE",
            "web1",
            "7",
            Some(1_452_857_400_000),
        ),
        ("Jan 15 11:30:00 +0100 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon - hour)),
        ("Jan 15 11:30:00 2026 CET web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("Jan 15 11:30:00 UTC 2026 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        (
            "2026-01-15 11:30:00.123 -01:00 web1 sshd[7]: MESSAGE",
            "web1",
            "7",
            Some(noon + hour + 123),
        ),
        ("2026/01/15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("1768476600.5 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon + 500)),
        ("1768476600 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("15 Jan 2026 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("*Jan 15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("   Jan 15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("\u{feff}\u{0} Jan 15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("auth.info Jan 15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("<auth.info> Jan 15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("Jan 15 11:30:00 <auth.info> web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("Jan 15 11:30:00 web1 [auth.info] sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("Jan 15 11:30:00 web1 authpriv.info: sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("Jan 15 11:30:00 web1 [sshd]: MESSAGE", "web1", "", Some(noon)),
        ("<38>1 2026-01-15T11:30:00Z web1 sshd 7 - \u{feff}MESSAGE", "web1", "7", Some(noon)),
        (
            "Jan 15 11:30:05 relay1 1 2026-01-15T11:30:00Z web1 sshd 7 - - MESSAGE",
            "web1",
            "7",
            Some(noon),
        ),
        (
            "2026-01-15T11:30:05Z relay1 <38>1 2026-01-15T11:30:00Z web1 sshd 7 - - MESSAGE",
            "web1",
            "7",
            Some(noon),
        ),
        (
            "Jan 15 11:30:00 relay1 Message forwarded from web1: sshd[7]: MESSAGE",
            "web1",
            "7",
            Some(noon),
        ),
        (
            "<38>Jan 15 11:30:00 relay1 Message forwarded from web1: sshd[7]: MESSAGE",
            "web1",
            "7",
            Some(noon),
        ),
        ("2026-01-15T11:30:00.000001+01:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon - hour)),
        ("<86>2026-01-15T11:30:00+0100 web1 sshd: MESSAGE", "web1", "", Some(noon - hour)),
        ("2026-01-15T11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("2026-01-15 11:30:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("2026-01-15 11:30:00.000+01:00 web1 sshd[7]: MESSAGE", "web1", "7", Some(noon - hour)),
        ("Thu 2026-01-15 11:30:00 UTC web1 sshd[7]: MESSAGE", "web1", "7", Some(noon)),
        ("<38>1 2026-01-15T11:30:00Z web1 sshd 7 - - MESSAGE", "web1", "7", Some(noon)),
        (
            "<38>1 2026-01-15T11:30:00Z web1 /usr/sbin/sshd 7 - [a@1 k=\"v\"] \u{feff}MESSAGE",
            "web1",
            "7",
            Some(noon),
        ),
        ("1 2026-01-15T11:30:00Z web1 sshd 7 - - MESSAGE", "web1", "7", Some(noon)),
        ("107 <38>1 2026-01-15T11:30:00Z web1 sshd - - - MESSAGE", "web1", "", Some(noon)),
        ("2026-01-15T11:30:00.000Z stderr F sshd[7]: MESSAGE", "", "7", Some(noon)),
        (
            r#"{"log":"2026-01-15T11:30:00Z stdout F web1 sshd[7]: MESSAGE\n"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        ("<86>Jan 15 11:30:00 web1 sshd[7]:MESSAGE", "web1", "7", Some(noon)),
        ("web1 sshd[7]: MESSAGE", "web1", "7", None),
        ("sshd[7]: MESSAGE", "", "7", None),
        (
            r#"{"log":"Jan 15 11:30:00 web1 sshd[7]: MESSAGE\n","stream":"stdout","time":"2026-01-20T11:30:00.5Z"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"MESSAGE":"MESSAGE","SYSLOG_IDENTIFIER":"sshd","_HOSTNAME":"web1","_PID":"7","__REALTIME_TIMESTAMP":"1768476600000999"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"MESSAGE":"MESSAGE","SYSLOG_IDENTIFIER":"sshd","HOSTNAME":"web1","PID":"7"}"#,
            "web1",
            "7",
            None,
        ),
        (
            r#"{"message":"MESSAGE","ident":"/usr/sbin/sshd","host":"web1","pid":"7"}"#,
            "web1",
            "7",
            None,
        ),
        (
            r#"{"message":"MESSAGE","appname":"sshd","hostname":"web1","procid":7,"timestamp":"2026-01-15T11:30:00Z"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"message":"MESSAGE","rawmsg":"x","timereported":"2026-01-15T11:30:00Z","sysloghost":"web1","syslogtag":"sshd[7]:","timegenerated":"2026-01-16T11:30:00Z"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"message":"MESSAGE","timegenerated":"Jan 15 11:30:00","hostname":"web1","programname":"sshd","procid":"-","app-name":"sshd"}"#,
            "web1",
            "",
            Some(noon),
        ),
        (
            r#"{"message":"MESSAGE","PROGRAM":"sshd","PID":"7","HOST":"web1","DATE":"Jan 15 11:30:00","PRIORITY":"info"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"message":"MESSAGE","PROGRAM":"/usr/sbin/sshd","PID":"7","HOST":"web1","DATE":"Jan 16 11:30:00","ISODATE":"2026-01-15T11:30:00+00:00"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"message":"MESSAGE","syslog_identifier":"sshd","_hostname":"web1","_pid":"7","_source_realtime_timestamp":"1768476600000999"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"date":1768476600.000999,"message":"MESSAGE","ident":"sshd","host":"web1","pid":"7"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"time":"15/Jan/2026:11:30:00 +0000","message":"MESSAGE","ident":"sshd","host":"web1","pid":"7"}"#,
            "web1",
            "7",
            Some(noon),
        ),
        (
            r#"{"date":12.5,"timestamp":"-","message":"MESSAGE","ident":"sshd","host":{},"hostname":"web1","pid":"7"}"#,
            "web1",
            "7",
            None,
        ),
    ] {
        let record = match framing.rsplit_once("MESSAGE") {
            Some((before, behind)) if !framing.contains("\"MESSAGE\":") => {
                format!("{before}{message}{behind}")
            }
            _ => framing.replacen(":\"MESSAGE\"", &format!(":\"{message}\""), 1),
        };
        let mut row = String::from("system.auth ssh_login login success who=alice on=host");
        let mut add = |word: &str, text: &str| {
            if !text.is_empty() {
                row.push_str(&format!(" {word}={text}"));
            }
        };
        add("name", host);
        add("ip", "192.0.2.1");
        add("port", "22");
        add("by", "password");
        add("host", host);
        add("service", if record == message { "" } else { "sshd" });
        add("pid", pid);
        assert_eq!((testing::said(&record), testing::time(&record)), (row, time), "{record}");
    }
}

/// The journal writes what has control characters, or is not UTF-8, as a list of bytes: no command hides so.
#[test]
fn messages_as_lists_of_bytes() {
    let said = |list: &str| {
        testing::said(&format!(
            r#"{{"MESSAGE":{list},"SYSLOG_IDENTIFIER":"sudo","_HOSTNAME":"web1","_PID":"7"}}"#
        ))
    };
    let listed = |message: &[u8]| {
        format!("[{}]", message.iter().map(u8::to_string).collect::<Vec<_>>().join(" , "))
    };
    let of = |command: &str| {
        format!(
            "system.auth sudo execute success who=bob on=command name={command} as=root host=web1 service=sudo pid=7"
        )
    };
    for (command, told) in [
        (&b"/bin/ls"[..], "/bin/ls"),
        (b"/bin/sh -c \x01 \"x\"", "/bin/sh -c \\u0001 \\\"x\\\""),
        (b"/bin/l\xe9 x", "/bin/l\u{fffd} x"),
    ] {
        assert_eq!(
            said(&listed(&[b"bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=", command].concat())),
            of(told)
        );
    }
    for list in
        ["[]", "[256]", "[-1]", "[1.5]", "[\"a\"]", "[[98]]", "[{}]", "[98,null]", "{}", "98"]
    {
        assert_eq!(said(list), "", "{list}");
    }
}

/// A text that begins with a date is not syslog for that reason alone.
#[test]
fn other_lines_with_dates() {
    for line in [
        "2026-01-15 11:30:00 INFO main: started",
        "2026-01-15 11:30:00 started",
        "1 2 3",
        "12 <b>x</b>",
        "Thu is no day",
        "2026/01/15 11:30:00 started",
        "2026/01/15 11:30:00 web1 sshd: Failed password for root from 192.0.2.1 port 22 ssh2",
        "1768476600.123 web1 sshd: Failed password for root from 192.0.2.1 port 22 ssh2",
        "15 Jan 2026 11:30:00 web1 said Failed password for root from 192.0.2.1 port 22 ssh2",
        "*Jan 15 11:30:00 web1 sshd: Failed password for root from 192.0.2.1 port 22 ssh2",
        "   Jan 15 11:30:00 web1 sshd: Failed password for root from 192.0.2.1 port 22 ssh2",
        "GET.info Jan 15 11:30:00 web1 sshd[7]: Failed password for root from 192.0.2.1 port 22 ssh2",
        "alice Jan 15 11:30:00 web1 sshd[7]: Failed password for root from 192.0.2.1 port 22 ssh2",
        "<alice> Jan 15 11:30:00 web1 sshd[7]: Failed password for root from 192.0.2.1 port 22 ssh2",
        "2026-01-15T11:30:00",
    ] {
        assert_eq!(testing::said(line), "", "{line}");
    }
}

/// A user name is never read as an origin or as a successful sign-in.
#[test]
fn names_that_pose_as_something_else() {
    let long = "x".repeat(10_000);
    let froms = " from 10.9.9.9 port 22 ssh2".repeat(4);
    for name in [
        "a from 10.9.9.9 port 22 ssh2",
        "a from 10.9.9.9",
        "a 10.9.9.9 port 22",
        "a 10.9.9.9 port 22: b",
        "a\\n b",
        "from",
        "a' from '10.9.9.9",
        &froms,
        &long,
    ] {
        for (tag, before, after) in [
            ("sshd[4242]", "Failed password for invalid user ", " from 192.0.2.1 port 4711 ssh2"),
            ("sshd[4242]", "Failed none for invalid user ", " from 192.0.2.1 port 4711 ssh2"),
            (
                "sshd[4242]",
                "Failed keyboard-interactive/pam for invalid user ",
                " from 192.0.2.1 port 4711 ssh2",
            ),
            ("sshd[4242]", "Invalid user ", " from 192.0.2.1 port 4711"),
            ("sshd[4242]", "Connection closed by invalid user ", " 192.0.2.1 port 4711 [preauth]"),
            ("sshd[4242]", "Connection reset by invalid user ", " 192.0.2.1 port 4711 [preauth]"),
            ("sshd[4242]", "Disconnected from invalid user ", " 192.0.2.1 port 4711 [preauth]"),
            (
                "sshd[4242]",
                "Disconnecting invalid user ",
                " 192.0.2.1 port 4711: Too many authentication failures [preauth]",
            ),
            (
                "sshd[4242]",
                "error: maximum authentication attempts exceeded for invalid user ",
                " from 192.0.2.1 port 4711 ssh2 [preauth]",
            ),
            (
                "sshd[4242]",
                "error: PAM: Authentication failure for illegal user ",
                " from 192.0.2.1",
            ),
            (
                "sshd[4242]",
                "pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=",
                "",
            ),
            ("dropbear[4242]", "Bad password attempt for '", "' from 192.0.2.1:4711"),
            (
                "proftpd[4242]",
                "web1 (192.0.2.1[192.0.2.1]) - USER ",
                " (Login failed): Incorrect password",
            ),
            (
                "dovecot",
                "imap-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<",
                ">, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1",
            ),
        ] {
            let row = said(tag, &format!("{before}{name}{after}"));
            let shown = row.get(..200).unwrap_or(&row);
            if name.len() > 9_000 {
                // Too long to be looked into: it is no one's, from nowhere.
                assert!(
                    !row.contains(" who=") && !row.contains(" ip=10.9.9.9"),
                    "{tag} {before} {shown}"
                );
            } else {
                assert!(
                    row.contains(" ip=192.0.2.1")
                        && !row.contains(" ip=10.9.9.9")
                        && !row.contains("success"),
                    "{tag} {before}{name}{after}: {shown}"
                );
                assert!(
                    row.contains(&format!(" who={}", name.replace('\\', "\\\\"))),
                    "{tag} {before}{name}{after}: {shown}"
                );
            }
        }
    }
}

/// Who asks by su is named by the system: whom they ask for is their own choice.
#[test]
fn targets_that_pose_as_something_else() {
    for name in
        ["x rhost=10.9.9.9 user=root", "x", "x ruser=bob rhost=10.9.9.9  user=root", "x user=root"]
    {
        for (tag, service) in [("su", "su"), ("su[7]", "su-l"), ("sudo", "sudo")] {
            let row = said(
                tag,
                &format!(
                    "pam_unix({service}:auth): authentication failure; logname=alice uid=1000 euid=0 tty=pts/0 ruser=alice rhost=  user={name}"
                ),
            );
            assert!(
                row.contains(&format!(" who=alice on=user name={name} ")) && !row.contains(" ip="),
                "{tag} {name}: {row}"
            );
        }
    }
}

/// Of an account that exists no one chose the name: what follows the address is what others made up.
#[test]
fn keys_that_pose_as_names() {
    for end in [
        ": RSA-CERT SHA256:a ID b from 10.9.9.9 port 22 ssh2 (serial 1) CA RSA SHA256:b",
        ": from 10.9.9.9 port 1 ssh2",
        ": RSA SHA256:a, client user \"b\", client host \"c from 10.9.9.9 port 1 ssh2",
        ": RSA SHA256:a, client user \"b from 10.9.9.9 port 22 ssh2\", client host \"c\"",
        ": RSA-CERT SHA256:a ID b from c from d from e from f from g from h from i from j from 10.9.9.9 port 22 ssh2 (serial 1) CA RSA SHA256:b",
    ] {
        for verb in [
            "Accepted publickey",
            "Failed publickey",
            "Failed hostbased",
            "Postponed publickey",
            "Partial publickey",
        ] {
            let row =
                said("sshd[4242]", &format!("{verb} for alice from 192.0.2.1 port 4711 ssh2{end}"));
            assert!(
                row.contains(" who=alice ") && row.contains(" ip=192.0.2.1 port=4711"),
                "{verb} {end}: {row}"
            );
        }
    }
    // The names that were changed stand in the reason.
    let row = said(
        "sshd[4242]",
        "Disconnecting invalid user a 192.0.2.1 port 4711: Change of username or service not allowed: (a,ssh-connection) -> (b 10.9.9.9 port 1: c,ssh-",
    );
    assert!(row.contains(" who=a ") && row.contains(" ip=192.0.2.1 port=4711"), "{row}");
}

/// Terminals' colours are no part of a message.
#[test]
fn coloured_messages() {
    let plain = said("sshd[7]", "Failed password for root from 192.0.2.1 port 22 ssh2");
    for message in [
        "\u{1b}[31mFailed password for root from 192.0.2.1 port 22 ssh2",
        "\u{1b}[1;31mFailed password for root from 192.0.2.1 port 22 ssh2\u{1b}[0m",
        "Failed password for root from 192.0.2.1 port 22 ssh2\u{1b}[m",
    ] {
        assert_eq!(said("sshd[7]", message), plain, "{message:?}");
    }
}

/// Of a module that names no service, only programs that are known are believed.
#[test]
fn modules_without_a_service() {
    let failure =
        "authentication failure; logname= uid=0 euid=0 tty=ftp ruser= rhost=192.0.2.1  user=alice";
    for tag in ["vsftpd[5]", "sshd[5]", "login[5]", "proftpd"] {
        for message in [failure.to_owned(), format!("pam_unix: {failure}")] {
            let row = said(tag, &message);
            assert!(
                row.starts_with("authentication login failure who=alice") && row.ends_with("Pam"),
                "{tag}: {message}: {row}"
            );
        }
    }
    for tag in ["guestbook[5]", "python3"] {
        for message in [failure.to_owned(), format!("pam_unix: {failure}")] {
            assert!(!said(tag, &message).contains("who="), "{tag}: {message}");
        }
    }
    // A bracket in a name does not end the module's.
    let row = said("vsftpd[5]", &format!("pam_unix: {failure})"));
    assert!(row.contains(" who=alice) ") && row.contains(" ip=192.0.2.1 "), "{row}");
}

/// Whatever is put together of pieces of messages is read without harm.
#[test]
fn any_message() {
    let mut pieces: Vec<&str> = SSHD
        .iter()
        .chain([&("\u{0}", ""), &("é", ""), &("\"", ""), &("10.9.9.9 port 22", "")])
        .map(|(message, _)| *message)
        .collect();
    pieces.extend(OTHERS.iter().map(|(_, message, _)| *message));
    let tags: Vec<&str> = OTHERS
        .iter()
        .map(|(tag, _, _)| *tag)
        .chain(["sshd[1]", "sudo", "x(pam_unix)[2]", "(", "a]b[c]"])
        .collect();
    let mut number = 1u64;
    let mut next = |below: usize| {
        number = number.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (number >> 33) as usize % below
    };
    for _ in 0..1500 {
        let mut message = String::new();
        for _ in 0..1 + next(5) {
            let piece: Vec<char> = pieces[next(pieces.len())].chars().collect();
            let from = next(piece.len());
            message.extend(&piece[from..from + next(piece.len() - from + 1)]);
            message.push_str([" ", "", ": ", " from ", "'", "]"][next(6)]);
        }
        let row =
            testing::said(&format!("Jan 15 11:30:00 web1 {}: {message}", tags[next(tags.len())]));
        assert!(
            row.is_empty() || row.starts_with("system.") || row.starts_with("http."),
            "{message}: {row}"
        );
    }
}

const SSHD: &[(&str, &str)] = &[
    (
        "error: PAM: Have exhausted maximum number of retries for service. for bob from 192.0.2.1",
        "ssh_login login failure who=bob ip=192.0.2.1 PamAnswer",
    ),
    (
        "Postponed publickey for bob from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_key other unknown who=bob ip=192.0.2.1 port=22 by=publickey x0",
    ),
    (
        "srclimit_penalise: ipv4: new 192.0.2.1/32 deferred penalty of 5 seconds for penalty: failed authentication",
        "ssh_penalty other unknown ip=192.0.2.1",
    ),
    (
        "srclimit_penalise: ipv6: new 2001:db8::/64 deferred penalty of 5 seconds for penalty: failed authentication",
        "ssh_penalty other unknown",
    ),
    (
        "Magic value check failed (1) on obfuscated handshake from 192.0.2.1 port 22",
        "ssh_probe other failure ip=192.0.2.1 port=22",
    ),
    (
        "Failed password for root from 192.0.2.1",
        "ssh_login login failure who=root ip=192.0.2.1 by=password Attempt",
    ),
    (
        "Failed password for invalid user a b from 2001:db8::1",
        "ssh_login login failure who=a b ip=2001:db8::1 by=password Attempt",
    ),
    (
        "Failed password for x from 10.9.9.9 from h.example.com",
        "ssh_login login failure who=x from 10.9.9.9 from=h.example.com by=password Attempt",
    ),
    ("Failed none for root from 192.0.2.1", "ssh_login login failure who=root ip=192.0.2.1 x0"),
    (
        "Failed password for alice from fe80::1%eth0 port 22 ssh2",
        "ssh_login login failure who=alice ip=fe80::1 port=22 by=password Attempt",
    ),
    (
        "Accepted password for alice from 192.0.2.1",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 by=password",
    ),
    (
        "Accepted password for alice from 192.0.2.1 port 22",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 port=22 by=password",
    ),
    (
        "Connection closed by UNKNOWN port 65535 [preauth]",
        "ssh_disconnect other failure port=65535",
    ),
    (
        "Connection reset by 2001:db8::1 port 22 [preauth]",
        "ssh_disconnect other failure ip=2001:db8::1 port=22",
    ),
    (
        "Disconnected from 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22",
    ),
    (
        "Closing connection to 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22",
    ),
    (
        "error: Received disconnect from 192.0.2.1 port 22:13: Unable to authenticate [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=13: Unable to authenticate",
    ),
    (
        "Read error from remote host 192.0.2.1 port 22: Connection reset by peer [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=Connection reset by peer",
    ),
    // Versions that do not say where the connection stood.
    (
        "Received disconnect from 192.0.2.1: 3: com.jcraft.jsch.JSchException: Auth fail",
        "ssh_disconnect other failure ip=192.0.2.1 why=3: com.jcraft.jsch.JSchException: Auth fail",
    ),
    (
        "Received disconnect from 192.0.2.1: 14: No supported authentication methods available",
        "ssh_disconnect other failure ip=192.0.2.1 why=14: No supported authentication methods available",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:11: PECL/ssh2 (http://pecl.php.net/packages/ssh2)",
        "ssh_disconnect logout success ip=192.0.2.1 port=22 why=11: PECL/ssh2 (http://pecl.php.net/packages/ssh2)",
    ),
    (
        "Accepted keyboard-interactive/pam for alice from 192.0.2.1 port 22 ssh2",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 port=22 by=keyboard-interactive/pam",
    ),
    (
        "Accepted publickey for alice from fe80::1%eth0 port 40000 ssh2: RSA-CERT SHA256:abc ID key for alice from 10.0.0.9 (serial 42) CA ED25519 SHA256:xyz",
        "ssh_login login success who=alice on=host name=web1 ip=fe80::1 port=40000 by=publickey",
    ),
    (
        "Accepted publickey for alice from 192.0.2.1 port 40000 ssh2: RSA-CERT SHA256:abc ID alice from 10.9.9.9 port 22 ssh2 (serial 42) CA ED25519 SHA256:xyz",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 port=40000 by=publickey",
    ),
    (
        r#"Accepted hostbased for alice from client.example.com port 40000 ssh2: ED25519 SHA256:abc, client user "bob from 10.1.1.1", client host "c.example""#,
        "ssh_login login success who=alice on=host name=web1 from=client.example.com port=40000 by=hostbased",
    ),
    (
        "Accepted gssapi-with-mic for alice@EXAMPLE.COM from 192.0.2.1 port 40000 ssh2",
        "ssh_login login success who=alice@EXAMPLE.COM on=host name=web1 ip=192.0.2.1 port=40000 by=gssapi-with-mic",
    ),
    (
        r#"Accepted certificate ID "user_bob (v1)" (serial 99) signed by RSA CA SHA256:abc via /etc/ssh/ca.pub"#,
        "ssh_key other success on=certificate name=user_bob (v1)",
    ),
    (
        r#"Accepted certificate ID "user_bob" signed by RSA CA SHA256:abc from bob@client.example.com"#,
        "ssh_key other success on=certificate name=user_bob",
    ),
    ("Accepted ED25519 public key SHA256:abc from bob@client.example.com", "ssh_key other success"),
    (
        "Accepted key ED25519 SHA256:abc found at /home/alice/.ssh/authorized_keys:1",
        "ssh_key other success",
    ),
    (
        r#"Accepted certificate ID "x" (serial 3) signed by CA RSA SHA256:1 found at /x:1"#,
        "ssh_key other success on=certificate name=x",
    ),
    (
        "Accepted password for alice from UNKNOWN port 65535 ssh2",
        "ssh_login login success who=alice on=host name=web1 port=65535 by=password",
    ),
    (
        "Partial publickey for alice from 192.0.2.1 port 22 ssh2: RSA SHA256:abc",
        "ssh_key other success who=alice ip=192.0.2.1 port=22 by=publickey",
    ),
    (
        "Postponed keyboard-interactive for invalid user alice from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_key other unknown who=alice ip=192.0.2.1 port=22 by=keyboard-interactive",
    ),
    (
        "Failed password for invalid user  from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure ip=192.0.2.1 port=22 by=password Attempt",
    ),
    (
        "Failed password for  from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure ip=192.0.2.1 port=22 by=password Attempt",
    ),
    (
        "Failed publickey for alice from 192.0.2.1 port 22 ssh2: RSA SHA256:abc",
        "ssh_login login failure who=alice ip=192.0.2.1 port=22 by=publickey Attempt x0",
    ),
    (
        "Failed password for invalid user x from 10.9.9.9 port 22 ssh2 from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure who=x from 10.9.9.9 port 22 ssh2 ip=192.0.2.1 port=22 by=password Attempt",
    ),
    (
        "Failed none for invalid user admin from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure who=admin ip=192.0.2.1 port=22 x0",
    ),
    (
        "Failed password for illegal user test from 192.0.2.1 port 22",
        "ssh_login login failure who=test ip=192.0.2.1 port=22 by=password Attempt",
    ),
    (
        "Failed keyboard-interactive for <invalid username> from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure ip=192.0.2.1 port=22 by=keyboard-interactive Attempt",
    ),
    (
        r#"Failed keyboard-interactive/pam for invalid user alice\n from 2001:db8::1 port 22 ssh2"#,
        r#"ssh_login login failure who=alice\\n ip=2001:db8::1 port=22 by=keyboard-interactive/pam Attempt"#,
    ),
    (
        "Invalid user  from 192.0.2.1 port 22",
        "ssh_login login failure ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Invalid user x y from 192.0.2.1 port 22",
        "ssh_login login failure who=x y ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Invalid user x from 10.9.9.9 port 22 from 192.0.2.1 port 22",
        "ssh_login login failure who=x from 10.9.9.9 port 22 ip=192.0.2.1 port=22 NoSuchUser",
    ),
    ("Invalid user x from 192.0.2.1", "ssh_login login failure who=x ip=192.0.2.1 NoSuchUser"),
    (
        "Invalid user x from host.example.com",
        "ssh_login login failure who=x from=host.example.com NoSuchUser",
    ),
    (
        "Connection closed by authenticating user root 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Connection closed by invalid user  192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure ip=192.0.2.1 port=22 x0",
    ),
    (
        "Connection closed by invalid user a 10.9.9.9 port 1 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure who=a 10.9.9.9 port 1 ip=192.0.2.1 port=22 x0",
    ),
    (
        "Connection closed by user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "Connection reset by user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "Connection closed by 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22",
    ),
    (
        "Connection closed by 192.0.2.1 port 22",
        "ssh_disconnect logout success ip=192.0.2.1 port=22",
    ),
    ("Connection closed by 192.0.2.1", "ssh_disconnect logout success ip=192.0.2.1"),
    (
        "Connection reset by 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22",
    ),
    ("Connection reset by peer", "ssh_disconnect logout success from=peer"),
    (
        "Connection from 192.0.2.1 port 22 timed out",
        "ssh_disconnect logout success ip=192.0.2.1 port=22",
    ),
    (
        "Connection from user alice 192.0.2.1 port 22 timed out",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "Connection from authenticating user root 192.0.2.1 port 22 timed out [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Connection from invalid user x 192.0.2.1 port 22 timed out [preauth]",
        "ssh_disconnect login failure who=x ip=192.0.2.1 port=22 x0",
    ),
    (
        r#"Connection from 192.0.2.1 port 4000 on 198.51.100.1 port 22 rdomain "a""#,
        "ssh_connect other success ip=192.0.2.1 port=4000",
    ),
    (
        "Connection from 192.0.2.1 port 4000 on 198.51.100.1 port 22",
        "ssh_connect other success ip=192.0.2.1 port=4000",
    ),
    (
        "Connection from UNKNOWN port 65535 with IP opts: 01 02",
        "ssh_connect other denied port=65535",
    ),
    (
        "Connection from 192.0.2.1: refusing non-sftp session",
        "ssh_connect other denied ip=192.0.2.1 why=non-sftp session",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:11: Bye Bye [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=11: Bye Bye",
    ),
    (
        "Received disconnect from 192.0.2.1: 11: disconnected by user",
        "ssh_disconnect logout success ip=192.0.2.1 why=11: disconnected by user",
    ),
    (
        "Received disconnect from 2001:db8::1 port 22:11: disconnected by user",
        "ssh_disconnect logout success ip=2001:db8::1 port=22 why=11: disconnected by user",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:3: com.jcraft.jsch.JSchException: Auth fail [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=3: com.jcraft.jsch.JSchException: Auth fail",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:14: No supported authentication methods available [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=14: No supported authentication methods available",
    ),
    ("Disconnected from 192.0.2.1 port 22", "ssh_disconnect logout success ip=192.0.2.1 port=22"),
    (
        "Disconnected from user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "Disconnected from authenticating user root 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Disconnected from invalid user x y 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure who=x y ip=192.0.2.1 port=22 x0",
    ),
    (
        "Disconnecting authenticating user root 192.0.2.1 port 22: Too many authentication failures [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 why=Too many authentication failures NoSuchUser",
    ),
    (
        "Disconnecting invalid user x 192.0.2.1 port 22: Change of username or service not allowed: (x,ssh-connection) -> (y,ssh-connection) [preauth]",
        "ssh_disconnect login failure who=x ip=192.0.2.1 port=22 why=(x,ssh-connection) -> (y,ssh-connection) x0",
    ),
    (
        "Disconnecting user alice 192.0.2.1 port 22: Timeout",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22 why=Timeout",
    ),
    (
        "Disconnecting 192.0.2.1 port 22: Packet corrupt",
        "ssh_disconnect login failure ip=192.0.2.1 port=22 why=Packet corrupt x0",
    ),
    (
        "Disconnecting: Too many authentication failures for invalid user root from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 x0",
    ),
    (
        "Disconnecting: Too many authentication failures for root [preauth]",
        "ssh_disconnect login failure who=root x0",
    ),
    (
        "Disconnecting: Packet corrupt [preauth]",
        "ssh_disconnect login failure why=Packet corrupt x0",
    ),
    (
        "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_login login failure who=root ip=192.0.2.1 port=22 x0",
    ),
    (
        "error: maximum authentication attempts exceeded for invalid user x from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_login login failure who=x ip=192.0.2.1 port=22 x0",
    ),
    (
        "User alice not allowed because account is locked",
        "ssh_login login denied who=alice why=account is locked NoSuchUser",
    ),
    (
        "User alice not allowed because shell /bin/none does not exist",
        "ssh_login login denied who=alice why=shell /bin/none does not exist NoSuchUser",
    ),
    (
        "User alice from 192.0.2.1 not allowed because not listed in AllowUsers",
        "ssh_login login denied who=alice ip=192.0.2.1 why=not listed in AllowUsers NoSuchUser",
    ),
    (
        "User alice from host.example.com not allowed because a group is listed in DenyGroups",
        "ssh_login login denied who=alice from=host.example.com why=a group is listed in DenyGroups NoSuchUser",
    ),
    (
        "User alice from 192.0.2.1 not allowed because none of user's groups are listed in AllowGroups",
        "ssh_login login denied who=alice ip=192.0.2.1 why=none of user's groups are listed in AllowGroups NoSuchUser",
    ),
    (
        "User x from 10.9.9.9 not allowed because not listed in AllowUsers from 192.0.2.1 not allowed because not listed in AllowUsers",
        "ssh_login login denied who=x from 10.9.9.9 not allowed because not listed in AllowUsers ip=192.0.2.1 why=not listed in AllowUsers NoSuchUser",
    ),
    ("User alice password has expired (root forced)", "password_expired other success who=alice"),
    ("User alice password has expired (password aged)", "password_expired other success who=alice"),
    (
        "User root not allowed because /etc/nologin exists",
        "ssh_login login denied who=root why=/etc/nologin exists NoSuchUser",
    ),
    ("Login restricted for alice: bla", "ssh_login login denied who=alice why=bla x0"),
    (
        "ROOT LOGIN REFUSED FROM 192.0.2.1 port 22 [preauth]",
        "ssh_login login denied who=root ip=192.0.2.1 port=22 Attempt",
    ),
    ("ROOT LOGIN REFUSED FROM 192.0.2.1", "ssh_login login denied who=root ip=192.0.2.1 Attempt"),
    (
        "Authentication refused: bad ownership or modes for directory /home/alice",
        "ssh_login login denied why=bad ownership or modes for directory /home/alice x0",
    ),
    (
        "Authentication refused for alice: bad owner or modes for /home/alice",
        "ssh_login login denied who=alice why=bad owner or modes for /home/alice x0",
    ),
    (
        "Authentication tried for alice with correct key but not from a permitted host (host=h.example.com, ip=192.0.2.1, required=10.0.0.0/8).",
        "ssh_login login denied who=alice ip=192.0.2.1 Attempt",
    ),
    (
        "/home/alice/.ssh/authorized_keys:3: Authentication tried for alice with correct key but not from a permitted host (host=h.example.com, ip=192.0.2.1, required=10.0.0.0/8).",
        "ssh_login login denied who=alice ip=192.0.2.1 Attempt",
    ),
    (
        "/home/alice/.ssh/authorized_keys:3: Authentication tried for alice with valid certificate but not from a permitted source address (192.0.2.1).",
        "ssh_login login denied who=alice ip=192.0.2.1 Attempt",
    ),
    (
        "Authentication key RSA SHA256:abc revoked by file /etc/ssh/revoked",
        "ssh_login login denied why=RSA SHA256:abc x0",
    ),
    (
        "WARNING: revoked key for alice attempted authentication",
        "ssh_login login denied who=alice x0",
    ),
    (
        r#"error: Refusing certificate ID "x" serial=1 signed by RSA CA SHA256:1: Certificate invalid: expired"#,
        r#"ssh_login login denied why=\"x\" serial=1 signed by RSA CA SHA256:1: Certificate invalid: expired x0"#,
    ),
    (
        r#"error: Refusing certificate ID "x" serial=1 signed by RSA CA SHA256:1 via /x: Certificate invalid: expired"#,
        r#"ssh_login login denied why=\"x\" serial=1 signed by RSA CA SHA256:1 via /x: Certificate invalid: expired x0"#,
    ),
    ("Certificate invalid: expired", "ssh_login login denied why=expired x0"),
    (
        "error: Certificate invalid: name is not a listed principal",
        "ssh_login login denied why=name is not a listed principal x0",
    ),
    (
        "error: PAM: Authentication failure for alice from 192.0.2.1",
        "ssh_login login failure who=alice ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: Authentication failure for illegal user x y from host.example.com",
        "ssh_login login failure who=x y from=host.example.com PamAnswer",
    ),
    (
        "error: PAM: User account has expired for alice from 192.0.2.1",
        "ssh_login login denied who=alice ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: Permission denied for root from 192.0.2.1",
        "ssh_login login denied who=root ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: Maximum number of tries exceeded for alice from 192.0.2.1",
        "ssh_login login failure who=alice ip=192.0.2.1 why=Maximum number of tries exceeded PamAnswer",
    ),
    (
        "error: PAM: Module is unknown for alice from 192.0.2.1",
        "ssh_login login failure who=alice ip=192.0.2.1 why=Module is unknown PamAnswer",
    ),
    (
        "error: PAM: Cannot make/remove an entry for the specified session for alice from 192.0.2.1",
        "ssh_login login failure who=alice ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: Have exhausted maximum number of retries for service for root from 192.0.2.1",
        "ssh_login login failure who=root ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: authentication error for illegal user x from y from 192.0.2.1 via 198.51.100.2",
        "ssh_login login failure who=x from y ip=192.0.2.1 PamAnswer",
    ),
    (
        "fatal: Access denied for user alice by PAM account configuration [preauth]",
        "ssh_login login denied who=alice x0",
    ),
    (
        "fatal: Username too long from 192.0.2.1 port 22",
        "ssh_login login failure ip=192.0.2.1 port=22 Attempt",
    ),
    (
        "administratively prohibited connection for invalid user x from 192.0.2.1 port 22",
        "ssh_login login denied who=x ip=192.0.2.1 port=22 x0",
    ),
    ("Could not get shadow information for NOUSER", "ssh_login login failure x0"),
    (
        "Did not receive identification string from 192.0.2.1 port 22",
        "ssh_probe other failure ip=192.0.2.1 port=22",
    ),
    (
        "Did not receive identification string from 192.0.2.1",
        "ssh_probe other failure ip=192.0.2.1",
    ),
    (
        r#"Bad protocol version identification '\x16\x03\x01 from 10.9.9.9 port 3' from 192.0.2.1 port 22"#,
        r#"ssh_probe other failure ip=192.0.2.1 port=22 why=\\x16\\x03\\x01 from 10.9.9.9 port 3"#,
    ),
    (
        "Bad protocol version identification 'GET / HTTP/1.1' from 192.0.2.1 port 22",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=GET / HTTP/1.1",
    ),
    (
        "Bad protocol version identification '' from UNKNOWN port 65535",
        "ssh_probe other failure port=65535",
    ),
    (
        "error: kex_exchange_identification: Connection closed by remote host",
        "ssh_probe other failure why=Connection closed by remote host",
    ),
    (
        "error: kex_exchange_identification: read: Connection reset by peer",
        "ssh_probe other failure why=read: Connection reset by peer",
    ),
    (
        r#"error: kex_exchange_identification: client sent invalid protocol identifier "GET / HTTP/1.1""#,
        r#"ssh_probe other failure why=client sent invalid protocol identifier \"GET / HTTP/1.1\""#,
    ),
    (
        "error: kex_exchange_identification: banner line contains invalid characters",
        "ssh_probe other failure why=banner line contains invalid characters",
    ),
    (
        "error: kex_protocol_error: type 20 seq 2 [preauth]",
        "ssh_probe other failure why=type 20 seq 2",
    ),
    ("error: Protocol major versions differ: 2 vs. 1", "ssh_probe other failure why=2 vs. 1"),
    (
        "banner exchange: Connection from 192.0.2.1 port 22: invalid format",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=invalid format",
    ),
    (
        "banner exchange: Connection from 192.0.2.1 port 22: Connection refused by remote host",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=Connection refused by remote host",
    ),
    ("error: Bad remote protocol version identification: 'x'", "ssh_probe other failure why='x'"),
    (
        "drop connection #10 from [192.0.2.1]:22 on [198.51.100.1]:22 past MaxStartups",
        "ssh_connect other denied ip=192.0.2.1 port=22 why=past MaxStartups",
    ),
    (
        "drop connection #0 from [192.0.2.1]:22 on [198.51.100.1]:22 penalty: failed authentication",
        "ssh_connect other denied ip=192.0.2.1 port=22 why=penalty: failed authentication",
    ),
    (
        "drop connection #0 from [2001:db8::1]:22 on [2001:db8::2]:22 penalty: connections without attempting authentication",
        "ssh_connect other denied ip=2001:db8::1 port=22 why=penalty: connections without attempting authentication",
    ),
    (
        "Unable to negotiate with 192.0.2.1 port 22: no matching key exchange method found. Their offer: x [preauth]",
        "ssh_connect other failure ip=192.0.2.1 port=22 why=no matching key exchange method found. Their offer: x",
    ),
    (
        "Unable to negotiate with authenticating user root 192.0.2.1 port 22: no matching host key type found. Their offer: x [preauth]",
        "ssh_connect other failure who=root ip=192.0.2.1 port=22 why=no matching host key type found. Their offer: x",
    ),
    (
        "Unable to negotiate with invalid user x 192.0.2.1 port 22: no matching x",
        "ssh_connect other failure who=x ip=192.0.2.1 port=22 why=x",
    ),
    ("fatal: Unable to negotiate a key exchange method", "ssh_connect other failure"),
    (
        "fatal: Timeout before authentication for 192.0.2.1 port 22",
        "ssh_connect login failure ip=192.0.2.1 port=22 x0",
    ),
    (
        "Timeout before authentication for connection from 192.0.2.1 to 198.51.100.1, pid = 123",
        "ssh_connect login failure ip=192.0.2.1 x0",
    ),
    (
        "Timeout, client not responding from user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    ("Timeout, client not responding.", "ssh_disconnect logout success"),
    (
        "terminating inactive connection from user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "ssh_dispatch_run_fatal: Connection from 192.0.2.1 port 22: message authentication code incorrect [preauth]",
        "ssh_connect other failure ip=192.0.2.1 port=22 why=message authentication code incorrect",
    ),
    (
        "ssh_dispatch_run_fatal: Connection from authenticating user root 192.0.2.1 port 22: bignum is negative [preauth]",
        "ssh_connect login failure who=root ip=192.0.2.1 port=22 why=bignum is negative NoSuchUser",
    ),
    (
        "ssh_dispatch_run_fatal: Connection from invalid user x 192.0.2.1 port 22: bignum is negative [preauth]",
        "ssh_connect login failure who=x ip=192.0.2.1 port=22 why=bignum is negative x0",
    ),
    (
        "fatal: Read from socket failed: Connection reset by peer [preauth]",
        "ssh_connect other failure why=Connection reset by peer",
    ),
    ("fatal: Write failed: Broken pipe", "ssh_connect other failure why=Broken pipe"),
    (
        "packet_write_wait: Connection from 192.0.2.1 port 22: Broken pipe",
        "ssh_connect other failure ip=192.0.2.1 port=22 why=Broken pipe",
    ),
    (
        "fatal: Write failed: Connection reset by peer",
        "ssh_connect other failure why=Connection reset by peer",
    ),
    (
        "Read error from remote host 192.0.2.1 port 22: Connection reset by peer",
        "ssh_disconnect logout success ip=192.0.2.1 port=22 why=Connection reset by peer",
    ),
    (
        "Read error from remote host 192.0.2.1: Connection timed out",
        "ssh_disconnect logout success ip=192.0.2.1 why=Connection timed out",
    ),
    (
        "Closing connection to 192.0.2.1 port 22",
        "ssh_disconnect logout success ip=192.0.2.1 port=22",
    ),
    ("Closing connection to 192.0.2.1", "ssh_disconnect logout success ip=192.0.2.1"),
    (
        "reverse mapping checking getaddrinfo for evil.example.com [192.0.2.1] failed - POSSIBLE BREAK-IN ATTEMPT!",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        "reverse mapping checking getaddrinfo for evil.example.com [192.0.2.1] failed.",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        "Address 192.0.2.1 maps to evil.example.com, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        "Address 192.0.2.1 maps to evil.example.com, but this does not map back to the address.",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        r#"Nasty PTR record "192.0.2.9" is set up for 192.0.2.1, ignoring"#,
        "ssh_reverse_mapping other failure on=host name=192.0.2.9 ip=192.0.2.1",
    ),
    (
        "Starting session: shell on pts/0 for alice from 192.0.2.1 port 22 id 0",
        "ssh_session execute success who=alice on=session name=shell on pts/0 ip=192.0.2.1 port=22",
    ),
    (
        "Starting session: command for alice from 192.0.2.1 port 22 id 0",
        "ssh_session execute success who=alice on=session name=command ip=192.0.2.1 port=22",
    ),
    (
        "Starting session: forced-command (config) 'x for bob from 10.1.1.1 port 1 id 0' for alice from 192.0.2.1 port 22 id 0",
        "ssh_session execute success who=alice on=session name=forced-command (config) 'x for bob from 10.1.1.1 port 1 id 0' ip=192.0.2.1 port=22",
    ),
    (
        "Starting session: subsystem 'sftp' for alice from 192.0.2.1 port 22",
        "ssh_session execute success who=alice on=session name=subsystem 'sftp' ip=192.0.2.1 port=22",
    ),
    (
        "Close session: user alice from 192.0.2.1 port 22 id 0",
        "ssh_session logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "subsystem request for sftp by user alice",
        "ssh_subsystem execute success who=alice on=service name=sftp",
    ),
    ("subsystem request for sftp", "ssh_subsystem execute success on=service name=sftp"),
    (
        "subsystem request for x by user alice failed, subsystem not found",
        "ssh_subsystem execute failure who=alice on=service name=x why=subsystem not found",
    ),
    ("Transferred: sent 3140, received 2624 bytes", "ssh_session other success"),
    ("User child is on pid 1234", "ssh_session other success"),
    ("Server listening on 0.0.0.0 port 22.", "ssh_server other success"),
    ("Server listening on :: port 22.", "ssh_server other success"),
    ("Received signal 15; terminating.", "ssh_server other success why=15; terminating."),
    ("Exiting on signal 15", "ssh_server other success why=15"),
    (
        "error: connect_to 10.0.0.9 port 80: failed.",
        "ssh_forward other failure on=host name=10.0.0.9",
    ),
    (
        "error: connect_to 10.0.0.9: unknown host (Name or service not known)",
        "ssh_forward other failure on=host name=10.0.0.9 why=unknown host (Name or service not known)",
    ),
    (
        "refused local port forward: originator 192.0.2.1 port 22, target 10.0.0.9 port 80",
        "ssh_forward other denied on=host name=10.0.0.9 ip=192.0.2.1 port=22",
    ),
    (
        "Received request from 192.0.2.1 port 22 to remote forward to host 10.0.0.9 port 80, but the request was denied.",
        "ssh_forward other denied on=host name=10.0.0.9 ip=192.0.2.1 port=22",
    ),
    ("Bad packet length 1231. [preauth]", "ssh_probe other failure"),
    ("Corrupted MAC on input. [preauth]", "ssh_probe other failure"),
    (
        "padding error: need 123 block 8 mod 4 [preauth]",
        "ssh_probe other failure why=need 123 block 8 mod 4",
    ),
    (
        "probed from 192.0.2.1 port 22 with SSH-1.0-x.  Don't panic.",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=SSH-1.0-x.  Don't panic.",
    ),
    (
        "scanned from 192.0.2.1 port 22 with SSH-1.0-SSH_Version_Mapper.  Don't panic.",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=SSH-1.0-SSH_Version_Mapper.  Don't panic.",
    ),
    ("refused connect from 192.0.2.1", "ssh_connect other denied ip=192.0.2.1"),
    ("refused connect from host.example.com (192.0.2.1)", "ssh_connect other denied ip=192.0.2.1"),
    (
        "refused connect from ::ffff:192.0.2.1 (::ffff:192.0.2.1)",
        "ssh_connect other denied ip=192.0.2.1",
    ),
    (
        "public key RSA SHA256:x signature for invalid user y from 192.0.2.1 port 22 rejected: user presence (authenticator touch) requirement not met ",
        "ssh_login login denied who=y ip=192.0.2.1 port=22 why=user presence (authenticator touch) requirement not met x0",
    ),
    (
        "Rhosts authentication refused for alice: no home directory /x",
        "ssh_login login denied who=alice why=no home directory /x x0",
    ),
    ("input_userauth_request: invalid user x y [preauth]", "ssh_login login failure who=x y x0"),
    (
        "Authorized to alice, krb5 principal alice@EXAMPLE.COM (krb5_kuserok)",
        "ssh_key other success who=alice",
    ),
    (
        "Accepted gssapi-keyex for alice from 192.0.2.1 port 22 ssh2: alice@EXAMPLE.COM",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 port=22 by=gssapi-keyex",
    ),
    (
        "pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=alice",
        "authentication login failure who=alice ip=192.0.2.1 OtherPam",
    ),
    (
        "PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
        "ssh_login login failure who=root ip=192.0.2.1 Pam x2",
    ),
    (
        "PAM 1 more authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1",
        "ssh_login login failure ip=192.0.2.1 Pam",
    ),
    ("PAM service(sshd) ignoring max retries; 6 > 3", "ssh_login login failure why=6 > 3 x0"),
    (
        "(pam_unix) authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.1  user=root",
        "authentication login failure who=root ip=192.0.2.1 Pam",
    ),
];

const OTHERS: &[(&str, &str, &str)] = &[
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
        "pkexec[7]",
        "alice: Executing command [USER=root] [TTY=unknown] [CWD=/home/alice] [COMMAND=/usr/bin/x]",
        "pkexec execute success who=alice on=command name=/usr/bin/x as=root",
    ),
    // Who asked, and whose password was wrong.
    (
        "sudo[7]",
        "pam_unix(sudo:auth): authentication failure; logname=bob uid=1000 euid=0 tty=/dev/pts/1 ruser=bob rhost=  user=root",
        "authentication login failure who=bob on=user name=root Pam",
    ),
    (
        "sudo[7]",
        "pam_unix(sudo:auth): authentication failure; logname=bob uid=1000 euid=0 tty=/dev/pts/1 ruser=bob rhost=  user=bob",
        "authentication login failure who=bob Pam",
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
        "polkit-agent-helper-1[7]",
        "pam_unix(polkit-1:auth): authentication failure; logname= uid=1000 euid=0 tty= ruser=bob rhost=  user=root",
        "authentication login failure who=bob on=user name=root Pam",
    ),
    (
        "vsftpd[7]",
        "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=root rhost=192.0.2.1  user=bob",
        "authentication login failure who=bob ip=192.0.2.1 Pam",
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
    // The end of a command is no second one.
    (
        "sudo[7]",
        "alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls ; EXIT=0",
        "sudo_exit other success who=alice on=command name=/bin/ls as=root code=0",
    ),
    (
        "sudo[7]",
        "alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/grep a b ; EXIT=2",
        "sudo_exit other unknown who=alice on=command name=/bin/grep a b as=root code=2",
    ),
    (
        "sudo[7]",
        "alice : HOST=web1 : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/x ; SIGNAL=KILL",
        "sudo_exit other unknown who=alice on=command name=/bin/x as=root why=SIGNAL=KILL",
    ),
    (
        "sudo[7]",
        "alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/x ; SIGNAL=SEGV ; EXIT=139",
        "sudo_exit other unknown who=alice on=command name=/bin/x as=root code=139",
    ),
    (
        "sudo[7]",
        "alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh -c a ; EXIT=b",
        "sudo execute success who=alice on=command name=/bin/sh -c a ; EXIT=b as=root",
    ),
    (
        "sudo[7]",
        "alice : TTY=pts/0 ; PWD=/EXIT=0 ; USER=root ; COMMAND=/bin/sh",
        "sudo execute success who=alice on=command name=/bin/sh as=root",
    ),
    // Dropbear, of all its versions.
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
    // Dovecot, through syslog and in its own file.
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
        "sshd[7]",
        "pam_unix(sshd:auth): check pass; user (bob) unknown",
        "authentication login failure who=bob x0",
    ),
    (
        "su",
        "pam_wheel(su:auth): Access denied to 'bob' for 'root'",
        "su login denied who=bob on=user name=root x0",
    ),
    (
        "sudo",
        "bob : HOST=web1 : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "sudo execute failure who=bob on=command name=/bin/ls as=root why=3 incorrect password attempts Attempt x3",
    ),
    (
        "sudo",
        "bob : HOST=web1 : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/echo a : b",
        "sudo execute success who=bob on=command name=/bin/echo a : b as=root",
    ),
    (
        "useradd[7]",
        "add `eve' to group `wheel'",
        "add_to_group grant success on=group name=wheel target=eve",
    ),
    (
        "usermod[7]",
        "change user `eve' UID from `1002' to `0'",
        "change_user update success on=user name=eve",
    ),
    ("userdel[7]", "delete user `eve'", "delete_user delete success on=user name=eve"),
    (
        "passwd[7]",
        "password for `bob' changed by `root'",
        "password_changed update success who=root on=user name=bob",
    ),
    (
        "gpasswd[7]",
        "add member bob to group ops by root",
        "add_to_group grant success who=root on=group name=ops target=bob",
    ),
    (
        "gpasswd[7]",
        "remove member bob from group ops by root",
        "remove_from_group revoke success who=root on=group name=ops target=bob",
    ),
    (
        "gpasswd[7]",
        "set members of ops to alice,bob",
        "set_group_members grant success on=group name=ops",
    ),
    ("groupdel[7]", "remove group `ops'", "delete_group delete success on=group name=ops"),
    (
        "groupmod[7]",
        "change GID for `ops' to 1004",
        "change_group update success on=group name=ops",
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
        "passwd[7]",
        "pam_unix(passwd:chauthtok): password for (bob/1000) changed by (root/0)",
        "password_changed update success who=root on=user name=bob",
    ),
    ("sshd[7]", "Access denied for user bob.", "ssh_login login denied who=bob x0"),
    (
        "sshd[7]",
        "Connection to 192.0.2.1 timed out while waiting to write",
        "ssh_disconnect logout success ip=192.0.2.1",
    ),
    (
        "sshd[7]",
        "Connection from 192.0.2.1 with IP options: 01",
        "ssh_connect other denied ip=192.0.2.1",
    ),
    (
        "sshd[7]",
        "Could not write ident string to 192.0.2.1",
        "ssh_probe other failure ip=192.0.2.1",
    ),
    (
        "sshd[7]",
        "Could not reverse map address 192.0.2.1.",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    ("xinetd[7]", "START: telnet pid=12 from=192.0.2.1", "connect other success ip=192.0.2.1"),
    (
        "xinetd[7]",
        "FAIL: telnet address from=::ffff:192.0.2.1",
        "connect other denied ip=192.0.2.1",
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
        "sshd[7]",
        "fatal: no matching cipher found: client a server b",
        "ssh_connect other failure why=cipher found: client a server b",
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
        "useradd[4242]",
        "new user: name=eve, UID=1002, GID=1002, home=/home/eve, shell=/bin/bash",
        "create_user create success on=user name=eve",
    ),
    (
        "useradd[4242]",
        "failed adding user 'eve', exit code: 9",
        "create_user create failure on=user name=eve",
    ),
    (
        "useradd[4242]",
        "failed adding user 'eve', data deleted",
        "create_user create failure on=user name=eve",
    ),
    (
        "usermod[4242]",
        "change user name 'eve' to 'eva'",
        "change_user update success on=user name=eve",
    ),
    (
        "usermod[4242]",
        "change user 'eve' UID from '1002' to '0'",
        "change_user update success on=user name=eve",
    ),
    (
        "usermod[4242]",
        "change user 'eve' password",
        "password_changed update success on=user name=eve",
    ),
    (
        "usermod[4242]",
        "change 'eve' to 'eva' in group 'sudo'",
        "change_group update success on=group name=sudo target=eve",
    ),
    ("usermod[4242]", "lock user 'eve' password", "lock_user update success on=user name=eve"),
    ("userdel[4242]", "delete user 'eve'", "delete_user delete success on=user name=eve"),
    (
        "userdel[4242]",
        "delete 'eve' from group 'sudo'",
        "remove_from_group revoke success on=group name=sudo target=eve",
    ),
    (
        "userdel[4242]",
        "removed shadow group 'eve' owned by 'eve'",
        "delete_group delete success on=group name=eve",
    ),
    (
        "groupmod[4242]",
        "group changed in /etc/group (group ops/1003, new gid: 1004)",
        "change_group update success on=group name=ops",
    ),
    (
        "gpasswd[4242]",
        "user bob added by root to group docker",
        "add_to_group grant success who=root on=group name=docker target=bob",
    ),
    (
        "gpasswd[4242]",
        "members of group ops set by root to alice,bob",
        "set_group_members grant success who=root on=group name=ops",
    ),
    (
        "gpasswd[4242]",
        "root failed to add user bob to group docker",
        "add_to_group grant failure who=root on=group name=docker target=bob",
    ),
    (
        "passwd[4242]",
        "password for 'bob' changed by 'root'",
        "password_changed update success who=root on=user name=bob",
    ),
    (
        "passwd[4242]",
        "incorrect password for bob",
        "password_changed login failure who=bob Attempt",
    ),
    (
        "passwd[4242]",
        "pam_unix(passwd:chauthtok): authentication failure; logname=bob uid=1000 euid=0 tty=pts/0 ruser= rhost=  user=bob",
        "authentication login failure who=bob Pam",
    ),
    (
        "chage[4242]",
        "changed password expiry for bob",
        "change_user update success on=user name=bob",
    ),
    ("chfn[4242]", "changed user 'bob' information", "change_user update success on=user name=bob"),
    (
        "chsh[4242]",
        "changed user 'bob' shell to '/bin/zsh'",
        "change_user update success on=user name=bob",
    ),
    ("vipw", "file /etc/passwd edited", "edit_accounts update success on=file name=/etc/passwd"),
    (
        "newgrp[4242]",
        "user 'bob' (login 'bob' on pts/0) switched to group 'docker'",
        "switch_group execute success who=bob on=group name=docker",
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
    (
        "sudo",
        "alice : HOST=web1 ; TTY=pts/0 ; PWD=/home/USER=x ; USER=root ; GROUP=adm ; TSID=000001 ; ENV=A=COMMAND=no ; COMMAND=/bin/cat /etc/shadow",
        "sudo execute success who=alice on=command name=/bin/cat /etc/shadow as=root",
    ),
    (
        "sudo",
        "alice : PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "sudo execute success who=alice on=command name=/bin/ls as=root",
    ),
    (
        "sudo",
        "alice : TTY=unknown ; PWD=/ ; GROUP=adm ; COMMAND=/bin/ls",
        "sudo execute success who=alice on=command name=/bin/ls",
    ),
    (
        "sudo",
        "alice : a password is required ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "sudo execute denied who=alice on=command name=/bin/ls as=root why=a password is required",
    ),
    (
        "sudo",
        "alice : 1 incorrect password attempt ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "sudo execute failure who=alice on=command name=/bin/ls as=root why=1 incorrect password attempt Attempt",
    ),
    (
        "sudo",
        "alice : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "sudo execute denied who=alice on=command name=/bin/ls as=root why=command not allowed",
    ),
    (
        "sudo",
        "alice : user NOT authorized on host ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "sudo execute denied who=alice on=command name=/bin/ls as=root why=user NOT authorized on host",
    ),
    (
        "sudo",
        "alice : no tty present and no askpass program specified ; TTY=unknown ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
        "sudo execute denied who=alice on=command name=/bin/ls as=root why=no tty present and no askpass program specified",
    ),
    (
        "sudo",
        "alice : unable to resolve host web1",
        "sudo execute unknown who=alice on=command why=unable to resolve host web1",
    ),
    (
        "sudo",
        "alice : problem with defaults entries ; TTY=pts/0 ; PWD=/home/alice ;",
        "sudo execute unknown who=alice on=command why=problem with defaults entries",
    ),
    (
        "sudo",
        "alice : (command continued) /a/b /c/d",
        "sudo other success who=alice on=command name=/a/b /c/d",
    ),
    ("sudo[12]", "pam_unix(sudo:auth): conversation failed", "authentication login failure x0"),
    (
        "sudo[12]",
        "pam_unix(sudo:auth): auth could not identify password for [a : b]",
        "authentication login failure who=a : b x0",
    ),
    (
        "sudo[12]",
        "pam_unix(sudo:session): session opened for user root(uid=0) by (uid=1000)",
        "session_opened other success uid=1000 on=user name=root",
    ),
    (
        "sudo",
        r#"@cee:{"sudo":{"accept":{"uuid":"x","server_time":{"seconds":1},"submituser":"alice","command":"/bin/ls","runuser":"root","ttyname":"/dev/pts/0","submithost":"web1","submitcwd":"/","runuid":0,"runargv":["ls","-l"]}}}"#,
        "sudo execute success who=alice on=command name=/bin/ls as=root",
    ),
    (
        "sshd[1]",
        "pam_sss(sshd:auth): received for user bob: 17 (Failure setting user credentials)",
        "authentication login failure who=bob why=17 (Failure setting user credentials) x0",
    ),
    (
        "sshd[1]",
        "pam_sss(sshd:account): Access denied for user bob: 6 (Permission denied)",
        "authentication login denied who=bob why=6 (Permission denied) x0",
    ),
    (
        "sshd[1]",
        "pam_sss(sshd:auth): authentication success; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=bob",
        "authentication other success who=bob ip=192.0.2.1",
    ),
    (
        "sshd[1]",
        "pam_access(sshd:account): access denied for user `bob' from `192.0.2.1'",
        "authentication login denied who=bob ip=192.0.2.1 x0",
    ),
    (
        "sshd[1]",
        "pam_access(sshd:account): access denied for user `bob' from `cron'",
        "authentication login denied who=bob from=cron x0",
    ),
    (
        "sshd[1]",
        r#"pam_succeed_if(sshd:auth): requirement "uid >= 1000" not met by user "root""#,
        "authentication login failure who=root why=uid >= 1000 x0",
    ),
    (
        "sshd[1]",
        "pam_tally2(sshd:auth): user bob (1001) tally 5, deny 4",
        "authentication login denied who=bob why=5, deny 4 x0",
    ),
    (
        "sshd[1]",
        "pam_faillock(sshd:auth): Consecutive login failures for user bob account temporarily locked",
        "authentication login denied who=bob x0",
    ),
    (
        "sshd[1]",
        "pam_listfile(vsftpd:auth): Refused user root for service vsftpd",
        "authentication login denied who=root x0",
    ),
    (
        "sshd[1]",
        "pam_limits(sshd:session): Too many logins (max 3) for bob",
        "authentication login denied who=bob x0",
    ),
    (
        "sshd[1]",
        "pam_krb5(sshd:auth): user bob authenticated as bob@EXAMPLE.COM",
        "authentication other success who=bob on=user name=bob@EXAMPLE.COM",
    ),
    (
        "sshd[1]",
        "pam_krb5(sshd:auth): authentication failure; logname=bob uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1",
        "authentication login failure ip=192.0.2.1 OtherPam",
    ),
    (
        "sshd[1]",
        "pam_winbind(sshd:auth): user 'bob' granted access",
        "authentication other success who=bob",
    ),
    (
        "sshd[1]",
        "pam_winbind(sshd:auth): user 'bob' denied access (incorrect password or invalid membership)",
        "authentication login denied who=bob why=incorrect password or invalid membership x0",
    ),
    (
        "sshd[1]",
        "pam_winbind(sshd:auth): user `bob' denied access (incorrect password or invalid membership)",
        "authentication login denied who=bob why=incorrect password or invalid membership x0",
    ),
    (
        "sshd[1]",
        "pam_unix(sshd:account): account bob has expired (account expired)",
        "authentication login denied who=bob x0",
    ),
    (
        "sshd[1]",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=x rhost=10.9.9.9 user=y",
        "authentication login failure who=x rhost=10.9.9.9 user=y ip=192.0.2.1 Pam",
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
    (
        "sudo",
        r#"@cee:{"sudo":{"reject":{"uuid":"x","reason":"user NOT in sudoers","submituser":"bob","command":"/bin/ls","runuser":"root","runargv":["ls","\",\"submituser\":\"root"]}}}"#,
        "sudo execute denied who=bob on=command name=/bin/ls as=root why=user NOT in sudoers",
    ),
];

/// Text is sshd's, sudo's or PAM's only where more than the text says so.
#[test]
fn lines_are_of_their_program_only_where_something_vouches_for_it() {
    let line = "Failed password for root from 192.0.2.77 port 22 ssh2";
    let headed = format!("Jan 15 11:30:00 web1 sshd[7]: {line}");
    let pod = |name: &str| format!(r#""kubernetes":{{"container_name":"{name}","host":"n1"}}"#);
    let rows = [
        // A line of a file, with its header or under the key of lines that nobody parsed.
        (format!(r#"{{"log":"{line}"}}"#), true),
        (format!(r#"{{"log": " {line}"}}"#), true),
        (format!(r#"{{"message":"{headed}"}}"#), true),
        (format!(r#"{{"message":"{headed}","file":"/var/log/auth.log"}}"#), true),
        // Keys that applications write.
        (format!(r#"{{"message":"{line}"}}"#), false),
        (format!(r#"{{"msg":"{line}"}}"#), false),
        (format!(r#"{{"message":"{line}","host":"web1"}}"#), false),
        (r#"{"message":"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.77  user=root","host":"web1"}"#.to_owned(), false),
        // A shipper that names the program.
        (format!(r#"{{"message":"{line}","ident":"sshd"}}"#), true),
        (format!(r#"{{"process":{{"name":"sshd","pid":7}},"message":"{line}","host":{{"name":"web1"}}}}"#), true),
        (format!(r#"{{"process":{{"name":"guestbook"}},"message":"{line}"}}"#), false),
        (format!(r#"{{"syslog":{{"appname":"sshd","hostname":"web1"}},"message":"{line}"}}"#), true),
        (format!(r#"{{"log":{{"syslog":{{"appname":"sshd"}}}},"message":"{line}"}}"#), true),
        // Containers write what is theirs, or pass syslog on.
        (format!(r#"{{"log":"{line}",{}}}"#, pod("guestbook")), false),
        (format!(r#"{{"log":"{headed}",{}}}"#, pod("guestbook")), false),
        (format!(r#"{{"log":"{line}","container_name":"/guestbook","source":"stdout"}}"#), false),
        (format!(r#"{{"log":"{line}",{}}}"#, pod("openssh-server")), true),
        (format!(r#"{{"log":"{headed}",{}}}"#, pod("sshd")), true),
        (format!(r#"{{"log":"{headed}",{}}}"#, pod("rsyslog")), true),
        (format!(r#"{{"log":"{line}","container_name":"/bastion-ssh","source":"stdout"}}"#), true),
        (format!(r#"{{"log":"{headed}","kubernetes":{{"container":{{"name":"guestbook"}}}}}}"#), false),
        (format!(r#"{{"message":"{headed}","container":{{"name":"guestbook"}}}}"#), false),
        (format!(r#"{{"log":"{headed}","kubernetes":{{"labels":{{"app.kubernetes.io/name":"guestbook"}}}}}}"#), false),
        // Names of programs are words of a container's name.
        (format!(r#"{{"log":"{line}","stream":"stderr","time":"2026-01-15T11:00:00Z"}}"#), false),
        (format!(r#"{{"log":"{line}",{}}}"#, pod("finishhouse")), false),
        (format!(r#"{{"log":"Jan 15 11:30:00 web1 su[7]: FAILED SU (to root) bob on pts/0",{}}}"#, pod("consul-ui")), false),
        (format!(r#"{{"log":"Jan 15 11:30:00 web1 su[7]: FAILED SU (to root) bob on pts/0",{}}}"#, pod("rsyslog")), true),
        (format!(r#"{{"log":"Jan 15 11:30:00 web1 login[7]: FAILED LOGIN 1 FROM 192.0.2.77 FOR root, Authentication failure",{}}}"#, pod("login-service")), false),
        (format!(r#"{{"log":"Jan 15 11:30:00 web1 sg[7]: user 'bob' switched to group 'wheel'",{}}}"#, pod("msgbroker")), false),
        (format!(r#"{{"log":"Jan 15 11:30:00 web1 vsftpd[7]: [bob] FAIL LOGIN: Client \"192.0.2.77\"",{}}}"#, pod("ftp-vsftpd")), true),
        (format!(r#"{{"log":"Jan 15 11:30:00 web1 pure-ftpd[7]: (?@192.0.2.77) [WARNING] Authentication failed for user [bob]",{}}}"#, pod("pure-ftpd")), true),
        (format!("2026-01-15T11:00:00Z stdout F {headed}"), true),
        (format!("2026-01-15T11:00:00Z stdout F {line}"), false),
        (format!(r#"{{"msg":"2026-01-15T11:00:00Z stdout F {line}"}}"#), false),
        // Wrapped twice: whom the outer record names wrote the inner one, too.
        (format!(r#"{{"log":"{{\"log\":\"{headed}\"}}"}}"#), true),
        (format!(r#"{{"log":"{{\"log\":\"{headed}\",\"level\":\"info\"}}"}}"#), false),
        (format!(r#"{{"log":"{{\"log\":\"{headed}\"}}",{}}}"#, pod("guestbook")), false),
        (format!(r#"{{"log":"{{\"log\":\"{headed}\"}}",{}}}"#, pod("rsyslog")), true),
        (format!(r#"{{"log":"{{\"message\":\"{headed}\",\"ident\":\"sshd\"}}"}}"#), true),
        (format!(r#"{{"log":"{{\"message\":\"{line}\",\"ident\":\"sshd\"}}",{}}}"#, pod("guestbook")), false),
        (format!(r#"{{"log":"{{\"app\":\"guestbook\",\"message\":\"{line}\"}}"}}"#), false),
        // The journal knows the command.
        (format!(r#"{{"MESSAGE":"{line}","SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd"}}"#), true),
        (format!(r#"{{"MESSAGE":"{line}","SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd-session"}}"#), true),
        (format!(r#"{{"MESSAGE":"{line}","SYSLOG_IDENTIFIER":"sshd"}}"#), true),
        (format!(r#"{{"MESSAGE":"{line}","SYSLOG_IDENTIFIER":"sshd","_COMM":"logger"}}"#), false),
        (format!(r#"{{"MESSAGE":"{line}","SYSLOG_IDENTIFIER":"sshd","_COMM":"python3","_TRANSPORT":"syslog"}}"#), false),
        (r#"{"MESSAGE":"alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh","SYSLOG_IDENTIFIER":"sudo","_COMM":"bash"}"#.to_owned(), false),
        (r#"{"MESSAGE":"alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh","SYSLOG_IDENTIFIER":"sudo","_COMM":"sudo"}"#.to_owned(), true),
        (r#"{"MESSAGE":"new user: name=eve, UID=0, GID=0, home=/root, shell=/bin/sh","SYSLOG_IDENTIFIER":"useradd","_COMM":"logger"}"#.to_owned(), false),
        (r#"{"MESSAGE":"new user: name=eve, UID=0, GID=0, home=/root, shell=/bin/sh","SYSLOG_IDENTIFIER":"useradd","_COMM":"useradd"}"#.to_owned(), true),
        (r#"{"MESSAGE":"(root) CMD (/bin/x)","SYSLOG_IDENTIFIER":"CRON","_COMM":"python3"}"#.to_owned(), false),
        (r#"{"MESSAGE":"(root) CMD (/bin/x)","SYSLOG_IDENTIFIER":"CRON","_COMM":"cron"}"#.to_owned(), true),
        (r#"{"MESSAGE":"(root) CMD (/bin/x)","SYSLOG_IDENTIFIER":"CROND","_COMM":"crond"}"#.to_owned(), true),
        (r#"{"MESSAGE":"imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.77, lip=192.0.2.1, mpid=5, session=<x>","SYSLOG_IDENTIFIER":"dovecot","_COMM":"log"}"#.to_owned(), true),
        (r#"{"MESSAGE":"imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.77, lip=192.0.2.1, mpid=5, session=<x>","SYSLOG_IDENTIFIER":"dovecot","_COMM":"node"}"#.to_owned(), false),
        (r#"{"MESSAGE":"pam_unix(gdm-password:auth): authentication failure; logname= uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=bob","SYSLOG_IDENTIFIER":"gdm-password]","_COMM":"gdm-session-wor"}"#.to_owned(), true),
        (r#"{"MESSAGE":"permit ann as root: /bin/sh","SYSLOG_IDENTIFIER":"doas","_COMM":"bash"}"#.to_owned(), false),
        // PAM's text under another program.
        ("Jan 15 11:30:00 web1 guestbook[7]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.77  user=root".to_owned(), false),
        ("Jan 15 11:30:00 web1 sshd[7]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.77  user=root".to_owned(), true),
        ("Jan 15 11:30:00 web1 su[7]: pam_unix(su-l:auth): authentication failure; logname=bob uid=1000 euid=0 tty=pts/0 ruser=bob rhost=  user=root".to_owned(), true),
        ("Jan 15 11:30:00 web1 gdm-password][7]: pam_unix(gdm-password:auth): authentication failure; logname= uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=bob".to_owned(), true),
    ];
    for (record, is_ours) in rows {
        let said = testing::said(&record);
        assert_eq!(said.starts_with("system.auth "), is_ours, "{record}: {said}");
    }
}

/// Events of a cloud are of who collects them: an application may print anything.
#[test]
fn events_of_a_cloud_are_not_of_any_program() {
    let event = r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"alice"},"eventTime":"2026-01-15T11:30:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.77","responseElements":{"ConsoleLogin":"Failure"},"eventID":"e1"}"#;
    let okta = r#"{"actor":{"id":"u1","type":"User","alternateId":"ann@example.com"},"eventType":"user.session.start","outcome":{"result":"FAILURE"},"published":"2026-01-15T11:30:00.000Z","uuid":"u-1","client":{"ipAddress":"192.0.2.77"},"severity":"INFO","version":"0"}"#;
    let quote = |event: &str| event.replace('\\', "\\\\").replace('"', "\\\"");
    for (event, source) in [(event, "aws.cloudtrail"), (okta, "okta.system")] {
        let text = quote(event);
        let rows = [
            (event.to_owned(), true),
            (format!(r#"{{"log":"{text}"}}"#), true),
            (format!(r#"{{"message":"{text}"}}"#), true),
            (format!("2026-01-15T11:30:00Z stdout F {event}"), true),
            (format!("Jan 15 11:30:00 web1 {}: {event}", source.split('.').next().unwrap()), true),
            (format!("Jan 15 11:30:00 web1 log-shipper[4]: {event}"), true),
            (format!("Jan 15 11:30:00 web1 guestbook[4]: {event}"), false),
            (format!("<14>1 2026-01-15T11:30:00Z web1 guestbook 4 - - {event}"), false),
            (format!(r#"{{"MESSAGE":"{text}","SYSLOG_IDENTIFIER":"guestbook"}}"#), false),
            (format!(r#"{{"MESSAGE":"{text}","SYSLOG_IDENTIFIER":"vector"}}"#), true),
            (format!(r#"{{"message":"{text}","process":{{"name":"guestbook"}}}}"#), false),
            (format!(r#"{{"log":"{text}","kubernetes":{{"container_name":"guestbook"}}}}"#), false),
            (format!(r#"{{"log":"{text}","kubernetes":{{"container_name":"fluent-bit"}}}}"#), true),
            (
                format!(r#"{{"log":"{text}","kubernetes":{{"labels":{{"app":"guestbook"}}}}}}"#),
                false,
            ),
            (
                format!(r#"{{"log":"{text}","container_name":"/guestbook","source":"stdout"}}"#),
                false,
            ),
            (
                format!(
                    r#"{{"message":"{text}","kubernetes":{{"container":{{"name":"catalog"}}}}}}"#
                ),
                false,
            ),
            (
                format!(
                    r#"{{"log":"{{\"log\":\"{}\"}}","kubernetes":{{"container_name":"guestbook"}}}}"#,
                    quote(&text)
                ),
                false,
            ),
            // What the container wrote beside its name, or under a key of its own.
            (
                format!(
                    r#"{},"kubernetes":{{"container_name":"guestbook"}}}}"#,
                    event.strip_suffix('}').unwrap()
                ),
                false,
            ),
            (
                format!(
                    r#"{},"kubernetes":{{"container_name":"cloudtrail"}}}}"#,
                    event.strip_suffix('}').unwrap()
                ),
                true,
            ),
            (
                format!(r#"{{"message":{event},"kubernetes":{{"container_name":"guestbook"}}}}"#),
                false,
            ),
        ];
        for (record, is_theirs) in rows {
            // Often enough that its layout could be cached.
            let said = testing::said_behind(&[&record, &record, &record], &record);
            assert_eq!(said.starts_with(source), is_theirs, "{record}: {said}");
        }
    }
}

/// The audit daemon's lines are not of a container, unless that collects them.
#[test]
fn lines_of_the_audit_daemon_are_not_of_any_container() {
    let line = "type=USER_AUTH msg=audit(1768476600.100:10): pid=300 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication grantors=? acct=bob exe=/usr/sbin/sshd hostname=198.51.100.7 addr=198.51.100.7 terminal=ssh res=failed'";
    let headed = format!("Jan 15 11:30:00 web1 audispd: {line}");
    for (record, is_theirs) in [
        (line.to_owned(), true),
        (headed.clone(), true),
        (format!("Jan 15 11:30:00 web1 guestbook: {line}"), false),
        (format!(r#"{{"log":"{line}"}}"#), true),
        (format!(r#"{{"log":"{line}","kubernetes":{{"container_name":"guestbook"}}}}"#), false),
        (format!(r#"{{"log":"{headed}","kubernetes":{{"container_name":"guestbook"}}}}"#), false),
        (format!(r#"{{"log":"{line}","container_name":"/guestbook","source":"stdout"}}"#), false),
        (format!(r#"{{"log":"{line}","kubernetes":{{"container_name":"auditbeat"}}}}"#), true),
        (format!(r#"{{"log":"{headed}","kubernetes":{{"container_name":"rsyslog"}}}}"#), true),
    ] {
        let said = testing::said(&record);
        assert_eq!(said.starts_with("linux.auditd "), is_theirs, "{record}: {said}");
    }
}

/// vsftpd's two lines are of two processes, and its own file names no host.
#[test]
fn an_attempt_by_ftp_is_counted_once() {
    let pam = |second: usize, who: &str| {
        format!(
            "Jan 15 11:30:{second:02} web1 vsftpd[{}]: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=bob rhost=198.51.100.7{who}",
            100 + second
        )
    };
    let own = |second: usize| {
        format!(
            "Thu Jan 15 11:30:{second:02} 2026 [pid {}] [bob] FAIL LOGIN: Client \"::ffff:198.51.100.7\"",
            200 + second
        )
    };
    for who in ["  user=bob", " "] {
        let both: Vec<String> =
            (0..10).flat_map(|second| [pam(second, who), own(second)]).collect();
        assert_eq!(testing::times(&both).iter().sum::<u32>(), 10, "{who}");
        let later: Vec<String> =
            (0..10).map(own).chain((0..10).map(|second| pam(second, who))).collect();
        assert_eq!(testing::times(&later).iter().sum::<u32>(), 10, "{who}");
        let alone: Vec<String> = (0..10).map(|second| pam(second, who)).collect();
        assert_eq!(testing::times(&alone).iter().sum::<u32>(), 10, "{who}");
    }
}

/// Of sshd, PAM's modules and the audit daemon, each tells of the same attempts.
#[test]
fn an_attempt_that_the_audit_daemon_saw_is_counted_once() {
    let lines = |second: usize| {
        let audit = |record: &str, rest: &str| {
            format!(
                "type={record} msg=audit({}.1:{}): pid={} uid=0 auid=4294967295 ses=4294967295 msg='{rest} exe=\"/usr/sbin/sshd\" hostname=? addr=198.51.100.7 terminal=ssh res=failed'",
                1_768_476_600 + second,
                10 + second,
                300 + second
            )
        };
        [
            audit("USER_AUTH", "op=PAM:authentication grantors=? acct=\"bob\""),
            format!(
                "Jan 15 11:30:{second:02} web1 sshd[{}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.7  user=bob",
                300 + second
            ),
            format!(
                "Jan 15 11:30:{second:02} web1 sshd[{}]: Failed password for bob from 198.51.100.7 port 4711 ssh2",
                300 + second
            ),
            // It says so of an account that does not exist, in hexadecimal.
            audit("USER_LOGIN", "op=login acct=28696E76616C6964207573657229"),
        ]
    };
    let all: Vec<String> = (0..10).flat_map(lines).collect();
    assert_eq!(testing::times(&all).iter().sum::<u32>(), 10);
}
