//! `wa tools …`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// List and call the tools of the running set
#[derive(Debug, Subcommand)]
pub(crate) enum Tools {
    List(List),
    Call(Call),
}

/// List the tools that the running host knows
#[derive(Debug, Args)]
pub(crate) struct List {
    /// What the tool `message` can do on this channel, instead
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,

    #[command(flatten)]
    format: DataFormat,
}

/// Call a tool with a JSON input, and print its output
#[derive(Debug, Args)]
#[command(after_help = "Example: wa tools call order_desk_lookup '{\"number\": \"1002\"}'")]
pub(crate) struct Call {
    /// The tool's name
    name: String,

    /// The input, as JSON
    #[arg(default_value = "{}", value_parser = parse_json)]
    input: Value,
}

fn parse_json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl Tools {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::List(command) => command.run(context),
            Self::Call(command) => command.run(context),
        }
    }
}

impl List {
    fn run(self, context: &Context) -> Outcome {
        if let Some(channel) = &self.channel {
            return self.actions(context, channel);
        }
        let tools = project::running_host(context)?
            .tools()
            .map_err(|error| project::host_failure("list the tools", &error))?;
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "tools": tools }))?;
            return Ok(Status::Done);
        }
        for tool in tools {
            context
                .printer
                .data(plain(&format!("{:<28} {:<20} {}", tool.name, tool.plugin, tool.description)))?;
        }
        Ok(Status::Done)
    }
}

impl List {
    fn actions(&self, context: &Context, channel: &str) -> Outcome {
        let described = project::running_host(context)?
            .message_actions(Some(channel))
            .map_err(|error| project::host_failure("list the actions", &error))?;
        let Some(described) = described.into_iter().next() else {
            return Err(Failure::no(format_args!("there is no channel {channel}")));
        };
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "channel": described }))?;
            return Ok(Status::Done);
        }
        for action in &described.actions {
            let members =
                action.input["properties"].as_object().into_iter().flat_map(|members| members.keys());
            let members: Vec<&str> = members.map(String::as_str).collect();
            let line = format!("message {:<12} {}", action.action.name(), members.join(", "));
            context.printer.data(plain(&line))?;
        }
        Ok(Status::Done)
    }
}

impl Call {
    fn run(self, context: &Context) -> Outcome {
        let host = project::running_host(context)?;
        let output = host.call_tool(&self.name, &self.input).map_err(|error| match &error {
            runtime_host::client::ClientError::Refused { message, .. } => Failure::no(plain(message)),
            _ => project::host_failure("call the tool", &error),
        })?;
        context.printer.data(output.get())?;
        Ok(Status::Done)
    }
}
