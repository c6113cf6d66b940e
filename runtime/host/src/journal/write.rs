//! The writer: takes what has queued up, writes it in one transaction, answers after the commit.

use super::{Accepted, Enqueued, EventRow, EventState, JournalError, NewEvent, NewOutbound};
use super::{
    Ingest, Ingested, ingest, people,
    streams::{Copies, FollowedStream, WantedStream},
};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::sync::mpsc;
use tokio::sync::{mpsc as tokio_mpsc, oneshot, watch};

/// More operations in one commit gain nothing and make the first wait longer.
const GROUP: usize = 512;

type Change = Box<dyn FnOnce(&Connection) -> rusqlite::Result<()> + Send>;
type Reply<T> = oneshot::Sender<Result<T, JournalError>>;

pub(super) enum Op {
    Accept { event: NewEvent, reply: Reply<Accepted> },
    Mark { seq: u64, subscriber: String, dead: Option<String> },
    Finish { seq: u64, state: EventState, detail: Option<String> },
    Enqueue { message: NewOutbound, reply: Reply<Enqueued> },
    Sent { id: String, at: u64, event: NewEvent, observed: bool, reply: Reply<()> },
    Ingest { ingest: Ingest, event: NewEvent, reply: Reply<Ingested> },
    Follow { wanted: Vec<WantedStream>, reply: Reply<Vec<FollowedStream>> },
    Failed { id: String, error: String, dead: bool },
    Forget { before: u64 },
    Change { change: Change, reply: Reply<()> },
    Flush { reply: oneshot::Sender<()> },
}

/// What an operation owes its caller once the commit stands.
enum Owed {
    Accepted(Reply<Accepted>, Accepted, Option<EventRow>),
    Enqueued(Reply<Enqueued>, Enqueued),
    Sent(Reply<()>, Option<EventRow>),
    Ingested(Reply<Ingested>, Option<Ingested>, Option<EventRow>),
    Following(Reply<Vec<FollowedStream>>, Vec<FollowedStream>),
    Flushed(oneshot::Sender<()>),
    Nothing,
}

pub(super) fn run(
    mut db: Connection,
    queue: &mpsc::Receiver<Op>,
    accepted: &tokio_mpsc::UnboundedSender<EventRow>,
    copied: &watch::Sender<()>,
) {
    let mut copies = Copies::default();
    while let Ok(first) = queue.recv() {
        let group: Vec<Op> = std::iter::once(first).chain(queue.try_iter().take(GROUP - 1)).collect();
        commit(&mut db, group, accepted, &mut copies);
        if std::mem::take(&mut copies.made) {
            copied.send_replace(());
        }
    }
}

fn commit(
    db: &mut Connection,
    group: Vec<Op>,
    accepted: &tokio_mpsc::UnboundedSender<EventRow>,
    copies: &mut Copies,
) {
    let mut owed = Vec::with_capacity(group.len());
    let written = write_all(db, group, &mut owed, copies).map_err(JournalError::from);
    for debt in owed {
        settle(debt, &written, accepted);
    }
}

/// One failed operation fails the group: it is a full disk or a broken file, and nobody may be told otherwise.
fn write_all(
    db: &mut Connection,
    group: Vec<Op>,
    owed: &mut Vec<Owed>,
    copies: &mut Copies,
) -> rusqlite::Result<()> {
    let mut outcome = Ok(());
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
    let transaction = match transaction {
        Ok(transaction) => Some(transaction),
        Err(error) => {
            outcome = Err(error);
            None
        }
    };
    for op in group {
        let (debt, result) = match (&transaction, &outcome) {
            (Some(transaction), Ok(())) => apply(transaction, op, copies),
            _ => (unwritten(op), Ok(())),
        };
        owed.push(debt);
        outcome = outcome.and(result);
    }
    match transaction {
        Some(transaction) if outcome.is_ok() => transaction.commit(),
        _ => outcome,
    }
}

