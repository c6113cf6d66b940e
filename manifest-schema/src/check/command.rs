//! The command of a process: the program that it names, and the files of the package among its arguments.

use super::package::named_file;
use crate::document::Document;
use crate::files::{PackageFiles, resolve};
use crate::finding::Finding;
use crate::rules;
use crate::tree::Node;

/// Endings of files that an interpreter is given to run.
const SOURCES: [&str; 11] = ["py", "js", "mjs", "cjs", "ts", "rb", "pl", "lua", "php", "sh", "jar"];

pub(super) fn check(document: Document<'_>, files: &dyn PackageFiles) -> Vec<Finding> {
    let kind = document.root.at("/runtime/kind").and_then(Node::as_str);
    let mut findings: Vec<Finding> = misplaced(document, kind).into_iter().collect();
    let words = document.root.at("/runtime/command").map(Node::items).unwrap_or_default();
    let mut words = words.iter().map(Node::as_str).enumerate();
    if kind != Some("process") {
        return findings;
    }
    if let Some((_, Some(name))) = words.next() {
        findings.extend(program(document, name, files));
        let message = "what a command handles cannot be known without running it";
        findings.push(document.finding_at_key(&rules::HANDLERS_UNKNOWN, "/runtime/command", message));
    }
    let sources = words.filter_map(|(index, word)| Some((index, word.filter(|word| is_source(word))?)));
    findings.extend(sources.filter_map(|(index, path)| {
        named_file(document, &format!("/runtime/command/{index}"), path, files, |path| files.contains(path))
    }));
    findings
}

/// `entry` and `command` exclude each other.
fn misplaced(document: Document<'_>, kind: Option<&str>) -> Option<Finding> {
    let (key, message) = match kind? {
        "process" => ("entry", "a `process` has no `entry`; its code begins with `command`"),
        _ => ("command", "only a `process` has a `command`"),
    };
    let pointer = format!("/runtime/{key}");
    document.root.at(&pointer)?;
    Some(document.finding_at_key(&rules::UNKNOWN_KEY, &pointer, message))
}

fn program(document: Document<'_>, name: &str, files: &dyn PackageFiles) -> Option<Finding> {
    const AT: &str = "/runtime/command/0";
    let bad = |message: String| document.finding(&rules::BAD_COMMAND, AT, message);
    let Some(path) = name.strip_prefix("./") else {
        let is_bare = !name.contains('/') && !name.starts_with(['.', '-']);
        return (!is_bare).then(|| {
            bad(format!("`{name}` is neither the name of a program nor a path that begins with `./`"))
                .help("name a program such as `python3`, which is looked for on the machine, or `./` and its path in the package")
        });
    };
    if let Some(finding) = named_file(document, AT, path, files, |path| files.contains(path)) {
        return Some(finding);
    }
    let bytes = files.read(&resolve("", path)?).ok()?;
    (!bytes.starts_with(b"\x7fELF")).then(|| {
        bad(format!("`{name}` is no native program, and a script is not executed by itself"))
            .help(format!("write its interpreter first, such as `[python3, {path}]`"))
    })
}

fn is_source(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(stem, ending)| !stem.starts_with('-') && SOURCES.contains(&ending))
}
