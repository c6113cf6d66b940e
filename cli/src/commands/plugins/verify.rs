//! `wa plugins verify`

use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use registry_index::archive::{Limits, ScanError};
use registry_index::scanned::Scanned;
use registry_index::trust::TrustStore;
use registry_index::verify::{self, Verdict};
use serde_json::json;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Check a package's signature and every file in it
#[derive(Debug, Args)]
#[command(after_help = "Exits 0 only for a package that is intact and signed by a publisher that you trust.")]
pub(crate) struct Verify {
    /// The package
    file: PathBuf,

    #[command(flatten)]
    format: DataFormat,
}

impl Verify {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let what = format!("verify {}", self.file.display());
        let trust =
            TrustStore::open(context.trust_folder()?, (context.clock)()).cannot("open the trust store")?;
        let archive = File::open(&self.file).cannot(format_args!("read {}", self.file.display()))?;
        let files = Scanned::read(archive, &Limits::default()).map_err(|error| match error {
            ScanError::Refused(_) => Failure::no(format_args!("cannot {what}")).because(&error),
            _ => Failure::could_not_run(format_args!("cannot {what}")).because(&error),
        })?;
        let verdict = verify::verify(&files.held, &files.tree, &trust).refused(&what)?;
        let Verdict::Signed(signed) = verdict else {
            return Err(Failure::no(format_args!("{} is not signed", self.file.display()))
                .hint("sign it with `wa plugins sign`, or ask its publisher to"));
        };
        let fingerprint = signed.key.fingerprint();
        let trusted = signed.distrust().is_none() && signed.check_expiry().is_ok();
        if self.format.json {
            context.printer.json(&json!({
                "schemaVersion": 1, "id": signed.record.id, "version": signed.record.version, "publisher": signed.publisher,
                "fingerprint": fingerprint, "trusted": trusted, "files": signed.record.files.len(), "recordDigest": signed.digest,
            }))?;
        } else {
            let (id, version, files) = (&signed.record.id, &signed.record.version, signed.record.files.len());
            context.printer.data(format_args!(
                "{id} {version}: {files} files intact, signed by {} {fingerprint}",
                signed.publisher
            ))?;
        }
        if trusted {
            return Ok(Status::Done);
        }
        Err(Failure::no(format_args!("{} is not trusted to sign {}", signed.publisher, signed.record.id))
            .hint(format_args!("compare the fingerprint with the publisher's own, then `wa trust add {} KEYFILE --packages …`", signed.publisher)))
    }
}
