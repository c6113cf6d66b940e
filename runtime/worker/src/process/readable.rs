//! What a command sees of the system: the programs and libraries that everybody has, and nothing that is anybody's own.

use std::fs;
use std::path::{Path, PathBuf};

use runtime_protocol::Launch;

/// Where the system keeps programs and libraries. Nothing here is anybody's own; `/etc`, `/proc`,
/// `/home` and `/tmp` are not among them.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/// What the dynamic loader, the C library and OpenSSL read besides. Node does not come up where OpenSSL's settings are there and
/// cannot be read.
const SETTINGS: [&str; 5] = [
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/etc/crypto-policies/back-ends/opensslcnf.config",
];

/// Devices without a state: what is written to the first is dropped, the others give random bytes.
pub(super) const DEVICES: [&str; 3] = ["/dev/null", "/dev/urandom", "/dev/random"];

/// Where dynamic loaders are; a program is executed through the one that it names.
const LOADERS: [&str; 2] = ["/lib64", "/lib"];

/// The directories that are there.
pub(super) fn directories(launch: &Launch) -> Vec<PathBuf> {
    let libraries = launch.libraries.iter().map(PathBuf::from);
    SYSTEM.iter().map(PathBuf::from).chain(libraries).filter(|path| path.is_dir()).collect()
}

/// The single files that are there, the program among them.
pub(super) fn files(launch: &Launch) -> Vec<PathBuf> {
    let settings = SETTINGS.iter().map(PathBuf::from);
    settings.chain([PathBuf::from(&launch.program)]).filter(|path| path.is_file()).collect()
}

/// What may be executed besides the package: the program, and the loaders of dynamic programs.
pub(super) fn executable(launch: &Launch) -> Vec<PathBuf> {
    let is_loader =
        |name: &Path| name.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"ld-"));
    let inside = LOADERS.iter().filter_map(|directory| fs::read_dir(directory).ok()).flatten();
    let loaders = inside.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_loader(path));
    loaders.filter(|path| path.is_file()).chain([PathBuf::from(&launch.program)]).collect()
}
