//! One option of the policy: its kind, how its value is read, what to say when it cannot be.

use crate::address::Range;
use crate::calendar::{Holiday, Hours, Zone, end_of_day};
use crate::pattern::Origins;
use crate::severity::Severity;
use crate::time::{self, DAY, HOUR, MINUTE, Millis, SECOND};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// An option: its key, kind, default as it would be written, and meaning.
#[derive(Debug)]
pub struct Opt {
    pub key: &'static str,
    pub kind: Kind,
    /// TOML.
    pub default: &'static str,
    pub doc: &'static str,
}

impl Opt {
    pub const fn new(
        key: &'static str,
        kind: Kind,
        default: &'static str,
        doc: &'static str,
    ) -> Opt {
        Opt { key, kind, default, doc }
    }

    pub fn default_value(&self) -> Value {
        DeValue::parse(self.default)
            .ok()
            .and_then(|value| self.kind.read(value.get_ref()).ok())
            .unwrap_or(Value::Bool(false))
    }
}

/// The kinds of option; numbers, durations (milliseconds) and sizes (bytes) with their least and greatest.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Bool,
    Whole(i64, i64),
    Duration(Millis, Millis),
    Size(i64, i64),
    Text,
    /// A key of our own in the output.
    Name,
    Choice(&'static [&'static str]),
    /// A list of words out of these.
    Many(&'static [&'static str]),
    /// Names, with `*` for any text; one may stand without a list.
    Patterns,
    /// As above, with addresses and ranges of them.
    Origins,
    /// Addresses and ranges of them; one may stand without a list.
    Networks,
    /// Words, each with its patterns.
    Groups,
    /// Severities, each with its patterns.
    Severities,
    /// Texts, each with its patterns.
    Lists,
    /// Words, each with addresses and ranges.
    Ranges,
    /// Days, each with patterns.
    Leavers,
    /// Names of files beside the policy.
    Files,
    /// A date or a time, up to which something holds; a date is meant with its whole day.
    Until,
    /// A time zone, by name or rule.
    Zone,
    /// Weekdays with hours, one or a list.
    Hours,
    /// Days of one year or every year.
    Holidays,
    /// Sixteen hexadecimal digits.
    Fingerprint,
    /// A condition as rules have it, or a list of them. The reader of rules reads it.
    Conditions,
}

/// An option's value, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Bool(bool),
    Number(i64),
    Text(String),
    Many(Vec<String>),
    Groups(Vec<(String, Vec<String>)>),
}

