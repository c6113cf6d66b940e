//! Paths into the configuration lead somewhere, and secrets go only where the plugin may send.

use crate::document::Document;
use crate::finding::{Finding, Rule};
use crate::names::Origin;
use crate::rules;
use crate::secrets::path_matches;
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
        findings.extend(named_as_secret(document, &format!("/forward/{index}/sign/secret"), secret));
    }
    for (index, route) in document.root.get("routes").map(Node::items).unwrap_or_default().iter().enumerate()
    {
        let pointer = format!("/routes/{index}/secret");
        findings.extend(path(document, &rules::UNKNOWN_SECRET_PATH, &pointer, route.get("secret")));
        findings.extend(named_as_secret(document, &pointer, route.get("secret")));
        let is_webhook = route.get("auth").and_then(Node::as_str) == Some("webhook");
        if is_webhook && route.get("secret").is_none() {
            let message = "the webhook names no secret that it is signed with";
            let at = format!("/routes/{index}/auth");
            let finding = document.finding(&rules::UNDECLARED_SECRET, &at, message);
            findings.push(finding.help("add `secret: KEY`, the path of a secret in the configuration"));
        }
    }
    findings.extend(secret_values(document));
    findings
}

fn path(document: Document<'_>, rule: &'static Rule, pointer: &str, node: Option<&Node>) -> Option<Finding> {
    let written = node?.as_str()?;
    let help = leads_somewhere(document, written).err()?;
    Some(document.finding(rule, pointer, format!("`configSchema` has no key `{written}`")).help(help))
}

/// The paths of `configContracts.secretInputs`, with what is said of each.
fn secret_inputs(document: Document<'_>) -> impl Iterator<Item = (&str, &Node)> {
    let inputs = document.root.at("/configContracts/secretInputs/paths").map(Node::items).unwrap_or_default();
    inputs.iter().filter_map(|input| Some((input.get("path")?.as_str()?, input)))
}

/// What signs must be known as a secret, so that it is kept like one.
fn named_as_secret(document: Document<'_>, pointer: &str, node: Option<&Node>) -> Option<Finding> {
    let written = node?.as_str()?;
    if secret_inputs(document).any(|(path, _)| path_matches(path, written)) {
        return None;
    }
    let message = format!("`configContracts.secretInputs` does not name the secret `{written}`");
    let finding = document.finding(&rules::UNDECLARED_SECRET, pointer, message);
    Some(finding.help(format!("add `{{ path: {written} }}` to `configContracts.secretInputs.paths`")))
}

/// Reading a secret is asked for as a use and as a permission, which the operator grants.
fn secret_values(document: Document<'_>) -> Vec<Finding> {
    let permitted = document.root.at("/permissions/secretValues").map(Node::items).unwrap_or_default();
    let mut findings = Vec::new();
    for (index, (path, input)) in secret_inputs(document).enumerate() {
        let is_value = input.get("use").and_then(Node::as_str) == Some("value");
        if is_value && !permitted.iter().any(|node| node.as_str() == Some(path)) {
            let message = format!("the code reads the secret `{path}`, which the permissions do not name");
            let pointer = format!("/configContracts/secretInputs/paths/{index}/use");
            let finding = document.finding(&rules::SECRET_VALUE, &pointer, message);
            findings.push(finding.help(format!("add `secretValues: [{path}]` to `permissions`")));
        }
    }
    for (index, node) in permitted.iter().enumerate() {
        let is_read = |path: &str| {
            secret_inputs(document).any(|(known, input)| {
                known == path && input.get("use").and_then(Node::as_str) == Some("value")
            })
        };
        if let Some(path) = node.as_str().filter(|path| !is_read(path)) {
            let message = format!("no secret `{path}` has `use: value`");
            let pointer = format!("/permissions/secretValues/{index}");
            let finding = document.finding(&rules::SECRET_VALUE, &pointer, message);
            findings.push(
                finding.help("name a path of `configContracts.secretInputs` that has it, or remove this"),
            );
        }
    }
    findings
}

/// Follows a dotted path through `properties`, and through what `*` may stand for; else says what there is.
fn leads_somewhere(document: Document<'_>, path: &str) -> Result<(), String> {
    let Some(root) = document.root.get("configSchema") else { return Ok(()) };
    let mut here = vec![root];
    let mut walked = String::new();
    for key in path.split('.') {
        let places: Vec<&Node> = here.iter().map(|node| behind_references(document, node)).collect();
        here = places.iter().flat_map(|place| below(place, key)).collect();
        if here.is_empty() {
            if places.iter().any(|place| is_open(place)) {
                return Ok(());
            }
            let known = places.iter().filter_map(|place| place.get("properties")).flat_map(Node::entries);
            return Err(what_there_is(
                key,
                &walked,
                &known.map(|entry| entry.key.as_str()).collect::<Vec<_>>(),
            ));
        }
        walked = format!("{walked}{key}.");
    }
    Ok(())
}

/// The schemas of what is below a key; `*` is any key or index.
fn below<'d>(schema: &'d Node, key: &str) -> Vec<&'d Node> {
    let properties = schema.get("properties");
    if key != "*" {
        return properties.and_then(|properties| properties.get(key)).into_iter().collect();
    }
    let named = properties.map(Node::entries).unwrap_or_default().iter().map(|entry| &entry.value);
    let others = ["additionalProperties", "items"].into_iter().filter_map(|word| schema.get(word));
    named.chain(others).collect()
}

/// Whether an object may have keys that nothing is said about.
fn is_open(schema: &Node) -> bool {
    schema.get("properties").is_none()
        && schema.get("additionalProperties").is_some_and(|more| more.as_bool() != Some(false))
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
