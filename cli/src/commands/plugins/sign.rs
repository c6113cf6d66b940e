//! `wa plugins sign`

use std::fs;
use std::path::PathBuf;

use clap::Args;
use manifest_schema::names::PublisherName;
use registry_index::keys::{KeyFileError, KeyFiles};

use super::pack::write_whole;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Sign a package in place
#[derive(Debug, Args)]
#[command(after_help = "Example: wa plugins sign order-desk-1.2.0.tgz --key acme")]
pub(crate) struct Sign {
    /// The package
    file: PathBuf,

    /// The publisher whose key signs
    #[arg(long, value_name = "PUBLISHER")]
    key: PublisherName,
}

impl Sign {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let bytes = fs::read(&self.file).cannot(format_args!("read {}", self.file.display()))?;
        let signed = signed(context, &bytes, &self.key)?;
        write_whole(&self.file, &signed)?;
        context.printer.done("Signed", format_args!("{} as {}", self.file.display(), self.key));
        Ok(Status::Done)
    }
}

/// The package with the signature of this publisher in it.
pub(super) fn signed(context: &Context, package: &[u8], publisher: &PublisherName) -> Outcome<Vec<u8>> {
    let key = KeyFiles::new(context.keys_folder()?).secret(publisher, None).map_err(|error| {
        let failure = Failure::no(format_args!("cannot sign as {publisher}")).because(&error);
        match error {
            KeyFileError::Missing { .. } => {
                failure.hint(format_args!("make a key with `wa keys new {publisher}`"))
            }
            _ => failure,
        }
    })?;
    registry_index::sign::sign(package, &key).refused(format_args!("sign as {publisher}"))
}
