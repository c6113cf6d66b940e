//! `wa plugins migrate`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use manifest_schema::manifest::FILE_NAMES;
use manifest_schema::migrate::{self, MigrateError, Migration};
use manifest_schema::source::Source;
use serde_json::{Value, json};

use super::pack::write_whole;
use crate::arguments::DataFormat;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::status::Status;

/// Rewrite a manifest in an older form to the current one
///
/// Comments, order and style stay. There is one version of the format so far; what is older in it are names that other systems gave
/// to events.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa plugins migrate plugins/order-desk --dry-run\n  wa plugins migrate plugins/order-desk"
)]
pub(crate) struct Migrate {
    /// The plugin's folder, or its manifest
    #[arg(default_value = ".")]
    path: PathBuf,

    /// Print the changes as a diff, and write nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    format: DataFormat,
}

impl Migrate {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let file = manifest_at(&self.path)?;
        let shown = findings::shown(&file).display().to_string();
        let source = Source::read(&file).cannot(format_args!("migrate {shown}"))?;
        let migrated = migrate::migrate(&source).map_err(|error| refusal(&shown, &error))?;
        let is_written = !migrated.changes.is_empty() && !self.dry_run;
        if is_written {
            // A link is written through, not replaced.
            let target = fs::canonicalize(&file).cannot(format_args!("write {shown}"))?;
            write_whole(&target, |out| {
                out.write_all(migrated.text.as_bytes()).cannot(format_args!("write {shown}"))
            })?;
        }
        if self.format.json {
            context.printer.json(&as_json(&shown, &migrated, is_written))?;
        } else if self.dry_run {
            context.printer.data_text(diff(&shown, &source.text, &migrated.text))?;
        }
        match migrated.changes.len() {
            0 => context
                .printer
                .note(format_args!("{shown} is current (version {}): nothing to do", migrate::CURRENT)),
            _ if self.dry_run => {}
            _ => told(context, &shown, &migrated),
        }
        Ok(Status::Done)
    }
}

fn manifest_at(path: &Path) -> Outcome<PathBuf> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let files = FILE_NAMES.map(|name| path.join(name));
    files.into_iter().find(|file| file.is_file()).ok_or_else(|| {
        Failure::could_not_run(format_args!("there is no {} in {}", FILE_NAMES[0], path.display()))
            .hint("name a plugin's folder, or the manifest in it")
    })
}

fn refusal(shown: &str, error: &MigrateError) -> Failure {
    let failure = Failure::no(format_args!("cannot migrate {shown}")).because(error);
    match error {
        MigrateError::Newer(_) => {
            failure.hint("update wa, or take a version of the plugin that was made for this one")
        }
        MigrateError::Unreadable(_) => failure.hint("`wa plugins validate` shows the place"),
        MigrateError::NoVersion | MigrateError::Twice { .. } | MigrateError::Unsafe { .. } => failure,
    }
}

fn told(context: &Context, shown: &str, migrated: &Migration) {
    context.printer.done("Migrated", shown);
    for change in &migrated.changes {
        context
            .printer
            .note(format_args!("             line {}: {} is {} now", change.line, change.from, change.to));
    }
    context
        .printer
        .note("             next: `wa plugins validate`; handlers in the code have the new names too");
}

fn as_json(shown: &str, migrated: &Migration, is_written: bool) -> Value {
    let changes = migrated.changes.iter().map(|change| {
        json!({ "line": change.line, "pointer": change.pointer, "from": change.from, "to": change.to })
    });
    json!({
        "schemaVersion": 1,
        "path": shown,
        "version": migrate::CURRENT,
        "written": is_written,
        "changes": changes.collect::<Vec<_>>(),
    })
}

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// A unified diff of two texts with equally many lines, as `patch` and `git apply` take it; empty if they are equal.
fn diff(path: &str, old: &str, new: &str) -> String {
    let lines = |text: &'_ str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<String>>();
    let (old, new) = (lines(old), lines(new));
    let mut changed =
        old.iter().zip(&new).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at).peekable();
    let mut text = String::new();
    while let Some(first) = changed.next() {
        let mut last = first;
        while let Some(next) = changed.next_if(|next| next - last <= 2 * CONTEXT) {
            last = next;
        }
        if text.is_empty() {
            text = format!("--- a/{path}\n+++ b/{path}\n");
        }
        let (start, end) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(old.len()));
        text += &format!("@@ -{0},{1} +{0},{1} @@\n", start + 1, end - start);
        let mut at = start;
        while at < end {
            let run = (at..end).take_while(|at| old[*at] != new[*at]).count();
            if run == 0 {
                text += &line(' ', &old[at]);
            }
            old[at..at + run].iter().for_each(|old| text += &line('-', old));
            new[at..at + run].iter().for_each(|new| text += &line('+', new));
            at += run.max(1);
        }
    }
    text
}

fn line(mark: char, line: &str) -> String {
    let end = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
    format!("{mark}{line}{end}")
}
