//! Access logs as JSON: the same few facts under the names that servers, proxies, frameworks and their users give them.

use super::{guess, is_method, meaning, path_of, request_parts};
use crate::address;
use crate::event::{Cell, Field, Outcome, Tag};
use crate::parse::line::{ipv4_len, split_once};
use crate::parse::wrap::moment;
use crate::source::{Fields, Row, keep, keep_list, time};
use crate::text::{find_byte, number};
use crate::time::Millis;
use crate::time::format::Format;
use crate::value::{Kind, Val};
use std::net::IpAddr;

/// Declares what is kept, in this order of cells, each under the paths where it may stand, of which the first that has it counts.
macro_rules! names {
    ($($what:ident $alias:literal: $($path:literal)+;)+) => {
        #[derive(Clone, Copy)]
        #[repr(u8)]
        enum What { $($what),+ }

        pub(in super::super) static ALIASES: &[(&str, &[&str])] = &[$(($alias, &[$($path),+])),+];
        pub(in super::super) static ROWS: &[Row] = &[
            time("start_time"),
            time("StartUTC"),
            time("time_iso8601"),
            time("@timestamp"),
            time("timestamp"),
            time("time"),
            time("ts"),
            $($(kept($path, What::$what)),+),+
        ];
    };
}

/// The names of clients may be lists of them: a header that came several times is one.
const fn kept(path: &'static str, what: What) -> Row {
    match what {
        What::Address | What::Forwarded | What::Header | What::Hops => keep_list(path, what as u8),
        _ => keep(path, what as u8),
    }
}

/// In which objects servers put a request's headers.
const HEADERS: [&str; 8] = [
    "headers",
    "request.headers",
    "request_headers",
    "requestHeaders",
    "req_headers",
    "reqHeaders",
    "req.headers",
    "http.request.headers",
];

/// Shorter names are as they are: HAProxy tells `tr`, `Tr` and `TR` apart.
const SHORTEST_SPELLED: usize = 3;

/// Under which paths a value may stand that is stated under `path`. A name in small letters may be written as `remote-addr`, `remoteAddr`, `RemoteAddr` and
/// `REMOTE_ADDR`; one of a header as servers write headers, in any object that they put them in. A name that is stated by itself is no other spelling of one.
pub(super) fn spellings(path: &'static str) -> Vec<String> {
    if let Some(header) = path.strip_prefix("headers.") {
        return of_header(header);
    }
    let is_small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let mut found = vec![path.to_owned()];
    if path.len() < SHORTEST_SPELLED || !path.bytes().all(is_small) {
        return found;
    }
    let pascal: String = path.split('_').map(capital).collect();
    let first = path.find('_').unwrap_or(path.len());
    let camel = |pascal: &str| {
        let (head, tail) = pascal.split_at_checked(first).unwrap_or_default();
        [head.to_ascii_lowercase().as_str(), tail].concat()
    };
    let mut others =
        vec![path.replace('_', "-"), camel(&pascal), path.to_ascii_uppercase(), pascal.clone()];
    // `requestID`, `ClientIP`
    let last = path.rsplit('_').next().unwrap_or_default();
    if matches!(last, "ip" | "id" | "uri" | "url") {
        let head = pascal.strip_suffix(capital(last).as_str()).unwrap_or_default();
        let initials = [head, last.to_ascii_uppercase().as_str()].concat();
        others.extend([camel(&initials), initials]);
    }
    for other in others {
        if !found.contains(&other) && !is_stated(&other) {
            found.push(other);
        }
    }
    found
}

/// True if a name is stated by itself.
fn is_stated(name: &str) -> bool {
    let (place, bit) = place_of(name.as_bytes());
    STATED.get(place).is_some_and(|bits| bits & bit != 0) && ROWS.iter().any(|row| row.path == name)
}

/// Names that are stated, each as a bit, which others may set too: to compare with each of them would take a fortieth of the start.
static STATED: [u64; STATED_WORDS] = stated();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which refuses what goes wrong"
)]
const fn stated() -> [u64; STATED_WORDS] {
    let mut stated = [0; STATED_WORDS];
    let mut at = 0;
    while at < ROWS.len() {
        let (place, bit) = place_of(ROWS[at].path.as_bytes());
        stated[place] |= bit;
        at += 1;
    }
    stated
}

const STATED_WORDS: usize = 64;

