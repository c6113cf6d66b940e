//! `wa capability …`

use std::io::Read as _;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use manifest_schema::manifest::CapabilityKind;
use runtime_host::client::CapabilityRequest;
use serde_json::{Value, json};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// List and call what the plugins of the running set can do for others
#[derive(Debug, Subcommand)]
pub(crate) enum Capability {
    List(List),
    Call(Call),
}

/// List the capabilities that the running host knows, in the order in which they are asked
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

/// Ask a capability, and print its answer as JSON
#[derive(Debug, Args)]
#[command(
    after_help = "Example: wa capability call textInference '{\"messages\": [{\"role\": \"user\", \"text\": \"hello\"}]}'\n\
                  `wa schema capability/KIND` prints what a kind is asked and what it answers."
)]
pub(crate) struct Call {
    /// The kind
    #[arg(value_parser = kinds())]
    kind: CapabilityKind,

    /// The request, as JSON; `-` reads it from standard input
    #[arg(default_value = "{}")]
    request: String,

    /// Ask this one, and no other in its place
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// Print the answer in chunks as it is made, a JSON text on each line; the last line is the whole
    #[arg(long)]
    stream: bool,
}

/// Reads the name of a kind.
pub(crate) fn kinds() -> impl clap::builder::TypedValueParser<Value = CapabilityKind> {
    PossibleValuesParser::new(CapabilityKind::ALL.map(CapabilityKind::name)).try_map(|name| name.parse())
}

impl Capability {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::List(command) => command.run(context),
            Self::Call(command) => command.run(context),
        }
    }
}

impl List {
    fn run(self, context: &Context) -> Outcome {
        let capabilities = project::running_host(context)?
            .capabilities()
            .map_err(|error| project::host_failure("list the capabilities", &error))?;
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "capabilities": capabilities }))?;
            return Ok(Status::Done);
        }
        for one in capabilities {
            let place = one.place.map_or_else(|| "-".to_owned(), |place| place.to_string());
            let line = format!("{:<22} {place:>2}  {:<24} {}", one.kind.name(), one.id, one.plugin);
            context.printer.data(plain(&line))?;
        }
        Ok(Status::Done)
    }
}

impl Call {
    fn run(self, context: &Context) -> Outcome {
        let request = self.request()?;
        let host = project::running_host(context)?;
        let asked = CapabilityRequest { kind: self.kind, id: self.id, request };
        let mut written = Ok(());
        let mut print = |chunk: Value| {
            if written.is_ok() {
                written = context.printer.data(json!({ "chunk": chunk }));
            }
        };
        let listener: Option<&mut dyn FnMut(Value)> = if self.stream { Some(&mut print) } else { None };
        let outcome = host.stream_capability(&asked, listener);
        let outcome = outcome.map_err(|error| project::host_failure("ask the capability", &error))?;
        written?;
        let answer =
            outcome.map_err(|error| Failure::no(plain(&format!("{} [{}]", error.message, error.code))))?;
        if self.stream {
            context.printer.data(json!(answer))?;
        } else {
            context.printer.data(answer.response)?;
        }
        Ok(Status::Done)
    }

    fn request(&self) -> Outcome<Value> {
        let mut text = self.request.clone();
        if text == "-" {
            text.clear();
            std::io::stdin().read_to_string(&mut text).cannot("read the request from standard input")?;
        }
        serde_json::from_str(&text)
            .map_err(|error| Failure::could_not_run("the request is not JSON").because(&error))
    }
}
