//! Error logs of HTTP servers: nginx and Apache.

use super::http_access::{path_of, request_parts};
use super::{Lines, Source};
use crate::event::{Category, Class, FailureReport, Field, Outcome, Server};
use crate::parse::line::{Line, find, rsplit_once, skip_blanks, split_once, word};
use crate::text::{begins, behind, find_byte, number, rfind_byte};
use crate::time::Millis;

pub static SOURCE: Source = Source {
    id: "http.error",
    is_web: true,
    summary: "HTTP error logs: nginx and Apache",
    doc: "Written as `error_log` of nginx (<https://nginx.org/en/docs/ngx_core_module.html#error_log>) or `ErrorLog` of Apache 2.2 and 2.4 \
          (<https://httpd.apache.org/docs/current/mod/core.html#errorlogformat>), directly or through syslog. `outcome.code` is the severity, \
          `outcome.reason` the error. Requests are counted from the access log, not here, so that nothing is counted twice; a wrong password is counted \
          here if no access log reports the same client. If it is not certain which of several addresses in a line is the client's (a request can inject \
          one), none is used.",
    lines: Some(Lines::read_by(text)),
    ..Source::BLANK
};

/// A server of HTTP, whose access log has each request too.
static SERVER: Server = Server { name: "http", is_anywhere: false, has_access_log: true };

/// Servers cut their lines at 2 to 8 KiB.
const LONGEST: usize = 16 << 10;

/// nginx cuts its lines at 2,048 bytes, and with them, maybe, the true client.
const MOST_WHOLE: usize = 1900;

/// `2026-01-15T11:30:00.123456+01:00 [`
const MOST_BEFORE_LEVEL: usize = 40;

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
    /// Who signs in to the mail that nginx passes on.
    login: Option<&'a [u8]>,
    reason: &'a [u8],
}

