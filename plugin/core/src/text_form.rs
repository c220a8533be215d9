//! Forms of lines of text: how a pack reads a line as a flat object of strings.

pub mod cef;
pub mod columns;
pub mod dissect;
pub mod eventlog;
pub mod leef;
pub mod object;
pub mod pairs;

use columns::Columns;
use dissect::Dissect;
use object::Object;
use pairs::Pairs;

/// One form of line, and what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Text before the columns or pairs, with fields of its own.
    pub after: Option<Dissect>,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `%{field}` between literal pieces.
    Line(Dissect),
    /// Values by position.
    Columns(Columns),
    /// Keys with values.
    Pairs(Pairs),
    /// Common Event Format.
    Cef,
    /// Log Event Extended Format.
    Leef,
    /// Windows events, as lines and as objects.
    EventLog,
}

impl Form {
    /// Reads a line (UTF-8) in one pass. What was written of a line that does not fit, the caller takes back.
    pub fn read(&self, line: &[u8], object: &mut Object<'_>) -> bool {
        let mut line = without_end(line);
        let whole = line;
        if let Some(after) = &self.after {
            let Some(rest) = after.read_head(line, object) else {
                return false;
            };
            line = rest;
        }
        match &self.kind {
            Kind::Line(dissect) => dissect.read(line, object),
            Kind::Columns(columns) => columns.read(line, object),
            Kind::Pairs(pairs) => match &self.after {
                Some(after) if !pairs.joined.is_empty() => {
                    let head = whole.get(..whole.len().saturating_sub(line.len()));
                    pairs.read_joined(head.unwrap_or_default(), line, after, object)
                }
                after => pairs.read(line, after.is_some(), object),
            },
            Kind::Cef => cef::read(line, object),
            Kind::Leef => leef::read(line, object),
            Kind::EventLog => eventlog::read(line, object),
        }
    }

    /// Words of which a line of this form has at least one; empty where it may have none.
    pub fn words(&self) -> Vec<&[u8]> {
        let after = self.after.as_ref().map_or(&b""[..], Dissect::word);
        match &self.kind {
            Kind::Line(dissect) => vec![dissect.word()],
            // Shippers that take the program's name off a line take its signature.
            Kind::Cef => vec![],
            Kind::Leef => vec![leef::BEGINNING],
            Kind::EventLog => eventlog::WORDS.to_vec(),
            Kind::Columns(columns) if after.is_empty() => columns
                .wanted
                .iter()
                .map(|(_, values)| values.iter().map(String::as_bytes).collect())
                .next()
                .unwrap_or_default(),
            Kind::Columns(_) | Kind::Pairs(_) => vec![after],
        }
    }

    /// False if the form makes no such field of any line.
    pub fn may_have(&self, field: &str) -> bool {
        let has = |dissect: &Dissect| dissect.names().any(|name| name == field);
        let is_before = self.after.as_ref().is_some_and(has);
        is_before
            || match &self.kind {
                Kind::Line(dissect) => has(dissect),
                Kind::Columns(columns) => columns.names.iter().any(|name| name == field),
                Kind::Pairs(_) | Kind::Cef | Kind::Leef | Kind::EventLog => true,
            }
    }

    /// True if the field's name stands in the line beside its value.
    pub fn shows(&self, field: &str) -> bool {
        let is_before =
            self.after.as_ref().is_some_and(|after| after.names().any(|name| name == field));
        let is_own = |pairs: &Pairs| pairs.joined.is_empty() || !field.contains('_');
        matches!(&self.kind, Kind::Pairs(pairs) if is_own(pairs) && field != pairs::ARGUMENTS)
            && !is_before
    }

    /// True if the text of the field in the line may differ from its value.
    pub fn rewrites(&self, field: &str) -> bool {
        match &self.kind {
            Kind::Pairs(pairs) => {
                let is_joined = || !pairs.joined.is_empty() && field.contains('_');
                field.ends_with(pairs::ARGUMENTS)
                    || pairs
                        .hex
                        .iter()
                        .any(|key| key == field || is_joined() && field.ends_with(key))
            }
            Kind::Cef | Kind::Leef | Kind::EventLog => true,
            Kind::Line(_) | Kind::Columns(_) => false,
        }
    }

    /// As lists of conditions say it.
    pub fn in_words(&self) -> String {
        let after = self
            .after
            .as_ref()
            .map_or(String::new(), |after| format!(" after \"{}\"", after.pattern()));
        match &self.kind {
            Kind::Line(dissect) => format!("text \"{}\"", dissect.pattern()),
            Kind::Columns(columns) => format!("text of columns{}{after}", columns.in_words()),
            Kind::Pairs(_) => format!("text of pairs{after}"),
            Kind::Cef => format!("text in CEF{after}"),
            Kind::Leef => format!("text in LEEF{after}"),
            Kind::EventLog => format!("a Windows event{after}"),
        }
    }
}

/// Without line ends, blanks and zeros at the end, and blanks at the beginning. A tab may be a delimiter.
fn without_end(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [rest @ .., b'\n' | b'\r' | b' ' | 0] = line {
        line = rest;
    }
    crate::parse::line::skip_blanks(line)
}

/// Where the sign stands first from `from` on without an odd number of backslashes before it.
pub(super) fn unescaped(text: &[u8], sign: u8, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at = crate::text::find_byte(text, sign, at);
        let before = text.get(from..at)?;
        text.get(at)?;
        if before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0 {
            return Some(at);
        }
        at = at.wrapping_add(1);
    }
}

