//! Tests of the host with real workers. This binary is also the worker: the host starts it again with `__worker`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on fails; the fake worker and the killed host are programs of their own"
)]

mod capabilities;
mod chats;
mod fake_worker;
mod fetching;
mod gates;
mod gateway;
mod permissions;
mod reload;
mod rig;
mod standing;
mod stopping;
mod survival;
mod thin_path;
mod tools;
mod workers;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args();
    let name = arguments.next().unwrap_or_default();
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("__worker"), _) if name.ends_with(fake_worker::NAME) => return fake_worker::run(),
        (Some("__worker"), _) => return runtime_worker::run(runtime_worker::Role::JavaScript),
        (Some("__host"), Some(directory)) => return survival::run_host(directory.as_ref()),
        _ => {}
    }
    let trials = [
        capabilities::trials(),
        chats::trials(),
        fetching::trials(),
        gates::trials(),
        gateway::trials(),
        permissions::trials(),
        reload::trials(),
        standing::trials(),
        stopping::trials(),
        survival::trials(),
        thin_path::trials(),
        tools::trials(),
        workers::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A trial that runs an async test in a runtime of its own, with a limit that only a hang reaches.
fn trial<F>(name: &'static str, test: fn() -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let limit = std::time::Duration::from_secs(60);
        runtime.block_on(async { tokio::time::timeout(limit, test()).await })?;
        Ok(())
    })
}
