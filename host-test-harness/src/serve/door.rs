//! The requests: batches in, and what can be looked at.

use super::board::Board;
use super::body::{self, Coding, Unread};
use super::forward::{Downstream, Time};
use super::guard::Guard;
use super::judging::{Batch, Clock, Door};
use super::page;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, http};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, oneshot, watch};
use tokio_stream::Stream;

/// What requests are served with.
pub struct Service {
    pub batches: Door,
    pub downstream: Option<Downstream>,
    pub board: Arc<Board>,
    pub guard: Guard,
    pub places: Arc<Semaphore>,
    pub bytes: Arc<Semaphore>,
    pub most_body: usize,
    pub deadline: Duration,
    pub clock: Clock,
    pub stopping: watch::Receiver<bool>,
}

/// How long a batch waits for a place before it is asked to come again.
const WAIT: Duration = Duration::from_secs(2);
/// How long a client may pause within a body.
const PAUSE: Duration = Duration::from_secs(20);

/// Why a batch was not taken, or not passed on. It comes again.
struct Refusal {
    status: StatusCode,
    /// As counted.
    result: &'static str,
    why: String,
    /// Seconds.
    retry_after: u32,
}

impl Refusal {
    fn unavailable(result: &'static str, why: impl Into<String>) -> Refusal {
        Refusal { status: StatusCode::SERVICE_UNAVAILABLE, result, why: why.into(), retry_after: 1 }
    }

    /// What the sender or the operator has to put right first.
    fn lasting(result: &'static str, why: impl Into<String>) -> Refusal {
        Refusal { retry_after: 30, ..Refusal::unavailable(result, why) }
    }

    fn busy(why: &str) -> Refusal {
        Refusal { status: StatusCode::TOO_MANY_REQUESTS, ..Refusal::unavailable("busy", why) }
    }
}

/// All paths.
pub fn router(service: Arc<Service>) -> Router {
    let open = Router::new().route("/healthz", get(health)).route("/readyz", get(ready));
    let looked_at = Router::new()
        .route("/metrics", get(metrics))
        .route("/events", get(events))
        .route("/", get(look))
        .layer(middleware::from_fn_with_state(service.clone(), guarded));
    let filtering = Router::new().route("/", post(filter)).route("/v1/filter", post(filter)).fallback(elsewhere);
    open.merge(looked_at).merge(filtering).method_not_allowed_fallback(elsewhere).with_state(service)
}

/// Pages and figures have nothing to lose: here, those who may not see them get a plain 401 or 403.
async fn guarded(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let Some(why) = service.guard.refuses(request.headers()).filter(|_| request.method() != http::Method::POST) else { return next.run(request).await };
    match service.guard.token {
        Some(_) => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic realm=\"auditward: any name, the token as password\"")], why).into_response(),
        None => (StatusCode::FORBIDDEN, why).into_response(),
    }
}

/// A batch that went astray must not be dropped for it; all else is simply not there.
async fn elsewhere(State(service): State<Arc<Service>>, request: Request) -> Response {
    if matches!(*request.method(), http::Method::GET | http::Method::HEAD) {
        return (StatusCode::NOT_FOUND, "there are /, /healthz, /readyz, /metrics and /events; records go to / or /v1/filter by POST\n").into_response();
    }
    let why = format!("{} {} takes no records; send them to / or /v1/filter by POST", request.method(), request.uri().path());
    refused(&service, Instant::now(), Refusal::lasting("astray", why))
}

fn refused(service: &Service, began: Instant, refusal: Refusal) -> Response {
    service.board.answered(refusal.result, 0, began.elapsed());
    let retry_after = HeaderValue::from(refusal.retry_after);
    (refusal.status, [(header::RETRY_AFTER, retry_after)], format!("{}\n", refusal.why)).into_response()
}

