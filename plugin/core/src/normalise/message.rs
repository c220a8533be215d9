//! Messages of programs through syslog that no source recognises: an object, pairs, or a line of a form that a pack describes; and lines of such forms without a header.

use super::Normaliser;
use super::author::Bound;
use crate::event::{Event, Field};
use crate::mapping::{Mapping, Test, Wanted};
use crate::note::Note;
use crate::parse::json::scan;
use crate::parse::syslog::{self, Header, Voucher};
use crate::parse::tape::Tape;
use crate::parse::wrap::{self, Outside};
use crate::pattern::Patterns;
use crate::pattern::finder::{ALL_GROUPS, Finder, Hits, SHORTEST};
use crate::raw::Raw;
use crate::stored::Stored;
use crate::text_form::Form;
use crate::text_form::object::Object;
use crate::time::{self, Millis};
use crate::value::{Doc, Val};
use std::collections::BTreeMap;

/// Values of one message.
pub(super) const MOST_VALUES: usize = 1024;
/// Dates in brackets are no longer: `Jan 15 11:30:00.123456`.
const LONGEST_DATE: usize = 24;
/// Marker before an object.
const COOKIE: &[u8] = b"@cee:";

/// The forms of lines of text that mappings read, and what tells which of them a line may be of.
pub(super) struct TextReaders {
    readers: Vec<TextReader>,
    /// Mappings of lines that only these programs write.
    programs: Vec<(u16, Patterns)>,
    finder: Finder,
    /// Readers, by their numbers, one of whose forms' words was found; behind them, from a whole word of bits on, those with one that the mappings' conditions ask for.
    hits: Hits,
    /// As above, those that need none.
    free: Hits,
}

/// A form, and the mappings that read it, in the order they are tried.
struct TextReader {
    form: Form,
    mappings: Vec<u16>,
}

impl TextReaders {
    /// Each form once, however many read it.
    pub(super) fn of(mappings: &[&Mapping]) -> TextReaders {
        let mut readers: Vec<TextReader> = Vec::new();
        let mut known: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for (index, mapping) in (0u16..).zip(mappings) {
            for form in &mapping.text {
                let mut bytes = Vec::new();
                form.store(&mut bytes);
                let place = *known.entry(bytes).or_insert(readers.len());
                match readers.get_mut(place) {
                    Some(reader) => reader.mappings.push(index),
                    None => {
                        readers.push(TextReader { form: form.clone(), mappings: vec![index] });
                    }
                }
            }
        }
        let mut finder = Finder::default();
        let wanted_from = readers.len().next_multiple_of(64);
        let mut free = Hits::new(wanted_from.saturating_mul(2));
        for (number, reader) in readers.iter().enumerate() {
            let words = reader.form.words().into_iter().map(Word::cased).collect();
            add(&mut finder, Some(words), number, &mut free);
            let wanted = reader.mappings.iter().map(|index| {
                mappings.get(usize::from(*index)).and_then(|mapping| wanted(mapping, &reader.form))
            });
            let wanted = wanted.collect::<Option<Vec<_>>>().map(|lists| lists.concat());
            add(&mut finder, wanted, wanted_from.saturating_add(number), &mut free);
        }
        finder.finish();
        let bound = (0u16..).zip(mappings).filter(|(_, mapping)| !mapping.programs.is_empty());
        TextReaders {
            programs: bound.map(|(at, mapping)| (at, Patterns::new(&mapping.programs))).collect(),
            hits: Hits::new(wanted_from.saturating_mul(2)),
            readers,
            finder,
            free,
        }
    }

    /// True if the mapping reads lines of this program; those without a program in their header it reads too.
    fn reads(&self, mapping: u16, program: &[u8]) -> bool {
        program.is_empty() || self.programs(mapping).is_none_or(|bound| bound.is_match(program))
    }

    fn programs(&self, mapping: u16) -> Option<&Patterns> {
        self.programs.iter().find(|(bound, _)| *bound == mapping).map(|(_, programs)| programs)
    }

