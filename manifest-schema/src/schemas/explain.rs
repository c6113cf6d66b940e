//! From a schema error to findings that a person understands.

use crate::document::Document;
use crate::finding::Finding;
use crate::rules;
use crate::suggest;
use crate::tree;
use jsonschema::JsonType;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

pub(super) fn explain(document: Document<'_>, schema: &Value, error: &ValidationError<'_>) -> Vec<Finding> {
    let pointer = error.instance_path().as_str();
    let got = error.instance();
    let finding = match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let known = known_keys(schema, error);
            return unexpected.iter().map(|key| unknown_key(document, pointer, key, &known)).collect();
        }
        Kind::Required { property } => missing_key(document, schema, pointer, property),
        Kind::PropertyNames { error: inner } => bad_key(document, schema, pointer, inner),
        Kind::Type { kind } => wrong_type(document, pointer, got, kind),
        Kind::Enum { options } => {
            not_allowed(document, pointer, got, options.as_array().map_or(&[], Vec::as_slice))
        }
        Kind::Constant { expected_value } => {
            not_allowed(document, pointer, got, std::slice::from_ref(&**expected_value))
        }
        Kind::Pattern { pattern } => ill_formed(document, schema, pointer, got, "pattern", pattern),
        Kind::Format { format } => ill_formed(document, schema, pointer, got, "format", format),
        _ => document.finding(rule_of_limits(error.kind()), pointer, limit_message(error)),
    };
    vec![finding]
}

/// The keys of the object schema that refused a key.
fn known_keys<'a>(schema: &'a Value, error: &ValidationError<'_>) -> Vec<&'a str> {
    let path = error.schema_path().as_str();
    let parent = path.rfind('/').map_or("", |end| &path[..end]);
    let properties = schema.pointer(parent).and_then(|object| object["properties"].as_object());
    properties.into_iter().flat_map(|map| map.keys().map(String::as_str)).collect()
}

fn unknown_key(document: Document<'_>, parent: &str, key: &str, known: &[&str]) -> Finding {
    let finding = document.finding_at_key(
        &rules::UNKNOWN_KEY,
        &tree::join(parent, key),
        format!("unknown key `{key}`"),
    );
    match suggest::did_you_mean(key, known.iter().copied()) {
        Some(help) => finding.help(help),
        None if known.is_empty() => finding.help("no keys are allowed here"),
        None if known.len() > 12 => finding.help("remove it; keys of your own begin with `x-`"),
        None => finding.help(format!("known keys: {}", known.join(", "))),
    }
}

fn missing_key(document: Document<'_>, schema: &Value, parent: &str, property: &Value) -> Finding {
    let key = property.as_str().unwrap_or_default();
    let message = format!("the key `{key}` is missing");
    let finding = document.finding_at_key(&rules::MISSING_KEY, parent, message);
    let example = if parent.is_empty() { example_of(schema, key) } else { None };
    match example {
        Some(example) => finding.help(format!("add `{key}: {example}`")),
        None => finding,
    }
}

/// What to write for a required key of the document.
fn example_of(schema: &Value, key: &str) -> Option<String> {
    let mut property = &schema["properties"][key];
    if let Some(constant) = property.get("const") {
        return Some(constant.to_string());
    }
    if property.get("examples").is_none() {
        property = schema.pointer(property.get("$ref")?.as_str()?.trim_start_matches('#'))?;
    }
    match property.get("examples")?.get(0)? {
        Value::String(text) => Some(text.clone()),
        _ => Some("{ type: object, additionalProperties: false }".to_owned()),
    }
}

/// A key that is no name of the wanted sort.
fn bad_key(document: Document<'_>, schema: &Value, parent: &str, inner: &ValidationError<'_>) -> Finding {
    let key = inner.instance().as_str().unwrap_or_default();
    let (keyword, grammar) = match inner.kind() {
        Kind::Pattern { pattern } => ("pattern", pattern),
        Kind::Format { format } => ("format", format),
        _ => return document.finding(&rules::ILL_FORMED, parent, inner.to_string()),
    };
    let (message, help) = grammar_in_words(schema, key, keyword, grammar);
    let finding = document.finding_at_key(&rules::ILL_FORMED, &tree::join(parent, key), message);
    with_help(finding, help)
}

