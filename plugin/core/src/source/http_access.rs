//! HTTP access logs: common and combined, as nginx, Apache, Traefik and ingress-nginx write them, Envoy, ALB, W3C extended (IIS, CloudFront); and JSON of Envoy, Traefik and nginx.

mod clf;
mod combined;
mod envoy;
mod haproxy;
mod json;
#[cfg(test)]
mod json_tests;
#[cfg(test)]
mod line_tests;
mod load_balancer;
mod w3c;

use super::{Lines, Source};
use crate::address::{self, Hop, Proxies};
use crate::event::{Category, Class, Event, Field, Outcome};
use crate::parse::line::{Line, word};
use crate::text::{begins, behind, ends, find_byte, has_ignoring_case, rfind_byte};

pub static SOURCE: Source = Source {
    id: "http.access",
    is_web: true,
    summary: "HTTP access logs: common and combined (nginx, Apache, Traefik, ingress-nginx), Envoy, AWS ALB, W3C extended (IIS, CloudFront), and JSON",
    doc: "The Common Log Format and its relatives (<https://httpd.apache.org/docs/current/logs.html>, \
          <https://nginx.org/en/docs/http/ngx_http_log_module.html>), with an optional virtual host in front and any further fields at the end; \
          Apache's `ssl_request_log`; the default formats of Envoy and Istio; AWS ALB; W3C extended, read by its `#Fields:` line, or in the order of \
          IIS if no such line was seen; JSON with the field names of Envoy, Traefik, nginx and the parsers of Fluent Bit and Vector. Status 401, 403, \
          407 and 451 are `denied`, any other status from 400 on is `failure`. If a gRPC status is present, it is used. If a trusted proxy sent the \
          request (private addresses and `[input] trusted_proxies`), the client is the last address in the proxy's list that is not a trusted proxy, \
          because a client can forge the addresses before it. A refused POST without an account name counts as a failed sign-in of its origin, and so does a PUT or PATCH to a place of signing in.",
    keys: json::KEYS,
    aliases: json::ALIASES,
    is_one: Some(json::is_request),
    rows: json::ROWS,
    spellings: json::spellings,
    finish: json::finish,
    lines: Some(Lines {
        in_place: Some(read_in_place),
        memory: Some(w3c::MEMORY),
        ..Lines::read_by(text)
    }),
    ..Source::BLANK
};

/// A request as a line tells of it; empty where it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry<'a> {
    host: &'a [u8],
    address: &'a [u8],
    /// Who asked, where that is not the address.
    client: Option<Hop<'a>>,
    /// It was seen to be an address, not a name.
    is_ipv4: bool,
    port: &'a [u8],
    user: &'a [u8],
    method: &'a [u8],
    url: &'a [u8],
    /// The query, where it stands apart.
    query: &'a [u8],
    status: Option<i64>,
    /// The server says that no credentials came at all.
    is_challenge: bool,
    bytes: Option<i64>,
    agent: &'a [u8],
    request_id: &'a [u8],
    service: &'a [u8],
}

/// Reads the line in the form that it has.
fn text(line: &mut Line<'_>) -> bool {
    match line.message.first() {
        Some(b'#') => w3c::directive(line),
        _ => {
            clf::read(line)
                || w3c::read(line)
                || load_balancer::read(line)
                || envoy::read(line)
                || haproxy::read(line)
        }
    }
}

