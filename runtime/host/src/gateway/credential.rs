//! Whose token a request carries, and what such a token is for.

use super::bridges::{INGEST, STATE};
use crate::{
    bridge::{self, Paired, Right},
    core::Caller,
    host::Inner,
};
use audit_log::{Action, Actor, Detail, Event};
use axum::{
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse as _, Response},
};
use manifest_schema::{manifest::RpcScope, names::AgentName};

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// The holder of the host's own token, who may do everything.
    Admin,
    /// A paired bridge: hands in messages of one account.
    Bridge(Paired),
    /// A paired program that calls tools as this agent.
    Agent(AgentName),
    /// A paired program that calls the methods of this scope, and of the scopes below it.
    Rpc(RpcScope),
}

/// Why nobody is believed to ask.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unknown {
    #[error("the gateway's token is needed")]
    NoToken,
    #[error("the token is wrong")]
    Wrong,
    #[error("this {0} is not known here: it was revoked, or is of another project")]
    NotPaired(&'static str),
    #[error("the paired programs cannot be told: {0}")]
    Unreadable(String),
}

impl Credential {
    /// Who a request is from. A token of another kind is known by its beginning, whether it is paired or not.
    pub(super) async fn of(inner: &Inner, headers: &HeaderMap) -> Result<Self, Unknown> {
        let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Unknown::NoToken)?;
        if inner.token.is(given) {
            return Ok(Self::Admin);
        }
        let kind = kind_of(given).ok_or(Unknown::Wrong)?;
        let (bridges, given) = (inner.bridges.clone(), given.to_owned());
        let found = tokio::task::spawn_blocking(move || bridges.find(&given)).await;
        let found = found.map_err(|_| Unknown::Unreadable("the host is stopping".into()))?;
        let found = found.map_err(|error| Unknown::Unreadable(crate::error_chain::chain(&error)))?;
        found.map(Self::from).ok_or_else(|| {
            note_refused(inner, kind, "not known");
            Unknown::NotPaired(kind)
        })
    }

    /// Who a request is from, where nobody but the holder of the host's own token may ask for `what`.
    pub(super) async fn admin(inner: &Inner, headers: &HeaderMap, what: &str) -> Result<(), Response> {
        match Self::of(inner, headers).await {
            Ok(Self::Admin) => Ok(()),
            Ok(other) => {
                note_refused(inner, other.kind(), what);
                let why = format!("{}\n", other.refusal(what, Self::Admin.kind()));
                Err((StatusCode::FORBIDDEN, why).into_response())
            }
            Err(unknown) => Err((StatusCode::UNAUTHORIZED, format!("{unknown}\n")).into_response()),
        }
    }

    /// Whether the token is one for this method of the API.
    /// `declared` is the scope of a plugin's method.
    pub(super) fn may_call(&self, method: &str, declared: Option<RpcScope>) -> Result<(), String> {
        let needed = match (method, self) {
            (INGEST | STATE, Self::Bridge(_))
            | ("tools.list" | "tools.call", Self::Agent(_) | Self::Admin) => return Ok(()),
            (INGEST | STATE, _) => "a bridge token",
            ("tools.list" | "tools.call", Self::Bridge(_)) => "an agent token",
            (_, Self::Admin) => return Ok(()),
            (_, Self::Rpc(scope)) => match declared.unwrap_or_else(|| scope_of(method)) {
                needed if needed <= *scope => return Ok(()),
                RpcScope::Write => "the scope `write`",
                _ => "the scope `admin`",
            },
            _ => Self::Admin.kind(),
        };
        Err(self.refusal(&format!("`{method}`"), needed))
    }

    /// On whose behalf tools are called.
    pub(super) fn caller(&self) -> Caller {
        match self {
            Self::Agent(agent) => Caller::Agent(agent.clone()),
            Self::Admin | Self::Bridge(_) | Self::Rpc(_) => Caller::Operator,
        }
    }

    /// The kind of token, with its article.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Admin => "the gateway's own token",
            Self::Bridge(_) => "a bridge token",
            Self::Agent(_) => "an agent token",
            Self::Rpc(RpcScope::Read) => "a token of the scope `read`",
            Self::Rpc(RpcScope::Write) => "a token of the scope `write`",
            Self::Rpc(RpcScope::Admin) => "a token of the scope `admin`",
        }
    }

    /// That `what` takes a token of another kind.
    pub(super) fn refusal(&self, what: &str, needed: &str) -> String {
        format!("this is {}; {what} needs {needed}", self.kind())
    }
}

/// Records that a paired program's token was used for what it is not for. Who has no token at all is not recorded: that is a browser.
pub(super) fn note_refused(inner: &Inner, kind: &str, what: &str) {
    let event = Event::refused(Actor::Rpc, Action::TokenRefuse);
    let event = event.with(Detail::Kind, kind).with(Detail::Method, what);
    inner.core.environment.audit.note(event);
}

impl From<Paired> for Credential {
    fn from(paired: Paired) -> Self {
        match paired.right {
            Right::Bridge { .. } => Self::Bridge(paired),
            Right::Agent { agent } => Self::Agent(agent),
            Right::Rpc { scope } => Self::Rpc(scope),
        }
    }
}

/// What a token must allow for a method of the host's own.
fn scope_of(method: &str) -> RpcScope {
    match method {
        "status" | "capability.list" | "tools.list" | "pages.list" | "approvals.list" | "forward.list" => {
            RpcScope::Read
        }
        "message.send" | "bus.publish" | "capability.call" | "tools.call" | "commands.run" => RpcScope::Write,
        _ => RpcScope::Admin,
    }
}

/// What a token claims to be; `None` for the gateway's own, and for what is no token.
pub(crate) fn kind_of(token: &str) -> Option<&'static str> {
    let kinds = [
        (bridge::BRIDGE_PREFIX, "bridge token"),
        (bridge::AGENT_PREFIX, "agent token"),
        (bridge::RPC_PREFIX, "RPC token"),
    ];
    kinds.iter().find(|(prefix, _)| token.starts_with(prefix)).map(|(_, kind)| *kind)
}
