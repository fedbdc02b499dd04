// Shows what the core answers: it draws, trains, measures and exports; here is what is chosen, and where things stand.
"use strict";

const $ = (id) => document.getElementById(id);
const page = JSON.parse($("tombola-page").textContent);
const still = matchMedia("(prefers-reduced-motion: reduce)");
/** What is shown: a ticket, at an epoch of its training or after it, without the neurons that were taken out. */
const view = { seed: 0, arm: "imp", level: 0, epoch: null, removed: new Set() };
/** What was opened: the core's description of the experiment. */
let opened = null;
/** Widths of the network that is shown; that of some arms is another. */
let widths = [];

// The core, in a worker: answers come in the order of the requests.
const waiting = [];
let worker = null;

async function start() {
  const packed = Uint8Array.from(atob($("tombola-module").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const module = await new Response(stream).arrayBuffer();
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(module)) throw new Error("no WebAssembly with SIMD");
  const source = new Blob([$("tombola-worker").textContent], { type: "text/javascript" });
  worker = new Worker(URL.createObjectURL(source));
  worker.onmessage = ({ data }) => waiting.shift()(JSON.parse(data));
  await send({ module });
}

function send(message) {
  return new Promise((resolve, reject) => {
    waiting.push((answer) => (answer.error ? reject(new Error(answer.error)) : resolve(answer)));
    worker.postMessage(message);
  });
}

const ask = (request) => send({ request });
const at = (level = view.level, epoch = view.epoch) => ({ seed: view.seed, arm: view.arm, level, ...(epoch && { epoch }) });
const percent = (share) => (100 * share).toFixed(1) + " %";

function say(text, kind = "") {
  $("state").textContent = text;
  $("state").className = kind;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// The ticket that is looked at. While one is drawn, more wishes become one: the last.
let isWanted = false;
let isShowing = false;

async function show() {
  isWanted = true;
  if (isShowing) return;
  isShowing = true;
  $("explorer").setAttribute("aria-busy", "true");
  while (isWanted) {
    isWanted = false;
    try {
      await showOnce();
    } catch (error) {
      say(error.message, "bad");
      stop();
    }
  }
  isShowing = false;
  $("explorer").setAttribute("aria-busy", "false");
}

async function showOnce() {
  const removed = [...view.removed];
  const which = at();
  const level = await ask({ level: { at: which } });
  const picture = await ask({ picture: { at: which, removed } });
  widths = level.anatomy.widths;
  showPicture(picture.svg);
  showFacts(level, picture);
  $("level-text").textContent = `${view.level}: ${level.anatomy.weights_left} weights left`;
  $("seed-text").textContent = view.seed;
  $("badge").textContent = "";
  $("back").disabled = removed.length === 0;
  if (!page.tickets) remember();
  if (!isWanted && !page.tickets) await showMaps(which, removed);
}

function showPicture(svg) {
  const network = $("network");
  const focused = document.activeElement?.dataset?.neuron;
  const old = network.querySelector("svg");
  network.innerHTML = svg;
  if (old && !still.matches && view.removed.size === 0) {
    old.setAttribute("class", `${old.getAttribute("class") ?? ""} leaving`);
    old.setAttribute("aria-hidden", "true");
    old.querySelectorAll("[tabindex]").forEach((each) => each.removeAttribute("tabindex"));
    old.onanimationend = () => old.remove();
    network.append(old);
  }
  if (focused) network.querySelector(`[data-neuron="${focused}"]`)?.focus();
}

function showFacts(level, picture) {
  const { anatomy, result } = level;
  const without = picture.anatomy_without;
  const tasks = anatomy.tasks.map((name, task) => {
    const row = element("tr", {}, element("th", { scope: "row", textContent: name }));
    const cells = [picture.accuracy?.[task] ?? result?.accuracy[task]];
    if (picture.accuracy_without) cells.push(picture.accuracy_without[task]);
    cells.forEach((share) => row.append(element("td", { textContent: share === undefined ? "" : percent(share) })));
    return row;
  });
  const heads = ["task", "test accuracy", ...(picture.accuracy_without ? ["without"] : [])];
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col", textContent: name })));
  const facts = [
    ["active weights", anatomy.active_weights],
    ["minimum cut", anatomy.cut ?? "not defined"],
    ["loss (validation)", result ? result.validation_loss.toPrecision(3) : "not known"],
    ["all tasks solved", level.solved === null ? "not known" : level.solved ? "yes" : "no"],
  ];
  const verdict = element("p", { className: "verdict", textContent: anatomy.verdict });
  if (without && without.verdict !== anatomy.verdict) verdict.append(`, ${without.verdict} without them`);
  const list = element("dl");
  facts.forEach(([name, value]) => list.append(element("dt", { textContent: name }), element("dd", { textContent: value })));
  const parts = anatomy.subnetworks.map((part, number) => {
    const neurons = part.neurons.filter(([layer]) => layer < anatomy.widths.length - 1).map((neuron) => neuron.join("."));
    const isOut = neurons.length > 0 && neurons.every((neuron) => view.removed.has(neuron));
    const name = `Subnetwork ${number + 1}: ${part.tasks.join(", ") || "no task"}, ${part.weights} weights`;
    const button = element("button", { type: "button", textContent: isOut ? `Put back: ${name}` : `Take out: ${name}` });
    button.dataset.subnetwork = number;
    button.onclick = () => {
      neurons.forEach((neuron) => (isOut ? view.removed.delete(neuron) : view.removed.add(neuron)));
      show();
    };
    return element("li", {}, button);
  });
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...tasks));
  // Of many subnetworks the largest are enough to play with.
  $("facts").replaceChildren(verdict, table, list, element("ul", { className: "plain" }, ...parts.slice(0, 8)));
}

