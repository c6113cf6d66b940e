//! What plugins ask of the host, each behind [`permission::check`].

use super::{
    Caller, CapabilityCall, Core, Outgoing, SendError, Sender, files, own_data, receiving, secret_calls,
};
use crate::{
    error_chain::chain,
    fetch::{FetchError, Origins, Reach, Secrets},
    identity,
    permission::{self, Wanted},
    plugin::Plugin,
    tool::ToolError,
    worker::{HostCalls, Ongoing},
};
use base64::Engine as _;
use manifest_schema::{
    manifest::{CapabilityKind, UnknownKind},
    permissions::ChannelPermission,
};
use runtime_protocol::{
    AskCapability, Body, ErrorCode, Failure, Fetch, HostCall, HostMethod, MediaRead, Message, Outcome,
    ReadMedia, Receive, Sent, Sleep, ToolCall,
};
use secret_store::HeaderError;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};
use std::{
    pin::Pin,
    sync::{Arc, Weak},
    time::Duration,
};

/// Bytes of a file that a plugin can read at once; as base64 they fit a frame.
const MAX_READ: u64 = 512 << 10;
/// The longest sleep.
const MAX_SLEEP: Duration = Duration::from_secs(3600);

/// [`Core`] as plugins see it.
pub(crate) struct HostApi(pub(crate) Weak<Core>);

impl HostCalls for HostApi {
    fn answer<'a>(
        &'a self,
        plugin: &'a Plugin,
        call: HostCall,
        ongoing: &'a Ongoing,
    ) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async move {
            match self.0.upgrade() {
                Some(core) => {
                    // A request to the network is kept as it goes out.
                    if call.method != HostMethod::Fetch {
                        core.keep_call(plugin, &call);
                    }
                    let outcome = core.host_call(plugin, &call, ongoing).await;
                    if matches!(&outcome, Err(failure) if failure.code == ErrorCode::Denied) {
                        core.environment.audit.note_refused(&plugin.id, &call);
                        if call.method == HostMethod::Fetch {
                            core.keep_call(plugin, &call);
                        }
                    }
                    outcome
                }
                None => Err(Failure::new(ErrorCode::Unavailable, "the host is stopping")),
            }
        })
    }
}

impl Core {
    /// Keeps what a plugin asks for, in the test of it.
    fn keep_call(&self, plugin: &Plugin, call: &HostCall) {
        if let Some(rehearsal) = &self.environment.rehearsal {
            let mut params = serde_json::from_str(call.params.get()).unwrap_or_default();
            plugin.redactor.value(&mut params);
            rehearsal.record(call.method.as_str(), params);
        }
    }

    async fn host_call(self: &Arc<Self>, plugin: &Plugin, call: &HostCall, ongoing: &Ongoing) -> Outcome {
        let params = &call.params;
        secret_calls::keep_inside(plugin, call)?;
        match call.method {
            HostMethod::SendText
            | HostMethod::SendReply
            | HostMethod::SendReaction
            | HostMethod::SendMedia
            | HostMethod::SendVoiceNote
            | HostMethod::SendPoll
            | HostMethod::EditMessage
            | HostMethod::RevokeMessage => {
                let kind = kind_of(call.method);
                let mut members: Map<String, Value> = read(params)?;
                members.insert("kind".to_owned(), kind.into());
                let message = Message::read(members, kind)
                    .map_err(|problem| Failure::new(ErrorCode::InvalidParams, problem))?;
                self.plugin_sends(plugin, ongoing, message).await
            }
            HostMethod::ReadMedia => self.plugin_reads_media(plugin, ongoing, &read(params)?).await,
            HostMethod::StorageGet
            | HostMethod::StorageSet
            | HostMethod::StorageDelete
            | HostMethod::StorageList => {
                permit(plugin, ongoing, Wanted::Storage)?;
                own_data::storage(plugin, call.method, params).await
            }
            HostMethod::FileRead | HostMethod::FileWrite | HostMethod::FileDelete | HostMethod::FileList => {
                permit(plugin, ongoing, Wanted::Storage)?;
                own_data::files(plugin, call.method, params).await
            }
            HostMethod::GetHostNumber
            | HostMethod::GetContact
            | HostMethod::GetContacts
            | HostMethod::GetChats
            | HostMethod::SendSeen => self.plugin_asks_account(plugin, ongoing, call.method, params).await,
            HostMethod::Sleep => sleep(ongoing, read(params)?).await,
            HostMethod::Fetch => {
                permit(plugin, ongoing, Wanted::Network)?;
                self.plugin_fetches(plugin, ongoing, read(params)?).await
            }
            HostMethod::SecretSign => self.plugin_signs(plugin, &read(params)?).await,
            HostMethod::ToolCall => {
                permit(plugin, ongoing, Wanted::Tool)?;
                self.agent_calls_tool(ongoing, read(params)?).await
            }
            HostMethod::Receive => {
                let received: Receive = read(params)?;
                let channel = receiving::channel_of(plugin, received.channel.as_deref())?;
                permit(plugin, ongoing, Wanted::Receive(&channel))?;
                write(&self.plugin_receives(channel, received).await?)
            }
            HostMethod::AskCapability => self.plugin_asks(plugin, ongoing, read(params)?).await,
            // The worker's reader takes them.
            HostMethod::Emit => Err(Failure::new(ErrorCode::Denied, "this call sends no chunks")),
        }
    }

