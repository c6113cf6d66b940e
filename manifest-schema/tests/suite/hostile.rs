//! Files of strangers cost bounded time and memory.

use manifest_schema::check::check_plugin;
use manifest_schema::code::read_program;
use manifest_schema::files::MemoryFiles;
use manifest_schema::rules;
use manifest_schema::schema::{CompiledSchema, ProblemKind, problems};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Far above what any of these takes on a slow machine, far below what an unbounded reader would take.
const BOUND: Duration = Duration::from_secs(20);

fn in_time<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < BOUND, "{what} took {:?}", start.elapsed());
    result
}

/// What one level of a tower makes of the next.
type Step = fn(Value) -> Value;

/// `d0` applies `d1` several times, which applies `d2` several times, and so on.
fn tower(levels: usize, step: impl Fn(Value) -> Value) -> Value {
    let mut definitions = serde_json::Map::new();
    for level in 0..levels {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
        definitions.insert(format!("d{level}"), step(next));
    }
    definitions.insert(format!("d{levels}"), json!({ "type": "object" }));
    json!({ "$ref": "#/$defs/d0", "$defs": definitions })
}

#[test]
fn exponential_schemas_are_refused() {
    let steps: [(&str, Step); 7] = [
        ("anyOf", |next| json!({ "anyOf": [next, next] })),
        ("oneOf", |next| json!({ "oneOf": [next, next] })),
        ("allOf", |next| json!({ "allOf": [next, next] })),
        ("not", |next| json!({ "not": next, "allOf": [next] })),
        ("if", |next| json!({ "if": next, "then": next, "else": next })),
        ("dependentSchemas", |next| json!({ "dependentSchemas": { "a": next, "b": next } })),
        ("ref and anyOf", |next| json!({ "anyOf": [{ "allOf": [next] }, { "not": { "not": next } }] })),
    ];
    for (name, step) in steps {
        let schema = tower(24, step);
        let problem = in_time(name, || CompiledSchema::compile(&schema)).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Cost, "{name}");
    }
}

#[test]
fn schemas_that_are_exponential_in_the_depth_of_the_value_are_bounded_by_the_value() {
    let schema = json!({ "allOf": [{ "properties": { "a": { "$ref": "#" } } }, { "properties": { "a": { "$ref": "#" } } }] });
    let compiled = CompiledSchema::compile(&schema).unwrap();
    let mut value = json!({});
    for _ in 0..60 {
        value = json!({ "a": value });
    }
    let violations = in_time("deep value", || compiled.check(&value)).unwrap_err();
    assert_eq!(violations.len(), 1);
}

#[test]
fn endless_references_are_refused() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "anyOf": [{ "$ref": "#/$defs/a" }] } } }),
    ] {
        let problem = in_time("endless", || CompiledSchema::compile(&schema)).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Cost);
    }
}

#[test]
fn long_chains_of_references_are_refused() {
    let schema = tower(2_000, |next| next);
    assert_eq!(in_time("chain", || CompiledSchema::compile(&schema)).unwrap_err().kind, ProblemKind::Cost);
}

#[test]
fn large_and_deep_schemas_are_refused() {
    let wide: serde_json::Map<String, Value> = (0..10_000).map(|i| (format!("p{i}"), json!({}))).collect();
    let mut deep = json!({});
    for _ in 0..100 {
        deep = json!({ "items": deep });
    }
    for schema in [json!({ "properties": wide }), deep] {
        assert_eq!(
            in_time("large", || CompiledSchema::compile(&schema)).unwrap_err().kind,
            ProblemKind::Cost
        );
    }
}

#[test]
fn patterns_take_linear_time_or_are_refused() {
    for pattern in ["(a+)+$", "(a|a)*$", "^(([a-z])+.)+[A-Z]([a-z])+$"] {
        let schema = CompiledSchema::compile(&json!({ "type": "string", "pattern": pattern })).unwrap();
        let text = Value::String("a".repeat(50_000) + "!");
        let _ = in_time(pattern, || schema.check(&text));
    }
    for pattern in [r"(?=a)b", r"(a)\1", "((a{500}){500}){500}", r"(\w{1000}){1000}", "(", &"a".repeat(5_000)]
    {
        let problem =
            in_time(pattern, || CompiledSchema::compile(&json!({ "pattern": pattern }))).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Pattern, "{pattern}");
    }
    let many: Vec<Value> = (0..1_000).map(|i| json!({ "pattern": format!(r"\w{{1,90}}{i}") })).collect();
    let problem = in_time("many", || CompiledSchema::compile(&json!({ "anyOf": many }))).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Cost);
}

