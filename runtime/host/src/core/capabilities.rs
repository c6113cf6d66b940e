//! Calls of capabilities: chosen, checked against the contract, made, checked again, and if need be made of the next who offers it.

use super::{Core, chunks::Passage, deliver::raw};
use crate::{
    bus::Bus as _,
    capability::{CapabilityError, Provider, list},
    set::RunningSet,
    worker::{CallContext, CallError, ChunkSink, Patience, PluginCall},
};
use manifest_schema::{
    catalog::Need,
    contract::{Contract, Part},
    manifest::CapabilityKind,
    schema::Violation,
};
use runtime_protocol::CallKind;
use serde_json::{Value, value::RawValue};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::mpsc;

/// Calls of capabilities and tools inside each other.
const MAX_DEPTH: u8 = 4;

/// One question to whoever offers a kind of capability.
pub(crate) struct CapabilityCall {
    pub(crate) kind: CapabilityKind,
    /// Which of them; the operator's order decides where absent.
    pub(crate) id: Option<String>,
    /// As the contract says.
    pub(crate) request: Value,
    pub(crate) context: CallContext,
    /// How long one provider may take; the plugin's own deadline where absent.
    pub(crate) limit: Option<Duration>,
    /// Who wants the chunks of the answer, where the kind streams.
    pub(crate) listener: Option<mpsc::Sender<Value>>,
    /// Whether the outbox asks, behind the gates.
    pub(crate) from_outbox: bool,
}

impl CapabilityCall {
    /// A question to whoever is first, without chunks.
    pub(crate) fn new(kind: CapabilityKind, request: Value, context: CallContext) -> Self {
        Self { kind, id: None, request, context, limit: None, listener: None, from_outbox: false }
    }
}

/// What all who are asked get.
struct Question {
    contract: &'static Contract,
    payload: Box<RawValue>,
    context: CallContext,
    limit: Option<Duration>,
    listener: Option<mpsc::Sender<Value>>,
}

/// An answer that fits the contract.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) provider: Provider,
    pub(crate) response: Value,
}

impl Core {
    /// Asks the first who offers the capability, and the next one where that one is out of order.
    pub(crate) async fn call_capability(
        self: &Arc<Self>,
        call: CapabilityCall,
    ) -> Result<Answered, CapabilityError> {
        let CapabilityCall { kind, id, mut request, context, limit, listener, from_outbox } = call;
        if kind == CapabilityKind::Channel && !from_outbox && !self.tries_contracts.load(Ordering::Relaxed) {
            return Err(CapabilityError::OutboxOnly);
        }
        let contract = Contract::of(kind);
        if context.depth > MAX_DEPTH {
            return Err(CapabilityError::TooDeep(MAX_DEPTH));
        }
        let providers = choose(&self.bus.set(), kind, id.as_deref(), &context)?;
        if contract.streams()
            && let Value::Object(members) = &mut request
        {
            members.insert("stream".to_owned(), listener.is_some().into());
        }
        let checked = contract.check(Part::Request, &request);
        checked.map_err(|violations| CapabilityError::Request { kind, violations: list(&violations) })?;
        self.warm_for(&Need::Capability(kind.name().to_owned()));
        let question = Question { contract, payload: raw(&request), context, limit, listener };
        let mut tries = Vec::new();
        for provider in providers {
            match self.ask_provider(provider, &question).await {
                // Half an answer cannot be taken back.
                (Err(error), begun) if error.may_try_another() && !begun => tries.push(error),
                (answered, _) => return answered,
            }
        }
        match tries.pop() {
            Some(only) if tries.is_empty() => Err(only),
            Some(last) => {
                tries.push(last);
                Err(CapabilityError::All { kind, tries })
            }
            None => Err(CapabilityError::NoProvider(kind)),
        }
    }

