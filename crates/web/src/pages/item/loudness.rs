//! How loud a recording is, tenth of a second by tenth of a second, found while
//! its bytes pass: WAV as telephones write it, and MP3. Pure; what it does not
//! understand has no loudness. Memory and work are bounded by the bytes.

use nanomp3_core::{Decoder, MAX_SAMPLES_PER_FRAME};

/// No header of a WAV that is drawn is longer, bytes.
const LONGEST_HEAD: usize = 64 * 1024;
/// The decoder wants to see several frames, bytes.
const FRAMES: usize = 16 * 1024;
/// More than a day of tenths.
const MOST: usize = 1_000_000;

/// What has passed so far.
pub(super) struct Loudness {
    format: Format,
    tenths: Tenths,
}

enum Format {
    /// The beginning, until it tells.
    Unknown(Vec<u8>),
    Wav(Wav),
    Mp3(Box<Decoder>, Vec<u8>),
    /// Nothing that is understood.
    Other,
}

/// The loudest sample of each tenth of a second, 0 to 255.
#[derive(Default)]
struct Tenths {
    all: Vec<u8>,
    loudest: u8,
    filled: u32,
}

impl Tenths {
    /// The next instant, of so many a second.
    fn take(&mut self, amplitude: u8, rate: u32) {
        self.loudest = self.loudest.max(amplitude);
        self.filled += 1;
        if self.filled >= rate.div_ceil(10) {
            self.end();
        }
    }

    fn end(&mut self) {
        if self.filled > 0 && self.all.len() < MOST {
            self.all.push(self.loudest);
        }
        (self.loudest, self.filled) = (0, 0);
    }
}

impl Loudness {
    /// Of nothing yet.
    pub(super) fn new() -> Loudness {
        Loudness {
            format: Format::Unknown(Vec::new()),
            tenths: Tenths::default(),
        }
    }

    /// The next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        match &mut self.format {
            Format::Unknown(head) => {
                head.extend_from_slice(bytes);
                let head = std::mem::take(head);
                self.begin(head);
            }
            Format::Wav(wav) => wav.push(bytes, &mut self.tenths),
            Format::Mp3(decoder, rest) => {
                rest.extend_from_slice(bytes);
                decode(decoder, rest, FRAMES, &mut self.tenths);
            }
            Format::Other => {}
        }
    }

    fn begin(&mut self, head: Vec<u8>) {
        if head.len() < 12 {
            self.format = Format::Unknown(head);
            return;
        }
        let is_riff = head.starts_with(b"RIFF") && &head[8..12] == b"WAVE";
        if !is_riff {
            self.format = Format::Mp3(Box::new(Decoder::new()), Vec::new());
            self.push(&head);
            return;
        }
        match Wav::of(&head) {
            Some((wav, at)) => {
                self.format = Format::Wav(wav);
                self.push(&head[at..]);
            }
            None if head.len() < LONGEST_HEAD => self.format = Format::Unknown(head),
            None => self.format = Format::Other,
        }
    }

    /// All of it, in so many steps; none where nothing was understood.
    pub(super) fn steps(mut self, count: usize) -> Vec<u8> {
        if let Format::Mp3(decoder, rest) = &mut self.format {
            decode(decoder, rest, 1, &mut self.tenths);
        }
        self.tenths.end();
        let all = self.tenths.all;
        if all.is_empty() {
            return Vec::new();
        }
        let step = |at: usize| {
            let from = at * all.len() / count;
            let to = ((at + 1) * all.len() / count).max(from + 1);
            all[from..to].iter().copied().max().unwrap_or(0)
        };
        (0..count).map(step).collect()
    }
}

/// Decodes while at least so many bytes are there.
fn decode(decoder: &mut Decoder, rest: &mut Vec<u8>, least: usize, tenths: &mut Tenths) {
    let mut pcm = [0_i16; MAX_SAMPLES_PER_FRAME];
    let mut at = 0;
    while rest.len() - at >= least {
        let (used, frame) = decoder.decode(&rest[at..], &mut pcm);
        if used == 0 {
            break;
        }
        at += used;
        if let Ok(frame) = frame {
            let channels = usize::from(frame.channels.num());
            let samples = frame.samples_produced * channels;
            for instant in pcm[..samples].chunks(channels) {
                let loudest = instant.iter().map(|it| amplitude(*it)).max();
                tenths.take(loudest.unwrap_or(0), frame.sample_rate);
            }
        }
    }
    rest.drain(..at);
}

fn amplitude(sample: i16) -> u8 {
    u8::try_from(sample.unsigned_abs() >> 7).unwrap_or(u8::MAX)
}

/// How a sample is written.
#[derive(Clone, Copy)]
enum Code {
    /// Whole numbers, of so many bytes.
    Pcm(usize),
    MuLaw,
    ALaw,
}

/// A WAV behind its header.
struct Wav {
    code: Code,
    /// Bytes of an instant: a sample of each channel.
    frame: usize,
    rate: u32,
    left: u64,
    rest: Vec<u8>,
}

impl Wav {
    /// By its header, and where the sound begins; `None`: it is not all there,
    /// or not understood.
    fn of(head: &[u8]) -> Option<(Wav, usize)> {
        let mut at = 12;
        let mut format = None;
        loop {
            let size = u32::from_le_bytes(head.get(at + 4..at + 8)?.try_into().ok()?);
            let body = at + 8;
            match &head[at..at + 4] {
                b"fmt " => format = Some(head.get(body..body + 16)?),
                b"data" => {
                    let wav = Wav::with(format?, u64::from(size), head)?;
                    return Some((wav, body));
                }
                _ => {}
            }
            let size = usize::try_from(size).ok()?;
            at = body.checked_add(size)?.checked_add(size & 1)?;
        }
    }

