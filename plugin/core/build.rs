//! Embeds the rule packs without what only people and tests read.

use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item};

/// Options of a rule that the module has no use for.
const FOR_PEOPLE: &[&str] = &["why", "blind", "tuning", "references", "controls", "example"];

fn main() {
    let packs = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../packs/rules");
    println!("cargo::rerun-if-changed={}", packs.display());
    let mut files: Vec<PathBuf> = std::fs::read_dir(&packs).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut list = String::from("[\n");
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(path).expect("a readable pack");
        // What is not TOML goes as it is: the tests say where it is wrong.
        list.push_str(&format!("({name:?}, {:?}),\n", bare(&text).unwrap_or(text)));
    }
    list.push_str("]\n");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it")).join("rules.rs");
    std::fs::write(out, list).expect("OUT_DIR can be written");
}

fn bare(text: &str) -> Option<String> {
    let mut pack: DocumentMut = text.parse().ok()?;
    pack.remove("title");
    for rule in pack.get_mut("rule").and_then(Item::as_array_of_tables_mut)?.iter_mut() {
        for option in FOR_PEOPLE {
            rule.remove(option);
        }
    }
    // Comments and indentation are for people too.
    let lines = pack.to_string();
    let kept = lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Some(kept.collect::<Vec<_>>().join("\n"))
}