fn wrong_type(document: Document<'_>, pointer: &str, got: &Value, kind: &TypeKind) -> Finding {
    let wanted: Vec<&str> = match kind {
        TypeKind::Single(one) => vec![one.as_str()],
        TypeKind::Multiple(several) => several.iter().map(JsonType::as_str).collect(),
    };
    let message = format!(
        "expected {}, found {}",
        wanted.iter().map(|w| a(w)).collect::<Vec<_>>().join(" or "),
        found(got)
    );
    let finding = document.finding(&rules::WRONG_TYPE, pointer, message);
    let help = match got {
        Value::Number(_) | Value::Bool(_) if wanted == ["string"] => {
            let written =
                document.root.at(pointer).and_then(|node| document.source.text.get(node.span.clone()));
            Some(format!("quote it: \"{}\"", written.unwrap_or_default()))
        }
        Value::String(text) if wanted == ["boolean"] => boolean_meant(text),
        Value::String(_) if wanted == ["array"] => Some("write it as a list: [...]".to_owned()),
        Value::Null => Some("give it a value, or remove the key".to_owned()),
        _ => None,
    };
    with_help(finding, help)
}

/// Words that older YAML took for booleans.
fn boolean_meant(text: &str) -> Option<String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" | "true" => Some("write `true`".to_owned()),
        "no" | "off" | "n" | "false" => Some("write `false`".to_owned()),
        _ => None,
    }
}

fn a(kind: &str) -> &'static str {
    match kind {
        "array" => "a list",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "null" => "nothing",
        "number" => "a number",
        "object" => "a mapping",
        _ => "a string",
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

fn not_allowed(document: Document<'_>, pointer: &str, got: &Value, options: &[Value]) -> Finding {
    let words: Vec<String> = options.iter().map(plain).collect();
    let finding =
        document.finding(&rules::NOT_ALLOWED, pointer, format!("{} is not allowed here", quoted(got)));
    let near = got.as_str().and_then(|got| suggest::did_you_mean(got, words.iter().map(String::as_str)));
    let is_newer = pointer == "/schema" && got.as_u64() > options.iter().filter_map(Value::as_u64).max();
    match near {
        Some(help) => finding.help(help),
        None if is_newer => finding.help("the file is for a later version of wa: update wa"),
        None => finding.help(format!("expected {}", words.join(" or "))),
    }
}

fn ill_formed(
    document: Document<'_>,
    schema: &Value,
    pointer: &str,
    got: &Value,
    keyword: &str,
    grammar: &str,
) -> Finding {
    let (message, help) = grammar_in_words(schema, &plain(got), keyword, grammar);
    let rule = match grammar {
        "semver" => &rules::BAD_VERSION,
        "semver-range" => &rules::BAD_RANGE,
        _ => &rules::ILL_FORMED,
    };
    with_help(document.finding(rule, pointer, message), help)
}

/// The schema says what it means by a grammar, where it states it: `title` and `description`.
fn grammar_in_words(schema: &Value, got: &str, keyword: &str, grammar: &str) -> (String, Option<String>) {
    let Some(definition) = stating(schema, keyword, grammar) else {
        return (format!("`{got}` is not a valid {grammar}"), None);
    };
    let what = definition["title"].as_str().unwrap_or(grammar);
    let help = definition["description"].as_str().map(|text| uncapitalised(text.trim_end_matches('.')));
    (format!("`{got}` is not {what}"), help)
}

/// The subschema that has this keyword with this value and a title.
fn stating<'a>(schema: &'a Value, keyword: &str, grammar: &str) -> Option<&'a Value> {
    match schema {
        Value::Object(map) => {
            let here = map.get(keyword).and_then(Value::as_str) == Some(grammar) && map.contains_key("title");
            if here { Some(schema) } else { map.values().find_map(|value| stating(value, keyword, grammar)) }
        }
        _ => None,
    }
}

fn uncapitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn rule_of_limits(kind: &Kind) -> &'static crate::finding::Rule {
    match kind {
        Kind::MinLength { .. }
        | Kind::MaxLength { .. }
        | Kind::MinItems { .. }
        | Kind::MaxItems { .. }
        | Kind::Minimum { .. }
        | Kind::Maximum { .. }
        | Kind::UniqueItems => &rules::OUT_OF_LIMITS,
        _ => &rules::DOES_NOT_FIT,
    }
}

fn limit_message(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::MinLength { .. } | Kind::MinItems { .. } => "this must not be empty".to_owned(),
        Kind::MaxLength { limit } => format!("this is longer than {limit} characters"),
        Kind::MaxItems { limit } => format!("this has more than {limit} items"),
        Kind::Minimum { limit } => format!("{} is less than {limit}", error.instance()),
        Kind::Maximum { limit } => format!("{} is more than {limit}", error.instance()),
        Kind::UniqueItems => "the list has an item twice".to_owned(),
        _ => error.masked_with("this value").to_string(),
    }
}

fn with_help(finding: Finding, help: Option<String>) -> Finding {
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// The value as someone wrote it, without quotes, cut to a readable length.
fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn quoted(value: &Value) -> String {
    format!("`{}`", plain(value))
}
