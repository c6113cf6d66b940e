"""Counts words. The longest text is kept in a file of the plugin's own, which is opened as any file is."""

import re
import threading
from collections import Counter

from wa_plugin import Plugin

plugin = Plugin()

# Calls run in threads, at the same time.
keeping = threading.Lock()


@plugin.tool("word_count")
def word_count(input, wa):
    words = re.findall(r"\w+", input["text"].casefold())
    record = wa.data / "record.txt"
    with keeping:
        if not record.exists() or len(record.read_text()) < len(input["text"]):
            record.write_text(input["text"])
            wa.log.info("a new record", words=len(words))
    most = Counter(words).most_common(1)
    return {"words": len(words), "most": most[0][0] if most else ""}


@plugin.tool("word_record")
def word_record(input, wa):
    with keeping:
        record = wa.data / "record.txt"
        return {"text": record.read_text() if record.exists() else ""}


plugin.run()
