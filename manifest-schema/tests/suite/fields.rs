//! The names that a type's derived `Deserialize` knows.

use serde::de::{Deserialize, Deserializer, Error as _, Visitor, value::Error};
use std::cell::Cell;
use std::rc::Rc;

/// The fields of a struct or the variants of an enum, as they are written in files.
pub(crate) fn names_of<T: for<'de> Deserialize<'de>>() -> Vec<&'static str> {
    let names = Rc::new(Cell::new(&[][..]));
    let asked = T::deserialize(Recorder(Rc::clone(&names)));
    assert!(asked.is_err(), "the recorder never gives a value");
    names.get().to_vec()
}

struct Recorder(Rc<Cell<&'static [&'static str]>>);

impl<'de> Deserializer<'de> for Recorder {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("neither a struct nor an enum"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.set(fields);
        Err(Error::custom("recorded"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.set(variants);
        Err(Error::custom("recorded"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}
