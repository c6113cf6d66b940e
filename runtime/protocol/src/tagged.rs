//! Reading an object whose first member is its kind, in one pass.
//!
//! serde's own internally tagged enums buffer the object first, and a buffered value cannot become a
//! `RawValue`.

use std::{fmt, marker::PhantomData};

use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};

/// An enum of frames that can continue reading once its tag is known.
pub(crate) trait Tagged: Sized {
    /// The tags, as an enum of words.
    type Tag: DeserializeOwned;

    /// Reads the members after the tag.
    fn read<'de, A: MapAccess<'de>>(tag: Self::Tag, members: A) -> Result<Self, A::Error>;
}

/// Reads `{"t": <tag>, ...}`; the tag has to come first.
pub(crate) fn deserialize<'de, T: Tagged, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_map(TagFirst(PhantomData))
}

struct TagFirst<T>(PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for TagFirst<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object that begins with its kind, `t`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<T, A::Error> {
        match members.next_key::<TagKey>()? {
            Some(TagKey::T) => T::read(members.next_value()?, members),
            None => Err(A::Error::missing_field("t")),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum TagKey {
    T,
}
