// Asks the core, which works in a worker: answers come in the order of the requests.
"use strict";

const $ = (id) => document.getElementById(id);
const page = JSON.parse($("tombola-page").textContent);
const waiting = [];
let worker = null;
let module = null;

async function start() {
  const packed = Uint8Array.from(atob($("tombola-module").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  module = await new Response(stream).arrayBuffer();
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(module)) throw new Error("no WebAssembly with SIMD");
  await startWorker();
}

async function startWorker() {
  const source = new Blob([$("tombola-worker").textContent], { type: "text/javascript" });
  worker = new Worker(URL.createObjectURL(source));
  worker.onmessage = ({ data }) => {
    const { resolve, reject } = waiting.shift();
    const answer = JSON.parse(data);
    if (answer.error) reject(new Error(answer.error));
    else resolve(answer);
  };
  worker.onerror = () => waiting.splice(0).forEach(({ reject }) => reject(new Error("the worker cannot start")));
  await send({ module });
}

function send(message) {
  return new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    worker.postMessage(message);
  });
}

/** What is not awaited any more: another experiment was opened meanwhile. */
class Dropped extends Error {}

/** Stops what the core is at: it knows nothing of what was opened afterwards. */
async function startAgain() {
  worker.terminate();
  waiting.splice(0).forEach(({ reject }) => reject(new Dropped()));
  await startWorker();
}

/** As a handler: what goes wrong is said. */
const saying = (action) => async (...given) => {
  try {
    await action(...given);
  } catch (error) {
    if (!(error instanceof Dropped)) say(error.message, "bad");
  }
};

const ask = (request) => send({ request });
