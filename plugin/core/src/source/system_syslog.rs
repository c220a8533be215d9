//! Syslog of programs that no other source knows: when, where, and what the program said.

use super::{Lines, Source};
use crate::event::{Category, Class, Field};
use crate::parse::line::{Line, split_once};
use crate::text::behind;

pub static SOURCE: Source = Source {
    id: "system.syslog",
    summary: "Syslog of any program, header only",
    doc: "RFC 5424 and RFC 3164 (<https://www.rfc-editor.org/rfc/rfc5424>, <https://www.rfc-editor.org/rfc/rfc3164>). Time, host, program and process \
          id are read; so are lines without a program if a priority shows that they are syslog. The message is copied to `outcome.reason` unchanged. \
          To read who did what from the message, use a mapping or a source for that program.",
    lines: Some(Lines { is_header_only: true, ..Lines::read_by(text) }),
    ..Source::BLANK
};

/// Reads any line whose framing names a program, or is syslog's by its priority; and what syslog itself says without either.
fn text(line: &mut Line<'_>) -> bool {
    if !line.program.is_empty() {
        line.put(Field::EnvService, line.program);
        line.put(Field::ActionName, line.program);
    } else if repeated(line) {
        return true;
    } else if line.is_nameless {
        line.event.put_word(Field::ActionName, "message");
    } else {
        return false;
    }
    line.event.set_class(Class::Other);
    line.event.set_category(Category::System);
    line.event.put_word(Field::ActorType, "system");
    line.put(Field::OutcomeReason, line.message);
    true
}

/// `last message repeated 3 times`: what was repeated, an earlier line says.
fn repeated(line: &mut Line<'_>) -> bool {
    let Some((count, _)) =
        behind(line.message, b"last message repeated ").and_then(|rest| split_once(rest, b" time"))
    else {
        return false;
    };
    line.event.put_word(Field::ActionName, "message_repeated");
    line.put_number(Field::ActionCount, count);
    line.event.set_class(Class::Other);
    line.event.set_category(Category::System);
    line.event.put_word(Field::ActorType, "system");
    true
}

#[cfg(test)]
mod tests {
    use crate::source::testing::said;

    #[test]
    fn a_priority_says_that_a_line_is_syslogs() {
        let row = "system.syslog message other why=some text host=web1";
        for line in [
            "<13>Mar  9 00:04:10 web1 some text",
            "<13>2026-03-09T00:04:10Z web1 some text",
            "<13>1 2026-03-09T00:04:10Z web1 - - - - some text",
        ] {
            assert_eq!(said(line), row, "{line}");
            assert_eq!(
                said(&format!(
                    "{{\"log\":\"{line}\",\"host\":\"web2\",\"time\":\"2026-03-10T00:00:00Z\"}}"
                )),
                row,
                "{line}"
            );
        }
        for line in [
            "Mar  9 00:04:10 web1 some text",
            "<13>web1 some text",
            "<13>Mar  9 00:04:10 {a=b} some text",
            "<13>1 - web1 - - - - some text",
        ] {
            assert_eq!(said(line), "", "{line}");
        }
    }

    #[test]
    fn devices_and_odd_programs_are_programs() {
        assert_eq!(
            said("Mar  9 00:04:10 sw1 %SYS-5-CONFIG_I: Built x"),
            "system.syslog %SYS-5-CONFIG_I other why=Built x host=sw1 service=%SYS-5-CONFIG_I"
        );
        assert_eq!(
            said("Mar  9 00:04:10 web1 123prog[4]: x"),
            "system.syslog 123prog other why=x host=web1 service=123prog"
        );
    }
}
