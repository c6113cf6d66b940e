//! `wa init`

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use manifest_schema::layout::Layout;
use manifest_schema::schemas;

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Make a project: a folder with a wa.yaml
#[derive(Debug, Args)]
#[command(after_help = "Example: wa init support-desk")]
pub(crate) struct Init {
    /// The folder, made if it does not exist
    #[arg(default_value = ".")]
    dir: PathBuf,
}

const PROJECT: &str = "\
# yaml-language-server: $schema=.wa/schema/wa.project.schema.json
schema: 1

# Who answers, where, and with which tools. A handler is a plugin with an `agent` handler.
# agents:
#   ana:
#     handler: order-desk
#     bindings: [{ channel: console }]
#     tools: { allow: [\"order_desk_*\"] }

plugins:
  # Folders with plugins of your own; they run as they are, unsigned, and are shown as DEV everywhere.
  paths: [./plugins]

channels:
  console: { enabled: true }
";

const IGNORED: &str =
    "# The state of wa: rebuilt from wa.yaml and wa.lock, except what plugins stored.\n/.wa/\n/.env\n";

impl Init {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let layout = Layout::new(&self.dir);
        if layout.project_file().exists() {
            return Err(Failure::no(format_args!("{} is a project already", self.dir.display()))
                .hint(format_args!("its settings are in {}", layout.project_file().display())));
        }
        fs::create_dir_all(self.dir.join("plugins"))
            .cannot(format_args!("make {}", self.dir.join("plugins").display()))?;
        write_schema(&layout)?;
        write_new(&self.dir.join(".gitignore"), IGNORED)?;
        // The project file comes last: with it the folder is a project, without it nothing has happened.
        write_new(&layout.project_file(), PROJECT)?;
        context.printer.done("Made", format_args!("the project {}", self.dir.display()));
        context.printer.note("             next: `wa plugins new`, or `wa plugins install FILE`");
        Ok(Status::Done)
    }
}

/// The editor's schema for `wa.yaml`, named in its first line.
fn write_schema(layout: &Layout) -> Outcome<()> {
    let folder = layout.state().join("schema");
    fs::create_dir_all(&folder).cannot(format_args!("make {}", folder.display()))?;
    let file = folder.join("wa.project.schema.json");
    fs::write(&file, schemas::PROJECT.text).cannot(format_args!("write {}", file.display()))
}

/// A file that is there already stays as it is.
fn write_new(file: &Path, text: &str) -> Outcome<()> {
    match fs::File::create_new(file).and_then(|mut new| std::io::Write::write_all(&mut new, text.as_bytes()))
    {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        result => result.cannot(format_args!("write {}", file.display())),
    }
}
