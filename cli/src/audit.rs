//! What the commands record, and where: the project's log for what changes the project, the operator's own for keys and trust,
//! which belong to no project.

use audit_log::{
    Action, Actor, AuditLog, Detail, DetailValue, Durability, Entry, Event, Limits, Outcome as Done, Place,
};
use manifest_schema::names::PluginId;
use registry_index::install::{self, InstallPlan};

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::project;
use crate::status::Status;

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// That of the project at hand.
    Project,
    /// The operator's own.
    Operator,
}

impl Log {
    /// Where it is.
    pub(crate) fn place(self, context: &Context) -> Outcome<Place> {
        let keys = context.audit_home()?;
        let folder = match self {
            Self::Project => project::layout(context)?.audit(),
            Self::Operator => keys.join("operator"),
        };
        Ok(Place { folder, keys })
    }
}

/// The person or script that runs this command.
pub(crate) fn operator() -> Actor {
    Actor::Operator(rustix::process::getuid().as_raw())
}

/// Something that the operator does.
pub(crate) fn done(action: Action) -> Event {
    Event::done(operator(), action)
}

/// Records, then acts. What cannot be recorded is not done; what was recorded and fails is recorded as failed.
pub(crate) fn around<T>(
    context: &Context,
    log: Log,
    events: Vec<Event>,
    act: impl FnOnce() -> Outcome<T>,
) -> Outcome<T> {
    record(context, log, events.clone())?;
    act().inspect_err(|_| {
        let failed = events.into_iter().map(|event| event.but(Done::Failed)).collect();
        if let Err(failure) = record(context, log, failed) {
            context.printer.warning(failure);
        }
    })
}

/// Records on the disk, and makes a checkpoint.
pub(crate) fn record(context: &Context, log: Log, events: Vec<Event>) -> Outcome<()> {
    const WHAT: &str = "record this in the audit log, so it is not done";
    if events.is_empty() {
        return Ok(());
    }
    let at = (context.clock)().into();
    let mut opened = AuditLog::open(log.place(context)?, Limits::default(), at).cannot(WHAT)?;
    let entries: Vec<Entry> = events.into_iter().map(|event| Entry { at, event }).collect();
    opened.append(&entries, Durability::Synced).cannot(WHAT)?;
    if let Err(error) = opened.checkpoint(at) {
        let failure = Failure::could_not_run("no checkpoint of the audit log was made").because(&error);
        context.printer.warning(failure);
    }
    Ok(())
}

/// Records that a rule refused what was asked, and hands the refusal on.
pub(crate) fn refused(context: &Context, action: Action, about: &str, failure: Failure) -> Failure {
    if failure.status == Status::No {
        let event = Event::refused(operator(), action).about(about).with(Detail::Reason, failure.to_string());
        if let Err(failure) = record(context, Log::Project, vec![event]) {
            context.printer.warning(failure);
        }
    }
    failure
}

/// A change of a plugin that has no plan of an installation.
pub(crate) fn change(action: Action, id: &PluginId) -> Event {
    done(action).plugin(id)
}

/// What installing this does to the project.
pub(crate) fn installation(plan: &InstallPlan) -> Vec<Event> {
    let (action, from) = match &plan.action {
        install::Action::Install | install::Action::Reinstall => (Action::PluginInstall, None),
        install::Action::Update { from } => (Action::PluginUpdate, Some(from)),
        install::Action::Downgrade { from } | install::Action::Rollback { from } => {
            (Action::PluginRollback, Some(from))
        }
        install::Action::Link => (Action::PluginLink, None),
    };
    let mut event = change(action, &plan.id)
        .with(Detail::Version, plan.version.to_string())
        .with(Detail::Source, plan.source.as_str())
        .with(Detail::Trust, plan.trust.to_string());
    if let Some(from) = from {
        event = event.with(Detail::From, from.to_string());
    }
    if let Some(archive) = &plan.archive {
        event = event.with(Detail::Digest, archive.to_string());
    }
    if let Some(signer) = &plan.signer {
        let keys: DetailValue = std::iter::once(&signer.key).chain(&signer.others).collect();
        event = event.with(Detail::Publisher, signer.publisher.to_string()).with(Detail::Keys, keys);
    }
    let words = |lines: &[manifest_schema::permissions::PermissionLine]| {
        lines.iter().map(|line| &line.words).collect::<DetailValue>()
    };
    let mut grant = change(Action::PluginGrant, &plan.id).with(Detail::Permissions, words(&plan.permissions));
    if !plan.dropped_permissions.is_empty() {
        grant = grant.with(Detail::Dropped, words(&plan.dropped_permissions));
    }
    vec![event, grant]
}

/// What installing this does to the operator's trust.
pub(crate) fn lesson(plan: &InstallPlan) -> Option<Event> {
    let signer = plan.signer.as_ref()?;
    let (action, packages) = match (&signer.replaces, &signer.will_pin) {
        (Some(_), _) => (Action::TrustRotate, None),
        (None, Some(pattern)) => (Action::TrustAdd, Some(pattern)),
        (None, None) => return None,
    };
    let mut event = done(action)
        .about(&signer.publisher)
        .with(Detail::Keys, [&signer.key].into_iter().collect::<DetailValue>());
    if let Some(packages) = packages {
        event = event.with(Detail::Packages, packages.to_string());
    }
    if let Some(from) = &signer.replaces {
        event = event.with(Detail::From, from.to_string());
    }
    Some(event.with(Detail::Code, "with_a_package"))
}
