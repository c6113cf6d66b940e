//! `wa` with the feature `simulated-pairing`, under a name of its own, for the tests of pairing.

use std::process::ExitCode;

fn main() -> ExitCode {
    wa_cli::main()
}
