//! The component door: WIT types to core types and back.

use crate::{Plugin, door_raw};
use auditward_core::describe::describe;
use auditward_core::policy::Policy;
use auditward_core::snapshot::Refused;
use auditward_core::write::Output;

#[expect(unsafe_code, reason = "generated")]
mod bindings {
    use super::Door;
    wit_bindgen::generate!({ path: "../wit", world: "auditward" });
    export!(Door);
}

use bindings::exports::auditward::filter::audit::{DoorRecord, Guest, Problem};

struct Door;

impl Guest for Door {
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
        door_raw::with(|plugin, _| {
            let secret = plugin.secret();
            plugin.engine.set_policy(policy, secret);
        });
        Ok(())
    }

    fn process(input: DoorRecord) -> Vec<u8> {
        door_raw::with(|plugin, out| process(plugin, &input, out))
    }

    fn process_batch(input: Vec<DoorRecord>) -> Vec<Vec<u8>> {
        door_raw::with(|plugin, out| input.iter().map(|record| process(plugin, record, out)).collect())
    }

    fn snapshot() -> Vec<u8> {
        door_raw::with(|plugin, _| plugin.engine.snapshot())
    }

    fn restore(snapshot: Vec<u8>) -> Result<(), String> {
        door_raw::with(|plugin, _| {
            if snapshot.is_empty() {
                plugin.engine.forget();
                return Ok(());
            }
            plugin.engine.restore(&snapshot).map_err(|refused| {
                let why = match refused {
                    Refused::Foreign => "not a snapshot of auditward's",
                    Refused::Damaged => "damaged: its checksum does not match",
                    Refused::Newer => "written by a newer version in a format this one does not know",
                };
                why.to_owned()
            })
        })
    }

    fn describe() -> String {
        String::from_utf8(describe()).unwrap_or_default()
    }

    fn status() -> String {
        door_raw::with(|plugin, _| {
            let mut text = vec![b'{'];
            text.resize(8192, 0);
            let len = plugin.engine.status(text.get_mut(1..).unwrap_or_default()).unwrap_or_default();
            text.truncate(len.saturating_add(1));
            text.push(b'}');
            String::from_utf8(text).unwrap_or_default()
        })
    }
}

fn process(plugin: &mut Plugin, record: &DoorRecord, out: &mut Output) -> Vec<u8> {
    plugin.process(record.tag.as_bytes(), record.time_ms, record.nonce, &record.bytes, out);
    out.bytes().to_vec()
}
