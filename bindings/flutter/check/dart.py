"""Holds the Dart files against a grammar, against each other, and against the golden files. No Dart runs here: `dart analyze`
and `flutter test` find more, where there is a Flutter."""

import json
import re
import sys
from pathlib import Path

import sdk
import tree
from tree import children, text, walk

HERE = Path(__file__).resolve().parent.parent
PACKAGE = "package:chat_flutter/"
# The facade's names that Dart has others for: Flutter has these itself.
NAMES = {"ChatError": "ChatFailure", "ClientConfig": "ChatConfig", "ConnectionState": "ConnectionStatus",
         "ConversationDiff": "ListDiff", "TimelineDiff": "ListDiff"}


def library(file: tree.File, uri: str) -> Path | None:
    if uri.startswith(PACKAGE):
        return HERE / "lib" / uri.removeprefix(PACKAGE)
    return None if ":" in uri else (file.path.parent / uri).resolve()


def offered(files: dict, path: Path, seen: frozenset = frozenset()) -> set:
    """What an import of this file gives: its own names, and those of what it exports."""
    file = files[path]
    names = set(file.top)
    for uri, shown in file.exports:
        target = library(file, uri)
        if target and target not in seen:
            more = offered(files, target, seen | {path})
            names |= more & shown if shown else more
    return {name for name in names if not name.startswith("_")}


def imported(files: dict, file: tree.File) -> dict:
    found = {}
    for uri, shown in file.imports:
        target = library(file, uri)
        names = offered(files, target) if target else set(sdk.LIBRARIES[uri].split())
        found[uri] = names & shown if shown else names
    return found


def names(files: dict, file: tree.File) -> list:
    """Names that nothing declares, and imports that nothing needs."""
    said = []
    imports = imported(files, file)
    declared = set(sdk.CORE) | file.top | file.inner | file.members | set().union(*imports.values())
    everywhere = set(sdk.MEMBERS.split()).union(*(other.members for other in files.values()))
    inherited = set().union(*(other.members for other in files.values() if other.top & file.bases))
    used = set()
    for node in walk(file.root):
        if node.type not in ("identifier", "type_identifier"):
            continue
        name, up = text(node), node.parent.type
        if up in ("label", "combinator", "library_name"):
            continue
        if any(above.type in ("library_import", "library_export") for above in tree.ups(node)):
            continue
        used.add(name)
        if file.root.text[node.start_byte - 1:node.start_byte] == b".":
            if name not in everywhere | declared:
                said.append(f"{file.where(node)}: nothing has a member {name}")
        elif name not in declared | inherited:
            said.append(f"{file.where(node)}: nothing here is called {name}")
    for uri, given in imports.items():
        # Through an extension, only members may be used.
        target = library(file, uri)
        reached = given | (files[target].members if target else sdk.EXTENSIONS.get(uri, set()))
        if not used & reached:
            said.append(f"{file.path}: {uri} is imported and not used")
    return said


def arguments(files: dict, file: tree.File) -> list:
    """Calls of what is declared here, with arguments that it does not take."""
    said = []
    known = {}
    for other in files.values():
        for name, taken in other.functions.items():
            known.setdefault(name, []).extend(taken)
    elsewhere = set(sdk.MEMBERS.split()) | set(sdk.CORE).union(*(v.split() for v in sdk.LIBRARIES.values()))
    for node, chain, count, named in tree.calls(file.root):
        constructed = ".".join(chain[-2:])
        name = constructed if constructed in known else chain[-1]
        if name in elsewhere or name not in known or chain == [name] and name in file.locals:
            continue
        if not any(taken.take(count, named) for taken in known[name]):
            said.append(f"{file.where(node)}: {name} does not take {count} and {sorted(named)}")
    return said


