//! Any text as `wa.lock`. What is read is written as a text that reads as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest_schema::source::Source;
use registry_index::lock::Lockfile;

fuzz_target!(|data: &[u8]| {
    let Ok(source) = Source::from_bytes("wa.lock", data) else { return };
    if let Ok(lock) = Lockfile::parse(&source) {
        let written = lock.to_yaml();
        let read = Source::from_bytes("wa.lock", written.as_bytes()).unwrap();
        assert_eq!(Lockfile::parse(&read).unwrap(), lock);
    }
});
