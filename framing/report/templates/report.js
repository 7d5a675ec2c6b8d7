// Sorting, filtering and paging of the table of statements. Without this the table is a plain one.
"use strict";
(() => {
  const table = document.getElementById("all");
  if (!table) return;
  const body = table.tBodies[0];
  const page = 100;
  const rows = Array.from(body.rows, (row, place) => ({
    row,
    place,
    text: row.textContent.toLowerCase(),
    cells: null,
  }));
  const heads = Array.from(table.tHead.rows[0].cells);
  const find = (name) => document.getElementById(name);
  const [query, lowest, label, count, back, on] =
    ["find", "lowest", "label", "count", "back", "on"].map(find);
  let shown = rows;
  let first = 0;

  const cell = (entry, column) => {
    if (!entry.cells) entry.cells = Array.from(entry.row.cells, (one) => one.textContent.trim());
    return entry.cells[column];
  };
  const value = (entry, column) => {
    const text = cell(entry, column);
    if (!heads[column].classList.contains("n")) return text.toLowerCase();
    const number = parseFloat(text.replace(/,/g, ""));
    return Number.isNaN(number) ? -Infinity : number;
  };
  const columnOf = (name) => heads.findIndex((head) => head.dataset.column === name);

  const draw = () => {
    first = Math.max(0, Math.min(first, shown.length - 1));
    first -= first % page;
    body.replaceChildren(...shown.slice(first, first + page).map((entry) => entry.row));
    const last = Math.min(first + page, shown.length);
    count.textContent = shown.length
      ? `${(first + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${shown.length.toLocaleString("en")}`
      : "none";
    back.disabled = first === 0;
    on.disabled = last >= shown.length;
  };
  const choose = () => {
    const wanted = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const least = parseFloat(lowest.value);
    const score = columnOf("score");
    const labelled = label.value ? columnOf(label.value) : -1;
    shown = rows.filter(
      (entry) =>
        wanted.every((word) => entry.text.includes(word)) &&
        (Number.isNaN(least) || score < 0 || value(entry, score) >= least) &&
        (labelled < 0 || value(entry, labelled) > 0),
    );
    first = 0;
    draw();
  };
  const sort = (column) => {
    const head = heads[column];
    const down = head.hasAttribute("aria-sort")
      ? head.getAttribute("aria-sort") === "ascending"
      : head.classList.contains("n");
    for (const one of heads) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const keys = new Map(rows.map((entry) => [entry, value(entry, column)]));
    rows.sort((one, other) => {
      const a = keys.get(one);
      const b = keys.get(other);
      const order = a < b ? -1 : a > b ? 1 : 0;
      return (down ? -order : order) || one.place - other.place;
    });
    choose();
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
  let waiting = 0;
  for (const input of [query, lowest, label]) {
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(choose, 120);
    });
  }
  back.addEventListener("click", () => { first -= page; draw(); });
  on.addEventListener("click", () => { first += page; draw(); });
  find("tools").hidden = false;
  draw();
})();
