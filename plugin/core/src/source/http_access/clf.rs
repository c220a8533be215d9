//! The Common Log Format, the combined one, and what servers put before and behind them.

use super::{Entry, is_method};
use crate::address::{self, Proxies};
use crate::event::Field;
use crate::parse::line::{
    Line, find, is_address, next_word, quoted, rsplit_once, skip_blanks, split_once, token, word,
};
use crate::text::{find_byte, has_byte, number};
use crate::value::Val;

/// `[vhost] addresses ident user [time] "request" status bytes "referer" "agent" ...`
pub(super) fn read(line: &mut Line<'_>) -> bool {
    if !has_byte(line.message, b'[') {
        return false;
    }
    // Some shippers glue lines together: the first one counts.
    let text = line.message.get(..find_byte(line.message, b'\n', 0)).unwrap_or_default();
    let Some((before, moment, behind)) = around_time(text) else {
        return false;
    };
    let Some(time) = line.days.common_log(moment).or_else(|| line.days.parse(moment)) else {
        return false;
    };
    let mut entry = Entry::default();
    let is_read = if before.is_empty() {
        encrypted(behind, &mut entry) || proxy_manager(behind, &mut entry)
    } else {
        who(before, line.proxies, &mut entry) && what(behind, &mut entry, line) && {
            if entry.user.starts_with(b"[") && is_of_ingress(behind) {
                behind_list(line.proxies, &mut entry);
            }
            true
        }
    };
    if !is_read {
        return false;
    }
    line.set_time(time);
    entry.fill(line);
    true
}

/// Apache's `ssl_request_log`: `[time] address protocol cipher "request" bytes`.
fn encrypted<'a>(text: &'a [u8], entry: &mut Entry<'a>) -> bool {
    let (address, rest) = next_word(text);
    let (_protocol, rest) = next_word(rest);
    let (_cipher, rest) = next_word(rest);
    let Some((request, bytes)) = quoted(rest) else {
        return false;
    };
    if !(bytes == b"-" || number(bytes).is_some()) {
        return false;
    }
    (entry.address, entry.bytes) = (address, number(bytes));
    entry.request(request);
    !address.is_empty()
}

/// nginx Proxy Manager: `[time] [cache upstream-status] status - METHOD scheme host "uri" [Client address] [Length bytes] [Gzip ratio] [Sent-to server] "agent" "referer"`.
#[cold]
#[inline(never)]
fn proxy_manager<'a>(text: &'a [u8], entry: &mut Entry<'a>) -> bool {
    let parts = || {
        let (statuses, rest) = split_once(text, b" - ").filter(|(head, _)| head.len() > 2)?;
        // Where nothing came from a cache, a dash stands for that too.
        let (statuses, rest) = match next_word(rest) {
            (word, _) if number(word).is_some() => split_once(rest, b" - ")?,
            _ => (statuses, rest),
        };
        let status = statuses.rsplit(|&byte| byte == b' ').next()?;
        let (method, rest) = next_word(rest);
        let (_scheme, rest) = next_word(rest);
        let (host, rest) = next_word(rest);
        let (url, rest) = quoted(rest)?;
        let (client, rest) = split_once(rest.strip_prefix(b"[Client ")?, b"] ")?;
        Some((number(status)?, method, host, url, client, rest))
    };
    let Some((status, method, host, url, client, rest)) = parts() else {
        return false;
    };
    if !is_method(method) || !is_client(client) {
        return false;
    }
    (entry.status, entry.method, entry.host, entry.url) = (Some(status), method, host, url);
    client_is(client, entry);
    if let Some((bytes, _)) =
        rest.strip_prefix(b"[Length ").and_then(|rest| split_once(rest, b"] "))
    {
        entry.bytes = number(bytes);
    }
    let quote = find(rest, b"] \"").and_then(|at| rest.get(at.saturating_add(2)..));
    entry.agent = quote.and_then(quoted).map_or(b"", |(agent, _)| agent);
    true
}

/// A time's brackets are not farther apart.
const MOST_MOMENT: usize = 48;

