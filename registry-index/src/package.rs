//! `wa.package.json`: what a publisher signs about a package.

use crate::contents::{Contents, FileEntry, Tree};
use crate::digest::Sha256;
use crate::keys::{Fingerprint, PublicKey};
use crate::refusal::{Change, Invalid, Refusal};
use js_semver::Version;
use manifest_schema::manifest::{FILE_NAMES, Manifest};
use manifest_schema::names::{PluginId, PublisherName};
use serde::{Deserialize, Serialize};

/// The name of the record in a package.
pub const RECORD_FILE: &str = "wa.package.json";
/// The name of its signature.
pub const SIGNATURE_FILE: &str = "wa.package.json.minisig";
/// The name of the signature of another key than the first.
pub fn cosignature_file(key: &Fingerprint) -> String {
    format!("{RECORD_FILE}.{}.minisig", key.short())
}

/// Whether a file of a package is a signature of its record: the first one, or that of another key.
pub fn is_signature_file(path: &str) -> bool {
    let middle = path.strip_prefix(RECORD_FILE).and_then(|rest| rest.strip_suffix(".minisig"));
    let is_short = |middle: &str| {
        let digits = middle.strip_prefix('.').unwrap_or("no");
        digits.len() == 8 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    middle.is_some_and(|middle| middle.is_empty() || is_short(middle))
}

/// The largest sequence number: the largest whole number that every reader of JSON has.
pub const MAX_SEQ: u64 = (1 << 53) - 1;
/// npm's own description of a package.
pub const PACKAGE_JSON: &str = "package.json";

/// What a package is and what is in it. Written as canonical JSON (RFC 8785), so that one value has one text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageRecord {
    /// The version of the format, always 1.
    pub schema: u32,
    /// The plugin's id.
    pub id: PluginId,
    /// Its version.
    pub version: Version,
    /// Grows with every release of a plugin by its publisher; at most [`MAX_SEQ`].
    pub seq: u64,
    /// Who signs it; a package that is not signed may lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<PublisherName>,
    /// The key that signs it; added by `wa plugins sign`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
    /// The digest of the permissions in the manifest.
    pub permissions: Sha256,
    /// Every file but the record and its signature, sorted by path.
    pub files: Vec<FileEntry>,
}

impl PackageRecord {
    /// The record of these files. A record and a signature among them are left out.
    pub fn of(manifest: &Manifest, seq: u64, tree: &Tree) -> Self {
        Self {
            schema: 1,
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            seq,
            publisher: manifest.publisher.clone(),
            key: None,
            permissions: Sha256::from_bytes(manifest.permissions.digest()),
            files: content_of(tree).cloned().collect(),
        }
    }

    /// The record in canonical JSON.
    #[expect(clippy::expect_used, reason = "texts, booleans and whole numbers always have a canonical form")]
    pub fn canonical(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("a record serialises")
    }

    /// The record in the bytes of a `wa.package.json`.
    ///
    /// # Errors
    /// [`Invalid::Record`] and [`Invalid::NotCanonical`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Invalid> {
        let record: Self =
            serde_json::from_slice(bytes).map_err(|error| Invalid::Record(error.to_string()))?;
        if record.schema != 1 {
            return Err(Invalid::Record(format!(
                "it has schema {}; this version reads schema 1",
                record.schema
            )));
        }
        if record.seq > MAX_SEQ {
            return Err(Invalid::Record(format!("the sequence number {} is too large", record.seq)));
        }
        if record.canonical() == bytes { Ok(record) } else { Err(Invalid::NotCanonical) }
    }

    /// The trusted comment of a signature over the record with this digest.
    pub fn trusted_comment(&self, digest: &Sha256) -> String {
        format!("wa1 {}@{} seq={} sha256={}", self.id, self.version, self.seq, digest.hex())
    }

    /// Compares the record with the files that are there.
    ///
    /// # Errors
    /// [`Refusal::Modified`] for the first file that differs.
    pub fn check_files(&self, tree: &Tree) -> Result<(), Refusal> {
        difference(&self.files, content_of(tree))
    }

    /// Compares the record with what the manifest says.
    ///
    /// # Errors
    /// [`Invalid::Disagreement`] for the first field that differs.
    pub fn check_manifest(&self, manifest: &Manifest, manifest_file: &'static str) -> Result<(), Invalid> {
        let name = |publisher: &Option<PublisherName>| {
            publisher.as_ref().map_or("nobody".to_owned(), ToString::to_string)
        };
        let agree = |what, ours: &dyn ToString, theirs: &dyn ToString| {
            Invalid::unless_equal(what, (RECORD_FILE, ours), (manifest_file, theirs))
        };
        agree("id", &self.id, &manifest.id)?;
        agree("version", &self.version, &manifest.version)?;
        agree("publisher", &name(&self.publisher), &name(&manifest.publisher))?;
        let permissions = Sha256::from_bytes(manifest.permissions.digest());
        agree("digest of the permissions", &self.permissions, &permissions)
    }
}

