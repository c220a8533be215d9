//! auditward.wasm: the engine behind two interfaces, the component interface (wit/audit.wit) and Fluent Bit's C ABI. No logic lives here.
#![cfg(target_family = "wasm")]
#![deny(unsafe_code)]

mod component;
mod heap;
mod raw_abi;
mod store;

use auditward_core::note::Note;
use auditward_core::time::Millis;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret};
use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;
use store::{Read, Store};

/// The one engine of this instance, with its files.
pub(crate) struct Plugin {
    pub(crate) engine: Engine,
    store: Store,
    secret: Secret,
    clock: Clock,
}

/// The clock, read anew with each second of the records' own time, with each record that has no finer one, and at least every so many records: asking the
/// host costs more than it tells.
struct Clock {
    now: Millis,
    /// The second of the record it was read for.
    second: Millis,
    left: u32,
}

impl Clock {
    const RECORDS: u32 = 64;

    fn read() -> Clock {
        Clock { now: now(), second: Millis::MIN, left: 0 }
    }

    #[inline]
    fn at(&mut self, record_time: Millis, nonce: u64) -> Millis {
        let second = record_time / 1000;
        if second != self.second || self.left == 0 || nonce & Raw::UNNUMBERED != 0 {
            *self = Clock { now: now(), second, left: Clock::RECORDS };
        }
        self.left = self.left.saturating_sub(1);
        self.now
    }
}

impl Plugin {
    /// Reads policy and state; whatever they are, a plugin comes out.
    pub(crate) fn start(preopens: &[String]) -> Plugin {
        let secret = draw_secret();
        let mut store = Store::find(preopens);
        let Read { policy, faults } = store.policy();
        let mut engine = Engine::new(policy, secret);
        faults.flag(&mut engine);
        store.open_state(&mut engine, now());
        Plugin { engine, store, secret, clock: Clock::read() }
    }

    /// One record; files are seen to while records flow, a slice each time.
    pub(crate) fn process(
        &mut self,
        tag: &[u8],
        time: Millis,
        nonce: u64,
        bytes: &[u8],
        out: &mut Output,
    ) {
        let now = self.clock.at(time, nonce);
        if self.store.is_due(now) {
            self.store.tick(&mut self.engine, self.secret, now);
        }
        self.engine.process(Raw { tag, bytes, time, nonce, now }, out);
        self.store.evaluated(&mut self.engine, now);
    }

    /// After a call that did not finish: what it left half done is forgotten, what the last snapshot knew is back.
    pub(crate) fn recover(&mut self) {
        self.engine.forget();
        self.store.restore(&mut self.engine);
        self.engine.note_once(Note::Recovered);
    }

    pub(crate) fn secret(&self) -> Secret {
        self.secret
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = Millis::try_from(since.as_secs()).unwrap_or(Millis::MAX / 1000);
    seconds.saturating_mul(1000).saturating_add(Millis::from(since.subsec_millis()))
}

/// Drawn at random. Fluent Bit gives a module no environment; the replaying host does, to get the same output each time:
/// `AUDITWARD_SEED` takes the place of chance, `AUDITWARD_MARK=off` leaves marks out where no record comes twice.
fn draw_secret() -> Secret {
    let seed = std::env::var("AUDITWARD_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let state = RandomState::new();
    let draw = |n: u64| seed.map_or_else(|| state.hash_one(n), |seed| seed.wrapping_add(n));
    let is_marking = std::env::var("AUDITWARD_MARK").as_deref() != Ok("off");
    Secret { mark: is_marking.then(|| (draw(0), draw(1))), hash: (draw(2), draw(3)) }
}
