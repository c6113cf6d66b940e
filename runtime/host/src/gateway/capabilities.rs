//! Capabilities for the holder of the token.

use super::api::{Answer, Problem, random, write};
use crate::{
    capability::CapabilityError,
    client::{CapabilityInfo, CapabilityRequest, CapabilityResponse, code},
    core::CapabilityCall,
    host::Inner,
    worker::CallContext,
};
use std::sync::Arc;

/// All that is offered, in the order in which it is asked.
pub(super) fn offered(inner: &Inner) -> Vec<CapabilityInfo> {
    let set = inner.core.bus.set();
    let mut offered = Vec::new();
    for (kind, providers) in &set.capabilities {
        let order = set.capability_order(*kind);
        let infos = providers.iter().map(|(id, plugin)| CapabilityInfo {
            kind: *kind,
            id: id.clone(),
            plugin: plugin.to_string(),
            place: match order.iter().position(|one| one == id) {
                None if order.is_empty() && providers.len() == 1 => Some(1),
                place => place.map(|place| place + 1),
            },
        });
        let mut infos: Vec<CapabilityInfo> = infos.collect();
        infos.sort_by_key(|info| info.place.unwrap_or(usize::MAX));
        offered.extend(infos);
    }
    offered
}

/// Asks whoever offers the kind, or the one named.
pub(super) async fn call(inner: &Arc<Inner>, asked: CapabilityRequest) -> Answer {
    let CapabilityRequest { kind, id, request } = asked;
    let context = CallContext::new(random("call")?);
    let call = CapabilityCall { kind, id, request, context, limit: None };
    let answered = inner.core.call_capability(call).await;
    let answered = answered.map_err(|error| Problem(error_code(&error), error.to_string()))?;
    write(&CapabilityResponse {
        provider: answered.provider.id,
        plugin: answered.provider.plugin.to_string(),
        response: answered.response,
    })
}

fn error_code(error: &CapabilityError) -> i64 {
    match error {
        CapabilityError::NoProvider(_) | CapabilityError::Unknown { .. } => code::NOT_FOUND,
        CapabilityError::Request { .. } | CapabilityError::Ambiguous { .. } => code::INVALID_PARAMS,
        CapabilityError::TooDeep(_) | CapabilityError::Cycle(_) => code::REFUSED,
        _ => code::PLUGIN_FAILED,
    }
}
