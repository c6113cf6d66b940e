//! Reading a scenario, and what can be wrong with it.

use super::{Action, Line, Message, Scenario, Step};
use crate::document::Document;
use crate::finding::Finding;
use crate::source::Source;
use crate::{rules, schemas, tree};

/// The words for what a step does; each has its own key.
const ACTIONS: &str = "`message`, `reaction`, `media`, `send`, `tool`, `route`, `command`, `rpc`, `capability`, `event`, `schedule` and `advance`";

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

impl Step {
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
            ("{ name: a, tool: t, chunks: [] }", "`chunks` belongs to `capability`"),
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
