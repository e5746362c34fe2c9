//! Writes `build/dagsmith-VERSION.vsix` from what `build.mjs --minify` left in `dist/`. The same input gives the same bytes.

import { createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import yazl from "yazl";
import { CONTENT_TYPES, contentTypes, FILES, fileName, MANIFEST, manifest } from "./vsix.mjs";

const extension = JSON.parse(readFileSync("package.json", "utf8"));
// Only what the editor reads: neither scripts nor development dependencies mean anything in an installed extension.
const { scripts, devDependencies, private: _, ...published } = extension;

const zip = new yazl.ZipFile();
const options = { mtime: new Date(Date.UTC(2000, 0, 1)), mode: 0o100644 };

function add(path, content) {
    zip.addBuffer(Buffer.from(content), path, options);
}

add(MANIFEST, manifest(extension));
add(CONTENT_TYPES, contentTypes());
for (const [path, source] of Object.entries(FILES)) {
    if (!existsSync(source)) {
        throw new Error(`${source} is missing; "npm run package" builds first`);
    }
    add(path, path === "extension/package.json" ? JSON.stringify(published, null, 2) : readFileSync(source));
}
zip.end();

mkdirSync("build", { recursive: true });
await pipeline(zip.outputStream, createWriteStream(fileName(extension)));
console.log(fileName(extension));
