//! What is in flight: calls of the host, host calls of the plugin, and frames to be written.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use rquickjs::{Ctx, Exception, Function, Promise, Value};
use runtime_protocol::{ErrorCode, Failure, HostCall, HostMethod, Log, LogLevel, Outcome, Reply, ToHost};
use serde_json::value::RawValue;

use super::meter::Meter;
use super::{json, thrown};
use crate::outbox::Outbox;

/// Host calls that one plugin may have unanswered.
const MAX_ASKED: usize = 1024;

/// Bytes of a log line's message, and of its fields.
const MAX_LOG_TEXT: usize = 8 << 10;

/// Bytes that one call may log; what follows is dropped, and the log says so once.
const MAX_LOG_OF_CALL: usize = 64 << 10;

/// The bookkeeping of one running plugin.
pub(super) struct State<'js> {
    pub(super) meter: Rc<Meter>,
    outbox: Rc<Outbox>,
    calls: RefCell<HashMap<u64, Running>>,
    asked: RefCell<HashMap<u64, Asked<'js>>>,
    last_asked: Cell<u64>,
    /// The call whose code runs; log lines are counted on it.
    current: Cell<u64>,
}

struct Running {
    left: Duration,
    logged: usize,
}

struct Asked<'js> {
    call: u64,
    resolve: Function<'js>,
    reject: Function<'js>,
}

impl<'js> State<'js> {
    pub(super) fn new(outbox: Rc<Outbox>, meter: Rc<Meter>) -> Self {
        Self {
            meter,
            outbox,
            calls: RefCell::default(),
            asked: RefCell::default(),
            last_asked: Cell::new(0),
            current: Cell::new(0),
        }
    }

    /// Notes a call.
    pub(super) fn begin(&self, call: u64, budget: Duration) {
        self.calls.borrow_mut().insert(call, Running { left: budget, logged: 0 });
    }

    /// Makes `call` the one whose code runs and says how much of its budget is left; `None` where it has ended.
    pub(super) fn enter(&self, call: u64) -> Option<Duration> {
        self.current.set(call);
        self.calls.borrow().get(&call).map(|running| running.left)
    }

    /// Takes what was used from the budget of `call`.
    pub(super) fn spend(&self, call: u64, used: Duration) {
        if let Some(running) = self.calls.borrow_mut().get_mut(&call) {
            running.left = running.left.saturating_sub(used);
        }
    }

    /// Drops a call that has no result.
    pub(super) fn forget(&self, call: u64) {
        self.calls.borrow_mut().remove(&call);
    }

    /// Ends a call, unless it has ended.
    pub(super) fn finish(&self, call: u64, outcome: Outcome) {
        if self.calls.borrow_mut().remove(&call).is_none() {
            return;
        }
        if let Err(too_large) = self.outbox.push(&ToHost::Result(Reply { id: call, outcome })) {
            let failure = Failure::new(ErrorCode::TooLarge, format!("the result is {too_large}"));
            self.push_small(ToHost::Result(Reply { id: call, outcome: Err(failure) }));
        }
    }

    /// Ends every call that is left, for the same reason.
    pub(super) fn finish_all(&self, failure: &Failure) {
        let left: Vec<u64> = self.calls.borrow().keys().copied().collect();
        for call in left {
            self.finish(call, Err(failure.clone()));
        }
    }

    /// A handler returned or threw. An interrupted conversion leaves the call to its turn, which knows why.
    pub(super) fn settle(&self, ctx: &Ctx<'js>, call: u64, is_ok: bool, value: Value<'js>) {
        if !self.calls.borrow().contains_key(&call) {
            return;
        }
        let outcome = if is_ok { result(ctx, value) } else { Err(thrown::failure(ctx, value)) };
        if !self.meter.is_over() {
            self.finish(call, outcome);
        }
    }

