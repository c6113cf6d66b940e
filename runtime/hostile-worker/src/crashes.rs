//! Ends of a worker, and a host that ends before its worker.

use std::hint::black_box;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

/// `getpid` by the table of 32-bit x86, which a filter for 64-bit calls alone would misread.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the other table is reached by an instruction of its own")]
pub(crate) fn call_of_the_32_bit_table() {
    // SAFETY: the call takes no arguments and changes only the register of its result.
    unsafe { std::arch::asm!("int 0x80", inout("rax") 20_u64 => _) };
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn call_of_the_32_bit_table() {}

/// Panics where the panic cannot unwind, so that the process aborts with the message.
#[expect(clippy::panic, reason = "that is the crash")]
pub(crate) fn panic_and_abort() {
    extern "C" fn border() {
        panic!("a panic under the lock-down");
    }
    border();
}

/// Frees memory twice, which the C library finds and reports.
#[expect(unsafe_code, reason = "safe code cannot")]
pub(crate) fn free_twice() {
    // SAFETY: none; that is the crash. The library aborts before the memory could be given out twice.
    unsafe {
        let memory = black_box(libc::malloc(32));
        libc::free(memory);
        libc::free(memory);
    }
}

/// Writes where nothing is mapped.
#[expect(unsafe_code, reason = "safe code cannot")]
pub(crate) fn write_nowhere() {
    // SAFETY: none; that is the crash.
    unsafe { black_box(std::ptr::without_provenance_mut::<u8>(8)).write_volatile(1) };
}

/// Runs out of stack.
pub(crate) fn overflow() {
    black_box(recurse(0));
}

#[expect(unconditional_recursion, reason = "that is the crash")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 512]);
    recurse(frame[0] + 1) + black_box(frame)[1]
}

/// Starts a real worker, says its process id, and waits to be killed.
pub(crate) fn host_a_worker() -> io::Result<()> {
    let (mut ours, theirs) = UnixStream::pair()?;
    let worker = Command::new(std::env::current_exe()?)
        .arg("loop")
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()?;
    // Until the worker is locked down it could still miss the death of its host.
    io::Read::read_exact(&mut ours, &mut [0; 1])?;
    super::attacks::Socket.write_all(&worker.id().to_le_bytes())?;
    // Keeps the worker's socket open: only the signal can end it.
    loop {
        std::thread::park();
    }
}

/// Says that it is locked down, then never reads its socket again.
pub(crate) fn announce_and_loop() {
    drop(super::attacks::Socket.write_all(&[1]));
    loop {
        std::hint::spin_loop();
    }
}
