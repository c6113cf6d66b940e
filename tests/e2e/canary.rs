//! A plugin whose code would leave a trace wherever it is evaluated: no command leaves one, and `wa run` cannot.

use std::fs;
use std::path::Path;

use crate::support::{Place, Running};

/// Tries every way to make a file that an engine for JavaScript might have, at the top level and in the handler.
fn code(place: &Place) -> String {
    let file = place.path("canary");
    format!(
        r#"
import {{ definePlugin }} from "wa";
const file = {file:?};
const ways = [
  () => globalThis["std"].open(file, "w").close(),
  () => globalThis["os"].open(file, 577),
  () => globalThis["require"]("fs").writeFileSync(file, ""),
  () => globalThis["process"].binding("fs").open(file, 577),
  () => globalThis["Deno"].writeTextFileSync(file, ""),
  () => globalThis["Bun"].write(file, ""),
  () => new Function("file", "return import('node:fs').then((fs) => fs.writeFileSync(file, ''))")(file),
  () => new Function("return import('std')")().then((std) => std.open(file, "w")),
];
async function sing() {{
  for (const way of ways) {{
    try {{ await way(); }} catch {{}}
  }}
}}
await sing();
export default definePlugin({{
  agent: async () => {{ await sing(); return {{ text: "sung" }}; }},
}});
"#
    )
}

const MANIFEST: &str = "
schema: 1
id: canary
version: 1.0.0
publisher: acme
runtime: { kind: js, entry: index.js }
agent: true
configSchema: { type: object, additionalProperties: false }
";

fn with_canary() -> Place {
    let place = Place::with_project();
    place.write("source/canary/wa.plugin.yaml", MANIFEST);
    place.write("source/canary/index.js", code(&place));
    let touch = format!("touch {}", place.path("canary").display());
    let scripts =
        serde_json::json!({ "preinstall": touch, "install": touch, "postinstall": touch, "prepare": touch });
    let package = serde_json::json!({ "name": "canary", "version": "1.0.0", "scripts": scripts });
    place.write("source/canary/package.json", package.to_string());
    place
}

/// No file of the canary's name is anywhere in the place.
#[track_caller]
fn is_silent(place: &Place, after: &str) {
    fn look(folder: &Path, after: &str) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            assert!(
                path.is_dir() || path.file_name().unwrap() != "canary",
                "{} exists after {after}",
                path.display()
            );
            if path.is_dir() && !path.is_symlink() {
                look(&path, after);
            }
        }
    }
    look(&place.work(), after);
}

#[test]
fn no_command_evaluates_a_plugin_and_the_sandbox_lets_no_file_out() {
    let place = with_canary();
    for command in [
        "plugins validate source/canary",
        "plugins types source/canary",
        "keys new acme",
        "plugins pack source/canary --sign --out dist",
        "trust add acme ../home/.config/wa/keys/acme.pub --packages canary",
        "plugins verify dist/canary-1.0.0.tgz",
        "plugins install dist/canary-1.0.0.tgz --dry-run",
        "plugins install dist/canary-1.0.0.tgz --yes",
        "plugins list",
        "plugins inspect canary",
        "plugins plan",
        "plugins disable canary",
        "plugins enable canary",
        "doctor --skip port",
    ] {
        let said = place.wa(command.split(' ')).succeeds();
        is_silent(&place, command);
        if command.ends_with("--dry-run") {
            assert!(
                said.stdout().contains("postinstall"),
                "the plan does not speak of lifecycle scripts:\n{said}"
            );
        }
    }

    place.configure("server: { bind: '127.0.0.1:0' }\nagents: { ana: { handler: canary, bindings: [{ channel: console }] } }");
    let host = Running::start(&place);
    assert_eq!(
        host.console().ask("me", "sing"),
        "sung",
        "the canary was never evaluated, so its silence proves nothing"
    );
    is_silent(&place, "run");
    host.stop();
}

#[test]
fn an_import_of_the_engines_files_is_refused_before_anything_runs() {
    let place = with_canary();
    let code =
        "import fs from 'node:fs';\nfs.writeFileSync('canary', '');\nexport default { agent: () => null };\n";
    place.write("source/canary/index.js", code);
    let refused = place.wa(["plugins", "validate", "source/canary"]).exits(1);
    assert!(refused.stdout().contains("node:fs"), "{refused}");
    place.wa(["plugins", "pack", "source/canary", "--out", "dist"]).exits(1);
    is_silent(&place, "validate and pack");
}
