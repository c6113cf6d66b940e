//! `wa approvals`

use clap::{Args, Subcommand};
use runtime_host::client::{ApprovalInfo, ClientError};
use serde_json::json;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// Decide on calls of tools that a plugin's gate has held
#[derive(Debug, Subcommand)]
#[command(
    after_help = "What nobody answers in time is denied. `approvals.chat` in wa.yaml names a chat that is asked, too."
)]
pub(crate) enum Approvals {
    List(List),
    Allow(Allow),
    Deny(Deny),
}

/// List what waits for a person
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

/// Let a call go on
#[derive(Debug, Args)]
pub(crate) struct Allow {
    /// The id, as `wa approvals list` shows it
    id: String,
}

/// Stop a call
#[derive(Debug, Args)]
pub(crate) struct Deny {
    /// The id, as `wa approvals list` shows it
    id: String,

    /// Why, for the caller
    #[arg(long)]
    reason: Option<String>,
}

impl Approvals {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::List(command) => command.run(context),
            Self::Allow(command) => answer(context, &command.id, true, None),
            Self::Deny(command) => answer(context, &command.id, false, command.reason.as_deref()),
        }
    }
}

impl List {
    fn run(self, context: &Context) -> Outcome {
        let waiting = project::running_host(context)?.approvals();
        let waiting = waiting.map_err(|error| project::host_failure("list the approvals", &error))?;
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "approvals": waiting }))?;
            return Ok(Status::Done);
        }
        for ApprovalInfo { id, asked_by, title, description, subject, expires, .. } in waiting {
            context.printer.data(plain(&format!("{id}  {title}  (asked by {asked_by}, until {expires})")))?;
            if !description.is_empty() {
                context.printer.data(plain(&format!("    {description}")))?;
            }
            context.printer.data(plain(&format!("    {}", serde_json::Value::Object(subject))))?;
        }
        Ok(Status::Done)
    }
}

fn answer(context: &Context, id: &str, allow: bool, reason: Option<&str>) -> Outcome {
    let host = project::running_host(context)?;
    host.answer_approval(id, allow, reason).map_err(|error| match &error {
        ClientError::Refused { message, .. } => Failure::no(plain(message)),
        _ => project::host_failure("answer", &error),
    })?;
    context.printer.done(if allow { "Allowed" } else { "Denied" }, id);
    Ok(Status::Done)
}
