//! Forms of messages: `Failed %m for %u from %a ssh%*`. Letters stand for parts; everything else stands for itself.
//!
//! | | |
//! |---|---|
//! | `%u` | an account, up to the last place where the rest fits: names are what an attacker says they are |
//! | `%U` | an account that exists, up to the first such place: its name is no attacker's choice, but what follows the address may be |
//! | `%a` | an address or host, with ` port N` or `:N` behind it where there is one |
//! | `%d` | the same of a program that always writes `:N` behind it, of IPv6 as well |
//! | `%A` | the same, and the port must be there: it tells the address from a name with blanks in it |
//! | `%m` | a word: how they proved who they are |
//! | `%t` | what it was done to, up to what follows |
//! | `%T` | the same, up to the last place where the rest fits |
//! | `%b` | who did it, up to what follows |
//! | `%n` | a number: the account's id |
//! | `%c` | a number: how many |
//! | `%'` | a quote that opens: `'`, or a backquote as older programs write it |
//! | `%w` | a word that tells nothing |
//! | `%x` | anything up to what follows, which tells nothing |
//! | `%R` | why, up to what follows |
//! | `%Q` | the same, up to the last place where the rest fits |
//! | `%r` | the rest: why |
//! | `%*` | the rest, which tells nothing |

use crate::parse::line::{Wanted, ipv4_len, is_address, low_bytes};
use crate::text::{behind, equals, find_byte, first_mark, number, rfind_byte, word_within};

/// The parts of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) account: &'a [u8],
    pub(super) by: &'a [u8],
    pub(super) address: &'a [u8],
    /// It was seen to be one, not a name.
    pub(super) is_ipv4: bool,
    pub(super) port: &'a [u8],
    pub(super) method: &'a [u8],
    pub(super) target: &'a [u8],
    pub(super) id: &'a [u8],
    pub(super) count: &'a [u8],
    pub(super) reason: &'a [u8],
}

/// At how many places the end of a name is looked for.
const MOST_ENDS: usize = 8;

/// The first bytes of a form, up to eight, that stand for themselves, and which of a word's they are: most messages are told from it by these.
pub(super) const fn head(form: &'static str) -> (u64, u64) {
    let (mut head, mut mask, mut shift, mut rest) = (0u64, 0u64, 0u32, form.as_bytes());
    while let [byte, more @ ..] = rest {
        if *byte == b'%' || shift == 64 {
            break;
        }
        head |= (*byte as u64).wrapping_shl(shift);
        mask |= 0xffu64.wrapping_shl(shift);
        (shift, rest) = (shift.wrapping_add(8), more);
    }
    (head, mask)
}

/// Reads the message where it has this form. Forms are ours, and so is how deep this goes: one step for each account in the form.
pub(super) fn read<'a>(form: &'static [u8], message: &'a [u8], parts: &mut Parts<'a>) -> bool {
    let (mut in_form, mut at) = (0usize, 0usize);
    loop {
        let Some(len) = same_literal(form, in_form, message, at) else {
            return false;
        };
        (in_form, at) = (in_form.wrapping_add(len), at.wrapping_add(len));
        let Some(letter) = form.get(in_form.wrapping_add(1)) else {
            return at == message.len();
        };
        let rest = form.get(in_form.wrapping_add(2)..).unwrap_or_default();
        let text = message.get(at..).unwrap_or_default();
        let end = match letter {
            b'u' | b'U' | b'T' | b'Q' => return ending(*letter, rest, text, parts),
            b'r' | b'*' => text.len(),
            b'a' | b'A' => match origin(text, parts) {
                Some(end) if *letter == b'a' || !parts.port.is_empty() => end,
                _ => return false,
            },
            b'd' => match origin(text, parts) {
                Some(end) => {
                    port_of_ipv6(parts);
                    end
                }
                None => return false,
            },
            b'n' | b'c' => text.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            b'm' | b'w' => find_byte(text, b' ', 0),
            b'\'' => match text {
                [b'\'' | b'`', ..] => 1,
                _ => return false,
            },
            _ => match literal(rest) {
                [] => text.len(),
                next => match Wanted::of(next).find(text) {
                    Some(end) => end,
                    None => return false,
                },
            },
        };
        let part = text.get(..end).unwrap_or_default();
        if part.is_empty() && !matches!(letter, b'r' | b'*' | b'b' | b't' | b'x' | b'R') {
            return false;
        }
        match letter {
            b'm' => parts.method = part,
            b't' => parts.target = part,
            b'b' => parts.by = part,
            b'n' => parts.id = part,
            b'c' if number(part).is_some() => parts.count = part,
            b'r' | b'R' => parts.reason = part,
            _ => {}
        }
        (in_form, at) = (in_form.wrapping_add(2), at.wrapping_add(end));
    }
}

