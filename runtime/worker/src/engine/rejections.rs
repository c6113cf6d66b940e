//! Promises that were rejected while nothing waits for them: mostly an author's forgotten `await`.

use std::cell::RefCell;

use rquickjs::{Ctx, Persistent, Value};
use runtime_protocol::LogLevel;

use super::state::State;

/// Rejections kept until the end of a turn; what comes on top of them is not logged.
const MAX_NOTED: usize = 16;

/// Rejected promises of the running turn that nothing handles yet, each with its reason.
#[derive(Default)]
pub(super) struct Rejections(RefCell<Vec<(Kept, Kept)>>);

type Kept = Persistent<Value<'static>>;

impl Rejections {
    /// The engine tells that a promise was rejected, and again when something handles it after all.
    pub(super) fn note<'js>(
        &self,
        ctx: &Ctx<'js>,
        promise: Value<'js>,
        reason: Value<'js>,
        is_handled: bool,
    ) {
        let promise = Persistent::save(ctx, promise);
        let mut noted = self.0.borrow_mut();
        if is_handled {
            noted.retain(|(rejected, _)| *rejected != promise);
        } else if noted.len() < MAX_NOTED {
            noted.push((promise, Persistent::save(ctx, reason)));
        }
    }
}

impl<'js> State<'js> {
    /// Logs what nothing handled by the end of a turn.
    pub(super) fn log_rejections(&self, ctx: &Ctx<'js>) {
        for (_, reason) in self.rejections.0.take() {
            let heading =
                rquickjs::String::from_str(ctx.clone(), "a promise was rejected and nothing handles it:");
            let values = heading.and_then(|heading| Ok(vec![heading.into_value(), reason.restore(ctx)?]));
            // Without memory for the line there is none.
            self.log(ctx, LogLevel::Warn, values.unwrap_or_default(), None);
        }
    }
}
