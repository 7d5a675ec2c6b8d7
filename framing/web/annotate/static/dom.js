// Small helpers. Text always goes in as text, never as mark-up.

export const element = (id) => document.getElementById(id);

export const show = (node, visible) => {
  node.hidden = !visible;
};

export function make(tag, text, attributes = {}) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

export function table(head, rows) {
  const node = make("table");
  const top = node.createTHead().insertRow();
  for (const text of head) top.append(make("th", text, { scope: "col" }));
  const body = node.createTBody();
  for (const cells of rows) {
    const row = body.insertRow();
    cells.forEach((text, i) => {
      row.append(i ? make("td", text) : make("th", text, { scope: "row" }));
    });
  }
  return node;
}

export function say(id, text) {
  const node = element(id);
  node.textContent = text;
  show(node, text !== "");
}

export const figure = (value) => (value === null || value === undefined ? "–" : value.toFixed(2));

export const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);
