//! Small whole files of each format, different for every name: bytes that
//! pass a completeness check and fail it when cut.

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// Lower-case hex of the sha256 of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Bytes::copy_from_slice(&Sha256::digest(bytes)))
}

/// `length` bytes without a pattern, the same for the same name.
pub fn noise(name: &str, length: usize) -> Bytes {
    let mut state = Sha256::digest(name.as_bytes())[..8]
        .iter()
        .fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&crate::dice::next(&mut state).to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}

/// A WAV file: 16-bit mono PCM at 8 kHz, a tenth of a second.
pub fn wav(name: &str) -> Bytes {
    let samples = noise(name, 1_600);
    let mut file = Vec::with_capacity(44 + samples.len());
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + 1_600_u32).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    for field in [8_000_u32, 16_000] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    for field in [2_u16, 16] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&1_600_u32.to_le_bytes());
    file.extend_from_slice(&samples);
    file.into()
}

/// An MP3 file: ten MPEG-1 layer III frames, 128 kbit/s at 44.1 kHz, without
/// a tag.
pub fn mp3(name: &str) -> Bytes {
    // 144 * 128,000 / 44,100, rounded down: the length of an unpadded frame.
    const FRAME: usize = 417;
    let sound = noise(name, 10 * FRAME);
    let mut file = Vec::with_capacity(sound.len());
    for frame in sound.chunks(FRAME) {
        file.extend_from_slice(&[0xFF, 0xFB, 0x90, 0x64]);
        // Nothing inside a frame may look like the beginning of another.
        file.extend(frame[4..].iter().map(|byte| byte & 0x7F));
    }
    file.into()
}

/// A PDF file with one empty page.
pub fn pdf(name: &str) -> Bytes {
    let title = &sha256(name.as_bytes())[..16];
    let objects = [
        "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n".to_owned(),
        "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n".to_owned(),
        "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>\nendobj\n".to_owned(),
        format!("4 0 obj\n<< /Title ({title}) >>\nendobj\n"),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut table = String::from("xref\n0 5\n0000000000 65535 f \n");
    for object in &objects {
        let line = format!("{:010} 00000 n \n", file.len());
        table.push_str(&line);
        file.push_str(object);
    }
    let start = file.len();
    let trailer = "trailer\n<< /Size 5 /Root 1 0 R /Info 4 0 R >>\nstartxref";
    format!("{file}{table}{trailer}\n{start}\n%%EOF\n").into()
}

/// A GIF picture of one pixel, with a comment that tells it from others.
pub fn gif(name: &str) -> Bytes {
    let mut file = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xFF\xFF\xFF".to_vec();
    file.extend_from_slice(b"\x21\xFE\x10");
    file.extend_from_slice(&sha256(name.as_bytes()).as_bytes()[..16]);
    file.extend_from_slice(b"\x00\x2C\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3B");
    file.into()
}
