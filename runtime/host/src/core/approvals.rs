//! What waits for a person: calls that a gate has held, answered by the operator or in a chat, or not at all.

use super::{Core, arrival::object};
use crate::{
    clock::rfc3339,
    identity,
    notice::Notice,
    worker::{CallContext, Deadline},
};
use audit_log::{Action, Actor, Event, Outcome};
use manifest_schema::names::PluginId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// How long a person has who is given no time.
const TIMEOUT: Duration = Duration::from_secs(300);
/// The longest that anything waits for a person.
const LONGEST: Duration = Duration::from_secs(600);
/// Calls that may wait at a time.
const MOST: usize = 100;
/// Characters of a title, and of a description.
const MAX_TITLE: usize = 80;
const MAX_DESCRIPTION: usize = 512;

/// What a gate asks a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    title: String,
    #[serde(default)]
    description: String,
    /// Milliseconds; 5 minutes where absent, 10 at most.
    timeout_ms: Option<u64>,
}

impl Question {
    /// The question of a gate's answer; in words why it is none.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let question: Self = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        let fits = (1..=MAX_TITLE).contains(&question.title.chars().count())
            && question.description.chars().count() <= MAX_DESCRIPTION;
        if fits {
            Ok(question)
        } else {
            Err(format!(
                "a question has a title of 1 to {MAX_TITLE} characters, and a description of up to {MAX_DESCRIPTION}"
            ))
        }
    }

    fn limit(&self) -> Duration {
        self.timeout_ms.map_or(TIMEOUT, Duration::from_millis).min(LONGEST)
    }
}

/// A call that waits for a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApprovalInfo {
    /// Its id.
    pub id: String,
    /// The gate that holds it.
    pub gate: String,
    /// The plugin whose gate that is.
    pub asked_by: String,
    /// Its words.
    pub title: String,
    /// More of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What waits, as the gate has it.
    pub subject: Map<String, Value>,
    /// Since when, RFC 3339.
    pub since: String,
    /// Until when, RFC 3339; then it counts as denied.
    pub expires: String,
}

/// What a person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Allow,
    Deny(String),
}

/// All that waits.
#[derive(Default)]
pub(crate) struct Approvals(Mutex<BTreeMap<String, Waiting>>);

struct Waiting {
    info: ApprovalInfo,
    answer: oneshot::Sender<Decision>,
}

impl Approvals {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What waits, the oldest first.
    pub(crate) fn list(&self) -> Vec<ApprovalInfo> {
        let mut all: Vec<ApprovalInfo> = self.lock().values().map(|waiting| waiting.info.clone()).collect();
        all.sort_by(|a, b| (&a.since, &a.id).cmp(&(&b.since, &b.id)));
        all
    }

    /// Answers for one; false where none of that id waits.
    pub(crate) fn answer(&self, id: &str, decision: Decision) -> bool {
        let waiting = self.lock().remove(id);
        waiting.is_some_and(|waiting| waiting.answer.send(decision).is_ok())
    }
}

impl Core {
    /// Waits for a person's word on what a gate holds. The time does not count on the call that it belongs to.
    pub(super) async fn approve(
        self: &Arc<Self>,
        gate: &str,
        by: &PluginId,
        question: Question,
        subject: &Map<String, Value>,
        context: &CallContext,
    ) -> Decision {
        let limit = question.limit();
        let (answer, answered) = oneshot::channel();
        let Ok(id) = identity::random_id("apr") else {
            return Decision::Deny("there are no random numbers for an id".to_owned());
        };
        let since = self.now();
        let expires = since.saturating_add(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
        let redactor = self.notices().redaction().redactor();
        let mut subject = Value::Object(subject.clone());
        redactor.value(&mut subject);
        let mut info = ApprovalInfo {
            id: id.clone(),
            gate: gate.to_owned(),
            asked_by: by.to_string(),
            title: question.title,
            description: question.description,
            subject: object(subject),
            since: rfc3339(since),
            expires: rfc3339(expires),
        };
        redactor.mend(&mut info.title);
        redactor.mend(&mut info.description);
        {
            let mut waiting = self.approvals.lock();
            if waiting.len() >= MOST {
                return Decision::Deny(format!("{MOST} calls wait for a person already"));
            }
            waiting.insert(id.clone(), Waiting { info: info.clone(), answer });
        }
        let asked = Event::new(Actor::Plugin(by.to_string()), Action::ApprovalRequest, Outcome::Done);
        let asked = asked.plugin(by).about(&id);
        if let Err(error) = self.environment.audit.secure(asked).await {
            self.approvals.lock().remove(&id);
            return Decision::Deny(crate::error_chain::chain(&error));
        }
        self.notices().send(Notice::ApprovalAsked { info: Box::new(info.clone()) });
        self.ask_in_chat(&info);
        let held = context.deadline.as_ref().map(Deadline::hold);
        let decision = match tokio::time::timeout(limit, answered).await {
            Ok(Ok(decision)) => decision,
            Ok(Err(_)) => Decision::Deny("the host is stopping".to_owned()),
            Err(_) => Decision::Deny(format!("nobody has answered for {} s", limit.as_secs())),
        };
        drop(held);
        self.approvals.lock().remove(&id);
        let allowed = decision == Decision::Allow;
        let outcome = if allowed { Outcome::Done } else { Outcome::Refused };
        let answered = Event::new(Actor::Host, Action::ApprovalAnswer, outcome).plugin(by).about(&id);
        if let Err(error) = self.environment.audit.secure(answered).await {
            return Decision::Deny(crate::error_chain::chain(&error));
        }
        self.notices().send(Notice::ApprovalAnswered { id, allowed });
        decision
    }
}
