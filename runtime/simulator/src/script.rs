//! Commands for the simulator, and what happens in it, as JSON for scripts.

mod heard;

pub use heard::{Heard, HeardFile};

use crate::doings;
use crate::error::Result;
use crate::faults::Faults;
use crate::files::Attachment;
use crate::groups::GroupChange;
use crate::server::Simulator;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use whatsapp_rs::buffa::MessageField;
use whatsapp_rs::proto_helpers::{MessageBuilderExt as _, build_reaction_message};
use whatsapp_rs::waproto::whatsapp::message::LocationMessage;
use whatsapp_rs::waproto::whatsapp::{ContextInfo, Message};

/// Something to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Command {
    /// Adds an account with a phone; numbers are digits only.
    Account {
        /// Its number.
        phone: String,
        /// Its owner's name.
        name: String,
    },
    /// Adds somebody to talk to.
    Contact {
        /// Their number.
        phone: String,
        /// Their name.
        name: String,
    },
    /// Adds a group.
    Group {
        /// The part before `@g.us`.
        id: String,
        /// What it is called.
        subject: String,
        /// The numbers of all in it.
        members: Vec<String>,
    },
    /// A contact changes a group.
    ChangeGroup {
        /// The contact.
        from: String,
        /// The account that is told.
        to: String,
        /// The group's id.
        group: String,
        /// What it does.
        change: GroupChange,
    },
    /// The account's phone scans a QR code.
    Scan {
        /// The account.
        account: String,
        /// What the QR code says.
        code: String,
    },
    /// The account's owner types a code into the phone.
    TypeCode {
        /// The account.
        account: String,
        /// The code.
        code: String,
    },
    /// A contact writes.
    Write {
        /// The contact.
        from: String,
        /// The account.
        to: String,
        /// In this group.
        #[serde(default)]
        group: Option<String>,
        /// What.
        text: String,
        /// The message that it answers.
        #[serde(default)]
        reply_to: Option<String>,
    },
    /// A contact sends a file.
    SendFile {
        /// The contact.
        from: String,
        /// The account.
        to: String,
        /// Where the file is on this machine.
        path: PathBuf,
        /// Its type, such as `image/png`.
        mime: String,
        /// What is said about it.
        #[serde(default)]
        caption: Option<String>,
        /// It was spoken into the phone.
        #[serde(default)]
        voice: bool,
    },
    /// A contact sends where it is.
    Location {
        /// The contact.
        from: String,
        /// The account.
        to: String,
    },
    /// A contact changes the text of its message.
    Edit {
        /// The contact.
        from: String,
        /// The account.
        to: String,
        /// The message.
        target: String,
        /// The text.
        text: String,
    },
    /// A contact deletes its message for everyone.
    Revoke {
        /// The contact.
        from: String,
        /// The account.
        to: String,
        /// The message.
        target: String,
    },
    /// A contact votes in a poll of the account's.
    Vote {
        /// The contact.
        from: String,
        /// The account.
        to: String,
        /// The poll.
        target: String,
        /// What it chooses.
        options: Vec<String>,
    },
    /// A contact reads a message of the account's.
    Read {
        /// The contact.
        from: String,
        /// The account.
        to: String,
        /// The message.
        target: String,
    },
    /// A contact reacts to a message of the account's.
    React {
        /// The contact.
        from: String,
        /// The account.
        to: String,
        /// The message.
        target: String,
        /// With what.
        emoji: String,
    },
    /// The account's owner writes to somebody on the phone.
    WriteFromPhone {
        /// The account.
        account: String,
        /// To whom.
        to: String,
        /// What.
        text: String,
    },
    /// Sets what goes wrong by chance from now on.
    Faults(Faults),
    /// The account's owner mutes a chat on the phone, or ends that.
    Mute {
        /// The account.
        account: String,
        /// The chat's address.
        chat: String,
        /// Whether.
        muted: bool,
    },
    /// The account's owner archives a chat on the phone, or takes it back.
    Archive {
        /// The account.
        account: String,
        /// The chat's address.
        chat: String,
        /// Whether.
        archived: bool,
    },
    /// The account's owner removes all linked devices.
    Unlink {
        /// The account.
        account: String,
    },
    /// The connections of the account's devices break.
    Cut {
        /// The account.
        account: String,
    },
    /// The connections of the account's devices stay open, and nothing passes any more.
    Freeze {
        /// The account.
        account: String,
    },
    /// Somebody else uses the account's devices.
    Replace {
        /// The account.
        account: String,
    },
}

