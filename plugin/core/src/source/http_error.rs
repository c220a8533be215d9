//! Error logs of HTTP servers: nginx and Apache.

use super::Source;
use super::http_access::{path_of, request_parts};
use crate::event::{Category, Class, Field, Outcome};
use crate::parse::line::{Line, find, number, rsplit_once, skip_blanks, split_once, word};
use crate::parse::text::{begins, behind, find_byte, rfind_byte};
use crate::time::Millis;

pub static SOURCE: Source = Source {
    id: "http.error",
    summary: "HTTP error logs: nginx and Apache",
    doc: "Written as `error_log` of nginx (<https://nginx.org/en/docs/ngx_core_module.html#error_log>) or `ErrorLog` of Apache 2.2 and 2.4 \
          (<https://httpd.apache.org/docs/current/mod/core.html#errorlogformat>), directly or through syslog. `outcome.code` is the severity, \
          `outcome.reason` the error. Requests are counted from the access log, not here, so that nothing is counted twice. If a line contains more \
          than one client address (a request can inject one), none is used.",
    says_why: false,
    keys: &[],
    aliases: &[],
    is_one: None,
    rows: &[],
    finish: |_| {},
    text: Some(text),
};

/// Servers cut their lines at 2 to 8 KiB.
const LONGEST: usize = 16 << 10;

/// nginx cuts its lines at 2,048 bytes, and with them, maybe, the true client.
const MOST_WHOLE: usize = 1900;

/// How severe a line is.
const LEVELS: &[&[u8]] =
    &[b"emerg", b"alert", b"crit", b"error", b"warn", b"notice", b"info", b"debug"];

/// A line's parts; empty where it does not tell.
#[derive(Clone, Copy, Default)]
struct Entry<'a> {
    /// Apache leaves it to syslog, where it writes there.
    time: Option<Millis>,
    level: &'a [u8],
    client: &'a [u8],
    port: &'a [u8],
    host: &'a [u8],
    request: &'a [u8],
    reason: &'a [u8],
}

/// Reads the line if one of the servers wrote it.
fn text(line: &mut Line<'_>) -> bool {
    let message = line.message;
    if message.len() > LONGEST {
        return false;
    }
    let entry = match message {
        [b'0'..=b'9', _, _, _, b'/', ..] => nginx(message),
        [b'[', b'A'..=b'Z', _, _, b' ', ..] | [b'[', b'0'..=b'9', _, _, _, b'-', ..] => {
            apache(message)
        }
        [b'[', b'a'..=b'z' | b':', ..] if !line.program.is_empty() => behind_time(message, None),
        _ => None,
    };
    let Some(entry) = entry else { return false };
    if let Some(time) = entry.time {
        line.set_time(time);
        // Neither says of which zone its time is.
        line.event.is_local_time = true;
    }
    entry.fill(line);
    true
}

/// `2026/01/15 11:30:00 [error] 12#12: *3 open() "/srv/x" failed (2: No such file or directory), client: 192.0.2.1, server: .., request: "GET /x HTTP/1.1", host: ".."`
fn nginx(message: &[u8]) -> Option<Entry<'_>> {
    let (stamp, rest) = message.split_at_checked(19)?;
    let mut moment = [0u8; 19];
    moment.copy_from_slice(stamp);
    moment.iter_mut().filter(|byte| **byte == b'/').for_each(|byte| *byte = b'-');
    let time = crate::time::parse(&moment)?;
    let (level, rest) = split_once(behind(rest, b" [")?, b"] ")?;
    let (ids, rest) = split_once(rest, b": ").filter(|_| LEVELS.contains(&level))?;
    let (pid, _) = split_once(ids, b"#")?;
    number(pid)?;
    let rest = match word(rest) {
        ([b'*', ..], behind) => behind,
        _ => rest,
    };
    Some(told_by_nginx(Entry { time: Some(time), level, reason: rest, ..Entry::default() }))
}

