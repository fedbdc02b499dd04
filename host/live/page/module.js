// The module that draws lotteries: `load` its bytes, then `ask` it. A request and its answer are JSON.

// The module is built as a program for WASI, which a page is not: nothing is there for it to read or to write.
function withoutSystem(memory) {
  const none = (...places) => {
    for (const place of places) new DataView(memory().buffer).setUint32(place, 0, true);
    return 0;
  };
  return {
    environ_sizes_get: none,
    environ_get: () => 0,
    // Only the order of what no answer shows depends on it.
    random_get: () => 0,
    fd_write: () => 52,
    proc_exit: () => { throw new Error("the module has ended"); },
  };
}

async function load(bytes) {
  let exports;
  const system = { wasi_snapshot_preview1: withoutSystem(() => exports.memory) };
  exports = (await WebAssembly.instantiate(bytes, system)).instance.exports;
  exports._initialize();
  const view = (at, length) => new Uint8Array(exports.memory.buffer, at, length);
  const text = (at, length) => new TextDecoder().decode(view(at, length));
  return function ask(request) {
    const bytes = new TextEncoder().encode(request);
    try {
      view(exports.room(bytes.length), bytes.length).set(bytes);
      const length = exports.answer();
      return text(exports.answer_at(), length);
    } catch (trap) {
      // What the panic said says more than the trap that it ended in. A module that has trapped is not asked again.
      throw new Error(text(exports.panic_at(), exports.panic_len()) || trap.message, { cause: trap });
    }
  };
}
