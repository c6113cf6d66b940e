//! What `wa doctor` checks: the project, its plugins, what a host has left, this machine.
//!
//! A check is a function from the [`Scene`] to findings, and a row in the table of [`checks`]. No check runs plugin code, touches
//! the network or changes anything; the few things that can be mended without losing anything are a function of their own in the
//! same row.

mod audit;
mod channels;
mod check;
mod checks;
mod examine;
mod host;
mod machine;
mod modes;
mod plugins;
mod project;
mod runtimes;
mod scene;
mod secrets;
mod show;

pub(crate) use check::Check;
pub(crate) use checks::CHECKS;
pub(crate) use examine::{examine, mend};
pub(crate) use scene::Scene;
pub(crate) use show::{ExaminationJson, list_json, text};
