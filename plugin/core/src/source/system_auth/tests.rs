//! Lines of programs whatever the program, and attempts that several report. The messages of each program are tested beside its file.

use super::{accounts, cron, dropbear, elevation, files, login, mail, pam, sshd, sudo};
use crate::source::testing;

/// Each program's message is read as these fields.
pub(super) fn hold(messages: &[(&str, &str, &str)]) {
    for (tag, message, row) in messages {
        assert_eq!(said(tag, message), *row, "{tag}: {message}");
    }
}

/// Fields of the message of this program, without those of its header.
pub(super) fn said(tag: &str, message: &str) -> String {
    let row = testing::said(&format!("Jan 15 11:30:00 web1 {tag}: {message}"));
    let mut words: Vec<&str> =
        row.strip_prefix("system.auth ").unwrap_or(&row).split(' ').collect();
    words.retain(|word| {
        !word.starts_with("service=") && !word.starts_with("pid=") && *word != "host=web1"
    });
    words.join(" ")
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
        ["[]", "[256]", "[-1]", "[1.5]", "[\"a\",98]", "[[98]]", "[{}]", "[98,null]", "{}", "98"]
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

/// The messages of all programs.
fn messages() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    let all = [
        accounts::message_tests::MESSAGES,
        cron::message_tests::MESSAGES,
        dropbear::message_tests::MESSAGES,
        elevation::message_tests::MESSAGES,
        files::message_tests::MESSAGES,
        login::message_tests::MESSAGES,
        mail::message_tests::MESSAGES,
        pam::message_tests::MESSAGES,
        sshd::message_tests::MESSAGES,
        sudo::message_tests::MESSAGES,
    ];
    all.into_iter().flatten()
}

/// Whatever is put together of pieces of messages is read without harm.
#[test]
fn any_message() {
    let mut pieces: Vec<&str> = sshd::message_tests::OWN
        .iter()
        .chain([&("\u{0}", ""), &("é", ""), &("\"", ""), &("10.9.9.9 port 22", "")])
        .map(|(message, _)| *message)
        .collect();
    pieces.extend(messages().map(|(_, message, _)| *message));
    let tags: Vec<&str> = messages()
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
