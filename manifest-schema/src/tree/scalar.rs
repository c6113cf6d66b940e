//! What a plain scalar means.

use serde_json::{Number, Value};

/// YAML 1.2 core schema. A number that JSON cannot hold (`.nan`, `.inf`, `1e999`) stays a string.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return unsigned(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return unsigned(digits, 8);
    }
    integer(text).or_else(|| float(text))
}

fn unsigned(digits: &str, radix: u32) -> Option<Number> {
    let plain = digits.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { u64::from_str_radix(digits, radix).ok().map(Number::from) } else { None }
}

fn integer(text: &str) -> Option<Number> {
    text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn float(text: &str) -> Option<Number> {
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'));
    let digits = text.bytes().any(|b| b.is_ascii_digit());
    if numeric && digits { text.parse().ok().and_then(Number::from_f64) } else { None }
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use serde_json::json;

    #[test]
    fn the_core_schema() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("true", json!(true)),
            ("False", json!(false)),
            ("no", json!("no")),
            ("on", json!("on")),
            ("y", json!("y")),
            ("0", json!(0)),
            ("-7", json!(-7)),
            ("014", json!(14)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("0x-1", json!("0x-1")),
            ("1_000", json!("1_000")),
            ("1.4", json!(1.4)),
            (".5", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("1.2.0", json!("1.2.0")),
            ("1e999", json!("1e999")),
            (".nan", json!(".nan")),
            ("-.inf", json!("-.inf")),
            ("18446744073709551615", json!(u64::MAX)),
            ("2026-01-01", json!("2026-01-01")),
            ("-", json!("-")),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
    }
}
