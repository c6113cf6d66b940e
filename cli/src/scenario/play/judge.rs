//! What a step expects beside its result, against what came.

use manifest_schema::scenario::Step;
use serde_json::{Map, Value, json};

use super::Player;
use crate::scenario::compare::{self, Difference};

impl Player<'_> {
    /// What the step expects beside the result, and is not so.
    pub(super) fn differences(&mut self, step: &Step) -> Vec<Difference> {
        let mut differences = Vec::new();
        let one = step.reply.as_ref().map(std::slice::from_ref);
        if let Some(replies) = one.or(step.replies.as_deref()) {
            differences.extend(self.replies(replies, one.is_some()));
        }
        if let Some(chunks) = &step.chunks {
            differences.extend(compare::part("chunks", &json!(chunks), Some(&json!(self.chunks))));
        }
        let made = self.stage.rehearsal.take_calls();
        if let Some(calls) = &step.calls {
            differences.extend(compare::calls(calls, &made));
        }
        if let Some(expected) = &step.storage {
            differences.extend(self.storage(expected));
        }
        if let Some(logs) = &step.logs {
            differences.extend(self.record.missing_logs(logs));
        }
        differences
    }

    fn replies(&self, expected: &[Value], is_one: bool) -> Vec<Difference> {
        if expected.len() != self.came.len() {
            let list = |messages: &[Value]| {
                let texts = messages.iter().map(|message| match message.get("text") {
                    Some(text) => text.to_string(),
                    None => message.to_string(),
                });
                let texts = texts.collect::<Vec<_>>().join(", ");
                if texts.is_empty() { "no message".to_owned() } else { texts }
            };
            let place = if is_one { "reply" } else { "replies" };
            return vec![Difference::new(place, list(expected), list(&self.came))];
        }
        let pairs = expected.iter().zip(&self.came).enumerate();
        let place = |at| if is_one { "reply".to_owned() } else { format!("replies/{at}") };
        pairs.flat_map(|(at, (expected, came))| compare::message(&place(at), expected, came)).collect()
    }

    fn storage(&self, expected: &Map<String, Value>) -> Vec<Difference> {
        let stored = self.plugin().and_then(|plugin| self.stage.runtime.block_on(plugin.stored()));
        let stored = match stored {
            Ok(stored) => stored,
            Err(why) => return vec![Difference::new("storage", Value::Object(expected.clone()), why)],
        };
        let differences = expected.iter().flat_map(|(key, value)| match (value, stored.get(key)) {
            (Value::Null, None) => Vec::new(),
            (value, Some(got)) if value == got => Vec::new(),
            (value, got) => {
                let got = got.map_or_else(|| "nothing".to_owned(), ToString::to_string);
                vec![Difference::new(&format!("storage/{key}"), value, got)]
            }
        });
        differences.collect()
    }
}
