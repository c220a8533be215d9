//! Names as they are counted: whoever varies the letters' case or font, adds blanks or invisible characters, or takes letters that look alike, counts as one.

use crate::text::{HIGHS, equals, unescape};
use std::collections::BTreeMap;
use std::sync::LazyLock;

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

/// True if there are small letters, digits and signs alone; told eight bytes at a time, of which the last overlap those before them.
#[inline(always)]
fn is_plain(name: &[u8]) -> bool {
    let is_plain_byte = |byte: &u8| matches!(byte, b'!'..=b'@' | b'['..=b'~') && *byte != b'\\';
    let Some(last) = name.last_chunk::<8>() else {
        return name.iter().all(is_plain_byte);
    };
    let (words, _) = name.as_chunks::<8>();
    words.iter().chain([last]).all(|word| is_plain_word(u64::from_le_bytes(*word)))
}

#[inline(always)]
fn is_plain_word(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = word & !HIGHS;
    // By its high bit, each byte that is not below the limit.
    let from = |limit: u8| low.wrapping_add(ONES.wrapping_mul(0x80u64.wrapping_sub(limit.into())));
    let is_odd = word | !from(b'!') | from(0x7f) | from(b'A') & !from(b'[') | equals(word, b'\\');
    is_odd & HIGHS == 0
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
        folded.put_plain(letter)?;
    }
    if folded.text().is_ascii() {
        folded.text.get_mut(..folded.len)?.make_ascii_lowercase();
    } else {
        folded = folded.latin()?;
    }
    (folded.len > 0).then_some(folded)
}

impl Folded {
    fn push(&mut self, letter: char) -> Option<()> {
        let place = self.text.get_mut(self.len..)?.get_mut(..letter.len_utf8())?;
        self.len = self.len.saturating_add(letter.encode_utf8(place).len());
        Some(())
    }

    /// Takes the last letter off.
    fn pop(&mut self) -> Option<char> {
        let letter = std::str::from_utf8(self.text()).ok()?.chars().next_back()?;
        self.len = self.len.checked_sub(letter.len_utf8())?;
        Some(letter)
    }

    /// Adds a letter without its font, and with the accent that follows it (NFKC).
    fn put_plain(&mut self, letter: char) -> Option<()> {
        match letter {
            _ if letter.is_ascii() => self.push(letter),
            '\u{300}'..='\u{36f}' => match self.pop() {
                Some(before) => self.push(accented(before, letter).unwrap_or(before)),
                None => Some(()),
            },
            'ﬀ'..='ﬆ' => {
                let place = u32::from(letter).wrapping_sub(u32::from('ﬀ')) as usize;
                let parts = ["ff", "fi", "fl", "ffi", "ffl", "st", "st"].get(place)?;
                parts.chars().try_for_each(|part| self.push(part))
            }
            _ => self.push(without_font(letter)),
        }
    }

    /// The name in small letters; those that are taken for Latin ones as Latin, in words that have Latin letters or nothing but letters that look so. A
    /// name in another script stays as it is.
    fn latin(&self) -> Option<Folded> {
        let text = std::str::from_utf8(self.text()).ok()?;
        let mut made = Folded { text: [0; LONGEST], len: 0 };
        for word in text.split_inclusive(|letter: char| letter.is_ascii_punctuation()) {
            let seems_latin = word.chars().any(|letter| letter.is_ascii_alphabetic())
                || word
                    .chars()
                    .flat_map(char::to_lowercase)
                    .all(|letter| look_alike(letter).is_ascii());
            for letter in word.chars() {
                let letter = if seems_latin { look_alike(letter) } else { letter };
                for small in letter.to_lowercase() {
                    // What is small may look alike once more.
                    let small = if seems_latin { look_alike(small) } else { small };
                    made.push(if small == 'ς' { 'σ' } else { small })?;
                }
            }
        }
        Some(made)
    }
}

