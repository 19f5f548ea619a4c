import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import vue from "@vitejs/plugin-vue";
import elementStyles from "unplugin-element-plus/vite";
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

/** The decoder of voice holds an eval that decoding never reaches; the page's policy forbids it anyway. */
function noEval(): Plugin {
  return {
    name: "no-eval",
    transform: (code, id) => (id.includes("amrnb") ? code.replace(/\beval\b/g, "evalIsForbidden") : undefined),
  };
}

/** Every text file once more as .br and .gz, so that serving costs nothing (inbox/page.py picks one). */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle({ dir = "dist" }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|html|svg)$/.test(name) || name.startsWith("docs/")) continue;
        const bytes = readFileSync(join(dir, name));
        if (bytes.length < 1024) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(bytes, { params }));
        writeFileSync(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

const server = process.env.GUANJIA_DEV_SERVER ?? "http://127.0.0.1:8080";

/** Small files are put together: thirty of them are thirty requests before anything is seen. */
const output = {
  manualChunks: (id: string) => (/node_modules\/(@vue|vue|vue-router|vue-i18n|@intlify)\//.test(id) ? "vue" : undefined),
  experimentalMinChunkSize: 10_000,
};

export default defineConfig({
  base: "/inbox/",
  // Element Plus: every component is imported by hand, its style comes with it.
  plugins: [vue(), elementStyles({}), apiDocs(), packed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: false,
    chunkSizeWarningLimit: 800,
    rollupOptions: { output },
  },
  worker: { plugins: () => [noEval()] },
  server: { host: "127.0.0.1", proxy: { "/api": server } },
});
