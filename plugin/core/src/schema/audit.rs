//! Auditward's own schema: every field under its own path.

use super::{Property, RawAs, Schema, field};
use crate::event::Field;

pub static SCHEMA: Schema = Schema {
    id: "audit",
    summary: "Auditward's own: who, what, when, where, with what outcome, why it was allowed",
    doc: "Every field under its own path, absent ones left out; then `anomaly`, `notes`, `raw`, `module`.",
    properties: &PROPERTIES,
    own_group: "",
    keeps_rest: false,
    raw: RawAs::Value,
    cases: None,
};

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses what goes wrong"
)]
static PROPERTIES: [Property; Field::ALL.len()] = {
    let mut properties = [const { field("", Field::Time) }; Field::ALL.len()];
    let mut index = 0;
    while index < properties.len() {
        properties[index] = field(Field::ALL[index].path(), Field::ALL[index]);
        index += 1;
    }
    properties
};
