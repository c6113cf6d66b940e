//! `wa secrets …`

use clap::{Args, Subcommand};
use manifest_schema::manifest::{SecretUse, SecretUses};
use secret_store::Programs;
use serde_json::{Value, json};

use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::Outcome;
use crate::project::{self, ProjectPlace};
use crate::secrets::{self, Condition, KnownSecret};
use crate::status::Status;
use crate::terminal::plain;

/// See which plugin has which secret, and whether each can be resolved; no value is ever shown
#[derive(Debug, Subcommand)]
pub(crate) enum Secrets {
    Check(Check),
    List(List),
}

/// Check whether every secret reference of the enabled plugins leads to a value
#[derive(Debug, Args)]
#[command(
    after_help = "Exits 0 when every secret that was looked for is there, 1 when one is not, 2 when nothing could be checked."
)]
pub(crate) struct Check {
    /// Ask the programs of `exec` providers too
    #[arg(long)]
    allow_exec: bool,

    #[command(flatten)]
    format: DataFormat,
}

/// List the secrets of the enabled plugins: where each comes from, and what it is used for
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: DataFormat,
}

impl Secrets {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Check(command) => command.run(context),
            Self::List(command) => command.run(context),
        }
    }
}

/// The secrets of the project at hand. Plugins whose configuration is invalid are told of.
fn known(context: &Context) -> Outcome<(project::OpenProject, Vec<KnownSecret>, bool)> {
    let open = project::open(context)?;
    let installed = open.installed();
    let found = secrets::of_project(&open.project, &installed);
    for (plugin, why) in &found.unusable {
        context.printer.warning(plain(&format!("the configuration of `{plugin}` is invalid: {why}")));
    }
    Ok((open, found.secrets, found.unusable.is_empty()))
}

impl Check {
    fn run(self, context: &Context) -> Outcome {
        let (open, known, all_usable) = known(context)?;
        let programs = if self.allow_exec { Programs::Ask } else { Programs::Leave };
        let surroundings = ProjectPlace::of(context)?.surroundings();
        let checked = secrets::check(&known, &open.project.secrets, &surroundings, programs);
        let is_well = all_usable && checked.iter().all(|(_, condition)| !condition.is_missing());
        if self.format.json {
            let rows: Vec<Value> = checked.iter().map(|(secret, condition)| row(secret, condition)).collect();
            context.printer.json(&json!({ "schemaVersion": 1, "ok": is_well, "secrets": rows }))?;
        } else {
            for (secret, condition) in &checked {
                let words = format!(
                    "{:<12} {:<20} {:<36} {condition}",
                    secret.plugin,
                    secret.path(),
                    secret.origin()
                );
                context.printer.data(plain(&words))?;
            }
            let missing = checked.iter().filter(|(_, condition)| condition.is_missing()).count();
            let asked = checked.iter().filter(|(_, condition)| *condition == Condition::NotAsked).count();
            let rest = if asked == 0 { String::new() } else { format!(", {asked} not asked for") };
            context
                .printer
                .done("Checked", format_args!("{} secrets: {missing} missing{rest}", checked.len()));
        }
        Ok(if is_well { Status::Done } else { Status::No })
    }
}

fn row(secret: &KnownSecret, condition: &Condition) -> Value {
    json!({
        "plugin": secret.plugin, "path": secret.path(), "reference": secret.reference().map(ToString::to_string),
        "state": condition.word(), "reason": condition.reason(),
    })
}

impl List {
    fn run(self, context: &Context) -> Outcome {
        let (_, known, _) = known(context)?;
        if self.format.json {
            let rows = known.iter().map(|secret| {
                json!({
                    "plugin": secret.plugin, "path": secret.path(), "reference": secret.reference().map(ToString::to_string),
                    "use": secret.placed.input.uses,
                })
            });
            context.printer.json(&json!({ "schemaVersion": 1, "secrets": rows.collect::<Vec<_>>() }))?;
            return Ok(Status::Done);
        }
        for secret in &known {
            let uses = in_words(&secret.placed.input.uses);
            let words = format!("{:<12} {:<20} {:<36} {uses}", secret.plugin, secret.path(), secret.origin());
            context.printer.data(plain(&words))?;
        }
        Ok(Status::Done)
    }
}

/// What becomes of a secret, as fragments.
fn in_words(uses: &SecretUses) -> String {
    let one = |one: &SecretUse| match one {
        SecretUse::Header(header) => match header.sign {
            None => format!("header {} for {}", header.header, header.origin),
            Some(sign) => {
                format!("signs bodies for {} ({}, header {})", header.origin, sign.as_str(), header.header)
            }
        },
        SecretUse::Sign { sign } => format!("signs what the code gives ({})", sign.as_str()),
    };
    match uses {
        SecretUses::Value(_) => "read by the code itself".to_owned(),
        SecretUses::Handle(uses) if uses.is_empty() => "used by the host alone".to_owned(),
        SecretUses::Handle(uses) => uses.iter().map(one).collect::<Vec<_>>().join("; "),
    }
}
