// The module that draws lotteries: `load` its bytes, then `ask` it. A request and its answer are JSON.

async function load(bytes) {
  const { exports } = (await WebAssembly.instantiate(bytes)).instance;
  const view = (at, length) => new Uint8Array(exports.memory.buffer, at, length);
  const text = (at, length) => new TextDecoder().decode(view(at, length));
  let trapped;
  return function ask(request) {
    // A module that has trapped is not asked again.
    if (trapped) throw trapped;
    const bytes = new TextEncoder().encode(request);
    try {
      // Room may move the memory, so it is looked for afterwards.
      view(exports.room(bytes.length), bytes.length).set(bytes);
      const length = exports.answer();
      return text(exports.answer_at(), length);
    } catch (trap) {
      // What the panic said says more than the trap that it ended in.
      trapped = new Error(text(exports.panic_at(), exports.panic_len()) || trap.message, { cause: trap });
      throw trapped;
    }
  };
}
