//! What passes a gate, and what a gate says of it.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// What a gate decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision<T> {
    /// Go on, as it is.
    Pass,
    /// Go on with this instead.
    Change(T),
    /// Stop, and say why.
    Block(String),
}

impl<T: Serialize> Serialize for Decision<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pass => serializer.serialize_unit(),
            Self::Change(changed) => changed.serialize(serializer),
            Self::Block(why) => json!({ "block": why }).serialize(serializer),
        }
    }
}

/// What is about to happen, as `wa schema event/NAME` describes it: all fields are kept, those that are common have names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Draft(pub Map<String, Value>);

impl Draft {
    /// The text, where there is one.
    pub fn text(&self) -> Option<&str> {
        self.field("text")
    }

    /// Where it goes.
    pub fn to(&self) -> Option<&str> {
        self.field("to")
    }

    /// What it is: `text`, `reply`, `reaction`, `media`, `voice_note`, `edit`, `revoke` or `poll`.
    pub fn kind(&self) -> Option<&str> {
        self.field("kind")
    }

    /// The same with another text.
    #[must_use]
    pub fn with_text(&self, text: impl Into<String>) -> Self {
        let mut changed = self.clone();
        changed.0.insert("text".to_owned(), Value::String(text.into()));
        changed
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}
