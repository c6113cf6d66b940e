//! Is a package what its publisher signed, and is the publisher trusted? Values in, verdict out.

use crate::contents::{Contents, Tree};
use crate::digest::{Sha256, Sha512};
use crate::index::Word;
use crate::keys::{Fingerprint, PublicKey};
use crate::package::{PACKAGE_JSON, PackageJson, PackageRecord, RECORD_FILE, SIGNATURE_FILE};
use crate::refusal::{Invalid, Refusal, TrustLevel};
use crate::signature;
use crate::trust::TrustStore;
use manifest_schema::names::PublisherName;
use std::collections::BTreeSet;

/// What can be said of a package.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It has no signature. Its record, if it has one, fits its files.
    Unsigned,
    /// It is what the holder of this key signed.
    Signed(Box<Signed>),
}

/// A package with a good signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    /// What was signed.
    pub record: PackageRecord,
    /// The digest of `wa.package.json`.
    pub digest: Sha256,
    /// Who signed.
    pub publisher: PublisherName,
    /// With which key.
    pub key: PublicKey,
    /// The package's npm name.
    pub package: String,
    /// Whether that key is trusted for this package.
    pub standing: Standing,
    /// What a registry's index says for it.
    pub word: Option<Word>,
}

/// How the trust store knows the key of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Pinned, for packages of this name.
    Pinned,
    /// A registry's index vouches for it. Its time may be over: see [`Signed::word`].
    ByIndex,
    /// There is no publisher of this name.
    UnknownPublisher,
    /// Pinned, but not for packages of this name.
    OutsidePatterns,
}

impl Signed {
    /// The name of the key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    /// The keys whose signatures are good.
    pub fn signers(&self) -> BTreeSet<Fingerprint> {
        BTreeSet::from([self.fingerprint()])
    }

    /// How far the package is trusted, once its key is.
    pub fn level(&self) -> TrustLevel {
        let is_curated = self.word.as_ref().is_some_and(|word| word.curated);
        if is_curated { TrustLevel::Verified } else { TrustLevel::Trusted }
    }

    /// Refuses a package for which only an index vouched, whose time is over.
    ///
    /// # Errors
    /// [`Refusal::Expired`].
    pub fn check_expiry(&self) -> Result<(), Refusal> {
        match &self.word {
            Some(Word { registry, expires, expired: true, .. }) if self.standing == Standing::ByIndex => {
                Err(Refusal::Expired { registry: registry.clone(), expires: *expires })
            }
            _ => Ok(()),
        }
    }

    /// Why the key's standing does not do where nobody can be asked.
    pub fn distrust(&self) -> Option<Invalid> {
        let (publisher, fingerprint) = (self.publisher.clone(), self.fingerprint());
        match self.standing {
            Standing::Pinned | Standing::ByIndex => None,
            Standing::UnknownPublisher => Some(Invalid::UnknownPublisher { publisher, fingerprint }),
            Standing::OutsidePatterns => {
                Some(Invalid::OutsidePatterns { publisher, package: self.package.clone() })
            }
        }
    }
}

/// Checks record, signature and publisher of a package. `tree` is that of `contents`, hashed just now.
///
/// # Errors
/// Any [`Refusal`] but `Unsigned`, `Downgraded` and `Broken`.
pub fn verify(contents: &Contents, tree: &Tree, trust: &TrustStore) -> Result<Verdict, Refusal> {
    let Some(bytes) = contents.get(RECORD_FILE) else {
        return match contents.get(SIGNATURE_FILE) {
            Some(_) => {
                Err(Invalid::Record("the signature is there, the record is missing".to_owned()).into())
            }
            None => Ok(Verdict::Unsigned),
        };
    };
    let record = PackageRecord::parse(bytes)?;
    let digest = Sha256::of(bytes);
    let signed = match contents.get(SIGNATURE_FILE) {
        Some(signature) => Some(check_signature(&record, bytes, &digest, signature, trust)?),
        None => None,
    };
    record.check_files(tree)?;
    let Some(Signer { publisher, key, word }) = signed else { return Ok(Verdict::Unsigned) };
    let package = package_name(contents, &record);
    let standing = standing(&publisher, &key, &package, word.as_ref(), trust);
    Ok(Verdict::Signed(Box::new(Signed { record, digest, publisher, key, package, standing, word })))
}

/// Whether an index has revoked the package with this archive and this record, if it has one.
///
/// # Errors
/// [`Refusal::RevokedByIndex`].
pub(crate) fn check_not_revoked(
    archive: &Sha512,
    contents: &Contents,
    trust: &TrustStore,
) -> Result<(), Refusal> {
    let record = contents.get(RECORD_FILE).map(|bytes| Sha256::of(bytes));
    let indexes = trust.indexes();
    let by_record = || record.and_then(|record| indexes.revoked_package(record));
    match indexes.revoked_package(*archive).or_else(by_record) {
        Some(revocation) => Err(Refusal::RevokedByIndex(Box::new(revocation))),
        None => Ok(()),
    }
}

/// Who made a good signature.
pub(crate) struct Signer {
    pub(crate) publisher: PublisherName,
    pub(crate) key: PublicKey,
    /// What a registry's index says for the package.
    pub(crate) word: Option<Word>,
}

pub(crate) fn check_signature(
    record: &PackageRecord,
    bytes: &[u8],
    digest: &Sha256,
    signature: &[u8],
    trust: &TrustStore,
) -> Result<Signer, Refusal> {
    let publisher = record.publisher.clone().ok_or(Invalid::NoPublisher)?;
    let pinned = trust.publisher(&publisher).map(|publisher| &publisher.key);
    let key = record.key.as_ref().or(pinned).ok_or_else(|| Invalid::NoKey(publisher.clone()))?;
    signature::verify(key, bytes, signature, &record.trusted_comment(digest))?;
    let fingerprint = key.fingerprint();
    if trust.is_revoked(&fingerprint) {
        return Err(Refusal::Revoked { publisher, fingerprint });
    }
    if let Some(revocation) = trust.indexes().revoked_key(&fingerprint) {
        return Err(Refusal::RevokedByIndex(Box::new(revocation)));
    }
    let word = trust.indexes().word(digest, record, &publisher, &BTreeSet::from([fingerprint]));
    match pinned.map(PublicKey::fingerprint) {
        // The index of a registry whose root is pinned may give a publisher another key, for what it lists.
        Some(pinned) if pinned != fingerprint && !word.as_ref().is_some_and(|word| word.vouches) => {
            Err(Invalid::KeyChanged { publisher, pinned, found: fingerprint }.into())
        }
        _ => Ok(Signer { key: key.clone(), publisher, word }),
    }
}

fn standing(
    publisher: &PublisherName,
    key: &PublicKey,
    package: &str,
    word: Option<&Word>,
    trust: &TrustStore,
) -> Standing {
    let vouched = word.is_some_and(|word| word.vouches);
    match trust.publisher(publisher) {
        Some(known) if known.key.fingerprint() == key.fingerprint() && known.may_sign(package) => {
            Standing::Pinned
        }
        _ if vouched => Standing::ByIndex,
        None => Standing::UnknownPublisher,
        Some(_) => Standing::OutsidePatterns,
    }
}

/// The npm name of a package; its id if it has no usable `package.json`.
fn package_name(contents: &Contents, record: &PackageRecord) -> String {
    let json = contents.get(PACKAGE_JSON).and_then(|bytes| PackageJson::parse(bytes).ok());
    json.map_or_else(|| record.id.to_string(), |json| json.name)
}
