//! On to downstream: again and again until it accepts or the time is up.

use super::board::Board;
use super::body::Coding;
use super::delivery::blame;
use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::percent_decode_str;
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The first wait before an attempt, which doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Maximum size read of an answer, so that its connection can be reused.
const MOST_ANSWER: usize = 64 << 10;
/// After so long without a batch, whether downstream accepts is not known any more.
pub(super) const WORTH_A_TRY: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// Whoever is given less to answer in (or less than a quarter of the whole, where that is little) has not failed when it does not.
const FAIR: Duration = Duration::from_secs(1);

/// Maximum time of a request, from its start to its answer.
#[derive(Clone, Copy)]
pub struct Time {
    pub began: Instant,
    pub allowed: Duration,
}

impl Time {
    /// How much of it is left.
    pub fn left(&self) -> Duration {
        self.allowed.saturating_sub(self.began.elapsed())
    }

    /// True if so little is left that nobody can be blamed for not answering within it.
    pub fn is_short(&self) -> bool {
        self.left() < FAIR.min(self.allowed / 4)
    }
}

/// The receiver of what was evaluated.
pub struct Downstream {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    coding: Coding,
    authorization: Option<HeaderValue>,
    /// When the last batch was not accepted; nothing where it was.
    failed_at: Mutex<Option<Instant>>,
    /// Held by the one batch that tries whether it is back.
    probe: tokio::sync::Semaphore,
    board: Arc<Board>,
}

/// One attempt that did not succeed.
struct Failure {
    why: String,
    /// As downstream asked for.
    wait: Option<Duration>,
    /// A final answer: the same again would fare the same.
    refusal: Option<StatusCode>,
    /// The beginning of the answer's text.
    answer: String,
    /// There is no time for another attempt.
    is_over: bool,
}

impl Failure {
    fn transient(why: String) -> Failure {
        Failure { why, wait: None, refusal: None, answer: String::new(), is_over: false }
    }
}

/// Cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    Downstream,
    Record,
    Either,
}

/// Why records were not accepted.
#[derive(Clone, Debug)]
pub struct Failed {
    pub why: String,
    pub answer: String,
    pub blame: Blame,
    status: Option<StatusCode>,
}

impl Failed {
    /// No attempt was made.
    pub fn short_of_time() -> Failed {
        Failed {
            why: "no time was left for it to answer".into(),
            answer: String::new(),
            blame: Blame::Downstream,
            status: None,
        }
    }

    /// True if downstream answered, and would answer the same again.
    pub fn is_refusal(&self) -> bool {
        self.status.is_some()
    }
}

impl Downstream {
    /// An address to POST to, which may hold a name and a password, with the certificates to trust beside the system's, and a token.
    pub fn new(
        uri: Uri,
        coding: Coding,
        token: Option<&str>,
        ca: Option<&Path>,
        board: Arc<Board>,
    ) -> Result<Downstream> {
        let is_there = uri.scheme_str().is_some_and(|scheme| matches!(scheme, "http" | "https"))
            && uri.authority().is_some();
        if !is_there {
            bail!(
                "--forward {} is not an address to send to; write http://HOST:PORT/PATH or https://...",
                masked(&uri)
            );
        }
        let (uri, basic) = credentials(uri)?;
        if basic.is_some() && token.is_some() {
            bail!(
                "--forward holds a password, and --forward-token-file names a token: downstream takes one of them; leave the other out"
            );
        }
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(trust(uri.scheme_str(), ca)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        // A connection that lay idle longer than its other end keeps it costs a retry.
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .build(connector);
        let bearer = token
            .map(|token| HeaderValue::from_str(&format!("Bearer {token}")))
            .transpose()
            .context("the token for downstream is no header's text")?;
        let authorization = basic.or(bearer).map(|mut value| {
            value.set_sensitive(true);
            value
        });
        Ok(Downstream {
            client,
            uri,
            coding,
            authorization,
            failed_at: Mutex::default(),
            probe: tokio::sync::Semaphore::new(1),
            board,
        })
    }

    /// True if a batch may be evaluated now. While downstream is down one at a time tries: the others would be evaluated in vain,
    /// and push from memory what will be redelivered.
    pub fn admit(&self) -> Option<Option<tokio::sync::SemaphorePermit<'_>>> {
        match self.failed_at() {
            None => Some(None),
            Some(_) => self.probe.try_acquire().ok().map(Some),
        }
    }

