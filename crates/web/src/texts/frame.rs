//! The frame around every page.

/// After the logo slot.
pub(crate) const PRODUCT: &str = "Archiver";
/// First link of a page, seen when it has the focus.
pub(crate) const SKIP: &str = "Skip to the page";
/// The tabs' name for screen readers.
pub(crate) const TABS: &str = "Pages";
/// First tab.
pub(crate) const GENERAL: &str = "GENERAL";
/// Second tab.
pub(crate) const BACKUP: &str = "BACKUP";
/// Third tab.
pub(crate) const LOG: &str = "LOG";
/// Fourth tab.
pub(crate) const ARCHIVE: &str = "ARCHIVE";
/// Fifth tab.
pub(crate) const COVERAGE: &str = "COVERAGE";
/// Sixth tab, for admins.
pub(crate) const AUDIT: &str = "AUDIT";
/// Ends the session.
pub(crate) const LOGOUT: &str = "LOGOUT";
/// Link at the bottom.
pub(crate) const HELP: &str = "Help";
/// Link at the bottom.
pub(crate) const TERMS: &str = "Terms of Service";
/// Link at the bottom.
pub(crate) const PRIVACY: &str = "Privacy Policy";
/// At the bottom of every page: the user notice.
pub(crate) const NOTICE: &str =
    "By using Archiver you acknowledge that you have read and agree to the";
/// Between the two links of the notice.
pub(crate) const AND: &str = "and the";
/// The two views an admin switches between.
pub(crate) const VIEWS: &str = "Whose data";
/// An admin's own extension.
pub(crate) const MY_EXTENSION: &str = "My Extension";
/// The whole company.
pub(crate) const ACCOUNT_SETTINGS: &str = "Account Settings";
/// A form that no page of ours has.
pub(crate) const TOO_LARGE: &str =
    "This form is larger than any of these pages, so nothing was done.";
/// An error's title.
pub(crate) const NOT_DONE: &str = "That was not done";
/// Who asks too often.
pub(crate) fn too_often(seconds: u32) -> String {
    format!("That was asked too often. Try again in {seconds} s.")
}
/// Away from an error.
pub(crate) const BACK: &str = "Back to the pages";