/// What is owed for an operation that was not tried because one before it failed.
fn unwritten(op: Op) -> Owed {
    match op {
        Op::Accept { event, reply } => {
            Owed::Accepted(reply, Accepted { event_id: event.event_id, new: false }, None)
        }
        Op::Enqueue { reply, .. } => Owed::Enqueued(reply, Enqueued::Repeat),
        Op::Sent { reply, .. } | Op::Change { reply, .. } => Owed::Sent(reply, None),
        Op::Ingest { reply, .. } => Owed::Ingested(reply, None, None),
        Op::Follow { reply, .. } => Owed::Following(reply, Vec::new()),
        Op::Flush { reply } => Owed::Flushed(reply),
        Op::Mark { .. } | Op::Finish { .. } | Op::Failed { .. } | Op::Forget { .. } => Owed::Nothing,
    }
}

fn apply(db: &Connection, op: Op, copies: &mut Copies) -> (Owed, rusqlite::Result<()>) {
    match op {
        Op::Accept { event, reply } => {
            let event_id = event.event_id.clone();
            let (row, result) = split(insert_and_copy(db, event, copies));
            let accepted = Accepted { event_id, new: row.is_some() };
            (Owed::Accepted(reply, accepted, row), result)
        }
        Op::Enqueue { message, reply } => {
            let (new, result) = match insert_outbound(db, &message) {
                Ok(enqueued) => (enqueued, Ok(())),
                Err(error) => (Enqueued::Repeat, Err(error)),
            };
            (Owed::Enqueued(reply, new), result)
        }
        Op::Sent { id, at, event, observed, reply } => {
            let (row, result) = split(mark_sent(db, &id, at, event, observed, copies));
            (Owed::Sent(reply, row), result)
        }
        Op::Ingest { ingest, event, reply } => {
            let taken = ingest::take(db, &ingest, event, |event| insert_and_copy(db, event, copies));
            match taken {
                Ok((answer, row)) => (Owed::Ingested(reply, Some(answer), row), Ok(())),
                Err(error) => (Owed::Ingested(reply, None, None), Err(error)),
            }
        }
        Op::Follow { wanted, reply } => match copies.follow(db, wanted) {
            Ok(streams) => (Owed::Following(reply, streams), Ok(())),
            Err(error) => (Owed::Following(reply, Vec::new()), Err(error)),
        },
        Op::Mark { seq, subscriber, dead } => (Owed::Nothing, mark(db, seq, &subscriber, dead)),
        Op::Finish { seq, state, detail } => (Owed::Nothing, finish(db, seq, state, detail)),
        Op::Failed { id, error, dead } => (Owed::Nothing, record_failure(db, &id, &error, dead)),
        Op::Forget { before } => (Owed::Nothing, forget(db, before)),
        Op::Change { change, reply } => (Owed::Sent(reply, None), change(db)),
        Op::Flush { reply } => (Owed::Flushed(reply), Ok(())),
    }
}

fn split<T>(result: rusqlite::Result<Option<T>>) -> (Option<T>, rusqlite::Result<()>) {
    match result {
        Ok(value) => (value, Ok(())),
        Err(error) => (None, Err(error)),
    }
}

fn settle(debt: Owed, written: &Result<(), JournalError>, accepted: &tokio_mpsc::UnboundedSender<EventRow>) {
    let publish = |row: Option<EventRow>| {
        if let (Some(row), Ok(())) = (row, written) {
            let _ = accepted.send(row);
        }
    };
    match debt {
        Owed::Accepted(reply, answer, row) => {
            publish(row);
            let _ = reply.send(written.clone().map(|()| answer));
        }
        Owed::Enqueued(reply, answer) => drop(reply.send(written.clone().map(|()| answer))),
        Owed::Sent(reply, row) => {
            publish(row);
            let _ = reply.send(written.clone());
        }
        Owed::Ingested(reply, answer, row) => {
            publish(row);
            let answer = written.clone().and_then(|()| answer.ok_or(JournalError::Closed));
            let _ = reply.send(answer);
        }
        Owed::Following(reply, streams) => drop(reply.send(written.clone().map(|()| streams))),
        Owed::Flushed(reply) => drop(reply.send(())),
        Owed::Nothing => {}
    }
}

/// Inserts an event, and copies it into the streams that want it, if it is new.
fn insert_and_copy(
    db: &Connection,
    event: NewEvent,
    copies: &mut Copies,
) -> rusqlite::Result<Option<EventRow>> {
    let copy = copies.want(event.name).then(|| event.clone());
    let row = insert_event(db, event)?;
    if let (Some(copy), true) = (copy, row.is_some()) {
        copies.make(db, &copy)?;
    }
    Ok(row)
}