/// The text before, within and behind the brackets of the time. A name before it may hold brackets as well, but no quote that is not escaped.
fn around_time(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut from = 0usize;
    let mut last = None;
    loop {
        let next =
            text.get(from..).and_then(|rest| find(rest, b"[")).map(|at| from.saturating_add(at));
        let Some(at) = next else { return last };
        let inner = text.get(at.saturating_add(1)..)?;
        if is_moment(inner)
            && let Some(end) = find(inner.get(..MOST_MOMENT).unwrap_or(inner), b"] ")
        {
            let found = (
                text.get(..at)?.trim_ascii_end(),
                inner.get(..end)?,
                skip_blanks(inner.get(end.saturating_add(1)..)?),
            );
            // The request comes next, or there are fields between.
            if matches!(found.2, [b'"', ..]) {
                return Some(found);
            }
            last = Some(found);
        }
        from = at.saturating_add(1);
    }
}

/// `15/Jan/2026:` or `2026-01-15T`.
fn is_moment(text: &[u8]) -> bool {
    matches!(text, [_, _, b'/', _, _, _, b'/', ..] | [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..])
}

/// A time that someone put before the line is no host.
#[inline(always)]
fn behind_stamp(text: &[u8]) -> &[u8] {
    if !matches!(text.get(10), Some(b'T')) {
        return text;
    }
    let (stamp, rest) = next_word(text);
    if crate::time::parse(stamp).is_some() { rest } else { text }
}

/// Hosts, addresses, identity and user.
fn who<'a>(text: &'a [u8], proxies: &Proxies, entry: &mut Entry<'a>) -> bool {
    let text = behind_stamp(text);
    // Apache's `(%{X-Forwarded-For}i) %h %l %u`.
    if let Some(inner) = text.strip_prefix(b"(")
        && let Some((list, rest)) = split_once(inner, b") ")
        && !rest.starts_with(b"(")
        && find(rest, b") ").is_none()
    {
        return who(rest, proxies, entry) && {
            entry.ask_for(list, proxies);
            true
        };
    }
    let (first, rest) = token(text);
    let (second, behind) = word(rest);
    let is_list = first.contains(&b',');
    // Of two addresses the second is the peer, the first is what the client writes: a proxy's word, where the peer is one.
    let is_peer = || {
        is_client(second)
            && !next_word(behind).1.is_empty()
            && address::hop(second).is_some_and(|hop| !proxies.has(hop.ip))
    };
    if is_address(first) && !is_peer() {
        entry.address = first;
        name(rest, entry);
    } else if is_client(second) && !is_list {
        entry.host = without_port(first);
        client_is(second, entry);
        name(behind, entry);
    } else if is_client(first) {
        client_is(first, entry);
        name(rest, entry);
    } else if second == b"-" && !is_list {
        // No one asks who is at the other end: what stands before is the client.
        entry.address = if first == b"unix:" { b"-" } else { first };
        entry.user = unquoted(behind);
    } else {
        return listed(text, proxies, entry);
    }
    !entry.address.is_empty() || entry.client.is_some()
}

/// An address by itself, or with a port.
fn is_client(text: &[u8]) -> bool {
    is_address(text) || matches!(text, [b'0'..=b'9' | b'[', ..]) && address::hop(text).is_some()
}

fn client_is<'a>(text: &'a [u8], entry: &mut Entry<'a>) {
    entry.address = text;
    if !is_address(text) {
        entry.come_from(address::hop(text));
    }
}

/// `shop.example:443` without the port.
fn without_port(host: &[u8]) -> &[u8] {
    match rsplit_once(host, b":") {
        Some((name, port)) if number(port).is_some() && !name.contains(&b':') => name,
        _ => host,
    }
}

/// Identity and user, which may have blanks in it. The proxy's own address may stand before them.
fn name<'a>(text: &'a [u8], entry: &mut Entry<'a>) {
    let (first, rest) = next_word(text);
    let (second, behind) = next_word(rest);
    let user =
        if is_address(first) && !behind.is_empty() && !second.is_empty() { behind } else { rest };
    // Another field may stand before them.
    let user = user.strip_prefix(b"- ").unwrap_or(user);
    entry.user = unquoted(behind_hops(user, entry.address).unwrap_or(user));
    // lighttpd writes the virtual host in the place of the identity.
    if entry.host.is_empty() && is_host(first) && !is_address(first) {
        entry.host = first;
    }
}

/// True if the line ends as those of ingress-nginx do: length, duration and `[upstream]` behind the agent, where no client writes.
fn is_of_ingress(text: &[u8]) -> bool {
    let (_, rest) = rsplit_once(text, b"\" ").unwrap_or((b"", b""));
    let (length, rest) = next_word(rest);
    let (seconds, rest) = next_word(rest);
    number(length).is_some()
        && seconds.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && rest.starts_with(b"[")
}

