//! Checks of the accounts of channels: paired, answered for, open to whom.

use channel_whatsapp::Session;
use manifest_schema::finding::Finding;
use manifest_schema::project::{Project, WhatsAppChannel};
use manifest_schema::rules;

use super::check::{Seen, Verdict, because, plural};
use super::scene::Scene;

/// The WhatsApp accounts that the project uses.
pub(super) fn accounts(scene: &Scene) -> Verdict {
    let project = scene.project()?;
    let enabled = || project.channels.whatsapp.iter().filter(|account| account.enabled);
    let findings = enabled().flat_map(|account| examine(scene, project, account));
    let findings: Vec<Finding> =
        findings.map(|finding| finding.in_file(scene.layout.project_file())).collect();
    let summary = match enabled().count() {
        0 => "no account but the console".to_owned(),
        count => format!("{} on WhatsApp", plural(count, "account")),
    };
    Ok(Seen::new(summary).with(findings))
}

fn examine(scene: &Scene, project: &Project, account: &WhatsAppChannel) -> Vec<Finding> {
    let name = &account.instance;
    let agent = project.whatsapp_agent(name);
    let session = Session::of(&project.whatsapp_session(&scene.layout, account));
    let mut findings = Vec::new();
    match session.credentials() {
        Ok(Some(credentials)) if credentials.is_paired() => {}
        Ok(_) => {
            let named = agent.map_or("AGENT", |agent| agent.as_str());
            let finding =
                Finding::new(&rules::NOT_PAIRED, format!("WhatsApp account `{name}` is not paired"));
            findings.push(finding.help(format!("pair it: `wa setup pair whatsapp --agent {named}`")));
        }
        Err(error) => {
            let what = because(format_args!("WhatsApp account `{name}` cannot be used"), &error);
            findings.push(Finding::new(&rules::UNREADABLE_STATE, what));
        }
    }
    if agent.is_none() {
        let message = format!("no agent answers on WhatsApp account `{name}`");
        findings.push(Finding::new(&rules::ACCOUNT_WITHOUT_AGENT, message));
    } else if account.acl.allow_list.is_empty() {
        let message = format!("anybody can write to the agent on WhatsApp account `{name}`");
        let help = "name those who may in `acl.allow_list`, if that is not meant";
        findings.push(Finding::new(&rules::OPEN_ACCOUNT, message).help(help));
    }
    let unknown = account.allow_agents.iter().filter(|agent| !project.agents.contains_key(*agent));
    findings.extend(unknown.map(|agent| {
        let message = format!("WhatsApp account `{name}` allows the agent `{agent}`, which there is not");
        Finding::new(&rules::UNKNOWN_AGENT, message)
    }));
    findings.extend(no_transcriber(scene, account));
    findings
}

/// Whether an account wants voice messages put into words that nobody puts.
fn no_transcriber(scene: &Scene, account: &WhatsAppChannel) -> Option<Finding> {
    let WhatsAppChannel { instance, transcriber, .. } = account;
    let key = format!("mediaUnderstanding/{}", transcriber.skill);
    let mut plugins = scene.installed().ok()?.plugins.iter().filter_map(|plugin| plugin.plugin.as_ref().ok());
    if !transcriber.enabled || plugins.any(|plugin| plugin.manifest.capability_keys().any(|has| has == key)) {
        return None;
    }
    let message =
        format!("WhatsApp account `{instance}` wants voice messages in words, and no plugin has {key}");
    Some(Finding::new(&rules::NO_TRANSCRIBER, message))
}
