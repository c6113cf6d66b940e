//! `wa plugins install`

use clap::Args;
use registry_index::install::{self, ApplyOptions, Approval, Confirmed, InstallError, InstallPlan, Need};
use registry_index::keys::Fingerprint;
use serde_json::json;

use super::plan_text;
use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::fetching;
use crate::findings;
use crate::project::{self, OpenProject};
use crate::status::Status;
use crate::terminal::{Confirmation, Progress};

/// Install a plugin, after showing what it may do
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa plugins install ./order-desk-1.2.0.tgz\n  wa plugins install ./order-desk-1.2.0.tgz --yes --trust-key wa:1f2e:…\n  \
                        wa plugins install ./plugins/order-desk      (your own folder: linked, unsigned, shown as DEV)\n\n\
                        --yes answers the question and nothing else: an unknown publisher, a missing signature and an older\n\
                        version each have a flag of their own. Without a terminal and without --yes: exit 3, nothing changed."
)]
pub(crate) struct Install {
    /// A package file (.tgz) or a plugin's folder
    pub(crate) spec: String,

    /// Answer the question with yes
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Trust the publisher's key with this fingerprint
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) trust_key: Option<Fingerprint>,

    /// Install a package that nobody has signed; stays visible in wa.lock, `list` and `doctor`
    #[arg(long)]
    pub(crate) allow_unsigned: bool,

    /// Install an older package than was installed before
    #[arg(long)]
    pub(crate) allow_downgrade: bool,

    /// Show the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) format: DataFormat,
}

impl Install {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let plan = self.plan(context, &project)?;
        if self.dry_run {
            return self.show_only(context, &plan);
        }
        context.printer.note(plan_text::install(&plan).trim_end());
        let approval = self.approval(context, &plan)?;
        let progress = Progress::start(context.printer, format!("installing {}", plan.id));
        let applied = plan
            .apply(ApplyOptions {
                layout: &project.layout,
                trust: &mut project.trust,
                approval: &approval,
                now: (context.clock)(),
                waiting: &mut project::waiting(context.printer),
            })
            .map_err(|error| failure("install the plugin", &error))?;
        drop(progress);
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "id": applied.id, "version": applied.version, "action": applied.action }))?;
        }
        context.printer.done("Installed", format_args!("{} {}", applied.id, applied.version));
        Ok(Status::Done)
    }

    fn plan(&self, context: &Context, project: &OpenProject) -> Outcome<InstallPlan> {
        let what = format!("install {}", self.spec);
        let specs = fetching::specs(context, std::slice::from_ref(&self.spec))?;
        let progress = Progress::start(context.printer, format!("checking {}", self.spec));
        let fetched = fetching::fetch(&specs).remove(0)?;
        let candidate = install::candidate(fetched).map_err(|error| {
            if let InstallError::Findings(report) = &error {
                findings::show(context.printer, report);
            }
            failure(&what, &error)
        })?;
        let plan = install::plan(candidate, &project.plan_context()).map_err(|error| failure(&what, &error));
        drop(progress);
        plan
    }

    fn show_only(&self, context: &Context, plan: &InstallPlan) -> Outcome {
        if self.format.json {
            context.printer.json(&json!({ "schemaVersion": 1, "dryRun": true, "plan": plan }))?;
        } else {
            context.printer.data_text(plan_text::install(plan))?;
            context.printer.note("Nothing was changed.");
        }
        Ok(Status::Done)
    }

    /// What was said yes to, by flags and by the person. Asks only when the answer can make a difference.
    fn approval(&self, context: &Context, plan: &InstallPlan) -> Outcome<Approval> {
        let mut approval = Approval {
            confirmed: if self.yes { Confirmed::ByFlag } else { Confirmed::No },
            trust_key: self.trust_key,
            allow_unsigned: self.allow_unsigned,
            allow_downgrade: self.allow_downgrade,
        };
        let in_person = Approval { confirmed: Confirmed::InPerson, ..approval.clone() };
        if let Some(stuck) = in_person.missing(&plan.needs).first() {
            return Err(refused(plan, stuck));
        }
        if self.yes || plan.needs.is_empty() {
            return match approval.missing(&plan.needs).first() {
                Some(missing) => Err(refused(plan, missing)),
                None => Ok(approval),
            };
        }
        match context
            .prompter
            .confirm(&format!("Install {} {} with these permissions?", plan.id, plan.version))?
        {
            Confirmation::Yes => {
                approval.confirmed = Confirmed::InPerson;
                Ok(approval)
            }
            Confirmation::No => Err(Failure::unconfirmed("not confirmed; nothing was changed")),
            Confirmation::Nobody => Err(Failure::unconfirmed(
                "this needs a confirmation, and there is no terminal to ask on; nothing was changed",
            )
            .hint("read the plan above, then run it again with --yes")),
        }
    }
}

fn refused(plan: &InstallPlan, need: &Need) -> Failure {
    let (why, flag) = match need {
        Need::Confirmation => ("it needs a confirmation", "--yes".to_owned()),
        Need::TrustKey(key) => (
            "its publisher is not trusted yet",
            format!("--trust-key {key}, once you know that the key is the publisher's"),
        ),
        Need::AllowUnsigned => {
            ("nobody has signed it", "--allow-unsigned, if you know where it comes from".to_owned())
        }
        Need::AllowDowngrade => ("a newer package was installed before", "--allow-downgrade".to_owned()),
    };
    Failure::no(format_args!("{} {} is not installed: {why}", plan.id, plan.version))
        .hint(format_args!("run it again with {flag}"))
}

fn failure(what: &str, error: &InstallError) -> Failure {
    let failure = if error.is_refusal() {
        Failure::no(format_args!("cannot {what}"))
    } else {
        Failure::could_not_run(format_args!("cannot {what}"))
    };
    failure.because(error)
}
