//! `wa schema`

use clap::Args;
use clap::builder::PossibleValuesParser;
use manifest_schema::schemas;

use crate::context::Context;
use crate::failure::Outcome;
use crate::status::Status;

/// Print the JSON Schema of a file format
#[derive(Debug, Args)]
#[command(after_help = "Example: wa schema plugin > wa.plugin.schema.json")]
pub(crate) struct Schema {
    /// Which one
    #[arg(value_parser = PossibleValuesParser::new(schemas::ALL.map(|schema| schema.name)))]
    name: String,
}

impl Schema {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        for schema in schemas::ALL.iter().filter(|schema| schema.name == self.name) {
            context.printer.data_text(schema.text)?;
        }
        Ok(Status::Done)
    }
}
