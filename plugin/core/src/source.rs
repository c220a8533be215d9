//! Sources: who writes the records. One file each; a source is a table of rows and, where a table cannot say it, one function.

#[cfg(test)]
pub(crate) mod testing;

mod windows_account;

use crate::address::Proxies;
use crate::event::{Cell, Event, Field, Tag};
use crate::note::Note;
use crate::parse::line::Line;
use crate::parse::syslog::Programs;
use crate::parse::wrap::Wrapped;
use crate::sketch;
use crate::stored::Stored;
use crate::text::is_same;
use crate::value::{Kind, Val};
use crate::vocabulary::Vocabulary;

macro_rules! sources {
    ($($module:ident),+ $(,)?) => {
        $(pub mod $module;)+
        /// Every source, in the order of recognition.
        pub static ALL: &[&Source] = &[$(&$module::SOURCE),+];
        /// The memory of the source that keeps one.
        pub static MEMORY: Option<Memory> = only_memory(&[$(&$module::SOURCE),+]);
        /// For each source, the programs whose names may stand before their messages without a colon.
        static WITHOUT_COLON: &[&[&str]] = &[$(without_colon(&$module::SOURCE)),+];
    };
}

sources! {
    aws_cloudtrail,
    system_auth,
    http_access,
    http_error,
    system_syslog,
}

/// A function that packs refer to by its name.
#[derive(Clone, Copy, Debug)]
pub struct Finish {
    pub name: &'static str,
    pub run: fn(&mut Fields<'_>),
}

/// Functions that packs can name in `finish`.
pub static FINISH: &[Finish] = &[
    Finish { name: "http_status", run: outcome_of_status },
    Finish { name: "windows_account", run: windows_account::settle },
];

impl Stored for Finish {
    /// Its place in the list.
    fn store(&self, out: &mut Vec<u8>) {
        FINISH.iter().position(|finish| finish.name == self.name).unwrap_or(usize::MAX).store(out);
    }

    fn load(from: &mut &[u8]) -> Option<Finish> {
        FINISH.get(usize::load(from)?).copied()
    }
}

/// The outcome that an HTTP status tells, where nothing else did.
fn outcome_of_status(fields: &mut Fields<'_>) {
    use crate::event::Outcome;
    let outcome = match crate::text::number(fields.text(Field::RequestStatus)) {
        _ if fields.has(Field::OutcomeResult) => return,
        Some(100..=399) => Outcome::Success,
        Some(401 | 403) => Outcome::Denied,
        Some(400..=599) => Outcome::Failure,
        _ => return,
    };
    fields.event.set_outcome(outcome);
}

/// Parts of values that are longer fill no field.
const LONGEST_PART: usize = 256;

/// A copy of a text that is JSON text already: it stands between quotes and is not escaped anew.
pub struct Quoted {
    token: [u8; LONGEST_PART + 2],
    len: usize,
}

impl Quoted {
    /// Quotes a text; none if it is empty or longer than a part of a value may be.
    pub fn of(text: &[u8]) -> Option<Quoted> {
        let mut token = [b'"'; LONGEST_PART + 2];
        let place = token.get_mut(1..text.len().wrapping_add(1))?;
        if !(1..=LONGEST_PART).contains(&text.len()) {
            return None;
        }
        place.copy_from_slice(text);
        Some(Quoted { token, len: text.len().wrapping_add(2) })
    }

