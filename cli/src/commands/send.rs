//! `wa send`

use clap::Args;
use manifest_schema::names::{ChannelName, InstanceName};
use runtime_host::client::{SendMessage, SendOrigin};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::Outcome;
use crate::project;
use crate::status::Status;

/// Send a message through the running host, its gates and its outbox
#[derive(Debug, Args)]
#[command(after_help = "Example: wa send --to me \"Your order is on its way\"\n\n\
                        Done means that the message is durable in the outbox; `wa status` shows the queue.")]
pub(crate) struct Send {
    /// What to send
    text: String,

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
    format: DataFormat,
}

impl Send {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let host = project::running_host(context)?;
        let message = SendMessage {
            channel: self.channel.to_string(),
            instance: self.instance.map(|name| name.to_string()),
            to: self.to.clone(),
            text: self.text,
            request_id: self.id,
            origin: Some(SendOrigin::Cli),
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
