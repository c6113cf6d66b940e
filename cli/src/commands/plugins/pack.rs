//! `wa plugins pack`

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use registry_index::pack::{self, PackError, PackOptions};
use registry_index::sign::Earlier;

use super::sign;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::status::Status;

/// Make a package from a plugin's folder
#[derive(Debug, Args)]
#[command(after_help = "The same folder always gives the same bytes.\n\n\
                        Example: wa plugins pack plugins/order-desk --sign --out dist")]
pub(crate) struct Pack {
    /// The plugin's folder
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,

    /// Where to put the package
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,

    /// Sign it with the publisher's key
    #[arg(long)]
    pub(crate) sign: bool,

    /// The package's sequence number, by which its publisher's packages are ordered; made from the version by default
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seq: Option<u64>,
}

impl Pack {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let packed = pack::pack(&self.path, &PackOptions { seq: self.seq })
            .map_err(|error| refused(context, &self.path, &error))?;
        findings::show_warnings(context.printer, &packed.report);
        let file = self.out.join(&packed.file_name);
        let publisher = match (self.sign, &packed.record.publisher) {
            (false, _) => None,
            (true, Some(publisher)) => Some(publisher),
            (true, None) => {
                return Err(Failure::no("the manifest names no publisher, so there is nobody to sign as")
                    .hint("add `publisher: NAME` to the manifest"));
            }
        };
        fs::create_dir_all(&self.out).cannot(format_args!("make {}", self.out.display()))?;
        let length = write_whole(&file, |to| match publisher {
            Some(publisher) => {
                sign::signed(context, Cursor::new(&packed.bytes), publisher, Earlier::Replaced, to)
            }
            None => to.write_all(&packed.bytes).cannot(format_args!("write {}", file.display())),
        })?;
        let signed = if self.sign { "signed" } else { "unsigned" };
        let files = packed.record.files.len();
        context
            .printer
            .done("Packed", format_args!("{files} files, {length} bytes, {signed}: {}", file.display()));
        Ok(Status::Done)
    }
}

fn refused(context: &Context, path: &Path, error: &PackError) -> Failure {
    if let PackError::Findings(report) = error {
        findings::show(context.printer, report);
        return Failure::no(format_args!("{} has {}", path.display(), findings::count(report)));
    }
    Failure::no(format_args!("cannot pack {}", path.display())).because(error)
}

/// A reader sees the old file or the new one, never half of it. Its length in bytes.
pub(super) fn write_whole(file: &Path, write: impl FnOnce(&mut dyn Write) -> Outcome<()>) -> Outcome<u64> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let what = format!("write {}", file.display());
    let mut staged = tempfile::NamedTempFile::new_in(folder).cannot(&what)?;
    write(&mut staged)?;
    let finish = || -> std::io::Result<u64> {
        let usual = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        let mode = fs::metadata(file).map_or(usual, |old| old.permissions());
        staged.as_file().set_permissions(mode)?;
        staged.as_file().sync_all()?;
        let length = staged.as_file().metadata()?.len();
        staged.persist(file)?;
        Ok(length)
    };
    finish().cannot(&what)
}
