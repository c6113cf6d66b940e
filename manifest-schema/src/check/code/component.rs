//! The same for a component: its imports say what it calls, a section what it handles.

use super::{Need, declared, described, is_declared, is_met};
use crate::code::HandlerKind;
use crate::component::{self, Component};
use crate::document::Document;
use crate::files::{PackageFiles, resolve};
use crate::finding::Finding;
use crate::rules;
use crate::tree::Node;
use std::collections::BTreeSet;

const ENTRY: &str = "/runtime/entry";

pub(super) fn check(document: Document<'_>, files: &dyn PackageFiles) -> Vec<Finding> {
    let entry = document.root.at(ENTRY).and_then(Node::as_str);
    let path = entry.and_then(|entry| resolve("", entry)).filter(|path| files.contains(path));
    // That there is none is another finding.
    let Some(Ok(bytes)) = path.map(|path| files.read(&path)) else { return Vec::new() };
    match component::inspect(&bytes) {
        Ok(component) => unpermitted(document, &component).chain(handlers(document, &component)).collect(),
        Err(error) => {
            let finding = document.finding(&rules::BAD_COMPONENT, ENTRY, error.to_string());
            vec![finding.help("build it with `wa plugins build`")]
        }
    }
}

/// What an interface needs, and how the manifest says it; `None` where it needs nothing.
fn needs(interface: &str) -> Option<(Need, &'static str)> {
    Some(match interface {
        "channel-send" => (Need::Channel("send"), "`send` under `permissions.channel`"),
        "channel-reply" => (Need::Channel("reply"), "`reply` under `permissions.channel`"),
        "channel-react" => (Need::Channel("react"), "`react` under `permissions.channel`"),
        "channel-media" => (Need::Channel("media"), "`media` under `permissions.channel`"),
        "contacts" => (Need::Channel("contacts.read"), "`contacts.read` under `permissions.channel`"),
        "storage" | "files" => (Need::Key("/permissions/storage"), "`permissions.storage`, such as `1MiB`"),
        "http" => (Need::Key("/permissions/network"), "the origin to `permissions.network`"),
        "secrets" => (
            Need::Signing,
            "`use: [{ sign: hmac-sha256 }]` to the secret under `configContracts.secretInputs`",
        ),
        "tools" => (Need::Key("/agent"), "`agent: true`"),
        "capabilities" => (Need::Key("/permissions/capabilities"), "the kind to `permissions.capabilities`"),
        "capability-stream" => (Need::Key("/capabilities"), "the capability to `capabilities`"),
        "channel-provider" => (Need::Key("/channels"), "the channel to `channels`"),
        _ => return None,
    })
}

fn unpermitted<'a>(
    document: Document<'a>,
    component: &'a Component,
) -> impl Iterator<Item = Finding> + use<'a> {
    component.interfaces.iter().filter_map(move |interface| {
        let (_, what) = needs(interface).filter(|(need, _)| !is_met(document, need))?;
        let message =
            format!("the component imports `wa:plugin/{interface}`, which the manifest does not permit");
        let finding = document.finding(&rules::UNPERMITTED_CALL, ENTRY, message);
        Some(finding.help(format!("add {what} in the manifest, or do not use it")))
    })
}

fn handlers(document: Document<'_>, component: &Component) -> Vec<Finding> {
    let Some(found) = &component.handlers else {
        let message = "the component does not say what it handles; that is compared when it starts";
        return vec![document.finding(&rules::HANDLERS_UNKNOWN, ENTRY, message)];
    };
    let mut findings = Vec::new();
    for kind in HandlerKind::ALL {
        let (declared, none) = (declared(document, kind), BTreeSet::new());
        let handled = found.get(&kind).unwrap_or(&none);
        for (name, pointer) in declared.iter().filter(|(name, _)| !handled.contains(*name)) {
            let message = format!("the component has no handler for {}", described(kind, name));
            let finding = document.finding(&rules::MISSING_HANDLER, pointer, message);
            findings.push(finding.help("add the handler, and build the component again"));
        }
        for name in handled.iter().filter(|name| !is_declared(kind, name, &declared)) {
            let message = format!(
                "the component handles {}, which the manifest does not declare",
                described(kind, name)
            );
            let finding = document.finding(&rules::UNDECLARED_HANDLER, ENTRY, message);
            findings.push(finding.help(format!("declare it under `{}` in the manifest", kind.key())));
        }
    }
    findings
}
