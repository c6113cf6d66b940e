//! Files that go out: what a message names is copied beside the outbox before the message is durable, so that it goes out as it was,
//! and removed when it is sent or given up.

use super::{Core, SendError, Sender, files};
use crate::{
    fetch::{Origins, Reach},
    journal::{JournalError, OutboundRow},
    plugin_files::FilePath,
};
use base64::Engine as _;
use channel_whatsapp::LARGEST_FILE;
use runtime_protocol::FileToSend;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeSet, HashSet},
    fs, io,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// A file that goes out, and what is known of it.
pub(super) struct OutboxFile {
    copy: NamedTempFile,
    mime: String,
    file_name: Option<String>,
    bytes: u64,
    sha256: String,
}

impl OutboxFile {
    /// What gates and observers see of it.
    pub(super) fn description(&self) -> Value {
        let Self { mime, file_name, bytes, sha256, .. } = self;
        let mut described = json!({ "mime": mime, "bytes": bytes, "sha256": sha256 });
        if let Some(name) = file_name {
            described["file_name"] = json!(name);
        }
        described
    }
}

/// The message, if it has a file.
pub(super) fn of(message: &OutboundRow) -> Option<String> {
    message.draft.contains_key("media").then(|| message.id.clone())
}

impl Core {
    /// Where the file of a message waits.
    pub(crate) fn outbox_file(&self, id: &str) -> PathBuf {
        let name = Sha256::digest(id.as_bytes());
        self.layout
            .outbox_files()
            .join(name[..16].iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}")))
    }

    pub(super) fn remove_outbox_file(&self, id: &str) {
        let _ = fs::remove_file(self.outbox_file(id));
    }

    /// Removes the files of messages that are not in the outbox: a host that was killed left them.
    pub(super) async fn sweep_outbox_files(&self) -> Result<(), JournalError> {
        let Ok(entries) = fs::read_dir(self.layout.outbox_files()) else { return Ok(()) };
        let queued = self.journal.queued_ids().await?;
        let wanted: HashSet<PathBuf> = queued.iter().map(|id| self.outbox_file(id)).collect();
        for entry in entries.flatten().filter(|entry| !wanted.contains(&entry.path())) {
            let _ = fs::remove_file(entry.path());
        }
        Ok(())
    }

