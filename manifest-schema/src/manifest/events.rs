//! `events` and `hooks` name what there is.

use crate::document::Document;
use crate::events::{self, EventKind};
use crate::finding::Finding;
use crate::rules;
use crate::suggest;
use crate::tree::Node;

pub(super) fn check(document: Document<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, node) in items(document, "events") {
        findings.extend(name(document, &format!("/events/{index}"), node, EventKind::Observed));
    }
    for (index, hook) in items(document, "hooks") {
        if let Some(node) = hook.get("on") {
            findings.extend(name(document, &format!("/hooks/{index}/on"), node, EventKind::Gate));
        }
        findings.extend(passes_on_failure(document, index, hook));
    }
    findings
}

fn items<'d>(document: Document<'d>, key: &str) -> impl Iterator<Item = (usize, &'d Node)> {
    document.root.get(key).map(Node::items).unwrap_or_default().iter().enumerate()
}

fn name(document: Document<'_>, pointer: &str, node: &Node, wanted: EventKind) -> Vec<Finding> {
    let Some(written) = node.as_str() else { return Vec::new() };
    let modern = events::modern_name(written);
    let mut findings = Vec::new();
    if let Some(modern) = modern {
        let message = format!("`{written}` is an old name of `{modern}`");
        let finding = document.finding(&rules::LEGACY_NAME, pointer, message);
        findings.push(
            finding
                .help(format!("write `{modern}`, here and in the code; `wa plugins migrate` does it here")),
        );
    }
    let name = modern.unwrap_or(written);
    findings.extend(match events::find(name) {
        Some(event) if event.kind != wanted => Some(wrong_list(document, pointer, name, wanted)),
        Some(_) => None,
        None => Some(unknown(document, pointer, name, wanted)),
    });
    findings
}

fn wrong_list(document: Document<'_>, pointer: &str, name: &str, wanted: EventKind) -> Finding {
    let (message, help) = match wanted {
        EventKind::Gate => (
            format!("`{name}` is no gate: it is told after it happened"),
            format!("list it in `events`; the gates are {}", names(EventKind::Gate)),
        ),
        EventKind::Observed => (
            format!("`{name}` is a gate, not an event"),
            format!("stand at it with `hooks: [{{ on: {name} }}]`"),
        ),
    };
    document.finding(&rules::NOT_A_GATE, pointer, message).help(help)
}

fn unknown(document: Document<'_>, pointer: &str, name: &str, wanted: EventKind) -> Finding {
    let first = name.split(['.', ':', '_']).next().unwrap_or_default();
    if events::PRIVATE_PREFIXES.contains(&first) {
        let message = format!("`{name}` can never be subscribed: it may carry what opens the account");
        return document.finding(&rules::PRIVATE_EVENT, pointer, message).help("remove it");
    }
    if name.contains(['*', '#', '>']) {
        let message = format!("`{name}` is a pattern; events are named one by one");
        let help = format!("name those that you need: {}", names(wanted));
        return document.finding(&rules::UNKNOWN_EVENT, pointer, message).help(help);
    }
    let help = suggest::did_you_mean(name, events::EVENTS.iter().map(|event| event.name))
        .unwrap_or_else(|| format!("there are {}", names(wanted)));
    let what = if wanted == EventKind::Gate { "gate" } else { "event" };
    document.finding(&rules::UNKNOWN_EVENT, pointer, format!("there is no {what} `{name}`")).help(help)
}

/// The names that this version of `wa` delivers.
fn names(kind: EventKind) -> String {
    let delivered = events::EVENTS.iter().filter(|event| event.kind == kind);
    delivered.map(|event| event.name).collect::<Vec<_>>().join(", ")
}

fn passes_on_failure(document: Document<'_>, index: usize, hook: &Node) -> Option<Finding> {
    let text = |key: &str| hook.get(key).and_then(Node::as_str);
    let name = text("on").map(|name| events::modern_name(name).unwrap_or(name));
    let risky = name == Some("message.sending")
        && text("onFailure") == Some("pass")
        && text("mode") != Some("observe");
    risky.then(|| {
        let message = "messages go out unchecked whenever this gate fails or is too slow";
        document
            .finding(&rules::FAILURE_PASSES, &format!("/hooks/{index}/onFailure"), message)
            .help("leave `onFailure` out: `block` is the default")
    })
}
