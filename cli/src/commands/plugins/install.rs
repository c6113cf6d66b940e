//! `wa plugins install`

use audit_log::Action;
use clap::Args;
use registry_index::install;

use super::approval::Approvals;
use super::planned;
use crate::arguments::DataFormat;
use crate::audit;
use crate::context::Context;
use crate::failure::Outcome;
use crate::fetching::{self, RegistryFlags};
use crate::project;
use crate::status::Status;

/// Install plugins, after showing what they may do
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa plugins install @acme/order-desk@^1.2\n  wa plugins install ./order-desk-1.2.0.tgz\n  wa plugins install ./order-desk-1.2.0.tgz --yes --trust-key wa:1f2e:…\n  \
                        wa plugins install ./plugins/order-desk      (your own folder: linked, unsigned, shown as DEV)\n\n\
                        Several are installed all together or not at all.\n\
                        --yes answers the question and nothing else: an unknown publisher, a missing signature and an older\n\
                        version each have a flag of their own. Without a terminal and without --yes: exit 3, nothing changed."
)]
pub(crate) struct Install {
    /// Packages of a registry (`@acme/order-desk@^1.2`), package files (.tgz), URLs, or plugins' folders
    #[arg(required = true, value_name = "SPEC")]
    pub(crate) specs: Vec<String>,

    #[command(flatten)]
    pub(crate) approvals: Approvals,

    #[command(flatten)]
    pub(crate) registry: RegistryFlags,

    /// Show the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) format: DataFormat,
}

impl Install {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let (asked, is_tried) = (self.specs.join(" "), !self.dry_run);
        self.install(context).map_err(|failure| match is_tried {
            true => audit::refused(context, Action::PluginInstall, &asked, failure),
            false => failure,
        })
    }

    fn install(self, context: &Context) -> Outcome {
        let mut project = project::open(context)?;
        let specs = fetching::specs(context, &self.specs)?;
        let plans = planned::plans(context, &mut project, &self.registry, &specs)?;
        if self.dry_run {
            planned::show_only(context, &plans, self.format.json)?;
            return Ok(Status::Done);
        }
        planned::show(context, &plans);
        let approval = self.approvals.of(context, &plans, &question(&plans))?;
        planned::apply(context, &mut project, plans, &approval, self.format.json)?;
        Ok(Status::Done)
    }
}

fn question(plans: &[install::InstallPlan]) -> String {
    match plans {
        [plan] => format!("Install {} {} with these permissions?", plan.id, plan.version),
        _ => format!("Install these {} plugins with these permissions?", plans.len()),
    }
}