/// Word and bit of a name.
const fn place_of(name: &[u8]) -> (usize, u64) {
    let (mut hash, mut rest) = (0u32, name);
    while let [first, others @ ..] = rest {
        hash = (hash ^ *first as u32).wrapping_mul(0x9e37_79b1).rotate_right(15);
        rest = others;
    }
    (hash as usize % STATED_WORDS, 1u64.wrapping_shl(hash.wrapping_shr(26)))
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at_checked(1).unwrap_or_default();
    [first.to_ascii_uppercase().as_str(), rest].concat()
}

/// `headers.x-real-ip`, `request.headers.X-Real-Ip` and so on, where the value may be the first of a list.
#[inline(never)]
fn of_header(header: &str) -> Vec<String> {
    let words: Vec<String> = header.split('_').map(capital).collect();
    let train = words.join("-");
    let mut names = vec![header.replace('_', "-"), train.clone()];
    if header.contains('_') {
        names.push(header.to_owned());
    }
    names.extend(train.strip_suffix("-Ip").map(|head| [head, "-IP"].concat()));
    let mut found = Vec::new();
    for (object, name) in
        HEADERS.iter().flat_map(|object| names.iter().map(move |name| (object, name)))
    {
        found.push([object, ".", name].concat());
        found.push([object, ".", name, "[]"].concat());
    }
    found
}

