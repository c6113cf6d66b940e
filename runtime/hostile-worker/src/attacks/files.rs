//! Files, directories and descriptors.

use std::io;

use super::{Attack, call, done, number, pointer, text, writable};

pub(super) const ATTACKS: &[Attack] = &[
    ("open a file to read", |target| open(&target.file, libc::O_RDONLY)),
    ("open a file to write", |target| open(&target.file, libc::O_WRONLY)),
    ("create a file", |target| open(&format!("{}.new", target.file), libc::O_CREAT | libc::O_WRONLY)),
    ("open /etc/passwd", |_| open("/etc/passwd", libc::O_RDONLY)),
    ("open its own memory map", |_| open("/proc/self/maps", libc::O_RDONLY)),
    ("open its own executable", |_| open("/proc/self/exe", libc::O_RDONLY)),
    ("open another process's environment", |target| {
        open(&format!("/proc/{}/environ", target.process), libc::O_RDONLY)
    }),
    ("open another process's memory", |target| open(&format!("/proc/{}/mem", target.process), libc::O_RDWR)),
    ("open a directory", |_| open("/", libc::O_DIRECTORY)),
    ("open a terminal", |_| open("/dev/tty", libc::O_RDWR)),
    ("open /dev/null", |_| open("/dev/null", libc::O_RDWR)),
    ("openat2", |target| {
        let (path, how) = (text(&target.file)?, [0_u64; 3]);
        done(call(libc::SYS_openat2, [number(libc::AT_FDCWD), path.as_ptr().addr(), pointer(&how), 24]))
    }),
    ("stat a path", |target| {
        let path = text(&target.file)?;
        done(call(libc::SYS_statx, [number(libc::AT_FDCWD), path.as_ptr().addr(), 0, 0, writable()]))
    }),
    ("read a link", |_| {
        let path = text("/proc/self/exe")?;
        done(call(libc::SYS_readlinkat, [number(libc::AT_FDCWD), path.as_ptr().addr(), writable(), 256]))
    }),
    ("change a file's mode", |target| at(libc::SYS_fchmodat, &target.file, 0o600)),
    ("delete a file", |target| at(libc::SYS_unlinkat, &target.file, 0)),
    ("make a directory", |target| at(libc::SYS_mkdirat, &format!("{}.dir", target.file), 0o700)),
    ("rename a file", |target| {
        let (from, to) = (text(&target.file)?, text(&format!("{}.moved", target.file))?);
        let here = number(libc::AT_FDCWD);
        done(call(libc::SYS_renameat2, [here, from.as_ptr().addr(), here, to.as_ptr().addr()]))
    }),
    ("link a file", |target| {
        let (from, to) = (text(&target.file)?, text(&format!("{}.link", target.file))?);
        done(call(libc::SYS_symlinkat, [from.as_ptr().addr(), number(libc::AT_FDCWD), to.as_ptr().addr()]))
    }),
    ("truncate a file", |target| {
        let path = text(&target.file)?;
        done(call(libc::SYS_truncate, [path.as_ptr().addr(), 0]))
    }),
    ("change directory", |_| done(call(libc::SYS_chdir, [text("/")?.as_ptr().addr()]))),
    ("read an inherited descriptor", |target| {
        done(call(libc::SYS_read, [number(target.descriptor), writable(), 1]))
    }),
    ("duplicate a descriptor", |_| done(call(libc::SYS_dup, [0]))),
    ("duplicate a descriptor by fcntl", |_| done(call(libc::SYS_fcntl, [0, number(libc::F_DUPFD), 0]))),
    ("fcntl on the socket", |_| done(call(libc::SYS_fcntl, [0, number(libc::F_GETFL)]))),
    ("close a descriptor", |_| done(call(libc::SYS_close, [2]))),
    ("make a pipe", |_| done(call(libc::SYS_pipe2, [writable(), 0]))),
    ("make an anonymous file", |_| done(call(libc::SYS_memfd_create, [text("x")?.as_ptr().addr(), 0]))),
    ("watch files", |_| done(call(libc::SYS_inotify_init1, [0]))),
    ("make an event descriptor", |_| done(call(libc::SYS_eventfd2, [0, 0]))),
    ("make a timer descriptor", |_| done(call(libc::SYS_timerfd_create, [0, 0]))),
    ("make an epoll", |_| done(call(libc::SYS_epoll_create1, [0]))),
    ("wait for descriptors", |_| {
        let (none, at_once) = (0, [0_u64; 2]);
        done(call(libc::SYS_ppoll, [0, none, pointer(&at_once)]))
    }),
    ("ioctl on the socket", |_| done(call(libc::SYS_ioctl, [0, 0x541b, writable()]))),
];

fn open(path: &str, flags: libc::c_int) -> io::Result<()> {
    let path = text(path)?;
    done(call(libc::SYS_openat, [number(libc::AT_FDCWD), path.as_ptr().addr(), number(flags), 0o600]))
}

fn at(system_call: libc::c_long, path: &str, argument: usize) -> io::Result<()> {
    let path = text(path)?;
    done(call(system_call, [number(libc::AT_FDCWD), path.as_ptr().addr(), argument]))
}
