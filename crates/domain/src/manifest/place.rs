//! Where the evidence lies: a folder of the archive's root whose name no
//! extension's folder and no month can have. A manifest's path tells its key
//! and its place in the chain and nothing else, so that two manifests for one
//! place meet at one path.

use super::PublicKey;
use crate::archive_path::{ArchivePath, Naming};
use crate::error::Result;

/// The folder within the archive's root folder.
pub const FOLDER: &str = "_archiver";

/// Manifests in one folder.
const TOGETHER: u64 = 1_000;

/// The evidence folder of an archive.
pub fn folder_of(naming: Naming) -> String {
    format!("{}/{FOLDER}", naming.root())
}

/// Whether a path of the archive leads into an evidence folder, however it is
/// spelled.
pub fn is_evidence(path: &str) -> bool {
    let mut parts = path.split('/');
    let folder = parts.nth(1);
    folder.is_some_and(|it| it.eq_ignore_ascii_case(FOLDER)) && parts.next().is_some()
}

/// Whether a file of this name is a manifest.
pub fn is_manifest(path: &str) -> bool {
    path.strip_suffix(".jsonl").is_some()
}

/// Whether a file of this name is a list of sums.
pub fn is_sums(path: &str) -> bool {
    path.strip_suffix(".sha256").is_some()
}

/// Where a manifest lies. Where something else lies there, later versions are
/// tried.
pub fn manifest_path(
    naming: Naming,
    key: &PublicKey,
    seq: u64,
    version: u32,
) -> Result<ArchivePath> {
    let (folder, id) = (folder_of(naming), key.id());
    let thousand = seq / TOGETHER;
    let later = later(version);
    ArchivePath::new(format!(
        "{folder}/manifests/{id}/{thousand:05}/{seq:08}{later}.jsonl"
    ))
}

/// Where the list of sums of a manifest lies.
pub fn sums_path(manifest: &ArchivePath, version: u32) -> Result<ArchivePath> {
    let stem = manifest.as_str();
    let stem = stem.strip_suffix(".jsonl").unwrap_or(stem);
    ArchivePath::new(format!("{stem}{}.sha256", later(version)))
}

/// Where the words for people lie.
pub fn readme_path(naming: Naming, version: u32) -> Result<ArchivePath> {
    ArchivePath::new(format!(
        "{}/README{}.txt",
        folder_of(naming),
        later(version)
    ))
}

fn later(version: u32) -> String {
    match version {
        0 | 1 => String::new(),
        later => format!(" v{later}"),
    }
}

/// The words for people.
pub fn readme(key: &PublicKey) -> String {
    include_str!("readme.txt").replace("{key}", key.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Extension, ExtensionId};
    use crate::archive_path::folder_name;

    const NAMINGS: [Naming; 4] = [
        Naming::Default,
        Naming::RingCentral,
        Naming::FlatMonth,
        Naming::Privacy,
    ];

    #[test]
    fn no_folder_of_people_is_the_evidence_folder() {
        let parts = ["", "archiver", "_archiver", "_", "NUL", "~$archiver"];
        for naming in NAMINGS {
            for name in parts {
                for number in parts {
                    for id in parts {
                        let extension = Extension {
                            id: ExtensionId::new(id),
                            number: Some(number.to_owned()),
                            name: Some(name.to_owned()),
                            kind: "User".to_owned(),
                            status: "Enabled".to_owned(),
                            time_zone: None,
                        };
                        let folder = folder_name(naming, Some(&extension));
                        assert!(!folder.eq_ignore_ascii_case(FOLDER), "{extension:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_path_tells_the_key_and_the_place() {
        let key = PublicKey::parse(&"ab".repeat(32)).unwrap();
        let at = |seq, version| manifest_path(Naming::Default, &key, seq, version).unwrap();
        let first = "Archive/_archiver/manifests/abababababababab/00000/00000001.jsonl";
        assert_eq!(at(1, 1).as_str(), first);
        assert!(at(12_345, 2).as_str().ends_with("/00012/00012345 v2.jsonl"));
        let sums = sums_path(&at(1, 1), 1).unwrap();
        assert_eq!(sums.as_str(), first.replace(".jsonl", ".sha256"));
        assert!(is_evidence(first) && is_evidence("ARCHIVE/_Archiver/x"));
        assert!(!is_evidence("Archive/_archiver") && !is_evidence("Archive/101 A/_archiver/x"));
        assert!(readme(&key).contains(key.as_str()));
    }
}
