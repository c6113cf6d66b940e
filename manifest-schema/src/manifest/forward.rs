//! `forward`: conversation events only, to receivers that have an origin, one stream to each; and what that asks of the operator.

use super::{Manifest, parts::origin_of};
use crate::document::Document;
use crate::events::FORWARDED;
use crate::finding::Finding;
use crate::permissions::Permissions;
use crate::rules;
use crate::tree::Node;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut receivers = BTreeSet::new();
    let streams = document.root.get("forward").map(Node::items).unwrap_or_default();
    for (index, stream) in streams.iter().enumerate() {
        for (place, event) in stream.get("events").map(Node::items).unwrap_or_default().iter().enumerate() {
            let name = event.as_str().unwrap_or_default();
            if !FORWARDED.contains(&name) {
                let message = format!("`{name}` is not forwarded: it is no part of a conversation");
                let pointer = format!("/forward/{index}/events/{place}");
                let finding = document.finding(&rules::NOT_ALLOWED, &pointer, message);
                findings.push(finding.help(format!("there are {}", FORWARDED.join(", "))));
            }
        }
        let Some(to) = stream.get("to").and_then(Node::as_str) else { continue };
        let pointer = format!("/forward/{index}/to");
        if origin_of(to).is_none() {
            let message = format!("`{to}` is no URL of a receiver");
            let finding = document.finding(&rules::ILL_FORMED, &pointer, message);
            findings.push(finding.help("write `https://`, a host, and perhaps a path"));
        } else if !receivers.insert(to) {
            let message = "two streams have the same receiver";
            let finding = document.finding(&rules::OWNED_TWICE, &pointer, message);
            findings.push(finding.help("put their events into one"));
        }
    }
    findings
}

/// What is forwarded where is a permission like any other: shown, granted, bounded by policy.
pub(super) fn permissions(manifest: &mut Manifest) {
    for forward in &manifest.forward {
        if let Some(origin) = forward.origin() {
            let permitted = manifest.permissions.forward.entry(origin).or_default();
            permitted.extend(forward.events.iter().cloned());
        }
    }
}

/// Writes what stands under `permissions`: what follows from `forward` does not.
pub(super) fn without_forwarding<S: Serializer>(
    permissions: &Permissions,
    into: S,
) -> Result<S::Ok, S::Error> {
    Permissions { forward: BTreeMap::new(), ..permissions.clone() }.serialize(into)
}