    fn token(&self) -> &[u8] {
        self.token.get(..self.len).unwrap_or_default()
    }
}

/// One source.
pub struct Source {
    /// `vendor.product`, as written to the record.
    pub id: &'static str,
    pub summary: &'static str,
    /// Description, with a link to the vendor's documentation.
    pub doc: &'static str,
    /// True if its records can say why an action was allowed or denied (`authz`).
    pub says_why: bool,
    /// True if its events come from a service that runs elsewhere, and a program collects them.
    pub is_remote: bool,
    /// Beginnings of words in the names of programs that collect events of such services.
    pub collectors: &'static [&'static str],
    /// Name of the maker; empty where only the id tells it.
    pub vendor: &'static str,
    /// Name of the cloud provider whose service it is; empty for other sources.
    pub cloud: &'static str,
    /// True if its records of access to data are requests of HTTP.
    pub is_web: bool,
    /// A record with all keys of one of these sets at its root is this source's.
    pub keys: &'static [&'static [&'static str]],
    /// Names that `keys` may have in place of a key, each for any one of these paths that is a key of the root.
    pub aliases: &'static [(&'static str, &'static [&'static str])],
    /// True if the values of a record that has the keys are those of one.
    pub is_one: Option<fn(&Fields<'_>) -> bool>,
    pub rows: &'static [Row],
    /// Every path under which the value of a row with this one may stand, the path itself first.
    pub spellings: fn(&'static str) -> Vec<String>,
    /// Function for values that the rows cannot express.
    pub finish: fn(&mut Fields<'_>),
    pub lines: Option<Lines>,
}

impl Source {
    /// A source without a name, which recognises nothing: declarations state what they have beyond it.
    pub const BLANK: Source = Source {
        id: "",
        summary: "",
        doc: "",
        says_why: false,
        is_remote: false,
        collectors: &[],
        vendor: "",
        cloud: "",
        is_web: false,
        keys: &[],
        aliases: &[],
        is_one: None,
        rows: &[],
        spellings: |path| vec![path.to_owned()],
        finish: |_| {},
        lines: None,
    };
}

/// The product that a source's events are of, as schemas ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Name of the maker; empty where only the source's id tells it.
    pub vendor: String,
    /// Name of the cloud provider whose service it is; empty for other products.
    pub cloud: String,
    /// True for databases.
    pub is_database: bool,
    /// True if its records of access to data are requests of HTTP.
    pub is_web: bool,
}

impl Product {
    /// The product of a source.
    pub fn of(source: &Source) -> Product {
        Product {
            vendor: source.vendor.to_owned(),
            cloud: source.cloud.to_owned(),
            is_database: false,
            is_web: source.is_web,
        }
    }

    /// Where it states nothing, another product of the same vendor does.
    pub fn or(mut self, other: &Product) -> Product {
        if self == Product::default() {
            self.clone_from(other);
        }
        self
    }
}

crate::stored::stored!(struct Product { vendor, cloud, is_database, is_web });

/// Reading of lines of text by a source, and its part in how lines are framed and tried.
#[derive(Clone, Copy)]
pub struct Lines {
    /// Reads a line of text, if it is one of this source's.
    pub read: ReadLine,
    /// True if it reads nothing but the header: mappings and packs are tried on the message.
    pub is_header_only: bool,
    /// Reads a line where it is in the record, from this offset on: a JSON string that begins with a digit and ends the record.
    pub in_place: Option<InPlace>,
    /// True if a process that runs this command may write under this program's name.
    pub is_of_command: Option<IsOfCommand>,
    pub memory: Option<Memory>,
    /// Programs whose names may stand before their messages without a colon, which some relays take off.
    pub without_colon: &'static [&'static str],
    /// The program that writes such a message to a log of its own, in lines that name none.
    pub of_own_log: Option<OfOwnLog>,
}

/// A reader of lines of text.
pub type ReadLine = for<'l> fn(&mut Line<'l>) -> bool;

/// Finds the program by its message.
pub type OfOwnLog = fn(&[u8]) -> Option<&'static str>;

/// Of a command and a program's name.
pub type IsOfCommand = fn(&[u8], &[u8]) -> bool;

/// A reader of lines where they are in the record: the line, the record, and the offset of the text in it.
pub type InPlace = for<'a> fn(&mut Line<'a>, &'a [u8], usize) -> bool;

/// Memory of a source for lines that describe the lines after them, by tag and file.
#[derive(Clone, Copy)]
pub struct Memory {
    pub new: fn() -> sketch::Words,
    /// True if the source must know the file of this text of a record.
    pub asks_for_file: fn(&[u8], &Wrapped, &sketch::Words) -> bool,
}

