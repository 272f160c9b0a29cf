// a[data-shot] beside #run-pane: the picture of an action shows in the pane next to the list. On a narrow screen, and
// where there is no pane, the gallery dialog takes over; without a script the link leads to the picture.
const wide = window.matchMedia("(min-width: 62.01rem)");
let chosen = null;

const part = (pane, name) => pane.querySelector(`[data-part="${name}"]`);
const shots = () => [...document.querySelectorAll("#run-timeline a[data-shot]")];

const show = (pane, link) => {
  const picture = part(pane, "picture");
  picture.src = link.href;
  picture.alt = link.dataset.caption;
  part(pane, "caption").textContent = link.dataset.caption;
  part(pane, "open").href = link.href;
  document.querySelectorAll("#run-timeline a[data-shot][aria-current]").forEach((each) => each.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
  chosen = link.href;
  pane.hidden = false;
};
const step = (pane, by) => {
  const all = shots();
  const at = all.findIndex((link) => link.href === chosen);
  const next = all[(at + by + all.length) % all.length];
  if (!next) return;
  show(pane, next);
  next.scrollIntoView({ block: "nearest" });
};
const close = (pane) => {
  pane.hidden = true;
  part(pane, "picture").removeAttribute("src");
  const link = shots().find((each) => each.href === chosen);
  link?.removeAttribute("aria-current");
  link?.focus();
};

// In the capturing phase: before the gallery, which would open its dialog for the same link.
document.addEventListener("click", (event) => {
  const pane = document.getElementById("run-pane");
  if (!pane) return;
  const button = event.target.closest("#run-pane button[data-part]");
  if (button) {
    if (button.dataset.part === "close") close(pane);
    else step(pane, button.dataset.part === "next" ? 1 : -1);
    return;
  }
  const link = event.target.closest("#run-timeline a[data-shot]");
  if (!link || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  show(pane, link);
}, true);
document.addEventListener("keydown", (event) => {
  const pane = document.getElementById("run-pane");
  if (!pane || pane.hidden || !event.target.closest("#run-pane, #run-timeline a[data-shot]")) return;
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (by) step(pane, by);
  else if (event.key === "Escape") close(pane);
  else return;
  event.preventDefault();
});
