//! What npm reads of a package: a file with the package's name, so that any static file host serves it.

use super::RegistryUrl;
use super::build::BuildError;
use super::collect::Found;
use crate::npm::PackageName;
use js_semver::Version;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// npm takes this host for the registry that it is set up with, and asks there.
const ANY_REGISTRY: &str = "https://registry.npmjs.org/";

/// The text for one package: canonical JSON. `yanked` are the versions that nobody should install any more.
pub(super) fn packument(
    name: &PackageName,
    versions: &BTreeMap<&Version, &Found>,
    yanked: &BTreeMap<Version, String>,
    url: Option<&RegistryUrl>,
) -> Result<Vec<u8>, BuildError> {
    let described: Map<String, Value> = versions
        .iter()
        .map(|(version, found)| (version.to_string(), described(found, yanked.get(*version), url)))
        .collect();
    let latest = latest(versions.keys().copied(), yanked);
    let description = latest.and_then(|latest| versions[latest].json.get("description"));
    let tags: Map<String, Value> =
        latest.map(|latest| ("latest".to_owned(), latest.to_string().into())).into_iter().collect();
    let mut packument = json!({ "name": name, "dist-tags": tags, "versions": described });
    if let Some(description) = description {
        packument["description"] = description.clone();
    }
    serde_json_canonicalizer::to_vec(&packument).map_err(BuildError::Packument)
}

fn described(found: &Found, yanked: Option<&String>, url: Option<&RegistryUrl>) -> Value {
    let mut version = found.json.clone();
    let base = url.map_or(ANY_REGISTRY, RegistryUrl::as_str);
    let dist = json!({
        "integrity": found.archive,
        "shasum": found.sha1,
        "tarball": format!("{base}{}", escaped(&found.file)),
    });
    version.insert("dist".to_owned(), dist);
    version.insert("_id".to_owned(), format!("{}@{}", found.name, found.version).into());
    if let Some(reason) = yanked {
        version.insert("deprecated".to_owned(), format!("yanked: {reason}").into());
    }
    version.into()
}

/// The newest version: one that is not yanked before one that is, a release before a pre-release.
fn latest<'a>(
    versions: impl Iterator<Item = &'a Version>,
    yanked: &BTreeMap<Version, String>,
) -> Option<&'a Version> {
    versions.max_by_key(|version| (!yanked.contains_key(*version), version.pre_release.is_empty(), *version))
}

/// A path as it stands in a URL.
fn escaped(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@/+".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
