//! What the address of COVERAGE asks for. Pure.

use domain::account::ExtensionId;
use url::form_urlencoded::Serializer;

use crate::error::PageError;
use crate::form::Fields;
use crate::viewer::View;

/// The question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Whose, where an admin chose.
    pub(super) view: View,
    /// The destination, where there is more than one.
    pub(super) at: Option<String>,
    /// One person alone.
    pub(super) person: Option<ExtensionId>,
    /// The page of the table, the first is 0.
    pub(super) page: usize,
}

impl Asked {
    /// Out of the fields. An admin who does not say so means the company.
    pub(super) fn of(fields: &Fields, admin: bool) -> Result<Asked, PageError> {
        let some = |name: &str| fields.get(name).filter(|it| !it.is_empty());
        Ok(Asked {
            view: match some("view") {
                None if admin => View::Account,
                view => View::from_word(view)?,
            },
            at: some("at").map(str::to_owned),
            person: some("person").map(ExtensionId::new),
            page: fields
                .text("page")
                .parse()
                .map_or(0, |it: usize| it.saturating_sub(1)),
        })
    }

    /// The address of this question.
    pub(super) fn href(&self, path: &str) -> String {
        self.with(path, &[])
    }

    /// The same with more said.
    pub(super) fn with(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut pairs = Serializer::new(String::new());
        pairs.append_pair("view", self.view.word());
        if let Some(at) = &self.at {
            pairs.append_pair("at", at);
        }
        if let Some(person) = &self.person {
            pairs.append_pair("person", person.as_str());
        }
        if self.page > 0 {
            pairs.append_pair("page", &(self.page + 1).to_string());
        }
        for (name, value) in more {
            pairs.append_pair(name, value);
        }
        format!("{path}?{}", pairs.finish())
    }

    /// Another view, from its start.
    pub(super) fn of_view(view: View) -> Asked {
        Asked {
            view,
            ..Asked::default()
        }
    }

    /// Another destination, from its start.
    pub(super) fn of_place(&self, at: &str) -> Asked {
        Asked {
            at: Some(at.to_owned()),
            ..Asked::of_view(self.view)
        }
    }

    /// Of this person alone, or of everybody.
    pub(super) fn of_person(&self, person: Option<&ExtensionId>) -> Asked {
        Asked {
            person: person.cloned(),
            page: 0,
            ..self.clone()
        }
    }

    /// Another page of the table.
    pub(super) fn turned(&self, page: usize) -> Asked {
        Asked {
            page,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_question() {
        let fields = Fields::of(b"view=extension&at=d&person=1%262&page=3");
        let asked = Asked::of(&fields, true).unwrap();
        assert_eq!(asked.page, 2);
        let href = asked.href("/coverage");
        assert_eq!(href, "/coverage?view=extension&at=d&person=1%262&page=3");
        let again = Fields::of(href.split_once('?').unwrap().1.as_bytes());
        assert_eq!(Asked::of(&again, true).unwrap(), asked);
    }

    #[test]
    fn nonsense_is_the_first_page_and_an_admin_means_the_company() {
        for page in ["", "0", "-1", "x", "1"] {
            let fields = Fields::of(format!("page={page}").as_bytes());
            let asked = Asked::of(&fields, true).unwrap();
            assert_eq!((asked.page, asked.view), (0, View::Account));
        }
        let nothing = Asked::of(&Fields::default(), false).unwrap();
        assert_eq!(nothing, Asked::default());
        assert!(Asked::of(&Fields::of(b"view=world"), true).is_err());
    }
}
