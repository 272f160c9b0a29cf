// dialog[data-summon]: opens when something was fetched into it, and closes when the event `answered` comes, when its
// question was answered.
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target;
  if (!dialog?.matches?.("dialog[data-summon]") || dialog.open || !dialog.childElementCount) return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
});
document.addEventListener("answered", () => {
  for (const dialog of document.querySelectorAll("dialog[data-summon][open]")) dialog.close();
});
document.addEventListener("close", (event) => {
  if (event.target.matches?.("dialog[data-summon]")) event.target.replaceChildren();
}, true);
