//! The policy that a command runs with: a file, with what the command line sets instead.

use crate::output::{self, Unusable};
use crate::policy_dir::{self, Unwritable};
use crate::problems::{self, Shown};
use crate::sigma::{self, Collection, State};
use auditward_core::pattern::Patterns;
use auditward_core::policy::{Issue, Policy};
use auditward_core::policy_text::{self, bundle};
use auditward_state::files::{self, Links};
use auditward_state::{MOST_FILE, MOST_POLICY};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Reason why there is no policy to run with.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// It can be read, and has problems. All of them were shown.
    #[error("the policy cannot be used")]
    Problems(#[from] Shown),
    #[error("{}{}", unreadable(.path, .cause), help(.path, .cause))]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("{}, which `packs` names, cannot be listed", .directory.display())]
    Packs { directory: PathBuf, source: io::Error },
    #[error(
        "`packs` names {name}: `*` is allowed in the file name only; list each directory, e.g. `packs = [\"packs/cloud/*.toml\", \"packs/hosts/*.toml\"]`"
    )]
    PacksPattern { name: String },
    #[error("the policy cannot be changed by options of the command line: it is not TOML")]
    NotToml(#[from] toml::de::Error),
    #[error(
        "the policy cannot be changed by options of the command line: `output` is not a section"
    )]
    NoSection,
    #[error("{} cannot be created", .directory.display())]
    Uncreatable { directory: PathBuf, source: io::Error },
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    #[error(
        "{} exists already and differs from {given}.\n\
         Leave out what sets the policy to use the one that is there, change that one, or name another state directory.",
        .path.display()
    )]
    Differs { path: PathBuf, given: String },
}

type Result<T> = std::result::Result<T, PolicyError>;

/// A policy that was checked.
pub struct PolicyFile {
    /// Nothing where all is default.
    pub text: Option<String>,
    pub policy: Policy,
}

impl PolicyFile {
    /// The policy of a file, or the default one. Problems are shown, all of them.
    pub fn read(path: Option<&Path>) -> Result<PolicyFile> {
        match path {
            Some(path) => PolicyFile::checked(&path.display().to_string(), read(path)?),
            None => Ok(PolicyFile { text: None, policy: Policy::default() }),
        }
    }

    /// The policy of this text. Problems are shown under that name, all of them.
    pub fn checked(name: &str, text: String) -> Result<PolicyFile> {
        match Policy::parse(&text) {
            Ok(policy) => Ok(PolicyFile { text: Some(text), policy }),
            Err(issues) => {
                problems::show(name, &text, &issues);
                Err(Shown.into())
            }
        }
    }

    /// With another schema and layout, where they are given.
    pub fn with_output(self, schema: Option<&str>, layout: Option<&str>) -> Result<PolicyFile> {
        let changes: Vec<(&str, &str)> = [("schema", schema), ("layout", layout)]
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect();
        if changes.is_empty() {
            return Ok(self);
        }
        let (text, files) = bundle::split(self.text.as_deref().unwrap_or_default());
        let mut root: toml::Table = text.parse()?;
        let output = root.entry("output").or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let output = output.as_table_mut().ok_or(PolicyError::NoSection)?;
        for (key, value) in changes {
            output.insert(key.to_owned(), toml::Value::String(value.to_owned()));
        }
        let text =
            bundle::join(&root.to_string(), files.filter_map(|(name, bytes)| Some((name, bytes?))));
        PolicyFile::checked("the policy with --schema and --layout", text)
    }

    /// Puts the policy into a state directory, or takes the one that is there. Never writes over another one.
    pub fn settle(self, state: &Path, given: &str) -> Result<PolicyFile> {
        fs::create_dir_all(state)
            .map_err(|source| PolicyError::Uncreatable { directory: state.to_owned(), source })?;
        output::check_directory(state)?;
        let path = state.join(policy_dir::FILE);
        let held = fs::symlink_metadata(&path).is_ok().then(|| read(&path)).transpose()?;
        match (held, self.text) {
            (None, text) => {
                let text = text.unwrap_or_else(Policy::template);
                policy_dir::write(state, &text)?;
                PolicyFile::checked(given, text)
            }
            (Some(held), None) => PolicyFile::checked(&path.display().to_string(), held),
            (Some(held), Some(text)) if held == text => PolicyFile::checked(given, text),
            (Some(_), Some(_)) => Err(PolicyError::Differs { path, given: given.to_owned() }),
        }
    }
}

