//! The text of `wa.d.ts`: the `"wa"` module as one plugin sees it, typed from its manifest.

mod handles;
mod permitted;
mod schema;

use crate::contract::{Contract, Part};
use crate::events::{self, EventKind};
use crate::manifest::{ArgumentKind, Command, CommandArgument, Manifest, RpcMethod};
use schema::{Defaults, property_name, type_of};
use serde_json::Value;
use std::fmt::Write as _;

/// What is the same for every plugin.
const COMMON: &str = include_str!("typings/wa.d.ts");

/// The declarations of the `"wa"` module for the plugin of this manifest.
///
/// Handlers are required where the manifest declares them and unknown where it does not, so that the compiler finds both
/// what is missing and what would never be called. Of the host's calls there are those that the permissions allow.
pub fn typescript(manifest: &Manifest) -> String {
    let mut out = String::from("// Written by `wa plugins types` from the manifest; do not edit.\n\n");
    out.push_str("declare module \"wa\" {\n");
    let config = type_of(&handles::put(manifest), Defaults::Present);
    push(
        &mut out,
        &format!("/** The plugin's configuration, with defaults applied. */\nexport type Config = {config};"),
    );
    push(&mut out, &interface("Tools", "What this plugin's tools take and give.", tools(manifest)));
    push(
        &mut out,
        &interface(
            "Events",
            "The events that the manifest subscribes, with their payloads.",
            events(manifest),
        ),
    );
    push(
        &mut out,
        &interface("Hooks", "The gates that the manifest stands at, with what passes them.", hooks(manifest)),
    );
    push(&mut out, &routes(manifest));
    push(&mut out, &capabilities(manifest));
    let ids = |ids: Vec<String>| union(&ids.iter().map(|id| format!("{id:?}")).collect::<Vec<_>>());
    let services = manifest.services.iter().map(|service| service.id.clone()).collect();
    let schedules = manifest.schedules.iter().map(|schedule| schedule.id.clone()).collect();
    push(
        &mut out,
        &format!("/** The services of the manifest. */\nexport type Services = {};", ids(services)),
    );
    push(
        &mut out,
        &format!("/** The schedules of the manifest. */\nexport type Schedules = {};", ids(schedules)),
    );
    push(
        &mut out,
        &interface("Commands", "The commands of the manifest, with their arguments.", commands(manifest)),
    );
    push(&mut out, &interface("Rpc", "The RPC methods of the manifest.", rpc(manifest)));
    push(
        &mut out,
        &format!(
            "/** Whether the manifest says `agent: true`. */\nexport type HasAgent = {};",
            manifest.agent
        ),
    );
    for declaration in permitted::context(manifest) {
        push(&mut out, &declaration);
    }
    push(&mut out, COMMON.trim_end());
    out.push_str("}\n");
    out
}

/// Appends a declaration, indented as the inside of a block.
fn push(out: &mut String, declaration: &str) {
    for line in declaration.lines() {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "  {line}") };
    }
    out.push('\n');
}

fn interface(name: &str, comment: &str, fields: Vec<String>) -> String {
    let fields: String = fields.iter().map(|field| format!("  {field}\n")).collect();
    format!("/** {comment} */\nexport interface {name} {{\n{fields}}}")
}

fn tools(manifest: &Manifest) -> Vec<String> {
    let field = |tool: &crate::manifest::Tool| {
        let input = type_of(&tool.input, Defaults::Absent);
        let output =
            tool.output.as_ref().map_or("unknown".to_owned(), |output| type_of(output, Defaults::Absent));
        format!("{}: {{ input: {input}; output: {output} }};", property_name(tool.name.as_ref()))
    };
    manifest.tools.iter().map(field).collect()
}

fn events(manifest: &Manifest) -> Vec<String> {
    let names = manifest.events.iter().map(AsRef::as_ref);
    names.filter_map(|name: &str| payload(name, EventKind::Observed)).collect()
}

fn hooks(manifest: &Manifest) -> Vec<String> {
    let mut names: Vec<&str> = manifest.hooks.iter().map(|hook| hook.on.as_ref()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter_map(|name| payload(name, EventKind::Gate)).collect()
}

/// An event that this version does not deliver has no payload, and so no handler type.
fn payload(name: &str, kind: EventKind) -> Option<String> {
    let event = events::find(name).filter(|event| event.kind == kind)?;
    let schema: Value = serde_json::from_str(event.payload).ok()?;
    Some(format!("{}: {};", property_name(name), type_of(&schema, Defaults::Absent)))
}

fn routes(manifest: &Manifest) -> String {
    let keys: Vec<String> = manifest
        .routes
        .iter()
        .flat_map(crate::manifest::Route::handler_keys)
        .map(|key| format!("{key:?}"))
        .collect();
    format!("/** The routes of the manifest, as `METHOD /path`. */\nexport type Routes = {};", union(&keys))
}

fn commands(manifest: &Manifest) -> Vec<String> {
    let argument = |argument: &CommandArgument| {
        let kind = match argument.kind {
            ArgumentKind::String => "string",
            ArgumentKind::Integer | ArgumentKind::Number => "number",
            ArgumentKind::Boolean => "boolean",
        };
        let mark = if argument.required { "" } else { "?" };
        format!("{}{mark}: {kind}", property_name(&argument.name))
    };
    let field = |command: &Command| {
        let arguments: Vec<String> = command.args.iter().map(argument).collect();
        format!("{}: {{ {} }};", property_name(&command.name), arguments.join("; "))
    };
    manifest.commands.iter().map(field).collect()
}

fn rpc(manifest: &Manifest) -> Vec<String> {
    let of = |schema: &Option<Value>| {
        schema.as_ref().map_or("unknown".to_owned(), |schema| type_of(schema, Defaults::Absent))
    };
    let field = |method: &RpcMethod| {
        let (params, result) = (of(&method.params), of(&method.result));
        format!("{}: {{ params: {params}; result: {result} }};", property_name(&method.method))
    };
    manifest.rpc.iter().map(field).collect()
}

fn capabilities(manifest: &Manifest) -> String {
    let mut fields = Vec::new();
    for (kind, list) in &manifest.capabilities {
        let contract = Contract::of(*kind);
        let part = |part| {
            contract.schema(part).map_or("never".to_owned(), |schema| type_of(&schema, Defaults::Absent))
        };
        let (request, response) = (part(Part::Request), part(Part::Response));
        let chunk =
            if contract.streams() { format!("; chunk: {}", part(Part::Chunk)) } else { String::new() };
        fields.extend(list.iter().map(|one| {
            let name = property_name(&format!("{kind}/{}", one.id));
            format!("{name}: {{ request: {request}; response: {response}{chunk} }};")
        }));
    }
    interface("Capabilities", "The capabilities of the manifest, as `KIND/ID`, with what travels.", fields)
}

fn union(keys: &[String]) -> String {
    if keys.is_empty() { "never".to_owned() } else { keys.join(" | ") }
}
