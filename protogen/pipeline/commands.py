"""What in a request speaks to a program instead of to people: it is taken out before anything is read.

A list of phrases stops nobody who tries for long. It is the first of several walls: the model sees the request as
material between fences, its answers are held to a schema and to what the customer said, and no answer can reach
more than the words of its own field.
"""

from __future__ import annotations

import re

from protogen.checks.copy import sentences

# Marks that end a turn or a fence in the templates of chat models: Qwen, Llama, Mistral, Gemma, Phi.
_MARKS = re.compile(
    r"<\|[^<>|]{0,60}\|>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\]|<<?/?SYS>>?|"
    r"</?(?:s|bos|eos|start_of_turn|end_of_turn|think|tool_call|tool_response)>|={4,}|#{4,}|(?m:^(?:-{4,}|`{3,})$)",
    re.I,
)
# Letters that nobody sees: soft hyphens, zero-width spaces, marks of direction, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
    "|[\U000e0000-\U000e007f]"
)
# Code is cut out of a request before it is read; what then still speaks to a program is not copy.
_CODE = re.compile(
    r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-z][^<>]*>|\{\{.*?\}\}|\{%.*?%\}|!\[[^\]]*\]\([^)]*\)|"
    r"\]\(\s*(?:javascript|data|vbscript|file):(?:[^()]|\([^()]*\))*\)|\b(?:javascript|vbscript):\S*",
    re.I | re.DOTALL,
)
_RULES = (
    r"(?:instructions?|rules?|prompts?|guidelines?|orders?|directives?|constraints?|programming|everything|"
    r"instrukc[ei]\w*|pokyn\w*|anweisung\w*|regeln|instruc(?:c|ç)(?:i|õ)\w*|instrucciones|consignes|istruzioni|"
    r"instrukcj\w*|polece[nń]\w*|инструкци\w*|указани\w*|інструкці\w*|вказівк\w*)"
)
_COMMANDS = re.compile(
    rf"\b(?:ignore|disregard|forget|override|bypass|skip|drop|violate|ignoruj\w*|zapome[nň]\w*|ignorier\w*|vergiss|"
    rf"vergessen sie|ignora|ignorad|olvida|oubli(?:e|ez)|ignor(?:e|ez)|dimentica|zignoruj\w*|zapomnij|esque[cç]a|"
    rf"игнорируй\w*|забудь\w*|ігноруй\w*)\b.{{0,60}}\b{_RULES}\b"
    rf"|\b(?:reveal|print|repeat|show|output|leak|display|dump|expose|disclose)\b.{{0,40}}\b"
    rf"(?:system prompt|your (?:prompt|instructions?|rules)|instructions? (?:above|word)|api[ _-]?keys?|secrets?|"
    rf"environment variables?|password)"
    rf"|\bsystem prompt\b|\bnew (?:instructions?|task|orders?|rules?)(?: (?:are|is)\b|:)|\bjailbreak\b"
    rf"|\bdeveloper mode\b"
    rf"|\byou (?:are|must) (?:now|only|from now)\b|\bfrom now on,? you\b|\byou are (?:free of|no longer)\b|\byou now\b"
    rf"|\b(?:pretend|act) (?:to be|as|that you)\b|\bas an? (?:ai|language model|assistant)\b"
    rf"|\bto the (?:ai|model|llm|bot)\b"
    rf"|\b(?:respond|answer|reply) (?:only )?with\b|\banswer (?:each|every) question\b|\bthe newest order\b"
    rf"|\bnapi[sš](?:te)? na str[aá]nku\b|\boverride your\b|\bend (?:every|each) sentence\b"
    rf"|\b(?:say|write|put|repeat|insert)\b.{{0,60}}\b(?:each|every|all) (?:fields?|answers?|sentences?|outputs?)\b",
    re.I,
)
_SPEAKER = re.compile(r"^\s*(?:system|assistant|user|human|ai|developer|tool)\s*:", re.I)
_SHELL = re.compile(
    r"\$\(|\brm -rf\b|\b(?:curl|wget)\s+-|\bdrop table\b|\bunion select\b|\bimport os\b|__\w+__|"
    r"\b(?:cmd|powershell)\.exe",
    re.I,
)
# Lines such as the ledger's own trailers, which a page or a log might be taken for.
_RECORD = re.compile(
    r"^(?:job|status|attempt|created-at|expires-at|content|duration-ms|bytes|degraded|stage-\w+|error|user|submission|"
    r"request):\s*\S+$",
    re.I,
)
_LEFT_OVER = re.compile(r"[<>{}]")


def without_commands(text: str) -> str:
    """`text` without code, without letters that nobody sees, and without sentences that command a program."""
    seen = _CODE.sub(" ", _MARKS.sub("\n", _UNSEEN.sub("", text)))
    return "\n".join(_spoken(line) for line in seen.splitlines())


def commands(sentence: str) -> bool:
    """True where a sentence speaks to a program."""
    return any(each.search(sentence) for each in (_COMMANDS, _SPEAKER, _SHELL, _RECORD, _LEFT_OVER))


def _spoken(line: str) -> str:
    if _SPEAKER.search(line) or _RECORD.match(line.strip()):
        return ""
    return " ".join(each for each in sentences(line) if not commands(each)) if line.strip() else ""