names! {
    Status "@status": "response_code" "DownstreamStatus" "status_code" "response_status" "http_status" "http_status_code" "'http.response.status_code"
        "'http.status_code" "'response.status" "http.response.status_code" "http.status_code" "response.status" "response.status_code" "response.statusCode"
        "res.statusCode" "res.status" "res.status_code" "httpRequest.status" "elb_status_code" "sc_status" "res_status" "termination_status"
        "nginx.access.response_code" "apache2.access.response_code" "ST" "http.status" "status" "code" "response" "OriginStatus" "response.code"
        "haproxy_http_status" "haproxy_status_code";
    Method "@method": "request_method" "http_method" "HTTPMethod" "req_method" "request_verb" "method" "verb" "'http.request.method" "'http.method"
        "'request.method" "http.request.method" "http.method" "request.method" "req.method" "httpRequest.requestMethod" "cs_method" "nginx.access.method"
        "apache2.access.method" "HM" ":method" "haproxy_http_method";
    Request "@request": "request" "request_line" "http_request" "req";
    Address "@client": "downstream_direct_remote_address" "downstream_remote_address" "client_addr" "remote_addr" "remote_address" "remote_ip" "remote" "peer"
        "peer_address" "client_address" "client_ip" "clientip" "client" "source_ip" "src_ip" "srcip" "c_ip" "ip" "'source.ip" "'source.address" "'client.ip"
        "'client.address" "'network.client.ip" "source.ip" "source.address" "client.ip" "client.address" "request.remote_ip" "request.remote_addr"
        "req.remoteAddress" "req.ip" "httpRequest.remoteIp" "identity.sourceIp" "nginx.access.remote_ip" "apache2.access.remote_ip" "haproxy.client_ip" "ci"
        "remote_host" "client_host" "haproxy_client_ip" "downstream_remote_address_without_port" "downstream_direct_remote_address_without_port"
        "network.client.ip" "src" "ClientHost";
    Named "@named": "host";
    Peer "@peer": "proxy_protocol_addr";
    Forwarded "@forwarded": "x_forwarded_for" "http_x_forwarded_for" "x_forward_for" "X-Forwarded-For" "xff" "forwarded_for" "http_x_original_forwarded_for"
        "x_original_forwarded_for" "request_X-Forwarded-For" "proxy_add_x_forwarded_for" "forwarded" "http_forwarded" "request.x_forwarded_for"
        "headers.x_forwarded_for";
    Real "@real": "ClientHost" "request.client_ip" "x_real_ip" "http_x_real_ip" "X-Real-IP" "real_ip" "realip" "the_real_ip" "true_client_ip"
        "http_true_client_ip" "cf_connecting_ip" "http_cf_connecting_ip" "http_x_client_ip" "x_client_ip" "http_x_cluster_client_ip" "http_fastly_client_ip"
        "client_ip" "clientip" "client";
    Header "@header": "request_X-Real-Ip" "request_True-Client-Ip" "request_Cf-Connecting-Ip" "request_X-Client-Ip" "headers.x_real_ip"
        "headers.true_client_ip" "headers.cf_connecting_ip" "headers.x_client_ip";
    Hops "@hops": "nginx.access.remote_ip_list" "apache2.access.remote_ip_list";
    Port "@port": "client_port" "remote_port" "'client.port" "'source.port" "client.port" "source.port" "request.remote_port" "req.remotePort" "cp"
        "haproxy_client_port";
    Url "@url": "x_envoy_original_path" "x_envoy_origin_path" "request_uri" "request_url" "http_uri" "http_url" "uri" "url" "'url.original" "'url.full"
        "'http.url" "'http.target" "url.original" "url.full" "http.url" "http.target" "request.uri" "request.url" "req.url" "httpRequest.requestUrl"
        "request_path" "http_path" "resource_path" "path" ":path" "'url.path" "url.path" "request.path" "http_target" "target" "endpoint" "cs_uri_stem"
        "nginx.access.url" "apache2.access.url" "http.uri" "HU" "HP" "original_path" "http.path" "haproxy_http_uri" "http.url_details.path";
    Query "@query": "request_query" "query_string" "query" "args" "http_query" "'url.query" "url.query" "request.query" "cs_uri_query" "HQ" "http.query";
    User "@user": "ClientUsername" "remote_user" "auth_user" "username" "user_name" "user" "'user.name" "user.name" "user_id" "cs_username" "req.user"
        "identity.user" "nginx.access.user_name" "apache2.access.user_name";
    Ident "@ident": "ident";
    Auth "@auth": "auth";
    OwnTime "@own_time": "time_local" "StartLocal" "accept_date" "request_date" "http_time" "haproxy.accept_date" "haproxy.request_date" "tr"
        "nginx.access.time" "apache2.access.time";
    Time "@time": "time_local" "time" "date" "timestamp" "ts" "datetime" "date_time" "requestTime" "request_timestamp" "start_time" "StartLocal" "started_at"
        "request_time_epoch" "msec" "time_msec" "asctime" "accept_date" "time_iso8601" "@timestamp" "StartUTC" "event_time";
    Nanoseconds "@ns": "Duration" "duration_ns" "'event.duration" "event.duration";
    Seconds "@seconds": "request_time" "request_duration" "duration_seconds" "duration_s" "elapsed_seconds" "requestTime" "request_processing_time";
    Millis "@ms": "duration_ms" "elapsed_ms" "latency_ms" "response_time_ms" "response_time" "responsetime" "latencies.request" "duration" "latency" "elapsed"
        "response_latency" "time_taken" "time_total" "httpRequest.latency";
    Agent "@agent": "user_agent" "http_user_agent" "request_User-Agent" "User-Agent" "useragent" "http_user-agent" "agent" "ua" "'user_agent.original"
        "'http.user_agent" "'http.request.headers.user-agent" "user_agent.original" "http.user_agent" "http.useragent" "httpRequest.userAgent"
        "identity.userAgent" "nginx.access.agent" "nginx.access.user_agent.original" "apache2.access.agent" "apache2.access.user_agent.original"
        "request.user_agent" "headers.user_agent";
    Bytes "@bytes": "body_bytes_sent" "bytes_sent" "DownstreamContentSize" "response_size" "response_length" "resp_size" "response_bytes" "content_length"
        "size" "bytes" "'http.response.body.bytes" "'http.response.bytes" "http.response.body.bytes" "http.response.bytes" "response.size"
        "httpRequest.responseSize" "sent_bytes" "bytes_out" "sc_bytes" "nginx.access.body_sent.bytes" "apache2.access.body_sent.bytes" "B";
    BytesRead "@bytes_read": "bytes_read";
    Host "@host": "authority" ":authority" "RequestHost" "http_host" "vhost" "virtual_host" "request.host" "req.hostname" "'url.domain" "url.domain"
        "host_header" "domain_name" "domain" "hostname" "host" "request.authority" "headers.host";
    Server "@server": "server_name";
    Backend "@backend": "backend_name" "haproxy_backend_name" "backend";
    Service "@service": "service_name" "upstream_cluster" "service" "'service.name" "service.name" "proxy_upstream_name" "frontend_name"
        "haproxy_frontend_name" "haproxy_backend_name" "backend_name" "haproxy.frontend" "ft" "api_id" "elb";
    RequestId "@id": "request_id" "req_id" "x_request_id" "X-Request-ID" "http_x_request_id" "'http.request.id" "http.request.id" "request.id" "req.id"
        "request_X-Request-Id" "headers.x_request_id";
    Grpc "@grpc": "grpc_status_number" "grpc_status" "grpc_status_code" "'grpc.code" "'grpc.status" "'rpc.grpc.status_code" "grpc.code" "grpc.status"
        "rpc.grpc.status_code" "grpc_code" "upstream_http_grpc_status" "upstream_trailer_grpc_status" "sent_http_grpc_status" "sent_trailer_grpc_status"
        "grpc_response_status" "resp_grpc_status" "response_grpc_status" "trailer_grpc_status" "RESP(grpc-status)" "grpc_status_name";
}

