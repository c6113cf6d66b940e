//! The JavaScript engine with one plugin in it.
//!
//! Code runs in *turns*: the start of a handler, or the continuation after a host call's answer, each with
//! all the promise jobs that follow from it. A turn is paid for by one call, so a budget holds per call
//! whichever way its code comes to run. Between turns nothing runs.

mod glue;
mod handlers;
mod json;
mod log;
mod modules;
mod rejections;
mod state;
mod thrown;

use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::time::Duration;

use rquickjs::{Context, Ctx, Function, Module, Runtime, Value};
use runtime_protocol::{Call, ErrorCode, Failure, Handlers, Program, Reply, Start};

use handlers::{NotAPlugin, Table};
use modules::Modules;
use rejections::Rejections;
use state::State;

use crate::calls::{Calls, START};
use crate::link::{self, Turn};
use crate::meter::Meter;
use crate::outbox::Outbox;
use crate::sandbox::MAX_HEAP;

/// Jobs between two looks at the clock; one job cannot run long, the engine's own interrupt sees to that.
const JOBS_PER_CHECK: usize = 32;

/// What the jobs that a failed call left behind may use to come to an end: together, and each.
const GRACE: Duration = Duration::from_millis(50);
const GRACE_OF_JOB: Duration = Duration::from_millis(1);

/// Bytes of JavaScript stack that fit on the main thread's.
const MAX_STACK: u64 = 4 << 20;

/// Why a program did not start. Only its text leaves the process, so that holds everything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the engine could not be made: {0}")]
    Engine(rquickjs::Error),
    #[error("the worker's own code did not load: {0}")]
    Glue(Failure),
    #[error("the program is not JavaScript")]
    OtherProgram,
    #[error("the program has no module {0}")]
    NoEntry(String),
    #[error("{}", with_stack(.0))]
    Program(Failure),
    #[error("loading took more than its {0} ms of processor time")]
    TooSlow(u64),
    #[error("the program waits at its top level for something that never comes")]
    NeverLoaded,
    #[error(transparent)]
    NotAPlugin(#[from] NotAPlugin),
}

/// A loaded plugin.
pub(crate) struct Engine<'js> {
    ctx: Ctx<'js>,
    state: Rc<State<'js>>,
    invoke: Function<'js>,
    handlers: Table<'js>,
}

/// Loads a program and gives the engine to `body`. The engine is not taken down afterwards: the process ends
/// next. `give_up` ends the process where plugin code cannot be stopped otherwise.
pub(crate) fn with_engine<T>(
    mut start: Start,
    outbox: Rc<Outbox>,
    give_up: fn(&Rc<Outbox>),
    body: impl FnOnce(Result<Engine<'_>, StartError>) -> T,
) -> T {
    let meter = Rc::new(Meter::default());
    let calls = Rc::new(Calls::new(Rc::clone(&outbox)));
    let Program::Js { modules, entry } = std::mem::replace(&mut start.program, Program::Wasm) else {
        return body(Err(StartError::OtherProgram));
    };
    let modules = Modules::new(modules);
    let interrupt = {
        let (meter, calls, outbox) = (Rc::clone(&meter), Rc::clone(&calls), Rc::clone(&outbox));
        move || {
            let is_over = meter.check();
            // Some functions of the engine swallow an interrupt, and a loop around one would go on for ever.
            if is_over && meter.is_long_over() {
                calls.abort();
                give_up(&outbox);
            }
            is_over
        }
    };
    let rejections = Rc::new(Rejections::default());
    match context(&start, &modules, interrupt, Rc::clone(&rejections)) {
        Ok(context) => ManuallyDrop::new(context).with(|ctx| {
            // What plugin code holds on to ends with the process as well.
            let state = ManuallyDrop::new(Rc::new(State::new(meter, calls, rejections, outbox, start.now)));
            body(Engine::load(ctx, Rc::clone(&state), &start, &modules, &entry))
        }),
        Err(error) => body(Err(StartError::Engine(error))),
    }
}

fn context(
    start: &Start,
    modules: &Modules,
    interrupt: impl FnMut() -> bool + 'static,
    rejections: Rc<Rejections>,
) -> rquickjs::Result<Context> {
    let runtime = ManuallyDrop::new(Runtime::new()?);
    runtime.set_memory_limit(usize::try_from(start.limits.memory.min(MAX_HEAP)).unwrap_or(usize::MAX));
    runtime.set_max_stack_size(usize::try_from(start.limits.stack.min(MAX_STACK)).unwrap_or(usize::MAX));
    runtime.set_loader(modules.clone(), modules.clone());
    runtime.set_interrupt_handler(Some(Box::new(interrupt)));
    runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, is_handled| {
        rejections.note(&ctx, promise, reason, is_handled);
    })));
    Context::full(&runtime)
}

