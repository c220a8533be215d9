//! Lines of a log: read without bounds on their length being trusted, one at a time.

use std::io::BufRead;

/// Reads the next line without its end (`\n` or `\r\n`); `None` at the end of the input.
pub fn next_line<'b>(
    reader: &mut impl BufRead,
    buffer: &'b mut Vec<u8>,
) -> std::io::Result<Option<&'b [u8]>> {
    buffer.clear();
    if reader.read_until(b'\n', buffer)? == 0 {
        return Ok(None);
    }
    let line = buffer.strip_suffix(b"\n").unwrap_or(buffer);
    Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_is_a_line_and_the_end_is_none() {
        let (mut text, mut buffer, mut lines) = (&b"a\r\n\nb"[..], Vec::new(), Vec::new());
        while let Some(line) = next_line(&mut text, &mut buffer).unwrap() {
            lines.push(line.to_vec());
        }
        assert_eq!(lines, [b"a".to_vec(), b"".to_vec(), b"b".to_vec()]);
    }
}
