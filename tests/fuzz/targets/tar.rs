//! Any bytes as a tar archive, behind a gzip stream that is always good, so that its headers are reached.

#![no_main]

use flate2::{Compression, GzBuilder};
use libfuzzer_sys::fuzz_target;
use registry_index::archive::Limits;
use registry_index::scanned::Scanned;
use std::io::{Cursor, Write};

fuzz_target!(|data: &[u8]| {
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::none());
    gzip.write_all(data).unwrap();
    // Whole blocks, and the two that end an archive.
    gzip.write_all(&vec![0; (512 - data.len() % 512) % 512 + 1024]).unwrap();
    let archive = gzip.finish().unwrap();
    let limits = Limits { entries: 200, file: 1 << 20, total: 4 << 20, metadata: 1 << 16, ratio: 250 };
    if let Ok(scanned) = Scanned::read(Cursor::new(&archive), &limits) {
        assert_eq!(Scanned::read(Cursor::new(&archive), &limits).unwrap(), scanned);
        let held: u64 = scanned.held.files.values().map(|file| file.bytes.len() as u64).sum();
        let listed: u64 = scanned.tree.files().iter().map(|file| file.size).sum();
        assert!(held <= listed && listed <= archive.len() as u64);
    }
});
