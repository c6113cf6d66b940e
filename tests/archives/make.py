#!/usr/bin/env python3
"""Writes the corpus of archives: hostile/RULE/CASE.{tgz,zip} and valid/CASE.{tgz,zip}, one file per case.

RULE is the name of the rule that `wa` must refuse the archive by. Every archive holds a plugin without
faults, so that nothing but the rule can be the reason. The same script always writes the same bytes.
"""

import io
import os
import stat
import struct
import sys
import zlib
from pathlib import Path

MANIFEST = b"""schema: 1
id: desk
version: 1.0.0
runtime: { kind: js, entry: index.js }
configSchema: { type: object, additionalProperties: false }
agent: true
"""
CODE = b"import { definePlugin } from 'wa';\nexport default definePlugin({ agent: () => ({ text: 'hello' }) });\n"
PACKAGE = b'{"name":"desk","version":"1.0.0"}\n'
PLUGIN = {"index.js": CODE, "package.json": PACKAGE, "wa.plugin.yaml": MANIFEST}
MIB = 1 << 20


# tar ----------------------------------------------------------------------------------------------

def header(name, size=0, kind=b"0", mode=0o644, link=b"", prefix=b"", magic=b"ustar\0" + b"00", size_field=None, checksum=None):
    name = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name
    field = size_field if size_field is not None else b"%011o\0" % size
    block = b"".join([
        name[:100].ljust(100, b"\0"), b"%07o\0" % mode, b"%07o\0" % 0, b"%07o\0" % 0, field, b"%011o\0" % 499162500,
        b" " * 8, kind, link.ljust(100, b"\0"), magic.ljust(8, b"\0"), b"\0" * 32, b"\0" * 32, b"%07o\0" % 0, b"%07o\0" % 0,
        prefix.ljust(155, b"\0"), b"\0" * 12,
    ])
    total = sum(block) if checksum is None else checksum
    return block[:148] + b"%06o\0 " % total + block[156:]


def padded(data):
    return data + b"\0" * (-len(data) % 512)


def entry(name, data=b"", **options):
    return header(name, len(data), **options) + padded(data)


def pax_data(pairs):
    out = b""
    for key, value in pairs:
        value = value if isinstance(value, bytes) else value.encode()
        body = b" " + key.encode() + b"=" + value + b"\n"
        length = len(body) + 1
        while len(b"%d" % length) + len(body) != length:
            length = len(b"%d" % length) + len(body)
        out += b"%d" % length + body
    return out


def pax(*pairs, kind=b"x"):
    return entry("PaxHeader", pax_data(pairs), kind=kind)


def long_name(name, kind=b"L"):
    return entry("././@LongLink", name + b"\0", kind=kind)


def plugin(top="package", files=PLUGIN):
    return b"".join(entry(f"{top}/{name}", data) for name, data in sorted(files.items()))


END = b"\0" * 1024


def gz(data, level=9, crc=None, size=None):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    crc = zlib.crc32(data) if crc is None else crc
    size = len(data) & 0xFFFFFFFF if size is None else size
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + body + struct.pack("<II", crc, size)


def tgz(*parts):
    return gz(b"".join([*parts, END]))


