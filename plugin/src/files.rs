//! Files that others may have put there: regular ones of bounded size are read, new ones are written, everything else is refused.
//!
//! A FIFO would hold the host for ever, and a link would lead a write elsewhere. WASI has no way to open without blocking, so what stands
//! there is looked at first, and once more when it is open.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::Path;

/// How a path is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// A link is followed: a policy that Kubernetes mounts is one. Nothing is written there.
    Followed,
    Refused,
}

/// What stands there, where it is a regular file.
pub(crate) fn about(path: &Path, links: Links) -> io::Result<Metadata> {
    let about = if links == Links::Followed { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
    if about.is_file() { Ok(about) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// A regular file of at most so many bytes, whole.
pub(crate) fn read(path: &Path, most: u64, links: Links) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
    if about(path, links)?.len() > most {
        return Err(too_large());
    }
    let file = File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    let len = usize::try_from(about.len().min(most)).unwrap_or_default();
    bytes.try_reserve_exact(len.saturating_add(1)).map_err(|_| io::ErrorKind::OutOfMemory)?;
    // It may have grown since.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// A file that was not there: what a killed instance left under the name goes first, a link itself and not what it leads to.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let _ = fs::remove_file(path);
    File::create_new(path)
}

/// Puts a file in place at once: a reader finds the old one or the new one.
pub(crate) fn replace(path: &Path, temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    create(temporary)?.write_all(bytes)?;
    fs::rename(temporary, path)
}
