//! The parts of a manifest that say what a plugin provides and how it runs.

use super::CapabilityKind;
use super::Signing;
use crate::names::{ChannelName, EventName, Origin, ToolName};
use crate::units::{ByteSize, RateLimit, TimeSpan};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What runs a plugin's code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Runtime {
    /// The engine.
    pub kind: RuntimeKind,
    /// The file that the code begins in, a path inside of the package; empty for a process.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entry: String,
    /// The program of a process and its arguments; empty for the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Memory asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteSize>,
    /// Default deadline of one call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<TimeSpan>,
}

/// The engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuntimeKind {
    /// JavaScript or TypeScript.
    Js,
    /// A WebAssembly component.
    Wasm,
    /// A native command.
    Process,
}

/// A gate that a plugin stands at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hook {
    /// The gate.
    pub on: EventName,
    /// What the handler may do.
    #[serde(default)]
    pub mode: HookMode,
    /// 0 to 100, lower first.
    #[serde(default = "default_priority")]
    pub priority: u8,
    /// How long the gate waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<TimeSpan>,
    /// What happens if the handler fails.
    #[serde(default)]
    pub on_failure: OnFailure,
}

fn default_priority() -> u8 {
    50
}

/// What a hook's handler may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookMode {
    /// Look only.
    Observe,
    /// Look, change and stop.
    #[default]
    Modify,
    /// Look and stop.
    Block,
}

/// What a gate does when a handler fails or takes too long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// Stop what was about to happen.
    #[default]
    Block,
    /// Go on as if the handler had not been there.
    Pass,
}

/// A function that an agent may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// The name.
    pub name: ToolName,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of the input.
    pub input: Value,
    /// JSON Schema of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Whether an agent must name it to have it.
    #[serde(default)]
    pub optional: bool,
    /// Whether it does more than read.
    #[serde(default = "default_side_effects")]
    pub side_effects: bool,
    /// How often it may be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

fn default_side_effects() -> bool {
    true
}

/// An HTTP route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The path below `/plugins/<id>`.
    pub path: String,
    /// The methods.
    #[serde(default = "default_methods")]
    pub methods: Vec<Method>,
    /// Who may call it.
    #[serde(default)]
    pub auth: RouteAuth,
    /// Config path of the secret that signs webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// How webhooks are signed.
    #[serde(default)]
    pub signature: WebhookSignature,
    /// The type of an answer in pieces, such as `text/event-stream`; without it the route answers whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}

/// How the sender of a webhook signs it: HMAC-SHA256 over the body, or over a time, a dot and the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookSignature {
    /// The header with the signature.
    pub header: String,
    /// What stands before the signature.
    pub prefix: String,
    /// How the signature is written.
    pub encoding: SignatureEncoding,
    /// The header with the time, in seconds since the Unix epoch, that is signed too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// How far that time may be from now.
    pub tolerance: TimeSpan,
}

impl Default for WebhookSignature {
    /// As GitHub signs.
    fn default() -> Self {
        Self {
            header: "X-Hub-Signature-256".to_owned(),
            prefix: "sha256=".to_owned(),
            encoding: SignatureEncoding::Hex,
            timestamp: None,
            tolerance: TimeSpan::from_millis(300_000),
        }
    }
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureEncoding {
    /// Two digits for each byte.
    #[default]
    Hex,
    /// Base64 with padding.
    Base64,
}

fn default_methods() -> Vec<Method> {
    vec![Method::Get]
}

impl Route {
    /// The keys of the handlers that the code must have, such as `GET /health`.
    pub fn handler_keys(&self) -> impl Iterator<Item = String> + '_ {
        self.methods.iter().map(|method| format!("{} {}", method.name(), self.path))
    }
}

/// HTTP methods that a route may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RouteAuth {
    /// Anyone.
    Public,
    /// Who has the gateway's token.
    #[default]
    Token,
    /// Who signs the body with the named secret.
    Webhook,
}