    /// A copy of the file that somebody wants to send; gone when it is dropped, unless [`Core::keep_file`] keeps it.
    pub(super) async fn take_file(
        &self,
        file: &FileToSend,
        sender: &Sender,
    ) -> Result<OutboxFile, SendError> {
        let refused = |reason: String| SendError::File(reason);
        let directory = self.layout.outbox_files();
        let kept = |error: io::Error| refused(format!("it could not be kept: {error}"));
        files::make_private(&directory).map_err(kept)?;
        let mut copy = NamedTempFile::new_in(&directory).map_err(kept)?;
        let FileToSend { file_path, url, base64, mime, file_name, .. } = file.clone();
        let mut told = None;
        let mut name = file_name;
        match (file_path, url, base64) {
            (Some(path), None, None) => {
                let real = self.sendable_file(&path, sender).map_err(refused)?;
                let original = files::open(&real).map_err(|error| refused(error.to_string()))?;
                let copied = io::copy(&mut original.take(LARGEST_FILE + 1), copy.as_file_mut());
                copied.map_err(|error| refused(error.to_string()))?;
                name = name.or_else(|| Some(Path::new(&path).file_name()?.to_str()?.to_owned()));
            }
            (None, Some(url), None) => {
                told = self.download(&url, sender, copy.as_file_mut()).await?;
                name = name.or_else(|| last_segment(&url));
            }
            (None, None, Some(text)) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                let bytes = bytes.map_err(|error| refused(format!("`base64` is none: {error}")))?;
                copy.write_all(&bytes).map_err(kept)?;
            }
            _ => return Err(refused("name one of `file_path`, `url` and `base64`".to_owned())),
        }
        let (bytes, sha256) = measure(&copy).map_err(kept)?;
        if bytes == 0 || bytes > LARGEST_FILE {
            return Err(refused(format!("it must have 1 to {LARGEST_FILE} bytes")));
        }
        let guessed = || name.as_deref().and_then(files::mime_of).map(str::to_owned);
        let mime = mime.or_else(guessed).or(told).unwrap_or_else(|| "application/octet-stream".to_owned());
        Ok(OutboxFile { copy, mime, file_name: name, bytes, sha256 })
    }

    /// Puts a copy where its message finds it, durably. The file of a message that waits stays as it is.
    pub(super) fn keep_file(&self, id: &str, file: OutboxFile) -> Result<(), SendError> {
        let kept = |error: io::Error| SendError::File(format!("it could not be kept: {error}"));
        match file.copy.persist_noclobber(self.outbox_file(id)) {
            Err(there) if there.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(failed) => Err(kept(failed.error)),
            Ok(_) => {
                let directory = fs::File::open(self.layout.outbox_files());
                directory.and_then(|directory| directory.sync_all()).map_err(kept)
            }
        }
    }

    /// Removes the file of a repeat whose message does not wait any more.
    pub(super) async fn drop_repeated_file(&self, id: &str) -> Result<(), JournalError> {
        if self.outbox_file(id).exists()
            && !self.journal.queued_ids().await?.iter().any(|queued| queued == id)
        {
            self.remove_outbox_file(id);
        }
        Ok(())
    }

    /// A file among those that came in; for a plugin also one of its own, for the operator one that was put beside the outbox.
    fn sendable_file(&self, path: &str, sender: &Sender) -> Result<PathBuf, String> {
        if matches!(sender, Sender::Cli | Sender::Rpc) {
            let directory = self.layout.outbox_files().canonicalize();
            let real = self.layout.root().join(path).canonicalize();
            if let (Ok(directory), Ok(real)) = (directory, real)
                && real.parent() == Some(&directory)
            {
                return Ok(real);
            }
        }
        // No path of a plugin's file can be one of a file that came in: those are below `.wa`.
        if let (Sender::Plugin(id), Ok(own)) = (sender, FilePath::new(path))
            && let Some(supervisor) = self.bus.set().plugins.get(id)
            && let Ok(real) = supervisor.plugin.own_files.find(&own)
        {
            return Ok(real);
        }
        self.received_file(path).map(|(real, _)| real)
    }

    /// Fetches a file within what its sender may reach; its type, where the server says it.
    async fn download(
        &self,
        url: &str,
        sender: &Sender,
        into: &mut fs::File,
    ) -> Result<Option<String>, SendError> {
        let set = self.bus.set();
        let plugin = match sender {
            Sender::Plugin(id) => set.plugins.get(id).map(|supervisor| &supervisor.plugin),
            _ => None,
        };
        let (private, none) = (set.private_network(), BTreeSet::new());
        let reach = match (sender, plugin) {
            (_, Some(plugin)) => Reach {
                origins: Origins::These(&plugin.permissions.network),
                private: &plugin.private_network,
                secrets: None,
            },
            (Sender::Plugin(_), None) => {
                Reach { origins: Origins::These(&none), private: &none, secrets: None }
            }
            _ => Reach { origins: Origins::Any, private: &private, secrets: None },
        };
        Ok(self.fetcher.download(url, reach, into, LARGEST_FILE).await?)
    }
}

/// What a URL's path ends with.
fn last_segment(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    url.path_segments()?.next_back().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Length and hash of what was written, which is on the disk after this.
fn measure(copy: &NamedTempFile) -> io::Result<(u64, String)> {
    copy.as_file().sync_all()?;
    let mut file = copy.reopen()?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut length = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            let digest = hash.finalize();
            return Ok((length, digest.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))));
        }
        hash.update(&buffer[..read]);
        length += read as u64;
    }
}
