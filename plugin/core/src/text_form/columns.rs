//! Values by their position (CSV): quoted ones may hold the delimiter, and the quote twice.

use super::object::{Escapes, Object, Piece, Signs};
use crate::text::find_byte;

/// Columns of one form.
pub const MOST_COLUMNS: usize = 256;

/// A compiled list of columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Empty where the value is passed over.
    pub names: Vec<String>,
    pub delimiter: u8,
    pub quote: u8,
    /// A backslash before a quote takes its meaning away.
    pub has_backslash: bool,
    /// Columns that hold one of these values.
    pub wanted: Vec<(usize, Vec<String>)>,
    /// A line of fewer columns does not fit.
    pub least: usize,
}

impl Default for Columns {
    fn default() -> Columns {
        Columns {
            names: Vec::new(),
            delimiter: b',',
            quote: b'"',
            has_backslash: false,
            wanted: Vec::new(),
            least: 1,
        }
    }
}

impl Columns {
    /// Required parts of the line, as text.
    pub fn in_words(&self) -> String {
        let of = |(column, values): &(usize, Vec<String>)| {
            format!(
                "{} = {}",
                self.names.get(*column).map_or("", String::as_str),
                values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(" or ")
            )
        };
        let wanted: Vec<String> = self.wanted.iter().map(of).collect();
        if wanted.is_empty() {
            format!(" ({} at least)", self.least)
        } else {
            format!(" ({})", wanted.join(", "))
        }
    }

    /// Reads a line; columns behind those that have a name are passed over.
    pub fn read(&self, line: &[u8], object: &mut Object<'_>) -> bool {
        let mut rest = Some(line);
        let mut count = 0usize;
        for (column, name) in self.names.iter().enumerate() {
            let Some(text) = rest else { break };
            let (piece, behind) = self.next(text);
            let wanted = self.wanted.iter().find(|(wanted, _)| *wanted == column);
            if wanted.is_some_and(|(_, values)| {
                !values.iter().any(|value| value.as_bytes() == piece.text)
            }) {
                return false;
            }
            if !name.is_empty() && !piece.text.is_empty() {
                object.put(name.as_bytes(), piece);
            }
            rest = behind;
            count = count.wrapping_add(1);
        }
        count >= self.least
    }

    /// The value at the beginning, and what stands behind its delimiter, if there is one.
    fn next<'t>(&self, text: &'t [u8]) -> (Piece<'t>, Option<&'t [u8]>) {
        let quoted = text.strip_prefix(&[self.quote]).and_then(|inner| {
            let end = self.closing(inner)?;
            let piece = Piece {
                text: inner.get(..end)?,
                escapes: if self.has_backslash {
                    Escapes::Breaks(Signs::Quotes)
                } else {
                    Escapes::Doubled(self.quote)
                },
            };
            match inner.get(end.wrapping_add(1)..)? {
                [] => Some((piece, None)),
                [sign, behind @ ..] => (*sign == self.delimiter).then_some((piece, Some(behind))),
            }
        });
        quoted.unwrap_or_else(|| {
            let end = find_byte(text, self.delimiter, 0);
            match text.split_at_checked(end) {
                Some((value, [_, behind @ ..])) => (Piece::plain(value.trim_ascii()), Some(behind)),
                _ => (Piece::plain(text.trim_ascii()), None),
            }
        })
    }

    /// Where the quote stands that closes a value.
    fn closing(&self, inner: &[u8]) -> Option<usize> {
        let mut at = 0usize;
        loop {
            let quote = find_byte(inner, self.quote, at);
            inner.get(quote)?;
            if self.has_backslash {
                let backslashes =
                    inner.get(at..quote)?.iter().rev().take_while(|byte| **byte == b'\\').count();
                if backslashes % 2 == 1 {
                    at = quote.wrapping_add(1);
                    continue;
                }
            } else if inner.get(quote.wrapping_add(1)) == Some(&self.quote) {
                at = quote.wrapping_add(2);
                continue;
            }
            return Some(quote);
        }
    }
}

