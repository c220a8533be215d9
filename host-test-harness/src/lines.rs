//! Lines of a log: read without bounds on their length being trusted, one at a time.

use std::io::BufRead;

/// Reads the next line without its end (`\n` or `\r\n`); `None` at the end of the input.
pub fn next_line<'b>(reader: &mut impl BufRead, buffer: &'b mut Vec<u8>) -> std::io::Result<Option<&'b [u8]>> {
    buffer.clear();
    if reader.read_until(b'\n', buffer)? == 0 {
        return Ok(None);
    }
    let line = buffer.strip_suffix(b"\n").unwrap_or(buffer);
    Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
}
