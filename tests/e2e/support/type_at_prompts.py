"""Runs a program in a real terminal and types an answer when each prompt has come: PROGRAM-AND-ARGUMENTS -- PROMPT ANSWER …"""

import os
import pty
import sys

words = sys.argv[1:]
split = words.index("--")
program, script = words[:split], words[split + 1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(program[0], program)

seen, begin = b"", 0


def more():
    global seen
    try:
        chunk = os.read(terminal, 4096)
    except OSError:  # the program has closed its terminal
        chunk = b""
    seen += chunk
    return bool(chunk)


for prompt, answer in zip(script[::2], script[1::2]):
    while seen.find(prompt.encode(), begin) < 0:
        if not more():
            sys.exit(f"the program ended before it asked {prompt!r}:\n{seen.decode()}")
    begin = seen.find(prompt.encode(), begin) + len(prompt)
    os.write(terminal, answer.encode())
while more():
    pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
