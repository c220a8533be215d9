//! The modules of the engine, and those of the host, use each other in one direction: whatever all use stands below those who use it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// For each module at the root of the crate those that it uses, each with the files that do.
type Uses = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

#[test]
fn no_module_uses_one_that_uses_it() {
    for (sources, user, used) in [
        ("plugin/core/src", "engine", "detection"),
        ("host-test-harness/src", "report", "incident"),
    ] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(sources);
        let uses = uses(&root);
        assert!(uses.len() > 30 && uses[user].contains_key(used), "{:?}", uses.keys());
        let circles = circles(uses);
        assert!(
            circles.is_empty(),
            "modules of {sources} in circles; move what both sides use below them: {circles:#?}"
        );
    }
}

/// The modules that stand in circles, or between two.
fn circles(mut left: Uses) -> Uses {
    // Those that use none of the others are the lowest; without them, the next are.
    loop {
        let known: BTreeSet<String> = left.keys().cloned().collect();
        left.retain(|_, used| used.keys().any(|module| known.contains(module)));
        if left.len() == known.len() {
            break;
        }
    }
    // Likewise from above: what nobody of the rest uses is in no circle.
    loop {
        let before = left.len();
        let used: BTreeSet<String> = left.values().flat_map(|used| used.keys().cloned()).collect();
        left.retain(|module, _| used.contains(module));
        if left.len() == before {
            break;
        }
    }
    let circles: BTreeSet<String> = left.keys().cloned().collect();
    left.values_mut().for_each(|used| used.retain(|module, _| circles.contains(module)));
    left
}

fn uses(root: &Path) -> Uses {
    let owners = owners(&fs::read_to_string(root.join("lib.rs")).unwrap());
    let mut uses = Uses::new();
    for path in files(root) {
        let file = path.strip_prefix(root).unwrap().to_str().unwrap();
        let module = file.split(['/', '.']).next().unwrap().to_owned();
        let used = uses.entry(module.clone()).or_default();
        for name in named(&code(&fs::read_to_string(&path).unwrap())) {
            let name = owners.get(&name).cloned().unwrap_or(name);
            if name != module && name.starts_with(|first: char| first.is_ascii_lowercase()) {
                used.entry(name).or_default().insert(file.to_owned());
            }
        }
    }
    uses
}

/// Files of a crate itself, without those of its tests and of its build.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // `forged` is a detector of tests.
        let is_other =
            name.contains("test") || ["build.rs", "lib.rs", "main.rs", "forged.rs"].contains(&name);
        match (is_other, path.is_dir()) {
            (true, _) => {}
            (false, true) => files.extend(self::files(&path)),
            (false, false) => files.push(path),
        }
    }
    files
}

/// A file without comments, and without what only tests see.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut code = String::new();
    // Depth of the braces of an item of tests, once it is open.
    let (mut is_test, mut depth, mut is_open) = (false, 0usize, false);
    for line in lines {
        if !is_test && line.trim_start().starts_with("#[cfg(test)]") {
            (is_test, depth, is_open) = (true, 0, false);
            continue;
        }
        if !is_test {
            code.push_str(line);
            code.push('\n');
            continue;
        }
        if !is_open && line.trim_end().ends_with(';') {
            is_test = false;
        }
        // Items end where rustfmt puts their closing brace: at the column of their beginning.
        if !is_open && line.contains('{') {
            (is_open, depth) = (true, line.len() - line.trim_start().len());
            if line.trim_end().ends_with('}') {
                is_test = false;
            }
        } else if is_open && line.trim_end() == format!("{}}}", " ".repeat(depth)) {
            is_test = false;
        }
    }
    code
}

/// The names behind `crate::`, in groups too.
fn named(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        // `$crate::` of a macro stands for the same.
        let before = code[..at].chars().next_back();
        if before.is_some_and(|before| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(group) => {
                let mut depth = 0usize;
                let mut is_first = true;
                for (at, sign) in group.char_indices() {
                    match sign {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => is_first = true,
                        sign if is_first && !sign.is_whitespace() => {
                            names.push(word(&group[at..]));
                            is_first = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect()
}

/// The modules of what the root of the crate gives out again: `pub use engine::{Engine, Secret};`.
fn owners(root: &str) -> BTreeMap<String, String> {
    let given = root.lines().filter_map(|line| line.strip_prefix("pub use "));
    let pairs = given.filter_map(|line| line.trim_end_matches(';').split_once("::"));
    pairs
        .flat_map(|(module, names)| {
            let names = names.trim_matches(['{', '}']).split(',');
            names.map(|name| (name.trim().to_owned(), module.to_owned()))
        })
        .collect()
}

#[test]
fn circles_are_found_and_what_leads_to_them_is_not() {
    let uses = |pairs: &[(&str, &str)]| {
        let mut uses = Uses::new();
        for (user, used) in pairs {
            uses.entry((*used).to_owned()).or_default();
            let used = uses.entry((*user).to_owned()).or_default().entry((*used).to_owned());
            used.or_default().insert(format!("{user}.rs"));
        }
        uses
    };
    let line = [("a", "b"), ("b", "c"), ("a", "c")];
    assert!(circles(uses(&line)).is_empty());
    let round = [&line[..], &[("c", "d"), ("d", "c"), ("d", "e")]].concat();
    assert_eq!(circles(uses(&round)).into_keys().collect::<Vec<_>>(), ["c", "d"]);
}

#[test]
fn names_are_found_in_paths_and_groups_and_not_in_tests() {
    let text = "use crate::{a, b::{c, d}, Engine};\nfn f() { crate::e::g() }\n// crate::h\n#[cfg(test)]\nuse crate::i;\n#[cfg(test)]\nmod tests {\n    use crate::j;\n    fn k() {}\n}\nuse crate::l;\n";
    assert_eq!(named(&code(text)), ["a", "b", "Engine", "e", "l"]);
    assert_eq!(owners("pub use engine::{Engine, Secret};\n")["Secret"], "engine");
}
