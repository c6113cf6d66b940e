//! What paired bridges hand in: each message once, in the order of the bridge's own numbers.

use super::{Accepted, EventRow, Journal, JournalError, NewEvent, write};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::oneshot;

/// What a bridge says of a message beside the message itself.
#[derive(Debug, Clone)]
pub(crate) struct Ingest {
    /// The id of the pairing.
    pub(crate) bridge: String,
    /// The bridge's number for the message: 1, 2, 3 and so on.
    pub(crate) seq: u64,
    /// The message's own id.
    pub(crate) id: String,
    /// A digest of all that it says.
    pub(crate) digest: String,
}

/// Why a number is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OutOfSequence {
    #[error(
        "number {seq} was used for another message: another program has this bridge's token, or the bridge lost its place; revoke it with `wa bridge revoke` and pair it again if you do not know why"
    )]
    Stolen { seq: u64 },
    #[error("message `{id}` came before with another content, as number {seq}")]
    OtherBody { id: String, seq: u64 },
    #[error("number {seq} comes too early: the next is {expected}")]
    Gap { seq: u64, expected: u64 },
    #[error("numbers begin with 1")]
    Zero,
}

/// What became of a message that a bridge handed in.
pub(crate) type Ingested = Result<Accepted, OutOfSequence>;

impl Journal {
    /// Hands in a bridge's message; its place in the order is fixed by this call, the answer comes after the commit.
    pub(crate) fn ingest(
        &self,
        ingest: Ingest,
        event: NewEvent,
    ) -> impl Future<Output = Result<Ingested, JournalError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let sent = self.ops.send(write::Op::Ingest { ingest, event, reply });
        async move {
            sent.map_err(|_| JournalError::Closed)?;
            answer.await.map_err(|_| JournalError::Closed)?
        }
    }

    /// The number of the last message that a bridge handed in, 0 before the first.
    pub(crate) async fn ingested(&self, bridge: String) -> Result<u64, JournalError> {
        self.query(move |db| last(db, &bridge)).await
    }
}

fn last(db: &Connection, bridge: &str) -> rusqlite::Result<u64> {
    let last: Option<i64> = db
        .prepare_cached("SELECT max(seq) FROM ingest WHERE bridge = ?1")?
        .query_row([bridge], |row| row.get(0))?;
    Ok(last.unwrap_or_default().cast_unsigned())
}

/// Takes the message, or says that it was taken, or why not.
pub(super) fn take(
    db: &Connection,
    ingest: &Ingest,
    event: NewEvent,
    insert: impl FnOnce(NewEvent) -> rusqlite::Result<Option<EventRow>>,
) -> rusqlite::Result<(Ingested, Option<EventRow>)> {
    let Ingest { bridge, seq, id, digest } = ingest;
    let repeat = |event_id: String| (Ok(Accepted { event_id, new: false }), None);
    let place = params![bridge, seq.cast_signed()];
    let known: Option<(String, String)> = db
        .prepare_cached("SELECT digest, event_id FROM ingest WHERE bridge = ?1 AND seq = ?2")?
        .query_row(place, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let expected = last(db, bridge)? + 1;
    match known {
        Some((same, event_id)) if same == *digest => return Ok(repeat(event_id)),
        _ if *seq == 0 => return Ok((Err(OutOfSequence::Zero), None)),
        Some(_) => return Ok((Err(OutOfSequence::Stolen { seq: *seq }), None)),
        // So old that it is forgotten: whatever it says, it cannot be told from a stolen one.
        None if *seq < expected => return Ok((Err(OutOfSequence::Stolen { seq: *seq }), None)),
        None if *seq > expected => return Ok((Err(OutOfSequence::Gap { seq: *seq, expected }), None)),
        None => {}
    }
    let before: Option<(i64, String)> = db
        .prepare_cached("SELECT seq, digest FROM ingest WHERE bridge = ?1 AND id = ?2")?
        .query_row([bridge, id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((seq, other)) = before
        && other != *digest
    {
        return Ok((Err(OutOfSequence::OtherBody { id: id.clone(), seq: seq.cast_unsigned() }), None));
    }
    let (event_id, at) = (event.event_id.clone(), event.at.cast_signed());
    let row = insert(event)?;
    db.prepare_cached(
        "INSERT INTO ingest (bridge, seq, id, digest, event_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![bridge, seq.cast_signed(), id, digest, event_id, at])?;
    Ok((Ok(Accepted { event_id, new: row.is_some() }), row))
}

/// Forgets what is old, but for the last number of each bridge.
pub(super) fn forget(db: &Connection, before: i64) -> rusqlite::Result<()> {
    db.execute(
        "DELETE FROM ingest WHERE at < ?1
         AND seq < (SELECT max(seq) FROM ingest AS newest WHERE newest.bridge = ingest.bridge)",
        [before],
    )?;
    Ok(())
}
