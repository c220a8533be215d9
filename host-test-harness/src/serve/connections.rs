//! Connections, of which there are only so many: where all are taken, one is closed for a new one, that which has been without work for longest of the
//! client that has most.
//!
//! So neither idle connections nor slow bodies shut out health checks and other clients: a request is younger than what fills the places.

use super::capacity::Client;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// State of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No request, or one whose head has not come yet.
    Idle,
    /// A request whose body is coming, or a page that is looked at.
    Open,
    /// A batch is being evaluated or passed on: never closed for another.
    Working,
}

/// One connection.
pub struct Seat {
    pub client: Client,
    state: Mutex<(State, Instant)>,
    close: Notify,
    is_refused: AtomicBool,
}

impl Seat {
    fn new(client: Client) -> Seat {
        Seat {
            client,
            state: Mutex::new((State::Idle, Instant::now())),
            close: Notify::new(),
            is_refused: AtomicBool::new(false),
        }
    }

    fn state(&self) -> (State, Instant) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the connection does from now on.
    pub fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = (state, Instant::now());
    }

    /// Begins a request; the connection is idle when what is returned is dropped.
    pub fn begin(self: &Arc<Seat>) -> Request {
        self.set(State::Open);
        self.is_refused.store(false, Ordering::Relaxed);
        Request(self.clone())
    }

    /// Notes that a request was refused, perhaps before its body was read: the client is given time to read why.
    pub fn refuse(&self) {
        self.is_refused.store(true, Ordering::Relaxed);
    }

    /// Tells whether the last request was refused.
    pub fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Relaxed)
    }

    /// Returns when the connection is to be closed: for another, or since nothing happened on it for so long, the client reading its answer included.
    pub async fn ends(&self, patience: Duration) {
        let lies_idle = async {
            loop {
                let (state, since) = self.state();
                let left = patience.saturating_sub(since.elapsed());
                if state == State::Idle && left.is_zero() {
                    return;
                }
                tokio::time::sleep(if state == State::Idle { left } else { patience }).await;
            }
        };
        tokio::select! {
            () = self.close.notified() => {}
            () = lies_idle => {}
        }
    }
}

/// A request under way.
pub struct Request(Arc<Seat>);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.set(State::Idle);
    }
}

/// All connections.
pub struct Connections {
    most: usize,
    seats: Mutex<Seats>,
    freed: Notify,
}

#[derive(Default)]
struct Seats {
    next: u64,
    taken: HashMap<u64, Arc<Seat>>,
}

impl Connections {
    /// Creates room for so many.
    pub fn new(most: usize) -> Arc<Connections> {
        Arc::new(Connections { most: most.max(1), seats: Mutex::default(), freed: Notify::new() })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place; waits where all are at work.
    pub async fn enter(self: &Arc<Connections>, address: IpAddr) -> Entered {
        loop {
            let freed = self.freed.notified();
            let mut freed = std::pin::pin!(freed);
            freed.as_mut().enable();
            // Its guard must not live on while the oldest is looked for.
            let has_room = self.seats().taken.len() < self.most;
            if has_room || self.close_oldest() {
                return self.seat(Client::from(address));
            }
            freed.await;
        }
    }

    fn seat(self: &Arc<Connections>, client: Client) -> Entered {
        let seat = Arc::new(Seat::new(client));
        let mut seats = self.seats();
        let id = seats.next;
        seats.next = seats.next.wrapping_add(1);
        seats.taken.insert(id, seat.clone());
        Entered { connections: self.clone(), id, seat }
    }

    /// Closes the connection that has not worked for longest, of the client that has most; false where all are at work.
    pub fn close_oldest(&self) -> bool {
        let mut seats = self.seats();
        let mut counts: HashMap<Client, usize> = HashMap::new();
        seats.taken.values().for_each(|seat| *counts.entry(seat.client).or_default() += 1);
        let at_rest = seats
            .taken
            .iter()
            .map(|(id, seat)| (seat, seat.state(), *id))
            .filter(|(_, (state, _), _)| *state != State::Working);
        let oldest = at_rest
            .min_by_key(|(seat, (_, since), _)| {
                (Reverse(counts.get(&seat.client).copied()), *since)
            })
            .map(|(_, _, id)| id);
        let closed = oldest.and_then(|id| seats.taken.remove(&id));
        closed.is_some_and(|seat| {
            seat.close.notify_one();
            true
        })
    }
}

/// A place that is given back when it is dropped.
pub struct Entered {
    connections: Arc<Connections>,
    id: u64,
    pub seat: Arc<Seat>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.connections.seats().taken.remove(&self.id);
        self.connections.freed.notify_waiters();
    }
}

/// How many connections there may be: half of the files that this process may open, so that state and downstream find some too, and at most so many.
pub fn allowed(most: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // The soft limit is often lower than what is allowed.
    let raised =
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let files = if raised.is_ok() { limit.maximum } else { limit.current };
    files.map_or(most, |files| usize::try_from(files / 2).unwrap_or(most).min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    }

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn the_oldest_that_does_not_work_gives_way() {
        runtime().block_on(async {
            let connections = Connections::new(3);
            let first = connections.enter(ADDRESS).await;
            let (second, third) =
                (connections.enter(ADDRESS).await, connections.enter(ADDRESS).await);
            first.seat.set(State::Working);
            let reading = second.seat.begin();
            third.seat.set(State::Idle);
            let _fourth = connections.enter(ADDRESS).await;
            second.seat.ends(Duration::from_secs(20)).await;
            drop(reading);
            let _fifth = connections.enter(ADDRESS).await;
            third.seat.ends(Duration::from_secs(20)).await;
            assert!(
                tokio::time::timeout(
                    Duration::from_millis(50),
                    first.seat.ends(Duration::from_secs(20))
                )
                .await
                .is_err(),
                "it works"
            );
            drop((second, third));
            assert_eq!(connections.seats().taken.len(), 3);
        });
    }

    #[test]
    fn the_client_with_most_connections_loses_one() {
        runtime().block_on(async {
            let connections = Connections::new(3);
            let only = connections.enter(IpAddr::from([192, 0, 2, 1])).await;
            let (first, _second) =
                (connections.enter(ADDRESS).await, connections.enter(ADDRESS).await);
            let _third = connections.enter(ADDRESS).await;
            first.seat.ends(Duration::from_secs(20)).await;
            assert!(
                tokio::time::timeout(
                    Duration::from_millis(50),
                    only.seat.ends(Duration::from_secs(20))
                )
                .await
                .is_err(),
                "the oldest, but its client's only one"
            );
        });
    }

    #[test]
    fn where_all_work_a_new_one_waits_for_the_first_to_end() {
        runtime().block_on(async {
            let connections = Connections::new(1);
            let only = connections.enter(ADDRESS).await;
            only.seat.set(State::Working);
            let waiting = tokio::spawn({
                let connections = connections.clone();
                async move { connections.enter(ADDRESS).await.id }
            });
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(!waiting.is_finished());
            drop(only);
            assert_eq!(waiting.await.unwrap(), 1);
        });
    }

    #[test]
    fn who_does_not_read_an_answer_is_closed_after_a_while() {
        runtime().block_on(async {
            let connections = Connections::new(1);
            let entered = connections.enter(ADDRESS).await;
            drop(entered.seat.begin());
            let began = Instant::now();
            entered.seat.ends(Duration::from_millis(100)).await;
            assert!(
                (Duration::from_millis(80)..Duration::from_secs(10)).contains(&began.elapsed())
            );
        });
    }

    #[test]
    fn files_are_left_for_state_and_downstream() {
        assert!((1..=1024).contains(&allowed(1024)));
    }
}
