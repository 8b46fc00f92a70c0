//! Telling a format from the first bytes. Signatures decide at once; what has
//! none (MP3 without a tag, text, pages) is decided over a whole head.

use serde::de::IgnoredAny;

use super::Format;
use super::mpeg::Frame;

/// After so many bytes every format is known.
pub const HEAD_BYTES: usize = 4096;
/// How far into a file its first MPEG frame may begin.
const FRAME_WITHIN: usize = 2048;
/// How far into a file `%PDF-` may stand (Adobe's own readers accept this).
const PDF_WITHIN: usize = 1024;

const SIGNATURES: &[(&[u8], Format)] = &[
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"GIF87a", Format::Gif),
    (b"GIF89a", Format::Gif),
    (b"II*\0", Format::Tiff),
    (b"MM\0*", Format::Tiff),
    (b"II+\0", Format::Tiff),
    (b"MM\0+", Format::Tiff),
    (b"%PDF-", Format::Pdf),
];

/// The format, where the first bytes alone settle it.
pub(super) fn early(head: &[u8]) -> Option<Format> {
    let signed = SIGNATURES
        .iter()
        .find(|(signature, _)| head.starts_with(signature));
    if let Some((_, format)) = signed {
        return Some(*format);
    }
    match head {
        [
            b'R',
            b'I' | b'F',
            b'F' | b'6',
            b'F' | b'4',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ] => Some(Format::Wav),
        // Version and size of a tag never look like text.
        [b'I', b'D', b'3', 0..=15, _, _, a, b, c, d, ..] if (a | b | c | d) < 0x80 => {
            Some(Format::Mp3)
        }
        _ => None,
    }
}

/// The format, judged over the first [`HEAD_BYTES`], or over the `whole` file
/// where it is shorter.
pub(super) fn format(head: &[u8], whole: bool) -> Format {
    let guesses: [(Format, &dyn Fn() -> bool); 6] = [
        (Format::Html, &|| is_markup(head)),
        (Format::Text, &|| is_wide_text(head)),
        (Format::Json, &|| is_json(head, whole)),
        (Format::Pdf, &|| has_pdf_mark(head)),
        (Format::Mp3, &|| found_frame(head, whole).is_some()),
        (Format::Text, &|| is_text(head)),
    ];
    early(head)
        .or_else(|| begun(head))
        .or_else(|| {
            guesses
                .iter()
                .find(|(_, fits)| fits())
                .map(|(format, _)| *format)
        })
        .unwrap_or(Format::Other)
}

/// Where the walk along an MP3 begins: at its tag or, without one, at its
/// first frame.
pub(super) fn first_frame(head: &[u8]) -> u64 {
    let is_tagged = early(head).is_some();
    let frame = if is_tagged {
        None
    } else {
        found_frame(head, true)
    };
    frame.unwrap_or(0) as u64
}

/// A file that ended inside its own signature.
fn begun(head: &[u8]) -> Option<Format> {
    let telling = head.len() >= 4 || !head.is_ascii();
    if head.starts_with(b"RIFF") && head.len() < 12 {
        return Some(Format::Wav);
    }
    if matches!(head, [b'I', b'D', b'3', 0..=8, ..]) && head.len() < 10 {
        return Some(Format::Mp3);
    }
    let row = SIGNATURES
        .iter()
        .find(|(signature, _)| telling && signature.starts_with(head));
    row.map(|(_, format)| *format)
}

/// Two frames in a row, or one that a short file opens with.
fn found_frame(head: &[u8], whole: bool) -> Option<usize> {
    (0..head.len().min(FRAME_WITHIN)).find(|&at| {
        let Some(first) = Frame::at(head, at) else {
            return false;
        };
        let next = at + first.bytes;
        match head.get(next..next + 4) {
            Some(_) => Frame::at(head, next).is_some_and(|second| second.is_like(&first)),
            None => whole && at == 0,
        }
    })
}

/// HTML or XML, after a byte order mark and white space.
fn is_markup(head: &[u8]) -> bool {
    let wide = |pair: &[u8]| head.starts_with(pair);
    if wide(b"\xff\xfe<\0") || wide(b"\xfe\xff\0<") {
        return true;
    }
    match trimmed(head) {
        [b'<', b'!' | b'?', ..] => true,
        [b'<', name, ..] => name.is_ascii_alphabetic() && is_text(head),
        _ => false,
    }
}

/// A JSON object or array: parsed where the file is there as a whole, else
/// told by its opening.
fn is_json(head: &[u8], whole: bool) -> bool {
    let head = trimmed(head);
    if !matches!(head.first(), Some(b'{' | b'[')) {
        return false;
    }
    if whole {
        return serde_json::from_slice::<IgnoredAny>(head).is_ok();
    }
    let inner = trimmed(&head[1..]).first().copied();
    let opens = match head[0] {
        b'{' => inner == Some(b'"'),
        _ => matches!(inner, Some(b'{' | b'[' | b'"' | b'0'..=b'9' | b'-')),
    };
    opens && is_text(head)
}

/// `%PDF-1.4` at the beginning of a line, after junk: a text may speak of it.
fn has_pdf_mark(head: &[u8]) -> bool {
    let head = &head[..head.len().min(PDF_WITHIN)];
    !is_text(head)
        && head.windows(8).enumerate().any(|(at, mark)| {
            let is_mark = mark.starts_with(b"%PDF-")
                && mark[5].is_ascii_digit()
                && mark[6] == b'.'
                && mark[7].is_ascii_digit();
            is_mark && (at == 0 || !matches!(head[at - 1], b' '..=b'~' | b'\t'))
        })
}

/// UTF-16 with its mark. (As an MPEG header it would be of layer I with a
/// checksum, which nobody sends.)
fn is_wide_text(head: &[u8]) -> bool {
    matches!(
        head,
        [0xff, 0xfe, 9..=126, 0, ..] | [0xfe, 0xff, 0, 9..=126, ..]
    )
}

/// Characters without controls: UTF-8, or mostly ASCII in some older encoding.
fn is_text(head: &[u8]) -> bool {
    let is_control = |b: &u8| matches!(b, 0..=8 | 11 | 14..=26 | 28..=31 | 127);
    if head.iter().any(is_control) {
        return false;
    }
    match std::str::from_utf8(head) {
        Ok(_) => true,
        // The head may cut the last character.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => true,
        Err(_) => head.iter().filter(|b| b.is_ascii()).count() * 8 > head.len() * 7,
    }
}

fn trimmed(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start()
}
