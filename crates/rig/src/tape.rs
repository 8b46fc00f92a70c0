//! What a process did to files, as strace recorded it: every change of bytes and
//! of names, and what was brought to the disk, in the order of their ends.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The words before a command that is to be recorded into files beginning
/// with `prefix`.
pub(crate) fn recorder(prefix: &str) -> Vec<&str> {
    vec![
        "strace",
        "--follow-forks",
        "--output-separately",
        "--output",
        prefix,
        "--decode-fds=path",
        "--strings-in-hex=all",
        "--string-limit=16777216",
        "--absolute-timestamps=format:unix,precision:ns",
        "--syscall-times=ns",
        "--seccomp-bpf",
        "--trace=open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,\
         ftruncate,fallocate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,\
         rmdir,copy_file_range,sendfile,sync_file_range",
    ]
}

/// One thing that was done; `begun_ns` and `ended_ns` since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) begun_ns: u64,
    pub(crate) ended_ns: u64,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A file is opened that is made where it is not there.
    Make(PathBuf),
    /// Bytes at an offset.
    Write(PathBuf, u64, Vec<u8>),
    Resize(PathBuf, u64),
    /// A file's bytes, or a folder's names, are brought to the disk.
    Sync(PathBuf),
    Folder(PathBuf),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    Remove(PathBuf),
}

