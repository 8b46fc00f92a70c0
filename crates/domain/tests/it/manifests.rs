//! Manifests: the same bytes from the same values, and every change found.

use std::collections::BTreeMap;

use domain::Secret;
use domain::account::{AccountId, ExtensionId};
use domain::archive_path::{ArchivePath, Naming};
use domain::audit::Head;
use domain::data_type::DataType;
use domain::item::ItemId;
use domain::ledger::DestinationId;
use domain::manifest::{
    Fate, Flaw, Follows, Found, Header, Manifest, Newness, SigningKey, Told, look_through,
    manifest_path, read, sha256, sums, write,
};

/// 2026-11-20T12:00:00.250Z
const NOON: i64 = 1_795_176_000_250;

fn key(digit: &str) -> SigningKey {
    SigningKey::from_seed(&Secret::new(digit.repeat(64))).unwrap()
}

fn told(unit: &str) -> Told {
    Told {
        item: ItemId {
            data_type: DataType::Sms,
            unit: unit.to_owned(),
            part: Some("7/8".to_owned()),
        },
        extension: Some(ExtensionId::new("101")),
        at_ms: NOON - 5,
        fate: Fate::Archived {
            path: ArchivePath::new(format!("Archive/101 Ädä [101]/2026-11/{unit} v2.mp3")).unwrap(),
            size: 9,
            sha256: sha256(unit.as_bytes()),
            hash: "dropbox:ab".to_owned(),
        },
    }
}

fn lost(unit: &str) -> Told {
    Told {
        extension: None,
        fate: Fate::Missing {
            cause: "the provider \"lost\" it\n".to_owned(),
        },
        ..told(unit)
    }
}

fn header(seq: u64, previous: Option<&str>, by: &SigningKey) -> Header {
    Header {
        anchor: false,
        account: AccountId::new("1"),
        destination: DestinationId::new("dropbox:dbid:x"),
        naming: Naming::Default,
        seq,
        previous: previous.map(str::to_owned),
        follows: None,
        made_ms: NOON + i64::try_from(seq).unwrap(),
        archiver: "0.1.0".to_owned(),
        key: by.public().clone(),
        audit: (seq == 2).then(|| Head {
            seq: 3,
            hash: "ee".to_owned(),
        }),
    }
}

/// Files by path.
type Folder = BTreeMap<String, Vec<u8>>;

/// A chain of so many manifests, each of two Entries.
fn chain(length: u64, by: &SigningKey, follows: Option<&Follows>) -> Folder {
    let mut folder = Folder::new();
    let mut previous: Option<String> = None;
    for seq in 1..=length {
        let mut header = header(seq, previous.as_deref(), by);
        header.follows = follows.filter(|_| seq == 1).cloned();
        let all = [told(&format!("a{seq}")), lost(&format!("b{seq}"))];
        let text = write(&header, &all, by).unwrap();
        previous = Some(sha256(text.as_bytes()));
        let path = manifest_path(header.naming, &header.key, seq, 1).unwrap();
        folder.insert(path.as_str().to_owned(), text.into_bytes());
    }
    folder
}

/// What is wrong with a folder.
fn wrong(folder: &Folder, trusted: &[&SigningKey], head: Option<&str>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut found: Vec<Found> = Vec::new();
    for (path, bytes) in folder {
        match read(bytes) {
            Ok(it) => found.push((path.clone(), it.header, it.sha256)),
            Err(_) => flaws.push(Flaw::Unreadable),
        }
    }
    let keys: Vec<_> = trusted.iter().map(|it| it.public().clone()).collect();
    flaws.extend(
        look_through(&found, &keys, head)
            .into_iter()
            .map(|it| it.flaw),
    );
    flaws
}

