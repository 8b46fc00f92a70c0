//! The file name extension: what the bytes are, and only where they do not
//! tell, what the sender says.

use crate::media::Format;

/// Extensions that may be taken over from a sender, with the media types that
/// mean them: files that a computer shows or plays, never ones it runs.
/// Formats we know by their bytes are not among them: bytes that are no MP3
/// are never called one.
const HARMLESS: &[(&str, &[&str])] = &[
    ("3g2", &["video/3gpp2", "audio/3gpp2"]),
    ("3gp", &["video/3gpp", "audio/3gpp"]),
    ("7z", &["application/x-7z-compressed"]),
    ("aac", &["audio/aac", "audio/aacp"]),
    ("aif", &["audio/aiff", "audio/x-aiff"]),
    ("amr", &["audio/amr", "audio/amr-wb"]),
    ("avi", &["video/x-msvideo"]),
    ("avif", &["image/avif"]),
    ("bmp", &["image/bmp", "image/x-ms-bmp"]),
    ("caf", &["audio/x-caf"]),
    ("doc", &["application/msword"]),
    (
        "docx",
        &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ),
    ("flac", &["audio/flac"]),
    ("gz", &["application/gzip"]),
    ("heic", &["image/heic"]),
    ("heif", &["image/heif"]),
    ("json", &["application/json"]),
    ("m4a", &["audio/mp4", "audio/x-m4a"]),
    ("m4v", &["video/x-m4v"]),
    ("mid", &["audio/midi"]),
    ("mkv", &["video/x-matroska"]),
    ("mov", &["video/quicktime"]),
    ("mp4", &["video/mp4"]),
    ("odp", &["application/vnd.oasis.opendocument.presentation"]),
    ("ods", &["application/vnd.oasis.opendocument.spreadsheet"]),
    ("odt", &["application/vnd.oasis.opendocument.text"]),
    ("ogg", &["audio/ogg", "application/ogg"]),
    ("opus", &["audio/opus"]),
    ("ppt", &["application/vnd.ms-powerpoint"]),
    (
        "pptx",
        &["application/vnd.openxmlformats-officedocument.presentationml.presentation"],
    ),
    ("rtf", &["application/rtf", "text/rtf"]),
    ("webm", &["video/webm", "audio/webm"]),
    ("webp", &["image/webp"]),
    ("wma", &["audio/x-ms-wma"]),
    ("wmv", &["video/x-ms-wmv"]),
    ("xls", &["application/vnd.ms-excel"]),
    (
        "xlsx",
        &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    ),
    ("zip", &["application/zip"]),
];

/// Kinds of plain text that programs tell apart by the extension alone.
const TEXTS: &[(&str, &[&str])] = &[
    ("csv", &["text/csv"]),
    ("ics", &["text/calendar"]),
    ("md", &["text/markdown"]),
    ("srt", &["application/x-subrip"]),
    ("txt", &["text/plain"]),
    ("vcf", &["text/vcard", "text/x-vcard", "text/directory"]),
    ("vtt", &["text/vtt"]),
];

/// The extension for bytes of this format, without a dot. Where the bytes do
/// not tell, the sender's file name or media type does, if it means something
/// harmless; web pages, scripts, programs and the unknown are `bin`, so that a
/// click on an archived file never runs it. The bytes stay untouched.
///
/// ```
/// use domain::archive_path::file_extension;
/// use domain::media::Format;
/// assert_eq!(file_extension(Format::Wav, Some("call.mp3"), Some("audio/mpeg")), "wav");
/// assert_eq!(file_extension(Format::Other, None, Some("video/mp4; codecs=avc1")), "mp4");
/// assert_eq!(file_extension(Format::Html, Some("page.html"), Some("text/html")), "bin");
/// ```
pub fn file_extension(format: Format, file_name: Option<&str>, media_type: Option<&str>) -> String {
    let tables: &[&[(&str, &[&str])]] = match format {
        Format::Text => &[TEXTS],
        Format::Html | Format::Json | Format::Other => &[HARMLESS, TEXTS],
        _ => &[],
    };
    let hint = tables
        .iter()
        .find_map(|table| named(table, file_name))
        .or_else(|| tables.iter().find_map(|table| meant(table, media_type)));
    hint.or_else(|| format.file_extension())
        .unwrap_or("bin")
        .to_owned()
}

type Table = [(&'static str, &'static [&'static str])];

fn named(table: &Table, file_name: Option<&str>) -> Option<&'static str> {
    let (_, given) = file_name?.rsplit_once('.')?;
    let row = table
        .iter()
        .find(|(extension, _)| extension.eq_ignore_ascii_case(given));
    row.map(|(extension, _)| *extension)
}

fn meant(table: &Table, media_type: Option<&str>) -> Option<&'static str> {
    let essence = media_type?.split(';').next()?.trim();
    let row = table
        .iter()
        .find(|(_, types)| types.iter().any(|it| it.eq_ignore_ascii_case(essence)));
    row.map(|(extension, _)| *extension)
}
