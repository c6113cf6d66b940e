//! Name resolution that answers with public addresses or not at all.

use super::address;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};

/// Used for every connection of the guarded client, so nothing can change between check and connect. One private address among
/// several refuses the name: an honest one has none.
#[derive(Debug)]
pub(super) struct PublicOnly;

/// A name has this private address.
#[derive(Debug, thiserror::Error)]
#[error("the name has the private address {0}")]
pub(super) struct PrivateAddress(pub(super) IpAddr);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            match addresses.iter().map(SocketAddr::ip).find(|ip| !address::is_public(*ip)) {
                Some(private) => {
                    Err(Box::new(PrivateAddress(private)) as Box<dyn std::error::Error + Send + Sync>)
                }
                None => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}
