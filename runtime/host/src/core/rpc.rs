//! Methods that plugins add to the API: checked on the way in and on the way out.

use super::Core;
use crate::{
    bus::Bus as _,
    identity,
    lazy_schema::{LazySchema, Misfit},
    worker::{CallContext, CallError, Patience, PluginCall},
};
use manifest_schema::manifest::{RpcMethod, RpcScope};
use runtime_protocol::CallKind;
use serde_json::{Value, value::RawValue};
use std::sync::Arc;

/// A declared method.
pub(crate) struct Method {
    pub(crate) scope: RpcScope,
    params: Option<LazySchema>,
    result: Option<LazySchema>,
}

impl Method {
    pub(crate) fn new(declared: &RpcMethod) -> Self {
        let schema = |schema: &Option<Value>| schema.clone().map(LazySchema::new);
        Self { scope: declared.scope, params: schema(&declared.params), result: schema(&declared.result) }
    }
}

/// Why a method gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RpcError {
    #[error("there is no method `{0}`")]
    Unknown(String),
    #[error("the parameters of `{method}` do not fit: {problem}")]
    Params { method: String, problem: String },
    #[error("the result of `{method}` does not fit what its plugin declares: {problem}")]
    Result { method: String, problem: String },
    #[error("`{method}` failed")]
    Call { method: String, source: CallError },
}

impl Core {
    /// What a caller's token must allow for a method of a plugin; `None` where no plugin has it.
    pub(crate) fn rpc_scope(&self, method: &str) -> Option<RpcScope> {
        let set = self.bus.set();
        let plugin = &set.plugins.get(set.rpc.get(method)?)?.plugin;
        Some(plugin.rpc.get(method)?.scope)
    }

    /// Calls a method of a plugin.
    pub(crate) async fn call_rpc(
        &self,
        method: &str,
        params: Box<RawValue>,
    ) -> Result<Box<RawValue>, RpcError> {
        let name = || method.to_owned();
        let unknown = || RpcError::Unknown(name());
        let set = self.bus.set();
        let plugin = set.rpc.get(method).and_then(|id| set.plugins.get(id)).ok_or_else(unknown)?;
        let plugin = Arc::clone(&plugin.plugin);
        drop(set);
        let declared = plugin.rpc.get(method).ok_or_else(unknown)?;
        check(declared.params.as_ref(), &params)
            .map_err(|problem| RpcError::Params { method: name(), problem })?;
        let failed = |source| RpcError::Call { method: name(), source };
        let cause = identity::random_id("rpc").map_err(|_| failed(CallError::Stopping))?;
        let call = PluginCall {
            kind: CallKind::Rpc,
            name: name(),
            payload: params,
            timeout: plugin.timeout(),
            context: Arc::new(CallContext::new(cause)),
            patience: Patience::Fail,
        };
        let result = self.bus.request(&plugin.id, call).await.map_err(failed)?;
        check(declared.result.as_ref(), &result)
            .map_err(|problem| RpcError::Result { method: name(), problem })?;
        Ok(result)
    }
}

fn check(schema: Option<&LazySchema>, value: &RawValue) -> Result<(), String> {
    let Some(schema) = schema else { return Ok(()) };
    let value: Value = serde_json::from_str(value.get()).map_err(|error| error.to_string())?;
    schema.check(&value).map_err(|misfit| match misfit {
        Misfit::Value(problem) => problem,
        Misfit::Schema(problem) => format!("its schema cannot be used: {problem}"),
    })
}
