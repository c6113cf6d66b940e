//! Packages: sources outside of `plugins/`, keys, and what installs them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Place, Transcript};

/// What is in a folder: for each path its kind and mode, and its bytes or target.
pub(crate) type Tree = BTreeMap<String, (u32, Vec<u8>)>;

impl Place {
    /// Makes a signing key; returns its fingerprint.
    pub(crate) fn key(&self, publisher: &str) -> String {
        self.wa(["keys", "new", publisher]).succeeds();
        let shown = self.wa(["keys", "show", publisher, "--json"]).succeeds().json();
        shown["keys"][0]["fingerprint"].as_str().unwrap().to_owned()
    }

    /// Writes `sources/ID`, published by acme, whose agent answers with `ID: ` and the text.
    pub(crate) fn source(&self, id: &str, version: &str, manifest: &str) {
        let code = format!(
            "import {{ definePlugin }} from 'wa';\nexport default definePlugin({{ agent: ({{ message }}) => ({{ text: `{id}: ${{message.text}}` }}) }});\n"
        );
        let base = "publisher: acme\nruntime: { kind: js, entry: index.js }\nconfigSchema: { type: object, additionalProperties: false }\nagent: true";
        self.write(
            &format!("sources/{id}/wa.plugin.yaml"),
            format!("schema: 1\nid: {id}\nversion: {version}\n{base}\n{manifest}\n"),
        );
        self.write(&format!("sources/{id}/index.js"), code);
    }

    /// Packs and signs `sources/ID`; returns the package's path.
    pub(crate) fn package(&self, id: &str, version: &str, manifest: &str) -> String {
        self.source(id, version, manifest);
        self.wa(["plugins", "pack", &format!("sources/{id}"), "--sign", "--out", "packages"]).succeeds();
        format!("packages/{id}-{version}.tgz")
    }

    /// Installs a package whose publisher's key is trusted by this.
    #[must_use = "look at what the command said, or call `succeeds`"]
    pub(crate) fn install(&self, package: &str, key: &str) -> Transcript {
        self.wa(["plugins", "install", package, "--yes", "--trust-key", key])
    }

    /// What `list --json` says of a plugin.
    pub(crate) fn listed(&self, id: &str) -> serde_json::Value {
        let list = self.wa(["plugins", "list", "--json"]).succeeds().json();
        list["plugins"]
            .as_array()
            .unwrap()
            .iter()
            .find(|plugin| plugin["id"] == id)
            .cloned()
            .unwrap_or_default()
    }

    /// The whole working folder but for the audit log, and the trust store.
    pub(crate) fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        gather(&self.work(), "work", &mut tree);
        gather(&self.config(), "config", &mut tree);
        tree
    }
}

fn gather(folder: &Path, name: &str, tree: &mut Tree) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        // The log tells of what was refused, too.
        if name == "work/.wa/audit" {
            continue;
        }
        let metadata = fs::symlink_metadata(&path).unwrap();
        let bytes = if metadata.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else if metadata.is_dir() {
            gather(&path, &name, tree);
            Vec::new()
        } else {
            fs::read(&path).unwrap()
        };
        tree.insert(name, (metadata.permissions().mode(), bytes));
    }
}