/// Records in; their lines on, or back.
async fn filter(State(service): State<Arc<Service>>, request: Request) -> Response {
    let began = Instant::now();
    match handle(&service, request, began).await {
        Ok(response) => response,
        Err(refusal) => refused(&service, began, refusal),
    }
}

async fn handle(service: &Service, request: Request, began: Instant) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    if let Some(why) = service.guard.refuses(&head.headers) {
        return Err(Refusal::lasting("unauthorised", why));
    }
    if *service.stopping.borrow() {
        return Err(Refusal::unavailable("stopping", "about to stop; whoever comes after takes it"));
    }
    let name = head.headers.get(header::CONTENT_ENCODING).map_or(Ok(""), HeaderValue::to_str).unwrap_or("?");
    let Some(coding) = Coding::from_name(name) else {
        return Err(Refusal::lasting("unreadable", format!("Content-Encoding {name} is not read here; send gzip, zstd, deflate or none")));
    };
    let _place = tokio::time::timeout(WAIT, service.places.acquire()).await.map_err(|_| Refusal::busy("all places are taken"))?;
    // While downstream is down one batch at a time tries whether it is back.
    let Some(_probe) = service.downstream.as_ref().map_or(Some(None), Downstream::admit) else {
        return Err(Refusal { retry_after: 2, ..Refusal::unavailable("downstream", "downstream does not accept; one batch at a time tries") });
    };
    let (body, _held) = read(service, &head.headers, body, coding).await?;
    let time = Time { began, allowed: service.deadline };
    if service.downstream.is_some() && time.is_short() {
        return Err(Refusal::unavailable("late", "the batch was so slow to come that no time is left to pass it on; send it again, or raise --deadline"));
    }
    let judged = judge(service, body, is_ndjson(&head.headers)).await?;
    let records = judged.records;
    let response = match &service.downstream {
        None => give_back(judged.body, &head.headers).await?,
        Some(downstream) => {
            let sent = downstream.send(judged.body, time, service.stopping.clone()).await;
            sent.map_err(|why| Refusal::unavailable("downstream", format!("downstream did not accept: {why}")))?;
            StatusCode::OK.into_response()
        }
    };
    service.board.answered("accepted", records, began.elapsed());
    Ok(response)
}

/// The body as it was before it was compressed, with the room that it takes.
async fn read(service: &Service, headers: &HeaderMap, body: Body, coding: Coding) -> Result<(Vec<u8>, OwnedSemaphorePermit), Refusal> {
    let most = service.most_body;
    let too_large =
        || Refusal::lasting("too-large", format!("the batch is larger than {most} bytes; make batches smaller (Vector: batch.max_bytes), or raise --max-body"));
    let said = headers.get(header::CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse::<usize>().ok());
    if said.unwrap_or_default() > most {
        return Err(too_large());
    }
    // What is compressed grows; a body of unknown length may be as long as any.
    let growth = if coding == Coding::None { 1 } else { USUAL_GROWTH };
    let mut room = said.map_or(most, |said| said.saturating_mul(growth).min(most));
    let mut held = take_room(service, room).await?;
    let mut bytes = body::read(body, said.unwrap_or(most), PAUSE).await.map_err(|unread| match unread {
        Unread::TooLarge => too_large(),
        Unread::Cut(why) => Refusal::unavailable("cut", format!("the body ended early: {why}")),
    })?;
    if coding == Coding::None {
        return Ok((bytes, held));
    }
    loop {
        let decoded = tokio::task::spawn_blocking(move || coding.decode(&bytes, room).map(|decoded| (decoded, bytes))).await;
        let decoded = decoded.map_err(|why| Refusal::unavailable("unreadable", why.to_string()))?;
        // It may have been damaged on the way: the same again may be whole.
        let (decoded, packed) = decoded.map_err(|why| Refusal::lasting("unreadable", format!("{why:#}")))?;
        match decoded {
            Some(decoded) => return Ok((decoded, held)),
            None if room >= most => return Err(too_large()),
            None => {
                held.merge(take_room(service, most.saturating_sub(room)).await?);
                (bytes, room) = (packed, most);
            }
        }
    }
}