/// The text of a policy, followed by the packs and files that it names. Sigma rules are compiled to a pack.
pub fn read(path: &Path) -> Result<String> {
    read_with_sigma(path).map(|(text, _)| text)
}

/// As `read`, and the Sigma rules that the policy asks for, where it does.
pub fn read_with_sigma(path: &Path) -> Result<(String, Option<Collection>)> {
    let text =
        bounded(path).map_err(|cause| PolicyError::Unreadable { path: path.to_owned(), cause })?;
    let names = policy_text::pack_names(&text);
    let root = path.parent().unwrap_or(Path::new(""));
    let (mut packs, mut missing) = (Vec::new(), Vec::new());
    let sigma = sigma::of_policy(&text, root).unwrap_or_else(|unread| {
        let option = format!("sigma[{}].path", unread.number);
        missing.push(absent(&text, &option, &unread.path, format!("{:#}", unread.cause)));
        None
    });
    let asks_for_sigma = !policy_text::sigma(&text).is_empty();
    for name in &names {
        if name == policy_text::SIGMA_PACK && asks_for_sigma {
            match &sigma {
                Some(collection) if collection.counts().0 == 0 => {
                    missing.push(none_taken(&text, collection))
                }
                Some(collection) => packs.push((name.clone(), collection.pack())),
                None => {}
            }
            continue;
        }
        let paths = match named(root, name) {
            Err(PolicyError::Packs { directory, source })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                let message = format!("{}: no such directory", directory.display());
                missing.push(absent(&text, "packs", name, message));
                continue;
            }
            paths => paths?,
        };
        for path in paths {
            match files::read_text(&path, MOST_POLICY, Links::Followed) {
                Ok(text) => packs.push((path.display().to_string(), text)),
                Err(error) => missing.push(absent(&text, "packs", name, unreadable(&path, &error))),
            }
        }
    }
    let whole = policy_text::with_packs(
        &text,
        packs.iter().map(|(file, text)| (file.as_str(), text.as_str())),
    );
    let mut files = Vec::new();
    for name in policy_text::file_names(&text) {
        let path = root.join(&name);
        match files::read(&path, MOST_FILE, Links::Followed) {
            Ok(bytes) => files.push((name, bytes)),
            Err(error) => {
                let message = match error.kind() {
                    io::ErrorKind::FileTooLarge => {
                        format!("{}: larger than 128 MiB", path.display())
                    }
                    io::ErrorKind::NotFound if name.contains('*') => {
                        format!("{}: no such file; name each file, without `*`", path.display())
                    }
                    _ => unreadable(&path, &error),
                };
                missing.push(absent(&text, "enrich.files", &name, message));
            }
        }
    }
    let whole = bundle::join(&whole, files);
    if missing.is_empty() {
        return Ok((whole, sigma));
    }
    missing.extend(Policy::parse(&whole).err().unwrap_or_default());
    problems::show(&path.display().to_string(), &whole, &missing);
    Err(Shown.into())
}

/// The file of a policy, and the packs and files that it names: what a command reads of it.
pub fn files_of(path: Option<&Path>) -> Vec<PathBuf> {
    let Some(path) = path else { return Vec::new() };
    // One that cannot be read is reported by whoever reads it.
    let text = if path.is_file() { bounded(path).unwrap_or_default() } else { String::new() };
    let root = path.parent().unwrap_or(Path::new(""));
    let packs = policy_text::pack_names(&text);
    let packs = packs.iter().filter_map(|name| named(root, name).ok()).flatten();
    let lists = policy_text::file_names(&text).into_iter().map(|name| root.join(name));
    std::iter::once(path.to_owned()).chain(packs).chain(lists).collect()
}

