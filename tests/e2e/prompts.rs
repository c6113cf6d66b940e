//! Questions to a person, asked in a real terminal.

use std::process::{Command, Output};

use crate::support::{Place, repository};

/// Runs `wa` in a terminal; each prompt gets its answer once it has come.
fn typed(place: &Place, arguments: &[&str], answers: &[(&str, &str)]) -> Output {
    let script = repository("tests/e2e/support/type_at_prompts.py");
    let wa = place.command(arguments);
    let mut command = Command::new("python3");
    command.arg(script).arg(wa.get_program()).args(wa.get_args()).arg("--");
    command.args(answers.iter().flat_map(|&(prompt, answer)| [prompt, answer]));
    command.current_dir(place.work()).env_clear().env("TERM", "xterm");
    command.envs(wa.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().expect("this test needs python3")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_new_plugin_is_made_by_answering() {
    const DOWN: &str = "\u{1b}[B\r";
    let place = Place::empty();
    let answers = [
        ("Id of the plugin", "my-gate\r"),
        ("ts-webhook", DOWN),
        ("Name that people see", "\r"),
        ("What it does", "\r"),
        ("Publisher", "acme\r"),
    ];
    let output = typed(&place, &["plugins", "new"], &answers);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let manifest = place.read("my-gate/wa.plugin.yaml");
    assert!(manifest.contains("message.sending") && manifest.contains("publisher: acme"), "{manifest}");
    assert!(manifest.contains("name: \"My gate\""), "{manifest}");
}

#[test]
fn an_installation_takes_a_yes_and_nothing_less() {
    let place = Place::with_project();
    place.key("acme");
    let package = place.package("desk", "1.0.0", "");
    let before = place.tree();
    for answer in ["n", "\r", "\u{1b}"] {
        let output = typed(&place, &["plugins", "install", &package], &[("with these permissions?", answer)]);
        assert_eq!(output.status.code(), Some(3), "{answer:?}: {}", text(&output));
        assert!(place.tree() == before, "{answer:?} has changed something");
    }
    // A yes in person also trusts the publisher's key that the plan has shown.
    let output = typed(&place, &["plugins", "install", &package], &[("with these permissions?", "y")]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("NOT KNOWN YET"), "{}", text(&output));
    assert_eq!(place.listed("desk")["state"], "trusted");
}