/// Takes what nginx put behind its words: `, client: .., server: .., request: ".."`. Names of files come from requests, and say what these want: where there
/// is a second client, no one knows which is the true one.
fn told_by_nginx(mut entry: Entry<'_>) -> Entry<'_> {
    let Some((reason, rest)) = split_once(entry.reason, b", client: ") else {
        return entry;
    };
    if find(rest, b", client: ").is_some() || entry.reason.len() >= MOST_WHOLE {
        return entry;
    }
    entry.reason = reason;
    entry.client = rest.get(..find_byte(rest, b',', 0)).unwrap_or_default();
    // The request ends where the next field begins, or the line.
    if let Some((_, request)) = split_once(rest, b", request: \"") {
        let end = [
            find(request, b"\", subrequest: \""),
            find(request, b"\", upstream: \""),
            find(request, b"\", host: \""),
            find(request, b"\", referrer: \""),
        ];
        let end =
            end.into_iter().flatten().min().or_else(|| rfind_byte(request, b'"', request.len()));
        entry.request = end.and_then(|end| request.get(..end)).unwrap_or_default();
    }
    // As the server is set up, not as the request calls it.
    if let Some(server) =
        rest.get(entry.client.len()..).and_then(|rest| behind(rest, b", server: "))
    {
        let server = server.get(..find_byte(server, b',', 0)).unwrap_or_default();
        entry.host = if server == b"_" { b"" } else { server };
    }
    entry
}

/// `[Thu Jan 15 11:30:00.123456 2026] [core:error] [pid 12:tid 34] (13)Permission denied: [client 192.0.2.1:51234] AH00035: access to /x denied`
fn apache(message: &[u8]) -> Option<Entry<'_>> {
    let (stamp, rest) = split_once(behind(message, b"[")?, b"] ")?;
    behind_time(rest, Some(crate::time::ctime(stamp).or_else(|| crate::time::parse(stamp))?))
}

fn behind_time(text: &[u8], time: Option<Millis>) -> Option<Entry<'_>> {
    let (level, mut rest) = split_once(behind(text, b"[")?, b"] ")?;
    // `core:error`; before 2.4, the severity alone; `:error` where no module is named.
    let colon = rfind_byte(level, b':', level.len());
    let module = level.get(..colon.unwrap_or_default())?;
    let level = level.get(colon.map_or(0, |at| at.saturating_add(1))..)?;
    if !LEVELS.contains(&level) && !begins(level, b"trace") {
        return None;
    }
    let process = behind(rest, b"[pid ").and_then(|rest| split_once(rest, b"] "));
    if let Some((_, behind)) = process {
        rest = behind;
    }
    let mut entry = Entry { time, level, reason: rest, ..Entry::default() };
    // What stands before the client are words of the system's, and places in Apache's source.
    if let Some((before, peer, behind)) = peer(rest, module) {
        let (address, port) = address_and_port(peer, process.is_some());
        (entry.client, entry.port) = (address, port);
        entry.reason = if before.is_empty() { behind } else { rest };
    }
    Some(entry)
}

/// Text before the first peer's name, the name, and what follows it. A `remote` is the client of a connection that HTTP/2 made for one request, but where
/// Apache asks other servers itself, it is one of those.
fn peer<'t>(text: &'t [u8], module: &[u8]) -> Option<(&'t [u8], &'t [u8], &'t [u8])> {
    let client =
        split_once(text, b"[client ").filter(|(before, _)| find(before, b"[remote ").is_none());
    let asks_others = begins(module, b"proxy") || module == b"ssl";
    let remote =
        if client.is_none() && !asks_others { split_once(text, b"[remote ") } else { None };
    let (before, rest) = client.or(remote)?;
    let (peer, behind) = split_once(rest, b"] ")?;
    Some((before, peer, behind))
}

