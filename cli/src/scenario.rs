//! Scenarios: what a plugin's author expects of it, played in the real host and sandbox by `wa plugins test`.

mod compare;
mod line;
mod play;
mod record;
mod secrets;
mod stage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use manifest_schema::scenario::{self, Scenario};
use manifest_schema::source::Source;

use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::project;
use crate::terminal::Printer;

pub(crate) use compare::Difference;
pub(crate) use line::Phones;
pub(crate) use stage::{Stage, connected};

/// A file of `tests/`.
pub(crate) struct ScenarioFile {
    pub(crate) path: PathBuf,
    pub(crate) scenario: Scenario,
}

impl ScenarioFile {
    /// Reads and checks it; its findings are shown.
    pub(crate) fn read(path: &Path, printer: Printer) -> Outcome<Self> {
        let shown = findings::shown(path).to_owned();
        let mut source = Source::read(path).cannot("read a scenario")?;
        source.path.clone_from(&shown);
        match scenario::read(&source) {
            (Some(scenario), _) => Ok(Self { path: path.to_owned(), scenario }),
            (None, found) => {
                let report = project::report(&source, found);
                findings::show(printer, &report);
                Err(Failure::no(format_args!("{} has {}", shown.display(), findings::count(&report))))
            }
        }
    }

    /// Its name, for people.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

/// How a step came out.
#[derive(Debug)]
pub(crate) struct StepOutcome {
    pub(crate) name: String,
    /// What was not as expected; nothing where all was.
    pub(crate) failure: Option<StepFailure>,
    pub(crate) took: Duration,
}

/// What was not as a step expects.
#[derive(Debug, Default)]
pub(crate) struct StepFailure {
    /// What went wrong, where that is not a difference.
    pub(crate) why: Option<String>,
    pub(crate) differences: Vec<Difference>,
    /// What the plugin threw meanwhile, with the places in its files.
    pub(crate) thrown: Vec<String>,
}

impl StepFailure {
    /// It in one line.
    pub(crate) fn summary(&self) -> String {
        let differences = self.differences.iter().map(ToString::to_string);
        self.why.iter().cloned().chain(differences).collect::<Vec<_>>().join("; ")
    }
}