/// The problem that a file named by an option of the policy cannot be read.
fn absent(text: &str, option: &str, name: &str, message: String) -> Issue {
    let help = "paths are relative to the directory of the policy".to_owned();
    problem(text, option, &format!("\"{name}\""), message, help)
}

/// A problem with an option, at the first place where the policy has this text.
fn problem(text: &str, option: &str, at: &str, message: String, help: String) -> Issue {
    let span = text.find(at).map_or(0..0, |start| start..start + at.len());
    Issue::at(text, option.to_owned(), span, message, help)
}

/// The problem that `[[sigma]]` is there and none of its rules is used.
fn none_taken(text: &str, collection: &Collection) -> Issue {
    let first = collection.items.iter().find(|item| !matches!(item.state, State::Part));
    let message = match first {
        Some(first) => {
            let (state, why) = first.state.in_words();
            let named = if first.title.is_empty() { &first.file } else { &first.title };
            format!("none of its rules is used, for example `{named}`: {state}, {why}")
        }
        None => "its files hold no rule".to_owned(),
    };
    let help = "`auditward sigma list --policy FILE` lists each rule with the reason".to_owned();
    problem(text, "sigma", "[[sigma]]", message, help)
}

/// The cause why a text file cannot be read: `FILE: no such file`.
pub fn unreadable(path: &Path, error: &io::Error) -> String {
    let cause = match error.kind() {
        io::ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => {
            "a link to a file that is not there".to_owned()
        }
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::InvalidInput => "not a regular file".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::InvalidData => "not UTF-8 text".to_owned(),
        io::ErrorKind::FileTooLarge => "larger than 1 MiB".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    format!("{}: {cause}", path.display())
}

/// Advice on a policy that cannot be read for this cause; empty where the cause says it all.
fn help(path: &Path, cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::NotFound if fs::symlink_metadata(path).is_err() => {
            "; `auditward module --out DIR` writes a policy to start from"
        }
        io::ErrorKind::IsADirectory => "; name the policy file in it",
        _ => "",
    }
}