/// Takes the client from `[client, address] - user`, as ingress-nginx wrote `X-Forwarded-For` once.
#[cold]
fn behind_list(proxies: &Proxies, entry: &mut Entry<'_>) {
    let Some((list, user)) =
        entry.user.strip_prefix(b"[").and_then(|user| split_once(user, b"] - "))
    else {
        return;
    };
    if list.split(|&byte| byte == b',').all(|part| address::hop(part.trim_ascii()).is_some()) {
        entry.user = unquoted(user.strip_prefix(b"- ").unwrap_or(user));
        entry.ask_for(list, proxies);
    }
}

/// The user behind `[address] - ` or `[list, address] - `, as ingress-nginx wrote it once: the same address again.
fn behind_hops<'a>(user: &'a [u8], address: &[u8]) -> Option<&'a [u8]> {
    let (list, user) = split_once(user.strip_prefix(b"[")?, b"] - ")?;
    let last = list.rsplit(|&byte| byte == b',').next()?.trim_ascii();
    (last == address).then_some(user)
}

fn unquoted(user: &[u8]) -> &[u8] {
    user.strip_prefix(b"\"").and_then(|user| user.strip_suffix(b"\"")).unwrap_or(user)
}

/// Several clients, or names of hosts: the last two words are identity and user.
fn listed<'a>(text: &'a [u8], proxies: &Proxies, entry: &mut Entry<'a>) -> bool {
    let Some((head, user)) = rsplit_once(text, b" ") else {
        return false;
    };
    let (hosts, _identity) = rsplit_once(head, b" ").unwrap_or((head, b""));
    entry.user = unquoted(user);
    let (first, rest) = token(hosts);
    let (list, otherwise) = if rest.is_empty() {
        (first, first)
    } else if first.contains(&b',') {
        (hosts, first)
    } else {
        entry.host = without_port(first);
        (rest, rest)
    };
    entry.come_from(proxies.client(list));
    // The first of several names.
    entry.address = next_word(otherwise.strip_prefix(b"\"").unwrap_or(otherwise))
        .0
        .split(|&byte| byte == b',')
        .next()
        .unwrap_or_default();
    !entry.address.is_empty()
}

/// The request, how it was answered, and by whom it was asked.
fn what<'a>(text: &'a [u8], entry: &mut Entry<'a>, line: &mut Line<'a>) -> bool {
    let (between, text) = to_quote(text);
    let Some((request, rest)) = quoted(text) else {
        return false;
    };
    if !between.is_empty() && entry.host.is_empty() && is_host(between) {
        entry.host = between;
    }
    // Some put another field before it.
    let rest = match quoted(rest) {
        Some((second, behind)) if entry.request(second) => {
            if entry.host.is_empty() && is_host(request) {
                entry.host = request;
            }
            behind
        }
        Some((_, behind)) if request == b"-" => behind,
        _ => {
            entry.request(request);
            rest
        }
    };
    let (status, rest) = word(rest);
    let (bytes, rest) = word(rest);
    let is_answer = status.len() == 3 && number(status).is_some()
        || status == b"-" && (bytes == b"-" || number(bytes).is_some());
    if !is_answer {
        return false;
    }
    (entry.status, entry.bytes) = (number(status), number(bytes));
    // Numbers before the referer are durations.
    let (_referer, rest) = match next_word(rest) {
        (b"-", behind) if is_last_quoted(behind) => (&b"-"[..], behind),
        (first, behind) if number(first).is_some() => token(behind),
        _ => token(to_quote(rest).1),
    };
    match (rest, quoted(rest)) {
        // The line was cut off.
        ([b'"', agent @ ..], None) => entry.agent = agent,
        (_, Some((agent, rest))) => {
            entry.agent = agent;
            extras(rest, entry, line);
        }
        _ => {
            let (agent, rest) = next_word(rest);
            entry.agent = agent;
            extras(rest, entry, line);
        }
    }
    true
}

/// One text in quotes, and none behind it: the agent, where no referer is between quotes.
fn is_last_quoted(text: &[u8]) -> bool {
    quoted(text).is_some_and(|(_, behind)| !matches!(behind, [b'"', ..]))
}

