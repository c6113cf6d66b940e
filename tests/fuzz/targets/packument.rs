//! Any bytes as a packument: read, and asked for versions in every way.

#![no_main]

use libfuzzer_sys::fuzz_target;
use registry_index::npm::{Packument, Preferences, Wanted, pick};

fuzz_target!(|data: &[u8]| {
    let name = "desk".parse().unwrap();
    let Ok(packument) = Packument::parse(data, &name, "https://registry.example.org/desk") else { return };
    let versions = packument.versions();
    assert!(versions.is_sorted_by(|a, b| a.0.cmp_build(&b.0).is_le()));
    let wa = "0.1.0".parse().unwrap();
    for wanted in ["", "latest", "beta", "*", "^1", ">=1.0.0-0 <3", "1.2.3 || 2.x"] {
        let wanted: Option<Wanted> = (!wanted.is_empty()).then(|| wanted.parse().unwrap());
        let preferences = Preferences { wa: &wa, avoid: &|version| version.patch == 7 };
        if let Ok((version, release)) = pick(&packument, &name, wanted.as_ref(), &preferences) {
            let _ = (release.deprecated(), release.fits(&wa), packument.published(&version));
            if let Some(Wanted::Range(range)) = &wanted {
                assert!(range.contains(&version) && version.patch != 7);
            }
        }
    }
});
