//! Any text as `.npmrc`, and as a spec.

#![no_main]

use libfuzzer_sys::fuzz_target;
use registry_index::install::Spec;
use registry_index::npm::Npmrc;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lookup = |name: &str| (name == "TOKEN").then(|| "secret".to_owned());
    let _ = Npmrc::parse(text, ".npmrc", Some(&lookup));
    // Without leave, no variable gets in.
    let strange = format!("{:?}", Npmrc::parse(text, ".npmrc", None));
    assert!(!strange.contains("secret") || text.contains("secret"));
    if let Ok(spec) = Spec::parse(text, Path::new("/project")) {
        let written = spec.written(Path::new("/project"));
        assert_eq!(Spec::parse(&written, Path::new("/project")).as_ref(), Ok(&spec), "{written}");
    }
});
