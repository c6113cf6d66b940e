mod raw;

use super::*;
use crate::contents::{ContentFile, Contents};
use raw::{Raw, Tar, gzip, pax_data};
use std::io::Cursor;

/// All files of an archive in memory.
pub(crate) fn unpack(archive: &[u8], limits: &Limits) -> Result<Contents, ArchiveRefusal> {
    struct All(Contents);
    impl Sink for All {
        fn file(
            &mut self,
            path: PackagePath,
            executable: bool,
            _: u64,
            bytes: &mut dyn Read,
        ) -> io::Result<()> {
            let mut whole = Vec::new();
            bytes.read_to_end(&mut whole)?;
            self.0.files.insert(path, ContentFile { bytes: whole.into(), executable });
            Ok(())
        }
    }
    let mut all = All(Contents::default());
    match scan(Cursor::new(archive), limits, &mut all) {
        Ok(()) => Ok(all.0),
        Err(ScanError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error:?}"),
    }
}

fn tar() -> Tar {
    Tar::default()
}

/// A good file first, so that a refusal has something that it could leave behind.
fn good() -> Tar {
    tar().file("package/package.json", b"{}")
}

fn small() -> Limits {
    Limits { entries: 8, file: 2048, total: 64 * 1024, metadata: 4096, ratio: 250 }
}