impl<'js> Engine<'js> {
    fn load(
        ctx: Ctx<'js>,
        state: Rc<State<'js>>,
        start: &Start,
        modules: &Modules,
        entry: &str,
    ) -> Result<Self, StartError> {
        let invoke = glue::install(&ctx, &state, start)
            .map_err(|error| StartError::Glue(thrown::engine_failure(&ctx, &error)))?;
        let budget = Duration::from_millis(start.limits.budget_ms);
        state.calls.begin(START, budget, false);
        state.calls.enter(START);
        state.meter.start(budget);
        let exported = evaluate(&ctx, &state, modules, entry);
        let handlers = exported.and_then(|exported| Ok(Table::read(&ctx, entry, exported)?));
        state.meter.stop();
        if state.meter.is_over() {
            return Err(StartError::TooSlow(start.limits.budget_ms));
        }
        state.calls.finish(START, Ok(json::null()));
        Ok(Self { handlers: handlers?, ctx, state, invoke })
    }

    /// Runs code and the jobs that follow from it, paid for by `call`.
    fn turn(&self, call: u64, run: impl FnOnce() -> rquickjs::Result<()>) -> Turn {
        let Some(left) = self.state.calls.enter(call) else { return Turn::Done };
        let meter = &self.state.meter;
        meter.start(left);
        let failed = run().err().map(|error| thrown::engine_failure(&self.ctx, &error));
        let is_empty = finish_jobs(&self.ctx, &self.state);
        let used = meter.stop();
        if meter.is_over() || used >= left {
            self.state.calls.finish_over_budget(call);
        } else if let Some(failure) = failed {
            self.state.calls.finish(call, Err(failure));
        }
        self.state.calls.leave(used);
        if is_empty || self.leftovers_end() { Turn::Done } else { Turn::Runaway }
    }

    /// Lets the jobs that a failed call left behind come to an end, each cut short.
    fn leftovers_end(&self) -> bool {
        let mut used = Duration::ZERO;
        while used < GRACE {
            self.state.meter.start(GRACE_OF_JOB);
            let is_empty = !self.ctx.execute_pending_job();
            used += self.state.meter.stop();
            if is_empty {
                return true;
            }
        }
        false
    }
}

impl link::Engine for Engine<'_> {
    fn handlers(&self) -> Handlers {
        self.handlers.names()
    }

    fn call(&self, call: Call) -> Turn {
        let Call { id, kind, name, budget_ms, per_turn, now, payload } = call;
        self.state.now.set(now.or_else(|| self.state.now.get()));
        self.state.calls.begin(id, Duration::from_millis(budget_ms), per_turn);
        let Some(handler) = self.handlers.get(kind, &name) else {
            let failure = Failure::new(ErrorCode::NoHandler, format!("the plugin has no handler for {name}"));
            self.state.calls.finish(id, Err(failure));
            return Turn::Done;
        };
        self.turn(id, || {
            let payload = json::parse(&self.ctx, &payload)?;
            #[expect(clippy::cast_precision_loss, reason = "the host's ids are counted up from one")]
            let id = id as f64;
            self.invoke.call((id, handler.clone(), payload))
        })
    }

    fn answer(&self, reply: Reply) -> Turn {
        match self.state.waiting(reply.id) {
            Some(call) => self.turn(call, || self.state.answer(&self.ctx, reply)),
            None => Turn::Done,
        }
    }

    fn abort(&self) {
        self.state.calls.abort();
    }
}

/// Runs all jobs of a turn and logs the promises that were rejected for nobody; whether no job is left.
fn finish_jobs<'js>(ctx: &Ctx<'js>, state: &State<'js>) -> bool {
    run_jobs(ctx, &state.meter) && {
        state.log_rejections(ctx);
        // Reading a reason may have run plugin code.
        run_jobs(ctx, &state.meter)
    }
}

/// Runs jobs until there are none, which is true, or the budget is used up.
fn run_jobs(ctx: &Ctx<'_>, meter: &Meter) -> bool {
    loop {
        for _ in 0..JOBS_PER_CHECK {
            if meter.is_over() {
                return false;
            }
            if !ctx.execute_pending_job() {
                return true;
            }
        }
        meter.check();
    }
}

/// Runs the program's modules; the default export of `entry`.
fn evaluate<'js>(
    ctx: &Ctx<'js>,
    state: &State<'js>,
    modules: &Modules,
    entry: &str,
) -> Result<Value<'js>, StartError> {
    let program = |error: rquickjs::Error| StartError::Program(thrown::engine_failure(ctx, &error));
    let code = modules.take(entry).ok_or_else(|| StartError::NoEntry(entry.to_owned()))?;
    let (module, loaded) =
        Module::declare(ctx.clone(), entry, code).and_then(Module::eval).map_err(program)?;
    finish_jobs(ctx, state);
    match loaded.result::<Value<'js>>() {
        Some(Ok(_)) => module.namespace().and_then(|exports| exports.get("default")).map_err(program),
        Some(Err(error)) => Err(program(error)),
        None => Err(StartError::NeverLoaded),
    }
}

fn with_stack(failure: &Failure) -> String {
    match &failure.stack {
        Some(stack) => format!("{}\n{stack}", failure.message),
        None => failure.message.clone(),
    }
}
