//! Files that others may have put there: regular ones of bounded size are read, new ones are written, everything else is refused.
//!
//! A FIFO would hold the host forever, and a link would lead a write elsewhere. WASI has no way to open without blocking, so what stands
//! there is looked at first, and once more when it is open.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// How a path is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// A link is followed: a policy that Kubernetes mounts is one. Nothing is written there.
    Followed,
    Refused,
}

/// Content of the path, if it is a regular file.
pub fn about(path: &Path, links: Links) -> io::Result<Metadata> {
    let about =
        if links == Links::Followed { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
    if about.is_file() { Ok(about) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// A regular file, opened for reading.
pub fn open(path: &Path, links: Links) -> io::Result<File> {
    about(path, links)?;
    let file = File::open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// A regular file of at most so many bytes, whole, as text.
pub fn read_text(path: &Path, most: u64, links: Links) -> io::Result<String> {
    String::from_utf8(read(path, most, links)?).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// A regular file of at most so many bytes, whole.
pub fn read(path: &Path, most: u64, links: Links) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
    if about(path, links)?.len() > most {
        return Err(too_large());
    }
    let file = open(path, links)?;
    let about = file.metadata()?;
    let mut bytes = Vec::new();
    let len = usize::try_from(about.len().min(most)).unwrap_or_default();
    bytes.try_reserve_exact(len.saturating_add(1)).map_err(|_| io::ErrorKind::OutOfMemory)?;
    // It may have grown since.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// A file that was not there: what a killed instance left under the name goes first, a link itself and not what it leads to.
pub fn create(path: &Path) -> io::Result<File> {
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Records may hold anything: nobody else reads what was learned from them.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Puts a file in place at once: a reader finds the old one or the new one.
pub fn replace(path: &Path, temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    create(temporary)?.write_all(bytes)?;
    fs::rename(temporary, path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn regular_files_alone_are_read_and_links_are_not_written_through() {
        let root = tempfile::tempdir().unwrap();
        let (file, link, other) =
            (root.path().join("file"), root.path().join("link"), root.path().join("other"));
        fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read_text(&file, 4, Links::Refused).unwrap(), "text");
        assert_eq!(read_text(&link, 4, Links::Followed).unwrap(), "text");
        assert!(read(&link, 4, Links::Refused).is_err() && read(&file, 3, Links::Refused).is_err());
        assert!(
            read(root.path(), 4, Links::Followed).is_err()
                && read(Path::new("/dev/zero"), 4, Links::Followed).is_err()
        );
        replace(&other, &link, b"new").unwrap();
        assert_eq!(
            (
                read_text(&file, 4, Links::Refused).unwrap().as_str(),
                read_text(&other, 4, Links::Refused).unwrap().as_str()
            ),
            ("text", "new")
        );
    }

    #[test]
    fn a_fifo_holds_nobody() {
        let root = tempfile::tempdir().unwrap();
        let fifo = root.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        assert!(read(&fifo, 4, Links::Followed).is_err() && open(&fifo, Links::Followed).is_err());
        replace(&root.path().join("file"), &fifo, b"new").unwrap();
    }
}
