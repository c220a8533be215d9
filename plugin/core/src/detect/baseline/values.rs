//! Values of an event that an actor mostly repeats: where it comes from, with what, and what it does to what.

use super::{ACTION, CLIENT, COUNTRY, KINDS, NETWORK, SERVICE, TARGET};
use crate::detect::Subject;
use crate::detect::origin::{Network, is_ipv6};
use crate::event::Field;
use crate::text::find_byte;

/// A hash of each kind's value; 0 where the event has none.
pub fn values(subject: &Subject<'_>) -> [u64; KINDS] {
    let hash = |kind: usize, text: &[u8]| {
        if text.is_empty() { 0 } else { mixed(kind, subject.digest.of(text)) }
    };
    let mut values = [0; KINDS];
    for (kind, place) in values.iter_mut().enumerate() {
        *place = match kind {
            NETWORK => network(subject),
            COUNTRY => hash(COUNTRY, subject.text(Field::OriginCountry)),
            CLIENT => client(subject),
            SERVICE => hash(SERVICE, subject.text(Field::EnvService)),
            ACTION => subject.event.class.map_or(0, |class| mixed(ACTION, class as u64)),
            _ => hash(TARGET, subject.text(Field::TargetType)),
        };
    }
    values
}

/// A short hash of a field's text; 0 where the event has none.
pub fn print16(subject: &Subject<'_>, field: Field) -> u16 {
    let text = subject.text(field);
    if text.is_empty() { 0 } else { (mixed(KINDS, subject.digest.of(text)) as u16).max(1) }
}

/// A value's hash within its kind, spread over all bits; never 0.
pub fn mixed(kind: usize, digest: u64) -> u64 {
    let word = (digest ^ (kind as u64).wrapping_add(1).wrapping_mul(0xbf58_476d_1ce4_e5b9))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (word ^ word.wrapping_shr(29)).wrapping_mul(0x94d0_49bb_1331_11eb).rotate_left(31).max(1)
}

/// The autonomous system where it is known, else the /24 of an IPv4 address or the /48 of an IPv6 one.
fn network(subject: &Subject<'_>) -> u64 {
    if subject.event.has(Field::OriginAsn)
        && let Some(number) = subject.number(Field::OriginAsn)
    {
        return mixed(NETWORK, number.rotate_left(32));
    }
    let address = subject.text(Field::OriginIp);
    if is_ipv6(address) {
        let block = Network::block(address);
        return mixed(NETWORK, subject.digest.of(block.as_ref().map_or(address, Network::text)));
    }
    let block = address.iter().rposition(|&byte| byte == b'.').and_then(|end| address.get(..end));
    block.map_or(0, |block| mixed(NETWORK, subject.digest.of(block)))
}

/// A program's name without its version; of browsers the platform and the last product, which tells them apart.
fn client(subject: &Subject<'_>) -> u64 {
    let agent = subject.text(Field::OriginUserAgent);
    let agent = agent.strip_prefix(b"[").unwrap_or(agent);
    if agent.is_empty() {
        return 0;
    }
    let Some(browser) = agent.strip_prefix(b"Mozilla/5.0 (") else {
        return mixed(CLIENT, subject.digest.of(product(agent)));
    };
    let platform = browser
        .split(|byte| byte.is_ascii_digit() || *byte == b';' || *byte == b')')
        .next()
        .unwrap_or_default();
    let last = agent
        .iter()
        .rposition(|&byte| byte == b' ')
        .and_then(|at| agent.get(at.saturating_add(1)..))
        .unwrap_or_default();
    // Chrome names itself before it claims to be an old Safari.
    let is_old = last.starts_with(b"Safari/537");
    mixed(
        CLIENT,
        subject.digest.of(platform)
            ^ subject.digest.of(product(last)).rotate_left(17)
            ^ u64::from(is_old),
    )
}

fn product(agent: &[u8]) -> &[u8] {
    let end = find_byte(agent, b'/', 0).min(find_byte(agent, b' ', 0));
    agent.get(..end.min(64)).unwrap_or(agent)
}

/// Value of the event for the kind, as text.
pub fn shown<'a>(subject: &Subject<'a>, kind: usize) -> (&'static [u8], &'a [u8]) {
    match kind {
        NETWORK => (b"network of ", subject.text(Field::OriginIp)),
        COUNTRY => (b"country ", subject.text(Field::OriginCountry)),
        CLIENT => (b"client ", subject.text(Field::OriginUserAgent)),
        SERVICE => (b"service ", subject.text(Field::EnvService)),
        ACTION => (b"action class ", subject.text(Field::ActionClass)),
        _ => (b"target type ", subject.text(Field::TargetType)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Made, subject};
    use crate::event::{Class, Outcome};

    fn value(kind: usize, field: Field, text: &str) -> u64 {
        let Made(event) = Made::new(Class::Read, Outcome::Success).with(field, text);
        values(&subject(&event))[kind]
    }

    #[test]
    fn versions_and_hosts_do_not_matter() {
        for (kind, field, one, two, is_same) in [
            (NETWORK, Field::OriginIp, "203.0.113.7", "203.0.113.99", true),
            (NETWORK, Field::OriginIp, "203.0.113.7", "203.0.114.7", false),
            (NETWORK, Field::OriginIp, "2001:db8:1:2::1", "2001:db8:1:ffff::9", true),
            (NETWORK, Field::OriginIp, "2001:db8:1:2::1", "2001:db8:2::1", false),
            (
                CLIENT,
                Field::OriginUserAgent,
                "aws-cli/2.15.0 Python/3.11",
                "aws-cli/2.16.1 Python/3.12",
                true,
            ),
            (
                CLIENT,
                Field::OriginUserAgent,
                "[aws-cli/2.15.0 Python/3.11]",
                "aws-cli/2.16.1",
                true,
            ),
            (CLIENT, Field::OriginUserAgent, "curl/8.5.0", "python-requests/2.31", false),
            (
                CLIENT,
                Field::OriginUserAgent,
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0",
                "Mozilla/5.0 (Windows NT 11.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
                true,
            ),
            (
                CLIENT,
                Field::OriginUserAgent,
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
                false,
            ),
        ] {
            assert_eq!(value(kind, field, one) == value(kind, field, two), is_same, "{one} {two}");
        }
        assert_eq!(value(NETWORK, Field::OriginIp, ""), 0);
        assert_ne!(
            value(COUNTRY, Field::OriginCountry, "DE"),
            value(SERVICE, Field::EnvService, "DE")
        );
    }
}
