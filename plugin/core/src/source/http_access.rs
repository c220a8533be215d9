//! HTTP access logs: common and combined, as nginx, Apache, Traefik and ingress-nginx write them, Envoy, ALB, W3C extended (IIS, CloudFront); and JSON of Envoy, Traefik and nginx.

mod clf;
mod combined;
mod envoy;
#[cfg(test)]
mod line_tests;
mod load_balancer;
mod w3c;

use super::{Fields, Row, Source, keep, row, time};
use crate::event::{Category, Cell, Class, Event, Outcome, Slot};
pub use w3c::forms;

use crate::parse::line::{Line, ipv4_len, is_address, number, word};
use crate::parse::text::{begins, behind, ends, find_byte, rfind_byte};
use crate::parse::wrap::moment;
use crate::value::Val;

pub static SOURCE: Source = Source {
    id: "http.access",
    summary: "HTTP access logs: common and combined (nginx, Apache, Traefik, ingress-nginx), Envoy, AWS ALB, W3C extended (IIS, CloudFront), and JSON",
    doc: "The Common Log Format and its kin (<https://httpd.apache.org/docs/current/logs.html>, <https://nginx.org/en/docs/http/ngx_http_log_module.html>) with a \
          virtual host before and any fields behind them; Apache's `ssl_request_log`; Envoy's default format and Istio's; AWS ALB; W3C extended, by its `#Fields:` line, or by IIS's order where that was \
          not seen. JSON by the field names of Envoy, Traefik, nginx and the parsers of Fluent Bit and Vector. 401, 403, 407 and 451 are `denied`, what else is 400 or above `failure`. \
          Of several client addresses the first that is not private counts: a client can claim any.",
    keys: &[
        &["start_time", "response_code", "method"],
        &["RequestMethod", "DownstreamStatus"],
        &["remote_addr", "status", "request"],
        &["remote_addr", "status", "request_method"],
        &["method", "path", "code"],
        &["client", "request", "status", "timestamp"],
        &["host", "method", "path", "protocol", "status", "timestamp"],
    ],
    rows: ROWS,
    finish,
    text: Some(text),
};

const ADDRESS: u8 = 0;
const FORWARDED: u8 = 1;
const URL: u8 = 2;
const REQUEST: u8 = 3;
const USER: u8 = 4;
const LOCAL_TIME: u8 = 5;
const NANOSECONDS: u8 = 6;
const SECONDS: u8 = 7;
const AGENT: u8 = 8;

static ROWS: &[Row] = &[
    time("start_time"),
    time("StartUTC"),
    time("time_iso8601"),
    time("@timestamp"),
    time("time"),
    keep("time_local", LOCAL_TIME),
    keep("time", LOCAL_TIME),
    keep("date", LOCAL_TIME),
    keep("timestamp", LOCAL_TIME),
    keep("x_forwarded_for", FORWARDED),
    keep("http_x_forwarded_for", FORWARDED),
    keep("downstream_remote_address", ADDRESS),
    keep("ClientHost", ADDRESS),
    keep("ClientAddr", ADDRESS),
    keep("remote_addr", ADDRESS),
    keep("remote", ADDRESS),
    keep("client", ADDRESS),
    keep("host", ADDRESS),
    keep("ClientUsername", USER),
    keep("remote_user", USER),
    keep("user", USER),
    keep("request", REQUEST),
    row("method", Slot::RequestMethod),
    row("RequestMethod", Slot::RequestMethod),
    row("request_method", Slot::RequestMethod),
    keep("path", URL),
    keep("RequestPath", URL),
    keep("request_uri", URL),
    keep("uri", URL),
    row("response_code", Slot::RequestStatus),
    row("DownstreamStatus", Slot::RequestStatus),
    row("status", Slot::RequestStatus),
    row("code", Slot::RequestStatus),
    row("bytes_sent", Slot::RequestBytes),
    row("DownstreamContentSize", Slot::RequestBytes),
    row("body_bytes_sent", Slot::RequestBytes),
    row("size", Slot::RequestBytes),
    row("duration", Slot::RequestLatency),
    keep("Duration", NANOSECONDS),
    keep("request_time", SECONDS),
    keep("user_agent", AGENT),
    keep("request_User-Agent", AGENT),
    keep("http_user_agent", AGENT),
    keep("agent", AGENT),
    row("request_id", Slot::RequestId),
    row("authority", Slot::EnvHost),
    row("RequestHost", Slot::EnvHost),
    row("http_host", Slot::EnvHost),
    row("server_name", Slot::EnvHost),
    row("ServiceName", Slot::EnvService),
    row("upstream_cluster", Slot::EnvService),
];

