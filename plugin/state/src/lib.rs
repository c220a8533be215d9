//! The state directory: the names of its files, how they are read and replaced, and its lock. The module and the host share it.

pub mod files;
pub mod lock;

use auditward_core::time::{self, Millis};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The policy, in the directory above.
pub const POLICY: &str = "auditward.toml";
/// A policy or pack larger than this is refused.
pub const MOST_POLICY: u64 = 1 << 20;
/// A file that enriches records and is larger than this is refused.
pub const MOST_FILE: u64 = 128 << 20;
pub const SNAPSHOT: &str = "auditward.snapshot";
/// The snapshot before the last one.
pub const PREVIOUS: &str = "auditward.snapshot.1";
/// A snapshot that is being written.
pub const TEMPORARY: &str = "auditward.snapshot.tmp";
pub const STATUS: &str = "status.json";
/// The end of the name of a snapshot that could not be used.
pub const SET_ASIDE: &str = ".set-aside";

/// The most bytes that a snapshot of so much memory has; a larger one is another's.
pub fn most_snapshot(memory: usize) -> u64 {
    (memory as u64).saturating_mul(2).saturating_add(1 << 20)
}

/// Moves a snapshot that cannot be used out of the way, where somebody may look at it; gives its new name.
pub fn set_aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(SET_ASIDE);
    let _ = fs::rename(path, &name);
    name.into()
}

/// Writes a snapshot at once; the one that is there becomes the previous one. Gives its path.
pub fn install(directory: &Path, snapshot: &[u8]) -> io::Result<PathBuf> {
    let (path, temporary) = (directory.join(SNAPSHOT), directory.join(TEMPORARY));
    files::create(&temporary)?.write_all(snapshot)?;
    if path.exists() {
        fs::rename(&path, directory.join(PREVIOUS))?;
    }
    fs::rename(&temporary, &path)?;
    Ok(path)
}

/// Writes the status, which is a JSON object, with the time of writing as its first member.
pub fn write_status(directory: &Path, status: &str, now: Millis) -> io::Result<()> {
    let written = time::format(now);
    let rest = status.trim_start_matches('{');
    let text = format!("{{\"written\":\"{}\",{rest}\n", String::from_utf8_lossy(&written));
    files::replace(&directory.join(STATUS), &directory.join("status.tmp"), text.as_bytes())
}
