//! Is a package what its publisher signed, and is the publisher trusted? Values in, verdict out.

use crate::contents::{Contents, Tree};
use crate::digest::{Sha256, Sha512};
use crate::index::Word;
use crate::keys::{Fingerprint, PublicKey};
use crate::package::{
    PACKAGE_JSON, PackageJson, PackageRecord, RECORD_FILE, SIGNATURE_FILE, cosignature_file,
};
use crate::refusal::{Invalid, Refusal, TrustLevel};
use crate::rotation::{NEW_SIGNATURE_FILE, OLD_SIGNATURE_FILE, ROTATION_FILE, Rotation, Statement};
use crate::signature;
use crate::trust::{Publisher, TrustStore};
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
    /// All keys whose signatures are good.
    pub signers: BTreeSet<Fingerprint>,
}

/// How the trust store knows the key of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Pinned, for packages of this name.
    Pinned,
    /// The new key of a publisher whose old one is pinned, by the word of both.
    Rotated(Box<Rotation>),
    /// A key that its publisher has replaced since.
    Former,
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
        match &self.standing {
            Standing::Pinned | Standing::ByIndex | Standing::Former => None,
            Standing::Rotated(rotation) => Some(Invalid::KeyChanged {
                publisher,
                pinned: rotation.old.fingerprint(),
                found: fingerprint,
            }),
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
    verify_knowing(contents, tree, trust, &|_| Vec::new())
}

/// The same, with more keys whose signatures are looked at.
pub(crate) fn verify_knowing(
    contents: &Contents,
    tree: &Tree,
    trust: &TrustStore,
    more: &dyn Fn(&PublisherName) -> Vec<PublicKey>,
) -> Result<Verdict, Refusal> {
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
    let signer = match contents.get(SIGNATURE_FILE) {
        Some(signature) => Some(check_signature(&record, bytes, &digest, signature, trust)?),
        None => None,
    };
    record.check_files(tree)?;
    let Some(Signer { publisher, key }) = signer else { return Ok(Verdict::Unsigned) };
    let package = package_name(contents, &record);
    let message = signature::Message { bytes, comment: &record.trusted_comment(&digest) };
    let more = more(&publisher);
    let pinned = trust.publisher(&publisher).into_iter().flat_map(Publisher::keys);
    let keys = pinned.chain(trust.indexes().keys_of(&publisher)).chain(&more);
    let signers = signers(&key, keys, contents, &message, trust)?;
    let word = trust.indexes().word(&digest, &record, &publisher, &signers);
    let standing = standing(&publisher, &key, &package, word.as_ref(), contents, trust)?;
    if matches!(standing, Standing::Pinned | Standing::Rotated(_)) {
        check_threshold(&publisher, &key, &signers, trust)?;
    }
    Ok(Verdict::Signed(Box::new(Signed { record, digest, publisher, key, package, standing, word, signers })))
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
}

/// Checks the first signature, and that nobody has revoked its key.
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
    Ok(Signer { key: key.clone(), publisher })
}

/// The keys with good signatures: the first one's, and those of the publisher's other keys. A signature of a key that
/// nobody knows counts for nothing; one of a known key that is not good is a refusal.
fn signers<'a>(
    first: &PublicKey,
    keys: impl Iterator<Item = &'a PublicKey>,
    contents: &Contents,
    message: &signature::Message<'_>,
    trust: &TrustStore,
) -> Result<BTreeSet<Fingerprint>, Refusal> {
    let mut good = BTreeSet::from([first.fingerprint()]);
    for key in keys {
        let fingerprint = key.fingerprint();
        let is_revoked =
            trust.is_revoked(&fingerprint) || trust.indexes().revoked_key(&fingerprint).is_some();
        let Some(signature) = contents.get(&cosignature_file(&fingerprint)) else { continue };
        if !is_revoked && !good.contains(&fingerprint) {
            signature::verify(key, message.bytes, signature, message.comment)?;
            good.insert(fingerprint);
        }
    }
    Ok(good)
}

/// Enough of the publisher's keys have signed; the first signature counts, also that of a key that takes over.
fn check_threshold(
    publisher: &PublisherName,
    first: &PublicKey,
    signers: &BTreeSet<Fingerprint>,
    trust: &TrustStore,
) -> Result<(), Invalid> {
    let Some(known) = trust.publisher(publisher) else { return Ok(()) };
    let others = known.keys().map(PublicKey::fingerprint).filter(|key| *key != first.fingerprint());
    let good = 1 + others.filter(|key| signers.contains(key)).count() as u32;
    if good >= known.threshold {
        return Ok(());
    }
    Err(Invalid::Threshold { publisher: publisher.clone(), good, needed: known.threshold })
}

fn standing(
    publisher: &PublisherName,
    key: &PublicKey,
    package: &str,
    word: Option<&Word>,
    contents: &Contents,
    trust: &TrustStore,
) -> Result<Standing, Invalid> {
    let fingerprint = key.fingerprint();
    let is_it = |known: &PublicKey| known.fingerprint() == fingerprint;
    let vouched = word.is_some_and(|word| word.vouches);
    let Some(known) = trust.publisher(publisher) else {
        return Ok(if vouched { Standing::ByIndex } else { Standing::UnknownPublisher });
    };
    if known.keys().any(is_it) && known.may_sign(package) {
        return Ok(Standing::Pinned);
    }
    // The index of a registry whose root is pinned may give a publisher another key, for what it lists.
    if vouched {
        return Ok(Standing::ByIndex);
    }
    if known.keys().any(is_it) {
        return Ok(Standing::OutsidePatterns);
    }
    if known.former.iter().any(is_it) {
        return Ok(Standing::Former);
    }
    match rotation(contents, publisher)? {
        Some(rotation) if fits(&rotation, publisher, known, &fingerprint) => match known.may_sign(package) {
            true => Ok(Standing::Rotated(Box::new(rotation))),
            false => Ok(Standing::OutsidePatterns),
        },
        _ => Err(Invalid::KeyChanged {
            publisher: publisher.clone(),
            pinned: known.key.fingerprint(),
            found: fingerprint,
        }),
    }
}

/// The change of key that a package tells of, if it tells of one.
fn rotation(contents: &Contents, publisher: &PublisherName) -> Result<Option<Rotation>, Invalid> {
    let Some(statement) = contents.get(ROTATION_FILE) else { return Ok(None) };
    let file = |name| contents.get(name).map_or(Vec::new(), |bytes| bytes.to_vec());
    let statement = Statement {
        rotation: statement.to_vec(),
        by_old: file(OLD_SIGNATURE_FILE),
        by_new: file(NEW_SIGNATURE_FILE),
    };
    let rotation = Rotation::verify(&statement);
    rotation
        .map(Some)
        .map_err(|problem| Invalid::Rotation { publisher: publisher.clone(), problem: Box::new(problem) })
}

/// Whether it is this publisher's change, from a key that is pinned to the one that signed.
fn fits(rotation: &Rotation, publisher: &PublisherName, known: &Publisher, to: &Fingerprint) -> bool {
    rotation.publisher == *publisher
        && rotation.new.fingerprint() == *to
        && known.keys().any(|key| key.fingerprint() == rotation.old.fingerprint())
}

/// The npm name of a package; its id if it has no usable `package.json`.
fn package_name(contents: &Contents, record: &PackageRecord) -> String {
    let json = contents.get(PACKAGE_JSON).and_then(|bytes| PackageJson::parse(bytes).ok());
    json.map_or_else(|| record.id.to_string(), |json| json.name)
}