/// How long the text is that stands for itself at `in_form`, if the message has it at `at`; compared by eights.
#[inline(always)]
fn same_literal(form: &[u8], in_form: usize, message: &[u8], at: usize) -> Option<usize> {
    let mut len = 0usize;
    loop {
        let from = in_form.wrapping_add(len);
        let word = word_within(form, from);
        let more = match equals(word, b'%') {
            0 => form.len().saturating_sub(from).min(8),
            marks => first_mark(marks),
        };
        if (word ^ word_within(message, at.wrapping_add(len))) & low_bytes(more) != 0 {
            return None;
        }
        len = len.wrapping_add(more);
        if more < 8 {
            return Some(len);
        }
    }
}

/// Literal text at the form's beginning.
fn literal(form: &'static [u8]) -> &'static [u8] {
    form.get(..find_byte(form, b'%', 0)).unwrap_or_default()
}

/// A part that ends where what follows it fits: at the last such place, or at the first if it is an account that exists.
fn ending<'a>(letter: u8, form: &'static [u8], text: &'a [u8], parts: &mut Parts<'a>) -> bool {
    let next = literal(form);
    if next.is_empty() {
        put(letter, text, parts);
        return read(form, b"", parts);
    }
    // An address behind a name is found by its port: the blank before it is one of many.
    let before_address = matches!(form, [b' ', b'%', b'A', ..]);
    let next = if before_address { &b" port "[..] } else { next };
    let wanted = Wanted::of(next);
    let (mut from, mut to) = (0usize, text.len());
    for _ in 0..MOST_ENDS {
        let found = match letter {
            b'U' => text
                .get(from..)
                .and_then(|rest| wanted.find(rest))
                .map(|at| at.saturating_add(from)),
            _ => text.get(..to).and_then(|head| wanted.rfind(head)),
        };
        let Some(found) = found else { return false };
        let end = if before_address { rfind_byte(text, b' ', found) } else { Some(found) };
        if let Some((part, rest)) = end.and_then(|end| text.split_at_checked(end)) {
            let before = *parts;
            put(letter, part, parts);
            if read(form, rest, parts) {
                return true;
            }
            *parts = before;
        }
        (from, to) = (found.saturating_add(1), found.saturating_add(next.len()).saturating_sub(1));
    }
    false
}

fn put<'a>(letter: u8, part: &'a [u8], parts: &mut Parts<'a>) {
    match letter {
        b'T' => parts.target = part,
        b'Q' => parts.reason = part,
        _ => parts.account = part,
    }
}

/// Takes an address with its port; gives where it ends.
fn origin<'a>(text: &'a [u8], parts: &mut Parts<'a>) -> Option<usize> {
    // Mostly it is an IPv4 address by itself.
    if let Some(len) = ipv4_len(text)
        && matches!(text.get(len), Some(b' ') | None)
    {
        (parts.address, parts.is_ipv4) = (text.get(..len)?, true);
        return Some(len.saturating_add(port(text.get(len..)?, parts)));
    }
    parts.is_ipv4 = false;
    let opened = text.iter().take_while(|&&byte| byte == b'<' || byte == b'[').count();
    let inner = text.get(opened..)?;
    let len = inner.iter().position(|byte| b" >],)'\"".contains(byte)).unwrap_or(inner.len());
    let token = inner.get(..len)?;
    // `192.0.2.1/32`
    let slash = find_byte(token, b'/', 0);
    if slash < token.len()
        && let Some(address) = token.get(..slash).filter(|text| is_address(text))
    {
        parts.address = address;
        return Some(opened.saturating_add(slash));
    }
    let mut address =
        token.strip_suffix(b":").or_else(|| token.strip_suffix(b".")).unwrap_or(token);
    let mut end = opened.saturating_add(address.len());
    // `192.0.2.1:22`, and the same in IPv6 clothes: a port behind the last colon.
    if let Some(colon) = address.iter().rposition(|&byte| byte == b':')
        && let (Some(head), Some(port)) =
            (address.get(..colon), address.get(colon.saturating_add(1)..))
        && (head.contains(&b'.') && number(port).is_some())
    {
        (address, parts.port) = (head, port);
    }
    let port_len = inner
        .get(len..)
        .filter(|_| end == opened.saturating_add(len))
        .map_or(0, |rest| port(rest, parts));
    if port_len > 0 {
        end = end.saturating_add(port_len);
    } else if opened > 0 && end == opened.saturating_add(len) {
        let closed =
            inner.get(len..)?.iter().take_while(|&&byte| byte == b'>' || byte == b']').count();
        end = end.saturating_add(closed);
        // `[192.0.2.1]:22`
        if let Some(digits) = inner
            .get(len.saturating_add(closed)..)
            .and_then(|rest| behind(rest, b":"))
            .map(digits)
            .filter(|digits| !digits.is_empty())
        {
            parts.port = digits;
            end = end.saturating_add(digits.len()).saturating_add(1);
        }
    }
    parts.address =
        address.strip_prefix(b"::ffff:").filter(|rest| rest.contains(&b'.')).unwrap_or(address);
    (!address.is_empty()).then_some(end)
}

