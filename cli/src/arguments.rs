//! The command line as a whole. Each command's own arguments stand beside its code.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser};

use crate::commands::Command;
use crate::terminal::{ColorChoice, Verbosity};

/// Scaffold, check, sign, install and run messaging-agent plugins, each in its own sandbox.
#[derive(Debug, Parser)]
#[command(name = "wa", version, max_term_width = 100, disable_help_subcommand = false)]
#[command(after_help = "Start with `wa demo`. Every flag can be set as WA_<FLAG> in the environment. \
                        `wa help exit-codes` lists what the exit codes mean.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The project's folder, instead of the nearest one upwards that holds a wa.yaml
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,

    /// Use no network; what was fetched before is taken from the cache
    #[arg(long, global = true)]
    pub(crate) offline: bool,

    /// Print data and errors only
    #[arg(short, long, global = true)]
    quiet: bool,

    /// Say more about what is done
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,

    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

impl Global {
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

/// Whether data is printed for people or as JSON. Flattened into every command that prints data.
#[derive(Debug, Args)]
pub(crate) struct DataFormat {
    /// Print the data as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The definition of the whole command line, with its environment variables.
pub(crate) fn command() -> clap::Command {
    with_environment(Arguments::command())
}

/// The arguments of this process.
pub(crate) fn parse() -> Result<Arguments, clap::Error> {
    let matches = command().try_get_matches()?;
    Arguments::from_arg_matches(&matches)
}

/// Gives every flag its `WA_…` variable, so that none can be forgotten.
fn with_environment(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| match arg.get_long() {
            Some(long) if !matches!(arg.get_action(), ArgAction::Help | ArgAction::Version) => {
                let variable = format!("WA_{}", long.replace('-', "_").to_uppercase());
                // A switch is on for any word but those that mean no, as in other tools.
                let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
                let arg = arg.env(variable).hide_env(true);
                if is_switch { arg.value_parser(FalseyValueParser::new()) } else { arg }
            }
            _ => arg,
        })
        .mut_subcommands(with_environment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifest_schema::check::reachable::OWN_COMMANDS;

    /// A plugin that takes a name of these is told so before anybody installs it.
    #[test]
    fn every_command_is_known_to_be_taken() {
        let command = command();
        let unknown: Vec<&str> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .filter(|name| !OWN_COMMANDS.contains(name))
            .collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }
}
