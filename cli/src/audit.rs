//! What the commands record, and where: the project's log for what changes the project, the operator's own for keys and trust,
//! which belong to no project.

use audit_log::Place;

use crate::context::Context;
use crate::failure::Outcome;
use crate::project;

/// The log of the project at hand.
pub(crate) fn of_project(context: &Context) -> Outcome<Place> {
    Ok(Place { folder: project::layout(context)?.audit(), keys: context.audit_home()? })
}