/// The text of a file that the user names. Of pipes and devices only those that the shell has open: another might have no writer, ever.
fn bounded(path: &Path) -> io::Result<String> {
    let about = fs::metadata(path)?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !about.is_file() && !output::is_of_the_system(path) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    fs::File::open(path)?.take(MOST_POLICY.saturating_add(1)).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_POLICY { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

/// The files that a name with `*` in its last part stands for, in order.
fn named(root: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let path = root.join(name);
    let Some(pattern) =
        path.file_name().and_then(|name| name.to_str()).filter(|name| name.contains('*'))
    else {
        return Ok(vec![path]);
    };
    let pattern = Patterns::new([pattern]);
    let directory = path.parent().unwrap_or(Path::new(""));
    if directory.as_os_str().as_encoded_bytes().contains(&b'*') && !directory.exists() {
        return Err(PolicyError::PacksPattern { name: name.to_owned() });
    }
    let entries = fs::read_dir(directory)
        .map_err(|source| PolicyError::Packs { directory: directory.to_owned(), source })?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| {
        path.is_file()
            && path.file_name().is_some_and(|name| pattern.is_match(name.as_encoded_bytes()))
    });
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_sets_schema_and_layout_and_leaves_the_rest() {
        let text = "[output]\nschema = \"audit\" # ours\nmax_record = \"2 KiB\"\n[detector.brute-force]\nfailures = 9\n";
        let policy_file = PolicyFile::checked("test", text.to_owned())
            .unwrap()
            .with_output(Some("ecs"), Some("annotate"))
            .unwrap();
        let policy = policy_file.policy;
        assert_eq!(
            (policy.output.schema, policy.output.layout, policy.output.max_record),
            (1, auditward_core::policy::Layout::Annotate, 2048)
        );
        assert_eq!(policy.detectors[0].number("failures"), 9);
    }

    #[test]
    fn files_beside_the_policy_come_with_its_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("auditward.toml");
        fs::write(&path, "[enrich]\nfiles = [\"lists/people.csv\"]\n").unwrap();
        let missing = PolicyFile::read(Some(&path)).err().unwrap();
        assert!(matches!(missing, PolicyError::Problems(_)), "{missing}");
        fs::create_dir(directory.path().join("lists")).unwrap();
        let people = directory.path().join("lists/people.csv");
        fs::write(&people, "actor,actor.person\nann,ann.lee\n").unwrap();
        let read = PolicyFile::read(Some(&path)).unwrap();
        assert_eq!(read.policy.files.len(), 1);
        let other = tempfile::tempdir().unwrap();
        policy_dir::write(other.path(), read.text.as_deref().unwrap()).unwrap();
        let again = PolicyFile::read(Some(&other.path().join("auditward.toml"))).unwrap();
        assert_eq!(again.text, read.text, "with the files beside it");
        let changed = read.with_output(Some("ecs"), None).unwrap().policy;
        assert_eq!((changed.output.schema, changed.files.len()), (1, 1));
    }

    #[test]
    fn packs_and_sigma_rules_that_are_not_there_are_problems_with_a_place() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("auditward.toml");
        fs::write(directory.path().join("a.yml"), "title: A\nstatus: test\nlevel: low\nlogsource: { product: aws, service: cloudtrail }\ndetection: { s: { eventName: A }, condition: s }\n").unwrap();
        for text in [
            "packs = [\"packs/*.toml\"]\n",
            "[[sigma]]\npath = \"none/**/*.yml\"\n",
            "[[sigma]]\npath = \"a.yml\"\nlevels = [\"high\"]\n",
        ] {
            fs::write(&path, text).unwrap();
            let refused = PolicyFile::read(Some(&path)).err().unwrap();
            assert!(matches!(refused, PolicyError::Problems(_)), "{text}: {refused}");
        }
        fs::write(&path, "[[sigma]]\npath = \"a.yml\"\n").unwrap();
        assert_eq!(PolicyFile::read(Some(&path)).unwrap().policy.rules.len(), 1);
    }

    #[test]
    fn nothing_set_changes_nothing() {
        assert_eq!(
            PolicyFile::read(None).unwrap().with_output(None, None).unwrap().policy.digest,
            "default"
        );
    }

    #[test]
    fn pipes_and_links_in_a_state_directory_are_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let (state, outside) = (directory.path().join("state"), directory.path().join("outside"));
        let path = state.join(policy_dir::FILE);
        fs::create_dir(&state).unwrap();
        let refused = || {
            let settled = PolicyFile::read(None).unwrap().settle(&state, "p.toml").err().unwrap();
            assert!(policy_dir::write(&state, "").is_err());
            settled.to_string()
        };
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(refused().contains("not a regular file"));
        assert!(PolicyFile::read(Some(&path)).is_err());
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&outside, &path).unwrap();
        assert!(refused().contains("a link to a file that is not there"));
        assert!(!outside.exists());
        // One that leads to a policy is read, as Kubernetes mounts them.
        fs::write(&outside, "[state]\nevery = \"2s\"\n").unwrap();
        let kept = PolicyFile::read(None).unwrap().settle(&state, "p.toml").unwrap();
        assert_eq!(kept.policy.state.every, 2000);
    }

    #[test]
    fn another_policy_is_not_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let policy_file = |text: &str| PolicyFile::checked("p.toml", text.to_owned()).unwrap();
        policy_file("[state]\nevery = \"2s\"\n").settle(directory.path(), "p.toml").unwrap();
        policy_file("[state]\nevery = \"2s\"\n").settle(directory.path(), "p.toml").unwrap();
        let kept = PolicyFile::read(None).unwrap().settle(directory.path(), "p.toml").unwrap();
        assert_eq!(kept.policy.state.every, 2000);
        let refused = policy_file("[state]\nevery = \"3s\"\n")
            .settle(directory.path(), "p.toml")
            .err()
            .unwrap()
            .to_string();
        assert!(refused.contains("p.toml") && refused.contains("auditward.toml"), "{refused}");
    }
}
