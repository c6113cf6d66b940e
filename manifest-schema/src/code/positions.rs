//! Where in its author's file a piece of the code stands that the engine runs.

use oxc::codegen::CodegenReturn;
use std::collections::BTreeMap;

/// The places of all modules of a program, by path.
pub type ProgramPositions = BTreeMap<String, Positions>;

/// The places of one module, which the engine runs printed anew, without types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions(Vec<Mark>);

/// The same point in both texts; lines and columns count from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    /// The column in bytes, as the engine counts.
    printed: (u32, u32),
    /// The column in characters, as people do.
    written: (u32, u32),
}

impl Positions {
    /// Takes them out of what the printer gave for a text.
    pub(super) fn of(printed: &CodegenReturn<'_>, written: &str) -> Self {
        let Some(map) = &printed.map else { return Self::default() };
        let (new, old) = (lines(&printed.code), lines(written));
        let mark = |printed: (u32, u32), written: (u32, u32)| {
            let (bytes, _) = column(line(&new, printed.0)?, printed.1);
            let (_, characters) = column(line(&old, written.0)?, written.1);
            Some(Mark { printed: (printed.0, bytes), written: (written.0, characters) })
        };
        let marks = map.get_tokens().filter_map(|token| {
            let printed = (token.get_dst_line(), token.get_dst_col());
            mark(printed, (token.get_src_line(), token.get_src_col()))
        });
        let mut marks: Vec<Mark> = marks.collect();
        marks.sort_by_key(|mark| mark.printed);
        Self(marks)
    }

    /// The line and column, from one, in the author's file of a place in what the engine runs; `None` where nothing of the author's stands
    /// there.
    pub fn written(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let place = (line.checked_sub(1)?, column.checked_sub(1)?);
        let after = self.0.partition_point(|mark| mark.printed <= place);
        let mark = self.0.get(after.checked_sub(1)?)?;
        (mark.printed.0 == place.0).then_some((mark.written.0 + 1, mark.written.1 + 1))
    }
}

/// The text with the places of stack frames (`at name (PATH:LINE:COLUMN)`) as they are in the author's files. What is no frame of the
/// program stays as it is.
pub fn in_written_code(positions: &ProgramPositions, text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|line| frame(positions, line).unwrap_or_else(|| line.to_owned())).collect();
    lines.join("\n")
}

fn frame(positions: &ProgramPositions, line: &str) -> Option<String> {
    let (before, rest) = line.split_at_checked(line.find("at ")?)?;
    if !before.trim().is_empty() {
        return None;
    }
    let (head, place, tail) =
        match rest.rsplit_once('(').and_then(|(head, place)| Some((head, place.strip_suffix(')')?))) {
            Some((head, place)) => (format!("{before}{head}("), place, ")"),
            None => (format!("{before}at "), rest.strip_prefix("at ")?, ""),
        };
    let (place, column) = place.rsplit_once(':')?;
    let (path, line) = place.rsplit_once(':')?;
    let (line, column) = positions.get(path)?.written(line.parse().ok()?, column.parse().ok()?)?;
    Some(format!("{head}{path}:{line}:{column}{tail}"))
}

/// Lines as JavaScript counts them.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut characters) = (0, text.char_indices().peekable());
    while let Some((at, character)) = characters.next() {
        let end = match character {
            '\r' if characters.peek().is_some_and(|(_, next)| *next == '\n') => continue,
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => at,
            _ => continue,
        };
        lines.push(&text[start..end]);
        start = end + character.len_utf8();
    }
    lines.push(&text[start..]);
    lines
}

fn line<'a>(lines: &[&'a str], number: u32) -> Option<&'a str> {
    lines.get(usize::try_from(number).ok()?).copied()
}

/// A column in UTF-16 units, as maps count, in bytes and in characters.
fn column(line: &str, units: u32) -> (u32, u32) {
    let (mut bytes, mut characters, mut left) = (0, 0, units);
    for character in line.chars() {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(u32::try_from(character.len_utf16()).unwrap_or(1));
        bytes += u32::try_from(character.len_utf8()).unwrap_or(1);
        characters += 1;
    }
    (bytes, characters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::positions_of;
    use crate::files::MemoryFiles;

    const WRITTEN: &str = "interface Order {\n  id: string;\n}\n\nenum Size {\n  S,\n  L,\n}\n\n\
                           /** What it does. */\nexport const f = (\n  order: Order,\n  size: Size,\n): string => {\n  \
                           const grün: string = \"ä\"; throw new Error(order.id + size + grün);\n};\nexport default { tools: { f } };\n";

    /// The place in the printed code of a text that is in it once, as the engine counts.
    fn place(text: &str, wanted: &str) -> (u32, u32) {
        let at = text.find(wanted).unwrap();
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[..at].matches('\n').count() + 1;
        (u32::try_from(line).unwrap(), u32::try_from(at - start + 1).unwrap())
    }

    #[test]
    fn a_place_is_that_of_the_authors_file() {
        let files = MemoryFiles::from_iter([("src/index.ts".to_owned(), WRITTEN.as_bytes().to_vec())]);
        let (program, findings) = crate::code::read_program(&files, "src/index.ts");
        assert!(findings.is_empty(), "{findings:?}");
        let positions = positions_of(&files, "src/index.ts");
        let (line, column) = place(&program.modules[0].javascript, "new Error");
        assert_ne!(line, 15, "the printed code has other lines");
        assert_eq!(positions["src/index.ts"].written(line, column), Some((15, 35)));
        let stack = format!(
            "failed\n    at f (src/index.ts:{line}:{column})\nat src/index.ts:{line}:{column}\nat g (src/other.ts:1:1)"
        );
        let mapped = "failed\n    at f (src/index.ts:15:35)\nat src/index.ts:15:35\nat g (src/other.ts:1:1)";
        assert_eq!(in_written_code(&positions, &stack), mapped);
    }

    #[test]
    fn what_is_no_place_stays() {
        let positions = ProgramPositions::from([("a.ts".to_owned(), Positions::default())]);
        for text in
            ["at a.ts:0:0", "at (a.ts:9999999999:1)", "at a.ts:1", "look at a.ts:1:1", "at ", "", "at (:)"]
        {
            assert_eq!(in_written_code(&positions, text), text);
        }
    }
}