    /// True if the mapping is bound to programs, and one of these is such.
    pub(super) fn are_programs<'n>(
        &self,
        mapping: usize,
        mut names: impl Iterator<Item = &'n [u8]>,
    ) -> bool {
        u16::try_from(mapping)
            .ok()
            .and_then(|mapping| self.programs(mapping))
            .is_some_and(|programs| names.any(|name| programs.is_match(name)))
    }

    /// True if a mapping that is bound to programs reads lines of this one, but none of the process that runs the command.
    pub(super) fn is_refused(&self, program: &[u8], command: &[u8]) -> bool {
        self.programs
            .iter()
            .any(|(_, programs)| programs.is_match(program) && !programs.is_match(command))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.readers.is_empty()
    }

    fn look(&mut self, line: &[u8]) {
        self.hits.clear();
        self.finder.find(line, ALL_GROUPS, &mut self.hits);
    }

    /// Of the 64 readers of this block, those that may read the line that was looked at, as bits; `None` behind the last.
    fn open(&self, block: usize) -> Option<u64> {
        let blocks = self.readers.len().div_ceil(64);
        let bits = |at| self.hits.bits(at) | self.free.bits(at);
        (block < blocks).then(|| bits(block) & bits(blocks.saturating_add(block)))
    }
}

/// A piece of text that a line must have.
#[derive(Clone, Copy)]
struct Word<'m> {
    text: &'m [u8],
    /// Letters count only in their own case.
    is_cased: bool,
}

impl<'m> Word<'m> {
    fn cased(text: &'m [u8]) -> Word<'m> {
        Word { text, is_cased: true }
    }
}

/// Adds words of which one must be there under a number; which is free where they cannot all be looked for.
fn add(finder: &mut Finder, words: Option<Vec<Word<'_>>>, number: usize, free: &mut Hits) {
    let words = words
        .filter(|words| !words.is_empty() && words.iter().all(|word| word.text.len() >= SHORTEST));
    match (words, u16::try_from(number)) {
        (Some(words), Ok(number)) => {
            words.iter().for_each(|word| finder.add(word.text, word.is_cased, ALL_GROUPS, number));
        }
        _ => free.add(number),
    }
}

/// Words of which a line has one, if the mapping takes what the form makes of it: for each alternative those of the condition that is met least easily.
fn wanted<'m>(mapping: &'m Mapping, form: &Form) -> Option<Vec<Word<'m>>> {
    let least = |words: &Vec<Word<'m>>| words.iter().map(|word| word.text.len()).min();
    let of_test = |test: &'m Test| -> Option<Vec<Word<'m>>> {
        let key = test.path.root();
        if form.rewrites(key) {
            return None;
        }
        // Of a value, the longest piece that no form writes otherwise.
        let piece = |text: &'m str, is_cased: bool| {
            text.split(['*', '\\', '"', '\'', '=', '|'])
                .max_by_key(|piece| piece.len())
                .map(|piece| Word { text: piece.as_bytes(), is_cased })
        };
        let values = test.wanted.iter().map(|wanted| match wanted {
            Wanted::Text(text) => piece(text, true),
            Wanted::Pattern(pattern) => piece(pattern, false),
            _ => None,
        });
        let is_shown = test.path.is_member() && form.shows(key);
        let key = is_shown.then(|| vec![Word::cased(key.as_bytes())]);
        let is_long = |words: &Vec<Word<'m>>| {
            !words.is_empty() && words.iter().all(|word| word.text.len() >= SHORTEST)
        };
        [values.collect(), key].into_iter().flatten().filter(is_long).max_by_key(least)
    };
    let of_alternative = |tests: &'m Vec<Test>| tests.iter().filter_map(of_test).max_by_key(least);
    // One that asks for nothing may take any line.
    mapping
        .when
        .any
        .iter()
        .filter(|tests| tests.iter().all(|test| form.may_have(test.path.root())))
        .map(of_alternative)
        .collect::<Option<Vec<_>>>()
        .filter(|lists| !lists.is_empty())
        .map(|lists| lists.concat())
}

