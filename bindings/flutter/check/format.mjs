// Dart's own parser and formatter, as WebAssembly. Says what does not parse, and what `dart format` would write otherwise;
// with --write it writes it.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [formatter, ...rest] = process.argv.slice(2);
const { format } = await import(pathToFileURL(formatter));
const write = rest[0] === "--write";
const files = write ? rest.slice(1) : rest;

let bad = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  try {
    // As analysis_options.yaml says.
    const formatted = format(text, file, { line_width: 100 });
    if (formatted === text) continue;
    if (write) {
      writeFileSync(file, formatted);
      continue;
    }
    console.error(`${file} is not formatted: bindings/flutter/run format`);
  } catch (error) {
    console.error(`${file}: ${error.message}`);
  }
  bad++;
}
process.exit(bad === 0 ? 0 : 1);
