//! Where the demo plays: a project of its own, and a person who says yes.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use clap::Parser;

use crate::arguments::Arguments;
use crate::commands;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;
use crate::terminal::{Confirmation, Printer, Prompter};

/// The demo's project and its surroundings.
pub(super) struct Stage {
    context: Context,
    root: PathBuf,
}

impl Stage {
    pub(super) fn set(context: &Context, root: PathBuf) -> Outcome<Self> {
        let config = root.join("config/wa");
        let prompter = Box::new(SaysYes { printer: context.printer });
        Ok(Self { context: context.elsewhere(&root, &config, prompter), root })
    }

    pub(super) fn printer(&self) -> Printer {
        self.context.printer
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// A path in the demo's folder.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    pub(super) fn say(&self, heading: &str) {
        self.printer().heading(heading);
    }

    /// Runs a command as if it had been typed, and shows it. Paths are given from the demo's folder.
    pub(super) fn type_in(&self, line: &[&str]) -> Outcome {
        self.printer().note(format_args!("$ wa {}", line.join(" ")));
        let words = line.iter().map(|word| self.resolved(word));
        let arguments = Arguments::try_parse_from([OsString::from("wa")].into_iter().chain(words))
            .map_err(|error| Failure::could_not_run(format_args!("the demo has a wrong command: {error}")))?;
        commands::run(arguments.command, &self.context)
    }

    /// A command that must come to this status, or the demo is over.
    pub(super) fn comes_to(&self, line: &[&str], expected: Status) -> Outcome<()> {
        let status = self.type_in(line)?;
        if status == expected {
            return Ok(());
        }
        Err(Failure::could_not_run(format_args!("`wa {}` did not come out as it should", line.join(" "))))
    }

    /// Words that name something below the demo's folder begin with `./`.
    fn resolved(&self, word: &str) -> OsString {
        match word.strip_prefix("./") {
            Some(inside) => self.root.join(inside).into_os_string(),
            None => word.into(),
        }
    }

    pub(super) fn write(&self, inside: &str, text: &str) -> Outcome<()> {
        let file = self.path(inside);
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
        written.cannot(format_args!("write {}", file.display()))
    }

    /// Replaces a piece of a file that must be there.
    pub(super) fn replace(&self, inside: &str, from: &str, to: &str) -> Outcome<()> {
        let file = self.path(inside);
        let text = fs::read_to_string(&file).cannot(format_args!("read {}", file.display()))?;
        if !text.contains(from) {
            return Err(Failure::could_not_run(format_args!("{} does not hold `{from}`", file.display())));
        }
        self.write(inside, &text.replacen(from, to, 1))
    }
}

/// Answers the questions that a person would, on screen.
struct SaysYes {
    printer: Printer,
}

impl Prompter for SaysYes {
    fn confirm(&self, question: &str) -> Outcome<Confirmation> {
        self.printer.note(format_args!("{question} [y/N] y    (answered by the demo)"));
        Ok(Confirmation::Yes)
    }

    fn line(
        &self,
        question: &str,
        flag: &str,
        default: Option<&str>,
        _check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Outcome<String> {
        default
            .map(ToOwned::to_owned)
            .ok_or_else(|| Failure::could_not_run(format_args!("the demo does not know {question}; {flag}")))
    }

    fn choose(&self, question: &str, _flag: &str, _items: &[String]) -> Outcome<usize> {
        Err(Failure::could_not_run(format_args!("the demo does not know {question}")))
    }
}
