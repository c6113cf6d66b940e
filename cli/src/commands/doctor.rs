//! `wa doctor`

use clap::Args;
use clap::builder::PossibleValuesParser;
use manifest_schema::finding::{Report, Severity};

use crate::context::Context;
use crate::doctor::{self, CHECKS, Check, ExaminationJson, Scene};
use crate::failure::Outcome;
use crate::findings::{self, FindingOptions, FormatName};
use crate::project;
use crate::status::Status;
use crate::terminal::plain;

/// Check the project, its plugins and this machine; no plugin code runs
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa doctor\n  wa doctor --only plugins,sandbox --format github\n  wa doctor --fix\n\n\
                        Exits 0 when all is well, 1 when something is not, 2 when doctor itself could not run.\n\
                        Every finding has a code; `wa explain CODE` tells more."
)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) options: FindingOptions,

    /// Make only these checks
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',', value_parser = check_id())]
    pub(crate) only: Vec<String>,

    /// Leave these checks out
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',', value_parser = check_id())]
    pub(crate) skip: Vec<String>,

    /// List the checks
    #[arg(long)]
    pub(crate) list: bool,

    /// First mend what can be mended without losing anything: file modes, the record of a host that was killed
    #[arg(long)]
    pub(crate) fix: bool,

    /// Ask the programs of `exec` providers for the secrets that they hold
    #[arg(long)]
    pub(crate) allow_exec: bool,
}

fn check_id() -> PossibleValuesParser {
    PossibleValuesParser::new(CHECKS.iter().map(|check| check.id))
}

impl Doctor {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        if self.list {
            return self.print_list(context);
        }
        let checks = self.checks();
        let scene = Scene::open(context, self.allow_exec, &mut project::waiting(context.printer))?;
        if self.fix {
            mend(context, &scene, &checks);
        }
        let examination = doctor::examine(&scene, &checks);
        let report = examination.report();
        let status = self.options.status(&report);
        let printer = context.printer;
        match self.options.format() {
            FormatName::Text => {
                printer.data_text(doctor::text(&examination, printer.colors_data(), printer.is_verbose()))?;
            }
            FormatName::Json => printer.json(&ExaminationJson::new(&examination, status == Status::Done))?,
            FormatName::Sarif | FormatName::Github | FormatName::Junit => {
                self.options.print(context, &report)?;
            }
        }
        let made = examination.made();
        printer.done("Made", format_args!("{made} of {} checks: {}", CHECKS.len(), counts(context, &report)));
        Ok(status)
    }

    fn checks(&self) -> Vec<&'static Check> {
        let is_wanted = |check: &&Check| {
            let names = |ids: &[String]| ids.iter().any(|id| id == check.id);
            (self.only.is_empty() || names(&self.only)) && !names(&self.skip)
        };
        CHECKS.iter().filter(is_wanted).collect()
    }

    fn print_list(&self, context: &Context) -> Outcome {
        if self.options.format() == FormatName::Json {
            context.printer.json(&doctor::list_json())?;
            return Ok(Status::Done);
        }
        for check in CHECKS {
            context.printer.data(format_args!("{:<12} {}", check.id, check.title))?;
        }
        Ok(Status::Done)
    }
}

fn mend(context: &Context, scene: &Scene, checks: &[&'static Check]) {
    let repairs = doctor::mend(scene, checks);
    for repair in &repairs {
        let what = plain(&repair.what);
        match &repair.problem {
            None => context.printer.done("Fixed", what),
            Some(problem) => {
                context.printer.warning(format_args!("could not fix the {what}: {}", plain(problem)));
            }
        }
    }
    if repairs.is_empty() {
        context.printer.note("nothing that --fix mends needs mending");
    }
}

/// What it comes to, and how much the text does not show unless asked.
fn counts(context: &Context, report: &Report) -> String {
    let wrong = match report.worst() {
        Some(Severity::Error | Severity::Warning) => findings::count(report),
        Some(Severity::Info) | None => "nothing wrong".to_owned(),
    };
    match report.count(Severity::Info) {
        0 => wrong,
        notes if context.printer.is_verbose() => format!("{wrong}, {notes} worth knowing"),
        notes => format!("{wrong}, {notes} worth knowing (shown with -v)"),
    }
}
