//! `wa trust …`

mod root;

use std::fs;
use std::path::{Path, PathBuf};

use audit_log::{Action, Detail, DetailValue};
use clap::{Args, Subcommand};
use manifest_schema::names::PublisherName;
use registry_index::keys::{Fingerprint, PublicKey};
use registry_index::rotation::{NEW_SIGNATURE_FILE, OLD_SIGNATURE_FILE, Rotation, Statement};
use registry_index::trust::{NamePattern, Publisher, TrustStore};
use serde_json::json;

use crate::arguments::DataFormat;
use crate::audit::{self, Log};
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
    Revoke(Revoke),
    Rotate(Rotate),
    #[command(subcommand)]
    Root(root::Root),
}

/// List the publishers that you trust
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

/// Trust a publisher's keys
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wa trust add acme acme.pub --packages '@acme/*'\n  \
                        wa trust add acme ana.pub ben.pub eve.pub --packages '@acme/*' --threshold 2")]
pub(crate) struct Add {
    /// The publisher's name, as its packages give it
    publisher: PublisherName,

    /// The files with its minisign public keys
    #[arg(required = true, value_name = "KEYFILE")]
    keys: Vec<PathBuf>,

    /// How many of the keys must have signed each package
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    threshold: u32,

    /// The packages that the key may sign: a name, `@scope/*`, or `*`
    #[arg(long, value_name = "PATTERN")]
    packages: NamePattern,
}

/// Trust nothing more that a publisher's keys have signed
#[derive(Debug, Args)]
#[command(
    after_help = "There is no way back: a revoked key is never trusted again, whoever is said to hold it."
)]
pub(crate) struct Revoke {
    /// The publisher's name
    publisher: PublisherName,

    /// One key; without it, all that the publisher signs or has signed with
    #[arg(long, value_name = "FINGERPRINT")]
    key: Option<Fingerprint>,
}

/// Take a publisher's new key for its old one, as both keys say
#[derive(Debug, Args)]
#[command(
    after_help = "The file is the wa.rotation.json that `wa keys rotate` makes, with its two signatures beside it. A package that \
                        brings it along needs no such step."
)]
pub(crate) struct Rotate {
    /// The statement
    file: PathBuf,
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
                let event = audit::done(Action::TrustRemove).about(&publisher);
                audit::around(context, Log::Operator, vec![event], || {
                    store.remove(&publisher).refused(format_args!("forget {publisher}"))
                })?;
                context.printer.done("Forgot", publisher);
            }
            Self::Revoke(command) => command.run(context, &mut store)?,
            Self::Rotate(command) => command.run(context, &mut store)?,
        }
        Ok(Status::Done)
    }
}

impl List {
    fn run(self, context: &Context, store: &TrustStore) -> Outcome {
        if self.format.json {
            let list: Vec<_> =
                store.publishers().map(|(name, publisher)| as_json(store, name, publisher)).collect();
            context.printer.json(&json!({ "schemaVersion": 1, "publishers": list }))?;
            return Ok(Status::Done);
        }
        for (name, publisher) in store.publishers() {
            let patterns: Vec<String> = publisher.patterns.iter().map(ToString::to_string).collect();
            let patterns = patterns.join(" ");
            let former = publisher.former.iter().map(|key| (key, "  replaced"));
            for (key, note) in publisher.keys().map(|key| (key, "")).chain(former) {
                let key = key.fingerprint();
                let revoked = if store.is_revoked(&key) { "  REVOKED" } else { "" };
                context.printer.data(format_args!("{name:<20} {key}  {patterns}{note}{revoked}"))?;
            }
            if publisher.threshold > 1 {
                context.printer.data(format_args!(
                    "{:<20} {} of them must have signed each package",
                    "", publisher.threshold
                ))?;
            }
        }
        if store.publishers().next().is_none() {
            context
                .printer
                .note("no publisher is trusted yet; installing a signed package asks about its publisher");
        }
        Ok(Status::Done)
    }
}