/// `192.0.2.1:51234`, `2001:db8::1:51234`, `[2001:db8::1]:51234`, or an address alone. Since 2.4, which tells its process, the port is always there.
fn address_and_port(peer: &[u8], has_port: bool) -> (&[u8], &[u8]) {
    if let Some((address, rest)) = behind(peer, b"[").and_then(|rest| split_once(rest, b"]")) {
        return (address, behind(rest, b":").unwrap_or_default());
    }
    let last = rfind_byte(peer, b':', peer.len()).filter(|_| has_port || peer.contains(&b'.'));
    match last.and_then(|at| peer.split_at_checked(at)) {
        Some((address, [_, port @ ..])) if number(port).is_some() => (address, port),
        _ => (peer, b""),
    }
}

impl<'a> Entry<'a> {
    fn fill(&self, line: &mut Line<'a>) {
        line.event.put_word(Field::ActionName, "http_error");
        line.event.set_class(Class::Other);
        line.put(Field::EnvService, line.program);
        if !line.event.has(Field::EnvHost) {
            line.put(Field::EnvHost, self.host);
        }
        line.put(Field::OutcomeCode, self.level);
        line.put(Field::OutcomeReason, self.reason);
        self.request(line);
        let Refused { user, may_sign_in } = refused(self.reason);
        line.put(Field::ActorName, user);
        if !user.is_empty() && !may_sign_in {
            line.event.set_class(Class::Login);
        }
        line.event.set_category(if !user.is_empty() {
            Category::Authentication
        } else if self.client.is_empty() {
            Category::System
        } else {
            Category::Network
        });
        line.event.set_outcome(if may_sign_in {
            Outcome::Denied
        } else {
            self.outcome(!user.is_empty())
        });
        let actor = if !user.is_empty() {
            "user"
        } else if self.client.is_empty() {
            "system"
        } else {
            "anonymous"
        };
        line.event.put_word(Field::ActorType, actor);
        if !self.client.is_empty() {
            // The access log has the request, too.
            line.event.times = 0;
            self.origin(line);
        }
    }

    fn origin(&self, line: &mut Line<'a>) {
        if self.client != b"unix:" {
            line.put_origin(
                self.client
                    .strip_prefix(b"::ffff:")
                    .filter(|rest| rest.contains(&b'.'))
                    .unwrap_or(self.client),
            );
        }
        line.put_number(Field::OriginPort, self.port);
    }

    /// Requested path, if it is a request.
    fn request(&self, line: &mut Line<'a>) {
        let Some((method, url)) = request_parts(self.request) else {
            return self.inspected(line);
        };
        line.put(Field::RequestMethod, method);
        line.put(Field::RequestUrl, url);
        line.put(Field::RequestPath, path_of(url));
        line.event.put_word(Field::TargetType, "url");
        line.event.fill_from(Field::TargetId, Field::RequestPath.into());
    }

    /// Where ModSecurity inspected the request, it says its path behind all that the request may have put there.
    fn inspected(&self, line: &mut Line<'a>) {
        if mod_security(self.reason).is_none() {
            return;
        }
        let Some((path, _)) =
            rsplit_once(self.reason, b"[uri \"").and_then(|(_, rest)| split_once(rest, b"\"]"))
        else {
            return;
        };
        line.put(Field::RequestPath, path_of(path));
        line.event.put_word(Field::TargetType, "url");
        line.event.fill_from(Field::TargetId, Field::RequestPath.into());
    }

    /// Refused, failed, or only told.
    fn outcome(&self, has_user: bool) -> Outcome {
        if let Some(said) = mod_security(self.reason) {
            return match said {
                [b'A', ..] if begins(said, b"Access denied") => Outcome::Denied,
                // The request went on.
                [b'W', ..] if begins(said, b"Warning") => Outcome::Unknown,
                _ => Outcome::Failure,
            };
        }
        let is_refused = find(self.reason, b"forbidden").is_some()
            || find(self.reason, b"denied by server configuration").is_some()
            || begins(self.reason, b"limiting ");
        match self.level {
            _ if is_refused => Outcome::Denied,
            b"emerg" | b"alert" | b"crit" | b"error" => Outcome::Failure,
            _ if has_user => Outcome::Failure,
            _ => Outcome::Unknown,
        }
    }
}

