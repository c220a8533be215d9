//! On to downstream: again and again until it accepts or the time is up.

use super::board::Board;
use super::body::Coding;
use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
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
/// What is read of an answer, so that its connection can be used again.
const MOST_ANSWER: usize = 64 << 10;
/// After so long without a batch, whether downstream accepts is not known any more.
const WORTH_A_TRY: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);

/// The receiver of what was judged.
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
    /// The same again would fare the same.
    is_final: bool,
}

impl Downstream {
    /// An address to POST to, with the certificates to trust beside the system's, and a token.
    pub fn new(uri: Uri, coding: Coding, token: Option<&str>, ca: Option<&Path>, board: Arc<Board>) -> Result<Downstream> {
        let is_there = uri.scheme_str().is_some_and(|scheme| matches!(scheme, "http" | "https")) && uri.authority().is_some();
        if !is_there {
            bail!("--forward {uri} is not an address to send to; write http://HOST:PORT/PATH or https://...");
        }
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        let connector =
            hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(trust(uri.scheme_str(), ca)?).https_or_http().enable_http1().wrap_connector(connector);
        // A connection that lay idle longer than its other end keeps it costs a retry.
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(20)).build(connector);
        let authorization =
            token.map(|token| HeaderValue::from_str(&format!("Bearer {token}"))).transpose().context("the token for downstream is no header's text")?;
        Ok(Downstream { client, uri, coding, authorization, failed_at: Mutex::default(), probe: tokio::sync::Semaphore::new(1), board })
    }

    /// Whether a batch may be judged now. While downstream is down one at a time tries: the others would be judged in vain,
    /// and push from memory what will come again.
    pub fn admit(&self) -> Option<Option<tokio::sync::SemaphorePermit<'_>>> {
        match self.failed_at() {
            None => Some(None),
            Some(_) => self.probe.try_acquire().ok().map(Some),
        }
    }

    /// Whether the last batch was accepted, or was so long ago that it is worth a try: whoever is sent nothing while it is not ready would never be ready again.
    pub fn is_up(&self) -> bool {
        self.failed_at().is_none_or(|at| at.elapsed() > WORTH_A_TRY)
    }

    fn failed_at(&self) -> Option<Instant> {
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends until it is accepted; the error says why it was not, and that is downstream's trouble, not the batch's.
    pub async fn send(&self, lines: Vec<u8>, deadline: Instant, stopping: watch::Receiver<bool>) -> Result<(), String> {
        let sent = self.attempts(lines, deadline, stopping).await;
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = sent.as_ref().err().map(|_| Instant::now());
        sent
    }

    async fn attempts(&self, lines: Vec<u8>, deadline: Instant, mut stopping: watch::Receiver<bool>) -> Result<(), String> {
        let coding = self.coding;
        let body = match coding {
            Coding::None => lines,
            _ => tokio::task::spawn_blocking(move || coding.encode(lines)).await.map_err(|why| why.to_string())?.map_err(|why| why.to_string())?,
        };
        let body = Bytes::from(body);
        let mut wait = FIRST_WAIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let attempt = tokio::time::timeout(left, self.attempt(body.clone())).await;
            let failure = match attempt {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(failure)) => failure,
                Err(_) => Failure { why: "it did not answer in time".into(), wait: None, is_final: true },
            };
            self.board.downstream_error(&failure.why);
            let pause = failure.wait.unwrap_or(wait).min(LONGEST_WAIT);
            let is_over = Instant::now() + pause >= deadline || *stopping.borrow();
            if failure.is_final || is_over {
                return Err(failure.why);
            }
            // Where we are to stop, the batch comes again to whoever comes after us.
            let _ = tokio::time::timeout(pause, stopping.wait_for(|stops| *stops)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn attempt(&self, body: Bytes) -> Result<(), Failure> {
        let mut request = Request::builder().method(Method::POST).uri(self.uri.clone()).header(header::CONTENT_TYPE, "application/x-ndjson");
        if let Some(name) = self.coding.name() {
            request = request.header(header::CONTENT_ENCODING, name);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let retry = |why: String| Failure { why, wait: None, is_final: false };
        let request = request.body(Full::new(body)).map_err(|why| retry(why.to_string()))?;
        let response = self.client.request(request).await.map_err(|why| retry(format!("no answer: {}", root(&why))))?;
        let (status, wait) = (response.status(), retry_after(response.headers()));
        drain(response).await;
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Err(Failure { why: status.to_string(), wait, is_final: false }),
            status if status.is_server_error() => Err(Failure { why: status.to_string(), wait, is_final: false }),
            status => Err(Failure { why: status.to_string(), wait, is_final: true }),
        }
    }
}

/// The innermost cause.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

async fn drain(response: Response<Incoming>) {
    let _ = Limited::new(response.into_body(), MOST_ANSWER).collect().await;
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The system's certificates, and those of a file; plain HTTP needs none.
fn trust(scheme: Option<&str>, ca: Option<&Path>) -> Result<ClientConfig> {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let Some(path) = ca else {
        return match scheme {
            Some("https") => {
                Ok(builder.with_native_roots().context("the system has no certificates to trust; name some with --forward-ca")?.with_no_client_auth())
            }
            _ => Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()),
        };
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).with_context(|| format!("{} can't be read", path.display()))? {
        roots.add(certificate.with_context(|| format!("{} is not PEM", path.display()))?)?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
