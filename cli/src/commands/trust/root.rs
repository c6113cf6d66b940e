//! `wa trust root …`

use std::fs;
use std::path::PathBuf;

use audit_log::{Action, Detail, DetailValue};
use clap::{Args, Subcommand};
use registry_index::index::{Known, RegistryUrl, Root as PinnedRoot};
use registry_index::keys::PublicKey;
use registry_index::timestamp::Timestamp;
use registry_index::trust::TrustStore;
use serde_json::{Value, json};

use crate::arguments::DataFormat;
use crate::audit::{self, Log};
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Decide by whose word the index of a registry is believed
#[derive(Debug, Subcommand)]
pub(crate) enum Root {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Pin the root keys of a registry, or replace them
#[derive(Debug, Args)]
#[command(
    after_help = "From then on the registry must have an index that enough of these keys have signed; nothing installs from it \
                        otherwise. When a registry changes its root keys, check the new ones and add them again.\n\n\
                        Example: wa trust root add https://plugins.example/ ana.pub ben.pub eva.pub --threshold 2"
)]
pub(crate) struct Add {
    /// The registry
    url: RegistryUrl,

    /// The files of its root's minisign public keys
    #[arg(required = true, value_name = "KEYFILE")]
    keys: Vec<PathBuf>,

    /// How many of the keys must have signed the index
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    threshold: u32,
}

/// List the registries whose root is pinned
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

/// Forget the root of a registry, and what its index said
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The registry
    url: RegistryUrl,
}

impl Root {
    pub(crate) fn run(self, context: &Context, store: &mut TrustStore) -> Outcome {
        match self {
            Self::Add(command) => command.run(context, store),
            Self::List(command) => command.run(context, store),
            Self::Remove(Remove { url }) => {
                let event = audit::done(Action::TrustRootRemove).about(&url);
                audit::around(context, Log::Operator, vec![event], || {
                    store.remove_root(&url).refused(format_args!("forget the root of {url}"))
                })?;
                context.printer.done("Forgot", format_args!("the root of {url}"));
                Ok(Status::Done)
            }
        }
    }
}

impl Add {
    fn run(self, context: &Context, store: &mut TrustStore) -> Outcome {
        let mut keys = Vec::new();
        for path in &self.keys {
            let text = fs::read_to_string(path).cannot(format_args!("read {}", path.display()))?;
            keys.push(PublicKey::from_minisign(&text).map_err(|error| {
                Failure::no(format_args!("cannot use {}", path.display())).because(&error)
            })?);
        }
        let root = PinnedRoot::new(keys, self.threshold).refused("pin this root")?;
        let shown = fingerprints(&root).join(", ");
        let event = audit::done(Action::TrustRootAdd)
            .about(&self.url)
            .with(Detail::Keys, fingerprints(&root).into_iter().collect::<DetailValue>())
            .with(Detail::Threshold, self.threshold);
        audit::around(context, Log::Operator, vec![event], || {
            store.add_root(&self.url, root).refused(format_args!("pin the root of {}", self.url))
        })?;
        context.printer.done("Pinned", format_args!("{}: {} of {shown}", self.url, self.threshold));
        Ok(Status::Done)
    }
}

impl List {
    fn run(self, context: &Context, store: &TrustStore) -> Outcome {
        if self.format.json {
            let roots: Vec<Value> = store.indexes().iter().map(|(url, known)| entry(url, known)).collect();
            context.printer.json(&json!({ "schemaVersion": 1, "roots": roots }))?;
            return Ok(Status::Done);
        }
        for (url, known) in store.indexes().iter() {
            let keys = fingerprints(&known.root).join(", ");
            let index = match &known.index {
                None => "no index yet".to_owned(),
                Some(index) if store.indexes().is_expired(index) => {
                    format!("index {} EXPIRED on {}", index.version, index.expires)
                }
                Some(index) => format!("index {} good until {}", index.version, index.expires),
            };
            context.printer.data(format_args!("{url}  {} of {keys}  {index}", known.root.threshold()))?;
        }
        if store.indexes().iter().next().is_none() {
            context.printer.note("no registry's root is pinned: `wa trust root add URL KEYFILE`");
        }
        Ok(Status::Done)
    }
}

fn fingerprints(root: &PinnedRoot) -> Vec<String> {
    root.keys().iter().map(|key| key.fingerprint().to_string()).collect()
}

fn entry(url: &RegistryUrl, known: &Known) -> Value {
    json!({
        "registry": url,
        "keys": fingerprints(&known.root),
        "threshold": known.root.threshold(),
        "indexVersion": known.index.as_ref().map(|index| index.version),
        "expires": known.index.as_ref().map(|index| Timestamp::to_string(&index.expires)),
    })
}
