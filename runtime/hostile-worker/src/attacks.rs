//! Every attack by name: one thing that code in a worker must not be able to do, by raw system calls.
#![expect(unsafe_code, reason = "that is what the attacks are made of")]

mod files;
mod memory;
mod network;
mod privileges;
mod processes;

use std::ffi::CString;
use std::io::{self, Read, Write};

use serde::Deserialize;

/// What the test offers to attack.
#[derive(Deserialize)]
pub(crate) struct Target {
    /// A process of the same user, and no relative of this one.
    pub(crate) process: i32,
    /// A file that can be read and written by everyone.
    pub(crate) file: String,
    /// A port on loopback where somebody listens.
    pub(crate) port: u16,
    /// A descriptor that this process inherited.
    pub(crate) descriptor: i32,
}

/// A name and what it does; an error is a refusal.
pub(crate) type Attack = (&'static str, fn(&Target) -> io::Result<()>);

/// All of them.
pub(crate) const ATTACKS: &[&[Attack]] =
    &[files::ATTACKS, memory::ATTACKS, network::ATTACKS, privileges::ATTACKS, processes::ATTACKS];

/// The socket on descriptor 0, by plain reads and writes: the only calls that the lock-down leaves for it.
pub(crate) struct Socket;

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the buffer is as long as said and lives through the call.
        let count = unsafe { libc::read(0, into.as_mut_ptr().cast(), into.len()) };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: the buffer is as long as said and lives through the call.
        let count = unsafe { libc::write(0, bytes.as_ptr().cast(), bytes.len()) };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A system call by number, with the arguments as the kernel takes them.
fn call<const N: usize>(number: libc::c_long, arguments: [usize; N]) -> io::Result<usize> {
    let at = |index: usize| arguments.get(index).copied().unwrap_or(0);
    // SAFETY: every caller passes numbers, or pointers to values that live through the call and are as large
    // as the kernel expects.
    let result = unsafe { libc::syscall(number, at(0), at(1), at(2), at(3), at(4), at(5)) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// For attacks whose success needs no undoing: each runs in a process of its own.
fn done<T>(result: io::Result<T>) -> io::Result<()> {
    result.map(drop)
}

fn text(words: &str) -> io::Result<CString> {
    CString::new(words).map_err(io::Error::other)
}

fn pointer<T>(to: &T) -> usize {
    std::ptr::from_ref(to).addr()
}

fn number(id: i32) -> usize {
    // Negative numbers, such as AT_FDCWD, reach the kernel as it expects them: sign-extended.
    isize::try_from(id).map_or(0, isize::cast_unsigned)
}

/// The address of some zeroed memory for the kernel to write to.
fn writable() -> usize {
    Box::leak(Box::new([0_u64; 64])).as_ptr().addr()
}
