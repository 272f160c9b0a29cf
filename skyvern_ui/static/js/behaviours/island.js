// [data-island][data-island-src]: load a larger piece only where its element is, once per element.
const started = new WeakSet();

const land = (root) => {
  const found = [...root.querySelectorAll("[data-island-src]")];
  if (root.matches?.("[data-island-src]")) found.push(root);
  for (const element of found) {
    if (started.has(element)) continue;
    started.add(element);
    import(element.dataset.islandSrc).then((island) => island.start(element));
  }
};

land(document);
document.addEventListener("htmx:load", (event) => land(event.target));
