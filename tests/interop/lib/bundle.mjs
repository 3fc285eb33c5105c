// The browser's own TypeScript as one module for Node.js, by the client's bundler.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = path.resolve(import.meta.dirname, '../../..');

export async function bundleOurs(folder) {
  const vite = createRequire(path.join(ROOT, 'web/package.json')).resolve('vite');
  const { build } = await import(pathToFileURL(vite));
  await build({
    root: path.join(ROOT, 'web'), configFile: false, logLevel: 'warn', publicDir: false,
    build: {
      outDir: folder, emptyOutDir: false, minify: false, target: 'node20',
      rollupOptions: {
        input: path.join(ROOT, 'tests/interop/ours.entry.ts'),
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: 'ours.mjs' },
      },
    },
  });
  return pathToFileURL(path.join(folder, 'ours.mjs')).href;
}
