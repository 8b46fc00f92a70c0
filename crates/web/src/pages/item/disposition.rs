//! What a file is called when somebody saves it: the name it has in the
//! archive, in a header that no name can break.

/// The header `Content-Disposition` for a path in the archive; RFC 6266.
pub(super) fn of(path: &str, shown: bool) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let way = if shown { "inline" } else { "attachment" };
    let plain: String = name.chars().map(plain).collect();
    let mut line = format!("{way}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            line.push(char::from(byte));
        } else {
            line.push('%');
            for half in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(half), 16);
                line.extend(digit.map(|it| it.to_ascii_uppercase()));
            }
        }
    }
    line
}

/// For programs that know nothing but ASCII.
fn plain(it: char) -> char {
    let fits = it.is_ascii_alphanumeric() || " -._,()+@".contains(it);
    if fits { it } else { '_' }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn no_name_breaks_out_of_the_header() {
        assert_eq!(
            of("Archive/101 Ada/a b.mp3", true),
            "inline; filename=\"a b.mp3\"; filename*=UTF-8''a%20b.mp3"
        );
        let hostile = of("x/é\"\r\n%;\u{202e}.exe", false);
        assert_eq!(
            hostile,
            "attachment; filename=\"_______.exe\"; \
             filename*=UTF-8''%C3%A9%22%0D%0A%25%3B%E2%80%AE.exe"
        );
        assert!(hostile.bytes().all(|it| (32..127).contains(&it)));
    }
}
