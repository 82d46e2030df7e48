"use strict";
// Shows the two documents beside this page. Everything from them is set as text, never as markup.
(() => {
  // The page is at BASE/docs, with or without a trailing slash.
  const base = location.origin + location.pathname.replace(/\/docs\/?$/, "").replace(/\/$/, "");
  const main = document.getElementById("main");
  const contents = document.createElement("ul");

  /** Makes an element: attributes first, then children (elements or text). */
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ""));
    return element;
  };

  /** The little markdown that descriptions use: paragraphs, `code`, **bold**, *emphasis*, indented blocks; no tables. */
  const inline = (text) =>
    text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*)/).map((part) =>
      part.startsWith("`") ? make("code", {}, part.slice(1, -1))
      : part.startsWith("**") ? make("strong", {}, part.slice(2, -2))
      : part.startsWith("*") && part.length > 2 ? make("em", {}, part.slice(1, -1))
      : part);
  const prose = (text) =>
    (text || "").split(/\n\n+/).filter((block) => block.trim() && !block.startsWith("|") && !block.startsWith("Closing codes"))
      .map((block) => block.startsWith("    ")
        ? make("pre", {}, make("code", {}, block.replace(/^ {4}/gm, "")))
        : make("p", {}, inline(block)));

  const section = (id, title, ...children) => {
    contents.append(make("li", {}, make("a", { href: "#" + id }, title)));
    main.append(make("section", { id }, make("h2", {}, title), ...children));
  };
  const table = (heads, rows, caption) => rows.length === 0 ? "" : make("div", { class: "scroll" }, make("table", {},
    caption ? make("caption", {}, caption) : "",
    make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, rows.map((row) => make("tr", {}, row.map((cell) => make("td", {}, cell)))))));
  const code = (text) => make("code", {}, text);
  const example = (text) => make("pre", {}, make("code", {}, text));

  /** What a schema says in a few words; named types are links to their tables. */
  const type = (schema) => {
    if (!schema || schema === true) return ["anything"];
    if (schema.$ref) {
      const name = schema.$ref.split("/").pop();
      return [make("a", { href: "#type-" + name }, name)];
    }
    if (schema.const !== undefined) return [code(JSON.stringify(schema.const))];
    if (schema.enum) return schema.enum.flatMap((word, at) => [at ? " · " : "", code(String(word))]);
    // With a type of its own, these only narrow it down.
    const several = !schema.type && (schema.anyOf || schema.oneOf);
    if (several) return several.flatMap((one, at) => [at ? " or " : "", ...type(one)]);
    const kinds = [schema.type || "anything"].flat();
    return kinds.flatMap((kind, at) => [at ? " or " : "", ...one(kind, schema)]);
  };
  const one = (kind, schema) => {
    if (kind === "array") return ["list of ", ...type(schema.items)];
    if (kind === "object" && schema.additionalProperties) return ["map to ", ...type(schema.additionalProperties)];
    if (kind === "object" && schema.patternProperties) return ["map to ", ...type(Object.values(schema.patternProperties)[0])];
    if (kind === "null") return ["null"];
    const length = schema.maxLength !== undefined ? ` of ${schema.minLength || 0} to ${schema.maxLength}` : "";
    return [kind + (schema.format ? ` (${schema.format})` : "") + length];
  };
  const fields = (schema, caption) => {
    const required = new Set(schema.required || []);
    const rows = Object.entries(schema.properties || {}).map(([name, field]) =>
      [code(name), type(field), required.has(name) ? "yes" : "", inline(field.description || "")]);
    return table(["field", "type", "always", "what"], rows, caption);
  };

  const intro = () => {
    const socket = base.replace(/^http/, "ws");
    section("start", "Start", make("p", {}, "Make an account; the answer has an access token."), example(
      `curl ${base}/api/v1/auth/register -H 'content-type: application/json' \\\n` +
      `  -d '{"username": "ann", "email": "ann@example.org", "password": "correct horse battery"}'`),
      make("p", {}, "Open a conversation, and say something in it."), example(
      `curl ${base}/api/v1/conversations -H "authorization: Bearer $TOKEN" \\\n` +
      `  -H 'content-type: application/json' -d '{"kind": "group", "title": "Tea", "member_ids": []}'\n\n` +
      `curl ${base}/api/v1/conversations/$CONVERSATION/messages -H "authorization: Bearer $TOKEN" \\\n` +
      `  -H 'content-type: application/json' -d '{"client_id": "n1", "content": "hello"}'`),
      make("p", {}, "Hear of everything as it happens, in a browser:"), example(
      `const answer = await fetch("${base}/api/v1/auth/ticket",\n` +
      "  { method: \"POST\", headers: { authorization: `Bearer ${token}` } });\n" +
      "const { ticket } = await answer.json();\n" +
      `const socket = new WebSocket("${socket}/ws?ticket=" + ticket, "chat.v1");\n` +
      "socket.onmessage = (event) => console.log(JSON.parse(event.data));\n" +
      "socket.onopen = () => socket.send(JSON.stringify({ id: 1, type: \"sync\", data: {} }));"));
  };

  const call = (document_, path, method, operation) => {
    const schemaOf = (content) => Object.values(content || {})[0]?.schema;
    const inputs = (operation.parameters || []).map((parameter) =>
      [code(parameter.name), parameter.in, type(parameter.schema), parameter.required ? "yes" : "", inline(parameter.description || "")]);
    const body = schemaOf(operation.requestBody?.content);
    const shape = body?.$ref ? document_.components.schemas[body.$ref.split("/").pop()] : body;
    const required = new Set(shape?.required || []);
    for (const [name, field] of Object.entries(shape?.properties || {})) {
      inputs.push([code(name), "body", type(field), required.has(name) ? "yes" : "", inline(field.description || "")]);
    }
    const answers = Object.entries(operation.responses).map(([status, response]) => {
      const whole = response.$ref ? document_.components.responses[response.$ref.split("/").pop()] : response;
      const schema = schemaOf(whole.content);
      return { problem: "$ref" in response, row: [code(status), schema ? type(schema) : "", inline(whole.description || "")] };
    });
    const successes = answers.filter((answer) => !answer.problem).map(({ row: [status, shape, what] }) =>
      make("p", {}, "Answers ", status, " ", shape, make("span", { class: "soft" }, shape.length ? ": " : "", what)));
    const problems = answers.filter((answer) => answer.problem).map((answer) => answer.row);
    const open = operation.security?.length === 0;
    const said = operation.requestBody?.content["application/json"]?.example;
    return make("article", { id: "call-" + operation.operationId },
      make("h3", {}, make("span", { class: "method " + method }, method.toUpperCase()), code(path),
        make("span", { class: "tag" }, operation.operationId), open ? make("span", { class: "tag" }, "without a token") : "",
        operation["x-access"] === "admin" ? make("span", { class: "tag" }, "admins of the server") : ""),
      prose(operation.summary), prose(operation.description),
      table(["field", "in", "type", "required", "what"], inputs),
      said ? make("details", {}, make("summary", {}, "Example"), example(JSON.stringify(said, null, 2))) : "",
      successes,
      problems.length ? make("details", {}, make("summary", {}, "Problems"), table(["status", "type", "what"], problems)) : "");
  };

  const http = (document_) => {
    section("http", "HTTP", prose(document_.info.description));
    for (const tag of document_.tags) {
      const calls = Object.entries(document_.paths).flatMap(([path, item]) => Object.entries(item)
        .filter(([, operation]) => operation.tags.includes(tag.name))
        .map(([method, operation]) => call(document_, path, method, operation)));
      if (calls.length) section("http-" + tag.name, "HTTP: " + tag.name, prose(tag.description), calls);
    }
  };

  const socket = (document_) => {
    const message = (key) => document_.components.messages[key];
    const data = (key, field) => message(key)?.payload.properties[field];
    const keys = Object.keys(document_.components.messages);
    const calls = keys.filter((key) => key.startsWith("call.")).map((key) => [
      code(message(key).name), type(data(key, "data")),
      data(key.replace(/^call/, "ok"), "ok") ? type(data(key.replace(/^call/, "ok"), "ok")) : "", inline(message(key).summary)]);
    const events = keys.filter((key) => key.startsWith("event.")).map((key) => [
      code(message(key).name), message(key)["x-class"],
      code(data(key, "inbox_seq") && data(key, "seq") ? "seq or inbox_seq" : data(key, "seq") ? "seq" : data(key, "inbox_seq") ? "inbox_seq" : "none"),
      type(data(key, "data")), inline(message(key).summary)]);
    section("socket", "Socket", prose(document_.info.description));
    section("frames", "Socket: calls", make("p", {}, "What a client sends. A failure is ",
      code("{\"id\", \"error\"}"), " with ", type(data("error", "error")), "."), table(["type", "data", "ok", "what"], calls));
    section("events", "Socket: events", make("p", {}, "What a client receives without asking."),
      table(["type", "class", "place", "data", "what"], events));
    section("closing", "Closing codes", make("p", {}, "4000 to 4499: come back. 4500 to 4999: not without changing something first."),
      table(["code", "reason", "come back"], document_["x-closing-codes"].map((row) =>
        [code(String(row.code)), row.reason, row.comes_back ? "yes" : "no"])));
  };

  const errors = (document_) => section("errors", "Error codes",
    make("p", {}, "The same words on HTTP, on the socket, and (as exit codes) on the command line."),
    table(["code", "status", "retry", "exit code", "what"], document_["x-error-codes"].map((row) =>
      [code(row.code), String(row.status), row.retryable ? "yes" : "no", String(row.exit_code), row.title])));

  const types = (...documents) => {
    const all = Object.assign({}, ...documents.map((document_) => document_.components.schemas));
    section("types", "Types", Object.keys(all).sort().map((name) => {
      const schema = all[name];
      const choices = (schema.oneOf || []).filter((choice) => choice.const !== undefined)
        .map((choice) => [code(String(choice.const)), inline(choice.description || "")]);
      return make("article", { id: "type-" + name }, make("h3", {}, name), prose(schema.description),
        schema.properties ? fields(schema) : choices.length ? table(["value", "what"], choices) : make("p", {}, type(schema)));
    }));
  };

  const fetched = async (path) => {
    const answer = await fetch(base + path);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
  };
  const show = async () => {
    const [openapi, asyncapi] = await Promise.all([fetched("/api/openapi.json"), fetched("/api/asyncapi.json")]);
    intro();
    http(openapi);
    socket(asyncapi);
    errors(openapi);
    types(openapi, asyncapi);
    document.getElementById("contents").append(contents);
    // What the address names is only here now.
    if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  };
  for (const link of document.querySelectorAll("header a")) link.href = base + "/" + link.getAttribute("href");
  show().catch((error) => document.getElementById("state").after(
    make("p", { class: "failed" }, "The documents could not be shown: " + error.message + ". Open them by the links above.")));
})();
