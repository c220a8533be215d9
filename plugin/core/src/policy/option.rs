//! One option of the policy: its kind, how its value is read, what to say when it can't be.

use crate::time::{DAY, HOUR, MINUTE, Millis, SECOND};
use toml::de::DeValue;

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
    pub const fn new(key: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Opt {
        Opt { key, kind, default, doc }
    }

    pub fn default_value(&self) -> Value {
        DeValue::parse(self.default).ok().and_then(|value| self.kind.read(value.get_ref()).ok()).unwrap_or(Value::Bool(false))
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
}

/// An option's value, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Bool(bool),
    Number(i64),
    Text(String),
    Many(Vec<String>),
}

const TIMES: &[(&str, i64)] = &[("s", SECOND), ("m", MINUTE), ("h", HOUR), ("d", DAY)];
const SIZES: &[(&str, i64)] = &[("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000)];

impl Kind {
    /// The value, or what is wrong with it.
    pub fn read(&self, value: &DeValue<'_>) -> Result<Value, String> {
        match (*self, value) {
            (Kind::Bool, DeValue::Boolean(bool)) => Ok(Value::Bool(*bool)),
            (Kind::Whole(least, most), DeValue::Integer(integer)) => {
                let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
                let number = number.filter(|number| (least..=most).contains(number));
                number.map(Value::Number).ok_or_else(|| format!("{} is out of range", integer.as_str()))
            }
            (Kind::Duration(least, most), DeValue::String(text)) => self.scaled(text, TIMES, least, most),
            (Kind::Size(least, most), DeValue::String(text)) => self.scaled(text, SIZES, least, most),
            (Kind::Text, DeValue::String(text)) => Ok(Value::Text(text.to_string())),
            (Kind::Name, DeValue::String(text)) => {
                let fits = !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte));
                // These stand beside it, where a record can't be carried as it is.
                let fits = fits && !["raw", "raw_base64"].contains(&text.as_ref());
                if fits { Ok(Value::Text(text.to_string())) } else { Err(format!("`{text}` can't be a key")) }
            }
            (Kind::Choice(words), DeValue::String(text)) => match words.contains(&text.as_ref()) {
                true => Ok(Value::Text(text.to_string())),
                false => Err(format!("`{text}` is none of the choices")),
            },
            (Kind::Many(words), DeValue::Array(items)) => items.iter().map(|item| chosen(item.get_ref(), words)).collect::<Result<_, _>>().map(Value::Many),
            _ => Err(format!("{} is not {}", with_article(value.type_str()), self.name())),
        }
    }

    fn scaled(&self, text: &str, units: &[(&str, i64)], least: i64, most: i64) -> Result<Value, String> {
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
            Kind::Many(_) => "a list",
        }
    }

    /// What would be right.
    pub fn expected(&self) -> String {
        let quoted = |words: &[&str]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        match self {
            Kind::Bool | Kind::Text => self.name().to_owned(),
            Kind::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Duration(least, most) => format!("a duration from \"{}\" to \"{}\" in s, m, h or d", duration(*least), duration(*most)),
            Kind::Size(least, most) => format!("a size from \"{}\" to \"{}\" in B, kB, KiB, MB, MiB, GB or GiB", size(*least), size(*most)),
            Kind::Name => "a string of letters, digits and `_-.@`, at most 64".to_owned(),
            Kind::Choice(words) => format!("one of {}", quoted(words)),
            Kind::Many(words) => format!("a list out of {}", quoted(words)),
        }
    }
}

fn chosen(item: &DeValue<'_>, words: &[&str]) -> Result<String, String> {
    match item {
        DeValue::String(text) if words.contains(&text.as_ref()) => Ok(text.to_string()),
        DeValue::String(text) => Err(format!("`{text}` is none of the choices")),
        other => Err(format!("{} is not a string", with_article(other.type_str()))),
    }
}

pub(super) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// A duration in the largest unit that gives a whole number.
pub fn duration(ms: Millis) -> String {
    let (scale, unit) =
        [(DAY, "d"), (HOUR, "h"), (MINUTE, "m")].into_iter().find(|(scale, _)| ms != 0 && ms.checked_rem(*scale) == Some(0)).unwrap_or((SECOND, "s"));
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

/// How many letters must be added, taken away, changed or swapped with their neighbour to get from one word to the other.
pub fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().take(64).collect(), to.chars().take(64).collect());
    let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i.saturating_add(1)];
        for (j, b) in to.iter().enumerate() {
            let changed = at(&last, j).saturating_add(usize::from(a != b));
            let mut least = changed.min(at(&last, j.saturating_add(1)).saturating_add(1)).min(at(&row, j).saturating_add(1));
            if let (Some(i), Some(j)) = (i.checked_sub(1), j.checked_sub(1))
                && from.get(i) == Some(b)
                && to.get(j) == Some(a)
            {
                least = least.min(at(&before_last, j).saturating_add(1));
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, n) in [("", "abc", 3), ("layuot", "layout", 1), ("schema", "schema", 0), ("schem", "schema", 1), ("x", "y", 1)] {
            assert_eq!(distance(a, b), n, "{a} {b}");
        }
    }

    #[test]
    fn units() {
        assert_eq!((duration(90 * SECOND), duration(5 * MINUTE), duration(DAY)), ("90s".into(), "5m".into(), "1d".into()));
        assert_eq!((size(1 << 20), size(1500)), ("1 MiB".into(), "1500 B".into()));
    }
}
