//! QR codes, for a terminal and as a picture.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use qrcode::{Color, EcLevel, QrCode};
use std::io::{self, Write as _};

/// Light modules around a code: what ISO/IEC 18004 wants.
const MARGIN: usize = 4;
/// Pixels of a module in a picture.
const SCALE: usize = 8;

/// Where a terminal's text is dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Black on white, said with colours: for every terminal that has them.
    Coloured,
    /// No colours: right on a dark terminal.
    Plain,
}

/// The modules of a code with its margin; true is dark.
struct Modules {
    side: usize,
    dark: Vec<bool>,
}

impl Modules {
    /// `None` for a text that no code can hold.
    fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let (width, colors) = (code.width(), code.to_colors());
        let side = width + 2 * MARGIN;
        let mut dark = vec![false; side * side];
        for (index, color) in colors.into_iter().enumerate() {
            dark[(index / width + MARGIN) * side + index % width + MARGIN] = color == Color::Dark;
        }
        Some(Self { side, dark })
    }

    fn is_dark(&self, row: usize, column: usize) -> bool {
        row < self.side && self.dark[row * self.side + column]
    }
}

/// The code in lines of half blocks, two rows of modules each.
pub fn terminal(text: &str, ink: Ink) -> Option<String> {
    let modules = Modules::of(text)?;
    // A block is drawn in the text's colour: black where colours say so, light on a dark terminal.
    let is_drawn = |row, column| modules.is_dark(row, column) == (ink == Ink::Coloured);
    let (before, after) = match ink {
        Ink::Coloured => ("\x1b[38;5;16;48;5;231m", "\x1b[0m"),
        Ink::Plain => ("", ""),
    };
    let mut lines = String::new();
    for row in (0..modules.side).step_by(2) {
        lines.push_str(before);
        lines.extend((0..modules.side).map(|column| {
            match (is_drawn(row, column), is_drawn(row + 1, column)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }
        }));
        lines.push_str(after);
        lines.push('\n');
    }
    Some(lines)
}

/// The code as a PNG picture, black on white.
///
/// # Errors
/// When memory cannot be written, which does not happen.
pub fn png(text: &str) -> io::Result<Option<Vec<u8>>> {
    let Some(modules) = Modules::of(text) else { return Ok(None) };
    let side = modules.side * SCALE;
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in 0..side {
        // Each row says that it is not filtered; then one byte a pixel.
        let mut line = vec![0_u8];
        line.extend((0..side).map(
            |column| {
                if modules.is_dark(row / SCALE, column / SCALE) { 0 } else { 255 }
            },
        ));
        pixels.write_all(&line)?;
    }
    let side = u32::try_from(side).unwrap_or(u32::MAX).to_be_bytes();
    let header = [&side[..], &side[..], &[8, 0, 0, 0, 0]].concat();
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &pixels.finish()?), chunk(b"IEND", &[])];
    Ok(Some([&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()))
}

/// A part of a picture: length, kind, content, checksum.
fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(content);
    [&length[..], kind, content, &sum.sum().to_be_bytes()].concat()
}