/// What came of a command.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Done {
    /// The id of the message that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Simulator {
    /// Does what a command says.
    ///
    /// # Errors
    /// [`crate::SimulatorError`].
    pub async fn run(&self, command: Command) -> Result<Done> {
        let written = |id: String| Done { id: Some(id) };
        match command {
            Command::Account { phone, name } => self.add_account(&phone, &name).await?,
            Command::Contact { phone, name } => self.add_contact(&phone, &name).await?,
            Command::Group { id, subject, members } => self.add_group(&id, &subject, &members).await,
            Command::ChangeGroup { from, to, group, change } => {
                self.change_group(&from, &to, &group, &change).await?;
            }
            Command::Scan { account, code } => self.scan(&account, &code).await?,
            Command::TypeCode { account, code } => self.type_code(&account, &code).await?,
            Command::Write { from, to, group: None, text, reply_to } => {
                return Ok(written(self.write(&from, &to, words(text, reply_to)).await?));
            }
            Command::Write { from, to, group: Some(group), text, reply_to } => {
                let message = words(text, reply_to);
                return Ok(written(self.write_in_group(&from, &group, &to, &message).await?));
            }
            Command::React { from, to, target, emoji } => {
                let key = doings::key(&to, &target, false);
                let at = i64::try_from(crate::time::seconds() * 1000).unwrap_or(i64::MAX);
                let message = build_reaction_message(key, &emoji, at);
                return Ok(written(self.write(&from, &to, message).await?));
            }
            Command::SendFile { from, to, path, mime, caption, voice } => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                let bytes = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
                let bytes = bytes.unwrap_or_else(|stopped| Err(stopped.into()))?;
                let message = self.attach(Attachment { bytes, mime, name, caption, is_voice: voice })?;
                return Ok(written(self.write(&from, &to, message).await?));
            }
            Command::Location { from, to } => {
                let location = MessageField::some(LocationMessage::default());
                let message = Message { location_message: location, ..Default::default() };
                return Ok(written(self.write(&from, &to, message).await?));
            }
            Command::Edit { from, to, target, text } => {
                return Ok(written(self.write(&from, &to, doings::edit(&to, &target, &text)).await?));
            }
            Command::Revoke { from, to, target } => {
                return Ok(written(self.write(&from, &to, doings::revoke(&to, &target)).await?));
            }
            Command::Vote { from, to, target, options } => {
                return Ok(written(self.vote(&from, &to, &target, &options).await?));
            }
            Command::Read { from, to, target } => self.say_read(&from, &to, &target, "read").await?,
            Command::WriteFromPhone { account, to, text } => {
                return Ok(written(self.write_from_phone(&account, &to, Message::text(text)).await?));
            }
            Command::Faults(faults) => self.set_faults(faults).await,
            Command::Mute { account, chat, muted } => self.mute(&account, &chat, muted).await?,
            Command::Archive { account, chat, archived } => self.archive(&account, &chat, archived).await?,
            Command::Unlink { account } => self.unlink(&account).await?,
            Command::Cut { account } => self.cut(&account).await?,
            Command::Freeze { account } => self.freeze(&account).await?,
            Command::Replace { account } => self.replace(&account).await?,
        }
        Ok(Done::default())
    }
}

fn words(text: String, reply_to: Option<String>) -> Message {
    let Some(id) = reply_to else { return Message::text(text) };
    let context = ContextInfo {
        stanza_id: Some(id),
        quoted_message: MessageField::some(Message::text("")),
        ..Default::default()
    };
    Message::text_with_context(text, context)
}
