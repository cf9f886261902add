// Validates an AsyncAPI document: node asyncapi.js PARSER DOCUMENT
//
// PARSER is the browser bundle of @asyncapi/parser: one file that needs no other. Prints the
// document as JSON, with all references resolved, and the parser's findings on standard error.
// Exits with 1 if any of these is more than a hint.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [bundle, file] = process.argv.slice(2);
const WORDS = ["error", "warning", "information", "hint"]; // the parser's severities, by number
const NEWER = "asyncapi-latest-version"; // a newer AsyncAPI is no fault of the document

globalThis.self = globalThis; // the bundle takes this for a browser
globalThis.window = globalThis;
vm.runInThisContext(fs.readFileSync(bundle, "utf8"), { filename: bundle });

// In a browser there are no files to refer to: references are read here.
const beside = { schema: "file", order: 1, canRead: true, read: (uri) => fs.readFileSync(uri.path(), "utf8") };

async function main() {
    const parser = new globalThis.AsyncAPIParser({ __unstable: { resolver: { resolvers: [beside] } } });
    const source = path.resolve(file);
    const { document, diagnostics } = await parser.parse(fs.readFileSync(file, "utf8"), { source });
    const complaints = diagnostics.filter((d) => d.code !== NEWER);
    for (const d of complaints) {
        console.error(`${file}:${d.range.start.line + 1}: ${WORDS[d.severity]}: ${d.message} (${d.path.join(".")})`);
    }
    if (complaints.length > 0 || !document) process.exit(1);
    console.log(JSON.stringify(document.json()));
}

main();
