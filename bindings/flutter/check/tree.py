"""What a Dart file declares and uses, out of the tree that a grammar makes of it."""

from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter
import tree_sitter_dart

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_dart.language()))


@dataclass
class Parameters:
    """What a function takes."""

    needed: int = 0
    positional: int = 0
    named: set = field(default_factory=set)
    required: set = field(default_factory=set)

    def take(self, given: int, names: set) -> bool:
        return self.needed <= given <= self.positional and names <= self.named and self.required <= names


@dataclass
class File:
    path: Path
    root: tree_sitter.Node
    imports: list = field(default_factory=list)
    exports: list = field(default_factory=list)
    top: set = field(default_factory=set)
    inner: set = field(default_factory=set)
    members: set = field(default_factory=set)
    locals: set = field(default_factory=set)
    bases: set = field(default_factory=set)
    functions: dict = field(default_factory=dict)

    def where(self, node: tree_sitter.Node) -> str:
        return f"{self.path}:{node.start_point[0] + 1}"


def text(node: tree_sitter.Node) -> str:
    return node.text.decode()


def walk(node: tree_sitter.Node):
    yield node
    for child in node.named_children:
        yield from walk(child)


def children(node: tree_sitter.Node, kind: str) -> list:
    return [child for child in node.named_children if child.type == kind]


def read(path: Path) -> File:
    file = File(path, PARSER.parse(path.read_bytes()).root_node)
    for node in walk(file.root):
        declare(file, node)
    return file


def faults(file: File) -> list:
    """What is no Dart."""

    def look(node):
        if node.type == "ERROR" or node.is_missing:
            yield f"{file.where(node)}: no Dart: {text(node)[:60]!r}"
        for child in node.children:
            yield from look(child)

    return list(look(file.root))


DECLARE_TOP = {"class_definition", "enum_declaration", "mixin_declaration", "extension_declaration"}
SIGNATURES = {"function_signature", "getter_signature", "setter_signature"}
CONSTRUCTORS = {"constructor_signature", "constant_constructor_signature", "factory_constructor_signature"}
LOCALS = {
    "initialized_variable_definition": "name",
    "for_loop_parts": "name",
    "formal_parameter": "name",
    "typed_identifier": None,
    "initialized_identifier": None,
    "static_final_declaration": None,
    "variable_pattern": None,
    "type_parameter": None,
    "catch_parameters": None,
}


def declare(file: File, node: tree_sitter.Node) -> None:
    kind = node.type
    if kind == "library_import" or kind == "library_export":
        uri = next(text(child).strip("'\"") for child in walk(node) if child.type == "string_literal")
        shown = [text(name) for part in walk(node) if part.type == "combinator" for name in children(part, "identifier")]
        (file.imports if kind == "library_import" else file.exports).append((uri, set(shown)))
    elif kind in DECLARE_TOP:
        file.top.add(text(node.child_by_field_name("name")))
        bases = [text(name) for part in node.named_children if part.type in ("superclass", "interfaces")
                 for name in walk(part) if name.type == "type_identifier"]
        extended = node.child_by_field_name("class")
        file.bases.update(bases + ([text(extended)] if extended else []))
    elif kind == "type_alias":
        file.top.add(text(children(node, "type_identifier")[0]))
    elif kind == "enum_constant":
        file.members.add(text(node.child_by_field_name("name")))
    elif kind in SIGNATURES:
        name = text(node.child_by_field_name("name"))
        is_top = node.parent.type == "program"
        (file.top if is_top else file.members).add(name)
        file.inner.add(name)
        if kind == "function_signature":
            file.functions.setdefault(name, []).append(parameters(node))
    elif kind in CONSTRUCTORS:
        names = [text(name) for name in children(node, "identifier")]
        file.members.update(names[1:])
        file.functions.setdefault(".".join(names), []).append(parameters(node))
    elif "pattern" in kind:
        file.inner.update(text(name) for name in children(node, "identifier"))
    elif kind == "constructor_param":
        file.inner.update(text(name) for name in children(node, "identifier"))
    elif kind in LOCALS:
        named = node.child_by_field_name(LOCALS[kind]) if LOCALS[kind] else None
        for name in [named] if named else children(node, "identifier") + children(node, "type_identifier"):
            file.inner.add(text(name))
            if in_body(node):
                file.locals.add(text(name))
        if kind in ("initialized_identifier", "static_final_declaration"):
            is_member = any(up.type in ("class_body", "extension_body") for up in ups(node)) and not in_body(node)
            if is_member:
                file.members.add(text(children(node, "identifier")[0]))
            elif not in_body(node):
                file.top.add(text(children(node, "identifier")[0]))


def ups(node: tree_sitter.Node):
    while node.parent is not None:
        node = node.parent
        yield node


def in_body(node: tree_sitter.Node) -> bool:
    return any(up.type == "function_body" for up in ups(node))


def parameters(node: tree_sitter.Node) -> Parameters:
    taken = Parameters()
    lists = [child for child in walk(node) if child.type == "formal_parameter_list"]
    if not lists:
        return taken
    for child in lists[0].named_children:
        if child.type == "formal_parameter":
            taken.needed += 1
            taken.positional += 1
        elif child.type == "optional_formal_parameters":
            optional(child, taken)
    return taken


def optional(node: tree_sitter.Node, taken: Parameters) -> None:
    is_named = text(node).startswith("{")
    is_required = False
    for child in node.children:
        if child.type == "required" or text(child) == "required":
            is_required = True
        elif child.type == "formal_parameter":
            if not is_named:
                taken.positional += 1
                continue
            name = text(next(part for part in reversed(list(walk(child))) if part.type == "identifier"))
            taken.named.add(name)
            if is_required or text(child).startswith("required "):
                taken.required.add(name)
            is_required = False


def calls(node: tree_sitter.Node):
    """Each call in it: what stands before the parentheses, the names in it, how many arguments, and the named ones."""
    for parent in walk(node):
        chain = []
        for child in parent.named_children:
            if child.type in ("identifier", "type_identifier", "this", "super"):
                chain = [text(child)]
            elif child.type in ("selector", "cascade_selector"):
                for part in walk(child):
                    if part.type == "identifier" and part.parent.type.endswith("assignable_selector"):
                        chain.append(text(part))
                    elif child.type == "cascade_selector" and part.type == "identifier" and part.parent == child:
                        chain = ["?", text(part)]
                    elif part.type in ("argument_part", "arguments"):
                        break
                for part in children(child, "argument_part"):
                    listed = children(part, "arguments")
                    if listed and chain:
                        yield (child, chain, *given(listed[0]))
                        chain = ["?"]
            elif child.type == "argument_part" and chain:
                listed = children(child, "arguments")
                if listed:
                    yield (child, chain, *given(listed[0]))
                    chain = ["?"]
            elif child.type not in ("type_arguments", "unconditional_assignable_selector"):
                chain = []


def given(arguments: tree_sitter.Node) -> tuple:
    names = {text(children(label, "identifier")[0]) for named in children(arguments, "named_argument")
             for label in children(named, "label")}
    return len(children(arguments, "argument")), names
