//! WASI environment of both wasm modes: directories, clock, seed, limits.

use super::{ModeError, Result, Setup};
use anyhow::Context;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use wasmtime::{Config, Engine, OperatorCost, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{FsPerms, HostWallClock, WasiCtxBuilder};

/// A compiler that counts operations where asked to.
pub(super) fn engine(is_metered: bool) -> Result<Engine> {
    with_costs(is_metered, None)
}

/// How long a tick lasts, of which a call has so many.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// A compiler whose calls end at a deadline. The clock that they go by ticks for as long as the engine is there.
pub(super) fn bounded_engine() -> Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.cache(wasmtime::Cache::from_file(None).ok());
    let engine = Engine::new(&config).map_err(ModeError::compile)?;
    let ticking = engine.weak();
    let ticks = move || {
        while let Some(engine) = ticking.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    };
    std::thread::Builder::new().name("ticks".into()).spawn(ticks).map_err(ModeError::start)?;
    Ok(engine)
}

/// As above, with a price for each kind of operation.
pub(super) fn with_costs(is_metered: bool, costs: Option<OperatorCost>) -> Result<Engine> {
    let mut config = Config::new();
    config.consume_fuel(is_metered);
    if let Some(costs) = costs {
        config.operator_cost(costs);
    }
    // Compiled code is kept between runs of the program where the user's cache directory can be written.
    config.cache(wasmtime::Cache::from_file(None).ok());
    Engine::new(&config).map_err(ModeError::compile)
}

/// A clock that stands still until it is set.
struct Still(Arc<AtomicI64>);

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.load(Ordering::Relaxed)).unwrap_or_default())
    }
}

/// The context, and the directory made for it where none was given.
pub(super) fn context(setup: &Setup) -> Result<(WasiCtxBuilder, Option<TempDir>)> {
    let mut builder = WasiCtxBuilder::new();
    // One thread, which waits for its files anyway: another to wait for them costs more than they do.
    builder.allow_blocking_current_thread(true);
    builder.inherit_stderr().env("AUDITWARD_SEED", setup.seed.to_string());
    if !setup.is_marking {
        builder.env("AUDITWARD_MARK", "off");
    }
    if setup.waits_for_lock {
        builder.env("AUDITWARD_LOCK", "wait");
    }
    if let Some(now) = setup.now() {
        builder.wall_clock(Still(
            setup.clock.clone().unwrap_or_else(|| Arc::new(AtomicI64::new(now))),
        ));
    }
    let mut made = None;
    let directory = match (&setup.directory, &setup.policy) {
        (Some(directory), _) => Some(directory.clone()),
        (None, Some(policy)) => {
            let directory = scratch().map_err(ModeError::Directory)?;
            crate::policy_dir::write(directory.path(), policy)?;
            let path = directory.path().to_owned();
            made = Some(directory);
            Some(path)
        }
        (None, None) => None,
    };
    if let Some(directory) = directory {
        builder
            .preopened_dir(&directory, "/audit", FsPerms::ReadWrite)
            .map_err(anyhow::Error::from)
            .with_context(|| directory.display().to_string())
            .map_err(ModeError::Start)?;
    }
    Ok((builder, made))
}

/// In memory where the system has such a place: where each record gets an engine of its own, a disk's journal would cost more than all the rest.
fn scratch() -> std::io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

pub(super) fn limits(setup: &Setup) -> StoreLimits {
    let builder = StoreLimitsBuilder::new();
    match setup.memory {
        Some(bytes) => builder.memory_size(bytes),
        None => builder,
    }
    .build()
}
