//! Reads the built-in packs, the files of each group in `plugin/packs/sources` and `plugin/packs/rules` that is a feature of the build, and embeds what they amount to: text would take too long to read
//! at each start, and more of the stack than a host has.
//!
//! It reads them by the engine's own modules, which this file therefore declares as `lib.rs` does.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the build needs a part of the engine alone"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the engine has no files; its build script reads packs"
)]

pub mod address;
mod arn;
pub mod cached_layout;
pub mod calendar;
pub mod describe;
pub mod detect;
pub mod detection;
pub mod detector;
pub mod encode;
mod engine;
pub mod enrich;
pub mod entity;
pub mod event;
pub mod mapping;
pub mod msgpack;
pub mod normalise;
pub mod note;
pub mod option;
pub mod pack;
pub mod parse;
pub mod pattern;
pub mod policy;
pub mod policy_text;
mod raw;
pub mod route;
pub mod rule;
pub mod schema;
pub mod severity;
pub mod similar;
mod siphash;
pub mod sketch;
pub mod snapshot;
pub mod source;
pub mod status;
pub mod stored;
pub mod text;
pub mod text_form;
pub mod time;
pub mod value;
pub mod vocabulary;
pub mod write;

use engine::{Engine, Secret};
use lz4::block::CompressionMode;
use mapping::Mapping;
use pack::Packed;
use policy_text::mapping::read_pack;
use raw::Raw;
use rule::Rule;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};
use stored::Stored;
use toml::de::DeTable;

/// As in `lib.rs`.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// While packs are read there are none.
mod built {
    use crate::pack::Packed;

    pub static SOURCES: Packed = Packed { len: 0, bytes: &[] };
    pub static RULES: Packed = Packed { len: 0, bytes: &[] };
}

fn main() -> ExitCode {
    // Said plainly: cargo shows it as it stands.
    embed().map_or_else(
        |error| {
            eprintln!("plugin/packs: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn embed() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?)
        .join("../packs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let [sources, rules] = ["sources", "rules"].map(|kind| folder.join(kind));
    for folder in [&sources, &rules] {
        // cargo looks for changes below folders itself.
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let sources = written("SOURCES", &sources_of(&packs(&sources)?)?)?;
    let rules = written("RULES", &rules_of(&packs(&rules)?)?)?;
    fs::write(out.join("packs.rs"), format!("use crate::pack::Packed;\n\n{sources}{rules}"))?;
    Ok(())
}

include!("../../packs/groups.rs");

/// Reads packs of sources, by name and text; what is wrong with them where anything is.
fn sources_of(files: &[(String, String)]) -> Result<Vec<Mapping>, String> {
    let mut ids = BTreeSet::new();
    let mut read = Vec::new();
    for (name, text) in files {
        let pack = read_pack(text).map_err(|issues| format!("{name}.toml: {issues:#?}"))?;
        if pack.source != *name || !ids.insert(pack.source.clone()) {
            return Err(format!(
                "{name}.toml: a pack's file is named by its source, `{}`",
                pack.source
            ));
        }
        if pack.title.is_empty() || !pack.docs.starts_with("https://") {
            return Err(format!("{name}.toml: `title` and `docs` are missing"));
        }
        if let Some((pattern, text)) = pack.negated_successes().first() {
            return Err(format!(
                "{name}.toml: `{pattern}` of outcome.result reads `{text}` as success"
            ));
        }
        read.push(pack);
    }
    Ok(read)
}

/// Reads packs of rules, by name and text; what is wrong with them where anything is.
fn rules_of(files: &[(String, String)]) -> Result<Vec<Rule>, String> {
    let mut ids = BTreeSet::new();
    let mut read = Vec::new();
    for (name, text) in files {
        let root = DeTable::parse(text).map_err(|error| format!("{name}.toml: {error}"))?;
        let mut problems = Vec::new();
        let rules = rule::read::pack(root.get_ref(), &mut problems);
        if !problems.is_empty() || rules.is_empty() {
            return Err(format!("{name}.toml: {problems:#?}"));
        }
        if let Some(rule) = rules.iter().find(|rule| !ids.insert(rule.id.clone())) {
            return Err(format!("{name}.toml: another rule is called `{}`", rule.id));
        }
        read.extend(rules);
    }
    Ok(read)
}

/// As a static of the engine.
fn written<T: Stored>(name: &str, packs: &Vec<T>) -> Result<String, Box<dyn Error>> {
    let mut bytes = Vec::new();
    packs.store(&mut bytes);
    // A fifth smaller than what `lz4_flex` makes, which the module reads it with.
    let mode = CompressionMode::HIGHCOMPRESSION(12);
    let packed = lz4::block::compress(&bytes, Some(mode), false)?;
    Ok(format!(
        "pub(crate) static {name}: Packed = Packed {{ len: {}, bytes: &{packed:?} }};\n",
        bytes.len()
    ))
}
