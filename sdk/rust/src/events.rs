//! The payloads of events, as `wa schema event/NAME` describes them.
//!
//! Fields that a later version of `wa` adds are ignored. Times are RFC 3339.

use serde::{Deserialize, Serialize};

macro_rules! event {
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
    MessageReceived {
        /// The event; the same where it is repeated.
        event_id: String,
        /// The channel, such as `whatsapp`.
        channel: String,
        /// The account on it.
        instance: String,
        /// Where it was written: answers go there.
        chat: String,
        /// Who wrote it.
        from: String,
        /// What the writer goes by.
        @default from_name: Option<String>,
        /// The message, as the channel names it.
        id: String,
        /// The text; of a file, what is said about it, or empty.
        text: String,
        /// The message that this one answers.
        @default reply_to: Option<String>,
        /// The file, which follows as [`MediaReceived`].
        @default media: Option<Media>,
        /// When it was written.
        timestamp: String,
        /// When it came in.
        received_at: String,
        /// Whether the chat is a group.
        is_group: bool,
    }
}

event! {
    /// A file that came in.
    Media {
        /// `image`, `video`, `audio`, `voice`, `document` or `sticker`.
        kind: String,
        /// Its type, such as `image/jpeg`.
        mime: String,
        /// Its name, where it has one.
        @default file_name: Option<String>,
        /// Its size.
        bytes: u64,
    }
}

event! {
    /// `media.received`: a file has come in and can be read.
    MediaReceived {
        /// The event.
        event_id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
        /// Where it was sent.
        chat: String,
        /// Who sent it.
        from: String,
        /// The message.
        id: String,
        /// What it is.
        media: Media,
        /// What is said about it.
        @default caption: Option<String>,
        /// For [`Channel::read_media`](crate::Channel::read_media).
        local_path: String,
        /// When it came in.
        received_at: String,
        /// Whether the chat is a group.
        is_group: bool,
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
        /// The text, where it has one.
        @default text: Option<String>,
        /// Who sent it.
        origin: Origin,
        /// When it left.
        sent_at: String,
        /// The message, as the channel names it.
        message_id: String,
    }
}

event! {
    /// Who sends a message.
    Origin {
        /// `agent`, `plugin`, `cli`, `rpc` or `host`.
        kind: String,
        /// Which.
        @default name: Option<String>,
    }
}

event! {
    /// `message.ack`: somebody has got, read or played a message.
    MessageAck {
        /// The event.
        event_id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
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
        /// When.
        timestamp: String,
    }
}

event! {
    /// `message.edited`: the text of a message was changed.
    MessageEdited {
        /// The event.
        event_id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
        /// Where.
        chat: String,
        /// Who did it.
        from: String,
        /// The message that was changed.
        target: String,
        /// What it says now.
        text: String,
        /// When.
        timestamp: String,
    }
}

event! {
    /// `message.revoked`: a message was deleted for everybody.
    MessageRevoked {
        /// The event.
        event_id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
        /// Where.
        chat: String,
        /// Who did it.
        from: String,
        /// The message that is gone.
        target: String,
        /// When.
        timestamp: String,
    }
}

event! {
    /// `reaction.received`: somebody reacted to a message, or took that back.
    ReactionReceived {
        /// The event.
        event_id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
        /// Where.
        chat: String,
        /// Who.
        from: String,
        /// The message.
        target: String,
        /// The emoji; empty where it was taken back.
        emoji: String,
        /// When.
        timestamp: String,
    }
}

event! {
    /// `poll.voted`: somebody voted, or changed the vote.
    PollVoted {
        /// The event.
        event_id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
        /// Where.
        chat: String,
        /// Who.
        from: String,
        /// The poll.
        target: String,
        /// The answers chosen; none where the vote was taken back.
        options: Vec<String>,
        /// When.
        timestamp: String,
    }
}

event! {
    /// `client.ready`, `client.disconnected`, `client.reconnecting` and `client.credentials_expired`: what becomes of an account's connection.
    ClientChanged {
        /// The event.
        event_id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
        /// Why, where there is a reason.
        @default reason: Option<String>,
        /// The how-manieth try, of `client.reconnecting`.
        @default attempt: Option<u64>,
        /// When.
        timestamp: String,
    }
}

event! {
    /// `core.starting`, `core.started` and `core.stopping`: what becomes of the host.
    CoreChanged {
        /// The event.
        event_id: String,
        /// When.
        timestamp: String,
    }
}

event! {
    /// `bridge.timeout`: an agent has not answered in time.
    BridgeTimeout {
        /// The event.
        event_id: String,
        /// The channel.
        channel: String,
        /// The account.
        instance: String,
        /// Who did not answer.
        agent: String,
        /// Where.
        chat: String,
        /// The message that waits.
        msg_id: String,
        /// For how long, in milliseconds.
        waited_ms: u64,
        /// When.
        timestamp: String,
    }
}

event! {
    /// `agent.finished`: an agent has finished its turn.
    AgentFinished {
        /// The event.
        event_id: String,
        /// Which agent.
        agent: String,
        /// The `message.received` that it answered.
        message_event_id: String,
        /// When.
        timestamp: String,
    }
}

event! {
    /// `tool.called`: a tool was called.
    ToolCalled {
        /// The event.
        event_id: String,
        /// Which.
        tool: String,
        /// By whom.
        caller: String,
        /// Whether it did what it was asked.
        ok: bool,
        /// When.
        timestamp: String,
    }
}
