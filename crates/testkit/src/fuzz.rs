//! A fuzzer for the stable toolchain: a plain function over bytes, seeds that
//! lead deep into it, and changed copies of them, as many as were asked for.
//! Not guided by coverage; what it loses there it wins by knowing JSON, numbers
//! and the words of a format. The same number tells the same story everywhere.
//!
//! `ARCHIVER_FUZZ=1000000` asks for so many inputs of each target; without it
//! there are a few thousand, in seconds. `--nocapture` shows a line for each.

use crate::dice;

/// Inputs of a target unless somebody asks for more.
const USUAL: u64 = 2_000;
/// No input is longer.
const LONGEST: usize = 64 * 1024;

/// What is thrown at one parser.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The parser: one word.
    pub name: &'a str,
    /// Good inputs of every kind there is.
    pub seeds: &'a [Vec<u8>],
    /// Inputs that once broke it, and such as would be nasty.
    pub corpus: &'a [&'a [u8]],
    /// Words of the format, to be strewn in.
    pub words: &'a [&'a str],
}

impl Target<'_> {
    /// Runs the parser with its invariants (`check` panics where one does not
    /// hold) over seeds, corpus and changed copies of both. The input at fault
    /// is printed.
    pub fn run(&self, check: impl Fn(&[u8])) {
        let mut inputs = 0_u64;
        let mut tell = |input: &[u8]| {
            let told = Told {
                name: self.name,
                number: inputs,
                input,
            };
            check(input);
            drop(told);
            inputs += 1;
        };
        self.seeds.iter().for_each(|it| tell(it));
        self.corpus.iter().for_each(|it| tell(it));
        let mut change = Change::new(self);
        for _ in 0..asked_for() {
            tell(&change.next());
        }
        println!("fuzz {}: {inputs} inputs, 0 failures", self.name);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long to fuzz is asked of the environment, here and nowhere else"
)]
fn asked_for() -> u64 {
    let asked = std::env::var("ARCHIVER_FUZZ").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(USUAL)
}

/// Prints the input at hand when the test ends over it.
struct Told<'a> {
    name: &'a str,
    number: u64,
    input: &'a [u8],
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (name, number, input) = (self.name, self.number, self.input.escape_ascii());
            eprintln!("fuzz {name}: input {number} breaks it: b\"{input}\"");
        }
    }
}

/// Values that parsers of numbers trip over.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "-0",
    "00",
    "+1",
    "255",
    "256",
    "32768",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e400",
    "-1e400",
    "1e-400",
    "0.1",
    "NaN",
    "inf",
    "0x10",
    "99999999999999999999999999999999",
    "1.5e3",
    "٣",
];

/// What may stand for a JSON value.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "1e400",
    "18446744073709551616",
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\u{202e}\u{feff}\"",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "[{}]",
    "{\"\":\"\"}",
    "{\"id\":1,\"id\":\"2\"}",
    "\"2026-05-10T17:12:07.500Z\"",
    "\"2016-12-31T23:59:60Z\"",
    "\"-009999-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:59.999Z\"",
    "\"0\"",
    "NaN",
    "'x'",
    "//",
    "",
];

const BYTES: &[u8] =
    b"\0\x01\x09\x0a\x0d \"%&'*+,-./:;<=>?@[\\]_{|}~\x7f\x80\xc0\xe2\xed\xef\xf0\xfe\xff";

/// Makes inputs out of others.
struct Change<'a> {
    state: u64,
    from: Vec<&'a [u8]>,
    words: &'a [&'a str],
}

impl<'a> Change<'a> {
    fn new(target: &Target<'a>) -> Change<'a> {
        let seeds = target.seeds.iter().map(Vec::as_slice);
        let from: Vec<&[u8]> = seeds.chain(target.corpus.iter().copied()).collect();
        assert!(!from.is_empty(), "{} has no seeds", target.name);
        let name = target.name.bytes();
        Change {
            state: name.fold(0, |sum, byte| sum.wrapping_mul(31) + u64::from(byte)),
            from,
            words: target.words,
        }
    }

    fn roll(&mut self) -> u64 {
        dice::next(&mut self.state)
    }

    /// A number below `bound`; 0 below 1.
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from(self.roll() % bound).unwrap()
    }

