//! What people write and say: texts, transcripts and faxes, with everything
//! that breaks a careless archive.

use crate::dice::Dice;
use crate::media::Page;

use super::messages::{Kind, Message};

const OPENINGS: [&str; 10] = [
    "Hi, the delivery is on its way",
    "Can you call me back after lunch?",
    "Order confirmed",
    "Running ten minutes late",
    "The sample arrived, thank you",
    "Invoice attached",
    "Meeting moved to Thursday",
    "Please check the quote",
    "All good on our side",
    "Wrong size, we would like to return it",
];

const REMARKS: [&str; 8] = [
    "",
    " See you soon.",
    " Reference below.",
    " Let me know!",
    " 👍",
    " Thanks a lot for your help with this one.",
    "\n\nSent from the warehouse",
    " Best, the team",
];

/// Texts that have broken somebody's archive.
const HOSTILE: [&str; 8] = [
    "👩‍👩‍👧‍👦 family dinner at 7? 🏳️‍🌈",
    "مرحبا، الطلب جاهز للاستلام",
    "<script>alert('hello')</script> & \"quotes\"",
    "=HYPERLINK(\"http://example.invalid\",\"click\")",
    "Zo\u{65}\u{301} and Zo\u{e9} are two people",
    "line one\r\nline two\rline three\tend",
    "\u{202e}desrever\u{202c} text",
    "こんにちは、見積もりを送ります。ありがとうございます",
];

const SENTENCES: [&str; 8] = [
    "Hello, this is a message about the order from last week.",
    "Please call me back when you have a minute.",
    "The part we received does not fit the older model.",
    "I will be in the office until five.",
    "We would like to move the appointment to next Tuesday.",
    "Thank you for the quick answer the other day.",
    "The reference is on the second page of the letter.",
    "Have a good day, bye.",
];

/// The text of an SMS, MMS or pager message. One in two hundred is very long.
pub(crate) fn text(message: &Message) -> String {
    let dice = message.dice.of("text");
    match dice.below(200) {
        0 => SENTENCES.join(" ").repeat(12),
        1..20 => (*dice.pick(&HOSTILE)).to_owned(),
        20..30 if message.kind == Kind::Mms => String::new(),
        _ => format!(
            "{} #{}{}",
            dice.at(1).pick(&OPENINGS),
            dice.at(2).below(90_000),
            dice.at(3).pick(&REMARKS)
        ),
    }
}

/// What the machine understood of a voicemail.
pub(crate) fn transcript(dice: Dice) -> String {
    (0..=dice.below(4))
        .map(|n| *dice.at(n).pick(&SENTENCES))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The letter that a fax was made from.
pub(crate) fn letter(dice: Dice) -> String {
    (0..12)
        .map(|n| *dice.at(n).pick(&SENTENCES))
        .collect::<Vec<_>>()
        .join("\n")
        + "\n"
}

/// One page of a fax; `id` makes it unlike all others.
pub(crate) fn fax_page(dice: Dice, id: u64) -> Page {
    let body = (0..8 + dice.below(20)).map(|n| (*dice.at(n).pick(&SENTENCES)).to_owned());
    let head = format!("FAX {id}  ref {:08x}", dice.bits() >> 32);
    Page {
        lines: std::iter::once(head).chain(body).collect(),
    }
}
