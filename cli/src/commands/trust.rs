//! `wa trust …`

mod root;

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use manifest_schema::names::PublisherName;
use registry_index::keys::PublicKey;
use registry_index::trust::{NamePattern, Pinned, TrustStore};
use serde_json::json;

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Decide whose packages may be installed
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    List(List),
    Add(Add),
    /// Forget a publisher
    Remove(Named),
    /// Trust nothing more that a publisher's key has signed
    Revoke(Named),
    #[command(subcommand)]
    Root(root::Root),
}

/// List the publishers that you trust
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

/// Trust a publisher's key
#[derive(Debug, Args)]
#[command(after_help = "Example: wa trust add acme acme.pub --packages '@acme/*'")]
pub(crate) struct Add {
    /// The publisher's name, as its packages give it
    publisher: PublisherName,

    /// The file with its minisign public key
    key: PathBuf,

    /// The packages that the key may sign: a name, `@scope/*`, or `*`
    #[arg(long, value_name = "PATTERN")]
    packages: NamePattern,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The publisher's name
    publisher: PublisherName,
}

impl Trust {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut store =
            TrustStore::open(context.trust_folder()?, (context.clock)()).cannot("open the trust store")?;
        match self {
            Self::List(command) => return command.run(context, &store),
            Self::Root(command) => return command.run(context, &mut store),
            Self::Add(command) => command.run(context, &mut store)?,
            Self::Remove(Named { publisher }) => {
                store.remove(&publisher).refused(format_args!("forget {publisher}"))?;
                context.printer.done("Forgot", publisher);
            }
            Self::Revoke(Named { publisher }) => {
                store.revoke(&publisher).refused(format_args!("revoke {publisher}"))?;
                context
                    .printer
                    .done("Revoked", format_args!("the key of {publisher}; what it signed no longer loads"));
            }
        }
        Ok(Status::Done)
    }
}

impl List {
    fn run(self, context: &Context, store: &TrustStore) -> Outcome {
        if self.format.json {
            let list: Vec<_> = store
                .publishers()
                .map(|(name, publisher)| {
                    json!({
                        "publisher": name, "fingerprint": publisher.key.fingerprint(), "packages": publisher.patterns,
                        "how": publisher.how, "revoked": store.is_revoked(&publisher.key.fingerprint()),
                    })
                })
                .collect();
            context.printer.json(&json!({ "schemaVersion": 1, "publishers": list }))?;
            return Ok(Status::Done);
        }
        for (name, publisher) in store.publishers() {
            let patterns: Vec<String> = publisher.patterns.iter().map(ToString::to_string).collect();
            let revoked = if store.is_revoked(&publisher.key.fingerprint()) { "  REVOKED" } else { "" };
            context.printer.data(format_args!(
                "{name:<20} {}  {}{revoked}",
                publisher.key.fingerprint(),
                patterns.join(" ")
            ))?;
        }
        if store.publishers().next().is_none() {
            context
                .printer
                .note("no publisher is trusted yet; installing a signed package asks about its publisher");
        }
        Ok(Status::Done)
    }
}

impl Add {
    fn run(self, context: &Context, store: &mut TrustStore) -> Outcome<()> {
        let text = fs::read_to_string(&self.key).cannot(format_args!("read {}", self.key.display()))?;
        let key = PublicKey::from_minisign(&text).map_err(|error| {
            Failure::no(format_args!("cannot use {}", self.key.display())).because(&error)
        })?;
        store
            .pin(&self.publisher, &key, &self.packages, Pinned::ByFingerprint)
            .refused(format_args!("trust {}", self.publisher))?;
        context
            .printer
            .done("Trusted", format_args!("{} {} for {}", self.publisher, key.fingerprint(), self.packages));
        Ok(())
    }
}
