//! Reads a call's JSON argument field by field and complains like the
//! service: with the place, the field, and the validator's words.

use serde_json::{Map, Value};

use super::error::Failure;
use super::path::{self, PathKind, Reference};

/// A struct of the argument, with the fields not read yet.
pub(super) struct Argument {
    place: String,
    fields: Map<String, Value>,
}

/// Where the argument of a call stands.
pub(super) const BODY: &str = "request body";
/// Upload and download styles.
pub(super) const HEADER: &str = "HTTP header \"Dropbox-API-Arg\"";
/// The same in the address.
pub(super) const PARAMETER: &str = "URL parameter \"arg\"";

impl Argument {
    /// The argument of a function without one.
    pub(super) fn void() -> Self {
        Self {
            place: BODY.to_owned(),
            fields: Map::new(),
        }
    }

    /// Reads the argument's text.
    pub(super) fn parse(text: &[u8], place: &str) -> Result<Self, Failure> {
        let undecodable =
            |_| Failure::BadRequest(format!("{place}: could not decode input as JSON"));
        Self::object(serde_json::from_slice(text).map_err(undecodable)?, place)
    }

    fn object(value: Value, place: &str) -> Result<Self, Failure> {
        match value {
            Value::Object(fields) => Ok(Self {
                place: place.to_owned(),
                fields,
            }),
            other => Err(Failure::BadRequest(format!(
                "{place}: expected object, got {}",
                kind(&other)
            ))),
        }
    }

    /// An optional field; `null` is absence.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    fn required(&mut self, name: &str) -> Result<Value, Failure> {
        self.take(name).ok_or_else(|| {
            Failure::BadRequest(format!("{}: missing required field '{name}'", self.place))
        })
    }

    fn wrong(&self, name: &str, why: &str) -> Failure {
        Failure::BadRequest(format!("{}: {name}: {why}", self.place))
    }

    fn expected(&self, name: &str, what: &str, got: &Value) -> Failure {
        self.wrong(name, &format!("expected {what}, got {}", kind(got)))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, Failure> {
        match self.required(name)? {
            Value::String(text) => Ok(text),
            other => Err(self.expected(name, "string", &other)),
        }
    }

    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<String>, Failure> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.expected(name, "string", &other)),
        }
    }

    pub(super) fn flag(&mut self, name: &str, default: bool) -> Result<bool, Failure> {
        match self.take(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(self.expected(name, "boolean", &other)),
        }
    }

    pub(super) fn number(&mut self, name: &str, least: u64, most: u64) -> Result<u64, Failure> {
        let value = self.required(name)?;
        self.ranged(name, &value, least, most)
    }

    pub(super) fn optional_number(
        &mut self,
        name: &str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, Failure> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => self.ranged(name, &value, least, most).map(Some),
        }
    }

    fn ranged(&self, name: &str, value: &Value, least: u64, most: u64) -> Result<u64, Failure> {
        if !value.is_i64() && !value.is_u64() {
            return Err(self.expected(name, "integer", value));
        }
        match value.as_u64().filter(|n| (least..=most).contains(n)) {
            Some(number) => Ok(number),
            None => Err(self.wrong(
                name,
                &format!("{value} is not within range [{least}, {most}]"),
            )),
        }
    }

    pub(super) fn structure(&mut self, name: &str) -> Result<Self, Failure> {
        let value = self.required(name)?;
        Self::object(value, &format!("{}: {name}", self.place))
    }

    pub(super) fn optional_structure(&mut self, name: &str) -> Result<Option<Self>, Failure> {
        let place = format!("{}: {name}", self.place);
        self.take(name)
            .map(|value| Self::object(value, &place))
            .transpose()
    }

    /// A list's values, with the place of each.
    fn values(&mut self, name: &str, most: usize) -> Result<Vec<(Value, String)>, Failure> {
        match self.required(name)? {
            Value::Array(values) if values.len() > most => {
                Err(self.wrong(name, &format!("list has more than {most} items")))
            }
            Value::Array(values) => Ok(values
                .into_iter()
                .enumerate()
                .map(|(n, value)| (value, format!("{}: {name}: index {n}", self.place)))
                .collect()),
            other => Err(self.expected(name, "list", &other)),
        }
    }

    pub(super) fn structures(&mut self, name: &str, most: usize) -> Result<Vec<Self>, Failure> {
        self.values(name, most)?
            .into_iter()
            .map(|(value, place)| Self::object(value, &place))
            .collect()
    }

    /// A list of paths.
    pub(super) fn paths(
        &mut self,
        name: &str,
        most: usize,
        kind: PathKind,
    ) -> Result<Vec<Reference>, Failure> {
        self.values(name, most)?
            .into_iter()
            .map(|(value, place)| path::argument(kind, value.as_str().unwrap_or_default(), &place))
            .collect()
    }

    pub(super) fn path(&mut self, name: &str, kind: PathKind) -> Result<Reference, Failure> {
        let text = self.text(name)?;
        path::argument(kind, &text, &format!("{}: {name}", self.place))
    }

    pub(super) fn optional_path(
        &mut self,
        name: &str,
        kind: PathKind,
    ) -> Result<Option<Reference>, Failure> {
        let place = format!("{}: {name}", self.place);
        self.optional_text(name)?
            .map(|text| path::argument(kind, &text, &place))
            .transpose()
    }

    /// A union: its tag and the rest of its fields. A member without a value
    /// may be written as a bare string.
    pub(super) fn union(&mut self, name: &str) -> Result<Option<(String, Self)>, Failure> {
        let place = format!("{}: {name}", self.place);
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(tag)) => Ok(Some((
                tag,
                Self {
                    place,
                    fields: Map::new(),
                },
            ))),
            Some(value) => {
                let mut fields = Self::object(value, &place)?;
                let tag = fields.text(".tag")?;
                Ok(Some((tag, fields)))
            }
        }
    }

    /// A complaint about a union's tag.
    pub(super) fn unknown_tag(&self, tag: &str) -> Failure {
        Failure::BadRequest(format!("{}: unknown tag '{tag}'", self.place))
    }

    /// A complaint about a field already taken.
    pub(super) fn refuse(&self, name: &str, why: &str) -> Failure {
        self.wrong(name, why)
    }

    /// Takes fields that have no effect here.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.fields.remove(*name);
        }
    }

    /// Refuses fields that nobody knows.
    pub(super) fn end(&self) -> Result<(), Failure> {
        match self.fields.keys().find(|name| name.as_str() != ".tag") {
            None => Ok(()),
            Some(name) => Err(Failure::BadRequest(format!(
                "{}: unknown field '{name}'",
                self.place
            ))),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
