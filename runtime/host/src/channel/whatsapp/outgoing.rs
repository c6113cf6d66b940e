//! Messages of the outbox as WhatsApp has them.

use super::{CHANNEL, intake::Intake};
use crate::{core::Core, journal::OutboundRow};
use channel_whatsapp::{Author, MediaKind, Outbound};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What the ids of the outbox begin with.
const OWN: &str = "out_";

/// WhatsApp's id of a message, in the form that its own clients give: the same for the same message of the outbox.
pub(super) fn message_id(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    digest[..9].iter().fold("3EB0".to_owned(), |text, byte| format!("{text}{byte:02X}"))
}

/// The message as WhatsApp has it; in words why it is none.
pub(super) async fn outbound(
    core: &Core,
    intake: &Intake,
    instance: &str,
    message: &OutboundRow,
) -> Result<Outbound, String> {
    let text = |name: &str| message.draft.get(name).and_then(Value::as_str).map(str::to_owned);
    let need = |name: &str| text(name).ok_or_else(|| format!("the message has no `{name}`"));
    let at = i64::try_from(core.now()).unwrap_or(i64::MAX);
    let target = || need("reply_to").map(|id| if id.starts_with(OWN) { message_id(&id) } else { id });
    Ok(match text("kind").as_deref() {
        Some("text") => Outbound::Text { text: need("text")? },
        Some("reply") => {
            let to = target()?;
            Outbound::Reply { text: need("text")?, author: author(core, intake, instance, &to).await, to }
        }
        Some("reaction") => {
            let target = target()?;
            let author = author(core, intake, instance, &target).await;
            Outbound::Reaction { emoji: need("emoji")?, author, target, at }
        }
        Some("edit") => Outbound::Edit { target: target()?, text: need("text")?, at },
        Some("revoke") => Outbound::Revoke { target: target()? },
        Some("poll") => {
            let options = message.draft.get("options").and_then(Value::as_array).cloned().unwrap_or_default();
            let options = options.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let choices = message.draft.get("choices").and_then(Value::as_u64).unwrap_or(1);
            let choices = u32::try_from(choices).unwrap_or(1);
            Outbound::Poll { question: need("text")?, options, choices }
        }
        Some(kind @ ("media" | "voice_note")) => {
            let media = message.draft.get("media");
            let of_media = |name: &str| media.and_then(|media| media.get(name)?.as_str()).map(str::to_owned);
            let mime = of_media("mime").unwrap_or_default();
            Outbound::Media {
                kind: if kind == "media" { kind_of(&mime) } else { MediaKind::Voice },
                mime,
                file_name: of_media("file_name"),
                caption: text("caption"),
                file: core.outbox_file(&message.id),
            }
        }
        other => return Err(format!("WhatsApp takes no message of the kind {other:?}")),
    })
}

/// What a file of this type is shown as.
fn kind_of(mime: &str) -> MediaKind {
    match mime.split(['/', ';']).collect::<Vec<_>>()[..] {
        ["image", "jpeg" | "png" | "webp" | "gif", ..] => MediaKind::Image,
        ["video", "mp4" | "3gpp", ..] => MediaKind::Video,
        ["audio", ..] => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

/// Who wrote the message with this id of WhatsApp's.
async fn author(core: &Core, intake: &Intake, instance: &str, id: &str) -> Author {
    match intake.author(id) {
        Some(author) => author,
        None => match core.journal.known_outside_as(CHANNEL, instance, id).await {
            Ok(Some(_)) => Author::Own,
            Ok(None) | Err(_) => Author::Other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_shown_as_what_they_are() {
        for (mime, kind) in [
            ("image/png", MediaKind::Image),
            ("image/svg+xml", MediaKind::Document),
            ("audio/ogg; codecs=opus", MediaKind::Audio),
            ("video/quicktime", MediaKind::Document),
            ("", MediaKind::Document),
        ] {
            assert_eq!(kind_of(mime), kind, "{mime}");
        }
    }
}
