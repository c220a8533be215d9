//! Output schemas: where each field goes. One file each; a schema is a table of rows, in the order they are written.

use crate::detect::Findings;
use crate::event::{Event, Field};
use crate::parse::Parsed;
use crate::parse::tape::Tape;
use crate::policy;
use crate::source::Product;
use crate::write::Writer;

pub(crate) mod properties;

macro_rules! schemas {
    ($($module:ident),+ $(,)?) => {
        $(
            pub mod $module;
            const _: () = assert!($module::SCHEMA.len() <= properties::MOST, "a schema has more fields than the encoder holds: raise WORDS in schema/properties.rs");
        )+
        /// Every schema; the first is the default.
        pub static ALL: &[&Schema] = &[$(&$module::SCHEMA),+];
        /// Their ids, as the policy names them.
        pub const IDS: &[&str] = &[$(stringify!($module)),+];
    };
}

schemas! {
    audit,
    ecs,
    ocsf,
}

/// One output schema.
pub struct Schema {
    pub id: &'static str,
    pub summary: &'static str,
    pub doc: &'static str,
    pub properties: &'static [Property],
    /// The group that takes what the schema has no place for (findings, notes, module); empty for the root.
    pub own_group: &'static str,
    /// A field that no field of the record took goes to the own group, under its own path.
    pub keeps_rest: bool,
    pub raw: RawAs,
    /// How the kind of record decides on the fields, where it does.
    pub cases: Option<Cases>,
}

impl Schema {
    /// Number of fields, those of the rest included.
    pub const fn len(&self) -> usize {
        self.properties.len().saturating_add(if self.keeps_rest { Field::ALL.len() } else { 0 })
    }

    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The path of the original record, where it is carried as text.
    pub fn raw_path(&self) -> Option<&'static str> {
        self.properties
            .iter()
            .find(|property| matches!(property.from, From::Raw))
            .map(|property| property.path)
    }
}

/// Input of the encoder.
pub struct Sealed<'a> {
    pub event: &'a Event,
    pub findings: &'a Findings,
    pub input: &'a [u8],
    pub parsed: Parsed,
    pub tape: &'a Tape,
    /// The name of the policy's route; empty where there is none.
    pub route: &'a str,
    /// The products of sources, by their numbers in events.
    pub products: &'a [Product],
}

impl<'a> Sealed<'a> {
    /// The product whose event it is; none if no source recognised the record.
    pub fn product(&self) -> Option<&'a Product> {
        self.products.get(usize::from(self.event.source?))
    }
}

/// How a schema carries the original record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawAs {
    /// Under `raw`, as JSON where it is JSON.
    Value,
    /// As text, in the field of `From::Raw`.
    Text,
}

/// The kind of one record and the conditions that it meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// Number of the kind, below 16.
    pub kind: u8,
    /// Number of the action in the schema.
    pub activity: u8,
    /// Conditions, as bits.
    pub meets: u32,
}

/// Which fields a record has, in a schema with several kinds of record.
pub struct Cases {
    /// The conditions that the policy decides on.
    pub standing: fn(&policy::Output) -> u32,
    /// The case of a record, those conditions included.
    pub of: fn(&Sealed<'_>, u32) -> Case,
}

/// One field: its dotted path, and what fills it. Fields of one group stand together. A group whose name ends in `[]` is an array of one object.
pub struct Property {
    pub path: &'static str,
    pub from: From,
    /// The kinds of record that have it, as bits.
    pub kinds: u16,
    /// The conditions that a record with it meets, as bits.
    pub needs: u32,
}

impl Property {
    /// The field for these kinds of record alone.
    pub const fn on(mut self, kinds: u16) -> Property {
        self.kinds = kinds;
        self
    }

    /// The field for records that meet all of these conditions.
    pub const fn given(mut self, needs: u32) -> Property {
        self.needs |= needs;
        self
    }
}

/// Origin of a property's value.
pub enum From {
    /// The field's value.
    Field(Field),
    /// The value of the first field that has one.
    First(&'static [Field]),
    /// The JSON for the field's word; absent for other words.
    Map(Field, &'static [(&'static str, &'static str)]),
    /// The same, where the first field is empty.
    MapInstead(Field, Field, &'static [(&'static str, &'static str)]),
    /// A list of the fields' values, without repetition.
    List(&'static [Field]),
    /// This JSON, whatever the event.
    Always(&'static str),
    /// The first JSON where something was found, else the second.
    IfFindings(&'static str, &'static str),
    /// The JSON that a function writes.
    Made(fn(&Sealed<'_>, Case, &mut Writer<'_>)),
    /// The original record as text.
    Raw,
}

/// The field goes to the path.
pub const fn field(path: &'static str, field: Field) -> Property {
    property(path, From::Field(field))
}

/// This goes to the path.
pub const fn property(path: &'static str, from: From) -> Property {
    Property { path, from, kinds: u16::MAX, needs: 0 }
}
