//! `wa plugins test`

use channel_whatsapp::Server;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use manifest_schema::check::Checked;
use manifest_schema::finding::Severity;
use manifest_schema::layout::Layout;
use manifest_schema::manifest::{CapabilityKind, Manifest};
use runtime_host::notice::NoticeStream;
use runtime_host::{Notice, Purpose};
use serde_json::{Value, json};

use super::contract::Contract;
use super::validate;
use crate::arguments::DataFormat;
use crate::commands::capability::kinds;
use crate::commands::run::{self, Notices};
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::project;
use crate::scenario::{self, Channel, Line, Phones, Scenario, StepOutcome};
use crate::status::Status;
use crate::terminal::{NoPrompts, plain};

/// Where the account of a scenario on WhatsApp lives in its project.
const SESSION: &str = ".wa/agents/tester/whatsapp/default";

/// Play a plugin's scenarios in the real host and sandbox
#[derive(Debug, Args)]
#[command(
    after_help = "Scenarios are the files tests/*.yaml of the plugin; the templates show how they are written. With\n\
                  `channel: whatsapp`, the chat of a scenario is on WhatsApp, with a simulated phone."
)]
pub(crate) struct Test {
    /// The plugin's folder
    #[arg(default_value = ".")]
    path: PathBuf,

    /// Play the cases that every capability of this kind must pass, instead of scenarios
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    contract: Option<CapabilityKind>,

    /// A YAML or JSON file with the plugin's configuration, for `--contract`
    #[arg(long, value_name = "FILE", requires = "contract")]
    config: Option<PathBuf>,

    #[command(flatten)]
    format: DataFormat,
}

impl Test {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        if let Some(kind) = self.contract {
            let (path, config) = (self.path.as_path(), self.config.as_deref());
            return Contract { path, kind, config, json: self.format.json }.run(context);
        }
        let manifest = checked(context, &self.path)?;
        let scenarios = scenarios(&self.path)?;
        let (mut passed, mut failed, mut results) = (0, 0, Vec::new());
        for scenario in &scenarios {
            let outcomes = play(context, &self.path, &manifest, scenario)?;
            for (step, outcome) in scenario.steps.iter().zip(&outcomes) {
                *(if outcome.is_ok() { &mut passed } else { &mut failed }) += 1;
                results.push(json!({ "file": scenario.file, "step": step.name, "ok": outcome.is_ok(), "why": outcome.as_ref().err() }));
                if !self.format.json {
                    print(context, scenario, &step.name, outcome)?;
                }
            }
        }
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "plugin": manifest.id, "steps": results }))?;
        }
        context.printer.note(format_args!("{passed} passed, {failed} failed"));
        Ok(if failed == 0 { Status::Done } else { Status::No })
    }
}

fn print(context: &Context, scenario: &Scenario, step: &str, outcome: &StepOutcome) -> Outcome<()> {
    let file = &scenario.file;
    context.printer.data(plain(&match outcome {
        Ok(()) => format!("ok    {file}: {step}"),
        Err(why) => format!("FAIL  {file}: {step}\n      {why}"),
    }))
}

pub(super) fn checked(context: &Context, path: &Path) -> Outcome<Manifest> {
    let Checked { manifest, report, .. } = validate::check_folder(path)?;
    match manifest {
        Some(manifest) if report.worst() < Some(Severity::Error) => Ok(manifest),
        _ => {
            findings::show(context.printer, &report);
            Err(Failure::no(format_args!("{} has {}", path.display(), findings::count(&report))))
        }
    }
}

fn scenarios(path: &Path) -> Outcome<Vec<Scenario>> {
    let folder = path.join("tests");
    let entries = fs::read_dir(&folder).map_err(|error| {
        Failure::no(format_args!("cannot read {}", folder.display()))
            .because(&error)
            .hint("write scenarios into tests/*.yaml; a new plugin of `wa plugins new` has some")
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.cannot(format_args!("read {}", folder.display()))?.path();
        if file.extension().is_some_and(|extension| extension == "yaml" || extension == "json") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::no(format_args!("{} holds no scenarios", folder.display())));
    }
    files.iter().map(|file| scenario::read(file)).collect()
}

/// Plays one scenario in a project of its own that is gone afterwards.
fn play(
    context: &Context,
    path: &Path,
    manifest: &Manifest,
    scenario: &Scenario,
) -> Outcome<Vec<StepOutcome>> {
    let place = tempfile::tempdir().cannot("make a temporary project")?;
    let layout = Layout::new(place.path());
    let folder = path.canonicalize().cannot(format_args!("find {}", path.display()))?;
    let file = project_file(&folder, manifest, scenario);
    fs::write(layout.project_file(), file.to_string()).cannot("write a temporary project")?;
    let inner = context.elsewhere(place.path(), &place.path().join("config"), Box::new(NoPrompts));

    let runtime = run::runtime()?;
    let phones = match scenario.channel {
        Channel::Console => None,
        Channel::WhatsApp => Some(runtime.block_on(Phones::start(&place.path().join(SESSION)))?),
    };
    let server = phones.as_ref().map_or_else(Server::default, Phones::server);
    let (host, mut stream) = runtime.block_on(run::start(&inner, None, server, Purpose::Project))?;
    let client = project::running_host(&inner)?;
    let line = match phones {
        None => Line::console(&client)?,
        Some(phones) => {
            runtime.block_on(connected(&mut stream));
            Line::whatsapp(&runtime, phones)
        }
    };
    let outcomes = scenario::play(&client, &manifest.id, scenario, line);
    runtime.block_on(host.stop());
    if outcomes.iter().any(Result::is_err) {
        tell(context, &mut stream)?;
    }
    Ok(outcomes)
}

/// Waits until the account is connected, or the host is gone.
async fn connected(stream: &mut NoticeStream) {
    while let Some(notice) = stream.next().await {
        if matches!(notice, Notice::ChannelChanged { state: "connected", .. }) {
            return;
        }
    }
}

/// What the host noticed, for an author whose step failed.
pub(super) fn tell(context: &Context, stream: &mut NoticeStream) -> Outcome<()> {
    let notices = Notices::new(context.printer, false);
    while let Some(notice) = stream.try_next() {
        if !matches!(notice, Notice::Ready { .. } | Notice::Stopping) {
            notices.show(&notice)?;
        }
    }
    Ok(())
}

fn project_file(folder: &Path, manifest: &Manifest, scenario: &Scenario) -> Value {
    let (channel, settings) = match scenario.channel {
        Channel::Console => ("console", json!({ "enabled": true })),
        Channel::WhatsApp => (
            "whatsapp",
            json!({ "rate_limit": { "global_per_sec": 1000, "per_jid_per_sec": 1000, "burst": 1000 } }),
        ),
    };
    let mut agent = json!({ "bindings": [{ "channel": channel }], "tools": { "allow": ["*"] } });
    if manifest.agent {
        agent["handler"] = json!(manifest.id);
    }
    json!({
        "schema": 1,
        "agents": { "tester": agent },
        "plugins": { "entries": { manifest.id.as_ref(): { "source": folder, "config": scenario.config } } },
        "channels": { channel: settings },
        "server": { "bind": "127.0.0.1:0" },
    })
}
