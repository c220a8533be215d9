//! Output paths, checked before the work whose results go there.

use anyhow::{Context, Result, bail};
use std::fs::{self, OpenOptions};
use std::path::Path;

/// Opens the file for writing and leaves it as it was; one that is not there is made and removed again. Pipes and devices are not opened: those of
/// the system's directories may be written to, while others might have no reader, ever.
pub fn check(path: &Path) -> Result<()> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file() && !there.is_dir()) {
        if is_of_the_system(path) {
            return Ok(());
        }
        bail!("{} is not a regular file: name a file to write", path.display());
    }
    if there.is_none() && fs::symlink_metadata(path).is_ok() {
        bail!("{} is a link to a file that is not there: name a file to write", path.display());
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    if there.is_none() {
        fs::remove_file(path).with_context(|| format!("{} cannot be removed", path.display()))?;
    }
    Ok(())
}

/// True for devices, and for what the shell has opened: `/dev/null`, `/dev/stdout`, `/dev/fd/63`.
pub fn is_of_the_system(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// As above, for a directory that files are kept in.
pub fn check_directory(path: &Path) -> Result<()> {
    tempfile::NamedTempFile::new_in(path)
        .map(drop)
        .with_context(|| format!("no file can be written in {}", path.display()))
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
