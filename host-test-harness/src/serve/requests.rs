//! The requests: batches in, and what can be looked at.

use super::actors::{self, Baselines};
use super::board::Board;
use super::body::{self, Coding, Cut, Unread};
use super::capacity::{Capacity, Held};
use super::connections::{Request as UnderWay, Seat, State as Doing};
use super::dead_letter::DeadLetter;
use super::delivery::{Partly, Sending, Unsent};
use super::destinations::Destinations;
use super::evaluating::{Batch, Clock, Evaluated, Interface};
use super::findings;
use super::forward::Time;
use super::guard::Guard;
use super::page;
use crate::format::Division;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router, http};
use hyper::body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, oneshot, watch};
use tokio_stream::Stream;

/// Shared state of request handlers.
pub struct Service {
    pub batches: Interface,
    pub destinations: Option<Destinations>,
    pub board: Arc<Board>,
    pub guard: Guard,
    /// Batches that are evaluated and passed on.
    pub places: Arc<Capacity>,
    /// Bytes of bodies that came.
    pub bytes: Arc<Capacity>,
    pub most_body: usize,
    pub most_records: usize,
    /// Where records that hold several are divided.
    pub division: Option<Arc<Division>>,
    pub partly: Partly,
    pub dead_letter: Option<DeadLetter>,
    pub deadline: Duration,
    pub clock: Clock,
    pub baselines: Baselines,
    pub stopping: watch::Receiver<bool>,
}

/// Time that a batch waits for a place before it is refused and retried.
const WAIT: Duration = Duration::from_secs(2);

/// The room that is held for the line of a record, beside its body: the line of `{}` is 160 bytes, in buffers that grow by doubling and are copied.
const LINE: usize = 512;

/// The room that one batch may need: what is compressed is held beside what it becomes, and that beside its lines.
pub fn most_held(most_body: usize, most_records: usize) -> usize {
    most_body.saturating_mul(2).saturating_add(most_records.saturating_mul(LINE))
}

/// Reason why a batch was not accepted or not forwarded. Its sender retries.
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

    /// Refusal that the sender or the operator has to resolve.
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
        .route("/v1/findings", get(findings::findings))
        .route("/v1/actors/{name}", get(actors::actor))
        .route("/", get(look))
        .layer(middleware::from_fn_with_state(service.clone(), guarded));
    let filtering = Router::new()
        .route("/", post(filter))
        .route("/v1/filter", post(filter))
        .fallback(elsewhere);
    open.merge(looked_at)
        .merge(filtering)
        .method_not_allowed_fallback(elsewhere)
        .layer(middleware::from_fn(occupied))
        .with_state(service)
}

/// Notes on the connection that a request is under way, until its answer is written.
async fn occupied(Extension(seat): Extension<Arc<Seat>>, request: Request, next: Next) -> Response {
    let under_way = seat.begin();
    let (head, body) = next.run(request).await.into_parts();
    seat.set(Doing::Open);
    Response::from_parts(head, Body::new(Answer { body, _under_way: under_way }))
}

