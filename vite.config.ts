import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

/**
 * Builds the operator's page into web/dist, from where the gateway serves it. The page runs under a content security
 * policy without inline code, so nothing may be inlined into the HTML or the style sheets.
 */
export default defineConfig({
  root: 'web',
  plugins: [preact()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `vite` beside a running server: the page is rebuilt as it is edited and talks to the real machine's gateway.
    proxy: { '/api': process.env['TVE_HTTP_URL'] ?? 'http://127.0.0.1:8080' },
  },
});
