//! Writing a `.tgz`: the same files always give the same bytes, whoever packs them, where and when.

use crate::contents::Contents;
use flate2::{Compression, GzBuilder};
use std::io;
use tar::{Builder, EntryType, Header};

/// The top directory of every package, as npm has it.
pub(crate) const TOP: &str = "package";

/// 1985-10-26T08:15:00Z, the time that npm gives every file.
const MTIME: u64 = 499_162_500;

/// The archive of these files, in the order of their paths.
///
/// # Errors
/// None that happens in memory; the archive writers have an error in their signatures.
pub(crate) fn write(contents: &Contents) -> io::Result<Vec<u8>> {
    // No time and no name in the gzip header, and "unknown" for the system.
    let gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    let mut tar = Builder::new(gzip);
    for (path, file) in &contents.files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_size(file.bytes.len() as u64);
        header.set_mode(if file.executable { 0o755 } else { 0o644 });
        header.set_mtime(MTIME);
        header.set_uid(0);
        header.set_gid(0);
        tar.append_data(&mut header, format!("{TOP}/{path}"), &*file.bytes)?;
    }
    tar.into_inner()?.finish()
}