    async fn plugin_sends(
        self: &Arc<Self>,
        plugin: &Plugin,
        ongoing: &Ongoing,
        Message { channel, instance, to, body }: Message,
    ) -> Outcome {
        let (channel, instance) = account(channel, instance, ongoing)?;
        let permission = match body {
            Body::Text { .. } | Body::Edit { .. } | Body::Revoke { .. } | Body::Poll { .. } => {
                ChannelPermission::Send
            }
            Body::Reply { .. } => ChannelPermission::Reply,
            Body::Reaction { .. } => ChannelPermission::React,
            Body::Media(_) | Body::VoiceNote(_) => ChannelPermission::Media,
        };
        permit(plugin, ongoing, Wanted::Channel(&channel, permission))?;
        let context = &ongoing.context;
        let ordinal = context.next_ordinal().to_string();
        let outgoing = Outgoing {
            id: identity::outbound_id(&context.cause, &format!("plugin:{}", plugin.id), &ordinal),
            channel,
            instance,
            to,
            body,
            sender: Sender::Plugin(plugin.id.clone()),
            agent: context.agent.clone(),
        };
        let id = self.send(outgoing).await.map_err(|error| Failure::new(send_code(&error), chain(&error)))?;
        write(&Sent { id })
    }

    async fn plugin_reads_media(&self, plugin: &Plugin, ongoing: &Ongoing, asked: &ReadMedia) -> Outcome {
        let invalid = |problem: String| Failure::new(ErrorCode::InvalidParams, problem);
        let (real, channel) = self.received_file(&asked.local_path).map_err(invalid)?;
        permit(plugin, ongoing, Wanted::Channel(&channel, ChannelPermission::Media))?;
        let bytes = tokio::task::spawn_blocking(move || files::read(&real, MAX_READ)).await;
        let bytes =
            bytes.unwrap_or_else(|stopped| Err(stopped.into())).map_err(|error| match error.kind() {
                std::io::ErrorKind::FileTooLarge => Failure::new(ErrorCode::TooLarge, error.to_string()),
                std::io::ErrorKind::InvalidInput => invalid(error.to_string()),
                _ => Failure::new(ErrorCode::Unavailable, error.to_string()),
            })?;
        write(&MediaRead { base64: base64::engine::general_purpose::STANDARD.encode(bytes) })
    }

    async fn plugin_fetches(&self, plugin: &Plugin, ongoing: &Ongoing, request: Fetch) -> Outcome {
        let reach = Reach {
            origins: Origins::These(&plugin.permissions.network),
            private: &plugin.private_network,
            secrets: Some(Secrets { plugin, audit: &self.environment.audit }),
        };
        let budget = ongoing.deadline.left();
        // The call's own grace is left for the handler to deal with a timeout.
        let budget = budget.saturating_sub(self.environment.timing.grace);
        let answer = self.fetcher.fetch(request, reach, budget).await;
        let mut answer = answer.map_err(|error| Failure::new(fetch_code(&error), chain(&error)))?;
        secret_calls::clean(&plugin.redactor, &mut answer);
        write(&answer)
    }

    async fn plugin_asks(
        self: &Arc<Self>,
        plugin: &Plugin,
        ongoing: &Ongoing,
        asked: AskCapability,
    ) -> Outcome {
        let AskCapability { kind, id, request } = asked;
        let invalid = |problem: String| Failure::new(ErrorCode::InvalidParams, problem);
        let kind: CapabilityKind = kind.parse().map_err(|error: UnknownKind| invalid(error.to_string()))?;
        permit(plugin, ongoing, Wanted::Capability(kind))?;
        let request = serde_json::from_str(request.get()).map_err(|error| invalid(error.to_string()))?;
        let mut call = CapabilityCall::new(kind, request, ongoing.context.nested());
        call.id = id;
        // A future of this kind is within itself where capabilities call each other.
        let answered = Box::pin(self.call_capability(call)).await;
        write(&answered.map_err(|error| Failure::new(error.host_code(), error.to_string()))?.response)
    }

    async fn agent_calls_tool(self: &Arc<Self>, ongoing: &Ongoing, call: ToolCall) -> Outcome {
        let Some(agent) = ongoing.context.agent.clone() else {
            return Err(Failure::new(ErrorCode::Denied, "no agent's turn is in hand"));
        };
        let mut context = ongoing.context.nested();
        context.deadline = Some(ongoing.deadline.clone());
        let output = self.call_tool(&call.name, call.input, &Caller::Agent(agent), context).await;
        output.map_err(|error| Failure::new(tool_code(&error), chain(&error)))
    }
}

