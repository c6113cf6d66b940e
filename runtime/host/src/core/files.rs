//! Files that come in: fetched from their channel into the account's media directory, and read from there.

use super::{Core, LaneKey, arrival::PLACE};
use crate::channel::{DeliveryError, MediaDirectory};
use rustix::fs::{Mode, OFlags};
use serde_json::{Map, Value, json};
use std::{
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What became of a file that is to be fetched.
pub(super) enum Fetched {
    /// It is in its place, and the event says where.
    Here,
    /// Its channel cannot at the moment.
    NotNow,
    /// It will not come.
    Never(String),
}

impl Core {
    /// Fetches the file of an event, and writes into the event where it is.
    pub(super) async fn fetch_file(
        self: &Arc<Self>,
        key: &LaneKey,
        event_id: &str,
        event: &mut Map<String, Value>,
    ) -> Fetched {
        let Some(place) = event.remove(PLACE) else { return Fetched::Never("it has no place".to_owned()) };
        let directory =
            self.channel(&key.channel, &key.instance).and_then(|account| account.media_directory());
        let Some(MediaDirectory { path, shown }) = directory else {
            return Fetched::Never("the account is not there any more".to_owned());
        };
        let mime = event.get("media").and_then(|media| media.get("mime")?.as_str()).unwrap_or_default();
        let name = format!("{event_id}.{}", extension(mime));
        let target = path.join(&name);
        // A host that was killed may have fetched it.
        if !target.exists() {
            match self.fetch_into(key, &place, &target).await {
                Ok(()) => {}
                Err(DeliveryError::NotReady) => return Fetched::NotNow,
                Err(DeliveryError::Failed(reason)) => return Fetched::Never(reason),
            }
        }
        event.insert("local_path".to_owned(), json!(shown.join(name)));
        Fetched::Here
    }

    /// As many tries as any delivery gets.
    async fn fetch_into(&self, key: &LaneKey, place: &Value, target: &Path) -> Result<(), DeliveryError> {
        let timing = &self.environment.timing;
        let mut pause = timing.retry;
        let mut tries = 1;
        loop {
            let failed = match self.try_fetch(key, place, target).await {
                Err(DeliveryError::Failed(reason)) => reason,
                done => return done,
            };
            if tries >= timing.attempts {
                return Err(DeliveryError::Failed(failed));
            }
            tries += 1;
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    async fn try_fetch(&self, key: &LaneKey, place: &Value, target: &Path) -> Result<(), DeliveryError> {
        let failed = |error: io::Error| DeliveryError::Failed(format!("the file could not be kept: {error}"));
        let account = self.channel(&key.channel, &key.instance).ok_or(DeliveryError::NotReady)?;
        let directory = target.parent().unwrap_or(Path::new("."));
        make_private(directory).map_err(failed)?;
        let file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
        account.fetch(place, file.reopen().map_err(failed)?).await?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(target).map_err(|error| failed(error.error))?;
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)
    }

    /// The real path of a file that came in, and the channel that it came on. In words why there is none: nothing outside of the media
    /// directories is given.
    pub(super) fn received_file(&self, path: &str) -> Result<(PathBuf, String), String> {
        let asked = self.layout.root().join(path);
        let real = asked.canonicalize().map_err(|error| format!("`{path}` cannot be read: {error}"))?;
        let channels = self.channels.get().into_iter().flatten();
        for ((channel, _), account) in channels {
            let directory =
                account.media_directory().and_then(|directory| directory.path.canonicalize().ok());
            if directory.is_some_and(|directory| real.starts_with(directory)) {
                return Ok((real, channel.clone()));
            }
        }
        Err(format!("`{path}` is not among the files that came in"))
    }
}

/// What is in a file, up to `limit` bytes; links at its end are not followed.
pub(super) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// Opens a plain file; links at its end are not followed.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file"))
    }
}

/// Makes a directory that nobody else can look into.
pub(super) fn make_private(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// What the name of a file of this type ends with.
fn extension(mime: &str) -> &'static str {
    let plain = mime.split(';').next().unwrap_or_default().trim();
    TYPES.iter().find(|(_, known)| *known == plain).map_or("bin", |(extension, _)| extension)
}

/// The type that a file's name tells.
pub(super) fn mime_of(name: &str) -> Option<&'static str> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    TYPES.iter().find(|(known, _)| *known == extension).map(|(_, mime)| *mime)
}

/// Endings and types of the files that people send; the first of a type is what a file is named by.
const TYPES: [(&str, &str); 22] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("mp4", "video/mp4"),
    ("3gp", "video/3gpp"),
    ("mov", "video/quicktime"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("amr", "audio/amr"),
    ("wav", "audio/wav"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("zip", "application/zip"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_endings_fit() {
        for (mime, expected) in
            [("image/jpeg", "jpg"), ("audio/ogg; codecs=opus", "ogg"), ("x/y", "bin"), ("", "bin")]
        {
            assert_eq!(extension(mime), expected, "{mime}");
        }
        assert_eq!(
            [mime_of("a.PNG"), mime_of("a.tar.zip"), mime_of("a")],
            [Some("image/png"), Some("application/zip"), None]
        );
    }

    #[test]
    fn only_plain_files_of_a_bounded_size_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&file, "12345").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read(&file, 5).unwrap(), b"12345");
        assert!(read(&file, 4).is_err() && read(&link, 5).is_err() && read(directory.path(), 5).is_err());
    }
}
