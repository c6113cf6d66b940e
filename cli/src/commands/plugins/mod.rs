//! `wa plugins …`

mod approval;
mod build;
mod change;
mod contract;
mod dev;
mod inspect;
mod install;
mod list;
mod migrate;
mod new;
mod outdated;
mod pack;
mod plan;
mod plan_text;
mod planned;
mod publish;
mod reload;
mod rollback;
mod search;
mod sign;
mod sync;
mod test;
mod types;
mod update;
mod validate;
mod verify;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

pub(crate) use change::confirm;
pub(crate) use install::Install;
pub(crate) use new::New;
pub(crate) use pack::Pack;
pub(crate) use test::Test;
pub(crate) use validate::Validate;

/// Write, check, pack, install and look at plugins
#[derive(Debug, Subcommand)]
pub(crate) enum Plugins {
    New(New),
    Validate(Validate),
    Types(types::Types),
    Build(build::Build),
    Migrate(migrate::Migrate),
    Test(Test),
    Dev(dev::Dev),
    Pack(Pack),
    Sign(sign::Sign),
    Verify(verify::Verify),
    Publish(publish::Publish),
    Search(search::Search),
    Install(Install),
    Update(update::Update),
    Outdated(outdated::Outdated),
    Rollback(rollback::Rollback),
    Sync(sync::Sync),
    Mirror(sync::Mirror),
    Prune(rollback::Prune),
    Uninstall(change::Uninstall),
    Enable(change::Enable),
    Disable(change::Disable),
    List(list::List),
    Inspect(inspect::Inspect),
    Plan(plan::Plan),
    Reload(reload::Reload),
}

impl Plugins {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self {
            Self::New(command) => command.run(context),
            Self::Validate(command) => command.run(context),
            Self::Types(command) => command.run(context),
            Self::Build(command) => command.run(context),
            Self::Migrate(command) => command.run(context),
            Self::Test(command) => command.run(context),
            Self::Dev(command) => command.run(context),
            Self::Pack(command) => command.run(context),
            Self::Sign(command) => command.run(context),
            Self::Verify(command) => command.run(context),
            Self::Publish(command) => command.run(context),
            Self::Search(command) => command.run(context),
            Self::Install(command) => command.run(context),
            Self::Update(command) => command.run(context),
            Self::Outdated(command) => command.run(context),
            Self::Rollback(command) => command.run(context),
            Self::Sync(command) => command.run(context),
            Self::Mirror(command) => command.run(context),
            Self::Prune(command) => command.run(context),
            Self::Uninstall(command) => command.run(context),
            Self::Enable(command) => command.run(context),
            Self::Disable(command) => command.run(context),
            Self::List(command) => command.run(context),
            Self::Inspect(command) => command.run(context),
            Self::Plan(command) => command.run(context),
            Self::Reload(command) => command.run(context),
        }
    }
}
