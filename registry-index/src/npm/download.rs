//! Bringing an archive into the cache.

use super::http::{Answer, Http, ReadError, Request};
use super::promise::{Digest, Promise};
use super::{FetchError, Progress};
use crate::cache::Cache;
use crate::digest::Sha512;
use crate::digest::hex;
use crate::disk::DiskError;
use reqwest::{StatusCode, Url};
use sha1::Sha1;
use sha2::Digest as _;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use tempfile::NamedTempFile;

/// The largest archive that is fetched, in bytes.
const MAX_ARCHIVE: u64 = 512 << 20;

/// An archive in the cache.
pub(super) struct Downloaded {
    pub(super) path: PathBuf,
    pub(super) digest: Sha512,
}

/// What has come so far.
struct Growing {
    file: NamedTempFile,
    sha512: sha2::Sha512,
    sha1: Sha1,
    got: u64,
    /// The tag of the bytes that came, without which a rest cannot be asked for.
    etag: Option<String>,
}

/// The archive that was promised, from the cache or from where it is.
pub(super) fn promised(
    http: &Http,
    cache: &Cache,
    promise: &Promise,
    progress: &Progress<'_>,
) -> Result<Downloaded, FetchError> {
    if let Digest::Sha512(digests) = &promise.digest {
        let found = digests.iter().find_map(|digest| Some((cache.archive(digest)?, *digest)));
        if let Some((path, digest)) = found {
            return Ok(Downloaded { path, digest });
        }
    }
    fetched(http, cache, &promise.url, Some(&promise.digest), progress)
}

/// The archive at a URL. One that breaks off is continued where the server can, and begun again where it cannot.
pub(super) fn fetched(
    http: &Http,
    cache: &Cache,
    url: &Url,
    expected: Option<&Digest>,
    progress: &Progress<'_>,
) -> Result<Downloaded, FetchError> {
    let mut attempts = http.patience().attempts(true);
    let mut growing = Growing::new(cache)?;
    loop {
        let mut answer = http.send(&growing.request(url))?;
        growing.begin(&answer)?;
        match growing.take(&mut answer, progress) {
            Ok(()) => break,
            Err(Interrupted::Failed(error)) => return Err(error),
            Err(Interrupted::Broken(_)) if attempts.again(None) => {}
            Err(Interrupted::Broken(error)) => return Err(error.of(&answer.url, growing.got)),
        }
    }
    growing.finish(cache, url, expected)
}

/// Why a body did not come whole.
enum Interrupted {
    /// It may come when it is asked for again.
    Broken(ReadError),
    /// It is no use.
    Failed(FetchError),
}

impl Growing {
    fn new(cache: &Cache) -> Result<Self, FetchError> {
        let file = cache.new_archive()?;
        Ok(Self { file, sha512: sha2::Sha512::new(), sha1: Sha1::new(), got: 0, etag: None })
    }

    fn request(&self, url: &Url) -> Request<'static> {
        let request = Request::get(url.clone());
        match &self.etag {
            Some(etag) if self.got > 0 => {
                request.header("range", format!("bytes={}-", self.got)).header("if-range", etag.clone())
            }
            _ => request,
        }
    }

    /// Goes on where the answer goes on, or begins again.
    fn begin(&mut self, answer: &Answer) -> Result<(), FetchError> {
        let continues = answer.response.status() == StatusCode::PARTIAL_CONTENT
            && answer
                .header("content-range")
                .is_some_and(|range| range.starts_with(&format!("bytes {}-", self.got)));
        // A weak tag says nothing of the bytes.
        self.etag = answer.header("etag").filter(|etag| !etag.starts_with("W/")).map(str::to_owned);
        if continues || self.got == 0 {
            return Ok(());
        }
        let begin = |file: &mut NamedTempFile| {
            file.as_file_mut().set_len(0)?;
            file.seek(SeekFrom::Start(0))
        };
        begin(&mut self.file).map_err(DiskError::on("write", self.file.path()))?;
        (self.sha512, self.sha1, self.got) = (sha2::Sha512::new(), Sha1::new(), 0);
        Ok(())
    }

    fn take(&mut self, answer: &mut Answer, progress: &Progress<'_>) -> Result<(), Interrupted> {
        let mut chunk = [0; 64 << 10];
        loop {
            let length = answer.read(&mut chunk).map_err(|error| match error {
                ReadError::Slow => Interrupted::Failed(ReadError::Slow.of(&answer.url, self.got)),
                broken @ ReadError::Broken(_) => Interrupted::Broken(broken),
            })?;
            let bytes = &chunk[..length];
            if bytes.is_empty() {
                return Ok(());
            }
            self.got += length as u64;
            if self.got > MAX_ARCHIVE {
                let error = FetchError::TooLarge { url: answer.url.clone(), limit: MAX_ARCHIVE };
                return Err(Interrupted::Failed(error));
            }
            self.sha512.update(bytes);
            self.sha1.update(bytes);
            let written = self.file.write_all(bytes).map_err(DiskError::on("write", self.file.path()));
            written.map_err(|error| Interrupted::Failed(error.into()))?;
            progress(length as u64);
        }
    }

    fn finish(self, cache: &Cache, url: &Url, expected: Option<&Digest>) -> Result<Downloaded, FetchError> {
        let digest = Sha512::from_bytes(self.sha512.finalize().into());
        let broken = match expected {
            Some(Digest::Sha512(digests)) if !digests.contains(&digest) => {
                let digests: Vec<String> = digests.iter().map(ToString::to_string).collect();
                Some(digests.join(" or "))
            }
            Some(Digest::Sha1(promised)) => {
                let found = hex(&self.sha1.finalize());
                (found != *promised).then(|| format!("sha1 {promised}"))
            }
            _ => None,
        };
        if let Some(promised) = broken {
            let url = super::http::shown(url);
            return Err(FetchError::Integrity { url, promised, found: Box::new(digest) });
        }
        Ok(Downloaded { path: cache.keep_archive(self.file, &digest)?, digest })
    }
}
