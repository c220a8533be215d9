//! Packs: sources described by data. The built-in ones are embedded, examples stripped, by the build script.

pub mod dissect;
pub mod words;

use crate::policy::mapping::{Mapping, read_pack};
use crate::rule::{self, Rule};
use std::sync::OnceLock;
use toml::de::DeTable;

/// A built-in pack: its file, and its text without examples.
pub struct BuiltIn {
    pub file: &'static str,
    pub text: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The built-in packs, read once. A test holds each of them to having no problems; one that had any would be left out.
pub fn built_in() -> &'static [Mapping] {
    static PACKS: OnceLock<Vec<Mapping>> = OnceLock::new();
    PACKS.get_or_init(|| FILES.iter().filter_map(|pack| read_pack(pack.text).ok()).collect())
}

/// The built-in rules, read once. A test holds each pack to having no problems; what had any would be left out.
pub fn rules() -> &'static [Rule] {
    static READ: OnceLock<Vec<Rule>> = OnceLock::new();
    READ.get_or_init(|| {
        let roots = RULES.iter().filter_map(|pack| DeTable::parse(pack.text).ok());
        roots.flat_map(|root| rule::read::pack(root.get_ref(), &mut Vec::new())).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn built_in_packs_have_no_problems() {
        let mut sources = BTreeSet::new();
        for pack in FILES {
            let mapping = read_pack(pack.text).unwrap_or_else(|issues| panic!("{}: {issues:#?}", pack.file));
            assert_eq!(format!("{}.toml", mapping.source), pack.file, "a pack's file is named by its source");
            assert!(!mapping.title.is_empty() && mapping.docs.starts_with("https://"), "{}: `title` and `docs`", pack.file);
            assert!(sources.insert(mapping.source), "{}", pack.file);
        }
    }
}
