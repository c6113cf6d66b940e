//! `wa-registry.yaml`: what a registry says of the packages in its directory.

use crate::document::Document;
use crate::finding::Finding;
use crate::names::PublisherName;
use crate::source::Source;
use crate::{rules, schemas, tree};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the file.
pub const FILE: &str = "wa-registry.yaml";

/// A registry file. Field by field as in `schemas/wa.registry.schema.json`, which documents them. Keys, digests and
/// patterns have the form that the schema demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// The version of the format, always 1.
    pub schema: u32,
    /// Where the directory will be served; a URL by its form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whom the registry vouches for.
    #[serde(default)]
    pub publishers: BTreeMap<PublisherName, Publisher>,
    /// What is said of packages, by npm name.
    #[serde(default)]
    pub packages: BTreeMap<String, Package>,
    /// What must not run any more.
    #[serde(default)]
    pub revoked: Revoked,
}

/// A publisher that the registry vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// Minisign public keys.
    pub keys: Vec<String>,
    /// How many of them must have signed a package.
    #[serde(default = "one")]
    pub threshold: u32,
    /// The packages that they may sign.
    pub packages: Vec<String>,
}

const fn one() -> u32 {
    1
}

/// What is said of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Package {
    /// How far the registry has looked at it.
    pub level: Level,
    /// Versions that nobody should install any more, with the reasons.
    pub yanked: BTreeMap<String, String>,
}

/// How far a registry has looked at a package.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is there.
    #[default]
    Listed,
    /// Somebody stands for it.
    Curated,
}

/// What must not run any more, with the reasons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revoked {
    /// Fingerprints of keys.
    pub keys: BTreeMap<String, String>,
    /// Digests of packages.
    pub packages: BTreeMap<String, String>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            schema: 1,
            url: None,
            publishers: BTreeMap::new(),
            packages: BTreeMap::new(),
            revoked: Revoked::default(),
        }
    }
}

/// Reads a registry file: syntax, schema, types. It is there if nothing was found.
pub fn read(source: &Source) -> (Option<Registry>, Vec<Finding>) {
    let root = match tree::parse(source) {
        Ok(root) => root,
        Err(finding) => return (None, vec![finding]),
    };
    let document = Document { source, root: &root };
    let value = root.to_json();
    let findings = schemas::REGISTRY.check(document, &value);
    if !findings.is_empty() {
        return (None, findings);
    }
    let registry: Registry = match schemas::REGISTRY.typed(document, value) {
        Ok(registry) => registry,
        Err(finding) => return (None, vec![finding]),
    };
    let too_few = registry.publishers.iter().filter(|(_, it)| it.threshold as usize > it.keys.len());
    let findings: Vec<Finding> = too_few
        .map(|(name, publisher)| {
            let (keys, threshold) = (publisher.keys.len(), publisher.threshold);
            let message = format!("`{name}` has {keys} keys, so {threshold} cannot be asked for");
            document.finding(&rules::REGISTRY_MISMATCH, &format!("/publishers/{name}/threshold"), message)
        })
        .collect();
    (findings.is_empty().then_some(registry), findings)
}

/// A finding about a value of a registry file that does not fit the packages beside it.
pub fn mismatch(source: &Source, pointer: &str, message: String) -> Finding {
    match tree::parse(source) {
        Ok(root) => {
            Document { source, root: &root }.finding_at_key(&rules::REGISTRY_MISMATCH, pointer, message)
        }
        Err(finding) => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Syntax;

    fn codes(text: &str) -> Vec<&'static str> {
        let (registry, findings) = read(&Source::new(FILE, text, Syntax::Yaml));
        assert_eq!(registry.is_none(), !findings.is_empty(), "{text}");
        findings.iter().map(|finding| finding.rule.name).collect()
    }

    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn a_registry_file() {
        let text = format!(
            "schema: 1\npublishers:\n  acme: {{ keys: [{KEY}], packages: ['@acme/*', desk, '*'] }}\n\
             packages:\n  '@acme/desk': {{ level: curated, yanked: {{ 1.2.0: loses orders }} }}\n\
             revoked:\n  keys: {{ 'wa:faa2-09af-5a6d-1249-5a2e-5c69-0ee9-4e43': stolen }}\nx-note: 1\n"
        );
        assert_eq!(codes(&text), [""; 0]);
        assert_eq!(codes("schema: 1\n"), [""; 0]);
        let (read, _) = read(&Source::new(FILE, &text, Syntax::Yaml));
        let package = &read.unwrap().packages["@acme/desk"];
        assert_eq!((package.level, package.yanked["1.2.0"].as_str()), (Level::Curated, "loses orders"));
    }

    #[test]
    fn what_is_wrong_is_found() {
        let publisher = |fields: &str| format!("schema: 1\npublishers: {{ acme: {{ {fields} }} }}\n");
        for (text, rule) in [
            ("{}".to_owned(), "missing-key"),
            ("schema: 2\n".to_owned(), "not-allowed"),
            ("schema: 1\nlevel: curated\n".to_owned(), "unknown-key"),
            (publisher(&format!("keys: [{KEY}]")), "missing-key"),
            (publisher("keys: [abc], packages: ['*']"), "ill-formed"),
            (publisher(&format!("keys: [{KEY}], packages: ['@acme*']")), "ill-formed"),
            (publisher(&format!("keys: [{KEY}], packages: ['*'], threshold: 2")), "registry-mismatch"),
            ("schema: 1\npackages: { desk: { level: core } }\n".to_owned(), "not-allowed"),
            ("schema: 1\nrevoked: { keys: { stolen: reason } }\n".to_owned(), "ill-formed"),
        ] {
            assert_eq!(codes(&text), [rule], "{text}");
        }
    }
}