/// Waits, as long as the call may.
async fn sleep(ongoing: &Ongoing, Sleep { ms }: Sleep) -> Outcome {
    let time = Duration::from_millis(ms);
    if time > MAX_SLEEP {
        return Err(Failure::new(ErrorCode::InvalidParams, "a sleep lasts at most an hour"));
    }
    tokio::select! {
        () = tokio::time::sleep(time) => write(&()),
        () = ongoing.context.stopped() => Err(Failure::new(ErrorCode::Aborted, "the service is being stopped")),
    }
}

/// What a method sends.
const fn kind_of(method: HostMethod) -> &'static str {
    match method {
        HostMethod::SendReply => "reply",
        HostMethod::SendReaction => "reaction",
        HostMethod::SendMedia => "media",
        HostMethod::SendVoiceNote => "voice_note",
        HostMethod::SendPoll => "poll",
        HostMethod::EditMessage => "edit",
        HostMethod::RevokeMessage => "revoke",
        _ => "text",
    }
}

pub(super) fn permit(plugin: &Plugin, ongoing: &Ongoing, wanted: Wanted<'_>) -> Result<(), Failure> {
    permission::check(plugin, ongoing, wanted)
        .map_err(|denied| Failure::new(ErrorCode::Denied, denied.to_string()))
}

/// The account that a send names, or the one that the message in hand came in on.
pub(super) fn account(
    channel: Option<String>,
    instance: Option<String>,
    ongoing: &Ongoing,
) -> Result<(String, String), Failure> {
    match (channel, &ongoing.context.account) {
        (Some(channel), _) => Ok((channel, instance.unwrap_or_else(|| "default".to_owned()))),
        (None, Some((channel, own))) => Ok((channel.clone(), instance.unwrap_or_else(|| own.clone()))),
        (None, None) => {
            let why = "no message is in hand, so `channel` must be named";
            Err(Failure::new(ErrorCode::InvalidParams, why))
        }
    }
}

pub(super) fn read<T: DeserializeOwned>(params: &RawValue) -> Result<T, Failure> {
    serde_json::from_str(params.get())
        .map_err(|error| Failure::new(ErrorCode::InvalidParams, error.to_string()))
}

pub(super) fn write(value: &impl Serialize) -> Outcome {
    serde_json::value::to_raw_value(value)
        .map_err(|error| Failure::new(ErrorCode::Unavailable, error.to_string()))
}

fn send_code(error: &SendError) -> ErrorCode {
    match error {
        SendError::NotAllowed { .. }
        | SendError::NotFrom { .. }
        | SendError::HoldsSecret
        | SendError::Blocked { .. }
        | SendError::GateFailed { .. } => ErrorCode::Denied,
        SendError::NoChannel { .. } => ErrorCode::NotFound,
        SendError::Malformed { .. }
        | SendError::NoAddress(_)
        | SendError::Kind { .. }
        | SendError::File(_) => ErrorCode::InvalidParams,
        SendError::Fetch(error) => fetch_code(error),
        SendError::Stopping | SendError::Journal(_) | SendError::NotRecorded(_) => ErrorCode::Unavailable,
    }
}

fn fetch_code(error: &FetchError) -> ErrorCode {
    match error {
        FetchError::Origin { .. }
        | FetchError::Private { .. }
        | FetchError::Secret(HeaderError::NotDeclared { .. }) => ErrorCode::Denied,
        FetchError::Url { .. }
        | FetchError::Request { .. }
        | FetchError::Secret(HeaderError::Several { .. }) => ErrorCode::InvalidParams,
        FetchError::TooLarge { .. } => ErrorCode::TooLarge,
        FetchError::Timeout { .. } => ErrorCode::Timeout,
        FetchError::Redirects
        | FetchError::Http { .. }
        | FetchError::Status { .. }
        | FetchError::Rehearsed(_)
        | FetchError::File(_)
        | FetchError::Secret(HeaderError::Sign { .. })
        | FetchError::SecretValue { .. }
        | FetchError::NotRecorded(_)
        | FetchError::Client(_) => ErrorCode::Unavailable,
    }
}

fn tool_code(error: &ToolError) -> ErrorCode {
    match error {
        ToolError::Unknown(_) => ErrorCode::NotFound,
        ToolError::NotAllowed { .. } | ToolError::Blocked { .. } | ToolError::GateFailed { .. } => {
            ErrorCode::Denied
        }
        ToolError::RateLimited { .. } | ToolError::TooDeep(_) => ErrorCode::Limit,
        ToolError::Input { .. } => ErrorCode::InvalidParams,
        ToolError::Send { source, .. } => send_code(source),
        ToolError::Output { .. } => ErrorCode::InvalidResult,
        ToolError::Schema { .. }
        | ToolError::Call { .. }
        | ToolError::Stopping
        | ToolError::NotRecorded(_) => ErrorCode::Unavailable,
    }
}
