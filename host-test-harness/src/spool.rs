//! Input that can be looked at twice: files as they are, streams through a temporary file. Both ends tell the time before the first line is judged.

use crate::lines::next_line;
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
pub const BLOCK: u64 = 64 << 10;

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

    /// The first line and those of the last block, none of them blank: at both ends of a log lies its latest time, mostly.
    pub fn ends(&mut self) -> io::Result<Vec<Vec<u8>>> {
        let (mut from, mut block) = (self.len, BLOCK);
        let mut tail = Vec::new();
        while from > 0 {
            from = self.len.saturating_sub(block);
            tail.clear();
            self.file.seek(SeekFrom::Start(from))?;
            (&mut self.file).take(self.len - from).read_to_end(&mut tail)?;
            if from > 0 {
                // It begins within a line, mostly.
                let whole = tail.iter().position(|&byte| byte == b'\n').map_or(tail.len(), |end| end + 1);
                tail.drain(..whole);
            }
            if lines(&tail).next().is_some() {
                break;
            }
            block = block.saturating_mul(2);
        }
        let first = if from > 0 { self.first_line()? } else { None };
        Ok(first.into_iter().chain(lines(&tail).map(<[u8]>::to_vec)).collect())
    }

    fn first_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.file.rewind()?;
        let (mut reader, mut buffer) = (BufReader::new(&mut self.file), Vec::new());
        while let Some(line) = next_line(&mut reader, &mut buffer)? {
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line.to_vec()));
            }
        }
        Ok(None)
    }

    /// From its start.
    pub fn reader(mut self) -> io::Result<BufReader<File>> {
        self.file.rewind()?;
        Ok(BufReader::with_capacity(256 << 10, self.file))
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| !line.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> Vec<String> {
        let mut spool = Spool::keep("test", &mut text.as_bytes()).unwrap();
        spool.ends().unwrap().into_iter().map(|line| String::from_utf8(line).unwrap()).collect()
    }

    #[test]
    fn the_first_line_and_those_of_the_last_block() {
        assert!(ends("").is_empty() && ends(" \n\n").is_empty());
        assert_eq!(ends("a\nb"), ["a", "b"]);
        assert_eq!(ends("\na\r\n\nb\n\r\n\n"), ["a", "b"]);
        let long = "x".repeat(300_000);
        assert_eq!(ends(&format!("\na\nb\n{long}\n")), ["a", "b", &long]);
        assert_eq!(ends(&long), [long.as_str()]);
        assert_eq!(ends(&format!("a\nb{}", "\n".repeat(200_000))), ["a", "b"]);
        let many: String = (0..100_000).map(|number| format!("{number}\n")).collect();
        let ends = ends(&many);
        assert_eq!((ends[0].as_str(), ends.last().unwrap().as_str()), ("0", "99999"));
        assert!((10_000..12_000).contains(&ends.len()) && ends[1] == (100_001 - ends.len()).to_string(), "{} lines, each once", ends.len());
    }
}
