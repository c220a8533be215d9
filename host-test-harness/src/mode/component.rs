//! The component interface, as any host of the component model calls it.

use super::{Input, Mode, ModeError, Result, Setup, wasi};
use crate::COMPONENT;
use std::time::Duration;
use tempfile::TempDir;
use wasmtime::component::{Component as Lifted, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreLimits};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "auditward", ownership: Borrowing { duplicate_if_necessary: false } });
}

pub use bindings::exports::auditward::filter::audit::{Answers, InputBatch, InputRecord, Problem};

/// The component, compiled.
pub struct Compiled {
    engine: Engine,
    component: Lifted,
    is_bounded: bool,
}

struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// An instance behind the component interface.
pub struct Component {
    store: Store<Host>,
    bindings: bindings::Auditward,
    joined: Joined,
    _directory: Option<TempDir>,
}

/// Records as a batch hands them over; kept, so that the next batch finds the room.
#[derive(Default)]
struct Joined {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    nonces: Vec<u64>,
}

/// Result of one record.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// A JSON object on one line.
    pub line: &'a [u8],
    /// True if it bears findings.
    pub is_flagged: bool,
    /// The module wrote the line; else it went through as it came.
    pub is_evaluated: bool,
}

impl Answers {
    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Answer<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let mut flagged = self.flagged.iter().copied().peekable();
        (0u32..).zip(starts.zip(&self.ends)).map(move |(place, (start, &end))| Answer {
            line: self.bytes.get(start as usize..end as usize).unwrap_or_default(),
            is_flagged: flagged.next_if_eq(&place).is_some(),
            is_evaluated: true,
        })
    }
}

impl Compiled {
    pub fn new(is_metered: bool) -> Result<Compiled> {
        Compiled::of(wasi::engine(is_metered)?, false)
    }

    /// Instances that have so long for each call as `Component::set_deadline` says.
    pub fn bounded() -> Result<Compiled> {
        Compiled::of(wasi::bounded_engine()?, true)
    }

    fn of(engine: Engine, is_bounded: bool) -> Result<Compiled> {
        let component = Lifted::new(&engine, COMPONENT).map_err(ModeError::compile)?;
        Ok(Compiled { engine, component, is_bounded })
    }

    pub fn open(&self, setup: &Setup) -> Result<Component> {
        let mut linker: Linker<Host> = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).map_err(ModeError::start)?;
        let (mut context, directory) = wasi::context(setup)?;
        let mut store = Store::new(
            &self.engine,
            Host {
                wasi: context.build(),
                table: ResourceTable::new(),
                limits: wasi::limits(setup),
            },
        );
        store.limiter(|host| &mut host.limits);
        // What one call may copy out: a snapshot is as large as the memory that it is of. No module has more than 4 GiB.
        store.set_hostcall_fuel(setup.memory.unwrap_or(u32::MAX as usize));
        if setup.is_metered {
            store.set_fuel(u64::MAX / 2).map_err(ModeError::start)?;
        }
        if self.is_bounded {
            store.set_epoch_deadline(FOREVER);
        }
        let bindings = bindings::Auditward::instantiate(&mut store, &self.component, &linker)
            .map_err(ModeError::start)?;
        Ok(Component { store, bindings, joined: Joined::default(), _directory: directory })
    }
}

/// In ticks, until a deadline is set.
const FOREVER: u64 = u64::MAX / 2;

impl Component {
    /// The next call traps when it takes longer; rounded up to whole ticks.
    pub fn set_deadline(&mut self, limit: Duration) {
        let ticks = limit.as_millis().div_ceil(wasi::TICK.as_millis());
        self.store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(FOREVER));
    }

    pub fn configure(&mut self, policy: &str) -> Result<std::result::Result<(), Vec<Problem>>> {
        self.bindings
            .auditward_filter_audit()
            .call_configure(&mut self.store, policy)
            .map_err(ModeError::trap)
    }

    /// Records of one tag and time, each with its nonce.
    pub fn process_batch<'r>(
        &mut self,
        tag: &str,
        time_ms: i64,
        records: impl Iterator<Item = (u64, &'r [u8])>,
    ) -> Result<Answers> {
        let Joined { bytes, ends, nonces } = &mut self.joined;
        bytes.clear();
        ends.clear();
        nonces.clear();
        for (nonce, record) in records {
            bytes.extend_from_slice(record);
            ends.push(u32::try_from(bytes.len()).map_err(|_| ModeError::TooLarge)?);
            nonces.push(nonce);
        }
        let batch = InputBatch { tag, time_ms, bytes, ends, nonces };
        self.bindings
            .auditward_filter_audit()
            .call_process_batch(&mut self.store, batch)
            .map_err(ModeError::trap)
    }

    pub fn snapshot(&mut self) -> Result<Vec<u8>> {
        self.bindings
            .auditward_filter_audit()
            .call_snapshot(&mut self.store)
            .map_err(ModeError::trap)
    }

    pub fn restore(&mut self, snapshot: &[u8]) -> Result<std::result::Result<(), String>> {
        self.bindings
            .auditward_filter_audit()
            .call_restore(&mut self.store, snapshot)
            .map_err(ModeError::trap)
    }

    pub fn describe(&mut self) -> Result<String> {
        self.bindings
            .auditward_filter_audit()
            .call_describe(&mut self.store)
            .map_err(ModeError::trap)
    }
}

fn record<'a>(input: &Input<'a>) -> InputRecord<'a> {
    InputRecord { tag: input.tag, time_ms: input.time_ms, nonce: input.nonce, bytes: input.bytes }
}

impl Mode for Component {
    fn process(&mut self, input: Input<'_>) -> Result<Vec<u8>> {
        self.bindings
            .auditward_filter_audit()
            .call_process(&mut self.store, record(&input))
            .map_err(ModeError::trap)
    }

    fn status(&mut self) -> Option<String> {
        self.bindings.auditward_filter_audit().call_status(&mut self.store).ok()
    }

    fn learned(&mut self) -> Result<Vec<u8>> {
        self.snapshot()
    }
}
