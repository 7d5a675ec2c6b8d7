// The course of the work: enter, see a sentence, decide, see the next. All state that must outlive
// a reload is in sessionStorage: who, which window, and a decision that is not yet acknowledged.

import { Refused, Unreachable, get, post } from "./api.js";
import * as desk from "./desk.js";
import { askName, askReason, openHelp, openTables } from "./dialogs.js";
import { element, say, show } from "./dom.js";
import { agreementTables, headline, paintAgreement, paintModel, paintProgress } from "./side.js";

const kept = {
  get: (name) => JSON.parse(sessionStorage.getItem(name) ?? "null"),
  put: (name, value) => sessionStorage.setItem(name, JSON.stringify(value)),
};
const WINDOW = kept.get("window") ?? crypto.randomUUID();
kept.put("window", WINDOW);

let annotator = kept.get("annotator");
let mode = kept.get("mode") ?? "label";
let order = kept.get("order") ?? "random";
let sentence = null;
let passed = []; // disagreements left for later
let takenBack = []; // what lay on the desk when a decision was undone, to be shown again after it
let clash = false; // another window has decided meanwhile
let running = false;

const review = () => mode === "review";
const me = () => ({ annotator, window: WINDOW, mode });
const wish = () => ({ ...me(), order, passed, wanted: takenBack.at(-1)?.n ?? null });

// One thing at a time: what is pressed while the server is asked would fall on a sentence not yet seen.
let busy = false;
async function alone(work) {
  if (busy) return;
  busy = true;
  document.body.dataset.busy = "true";
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
    const hint = error instanceof Unreachable ? " Start framing annotate again, then press Enter." : "";
    say("alert", error.message + hint);
  } finally {
    busy = false;
    document.body.dataset.busy = "false";
  }
}

function paint(state) {
  paintProgress(state, annotator, review());
  paintAgreement(state.agreement);
  paintModel(state, (name) => desk.titles([name]), { train, later });
  const ended = running && state.job.state !== "running";
  running = state.job?.state === "running";
  if (ended && state.job.state === "done") {
    const what = state.job.kind === "train" ? headline(state.job.result) : "The model has been asked.";
    say("notice", `${what} “Least sure first” now follows it.`);
  }
}

function display(found, state, labels) {
  paint(state);
  clash = false;
  sentence = found;
  if (found === null) return finished(state);
  const start = found.decision?.labels ?? (review() ? desk.agreed(found) : []);
  desk.put(found, labels ?? start, review());
}

// The next sentence; if it lay on the desk before an undo, with the labels that were on it.
function arrive({ sentence: found, state }) {
  const back = takenBack.pop();
  display(found, state, back?.n === found?.n ? back?.labels : undefined);
}

function finished(state) {
  const place = element("done");
  const [title, text] = place.children;
  if (review()) {
    title.textContent = "No disagreement is left";
    text.textContent = "Press / to go on labelling.";
  } else if (state.sentences === 0) {
    title.textContent = "There is no sentence yet";
    text.textContent = "Add some with framing annotate PROJECT --import FILE.";
  } else {
    title.textContent = "You have seen every sentence that is yours";
    text.textContent = state.disputed
      ? `Press / to review ${state.disputed} disagreements.`
      : "Download the labels, or wait for others. Backspace takes the last one back.";
  }
  show(element("desk"), false);
  show(place, true);
  place.focus();
}

async function next() {
  const answer = await post("next", wish());
  say("alert", "");
  arrive(answer);
}

async function decide(change) {
  if (sentence === null) return next();
  const verdict = {
    ...wish(),
    ...change,
    sentence: sentence.n,
    expected: sentence.decision?.seq ?? null,
    key: crypto.randomUUID(),
  };
  kept.put("pending", verdict);
  await send(verdict);
}