    fn pick<'b>(&mut self, of: &[&'b str]) -> &'b [u8] {
        of[self.below(of.len())].as_bytes()
    }

    fn next(&mut self) -> Vec<u8> {
        if self.below(64) == 0 {
            return (0..self.below(300)).map(|_| self.byte()).collect();
        }
        let base = self.below(self.from.len());
        let mut input = self.from[base].to_vec();
        for _ in 0..=self.below(3) + self.below(3) {
            self.change(&mut input);
            input.truncate(LONGEST);
        }
        input
    }

    fn byte(&mut self) -> u8 {
        match self.below(3) {
            0 => BYTES[self.below(BYTES.len())],
            _ => self.roll().to_le_bytes()[0],
        }
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(16)).min(input.len());
        match self.below(14) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.byte(),
            2 => {
                let more: Vec<u8> = (0..=self.below(8)).map(|_| self.byte()).collect();
                input.splice(at..at, more);
            }
            3 => drop(input.drain(at..end)),
            4 => {
                let far = (at + self.below(256)).min(input.len());
                let copy = input[at..far].repeat(1 + self.below(4));
                input.splice(at..at, copy);
            }
            5 => input.truncate(at),
            6 | 7 if !self.words.is_empty() => {
                let word = self.pick(self.words).to_vec();
                let end = if self.below(2) == 0 { at } else { end };
                input.splice(at..end, word);
            }
            8 => {
                let other = self.below(self.from.len());
                let other = self.from[other];
                let tail = &other[self.below(other.len() + 1)..];
                input.splice(at.., tail.iter().copied());
            }
            9 => self.set_integer(input, at),
            10 | 11 => self.set_number(input, at),
            12 | 13 => self.set_value(input, at),
            _ => input.extend_from_slice(BYTES),
        }
    }

    /// A binary integer, as lengths and offsets are.
    fn set_integer(&mut self, input: &mut [u8], at: usize) {
        let near = input.len() as u64;
        let value = match self.below(6) {
            0 => 0,
            1 => u64::MAX,
            2 => near,
            3 => near.wrapping_add(self.roll() % 16).wrapping_sub(8),
            4 => 1 << self.below(64),
            _ => self.roll(),
        };
        let width = [1, 2, 4, 8][self.below(4)];
        let bytes = match self.below(2) {
            0 => value.to_le_bytes()[..width].to_vec(),
            _ => value.to_be_bytes()[8 - width..].to_vec(),
        };
        for (old, new) in input.iter_mut().skip(at).zip(bytes) {
            *old = new;
        }
    }

    /// The next digits.
    fn set_number(&mut self, input: &mut Vec<u8>, at: usize) {
        let from = input.iter().skip(at).position(u8::is_ascii_digit);
        let Some(from) = from.map(|it| at + it) else {
            return;
        };
        let length = input[from..]
            .iter()
            .take_while(|it| it.is_ascii_digit())
            .count();
        let number = self.pick(NUMBERS).to_vec();
        input.splice(from..from + length, number);
    }

    /// The value after the next colon, to the end of whatever it is.
    fn set_value(&mut self, input: &mut Vec<u8>, at: usize) {
        let Some(colon) = input.iter().skip(at).position(|it| *it == b':') else {
            return;
        };
        let from = at + colon + 1;
        let (mut depth, mut quoted, mut end) = (0_usize, false, from);
        while let Some(byte) = input.get(end) {
            match byte {
                b'\\' if quoted => end += 1,
                b'"' => quoted = !quoted,
                b'[' | b'{' if !quoted => depth += 1,
                b',' | b']' | b'}' if !quoted && depth == 0 => break,
                b']' | b'}' if !quoted => depth -= 1,
                _ => {}
            }
            end += 1;
        }
        let end = end.min(input.len());
        let value = match self.below(12) {
            0 => vec![b'['; 1 + self.below(300)],
            1 => format!("\"{}\"", "é".repeat(self.below(3000))).into_bytes(),
            2 => input[from..end].repeat(2),
            _ => self.pick(VALUES).to_vec(),
        };
        input.splice(from..end, value);
    }
}
