//! Repeatable randomness: splitmix64, and the nastiest texts we know.

/// A stream of numbers from a seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    /// A name made by somebody who wishes us ill.
    pub(crate) fn hostile(&mut self) -> String {
        if self.one_in(4000) {
            return self.pick::<&str>(&ATOMS).repeat(10_000);
        }
        let mut text = String::new();
        for _ in 0..self.below(9) {
            match self.below(8) {
                0 => text.extend(char::from_u32(
                    u32::try_from(self.below(0x11_0000)).unwrap(),
                )),
                1 => text.extend(char::from_u32(u32::try_from(self.below(0x1_0000)).unwrap())),
                2 => text.extend(char::from_u32(u32::try_from(self.below(0x100)).unwrap())),
                3 => text.push_str(&self.below(1_000_000_000).to_string()),
                _ => text.push_str(self.pick::<&str>(&ATOMS)),
            }
        }
        text
    }

    /// Sometimes nothing.
    pub(crate) fn maybe(&mut self) -> Option<String> {
        (!self.one_in(4)).then(|| self.hostile())
    }
}

/// Pieces of hostile names.
#[rustfmt::skip]
pub(crate) const ATOMS: [&str; 108] = [
    "/", "\\", "..", ".", "../", "..\\", "/etc/passwd", "C:\\", "//", "%2F", "%2e%2e", ":", "*", "?", "\"", "<", ">", "|",
    " ", "  ", "\t", "\n", "\r\n", "\0", "\u{1}", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{a0}", "\u{2028}", "\u{2029}", "\u{3000}",
    "CON", "con", "NUL", "nul.txt", "AUX.", "COM1", "com¹", "LPT9 ", "CONIN$", "PRN", "desktop.ini", "Thumbs.db", ".DS_Store",
    "icon\r", ".dropbox", ".dropbox.cache", "~$", ".~", "~a.tmp", ".", "...", " .", ". ", "-", "_", "=", "=41", " v2", " msg1", " rec1",
    "_att2", "_all", "[1]", "😀", "👩‍👩‍👧", "🇩🇪", "𠮷", "\u{10ffff}", "\u{301}", "\u{308}\u{301}", "e\u{301}", "é", "Å", "\u{212b}", "A\u{30a}",
    "\u{1100}\u{1161}\u{11a8}", "각", "\u{facf}", "\u{fad0}", "\u{2126}", "Ω", "ω", "Σ", "σ", "ς", "İ", "ı", "i", "I", "ß", "ẞ", "SS", "\u{212a}", "K", "k",
    "\u{202e}gpj", "\u{200b}", "\u{200d}", "\u{feff}", "\u{2066}x\u{2069}", "\u{ad}", "\u{e000}", "\u{fffe}", "\u{fdd0}", "Ada Lovelace", "李小龍",
];
