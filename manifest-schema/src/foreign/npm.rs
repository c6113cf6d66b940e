//! `package.json` of a foreign package: its name, version, and OpenClaw's block.

use super::native::{Shape, known_fields};
use super::reader::{Parsed, Reader};
use crate::tree::Node;
use crate::{files, rules};

/// npm's own description of a package.
pub(super) const FILE: &str = "package.json";

/// The fields of the block `openclaw`.
const FIELDS: [(&str, Shape); 17] = [
    ("assetScripts", Shape::Any),
    ("extensions", Shape::Texts),
    ("runtimeExtensions", Shape::Texts),
    ("setupEntry", Shape::Text),
    ("runtimeSetupEntry", Shape::Text),
    ("setupFeatures", Shape::Any),
    ("controlUi", Shape::Any),
    ("plugin", Shape::Object),
    ("channel", Shape::Object),
    ("channels", Shape::Any),
    ("compat", Shape::Object),
    ("install", Shape::Object),
    ("build", Shape::Object),
    ("bundle", Shape::Any),
    ("release", Shape::Object),
    ("hooks", Shape::Texts),
    ("startup", Shape::Any),
];

/// Checks the block `openclaw`; its entries lie in the package.
pub(super) fn openclaw_block(reader: &mut Reader<'_>, package: &Parsed) {
    known_fields(reader, package, "/openclaw", &FIELDS);
    for key in ["extensions", "runtimeExtensions"] {
        let pointer = format!("/openclaw/{key}");
        let items = package.root.at(&pointer).map(Node::items).unwrap_or_default();
        for (index, entry) in items.iter().enumerate() {
            if let Some(path) = entry.as_str() {
                inside(reader, package, &format!("{pointer}/{index}"), path);
            }
        }
    }
    for key in ["setupEntry", "runtimeSetupEntry"] {
        let pointer = format!("/openclaw/{key}");
        if let Some(path) = package.text(&pointer) {
            inside(reader, package, &pointer, path);
        }
    }
}

/// The entry points that OpenClaw would load: those that are built, if there are any.
pub(super) fn entries(package: &Parsed) -> Vec<String> {
    let list = |key: &str| -> Vec<String> {
        let items = package.root.at(&format!("/openclaw/{key}")).map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let built = list("runtimeExtensions");
    if built.is_empty() { list("extensions") } else { built }
}

/// OpenClaw refuses entries outside of the package.
fn inside(reader: &mut Reader<'_>, package: &Parsed, pointer: &str, path: &str) {
    if files::resolve("", path).is_none() {
        let message = format!("`{path}` leads out of the package");
        reader.report.push(package.document().finding(&rules::OUTSIDE_PACKAGE, pointer, message));
    }
}
