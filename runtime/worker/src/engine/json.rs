//! Values across the border, by the engine's own parser and writer: plugin code can replace `JSON`, not
//! these.

use rquickjs::{Ctx, Value};
use serde_json::value::RawValue;

/// A JSON text as a value. Keys such as `__proto__` become plain own properties.
pub(super) fn parse<'js>(ctx: &Ctx<'js>, json: &RawValue) -> rquickjs::Result<Value<'js>> {
    match json.get() {
        "null" => Ok(Value::new_null(ctx.clone())),
        text => ctx.json_parse(text),
    }
}

/// A value as JSON text; `undefined` becomes `null`. `Ok(None)` where the value, a function or a symbol, has
/// none. Getters, proxies and `toJSON` of the plugin run here and may throw.
pub(super) fn write<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> rquickjs::Result<Option<Box<RawValue>>> {
    if value.is_undefined() || value.is_null() {
        return Ok(Some(null()));
    }
    let Some(text) = ctx.json_stringify(value)? else { return Ok(None) };
    let text = without_lone_surrogates(text.to_string()?);
    Ok(RawValue::from_string(text).ok())
}

/// `null` as JSON text.
pub(super) fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

/// The engine writes half of a surrogate pair as an escape, which is JSON but no Unicode, and readers refuse
/// it. Each becomes the replacement character; whole pairs are never escaped.
fn without_lone_surrogates(text: String) -> String {
    if !text.contains("\\ud") {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        clean.push_str(before);
        let is_surrogate =
            escape.starts_with("\\ud") && escape.as_bytes().get(3).is_some_and(|digit| *digit >= b'8');
        let (escape, after) = escape.split_at(if is_surrogate { 6 } else { 2 });
        clean.push_str(if is_surrogate { "\\ufffd" } else { escape });
        rest = after;
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::without_lone_surrogates;

    #[test]
    fn only_lone_surrogates_are_replaced() {
        for (written, expected) in [
            (r#""plain""#, r#""plain""#),
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\udfffx\ud9ab""#, r#""\ufffdx\ufffd""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\\\ud800\n""#, r#""\\\ufffd\n""#),
            (r#""\ud7ff""#, r#""\ud7ff""#),
        ] {
            assert_eq!(without_lone_surrogates(written.to_owned()), expected);
        }
    }
}
