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
