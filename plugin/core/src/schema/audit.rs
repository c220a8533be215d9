//! Auditward's own schema: every slot under its own path.

use super::{Field, RawAs, Schema, slot};
use crate::event::Slot;

pub static SCHEMA: Schema = Schema {
    id: "audit",
    summary: "Auditward's own: who, what, when, where, with what outcome, why it was allowed",
    doc: "Every slot under its own path, absent ones left out; then `anomaly`, `notes`, `raw`, `module`.",
    fields: &FIELDS,
    own_group: "",
    keeps_rest: false,
    raw: RawAs::Value,
    cases: None,
};

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what goes wrong")]
static FIELDS: [Field; Slot::ALL.len()] = {
    let mut fields = [const { slot("", Slot::Time) }; Slot::ALL.len()];
    let mut index = 0;
    while index < fields.len() {
        fields[index] = slot(Slot::ALL[index].path(), Slot::ALL[index]);
        index += 1;
    }
    fields
};
