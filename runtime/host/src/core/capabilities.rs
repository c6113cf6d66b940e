//! Calls of capabilities: chosen, checked against the contract, made, checked again, and if need be made of the next who offers it.

use super::{Core, deliver::raw};
use crate::{
    bus::Bus as _,
    capability::{CapabilityError, Provider, list},
    set::RunningSet,
    worker::{CallContext, Patience, PluginCall},
};
use manifest_schema::{
    catalog::Need,
    contract::{Contract, Part},
    manifest::CapabilityKind,
};
use runtime_protocol::CallKind;
use serde_json::{Value, value::RawValue};
use std::{sync::Arc, time::Duration};

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
        let CapabilityCall { kind, id, request, context, limit } = call;
        if context.depth > MAX_DEPTH {
            return Err(CapabilityError::TooDeep(MAX_DEPTH));
        }
        let providers = choose(&self.bus.set(), kind, id.as_deref(), &context)?;
        let checked = Contract::of(kind).check(Part::Request, &request);
        checked.map_err(|violations| CapabilityError::Request { kind, violations: list(&violations) })?;
        self.warm_for(&Need::Capability(kind.name().to_owned()));
        let payload = raw(&request);
        let mut tries = Vec::new();
        for provider in providers {
            match self.ask_provider(provider, &payload, &context, limit).await {
                Err(error) if error.may_try_another() => tries.push(error),
                answered => return answered,
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

    async fn ask_provider(
        self: &Arc<Self>,
        provider: Provider,
        payload: &RawValue,
        context: &CallContext,
        limit: Option<Duration>,
    ) -> Result<Answered, CapabilityError> {
        let set = self.bus.set();
        let Some(supervisor) = set.plugins.get(&provider.plugin) else {
            return Err(CapabilityError::NoProvider(provider.kind));
        };
        let mut context = context.nested_at(context.depth);
        context.capabilities.push(provider.key());
        let call = PluginCall {
            kind: CallKind::Capability,
            name: provider.key(),
            payload: payload.to_owned(),
            timeout: limit.unwrap_or_else(|| supervisor.plugin.timeout()),
            context: Arc::new(context),
            patience: Patience::Fail,
        };
        drop(set);
        let answer = match self.bus.request(&provider.plugin, call).await {
            Ok(answer) => answer,
            Err(source) => return Err(CapabilityError::of_call(provider, source)),
        };
        let response = serde_json::from_str(answer.get()).unwrap_or(Value::Null);
        match Contract::of(provider.kind).check(Part::Response, &response) {
            Ok(()) => Ok(Answered { provider, response }),
            Err(violations) => Err(CapabilityError::contract(provider, Part::Response, &violations)),
        }
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
