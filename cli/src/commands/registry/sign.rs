//! `wa registry sign`

use std::path::{Path, PathBuf};

use clap::Args;
use registry_index::index;
use registry_index::keys::{KeyFiles, SecretKey};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::status::Status;

/// Sign the index of a registry with a root key
#[derive(Debug, Args)]
#[command(
    after_help = "Each key's signature stands in a file of its own, so that several people can sign.\n\n\
                        Example: wa registry sign packages --key root"
)]
pub(crate) struct Sign {
    /// The registry's directory
    directory: PathBuf,

    /// The name of a key of yours, or the file of a minisign secret key
    #[arg(long, value_name = "NAME|FILE")]
    key: String,
}

impl Sign {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let key = secret(context, &self.key)?;
        let file = index::sign_directory(&self.directory, &key).map_err(|error| {
            let what = format_args!("cannot sign {}", self.directory.display()).to_string();
            let failure = match &error {
                index::SignError::Disk(_) => Failure::could_not_run(what),
                _ => Failure::no(what),
            };
            failure.because(&error).hint("make the index with `wa registry build`")
        })?;
        context.printer.done("Signed", format_args!("{}", file.display()));
        Ok(Status::Done)
    }
}

/// A name stands for a key in the keys' folder, everything else for a file.
fn secret(context: &Context, key: &str) -> Outcome<SecretKey> {
    let read = match key.parse() {
        Ok(name) => KeyFiles::new(context.keys_folder()?).secret(&name, None),
        Err(_) => KeyFiles::secret_in(Path::new(key), None),
    };
    read.map_err(|error| {
        Failure::no(format_args!("cannot use the key {key}"))
            .because(&error)
            .hint("`wa keys new NAME` makes a key; a file is written with its folder: ./root.key")
    })
}