fn insert_event(db: &Connection, event: NewEvent) -> rusqlite::Result<Option<EventRow>> {
    let mut insert = db.prepare_cached(
        "INSERT INTO event (event_id, name, channel, instance, chat, payload, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (event_id) DO NOTHING RETURNING seq",
    )?;
    let payload = json(&event.payload)?;
    let row = params![
        event.event_id,
        event.name,
        event.channel,
        event.instance,
        event.chat,
        payload,
        event.at.cast_signed()
    ];
    let seq: Option<i64> = insert.query_row(row, |row| row.get(0)).optional()?;
    if seq.is_some() {
        people::note(db, &event)?;
    }
    Ok(seq.map(|seq| EventRow {
        seq: seq.cast_unsigned(),
        event_id: event.event_id,
        name: event.name.to_owned(),
        channel: event.channel,
        instance: event.instance,
        chat: event.chat,
        payload: event.payload,
        delivered: Vec::new(),
    }))
}

fn insert_outbound(db: &Connection, message: &NewOutbound) -> rusqlite::Result<Enqueued> {
    let mut insert = db.prepare_cached(
        "INSERT INTO outbox (id, channel, instance, chat, draft, at, external_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO NOTHING",
    )?;
    let draft = json(&message.draft)?;
    let NewOutbound { id, external_id, channel, instance, chat, at, .. } = message;
    let row = params![id, channel, instance, chat, draft, at.cast_signed(), external_id];
    Ok(if insert.execute(row)? == 1 { Enqueued::New } else { Enqueued::Repeat })
}

pub(super) fn refuse(db: &Connection, message: &NewOutbound, reason: &str) -> rusqlite::Result<()> {
    insert_outbound(db, message)?;
    record_failure(db, &message.id, reason, true)
}

fn mark_sent(
    db: &Connection,
    id: &str,
    at: u64,
    event: NewEvent,
    observed: bool,
    copies: &mut Copies,
) -> rusqlite::Result<Option<EventRow>> {
    let marked = db
        .prepare_cached(
            "UPDATE outbox SET state = 1, sent_at = ?2, detail = NULL WHERE id = ?1 AND state = 0",
        )?
        .execute(params![id, at.cast_signed()])?;
    // A repeat after a crash finds the message marked, and is no second copy.
    if marked == 1 {
        copies.make(db, &event)?;
    }
    if observed { insert_event(db, event) } else { Ok(None) }
}

fn mark(db: &Connection, seq: u64, subscriber: &str, dead: Option<String>) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO delivery (seq, subscriber, dead) VALUES (?1, ?2, ?3)")?
        .execute(params![seq.cast_signed(), subscriber, dead])?;
    Ok(())
}

/// Marks of an event that ended well are of no more use; those of a dead one say who did not get it.
fn finish(db: &Connection, seq: u64, state: EventState, detail: Option<String>) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE event SET state = ?2, detail = ?3 WHERE seq = ?1 AND state = 0")?
        .execute(params![seq.cast_signed(), state as i64, detail])?;
    if state != EventState::Dead {
        db.prepare_cached("DELETE FROM delivery WHERE seq = ?1")?.execute([seq.cast_signed()])?;
    }
    Ok(())
}

fn record_failure(db: &Connection, id: &str, error: &str, dead: bool) -> rusqlite::Result<()> {
    let state = if dead { 3 } else { 0 };
    db.prepare_cached(
        "UPDATE outbox SET attempts = attempts + 1, detail = ?2, state = ?3 WHERE id = ?1 AND state = 0",
    )?
    .execute(params![id, error, state])?;
    Ok(())
}

fn forget(db: &Connection, before: u64) -> rusqlite::Result<()> {
    let before = before.cast_signed();
    db.execute("DELETE FROM event WHERE at < ?1 AND state IN (1, 2)", [before])?;
    db.execute("DELETE FROM outbox WHERE at < ?1 AND state = 1", [before])?;
    ingest::forget(db, before)?;
    Ok(())
}

fn json(map: &serde_json::Map<String, serde_json::Value>) -> rusqlite::Result<String> {
    serde_json::to_string(map).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
