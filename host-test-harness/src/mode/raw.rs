//! Fluent Bit's interface, called exactly as Fluent Bit calls it: the copies through the module's `malloc`, a NUL behind each, the answer read as a C string.

use super::{Input, Mode, ModeError, Result, Setup, wasi};
use crate::MODULE;
use anyhow::Context;
use tempfile::TempDir;
use wasmtime::{
    Engine, Instance, InstancePre, Linker, Memory, Module, OperatorCost, Store, StoreLimits,
    TypedFunc,
};
use wasmtime_wasi::p1::{self, WasiP1Ctx};

type Filter = TypedFunc<(i32, i32, i32, i32, i32, i32), i32>;

/// The module, compiled.
pub struct Compiled {
    engine: Engine,
    /// The module with its imports resolved: an instance of it takes microseconds.
    ready: InstancePre<Host>,
}

struct Host {
    wasi: WasiP1Ctx,
    limits: StoreLimits,
}

/// An instance behind the raw interface.
pub struct Raw {
    store: Store<Host>,
    instance: Instance,
    memory: Memory,
    malloc: TypedFunc<i32, i32>,
    free: TypedFunc<i32, ()>,
    filter: Filter,
    _directory: Option<TempDir>,
}

/// Prefix of the module's functions of the component interface.
const INTERFACE: &str = "auditward:filter/audit@0.1.0";
/// An answer that no memory holds.
const OUTSIDE: ModeError = ModeError::Answer("lies outside memory");
/// Plenty, where operations are counted and not limited.
const FUEL: u64 = u64::MAX / 2;

impl Compiled {
    pub fn new(is_metered: bool) -> Result<Compiled> {
        Compiled::of(wasi::engine(is_metered)?)
    }

    /// Counts operations at these prices.
    pub fn with_costs(costs: OperatorCost) -> Result<Compiled> {
        Compiled::of(wasi::with_costs(true, Some(costs))?)
    }

    fn of(engine: Engine) -> Result<Compiled> {
        let ready = || {
            let module = Module::new(&engine, MODULE)?;
            let mut linker: Linker<Host> = Linker::new(&engine);
            p1::add_to_linker_sync(&mut linker, |host: &mut Host| &mut host.wasi)?;
            linker.instantiate_pre(&module)
        };
        let ready = ready().map_err(ModeError::compile)?;
        Ok(Compiled { engine, ready })
    }

    pub fn open(&self, setup: &Setup) -> Result<Raw> {
        let (mut context, directory) = wasi::context(setup)?;
        let host = Host { wasi: context.build_p1(), limits: wasi::limits(setup) };
        self.start(setup, host, directory).map_err(ModeError::Start)
    }

    fn start(&self, setup: &Setup, host: Host, directory: Option<TempDir>) -> anyhow::Result<Raw> {
        let mut store = Store::new(&self.engine, host);
        store.limiter(|host| &mut host.limits);
        if setup.is_metered {
            store.set_fuel(FUEL)?;
        }
        let instance = self.ready.instantiate(&mut store)?;
        instance.get_typed_func::<(), ()>(&mut store, "_initialize")?.call(&mut store, ())?;
        let memory =
            instance.get_memory(&mut store, "memory").context("the module exports its memory")?;
        Ok(Raw {
            malloc: instance.get_typed_func(&mut store, "malloc")?,
            free: instance.get_typed_func(&mut store, "free")?,
            filter: instance.get_typed_func(&mut store, "audit_filter")?,
            memory,
            instance,
            store,
            _directory: directory,
        })
    }
}

impl Raw {
    /// Operations executed since the last look.
    pub fn spent(&mut self) -> Result<u64> {
        let left = self.store.get_fuel().map_err(ModeError::trap)?;
        self.set_fuel(FUEL)?;
        Ok(FUEL.saturating_sub(left))
    }

    /// Gives the next calls so many operations: the one that needs more traps.
    pub fn set_fuel(&mut self, operations: u64) -> Result<()> {
        self.store.set_fuel(operations).map_err(ModeError::trap)
    }

    /// Bytes of linear memory.
    pub fn memory(&self) -> usize {
        self.memory.data_size(&self.store)
    }

