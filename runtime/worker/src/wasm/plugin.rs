//! A component with calls in flight.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use runtime_protocol::{Call, ErrorCode, Failure, Handlers, Outcome, Reply, Start};
use serde_json::value::RawValue;
use wasmtime::component::{Component, InstancePre, TypedFunc};
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use super::guest::{Guest, Shared};
use super::imports::{self, WorldFailure};
use crate::calls::Calls;
use crate::link::{self, Turn};
use crate::meter::processor_time;
use crate::outbox::Outbox;
use crate::sandbox::MAX_HEAP;

type HandlersFunc = TypedFunc<(), (String,)>;
type CallFunc = TypedFunc<(String, String, String), (Result<String, WorldFailure>,)>;

/// An instance that runs one call at a time. What it keeps in its memory lasts as long as it does: until a trap, or the
/// worker's end.
struct Instance {
    store: Store<Guest>,
    call: CallFunc,
}

/// The end of a call, and the instance where it can be used again.
type Ended = (Option<Instance>, Outcome);

/// A call that runs or waits, on a stack of its own.
type Task = Pin<Box<dyn Future<Output = Ended>>>;

/// A loaded plugin.
pub(super) struct Plugin {
    engine: Engine,
    component: Rc<InstancePre<Guest>>,
    shared: Arc<Shared>,
    calls: Calls,
    outbox: Rc<Outbox>,
    idle: RefCell<Vec<Instance>>,
    tasks: RefCell<HashMap<u64, Task>>,
    handlers: Handlers,
}

impl Plugin {
    /// Makes the first instance and asks it what it handles.
    pub(super) fn load(
        engine: &Engine,
        component: &Component,
        start: Start,
        outbox: Rc<Outbox>,
    ) -> Result<Self, String> {
        let memory = start.limits.memory.min(MAX_HEAP);
        let shared = Arc::new(Shared::new(&start.config, memory));
        let words = |error: wasmtime::Error| format!("it does not fit the world `wa:plugin`: {error:#}");
        let component = imports::linker(engine).and_then(|linker| linker.instantiate_pre(component));
        let mut plugin = Self {
            engine: engine.clone(),
            component: Rc::new(component.map_err(words)?),
            shared,
            calls: Calls::new(Rc::clone(&outbox)),
            outbox,
            idle: RefCell::default(),
            tasks: RefCell::default(),
            handlers: Handlers::default(),
        };
        plugin.handlers = plugin.first_instance(Duration::from_millis(start.limits.budget_ms))?;
        Ok(plugin)
    }

    fn first_instance(&self, budget: Duration) -> Result<Handlers, String> {
        let (engine, component, shared) = self.parts();
        self.shared.begin_turn(budget);
        let asked = async move {
            let (mut instance, handlers) = instantiate(&engine, &component, shared).await?;
            let (text,) = handlers.call_async(&mut instance.store, ()).await?;
            wasmtime::Result::Ok((instance, text))
        };
        let polled = std::pin::pin!(asked).poll(&mut Context::from_waker(Waker::noop()));
        self.say();
        match polled {
            Poll::Ready(Ok((instance, text))) => {
                self.idle.borrow_mut().push(instance);
                serde_json::from_str(&text).map_err(|error| format!("what `handlers` says is wrong: {error}"))
            }
            Poll::Ready(Err(error)) => Err(self.failure(&error).message),
            Poll::Pending => Err("`handlers` waits for the host, which is for calls alone".to_owned()),
        }
    }

    fn parts(&self) -> (Engine, Rc<InstancePre<Guest>>, Arc<Shared>) {
        (self.engine.clone(), Rc::clone(&self.component), Arc::clone(&self.shared))
    }

    /// A call up to its first wait; then each turn goes on to the next.
    fn task(&self, call: Call) -> Task {
        let idle = self.idle.borrow_mut().pop();
        let (engine, component, shared) = self.parts();
        let limit = Limited { shared: Arc::clone(&shared) };
        Box::pin(async move {
            let instance = match idle {
                Some(instance) => Ok(instance),
                None => instantiate(&engine, &component, shared).await.map(|(instance, _)| instance),
            };
            match instance {
                Ok(instance) => run(instance, call, &limit).await,
                Err(error) => (None, Err(limit.failure(&error))),
            }
        })
    }

