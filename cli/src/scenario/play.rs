//! Playing a scenario against a running host.

use std::io::ErrorKind;
use std::time::Duration;

use manifest_schema::names::PluginId;
use runtime_host::client::{
    Body, Chat, ChatEvent, Client, ClientError, SendMessage, SendOptions, SendOrigin,
};
use serde_json::{Value, json};

use super::{Action, Expected, Scenario, Step};
use crate::failure::{Outcome as Attempt, While};

/// The chat that scenarios are played in.
const CHAT: &str = "tester";

/// How long a message may take that a step waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a step came out: `Err` says what was expected and what came instead.
pub(crate) type Outcome = Result<(), String>;

/// Plays the steps in order, each whatever became of the one before.
pub(crate) fn play(client: &Client, plugin: &PluginId, scenario: &Scenario) -> Attempt<Vec<Outcome>> {
    let mut chat = client.chat(&[CHAT]).cannot("open the console channel")?;
    chat.set_timeout(Some(PATIENCE)).cannot("open the console channel")?;
    let play = |(number, step)| Player { client, plugin, chat: &mut chat, number }.play(step);
    Ok(scenario.steps.iter().enumerate().map(play).collect())
}

struct Player<'a> {
    client: &'a Client,
    plugin: &'a PluginId,
    chat: &'a mut Chat,
    number: usize,
}

impl Player<'_> {
    fn play(mut self, step: &Step) -> Outcome {
        let result = self.act(&step.action);
        match (&step.expected, result) {
            (Expected::Error(words), Err(why)) if why.contains(words) => {}
            (Expected::Error(words), Err(why)) => {
                return Err(format!("expected an error with \"{words}\", got: {why}"));
            }
            (Expected::Error(words), Ok(result)) => {
                return Err(format!("expected an error with \"{words}\", got: {result}"));
            }
            (_, Err(why)) => return Err(why),
            (Expected::Done, Ok(_)) => {}
            (Expected::Fields(fields), Ok(result)) => {
                if let Some(difference) = difference(fields, &result, "") {
                    return Err(difference);
                }
            }
        }
        step.reply.as_ref().map_or(Ok(()), |reply| self.expect_reply(reply))
    }

    /// Does what the step says; the result is what `expect` is compared with.
    fn act(&mut self, action: &Action) -> Result<Value, String> {
        match action {
            Action::Tool { name, input } => {
                let output = self.client.call_tool(name, input).map_err(words)?;
                serde_json::from_str(output.get()).map_err(|error| error.to_string())
            }
            Action::Message(text) => {
                self.chat.send(CHAT, &format!("step-{}", self.number), text).map_err(words)?;
                self.wait_for(|event| match event {
                    ChatEvent::Accepted { .. } => Some(Ok(Value::Null)),
                    ChatEvent::Refused { reason, .. } => Some(Err(reason)),
                    ChatEvent::Message { .. } => None,
                })?
            }
            Action::Send(text) => {
                let message = SendMessage {
                    channel: "console".to_owned(),
                    instance: None,
                    to: CHAT.to_owned(),
                    body: Body::Text { text: text.clone() },
                    options: SendOptions { request_id: None, origin: Some(SendOrigin::Cli) },
                };
                self.client.send(&message).map_err(words)?;
                self.next_message()
            }
            Action::Route { method, path, body } => {
                let body = body.as_ref().map_or_else(Vec::new, |body| body.to_string().into_bytes());
                let answer = self.client.call_route(self.plugin, *method, path, &body).map_err(words)?;
                let json: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
                Ok(
                    json!({ "status": answer.status, "json": json, "text": String::from_utf8_lossy(&answer.body) }),
                )
            }
        }
    }

    fn expect_reply(&mut self, expected: &str) -> Outcome {
        let message = self.next_message()?;
        match message.get("text").and_then(Value::as_str) {
            Some(text) if text == expected => Ok(()),
            _ => Err(format!("expected the reply {expected:?}, got: {message}")),
        }
    }

    fn next_message(&mut self) -> Result<Value, String> {
        let (id, message) = self.wait_for(|event| match event {
            ChatEvent::Message { id, message, .. } => Some((id, Value::Object(message))),
            _ => None,
        })?;
        self.chat.acknowledge(&id).map_err(words)?;
        Ok(message)
    }

    fn wait_for<T>(&mut self, wanted: impl Fn(ChatEvent) -> Option<T>) -> Result<T, String> {
        loop {
            let event = self.chat.receive().map_err(words)?.ok_or("the host has stopped")?;
            if let Some(found) = wanted(event) {
                return Ok(found);
            }
        }
    }
}

fn words(error: ClientError) -> String {
    match &error {
        ClientError::Connection { source, .. }
            if matches!(source.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
        {
            format!("no message came within {} s", PATIENCE.as_secs())
        }
        _ => error.to_string(),
    }
}

/// Where `got` lacks something that is in `expected`; objects may have more fields than expected.
fn difference(expected: &Value, got: &Value, place: &str) -> Option<String> {
    match (expected, got) {
        (Value::Object(fields), Value::Object(_)) => fields.iter().find_map(|(name, value)| {
            difference(value, got.get(name).unwrap_or(&Value::Null), &format!("{place}/{name}"))
        }),
        _ if expected == got => None,
        _ if place.is_empty() => Some(format!("expected {expected}, got: {got}")),
        _ => Some(format!("expected {expected} at {place}, got: {got}")),
    }
}

#[cfg(test)]
mod tests {
    use super::difference;
    use serde_json::json;

    #[test]
    fn expected_fields_are_a_part_of_the_result() {
        assert_eq!(difference(&json!({"a": {"b": 1}}), &json!({"a": {"b": 1, "c": 2}, "d": 3}), ""), None);
        assert_eq!(difference(&json!([1]), &json!([1, 2]), ""), Some("expected [1], got: [1,2]".to_owned()));
        assert_eq!(
            difference(&json!({"a": {"b": 1}}), &json!({"a": {}}), ""),
            Some("expected 1 at /a/b, got: null".to_owned())
        );
    }
}
