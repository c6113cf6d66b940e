//! `wa`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wa_cli::main()
}