/// What is refused, at which entry, by which rule.
fn hostile() -> Vec<(&'static str, Vec<u8>, &'static str, Rule)> {
    let path = |rule| Rule::Path(rule);
    let named = |name: &str| good().file(name, b"x").tgz();
    let twice = |name: &str| good().file(name, b"x").file(name, b"y").tgz();
    let many = |count: usize| (0..count).fold(tar(), |tar, n| tar.file(&format!("p/{n}"), b"")).tgz();
    let raw = |header: Raw, data: &[u8]| good().raw(&header, data).tgz();
    let mut bad_crc = good().tgz();
    let crc = bad_crc.len() - 8;
    bad_crc[crc] ^= 1;
    let mut bad_length = good().tgz();
    *bad_length.last_mut().unwrap() ^= 1;
    let whole = good().tgz();
    let deep = format!("package/{}f", "d/".repeat(64));
    let long = format!("package/{}", "long-part/".repeat(110));
    vec![
        ("absolute path", named("/etc/cron.d/x"), "/etc/cron.d/x", path(PathRule::Absolute)),
        ("parent", named("package/../../x"), "package/../../x", path(PathRule::Parent)),
        ("parent as top", named("../x"), "../x", path(PathRule::Parent)),
        ("drive", named("C:/x"), "C:/x", path(PathRule::Drive)),
        ("UNC", named("\\\\server\\x"), "\\\\\\\\server\\\\x", path(PathRule::Backslash)),
        ("dot part", named("package/./x"), "package/./x", path(PathRule::EmptyPart)),
        ("empty part", named("package//x"), "package//x", path(PathRule::EmptyPart)),
        ("file with a slash at the end", named("package/x/"), "package/x/", path(PathRule::EmptyPart)),
        ("control", named("package/a\x1b[2Jb"), "package/a\\u{1b}[2Jb", path(PathRule::Control)),
        (
            "NUL in a long name",
            good().long_name(b"package/a\0b").file("s", b"").tgz(),
            "package/a\\0b",
            path(PathRule::Control),
        ),
        (
            "NUL in a pax path",
            good().pax(&[("path", "package/a\0b")]).file("s", b"").tgz(),
            "package/a\\0b",
            path(PathRule::Control),
        ),
        ("bidi", named("package/a\u{202e}gpj.exe"), "package/a\\u{202e}gpj.exe", path(PathRule::Bidi)),
        ("device", named("package/AUX.js"), "package/AUX.js", path(PathRule::Device)),
        ("trailing dot", named("package/x."), "package/x.", path(PathRule::TrailingDotOrSpace)),
        ("alternate stream", named("package/x:y"), "package/x:y", path(PathRule::AlternateStream)),
        (
            "not UTF-8",
            raw(Raw { name: b"package/\xff".to_vec(), ..Raw::new("", b'0', 0) }, b""),
            "package/�",
            path(PathRule::NotUtf8),
        ),
        (
            "pax path not UTF-8",
            good().pax_raw(b'x', b"17 path=p/\xff\xff\xff\xff\xff\xff\n").file("s", b"").tgz(),
            "PaxHeader",
            path(PathRule::NotUtf8),
        ),
        (
            "too deep",
            good().long_name(deep.as_bytes()).file("s", b"").tgz(),
            "package/d/d",
            path(PathRule::TooDeep),
        ),
        (
            "too long",
            good().long_name(long.as_bytes()).file("s", b"").tgz(),
            "package/long-part",
            path(PathRule::TooLong),
        ),
        ("symbolic link", good().entry("package/l", b'2').tgz(), "package/l", Rule::Link),
        ("hard link", good().entry("package/l", b'1').tgz(), "package/l", Rule::Link),
        (
            "long link name",
            good().raw(&Raw::new("././@LongLink", b'K', 3), b"a/b").tgz(),
            "././@LongLink",
            Rule::Link,
        ),
        ("character device", good().entry("package/d", b'3').tgz(), "package/d", Rule::Device),
        ("block device", good().entry("package/d", b'4').tgz(), "package/d", Rule::Device),
        ("pipe", good().entry("package/p", b'6').tgz(), "package/p", Rule::Fifo),
        ("contiguous file", good().entry("package/c", b'7').tgz(), "package/c", Rule::Type(b'7')),
        ("sparse file", good().entry("package/s", b'S').tgz(), "package/s", Rule::Type(b'S')),
        ("unknown type", good().entry("package/z", b'Z').tgz(), "package/z", Rule::Type(b'Z')),
        ("duplicate", twice("package/x"), "package/x", Rule::Duplicate),
        (
            "case",
            good().file("package/Package.json", b"").tgz(),
            "package/Package.json",
            Rule::SameAfterFolding,
        ),
        (
            "full case folding",
            good().file("package/straße", b"").file("package/STRASSE", b"").tgz(),
            "package/STRASSE",
            Rule::SameAfterFolding,
        ),
        (
            "final sigma",
            good().file("package/ς", b"").file("package/σ", b"").tgz(),
            "package/σ",
            Rule::SameAfterFolding,
        ),
        (
            "compatibility forms",
            good().file("package/ﬁ", b"").file("package/fi", b"").tgz(),
            "package/fi",
            Rule::SameAfterFolding,
        ),
        (
            "composed and not",
            good().file("package/é", b"").file("package/e\u{301}", b"").tgz(),
            "package/e",
            Rule::SameAfterFolding,
        ),
        (
            "case of a directory",
            good().file("package/A/x", b"").file("package/a/y", b"").tgz(),
            "package/a/y",
            Rule::SameAfterFolding,
        ),
        (
            "directory over a file",
            good().file("package/package.json/x", b"").tgz(),
            "package/package.json/x",
            Rule::FileAndDirectory,
        ),
        (
            "file over a directory",
            good().file("package/a/x", b"").file("package/a", b"").tgz(),
            "package/a",
            Rule::FileAndDirectory,
        ),
        ("second top", named("other/x"), "other/x", Rule::SecondTopDirectory),
        ("second top directory", good().directory("other/").tgz(), "other/", Rule::SecondTopDirectory),
        ("file at the top", tar().file("package.json", b"{}").tgz(), "package.json", Rule::NoTopDirectory),
        (
            "directory with content",
            raw(Raw::new("package/d/", b'5', 3), b"abc"),
            "package/d/",
            Rule::DirectoryWithContent,
        ),
        ("pax size", good().pax(&[("size", "7")]).file("package/x", b"abc").tgz(), "package", Rule::PaxSize),
        (
            "pax size not a number",
            good().pax(&[("size", "-3")]).file("package/x", b"abc").tgz(),
            "PaxHeader",
            Rule::PaxMalformed,
        ),
        (
            "pax record too long",
            good().pax_raw(b'x', b"99 path=x\n").file("package/x", b"").tgz(),
            "PaxHeader",
            Rule::PaxMalformed,
        ),
        (
            "pax path twice",
            good().pax(&[("path", "package/a"), ("path", "package/b")]).file("s", b"").tgz(),
            "PaxHeader",
            Rule::PaxMalformed,
        ),
        (
            "pax without end",
            good().pax_raw(b'x', b"10 path=xx").file("package/x", b"").tgz(),
            "PaxHeader",
            Rule::PaxMalformed,
        ),
        (
            "pax link",
            good().pax(&[("linkpath", "/etc/passwd")]).file("package/x", b"").tgz(),
            "PaxHeader",
            Rule::PaxKey("linkpath".into()),
        ),
        (
            "pax sparse",
            good().pax(&[("GNU.sparse.name", "x")]).file("package/x", b"").tgz(),
            "PaxHeader",
            Rule::PaxKey("GNU.sparse.name".into()),
        ),
        (
            "pax charset",
            good().pax(&[("hdrcharset", "BINARY")]).file("package/x", b"").tgz(),
            "PaxHeader",
            Rule::PaxKey("hdrcharset".into()),
        ),
        (
            "global pax path",
            good().pax_raw(b'g', &pax_data(&[("path", "evil")])).tgz(),
            "PaxHeader",
            Rule::PaxKey("path".into()),
        ),
        (
            "two pax headers",
            good().pax(&[("mtime", "1")]).pax(&[("mtime", "2")]).file("package/x", b"").tgz(),
            "PaxHeader",
            Rule::ExtensionTwice,
        ),
        (
            "pax and long name",
            good().pax(&[("path", "package/a")]).long_name(b"package/b").file("s", b"").tgz(),
            "././@LongLink",
            Rule::ExtensionTwice,
        ),
        ("pax for nothing", good().pax(&[("path", "package/a")]).tgz(), "PaxHeader", Rule::ExtensionAlone),
        (
            "metadata",
            good().long_name(&[b'x'; 5000]).file("package/x", b"").tgz(),
            "././@LongLink",
            Rule::MetadataTooLarge,
        ),
        ("entries", many(9), "p/", Rule::TooManyEntries),
        (
            "implied directories",
            good().file("package/a/b/c/d/e/f/g/h", b"").tgz(),
            "package/a/b",
            Rule::TooManyEntries,
        ),
        ("file size", named_sized(2049), "package/big", Rule::FileTooLarge),
        (
            "file size that only the header has",
            raw(Raw::new("package/big", b'0', 1 << 30), b""),
            "package/big",
            Rule::FileTooLarge,
        ),
        (
            "size in base 256",
            raw(Raw { size: [&[0x80; 4][..], &[0xff; 8]].concat(), ..Raw::new("package/b", b'0', 0) }, b""),
            "",
            Rule::Header,
        ),
        (
            "negative size",
            raw(Raw { size: vec![0xff; 12], ..Raw::new("package/b", b'0', 0) }, b""),
            "",
            Rule::Header,
        ),
        (
            "size that is no number",
            raw(Raw { size: b"zz".to_vec(), ..Raw::new("package/b", b'0', 0) }, b""),
            "",
            Rule::Header,
        ),
        ("total", good().edit(|bytes| bytes.resize(100_000, 0)).tgz(), "", Rule::TotalTooLarge),
        ("checksum of a header", good().edit(|bytes| bytes[0] = b'q').tgz(), "", Rule::Header),
        ("cut in a header", gzip(&good().end()[..700]), "", Rule::Truncated),
        ("cut in a file", gzip(&tar().file("p/x", &[1; 700]).end()[..900]), "p/x", Rule::Truncated),
        ("no end of archive", good().without_end(), "package/package.json", Rule::Truncated),
        ("gzip cut", whole[..whole.len() - 20].to_vec(), "", Rule::Truncated),
        (
            "gzip without its checksum",
            whole[..whole.len() - 8].to_vec(),
            "package/package.json",
            Rule::Truncated,
        ),
        ("gzip checksum", bad_crc, "package/package.json", Rule::Gzip),
        ("gzip length", bad_length, "package/package.json", Rule::Gzip),
        ("not gzip", b"PK\x03\x04 certainly not".to_vec(), "", Rule::Truncated),
        ("nothing", Vec::new(), "", Rule::UnknownFormat),
        ("after the end", gzip(&[good().end(), good().end()].concat()), "package/package.json", Rule::Tail),
        ("bytes after gzip", [&whole[..], b"x"].concat(), "package/package.json", Rule::TrailingBytes),
        ("zeros after gzip", [&whole[..], &[0; 512]].concat(), "package/package.json", Rule::TrailingBytes),
        ("second member", [&whole[..], &whole[..]].concat(), "package/package.json", Rule::SecondMember),
    ]
}

