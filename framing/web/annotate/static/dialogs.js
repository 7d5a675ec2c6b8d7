// Questions that come over the page; Escape leaves each of them.

import { Refused } from "./api.js";
import { element } from "./dom.js";

const closed = (dialog) =>
  new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));

// Ask until the server knows the name; leaving is possible only for one who has a name already.
export async function askName(check, current) {
  const dialog = element("enter-dialog");
  const input = element("name");
  const stay = (event) => current === null && event.preventDefault();
  input.value = current ?? "";
  element("name-error").textContent = "";
  dialog.addEventListener("cancel", stay);
  try {
    for (;;) {
      dialog.returnValue = "";
      if (!dialog.open) dialog.showModal();
      const form = dialog.querySelector("form");
      const submitted = await Promise.race([
        new Promise((resolve) =>
          form.addEventListener(
            "submit",
            (event) => {
              event.preventDefault();
              resolve(true);
            },
            { once: true },
          ),
        ),
        closed(dialog).then(() => false),
      ]);
      if (!submitted && current !== null) return current;
      if (!submitted) continue;
      try {
        const name = await check(input.value);
        dialog.close();
        return name;
      } catch (error) {
        const kind = error instanceof Refused ? "" : "Start framing annotate again. ";
        element("name-error").textContent = `${error.message} ${kind}`;
      }
    }
  } finally {
    dialog.removeEventListener("cancel", stay);
  }
}

// A dialog that was closed says so a little later: asked again before that, the new question would
// take the old one's end for its own, and stay open with dead keys.
let answered = Promise.resolve();

// The reason, or null when there is to be no skip.
export async function askReason() {
  const dialog = element("skip-dialog");
  await answered;
  if (dialog.open) return null;
  const input = element("reason");
  const buttons = [...dialog.querySelectorAll("[data-reason]")];
  input.value = "";
  let reason = null;
  const choose = (text) => {
    reason = text;
    dialog.close();
  };
  const off = new AbortController();
  const { signal } = off;
  for (const button of buttons) {
    button.addEventListener("click", () => choose(button.dataset.reason), { signal });
  }
  element("skip-cancel").addEventListener("click", () => dialog.close(), { signal });
  // of the whole page: after a click beside the buttons nothing in the dialog has the focus
  document.addEventListener(
    "keydown",
    (event) => {
      const place = buttons[Number(event.key) - 1];
      if (!place || event.repeat || event.target === input) return;
      event.preventDefault();
      choose(place.dataset.reason);
    },
    { signal },
  );
  dialog.querySelector("form").addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text) choose(text);
      else input.focus();
    },
    { signal },
  );
  dialog.showModal();
  buttons[0].focus();
  answered = closed(dialog);
  await answered;
  off.abort();
  return reason;
}

export const openHelp = () => element("help-dialog").showModal();

export const openTables = () => element("agreement-dialog").showModal();
