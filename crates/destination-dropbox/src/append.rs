//! What an answer to an append means for the session (pure). A lost answer is
//! followed by a second sending, and then Dropbox says where it stands.

use domain::error::Error;

use crate::refusal::Step;

/// What comes after a failed append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The bytes are there; the failure told of an earlier sending that got
    /// through.
    Landed,
    /// They are there, but the session is still open.
    Close,
    /// Nothing of them is there: send them again.
    Resend,
    /// This session leads nowhere.
    Out,
}

/// Decides about an append of `length` bytes at `offset` that was to close the
/// session or not. That a closed session holds the right bytes, only its
/// commit can prove.
pub(crate) fn after(error: &Error, offset: u64, length: u64, close: bool) -> Then {
    match Step::of(error) {
        Step::Offset(at) if at == offset => Then::Resend,
        Step::Offset(at) if at == offset + length && close => Then::Close,
        Step::Offset(at) if at == offset + length => Then::Landed,
        Step::Closed if close => Then::Landed,
        Step::Resend => Then::Resend,
        _ => Then::Out,
    }
}

#[cfg(test)]
mod tests {
    use domain::error::Kind;

    use super::*;

    #[test]
    fn dropbox_says_where_the_session_stands() {
        for (code, close, then) in [
            ("incorrect_offset/100", false, Then::Resend),
            ("incorrect_offset/100", true, Then::Resend),
            ("incorrect_offset/140", false, Then::Landed),
            ("incorrect_offset/140", true, Then::Close),
            ("lookup_failed/incorrect_offset/140", false, Then::Landed),
            ("incorrect_offset/120", true, Then::Out),
            ("incorrect_offset/0", true, Then::Out),
            ("incorrect_offset", false, Then::Out),
            ("closed", true, Then::Landed),
            ("closed", false, Then::Out),
            ("content_hash_mismatch", true, Then::Resend),
            ("not_found", true, Then::Out),
            ("too_large", true, Then::Out),
            ("500", true, Then::Out),
        ] {
            let error = Error::new(Kind::Unavailable, "…").code_is(code);
            assert_eq!(after(&error, 100, 40, close), then, "{code} {close}");
        }
    }
}