/// A request as a line tells of it; empty where it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry<'a> {
    host: &'a [u8],
    address: &'a [u8],
    /// It was seen to be an address, not a name.
    is_ipv4: bool,
    port: &'a [u8],
    user: &'a [u8],
    method: &'a [u8],
    url: &'a [u8],
    /// The query, where it stands apart.
    query: &'a [u8],
    status: Option<i64>,
    bytes: Option<i64>,
    agent: &'a [u8],
    request_id: &'a [u8],
    service: &'a [u8],
}

/// Reads the line in the form that it has.
fn text(line: &mut Line<'_>) -> bool {
    match line.message.first() {
        Some(b'#') => w3c::directive(line),
        _ => clf::read(line) || w3c::read(line) || load_balancer::read(line) || envoy::read(line),
    }
}

/// Reads the plainest of lines where it stands in the record, from `start` on: a JSON string, with which the record ends.
#[inline(never)]
pub(crate) fn read_in_place<'a>(line: &mut Line<'a>, record: &'a [u8], start: usize) -> bool {
    match record.get(start.wrapping_add(4)) {
        Some(b'-') => w3c::read_in_place(line, record, start),
        _ => combined::read(line, record, start),
    }
}

impl<'a> Entry<'a> {
    /// Splits `GET /path HTTP/1.1`; what is no request stays out, as probes in other protocols do.
    fn request(&mut self, request: &'a [u8]) -> bool {
        let (method, rest) = word(request);
        if !is_method(method) || rest.is_empty() {
            return false;
        }
        let url = match rest.split_last_chunk::<9>() {
            Some((url, _)) if ends(rest, b" HTTP/1.1") => url,
            _ => match rfind_byte(rest, b' ', rest.len()).and_then(|at| rest.split_at_checked(at)) {
                Some((url, proto)) if begins(proto, b" HTTP/") => url,
                _ => rest,
            },
        };
        (self.method, self.url) = (method, url);
        true
    }

    /// Takes for whom a proxy asked, where it was asked from a private address: the client of the list, if there is one.
    fn ask_for(&mut self, forwarded: &'a [u8]) {
        let is_proxy = self.address == b"-" || is_address(self.address) && is_private(self.address);
        let client = if is_proxy { client(forwarded) } else { b"" };
        if !client.is_empty() {
            (self.address, self.port, self.is_ipv4) = (client, b"", false);
        }
    }

    fn fill(&self, line: &mut Line<'a>) {
        line.put_known(Slot::EnvHost, self.host);
        line.put_known(Slot::EnvService, self.service);
        if self.is_ipv4 {
            line.put(Slot::OriginIp, self.address);
        } else {
            line.put_origin(self.address.get(..find_byte(self.address, b'%', 0)).unwrap_or_default());
        }
        line.put_number(Slot::OriginPort, self.port);
        line.put_known(Slot::ActorName, self.user);
        line.put_known(Slot::RequestMethod, self.method);
        line.event.fill_from(Slot::ActionName, Slot::RequestMethod.into());
        line.put_known(Slot::RequestUrl, self.url);
        line.put_known(Slot::RequestPath, path_of(self.url));
        line.event.fill_from(Slot::TargetId, Slot::RequestPath.into());
        line.put_count(Slot::RequestStatus, self.status);
        line.put_count(Slot::RequestBytes, self.bytes);
        line.put_known(Slot::OriginUserAgent, self.agent);
        line.put_known(Slot::RequestId, self.request_id);
        meaning(line.event, self.method, self.status, !self.user.is_empty() && self.user != b"-");
    }
}

