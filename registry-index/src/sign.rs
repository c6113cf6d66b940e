//! Signing a package: the key goes into the record, the signature beside it.

use crate::archive::{self, ArchiveRefusal, Limits};
use crate::contents::Contents;
use crate::digest::Sha256;
use crate::keys::{KeyError, SecretKey};
use crate::package::{PackageRecord, RECORD_FILE, SIGNATURE_FILE};
use crate::package_path::PathRule;
use crate::refusal::{Invalid, Refusal};
use crate::{signature, tarball};
use std::io;
use thiserror::Error;

/// Why a package cannot be signed.
#[derive(Debug, Error)]
pub enum SignError {
    /// The archive is not a package.
    #[error(transparent)]
    Archive(#[from] ArchiveRefusal),
    /// The archive was not made by `wa plugins pack`.
    #[error("the archive has no `{RECORD_FILE}`; make it with `wa plugins pack`")]
    NotPacked,
    /// The record is wrong.
    #[error(transparent)]
    Record(#[from] Invalid),
    /// The files are not those that were packed.
    #[error(transparent)]
    Files(#[from] Refusal),
    /// The manifest names no publisher.
    #[error("the plugin's manifest names no `publisher`, so nobody can sign it")]
    NoPublisher,
    /// The key cannot sign.
    #[error("the key cannot sign")]
    Key(#[from] KeyError),
    /// A name of the package's own files is refused.
    #[error("the package cannot be described")]
    Path(#[from] PathRule),
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Write(#[from] io::Error),
}

/// The same package with the signature of this key; an earlier signature is replaced.
///
/// Signatures hold random numbers, so that signing twice gives two archives; everything else in them is the same.
///
/// # Errors
/// Any [`SignError`].
pub fn sign(archive: &[u8], key: &SecretKey) -> Result<Vec<u8>, SignError> {
    let mut contents = archive::unpack(archive, &Limits::default())?;
    let mut record = PackageRecord::parse(contents.get(RECORD_FILE).ok_or(SignError::NotPacked)?)?;
    record.check_files(&contents.tree())?;
    if record.publisher.is_none() {
        return Err(SignError::NoPublisher);
    }
    record.key = Some(key.public()?);
    put_signature(&mut contents, &record, key)?;
    Ok(tarball::write(&contents)?)
}

fn put_signature(contents: &mut Contents, record: &PackageRecord, key: &SecretKey) -> Result<(), SignError> {
    let bytes = record.canonical();
    let comment = record.trusted_comment(&Sha256::of(&bytes));
    let signature = signature::sign(key, &bytes, &comment)?;
    contents.insert(RECORD_FILE.parse()?, bytes);
    contents.insert(SIGNATURE_FILE.parse()?, signature.into_bytes());
    Ok(())
}
