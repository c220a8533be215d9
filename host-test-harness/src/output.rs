//! Output paths, checked before the work whose results go there.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Reason why nothing can be written to a path.
#[derive(Debug, Error)]
pub enum Unusable {
    #[error("{} is not a regular file: name a file to write", .0.display())]
    Irregular(PathBuf),
    #[error("{} is a link to a file that is not there: name a file to write", .0.display())]
    DanglingLink(PathBuf),
    #[error("{} cannot be written", .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    /// The check made it, and cannot take it away again.
    #[error("{} cannot be removed", .path.display())]
    Unremovable { path: PathBuf, source: io::Error },
    #[error("{} is an input: name another file", .0.display())]
    Input(PathBuf),
    #[error("standard output is the input {}: redirect it to another file", .0.display())]
    RedirectedInput(PathBuf),
    #[error("{} would be written twice: name another file", .0.display())]
    Twice(PathBuf),
    #[error("no file can be written in {}", .directory.display())]
    Directory { directory: PathBuf, source: io::Error },
}

/// Opens the file for writing and leaves it as it was; one that is not there is made and removed again. Pipes and devices are not opened: those of
/// the system's directories may be written to, while others might have no reader, ever.
pub fn check(path: &Path) -> Result<(), Unusable> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file() && !there.is_dir()) {
        if is_of_the_system(path) {
            return Ok(());
        }
        return Err(Unusable::Irregular(path.to_owned()));
    }
    if there.is_none() && fs::symlink_metadata(path).is_ok() {
        return Err(Unusable::DanglingLink(path.to_owned()));
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .map_err(|source| Unusable::Unwritable { path: path.to_owned(), source })?;
    if there.is_none() {
        fs::remove_file(path)
            .map_err(|source| Unusable::Unremovable { path: path.to_owned(), source })?;
    }
    Ok(())
}

/// Refuses outputs that are files which the command reads, or other outputs, whatever their spelling: what is written first would be lost.
pub fn check_apart<'p>(
    outputs: impl IntoIterator<Item = &'p PathBuf>,
    inputs: impl IntoIterator<Item = &'p PathBuf>,
) -> Result<(), Unusable> {
    let inputs: Vec<Identity> = inputs.into_iter().filter_map(|path| Identity::of(path)).collect();
    let mut written: Vec<Identity> = Vec::new();
    for path in outputs.into_iter().filter(|path| *path != Path::new("-")) {
        let Some(identity) = Identity::of(path) else { continue };
        if inputs.contains(&identity) {
            return Err(Unusable::Input(path.clone()));
        }
        if written.contains(&identity) {
            return Err(Unusable::Twice(path.clone()));
        }
        written.push(identity);
    }
    Ok(())
}

/// Refuses an input that standard output was redirected to: it would be read on and on as it grows.
pub fn check_redirected(inputs: &[PathBuf]) -> Result<(), Unusable> {
    let Some(output) = Identity::of(Path::new("/dev/stdout")) else { return Ok(()) };
    let is_it = |path: &&PathBuf| Identity::of(path).as_ref() == Some(&output);
    inputs.iter().find(is_it).map_or(Ok(()), |path| Err(Unusable::RedirectedInput(path.clone())))
}

/// A regular file, however its path is spelled.
#[derive(PartialEq)]
enum Identity {
    /// By device and inode.
    Held(u64, u64),
    /// One that is not there yet, by its name in a directory.
    New(PathBuf),
}

impl Identity {
    /// Nothing for pipes, devices and directories; `-` is standard input.
    fn of(path: &Path) -> Option<Identity> {
        let path = if path == Path::new("-") { Path::new("/dev/stdin") } else { path };
        match fs::metadata(path) {
            Ok(held) => held.is_file().then(|| Identity::Held(held.dev(), held.ino())),
            Err(_) => {
                let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                let directory = fs::canonicalize(directory.unwrap_or(Path::new("."))).ok()?;
                Some(Identity::New(directory.join(path.file_name()?)))
            }
        }
    }
}

/// True for devices, and for what the shell has opened: `/dev/null`, `/dev/stdout`, `/dev/fd/63`.
pub fn is_of_the_system(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// As above, for a directory that files are kept in.
pub fn check_directory(path: &Path) -> Result<(), Unusable> {
    tempfile::NamedTempFile::new_in(path)
        .map(drop)
        .map_err(|source| Unusable::Directory { directory: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("old"), "kept").unwrap();
        for name in ["old", "new"] {
            check(&path(name)).unwrap();
        }
        assert!(!path("new").exists() && fs::read_to_string(path("old")).unwrap() == "kept");
        check_directory(directory.path()).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        for name in [".", "old/new", "none/new"] {
            assert!(check(&path(name)).is_err(), "{name}");
        }
        assert!(std::process::Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
        std::os::unix::fs::symlink(path("gone"), path("link")).unwrap();
        for name in ["fifo", "link"] {
            assert!(check(&path(name)).is_err() && !path("gone").exists(), "{name}");
        }
        assert!(check_directory(&path("none")).is_err() && check(Path::new("/dev/null")).is_ok());
    }

    #[test]
    fn an_output_is_no_input_and_no_other_output_however_it_is_spelled() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir(path("in")).unwrap();
        fs::write(path("in/log"), "kept").unwrap();
        fs::hard_link(path("in/log"), path("hard")).unwrap();
        std::os::unix::fs::symlink(path("in/log"), path("soft")).unwrap();
        let inputs = [PathBuf::from("-"), path("in/log")];
        for name in ["in/log", "in/../in/log", "in/./log", "hard", "soft"] {
            let refused = check_apart(&[path(name)], &inputs);
            assert!(matches!(refused, Err(Unusable::Input(_))), "{name}");
        }
        for (one, other) in [("new", "in/../new"), ("hard", "in/log")] {
            let refused = check_apart(&[path(one), path(other)], &[]);
            assert!(matches!(refused, Err(Unusable::Twice(_))), "{one}");
        }
        let null = PathBuf::from("/dev/null");
        check_apart(&[null.clone(), null.clone(), path("new"), path("in/new")], &[null]).unwrap();
    }
}