pub(super) static KEYS: &[&[&str]] = &[
    &["@status", "@method", "@client"],
    &["@status", "@method", "@named"],
    &["@status", "@method", "@time"],
    &["@status", "@request", "@client"],
    &["@status", "@request", "@named"],
    &["@status", "@request", "@time"],
    &["@grpc", "@method", "@client"],
    &["@grpc", "@url", "@client", "@time"],
    &["request", "response", "@client"],
    &["request", "response", "@named"],
    &["req", "res"],
    &["http", "url"],
    &["http", "@client"],
    &["http", "network"],
    &["haproxy", "http"],
    &["nginx"],
    &["apache2"],
    &["@status", "@url", "@client", "@bytes"],
    &["@status", "@url", "@named", "@bytes"],
    &["@status", "@url", "@client", "@agent"],
    &["@status", "@url", "@named", "@agent"],
    &["httpRequest"],
];

/// Methods of HTTP and of what is built on it.
const HTTP: &[&[u8]] = &[
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"PURGE",
    b"QUERY",
];

/// Longer methods are none.
const LONGEST_METHOD: usize = 16;
/// Longer URLs stay without the query that stands apart.
const LONGEST_URL: usize = 1024;

fn cell(what: What) -> Cell {
    Cell::kept(what as u8)
}

fn said<'f>(fields: &'f Fields<'_>, what: What) -> &'f [u8] {
    match fields.kept(what as u8) {
        b"-" => b"",
        text => text,
    }
}

/// An address, or a list of them, which may be an array.
fn hops<'f>(fields: &'f Fields<'_>, what: What) -> &'f [u8] {
    match said(fields, what) {
        // Text has no quotes without a backslash.
        [b'[', list @ .., b']'] if list.trim_ascii_start().starts_with(b"\"") => list,
        text => text,
    }
}

/// For whom a proxy asked: the list that it adds to, or the client that it names by itself, or in a header where the server took that for nobody's word. An empty
/// list tells nothing.
fn forwarded<'f>(fields: &'f Fields<'_>) -> &'f [u8] {
    let list = hops(fields, What::Forwarded);
    if !matches!(list, b"" | b"unknown" | b"[]") {
        return list;
    }
    let (real, header) = (hops(fields, What::Real), hops(fields, What::Header));
    let is_own = || fields.proxies.client(real).is_none_or(|hop| fields.proxies.has(hop.ip));
    if !header.is_empty() && is_own() { header } else { real }
}

/// Where the client's address stands. Under `host` it does where nothing else names a client: beside a proxy's list that is the host which was asked for, and the
/// client's own word.
fn client(fields: &Fields<'_>) -> What {
    let is_told = |what| !said(fields, what).is_empty();
    if is_told(What::Address) || is_told(What::Peer) || !forwarded(fields).is_empty() {
        What::Address
    } else {
        What::Named
    }
}

/// True if it is a request as servers log it: a status of HTTP, a method of HTTP, and where it went or whence it came.
pub(super) fn is_request(fields: &Fields<'_>) -> bool {
    let has_status = number(said(fields, What::Status))
        .is_some_and(|status| matches!(status, 0 | 100..=599))
        || grpc(said(fields, What::Grpc)).is_some();
    let line = request_parts(said(fields, What::Request));
    let told = match said(fields, What::Method) {
        b"" => line.map(|(method, _)| method).unwrap_or_default(),
        method => method,
    };
    let is_from = || {
        [hops(fields, client(fields)), forwarded(fields)]
            .iter()
            .any(|list| fields.proxies.client(list).is_some())
    };
    let has_place = || !said(fields, What::Url).is_empty() || line.is_some() || is_from();
    let is_http = HTTP.iter().any(|method| method.eq_ignore_ascii_case(told));
    // Probes in other protocols, and requests that were cut off, are logged as they came.
    let is_odd = || {
        line.is_none_or(|(method, _)| method == told)
            && matches!(number(said(fields, What::Status)), Some(0 | 400..=599))
            && is_from()
    };
    let is_odd = || {
        is_told_without_method(fields)
            || matches!(said(fields, What::Url), [] | [b'/', ..]) && is_odd()
    };
    has_status
        && if is_http { has_place() } else { said(fields, What::Method).is_empty() && is_odd() }
}

