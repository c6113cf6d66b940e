//! `wa plugins types`

use std::fs;
use std::path::PathBuf;

use clap::Args;
use manifest_schema::{
    manifest, schemas,
    source::{Source, Syntax},
    typings,
};

use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::project;
use crate::status::Status;
use crate::terminal::Printer;

/// Write the TypeScript types of a plugin's manifest, and the schemas of its files for editors
#[derive(Debug, Args)]
pub(crate) struct Types {
    /// The plugin's folder
    #[arg(default_value = ".")]
    path: PathBuf,
}

impl Types {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let checked = super::validate::check_folder(&self.path)?;
        let Some(source) = checked.source else {
            return Err(Failure::no(format_args!("{} holds no manifest", self.path.display()))
                .hint("start a plugin with `wa plugins new`"));
        };
        for (path, text) in files(context.printer, &source.text)? {
            let file = self.path.join(&path);
            let written =
                file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
            written.cannot(format_args!("write {}", file.display()))?;
            context.printer.done("Wrote", file.display());
        }
        Ok(Status::Done)
    }
}

/// The files of the `types` folder for a manifest.
pub(super) fn files(printer: Printer, manifest_text: &str) -> Outcome<Vec<(PathBuf, String)>> {
    let source = Source::new(manifest::FILE_NAMES[0], manifest_text, Syntax::Yaml);
    let (manifest, findings) = manifest::read(&source);
    let Some(manifest) = manifest else {
        findings::show(printer, &project::report(&source, findings));
        return Err(Failure::no("the manifest has errors"));
    };
    Ok(vec![
        ("types/wa.d.ts".into(), typings::typescript(&manifest)),
        ("types/wa.plugin.schema.json".into(), schemas::PLUGIN.text.to_owned()),
        ("types/wa.scenario.schema.json".into(), schemas::SCENARIO.text.to_owned()),
    ])
}
