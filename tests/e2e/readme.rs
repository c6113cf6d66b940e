//! The README shows only what works: its tour is played in one shell, command by command, and must print what it shows.

use crate::support::repository;

use crate::book::shell::{Shell, steps};

#[test]
fn the_tour_prints_what_the_readme_shows() {
    let readme = read("README.md");
    let tour = &readme[readme.find("\n## A tour").unwrap()..];
    let mut shell = Shell::start();
    let steps = steps(tour);
    assert!(steps.len() > 10, "the README has no tour any more");
    for step in &steps {
        let said = shell.type_in(step);
        if let Some(missing) = step.missing(&said.lines) {
            let printed = said.lines.join("\n");
            panic!("`{}` does not print {missing:?} (in this place), but:\n{printed}", step.command);
        }
    }
}

#[test]
fn the_two_commands_of_the_readme_are_those_of_ci() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    assert!(readme.contains("\ncargo run -- demo\n"));
    assert!(readme.contains("\ncargo test --workspace\n"));
    assert!(ci.contains("\ncargo test --workspace --locked\n"));
}

fn read(file: &str) -> String {
    std::fs::read_to_string(repository(file)).unwrap()
}
