// form[data-warn-unsaved]: leaving with changes asks first.
const changed = new WeakSet();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-warn-unsaved]");
  if (form) changed.add(form);
});
document.addEventListener("submit", (event) => changed.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  for (const form of document.querySelectorAll("form[data-warn-unsaved]")) {
    if (changed.has(form)) event.preventDefault();
  }
});
