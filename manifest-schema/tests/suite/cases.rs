//! A case is a text of several files, each after a line `=== path`.

use manifest_schema::check::check_plugin;
use manifest_schema::files::MemoryFiles;
use manifest_schema::finding::Report;
use manifest_schema::project;
use manifest_schema::render::{Format, RenderOptions, render};
use manifest_schema::source::{Source, Syntax};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, String)>,
}

/// All cases of a folder beside this one, in order of their names.
pub(crate) fn all(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Case {
    let text = fs::read_to_string(path).unwrap();
    let files = text.split("=== ").skip(1).map(|section| {
        let (name, text) = section.split_once('\n').unwrap();
        (name.to_owned(), text.to_owned())
    });
    Case { name: path.file_stem().unwrap().to_str().unwrap().to_owned(), files: files.collect() }
}

impl Case {
    /// The text of a file.
    pub(crate) fn file(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str())
    }

    /// What `wa` has to say about the case: a project if it has a `wa.yaml`, else a plugin.
    pub(crate) fn report(&self) -> Report {
        if let Some(text) = self.file("wa.yaml") {
            let source = Source::new("wa.yaml", text, Syntax::Yaml);
            let (project, mut findings) = project::read(&source);
            let mut sources = vec![source];
            let accounts = "config/plugins/whatsapp.yaml";
            if let Some((mut project, text)) = project.zip(self.file(accounts)) {
                let source = Source::new(accounts, text, Syntax::Yaml);
                findings.extend(project::read_whatsapp(&mut project, &source));
                sources.push(source);
            }
            return Report { findings, sources };
        }
        let files: MemoryFiles =
            self.files.iter().map(|(path, text)| (path.clone(), text.as_bytes())).collect();
        check_plugin(&files, Path::new("")).report
    }
}

pub(crate) fn as_text(report: &Report) -> String {
    render(report, Format::Text, &RenderOptions::default())
}
