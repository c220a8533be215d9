//! A line of text as a pack's form reads it.

use auditward_core::text_form::Form;
use auditward_core::text_form::object::Object;
use serde_json::Value;

/// The values of the line, if the form reads it.
pub fn read(form: &Form, line: &str) -> Option<Value> {
    let mut arena = Vec::new();
    let mut object = Object::begin(&mut arena);
    let fits = form.read(line.as_bytes(), &mut object);
    object.end().ok()?;
    serde_json::from_slice(&arena).ok().filter(|_| fits)
}