/// True if a path was asked for by an address, and answered with bytes or to an agent: some formats leave the method out.
fn is_told_without_method(fields: &Fields<'_>) -> bool {
    let is_said = |what| !said(fields, what).is_empty();
    said(fields, What::Request).is_empty()
        && said(fields, What::Url).starts_with(b"/")
        && fields.proxies.client(hops(fields, client(fields))).is_some()
        && (is_said(What::Bytes) || is_said(What::Agent))
}

/// Function for values that rows cannot express.
pub(super) fn finish(fields: &mut Fields<'_>) {
    // What shippers add is when they read the record.
    let told = |what| {
        let text = said(fields, what);
        time_of(text).map(|time| (time, false)).or_else(|| Some((local_time(text)?, true)))
    };
    let own = told(What::OwnTime);
    let time = own.or_else(|| if fields.event.time_ms.is_none() { told(What::Time) } else { None });
    if let Some((time, is_local)) = time {
        fields.event.time_ms = Some(time);
        fields.event.is_local_time = is_local;
        fields.event.set(Field::Time, Val::Time(time));
    }
    origin(fields);
    for (field, what) in [
        (Field::ActorName, What::User),
        (Field::OriginUserAgent, What::Agent),
        (Field::EnvService, What::Service),
    ] {
        fill(fields, field, what);
    }
    // Logstash's patterns of Apache's lines.
    if fields.has(cell(What::Ident)) {
        fill(fields, Field::ActorName, What::Auth);
    }
    fields
        .fill_part(Field::RequestId, cell(What::RequestId), |id| Some(id).filter(|id| *id != b"-"));
    request(fields);
    let status = number(said(fields, What::Status));
    for (field, number) in [
        (Field::RequestStatus, status),
        (Field::RequestBytes, bytes(fields)),
        (Field::RequestLatency, latency(fields)),
    ] {
        if let Some(number) = number {
            fields.event.set(field, Val::Int(number));
        }
    }
    let mut method = [0u8; LONGEST_METHOD];
    let method = capitals(fields.text(Field::RequestMethod), &mut method);
    let has_user = fields.has(Field::ActorName);
    meaning(fields.event, method, status, has_user);
    let refused = grpc_outcome(fields).or(status);
    if fields.event.outcome == Some(Outcome::Denied) && !has_user {
        let mut place = [0u8; LONGEST_PATH];
        let path = fields.text(Field::RequestPath);
        let len = path.len().min(LONGEST_PATH);
        if let (Some(place), Some(path)) = (place.get_mut(..len), path.get(..len)) {
            place.copy_from_slice(path);
        }
        guess(fields.event, method, refused, place.get(..len).unwrap_or_default());
    }
}

/// The size of the response. What HAProxy read is what a server answered; what Caddy, which names no server, read is the request's body.
fn bytes(fields: &Fields<'_>) -> Option<i64> {
    let names_server = || {
        [What::Server, What::Backend, What::Service]
            .iter()
            .any(|what| !said(fields, *what).is_empty())
    };
    number(said(fields, What::Bytes))
        .or_else(|| number(said(fields, What::BytesRead)).filter(|_| names_server()))
}

/// So much of a path is looked at for what is done there.
const LONGEST_PATH: usize = 128;

/// Text, of which a lone dash says that there is none.
fn fill(fields: &mut Fields<'_>, field: Field, what: What) {
    let is_text = fields.has(cell(what))
        && matches!(
            fields.event.tag(cell(what)),
            Tag::Input(Kind::String) | Tag::Arena(Kind::String) | Tag::Bare
        );
    if is_text && !said(fields, what).is_empty() {
        fields.fill(field, what as u8);
    }
}