// A decision is kept here until the server says that it is on the disk.
async function send(verdict) {
  for (let wait = 500; ; wait = Math.min(2 * wait, 4000)) {
    try {
      const answer = await post("decide", verdict);
      kept.put("pending", null);
      say("alert", "");
      say("notice", "");
      passed = passed.filter((n) => n !== verdict.sentence);
      return arrive(answer);
    } catch (error) {
      if (error instanceof Refused) {
        if (error.status !== 403) kept.put("pending", null);
        if (error.status !== 409) throw error;
        return clashed(error.current);
      }
      if (!(error instanceof Unreachable)) throw error;
      say("alert", `Not saved yet: ${error.message} Your decision is kept here and sent again. If the server was ended, start it again.`);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function clashed(current) {
  if (sentence === null) return next(); // sent again after a reload
  clash = current !== null;
  sentence.decision = current;
  const what = current?.labels ? desk.titles(current.labels) : `skipped: ${current?.skipped}`;
  const whose = review() ? `${current?.annotator} has decided` : "In another window you have said";
  say("alert", current
    ? `${whose} meanwhile: ${what}. Enter puts your choice in its place, - leaves it.`
    : "The decision you meant to change was taken back meanwhile. Enter saves your choice.");
  caption();
}

function caption() {
  const labels = desk.titles(desk.chosen());
  const verb = clash ? "Replace by" : review() ? "Decide" : "Save";
  element("save").firstElementChild.textContent = `${verb}: ${labels}`;
  element("skip").firstElementChild.textContent = clash ? "Leave it" : review() ? "Later" : "Skip";
}

const save = () => alone(() => decide({ labels: desk.chosen() }));

async function skip() {
  if (busy || sentence === null) return;
  if (clash) return alone(next);
  if (review()) {
    passed = [...passed.filter((n) => n !== sentence.n), sentence.n];
    return alone(next);
  }
  const reason = await askReason();
  if (reason) await alone(() => decide({ skipped: reason }));
}

const undo = () =>
  alone(async () => {
    const { sentence: found, state } = await post("undo", me());
    if (found === null) return say("notice", "There is nothing to take back.");
    if (sentence !== null) takenBack.push({ n: sentence.n, labels: desk.chosen() });
    const labels = found.undone.labels;
    display(found, state, labels ?? []);
    say("notice", labels
      ? `Taken back: ${desk.titles(labels)}. Change it, then press Enter.`
      : `Taken back: skipped, ${found.undone.skipped}.`);
  });

const train = () =>
  alone(async () => {
    await post("train", me());
    say("notice", "A model is being trained in the background. Go on as you like.");
    running = true;
    paint(await get("state"));
  });

const later = () =>
  alone(async () => {
    await post("decline", me());
    paint(await get("state"));
  });

const turn = (to) =>
  alone(async () => {
    mode = to;
    kept.put("mode", mode);
    passed = [];
    takenBack = [];
    sentence = null;
    say("notice", "");
    for (const name of ["label", "review"]) {
      element(`to-${name}`).setAttribute("aria-pressed", String(name === mode));
    }
    await next();
  });

async function enter() {
  annotator = await askName(async (name) => {
    const found = await post("enter", { ...me(), annotator: name });
    return found.annotator;
  }, annotator);
  kept.put("annotator", annotator);
  element("who").textContent = annotator;
  await turn(mode);
}

async function tables() {
  const { pairs, skips } = await get("agreement");
  agreementTables(pairs, skips);
  openTables();
}

const COMMANDS = {
  Enter: save,
  "-": skip,
  Backspace: undo,
  "?": openHelp,
  "/": () => turn(review() ? "label" : "review"),
  "+": () => element("model").querySelector("button") && train(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || event.target.closest("input, select")) return;
  const onControl = event.target.closest("button, a") && !event.target.closest(".card");
  if (onControl && ["Enter", " "].includes(event.key)) return;
  const label = event.key.length === 1 && event.key !== " " ? desk.labelOfKey(event.key) : undefined;
  const command = COMMANDS[event.key];
  if (label === undefined && command === undefined) return;
  event.preventDefault();
  if (event.repeat || busy) return; // a key held down must not label what nobody has read
  if (label !== undefined && sentence !== null) desk.toggle(label);
  else if (command) command();
});

desk.whenChanged(caption);
element("save").addEventListener("click", save);
element("skip").addEventListener("click", skip);
element("undo").addEventListener("click", undo);
element("help").addEventListener("click", openHelp);
element("details").addEventListener("click", () => alone(tables));
element("who").addEventListener("click", enter);
element("to-label").addEventListener("click", () => turn("label"));
element("to-review").addEventListener("click", () => turn("review"));
element("order").addEventListener("change", (event) => {
  order = event.target.value;
  kept.put("order", order);
  alone(next);
});

async function watch() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, running ? 1000 : 10000));
    if (busy || document.hidden || annotator === null) continue;
    await get("state").then(paint, () => {});
  }
}

async function begin() {
  element("order").value = order;
  if (annotator === null) return enter();
  element("who").textContent = annotator;
  const pending = kept.get("pending");
  if (pending) await alone(() => send(pending));
  await turn(mode);
}

const fault = (what) => say("alert", `The page has met a fault of its own (${what}). Reload it; what was saved is safe.`);
window.addEventListener("error", (event) => fault(event.message));
window.addEventListener("unhandledrejection", (event) => fault(event.reason));

document.body.dataset.busy = "false";
begin();
watch();