/// Where a form may begin in a line, and what of the header stands before it.
struct Start<'a> {
    text: &'a [u8],
    header: Header<'a>,
    /// The program that wrote it, if that was read as one: none where the form begins before its name.
    named: &'a [u8],
}

/// Behind the header, else at the program's name or the host's, which may be none (`Jan  2 15:04:05 fw1 CEF:0|..`), else at the line's beginning.
fn starts<'a>(
    line: &'a [u8],
    header: Header<'a>,
    beside: &Header<'a>,
    now: Millis,
) -> [Start<'a>; 4] {
    // `[Jan 15 11:30:00] NOTICE[1]: ..`, of which a form reads the date, and no format without a year.
    let in_brackets = match line {
        [b'[', dated @ ..] => {
            let end = dated.iter().take(LONGEST_DATE).position(|byte| *byte == b']');
            end.and_then(|end| time::yearless(dated.get(..end)?, now))
        }
        _ => None,
    };
    let dated = |header: Header<'a>| match in_brackets {
        Some((time, _)) if header.time.is_none() => {
            Header { time: Some(time), is_local: true, ..header }
        }
        _ => header,
    };
    let header = dated(header);
    let message = syslog::folded(header.message).map_or(header.message, |(_, folded)| folded);
    let at_program = Header { program: b"", pid: b"", ..header };
    let at_host = Header { host: beside.host, ..at_program };
    let whole = dated(*beside);
    // A device's mnemonic is no program: who passes it on is.
    let is_own = !from(line, header.program).is_empty();
    let named = match header.program {
        [b'%', ..] if !header.author.is_empty() => header.author,
        // Devices leave their host out, or put it where programs put their names.
        _ if is_own && header.pid.is_empty() && from(line, header.host).is_empty() => {
            beside.program
        }
        program => program,
    };
    // A form may begin before the name of a program that was read as one by mistake, but not if it stands as syslog writes it.
    let tag = from(line, header.program);
    let len = tag.len().saturating_sub(header.message.len());
    let is_tag = from(line, header.message).len() == header.message.len()
        && tag.get(..len).is_some_and(|tag| {
            matches!(tag.trim_ascii_end(), [.., b':' | b'-'] | [.., b'"', b']'])
        });
    let others = if is_tag { named } else { beside.program };
    [
        Start { text: message, header, named },
        Start { text: tag, header: at_program, named: others },
        Start { text: from(line, header.host), header: at_host, named: others },
        Start { text: syslog::unframed(line), header: whole, named: others },
    ]
}

/// The line from where a part of it begins; nothing where it is none.
fn from<'a>(line: &'a [u8], part: &[u8]) -> &'a [u8] {
    let at = (part.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize);
    if part.is_empty() { b"" } else { line.get(at..).unwrap_or_default() }
}