    /// Sends a host call; its promise settles with [`State::answer`].
    pub(super) fn ask(
        &self,
        ctx: &Ctx<'js>,
        call: u64,
        method: String,
        params: Value<'js>,
    ) -> rquickjs::Result<Promise<'js>> {
        let params = json::write(ctx, params)?;
        let (promise, resolve, reject) = ctx.promise()?;
        match self.send(call, &method, params) {
            Ok(id) => drop(self.asked.borrow_mut().insert(id, Asked { call, resolve, reject })),
            Err(failure) => reject.call((error(ctx, &failure)?,))?,
        }
        Ok(promise)
    }

    fn send(&self, call: u64, method: &str, params: Option<Box<RawValue>>) -> Result<u64, Failure> {
        if !self.calls.borrow().contains_key(&call) {
            return Err(Failure::new(ErrorCode::Denied, "the call that this `wa` was made for has ended"));
        }
        if self.asked.borrow().len() >= MAX_ASKED {
            return Err(Failure::new(ErrorCode::Limit, format!("{MAX_ASKED} host calls are unanswered")));
        }
        let invalid =
            || Failure::new(ErrorCode::InvalidParams, format!("parameters of {method} are not JSON"));
        let params = params.ok_or_else(invalid)?;
        let Some(method) = HostMethod::ALL.into_iter().find(|known| known.as_str() == method) else {
            return Err(invalid());
        };
        let id = self.last_asked.get() + 1;
        self.outbox.push(&ToHost::Host(HostCall { id, call, method, params })).map_err(|too_large| {
            Failure::new(ErrorCode::TooLarge, format!("parameters of {} are {too_large}", method.as_str()))
        })?;
        self.last_asked.set(id);
        Ok(id)
    }

    /// The call that waits for the answer to host call `asked`; `None` where nobody does any more.
    pub(super) fn waiting(&self, asked: u64) -> Option<u64> {
        let call = self.asked.borrow().get(&asked)?.call;
        let is_running = self.calls.borrow().contains_key(&call);
        if !is_running {
            self.asked.borrow_mut().remove(&asked);
        }
        is_running.then_some(call)
    }

    /// Settles the promise of a host call.
    pub(super) fn answer(&self, ctx: &Ctx<'js>, reply: Reply) -> rquickjs::Result<()> {
        let Some(asked) = self.asked.borrow_mut().remove(&reply.id) else { return Ok(()) };
        match reply.outcome {
            Ok(value) => asked.resolve.call((json::parse(ctx, &value)?,)),
            Err(failure) => asked.reject.call((error(ctx, &failure)?,)),
        }
    }

    /// Writes a log line from the values, joined by spaces.
    pub(super) fn log(
        &self,
        ctx: &Ctx<'js>,
        level: LogLevel,
        values: Vec<Value<'js>>,
        fields: Option<Value<'js>>,
    ) {
        if !self.may_log(0) {
            return;
        }
        let words: Vec<String> = values.into_iter().map(|value| log_text(ctx, value)).collect();
        let message = thrown::clip_to(words.join(" "), MAX_LOG_TEXT);
        let fields = fields.map_or_else(json::null, |fields| log_fields(ctx, fields));
        if self.may_log(message.len() + fields.get().len()) {
            self.push_small(ToHost::Log(Log { level, message, fields }));
        }
    }

    /// Counts `bytes` on the running call; says once when they are too many.
    fn may_log(&self, bytes: usize) -> bool {
        let mut calls = self.calls.borrow_mut();
        let Some(running) = calls.get_mut(&self.current.get()) else { return false };
        if running.logged > MAX_LOG_OF_CALL {
            return false;
        }
        running.logged += bytes;
        let fits = running.logged <= MAX_LOG_OF_CALL;
        drop(calls);
        if !fits {
            let message =
                format!("log over {} KiB in one call; the rest of it is dropped", MAX_LOG_OF_CALL >> 10);
            self.push_small(ToHost::Log(Log { level: LogLevel::Warn, message, fields: json::null() }));
        }
        fits
    }

    /// Adds a frame whose parts are capped far below a frame's limit.
    fn push_small(&self, frame: ToHost) {
        if let Err(too_large) = self.outbox.push(&frame) {
            debug_assert!(false, "a small frame has {too_large}");
        }
    }
}

/// A handler's value as the result of its call.
fn result<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Outcome {
    let kind = value.type_name();
    match json::write(ctx, value) {
        Ok(Some(json)) => Ok(json),
        Ok(None) => Err(Failure::new(
            ErrorCode::InvalidResult,
            format!("the handler returned a {kind}, which is not JSON"),
        )),
        Err(error) => {
            let mut failure = thrown::engine_failure(ctx, &error);
            if failure.code == ErrorCode::Threw {
                failure.code = ErrorCode::InvalidResult;
            }
            Err(failure)
        }
    }
}

/// The error that plugin code sees for a failed host call: `code` and `message`.
fn error<'js>(ctx: &Ctx<'js>, failure: &Failure) -> rquickjs::Result<Value<'js>> {
    let error = Exception::from_message(ctx.clone(), &failure.message)?;
    error.as_object().set("code", failure.code.as_str())?;
    Ok(error.into_value())
}

fn log_text<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> String {
    if value.is_error() {
        let failure = thrown::failure(ctx, value);
        return failure
            .stack
            .map_or_else(|| failure.message.clone(), |stack| format!("{}\n{stack}", failure.message));
    }
    thrown::text(ctx, value).unwrap_or_default()
}

/// Logging never throws: what cannot be written or is too long is replaced by a word.
fn log_fields<'js>(ctx: &Ctx<'js>, fields: Value<'js>) -> Box<RawValue> {
    match json::write(ctx, fields) {
        Ok(Some(fields)) if fields.get().len() <= MAX_LOG_TEXT => fields,
        Ok(Some(_)) => word("too long"),
        Ok(None) => word("not JSON"),
        Err(_) => {
            ctx.catch();
            word("not JSON")
        }
    }
}

fn word(word: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(word).unwrap_or_else(|_| json::null())
}
