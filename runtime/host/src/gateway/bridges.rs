//! What paired programs ask of `/api`, and how one becomes paired.

use super::{
    api::{Answer, Problem, write},
    credential::Credential,
};
use crate::{
    bridge::{BridgeError, Paired, Redemption},
    client::code,
    error_chain::chain,
    host::Inner,
    notice::Notice,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::time::Instant;

/// The one method that takes no token.
pub(super) const REDEEM: &str = "bridge.redeem";

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
                inner.core.environment.notices.send(Notice::Paired { name, right });
            }
            write(&Redeemed { token, paired })
        }
        Err(error) => {
            if matches!(error, BridgeError::NoCode | BridgeError::Used) {
                inner.redeeming.was_wrong(Instant::now());
            }
            Err(Problem(error_code(&error), chain(&error)))
        }
    }
}

/// What the host knows of the bridge that asks.
pub(super) fn state(credential: &Credential) -> Answer {
    match credential {
        Credential::Bridge(paired) => write(paired),
        Credential::Admin | Credential::Agent(_) => write(&()),
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
