//! Snapshot files: found, read under the policy that they were written under, and written.

use crate::mode::native;
use crate::policy_file::PolicyFile;
use crate::state;
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use auditward_core::snapshot::{self, Contents, Refused};
use auditward_core::{Engine, Secret};
use auditward_state::files::{self, Links};
use auditward_state::{PREVIOUS, SNAPSHOT, TEMPORARY, lock};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A larger file is not a snapshot.
const MOST: u64 = 4 << 30;

/// A snapshot and an engine that has taken it over.
pub struct SnapshotFile {
    pub path: PathBuf,
    pub contents: Contents,
    pub engine: Engine,
    pub bytes: usize,
}

/// Finds the snapshot that a path stands for: a file, a state directory, or the directory above it.
pub fn find(path: &Path) -> Result<PathBuf> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let places = [state::directory(path).join(SNAPSHOT), path.join(SNAPSHOT)];
    match places.iter().find(|place| place.is_file()) {
        Some(place) => Ok(place.clone()),
        None => bail!(
            "no snapshot at {}: name a snapshot file, or a directory with {SNAPSHOT}",
            path.display()
        ),
    }
}

/// The policy that a snapshot was written under: the one given, else the one beside the state directory, else the default.
pub fn policy(snapshot: &Path, given: Option<&Path>) -> Result<Policy> {
    let beside = || {
        snapshot
            .ancestors()
            .skip(1)
            .take(2)
            .map(|directory| directory.join(auditward_state::POLICY))
            .find(|path| path.is_file())
    };
    let path = given.map(Path::to_owned).or_else(beside);
    Ok(PolicyFile::read(path.as_deref())?.policy)
}

impl SnapshotFile {
    /// Reads a snapshot. A part that the policy has no place for is an error.
    pub fn read(path: &Path, policy: &Policy) -> Result<SnapshotFile> {
        let name = path.display();
        let bytes = files::read(path, MOST, Links::Followed)
            .with_context(|| format!("{name} cannot be read"))?;
        let contents = snapshot::contents(&bytes).map_err(|why| refused(path, why))?;
        let mut engine = Engine::new(policy.clone(), Secret::default());
        engine.restore(&bytes).map_err(|why| refused(path, why))?;
        let file = SnapshotFile { path: path.to_owned(), contents, engine, bytes: bytes.len() };
        file.fitting()
    }

    /// Checks that everything in it was taken over.
    fn fitting(mut self) -> Result<SnapshotFile> {
        let mut known = Vec::new();
        while let Some(words) = self.engine.learned().words(known.len()) {
            known.push((words.id, words.shape, words.words.len()));
        }
        let misfits: Vec<&str> = self
            .contents
            .sketches
            .iter()
            .filter(|held| !known.contains(&(held.id.as_str(), held.shape, held.len)))
            .map(|held| held.id.as_str())
            .collect();
        if misfits.is_empty() {
            return Ok(self);
        }
        bail!(
            "{}: the policy has no place of that size for {}: name the policy that the snapshot was written under with --policy FILE",
            self.path.display(),
            misfits.join(", ")
        )
    }

    /// Writes what the engine has learned to a file, which is replaced at once.
    pub fn write(&mut self, path: &Path) -> Result<()> {
        if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
            bail!("{} is not a regular file: name a file to write", path.display());
        }
        let snapshot = self.engine.snapshot();
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".tmp");
        files::replace(path, Path::new(&temporary), &snapshot)
            .with_context(|| format!("{} cannot be written", path.display()))
    }
}

fn refused(path: &Path, why: Refused) -> anyhow::Error {
    let name = path.display();
    match why {
        Refused::Foreign => anyhow::anyhow!("{name} is not a snapshot of auditward"),
        Refused::Damaged => anyhow::anyhow!(
            "{name} is damaged: its checksum is wrong; {PREVIOUS} beside it is the snapshot before"
        ),
        Refused::Newer => {
            anyhow::anyhow!("{name} was written by a newer auditward: use that version to read it")
        }
    }
}

/// Refuses a state directory that an instance uses.
pub fn is_free(directory: &Path) -> Result<()> {
    match lock::held(directory).filter(|held| !held.is_stale(native::now_ms())) {
        None => Ok(()),
        Some(_) => bail!(
            "{} is in use: stop the instance that keeps its state there, and wait 30 s",
            directory.display()
        ),
    }
}

/// Writes a snapshot into a state directory; the one that is there becomes the previous one.
pub fn install(directory: &Path, snapshot: &[u8]) -> Result<PathBuf> {
    let (path, temporary) = (directory.join(SNAPSHOT), directory.join(TEMPORARY));
    let write = || -> std::io::Result<()> {
        files::create(&temporary)?.write_all(snapshot)?;
        if path.exists() {
            fs::rename(&path, directory.join(PREVIOUS))?;
        }
        fs::rename(&temporary, &path)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}
