//! Sockets of every family.

use std::io;

use super::{Attack, call, done, number, writable};

pub(super) const ATTACKS: &[Attack] = &[
    ("connect by TCP", |target| done(std::net::TcpStream::connect(("127.0.0.1", target.port)))),
    ("send by UDP", |target| {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
        done(socket.send_to(b"x", ("127.0.0.1", target.port)))
    }),
    ("listen", |_| done(std::net::TcpListener::bind("127.0.0.1:0"))),
    ("make a TCP socket", |_| socket(libc::AF_INET, libc::SOCK_STREAM)),
    ("make a UDP socket", |_| socket(libc::AF_INET, libc::SOCK_DGRAM)),
    ("make a TCP socket over IPv6", |_| socket(libc::AF_INET6, libc::SOCK_STREAM)),
    ("make a Unix socket", |_| socket(libc::AF_UNIX, libc::SOCK_STREAM)),
    ("make a netlink socket", |_| socket(libc::AF_NETLINK, libc::SOCK_RAW)),
    ("make a packet socket", |_| socket(libc::AF_PACKET, libc::SOCK_RAW)),
    ("make a crypto socket", |_| socket(libc::AF_ALG, libc::SOCK_SEQPACKET)),
    ("make a VM socket", |_| socket(libc::AF_VSOCK, libc::SOCK_STREAM)),
    ("make a pair of sockets", |_| {
        done(call(libc::SYS_socketpair, [number(libc::AF_UNIX), number(libc::SOCK_STREAM), 0, writable()]))
    }),
    ("take a descriptor from the socket", |_| {
        done(call(libc::SYS_recvmsg, [0, writable(), number(libc::MSG_DONTWAIT | libc::MSG_PEEK)]))
    }),
    ("read the socket's options", |_| {
        let length = writable();
        let (level, name) = (number(libc::SOL_SOCKET), number(libc::SO_PEERCRED));
        done(call(libc::SYS_getsockopt, [0, level, name, writable(), length]))
    }),
];

fn socket(family: libc::c_int, kind: libc::c_int) -> io::Result<()> {
    done(call(libc::SYS_socket, [number(family), number(kind), 0]))
}
