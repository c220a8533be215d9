//! The policies to start from: each is right, each is told of, and each changes something.

use auditward_core::policy::Policy;
use std::fs;
use std::path::{Path, PathBuf};

fn policies() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies");
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut policies: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    policies.sort();
    policies
}

#[test]
fn every_policy_is_right_and_none_is_the_default_in_disguise() {
    let all = policies();
    assert!(all.len() >= 9);
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        match Policy::parse(&text) {
            Ok(policy) => assert_ne!(policy.digest, Policy::default().digest, "{}", path.display()),
            Err(issues) => panic!(
                "{}",
                auditward::problems::render(
                    &path.display().to_string(),
                    &text,
                    &issues,
                    &auditward::problems::Style::PLAIN
                )
            ),
        }
    }
}

#[test]
fn the_table_names_every_policy_and_no_other() {
    let readme = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies/README.md"),
    )
    .unwrap();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [")).collect();
    let named = |path: &PathBuf| {
        rows.iter()
            .any(|row| row.contains(&format!("({})", path.file_name().unwrap().to_string_lossy())))
    };
    assert!(policies().iter().all(named), "{rows:?}");
    assert_eq!(rows.len(), policies().len());
}
