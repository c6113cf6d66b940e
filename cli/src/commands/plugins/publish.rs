//! `wa plugins publish`

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use registry_index::index::{self, BuildError, BuildOptions, Published};
use registry_index::npm::{Publication, PublishError};
use registry_index::release::{Release, ReleaseError};
use registry_index::trust::TrustStore;
use serde_json::json;

use crate::arguments::DataFormat;
use crate::commands::registry::Expiry;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::fetching::{self, RegistryFlags};
use crate::status::Status;
use crate::terminal::{Confirmation, Progress};

/// Give a package to a registry
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa plugins publish dist/order-desk-1.2.0.tgz --registry https://npm.example.org/\n  \
                        wa plugins publish dist/order-desk-1.2.0.tgz --to packages   (a directory that `wa registry` serves)\n\n\
                        The bytes are sent as they are, so the signature inside stays good. Without a terminal and without --yes: \
                        exit 3, nothing published."
)]
pub(crate) struct Publish {
    /// The package, made and signed by `wa plugins pack --sign`
    file: PathBuf,

    /// Publish into this directory, which is a registry of static files, and build its index again
    #[arg(long, value_name = "DIR", conflicts_with_all = ["registry", "tag", "access", "otp"])]
    to: Option<PathBuf>,

    /// How long the index of the directory is good (30d), or until when (2026-12-31)
    #[arg(long, value_name = "TIME", default_value = "30d", requires = "to")]
    expires: Expiry,

    /// The tag that will name this version
    #[arg(long, default_value = "latest")]
    tag: String,

    /// Who may see the package
    #[arg(long, value_enum)]
    access: Option<Access>,

    /// A one-time password
    #[arg(long, value_name = "CODE")]
    otp: Option<String>,

    /// Publish a package that nobody has signed
    #[arg(long)]
    allow_unsigned: bool,

    /// Answer the question with yes
    #[arg(short, long)]
    yes: bool,

    /// Show what would be published and publish nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    registry: RegistryFlags,

    #[command(flatten)]
    format: DataFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Access {
    Public,
    Restricted,
}

impl Publish {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let release = self.release(context)?;
        let target = self.target(context, &release)?;
        context.printer.note(plan(&release, &target));
        if self.dry_run {
            self.show(context, &release, &target, false)?;
            context.printer.note("Nothing was published.");
            return Ok(Status::Done);
        }
        self.confirm(context, &release, &target)?;
        match &self.to {
            Some(directory) => self.publish_to(context, directory)?,
            None => self.upload(context, &release)?,
        }
        self.show(context, &release, &target, true)?;
        context.printer.done("Published", format_args!("{}@{} to {target}", release.name, release.version));
        Ok(Status::Done)
    }

    fn release(&self, context: &Context) -> Outcome<Release> {
        let shown = self.file.display();
        let trust =
            TrustStore::open(context.trust_folder()?, (context.clock)()).cannot("open the trust store")?;
        let path = context.working_folder()?.join(&self.file);
        let release = Release::read(&path, &trust).map_err(|error| match &error {
            ReleaseError::Disk(_) => {
                Failure::could_not_run(format_args!("cannot publish {shown}")).because(&error)
            }
            ReleaseError::Package(inner) if !inner.is_refusal() => {
                Failure::could_not_run(format_args!("cannot publish {shown}")).because(&error)
            }
            _ => Failure::no(format_args!("cannot publish {shown}")).because(&error),
        })?;
        if release.signed.is_none() && !self.allow_unsigned {
            return Err(Failure::no(format_args!("{shown} is not signed"))
                .hint("sign it with `wa plugins sign`, or publish it as it is with --allow-unsigned"));
        }
        Ok(release)
    }

    fn target(&self, context: &Context, release: &Release) -> Outcome<String> {
        if let Some(directory) = &self.to {
            return Ok(directory.display().to_string());
        }
        let client = self.client(context)?;
        client
            .config()
            .registry_of(&release.name)
            .map(|url| url.to_string())
            .cannot("read the registry in .npmrc")
    }

    fn client(&self, context: &Context) -> Outcome<registry_index::npm::Client> {
        let root = context.project_root().ok();
        fetching::client(context, root.as_deref(), &self.registry)
    }

    fn confirm(&self, context: &Context, release: &Release, target: &str) -> Outcome<()> {
        if self.yes {
            return Ok(());
        }
        let question = format!("Publish {}@{} to {target}?", release.name, release.version);
        match context.prompter.confirm(&question)? {
            Confirmation::Yes => Ok(()),
            Confirmation::No => Err(Failure::unconfirmed("not confirmed; nothing was published")),
            Confirmation::Nobody => Err(Failure::unconfirmed(
                "this needs a confirmation, and there is no terminal to ask on; nothing was published",
            )
            .hint("run it again with --yes")),
        }
    }

    fn upload(&self, context: &Context, release: &Release) -> Outcome<()> {
        let progress = Progress::start(context.printer, format!("publishing {}", release.name));
        let publication = Publication {
            name: &release.name,
            version: &release.version,
            package_json: &release.package_json,
            archive: &release.archive,
            tag: &self.tag,
            access: self.access.map(|access| match access {
                Access::Public => "public",
                Access::Restricted => "restricted",
            }),
            otp: self.otp.as_deref(),
        };
        let published = self.client(context)?.publish(&publication);
        drop(progress);
        let what = format!("publish {}@{}", release.name, release.version);
        published.map(drop).map_err(|error| match error {
            PublishError::Fetch(error) => fetching::failure(&what, &error),
            error => Failure::no(format_args!("cannot {what}")).because(&error),
        })
    }

    fn publish_to(&self, context: &Context, directory: &Path) -> Outcome<()> {
        let options = BuildOptions {
            expires: self.expires.after((context.clock)()),
            url: None,
            allow_unsigned: self.allow_unsigned,
        };
        let what = format!("publish into {}", directory.display());
        match index::publish_to_directory(directory, &self.file, &options) {
            Ok(Published::New { built, .. }) => {
                let shown = directory.display();
                context.printer.note(format_args!(
                    "Index {} was built; nobody has signed it yet: wa registry sign {shown} --key NAME",
                    built.version
                ));
                Ok(())
            }
            Ok(Published::AlreadyThere(file)) => {
                context.printer.note(format_args!("{} was there already", file.display()));
                Ok(())
            }
            Err(error) => Err(refused(&what, &error)),
        }
    }

    fn show(&self, context: &Context, release: &Release, target: &str, published: bool) -> Outcome<()> {
        if !self.format.json {
            return Ok(());
        }
        context.printer.json(&json!({
            "schemaVersion": 1, "name": release.name, "version": release.version, "archive": release.digest,
            "publisher": release.signed.as_ref().map(|signed| &signed.publisher), "to": target, "published": published,
        }))
    }
}

fn plan(release: &Release, target: &str) -> String {
    let signer = release
        .signed
        .as_ref()
        .map_or("nobody".to_owned(), |signed| format!("{} {}", signed.publisher, signed.fingerprint()));
    format!(
        "Publish {}@{}\n  to         {target}\n  digest     {}\n  signed by  {signer}",
        release.name, release.version, release.digest
    )
}

fn refused(what: &str, error: &BuildError) -> Failure {
    let failure = if error.is_refusal() {
        Failure::no(format_args!("cannot {what}"))
    } else {
        Failure::could_not_run(format_args!("cannot {what}"))
    };
    failure.because(error)
}
