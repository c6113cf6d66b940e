//! Any bytes as `wa.package.json`, `wa.rotation.json` and `wa-index.json`: one value has one text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use registry_index::index::Index;
use registry_index::package::PackageRecord;
use registry_index::rotation::Rotation;

fuzz_target!(|data: &[u8]| {
    if let Ok(record) = PackageRecord::parse(data) {
        assert_eq!(record.canonical(), data);
    }
    let _ = Rotation::parse(data);
    let _ = Index::parse(data);
});
