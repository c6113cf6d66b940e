//! The plugin's host calls in flight, and the ends of its handlers.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use rquickjs::{Ctx, Exception, Function, Promise, Value};
use runtime_protocol::{ErrorCode, Failure, HostCall, HostMethod, Outcome, Reply, ToHost};
use serde_json::value::RawValue;

use super::rejections::Rejections;
use super::{json, thrown};
use crate::calls::Calls;
use crate::meter::Meter;
use crate::outbox::Outbox;

/// Host calls that one plugin may have unanswered.
const MAX_ASKED: usize = 1024;

/// The bookkeeping of one running plugin.
pub(super) struct State<'js> {
    pub(super) meter: Rc<Meter>,
    pub(super) calls: Rc<Calls>,
    pub(super) rejections: Rc<Rejections>,
    pub(super) outbox: Rc<Outbox>,
    /// The time that code is told, in milliseconds; `None` where it has the machine's.
    pub(super) now: Cell<Option<u64>>,
    asked: RefCell<HashMap<u64, Asked<'js>>>,
    last_asked: Cell<u64>,
}

struct Asked<'js> {
    call: u64,
    resolve: Function<'js>,
    reject: Function<'js>,
}

impl<'js> State<'js> {
    pub(super) fn new(
        meter: Rc<Meter>,
        calls: Rc<Calls>,
        rejections: Rc<Rejections>,
        outbox: Rc<Outbox>,
        now: Option<u64>,
    ) -> Self {
        let (now, asked, last_asked) = (Cell::new(now), RefCell::default(), Cell::new(0));
        Self { meter, calls, rejections, outbox, now, asked, last_asked }
    }

    /// A handler returned or threw. An interrupted conversion leaves the call to its turn, which knows why.
    pub(super) fn settle(&self, ctx: &Ctx<'js>, call: u64, is_ok: bool, value: Value<'js>) {
        if !self.calls.is_running(call) {
            return;
        }
        let outcome = if is_ok { result(ctx, value) } else { Err(thrown::failure(ctx, value)) };
        if !self.meter.is_over() {
            self.calls.finish(call, outcome);
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
        if !self.calls.is_running(call) {
            return Err(Failure::new(ErrorCode::Denied, "the call that this `wa` was made for has ended"));
        }
        if self.asked.borrow().len() >= MAX_ASKED {
            return Err(Failure::new(ErrorCode::Limit, format!("{MAX_ASKED} host calls are unanswered")));
        }
        let invalid =
            || Failure::new(ErrorCode::InvalidParams, format!("parameters of {method} are not JSON"));
        let params = params.ok_or_else(invalid)?;
        let Some(method) = HostMethod::ALL.iter().copied().find(|known| known.as_str() == method) else {
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
        let is_running = self.calls.is_running(call);
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
