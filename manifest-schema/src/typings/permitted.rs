//! The second argument of handlers: what the manifest permits, and no more.

use super::schema::{Defaults, type_of};
use crate::contract::{Contract, Part};
use crate::manifest::{Manifest, SecretUse};
use crate::permissions::ChannelPermission;

/// The interface `Context`, and those that it is made of.
pub(super) fn context(manifest: &Manifest) -> Vec<String> {
    let mut declarations = Vec::new();
    let mut parts = vec!["Always"];
    let channel = channel_parts(manifest);
    if !channel.is_empty() {
        declarations.push(format!(
            "/** What may be done on channels. */\nexport interface Channel extends {} {{}}",
            channel.join(", ")
        ));
        declarations.push(
            "export interface OnChannels {\n  /** As far as `permissions.channel` goes. */\n  readonly channel: Channel;\n}"
                .to_owned(),
        );
        parts.push("OnChannels");
    }
    declarations.push(asked(manifest));
    let permissions = &manifest.permissions;
    for (part, is_permitted) in [
        ("Storing", permissions.storage.is_some()),
        ("Fetching", !permissions.network.is_empty()),
        ("Asking", !permissions.capabilities.is_empty()),
        ("Signing", signs(manifest)),
    ] {
        parts.extend(is_permitted.then_some(part));
    }
    declarations.push(format!(
        "/** What every handler gets as its second argument: what the manifest permits, and no more. */\n\
         export interface Context extends {} {{}}",
        parts.join(", ")
    ));
    declarations
}

fn channel_parts(manifest: &Manifest) -> Vec<&'static str> {
    let permitted = |wanted| manifest.permissions.channel.values().any(|granted| granted.contains(&wanted));
    let part = |permission: ChannelPermission| match permission {
        ChannelPermission::Send => Some("Sending"),
        ChannelPermission::Reply => Some("Replying"),
        ChannelPermission::React => Some("Reacting"),
        ChannelPermission::Media => Some("SendingFiles"),
        ChannelPermission::ContactsRead => Some("ReadingContacts"),
        // Groups come with events; there is nothing to call.
        ChannelPermission::GroupsRead => None,
    };
    let granted = ChannelPermission::ALL.into_iter().filter(|permission| permitted(*permission));
    granted.filter_map(part).chain((!manifest.channels.is_empty()).then_some("Receiving")).collect()
}

fn asked(manifest: &Manifest) -> String {
    let kinds = manifest.permissions.capabilities.iter().map(|kind| {
        let contract = Contract::of(*kind);
        let part = |part| {
            contract.schema(part).map_or("never".to_owned(), |schema| type_of(&schema, Defaults::Absent))
        };
        format!("{kind}: {{ request: {}; response: {} }};", part(Part::Request), part(Part::Response))
    });
    super::interface(
        "Asked",
        "The kinds of capability that may be asked, with what travels.",
        kinds.collect(),
    )
}

fn signs(manifest: &Manifest) -> bool {
    let inputs = manifest.config_contracts.secret_inputs.iter().flat_map(|inputs| &inputs.paths);
    let mut uses = inputs.flat_map(|input| input.uses.handle());
    uses.any(|one| matches!(one, SecretUse::Sign { .. }))
}
