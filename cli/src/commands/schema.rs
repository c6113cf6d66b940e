//! `wa schema`

use clap::{Args, ValueEnum};
use manifest_schema::schemas;

use crate::context::Context;
use crate::failure::Outcome;
use crate::status::Status;

/// Print a JSON Schema
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which one
    name: SchemaName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaName {
    /// wa.plugin.yaml
    Plugin,
    /// wa.yaml
    Project,
    /// wa.lock
    Lock,
}

impl Schema {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        context.printer.data_text(match self.name {
            SchemaName::Plugin => schemas::PLUGIN,
            SchemaName::Project => schemas::PROJECT,
            SchemaName::Lock => schemas::LOCK,
        })?;
        Ok(Status::Done)
    }
}
