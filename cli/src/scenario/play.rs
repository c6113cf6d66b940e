//! Playing a scenario against a running host.

use manifest_schema::names::PluginId;
use runtime_host::client::{Body, Client, SendMessage, SendOptions, SendOrigin};
use serde_json::{Value, json};

use super::line::{Line, words};
use super::{Action, Expected, Scenario, Step};

/// How a step came out: `Err` says what was expected and what came instead.
pub(crate) type Outcome = Result<(), String>;

/// Plays the steps in order, each whatever became of the one before.
pub(crate) fn play(
    client: &Client,
    plugin: &PluginId,
    scenario: &Scenario,
    mut line: Line<'_>,
) -> Vec<Outcome> {
    let play = |(number, step)| Player { client, plugin, line: &mut line, number }.play(step);
    scenario.steps.iter().enumerate().map(play).collect()
}

struct Player<'a, 'b> {
    client: &'a Client,
    plugin: &'a PluginId,
    line: &'a mut Line<'b>,
    number: usize,
}

impl Player<'_, '_> {
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
            Action::Message(text) => self.line.write(self.number, text).map(|()| Value::Null),
            Action::Send(text) => {
                let (channel, to) = self.line.address();
                let message = SendMessage {
                    channel: channel.to_owned(),
                    instance: None,
                    to: to.to_owned(),
                    body: Body::Text { text: text.clone() },
                    options: SendOptions { request_id: None, origin: Some(SendOrigin::Cli) },
                };
                self.client.send(&message).map_err(words)?;
                self.line.next_message()
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
        let message = self.line.next_message()?;
        match message.get("text").and_then(Value::as_str) {
            Some(text) if text == expected => Ok(()),
            _ => Err(format!("expected the reply {expected:?}, got: {message}")),
        }
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
