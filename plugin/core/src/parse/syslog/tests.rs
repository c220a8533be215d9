use super::*;

const NOW: Millis = 1_780_000_000_000;

fn read(line: &str) -> Option<[String; 4]> {
    let header = super::read(line.as_bytes(), NOW, &mut Before::new(&crate::source::PROGRAMS))?;
    Some(
        [header.host, header.program, header.pid, header.message]
            .map(|part| String::from_utf8_lossy(part).into_owned()),
    )
}

#[test]
fn reads_the_forms() {
    for (line, host, program, pid, message) in [
        (
            "Dec 10 06:55:46 web1 sshd[24200]: Invalid user x from 192.0.2.1",
            "web1",
            "sshd",
            "24200",
            "Invalid user x from 192.0.2.1",
        ),
        ("<86>Feb  7 16:01:07 web1 sudo:   bob : TTY=pts/0", "web1", "sudo", "", "bob : TTY=pts/0"),
        ("Feb 7 16:01:07 web1 /usr/sbin/cron[12]: x", "web1", "cron", "12", "x"),
        (
            "Jun 25 23:53:34 [sshd] User root from 192.0.2.1",
            "",
            "sshd",
            "",
            "User root from 192.0.2.1",
        ),
        (
            "2026-01-05T10:00:00.123456+01:00 web1 sshd-session[9]: x y",
            "web1",
            "sshd-session",
            "9",
            "x y",
        ),
        (
            "<38>1 2026-01-05T10:00:00.123Z web1 sshd 57915 - - Failed",
            "web1",
            "sshd",
            "57915",
            "Failed",
        ),
        (
            "<38>1 2026-01-05T10:00:00Z web1 app - ID47 [a@1 k=\"v ] \\\" w\"][b@1 x=\"1\"] said",
            "web1",
            "app",
            "",
            "said",
        ),
        ("<38>1 2026-01-05T10:00:00Z web1 sshd[100] - - - Failed", "web1", "sshd", "100", "Failed"),
        ("<38>1 2026-01-05T10:00:00Z web1 sshd[100]: Failed x", "web1", "sshd", "100", "Failed x"),
        ("Dec 10 06:55:46 web1 docker/5f2e3a1b9c0d[7]: x", "web1", "5f2e3a1b9c0d", "7", "x"),
        ("<38>1 2026-01-05T10:00:00Z web1 sshd[100] 7 - - Failed", "web1", "sshd", "7", "Failed"),
        ("<38>1 2026-01-05T10:00:00Z web1 app[x] - - - said", "web1", "app[x", "", "said"),
        (
            "<38>1 2026-01-05T10:00:00Z [2001:db8::7] sshd 7 - - Failed",
            "2001:db8::7",
            "sshd",
            "7",
            "Failed",
        ),
        ("Jan  5 10:00:00 [2001:db8::7] sudo: x", "2001:db8::7", "sudo", "", "x"),
        ("Jan  5 10:00:00 [192.0.2.1] auth.info sshd[7]: x", "192.0.2.1", "sshd", "7", "x"),
        ("Jan  5 10:00:00 kdc1 krb5kdc[812](info): x", "kdc1", "krb5kdc", "812", "x"),
        ("2026-01-05T10:00:00Z kdc1 krb5kdc[812](Error): x", "kdc1", "krb5kdc", "812", "x"),
        ("<38>1 - - - - - -", "", "", "", ""),
        ("web1 sshd[31602]: Failed", "web1", "sshd", "31602", "Failed"),
        ("Jan  5 10:00:00 web1 kernel nonsense", "web1", "", "", "kernel nonsense"),
        ("Jan  5 10:00:00 web1 sshd(pam_unix)[7]: x", "web1", "sshd(pam_unix)", "7", "x"),
        ("Jan  5 10:00:00 web1 /usr/sbin/sshd(pam_unix)[7]: x", "web1", "sshd(pam_unix)", "7", "x"),
        ("Jan  5 10:00:00 web1 polkitd(authority=local)[7]: x", "web1", "polkitd", "7", "x"),
        ("Jan  5 10:00:00 web1 run-parts(/etc/cron.daily)[7]: x", "web1", "run-parts", "7", "x"),
        ("Jan  5 10:00:00 web1 (systemd)[7]: x", "web1", "(systemd)", "7", "x"),
        ("Jan  5 10:00:00 web1 gdm-password]: x", "web1", "gdm-password", "", "x"),
        ("Jan  5 10:00:00 web1 gdm-password][7]: x", "web1", "gdm-password", "7", "x"),
        ("<38>Mar  9 00:04:10 web1 sshd[1]:Failed x", "web1", "sshd", "1", "Failed x"),
        ("Mar  9 00:04:10 sshd[1]:x", "", "sshd", "1", "x"),
        ("Mar  9 00:04:10 web1 sshd[x]:y", "web1", "", "", "sshd[x]:y"),
        ("Mar  9 00:04:10 web1 sshd:x", "web1", "", "", "sshd:x"),
        ("Mar  9 00:04:10 web1 sshd Failed x", "web1", "sshd", "", "Failed x"),
        ("Mar  9 00:04:10 web1 dropbear Bad x", "web1", "dropbear", "", "Bad x"),
        ("Mar  9 00:04:10 web1 sshdx Failed x", "web1", "", "", "sshdx Failed x"),
        ("<38>Mar  9 00:04:10 Message forwarded from web2: sshd[7]: x", "web2", "sshd", "7", "x"),
        ("Mar  9 00:04:10 Message forwarded from web2: sshd[7]: x", "web2", "sshd", "7", "x"),
        (
            "Mar  9 00:04:10 relay auth|security:info Message forwarded from web2: su: x",
            "web2",
            "su",
            "",
            "x",
        ),
        ("<auth.info>web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        ("Mar  9 00:04:10 asa1 %ASA-6-302013: Built x", "asa1", "%ASA-6-302013", "", "Built x"),
        (
            "<166>Mar  9 00:04:10 asa1 : %ASA-6-302013: Built x",
            "asa1",
            "%ASA-6-302013",
            "",
            "Built x",
        ),
        (
            "2026-03-09T00:04:10.123456+00:00 asa1 %ASA-6-302013: Built x",
            "asa1",
            "%ASA-6-302013",
            "",
            "Built x",
        ),
        ("Mar  9 00:04:10 web1 123prog[4]: x", "web1", "123prog", "4", "x"),
        ("Mar  9 00:04:10 web1 123[4]: x", "web1", "", "", "123[4]: x"),
        ("Mar  9 00:04:10 web1 123prog: x", "web1", "", "", "123prog: x"),
        ("Mar  9 00:04:10 web1 100%: x", "web1", "", "", "100%: x"),
        ("<13>2026-03-09T00:04:10Z web1 some text", "web1", "", "", "some text"),
        ("Mar  9 00:04:10 [web1] sshd[7]: x", "web1", "sshd", "7", "x"),
        ("<38>Mar  9 00:04:10 [db-2.example.com] su[12]: x", "db-2.example.com", "su", "12", "x"),
        ("Mar  9 00:04:10 [sshd] x: y", "", "sshd", "", "x: y"),
        (
            "Mar  9 00:04:10 ftp1 proftpd[12] ftp1 (192.0.2.1): x",
            "ftp1",
            "proftpd",
            "12",
            "ftp1 (192.0.2.1): x",
        ),
        (
            "2026-03-09 00:04:10,399 ftp1 proftpd[12] ftp1 (192.0.2.1): x",
            "ftp1",
            "proftpd",
            "12",
            "ftp1 (192.0.2.1): x",
        ),
        ("Mar  9 00:04:10 web1 worker[129] ([31]): x", "web1", "worker", "129", "([31]): x"),
        ("Mar  9 00:04:10 web1 syslogd 1.4.1: restart.", "web1", "syslogd", "", "restart."),
        ("Mar  9 00:04:10 web1 release 14: x", "web1", "", "", "release 14: x"),
        ("Mar  9 00:04:10 CET web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        ("Mar  9 00:04:10 2026 web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        ("Mar  9 00:04:12 relay1 Mar  9 00:04:10 web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        ("Mar  9 00:04:12 relay1 web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        ("<38>Mar  9 00:04:12 log-a.example 192.0.2.7 sshd[7]: x", "192.0.2.7", "sshd", "7", "x"),
        ("2026-03-09T00:04:12Z relay1 [2001:db8::7] sshd[7]: x", "2001:db8::7", "sshd", "7", "x"),
        ("Mar  9 00:04:12 relay1 fw-1 %ASA-6-605004: x", "fw-1", "%ASA-6-605004", "", "x"),
        ("[2026-03-09T00:04:12Z] web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        ("[2026-03-09 00:04:12.5+01:00] web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        ("[Mar  9 00:04:12] web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        ("  <38>Mar  9 00:04:12 web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        (" <38>1 2026-03-09T00:04:12Z web1 sshd 7 - - x", "web1", "sshd", "7", "x"),
        ("Mar  9 00:04:12 relay1 <38>Mar  9 00:04:10 web1 sshd[7]: x", "web1", "sshd", "7", "x"),
        (
            "<38>1 2026-03-09T00:04:12Z relay1 - - - - <38>1 2026-03-09T00:04:10Z web1 sshd 7 - - x",
            "web1",
            "sshd",
            "7",
            "x",
        ),
        (
            "Mar  9 00:04:12 192.0.2.7 2026-03-09T00:04:10.123Z web1 sshd[7]: x",
            "web1",
            "sshd",
            "7",
            "x",
        ),
        (
            "Mar  9 00:04:12 192.0.2.7 83: *Mar  9 00:04:10.123: %SYS-5-CONFIG_I: x",
            "192.0.2.7",
            "%SYS-5-CONFIG_I",
            "",
            "x",
        ),
        (
            "<189>83: sw1: *Mar  9 00:04:10.123: %SYS-5-CONFIG_I: x",
            "sw1",
            "%SYS-5-CONFIG_I",
            "",
            "x",
        ),
        ("Jan  5 10:00:00 web1 daemon.err x: y", "web1", "x", "", "y"),
        ("Jan  5 10:00:00 web1 auth|security:info sshd[7]: x", "web1", "sshd", "7", "x"),
        (
            "Jan  5 10:00:00 : bob : TTY=pts/0 ; PWD=/ ; x",
            "",
            "sudo",
            "",
            "bob : TTY=pts/0 ; PWD=/ ; x",
        ),
        ("Jan  5 10:00:00 : something else", "", "", "", "something else"),
        ("Jan  5 10:00:00 web1 example.info x: y", "web1", "", "", "example.info x: y"),
    ] {
        assert_eq!(read(line), Some([host, program, pid, message].map(str::to_owned)), "{line}");
    }
}

#[test]
fn a_header_is_read_the_same_behind_any_other() {
    let lines = [
        "web1 sshd[1]: x y",
        "web1 sshd[22]:  x",
        "web1 sshd[]: x",
        "web1 sshd[3] x",
        "web1 sshd[4]:",
        "web1 sshd[5]: ",
        "web1 sshd[6]:x y",
        "web1 sshd[a]b]: x",
        "web1 sshd[: x",
        "web1  sshd[7]: x",
        "web1 /usr/sbin/sshd[8]: x",
        "web1 sshd: x",
        "web2 sshd[9]: x",
        "we[b sshd[10]: x",
        "we[b1 x[11]: x",
        "sshd[12]: x",
        "[sshd] x",
        "web1 [sshd] x",
        "web1 s shd[1]: x",
        "web1 [sshd] x sshd: y",
        "web1 [sshd] x sshd: z",
        "web1 sshd:x",
        "web1 a:sshd: x",
        "web1 sshd:",
        "web1 x/sshd: y",
        "a:b sshd: x",
        "web1 sshd[6]:z",
        "web1 9p[1]: x",
        "web1 9p[1]:x",
        "web1 9p[]: x",
        "web1 9p[a]:b]: x",
        "web1 9p[2]:b]: x",
        "web1 9p: x",
        "web1 %A: x",
        "web1 : %A: y",
        "",
    ];
    let stamps = [
        "Jan 15 11:30:00 ",
        "Jan 15 11:30:01 ",
        "Jan  5 11:30:00 ",
        "Jan 5 11:30:00 ",
        "Jan 5 11:30:00.1",
        "Jan 5 11:30:00.1 ",
        "Jan 15 2026 11:30:00 ",
        "<38>1 Jan 15 11:30:00 ",
        "<38>Jan 15 11:30:00 ",
        "Dec 31 11:30:00 ",
        "",
    ];
    let pairs = || lines.iter().flat_map(|one| lines.iter().map(move |two| (one, two)));
    for (first, second) in
        stamps.iter().flat_map(|first| stamps.iter().map(move |second| (first, second)))
    {
        for (one, two) in pairs() {
            let mut before = Before::new(&crate::source::PROGRAMS);
            for (stamp, line) in
                [(first, one), (first, two), (second, two), (second, one), (first, one)]
            {
                let line = format!("{stamp}{line}");
                for now in [NOW, NOW + 86_400_000, NOW + 363 * 86_400_000, NOW] {
                    let anew = super::read(
                        line.as_bytes(),
                        now,
                        &mut Before::new(&crate::source::PROGRAMS),
                    );
                    assert_eq!(
                        super::read(line.as_bytes(), now, &mut before),
                        anew,
                        "{first}{one} | {second}{two} at {now}"
                    );
                }
            }
        }
    }
}

#[test]
fn shippers_give_a_program_by_its_name_or_its_tag() {
    for (text, program, pid) in [
        ("sshd", "sshd", ""),
        ("/usr/sbin/sshd", "sshd", ""),
        ("sshd[7]:", "sshd", "7"),
        ("/usr/sbin/sshd[7]:", "sshd", "7"),
        ("sudo:", "sudo", ""),
        ("gdm-password]", "gdm-password", ""),
        ("a[:", "a[:", ""),
        ("", "", ""),
    ] {
        assert_eq!(super::sender(text.as_bytes()), (program.as_bytes(), pid.as_bytes()), "{text}");
    }
}

#[test]
fn other_text_has_no_header() {
    for line in [
        "",
        "hello world",
        "error: something",
        "192.0.2.1 - - [05/Jan/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1",
        "<999999>x",
        "<38>1 x",
        "2026-01-05T10:00:00Z level=info",
        "2026-01-05T10:00:00Z some text",
        "2026-01-05T10:00:00Z 7f3a: text",
        "<13>2026-01-05T10:00:00Z level=info text",
        "thread pool[1]:started",
        "\t<38>Mar  9 00:04:12 web1 sshd[7]: x",
        "[Mar  9 00:04:12] NOTICE[812] x",
    ] {
        assert_eq!(read(line), None, "{line}");
    }
}
