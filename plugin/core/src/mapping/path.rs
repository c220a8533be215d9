//! Paths into a record: keys joined by dots, elements of arrays by condition, JSON inside text.

use super::{MOST_SEGMENTS, MOST_TEXT, cut};
use crate::parse::atom::{Atom, Atoms};

/// Keys from the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// As the pack writes it.
    pub text: String,
    pub keys: Vec<Key>,
}

/// One key of a path, and which part of its value is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub name: String,
    /// The value is text that holds JSON.
    pub is_json: bool,
    pub pick: Pick,
}

/// Which element of an array is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pick {
    /// The value itself.
    Whole,
    /// `name[]`: the first element that has a value.
    First,
    /// `name[key=value]`: the first element that meets the condition.
    Where(Vec<String>, String),
}

impl Key {
    fn new(name: String, pick: Pick) -> Key {
        match name.strip_prefix("json:") {
            Some(name) => Key { name: name.to_owned(), is_json: true, pick },
            None => Key { name, is_json: false, pick },
        }
    }

    /// Edges and records of their own that the key needs.
    fn segments(&self) -> usize {
        1usize
            .saturating_add(usize::from(self.pick != Pick::Whole))
            .saturating_add(usize::from(self.is_json))
    }
}

impl Path {
    /// Reads a path; what is wrong with it where it is none.
    pub fn parse(text: &str) -> Result<Path, String> {
        let path = Path::read(text)?;
        if path.keys.last().is_some_and(|key| key.is_json && key.pick == Pick::Whole) {
            return Err(format!("`{text}` ends in JSON inside text: name a key within it"));
        }
        Ok(path)
    }

    /// Reads the path of one value, which may be text that holds JSON.
    pub(crate) fn of_value(text: &str) -> Result<Path, String> {
        let path = Path::read(text)?;
        match path.keys.iter().all(|key| key.pick == Pick::Whole) {
            true => Ok(path),
            false => Err(format!("`{text}` picks an element, of which a record may have several")),
        }
    }

    fn read(text: &str) -> Result<Path, String> {
        let (mut keys, mut name, mut pick) = (Vec::new(), String::new(), None);
        let mut letters = text.chars();
        loop {
            match letters.next() {
                Some('\\') => name.push(escaped(letters.next(), text)?),
                Some('[') if pick.is_some() => {
                    return Err(format!("`{text}` picks an element of an element"));
                }
                Some('[') => pick = Some(condition(&mut letters, text)?),
                Some(letter) if letter != '.' && pick.is_none() => name.push(letter),
                dot_or_end => {
                    if name.is_empty() || !matches!(dot_or_end, Some('.') | None) {
                        return Err(format!("`{text}` is not a path"));
                    }
                    keys.push(Key::new(
                        std::mem::take(&mut name),
                        pick.take().unwrap_or(Pick::Whole),
                    ));
                    if dot_or_end.is_none() {
                        break;
                    }
                }
            }
        }
        let path = Path { text: text.to_owned(), keys };
        if path.segments() > MOST_SEGMENTS || text.len() > MOST_TEXT {
            Err(format!("`{}` is too long a path", cut(text)))
        } else {
            Ok(path)
        }
    }

    fn segments(&self) -> usize {
        self.keys.iter().map(Key::segments).sum()
    }

    pub(crate) fn within(outer: Option<&Path>, text: &str) -> Result<Path, String> {
        match outer {
            Some(outer) => Path::parse(&format!("{}.{text}", outer.text)),
            None => Path::parse(text),
        }
    }

    /// The key at the root of the record.
    pub fn root(&self) -> &str {
        self.keys.first().map_or("", |key| key.name.as_str())
    }

    /// The numbers of its keys.
    pub fn atoms(&self, atoms: &Atoms) -> Vec<Atom> {
        self.keys.iter().map(|key| atoms.find(key.name.as_bytes())).collect()
    }

    /// It leads through text that holds JSON, or to such.
    pub fn is_in_text(&self) -> bool {
        self.keys.iter().any(|key| key.is_json)
    }

    /// The path is one plain key.
    pub fn is_member(&self) -> bool {
        matches!(self.keys.as_slice(), [Key { is_json: false, pick: Pick::Whole, .. }])
    }

