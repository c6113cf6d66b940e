//! A tar writer that writes whatever it is told, so that tests can write what no honest tool does.

use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// The blocks of a tar archive without its end.
#[derive(Clone, Default)]
pub(super) struct Tar(Vec<u8>);

/// A header before its checksum is worked out.
pub(super) struct Raw {
    pub(super) name: Vec<u8>,
    pub(super) prefix: Vec<u8>,
    pub(super) mode: &'static str,
    pub(super) size: Vec<u8>,
    pub(super) kind: u8,
    pub(super) link: &'static str,
    pub(super) magic: &'static [u8],
}

impl Raw {
    pub(super) fn new(name: &str, kind: u8, size: usize) -> Self {
        Self {
            name: name.into(),
            prefix: Vec::new(),
            mode: "0000644\0",
            size: format!("{size:011o}\0").into_bytes(),
            kind,
            link: "",
            magic: b"ustar\x0000",
        }
    }

    fn block(&self) -> [u8; 512] {
        let mut block = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.name);
        put(100, self.mode.as_bytes());
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, &self.size);
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, self.link.as_bytes());
        put(257, self.magic);
        put(345, &self.prefix);
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }
}

impl Tar {
    pub(super) fn raw(mut self, header: &Raw, data: &[u8]) -> Self {
        self.0.extend(header.block());
        self.data(data)
    }

    fn data(mut self, data: &[u8]) -> Self {
        self.0.extend(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(super) fn file(self, name: &str, data: &[u8]) -> Self {
        self.raw(&Raw::new(name, b'0', data.len()), data)
    }

    pub(super) fn entry(self, name: &str, kind: u8) -> Self {
        self.raw(&Raw { link: "/etc/passwd", ..Raw::new(name, kind, 0) }, b"")
    }

    pub(super) fn directory(self, name: &str) -> Self {
        self.raw(&Raw::new(name, b'5', 0), b"")
    }

    pub(super) fn long_name(self, name: &[u8]) -> Self {
        let data = [name, b"\0"].concat();
        self.raw(&Raw { magic: b"ustar  \0", ..Raw::new("././@LongLink", b'L', data.len()) }, &data)
    }

    pub(super) fn pax(self, records: &[(&str, &str)]) -> Self {
        self.pax_raw(b'x', &pax_data(records))
    }

    pub(super) fn pax_raw(self, kind: u8, data: &[u8]) -> Self {
        self.raw(&Raw::new("PaxHeader", kind, data.len()), data)
    }

    /// Changes the bytes so far.
    pub(super) fn edit(mut self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        change(&mut self.0);
        self
    }

    pub(super) fn without_end(self) -> Vec<u8> {
        gzip(&self.0)
    }

    pub(super) fn tgz(self) -> Vec<u8> {
        gzip(&self.end())
    }

    /// The archive with its two blocks of zeros.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

pub(super) fn pax_data(records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let body = key.len() + value.len() + 3;
        let length =
            (1..).map(|digits| body + digits).find(|length| length.to_string().len() + body == *length);
        format!("{} {key}={value}\n", length.unwrap())
    };
    records.iter().map(record).collect::<String>().into_bytes()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
