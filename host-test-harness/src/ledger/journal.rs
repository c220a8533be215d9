//! The journal: what was evaluated since a snapshot, entry behind entry.
//!
//! A file that has had its day is written over from its start, in place: the system need not find room for it anew, which costs more than the writing.
//! Stale content is detected in two ways: behind the last entry stands a length of 0, and checksums begin with a number of the snapshot's.

use crate::numbering::Record;
use auditward_state::files::{self, Links};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// No entry is larger: a length above it is damage.
const MOST_ENTRY: u32 = 1 << 30;
/// A file longer than this gives the rest back before it is written over.
const MOST_KEPT: u64 = 256 << 20;
/// An entry's length and checksum; as zeros, the end.
const HEAD: usize = 8;

/// A journal that is written.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Initial value of its checksums.
    seed: u32,
    /// Where the next entry goes.
    at: u64,
    buffer: Vec<u8>,
}

/// Records evaluated in one call.
pub struct Entry {
    pub time_ms: i64,
    pub records: Vec<(u64, Vec<u8>)>,
}

impl Journal {
    /// An empty one, in a file that may hold another's entries.
    pub(super) fn begin(path: &Path, seed: u32) -> io::Result<Journal> {
        let file = super::private(path)?;
        if file.metadata()?.len() > MOST_KEPT {
            file.set_len(MOST_KEPT)?;
        }
        file.write_all_at(&[0; HEAD], 0)?;
        file.sync_all()?;
        Ok(Journal { path: path.to_owned(), file, seed, at: 0, buffer: Vec::new() })
    }

    pub(super) fn append(&mut self, time_ms: i64, records: &[Record<'_>]) -> io::Result<()> {
        self.buffer.clear();
        self.buffer.extend_from_slice(&[0; HEAD]);
        self.buffer.extend_from_slice(&time_ms.to_le_bytes());
        for record in records {
            self.buffer.extend_from_slice(&record.nonce.to_le_bytes());
            self.buffer.extend_from_slice(
                &u32::try_from(record.bytes.len()).unwrap_or(u32::MAX).to_le_bytes(),
            );
            self.buffer.extend_from_slice(record.bytes);
        }
        if let Some((head, body)) = self.buffer.split_first_chunk_mut::<HEAD>() {
            let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
            *head = head_of(len, checksum(self.seed, body));
        }
        let end = self.at.saturating_add(self.buffer.len() as u64);
        self.buffer.extend_from_slice(&[0; HEAD]);
        self.file.write_all_at(&self.buffer, self.at)?;
        self.at = end;
        Ok(())
    }

    /// True if who comes after us would find it: what was removed can be written to, and is lost all the same.
    pub(super) fn is_there(&self) -> bool {
        super::is_at(&self.file, &self.path)
    }

    /// Bytes since it began.
    pub(super) fn written(&self) -> u64 {
        self.at
    }
}

/// The entries of a file in order, up to the end or to where it was cut short.
pub(super) fn entries(path: &Path, seed: u32) -> impl Iterator<Item = Entry> + use<> {
    let mut reader =
        files::open(path, Links::Refused).ok().map(|file| BufReader::with_capacity(1 << 20, file));
    std::iter::from_fn(move || read_entry(reader.as_mut()?, seed))
}

fn head_of(len: u32, checksum: u32) -> [u8; HEAD] {
    (u64::from(len) | u64::from(checksum) << 32).to_le_bytes()
}

fn checksum(seed: u32, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(seed);
    hasher.update(body);
    hasher.finalize()
}

fn read_entry(reader: &mut impl Read, seed: u32) -> Option<Entry> {
    let mut head = [0; HEAD];
    reader.read_exact(&mut head).ok()?;
    let len = Some(u64::from_le_bytes(head) as u32).filter(|len| (1..=MOST_ENTRY).contains(len))?;
    let mut body = Vec::new();
    reader.take(u64::from(len)).read_to_end(&mut body).ok().filter(|read| *read == len as usize)?;
    (head == head_of(len, checksum(seed, &body))).then(|| parse_entry(&body))?
}

fn parse_entry(body: &[u8]) -> Option<Entry> {
    let (time, mut rest) = body.split_first_chunk::<8>()?;
    let mut records = Vec::new();
    while let Some((nonce, behind)) = rest.split_first_chunk::<8>() {
        let (len, behind) = behind.split_first_chunk::<4>()?;
        let (bytes, behind) = behind.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        records.push((u64::from_le_bytes(*nonce), bytes.to_vec()));
        rest = behind;
    }
    Some(Entry { time_ms: i64::from_le_bytes(*time), records })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn held(path: &Path, seed: u32) -> Vec<(i64, Vec<(u64, String)>)> {
        let text = |(nonce, bytes): (u64, Vec<u8>)| (nonce, String::from_utf8(bytes).unwrap());
        entries(path, seed)
            .map(|entry| (entry.time_ms, entry.records.into_iter().map(text).collect()))
            .collect()
    }

    #[test]
    fn entries_come_back_in_order_up_to_the_cut() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("journal");
        let mut journal = Journal::begin(&path, 7).unwrap();
        journal
            .append(1, &[Record { nonce: 0, bytes: b"a" }, Record { nonce: 7, bytes: b"" }])
            .unwrap();
        journal.append(2, &[Record { nonce: 0, bytes: b"b" }]).unwrap();
        let first = (1, vec![(0, "a".to_owned()), (7, String::new())]);
        assert_eq!(held(&path, 7), [first.clone(), (2, vec![(0, "b".to_owned())])]);
        let whole = fs::read(&path).unwrap();
        assert_eq!(journal.written() as usize + HEAD, whole.len());
        for cut in [whole.len() - HEAD - 1, whole.len() - HEAD - 20] {
            fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(held(&path, 7), std::slice::from_ref(&first));
        }
        let mut flipped = whole;
        let last = flipped.len() - HEAD - 1;
        flipped[last] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert_eq!(held(&path, 7), [first]);
    }

    #[test]
    fn what_a_file_held_before_is_not_read_for_its_own() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("journal");
        let records = [Record { nonce: 0, bytes: b"of old" }];
        let mut before = Journal::begin(&path, 1).unwrap();
        (0..5).for_each(|time| before.append(time, &records).unwrap());
        let mut journal = Journal::begin(&path, 2).unwrap();
        assert!(held(&path, 2).is_empty());
        for count in 1..=5 {
            journal.append(9, &records).unwrap();
            assert_eq!(held(&path, 2).len(), count);
            // As a kill within the next write leaves it: a head, and what stood there before.
            let mut torn = fs::read(&path).unwrap();
            let (at, old) = (journal.written() as usize, torn.clone());
            torn.resize(torn.len().max(at + HEAD + 32), 0);
            torn[at..at + HEAD].copy_from_slice(&head_of(32, 12345));
            fs::write(&path, &torn).unwrap();
            assert_eq!(held(&path, 2).len(), count);
            fs::write(&path, &old).unwrap();
        }
        // Without the end's mark, the checksums alone tell.
        let mut unmarked = fs::read(&path).unwrap();
        let mut other = Journal::begin(&root.path().join("other"), 1).unwrap();
        (0..9).for_each(|time| other.append(time, &records).unwrap());
        let stale = fs::read(root.path().join("other")).unwrap();
        unmarked.truncate(journal.written() as usize);
        unmarked.extend_from_slice(&stale[unmarked.len()..]);
        fs::write(&path, &unmarked).unwrap();
        assert_eq!(held(&path, 2).len(), 5);
    }
}
