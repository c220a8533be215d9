//! Who wrote a record, by its wrapping, and who vouches for what it wraps.

#[cfg(test)]
mod tests;

use super::Normaliser;
use super::author::{Author, Bound};
use super::compiled::Compiled;
use crate::event::Event;
use crate::parse::authors::Stated;
use crate::parse::line::word;
use crate::parse::syslog::{self, Voucher};
use crate::parse::tape::Tape;
use crate::parse::{shippers, wrap};
use crate::source;
use crate::value::{Doc, Texts};

impl Normaliser {
    /// Who vouches for a line, of a container or none, that names no program: the tag may name one, else it stands under a key which shippers put lines of files under, or under another.
    pub fn voucher<'a>(
        &self,
        tag: &'a [u8],
        container: Option<&'a [u8]>,
        is_of_tail: bool,
    ) -> Voucher<'a> {
        match container.or_else(|| wrap::container_of(tag)) {
            _ if self.trusts(tag) => Voucher::Shipper,
            Some(name) => Voucher::Container(name),
            None if is_of_tail => Voucher::Shipper,
            None => Voucher::Line,
        }
    }

    /// True if a shipper vouches for the text within an object of its own: what came as text itself must also name its program.
    pub fn vouches(&self, tag: &[u8], tape: &Tape, object: u32) -> bool {
        let is_inner = tape.node(object).is_some_and(|node| node.doc() == Doc::Arena);
        // Of a cluster's containers, Fluent Bit writes the records into one group.
        if !is_inner || self.author.is_coarse() || self.trusts(tag) {
            return true;
        }
        // A line that was wrapped twice, and nothing else.
        if tape.children(object).nth(1).is_none() {
            return wrap::is_of_tail(tape, object, &self.atoms);
        }
        let [_, programs, ..] = shippers::HEADER_KEYS;
        programs.iter().any(|key| tape.member(object, self.atoms.find(key.as_bytes())).is_some())
    }

    /// Remembers who wrote what the object wraps: the container, else the program that the shipper names.
    pub fn learn_author(
        &mut self,
        tag: &[u8],
        tape: &Tape,
        object: u32,
        input: &[u8],
        event: &Event,
    ) {
        if self.author.is_settled() || self.trusts(tag) {
            return;
        }
        let is_alone = tape.children(object).nth(1).is_none();
        if !is_alone {
            let container = self.wrapping.container(tape, object);
            self.author.learn_container(container.names(event.texts(input)));
            if self.author.is_settled() {
                return;
            }
            let process = self.process_of(tape, object, input);
            self.author.learn_from(process);
        }
        if !self.author.is_settled() {
            let container = self.container_by_place(tag, tape, object, input);
            self.author.learn_container(container.into_iter());
        }
        if !is_alone && !self.author.is_settled() {
            let stated = self.named_beside(tape, object, event.texts(input));
            self.author.learn_from(stated);
        }
    }

    /// As attributes beside what the object wraps name its author: the application may have chosen them itself.
    fn named_beside(&self, tape: &Tape, object: u32, texts: Texts<'_>) -> Author {
        let mut author = Author::NONE;
        self.wrapping.each_author(tape, object, texts, &self.atoms, &mut |stated| match stated {
            Stated::Name(name) => author.add_hearsay(name),
            Stated::Coarse(name) => author.add_coarse(name),
        });
        author
    }

    /// The application or the process of the journal that a record names beside a line, where no container is named.
    pub(super) fn stated_author(
        &self,
        tape: &Tape,
        object: u32,
        input: &[u8],
        texts: Texts<'_>,
    ) -> Author {
        if self.wrapping.has_journal(tape, object) {
            let found = self.process_of(tape, object, input);
            if found.is_known() {
                return found;
            }
        }
        let author = self.named_beside(tape, object, texts);
        let is_of_machine = |author: &Author| {
            self.writers.is_passed_on_by(author.text())
                || wrap::is_system_log(wrap::file_stated(tape, object, input, &self.atoms))
        };
        if author.is_known() && is_of_machine(&author) { Author::NONE } else { author }
    }

    /// True if a line whose own header names this program was not written by those whom the shipper names.
    #[cold]
    #[inline(never)]
    pub(super) fn is_of_another(&self, program: &[u8], names: &[u8], tag: &[u8]) -> bool {
        // A device puts no name of a program before its messages.
        let is_program = !matches!(program, [b'%', ..]);
        let is_same = |name| source::is_same_command(name, program);
        is_program
            && !names.split(|&byte| byte == b' ').any(is_same)
            && !self.writers.is_passed_on_by(names)
            && !self.trusts(tag)
    }

    /// The unit and the program that wrote the record, as the journal or another shipper names them.
    fn process_of(&self, tape: &Tape, object: u32, input: &[u8]) -> Author {
        let mut author = Author::NONE;
        let [_, programs, ..] = shippers::HEADER_KEYS;
        let part = |keys| wrap::header_part(tape, object, input, keys, &self.atoms, Some);
        let within = |path: &&[&str]| wrap::within(tape, object, input, path, &self.atoms);
        let program = part(programs).or_else(|| shippers::PROGRAM_PATHS.iter().find_map(within));
        let (program, _) = syslog::sender(program.unwrap_or_default());
        let command = part(shippers::COMMAND_KEYS).unwrap_or_default();
        let executable = || part(shippers::EXECUTABLE_KEYS).map(|text| word(text).0);
        let program = match (program, command) {
            (b"", b"") => executable().unwrap_or_default(),
            (b"", command) => command,
            (program, _) => program,
        };
        let Some(unit) = part(shippers::UNIT_KEYS) else {
            if self.wrapping.has_journal(tape, object) {
                author.learn_process(program);
            } else {
                author.learn(program);
            }
            return author;
        };
        let is_its_own = command.is_empty() || source::is_same_command(program, command);
        match (unit.ends_with(b".scope"), is_its_own) {
            // The unit of a person's session says no more than the program.
            (true, true) => author.learn_process(program),
            (true, false) => author.learn_unit(unit, b""),
            (false, _) => {
                let is_told = is_its_own || shippers::RELAY_COMMANDS.contains(&command);
                author.learn_unit(unit, if is_told { program } else { b"" });
            }
        }
        author
    }

    /// The container whose file a record is from, by its tag or by the path that the shipper put beside it.
    #[inline(never)]
    pub(super) fn container_by_place<'a>(
        &self,
        tag: &'a [u8],
        tape: &Tape,
        object: u32,
        input: &'a [u8],
    ) -> Option<&'a [u8]> {
        let by_path = || {
            let keys = shippers::FILE_KEYS;
            let keys_of = |keys| {
                wrap::header_part(tape, object, input, keys, &self.atoms, wrap::container_of)
            };
            let others =
                || keys_of(shippers::TAG_KEYS).or_else(|| keys_of(&[shippers::SOURCE_KEY]));
            keys_of(keys).or_else(others).or_else(|| {
                let path = ["log", "file", "path"];
                wrap::container_of(wrap::within(tape, object, input, &path, &self.atoms)?)
            })
        };
        wrap::container_of(tag).or_else(by_path)
    }

    /// True if whoever wrote the record may pass on events of the source, which is bound so.
    #[cold]
    pub(super) fn may_be_written(&self, index: usize, bound: Bound) -> bool {
        let may_write = |compiled: &Compiled| {
            self.writers.may_write(&self.author, compiled.origin.id(), &compiled.writers)
        };
        !bound.binds(&self.author)
            || self.sources.get(index).is_some_and(may_write)
            || self.texts.are_programs(index, self.author.names())
    }
}
