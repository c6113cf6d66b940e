//! The calls in flight, and whose code runs.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use runtime_protocol::{ErrorCode, Failure, Outcome, Reply, ToHost};

use crate::logged::{Counted, Logged};
use crate::outbox::Outbox;

/// The id that the start of the program runs under; the host counts from one.
pub(crate) const START: u64 = 0;

/// Calls by id, and the way of their results to the host.
pub(crate) struct Calls {
    outbox: Rc<Outbox>,
    running: RefCell<HashMap<u64, Running>>,
    current: Cell<u64>,
    /// What the current call has logged, which goes on after its end until the end of the turn.
    logged: Cell<Logged>,
}

struct Running {
    left: Duration,
    /// Whether `left` is for each turn.
    per_turn: bool,
    logged: Logged,
}

impl Calls {
    pub(crate) fn new(outbox: Rc<Outbox>) -> Self {
        Self { outbox, running: RefCell::default(), current: Cell::new(START), logged: Cell::default() }
    }

    /// Notes a call.
    pub(crate) fn begin(&self, call: u64, budget: Duration, per_turn: bool) {
        let running = Running { left: budget, per_turn, logged: Logged::default() };
        self.running.borrow_mut().insert(call, running);
    }

    /// Whether the call has not ended yet.
    pub(crate) fn is_running(&self, call: u64) -> bool {
        self.running.borrow().contains_key(&call)
    }

    /// Makes `call` the one whose code runs and says how much of its budget is left; `None` where it has
    /// ended.
    pub(crate) fn enter(&self, call: u64) -> Option<Duration> {
        let running = self.running.borrow();
        let running = running.get(&call)?;
        self.current.set(call);
        self.logged.set(running.logged);
        Some(running.left)
    }

    /// Ends the turn of the current call, which used so much of its budget.
    pub(crate) fn leave(&self, used: Duration) {
        if let Some(running) = self.running.borrow_mut().get_mut(&self.current.get()) {
            if running.per_turn {
                running.logged = Logged::default();
                return;
            }
            running.left = running.left.saturating_sub(used);
            running.logged = self.logged.get();
        }
    }

    /// Counts a log line on the call whose code runs.
    pub(crate) fn count_logged(&self, bytes: usize) -> Counted {
        let mut logged = self.logged.get();
        let counted = logged.count(bytes);
        self.logged.set(logged);
        counted
    }

    /// Ends a call, unless it has ended.
    pub(crate) fn finish(&self, call: u64, outcome: Outcome) {
        if self.running.borrow_mut().remove(&call).is_none() || call == START {
            return;
        }
        if let Err(too_large) = self.outbox.push(&ToHost::Result(Reply { id: call, outcome })) {
            let failure = Failure::new(ErrorCode::TooLarge, format!("the result is {too_large}"));
            self.outbox.push_small(ToHost::Result(Reply { id: call, outcome: Err(failure) }));
        }
    }

    /// Ends a call because its budget is used up.
    pub(crate) fn finish_over_budget(&self, call: u64) {
        let message = "the call used up its budget of processor time";
        self.finish(call, Err(Failure::new(ErrorCode::Budget, message)));
    }

    /// Ends every call because the engine cannot go on: the one whose code runs did not stop.
    pub(crate) fn abort(&self) {
        self.finish_over_budget(self.current.get());
        let why = "another call of the plugin ran on past its budget, and the plugin is stopped for it";
        let left: Vec<u64> = self.running.borrow().keys().copied().collect();
        for call in left {
            self.finish(call, Err(Failure::new(ErrorCode::Aborted, why)));
        }
    }
}
