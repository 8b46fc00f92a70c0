//! Every English text of the pages, a file for each page: what is to be
//! translated stands here and nowhere else. Templates hold no words. Where a
//! sentence needs a value, it is a function.

pub mod alarms;
pub(crate) mod archive;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod causes;
pub(crate) mod connect;
pub(crate) mod conversation;
pub(crate) mod coverage;
pub(crate) mod dates;
pub(crate) mod export;
pub(crate) mod frame;
pub(crate) mod general;
pub(crate) mod help;
pub(crate) mod item;
pub(crate) mod log;
pub(crate) mod proof;
pub(crate) mod row;
pub(crate) mod setup;
pub(crate) mod sign_in;
pub(crate) mod statuses;
pub(crate) mod tokens;

#[cfg(test)]
mod tests {
    /// What stands in a template outside of tags and expressions.
    fn words(template: &str) -> String {
        let mut words = String::new();
        let mut depth: usize = 0;
        let mut before = ' ';
        for it in template.chars() {
            match (before, it) {
                ('{', '{' | '%') | (_, '<') => depth += 1,
                ('}' | '%', '}') | (_, '>') => depth = depth.saturating_sub(1),
                _ if depth == 0 && it.is_alphabetic() => words.push(it),
                _ => {}
            }
            before = it;
        }
        words
    }

    #[test]
    fn templates_hold_no_words() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let files = std::fs::read_dir(folder).unwrap();
        let mut seen = 0;
        for file in files {
            let path = file.unwrap().path();
            let template = std::fs::read_to_string(&path).unwrap();
            // Names of things are the same in every language.
            let template = template.lines().map(without_code).collect::<String>();
            assert_eq!(words(&template), "", "{}", path.display());
            seen += 1;
        }
        assert!(seen > 15, "{seen}");
    }

    fn without_code(line: &str) -> String {
        let mut rest = line;
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once("<code") {
            kept.push_str(before);
            rest = after.split_once("</code>").map_or("", |(_, it)| it);
        }
        kept + rest
    }

    #[test]
    fn the_check_itself_finds_words() {
        assert_eq!(words("<p class=\"a\">{{ say::IT }} word</p>"), "word");
        assert_eq!(words("<p>{% if a %}{{ b }}{% endif %}</p>"), "");
    }
}
