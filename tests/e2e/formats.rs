//! The formats for CI are what their readers expect: SARIF and JUnit by published schemas, annotations as GitHub's runner reads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::{Place, Transcript, repository};

/// A published schema, which `.ci/run` fetches.
pub(crate) fn published(name: &str) -> PathBuf {
    let folder = std::env::var_os("WA_TEST_SCHEMAS");
    let folder = folder
        .expect("this test needs the published schemas: `tests/python/fetch DIR`, and WA_TEST_SCHEMAS=DIR");
    PathBuf::from(folder).join(name)
}

/// A program of `tests/python/requirements.txt` is content with files of the working folder.
#[track_caller]
pub(crate) fn accepts(place: &Place, program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).current_dir(place.work()).output();
    let output = output
        .unwrap_or_else(|error| panic!("{program}: {error}; pip install -r tests/python/requirements.txt"));
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{program} {arguments:?}:\n{said}");
}

#[track_caller]
pub(crate) fn is_sarif(place: &Place, file: &str) {
    let schema = published("sarif.json");
    // A pattern of the schema itself is none in the stricter mode.
    accepts(
        place,
        "check-jsonschema",
        &["--regex-variant", "nonunicode", "--schemafile", schema.to_str().unwrap(), file],
    );
}

#[track_caller]
pub(crate) fn is_junit(place: &Place, file: &str) {
    accepts(place, "xmlschema-validate", &["--schema", published("junit.xsd").to_str().unwrap(), file]);
}

/// Every plugin of the invalid cases of manifest-schema, each in a folder of its name below `cases/`.
fn cases() -> (Place, Vec<String>) {
    let place = Place::empty();
    let folder = repository("manifest-schema/tests/invalid");
    let mut plugins = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if text.contains("=== wa.yaml\n") {
            continue;
        }
        let plugin = format!("cases/{}", path.file_stem().unwrap().to_str().unwrap());
        fs::create_dir_all(place.path(&plugin)).unwrap();
        for section in text.split("=== ").skip(1) {
            let (name, text) = section.split_once('\n').unwrap();
            place.write(&format!("{plugin}/{name}"), text);
        }
        plugins.push(plugin);
    }
    plugins.sort();
    assert!(plugins.len() > 60, "{plugins:?}");
    (place, plugins)
}

fn validate(place: &Place, plugins: &[String], format: &str) -> Transcript {
    let arguments = ["plugins", "validate", "--format", format].map(str::to_owned);
    place.wa(arguments.iter().chain(plugins))
}

#[test]
fn what_validate_finds_fits_the_published_schemas() {
    let (place, plugins) = cases();
    for (format, file) in [("sarif", "found.sarif"), ("junit", "found.xml")] {
        place.write(file, validate(&place, &plugins, format).exits(1).stdout());
    }
    is_sarif(&place, "found.sarif");
    is_junit(&place, "found.xml");

    place.wa(["plugins", "new", "desk", "--template", "ts-tool"]).succeeds();
    for (format, file) in [("sarif", "nothing.sarif"), ("junit", "nothing.xml")] {
        place.write(file, validate(&place, &["desk".to_owned()], format).succeeds().stdout());
    }
    is_sarif(&place, "nothing.sarif");
    is_junit(&place, "nothing.xml");
}

#[test]
fn what_doctor_finds_fits_the_published_schemas() {
    let place = Place::with_echo(&[("orders", "agent: yes", "")]);
    for (format, file) in [("sarif", "found.sarif"), ("junit", "found.xml")] {
        let said = place.wa(["doctor", "--format", format]).exits(1);
        assert!(said.stdout().contains("WA0109"), "{said}");
        place.write(file, said.stdout());
    }
    is_sarif(&place, "found.sarif");
    is_junit(&place, "found.xml");
}

/// A workflow command as the runner takes it apart: the command, its properties, its message.
fn read_command(line: &str) -> (String, BTreeMap<String, String>, String) {
    let (head, message) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect(line);
    let (command, properties) = head.split_once(' ').unwrap_or((head, ""));
    let unescape = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let property = |text: &str| {
        let (key, value) = text.split_once('=').expect(line);
        (key.to_owned(), unescape(&value.replace("%3A", ":").replace("%2C", ",")))
    };
    (command.to_owned(), properties.split(',').map(property).collect(), unescape(message))
}

#[test]
fn githubs_runner_reads_in_annotations_what_was_found() {
    let (place, mut plugins) = cases();
    // A name that has everything in it that means something to the runner.
    let odd = "cases/100% a::b,c=d%0A";
    fs::rename(place.path("cases/many-at-once"), place.path(odd)).unwrap();
    *plugins.iter_mut().find(|plugin| *plugin == "cases/many-at-once").unwrap() = odd.to_owned();

    let found = validate(&place, &plugins, "json").exits(1).json();
    let said = validate(&place, &plugins, "github").exits(1);
    let mut annotations: Vec<_> = said.stdout().lines().map(read_command).collect();
    let findings = found["findings"].as_array().unwrap();
    assert_eq!(annotations.len(), findings.len());
    for finding in findings {
        let at = annotations.iter().position(|annotation| is_of(annotation, finding));
        annotations.remove(at.unwrap_or_else(|| panic!("no annotation says {finding}:\n{said}")));
    }
    assert!(said.stdout().contains("file=cases/100%25 a%3A%3Ab%2Cc=d%250A/"), "{said}");
}

/// Whether an annotation says a finding, in its place.
fn is_of(
    (command, properties, message): &(String, BTreeMap<String, String>, String),
    finding: &Value,
) -> bool {
    let text = |key: &str| finding[key].as_str().unwrap_or_default();
    let number = |key: &str| finding[key].as_u64().map(|number| number.to_string());
    let level = match text("severity") {
        "info" => "notice",
        severity => severity,
    };
    let one_line = text("endLine").is_empty() && finding["line"] == finding["endLine"];
    command == level
        && properties["title"] == format!("wa ({})", text("code"))
        && properties.get("file").map_or("", String::as_str) == text("path")
        && properties.get("line") == number("line").as_ref()
        && properties.get("endLine") == number("endLine").as_ref()
        && properties.get("col") == number("column").filter(|_| one_line).as_ref()
        && message.contains(&text("message").replace('\n', "\u{fffd}"))
        && message.ends_with(&text("help").replace('\n', "\u{fffd}"))
}
