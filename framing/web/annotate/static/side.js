// The column beside the sentence: who has done what, how far they agree, what the model does.

import { element, figure, make, show, signed, table } from "./dom.js";

const FEW = 50;

export function paintProgress(state, annotator, review) {
  const me = state.annotators.find((row) => row.annotator === annotator);
  const mine = me ? me.labelled + me.skipped : 0;
  const decided = state.final + state.disputed;
  element("bar").max = Math.max(1, review ? decided : state.sentences);
  element("bar").value = review ? state.final : mine;
  element("count").textContent = review
    ? `${state.final} decided, ${state.disputed} disagreements left`
    : `${mine} of ${state.sentences} done${me?.skipped ? `, ${me.skipped} of them skipped` : ""}`;
  element("disputed").textContent = state.disputed;
  const body = element("people").tBodies[0];
  body.replaceChildren(
    ...state.annotators.map((row) => {
      const line = make("tr", undefined, row.annotator === annotator ? { class: "me" } : {});
      line.append(make("th", row.annotator, { scope: "row" }));
      line.append(make("td", row.labelled), make("td", row.skipped));
      return line;
    }),
  );
  element("totals").textContent =
    `${state.settled} of ${state.sentences} sentences settled, ${state.disputed} disputed.`;
  element("order").querySelector("[value=uncertain]").disabled = !state.ordered;
}

export function paintAgreement(pairs) {
  const place = element("agreement");
  show(element("details"), Boolean(pairs?.length));
  if (pairs === null) {
    place.replaceChildren(make("p", "Not worked out yet."));
    return;
  }
  if (!pairs.length) {
    place.replaceChildren(make("p", "Shown as soon as two annotators have labelled one sentence."));
    return;
  }
  const rows = pairs.map((pair) => [
    `${pair.first}, ${pair.second}`,
    pair.sentences,
    `${Math.round(pair.identical * 100)} %`,
    figure(pair.alpha),
  ]);
  place.replaceChildren(table(["Annotators", "shared", "identical", "alpha"], rows));
  if (pairs.some((pair) => pair.sentences < FEW)) {
    place.append(make("p", `Below ${FEW} shared sentences such figures still move a lot.`));
  }
}

export function agreementTables(pairs, skips) {
  const range = (row) =>
    row.low === null ? figure(row.value) : `${figure(row.value)} (${figure(row.low)} to ${figure(row.high)})`;
  const nodes = pairs.flatMap((pair) => [
    make("h3", `${pair.first} and ${pair.second}, ${pair.sentences} sentences`),
    table(
      ["Measure", pair.first, pair.second, "both", "value"],
      pair.figures.map((row) => [
        row.measure, row.first ?? "", row.second ?? "", row.both ?? "", range(row),
      ]),
    ),
  ]);
  if (skips.length) {
    nodes.push(make("h3", "Skipped"));
    nodes.push(table(["Reason", "sentences"], skips.map((row) => [row.reason, row.sentences])));
  }
  element("agreement-tables").replaceChildren(...nodes);
}

export function paintModel(state, titleOf, actions) {
  const { job, trained, offer } = state;
  const nodes = [];
  if (job?.state === "running") {
    const bar = make("progress", undefined, { "aria-label": "Training" });
    if (job.total) {
      bar.max = job.total;
      bar.value = job.done;
    }
    nodes.push(make("p", `In the background: ${job.step || "starting"} …`), bar);
  } else {
    if (job?.state === "failed") nodes.push(make("p", `Not done: ${job.error}.`, { class: "error" }));
    nodes.push(...offered(offer, trained, actions));
  }
  if (trained?.state === "done") nodes.push(...result(trained, titleOf));
  element("model").replaceChildren(...nodes);
}

function offered(offer, trained, actions) {
  if (!offer.possible) {
    return [make("p", `A model can be trained from ${offer.fewest} settled sentences on.`)];
  }
  const button = make("button", offer.offered ? "Train now " : "Train a model now ", { type: "button" });
  button.append(make("kbd", "+"));
  button.addEventListener("click", actions.train);
  if (!offer.offered) {
    const left = `${offer.new} settled ${trained ? "since the last model" : "so far"}.`;
    return [make("p", left), button];
  }
  button.className = "main";
  const later = make("button", "Later", { type: "button" });
  later.addEventListener("click", actions.later);
  const row = make("p", undefined, { class: "row" });
  row.append(button, later);
  const since = trained ? "since the last model" : "so far";
  return [make("p", `${offer.new} labels ${since}: time for a new model?`, { class: "offer" }), row];
}

const range = (f) => `${figure(f.value)} (${figure(f.low)} to ${figure(f.high)})`;
const short = (f) => (f ? `${figure(f.value)} (${figure(f.low)}–${figure(f.high)})` : "–");

export function verdict(change) {
  if (!change) return "";
  if (change.low > 0) return "better";
  return change.high < 0 ? "worse" : "no clear change";
}

export function headline(found) {
  if (!found.macro) return "Too few sentences of every label to measure anything yet.";
  const { now, before, change, labels } = found.macro;
  const first = `F1 over ${labels} label${labels === 1 ? "" : "s"}: ${range(now)}`;
  if (!change) return `${first}, the first model of this project.`;
  const words = {
    better: "The new labels have made it better",
    worse: "It has become worse",
    "no clear change": "Which may be chance: the interval holds 0",
  };
  const gap = `${signed(change.value)} (${signed(change.low)} to ${signed(change.high)})`;
  return `${first}, before ${figure(before)}. Change ${gap}. ${words[verdict(change)]}.`;
}

function result(trained, titleOf) {
  const found = trained.result;
  const compared = found.labels.some((row) => row.change);
  const rows = found.labels.map((row) => {
    const word = verdict(row.change);
    const name = [titleOf(row.name), word && `(${word})`].filter(Boolean).join(" ");
    const earlier = compared ? [figure(row.before)] : [];
    return [name, row.sentences, ...earlier, short(row.now)];
  });
  const head = ["Label", "n", ...(compared ? ["F1 before"] : []), "F1 now"];
  const how =
    `Tested in ${found.folds} parts on ${found.sentences} sentences in ${found.documents} groups, ` +
    "documents that repeat each other being one group, each judged by a model that had not seen its group. In brackets: 95 % intervals. " +
    "Sentences chosen because the model was unsure are harder than the rest.";
  return [
    make("p", headline(found), { class: "headline" }),
    table(head, rows),
    ...found.notes.map((note) => make("p", note)),
    make("p", how, { class: "small" }),
    make("p", `Kept in ${trained.model}`, { class: "small" }),
  ];
}
