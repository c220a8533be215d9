//! Capacity that is shared among clients: what one of them holds never keeps the others out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// A client as far as its address identifies it: an IPv4 address, or the /64 network of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Client {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                Client(IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()))
            }
            address => Client(address),
        }
    }
}

/// A limited amount of something, held in parts by clients.
pub struct Capacity {
    /// For all clients.
    total: usize,
    /// For one client.
    share: usize,
    /// Requests that may wait at once; more are refused at once.
    most_waiting: usize,
    used: Mutex<Used>,
    freed: Notify,
}

#[derive(Default)]
struct Used {
    total: usize,
    waiting: usize,
    clients: HashMap<Client, usize>,
}

impl Capacity {
    /// Creates a capacity of which one client takes at most three quarters, but always as much as `least`.
    pub fn new(total: usize, least: usize, most_waiting: usize) -> Arc<Capacity> {
        let total = total.max(least);
        let share = (total / 4).saturating_mul(3).max(least).min(total);
        Arc::new(Capacity {
            total,
            share,
            most_waiting,
            used: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// Takes an amount for a client, and waits for it as long as that; `None` where there is no room.
    pub async fn take(
        self: &Arc<Capacity>,
        client: Client,
        amount: usize,
        wait: Duration,
    ) -> Option<Held> {
        let mut held = self.hold(client);
        held.grow(amount, wait).await.then_some(held)
    }

    /// Starts with nothing.
    pub fn hold(self: &Arc<Capacity>, client: Client) -> Held {
        Held { capacity: self.clone(), client, amount: 0 }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_take(&self, client: Client, amount: usize) -> bool {
        let mut used = self.used();
        let own = used.clients.get(&client).copied().unwrap_or_default();
        if used.total.saturating_add(amount) > self.total || own.saturating_add(amount) > self.share
        {
            return false;
        }
        used.total = used.total.saturating_add(amount);
        used.clients.insert(client, own.saturating_add(amount));
        true
    }

    fn free(&self, client: Client, amount: usize) {
        let mut used = self.used();
        used.total = used.total.saturating_sub(amount);
        let left = used.clients.get(&client).copied().unwrap_or_default().saturating_sub(amount);
        match left {
            0 => used.clients.remove(&client),
            left => used.clients.insert(client, left),
        };
        drop(used);
        self.freed.notify_waiters();
    }
}

/// A part of a capacity, given back when it is dropped.
pub struct Held {
    capacity: Arc<Capacity>,
    client: Client,
    amount: usize,
}

impl Held {
    /// Takes more; false where there is no room within the time.
    pub async fn grow(&mut self, amount: usize, wait: Duration) -> bool {
        if self.try_grow(amount) {
            return true;
        }
        let Some(_waiting) = Waiting::new(&self.capacity) else {
            return false;
        };
        let capacity = self.capacity.clone();
        let waited = async {
            loop {
                let freed = capacity.freed.notified();
                let mut freed = std::pin::pin!(freed);
                freed.as_mut().enable();
                if self.try_grow(amount) {
                    return;
                }
                freed.await;
            }
        };
        tokio::time::timeout(wait, waited).await.is_ok()
    }

    /// Takes more, where there is room now.
    pub fn try_grow(&mut self, amount: usize) -> bool {
        let is_taken = self.capacity.try_take(self.client, amount);
        if is_taken {
            self.amount = self.amount.saturating_add(amount);
        }
        is_taken
    }

    /// Takes more from a thread that may block; false where there is no room within the time.
    pub fn grow_blocking(&mut self, amount: usize, wait: Duration) -> bool {
        let until = std::time::Instant::now() + wait;
        while !self.try_grow(amount) {
            if std::time::Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// Gives back all above that amount.
    pub fn shrink_to(&mut self, amount: usize) {
        let rest = self.amount.saturating_sub(amount);
        self.amount = self.amount.saturating_sub(rest);
        self.capacity.free(self.client, rest);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.capacity.free(self.client, self.amount);
    }
}

/// One of those that wait, for as long as it lives.
struct Waiting(Arc<Capacity>);

impl Waiting {
    fn new(capacity: &Arc<Capacity>) -> Option<Waiting> {
        let mut used = capacity.used();
        if used.waiting >= capacity.most_waiting {
            return None;
        }
        used.waiting += 1;
        drop(used);
        Some(Waiting(capacity.clone()))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut used = self.0.used();
        used.waiting = used.waiting.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::from(address.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn one_client_leaves_a_quarter_to_the_others() {
        let capacity = Capacity::new(16, 1, 4);
        let (first, second) = (client("192.0.2.1"), client("192.0.2.2"));
        let mut held = capacity.hold(first);
        assert!(held.try_grow(12) && !held.try_grow(1), "three quarters and no more");
        let mut other = capacity.hold(second);
        assert!(other.try_grow(4) && !other.try_grow(1), "the whole is the limit of all");
        held.shrink_to(3);
        assert!(other.try_grow(8));
        drop((held, other));
        let used = capacity.used();
        assert_eq!((used.total, used.clients.len()), (0, 0));
    }

    #[test]
    fn what_one_request_needs_is_always_to_be_had() {
        for (total, least) in [(1, 1), (100, 100), (10, 100)] {
            let capacity = Capacity::new(total, least, 4);
            assert!(capacity.hold(client("192.0.2.1")).try_grow(least), "{least} of {total}");
        }
    }

    #[test]
    fn clients_are_told_apart_by_address_and_network() {
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:1"));
        assert_ne!(client("2001:db8:0:1::1"), client("2001:db8::1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn who_waits_is_served_when_something_is_freed_and_only_so_many_wait() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let capacity = Capacity::new(1, 1, 1);
            let held = capacity.take(client("192.0.2.1"), 1, Duration::ZERO).await.unwrap();
            let waiting = tokio::spawn({
                let capacity = capacity.clone();
                async move {
                    capacity.take(client("192.0.2.2"), 1, Duration::from_secs(20)).await.is_some()
                }
            });
            while capacity.used().waiting == 0 {
                tokio::task::yield_now().await;
            }
            let began = std::time::Instant::now();
            assert!(
                capacity.take(client("192.0.2.3"), 1, Duration::from_secs(20)).await.is_none()
                    && began.elapsed() < Duration::from_secs(5)
            );
            drop(held);
            assert!(waiting.await.unwrap());
            assert_eq!(capacity.used().waiting, 0);
        });
    }
}
