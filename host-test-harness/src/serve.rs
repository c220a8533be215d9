//! The filter as a service: batches of records by HTTP, evaluated on one thread, passed on to downstream, answered with downstream's success only.
//!
//! Answers follow from the behaviour of shippers: Vector sends again on 429, 408 and 5xx (but 501), and drops the batch on any other 4xx.
//! So no batch is answered with another 4xx, whatever is wrong with it or with the request that brought it.

pub mod actors;
pub mod board;
pub mod body;
pub mod capacity;
pub mod connections;
pub mod counts;
pub mod dead_letter;
pub mod delivery;
pub mod destinations;
pub mod findings;
pub mod forward;
pub mod guard;
pub mod requests;
pub use guard::token;
pub mod evaluating;
pub mod history;
pub mod linger;
pub mod page;
pub mod tls;

use crate::format::Division;
use crate::{evaluator, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use axum::http::Uri;
use board::Board;
use body::Coding;
use capacity::Capacity;
use connections::{Connections, Seat};
use dead_letter::DeadLetter;
use destinations::Destinations;
use evaluating::{Clock, Converter, Echo, Evaluating, Filtering};
use forward::Downstream;
use guard::Guard;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use linger::Lingering;
use requests::Service;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tls::Tls;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// How it serves.
#[derive(Clone)]
pub struct Options {
    pub listen: SocketAddr,
    pub forward: Option<Uri>,
    /// Where the records of routes go, by name; the rest goes to `forward`. Each with its token.
    pub routes: Vec<(String, Uri, Option<String>)>,
    pub policy: Option<PathBuf>,
    pub state: Option<PathBuf>,
    /// Tag of the records.
    pub tag: String,
    /// Credentials that clients must present.
    pub token: Option<String>,
    /// Certificate chain, key, and what clients' certificates are signed by.
    pub tls: Option<tls::Files>,
    /// Credentials for downstream.
    pub forward_token: Option<String>,
    /// Certificates to trust downstream by, instead of the system's.
    pub forward_ca: Option<PathBuf>,
    /// Where records go that downstream refuses; without it they do so in the state directory, and without that they are held.
    pub dead_letter: Option<PathBuf>,
    pub coding: Coding,
    /// From a request's start to its answer.
    pub deadline: Duration,
    /// Bytes of a body, compressed or not.
    pub most_body: usize,
    /// Records of a batch.
    pub most_records: usize,
    /// Records that hold several are divided.
    pub unwraps: bool,
    /// Bytes of all bodies that are being handled.
    pub most_bytes: usize,
    /// Batches that are being handled.
    pub most_batches: usize,
    pub clock: Clock,
    /// Gives back what comes in, to measure what the server itself costs.
    pub is_echo: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 8686)),
            forward: None,
            routes: Vec::new(),
            policy: None,
            state: None,
            tag: String::new(),
            token: None,
            tls: None,
            forward_token: None,
            forward_ca: None,
            dead_letter: None,
            coding: Coding::None,
            deadline: Duration::from_secs(30),
            most_body: 64 << 20,
            most_records: 100_000,
            unwraps: true,
            most_bytes: 256 << 20,
            most_batches: 16,
            clock: evaluating::clock(),
            is_echo: false,
        }
    }
}

/// A connection that lies idle for so long is closed: longer than shippers keep theirs, so that none is closed under a request.
const PATIENCE: Duration = Duration::from_secs(120);
/// Connections held at most; of more, the one that has not worked for longest is closed.
const CONNECTIONS: usize = 1024;
/// Batches that may wait for each place.
const WAITING: usize = 4;
/// How often certificates are looked at.
const RENEWAL: Duration = Duration::from_secs(5);

/// A service at work.
pub struct Serving {
    pub address: SocketAddr,
    runtime: Option<Runtime>,
    stops: watch::Sender<bool>,
    accepting: Option<tokio::task::JoinHandle<()>>,
    service: Arc<Service>,
    evaluating: Option<Evaluating>,
    tls: Option<Arc<Tls>>,
    deadline: Duration,
}

