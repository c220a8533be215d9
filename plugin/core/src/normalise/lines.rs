//! Lines of text: offered to the sources that read some, by themselves or out of a member of a record.

use super::author::Author;
use super::{Compiled, Normaliser};
use crate::event::{Event, Field};
use crate::note::Note;
use crate::parse::line::{Line, is_coloured, next_word, take_colours_out, unmarked};
use crate::parse::shippers;
use crate::parse::syslog::{self, Header, Voucher};
use crate::parse::tape::Tape;
use crate::parse::wrap::{self, Wrapped};
use crate::raw::Raw;
use crate::sketch::Words;
use crate::source::{self, Lines};
use crate::text::{is_plain, unescape};
use crate::time;
use crate::value::{Doc, Span, Val};

impl Normaliser {
    /// A record that is a line of text itself.
    pub fn read_bare(&mut self, raw: Raw<'_>, forms: &mut Words, event: &mut Event) -> bool {
        let line = raw.bytes.get(unmarked(raw.bytes)..).unwrap_or_default();
        let is_plain_line = is_plain(raw.bytes);
        let is_read = if !is_plain_line && is_coloured(line) {
            self.read_coloured(raw, forms, event)
        } else {
            self.read(raw, line, is_plain_line, &Header::default(), forms, event)
        };
        if is_read {
            // It was of a known form after all.
            event.notes.remove(Note::NotJson);
            event.notes.remove(Note::NotStrictJson);
        }
        is_read
    }

    /// The line without a terminal's colour codes.
    #[cold]
    #[inline(never)]
    fn read_coloured(&mut self, raw: Raw<'_>, forms: &mut Words, event: &mut Event) -> bool {
        let mut held = std::mem::take(&mut event.line);
        held.clear();
        let is_copied = crate::text::put(raw.bytes, &mut held).is_ok();
        take_colours_out(&mut held);
        let line = held.get(unmarked(&held)..).unwrap_or_default();
        let beside = Header::default();
        let is_read = is_copied
            && self.read(Raw { bytes: &held, ..raw }, line, is_plain(&held), &beside, forms, event);
        event.line = held;
        event.has_line = is_read;
        is_read
    }

    /// A line in a member of the object, with what other members say of it.
    pub fn read_wrapped(
        &mut self,
        raw: Raw<'_>,
        tape: &Tape,
        object: u32,
        forms: &mut Words,
        event: &mut Event,
    ) -> bool {
        let Some(text) = wrap::text(tape, object, &self.wrapping) else {
            return false;
        };
        let [hosts, programs, pids, times] = shippers::HEADER_KEYS;
        let part = |keys: &[&str]| {
            wrap::header_part(tape, object, raw.bytes, keys, &self.atoms, Some).unwrap_or_default()
        };
        let stamp = |text| {
            wrap::moment(text)
                .map(|time| (time, false))
                .or_else(|| time::yearless(text, raw.time).map(|(time, _)| (time, true)))
        };
        let time = wrap::header_part(tape, object, raw.bytes, times, &self.atoms, stamp);
        let within = |path: &[&str]| {
            wrap::within(tape, object, raw.bytes, path, &self.atoms).unwrap_or_default()
        };
        let is_alone = tape.children(object).nth(1).is_none();
        let first = |flat, paths: &[&[&str]]| match part(flat) {
            b"" if !is_alone => {
                let nested = paths.iter().map(|path| within(path)).find(|text| !text.is_empty());
                nested.unwrap_or_default()
            }
            text => text,
        };
        let (program, pid) = syslog::sender(first(programs, shippers::PROGRAM_PATHS));
        // The journal knows a process better than its own words do; of the audit daemon's records it knows whom they are about.
        let command = part(shippers::COMMAND_KEYS);
        let is_own = command.is_empty()
            || source::is_same_command(program, command)
            || source::is_of_command(program, command) && !self.texts.is_refused(program, command)
            || part(shippers::TRANSPORT_KEYS) == b"audit";
        let container = self.wrapping.container(tape, object);
        let program = match program {
            // The runtime's own command is no container's.
            none if none.is_empty() && container.name.is_some() => none,
            program if is_own && !program.is_empty() => program,
            _ => command,
        };
        if self.author.is_coarse() {
            self.author.learn_container(container.names(event.texts(raw.bytes)));
        }
        let (mut author, mut stated) = (self.author, self.author);
        if !author.is_known() {
            author.learn_container(container.names(event.texts(raw.bytes)));
            if !author.is_known() {
                let container = if program.is_empty() {
                    self.container_by_place(raw.tag, tape, object, raw.bytes)
                } else {
                    wrap::container_of(raw.tag)
                };
                author.learn_container(container.into_iter());
            }
            // An object is no line.
            let is_line = text.doc != Doc::Input
                || raw.bytes.get(text.content.start).is_some_and(|&byte| byte != b'{');
            let may_state = || program.is_empty() || self.wrapping.has_journal(tape, object);
            if !author.is_known() && !is_alone && is_line && may_state() {
                stated = self.stated_author(tape, object, raw.bytes, event.texts(raw.bytes));
            }
        }
        self.line_author = match author.is_known() {
            _ if self.trusts(raw.tag) => Author::NONE,
            true => author,
            false => stated,
        };
        let is_passed_on = || self.trusts(raw.tag) || self.writers.is_passed_on_by(author.text());
        let is_named = !program.is_empty();
        let voucher = if self.author.is_hearsay() && !is_named {
            self.voucher(raw.tag, None, false)
        } else if self.author.is_known() {
            Voucher::Container(author.text())
        } else if program.is_empty() {
            let is_of_file = || {
                wrap::is_of_tail(tape, object, &self.atoms)
                    && !self.wrapping.has_stream(tape, object)
                    && !stated.is_known()
            };
            let name = Some(author.text()).filter(|name| !name.is_empty());
            self.voucher(raw.tag, name, name.is_none() && is_of_file())
        } else if author.is_known() && !is_passed_on() {
            // The keys beside the line may be what the application in the container printed.
            Voucher::Container(author.text())
        } else {
            Voucher::Shipper
        };
        let beside = Header {
            time: time.map(|(time, _)| time),
            is_local: time.is_none_or(|(_, is_local)| is_local),
            host: first(hosts, shippers::HOST_PATHS),
            program,
            voucher,
            author: match voucher {
                Voucher::Container(_) => b"",
                // It collects what others write.
                _ if author.is_known() && !author.is_hearsay() => b"",
                _ if !program.is_empty() => program,
                _ => stated.text(),
            },
            pid: if pid.is_empty() { part(pids) } else { pid },
            file: match source::MEMORY {
                Some(memory) if (memory.asks_for_file)(raw.bytes, &text, forms) => {
                    match (wrap::file_stated(tape, object, raw.bytes, &self.atoms), voucher) {
                        (b"", Voucher::Container(name)) => name,
                        (b"", _) => wrap::file_of(tape, object, &text, is_alone, &self.wrapping),
                        (file, _) => file,
                    }
                }
                _ => b"",
            },
            ..Header::default()
        };
        let is_read = self.read_text(raw, text, beside, forms, event);
        if is_read {
            for (field, name) in
                [(Field::EnvService, container.name), (Field::EnvHost, container.host)]
            {
                let is_plain = |name: &Span| {
                    name.doc == Doc::Input && !event.texts(raw.bytes).token(*name).contains(&b'\\')
                };
                event.fill(field, name.filter(is_plain).map_or(Val::None, Val::Json));
            }
        }
        is_read
    }

