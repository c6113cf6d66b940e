//! Paths into the configuration lead somewhere, and secrets go only where the plugin may send.

use crate::document::Document;
use crate::finding::{Finding, Rule};
use crate::names::Origin;
use crate::rules;
use crate::suggest;
use crate::tree::Node;

/// References followed in a row before giving up.
const MAX_REFERENCES: usize = 16;

pub(super) fn check(document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let contracts = document.root.get("configContracts");
    let secrets = contracts.and_then(|c| c.get("secretInputs")).and_then(|s| s.get("paths"));
    for (index, secret) in secrets.map(Node::items).unwrap_or_default().iter().enumerate() {
        let pointer = format!("/configContracts/secretInputs/paths/{index}");
        findings.extend(path(
            document,
            &rules::UNKNOWN_SECRET_PATH,
            &format!("{pointer}/path"),
            secret.get("path"),
        ));
        findings.extend(secret_origins(document, &pointer, secret));
    }
    let flags = contracts.and_then(|c| c.get("dangerousFlags")).map(Node::items).unwrap_or_default();
    for (index, flag) in flags.iter().enumerate() {
        let pointer = format!("/configContracts/dangerousFlags/{index}/path");
        findings.extend(path(document, &rules::UNKNOWN_CONFIG_PATH, &pointer, flag.get("path")));
    }
    for entry in document.root.get("uiHints").map(Node::entries).unwrap_or_default() {
        if let Err(help) = leads_somewhere(document, &entry.key) {
            let message = format!("`configSchema` has no key `{}`", entry.key);
            let pointer = crate::tree::join("/uiHints", &entry.key);
            let finding = document.finding_at_key(&rules::UNKNOWN_CONFIG_PATH, &pointer, message);
            findings.push(finding.help(help));
        }
    }
    for (index, forward) in
        document.root.get("forward").map(Node::items).unwrap_or_default().iter().enumerate()
    {
        let secret = forward.get("sign").and_then(|sign| sign.get("secret"));
        findings.extend(path(
            document,
            &rules::UNKNOWN_SECRET_PATH,
            &format!("/forward/{index}/sign/secret"),
            secret,
        ));
    }
    for (index, route) in document.root.get("routes").map(Node::items).unwrap_or_default().iter().enumerate()
    {
        let pointer = format!("/routes/{index}/secret");
        findings.extend(path(document, &rules::UNKNOWN_SECRET_PATH, &pointer, route.get("secret")));
    }
    findings
}

fn path(document: Document<'_>, rule: &'static Rule, pointer: &str, node: Option<&Node>) -> Option<Finding> {
    let written = node?.as_str()?;
    let help = leads_somewhere(document, written).err()?;
    Some(document.finding(rule, pointer, format!("`configSchema` has no key `{written}`")).help(help))
}

/// Follows a dotted path through `properties`; else says what there is.
fn leads_somewhere(document: Document<'_>, path: &str) -> Result<(), String> {
    let Some(mut here) = document.root.get("configSchema") else { return Ok(()) };
    let mut walked = String::new();
    for key in path.split('.') {
        here = behind_references(document, here);
        let properties = here.get("properties");
        let open = here.get("additionalProperties").is_some_and(|more| more.as_bool() != Some(false));
        match properties.and_then(|properties| properties.get(key)) {
            Some(next) => {
                here = next;
                walked = format!("{walked}{key}.");
            }
            None if open && properties.is_none() => return Ok(()),
            None => {
                let known = properties.map(Node::entries).unwrap_or_default().iter();
                return Err(what_there_is(
                    key,
                    &walked,
                    &known.map(|entry| entry.key.as_str()).collect::<Vec<_>>(),
                ));
            }
        }
    }
    Ok(())
}

fn what_there_is(key: &str, before: &str, known: &[&str]) -> String {
    match (suggest::nearest(key, known.iter().copied()), known) {
        (Some(near), _) => format!("did you mean `{before}{near}`?"),
        (None, []) => "declare it under `properties` of `configSchema`".to_owned(),
        (None, known) => format!("known keys: {}", known.join(", ")),
    }
}

fn behind_references<'d>(document: Document<'d>, mut node: &'d Node) -> &'d Node {
    for _ in 0..MAX_REFERENCES {
        let target =
            node.get("$ref").and_then(Node::as_str).and_then(|reference| reference.strip_prefix('#'));
        let Some(next) = target.and_then(|pointer| document.root.get("configSchema")?.at(pointer)) else {
            break;
        };
        node = next;
    }
    node
}

fn secret_origins(document: Document<'_>, pointer: &str, secret: &Node) -> Vec<Finding> {
    let network = document.root.at("/permissions/network").map(Node::items).unwrap_or_default();
    let permitted: Vec<Origin> = network.iter().filter_map(|node| node.as_str()?.parse().ok()).collect();
    let uses = secret.get("use").map(Node::items).unwrap_or_default().iter().enumerate();
    uses.filter_map(|(index, usage)| {
        let origin: Origin = usage.get("origin")?.as_str()?.parse().ok()?;
        if permitted.iter().any(|known| known.covers(&origin)) {
            return None;
        }
        let message = format!("the secret goes to {origin}, which `permissions.network` does not name");
        let finding =
            document.finding(&rules::SECRET_ORIGIN, &format!("{pointer}/use/{index}/origin"), message);
        Some(finding.help(format!("add \"{origin}\" to `permissions.network`")))
    })
    .collect()
}