const TIMES: &[(&str, i64)] = &[("s", SECOND), ("m", MINUTE), ("h", HOUR), ("d", DAY)];
const SIZES: &[(&str, i64)] = &[
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

/// The value of a whole number, in whatever base it is written; none where it is beyond 64 bits.
pub fn whole(integer: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

impl Kind {
    /// The value, or what is wrong with it.
    pub fn read(&self, value: &DeValue<'_>) -> Result<Value, String> {
        match (*self, value) {
            (Kind::Bool, DeValue::Boolean(bool)) => Ok(Value::Bool(*bool)),
            (Kind::Whole(least, most), DeValue::Integer(integer)) => {
                let number = whole(integer).filter(|number| (least..=most).contains(number));
                number
                    .map(Value::Number)
                    .ok_or_else(|| format!("{} is out of range", integer.as_str()))
            }
            (Kind::Duration(least, most), DeValue::String(text)) => {
                self.scaled(text, TIMES, least, most)
            }
            (Kind::Size(least, most), DeValue::String(text)) => {
                self.scaled(text, SIZES, least, most)
            }
            (Kind::Text, DeValue::String(text)) => Ok(Value::Text(text.to_string())),
            (Kind::Name, DeValue::String(text)) => {
                let fits = !text.is_empty()
                    && text.len() <= 64
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte));
                // These stand beside it, where a record cannot be carried as it is.
                let fits = fits && !["raw", "raw_base64"].contains(&text.as_ref());
                if fits {
                    Ok(Value::Text(text.to_string()))
                } else {
                    Err(format!("`{text}` cannot be a key"))
                }
            }
            (Kind::Choice(words), DeValue::String(text)) => match words.contains(&text.as_ref()) {
                true => Ok(Value::Text(text.to_string())),
                false => Err(format!("`{text}` is not one of the choices")),
            },
            (Kind::Many(words), DeValue::Array(items)) => items
                .iter()
                .map(|item| choice(item.get_ref(), words))
                .collect::<Result<_, _>>()
                .map(Value::Many),
            (Kind::Patterns, DeValue::String(_) | DeValue::Array(_)) => {
                names(value, pattern).map(Value::Many)
            }
            (Kind::Origins, DeValue::String(_) | DeValue::Array(_)) => {
                names(value, origin).map(Value::Many)
            }
            (Kind::Networks, DeValue::String(_) | DeValue::Array(_)) => {
                names(value, network).map(Value::Many)
            }
            (Kind::Hours, DeValue::String(_) | DeValue::Array(_)) => {
                names(value, hours).map(Value::Many)
            }
            (Kind::Holidays, DeValue::Array(_)) => names(value, holiday).map(Value::Many),
            (Kind::Zone, DeValue::String(text)) => match Zone::read(text) {
                Some(_) => Ok(Value::Text(text.to_string())),
                None => {
                    let hint = Zone::nearest(text)
                        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                    Err(format!("`{text}` is not a time zone{hint}"))
                }
            },
            (Kind::Groups, DeValue::Table(table)) => {
                groups(table, word, pattern).map(Value::Groups)
            }
            (Kind::Severities, DeValue::Table(table)) => {
                groups(table, severity, pattern).map(Value::Groups)
            }
            (Kind::Lists, DeValue::Table(table)) => {
                groups(table, pattern, pattern).map(Value::Groups)
            }
            (Kind::Ranges, DeValue::Table(table)) => {
                groups(table, word, network).map(Value::Groups)
            }
            (Kind::Leavers, DeValue::Table(table)) => {
                let day = |text: &str| end_of_day(text).map(drop);
                groups(table, day, pattern).map(Value::Groups)
            }
            (Kind::Files, DeValue::String(_) | DeValue::Array(_)) => {
                let files = names(value, file)?;
                match files.len() > MOST_FILES {
                    true => Err(format!("{} are more than {MOST_FILES} files", files.len())),
                    false => Ok(Value::Many(files)),
                }
            }
            (Kind::Conditions, DeValue::Table(_) | DeValue::Array(_)) => Ok(Value::Bool(true)),
            (Kind::Until, DeValue::String(text)) => until(text).map(Value::Number),
            (Kind::Until, DeValue::Datetime(datetime)) => {
                until(&datetime.to_string()).map(Value::Number)
            }
            (Kind::Fingerprint, DeValue::String(text)) => {
                let is_one = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                if is_one {
                    Ok(Value::Text(text.to_ascii_lowercase()))
                } else {
                    Err(format!("`{text}` is not a fingerprint"))
                }
            }
            _ => Err(format!("{} is not {}", with_article(value.type_str()), self.name())),
        }
    }

    fn scaled(
        &self,
        text: &str,
        units: &[(&str, i64)],
        least: i64,
        most: i64,
    ) -> Result<Value, String> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
        let scale = units.iter().find(|(name, _)| *name == unit.trim()).map(|(_, scale)| *scale);
        let Some((number, scale)) = number.parse::<i64>().ok().zip(scale) else {
            return Err(format!("`{text}` is not {}", self.name()));
        };
        let number = number.checked_mul(scale).filter(|number| (least..=most).contains(number));
        number.map(Value::Number).ok_or_else(|| format!("`{text}` is out of range"))
    }

    /// With its article.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Bool => "true or false",
            Kind::Whole(..) => "a whole number",
            Kind::Duration(..) => "a duration",
            Kind::Size(..) => "a size",
            Kind::Text | Kind::Name | Kind::Choice(_) => "a string",
            Kind::Many(_)
            | Kind::Patterns
            | Kind::Origins
            | Kind::Networks
            | Kind::Hours
            | Kind::Holidays
            | Kind::Files => "a list",
            Kind::Groups
            | Kind::Severities
            | Kind::Lists
            | Kind::Ranges
            | Kind::Leavers
            | Kind::Conditions => "a table",
            Kind::Until => "a date",
            Kind::Fingerprint | Kind::Zone => "a string",
        }
    }

    /// Description of the accepted values.
    pub fn expected(&self) -> String {
        let quoted = |words: &[&str]| {
            words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
        };
        match self {
            Kind::Bool | Kind::Text => self.name().to_owned(),
            Kind::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Duration(least, most) => format!("a duration from \"{}\" to \"{}\" in s, m, h or d", duration(*least), duration(*most)),
            Kind::Size(least, most) => format!("a size from \"{}\" to \"{}\" in B, kB, KiB, MB, MiB, GB or GiB", size(*least), size(*most)),
            Kind::Name => "a string of letters, digits and `_-.@`, at most 64".to_owned(),
            Kind::Choice(words) => format!("one of {}", quoted(words)),
            Kind::Many(words) => format!("a list of {}", quoted(words)),
            Kind::Patterns => format!("a name or a list of names, with `*` for any text, at most {LONGEST} bytes each"),
            Kind::Origins => "an address, a range such as \"203.0.113.0/24\", a name with `*` for any text, or a list of these".to_owned(),
            Kind::Networks => "an address, a range such as \"203.0.113.0/24\", or a list of these".to_owned(),
            Kind::Groups => "a table: keys of letters, digits and `-`, each with a list of names, with `*` for any text".to_owned(),
            Kind::Severities => format!("a table: keys are severities ({}), each with a list of ids of rules, with `*` for any text", Severity::NAMES.join(", ")),
            Kind::Until => "a date such as 2026-12-31 (until the end of that day, UTC), or a time with its zone, such as 2026-12-31T18:00:00Z".to_owned(),
            Kind::Lists => "a table: keys are any text, each with a list of names, with `*` for any text".to_owned(),
            Kind::Ranges => "a table: keys of letters, digits and `-`, each with a list of addresses and ranges such as \"203.0.113.0/24\"".to_owned(),
            Kind::Leavers => "a table: keys are days such as 2026-12-31, each with a list of names, with `*` for any text".to_owned(),
            Kind::Files => "a file name or a list of file names, relative to the policy's directory".to_owned(),
            Kind::Zone => "an IANA name such as \"Europe/Berlin\", hours ahead of UTC such as \"+01:00\" or \"UTC+1\", or a POSIX rule such as \"CET-1CEST,M3.5.0,M10.5.0/3\"".to_owned(),
            Kind::Hours => "weekdays and hours such as \"Mon-Fri 08:00-18:00\", \"Sat,Sun 10:00-12:00\" or \"Fri 22:00-06:00\", as one string or a list".to_owned(),
            Kind::Holidays => "a list of days such as \"2026-12-25\", or \"12-26\" for every year".to_owned(),
            Kind::Conditions => "a table of fields and values, or a list of such tables, one of which must hold".to_owned(),
            Kind::Fingerprint => "sixteen hexadecimal digits, as in the finding".to_owned(),
        }
    }
}

