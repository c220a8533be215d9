//! Which rules are taken: files by pattern, rules by level, status, id and title.

use anyhow::{Context, Result, bail};
use auditward_core::pattern::Patterns;
use auditward_core::policy::Settings;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Rules that a `[[sigma]]` table selects.
#[derive(Default)]
pub struct Choice {
    /// Empty: all.
    pub levels: Vec<String>,
    pub status: Vec<String>,
    only: Patterns,
    except: Patterns,
    pub sources: Vec<String>,
}

/// A file with rules.
pub struct File {
    pub name: String,
    pub text: String,
}

impl Choice {
    pub fn of(settings: &Settings) -> Choice {
        Choice {
            levels: settings.list("levels").to_vec(),
            status: settings.list("status").to_vec(),
            only: Patterns::plain(settings.list("only")),
            except: Patterns::plain(settings.list("except")),
            sources: settings.list("source").to_vec(),
        }
    }

    /// Why a rule is left out, if it is.
    pub fn leaves_out(
        &self,
        id: &str,
        title: &str,
        level: &str,
        status: Option<&str>,
    ) -> Option<String> {
        let is_named = |patterns: &Patterns| {
            patterns.is_match(id.as_bytes()) || patterns.is_match(title.as_bytes())
        };
        if !self.levels.is_empty() && !self.levels.iter().any(|held| held == level) {
            return Some(format!("level {level}"));
        }
        if let Some(status) = status.filter(|status| {
            !self.status.is_empty() && !self.status.iter().any(|held| held == status)
        }) {
            return Some(format!("status {status}"));
        }
        if !self.only.is_empty() && !is_named(&self.only) {
            return Some("not among `only`".to_owned());
        }
        is_named(&self.except).then(|| "among `except`".to_owned())
    }
}

/// The files that a path stands for, in order: a file, a folder, or a pattern with `*` and `**`.
pub fn files(root: &Path, path: &str) -> Result<Vec<File>> {
    let whole = root.join(path);
    let pattern = if whole.is_dir() { whole.join("**").join("*.y*ml") } else { whole };
    let parts: Vec<Component<'_>> = pattern.components().collect();
    let is_pattern = |part: &Component<'_>| part.as_os_str().to_string_lossy().contains('*');
    let fixed = parts.iter().position(is_pattern).unwrap_or(parts.len());
    let base: PathBuf = parts.iter().take(fixed).collect();
    let wanted: Vec<String> = parts
        .iter()
        .skip(fixed)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let mut found = Vec::new();
    match wanted.is_empty() {
        true => found.push(base),
        false => walk(&base, &wanted, &mut found)?,
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        let root = match root.as_os_str().is_empty() {
            true => "the current directory".to_owned(),
            false => root.display().to_string(),
        };
        bail!("`{path}` matches no file in {root}");
    }
    found.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Result<File> {
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read as text", path.display()))?;
    Ok(File { name: path.display().to_string(), text })
}

/// Files below a folder whose path meets the parts of a pattern. Links to folders are not followed.
fn walk(folder: &Path, wanted: &[String], found: &mut Vec<PathBuf>) -> Result<()> {
    let Some((first, rest)) = wanted.split_first() else {
        return Ok(());
    };
    if first == "**" {
        walk(folder, rest, found)?;
    }
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = match fs::read_dir(listed) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("{} cannot be listed", folder.display()))?,
    };
    for entry in entries {
        let entry = entry?;
        let (name, is_folder) =
            (entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.is_dir());
        let path = folder.join(&name);
        let is_match = || Patterns::plain([first]).is_match(name.as_bytes());
        match (is_folder, first == "**") {
            (true, true) => walk(&path, wanted, found)?,
            (true, false) if is_match() => walk(&path, rest, found)?,
            (false, false) if rest.is_empty() && is_match() => found.push(path),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_pattern() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a.yml", "b.toml", "x/c.yml", "x/y/d.yml"] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "title: x").unwrap();
        }
        let names = |path: &str| -> Vec<String> {
            let found = files(root.path(), path).unwrap();
            found
                .iter()
                .map(|file| {
                    Path::new(&file.name).strip_prefix(root.path()).unwrap().display().to_string()
                })
                .collect()
        };
        assert_eq!(names("**/*.yml"), ["a.yml", "x/c.yml", "x/y/d.yml"]);
        assert_eq!(names("*.yml"), ["a.yml"]);
        assert_eq!(names("*/*.yml"), ["x/c.yml"]);
        assert_eq!(names("x"), ["x/c.yml", "x/y/d.yml"]);
        assert_eq!(names("x/y/d.yml"), ["x/y/d.yml"]);
        for path in ["*.json", "none/**/*.yml"] {
            let why = files(root.path(), path).err().unwrap().to_string();
            assert!(why.contains("matches no file"), "{why}");
        }
    }

    #[test]
    fn rules_by_level_status_and_name() {
        let choice = Choice {
            levels: vec!["high".into()],
            status: vec!["test".into()],
            only: Patterns::plain(["AWS*"]),
            except: Patterns::plain(["*bedrock*"]),
            sources: Vec::new(),
        };
        assert_eq!(choice.leaves_out("1", "AWS trail", "high", Some("test")), None);
        assert_eq!(choice.leaves_out("1", "AWS trail", "high", None), None, "without a status");
        for (title, level, status) in [
            ("AWS trail", "low", "test"),
            ("AWS trail", "high", "stable"),
            ("Okta", "high", "test"),
            ("AWS Bedrock", "high", "test"),
        ] {
            assert!(choice.leaves_out("1", title, level, Some(status)).is_some(), "{title}");
        }
    }
}
