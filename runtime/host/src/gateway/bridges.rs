//! What paired programs ask of `/api`, and how one becomes paired.

use super::api::{Answer, Problem, read, write};
use crate::{
    bridge::{BridgeError, Paired, Redemption, Right},
    client::code,
    core::{AcceptError, Arrival, What},
    error_chain::chain,
    host::Inner,
    identity,
    journal::{Accepted, Ingest},
    notice::Notice,
};
use audit_log::{Action, Actor, Detail, Event};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::time::Instant;

/// The one method that takes no token.
pub(super) const REDEEM: &str = "bridge.redeem";
/// Hands in a message.
pub(super) const INGEST: &str = "bridge.ingest";
/// Where a bridge has got to.
pub(super) const STATE: &str = "bridge.state";

/// Bytes of what a stranger may send as a code or an id.
const MAX_GIVEN: usize = 128;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redeem {
    code: String,
    request_id: String,
    name: Option<String>,
}

#[derive(Serialize)]
struct Redeemed {
    token: String,
    #[serde(flatten)]
    paired: Paired,
}

/// Gives a token for a one-time code. The same `request_id` again gets the same token while the code lives.
pub(super) async fn redeem(inner: &Arc<Inner>, Redeem { code, request_id, name }: Redeem) -> Answer {
    let given = [&code, &request_id];
    if given.iter().any(|text| !(1..=MAX_GIVEN).contains(&text.len())) {
        let why = format!("`code` and `request_id` have 1 to {MAX_GIVEN} bytes");
        return Err(Problem(code::INVALID_PARAMS, why));
    }
    if !inner.redeeming.may_try(Instant::now()) {
        return Err(Problem(code::REFUSED, "too many wrong codes were given; wait a minute".into()));
    }
    let (bridges, now) = (inner.bridges.clone(), inner.core.now());
    let redeeming = tokio::task::spawn_blocking(move || bridges.redeem(&code, &request_id, name, now));
    let stopping = || Problem(code::INTERNAL, "the host is stopping".into());
    match redeeming.await.map_err(|_| stopping())? {
        Ok(Redemption { paired, token, new }) => {
            if new {
                let (name, right) = (paired.name.clone(), paired.right.clone());
                let event = Event::done(Actor::Rpc, Action::BridgeRedeem).about(&name);
                inner.core.environment.audit.note(event.with(Detail::Kind, right.kind()));
                inner.core.environment.notices.send(Notice::Paired { name, right });
            }
            write(&Redeemed { token, paired })
        }
        Err(error) => {
            if matches!(error, BridgeError::NoCode | BridgeError::Used) {
                inner.redeeming.was_wrong(Instant::now());
                let event = Event::refused(Actor::Rpc, Action::BridgeRedeem);
                inner.core.environment.audit.note(event.with(Detail::Reason, error.to_string()));
            }
            Err(Problem(error_code(&error), chain(&error)))
        }
    }
}

/// A message as a bridge hands it in.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    /// The message's own id.
    id: String,
    chat: String,
    from: String,
    from_name: Option<String>,
    #[serde(default)]
    is_group: bool,
    text: String,
    reply_to: Option<String>,
    /// When it was written, in milliseconds since the Unix epoch.
    timestamp: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandIn {
    /// The bridge's number for the message: 1, 2, 3 and so on.
    seq: u64,
    message: Handed,
}

#[derive(Serialize)]
struct HandedIn {
    event_id: String,
    /// False for a repeat, which changes nothing.
    new: bool,
}

#[derive(Serialize)]
struct State<'a> {
    #[serde(flatten)]
    paired: &'a Paired,
    /// The number of the last message that it handed in.
    seq: u64,
}

/// What only bridges ask.
pub(super) async fn call(inner: &Arc<Inner>, bridge: &Paired, method: &str, params: &RawValue) -> Answer {
    let Right::Bridge { channel, instance } = &bridge.right else { return write(&()) };
    if method == STATE {
        let seq = inner.core.journal.ingested(bridge.id.clone()).await;
        let seq = seq.map_err(|error| Problem(code::INTERNAL, chain(&error)))?;
        return write(&State { paired: bridge, seq });
    }
    let HandIn { seq, message } = read(params)?;
    let body = serde_json::to_string(&message).unwrap_or_default();
    let ingest = Ingest {
        bridge: bridge.id.clone(),
        seq,
        id: message.id.clone(),
        digest: identity::digest(&["ingest", &body]),
    };
    let now = inner.core.now();
    let arrival = Arrival {
        channel: channel.clone(),
        instance: instance.clone(),
        chat: message.chat,
        // No bridge can take the id of what another source hands in.
        key: format!("bridge {} {}", bridge.id, message.id),
        external_id: message.id,
        from: message.from,
        from_name: message.from_name.and_then(|name| one_line(&name)),
        is_group: message.is_group,
        timestamp: message.timestamp.map(|at| at.min(now)),
        what: What::Text { text: message.text, reply_to: message.reply_to },
    };
    match inner.core.ingest(arrival, ingest).await {
        Ok(Accepted { event_id, new }) => write(&HandedIn { event_id, new }),
        Err(error) => Err(Problem(accept_code(&error), error.to_string())),
    }
}

/// A name as it may stand in a terminal: without control characters, and not long.
fn one_line(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|sign| !sign.is_control()).take(64).collect();
    Some(plain.trim().to_owned()).filter(|name| !name.is_empty())
}

fn accept_code(error: &AcceptError) -> i64 {
    match error {
        AcceptError::Malformed(_) => code::INVALID_PARAMS,
        AcceptError::NoAccount { .. } => code::NOT_FOUND,
        AcceptError::OutOfSequence(_) => code::CONFLICT,
        AcceptError::Stopping | AcceptError::Journal(_) => code::INTERNAL,
    }
}

fn error_code(error: &BridgeError) -> i64 {
    match error {
        BridgeError::NoCode | BridgeError::Nobody(_) => code::NOT_FOUND,
        BridgeError::Used | BridgeError::Full(_) => code::REFUSED,
        BridgeError::Name(_) | BridgeError::Taken(_) => code::INVALID_PARAMS,
        BridgeError::File { .. }
        | BridgeError::Loose { .. }
        | BridgeError::Malformed { .. }
        | BridgeError::Random(_) => code::INTERNAL,
    }
}
