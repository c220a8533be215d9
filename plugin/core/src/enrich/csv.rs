//! Comma-separated values, RFC 4180: cells with commas, quotes and line ends between quotes.

/// Maximum number of columns of a row.
const MOST_COLUMNS: usize = 256;

/// Calls with each row that is not blank and the number of its line; stops at an error.
pub(super) fn rows(
    text: &str,
    mut each: impl FnMut(usize, &[String]) -> Result<(), String>,
) -> Result<(), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut line, mut begun, mut is_quoted) = (1usize, 1usize, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        line = line.saturating_add(usize::from(letter == '\n'));
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if is_quoted => is_quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                is_quoted = true;
            }
            ',' if !is_quoted => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            '\n' if !is_quoted => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
                row(begun, &mut cells, &mut each)?;
                begun = line;
            }
            letter => cell.push(letter),
        }
        if cells.len() > MOST_COLUMNS {
            return Err(format!("line {begun}: more than {MOST_COLUMNS} columns"));
        }
    }
    if is_quoted {
        return Err(format!("line {begun}: a quote has no end"));
    }
    cells.push(cell.trim().to_owned());
    row(begun, &mut cells, &mut each)
}

fn row(
    line: usize,
    cells: &mut Vec<String>,
    each: &mut impl FnMut(usize, &[String]) -> Result<(), String>,
) -> Result<(), String> {
    let is_blank = cells.iter().all(String::is_empty);
    let result = if is_blank { Ok(()) } else { each(line, cells) };
    cells.clear();
    result.map_err(|why| format!("line {line}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
        let mut read = Vec::new();
        rows(text, |line, cells| {
            read.push((line, cells.to_vec()));
            Ok(())
        })?;
        Ok(read)
    }

    #[test]
    fn cells_lines_and_quotes() {
        let row = |line, cells: &[&str]| {
            (line, cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            read("\u{feff}a, b ,c\r\n\r\n\"x, \"\"y\"\"\",\"two\nlines\",\nlast,,").unwrap(),
            [
                row(1, &["a", "b", "c"]),
                row(3, &["x, \"y\"", "two\nlines", ""]),
                row(5, &["last", "", ""])
            ]
        );
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read("a\n\"b").unwrap_err(), "line 2: a quote has no end");
        assert!(read(&",".repeat(300)).unwrap_err().contains("columns"));
    }
}
