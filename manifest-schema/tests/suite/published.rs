//! The published schemas say just what the Rust types say, and say it to people too.

use crate::fields::names_of;
use manifest_schema::manifest::*;
use manifest_schema::permissions::{ChannelPermission, PermissionCap, Permissions};
use manifest_schema::project::*;
use manifest_schema::registry;
use manifest_schema::scenario::{self, Scenario};
use manifest_schema::schemas::{self, Published};
use manifest_schema::secrets::{
    EnvProvider, ExecProvider, FileMode, FileProvider, SecretSource, Secrets, SourceDefaults,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn schema(published: &Published) -> Value {
    serde_json::from_str(published.text).unwrap()
}

fn structs_of_a_plugin() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("", names_of::<Manifest>()),
        ("/properties/engines", names_of::<Engines>()),
        ("/$defs/runtime", names_of::<Runtime>()),
        ("/$defs/permissions", names_of::<Permissions>()),
        ("/$defs/hook", names_of::<Hook>()),
        ("/$defs/tool", names_of::<Tool>()),
        ("/$defs/route", names_of::<Route>()),
        ("/$defs/route/properties/signature", names_of::<WebhookSignature>()),
        ("/$defs/page", names_of::<Page>()),
        ("/$defs/service", names_of::<Service>()),
        ("/$defs/schedule", names_of::<Schedule>()),
        ("/$defs/command", names_of::<Command>()),
        ("/$defs/commandArgument", names_of::<CommandArgument>()),
        ("/$defs/rpcMethod", names_of::<RpcMethod>()),
        ("/$defs/capabilities", names_of::<CapabilityKind>()),
        ("/$defs/capability", names_of::<Capability>()),
        ("/$defs/activation", names_of::<Activation>()),
        ("/$defs/uiHint", names_of::<UiHint>()),
        ("/$defs/configContracts", names_of::<ConfigContracts>()),
        ("/$defs/configContracts/properties/secretInputs", names_of::<SecretInputs>()),
        ("/$defs/secretInput", names_of::<SecretInput>()),
        ("/$defs/secretUse", names_of::<SecretUse>()),
        ("/$defs/dangerousFlag", names_of::<DangerousFlag>()),
        ("/$defs/forward", names_of::<Forward>()),
        ("/$defs/forward/properties/sign", names_of::<ForwardSign>()),
    ]
}

fn structs_of_a_project() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("", names_of::<Project>()),
        ("/$defs/agent", names_of::<Agent>()),
        ("/$defs/agent/properties/tools", names_of::<AgentTools>()),
        ("/$defs/binding", names_of::<Binding>()),
        ("/$defs/entry", names_of::<PluginEntry>()),
        ("/$defs/policy", names_of::<Policy>()),
        ("/$defs/permissionCap", names_of::<PermissionCap>()),
        ("/properties/plugins", names_of::<Plugins>()),
        ("/properties/plugins/properties/slots", names_of::<Slot>()),
        ("/properties/channels", names_of::<Channels>()),
        ("/properties/channels/properties/console", names_of::<ConsoleChannel>()),
        ("/$defs/whatsapp", names_of::<WhatsAppChannel>()),
        ("/$defs/whatsapp/properties/acl", names_of::<Acl>()),
        ("/$defs/whatsapp/properties/behavior", names_of::<Behavior>()),
        ("/$defs/whatsapp/properties/bridge", names_of::<Bridge>()),
        ("/$defs/whatsapp/properties/public_tunnel", names_of::<PublicTunnel>()),
        ("/$defs/whatsapp/properties/transcriber", names_of::<Transcriber>()),
        ("/$defs/whatsapp/properties/rate_limit", names_of::<RateLimit>()),
        ("/properties/capabilities", names_of::<CapabilityKind>()),
        ("/$defs/agentModel", names_of::<AgentModel>()),
        ("/properties/approvals", names_of::<ApprovalSettings>()),
        ("/$defs/approvalChat", names_of::<ApprovalChat>()),
        ("/$defs/entry/properties/hooks", names_of::<HookOverrides>()),
        ("/$defs/entry/properties/limits", names_of::<PluginLimits>()),
        ("/properties/server", names_of::<Server>()),
        ("/properties/bus", names_of::<Bus>()),
        ("/properties/secrets", names_of::<Secrets>()),
        ("/properties/secrets/properties/defaults", names_of::<SourceDefaults>()),
        ("/$defs/envProvider", with_source(names_of::<EnvProvider>())),
        ("/$defs/fileProvider", with_source(names_of::<FileProvider>())),
        ("/$defs/execProvider", with_source(names_of::<ExecProvider>())),
    ]
}

/// The fields of a variant, with the tag that tells it from the others.
fn with_source(fields: Vec<&'static str>) -> Vec<&'static str> {
    fields.into_iter().chain(["source"]).collect()
}

fn structs_of_a_registry() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("", names_of::<registry::Registry>()),
        ("/properties/revoked", names_of::<registry::Revoked>()),
        ("/$defs/publisher", names_of::<registry::Publisher>()),
        ("/$defs/package", names_of::<registry::Package>()),
    ]
}

