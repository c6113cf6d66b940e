//! Scenarios side by side, each with a host of its own, as many as the machine has cores; told in the order of their names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use manifest_schema::manifest::Manifest;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::scenario::{ScenarioFile, Stage, StepOutcome};

/// Plays all files; `tell` hears of each in order. The first that could not be played is the failure, told when the others are done.
pub(super) fn play(
    context: &Context,
    folder: &Path,
    manifest: &Manifest,
    files: &[ScenarioFile],
    mut tell: impl FnMut(&ScenarioFile, Vec<StepOutcome>) -> Outcome<()>,
) -> Outcome<()> {
    let players = thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let next = AtomicUsize::new(0);
    let (played, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..players {
            let (next, played) = (&next, played.clone());
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Some(file) = files.get(number) else { return };
                    if played.send((number, one(context, folder, manifest, file))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(played);
        let (mut waiting, mut told, mut failed) = (BTreeMap::new(), 0, None::<Failure>);
        for (number, result) in results {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&told) {
                match result {
                    Ok(steps) => tell(&files[told], steps)?,
                    Err(failure) => drop(failed.get_or_insert(failure)),
                }
                told += 1;
            }
        }
        failed.map_or(Ok(()), Err)
    })
}

/// Plays one scenario in a project of its own that is gone afterwards.
fn one(
    context: &Context,
    folder: &Path,
    manifest: &Manifest,
    file: &ScenarioFile,
) -> Outcome<Vec<StepOutcome>> {
    let in_file =
        |failure: Failure| Failure { message: format!("{}: {}", file.name(), failure.message), ..failure };
    let mut stage = Stage::set(context, folder, manifest, &file.scenario).map_err(in_file)?;
    let steps = stage.play(file, manifest);
    stage.strike();
    Ok(steps)
}
