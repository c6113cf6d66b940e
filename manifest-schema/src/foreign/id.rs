//! Ids of other hosts as ids of `wa`.

use crate::names::PluginId;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The longest id.
const MAX: usize = 63;

/// The id of `wa` nearest to a foreign one: everything but letters and digits becomes a hyphen. One that holds no
/// letter or digit of ASCII gets a name from its digest, so that two of those do not become one.
#[expect(clippy::expect_used, reason = "the text is an id by construction")]
pub(super) fn nearest(foreign: &str) -> PluginId {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let words: String = foreign.chars().map(plain).collect();
    let joined = words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    let named = match joined.chars().next() {
        Some(first) if first.is_ascii_lowercase() && joined.len() > 1 => joined,
        Some(_) => format!("plugin-{joined}"),
        None => {
            let digest = Sha256::digest(foreign.as_bytes());
            format!("plugin-{}", digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>())
        }
    };
    let cut: String = named.chars().take(MAX).collect();
    cut.trim_end_matches('-').parse().expect("letters, digits and hyphens, beginning with a letter")
}

/// The name of a folder or archive, without version and ending.
pub(super) fn of_file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let endings = [".tgz", ".tar.gz", ".zip"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    let version =
        stem.match_indices('-').find(|(at, _)| stem[at + 1..].parse::<crate::version::Version>().is_ok());
    let stem = version.map_or(stem, |(at, _)| &stem[..at]);
    if stem.is_empty() { "bundle".to_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_ids_become_ids() {
        for (foreign, id) in [
            ("whatsapp", "whatsapp"),
            ("@acme/Weather_Pro", "acme-weather-pro"),
            ("pack/one", "pack-one"),
            ("3d.printer", "plugin-3d-printer"),
            ("x", "plugin-x"),
            ("--a--b--", "a-b"),
            (&*"é".repeat(3), "plugin-355b7226"),
            (&*"a".repeat(80), &*"a".repeat(63)),
        ] {
            assert_eq!(nearest(foreign).as_str(), id, "{foreign}");
        }
        assert_ne!(nearest("天气"), nearest("股票"));
    }

    #[test]
    fn a_file_name_without_its_version() {
        for (path, name) in [
            ("/tmp/greeting-pack-1.2.0.tgz", "greeting-pack"),
            ("pack.tar.gz", "pack"),
            ("plugins/my-pack", "my-pack"),
            ("a-1.0.0-beta.1.zip", "a"),
            ("", "bundle"),
        ] {
            assert_eq!(of_file_name(Path::new(path)), name, "{path}");
        }
    }
}
