// Asks the module of the live page: node tests/ask.mjs SCRIPT MODULE, where a line is a request or its answer.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [script, module] = process.argv.slice(2);
const load = new Function(`${readFileSync(script, "utf8")}; return load;`)();
const ask = await load(readFileSync(module));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(ask(line));
}
