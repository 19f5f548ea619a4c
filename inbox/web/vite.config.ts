import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";

/** The API's page (`/api/docs`) is served from here too, so that it needs no other host. */
function apiDocs(): Plugin {
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  return {
    name: "api-docs",
    apply: "build",
    generateBundle() {
      for (const file of ["swagger-ui.css", "swagger-ui-bundle.js", "LICENSE", "NOTICE"]) {
        this.emitFile({ type: "asset", fileName: `docs/${file}`, source: readFileSync(join(folder, file)) });
      }
    },
  };
}

const server = process.env.GUANJIA_DEV_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/inbox/",
  plugins: [vue(), apiDocs()],
  build: { target: "es2022", outDir: "dist", emptyOutDir: true, sourcemap: false },
  server: { host: "127.0.0.1", proxy: { "/api": server } },
});