impl Opt {
    /// A value that shows what is meant: the default, unless that is empty.
    pub fn example(&self) -> &'static str {
        match (self.default, self.kind) {
            ("[]", Kind::Origins | Kind::Networks) => "[\"203.0.113.0/24\"]",
            ("[]", Kind::Hours) => "\"Mon-Fri 08:00-18:00\"",
            ("[]", Kind::Holidays) => "[\"12-25\", \"2026-05-14\"]",
            ("[]", Kind::Files) => "[\"people.csv\"]",
            ("[]", _) => "[\"svc-*\"]",
            ("{}", Kind::Severities) => {
                "{ low = [\"aws.ssm-*\"], high = [\"acme.admin-granted\"] }"
            }
            ("{}", Kind::Lists) => "{ \"ann.lee\" = [\"ann@example.com\", \"alee\"] }",
            ("{}", Kind::Leavers) => "{ 2026-12-31 = [\"bob@example.com\"] }",
            ("{}", Kind::Ranges) => "{ office = [\"198.51.100.0/24\"] }",
            ("{}", _) => "{ pii = [\"customers*\"] }",
            ("\"\"", _) => "\"production\"",
            (default, _) => default,
        }
    }
}

fn choice(item: &DeValue<'_>, words: &[&str]) -> Result<String, String> {
    match item {
        DeValue::String(text) if words.contains(&text.as_ref()) => Ok(text.to_string()),
        DeValue::String(text) => Err(format!("`{text}` is not one of the choices")),
        other => Err(format!("{} is not a string", with_article(other.type_str()))),
    }
}

