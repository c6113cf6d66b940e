//! `wa`: the toolchain and the sandboxed host for messaging-agent plugins.
//!
//! This crate turns arguments into calls of the libraries and renders what they return. The rules of the domain live
//! in `manifest-schema`, `registry-index` and `runtime`.

mod arguments;
mod audit;
mod commands;
mod completion;
mod context;
mod contract;
mod doctor;
mod failure;
mod fetching;
mod findings;
mod project;
mod scenario;
mod secrets;
mod status;
mod terminal;

use std::process::ExitCode;

/// The hidden first argument that turns this process into a plugin's sandboxed worker.
const WORKER: &str = "__worker";

/// The whole of `wa`: what this process was started for, and its exit code.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|argument| argument == WORKER)
        && let Some(role) = runtime_worker::Role::of(arguments)
    {
        return runtime_worker::run(role);
    }
    clap_complete::CompleteEnv::with_factory(arguments::command).complete();
    let arguments = match arguments::parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not errors; clap knows which is which.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let context = context::Context::from_process(&arguments.global);
    match commands::run(arguments.command, &context) {
        Ok(status) => status.into(),
        Err(failure) => {
            if !failure.is_closed_pipe() {
                context.printer.failure(&failure);
            }
            failure.status.into()
        }
    }
}