    /// Copies bytes into the module, a NUL behind them; 0 where its memory is full, as Fluent Bit passes on.
    pub fn copy_in(&mut self, bytes: &[u8]) -> Result<i32> {
        let room = length(bytes.len().saturating_add(1))?;
        let address = self.malloc.call(&mut self.store, room).map_err(ModeError::trap)?;
        if address != 0 {
            let at = address as u32 as usize;
            self.memory.write(&mut self.store, at, bytes).map_err(ModeError::trap)?;
            let end = at.saturating_add(bytes.len());
            self.memory.write(&mut self.store, end, &[0]).map_err(ModeError::trap)?;
        }
        Ok(address)
    }

    /// Gives back what `copy_in` took.
    pub fn free(&mut self, address: i32) -> Result<()> {
        self.free.call(&mut self.store, address).map_err(ModeError::trap)
    }

    /// Calls the filter with any arguments, lies included; the answer up to its NUL. The nonce goes where this interface has room for it: below the millisecond.
    pub fn call(
        &mut self,
        tag: (i32, i32),
        time_ms: i64,
        nonce: u64,
        record: (i32, i32),
    ) -> Result<Vec<u8>> {
        let seconds = time_ms.div_euclid(1000) as u32 as i32;
        // Below a thousand.
        let nanoseconds = (time_ms.rem_euclid(1000) as i32)
            .saturating_mul(1_000_000)
            .saturating_add((nonce % 1_000_000) as i32);
        let answer = self
            .filter
            .call(&mut self.store, (tag.0, tag.1, seconds, nanoseconds, record.0, record.1))
            .map_err(ModeError::trap)?;
        let data = self.memory.data(&self.store).get(answer as u32 as usize..).ok_or(OUTSIDE)?;
        let Some(len) = data.iter().position(|&byte| byte == 0) else {
            return Err(ModeError::Answer("has no end"));
        };
        if answer == 0 || len == 0 {
            return Err(ModeError::Answer("is empty"));
        }
        Ok(data.get(..len).unwrap_or_default().to_vec())
    }

    /// The bytes that a function of the component interface gives: the same file has both interfaces, and both have the one engine behind them.
    fn ask(&mut self, function: &str) -> Result<Vec<u8>> {
        let name = format!("{INTERFACE}#{function}");
        let result = self
            .instance
            .get_typed_func::<(), i32>(&mut self.store, &name)
            .and_then(|function| function.call(&mut self.store, ()))
            .map_err(ModeError::trap)?;
        let mut place = [0u8; 8];
        self.memory
            .read(&self.store, result as u32 as usize, &mut place)
            .map_err(ModeError::trap)?;
        let [a0, a1, a2, a3, l0, l1, l2, l3] = place;
        let (at, len) = (
            u32::from_le_bytes([a0, a1, a2, a3]) as usize,
            u32::from_le_bytes([l0, l1, l2, l3]) as usize,
        );
        let bytes =
            self.memory.data(&self.store).get(at..at.saturating_add(len)).ok_or(OUTSIDE)?.to_vec();
        self.instance
            .get_typed_func::<i32, ()>(&mut self.store, &format!("cabi_post_{name}"))
            .and_then(|function| function.call(&mut self.store, result))
            .map_err(ModeError::trap)?;
        Ok(bytes)
    }
}

/// A length as the interface has it.
fn length(len: usize) -> Result<i32> {
    i32::try_from(len).map_err(|_| ModeError::TooLarge)
}

impl Mode for Raw {
    fn process(&mut self, input: Input<'_>) -> Result<Vec<u8>> {
        let tag = self.copy_in(input.tag.as_bytes())?;
        let record = self.copy_in(input.bytes)?;
        let answer = self.call(
            (tag, length(input.tag.len())?),
            input.time_ms,
            input.nonce,
            (record, length(input.bytes.len())?),
        );
        for address in [record, tag] {
            if address != 0 {
                self.free(address)?;
            }
        }
        answer
    }

    fn status(&mut self) -> Option<String> {
        self.ask("status").ok().and_then(|text| String::from_utf8(text).ok())
    }

    fn learned(&mut self) -> Result<Vec<u8>> {
        self.ask("snapshot")
    }
}