    /// It leads through the value of its first key, which then is an object or an array.
    pub fn is_below_root(&self) -> bool {
        matches!(self.keys.as_slice(), [Key { is_json: false, .. }, _, ..])
    }

    /// All keys that must be known by number.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().flat_map(|key| {
            let within = if let Pick::Where(names, _) = &key.pick { names.as_slice() } else { &[] };
            std::iter::once(key.name.as_str()).chain(within.iter().map(String::as_str))
        })
    }
}

fn escaped(letter: Option<char>, text: &str) -> Result<char, String> {
    let letter = letter.filter(|letter| ".[]\\=:".contains(*letter));
    letter.ok_or_else(|| format!("`{text}` has a backslash before something else than a dot, a bracket, a colon, an equals sign or a backslash"))
}

/// Text between brackets, up to the closing one.
fn condition(letters: &mut std::str::Chars<'_>, text: &str) -> Result<Pick, String> {
    let (mut names, mut read, mut is_value) = (Vec::new(), String::new(), false);
    let wrong = || {
        format!(
            "`{text}` picks an element by something else than `[]`, the first that has a value, or `[key=value]`"
        )
    };
    loop {
        match letters.next().ok_or_else(wrong)? {
            ']' if names.is_empty() && read.is_empty() && !is_value => return Ok(Pick::First),
            ']' if is_value && !read.is_empty() => return Ok(Pick::Where(names, read)),
            ']' | '[' => return Err(wrong()),
            '\\' => read.push(escaped(letters.next(), text)?),
            '.' | '=' if !is_value && read.is_empty() => return Err(wrong()),
            '.' if !is_value => names.push(std::mem::take(&mut read)),
            '=' if !is_value => {
                names.push(std::mem::take(&mut read));
                is_value = true;
            }
            letter => read.push(letter),
        }
    }
}

crate::stored::stored!(struct Path { text, keys });
crate::stored::stored!(struct Key { name, is_json, pick });
crate::stored::stored!(enum Pick { 0 Whole {}, 1 First {}, 2 Where { 0: names, 1: value } });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_elements_and_json() {
        let keys = |text: &str| Path::parse(text).map(|path| path.keys);
        let key = |name: &str, is_json, pick| Key { name: name.to_owned(), is_json, pick };
        let met = |names: &[&str], value: &str| {
            Pick::Where(names.iter().map(|name| (*name).to_owned()).collect(), value.to_owned())
        };
        assert_eq!(
            keys("items[].name"),
            Ok(vec![key("items", false, Pick::First), key("name", false, Pick::Whole)])
        );
        assert_eq!(
            keys("items\\[0].name"),
            Ok(vec![key("items[0]", false, Pick::Whole), key("name", false, Pick::Whole)])
        );
        assert_eq!(
            keys("target[type=User].id"),
            Ok(vec![key("target", false, met(&["type"], "User")), key("id", false, Pick::Whole)])
        );
        assert_eq!(
            keys("a[b.c=x.y=z].d"),
            Ok(vec![key("a", false, met(&["b", "c"], "x.y=z")), key("d", false, Pick::Whole)])
        );
        assert_eq!(
            keys("a.json:b.c"),
            Ok(vec![
                key("a", false, Pick::Whole),
                key("b", true, Pick::Whole),
                key("c", false, Pick::Whole)
            ])
        );
        assert_eq!(keys("json:b[]"), Ok(vec![key("b", true, Pick::First)]));
        for text in [
            "items[0].name",
            "a.items[0]",
            "items[*]",
            "items[",
            "items[a=]",
            "items[=a]",
            "items[a.=b]",
            "items[a=b",
        ] {
            let wrong = keys(text).unwrap_err();
            assert!(
                wrong.contains("picks an element by something else than `[]`"),
                "{text} {wrong}"
            );
        }
        for text in ["[].a", "items[]x", "a..b", "", "."] {
            assert_eq!(keys(text), Err(format!("`{text}` is not a path")));
        }
        assert_eq!(
            Path::of_value("a.json:b").map(|path| path.keys),
            Ok(vec![key("a", false, Pick::Whole), key("b", true, Pick::Whole)])
        );
        assert!(Path::of_value("a.b[]").is_err() && Path::of_value("a..b").is_err());
        assert!(keys("items[][]").is_err() && keys("a.json:b").is_err() && keys("a\\q").is_err());
    }
}
