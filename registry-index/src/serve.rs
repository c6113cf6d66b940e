//! A small HTTP server for a registry's directory: files, read only, as any static file host would serve them.
//!
//! One request per connection. Nothing outside of the directory, no link and no name that begins with a dot is served.

mod file;
mod request;

use crate::folder::Folder;
use request::{Method, Request};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How many connections are answered at once; the others wait.
const MAX_CONNECTIONS: usize = 64;
/// How long a request's head may take, and one read or write of a connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that is bound to its address. Connections wait until [`Self::run`].
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    directory: PathBuf,
    stopping: Arc<AtomicBool>,
}

/// Stops a [`Server`] from another thread.
#[derive(Debug, Clone)]
pub struct Stop {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
}

impl Server {
    /// Listens for requests for the files of this directory; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says where the directory cannot be opened or the address not be had.
    pub fn bind(directory: &Path, address: SocketAddr) -> io::Result<Self> {
        // The directory itself may be reached through a link; nothing in it may.
        let directory = directory.canonicalize()?;
        drop(Folder::open(&directory)?);
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, directory, stopping: Arc::default() })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stops it.
    pub fn stop(&self) -> Stop {
        Stop { address: self.address, stopping: Arc::clone(&self.stopping) }
    }

    /// Answers requests until it is stopped; then the answers under way are finished.
    pub fn run(self) {
        let busy = Busy::default();
        thread::scope(|scope| {
            for stream in self.listener.incoming() {
                if self.stopping.load(Ordering::SeqCst) {
                    break;
                }
                // One that is gone again, or too many open files: the next may do better.
                let Ok(stream) = stream else { continue };
                let seat = busy.take_seat();
                let directory = &self.directory;
                scope.spawn(move || {
                    // Whoever hangs up has had enough.
                    let _ = answer(stream, directory);
                    drop(seat);
                });
            }
        });
    }
}

impl Stop {
    /// No further request is taken. Returns at once.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The server waits for a connection; this is the last one.
        drop(TcpStream::connect_timeout(&self.address, PATIENCE));
    }
}

/// How many connections are being answered.
#[derive(Debug, Default)]
struct Busy {
    count: Mutex<usize>,
    freed: Condvar,
}

struct Seat<'a>(&'a Busy);

impl Busy {
    fn take_seat(&self) -> Seat<'_> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        while *count >= MAX_CONNECTIONS {
            count = self.freed.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
        *count += 1;
        Seat(self)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        *self.0.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

fn answer(mut stream: TcpStream, directory: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = match Request::read(&mut stream)? {
        Ok(request) => request,
        Err(status) => return refuse(&mut stream, status, ""),
    };
    if request.method == Method::Other {
        return refuse(&mut stream, "405 Method Not Allowed", "allow: GET, HEAD\r\n");
    }
    let Some(path) = &request.path else { return refuse(&mut stream, "404 Not Found", "") };
    match file::open(directory, path) {
        Ok(file) => file.send(&request, &mut stream),
        Err(_) => refuse(&mut stream, "404 Not Found", ""),
    }
}

fn refuse(stream: &mut TcpStream, status: &str, headers: &str) -> io::Result<()> {
    let body = format!("{status}\n");
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    // A body that nobody reads would reset the connection before the answer has arrived.
    stream.shutdown(std::net::Shutdown::Write)?;
    io::copy(&mut stream.take(1 << 20), &mut io::sink()).map(drop)
}

#[cfg(test)]
mod tests;
