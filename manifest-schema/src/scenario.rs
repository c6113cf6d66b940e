//! `tests/*.yaml`: what a plugin's author expects of it, for `wa plugins test`.

use crate::document::Document;
use crate::finding::Finding;
use crate::manifest::{CapabilityKind, Method};
use crate::source::Source;
use crate::units::TimeSpan;
use crate::{rules, schemas, tree};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A scenario. Field by field as in `schemas/wa.scenario.schema.json`, which documents them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Scenario {
    /// The line that the chat is on.
    #[serde(default)]
    pub channel: Line,
    /// The time at the beginning; by its form RFC 3339 in UTC, or a day.
    pub clock: Option<String>,
    /// The plugin's configuration.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// The values of its secrets, by dotted path.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// What is in its storage.
    #[serde(default)]
    pub storage: Map<String, Value>,
    /// The answers to the requests that it makes.
    #[serde(default)]
    pub http: Vec<HttpAnswer>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// A line for a chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// The terminal's.
    #[default]
    Console,
    /// WhatsApp, with a simulated phone.
    WhatsApp,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HttpAnswer {
    /// Method and URL; by its form.
    pub request: String,
    /// The status; 200 where absent.
    pub status: Option<u16>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as JSON.
    pub json: Option<Value>,
    /// The body as it is.
    pub text: Option<String>,
    /// Why there is no answer, in place of one.
    pub fails: Option<String>,
}

/// A step as it is written; [`Step::action`] says what it does.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Step {
    /// What it shows.
    pub name: String,
    /// Somebody writes.
    pub message: Option<Message>,
    /// Somebody reacts to the last message that came.
    pub reaction: Option<String>,
    /// Somebody sends a file.
    pub media: Option<Media>,
    /// A message goes out, through the gates.
    pub send: Option<String>,
    /// A tool is called.
    pub tool: Option<String>,
    /// Its input.
    pub input: Option<Value>,
    /// A route is called, as `METHOD /path`.
    pub route: Option<String>,
    /// The headers of the request.
    pub headers: Option<BTreeMap<String, String>>,
    /// The body of the request: text as it is, everything else as JSON.
    pub body: Option<Value>,
    /// Whether the sender of the webhook knows its secret.
    pub sign: Option<bool>,
    /// A command is run.
    pub command: Option<String>,
    /// Its arguments by name.
    pub args: Option<Map<String, Value>>,
    /// An RPC method is called.
    pub rpc: Option<String>,
    /// Its parameters.
    pub params: Option<Value>,
    /// A capability is asked: `KIND/ID`.
    pub capability: Option<String>,
    /// What it is asked.
    pub request: Option<Value>,
    /// The plugin is told of an event.
    pub event: Option<String>,
    /// The event's payload.
    pub payload: Option<Map<String, Value>>,
    /// A schedule is run.
    pub schedule: Option<String>,
    /// Time passes.
    pub advance: Option<TimeSpan>,
    /// The pieces that a capability's answer comes in; without it nobody listens to them.
    pub chunks: Option<Vec<Value>>,
    /// What the result has at least.
    pub expect: Option<Value>,
    /// Words in the error that it ends with.
    pub error: Option<String>,
    /// The only message that comes to the chat.
    pub reply: Option<Value>,
    /// The messages that come to the chat.
    pub replies: Option<Vec<Value>>,
    /// Host calls that the plugin makes, in this order; each names one method with a part of its parameters.
    pub calls: Option<Vec<Map<String, Value>>>,
    /// Values in the plugin's storage afterwards; null where there is none.
    pub storage: Option<Map<String, Value>>,
    /// Lines that the plugin logs.
    pub logs: Option<Vec<LogLine>>,
}

/// What somebody writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Message {
    /// A message.
    Text(String),
    /// A message that answers the last one that came.
    Answer(Answer),
}

/// A message that answers another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// What it says.
    pub text: String,
    /// Whether it answers the last message that came.
    #[serde(default)]
    pub to_last: bool,
}

/// A file that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Media {
    /// Where it is, from the scenario's directory.
    pub file: String,
    /// Its type.
    pub mime: String,
    /// What is said about it.
    pub caption: Option<String>,
    /// Whether it was spoken into the phone.
    #[serde(default)]
    pub voice: bool,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum LogLine {
    /// Words in it.
    Words(String),
    /// Words in it, and how important it is.
    Level(LevelLine),
}