def golden() -> dict:
    """The fields of each record and each case."""
    shapes = {}
    for path in sorted((HERE / "golden").glob("[A-Z]*.json")):
        file = json.loads(path.read_text())
        for sample in file["samples"]:
            value = sample["value"]
            if isinstance(value, dict):
                shapes[file["type"], value.get("type")] = list(value)
            else:
                shapes.setdefault((file["type"], "words"), []).append(value)
    return shapes


def keys(node) -> list:
    return [text(pair.child_by_field_name("key")).strip("'") for pair in walk(node) if pair.type == "pair"]


def bodies(file: tree.File) -> dict:
    """The bodies of the functions of each class, by name."""
    found = {}
    for kind in walk(file.root):
        if kind.type != "class_definition":
            continue
        functions = found.setdefault(text(kind.child_by_field_name("name")), {})
        inside = kind.child_by_field_name("body").named_children
        for at, node in enumerate(inside):
            body = next((n for n in inside[at + 1:at + 2] if n.type == "function_body"), None)
            if node.type == "method_signature" and body is not None:
                name = [text(n) for n in walk(node) if n.type == "identifier"]
                functions["fromWire" if "fromWire" in name[:2] else name[0]] = body
    return found


def words_of(node) -> list:
    return [text(case.child_by_field_name("name")) for case in walk(node) if case.type == "enum_constant"]


def records(files: dict) -> list:
    """Classes that read or write other fields than the golden files have."""
    said = []
    classes = {}
    for file in files.values():
        classes |= bodies(file)
    enums = {text(node.child_by_field_name("name")): words_of(node)
             for file in files.values() for node in walk(file.root) if node.type == "enum_declaration"}
    for (kind, case), fields in golden().items():
        name = NAMES.get(kind, kind)
        if case == "words":
            if enums.get(name) != fields:
                said.append(f"{name} has {enums.get(name)}, and the golden file {fields}")
            continue
        here = classes.get(name, {})
        body = walk(here["fromWire"]) if "fromWire" in here else ()
        read = [text(node).strip("'") for node in body if node.type == "string_literal"]
        missing = [f for f in fields if f not in read]
        if missing:
            said.append(f"{name}.fromWire does not read {missing}")
        if case is None:
            if keys(here["toWire"]) != fields:
                said.append(f"{name}.toWire writes {keys(here['toWire'])}, and the golden file has {fields}")
        elif case not in read:
            said.append(f"{name}.fromWire knows no {case}")
        elif not any(writes(functions, case, fields, classes[name]) for functions in classes.values()):
            said.append(f"nothing writes the fields {fields} of {name} {case}")
    return said


PLAIN = {"text": "String", "flag": "bool", "whole": "int", "bytes": "Uint8List", "texts": "List<String>", "wholes": "List<int>"}
GETTER = re.compile(r"(?:=> (?:const )?(\w+)\(|return (\w+)\()|(\w+): fields\.(\w+)\(\s*'(\w+)'(?:,\s*(\w+)\.\w+)?")


def declared(files: dict) -> dict:
    """The type of each field of each class."""
    found = {}
    for node in (n for file in files.values() for n in walk(file.root) if n.type == "class_definition"):
        fields = found.setdefault(text(node.child_by_field_name("name")), {})
        for line in children(node.child_by_field_name("body"), "declaration"):
            whole = re.fullmatch(r"final ([\w<>?, ]+) (\w+)", text(line))
            if whole:
                fields[whole[2]] = whole[1]
    return found


