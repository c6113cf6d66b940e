//! Files inside of messages, as phones have them.

use crate::error::{Result, broken};
use crate::media::MEDIA_HOST;
use crate::server::Simulator;
use crate::time;
use std::sync::PoisonError;
use whatsapp_rs::buffa::MessageField;
use whatsapp_rs::wacore::download::{DownloadUtils, MediaType};
use whatsapp_rs::wacore::upload::encrypt_media;
use whatsapp_rs::waproto::whatsapp::Message;
use whatsapp_rs::waproto::whatsapp::message::{AudioMessage, DocumentMessage, ImageMessage, VideoMessage};

/// A file that a phone is to send.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Its type; `image/…`, `video/…` and `audio/…` are shown as such, all else is a document.
    pub mime: String,
    /// Its name.
    pub name: Option<String>,
    /// What is said about it.
    pub caption: Option<String>,
    /// It was spoken into the phone.
    pub is_voice: bool,
}

/// A file that a phone got, opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Its type.
    pub mime: String,
    /// Its name.
    pub name: Option<String>,
    /// What is said about it.
    pub caption: Option<String>,
}

fn kind_of(mime: &str) -> MediaType {
    match mime.split('/').next() {
        Some("image") => MediaType::Image,
        Some("video") => MediaType::Video,
        Some("audio") => MediaType::Audio,
        _ => MediaType::Document,
    }
}

impl Simulator {
    /// Brings a file to the server, as a phone does, and writes the message about it.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Protocol`].
    pub fn attach(&self, file: Attachment) -> Result<Message> {
        let Attachment { bytes, mime, name, caption, is_voice } = file;
        let kind = kind_of(&mime);
        let sealed = encrypt_media(&bytes, kind).map_err(broken("a file"))?;
        let path = format!("v/t62.simulated/{}.enc", self.next_id());
        self.files()
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.clone(), sealed.data_to_upload.into());
        macro_rules! part {
            ($type:ident { $($field:ident: $value:expr),* }) => {
                MessageField::some($type {
                    mimetype: Some(mime),
                    url: Some(format!("https://{MEDIA_HOST}/{path}")),
                    direct_path: Some(format!("/{path}")),
                    media_key: Some(sealed.media_key.to_vec()),
                    file_sha256: Some(sealed.file_sha256.to_vec()),
                    file_enc_sha256: Some(sealed.file_enc_sha256.to_vec()),
                    file_length: Some(bytes.len() as u64),
                    media_key_timestamp: i64::try_from(time::seconds()).ok(),
                    $($field: $value,)*
                    ..Default::default()
                })
            };
        }
        let mut message = Message::default();
        match kind {
            MediaType::Image => message.image_message = part!(ImageMessage { caption: caption }),
            MediaType::Video => message.video_message = part!(VideoMessage { caption: caption }),
            MediaType::Audio => message.audio_message = part!(AudioMessage { ptt: Some(is_voice) }),
            _ => message.document_message = part!(DocumentMessage { caption: caption, file_name: name }),
        }
        Ok(message)
    }

    /// Fetches and opens the file of a message that somebody got; `None` where it has none.
    ///
    /// # Errors
    /// The same.
    pub fn open(&self, message: &Message) -> Result<Option<Opened>> {
        macro_rules! part {
            ($part:expr, $kind:expr, $name:expr, $caption:expr) => {
                if let Some(part) = $part.as_option() {
                    let path = part.direct_path.clone().unwrap_or_default();
                    let files = self.files().lock().unwrap_or_else(PoisonError::into_inner);
                    let sealed = files.get(path.trim_start_matches('/')).cloned().unwrap_or_default();
                    drop(files);
                    let key = part.media_key.clone().unwrap_or_default();
                    let bytes = DownloadUtils::verify_and_decrypt(&sealed, &key, $kind);
                    return Ok(Some(Opened {
                        bytes: bytes.map_err(broken("a file"))?,
                        mime: part.mimetype.clone().unwrap_or_default(),
                        name: $name(part),
                        caption: $caption(part),
                    }));
                }
            };
        }
        part!(message.image_message, MediaType::Image, |_| None, |part: &ImageMessage| part.caption.clone());
        part!(message.video_message, MediaType::Video, |_| None, |part: &VideoMessage| part.caption.clone());
        part!(message.audio_message, MediaType::Audio, |_| None, |_| None);
        let name = |part: &DocumentMessage| part.file_name.clone();
        part!(message.document_message, MediaType::Document, name, |part: &DocumentMessage| part
            .caption
            .clone());
        Ok(None)
    }
}
