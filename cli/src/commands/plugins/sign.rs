//! `wa plugins sign`

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::PathBuf;

use clap::Args;
use manifest_schema::names::PublisherName;
use registry_index::keys::{KeyFileError, KeyFiles};
use registry_index::sign::{self, Earlier};

use super::pack::write_whole;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Sign a package in place
#[derive(Debug, Args)]
#[command(
    after_help = "A package that is signed already gets another signature beside the first, for publishers whose packages \
                        need several.\n\nExample: wa plugins sign order-desk-1.2.0.tgz --key acme"
)]
pub(crate) struct Sign {
    /// The package
    file: PathBuf,

    /// The publisher whose key signs
    #[arg(long, value_name = "PUBLISHER")]
    key: PublisherName,

    /// Drop the signatures that the package has, instead of signing beside them
    #[arg(long)]
    replace: bool,
}

impl Sign {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let package = File::open(&self.file).cannot(format_args!("read {}", self.file.display()))?;
        let earlier = if self.replace { Earlier::Replaced } else { Earlier::Kept };
        write_whole(&self.file, |to| signed(context, package, &self.key, earlier, to))?;
        context.printer.done("Signed", format_args!("{} as {}", self.file.display(), self.key));
        Ok(Status::Done)
    }
}

/// Writes the package with the signature of this publisher in it.
pub(super) fn signed(
    context: &Context,
    package: impl Read + Seek,
    publisher: &PublisherName,
    earlier: Earlier,
    to: &mut dyn Write,
) -> Outcome<()> {
    let key = KeyFiles::new(context.keys_folder()?).secret(publisher, None).map_err(|error| {
        let failure = Failure::no(format_args!("cannot sign as {publisher}")).because(&error);
        match error {
            KeyFileError::Missing { .. } => {
                failure.hint(format_args!("make a key with `wa keys new {publisher}`"))
            }
            _ => failure,
        }
    })?;
    sign::sign(package, &key, earlier, to).map(drop).refused(format_args!("sign as {publisher}"))
}
