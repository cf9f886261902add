"""Looks for secrets where none may be.

Searches what a worker writes for every token, code and secret that the simulator ever issued, whole
or in part, plain or encoded.
"""

import base64
import binascii
import codecs
import re
from urllib.parse import unquote

LONG = 12  # this many consecutive bytes of a secret are a leak
WORD = re.compile(rf"[A-Za-z0-9_@%~.+/=\\-]{{{LONG},}}")
KIND = re.compile(r"^(?:.*@@@|\d+_)")  # a token's prefix tells its kind and is no secret


def windows(text):
    return (text[at:at + LONG] for at in range(len(text) - LONG + 1))


def parts_of(secrets):
    """Returns every run of LONG consecutive bytes of each secret."""
    return {part for secret in secrets for part in windows(KIND.sub("", secret))}


def readings(word):
    """Yields the word itself and what it decodes to: by percent encoding, escapes, base64,
    hexadecimal digits."""
    yield word
    if "%" in word:
        yield unquote(word, "latin-1")
        yield unquote(unquote(word, "latin-1"), "latin-1")
    if "\\" in word:
        yield codecs.decode(word.encode("latin-1", "replace"), "unicode_escape", "replace")
    digits = re.sub(r"[^A-Za-z0-9]", lambda m: {"-": "+", "_": "/"}.get(m[0], m[0] if m[0] in "+/" else ""), word)
    for start in range(4):  # its position within a group of four is not known
        piece = digits[start:]
        yield base64.b64decode(piece[:len(piece) // 4 * 4]).decode("latin-1")
    for digits in re.findall(rf"[0-9A-Fa-f]{{{2 * LONG},}}", word):
        yield binascii.unhexlify(digits[:len(digits) // 2 * 2]).decode("latin-1")


class Finder:
    """Searches texts, one after the other. Each word is searched only once, because logs repeat."""

    def __init__(self, secrets):
        self.parts, self.known, self.found = parts_of(secrets), {}, []

    def tells(self, word):
        if word not in self.known:
            self.known[word] = any(part in self.parts for text in readings(word) for part in windows(text))
        return self.known[word]

    def look(self, place, text):
        for line in text.splitlines():
            if any(self.tells(word) for word in WORD.findall(line)):
                self.found.append(f"{place}: {line[:200]}")
