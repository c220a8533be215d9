//! An instance of the module, bounded in memory and time.

use crate::mode::component::{Answers, Compiled, Component};
use crate::mode::{Mode, Setup};
use crate::numbering::Record;
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

/// An instance of the module, or what stands for it in tests.
pub trait Instance: Send {
    fn evaluate(&mut self, time_ms: i64, records: &[Record<'_>]) -> Result<Answers>;
    fn configure(&mut self, policy: &str) -> Result<()>;
    fn restore(&mut self, snapshot: &[u8]) -> Result<()>;
    fn snapshot(&mut self) -> Result<Vec<u8>>;
    fn status(&mut self) -> Option<String>;
}

/// Starts an instance whose memory may grow to so many bytes.
pub type Open = Box<dyn Fn(usize) -> Result<Box<dyn Instance>> + Send>;

/// The component, with a cap on its memory and a deadline for each call. All records come under one tag.
pub fn module(clock: Arc<AtomicI64>, limit: Duration, tag: String) -> Result<Open> {
    let compiled = Compiled::bounded().context("compiling the module")?;
    let seed = RandomState::new().hash_one(0u8);
    Ok(Box::new(move |cap| {
        let setup =
            Setup { seed, clock: Some(clock.clone()), memory: Some(cap), ..Setup::default() };
        let mut component = compiled.open(&setup)?;
        component.set_deadline(limit);
        Ok(Box::new(Bounded {
            component,
            limit,
            whole: limit_of_all(limit, cap),
            tag: tag.clone(),
        }))
    }))
}

/// Memory limit of the module: learned state, twice for a change of policy, its snapshot, buffers for the longest records, and files that enrich, which are
/// copied as they are passed and held twice during a change of policy.
pub fn memory_cap(policy: &Policy) -> usize {
    (128usize << 20)
        .saturating_add(policy.memory.saturating_add(policy.baseline.memory).saturating_mul(6))
        .saturating_add(policy.output.max_record.saturating_mul(16))
        .saturating_add(policy.files_memory().saturating_mul(6))
}

/// Calls that go through all that was learned have more time where that may be much: as long again for each GiB.
fn limit_of_all(limit: Duration, cap: usize) -> Duration {
    limit.saturating_mul(1 + u32::try_from(cap >> 30).unwrap_or(u32::MAX - 1))
}

struct Bounded {
    component: Component,
    limit: Duration,
    tag: String,
    /// For what goes through all that was learned.
    whole: Duration,
}

impl Instance for Bounded {
    fn evaluate(&mut self, time_ms: i64, records: &[Record<'_>]) -> Result<Answers> {
        self.component.set_deadline(self.limit);
        let records = records.iter().map(|record| (record.nonce, record.bytes));
        Ok(self.component.process_batch(&self.tag, time_ms, records)?)
    }

    fn configure(&mut self, policy: &str) -> Result<()> {
        self.component.set_deadline(self.whole);
        match self.component.configure(policy)? {
            Ok(()) => Ok(()),
            Err(problems) => bail!("the module refuses the policy: {} problems", problems.len()),
        }
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        self.component.set_deadline(self.whole);
        self.component.restore(snapshot)?.map_err(|why| anyhow::anyhow!(why))
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        self.component.set_deadline(self.whole);
        Ok(self.component.snapshot()?)
    }

    fn status(&mut self) -> Option<String> {
        self.component.set_deadline(self.limit);
        Mode::status(&mut self.component)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_large_budgets_have_longer_than_a_call() {
        let limit = |memory: &str| {
            limit_of_all(
                Duration::from_secs(5),
                memory_cap(&Policy::parse(&format!("[budget]\nmemory = \"{memory}\"\n")).unwrap()),
            )
        };
        assert_eq!(
            limit_of_all(Duration::from_secs(5), memory_cap(&Policy::default())),
            Duration::from_secs(5)
        );
        assert_eq!(limit("1024 MiB"), Duration::from_secs(35));
    }
}