/// All files but the record and its signatures.
fn content_of(tree: &Tree) -> impl Iterator<Item = &FileEntry> {
    let is_content = |path: &str| path != RECORD_FILE && !is_signature_file(path);
    tree.files().iter().filter(move |file| is_content(file.path.as_str()))
}

/// The first difference between two lists that are sorted by path.
pub(crate) fn difference<'a>(
    pinned: &[FileEntry],
    found: impl Iterator<Item = &'a FileEntry>,
) -> Result<(), Refusal> {
    let mut pinned = pinned.iter();
    let mut expected = pinned.next();
    for file in found {
        match expected {
            Some(pin) if pin.path < file.path => return Err(Refusal::modified(&pin.path, Change::Missing)),
            Some(pin) if pin.path == file.path => {
                if pin.sha256 != file.sha256 || pin.size != file.size {
                    return Err(Refusal::modified(&file.path, Change::Changed));
                }
                if pin.executable != file.executable {
                    return Err(Refusal::modified(&file.path, Change::Mode));
                }
                expected = pinned.next();
            }
            _ => return Err(Refusal::modified(&file.path, Change::Extra)),
        }
    }
    expected.map_or(Ok(()), |pin| Err(Refusal::modified(&pin.path, Change::Missing)))
}

/// What npm's `package.json` says, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageJson {
    pub(crate) name: String,
    /// The lifecycle scripts that npm would run; `wa` never does.
    pub(crate) lifecycle_scripts: Vec<String>,
}

/// Scripts that npm runs by itself when a package is installed or removed.
const LIFECYCLE: [&str; 9] = [
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
    "preuninstall",
    "postuninstall",
];

impl PackageJson {
    /// That of a package without one.
    pub(crate) fn unwritten(id: &PluginId) -> Self {
        Self { name: id.to_string(), lifecycle_scripts: Vec::new() }
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Invalid> {
        let json: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| Invalid::PackageJson(error.to_string()))?;
        let name = json.get("name").and_then(|name| name.as_str());
        let has = |name: &&&str| json.get("scripts").and_then(|scripts| scripts.get(**name)).is_some();
        Ok(Self {
            name: name.ok_or_else(|| Invalid::PackageJson("it has no name".to_owned()))?.to_owned(),
            lifecycle_scripts: LIFECYCLE.iter().filter(has).map(|name| (*name).to_owned()).collect(),
        })
    }
}

/// The manifest's file in a package, if it has one.
pub(crate) fn manifest_file(contents: &Contents) -> Option<&'static str> {
    FILE_NAMES.into_iter().find(|name| contents.get(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, content: &str) -> FileEntry {
        FileEntry {
            path: path.parse().unwrap(),
            size: content.len() as u64,
            sha256: Sha256::of(content.as_bytes()),
            executable: false,
        }
    }

    #[test]
    fn the_first_difference_is_named() {
        let pinned = [entry("a", "1"), entry("b", "2"), entry("c", "3")];
        let differs = |found: &[FileEntry]| match difference(&pinned, found.iter()) {
            Ok(()) => "same".to_owned(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(differs(&pinned), "same");
        assert_eq!(differs(&pinned[1..]), "`a` is missing");
        assert_eq!(differs(&pinned[..2]), "`c` is missing");
        assert_eq!(
            differs(&[entry("a", "1"), entry("aa", ""), entry("b", "2")]),
            "`aa` does not belong to the package"
        );
        assert_eq!(differs(&[entry("a", "1"), entry("b", "x"), entry("c", "3")]), "`b` has been changed");
        assert_eq!(
            differs(&[pinned.as_slice(), &[entry("d", "")]].concat()),
            "`d` does not belong to the package"
        );
        let mode = FileEntry { executable: true, ..entry("a", "1") };
        assert_eq!(differs(&[mode]), "`a` has another mode than it was installed with");
    }

    #[test]
    fn a_package_json_tells_its_lifecycle_scripts() {
        let json = br#"{"name":"x","version":"1.0.0","scripts":{"test":"t","postinstall":"curl evil"}}"#;
        assert_eq!(PackageJson::parse(json).unwrap().lifecycle_scripts, ["postinstall"]);
        for bad in ["", "[]", "{}", r#"{"name":1,"version":"1.0.0"}"#] {
            assert!(PackageJson::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
