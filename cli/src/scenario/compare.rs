//! Where what came differs from what was expected.

use std::fmt;

use runtime_host::RecordedCall;
use serde_json::{Map, Value};

/// One place that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The place in the step, such as `expect/status`.
    pub(crate) place: String,
    pub(crate) expected: String,
    pub(crate) got: String,
}

impl Difference {
    pub(crate) fn new(place: &str, expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self { place: place.to_owned(), expected: expected.to_string(), got: got.to_string() }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", self.place, self.expected, self.got)
    }
}

/// What is shown where there is no value.
const NOTHING: &str = "nothing";

/// Every place where `got` lacks something of `expected`. An object may have more members than expected; all else is equal.
pub(crate) fn part(place: &str, expected: &Value, got: Option<&Value>) -> Vec<Difference> {
    match (expected, got) {
        (Value::Object(members), Some(Value::Object(there))) => members
            .iter()
            .flat_map(|(name, value)| part(&format!("{place}/{name}"), value, there.get(name)))
            .collect(),
        (Value::Array(items), Some(Value::Array(there))) if items.len() == there.len() => {
            let pairs = items.iter().zip(there).enumerate();
            pairs.flat_map(|(at, (item, one))| part(&format!("{place}/{at}"), item, Some(one))).collect()
        }
        (expected, Some(got)) if expected == got => Vec::new(),
        (expected, Some(got)) => vec![Difference::new(place, expected, got)],
        (expected, None) => vec![Difference::new(place, expected, NOTHING)],
    }
}

/// A message against its text, or members of it.
pub(crate) fn message(place: &str, expected: &Value, got: &Value) -> Vec<Difference> {
    match expected {
        Value::String(_) => part(place, expected, got.get("text")),
        _ => part(place, expected, Some(got)),
    }
}

/// The calls that must have been made, in their order, others between them.
pub(crate) fn calls(expected: &[Map<String, Value>], made: &[RecordedCall]) -> Vec<Difference> {
    if expected.is_empty() && !made.is_empty() {
        return vec![Difference::new("calls", "none", listed(made))];
    }
    let (mut differences, mut rest) = (Vec::new(), made);
    for (at, (method, params)) in expected.iter().flatten().enumerate() {
        let place = format!("calls/{at}/{method}");
        let fits =
            |call: &RecordedCall| call.method == *method && part("", params, Some(&call.params)).is_empty();
        if let Some(found) = rest.iter().position(fits) {
            rest = &rest[found + 1..];
            continue;
        }
        let alike = rest.iter().find(|call| call.method == *method);
        match alike {
            Some(call) => differences.extend(part(&place, params, Some(&call.params))),
            None => differences.push(Difference::new(&place, params, listed(rest))),
        }
    }
    differences
}

fn listed(made: &[RecordedCall]) -> String {
    if made.is_empty() {
        return "no calls".to_owned();
    }
    made.iter().map(|call| format!("{} {}", call.method, call.params)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(differences: &[Difference]) -> Vec<String> {
        differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_what_differs_is_named() {
        let got = json!({ "a": { "b": 1, "c": [1, 2] }, "d": 3 });
        assert!(part("expect", &json!({ "a": { "b": 1 } }), Some(&got)).is_empty());
        let expected = json!({ "a": { "b": 2, "c": [1, 3] }, "d": 3, "e": null });
        assert_eq!(
            shown(&part("expect", &expected, Some(&got))),
            [
                "expect/a/b: expected 2, got 1",
                "expect/a/c/1: expected 3, got 2",
                "expect/e: expected null, got nothing"
            ]
        );
        assert_eq!(shown(&part("x", &json!([1]), Some(&json!([1, 2])))), ["x: expected [1], got [1,2]"]);
    }

    #[test]
    fn calls_are_found_in_their_order() {
        let call = |method: &str, params| RecordedCall { method: method.to_owned(), params };
        let made = [
            call("storage.get", json!({ "key": "a" })),
            call("storage.set", json!({ "key": "a", "value": 1 })),
        ];
        let expected = |calls: Value| -> Vec<Map<String, Value>> { serde_json::from_value(calls).unwrap() };
        let compare = |wanted: Value| shown(&calls(&expected(wanted), &made));
        assert!(compare(json!([{ "storage.set": { "key": "a" } }])).is_empty());
        assert!(compare(json!([{ "storage.get": {} }, { "storage.set": {} }])).is_empty());
        assert_eq!(
            compare(json!([{ "storage.set": {} }, { "storage.get": {} }])),
            ["calls/1/storage.get: expected {}, got no calls"]
        );
        assert_eq!(
            compare(json!([{ "storage.set": { "value": 2 } }])),
            ["calls/0/storage.set/value: expected 2, got 1"]
        );
        assert_eq!(
            compare(json!([])),
            [r#"calls: expected none, got storage.get {"key":"a"}, storage.set {"key":"a","value":1}"#]
        );
    }
}