    /// A line that stands in the record between quotes, from `start` on, of a form that is read there.
    pub fn read_in_place(
        &mut self,
        raw: Raw<'_>,
        start: usize,
        forms: &mut Words,
        event: &mut Event,
    ) -> bool {
        if !raw.bytes.get(start).is_some_and(u8::is_ascii_digit) {
            return false;
        }
        let mut line = Line {
            text: raw.bytes,
            message: b"",
            program: b"",
            pid: b"",
            is_nameless: false,
            now: raw.time,
            tag: raw.tag,
            file: wrap::file_of_sole(start),
            voucher: Voucher::Shipper,
            plain: raw.bytes,
            days: &mut self.before.days,
            proxies: &self.proxies,
            forms,
            event,
        };
        for reader in &self.readers_in_place {
            if (reader.read)(&mut line, raw.bytes, start) {
                line.event.source = Some(reader.source);
                line.event.put_word(Field::Source, reader.id);
                return true;
            }
        }
        false
    }

    /// A line that stands in the record between quotes.
    pub fn read_text(
        &mut self,
        raw: Raw<'_>,
        text: Wrapped,
        beside: Header<'_>,
        forms: &mut Words,
        event: &mut Event,
    ) -> bool {
        if !text.is_escaped && !text.is_list && text.doc == Doc::Input {
            let Some(line) =
                raw.bytes.get(..text.content.end).and_then(|head| head.get(text.content.start..))
            else {
                return false;
            };
            let line = line.get(unmarked(line)..).unwrap_or_default();
            return !matches!(line, [b'{', ..])
                && self.read(raw, line, true, &beside, forms, event);
        }
        // What the text means is written out, and read there.
        let mut held = std::mem::take(&mut event.line);
        held.clear();
        let stands_in = if text.doc == Doc::Input { raw.bytes } else { &event.arena };
        let content = stands_in.get(text.content).unwrap_or_default();
        let is_copied = if text.is_list {
            wrap::put_list(content, &mut held).is_some()
        } else {
            unescape(content, &mut held).is_ok()
        };
        if is_coloured(&held) {
            take_colours_out(&mut held);
        }
        let line = held.get(unmarked(&held)..).unwrap_or_default();
        let is_read = is_copied
            && !matches!(line, [b'{', ..])
            && self.read(Raw { bytes: &held, ..raw }, line, is_plain(&held), &beside, forms, event);
        event.line = held;
        event.has_line = is_read;
        is_read
    }