def zeros(first, megabytes, last=b""):
    """A gzip member with so many MiB of zeros in it, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    out, crc, size = [packer.compress(first)], zlib.crc32(first), len(first)
    block = b"\0" * MIB
    for _ in range(megabytes):
        out.append(packer.compress(block))
        crc, size = zlib.crc32(block, crc), size + MIB
    out.append(packer.compress(last) + packer.flush())
    crc, size = zlib.crc32(last, crc), size + len(last)
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + b"".join(out) + struct.pack("<II", crc, size & 0xFFFFFFFF)


# zip ----------------------------------------------------------------------------------------------

class Zip:
    """A zip archive, every field of which can be a lie."""

    def __init__(self):
        self.body, self.central, self.count = b"", b"", 0

    def add(self, name, data=b"", method=8, mode=0o100644, flags=0, host=3, crc=None, local=None, size=None, packed=None,
            extra=b"", local_extra=b"", central=True, descriptor=None, attributes=None, offset=None, gap=b"", central_name=None,
            compressed=None):
        name = name.encode() if isinstance(name, str) else name
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        raw = packed if packed is not None else (packer.compress(data) + packer.flush() if method == 8 else data)
        crc = zlib.crc32(data) if crc is None else crc
        size = len(data) if size is None else size
        compressed = len(raw) if compressed is None else compressed
        seen = dict(name=name, flags=flags, method=method, crc=crc, compressed=compressed, size=size)
        seen.update(local or {})
        at = len(self.body) if offset is None else offset
        self.body += struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, seen["flags"], seen["method"], 0, 0x21, seen["crc"],
                                 seen["compressed"], seen["size"], len(seen["name"]), len(local_extra))
        self.body += seen["name"] + local_extra + raw + (descriptor or b"") + gap
        if central:
            named = name if central_name is None else central_name
            attributes = (mode << 16) if attributes is None else attributes
            self.central += struct.pack("<IBBHHHHHIIIHHHHHII", 0x02014B50, 20, host, 20, flags, method, 0, 0x21, crc,
                                        compressed, size, len(named), len(extra), 0, 0, 0, attributes, at)
            self.central += named + extra
            self.count += 1
        return self

    def plugin(self, top="package", **options):
        for name, data in sorted(PLUGIN.items()):
            self.add(f"{top}/{name}", data, **options)
        return self

    def end(self, count=None, comment=b"", size=None, offset=None, disk=0, extra=b"", before=b""):
        count = self.count if count is None else count
        offset = len(self.body) if offset is None else offset
        size = len(self.central) if size is None else size
        record = struct.pack("<IHHHHIIH", 0x06054B50, disk, disk, count, count, size, offset, len(comment)) + comment
        return self.body + before + self.central + record + extra


def descriptor(data, raw, signed=True, wide=False):
    body = struct.pack("<IQQ" if wide else "<III", zlib.crc32(data), len(raw), len(data))
    return (b"PK\x07\x08" if signed else b"") + body


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


# the cases ----------------------------------------------------------------------------------------

def hostile_tar():
    yield "path-absolute", "root", tgz(plugin(), entry("/etc/cron.d/x", b"x"))
    yield "path-absolute", "root-by-pax", tgz(plugin(), pax(("path", "/etc/x")), entry("package/x", b"x"))
    yield "path-absolute", "root-by-long-name", tgz(plugin(), long_name(b"/etc/x"), entry("package/x", b"x"))
    yield "path-parent", "climb", tgz(plugin(), entry("package/../../x", b"x"))
    yield "path-parent", "top", tgz(plugin(), entry("../x", b"x"))
    yield "path-parent", "inside", tgz(plugin(), entry("package/a/../b", b"x"))
    yield "path-parent", "last", tgz(plugin(), entry("package/..", b"x"))
    yield "path-parent", "directory", tgz(plugin(), entry("package/../../d", kind=b"5"))
    yield "path-parent", "prefix", tgz(plugin(), entry("x", b"x", prefix=b"package/../.."))
    yield "path-drive", "drive", tgz(plugin(), entry("C:/x", b"x"))
    yield "path-drive", "drive-relative", tgz(plugin(), entry("c:x", b"x"))
    yield "path-backslash", "unc", tgz(plugin(), entry("\\\\server\\share\\x", b"x"))
    yield "path-backslash", "windows", tgz(plugin(), entry("package\\..\\x", b"x"))
    yield "path-empty-part", "double", tgz(plugin(), entry("package//x", b"x"))
    yield "path-empty-part", "dot", tgz(plugin(), entry("package/./x", b"x"))
    yield "path-empty-part", "leading-dot", tgz(plugin(), entry("./package/x", b"x"))
    yield "path-empty-part", "file-with-slash", tgz(plugin(), entry("package/x/", b"x"))
    yield "path-control", "newline", tgz(plugin(), entry("package/a\nb", b"x"))
    yield "path-control", "escape", tgz(plugin(), entry("package/\x1b[2Jx", b"x"))
    yield "path-control", "c1", tgz(plugin(), entry("package/a\u009bb", b"x"))
    yield "path-control", "nul-in-pax", tgz(plugin(), pax(("path", "package/a\0b")), entry("s", b"x"))
    yield "path-control", "nul-in-long-name", tgz(plugin(), long_name(b"package/a\0b"), entry("s", b"x"))
    yield "path-control", "line-separator", tgz(plugin(), entry("package/a\u2028b", b"x"))
    yield "path-bidi", "override", tgz(plugin(), entry("package/\u202egpj.exe", b"x"))
    yield "path-bidi", "isolate", tgz(plugin(), entry("package/\u2066x", b"x"))
    yield "path-bidi", "mark", tgz(plugin(), entry("package/\u200fx", b"x"))
    yield "path-not-utf8", "latin1", tgz(plugin(), entry(b"package/\xe4", b"x"))
    yield "path-not-utf8", "surrogate", tgz(plugin(), entry(b"package/\xed\xa0\x80", b"x"))
    yield "path-not-utf8", "overlong", tgz(plugin(), entry(b"package/\xc0\xaf", b"x"))
    yield "path-alternate-stream", "stream", tgz(plugin(), entry("package/x.txt:evil", b"x"))
    yield "path-device", "nul", tgz(plugin(), entry("package/NUL", b"x"))
    yield "path-device", "com1", tgz(plugin(), entry("package/com1.txt", b"x"))
    yield "path-device", "lpt-superscript", tgz(plugin(), entry("package/LPT\u00b9", b"x"))
    yield "path-device", "directory", tgz(plugin(), entry("package/aux/x", b"x"))
    yield "path-trailing", "dot", tgz(plugin(), entry("package/x.", b"x"))
    yield "path-trailing", "space", tgz(plugin(), entry("package/x ", b"x"))
    yield "path-too-long", "path", tgz(plugin(), long_name(b"package/" + b"long-part/" * 110 + b"x"), entry("s", b"x"))
    yield "path-too-long", "part", tgz(plugin(), long_name(b"package/" + b"x" * 256), entry("s", b"x"))
    yield "path-too-deep", "deep", tgz(plugin(), long_name(b"package/" + b"d/" * 70 + b"x"), entry("s", b"x"))
    yield "path-too-deep", "deep-directory", tgz(plugin(), long_name(b"package/" + b"d/" * 100), entry("s", kind=b"5"))
    yield "link", "symbolic", tgz(plugin(), entry("package/passwd", kind=b"2", link=b"/etc/passwd"))
    yield "link", "symbolic-inside", tgz(plugin(), entry("package/x", kind=b"2", link=b"index.js"))
    yield "link", "hard", tgz(plugin(), entry("package/x", kind=b"1", link=b"package/index.js"))
    yield "link", "hard-outside", tgz(plugin(), entry("package/x", kind=b"1", link=b"../../../etc/passwd"))
    yield "link", "directory-then-file", tgz(entry("package/d", kind=b"2", link=b"/tmp"), plugin(), entry("package/d/x", b"x"))
    yield "link", "package-json", tgz(entry("package/package.json", kind=b"2", link=b"/etc/passwd"), plugin())
    yield "link", "long-link-name", tgz(plugin(), long_name(b"/etc/passwd", kind=b"K"), entry("package/x", kind=b"2"))
    yield "device", "character", tgz(plugin(), entry("package/null", kind=b"3"))
    yield "device", "block", tgz(plugin(), entry("package/disk", kind=b"4"))
    yield "fifo", "pipe", tgz(plugin(), entry("package/pipe", kind=b"6"))
    yield "type", "contiguous", tgz(plugin(), entry("package/x", b"x", kind=b"7"))
    yield "type", "sparse", tgz(plugin(), entry("package/x", b"x", kind=b"S"))
    yield "type", "volume", tgz(plugin(), entry("package/x", kind=b"V"))
    yield "type", "multi-volume", tgz(plugin(), entry("package/x", b"x", kind=b"M"))
    yield "type", "unknown", tgz(plugin(), entry("package/x", b"x", kind=b"Z"))
    yield "duplicate", "twice", tgz(plugin(), entry("package/x", b"a"), entry("package/x", b"b"))
    yield "duplicate", "manifest", tgz(plugin(), entry("package/wa.plugin.yaml", MANIFEST))
    yield "duplicate", "by-pax", tgz(plugin(), pax(("path", "package/index.js")), entry("other", b"evil"))
    yield "same-name", "case", tgz(plugin(), entry("package/a", b"a"), entry("package/A", b"b"))
    yield "same-name", "composed", tgz(plugin(), entry("package/\u00e9", b"a"), entry("package/e\u0301", b"b"))
    yield "same-name", "sharp-s", tgz(plugin(), entry("package/stra\u00dfe", b"a"), entry("package/STRASSE", b"b"))
    yield "same-name", "ligature", tgz(plugin(), entry("package/\ufb01le", b"a"), entry("package/file", b"b"))
    yield "same-name", "directories", tgz(plugin(), entry("package/d/a", b"a"), entry("package/D/b", b"b"))
    yield "same-name", "manifest", tgz(plugin(), entry("package/WA.plugin.yaml", MANIFEST))
    yield "file-and-directory", "file-first", tgz(plugin(), entry("package/a", b"a"), entry("package/a/b", b"b"))
    yield "file-and-directory", "directory-first", tgz(plugin(), entry("package/a/b", b"b"), entry("package/a", b"a"))
    yield "second-top-directory", "two", tgz(plugin(), entry("other/x", b"x"))
    yield "second-top-directory", "empty", tgz(plugin(), entry("other/", kind=b"5"))
    yield "no-top-directory", "beside", tgz(plugin(), entry("x", b"x"))
    yield "no-top-directory", "none", tgz(*[entry(name, data) for name, data in PLUGIN.items()])
    yield "directory-with-content", "bytes", tgz(plugin(), entry("package/d", b"hidden", kind=b"5"))
    yield "pax-size", "larger", tgz(plugin(), pax(("size", "1024")), entry("package/x", b"x" * 512), entry("package/y", b"y"))
    yield "pax-size", "smaller", tgz(plugin(), pax(("size", "0")), entry("package/x", entry("package/evil", b"y")))
    yield "pax-malformed", "length", tgz(plugin(), entry("P", b"99 path=x\n", kind=b"x"), entry("package/x", b"x"))
    yield "pax-malformed", "no-newline", tgz(plugin(), entry("P", b"9 path=ab", kind=b"x"), entry("package/x", b"x"))
    yield "pax-malformed", "twice", tgz(plugin(), pax(("path", "package/a"), ("path", "package/b")), entry("package/x", b"x"))
    yield "pax-malformed", "negative-size", tgz(plugin(), pax(("size", "-1")), entry("package/x", b"x"))
    yield "pax-key", "link-path", tgz(plugin(), pax(("linkpath", "/etc/passwd")), entry("package/x", b"x"))
    yield "pax-key", "sparse", tgz(plugin(), pax(("GNU.sparse.major", "1")), entry("package/x", b"x"))
    yield "pax-key", "global-path", tgz(pax(("path", "package/evil"), kind=b"g"), plugin())
    yield "pax-key", "global-size", tgz(pax(("size", "0"), kind=b"g"), plugin())
    yield "pax-key", "charset", tgz(plugin(), pax(("hdrcharset", "BINARY")), entry("package/x", b"x"))
    yield "extension-twice", "pax-and-long-name", tgz(plugin(), pax(("path", "package/a")), long_name(b"package/b"), entry("s", b"x"))
    yield "extension-twice", "two-long-names", tgz(plugin(), long_name(b"package/a"), long_name(b"package/b"), entry("s", b"x"))
    yield "extension-alone", "long-name", tgz(plugin(), long_name(b"package/a"))
    yield "extension-alone", "pax", tgz(plugin(), pax(("path", "package/a")))
    yield "metadata-too-large", "pax-bomb", zeros(plugin() + header("P", 600 * MIB, kind=b"x"), 600, END)
    yield "metadata-too-large", "long-name-bomb", zeros(plugin() + header("././@LongLink", 600 * MIB, kind=b"L"), 600, END)
    yield "metadata-too-large", "global-bomb", zeros(header("G", 600 * MIB, kind=b"g"), 600, END)
    yield "too-many-entries", "files", tgz(plugin(), b"".join(header(f"package/f{n}") for n in range(21_000)))
    yield "too-many-entries", "many", zeros(b"".join(header(f"package/f{n}") for n in range(150_000)), 0, END)
    yield "too-many-entries", "implied", tgz(plugin(), b"".join(header(f"package/d{n}/f") for n in range(12_000)))
    yield "names-too-long", "paths", tgz(plugin(), b"".join(
        long_name(b"package/" + b"p" * 250 + b"/" + b"q" * 250 + b"/" + b"r" * 250 + b"/%d" % n) + header("s") for n in range(7_000)))
    yield "file-too-large", "claim", tgz(plugin(), header("package/big", 300 * MIB))
    yield "file-too-large", "base-256", tgz(plugin(), header("package/big", size_field=b"\x80" + b"\0" * 3 + struct.pack(">Q", 1 << 40)))
    yield "ratio", "zeros", zeros(plugin() + header("package/zeros", 200 * MIB), 200, END)
    yield "ratio", "zeros-after-the-end", zeros(plugin() + END, 200)
    yield "total-too-large", "many-files", noise_bomb()
    yield "truncated", "half", tgz(plugin())[:300]
    yield "truncated", "no-end", gz(plugin())
    yield "truncated", "half-end", gz(plugin() + b"\0" * 512)
    yield "truncated", "in-a-file", gz(plugin() + header("package/x", 5000) + b"x" * 512)
    yield "truncated", "no-trailer", tgz(plugin())[:-8]
    yield "truncated", "no-blocks", gz(b"")
    yield "header", "checksum", tgz(plugin(), header("package/x", checksum=1))
    yield "header", "size", tgz(plugin(), header("package/x", size_field=b"zzzzzzzzzzz\0"))
    yield "header", "negative-size", tgz(plugin(), header("package/x", size_field=b"\xff" * 12))
    yield "header", "garbage", tgz(plugin(), b"\x55" * 512)
    yield "gzip", "crc", gz(plugin() + END, crc=1)
    yield "gzip", "length", gz(plugin() + END, size=1)
    yield "gzip", "damaged", damaged(tgz(plugin(), entry("package/noise", noise(20_000))))
    yield "gzip", "method", b"\x1f\x8b\x07" + tgz(plugin())[3:]
    yield "tail", "hidden-entries", gz(plugin() + END + entry("package/evil", b"x") + END)
    yield "tail", "one-byte", gz(plugin() + END + b"\0" * 511 + b"x")
    yield "trailing-bytes", "garbage", tgz(plugin()) + b"garbage"
    yield "trailing-bytes", "zeros", tgz(plugin()) + b"\0" * 64
    yield "second-member", "second", tgz(plugin()) + tgz(entry("package/evil", b"x"))
    yield "truncated", "split-into-two-members", gz(plugin()) + gz(END)
    yield "unknown-format", "text", b"this is no archive"
    yield "unknown-format", "plain-tar", plugin() + END
    yield "unknown-format", "xz", b"\xfd7zXZ\0" + b"\0" * 64
    yield "unknown-format", "empty", b""


def noise(length):
    """Bytes that no compressor makes smaller, the same each time."""
    state, out = 0x2545F491, bytearray()
    while len(out) < length:
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        out += struct.pack("<I", state)
    return bytes(out[:length])


def damaged(data):
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 0xFF]) + data[len(data) // 2 + 1 :]


def noise_bomb():
    """More than 512 MiB in files that are each allowed, at a ratio that is each allowed."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    # Half a percent of noise keeps the ratio under the limit.
    block = noise(8 << 10) + b"\0" * (MIB - (8 << 10))
    head, out, crc, size = plugin(), [], 0, 0
    pieces = [head]
    for number in range(6):
        pieces.append(header(f"package/big{number}", 100 * MIB))
        pieces += [block] * 100
    for piece in [*pieces, END]:
        out.append(packer.compress(piece))
        crc, size = zlib.crc32(piece, crc), size + len(piece)
    out.append(packer.flush())
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + b"".join(out) + struct.pack("<II", crc, size & 0xFFFFFFFF)