impl Lines {
    /// Lines that this function reads.
    pub const fn read_by(read: fn(&mut Line<'_>) -> bool) -> Lines {
        Lines {
            read,
            is_header_only: false,
            in_place: None,
            is_of_command: None,
            memory: None,
            without_colon: &[],
            of_own_log: None,
        }
    }
}

/// The memory that one of the sources keeps. Snapshots hold one: a second one does not compile.
const fn only_memory(mut sources: &[&Source]) -> Option<Memory> {
    let mut found = None;
    while let Some((Source { lines, .. }, rest)) = sources.split_first() {
        if let Some(Lines { memory: Some(memory), .. }) = lines {
            assert!(found.is_none(), "one source keeps a memory of lines");
            found = Some(*memory);
        }
        sources = rest;
    }
    found
}

/// The memory of lines, while nothing is in it.
pub fn new_memory() -> sketch::Words {
    MEMORY.map_or_else(|| sketch::Words::new("no-lines", 0, 0), |memory| (memory.new)())
}

/// True if a process that runs this command may write under this program's name, by all sources that tell.
pub fn is_of_command(program: &[u8], command: &[u8]) -> bool {
    let is_refused = |source: &&Source| {
        source
            .lines
            .and_then(|lines| lines.is_of_command)
            .is_some_and(|is_of_command| !is_of_command(program, command))
    };
    command.is_empty() || !ALL.iter().any(is_refused)
}

/// True if a command may be a program's by its name: their first words are the same, but for a version: `CRON` and `cron`, `exim` and `exim4`, `gdm-password`
/// and `gdm-session-wor`.
pub fn is_same_command(program: &[u8], command: &[u8]) -> bool {
    fn first(name: &[u8]) -> &[u8] {
        let word = name.split(|byte| !byte.is_ascii_alphanumeric()).find(|word| !word.is_empty());
        let word = word.unwrap_or_default();
        let end = word.iter().rposition(|byte| !byte.is_ascii_digit());
        word.get(..end.map_or(0, |end| end.saturating_add(1))).unwrap_or_default()
    }
    !first(program).is_empty() && first(program).eq_ignore_ascii_case(first(command))
}

/// Programs whose lines have a header of another form, by all sources that tell.
pub static PROGRAMS: Programs = Programs {
    without_colon: WITHOUT_COLON,
    of_own_log: |message| {
        let mut lines = ALL.iter().filter_map(|source| source.lines);
        let found = lines.find_map(|lines| lines.of_own_log.and_then(|of| of(message)));
        found.unwrap_or_default().as_bytes()
    },
};

const fn without_colon(source: &Source) -> &'static [&'static str] {
    match source.lines {
        Some(lines) => lines.without_colon,
        None => &[],
    }
}

/// A row: the value at `path` goes to `cell`. Of rows to one cell, the first that finds a value wins.
pub struct Row {
    /// Keys from the root joined by dots; `name[]` is the first element of an array that has a value. Behind a quote it is one key, dots and all.
    pub path: &'static str,
    pub cell: Cell,
    pub via: Via,
}

/// How a value becomes a field's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// In the field's form.
    #[default]
    Field,
    /// RFC 3339 text; sets the event's time.
    Time,
    /// As it stands, scalar or not, for the source's own use.
    Keep,
    /// As above, an array as a whole too.
    List,
    /// A pack's: text or number in this one of its formats; sets the event's time.
    Timed(u16),
    /// A pack's: what this one of its lookup tables has for it.
    Table(u16),
    /// A pack's: one of the words of the field, else the one of this number.
    Word(Vocabulary, u8),
    /// A pack's: as it stands, for conditions.
    Condition,
    /// A pack's: this one of its constants, where there is a value.
    Present(u16),
    /// A pack's: the part of a text that this one of its rows takes.
    Part(u16),
    /// A pack's: a member of a list to which each proxy appends who asked it.
    Hop,
}

/// The keys of a row's path.
pub fn keys_of(path: &str) -> impl Iterator<Item = &str> {
    let (whole, parts) = match path.strip_prefix('\'') {
        Some(key) => (Some(key), None),
        None => (None, Some(path.split('.'))),
    };
    whole.into_iter().chain(parts.into_iter().flatten())
}