#[test]
fn a_manifest_reads_as_it_was_written() {
    let by = key("1");
    let (head, all) = (header(2, Some("aa"), &by), [told("a"), lost("b")]);
    let text = write(&head, &all, &by).unwrap();
    assert_eq!(text, write(&head, &all, &by).unwrap());
    let Manifest {
        header,
        told,
        sha256: sum,
    } = read(text.as_bytes()).unwrap();
    assert_eq!((header, told.as_slice()), (head, &all[..]));
    assert_eq!(sum, sha256(text.as_bytes()));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with(
        "{\"format\":\"archiver-manifest\",\"version\":1,\"kind\":\"entries\",\"account\":\"1\","
    ));
    assert!(lines[0].contains("\"made_at\":\"2026-11-20T12:00:00.252Z\""));
    assert!(lines[1].contains("\"path\":\"101 Ädä [101]/2026-11/a v2.mp3\""));
}

#[test]
fn sums_are_such_as_everybodys_tools_read() {
    let by = key("1");
    let text = write(&header(1, None, &by), &[told("a"), lost("b")], &by).unwrap();
    let manifest = read(text.as_bytes()).unwrap();
    let path = manifest_path(Naming::Default, by.public(), 1, 1).unwrap();
    let below = path.as_str().strip_prefix("Archive/").unwrap();
    let expected = format!(
        "{}  {below}\n{}  101 Ädä [101]/2026-11/a v2.mp3\n",
        sha256(text.as_bytes()),
        sha256(b"a")
    );
    assert_eq!(sums(&manifest, &path), expected);
}

#[test]
fn a_good_chain_is_good() {
    let by = key("1");
    for length in [1, 2, 5] {
        assert_eq!(wrong(&chain(length, &by, None), &[&by], None), []);
        assert_eq!(wrong(&chain(length, &by, None), &[], None), []);
    }
}

/// Each byte of each manifest, changed in several ways, taken away, doubled.
#[test]
fn no_byte_is_another_unnoticed() {
    let by = key("1");
    let good = chain(3, &by, None);
    let mut tampered = 0;
    for (path, bytes) in &good {
        for at in 0..bytes.len() {
            let mut ways: Vec<Vec<u8>> = Vec::new();
            for mask in [1, 2, 4, 8, 16, 32, 64, 128] {
                let mut other = bytes.clone();
                other[at] ^= mask;
                ways.push(other);
            }
            let mut shorter = bytes.clone();
            shorter.remove(at);
            let mut longer = bytes.clone();
            longer.insert(at, bytes[at]);
            let mut spaced = bytes.clone();
            spaced.insert(at, b' ');
            ways.extend([shorter, longer, spaced, bytes[..at].to_vec()]);
            for way in ways {
                let mut folder = good.clone();
                folder.insert(path.clone(), way);
                assert!(
                    !wrong(&folder, &[&by], None).is_empty(),
                    "byte {at} of {path}"
                );
                tampered += 1;
            }
        }
        for more in ["\n", "{}\n", "x"] {
            let mut folder = good.clone();
            folder.insert(path.clone(), [bytes, more.as_bytes()].concat());
            assert!(
                !wrong(&folder, &[&by], None).is_empty(),
                "{more:?} after {path}"
            );
            tampered += 1;
        }
    }
    assert!(tampered > 10_000, "{tampered}");
}

#[test]
fn none_is_taken_away_exchanged_or_put_elsewhere_unnoticed() {
    let by = key("1");
    let good = chain(4, &by, None);
    let paths: Vec<&String> = good.keys().collect();
    for (nth, path) in paths.iter().enumerate() {
        let mut folder = good.clone();
        folder.remove(*path);
        let newest = sha256(&good[paths[3]]);
        let flaws = wrong(&folder, &[&by], Some(&newest));
        let expected = if nth == 3 { Flaw::Behind } else { Flaw::Gap };
        assert_eq!(flaws, [expected], "without {path}");
        for other in &paths {
            if other == path {
                continue;
            }
            let mut swapped = good.clone();
            swapped.insert((*path).clone(), good[*other].clone());
            swapped.insert((*other).clone(), good[*path].clone());
            assert_eq!(
                wrong(&swapped, &[&by], None),
                [Flaw::Misplaced, Flaw::Misplaced]
            );
            let mut copied = good.clone();
            copied.insert((*path).clone(), good[*other].clone());
            assert!(!wrong(&copied, &[&by], None).is_empty());
        }
        let mut renamed = good.clone();
        let bytes = renamed.remove(*path).unwrap();
        renamed.insert(format!("Archive/_archiver/manifests/{nth}.jsonl"), bytes);
        assert_eq!(wrong(&renamed, &[&by], None), [Flaw::Misplaced]);
    }
}

