/*
 * What it is: how the browser client is bundled.
 * Nothing is inlined: scripts, styles and fonts are files of our own origin, so that the strict
 * content security policy of the server holds.
 */
import { defineConfig } from 'vitest/config';
import react from '@vitejs/plugin-react';

export default defineConfig({
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    target: ['chrome111', 'firefox120'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'assets/manifest.json',
    reportCompressedSize: false,
    sourcemap: false,
  },
  server: {
    proxy: {
      '/api': 'https://localhost:8443',
      '/ws': { target: 'wss://localhost:8443', ws: true, secure: false },
    },
  },
  test: { include: ['test/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
});
