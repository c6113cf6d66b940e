//! Pictures, sound and files: what a message says of one, and the file itself.

use crate::account::SendError;
use serde::{Deserialize, Serialize};
use std::fs::File;
use whatsapp_rs::Client;
use whatsapp_rs::UploadOptions;
use whatsapp_rs::download::{DownloadParams, MediaType};
use whatsapp_rs::upload::UploadResponse;
use whatsapp_rs::waproto::whatsapp::Message;
use whatsapp_rs::waproto::whatsapp::message::{AudioMessage, DocumentMessage, ImageMessage, VideoMessage};

/// The largest file that is sent or fetched, in bytes. WhatsApp's own limits are 16 MB for pictures and sound, more for documents.
pub const LARGEST_FILE: u64 = 64 << 20;

/// What sort of file it is, as a chat shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound.
    Audio,
    /// Sound that somebody spoke into the phone.
    Voice,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    pub(crate) const fn protocol(self) -> MediaType {
        match self {
            Self::Image => MediaType::Image,
            Self::Video => MediaType::Video,
            Self::Audio | Self::Voice => MediaType::Audio,
            Self::Document => MediaType::Document,
            Self::Sticker => MediaType::Sticker,
        }
    }
}

/// A file that somebody sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// What sort it is.
    pub kind: MediaKind,
    /// Its type, as the sender says, such as `image/jpeg`.
    pub mime: String,
    /// Its name, as the sender says.
    pub file_name: Option<String>,
    /// Its length in bytes, as the sender says.
    pub bytes: u64,
    /// Where WhatsApp keeps it, and the key to it.
    pub place: Place,
}

/// Where WhatsApp keeps a file, and the key to it: secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    path: String,
    key: Vec<u8>,
    hash: Vec<u8>,
    encrypted_hash: Vec<u8>,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Place(…)")
    }
}

/// The file of a message and its caption, where it has one.
pub(crate) fn read(base: &Message) -> Option<(Media, Option<String>)> {
    macro_rules! media {
        ($part:expr, $kind:expr, $name:expr, $caption:expr) => {
            if let Some(part) = $part.as_option() {
                let place = Place {
                    path: part.direct_path.clone()?,
                    key: part.media_key.clone()?,
                    hash: part.file_sha256.clone()?,
                    encrypted_hash: part.file_enc_sha256.clone()?,
                };
                let mime = part.mimetype.clone().unwrap_or_else(|| "application/octet-stream".to_owned());
                let bytes = part.file_length.unwrap_or_default();
                let media = Media { kind: $kind(part), mime, file_name: $name(part), bytes, place };
                return Some((media, $caption(part)));
            }
        };
    }
    media!(base.image_message, |_| MediaKind::Image, |_| None, |part: &ImageMessage| part.caption.clone());
    media!(base.video_message, |_| MediaKind::Video, |_| None, |part: &VideoMessage| part.caption.clone());
    let sound = |part: &AudioMessage| {
        if part.ptt == Some(true) { MediaKind::Voice } else { MediaKind::Audio }
    };
    media!(base.audio_message, sound, |_| None, |_| None);
    media!(base.sticker_message, |_| MediaKind::Sticker, |_| None, |_| None);
    let name = |part: &DocumentMessage| part.file_name.clone().or_else(|| part.title.clone());
    media!(base.document_message, |_| MediaKind::Document, name, |part: &DocumentMessage| part
        .caption
        .clone());
    None
}

/// Fetches a file into `file`, which is empty where that fails. Its hash is checked.
pub(crate) async fn fetch(client: &Client, media: &Media, file: File) -> Result<(), SendError> {
    if media.bytes > LARGEST_FILE {
        return Err(SendError::Impossible(format!("the file is larger than {LARGEST_FILE} bytes")));
    }
    let Place { path, key, hash, encrypted_hash } = &media.place;
    let params =
        DownloadParams::encrypted(path, key, hash, encrypted_hash, media.bytes, media.kind.protocol());
    let fetched = client.download_to_writer(&params, file).await;
    fetched.map(drop).map_err(|error| SendError::Failed(format!("the file could not be fetched: {error:#}")))
}

/// Brings a file to WhatsApp.
pub(crate) async fn bring(
    client: &Client,
    kind: MediaKind,
    bytes: Vec<u8>,
) -> Result<UploadResponse, SendError> {
    let brought = client.upload(bytes, kind.protocol(), UploadOptions::new()).await;
    brought.map_err(|error| SendError::Failed(format!("the file could not be brought: {error:#}")))
}
