//! Whether a folder lies on a disk of this machine. SQLite's write-ahead log
//! needs memory shared between processes, which network file systems lack
//! (SQLite documentation, "Write-Ahead Logging"): there it damages databases.

use std::path::Path;

use domain::{Error, Kind, Result};

/// File systems that live on another machine, as Linux names them.
const REMOTE: [&str; 10] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "ceph",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
];

/// Refuses a folder of another machine. Where the system does not tell, it is
/// taken for local.
pub(crate) fn check(folder: &Path) -> Result<()> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let kind = kind_of(folder, &mounts);
    if !kind.is_some_and(|it| REMOTE.contains(&it)) {
        return Ok(());
    }
    let what = format!(
        "{} is on a network file system, which damages SQLite",
        folder.display()
    );
    Err(Error::new(Kind::Config, what)
        .remedy("Put the data directory on a local disk, or use PostgreSQL."))
}

/// The kind of the innermost mount around the folder.
fn kind_of<'a>(folder: &Path, mounts: &'a str) -> Option<&'a str> {
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let place = words.next()?.replace("\\040", " ");
        Some((place, words.next()?))
    });
    mounts
        .filter(|(place, _)| folder.starts_with(place))
        // Of two mounts on one place the later covers the earlier.
        .max_by_key(|(place, _)| place.len())
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "/dev/vda / ext4 rw 0 0\n\
        filer:/x /srv nfs4 rw 0 0\n\
        /dev/vdb /srv/fast xfs rw 0 0\n\
        //filer/y /mnt/my\\040share cifs rw 0 0\n\
        tmpfs /over tmpfs rw 0 0\n\
        filer:/z /over nfs rw 0 0\n";

    #[test]
    fn the_innermost_mount_decides() {
        for (folder, kind) in [
            ("/var/lib/archiver", "ext4"),
            ("/srv/archiver", "nfs4"),
            ("/srvother", "ext4"),
            ("/srv/fast/archiver", "xfs"),
            ("/mnt/my share/a", "cifs"),
            ("/over", "nfs"),
        ] {
            assert_eq!(kind_of(Path::new(folder), MOUNTS), Some(kind), "{folder}");
        }
        assert_eq!(kind_of(Path::new("/x"), ""), None);
    }
}
