//! Embeds the rule packs without what only people and tests read.

use std::path::PathBuf;
use std::{env, fs, io};

/// Options of a rule that the module has no use for; each stands on one line.
const FOR_PEOPLE: &[&str] = &["why", "blind", "tuning", "references", "controls"];

fn main() -> io::Result<()> {
    let packs = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../packs/rules");
    println!("cargo::rerun-if-changed={}", packs.display());
    let mut files = fs::read_dir(&packs)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut list = String::from("[\n");
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        list.push_str(&format!("({name:?}, {:?}),\n", bare(&fs::read_to_string(path)?)));
    }
    list.push_str("]\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("rules.rs"), list)
}

/// Without documentation, examples, comments and blank lines.
fn bare(text: &str) -> String {
    let mut bare = String::new();
    let mut is_example = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("[[") {
            is_example = line == "[[rule.example]]";
        }
        let is_for_people = FOR_PEOPLE.iter().any(|option| line.strip_prefix(option).is_some_and(|rest| rest.trim_start().starts_with('=')));
        if !(is_example || is_for_people || line.is_empty() || line.starts_with('#')) {
            bare.push_str(line);
            bare.push('\n');
        }
    }
    bare
}
