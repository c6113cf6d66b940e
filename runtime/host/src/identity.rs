//! Ids that follow from their cause, so that a replay after a crash repeats the same id.

use sha2::{Digest as _, Sha256};
use std::{fmt::Write as _, fs::File, io, io::Read as _};

/// The id of the event that an inbound message becomes: the same message always gets the same id.
pub(crate) fn event_id(channel: &str, instance: &str, external_id: &str) -> String {
    derived("evt", &[channel, instance, external_id])
}

/// The id of an outgoing message: which handling (`cause`), by whom, and the how-manieth send of that handling.
pub(crate) fn outbound_id(cause: &str, source: &str, ordinal: &str) -> String {
    derived("out", &[cause, source, ordinal])
}

/// An id with no cause in the journal, for calls that start outside it.
pub(crate) fn random_id(prefix: &str) -> io::Result<String> {
    Ok(format!("{prefix}_{}", hex(&random_bytes::<12>()?)))
}

/// A bearer token with 256 bits from the operating system.
pub(crate) fn token() -> io::Result<String> {
    Ok(format!("wa_{}", hex(&random_bytes::<32>()?)))
}

fn derived(prefix: &str, parts: &[&str]) -> String {
    format!("{prefix}_{}", &digest(parts)[..24])
}

/// The SHA-256 of a list of parts, in hex. Lengths are hashed with the parts, so that no two lists share a digest.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// Random bytes in hex.
pub(crate) fn random_hex<const N: usize>() -> io::Result<String> {
    Ok(hex(&random_bytes::<N>()?))
}

pub(crate) fn random_bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cause_gives_the_same_id_and_shifted_parts_do_not() {
        assert_eq!(event_id("console", "default", "7"), event_id("console", "default", "7"));
        assert_ne!(event_id("ab", "c", "7"), event_id("a", "bc", "7"));
        assert_ne!(outbound_id("e", "agent:a", "0"), outbound_id("e", "agent:a", "1"));
    }
}
