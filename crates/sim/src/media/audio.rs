//! Sound: MP3 stitched from the frames of a small fixture, and WAV computed
//! sample by sample. Any stretch can be made without the ones before it.

use crate::dice::Dice;

use super::Form;

/// MPEG 2.5 layer III frames without a bit reservoir: any may follow any.
const TONE: &[u8] = include_bytes!("../../fixtures/tone-8kbps.mp3");
const FRAME: u64 = 72;
const FRAME_MS: u64 = 72;
/// Neighbouring fixture frames that are kept together (about a second).
const RUN: u64 = 14;
/// Size of the ID3 tag that makes each MP3 unlike all others.
const TAG: u64 = 256;

const TELEPHONE_RATE: u64 = 8_000;
const STUDIO_RATE: u64 = 48_000;
/// Bytes of one moment of studio sound: two channels of 16 bits.
const STUDIO_BLOCK: u64 = 4;
const PCM_HEADER: u64 = 44;
const MU_LAW_HEADER: u64 = 58;

/// A sound file's format and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audio {
    /// 8 kbit/s mono, what RingCentral serves today.
    Mp3 {
        /// Length.
        seconds: u32,
    },
    /// WAV, 8 kHz mono mu-law, what it used to serve.
    MuLaw {
        /// Length.
        seconds: u32,
    },
    /// WAV, 48 kHz stereo of 16 bits, for sizes that hurt.
    Pcm {
        /// Size of the whole file: the header's 44 bytes and a multiple of 4.
        bytes: u64,
    },
}

impl Audio {
    /// Studio sound of at most `bytes` (as a file), at least 1 kB.
    pub fn pcm_of(bytes: u64) -> Self {
        let data = bytes.clamp(1_024, u64::from(u32::MAX)) - PCM_HEADER;
        Self::Pcm {
            bytes: PCM_HEADER + data / STUDIO_BLOCK * STUDIO_BLOCK,
        }
    }

    /// How long it plays, in milliseconds.
    pub fn duration_ms(self) -> i64 {
        let ms = match self {
            Self::Mp3 { .. } => self.frames() * FRAME_MS,
            Self::MuLaw { seconds } => u64::from(seconds) * 1_000,
            Self::Pcm { bytes } => (bytes - PCM_HEADER) / STUDIO_BLOCK * 1_000 / STUDIO_RATE,
        };
        i64::try_from(ms).unwrap_or(i64::MAX)
    }

    /// Size of the file in bytes.
    pub fn bytes(self) -> u64 {
        match self {
            Self::Mp3 { .. } => TAG + self.frames() * FRAME,
            Self::MuLaw { seconds } => MU_LAW_HEADER + u64::from(seconds) * TELEPHONE_RATE,
            Self::Pcm { bytes } => bytes,
        }
    }

    /// The kind of file.
    pub fn form(self) -> Form {
        match self {
            Self::Mp3 { .. } => Form::Mp3,
            Self::MuLaw { .. } => Form::MuLaw,
            Self::Pcm { .. } => Form::Pcm,
        }
    }

    fn frames(self) -> u64 {
        match self {
            Self::Mp3 { seconds } => (u64::from(seconds) * 1_000).div_ceil(FRAME_MS),
            _ => 0,
        }
    }
}

/// One sound file, ready to be read from anywhere.
#[derive(Clone, Debug)]
pub(super) struct Track {
    dice: Dice,
    audio: Audio,
    header: Vec<u8>,
}

