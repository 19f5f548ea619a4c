/** AMR (narrow band, what WeChat records) into WAV, in a worker that is loaded when it is first needed. */

import AmrWorker from "./amr.worker?worker";

const RATE = 8_000;

export function toWav(amr: ArrayBuffer): Promise<Blob> {
  return new Promise((done, failed) => {
    const worker = new AmrWorker();
    worker.onmessage = (event: MessageEvent<{ command: string; amr: Float32Array | null }>) => {
      worker.terminate();
      if (event.data.amr?.length) done(wav(event.data.amr));
      else failed(new Error("not AMR"));
    };
    worker.onerror = (event) => {
      worker.terminate();
      failed(new Error(event.message));
    };
    worker.postMessage({ command: "decode", buffer: new Uint8Array(amr) });
  });
}

/** Samples between -1 and 1 as a 16-bit mono WAV. */
export function wav(samples: Float32Array): Blob {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at: number, word: string) => [...word].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, n) => view.setInt16(44 + n * 2, Math.max(-1, Math.min(1, sample)) * 32_767, true));
  return new Blob([view.buffer], { type: "audio/wav" });
}
