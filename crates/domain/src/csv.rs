//! Lines of a CSV file (RFC 4180) that a spreadsheet opens as text: a cell
//! that could be taken for a formula gets a leading apostrophe.

/// What a file begins with: without it Excel takes UTF-8 for something else.
pub const BOM: &str = "\u{feff}";

/// One line with its end.
pub fn line<S: AsRef<str>>(cells: &[S]) -> String {
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push(&mut line, cell.as_ref());
    }
    line.push_str("\r\n");
    line
}

/// Characters with which a spreadsheet begins a formula or a command, their
/// full-width forms too.
fn is_active(first: char) -> bool {
    matches!(
        first,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠'
    )
}

/// Characters that are nothing to see and may turn into nothing, so that what
/// follows them comes first.
fn is_nothing(it: char) -> bool {
    it.is_whitespace()
        || it.is_control()
        || matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn push(line: &mut String, cell: &str) {
    let first = cell.chars().next();
    let seen = cell.chars().find(|it| !is_nothing(*it));
    let active = first.is_some_and(is_active) || seen.is_some_and(is_active);
    let quoted = active
        || cell.contains(['"', ',', ';', '\r', '\n', '\t', '\''])
        || first.is_some_and(is_nothing);
    if quoted {
        line.push('"');
    }
    if active {
        line.push('\'');
    }
    for it in cell.chars() {
        match it {
            '"' => line.push_str("\"\""),
            // Programs end a text at it, or refuse the file.
            '\0' => line.push('\u{fffd}'),
            _ => line.push(it),
        }
    }
    if quoted {
        line.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_cells_stay_plain() {
        assert_eq!(line(&["success", "0", "", "12"]), "success,0,,12\r\n");
        assert_eq!(line(&["Zoë 😀"]), "Zoë 😀\r\n");
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_are_text() {
        for (cell, written) in [
            ("=1+1", "\"'=1+1\"\r\n"),
            ("+1", "\"'+1\"\r\n"),
            ("-1", "\"'-1\"\r\n"),
            ("@SUM(A1)", "\"'@SUM(A1)\"\r\n"),
            ("\t=1", "\"'\t=1\"\r\n"),
            ("\r=1", "\"'\r=1\"\r\n"),
            ("  =1", "\"'  =1\"\r\n"),
            ("\u{feff}=1", "\"'\u{feff}=1\"\r\n"),
            ("\u{202e}=1", "\"'\u{202e}=1\"\r\n"),
            ("＝1", "\"'＝1\"\r\n"),
        ] {
            assert_eq!(line(&[cell]), written);
        }
    }

    #[test]
    fn separators_quotes_and_line_ends_stay_inside_their_cell() {
        assert_eq!(line(&["a,b", "c\"d"]), "\"a,b\",\"c\"\"d\"\r\n");
        assert_eq!(line(&["a\r\n=b"]), "\"a\r\n=b\"\r\n");
        assert_eq!(line(&["a;b"]), "\"a;b\"\r\n");
        assert_eq!(line(&["a\0b"]), "a\u{fffd}b\r\n");
    }
}
