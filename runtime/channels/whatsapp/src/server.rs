//! Which server an account is on: WhatsApp, or a simulator on this machine.

use std::net::SocketAddr;
use std::str::FromStr;
use thiserror::Error;

/// Where to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Server {
    /// WhatsApp itself.
    #[default]
    WhatsApp,
    /// A simulator, by the addresses of its chat and of its files.
    Simulator {
        /// `127.0.0.1:40123`, where the chat is.
        chat: SocketAddr,
        /// Where files are.
        media: SocketAddr,
    },
}

/// Not the address of a simulator on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a simulator's address, such as 127.0.0.1:40123/40124; it must be on this machine")]
pub struct ServerError(String);

/// Reads a simulator's address as `wa simulator` prints it: both ports of one loopback address.
impl FromStr for Server {
    type Err = ServerError;

    fn from_str(text: &str) -> Result<Self, ServerError> {
        let wrong = || ServerError(text.to_owned());
        let (chat, media) = text.split_once('/').ok_or_else(wrong)?;
        let chat: SocketAddr = chat.parse().map_err(|_| wrong())?;
        let media = SocketAddr::new(chat.ip(), media.parse().map_err(|_| wrong())?);
        if chat.ip().is_loopback() { Ok(Self::Simulator { chat, media }) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulators_are_on_this_machine() {
        let simulator: Server = "127.0.0.1:1234/5678".parse().unwrap();
        let [chat, media] = ["127.0.0.1:1234", "127.0.0.1:5678"].map(|text| text.parse().unwrap());
        assert_eq!(simulator, Server::Simulator { chat, media });
        for text in ["192.168.1.2:1/2", "127.0.0.1:1", "web.whatsapp.com:1/2", "127.0.0.1:x/2", ""] {
            assert!(text.parse::<Server>().is_err(), "{text}");
        }
    }
}
