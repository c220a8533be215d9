//! Who may come in: a bearer token, and no web page of another's making.

use anyhow::{Context, Result, ensure};
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::net::IpAddr;
use std::path::Path;
use subtle::ConstantTimeEq;

/// Requirements on a request.
pub struct Guard {
    pub token: Option<String>,
    pub is_loopback: bool,
}

impl Guard {
    /// Why the request may not come in.
    pub fn refuses(&self, headers: &HeaderMap) -> Option<&'static str> {
        if self.token.as_ref().is_some_and(|token| !shows(headers, token)) {
            return Some("the bearer token is missing or wrong");
        }
        // Without a token whoever is on this machine may come. A web page that some browser here has open is not on this machine.
        let hosts =
            headers.get_all(header::HOST).iter().map(|host| host.to_str().map_or("?", host_of));
        if self.token.is_none() && self.is_loopback && !hosts.into_iter().all(is_local) {
            return Some("the Host header names another machine: a web page may be behind it");
        }
        // A browser that was told the token shows it for pages of others too.
        let host = text(headers, header::HOST).unwrap_or_default();
        let is_ours = headers
            .get_all(header::ORIGIN)
            .iter()
            .all(|origin| origin.to_str().is_ok_and(|origin| is_same_place(origin, host)));
        (!is_ours).then_some("the Origin header names a web page of another's")
    }
}

/// As a bearer token, or as the password that a browser asks its user for.
fn shows(headers: &HeaderMap, token: &str) -> bool {
    let Some((scheme, shown)) =
        text(headers, header::AUTHORIZATION).and_then(|value| value.split_once(' '))
    else {
        return false;
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return shown.trim().as_bytes().ct_eq(token.as_bytes()).into();
    }
    let pair = scheme
        .eq_ignore_ascii_case("basic")
        .then(|| BASE64_STANDARD.decode(shown.trim()).ok())
        .flatten()
        .unwrap_or_default();
    let password = pair
        .iter()
        .position(|byte| *byte == b':')
        .and_then(|at| pair.get(at + 1..))
        .unwrap_or_default();
    password.ct_eq(token.as_bytes()).into()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Tells whether an origin is that of the host that a request was sent to, the port included: another port is another program's.
fn is_same_place(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let usual = if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
    let place = |authority: &str| {
        let bare = host_of(authority);
        let port = authority
            .get(bare.len()..)
            .and_then(|rest| rest.strip_prefix(':'))
            .filter(|port| !port.is_empty())
            .unwrap_or(usual)
            .to_owned();
        (bare.to_ascii_lowercase(), port)
    };
    place(authority) == place(host)
}

/// Without the port.
fn host_of(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or(authority);
    }
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.is_empty()
        || host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A token from a file: its first line.
pub fn token(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let token = text.lines().next().unwrap_or_default().trim().to_owned();
    ensure!(
        token.len() >= 16,
        "{}: a token of fewer than 16 characters can be guessed; `openssl rand -hex 32` makes one",
        path.display()
    );
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_token_as_bearer_or_password() {
        let guard = Guard { token: Some("0123456789abcdef".into()), is_loopback: false };
        let basic = format!("Basic {}", BASE64_STANDARD.encode("anyone:0123456789abcdef"));
        for value in ["Bearer 0123456789abcdef", "bearer 0123456789abcdef", basic.as_str()] {
            assert_eq!(guard.refuses(&headers(&[(header::AUTHORIZATION, value)])), None, "{value}");
        }
        for value in [
            "Bearer 0123456789abcde",
            "Bearer ",
            "0123456789abcdef",
            "Basic !",
            "Basic MDEyMzQ1Njc4OWFiY2RlZg==",
        ] {
            assert!(
                guard.refuses(&headers(&[(header::AUTHORIZATION, value)])).is_some(),
                "{value}"
            );
        }
        assert!(guard.refuses(&HeaderMap::new()).is_some());
        let from = |origin: &str| {
            headers(&[
                (header::AUTHORIZATION, &basic),
                (header::HOST, "audit.example:8686"),
                (header::ORIGIN, origin),
            ])
        };
        assert_eq!(guard.refuses(&from("https://audit.example:8686")), None);
        assert!(
            guard.refuses(&from("https://evil.example")).is_some(),
            "a browser shows the password for others' pages too"
        );
    }

    #[test]
    fn on_loopback_no_web_page_of_anothers() {
        let guard = Guard { token: None, is_loopback: true };
        for host in ["localhost:8686", "127.0.0.1", "[::1]:8686", "127.3.2.1:1"] {
            assert_eq!(guard.refuses(&headers(&[(header::HOST, host)])), None, "{host}");
        }
        assert!(guard.refuses(&headers(&[(header::HOST, "rebound.example:8686")])).is_some());
        let own =
            headers(&[(header::HOST, "localhost:8686"), (header::ORIGIN, "http://localhost:8686")]);
        assert_eq!(guard.refuses(&own), None);
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost:3000",
            "http://localhost",
            "http://127.0.0.1:8686",
            "",
        ] {
            assert!(
                guard
                    .refuses(&headers(&[
                        (header::HOST, "localhost:8686"),
                        (header::ORIGIN, origin)
                    ]))
                    .is_some(),
                "{origin}"
            );
        }
        for (host, origin) in [
            ("localhost", "http://localhost"),
            ("LOCALHOST:80", "http://localhost"),
            ("[::1]:8686", "http://[::1]:8686"),
            ("localhost", "https://localhost:443"),
        ] {
            assert_eq!(
                guard.refuses(&headers(&[(header::HOST, host), (header::ORIGIN, origin)])),
                None,
                "{host} {origin}"
            );
        }
        assert!(
            guard
                .refuses(&headers(&[
                    (header::HOST, "[::1]:8686"),
                    (header::ORIGIN, "http://[::1]:8687")
                ]))
                .is_some()
        );
    }

    #[test]
    fn short_tokens_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "short\n").unwrap();
        assert!(token(&path).unwrap_err().to_string().contains("guessed"));
        std::fs::write(&path, "0123456789abcdef\nmore").unwrap();
        assert_eq!(token(&path).unwrap(), "0123456789abcdef");
    }
}
