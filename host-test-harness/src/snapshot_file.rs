//! Snapshot files: found, read under the policy that they were written under, and written.

use crate::mode::native;
use crate::output::Unusable;
use crate::policy_file::{PolicyError, PolicyFile};
use crate::state;
use auditward_core::policy::Policy;
use auditward_core::snapshot::{self, Contents, Refused};
use auditward_core::{Engine, Secret};
use auditward_state::files::{self, Links};
use auditward_state::{PREVIOUS, SNAPSHOT, lock};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A larger file is not a snapshot.
const MOST: u64 = 4 << 30;

/// Reason why a snapshot cannot be had, or not be put in its place.
#[derive(Debug, Error)]
pub enum SnapshotError {
    #[error("no snapshot at {}: name a snapshot file, or a directory with {SNAPSHOT}", .0.display())]
    Missing(PathBuf),
    #[error("{} cannot be read", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not a snapshot of auditward", .0.display())]
    Foreign(PathBuf),
    #[error(
        "{} is damaged: its checksum is wrong; {PREVIOUS} beside it is the snapshot before",
        .0.display()
    )]
    Damaged(PathBuf),
    #[error("{} was written by a newer auditward: use that version to read it", .0.display())]
    Newer(PathBuf),
    /// Parts of it that the policy has no place of that size for.
    #[error(
        "{}: the policy has no place of that size for {}: name the policy that the snapshot was written under with --policy FILE",
        .path.display(),
        .parts.join(", ")
    )]
    OtherPolicy { path: PathBuf, parts: Vec<String> },
    #[error("{} is in use: stop the instance that keeps its state there, and wait 30 s", .0.display())]
    InUse(PathBuf),
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The policy that it was written under.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

type Result<T> = std::result::Result<T, SnapshotError>;

/// A snapshot and an engine that has taken it over.
pub struct SnapshotFile {
    pub path: PathBuf,
    pub contents: Contents,
    pub engine: Engine,
    pub bytes: usize,
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
}

/// Finds the snapshot that a path stands for: a file, a state directory, or the directory above it.
pub fn find(path: &Path) -> Result<PathBuf> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let places = [state::directory(path).join(SNAPSHOT), path.join(SNAPSHOT)];
    match places.iter().find(|place| place.is_file()) {
        Some(place) => Ok(place.clone()),
        None => Err(SnapshotError::Missing(path.to_owned())),
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
        let bytes = files::read(path, MOST, Links::Followed)
            .map_err(|source| SnapshotError::Unreadable { path: path.to_owned(), source })?;
        let contents = snapshot::contents(&bytes).map_err(|why| refused(path, why))?;
        let mut engine = Engine::new(policy.clone(), Secret::default());
        engine.restore(&bytes).map_err(|why| refused(path, why))?;
        let (digest, len) = (Sha256::digest(&bytes).into(), bytes.len());
        let file = SnapshotFile { path: path.to_owned(), contents, engine, bytes: len, digest };
        file.fitting()
    }

    /// Checks that everything in it was taken over.
    fn fitting(mut self) -> Result<SnapshotFile> {
        let mut known = Vec::new();
        while let Some(words) = self.engine.learned().words(known.len()) {
            known.push((words.id, words.shape, words.words.len()));
        }
        let parts: Vec<String> = self
            .contents
            .sketches
            .iter()
            .filter(|held| !known.contains(&(held.id.as_str(), held.shape, held.len)))
            .map(|held| held.id.clone())
            .collect();
        if parts.is_empty() {
            return Ok(self);
        }
        Err(SnapshotError::OtherPolicy { path: self.path, parts })
    }

    /// Writes what the engine has learned to a file, which is replaced at once.
    pub fn write(&mut self, path: &Path) -> Result<()> {
        if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(Unusable::Irregular(path.to_owned()).into());
        }
        let snapshot = self.engine.snapshot();
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".tmp");
        files::replace(path, Path::new(&temporary), &snapshot)
            .map_err(|source| Unusable::Unwritable { path: path.to_owned(), source }.into())
    }
}

fn refused(path: &Path, why: Refused) -> SnapshotError {
    let path = path.to_owned();
    match why {
        Refused::Foreign => SnapshotError::Foreign(path),
        Refused::Damaged => SnapshotError::Damaged(path),
        Refused::Newer => SnapshotError::Newer(path),
    }
}

/// Refuses a state directory that an instance uses.
pub fn is_free(directory: &Path) -> Result<()> {
    match lock::held(directory).filter(|held| !held.is_stale(native::now_ms())) {
        None => Ok(()),
        Some(_) => Err(SnapshotError::InUse(directory.to_owned())),
    }
}

/// Writes a snapshot into a state directory; the one that is there becomes the previous one.
pub fn install(directory: &Path, snapshot: &[u8]) -> Result<PathBuf> {
    auditward_state::install(directory, snapshot)
        .map_err(|source| Unusable::Unwritable { path: directory.join(SNAPSHOT), source }.into())
}