/// A line of the log with its level.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LevelLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// Words in it.
    #[serde(default)]
    pub text: String,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<'a> {
    /// Somebody writes.
    Message(&'a Message),
    /// Somebody reacts to the last message.
    Reaction(&'a str),
    /// Somebody sends a file.
    Media(&'a Media),
    /// A message goes out.
    Send(&'a str),
    /// A tool is called with this input.
    Tool(&'a str, Value),
    /// A route is called.
    Route(Method, &'a str),
    /// A command is run.
    Command(&'a str),
    /// An RPC method is called.
    Rpc(&'a str),
    /// A capability of this kind and id is asked.
    Capability(CapabilityKind, &'a str),
    /// The plugin is told of an event.
    Event(&'a str),
    /// A schedule is run.
    Schedule(&'a str),
    /// Time passes.
    Advance(TimeSpan),
}

/// The words for what a step does; each has its own key.
const ACTIONS: &str = "`message`, `reaction`, `media`, `send`, `tool`, `route`, `command`, `rpc`, `capability`, `event`, `schedule` and `advance`";

impl Step {
    /// What it does; `None` where it names nothing or several things, which [`read`] refuses.
    pub fn action(&self) -> Option<Action<'_>> {
        let empty = || Value::Object(Map::new());
        let mut all = [
            self.message.as_ref().map(Action::Message),
            self.reaction.as_deref().map(Action::Reaction),
            self.media.as_ref().map(Action::Media),
            self.send.as_deref().map(Action::Send),
            self.tool.as_deref().map(|name| Action::Tool(name, self.input.clone().unwrap_or_else(empty))),
            self.route.as_deref().and_then(route),
            self.command.as_deref().map(Action::Command),
            self.rpc.as_deref().map(Action::Rpc),
            self.capability.as_deref().and_then(capability),
            self.event.as_deref().map(Action::Event),
            self.schedule.as_deref().map(Action::Schedule),
            self.advance.map(Action::Advance),
        ]
        .into_iter()
        .flatten();
        all.next().filter(|_| all.next().is_none())
    }

    /// What is wrong with it beyond its form: the key, and why.
    fn mistakes(&self, scenario: &Scenario) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let action = self.action();
        if action.is_none() {
            found.push(("", format!("a step does exactly one of {ACTIONS}")));
        }
        for (is_there, key, owner, has_owner) in [
            (self.input.is_some(), "input", "tool", self.tool.is_some()),
            (self.headers.is_some(), "headers", "route", self.route.is_some()),
            (self.body.is_some(), "body", "route", self.route.is_some()),
            (self.sign.is_some(), "sign", "route", self.route.is_some()),
            (self.args.is_some(), "args", "command", self.command.is_some()),
            (self.params.is_some(), "params", "rpc", self.rpc.is_some()),
            (self.request.is_some(), "request", "capability", self.capability.is_some()),
            (self.chunks.is_some(), "chunks", "capability", self.capability.is_some()),
            (self.payload.is_some(), "payload", "event", self.event.is_some()),
        ] {
            if is_there && !has_owner {
                found.push((key, format!("`{key}` belongs to `{owner}`")));
            }
        }
        if self.expect.is_some() && self.error.is_some() {
            found.push(("error", "a step cannot both `expect` a result and an `error`".to_owned()));
        }
        if self.reply.is_some() && self.replies.is_some() {
            found.push(("replies", "write `reply` for one message, `replies` for several".to_owned()));
        }
        let answers = matches!(&self.message, Some(Message::Answer(answer)) if answer.to_last);
        let needs_phone = answers || self.reaction.is_some() || self.media.is_some();
        if scenario.channel == Line::Console && needs_phone {
            let key = if answers {
                "message"
            } else if self.media.is_some() {
                "media"
            } else {
                "reaction"
            };
            found.push((
                key,
                "the console takes plain messages only; `channel: whatsapp` takes all".to_owned(),
            ));
        }
        if self.expect.is_some()
            && matches!(action, Some(Action::Message(_) | Action::Reaction(_) | Action::Media(_)))
        {
            found.push((
                "expect",
                "what somebody writes has no result; `reply` says what comes back".to_owned(),
            ));
        }
        if self.advance.is_some() && scenario.clock.is_none() {
            found.push(("advance", "time passes only where `clock` says when it begins".to_owned()));
        }
        found
    }
}

/// `textInference/acme-llm` as kind and id.
fn capability(text: &str) -> Option<Action<'_>> {
    let (kind, id) = text.split_once('/')?;
    let kind = serde_json::from_value(Value::from(kind)).ok()?;
    Some(Action::Capability(kind, id))
}

fn route(text: &str) -> Option<Action<'_>> {
    let (method, path) = text.split_once(' ')?;
    Some(Action::Route(serde_json::from_value(method.into()).ok()?, path))
}

/// Reads a scenario: syntax, schema, types. It is there if nothing was found.
pub fn read(source: &Source) -> (Option<Scenario>, Vec<Finding>) {
    let root = match tree::parse(source) {
        Ok(root) => root,
        Err(finding) => return (None, vec![finding]),
    };
    let document = Document { source, root: &root };
    let value = root.to_json();
    let findings = schemas::SCENARIO.check(document, &value);
    if !findings.is_empty() {
        return (None, findings);
    }
    let scenario: Scenario = match schemas::SCENARIO.typed(document, value) {
        Ok(scenario) => scenario,
        Err(finding) => return (None, vec![finding]),
    };
    let of_step = |(number, step): (usize, &Step)| {
        let place = format!("/steps/{number}");
        let finding = |(key, message): (&str, String)| match key {
            "" => document.finding(&rules::DOES_NOT_FIT, &place, message),
            key => document.finding_at_key(&rules::DOES_NOT_FIT, &tree::join(&place, key), message),
        };
        step.mistakes(&scenario).into_iter().map(finding).collect::<Vec<Finding>>()
    };
    let clock = (scenario.channel == Line::WhatsApp && scenario.clock.is_some()).then(|| {
        let message = "a clock of its own is for the console: messages on WhatsApp carry the machine's time";
        document.finding_at_key(&rules::DOES_NOT_FIT, "/clock", message)
    });
    let mut findings: Vec<Finding> =
        scenario.steps.iter().enumerate().flat_map(of_step).chain(clock).collect();
    for (number, answer) in scenario.http.iter().enumerate() {
        let several = [answer.json.is_some(), answer.text.is_some(), answer.fails.is_some()];
        if several.into_iter().filter(|there| *there).count() > 1 {
            let message = "an answer has one of `json`, `text` and `fails`";
            findings.push(document.finding(&rules::DOES_NOT_FIT, &format!("/http/{number}"), message));
        }
    }
    (findings.is_empty().then_some(scenario), findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Syntax;

    fn findings(text: &str) -> Vec<String> {
        let source = Source::new("tests/a.yaml", text, Syntax::Yaml);
        let (scenario, findings) = read(&source);
        assert_eq!(scenario.is_none(), !findings.is_empty(), "{text}");
        findings
            .into_iter()
            .map(|finding| finding.message + " " + finding.help.as_deref().unwrap_or_default())
            .collect()
    }

    #[test]
    fn a_step_does_one_thing() {
        assert_eq!(findings("steps: [{ name: a, message: hi, reply: hello }]"), Vec::<String>::new());
        for (step, words) in [
            ("{ name: a }", "exactly one of"),
            ("{ name: a, message: hi, send: hi }", "exactly one of"),
            ("{ name: a, message: hi, input: {} }", "`input` belongs to `tool`"),
            ("{ name: a, send: hi, sign: true }", "`sign` belongs to `route`"),
            ("{ name: a, tool: t, expect: 1, error: x }", "cannot both"),
            ("{ name: a, send: hi, reply: a, replies: [a] }", "for several"),
            ("{ name: a, reaction: x }", "channel: whatsapp"),
            ("{ name: a, message: hi, expect: {} }", "has no result"),
            ("{ name: a, advance: 1h }", "`clock`"),
            ("{ name: a, mesage: hi }", "did you mean `message`?"),
            ("{ name: a, route: FETCH /x }", ""),
            ("{ name: a, send: hi, calls: [{ storage.set: {}, log: {} }] }", ""),
        ] {
            let found = findings(&format!("steps: [{step}]"));
            assert!(!found.is_empty() && found.iter().any(|one| one.contains(words)), "{step}: {found:?}");
        }
    }

    #[test]
    fn an_answer_is_one() {
        let found = findings(
            "http: [{ request: GET https://a.b/c, text: a, json: 1 }]\nsteps: [{ name: a, send: b }]",
        );
        assert!(found.iter().any(|one| one.contains("one of `json`")), "{found:?}");
        assert!(!findings("clock: 2026-11-21\nchannel: whatsapp\nsteps: [{ name: a, send: b }]").is_empty());
        assert!(!findings("http: [{ request: https://a.b/c }]\nsteps: [{ name: a, send: b }]").is_empty());
    }
}
