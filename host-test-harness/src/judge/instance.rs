//! An instance of the module, bounded in memory and time.

use super::Record;
use crate::lane::component::{Answers, Compiled, Component};
use crate::lane::{Lane, Setup};
use anyhow::{Context, Result, ensure};
use auditward_core::policy::Policy;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

/// An instance of the module, or what stands for it in tests.
pub trait Instance: Send {
    fn judge(&mut self, time_ms: i64, records: &[Record<'_>]) -> Result<Answers>;
    fn configure(&mut self, policy: &str) -> Result<()>;
    fn restore(&mut self, snapshot: &[u8]) -> Result<()>;
    fn snapshot(&mut self) -> Result<Vec<u8>>;
    fn status(&mut self) -> Option<String>;
}

/// Starts an instance.
pub type Open = Box<dyn Fn(&Policy) -> Result<Box<dyn Instance>> + Send>;

/// The component, with a cap on its memory and a deadline for each call. All records come under one tag.
pub fn module(clock: Arc<AtomicI64>, limit: Duration, tag: String) -> Result<Open> {
    let compiled = Compiled::bounded().context("compiling the module")?;
    let seed = RandomState::new().hash_one(0u8);
    Ok(Box::new(move |policy| {
        let setup = Setup { seed, clock: Some(clock.clone()), memory: Some(memory_cap(policy)), ..Setup::default() };
        let mut component = compiled.open(&setup)?;
        component.set_deadline(limit);
        Ok(Box::new(Bounded { component, limit, tag: tag.clone() }))
    }))
}

/// What the module may take: what is learned, twice for a change of policy, the snapshot of it, and buffers for the longest records.
pub fn memory_cap(policy: &Policy) -> usize {
    (64usize << 20).saturating_add(policy.memory.saturating_mul(6)).saturating_add(policy.output.max_record.saturating_mul(16))
}

struct Bounded {
    component: Component,
    limit: Duration,
    tag: String,
}

impl Instance for Bounded {
    fn judge(&mut self, time_ms: i64, records: &[Record<'_>]) -> Result<Answers> {
        self.component.set_deadline(self.limit);
        self.component.process_batch(&self.tag, time_ms, records.iter().map(|record| (record.nonce, record.bytes)))
    }

    fn configure(&mut self, policy: &str) -> Result<()> {
        self.component.set_deadline(self.limit);
        let problems = self.component.configure(policy)?.err().unwrap_or_default();
        ensure!(problems.is_empty(), "the module refuses the policy: {} problems", problems.len());
        Ok(())
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        self.component.set_deadline(self.limit);
        self.component.restore(snapshot)?.map_err(|why| anyhow::anyhow!(why))
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        self.component.set_deadline(self.limit);
        self.component.snapshot()
    }

    fn status(&mut self) -> Option<String> {
        self.component.set_deadline(self.limit);
        Lane::status(&mut self.component)
    }
}
