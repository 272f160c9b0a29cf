// [data-pick] chooses a row: Shift takes all between, [data-pick-all] the whole page, Escape none. What is chosen is
// counted in [data-pick-count], [data-pick-pair] shows for two; a poll leaves it alone (poll.js). The event `picks-done`
// lets go of what was done.
const rows = () => [...document.querySelectorAll("[data-pick]")];
let last = null;

const count = () => {
  const all = rows();
  const chosen = all.filter((box) => box.checked).length;
  for (const place of document.querySelectorAll("[data-pick-count]")) {
    const words = chosen === 1 ? place.dataset.one : place.dataset.many.replace("%", chosen);
    if (chosen && place.textContent !== words) place.textContent = words;
  }
  for (const head of document.querySelectorAll("[data-pick-all]")) {
    head.hidden = false;
    head.checked = all.length > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  for (const none of document.querySelectorAll("[data-pick-none]")) none.hidden = false;
  for (const pair of document.querySelectorAll("[data-pick-pair]")) pair.hidden = chosen !== 2;
};
const choose = (boxes, checked) => {
  for (const box of boxes) box.checked = checked;
  count();
};

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-pick-none]")) return choose(rows(), false);
  if (event.target.matches("[data-pick-all]")) return choose(rows(), event.target.checked);
  const box = event.target.closest("[data-pick]");
  if (!box) return undefined;
  const all = rows();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) choose(all.slice(from, to + 1), box.checked);
  last = box;
  return count();
});
document.addEventListener("keydown", (event) => {
  const dialog = event.target.closest?.("[data-bulk] dialog");
  if (event.key === "Enter" && dialog && event.target.matches("input")) {
    event.preventDefault();
    dialog.querySelector("button[type=submit]").click();
  } else if (event.key === "Escape" && !document.querySelector("dialog[open], details.menu[open]")) {
    if (rows().some((box) => box.checked)) choose(rows(), false);
  }
});
document.addEventListener("picks-done", (event) => {
  const done = new Set(event.detail.ids);
  choose(rows().filter((box) => done.has(box.value)), false);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt.matches?.("[data-bulk] button")) event.detail.elt.closest("dialog")?.close();
});
document.addEventListener("htmx:afterSettle", count);
window.addEventListener("pageshow", count);
count();
