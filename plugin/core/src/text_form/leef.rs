//! Log Event Extended Format: five fields between bars, then pairs between tabs (1.0), or between a sign that the header names (2.0).

use super::object::{Escapes, Object, Piece, byte_of};
use super::pairs::Pairs;
use crate::text::find_byte;

/// Beginning of a line.
pub const BEGINNING: &[u8] = b"LEEF:";

const HEADER: [&str; 4] = ["deviceVendor", "deviceProduct", "deviceVersion", "eventId"];

/// Reads `LEEF:1.0|Vendor|Product|1.0|100|src=192.0.2.1<tab>..` and `LEEF:2.0|Vendor|Product|1.0|100|^|src=192.0.2.1^..`.
pub fn read(line: &[u8], object: &mut Object<'_>) -> bool {
    let Some((version, mut rest)) = line.strip_prefix(BEGINNING).and_then(split) else {
        return false;
    };
    for name in HEADER {
        let Some((value, behind)) = split(rest) else {
            return false;
        };
        object.put(name.as_bytes(), Piece::plain(value.trim_ascii()));
        rest = behind;
    }
    let mut sign = b'\t';
    // The sign may be left out with its bar: what stands there is the first pair then.
    if version.trim_ascii().starts_with(b"2")
        && let Some((given, behind)) = split(rest)
        && let Some(meant) = sign_of(given)
    {
        (sign, rest) = (meant, behind);
    }
    // Tabs are often made blanks on the way.
    let has_sign = rest.contains(&sign);
    let pairs = Pairs::bare(Some(sign).filter(|_| has_sign), Escapes::None);
    pairs.each(rest, true, |key, value| object.put(key, value));
    true
}

fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (value, behind) = text.split_at_checked(find_byte(text, b'|', 0))?;
    Some((value, behind.get(1..)?))
}

/// The sign that the header names: itself, or in hexadecimal, `x5E` or `0x5e`; a tab where it is empty.
fn sign_of(given: &[u8]) -> Option<u8> {
    let sign = match given {
        [] => b'\t',
        [sign] => *sign,
        [b'0', b'x' | b'X', digits @ ..] | [b'x' | b'X', digits @ ..] => match digits {
            [b'0', b'0', high, low] | [high, low] => byte_of([*high, *low])?,
            [digit] => byte_of([b'0', *digit])?,
            _ => return None,
        },
        _ => return None,
    };
    sign.is_ascii().then_some(sign)
}

#[cfg(test)]
mod tests {
    use crate::text_form::{Form, Kind, object_of};

    fn read(line: &str) -> Option<String> {
        object_of(&Form { after: None, kind: Kind::Leef }, line)
    }

    const OBJECT: &str = r#"{"deviceVendor":"Acme","deviceProduct":"Gate","deviceVersion":"1.0","eventId":"42","src":"192.0.2.1","usrName":"ann lee","url":"http://x/?a=1|2"}"#;

    #[test]
    fn both_versions_and_every_sign() {
        for (head, sign) in [
            ("1.0", "\t"),
            ("2.0", "\t"),
            ("2.0|", "\t"),
            ("2.0|^", "^"),
            ("2.0|x5E", "^"),
            ("2.0|0x5e", "^"),
            ("2.0|0x005E", "^"),
            ("2.0|x09", "\t"),
            ("1.0", " "),
        ] {
            let (version, given) = head
                .split_once('|')
                .map_or((head, String::new()), |(version, given)| (version, format!("{given}|")));
            let pairs = ["src=192.0.2.1", "usrName=ann lee", "url=http://x/?a=1|2"].join(sign);
            let line = format!("LEEF:{version}|Acme|Gate|1.0|42|{given}{pairs}");
            assert_eq!(read(&line).as_deref(), Some(OBJECT), "{line}");
        }
    }

    #[test]
    fn what_is_none() {
        for line in ["", "LEEF:1.0|a|b|c", "leef:1.0|a|b|c|d|x=1", "CEF:0|a|b|c|d|e|f|"] {
            assert_eq!(read(line), None, "{line}");
        }
        assert!(read("LEEF:2.0|a|b|c|d|").is_some());
    }
}
