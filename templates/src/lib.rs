//! The plugin templates that `wa plugins new` writes, embedded in the binary.
//!
//! A template is a folder beside this crate's `src`; what is in `every` belongs to all of them, and the client of a language is that of `sdk`. Files are `minijinja` templates over [`Answers`].
//! Rendering is pure: it returns the files, and the caller writes them.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

/// What the author answered, or gave as flags. Every field is available to a template under its own name.
#[derive(Debug, Clone, Serialize)]
pub struct Answers {
    /// The plugin's id, already checked against the manifest's rule.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// One sentence for lists.
    pub description: String,
    /// Who signs the package.
    pub publisher: String,
    /// The name of the tool, for templates that have one.
    pub tool: String,
}

/// One template: its name, what it is for, and its files.
#[derive(Debug)]
pub struct Template {
    /// The name that `--template` takes.
    pub name: &'static str,
    /// One line for the list that people choose from.
    pub summary: &'static str,
    /// The description that a new plugin gets when the author gives none.
    pub description: &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// A template did not render: a fault in the template itself.
#[derive(Debug, thiserror::Error)]
#[error("cannot render `{file}` of template `{template}`")]
pub struct RenderError {
    template: &'static str,
    file: &'static str,
    source: minijinja::Error,
}

/// The files of a template's folder, and those that are kept elsewhere.
macro_rules! files {
    ($template:literal: $($path:literal),+ $(; $elsewhere:literal from $original:literal)*) => {
        &[
            $(($path, include_str!(concat!("../", $template, "/", $path))),)+
            $(($elsewhere, include_str!(concat!("../../", $original))),)*
        ]
    };
}

/// Files that every plugin gets.
static EVERY: &[(&str, &str)] =
    &[(".github/workflows/plugin.yml", include_str!("../every/.github/workflows/plugin.yml"))];

/// All templates, in the order in which they are offered.
pub static TEMPLATES: &[Template] = &[
    Template {
        name: "ts-tool",
        summary: "a tool that agents can call, and an agent handler that uses it",
        description: "Answers questions about an order by its number",
        files: files!("ts-tool": "wa.plugin.yaml", "src/index.ts", "tests/lookup.yaml", "tsconfig.json", "README.md"),
    },
    Template {
        name: "ts-gate",
        summary: "a gate that every outgoing message passes",
        description: "Covers card numbers and stops forbidden words in outgoing messages",
        files: files!("ts-gate": "wa.plugin.yaml", "src/index.ts", "tests/gate.yaml", "tsconfig.json", "README.md"),
    },
    Template {
        name: "ts-webhook",
        summary: "HTTP routes that turn requests into messages",
        description: "Turns HTTP requests into messages",
        files: files!("ts-webhook": "wa.plugin.yaml", "src/index.ts", "tests/notify.yaml", "tsconfig.json", "README.md"),
    },
    Template {
        name: "rust-tool",
        summary: "the tool in Rust, as a WebAssembly component",
        description: "Answers questions about an order by its number",
        files: files!("rust-tool": "wa.plugin.yaml", "Cargo.toml", "src/lib.rs", "tests/lookup.yaml", ".gitignore", "README.md"),
    },
    Template {
        name: "python-tool",
        summary: "a tool in Python, which runs as a process of its own",
        description: "Answers questions about an order by its number",
        files: files!("python-tool": "wa.plugin.yaml", "src/main.py", "tests/lookup.yaml", "README.md"; "src/wa_plugin.py" from "sdk/python/wa_plugin.py"),
    },
    Template {
        name: "ts-provider",
        summary: "a language model behind a service, with a key that the code cannot read",
        description: "Text from a language model",
        files: files!("ts-provider": "wa.plugin.yaml", "src/index.ts", "tests/answers.yaml", "tsconfig.json", "README.md"),
    },
    Template {
        name: "skill",
        summary: "instructions for agents, without any code",
        description: "Tells agents how to answer those who want to send an order back",
        files: files!("skill": "wa.plugin.yaml", "skills/returns/SKILL.md", "tests/read.yaml", "README.md"),
    },
];

/// The template of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.name == name)
}

impl Template {
    /// The files of a new plugin, by path inside its folder.
    ///
    /// # Errors
    /// When a template uses a variable that [`Answers`] does not have, or is not well formed.
    pub fn render(&self, answers: &Answers) -> Result<BTreeMap<&'static str, String>, RenderError> {
        EVERY
            .iter()
            .chain(self.files)
            .map(|&(file, text)| match render(text, answers) {
                Ok(rendered) => Ok((file, rendered)),
                Err(source) => Err(RenderError { template: self.name, file, source }),
            })
            .collect()
    }
}

/// A text with the answers filled in.
///
/// # Errors
/// When it uses a variable that [`Answers`] does not have, or is not well formed.
pub fn render(text: &str, answers: &Answers) -> Result<String, minijinja::Error> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
    // Files are YAML, TypeScript and Markdown: none of them wants HTML escapes.
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    // What people answer can hold any character; a JSON string is a YAML string.
    engine.add_filter("quoted", |text: String| serde_json::Value::String(text).to_string());
    engine.render_str(text, Serde(answers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files_on_disk(folder: &std::path::Path, prefix: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files_on_disk(&entry.path(), &format!("{path}/"), found);
            } else {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_file_of_every_template_is_embedded_and_renders() {
        let answers = Answers {
            id: "desk".into(),
            name: "Desk".into(),
            description: "Sells desks".into(),
            publisher: "acme".into(),
            tool: "desk_lookup".into(),
        };
        for template in TEMPLATES {
            let mut on_disk = Vec::new();
            let crate_folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            files_on_disk(&crate_folder.join(template.name), "", &mut on_disk);
            files_on_disk(&crate_folder.join("every"), "", &mut on_disk);
            let rendered = template.render(&answers).unwrap();
            let missing: Vec<_> =
                on_disk.iter().filter(|path| !rendered.contains_key(path.as_str())).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", template.name);
            assert!(
                rendered.values().all(|text| !text.replace("${{", "").contains("{{")),
                "{}",
                template.name
            );
        }
    }
}