/// A pattern is at most so long.
const LONGEST: usize = 256;
/// A list of patterns is at most so long.
const MOST: usize = 10_000;

/// One name or a list of them, each checked; everything that is wrong with any of them.
pub fn names(
    value: &DeValue<'_>,
    check: fn(&str) -> Result<(), String>,
) -> Result<Vec<String>, String> {
    let items: Vec<&DeValue<'_>> = match value {
        DeValue::Array(items) => items.iter().map(Spanned::get_ref).collect(),
        one => vec![one],
    };
    let (mut names, mut wrong) = (Vec::new(), Vec::new());
    for item in &items {
        match item {
            DeValue::String(text) => match check(text) {
                Ok(()) => names.push(text.to_string()),
                Err(why) => wrong.push(why),
            },
            other => wrong.push(format!("{} is not a string", with_article(other.type_str()))),
        }
    }
    if items.len() > MOST {
        wrong.push(format!("{} are more than {MOST}", items.len()));
    }
    if wrong.is_empty() { Ok(names) } else { Err(wrong.join("; ")) }
}

fn pattern(text: &str) -> Result<(), String> {
    match text.len() {
        0 => Err("an empty name matches nothing".to_owned()),
        len if len > LONGEST => Err(format!("a name of {len} bytes is too long")),
        _ => Ok(()),
    }
}

fn origin(text: &str) -> Result<(), String> {
    pattern(text).and_then(|()| Origins::check(text))
}

fn network(text: &str) -> Result<(), String> {
    Range::read(text)
        .map(drop)
        .ok_or_else(|| format!("`{text}` is neither an address nor a range of addresses"))
}

/// Maximum number of files: each is searched for each record.
const MOST_FILES: usize = 16;

/// A path that stays in the policy's directory.
fn file(text: &str) -> Result<(), String> {
    let is_beside = !text.is_empty()
        && !text.starts_with('/')
        && !text.contains(|letter: char| letter.is_control() || letter == '\\')
        && !text.split('/').any(|part| part == "..");
    match is_beside {
        true => Ok(()),
        false => Err(format!("`{text}` is not a file in the directory of the policy")),
    }
}

fn hours(text: &str) -> Result<(), String> {
    Hours::read(text)
        .map(drop)
        .ok_or_else(|| format!("`{text}` is not a list of weekdays and hours"))
}

fn holiday(text: &str) -> Result<(), String> {
    Holiday::read(text).map(drop).ok_or_else(|| format!("`{text}` is not a date"))
}

fn severity(text: &str) -> Result<(), String> {
    match Severity::NAMES.contains(&text) {
        true => Ok(()),
        false => Err(format!("`{text}` is not a severity")),
    }
}

