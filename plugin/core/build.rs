//! Embeds the built-in packs: every file of `plugin/packs/sources` and `plugin/packs/rules`, in the order of their names, without what only people and tests read.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the engine has no files; its build script reads packs")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Options that the module has no use for; each stands on one line.
const FOR_PEOPLE: &[&str] = &["why", "blind", "tuning", "references", "controls"];

fn main() -> io::Result<()> {
    let packs = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../packs");
    let mut code = String::new();
    for (list, doc, folder) in [("FILES", "Every built-in pack of a source, by name.", "sources"), ("RULES", "Every built-in pack of rules, by name.", "rules")]
    {
        code.push_str(&format!("/// {doc}\npub static {list}: &[BuiltIn] = &[\n"));
        for path in files(&packs.join(folder))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = bare(&fs::read_to_string(&path)?);
            let packed = lz4_flex::block::compress(text.as_bytes());
            code.push_str(&format!("    BuiltIn {{ file: {name:?}, len: {}, packed: &{packed:?} }},\n", text.len()));
        }
        code.push_str("];\n");
    }
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("packs.rs"), code)
}

/// The packs in a folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    Ok(files)
}

/// Without documentation, examples, comments and blank lines.
fn bare(text: &str) -> String {
    let mut bare = String::new();
    let mut is_example = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("[[") {
            is_example = matches!(line, "[[example]]" | "[[rule.example]]");
        }
        let is_for_people = FOR_PEOPLE.iter().any(|option| line.strip_prefix(option).is_some_and(|rest| rest.trim_start().starts_with('=')));
        if !(is_example || is_for_people || line.is_empty() || line.starts_with('#')) {
            bare.push_str(line);
            bare.push('\n');
        }
    }
    bare
}
