//! What an operator may say yes to, by flags or at the prompt.

use clap::Args;
use registry_index::install::{Approval, Confirmed, InstallPlan, Need};
use registry_index::keys::Fingerprint;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::terminal::Confirmation;

/// The flags of every command that installs something.
#[derive(Debug, Args)]
pub(crate) struct Approvals {
    /// Answer the question with yes
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Trust the publisher's key with this fingerprint; may be given several times
    #[arg(long = "trust-key", value_name = "FINGERPRINT")]
    pub(crate) trust_keys: Vec<Fingerprint>,

    /// Install a package that nobody has signed; stays visible in wa.lock, `list` and `doctor`
    #[arg(long)]
    pub(crate) allow_unsigned: bool,

    /// Install an older package than was installed before
    #[arg(long)]
    pub(crate) allow_downgrade: bool,
}

impl Approvals {
    /// What was said yes to, by flags and by the person. Asks once for all plans, and only when the answer can make a
    /// difference.
    pub(crate) fn of(&self, context: &Context, plans: &[InstallPlan], question: &str) -> Outcome<Approval> {
        let mut approval = Approval {
            confirmed: if self.yes { Confirmed::ByFlag } else { Confirmed::No },
            trust_keys: self.trust_keys.clone(),
            allow_unsigned: self.allow_unsigned,
            allow_downgrade: self.allow_downgrade,
        };
        let in_person = Approval { confirmed: Confirmed::InPerson, ..approval.clone() };
        none_missing(&in_person, plans)?;
        if self.yes || plans.iter().all(|plan| plan.needs.is_empty()) {
            return none_missing(&approval, plans).map(|()| approval);
        }
        match context.prompter.confirm(question)? {
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

/// Refuses with the first need that the approval does not cover.
fn none_missing(approval: &Approval, plans: &[InstallPlan]) -> Outcome<()> {
    plans.iter().try_for_each(|plan| match approval.missing(&plan.needs).first() {
        Some(need) => Err(refused(plan, need)),
        None => Ok(()),
    })
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