def types(files: dict) -> list:
    """Fields that are read as something else than they are declared as, or than the golden files have."""
    said = []
    fields = declared(files)
    values = {}
    for path in sorted((HERE / "golden").glob("[A-Z]*.json")):
        file = json.loads(path.read_text())
        for sample in file["samples"]:
            if isinstance(sample["value"], dict):
                for name, value in sample["value"].items():
                    values.setdefault((NAMES.get(file["type"], file["type"]), name), []).append(value)
    for kind, functions in ((k, f) for file in files.values() for k, f in bodies(file).items()):
        made = kind
        for case, record, name, getter, key, of in GETTER.findall(text(functions["fromWire"]) if "fromWire" in functions else ""):
            made = case or record or made
            if not name:
                continue
            plain, is_optional = getter.removesuffix("OrNull"), getter.endswith("OrNull")
            type_ = PLAIN.get(plain) or (f"List<{of}>" if plain == "items" else of)
            wanted = fields.get(made, {}).get(name)
            if wanted and wanted != type_ + ("?" if is_optional else ""):
                said.append(f"{made}.{name} is {wanted}, and is read as {type_}{'?' if is_optional else ''}")
            if name != key:
                said.append(f"{made}.{name} is read from {key}")
            for value in values.get((kind, key), []):
                if not fits(plain, is_optional, value):
                    said.append(f"{kind}.{key} is read with {getter}, and the golden file has {value!r}")
    return said


def fits(getter: str, is_optional: bool, value) -> bool:
    if value is None:
        return is_optional
    if getter in ("texts", "wholes", "items"):
        of = {"texts": str, "wholes": int, "items": dict}[getter]
        return isinstance(value, list) and all(type(item) is of for item in value)
    if getter == "bytes":
        return isinstance(value, dict) and list(value) == ["$bytes"]
    return type(value) is {"text": str, "word": str, "flag": bool, "whole": int, "item": dict}[getter]


def writes(functions: dict, case: str, fields: list, base: dict) -> bool:
    """Whether a class writes this case, by itself or behind what its base writes."""
    literal = f"'{case}'"
    own = functions.get("toWire")
    if own is not None and literal in text(own):
        return keys(own) == fields
    if "type" in functions and literal in text(functions["type"]):
        return keys(base["toWire"]) + (keys(own) if own is not None else []) == fields
    return False


def asked(files: dict) -> list:
    """Calls over the channels that are not in calls.json."""
    said = []
    wanted = {name: set(taken) for name, taken in json.loads((HERE / "golden/calls.json").read_text()).items()}
    made = set()
    for file in files.values():
        if file.path.parent != HERE / "lib/src":
            continue
        for node, chain, _, _ in tree.calls(file.root):
            if chain[-1] not in ("_do", "_watch", "call", "watch", "_invoke"):
                continue
            listed = [a.named_children[0] for n in walk(node) if n.type == "arguments" and n.parent.parent in (node, node.parent)
                      for a in children(n, "argument")][:2]
            if not listed or listed[0].type != "string_literal":
                continue
            name = text(listed[0]).strip("'")
            own = {"client"} if chain[-1] in ("_do", "_watch") else set()
            given = own | (set(direct(listed[1])) if len(listed) > 1 and listed[1].type == "set_or_map_literal" else set())
            if name == "open":
                given |= set(golden()["ClientConfig", None])
                given -= own
            made.add(name)
            if wanted.get(name) != given:
                said.append(f"{file.where(node)}: {name} is asked with {sorted(given)}, and takes {wanted.get(name)}")
    return said + [f"nothing asks {name}" for name in wanted.keys() - made]


def direct(node) -> list:
    return [text(pair.child_by_field_name("key")).strip("'") for pair in children(node, "pair")]


def main() -> int:
    paths = sorted(path for part in ("lib", "test", "example/lib") for path in (HERE / part).rglob("*.dart"))
    files = {path: tree.read(path) for path in paths}
    said = [fault for file in files.values() for fault in tree.faults(file)]
    if not said:
        for file in files.values():
            said += names(files, file) + arguments(files, file)
        said += records(files) + types(files) + asked(files)
    for line in said:
        print(line.replace(f"{HERE}/", ""), file=sys.stderr)
    print(f"{len(files)} files of Dart, {len(golden())} shapes: " + (f"{len(said)} faults" if said else "ok"))
    return 1 if said else 0


sys.exit(main())