def hostile_zip():
    def good():
        return Zip().plugin()

    yield "path-parent", "climb", good().add("package/../../x", b"x").end()
    yield "path-absolute", "root", good().add("/etc/x", b"x").end()
    yield "path-backslash", "windows", good().add("package\\x", b"x").end()
    yield "path-drive", "drive", good().add("C:/x", b"x").end()
    yield "path-control", "nul", good().add("package/a\0b", b"x").end()
    yield "path-not-utf8", "without-the-flag", good().add("package/\u00e4", b"x").end()
    yield "path-not-utf8", "flag-that-lies", good().add(b"package/\xe4", b"x", flags=1 << 11).end()
    yield "link", "symbolic", good().add("package/x", b"/etc/passwd", method=0, mode=0o120777).end()
    yield "device", "character", good().add("package/x", mode=0o020644).end()
    yield "fifo", "pipe", good().add("package/x", mode=0o010644).end()
    yield "type", "socket", good().add("package/x", mode=0o140644).end()
    yield "duplicate", "twice", good().add("package/x", b"a").add("package/x", b"b").end()
    yield "same-name", "case", good().add("package/a", b"a").add("package/A", b"b").end()
    yield "second-top-directory", "two", good().add("other/x", b"x").end()
    yield "no-top-directory", "none", Zip().plugin(top="package").add("x", b"x").end()
    yield "file-and-directory", "mode-of-a-directory", good().add("package/x", mode=0o040755).end()
    yield "file-and-directory", "dos-directory", good().add("package/x", host=0, attributes=0x10).end()
    yield "directory-with-content", "bytes", good().add("package/d/", b"hidden", mode=0o040755).end()
    yield "encrypted", "flag", good().add("package/x", b"x", flags=1).end()
    yield "zip-method", "bzip2", good().add("package/x", b"x", method=12).end()
    yield "zip-method", "deflate64", good().add("package/x", b"x", method=9).end()
    for what, lie in [("name", dict(name=b"package/other")), ("flags", dict(flags=2)), ("method", dict(method=0)),
                      ("crc", dict(crc=1)), ("size", dict(size=99)), ("compressed", dict(compressed=1))]:
        yield "zip-headers", f"local-{what}", good().add("package/x", b"xxxx" * 9, local=lie).end()
    unicode_path = struct.pack("<HHBI", 0x7075, 5 + 12, 1, 0) + b"package/evil"
    yield "zip-headers", "unicode-path", good().add("package/x", b"x", extra=unicode_path).end()
    yield "zip-headers", "unicode-path-before-the-bytes", good().add("package/x", b"x", local_extra=unicode_path).end()
    data = b"described" * 9
    wrong = struct.pack("<III", 1, 2, 3)
    yield "zip-headers", "descriptor", good().add("package/x", data, flags=8, local=dict(crc=0, size=0, compressed=0), descriptor=wrong).end()
    yield "zip-headers", "no-descriptor", good().add("package/x", data, flags=8, local=dict(crc=0, size=0, compressed=0)).end()
    yield "zip-headers", "zip64-without-sizes", good().add("package/x", b"x", size=0xFFFFFFFF).end()
    yield "zip-content", "crc", good().add("package/x", b"xxxx", crc=7).end()
    yield "zip-content", "longer", good().add("package/x", b"x" * 100, size=50).end()
    yield "zip-content", "shorter", good().add("package/x", b"x" * 100, size=200).end()
    yield "zip-content", "damaged", good().add("package/x", b"", packed=b"\xff\xff\xff\xff", size=4).end()
    yield "zip-content", "bytes-behind-the-stream", good().add("package/x", b"abc", packed=deflated(b"abc") + b"hidden").end()
    yield "zip-content", "stored-size", good().add("package/x", b"abc", method=0, size=2).end()
    yield "zip", "gap", good().add("package/x", b"x", gap=b"gap").add("package/y", b"y").end()
    yield "unknown-format", "prefix", shifted(b"#!/bin/sh\n")
    yield "zip", "prefix-like-a-zip", shifted(b"PK\3\4 no entry")
    yield "zip", "hidden-entry", good().add("package/hidden", b"x", central=False).add("package/y", b"y").end()
    yield "zip", "hidden-last-entry", good().add("package/hidden", b"x", central=False).end()
    yield "zip", "overlap", good().add("package/x", b"x", offset=0).end()
    yield "zip", "before-the-directory", good().end(before=b"gap")
    yield "zip", "count-too-low", good().end(count=2)
    yield "zip", "count-too-high", good().end(count=9)
    yield "zip", "directory-size", good().end(size=10)
    yield "zip", "multi-disk", good().end(disk=1)
    yield "zip", "unknown-flags", good().add("package/x", b"x", flags=1 << 5).end()
    yield "zip", "masked-header", good().add("package/x", b"x", flags=1 << 13).end()
    yield "trailing-bytes", "after-the-end", good().end(extra=b"garbage")
    yield "trailing-bytes", "second-end-record-in-the-comment", good().end(comment=Zip().end()[:22] + b"x")
    yield "truncated", "half", good().end()[:200]
    yield "truncated", "no-end-record", good().body
    yield "file-too-large", "claim", good().add("package/x", b"x", size=300 * MIB).end()
    yield "ratio", "zeros", good().add("package/x", b"\0" * (64 * MIB)).end()
    yield "ratio", "overlapping-quine-like", good().add("package/x", b"", packed=deflated(b"\0" * 4096), size=200 * MIB).end()
    yield "total-too-large", "many-claims", many_claims()
    yield "too-many-entries", "many", many_entries()
    yield "zip", "two-ends-disagree", good().end(offset=0xFFFFFFFF)