#[test]
fn nobody_else_continues_or_replaces_a_chain() {
    let (ours, other) = (key("1"), key("2"));
    let good = chain(3, &ours, None);
    // Another key's chain in its place, and beside it.
    let forged = chain(3, &other, None);
    assert!(wrong(&forged, &[&ours], None).contains(&Flaw::Foreign));
    let mut both = good.clone();
    both.extend(forged);
    assert!(wrong(&both, &[&ours], None).contains(&Flaw::Foreign));
    assert_eq!(wrong(&both, &[], None), [Flaw::Loose]);
    // Another one for the same place, by the same key.
    let mut twofold = good.clone();
    let first = sha256(good.values().next().unwrap());
    let twin = write(&header(2, Some(&first), &ours), &[], &ours).unwrap();
    let place = manifest_path(Naming::Default, ours.public(), 2, 2).unwrap();
    twofold.insert(place.as_str().to_owned(), twin.into_bytes());
    assert_eq!(wrong(&twofold, &[&ours], None), [Flaw::Fork]);
    // One that does not name the one before it.
    let mut loose = good.clone();
    let fourth = write(&header(4, Some(&first), &ours), &[], &ours).unwrap();
    let place = manifest_path(Naming::Default, ours.public(), 4, 1).unwrap();
    loose.insert(place.as_str().to_owned(), fourth.into_bytes());
    assert_eq!(wrong(&loose, &[&ours], None), [Flaw::Broken]);
    // Signed by one key, in the name of another.
    let stolen = write(&header(1, None, &ours), &[], &other).unwrap();
    assert!(read(stolen.as_bytes()).is_err());
}

#[test]
fn a_new_installation_goes_on_from_the_old_ones_end() {
    let (old, new) = (key("1"), key("2"));
    let before = chain(3, &old, None);
    let follows = |seq: u64| Follows {
        key: old.public().clone(),
        seq,
        sha256: sha256(
            before
                .values()
                .nth(usize::try_from(seq).unwrap() - 1)
                .unwrap(),
        ),
    };
    let mut both = before.clone();
    both.extend(chain(2, &new, Some(&follows(3))));
    assert_eq!(wrong(&both, &[&old, &new], None), []);
    assert_eq!(wrong(&both, &[], None), []);
    // Its end is taken away.
    let last = before.keys().last().unwrap();
    both.remove(last);
    assert_eq!(wrong(&both, &[&old, &new], None), [Flaw::Broken]);
}

#[test]
fn a_clock_that_is_set_back_makes_no_manifest_older_than_the_one_before() {
    let (old, new) = (key("1"), key("2"));
    let made = |seq: u64, by: &SigningKey, made_ms: i64| Header {
        made_ms,
        ..header(seq, None, by)
    };
    let all = [
        made(1, &old, 100),
        made(2, &old, 900),
        made(3, &old, 200),
        made(1, &new, 300),
        made(2, &new, 250),
    ];
    let found = all.map(|it| (String::new(), it, String::new()));
    let newness = Newness::of(&found);
    let mut sorted = found.map(|(_, header, _)| header);
    sorted.sort_by_cached_key(|it| newness.place(it));
    let told = sorted.map(|it| (it.key == *new.public(), it.seq));
    let wanted = [(false, 1), (false, 2), (false, 3), (true, 1), (true, 2)];
    assert_eq!(told, wanted);
}

#[test]
fn one_folder_is_of_one_company() {
    let by = key("1");
    let mut folder = chain(1, &by, None);
    let first = sha256(folder.values().next().unwrap());
    let mut other = header(2, Some(&first), &by);
    other.account = AccountId::new("2");
    let text = write(&other, &[], &by).unwrap();
    let place = manifest_path(Naming::Default, by.public(), 2, 1).unwrap();
    folder.insert(place.as_str().to_owned(), text.into_bytes());
    assert_eq!(wrong(&folder, &[&by], None), [Flaw::Mixed]);
}
