//! Parts of texts that rows take: before, behind or between signs.

use crate::mapping::Part;
use crate::text::{find_last_piece, find_piece};

/// The part that the steps lead to; nothing where the text lacks what a step looks for.
pub(super) fn part_of<'t>(text: &'t [u8], parts: &[Part]) -> Option<&'t [u8]> {
    let mut text = text;
    for part in parts {
        text = match part {
            Part::After(sign) => {
                text.get(find_piece(text, sign.as_bytes(), 0)?.saturating_add(sign.len())..)?
            }
            Part::Before(sign) => text.get(..find_piece(text, sign.as_bytes(), 0)?)?,
            Part::AfterLast(sign) => {
                text.get(find_last_piece(text, sign.as_bytes())?.saturating_add(sign.len())..)?
            }
            Part::BeforeLast(sign) => text.get(..find_last_piece(text, sign.as_bytes())?)?,
            Part::Split(sign, index) => piece_of(text, sign.as_bytes(), *index)?,
            Part::Lower => text,
        };
    }
    Some(text.trim_ascii())
}

/// The piece of that number between signs; from the end where it is negative.
fn piece_of<'t>(text: &'t [u8], sign: &[u8], index: i64) -> Option<&'t [u8]> {
    let mut count = 1i64;
    let mut from = 0;
    while let Some(at) = find_piece(text, sign, from).filter(|_| index < 0) {
        count = count.saturating_add(1);
        from = at.saturating_add(sign.len());
    }
    let wanted = if index < 0 { count.saturating_add(index) } else { index };
    let (mut start, mut number) = (0usize, 0i64);
    loop {
        let end = find_piece(text, sign, start);
        if number == wanted {
            return text.get(start..end.unwrap_or(text.len()));
        }
        start = end?.saturating_add(sign.len());
        number = number.saturating_add(1);
    }
}
