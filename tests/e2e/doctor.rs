//! `wa doctor`: well projects, and one thing wrong at a time.

mod files;
mod host;
mod output;
mod plugins;

use std::fs;

use serde_json::Value;

use crate::support::{Place, Transcript};

/// The tool of the plugin `orders`.
const TOOL: &str = "
tools:
  - name: order_lookup
    description: Finds an order
    input: { type: object, required: [number], properties: { number: { type: string } } }
configSchema: { type: object, additionalProperties: false, properties: { retries: { type: integer } } }";

/// A project in which all is well: an agent of its own, and a signed plugin `orders` that is installed.
fn well() -> Place {
    let place = Place::with_echo(&[]);
    place.edit("wa.yaml", "plugins: { paths: [./plugins] }", "plugins:\n  paths: [./plugins]");
    install_signed(&place, "orders", TOOL, "tools: { order_lookup: () => ({}) }");
    place
}

/// Packs, signs and installs a plugin of the publisher `acme`.
fn install_signed(place: &Place, id: &str, manifest: &str, handlers: &str) {
    if !place.config().join("keys/acme.key").exists() {
        place.wa(["keys", "new", "acme"]).succeeds();
    }
    let keys = place.wa(["keys", "show", "acme", "--json"]).json();
    let key = keys["keys"][0]["fingerprint"].as_str().unwrap();
    let package = pack(place, id, &format!("publisher: acme{manifest}"), handlers, &["--sign"]);
    place.wa(["plugins", "install", &package, "--yes", "--trust-key", key]).succeeds();
}

/// Makes a package of a plugin whose source the project does not run; the package's path.
fn pack(place: &Place, id: &str, manifest: &str, handlers: &str, flags: &[&str]) -> String {
    place.plugin(id, manifest, handlers);
    fs::create_dir_all(place.path("sources")).unwrap();
    let source = format!("sources/{id}");
    fs::rename(place.path(format!("plugins/{id}")), place.path(&source)).unwrap();
    let out = format!("packages/{id}");
    let arguments = ["plugins", "pack", &source, "--out", &out];
    place.wa(arguments.iter().chain(flags)).succeeds();
    let mut packages = fs::read_dir(place.path(&out)).unwrap();
    format!("./{out}/{}", packages.next().unwrap().unwrap().file_name().to_str().unwrap())
}

/// The directory in the store of the only version of a plugin, from the working folder.
fn stored(place: &Place, id: &str) -> String {
    let inside = format!(".wa/store/{id}");
    let mut entries = fs::read_dir(place.path(&inside)).unwrap().map(|entry| entry.unwrap());
    let package = entries.find(|entry| entry.path().is_dir()).unwrap();
    format!("{inside}/{}", package.file_name().to_str().unwrap())
}

/// Every check is made, doctor exits with `status`, and it finds just this, what is only worth knowing aside:
/// `check code severity path:line`.
#[track_caller]
fn finds(place: &Place, status: i32, expected: &[&str]) -> Transcript {
    let said = place.wa(["doctor", "--format", "json"]).exits(status);
    let document = said.json();
    assert_eq!(document["ok"], status == 0, "{said}");
    let findings = document["findings"].as_array().unwrap();
    let found: Vec<String> =
        findings.iter().filter(|finding| finding["severity"] != "info").map(in_one_line).collect();
    assert_eq!(found, expected, "\n{said}");
    said
}

fn in_one_line(finding: &Value) -> String {
    let word = |key: &str| finding[key].as_str().unwrap_or("-");
    let line = finding["line"].as_u64().map_or(String::new(), |line| format!(":{line}"));
    format!("{} {} {} {}{line}", word("checkId"), word("code"), word("severity"), word("path"))
}

/// What doctor finds of checks that need something that is broken.
fn blocked(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| format!("{id} WA0502 error -")).collect()
}
