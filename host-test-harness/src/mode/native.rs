//! The core, compiled into this program: no module, no files.

use super::{Input, Mode, ModeError, Result, Setup};
use auditward_core::policy::Policy;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret, status};

/// The engine itself.
pub struct Native {
    pub engine: Engine,
    out: Output,
    setup: Setup,
}

impl Native {
    /// The module's own way of drawing secrets from a seed.
    pub fn secret(setup: &Setup) -> Secret {
        let draw = |n: u64| setup.seed.wrapping_add(n);
        Secret { mark: setup.is_marking.then(|| (draw(0), draw(1))), hash: (draw(2), draw(3)) }
    }

    pub fn new(setup: &Setup) -> Result<Native> {
        let policy = match &setup.policy {
            Some(text) => {
                Policy::parse(text).map_err(|issues| ModeError::Problems(issues.len()))?
            }
            None => Policy::default(),
        };
        Ok(Native {
            engine: Engine::new(policy, Native::secret(setup)),
            out: Output::default(),
            setup: setup.clone(),
        })
    }
}

impl Mode for Native {
    fn process(&mut self, input: Input<'_>) -> Result<Vec<u8>> {
        let now = self.setup.now().unwrap_or_else(now_ms);
        self.engine.process(
            Raw {
                tag: input.tag.as_bytes(),
                bytes: input.bytes,
                time: input.time_ms,
                nonce: input.nonce,
                now,
            },
            &mut self.out,
        );
        Ok(self.out.bytes().to_vec())
    }

    fn status(&mut self) -> Option<String> {
        let mut text = vec![0u8; status::ROOM];
        let len = self.engine.status(&mut text)?;
        text.truncate(len);
        Some(format!("{{{}}}", String::from_utf8_lossy(&text)))
    }

    fn learned(&mut self) -> Result<Vec<u8>> {
        Ok(self.engine.snapshot())
    }
}

/// The clock.
pub fn now_ms() -> i64 {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
