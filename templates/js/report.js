// What a report does on the screen beyond being read: it says the figures under the pointer, sorts
// its tables, takes the reader's colours and shows where in the contents the reader is. All of it
// is made here, so that nothing without use stands on a page without script. Words come from the
// page in its own language.
"use strict";

const say = document.body.dataset;

function made(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

// --- Tips: areas of a chart that carry the text of the figures under them ---------------------

const tooltip = made("div", "tooltip");
tooltip.setAttribute("role", "status");
const hint = made("p", "unseen", say.sayArrows);
hint.id = "arrows";
let shown = null; // the area whose text is shown
let offset = [0, 0]; // from its corner to where the pointer was

function hide() {
  shown?.classList.remove("shown");
  shown = null;
  tooltip.textContent = "";
}

function show(area, x, y) {
  const box = area.getBoundingClientRect();
  offset = [x - box.left, y - box.top];
  if (area !== shown) {
    hide();
    shown = area;
    area.classList.add("shown");
    tooltip.textContent = area.dataset.tip;
  }
  place();
}

// Beside the point where there is room, and always within the viewport.
function place() {
  if (!shown) return;
  const box = shown.getBoundingClientRect();
  const [x, y] = [box.left + offset[0], box.top + offset[1]];
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const page = document.documentElement;
  const left = x + 16 + width <= page.clientWidth ? x + 16 : x - 16 - width;
  const within = (value, room) => Math.max(4, Math.min(value, room - 4));
  tooltip.style.left = `${within(left, page.clientWidth - width)}px`;
  tooltip.style.top = `${within(y - height / 2, innerHeight - height)}px`;
}

// Of areas that overlap, such as those of dots, the one whose middle is nearest.
function distance(area, x, y) {
  const { left, right, top, bottom } = area.getBoundingClientRect();
  const outside = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
  return outside + Math.hypot((left + right) / 2 - x, (top + bottom) / 2 - y) / 1000;
}

function nearest(areas, x, y) {
  const found = areas.map((area) => [distance(area, x, y), area]);
  return found.reduce((best, each) => (each[0] < best[0] ? each : best))[1];
}

function step(areas, key) {
  const at = areas.indexOf(shown);
  const last = areas.length - 1;
  return {
    ArrowRight: Math.min(at + 1, last),
    ArrowLeft: at < 0 ? last : Math.max(at - 1, 0),
    Home: 0,
    End: last,
  }[key];
}

function readByKeys(event, areas) {
  if (event.key === "Escape") hide();
  const index = step(areas, event.key);
  if (index === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const area = areas[index];
  area.scrollIntoView({ block: "nearest", inline: "nearest" });
  const box = area.getBoundingClientRect();
  show(area, box.left + box.width / 2, box.top + box.height / 2);
}

for (const region of document.querySelectorAll("figure > .scroll")) {
  const areas = [...region.querySelectorAll("[data-tip]")];
  if (!areas.length) continue;
  const follow = (event) =>
    show(nearest(areas, event.clientX, event.clientY), event.clientX, event.clientY);
  region.addEventListener("pointermove", follow);
  region.addEventListener("pointerdown", follow);
  // A finger that is lifted leaves as well, and wants to read on.
  region.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide());
  region.addEventListener("keydown", (event) => readByKeys(event, areas));
  region.addEventListener("blur", hide);
  region.setAttribute("aria-describedby", hint.id);
}
document.addEventListener("pointerdown", (event) => event.target.closest("figure > .scroll") ?? hide());
document.addEventListener("scroll", place, { capture: true, passive: true });
document.querySelector("main").append(tooltip, hint);

// --- Sorting: a head knows the rank of every row; groups and totals keep their places ---------

// Stretches of rows that are sorted among themselves. A row takes the text below it along; the head
// of a group and a total are stretches of their own, and so stay where they are.
function stretches(body) {
  const found = [[]];
  let entry;
  let count = 0;
  for (const row of body.rows) {
    if (row.matches(".below")) {
      entry.rows.push(row);
      continue;
    }
    entry = { rows: [row], index: row.matches(".group") ? -1 : count++ };
    if (row.matches(".group, .total")) found.push([entry], []);
    else found.at(-1).push(entry);
  }
  return found;
}

function sort(table, head) {
  const orders = head.matches(".right")
    ? ["descending", "ascending", "none"]
    : ["ascending", "descending", "none"];
  const order = orders[(orders.indexOf(head.ariaSort) + 1) % orders.length];
  for (const other of head.parentElement.cells) if (other.ariaSort) other.ariaSort = "none";
  head.ariaSort = order;
  const ranks = head.dataset.ranks.split(" ");
  const sign = order === "descending" ? -1 : 1;
  const compare = (one, two) => {
    const [a, b] = [ranks[one.index], ranks[two.index]];
    if (order === "none" || a === b) return one.index - two.index;
    return a === "-" ? 1 : b === "-" ? -1 : sign * (a - b);
  };
  for (const stretch of table.stretches) {
    stretch.sort(compare);
    table.body.append(...stretch.flatMap((entry) => entry.rows));
  }
}

for (const element of document.querySelectorAll("table:has([data-ranks])")) {
  const body = element.tBodies[0];
  const table = { body, stretches: stretches(body) };
  for (const head of element.querySelectorAll("[data-ranks]")) {
    const button = made("button", "sort", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => sort(table, head));
    head.replaceChildren(button);
    head.ariaSort = "none";
  }
}

// --- Colours: those of the system, or the reader's choice ------------------------------------

const schemes = made("div", "schemes");
schemes.setAttribute("role", "group");
schemes.setAttribute("aria-label", say.sayColours);
for (const [scheme, word] of [["", say.sayAuto], ["light", say.sayLight], ["dark", say.sayDark]]) {
  const button = made("button", "", word);
  button.type = "button";
  button.ariaPressed = String(scheme === "");
  button.addEventListener("click", () => {
    document.documentElement.dataset.scheme = scheme;
    for (const other of schemes.children) other.ariaPressed = String(other === button);
  });
  schemes.append(button);
}
document.querySelector(".band").prepend(schemes);

// --- Contents beside the text: the section that is being read --------------------------------

const entries = new Map(
  [...document.querySelectorAll(".rail a")].map((link) => [link.hash.slice(1), link]),
);
const reading = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes) {
      if (!isIntersecting) continue;
      for (const link of entries.values()) link.removeAttribute("aria-current");
      entries.get(target.id).setAttribute("aria-current", "true");
    }
  },
  { rootMargin: "-20% 0px -80% 0px" },
);
for (const id of entries.keys()) reading.observe(document.getElementById(id));
