//! `wa setup`

mod pair_whatsapp;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

/// Prepare what a project needs from outside
#[derive(Debug, Subcommand)]
pub(crate) enum Setup {
    /// Pair an account of a channel with this machine
    #[command(subcommand)]
    Pair(Pair),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Pair {
    Whatsapp(pair_whatsapp::PairWhatsApp),
}

impl Setup {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Pair(Pair::Whatsapp(command)) => command.run(context),
        }
    }
}
