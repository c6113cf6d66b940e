//! Skills, commands and agents: Markdown files that say what they are.

use super::reader::{Parsed, Reader};
use super::{Text, front_matter};
use crate::finding::{Finding, Severity};
use crate::rules;
use crate::source::{Source, Syntax};

/// The file that makes a folder a skill.
const SKILL_FILE: &str = "SKILL.md";
/// The longest name and description, in characters; the limits of the Agent Skills format.
const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 1024;
/// The most files of one sort that are read of a package.
const MAX_TEXTS: usize = 1_000;

impl Reader<'_> {
    /// The skills of a folder: each of its own folders with a `SKILL.md`, or the folder itself.
    pub(super) fn skills(&mut self, folder: &str) -> Vec<Text> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let is_skill = |path: &&String| {
            path.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(SKILL_FILE)).is_some_and(|folders| {
                folders.is_empty() || folders.matches('/').count() == 1 && folders.ends_with('/')
            })
        };
        let files: Vec<String> = self.paths.iter().filter(is_skill).take(MAX_TEXTS).cloned().collect();
        if files.is_empty() && !folder.is_empty() {
            let message = format!("no folder in `{folder}` has a `{SKILL_FILE}`");
            self.found(&rules::BAD_SKILL, folder, message);
        }
        files.into_iter().filter_map(|path| self.skill(path)).collect()
    }

    fn skill(&mut self, path: String) -> Option<Text> {
        let source = self.source(&path, Syntax::Text, Severity::Warning)?;
        self.report.add_source(source.clone());
        let matter = match front_matter::read(&source) {
            Some(Ok(matter)) => matter,
            Some(Err(finding)) => {
                let message = format!("the front matter cannot be read: {}", finding.message);
                self.report.push(
                    Finding { rule: &rules::BAD_SKILL, message, ..finding }.severity(Severity::Warning),
                );
                return None;
            }
            None => {
                let message = "the skill has no front matter with its name and description";
                let finding = Finding::new(&rules::BAD_SKILL, message).in_file(&source.path);
                self.report
                    .push(finding.help("begin the file with `---`, `name:`, `description:` and `---`"));
                return None;
            }
        };
        let folder =
            path.trim_end_matches(SKILL_FILE).trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let name = self.text_of(&matter, "name", MAX_NAME).unwrap_or_else(|| folder.to_owned());
        let description = self.text_of(&matter, "description", MAX_DESCRIPTION);
        Some(Text { name, description, path })
    }

    /// A required text of a skill's front matter.
    fn text_of(&mut self, matter: &Parsed, key: &str, max: usize) -> Option<String> {
        let Some(text) = matter.text(&format!("/{key}")) else {
            let message = format!("the skill does not say its {key}");
            let finding = matter.document().finding(&rules::BAD_SKILL, &format!("/{key}"), message);
            self.report.push(finding);
            return None;
        };
        if text.chars().count() > max {
            let message = format!("the {key} of the skill is longer than {max} characters");
            let finding = matter.document().finding_at_key(&rules::BAD_SKILL, &format!("/{key}"), message);
            self.report.push(finding);
        }
        Some(cut(text, max))
    }

    /// The Markdown files in and below a folder (or the one file that is named), each by the name of its path.
    pub(super) fn markdown(&mut self, place: &str) -> Vec<Text> {
        let prefix = format!("{place}/");
        let is_wanted =
            |path: &&String| path.ends_with(".md") && (path.starts_with(&prefix) || *path == place);
        let files: Vec<String> = self.paths.iter().filter(is_wanted).take(MAX_TEXTS).cloned().collect();
        files.into_iter().filter_map(|path| self.described(&prefix, path)).collect()
    }

    fn described(&mut self, prefix: &str, path: String) -> Option<Text> {
        let source: Source = self.source(&path, Syntax::Text, Severity::Warning)?;
        let inside = path.strip_prefix(prefix).unwrap_or_else(|| path.rsplit('/').next().unwrap_or(&path));
        let of_path = inside.trim_end_matches(".md").replace('/', ":");
        let matter = front_matter::read(&source).and_then(Result::ok);
        let text = |key, max| matter.as_ref().and_then(|matter| matter.text(key)).map(|text| cut(text, max));
        let name = text("/name", MAX_NAME).unwrap_or_else(|| cut(&of_path, MAX_NAME));
        Some(Text { name, description: text("/description", MAX_DESCRIPTION), path })
    }
}

fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}