impl Normaliser {
    /// Offers a line of syslog to the mappings. `false` where none took it after all, and the line must be read anew.
    #[inline(never)]
    pub(super) fn read_message<'a>(
        &mut self,
        raw: Raw<'a>,
        line: &'a [u8],
        beside: &Header<'a>,
        event: &mut Event,
    ) -> bool {
        if !event.source.is_some_and(|source| self.is_header_only(source)) {
            return true;
        }
        let (times, count) = (event.times, event.get(Field::ActionCount));
        event.times = 1;
        let header = self.header_of(raw, line.trim_ascii_end(), beside);
        let text = syslog::folded(header.message).map_or(header.message, |(_, folded)| folded);
        let text = text.strip_prefix(COOKIE).unwrap_or(text).trim_ascii();
        let is_json = text.starts_with(b"{");
        let (from, mut tape) =
            (event.arena.len(), std::mem::replace(&mut self.message, Tape::new(0)));
        let mut is_mapped = !is_json && self.map_line(raw, line, header, beside, &mut tape, event);
        is_mapped = is_mapped || self.map_object(raw, text, &header, &mut tape, event);
        self.message = tape;
        // What was walked is no layout of the record.
        self.steps.clear();
        // What a pack does not count is not counted, however often syslog repeated it.
        event.times = if is_mapped { event.times.saturating_mul(times) } else { times };
        if is_mapped {
            event.fill(Field::ActionCount, count);
        } else {
            event.arena.truncate(from);
        }
        // Only a mapping that was tried empties the event.
        is_mapped || event.source.is_some()
    }

    /// Offers what the text means as an object, JSON or pairs, to mappings and sources.
    fn map_object(
        &mut self,
        raw: Raw<'_>,
        text: &[u8],
        header: &Header<'_>,
        tape: &mut Tape,
        event: &mut Event,
    ) -> bool {
        tape.clear();
        let Some(object) = wrap::object_of(tape, text, &self.atoms, event) else {
            return false;
        };
        self.learn_container(raw.tag, header);
        if !self.trusts(raw.tag) {
            self.author.learn(header.program);
        }
        let is_of_several = event.notes.has(Note::SeveralEvents);
        let mut at = Some(object);
        for _ in 0..=wrap::MOST {
            let Some(object) = at else { break };
            if self.apply_first(self.sources.len(), raw.tag, tape, object, raw.bytes, event) {
                self.line = Some((object, false));
                settle(header, event);
                return true;
            }
            at = self.inner_object(raw, tape, object, event);
        }
        // A list around the line holds several all the same.
        if !is_of_several {
            event.notes.remove(Note::SeveralEvents);
        }
        false
    }

    /// The object that a shipper wrapped into this one. Text that is wrapped here is that of whoever the header names.
    fn inner_object(
        &self,
        raw: Raw<'_>,
        tape: &mut Tape,
        object: u32,
        event: &mut Event,
    ) -> Option<u32> {
        let keys = &self.wrapping;
        let Outside { listed, is_of_shipper } = keys.look(tape, object, event.texts(raw.bytes));
        let goes_on =
            listed.is_some() || is_of_shipper && wrap::holds_object(tape, object, raw.bytes, keys);
        goes_on.then(|| self.held(listed, tape, object, raw.bytes, event)).flatten()
    }

    /// The object within one that no source knows: the first event of its list, or what is wrapped.
    pub fn held(
        &self,
        listed: Option<(u32, bool)>,
        tape: &mut Tape,
        object: u32,
        input: &[u8],
        event: &mut Event,
    ) -> Option<u32> {
        let Some((first, has_more)) = listed else {
            return wrap::unwrap(tape, object, input, &self.atoms, &self.wrapping, event);
        };
        if has_more {
            event.note(Note::SeveralEvents);
        }
        Some(first)
    }

    /// Remembers which container wrote the line, where one did.
    fn learn_container(&mut self, tag: &[u8], header: &Header<'_>) {
        if let Voucher::Container(name) = header.voucher
            && !self.trusts(tag)
        {
            self.author.learn_container(name.split(|&byte| byte == b' '));
        }
        self.author.learn_from(self.line_author);
    }

    /// Offers a line that no source knows to the mappings that read text.
    #[inline(never)]
    pub(super) fn read_by_forms<'a>(
        &mut self,
        raw: Raw<'a>,
        line: &'a [u8],
        beside: &Header<'a>,
        event: &mut Event,
    ) -> bool {
        let (from, mut tape) =
            (event.arena.len(), std::mem::replace(&mut self.message, Tape::new(0)));
        let header = self.header_of(raw, line.trim_ascii_end(), beside);
        // JSON behind the header of a container runtime or of a relay.
        let is_json = header.message.len() < line.len() && header.message.starts_with(b"{");
        let is_mapped = if is_json {
            self.map_object(raw, header.message, &header, &mut tape, event)
        } else {
            self.map_line(raw, line, header, beside, &mut tape, event)
        };
        self.message = tape;
        self.steps.clear();
        if !is_mapped {
            event.arena.truncate(from);
        }
        is_mapped
    }

    /// By the first mapping that takes what the first form that fits makes of the line.
    fn map_line<'a>(
        &mut self,
        raw: Raw<'a>,
        line: &'a [u8],
        header: Header<'a>,
        beside: &Header<'a>,
        tape: &mut Tape,
        event: &mut Event,
    ) -> bool {
        if self.texts.is_empty() || std::str::from_utf8(line).is_err() {
            return false;
        }
        self.texts.look(line);
        self.learn_container(raw.tag, &header);
        let starts = starts(line, header, beside, raw.time);
        let mut block = 0usize;
        while let Some(mut open) = self.texts.open(block) {
            while open != 0 {
                let number = block.wrapping_mul(64).wrapping_add(open.trailing_zeros() as usize);
                open &= open.wrapping_sub(1);
                let is_mapped = self.map_by(number, raw, &starts, header.program, tape, event);
                if is_mapped || self.effort.is_spent() {
                    return is_mapped;
                }
            }
            block = block.wrapping_add(1);
        }
        false
    }

    /// By the mappings of one form, from each place where it may begin.
    fn map_by<'a>(
        &mut self,
        number: usize,
        raw: Raw<'a>,
        starts: &[Start<'a>],
        program: &[u8],
        tape: &mut Tape,
        event: &mut Event,
    ) -> bool {
        let mut tried: &[u8] = b"";
        for start in starts {
            if start.text.is_empty() || std::ptr::eq(start.text, tried) {
                continue;
            }
            tried = start.text;
            if self.effort.is_spent() {
                return false;
            }
            let from = event.arena.len();
            let author = self.author;
            if !self.trusts(raw.tag) {
                self.author.learn(start.named);
            }
            if let Some((object, is_cut)) = self.object_by_form(number, start.text, tape, event)
                && self.map_by_reader(number, raw, program, tape, object, event)
            {
                if is_cut {
                    event.note(Note::PartLimit);
                }
                settle(&start.header, event);
                self.line = Some((object, true));
                return true;
            }
            self.author = author;
            self.effort.spend(event.arena.len().saturating_sub(from));
            event.arena.truncate(from);
        }
        false
    }

    /// The line as an object, where it is of the form; and whether it has more than was read.
    fn object_by_form(
        &self,
        number: usize,
        text: &[u8],
        tape: &mut Tape,
        event: &mut Event,
    ) -> Option<(u32, bool)> {
        let from = event.arena.len();
        let mut object = Object::begin(&mut event.arena);
        let fits = self.texts.readers.get(number)?.form.read(text, &mut object);
        let (is_cut, is_decoded) = (object.is_cut(), object.is_decoded());
        if !fits || object.end().is_err() {
            return None;
        }
        event.is_decoded |= is_decoded;
        tape.clear();
        let scan = scan(&event.arena, from, Doc::Arena, &self.atoms, tape).ok()?;
        Some((scan.root, is_cut))
    }

    fn map_by_reader(
        &mut self,
        number: usize,
        raw: Raw<'_>,
        program: &[u8],
        tape: &Tape,
        object: u32,
        event: &mut Event,
    ) -> bool {
        let is_trusted = self.trusts(raw.tag);
        self.known.is_of_container = false;
        let is_written = |reader: &Normaliser, index: u16| {
            reader.texts.reads(index, program)
                && (!reader.author.is_known()
                    || reader.texts.programs(index).is_none()
                    || reader.may_be_written(usize::from(index), Bound::Programs))
        };
        let mut nth = 0usize;
        while let Some(index) =
            self.texts.readers.get(number).and_then(|reader| reader.mappings.get(nth)).copied()
        {
            if (is_trusted || is_written(self, index))
                && self.try_one(usize::from(index), raw.tag, tape, object, raw.bytes, event)
            {
                return true;
            }
            nth = nth.wrapping_add(1);
        }
        false
    }
}

/// Sets fields from the header that the mapping did not set.
#[inline(never)]
fn settle(header: &Header<'_>, event: &mut Event) {
    if let (None, Some(time)) = (event.time_ms, header.time) {
        event.put_time(time);
        (event.time_ms, event.is_local_time) = (Some(time), header.is_local);
    }
    for (field, text) in [(Field::EnvHost, header.host), (Field::EnvService, header.program)] {
        if !matches!(text, [] | [b'-']) && !event.has(field) {
            let quoted = event.quote_lossy(text).map_or(Val::None, Val::Json);
            event.fill(field, quoted);
        }
    }
}
