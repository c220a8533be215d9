//! Patterns of tags.

use crate::text::is_same;

/// True if the text is as the pattern says, in which `*` stands for anything: mostly what ends it.
pub(super) fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [head @ .., b'*'] if text.get(..head.len()).is_some_and(|begin| is_same(begin, head)) => {
            true
        }
        _ => fits_anyhow(pattern, text),
    }
}

fn fits_anyhow(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0usize, 0usize);
    // Where to go on from when what came behind the last star does not fit.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at = at.wrapping_add(1);
            }
            Some(byte) if text.get(read) == Some(byte) => {
                (at, read) = (at.wrapping_add(1), read.wrapping_add(1))
            }
            _ => {
                let Some((star_at, star_read)) = star else {
                    return false;
                };
                let next = star_read.wrapping_add(1);
                star = Some((star_at, next));
                (at, read) = (star_at.wrapping_add(1), next);
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn tags() {
        for (pattern, text, is_fit) in [
            ("crm.*", "crm.audit", true),
            ("crm.*", "crm.", true),
            ("crm.*", "crm", false),
            ("crm.*", "xcrm.audit", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("*.audit", "a.b.audit", true),
            ("*.audit", "a.audit.b", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("crm", "crm", true),
            ("crm.*", "crm.*", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), text.as_bytes()), is_fit, "{pattern} {text}");
        }
    }
}
