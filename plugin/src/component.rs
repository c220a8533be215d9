//! The component interface: WIT types to core types and back.

use crate::raw_abi;
use auditward_core::describe::describe;
use auditward_core::policy::Policy;
use auditward_core::snapshot::Refused;
use auditward_core::status;

#[expect(unsafe_code, reason = "generated")]
mod bindings {
    use super::Interface;
    wit_bindgen::generate!({ path: "../wit", world: "auditward" });
    export!(Interface);
}

use bindings::exports::auditward::filter::audit::{
    Answers, Guest, InputBatch, InputRecord, Problem,
};

struct Interface;

impl Guest for Interface {
    fn configure(policy: String) -> Result<(), Vec<Problem>> {
        let policy = Policy::parse(&policy).map_err(|issues| {
            let problem = |issue: auditward_core::policy::Issue| Problem {
                path: issue.path,
                line: u32::try_from(issue.line).unwrap_or(u32::MAX),
                column: u32::try_from(issue.column).unwrap_or(u32::MAX),
                message: issue.message,
                remedy: issue.remedy,
            };
            issues.into_iter().map(problem).collect::<Vec<Problem>>()
        })?;
        raw_abi::with(|plugin, _| {
            let secret = plugin.secret();
            plugin.engine.set_policy(policy, secret);
        });
        Ok(())
    }

    fn process(input: InputRecord) -> Vec<u8> {
        raw_abi::with(|plugin, out| {
            plugin.process(input.tag.as_bytes(), input.time_ms, input.nonce, &input.bytes, out);
            out.bytes().to_vec()
        })
    }

    fn process_batch(input: InputBatch) -> Answers {
        let mut answers = Answers {
            bytes: Vec::with_capacity(input.bytes.len().saturating_mul(2)),
            ends: Vec::with_capacity(input.ends.len()),
            flagged: Vec::new(),
        };
        let nonces = input.nonces.iter().copied().chain(std::iter::repeat(0));
        let mut start = 0usize;
        raw_abi::with(|plugin, out| {
            for (&end, nonce) in input.ends.iter().zip(nonces) {
                // What lies outside is an empty record.
                let record = input.bytes.get(start..end as usize).unwrap_or_default();
                plugin.process(input.tag.as_bytes(), input.time_ms, nonce, record, out);
                if plugin.engine.has_findings() {
                    answers.flagged.push(u32::try_from(answers.ends.len()).unwrap_or(u32::MAX));
                }
                answers.bytes.extend_from_slice(out.bytes());
                answers.ends.push(u32::try_from(answers.bytes.len()).unwrap_or(u32::MAX));
                start = end as usize;
            }
        });
        answers
    }

    fn snapshot() -> Vec<u8> {
        raw_abi::with(|plugin, _| plugin.engine.snapshot())
    }

    fn restore(snapshot: Vec<u8>) -> Result<(), String> {
        raw_abi::with(|plugin, _| {
            if snapshot.is_empty() {
                plugin.engine.forget();
                return Ok(());
            }
            plugin.engine.restore(&snapshot).map_err(|refused| {
                let why = match refused {
                    Refused::Foreign => "not a snapshot of auditward's",
                    Refused::Damaged => "damaged: its checksum does not match",
                    Refused::Newer => {
                        "written by a newer version in a format this one does not know"
                    }
                };
                why.to_owned()
            })
        })
    }

    fn describe() -> String {
        String::from_utf8(describe()).unwrap_or_default()
    }

    fn status() -> String {
        raw_abi::with(|plugin, _| {
            let mut text = vec![b'{'];
            text.resize(status::ROOM, 0);
            let len =
                plugin.engine.status(text.get_mut(1..).unwrap_or_default()).unwrap_or_default();
            text.truncate(len.saturating_add(1));
            text.push(b'}');
            String::from_utf8(text).unwrap_or_default()
        })
    }
}
