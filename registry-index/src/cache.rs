//! What was fetched before: archives by their digest, and the documents of registries with their tags.
//!
//! Everything in it can be fetched again, so nothing here waits for the disk, and what is damaged counts as missing.

use crate::digest::{Sha256, Sha512};
use crate::disk::DiskError;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A directory of the operator, `~/.cache/wa`.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
}

/// The first line of a kept document.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    url: String,
    etag: Option<String>,
}

/// A document that was kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) etag: Option<String>,
    /// Stands at the beginning of the document itself.
    pub(crate) body: BufReader<File>,
}

impl Cache {
    /// The cache in this directory, which need not exist.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The archive with this digest, if it is here and whole. Hashes all of it.
    pub fn archive(&self, digest: &Sha512) -> Option<PathBuf> {
        let path = self.archive_path(digest);
        let found = Sha512::read(&mut File::open(&path).ok()?).ok()?;
        (found == *digest).then_some(path)
    }

    /// A private file in which an archive may grow.
    pub(crate) fn new_archive(&self) -> Result<NamedTempFile, DiskError> {
        self.file_in(&self.directory.join("archives"))
    }

    /// Keeps an archive under its digest, which the caller has worked out.
    pub(crate) fn keep_archive(&self, file: NamedTempFile, digest: &Sha512) -> Result<PathBuf, DiskError> {
        let path = self.archive_path(digest);
        file.persist(&path).map_err(|error| DiskError::on("write", &path)(error.error))?;
        Ok(path)
    }

    /// A private file in which the document at `url` may grow; its head is written already.
    pub(crate) fn new_document(&self, url: &str, etag: Option<&str>) -> Result<NamedTempFile, DiskError> {
        let mut file = self.file_in(&self.directory.join("documents"))?;
        let head = Head { url: url.to_owned(), etag: etag.map(str::to_owned) };
        let line = serde_json::to_vec(&head).unwrap_or_default();
        let written = file.write_all(&line).and_then(|()| file.write_all(b"\n"));
        written.map_err(DiskError::on("write", &self.directory))?;
        Ok(file)
    }

    /// Keeps a document.
    pub(crate) fn keep_document(&self, file: NamedTempFile, url: &str) -> Result<(), DiskError> {
        let path = self.document_path(url);
        file.persist(&path).map_err(|error| DiskError::on("write", &path)(error.error)).map(drop)
    }

    /// The document that was kept of this URL.
    pub(crate) fn document(&self, url: &str) -> Option<Kept> {
        let mut body = BufReader::new(File::open(self.document_path(url)).ok()?);
        let mut line = Vec::new();
        body.read_until(b'\n', &mut line).ok()?;
        let head: Head = serde_json::from_slice(&line).ok()?;
        (head.url == url).then_some(Kept { etag: head.etag, body })
    }

    fn archive_path(&self, digest: &Sha512) -> PathBuf {
        self.directory.join("archives").join(digest.hex())
    }

    fn document_path(&self, url: &str) -> PathBuf {
        self.directory.join("documents").join(Sha256::of(url.as_bytes()).hex())
    }

    fn file_in(&self, directory: &Path) -> Result<NamedTempFile, DiskError> {
        make_private(directory).map_err(DiskError::on("create", directory))?;
        NamedTempFile::new_in(directory).map_err(DiskError::on("create", directory))
    }
}

fn make_private(directory: &Path) -> io::Result<()> {
    if fs::metadata(directory).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    DirBuilder::new().mode(0o700).recursive(true).create(directory)
}
