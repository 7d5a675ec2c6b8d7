// The sentence on the desk and the labels that are on.

import { element, show } from "./dom.js";

const cards = [...document.querySelectorAll(".card")];
const names = cards.map((card) => card.dataset.name);
const title = new Map(
  cards.map((card) => [card.dataset.name, card.querySelector(".title").textContent]),
);
const on = new Set();
let onChange = () => {};

export function whenChanged(callback) {
  onChange = callback;
  for (const card of cards) {
    card.addEventListener("click", (event) => {
      if (event.target.closest("button, .definition")) toggle(card.dataset.name);
    });
  }
}

export const chosen = () => names.filter((name) => on.has(name));

export const titles = (labels) =>
  labels.length ? labels.map((name) => title.get(name) ?? name).join(", ") : "none of the labels";

export function toggle(name) {
  if (!on.delete(name)) on.add(name);
  paint();
}

// A key stands for the label with that code; else, in other case; else for the label's place.
export function labelOfKey(key) {
  const codes = cards.map((card) => card.dataset.code);
  let place = codes.indexOf(key);
  if (place < 0) place = codes.findIndex((code) => code.toLowerCase() === key.toLowerCase());
  if (place < 0 && /^[1-9]$/.test(key)) place = Number(key) - 1;
  return names[place];
}

export function put(sentence, labels, review) {
  const about = [sentence.source, sentence.document, sentence.date, sentence.speaker];
  const known = about.filter((part, i) => part && part !== sentence.id && about.indexOf(part) === i);
  element("about").textContent = known.join(" · ");
  for (const part of ["before", "after"]) {
    element(part).textContent = sentence[part];
    show(element(part), sentence[part] !== "");
  }
  element("sentence").textContent = sentence.text;
  element("desk").dataset.sentence = sentence.n;
  on.clear();
  labels.forEach((name) => on.add(name));
  for (const card of cards) votes(card, review ? sentence.votes : null);
  show(element("done"), false);
  show(element("desk"), true);
  paint();
  element("passage").focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
}

// What all annotators gave is on when a disagreement is put before the reviewer.
export const agreed = (sentence) =>
  names.filter((name) => said(sentence).every((vote) => vote.labels.includes(name)));

const said = (sentence) => sentence.votes.filter((vote) => vote.labels !== null);

function votes(card, given) {
  const line = card.querySelector(".votes");
  card.classList.remove("disputed");
  line.replaceChildren();
  show(line, given !== null);
  if (given === null) return;
  const yes = given.filter((v) => v.labels?.includes(card.dataset.name)).map((v) => v.annotator);
  const no = given.filter((v) => v.labels && !v.labels.includes(card.dataset.name));
  const disputed = yes.length > 0 && no.length > 0;
  card.classList.toggle("disputed", disputed);
  if (disputed) {
    const strong = document.createElement("b");
    strong.textContent = "Disputed";
    line.append(strong, ` yes: ${yes.join(", ")} · no: ${no.map((v) => v.annotator).join(", ")}`);
  } else {
    line.textContent = yes.length ? "all say yes" : "all say no";
  }
}

function paint() {
  for (const card of cards) {
    const pressed = on.has(card.dataset.name);
    card.classList.toggle("on", pressed);
    card.querySelector("button").setAttribute("aria-pressed", String(pressed));
  }
  onChange();
}