    /// True if the last batch was accepted, or was so long ago that it is worth a try: whoever is sent nothing while it is not ready would never be ready again.
    pub fn is_up(&self) -> bool {
        self.failed_at().is_none_or(|at| at.elapsed() > WORTH_A_TRY)
    }

    fn failed_at(&self) -> Option<Instant> {
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends until it is accepted or the time is up, and gives the text back.
    pub async fn send(
        &self,
        lines: Vec<u8>,
        time: Time,
        stopping: watch::Receiver<bool>,
    ) -> (Result<(), Failed>, Bytes) {
        let mut is_at_fault = false;
        let lines = Bytes::from(lines);
        let sent = self.attempts(lines.clone(), time, stopping, &mut is_at_fault).await;
        // Whether a record that is refused is downstream's fault is seen when the others were tried.
        let is_its_fault =
            is_at_fault && sent.as_ref().is_err_and(|failed| failed.blame == Blame::Downstream);
        if sent.is_ok() || is_its_fault {
            *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) =
                sent.as_ref().err().map(|_| Instant::now());
        }
        (sent, lines)
    }

    /// Notes that downstream accepts nothing.
    pub fn is_at_fault(&self) {
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Where failures are counted.
    pub fn board(&self) -> &Board {
        &self.board
    }

    async fn attempts(
        &self,
        lines: Bytes,
        time: Time,
        mut stopping: watch::Receiver<bool>,
        is_at_fault: &mut bool,
    ) -> Result<(), Failed> {
        let failed = |failure: Failure| {
            let blame = failure.refusal.map_or(Blame::Downstream, blame);
            Failed { why: failure.why, answer: failure.answer, blame, status: failure.refusal }
        };
        let broken = |why: String| failed(Failure::transient(why));
        let coding = self.coding;
        let body = match coding {
            Coding::None => lines,
            _ => {
                let encoded =
                    tokio::task::spawn_blocking(move || coding.encode(lines.to_vec())).await;
                Bytes::from(
                    encoded
                        .map_err(|why| broken(why.to_string()))?
                        .map_err(|why| broken(why.to_string()))?,
                )
            }
        };
        let mut wait = FIRST_WAIT;
        loop {
            let is_fair = !time.is_short();
            let attempt = tokio::time::timeout(time.left(), self.attempt(body.clone())).await;
            let failure = match attempt {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(failure)) => failure,
                Err(_) if !is_fair => return Err(Failed::short_of_time()),
                Err(_) => Failure {
                    is_over: true,
                    ..Failure::transient("it did not answer in time".into())
                },
            };
            *is_at_fault = true;
            self.board.downstream_error(&failure.why);
            // What it asks for is no reason to come at once, again and again.
            let pause = failure.wait.unwrap_or(wait).max(wait).min(LONGEST_WAIT);
            if failure.refusal.is_some()
                || failure.is_over
                || pause >= time.left()
                || *stopping.borrow()
            {
                return Err(failed(failure));
            }
            // Where we are to stop, the batch comes again to whoever comes after us.
            let _ = tokio::time::timeout(pause, stopping.wait_for(|stops| *stops)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn attempt(&self, body: Bytes) -> Result<(), Failure> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.uri.clone())
            .header(header::CONTENT_TYPE, "application/x-ndjson");
        if let Some(name) = self.coding.name() {
            request = request.header(header::CONTENT_ENCODING, name);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        // The client says nothing of the length of an empty body, and some servers ask for it.
        let request = request
            .header(header::CONTENT_LENGTH, body.len())
            .body(Full::new(body))
            .map_err(|why| Failure::transient(why.to_string()))?;
        let response = self
            .client
            .request(request)
            .await
            .map_err(|why| Failure::transient(format!("no answer: {}", root(&why))))?;
        let (status, wait) = (response.status(), retry_after(response.headers()));
        let answer = text(response).await;
        let is_transient = status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        match status.is_success() {
            true => Ok(()),
            false => Err(Failure {
                why: status.to_string(),
                wait,
                refusal: (!is_transient).then_some(status),
                answer,
                is_over: false,
            }),
        }
    }
}

/// The address without what stands before its `@`, and that as HTTP's Basic authorisation.
fn credentials(uri: Uri) -> Result<(Uri, Option<HeaderValue>)> {
    let Some((info, host)) =
        uri.authority().and_then(|authority| authority.as_str().rsplit_once('@'))
    else {
        return Ok((uri, None));
    };
    let (name, password) = info.split_once(':').unwrap_or((info, ""));
    let pair =
        [percent_decode_str(name).collect(), vec![b':'], percent_decode_str(password).collect()]
            .concat();
    let basic = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(pair)))?;
    let host = host.parse()?;
    let mut parts = uri.into_parts();
    parts.authority = Some(host);
    Ok((Uri::from_parts(parts)?, Some(basic)))
}