fn structs_of_a_scenario() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("", names_of::<Scenario>()),
        ("/$defs/answer", names_of::<scenario::HttpAnswer>()),
        ("/$defs/step", names_of::<scenario::Step>()),
        ("/$defs/message", names_of::<scenario::Answer>()),
        ("/$defs/media", names_of::<scenario::Media>()),
        ("/$defs/logLine", names_of::<scenario::LevelLine>()),
    ]
}

#[test]
fn every_property_is_a_field_and_every_field_a_property() {
    for (published, structs) in [
        (&schemas::PLUGIN, structs_of_a_plugin()),
        (&schemas::PROJECT, structs_of_a_project()),
        (&schemas::REGISTRY, structs_of_a_registry()),
        (&schemas::SCENARIO, structs_of_a_scenario()),
    ] {
        let schema = schema(published);
        for (pointer, fields) in &structs {
            let properties = schema.pointer(pointer).unwrap()["properties"].as_object().unwrap();
            let properties: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
            assert_eq!(properties, fields.iter().copied().collect(), "{} {pointer}", published.name);
        }
        let mut objects = BTreeSet::new();
        with_properties(&schema, "", &mut objects);
        let compared: BTreeSet<String> = structs.iter().map(|(pointer, _)| (*pointer).to_owned()).collect();
        assert_eq!(objects, compared, "{}: every object of the schema is compared", published.name);
    }
}

/// Pointers of the closed objects of a schema.
fn with_properties(schema: &Value, pointer: &str, found: &mut BTreeSet<String>) {
    let Value::Object(map) = schema else { return };
    if map.get("additionalProperties") == Some(&json!(false)) {
        found.insert(pointer.to_owned());
    }
    for (key, value) in map.iter().filter(|(key, _)| !matches!(key.as_str(), "examples" | "default")) {
        with_properties(value, &format!("{pointer}/{key}"), found);
    }
}

