//! `wa registry build`

use std::path::PathBuf;

use clap::Args;
use registry_index::index::{self, BuildError, BuildOptions, RegistryUrl};
use serde_json::json;

use super::expiry::Expiry;
use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::findings;
use crate::status::Status;

/// Make a registry of a directory of packages, in place
#[derive(Debug, Args)]
#[command(
    after_help = "The directory can then be served by any host of static files, to wa and to npm. What is curated, yanked and revoked \
                  stands in its wa-registry.yaml (`wa schema registry`).\n\n\
                  Example: wa registry build packages && wa registry sign packages --key root"
)]
pub(crate) struct Build {
    /// The directory with the packages (.tgz)
    directory: PathBuf,

    /// How long the index is good (30d), or until when (2026-12-31)
    #[arg(long, value_name = "TIME", default_value = "30d")]
    expires: Expiry,

    /// Where the directory will be served; needed by npm if that is not the root of a host
    #[arg(long, value_name = "URL")]
    url: Option<RegistryUrl>,

    /// Take packages that nobody signed
    #[arg(long)]
    allow_unsigned: bool,

    #[command(flatten)]
    format: DataFormat,
}

impl Build {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let expires = self.expires.after((context.clock)());
        let options = BuildOptions { expires, url: self.url, allow_unsigned: self.allow_unsigned };
        let shown = self.directory.display().to_string();
        let built = index::build(&self.directory, &options)
            .map_err(|error| refused(context, format_args!("cannot build {shown}"), &error))?;
        if self.format.json {
            context.printer.json(&json!({
                "schemaVersion": 1, "version": built.version, "expires": expires, "packages": built.packages,
                "versions": built.versions, "leftOut": built.left_out, "unvouched": built.unvouched,
            }))?;
        }
        for file in &built.left_out {
            context.printer.warning(format_args!("{file} is revoked and left out"));
        }
        for publisher in &built.unvouched {
            context.printer.note(format_args!(
                "wa-registry.yaml does not vouch for `{publisher}`; people confirm its key themselves"
            ));
        }
        let packages = counted(built.packages, "package");
        let versions = counted(built.versions, "version");
        context.printer.done(
            "Built",
            format_args!("{shown}: {packages} and {versions}, index {} good until {expires}", built.version),
        );
        context.printer.note(format_args!("Nobody has signed it yet: wa registry sign {shown} --key NAME"));
        Ok(Status::Done)
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A failure with the findings shown before it.
fn refused(context: &Context, what: std::fmt::Arguments<'_>, error: &BuildError) -> Failure {
    if let Some(report) = error.report() {
        findings::show(context.printer, report);
    }
    let failure = if error.is_refusal() { Failure::no(what) } else { Failure::could_not_run(what) };
    let failure = failure.because(error);
    match error {
        BuildError::Unsigned(_) => {
            failure.hint("sign it with `wa plugins sign`, or take it as it is with --allow-unsigned")
        }
        _ => failure,
    }
}