    /// Runs a call's code until it ends, waits or has used up its budget.
    fn turn(&self, call: u64, mut task: Task) {
        let Some(left) = self.calls.enter(call) else { return };
        let begun = processor_time();
        self.shared.begin_turn(left);
        let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let used = processor_time().saturating_sub(begun);
        self.say();
        match polled {
            _ if used >= left => self.calls.finish_over_budget(call),
            Poll::Ready((instance, outcome)) => {
                self.idle.borrow_mut().extend(instance);
                self.calls.finish(call, outcome);
            }
            Poll::Pending => drop(self.tasks.borrow_mut().insert(call, task)),
        }
        self.calls.leave(used);
    }

    /// Passes on what a turn said.
    fn say(&self) {
        for frame in self.shared.answers.take_said() {
            self.outbox.push_small(frame);
        }
    }

    fn failure(&self, error: &wasmtime::Error) -> Failure {
        Limited { shared: Arc::clone(&self.shared) }.failure(error)
    }
}

impl link::Engine for Plugin {
    fn handlers(&self) -> Handlers {
        self.handlers.clone()
    }

    fn call(&self, call: Call) -> Turn {
        let id = call.id;
        self.calls.begin(id, Duration::from_millis(call.budget_ms), call.per_turn);
        self.turn(id, self.task(call));
        Turn::Done
    }

    fn answer(&self, reply: Reply) -> Turn {
        if let Some(call) = self.shared.answers.settle(reply.id, reply.outcome)
            && let Some(task) = self.take_task(call)
        {
            self.turn(call, task);
        }
        Turn::Done
    }

    fn abort(&self) {
        self.calls.abort();
    }
}

impl Plugin {
    fn take_task(&self, call: u64) -> Option<Task> {
        self.tasks.borrow_mut().remove(&call)
    }
}

async fn instantiate(
    engine: &Engine,
    component: &InstancePre<Guest>,
    shared: Arc<Shared>,
) -> wasmtime::Result<(Instance, HandlersFunc)> {
    let mut store = Store::new(engine, Guest::new(shared));
    store.limiter(|guest| guest);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|store| match store.data().shared.is_over() {
        true => Err(Trap::Interrupt.into()),
        false => Ok(UpdateDeadline::Continue(1)),
    });
    let instance = component.instantiate_async(&mut store).await?;
    let call = instance.get_typed_func(&mut store, "call")?;
    let handlers = instance.get_typed_func(&mut store, "handlers")?;
    Ok((Instance { store, call }, handlers))
}

async fn run(mut instance: Instance, call: Call, limit: &Limited) -> Ended {
    instance.store.data_mut().enter(&call);
    let kind = word(call.kind);
    let payload = String::from(Box::<str>::from(call.payload));
    let result = instance.call.call_async(&mut instance.store, (kind, call.name, payload)).await;
    match result {
        Ok((Ok(json),)) => (Some(instance), json_of(json)),
        Ok((Err(failure),)) => (Some(instance), Err(failure.into())),
        // What a trap left behind is not to be trusted: the instance is dropped.
        Err(error) => (None, Err(limit.failure(&error))),
    }
}

/// A kind of call as the world spells it: as in a frame.
fn word(kind: runtime_protocol::CallKind) -> String {
    let json = serde_json::to_string(&kind).unwrap_or_default();
    json.trim_matches('"').to_owned()
}

fn json_of(text: String) -> Outcome {
    RawValue::from_string(text).map_err(|error| {
        Failure::new(ErrorCode::InvalidResult, format!("the handler's result is not JSON: {error}"))
    })
}

/// Puts a trap into words.
struct Limited {
    shared: Arc<Shared>,
}

impl Limited {
    fn failure(&self, error: &wasmtime::Error) -> Failure {
        let trap = error.downcast_ref::<Trap>();
        if self.shared.memory_was_refused() {
            let limit = self.shared.limit() >> 20;
            return Failure::new(ErrorCode::Memory, format!("the plugin reached its {limit} MiB of memory"));
        }
        match trap {
            Some(Trap::Interrupt) => {
                Failure::new(ErrorCode::Budget, "the call used up its budget of processor time")
            }
            Some(Trap::StackOverflow) => Failure::new(ErrorCode::Stack, "the plugin's stack overflowed"),
            Some(trap) => Failure::new(ErrorCode::Threw, format!("the component stopped: {trap}")),
            None => Failure::new(ErrorCode::Threw, format!("the component stopped: {error:#}")),
        }
    }
}
