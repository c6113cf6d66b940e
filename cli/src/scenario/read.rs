//! Reading a scenario file.

use std::path::Path;

use manifest_schema::manifest::Method;
use manifest_schema::source::Source;
use manifest_schema::tree;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Action, Channel, Expected, Scenario, Step};
use crate::failure::{Failure, Outcome, While};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    #[serde(default)]
    channel: Channel,
    #[serde(default)]
    config: Map<String, Value>,
    steps: Vec<RawStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    name: String,
    tool: Option<String>,
    input: Option<Value>,
    message: Option<String>,
    send: Option<String>,
    route: Option<String>,
    body: Option<Value>,
    expect: Option<Value>,
    error: Option<String>,
    reply: Option<String>,
}

/// The scenario in a YAML or JSON file.
pub(crate) fn read(path: &Path) -> Outcome<Scenario> {
    let what = format!("read {}", path.display());
    let source = Source::read(path).cannot(&what)?;
    let wrong = |why: String| Failure::no(format_args!("cannot {what}: {why}"));
    let tree = tree::parse(&source).map_err(|finding| wrong(finding.message))?;
    let raw: RawScenario =
        serde_json::from_value(tree.to_json()).map_err(|error| wrong(error.to_string()))?;
    let steps = raw.steps.into_iter().map(|step| {
        let name = step.name.clone();
        step.checked().map_err(|why| wrong(format!("step \"{name}\": {why}")))
    });
    Ok(Scenario {
        file: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        channel: raw.channel,
        config: raw.config,
        steps: steps.collect::<Outcome<_>>()?,
    })
}

impl RawStep {
    fn checked(self) -> Result<Step, String> {
        if self.input.is_some() && self.tool.is_none() {
            return Err("`input` belongs to `tool`".to_owned());
        }
        if self.body.is_some() && self.route.is_none() {
            return Err("`body` belongs to `route`".to_owned());
        }
        let action = match (self.tool, self.message, self.send, self.route) {
            (Some(name), None, None, None) => {
                Action::Tool { name, input: self.input.unwrap_or_else(|| Value::Object(Map::new())) }
            }
            (None, Some(text), None, None) => Action::Message(text),
            (None, None, Some(text), None) => Action::Send(text),
            (None, None, None, Some(route)) => route_action(&route, self.body)?,
            _ => return Err("it needs exactly one of `tool`, `message`, `send` and `route`".to_owned()),
        };
        let expected = match (self.expect, self.error) {
            (None, None) => Expected::Done,
            (Some(fields), None) => Expected::Fields(fields),
            (None, Some(words)) => Expected::Error(words),
            (Some(_), Some(_)) => return Err("it cannot both `expect` a result and an `error`".to_owned()),
        };
        if matches!((&action, &expected), (Action::Message(_), Expected::Fields(_) | Expected::Error(_))) {
            return Err("a `message` is answered by a `reply`".to_owned());
        }
        Ok(Step { name: self.name, action, expected, reply: self.reply })
    }
}

fn route_action(route: &str, body: Option<Value>) -> Result<Action, String> {
    let (method, path) = route.split_once(' ').ok_or("write the route as `GET /path`")?;
    let method: Method =
        serde_json::from_value(method.into()).map_err(|_| format!("`{method}` is no method of a route"))?;
    if !path.starts_with('/') || path.contains(char::is_whitespace) {
        return Err(format!("`{path}` is no path"));
    }
    Ok(Action::Route { method, path: path.to_owned(), body })
}