/// A word as data classes are named.
fn word(text: &str) -> Result<(), String> {
    let is_one = (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_one {
        Ok(())
    } else {
        Err(format!("`{text}` is not a word of small letters, digits and `-`, at most 32"))
    }
}

fn groups(
    table: &DeTable<'_>,
    check_key: fn(&str) -> Result<(), String>,
    check: fn(&str) -> Result<(), String>,
) -> Result<Vec<(String, Vec<String>)>, String> {
    let (mut groups, mut wrong) = (Vec::new(), Vec::new());
    let mut entries: Vec<_> = table.iter().collect();
    // The table is sorted; what stands first in the text goes first.
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let key = key.get_ref().to_string();
        match check_key(&key)
            .and_then(|()| names(value.get_ref(), check).map_err(|why| format!("{key}: {why}")))
        {
            Ok(patterns) => groups.push((key, patterns)),
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() { Ok(groups) } else { Err(wrong.join("; ")) }
}

/// A day counts up to its end. A time is written as records write theirs; without a zone it is no one's time.
fn until(text: &str) -> Result<Millis, String> {
    let has_zone = text.get(19..).is_some_and(|zone| zone.contains(['Z', 'z', '+', '-']));
    let moment = || time::parse(text.as_bytes()).filter(|_| has_zone);
    end_of_day(text)
        .ok()
        .or_else(moment)
        .ok_or_else(|| format!("`{text}` is neither a date nor a time with its zone"))
}

pub(super) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// A duration in the largest unit that gives a whole number.
pub fn duration(ms: Millis) -> String {
    let (scale, unit) = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m")]
        .into_iter()
        .find(|(scale, _)| ms != 0 && ms.checked_rem(*scale) == Some(0))
        .unwrap_or((SECOND, "s"));
    format!("{}{unit}", ms.checked_div(scale).unwrap_or_default())
}

/// A size in the largest binary unit that gives a whole number.
pub fn size(bytes: i64) -> String {
    let (scale, unit) = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        .into_iter()
        .find(|(scale, _)| bytes != 0 && bytes.checked_rem(*scale) == Some(0))
        .unwrap_or((1, "B"));
    format!("{} {unit}", bytes.checked_div(scale).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_say_everything_that_is_wrong() {
        let read = |kind: Kind, text: &str| kind.read(DeValue::parse(text).unwrap().get_ref());
        assert_eq!(read(Kind::Patterns, "\"a*\""), Ok(Value::Many(vec!["a*".into()])));
        assert_eq!(
            read(Kind::Origins, "[\"10.0.0.0/8\", \"h/1\", 5]"),
            Err("`h/1` is not a range of addresses; an integer is not a string".into())
        );
        assert_eq!(
            read(Kind::Groups, "{ pii = [\"c*\"] }"),
            Ok(Value::Groups(vec![("pii".into(), vec!["c*".into()])]))
        );
        let Ok(Value::Groups(groups)) =
            read(Kind::Groups, "{ pii = \"c\", credential = \"*\", phi = [] }")
        else {
            panic!()
        };
        assert!(
            groups.iter().map(|(word, _)| word.as_str()).eq(["pii", "credential", "phi"]),
            "as they stand"
        );
        assert_eq!(
            read(Kind::Severities, "{ low = \"aws.*\", loud = \"okta.*\" }"),
            Err("`loud` is not a severity".into())
        );
        assert_eq!(
            read(Kind::Groups, "{ PII = \"c\", phi = [\"\"] }"),
            Err("`PII` is not a word of small letters, digits and `-`, at most 32; phi: an empty name matches nothing".into())
        );
        assert_eq!(
            read(Kind::Fingerprint, "\"0123456789ABCDEF\""),
            Ok(Value::Text("0123456789abcdef".into()))
        );
        assert!(read(Kind::Fingerprint, "\"0123\"").is_err());
    }

    #[test]
    fn a_date_holds_to_the_end_of_its_day() {
        let read = |text: &str| Kind::Until.read(DeValue::parse(text).unwrap().get_ref());
        let day = time::parse(b"2026-12-31T00:00:00Z").unwrap();
        for (text, until) in [
            ("2026-12-31", day + DAY),
            ("\"2026-12-31\"", day + DAY),
            ("2026-12-31T18:00:00Z", day + 18 * HOUR),
            ("\"2026-12-31T18:00:00+02:00\"", day + 16 * HOUR),
        ] {
            assert_eq!(read(text), Ok(Value::Number(until)), "{text}");
        }
        for text in ["\"soon\"", "2026-12-31T18:00:00", "18:00:00", "7", "\"\""] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn units() {
        assert_eq!(
            (duration(90 * SECOND), duration(5 * MINUTE), duration(DAY)),
            ("90s".into(), "5m".into(), "1d".into())
        );
        assert_eq!((size(1 << 20), size(1500)), ("1 MiB".into(), "1500 B".into()));
    }
}
