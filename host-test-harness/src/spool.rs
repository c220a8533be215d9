//! Input that can be looked at twice: files as they are, streams through a temporary file. The end tells the time before the first line is judged.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// One input, to be read from its start.
pub struct Spool {
    /// As people know it.
    pub name: String,
    pub len: u64,
    file: File,
}

/// How much is read backwards at first.
const BLOCK: u64 = 64 << 10;

impl Spool {
    /// A file, or standard input for `-`.
    pub fn open(path: &Path) -> Result<Spool> {
        if path == Path::new("-") {
            return Spool::keep("standard input", &mut io::stdin().lock());
        }
        let name = path.display().to_string();
        let mut file = File::open(path).with_context(|| format!("{name} can't be opened: is the path right, and is it yours to read?"))?;
        let about = file.metadata().with_context(|| name.clone())?;
        if about.is_dir() {
            anyhow::bail!("{name} is a directory: name the files in it");
        }
        if !about.is_file() {
            return Spool::keep(&name, &mut file);
        }
        Ok(Spool { name, len: about.len(), file })
    }

    fn keep(name: &str, stream: &mut impl Read) -> Result<Spool> {
        let mut file = tempfile::tempfile().context("a temporary file for the input: is there room in TMPDIR?")?;
        let len = io::copy(stream, &mut file).with_context(|| format!("{name} can't be read to its end, or there is no room for it in TMPDIR"))?;
        file.rewind()?;
        Ok(Spool { name: name.to_owned(), len, file })
    }

    /// The last line that is not blank.
    pub fn last_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (mut from, mut block) = (self.len, BLOCK);
        loop {
            from = from.saturating_sub(block);
            let mut tail = Vec::new();
            self.file.seek(SeekFrom::Start(from))?;
            (&mut self.file).take(self.len - from).read_to_end(&mut tail)?;
            let text = tail.trim_ascii_end();
            match text.iter().rposition(|&byte| byte == b'\n') {
                Some(end) => return Ok(text.get(end + 1..).map(<[u8]>::to_vec)),
                None if from == 0 => return Ok(Some(text.to_vec()).filter(|text| !text.is_empty())),
                None => block = block.saturating_mul(2),
            }
        }
    }

    /// From its start.
    pub fn reader(mut self) -> io::Result<BufReader<File>> {
        self.file.rewind()?;
        Ok(BufReader::with_capacity(256 << 10, self.file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> Option<String> {
        let mut spool = Spool::keep("test", &mut text.as_bytes()).unwrap();
        spool.last_line().unwrap().map(|line| String::from_utf8(line).unwrap())
    }

    #[test]
    fn the_last_line_that_is_not_blank() {
        assert_eq!(last(""), None);
        assert_eq!(last(" \n\n"), None);
        assert_eq!(last("a\nb"), Some("b".into()));
        assert_eq!(last("a\nb\n\r\n\n"), Some("b".into()));
        let long = "x".repeat(300_000);
        assert_eq!(last(&format!("a\n{long}\n")), Some(long.clone()));
        assert_eq!(last(&long), Some(long));
    }
}