fn as_json(store: &TrustStore, name: &PublisherName, publisher: &Publisher) -> serde_json::Value {
    let key = |key: &PublicKey| json!({ "fingerprint": key.fingerprint(), "revoked": store.is_revoked(&key.fingerprint()) });
    json!({
        "publisher": name, "fingerprint": publisher.key.fingerprint(), "packages": publisher.patterns, "how": publisher.how,
        "revoked": store.is_revoked(&publisher.key.fingerprint()), "threshold": publisher.threshold,
        "keys": publisher.keys().map(key).collect::<Vec<_>>(), "former": publisher.former.iter().map(key).collect::<Vec<_>>(),
    })
}

impl Add {
    fn run(self, context: &Context, store: &mut TrustStore) -> Outcome<()> {
        let keys = self.keys.iter().map(|path| read_key(path)).collect::<Outcome<Vec<_>>>()?;
        let event = audit::done(Action::TrustAdd)
            .about(&self.publisher)
            .with(Detail::Keys, keys.iter().map(PublicKey::fingerprint).collect::<DetailValue>())
            .with(Detail::Packages, self.packages.to_string())
            .with(Detail::Threshold, self.threshold);
        audit::around(context, Log::Operator, vec![event], || {
            store
                .pin_keys(&self.publisher, &keys, self.threshold, &self.packages)
                .refused(format_args!("trust {}", self.publisher))
        })?;
        for key in &keys {
            let shown = format!("{} {} for {}", self.publisher, key.fingerprint(), self.packages);
            context.printer.done("Trusted", shown);
        }
        if self.threshold > 1 {
            let (needed, all) = (self.threshold, keys.len());
            context.printer.note(format_args!("{needed} of these {all} keys must have signed each package"));
        }
        Ok(())
    }
}

fn read_key(path: &Path) -> Outcome<PublicKey> {
    let text = fs::read_to_string(path).cannot(format_args!("read {}", path.display()))?;
    PublicKey::from_minisign(&text)
        .map_err(|error| Failure::no(format_args!("cannot use {}", path.display())).because(&error))
}

impl Revoke {
    fn run(self, context: &Context, store: &mut TrustStore) -> Outcome<()> {
        let Self { publisher, key } = self;
        let event = audit::done(Action::TrustRevoke)
            .about(&publisher)
            .with(Detail::Keys, key.iter().collect::<DetailValue>());
        audit::around(context, Log::Operator, vec![event], || {
            store.revoke(&publisher, key).refused(format_args!("revoke {publisher}"))
        })?;
        let which = key.map_or("the keys".to_owned(), |key| format!("the key {key}"));
        context
            .printer
            .done("Revoked", format_args!("{which} of {publisher}; what it signed no longer loads"));
        Ok(())
    }
}

impl Rotate {
    fn run(self, context: &Context, store: &mut TrustStore) -> Outcome<()> {
        let read = |path: &Path| fs::read(path).cannot(format_args!("read {}", path.display()));
        let beside = |name| read(&self.file.with_file_name(name));
        let statement = Statement {
            rotation: read(&self.file)?,
            by_old: beside(OLD_SIGNATURE_FILE)?,
            by_new: beside(NEW_SIGNATURE_FILE)?,
        };
        let what = format!("take {}", self.file.display());
        let rotation = Rotation::verify(&statement).refused(&what)?;
        let event = audit::done(Action::TrustRotate)
            .about(&rotation.publisher)
            .with(Detail::From, rotation.old.fingerprint().to_string())
            .with(Detail::Keys, [rotation.new.fingerprint()].into_iter().collect::<DetailValue>());
        audit::around(context, Log::Operator, vec![event], || store.rotate(&rotation).refused(&what))?;
        let (publisher, new) = (&rotation.publisher, rotation.new.fingerprint());
        context.printer.done(
            "Trusted",
            format_args!("{publisher} {new}, which takes over from {}", rotation.old.fingerprint()),
        );
        Ok(())
    }
}
