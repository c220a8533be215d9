//! sshd's commonest lines, `Failed password for NAME from 192.0.2.1 port N ssh2` and `Accepted ..`, read in one go.
//!
//! Only the plainest are read so, and whatever is odd in one leaves it to the forms, which read the same from it; a test holds them equal.

use super::forms::Saying;
use super::sshd::{ACCEPTED, FAILED};
use super::{KEY, meant, offered};
use crate::event::Field;
use crate::parse::line::{Line, find, ipv4_len};
use crate::text::{behind, find_byte, number};

/// Content of such a line.
struct SignIn<'a> {
    saying: &'static Saying,
    method: &'a [u8],
    account: &'a [u8],
    address: &'a [u8],
    port: i64,
}

/// Reads the line if it is one of these.
#[inline]
pub(super) fn read(line: &mut Line<'_>) -> bool {
    let Some(sign_in) = parts(line.message) else {
        return false;
    };
    line.put(Field::ActorName, sign_in.account);
    line.put(Field::OriginIp, sign_in.address);
    line.put_count(Field::OriginPort, Some(sign_in.port));
    line.put(Field::AuthzPolicy, sign_in.method);
    meant(sign_in.saying, true, 1, line);
    if sign_in.method == KEY {
        offered(line);
    }
    true
}

#[inline(always)]
fn parts(message: &[u8]) -> Option<SignIn<'_>> {
    let (saying, rest) = match message {
        [b'F', ..] => (&FAILED, behind(message, b"Failed ")?),
        [b'A', ..] => (&ACCEPTED, behind(message, b"Accepted ")?),
        _ => return None,
    };
    let (method, rest) = rest.split_at_checked(find_byte(rest, b' ', 0))?;
    // That no method was tried yet is another message.
    if matches!(method, [] | b"none") {
        return None;
    }
    let rest = behind(rest, b" for ")?;
    let rest = if matches!(rest, [b'i', ..]) {
        behind(rest, b"invalid user ").unwrap_or(rest)
    } else {
        rest
    };
    // A name without blanks: where others end, the forms tell.
    let (account, rest) =
        rest.split_at_checked(find_byte(rest, b' ', 0)).filter(|(name, _)| !name.is_empty())?;
    let rest = behind(rest, b" from ")?;
    let (address, rest) = rest.split_at_checked(ipv4_len(rest)?)?;
    let rest = behind(rest, b" port ")?;
    let (port, rest) = rest.split_at_checked(find_byte(rest, b' ', 0))?;
    let rest = behind(rest, b" ssh2")?;
    // Behind it the key may stand. What it says is anyone's: it must not be taken for an end of the name.
    if !rest.is_empty() && find(rest, b" from ").is_some() {
        return None;
    }
    Some(SignIn { saying, method, account, address, port: number(port)? })
}

#[cfg(test)]
mod tests {
    use super::super::form::{self, Parts};
    use super::super::forms::Failure;
    use super::super::sshd::SSHD;
    use super::*;
    use crate::event::Outcome;

    const METHODS: &[&str] =
        &["password", "publickey", "none", "keyboard-interactive/pam", "", "for", "key"];
    const NAMES: &[&str] = &[
        "root",
        "invalid user x",
        "illegal user x",
        "invalid",
        "invalid user ",
        "invalid user",
        "invalid user invalid user x",
        "x from 10.9.9.9 port 22 ssh2",
        "x from 10.9.9.9",
        "from",
        " ",
        "",
        "a b",
        "<invalid username>",
        "Jörg",
        "x port 1",
        "for",
    ];
    const ORIGINS: &[&str] = &[
        "192.0.2.1",
        "192.0.2.256",
        "192.0.2.1.5",
        "2001:db8::1",
        "host.example",
        "",
        "192.0.2.1:22",
        "<192.0.2.1>",
        "192.0.2.1 ",
    ];
    const ENDS: &[&str] = &[
        " port 4711 ssh2",
        " port 4711 ssh2: RSA SHA256:abc",
        " port 4711 ssh2: RSA from 10.1.1.1 port 5 ssh2",
        " port 4711 ssh2 from 10.1.1.1 ssh",
        " port  ssh2",
        " port 47x ssh2",
        " port 99999999999999999999 ssh2",
        " port 4711 ssh1",
        " port 4711 ssh",
        " port 4711",
        " ssh2",
        "",
    ];

    /// As `said` takes the name.
    fn by_forms(message: &str) -> Option<(&'static str, Outcome, Failure, Parts<'_>)> {
        SSHD.iter().find_map(|saying| {
            let mut parts = Parts::default();
            form::read(saying.form.as_bytes(), message.as_bytes(), &mut parts).then(|| {
                parts.account = super::super::real_name(parts.account);
                (saying.action, saying.outcome, saying.failure, parts)
            })
        })
    }

    #[test]
    fn a_line_read_in_one_go_says_what_its_form_says() {
        let mut read_so = 0;
        for verb in ["Failed", "Accepted", "Fail", "Failed  ", "Postponed"] {
            for (method, name) in
                METHODS.iter().flat_map(|method| NAMES.iter().map(move |name| (method, name)))
            {
                for (origin, end) in
                    ORIGINS.iter().flat_map(|origin| ENDS.iter().map(move |end| (origin, end)))
                {
                    let message = format!("{verb} {method} for {name} from {origin}{end}");
                    let Some(SignIn { saying, method, account, address, port }) =
                        parts(message.as_bytes())
                    else {
                        continue;
                    };
                    let (action, outcome, failure, by_form) = by_forms(&message).unwrap();
                    let read = Parts {
                        account,
                        method,
                        address,
                        is_ipv4: true,
                        port: by_form.port,
                        ..Parts::default()
                    };
                    let said = (saying.action, saying.outcome, saying.failure, read, Some(port));
                    assert_eq!(
                        said,
                        (action, outcome, failure, by_form, number(by_form.port)),
                        "{message}"
                    );
                    read_so += 1;
                }
            }
        }
        assert!(read_so > 100, "{read_so}");
    }
}
