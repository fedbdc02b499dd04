// Shows what the core answers: it draws, trains, measures and exports; here is what is chosen, and where things stand.
"use strict";

const still = matchMedia("(prefers-reduced-motion: reduce)");
/** What a link says of what is shown. */
const LOOKED_AT = ["seed", "arm", "level"];
/** What is shown: a ticket, at an epoch of its training or after it, without the neurons that were taken out. */
const view = { ...page.start, epoch: null, removed: new Set() };
/** What was opened: the core's description of the experiment. */
let opened = null;
/** What was shown last: the answer to a request for a level. */
let shown = null;
/** What a page keeps in its link beside what is looked at. */
let settings = () => [];
/** Widths of the network that is shown; that of some arms is another. */
let widths = [];

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
      if ($("state").className === "bad wrong") say("");
    } catch (error) {
      if (isWanted || error instanceof Dropped) continue;
      say(error.message, "bad wrong");
      $("network").replaceChildren();
      $("facts").replaceChildren();
      document.querySelectorAll("[data-map]").forEach((tile) => (tile.hidden = true));
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
  shown = level;
  showPicture(picture.svg);
  showFacts(level, picture);
  $("level-text").textContent = `${view.level}: ${level.anatomy.weights_left} weights left`;
  $("seed-text").textContent = view.seed;
  $("badge").textContent = "";
  $("back").disabled = removed.length === 0;
  if (!page.tickets && !view.epoch) remember();
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
  // Only where tasks depend on each other: else the verdict says it.
  if (typeof level.reveals === "boolean") facts.push(["paths as in the truth", level.reveals ? "yes" : "no"]);
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
  const table = element("table", { id: "facts-table" }, element("thead", {}, head), element("tbody", {}, ...tasks));
  const copy = element("button", { type: "button", textContent: "Copy as CSV" });
  copy.dataset.copy = "facts-table";
  copy.setAttribute("aria-label", "Copy as CSV: accuracies of this ticket");
  copy.onclick = () => copyTable(copy);
  // Of many subnetworks the first are enough to play with.
  $("facts").replaceChildren(verdict, table, copy, list, element("ul", { className: "plain" }, ...parts.slice(0, 8)));
}

/** A tile for each task and network, to be drawn when it is looked at. */
function arrangeMaps() {
  const tiles = opened.tasks.flatMap(({ name }, task) =>
    ["ticket", "dense"].map((of) => {
      const heading = element("h3", { textContent: `${name}: ${of === "dense" ? "dense network" : "this ticket"}` });
      const save = element("button", { type: "button", textContent: "Save as SVG" });
      const tile = element("figure", { hidden: true }, heading, element("div", { className: "drawing" }), save);
      Object.assign(tile.dataset, { map: task, of });
      return tile;
    }),
  );
  $("maps").replaceChildren(...tiles);
}

async function showMaps(which, removed) {
  for (const tile of document.querySelectorAll("[data-map]")) {
    const isDense = tile.dataset.of === "dense";
    const task = Number(tile.dataset.map);
    const request = isDense ? { at: at(0, null), task } : { at: which, task, removed };
    const { svg } = await ask({ map: request });
    tile.hidden = !svg;
    if (!svg) continue;
    tile.querySelector(".drawing").innerHTML = svg;
    const button = tile.querySelector("button");
    const of = tile.querySelector("h3").textContent;
    button.setAttribute("aria-label", `Save as SVG: ${of}`);
    button.onclick = () => saveFigure(tile, of.replaceAll(/[^\w-]+/g, "-"));
    if (isWanted) return;
  }
}

// Training and pruning as one watches.
let isPlaying = false;

