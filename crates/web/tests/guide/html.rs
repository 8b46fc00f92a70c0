//! Whether a page is well made: tags that close, quoted attributes, no text
//! that is markup by accident, ids that are there once, fields with a name.

use std::collections::BTreeSet;

const VOID: [&str; 8] = ["meta", "link", "input", "br", "hr", "img", "col", "wbr"];

/// A tag as it stands in a page.
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Characters that turn the direction of reading around.
pub(crate) fn turns(it: char) -> bool {
    matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Every start tag, if the page is well made.
pub(crate) fn tags(page: &str) -> Result<Vec<Tag>, String> {
    if let Some(bad) = page.chars().find(|it| *it == '\0') {
        return Err(format!("{bad:?} stands in the page"));
    }
    let mut tags = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        text(&rest[..at])?;
        if rest[..at].contains(turns) && !open.iter().any(|it| it == "bdi") {
            return Err(format!(
                "text turns around outside of <bdi>: {}",
                start(&rest[..at])
            ));
        }
        rest = &rest[at + 1..];
        let end = tag_end(rest).ok_or_else(|| format!("a tag does not end: {}", start(rest)))?;
        let inside = &rest[..end];
        rest = &rest[end + 1..];
        if inside.starts_with('!') {
            continue;
        }
        if let Some(name) = inside.strip_prefix('/') {
            match open.pop() {
                Some(it) if it == name.trim() => continue,
                other => return Err(format!("</{name}> closes {other:?}")),
            }
        }
        let tag = tag(inside)?;
        if !VOID.contains(&tag.name.as_str()) {
            open.push(tag.name.clone());
        }
        tags.push(tag);
    }
    text(rest)?;
    if open.is_empty() {
        Ok(tags)
    } else {
        Err(format!("never closed: {open:?}"))
    }
}

/// The same, and what a screen reader needs.
pub(crate) fn page(page: &str) -> Vec<Tag> {
    let tags = tags(page).unwrap_or_else(|why| panic!("{why}\n{page}"));
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|it| it.get("id")) {
        assert!(ids.insert(id.to_owned()), "id {id} stands twice\n{page}");
    }
    for tag in &tags {
        for link in ["aria-describedby", "aria-labelledby", "for", "data-chooses"] {
            for id in tag.get(link).into_iter().flat_map(str::split_whitespace) {
                assert!(ids.contains(id), "{link} names {id}, which is not there");
            }
        }
        for handler in tag.attributes.iter().map(|(it, _)| it) {
            assert!(
                !handler.starts_with("on") && handler != "style",
                "{handler}"
            );
        }
    }
    let count = |name: &str| tags.iter().filter(|it| it.name == name).count();
    // A part of a drawing has a title of its own.
    let pairs = tags.windows(2);
    let drawn = pairs.filter(|it| it[0].name == "g" && it[1].name == "title");
    let titles = count("title") - drawn.count();
    assert_eq!((count("main"), count("h1"), titles), (1, 1, 1));
    let inline = tags
        .iter()
        .filter(|it| it.name == "script" && it.get("src").is_none());
    assert_eq!(inline.count() + count("style"), 0, "inline script or style");
    fields_have_names(&tags);
    tags
}

fn fields_have_names(tags: &[Tag]) {
    let labelled: BTreeSet<&str> = tags.iter().filter_map(|it| it.get("for")).collect();
    let mut inside = false;
    for tag in tags {
        match tag.name.as_str() {
            // A label around its field has no `for`.
            "label" => inside = tag.get("for").is_none(),
            "input" | "select" | "textarea" if tag.get("type") != Some("hidden") => {
                let named = tag.get("id").is_some_and(|it| labelled.contains(it));
                assert!(
                    named || inside,
                    "a field without a label: {:?}",
                    tag.attributes
                );
                inside = false;
            }
            _ => {}
        }
    }
}

fn start(text: &str) -> String {
    text.chars().take(80).collect()
}

fn text(text: &str) -> Result<(), String> {
    if text.contains('>') {
        return Err(format!("a bare > in {}", start(text)));
    }
    for (at, _) in text.match_indices('&') {
        let rest = &text[at + 1..];
        let end = rest.find(';').filter(|it| (1..=8).contains(it));
        let known = end.is_some_and(|end| {
            let word = &rest[..end];
            matches!(word, "lt" | "gt" | "amp" | "quot")
                || word
                    .strip_prefix('#')
                    .is_some_and(|it| it.parse::<u32>().is_ok())
        });
        if !known {
            return Err(format!("a bare & in {}", start(&text[at..])));
        }
    }
    Ok(())
}

fn tag_end(rest: &str) -> Option<usize> {
    let mut quoted = false;
    rest.char_indices().find_map(|(at, it)| {
        if it == '"' {
            quoted = !quoted;
        }
        (it == '>' && !quoted).then_some(at)
    })
}

fn tag(inside: &str) -> Result<Tag, String> {
    let end = inside.find(char::is_whitespace).unwrap_or(inside.len());
    let (name, mut rest) = inside.split_at(end);
    let plain = |it: &str| {
        !it.is_empty()
            && it
                .chars()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-')
    };
    if !plain(name) {
        return Err(format!("no tag: <{}", start(inside)));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let end = rest
            .find(|it: char| it == '=' || it.is_whitespace())
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if !plain(key) || attributes.iter().any(|(it, _)| it == key) {
            return Err(format!("no attribute: {key} in <{}", start(inside)));
        }
        rest = after;
        let mut value = "";
        if let Some(quoted) = after.strip_prefix("=\"") {
            let end = quoted.find('"').ok_or("an attribute does not end")?;
            value = &quoted[..end];
            if value.contains('<') {
                return Err(format!("a bare < in {key}"));
            }
            rest = &quoted[end + 1..];
        } else if after.starts_with('=') {
            return Err(format!("not quoted: {key} in <{}", start(inside)));
        }
        attributes.push((key.to_owned(), value.to_owned()));
    }
    Ok(Tag {
        name: name.to_owned(),
        attributes,
    })
}

#[test]
fn the_check_itself_finds_what_is_badly_made() {
    for bad in [
        "<p>",
        "</p>",
        "<p></b>",
        "<p a=1></p>",
        "<p a a></p>",
        "a > b",
        "a & b",
        "<script",
        "<P></P>",
        "<p a=\"<\"></p>",
        "a\0",
        "<<p></p>",
        "<p a=\"></p>",
        "&;",
        "&#x;",
    ] {
        assert!(tags(bad).is_err(), "{bad}");
    }
    assert_eq!(
        tags("<p id=\"a\">1 &#60; 2<br></p><input disabled>")
            .unwrap()
            .len(),
        3
    );
}