async function showMaps(which, removed) {
  for (const tile of document.querySelectorAll("[data-map]")) {
    const isDense = tile.dataset.of === "dense";
    const task = Number(tile.dataset.map);
    const request = isDense ? { at: at(0, null), task } : { at: which, task, removed };
    const { svg } = await ask({ map: request });
    tile.hidden = !svg;
    if (svg) tile.querySelector(".drawing").innerHTML = svg;
    if (isWanted) return;
  }
}

// Training and pruning before one's eyes.
let isPlaying = false;

function stop() {
  isPlaying = false;
  $("play").setAttribute("aria-pressed", "false");
  $("play").textContent = "Play";
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function play() {
  if (isPlaying) return stop();
  isPlaying = true;
  $("play").setAttribute("aria-pressed", "true");
  $("play").textContent = "Pause";
  const last = opened.weights_left.length - 1;
  if (view.level === last) view.level = 0;
  const isSmall = opened.weights_left[0] <= 20000 && !still.matches;
  while (isPlaying) {
    // Epochs pass quickly at first, and change little later.
    for (let epoch = 1; isSmall && isPlaying && epoch < opened.epochs; epoch = Math.ceil(1.5 * epoch)) {
      view.epoch = epoch;
      say(`Level ${view.level}: training, after epoch ${epoch} of ${opened.epochs}`);
      await show();
      await pause(60);
    }
    view.epoch = null;
    $("level").value = view.level;
    say(`Level ${view.level}: trained`);
    await show();
    await pause(still.matches ? 1500 : 500);
    if (view.level === last) break;
    if (isPlaying) view.level += 1;
  }
  stop();
}

// Neurons: what one is, and taking it out.
function describe(target) {
  const neuron = target.closest?.("[data-neuron]");
  if (neuron) $("neuron").textContent = neuron.getAttribute("aria-label") ?? "";
}

function toggle(target) {
  const neuron = target.closest?.("[data-neuron]")?.dataset.neuron;
  if (!neuron || Number(neuron.split(".")[0]) === widths.length - 1) return;
  if (!view.removed.delete(neuron)) view.removed.add(neuron);
  show();
}

// Bits and files.
async function check() {
  const { params_digest } = await ask({ level: { at: at(view.level, null) } });
  const arm = page.digests?.[view.arm];
  const expected = arm?.[view.seed - page.first_seed]?.[view.level];
  const badge = $("badge");
  badge.className = "";
  if (!expected) {
    badge.textContent = `${params_digest}: the run has no row of this seed, arm and level`;
  } else if (expected === params_digest) {
    badge.className = "good";
    badge.textContent = `✓ ${params_digest}: drawn here, and to the bit what the run has in levels.csv`;
  } else {
    badge.className = "bad";
    badge.textContent = `✗ ${params_digest} here, ${expected} in the run: please report this`;
  }
}

function save(name, parts, type) {
  const link = element("a", { href: URL.createObjectURL(new Blob(parts, { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function exportTicket({ dataset: { format, ending } }) {
  const { base64 } = await ask({ export: { at: at(view.level, null), format } });
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const arm = view.arm === "imp" ? "" : `${view.arm}-`.replace(":", "-");
  save(`${arm}${view.seed}-${view.level}.${ending}`, [bytes], "application/octet-stream");
}

function saveFigure(figure) {
  const svg = figure.querySelector("svg:not(.leaving)").cloneNode(true);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  save(`${figure.dataset.name ?? figure.id}.svg`, [new XMLSerializer().serializeToString(svg)], "image/svg+xml");
}

async function copyTable(button) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = [...$(button.dataset.copy).rows].map((row) => [...row.cells].map((cell) => quoted(cell.textContent.trim())));
  const csv = rows.map((row) => row.join(",") + "\n").join("");
  try {
    await navigator.clipboard.writeText(csv);
    button.textContent = "Copied";
  } catch {
    save(`${button.dataset.copy}.csv`, [csv], "text/csv");
  }
}

/** Draws the figures for the arms that are chosen, as wide as there is room. */
async function redraw() {
  const boxes = [...document.querySelectorAll("#arms input")];
  const arms = boxes.map((box) => box.checked);
  for (const figure of document.querySelectorAll("[data-figure]")) {
    const drawing = figure.querySelector(".drawing");
    const width = Math.round(Math.min(Math.max(drawing.clientWidth, 300), 1600));
    const { svg } = await ask({ figure: { key: figure.dataset.figure, arms, width } });
    drawing.innerHTML = svg ?? "";
  }
}

// A link holds what is looked at. What it asks for and cannot have is named, and keeps its default.
const refused = [];

function remember() {
  const hash = new URLSearchParams(location.hash.slice(1));
  for (const key of ["seed", "arm", "level"]) hash.set(key, view[key]);
  history.replaceState(null, "", `#${hash}`);
}

function recall() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const whole = (key, most) => {
    if (!hash.has(key)) return;
    const value = Number(hash.get(key));
    if (Number.isInteger(value) && value >= 0 && value <= most) view[key] = value;
    else refused.push(`${key} = ${hash.get(key)} must be a whole number up to ${most}`);
  };
  whole("seed", Number.MAX_SAFE_INTEGER);
  whole("level", opened.weights_left.length - 1);
  const arm = hash.get("arm");
  if (opened.arms.some(({ name }) => name === arm)) view.arm = arm;
  else if (arm !== null) refused.push(`arm = ${arm} is none of this experiment`);
  if (refused.length) say(`In the link: ${refused.join("; ")}. The default stands.`, "bad");
}

/** Fills the controls for what was opened. */
function arrange() {
  const inRun = page.arms ? opened.arms.filter(({ name }) => page.arms.includes(name)) : opened.arms;
  const others = opened.arms.filter((arm) => !inRun.includes(arm));
  const option = ({ name, about }) => element("option", { value: name, textContent: name, title: about });
  const groups = [...inRun.map(option)];
  if (others.length) groups.push(Object.assign(element("optgroup", { label: "not in the run" }), {}));
  if (others.length) groups.at(-1).append(...others.map(option));
  $("arm").replaceChildren(...groups);
  $("arm").value = view.arm;
  Object.assign($("level"), { max: opened.weights_left.length - 1, value: view.level });
  const first = opened.first_seed;
  Object.assign($("seed"), { min: first, max: first + Math.max(opened.seeds - 1, 1), value: view.seed });
}

function listen() {
  const change = (key, value) => () => {
    Object.assign(view, { [key]: value(), epoch: null });
    view.removed.clear();
    show();
  };
  $("seed").oninput = change("seed", () => Number($("seed").value));
  $("level").oninput = change("level", () => Number($("level").value));
  $("arm").onchange = change("arm", () => $("arm").value);
  $("play").onclick = play;
  $("back").onclick = change("removed", () => view.removed);
  $("check").onclick = check;
  const network = $("network");
  network.onclick = ({ target }) => toggle(target);
  network.onmouseover = ({ target }) => describe(target);
  network.addEventListener("focusin", ({ target }) => describe(target));
  network.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    toggle(event.target);
  };
  document.querySelectorAll("[data-format]").forEach((button) => (button.onclick = () => exportTicket(button)));
  document.querySelectorAll("#arms input").forEach((box) => (box.onchange = redraw));
  $("explorer").onkeydown = (event) => {
    if (event.target.matches("input, select, [data-neuron]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowRight: ["level", 1], ArrowLeft: ["level", -1], ArrowUp: ["seed", 1], ArrowDown: ["seed", -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const control = $(step[0]);
    control.value = Number(control.value) + step[1];
    control.oninput();
  };
}

/** Tickets of which the page does not hold the data: they are chosen from a list, and nothing is trained. */
async function openTickets() {
  const { tickets } = await ask({ tickets: { tickets: page.tickets } });
  if (tickets.length === 0) throw new Error("The page carries no ticket: none was kept, or they are too large.");
  opened = { weights_left: [], arms: [], epochs: 0, seeds: 0, first_seed: 0 };
  const name = ({ seed, level }) => `seed ${seed}, level ${level}`;
  $("ticket").append(...tickets.map((ticket, number) => element("option", { value: number, textContent: name(ticket) })));
  const isStart = ({ seed, level }) => seed === page.start.seed && level === page.start.level;
  $("ticket").value = Math.max(tickets.findIndex(isStart), 0);
  $("ticket").onchange = () => {
    const { seed, arm, level } = tickets[$("ticket").value];
    view.removed.clear();
    Object.assign(view, { seed, arm, level });
    show();
  };
  Object.assign(view, tickets[$("ticket").value]);
  $("ticket-choice").hidden = false;
  for (const id of ["seed", "arm", "level"]) $(id).closest("label").hidden = true;
  for (const id of ["play", "check"]) $(id).hidden = true;
  $("answers").hidden = true;
}

async function main() {
  document.querySelectorAll("[data-save]").forEach((button) => (button.onclick = () => saveFigure($(button.dataset.save))));
  document.querySelectorAll("[data-copy]").forEach((button) => (button.onclick = () => copyTable(button)));
  try {
    await start();
  } catch (error) {
    say(`This browser cannot draw lotteries (${error.message}): what stands here was drawn by the program.`, "bad");
    return;
  }
  listen();
  Object.assign(view, page.start);
  try {
    if (page.tickets) await openTickets();
    else if (page.form) await openForm();
    else opened = await ask({ open: { experiment: page.experiment } });
    if (page.figures) await ask({ figures: { data: page.figures } });
  } catch (error) {
    return say(error.message, "bad");
  }
  if (!page.tickets) {
    recall();
    arrange();
  }
  if (page.figures) await redraw();
  document.querySelectorAll("[data-live]").forEach((each) => (each.hidden = false));
  await show();
}
