//! The console channel's loopback socket.

use super::{
    console::{Attached, Console},
    wire::{FromClient, ToClient},
};
use crate::gateway::{Token, kind_of};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Semaphore, mpsc},
};

/// Bytes of a line.
const MAX_LINE: u64 = 256 << 10;
/// Clients at a time.
const MAX_CLIENTS: usize = 64;
/// From the connection to the whole `hello`.
const HELLO: Duration = Duration::from_secs(5);

/// Serves clients until it is dropped; connections end with the console.
pub(crate) async fn listen(listener: TcpListener, console: Arc<Console>, token: Token) {
    let places = Arc::new(Semaphore::new(MAX_CLIENTS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors: room comes back when a connection ends.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (console, token) = (Arc::clone(&console), token.clone());
        tokio::spawn(async move {
            let _ = serve(stream, &console, &token).await;
            drop(place);
        });
    }
}

async fn serve(stream: TcpStream, console: &Arc<Console>, token: &Token) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut lines = Lines(BufReader::new(read));
    let hello = tokio::time::timeout(HELLO, lines.next()).await;
    let chats = match hello {
        Ok(Ok(Some(FromClient::Hello { token: given, chats }))) if token.is(&given) => chats,
        Ok(Ok(Some(FromClient::Hello { token: given, .. }))) => {
            let why = match kind_of(&given) {
                Some(kind) => format!("this is no token for the console: a {kind} is for the gateway's API"),
                None => "the token is wrong".to_owned(),
            };
            return reject(&mut write, &why).await;
        }
        _ => return reject(&mut write, "the first line must be a `hello` with the token").await,
    };
    let (client, sender, outgoing) = console.attach(chats);
    let writing = tokio::spawn(write_lines(write, outgoing));
    let reading = tokio::select! {
        reading = converse(&client, &mut lines, &sender) => reading,
        () = console.closed() => Ok(()),
    };
    if let Err(problem) = &reading {
        let message = problem.to_string();
        let _ = sender.send(ToClient::Error { message }).await;
    }
    drop((client, sender));
    let _ = writing.await;
    reading
}

/// Takes the client's lines until it leaves or says something wrong.
async fn converse(client: &Attached, lines: &mut Lines, sender: &mpsc::Sender<ToClient>) -> io::Result<()> {
    let wrong = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    while let Some(line) = lines.next().await? {
        match line {
            FromClient::Hello { .. } => return wrong("a second `hello`"),
            FromClient::Ack { id } => client.acknowledge(&id),
            FromClient::Refuse { id, reason } => client.refuse(&id, reason),
            FromClient::Message { chat, id, text, from } => {
                let commit = client.say(chat, id.clone(), from, text).await;
                let sender = sender.clone();
                tokio::spawn(async move {
                    let accepted = match commit {
                        Ok(commit) => commit.await,
                        Err(error) => Err(error),
                    };
                    let answer = match accepted {
                        Ok(accepted) => ToClient::Accepted { id, event_id: accepted.event_id },
                        Err(error) => ToClient::Refused { id, reason: error.to_string() },
                    };
                    let _ = sender.send(answer).await;
                });
            }
        }
    }
    Ok(())
}

async fn reject(write: &mut OwnedWriteHalf, message: &str) -> io::Result<()> {
    write.write_all(&line(&ToClient::Error { message: message.to_owned() })).await
}

async fn write_lines(mut write: OwnedWriteHalf, mut lines: mpsc::Receiver<ToClient>) {
    let mut batch = Vec::new();
    while lines.recv_many(&mut batch, 64).await > 0 {
        let bytes: Vec<u8> = batch.drain(..).flat_map(|message| line(&message)).collect();
        if write.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

fn line(message: &ToClient) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(message).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

struct Lines(BufReader<OwnedReadHalf>);

impl Lines {
    async fn next(&mut self) -> io::Result<Option<FromClient>> {
        let mut line = Vec::new();
        if (&mut self.0).take(MAX_LINE).read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") {
            let what =
                if line.len() as u64 == MAX_LINE { "a line is too long" } else { "the last line is cut off" };
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        serde_json::from_slice(&line)
            .map(Some)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}
