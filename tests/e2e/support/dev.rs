//! Plugins in the `plugins/` folder of a test's project, and the project around them.

use super::Place;

/// A project on a free port, with an agent `ana` on the console that the plugin `desk` answers for.
const PROJECT: &str = "\
schema: 1
agents:
  ana: { handler: desk, bindings: [{ channel: console }], tools: { allow: ['*'] } }
plugins: { paths: [./plugins] }
server: { bind: '127.0.0.1:0' }
";

/// The plugin `desk`: answers each message with `echo: ` and its text.
const ECHO: &str = "agent: ({ message }) => ({ text: `echo: ${message.text}` })";

impl Place {
    /// A project with these plugins, each as id, manifest without what all have, and the inside of `definePlugin({ … })`.
    pub(crate) fn with_plugins(plugins: &[(&str, &str, &str)]) -> Self {
        let place = Self::empty();
        place.write("wa.yaml", PROJECT);
        for (id, manifest, handlers) in plugins {
            place.plugin(id, manifest, handlers);
        }
        place
    }

    /// A project with an agent that echoes, and these plugins.
    pub(crate) fn with_echo(plugins: &[(&str, &str, &str)]) -> Self {
        let place = Self::with_plugins(plugins);
        place.plugin("desk", "agent: true", ECHO);
        place
    }

    /// Writes a plugin whose code is one `definePlugin`.
    pub(crate) fn plugin(&self, id: &str, manifest: &str, handlers: &str) {
        self.plugin_code(id, manifest, &format!("import {{ definePlugin, block }} from 'wa';\nexport default definePlugin({{\n{handlers}\n}});\n"));
    }

    /// Writes a plugin with this code. What the manifest text does not say itself is the least that it must say.
    pub(crate) fn plugin_code(&self, id: &str, manifest: &str, code: &str) {
        let mut text = format!("schema: 1\nid: {id}\n");
        for (key, default) in [
            ("version", "1.0.0"),
            ("runtime", "{ kind: js, entry: index.js, timeout: 2s }"),
            ("configSchema", "{ type: object, additionalProperties: false }"),
        ] {
            if !manifest.lines().any(|line| line.starts_with(&format!("{key}:"))) {
                text.push_str(&format!("{key}: {default}\n"));
            }
        }
        self.write(&format!("plugins/{id}/wa.plugin.yaml"), text + manifest + "\n");
        self.write(&format!("plugins/{id}/index.js"), code);
    }

    /// Adds lines to the project file.
    pub(crate) fn configure(&self, lines: &str) {
        let text = self.read("wa.yaml");
        self.write("wa.yaml", format!("{text}{lines}\n"));
    }

    /// What `wa plugins inspect --json` knows of how a plugin has fared.
    pub(crate) fn health(&self, plugin: &str) -> serde_json::Value {
        self.wa(["plugins", "inspect", plugin, "--json"]).json()["health"].take()
    }
}
