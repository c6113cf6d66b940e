//! `action.yml` and the workflow of the templates: by GitHub's published schemas, and their shell parts run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use manifest_schema::source::{Source, Syntax};
use manifest_schema::tree;
use serde_json::Value;

use crate::formats::{accepts, is_junit, is_sarif};
use crate::support::{Place, repository};

fn action_file() -> std::path::PathBuf {
    repository("action.yml")
}

fn yaml(text: &str) -> Value {
    tree::parse(&Source::new("a.yml", text, Syntax::Yaml)).unwrap().to_json()
}

/// A runner: a workspace with `wa` on the path or without it, and where steps put what later ones read.
struct Runner {
    place: Place,
    has_wa: bool,
}

impl Runner {
    fn new(has_wa: bool) -> Self {
        let place = Place::empty();
        place.write("temp/.keep", "");
        Self { place, has_wa }
    }

    /// Runs a step of the action with these inputs, as GitHub does: expressions only in `env`, each one known.
    fn step(&self, id: &str, inputs: &[(&str, &str)]) -> Output {
        let action = yaml(&fs::read_to_string(action_file()).unwrap());
        let steps = action["runs"]["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["id"] == id).unwrap();
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().unwrap() {
            known.insert(format!("inputs.{name}"), input["default"].as_str().unwrap().to_owned());
        }
        known.extend(inputs.iter().map(|(name, value)| (format!("inputs.{name}"), (*value).to_owned())));
        known.insert(
            "github.server_url".to_owned(),
            format!("file://{}", self.place.path("server").display()),
        );
        known.insert("github.action_repository".to_owned(), "acme/wa".to_owned());
        known.insert("github.action_path".to_owned(), "/nowhere".to_owned());
        let environment = step["env"].as_object().unwrap().iter();
        let environment =
            environment.map(|(name, value)| (name.clone(), expanded(value.as_str().unwrap(), &known)));
        self.shell(step["run"].as_str().unwrap(), environment)
    }

    /// Runs a script as GitHub's `shell: bash` does.
    fn shell(&self, script: &str, environment: impl Iterator<Item = (String, String)>) -> Output {
        assert!(!script.contains("${{"), "an expression in a script lets inputs become code:\n{script}");
        let wa = Path::new(env!("CARGO_BIN_EXE_wa")).parent().unwrap();
        let path = format!(
            "/usr/bin:/bin{}",
            if self.has_wa { format!(":{}", wa.display()) } else { String::new() }
        );
        self.place.write("temp/step.sh", script);
        Command::new("bash")
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(self.place.path("temp/step.sh"))
            .current_dir(self.place.work())
            .env_clear()
            .env("HOME", self.place.work())
            .env("PATH", path)
            .env("RUNNER_TEMP", self.place.path("temp"))
            .env("GITHUB_OUTPUT", self.place.path("temp/output"))
            .env("GITHUB_PATH", self.place.path("temp/path"))
            .envs(environment)
            .output()
            .unwrap()
    }
}

/// The text with `${{ name }}` replaced; a name that is not known is a failure.
fn expanded(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${{");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap();
        whole += known.get(name.trim()).unwrap_or_else(|| panic!("{name} is not known"));
        whole += rest;
    }
    whole
}

#[track_caller]
fn exits(output: &Output, status: i32) -> String {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{said}");
    said
}

#[test]
fn the_action_is_one_by_githubs_schema() {
    let place = Place::empty();
    accepts(
        &place,
        "check-jsonschema",
        &["--builtin-schema", "vendor.github-actions", action_file().to_str().unwrap()],
    );
}

#[test]
fn the_action_annotates_what_validate_finds() {
    let runner = Runner::new(true);
    let place = &runner.place;
    for plugin in ["one", "two words"] {
        place.wa(["plugins", "new", "desk", "--template", "ts-tool", "--dir", plugin]).succeeds();
    }
    let paths = "one/desk\n\ntwo words/desk\n";
    exits(&runner.step("install", &[]), 0);
    let clean = runner.step("check", &[("path", paths)]);
    assert_eq!(String::from_utf8_lossy(&clean.stdout), "", "{}", exits(&clean, 0));

    place.edit("two words/desk/wa.plugin.yaml", "sideEffects", "sideEfects");
    let said = exits(&runner.step("check", &[("path", paths)]), 1);
    assert!(said.contains("::error title=wa (WA0107),file=two words/desk/wa.plugin.yaml,line="), "{said}");
    assert!(!place.path("temp/output").exists());

    let said = exits(&runner.step("check", &[("path", paths), ("format", "both")]), 1);
    assert!(said.contains("::error title=wa (WA0107)"), "{said}");
    let output = place.read("temp/output");
    assert_eq!(output, format!("report={}\n", place.path("temp/wa.sarif").display()));
    is_sarif(place, "temp/wa.sarif");

    let said = exits(&runner.step("check", &[("path", paths), ("format", "junit")]), 1);
    assert!(!said.contains("::error"), "{said}");
    is_junit(place, "temp/wa.xml");
}

#[test]
fn the_action_runs_doctor_on_a_project() {
    let runner = Runner::new(true);
    let place = &runner.place;
    place.wa(["init", "shop"]).succeeds();
    let doctor = [("command", "doctor"), ("path", "shop"), ("format", "sarif")];
    place.edit("shop/wa.yaml", "schema: 1", "schema: 1\nplugin: {}");
    exits(&runner.step("check", &doctor), 1);
    is_sarif(place, "temp/wa.sarif");
    assert!(place.read("temp/wa.sarif").contains("WA0107"));
    let said = exits(&runner.step("check", &[("command", "rm -rf /")]), 2);
    assert!(said.contains("::error title=wa::there is no command 'rmrf'"), "{said}");
    exits(&runner.step("check", &[("format", "xml")]), 2);
}

#[test]
fn the_action_installs_a_release_that_has_its_checksum() {
    let runner = Runner::new(false);
    let place = &runner.place;
    let machine = String::from_utf8(Command::new("uname").arg("-m").output().unwrap().stdout).unwrap();
    let archive = format!("wa-9.9.9-{}-linux.tar.gz", machine.trim());
    let release = "server/acme/wa/releases/download/v9.9.9";
    place.write("wa", "#!/bin/sh\necho wa 9.9.9\n");
    fs::create_dir_all(place.path(release)).unwrap();
    let publish = format!(
        "chmod +x wa && tar -czf {release}/{archive} wa && cd {release} && sha256sum {archive} > {archive}.sha256"
    );
    exits(&runner.shell(&publish, std::iter::empty()), 0);

    let wanted = [("version", "9.9.9")];
    exits(&runner.step("install", &wanted), 0);
    let bin = place.read("temp/path");
    let said = Command::new(Path::new(bin.trim()).join("wa")).output().unwrap().stdout;
    assert_eq!(String::from_utf8_lossy(&said), "wa 9.9.9\n");

    fs::remove_dir_all(place.path("temp/wa")).unwrap();
    fs::remove_file(place.path("temp/path")).unwrap();
    place.write(&format!("{release}/{archive}"), "something else");
    let said = exits(&runner.step("install", &wanted), 1);
    assert!(said.contains("did NOT match"), "{said}");
    assert!(!place.path("temp/path").exists() && !place.path("temp/wa/bin/wa").exists());
    let said = exits(&runner.step("install", &[("version", "9.9.8")]), 37);
    assert!(said.contains("9.9.8"), "{said}");
}

#[test]
fn every_template_has_a_workflow_that_works() {
    for template in templates::TEMPLATES {
        let runner = Runner::new(true);
        let place = &runner.place;
        place.wa(["plugins", "new", "my-plugin", "--template", template.name, "--dir", "made"]).succeeds();
        let file = "made/my-plugin/.github/workflows/plugin.yml";
        accepts(place, "check-jsonschema", &["--builtin-schema", "vendor.github-workflows", file]);
        assert!(
            place.read("made/my-plugin/README.md").contains(".github/workflows/plugin.yml"),
            "{}",
            template.name
        );

        let workflow = yaml(&place.read(file));
        let steps = workflow["jobs"]["plugin"]["steps"].as_array().unwrap();
        assert!(steps.iter().any(|step| step["uses"] == "./.wa-action"));
        if place.path("made/my-plugin/Cargo.toml").exists() {
            // What is built is so by the compiler of the tests of components, not by that of a runner.
            assert!(place.read(file).contains("wa plugins build ."));
            continue;
        }
        let always = steps.iter().filter(|step| step["if"].is_null());
        let scripts = always.filter_map(|step| step["run"].as_str());
        let whole =
            scripts.fold("cd made/my-plugin".to_owned(), |whole, script| format!("{whole}\n{script}"));
        exits(&runner.shell(&whole, std::iter::empty()), 0);
        is_junit(place, "made/my-plugin/junit.xml");
        assert!(place.path("made/my-plugin/dist/my-plugin-0.1.0.tgz").is_file(), "{}", template.name);
    }
}
