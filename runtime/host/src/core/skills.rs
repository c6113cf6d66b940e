//! Skills: what plugins tell agents how to do. A model is told their names and what they are for, and reads one with a tool
//! when it needs it, so that a prompt does not grow with what is in them.

use super::{Caller, Core, tools::allow};
use crate::{
    set::RunningSet,
    tool::{Tool, ToolError},
};
use manifest_schema::{
    files::PackageFiles as _,
    foreign, manifest,
    names::{AgentName, PluginId},
    project::SKILL_TOOL,
};
use registry_index::load::Loaded;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock},
};

/// The owner that is named beside the tool.
pub(super) const OWNER: &str = "wa";

/// Bytes of a skill that a model is given; the rest is cut off, visibly.
const MAX_TEXT: usize = 64 << 10;

/// A skill of a running plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skill {
    pub(crate) description: String,
    text: Arc<str>,
}

/// The skills of a plugin, by the name under which a model asks for them: the plugin's id, a slash and the skill's own.
pub(crate) fn of_plugin(id: &PluginId, loaded: &Loaded) -> BTreeMap<String, Skill> {
    let declared = match &loaded.foreign {
        Some(foreign) => foreign.content.skills.clone(),
        None => foreign::skills(&loaded.files, Path::new(""), &loaded.manifest.skills).0,
    };
    let read = |skill: foreign::Text| {
        let bytes = loaded.files.read(&skill.path).ok()?;
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if text.len() > MAX_TEXT {
            let border = (0..=MAX_TEXT).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(border.unwrap_or(0));
            text.push('…');
        }
        let description = skill.description.unwrap_or_default();
        Some((format!("{id}/{}", skill.name), Skill { description, text: text.into() }))
    };
    declared.into_iter().filter_map(read).collect()
}

static TOOL: LazyLock<Option<Tool>> = LazyLock::new(|| {
    Some(Tool::new(manifest::Tool {
        name: SKILL_TOOL.parse().ok()?,
        description: "Reads a skill: how to do what its description says. Read it before you do that."
            .to_owned(),
        input: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["name"],
            "properties": { "name": { "type": "string", "description": "The skill's name, as it was told." } },
        }),
        output: Some(json!({ "type": "string" })),
        optional: false,
        side_effects: false,
        rate_limit: None,
    }))
});

impl Core {
    /// The tool, where there is any skill.
    pub(super) fn skill_tool(&self, set: &RunningSet) -> Option<&'static Tool> {
        TOOL.as_ref().filter(|_| !set.skills.is_empty())
    }

    /// The text of a skill.
    pub(super) fn read_skill(
        &self,
        set: &RunningSet,
        tool: &Tool,
        input: &Value,
    ) -> Result<Value, ToolError> {
        tool.check_input(input)?;
        let name = input.get("name").and_then(Value::as_str).unwrap_or_default();
        match set.skills.get(name) {
            Some(skill) => Ok(Value::from(&*skill.text)),
            None => {
                let known: Vec<_> = set.skills.keys().map(String::as_str).collect();
                let violations = format!("there is no skill `{name}`; there are {}", known.join(", "));
                Err(ToolError::Input { tool: SKILL_TOOL.to_owned(), violations })
            }
        }
    }

    /// What an agent's model is told of skills; nothing where it may not read them.
    pub(super) fn skills_for(&self, agent: &AgentName) -> Option<String> {
        let set = self.bus.set();
        if set.skills.is_empty() || allow(&set, &Caller::Agent(agent.clone()), SKILL_TOOL, false).is_err() {
            return None;
        }
        let lines = set.skills.iter().map(|(name, skill)| format!("- {name}: {}", skill.description));
        let lines: Vec<String> = lines.collect();
        Some(format!(
            "Skills say how to do something. Read one with the tool {SKILL_TOOL} before you do what it is for.\n{}",
            lines.join("\n")
        ))
    }
}