/// Requested path.
fn request(fields: &mut Fields<'_>) {
    fill(fields, Field::RequestMethod, What::Method);
    fields.fill_part(Field::RequestMethod, cell(What::Request), |request| {
        request_parts(request).map(|(method, _)| method)
    });
    with_query(fields);
    // Some write the whole line under a key of the path's.
    fields.fill_part(Field::RequestUrl, cell(What::Url), |url| {
        let is_line = url.first().is_some_and(u8::is_ascii_uppercase);
        request_parts(url).filter(|_| is_line).map(|(_, url)| url)
    });
    fill(fields, Field::RequestUrl, What::Url);
    fields.fill_part(Field::RequestUrl, cell(What::Request), |request| {
        request_parts(request).map(|(_, url)| url)
    });
    // Where the method stands apart, the request may be the path alone.
    fields.fill_part(Field::RequestUrl, cell(What::Request), path_alone);
    fields.fill_part(Field::RequestPath, Field::RequestUrl, |url| {
        let path = if url.starts_with(b"/") { None } else { host_and_path(url) };
        Some(path_of(path.map_or(url, |(_, path)| path)))
    });
    fields.fill_part(Field::EnvHost, Field::RequestUrl, |url| Some(host_and_path(url)?.0));
    fields.event.fill_from(Field::TargetId, Field::RequestPath.into());
    fields.event.fill_from(Field::ActionName, Field::RequestMethod.into());
    if !fields.has(Field::ActionName)
        && said(fields, What::Method).is_empty()
        && said(fields, What::Request).is_empty()
    {
        fields.event.fill(Field::ActionName, Val::Word("http_request"));
    }
}

fn path_alone(request: &[u8]) -> Option<&[u8]> {
    Some(request).filter(|request| request.starts_with(b"/"))
}

/// `shop.example/a`, as load balancers write it that leave the scheme out.
fn host_and_path(url: &[u8]) -> Option<(&[u8], &[u8])> {
    let (host, path) = url.split_at_checked(find_byte(url, b'/', 0))?;
    let is_host = host.first().is_some_and(u8::is_ascii_alphanumeric)
        && host.contains(&b'.')
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.:_".contains(byte));
    (is_host && !path.is_empty()).then_some((host, path))
}

/// The path and the query that stands apart from it.
fn with_query(fields: &mut Fields<'_>) {
    let (url, query) = (said(fields, What::Url), said(fields, What::Query));
    let url = match url {
        [] => path_alone(said(fields, What::Request)).unwrap_or_default(),
        url => url,
    };
    let query = query.strip_prefix(b"?").unwrap_or(query);
    if url.is_empty() || query.is_empty() || url.contains(&b'?') {
        return;
    }
    let mut token = [b'"'; LONGEST_URL];
    let mark = url.len().saturating_add(1);
    let len = mark.saturating_add(query.len()).saturating_add(2);
    let Some((head, [asked, tail @ ..])) = token
        .get_mut(1..len.saturating_sub(1))
        .and_then(|place| place.split_at_mut_checked(url.len()))
    else {
        return;
    };
    head.copy_from_slice(url);
    *asked = b'?';
    tail.copy_from_slice(query);
    fields.fill_token(Field::RequestUrl, token.get(..len).unwrap_or_default());
}

/// Who asked; what is no address is the name of a host, but where a `host` beside another client is the one asked.
fn origin(fields: &mut Fields<'_>) {
    let who = client(fields);
    let (peer, list) = (hops(fields, who), forwarded(fields));
    // Filebeat's own choice among them is the first, which the client writes.
    let peer = match hops(fields, What::Hops) {
        [] => peer,
        hops => hops,
    };
    // Whom a load balancer names by the PROXY protocol asked it, whatever the lists say that came with the request.
    let is_of_proxy = |hop: address::Hop<'_>| fields.proxies.has(hop.ip);
    let peer = match address::hop(hops(fields, What::Peer)) {
        Some(asked) if address::hop(peer).is_none_or(is_of_proxy) => asked.text,
        _ => peer,
    };
    let len = ipv4_len(peer);
    let is_plain = len == Some(peer.len());
    let is_own = peer == said(fields, who);
    let found = if is_plain && is_own && (list.is_empty() || list == peer) {
        None
    } else {
        fields.proxies.origin(peer, list)
    };
    let own_port = number(said(fields, What::Port));
    let found = found.map(|hop| {
        (hop.ip, number(hop.port).or_else(|| own_port.filter(|_| peer.starts_with(hop.text))))
    });
    match found {
        None if is_plain && is_own => {
            fields.event.fill_from(Field::OriginIp, cell(who));
            fields.event.fill(Field::OriginPort, own_port.map_or(Val::None, Val::Int));
        }
        Some((ip, port)) => put(ip, port, fields),
        None => {
            let name = [who, What::Forwarded, What::Real]
                .into_iter()
                .find(|what| address::is_name(said(fields, *what)));
            let is_asked = said(fields, who) == said(fields, What::Host);
            if let Some(name) =
                name.filter(|name| !address::is_untold(said(fields, *name)) && !is_asked)
            {
                fill(fields, Field::OriginHost, name);
            }
        }
    }
    let is_client = fields.has(Field::OriginIp) && said(fields, What::Host) == said(fields, who);
    if !is_client {
        fill(fields, Field::EnvHost, What::Host);
    }
    // HAProxy calls so the server behind it.
    if !fields.has(cell(What::Backend)) {
        fill(fields, Field::EnvHost, What::Server);
    }
}

