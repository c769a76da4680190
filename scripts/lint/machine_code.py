"""Instructions of one machine stay in core/fiber and core/world; elsewhere they stand behind an #if that names the machine."""

from __future__ import annotations

import re

from tree import cpp_files, finding, numbered, tree, without_comments

ABOUT = "intrinsics and assembly of one machine stand where other machines have another text"

ALLOWED = ("core/fiber/", "core/world/", "variants/shared/native_asm_")
MACHINE = re.compile(r"__(x86_64|i386|aarch64)__")
HEADER = re.compile(r"^\s*#\s*include\s*<((?:[a-z]*mmintrin|[a-z0-9]*intrin|cpuid|arm_\w+|sys/platform/x86)\.h)>")
INTRINSIC = re.compile(r"\b(_mm\d*_\w+|_xgetbv|_rdrand\w*|__rdtscp?|__cpuid\w*|__get_cpuid\w*|__builtin_ia32_\w+|__builtin_aarch64_\w+|__arm_\w+)\b")
# An asm statement with an instruction in it; an empty one only stops the compiler.
ASSEMBLY = re.compile(r"\basm\b(?:\s+(?:volatile|inline|goto))*\s*\(\s*(?:R\"|\"(?!\"))")
CONDITIONAL = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)")


def check(of: tree) -> list[finding]:
    found = []
    for path in cpp_files(of, "core", "variants", "stress", "bench"):
        if not path.startswith(ALLOWED):
            found += in_file(path, of.text(path))
    return found


def in_file(path: str, text: str) -> list[finding]:
    found = []
    behind: list[bool] = []  # one for each #if that is open: does it name a machine?
    whole = text.splitlines()
    for line, code in numbered(without_comments(text)):
        conditional = CONDITIONAL.match(code)
        if conditional:
            word, condition = conditional.groups()
            names = bool(MACHINE.search(condition))
            if word.startswith("if"):
                behind.append(names)
            elif word == "elif" and behind:
                behind[-1] = behind[-1] or names
            elif word == "endif" and behind:
                behind.pop()
        if any(behind):
            continue
        header = HEADER.match(code)
        named = header[1] if header else next((match[0] for match in INTRINSIC.finditer(code)), None)
        if named is None and re.search(r"\basm\b", code) and ASSEMBLY.search("\n".join(whole[line - 1 : line + 1])):
            named = "assembly"
        if named is not None:
            found.append(finding(path, line, f"{named}: of one machine, and behind no #if that says which; core/fiber and core/world are the places for it"))
    return found
