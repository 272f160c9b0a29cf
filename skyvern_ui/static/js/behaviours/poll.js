// [data-poll]: a hidden tab asks nothing; on return it asks once, at once.
// While a poll would replace something in use (an open dialog, a playing video, a focused field) it waits.
const inUse = (root) => root.querySelector("dialog[open], input:focus:not([type=checkbox]), textarea:focus, select:focus, .menu[open]")
  || [...root.querySelectorAll("video")].some((video) => !video.paused);

document.addEventListener("htmx:beforeRequest", (event) => {
  const root = event.detail.elt.closest?.("[data-poll]");
  if (!root || event.detail.elt !== root) return;
  if (document.hidden || inUse(root)) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const root of document.querySelectorAll("[data-poll]")) window.htmx?.trigger(root, "awake");
});

// Morphing keeps what the reader opened, closed or typed, and the local words of a <time>.
if (window.Idiomorph) {
  window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => {
    if (name === "open" && (node instanceof HTMLDetailsElement || node instanceof HTMLDialogElement)) return false;
    if (name === "value" && node.matches("input, textarea") && node.value !== node.defaultValue) return false;
    if (name === "checked" && node.matches("[data-pick]")) return false;
    if (node.matches("[data-copy], [data-copy-from]") && (name === "hidden" || name === "data-done")) return false;
    return true;
  };
}