/// Takes the last part of an IPv6 address as the port, where an address stands before it.
fn port_of_ipv6(parts: &mut Parts<'_>) {
    if !parts.port.is_empty() || parts.is_ipv4 {
        return;
    }
    let Some(colon) = parts.address.iter().rposition(|&byte| byte == b':') else {
        return;
    };
    if let Some((address, [_, port @ ..])) = parts.address.split_at_checked(colon)
        && number(port).is_some()
        && is_address(address)
    {
        (parts.address, parts.port) = (address, port);
    }
}

/// Takes ` port N` at the beginning; gives how long it is.
fn port<'a>(text: &'a [u8], parts: &mut Parts<'a>) -> usize {
    let Some(behind) = behind(text, b" port ") else {
        return 0;
    };
    parts.port = digits(behind);
    b" port ".len().saturating_add(parts.port.len())
}

/// The digits that it begins with.
fn digits(text: &[u8]) -> &[u8] {
    text.get(..text.iter().take_while(|byte| byte.is_ascii_digit()).count()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(form: &'static str, message: &'static str) -> Option<Parts<'static>> {
        let mut parts = Parts::default();
        read(form.as_bytes(), message.as_bytes(), &mut parts).then_some(parts)
    }

    const FAILED: &str = "Failed %m for %u from %a ssh%*";

    #[test]
    fn parts_stand_where_the_form_says() {
        let found =
            parts(FAILED, "Failed password for root from 192.0.2.1 port 1786 ssh2").unwrap();
        assert_eq!(
            (found.method, found.account, found.address, found.port),
            (&b"password"[..], &b"root"[..], &b"192.0.2.1"[..], &b"1786"[..])
        );
        assert_eq!(parts(FAILED, "Failed password for root"), None);
        assert_eq!(parts(FAILED, "Accepted password for root from 192.0.2.1 port 1786 ssh2"), None);
    }

    #[test]
    fn a_name_that_poses_as_an_address_does_not_pass_for_one() {
        for (message, account, address) in [
            (
                "Failed password for invalid user from 10.10.1.1 from 127.0.0.1 port 58946 ssh2",
                "invalid user from 10.10.1.1",
                "127.0.0.1",
            ),
            (
                "Failed none for x from 10.9.9.9 port 22 ssh2 from 192.0.2.6 port 33 ssh2",
                "x from 10.9.9.9 port 22 ssh2",
                "192.0.2.6",
            ),
            (
                "Failed password for user from 127.0.0.1 port 20000 ssh1: ruser from 1.2.3.4",
                "user",
                "127.0.0.1",
            ),
            ("Failed password for a b c from host.example port 1 ssh2", "a b c", "host.example"),
        ] {
            let found = parts(FAILED, message).unwrap();
            assert_eq!(
                (found.account, found.address),
                (account.as_bytes(), address.as_bytes()),
                "{message}"
            );
        }
    }

    #[test]
    fn addresses_come_in_many_clothes() {
        for (text, address, port) in [
            ("x 192.0.2.1 y", "192.0.2.1", ""),
            ("x 192.0.2.1: y", "192.0.2.1", ""),
            ("x <192.0.2.3:52289>: y", "192.0.2.3", "52289"),
            ("x ::ffff:198.51.100.215:60495", "198.51.100.215", "60495"),
            ("x [2001:db8::1] y", "2001:db8::1", ""),
            ("x 2001:db8::1 port 9 y", "2001:db8::1", "9"),
            ("x 192.0.2.1 port 33980:11: Bye", "192.0.2.1", "33980"),
        ] {
            let found = parts("x %a%*", text).unwrap();
            assert_eq!(
                (found.address, found.port),
                (address.as_bytes(), port.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_behind_a_name_has_its_port() {
        let found =
            parts("by user %u %A: %r", "by user a b 192.0.2.1 port 44004: Change of (x) -> (y)")
                .unwrap();
        assert_eq!(
            (found.account, found.address, found.port),
            (&b"a b"[..], &b"192.0.2.1"[..], &b"44004"[..])
        );
        assert_eq!(parts("by user %u %A", "by user a 192.0.2.1"), None);
    }

    #[test]
    fn a_name_full_of_ends_costs_only_so_much() {
        let name = "x from ".repeat(2000);
        let mut found = Parts::default();
        let message = format!("Failed password for {name} ssh2");
        assert!(!read(FAILED.as_bytes(), message.as_bytes(), &mut found));
    }
}