/// Reads the line if one of the servers wrote it.
fn text(line: &mut Line<'_>) -> bool {
    let mut message = line.message;
    if message.len() > LONGEST {
        return false;
    }
    if line.program == b"nginx" {
        message = without_second_tag(message);
    }
    let entry = match message {
        [b'0'..=b'9', _, _, _, b'/', ..] => nginx(message),
        [b'0'..=b'9', _, _, _, b'-', ..] => dated(message),
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
    Some(take_client_fields(Entry { time: Some(time), level, reason: rest, ..Entry::default() }))
}

/// Takes what nginx put behind its words: `, client: .., server: .., request: ".."`.
fn take_client_fields(mut entry: Entry<'_>) -> Entry<'_> {
    let Some((reason, rest)) = before_client(entry.reason) else {
        return entry;
    };
    entry.reason = reason;
    let client = rest.get(..find_byte(rest, b',', 0)).unwrap_or_default();
    entry.client = client.strip_suffix(b" using starttls").unwrap_or(client);
    // Nothing else is a client's here, and nothing but the server that was chosen stands behind the name.
    if mail(reason).is_some() && find(rest, b", request: \"").is_none() {
        let login = split_once(rest, b", login: \"").map(|(_, login)| login);
        entry.login = login.and_then(|login| {
            let end = rfind_byte(login, b'"', login.len())?;
            let behind = login.get(end.saturating_add(1)..)?;
            (behind.is_empty() || begins(behind, b", upstream: ")).then(|| login.get(..end))?
        });
    }
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
    if let Some(server) = rest.get(client.len()..).and_then(|rest| behind(rest, b", server: ")) {
        let server = server.get(..find_byte(server, b',', 0)).unwrap_or_default();
        // Of mail it says where it listens.
        entry.host = if server == b"_" || mail(reason).is_some() { b"" } else { server };
    }
    entry
}

/// nginx's own words, and what follows the client's label. Names of files come from requests, and say what these want: where there is a second client, no one
/// knows which is the true one. Only words in which nothing but the name of an account is the client's are certain to end before the first.
fn before_client(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (reason, rest) = match behind_account(text) {
        Some(behind) => {
            let (_, rest) = split_once(behind, b", client: ")?;
            let len = text.len().checked_sub(rest.len())?.checked_sub(b", client: ".len())?;
            return Some((text.get(..len)?, rest));
        }
        None => split_once(text, b", client: ")?,
    };
    let is_certain = FIXED.iter().any(|known| reason.starts_with(known)) && !reason.contains(&b'[');
    let is_only = find(rest, b", client: ").is_none() && text.len() < MOST_WHOLE;
    (is_certain || is_only).then_some((reason, rest))
}

/// Beginnings of words in which nothing is the client's.
const FIXED: &[&[u8]] = &[
    b"access forbidden by rule",
    b"limiting requests, ",
    b"limiting connections by ",
    b"delaying request, ",
    b"client intended to send too large ",
    b"client sent invalid method ",
    b"client sent plain HTTP request to HTTPS port",
    b"client timed out ",
    b"client prematurely closed connection",
    b"connect() failed ",
    b"recv() failed ",
    b"SSL_do_handshake() failed ",
    b"upstream timed out ",
    b"upstream prematurely closed connection ",
    b"no live upstreams ",
    b"client login failed: ",
    b"client logged in",
];

/// How a sign-in to the mail that nginx passes on ended: `client login failed: "Invalid login or password" while in http auth state`, `client logged in`.
fn mail(reason: &[u8]) -> Option<Outcome> {
    if begins(reason, b"client login failed: \"") {
        Some(Outcome::Failure)
    } else if reason == b"client logged in" || begins(reason, b"client logged in while ") {
        Some(Outcome::Success)
    } else {
        None
    }
}

/// Behind the account that was refused: its name holds no colon, which ends it where it is sent, so that the first such place is the true one.
fn behind_account(text: &[u8]) -> Option<&[u8]> {
    if let Some(name) = behind(text, b"user \"") {
        return name.get(
            find(name, b"\": password mismatch, ")
                .or_else(|| find(name, b"\" was not found in \""))?..,
        );
    }
    let name = behind(text, b"PAM: user '")?;
    name.get(find(name, b"' - not authenticated: ")?..)
}

/// `[Thu Jan 15 11:30:00.123456 2026] [core:error] [pid 12:tid 34] (13)Permission denied: [client 192.0.2.1:51234] AH00035: access to /x denied`
fn apache(message: &[u8]) -> Option<Entry<'_>> {
    let (stamp, rest) = split_once(behind(message, b"[")?, b"] ")?;
    behind_time(rest, Some(crate::time::ctime(stamp).or_else(|| crate::time::parse(stamp))?))
}

/// The message behind `web1 nginx: `, which some relays put before it a second time.
fn without_second_tag(message: &[u8]) -> &[u8] {
    match split_once(message, b" nginx: ") {
        Some((host, rest)) if !host.contains(&b' ') => rest,
        _ => message,
    }
}

/// `2026-01-15 11:30:00.123 [auth_basic:error] [pid 12] [client ..] ..`, a format of Apache's that is often chosen: its module and its process tell it from others'.
fn dated(message: &[u8]) -> Option<Entry<'_>> {
    let head = message.get(..MOST_BEFORE_LEVEL).unwrap_or(message);
    let (stamp, _) = split_once(head, b" [")?;
    let rest = message.get(stamp.len().saturating_add(1)..)?;
    let (level, behind) = split_once(rest, b"] ")?;
    let is_apaches =
        level.contains(&b':') && (begins(behind, b"[pid ") || begins(behind, b"[client "));
    if !is_apaches {
        return None;
    }
    behind_time(rest, Some(crate::time::parse(stamp)?))
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
        if let Some(outcome) = mail(self.reason).filter(|_| !self.client.is_empty()) {
            return self.mail(outcome, line);
        }
        let Refused { user, may_sign_in, is_proof_wrong } = refused(self.reason);
        line.put(Field::ActorName, user);
        if is_proof_wrong {
            line.event.set_class(Class::Login);
        }
        line.event.set_category(if may_sign_in || is_proof_wrong {
            Category::Authentication
        } else if self.client.is_empty() {
            Category::System
        } else {
            Category::Network
        });
        line.event.set_outcome(if may_sign_in {
            Outcome::Denied
        } else {
            self.outcome(is_proof_wrong)
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
            // The access log has the request, too; where it is not read, a wrong password is told here alone.
            if !is_proof_wrong {
                line.event.times = 0;
            } else {
                (line.event.failure_report, line.event.served_by) =
                    (Some(FailureReport::Pam), Some(&SERVER));
            }
            self.origin(line);
        }
    }

    /// A sign-in to mail, which no access log has.
    fn mail(&self, outcome: Outcome, line: &mut Line<'a>) {
        let user = self.login.unwrap_or_default();
        line.put(Field::ActorName, user);
        line.event.put_word(Field::ActorType, if user.is_empty() { "anonymous" } else { "user" });
        line.event.put_word(Field::ActionName, "mail_login");
        line.event.set_class(Class::Login);
        line.event.set_category(Category::Authentication);
        line.event.set_outcome(outcome);
        self.origin(line);
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
            || !self.client.is_empty() && begins(self.reason, b"(13)Permission denied: ")
            || begins(self.reason, b"AH00035: access to ")
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
    /// The proof was wrong, though the name may be empty.
    is_proof_wrong: bool,
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
        return Refused { user, may_sign_in: true, is_proof_wrong: false };
    }
    let text = behind(text, b"auth_ldap authenticate: ").unwrap_or(text);
    if let Some(user) = by_module(text) {
        return Refused { user, is_proof_wrong: true, ..Refused::default() };
    }
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
                    .or_else(|| find(rest, b" authentication failed; URI "))
                    .or_else(|| rest.strip_suffix(b" not found").map(<[u8]>::len)),
            )
        }
    };
    let user = end.and_then(|end| rest.get(..end));
    Refused { user: user.unwrap_or_default(), is_proof_wrong: user.is_some(), ..Refused::default() }
}