/// Reads the plainest of lines where it stands in the record, from `start` on: a JSON string, with which the record ends.
#[inline(never)]
fn read_in_place<'a>(line: &mut Line<'a>, record: &'a [u8], start: usize) -> bool {
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
            _ => {
                match rfind_byte(rest, b' ', rest.len()).and_then(|at| rest.split_at_checked(at)) {
                    Some((url, proto)) if begins(proto, b" HTTP/") => url,
                    _ => rest,
                }
            }
        };
        (self.method, self.url) = (method, url);
        true
    }

    /// Takes for whom a proxy asked, where it is trusted: the client of the list, if there is one.
    fn ask_for(&mut self, forwarded: &'a [u8], proxies: &Proxies) {
        let peer = self.client.or_else(|| address::hop(self.address));
        if peer.map_or(address::is_untold(self.address), |peer| proxies.has(peer.ip)) {
            self.come_from(proxies.client(forwarded));
        }
    }

    fn come_from(&mut self, client: Option<Hop<'a>>) {
        if let Some(client) = client {
            (self.client, self.port) = (Some(client), client.port);
        }
    }

    fn fill(&self, line: &mut Line<'a>) {
        line.put_known(Field::EnvHost, self.host);
        line.put_known(Field::EnvService, self.service);
        line.put_number(Field::OriginPort, self.port);
        match &self.client {
            Some(client) => line.put_hop(client),
            None if self.is_ipv4 => line.put(Field::OriginIp, self.address),
            None => line.put_origin(self.address),
        }
        line.put_known(Field::ActorName, self.user);
        line.put_known(Field::RequestMethod, self.method);
        line.event.fill_from(Field::ActionName, Field::RequestMethod.into());
        line.put_known(Field::RequestUrl, self.url);
        line.put_known(Field::RequestPath, path_of(self.url));
        line.event.fill_from(Field::TargetId, Field::RequestPath.into());
        line.put_count(Field::RequestStatus, self.status);
        line.put_count(Field::RequestBytes, self.bytes);
        line.put_known(Field::OriginUserAgent, self.agent);
        line.put_known(Field::RequestId, self.request_id);
        let has_user = !self.user.is_empty() && self.user != b"-";
        meaning(line.event, self.method, self.status, has_user);
        if !has_user && !self.is_challenge && line.event.outcome == Some(Outcome::Denied) {
            guess(line.event, self.method, self.status, path_of(self.url));
        }
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

/// Sets fields that follow from method and status.
fn meaning(event: &mut Event, method: &[u8], status: Option<i64>, has_user: bool) {
    event.set_class(match method {
        [b'G', b'E', b'T'] | [b'H', b'E', b'A', b'D'] => Class::Read,
        [b'P', b'O', b'S', b'T'] => Class::Create,
        [b'P', b'U', b'T'] | [b'P', b'A', b'T', b'C', b'H'] => Class::Update,
        [b'D', b'E', b'L', b'E', b'T', b'E'] => Class::Delete,
        _ => Class::Other,
    });
    event.set_category(Category::Network);
    event.put_word(Field::ActorType, if has_user { "user" } else { "anonymous" });
    event.put_word(Field::TargetType, "url");
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

/// Parts of paths under which someone proves who they are.
const SIGN_INS: &[&[u8]] = &[
    b"login",
    b"logon",
    b"signin",
    b"sign-in",
    b"sign_in",
    b"auth",
    b"session",
    b"token",
    b"password",
    b"xmlrpc",
];

/// A refused request without a name is a failed attempt where credentials were sent: browsers and clients that ask without any at first do so by GET, and what is
/// posted to a place of signing in are credentials, whichever way they are refused; what is put there, too.
#[cold]
fn guess(event: &mut Event, method: &[u8], status: Option<i64>, path: &[u8]) {
    let is_posted = method == b"POST";
    if !(is_posted || matches!(method, b"PUT" | b"PATCH")) || !matches!(status, Some(401 | 403)) {
        return;
    }
    event.is_guess = SIGN_INS.iter().any(|part| has_ignoring_case(path, part));
    event.credential_failure |= is_posted && status == Some(401) || event.is_guess;
}

/// The path of a request's target, which proxies may write with scheme and host.
pub(super) fn path_of(url: &[u8]) -> &[u8] {
    let path = url.get(..find_byte(url, b'?', 0)).unwrap_or_default();
    match behind(path, b"http")
        .map(|rest| behind(rest, b"s").unwrap_or(rest))
        .and_then(|rest| behind(rest, b"://"))
    {
        Some(rest) => {
            rest.get(find_byte(rest, b'/', 0)..).filter(|path| !path.is_empty()).unwrap_or(b"/")
        }
        None => path,
    }
}

/// Method and URL of a request.
pub(super) fn request_parts(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut entry = Entry::default();
    entry.request(request).then_some((entry.method, entry.url))
}
