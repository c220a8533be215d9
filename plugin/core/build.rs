//! Embeds the built-in packs: every file of `plugin/packs/sources`, up to its first example, in the order of their names.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the engine has no files; its build script reads packs")]

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let directory = root.join("../packs/sources");
    println!("cargo::rerun-if-changed={}", directory.display());
    let mut files = Vec::new();
    if directory.is_dir() {
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut code = String::from("/// Every built-in pack, by name.\npub static FILES: &[BuiltIn] = &[\n");
    for path in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        code.push_str(&format!("    BuiltIn {{ file: {name:?}, text: {:?} }},\n", stripped(&text)));
    }
    code.push_str("];\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("packs.rs"), code)
}

/// Without the examples, which come last, and without lines that are comments or blank.
fn stripped(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.trim() != "[[example]]");
    lines.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')).map(|line| format!("{line}\n")).collect()
}
