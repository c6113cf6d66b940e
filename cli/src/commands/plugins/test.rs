//! `wa plugins test`

mod parallel;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use manifest_schema::check::Checked;
use manifest_schema::finding::Severity;
use manifest_schema::manifest::{CapabilityKind, Manifest};
use runtime_host::Notice;
use runtime_host::notice::NoticeStream;

use super::contract::Contract;
use super::validate;
use crate::arguments::DataFormat;
use crate::commands::capability::kinds;
use crate::commands::run::Notices;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::scenario::ScenarioFile;

/// Play a plugin's scenarios in the real host and sandbox
#[derive(Debug, Args)]
#[command(
    after_help = "Scenarios are the files tests/*.yaml of the plugin; the templates show how they are written, and\n\
                  `wa schema scenario` says all that they can hold. Nothing goes to the network: `http` in a scenario\n\
                  declares the answers. With `channel: whatsapp`, the chat is on WhatsApp, with a simulated phone."
)]
pub(crate) struct Test {
    /// The plugin's folder
    #[arg(default_value = ".")]
    path: PathBuf,

    /// Only the scenarios that have this in their file's name or in the name of a step
    #[arg(long, value_name = "NAME", conflicts_with = "contract")]
    filter: Option<String>,

    /// Also write the results into this file, as JUnit XML
    #[arg(long, value_name = "FILE", conflicts_with = "contract")]
    junit: Option<PathBuf>,

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
        let mut files = scenarios(context, &self.path)?;
        if let Some(name) = &self.filter {
            files.retain(|file| is_meant(file, name));
            if files.is_empty() {
                return Err(Failure::could_not_run(format_args!(
                    "no scenario has `{name}` in its name or in that of a step"
                )));
            }
        }
        let folder = self.path.canonicalize().cannot(format_args!("find {}", self.path.display()))?;
        let mut report = report::Report::new(context.printer, &manifest, self.format.json);
        parallel::play(context, &folder, &manifest, &files, |file, played| report.add(file, played))?;
        if let Some(path) = &self.junit {
            fs::write(path, report.junit()).cannot(format_args!("write {}", path.display()))?;
        }
        report.finish()
    }
}

fn is_meant(file: &ScenarioFile, name: &str) -> bool {
    file.name().contains(name) || file.scenario.steps.iter().any(|step| step.name.contains(name))
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

fn scenarios(context: &Context, path: &Path) -> Outcome<Vec<ScenarioFile>> {
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
    files.iter().map(|file| ScenarioFile::read(file, context.printer)).collect()
}

/// What the host noticed, for an author whose case failed.
pub(super) fn tell(context: &Context, stream: &mut NoticeStream) -> Outcome<()> {
    show(context, std::iter::from_fn(|| stream.try_next()))
}

fn show(context: &Context, noticed: impl IntoIterator<Item = Notice>) -> Outcome<()> {
    let notices = Notices::new(context.printer, false);
    let worth =
        noticed.into_iter().filter(|notice| !matches!(notice, Notice::Ready { .. } | Notice::Stopping));
    worth.into_iter().try_for_each(|notice| notices.show(&notice))
}
