"""What the library says in the words of Python, in those of the shell."""

# SPDX-License-Identifier: BSD-3-Clause

import re

OPTIONS = {
    "word": "WORD",
    "blank": "--blank",
    "prefix": "--prefix",
    "suffix": "--ends-with",
    "pattern": "--pattern",
    "exclude": "--exclude-file",
    "temperature": "--temperature",
    "top_k": "--top-k",
    "top_p": "--top-p",
    "symbols": "--symbols",
    "device": "--device",
    "random_state": "--seed",
}
PARAMETERS = "alphabet", "boundary", "handle_unknown"  # of any estimator: with -p
LENGTHS = {"min_length": "--length {}-", "max_length": "--length -{}"}
PHRASES = {
    "min_length= and max_length=": "--length",
    "a prefix or a max_length": "--prefix or --length",
    "or filter the words": "or use grep on the output",
    "predicate=": "grep on the output",
    "complete()": "the verb complete",
    "re.escape(text) makes one of a text": "A backslash takes the character after it as it is",
}
PYTHON_WORDS = re.compile(
    rf"The '(?P<checked>{'|'.join(OPTIONS)})' parameter of \w+"
    r"""|(?<!\w)(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""  # what the user wrote
    rf"|(?P<phrase>{'|'.join(map(re.escape, PHRASES))})"
    rf"|\b(?P<length>{'|'.join(LENGTHS)})=(?P<number>\d+)"
    rf"|\b(?P<of_words>{'|'.join(OPTIONS)})(?=, word at position)"
    rf"|\b(?P<name>{'|'.join(OPTIONS)})=(?P<value>(?=\S)(?![,.;:]))?"
    rf"|\b(?P<parameter>{'|'.join(PARAMETERS)})="
)


def in_shell_words(message: str) -> str:
    """Return a message of the library with options in place of arguments: --top-k 5 for top_k=5."""
    return PYTHON_WORDS.sub(_in_shell_words, message)


def _in_shell_words(found: re.Match[str]) -> str:
    if alone := found["checked"] or found["of_words"]:
        return OPTIONS[alone]
    if found["phrase"]:
        return PHRASES[found["phrase"]]
    if found["length"]:
        return LENGTHS[found["length"]].format(found["number"])
    if found["name"]:
        return OPTIONS[found["name"]] + (" " if found["value"] is not None else "")
    if found["parameter"]:
        return f"-p {found['parameter']}="
    return found[0]
