//! `wa send`

use std::path::PathBuf;

use clap::Args;
use manifest_schema::names::{ChannelName, InstanceName};
use runtime_host::client::{Body, FileToSend, SendMessage, SendOptions, SendOrigin, hand_over};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Outcome, While as _};
use crate::project;
use crate::status::Status;

/// Send a message through the running host, its gates and its outbox
#[derive(Debug, Args)]
#[command(after_help = "Examples: wa send --to me \"Your order is on its way\"\n          \
                                  wa send --channel whatsapp --to +573001112233 --file invoice.pdf \"Your invoice\"\n          \
                                  wa send --channel whatsapp --to +573001112233 --poll \"Which day?\" --option Monday --option Friday\n\n\
                        Done means that the message is durable in the outbox; `wa status` shows the queue.")]
pub(crate) struct Send {
    /// What to send: a text, what is said about a file, or the question of a poll
    #[arg(required_unless_present_any = ["file", "react", "revoke"])]
    text: Option<String>,

    /// The chat to send to
    #[arg(long, value_name = "CHAT")]
    to: String,

    /// The channel to send on
    #[arg(long, value_name = "NAME", default_value = "console")]
    channel: ChannelName,

    /// The account on the channel
    #[arg(long, value_name = "NAME")]
    instance: Option<InstanceName>,

    /// Your own id for this message; sending it again with the same id changes nothing
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    #[command(flatten)]
    kind: Kind,

    /// With --file: sound, as if spoken into the phone
    #[arg(long, requires = "file", conflicts_with = "text")]
    voice: bool,

    /// With --react: the message to react to
    #[arg(long, value_name = "ID", requires = "react")]
    message: Option<String>,

    /// With --poll: an answer to choose; give 2 to 12
    #[arg(long, value_name = "TEXT", requires = "poll")]
    option: Vec<String>,

    /// With --poll: how many may be chosen
    #[arg(long, value_name = "NUMBER", requires = "poll", default_value_t = 1)]
    choices: u32,

    #[command(flatten)]
    format: DataFormat,
}

/// What is sent instead of a plain text.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Kind {
    /// Answer this message
    #[arg(long, value_name = "ID", requires = "text")]
    reply_to: Option<String>,

    /// React with this emoji; an empty one takes a reaction back
    #[arg(long, value_name = "EMOJI", requires = "message", conflicts_with = "text")]
    react: Option<String>,

    /// Send this file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Give this message, which was sent before, another text
    #[arg(long, value_name = "ID", requires = "text")]
    edit: Option<String>,

    /// Delete this message, which was sent before, for everyone
    #[arg(long, value_name = "ID", conflicts_with = "text")]
    revoke: Option<String>,

    /// Ask a question with answers to choose from
    #[arg(long, requires_all = ["text", "option"])]
    poll: bool,
}

impl Send {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let host = project::running_host(context)?;
        let copy = match &self.kind.file {
            Some(file) => {
                let reading = format_args!("read {}", file.display());
                Some(hand_over(&project::layout(context)?, file).cannot(reading)?)
            }
            None => None,
        };
        let path = copy.as_ref().map(|copy| copy.to_string_lossy().into_owned());
        let message = SendMessage {
            channel: self.channel.to_string(),
            instance: self.instance.map(|name| name.to_string()),
            to: self.to.clone(),
            body: body(self.text, self.kind, path, self.voice, self.message, (self.option, self.choices)),
            options: SendOptions { request_id: self.id, origin: Some(SendOrigin::Cli) },
        };
        let queued =
            host.send(&message).map_err(|error| project::host_failure("send the message", &error))?;
        if self.format.json {
            context.printer.json(&serde_json::json!({ "schemaVersion": 1, "id": queued.id }))?;
        } else {
            context.printer.done("Queued", format_args!("a message to {} as {}", self.to, queued.id));
        }
        Ok(Status::Done)
    }
}

fn body(
    text: Option<String>,
    kind: Kind,
    file_path: Option<String>,
    is_voice: bool,
    reacted_to: Option<String>,
    (options, choices): (Vec<String>, u32),
) -> Body {
    let Kind { reply_to, react, file, edit, revoke, poll } = kind;
    if let Some(message_id) = revoke {
        return Body::Revoke { message_id };
    }
    if let (Some(emoji), Some(message_id)) = (react, reacted_to) {
        return Body::Reaction { message_id, emoji };
    }
    if let Some(file) = file {
        let file_name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let file = FileToSend { file_path, file_name, caption: text, ..FileToSend::default() };
        return if is_voice { Body::VoiceNote(file) } else { Body::Media(file) };
    }
    // The command line says that there is one here.
    let text = text.unwrap_or_default();
    match (reply_to, edit) {
        (Some(reply_to), _) => Body::Reply { reply_to, text },
        (None, Some(message_id)) => Body::Edit { message_id, text },
        (None, None) if poll => Body::Poll { question: text, options, choices },
        (None, None) => Body::Text { text },
    }
}
