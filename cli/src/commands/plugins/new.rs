//! `wa plugins new`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::ArgValueCandidates;
use manifest_schema::names::{PluginId, PublisherName};
use templates::{Answers, TEMPLATES, Template};

use super::types;
use crate::completion;
use crate::context::Context;
use crate::failure::{Failure, Outcome, While};
use crate::status::Status;

/// Start a plugin from a template
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wa plugins new\n  wa plugins new order-desk --template ts-tool --set publisher=acme\n\n\
                        Without --dir the plugin is made in ./plugins of the project at hand, or in the current folder."
)]
pub(crate) struct New {
    /// The plugin's id: lowercase letters, digits and dashes
    pub(crate) name: Option<String>,

    /// ts-tool, ts-gate, ts-webhook or python-tool
    #[arg(long, value_name = "NAME", add = ArgValueCandidates::new(completion::template_names))]
    pub(crate) template: Option<String>,

    /// An answer: title, description or publisher
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) set: Vec<(String, String)>,

    /// The folder to make the plugin's folder in
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

const KEYS: [&str; 3] = ["title", "description", "publisher"];

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    if KEYS.contains(&key) {
        Ok((key.into(), value.into()))
    } else {
        Err(format!("the keys are {}", KEYS.join(", ")))
    }
}

impl New {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let id = self.id(context)?;
        let template = self.template(context)?;
        let answers = self.answers(context, &id, template)?;
        let folder = self.parent(context)?.join(id.as_ref());
        let mut files: BTreeMap<PathBuf, String> = template
            .render(&answers)
            .cannot("render the template")?
            .into_iter()
            .map(|(path, text)| (path.into(), text))
            .collect();
        files.extend(types::files(context.printer, &files[Path::new("wa.plugin.yaml")])?);
        write(&folder, &files)?;

        let printer = context.printer;
        printer.done("Made", format_args!("the plugin {id} in {} from {}", folder.display(), template.name));
        for path in files.keys() {
            printer.detail(format_args!("             {}", path.display()));
        }
        printer.note(format_args!("             next: `wa plugins test {}`", folder.display()));
        Ok(Status::Done)
    }

    fn id(&self, context: &Context) -> Outcome<PluginId> {
        let check = |text: &str| text.parse::<PluginId>().map(drop).map_err(|error| error.to_string());
        let name = match &self.name {
            Some(name) => name.clone(),
            None => context.prompter.line("Id of the plugin", "its NAME", None, &check)?,
        };
        name.parse().refused(format_args!("name a plugin `{name}`"))
    }

    fn template(&self, context: &Context) -> Outcome<&'static Template> {
        let name = match &self.template {
            Some(name) => name.as_str(),
            None => {
                let items: Vec<_> =
                    TEMPLATES.iter().map(|one| format!("{:<12} {}", one.name, one.summary)).collect();
                TEMPLATES[context.prompter.choose("Template", "--template", &items)?].name
            }
        };
        templates::find(name).ok_or_else(|| {
            let known: Vec<_> = TEMPLATES.iter().map(|one| one.name).collect();
            Failure::no(format_args!("there is no template `{name}`"))
                .hint(format_args!("there are {}", known.join(", ")))
        })
    }

    fn answers(&self, context: &Context, id: &PluginId, template: &Template) -> Outcome<Answers> {
        let given =
            |key: &str| self.set.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        let anything = |_: &str| Ok(());
        let publisher_rule =
            |text: &str| text.parse::<PublisherName>().map(drop).map_err(|error| error.to_string());
        let ask = |key: &str, question: &str, default: &str, check: &dyn Fn(&str) -> Result<(), String>| {
            match given(key) {
                Some(value) => check(&value)
                    .map(|()| value)
                    .map_err(|why| Failure::no(format_args!("cannot use {key}: {why}"))),
                None => context.prompter.line(question, &format!("--set {key}=…"), Some(default), check),
            }
        };
        Ok(Answers {
            id: id.to_string(),
            name: ask("title", "Name that people see", &title(id.as_ref()), &anything)?,
            description: ask("description", "What it does, in a sentence", template.description, &anything)?,
            publisher: ask("publisher", "Publisher", "me", &publisher_rule)?,
            tool: format!("{}_lookup", id.as_ref().replace('-', "_")),
        })
    }

    fn parent(&self, context: &Context) -> Outcome<PathBuf> {
        match &self.dir {
            Some(folder) => Ok(folder.clone()),
            None => match context.project_root() {
                Ok(root) => Ok(root.join("plugins")),
                Err(_) => context.working_folder(),
            },
        }
    }
}

/// `order-desk` is shown as `Order desk`.
fn title(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Makes the folder whole or not at all: beside its place first, then renamed.
fn write(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Outcome<()> {
    if folder.exists() {
        return Err(
            Failure::no(format_args!("{} exists already", folder.display())).hint("choose another name")
        );
    }
    let parent = folder.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).cannot(format_args!("make {}", parent.display()))?;
    let staging = tempfile::Builder::new()
        .prefix(".wa-new-")
        .tempdir_in(parent)
        .cannot(format_args!("make a folder in {}", parent.display()))?;
    let inner = staging.path().join("plugin");
    for (path, text) in files {
        let file = inner.join(path);
        let made = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
        made.cannot(format_args!("write {}", file.display()))?;
    }
    fs::rename(&inner, folder).cannot(format_args!("make {}", folder.display()))
}