/// The body of an answer; the request is over when it is dropped.
struct Answer {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Pages and figures have nothing to lose: here, those who may not see them get a plain 401 or 403.
async fn guarded(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let Some(why) =
        service.guard.refuses(request.headers()).filter(|_| request.method() != http::Method::POST)
    else {
        return next.run(request).await;
    };
    match service.guard.token {
        Some(_) => (
            StatusCode::UNAUTHORIZED,
            [(
                header::WWW_AUTHENTICATE,
                "Basic realm=\"auditward: any name, the token as password\"",
            )],
            why,
        )
            .into_response(),
        None => (StatusCode::FORBIDDEN, why).into_response(),
    }
}

/// A request for a path or by a method that takes no records. A sender must not drop its batch for it, so that the answer to a POST or PUT is 503.
async fn elsewhere(
    State(service): State<Arc<Service>>,
    Extension(seat): Extension<Arc<Seat>>,
    request: Request,
) -> Response {
    if matches!(*request.method(), http::Method::GET | http::Method::HEAD) {
        return (StatusCode::NOT_FOUND, "there are /, /healthz, /readyz, /metrics, /v1/findings and /v1/actors/NAME; records go to / or /v1/filter by POST\n")
            .into_response();
    }
    let why = format!(
        "{} {} does not accept records; send them to / or /v1/filter by POST",
        request.method(),
        request.uri().path()
    );
    refused(&service, &seat, Instant::now(), Refusal::lasting("misdirected", why))
}

fn refused(service: &Service, seat: &Seat, began: Instant, refusal: Refusal) -> Response {
    seat.refuse();
    service.board.answered(refusal.result, 0, began.elapsed());
    let retry_after = HeaderValue::from(refusal.retry_after);
    (refusal.status, [(header::RETRY_AFTER, retry_after)], format!("{}\n", refusal.why))
        .into_response()
}

/// Records in; their lines on, or back.
async fn filter(
    State(service): State<Arc<Service>>,
    Extension(seat): Extension<Arc<Seat>>,
    request: Request,
) -> Response {
    let began = Instant::now();
    match handle(&service, &seat, request, began).await {
        Ok(response) => response,
        Err(refusal) => refused(&service, &seat, began, refusal),
    }
}

async fn handle(
    service: &Service,
    seat: &Seat,
    request: Request,
    began: Instant,
) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    if let Some(why) = service.guard.refuses(&head.headers) {
        return Err(Refusal::lasting("unauthorised", why));
    }
    if *service.stopping.borrow() {
        return Err(Refusal::unavailable("stopping", "about to stop; retry later"));
    }
    let name = head
        .headers
        .get(header::CONTENT_ENCODING)
        .map_or(Ok(""), HeaderValue::to_str)
        .unwrap_or("?");
    let Some(coding) = Coding::from_name(name) else {
        return Err(Refusal::lasting(
            "unreadable",
            format!("Content-Encoding {name} is not supported; send gzip, zstd, deflate or none"),
        ));
    };
    let time = Time { began, allowed: service.deadline };
    let (body, mut held) = read(service, seat, &head.headers, body, time).await?;
    seat.set(Doing::Working);
    let place = service.places.take(seat.client, 1, WAIT).await;
    let _place = place.ok_or_else(|| Refusal::busy("all places are taken"))?;
    // While downstream is down one batch at a time tries whether it is back.
    let Some(_probe) = service.destinations.as_ref().map_or(Some(Vec::new()), Destinations::admit)
    else {
        return Err(Refusal {
            retry_after: 2,
            ..Refusal::unavailable(
                "downstream",
                "downstream does not accept; one batch at a time tries",
            )
        });
    };
    let is_ndjson = is_ndjson(&head.headers);
    let (records, held) = {
        let (most_body, most_records) = (service.most_body, service.most_records);
        let division = service.division.clone();
        let cut = tokio::task::spawn_blocking(move || {
            let body = unpack(body, coding, most_body, &mut held)?;
            let cut = Cut::new(body, is_ndjson, division.as_deref(), most_records)
                .map_err(|_| too_many(most_records))?;
            let room = cut.len().saturating_mul(LINE).saturating_add(cut.copied);
            if !held.grow_blocking(room, WAIT) {
                return Err(no_room());
            }
            Ok::<_, Refusal>((Arc::new(cut), held))
        });
        cut.await.map_err(|why| Refusal::unavailable("broken", why.to_string()))??
    };
    if service.destinations.is_some() && time.is_short() {
        return Err(late());
    }
    let evaluated = evaluate(service, records.clone(), time).await?;
    let count = evaluated.len() as u64;
    let response = match &service.destinations {
        None => give_back(evaluated.body, &head.headers, held).await?,
        Some(destinations) => {
            let (partly, dead_letter) = (&service.partly, service.dead_letter.as_ref());
            let sending = Sending {
                destinations,
                partly,
                dead_letter,
                time,
                stopping: service.stopping.clone(),
            };
            sending.deliver(&records.body, evaluated).await.map_err(Refusal::from)?;
            StatusCode::OK.into_response()
        }
    };
    service.board.answered("accepted", count, began.elapsed());
    Ok(response)
}

impl From<Unsent> for Refusal {
    fn from(unsent: Unsent) -> Refusal {
        let make = if unsent.is_lasting { Refusal::lasting } else { Refusal::unavailable };
        make(unsent.result, unsent.why)
    }
}

fn late() -> Refusal {
    Refusal::unavailable(
        "late",
        "the batch was received too slowly to be forwarded in time; send it again, or raise --deadline",
    )
}

fn too_many(most: usize) -> Refusal {
    Refusal::lasting(
        "too-large",
        format!(
            "the batch has more than {most} records; make batches smaller (Vector: batch.max_events), or raise --max-records"
        ),
    )
}

fn too_large(most: usize) -> Refusal {
    Refusal::lasting(
        "too-large",
        format!(
            "the batch is larger than {most} bytes; make batches smaller (Vector: batch.max_bytes), or raise --max-body"
        ),
    )
}

fn no_room() -> Refusal {
    Refusal::busy("too many bytes in flight")
}

/// The body as it came, with the room that it takes.
async fn read(
    service: &Service,
    seat: &Seat,
    headers: &HeaderMap,
    body: Body,
    time: Time,
) -> Result<(Vec<u8>, Held), Refusal> {
    let most = service.most_body;
    let promised = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|len| len.to_str().ok()?.parse::<usize>().ok());
    if promised.unwrap_or_default() > most {
        return Err(too_large(most));
    }
    let mut held = service.bytes.hold(seat.client);
    let bytes = body::read(body, most, time.left(), &mut held, WAIT).await;
    let bytes = bytes.map_err(|unread| match unread {
        Unread::TooLarge => too_large(most),
        Unread::Cut(why) => Refusal::unavailable("cut", format!("the body ended early: {why}")),
        Unread::Slow => Refusal::unavailable(
            "slow",
            "the body was received too slowly; the sender must send at least 16 KiB a second",
        ),
        Unread::Late => late(),
        Unread::NoRoom => no_room(),
    })?;
    Ok((bytes, held))
}