fn named_sized(size: usize) -> Vec<u8> {
    good().file("package/big", &vec![7; size]).tgz()
}

#[test]
fn each_rule_refuses_and_names_the_entry() {
    let mut wrong = Vec::new();
    for (what, archive, entry, rule) in hostile() {
        let refusal = unpack(&archive, &small()).expect_err(what);
        if refusal.rule != rule || !refusal.entry.starts_with(entry) {
            wrong.push(format!("{what}: `{}`: {:?}, not `{entry}`: {rule:?}", refusal.entry, refusal.rule));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_default_limits_refuse_bombs_in_little_memory() {
    let zeros = vec![0; 20 << 20];
    let bomb = tar().file("p/zeros", &zeros).tgz();
    assert_eq!(unpack(&bomb, &Limits::default()).unwrap_err().rule, Rule::Ratio);
    let tail = tar().file("p/x", b"").edit(|bytes| bytes.extend(&zeros)).tgz();
    assert_eq!(unpack(&tail, &Limits::default()).unwrap_err().rule, Rule::Ratio);
    let name = tar().raw(&Raw::new("././@LongLink", b'L', 600 << 20), b"").tgz();
    assert_eq!(unpack(&name, &Limits::default()).unwrap_err().rule, Rule::MetadataTooLarge);
}

/// What is odd and yet fine, and the files it has.
fn odd() -> Vec<(&'static str, Vec<u8>, Vec<&'static str>)> {
    let long = format!("package/{}x", "long-part/".repeat(20));
    vec![
        ("another top directory", tar().file("demo-1.0.0/a", b"").tgz(), vec!["a"]),
        ("listed directories", tar().directory("p/").directory("p/d/").file("p/d/a", b"").tgz(), vec!["d/a"]),
        (
            "directories after their files, and twice",
            tar().file("p/d/a", b"").directory("p/d").directory("p/d/").tgz(),
            vec!["d/a"],
        ),
        ("an empty directory", tar().file("p/a", b"").directory("p/empty/").tgz(), vec!["a"]),
        ("an empty file", tar().file("p/a", b"").tgz(), vec!["a"]),
        (
            "pax times and attributes",
            tar().pax(&[("mtime", "1.5"), ("SCHILY.xattr.user.x", "y")]).file("p/a", b"").tgz(),
            vec!["a"],
        ),
        ("a pax path", tar().pax(&[("path", "p/ä/b")]).file("short", b"").tgz(), vec!["ä/b"]),
        ("a pax size that agrees", tar().pax(&[("size", "3")]).file("p/a", b"abc").tgz(), vec!["a"]),
        (
            "git's comment",
            tar().pax_raw(b'g', &pax_data(&[("comment", "0123")])).file("p/a", b"").tgz(),
            vec!["a"],
        ),
        (
            "a long name",
            tar().long_name(long.as_bytes()).file("short", b"").tgz(),
            vec![
                "long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/long-part/x",
            ],
        ),
        (
            "a prefix",
            tar().raw(&Raw { prefix: b"p/d".to_vec(), ..Raw::new("a", b'0', 0) }, b"").tgz(),
            vec!["d/a"],
        ),
        (
            "an old header",
            tar().raw(&Raw { magic: b"", kind: 0, ..Raw::new("p/a", 0, 0) }, b"").tgz(),
            vec!["a"],
        ),
        ("a long end", gzip(&[tar().file("p/a", b"").end(), vec![0; 9216]].concat()), vec!["a"]),
        ("names that only look alike", tar().file("p/a", b"").file("p/а", b"").tgz(), vec!["a", "а"]),
    ]
}

#[test]
fn what_honest_tools_write_is_taken() {
    for (what, archive, paths) in odd() {
        let limits = Limits { entries: 40, ..small() };
        let contents = unpack(&archive, &limits).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
        assert_eq!(contents.files.keys().map(PackagePath::as_str).collect::<Vec<_>>(), paths, "{what}");
    }
}

#[test]
fn bytes_and_modes_come_through() {
    let tool = Raw { mode: "0104755\0", ..Raw::new("p/tool", b'0', 3) };
    let contents = unpack(&tar().raw(&tool, b"#!x").file("p/a", &[9; 600]).tgz(), &small()).unwrap();
    let tool = &contents.files["tool"];
    assert_eq!((&*tool.bytes, tool.executable), (&b"#!x"[..], true));
    let plain = &contents.files["a"];
    assert_eq!((&*plain.bytes, plain.executable), (&[9; 600][..], false));
}

/// Any change of one bit is refused or changes nothing; none panics.
#[test]
fn a_flipped_bit_never_passes_unseen() {
    let archive = good().pax(&[("mtime", "1")]).file("package/a", b"content").tgz();
    let original = unpack(&archive, &small()).unwrap();
    for at in 0..archive.len() {
        for bit in 0..8 {
            let mut flipped = archive.clone();
            flipped[at] ^= 1 << bit;
            // Some bits say nothing: the time in the gzip header, or from which of many zeros zeros are copied.
            if let Ok(contents) = unpack(&flipped, &small()) {
                assert_eq!(contents, original, "byte {at}");
            }
        }
    }
}

/// The same with a gzip stream that is right, so that the tar reader sees the damage: no panic, and no file that was
/// not asked for by a header whose checksum fits.
#[test]
fn a_flipped_bit_in_the_tar_never_panics() {
    let tar =
        good().pax(&[("path", "package/é"), ("mtime", "1")]).file("s", b"content").long_name(b"package/long");
    let tar = tar.file("s", b"x").directory("package/d/").end();
    for at in 0..tar.len() {
        let mut flipped = tar.clone();
        flipped[at] ^= 1 << (at % 8);
        match unpack(&gzip(&flipped), &small()) {
            Ok(contents) => assert_eq!(contents.files.len(), 3, "byte {at}"),
            Err(refusal) => assert!(!refusal.to_string().is_empty()),
        }
    }
}