/// How many fields may stand where a quote is looked for.
const MOST_BETWEEN: usize = 3;

/// The first of the words before the next quote, and the text from there on; all of the text where there is none near.
fn to_quote(text: &[u8]) -> (&[u8], &[u8]) {
    if matches!(text, [b'"', ..]) {
        return (b"", text);
    }
    let (first, mut rest) = next_word(text);
    for _ in 0..MOST_BETWEEN {
        if matches!(rest, [b'"', ..]) {
            return (first, rest);
        }
        rest = next_word(rest).1;
    }
    (b"", text)
}

/// A host's name: it has a letter and a dot.
fn is_host(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(byte))
        && text.iter().any(u8::is_ascii_alphabetic)
        && text.contains(&b'.')
}

/// Traefik: `623114 "router" "http://backend" 8ms`. ingress-nginx: `325 0.001 [service] [] upstream bytes seconds status id`.
/// nginx, as it is often told to: `"forwarded for" 0.123`, `rt=0.123 uct="0.001"`.
fn extras<'a>(text: &'a [u8], entry: &mut Entry<'a>, line: &mut Line<'a>) {
    if text.is_empty() {
        return;
    }
    if let Some(forwarded) = forwarded(text) {
        entry.ask_for(forwarded, line.proxies);
    }
    let (head, last) = rsplit_once(text, b" ").unwrap_or((b"", text));
    if let Some(ms) = last.strip_suffix(b"ms").filter(|ms| number(ms).is_some()) {
        line.put_number(Field::RequestLatency, ms);
        entry.service = quoted(next_word(head).1).map_or(&b""[..], |(router, _)| router);
    } else if let Some(at) =
        find(head, b" [").filter(|_| last.len() == 32 && last.iter().all(u8::is_ascii_hexdigit))
    {
        entry.request_id = last;
        let service = head.get(at.saturating_add(2)..).unwrap_or_default();
        entry.service = service.split(|&byte| byte == b']').next().unwrap_or_default();
    } else if let Some(ms) = seconds(text) {
        line.event.set(Field::RequestLatency, Val::Int(ms));
    }
}

/// For whom a proxy asked: in nginx's own `main` the first text in quotes says so, else one that is named after that.
fn forwarded(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    for _ in 0..MOST_EXTRAS {
        if let Some((list, _)) = quoted(rest) {
            return Some(list);
        }
        let (word, mut behind) = next_word(rest);
        if let Some(at) = word.iter().position(|byte| matches!(byte, b'=' | b':')) {
            let value = rest.get(at.saturating_add(1)..)?;
            let mut list = word.get(at.saturating_add(1)..)?;
            if let Some((inner, more)) = quoted(value) {
                (list, behind) = (inner, more);
            }
            let name = rest.get(..at)?;
            if FORWARDED.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                return Some(list);
            }
        }
        if behind.is_empty() {
            return None;
        }
        rest = behind;
    }
    None
}

/// How fields are named that say for whom a proxy asked.
const FORWARDED: &[&[u8]] = &[
    b"xff",
    b"x_forwarded_for",
    b"x-forwarded-for",
    b"http_x_forwarded_for",
    b"forwarded_for",
    b"forwarded",
    b"fwd",
];

/// How many fields behind the agent are looked at.
const MOST_EXTRAS: usize = 8;

/// The first field that is a time as nginx writes it, with three digits behind the point, in milliseconds. Its name may stand before it: but for `rt` and
/// `request_time`, that is another's time.
fn seconds(text: &[u8]) -> Option<i64> {
    let mut rest = text;
    for _ in 0..MOST_EXTRAS {
        let (field, behind) = token(rest);
        let named = [&b"rt="[..], b"request_time=", b"rt:", b"request_time:"]
            .iter()
            .find_map(|name| field.strip_prefix(*name));
        if let Some(ms) = millis(unquoted(named.unwrap_or(field))) {
            return Some(ms);
        }
        if behind.is_empty() {
            return None;
        }
        rest = behind;
    }
    None
}

/// `0.123` as 123.
fn millis(text: &[u8]) -> Option<i64> {
    let (whole, fraction) = text.split_at_checked(text.len().checked_sub(4)?)?;
    let [b'.', fraction @ ..] = fraction else {
        return None;
    };
    Some(number(whole)?.saturating_mul(1000).saturating_add(number(fraction)?))
}