#[test]
fn nothing_outside_of_a_schema_is_ever_read() {
    for reference in ["https://example.com/a.json", "file:///etc/passwd", "other.json", "urn:x:y"] {
        let schema = json!({ "properties": { "a": { "$ref": reference } } });
        let found = problems(&schema);
        assert_eq!(
            found.iter().map(|problem| problem.kind).collect::<Vec<_>>(),
            [ProblemKind::RemoteReference]
        );
    }
    // Hidden where a schema is not expected, and reached by a reference.
    let hidden = json!({ "$ref": "#/x/y", "x": { "y": { "$ref": "https://example.com/a.json" } } });
    assert!(CompiledSchema::compile(&hidden).is_err());
}

#[test]
fn large_values_are_checked_within_bounds() {
    let schema = CompiledSchema::compile(&tower(9, |next| json!({ "anyOf": [next, next] }))).unwrap();
    let value: Vec<Value> = (0..200_000).map(Value::from).collect();
    assert!(in_time("large value", || schema.check(&Value::Array(value))).is_err());
}

#[test]
fn code_that_nests_without_end_is_refused() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("!", ""),
        ("{a:", "}"),
        ("if(1)", ";"),
        ("a:", ";"),
        ("A<", ">"),
        // Closing brackets in strings deceive the count, but cost bytes.
        ("[')',", "]"),
        ("(')',", ")"),
    ] {
        let times = 900_000 / (open.len() + close.len());
        let text = format!("let a; export default {}1{}", open.repeat(times), close.repeat(times));
        let files: MemoryFiles = [("index.ts", text.into_bytes())].into_iter().collect();
        let (program, findings) = in_time(open, || read_program(&files, "index.ts"));
        assert!(findings.iter().any(|finding| finding.rule.code.starts_with("WA02")), "{open}");
        assert!(program.modules.len() <= 1);
    }
}

#[test]
fn programs_of_too_many_or_too_large_modules_are_refused() {
    let endless =
        (0..3_000).map(|i| (format!("m{i}.js"), format!("import './m{}.js';\nexport default {{}};", i + 1)));
    let files: MemoryFiles = endless.map(|(path, text)| (path, text.into_bytes())).collect();
    let (_, findings) = in_time("many modules", || read_program(&files, "m0.js"));
    assert!(findings.iter().any(|finding| finding.rule == &rules::TOO_MUCH_CODE));
    let huge = format!("export default {{}}; // {}", "x".repeat(2 * 1024 * 1024));
    let files: MemoryFiles = [("m.js", huge.into_bytes())].into_iter().collect();
    assert_eq!(read_program(&files, "m.js").1[0].rule, &rules::TOO_MUCH_CODE);
}

#[test]
fn manifests_that_are_too_large_or_no_text_are_refused() {
    for (bytes, rule) in
        [(vec![b'#'; 2 * 1024 * 1024], &rules::TOO_LARGE), (b"schema: \xff".to_vec(), &rules::UNREADABLE)]
    {
        let files: MemoryFiles = [("wa.plugin.yaml", bytes)].into_iter().collect();
        assert_eq!(check_plugin(&files, Path::new("")).report.findings[0].rule, rule);
    }
}

#[test]
fn a_manifest_of_many_mistakes_has_a_bounded_report() {
    let mut text = String::from("schema: 1\n");
    for i in 0..20_000 {
        writeln!(text, "k{i}: 1").unwrap();
    }
    let files: MemoryFiles = [("wa.plugin.yaml", text.into_bytes())].into_iter().collect();
    let checked = in_time("many mistakes", || check_plugin(&files, Path::new("")));
    assert!(checked.report.findings.len() <= 100);
}
