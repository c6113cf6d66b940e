//! `wa registry …`

mod build;
mod expiry;
mod serve;
mod sign;

pub(crate) use expiry::Expiry;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

/// Make and serve a registry of your own
#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    Build(build::Build),
    Sign(sign::Sign),
    Serve(serve::Serve),
}

impl Registry {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Build(command) => command.run(context),
            Self::Sign(command) => command.run(context),
            Self::Serve(command) => command.run(context),
        }
    }
}
