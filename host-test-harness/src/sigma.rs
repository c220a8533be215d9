//! Sigma rules: read here, lowered to rules of our own, and written as a pack that the module reads like any other. Nothing of YAML gets into the module.

pub mod alias;
pub mod choice;
pub mod compile;
pub mod correlation;
pub mod explain;
pub mod expr;
pub mod glob;
pub mod lower;

pub use choice::Choice;
pub use compile::{Collection, Item, State};

use auditward_core::policy_text;
use std::path::Path;
use thiserror::Error;

/// A `[[sigma]]` whose files cannot be read.
#[derive(Debug, Error)]
#[error("sigma[{number}].path: {cause:#}")]
pub struct Unread {
    /// Counted from 1.
    pub number: usize,
    pub path: String,
    pub cause: anyhow::Error,
}

/// The rules that `[[sigma]]` of a policy's text asks for, read from beside it; `None` where there is no such table.
pub fn of_policy(text: &str, root: &Path) -> Result<Option<Collection>, Unread> {
    let tables = policy_text::sigma(text);
    // A text that the pack was appended to asks for it no more.
    if tables.is_empty()
        || !policy_text::pack_names(text).iter().any(|name| name == policy_text::SIGMA_PACK)
    {
        return Ok(None);
    }
    let mut collection = Collection::default();
    for (index, settings) in tables.iter().enumerate() {
        let path = settings.text("path");
        let files = choice::files(root, path).map_err(|cause| Unread {
            number: index + 1,
            path: path.to_owned(),
            cause,
        })?;
        collection.add(&Choice::of(settings), &files);
    }
    Ok(Some(collection))
}
