//! Blacks secrets out of texts, in the forms in which they get there: as they are, and as base64, URL-encoded, hexadecimal and
//! JSON-escaped, also where a text comes in pieces.
//!
//! It helps against accidents: an echo in an answer, a header in an error. Code that has a secret and means to carry it away can always
//! write it in another form; against that there are handles.

mod forms;

use aho_corasick::{AhoCorasick, MatchKind};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeSet, fmt};

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";

/// Secrets with fewer bytes are not looked for: they would be found where there are none.
pub const MIN_REDACTED: usize = 8;

/// Finds the forms of a set of secrets.
#[derive(Clone, Default)]
pub struct Redactor(Option<Forms>);

#[derive(Clone)]
struct Forms {
    search: AhoCorasick,
    longest: usize,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// A redactor of these values. Those with less than [`MIN_REDACTED`] bytes are passed over.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let forms: BTreeSet<Vec<u8>> =
            values.into_iter().flat_map(|value| forms::of(value.expose_secret())).collect();
        let longest = forms.iter().map(Vec::len).max().unwrap_or_default();
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&forms);
        // More forms than it can hold would be gigabytes of secrets.
        Self(search.ok().filter(|_| longest > 0).map(|search| Forms { search, longest }))
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a text holds a secret.
    pub fn finds(&self, text: impl AsRef<[u8]>) -> bool {
        self.0.as_ref().is_some_and(|forms| forms.search.is_match(text.as_ref()))
    }

    /// A text without secrets.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.0 {
            // All forms are whole characters, so what is left is text.
            Some(forms) if forms.search.is_match(text) => Cow::Owned(
                String::from_utf8(forms.replace(text.as_bytes())).unwrap_or_else(|_| REDACTED.to_owned()),
            ),
            _ => Cow::Borrowed(text),
        }
    }

    /// Takes secrets out of a text in place.
    pub fn mend(&self, text: &mut String) {
        if let Cow::Owned(clean) = self.text(text) {
            *text = clean;
        }
    }

    /// Bytes without secrets.
    pub fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.0 {
            Some(forms) if forms.search.is_match(bytes) => Cow::Owned(forms.replace(bytes)),
            _ => Cow::Borrowed(bytes),
        }
    }

    /// JSON whose texts, keys and numbers are without secrets.
    pub fn json(&self, json: Box<RawValue>) -> Box<RawValue> {
        if !self.finds(json.get()) {
            return json;
        }
        let clean = serde_json::from_str(json.get()).ok().and_then(|mut value| {
            self.value(&mut value);
            serde_json::value::to_raw_value(&value).ok()
        });
        clean.unwrap_or_else(|| RawValue::NULL.to_owned())
    }

    /// The same of a value.
    pub fn value(&self, value: &mut Value) {
        if self.is_empty() {
            return;
        }
        match value {
            Value::String(text) => self.mend(text),
            Value::Number(number) if self.finds(number.to_string()) => *value = REDACTED.into(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(map) => {
                if map.keys().any(|key| self.finds(key)) {
                    let old = std::mem::take(map);
                    map.extend(old.into_iter().map(|(key, value)| (self.text(&key).into_owned(), value)));
                }
                map.values_mut().for_each(|value| self.value(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// For a text that comes in pieces.
    pub fn stream(&self) -> Stream {
        Stream { redactor: self.clone(), held: Vec::new() }
    }
}

impl Forms {
    fn replace(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(bytes.len());
        self.search.replace_all_with_bytes(bytes, &mut clean, |_, _, clean| {
            clean.extend_from_slice(REDACTED.as_bytes());
            true
        });
        clean
    }
}

/// A text in pieces. What may be the beginning of a secret is held back until it is known.
#[derive(Debug)]
pub struct Stream {
    redactor: Redactor,
    held: Vec<u8>,
}

impl Stream {
    /// Takes a piece; gives what is certain by now.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        let Some(forms) = &self.redactor.0 else { return piece.to_vec() };
        self.held.extend_from_slice(piece);
        // A form that begins before this ends within what is here.
        let certain = (self.held.len() + 1).saturating_sub(forms.longest);
        let mut clean = Vec::new();
        let mut done = 0;
        for found in forms.search.find_iter(&self.held).take_while(|found| found.start() < certain) {
            clean.extend_from_slice(&self.held[done..found.start()]);
            clean.extend_from_slice(REDACTED.as_bytes());
            done = found.end();
        }
        if done < certain {
            clean.extend_from_slice(&self.held[done..certain]);
            done = certain;
        }
        self.held.drain(..done);
        clean
    }

    /// The rest, when no more comes.
    pub fn finish(self) -> Vec<u8> {
        self.redactor.bytes(&self.held).into_owned()
    }
}

#[cfg(test)]
mod tests;
