//! Pages as they are written.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use super::shell::{Shell, steps};
use super::{docs, markdown};

#[test]
fn the_summary_has_every_page_once_and_nothing_else() {
    let summary = fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    let listed: Vec<PathBuf> = links(&summary).map(|link| docs().join(link)).collect();
    let once: BTreeSet<&PathBuf> = listed.iter().collect();
    assert_eq!(once.len(), listed.len(), "a page is listed twice: {listed:?}");
    let pages = markdown(&docs()).into_iter().filter(|page| !page.ends_with("SUMMARY.md"));
    let pages: Vec<PathBuf> = pages.collect();
    assert_eq!(once.into_iter().cloned().collect::<Vec<_>>(), pages);
    for line in summary.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        assert!(line.trim_start().starts_with("- ["), "mdBook would not take this line: {line}");
    }
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let root = docs().join("..").canonicalize().unwrap();
    let mut pages = markdown(&docs());
    pages.extend(["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"].map(|name| root.join(name)));
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in
            links(&without_code(&text)).filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            let is_page = target.extension().is_some_and(|extension| extension == "md");
            if is_page && !heading.is_empty() {
                let there = headings(&fs::read_to_string(&target).unwrap());
                assert!(there.contains(heading), "{}: {link} has no such heading: {there:?}", page.display());
            }
            let inside = target.canonicalize().unwrap().starts_with(docs());
            assert!(inside || !page.starts_with(docs()), "{}: {link} is not in the book", page.display());
        }
    }
}

/// Targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// The text without fenced blocks and code spans.
fn without_code(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if !fenced {
            kept.extend(line.split('`').step_by(2));
            kept.push('\n');
        }
    }
    kept
}

/// The anchors that mdBook and GitHub give to headings.
fn headings(text: &str) -> BTreeSet<String> {
    let anchor = |heading: &str| {
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
    };
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn every_shell_block_does_what_its_page_shows() {
    let failures: Vec<String> = thread::scope(|scope| {
        let plays: Vec<_> =
            markdown(&docs()).into_iter().map(|page| scope.spawn(move || play(&page))).collect();
        plays
            .into_iter()
            .filter_map(|play| play.join().unwrap_or_else(|_| Some("a page is stuck".to_owned())))
            .collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Types the commands of a page; what was not as it shows.
fn play(page: &Path) -> Option<String> {
    let text = fs::read_to_string(page).unwrap();
    let steps = steps(&text);
    let mut shell = (!steps.is_empty()).then(Shell::start)?;
    for step in &steps {
        let said = shell.type_in(step);
        let printed = said.lines.join("\n");
        let failed =
            |what: String| Some(format!("{}: `{}` {what}:\n{printed}", page.display(), step.command));
        if let Some(missing) = step.missing(&said.lines) {
            return failed(format!("does not print {missing:?} (in this place), but"));
        }
        if !said.status.is_empty() && said.status != step.status() {
            return failed(format!("exits {} instead of {}", said.status, step.status()));
        }
    }
    None
}

#[test]
fn code_blocks_that_are_commands_are_marked_as_such() {
    for page in markdown(&docs()) {
        let text = fs::read_to_string(&page).unwrap();
        let mut fence = None;
        for line in text.lines() {
            if let Some(language) = line.strip_prefix("```") {
                fence = if fence.is_none() { Some(language) } else { None };
                continue;
            }
            // `text` is for what cannot be played here, such as systemd and package registries on the internet.
            let hidden = matches!(fence, Some("" | "bash" | "shell")) && line.starts_with("$ ");
            assert!(!hidden, "{}: no test plays this: {line}", page.display());
        }
    }
}
