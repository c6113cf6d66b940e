//! The payloads of events, as `wa schema event/NAME` describes them.
//!
//! Fields that a later version of `wa` adds are ignored. Times are RFC 3339.

use serde::{Deserialize, Serialize};

/// Events are about the host, about an account, or about what somebody did in a chat; each sort has fields in common.
macro_rules! event {
    ($(#[$doc:meta])* $name:ident in a chat { $($own:tt)* }) => {
        event! {
            $(#[$doc])*
            $name of an account {
                /// Where it happened: answers go there.
                chat: String,
                /// Who did it.
                from: String,
                /// The name that they go by.
                @default from_name: Option<String>,
                /// The message, vote or reaction itself, as the channel names it.
                id: String,
                /// When it came in.
                received_at: String,
                /// Whether the chat is a group.
                is_group: bool,
                $($own)*
            }
        }
    };
    ($(#[$doc:meta])* $name:ident of an account { $($own:tt)* }) => {
        event! {
            $(#[$doc])*
            $name of the host {
                /// Grows by at least one with every event of the account.
                seq: u64,
                /// The channel, such as `whatsapp`.
                channel: String,
                /// The account on it.
                instance: String,
                $($own)*
            }
        }
    };
    ($(#[$doc:meta])* $name:ident of the host { $($own:tt)* }) => {
        event! {
            $(#[$doc])*
            $name {
                /// Identifies this event for ever; the same where it is repeated.
                event_id: String,
                /// When it happened.
                timestamp: String,
                $($own)*
            }
        }
    };
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $(@$default:ident)? $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* $(#[serde($default)])? pub $field: $type,)+
        }
    };
}

event! {
    /// `message.received`: a message has come in.
    MessageReceived in a chat {
        /// `text` or `media`.
        kind: String,
        /// The text; of a file, what is said about it, or empty.
        text: String,
        /// The message that this one answers.
        @default reply_to: Option<String>,
        /// The file, which follows as [`MediaReceived`].
        @default media: Option<Media>,
    }
}

event! {
    /// A file that came in.
    Media {
        /// `image`, `video`, `audio`, `voice`, `document` or `sticker`.
        kind: String,
        /// Its type, such as `image/jpeg`, as the sender says.
        mime: String,
        /// Its name, as the sender says.
        @default file_name: Option<String>,
        /// Its length in bytes, as the sender says.
        bytes: u64,
        /// Whether [`MessageReceived::text`] is what is spoken in it, put into words by a plugin.
        @default transcribed: bool,
    }
}

event! {
    /// `media.received`: a file has come in and can be read.
    MediaReceived in a chat {
        /// What it is.
        media: Media,
        /// What is said about it.
        @default caption: Option<String>,
        /// For [`Channel::read_media`](crate::Channel::read_media).
        local_path: String,
    }
}

event! {
    /// `message.sent`: a message has left, whoever sent it.
    MessageSent {
        /// What is sent; the same where it is repeated.
        id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
        /// Where it went.
        to: String,
        /// `text`, `reply`, `reaction`, `media`, `voice_note`, `edit`, `revoke` or `poll`.
        kind: String,
        /// The text of a text, reply or edit, or the question of a poll.
        @default text: Option<String>,
        /// The message that a reply, reaction, edit or revocation is about.
        @default reply_to: Option<String>,
        /// The emoji of a reaction; empty takes it back.
        @default emoji: Option<String>,
        /// What is said about a file.
        @default caption: Option<String>,
        /// The file.
        @default media: Option<SentFile>,
        /// The answers of a poll that can be chosen.
        @default options: Vec<String>,
        /// How many of them may be chosen.
        @default choices: Option<u32>,
        /// Who sent it.
        origin: Origin,
        /// When it left.
        sent_at: String,
        /// The message, as the channel names it.
        message_id: String,
    }
}

event! {
    /// A file that was sent.
    SentFile {
        /// Its type, such as `image/jpeg`.
        mime: String,
        /// Its name, where it has one.
        @default file_name: Option<String>,
        /// Its length in bytes.
        bytes: u64,
        /// Its hash, in hexadecimal digits.
        sha256: String,
    }
}

event! {
    /// Who sends a message.
    Origin {
        /// `agent`, `plugin`, `cli`, `rpc` or `host`.
        kind: String,
        /// Which.
        name: String,
    }
}

event! {
    /// `message.ack`: somebody has got, read or played a message.
    MessageAck of an account {
        /// What was sent, as [`MessageSent::id`].
        id: String,
        /// The message, as the channel names it.
        message_id: String,
        /// Where it went.
        to: String,
        /// Who has got it.
        by: String,
        /// `delivered`, `read` or `played`.
        status: String,
    }
}

event! {
    /// `message.edited`: the text of a message was changed.
    MessageEdited in a chat {
        /// The message that was changed.
        target: String,
        /// What it says now.
        text: String,
    }
}

event! {
    /// `message.revoked`: a message was deleted for everybody.
    MessageRevoked in a chat {
        /// The message that is gone.
        target: String,
    }
}

event! {
    /// `reaction.received`: somebody reacted to a message, or took that back.
    ReactionReceived in a chat {
        /// The message.
        target: String,
        /// The emoji; empty where it was taken back.
        emoji: String,
    }
}

event! {
    /// `poll.voted`: somebody voted, or changed the vote.
    PollVoted in a chat {
        /// The poll.
        target: String,
        /// The answers chosen; none where the vote was taken back.
        options: Vec<String>,
    }
}

event! {
    /// `group.updated`: a group that the account is in has changed.
    GroupUpdated of an account {
        /// The group.
        chat: String,
        /// Who changed it, where somebody did.
        @default from: Option<String>,
        /// `added`, `removed`, `promoted`, `demoted`, `renamed`, `described`, `created`, `deleted` or `settings`.
        change: String,
        /// Whom it is about, of the first four.
        @default members: Vec<String>,
        /// The name or the description that it has now.
        @default text: Option<String>,
    }
}

event! {
    /// `client.ready`, `client.disconnected`, `client.reconnecting` and `client.credentials_expired`: what becomes of an
    /// account's connection.
    ClientChanged of an account {
        /// Why, where there is a reason.
        @default reason: Option<String>,
        /// The how-manieth try, of `client.reconnecting`.
        @default attempt: Option<u64>,
    }
}

event! {
    /// `core.starting`, `core.started` and `core.stopping`: what becomes of the host.
    CoreChanged of the host {}
}

event! {
    /// `bridge.timeout`: an agent has not answered in time.
    BridgeTimeout of an account {
        /// Who did not answer.
        agent: String,
        /// Where.
        chat: String,
        /// The message that waits.
        msg_id: String,
        /// For how long, in milliseconds.
        waited_ms: u64,
    }
}

event! {
    /// `agent.finished`: an agent has finished its turn.
    AgentFinished of the host {
        /// Which agent.
        agent: String,
        /// The `message.received` that it answered.
        message_event_id: String,
    }
}

event! {
    /// `tool.called`: a tool was called.
    ToolCalled of the host {
        /// Which.
        tool: String,
        /// `agent:NAME` or `operator`.
        caller: String,
        /// Whether it gave an output.
        ok: bool,
    }
}
