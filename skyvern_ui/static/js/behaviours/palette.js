// Ctrl or Command with K, and [data-palette], open dialog#palette; what it does comes from its island, on first use.
const openPalette = (opener) => {
  const dialog = document.getElementById("palette");
  if (!dialog || dialog.open || document.querySelector("dialog[open]")) return false;
  dialog.showModal();
  dialog.querySelector("[role=combobox]").select(); // now: whoever types at once would lose it later
  import(dialog.dataset.src).then((island) => island.open(dialog, opener));
  return true;
};

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (event.defaultPrevented) return;
  const dialog = document.getElementById("palette");
  if (dialog?.open) dialog.close();
  else if (!openPalette()) return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]") && !event.ctrlKey && !event.metaKey && openPalette()) event.preventDefault();
});