function stop() {
  isPlaying = false;
  $("play").setAttribute("aria-pressed", "false");
  $("play").textContent = "Play";
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What was seen while it played. */
function story(start, separated, solved) {
  const at = (level) => `level ${level}, with ${opened.weights_left[level]} weights left`;
  const seen = start === 0 ? "" : ` from level ${start} on`;
  if (separated.length === 0) return `Seed ${view.seed} has no separated ticket${seen}. Others may: draw many.`;
  const first = `Seed ${view.seed} first falls apart into one network for each task at ${at(separated[0])}`;
  if (solved.length === 0) return `${first}, but never with all tasks solved.`;
  return `${first}; its sparsest ticket that is separated and solves all tasks is at ${at(solved.at(-1))}.`;
}

/** Counts up, so that a loop that was paused does not go on beside the next one. */
let plays = 0;

async function play() {
  if (isPlaying) return stop();
  isPlaying = true;
  plays += 1;
  const own = plays;
  const goesOn = () => isPlaying && own === plays;
  $("play").setAttribute("aria-pressed", "true");
  $("play").textContent = "Pause";
  const last = opened.weights_left.length - 1;
  if (view.level === last) view.level = 0;
  const isSmall = opened.weights_left[0] <= 20000 && !still.matches;
  const [separated, solved, start] = [[], [], view.level];
  const { first_epoch } = opened.arms.find(({ name }) => name === view.arm);
  while (goesOn()) {
    // Epochs pass quickly at first, and change little later. Networks side by side have none in common.
    const first = view.level === 0 ? 1 : first_epoch;
    for (let epoch = first; isSmall && first_epoch && goesOn() && epoch < opened.epochs; epoch *= 2) {
      view.epoch = epoch;
      say(`Level ${view.level}: training, after epoch ${epoch} of ${opened.epochs}`);
      await show();
      await pause(40);
    }
    if (own !== plays) return;
    view.epoch = null;
    $("level").value = view.level;
    say(`Level ${view.level}: trained`);
    await show();
    if (shown.separated) separated.push(view.level);
    if (shown.separated && shown.solved) solved.push(view.level);
    await pause(still.matches ? 1500 : 350);
    if (own !== plays) return;
    if (view.level === last) break;
    if (isPlaying) view.level += 1;
  }
  if (own !== plays) return;
  if (isPlaying) say(story(start, separated, solved));
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
  const which = at(view.level, null);
  const { params_digest } = await ask({ level: { at: which } });
  if (JSON.stringify(which) !== JSON.stringify(at(view.level, null))) return;
  const expected = page.digests?.[which.arm]?.[which.seed - page.first_seed]?.[which.level];
  const badge = $("badge");
  badge.className = "";
  if (!page.digests) {
    badge.textContent = `${params_digest}: a run with these settings has the same for this level in levels.csv`;
  } else if (!expected) {
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
  // A busy machine may take its time to save it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function exportTicket({ dataset: { format, ending } }) {
  const which = at(view.level, null);
  const { base64 } = await ask({ export: { at: which, format } });
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const arm = which.arm === page.start.arm ? "" : `${which.arm}-`.replaceAll(":", "-");
  save(`${arm}${which.seed}-${which.level}.${ending}`, [bytes], "application/octet-stream");
}

function saveFigure(figure, name = figure.dataset.name) {
  const svg = figure.querySelector("svg:not(.leaving)")?.cloneNode(true);
  if (!svg) return;
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  save(`${name}.svg`, [new XMLSerializer().serializeToString(svg)], "image/svg+xml");
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

/** Draws the figures again when there is more or less room for them. */
function followRoom() {
  const [figure] = document.querySelectorAll("[data-figure] .drawing");
  let width = figure?.clientWidth;
  let later;
  const look = () => {
    if (figure.clientWidth === width) return;
    width = figure.clientWidth;
    clearTimeout(later);
    later = setTimeout(saying(redraw), 150);
  };
  if (figure) new ResizeObserver(look).observe(figure);
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
  const hash = new URLSearchParams(settings());
  for (const key of LOOKED_AT) hash.set(key, view[key]);
  if (location.hash !== `#${hash}`) history.replaceState(null, "", `#${hash}`);
}

function recall() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const whole = (key, most) => {
    if (!hash.has(key)) return;
    const value = hash.get(key) === "" ? NaN : Number(hash.get(key));
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
  $("arm").replaceChildren(...inRun.map(option));
  if (others.length) $("arm").append(element("optgroup", { label: "not in the run" }, ...others.map(option)));
  $("arm").value = view.arm;
  Object.assign($("level"), { max: opened.weights_left.length - 1, value: view.level });
  // A link may name a seed beside those of the experiment.
  const first = Math.min(opened.first_seed, view.seed);
  const last = Math.max(opened.first_seed + Math.max(opened.seeds - 1, 1), view.seed);
  Object.assign($("seed"), { min: first, max: last });
  $("seed").value = view.seed;
  arrangeMaps();
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
  $("play").onclick = saying(play);
  $("step").onclick = () => {
    stop();
    $("level").value = Math.min(view.level + 1, opened.weights_left.length - 1);
    $("level").oninput();
  };
  $("back").onclick = change("removed", () => view.removed);
  $("check").onclick = saying(check);
  const network = $("network");
  network.onclick = ({ target }) => toggle(target);
  network.onmouseover = ({ target }) => describe(target);
  network.addEventListener("focusin", ({ target }) => describe(target));
  network.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    toggle(event.target);
  };
  document.querySelectorAll("[data-format]").forEach((button) => (button.onclick = saying(() => exportTicket(button))));
  const boxes = document.querySelectorAll("#arms input");
  boxes.forEach((box) => (box.onchange = saying(redraw)));
  for (const button of document.querySelectorAll("[data-arms]")) {
    button.onclick = saying(() => {
      boxes.forEach((box, number) => (box.checked = number === 0 || button.dataset.arms === "all"));
      return redraw();
    });
  }
  // A link that is typed in while the page is open.
  window.onhashchange = () => location.reload();
  $("explorer").onkeydown = (event) => {
    if (page.tickets || event.target.matches("input, select, [data-neuron]") || event.ctrlKey || event.metaKey || event.altKey) return;
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
  for (const id of LOOKED_AT) $(id).closest("label").hidden = true;
  for (const id of ["play", "step", "check"]) $(id).hidden = true;
  $("answers").removeAttribute("data-live");
}

async function main() {
  document.querySelectorAll("[data-save]").forEach((button) => (button.onclick = () => saveFigure($(button.dataset.save))));
  document.querySelectorAll("[data-copy]").forEach((button) => (button.onclick = () => copyTable(button)));
  if (!$("explorer")) return;
  try {
    await start();
  } catch (error) {
    say(`This browser cannot draw lotteries (${error.message}): what stands here was drawn by the program.`, "bad");
    return;
  }
  listen();
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
  if (page.figures) {
    await redraw();
    followRoom();
  }
  document.querySelectorAll("[data-live]").forEach((each) => (each.hidden = false));
  await show();
}