crate::stored::stored!(struct Columns { names, delimiter, quote, has_backslash, wanted, least });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_form::{Form, Kind, object_of};

    fn read(columns: &Columns, line: &str) -> Option<String> {
        object_of(&Form { after: None, kind: Kind::Columns(columns.clone()) }, line)
    }

    #[test]
    fn values_by_position() {
        let columns = Columns {
            names: ["a", "", "c", "d"].map(str::to_owned).to_vec(),
            least: 3,
            ..Columns::default()
        };
        for (line, object) in [
            ("1,2,3,4", Some(r#"{"a":"1","c":"3","d":"4"}"#)),
            ("1,2,3,4,5,6", Some(r#"{"a":"1","c":"3","d":"4"}"#)),
            ("1, 2 , 3 ,", Some(r#"{"a":"1","c":"3"}"#)),
            ("1,2,3", Some(r#"{"a":"1","c":"3"}"#)),
            ("1,2", None),
            (",,,", Some("{}")),
            (
                "1,\"2,x\",\"say \"\"hi\"\", ann\",\"\"\r\n",
                Some(r#"{"a":"1","c":"say \"hi\", ann"}"#),
            ),
            ("1,2,\"line\nbreak\",4", Some(r#"{"a":"1","c":"line\nbreak","d":"4"}"#)),
            ("1,2,\"not closed,4", Some(r#"{"a":"1","c":"\"not closed","d":"4"}"#)),
            ("1,2,\"a\"b,4", Some(r#"{"a":"1","c":"\"a\"b","d":"4"}"#)),
        ] {
            assert_eq!(read(&columns, line).as_deref(), object, "{line}");
        }
    }

    #[test]
    fn a_column_tells_which_list_it_is() {
        let wanted = vec![(1, vec!["TRAFFIC".to_owned(), "THREAT".to_owned()])];
        let columns = Columns {
            names: ["a", "type"].map(str::to_owned).to_vec(),
            wanted,
            ..Columns::default()
        };
        assert_eq!(read(&columns, "1,THREAT,x").as_deref(), Some(r#"{"a":"1","type":"THREAT"}"#));
        assert_eq!(
            read(&columns, "1,\"TRAFFIC\"").as_deref(),
            Some(r#"{"a":"1","type":"TRAFFIC"}"#)
        );
        assert_eq!(
            (read(&columns, "1,SYSTEM,x"), read(&columns, "THREAT")),
            (None, Some(r#"{"a":"THREAT"}"#.to_owned()))
        );
    }

    #[test]
    fn other_quotes_and_delimiters() {
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        let single = Columns {
            names: names.clone(),
            quote: b'\'',
            has_backslash: true,
            ..Columns::default()
        };
        assert_eq!(
            read(&single, r"1,'SELECT \'x,y\' \\',0").as_deref(),
            Some(r#"{"a":"1","b":"SELECT 'x,y' \\","c":"0"}"#)
        );
        let tabs = Columns { names, delimiter: b'\t', ..Columns::default() };
        assert_eq!(read(&tabs, "1\t2,\"3\"\t\t").as_deref(), Some(r#"{"a":"1","b":"2,\"3\""}"#));
    }

    #[test]
    fn quoted_values_come_back_as_they_went_in() {
        let pieces = ["a", ",", "\"", "\n", "é", " ", "\\", "'"];
        let columns = Columns {
            names: ["a", "b", "c"].map(str::to_owned).to_vec(),
            least: 3,
            ..Columns::default()
        };
        let mut number = 7u64;
        for _ in 0..5_000 {
            let values: Vec<String> = (0..3)
                .map(|_| {
                    let mut value = String::from("x");
                    for _ in 0..5 {
                        number = number
                            .wrapping_mul(6364136223846793005)
                            .wrapping_add(1442695040888963407);
                        value.push_str(pieces[(number >> 40) as usize % pieces.len()]);
                    }
                    value
                })
                .collect();
            let line: Vec<String> =
                values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
            let mut expected = Vec::new();
            let mut object = Object::begin(&mut expected);
            ["a", "b", "c"].iter().zip(&values).for_each(|(name, value)| {
                object.put(name.as_bytes(), Piece::plain(value.as_bytes()))
            });
            assert!(object.end().is_ok());
            assert_eq!(read(&columns, &line.join(",")), Some(String::from_utf8(expected).unwrap()));
        }
    }
}
