import { defineConfig } from "vite";

// One script, one stylesheet, nothing inline: the API answers with a strict content security policy.
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  // What tests build (under their own NODE_ENV) is what is shipped. h(tag, props, ...children) is smaller than jsx(tag, { children }) by 2 KB of script.
  oxc: {
    jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment", development: false },
    jsxInject: 'import { h, Fragment } from "preact"',
  },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npx vite console` beside a running `npm start`.
  server: { proxy: { "/api": "http://127.0.0.1:4180", "/openapi.json": "http://127.0.0.1:4180" } },
});
