//! Any bytes as an archive: zip or gzip. What one scan takes, the next takes in the same way.

#![no_main]

use libfuzzer_sys::fuzz_target;
use registry_index::archive::Limits;
use registry_index::scanned::Scanned;
use std::io::Cursor;

fuzz_target!(|data: &[u8]| {
    let limits = Limits { entries: 200, file: 1 << 20, total: 4 << 20, metadata: 1 << 16, ratio: 250 };
    let first = Scanned::read(Cursor::new(data), &limits);
    let second = Scanned::read(Cursor::new(data), &limits);
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first, second);
            for file in first.tree.files() {
                assert!(!file.path.as_str().contains("..") || !file.path.parts().any(|part| part == ".."));
            }
        }
        (Err(_), Err(_)) => {}
        (first, second) => panic!("{first:?}, then {second:?}"),
    }
});
