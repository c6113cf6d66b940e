//! `wa demo`

mod acts;
mod stage;
mod whatsapp;

use std::fs;
use std::path::PathBuf;

use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;
use stage::Stage;

/// The whole story on this machine: a plugin is made, checked, signed, installed and run, and a hostile one is stopped
#[derive(Debug, Args)]
#[command(
    after_help = "Every line that begins with $ is a command that you can type yourself. Keys and trust of the demo are its own;\n\
                        yours are not touched. Nothing leaves this machine."
)]
pub(crate) struct Demo {
    /// Keep the project here, to go on with
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Have the agent answer on WhatsApp too, with a simulated server and phones
    #[arg(long)]
    whatsapp: bool,
}

impl Demo {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let temporary = tempfile::tempdir().cannot("make a temporary folder")?;
        let root = match &self.keep {
            Some(folder)
                if folder.exists()
                    && fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) =>
            {
                return Err(
                    Failure::no(format_args!("{} is not empty", folder.display())).hint("name a new folder")
                );
            }
            Some(folder) => {
                fs::create_dir_all(folder).cannot(format_args!("make {}", folder.display()))?;
                folder.canonicalize().cannot(format_args!("find {}", folder.display()))?
            }
            None => temporary.path().to_owned(),
        };
        let stage = Stage::set(context, root.clone())?;
        acts::write_and_check(&stage)?;
        acts::sign_and_install(&stage)?;
        acts::run_and_attack(&stage)?;
        acts::look_back(&stage)?;
        if self.whatsapp {
            whatsapp::play(&stage)?;
        }
        if self.keep.is_some() {
            context.printer.done(
                "Kept",
                format_args!(
                    "the project in {0}; `XDG_CONFIG_HOME={0}/config wa run --project {0}`",
                    root.display()
                ),
            );
        }
        Ok(Status::Done)
    }
}
