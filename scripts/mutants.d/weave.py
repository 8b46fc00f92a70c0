"""Many mutants in one build: each changed place asks which mutant it is to be.
What cannot be woven in (a constant, a condition with `let`, a place where the
compiler says no) is left to a build of its own."""

from collections import defaultdict

import tree_sitter
import tree_sitter_rust

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))
ASK = """
#[doc(hidden)]
#[allow(warnings, clippy::all, clippy::pedantic)]
pub fn mutated(number: u32) -> bool {
    static IT: std::sync::OnceLock<Option<u32>> = std::sync::OnceLock::new();
    *IT.get_or_init(|| std::env::var("ARCHIVER_MUTANT").ok()?.parse().ok()) == Some(number)
}
"""


class Site:
    """A range of a file, and the mutants that change it."""

    def __init__(self, start, end, weave):
        self.start, self.end, self.weave, self.mutants = start, end, weave, []


def weave(source, mutants):
    """(the file with these mutants in it, the numbers that are in it).
    `mutants`: number -> mutant as cargo-mutants lists it."""
    root = PARSER.parse(source).root_node
    lines = source.decode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))

    def offset(place):
        line = lines[place["line"] - 1]
        return starts[place["line"] - 1] + len(line[: place["column"] - 1].encode())

    sites = {}
    for number, mutant in mutants.items():
        begin, end = offset(mutant["span"]["start"]), offset(mutant["span"]["end"])
        site = place(root, mutant["genre"], begin, end)
        if site:
            site = sites.setdefault((site.start, site.end, site.weave.__name__), site)
            site.mutants.append((number, mutant["replacement"]))
    # A body that is one expression: the body goes around the expression.
    ordered = sorted(sites.values(), key=lambda it: (it.start, -it.end, it.weave.__name__ != "body"))
    out = text(source, 0, len(source), ordered)
    numbers = (number for site in sites.values() for number, _ in site.mutants)
    return out, {number for number in numbers if ask(number) in out}


def text(source, start, end, sites):
    """The range with all sites in it woven."""
    out, at = [], start
    for site in sites:
        if site.start < at or site.end > end or site.start < start:
            continue
        inner = [it for it in sites if it is not site and site.start <= it.start and it.end <= site.end
                 and (it.end - it.start < site.end - site.start or sites.index(it) > sites.index(site))]
        out.append(source[at:site.start])
        out.append(site.weave(lambda a, b: text(source, a, b, inner), site.mutants))
        at = site.end
    out.append(source[at:end])
    return b"".join(out)


def ask(number):
    return f"crate::mutated({number})".encode()


def place(root, genre, begin, end):
    node = root.descendant_for_byte_range(begin, end)
    if genre == "FnValue":
        def body(inner, mutants):
            asked = b"".join(b"if " + ask(n) + b" { return " + r.encode() + b"; } " for n, r in mutants)
            return asked + inner(begin, end)
        return Site(begin, end, body)
    if genre == "MatchArmGuard":
        def guard(inner, mutants):
            out = inner(begin, end)
            for n, r in mutants:
                out = b"(if " + ask(n) + b" { " + r.encode() + b" } else { " + out + b" })"
            return out
        return Site(begin, end, guard)
    if genre in ("BinaryOperator", "UnaryOperator"):
        kind = "binary_expression" if genre == "BinaryOperator" else "unary_expression"
        while node and node.type != kind:
            node = node.parent
        if not node or has_let(node):
            return None
        if genre == "UnaryOperator":
            operand = node.children[-1]
            if node.start_byte != begin:
                return None

            def unary(inner, mutants):
                whole = node.text[: operand.start_byte - node.start_byte] + inner(operand.start_byte, operand.end_byte)
                return (b"(if " + ask(mutants[0][0]) + b" { " + inner(operand.start_byte, operand.end_byte)
                        + b" } else { " + whole + b" })")
            return Site(node.start_byte, node.end_byte, unary)
        left, operator, right = node.child_by_field_name("left"), node.child_by_field_name("operator"), node.child_by_field_name("right")
        if operator.start_byte != begin:
            return None

        def binary(inner, mutants):
            a, b = inner(left.start_byte, left.end_byte), inner(right.start_byte, right.end_byte)
            out = a + b" " + operator.text + b" " + b
            for n, r in mutants:
                out = b"if " + ask(n) + b" { " + a + b" " + r.encode() + b" " + b + b" } else { " + out + b" }"
            return b"(" + out + b")"
        return Site(node.start_byte, node.end_byte, binary)
    if genre == "MatchArm":
        while node and node.type != "match_arm":
            node = node.parent
        if not node or node.start_byte != begin:
            return None
        pattern = node.child_by_field_name("pattern")
        condition = pattern.child_by_field_name("condition")
        if condition is not None and has_let(condition):
            return None
        target = condition or pattern

        def arm(inner, mutants):
            out = inner(target.start_byte, target.end_byte)
            if condition is None:
                return out + b" if !" + ask(mutants[0][0])
            return b"!" + ask(mutants[0][0]) + b" && (" + out + b")"
        return Site(target.start_byte, target.end_byte, arm)
    return None


def has_let(node):
    return node.type in ("let_condition", "let_chain") or any(has_let(it) for it in node.children)


def by_file(mutants):
    files = defaultdict(dict)
    for number, mutant in mutants.items():
        files[mutant["file"]][number] = mutant
    return files
