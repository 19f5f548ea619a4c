import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

import { initWasm, Resvg } from "@resvg/resvg-wasm";
import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";

const DRAWINGS = join(import.meta.dirname, "samples");

/** The sample photos, drawn as SVG: phones send pixels, so they are made into PNG files here. */
function samplePhotos(): Plugin {
  return {
    name: "sample-photos",
    apply: "build",
    async generateBundle() {
      const wasm = createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm");
      await initWasm(readFileSync(wasm));
      for (const file of readdirSync(DRAWINGS).filter((name) => name.endsWith(".svg"))) {
        const drawing = new Resvg(readFileSync(join(DRAWINGS, file), "utf8"), { fitTo: { mode: "width", value: 720 } });
        const source = drawing.render().asPng();
        this.emitFile({ type: "asset", fileName: `samples/${basename(file, ".svg")}.png`, source });
      }
    },
  };
}

const emulator = process.env.GUANJIA_DEV_EMULATOR ?? "http://127.0.0.1:8090";

export default defineConfig({
  plugins: [vue(), samplePhotos()],
  build: { target: "es2022", outDir: "dist", emptyOutDir: true, sourcemap: false, assetsInlineLimit: 0 },
  server: { host: "127.0.0.1", proxy: { "/control": emulator, "/emulator": emulator, "/samples": emulator } },
});
