//! Describe: what this build knows, from its lists, as JSON.

use crate::event::Field;
use crate::note::Note;
use crate::text::quote;
use crate::{VERSION, detector, schema, source};

/// `{version, sources, detectors, schemas, fields, notes}`, each a list of `{id, summary}`.
pub fn describe() -> Vec<u8> {
    let mut out = Vec::new();
    // Appending to a vector that grows with few kilobytes: not on the way of a record.
    let mut text = |text: &str| out.extend_from_slice(text.as_bytes());
    text("{\"version\":\"");
    text(VERSION);
    text("\"");
    list(&mut out, "sources", source::ALL.iter().map(|source| (source.id, source.summary)));
    list(&mut out, "detectors", detector::ALL.iter().map(|spec| (spec.id, spec.summary)));
    list(&mut out, "schemas", schema::ALL.iter().map(|schema| (schema.id, schema.summary)));
    list(&mut out, "fields", Field::ALL.iter().map(|field| (field.path(), field.doc())));
    list(&mut out, "notes", Note::ALL.iter().map(|note| (note.id(), note.doc())));
    out.push(b'}');
    out
}

fn list<'n>(out: &mut Vec<u8>, name: &str, items: impl Iterator<Item = (&'n str, &'n str)>) {
    out.extend_from_slice(format!(",\"{name}\":[").as_bytes());
    for (index, (id, summary)) in items.enumerate() {
        out.extend_from_slice(if index == 0 { b"{\"id\":" } else { b",{\"id\":" });
        let _ = quote(id.as_bytes(), out);
        out.extend_from_slice(b",\"summary\":");
        let _ = quote(summary.as_bytes(), out);
        out.push(b'}');
    }
    out.push(b']');
}