    /// Offers the line to each source that reads text, and to the mappings what a program said that none of them knows.
    fn read<'a>(
        &mut self,
        raw: Raw<'a>,
        text: &'a [u8],
        is_plain: bool,
        beside: &Header<'a>,
        forms: &mut Words,
        event: &mut Event,
    ) -> bool {
        let is_read = self.read_by_sources(raw, text, is_plain, beside, forms, event);
        if is_read && self.mappings > 0 && !self.read_message(raw, text, beside, event) {
            return self.read_by_sources(raw, text, is_plain, beside, forms, event);
        }
        is_read || !self.texts.is_empty() && self.read_by_forms(raw, text, beside, event)
    }

    /// Sets fields of the framing and of keys beside the line.
    #[inline(always)]
    pub(super) fn header_of<'a>(
        &mut self,
        raw: Raw<'a>,
        text: &'a [u8],
        beside: &Header<'a>,
    ) -> Header<'a> {
        let (text, stamp) = without_stream(text);
        let header = match syslog::read(text, raw.time, &mut self.before) {
            Some(own)
                if !own.program.is_empty()
                    && !beside.author.is_empty()
                    && own.program != beside.author
                    && self.is_of_another(own.program, beside.author, raw.tag) =>
            {
                // Whoever is named wrote the header, too.
                Header { voucher: Voucher::Container(beside.author), ..own.or(beside) }
            }
            Some(own) => own.or(beside),
            None => Header { message: text, ..*beside },
        };
        if stamp.is_empty() {
            header
        } else {
            let file = match header.file {
                [] | [0, ..] => wrap::STREAM_FRAME,
                file => file,
            };
            // Some container wrote it, and nothing but the tag may say which.
            let voucher = match header.voucher {
                Voucher::Shipper if !self.trusts(raw.tag) => {
                    wrap::container_of(raw.tag).map_or(Voucher::Line, Voucher::Container)
                }
                voucher => voucher,
            };
            header.or(&Header { time: time::parse(stamp), file, voucher, ..Header::default() })
        }
    }

    /// Cells point into `raw.bytes`, of which any part is plain if `is_plain`.
    fn read_by_sources<'a>(
        &mut self,
        raw: Raw<'a>,
        text: &'a [u8],
        is_plain: bool,
        beside: &Header<'a>,
        forms: &mut Words,
        event: &mut Event,
    ) -> bool {
        let text = text.trim_ascii_end();
        if text.is_empty() {
            return false;
        }
        let header = self.header_of(raw, text, beside);
        let plain = if is_plain { raw.bytes } else { b"" };
        let mut line = Line {
            text: raw.bytes,
            message: text,
            program: b"",
            pid: b"",
            is_nameless: false,
            now: raw.time,
            tag: raw.tag,
            file: b"",
            voucher: Voucher::Shipper,
            plain,
            days: &mut self.before.days,
            proxies: &self.proxies,
            forms,
            event,
        };
        syslog::apply(&header, &mut line);
        let (message, filled) = (line.message, line.event.filled());
        for reader in &self.readers {
            if (reader.read)(&mut line) {
                line.event.source = Some(reader.source);
                line.event.put_word(Field::Source, reader.id);
                return true;
            }
            line.message = message;
            // A source that put nothing leaves the event as it was.
            if line.event.filled() != filled {
                apply_again(header, &mut line);
            }
        }
        line.event.unfill();
        false
    }
}

/// Without what container runtimes put before a line, `2026-03-10T13:55:36.1Z stdout F `, where no one took that off; and its time, else nothing.
#[inline(always)]
fn without_stream(text: &[u8]) -> (&[u8], &[u8]) {
    // Few lines have their date so.
    if matches!(text.get(10), Some(b'T')) && matches!(text.first(), Some(b'0'..=b'9')) {
        behind_stream(text).unwrap_or((text, b""))
    } else {
        (text, b"")
    }
}

#[inline(never)]
fn behind_stream(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (stamp, rest) = next_word(text);
    let ([b's', b't', b'd', .., b' ', b'F' | b'P', b' '], rest) = rest.split_first_chunk::<9>()?
    else {
        return None;
    };
    time::parse(stamp).map(|_| (rest, stamp))
}

/// Takes back what a source put in that could not read the line after all.
#[cold]
#[inline(never)]
fn apply_again<'a>(header: Header<'a>, line: &mut Line<'a>) {
    line.event.unfill();
    syslog::apply(&header, line);
}

/// A source that reads lines of text by such a function.
pub(super) struct Reader<F> {
    source: u16,
    id: &'static str,
    read: F,
}

impl<F> Reader<F> {
    /// Those of a list of sources that have one.
    pub(super) fn of(sources: &[Compiled], read: impl Fn(&Lines) -> Option<F>) -> Vec<Reader<F>> {
        let readers = (0u16..).zip(sources).filter_map(|(source, compiled)| {
            let known = compiled.origin.source()?;
            Some(Reader { source, id: known.id, read: read(known.lines.as_ref()?)? })
        });
        readers.collect()
    }
}
