//! Every SQL text of this crate is a named constant in a list, so that a test
//! can prepare each of them on both databases. That test stands in for the
//! compile-time check that `sqlx::Any` cannot have.

/// Declares SQL texts: a constant each, and `ALL` with all of them.
macro_rules! statements {
    ($($(#[doc = $doc:literal])* $name:ident = $sql:literal;)*) => {
        $($(#[doc = $doc])* const $name: &str = $sql;)*
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $sql)),*];
    };
}
pub(crate) use statements;

/// Every SQL text that runs after the migrations, by name: for the test that
/// prepares them.
#[doc(hidden)]
pub fn all_statements() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        crate::connections::ALL,
        crate::people::ALL,
        crate::destinations::ALL,
        crate::journal::ALL,
        crate::vault::ALL,
        crate::sessions::ALL,
        crate::instance::ALL,
        crate::overview::ALL,
        crate::limits::ALL,
        crate::alarms::ALL,
        crate::watch::ALL,
        crate::proofs::ALL,
        crate::audit::ALL,
        crate::audit::SECRET_STATEMENTS,
        crate::scrubs::ALL,
        crate::exports::ALL,
        crate::copy::ALL,
        crate::coverage::ALL,
        crate::rotate::ALL,
    ]
    .into_iter()
    .chain(crate::ledger::ALL)
    .chain(crate::tasks::ALL)
    .chain(crate::log::ALL)
    .chain(crate::manifests::ALL)
    .chain(crate::search::ALL)
    .flatten()
    .copied()
}

/// Those that only one of the two understands.
#[doc(hidden)]
pub fn statements_of_one(postgres: bool) -> &'static [(&'static str, &'static str)] {
    crate::search::of_one(postgres)
}
