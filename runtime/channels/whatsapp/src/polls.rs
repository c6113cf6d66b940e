//! Polls that the account has asked: what is needed to read the votes.

use crate::store::Store;
use serde::{Deserialize, Serialize};
use whatsapp_rs::wacore::poll::{PollVoteCiphertext, compute_option_hash};
use whatsapp_rs::wacore::store::error::StoreError;
use whatsapp_rs::waproto::whatsapp::message::PollUpdateMessage;
use whatsapp_rs::{Client, Jid};

/// A poll's secret and options.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) secret: Vec<u8>,
    pub(crate) options: Vec<String>,
}

/// What is kept of a poll; the same for each try to send it.
pub(crate) fn ask(store: &Store, id: &str, options: &[String]) -> Result<Asked, StoreError> {
    if let Some(asked) = store.poll(id)? {
        return Ok(asked);
    }
    let asked = Asked { secret: rand::random::<[u8; 32]>().to_vec(), options: options.to_vec() };
    store.keep_poll(id, &asked)?;
    Ok(asked)
}

/// The poll and the options that somebody has chosen. `None` for a vote in a poll of somebody else, or one that cannot be read.
pub(crate) async fn vote(
    client: &Client,
    store: &Store,
    voter: &Jid,
    update: &PollUpdateMessage,
) -> Result<Option<(String, Vec<String>)>, StoreError> {
    let id = update.poll_creation_message_key.as_option().and_then(|key| key.id.clone());
    let (Some(id), Some(own), Some(vote)) = (id, client.pn(), update.vote.as_option()) else {
        return Ok(None);
    };
    let (Some(asked), Some(payload), Some(iv)) = (store.poll(&id)?, &vote.enc_payload, &vote.enc_iv) else {
        return Ok(None);
    };
    let sealed = PollVoteCiphertext { enc_payload: payload, enc_iv: iv };
    let Ok(hashes) = client.polls().decrypt_vote(sealed, &asked.secret, &id, &own, voter).await else {
        return Ok(None);
    };
    let is_chosen = |option: &String| hashes.iter().any(|hash| *hash == compute_option_hash(option));
    Ok(Some((id, asked.options.into_iter().filter(is_chosen).collect())))
}
