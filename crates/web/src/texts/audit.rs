//! The audit log.

/// The title.
pub(crate) const TITLE: &str = "Audit Log";
/// Under it.
pub(crate) const ABOUT: &str = "Who changed, saw and downloaded what. Nothing here can be changed or deleted from these pages, \
     and each line is bound to the one before it.";
/// Field.
pub(crate) const PERSON: &str = "Person";
/// Under the field.
pub(crate) const PERSON_HINT: &str =
    "Extension number, name or id; or system, command line, nobody";
/// Field.
pub(crate) const ACTION: &str = "Action";
/// First choice of the field.
pub(crate) const ANY: &str = "All";
/// Field.
pub(crate) const FROM: &str = "From";
/// Field.
pub(crate) const TO: &str = "To";
/// Button.
pub(crate) const GO: &str = "GO";
/// The filter.
pub(crate) const SHOW_FOR: &str = "Show:";
/// Column.
pub(crate) const WHEN: &str = "When";
/// Column.
pub(crate) const WHO: &str = "Who";
/// Column.
pub(crate) const WHAT: &str = "What";
/// Column.
pub(crate) const TARGET: &str = "To what";
/// Column.
pub(crate) const RESULT: &str = "Result";
/// Column.
pub(crate) const NUMBER: &str = "No.";
/// The two books.
pub(crate) const BOOKS: &str = "Which log";
/// Of the company.
pub(crate) const COMPANY: &str = "Your account";
/// Of the server.
pub(crate) const SERVER: &str = "This server";
/// A file of what is shown.
pub(crate) const CSV: &str = "Download as CSV";
/// A file of everything.
pub(crate) const JSONL: &str = "Download everything, to be checked (JSONL)";
/// Nothing was found.
pub(crate) const NONE: &str = "Nothing of this kind is in the log.";
/// The arrows together.
pub(crate) const TURN: &str = "Pages of the audit log";
/// Arrow.
pub(crate) const OLDER: &str = "Older entries";
/// Back to the first page.
pub(crate) const NEWEST: &str = "Newest entries";
/// A person who is not known.
pub(crate) const NO_PERSON: &str = "Nobody here has this number, name or id.";
/// Persons of one name.
pub(crate) const SEVERAL_PEOPLE: &str = "Several people are called that: type their number.";
/// Who is not an admin.
pub(crate) const ADMINS_ONLY: &str =
    "Only a token for the whole account, of an administrator, reads the audit log.";
/// A file of a filter that makes no sense.
pub(crate) const NO_FILE: &str =
    "The filter is not understood, so there is no file. Go back to AUDIT and correct it.";
/// The columns of the CSV file.
pub(crate) const HEAD: [&str; 7] = ["No.", "When", "Who", "Name", "What", "To what", "Result"];

/// The table's name.
pub(crate) fn caption(zone: &str) -> String {
    format!("Entries, newest first. Times are in {zone}.")
}

/// Where the chain ends.
pub(crate) fn head(seq: i64, hash: &str) -> String {
    format!("The log ends with no. {seq}, hash {hash}.")
}

/// The log cannot be written.
pub(crate) fn not_written(error: &domain::Error) -> String {
    format!(
        "This could not be written to the audit log, so what came of it is not shown, and what you asked for may have been done: {error}."
    )
}