/// Reads a recording: what happened below `root`.
pub(crate) fn read(prefix: &Path, root: &Path) -> Result<Vec<Act>> {
    let folder = prefix.parent().context("a folder")?;
    let name = prefix.file_name().context("a name")?.to_string_lossy();
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().map(|it| it.to_string_lossy());
        if file.is_some_and(|it| it.starts_with(&*name) && it.len() > name.len()) {
            let text = fs::read_to_string(&path)?;
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    // A file may be written by one thread after the other.
    lines.sort_by_cached_key(|line| line.split_once(' ').and_then(|(time, _)| nanoseconds(time)));
    let mut acts = Vec::new();
    let mut places = HashMap::new();
    for line in &lines {
        let act = act(line, &mut places);
        let act = act.with_context(|| line.chars().take(200).collect::<String>())?;
        acts.extend(act.filter(|it| below(&it.what, root)));
    }
    acts.sort_by_key(|it| it.ended_ns);
    Ok(acts)
}

fn below(what: &What, root: &Path) -> bool {
    match what {
        What::Make(path)
        | What::Write(path, ..)
        | What::Resize(path, _)
        | What::Sync(path)
        | What::Folder(path)
        | What::Remove(path)
        | What::Rename(_, path)
        | What::Link(_, path) => path.starts_with(root),
    }
}

/// One line: `TIME name(arguments) = result <seconds>`. Calls that failed and
/// ends of threads say nothing. `places`: how far each open file is written.
fn act(line: &str, places: &mut HashMap<String, u64>) -> Result<Option<Act>> {
    let Some((time, rest)) = line.split_once(' ') else {
        return Ok(None);
    };
    if rest.starts_with("+++") || rest.starts_with("---") {
        return Ok(None);
    }
    let begun_ns = nanoseconds(time).context("a time")?;
    // Killed within it: nobody knows whether it was done.
    let Some((call, answer)) = rest.rsplit_once(") = ") else {
        return Ok(None);
    };
    let (name, arguments) = call.split_once('(').context("arguments")?;
    let mut answer = answer.split(' ');
    let result = answer.next().unwrap_or_default();
    let took = answer.next_back().unwrap_or_default();
    let took = nanoseconds(took.trim_matches(['<', '>'])).unwrap_or(0);
    let number = result.split('<').next().unwrap_or_default();
    let Ok(number) = number.parse::<i64>() else {
        return Ok(None);
    };
    if number < 0 {
        return Ok(None);
    }
    let what = what(name, arguments, result, u64::try_from(number)?, places)?;
    Ok(what.map(|what| Act {
        begun_ns,
        ended_ns: begun_ns + took,
        what,
    }))
}

fn what(
    name: &str,
    arguments: &str,
    result: &str,
    number: u64,
    places: &mut HashMap<String, u64>,
) -> Result<Option<What>> {
    let open = || path_of(arguments);
    let texts = || quoted(arguments);
    let last = || -> Result<u64> {
        let last = arguments.rsplit(", ").next().context("an argument")?;
        Ok(last.parse()?)
    };
    Ok(Some(match name {
        "open" | "openat" | "creat" => {
            let path = path_of(result).context("a path")?;
            places.insert(result.to_owned(), 0);
            if arguments.contains("O_TRUNC") {
                What::Resize(path, 0)
            } else if name == "creat" || arguments.contains("O_CREAT") {
                What::Make(path)
            } else {
                return Ok(None);
            }
        }
        "write" | "writev" => {
            let Some(path) = open() else { return Ok(None) };
            let key = arguments.split(", ").next().unwrap_or_default();
            let place = places.entry(key.to_owned()).or_default();
            let at = *place;
            *place += number;
            What::Write(path, at, first(texts()?.concat(), number))
        }
        "pwrite64" | "pwritev" => {
            let Some(path) = open() else { return Ok(None) };
            What::Write(path, last()?, first(texts()?.concat(), number))
        }
        "fsync" | "fdatasync" => match open() {
            Some(path) => What::Sync(path),
            None => return Ok(None),
        },
        "ftruncate" => match open() {
            Some(path) => What::Resize(path, last()?),
            None => return Ok(None),
        },
        "mkdir" | "mkdirat" => What::Folder(one(&texts()?)?),
        "unlink" | "unlinkat" | "rmdir" => What::Remove(one(&texts()?)?),
        "rename" | "renameat" | "renameat2" => {
            let texts = texts()?;
            What::Rename(one(&texts[..1])?, one(texts.get(1..).unwrap_or(&[]))?)
        }
        "link" | "linkat" => {
            let texts = texts()?;
            What::Link(one(&texts[..1])?, one(texts.get(1..).unwrap_or(&[]))?)
        }
        other => bail!("{other} is not understood"),
    }))
}

fn nanoseconds(text: &str) -> Option<u64> {
    let (seconds, rest) = text.split_once('.')?;
    let rest = format!("{rest:0<9}");
    Some(seconds.parse::<u64>().ok()? * 1_000_000_000 + rest.get(..9)?.parse::<u64>().ok()?)
}

/// The path in the first `<…>`; `None` for what is no file.
fn path_of(text: &str) -> Option<PathBuf> {
    let text = text.split(", ").next()?;
    let (_, path) = text.split_once('<')?;
    let path = String::from_utf8(bytes(path.split('>').next()?).ok()?).ok()?;
    let path = path.strip_suffix("(deleted)").unwrap_or(&path);
    path.starts_with('/').then(|| PathBuf::from(path))
}

fn quoted(text: &str) -> Result<Vec<Vec<u8>>> {
    text.split('"').skip(1).step_by(2).map(bytes).collect()
}

fn one(texts: &[Vec<u8>]) -> Result<PathBuf> {
    let text = texts.first().context("a path")?;
    Ok(PathBuf::from(String::from_utf8(text.clone())?))
}

fn first(mut bytes: Vec<u8>, count: u64) -> Vec<u8> {
    bytes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    bytes
}

/// `\x2f\x74` as bytes; other signs stand for themselves.
fn bytes(text: &str) -> Result<Vec<u8>> {
    let mut found = Vec::with_capacity(text.len() / 4);
    let mut rest = text.as_bytes();
    while let Some((&sign, later)) = rest.split_first() {
        if let Some(hex) = rest.strip_prefix(b"\\x") {
            let hex = std::str::from_utf8(hex.get(..2).context("two digits")?)?;
            found.push(u8::from_str_radix(hex, 16)?);
            rest = &rest[4..];
        } else {
            found.push(sign);
            rest = later;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let mut places = HashMap::new();
        let mut told = |line: &str| act(line, &mut places).unwrap().map(|it| it.what);
        let path = || PathBuf::from("/a b");
        let make = r#"1.5 openat(AT_FDCWD<\x2f>, "\x2f\x61\x20\x62", O_RDWR|O_CREAT, 0600) = 3<\x2f\x61\x20\x62> <0.000035>"#;
        assert_eq!(told(make), Some(What::Make(path())));
        let write = r#"1.6 write(3<\x2f\x61\x20\x62>, "\x68\x22\x3e", 3) = 2 <0.000012>"#;
        assert_eq!(told(write), Some(What::Write(path(), 0, b"h\"".to_vec())));
        assert_eq!(told(write), Some(What::Write(path(), 2, b"h\"".to_vec())));
        let at = r#"1.7 pwrite64(3<\x2f\x61\x20\x62>, "\x79", 1, 77) = 1 <0.000005>"#;
        assert_eq!(told(at), Some(What::Write(path(), 77, b"y".to_vec())));
        let synced = "1.8 fdatasync(3<\\x2f\\x61\\x20\\x62>) = 0 <0.000564>";
        assert_eq!(told(synced), Some(What::Sync(path())));
        let moved = r#"2.0 renameat2(AT_FDCWD<\x2f>, "\x2f\x61", AT_FDCWD<\x2f>, "\x2f\x62", RENAME_NOREPLACE) = 0 <0.000034>"#;
        let two = (PathBuf::from("/a"), PathBuf::from("/b"));
        assert_eq!(told(moved), Some(What::Rename(two.0, two.1)));
        assert_eq!(told("2.1 fsync(3<\\x2f>) = -1 EIO (x) <0.1>"), None);
        assert_eq!(told("2.1 write(2<pipe:[5]>, \"\\x68\", 1) = 1 <0.1>"), None);
        assert_eq!(told("2.2 +++ exited with 0 +++"), None);
        let mut places = HashMap::new();
        let late = act(synced, &mut places).unwrap().unwrap();
        assert_eq!(late.ended_ns - late.begun_ns, 564_000);
    }
}
