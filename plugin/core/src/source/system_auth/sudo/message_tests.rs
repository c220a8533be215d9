//! Lines as sudo writes them, and what is read from them.

use crate::source::system_auth::tests::hold;
use crate::source::testing;

#[test]
fn messages() {
    hold(MESSAGES);
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

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
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
        "sudo",
        r#"@cee:{"sudo":{"reject":{"uuid":"x","reason":"user NOT in sudoers","submituser":"bob","command":"/bin/ls","runuser":"root","runargv":["ls","\",\"submituser\":\"root"]}}}"#,
        "sudo execute denied who=bob on=command name=/bin/ls as=root why=user NOT in sudoers",
    ),
];