/// Blanks, controls, and what takes no room.
fn is_invisible(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{2800}' | '\u{1d173}'..='\u{1d17a}' | '\u{fff9}'..='\u{fffb}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// The letter or digit that a letter is but for its font: full width, mathematical, in circles and squares, raised and lowered.
fn without_font(letter: char) -> char {
    let code = u32::from(letter);
    // The place among letters that stand in rows of so many.
    let place =
        |first: u32, row: u32| code.wrapping_sub(first).checked_rem(row).unwrap_or_default() as u8;
    let capital = |place: u8| char::from(b'A'.wrapping_add(place));
    let small = |place: u8| char::from(b'a'.wrapping_add(place));
    let digit = |place: u8| char::from(b'0'.wrapping_add(place));
    let found = match code {
        0xff01..=0xff5e => return char::from(place(0xff01, 0x5e).wrapping_add(b'!')),
        0x1d400..=0x1d6a3 => match place(0x1d400, 52) {
            place @ ..26 => return capital(place),
            place => return small(place.wrapping_sub(26)),
        },
        0x1d6a4 => return 'i',
        0x1d6a5 => return 'j',
        0x1d6a8..=0x1d7c9 => match u32::from(place(0x1d6a8, 58)) {
            17 => Some(0x398),
            at @ ..=24 => Some(0x391u32.wrapping_add(at)),
            at @ 26..=50 => Some(0x3b1u32.wrapping_add(at).wrapping_sub(26)),
            _ => None,
        },
        0x1d7ce..=0x1d7ff => return digit(place(0x1d7ce, 10)),
        0x24b6..=0x24cf => return capital(place(0x24b6, 26)),
        0x24d0..=0x24e9 => return small(place(0x24d0, 26)),
        0x249c..=0x24b5 => return small(place(0x249c, 26)),
        0x1f110..=0x1f129 => return capital(place(0x1f110, 26)),
        0x1f130..=0x1f149 => return capital(place(0x1f130, 26)),
        0x1f150..=0x1f169 => return capital(place(0x1f150, 26)),
        0x1f170..=0x1f189 => return capital(place(0x1f170, 26)),
        0x2460..=0x2468 => return digit(place(0x245f, 10)),
        0x2070 | 0x2074..=0x2079 => return digit(place(0x2070, 10)),
        0x2080..=0x2089 => return digit(place(0x2080, 10)),
        _ => FONTS.get(&letter).copied().map(u32::from),
    };
    found.and_then(char::from_u32).unwrap_or(letter)
}

/// The letter behind this one, where it stands in a list of pairs.
fn of_pairs(pairs: &str, letter: char) -> Option<char> {
    in_pairs(pairs).find(|(one, _)| *one == letter).map(|(_, other)| other)
}

fn in_pairs(list: &str) -> impl Iterator<Item = (char, char)> {
    let mut letters = list.chars();
    std::iter::from_fn(move || letters.next().zip(letters.next()))
}

/// The pairs of a list by their first letters. Looked up letter by letter, a name in another script would cost what a record does.
fn by_first(pairs: &str) -> BTreeMap<char, char> {
    let mut map = BTreeMap::new();
    in_pairs(pairs).for_each(|(one, other)| {
        map.entry(one).or_insert(other);
    });
    map
}

/// Letters of other fonts that stand in no row, each with the plain one.
static FONTS: LazyLock<BTreeMap<char, char>> = LazyLock::new(|| by_first(FONT_PAIRS));

const FONT_PAIRS: &str = "ªaºo¹1²2³3ⁱiⁿnℂCℊgℋHℌHℍHℎhℐIℑIℒLℓlℕNℙPℚQℛRℜRℝRℤZℨZKKℬBℭCℯeℰEℱFℳMℴoℹiⅅDⅆdⅇeⅈiⅉj\
ⅠIⅤVⅩXⅬLⅭCⅮDⅯMⅰiⅴvⅹxⅼlⅽcⅾdⅿmᴬAᴮBᴰDᴱEᴳGᴴHᴵIᴶJᴷKᴸLᴹMᴺNᴼOᴾPᴿRᵀTᵁUᵂWᵃaᵇbᵈdᵉeᵍgᵏkᵐmᵒoᵖpᵗtᵘuᵛvᶜcᶠfᶻzᶦiᵢiᵣrᵤuᵥvʰhʲjʳrʷwʸyˡlˢsˣxₐaₑeₒoₓxₕhₖkₗlₘmₙnₚpₛsₜtſs";

/// Letters with the accent that may stand behind them, and the one letter for both.
fn accented(letter: char, accent: char) -> Option<char> {
    let (_, pairs) = ACCENTS.iter().find(|(known, _)| *known == accent)?;
    if let Some(one) = of_pairs(pairs, letter) {
        return Some(one);
    }
    let mut small = letter.to_lowercase();
    of_pairs(pairs, small.next()?)
}

/// By accent, letters without and with it.
const ACCENTS: &[(char, &str)] = &[
    ('\u{300}', "aàeèiìnǹoòuùwẁyỳ"),
    ('\u{301}', "aácćeégǵiíkḱlĺmḿnńoópṕrŕsśuúwẃyýzź"),
    ('\u{302}', "aâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷ"),
    ('\u{303}', "aãiĩnñoõuũvṽyỹ"),
    ('\u{304}', "aāeēiīoōuū"),
    ('\u{306}', "aăeĕgğiĭoŏuŭий"),
    ('\u{307}', "aȧcċeėgġzżiiIi"),
    ('\u{308}', "aäeëiïoöuüyÿеёії"),
    ('\u{30a}', "aåuů"),
    ('\u{30b}', "oőuű"),
    ('\u{30c}', "aǎcčdďeěgǧiǐkǩlľnňoǒrřsštťuǔzž"),
    ('\u{31b}', "oơuư"),
    ('\u{323}', "aạeẹiịoọuụyỵ"),
    ('\u{327}', "cçeȩgģkķlļnņrŗsştţ"),
    ('\u{328}', "aąeęiįoǫuų"),
];

/// The Latin letter that a letter is taken for, of Cyrillic, Greek and other scripts (Unicode's confusables).
fn look_alike(letter: char) -> char {
    if letter.is_ascii() { letter } else { ALIKE.get(&letter).copied().unwrap_or(letter) }
}

/// Letters that look alike, each with the Latin one.
static ALIKE: LazyLock<BTreeMap<char, char>> = LazyLock::new(|| by_first(ALIKE_PAIRS));

const ALIKE_PAIRS: &str = "аaАaαaΑaɑaВbΒbЬbсcСcϲcԁdеeЕeΕeєeёeЁeɡgһhНhΗhіiІiιiΙiıiӏlӀlјjЈjКkкkΚkκkМmΜmΝnոnпnоoОoοoΟoօoрpРpρpΡpԛqѕsЅsТtΤtτtυuսuνvѵvѡwԝwхxХxχxΧxуyУyγyΥyүyΖz\
ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzɩi\
ᎠdᎡrᎢtᎪaᎫjᎬeᎳwᎷmᎻhᎶgᏃzᏚsᏔwᏙvᏟcᏢpᏦkᏞlᏒr\
ꓐbꓑpꓓdꓔtꓖgꓗkꓙjꓚcꓜzꓝfꓟmꓠnꓡlꓢsꓣrꓦvꓧhꓪwꓫxꓬyꓮaꓰeꓲiꓳoꓴu\
ⲟoⲞoⲣpⲢpⲤcⲥcⲎhⲒiⲔkⲙmⲘmⲚnⲦtⲨyⲬxⲭx";

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(name: &str) -> String {
        Folded::of(name.as_bytes())
            .map_or(name.to_owned(), |folded| String::from_utf8(folded.text().to_vec()).unwrap())
    }

    #[test]
    fn a_name_is_plain_wherever_its_letters_stand() {
        for byte in 0..=u8::MAX {
            let is_plain_byte = matches!(byte, b'!'..=b'@' | b'['..=b'~') && byte != b'\\';
            for len in 1..20 {
                for at in 0..len {
                    let mut name = vec![b'a'; len];
                    name[at] = byte;
                    assert_eq!(is_plain(&name), is_plain_byte, "{byte} at {at} of {len}");
                }
            }
        }
        assert!(is_plain(b""));
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
            "𝐚𝐥𝐢𝐜𝐞",
            "𝓐𝓵𝓲𝓬𝓮",
            "ⓐⓛⓘⓒⓔ",
            "🅰🅻🅸🅲🅴",
            "ᴬˡᶦᶜᵉ",
            "ᴀʟɪᴄᴇ",
            "аӏісе",
            "AⅬiℂe",
            "al\u{2800}ice",
            "a\u{334}lice",
            "ꓮꓡꓲꓚꓰ",
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
        for (one, other) in [
            ("e\u{301}lise", "élise"),
            ("E\u{301}LISE", "élise"),
            ("Ju\u{308}rgen", "jürgen"),
            ("ﬁona", "fiona"),
            ("user２", "user2"),
            ("user𝟚", "user2"),
            ("user①", "user1"),
            ("Виктор", "виктор"),
            ("ВИКТОР@example.com", "виктор@example.com"),
            ("Νίκος", "νίκοσ"),
            ("NΙCK", "nick"),
            ("сосо", "coco"),
            ("К", "k"),
            ("Андреи\u{306}", "андрей"),
        ] {
            assert_eq!(counted(one), other, "{one}");
        }
    }

    #[test]
    fn what_is_empty_or_too_long_stays_as_it_is() {
        assert!(Folded::of(b"\xe2\x80\x8b").is_none());
        assert!(Folded::of(b"").is_none());
        assert!(Folded::of("A".repeat(300).as_bytes()).is_none());
        assert!(Folded::of(b"A\xff").is_none());
    }
}
