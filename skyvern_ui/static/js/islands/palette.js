// The palette: a combobox over what the server sends. Entries that are here already are sifted at once, while the
// server still looks; its answer then takes their place.
const started = new WeakSet();
const shown = (dialog) => [...dialog.querySelectorAll("[data-entry]")].filter((entry) => !entry.hidden);

const choose = (dialog, entry) => {
  const input = dialog.querySelector("[role=combobox]");
  for (const other of dialog.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
  if (!entry) return input.removeAttribute("aria-activedescendant");
  entry.setAttribute("aria-selected", "true");
  entry.scrollIntoView({ block: "nearest" });
  return input.setAttribute("aria-activedescendant", entry.id);
};

const dress = (dialog) => {
  const list = dialog.querySelector("#palette-results");
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What fits");
  for (const group of list.querySelectorAll("section")) group.setAttribute("role", "group");
  for (const form of list.querySelectorAll("form")) form.setAttribute("role", "presentation");
  list.querySelectorAll("[data-entry]").forEach((entry, number) => {
    Object.assign(entry, { id: `palette-entry-${number}`, tabIndex: -1 });
    entry.setAttribute("role", "option");
    entry.setAttribute("aria-selected", "false");
  });
  choose(dialog, shown(dialog)[0]);
};

const sift = (dialog, text) => {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of dialog.querySelectorAll("[data-words]")) {
    const words = entry.dataset.words.toLowerCase().split(/[\s-]+/);
    entry.hidden = !wanted.every((each) => words.some((word) => word.startsWith(each)));
  }
  for (const group of dialog.querySelectorAll("section")) group.hidden = !group.querySelector("[data-entry]:not([hidden]), p");
  choose(dialog, shown(dialog)[0]);
};

const steer = (dialog, event) => {
  const entries = shown(dialog);
  const at = entries.findIndex((entry) => entry.getAttribute("aria-selected") === "true");
  const to = { ArrowDown: (at + 1) % entries.length, ArrowUp: (at < 1 ? entries.length : at) - 1, Home: 0, End: entries.length - 1 }[event.key];
  if (event.isComposing || (event.key !== "Enter" && to === undefined)) return;
  if (event.key === "Enter") entries[at]?.click();
  else choose(dialog, entries[to]);
  event.preventDefault();
};

export const open = (dialog) => {
  const input = dialog.querySelector("[role=combobox]");
  if (!started.has(dialog)) {
    started.add(dialog);
    input.addEventListener("keydown", (event) => steer(dialog, event));
    input.addEventListener("input", () => sift(dialog, input.value));
    dialog.addEventListener("htmx:afterSwap", () => dress(dialog));
    dialog.addEventListener("pointermove", (event) => {
      const entry = event.target.closest("[data-entry]");
      if (entry?.getAttribute("aria-selected") === "false") choose(dialog, entry);
    });
  }
  window.htmx?.trigger(input, "asked");
};
