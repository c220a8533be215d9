//! Output paths, checked before the work whose results go there.

use std::fs::{self, OpenOptions};
use std::io;
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
}