/// The address as it may be shown.
pub fn masked(uri: &Uri) -> String {
    match uri.authority().and_then(|authority| authority.as_str().rsplit_once('@')) {
        Some((info, host)) => {
            uri.to_string().replacen(&format!("{info}@{host}"), &format!("***@{host}"), 1)
        }
        None => uri.to_string(),
    }
}

/// Tells whether an address to send to is the one that this service listens on: what it passed on would come back forever.
pub fn is_self(uri: &Uri, listen: SocketAddr) -> bool {
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let (Some(host), port) = (uri.host(), uri.port_u16().unwrap_or(usual)) else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    // A name that is not known yet may be so later, and another's.
    let addresses =
        (host, port).to_socket_addrs().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    addresses.into_iter().any(|address| {
        let (there, here) = (address.ip().to_canonical(), listen.ip().to_canonical());
        // Nothing but this machine's own addresses can be bound.
        let is_here = || there.is_unspecified() || UdpSocket::bind((there, 0)).is_ok();
        let is_same = there == here
            || (here.is_unspecified() && is_here())
            || (there.is_unspecified() && here.is_loopback());
        address.port() == listen.port() && is_same
    })
}

/// The innermost cause.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Reads an answer to its end, mostly, and gives its text.
async fn text(response: Response<Incoming>) -> String {
    let read = Limited::new(response.into_body(), MOST_ANSWER).collect().await;
    read.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned()).unwrap_or_default()
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The system's certificates, and those of a file; plain HTTP needs none.
fn trust(scheme: Option<&str>, ca: Option<&Path>) -> Result<ClientConfig> {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let Some(path) = ca else {
        return match scheme {
            Some("https") => Ok(builder
                .with_native_roots()
                .context("the system has no certificates to trust; name some with --forward-ca")?
                .with_no_client_auth()),
            _ => Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()),
        };
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path)
        .with_context(|| format!("{} cannot be read", path.display()))?
    {
        roots.add(certificate.with_context(|| format!("{} is not PEM", path.display()))?)?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_address_is_known_however_it_is_written() {
        let is_self = |uri: &str, listen: &str| {
            super::is_self(&uri.parse().unwrap(), listen.parse().unwrap())
        };
        for (uri, listen) in [
            ("http://127.0.0.1:8686/", "127.0.0.1:8686"),
            ("http://localhost:8686/v1/filter", "127.0.0.1:8686"),
            ("http://127.0.0.1:8686/", "0.0.0.0:8686"),
            ("http://0.0.0.0:8686/", "127.0.0.1:8686"),
            ("http://[::ffff:127.0.0.1]:8686/", "127.0.0.1:8686"),
            ("https://127.0.0.1/", "127.0.0.1:443"),
        ] {
            assert!(is_self(uri, listen), "{uri} {listen}");
        }
        for (uri, listen) in [
            ("http://127.0.0.1:8687/", "127.0.0.1:8686"),
            ("http://127.0.0.2:8686/", "127.0.0.1:8686"),
            ("http://192.0.2.1:8686/", "0.0.0.0:8686"),
            ("http://no-such-host.invalid:8686/", "127.0.0.1:8686"),
        ] {
            assert!(!is_self(uri, listen), "{uri} {listen}");
        }
    }

    #[test]
    fn a_password_in_the_address_is_sent_and_not_shown() {
        let uri: Uri = "https://au%40dit:p%3Aw:@example.test:9200/_bulk?a=1".parse().unwrap();
        assert_eq!(masked(&uri), "https://***@example.test:9200/_bulk?a=1");
        let (bare, basic) = credentials(uri).unwrap();
        assert_eq!(bare, "https://example.test:9200/_bulk?a=1");
        assert_eq!(basic.unwrap(), format!("Basic {}", BASE64_STANDARD.encode("au@dit:p:w:")));
        let uri: Uri = "http://example.test/".parse().unwrap();
        assert_eq!(
            (masked(&uri), credentials(uri).unwrap().1),
            ("http://example.test/".into(), None)
        );
        let twice = Downstream::new(
            "http://a:b@localhost/".parse().unwrap(),
            Coding::None,
            Some("t"),
            None,
            Arc::new(Board::new(None)),
        );
        assert!(twice.err().unwrap().to_string().contains("leave the other out"));
    }
}
