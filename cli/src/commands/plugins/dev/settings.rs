//! The configuration of a plugin that is being written.

use std::path::{Path, PathBuf};

use manifest_schema::layout::DEV_FILE;
use manifest_schema::source::{Source, Syntax};
use manifest_schema::tree;
use serde_json::{Map, Value};

use crate::failure::{Failure, Outcome, While};
use crate::findings;
use crate::project;

/// A file, and single settings on top of it.
pub(super) struct Settings {
    file: PathBuf,
    /// Whether it must be there.
    is_named: bool,
    single: Vec<(String, Value)>,
}

impl Settings {
    /// Reads what was named on the command line: settings as `KEY=VALUE`, values as in YAML.
    pub(super) fn new(file: Option<PathBuf>, folder: &Path, single: &[String]) -> Outcome<Self> {
        let one = |text: &String| {
            let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
                Failure::could_not_run(format_args!("`{text}` is no setting")).hint("write it as KEY=VALUE")
            })?;
            let source = Source::new("the setting", value, Syntax::Yaml);
            // What is no YAML is text.
            let value = tree::parse(&source).map_or_else(|_| value.into(), |node| node.to_json());
            Ok((key.to_owned(), value))
        };
        let single = single.iter().map(one).collect::<Outcome<_>>()?;
        let is_named = file.is_some();
        let whole = |file: PathBuf| file.canonicalize().cannot(format_args!("find {}", file.display()));
        let file = file.map(whole).transpose()?;
        Ok(Self { file: file.unwrap_or_else(|| folder.join(DEV_FILE)), is_named, single })
    }

    /// The file, which need not be there.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The configuration as it is now.
    pub(super) fn read(&self) -> Outcome<Map<String, Value>> {
        let mut config = if self.is_named || self.file.exists() { read(&self.file)? } else { Map::new() };
        for (key, value) in &self.single {
            let mut here = &mut config;
            let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
            for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
                let entry = here.entry(parent).or_insert_with(|| Value::Object(Map::new()));
                let why =
                    || Failure::could_not_run(format_args!("cannot set `{key}`: `{parent}` is no mapping"));
                here = entry.as_object_mut().ok_or_else(why)?;
            }
            here.insert(name.to_owned(), value.clone());
        }
        Ok(config)
    }
}

fn read(path: &Path) -> Outcome<Map<String, Value>> {
    let mut source = Source::read(path).cannot("read the plugin's configuration")?;
    source.path = findings::shown(path).to_owned();
    match tree::parse(&source).map(|node| node.to_json()) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Failure::no(format_args!("{} is no mapping", path.display()))),
        Err(finding) => {
            let report = project::report(&source, vec![finding]);
            let shown = manifest_schema::render::render(
                &report,
                manifest_schema::render::Format::Text,
                &manifest_schema::render::RenderOptions::default(),
            );
            Err(Failure::no(format_args!("{} cannot be read:\n{}", path.display(), shown.trim_end())))
        }
    }
}
