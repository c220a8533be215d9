//! Inputs: files, whose both ends can be looked at before the first line is evaluated, and streams, of which only the beginning can.
//!
//! A stream is never copied to disk. Where its clock has to be learned from it, the beginning is kept in memory until it ends, pauses, or takes too long.

use crate::format::{self, BOM, Compression, Encoding, Format, FormatError, HEAD, Layout};
use crate::lines::next_line;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use thiserror::Error;

/// Reason why an input cannot be read.
#[derive(Debug, Error)]
pub enum InputError {
    #[error("{name} cannot be opened")]
    Unopenable { name: String, source: io::Error },
    #[error("{0} is a directory: name a file in it")]
    Directory(String),
    #[error("{0} cannot be listed")]
    Unlistable(String, #[source] io::Error),
    #[error("{0} holds no file whose name does not begin with a dot")]
    Empty(String),
    #[error(
        "{0} holds more than {most} files, or directories deeper than {levels} levels: name those to read",
        most = MOST_FILES,
        levels = MOST_LEVELS
    )]
    TooMany(String),
    #[error("{name} cannot be read")]
    Unreadable { name: String, source: FormatError },
}

impl InputError {
    fn unreadable(name: &str, why: impl Into<FormatError>) -> InputError {
        InputError::Unreadable { name: name.to_owned(), source: why.into() }
    }
}

type Result<T> = std::result::Result<T, InputError>;

/// Files that one directory may hold, and levels of directories in it.
const MOST_FILES: usize = 20_000;
const MOST_LEVELS: usize = 32;

/// The inputs that were named, with the files of each directory in its place, and whether there was a directory.
pub struct Given {
    pub files: Vec<PathBuf>,
    /// True if the order of the files is nobody's choice.
    pub has_directory: bool,
}

impl Given {
    /// Finds the files of directories, at any depth and in the order of their paths. Names that begin with a dot, and links to directories, are left out.
    pub fn of(named: &[PathBuf]) -> Result<Given> {
        let mut given = Given { files: Vec::new(), has_directory: false };
        for path in named {
            if path == Path::new("-") || !path.is_dir() {
                given.files.push(path.clone());
                continue;
            }
            given.has_directory = true;
            let before = given.files.len();
            let within = files_within(path)?;
            given.files.extend(within);
            if given.files.len() == before {
                return Err(InputError::Empty(path.display().to_string()));
            }
        }
        Ok(given)
    }
}

