//! The filter as a service: batches of records by HTTP, judged on one thread, passed on to downstream, answered with downstream's success only.
//!
//! What shippers do with an answer decides ours: Vector sends again on 429, 408 and 5xx (but 501), and drops the batch on any other 4xx.
//! So no batch is answered with another 4xx, whatever is wrong with it or with the request that brought it.

pub mod board;
pub mod body;
pub mod door;
pub mod forward;
pub mod guard;
pub use guard::token;
pub mod history;
pub mod judging;
pub mod page;

use crate::{judge, terminal};
use anyhow::{Context, Result, bail};
use axum::http::Uri;
use board::Board;
use body::Coding;
use door::Service;
use forward::Downstream;
use guard::Guard;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use judging::{Bench, Clock, Echo, Filtering, Judging};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// How it serves.
#[derive(Clone)]
pub struct Options {
    pub listen: SocketAddr,
    pub forward: Option<Uri>,
    pub policy: Option<PathBuf>,
    pub state: Option<PathBuf>,
    /// What the records come under.
    pub tag: String,
    /// What clients have to show.
    pub token: Option<String>,
    /// Certificate chain and key, as PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// What downstream wants to see.
    pub forward_token: Option<String>,
    /// Certificates to trust downstream by, instead of the system's.
    pub forward_ca: Option<PathBuf>,
    pub coding: Coding,
    /// From a request's start to its answer.
    pub deadline: Duration,
    /// Bytes of a body, compressed or not.
    pub most_body: usize,
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
            policy: None,
            state: None,
            tag: String::new(),
            token: None,
            tls: None,
            forward_token: None,
            forward_ca: None,
            coding: Coding::None,
            deadline: Duration::from_secs(30),
            most_body: 64 << 20,
            most_bytes: 256 << 20,
            most_batches: 16,
            clock: judging::clock(),
            is_echo: false,
        }
    }
}

/// A connection that lies idle for so long is closed: longer than shippers keep theirs, so that none is closed under a request.
const PATIENCE: Duration = Duration::from_secs(120);
/// So many connections; more wait to be accepted.
const CONNECTIONS: usize = 1024;

/// A service at work.
pub struct Serving {
    pub address: SocketAddr,
    runtime: Option<Runtime>,
    stops: watch::Sender<bool>,
    accepting: Option<tokio::task::JoinHandle<()>>,
    service: Arc<Service>,
    judging: Option<Judging>,
    deadline: Duration,
}

impl Serving {
    /// Starts to listen.
    pub fn start(options: Options) -> Result<Serving> {
        check(&options)?;
        let board = Arc::new(Board::new(options.state.as_deref().map(|root| crate::state::directory(root).join("serve.json"))));
        let bench = bench(&options, &board)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().context("starting the runtime")?;
        let acceptor = options.tls.as_ref().map(|(chain, key)| guard::acceptor(chain, key)).transpose()?;
        let _entered = runtime.enter();
        let listener = runtime.block_on(TcpListener::bind(options.listen)).with_context(|| {
            format!(
                "{} can't be listened on: does another program listen there already, is the address this machine's, and is the port yours to take?",
                options.listen
            )
        })?;
        let address = listener.local_addr()?;
        let judging = Judging::start(bench, options.most_batches)?;
        let (stops, stopping) = watch::channel(false);
        let downstream = match &options.forward {
            Some(uri) => Some(Downstream::new(uri.clone(), options.coding, options.forward_token.as_deref(), options.forward_ca.as_deref(), board.clone())?),
            None => None,
        };
        let service = Arc::new(Service {
            batches: judging.door(),
            downstream,
            board,
            guard: Guard { token: options.token.clone(), is_loopback: options.listen.ip().is_loopback() },
            places: Arc::new(Semaphore::new(options.most_batches)),
            bytes: Arc::new(Semaphore::new(options.most_bytes.min(Semaphore::MAX_PERMITS))),
            most_body: options.most_body,
            deadline: options.deadline,
            clock: options.clock.clone(),
            stopping,
        });
        let accepting = runtime.spawn(accept(listener, acceptor, door::router(service.clone()), service.stopping.clone()));
        drop(_entered);
        Ok(Serving { address, runtime: Some(runtime), stops, accepting: Some(accepting), service, judging: Some(judging), deadline: options.deadline })
    }

    /// Has the policy looked at.
    pub fn reload(&self) {
        if let Some(judging) = &self.judging {
            judging.reload();
        }
    }

    /// What it has counted.
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
        if let Some(mut judging) = self.judging.take() {
            judging.stop();
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

/// What can't work, or must not.
fn check(options: &Options) -> Result<()> {
    if !options.listen.ip().is_loopback() && options.token.is_none() {
        bail!(
            "--listen {} can be reached from other machines, and whoever reaches it can read and forge audit records.\n\
             Name a file with a secret by --token-file, which clients then send as `Authorization: Bearer ...`, or listen on 127.0.0.1.",
            options.listen
        );
    }
    if options.token.is_some() && options.tls.is_none() && !options.listen.ip().is_loopback() {
        terminal::say("the token and the records travel in the clear: --tls-cert and --tls-key encrypt them");
    }
    Ok(())
}

fn bench(options: &Options, board: &Arc<Board>) -> Result<Box<dyn Bench>> {
    if options.is_echo {
        return Ok(Box::new(Echo));
    }
    let (judge, policy) = judge::open(options.policy.as_deref(), options.state.as_deref(), &options.tag)?;
    Ok(Box::new(Filtering::new(judge, board.clone(), options.clock.clone(), policy)))
}

/// Takes connections until it is to stop; then waits for those that are at work.
async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, router: axum::Router, mut stopping: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // Where all places are taken, a stop is heard all the same.
        let taken = async {
            let place = room.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (Ok(place), accepted) = (tokio::select! {
            taken = taken => taken,
            _ = stopping.wait_for(|stops| *stops) => break,
        }) else {
            break;
        };
        let Ok((stream, _)) = accepted else {
            // Out of files, mostly: some are closed soon.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (acceptor, router, watcher) = (acceptor.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            match acceptor {
                None => connection(stream, router, watcher).await,
                Some(acceptor) => {
                    let shaken = tokio::time::timeout(Duration::from_secs(10), acceptor.accept(stream)).await;
                    if let Ok(Ok(stream)) = shaken {
                        connection(stream, router, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// HTTP/1.1: one request after the other, so that their order is kept.
async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, router: axum::Router, watcher: hyper_util::server::graceful::Watcher) {
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(PATIENCE).serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // A client that went away is its own affair.
    let _ = watcher.watch(connection).await;
}
