// The page without a run: the experiment is what the form says, and a link holds the form.
"use strict";

const form = $("settings");
const fields = [...form.querySelectorAll("[name]")];
const read = (field) => (field.type === "checkbox" ? String(field.checked) : field.value.trim());
const write = (field, value) => (field.type === "checkbox" ? (field.checked = value === "true") : (field.value = value));
const plain = (field) => field.dataset.default;
const fieldOf = (key) => fields.find(({ name }) => name === key);
/** The kinds of tasks. The fields of one are called KEY.KIND. */
const kinds = fields.filter(({ name }) => name.startsWith("task.")).map(({ name }) => name.slice("task.".length));
const kindOf = ({ name }) => kinds.find((kind) => name.endsWith(`.${kind}`));
/** The key of a field of a task. */
const keyOf = (field) => field.name.slice(0, -kindOf(field).length - 1);
/** What messages call the setting of a field. */
const settingOf = (field) => (kindOf(field) ? `data.task.${kindOf(field)}.${keyOf(field)}` : field.name);
/** A number as TOML, and anything else as text, which is then refused by name. */
const toml = (value) => (value !== "" && Number.isFinite(Number(value)) ? value : JSON.stringify(value));

/** What was opened last. */
let last = null;

/** The form as an experiment: its tasks as TOML, and the other settings over it. */
function experiment() {
  const tasks = kinds.filter((kind) => fieldOf(`task.${kind}`).checked);
  if (tasks.length === 0) throw new Error("choose at least one task");
  const changed = fields.filter((field) => read(field) !== plain(field));
  const text = tasks.map((kind) => {
    const own = changed.filter((field) => kindOf(field) === kind && keyOf(field) !== "task");
    const lines = own.map((field) => `${keyOf(field)} = ${toml(read(field))}\n`);
    return `[[data.task]]\nkind = "${kind}"\n${lines.join("")}`;
  });
  const others = changed.filter((field) => !kindOf(field));
  return { experiment: text.join(""), overrides: others.map((field) => `${field.name}=${read(field)}`) };
}

/** Opens what a link says; settings that cannot be are named, and keep their defaults. */
async function openForm() {
  let wishes = [...new URLSearchParams(location.hash.slice(1))].filter(([key]) => !LOOKED_AT.includes(key));
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
  last = experiment();
  settings = () => fields.filter((field) => read(field) !== plain(field)).map((field) => [field.name, read(field)]);
  listenToForm();
}

async function changed() {
  stop();
  isDrawing = false;
  const before = opened.first_seed;
  fields.forEach((field) => field.removeAttribute("aria-invalid"));
  $("form-state").textContent = "";
  // A long lottery is not waited for.
  if (waiting.length > 0) await startAgain();
  try {
    const wanted = experiment();
    opened = await ask({ open: wanted });
    last = wanted;
  } catch (error) {
    if (error instanceof Dropped) return;
    await ask({ open: last });
    const told = error.message.replace(/^--set [^ ]+: /, "");
    const field = fields.find((field) => error.message.includes(settingOf(field)));
    field?.setAttribute("aria-invalid", "true");
    $("form-state").textContent = `${told}. What is shown above has the settings from before.`;
    return;
  }
  say("");
  if (opened.first_seed !== before) view.seed = opened.first_seed;
  view.removed.clear();
  Object.assign(view, { epoch: null, level: Math.min(view.level, opened.weights_left.length - 1) });
  if (!opened.arms.some(({ name }) => name === view.arm)) view.arm = page.start.arm;
  arrange();
  $("seeds-drawn").textContent = "";
  $("tally").replaceChildren();
  await show();
}

let isDrawing = false;
/** Counts up, so that a loop that was stopped does not go on beside the next one. */
let draws = 0;

/** Draws many seeds, and shows the share that separates as it grows. */
async function drawSeeds() {
  if (isDrawing) return (isDrawing = false);
  isDrawing = true;
  draws += 1;
  const own = draws;
  const button = $("draw");
  button.textContent = "Stop";
  const { arm } = view;
  const count = 100;
  try {
    for (let drawn = 0; isDrawing && own === draws && drawn < count; drawn += 1) {
      await ask({ draw: { seed: opened.first_seed + drawn, arm } });
      if (drawn % 5 === 4 || drawn === count - 1) await showTally(arm);
    }
  } finally {
    if (own === draws) {
      isDrawing = false;
      button.textContent = "Draw 100 seeds";
    }
  }
}

async function showTally(arm) {
  const { seeds, not_finite, ever_separated, ever_separated_and_solved, figure } = await ask({ findings: { arm } });
  const interval = ({ share, low, high }) => `${percent(share)} (${percent(low)} to ${percent(high)})`;
  const diverged = not_finite ? `${not_finite} more diverged: their loss was not finite; a lower learning rate may help. ` : "";
  const told =
    `${seeds} seeds: ${interval(ever_separated)} have a separated ticket, ` +
    `${interval(ever_separated_and_solved)} one that solves every task, too (95 % intervals, Wilson). `;
  $("seeds-drawn").textContent = (seeds ? told : "") + diverged;
  if (figure) $("tally").innerHTML = figure;
}

form.onsubmit = (event) => event.preventDefault();

/** Once there is something to ask. */
function listenToForm() {
  form.onchange = saying(changed);
  $("reset").onclick = saying(() => {
    fields.forEach((field) => write(field, plain(field)));
    return changed();
  });
  $("draw").onclick = saying(drawSeeds);
}
