//! What the code handles is what the manifest declares, and what it calls is permitted.

mod component;

use crate::code::{self, HandlerKind, Handlers, HostCall, KnownHandlers, SERVICE_PARTS};
use crate::document::Document;
use crate::events;
use crate::files::{PackageFiles, resolve};
use crate::finding::{Finding, Report};
use crate::rules;
use crate::suggest;
use crate::tree::{Entry, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(super) fn check(
    document: Document<'_>,
    files: &dyn PackageFiles,
    root_label: &Path,
    report: &mut Report,
) {
    let text = |pointer: &str| document.root.at(pointer).and_then(Node::as_str);
    if text("/runtime/kind") == Some("wasm") {
        return report.extend(component::check(document, files));
    }
    let (Some("js"), Some(entry)) = (text("/runtime/kind"), text("/runtime/entry")) else { return };
    let can_be_read = |entry: &String| files.contains(entry) && code::is_module(entry);
    let Some(entry) = resolve("", entry).filter(can_be_read) else { return };
    let (program, mut findings) = code::read_program(files, &entry);
    if let Handlers::Known(handlers) = &program.handlers {
        findings.extend(undeclared(document, &entry, handlers));
    }
    findings.extend(unpermitted(document, &program.calls));
    for finding in &mut findings {
        if let Some(place) = &mut finding.place {
            place.path = root_label.join(&place.path);
        }
    }
    if let Handlers::Known(handlers) = &program.handlers {
        findings.extend(missing(document, &entry, handlers));
    }
    report.extend(findings);
    for mut source in program.sources {
        source.path = root_label.join(source.path);
        report.add_source(source);
    }
}

/// Names that the manifest declares for one group of handlers, with their pointers.
fn declared(document: Document<'_>, kind: HandlerKind) -> BTreeMap<String, String> {
    let list = document.root.get(kind.key());
    let items = list.map(Node::items).unwrap_or_default().iter().enumerate();
    let named = |member: &'static str| {
        let items = list.map(Node::items).unwrap_or_default().iter().enumerate();
        items.filter_map(move |(index, item)| {
            Some((item.get(member)?.as_str()?.to_owned(), format!("/{}/{index}/{member}", kind.key())))
        })
    };
    let event = |name: &str| {
        events::find(events::modern_name(name).unwrap_or(name)).map(|event| event.name.to_owned())
    };
    match kind {
        HandlerKind::Event => items
            .filter_map(|(index, item)| Some((event(item.as_str()?)?, format!("/events/{index}"))))
            .collect(),
        HandlerKind::Hook => items
            .filter_map(|(index, item)| {
                Some((event(item.get("on")?.as_str()?)?, format!("/hooks/{index}/on")))
            })
            .collect(),
        HandlerKind::Tool => named("name").collect(),
        HandlerKind::Capability => {
            let kinds = list.map(Node::entries).unwrap_or_default().iter();
            kinds.flat_map(capabilities).collect()
        }
        HandlerKind::Service => named("id").map(|(id, at)| (format!("{id}/start"), at)).collect(),
        HandlerKind::Schedule => named("id").collect(),
        HandlerKind::Command => named("name").collect(),
        HandlerKind::Rpc => named("method").collect(),
        HandlerKind::Route => items.flat_map(|(index, item)| routes(index, item)).collect(),
        HandlerKind::Agent => {
            let declared = list.and_then(Node::as_bool) == Some(true);
            declared.then(|| (String::new(), "/agent".to_owned())).into_iter().collect()
        }
    }
}

fn capabilities(kind: &Entry) -> Vec<(String, String)> {
    let ids = kind.value.items().iter().enumerate();
    let key = |(index, item): (usize, &Node)| {
        let id = item.get("id")?.as_str()?;
        Some((format!("{}/{id}", kind.key), format!("/capabilities/{}/{index}/id", kind.key)))
    };
    ids.filter_map(key).collect()
}

fn routes(index: usize, route: &Node) -> Vec<(String, String)> {
    let Some(path) = route.get("path").and_then(Node::as_str) else { return Vec::new() };
    let methods: Vec<&str> = match route.get("methods") {
        Some(methods) => methods.items().iter().filter_map(Node::as_str).collect(),
        None => vec!["GET"],
    };
    methods.into_iter().map(|method| (format!("{method} {path}"), format!("/routes/{index}/path"))).collect()
}

fn missing(document: Document<'_>, entry: &str, handlers: &KnownHandlers) -> Vec<Finding> {
    let mut findings = Vec::new();
    for kind in HandlerKind::ALL {
        for (name, pointer) in declared(document, kind) {
            if handlers.has(kind, &name) == Some(false) {
                let message = format!("the code has no handler for {}", described(kind, &name));
                let finding = document.finding(&rules::MISSING_HANDLER, &pointer, message);
                findings.push(
                    finding.help(format!("add {} to the definition in `{entry}`", wanted(kind, &name))),
                );
            }
        }
    }
    findings
}

fn undeclared(document: Document<'_>, entry: &str, handlers: &KnownHandlers) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (kind, group) in &handlers.groups {
        let declared = declared(document, *kind);
        for (name, span) in group.iter().filter(|(name, _)| !is_declared(*kind, name, &declared)) {
            let message = format!("the manifest does not declare {}", described(*kind, name));
            let missing: BTreeSet<&str> =
                declared.keys().map(String::as_str).filter(|d| !group.contains_key(*d)).collect();
            let help = suggest::did_you_mean(name, missing).unwrap_or_else(|| match kind {
                HandlerKind::Agent => "add `agent: true` to the manifest".to_owned(),
                kind => format!("declare it under `{}` in the manifest, or remove the handler", kind.key()),
            });
            findings
                .push(Finding::new(&rules::UNDECLARED_HANDLER, message).at(entry, span.clone()).help(help));
        }
    }
    findings
}

