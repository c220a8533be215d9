//! Access lines in the forms that servers are told to write, and what is read from them.

use crate::source::testing;

#[test]
fn forms_of_lines() {
    for (line, row) in LINES {
        assert_eq!(testing::said(line), format!("http.access {row}"), "{line}");
        assert_eq!(testing::time(line).map(|time| time / 1000), Some(1_768_476_600), "{line}");
    }
}

/// A name says neither when it was, nor what was asked for and how it was answered.
#[test]
fn names_that_pose_as_requests() {
    for name in [
        "a [15/Jan/2026:11:30:00 +0000] b",
        "a [15/Jan/2020:11:30:00 +0000]",
        "[15/Jan/2020:11:30:00 +0000] GET /x HTTP/1.1 200 1",
        "10.9.9.9 - b",
        "10.9.9.9, 10.8.8.8",
        "a, 10.9.9.9",
        "[",
    ] {
        for (before, host) in
            [("192.0.2.1 - ", ""), ("shop.example:443 192.0.2.1 - ", " host=shop.example")]
        {
            let row = testing::said(&format!(
                r#"{before}{name} [15/Jan/2026:11:30:00 +0000] "GET /private HTTP/1.1" 401 12 "-" "x""#
            ));
            assert_eq!(
                row,
                format!(
                    "http.access GET read denied who={name} on=url target=/private ip=192.0.2.1 agent=x method=GET url=/private status=401 bytes=12{host}"
                )
            );
        }
    }
}

/// A `#Fields:` line, a log line and the expected result.
#[test]
fn w3c_by_form() {
    const LINE: &str = "date time c-ip cs-method cs-uri-stem cs-uri-query sc-status";
    for (fields, values, row) in [
        ("", "203.0.113.9 GET /a - 200", "ip=203.0.113.9 method=GET url=/a status=200"),
        (
            "X-Forwarded-For",
            "10.0.0.5 GET /a - 200 198.51.100.4,+10.0.0.1",
            "ip=198.51.100.4 method=GET url=/a status=200",
        ),
        ("X-Forwarded-For", "10.0.0.5 GET /a - 200 -", "ip=10.0.0.5 method=GET url=/a status=200"),
        (
            "X-Forwarded-For",
            "203.0.113.9 GET /a - 200 198.51.100.4",
            "ip=203.0.113.9 method=GET url=/a status=200",
        ),
        ("", "203.0.113.9 GET /a b=c 200", "ip=203.0.113.9 method=GET url=/a?b=c status=200"),
        (
            "",
            "203.0.113.9 GET /a b=\"\u{e9}\\ 200",
            "ip=203.0.113.9 method=GET url=/a?b=\\\"\u{e9}\\\\ status=200",
        ),
    ] {
        let said = testing::said_behind(
            &[&format!("#Fields: {LINE} {fields}")],
            &format!("2026-01-15 11:30:00 {values}"),
        );
        assert_eq!(
            said,
            format!("http.access GET read success on=url target=/a {row}"),
            "{values}"
        );
    }
}

/// Ingress-nginx' list of those who asked, which no name of a user is.
#[test]
fn lists_of_ingress_are_told_from_names() {
    let tail = r#"[15/Jan/2026:11:30:00 +0000] "GET /a HTTP/1.1" 401 12 "-" "x""#;
    let ingress = r#" 312 0.004 [shop-web-80] [] 10.1.2.3:8080 12 0.004 401 0a1b"#;
    for (line, who, ip) in [
        (
            format!("10.0.0.5 - [198.51.100.1, 203.0.113.99] - - {tail}{ingress}"),
            "",
            "203.0.113.99",
        ),
        (
            format!("10.0.0.5 - [198.51.100.1, 203.0.113.99, 10.0.0.9] - - ann {tail}{ingress}"),
            " who=ann",
            "203.0.113.99",
        ),
        (format!("10.0.0.5 - [2001:db8::7] - ann {tail}{ingress}"), " who=ann", "2001:db8::7"),
        // The peer is no proxy: the list is what it wrote.
        (format!("192.0.2.1 - [198.51.100.1, 203.0.113.99] - - {tail}{ingress}"), "", "192.0.2.1"),
        // A name that is written so.
        (
            format!("10.0.0.5 - [198.51.100.1, 203.0.113.99] - - {tail}"),
            " who=[198.51.100.1, 203.0.113.99] - -",
            "10.0.0.5",
        ),
    ] {
        let said = testing::said(&line);
        let row = format!("http.access GET read denied{who} on=url target=/a ip={ip} agent=x");
        assert!(said.starts_with(&row), "{line}\n{said}");
    }
}