/// The value at `path` fills `field`.
pub const fn row(path: &'static str, field: Field) -> Row {
    Row { path, cell: Cell::field(field), via: Via::Field }
}

/// The text at `path` is the event's time.
pub const fn time(path: &'static str) -> Row {
    Row { path, cell: Cell::field(Field::Time), via: Via::Time }
}

/// The value at `path` is kept for the source's `finish`.
pub const fn keep(path: &'static str, index: u8) -> Row {
    Row { path, cell: Cell::kept(index), via: Via::Keep }
}

/// As above, an array as a whole too.
pub const fn keep_list(path: &'static str, index: u8) -> Row {
    Row { path, cell: Cell::kept(index), via: Via::List }
}

/// Input of a source's `finish`: the event, and the record it came from.
pub struct Fields<'a> {
    pub input: &'a [u8],
    /// Whom is believed for whom they ask.
    pub proxies: &'a Proxies,
    pub event: &'a mut Event,
}

impl Fields<'_> {
    /// The text of a field or kept value, without quotes; empty where there is none.
    pub fn text(&self, cell: impl Into<Cell>) -> &[u8] {
        self.event.text(self.input, cell)
    }

    #[inline(always)]
    pub fn kept(&self, index: u8) -> &[u8] {
        let cell = Cell::kept(index);
        if self.event.has(cell) { self.text(cell) } else { b"" }
    }

    pub fn has(&self, cell: impl Into<Cell>) -> bool {
        self.event.has(cell)
    }

    /// True if the text is this word.
    #[inline(always)]
    pub fn is(&self, cell: impl Into<Cell>, word: &'static [u8]) -> bool {
        is_same(self.text(cell), word)
    }

    pub fn word(&mut self, field: Field, word: &'static str) {
        self.event.set(field, Val::Word(word));
    }

    /// Moves a kept value to a field that nothing has filled yet.
    #[inline(always)]
    pub fn fill(&mut self, field: Field, index: u8) {
        let kept = Cell::kept(index);
        if self.event.has(field) || !self.event.has(kept) {
            return;
        }
        match self.event.tag(kept) {
            // Only text: a container may hold, at any depth, what must not go out.
            Tag::Input(Kind::String) | Tag::Arena(Kind::String) | Tag::Bare => {
                self.event.fill_from(field, kept)
            }
            _ => self.note(Note::ValueDropped),
        }
    }

    /// Fills a field with the part of a text token's content that `part` picks.
    pub fn fill_part(
        &mut self,
        field: Field,
        cell: impl Into<Cell>,
        part: impl FnOnce(&[u8]) -> Option<&[u8]>,
    ) {
        if self.event.has(field) {
            return;
        }
        let whole = self.event.text(self.input, cell);
        if whole.is_empty() {
            return;
        }
        let Some(found) = part(whole).filter(|part| (1..=LONGEST_PART).contains(&part.len()))
        else {
            return;
        };
        let start = (found.as_ptr() as usize).wrapping_sub(self.input.as_ptr() as usize);
        let end = start.wrapping_add(found.len());
        // What stands in the record is said by where it stands.
        if start < end && end <= self.input.len() && !self.event.has_line {
            return self.event.put(
                field.into(),
                Tag::Bare,
                start as u64 | (end as u64).wrapping_shl(32),
                0,
            );
        }
        if let Some(text) = Quoted::of(found) {
            self.fill_text(field, &text);
        }
    }

    /// Fills a field with a text.
    pub fn fill_text(&mut self, field: Field, text: &Quoted) {
        self.fill_token(field, text.token());
    }

    /// Fills a field with a token that is valid JSON already.
    #[inline(never)]
    pub fn fill_token(&mut self, field: Field, token: &[u8]) {
        if let Some(span) = self.event.token(token, Kind::String) {
            self.event.set(field, Val::Json(span));
        }
    }

    pub fn note(&mut self, note: Note) {
        self.event.note(note);
    }
}