#[test]
fn every_word_of_an_enum_is_a_variant() {
    let plugin = schema(&schemas::PLUGIN);
    let project = schema(&schemas::PROJECT);
    let registry = schema(&schemas::REGISTRY);
    let scenario = schema(&schemas::SCENARIO);
    for (schema, pointer, variants) in [
        (&plugin, "/$defs/runtime/properties/kind", names_of::<RuntimeKind>()),
        (&plugin, "/$defs/hook/properties/mode", names_of::<HookMode>()),
        (&plugin, "/$defs/hook/properties/onFailure", names_of::<OnFailure>()),
        (&plugin, "/$defs/route/properties/methods/items", names_of::<Method>()),
        (&plugin, "/$defs/route/properties/auth", names_of::<RouteAuth>()),
        (&plugin, "/$defs/service/properties/restart", names_of::<Restart>()),
        (&plugin, "/$defs/commandArgument/properties/type", names_of::<ArgumentKind>()),
        (&plugin, "/$defs/rpcMethod/properties/scope", names_of::<RpcScope>()),
        (&plugin, "/$defs/capabilityKind", names_of::<CapabilityKind>()),
        (&plugin, "/$defs/capability/properties/actions/items", names_of::<MessageAction>()),
        (&project, "/$defs/permissionCap/properties/capabilities/items", names_of::<CapabilityKind>()),
        (&plugin, "/properties/kind/items", names_of::<Slot>()),
        (&plugin, "/$defs/channelPermission", names_of::<ChannelPermission>()),
        (
            &project,
            "/$defs/permissionCap/properties/channel/additionalProperties/items",
            names_of::<ChannelPermission>(),
        ),
        (&registry, "/$defs/package/properties/level", names_of::<registry::Level>()),
        (&project, "/$defs/policy/properties/unsigned", names_of::<Unsigned>()),
        (&project, "/$defs/policy/properties/sandbox", names_of::<SandboxPolicy>()),
        (&project, "/$defs/policy/properties/trust", names_of::<LeastTrust>()),
        (&project, "/$defs/policy/properties/registrySignatures", names_of::<RegistrySignatures>()),
        (&project, "/$defs/policy/properties/devPlugins", names_of::<DevPlugins>()),
        (&project, "/$defs/whatsapp/properties/bridge/properties/on_timeout", names_of::<OnTimeout>()),
        (&project, "/$defs/whatsapp/properties/typing", names_of::<Typing>()),
        (&project, "/$defs/policy/properties/secretValues", names_of::<SecretValues>()),
        (&project, "/$defs/secretProvider/properties/source", names_of::<SecretSource>()),
        (&project, "/$defs/fileProvider/properties/mode", names_of::<FileMode>()),
        (&plugin, "/$defs/secretUse/properties/sign", names_of::<Signing>()),
        (&plugin, "/$defs/forward/properties/sign/properties/algorithm", names_of::<Signing>()),
        (&scenario, "/properties/channel", names_of::<scenario::Line>()),
    ] {
        let words: Vec<&str> = schema.pointer(pointer).unwrap()["enum"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(words, variants, "{pointer}");
    }
    assert_eq!(ChannelPermission::ALL.map(ChannelPermission::name).to_vec(), names_of::<ChannelPermission>());
}

/// The defaults that the schema tells editors are those that the types fill in.
fn assert_same_defaults<T: DeserializeOwned + Serialize>(schema: &Value, pointer: &str, least: Value) {
    let filled = serde_json::to_value(serde_json::from_value::<T>(least).unwrap()).unwrap();
    let properties = schema.pointer(pointer).unwrap()["properties"].as_object().unwrap();
    for (name, property) in properties {
        let told = property.get("default");
        match (told, filled.get(name)) {
            (Some(told), Some(filled)) => assert_eq!(told, filled, "{pointer}/{name}"),
            // What is left out when it is the default must be a default that means nothing.
            (Some(told), None) => assert_eq!(told, &json!(false), "{pointer}/{name}"),
            (None, _) => {}
        }
    }
}

#[test]
fn defaults_are_the_same() {
    let plugin = schema(&schemas::PLUGIN);
    assert_same_defaults::<Hook>(&plugin, "/$defs/hook", json!({ "on": "message.sending" }));
    assert_same_defaults::<Tool>(
        &plugin,
        "/$defs/tool",
        json!({ "name": "x", "description": "x", "input": {} }),
    );
    assert_same_defaults::<Route>(&plugin, "/$defs/route", json!({ "path": "/" }));
    assert_same_defaults::<Page>(&plugin, "/$defs/page", json!({ "path": "/", "title": "x" }));
    assert_same_defaults::<Service>(&plugin, "/$defs/service", json!({ "id": "x" }));
    assert_same_defaults::<CommandArgument>(
        &plugin,
        "/$defs/commandArgument",
        json!({ "name": "x", "type": "string" }),
    );
    assert_same_defaults::<Activation>(&plugin, "/$defs/activation", json!({}));
    assert_same_defaults::<UiHint>(&plugin, "/$defs/uiHint", json!({}));
    assert_same_defaults::<Permissions>(&plugin, "/$defs/permissions", json!({}));
    let registry = schema(&schemas::REGISTRY);
    assert_same_defaults::<registry::Package>(&registry, "/$defs/package", json!({}));
    let publisher = json!({ "keys": [], "packages": [] });
    assert_same_defaults::<registry::Publisher>(&registry, "/$defs/publisher", publisher);
    let project = schema(&schemas::PROJECT);
    assert_same_defaults::<Binding>(&project, "/$defs/binding", json!({ "channel": "console" }));
    assert_same_defaults::<PluginEntry>(&project, "/$defs/entry", json!({}));
    assert_same_defaults::<Policy>(&project, "/$defs/policy", json!({}));
    assert_same_defaults::<ConsoleChannel>(&project, "/properties/channels/properties/console", json!({}));
    assert_same_defaults::<WhatsAppChannel>(&project, "/$defs/whatsapp", json!({}));
    assert_same_defaults::<Behavior>(&project, "/$defs/whatsapp/properties/behavior", json!({}));
    assert_same_defaults::<Acl>(&project, "/$defs/whatsapp/properties/acl", json!({}));
    assert_same_defaults::<Bridge>(&project, "/$defs/whatsapp/properties/bridge", json!({}));
    assert_same_defaults::<RateLimit>(&project, "/$defs/whatsapp/properties/rate_limit", json!({}));
    assert_same_defaults::<Transcriber>(&project, "/$defs/whatsapp/properties/transcriber", json!({}));
    assert_same_defaults::<PublicTunnel>(&project, "/$defs/whatsapp/properties/public_tunnel", json!({}));
    assert_same_defaults::<Server>(&project, "/properties/server", json!({}));
    assert_same_defaults::<FileProvider>(&project, "/$defs/fileProvider", json!({ "path": "x" }));
    assert_same_defaults::<ExecProvider>(&project, "/$defs/execProvider", json!({ "command": "/x" }));
    assert_same_defaults::<Bus>(&project, "/properties/bus", json!({}));
}

#[test]
fn editors_have_something_to_show_for_every_property() {
    for published in schemas::ALL {
        let schema = schema(published);
        let mut silent = Vec::new();
        undescribed(&schema, &schema, "", &mut silent);
        assert_eq!(silent, Vec::<String>::new(), "{}", published.name);
    }
}

fn undescribed(root: &Value, schema: &Value, pointer: &str, silent: &mut Vec<String>) {
    let Value::Object(map) = schema else { return };
    for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let target = property["$ref"].as_str().and_then(|reference| root.pointer(&reference[1..]));
        let described = |schema: &Value| schema["description"].is_string();
        if !described(property) && !target.is_some_and(described) {
            silent.push(format!("{pointer}/{name}"));
        }
    }
    for (key, value) in map {
        undescribed(root, value, &format!("{pointer}/{key}"), silent);
    }
}
