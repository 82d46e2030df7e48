"""Holds the two documents against the rules that their own standards publish. Usage: see run, which calls it."""

import copy
import json
import sys

from jsonschema import Draft7Validator
from openapi_spec_validator import OpenAPIV31SpecValidator


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def openapi_errors(document):
    return list(OpenAPIV31SpecValidator(document).iter_errors())


def deepest(error):
    """What a choice between shapes hides: the complaint that got furthest into the document."""
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    return error


def expect_noticed(name, document, errors, breakages):
    """A check that finds nothing must be able to find something."""
    for what, breakage in breakages.items():
        broken = copy.deepcopy(document)
        breakage(broken)
        if not errors(broken):
            sys.exit(f"{name}: the check does not notice {what}")


def main(openapi_path, asyncapi_path, asyncapi_rules_path):
    openapi, asyncapi = load(openapi_path), load(asyncapi_path)
    validator = Draft7Validator(load(asyncapi_rules_path))

    def asyncapi_errors(document):
        return list(validator.iter_errors(document))

    found = 0
    for name, document, errors in [
        ("openapi.json", openapi, openapi_errors),
        ("asyncapi.json", asyncapi, asyncapi_errors),
    ]:
        for error in map(deepest, errors(document)):
            found += 1
            place = "/".join(map(str, error.absolute_path))
            print(f"{name}: at {place or 'the top'}: {error.message[:300]}", file=sys.stderr)
    if found:
        sys.exit(1)

    me = openapi["paths"]["/api/v1/users/me"]["get"]
    expect_noticed(
        "openapi.json",
        openapi,
        openapi_errors,
        {
            "a document without a title": lambda it: it["info"].pop("title"),
            "an answer without a description": lambda it: it["paths"]["/api/v1/users/me"]["get"]["responses"][
                "200"
            ].pop("description"),
            "two calls of one name": lambda it: it["paths"]["/api/v1/users/me"]["patch"].update(
                operationId=me["operationId"]
            ),
            "a schema that is none": lambda it: it["components"]["schemas"]["User"].update(type="person"),
        },
    )
    expect_noticed(
        "asyncapi.json",
        asyncapi,
        asyncapi_errors,
        {
            "a document without a title": lambda it: it["info"].pop("title"),
            "an operation that does neither": lambda it: it["operations"]["call.ping"].update(action="shout"),
            "a server without a protocol": lambda it: it["servers"]["tls"].pop("protocol"),
            "a schema that is none": lambda it: it["components"]["schemas"]["User"].update(type="person"),
        },
    )
    calls = sum("operationId" in call for path in openapi["paths"].values() for call in path.values())
    print(f"openapi.json is OpenAPI {openapi['openapi']}: {calls} calls")
    print(f"asyncapi.json is AsyncAPI {asyncapi['asyncapi']}: {len(asyncapi['components']['messages'])} messages")


if __name__ == "__main__":
    main(*sys.argv[1:])
