//! Who wrote a record, by its wrapping, and who vouches for what it wraps.

use super::Normaliser;
use super::author::{Author, Bound};
use super::compiled::Compiled;
use crate::event::Event;
use crate::parse::syslog::{self, Voucher};
use crate::parse::tape::Tape;
use crate::parse::{shippers, wrap};
use crate::source;
use crate::value::Doc;

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
        if !is_inner || self.trusts(tag) {
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
        if self.author.is_known() || self.trusts(tag) {
            return;
        }
        let is_alone = tape.children(object).nth(1).is_none();
        if !is_alone {
            let container = self.wrapping.container(tape, object);
            self.author.learn_container(container.names(event.texts(input)));
            if self.author.is_known() {
                return;
            }
            self.learn_process(tape, object, input);
        }
        if !self.author.is_known() {
            let container = self.container_by_place(tag, tape, object, input);
            self.author.learn_container(container.into_iter());
        }
        if !is_alone && !self.author.is_known() {
            let within = |path: &&[&str]| wrap::within(tape, object, input, path, &self.atoms);
            self.author.learn_hearsay(shippers::AUTHOR_PATHS.iter().filter_map(within));
        }
    }

    /// The application that a record names beside a line, where no container or program is named: by a name that it may have chosen itself, and that binds it.
    pub(super) fn stated_author(&self, tape: &Tape, object: u32, input: &[u8]) -> Author {
        let mut author = Author::NONE;
        if self.wrapping.may_name_author(tape, object) {
            let within = |path: &&[&str]| wrap::within(tape, object, input, path, &self.atoms);
            let paths = shippers::AUTHOR_PATHS.iter().chain(shippers::SERVICE_PATHS);
            author.learn_hearsay(paths.filter_map(within));
        }
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

    /// Remembers the unit and the program that wrote the record, as the journal or another shipper names them.
    fn learn_process(&mut self, tape: &Tape, object: u32, input: &[u8]) {
        let [_, programs, ..] = shippers::HEADER_KEYS;
        let part = |keys| wrap::header_part(tape, object, input, keys, &self.atoms, Some);
        let within = |path: &&[&str]| wrap::within(tape, object, input, path, &self.atoms);
        let program = part(programs).or_else(|| shippers::PROGRAM_PATHS.iter().find_map(within));
        let (program, _) = syslog::sender(program.unwrap_or_default());
        let Some(unit) = part(shippers::UNIT_KEYS) else {
            return self.author.learn(program);
        };
        let command = part(shippers::COMMAND_KEYS).unwrap_or_default();
        let is_its_own = command.is_empty() || source::is_same_command(program, command);
        match (unit.ends_with(b".scope"), is_its_own) {
            // The unit of a person's session says no more than the program.
            (true, true) => self.author.learn(program),
            (true, false) => self.author.learn_unit(unit, b""),
            (false, _) => {
                let is_told = is_its_own || shippers::RELAY_COMMANDS.contains(&command);
                self.author.learn_unit(unit, if is_told { program } else { b"" });
            }
        }
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
            wrap::header_part(tape, object, input, keys, &self.atoms, wrap::container_of).or_else(
                || {
                    let path = ["log", "file", "path"];
                    wrap::container_of(wrap::within(tape, object, input, &path, &self.atoms)?)
                },
            )
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
