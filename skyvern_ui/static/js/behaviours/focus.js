// [data-focus]: after a failed form the problem is what the reader meets first.
const meet = (root) => {
  const problem = root.matches?.("[data-focus]") ? root : root.querySelector("[data-focus]");
  problem?.focus();
};

meet(document);
document.addEventListener("htmx:load", (event) => meet(event.target));
// A link to a field inside a closed <details> opens it.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  if (target.matches("input, textarea, select")) {
    event.preventDefault();
    target.focus();
  }
});
// A menu made of <details> closes on Escape and on a click elsewhere.
const closeMenus = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => {
  if (menu !== except) menu.open = false;
});
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(null); });