/// A method that is, or might be one.
#[inline]
fn is_method(method: &[u8]) -> bool {
    // A lone dash stands for none.
    method.first().is_some_and(u8::is_ascii_alphabetic)
        && method.len() <= 24
        && method.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-' || *byte == b'_')
}

/// What follows from method and status.
fn meaning(event: &mut Event, method: &[u8], status: Option<i64>, has_user: bool) {
    event.set_class(match method {
        [b'G', b'E', b'T'] | [b'H', b'E', b'A', b'D'] => Class::Read,
        [b'P', b'O', b'S', b'T'] => Class::Create,
        [b'P', b'U', b'T'] | [b'P', b'A', b'T', b'C', b'H'] => Class::Update,
        [b'D', b'E', b'L', b'E', b'T', b'E'] => Class::Delete,
        _ => Class::Other,
    });
    event.set_category(Category::Network);
    event.put_word(Slot::ActorType, if has_user { "user" } else { "anonymous" });
    event.put_word(Slot::TargetType, "url");
    event.set_outcome(match status {
        Some(401 | 403 | 407 | 451) => Outcome::Denied,
        Some(400..) => Outcome::Failure,
        Some(100..) => Outcome::Success,
        // nginx writes 000 where nothing was answered.
        _ => Outcome::Unknown,
    });
    // Browsers ask without a name first and are told to say one: only a name that was refused is a failure.
    event.credential_failure = has_user && status == Some(401);
}

/// The first address of a list that is not of a private network, else the first.
fn client(list: &[u8]) -> &[u8] {
    let each = || list.split(|byte| b", +\"".contains(byte)).map(<[u8]>::trim_ascii).filter(|address| is_address(address));
    each().find(|address| !is_private(address)).or_else(|| each().next()).unwrap_or_default()
}

fn is_private(address: &[u8]) -> bool {
    let starts = |prefixes: &[&[u8]]| prefixes.iter().any(|prefix| address.starts_with(prefix));
    let second = address.strip_prefix(b"172.").and_then(|rest| number(rest.split(|&byte| byte == b'.').next()?));
    starts(&[b"10.", b"192.168.", b"127.", b"169.254.", b"::1", b"fe80:", b"fc", b"fd"]) || second.is_some_and(|second| (16..=31).contains(&second))
}

/// The address and the port behind its last colon.
fn with_port(address: &[u8]) -> (&[u8], &[u8]) {
    let has = |byte: u8| find_byte(address, byte, 0) < address.len();
    match rfind_byte(address, b':', address.len()) {
        Some(at) if has(b'.') || has(b']') => {
            let host = address.get(..at).unwrap_or_default();
            let host = host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host);
            (host, address.get(at.saturating_add(1)..).unwrap_or_default())
        }
        _ => (address, b""),
    }
}

/// The address, where it is one and no name.
fn address_of(address: &[u8]) -> Option<&[u8]> {
    // Mostly it is an IPv4 address with a port.
    if let Some((host, [b':', port @ ..])) = ipv4_len(address).and_then(|len| address.split_at_checked(len))
        && find_byte(port, b':', 0) == port.len()
    {
        return Some(host);
    }
    Some(with_port(address).0).filter(|address| is_address(address))
}

