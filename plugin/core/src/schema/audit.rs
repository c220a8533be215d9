//! Auditward's own schema: every field under its own path.

use super::{Property, RawAs, Schema, field};
use crate::event::Field;

pub static SCHEMA: Schema = Schema {
    id: "audit",
    summary: "Auditward's own schema: who, what, when, where, with what outcome, and why it was allowed",
    doc: "Every field has its own path; fields without a value are left out. `anomaly`, `notes`, `raw` and `module` follow.",
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