/// Whom one of nginx's modules refused: `PAM: user 'bob' - not authenticated: Authentication failure`, `LDAP authentication failed for user "bob"`.
fn by_module(text: &[u8]) -> Option<&[u8]> {
    if let Some(name) = behind(text, b"PAM: user '") {
        return name.get(..find(name, b"' - not authenticated: ")?);
    }
    let name = behind(text, b"LDAP authentication failed for user \"")?;
    name.get(..rfind_byte(name, b'"', name.len())?)
}

/// `Authorization of user bob to access /x failed, reason: ..`, `access to /x failed for host, reason: user bob not allowed access`, which 2.2 wrote.
fn without_right(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = behind(text, b"Authorization of user ") {
        return rest.get(..find(rest, b" to access ")?);
    }
    if let Some(rest) = behind(text, b"user ")
        && let Some(end) = find(rest, b": authorization failure for ")
    {
        return rest.get(..end);
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

    /// Guesses are counted once, whichever of the two logs is read.
    #[test]
    fn a_wrong_password_is_counted_once() {
        let error = |second: usize| {
            format!(
                r#"2026/01/15 11:30:{second:02} [error] 12#12: *3 user "bob": password mismatch, client: 192.0.2.1, server: s, request: "GET / HTTP/1.1", host: "h""#
            )
        };
        let access = |second: usize| {
            format!(
                r#"192.0.2.1 - bob [15/Jan/2026:11:30:{second:02} +0000] "GET / HTTP/1.1" 401 5 "-" "curl""#
            )
        };
        let alone: Vec<String> = (0..40).map(error).collect();
        assert_eq!(testing::times(&alone), vec![1; 40]);
        let both: Vec<String> =
            (0..20).flat_map(|second| [error(second), access(second)]).collect();
        let counted: u32 = testing::times(&both).iter().sum();
        // What was said before the access log was known is counted, once.
        assert_eq!(counted, 21);
        // Files may be read one after the other.
        let later: Vec<String> =
            (0..10).map(access).chain((10..20).map(error)).chain((20..30).map(access)).collect();
        assert_eq!(testing::times(&later).iter().sum::<u32>(), 20);
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in [
            "2026/01/15 11:30:00 started",
            "2026-01-15 11:30:00 [error] [client 192.0.2.1] user bob not found: /x",
            "2026-01-15 11:30:00 [auth:error] user bob not found: /x",
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
            r#"2026/01/15 11:30:00 [error] 12#34: *3 user "bob": password mismatch, client: 192.0.2.1, server: s, request: "GET / HTTP/1.1", host: "h", referrer: "http://z/, client: 10.9.9.9, server: q""#,
            r#"http.error http_error login failure who=bob on=url target=/ ip=192.0.2.1 method=GET url=/ code=error why=user \"bob\": password mismatch host=s Pam"#,
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 user "a, client: 10.9.9.9, server: q" was not found in "/etc/users", client: 192.0.2.1, server: s, request: "GET / HTTP/1.1", host: "h""#,
            r#"http.error http_error login failure who=a, client: 10.9.9.9, server: q on=url target=/ ip=192.0.2.1 method=GET url=/ code=error why=user \"a, client: 10.9.9.9, server: q\" was not found in \"/etc/users\" host=s Pam"#,
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 access forbidden by rule, client: 192.0.2.1, server: s, request: "GET /, client: 10.9.9.9, server: q"#,
            "http.error http_error other denied ip=192.0.2.1 code=error why=access forbidden by rule host=s x0",
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 PAM: user 'bob' - not authenticated: Authentication failure, client: 2001:db8::1, server: s, request: "GET / HTTP/1.1", host: "h""#,
            "http.error http_error login failure who=bob on=url target=/ ip=2001:db8::1 method=GET url=/ code=error why=PAM: user 'bob' - not authenticated: Authentication failure host=s Pam",
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 LDAP authentication failed for user "bob", client: 192.0.2.1, server: s, request: "GET / HTTP/1.1", host: "h""#,
            r#"http.error http_error login failure who=bob on=url target=/ ip=192.0.2.1 method=GET url=/ code=error why=LDAP authentication failed for user \"bob\" host=s Pam"#,
        ),
        (
            r#"2026/01/15 11:30:00 [info] 12#34: *3 client login failed: "Invalid login or password" while in http auth state, client: 192.0.2.1, server: 0.0.0.0:143, login: "bob""#,
            r#"http.error mail_login login failure who=bob ip=192.0.2.1 code=info why=client login failed: \"Invalid login or password\" while in http auth state"#,
        ),
        (
            r#"2026/01/15 11:30:00 [info] 12#34: *3 client login failed: "535 5.7.8 no" while in http auth state, client: 2001:db8::1 using starttls, server: [::]:25, login: "a, client: 10.9.9.9, server: q", upstream: 10.0.0.9:25"#,
            r#"http.error mail_login login failure who=a, client: 10.9.9.9, server: q ip=2001:db8::1 code=info why=client login failed: \"535 5.7.8 no\" while in http auth state"#,
        ),
        (
            r#"2026/01/15 11:30:00 [info] 12#34: *3 client logged in, client: 192.0.2.1, server: 0.0.0.0:110, login: "bob", upstream: 10.0.0.9:110"#,
            "http.error mail_login login success who=bob ip=192.0.2.1 code=info why=client logged in",
        ),
        (
            r#"Jan 15 11:30:00 web1 nginx[1]: web1 nginx: 2026/01/15 11:30:00 [error] 12#34: *3 user "bob": password mismatch, client: 192.0.2.1, server: s"#,
            r#"http.error http_error login failure who=bob ip=192.0.2.1 code=error why=user \"bob\": password mismatch host=web1 service=nginx Pam"#,
        ),
        (
            "[Thu Jan 15 11:30:00 2026] [error] [client 192.0.2.1] user bob not found",
            "http.error http_error login failure who=bob ip=192.0.2.1 code=error why=user bob not found Pam",
        ),
        (
            "[Thu Jan 15 11:30:00 2026] [error] [client 192.0.2.1] user  not found: /x",
            "http.error http_error login failure ip=192.0.2.1 code=error why=user  not found: /x Pam",
        ),
        (
            r#"[Thu Jan 15 11:30:00 2026] [authz_core:error] [pid 12] [client 192.0.2.1:51234] AH01631: user bob: authorization failure for "/x": "#,
            r#"http.error http_error other denied who=bob ip=192.0.2.1 port=51234 code=error why=AH01631: user bob: authorization failure for \"/x\": x0"#,
        ),
        (
            "2026-01-15 11:30:00.123 [auth_basic:error] [pid 12] [client 192.0.2.1:51234] AH01618: user bob not found: /x",
            "http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01618: user bob not found: /x Pam",
        ),
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
            "http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01618: user bob not found: /admin Pam",
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
            "http.error http_error login failure who=bob ip=192.0.2.1 code=error why=Digest: user `bob' in realm `private' not found: /x Pam",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [auth_digest:error] [pid 12] [client 192.0.2.1:51234] AH01792: user bob: password mismatch: /x",
            "http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01792: user bob: password mismatch: /x Pam",
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [authnz_ldap:error] [pid 12] [client 192.0.2.1:51234] AH01695: auth_ldap authenticate: user bob authentication failed; URI /x [LDAP: bind failed][Invalid credentials]",
            "http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01695: auth_ldap authenticate: user bob authentication failed; URI /x [LDAP: bind failed][Invalid credentials] Pam",
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
            r#"http.error http_error login failure who=bob on=url target=/admin ip=192.0.2.1 method=GET url=/admin code=error why=user \"bob\": password mismatch host=shop.example Pam"#,
        ),
        (
            r#"2026/01/15 11:30:00 [error] 12#34: *3 user "bob" was not found in "/etc/nginx/.htpasswd", client: 2001:db8::1, server: _, request: "GET /admin HTTP/2.0", host: "shop.example""#,
            r#"http.error http_error login failure who=bob on=url target=/admin ip=2001:db8::1 method=GET url=/admin code=error why=user \"bob\" was not found in \"/etc/nginx/.htpasswd\" Pam"#,
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
            "http.error http_error other denied ip=192.0.2.1 port=51234 code=error why=(13)Permission denied: [client 192.0.2.1:51234] AH00035: access to /x denied (filesystem path '/srv/x') because search permissions are missing x0",
        ),
        (
            r#"[Thu Jan 15 11:30:00.000456 2026] [auth_basic:error] [pid 12] [client 192.0.2.1:51234] AH01617: user bob: authentication failure for "/admin": Password Mismatch"#,
            r#"http.error http_error login failure who=bob ip=192.0.2.1 port=51234 code=error why=AH01617: user bob: authentication failure for \"/admin\": Password Mismatch Pam"#,
        ),
        (
            "[Thu Jan 15 11:30:00.000456 2026] [auth_basic:error] [pid 12] [client 2001:db8::1:51234] AH01618: user bob not found: /admin, referer: http://r/",
            "http.error http_error login failure who=bob ip=2001:db8::1 port=51234 code=error why=AH01618: user bob not found: /admin, referer: http://r/ Pam",
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
            r#"http.error http_error login failure who=bob ip=192.0.2.1 code=error why=user bob: authentication failure for \"/\": Password Mismatch Pam"#,
        ),
        (
            "[Thu Jan 15 11:30:00 2026] [notice] caught SIGTERM, shutting down",
            "http.error http_error other unknown code=notice why=caught SIGTERM, shutting down",
        ),
    ];
}
