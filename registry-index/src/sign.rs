//! Signing a package: the key goes into the record, the signature beside it. A second key signs the same record, and its
//! signature stands beside the first.

use crate::archive::{Limits, ScanError, Sink, scan};
use crate::contents::Tree;
use crate::digest::{Hashing, Sha256};
use crate::keys::{KeyError, SecretKey};
use crate::package::{PackageRecord, RECORD_FILE, SIGNATURE_FILE, cosignature_file, is_signature_file};
use crate::package_path::{PackagePath, PathRule};
use crate::refusal::{Invalid, Refusal};
use crate::scanned::Scanned;
use crate::signature;
use crate::tarball::Writer;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use thiserror::Error;

/// Why a package cannot be signed.
#[derive(Debug, Error)]
pub enum SignError {
    /// The archive is not a package.
    #[error(transparent)]
    Archive(#[from] ScanError),
    /// The archive was not made by `wa plugins pack`.
    #[error("the archive has no `{RECORD_FILE}`; make it with `wa plugins pack`")]
    NotPacked,
    /// A zip archive.
    #[error("only a .tgz can be signed; make one with `wa plugins pack`")]
    Zip,
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
    /// The archive cannot be read again, or written.
    #[error("the archive cannot be written")]
    Write(#[from] io::Error),
}

/// What becomes of signatures that a package has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// They stay, and this one stands beside them.
    Kept,
    /// They go, and this one is the first.
    Replaced,
}

/// Writes the same package with the signature of this key.
///
/// Signatures hold random numbers, so that signing twice gives two archives; everything else in them is the same.
///
/// # Errors
/// Any [`SignError`].
pub fn sign<R: Read + Seek, W: Write>(
    mut archive: R,
    key: &SecretKey,
    earlier: Earlier,
    to: W,
) -> Result<W, SignError> {
    let mut magic = [0; 2];
    archive.read_exact(&mut magic)?;
    if magic == *b"PK" {
        return Err(SignError::Zip);
    }
    archive.seek(SeekFrom::Start(0))?;
    let scanned = Scanned::read(&mut archive, &Limits::default())?;
    let added = additions(&scanned, key, earlier)?;
    archive.seek(SeekFrom::Start(0))?;
    let mut rewriter = Rewriter { writer: Writer::new(to), tree: &scanned.tree, added, earlier };
    scan(archive, &Limits::default(), &mut rewriter)?;
    rewriter.add_before(None)?;
    Ok(rewriter.writer.finish()?)
}

/// The files that the signed package has instead of, or beside, those of the same names.
fn additions(
    scanned: &Scanned,
    key: &SecretKey,
    earlier: Earlier,
) -> Result<BTreeMap<PackagePath, Vec<u8>>, SignError> {
    let bytes = scanned.get(RECORD_FILE).ok_or(SignError::NotPacked)?;
    let mut record = PackageRecord::parse(bytes)?;
    record.check_files(&scanned.tree)?;
    if record.publisher.is_none() {
        return Err(SignError::NoPublisher);
    }
    let public = key.public()?;
    let is_first = earlier == Earlier::Replaced
        || scanned.get(SIGNATURE_FILE).is_none()
        || record.key.as_ref().is_none_or(|first| first.fingerprint() == public.fingerprint());
    let name = if is_first { SIGNATURE_FILE.to_owned() } else { cosignature_file(&public.fingerprint()) };
    if is_first {
        record.key = Some(public);
    }
    let bytes = record.canonical();
    let comment = record.trusted_comment(&Sha256::of(&bytes));
    let signature = signature::sign(key, &bytes, &comment)?;
    Ok(BTreeMap::from([(RECORD_FILE.parse()?, bytes), (name.parse()?, signature.into_bytes())]))
}

/// Copies a package, with files in their place.
struct Rewriter<'a, W: Write> {
    writer: Writer<W>,
    tree: &'a Tree,
    added: BTreeMap<PackagePath, Vec<u8>>,
    earlier: Earlier,
}

impl<W: Write> Rewriter<'_, W> {
    /// Writes what comes before this path; all that is left for `None`.
    fn add_before(&mut self, path: Option<&PackagePath>) -> io::Result<()> {
        while let Some(next) =
            self.added.first_entry().filter(|next| path.is_none_or(|path| next.key() <= path))
        {
            let (name, bytes) = next.remove_entry();
            self.writer.file(&name, false, bytes.len() as u64, &mut &*bytes)?;
        }
        Ok(())
    }
}

impl<W: Write> Sink for Rewriter<'_, W> {
    fn file(
        &mut self,
        path: PackagePath,
        executable: bool,
        size: u64,
        bytes: &mut dyn Read,
    ) -> io::Result<()> {
        let is_replaced = self.added.contains_key(&path) || path.as_str() == RECORD_FILE;
        let is_dropped = self.earlier == Earlier::Replaced && is_signature_file(path.as_str());
        self.add_before(Some(&path))?;
        if is_replaced || is_dropped {
            return io::copy(bytes, &mut io::sink()).map(drop);
        }
        let mut hashing = Hashing::new(bytes);
        self.writer.file(&path, executable, size, &mut hashing)?;
        let found = hashing.digest();
        match self.tree.get(path.as_str()) {
            Some(pinned) if pinned.sha256 == found => Ok(()),
            _ => Err(io::Error::other("the archive changed while it was signed")),
        }
    }
}

/// Signs an archive in memory.
#[cfg(test)]
pub(crate) fn signed(archive: &[u8], key: &SecretKey) -> Result<Vec<u8>, SignError> {
    sign(io::Cursor::new(archive), key, Earlier::Replaced, Vec::new())
}