/// The address in its one spelling, and its port.
fn put(ip: IpAddr, port: Option<i64>, fields: &mut Fields<'_>) {
    let mut place = address::PLACE;
    let one = address::spell(ip, &mut place);
    let mut token = [b'"'; address::PLACE.len() + 2];
    let len = one.len().saturating_add(2);
    if let Some(place) = token.get_mut(1..len.saturating_sub(1)) {
        place.copy_from_slice(one);
    }
    fields.fill_token(Field::OriginIp, token.get(..len).unwrap_or_default());
    fields
        .event
        .fill(Field::OriginPort, port.filter(|port| *port <= 65_535).map_or(Val::None, Val::Int));
}

/// In capital letters; what is too long is no method.
fn capitals<'p>(method: &[u8], place: &'p mut [u8; LONGEST_METHOD]) -> &'p [u8] {
    let Some(place) = place.get_mut(..method.len()).filter(|_| is_method(method)) else {
        return b"";
    };
    place.copy_from_slice(method);
    place.make_ascii_uppercase();
    place
}

/// Text in one of the forms that servers have, or a count since 1970 in units by its length.
fn time_of(text: &[u8]) -> Option<Millis> {
    let text = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]")).unwrap_or(text);
    if let Some(time) = moment(text) {
        return Some(time);
    }
    let whole = find_byte(text, b'.', 0);
    let per_second = match whole {
        9 | 10 => 1,
        12 | 13 => 1000,
        15 | 16 => 1_000_000,
        18 | 19 => 1_000_000_000,
        _ => 0,
    };
    if per_second > 0
        && text.first().is_some_and(u8::is_ascii_digit)
        && let Some(time) = Format::Count(per_second).read(text)
    {
        return Some(time);
    }
    // Python writes milliseconds behind a comma.
    text.split_at_checked(19)
        .filter(|(_, rest)| rest.first() == Some(&b','))
        .and_then(|(seconds, _)| crate::time::parse(seconds))
}

/// The time of a clock whose zone is not said: HAProxy's `15/Jan/2026:11:30:00.123`, and `2026/01/15 11:30:00`.
fn local_time(text: &[u8]) -> Option<Millis> {
    match text {
        [_, _, b'/', ..] => {
            let (seconds, fraction) = text.split_at_checked(20)?;
            let millis = match fraction {
                [] => 0,
                [b'.', digits @ ..] if digits.len() == 3 => number(digits)?,
                _ => return None,
            };
            let mut whole = *b"00/Jan/0000:00:00:00 +0000";
            whole.get_mut(..20)?.copy_from_slice(seconds);
            Some(crate::time::common_log(&whole)?.saturating_add(millis))
        }
        [_, _, _, _, b'/', _, _, b'/', ..] => {
            let mut whole = [0u8; 23];
            let place = whole.get_mut(..text.len().min(23))?;
            place.copy_from_slice(text.get(..place.len())?);
            for at in [4usize, 7] {
                *place.get_mut(at)? = b'-';
            }
            crate::time::parse(place)
        }
        _ => None,
    }
}

/// Milliseconds: as they are, from nanoseconds, or from seconds with a fraction.
fn latency(fields: &Fields<'_>) -> Option<i64> {
    let nanoseconds = || number(said(fields, What::Nanoseconds)).map(|ns| ns / 1_000_000);
    let seconds = || thousandths(said(fields, What::Seconds));
    nanoseconds().or_else(seconds).or_else(|| millis(said(fields, What::Millis)))
}

/// A whole number is of milliseconds; with a point it is of seconds, unless its unit stands behind it.
fn millis(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let (count, unit) = text.split_at_checked(digits)?;
    match unit.trim_ascii() {
        b"" if count.contains(&b'.') => thousandths(count),
        b"" | b"ms" => number(count.get(..find_byte(count, b'.', 0))?),
        b"s" => thousandths(count),
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" | b"ns" => Some(0),
        // Very small ones, such as `9.2e-05`.
        [b'e' | b'E', b'-', ..] => Some(0),
        _ => None,
    }
}

