//! Common Event Format: seven fields between bars, then pairs whose values end before the next key.
//! Custom fields, `cs1=x cs1Label=Policy`, are also found under their label: `labels.Policy`.

use super::object::{Escapes, Object, Piece, Signs};
use super::pairs::Pairs;

/// Beginning of a line.
const BEGINNING: &[u8] = b"CEF:";

/// The fields of the header behind the version.
const HEADER: [&str; 6] =
    ["deviceVendor", "deviceProduct", "deviceVersion", "signature", "name", "severity"];
/// Custom fields and labels of one event.
const MOST_CUSTOM: usize = 32;
/// Prefix of custom fields.
const CUSTOM: [&[u8]; 6] = [b"cs", b"cn", b"cfp", b"c6a", b"flex", b"deviceCustom"];
static PAIRS: Pairs = Pairs::bare(None, Escapes::Breaks(Signs::Cef));

/// Reads `CEF:0|Vendor|Product|1.0|100|Name|5|src=192.0.2.1 ..`. Shippers that take the program's name off the line leave the version first.
pub fn read(line: &[u8], object: &mut Object<'_>) -> bool {
    let Some(mut rest) =
        behind_version(line.strip_prefix(BEGINNING).unwrap_or(line).trim_ascii_start())
    else {
        return false;
    };
    for name in HEADER {
        let end = super::unescaped(rest, b'|', 0);
        // Some leave out the last bar where nothing follows it.
        if end.is_none() && name != "severity" {
            return false;
        }
        let (value, behind) =
            rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, b""));
        object.put(
            name.as_bytes(),
            Piece { text: value.trim_ascii(), escapes: Escapes::Breaks(Signs::Cef) },
        );
        rest = behind.get(1..).unwrap_or_default();
    }
    extension(rest, object);
    true
}

fn behind_version(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    text.get(digits..)?.strip_prefix(b"|").filter(|_| digits > 0)
}

/// Custom fields and labels are remembered, for either may come first.
fn extension(text: &[u8], object: &mut Object<'_>) {
    let mut labels: [(&[u8], Piece<'_>); MOST_CUSTOM] = [(b"", Piece::plain(b"")); MOST_CUSTOM];
    let mut values = labels;
    let (mut free_labels, mut free_values) = (labels.iter_mut(), values.iter_mut());
    PAIRS.each(text, true, |key, value| {
        object.put(key, value);
        if !CUSTOM.iter().any(|begin| key.starts_with(begin)) || value.text.is_empty() {
            return;
        }
        let (name, place) = match key.strip_suffix(b"Label") {
            Some(name) => (name, free_labels.next()),
            None => (key, free_values.next()),
        };
        if let Some(place) = place {
            *place = (name, value);
        }
    });
    let labelled = labels.iter().filter(|(name, _)| !name.is_empty());
    let mut found = labelled
        .filter_map(|(name, label)| {
            values.iter().find(|(key, _)| key == name).map(|(_, value)| (label.text, *value))
        })
        .peekable();
    if found.peek().is_some() {
        object.open(b"labels");
        found.for_each(|(label, value)| object.put(label, value));
        object.close();
    }
}

#[cfg(test)]
mod tests {
    use crate::text_form::{Form, Kind, object_of};

    fn read(line: &str) -> Option<String> {
        object_of(&Form { after: None, kind: Kind::Cef }, line)
    }

    const HEAD: &str = r#""deviceVendor":"Acme","deviceProduct":"Gate","deviceVersion":"1.0","signature":"100","name":"Login | failed","severity":"5""#;

    #[test]
    fn header_and_extension() {
        for (extension, members) in [
            ("", ""),
            (
                "src=192.0.2.1 suser=ann lee act=",
                r#","src":"192.0.2.1","suser":"ann lee","act":"""#,
            ),
            (
                r"request=http://x/?a\=1&b\=2 msg=line\nbreak C:\\dir",
                r#","request":"http://x/?a=1&b=2","msg":"line\nbreak C:\\dir""#,
            ),
            (
                "cs1=intern cs1Label=Policy cn1Label=Risk level cn1=7 cs2=x cs3Label=none",
                r#","cs1":"intern","cs1Label":"Policy","cn1Label":"Risk level","cn1":"7","cs2":"x","cs3Label":"none","labels":{"Policy":"intern","Risk level":"7"}"#,
            ),
            ("  AcmeKey.x=1  ad.y[0]=2 ", r#","AcmeKey.x":"1","ad.y[0]":"2""#),
        ] {
            let object = format!("{{{HEAD}{members}}}");
            for start in ["CEF:0|", "CEF: 1|", "0|"] {
                assert_eq!(
                    read(&format!(r"{start}Acme|Gate|1.0|100|Login \| failed|5|{extension}")),
                    Some(object.clone()),
                    "{extension}"
                );
            }
        }
    }

    #[test]
    fn what_is_none() {
        for line in [
            "",
            "CEF:",
            "CEF:0|a|b|c|d",
            "CEF:x|a|b|c|d|e|f|",
            "cef:0|a|b|c|d|e|f|",
            "a|b|c|d|e|f|g|h",
            "0 a|b|c|d|e|f|",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert!(read("CEF:0|a|b|c|d|e|5").is_some());
    }
}
