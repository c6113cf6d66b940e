use super::*;
use crate::source::{Source, Syntax};
use serde_json::json;

fn parse(text: &str) -> Result<Value, String> {
    let node = document(&Source::new("x.json5", text, Syntax::Json5));
    node.map(|node| node.to_json()).map_err(|finding| finding.message)
}

#[test]
fn what_json5_adds() {
    for (text, value) in [
        ("{}", json!({})),
        ("// one\n{ a: 1, /* two */ 'b': [1, 2,], }", json!({ "a": 1, "b": [1, 2] })),
        ("{ $a_1: 'it''s' }".replace("it''s", "it\\'s").as_str(), json!({ "$a_1": "it's" })),
        ("[+1, -2, .5, 5., 0x1F, 1e3, -0x10]", json!([1, -2, 0.5, 5.0, 31, 1000.0, -16])),
        ("'a\\\nb'", json!("ab")),
        ("'\\x41\\u00e9\\ud83d\\ude00\\0'", json!("Aé😀\0")),
        ("\u{feff}null", json!(null)),
        ("{ Infinity: 1, true: 2 }", json!({ "Infinity": 1, "true": 2 })),
        ("{ \\u0061: 1 }", json!({ "a": 1 })),
    ] {
        assert_eq!(parse(text), Ok(value), "{text}");
    }
}

#[test]
fn what_is_no_json5() {
    for (text, words) in [
        ("", "empty"),
        ("{", "key is expected"),
        ("[1 2]", "`,` or `]`"),
        ("{ a 1 }", "`:` is expected"),
        ("{ a: 1, a: 2 }", "twice"),
        ("[,]", "a value is expected"),
        ("NaN", "no number that JSON can hold"),
        ("-Infinity", "no number that JSON can hold"),
        ("010", "is no number"),
        ("0x", "is no number"),
        ("1e999", "is no number"),
        ("'a\nb'", "no closing quote"),
        ("'\\ud800'", "half of a character"),
        ("/* x", "does not end"),
        ("undefined", "is no value"),
        ("{} {}", "ends before this"),
        ("@", "no meaning"),
    ] {
        let said = parse(text).expect_err(text);
        assert!(said.contains(words), "{text}: {said}");
    }
    let deep = format!("{}1{}", "[".repeat(MAX_DEPTH + 2), "]".repeat(MAX_DEPTH + 2));
    assert!(parse(&deep).unwrap_err().contains("nested"));
    let many = format!("[{}]", "1,".repeat(MAX_NODES + 1));
    assert!(parse(&many).unwrap_err().contains("values"));
}

#[test]
fn spans_are_those_of_the_text() {
    let text = "{ a: [1, 'é'] }";
    let root = document(&Source::new("x.json5", text, Syntax::Json5)).unwrap();
    assert_eq!(&text[root.at("/a/1").unwrap().span.clone()], "'é'");
    assert_eq!(&text[root.at("/a").unwrap().span.clone()], "[1, 'é']");
}