/// `0.123` as 123.
fn thousandths(text: &[u8]) -> Option<i64> {
    let (whole, fraction) = split_once(text, b".").unwrap_or((text, b""));
    let digits = fraction.iter().take_while(|digit| digit.is_ascii_digit());
    let ms = digits
        .chain(b"000")
        .take(3)
        .fold(0i64, |ms, digit| ms.wrapping_mul(10).wrapping_add(i64::from(digit & 15)));
    Some(number(whole)?.saturating_mul(1000).saturating_add(ms))
}

/// The names of gRPC's status codes, in their order.
const GRPC: [&[u8]; 17] = [
    b"ok",
    b"canceled",
    b"unknown",
    b"invalidargument",
    b"deadlineexceeded",
    b"notfound",
    b"alreadyexists",
    b"permissiondenied",
    b"resourceexhausted",
    b"failedprecondition",
    b"aborted",
    b"outofrange",
    b"unimplemented",
    b"internal",
    b"unavailable",
    b"dataloss",
    b"unauthenticated",
];
const CANCELLED: i64 = 1;
const PERMISSION_DENIED: i64 = 7;
const UNAUTHENTICATED: i64 = 16;

/// The number of a status, by number or by name: `PermissionDenied`, `PERMISSION_DENIED`.
fn grpc(text: &[u8]) -> Option<i64> {
    let is = |name: &[u8]| {
        text.iter()
            .filter(|byte| **byte != b'_')
            .map(u8::to_ascii_lowercase)
            .eq(name.iter().copied())
    };
    // The specification writes it with two `L`, most libraries with one.
    let cancelled = || is(b"cancelled").then_some(CANCELLED);
    let named =
        || GRPC.iter().position(|name| is(name)).and_then(|index| i64::try_from(index).ok());
    let named = || named().or_else(cancelled);
    number(text).filter(|code| *code <= UNAUTHENTICATED).or_else(named)
}

/// gRPC status of a call that HTTP answered with 200; returns the equivalent HTTP status if the call was refused.
fn grpc_outcome(fields: &mut Fields<'_>) -> Option<i64> {
    let code = grpc(said(fields, What::Grpc))?;
    fields.fill_part(Field::OutcomeCode, cell(What::Grpc), |code| code.get(..));
    if code == 0 || !matches!(fields.event.outcome, Some(Outcome::Success | Outcome::Unknown)) {
        return None;
    }
    let (outcome, status) = match code {
        UNAUTHENTICATED => (Outcome::Denied, Some(401)),
        PERMISSION_DENIED => (Outcome::Denied, Some(403)),
        _ => (Outcome::Failure, None),
    };
    fields.event.set_outcome(outcome);
    // A call that comes with a name and is not believed is a failed attempt of it.
    fields.event.credential_failure = status == Some(401) && fields.has(Field::ActorName);
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_ranks_of_their_own() {
        for cell in ROWS.iter().map(|row| row.cell) {
            assert!(ROWS.iter().filter(|row| row.cell == cell).count() < 250, "{cell:?}");
        }
    }

    #[test]
    fn statuses_of_grpc() {
        for (text, code) in [
            ("16", Some(16)),
            ("Unauthenticated", Some(16)),
            ("PERMISSION_DENIED", Some(7)),
            ("CANCELLED", Some(1)),
            ("Canceled", Some(1)),
            ("OK", Some(0)),
            ("0", Some(0)),
            ("17", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(grpc(text.as_bytes()), code, "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, ms) in [
            ("12", Some(12)),
            ("0.003", Some(3)),
            ("1.25", Some(1250)),
            ("1.5ms", Some(1)),
            ("2.5s", Some(2500)),
            ("0.1s", Some(100)),
            ("9.2e-05", Some(0)),
            ("120µs", Some(0)),
            ("fast", None),
            ("", None),
        ] {
            assert_eq!(millis(text.as_bytes()), ms, "{text}");
        }
    }

    #[test]
    fn times() {
        for text in [
            "1768476600",
            "1768476600.5",
            "1768476600000",
            "1768476600000000",
            "[15/Jan/2026:11:30:00 +0000]",
            "2026-01-15 11:30:00,500",
        ] {
            assert_eq!(
                time_of(text.as_bytes()).map(|time| time / 1000),
                Some(1_768_476_600),
                "{text}"
            );
        }
        assert_eq!((time_of(b"soon"), time_of(b""), time_of(b"12")), (None, None, None));
    }
}
