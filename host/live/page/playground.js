// The page without a run: the experiment is what the form says, and a link holds the form.
"use strict";

const form = $("settings");
const fields = [...form.querySelectorAll("[name]")];
const read = (field) => (field.type === "checkbox" ? String(field.checked) : field.value.trim());
const write = (field, value) => (field.type === "checkbox" ? (field.checked = value === "true") : (field.value = value));
const plain = (field) => field.dataset.default;
/** A number as TOML, and anything else as text, which is then refused by name. */
const toml = (value) => (value !== "" && Number.isFinite(Number(value)) ? value : JSON.stringify(value));

/** The form as an experiment: its tasks as TOML, and the other settings over it. */
function experiment() {
  const tasks = fields.filter((field) => field.name.startsWith("task.") && field.checked);
  if (tasks.length === 0) throw new Error("choose at least one task");
  const text = tasks.map(({ name }) => {
    const kind = name.slice("task.".length);
    const noise = fields.find((field) => field.name === `noise.${kind}`).value.trim();
    return `[[data.task]]\nkind = "${kind}"\nnoise = ${toml(noise)}\n`;
  });
  const others = fields.filter(({ name }) => !name.startsWith("task.") && !name.startsWith("noise."));
  const changed = others.filter((field) => read(field) !== plain(field));
  return { experiment: text.join(""), overrides: changed.map((field) => `${field.name}=${read(field)}`) };
}

/** Opens what a link says; settings that cannot be are named, and keep their defaults. */
async function openForm() {
  let wishes = [...new URLSearchParams(location.hash.slice(1))].filter(([key]) => !["seed", "arm", "level"].includes(key));
  const fieldOf = (key) => fields.find(({ name }) => name === key);
  wishes.filter(([key]) => !fieldOf(key)).forEach(([key]) => refused.push(`${key} is no setting of this page`));
  // A field for numbers takes nothing else, and the console would tell.
  const isNumber = ([key, value]) => fieldOf(key).type !== "number" || (value !== "" && Number.isFinite(Number(value)));
  wishes = wishes.filter(([key]) => fieldOf(key));
  wishes.filter((wish) => !isNumber(wish)).forEach(([key, value]) => refused.push(`${key} = ${value} must be a number`));
  wishes = wishes.filter(isNumber);
  /** Opens with these wishes, or says why not and leaves the form as it was. */
  const take = async (some) => {
    const before = some.map(([key]) => read(fieldOf(key)));
    some.forEach(([key, value]) => write(fieldOf(key), value));
    try {
      opened = await ask({ open: experiment() });
    } catch (error) {
      some.forEach(([key], place) => write(fieldOf(key), before[place]));
      return error.message;
    }
  };
  // All at once, since some can only be together; else as many as can be, one by one.
  if (await take(wishes)) {
    let problems = [];
    for (let before = Infinity; wishes.length < before; ) {
      before = wishes.length;
      const refusedNow = [];
      problems = [];
      for (const wish of wishes) {
        const problem = await take([wish]);
        if (problem) refusedNow.push(wish), problems.push(problem);
      }
      wishes = refusedNow;
    }
    refused.push(...problems);
    // What was tried last may have been refused.
    opened = await ask({ open: experiment() });
  }
  arrangeMaps();
}

async function changed() {
  stop();
  isDrawing = false;
  try {
    opened = await ask({ open: experiment() });
  } catch (error) {
    return say(error.message, "bad");
  }
  say("");
  const hash = new URLSearchParams();
  for (const field of fields) if (read(field) !== plain(field)) hash.set(field.name, read(field));
  history.replaceState(null, "", `#${hash}`);
  view.removed.clear();
  Object.assign(view, { epoch: null, level: Math.min(view.level, opened.weights_left.length - 1) });
  if (!opened.arms.some(({ name }) => name === view.arm)) view.arm = "imp";
  arrange();
  arrangeMaps();
  $("seeds-drawn").textContent = "";
  $("tally").replaceChildren();
  await show();
}

/** A tile for each task and network, as the tasks are. */
function arrangeMaps() {
  const tiles = opened.tasks.flatMap(({ name }, task) =>
    ["ticket", "dense"].map((of) => {
      const heading = element("h3", { textContent: `${name}: ${of === "dense" ? "dense network" : "this ticket"}` });
      const tile = element("figure", {}, heading, element("div", { className: "drawing" }));
      Object.assign(tile.dataset, { map: task, of });
      return tile;
    }),
  );
  $("maps").replaceChildren(...tiles);
}

let isDrawing = false;

/** Draws many seeds, and shows the share that separates as it grows. */
async function drawSeeds() {
  if (isDrawing) return (isDrawing = false);
  isDrawing = true;
  const button = $("draw");
  button.textContent = "Stop";
  const count = 100;
  try {
    for (let drawn = 0; isDrawing && drawn < count; drawn += 1) {
      const seed = opened.first_seed + drawn;
      await ask({ draw: { seed, arm: view.arm } });
      if (drawn % 5 === 4 || drawn === count - 1) await showTally();
    }
  } catch (error) {
    say(error.message, "bad");
  }
  isDrawing = false;
  button.textContent = "Draw 100 seeds";
}

async function showTally() {
  const { seeds, ever_separated, ever_separated_and_solved, figure } = await ask({ findings: { arm: view.arm } });
  const interval = ({ share, low, high }) => `${percent(share)} (${percent(low)} to ${percent(high)})`;
  $("seeds-drawn").textContent =
    `${seeds} seeds: ${interval(ever_separated)} have a separated ticket, ` +
    `${interval(ever_separated_and_solved)} one that solves every task, too (95 % intervals, Wilson)`;
  if (figure) $("tally").innerHTML = figure;
}

form.onsubmit = (event) => event.preventDefault();
form.onchange = changed;
$("reset").onclick = () => {
  fields.forEach((field) => write(field, plain(field)));
  changed();
};
$("draw").onclick = drawSeeds;