/// Every action, by its word in the log. Groups end with a dot.
pub(crate) const ACTIONS: &[(&str, &str)] = &[
    ("sign-in.", "Signing in and out"),
    ("sign-in.begin", "Sign-in begun"),
    ("sign-in.return", "Back from RingCentral"),
    ("sign-in.confirm", "Signed in"),
    ("sign-in.cancel", "Sign-in cancelled"),
    ("sign-in.out", "Signed out"),
    ("sign-in.ended", "Signed out by the system"),
    ("connection.", "Connections"),
    ("connection.begin", "Connecting begun"),
    ("connection.make", "Connected"),
    ("connection.mend", "Connection mended"),
    ("connection.trouble", "Connection in trouble"),
    ("connection.end", "Disconnected"),
    ("backup.", "Backups"),
    ("backup.switch", "Enable backup turned"),
    ("backup.types", "Types selected"),
    ("backup.past", "The past taken up or left"),
    ("backup.history", "History paused or resumed"),
    ("backup.now", "Back up now"),
    ("backup.take-over", "Backup taken over"),
    ("backup.yield", "Backup gave way to another admin's"),
    ("backup.run", "archiver backup"),
    ("rebuild.run", "archiver rebuild"),
    ("verify.run", "archiver verify"),
    ("verify.repair", "archiver verify --repair"),
    ("log.", "The Task Log"),
    ("log.view", "Task Log seen"),
    ("log.row", "Task seen"),
    ("log.csv", "Task Log downloaded"),
    ("log.row.csv", "Task downloaded"),
    ("log.retry", "Tried again"),
    ("archive.", "The archive"),
    ("archive.search", "Archive searched"),
    ("archive.filter", "Saved filter changed"),
    ("item.", "Items of the archive"),
    ("item.view", "Item seen"),
    ("item.content", "Item played or shown"),
    ("item.waveform", "Item's sound drawn"),
    ("item.file", "Item downloaded"),
    ("conversation.", "Conversations"),
    ("conversation.list", "Conversations seen"),
    ("conversation.view", "Conversation seen"),
    ("coverage.", "Coverage"),
    ("coverage.view", "Coverage seen"),
    ("coverage.csv", "Coverage downloaded"),
    ("export.", "Hand-overs"),
    ("export.make", "Export made"),
    ("export.download", "Export downloaded"),
    ("export.list", "Exports listed"),
    ("export.view", "Export looked at"),
    ("export.delete", "Export deleted"),
    ("export.expire", "Export expired"),
    ("token.", "Tokens"),
    ("token.make", "Token made"),
    ("token.end", "Token ended"),
    ("api.", "Asked by programs"),
    ("api.status", "Status asked"),
    ("api.connections", "Connections asked"),
    ("api.log", "Task Log asked"),
    ("api.log.row", "Task asked"),
    ("api.search", "Archive searched by a program"),
    ("api.item", "Item asked by a program"),
    ("api.item.content", "Item downloaded by a program"),
    ("api.coverage", "Coverage asked"),
    ("api.proof", "Proof asked"),
    ("api.tokens", "Tokens asked"),
    ("api.audit", "Audit Log asked"),
    ("audit.", "The Audit Log"),
    ("audit.view", "Audit Log seen"),
    ("audit.csv", "Audit Log downloaded (CSV)"),
    ("audit.jsonl", "Audit Log downloaded (JSONL)"),
    ("audit.verify", "archiver audit verify"),
    ("setup.", "Set-up"),
    ("setup.unlock", "Set-up opened with its token"),
    ("setup.ringcentral", "RingCentral app's keys"),
    ("setup.dropbox", "Dropbox app's keys"),
    ("server.claim", "Server claimed"),
    ("connections.view", "archiver connections"),
    ("database.", "The database"),
    ("database.backup", "Database copied"),
    ("database.restore", "Database restored"),
    ("database.migrate", "Database moved"),
    ("database.rotate-key", "Master key changed"),
];

/// An action in words; one that is not known as it is.
pub(crate) fn action(word: &str) -> &str {
    let known = ACTIONS.iter().find(|(it, _)| *it == word);
    known.map_or(word, |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ACTIONS;
    use crate::routes::ROUTES;
    use crate::telling::Tells;

    /// What is told can be asked for.
    #[test]
    fn every_action_has_its_words_once() {
        let words: BTreeSet<&str> = ACTIONS.iter().map(|(it, _)| *it).collect();
        assert_eq!(words.len(), ACTIONS.len());
        for route in ROUTES {
            let action = match route.tells {
                Tells::Nothing => continue,
                Tells::Change(it) | Tells::Download(it) | Tells::View(it) => it,
            };
            assert!(words.contains(action), "{action}");
            let group = action.split_once('.').map(|(it, _)| format!("{it}."));
            assert!(words.contains(group.unwrap().as_str()), "{action}");
        }
    }
}