/// Whether the manifest declares a handler. Of a service, `stop` and `health` come with it.
fn is_declared(kind: HandlerKind, name: &str, declared: &BTreeMap<String, String>) -> bool {
    match name.rsplit_once('/').filter(|_| kind == HandlerKind::Service) {
        Some((id, part)) => SERVICE_PARTS.contains(&part) && declared.contains_key(&format!("{id}/start")),
        None => declared.contains_key(name),
    }
}

fn described(kind: HandlerKind, name: &str) -> String {
    match kind {
        HandlerKind::Event => format!("the event `{name}`"),
        HandlerKind::Hook => format!("the gate `{name}`"),
        HandlerKind::Tool => format!("the tool `{name}`"),
        HandlerKind::Route => format!("the route `{name}`"),
        HandlerKind::Capability => format!("the capability `{name}`"),
        HandlerKind::Service => format!("the service `{name}`"),
        HandlerKind::Schedule => format!("the schedule `{name}`"),
        HandlerKind::Command => format!("the command `{name}`"),
        HandlerKind::Rpc => format!("the RPC method `{name}`"),
        HandlerKind::Agent => "an agent".to_owned(),
    }
}

fn wanted(kind: HandlerKind, name: &str) -> String {
    match kind {
        HandlerKind::Agent => "`agent`".to_owned(),
        kind => format!("`{name}` under `{}`", kind.key()),
    }
}

/// What a call of the host needs, and how the manifest says it.
fn needs(method: &str) -> Option<(Need, &'static str)> {
    Some(match method {
        "channel.sendText"
        | "channel.sendPoll"
        | "channel.editMessage"
        | "channel.revokeMessage"
        | "channel.deleteMessage"
        | "channel.sendSeen" => (Need::Channel("send"), "`send` under `permissions.channel`"),
        "channel.sendReply" | "channel.reply" => {
            (Need::Channel("reply"), "`reply` under `permissions.channel`")
        }
        "channel.sendReaction" | "channel.react" => {
            (Need::Channel("react"), "`react` under `permissions.channel`")
        }
        "channel.sendMedia"
        | "channel.sendVoiceNote"
        | "channel.readMedia"
        | "channel.sendImage"
        | "channel.sendFile"
        | "channel.decryptMedia" => (Need::Channel("media"), "`media` under `permissions.channel`"),
        "channel.getHostNumber"
        | "channel.getContact"
        | "channel.getContacts"
        | "channel.getChats"
        | "channel.getAllContacts"
        | "channel.getAllChats" => {
            (Need::Channel("contacts.read"), "`contacts.read` under `permissions.channel`")
        }
        "storage.get" | "storage.set" | "storage.delete" | "storage.list" | "files.read" | "files.write"
        | "files.delete" | "files.list" => {
            (Need::Key("/permissions/storage"), "`permissions.storage`, such as `1MiB`")
        }
        "channel.receive" => (Need::Key("/channels"), "the channel to `channels`"),
        "capability" => (Need::Key("/permissions/capabilities"), "the kind to `permissions.capabilities`"),
        "fetch" => (Need::Key("/permissions/network"), "the origin to `permissions.network`"),
        "secret" => (
            Need::Signing,
            "`use: [{ sign: hmac-sha256 }]` to the secret under `configContracts.secretInputs`",
        ),
        _ => return None,
    })
}

enum Need {
    /// This permission on at least one channel.
    Channel(&'static str),
    /// Something at this pointer.
    Key(&'static str),
    /// A secret that code may sign with.
    Signing,
}

fn unpermitted(document: Document<'_>, calls: &[HostCall]) -> Vec<Finding> {
    let refused = calls.iter().filter_map(|call| {
        let (need, what) = needs(&call.method)?;
        if is_met(document, &need) {
            return None;
        }
        let message = format!("`wa.{}` is not permitted by the manifest", call.method);
        let finding = Finding::new(&rules::UNPERMITTED_CALL, message).at(&call.path, call.span.clone());
        Some(finding.help(format!("add {what} in the manifest")))
    });
    refused.collect()
}

fn is_met(document: Document<'_>, need: &Need) -> bool {
    match need {
        Need::Channel(permission) => {
            let channels = document.root.at("/permissions/channel").map(Node::entries).unwrap_or_default();
            channels
                .iter()
                .any(|entry| entry.value.items().iter().any(|item| item.as_str() == Some(permission)))
        }
        Need::Signing => {
            let inputs = document.root.at("/configContracts/secretInputs/paths").map(Node::items);
            let mut uses =
                inputs.unwrap_or_default().iter().filter_map(|input| input.get("use")).flat_map(Node::items);
            uses.any(|one| one.get("sign").is_some() && one.get("header").is_none())
        }
        Need::Key(pointer) => {
            let is_filled = |node: &Node| {
                !node.items().is_empty()
                    || !node.entries().is_empty()
                    || node.as_str().is_some()
                    || node.as_bool() == Some(true)
            };
            document.root.at(pointer).is_some_and(is_filled)
        }
    }
}
