//! The formats of the published schemas: each is the grammar of a Rust type.

use crate::names::{ChannelName, Origin};
use crate::units::{ByteSize, RateLimit, TimeSpan};
use crate::version::{Version, VersionRange};
use jsonschema::ValidationOptions;
use std::net::SocketAddr;

pub(super) fn register(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    options
        .with_format("semver", |text: &str| text.parse::<Version>().is_ok())
        .with_format("semver-range", |text: &str| text.parse::<VersionRange>().is_ok())
        .with_format("byte-size", |text: &str| text.parse::<ByteSize>().is_ok())
        .with_format("time-span", |text: &str| text.parse::<TimeSpan>().is_ok())
        .with_format("rate-limit", |text: &str| text.parse::<RateLimit>().is_ok())
        .with_format("origin", |text: &str| text.parse::<Origin>().is_ok())
        .with_format("channel-name", |text: &str| text.parse::<ChannelName>().is_ok())
        .with_format("socket-address", |text: &str| text.parse::<SocketAddr>().is_ok())
}
