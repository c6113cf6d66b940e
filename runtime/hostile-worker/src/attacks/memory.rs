//! Executable pages, and memory beyond the caps.

use std::io;

use super::{Attack, call, done, number, pointer, text};

const PAGE: usize = 4096;
const MIB: usize = 1 << 20;
/// Far more than any cap.
const BOMB: usize = 4 << 30;

pub(super) const ATTACKS: &[Attack] = &[
    ("map a writable and executable page", |_| {
        done(map(PAGE, libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC, libc::MAP_PRIVATE))
    }),
    ("map an executable page", |_| done(map(PAGE, libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE))),
    ("make a page executable", |_| {
        let page = map(PAGE, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE)?;
        done(call(libc::SYS_mprotect, [page, PAGE, number(libc::PROT_READ | libc::PROT_EXEC)]))
    }),
    ("make a page executable by key", |_| {
        let page = map(PAGE, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE)?;
        done(call(
            libc::SYS_pkey_mprotect,
            [page, PAGE, number(libc::PROT_READ | libc::PROT_EXEC), usize::MAX],
        ))
    }),
    ("make everything readable executable", |_| done(call(libc::SYS_personality, [0x0040_0000]))),
    ("take memory in pieces", |_| {
        (0..BOMB / (16 * MIB)).try_for_each(|_| touch(map(16 * MIB, WRITABLE, libc::MAP_PRIVATE)?, 16 * MIB))
    }),
    ("take memory at once", |_| done(map(BOMB, WRITABLE, libc::MAP_PRIVATE | libc::MAP_NORESERVE))),
    ("take memory by brk", |_| {
        let end = call(libc::SYS_brk, [0])?;
        // The kernel answers with the old end where it refuses.
        if call(libc::SYS_brk, [end + BOMB])? == end + BOMB { Ok(()) } else { Err(no_memory()) }
    }),
    ("take memory that grows down", |_| {
        done(map(256 * MIB, WRITABLE, libc::MAP_PRIVATE | libc::MAP_GROWSDOWN))
    }),
    ("take shared memory", |_| done(map(256 * MIB, WRITABLE, libc::MAP_SHARED))),
    ("take read-only memory and make it writable", |_| {
        let pages = map(256 * MIB, libc::PROT_READ, libc::MAP_PRIVATE)?;
        done(call(libc::SYS_mprotect, [pages, 256 * MIB, number(WRITABLE)]))
    }),
    ("take memory by moving it", |_| {
        let page = map(PAGE, WRITABLE, libc::MAP_PRIVATE)?;
        done(call(libc::SYS_mremap, [page, PAGE, 256 * MIB, number(libc::MREMAP_MAYMOVE)]))
    }),
    ("take address space", |_| done(map(BOMB, libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_NORESERVE))),
    ("take huge pages", |_| done(map(2 * MIB, WRITABLE, libc::MAP_PRIVATE | libc::MAP_HUGETLB))),
    ("lock memory", |_| {
        let page = map(PAGE, WRITABLE, libc::MAP_PRIVATE)?;
        done(call(libc::SYS_mlock, [page, PAGE]))
    }),
    ("make a System V segment", |_| done(call(libc::SYS_shmget, [0, PAGE, 0o1600]))),
    ("make a message queue", |_| {
        let name = text("wa-hostile")?;
        done(call(libc::SYS_mq_open, [name.as_ptr().addr(), number(libc::O_CREAT), 0o600, 0]))
    }),
    ("handle its own page faults", |_| done(call(libc::SYS_userfaultfd, [1]))),
    ("make secret memory", |_| done(call(libc::SYS_memfd_secret, [0]))),
    ("raise its limits", |_| {
        let limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
        done(call(libc::SYS_prlimit64, [0, libc::RLIMIT_CORE as usize, pointer(&limit), 0]))
    }),
];

const WRITABLE: libc::c_int = libc::PROT_READ | libc::PROT_WRITE;

/// The address of a new anonymous mapping.
fn map(bytes: usize, protection: libc::c_int, flags: libc::c_int) -> io::Result<usize> {
    let nowhere = usize::MAX;
    call(libc::SYS_mmap, [0, bytes, number(protection), number(flags | libc::MAP_ANONYMOUS), nowhere, 0])
}

/// Writes to every page, so that it is really taken.
fn touch(address: usize, bytes: usize) -> io::Result<()> {
    for page in (0..bytes).step_by(PAGE) {
        // SAFETY: the kernel just gave this range for writing, and nothing else knows it.
        unsafe { std::ptr::with_exposed_provenance_mut::<u8>(address + page).write_volatile(1) };
    }
    Ok(())
}

fn no_memory() -> io::Error {
    io::Error::from_raw_os_error(libc::ENOMEM)
}