/// How many times larger logs mostly are than they are compressed.
const USUAL_GROWTH: usize = 20;

async fn take_room(service: &Service, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
    let permits = u32::try_from(bytes.max(1)).unwrap_or(u32::MAX);
    let held = tokio::time::timeout(WAIT, service.bytes.clone().acquire_many_owned(permits)).await;
    held.ok().and_then(Result::ok).ok_or_else(|| Refusal::busy("too many bytes are being handled"))
}

fn is_ndjson(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    kind.contains("ndjson") || kind.contains("jsonl") || kind.contains("json-lines")
}

async fn judge(service: &Service, body: Vec<u8>, is_ndjson: bool) -> Result<super::judging::Judged, Refusal> {
    let (answer, judged) = oneshot::channel();
    if !service.batches.take(Batch { body, is_ndjson, answer }) {
        return Err(Refusal::busy("the queue is full"));
    }
    match judged.await {
        Ok(Some(judged)) => Ok(judged),
        _ => Err(Refusal::unavailable("broken", "no instance of the module can be had; standard error says why")),
    }
}

async fn give_back(lines: Vec<u8>, headers: &HeaderMap) -> Result<Response, Refusal> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let coding = Coding::accepted(accepted);
    let encoded = tokio::task::spawn_blocking(move || coding.encode(lines)).await;
    let failed = |why: String| Refusal::unavailable("broken", why);
    let lines = encoded.map_err(|why| failed(why.to_string()))?.map_err(|why| failed(why.to_string()))?;
    let mut response = ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response();
    if let Some(name) = coding.name() {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    Ok(response)
}

/// The process is alive.
async fn health() -> &'static str {
    "alive\n"
}

/// Whether to send records here.
async fn ready(State(service): State<Arc<Service>>) -> Response {
    let not_ready = match () {
        () if *service.stopping.borrow() => Some("about to stop"),
        () if !service.board.is_worth_a_try() => Some("no instance of the module can be had"),
        () if service.downstream.as_ref().is_some_and(|downstream| !downstream.is_up()) => Some("downstream does not accept"),
        () => None,
    };
    match not_ready {
        None => (StatusCode::OK, "ready\n").into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], service.board.metrics()).into_response()
}

const POLICY: HeaderName = header::CONTENT_SECURITY_POLICY;

async fn look(State(service): State<Arc<Service>>) -> Response {
    let nonce = page::nonce();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let page = page::page(&service.view(), &nonce).into_string();
    (
        [
            (POLICY, policy),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ],
        Html(page),
    )
        .into_response()
}

impl Service {
    fn view(&self) -> page::View<'_> {
        page::View { board: &self.board, now: (self.clock)(), is_up: self.downstream.as_ref().map(Downstream::is_up) }
    }
}

/// Findings as they come, and the figures every two seconds.
async fn events(State(service): State<Arc<Service>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(16);
    tokio::spawn(async move {
        let (mut findings, mut stopping) = (service.board.subscribe(), service.stopping.clone());
        let mut beat = tokio::time::interval(Duration::from_secs(2));
        loop {
            let event = tokio::select! {
                finding = findings.recv() => match finding {
                    Ok(seen) => Event::default().event("finding").data(line(page::finding(&seen).into_string())),
                    // A page that can't keep up sees the newest.
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                _ = beat.tick() => Event::default().event("figures").data(line(page::figures(&service.view()).into_string())),
                _ = stopping.wait_for(|stops| *stops) => return,
            };
            if sender.send(Ok(event)).await.is_err() {
                return;
            }
        }
    });
    Sse::new(tokio_stream::wrappers::ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

/// Server-sent events know no line breaks; in HTML they are but white space.
fn line(html: String) -> String {
    html.replace(['\n', '\r'], " ")
}
