//! Records in the forms that other systems take in.

mod cef;
mod ocsf;

pub use cef::cef;
pub use ocsf::ocsf;

use crate::{Outcome, record::Record};

/// The program that made the records, as the other system names it.
const PRODUCT: &str = "wa";

fn is_done(record: &Record) -> bool {
    record.outcome == Outcome::Done.as_str()
}

/// The plugin and the subject, as far as they are there.
fn subjects(record: &Record) -> String {
    [record.plugin.as_deref(), record.subject.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
