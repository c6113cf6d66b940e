//! The pages under `docs/reference/` are written by these tests from the published schemas and the help of the built binary.
//! `WA_TEST_WRITE=1` writes them anew.

mod schema;

use std::fmt::Write as _;
use std::fs;

use manifest_schema::schemas;

use super::docs;
use crate::support::Place;

/// A page is what it should be, or becomes it.
fn is_current(page: &str, text: &str) {
    let file = docs().join("reference").join(page);
    if std::env::var_os("WA_TEST_WRITE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "docs/reference/{page} is out of date: run `just reference`");
}

#[test]
fn the_manifest_reference_is_that_of_the_schema() {
    is_current("manifest.md", &schema::page(&schemas::PLUGIN, "wa.plugin.yaml", "../manifest.md"));
}

#[test]
fn the_project_reference_is_that_of_the_schema() {
    is_current("project.md", &schema::page(&schemas::PROJECT, "wa.yaml", "../manifest.md"));
}

#[test]
fn the_scenario_reference_is_that_of_the_schema() {
    is_current("scenario.md", &schema::page(&schemas::SCENARIO, "tests/*.yaml", "../testing.md"));
}

#[test]
fn every_finding_and_every_check_is_in_the_reference() {
    let mut page = String::from(
        "# Findings\n\nEvery finding has a code that never changes its meaning. `wa explain CODE` prints what is here. This page is generated.\n",
    );
    for rule in manifest_schema::rules::all() {
        let story = rule.explanation.trim().split_once('\n').unwrap().1.trim();
        let severity = rule.severity.name();
        let _ =
            write!(page, "\n## {}: {}\n\n*{severity}: {}*\n\n{story}\n", rule.code, rule.name, rule.summary);
    }
    page.push_str("\n## Checks of doctor\n");
    let place = Place::empty();
    let listed = place.wa(["doctor", "--list", "--json"]).succeeds().json();
    for check in listed["checks"].as_array().unwrap() {
        let explained = place.wa(["explain", check["id"].as_str().unwrap()]).succeeds();
        let (_, story) = explained.stdout().split_once("\n# ").unwrap();
        let _ = write!(page, "\n### {}\n", story.trim());
    }
    is_current("findings.md", &page);
}

#[test]
fn the_command_line_reference_is_that_of_the_help() {
    let place = Place::empty();
    place.wa(["man", "--dir", "man"]).succeeds();
    let pages = fs::read_dir(place.path("man")).unwrap().map(|entry| entry.unwrap().file_name());
    let pages = pages.map(|name| name.into_string().unwrap().trim_end_matches(".1").to_owned());
    let mut commands: Vec<Vec<String>> = pages.map(|name| words(&place, &name)).collect();
    commands.sort();
    let mut page = String::from(
        "# The command line\n\nWhat `--help` prints, of every command. Every command takes the global options, which stand below `wa` itself. This page is generated.\n",
    );
    for command in commands {
        let help = place.wa(command.iter().map(String::as_str).chain(["--help"])).succeeds();
        let name: Vec<&str> = ["wa"].into_iter().chain(command.iter().map(String::as_str)).collect();
        let text =
            if command.is_empty() { help.stdout().to_owned() } else { without_global_options(help.stdout()) };
        let text: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
        let _ = write!(page, "\n## {}\n\n```text\n{}\n```\n", name.join(" "), text.join("\n"));
    }
    is_current("cli.md", &page);
}

/// The words of a command behind the name of its manual page, `wa-plugins-new`: names of commands can hold hyphens too.
fn words(place: &Place, page: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for part in page.split('-').skip(1) {
        word = if word.is_empty() { part.to_owned() } else { format!("{word}-{part}") };
        let call = words.iter().map(String::as_str).chain([word.as_str(), "--help"]);
        if place.wa(call).status() == Some(0) {
            words.push(std::mem::take(&mut word));
        }
    }
    assert!(word.is_empty(), "{page} is of no command");
    words
}

fn without_global_options(help: &str) -> String {
    let mut kept = String::new();
    let mut is_global = false;
    for line in help.lines() {
        if !line.starts_with(' ') && !line.is_empty() {
            is_global = line == "Global options:";
        }
        if !is_global {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}
