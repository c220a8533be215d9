//! The dead-letter file: records that downstream refuses, each with the reason, so that the others go on and none is lost.

use crate::calendar::rfc3339;
use rustix::fs::OFlags;
use serde_json::value::RawValue;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// Reason why the file takes no records: their sender keeps them.
#[derive(Debug, Error)]
pub enum DeadLetterError {
    #[error(
        "{} cannot be opened for dead letters: is the path right, yours to write, and no link?",
        .path.display()
    )]
    Unopenable { path: PathBuf, source: io::Error },
    #[error("{} is not a regular file: name another one for dead letters", .0.display())]
    Irregular(PathBuf),
    #[error(
        "{} has reached {} MiB: move it away and send what is in it where it belongs",
        .path.display(),
        .most_bytes >> 20
    )]
    Full { path: PathBuf, most_bytes: u64 },
    #[error("{} cannot be written: is the disk full?", .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

type Result<T> = std::result::Result<T, DeadLetterError>;

/// The largest size of the file. What would go beyond is held back by its sender.
const MOST_BYTES: u64 = 1 << 30;
/// How much of downstream's answer is kept.
const MOST_ANSWER: usize = 1024;

/// A record that downstream refused.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// As it was sent, without the end of line.
    pub line: &'a [u8],
    pub status: &'a str,
    /// The text of downstream's answer.
    pub answer: &'a str,
}

/// A dead-letter file. It is opened each time, so that it can be moved away while the service runs.
pub struct DeadLetter {
    path: PathBuf,
    most_bytes: u64,
    /// Held while records are appended.
    appending: Mutex<()>,
}

impl DeadLetter {
    /// Opens or creates the file. Only a regular file is taken, and no link is followed.
    pub fn open(path: &Path) -> Result<DeadLetter> {
        DeadLetter::bounded(path, MOST_BYTES)
    }

    fn bounded(path: &Path, most_bytes: u64) -> Result<DeadLetter> {
        open(path)?;
        Ok(DeadLetter { path: path.to_owned(), most_bytes, appending: Mutex::default() })
    }

    /// Returns where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends records, and returns when they are on disk.
    pub fn append(&self, now_ms: i64, refused: &[Refused<'_>]) -> Result<()> {
        let unwritable = |source| DeadLetterError::Unwritable { path: self.path.clone(), source };
        let mut text = Vec::new();
        for one in refused {
            entry(&mut text, now_ms, one).map_err(unwritable)?;
        }
        let _appending = self.appending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = open(&self.path)?;
        let len = file.metadata().map_err(unwritable)?.len();
        if len.saturating_add(text.len() as u64) > self.most_bytes {
            let (path, most_bytes) = (self.path.clone(), self.most_bytes);
            return Err(DeadLetterError::Full { path, most_bytes });
        }
        let written = file.write_all(&text).and_then(|()| file.sync_data());
        if written.is_err() {
            // Half a line would spoil the next one.
            let _ = file.set_len(len);
        }
        written.map_err(unwritable)
    }
}

fn open(path: &Path) -> Result<File> {
    let unopenable = |source| DeadLetterError::Unopenable { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    // Without O_NONBLOCK, opening a FIFO would wait for its other end.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed());
    let mut file = options.open(path).map_err(unopenable)?;
    let about = file.metadata().map_err(unopenable)?;
    if !about.is_file() {
        return Err(DeadLetterError::Irregular(path.to_owned()));
    }
    let ready = if about.len() == 0 { keep_name(path) } else { end_line(&mut file) };
    match ready {
        Ok(()) => Ok(file),
        Err(source) => Err(DeadLetterError::Unwritable { path: path.to_owned(), source }),
    }
}

/// Writes to disk that the file is there.
fn keep_name(path: &Path) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn entry(text: &mut Vec<u8>, now_ms: i64, refused: &Refused<'_>) -> io::Result<()> {
    let refused_at = rfc3339(now_ms);
    let answer: String = refused.answer.chars().take(MOST_ANSWER).collect();
    let record = match serde_json::from_slice::<&RawValue>(refused.line) {
        Ok(record) => record.get().to_owned(),
        Err(_) => serde_json::to_string(&String::from_utf8_lossy(refused.line))?,
    };
    let [refused_at, status, answer] =
        [&refused_at, refused.status, &answer].map(serde_json::to_string);
    writeln!(
        text,
        r#"{{"refused_at":{},"status":{},"answer":{},"record":{record}}}"#,
        refused_at?, status?, answer?
    )
}

/// Ends the last line of a file where a crash cut it off.
fn end_line(file: &mut File) -> io::Result<()> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    const REFUSED: Refused<'_> =
        Refused { line: br#"{"a":1}"#, status: "400 Bad Request", answer: "mapping \"x\"\nfailed" };

    #[test]
    fn each_record_is_a_line_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dead.ndjson");
        DeadLetter::open(&path)
            .unwrap()
            .append(0, &[REFUSED, Refused { line: b"no json \xff", ..REFUSED }])
            .unwrap();
        DeadLetter::open(&path).unwrap().append(1000, &[REFUSED]).unwrap();
        let lines: Vec<Value> = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(
            (lines.len(), &lines[0]["record"]["a"], &lines[1]["record"]),
            (3, &1.into(), &"no json \u{fffd}".into())
        );
        assert_eq!(
            (&lines[2]["refused_at"], &lines[2]["status"]),
            (&"1970-01-01T00:00:01.000Z".into(), &"400 Bad Request".into())
        );
        assert_eq!(lines[0]["answer"], "mapping \"x\"\nfailed");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_line_that_a_crash_cut_off_spoils_only_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dead.ndjson");
        fs::write(&path, "{\"refused_at\":\"19").unwrap();
        DeadLetter::open(&path).unwrap().append(0, &[REFUSED]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            serde_json::from_str::<Value>(text.lines().nth(1).unwrap()).is_ok()
                && text.lines().count() == 2,
            "{text}"
        );
    }

    #[test]
    fn only_a_regular_file_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let [target, link, fifo] =
            ["target", "link", "fifo"].map(|name| directory.path().join(name));
        symlink(&target, &link).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        for path in [&link, &fifo, &directory.path().to_owned()] {
            assert!(DeadLetter::open(path).is_err(), "{}", path.display());
        }
        assert!(!target.exists());
    }

    #[test]
    fn a_full_file_takes_nothing_more() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dead.ndjson");
        let file = DeadLetter::bounded(&path, 200).unwrap();
        file.append(0, &[REFUSED]).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(
            file.append(0, &[REFUSED, REFUSED]).unwrap_err().to_string().contains("move it away")
        );
        assert_eq!(fs::read(&path).unwrap(), before);
        let moved = directory.path().join("moved.ndjson");
        fs::rename(&path, &moved).unwrap();
        file.append(0, &[REFUSED]).unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(&moved).unwrap()),
            (before.clone(), before),
            "moved away while it is in use"
        );
    }
}