/// Result of the forms on a line, for tests.
#[cfg(test)]
pub(super) fn object_of(form: &Form, line: &str) -> Option<String> {
    let mut arena = b"before ".to_vec();
    let mut object = Object::begin(&mut arena);
    let fits = form.read(line.as_bytes(), &mut object);
    assert!(object.end().is_ok());
    let text = String::from_utf8(arena).unwrap_or_else(|wrong| panic!("{wrong} of {line:?}"));
    fits.then(|| text.trim_start_matches("before ").to_owned())
}

crate::stored::stored!(struct Form { after, kind });
crate::stored::stored!(enum Kind { 0 Line { 0: dissect }, 1 Columns { 0: columns }, 2 Pairs { 0: pairs }, 3 Cef {}, 4 Leef {}, 5 EventLog {} });

#[cfg(test)]
mod tests {
    use super::*;

    fn forms() -> Vec<Form> {
        let bare = |kind| Form { after: None, kind };
        let after =
            Some(Dissect::compile_head("type=%{type} msg=audit(%{stamp}:%{serial}): ").unwrap());
        let columns = Columns {
            names: ["a", "", "c", "d"].map(str::to_owned).to_vec(),
            least: 2,
            ..Columns::default()
        };
        let nested = Pairs { nested: Some(b'\''), hex: vec!["cmd".to_owned()], ..Pairs::QUOTED };
        vec![
            bare(Kind::Line(Dissect::compile("%{a} [%{b}] \"%{c}\": %{d}").unwrap())),
            bare(Kind::Columns(columns.clone())),
            bare(Kind::Columns(Columns {
                quote: b'\'',
                has_backslash: true,
                delimiter: b'\t',
                ..columns
            })),
            bare(Kind::Pairs(Pairs::QUOTED)),
            bare(Kind::Pairs(Pairs { between: Some(b','), assign: b": ".into(), ..Pairs::QUOTED })),
            Form { after, kind: Kind::Pairs(nested) },
            bare(Kind::Cef),
            bare(Kind::Leef),
            bare(Kind::EventLog),
        ]
    }

    #[test]
    fn whatever_the_line_the_object_is_json() {
        let pieces = [
            "CEF:0|",
            "LEEF:2.0|",
            "|",
            "a",
            "=",
            " ",
            "\"",
            "'",
            "\\",
            ",",
            "\t",
            "é",
            "\u{0}",
            "\n",
            "cmd=",
            "6c73",
            ": ",
            "msg=",
            "type=X msg=audit(1.2:3): ",
            "cs1Label=",
            "cs1=",
            "0x5e|",
            "^",
            "[",
            "]",
            "\u{1d}",
            "\"\"",
            "<Event><System><EventID>1</EventID><Channel>c</Channel>",
            "<Data Name='",
            "</",
            ">",
            "&#x",
            "Message=Subject:",
            "EventCode=1\nLogName=c\n",
            "MSWinEventLog\t1\tc\t\t\t1\t",
        ];
        let atoms = crate::parse::atom::Atoms::new(std::iter::empty());
        let (forms, mut number, mut fitting) = (forms(), 1u64, 0);
        for round in 0..40_000 {
            let mut line = String::from(
                [
                    "",
                    "CEF:0|a|b|c|d|e|f|",
                    "LEEF:1.0|a|b|c|d|",
                    "type=X msg=audit(1.2:3): ",
                    "a=\"",
                    "a: b, ",
                ][round % 6],
            );
            for _ in 0..12 {
                number = number.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                line.push_str(pieces[(number >> 40) as usize % pieces.len()]);
            }
            for form in &forms {
                let Some(object) = object_of(form, &line) else {
                    continue;
                };
                fitting += 1;
                let scan = crate::parse::json::scan(
                    object.as_bytes(),
                    0,
                    crate::value::Doc::Input,
                    &atoms,
                    &mut crate::parse::tape::Tape::new(1024),
                );
                assert!(scan.is_ok_and(|scan| scan.fault.is_none()), "{form:?} {line:?} {object}");
            }
        }
        assert!(fitting > 50_000, "{fitting}");
    }

    #[test]
    fn a_line_of_too_many_values_is_read_in_part() {
        let line: String =
            (0..object::MOST_MEMBERS + 9).map(|number| format!("k{number}=v ")).collect();
        let mut arena = Vec::new();
        let mut object = Object::begin(&mut arena);
        assert!(forms()[3].read(line.as_bytes(), &mut object) && object.is_cut());
        assert_eq!(object.end(), Ok(object::MOST_MEMBERS));
    }

    #[test]
    fn hostile_lines_take_time_by_their_length_alone() {
        // Each would take minutes if a sign were looked for anew to the end from every place.
        for piece in [
            "a=\"b ",
            "a=",
            "\"a\"b,",
            "a\\|",
            "=",
            "'",
            "a=\\\"",
            "a: b, ",
            "\\",
            "<",
            "<a b='",
            "&",
            "MSWinEventLog",
            "Subject: ",
        ] {
            let line = format!("CEF:0|a|b|c|d|e|f|{}", piece.repeat(200_000));
            for form in forms() {
                let mut arena = Vec::new();
                form.read(line.as_bytes(), &mut Object::begin(&mut arena));
                form.read(
                    line.get(18..).unwrap_or_default().as_bytes(),
                    &mut Object::begin(&mut arena),
                );
            }
        }
    }
}
