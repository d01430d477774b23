// Turns the schemas, the only thing shared with the C++, into readers and writers: flatc to TypeScript, TypeScript to
// JavaScript, both into node_modules/.generated.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = path.dirname(fileURLToPath(import.meta.url));
const schemas = path.join(here, '..', '..', 'schemas', 'fbs');
const output = path.join(here, 'node_modules', '.generated');

function* files(folder, ending) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(full, ending);
    else if (entry.name.endsWith(ending)) yield full;
  }
}

export function generate(flatc = 'flatc') {
  fs.rmSync(output, { recursive: true, force: true });
  fs.mkdirSync(output, { recursive: true });
  execFileSync(flatc, ['--ts', '-o', output, ...files(schemas, '.fbs')]);
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2020 };
  for (const source of files(output, '.ts')) {
    const { outputText } = ts.transpileModule(fs.readFileSync(source, 'utf8'), { compilerOptions });
    fs.writeFileSync(source.replace(/\.ts$/, '.js'), outputText);
  }
  const require = createRequire(import.meta.url);
  const tables = [...files(path.join(output, 'seinhuis'), '.js')].map((file) => require(file));
  return Object.assign({ flatbuffers: require('flatbuffers') }, ...tables);
}
