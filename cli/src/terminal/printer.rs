//! The only way to write: data to stdout, everything else to stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::failure::Failure;

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// Colour on a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Colour always.
    Always,
    /// No colour.
    Never,
}

/// `-q` and `-v`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors and data only.
    Quiet,
    /// What happened, in a line or two.
    Normal,
    /// And how.
    Verbose,
}

/// Writes data and talk, each to its stream, in the colours that the person wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    color: ColorChoice,
    verbosity: Verbosity,
}

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();

impl Printer {
    pub(crate) fn new(color: ColorChoice, verbosity: Verbosity) -> Self {
        Self { color, verbosity }
    }

    fn choice(self) -> anstream::ColorChoice {
        match self.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
    }

    /// Whether what goes to stdout is coloured.
    pub(crate) fn colors_data(self) -> bool {
        AutoStream::new(io::stdout(), self.choice()).current_choice() != anstream::ColorChoice::Never
    }

    /// Whether a person watches stderr and wants to see progress there.
    pub(crate) fn shows_progress(self) -> bool {
        self.verbosity == Verbosity::Normal && io::stderr().is_terminal()
    }

    pub(crate) fn is_verbose(self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// Data: one line to stdout.
    pub(crate) fn data(self, line: impl Display) -> Result<(), Failure> {
        self.data_text(format_args!("{line}\n"))
    }

    /// Data that brings its own line ends.
    pub(crate) fn data_text(self, text: impl Display) -> Result<(), Failure> {
        let mut out = AutoStream::new(io::stdout(), self.choice()).lock();
        write!(out, "{text}")?;
        out.flush()?;
        Ok(())
    }

    /// Data as one JSON document.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
        self.data(text)
    }

    /// Talk: what a person wants to know and a script does not.
    pub(crate) fn note(self, line: impl Display) {
        if self.verbosity > Verbosity::Quiet {
            self.to_stderr(format_args!("{line}"));
        }
    }

    /// Talk for those who asked for more.
    pub(crate) fn detail(self, line: impl Display) {
        if self.is_verbose() {
            self.to_stderr(format_args!("{line}"));
        }
    }

    /// A past-tense line about something done, its verb in green: `Packed order-desk 1.2.0`.
    pub(crate) fn done(self, verb: &str, what: impl Display) {
        self.note(format_args!("{GREEN}{verb:>12}{GREEN:#} {what}"));
    }

    /// Something that the person should know before going on.
    pub(crate) fn warning(self, what: impl Display) {
        self.note(format_args!("{YELLOW}warning{YELLOW:#}: {what}"));
    }

    /// A heading in a longer story.
    pub(crate) fn heading(self, what: impl Display) {
        self.note(format_args!("\n{CYAN}{what}{CYAN:#}"));
    }

    /// A failure with its causes and hints. Shown even when quiet.
    pub(crate) fn failure(self, failure: &Failure) {
        let mut text = format!("{RED}error{RED:#}: {}", failure.message);
        for cause in &failure.causes {
            text.push_str(&format!("\n  because: {cause}"));
        }
        for hint in &failure.hints {
            text.push_str(&format!("\n{CYAN}hint{CYAN:#}: {hint}"));
        }
        self.to_stderr(format_args!("{text}"));
    }

    fn to_stderr(self, line: impl Display) {
        // Nothing can be told to anybody when stderr is gone.
        let _ = writeln!(AutoStream::new(io::stderr(), self.choice()).lock(), "{line}");
    }
}
