//! Writing a `.tgz`: the same files always give the same bytes, whoever packs them, where and when.

use crate::contents::Contents;
use crate::package_path::PackagePath;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::io::{self, Read, Write};
use tar::{Builder, EntryType, Header};

/// The top directory of every package, as npm has it.
pub(crate) const TOP: &str = "package";

/// 1985-10-26T08:15:00Z, the time that npm gives every file.
const MTIME: u64 = 499_162_500;

/// A `.tgz` that grows.
pub(crate) struct Writer<W: Write>(Builder<GzEncoder<W>>);

impl<W: Write> Writer<W> {
    pub(crate) fn new(to: W) -> Self {
        // No time and no name in the gzip header, and "unknown" for the system.
        let gzip = GzBuilder::new().mtime(0).operating_system(255).write(to, Compression::best());
        Self(Builder::new(gzip))
    }

    pub(crate) fn file(
        &mut self,
        path: &PackagePath,
        executable: bool,
        size: u64,
        bytes: &mut dyn Read,
    ) -> io::Result<()> {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_size(size);
        header.set_mode(if executable { 0o755 } else { 0o644 });
        header.set_mtime(MTIME);
        header.set_uid(0);
        header.set_gid(0);
        self.0.append_data(&mut header, format!("{TOP}/{path}"), bytes)
    }

    pub(crate) fn finish(self) -> io::Result<W> {
        self.0.into_inner()?.finish()
    }
}

/// The archive of these files, in the order of their paths.
///
/// # Errors
/// None that happens in memory; the archive writers have an error in their signatures.
pub(crate) fn write(contents: &Contents) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    for (path, file) in &contents.files {
        writer.file(path, file.executable, file.bytes.len() as u64, &mut &*file.bytes)?;
    }
    writer.finish()
}