/// Message of ModSecurity, which names the client again: `[client 192.0.2.1] ModSecurity: Access denied with code 403 (phase 2). ..`.
fn mod_security(reason: &[u8]) -> Option<&[u8]> {
    let text = match behind(reason, b"[client ") {
        Some(rest) => split_once(rest, b"] ")?.1,
        None => reason,
    };
    behind(text, b"ModSecurity: ")
}

/// Who was refused: for want of a proof, or though they gave one.
#[derive(Default)]
struct Refused<'a> {
    user: &'a [u8],
    may_sign_in: bool,
}

/// Whose password was wrong, who is unknown, or who has no right: `user "bob": password mismatch`, `AH01617: user bob: authentication failure for ..`.
fn refused(reason: &[u8]) -> Refused<'_> {
    let text = match reason {
        [b'A', b'H', b'0'..=b'9', ..] => {
            skip_blanks(split_once(reason, b":").map_or(reason, |(_, rest)| rest))
        }
        _ => reason,
    };
    let text = behind(text, b"Digest: ").unwrap_or(text);
    if let Some(user) = without_right(text) {
        return Refused { user, may_sign_in: true };
    }
    let text = behind(text, b"auth_ldap authenticate: ").unwrap_or(text);
    let Some(rest) = behind(text, b"user ") else {
        return Refused::default();
    };
    let (rest, end) = match rest {
        [b'"', quoted @ ..] => (
            quoted,
            find(quoted, b"\": password mismatch")
                .or_else(|| find(quoted, b"\" was not found in ")),
        ),
        [b'`', quoted @ ..] => (quoted, find(quoted, b"' in realm `")),
        _ => {
            let end = find(rest, b": authentication failure for ")
                .or_else(|| find(rest, b" not found: "));
            (
                rest,
                end.or_else(|| find(rest, b": password mismatch: "))
                    .or_else(|| find(rest, b" authentication failed; URI ")),
            )
        }
    };
    Refused { user: end.and_then(|end| rest.get(..end)).unwrap_or_default(), may_sign_in: false }
}

/// `Authorization of user bob to access /x failed, reason: ..`, `access to /x failed for host, reason: user bob not allowed access`, which 2.2 wrote.
fn without_right(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = behind(text, b"Authorization of user ") {
        return rest.get(..find(rest, b" to access ")?);
    }
    let (_, rest) = split_once(behind(text, b"access to ")?, b", reason: user ")?;
    rest.get(
        ..find(rest, b" not allowed access").or_else(|| find(rest, b" does not meet 'require'"))?,
    )
}

#[cfg(test)]
mod tests {
    use crate::source::testing;

    #[test]
    fn what_the_servers_write() {
        for (line, row) in LINES {
            assert_eq!(testing::said(line), *row, "{line}");
            // 2026-01-15T11:30:00Z
            assert_eq!(testing::time(line).map(|time| time / 1000), Some(1_768_476_600), "{line}");
        }
    }

    #[test]
    fn a_request_does_not_say_who_asked() {
        for line in [
            r#"2026/01/15 11:30:00 [error] 12#12: *3 open() "/srv/x, client: 10.9.9.9, server: s" failed (2: No such file or directory), client: 192.0.2.1, server: s, request: "GET /x HTTP/1.1""#,
            r#"2026/01/15 11:30:00 [error] 12#12: *3 open() "/srv/x" failed (2: No such file or directory), client: 192.0.2.1, server: s, request: "GET /x HTTP/1.1", referrer: "a, client: 10.9.9.9, server: s""#,
            "[Thu Jan 15 11:30:00 2026] [error] [client 192.0.2.1] File does not exist: /srv/x] [client 10.9.9.9] x",
        ] {
            assert!(!testing::said(line).contains("ip=10.9.9.9"), "{line}");
        }
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in [
            "2026/01/15 11:30:00 started",
            "2026/01/15 11:30:00 [error] no ids",
            "[Thu Jan 15 11:30:00 2026] x",
            "[Thursday] [error] x",
            "[Thu Jan 15 2026] [error] x",
            "[A] [b] c",
            "[Thu Jan 15 11:30:00 2026] [thread-1] [client 192.0.2.1] x",
        ] {
            assert_eq!(testing::said(line), "", "{line}");
        }
    }

