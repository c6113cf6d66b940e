//! `wa man`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_mangen::Man as Page;

use crate::arguments;
use crate::context::Context;
use crate::failure::{Outcome, While};
use crate::status::Status;

/// Print the manual page, or write the pages of all commands into a folder
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wa man | man -l -\n  wa man --dir ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Write one page per command here instead of printing
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let command = arguments::command().disable_help_subcommand(true);
        match self.dir {
            None => context.printer.data_text(page(command.name("wa"))?)?,
            Some(folder) => {
                fs::create_dir_all(&folder).cannot(format_args!("make {}", folder.display()))?;
                let count = write_pages(&folder, command, "wa")?;
                context.printer.done("Wrote", format_args!("{count} manual pages to {}", folder.display()));
            }
        }
        Ok(Status::Done)
    }
}

fn page(command: clap::Command) -> Outcome<String> {
    let mut text = Vec::new();
    Page::new(command).render(&mut text).cannot("render the manual page")?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Pages are named as git's are: `wa-plugins-new.1`.
fn write_pages(folder: &Path, command: clap::Command, name: &str) -> Outcome<usize> {
    let mut count = 1;
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        count += write_pages(folder, subcommand.clone(), &format!("{name}-{}", subcommand.get_name()))?;
    }
    let file = folder.join(format!("{name}.1"));
    fs::write(&file, page(command.name(name.to_owned()))?)
        .cannot(format_args!("write {}", file.display()))?;
    Ok(count)
}
