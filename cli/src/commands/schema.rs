//! `wa schema`

use clap::Args;
use clap::builder::PossibleValuesParser;
use manifest_schema::contract::Contract;
use manifest_schema::schemas;

use crate::context::Context;
use crate::failure::Outcome;
use crate::status::Status;

/// Print the JSON Schema of a file format or of a capability's contract
#[derive(Debug, Args)]
#[command(after_help = "Example: wa schema plugin > wa.plugin.schema.json")]
pub(crate) struct Schema {
    /// Which one
    #[arg(value_parser = PossibleValuesParser::new(names()))]
    name: String,
}

/// The files' names, and those of the contracts of capabilities.
fn names() -> impl Iterator<Item = String> {
    let contracts = Contract::all().iter().map(contract_name);
    schemas::ALL.iter().map(|schema| schema.name.to_owned()).chain(contracts)
}

fn contract_name(contract: &Contract) -> String {
    format!("capability/{}", contract.kind)
}

impl Schema {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        for schema in schemas::ALL.iter().filter(|schema| schema.name == self.name) {
            context.printer.data_text(schema.text)?;
        }
        for contract in Contract::all().iter().filter(|contract| contract_name(contract) == self.name) {
            context.printer.data_text(contract.text)?;
        }
        Ok(Status::Done)
    }
}
