//! Access logs as JSON under the names of many servers, and records that only look like them.

use crate::policy::Policy;
use crate::raw::Raw;
use crate::source::testing;
use crate::write::Output;
use crate::{Engine, Secret};

#[test]
fn names_of_many_servers() {
    for (record, row) in RECORDS {
        assert_eq!(testing::said(record), format!("http.access {row}"), "{record}");
        assert_eq!(testing::time(record).map(|time| time / 1000), Some(1_768_476_600), "{record}");
    }
}

/// Lists of hops, addresses with ports and what is none.
#[test]
fn clients_by_other_names_and_forms() {
    for (client, origin) in [
        (
            r#""remote_addr":"10.0.0.5","http_x_forwarded_for":["198.51.100.1","203.0.113.9"]"#,
            "ip=203.0.113.9",
        ),
        (
            r#""remote_addr":"10.0.0.5","xff":["198.51.100.1, 203.0.113.9","10.0.0.7"]"#,
            "ip=203.0.113.9",
        ),
        (r#""client_ip":["203.0.113.9"]"#, "ip=203.0.113.9"),
        (r#""client_ip":["198.51.100.1","203.0.113.9"]"#, "ip=203.0.113.9"),
        (r#""remote_addr":"10.0.0.5","the_real_ip":"203.0.113.9""#, "ip=203.0.113.9"),
        (r#""remote_addr":"10.0.0.5","proxy_protocol_addr":"203.0.113.9""#, "ip=203.0.113.9"),
        (r#""remote_addr":"10.0.0.5","http_true_client_ip":"203.0.113.9""#, "ip=203.0.113.9"),
        (
            r#""remote_addr":"10.0.0.5","http_x_original_forwarded_for":"198.51.100.1, 203.0.113.9""#,
            "ip=203.0.113.9",
        ),
        (r#""remote_addr":"203.0.113.9","http_true_client_ip":"198.51.100.1""#, "ip=203.0.113.9"),
        (r#""remote_addr":"2001:db8::7:55555""#, "ip=2001:db8::7 port=55555"),
        (
            r#""remote_addr":"10.0.0.5","proxy_protocol_addr":"203.0.113.9","x_forwarded_for":"198.51.100.1""#,
            "ip=203.0.113.9",
        ),
        (r#""remote_addr":"203.0.113.9","proxy_protocol_addr":"198.51.100.1""#, "ip=203.0.113.9"),
        (
            r#""remote_addr":"10.0.0.5","proxy_protocol_addr":"","x_forwarded_for":"198.51.100.1, 203.0.113.9""#,
            "ip=203.0.113.9",
        ),
        (
            r#""remote_addr":"10.0.0.5","x_forwarded_for":"-","x_real_ip":"203.0.113.9""#,
            "ip=203.0.113.9",
        ),
        (
            r#""remote_addr":"10.0.0.5","x_forwarded_for":[],"x_real_ip":"203.0.113.9""#,
            "ip=203.0.113.9",
        ),
        (
            r#""remote_addr":"10.0.0.5","x_forwarded_for":"203.0.113.9","x_real_ip":"198.51.100.1""#,
            "ip=203.0.113.9",
        ),
        (
            r#""remote_ip":"10.0.0.5","headers":{"X-Forwarded-For":["198.51.100.1","203.0.113.9"]}"#,
            "ip=203.0.113.9",
        ),
        (r#""host":"203.0.113.9""#, "ip=203.0.113.9"),
        (r#""remote_addr":"203.000.113.009""#, ""),
        (r#""remote_addr":["x"]"#, ""),
        (r#""remote_addr":"client.example""#, "from=client.example"),
    ] {
        let record = format!(
            r#"{{"time":"2026-01-15T11:30:00Z",{client},"request":"GET /a HTTP/1.1","status":401}}"#
        );
        let row = format!(
            "http.access GET read denied on=url target=/a {origin} method=GET url=/a status=401"
        );
        let row = row.replace("  ", " ");
        assert_eq!(testing::said(&record), row, "{record}");
        // Twice, so that a cached layout would be used.
        assert_eq!(testing::said_behind(&[&record, &record], &record), row, "{record}");
    }
}

/// One record, however its writer spells the names of what it holds.
#[test]
fn a_name_may_be_spelled_in_many_ways() {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        format!("{}{rest}", first.to_uppercase())
    };
    let pascal = |name: &str| name.split('_').map(capital).collect::<String>();
    let camel = |name: &str| {
        let name = pascal(name);
        let (first, rest) = name.split_at(1);
        format!("{}{rest}", first.to_lowercase())
    };
    let initials = |name: &str| match name.rsplit_once('_') {
        Some((head, last @ ("ip" | "id" | "uri" | "url"))) => {
            format!("{}{}", camel(head), last.to_uppercase())
        }
        _ => camel(name),
    };
    let values = [
        ("start_time", "\"2026-01-15T11:30:00Z\""),
        ("request_method", "\"POST\""),
        ("request_uri", "\"/svc.A/Login?x=1\""),
        ("status_code", "200"),
        ("remote_addr", "\"10.0.0.5:4711\""),
        ("x_forwarded_for", "\"198.51.100.1, 203.0.113.9\""),
        ("user_agent", "\"x\""),
        ("remote_user", "\"bob\""),
        ("bytes_sent", "12"),
        ("duration_ms", "3"),
        ("request_id", "\"r1\""),
        ("http_host", "\"shop.example\""),
        ("grpc_status", "\"16\""),
    ];
    let spellings: [&dyn Fn(&str) -> String; 6] = [
        &str::to_owned,
        &|name| name.replace('_', "-"),
        &|name| name.to_uppercase(),
        &pascal,
        &camel,
        &initials,
    ];
    for spelled in spellings {
        let members: Vec<String> =
            values.iter().map(|(name, value)| format!("\"{}\":{value}", spelled(name))).collect();
        let record = format!("{{{}}}", members.join(","));
        assert_eq!(
            testing::said(&record),
            "http.access POST create denied who=bob on=url target=/svc.A/Login ip=203.0.113.9 agent=x method=POST url=/svc.A/Login?x=1 status=200 bytes=12 ms=3 request=r1 code=16 host=shop.example",
            "{record}"
        );
    }
}

/// A request's headers, in whichever object, by whichever spelling, as a text or a list.
#[test]
fn headers_stand_in_objects_of_their_own() {
    for (before, after) in [
        ("\"headers\":{", "}"),
        ("\"request_headers\":{", "}"),
        ("\"requestHeaders\":{", "}"),
        ("\"req_headers\":{", "}"),
        ("\"request\":{\"headers\":{", "}}"),
        ("\"req\":{\"headers\":{", "}}"),
    ] {
        for header in [
            r#""x-forwarded-for":"198.51.100.1, 203.0.113.9","user-agent":"x""#,
            r#""X-Forwarded-For":["198.51.100.1, 203.0.113.9"],"User-Agent":["x"]"#,
            r#""X-Forwarded-For":["198.51.100.1","203.0.113.9"],"User-Agent":["x"]"#,
            r#""x_forwarded_for":"203.0.113.9","user_agent":"x""#,
            r#""X-Real-Ip":["203.0.113.9"],"User-Agent":"x""#,
            r#""X-Real-IP":"203.0.113.9","User-Agent":"x""#,
            r#""Cf-Connecting-Ip":["203.0.113.9"],"User-Agent":"x""#,
            r#""true-client-ip":"203.0.113.9","user-agent":"x""#,
        ] {
            let record = format!(
                r#"{{"time":"2026-01-15T11:30:00Z","remote_addr":"10.0.0.5","method":"GET","uri":"/a","status":401,{before}{header}{after}}}"#
            );
            assert_eq!(
                testing::said(&record),
                "http.access GET read denied on=url target=/a ip=203.0.113.9 agent=x method=GET url=/a status=401",
                "{record}"
            );
        }
    }
}

/// No name is spelled as another is stated, and none is of two cells whose names differ.
#[test]
fn spellings_are_of_one_name() {
    for row in super::json::ROWS.iter().filter(|row| !row.path.starts_with("headers.")) {
        let others: Vec<String> = super::json::spellings(row.path).into_iter().skip(1).collect();
        for other in super::json::ROWS {
            assert!(!others.iter().any(|name| name == other.path), "{} {}", row.path, other.path);
        }
    }
}

/// Beside a list, `host` is what the client asked for: it says so itself.
#[test]
fn the_host_that_was_asked_for_is_no_client() {
    for (host, list) in [
        ("8.8.8.8", "203.0.113.9"),
        ("shop.example", "198.51.100.1, 203.0.113.9"),
        ("203.0.113.200", "8.8.8.8, 203.0.113.9"),
    ] {
        let record = format!(
            r#"{{"time":"2026-01-15T11:30:00Z","host":"{host}","x_forwarded_for":"{list}","method":"POST","uri":"/login","status":401,"size":5}}"#
        );
        assert_eq!(
            testing::said(&record),
            format!(
                "http.access POST create denied on=url target=/login ip=203.0.113.9 method=POST url=/login status=401 bytes=5 host={host}"
            ),
            "{record}"
        );
    }
}

/// Records without a method that only look like requests.
#[test]
fn what_has_no_method_and_is_no_request() {
    for record in [
        r#"{"time":"2026-01-15T11:30:00Z","url":"https://api.example/a","status":500,"client":"203.0.113.9","size":3}"#,
        r#"{"time":"2026-01-15T11:30:00Z","url":"/a","status":200,"client":"billing","size":3}"#,
        r#"{"time":"2026-01-15T11:30:00Z","path":"/a","code":7,"ip":"203.0.113.9","size":3}"#,
        r#"{"nginx":{"error":{"message":"x"}}}"#,
        r#"{"HM":"GET","b":1}"#,
    ] {
        assert!(!testing::said(record).starts_with("http.access"), "{record}");
    }
}

const RECORDS: &[(&str, &str)] = &[
    // The form of nginx that is copied most has no method.
    (
        r#"{"@timestamp":"2026-01-15T11:30:00+00:00","host":"10.9.9.9","clientip":"203.0.113.9","size":612,"responsetime":0.001,"upstreamhost":"-","http_host":"shop.example","url":"/index.html","xff":"-","referer":"-","status":"404"}"#,
        "http_request other failure on=url target=/index.html ip=203.0.113.9 url=/index.html status=404 bytes=612 ms=1 host=shop.example",
    ),
    (
        r#"{"@timestamp":"2026-01-15T11:30:00+00:00","clientip":"10.0.0.5","xff":"198.51.100.1, 203.0.113.9","agent":"x","uri":"/a","status":200}"#,
        "http_request other success on=url target=/a ip=203.0.113.9 agent=x url=/a status=200",
    ),
    // Older Filebeat
    (
        r#"{"nginx":{"access":{"remote_ip":"203.0.113.9","user_name":"bob","time":"15/Jan/2026:11:30:00 +0000","method":"GET","url":"/a","response_code":"401","body_sent":{"bytes":"12"},"agent":"x"}}}"#,
        "GET read denied who=bob on=url target=/a ip=203.0.113.9 agent=x method=GET url=/a status=401 bytes=12",
    ),
    (
        r#"{"apache2":{"access":{"remote_ip":"198.51.100.1","remote_ip_list":["198.51.100.1","203.0.113.9","10.0.0.7"],"time":"15/Jan/2026:11:30:00 +0000","method":"GET","url":"/a","response_code":200}}}"#,
        "GET read success on=url target=/a ip=203.0.113.9 method=GET url=/a status=200",
    ),
    // Envoy, as some name its fields.
    (
        r#"{"StartTime":"2026-01-15T11:30:00.000Z","Method":"POST","Path":"/login","ResponseCode":403,"BytesSent":2,"XForwardedFor":"203.0.113.9","UserAgent":"x","RequestId":"r1","Authority":"shop.example","DownstreamRemoteAddress":"10.0.0.5:1234"}"#,
        "POST create denied on=url target=/login ip=203.0.113.9 agent=x method=POST url=/login status=403 bytes=2 request=r1 host=shop.example",
    ),
    // Caddy's wall clock
    (
        r#"{"ts":"2026/01/15 11:30:00","request":{"remote_ip":"203.0.113.9","method":"GET","host":"shop.example","uri":"/a"},"size":1,"status":401}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a status=401 bytes=1 host=shop.example",
    ),
    // HAProxy, by long names, by its own short ones, and nested.
    (
        r#"{"request_date":"15/Jan/2026:11:30:00.123","client_ip":"203.0.113.9","http_method":"GET","http_uri":"/a","status_code":401,"bytes_read":12,"server_name":"s1","backend_name":"be","frontend_name":"fe"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a status=401 bytes=12 service=fe",
    ),
    (
        r#"{"ci":"203.0.113.9","cp":4711,"tr":"15/Jan/2026:11:30:00.123","ft":"fe","b":"be","s":"srv","HM":"POST","HU":"/login","ST":401,"B":212}"#,
        "POST create denied on=url target=/login ip=203.0.113.9 port=4711 method=POST url=/login status=401 bytes=212 service=fe",
    ),
    (
        r#"{"haproxy":{"client_ip":"203.0.113.9","accept_date":"15/Jan/2026:11:30:00.123","frontend":"fe"},"http":{"method":"GET","uri":"/a","status":401}}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a status=401 service=fe",
    ),
    (
        r#"{"http_time":"15/Jan/2026:11:30:00 +0000","remote_addr":"203.0.113.9","request":"GET /a HTTP/1.1","status":"401"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a status=401",
    ),
    // Apache, with path and query apart, and Logstash's patterns of its lines.
    (
        r#"{"time":"2026-01-15T11:30:00","remoteIP":"203.0.113.9","host":"shop.example","request":"/a","query":"?x=1","method":"GET","status":"401","userAgent":"x"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 agent=x method=GET url=/a?x=1 status=401 host=shop.example",
    ),
    (
        r#"{"@timestamp":"2026-01-15T11:30:00Z","clientip":"203.0.113.9","ident":"-","auth":"bob","verb":"GET","request":"/a","response":401,"bytes":1}"#,
        "GET read denied who=bob on=url target=/a ip=203.0.113.9 method=GET url=/a status=401 bytes=1",
    ),
    (
        r#"{"@timestamp":"2026-01-15T11:30:00Z","clientip":"203.0.113.9","auth":"Bearer abc","verb":"GET","request":"/a","response":200,"bytes":1}"#,
        "GET read success on=url target=/a ip=203.0.113.9 method=GET url=/a status=200 bytes=1",
    ),
    // A load balancer that leaves the scheme out.
    (
        r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"shop.example/a?x=1","status":401,"remoteIp":"203.0.113.9"},"timestamp":"2026-01-15T11:30:00Z"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=shop.example/a?x=1 status=401 host=shop.example",
    ),
    // Squid's pack does not take what only has a time like it.
    (
        r#"{"ts":"1768476600.123","ip":"203.0.113.9","verb":"GET","url":"/a","status_code":403,"ua":"x"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 agent=x method=GET url=/a status=403",
    ),
    // nginx
    (
        r#"{"time":"2026-01-15T11:30:00+00:00","remote_addr":"203.0.113.9","remote_user":"","request":"GET /a?b=c HTTP/2.0","status":"200","body_bytes_sent":"12","request_time":"0.250","http_user_agent":"x"}"#,
        "GET read success on=url target=/a ip=203.0.113.9 agent=x method=GET url=/a?b=c status=200 bytes=12 ms=250",
    ),
    (
        r#"{"msec":"1768476600.123","clientip":"203.0.113.9","status":499,"verb":"PUT","uri":"/a","args":"b=c","bytes":0}"#,
        "PUT update failure on=url target=/a ip=203.0.113.9 method=PUT url=/a?b=c status=499 bytes=0",
    ),
    // ingress-nginx
    (
        r#"{"time":"2026-01-15T12:30:00+01:00","remote_addr":"","x_forwarded_for":"203.0.113.9","request_id":"r1","remote_user":"bob","bytes_sent":378,"request_time":1.25,"status":401,"vhost":"shop.example","request_proto":"HTTP/1.1","path":"/login","request_query":"a=1","duration":1.25,"method":"POST","http_user_agent":"x"}"#,
        "POST create denied who=bob on=url target=/login ip=203.0.113.9 agent=x method=POST url=/login?a=1 status=401 bytes=378 ms=1250 request=r1 host=shop.example",
    ),
    // Envoy Gateway
    (
        r#"{":authority":"shop.example","bytes_sent":512,"downstream_remote_address":"10.42.0.1:54321","duration":15,"method":"GET","response_code":403,"start_time":"2026-01-15T11:30:00.000Z","upstream_cluster":"c/0","user-agent":"x","x-envoy-origin-path":"/a?b=c","x-forwarded-for":"198.51.100.1,203.0.113.9","x-request-id":"r1"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 agent=x method=GET url=/a?b=c status=403 bytes=512 ms=15 request=r1 host=shop.example service=c/0",
    ),
    // Traefik
    (
        r#"{"ClientAddr":"10.0.0.5:41424","ClientHost":"198.51.100.1, 203.0.113.9","ClientUsername":"-","DownstreamStatus":200,"Duration":2337877,"RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"/a","StartUTC":"2026-01-15T11:30:00Z"}"#,
        "GET read success on=url target=/a ip=203.0.113.9 method=GET url=/a status=200 ms=2 host=shop.example",
    ),
    // Caddy
    (
        r#"{"level":"info","ts":1768476600.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"203.0.113.9","remote_port":"51234","method":"DELETE","host":"shop.example","uri":"/a","headers":{"User-Agent":["x"]}},"user_id":"alice","duration":0.0019,"size":10,"status":204}"#,
        "DELETE delete success who=alice on=url target=/a ip=203.0.113.9 port=51234 agent=x method=DELETE url=/a status=204 bytes=10 ms=1 host=shop.example",
    ),
    // Caddy counts what it read of the request as well.
    (
        r#"{"level":"info","ts":1768476600.5,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"203.0.113.9","client_ip":"203.0.113.9","proto":"HTTP/2.0","method":"POST","host":"shop.example","uri":"/a","headers":{}},"bytes_read":2048,"user_id":"","duration":0.001,"size":10,"status":200}"#,
        "POST create success on=url target=/a ip=203.0.113.9 method=POST url=/a status=200 bytes=10 ms=1 host=shop.example",
    ),
    (
        r#"{"bytes_read":2048,"duration":0.001,"level":"info","request":{"remote_ip":"203.0.113.9","method":"POST","host":"shop.example","uri":"/a"},"status":200,"ts":1768476600.5}"#,
        "POST create success on=url target=/a ip=203.0.113.9 method=POST url=/a status=200 ms=1 host=shop.example",
    ),
    // Kong
    (
        r#"{"request":{"method":"GET","uri":"/a","size":75,"headers":{"host":"shop.example","user-agent":"x"}},"response":{"status":429,"size":434},"latencies":{"request":9},"client_ip":"203.0.113.9","started_at":1768476600000}"#,
        "GET read failure on=url target=/a ip=203.0.113.9 agent=x method=GET url=/a status=429 bytes=434 ms=9 host=shop.example",
    ),
    // API Gateway
    (
        r#"{"requestId":"r1","ip":"203.0.113.9","requestTime":"15/Jan/2026:11:30:00 +0000","httpMethod":"GET","resourcePath":"/a","status":"200","protocol":"HTTP/1.1","responseLength":"12"}"#,
        "GET read success on=url target=/a ip=203.0.113.9 method=GET url=/a status=200 bytes=12 request=r1",
    ),
    // pino
    (
        r#"{"level":30,"time":1768476600000,"req":{"id":7,"method":"GET","url":"/a","headers":{"host":"shop.example","user-agent":"x"},"remoteAddress":"::ffff:203.0.113.9","remotePort":51234},"res":{"statusCode":200},"responseTime":3,"msg":"request completed"}"#,
        "GET read success on=url target=/a ip=203.0.113.9 port=51234 agent=x method=GET url=/a status=200 ms=3 request=7 host=shop.example",
    ),
    // uvicorn, gunicorn
    (
        r#"{"timestamp":"2026-01-15T11:30:00Z","client_addr":"203.0.113.9:51234","request_line":"GET /a HTTP/1.1","status_code":200}"#,
        "GET read success on=url target=/a ip=203.0.113.9 port=51234 method=GET url=/a status=200",
    ),
    // Flat names with dots, and the same nested.
    (
        r#"{"@timestamp":"2026-01-15T11:30:00Z","client.ip":"203.0.113.9","http.request.method":"GET","http.response.status_code":200,"url.path":"/a"}"#,
        "GET read success on=url target=/a ip=203.0.113.9 method=GET url=/a status=200",
    ),
    (
        r#"{"@timestamp":"2026-01-15T11:30:00Z","client":{"ip":"2001:DB8::0001"},"http":{"request":{"method":"GET"},"response":{"status_code":200}},"url":{"path":"/a"},"host":{"name":"n"}}"#,
        "GET read success on=url target=/a ip=2001:db8::1 method=GET url=/a status=200",
    ),
    // A peer that is no proxy speaks for itself alone.
    (
        r#"{"time_iso8601":"2026-01-15T11:30:00+00:00","remote_addr":"203.0.113.9","request":"GET /a HTTP/1.1","status":200,"http_x_forwarded_for":"198.51.100.1"}"#,
        "GET read success on=url target=/a ip=203.0.113.9 method=GET url=/a status=200",
    ),
    (
        r#"{"time_iso8601":"2026-01-15T11:30:00+00:00","remote_addr":"fe80::1%eth0","request":"GET /a HTTP/1.1","status":"401"}"#,
        "GET read denied on=url target=/a ip=fe80::1 method=GET url=/a status=401",
    ),
    // nginx escapes so what is no text, unless it is told to write JSON.
    (
        r#"{"time_iso8601":"2026-01-15T11:30:00+00:00","remote_addr":"203.0.113.9","request":"GET /a?b=\x22 HTTP/1.1","status":"200","http_user_agent":"\xC3\xA3"}"#,
        r#"GET read success on=url target=/a ip=203.0.113.9 agent=\\xC3\\xA3 method=GET url=/a?b=\\x22 status=200"#,
    ),
    // gRPC answers with 200 whatever comes of it.
    (
        r#"{"start_time":"2026-01-15T11:30:00.000Z","method":"POST","path":"/s.A/L","response_code":200,"grpc_status":"Unauthenticated","downstream_remote_address":"203.0.113.9:51234"}"#,
        "POST create denied on=url target=/s.A/L ip=203.0.113.9 port=51234 method=POST url=/s.A/L status=200 code=Unauthenticated",
    ),
    (
        r#"{"start_time":"2026-01-15T11:30:00.000Z","method":"POST","path":"/s.A/L","response_code":200,"grpc_status_number":7,"downstream_remote_address":"203.0.113.9"}"#,
        "POST create denied on=url target=/s.A/L ip=203.0.113.9 method=POST url=/s.A/L status=200 code=7",
    ),
    (
        r#"{"start_time":"2026-01-15T11:30:00.000Z","method":"POST","path":"/s.A/L","response_code":200,"grpc_status":"UNAVAILABLE","downstream_remote_address":"203.0.113.9"}"#,
        "POST create failure on=url target=/s.A/L ip=203.0.113.9 method=POST url=/s.A/L status=200 code=UNAVAILABLE",
    ),
    (
        r#"{"start_time":"2026-01-15T11:30:00.000Z","method":"POST","path":"/s.A/L","response_code":200,"grpc_status":"OK","downstream_remote_address":"203.0.113.9"}"#,
        "POST create success on=url target=/s.A/L ip=203.0.113.9 method=POST url=/s.A/L status=200 code=OK",
    ),
    (
        r#"{"time":"2026-01-15 11:30:00 +0000","method":"POST","uri":"/s.A/L","status":200,"upstream_trailer_grpc_status":"16","remote_addr":"203.0.113.9"}"#,
        "POST create denied on=url target=/s.A/L ip=203.0.113.9 method=POST url=/s.A/L status=200 code=16",
    ),
    (
        r#"{"time":"2026-01-15 11:30:00 +0000","method":"POST","uri":"/s.A/L","status":200,"sent_http_grpc_status":"5","remote_addr":"203.0.113.9"}"#,
        "POST create failure on=url target=/s.A/L ip=203.0.113.9 method=POST url=/s.A/L status=200 code=5",
    ),
    (
        r#"{"time":"2026-01-15T11:30:00Z","method":"GET","uri":"GET /a?b=1 HTTP/1.1","status":403,"remote_addr":"203.0.113.9"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a?b=1 status=403",
    ),
    // By more names.
    (
        r#"{"StartUTC":"2026-01-15T11:30:00Z","ClientAddr":"10.0.0.5:1","ClientHost":"10.0.0.5","RequestMethod":"GET","RequestPath":"/a","DownstreamStatus":403,"Duration":2000000,"request_X-Real-Ip":"203.0.113.9","request_X-Request-Id":"r1"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a status=403 ms=2 request=r1",
    ),
    (
        r#"{"time":"2026-01-15T11:30:00Z","network":{"client":{"ip":"203.0.113.9"}},"http":{"method":"GET","url":"/a","status_code":401}}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a status=401",
    ),
    (
        r#"{"@timestamp":"2026-01-15T11:30:00Z","request":{"method":"GET","path":"/a?x=1","authority":"shop.example","user_agent":"x","x_forwarded_for":"203.0.113.9","id":"r1"},"response":{"code":403},"bytes_sent":10,"downstream_remote_address":"10.0.0.5:9"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 agent=x method=GET url=/a?x=1 status=403 bytes=10 request=r1 host=shop.example",
    ),
    (
        r#"{"time":"2026-01-15T11:30:00Z",":method":"GET",":path":"/a",":authority":"shop.example","response_code":403,"downstream_remote_address_without_port":"203.0.113.9"}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a status=403 host=shop.example",
    ),
    (
        r#"{"timestamp":1768476600,"haproxy_client_ip":"203.0.113.9","haproxy_http_method":"GET","haproxy_http_uri":"/a","haproxy_http_status":403}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a status=403",
    ),
    (
        r#"{"time":"2026-01-15T11:30:00Z","src":"203.0.113.9","method":"GET","path":"/a","query":"x=1","status":403}"#,
        "GET read denied on=url target=/a ip=203.0.113.9 method=GET url=/a?x=1 status=403",
    ),
    // No list and no bracket is the name of a host.
    (
        r#"{"time":"2026-01-15T11:30:00+00:00","remote_addr":"a.example, b.example","request":"GET /a HTTP/1.1","status":200}"#,
        "GET read success on=url target=/a method=GET url=/a status=200",
    ),
];

#[test]
fn records_of_applications_are_no_requests() {
    for record in [
        r#"{"time":"2026-01-15T11:30:00Z","status":200,"method":"card","client":"203.0.113.9"}"#,
        r#"{"time":"2026-01-15T11:30:00Z","status":"GET","method":"GET","path":"/a"}"#,
        r#"{"time":"2026-01-15T11:30:00Z","status":7,"method":"GET","path":"/a"}"#,
        r#"{"time":"2026-01-15T11:30:00Z","status":"active","method":"POST","path":"/a"}"#,
        r#"{"time":"2026-01-15T11:30:00Z","status":200,"method":"POST","msg":"captured"}"#,
        r#"{"time":"2026-01-15T11:30:00Z","code":200,"request":"refund","client":"shop"}"#,
        r#"{"http":{"status":1},"url":"x"}"#,
        r#"{"httpRequest":{}}"#,
    ] {
        assert!(!testing::said(record).starts_with("http.access"), "{record}");
    }
}

/// Records of one shape, read one after the other, mean what each means alone.
#[test]
fn one_shape_or_another() {
    let request = r#"{"time":"2026-01-15T11:30:00Z","status":200,"method":"GET","path":"/a","client":"203.0.113.9"}"#;
    let other = r#"{"time":"2026-01-15T11:30:00Z","status":200,"method":"pay","path":"/a","client":"203.0.113.9"}"#;
    for (before, record) in [(request, other), (other, request)] {
        assert_eq!(
            testing::said_behind(&[before, before, record], record),
            testing::said(record),
            "{record}"
        );
    }
    let (object, text) = (request.replace("\"203.0.113.9\"", "{\"ip\":\"198.51.100.1\"}"), request);
    assert_eq!(testing::said_behind(&[text, text], &object), testing::said(&object));
    assert_eq!(testing::said_behind(&[&object, &object], text), testing::said(text));
}

/// How many findings the records give.
fn found(records: impl Iterator<Item = String>) -> usize {
    let mut engine = Engine::new(Policy::default(), Secret::default());
    let mut out = Output::default();
    records
        .filter(|record| {
            engine.process(
                Raw {
                    bytes: record.as_bytes(),
                    time: 1_768_478_000_000,
                    now: 1_768_478_000_000,
                    ..Raw::default()
                },
                &mut out,
            );
            engine.findings.worst.is_some()
        })
        .count()
}

fn posted(second: usize, method: &str, path: &str, status: u32) -> String {
    format!(
        "203.0.113.66 - - [15/Jan/2026:11:30:{second:02} +0000] \"{method} {path} HTTP/1.1\" {status} 41 \"-\" \"x\""
    )
}

#[test]
fn guesses_without_a_name_are_found_by_origin() {
    for (path, status) in
        [("/api/login", 401), ("/v1/orders", 401), ("/wp-login.php", 403), ("/oauth/token", 401)]
    {
        assert_eq!(
            found((0..5).map(|second| posted(second, "POST", path, status))),
            1,
            "{path} {status}"
        );
        assert_eq!(
            found((0..4).map(|second| posted(second, "POST", path, status))),
            0,
            "{path} {status}"
        );
    }
}

#[test]
fn who_is_asked_for_a_name_first_stays_quiet() {
    for (method, path, status) in [
        ("GET", "/repo/info/refs", 401),
        ("PROPFIND", "/dav", 401),
        ("POST", "/comments", 403),
        ("HEAD", "/v2/", 401),
    ] {
        assert_eq!(
            found((0..20).map(|second| posted(second, method, path, status))),
            0,
            "{method} {path} {status}"
        );
    }
    let asks_first = (0..20)
        .map(|second| posted(second, "POST", "/soap", if second % 2 == 0 { 401 } else { 200 }));
    assert_eq!(found(asks_first), 0);
}

#[test]
fn trusted_proxies_of_the_policy() {
    let record = r#"{"time":"2026-01-15T11:30:00+00:00","remote_addr":"198.51.100.7","request":"GET /a HTTP/1.1","status":200,"http_x_forwarded_for":"192.0.2.1, 203.0.113.9, 198.51.100.8"}"#;
    for (policy, ip) in [
        ("", "198.51.100.7"),
        ("[input]\ntrusted_proxies = [\"198.51.100.0/24\"]\n", "203.0.113.9"),
        ("[input]\ntrusted_proxies = \"198.51.100.7\"\n", "198.51.100.8"),
    ] {
        let mut engine = Engine::new(Policy::parse(policy).unwrap(), Secret::default());
        engine.process(Raw { bytes: record.as_bytes(), ..Raw::default() }, &mut Output::default());
        assert_eq!(
            String::from_utf8_lossy(
                engine.event.text(record.as_bytes(), crate::event::Field::OriginIp)
            ),
            ip,
            "{policy}"
        );
    }
    assert!(Policy::parse("[input]\ntrusted_proxies = [\"proxy.example\"]\n").is_err());
    assert!(Policy::parse("[input]\ntrusted_proxies = [\"10.0.0.0/33\"]\n").is_err());
}
