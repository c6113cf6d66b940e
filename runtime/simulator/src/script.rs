//! Commands for the simulator, and what happens in it, as JSON for scripts.

use crate::error::Result;
use crate::faults::Faults;
use crate::server::Simulator;
use crate::world::Received;
use serde::{Deserialize, Serialize};
use whatsapp_rs::buffa::MessageField;
use whatsapp_rs::proto_helpers::{MessageBuilderExt as _, MessageExt as _, build_reaction_message};
use whatsapp_rs::waproto::whatsapp::{ContextInfo, Message, MessageKey};

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
}

/// What came of a command.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Done {
    /// The id of the message that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A message that a contact got.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Heard {
    /// Who got it.
    pub by: String,
    /// The account that sent it.
    pub from: String,
    /// The group that it was sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its id.
    pub id: String,
    /// `text`, `reply`, `reaction` or `other`.
    pub kind: &'static str,
    /// Its text, or the emoji.
    pub text: String,
    /// The message that it answers, or reacts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
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
                let key = MessageKey {
                    remote_jid: Some(format!("{to}@s.whatsapp.net")),
                    from_me: Some(false),
                    id: Some(target),
                    participant: None,
                };
                let at = i64::try_from(crate::time::seconds() * 1000).unwrap_or(i64::MAX);
                let message = build_reaction_message(key, &emoji, at);
                return Ok(written(self.write(&from, &to, message).await?));
            }
            Command::WriteFromPhone { account, to, text } => {
                return Ok(written(self.write_from_phone(&account, &to, Message::text(text)).await?));
            }
            Command::Faults(faults) => self.set_faults(faults).await,
            Command::Mute { account, chat, muted } => self.mute(&account, &chat, muted).await?,
            Command::Archive { account, chat, archived } => self.archive(&account, &chat, archived).await?,
            Command::Unlink { account } => self.unlink(&account).await?,
            Command::Cut { account } => self.cut(&account).await?,
        }
        Ok(Done::default())
    }

    /// The next messages that a contact got after the first `known`; waits for one.
    ///
    /// # Errors
    /// [`crate::SimulatorError::Unknown`].
    pub async fn heard(&self, contact: &str, known: usize) -> Result<Vec<Heard>> {
        Ok(self.received(contact, known).await?.iter().map(|received| heard(contact, received)).collect())
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

fn heard(by: &str, received: &Received) -> Heard {
    let message = &received.message;
    let quoted = message.extended_text_message.as_option().and_then(|text| text.context_info.as_option());
    let quoted = quoted.and_then(|context| context.stanza_id.clone());
    let reaction = message.reaction_message.as_option();
    let (kind, text, target) = match (reaction, message.text_content(), quoted) {
        (Some(reaction), _, _) => {
            let target = reaction.key.as_option().and_then(|key| key.id.clone());
            ("reaction", reaction.text.clone().unwrap_or_default(), target)
        }
        (None, Some(text), Some(quoted)) => ("reply", text.to_owned(), Some(quoted)),
        (None, Some(text), None) => ("text", text.to_owned(), None),
        (None, None, _) => ("other", String::new(), None),
    };
    Heard {
        by: by.to_owned(),
        from: received.from.clone(),
        group: received.group.clone(),
        id: received.id.clone(),
        kind,
        text,
        target,
    }
}