    /// Asks one of them; whether the listener has got a part of the answer, too.
    async fn ask_provider(
        self: &Arc<Self>,
        provider: Provider,
        question: &Question,
    ) -> (Result<Answered, CapabilityError>, bool) {
        let Question { contract, payload, context, limit, listener } = question;
        let Some(supervisor) = self.bus.set().plugins.get(&provider.plugin).cloned() else {
            return (Err(CapabilityError::NoProvider(provider.kind)), false);
        };
        let timeout = limit.unwrap_or_else(|| supervisor.plugin.timeout());
        let (sink, mut chunks) = ChunkSink::new();
        let sink = Arc::new(sink);
        let mut context = context.nested_at(context.depth);
        context.capabilities.push(provider.key());
        context.chunks = contract.streams().then(|| Arc::clone(&sink));
        let call = PluginCall {
            kind: CallKind::Capability,
            name: provider.key(),
            payload: payload.clone(),
            timeout,
            context: Arc::new(context),
            patience: Patience::Fail,
        };
        let mut passage = Passage::new(contract, listener.as_ref());
        let answer = {
            let passing = passage.run(&mut chunks);
            let calling = async {
                let answer = self.bus.request(&provider.plugin, call).await;
                sink.close();
                answer
            };
            // What was queued before the end is still passed on, to a listener that takes it.
            let both = async { tokio::join!(calling, tokio::time::timeout(timeout * 2, passing)) };
            both.await.0
        };
        (judge(provider, contract, answer, passage.broken), passage.begun)
    }
}

/// Whether what came of a call is an answer.
fn judge(
    provider: Provider,
    contract: &Contract,
    answer: Result<Box<RawValue>, CallError>,
    broken: Option<Vec<Violation>>,
) -> Result<Answered, CapabilityError> {
    if let Some(violations) = broken {
        return Err(CapabilityError::contract(provider, Part::Chunk, &violations));
    }
    let answer = match answer {
        Ok(answer) => answer,
        Err(source) => return Err(CapabilityError::of_call(provider, source)),
    };
    let response = serde_json::from_str(answer.get()).unwrap_or(Value::Null);
    match contract.check(Part::Response, &response) {
        Ok(()) => Ok(Answered { provider, response }),
        Err(violations) => Err(CapabilityError::contract(provider, Part::Response, &violations)),
    }
}

/// Who is asked, first to last. Those who are being called already are not.
fn choose(
    set: &RunningSet,
    kind: CapabilityKind,
    id: Option<&str>,
    context: &CallContext,
) -> Result<Vec<Provider>, CapabilityError> {
    let offered = set.capabilities.get(&kind);
    let provider = |id: &str| {
        let plugin = offered?.get(id)?.clone();
        Some(Provider { kind, id: id.to_owned(), plugin })
    };
    let all: Vec<Provider> =
        offered.into_iter().flat_map(|ids| ids.keys()).filter_map(|id| provider(id)).collect();
    let order = set.capability_order(kind);
    let chosen = match id {
        Some(id) => vec![provider(id).ok_or_else(|| unknown(kind, id, &all))?],
        None if !order.is_empty() => {
            let chosen: Vec<Provider> = order.iter().filter_map(|id| provider(id)).collect();
            if chosen.is_empty() {
                return Err(unknown(kind, &order[0], &all));
            }
            chosen
        }
        None if all.is_empty() => return Err(CapabilityError::NoProvider(kind)),
        None => all,
    };
    let busy = |one: &Provider| context.capabilities.contains(&one.key());
    let (busy, free): (Vec<Provider>, Vec<Provider>) = chosen.into_iter().partition(busy);
    match (id.is_none() && order.is_empty(), free.as_slice()) {
        (_, []) => Err(CapabilityError::Cycle(busy.first().map(Provider::key).unwrap_or_default())),
        (true, [_, _, ..]) => Err(CapabilityError::Ambiguous {
            kind,
            providers: free.iter().map(ToString::to_string).collect(),
            ids: free.into_iter().map(|one| one.id).collect(),
        }),
        _ => Ok(free),
    }
}

fn unknown(kind: CapabilityKind, id: &str, all: &[Provider]) -> CapabilityError {
    let known = all.iter().map(|one| one.id.clone()).collect();
    CapabilityError::Unknown { kind, id: id.to_owned(), known }
}
