//! `wa keys …`

use std::fs;
use std::path::PathBuf;

use audit_log::{Action, Detail, DetailValue};
use clap::{Args, Subcommand};
use manifest_schema::names::PublisherName;
use registry_index::keys::{self, KeyFiles};
use registry_index::rotation::{NEW_SIGNATURE_FILE, OLD_SIGNATURE_FILE, ROTATION_FILE, Rotation};
use serde_json::json;

use crate::arguments::DataFormat;
use crate::audit::{self, Log};
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Make and show signing keys
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    New(New),
    Show(Show),
    Rotate(Rotate),
}

/// Make a signing key
#[derive(Debug, Args)]
#[command(
    after_help = "The two files are minisign's own and work with the minisign program too. The secret one is readable by you only."
)]
pub(crate) struct New {
    /// The publisher that the key signs for
    pub(crate) publisher: PublisherName,
}

/// Show the public halves of your signing keys
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// One publisher's; without it, all
    publisher: Option<PublisherName>,

    #[command(flatten)]
    format: DataFormat,
}

/// State that a publisher signs with another key from now on
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wa keys new acme-2027\n  wa keys rotate acme --to acme-2027 --out plugins/order-desk\n  \
                  wa plugins pack plugins/order-desk && wa plugins sign order-desk-2.0.0.tgz --key acme-2027\n\n\
                  Whoever trusts the old key takes the new one from a package that has the statement's three files in its root."
)]
pub(crate) struct Rotate {
    /// The publisher, as its packages name it
    publisher: PublisherName,

    /// The name of the key that it has signed with; that of the publisher, if none is given
    #[arg(long, value_name = "KEY")]
    from: Option<PublisherName>,

    /// The name of the key that it will sign with
    #[arg(long, value_name = "KEY")]
    to: PublisherName,

    /// Where to write the statement
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

impl Rotate {
    fn run(self, context: &Context) -> Outcome {
        let files = KeyFiles::new(context.keys_folder()?);
        let secret =
            |name: &PublisherName| files.secret(name, None).refused(format_args!("use the key {name}"));
        let old = secret(self.from.as_ref().unwrap_or(&self.publisher))?;
        let new = secret(&self.to)?;
        let statement = Rotation::sign(self.publisher.clone(), &old, &new).refused("sign the rotation")?;
        let rotation = Rotation::verify(&statement).refused("rotate a key to itself")?;
        let event = audit::done(Action::KeyRotate)
            .about(&self.publisher)
            .with(Detail::From, rotation.old.fingerprint().to_string())
            .with(Detail::Keys, [rotation.new.fingerprint()].into_iter().collect::<DetailValue>());
        audit::around(context, Log::Operator, vec![event], || {
            for (name, bytes) in [
                (ROTATION_FILE, &statement.rotation),
                (OLD_SIGNATURE_FILE, &statement.by_old),
                (NEW_SIGNATURE_FILE, &statement.by_new),
            ] {
                let path = self.out.join(name);
                fs::write(&path, bytes).cannot(format_args!("write {}", path.display()))?;
            }
            Ok(())
        })?;
        context.printer.done("Wrote", format_args!("{}", self.out.join(ROTATION_FILE).display()));
        Ok(Status::Done)
    }
}

impl Keys {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::New(command) => command.run(context),
            Self::Show(command) => command.run(context),
            Self::Rotate(command) => command.run(context),
        }
    }
}

impl New {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let files = KeyFiles::new(context.keys_folder()?);
        let key = keys::generate(None).cannot("make a key")?;
        let event = audit::done(Action::KeyNew)
            .about(&self.publisher)
            .with(Detail::Keys, [key.public.fingerprint()].into_iter().collect::<DetailValue>());
        audit::around(context, Log::Operator, vec![event], || {
            files.save(&self.publisher, &key).refused(format_args!("keep a key for {}", self.publisher))
        })?;
        context.printer.done(
            "Made",
            format_args!("the signing key of {}: {}", self.publisher, key.public.fingerprint()),
        );
        context.printer.note(format_args!(
            "             secret, keep it: {}",
            files.secret_path(&self.publisher).display()
        ));
        context.printer.note(format_args!(
            "             to give away:    {}",
            files.public_path(&self.publisher).display()
        ));
        Ok(Status::Done)
    }
}

impl Show {
    fn run(self, context: &Context) -> Outcome {
        let files = KeyFiles::new(context.keys_folder()?);
        let names = match self.publisher {
            Some(name) => vec![name],
            None => files.names().cannot("list the keys")?,
        };
        let mut keys = Vec::new();
        for name in names {
            let public = files.public(&name).refused(format_args!("show the key of {name}"))?;
            keys.push((name, public));
        }
        if self.format.json {
            let list: Vec<_> = keys
                .iter()
                .map(|(name, key)| json!({ "publisher": name, "fingerprint": key.fingerprint(), "publicKey": key.to_string() }))
                .collect();
            context.printer.json(&json!({ "schemaVersion": 1, "keys": list }))?;
            return Ok(Status::Done);
        }
        if keys.is_empty() {
            return Err(
                Failure::no("there are no signing keys").hint("make one with `wa keys new PUBLISHER`")
            );
        }
        for (name, key) in keys {
            context.printer.data(format_args!("{name:<20} {}  {key}", key.fingerprint()))?;
        }
        Ok(Status::Done)
    }
}
