//! Names as they are counted: whoever varies the letters' case, adds blanks or invisible characters, or takes letters that look alike, counts as one.

use crate::text::unescape;

/// Names that are longer are counted as they stand.
const LONGEST: usize = 256;

/// A name in the form that it is counted in, and room for it.
pub struct Folded {
    text: [u8; LONGEST],
    len: usize,
}

impl Folded {
    /// The form to count a name by; `None` where it is the name as it stands, as of most names.
    #[inline(always)]
    pub fn of(name: &[u8]) -> Option<Folded> {
        if is_plain(name) { None } else { fold(name) }
    }

    pub fn text(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

/// True if there are small letters, digits and signs alone.
#[inline(always)]
fn is_plain(name: &[u8]) -> bool {
    name.iter().all(|byte| matches!(byte, b'!'..=b'@' | b'['..=b'~') && *byte != b'\\')
}

#[cold]
#[inline(never)]
fn fold(name: &[u8]) -> Option<Folded> {
    let mut meant = Vec::new();
    let name = match name.contains(&b'\\') {
        true if unescape(name, &mut meant).is_ok() => &meant,
        _ => name,
    };
    let text = std::str::from_utf8(name).ok()?;
    let mut folded = Folded { text: [0; LONGEST], len: 0 };
    for letter in text.chars().filter(|letter| !is_invisible(*letter)) {
        for small in look_alike(letter).to_lowercase() {
            // What is small may look alike once more.
            let small = look_alike(small);
            let place = folded.text.get_mut(folded.len..)?.get_mut(..small.len_utf8())?;
            folded.len = folded.len.saturating_add(small.encode_utf8(place).len());
        }
    }
    (folded.len > 0).then_some(folded)
}

/// Blanks, controls, and what takes no room.
fn is_invisible(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// The Latin letter that a letter is taken for: full width forms, and those of Cyrillic and Greek (Unicode's confusables).
fn look_alike(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(letter).wrapping_sub(0xfee0)).unwrap_or(letter)
        }
        'а' | 'А' | 'α' | 'Α' | 'ɑ' => 'a',
        'В' | 'Β' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'Ε' | 'є' | 'ё' | 'Ё' => 'e',
        'ɡ' => 'g',
        'һ' | 'Н' | 'Η' => 'h',
        'і' | 'І' | 'ι' | 'Ι' | 'ı' | 'ӏ' | 'Ӏ' => 'i',
        'ј' | 'Ј' => 'j',
        'К' | 'к' | 'Κ' | 'κ' => 'k',
        'М' | 'Μ' => 'm',
        'Ν' | 'ո' => 'n',
        'о' | 'О' | 'ο' | 'Ο' | 'օ' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' | 'Ѕ' => 's',
        'Т' | 'Τ' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ѡ' | 'ԝ' => 'w',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'γ' | 'Υ' => 'y',
        'Ζ' => 'z',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(name: &str) -> String {
        Folded::of(name.as_bytes())
            .map_or(name.to_owned(), |folded| String::from_utf8(folded.text().to_vec()).unwrap())
    }

    #[test]
    fn spellings_of_one_name_count_as_one() {
        for spelling in [
            "alice",
            "Alice",
            "ALICE",
            " alice",
            "al ice",
            "alice\u{200b}",
            "\u{feff}alice",
            "ali\\u200bce",
            "аlice",
            "аlісе",
            "ａｌｉｃｅ",
            "ALΙCE",
            "alice\\t",
        ] {
            assert_eq!(counted(spelling), "alice", "{spelling:?}");
        }
    }

    #[test]
    fn other_names_stay_apart() {
        for name in ["alicia", "al1ce", "bob@example.com", "élise", "王芳", "müller"] {
            assert_eq!(counted(name), name);
        }
        assert_eq!(counted("Élise"), "élise");
    }

    #[test]
    fn what_is_empty_or_too_long_stays_as_it_is() {
        assert!(Folded::of(b"\xe2\x80\x8b").is_none());
        assert!(Folded::of(b"").is_none());
        assert!(Folded::of("A".repeat(300).as_bytes()).is_none());
        assert!(Folded::of(b"A\xff").is_none());
    }
}
