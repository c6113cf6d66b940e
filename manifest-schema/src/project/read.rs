//! Reading a project file.

use super::policy::Layer;
use super::{Binding, Policy, Project};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::names::AgentName;
use crate::source::Source;
use crate::{rules, schemas, tree};
use std::collections::HashMap;

/// Reads a project file: syntax, schema, types, and what can be told without the plugins.
///
/// The project is there if no finding is an error. All schema errors are found at once.
pub fn read(source: &Source) -> (Option<Project>, Vec<Finding>) {
    let root = match tree::parse(source) {
        Ok(root) => root,
        Err(finding) => return (None, vec![finding]),
    };
    let document = Document { source, root: &root };
    let value = root.to_json();
    let findings = schemas::PROJECT.check(document, &value);
    if !findings.is_empty() {
        return (None, findings);
    }
    let project: Project = match schemas::PROJECT.typed(document, value) {
        Ok(project) => project,
        Err(finding) => return (None, vec![finding]),
    };
    let mut findings = two_agents_on_one_account(&project, document);
    findings.extend(allowed_and_denied(&project, document));
    findings.extend(open_server(&project, document));
    findings.extend(two_accounts_as_one(&project, document));
    let usable = findings.iter().all(|finding| finding.severity < Severity::Error);
    (usable.then_some(project), findings)
}

/// Reads a policy that stands above projects, and tightens with it what a project permits. The file has `schema` and
/// `policy` as a project file has them, and nothing else. With an error among the findings nothing was tightened, and
/// nothing may be permitted.
pub fn tighten(policy: &mut Policy, source: &Source) -> Vec<Finding> {
    let root = match tree::parse(source) {
        Ok(root) => root,
        Err(finding) => return vec![finding],
    };
    let document = Document { source, root: &root };
    let value = root.to_json();
    let mut findings = schemas::PROJECT.check(document, &value);
    let keys = value.as_object().into_iter().flat_map(serde_json::Map::keys);
    findings.extend(keys.filter(|key| !matches!(key.as_str(), "schema" | "policy")).map(|key| {
        let message = format!("a policy above projects has `schema` and `policy`, not `{key}`");
        document.finding(&rules::DOES_NOT_FIT, &format!("/{key}"), message)
    }));
    if findings.is_empty() {
        let layer = value.get("policy").cloned().map(serde_json::from_value::<Layer>);
        match layer.transpose() {
            Ok(layer) => policy.tighten(layer.unwrap_or_default()),
            Err(error) => findings.push(document.finding(&rules::DOES_NOT_FIT, "/policy", error.to_string())),
        }
    }
    findings
}

fn two_agents_on_one_account(project: &Project, document: Document<'_>) -> Vec<Finding> {
    let mut owners: HashMap<&Binding, &AgentName> = HashMap::new();
    let mut findings = Vec::new();
    for (name, agent) in &project.agents {
        for (index, binding) in agent.bindings.iter().enumerate() {
            if let Some(other) = owners.insert(binding, name) {
                let Binding { channel, instance } = binding;
                let message =
                    format!("instance `{instance}` of `{channel}` is bound to agent `{other}` already");
                let pointer = format!("/agents/{name}/bindings/{index}");
                findings.push(document.finding(&rules::BOUND_TWICE, &pointer, message));
            }
        }
    }
    findings
}

fn allowed_and_denied(project: &Project, document: Document<'_>) -> Vec<Finding> {
    let plugins = &project.plugins;
    let both = plugins.allow.iter().enumerate().filter(|(_, id)| plugins.deny.contains(id));
    both.map(|(index, id)| {
        let message = format!("`{id}` is both allowed and denied; denied wins");
        document.finding(&rules::ALLOWED_AND_DENIED, &format!("/plugins/allow/{index}"), message)
    })
    .collect()
}

/// Two WhatsApp accounts of one name, or with their keys in one place.
pub(super) fn two_accounts_as_one(project: &Project, document: Document<'_>) -> Vec<Finding> {
    let accounts = &project.channels.whatsapp;
    let mut findings = Vec::new();
    for (index, account) in accounts.iter().enumerate() {
        let before = &accounts[..index];
        if before.iter().any(|other| other.instance == account.instance) {
            let message = format!("there is a WhatsApp account `{}` already", account.instance);
            let pointer = format!("/channels/whatsapp/{index}");
            findings.push(document.finding(&rules::INSTANCE_TWICE, &pointer, message));
        }
        if account.session_dir.is_some()
            && before.iter().any(|other| other.session_dir == account.session_dir)
        {
            let message = "another WhatsApp account has its keys there".to_owned();
            let pointer = format!("/channels/whatsapp/{index}/session_dir");
            findings.push(document.finding(&rules::SESSION_SHARED, &pointer, message));
        }
    }
    findings
}

fn open_server(project: &Project, document: Document<'_>) -> Option<Finding> {
    let bind = project.server.bind;
    if bind.ip().is_loopback() {
        return None;
    }
    let message = format!("the gateway at {bind} can be reached from other machines");
    let help = "bind it to 127.0.0.1 and put a proxy with TLS in front of it";
    Some(document.finding(&rules::OPEN_SERVER, "/server/bind", message).help(help))
}
