use super::*;

const SECRET: [u8; 32] = [3; 32];
const KNOWN_BEGINNING: &str = "3e78eb556a9385e22c3baa64205a0a29ebaf27244cdf49c3a5cc7a1f09977fc2";
const KNOWN_HASH: &str = "f19716d50b3b137c1fa6f3764f35de170fd3fa18739e200985c2bc365f87b48b";
const KNOWN_SEAL: &str = "d6e9847c38040140bea69df20600175382d2589d8002db1a96d9ae021486c008";

fn account() -> AccountId {
    AccountId::new("1")
}

fn deed(n: i64) -> Deed {
    Deed {
        at_ms: 1_780_000_000_000 + n,
        actor: Actor::Extension(ExtensionId::new("101")),
        action: "log.view",
        target: format!("{n}"),
        result: Ending::Done,
    }
}

fn chain(account: &AccountId, length: i64) -> Vec<Link> {
    let stamp = Stamp::of(&SECRET, account);
    let mut head = stamp.beginning();
    let mut links = Vec::new();
    for n in 0..length {
        links.push(Link::next(account, &head, &deed(n), &stamp));
        head = links[links.len() - 1].head();
    }
    links
}

fn check(links: &[Link], head: &Head, known: &[Head]) -> Result<Head, Broken> {
    let account = account();
    let stamp = Stamp::of(&SECRET, &account);
    let mut check = Check::whole(&account, &stamp, known);
    for link in links {
        check.follow(link)?;
    }
    check.end(Some(head))
}

/// The numbers come from Python: `hashlib.sha256(json.dumps([...],
/// separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()` and
/// `hmac.new(key, ...)`.
#[test]
fn a_known_link_is_hashed_and_sealed_as_ever() {
    let stamp = Stamp::of(&[1; 32], &account());
    assert_eq!(stamp.beginning().hash, KNOWN_BEGINNING);
    let odd = Deed {
        target: "a\"b\\c\u{7f} é😀/".to_owned(),
        ..deed(0)
    };
    let link = Link::next(&account(), &stamp.beginning(), &odd, &stamp);
    assert_eq!(link.target, "a\"b\\c\u{fffd} é😀/");
    assert_eq!(link.hash, KNOWN_HASH);
    assert_eq!(link.seal, KNOWN_SEAL);
}

#[test]
fn a_whole_chain_is_followed_to_its_end() {
    let links = chain(&account(), 5);
    let head = links[4].head();
    assert_eq!(check(&links, &head, &[links[2].head()]), Ok(head));
    let none = Stamp::of(&SECRET, &account()).beginning();
    assert_eq!(check(&[], &none, &[]), Ok(none.clone()));
}

#[test]
fn the_first_place_that_is_wrong_is_named() {
    let links = chain(&account(), 5);
    let head = links[4].head();
    let broken =
        |links: &[Link], head: &Head, known: &[Head]| check(links, head, known).unwrap_err().seq;
    let mut changed = links.clone();
    changed[2].target = "x".to_owned();
    assert_eq!(broken(&changed, &head, &[]), 3);
    let mut missing = links.clone();
    missing.remove(1);
    assert_eq!(broken(&missing, &head, &[]), 2);
    let cut = &links[..4];
    assert_eq!(broken(cut, &head, &[]), 5);
    assert_eq!(broken(cut, &cut[3].head(), std::slice::from_ref(&head)), 5);
    assert!(
        check(cut, &cut[3].head(), &[]).is_ok(),
        "only a head kept elsewhere tells"
    );
    let theirs = chain(&AccountId::new("2"), 5);
    assert_eq!(broken(&theirs, &head, &[]), 1);
}

/// Who can write to the database can compute hashes, but no seal.
#[test]
fn a_chain_written_by_somebody_else_is_found() {
    let stranger = Stamp::of(&[9; 32], &account());
    let mut links = chain(&account(), 2);
    let forged = Link::next(&account(), &links[0].head(), &deed(7), &stranger);
    assert_eq!(forged.hash, forged.digest());
    links[1] = forged;
    let broken = check(&links, &links[1].head(), &[]).unwrap_err();
    assert_eq!(
        (broken.seq, broken.why),
        (2, "it was not written by this server")
    );
}

#[test]
fn a_copy_is_checked_without_the_key_from_its_beginning() {
    let account = account();
    let links = chain(&account, 6);
    let mut copied = Check::copied(&account, &[links[4].head()]);
    for link in &links {
        copied.follow(link).unwrap();
    }
    assert_eq!(copied.end(None), Ok(links[5].head()));
    let mut copied = Check::copied(&account, &[]);
    let mut changed = links[1].clone();
    changed.actor = "extension 102".to_owned();
    copied.follow(&links[0]).unwrap();
    assert_eq!(copied.follow(&changed).unwrap_err().seq, 2);
    // Whose first lines were taken away is no whole copy.
    let mut cut = Check::copied(&account, &[links[1].head()]);
    assert_eq!(cut.follow(&links[2]).unwrap_err().seq, 1);
}

#[test]
fn what_is_told_is_one_short_line() {
    let stamp = Stamp::of(&SECRET, &account());
    let long = Deed {
        target: "é\n".repeat(500),
        ..deed(0)
    };
    let link = Link::next(&account(), &stamp.beginning(), &long, &stamp);
    assert_eq!(link.target.chars().count(), LONGEST);
    assert!(!link.target.contains('\n'));
}
