//! The cases of a capability's contract, played against a provider in a running host.

use std::thread;

use manifest_schema::contract::{Case, Chunks};
use manifest_schema::manifest::CapabilityKind;
use runtime_host::client::{CapabilityFailure, CapabilityRequest, Client};
use serde_json::Value;

/// A provider that is tried.
pub(crate) struct Provider<'a> {
    pub(crate) client: &'a Client,
    pub(crate) kind: CapabilityKind,
    pub(crate) id: &'a str,
    /// An origin that it may reach.
    pub(crate) origin: &'a str,
}

/// How a case came out that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Played {
    /// As it says.
    Done,
    /// The provider does not do this, which it may.
    Passed,
}

struct Answer {
    outcome: Result<Value, CapabilityFailure>,
    chunks: Vec<Value>,
}

impl Provider<'_> {
    /// Plays a case; in words what is wrong where it fails.
    pub(crate) fn play(&self, case: &Case) -> Result<Played, String> {
        let mut session = Value::Null;
        for request in &case.requests {
            let request = self.filled(request, &session);
            let answers = self.ask_at_once(&request, case)?;
            for Answer { outcome, chunks } in answers {
                match outcome {
                    Err(error) if case.errors.contains(&error.code) => {}
                    Err(error) if case.allow.contains(&error.code) => return Ok(Played::Passed),
                    Err(error) => return Err(unexpected(case, &error)),
                    Ok(response) if case.errors.is_empty() => {
                        case.stream.as_ref().map_or(Ok(()), |wanted| fit(wanted, &chunks, &response))?;
                        session = response.get("session").cloned().unwrap_or_default();
                    }
                    Ok(response) => {
                        return Err(format!(
                            "expected an error with the code {}, got: {response}",
                            case.errors.join(" or ")
                        ));
                    }
                }
            }
        }
        Ok(Played::Done)
    }

    /// The request with what only this provider knows.
    fn filled(&self, request: &Value, session: &Value) -> Value {
        match request {
            Value::String(text) if text == "$session" => session.clone(),
            Value::String(text) => text.replace("$origin", self.origin).into(),
            Value::Array(items) => items.iter().map(|item| self.filled(item, session)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.filled(value, session))).collect()
            }
            other => other.clone(),
        }
    }

    fn ask_at_once(&self, request: &Value, case: &Case) -> Result<Vec<Answer>, String> {
        thread::scope(|scope| {
            let asked: Vec<_> =
                (0..case.at_once).map(|_| scope.spawn(|| self.ask(request, case.stream.is_some()))).collect();
            let answer = |asked: thread::ScopedJoinHandle<'_, _>| {
                asked.join().unwrap_or_else(|_| Err("the question was lost".to_owned()))
            };
            asked.into_iter().map(answer).collect()
        })
    }

    fn ask(&self, request: &Value, stream: bool) -> Result<Answer, String> {
        let asked =
            CapabilityRequest { kind: self.kind, id: Some(self.id.to_owned()), request: request.clone() };
        let mut chunks = Vec::new();
        let mut keep = |chunk| chunks.push(chunk);
        let listener: Option<&mut dyn FnMut(Value)> = if stream { Some(&mut keep) } else { None };
        let outcome = self.client.stream_capability(&asked, listener).map_err(|error| error.to_string())?;
        Ok(Answer { outcome: outcome.map(|answer| answer.response), chunks })
    }
}

fn unexpected(case: &Case, error: &CapabilityFailure) -> String {
    let CapabilityFailure { code, message } = error;
    if case.errors.is_empty() {
        return format!("expected an answer, got the error {code}: {message}");
    }
    format!("expected an error with the code {}, got {code}: {message}", case.errors.join(" or "))
}

/// Whether the chunks are what the case wants. Each fits its schema already: the host saw to that.
fn fit(wanted: &Chunks, chunks: &[Value], response: &Value) -> Result<(), String> {
    if chunks.len() < wanted.least {
        return Err(format!("expected at least {} chunks, got {}", wanted.least, chunks.len()));
    }
    if let Some(member) = &wanted.joins {
        // Chunks that tell of progress are not a part of the answer.
        let parts = chunks.iter().filter(|chunk| chunk.get("kind").is_none_or(|kind| kind == "text"));
        let joined: String = parts.filter_map(|chunk| chunk.get(member)?.as_str()).collect();
        if response.get(member).and_then(Value::as_str) != Some(&joined) {
            return Err(format!(
                "the chunks' `{member}` is {joined:?}, and the response has {}",
                response.get(member).unwrap_or(&Value::Null)
            ));
        }
    }
    if let Some(member) = &wanted.replaces {
        if !chunks.iter().any(|chunk| chunk.get(member).is_some()) {
            return Err(format!("no chunk has `{member}`"));
        }
        if response.get(member).is_some() {
            return Err(format!("`{member}` came in chunks, and once more in the response"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::fit;
    use manifest_schema::contract::Chunks;
    use serde_json::json;

    #[test]
    fn chunks_belong_to_their_response() {
        let joins = Chunks { joins: Some("text".to_owned()), ..Chunks::default() };
        let response = json!({ "text": "hello" });
        let (one, two) = (json!({ "text": "hel" }), json!({ "kind": "text", "text": "lo" }));
        let progress = json!({ "kind": "progress", "text": "still busy" });
        assert_eq!(fit(&joins, &[progress, one.clone(), two], &response), Ok(()));
        assert!(fit(&joins, &[one], &response).unwrap_err().contains("\"hel\""));
        assert!(fit(&joins, &[], &response).unwrap_err().contains("at least 1"));
        let replaces = Chunks { replaces: Some("base64".to_owned()), ..Chunks::default() };
        let sound = json!({ "base64": "aGk=" });
        assert_eq!(fit(&replaces, std::slice::from_ref(&sound), &json!({})), Ok(()));
        assert!(fit(&replaces, &[json!({})], &json!({})).is_err());
        assert!(fit(&replaces, std::slice::from_ref(&sound), &sound).is_err());
    }
}
