// dialog[data-show]: a dialog that arrives with an answer opens at once, and leaves the page when it is closed.
document.addEventListener("htmx:load", (event) => {
  const arrived = event.target;
  const dialog = arrived.matches?.("dialog[data-show]") ? arrived : arrived.querySelector?.("dialog[data-show]");
  if (!dialog || dialog.open) return;
  const opener = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected) opener.focus();
  });
  dialog.showModal();
});
