//! The closed lists of words that records are made of.

use std::{fmt, str::FromStr};

/// A closed set of words, each with the text that records have.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in the log.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    format!("`{text}` is none of {}", known.join(", "))
                })
            }
        }
    };
}

words! {
    /// What was done, or was to be done.
    Action {
        /// The log begins.
        AuditCreate = "audit.create",
        /// A torn last line was cut off.
        AuditRecover = "audit.recover",
        /// The log takes over from one that was changed or damaged.
        AuditReplace = "audit.replace",
        /// Records were lost because they came faster than the disk took them.
        AuditMissed = "audit.missed",
        /// The host starts.
        HostStart = "host.start",
        /// The host stops, cleanly.
        HostStop = "host.stop",
        /// The host takes the project anew.
        HostReload = "host.reload",
        /// A worker is started.
        WorkerStart = "worker.start",
        /// A worker was killed, or ended by itself.
        WorkerEnd = "worker.end",
        /// A plugin is given up.
        WorkerQuarantine = "worker.quarantine",
        /// A host call was refused.
        HostCallRefuse = "host_call.refuse",
        /// A gate changed a message.
        GateChange = "gate.change",
        /// A gate stopped a message.
        GateBlock = "gate.block",
        /// A gate failed.
        GateFail = "gate.fail",
        /// A message goes out.
        MessageSend = "message.send",
        /// A message was given up on.
        MessageGiveUp = "message.give_up",
        /// A tool with side effects is called.
        ToolCall = "tool.call",
        /// A plugin is installed for the first time.
        PluginInstall = "plugin.install",
        /// Another version of a plugin is installed.
        PluginUpdate = "plugin.update",
        /// An older version of a plugin is taken back.
        PluginRollback = "plugin.rollback",
        /// An author's directory is linked.
        PluginLink = "plugin.link",
        /// A plugin gets its permissions.
        PluginGrant = "plugin.grant",
        /// A plugin is removed.
        PluginUninstall = "plugin.uninstall",
        /// A plugin may run.
        PluginEnable = "plugin.enable",
        /// A plugin may not run.
        PluginDisable = "plugin.disable",
        /// A publisher's keys are trusted.
        TrustAdd = "trust.add",
        /// A publisher is forgotten.
        TrustRemove = "trust.remove",
        /// A publisher's keys are trusted no more.
        TrustRevoke = "trust.revoke",
        /// A publisher's new key takes over from its old one.
        TrustRotate = "trust.rotate",
        /// The root of a registry is pinned.
        TrustRootAdd = "trust.root_add",
        /// The root of a registry is forgotten.
        TrustRootRemove = "trust.root_remove",
        /// A signing key is made.
        KeyNew = "key.new",
        /// A publisher states that it signs with another key.
        KeyRotate = "key.rotate",
        /// Somebody tries to pair an account.
        PairingStart = "pairing.start",
        /// An account is paired.
        PairingDone = "pairing.done",
        /// An account was not paired.
        PairingFail = "pairing.fail",
        /// An account is paired that takes over from one that was.
        PairingReplace = "pairing.replace",
        /// A code is made that a program can be paired with.
        BridgePair = "bridge.pair",
        /// A program redeems a code for a token.
        BridgeRedeem = "bridge.redeem",
        /// A program's token is taken back.
        BridgeRevoke = "bridge.revoke",
        /// A token is used for what it is not for, or is nobody's.
        TokenRefuse = "token.refuse",
        /// A receiver contradicts a forward stream.
        ForwardStop = "forward.stop",
        /// Something waits for an approval.
        ApprovalRequest = "approval.request",
        /// Somebody answered.
        ApprovalAnswer = "approval.answer",
        /// Nobody answered in time.
        ApprovalExpire = "approval.expire",
        /// A secret is used on a plugin's behalf.
        SecretUse = "secret.use",
        /// The secrets are read anew.
        SecretReload = "secret.reload",
        /// A method of the API is called that changes something.
        RpcCall = "rpc.call",
        /// A setting is changed.
        ConfigChange = "config.change",
    }
}

words! {
    /// How it ended. What is `done` was recorded before it was done; where it then fails, a second record says `failed`.
    Outcome {
        /// It is done.
        Done = "done",
        /// A rule or a person said no.
        Refused = "refused",
        /// It was tried and did not work.
        Failed = "failed",
    }
}

words! {
    /// What is said beside that. The names are fixed, so that nobody can slip in what has no place in the log.
    Detail {
        /// Bytes.
        Bytes = "bytes",
        /// On whose behalf.
        Caller = "caller",
        /// Plugins that changed.
        Changed = "changed",
        /// A channel.
        Channel = "channel",
        /// A word for why, for programs.
        Code = "code",
        /// How many.
        Count = "count",
        /// A digest.
        Digest = "digest",
        /// Permissions that are no longer given.
        Dropped = "dropped",
        /// Until when, RFC 3339.
        Expires = "expires",
        /// A publisher's or a log's former key, or a former version.
        From = "from",
        /// A gate.
        Gate = "gate",
        /// The account of a channel.
        Instance = "instance",
        /// Plugins that stay as they were.
        Kept = "kept",
        /// Fingerprints of keys.
        Keys = "keys",
        /// What sort.
        Kind = "kind",
        /// A host call's or the API's method.
        Method = "method",
        /// Who or what a message comes from, or an origin on the network.
        Origin = "origin",
        /// Names of packages.
        Packages = "packages",
        /// Permissions, in words.
        Permissions = "permissions",
        /// A process.
        Pid = "pid",
        /// A publisher.
        Publisher = "publisher",
        /// Why, in the host's own words.
        Reason = "reason",
        /// How many similar ones were not recorded since the last.
        Similar = "similar",
        /// Where a package is from.
        Source = "source",
        /// How many keys must agree.
        Threshold = "threshold",
        /// How far a package is trusted.
        Trust = "trust",
        /// A version.
        Version = "version",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_dotted_unique_and_read_back() {
        for action in Action::ALL {
            assert!(action.as_str().split('.').count() == 2, "{action}");
            assert_eq!(action.as_str().parse(), Ok(*action));
        }
        let mut words: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Action::ALL.len());
        assert!("message.text".parse::<Action>().unwrap_err().contains("message.send"));
    }
}
