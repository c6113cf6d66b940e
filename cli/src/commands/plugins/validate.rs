//! `wa plugins validate`

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use manifest_schema::check::{self, Checked};
use manifest_schema::files::DirectoryFiles;
use manifest_schema::finding::Report;
use manifest_schema::foreign::Format;
use manifest_schema::manifest;
use registry_index::archive::Limits;
use registry_index::scanned::Scanned;

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
    /// Plugin folders, the manifests in them, or packages; also those of OpenClaw, Claude, Codex, Cursor and Agent Plugins
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

/// All checks of the plugin in a folder or an archive; the folder can also be named by its manifest.
pub(super) fn check_folder(path: &Path) -> Outcome<Checked> {
    let is_archive = [".tgz", ".tar.gz", ".zip"].iter().any(|end| path.to_string_lossy().ends_with(end));
    if is_archive && path.is_file() {
        return check_archive(path);
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(Failure::could_not_run(format_args!("{} is no folder", folder.display()))
            .hint("name a plugin's folder, the manifest in it, or a package"));
    }
    let files = DirectoryFiles::open(folder).cannot(format_args!("read {}", folder.display()))?;
    Ok(check::check_plugin(&files, findings::shown(folder)))
}

/// The folder that is meant: the path, or where the manifest at the path belongs.
fn folder_of(path: &Path) -> &Path {
    let name = path.file_name().unwrap_or_default();
    let is_manifest = manifest::FILE_NAMES.iter().any(|known| name == *known);
    let foreign = Format::ALL.iter().map(|format| Path::new(format.manifest_file()));
    let above = |file: &Path| path.ancestors().nth(file.components().count());
    let folder = match is_manifest {
        true => path.parent(),
        false if path.is_file() => foreign.filter(|file| path.ends_with(file)).filter_map(above).next(),
        false => None,
    };
    match folder.unwrap_or(path) {
        folder if folder.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    }
}

fn check_archive(path: &Path) -> Outcome<Checked> {
    let archive = File::open(path).cannot(format_args!("read {}", path.display()))?;
    let files =
        Scanned::read(archive, &Limits::default()).refused(format_args!("read {}", path.display()))?;
    Ok(check::check_plugin(&files, path))
}
