//! The world `wa:plugin` as a whole, function by function.

use std::fmt::Write as _;

use manifest_schema::component::WORLD;
use serde_json::json;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, WorldItem};

use super::wat::Module;
use crate::support::{Place, Running};

/// What a plugin may import without any permission.
const FREE: [&str; 4] = ["clock", "config", "log", "random"];

/// All that the world takes permissions for.
const PERMITTED: &str = "agent: true
channels: [pigeon]
capabilities: { channel: [{ id: pigeon, actions: [send] }] }
configSchema: { type: object, properties: { key: { type: string } } }
configContracts: { secretInputs: { paths: [{ path: key, use: [{ sign: hmac-sha256 }] }] } }
permissions:
  channel: { any: [send, reply, react, media, contacts.read] }
  network: ['https://api.example.com']
  storage: 1MiB
  capabilities: [speech]
";

const TOOL: &str = "tools: [{ name: all, description: Has all, input: { type: object } }]\n";

/// An import of the core module for each function, by interface.
fn imports() -> Vec<(String, String)> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let interfaces = resolve.worlds[world].imports.iter().filter_map(|(key, item)| match item {
        WorldItem::Interface { id, .. } => Some((resolve.name_world_key(key), *id)),
        _ => None,
    });
    interfaces
        .map(|(module, id)| {
            let interface = &resolve.interfaces[id];
            let mut text = String::new();
            for (name, function) in &interface.functions {
                let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
                let (params, results) = (words(&signature.params), words(&signature.results));
                writeln!(text, "(import {module:?} {name:?} (func (param{params}) (result{results})))")
                    .unwrap();
            }
            (interface.name.clone().unwrap(), text)
        })
        .collect()
}

fn words(types: &[WasmType]) -> String {
    let word = |kind| match kind {
        WasmType::I64 => " i64",
        WasmType::F32 => " f32",
        WasmType::F64 => " f64",
        _ => " i32",
    };
    types.iter().copied().map(word).collect()
}

#[test]
fn the_host_has_every_function_of_the_world() {
    let imports = imports();
    let all = imports.iter().map(|(_, text)| text.as_str()).collect();
    let module = Module::tool("all", "(call $answer (local.get $payload) (local.get $payload_len))")
        .importing_text(all)
        .listing(&json!({ "tools": ["all"], "capabilities": ["channel/pigeon"], "agent": true }));
    let place = Place::with_echo(&[]);
    place.component("everything", &format!("{TOOL}{PERMITTED}"), &module);
    place.wa(["plugins", "validate", "plugins/everything"]).succeeds();
    let host = Running::start(&place);
    assert_eq!(host.tool("all", &json!({ "n": 1 })), Ok(json!({ "n": 1 })));
    host.stop();
}

#[test]
fn every_interface_but_four_takes_a_permission() {
    let place = Place::with_project();
    let refused: Vec<_> = imports()
        .into_iter()
        .filter_map(|(interface, text)| {
            let module = Module::tool("all", "unreachable").importing_text(text);
            place.component("one", TOOL, &module);
            let checked = place.wa(["plugins", "validate", "plugins/one"]);
            match checked.status() {
                Some(0) => None,
                _ => {
                    let wanted = format!("error[WA0215]: the component imports `wa:plugin/{interface}`");
                    assert!(checked.stdout().contains(&wanted), "{checked}");
                    Some(interface)
                }
            }
        })
        .collect();
    let mut taken: Vec<_> = imports().into_iter().map(|(interface, _)| interface).collect();
    taken.retain(|interface| !refused.contains(interface) && interface != "types");
    taken.sort();
    assert_eq!(taken, FREE);
}
