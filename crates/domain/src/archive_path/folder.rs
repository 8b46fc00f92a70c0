//! The folder of an extension. Proposed here, fixed by the Store at first
//! use: a person who is renamed or renumbered later keeps it.

use super::{Naming, clean, identity, rules};
use crate::account::Extension;

/// Longest folder name in UTF-16 units; of three bytes each they stay below
/// the bound of a component.
const FOLDER_UNITS: usize = 64;
/// Longest short number that is shown.
const NUMBER_UNITS: usize = 8;

/// The name to propose for an extension's folder, a single valid component.
/// `None` is the folder for items that belong to nobody in particular.
///
/// ```
/// use domain::account::{Extension, ExtensionId};
/// use domain::archive_path::{Naming, folder_name};
/// let ada = Extension {
///     id: ExtensionId::new("62264006"),
///     number: Some("101".to_owned()),
///     name: Some("Ada Lovelace".to_owned()),
///     kind: "User".to_owned(),
///     status: "Enabled".to_owned(),
///     time_zone: None,
/// };
/// assert_eq!(folder_name(Naming::Default, Some(&ada)), "101 Ada Lovelace [62264006]");
/// assert_eq!(folder_name(Naming::Privacy, Some(&ada)), "101 [62264006]");
/// assert_eq!(folder_name(Naming::RingCentral, Some(&ada)), "Ada Lovelace_101");
/// assert_eq!(folder_name(Naming::Default, None), "Account");
/// ```
pub fn folder_name(naming: Naming, extension: Option<&Extension>) -> String {
    let Some(extension) = extension else {
        return "Account".to_owned();
    };
    let id = identity::of_id(extension.id.as_str());
    let number = extension.number.as_deref().unwrap_or("");
    let number = match naming {
        Naming::Privacy => clean::discreet(number),
        _ => clean::plain(number, NUMBER_UNITS),
    };
    let room = FOLDER_UNITS - number.len() - id.len() - "  []".len();
    let name = clean::name(extension.name.as_deref().unwrap_or(""), room);
    let folder = match naming {
        Naming::RingCentral => original(&name, &number, &id),
        Naming::Privacy => joined(&[&number, &format!("[{id}]")]),
        Naming::Default | Naming::FlatMonth => joined(&[&number, &name, &format!("[{id}]")]),
    };
    match rules::broken_component(&folder) {
        None => folder,
        // A device (`NUL.x`) or something Dropbox ignores (`~$x`).
        Some(_) => format!("_{folder}"),
    }
}

/// `First Last_101`, as the original product names it; ids stand in for what
/// is not there.
fn original(name: &str, number: &str, id: &str) -> String {
    match (name, number) {
        ("", "") => format!("Extension_{id}"),
        ("", number) => format!("Extension_{number}"),
        (name, "") => format!("{name}_{id}"),
        (name, number) => format!("{name}_{number}"),
    }
}

fn joined(parts: &[&str]) -> String {
    let there: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    there.join(" ")
}
