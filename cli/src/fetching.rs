//! From what a person wrote to archives on this machine.

use registry_index::install::{Fetched, Spec};

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};

/// Reads what a person wrote as specs, relative to the folder that the command was started in.
pub(crate) fn specs(context: &Context, texts: &[String]) -> Outcome<Vec<Spec>> {
    let folder = context.working_folder()?;
    texts.iter().map(|text| Spec::parse(text, &folder).refused(format_args!("install {text}"))).collect()
}

/// Fetches what is not on this machine yet, all at once; in the order of the specs.
pub(crate) fn fetch(specs: &[Spec]) -> Vec<Outcome<Fetched>> {
    specs.iter().map(fetch_one).collect()
}

fn fetch_one(spec: &Spec) -> Outcome<Fetched> {
    Fetched::local(spec).ok_or_else(|| Failure::no("packages of registries and URLs cannot be fetched yet"))
}
