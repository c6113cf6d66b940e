//! Tests of the host with real workers. This binary is also the worker: the host starts it again with `__worker`.

mod rig;
mod thin_path;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("__worker") {
        return runtime_worker::run();
    }
    let trials = [thin_path::trials()].into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A trial that runs an async test in a runtime of its own, with a limit that only a hang reaches.
fn trial<F: Future<Output = ()>>(name: &'static str, test: fn() -> F) -> Trial
where
    F: 'static,
{
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let limit = std::time::Duration::from_secs(60);
        runtime.block_on(async { tokio::time::timeout(limit, test()).await })?;
        Ok(())
    })
}
