// [data-follow]: a growing list stays at its end, unless the reader has scrolled up to read.
const NEAR = 40;
const listOf = (root) => root.querySelector("[data-scroll]") ?? root.querySelector("ol");
const wasAtEnd = new WeakMap();

document.addEventListener("htmx:beforeSwap", (event) => {
  const root = event.detail.target?.closest?.("[data-follow]");
  const list = root && listOf(root);
  if (list) wasAtEnd.set(root, list.scrollTop + list.clientHeight >= list.scrollHeight - NEAR);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const root of document.querySelectorAll("[data-follow]")) {
    const list = listOf(root);
    if (list && wasAtEnd.get(root)) list.scrollTop = list.scrollHeight;
  }
});
