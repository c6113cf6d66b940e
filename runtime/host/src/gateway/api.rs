//! The methods of `/api`.

use super::{
    bridges, capabilities,
    credential::{self, Credential, Unknown},
    surfaces,
};
use crate::{
    client::{MessageQueued, SendOptions, SendOrigin, code},
    core::{Caller, Outgoing, SendError, Sender},
    error_chain::chain,
    host::Inner,
    identity,
    journal::NewOutbound,
    tool::ToolError,
    worker::CallContext,
};
use runtime_protocol::Message;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallTool {
    name: String,
    #[serde(default = "empty")]
    input: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Describe {
    channel: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    topic: String,
    payload: Map<String, Value>,
}

pub(super) fn empty() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A JSON-RPC error: code and words.
pub(super) struct Problem(pub(super) i64, pub(super) String);

pub(super) type Answer = Result<Box<RawValue>, Problem>;

/// Calls a method on behalf of whoever asks.
pub(super) async fn run(
    inner: &Arc<Inner>,
    credential: Option<&Credential>,
    method: &str,
    params: Box<RawValue>,
) -> Answer {
    if method == bridges::REDEEM {
        return bridges::redeem(inner, read(&params)?).await;
    }
    let needed = || Problem(code::REFUSED, Unknown::NoToken.to_string());
    let credential = credential.ok_or_else(needed)?;
    credential.may_call(method, inner.core.rpc_scope(method)).map_err(|why| {
        credential::note_refused(inner, credential.kind(), method);
        Problem(code::REFUSED, why)
    })?;
    match method {
        bridges::INGEST | bridges::STATE => match credential {
            Credential::Bridge(paired) => bridges::call(inner, paired, method, &params).await,
            Credential::Admin | Credential::Agent(_) | Credential::Rpc(_) => {
                Err(Problem(code::REFUSED, "no bridge asks".into()))
            }
        },
        "forward.list" => {
            let streams = inner.core.journal.streams().await;
            write(&streams.map_err(|error| Problem(code::INTERNAL, chain(&error)))?)
        }
        "status" => write(&inner.status().await.map_err(|error| Problem(code::INTERNAL, error.to_string()))?),
        "message.send" => send(inner, read(&params)?).await,
        "bus.publish" => publish(inner, read(&params)?).await,
        "message.describe" => {
            let asked: Describe = read(&params)?;
            write(&inner.core.message_actions(asked.channel.as_deref()))
        }
        "capability.list" => write(&capabilities::offered(inner)),
        "capability.call" => capabilities::call(inner, read(&params)?).await,
        "tools.list" => write(&inner.core.tools_for(&credential.caller())),
        "tools.call" => call_tool(inner, read(&params)?, &credential.caller()).await,
        "plugins.reload" => {
            let outcome = inner.reload_from_source().await;
            write(&outcome.map_err(|error| Problem(code::REFUSED, chain(&error)))?)
        }
        other => surfaces::call(inner, other, params).await,
    }
}

async fn send(inner: &Inner, mut members: Map<String, Value>) -> Answer {
    let mut own = Map::new();
    own.extend(["request_id", "origin"].into_iter().filter_map(|name| members.remove_entry(name)));
    let own = SendOptions::deserialize(Value::Object(own));
    let SendOptions { request_id, origin } =
        own.map_err(|error| Problem(code::INVALID_PARAMS, error.to_string()))?;
    let message = Message::read(members, "text").map_err(|problem| Problem(code::INVALID_PARAMS, problem))?;
    let channel =
        message.channel.ok_or_else(|| Problem(code::INVALID_PARAMS, "missing field `channel`".into()))?;
    let id = match &request_id {
        Some(request_id) => identity::outbound_id(request_id, "rpc", "0"),
        None => random("out")?,
    };
    let outgoing = Outgoing {
        id,
        channel,
        instance: message.instance.unwrap_or_else(|| "default".to_owned()),
        to: message.to,
        body: message.body,
        sender: match origin {
            Some(SendOrigin::Cli) => Sender::Cli,
            Some(SendOrigin::Rpc) | None => Sender::Rpc,
        },
        agent: None,
    };
    let id = inner.core.send(outgoing).await.map_err(|error| Problem(send_code(&error), chain(&error)))?;
    write(&MessageQueued { id })
}

/// Takes a message by the topic of its account. Who publishes may not wait for the answer: what cannot be sent is a dead letter, too.
async fn publish(inner: &Inner, Publish { topic, payload }: Publish) -> Answer {
    let account = topic.strip_prefix("plugin.outbound.").unwrap_or_default();
    let (channel, instance) = account.split_once('.').unwrap_or((account, "default"));
    if channel.is_empty() {
        let why = format!("`{topic}` takes no messages; write `plugin.outbound.CHANNEL`");
        return Err(Problem(code::INVALID_PARAMS, why));
    }
    let mut members = payload.clone();
    members.insert("channel".to_owned(), channel.into());
    members.insert("instance".to_owned(), instance.into());
    let sent = send(inner, members).await;
    if let Err(Problem(_, reason)) = &sent {
        let id = random("out")?;
        let message = NewOutbound {
            id: id.clone(),
            external_id: None,
            channel: channel.to_owned(),
            instance: instance.to_owned(),
            chat: payload.get("to").and_then(Value::as_str).unwrap_or_default().to_owned(),
            draft: payload,
            at: inner.core.now(),
        };
        let kept = inner.core.journal.refused(message, reason.clone()).await;
        kept.map_err(|error| Problem(code::INTERNAL, chain(&error)))?;
        inner.core.dead_letter(&id, &format!("topic:{topic}"), reason);
    }
    sent
}

async fn call_tool(inner: &Inner, call: CallTool, caller: &Caller) -> Answer {
    let context = CallContext::new(random("call")?);
    let output = inner.core.call_tool(&call.name, call.input, caller, context).await;
    output.map_err(|error| Problem(tool_code(&error), chain(&error)))
}

pub(super) fn random(prefix: &str) -> Result<String, Problem> {
    identity::random_id(prefix).map_err(|error| Problem(code::INTERNAL, error.to_string()))
}

pub(super) fn read<T: DeserializeOwned>(params: &RawValue) -> Result<T, Problem> {
    serde_json::from_str(params.get()).map_err(|error| Problem(code::INVALID_PARAMS, error.to_string()))
}

pub(super) fn write(value: &impl Serialize) -> Answer {
    serde_json::value::to_raw_value(value).map_err(|error| Problem(code::INTERNAL, error.to_string()))
}

fn send_code(error: &SendError) -> i64 {
    match error {
        SendError::NoChannel { .. } => code::NOT_FOUND,
        SendError::Malformed { .. }
        | SendError::NoAddress(_)
        | SendError::Kind { .. }
        | SendError::File(_)
        | SendError::Fetch(_) => code::INVALID_PARAMS,
        SendError::HoldsSecret
        | SendError::NotAllowed { .. }
        | SendError::NotFrom { .. }
        | SendError::Blocked { .. }
        | SendError::GateFailed { .. } => code::REFUSED,
        SendError::Stopping | SendError::Journal(_) | SendError::NotRecorded(_) => code::INTERNAL,
    }
}

fn tool_code(error: &ToolError) -> i64 {
    match error {
        ToolError::Unknown(_) => code::NOT_FOUND,
        ToolError::Input { .. } => code::INVALID_PARAMS,
        ToolError::NotAllowed { .. }
        | ToolError::RateLimited { .. }
        | ToolError::Blocked { .. }
        | ToolError::GateFailed { .. }
        | ToolError::TooDeep(_) => code::REFUSED,
        ToolError::Stopping => code::INTERNAL,
        ToolError::Send { source, .. } => send_code(source),
        ToolError::NotRecorded(_) => code::INTERNAL,
        ToolError::Output { .. } | ToolError::Schema { .. } | ToolError::Call { .. } => code::PLUGIN_FAILED,
    }
}