def shifted(prefix):
    """A zip behind other bytes, whose offsets count them."""
    other = Zip()
    other.body = prefix
    other.plugin()
    return other.end()


def many_claims():
    archive = Zip().plugin()
    for number in range(6):
        archive.add(f"package/big{number}", b"", packed=noise(2 * MIB) if number == 0 else noise(2 * MIB), size=100 * MIB)
    return archive.end()


def many_entries():
    parts, central, at = [], [], 0
    for number in range(21_000):
        one = Zip().add(f"package/f{number}", b"", method=0)
        parts.append(one.body)
        central.append(one.central[:42] + struct.pack("<I", at) + one.central[46:])
        at += len(one.body)
    archive = Zip()
    archive.body, archive.central = b"".join(parts), b"".join(central)
    return archive.end(count=21_000)


def valid():
    long = "package/" + "long-part/" * 20 + "x"
    yield "plain.tgz", tgz(plugin())
    yield "another-top-directory.tgz", tgz(plugin(top="desk-1.0.0"))
    yield "listed-directories.tgz", tgz(entry("package/", kind=b"5", mode=0o755), plugin(), entry("package/d/", kind=b"5"), entry("package/d/x", b"x"))
    yield "directories-twice.tgz", tgz(plugin(), entry("package/d/x", b"x"), entry("package/d/", kind=b"5"), entry("package/d", kind=b"5"))
    yield "empty-directory.tgz", tgz(plugin(), entry("package/empty/", kind=b"5"))
    yield "empty-file.tgz", tgz(plugin(), entry("package/empty.txt"))
    yield "long-name.tgz", tgz(plugin(), long_name(long.encode()), entry(long[:100], b"x"))
    yield "pax-path.tgz", tgz(plugin(), pax(("path", long)), entry("short", b"x"))
    yield "prefix.tgz", tgz(plugin(), entry("x.txt", b"x", prefix=b"package/some/prefix"))
    yield "pax-times.tgz", tgz(plugin(), pax(("mtime", "1.5"), ("atime", "2"), ("uname", "ana")), entry("package/x", b"x"))
    yield "pax-attributes.tgz", tgz(plugin(), pax(("SCHILY.xattr.user.x", "y"), ("LIBARCHIVE.creationtime", "1")), entry("package/x", b"x"))
    yield "pax-size-that-agrees.tgz", tgz(plugin(), pax(("size", "3")), entry("package/x", b"abc"))
    yield "git-archive.tgz", tgz(pax(("comment", "0123456789abcdef"), kind=b"g"), plugin(top="desk-0123456"))
    yield "executable.tgz", tgz(plugin(), entry("package/bin/run.sh", b"#!/bin/sh\n", mode=0o755))
    yield "setuid-becomes-plain.tgz", tgz(plugin(), entry("package/run.sh", b"#!/bin/sh\n", mode=0o6755))
    yield "old-header.tgz", tgz(plugin(), entry("package/x", b"x", kind=b"\0", magic=b""))
    yield "gnu-header.tgz", tgz(plugin(), entry("package/x", b"x", magic=b"ustar  \0"))
    yield "unicode-name.tgz", tgz(plugin(), entry("package/\u00e4\u4e2d.txt", b"x"))
    yield "spaces.tgz", tgz(plugin(), entry("package/a b/c d.txt", b"x"))
    yield "much-padding.tgz", gz(plugin() + b"\0" * 10240)
    yield "stored-gzip.tgz", gz(plugin() + END, level=0)
    yield "gzip-with-name.tgz", named_gzip(plugin() + END)
    yield "odd-top-name.tgz", tgz(plugin(top="@acme-desk 1.0"))
    yield "many-files.tgz", tgz(plugin(), b"".join(entry(f"package/lib/f{n}.txt", b"x") for n in range(3_000)))
    yield "large-file.tgz", tgz(plugin(), entry("package/noise.bin", noise(3 * MIB)))
    yield "plain.zip", Zip().plugin().end()
    yield "stored.zip", Zip().plugin(method=0).end()
    yield "another-top-directory.zip", Zip().plugin(top="desk-main").end()
    yield "directories.zip", Zip().add("package/", mode=0o040755, method=0).plugin().end()
    yield "executable.zip", Zip().plugin().add("package/bin/run.sh", b"#!/bin/sh\n", mode=0o100755).end()
    yield "from-windows.zip", Zip().plugin(host=0, attributes=0x20).end()
    yield "comment.zip", Zip().plugin().end(comment=b"made by hand")
    yield "unicode-name.zip", Zip().plugin().add("package/\u00e4\u4e2d.txt", b"x", flags=1 << 11).end()
    data = b"described" * 100
    streamed = dict(flags=8, local=dict(crc=0, size=0, compressed=0))
    yield "descriptor.zip", Zip().plugin().add("package/x", data, descriptor=descriptor(data, deflated(data)), **streamed).end()
    yield "descriptor-unsigned.zip", Zip().plugin().add(
        "package/x", data, descriptor=descriptor(data, deflated(data), signed=False), **streamed).end()
    zip64 = struct.pack("<HHQQ", 1, 16, len(data), len(deflated(data)))
    yield "zip64-sizes.zip", Zip().plugin().add(
        "package/x", data, local=dict(size=0xFFFFFFFF, compressed=0xFFFFFFFF), local_extra=zip64).end()
    yield "python-zipfile.zip", by_python()


def named_gzip(data):
    whole = gz(data)
    return whole[:3] + b"\x08" + whole[4:10] + b"desk.tar\0" + whole[10:]


def by_python():
    import zipfile
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(PLUGIN.items()):
            archive.writestr(zipfile.ZipInfo(f"package/{name}", (1985, 10, 26, 8, 15, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def main(target):
    target = Path(target)
    for extension, cases in [("tgz", hostile_tar()), ("zip", hostile_zip())]:
        for rule, case, data in cases:
            folder = target / "hostile" / rule
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"{case}.{extension}"
            assert not file.exists(), file
            file.write_bytes(data)
    (target / "valid").mkdir(parents=True, exist_ok=True)
    for name, data in valid():
        (target / "valid" / name).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
