//! Schedules that can be due, pages that somebody serves, and names that are not `wa`'s own.

use crate::document::Document;
use crate::finding::Finding;
use crate::rules;
use crate::timetable::{Timetable, TimetableError};
use crate::tree::Node;

/// The commands of `wa` itself, which always win.
pub const OWN_COMMANDS: [&str; 30] = [
    "approvals",
    "audit",
    "bridge",
    "capability",
    "chat",
    "completions",
    "config",
    "demo",
    "doctor",
    "exit-codes",
    "explain",
    "forward",
    "help",
    "init",
    "keys",
    "logs",
    "man",
    "mcp",
    "plugins",
    "queue",
    "registry",
    "run",
    "schema",
    "secrets",
    "send",
    "setup",
    "simulator",
    "status",
    "tools",
    "trust",
];
/// First words of the API's own methods.
pub const OWN_METHODS: [&str; 16] = [
    "approvals",
    "audit",
    "bridge",
    "bus",
    "capability",
    "commands",
    "config",
    "forward",
    "host",
    "message",
    "pages",
    "plugins",
    "queue",
    "secrets",
    "status",
    "tools",
];

pub(super) fn check(document: Document<'_>) -> Vec<Finding> {
    let mut findings = schedules(document);
    findings.extend(pages(document));
    findings.extend(commands(document));
    findings.extend(methods(document));
    findings
}

fn items<'d>(document: Document<'d>, key: &str) -> impl Iterator<Item = (usize, &'d Node)> {
    document.root.get(key).map(Node::items).unwrap_or_default().iter().enumerate()
}

fn schedules(document: Document<'_>) -> Vec<Finding> {
    let wrong = items(document, "schedules").filter_map(|(index, schedule)| {
        let cron = schedule.get("cron")?.as_str()?;
        let zone = schedule.get("timezone").and_then(Node::as_str);
        let error = Timetable::new(cron, zone).err()?;
        let member = if matches!(error, TimetableError::Zone(_)) { "timezone" } else { "cron" };
        let pointer = format!("/schedules/{index}/{member}");
        Some(document.finding(&rules::BAD_SCHEDULE, &pointer, error.to_string()))
    });
    wrong.collect()
}

/// A page is what the route of its path answers to GET.
fn pages(document: Document<'_>) -> Vec<Finding> {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let serves = |route: &Node, path: &str| {
        let is_get = |methods: &Node| methods.items().iter().any(|method| method.as_str() == Some("GET"));
        text(route, "path").as_deref() == Some(path) && route.get("methods").is_none_or(is_get)
    };
    let unserved = items(document, "pages").filter_map(|(index, page)| {
        let path = text(page, "path")?;
        if items(document, "routes").any(|(_, route)| serves(route, &path)) {
            return None;
        }
        let message = format!("nothing serves the page `{path}`");
        let finding = document.finding(&rules::PAGE_WITHOUT_ROUTE, &format!("/pages/{index}/path"), message);
        Some(
            finding.help(format!(
                "declare the route: `routes: [{{ path: {path} }}]`, and answer it with `html`"
            )),
        )
    });
    unserved.collect()
}

fn commands(document: Document<'_>) -> Vec<Finding> {
    let own = items(document, "commands").filter_map(|(index, command)| {
        let name = command.get("name")?.as_str().filter(|name| OWN_COMMANDS.contains(name))?;
        let message = format!("`wa {name}` is a command of wa itself");
        Some(document.finding(&rules::RESERVED_NAME, &format!("/commands/{index}/name"), message))
    });
    own.collect()
}

fn methods(document: Document<'_>) -> Vec<Finding> {
    let own = items(document, "rpc").filter_map(|(index, method)| {
        let first = method.get("method")?.as_str()?.split('.').next()?;
        let first = OWN_METHODS.iter().find(|own| **own == first)?;
        let message = format!("methods that begin with `{first}.` are wa's own");
        Some(document.finding(&rules::RESERVED_NAME, &format!("/rpc/{index}/method"), message))
    });
    own.collect()
}
