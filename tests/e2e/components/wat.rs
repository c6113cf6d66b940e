//! Components written by hand: a core module in text, made into a component by what `wa plugins build` uses.

use manifest_schema::component;

use crate::support::Place;

/// A module of the world `wa:plugin`, with one tool.
#[derive(Clone)]
pub(super) struct Module {
    tool: String,
    /// The body of `call`.
    call: String,
    imports: String,
    /// What `handlers` says, where it is not the tool alone.
    listing: Option<String>,
    /// The body of `handlers`, where it is not the usual one.
    handlers: Option<String>,
    /// More of the module: functions, memories, a start function.
    more: String,
    section: Option<String>,
    pages: u32,
}

impl Module {
    pub(super) fn tool(tool: &str, call: &str) -> Self {
        let (tool, call) = (tool.to_owned(), call.to_owned());
        Self {
            tool,
            call,
            imports: String::new(),
            listing: None,
            handlers: None,
            more: String::new(),
            section: None,
            pages: 2,
        }
    }

    /// Imports a function of the host that takes and gives JSON, as `$import`.
    pub(super) fn importing(mut self, interface: &str, function: &str) -> Self {
        self.imports = format!(
            "(import \"wa:plugin/{interface}@1.0.0\" \"{function}\" (func $import (param i32 i32 i32)))"
        );
        self
    }

    /// Imports the host's log, as `$log`.
    pub(super) fn logging(mut self) -> Self {
        self.imports =
            "(import \"wa:plugin/log@1.0.0\" \"write\" (func $log (param i32 i32 i32 i32 i32 i32)))"
                .to_owned();
        self
    }

    /// Imports what the text says.
    pub(super) fn importing_text(mut self, imports: String) -> Self {
        self.imports = imports;
        self
    }

    pub(super) fn listing(mut self, handlers: &serde_json::Value) -> Self {
        self.listing = Some(handlers.to_string());
        self
    }

    pub(super) fn with_handlers(mut self, body: &str) -> Self {
        self.handlers = Some(body.to_owned());
        self
    }

    pub(super) fn with(mut self, more: &str) -> Self {
        self.more = more.to_owned();
        self
    }

    /// The text of the section in which a component names its handlers.
    pub(super) fn saying(mut self, lines: &str) -> Self {
        self.section = Some(lines.replace('\n', "\\n"));
        self
    }

    fn text(&self) -> String {
        let listing = self.listing.clone().unwrap_or_else(|| {
            format!(r#"{{"events":[],"hooks":[],"tools":["{}"],"routes":[],"agent":false}}"#, self.tool)
        });
        let handlers = self.handlers.clone().unwrap_or_else(|| {
            format!(
                "(i32.store (i32.const 8) (i32.const 1024)) (i32.store (i32.const 12) (i32.const {})) (i32.const 8)",
                listing.len()
            )
        });
        let section = self
            .section
            .as_ref()
            .map_or_else(String::new, |text| format!("(@custom \"wa:handlers\" \"{text}\")"));
        format!(
            r#"(module
  {imports}
  (memory (export "memory") {pages})
  (global $next (mut i32) (i32.const 65536))
  (data (i32.const 1024) "{data}")
  (func $realloc (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $next) (i32.shl (memory.size) (i32.const 16))))
      (br_if $fits (i32.ne (i32.const -1)
        (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
      unreachable)
    (local.get $at))
  (func $answer (param $start i32) (param $len i32) (result i32)
    (i32.store8 (i32.const 32) (i32.const 0))
    (i32.store (i32.const 36) (local.get $start))
    (i32.store (i32.const 40) (local.get $len))
    (i32.const 32))
  (func (export "handlers") (result i32) {handlers})
  (func $call (export "call")
    (param $kind i32) (param $kind_len i32) (param $name i32) (param $name_len i32)
    (param $payload i32) (param $payload_len i32) (result i32)
    {call})
  {more}
  {section}
)"#,
            imports = self.imports,
            pages = self.pages,
            data = listing.replace('"', "\\\""),
            call = self.call,
            more = self.more,
        )
    }

    /// The component.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let text = self.text();
        let module = ::wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        component::encode(&module).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }
}

impl Place {
    /// Writes a plugin that is a component.
    pub(super) fn component(&self, id: &str, manifest: &str, module: &Module) {
        self.component_bytes(id, manifest, &module.bytes());
    }

    pub(super) fn component_bytes(&self, id: &str, manifest: &str, bytes: &[u8]) {
        let runtime = "runtime: { kind: wasm, entry: plugin.wasm, timeout: 2s }\n";
        let own = manifest.lines().any(|line| line.starts_with("runtime:"));
        self.plugin_code(id, &format!("{}{manifest}", if own { "" } else { runtime }), "");
        std::fs::remove_file(self.path(format!("plugins/{id}/index.js"))).unwrap();
        self.write(&format!("plugins/{id}/plugin.wasm"), bytes);
    }
}
