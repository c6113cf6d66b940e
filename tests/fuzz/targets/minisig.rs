//! Any bytes as a signature, and as a key. Only the one signature that was made is good.

#![no_main]

use libfuzzer_sys::fuzz_target;
use registry_index::keys::{PublicKey, SecretKey};
use registry_index::signature;

const KEY: &str = include_str!("../seeds/key.pub");
const SIGNATURE: &str = include_str!("../seeds/signature.minisig");
const MESSAGE: &[u8] = b"message";
const COMMENT: &str = "wa1 demo@1.0.0 seq=1 sha256=00";

fuzz_target!(|data: &[u8]| {
    let key = PublicKey::from_minisign(KEY).unwrap();
    if signature::verify(&key, MESSAGE, data, COMMENT).is_ok() {
        // The first line is nobody's word, and the last line end may be left out.
        let found: Vec<&str> = std::str::from_utf8(data).unwrap().trim_end_matches('\n').split('\n').skip(1).collect();
        let made: Vec<&str> = SIGNATURE.trim_end_matches('\n').split('\n').skip(1).collect();
        assert_eq!(found, made);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(key) = PublicKey::from_minisign(text) {
            assert_eq!(PublicKey::from_minisign(&key.to_minisign()).unwrap(), key);
        }
        let _ = SecretKey::from_minisign(text, None);
    }
});
