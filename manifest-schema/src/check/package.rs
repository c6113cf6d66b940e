//! The files that a manifest names, and the npm package around it.

use super::command;
use crate::code;
use crate::document::Document;
use crate::files::{PackageFiles, resolve};
use crate::finding::{Finding, Report};
use crate::foreign;
use crate::rules;
use crate::source::Source;
use crate::suggest;
use crate::tree::{self, Node};
use std::path::Path;

/// What an npm name may add to the plugin's id.
const NAME_SUFFIXES: [&str; 3] = ["-plugin", "-provider", "-channel"];

pub(super) fn check(
    document: Document<'_>,
    files: &dyn PackageFiles,
    root_label: &Path,
    report: &mut Report,
) {
    report.extend(entry(document, files));
    report.extend(command::check(document, files));
    let skills = document.root.get("skills").map(Node::items).unwrap_or_default();
    let folders: Vec<String> = skills.iter().filter_map(Node::as_str).map(str::to_owned).collect();
    for (index, skill) in document.root.get("skills").map(Node::items).unwrap_or_default().iter().enumerate()
    {
        if let Some(path) = skill.as_str() {
            let exists = |path: &str| files.contains_directory(path) || files.contains(path);
            report.extend(named_file(document, &format!("/skills/{index}"), path, files, exists));
        }
    }
    let there = folders.into_iter().filter(|folder| files.contains_directory(folder)).collect::<Vec<_>>();
    report.merge(foreign::skills(files, root_label, &there).1);
    package_json(document, files, root_label, report);
}

fn entry(document: Document<'_>, files: &dyn PackageFiles) -> Vec<Finding> {
    let text = |pointer: &str| document.root.at(pointer).and_then(Node::as_str);
    let Some(path) = text("/runtime/entry") else { return Vec::new() };
    let fitting: &[&str] = match text("/runtime/kind") {
        Some("js") => &code::EXTENSIONS,
        Some("wasm") => &["wasm"],
        _ => &[],
    };
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !fitting.is_empty() && !fitting.contains(&extension) {
        let message = format!("`{path}` cannot be the entry of a plugin of this kind");
        let finding = document.finding(&rules::WRONG_ENTRY, "/runtime/entry", message);
        return vec![finding.help(format!("name a file that ends in .{}", fitting.join(", .")))];
    }
    named_file(document, "/runtime/entry", path, files, |path| files.contains(path)).into_iter().collect()
}

pub(super) fn named_file(
    document: Document<'_>,
    pointer: &str,
    path: &str,
    files: &dyn PackageFiles,
    exists: impl Fn(&str) -> bool,
) -> Option<Finding> {
    let Some(resolved) = resolve("", path) else {
        let message = format!("`{path}` leads out of the package");
        let finding = document.finding(&rules::OUTSIDE_PACKAGE, pointer, message);
        return Some(finding.help("name a path relative to the root of the package, without `..`"));
    };
    if exists(&resolved) {
        return None;
    }
    let finding = document.finding(&rules::MISSING_FILE, pointer, format!("the package has no `{path}`"));
    let paths = files.paths();
    Some(match suggest::did_you_mean(&resolved, paths.iter().map(String::as_str)) {
        Some(help) => finding.help(help),
        None => finding,
    })
}

fn package_json(document: Document<'_>, files: &dyn PackageFiles, root_label: &Path, report: &mut Report) {
    const NAME: &str = "package.json";
    if !files.contains(NAME) {
        return;
    }
    let path = root_label.join(NAME);
    let read = files.read(NAME).map_err(|error| error.to_string());
    let source = read.and_then(|bytes| Source::from_bytes(&path, &bytes).map_err(|error| error.to_string()));
    let source = match source {
        Ok(source) => source,
        Err(message) => return report.push(Finding::new(&rules::BAD_PACKAGE_JSON, message).in_file(path)),
    };
    report.add_source(source.clone());
    let root = match tree::parse(&source) {
        Ok(root) => root,
        Err(finding) => {
            let place = finding.place.map_or(0..0, |place| place.span);
            return report.push(Finding::new(&rules::BAD_PACKAGE_JSON, finding.message).at(path, place));
        }
    };
    let package = Document { source: &source, root: &root };
    report.extend(anchoring(document, package));
    report.extend(same_version(document, package));
}

/// The npm name must belong to the id, so that no package can pass for another's plugin.
fn anchoring(document: Document<'_>, package: Document<'_>) -> Option<Finding> {
    let id = document.root.get("id")?.as_str()?;
    let name = package.root.get("name")?.as_str()?;
    let unscoped =
        name.split_once('/').filter(|(scope, _)| scope.starts_with('@')).map_or(name, |(_, name)| name);
    let anchored =
        unscoped.strip_prefix(id).is_some_and(|rest| rest.is_empty() || NAME_SUFFIXES.contains(&rest));
    if anchored {
        return None;
    }
    let message = format!("the npm name `{name}` does not belong to the plugin id `{id}`");
    let finding = package.finding(&rules::NAME_NOT_ANCHORED, "/name", message);
    Some(finding.help(format!("name it `{id}`, `@scope/{id}` or `{id}-plugin`")))
}

fn same_version(document: Document<'_>, package: Document<'_>) -> Option<Finding> {
    let manifest = document.root.get("version")?.as_str()?;
    let npm = package.root.get("version")?.as_str()?;
    if manifest == npm {
        return None;
    }
    let message = format!("package.json has version {npm}, the manifest {manifest}");
    Some(
        package.finding(&rules::VERSION_MISMATCH, "/version", message).help("write the same version in both"),
    )
}
