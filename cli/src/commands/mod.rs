//! One file per command: its arguments, and the one call of a library that does the work.

mod approvals;
pub(crate) mod audit;
mod bridge;
pub(crate) mod capability;
mod chat;
mod completions;
mod demo;
mod doctor;
mod explain;
mod forward;
mod init;
mod keys;
mod man;
mod of_plugin;
mod plugins;
mod registry;
pub(crate) mod run;
mod schema;
mod secrets;
mod send;
mod setup;
mod simulator;
mod status;
mod tools;
mod trust;

use std::ffi::OsString;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;
use crate::status::{HELP, Status};

/// Every command of `wa`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Demo(demo::Demo),
    #[command(subcommand)]
    Plugins(plugins::Plugins),
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Trust(trust::Trust),
    #[command(subcommand)]
    Registry(registry::Registry),
    #[command(subcommand)]
    Setup(setup::Setup),
    #[command(subcommand)]
    Audit(audit::Audit),
    Run(run::Run),
    Chat(chat::Chat),
    Send(send::Send),
    #[command(subcommand)]
    Tools(tools::Tools),
    #[command(subcommand)]
    Approvals(approvals::Approvals),
    #[command(subcommand)]
    Bridge(bridge::Bridge),
    #[command(subcommand)]
    Forward(forward::Forward),
    #[command(subcommand)]
    Capability(capability::Capability),
    #[command(subcommand)]
    Secrets(secrets::Secrets),
    Status(status::StatusOfHost),
    Simulator(simulator::Simulator),
    Doctor(doctor::Doctor),
    Explain(explain::Explain),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
    /// What the exit codes mean
    #[command(name = "exit-codes", hide = true, before_long_help = HELP)]
    ExitCodes,
    /// A command that a plugin adds
    #[command(external_subcommand)]
    OfPlugin(Vec<OsString>),
}

/// Runs `command`; its status is the process's.
pub(crate) fn run(command: Command, context: &Context) -> Outcome {
    match command {
        Command::Init(command) => command.run(context),
        Command::Demo(command) => command.run(context),
        Command::Plugins(command) => command.run(context),
        Command::Keys(command) => command.run(context),
        Command::Trust(command) => command.run(context),
        Command::Registry(command) => command.run(context),
        Command::Setup(command) => command.run(context),
        Command::Audit(command) => command.run(context),
        Command::Run(command) => command.run(context),
        Command::Chat(command) => command.run(context),
        Command::Send(command) => command.run(context),
        Command::Tools(command) => command.run(context),
        Command::Approvals(command) => command.run(context),
        Command::Bridge(command) => command.run(context),
        Command::Forward(command) => command.run(context),
        Command::Capability(command) => command.run(context),
        Command::Secrets(command) => command.run(context),
        Command::Status(command) => command.run(context),
        Command::Simulator(command) => command.run(context),
        Command::Doctor(command) => command.run(context),
        Command::Explain(command) => command.run(context),
        Command::Schema(command) => command.run(context),
        Command::Completions(command) => command.run(context),
        Command::Man(command) => command.run(context),
        Command::OfPlugin(words) => of_plugin::run(&words, context),
        Command::ExitCodes => {
            context.printer.data_text(HELP)?;
            Ok(Status::Done)
        }
    }
}
