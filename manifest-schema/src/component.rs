//! WebAssembly components of the world `wa:plugin`: made from a core module, and looked at without being run.

use crate::code::HandlerKind;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding};
use wit_parser::{Resolve, WorldId};

/// The world, in WIT.
pub const WORLD: &str = include_str!("../wit/plugin.wit");

/// The package of the world and of its interfaces.
const PACKAGE: &str = "wa:plugin/";

/// The name of the world.
const WORLD_NAME: &str = "plugin";

/// The custom section in which a component may name its handlers, a line each: a kind as in `call` of the world, a space, and
/// a name. The SDK for Rust writes it; without it the handlers are unknown until the component runs.
pub const HANDLERS_SECTION: &str = "wa:handlers";

/// The largest component that is looked at, in bytes.
pub const MAX_SIZE: usize = 64 << 20;

/// The start of the name of the sections in which `wit-bindgen` says which world a module is for.
const WORLD_SECTION: &str = "component-type";

/// What is wrong with a module or a component.
#[derive(Debug, Error)]
pub enum ComponentError {
    /// The world does not read: a fault of this crate.
    #[error("the world `wa:plugin` cannot be read: {0}")]
    World(String),
    /// Not WebAssembly, or not valid.
    #[error("it is not valid WebAssembly: {0}")]
    Invalid(String),
    /// A module without the component around it.
    #[error("it is a core module, not a component")]
    CoreModule,
    /// Larger than [`MAX_SIZE`].
    #[error("it has {0} bytes; a component may have {MAX_SIZE}")]
    TooLarge(usize),
    /// It imports what the host does not have.
    #[error("it imports {}, which the world `wa:plugin` does not have", list(.0))]
    UnknownImports(BTreeSet<String>),
    /// Its functions are not those of the world.
    #[error("it does not fit the world `wa:plugin`: {0}")]
    OtherWorld(String),
    /// A module that does not make a component.
    #[error("no component can be made of the module: {0}")]
    NotEncoded(String),
}

fn list(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// What can be known of a component without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The interfaces of `wa:plugin` that it imports, without package and version: `storage`, `http`.
    pub interfaces: BTreeSet<String>,
    /// Its handlers by kind; `None` where it does not say.
    pub handlers: Option<BTreeMap<HandlerKind, BTreeSet<String>>>,
}

/// Makes a component of a core module that was built for the world. A component is given back as it is.
///
/// # Errors
/// Where the module is not valid, or imports or exports something else than the world.
pub fn encode(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    if Parser::is_component(module) {
        return Ok(module.to_vec());
    }
    let not_encoded = |error| ComponentError::NotEncoded(words(error));
    let mut module = module.to_vec();
    if !has_section(&module, |name| name.starts_with(WORLD_SECTION))? {
        let (resolve, world) = world()?;
        wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .map_err(not_encoded)?;
    }
    let encoder = ComponentEncoder::default().validate(true).module(&module).map_err(not_encoded)?;
    { encoder }.encode().map_err(not_encoded)
}

/// Looks at a component.
///
/// # Errors
/// Where the host could not run it.
pub fn inspect(component: &[u8]) -> Result<Component, ComponentError> {
    if component.len() > MAX_SIZE {
        return Err(ComponentError::TooLarge(component.len()));
    }
    if Parser::is_core_wasm(component) {
        return Err(ComponentError::CoreModule);
    }
    let invalid = |error: wasmparser::BinaryReaderError| ComponentError::Invalid(error.to_string());
    Validator::new_with_features(WasmFeatures::default()).validate_all(component).map_err(invalid)?;
    let other = |error| ComponentError::OtherWorld(words(error));
    let DecodedWasm::Component(decoded, its_world) = wit_component::decode(component).map_err(other)? else {
        return Err(ComponentError::OtherWorld("it is a package of interfaces".to_owned()));
    };
    let (resolve, world) = world()?;
    let known = imports(&resolve, world);
    let imported = imports(&decoded, its_world);
    let unknown: BTreeSet<_> = imported.difference(&known).cloned().collect();
    if !unknown.is_empty() {
        return Err(ComponentError::UnknownImports(unknown));
    }
    wit_component::targets(&resolve, world, component).map_err(other)?;
    Ok(Component {
        interfaces: imported.iter().filter_map(|name| interface(name)).map(str::to_owned).collect(),
        handlers: handlers(component)?,
    })
}

fn world() -> Result<(Resolve, WorldId), ComponentError> {
    let wrong = |error| ComponentError::World(words(error));
    let mut resolve = Resolve::default();
    let package =
        resolve.push_str("plugin.wit", WORLD).map_err(|error| ComponentError::World(format!("{error:?}")))?;
    let world = resolve.select_world(&[package], Some(WORLD_NAME)).map_err(wrong)?;
    Ok((resolve, world))
}

fn imports(resolve: &Resolve, world: WorldId) -> BTreeSet<String> {
    resolve.worlds[world].imports.keys().map(|key| resolve.name_world_key(key)).collect()
}

/// `wa:plugin/storage@1.0.0` is `storage`.
fn interface(import: &str) -> Option<&str> {
    let name = import.strip_prefix(PACKAGE)?;
    Some(name.split_once('@').map_or(name, |(name, _)| name))
}

fn has_section(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Result<bool, ComponentError> {
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| ComponentError::Invalid(error.to_string()))? {
            Payload::CustomSection(section) if wanted(section.name()) => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}

fn handlers(component: &[u8]) -> Result<Option<BTreeMap<HandlerKind, BTreeSet<String>>>, ComponentError> {
    let mut found: Option<BTreeMap<HandlerKind, BTreeSet<String>>> = None;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(|error| ComponentError::Invalid(error.to_string()))?;
        let Payload::CustomSection(section) = payload else { continue };
        if section.name() != HANDLERS_SECTION {
            continue;
        }
        let groups = found.get_or_insert_default();
        for line in String::from_utf8_lossy(section.data()).lines() {
            let (word, name) = line.split_once(' ').unwrap_or((line, ""));
            if let Some(kind) = kind(word) {
                groups.entry(kind).or_default().insert(name.to_owned());
            }
        }
    }
    Ok(found)
}

/// The kind of a call of the world.
fn kind(word: &str) -> Option<HandlerKind> {
    Some(match word {
        "event" => HandlerKind::Event,
        "hook" => HandlerKind::Hook,
        "tool" => HandlerKind::Tool,
        "http" => HandlerKind::Route,
        "capability" => HandlerKind::Capability,
        "service" => HandlerKind::Service,
        "schedule" => HandlerKind::Schedule,
        "command" => HandlerKind::Command,
        "rpc" => HandlerKind::Rpc,
        "agent" => HandlerKind::Agent,
        _ => return None,
    })
}

/// An error of the WebAssembly tools with its causes.
fn words(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}
