//! Output schemas: where each slot goes. One file each; a schema is a table of rows, in the order they are written.

use crate::event::Slot;

macro_rules! schemas {
    ($($module:ident),+ $(,)?) => {
        $(pub mod $module;)+
        /// Every schema; the first is the default.
        pub static ALL: &[&Schema] = &[$(&$module::SCHEMA),+];
        /// Their ids, as the policy names them.
        pub const IDS: &[&str] = &[$(stringify!($module)),+];
    };
}

schemas! {
    audit,
    ecs,
}

/// One output schema.
pub struct Schema {
    pub id: &'static str,
    pub summary: &'static str,
    pub doc: &'static str,
    pub fields: &'static [Field],
    /// The group that takes what the schema has no place for (findings, notes, module); empty for the root.
    pub own_group: &'static str,
    pub raw: RawAs,
}

/// How a schema carries the original record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawAs {
    /// Under `raw`, as JSON where it is JSON.
    Value,
    /// As text, at this path's own field.
    Text,
}

/// One field: its dotted path, and what fills it. Fields of one group stand together.
pub struct Field {
    pub path: &'static str,
    pub from: From,
}

/// What fills a field.
pub enum From {
    /// The slot's value.
    Slot(Slot),
    /// The JSON for the slot's word; absent for other words.
    Map(Slot, &'static [(&'static str, &'static str)]),
    /// The same, where the first slot is empty.
    MapInstead(Slot, Slot, &'static [(&'static str, &'static str)]),
    /// A list of the slots' values, without repetition.
    List(&'static [Slot]),
    /// This JSON, whatever the event.
    Always(&'static str),
    /// The first JSON where something was found, else the second.
    IfFindings(&'static str, &'static str),
    /// The original record as text.
    Raw,
}

/// The slot goes to the path.
pub const fn slot(path: &'static str, slot: Slot) -> Field {
    Field { path, from: From::Slot(slot) }
}