impl Track {
    pub(super) fn new(dice: Dice, label: &str, audio: Audio) -> Self {
        let header = match audio {
            Audio::Mp3 { .. } => id3(label, dice),
            Audio::MuLaw { .. } => mu_law_header(audio.bytes()),
            Audio::Pcm { .. } => pcm_header(audio.bytes()),
        };
        Self {
            dice,
            audio,
            header,
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.audio.bytes()
    }

    /// Writes the bytes from `offset` on. `out` must end within the file.
    pub(super) fn fill(&self, offset: u64, out: &mut [u8]) {
        let head = self.header.len() as u64;
        let in_head = usize::try_from(head.saturating_sub(offset))
            .unwrap_or(0)
            .min(out.len());
        let (start, rest) = out.split_at_mut(in_head);
        if let Ok(from) = usize::try_from(offset.min(head)) {
            start.copy_from_slice(&self.header[from..from + in_head]);
        }
        let at = (offset + in_head as u64).saturating_sub(head);
        match self.audio {
            Audio::Mp3 { .. } => self.fill_frames(at, rest),
            Audio::MuLaw { .. } => self.fill_mu_law(at, rest),
            Audio::Pcm { .. } => self.fill_pcm(at, rest),
        }
    }

    fn fill_frames(&self, at: u64, out: &mut [u8]) {
        let fixture_frames = TONE.len() as u64 / FRAME;
        let mut at = at;
        let mut rest = out;
        while !rest.is_empty() {
            let (frame, within) = (at / FRAME, at % FRAME);
            let run = self.dice.at(frame / RUN).below(fixture_frames - RUN);
            let from = usize::try_from((run + frame % RUN) * FRAME + within).unwrap_or(0);
            let len = usize::try_from(FRAME - within).unwrap_or(0).min(rest.len());
            let (now, later) = rest.split_at_mut(len);
            now.copy_from_slice(&TONE[from..from + len]);
            at += len as u64;
            rest = later;
        }
    }

    fn fill_mu_law(&self, at: u64, out: &mut [u8]) {
        for (byte, n) in out.iter_mut().zip(at..) {
            *byte = mu_law(self.sample(n, TELEPHONE_RATE));
        }
    }

    fn fill_pcm(&self, at: u64, out: &mut [u8]) {
        let mut at = at;
        let mut rest = out;
        while !rest.is_empty() {
            let [low, high] = self.sample(at / STUDIO_BLOCK, STUDIO_RATE).to_le_bytes();
            let block = [low, high, low, high];
            let within = usize::try_from(at % STUDIO_BLOCK).unwrap_or(0);
            let len = (block.len() - within).min(rest.len());
            let (now, later) = rest.split_at_mut(len);
            now.copy_from_slice(&block[within..within + len]);
            at += len as u64;
            rest = later;
        }
    }

    /// The `n`-th sample: each quarter of a second a tone of its own, swelling
    /// and fading so that nothing clicks.
    fn sample(&self, n: u64, rate: u64) -> i16 {
        let (note, within) = (n / (rate / 4), n % (rate / 4));
        let hertz = 200 + self.dice.at(note).below(1_200);
        // A triangle: 0 up to 1023 and back, `hertz` times a second.
        let phase = (within * hertz * 2_048 / rate) % 2_048;
        let wave = if phase < 1_024 { phase } else { 2_047 - phase };
        let swell = within.min(rate / 4 - within) * 8 * 32 / rate;
        let centred = i64::try_from(wave).unwrap_or(0) - 512;
        i16::try_from(centred * i64::try_from(swell).unwrap_or(0) / 2).unwrap_or(0)
    }
}

/// An ID3v2.3 tag of exactly [`TAG`] bytes with a title and padding.
fn id3(label: &str, dice: Dice) -> Vec<u8> {
    let title = format!("{label} ({:016x})", dice.bits());
    let mut text = vec![0];
    text.extend(title.bytes().filter(u8::is_ascii).take(200));
    let body = u32::try_from(TAG - 10).unwrap_or(0);
    let mut tag = b"ID3\x03\x00\x00".to_vec();
    tag.extend(
        [
            body >> 21 & 127,
            body >> 14 & 127,
            body >> 7 & 127,
            body & 127,
        ]
        .map(|b| u8::try_from(b).unwrap_or(0)),
    );
    tag.extend(b"TIT2");
    tag.extend(u32::try_from(text.len()).unwrap_or(0).to_be_bytes());
    tag.extend([0, 0]);
    tag.extend(text);
    tag.resize(usize::try_from(TAG).unwrap_or(0), 0);
    tag
}

fn pcm_header(bytes: u64) -> Vec<u8> {
    let data = riff_size(bytes - PCM_HEADER);
    let mut header = riff(bytes);
    header.extend(b"fmt ");
    header.extend(16_u32.to_le_bytes());
    header.extend(format_block(1, 2, STUDIO_RATE, 16));
    header.extend(b"data");
    header.extend(data.to_le_bytes());
    header
}

/// Mu-law is not plain PCM: its format block has an empty extension, and a
/// `fact` chunk counts the samples.
fn mu_law_header(bytes: u64) -> Vec<u8> {
    let data = riff_size(bytes - MU_LAW_HEADER);
    let mut header = riff(bytes);
    header.extend(b"fmt ");
    header.extend(18_u32.to_le_bytes());
    header.extend(format_block(7, 1, TELEPHONE_RATE, 8));
    header.extend([0, 0]);
    header.extend(b"fact");
    header.extend(4_u32.to_le_bytes());
    header.extend(data.to_le_bytes());
    header.extend(b"data");
    header.extend(data.to_le_bytes());
    header
}

fn riff(bytes: u64) -> Vec<u8> {
    let mut header = b"RIFF".to_vec();
    header.extend(riff_size(bytes - 8).to_le_bytes());
    header.extend(b"WAVE");
    header
}

fn riff_size(bytes: u64) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn format_block(tag: u16, channels: u16, rate: u64, bits: u16) -> Vec<u8> {
    let block = channels * bits / 8;
    let rate = riff_size(rate);
    let mut out = tag.to_le_bytes().to_vec();
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend((rate * u32::from(block)).to_le_bytes());
    out.extend(block.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out
}

/// ITU-T G.711 mu-law of a linear sample.
fn mu_law(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.unsigned_abs().min(32_635) + 132;
    let exponent = 7 - (magnitude | 0xff).leading_zeros().min(7);
    let mantissa = magnitude >> (exponent + 3) & 15;
    !(sign | u8::try_from(exponent << 4).unwrap_or(0) | u8::try_from(mantissa).unwrap_or(0))
}