impl Serving {
    /// Starts to listen.
    pub fn start(options: Options) -> Result<Serving> {
        check(&options)?;
        let board = Arc::new(Board::new(
            options.state.as_deref().map(|root| crate::state::directory(root).join("serve.json")),
        ));
        let (converter, division) = converter(&options, &board)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("starting the runtime")?;
        let tls = options.tls.clone().map(Tls::open).transpose()?.map(Arc::new);
        let dead_letter = dead_letter(&options)?;
        let _entered = runtime.enter();
        let listener = runtime.block_on(TcpListener::bind(options.listen)).with_context(|| {
            format!(
                "{} cannot be listened on: is the port in use, does the address belong to this machine, and may this user bind the port?",
                options.listen
            )
        })?;
        let address = listener.local_addr()?;
        let mut uris = options.forward.iter().chain(options.routes.iter().map(|(_, uri, _)| uri));
        if let Some(uri) = uris.find(|uri| forward::is_self(uri, address)) {
            bail!(
                "--forward {} is where this service listens itself: forwarded records would loop",
                forward::masked(uri)
            );
        }
        let evaluating = Evaluating::start(converter, options.most_batches)?;
        let (stops, stopping) = watch::channel(false);
        let destinations = destinations(&options, &board)?;
        let service = Arc::new(Service {
            batches: evaluating.interface(),
            destinations,
            board,
            guard: Guard {
                token: options.token.clone(),
                is_loopback: options.listen.ip().is_loopback(),
            },
            places: Capacity::new(
                options.most_batches,
                1,
                options.most_batches.saturating_mul(WAITING),
            ),
            bytes: Capacity::new(
                options.most_bytes,
                requests::most_held(options.most_body, options.most_records),
                CONNECTIONS,
            ),
            most_body: options.most_body,
            most_records: options.most_records,
            division: options.unwraps.then(|| Arc::new(division)),
            partly: delivery::Partly::default(),
            dead_letter,
            deadline: options.deadline,
            clock: options.clock.clone(),
            baselines: actors::Baselines::new(options.state.clone(), options.policy.clone()),
            stopping,
        });
        let accepting = runtime.spawn(accept(
            listener,
            tls.clone(),
            requests::router(service.clone()),
            service.stopping.clone(),
        ));
        if let Some(tls) = tls.clone() {
            runtime.spawn(renew(tls));
        }
        drop(_entered);
        Ok(Serving {
            address,
            runtime: Some(runtime),
            stops,
            accepting: Some(accepting),
            service,
            evaluating: Some(evaluating),
            tls,
            deadline: options.deadline,
        })
    }

    /// Has the policy looked at, and the certificates.
    pub fn reload(&self) {
        if let Some(tls) = &self.tls {
            tls.refresh();
        }
        if let Some(evaluating) = &self.evaluating {
            evaluating.reload();
        }
    }

    /// Its counters.
    pub fn board(&self) -> &Board {
        &self.service.board
    }