/// The body as it was before it was compressed.
fn unpack(
    packed: Vec<u8>,
    coding: Coding,
    most: usize,
    held: &mut Held,
) -> Result<Vec<u8>, Refusal> {
    if coding == Coding::None {
        return Ok(packed);
    }
    let unpacked =
        coding.decode_within(&packed, most, &mut |bytes| held.grow_blocking(bytes, WAIT));
    // It may have been damaged on the way: the same again may be whole.
    let unpacked = unpacked.map_err(|why| Refusal::lasting("unreadable", format!("{why:#}")))?;
    let body = unpacked
        .map_err(|unread| if unread == Unread::TooLarge { too_large(most) } else { no_room() })?;
    held.shrink_to(body.len());
    Ok(body)
}

/// True if the body is lines, whatever it looks like: NDJSON, or text as Vector's codec `text` sends it.
fn is_ndjson(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    kind.contains("ndjson")
        || kind.contains("jsonl")
        || kind.contains("json-lines")
        || kind.starts_with("text/plain")
}

async fn evaluate(service: &Service, records: Arc<Cut>, time: Time) -> Result<Evaluated, Refusal> {
    let (answer, evaluated) = oneshot::channel();
    if !service.batches.take(Batch { records, answer }) {
        return Err(Refusal::busy("the queue is full"));
    }
    match tokio::time::timeout(time.left(), evaluated).await {
        Ok(Ok(Some(evaluated))) => Ok(evaluated),
        Ok(_) => Err(Refusal::unavailable(
            "broken",
            "the module cannot be started; the reason is on standard error",
        )),
        Err(_) => Err(Refusal::unavailable(
            "late",
            "the batch could not be evaluated in time; make batches smaller, or raise --deadline",
        )),
    }
}

async fn give_back(lines: Vec<u8>, headers: &HeaderMap, held: Held) -> Result<Response, Refusal> {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let coding = Coding::accepted(accepted);
    let encoded = tokio::task::spawn_blocking(move || coding.encode(lines)).await;
    drop(held);
    let failed = |why: String| Refusal::unavailable("broken", why);
    let lines =
        encoded.map_err(|why| failed(why.to_string()))?.map_err(|why| failed(why.to_string()))?;
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

/// Readiness endpoint: succeeds while records can be accepted.
async fn ready(State(service): State<Arc<Service>>) -> Response {
    let not_ready = match () {
        () if *service.stopping.borrow() => Some("about to stop".to_owned()),
        () if !service.board.is_worth_a_try() => {
            Some("no instance of the module can be had".to_owned())
        }
        // Not worth a try after a while: someone has to put it right. Batches that come are tried all the same.
        () => service.destinations.as_ref().and_then(Destinations::not_ready),
    };
    match not_ready {
        None => (StatusCode::OK, "ready\n").into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")],
        service.board.metrics(),
    )
        .into_response()
}

const POLICY: HeaderName = header::CONTENT_SECURITY_POLICY;

async fn look(State(service): State<Arc<Service>>) -> Response {
    let nonce = page::nonce();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let policy =
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
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
    pub fn view(&self) -> page::View<'_> {
        page::View {
            board: &self.board,
            now: (self.clock)(),
            is_up: self.destinations.as_ref().map(Destinations::is_up),
            refusing: self.destinations.as_ref().and_then(Destinations::refusing),
        }
    }
}

/// Findings as they come, and the figures every two seconds.
async fn events(
    State(service): State<Arc<Service>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(16);
    tokio::spawn(async move {
        let (mut findings, mut stopping) = (service.board.subscribe(), service.stopping.clone());
        let mut beat = tokio::time::interval(Duration::from_secs(2));
        loop {
            let mut figures = None;
            let event = tokio::select! {
                finding = findings.recv() => match finding {
                    Ok(seen) => Event::default().event("finding").data(line(page::finding(&seen, &service.board.policy()).into_string())),
                    // A page that cannot keep up sees the newest.
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                _ = beat.tick() => {
                    figures = Some(Event::default().event("figures").data(line(page::figures(&service.view()).into_string())));
                    Event::default().event("state").data(line(page::state(&service.view()).into_string()))
                }
                _ = stopping.wait_for(|stops| *stops) => return,
            };
            for event in std::iter::once(event).chain(figures) {
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
        }
    });
    Sse::new(tokio_stream::wrappers::ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

/// Server-sent events know no line breaks; in HTML they are but white space.
fn line(html: String) -> String {
    html.replace(['\n', '\r'], " ")
}