    fn with(format: &[u8], size: u64, head: &[u8]) -> Option<Wav> {
        let two = |at: usize| u16::from_le_bytes([format[at], format[at + 1]]);
        let rate = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
        let (channels, bits) = (usize::from(two(2)), usize::from(two(14)));
        // The longer header says further on what it is.
        let word = if two(0) == 0xFFFE {
            let at = head.windows(4).position(|it| it == b"fmt ")? + 8 + 24;
            u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?)
        } else {
            two(0)
        };
        let code = match (word, bits) {
            (1, 8 | 16 | 24 | 32) => Code::Pcm(bits / 8),
            (6, 8) => Code::ALaw,
            (7, 8) => Code::MuLaw,
            _ => return None,
        };
        let fits = (1..=8).contains(&channels) && (1_000..=400_000).contains(&rate);
        fits.then_some(Wav {
            code,
            frame: channels * bits / 8,
            rate,
            // A length that was never written: as far as it goes.
            left: if size == 0 { u64::MAX } else { size },
            rest: Vec::new(),
        })
    }

    fn push(&mut self, bytes: &[u8], tenths: &mut Tenths) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(left)];
        self.left -= bytes.len() as u64;
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.len() - self.rest.len() % self.frame;
        let width = match self.code {
            Code::Pcm(it) => it,
            Code::MuLaw | Code::ALaw => 1,
        };
        for instant in self.rest[..whole].chunks(self.frame) {
            let loudest = instant.chunks(width).map(|it| self.code.loudness(it)).max();
            tenths.take(loudest.unwrap_or(0), self.rate);
        }
        self.rest.drain(..whole);
    }
}

impl Code {
    /// Of one sample, lowest byte first.
    fn loudness(self, sample: &[u8]) -> u8 {
        match (self, sample) {
            (Code::Pcm(1), [it]) => it.abs_diff(128).saturating_mul(2),
            (Code::Pcm(_), [.., low, high]) => amplitude(i16::from_le_bytes([*low, *high])),
            (Code::MuLaw, [it]) => {
                let it = u16::from(!it & 0x7F);
                let size = (((it & 0x0F) << 3) + 0x84) << (it >> 4);
                u8::try_from((size - 0x84) >> 7).unwrap_or(u8::MAX)
            }
            (Code::ALaw, [it]) => {
                let it = u16::from((it ^ 0x55) & 0x7F);
                let (step, low) = (it >> 4, (it & 0x0F) << 4);
                let size = match step {
                    0 => low + 8,
                    _ => (low + 0x108) << (step - 1),
                };
                u8::try_from(size >> 7).unwrap_or(u8::MAX)
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV of one channel, 8,000 a second.
    fn wav(word: u16, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEjunk\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        file.extend(word.to_le_bytes());
        file.extend(1_u16.to_le_bytes());
        file.extend(8_000_u32.to_le_bytes());
        file.extend(8_000_u32.to_le_bytes());
        file.extend((bits / 8).to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        file.extend(data);
        file.extend(b"LIST\x04\0\0\0\xff\xff\xff\xff");
        file
    }

    fn steps(file: &[u8], chunk: usize, count: usize) -> Vec<u8> {
        let mut loudness = Loudness::new();
        file.chunks(chunk).for_each(|it| loudness.push(it));
        loudness.steps(count)
    }

    #[test]
    fn silence_and_noise_are_told_apart_in_each_code() {
        for (word, bits, quiet, loud) in [
            (1, 8, &[128][..], &[255][..]),
            (1, 16, &[0, 0], &[0xFF, 0x7F]),
            (1, 24, &[0, 0, 0], &[9, 0, 0x80]),
            (7, 8, &[0xFF], &[0x80]),
            (6, 8, &[0xD5], &[0xAA]),
        ] {
            let mut data = quiet.repeat(4_000);
            data.extend(loud.repeat(4_000));
            let file = wav(word, bits, &data);
            for chunk in [1, 7, 1_000, file.len()] {
                let found = steps(&file, chunk, 10);
                assert!(
                    found[..5].iter().all(|it| *it < 3),
                    "{word} {bits}: {found:?}"
                );
                assert!(
                    found[5..].iter().all(|it| *it > 240),
                    "{word} {bits}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn few_tenths_fill_all_steps() {
        assert_eq!(steps(&wav(1, 8, &[255; 800]), 99, 6), [254; 6]);
    }

    #[test]
    fn what_is_not_understood_has_no_loudness() {
        let noise: Vec<u8> = (0..40_000_u32)
            .map(|it| it.wrapping_mul(97).to_le_bytes()[0])
            .collect();
        for file in [
            &b""[..],
            b"RIFF",
            b"RIFF\0\0\0\0WAVE",
            &vec![0; 50_000],
            b"<html></html>",
            &wav(49, 0, &noise),
            &wav(3, 32, &noise),
        ] {
            for chunk in [3, 4_096] {
                assert!(steps(file, chunk, 10).is_empty());
            }
        }
        // Noise may look like a frame; it must only do no harm.
        steps(&noise, 1_000, 10);
    }

    #[test]
    fn an_mp3_has_its_length() {
        // 44,100 a second, 128 kbit/s, one channel, silence.
        let mut frame = vec![0xFF, 0xFB, 0x90, 0xC4];
        frame.resize(417, 0);
        let file = frame.repeat(100);
        let mut loudness = Loudness::new();
        file.chunks(1_000).for_each(|it| loudness.push(it));
        let found = loudness.steps(20);
        assert_eq!(found, [0; 20]);
    }
}