fn files_within(directory: &Path) -> Result<Vec<PathBuf>> {
    let too_many = || InputError::TooMany(directory.display().to_string());
    let (mut files, mut left) = (Vec::new(), vec![(directory.to_owned(), 0usize)]);
    while let Some((path, level)) = left.pop() {
        let unlistable = |why| InputError::Unlistable(path.display().to_string(), why);
        for entry in fs::read_dir(&path).map_err(unlistable)? {
            let entry = entry.map_err(unlistable)?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let kind = entry.file_type().map_err(unlistable)?;
            if kind.is_dir() {
                left.push((entry.path(), level + 1));
            } else if kind.is_file() || kind.is_symlink() && entry.path().is_file() {
                files.push(entry.path());
            }
            if files.len() > MOST_FILES || left.len() > MOST_FILES || level >= MOST_LEVELS {
                return Err(too_many());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// One input, to be read from its start.
pub struct InputFile {
    /// As people know it.
    pub name: String,
    /// In bytes; nothing where it is not known.
    pub len: u64,
    pub format: Format,
    pub content: Content,
}

/// Where the lines come from.
pub enum Content {
    File(File),
    /// A file that is opened again when its turn comes: of many, not all can be open at once.
    Closed(PathBuf),
    Stream(Stream),
}

/// An input that can be read only once.
pub struct Stream {
    file: File,
    /// Bytes that were read already.
    head: Vec<u8>,
    is_over: bool,
}

/// How much is read backwards at first.
pub const BLOCK: u64 = 64 << 10;
/// How much of a stream is kept in memory to learn its clock.
const MOST_HEAD: usize = 64 << 20;
/// A stream that pauses for so long is live: nobody waits for its end.
const PAUSE: Duration = Duration::from_secs(3);
/// A stream that goes on for so long is live too.
const MOST_WAIT: Duration = Duration::from_secs(10);
/// Number of bytes that identify a format.
const MAGIC: usize = 8;
/// How much is read at once.
const PIECE: usize = 256 << 10;

impl InputFile {
    /// A file, or standard input for `-`; of a stream the beginning is read where its clock has to be learned.
    pub fn open(path: &Path, learns_clock: bool) -> Result<InputFile> {
        if path == Path::new("-") {
            let name = "standard input";
            let unreadable = |why: io::Error| InputError::unreadable(name, why);
            let stdin = io::stdin().as_fd().try_clone_to_owned().map_err(unreadable)?;
            let mut file = File::from(stdin);
            let about = file.metadata().map_err(unreadable)?;
            // Redirected from a file, and nothing read of it: the file itself.
            if about.is_file() && file.stream_position().is_ok_and(|at| at == 0) {
                return InputFile::file(name.to_owned(), about.len(), file);
            }
            return InputFile::stream(name, file, learns_clock);
        }
        let name = path.display().to_string();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(source) => return Err(InputError::Unopenable { name, source }),
        };
        let about = file.metadata().map_err(|why| InputError::unreadable(&name, why))?;
        if about.is_dir() {
            return Err(InputError::Directory(name));
        }
        if !about.is_file() {
            return InputFile::stream(&name, file, learns_clock);
        }
        InputFile::file(name, about.len(), file)
    }

    fn file(name: String, len: u64, mut file: File) -> Result<InputFile> {
        let format =
            format::of_file(&mut file).map_err(|why| InputError::unreadable(&name, why))?;
        Ok(InputFile { name, len, format, content: Content::File(file) })
    }

    fn stream(name: &str, file: File, learns_clock: bool) -> Result<InputFile> {
        let mut stream = Stream { file, head: Vec::new(), is_over: false };
        let filled =
            if learns_clock { stream.fill(MOST_HEAD, PAUSE, MOST_WAIT) } else { stream.first() };
        filled.map_err(|why| InputError::unreadable(name, why))?;
        let format = Format::detect(stream.head.get(..HEAD).unwrap_or(&stream.head))
            .map_err(|why| InputError::unreadable(name, why))?;
        Ok(InputFile { name: name.to_owned(), len: 0, format, content: Content::Stream(stream) })
    }

    /// Closes a regular file until it is read.
    pub fn close(&mut self, path: &Path) {
        if matches!(self.content, Content::File(_)) && path != Path::new("-") {
            self.content = Content::Closed(path.to_owned());
        }
    }

    /// The first line and those of the last block, none of them blank, of what can be looked at: at both ends of a log lies its latest time, mostly.
    pub fn ends(&mut self) -> io::Result<Vec<Vec<u8>>> {
        let format = self.format;
        match &mut self.content {
            Content::File(file) if format.is_plain() => ends(file, self.len),
            Content::File(file) => {
                file.rewind()?;
                let ends = record_ends(&*file, format, true);
                file.rewind()?;
                ends
            }
            Content::Closed(_) => Ok(Vec::new()),
            Content::Stream(stream) if format.is_plain() => {
                ends(&mut Cursor::new(&stream.head), stream.head.len() as u64)
            }
            Content::Stream(stream) => record_ends(stream.head.as_slice(), format, stream.is_over),
        }
    }

    /// Tells that its lines are in its bytes as they come, behind a byte order mark at most.
    pub fn is_of_lines(&self) -> bool {
        let Format { compression, encoding, layout } = self.format;
        compression == Compression::None
            && matches!(encoding, Encoding::Bytes | Encoding::Utf8Bom)
            && layout == Layout::Lines
    }

    /// True if it may have more than what was looked at.
    pub fn is_live(&self) -> bool {
        matches!(&self.content, Content::Stream(stream) if !stream.is_over)
    }
}

impl Stream {
    /// Reads until the end or so many bytes; once there is a whole line, until a pause or for so long.
    fn fill(&mut self, most: usize, pause: Duration, wait: Duration) -> io::Result<()> {
        let mut until: Option<Instant> = None;
        while !self.is_over && self.head.len() < most {
            if let Some(until) = until {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() || !self.is_ready(pause.min(left))? {
                    break;
                }
            }
            let from = self.head.len();
            self.read_more()?;
            let has_line = || self.head.get(from..).is_some_and(|new| new.contains(&b'\n'));
            until = until.or_else(|| has_line().then(|| Instant::now() + wait));
        }
        Ok(())
    }

    /// Reads until its format can be told: a whole line is there, as much as is looked at, or the end.
    fn first(&mut self) -> io::Result<()> {
        while !self.is_over
            && self.head.len() < HEAD
            && (Format::is_compressed(&self.head)
                || self.head.len() < MAGIC
                || !self.head.contains(&b'\n'))
        {
            self.read_more()?;
        }
        Ok(())
    }

    /// Takes off the byte order mark at its start.
    pub fn without_mark(mut self) -> Stream {
        let mark = self.head.len() - self.head.strip_prefix(BOM).unwrap_or(&self.head).len();
        self.head.drain(..mark);
        self
    }

    /// All of it, as bytes.
    pub fn into_bytes(self) -> impl Read {
        Cursor::new(self.head).chain(self.file)
    }

    fn read_more(&mut self) -> io::Result<()> {
        let len = self.head.len();
        self.head.resize(len.saturating_add(PIECE), 0);
        let read = loop {
            match self.file.read(self.head.get_mut(len..).unwrap_or_default()) {
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.head.truncate(len.saturating_add(*read.as_ref().unwrap_or(&0)));
        self.is_over = read? == 0;
        Ok(())
    }

    /// True if there is something to read, or the end, within the time.
    fn is_ready(&self, wait: Duration) -> io::Result<bool> {
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        let mut fds = [PollFd::new(&self.file, PollFlags::IN)];
        match poll(&mut fds, Some(&wait)) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(why) => Err(why.into()),
        }
    }

    /// Gives the whole lines that are there, waiting for them; at the end what is left too. Before it waits, `idle` is called.
    pub fn next(
        &mut self,
        idle: &mut dyn FnMut() -> io::Result<()>,
    ) -> io::Result<Option<Vec<u8>>> {
        let mut searched = 0;
        loop {
            let last = self.head.get(searched..).and_then(|new| memchr::memrchr(b'\n', new));
            if let Some(at) = last {
                let rest = self.head.split_off(searched + at + 1);
                return Ok(Some(std::mem::replace(&mut self.head, rest)));
            }
            if self.is_over {
                return Ok(Some(std::mem::take(&mut self.head)).filter(|rest| !rest.is_empty()));
            }
            searched = self.head.len();
            if !self.is_ready(Duration::ZERO)? {
                idle()?;
            }
            self.read_more()?;
        }
    }
}

/// The first record and the last ones that make up a block; all of the input is read for them, since its end cannot be found in another way. Of an input that
/// is not whole, the end may be cut anywhere.
fn record_ends(input: impl Read, format: Format, is_whole: bool) -> io::Result<Vec<Vec<u8>>> {
    let mut records = format.records(input)?;
    let (mut first, mut last, mut bytes) = (None, VecDeque::new(), 0u64);
    loop {
        match records.next() {
            Ok(Some(record)) if record.trim_ascii().is_empty() => {}
            Ok(Some(record)) => {
                bytes += record.len() as u64;
                last.push_back(record.to_vec());
            }
            Err(why) if is_whole => return Err(why),
            Ok(None) | Err(_) => break,
        }
        while bytes > BLOCK && last.len() > 1 {
            let oldest: Vec<u8> = last.pop_front().unwrap_or_default();
            bytes -= oldest.len() as u64;
            first.get_or_insert(oldest);
        }
    }
    Ok(first.into_iter().chain(last).collect())
}

/// The first line and those of the last block.
fn ends<R: Read + Seek>(input: &mut R, len: u64) -> io::Result<Vec<Vec<u8>>> {
    let (mut from, mut block) = (len, BLOCK);
    let mut tail = Vec::new();
    while from > 0 {
        from = len.saturating_sub(block);
        tail.clear();
        input.seek(SeekFrom::Start(from))?;
        input.by_ref().take(len - from).read_to_end(&mut tail)?;
        if from > 0 {
            // It begins within a line, mostly.
            let whole =
                tail.iter().position(|&byte| byte == b'\n').map_or(tail.len(), |end| end + 1);
            tail.drain(..whole);
        }
        if lines(&tail).next().is_some() {
            break;
        }
        block = block.saturating_mul(2);
    }
    let first = if from > 0 { first_line(input)? } else { None };
    Ok(first.into_iter().chain(lines(&tail).map(<[u8]>::to_vec)).collect())
}

fn first_line<R: Read + Seek>(input: &mut R) -> io::Result<Option<Vec<u8>>> {
    input.rewind()?;
    let (mut reader, mut buffer) = (BufReader::new(input), Vec::new());
    while let Some(line) = next_line(&mut reader, &mut buffer)? {
        if !line.trim_ascii().is_empty() {
            return Ok(Some(line.to_vec()));
        }
    }
    Ok(None)
}

/// The lines of a text, none of them blank.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn ends(text: &str) -> Vec<String> {
        super::ends(&mut Cursor::new(text), text.len() as u64)
            .unwrap()
            .into_iter()
            .map(|line| String::from_utf8(line).unwrap())
            .collect()
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
        assert!(
            (10_000..12_000).contains(&ends.len()) && ends[1] == (100_001 - ends.len()).to_string(),
            "{} lines, each once",
            ends.len()
        );
    }

    #[test]
    fn a_directory_stands_for_its_files() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir_all(path("logs/2026/01")).unwrap();
        fs::create_dir_all(path("logs/.git")).unwrap();
        fs::create_dir(path("none")).unwrap();
        for name in ["logs/b", "logs/2026/01/a", "logs/.hidden", "logs/.git/c", "z"] {
            fs::write(path(name), "x").unwrap();
        }
        std::os::unix::fs::symlink(path("logs"), path("logs/2026/round")).unwrap();
        let given = Given::of(&[path("z"), path("logs"), "-".into()]).unwrap();
        assert_eq!(given.files, [path("z"), path("logs/2026/01/a"), path("logs/b"), "-".into()]);
        assert!(given.has_directory && !Given::of(&[path("z")]).unwrap().has_directory);
        assert!(matches!(Given::of(&[path("none")]), Err(InputError::Empty(_))));
    }

    fn stream() -> (Stream, impl io::Write) {
        let (reader, writer) = io::pipe().unwrap();
        (
            Stream {
                file: File::from(std::os::fd::OwnedFd::from(reader)),
                head: Vec::new(),
                is_over: false,
            },
            writer,
        )
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_stream_gives_its_lines_as_they_come() {
        let (mut stream, mut writer) = stream();
        let mut idle = 0;
        let next = |stream: &mut Stream, idle: &mut i32| {
            let text = stream.next(&mut || {
                *idle += 1;
                Ok(())
            });
            text.unwrap().map(|text| String::from_utf8(text).unwrap())
        };
        writer.write_all(b"a\n\nb").unwrap();
        assert_eq!(next(&mut stream, &mut idle).as_deref(), Some("a\n\n"));
        assert_eq!(idle, 0, "there was something to read");
        let late = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            writer.write_all(b"c\nd").unwrap();
        });
        assert_eq!((next(&mut stream, &mut idle).as_deref(), idle), (Some("bc\n"), 1));
        late.join().unwrap();
        assert_eq!(next(&mut stream, &mut idle).as_deref(), Some("d"));
        assert_eq!(next(&mut stream, &mut idle), None);
    }

    #[test]
    fn the_beginning_of_a_stream_ends_with_it_at_a_pause_or_at_the_bound() {
        let (mut whole, mut writer) = stream();
        writer.write_all(b"a\nb").unwrap();
        drop(writer);
        whole.fill(1000, LONG, LONG).unwrap();
        assert!(whole.is_over && whole.head == b"a\nb");
        let (mut pausing, mut writer) = stream();
        writer.write_all(b"a\nb").unwrap();
        pausing.fill(1000, Duration::from_millis(50), LONG).unwrap();
        assert!(!pausing.is_over && pausing.head == b"a\nb");
        let (mut long, mut writer) = stream();
        writer.write_all(&b"a\n".repeat(1000)).unwrap();
        long.fill(1000, LONG, LONG).unwrap();
        assert!(!long.is_over && long.head.len() == 2000);
        // One that never pauses.
        let (mut steady, mut writer) = stream();
        let writing = std::thread::spawn(move || {
            while writer.write_all(b"a\n").is_ok() {
                std::thread::sleep(Duration::from_millis(20))
            }
        });
        let began = Instant::now();
        steady.fill(100_000, LONG, Duration::from_millis(200)).unwrap();
        assert!(!steady.is_over && !steady.head.is_empty() && began.elapsed() < LONG);
        drop(steady);
        writing.join().unwrap();
    }
}