/// A `#Fields:` line counts for the lines of its own file.
#[test]
fn w3c_by_form_of_its_file() {
    let from = |file: &str, line: &str| format!(r#"{{"log":"{line}","filename":"{file}"}}"#);
    let said = |behind: &[&str], file: &str| {
        let behind: Vec<String> = behind.iter().map(|fields| from("/w1/a.log", fields)).collect();
        let behind: Vec<&str> = behind.iter().map(String::as_str).collect();
        testing::said_behind(&behind, &from(file, "2026-01-15 11:30:00 /a 200 GET 203.0.113.9"))
    };
    let fields = "#Fields: date time cs-uri-stem sc-status cs-method c-ip";
    let row =
        "http.access GET read success on=url target=/a ip=203.0.113.9 method=GET url=/a status=200";
    assert_eq!(said(&[fields], "/w1/a.log"), row);
    assert_ne!(said(&[fields], "/w1/b.log"), row);
    let other = "#Fields: date time c-ip cs-method cs-uri-stem sc-status x";
    assert_ne!(said(&[fields, other], "/w1/a.log"), row, "the last one of a file counts");
}

/// A `#Fields:` line counts for lines in records of its own kind: what a container or an application writes says nothing of a file.
#[test]
fn w3c_by_form_of_its_own_kind_of_record() {
    const FIELDS: &str = "#Fields: date time cs-uri-stem sc-status cs-method c-ip";
    const OTHER: &str = "#Fields: date time c-ip cs-method sc-status cs-uri-stem";
    const LINE: &str = "2026-01-15 11:30:00 /a 200 GET 203.0.113.9";
    const ROW: &str =
        "http.access GET read success on=url target=/a ip=203.0.113.9 method=GET url=/a status=200";
    type Kind = fn(&str) -> String;
    let kinds: [Kind; 8] = [
        |line| line.to_owned(),
        |line| format!(r#"{{"log":"{line}"}}"#),
        |line| format!(r#"{{"message":"{line}"}}"#),
        |line| format!(r#"{{"msg":"{line}"}}"#),
        |line| format!(r#"{{"log":"{line}\n","stream":"stdout","time":"2026-01-15T11:00:00Z"}}"#),
        |line| format!(r#"{{"log":"{line}","kubernetes":{{"container_name":"guestbook"}}}}"#),
        |line| format!(r#"{{"log":"{line}","kubernetes":{{"container_name":"iis"}}}}"#),
        |line| format!("2026-01-15T11:00:00Z stdout F {line}"),
    ];
    for (of_file, file) in kinds.iter().enumerate() {
        let said = |behind: &[String]| {
            let behind: Vec<&str> = behind.iter().map(String::as_str).collect();
            let said = testing::said_behind(&behind, &file(LINE));
            said.split(" host=").next().unwrap().split(" service=").next().unwrap().to_owned()
        };
        assert_eq!(said(&[file(FIELDS)]), ROW, "{of_file}");
        assert_ne!(said(&[file(FIELDS), file(OTHER)]), ROW, "{of_file}: its own last one");
        for (of_other, other) in kinds.iter().enumerate().filter(|(other, _)| *other != of_file) {
            // Both are records with more than the line, and no container.
            if [of_file, of_other] == [3, 4] || [of_file, of_other] == [4, 3] {
                continue;
            }
            assert_eq!(said(&[file(FIELDS), other(OTHER)]), ROW, "{of_file} {of_other}");
        }
    }
}

/// Headers that name the client, as IIS and others call their columns; and a form with the time first.
#[test]
fn w3c_columns_of_clients() {
    for (column, value, origin) in [
        ("cs(X-Real-IP)", "203.0.113.9", "203.0.113.9"),
        ("CS(X-Forwarded-For)", "198.51.100.1,+203.0.113.9", "203.0.113.9"),
        ("X-Original-Forwarded-For", "198.51.100.1,+203.0.113.9", "203.0.113.9"),
        ("cs(X-Original-Forwarded-For)", "203.0.113.9", "203.0.113.9"),
        ("cs(CF-Connecting-IP)", "203.0.113.9", "203.0.113.9"),
        ("cs(True-Client-IP)", "203.0.113.9", "203.0.113.9"),
        ("cs(Fastly-Client-IP)", "203.0.113.9", "203.0.113.9"),
        ("cs(X-Cluster-Client-IP)", "203.0.113.9", "203.0.113.9"),
        ("X-Azure-ClientIP", "203.0.113.9", "203.0.113.9"),
        ("cs(Forwarded)", "for=203.0.113.9", "203.0.113.9"),
        // Neither names a client.
        ("cs(Referer)", "203.0.113.9", "10.0.0.5"),
        ("cs(X-Note)", "203.0.113.9", "10.0.0.5"),
    ] {
        let said = testing::said_behind(
            &[&format!("#Fields: time date cs-method cs-uri-stem c-ip sc-status {column}")],
            &format!("11:30:00 2026-01-15 GET /a 10.0.0.5 401 {value}"),
        );
        let row = format!(
            "http.access GET read denied on=url target=/a ip={origin} method=GET url=/a status=401"
        );
        assert_eq!(said, row, "{column}");
    }
}

/// IIS's own order; behind the status may stand bytes, and what one adds oneself.
#[test]
fn w3c_by_order() {
    let long = "x".repeat(2000);
    for (query, behind, row) in [
        ("-", "46", "url=/a status=200 ms=46"),
        ("b=c", "46", "url=/a?b=c status=200 ms=46"),
        ("b=c", "", "url=/a?b=c status=200"),
        ("b=c", "1024 46", "url=/a?b=c status=200 ms=46"),
        ("b=c", "5316 1024 46", "url=/a?b=c status=200 bytes=5316 ms=46"),
        ("b=c", "5316 1024 46 198.51.100.4", "url=/a?b=c status=200 bytes=5316 ms=46"),
        ("b=c", "46 198.51.100.4", "url=/a?b=c status=200 ms=46"),
        (&long, "46", &format!("url=/a?{long} status=200 ms=46")),
    ] {
        let line = format!(
            "2026-01-15 11:30:00 192.0.2.10 GET /a {query} 443 - 203.0.113.9 x - 200 0 0 {behind}"
        );
        let row = format!(
            "http.access GET read success on=url target=/a ip=203.0.113.9 agent=x method=GET {row}"
        );
        assert_eq!(testing::said(&line), row);
        assert_eq!(testing::said(&format!("{{\"log\":\"{line}\"}}")), row);
        assert_eq!(testing::said(&format!("{{\"log\":\"{}\"}}", line.replace(' ', "\\t"))), row);
    }
}

/// Kubernetes' metadata beside a line say what nothing else does.
#[test]
fn containers() {
    let line = r#""log":"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] \"GET / HTTP/1.1\" 200 5""#;
    let vhost = r#""log":"shop.example 203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] \"GET / HTTP/1.1\" 200 5""#;
    for (line, beside, row) in [
        (
            line,
            r#""kubernetes":{"pod_name":"web-1","container_name":"nginx","host":"node1","labels":{"app":"shop"}}"#,
            " host=node1 service=nginx",
        ),
        (line, r#""kubernetes":{"pod_name":"web-1","labels":{"app":"shop"}}"#, " service=shop"),
        (
            line,
            r#""host":"node2","kubernetes":{"container_name":"","host":"node1"}"#,
            " host=node2",
        ),
        (
            vhost,
            r#""kubernetes":{"container_name":"nginx","host":"node1"}"#,
            " host=shop.example service=nginx",
        ),
        (line, r#""kubernetes":{"container_name":{"a":1},"host":["x"],"labels":"app"}"#, ""),
        (line, r#""kubernetes":"nginx""#, ""),
    ] {
        let said = testing::said(&format!("{{{line},{beside}}}"));
        assert_eq!(
            said,
            format!(
                "http.access GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=5{row}"
            ),
            "{beside}"
        );
    }
    let sshd = r#"{"log":"Accepted password for bob from 192.0.2.1 port 22 ssh2","ident":"sshd","kubernetes":{"container_name":"c","host":"node1"}}"#;
    assert!(testing::said(sshd).ends_with(" host=node1 service=sshd"), "{}", testing::said(sshd));
}

/// Output of the parsers of Vector and Fluent Bit for lines.
#[test]
fn parsed_lines() {
    for record in [
        r#"{"agent":"curl","client":"203.0.113.9","request":"GET /a?b HTTP/1.1","size":5,"status":200,"timestamp":"2026-01-15T11:30:00Z","user":"bob"}"#,
        r#"{"agent":"curl","host":"203.0.113.9","message":"GET /a?b HTTP/1.1","method":"GET","path":"/a?b","protocol":"HTTP/1.1","size":5,"status":200,"timestamp":"2026-01-15T11:30:00Z","user":"bob"}"#,
        r#"{"agent":"curl","host":"203.0.113.9","method":"GET","path":"/a?b","code":"200","size":"5","time":"15/Jan/2026:12:30:00 +0100","user":"bob"}"#,
        r#"{"date":1768476600.25,"agent":"curl","remote":"203.0.113.9","host":"-","method":"GET","path":"/a?b","code":"200","size":"5","user":"bob"}"#,
    ] {
        let row = testing::said(record);
        assert_eq!(
            row,
            "http.access GET read success who=bob on=url target=/a ip=203.0.113.9 agent=curl method=GET url=/a?b status=200 bytes=5",
            "{record}"
        );
        assert_eq!(testing::time(record).map(|time| time / 1000), Some(1_768_476_600), "{record}");
    }
    // Where a shipper adds its own time, the request's counts.
    let both = r#"{"remote_addr":"203.0.113.9","status":"200","request":"GET / HTTP/1.1","time_local":"15/Jan/2026:11:30:00 +0000","timestamp":"2026-01-16T00:00:00Z"}"#;
    assert_eq!(testing::time(both), Some(1_768_476_600_000));
}

const LINES: &[(&str, &str)] = &[
    // Of HAProxy, a port always stands behind the address.
    (
        r#"Jan 15 11:30:00 lb1 haproxy[7]: 2001:db8::7:4711 [15/Jan/2026:11:30:00.123] fe be/srv 0/0/0/1/1 401 212 - - ---- 1/1/0/0/0 0/0 "POST /login HTTP/1.1""#,
        "POST create denied on=url target=/login ip=2001:db8::7 port=4711 method=POST url=/login status=401 bytes=212 ms=1 host=lb1 service=fe",
    ),
    (
        r#"Jan 15 11:30:00 lb1 haproxy[7]: ::ffff:198.51.100.7:51234 [15/Jan/2026:11:30:00.123] fe be/srv 0/0/0/1/1 200 212 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1""#,
        "GET read success on=url target=/ ip=198.51.100.7 port=51234 method=GET url=/ status=200 bytes=212 ms=1 host=lb1 service=fe",
    ),
    // ingress-nginx, once.
    (
        r#"203.0.113.9 - [203.0.113.9] - bob [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x""#,
        "GET read success who=bob on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=1",
    ),
    (
        r#"203.0.113.9 - [198.51.100.1, 203.0.113.9] - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=1",
    ),
    (
        r#"10.0.0.5 - [198.51.100.1] - bob [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x""#,
        "GET read success who=[198.51.100.1] - bob on=url target=/ ip=10.0.0.5 agent=x method=GET url=/ status=200 bytes=1",
    ),
    // Of two addresses the second is the peer; one that is a trusted proxy asked for the first.
    (
        r#"8.8.8.8 203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=1 host=8.8.8.8",
    ),
    (
        r#"203.0.113.9 10.0.0.5 - bob [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x""#,
        "GET read success who=bob on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=1",
    ),
    // For whom a proxy asked, behind other fields or by name.
    (
        r#"10.0.0.5 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 0.003 "198.51.100.1, 203.0.113.9""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl method=GET url=/ status=200 bytes=5 ms=3",
    ),
    (
        r#"10.0.0.5 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" rt=0.003 uct="-" xff="198.51.100.1, 203.0.113.9""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl method=GET url=/ status=200 bytes=5 ms=3",
    ),
    (
        r#"10.0.0.5 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" cookie="203.0.113.9" http_x_forwarded_for=198.51.100.4"#,
        "GET read success on=url target=/ ip=198.51.100.4 agent=curl method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"(198.51.100.1, 203.0.113.9) 10.0.0.5 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"(-) 198.51.100.4 - bob [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl""#,
        "GET read success who=bob on=url target=/ ip=198.51.100.4 agent=curl method=GET url=/ status=200 bytes=5",
    ),
    // nginx Proxy Manager
    (
        r#"[15/Jan/2026:11:30:00 +0000] 444 - GET https h "/.env" [Client 203.0.113.9] [Length 0] [Gzip -] "x" "-""#,
        "GET read failure on=url target=/.env ip=203.0.113.9 agent=x method=GET url=/.env status=444 bytes=0 host=h",
    ),
    (
        r#"[15/Jan/2026:11:30:00 +0000] - 401 401 - POST https shop.example "/login" [Client 2001:db8::7] [Length 10] [Gzip -] [Sent-to 10.0.0.9] "x" "-""#,
        "POST create denied on=url target=/login ip=2001:db8::7 agent=x method=POST url=/login status=401 bytes=10 host=shop.example",
    ),
    (
        r#"2026-01-15T11:30:01.1Z stdout F 203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"2026-01-15T11:30:01.123456789+01:00 stderr P 203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"2026-01-15T11:30:01.1Z 203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"2026-01-15T11:30:01.1Z shop.example 10.0.0.2,203.0.113.9 127.0.0.1 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=5 host=shop.example",
    ),
    (
        r#"[2026-01-15T11:30:00.409Z] "GET /status/418?a=b HTTP/1.1" 418 - via_upstream - "-" 0 135 3 1 "-" "curl/8" "84961386" "httpbin:8000" "127.0.0.1:80" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000_._.httpbin default"#,
        "GET read failure on=url target=/status/418 ip=10.44.1.23 port=37652 agent=curl/8 method=GET url=/status/418?a=b status=418 bytes=135 ms=3 request=84961386 host=httpbin:8000 service=inbound|8000||",
    ),
    (
        r#"[2026-01-15T11:30:00.409Z] "POST /a HTTP/2" 503 UF upstream_reset_before_response_started{connection_failure} - "delayed connect error: 111" 7 91 3 - "198.51.100.4,10.0.0.1" "curl/8" "84961386" "a" "10.1.1.1:80" outbound|80||a - 10.2.2.2:80 10.44.1.23:0 - default"#,
        "POST create failure on=url target=/a ip=198.51.100.4 agent=curl/8 method=POST url=/a status=503 bytes=91 ms=3 request=84961386 host=a service=outbound|80||a",
    ),
    (
        r#"[2026-01-15T11:30:00.409Z] "- - -" 0 - - - "-" 3388 5088 15 - "-" "-" "-" "-" "10.0.0.1:3306" outbound|3306||db 10.1.1.1:5 10.2.2.2:3306 [2001:db8::1]:47 - -"#,
        "other unknown on=url ip=2001:db8::1 port=47 status=0 bytes=5088 ms=15 service=outbound|3306||db",
    ),
    (
        r#"[2026-01-15T11:30:00.409Z] "- - -" 0 UF 0 0 15 - "-" "-" "-" "-" "10.0.0.1:3306""#,
        "other unknown on=url status=0 bytes=0 ms=15",
    ),
    (
        r#"[2026-01-15T11:30:00.409Z] "GET /a HTTP/1.1" 200 - 0 135 3 1 "198.51.100.4" "curl/8" "84961386" "a:8000" "127.0.0.1:80""#,
        "GET read success on=url target=/a ip=198.51.100.4 agent=curl/8 method=GET url=/a status=200 bytes=135 ms=3 request=84961386 host=a:8000",
    ),
    (
        r#"10.0.0.5 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "198.51.100.4""#,
        "GET read success on=url target=/ ip=198.51.100.4 agent=curl method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"10.0.0.5:5000 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "10.1.1.1, 198.51.100.4" 0.123"#,
        "GET read success on=url target=/ ip=198.51.100.4 agent=curl method=GET url=/ status=200 bytes=5 ms=123",
    ),
    (
        r#"10.0.0.5 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "10.1.1.1""#,
        "GET read success on=url target=/ ip=10.1.1.1 agent=curl method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"unix: - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "2001:db8::1""#,
        "GET read success on=url target=/ ip=2001:db8::1 agent=curl method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"10.0.0.5 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "-""#,
        "GET read success on=url target=/ ip=10.0.0.5 agent=curl method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"10.0.0.5 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "shop.example" "198.51.100.4""#,
        "GET read success on=url target=/ ip=10.0.0.5 agent=curl method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"fc.example.com - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" "198.51.100.4""#,
        "GET read success on=url target=/ from=fc.example.com agent=curl method=GET url=/ status=200 bytes=5",
    ),
    (
        r#"localhost, localhost - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ from=localhost agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 443 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"shop.example 10.0.0.2,203.0.113.9 127.0.0.1 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=612 host=shop.example",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "cut off in the mid"#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=cut off in the mid method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0" "198.51.100.3""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0" "198.51.100.3, 10.0.0.1" 0.123 0.120"#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612 ms=123",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0" "-" rt=0.005 uct="0.000" uht="0.004" urt="0.005""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612 ms=5",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0" rt=0.005 uct=0.000 uht=0.004 urt=0.005"#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612 ms=5",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0" 0.123"#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612 ms=123",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0" 0.123 0.100 ."#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612 ms=123",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0" 1234567"#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 0.123 "-" "curl/8.5.0""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] 0.123 "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] shop.example "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612 host=shop.example",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "shop.example" "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612 host=shop.example",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000]  "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 -"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" - -"#,
        "GET read unknown on=url target=/ ip=203.0.113.9 method=GET url=/",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 000 0 "-" "-""#,
        "GET read unknown on=url target=/ ip=203.0.113.9 method=GET url=/ status=0 bytes=0",
    ),
    (
        r#"203.0.113.9 - alice [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 401 612 "-" "curl/8.5.0""#,
        "GET read denied who=alice on=url target=/ ip=203.0.113.9 agent=curl/8.5.0 method=GET url=/ status=401 bytes=612",
    ),
    (
        r#"203.0.113.9 - Alice Smith [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success who=Alice Smith on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - "alice smith" [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success who=alice smith on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - "" [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 401 612 "-" "x""#,
        "GET read denied on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=401 bytes=612",
    ),
    (
        r#"203.0.113.9 - DOMAIN\x5Calice [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        r#"GET read success who=DOMAIN\\x5Calice on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612"#,
    ),
    (
        r#"203.0.113.9 ident alice [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612"#,
        "GET read success who=alice on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 unix:1 alice b [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612"#,
        "GET read success who=alice b on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - 10.9.9.9 - [x] [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 401 612 "-" "x""#,
        "GET read denied who=10.9.9.9 - [x] on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=401 bytes=612",
    ),
    (
        r#"client.example.com - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612"#,
        "GET read success on=url target=/ from=client.example.com method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"2001:db8::7 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=2001:db8::7 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"::1 - - [15/Jan/2026:11:30:00 +0000] "OPTIONS * HTTP/1.0" 200 126 "-" "Apache/2.4.41 (Ubuntu) (internal dummy connection)""#,
        "OPTIONS other success on=url target=* ip=::1 agent=Apache/2.4.41 (Ubuntu) (internal dummy connection) method=OPTIONS url=* status=200 bytes=126",
    ),
    (
        r#"::ffff:203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"shop.example:443 203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612 host=shop.example",
    ),
    (
        r#"shop.example 203.0.113.9 - alice [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success who=alice on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612 host=shop.example",
    ),
    (
        r#"shop.example:443 client.example.com - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ from=client.example.com agent=x method=GET url=/ status=200 bytes=612 host=shop.example",
    ),
    (
        r#"shop.example:443 2001:db8::7 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=2001:db8::7 agent=x method=GET url=/ status=200 bytes=612 host=shop.example",
    ),
    (
        r#"198.51.100.1:443 203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612 host=198.51.100.1",
    ),
    (
        r#"203.0.113.9:51234 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 port=51234 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"[2001:db8::7]:51234 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=2001:db8::7 port=51234 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9, 10.0.0.1 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"10.0.0.1, 203.0.113.7 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.7 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#""203.0.113.7, 10.0.0.1" - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.7 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.7,10.0.0.1 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.7 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"- - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"- 203.0.113.7 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.7 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"unix: - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "-" 408 0 "-" "-""#,
        "other failure on=url ip=203.0.113.9 status=408 bytes=0",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "" 400 0 "-" "-""#,
        "other failure on=url ip=203.0.113.9 status=400 bytes=0",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "\x16\x03\x01\x02\x00" 400 157 "-" "-""#,
        "other failure on=url ip=203.0.113.9 status=400 bytes=157",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "\x16\x03\x01\x02 /x HTTP/1.1" 400 157 "-" "-""#,
        "other failure on=url ip=203.0.113.9 status=400 bytes=157",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET /" 200 612"#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET /a b c HTTP/1.1" 400 157 "-" "-""#,
        "GET read failure on=url target=/a b c ip=203.0.113.9 method=GET url=/a b c status=400 bytes=157",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "HELP" 400 157 "-" "-""#,
        "other failure on=url ip=203.0.113.9 status=400 bytes=157",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET" 400 157 "-" "-""#,
        "other failure on=url ip=203.0.113.9 status=400 bytes=157",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET http://evil.example/?x=1 HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=http://evil.example/?x=1 status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET http://evil.example HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=http://evil.example status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "CONNECT mail.example:25 HTTP/1.1" 405 157 "-" "-""#,
        "CONNECT other failure on=url target=mail.example:25 ip=203.0.113.9 method=CONNECT url=mail.example:25 status=405 bytes=157",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET /a#frag?x HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/a#frag ip=203.0.113.9 agent=x method=GET url=/a#frag?x status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET /?q=\x22a\x22 HTTP/1.1" 200 612 "http://r/" "a \"b\" c""#,
        r#"GET read success on=url target=/ ip=203.0.113.9 agent=a \\\"b\\\" c method=GET url=/?q=\\x22a\\x22 status=200 bytes=612"#,
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET /x\" 200 1 \"-\" \"y HTTP/1.1" 404 612 "-" "x""#,
        r#"GET read failure on=url target=/x\\\" 200 1 \\\"-\\\" \\\"y ip=203.0.113.9 agent=x method=GET url=/x\\\" 200 1 \\\"-\\\" \\\"y status=404 bytes=612"#,
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "PROPFIND / HTTP/1.1" 405 612 "-" "x""#,
        "PROPFIND other failure on=url target=/ ip=203.0.113.9 agent=x method=PROPFIND url=/ status=405 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x" "shop.example" 12"#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x" 0.005 0.004 "10.0.0.7:8080" "HIT""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612 ms=5",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x" request_time=0.012 upstream_response_time=0.010"#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612 ms=12",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00.123 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [2026-01-15T11:30:00+00:00] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-""#,
        "GET read success on=url target=/ ip=203.0.113.9 method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"[15/Jan/2026:11:30:00 +0000] 203.0.113.9 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 "GET / HTTP/1.1" 2326"#,
        "GET read unknown on=url target=/ ip=203.0.113.9 method=GET url=/ bytes=2326",
    ),
    (
        r#"203.0.113.9 - a [15/Jan/2026:11:30:00 +0000] x [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 401 612 "-" "x""#,
        "GET read denied who=a [15/Jan/2026:11:30:00 +0000] x on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=401 bytes=612",
    ),
    (
        r#"203.0.113.9 10.0.0.1 - - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612",
    ),
    (
        r#"203.0.113.9 shop.example - [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612 "-" "x""#,
        "GET read success on=url target=/ ip=203.0.113.9 agent=x method=GET url=/ status=200 bytes=612 host=shop.example",
    ),
    (
        r#"client.example.com - Alice Smith [15/Jan/2026:11:30:00 +0000] "GET / HTTP/1.1" 200 612"#,
        "GET read success who=Alice Smith on=url target=/ from=client.example.com method=GET url=/ status=200 bytes=612",
    ),
];
