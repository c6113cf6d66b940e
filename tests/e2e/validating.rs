//! `wa plugins validate`, `wa explain` and `wa schema`: findings in every format, and hostile input within bounds.

use insta::assert_snapshot;

use crate::support::Place;

/// A plugin with three mistakes: a key, a value and a handler.
fn broken() -> Place {
    let place = Place::empty();
    place.write(
        "desk/wa.plugin.yaml",
        "schema: 1\nid: desk\nversion: 1.0.0\nlicence: MIT\nruntime: { kind: js, entry: index.js }\n\
         configSchema: { type: object }\nagent: yes\n",
    );
    place.write(
        "desk/index.js",
        "import { definePlugin } from 'wa';\nexport default definePlugin({ agnet: () => null });\n",
    );
    place
}

#[test]
fn findings_come_in_every_format() {
    let place = broken();
    for format in ["text", "json", "sarif", "github", "junit"] {
        assert_snapshot!(
            format!("findings_{format}"),
            place.wa(["plugins", "validate", "desk", "--format", format]).exits(1)
        );
    }
}

#[test]
fn the_severity_decides_the_exit_code() {
    let place = Place::empty();
    place.wa(["plugins", "new", "desk", "--template", "ts-tool"]).succeeds();
    place.edit("desk/wa.plugin.yaml", "agent: true", "agent: true\nskills: [src/]");
    place.wa(["plugins", "validate", "desk"]).succeeds();
    place.wa(["plugins", "validate", "desk", "--severity", "warning"]).exits(1);
    let all = place.wa(["plugins", "validate", "desk", "desk/wa.plugin.yaml", "--format", "json"]).succeeds();
    assert!(all.stderr().contains("2 plugins: 2 warnings"), "{all}");
}

#[test]
fn hostile_schemas_are_refused_and_not_suffered() {
    let tower: String = (0..40)
        .map(|level| {
            format!(
                "d{level}: {{ anyOf: [{{ $ref: '#/$defs/d{0}' }}, {{ $ref: '#/$defs/d{0}' }}] }}, ",
                level + 1
            )
        })
        .collect();
    for (schema, code) in [
        ("{ $ref: 'https://example.com/schema.json' }".to_owned(), "WA0"),
        (format!("{{ $ref: '#/$defs/d0', $defs: {{ {tower} d40: {{ type: string }} }} }}"), "WA0"),
        ("{ type: object, properties: { a: { type: string, pattern: '(?=(a+)+)\\1$' } } }".to_owned(), "WA0"),
        (format!("{}{}", "{ items: ".repeat(500), "}".repeat(500)), "WA0"),
    ] {
        let place = Place::empty();
        place.write(
            "desk/wa.plugin.yaml",
            format!("schema: 1\nid: desk\nversion: 1.0.0\nconfigSchema: {schema}\n"),
        );
        // The limit is the test's own: 1 GiB of address space for a program that needs a tenth of it.
        let limited = format!("ulimit -v 1048576; exec {} plugins validate desk", env!("CARGO_BIN_EXE_wa"));
        let output = std::process::Command::new("bash")
            .args(["-c", &limited])
            .current_dir(place.work())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{schema:.60}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(said.contains(code), "{said}");
    }
}

#[test]
fn every_code_has_its_story_and_every_schema_is_json() {
    let place = Place::empty();
    let list = place.wa(["explain", "--list"]).succeeds();
    assert_eq!(place.wa(["explain"]).succeeds().stdout(), list.stdout());
    let mut words = list.stdout().lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
    let (codes, checks): (Vec<_>, Vec<_>) = words.by_ref().partition(|words| words[0] != "doctor");
    assert!(codes.len() > 120 && checks.len() >= 19, "{list}");
    for words in codes {
        let story = place.wa(["explain", words[0]]).succeeds();
        assert!(story.stdout().len() > 200 && story.stdout().contains(words[1]), "{story}");
        assert_eq!(place.wa(["explain", words[1]]).succeeds().stdout(), story.stdout());
    }
    for words in checks {
        let story = place.wa(["explain", words[1]]).succeeds();
        assert!(story.stdout().len() > 200, "{story}");
    }
    let listed = place.wa(["explain", "--json"]).succeeds().json();
    assert_eq!(
        listed["findings"].as_array().unwrap().len() + listed["checks"].as_array().unwrap().len(),
        list.stdout().lines().count()
    );
    let one = place.wa(["explain", "wa0107", "--json"]).succeeds().json();
    assert_eq!((&one["name"], &one["schemaVersion"]), (&"unknown-key".into(), &1.into()));
    place.wa(["explain", "WA9999"]).exits(1);
    for name in ["plugin", "project", "lock"] {
        assert!(place.wa(["schema", name]).succeeds().json()["$schema"].is_string());
    }
    place.wa(["schema", "nothing"]).exits(2);
}
