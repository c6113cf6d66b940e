//! What is printed scans: a decoder of QR codes reads it back, as a terminal shows it and as a picture.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use channel_whatsapp::qr::{self, Ink};

/// As long as WhatsApp's codes are.
const CODE: &str = "2@1-0-16330178cf6db41d,Rb7hny+Ye3rjzTIx7eMz19IwyzzoTGn+GFqheUlPW3Y=,SZQDZnGpSd95q6mfUfey5t6LhWeNJadMvXmgiYZx9Ew=,/Whkja6gjayK0oUYdTg0ccGeXO5ciNmjydfhAwnm/sU=,9";
/// Pixels of a half block in a terminal's picture.
const PIXELS: usize = 4;

fn decode(width: usize, height: usize, shade: impl FnMut(usize, usize) -> u8) -> String {
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, shade);
    let codes = picture.detect_grids();
    assert_eq!(codes.len(), 1, "one code is seen");
    codes[0].decode().unwrap().1
}

/// The picture that a terminal makes of lines of half blocks: `text` and `ground` are the shades of its colours.
fn shown(lines: &str, text: u8, ground: u8) -> String {
    let rows: Vec<Vec<char>> = lines.lines().map(|line| line.chars().collect()).collect();
    let (width, height) = (rows[0].len() * PIXELS, rows.len() * 2 * PIXELS);
    decode(width, height, |x, y| {
        let drawn = match rows[y / PIXELS / 2][x / PIXELS] {
            '█' => true,
            '▀' => (y / PIXELS).is_multiple_of(2),
            '▄' => !(y / PIXELS).is_multiple_of(2),
            _ => false,
        };
        if drawn { text } else { ground }
    })
}

#[test]
fn colours_are_right_on_every_terminal() {
    let printed = qr::terminal(CODE, Ink::Coloured).unwrap();
    // Each line says black on white, and takes it back at its end.
    let plain: Vec<&str> = printed
        .lines()
        .map(|line| line.strip_prefix("\x1b[38;5;16;48;5;231m").unwrap().strip_suffix("\x1b[0m").unwrap())
        .collect();
    assert_eq!(shown(&plain.join("\n"), 0, 255), CODE);
    // It fits a terminal.
    assert!(plain.len() < 40 && plain[0].chars().count() < 80, "{} lines", plain.len());
}

#[test]
fn without_colours_it_is_right_on_a_dark_terminal() {
    let printed = qr::terminal(CODE, Ink::Plain).unwrap();
    assert!(!printed.contains('\x1b'));
    assert_eq!(shown(&printed, 255, 0), CODE);
}

#[test]
fn the_picture_scans() {
    let picture = qr::png(CODE).unwrap().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(&picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (frame.width as usize, frame.height as usize);
    assert_eq!(decode(width, height, |x, y| pixels[y * width + x]), CODE);
}

#[test]
fn a_text_that_no_code_holds_is_none() {
    let long = "x".repeat(4000);
    assert!(qr::terminal(&long, Ink::Plain).is_none() && qr::png(&long).unwrap().is_none());
}
