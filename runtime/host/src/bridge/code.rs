//! Codes that people copy, and the tokens that they are redeemed for.

use super::Right;
use crate::identity;
use std::io;

/// How a bridge's token begins.
pub(crate) const BRIDGE_PREFIX: &str = "wab_";
/// How an agent's token begins.
pub(crate) const AGENT_PREFIX: &str = "waa_";
/// What the token of a program that calls methods begins with.
pub(crate) const RPC_PREFIX: &str = "war_";

/// 32 signs, without those that are taken for others.
const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Signs of a code, 60 bits.
const LENGTH: usize = 12;

/// A new code, such as `K7QF-2M9X-ABCD`.
pub(super) fn make() -> io::Result<String> {
    let bytes = identity::random_bytes::<LENGTH>()?;
    let mut code = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(SIGNS[usize::from(byte % 32)]));
    }
    Ok(code)
}

/// The code as it is hashed, however it was typed.
pub(super) fn normal(code: &str) -> String {
    code.chars().filter(|sign| !matches!(sign, '-' | ' ')).map(|sign| sign.to_ascii_uppercase()).collect()
}

/// What is kept of a secret. Codes live for minutes and have 60 bits, tokens have 256: neither needs a slow hash.
pub(super) fn hash(secret: &str) -> String {
    identity::digest(&["paired", secret])
}

/// The token for a code and a request. It can be made again while the salt is kept, by who has the code.
pub(super) fn token(right: &Right, salt: &str, code: &str, request: &str) -> String {
    let prefix = match right {
        Right::Bridge { .. } => BRIDGE_PREFIX,
        Right::Agent { .. } => AGENT_PREFIX,
        Right::Rpc { .. } => RPC_PREFIX,
    };
    format!("{prefix}{}", identity::digest(&["token", salt, code, request]))
}
