//! Findings as they were written, read back for schemas that put them elsewhere.

/// One finding: the text of its object.
#[derive(Clone, Copy)]
pub struct Written<'t>(&'t [u8]);

/// The findings of a list without its brackets.
pub fn each(findings: &[u8]) -> impl Iterator<Item = Written<'_>> {
    values(findings).map(Written)
}

impl<'t> Written<'t> {
    /// The value of a key, as JSON.
    pub fn value(self, key: &str) -> &'t [u8] {
        members(self.0).find(|(name, _)| *name == key.as_bytes()).map_or(b"", |(_, value)| value)
    }

    /// The text of a key, as it stands between its quotes.
    pub fn text(self, key: &str) -> &'t [u8] {
        crate::value::unquote(self.value(key))
    }

    /// Entity: `account` and its name, for example.
    pub fn about(self) -> Option<(&'t [u8], &'t [u8])> {
        members(self.value("key")).next().map(|(role, name)| (role, crate::value::unquote(name)))
    }
}

/// Keys, without their quotes, and values of an object.
fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let inner =
        object.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or_default();
    values(inner).filter_map(|member| {
        let (key, rest) = member.split_at_checked(end_of_string(member)?)?;
        Some((crate::value::unquote(key), rest.strip_prefix(b":")?))
    })
}

/// Text between the commas that are in no container and no string.
fn values(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (value, behind) =
            rest.split_at_checked(end_of_value(rest)).filter(|(value, _)| !value.is_empty())?;
        rest = behind.strip_prefix(b",").unwrap_or_default();
        Some(value)
    })
}

fn end_of_value(text: &[u8]) -> usize {
    let (mut depth, mut in_string, mut is_escaped) = (0usize, false, false);
    let end = text.iter().position(|&byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => return depth == 0,
            _ => {}
        }
        false
    });
    end.unwrap_or(text.len())
}

/// The length of the string that the text begins with.
fn end_of_string(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let inner = text.strip_prefix(b"\"")?;
    let end = inner.iter().position(|&byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map(|end| end.saturating_add(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_whatever_the_texts_hold() {
        let findings = br#"{"detector":"d","reason":"by \"a,b\"}],{","observed":12,"key":{"account":"x\\"},"evidence":["1","2"]},{"detector":"e","key":{}}"#;
        let all: Vec<Written<'_>> = each(findings).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].text("detector"), all[0].text("reason"), all[0].value("observed")),
            (&b"d"[..], &br#"by \"a,b\"}],{"#[..], &b"12"[..])
        );
        assert_eq!(
            (all[0].about(), all[0].value("evidence")),
            (Some((&b"account"[..], &br"x\\"[..])), &br#"["1","2"]"#[..])
        );
        assert_eq!(
            (all[1].text("detector"), all[1].about(), all[1].text("nothing")),
            (&b"e"[..], None, &b""[..])
        );
        assert_eq!(each(b"").count(), 0);
    }
}