    const LINES: &[(&str, &str)] = &[
        (
            "[Thu Jan 15 11:30:00.000456 2026] [authz_owner:error] [pid 12:tid 34] [client [2001:db8::1]:51234] AH01637: Authorization of user bob to access /x failed, reason: file owner dan does not match",
            "http.error http_error other denied who=bob ip=2001:db8::1 port=51234 code=error why=AH01637: Authorization of user bob to access /x failed, reason: file owner dan does not match x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [core:error] [pid 12:tid 34] [client [fe80::1%eth0]:51234] AH00126: Invalid URI",
            "http.error http_error other failure ip=fe80::1 port=51234 code=error why=AH00126: Invalid URI x0",
        ),
        (
            "[Thu Jan 15 11:30:00 2026] [error] [client ::ffff:192.0.2.1] File does not exist: /srv/x",
            "http.error http_error other failure ip=192.0.2.1 code=error why=File does not exist: /srv/x x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [auth_basic:error] [pid 12:tid 34] [remote 192.0.2.1:51234] AH01618: user bob not found: /admin",
            "http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01618: user bob not found: /admin x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [proxy_http:error] [pid 12:tid 34] [remote 10.0.0.5:8080] AH01102: error reading status line from remote server",
            "http.error http_error other failure code=error why=[remote 10.0.0.5:8080] AH01102: error reading status line from remote server",
        ),
        (
            "Jan 15 11:30:00 web1 apache2[7]: [:error] [pid 12:tid 34] [client 192.0.2.1:51234] AH01630: client denied by server configuration: /srv/x",
            "http.error http_error other denied ip=192.0.2.1 port=51234 code=error why=AH01630: client denied by server configuration: /srv/x host=web1 service=apache2 x0",
        ),
        (
            "[Thu Jan 15 11:30:00 2026] [error] [client 192.0.2.1] Digest: user `bob' in realm `private' not found: /x",
            "http.error http_error login failure who=bob ip=192.0.2.1 code=error why=Digest: user `bob' in realm `private' not found: /x x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [auth_digest:error] [pid 12] [client 192.0.2.1:51234] AH01792: user bob: password mismatch: /x",
            "http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01792: user bob: password mismatch: /x x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [authnz_ldap:error] [pid 12] [client 192.0.2.1:51234] AH01695: auth_ldap authenticate: user bob authentication failed; URI /x [LDAP: bind failed][Invalid credentials]",
            "http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01695: auth_ldap authenticate: user bob authentication failed; URI /x [LDAP: bind failed][Invalid credentials] x0",
        ),
        (
            r#"[Thu Jan 15 11:30:00.000456 2026] [:error] [pid 12] [client 192.0.2.1:51234] [client 192.0.2.1] ModSecurity: Access denied with code 403 (phase 2). Match of "x" at ARGS:q. [id "7"] [uri "/q"] [unique_id "a"]"#,
            r#"http.error http_error other denied on=url target=/q ip=192.0.2.1 port=51234 code=error why=[client 192.0.2.1] ModSecurity: Access denied with code 403 (phase 2). Match of \"x\" at ARGS:q. [id \"7\"] [uri \"/q\"] [unique_id \"a\"] x0"#,
        ),
        (
            r#"[Thu Jan 15 11:30:00 2026] [error] [client 192.0.2.1] ModSecurity: Warning. Match of "x" at ARGS:q. [uri "/q"] [unique_id "a"]"#,
            r#"http.error http_error other unknown on=url target=/q ip=192.0.2.1 code=error why=ModSecurity: Warning. Match of \"x\" at ARGS:q. [uri \"/q\"] [unique_id \"a\"] x0"#,
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#12: *3 [client 192.0.2.1] ModSecurity: Access denied with code 403 (phase 1). [uri "/q"] [ref "v"], client: 192.0.2.1, server: shop.example, request: "GET /q?x HTTP/1.1", host: "shop.example""#,
            r#"http.error http_error other denied on=url target=/q ip=192.0.2.1 method=GET url=/q?x code=error why=[client 192.0.2.1] ModSecurity: Access denied with code 403 (phase 1). [uri \"/q\"] [ref \"v\"] host=shop.example x0"#,
        ),
        (
            "[2026-01-15 11:30:00.123456] [core:error] [R:WLq2yn8A] [client 192.0.2.1:51234] AH00126: Invalid URI",
            "http.error http_error other failure ip=192.0.2.1 port=51234 code=error why=[R:WLq2yn8A] [client 192.0.2.1:51234] AH00126: Invalid URI x0",
        ),
        (
            "Jan 15 11:30:00 web1 httpd[7]: [core:error] [pid 12:tid 34] [client 192.0.2.1:51234] AH00126: Invalid URI in request GET /../x HTTP/1.1",
            "http.error http_error other failure ip=192.0.2.1 port=51234 code=error why=AH00126: Invalid URI in request GET /../x HTTP/1.1 host=web1 service=httpd x0",
        ),
        (
            "Jan 15 11:30:00 web1 httpd[7]: [error] [client 192.0.2.1] File does not exist: /srv/x",
            "http.error http_error other failure ip=192.0.2.1 code=error why=File does not exist: /srv/x host=web1 service=httpd x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [proxy:error] [pid 12] [remote 198.51.100.1:80] AH00898: Error reading from remote server [client x] y",
            "http.error http_error other failure code=error why=[remote 198.51.100.1:80] AH00898: Error reading from remote server [client x] y",
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 open() "/srv/www/x" failed (2: No such file or directory), client: 192.0.2.1, server: shop.example, request: "GET /x?y=1 HTTP/1.1", host: "shop.example", referrer: "http://shop.example/""#,
            r#"http.error http_error other failure on=url target=/x ip=192.0.2.1 method=GET url=/x?y=1 code=error why=open() \"/srv/www/x\" failed (2: No such file or directory) host=shop.example x0"#,
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 user "bob": password mismatch, client: 192.0.2.1, server: shop.example, request: "GET /admin HTTP/1.1", host: "shop.example""#,
            r#"http.error http_error login failure who=bob on=url target=/admin ip=192.0.2.1 method=GET url=/admin code=error why=user \"bob\": password mismatch host=shop.example x0"#,
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 user "bob" was not found in "/etc/nginx/.htpasswd", client: 2001:db8::1, server: _, request: "GET /admin HTTP/2.0", host: "shop.example""#,
            r#"http.error http_error login failure who=bob on=url target=/admin ip=2001:db8::1 method=GET url=/admin code=error why=user \"bob\" was not found in \"/etc/nginx/.htpasswd\" x0"#,
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 access forbidden by rule, client: 192.0.2.1, server: _, request: "POST /xmlrpc.php HTTP/1.1", host: "shop.example""#,
            "http.error http_error other denied on=url target=/xmlrpc.php ip=192.0.2.1 method=POST url=/xmlrpc.php code=error why=access forbidden by rule x0",
        ),
        (
            r#"2026/01/15 11:30:00 [warn] 12#34: *3 limiting requests, excess: 5.120 by zone "login", client: 192.0.2.1, server: _, request: "POST /login HTTP/1.1", host: "shop.example""#,
            r#"http.error http_error other denied on=url target=/login ip=192.0.2.1 method=POST url=/login code=warn why=limiting requests, excess: 5.120 by zone \"login\" x0"#,
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8080/", host: "shop.example""#,
            "http.error http_error other failure on=url target=/ ip=192.0.2.1 method=GET url=/ code=error why=connect() failed (111: Connection refused) while connecting to upstream x0",
        ),
        (
            r#"2026/01/15 11:30:00 [info] 12#34: *3 client sent invalid method while reading client request line, client: 192.0.2.1, server: _, request: "\x16\x03\x01""#,
            "http.error http_error other unknown ip=192.0.2.1 code=info why=client sent invalid method while reading client request line x0",
        ),
        (
            "2026/01/15 11:30:00 [crit] 12#34: *3 SSL_do_handshake() failed (SSL: error:0A00006C) while SSL handshaking, client: 192.0.2.1, server: 0.0.0.0:443",
            "http.error http_error other failure ip=192.0.2.1 code=crit why=SSL_do_handshake() failed (SSL: error:0A00006C) while SSL handshaking host=0.0.0.0:443 x0",
        ),
        (
            "2026/01/15 11:30:00 [notice] 1#1: signal process started",
            "http.error http_error other unknown code=notice why=signal process started",
        ),
        (
            "2026/01/15 11:30:00 [emerg] 1#1: bind() to 0.0.0.0:80 failed (98: Address already in use)",
            "http.error http_error other failure code=emerg why=bind() to 0.0.0.0:80 failed (98: Address already in use)",
        ),
        (
            r#"<187>Jan 15 11:30:00 web1 nginx: 2026/01/15 11:30:00 [error] 12#34: *3 access forbidden by rule, client: 192.0.2.1, server: _, request: "GET / HTTP/1.1", host: "shop.example""#,
            "http.error http_error other denied on=url target=/ ip=192.0.2.1 method=GET url=/ code=error why=access forbidden by rule host=web1 service=nginx x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [core:error] [pid 12:tid 34] (13)Permission denied: [client 192.0.2.1:51234] AH00035: access to /x denied (filesystem path '/srv/x') because search permissions are missing",
            "http.error http_error other failure ip=192.0.2.1 port=51234 code=error why=(13)Permission denied: [client 192.0.2.1:51234] AH00035: access to /x denied (filesystem path '/srv/x') because search permissions are missing x0",
        ),
        (
            r#"[Thu Jan 15 11:30:00.000456 2026] [auth_basic:error] [pid 12] [client 192.0.2.1:51234] AH01617: user bob: authentication failure for "/admin": Password Mismatch"#,
            r#"http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01617: user bob: authentication failure for \"/admin\": Password Mismatch x0"#,
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [auth_basic:error] [pid 12] [client 2001:db8::1:51234] AH01618: user bob not found: /admin, referer: http://r/",
            "http.error http_error login failure who=bob ip=2001:db8::1 port=51234 code=error why=AH01618: user bob not found: /admin, referer: http://r/ x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [access_compat:error] [pid 12] [client 192.0.2.1:51234] AH01797: client denied by server configuration: /srv/x",
            "http.error http_error other denied ip=192.0.2.1 port=51234 code=error why=AH01797: client denied by server configuration: /srv/x x0",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [mpm_event:notice] [pid 1:tid 2] AH00489: Apache/2.4.58 configured -- resuming normal operations",
            "http.error http_error other unknown code=notice why=AH00489: Apache/2.4.58 configured -- resuming normal operations",
        ),
        (
            "[Thu Jan 15 11:30:00 2026] [error] [client 192.0.2.1] File does not exist: /srv/favicon.ico",
            "http.error http_error other failure ip=192.0.2.1 code=error why=File does not exist: /srv/favicon.ico x0",
        ),
        (
            r#"[Thu Jan 15 11:30:00 2026] [error] [client 192.0.2.1] user bob: authentication failure for "/": Password Mismatch"#,
            r#"http.error http_error login failure who=bob ip=192.0.2.1 code=error why=user bob: authentication failure for \"/\": Password Mismatch x0"#,
        ),
        (
            "[Thu Jan 15 11:30:00 2026] [notice] caught SIGTERM, shutting down",
            "http.error http_error other unknown code=notice why=caught SIGTERM, shutting down",
        ),
    ];
}
