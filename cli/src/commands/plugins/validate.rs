//! `wa plugins validate`

use std::path::{Path, PathBuf};

use clap::Args;
use manifest_schema::check::{self, Checked};
use manifest_schema::files::DirectoryFiles;
use manifest_schema::finding::Report;
use manifest_schema::manifest;

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings::{self, FindingOptions};

/// Check plugins without running their code
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa plugins validate plugins/order-desk\n  wa plugins validate --format sarif plugins/* > findings.sarif\n\n\
                        Every finding has a code; `wa explain CODE` tells more."
)]
pub(crate) struct Validate {
    /// Plugin folders, or the manifests in them
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    options: FindingOptions,
}

impl Validate {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let mut report = Report::new();
        for path in &self.paths {
            report.merge(check_folder(path)?.report);
        }
        self.options.print(context, &report)?;
        let plugins = if self.paths.len() == 1 {
            "1 plugin".to_owned()
        } else {
            format!("{} plugins", self.paths.len())
        };
        context.printer.done("Checked", format_args!("{plugins}: {}", findings::count(&report)));
        Ok(self.options.status(&report))
    }
}

/// All checks of the plugin in a folder; the folder can also be named by its manifest.
pub(super) fn check_folder(path: &Path) -> Outcome<Checked> {
    let is_manifest =
        path.file_name().is_some_and(|name| manifest::FILE_NAMES.iter().any(|known| name == *known));
    let folder = if is_manifest { path.parent().unwrap_or(Path::new(".")) } else { path };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if !folder.is_dir() {
        return Err(Failure::could_not_run(format_args!("{} is no folder", folder.display()))
            .hint("name a plugin's folder, or the wa.plugin.yaml in it"));
    }
    let files = DirectoryFiles::open(folder).cannot(format_args!("read {}", folder.display()))?;
    Ok(check::check_plugin(&files, findings::shown(folder)))
}