/// A dashboard page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The path below `/plugins/<id>`.
    pub path: String,
    /// Name in the navigation.
    pub title: String,
    /// An emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Place in the navigation, lower first.
    #[serde(default = "default_order")]
    pub order: u16,
}

fn default_order() -> u16 {
    100
}

/// A long-running part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Its id.
    pub id: String,
    /// When it is started again.
    #[serde(default)]
    pub restart: Restart,
}

/// When a service is started again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// Never.
    Never,
    /// When it failed.
    #[default]
    OnFailure,
    /// Whenever it ended.
    Always,
}

/// Timed work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// Five cron fields.
    pub cron: String,
    /// IANA time zone; UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// What happens to runs that were due while the host did not run.
    #[serde(default)]
    pub missed: Missed,
}

/// What happens to the runs of a schedule that were due while the host did not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missed {
    /// One run makes up for all of them.
    #[default]
    Once,
    /// Nothing.
    Skip,
}

/// A command that a plugin adds to `wa`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Its name.
    pub name: String,
    /// One line for the help.
    pub description: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<CommandArgument>,
}

impl Command {
    /// JSON Schema of the arguments by name.
    pub fn arguments_schema(&self) -> Value {
        let kind = |argument: &CommandArgument| match argument.kind {
            ArgumentKind::String => "string",
            ArgumentKind::Integer => "integer",
            ArgumentKind::Number => "number",
            ArgumentKind::Boolean => "boolean",
        };
        let properties: serde_json::Map<String, Value> = self
            .args
            .iter()
            .map(|argument| (argument.name.clone(), serde_json::json!({ "type": kind(argument) })))
            .collect();
        let required: Vec<&str> =
            self.args.iter().filter(|argument| argument.required).map(|one| one.name.as_str()).collect();
        serde_json::json!({
            "type": "object", "additionalProperties": false, "properties": properties, "required": required,
        })
    }
}

/// An argument of a [`Command`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandArgument {
    /// Its name.
    pub name: String,
    /// What the text is read as.
    #[serde(rename = "type")]
    pub kind: ArgumentKind,
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
    /// One line for the help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What a command's argument is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArgumentKind {
    /// Any text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// An RPC method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RpcMethod {
    /// Its dotted name.
    pub method: String,
    /// What the caller's token must allow.
    pub scope: RpcScope,
    /// JSON Schema of the parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Value>,
    /// JSON Schema of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

/// What a caller's token must allow; each contains those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RpcScope {
    /// Reading.
    Read,
    /// Changing.
    Write,
    /// Administration.
    Admin,
}

/// Hints on when a plugin must be started.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Activation {
    /// With the host.
    pub on_startup: bool,
    /// For these commands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_commands: Vec<String>,
    /// For these channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_channels: Vec<ChannelName>,
    /// For these routes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_routes: Vec<String>,
    /// For these kinds of capability.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_capabilities: Vec<CapabilityKind>,
}

impl Activation {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Places that only one plugin of a project can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// The memory of agents.
    Memory,
    /// What goes into an agent's context.
    ContextEngine,
}

impl Slot {
    /// The name, such as `context-engine`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::ContextEngine => "context-engine",
        }
    }
}

/// A stream of signed copies of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forward {
    /// The events copied.
    pub events: Vec<EventName>,
    /// The receiver's URL.
    pub to: String,
    /// How the records are signed.
    pub sign: ForwardSign,
}

impl Forward {
    /// The origin of the receiver; `None` where the URL has none.
    pub fn origin(&self) -> Option<Origin> {
        origin_of(&self.to)
    }
}

/// The origin of a URL.
pub(crate) fn origin_of(url: &str) -> Option<Origin> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    format!("{scheme}://{host}").parse().ok().filter(|origin: &Origin| !origin.is_wildcard())
}

/// How a [`Forward`] signs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForwardSign {
    /// Config path of the secret.
    pub secret: String,
    /// What is done with it.
    #[serde(default = "default_algorithm")]
    pub algorithm: Signing,
}

fn default_algorithm() -> Signing {
    Signing::HmacSha256
}