/// What rows can't say of the JSON forms.
fn finish(fields: &mut Fields<'_>) {
    if fields.event.time_ms.is_none()
        && let Some(time) = moment(fields.kept(LOCAL_TIME))
    {
        fields.event.time_ms = Some(time);
        fields.event.set(Slot::Time, Val::Time(time));
    }
    origin(fields);
    for (slot, kept) in [(Slot::ActorName, USER), (Slot::OriginUserAgent, AGENT)] {
        if fields.kept(kept) != b"-" {
            fields.fill(slot, kept);
        }
    }
    if !fields.has(Slot::RequestMethod) {
        fields.fill_part(Slot::RequestMethod, Cell::kept(REQUEST), |request| request_parts(request).map(|(method, _)| method));
    }
    fields.fill(Slot::RequestUrl, URL);
    fields.fill_part(Slot::RequestUrl, Cell::kept(REQUEST), |request| request_parts(request).map(|(_, url)| url));
    fields.fill_part(Slot::RequestPath, Slot::RequestUrl, |url| Some(path_of(url)));
    fields.event.fill_from(Slot::TargetId, Slot::RequestPath.into());
    fields.event.fill_from(Slot::ActionName, Slot::RequestMethod.into());
    latency(fields);
    let status = match fields.event.get(Slot::RequestStatus) {
        Val::Int(status) => Some(status),
        _ => number(fields.text(Slot::RequestStatus)),
    };
    let mut method = [0u8; 8];
    let found = fields.text(Slot::RequestMethod);
    let len = found.len().min(8);
    if let (Some(place), Some(found)) = (method.get_mut(..len), found.get(..len)) {
        place.copy_from_slice(found);
    }
    let has_user = fields.has(Slot::ActorName);
    meaning(fields.event, method.get(..len).unwrap_or_default(), status, has_user);
}

/// The path of a request's target, which proxies may write with scheme and host.
pub(super) fn path_of(url: &[u8]) -> &[u8] {
    let path = url.get(..find_byte(url, b'?', 0)).unwrap_or_default();
    match behind(path, b"http").map(|rest| behind(rest, b"s").unwrap_or(rest)).and_then(|rest| behind(rest, b"://")) {
        Some(rest) => rest.get(find_byte(rest, b'/', 0)..).filter(|path| !path.is_empty()).unwrap_or(b"/"),
        None => path,
    }
}

/// Method and URL of a request.
pub(super) fn request_parts(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut entry = Entry::default();
    entry.request(request).then_some((entry.method, entry.url))
}

fn origin(fields: &mut Fields<'_>) {
    fields.fill_part(Slot::OriginIp, Cell::kept(FORWARDED), |list| Some(client(list)).filter(|address| !address.is_empty()));
    fields.fill_part(Slot::OriginIp, Cell::kept(ADDRESS), address_of);
    if !fields.has(Slot::OriginIp) && fields.kept(ADDRESS) != b"-" {
        fields.fill(Slot::OriginHost, ADDRESS);
    }
}

/// Milliseconds: Envoy's as they are, Traefik's from nanoseconds, nginx's from seconds with a fraction.
fn latency(fields: &mut Fields<'_>) {
    if fields.has(Slot::RequestLatency) {
        return;
    }
    let from_seconds = |text: &[u8]| {
        let (whole, fraction) = crate::parse::line::split_once(text, b".").unwrap_or((text, b""));
        let ms = fraction
            .iter()
            .chain(b"000")
            .take(3)
            .try_fold(0i64, |ms, digit| digit.is_ascii_digit().then(|| ms.wrapping_mul(10).wrapping_add(i64::from(digit & 15))))?;
        Some(number(whole)?.saturating_mul(1000).saturating_add(ms))
    };
    let ms = number(fields.kept(NANOSECONDS)).map(|ns| ns / 1_000_000).or_else(|| from_seconds(fields.kept(SECONDS)));
    if let Some(ms) = ms {
        fields.event.set(Slot::RequestLatency, Val::Int(ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_its_port_and_from_a_name() {
        for (text, address) in [
            ("203.0.113.9:51234", Some("203.0.113.9")),
            ("203.0.113.9:", Some("203.0.113.9")),
            ("203.0.113.9", Some("203.0.113.9")),
            ("203.0.113.9:1:2", None),
            ("203.0.113.256:1", None),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("host.example:80", None),
            ("-", None),
        ] {
            assert_eq!(address_of(text.as_bytes()), address.map(str::as_bytes), "{text}");
        }
    }
}