    /// Takes no more, finishes what it has, and writes state.
    pub fn stop(&mut self) {
        let _ = self.stops.send(true);
        if let (Some(runtime), Some(accepting)) = (&self.runtime, self.accepting.take()) {
            let most = self.deadline + Duration::from_secs(5);
            let _ = runtime.block_on(async { tokio::time::timeout(most, accepting).await });
        }
        if let Some(mut evaluating) = self.evaluating.take() {
            evaluating.stop();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Rejects options that cannot work or are not safe.
fn check(options: &Options) -> Result<()> {
    let asks_for_certificates = options.tls.as_ref().is_some_and(|files| files.client_ca.is_some());
    if !options.listen.ip().is_loopback() && options.token.is_none() && !asks_for_certificates {
        bail!(
            "--listen {} can be reached from other machines, and whoever reaches it can read and forge audit records.\n\
             Name a file with a secret by --token-file, which clients then send as `Authorization: Bearer ...`, ask for certificates by --tls-client-ca,\n\
             or listen on 127.0.0.1.",
            options.listen
        );
    }
    if options.token.is_some() && options.tls.is_none() && !options.listen.ip().is_loopback() {
        terminal::say(
            "the token and the records are sent unencrypted: --tls-cert and --tls-key encrypt them",
        );
    }
    Ok(())
}

/// The receiver of the rest first, then those of routes.
fn destinations(options: &Options, board: &Arc<Board>) -> Result<Option<Destinations>> {
    let Some(forward) = &options.forward else {
        return Ok(None);
    };
    let rest = (String::new(), forward.clone(), options.forward_token.clone());
    let all = std::iter::once(rest).chain(options.routes.iter().cloned());
    let made = all.map(|(name, uri, token)| {
        let (coding, ca) = (options.coding, options.forward_ca.as_deref());
        let downstream = Downstream::new(uri, coding, token.as_deref(), ca, board.clone())?;
        Ok((name, downstream))
    });
    Ok(Some(Destinations::new(made.collect::<Result<_>>()?)))
}

/// The names of the policy's routes that have destinations, behind an empty one for the rest.
fn named_routes(options: &Options, policy: &Policy) -> Vec<String> {
    let has = |name: &str| policy.routes.iter().any(|route| route.name == name);
    for (name, ..) in &options.routes {
        if !policy.output.routing {
            terminal::say(format_args!(
                "--forward {name}=...: the policy's output.routing_keys = false writes no route, so nothing goes there"
            ));
        } else if !has(name) {
            terminal::say(format_args!(
                "--forward {name}=...: the policy has no [[route]] of that name, so nothing goes there"
            ));
        }
    }
    let names = options.routes.iter().map(|(name, ..)| name.clone());
    std::iter::once(String::new()).chain(names).collect()
}

fn converter(options: &Options, board: &Arc<Board>) -> Result<(Box<dyn Converter>, Division)> {
    if options.is_echo {
        return Ok((Box::new(Echo), Division::default()));
    }
    let (evaluator, policy) =
        evaluator::open(options.policy.as_deref(), options.state.as_deref(), &options.tag)?;
    let routes = named_routes(options, evaluator.policy());
    let division = Division::new(evaluator.policy());
    let (board, clock) = (board.clone(), options.clock.clone());
    Ok((Box::new(Filtering::new(evaluator, board, clock, policy, routes)), division))
}

/// The dead-letter file: the one that is named, or one in the state directory. Without a downstream nothing is refused.
fn dead_letter(options: &Options) -> Result<Option<DeadLetter>> {
    let in_state = || {
        options
            .state
            .as_deref()
            .map(|root| crate::state::directory(root).join("dead-letter.ndjson"))
    };
    let path = options.forward.as_ref().and_then(|_| options.dead_letter.clone().or_else(in_state));
    Ok(path.map(|path| DeadLetter::open(&path)).transpose()?)
}

/// Takes connections until it is to stop; then waits for those that are at work.
async fn accept(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: axum::Router,
    mut stopping: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let connections = Connections::new(connections::allowed(CONNECTIONS));
    loop {
        // Where all places are taken, a stop is heard all the same.
        let taken = async {
            let (stream, address) = listener.accept().await?;
            Ok::<_, std::io::Error>((stream, connections.enter(address.ip()).await))
        };
        let accepted = tokio::select! {
            taken = taken => taken,
            _ = stopping.wait_for(|stops| *stops) => break,
        };
        let (stream, entered) = match accepted {
            Ok(accepted) => accepted,
            Err(why) => {
                if is_out_of_files(&why) {
                    connections.close_oldest();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let (acceptor, watcher) = (tls.as_ref().map(|tls| tls.acceptor()), graceful.watcher());
        let router = router.clone().layer(axum::Extension(entered.seat.clone()));
        tokio::spawn(async move {
            // Its place is free again when the connection ends.
            let entered = entered;
            let seat = entered.seat.clone();
            let served = async {
                match acceptor {
                    None => connection(stream, router, watcher, seat.clone()).await,
                    Some(acceptor) => {
                        let shaken =
                            tokio::time::timeout(Duration::from_secs(10), acceptor.accept(stream))
                                .await;
                        if let Ok(Ok(stream)) = shaken {
                            connection(stream, router, watcher, seat.clone()).await;
                        }
                    }
                }
            };
            tokio::select! {
                () = served => {}
                () = seat.ends(PATIENCE) => {}
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

fn is_out_of_files(why: &std::io::Error) -> bool {
    use rustix::io::Errno;
    why.raw_os_error()
        .map(Errno::from_raw_os_error)
        .is_some_and(|errno| matches!(errno, Errno::MFILE | Errno::NFILE))
}

/// Takes up certificates that are renewed on disk.
async fn renew(tls: Arc<Tls>) {
    let mut beat = tokio::time::interval(RENEWAL);
    loop {
        beat.tick().await;
        let tls = tls.clone();
        let _ = tokio::task::spawn_blocking(move || tls.refresh()).await;
    }
}

/// HTTP/1.1: one request after the other, so that their order is kept.
async fn connection<S>(
    stream: S,
    router: axum::Router,
    watcher: hyper_util::server::graceful::Watcher,
    seat: Arc<Seat>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = TokioIo::new(Lingering::new(stream, seat));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(stream, TowerToHyperService::new(router));
    // A client that went away is its own affair.
    let _ = watcher.watch(connection).await;
}
