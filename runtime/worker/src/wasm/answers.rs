//! What a component says during a turn, and the answers that its calls wait for.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use runtime_protocol::{ErrorCode, Failure, HostCall, HostMethod, Log, MAX_FRAME, Outcome, ToHost};
use serde_json::value::RawValue;

/// Host calls that one plugin may have unanswered.
const MAX_ASKED: usize = 1024;

/// Bytes of a frame that are not its parameters.
const ENVELOPE: usize = 256;

/// Shared by all calls of a component. A turn only fills it; what is in it leaves at the turn's end.
#[derive(Clone, Default)]
pub(super) struct Answers(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    said: Vec<ToHost>,
    /// Host calls without an answer, or with one that nobody has taken yet, and which call asks.
    asked: HashMap<u64, (u64, Option<Outcome>)>,
    last: u64,
}

impl Answers {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the frames of a turn.
    pub(super) fn take_said(&self) -> Vec<ToHost> {
        std::mem::take(&mut self.lock().said)
    }

    /// Adds a log line.
    pub(super) fn log(&self, log: Log) {
        self.lock().said.push(ToHost::Log(log));
    }

    /// Asks the host on behalf of `call`.
    pub(super) fn ask(&self, call: u64, method: HostMethod, params: String) -> Result<Answer, Failure> {
        let mut inner = self.lock();
        if inner.asked.len() >= MAX_ASKED {
            return Err(Failure::new(ErrorCode::Limit, format!("{MAX_ASKED} host calls are unanswered")));
        }
        let name = method.as_str();
        if params.len() > MAX_FRAME - ENVELOPE {
            let message = format!("parameters of {name} are {} bytes, over {MAX_FRAME}", params.len());
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        let params = RawValue::from_string(params).map_err(|error| {
            Failure::new(ErrorCode::InvalidParams, format!("parameters of {name} are not JSON: {error}"))
        })?;
        inner.last += 1;
        let id = inner.last;
        inner.asked.insert(id, (call, None));
        inner.said.push(ToHost::Host(HostCall { id, call, method, params }));
        Ok(Answer { id, answers: self.clone() })
    }

    /// Takes an answer in; the call that waits for it.
    pub(super) fn settle(&self, id: u64, outcome: Outcome) -> Option<u64> {
        let mut inner = self.lock();
        let (call, slot) = inner.asked.get_mut(&id)?;
        *slot = Some(outcome);
        Some(*call)
    }
}

/// Resolves to the host's answer; the turn that brings it polls, so nothing is woken. Dropped, it is forgotten.
pub(super) struct Answer {
    id: u64,
    answers: Answers,
}

impl Future for Answer {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Outcome> {
        let mut inner = self.answers.lock();
        match inner.asked.get_mut(&self.id).and_then(|(_, slot)| slot.take()) {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.answers.lock().asked.remove(&self.id);
    }
}
